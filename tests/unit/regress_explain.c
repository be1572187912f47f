/* Explanations of regressions on signals: parts that add up, whatever a forecast went through. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <constellation/demand_regress.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "suite.h"

#define DAYS 200
#define AHEAD 7
#define SUM_TOLERANCE 1e-9

static const cstn_regress_signal signals[] = {{"fair", CSTN_REGRESS_NEXT, 0}, {"heat", 0, 0},
		{"shut", CSTN_REGRESS_CLOSED, 0}, {"strike", CSTN_REGRESS_CLOSED, 0}};
static const char *const columns[] = {"baseline", "season", "month", "recalibration", "floor",
		"signal_fair", "signal_heat", "signal_shut", "signal_strike"};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* How a series sells, and what comes after it. */
typedef struct shape {
	double level, noise;
	double heat;   /* of the days ahead; of the past it is 0 to 1 */
	double effect; /* of heat, as a factor */
	int is_fair;   /* on the third day ahead */
	int sinks;     /* below 0 now and then */
} shape;

static double sold(const shape *of, int day)
{
	static const double week[7] = {.6, .8, 1, .8, 1.2, 1.8, .8};
	double u = 2 * cstn__random_unit(3, (uint64_t)day) - 1;
	double y = of->level * week[day % 7] * exp(of->noise * u) *
		   pow(of->effect, (day * 37 % 11) / 10.0) * (day % 13 == 5 ? 3 : 1);

	return of->sinks ? y - of->level : y;
}

static const char *explained(const shape *of, int is_explained, cstn_buffer **buffer)
{
	cstn_regress_options options = CSTN_REGRESS_OPTIONS_INIT;
	struct ArrowArrayStream rows, out;
	cstn_error *error = NULL;
	cstn_status status;
	static char text[1 << 15];
	size_t size = sizeof(text);
	size_t used = (size_t)snprintf(text, size, "unique_id,ds,y,fair,heat,shut,strike\n");
	int day;

	for (day = 0; day < DAYS + AHEAD + 1; day++) {
		int is_ahead = day >= DAYS, at = day - DAYS;

		used += (size_t)snprintf(text + used, size - used, "s,2025-%02d-%02d,",
				day / 28 + 1, day % 28 + 1);
		if (!is_ahead)
			used += (size_t)snprintf(text + used, size - used, "%.17g", sold(of, day));
		used += (size_t)snprintf(text + used, size - used, ",%d,%.17g,%d,%d\n",
				is_ahead ? of->is_fair && at == 2 : day % 13 == 5,
				is_ahead ? of->heat : (day * 37 % 11) / 10.0, at == 4, at >= 4);
	}
	ck_assert_uint_lt(used, size);
	csv_rows(&rows,
			"unique_id text\nds date\ny double null\nfair double\nheat double\nshut "
			"double\n"
			"strike double\n",
			text);
	options.season = 7;
	options.horizon = AHEAD;
	options.signals = signals;
	options.n_signals = 4;
	options.precision = 1e-3;
	options.gap = CSTN_GAP_ZERO;
	status = (is_explained ? cstn_regress_explain : cstn_regress)(
			&rows, &options, NULL, &out, NULL, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return csv_text(&out, buffer);
}

static double sum_of(const char *text, int row)
{
	double sum = 0;
	size_t k;

	for (k = 0; k < COLUMNS; k++)
		sum += csv_number(text, row, columns[k]);
	return sum;
}

static double logarithmic_mean(double a, double b)
{
	return a == b ? a : (a - b) / (log(a) - log(b)); /* NOLINT: as it is defined */
}

static const shape shapes[] = {{100, .3, .5, .5, 1, 0}, {1e6, .1, 0, 2, 0, 0}, {3, 1, 1, 1, 1, 0},
		{1e-3, .2, .5, .5, 1, 0}, {50, .3, .5, .7, 1, 1}, {40, .2, 60, 2, 0, 0},
		{40, .2, -60, 2, 0, 0}, {40, .2, 40, 2, 1, 1}, {1e290, .2, .5, 2, 1, 0}};

START_TEST(parts_of_a_regression_add_up)
{
	cstn_buffer *buffer, *plain_buffer;
	const char *text = explained(&shapes[_i], 1, &buffer);
	const char *plain = explained(&shapes[_i], 0, &plain_buffer);
	int h;

	ck_assert_int_eq(
			strncmp(text,
					"unique_id,ds,h,mean,baseline,season,month,recalibration,"
					"floor,"
					"signal_fair,signal_heat,signal_shut,signal_strike,flags\n",
					strlen("unique_id,ds,h,mean,baseline,season,month,"
					       "recalibration,"
					       "floor,signal_fair,signal_heat,signal_shut,signal_"
					       "strike,"
					       "flags\n")),
			0);
	for (h = 1; h <= AHEAD; h++) {
		static const char *const same[] = {"unique_id", "ds", "h", "mean", "flags"};
		double mean = csv_number(text, h, "mean"), largest = 0;
		size_t k;

		for (k = 0; k < sizeof(same) / sizeof(same[0]); k++)
			ck_assert_str_eq(csv_cell(text, h, same[k]), csv_cell(plain, h, same[k]));
		for (k = 0; k < COLUMNS; k++)
			largest = fmax(largest, fabs(csv_number(text, h, columns[k])));
		ck_assert(isfinite(largest));
		ck_assert_double_le(fabs(sum_of(text, h) - mean),
				SUM_TOLERANCE * fabs(mean) + 1e-14 * largest);
	}
	cstn_buffer_free(buffer);
	cstn_buffer_free(plain_buffer);
}
END_TEST

START_TEST(part_of_a_signal_is_what_its_absence_changes)
{
	shape with = shapes[0], without = shapes[0];
	cstn_buffer *buffer, *quiet_buffer;
	const char *text, *quiet;
	int h;

	without.is_fair = 0;
	text = explained(&with, 1, &buffer);
	quiet = explained(&without, 1, &quiet_buffer);
	for (h = 2; h <= 3; h++) { /* the day before, and the day */
		double mean = 1 + csv_number(text, h, "mean"),
		       none = 1 + csv_number(quiet, h, "mean");
		double by = logarithmic_mean(mean, 1 + csv_number(text, h, "baseline"));

		ck_assert_double_eq_tol(csv_number(text, h, "signal_fair"), by * log(mean / none),
				1e-9 * fabs(mean));
	}
	ck_assert_double_gt(csv_number(text, 3, "signal_fair"), 30);
	ck_assert_double_eq(csv_number(quiet, 3, "signal_fair"), 0);
	ck_assert_double_lt(csv_number(text, 3, "signal_heat"), 0);
	cstn_buffer_free(buffer);
	cstn_buffer_free(quiet_buffer);
}
END_TEST

START_TEST(sums_without_logarithms_have_parts_that_do_not_depend_on_others)
{
	shape with = shapes[4], without = shapes[4];
	cstn_buffer *buffer, *quiet_buffer;
	const char *text, *quiet;

	without.is_fair = 0;
	text = explained(&with, 1, &buffer);
	quiet = explained(&without, 1, &quiet_buffer);
	ck_assert_double_eq_tol(csv_number(text, 3, "signal_fair"),
			csv_number(text, 3, "mean") - csv_number(quiet, 3, "mean"), 1e-9);
	ck_assert_str_eq(csv_cell(text, 3, "season"), csv_cell(quiet, 3, "season"));
	ck_assert_double_eq(csv_number(text, 3, "recalibration"), 0);
	cstn_buffer_free(buffer);
	cstn_buffer_free(quiet_buffer);
}
END_TEST

START_TEST(first_signal_that_closes_a_day_takes_the_baseline)
{
	cstn_buffer *buffer;
	const char *text = explained(&shapes[0], 1, &buffer);
	int h;

	for (h = 5; h <= AHEAD; h++) {
		ck_assert_double_eq(csv_number(text, h, "mean"), 0);
		ck_assert_double_eq(csv_number(text, h, h == 5 ? "signal_shut" : "signal_strike"),
				-csv_number(text, h, "baseline"));
		ck_assert_double_eq(
				csv_number(text, h, h == 5 ? "signal_strike" : "signal_shut"), 0);
		ck_assert_double_eq(csv_number(text, h, "season"), 0);
	}
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(forecast_held_at_nothing_says_by_how_much)
{
	cstn_buffer *buffer;
	const char *text = explained(&shapes[6], 1, &buffer);
	int h;

	for (h = 1; h <= 4; h++) {
		ck_assert_double_eq(csv_number(text, h, "mean"), 0);
		ck_assert_double_gt(csv_number(text, h, "floor"), .9);
		ck_assert_double_le(csv_number(text, h, "floor"), 1);
		ck_assert_double_lt(csv_number(text, h, "signal_heat"), -10);
	}
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(forecast_that_was_cut_has_parts_of_its_size)
{
	cstn_buffer *buffer;
	const char *text = explained(&shapes[5], 1, &buffer);
	double mean = csv_number(text, 1, "mean");
	size_t k;

	ck_assert_int_eq(atoi(csv_cell(text, 1, "flags")) & CSTN_REGRESS_FALLBACK,
			CSTN_REGRESS_FALLBACK);
	for (k = 0; k < COLUMNS; k++)
		ck_assert_double_le(fabs(csv_number(text, 1, columns[k])), mean);
	ck_assert_double_gt(csv_number(text, 1, "signal_heat"), mean / 2);
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(series_that_never_changed_is_all_baseline)
{
	cstn_regress_options options = CSTN_REGRESS_OPTIONS_INIT;
	const cstn_regress_signal fair = {"fair", 0, 0};
	struct ArrowArrayStream rows, out;
	cstn_buffer *buffer;
	const char *text;

	csv_rows(&rows, "unique_id text\nds int64\ny double null\nfair double\n",
			"unique_id,ds,y,fair\na,1,5,0\na,2,5,1\na,3,5,0\na,4,,1\n");
	options.horizon = 1;
	options.signals = &fair;
	options.n_signals = 1;
	ck_assert_int_eq(cstn_regress_explain(&rows, &options, NULL, &out, NULL, NULL), CSTN_OK);
	text = csv_text(&out, &buffer);
	ck_assert_double_eq(csv_number(text, 1, "mean"), 5);
	ck_assert_double_eq(csv_number(text, 1, "baseline"), 5);
	ck_assert_double_eq(csv_number(text, 1, "signal_fair"), 0);
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(wrong_questions_are_refused_as_for_forecasts)
{
	cstn_regress_options options = CSTN_REGRESS_OPTIONS_INIT;
	struct ArrowArrayStream rows, out;
	cstn_error *error = NULL;

	csv_rows(&rows, "unique_id text\nds int64\ny double\n", "unique_id,ds,y\na,1,5\n");
	options.horizon = 1025;
	expect_error(cstn_regress_explain(&rows, &options, NULL, &out, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "horizon");
	ck_assert_ptr_null(rows.release);
	expect_error(cstn_regress_explain(NULL, NULL, NULL, &out, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "rows");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {part_of_a_signal_is_what_its_absence_changes,
			sums_without_logarithms_have_parts_that_do_not_depend_on_others,
			first_signal_that_closes_a_day_takes_the_baseline,
			forecast_held_at_nothing_says_by_how_much,
			forecast_that_was_cut_has_parts_of_its_size,
			series_that_never_changed_is_all_baseline,
			wrong_questions_are_refused_as_for_forecasts};
	Suite *suite = suite_create("regress_explain");
	TCase *test_case = tcase_create("regress_explain");
	size_t i;

	tcase_set_timeout(test_case, 240);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(test_case, tests[i]);
	tcase_add_loop_test(test_case, parts_of_a_regression_add_up, 0,
			(int)(sizeof(shapes) / sizeof(shapes[0])));
	suite_add_tcase(suite, test_case);
	return run_suite(suite);
}
