/* Regression of series on signals, on rows made here. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <constellation/demand_regress.h>

#include "csv_rows.h"
#include "suite.h"

#define DAYS 300
#define AHEAD 7
#define SCHEMA "unique_id text\nds int64\ny double null\nfair double null\nshut double\n"
#define HEAD "unique_id,ds,y,fair,shut\n"

static const cstn_regress_signal signals[] = {
		{"fair", CSTN_REGRESS_NEXT, 0}, {"shut", CSTN_REGRESS_CLOSED, 0}};

static cstn_regress_options ask(void)
{
	cstn_regress_options options = CSTN_REGRESS_OPTIONS_INIT;

	options.season = 7;
	options.horizon = AHEAD;
	options.signals = signals;
	options.n_signals = 2;
	options.precision = 1e-3;
	options.threads = 1;
	return options;
}

/* A fair on day 302 and every eleventh before sells fourfold, the day before it half; every 50th
 * day is shut, day 305 too. */
static double sold(int series, int day)
{
	static const double week[7] = {30, 40, 50, 40, 60, 90, 10};
	double y = week[day % 7] * (series + 1);

	return (day + 5) % 50 == 10 ? 0 : (day % 11 == 5) ? 4 * y : (day % 11 == 4) ? y / 2 : y;
}

static size_t put_rows(char *text, size_t size, int series, int ahead, double (*y)(int, int))
{
	size_t used = 0;
	int day;

	for (day = 0; day < DAYS + ahead; day++) {
		used += (size_t)snprintf(text + used, size - used, "s%d,%d,", series, day);
		if (day < DAYS)
			used += (size_t)snprintf(text + used, size - used, "%.17g", y(series, day));
		used += (size_t)snprintf(text + used, size - used, ",%d,%d\n", day % 11 == 5,
				(day + 5) % 50 == 10);
	}
	return used;
}

static const char *regress(const char *text, const cstn_regress_options *options,
		cstn_status expected, cstn_row_errors **bad, cstn_buffer **buffer)
{
	struct ArrowArrayStream rows, out;
	cstn_error *error = NULL;
	cstn_status status;

	csv_rows(&rows, SCHEMA, text);
	status = cstn_regress(&rows, options, NULL, &out, bad, &error);
	ck_assert_msg(status == expected, "%s: %s", cstn_status_name(status),
			cstn_error_message(error));
	ck_assert_ptr_null(rows.release);
	cstn_error_free(error);
	return csv_text(&out, buffer);
}

/* Two series, to be freed. */
static char *two_series(int ahead)
{
	size_t size = 1 << 16, used;
	char *text = malloc(size);

	ck_assert_ptr_nonnull(text);
	used = (size_t)snprintf(text, size, HEAD);
	used += put_rows(text + used, size - used, 0, ahead, sold);
	put_rows(text + used, size - used, 1, ahead, sold);
	return text;
}

START_TEST(what_an_event_does_on_its_day_and_before_is_learned_and_a_shut_day_is_0)
{
	cstn_regress_options options = ask();
	char *rows = two_series(AHEAD + 1);
	cstn_buffer *buffer;
	const char *text = regress(rows, &options, CSTN_OK, NULL, &buffer);
	int i;

	for (i = 0; i < 2 * AHEAD; i++) {
		double is = atof(csv_cell(text, i + 1, "mean"));
		double wanted = sold(i / AHEAD, DAYS + i % AHEAD);

		ck_assert_double_eq_tol(is, wanted, .03 * wanted + 1e-9);
		ck_assert_str_eq(csv_cell(text, i + 1, "flags"), "16");
	}
	ck_assert_double_eq(atof(csv_cell(text, 6, "mean")), 0);
	cstn_buffer_free(buffer);
	free(rows);
}
END_TEST

START_TEST(threads_change_no_byte_of_a_regression)
{
	cstn_regress_options options = ask();
	char *rows = two_series(AHEAD + 1);
	cstn_buffer *one, *three;

	regress(rows, &options, CSTN_OK, NULL, &one);
	options.threads = 3;
	regress(rows, &options, CSTN_OK, NULL, &three);
	expect_same_bytes(one, three);
	cstn_buffer_free(one);
	free(rows);
}
END_TEST

START_TEST(a_signal_that_is_not_known_has_its_mean_and_says_so)
{
	cstn_regress_options options = ask();
	char *rows = two_series(0);
	cstn_buffer *buffer;
	const char *text = regress(rows, &options, CSTN_OK, NULL, &buffer);

	ck_assert_str_eq(csv_cell(text, 1, "flags"), "20");
	ck_assert_double_gt(atof(csv_cell(text, 1, "mean")), 1);
	cstn_buffer_free(buffer);
	free(rows);
}
END_TEST

static double always_five(int series, int day)
{
	(void)series;
	return day < 0 ? 0 : 5;
}

static double never(int series, int day)
{
	(void)series;
	return day < 0;
}

static double spike(int series, int day)
{
	(void)series;
	return day == 100 ? 1e300 : 0;
}

static double tiny(int series, int day)
{
	(void)series;
	return (day % 7 + 1) * 1e-300;
}

static double huge(int series, int day)
{
	(void)series;
	return (day % 7 + 1) * 1e299;
}

static double both_signs(int series, int day)
{
	(void)series;
	return day % 7 - 3;
}

START_TEST(forecasts_of_odd_series_are_finite)
{
	double (*const all[])(int, int) = {always_five, never, spike, tiny, huge, both_signs};
	cstn_regress_options options = ask();
	char *rows = malloc(1 << 16);
	int i, h;

	ck_assert_ptr_nonnull(rows);
	for (i = 0; i < 6; i++) {
		cstn_buffer *buffer;
		const char *text;
		size_t used = (size_t)snprintf(rows, 1 << 16, HEAD);

		put_rows(rows + used, (1 << 16) - used, 0, AHEAD + 1, all[i]);
		text = regress(rows, &options, CSTN_OK, NULL, &buffer);
		for (h = 1; h <= AHEAD; h++) {
			double is = atof(csv_cell(text, h, "mean"));

			ck_assert(isfinite(is) && (is >= 0 || i == 5));
			if (i == 0)
				ck_assert_double_eq(is, h == 6 ? 0 : 5);
			if (i == 1)
				ck_assert_double_eq(is, 0);
			if (i == 5 && h != 6)
				ck_assert_double_eq_tol(is, both_signs(0, DAYS + h - 1), .05);
		}
		cstn_buffer_free(buffer);
	}
	free(rows);
}
END_TEST

START_TEST(short_series_are_forecast)
{
	cstn_regress_options options = ask();
	cstn_buffer *buffer;
	const char *text = regress(HEAD "a,1,4,0,0\nb,1,4,0,0\nb,2,5,0,0\nc,1,0,0,0\n", &options,
			CSTN_OK, NULL, &buffer);

	ck_assert_double_eq(atof(csv_cell(text, 1, "mean")), 4);
	ck_assert_double_gt(atof(csv_cell(text, AHEAD + 1, "mean")), 3);
	ck_assert_double_lt(atof(csv_cell(text, AHEAD + 1, "mean")), 6);
	ck_assert_str_eq(csv_cell(text, 2 * AHEAD + 1, "mean"), "0");
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(a_null_before_a_value_leaves_out_its_series_alone)
{
	cstn_regress_options options = ask();
	cstn_row_errors *bad = NULL;
	cstn_row_error first;
	cstn_buffer *buffer;
	const char *text = regress(HEAD "a,1,4,0,0\na,2,,0,0\na,3,4,0,0\nb,1,4,0,0\n", &options,
			CSTN_E_ROWS, &bad, &buffer);

	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &first, NULL), CSTN_OK);
	ck_assert(first.row == 1 && first.code == CSTN_ROW_NULL);
	ck_assert_str_eq(csv_cell(text, 1, "unique_id"), "b");
	cstn_row_errors_free(bad);
	cstn_buffer_free(buffer);
}
END_TEST

static void refused(const cstn_regress_options *options, cstn_status expected, const char *part)
{
	struct ArrowArrayStream rows, out;
	cstn_error *error = NULL;

	csv_rows(&rows, SCHEMA, HEAD "a,1,4,0,0\n");
	expect_error(cstn_regress(&rows, options, NULL, &out, NULL, &error), expected, &error,
			part);
}

START_TEST(options_of_a_regression_out_of_range_are_refused)
{
	cstn_regress_signal two[2] = {{"fair", 0, 0}, {"fair", 0, 0}};
	cstn_regress_options options = ask();

	options.memory = -1;
	refused(&options, CSTN_E_INVALID_ARGUMENT, "memory is -1");
	options = ask();
	options.precision = NAN;
	refused(&options, CSTN_E_INVALID_ARGUMENT, "precision is nan");
	options = ask();
	options.n_signals = 129;
	refused(&options, CSTN_E_LIMIT, "n_signals is 129");
	options = ask();
	options.signals = two;
	refused(&options, CSTN_E_INVALID_ARGUMENT, "named twice");
	two[1].name = "rain";
	refused(&options, CSTN_E_SCHEMA, "rain");
	two[1].flags = 3;
	refused(&options, CSTN_E_INVALID_ARGUMENT, "flags 0x3");
	options = ask();
	options.horizon = 1025;
	refused(&options, CSTN_E_INVALID_ARGUMENT, "horizon is 1025");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			what_an_event_does_on_its_day_and_before_is_learned_and_a_shut_day_is_0,
			threads_change_no_byte_of_a_regression,
			a_signal_that_is_not_known_has_its_mean_and_says_so,
			forecasts_of_odd_series_are_finite, short_series_are_forecast,
			a_null_before_a_value_leaves_out_its_series_alone,
			options_of_a_regression_out_of_range_are_refused};

	return run_tests("regression on signals", tests, sizeof(tests) / sizeof(tests[0]));
}
