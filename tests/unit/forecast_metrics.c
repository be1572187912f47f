/* Measures of a forecast, each against a value worked out by hand. */
#include <math.h>
#include <stdlib.h>

#include <constellation/demand_evaluate.h>

#include "suite.h"

static const double actual[] = {10, 0, 4, 6}, forecast[] = {8, 0, 5, 9};
/* From the first value that is not 0: steps 2, -3, 5; seasonal steps with m = 2, of all: 2, 4,
 * -1, 2. */
static const double history[] = {0, 0, 2, 4, 1, 6};

static cstn_forecast_sample sample_of(size_t n)
{
	cstn_forecast_sample s = CSTN_FORECAST_SAMPLE_INIT;

	s.actual = actual;
	s.forecast = forecast;
	s.n = n;
	s.history = history;
	s.n_history = 6;
	s.season = 2;
	s.level_ppm = 750000;
	s.under_minor = 300;
	s.over_minor = 100;
	return s;
}

/* Errors y - f: 2, 0, -1, -3; actual 20 in all. */
static const struct {
	int32_t metric;
	double value;
} by_hand[] = {
		{CSTN_METRIC_MAE, 6.0 / 4},
		{CSTN_METRIC_MSE, 14.0 / 4},
		{CSTN_METRIC_RMSE, 1.8708286933869707},
		{CSTN_METRIC_SMAPE, (200 * 2.0 / 18 + 200 * 1.0 / 9 + 200 * 3.0 / 15) / 4},
		{CSTN_METRIC_MASE, 1.5 / (9.0 / 4)},
		{CSTN_METRIC_RMSSE, 0.52565748303784676}, /* sqrt((14 / 4) / (38 / 3)) */
		{CSTN_METRIC_WAPE, 6.0 / 20},
		{CSTN_METRIC_BIAS, 2.0 / 20},
		{CSTN_METRIC_VN1, (6.0 + 2) / 20},
		{CSTN_METRIC_TRACKING_SIGNAL, -2 / 1.5},
		{CSTN_METRIC_PINBALL, (2 * .75 + 1 * .25 + 3 * .25) / 4},
		{CSTN_METRIC_SCALED_PINBALL, 0.625 / (10.0 / 3)},
		{CSTN_METRIC_QUANTILE_LOSS, 2 * 2.5 / 20},
		{CSTN_METRIC_COVERAGE, 3.0 / 4},
		{CSTN_METRIC_COST, (300 * 2 + 100 * 1 + 100 * 3) / 4.0},
};

START_TEST(each_measure_is_what_its_definition_gives_by_hand)
{
	cstn_forecast_sample s = sample_of(4);
	size_t i;

	for (i = 0; i < sizeof(by_hand) / sizeof(by_hand[0]); i++) {
		double value = -1;

		ck_assert_int_eq(
				cstn_forecast_metric(by_hand[i].metric, &s, &value, NULL), CSTN_OK);
		ck_assert_msg(fabs(value - by_hand[i].value) <= 1e-15 * fabs(by_hand[i].value),
				"metric %d is %.17g, %.17g by hand", by_hand[i].metric, value,
				by_hand[i].value);
	}
}
END_TEST

START_TEST(interval_score_adds_the_misses_on_either_side)
{
	const double low[] = {2, 1, 3, 1}, high[] = {9, 2, 5, 7};
	cstn_forecast_sample s = sample_of(4);
	double value = -1;

	s.forecast = NULL;
	s.low = low;
	s.high = high;
	s.level_ppm = 50000;
	ck_assert_int_eq(cstn_forecast_metric(CSTN_METRIC_MSIS, &s, &value, NULL), CSTN_OK);
	/* widths 7 1 2 6; 10 is 1 above 9, 0 is 1 below 1; scale 9/4 */
	ck_assert_double_eq_tol(value, (16 + 40 * 2) / 4.0 / 2.25, 1e-13);
}
END_TEST

START_TEST(a_period_at_the_bound_is_inside)
{
	const double at = 5, low = 5, high = 5;
	cstn_forecast_sample s = sample_of(1);
	double value = -1;

	s.actual = s.forecast = &at;
	s.low = &low;
	s.high = &high;
	ck_assert_int_eq(cstn_forecast_metric(CSTN_METRIC_COVERAGE, &s, &value, NULL), CSTN_OK);
	ck_assert_double_eq(value, 1);
	ck_assert_int_eq(cstn_forecast_metric(CSTN_METRIC_MSIS, &s, &value, NULL), CSTN_OK);
	ck_assert_double_eq(value, 0);
}
END_TEST

static double u_coverage(const double *y, const double *within, size_t n, uint64_t seed)
{
	static const double q[] = {3, 3, 3, 3};
	cstn_forecast_sample s = sample_of(n < 4 ? n : 4);
	double value = -1;

	s.actual = y;
	s.forecast = q;
	s.within = within;
	s.seed = seed;
	ck_assert_int_eq(cstn_forecast_metric(CSTN_METRIC_U_COVERAGE, &s, &value, NULL), CSTN_OK);
	return value;
}

START_TEST(what_is_exactly_the_quantile_of_counts_is_covered_in_part)
{
	const double off[] = {2, 4, 0, 9}, at[] = {3, 3, 3, 3};
	const double none[] = {0, 0, 0, 0}, all[] = {1, 1, 1, 1}, some[] = {.3, .3, .3, .3};
	double sum = 0;
	uint64_t seed;

	ck_assert_double_eq(u_coverage(off, some, 4, 0), .5);
	ck_assert_double_eq(u_coverage(at, none, 4, 0), 0);
	ck_assert_double_eq(u_coverage(at, all, 4, 0), 1);
	for (seed = 0; seed < 10000; seed++)
		sum += u_coverage(at, some, 4, seed);
	ck_assert_double_eq_tol(sum / 10000, .3, .01); /* four and a half deviations of 40,000 */
	ck_assert_double_eq(u_coverage(at, some, 4, 7), u_coverage(at, some, 4, 7));
}
END_TEST

START_TEST(nothing_to_divide_by_is_no_value_and_leaves_the_output)
{
	static const double flat[] = {3, 3, 3, 3, 3}, zeros[] = {0, 0, 0, 0};
	static const int32_t scaled[] = {CSTN_METRIC_MASE, CSTN_METRIC_RMSSE,
			CSTN_METRIC_SCALED_PINBALL, CSTN_METRIC_MSIS};
	static const int32_t shares[] = {CSTN_METRIC_WAPE, CSTN_METRIC_BIAS, CSTN_METRIC_VN1,
			CSTN_METRIC_QUANTILE_LOSS};
	cstn_forecast_sample s = sample_of(4);
	double value = -7;
	size_t i;

	s.low = s.high = forecast;
	for (i = 0; i < 4; i++) {
		s.history = flat;
		s.n_history = 5;
		ck_assert_int_eq(cstn_forecast_metric(scaled[i], &s, &value, NULL), CSTN_DONE);
		s.n_history = 1;
		ck_assert_int_eq(cstn_forecast_metric(scaled[i], &s, &value, NULL), CSTN_DONE);
		s.history = NULL;
		s.n_history = 0;
		ck_assert_int_eq(cstn_forecast_metric(scaled[i], &s, &value, NULL), CSTN_DONE);
	}
	s.actual = zeros;
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(cstn_forecast_metric(shares[i], &s, &value, NULL), CSTN_DONE);
	s.forecast = zeros;
	ck_assert_int_eq(cstn_forecast_metric(CSTN_METRIC_TRACKING_SIGNAL, &s, &value, NULL),
			CSTN_DONE);
	s.n = 0;
	ck_assert_int_eq(cstn_forecast_metric(CSTN_METRIC_MAE, &s, &value, NULL), CSTN_DONE);
	ck_assert_double_eq(value, -7);
}
END_TEST

START_TEST(zero_forecast_of_zero_demand_has_no_percentage_error)
{
	static const double zeros[] = {0, 0};
	cstn_forecast_sample s = sample_of(2);
	double value = -1;

	s.actual = s.forecast = zeros;
	ck_assert_int_eq(cstn_forecast_metric(CSTN_METRIC_SMAPE, &s, &value, NULL), CSTN_OK);
	ck_assert_double_eq(value, 0);
}
END_TEST

START_TEST(scales_begin_at_the_first_sale)
{
	static const double late[] = {0, 0, 0, 0, 2, 4}, soon[] = {2, 4};
	cstn_forecast_sample s = sample_of(4);
	double with_zeros = -1, without = -2;

	s.history = late;
	ck_assert_int_eq(cstn_forecast_metric(CSTN_METRIC_RMSSE, &s, &with_zeros, NULL), CSTN_OK);
	s.history = soon;
	s.n_history = 2;
	ck_assert_int_eq(cstn_forecast_metric(CSTN_METRIC_RMSSE, &s, &without, NULL), CSTN_OK);
	ck_assert_double_eq(with_zeros, without);
}
END_TEST

static void refused(int32_t metric, const cstn_forecast_sample *s, cstn_status expected,
		const char *message)
{
	double value = -7;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_forecast_metric(metric, s, &value, &error), expected);
	ck_assert_str_eq(cstn_error_message(error), message);
	ck_assert_double_eq(value, -7);
	cstn_error_free(error);
}

START_TEST(what_breaks_a_rule_is_refused_by_name)
{
	double broken[] = {1, 2, (double)NAN, 3};
	cstn_forecast_sample s = sample_of(4);

	refused(0, &s, CSTN_E_INVALID_ARGUMENT, "metric is 0 (1 to 16, or 18)");
	refused(17, &s, CSTN_E_INVALID_ARGUMENT, "metric is 17 (1 to 16, or 18)");
	s.level_ppm = 0;
	refused(CSTN_METRIC_PINBALL, &s, CSTN_E_INVALID_ARGUMENT, "level_ppm is 0 (1 to 999,999)");
	s.level_ppm = 1000000;
	refused(CSTN_METRIC_QUANTILE_LOSS, &s, CSTN_E_INVALID_ARGUMENT,
			"level_ppm is 1000000 (1 to 999,999)");
	s.season = -1;
	refused(CSTN_METRIC_MASE, &s, CSTN_E_INVALID_ARGUMENT, "season is -1, 1 or more expected");
	s = sample_of(4);
	s.under_minor = -1;
	refused(CSTN_METRIC_COST, &s, CSTN_E_INVALID_ARGUMENT,
			"under_minor is -1, over_minor is 100: finite and 0 or more expected");
	s.forecast = broken;
	refused(CSTN_METRIC_MAE, &s, CSTN_E_INVALID_ARGUMENT,
			"forecast[2] is nan, a finite number expected");
	s.forecast = NULL;
	refused(CSTN_METRIC_MAE, &s, CSTN_E_INVALID_ARGUMENT, "forecast is NULL");
	s = sample_of(4);
	broken[2] = (double)INFINITY;
	s.history = broken;
	s.n_history = 4;
	refused(CSTN_METRIC_RMSSE, &s, CSTN_E_INVALID_ARGUMENT,
			"history[2] is inf, a finite number expected");
	s = sample_of(4);
	refused(CSTN_METRIC_U_COVERAGE, &s, CSTN_E_INVALID_ARGUMENT, "within is NULL");
	s.within = history;
	refused(CSTN_METRIC_U_COVERAGE, &s, CSTN_E_INVALID_ARGUMENT, "within[2] is 2 (0 to 1)");
	s.flags = 1;
	ck_assert_int_ne(cstn_forecast_metric(CSTN_METRIC_MAE, &s, &broken[0], NULL), CSTN_OK);
}
END_TEST

START_TEST(a_square_beyond_a_double_is_an_overflow)
{
	static const double huge[] = {1e200, 1e200, 1e200, 1e200};
	cstn_forecast_sample s = sample_of(4);

	s.actual = huge;
	refused(CSTN_METRIC_MSE, &s, CSTN_E_OVERFLOW, "metric 2 is beyond a double");
}
END_TEST

START_TEST(long_sums_lose_nothing_to_their_length)
{
	size_t n = 1000000, i;
	double *y = malloc(n * sizeof(*y)), *f = calloc(n, sizeof(*f)), value = 0;
	cstn_forecast_sample s = sample_of(n);

	ck_assert(y && f);
	for (i = 0; i < n; i++)
		y[i] = 0.1;
	s.actual = y;
	s.forecast = f;
	ck_assert_int_eq(cstn_forecast_metric(CSTN_METRIC_MAE, &s, &value, NULL), CSTN_OK);
	ck_assert_double_eq_tol(value, 0.1, 1e-15);
	free(y);
	free(f);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {each_measure_is_what_its_definition_gives_by_hand,
			interval_score_adds_the_misses_on_either_side,
			a_period_at_the_bound_is_inside,
			what_is_exactly_the_quantile_of_counts_is_covered_in_part,
			nothing_to_divide_by_is_no_value_and_leaves_the_output,
			zero_forecast_of_zero_demand_has_no_percentage_error,
			scales_begin_at_the_first_sale, what_breaks_a_rule_is_refused_by_name,
			a_square_beyond_a_double_is_an_overflow,
			long_sums_lose_nothing_to_their_length};

	return run_tests("forecast metrics", tests, sizeof(tests) / sizeof(tests[0]));
}
