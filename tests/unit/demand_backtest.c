/* Backtests: cutoffs, what is known at them, and what is refused. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "demand/backtest.h"
#include "suite.h"

#define NUMBERS "unique_id text\nds int64\ny double\n"
#define HEAD "unique_id,ds,y\n"
#define OUT "unique_id,ds,cutoff,h,y,Naive\n"

static cstn_family_options naive(int32_t horizon)
{
	cstn_family_options family = CSTN_FAMILY_OPTIONS_INIT;

	family.models = CSTN_FAMILY_NAIVE;
	family.horizon = horizon;
	family.threads = 1;
	return family;
}

static cstn_status run(const char *schema, const char *rows, const cstn_family_options *family,
		const cstn_backtest_options *options, int mutant, struct ArrowArrayStream *out,
		cstn_row_errors **bad, cstn_error **error)
{
	struct ArrowArrayStream in;
	cstn_status status;

	csv_rows(&in, schema, rows);
	status = cstn__backtest(&in, family, options, mutant, NULL, out, bad, error);
	ck_assert_ptr_null(in.release);
	return status;
}

static const char *test(const char *schema, const char *rows, const cstn_family_options *family,
		const cstn_backtest_options *options, cstn_buffer **buffer)
{
	struct ArrowArrayStream out;
	cstn_error *error = NULL;
	cstn_status status = run(schema, rows, family, options, 0, &out, NULL, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return csv_text(&out, buffer);
}

static void expect(const char *schema, const char *rows, const cstn_family_options *family,
		const cstn_backtest_options *options, const char *expected)
{
	cstn_buffer *buffer;

	ck_assert_str_eq(test(schema, rows, family, options, &buffer), expected);
	cstn_buffer_free(buffer);
}

static void expect_refused(const char *schema, const char *rows, const cstn_family_options *family,
		const cstn_backtest_options *options, int mutant, cstn_status expected,
		const char *part)
{
	struct ArrowArrayStream out = {0};
	cstn_error *error = NULL;

	expect_error(run(schema, rows, family, options, mutant, &out, NULL, &error), expected,
			&error, part);
	ck_assert_ptr_null(out.release);
}

/* --- cutoffs ---------------------------------------------------------------------------------- */

#define TWO HEAD "a,1,10\na,2,20\na,3,30\na,4,40\na,5,50\nb,3,1\nb,4,2\nb,5,3\nb,6,4\n"

START_TEST(the_last_window_of_each_series_is_forecast_from_what_came_before_it)
{
	cstn_family_options family = naive(2);

	expect(NUMBERS, TWO, &family, NULL,
			OUT "a,4,3,1,40,30\na,5,3,2,50,30\nb,5,4,1,3,2\nb,6,4,2,4,2\n");
}
END_TEST

START_TEST(windows_lie_a_step_apart_and_a_series_has_those_that_it_reaches)
{
	cstn_family_options family = naive(1);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;

	options.n_windows = 2;
	options.step = 2;
	options.min_training = 2;
	expect(NUMBERS, TWO, &family, &options, OUT "a,3,2,1,30,20\na,5,4,1,50,40\nb,6,5,1,4,3\n");
	options.min_training = 1;
	expect(NUMBERS, TWO, &family, &options,
			OUT "a,3,2,1,30,20\na,5,4,1,50,40\nb,4,3,1,2,1\nb,6,5,1,4,3\n");
}
END_TEST

START_TEST(cutoffs_may_be_listed_or_counted_back_from_a_last_one)
{
	static const int64_t cutoffs[] = {3, 5};
	cstn_family_options family = naive(2);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	const char *expected = OUT "a,4,3,1,40,30\na,5,3,2,50,30\nb,4,3,1,2,1\nb,5,3,2,3,1\n"
				   "b,6,5,1,4,3\n";

	options.cutoffs = cutoffs;
	options.n_cutoffs = 2;
	expect(NUMBERS, TWO, &family, &options, expected);
	options = (cstn_backtest_options)CSTN_BACKTEST_OPTIONS_INIT;
	options.flags = CSTN_BACKTEST_LAST;
	options.last = 5;
	options.n_windows = 2;
	options.step = 2;
	expect(NUMBERS, TWO, &family, &options, expected);
}
END_TEST

START_TEST(months_are_cut_off_at_their_beginning)
{
	static const int64_t cutoffs[] = {20058}; /* 2024-12-01 */
	cstn_family_options family = naive(2);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;

	family.period = CSTN_PERIOD_MONTH;
	options.cutoffs = cutoffs;
	options.n_cutoffs = 1;
	expect("unique_id text\nds date\ny double\n",
			HEAD "a,2024-11-01,5\na,2024-12-01,6\na,2025-01-01,7\n", &family, &options,
			OUT "a,2025-01-01,2024-12-01,1,7,6\n");
}
END_TEST

/* --- fits ------------------------------------------------------------------------------------- */

#define RISING                                                                          \
	HEAD "a,1,1\na,2,2\na,3,4\na,4,3\na,5,9\na,6,5\na,7,6\na,8,12\na,9,8\na,10,7\n" \
	     "a,11,15\na,12,10\n"

/* What cstn_family_fit() says of periods `from` to `to` of those rows. */
static double fitted(int from, int to, uint32_t model, int h, const char *name)
{
	char rows[512] = HEAD;
	const char *at = RISING;
	cstn_family_options family = naive(4);
	struct ArrowArrayStream in, out;
	cstn_buffer *buffer;
	double value;
	int line;

	for (line = 0; at; line++) {
		const char *end = strchr(at, '\n');

		if (line >= from && line <= to)
			strncat(rows, at, (size_t)(end - at) + 1);
		at = end[1] ? end + 1 : NULL;
	}
	family.models = model;
	family.season = 3;
	csv_rows(&in, NUMBERS, rows);
	ck_assert_int_eq(cstn_family_fit(&in, &family, NULL, &out, NULL, NULL), CSTN_OK);
	value = atof(csv_cell(csv_text(&out, &buffer), h, name));
	cstn_buffer_free(buffer);
	return value;
}

START_TEST(a_forecast_is_that_of_a_fit_to_the_rows_up_to_its_cutoff)
{
	cstn_family_options family = naive(2);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text;
	int i;

	family.models = CSTN_FAMILY_AUTO | CSTN_FAMILY_HOLT;
	family.season = 3;
	options.n_windows = 3;
	options.step = 1;
	text = test(NUMBERS, RISING, &family, &options, &buffer);
	for (i = 0; i < 6; i++) {
		int cutoff = 8 + i / 2, h = i % 2 + 1;

		ck_assert_int_eq(atoi(csv_cell(text, i + 1, "cutoff")), cutoff);
		ck_assert_double_eq(atof(csv_cell(text, i + 1, "Auto")),
				fitted(1, cutoff, CSTN_FAMILY_AUTO, h, "Auto"));
		ck_assert_double_eq(atof(csv_cell(text, i + 1, "Holt")),
				fitted(1, cutoff, CSTN_FAMILY_HOLT, h, "Holt"));
	}
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(a_sliding_window_forgets_what_is_older)
{
	cstn_family_options family = naive(1);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text;

	family.models = CSTN_FAMILY_SES;
	options.window = 4;
	family.season = 3;
	text = test(NUMBERS, RISING, &family, &options, &buffer);
	ck_assert_double_eq(
			atof(csv_cell(text, 1, "SES")), fitted(8, 11, CSTN_FAMILY_SES, 1, "SES"));
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(between_fits_the_path_of_the_last_one_goes_on)
{
	cstn_family_options family = naive(1);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	static const int32_t refits[] = {2, -1};
	cstn_buffer *buffer;
	const char *text;
	int i, k;

	family.models = CSTN_FAMILY_HOLT;
	family.season = 3;
	options.n_windows = 4;
	for (k = 0; k < 2; k++) {
		options.refit = refits[k];
		text = test(NUMBERS, RISING, &family, &options, &buffer);
		for (i = 0; i < 4; i++) {
			int since = refits[k] == 2 ? i % 2 : i;

			ck_assert_double_eq(atof(csv_cell(text, i + 1, "Holt")),
					fitted(1, 8 + i - since, CSTN_FAMILY_HOLT, since + 1,
							"Holt"));
		}
		cstn_buffer_free(buffer);
	}
}
END_TEST

START_TEST(what_comes_after_a_cutoff_changes_no_forecast_made_at_it)
{
	cstn_family_options family = naive(2);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	static const int64_t cutoffs[] = {9};
	char changed[sizeof(RISING) + 8];
	cstn_buffer *buffer[2];
	const char *text[2];
	int i;

	family.models = CSTN_FAMILY_AUTO;
	family.season = 3;
	options.cutoffs = cutoffs;
	options.n_cutoffs = 1;
	snprintf(changed, sizeof(changed), "%s", RISING);
	memcpy(strstr(changed, "a,10,7\n"), "a,10,1\n", 7);
	text[0] = test(NUMBERS, RISING, &family, &options, &buffer[0]);
	text[1] = test(NUMBERS, changed, &family, &options, &buffer[1]);
	for (i = 1; i <= 2; i++)
		ck_assert_str_eq(csv_cell(text[0], i, "Auto"), csv_cell(text[1], i, "Auto"));
	ck_assert_str_ne(csv_cell(text[0], 1, "y"), csv_cell(text[1], 1, "y"));
	cstn_buffer_free(buffer[0]);
	cstn_buffer_free(buffer[1]);
}
END_TEST

START_TEST(threads_change_no_byte)
{
	cstn_family_options family = naive(3);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	char rows[16384] = HEAD;
	size_t used = strlen(rows);
	cstn_buffer *first, *other;
	const char *text;
	int i, t;

	for (i = 0; i < 30; i++)
		for (t = 0; t < 10 + i; t++)
			used += (size_t)snprintf(rows + used, sizeof(rows) - used, "s%d,%d,%d\n", i,
					t, (i * 7 + t * t) % 13);
	family.models = CSTN_FAMILY_AUTO | CSTN_FAMILY_NAIVE;
	options.n_windows = 4;
	options.refit = 2;
	text = test(NUMBERS, rows, &family, &options, &first);
	for (i = 2; i <= 8; i += 3) {
		family.threads = i;
		ck_assert_str_eq(test(NUMBERS, rows, &family, &options, &other), text);
		cstn_buffer_free(other);
	}
	cstn_buffer_free(first);
}
END_TEST

/* --- leakage ---------------------------------------------------------------------------------- */

#define KNOWN "unique_id text\nds date\ny double\navailable_us int64 null\n"
#define KNOWN_HEAD "unique_id,ds,y,available_us\n"
#define DAY INT64_C(86400000000)

START_TEST(a_row_that_became_known_after_the_cut_is_refused_to_the_microsecond)
{
	cstn_family_options family = naive(1);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	char rows[256], expected[160];
	cstn_buffer *buffer;
	int late;

	/* the cut of 1970-01-03 is its end */
	for (late = 0; late < 2; late++) {
		snprintf(rows, sizeof(rows),
				KNOWN_HEAD "a,1970-01-02,1,\na,1970-01-03,2,%lld\n"
					   "a,1970-01-04,3,\n",
				(long long)(3 * DAY + late));
		snprintf(expected, sizeof(expected),
				"y of series 'a' at ds 2 is asked for: available_us %lld, the cut "
				"is "
				"%lld",
				(long long)(3 * DAY + late), (long long)(3 * DAY));
		if (late)
			expect_refused(KNOWN, rows, &family, &options, 0, CSTN_E_LEAKAGE, expected);
		else
			(void)test(KNOWN, rows, &family, &options, &buffer);
	}
	cstn_buffer_free(buffer);
	/* a forecast that is made later may know it */
	options.origin_offset_us = 1;
	expect(KNOWN, rows, &family, &options, OUT "a,1970-01-04,1970-01-03,1,3,2\n");
}
END_TEST

START_TEST(rows_that_say_nothing_are_known_a_latency_after_their_period)
{
	cstn_family_options family = naive(1);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	const char *rows = "unique_id,ds,y\na,1970-01-02,1\na,1970-01-03,2\na,1970-01-04,3\n";

	options.latency_us = 5;
	options.origin_offset_us = 4;
	expect_refused("unique_id text\nds date\ny double\n", rows, &family, &options, 0,
			CSTN_E_LEAKAGE, "available_us 259200000005, the cut is 259200000004");
	options.origin_offset_us = 5;
	expect("unique_id text\nds date\ny double\n", rows, &family, &options,
			OUT "a,1970-01-04,1970-01-03,1,3,2\n");
}
END_TEST

START_TEST(every_way_to_know_too_much_is_refused)
{
	cstn_family_options family = naive(2);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	const cstn_demand_config demand = CSTN_DEMAND_CONFIG_INIT;
	cstn_buffer *buffer;

	options.n_windows = 2;
	options.step = 1;
	options.refit = 2;
	if (_i == CSTN__MUTANT_STATE)
		options.demand = &demand;
	else
		options.window = 3;
	(void)test(NUMBERS, RISING, &family, &options, &buffer);
	cstn_buffer_free(buffer);
	expect_refused(NUMBERS, RISING, &family, &options, _i, CSTN_E_LEAKAGE,
			"y of series 'a' at ds 10 is asked for");
}
END_TEST

/* 40 series of 30 periods; the signal is `scale` y of `shift` periods later, or noise. */
static char *signal_rows(int shift, double scale)
{
	size_t room = 1 << 16, used = 0;
	char *text = malloc(room);
	int i, t;

	ck_assert_ptr_nonnull(text);
	used += (size_t)snprintf(text, room, "unique_id,ds,y,price\n");
	for (i = 0; i < 40; i++)
		for (t = 0; t < 30; t++) {
			double y = floor(50 * cstn__random_unit((uint64_t)i, (uint64_t)t));
			double later = floor(
					50 * cstn__random_unit((uint64_t)i, (uint64_t)(t + shift)));

			used += (size_t)snprintf(text + used, room - used, "s%d,%d,%g,%.17g\n", i,
					t, y, 3 - scale * later + (shift < 0 ? t : 0));
		}
	return text;
}

static const struct {
	int shift;
	double scale;
	const char *part; /* NULL: nothing is wrong */
} repeated[] = {
		{0, -1, "signal 'price' repeats y of 0 periods later"},
		{1, -1, "signal 'price' repeats y of 1 periods later"},
		{2, .01, "signal 'price' repeats y of 2 periods later"},
		{3, -1, NULL},  /* beyond the horizon */
		{-1, -1, NULL}, /* y of yesterday, and a trend */
};

START_TEST(a_signal_that_repeats_y_of_its_period_or_a_later_one_is_refused)
{
	static const char *const signals[] = {"price"};
	cstn_family_options family = naive(2);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	char *rows = signal_rows(repeated[_i].shift, repeated[_i].scale);
	cstn_buffer *buffer;

	options.signals = signals;
	options.n_signals = 1;
	if (repeated[_i].part) {
		expect_refused("unique_id text\nds int64\ny double\nprice double\n", rows, &family,
				&options, 0, CSTN_E_LEAKAGE, repeated[_i].part);
	} else {
		(void)test("unique_id text\nds int64\ny double\nprice double\n", rows, &family,
				&options, &buffer);
		cstn_buffer_free(buffer);
	}
	free(rows);
}
END_TEST

/* --- a demand model -------------------------------------------------------------------------- */

#define SHOPS                                                                                  \
	"unique_id text\nds int64\ny double\nflags int64\nlimit double null\nshop text\nfair " \
	"int64\n"
#define SHOPS_HEAD "unique_id,ds,y,flags,limit,shop,fair\n"

/* Rows of 6 series in 2 shops, of periods up to `last`; every ninth period is a fair. */
static char *shop_rows(int last)
{
	size_t room = 1 << 16, used = 0;
	char *text = malloc(room);
	int i, t;

	ck_assert_ptr_nonnull(text);
	used += (size_t)snprintf(text, room, SHOPS_HEAD);
	for (i = 0; i < 6; i++)
		for (t = i; t <= last; t++)
			used += (size_t)snprintf(text + used, room - used,
					"s%d,%d,%d,%d,,shop%d,%d\n", i, t,
					(t * (i + 3)) % 7 + (t % 9 == 0) * 5 + i, t % 17 == 3,
					i % 2, t % 9 == 0);
	return text;
}

static cstn_demand_config shops(const char *const *events)
{
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;

	config.season = 7;
	config.pool = "shop";
	config.events = events;
	config.n_events = 1;
	return config;
}

/* What a model says that was told all rows up to a cutoff at once. */
static double told(int cutoff, int series, int h, int knows_fair)
{
	static const char *const events[] = {"fair"};
	cstn_demand_config config = shops(events);
	cstn_demand_update_options update = CSTN_DEMAND_UPDATE_OPTIONS_INIT;
	cstn_demand_forecast_options ask = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	struct ArrowArrayStream in, future, out;
	cstn_demand_model *model;
	cstn_buffer *buffer;
	char *rows = shop_rows(cutoff), ahead[256] = "ds,fair\n";
	double value;
	int t;

	for (t = cutoff + 1; t <= cutoff + 3; t++)
		snprintf(ahead + strlen(ahead), 32, "%d,%d\n", t, t % 9 == 0);
	update.flags = CSTN_DEMAND_WHOLE_PERIODS | CSTN_DEMAND_SORT;
	ask.horizon = 3;
	ck_assert_int_eq(cstn_demand_model_new(&config, NULL, &model, NULL), CSTN_OK);
	csv_rows(&in, SHOPS, rows);
	ck_assert_int_eq(cstn_demand_model_update(model, &in, &update, NULL, NULL), CSTN_OK);
	csv_rows(&future, "ds int64\nfair int64\n", ahead);
	ck_assert_int_eq(cstn_demand_model_forecast(model, NULL, knows_fair ? &future : NULL, &ask,
					 &out, NULL),
			CSTN_OK);
	if (!knows_fair)
		future.release(&future);
	value = atof(csv_cell(csv_text(&out, &buffer), series * 3 + h, "mean"));
	cstn_buffer_free(buffer);
	cstn_demand_model_free(model);
	free(rows);
	return value;
}

START_TEST(a_demand_model_says_what_one_says_that_was_told_the_rows_up_to_the_cutoff)
{
	static const char *const events[] = {"fair"};
	const cstn_demand_config config = shops(events);
	cstn_family_options family = CSTN_FAMILY_OPTIONS_INIT;
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	cstn_buffer *buffer;
	char *rows = shop_rows(70);
	const char *text;
	int i;

	family.horizon = 3;
	options.n_windows = 2;
	options.step = 5;
	options.demand = &config;
	options.flags = _i ? CSTN_BACKTEST_ASSUME_KNOWN : 0;
	text = test(SHOPS, rows, &family, &options, &buffer);
	ck_assert_ptr_null(strstr(text, "Auto"));
	for (i = 0; i < 36; i++) {
		int series = i / 6, cutoff = i / 3 % 2 ? 67 : 62, h = i % 3 + 1;

		ck_assert_int_eq(atoi(csv_cell(text, i + 1, "cutoff")), cutoff);
		ck_assert_double_eq(
				atof(csv_cell(text, i + 1, "Demand")), told(cutoff, series, h, _i));
	}
	cstn_buffer_free(buffer);
	family.models = CSTN_FAMILY_NAIVE;
	text = test(SHOPS, rows, &family, &options, &buffer);
	ck_assert_double_eq(atof(csv_cell(text, 36, "Demand")), told(67, 5, 3, _i));
	ck_assert_str_ne(csv_cell(text, 36, "Naive"), "");
	cstn_buffer_free(buffer);
	free(rows);
}
END_TEST

START_TEST(periods_without_a_row_are_neither_learned_nor_scored)
{
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_family_options family = CSTN_FAMILY_OPTIONS_INIT;
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	const int64_t cutoffs[] = {4, 1030};

	config.season = 1;
	config.gap = family.gap = CSTN_GAP_MISSING;
	family.horizon = 3;
	options.demand = &config;
	/* 3 and 4 are missing up to the cutoff 4, and 6 behind it; 0 sales would say less than 8 */
	options.cutoffs = cutoffs;
	options.n_cutoffs = 1;
	expect(NUMBERS, HEAD "a,1,8\na,2,8\na,5,8\na,7,9\n", &family, &options,
			"unique_id,ds,cutoff,h,y,Demand\na,5,4,1,8,8\na,7,4,3,9,8\n");
	/* a path is no longer than 1,024 */
	options.cutoffs = cutoffs + 1;
	expect_refused(NUMBERS, HEAD "a,1,8\na,2,8\na,1031,8\n", &family, &options, 0, CSTN_E_LIMIT,
			"1028 periods before a cutoff");
	/* other models cannot be told of it, nor a demand model that takes gaps for none sold */
	options.cutoffs = cutoffs;
	family.models = CSTN_FAMILY_NAIVE;
	expect_refused(NUMBERS, TWO, &family, &options, 0, CSTN_E_INVALID_ARGUMENT, "gap is 2");
	family.models = 0;
	config.gap = CSTN_GAP_ZERO;
	expect_refused(NUMBERS, TWO, &family, &options, 0, CSTN_E_INVALID_ARGUMENT, "gap is 2");
}
END_TEST

START_TEST(a_window_is_none_of_a_demand_model)
{
	const cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_demand_config wrong = CSTN_DEMAND_CONFIG_INIT;
	cstn_family_options family = naive(1);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;

	options.demand = &config;
	options.window = 3;
	expect_refused(NUMBERS, TWO, &family, &options, 0, CSTN_E_INVALID_ARGUMENT,
			"window is 3, and the states of a demand model know all rows");
	options.window = 0;
	wrong.season = 400;
	options.demand = &wrong;
	expect_refused(NUMBERS, TWO, &family, &options, 0, CSTN_E_INVALID_ARGUMENT,
			"season is 400");
}
END_TEST

/* --- bad input -------------------------------------------------------------------------------- */

START_TEST(what_cannot_be_is_said)
{
	static const int64_t falling[] = {5, 5}, odd[] = {2};
	static const char *const none[] = {""}, *const absent[] = {"price"};
	cstn_family_options family = naive(1);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;

	options.refit = -2;
	expect_refused(NUMBERS, TWO, &family, &options, 0, CSTN_E_INVALID_ARGUMENT,
			"refit is -2 (1 or more, 0, or -1)");
	options.refit = 0;
	options.step = -1;
	expect_refused(NUMBERS, TWO, &family, &options, 0, CSTN_E_INVALID_ARGUMENT, "step is -1");
	options.step = 0;
	options.cutoffs = falling;
	options.n_cutoffs = 2;
	expect_refused(NUMBERS, TWO, &family, &options, 0, CSTN_E_INVALID_ARGUMENT,
			"cutoffs[1] is 5, above 5 expected");
	options.n_cutoffs = 1;
	options.n_windows = 2;
	expect_refused(NUMBERS, TWO, &family, &options, 0, CSTN_E_INVALID_ARGUMENT,
			"n_windows, step and last go without them");
	options.n_windows = 0;
	options.cutoffs = odd;
	family.period = CSTN_PERIOD_MONTH;
	expect_refused("unique_id text\nds date\ny double\n", HEAD "a,2024-11-01,5\n", &family,
			&options, 0, CSTN_E_INVALID_ARGUMENT,
			"cutoffs has 2, at which no period begins");
	family = naive(1);
	options = (cstn_backtest_options)CSTN_BACKTEST_OPTIONS_INIT;
	options.signals = none;
	options.n_signals = 1;
	expect_refused(NUMBERS, TWO, &family, &options, 0, CSTN_E_INVALID_ARGUMENT,
			"signals[0] has no name");
	options.signals = absent;
	expect_refused(NUMBERS, TWO, &family, &options, 0, CSTN_E_SCHEMA, "'price' is absent");
	family.horizon = 2000;
	expect_refused(NUMBERS, TWO, &family, NULL, 0, CSTN_E_INVALID_ARGUMENT,
			"horizon is 2000 (1 to 1024)");
}
END_TEST

START_TEST(a_bad_row_leaves_out_its_series_alone)
{
	cstn_family_options family = naive(1);
	struct ArrowArrayStream out;
	cstn_row_errors *bad = NULL;
	cstn_buffer *buffer;

	ck_assert_int_eq(run(NUMBERS, HEAD "a,1,1\na,3,1\nb,1,1\nb,2,7\n", &family, NULL, 0, &out,
					 &bad, NULL),
			CSTN_E_ROWS);
	ck_assert_str_eq(csv_text(&out, &buffer), OUT "b,2,1,1,7,1\n");
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	cstn_row_errors_free(bad);
	cstn_buffer_free(buffer);
}
END_TEST

/* Below 0 without being a return, an unknown flag, a limit below 0: rules of the demand model. */
START_TEST(a_row_that_breaks_a_rule_of_the_model_leaves_out_its_series_alone)
{
	static const struct {
		const char *row, *column;
	} rules[] = {{"a,3,-4,0,\n", "y"}, {"a,3,4,32,\n", "flags"}, {"a,3,4,-1,\n", "flags"},
			{"a,3,4,1,-2\n", "limit"}};
	const cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_family_options family = naive(1);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	size_t i;

	options.demand = &config;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct ArrowArrayStream out;
		cstn_row_errors *bad = NULL;
		cstn_row_error first;
		cstn_buffer *buffer;
		char rows[256];
		const char *told;

		snprintf(rows, sizeof(rows),
				"unique_id,ds,y,flags,limit\na,1,1,0,\na,2,1,0,\n%sb,1,7,0,\nb,2,7,"
				"0,\n",
				rules[i].row);
		ck_assert_int_eq(run("unique_id text\nds int64\ny double\nflags int64\n"
				     "limit double null\n",
						 rows, &family, &options, 0, &out, &bad, NULL),
				CSTN_E_ROWS);
		told = csv_text(&out, &buffer);
		ck_assert_str_eq(csv_cell(told, 1, "unique_id"), "b");
		ck_assert_str_eq(csv_cell(told, 1, "Demand"), "7");
		ck_assert_str_eq(csv_cell(told, 2, "unique_id"), "");
		ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
		ck_assert_int_eq(cstn_row_errors_at(bad, 0, &first, NULL), CSTN_OK);
		ck_assert_uint_eq(first.row, 2);
		ck_assert_str_eq(cstn_row_errors_column(bad, 0), rules[i].column);
		ck_assert_str_eq(cstn_row_errors_key(bad, 0), "a");
		cstn_row_errors_free(bad);
		cstn_buffer_free(buffer);
	}
}
END_TEST

START_TEST(cutoffs_at_the_ends_of_numbers_are_none_of_a_series)
{
	static const int64_t cutoffs[] = {INT64_MIN, INT64_MAX};
	cstn_family_options family = naive(1024);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	const char *rows = HEAD "a,-9223372036854775808,1\na,-9223372036854775807,2\n"
				"b,9223372036854775806,5\nb,9223372036854775807,6\n";

	expect(NUMBERS, rows, &family, NULL, OUT);
	options.cutoffs = cutoffs;
	options.n_cutoffs = 2;
	expect(NUMBERS, rows, &family, &options,
			OUT "a,-9223372036854775807,-9223372036854775808,1,2,1\n");
	options = (cstn_backtest_options)CSTN_BACKTEST_OPTIONS_INIT;
	options.flags = CSTN_BACKTEST_LAST;
	options.last = INT64_MIN;
	options.n_windows = 3;
	options.step = 2147483647;
	expect(NUMBERS, HEAD "b,5,5\nb,6,6\n", &family, &options, OUT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("backtests");
	TCase *tests = tcase_create("backtests");

	tcase_add_test(tests, the_last_window_of_each_series_is_forecast_from_what_came_before_it);
	tcase_add_test(tests, windows_lie_a_step_apart_and_a_series_has_those_that_it_reaches);
	tcase_add_test(tests, cutoffs_may_be_listed_or_counted_back_from_a_last_one);
	tcase_add_test(tests, months_are_cut_off_at_their_beginning);
	tcase_add_test(tests, a_forecast_is_that_of_a_fit_to_the_rows_up_to_its_cutoff);
	tcase_add_test(tests, a_sliding_window_forgets_what_is_older);
	tcase_add_test(tests, between_fits_the_path_of_the_last_one_goes_on);
	tcase_add_test(tests, what_comes_after_a_cutoff_changes_no_forecast_made_at_it);
	tcase_add_test(tests, threads_change_no_byte);
	tcase_add_test(tests, a_row_that_became_known_after_the_cut_is_refused_to_the_microsecond);
	tcase_add_test(tests, rows_that_say_nothing_are_known_a_latency_after_their_period);
	tcase_add_loop_test(tests, every_way_to_know_too_much_is_refused, 1, CSTN__MUTANTS);
	tcase_add_loop_test(tests, a_signal_that_repeats_y_of_its_period_or_a_later_one_is_refused,
			0, (int)(sizeof(repeated) / sizeof(repeated[0])));
	tcase_add_loop_test(tests,
			a_demand_model_says_what_one_says_that_was_told_the_rows_up_to_the_cutoff,
			0, 2);
	tcase_add_test(tests, periods_without_a_row_are_neither_learned_nor_scored);
	tcase_add_test(tests, a_window_is_none_of_a_demand_model);
	tcase_add_test(tests, what_cannot_be_is_said);
	tcase_add_test(tests, a_bad_row_leaves_out_its_series_alone);
	tcase_add_test(tests, a_row_that_breaks_a_rule_of_the_model_leaves_out_its_series_alone);
	tcase_add_test(tests, cutoffs_at_the_ends_of_numbers_are_none_of_a_series);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
