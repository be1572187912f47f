/* Table I of the expected answers, parsed from data/forecast_known_answers.md: restaurants with
 * reservations, orange juice with prices, rented bicycles with weather; and the game of
 * vectors/shapley. Errors are those printed within 2 %, groups keep their order, values add up. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/demand_signal.h>

#include "answer_table.h"
#include "base/civil.h"
#include "csv_rows.h"
#include "demand/signals.h"
#include "shared_data.h"

/* --- text --- */

typedef struct pages {
	char *text;
	size_t used, size;
} pages;

static void add(pages *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(pages *p, const char *format, ...)
{
	va_list arguments;

	if (p->size - p->used < 512) {
		p->size = 2 * p->size + (1 << 20);
		p->text = realloc(p->text, p->size);
		ck_assert_ptr_nonnull(p->text);
	}
	va_start(arguments, format);
	p->used += (size_t)vsnprintf(p->text + p->used, p->size - p->used, format, arguments);
	va_end(arguments);
}

/* --- the table --- */

/* The line of a row; "| I2 | ...". */
static char *line_of(const char *row)
{
	char *all = answer_page("data", "forecast_known_answers.md"), begin[16], *at, *line;

	snprintf(begin, sizeof(begin), "\n| %s |", row);
	at = strstr(all, begin);
	ck_assert_ptr_nonnull(at);
	line = strndup(at + 1, strcspn(at + 1, "\n"));
	free(all);
	return line;
}

/* The number that follows `word` (and what is not a number) in a line. */
static double number_after(const char *line, const char *word, int skip)
{
	const char *at = strstr(line, word);

	ck_assert_msg(at != NULL, "no '%s' in %s", word, line);
	for (at += strlen(word); *at; at++) {
		char *end;
		double value;

		if (!strchr("+-.0123456789", *at))
			continue;
		value = strtod(at, &end);
		if (end == at)
			continue;
		if (skip-- == 0)
			return value;
		at = end - 1;
	}
	ck_abort_msg("no number after '%s' in %s", word, line);
	return 0;
}

static double cell(const char *text, int row, const char *column)
{
	return atof(csv_cell(text, row, column));
}

/* Rows `first` (all groups) and those behind it against a line of the table, whose errors are
 * `unit` times those here. Groups by name in the line; `order` in falling Shapley value. */
static void meet(const char *text, int first, const char *line, double unit,
		const char *const *groups, int n)
{
	double none, with, sum = 0, before = INFINITY;
	int i;

	/* the first "a -> b" of the line */
	none = number_after(strstr(line, "->") - 8, "", 0);
	with = number_after(line, "->", 0);
	ck_assert_double_eq_tol(unit * cell(text, first, "without"), none, 0.02 * none);
	ck_assert_double_eq_tol(unit * cell(text, first, "with"), with, 0.02 * with);
	printf("%.24s: %.4f -> %.4f, printed %.4f -> %.4f;", line,
			unit * cell(text, first, "without"), unit * cell(text, first, "with"), none,
			with);
	for (i = 1; i <= n; i++) {
		double share = 100 * cell(text, first + i, "shapley") /
			       cell(text, first, "without");

		ck_assert_str_eq(csv_cell(text, first + i, "group"), groups[i - 1]);
		ck_assert_double_lt(share, before);
		before = share;
		sum += cell(text, first + i, "shapley");
		printf(" %s %.2f", groups[i - 1], share);
	}
	printf("\n");
	ck_assert_double_eq_tol(
			sum, cell(text, first, "without") - cell(text, first, "with"), 1e-9);
}

/* --- the call --- */

static const char *value_of(pages *rows, const char *schema, pages *signals,
		const cstn_signal *declared, size_t n, const cstn_signal_value_options *options,
		cstn_buffer **buffer)
{
	struct ArrowArrayStream in, more, out;
	const cstn_signal *list[16];
	cstn_error *error = NULL;
	cstn_status status;
	size_t i;

	for (i = 0; i < n; i++)
		list[i] = &declared[i];
	csv_rows(&in, schema, rows->text);
	if (signals)
		csv_rows(&more,
				"signal text\nunique_id text null\nds date\nvalue double\n"
				"available_us int64 null\n",
				signals->text);
	status = cstn_signal_value(
			&in, signals ? &more : NULL, list, n, options, NULL, &out, NULL, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	free(rows->text);
	if (signals)
		free(signals->text);
	return csv_text(&out, buffer);
}

static cstn_signal declare(const char *name, const char *group, int32_t kind, int32_t feature)
{
	cstn_signal s = CSTN_SIGNAL_INIT;

	s.name = name;
	s.group = group;
	s.kind = kind;
	s.feature = feature;
	s.flags = kind == CSTN_SIGNAL_KNOWN_FUTURE ? CSTN_SIGNAL_ASSUME_KNOWN : 0;
	return s;
}

static void add_day(pages *p, int32_t day)
{
	int32_t year, month, of_month;

	cstn__civil_of(day, &year, &month, &of_month);
	add(p, "%04d-%02d-%02d", year, month, of_month);
}

/* --- restaurants --- */

/* Days of "2016-01-01 19:00:00", and microseconds of local time, which is all there is. */
static int64_t us_of(const char *text, int32_t *day)
{
	int year, month, of_month, hour, minute, second;

	ck_assert_int_eq(sscanf(text, "%d-%d-%d %d:%d:%d", &year, &month, &of_month, &hour, &minute,
					 &second),
			6);
	*day = cstn__days_of(year, month, of_month);
	return *day * CSTN_DAY_US + ((hour * 60 + minute) * 60 + second) * INT64_C(1000000);
}

static int has(char *const *ids, size_t n, const char *id)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(ids[middle], id);

		if (order == 0)
			return 1;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Restaurants with at least five reservations, sorted. */
static size_t guests(const answer_table *reserved, char **out)
{
	char **all = malloc(reserved->rows * sizeof(*all));
	size_t i, from, n = 0;

	ck_assert_ptr_nonnull(all);
	memcpy(all, reserved->texts[0], reserved->rows * sizeof(*all));
	qsort(all, reserved->rows, sizeof(*all), by_text);
	for (from = 0; from < reserved->rows; from = i) {
		for (i = from; i < reserved->rows && strcmp(all[i], all[from]) == 0; i++)
			;
		if (i - from >= 5)
			out[n++] = all[from];
	}
	free(all);
	return n;
}

static void add_holidays(pages *p)
{
	answer_table *days = answer_csv("recruit_restaurant/date_info.csv.gz",
			"calendar_date date\nday_of_week text\nholiday_flg int64\n", 0);
	static const char *const names[] = {"day", "eve", "weekday", "eve_weekday"};
	size_t i, k;

	for (i = 0; i < days->rows; i++) {
		int32_t day = (int32_t)days->numbers[0][i];
		int weekday = (day + 3) % 7; /* 0: Monday */
		int own = days->numbers[2][i] > 0;
		int next = i + 1 < days->rows && days->numbers[2][i + 1] > 0;
		int value[4] = {own, next && weekday != 4, own && weekday < 5, next && weekday < 5};

		for (k = 0; k < 4; k++) {
			add(p, "%s,,", names[k]);
			add_day(p, day);
			add(p, ",%d,\n", value[k]);
		}
	}
	answer_table_free(days);
}

START_TEST(reservations_of_restaurants_are_worth_what_is_printed)
{
	static const int32_t ahead[3] = {1, 3, 7};
	static const char *const groups[] = {"reservations", "holiday"};
	answer_table *reserved = answer_csv("recruit_restaurant/air_reserve.csv.gz",
			"air_store_id text\nvisit_datetime text\nreserve_datetime text\n"
			"reserve_visitors int64\n",
			0);
	answer_table *visits = answer_csv("recruit_restaurant/air_visit_data.csv.gz",
			"air_store_id text\nvisit_date date\nvisitors int64\n", 0);
	cstn_signal declared[5] = {declare("reservations", NULL, CSTN_SIGNAL_FORWARD_ORDER, 0),
			declare("day", "holiday", CSTN_SIGNAL_KNOWN_FUTURE, 0),
			declare("eve", "holiday", CSTN_SIGNAL_KNOWN_FUTURE, 0),
			declare("weekday", "holiday", CSTN_SIGNAL_KNOWN_FUTURE, 0),
			declare("eve_weekday", "holiday", CSTN_SIGNAL_KNOWN_FUTURE, 0)};
	cstn_signal_value_options options = CSTN_SIGNAL_VALUE_OPTIONS_INIT;
	pages rows = {NULL, 0, 0}, signals = {NULL, 0, 0};
	char *ids[400];
	size_t n = guests(reserved, ids), i;
	cstn_buffer *buffer;
	const char *text;

	add(&rows, "unique_id,ds,y\n");
	for (i = 0; i < visits->rows; i++)
		if (has(ids, n, visits->texts[0][i])) {
			add(&rows, "%s,", visits->texts[0][i]);
			add_day(&rows, (int32_t)visits->numbers[1][i]);
			add(&rows, ",%.0f\n", visits->numbers[2][i]);
		}
	add(&signals, "signal,unique_id,ds,value,available_us\n");
	for (i = 0; i < reserved->rows; i++)
		if (has(ids, n, reserved->texts[0][i])) {
			int32_t day, entered;
			int64_t us;

			(void)us_of(reserved->texts[1][i], &day);
			us = us_of(reserved->texts[2][i], &entered);
			add(&signals, "reservations,%s,", reserved->texts[0][i]);
			add_day(&signals, day);
			add(&signals, ",%.0f,%lld\n", reserved->numbers[3][i], (long long)us);
		}
	add_holidays(&signals);
	options.gap = 2; /* closed days are missing */
	options.origins = 39;
	options.training = 150;
	options.horizons = ahead;
	options.n_horizons = 3;
	text = value_of(&rows, "unique_id text\nds date\ny double\n", &signals, declared, 5,
			&options, &buffer);
	ck_assert_str_eq(csv_cell(text, 1, "n_series"), "267");
	for (i = 0; i < 3; i++) {
		char name[8], *line;
		double value = cell(text, (int)(2 + 3 * i), "value"), printed;

		snprintf(name, sizeof(name), "I%zu", i + 1);
		line = line_of(name);
		meet(text, (int)(1 + 3 * i), line, 1, groups, 2);
		/* leave-one-out of the first row is printed in % of the error with all */
		printed = number_after(line, "reservations", 0);
		if (i == 0)
			ck_assert_double_eq_tol(100 * value / cell(text, 1, "with"), printed,
					0.02 * printed);
		ck_assert_double_gt(cell(text, (int)(2 + 3 * i), "low"), 0);
		free(line);
	}
	cstn_buffer_free(buffer);
	answer_table_free(reserved);
	answer_table_free(visits);
}
END_TEST

/* --- orange juice --- */

START_TEST(prices_and_promotions_of_orange_juice_are_worth_what_is_printed)
{
	static const char schema[] =
			"store int64\nbrand int64\nweek int64\nlogmove double\n"
			"constant int64\nprice1 double\nprice2 double\nprice3 double\n"
			"price4 double\nprice5 double\nprice6 double\nprice7 double\n"
			"price8 double\nprice9 double\nprice10 double\nprice11 double\n"
			"deal double\nfeat double\nprofit double\n";
	static const int32_t ahead[2] = {1, 4}, means[3] = {1, 4, 8};
	static const char *const groups[] = {"price", "feature", "deal", "cross price"};
	answer_table *t = answer_csv("orange_juice/yx.csv.gz", schema, 0);
	cstn_signal declared[4] = {
			declare("price", NULL, CSTN_SIGNAL_KNOWN_FUTURE, CSTN_SIGNAL_AS_PRICE),
			declare("feature", NULL, CSTN_SIGNAL_KNOWN_FUTURE,
					CSTN_SIGNAL_AS_PROMOTION),
			declare("deal", NULL, CSTN_SIGNAL_KNOWN_FUTURE, CSTN_SIGNAL_AS_PROMOTION),
			declare("price", "cross price", CSTN_SIGNAL_KNOWN_FUTURE,
					CSTN_SIGNAL_AS_CROSS_PRICE)};
	cstn_signal_value_options options = CSTN_SIGNAL_VALUE_OPTIONS_INIT;
	pages rows = {NULL, 0, 0};
	cstn_buffer *buffer;
	const char *text;
	char *line;
	size_t i;

	add(&rows, "unique_id,ds,y,pool,price,feature,deal\n");
	for (i = 0; i < t->rows; i++) {
		int brand = (int)t->numbers[1][i];

		add(&rows, "%.0f/%d,%.0f,%.17g,%.0f,%.17g,%.17g,%.0f\n", t->numbers[0][i], brand,
				t->numbers[2][i], exp(t->numbers[3][i]), t->numbers[0][i],
				t->numbers[4 + brand][i], t->numbers[17][i], t->numbers[16][i]);
	}
	options.flags = CSTN_SIGNAL_ORIGIN_OBSERVED;
	options.gap = 2;
	options.scale = CSTN_SIGNAL_LOG;
	options.origins = 26;
	options.history = 1;
	options.recent = 8;
	options.recent_rows = 6;
	options.horizons = ahead;
	options.n_horizons = 2;
	options.means = means;
	options.n_means = 3;
	text = value_of(&rows,
			"unique_id text\nds int64\ny double\npool int64\nprice double\n"
			"feature double\ndeal double\n",
			NULL, declared, 4, &options, &buffer);
	ck_assert_str_eq(csv_cell(text, 1, "n_rows"), "11220");
	ck_assert_str_eq(csv_cell(text, 6, "n_rows"), "11187");
	line = line_of("I4");
	meet(text, 1, line, 1, groups, 4);
	free(line);
	line = line_of("I5");
	meet(text, 6, line, 1, groups, 4);
	free(line);
	cstn_buffer_free(buffer);
	answer_table_free(t);
}
END_TEST

/* --- bicycles --- */

START_TEST(weather_and_holidays_of_bicycles_are_worth_what_is_printed_also_below_nothing)
{
	static const char schema[] =
			"instant int64\ndteday date\nseason int64\nyr int64\nmnth int64\n"
			"holiday int64\nweekday int64\nworkingday int64\nweathersit int64\n"
			"temp double\natemp double\nhum double\nwindspeed double\ncasual int64\n"
			"registered int64\ncnt int64\n";
	static const int32_t means[3] = {1, 7, 28}, positions[1] = {1};
	static const char *const groups[] = {"sky", "humidity", "wind", "temperature", "holiday"};
	answer_table *t = answer_csv("bike_sharing/day.csv.gz", schema, 0);
	cstn_signal declared[5] = {
			declare("sky", NULL, CSTN_SIGNAL_KNOWN_FUTURE, CSTN_SIGNAL_AS_CLASS),
			declare("humidity", NULL, CSTN_SIGNAL_KNOWN_FUTURE, CSTN_SIGNAL_AS_WEATHER),
			declare("wind", NULL, CSTN_SIGNAL_KNOWN_FUTURE, CSTN_SIGNAL_AS_WEATHER),
			declare("temperature", NULL, CSTN_SIGNAL_KNOWN_FUTURE,
					CSTN_SIGNAL_AS_WEATHER),
			declare("holiday", NULL, CSTN_SIGNAL_KNOWN_FUTURE, CSTN_SIGNAL_AS_EVENT)};
	cstn_signal_value_options options = CSTN_SIGNAL_VALUE_OPTIONS_INIT;
	pages rows = {NULL, 0, 0};
	cstn_buffer *buffer;
	const char *text;
	char *line = line_of("I6");
	size_t i;

	declared[0].classes = 3;
	add(&rows, "unique_id,ds,y,sky,humidity,wind,temperature,holiday\n");
	for (i = 0; i < t->rows; i++) {
		add(&rows, "bikes,");
		add_day(&rows, (int32_t)t->numbers[1][i]);
		add(&rows, ",%.0f,%.0f,%.17g,%.17g,%.17g,%.0f\n", t->numbers[15][i],
				t->numbers[8][i] - 1, t->numbers[11][i], t->numbers[12][i],
				t->numbers[9][i], t->numbers[5][i]);
	}
	options.flags = CSTN_SIGNAL_POSITIONS;
	options.scale = CSTN_SIGNAL_LOG;
	options.loss = CSTN_SIGNAL_LOSS_WAPE;
	options.origins = 184;
	options.means = means;
	options.n_means = 3;
	options.positions = positions;
	options.n_positions = 1;
	text = value_of(&rows,
			"unique_id text\nds date\ny double\nsky double\nhumidity double\n"
			"wind double\ntemperature double\nholiday double\n",
			NULL, declared, 5, &options, &buffer);
	meet(text, 1, line, 100, groups, 5);
	for (i = 1; i <= 6; i++)
		ck_assert_str_eq(csv_cell(text, (int)i, "assumed_known"), "true");
	ck_assert_double_lt(cell(text, 6, "value"), 0);
	ck_assert_double_lt(cell(text, 6, "shapley"), 0);
	ck_assert_double_lt(number_after(line, "**holiday", 0), 0);
	free(line);
	cstn_buffer_free(buffer);
	answer_table_free(t);
}
END_TEST

/* --- the game of four --- */

typedef struct game {
	double loss[16];
} game;

static int loss_of(void *context, uint64_t mask, double *out)
{
	*out = ((const game *)context)->loss[mask];
	return 0;
}

/* Each {"coalition": [..], "value": v} of the file. */
static void read_game(const char *json, game *out)
{
	const char *at = json;

	memset(out, 0, sizeof(*out));
	while ((at = strstr(at, "\"coalition\"")) != NULL) {
		const char *end = strchr(at, ']');
		uint64_t mask = 0;

		for (at = strchr(at, '['); at < end; at++)
			if (*at >= '1' && *at <= '4')
				mask |= (uint64_t)1 << (*at - '1');
		out->loss[mask] = -number_after(end, "\"value\"", 0);
	}
}

START_TEST(the_game_of_four_has_its_published_shares)
{
	char *json = answer_page("vectors", "shapley/example1.json"),
	     *at = strstr(json, "\"shapley\"");
	cstn_allocator memory;
	double exact[4], sampled[4], error[4];
	game four;
	size_t i;

	ck_assert_int_eq(cstn__allocator_read(NULL, &memory, NULL), CSTN_OK);
	read_game(json, &four);
	cstn__shapley_exact(four.loss, 4, exact);
	ck_assert_int_eq(cstn__shapley_sampled(
					 loss_of, &four, 4, 100000, 3, &memory, sampled, error),
			0);
	for (i = 0; i < 4; i++) {
		int above, below;

		at = strchr(strchr(at, '"') + 1, '"');
		if (i == 0)
			at = strchr(at, '[');
		at = strpbrk(at, "0123456789");
		ck_assert_int_eq(sscanf(at, "%d/%d", &above, &below), 2);
		ck_assert_double_eq_tol(exact[i], (double)above / below, 1e-12);
		ck_assert_double_le(fabs(sampled[i] - exact[i]), 4 * error[i]);
	}
	free(json);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {reservations_of_restaurants_are_worth_what_is_printed,
			prices_and_promotions_of_orange_juice_are_worth_what_is_printed,
			weather_and_holidays_of_bicycles_are_worth_what_is_printed_also_below_nothing,
			the_game_of_four_has_its_published_shares};

	return run_tests_on("data", "forecast_known_answers.md", "signal_answers", tests,
			sizeof(tests) / sizeof(tests[0]));
}
