/* Known answers of retention: repeat purchase, churn, cohorts, survival of contracts. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/retention.h>

#include "known_answers.h"
#include "purchase_rows.h"
#include "table/export.h"

/* "1997-09-30" or "1997-09" in the text after `mark`, to days; `mark` may be anywhere. */
static int32_t day_after(const char *text, const char *mark)
{
	const char *at = strstr(text, mark);
	int y = 0, m = 0, d = 1;

	ck_assert_msg(at != NULL, "no '%s' in '%s'", mark, text);
	ck_assert_int_ge(sscanf(at + strlen(mark), "%d-%d-%d", &y, &m, &d), 2);
	return (int32_t)answer_days_of(y * 10000.0 + m * 100.0 + d);
}

/* The log that `data` names, and its last day. */
static cstn_retention *read_log(const answer *row, int32_t *last)
{
	char *file = answer_text(row, "data");
	answer_table *table = answer_blanks(file, 5, 0);
	purchase_row *rows = calloc(table->rows + 1, sizeof(*rows));
	cstn_retention *state = NULL;
	struct ArrowArrayStream stream;
	size_t i;

	ck_assert_ptr_nonnull(rows);
	*last = INT32_MIN;
	for (i = 0; i < table->rows; i++) {
		rows[i].customer = (int64_t)table->numbers[1][i];
		rows[i].day = (int32_t)answer_days_of(table->numbers[2][i]);
		rows[i].value = (int64_t)floor(table->numbers[4][i] * 100.0 + 0.5);
		*last = rows[i].day > *last ? rows[i].day : *last;
	}
	rows_stream(rows, table->rows, 0, &stream);
	ck_assert_int_eq(cstn_retention_new(NULL, NULL, &state, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_retention_update(state, &stream, NULL, NULL, NULL), CSTN_OK);
	answer_table_free(table);
	free(rows);
	free(file);
	return state;
}

static char *table_of(
		const cstn_retention *state, int32_t table, const cstn_retention_question *question)
{
	struct ArrowArrayStream stream;

	ck_assert_int_eq(cstn_retention_export(state, table, question, &stream, NULL), CSTN_OK);
	return rows_show(&stream);
}

/* Numerator and denominator of a metric. */
static void rate_of(answer *row, const cstn_retention *state,
		const cstn_retention_question *question, const char *metric, const char *above,
		const char *below)
{
	char *text = table_of(state, CSTN_RETENTION_TABLE_RATES, question);
	const char *at = strstr(text, metric);
	long long numerator, denominator;

	ck_assert_ptr_nonnull(at);
	ck_assert_int_eq(sscanf(at + strlen(metric), ",%lld,%lld", &numerator, &denominator), 2);
	answer_got_one(row, above, (double)numerator);
	answer_got_one(row, below, (double)denominator);
	free(text);
}

static void repeat_rate(answer *row)
{
	cstn_retention_question question = CSTN_RETENTION_QUESTION_INIT;
	int32_t last;
	cstn_retention *state = read_log(row, &last);

	question.as_of_days = day_after(row->inputs, "cut=");
	rate_of(row, state, &question, "repeat_by_cut", "numerator", "denominator");
	cstn_retention_free(state);
}

static void churn(answer *row)
{
	cstn_retention_question question = CSTN_RETENTION_QUESTION_INIT;
	const char *next = strstr(row->inputs, "next window ");
	cstn_retention *state = read_log(row, &question.as_of_days);

	ck_assert_ptr_nonnull(next);
	question.base_from_days = day_after(row->inputs, "base window ");
	question.base_to_days = day_after(row->inputs, "..");
	question.next_from_days = day_after(next, "next window ");
	question.next_to_days = day_after(next, "..");
	rate_of(row, state, &question, "churn", "lost", "base");
	cstn_retention_free(state);
}

/* c1, c2, .. are the active customers of the cohorts named, at the ages named. */
static void cohort_table(answer *row)
{
	cstn_retention_question question = CSTN_RETENTION_QUESTION_INIT;
	cstn_retention *state = read_log(row, &question.as_of_days);
	char *period = answer_text(row, "period"), *text;
	const char *at = strstr(row->inputs, "cohorts ");
	int first_age = 0, last_age = 0, n, used, y, m;

	ck_assert_ptr_nonnull(at);
	ck_assert_str_eq(period, "month");
	ck_assert_int_eq(sscanf(strstr(row->inputs, "at age "), "at age %d..%d", &first_age,
					 &last_age),
			2);
	question.ages = last_age;
	text = table_of(state, CSTN_RETENTION_TABLE_COHORTS, &question);
	at += strlen("cohorts");
	for (n = 1; sscanf(at, " %d-%d%n", &y, &m, &used) == 2; n++, at += used) {
		double active[64];
		char name[16];
		int age;

		for (age = first_age; age <= last_age && age < 64; age++) {
			char begin[64];
			const char *cell;

			snprintf(begin, sizeof(begin), "%d,%d,",
					(int)answer_days_of(y * 10000.0 + m * 100.0 + 1), age);
			cell = strstr(text, begin);
			ck_assert_ptr_nonnull(cell);
			cell = strchr(cell + strlen(begin), ',') + 1;
			active[age - first_age] = strtod(cell, NULL);
		}
		snprintf(name, sizeof(name), "c%d", n);
		answer_got(row, name, active, (size_t)(last_age - first_age + 1));
	}
	free(text);
	free(period);
	cstn_retention_free(state);
}

/* Contracts by the time they lasted, from a file whose columns are named. */
static cstn_contracts *read_contracts(const answer *row)
{
	char *file = answer_text(row, "data"), *time = answer_text(row, "time");
	char *event = answer_text(row, "event"), schema[128], column[64] = "", yes[64] = "";
	cstn_contracts *state = NULL;
	cstn__table_builder *table;
	struct ArrowArrayStream stream;
	answer_table *read;
	size_t i;

	ck_assert_int_eq(sscanf(event, "%63s %63s", column, yes), 2);
	snprintf(schema, sizeof(schema), "%.50s int64\n%s text\n", time, column);
	read = answer_csv(file, schema, 0);
	ck_assert_int_eq(cstn__table_builder_new(NULL, &table, NULL), CSTN_OK);
	cstn__table_add_column(table, "time", CSTN_TYPE_INT64, 0, 0);
	cstn__table_add_column(table, "ended", CSTN_TYPE_FLAG, 0, 0);
	for (i = 0; i < read->rows; i++) {
		cstn__table_put_i64(table, 0, (int64_t)read->numbers[0][i]);
		cstn__table_put_i64(table, 1, strcmp(read->texts[1][i], yes) == 0);
	}
	ck_assert_int_eq(cstn__table_export(table, &stream, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_contracts_new(NULL, &state, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_contracts_update(state, &stream, NULL, NULL, NULL), CSTN_OK);
	answer_table_free(read);
	free(file);
	free(time);
	free(event);
	return state;
}

/* Survival and its error at the last time up to each t. */
static void kaplan_meier(answer *row)
{
	cstn_contracts *state = read_contracts(row);
	struct ArrowArrayStream stream;
	double t[64], survival[64], se[64];
	size_t n = answer_list(row, "t", t, 64), i;
	char *text;
	const char *at;

	for (i = 0; i < n; i++) {
		survival[i] = 1.0;
		se[i] = 0.0;
	}
	ck_assert_int_eq(cstn_contracts_export(state, CSTN_CONTRACTS_TABLE_SURVIVAL, 0, 0, 0,
					 &stream, NULL),
			CSTN_OK);
	text = rows_show(&stream);
	for (at = text; *at; at = strchr(at, ';') + 1) {
		double time, s, e = NAN;

		ck_assert_int_ge(sscanf(at, "%lf,%*f,%*f,%*f,%lf,%lf", &time, &s, &e), 2);
		for (i = 0; i < n; i++)
			if (time <= t[i]) {
				survival[i] = s;
				se[i] = e;
			}
	}
	answer_got(row, "survival", survival, n);
	answer_got(row, "greenwood_se", se, n);
	free(text);
	cstn_contracts_free(state);
}

static void retention(answer *row)
{
	if (answer_asks(row, "repeat_rate"))
		repeat_rate(row);
	if (answer_asks(row, "churn"))
		churn(row);
	if (answer_asks(row, "cohort_table"))
		cohort_table(row);
	if (answer_asks(row, "kaplan_meier"))
		kaplan_meier(row);
}

const answer_model known_answers_retention[] = {{"retention", retention}, {NULL, NULL}};
