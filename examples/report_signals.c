/* Guests of restaurants: what reservations and holidays are worth to a forecast. */
#include "report_demand.h"

#include "report_fan.h"
#include "report_log.h"
#include "report_show.h"
#include "report_source.h"

#include <stdlib.h>
#include <string.h>

#define MOST_WORTH 12

static const char row_schema[] = "unique_id text\nds date\ny double\n";
static const char signal_schema[] = "signal text\nunique_id text null\nds date\nvalue double\n"
				    "available_us timestamp zone=utc null\n";

static cstn_status read_file(const char *folder, const char *name, const char *schema,
		struct table *out, cstn_error **error)
{
	char path[4200];
	const struct source source = {.path = path, .schema = schema};

	(void)snprintf(path, sizeof(path), "%s/recruit_restaurant/%s", folder, name);
	return source_table(&source, out, error);
}

static void put_cell(FILE *out, const struct table *table, int64_t row, int64_t column, size_t most)
{
	size_t length;
	const char *text = table_text(table, row, column, &length);

	(void)fprintf(out, "%.*s", (int)(length < most ? length : most), text);
}

/* Restaurants that take reservations, in order of their ids. */
struct takers {
	char (*ids)[28];
	size_t n;
};

static int by_id(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int takes(const struct takers *takers, const char *id)
{
	return bsearch(id, takers->ids, takers->n, sizeof(*takers->ids), by_id) != NULL;
}

/* Those of at least five. */
static cstn_status find_takers(const struct table *reservations, struct takers *out)
{
	const size_t n = (size_t)reservations->n_rows;
	size_t kept = 0, from = 0;

	out->ids = calloc(n + 1, sizeof(*out->ids));
	if (out->ids == NULL)
		return CSTN_E_NOMEM;
	for (size_t i = 0; i < n; i++)
		(void)text_at(reservations, (int64_t)i, 0, out->ids[i], sizeof(out->ids[i]));
	qsort(out->ids, n, sizeof(*out->ids), by_id);
	for (size_t i = 1; i <= n; i++)
		if (i == n || strcmp(out->ids[i], out->ids[from]) != 0) {
			if (i - from >= 5)
				memmove(out->ids[kept++], out->ids[from], sizeof(*out->ids));
			from = i;
		}
	out->n = kept;
	return CSTN_OK;
}

/* A day without a row was closed: nothing is known of it. */
static cstn_status put_visits(const char *folder, const struct takers *takers, FILE *out,
		int64_t *n, cstn_error **error)
{
	struct table table;
	char id[28];
	cstn_status status = read_file(folder, "air_visit_data.csv.gz",
			"air_store_id text\nvisit_date text\nvisitors text\n", &table, error);

	if (status != CSTN_OK)
		return status;
	(void)fputs("unique_id,ds,y\n", out);
	for (int64_t row = 0; row < table.n_rows; row++) {
		if (!takes(takers, text_at(&table, row, 0, id, sizeof(id))))
			continue;
		for (int64_t column = 0; column < 3; column++) {
			put_cell(out, &table, row, column, 40);
			(void)fputc(column < 2 ? ',' : '\n', out);
		}
		++*n;
	}
	table_free(&table);
	return CSTN_OK;
}

/* A reservation is known from when it was made; those for days after the log are of no use. */
static void put_reservations(
		const struct table *table, const struct takers *takers, FILE *out, int64_t *n)
{
	char id[28], day[11];

	for (int64_t row = 0; row < table->n_rows; row++) {
		if (!takes(takers, text_at(table, row, 0, id, sizeof(id))) ||
				strcmp(text_at(table, row, 1, day, sizeof(day)), "2017-04-23") > 0)
			continue;
		(void)fprintf(out, "reservations,%s,%s,", id, day);
		put_cell(out, table, row, 3, 40);
		(void)fputc(',', out);
		put_cell(out, table, row, 2, 40);
		(void)fputc('\n', out);
		++*n;
	}
}

/* Holidays of all restaurants: of the day, of the next day, and both on weekdays. */
static cstn_status put_holidays(const char *folder, FILE *out, cstn_error **error)
{
	struct table table;
	cstn_status status = read_file(folder, "date_info.csv.gz",
			"calendar_date date\nholiday_flg int64\n", &table, error);

	if (status != CSTN_OK)
		return status;
	for (int64_t row = 0; row < table.n_rows; row++) {
		int64_t day = table_integer(&table, row, 0), today, next;
		/* day 0 was a Thursday: 0 Monday .. 6 Sunday */
		int weekday = (int)((day + 3) % 7), year, month, number;
		const char *names[] = {
				"holiday", "eve", "holiday on a weekday", "eve on a weekday"};
		int64_t values[4];

		today = table_integer(&table, row, 1);
		next = row + 1 < table.n_rows ? table_integer(&table, row + 1, 1) : 0;
		values[0] = today;
		values[1] = weekday != 4 ? next : 0; /* a Saturday is free in any case */
		values[2] = weekday < 5 ? today : 0;
		values[3] = weekday < 5 ? next : 0;
		cstn_civil_from_days((int32_t)day, &year, &month, &number);
		for (int i = 0; i < 4; i++)
			(void)fprintf(out, "%s,,%04d-%02d-%02d,%lld,\n", names[i], year, month,
					number, (long long)values[i]);
	}
	table_free(&table);
	return CSTN_OK;
}

static cstn_status value_of(const char *rows_text, size_t rows_size, const char *signals_text,
		size_t signals_size, struct ArrowArrayStream *out, cstn_error **error)
{
	static const int32_t horizons[] = {1, 3, 7};
	static const char *const days[] = {
			"holiday", "eve", "holiday on a weekday", "eve on a weekday"};
	cstn_signal_value_options options = CSTN_SIGNAL_VALUE_OPTIONS_INIT;
	cstn_signal declared[5];
	const cstn_signal *list[5];
	struct ArrowArrayStream rows, signals;
	cstn_csv_reader *reader = NULL, *signal_reader = NULL;
	cstn_status status;

	for (int i = 0; i < 5; i++) {
		declared[i] = (cstn_signal)CSTN_SIGNAL_INIT;
		list[i] = &declared[i];
	}
	declared[0].name = "reservations";
	declared[0].kind = CSTN_SIGNAL_FORWARD_ORDER;
	declared[0].partner = "booking service";
	for (int i = 0; i < 4; i++) {
		declared[i + 1].name = days[i];
		declared[i + 1].group = "holidays";
		declared[i + 1].kind = CSTN_SIGNAL_KNOWN_FUTURE;
		declared[i + 1].flags = CSTN_SIGNAL_ASSUME_KNOWN;
	}
	options.gap = CSTN_GAP_MISSING;
	options.origins = 39;
	options.training = 150;
	options.horizons = horizons;
	options.n_horizons = 3;
	status = rows_of_text(rows_text, rows_size, row_schema, &rows, &reader, error);
	if (status == CSTN_OK)
		status = rows_of_text(signals_text, signals_size, signal_schema, &signals,
				&signal_reader, error);
	if (status == CSTN_OK)
		status = cstn_signal_value(
				&rows, &signals, list, 5, &options, NULL, out, NULL, error);
	cstn_csv_reader_unref(reader);
	cstn_csv_reader_unref(signal_reader);
	return status;
}

/* "Your feed cut our error": a sentence for the partner who sends it. */
static void say(struct page *page, const struct table *table, int64_t row)
{
	double without = number_at(table, row, table_column(table, "without"));
	double value = number_at(table, row, table_column(table, "value"));
	double low = number_at(table, row, table_column(table, "low"));
	double high = number_at(table, row, table_column(table, "high"));

	page_put(page,
			"<p class=\"note\">To the booking service: <b>your reservations cut our "
			"error seven days ahead by %.1f %% (%.1f to %.1f %%)</b>, on %lld "
			"restaurants and %lld days. The figure can be given away; the feed need "
			"not travel back.</p>\n",
			100.0 * value / without, 100.0 * low / without, 100.0 * high / without,
			(long long)table_integer(table, row, table_column(table, "n_series")),
			(long long)table_integer(table, row, table_column(table, "n_origins")));
}

static void show(struct page *page, const struct table *table)
{
	struct chart_worth rows[MOST_WORTH];
	size_t n = 0;
	char group[64];

	memset(rows, 0, sizeof(rows));
	for (int64_t row = 0; row < table->n_rows && n < MOST_WORTH; row++) {
		struct chart_worth *to = &rows[n];
		double without = number_at(table, row, table_column(table, "without"));

		if (table_is_null(table, row, table_column(table, "group")))
			continue;
		(void)snprintf(to->label, sizeof(to->label), "%s, %lld days ahead",
				text_at(table, row, table_column(table, "group"), group,
						sizeof(group)),
				(long long)table_integer(table, row, table_column(table, "h")));
		to->value = 100.0 * number_at(table, row, table_column(table, "value")) / without;
		to->low = 100.0 * number_at(table, row, table_column(table, "low")) / without;
		to->high = 100.0 * number_at(table, row, table_column(table, "high")) / without;
		(void)snprintf(to->text, sizeof(to->text), "%.2f %% (%.2f to %.2f %%)", to->value,
				to->low, to->high);
		n++;
	}
	chart_worth(page, "What each signal takes off the error",
			"percent of the error without it, on the last 39 days; whiskers: 5 to 95 % "
			"by "
			"blocks of days",
			rows, n);
}

static const struct shown columns[] = {{"group", "signals", SHOW_TEXT},
		{"h", "days ahead", SHOW_COUNT}, {"without", "error without", SHOW_FINE},
		{"with", "error with all", SHOW_FINE}, {"value", "value", SHOW_FINE},
		{"low", "5 %", SHOW_FINE}, {"high", "95 %", SHOW_FINE}, {"p", "p", SHOW_FINE},
		{"shapley", "Shapley", SHOW_FINE}, {"n_rows", "forecasts", SHOW_COUNT},
		{NULL, NULL, 0}};

static cstn_status put_all(const char *folder, struct takers *takers, FILE *rows, FILE *signals,
		int64_t *visits, int64_t *reservations, cstn_error **error)
{
	struct table table;
	cstn_status status = read_file(folder, "air_reserve.csv.gz",
			"air_store_id text\nvisit_datetime text\nreserve_datetime text\n"
			"reserve_visitors text\n",
			&table, error);

	if (status != CSTN_OK)
		return status;
	(void)fputs("signal,unique_id,ds,value,available_us\n", signals);
	status = find_takers(&table, takers);
	if (status == CSTN_OK)
		put_reservations(&table, takers, signals, reservations);
	table_free(&table);
	if (status == CSTN_OK)
		status = put_visits(folder, takers, rows, visits, error);
	if (status == CSTN_OK)
		status = put_holidays(folder, signals, error);
	return status;
}

cstn_status report_signals(struct page *page, const char *folder, cstn_error **error)
{
	char *rows_text = NULL, *signals_text = NULL;
	char a[NUMBER_SIZE], b[NUMBER_SIZE], c[NUMBER_SIZE];
	size_t rows_size = 0, signals_size = 0;
	int64_t visits = 0, reservations = 0;
	FILE *rows = open_memstream(&rows_text, &rows_size);
	FILE *signals = open_memstream(&signals_text, &signals_size);
	struct takers takers = {NULL, 0};
	struct ArrowArrayStream out;
	struct table table;
	cstn_status status = CSTN_E_NOMEM;

	if (rows != NULL && signals != NULL)
		status = put_all(folder, &takers, rows, signals, &visits, &reservations, error);
	if ((rows != NULL && fclose(rows) != 0) || (signals != NULL && fclose(signals) != 0))
		status = status == CSTN_OK ? CSTN_E_NOMEM : status;
	if (status == CSTN_OK)
		status = value_of(rows_text, rows_size, signals_text, signals_size, &out, error);
	if (status == CSTN_OK)
		status = table_read(&out, &table);
	free(takers.ids);
	free(rows_text);
	free(signals_text);
	if (status != CSTN_OK)
		return status;
	page_put(page,
			"<h3>3. What a signal is worth: guests of restaurants</h3><p>%s days of "
			"the "
			"%s restaurants that take reservations, with the number of guests, and %s "
			"reservations with the time at which each was made (Recruit Holdings). A "
			"forecast may use what was booked by the end of the day on which it is "
			"made, and nothing later: a value that came too late is refused by name. "
			"Holidays are taken as known.</p>\n",
			format_count(visits, a), format_count((int64_t)takers.n, b),
			format_count(reservations, c));
	show(page, &table);
	show_table(page, &table,
			"Errors without and with each group of signals, and with none and all "
			"(RMSLE)",
			columns, 0);
	for (int64_t row = 0; row < table.n_rows; row++) {
		char group[64];

		if (table_integer(&table, row, table_column(&table, "h")) == 7 &&
				strcmp(text_at(&table, row, table_column(&table, "group"), group,
						       sizeof(group)),
						"reservations") == 0)
			say(page, &table, row);
	}
	table_free(&table);
	return CSTN_OK;
}
