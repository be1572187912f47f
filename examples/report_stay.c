/* Who stays: rates by their definitions, and the triangle of cohorts. */
#include "report_customers.h"

#include "report_grid.h"

#include <math.h>
#include <string.h>

#define MOST_COHORTS 14

static const char rows_schema[] =
		"customer int64\nday date\nvalue decimal scale=3\nquantity int64\n";

static const struct shown rate_columns[] = {{"metric", "rate", SHOW_WORDS},
		{"numerator", "numerator", SHOW_COUNT}, {"denominator", "denominator", SHOW_COUNT},
		{"rate", "value", SHOW_PERCENT},
		{"left_out", "customers it cannot be said of", SHOW_COUNT}, {NULL, NULL, 0}};

static cstn_status count(const struct order_log *log, cstn_retention **out, cstn_error **error)
{
	struct ArrowArrayStream rows;
	cstn_csv_reader *reader = NULL;
	cstn_retention *state = NULL;
	cstn_status status = cstn_retention_new(NULL, NULL, &state, error);

	if (status == CSTN_OK)
		status = rows_of_text(log->csv, log->csv_size, rows_schema, &rows, &reader, error);
	if (status == CSTN_OK)
		status = cstn_retention_update(state, &rows, NULL, NULL, error);
	cstn_csv_reader_unref(reader);
	if (status == CSTN_OK)
		*out = state;
	else
		cstn_retention_free(state);
	return status;
}

/* A cell of the triangle: who of a cohort bought in the month of an age. */
static int take_cell(const struct table *table, int64_t row, const char *month, int y,
		struct grid_cell *cell)
{
	int64_t active = table_column(table, "active"), n, size, age;
	char a[NUMBER_SIZE], b[NUMBER_SIZE];

	if (table_is_null(table, row, active))
		return 0;
	n = table_integer(table, row, active);
	size = table_integer(table, row, table_column(table, "size"));
	age = table_integer(table, row, table_column(table, "age"));
	if (size == 0)
		return 0;
	cell->x = (int)age;
	cell->y = y;
	/* All of a cohort bought in its first month: that says nothing and would drown the rest. */
	cell->value = age == 0 ? (double)NAN : (double)n / (double)size;
	(void)snprintf(cell->text, sizeof(cell->text), "%.0f %%", 100.0 * (double)n / (double)size);
	(void)snprintf(cell->says, sizeof(cell->says), "%s, month %lld: %s of %s", month,
			(long long)age, format_count(n, a), format_count(size, b));
	return 1;
}

static void triangle(struct page *page, const struct table *table)
{
	struct grid_cell cells[MOST_COHORTS * MOST_COHORTS];
	char names[MOST_COHORTS][NUMBER_SIZE + 16], ages[MOST_COHORTS][8], month[16] = "";
	const char *rows[MOST_COHORTS], *columns[MOST_COHORTS];
	int64_t cohort = table_column(table, "cohort"), n_cohorts = 0, last = INT64_MIN;
	size_t n = 0;
	int index = -1;

	for (int64_t row = 0; row < table->n_rows; row++)
		n_cohorts += row == 0 || table_integer(table, row, cohort) !=
							 table_integer(table, row - 1, cohort);
	if (n_cohorts > MOST_COHORTS)
		return;
	for (int64_t row = 0; row < table->n_rows; row++) {
		int64_t begin = table_integer(table, row, cohort);

		if (begin != last) {
			int32_t year, number, day;
			char size[NUMBER_SIZE];
			int at = (int)n_cohorts - 1 - ++index;

			cstn_civil_from_days((int32_t)begin, &year, &number, &day);
			(void)snprintf(month, sizeof(month), "%04d-%02d", year % 10000,
					number % 100);
			(void)snprintf(names[at], sizeof(names[at]), "%s (%s)", month,
					format_count(table_integer(table, row,
								     table_column(table, "size")),
							size));
			rows[at] = names[at];
			last = begin;
		}
		if (n < MOST_COHORTS * MOST_COHORTS)
			n += (size_t)take_cell(
					table, row, month, (int)n_cohorts - 1 - index, &cells[n]);
	}
	for (int i = 0; i < MOST_COHORTS; i++) {
		(void)snprintf(ages[i], sizeof(ages[i]), "%d", i);
		columns[i] = ages[i];
	}
	chart_grid(page, "Cohorts: who came again, month by month",
			"share of the customers who first bought in a month and bought again so "
			"many "
			"months later; months that are not over are empty",
			"months after the first", "cohort (customers)", columns, (int)n_cohorts,
			rows, (int)n_cohorts, cells, n);
}

cstn_status report_stay(struct page *page, const struct customers *customers, cstn_error **error)
{
	cstn_retention_question question = CSTN_RETENTION_QUESTION_INIT;
	struct ArrowArrayStream rows;
	cstn_retention *state = NULL;
	struct table table;
	cstn_status status = count(&customers->log, &state, error);

	page_put(page, "<h3>6. Who stays</h3><p>Repeat purchase by the end of the log and within "
		       "90 "
		       "days; churn, growth and retention of June to November against December to "
		       "May. Each rate is a numerator over a denominator; who is too young for a "
		       "question is left out of it, and counted.</p>\n");
	question.as_of_days = customers->as_of_days - 1;
	question.base_from_days = day_of(2010, 12, 1);
	question.base_to_days = question.next_from_days = day_of(2011, 6, 1);
	question.next_to_days = day_of(2011, 12, 1);
	question.horizon_days = 90;
	question.period = CSTN_RETENTION_MONTH;
	if (status == CSTN_OK)
		status = cstn_retention_export(
				state, CSTN_RETENTION_TABLE_RATES, &question, &rows, error);
	if (status == CSTN_OK)
		status = show_stream(page, &rows, "Rates (money in thousandths of a pound)",
				rate_columns, 0);
	if (status == CSTN_OK)
		status = cstn_retention_export(
				state, CSTN_RETENTION_TABLE_COHORTS, &question, &rows, error);
	if (status == CSTN_OK)
		status = table_read(&rows, &table);
	cstn_retention_free(state);
	if (status != CSTN_OK)
		return status;
	triangle(page, &table);
	table_free(&table);
	page_put(page, "<p>The first row is the month with which the log begins: its customers may "
		       "have bought before, which is why they come again more often than those "
		       "below.</p>\n");
	return CSTN_OK;
}
