/* Backtests: cutoffs, what is known at them, and what is refused. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "backtest_rows.h"
#include "csv_rows.h"
#include "suite.h"

#define OUT "unique_id,ds,cutoff,h,y,Naive\n"

/* --- cutoffs ---------------------------------------------------------------------------------- */

#define TWO BACKTEST_HEAD "a,1,10\na,2,20\na,3,30\na,4,40\na,5,50\nb,3,1\nb,4,2\nb,5,3\nb,6,4\n"

START_TEST(the_last_window_of_each_series_is_forecast_from_what_came_before_it)
{
	cstn_family_options family = backtest_naive(2);

	backtest_expect(BACKTEST_ROWS, TWO, &family, NULL,
			OUT "a,4,3,1,40,30\na,5,3,2,50,30\nb,5,4,1,3,2\nb,6,4,2,4,2\n");
}
END_TEST

START_TEST(windows_lie_a_step_apart_and_a_series_has_those_that_it_reaches)
{
	cstn_family_options family = backtest_naive(1);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;

	options.n_windows = 2;
	options.step = 2;
	options.min_training = 2;
	backtest_expect(BACKTEST_ROWS, TWO, &family, &options,
			OUT "a,3,2,1,30,20\na,5,4,1,50,40\nb,6,5,1,4,3\n");
	options.min_training = 1;
	backtest_expect(BACKTEST_ROWS, TWO, &family, &options,
			OUT "a,3,2,1,30,20\na,5,4,1,50,40\nb,4,3,1,2,1\nb,6,5,1,4,3\n");
}
END_TEST

START_TEST(cutoffs_may_be_listed_or_counted_back_from_a_last_one)
{
	static const int64_t cutoffs[] = {3, 5};
	cstn_family_options family = backtest_naive(2);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	const char *expected = OUT "a,4,3,1,40,30\na,5,3,2,50,30\nb,4,3,1,2,1\nb,5,3,2,3,1\n"
				   "b,6,5,1,4,3\n";

	options.cutoffs = cutoffs;
	options.n_cutoffs = 2;
	backtest_expect(BACKTEST_ROWS, TWO, &family, &options, expected);
	options = (cstn_backtest_options)CSTN_BACKTEST_OPTIONS_INIT;
	options.flags = CSTN_BACKTEST_LAST;
	options.last = 5;
	options.n_windows = 2;
	options.step = 2;
	backtest_expect(BACKTEST_ROWS, TWO, &family, &options, expected);
}
END_TEST

START_TEST(months_are_cut_off_at_their_beginning)
{
	static const int64_t cutoffs[] = {20058}; /* 2024-12-01 */
	cstn_family_options family = backtest_naive(2);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;

	family.period = CSTN_PERIOD_MONTH;
	options.cutoffs = cutoffs;
	options.n_cutoffs = 1;
	backtest_expect("unique_id text\nds date\ny double\n",
			BACKTEST_HEAD "a,2024-11-01,5\na,2024-12-01,6\na,2025-01-01,7\n", &family,
			&options, OUT "a,2025-01-01,2024-12-01,1,7,6\n");
}
END_TEST

/* --- fits ------------------------------------------------------------------------------------- */

#define RISING                                                                                   \
	BACKTEST_HEAD "a,1,1\na,2,2\na,3,4\na,4,3\na,5,9\na,6,5\na,7,6\na,8,12\na,9,8\na,10,7\n" \
		      "a,11,15\na,12,10\n"

/* What cstn_family_fit() says of periods `from` to `to` of those rows. */
static double fitted(int from, int to, uint32_t model, int h, const char *name)
{
	char rows[512] = BACKTEST_HEAD;
	const char *at = RISING;
	cstn_family_options family = backtest_naive(4);
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
	csv_rows(&in, BACKTEST_ROWS, rows);
	ck_assert_int_eq(cstn_family_fit(&in, &family, NULL, &out, NULL, NULL), CSTN_OK);
	value = atof(csv_cell(csv_text(&out, &buffer), h, name));
	cstn_buffer_free(buffer);
	return value;
}

START_TEST(a_forecast_is_that_of_a_fit_to_the_rows_up_to_its_cutoff)
{
	cstn_family_options family = backtest_naive(2);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text;
	int i;

	family.models = CSTN_FAMILY_AUTO | CSTN_FAMILY_HOLT;
	family.season = 3;
	options.n_windows = 3;
	options.step = 1;
	text = backtest_text(BACKTEST_ROWS, RISING, &family, &options, &buffer);
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
	cstn_family_options family = backtest_naive(1);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text;

	family.models = CSTN_FAMILY_SES;
	options.window = 4;
	family.season = 3;
	text = backtest_text(BACKTEST_ROWS, RISING, &family, &options, &buffer);
	ck_assert_double_eq(
			atof(csv_cell(text, 1, "SES")), fitted(8, 11, CSTN_FAMILY_SES, 1, "SES"));
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(between_fits_the_path_of_the_last_one_goes_on)
{
	cstn_family_options family = backtest_naive(1);
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
		text = backtest_text(BACKTEST_ROWS, RISING, &family, &options, &buffer);
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
	cstn_family_options family = backtest_naive(2);
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
	text[0] = backtest_text(BACKTEST_ROWS, RISING, &family, &options, &buffer[0]);
	text[1] = backtest_text(BACKTEST_ROWS, changed, &family, &options, &buffer[1]);
	for (i = 1; i <= 2; i++)
		ck_assert_str_eq(csv_cell(text[0], i, "Auto"), csv_cell(text[1], i, "Auto"));
	ck_assert_str_ne(csv_cell(text[0], 1, "y"), csv_cell(text[1], 1, "y"));
	cstn_buffer_free(buffer[0]);
	cstn_buffer_free(buffer[1]);
}
END_TEST

START_TEST(threads_change_no_byte)
{
	cstn_family_options family = backtest_naive(3);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	char rows[16384] = BACKTEST_HEAD;
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
	text = backtest_text(BACKTEST_ROWS, rows, &family, &options, &first);
	for (i = 2; i <= 8; i += 3) {
		family.threads = i;
		ck_assert_str_eq(backtest_text(BACKTEST_ROWS, rows, &family, &options, &other),
				text);
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
	cstn_family_options family = backtest_naive(1);
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
			backtest_refused(KNOWN, rows, &family, &options, 0, CSTN_E_LEAKAGE,
					expected);
		else
			(void)backtest_text(KNOWN, rows, &family, &options, &buffer);
	}
	cstn_buffer_free(buffer);
	/* a forecast that is made later may know it */
	options.origin_offset_us = 1;
	backtest_expect(KNOWN, rows, &family, &options, OUT "a,1970-01-04,1970-01-03,1,3,2\n");
}
END_TEST

START_TEST(rows_that_say_nothing_are_known_a_latency_after_their_period)
{
	cstn_family_options family = backtest_naive(1);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	const char *rows = "unique_id,ds,y\na,1970-01-02,1\na,1970-01-03,2\na,1970-01-04,3\n";

	options.latency_us = 5;
	options.origin_offset_us = 4;
	backtest_refused("unique_id text\nds date\ny double\n", rows, &family, &options, 0,
			CSTN_E_LEAKAGE, "available_us 259200000005, the cut is 259200000004");
	options.origin_offset_us = 5;
	backtest_expect("unique_id text\nds date\ny double\n", rows, &family, &options,
			OUT "a,1970-01-04,1970-01-03,1,3,2\n");
}
END_TEST

START_TEST(every_way_to_know_too_much_is_refused)
{
	cstn_family_options family = backtest_naive(2);
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
	(void)backtest_text(BACKTEST_ROWS, RISING, &family, &options, &buffer);
	cstn_buffer_free(buffer);
	backtest_refused(BACKTEST_ROWS, RISING, &family, &options, _i, CSTN_E_LEAKAGE,
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
	cstn_family_options family = backtest_naive(2);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	char *rows = signal_rows(repeated[_i].shift, repeated[_i].scale);
	cstn_buffer *buffer;

	options.signals = signals;
	options.n_signals = 1;
	if (repeated[_i].part) {
		backtest_refused("unique_id text\nds int64\ny double\nprice double\n", rows,
				&family, &options, 0, CSTN_E_LEAKAGE, repeated[_i].part);
	} else {
		(void)backtest_text("unique_id text\nds int64\ny double\nprice double\n", rows,
				&family, &options, &buffer);
		cstn_buffer_free(buffer);
	}
	free(rows);
}
END_TEST

/* --- bad input -------------------------------------------------------------------------------- */

START_TEST(what_cannot_be_is_said)
{
	static const int64_t falling[] = {5, 5}, odd[] = {2};
	static const char *const none[] = {""}, *const absent[] = {"price"};
	cstn_family_options family = backtest_naive(1);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;

	options.refit = -2;
	backtest_refused(BACKTEST_ROWS, TWO, &family, &options, 0, CSTN_E_INVALID_ARGUMENT,
			"refit is -2 (1 or more, 0, or -1)");
	options.refit = 0;
	options.step = -1;
	backtest_refused(BACKTEST_ROWS, TWO, &family, &options, 0, CSTN_E_INVALID_ARGUMENT,
			"step is -1");
	options.step = 0;
	options.cutoffs = falling;
	options.n_cutoffs = 2;
	backtest_refused(BACKTEST_ROWS, TWO, &family, &options, 0, CSTN_E_INVALID_ARGUMENT,
			"cutoffs[1] is 5, above 5 expected");
	options.n_cutoffs = 1;
	options.n_windows = 2;
	backtest_refused(BACKTEST_ROWS, TWO, &family, &options, 0, CSTN_E_INVALID_ARGUMENT,
			"n_windows, step and last go without them");
	options.n_windows = 0;
	options.cutoffs = odd;
	family.period = CSTN_PERIOD_MONTH;
	backtest_refused("unique_id text\nds date\ny double\n", BACKTEST_HEAD "a,2024-11-01,5\n",
			&family, &options, 0, CSTN_E_INVALID_ARGUMENT,
			"cutoffs has 2, at which no period begins");
	family = backtest_naive(1);
	options = (cstn_backtest_options)CSTN_BACKTEST_OPTIONS_INIT;
	options.signals = none;
	options.n_signals = 1;
	backtest_refused(BACKTEST_ROWS, TWO, &family, &options, 0, CSTN_E_INVALID_ARGUMENT,
			"signals[0] has no name");
	options.signals = absent;
	backtest_refused(BACKTEST_ROWS, TWO, &family, &options, 0, CSTN_E_SCHEMA,
			"'price' is absent");
	family.horizon = 2000;
	backtest_refused(BACKTEST_ROWS, TWO, &family, NULL, 0, CSTN_E_INVALID_ARGUMENT,
			"horizon is 2000 (1 to 1024)");
}
END_TEST

START_TEST(a_bad_row_leaves_out_its_series_alone)
{
	cstn_family_options family = backtest_naive(1);
	struct ArrowArrayStream out;
	cstn_row_errors *bad = NULL;
	cstn_buffer *buffer;

	ck_assert_int_eq(backtest_run(BACKTEST_ROWS, BACKTEST_HEAD "a,1,1\na,3,1\nb,1,1\nb,2,7\n",
					 &family, NULL, 0, &out, &bad, NULL),
			CSTN_E_ROWS);
	ck_assert_str_eq(csv_text(&out, &buffer), OUT "b,2,1,1,7,1\n");
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	cstn_row_errors_free(bad);
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(cutoffs_at_the_ends_of_numbers_are_none_of_a_series)
{
	static const int64_t cutoffs[] = {INT64_MIN, INT64_MAX};
	cstn_family_options family = backtest_naive(1024);
	cstn_backtest_options options = CSTN_BACKTEST_OPTIONS_INIT;
	const char *rows = BACKTEST_HEAD "a,-9223372036854775808,1\na,-9223372036854775807,2\n"
					 "b,9223372036854775806,5\nb,9223372036854775807,6\n";

	backtest_expect(BACKTEST_ROWS, rows, &family, NULL, OUT);
	options.cutoffs = cutoffs;
	options.n_cutoffs = 2;
	backtest_expect(BACKTEST_ROWS, rows, &family, &options,
			OUT "a,-9223372036854775807,-9223372036854775808,1,2,1\n");
	options = (cstn_backtest_options)CSTN_BACKTEST_OPTIONS_INIT;
	options.flags = CSTN_BACKTEST_LAST;
	options.last = INT64_MIN;
	options.n_windows = 3;
	options.step = 2147483647;
	backtest_expect(BACKTEST_ROWS, BACKTEST_HEAD "b,5,5\nb,6,6\n", &family, &options, OUT);
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
	tcase_add_test(tests, what_cannot_be_is_said);
	tcase_add_test(tests, a_bad_row_leaves_out_its_series_alone);
	tcase_add_test(tests, cutoffs_at_the_ends_of_numbers_are_none_of_a_series);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
