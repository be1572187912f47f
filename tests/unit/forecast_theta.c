/* Theta models and models of demand that comes now and then, by hand. */
#include <float.h>
#include <math.h>
#include <string.h>

#include <constellation/demand_fit.h>

#include "base/cpu.h"
#include "csv_rows.h"
#include "demand/family.h"
#include "demand/theta.h"
#include "suite.h"

static const cstn__intermittent tenth = {.1, .1};

static cstn_theta_parameters given(uint32_t flags, double alpha, double theta, double level)
{
	cstn_theta_parameters p = CSTN_THETA_PARAMETERS_INIT;

	p.flags = flags;
	p.alpha = alpha;
	p.theta = theta;
	p.level = level;
	return p;
}

START_TEST(a_static_model_is_its_recursion_by_hand)
{
	/* the line is 2 + 1 t: 4 + .5 (2 + 1); 3.5 + .5 (1 + 1.5); 3.75 + .5 (.5 + 1.75) */
	const double y[] = {3, 4, 5};
	cstn_theta_parameters p = given(0, .5, 2, 4);
	double fitted[3], ahead[2];

	ck_assert_int_eq(cstn_theta_filter(&p, y, 3, 2, fitted, ahead, NULL), CSTN_OK);
	ck_assert_double_eq(fitted[0], 5.5);
	ck_assert_double_eq(fitted[1], 4.75);
	ck_assert_double_eq(fitted[2], 4.875);
	ck_assert_double_eq(ahead[0], 4.375 + .5 * (.25 + 1.875));
	ck_assert_double_eq(ahead[1], (4.375 + ahead[0]) / 2 + .5 * (.125 + 1.9375));
}
END_TEST

START_TEST(a_dynamic_model_begins_with_its_first_value)
{
	/* lines of 1 and 2 values: 3 + 0 t; -1 + 4 t */
	const double y[] = {3, 7};
	cstn_theta_parameters p = given(CSTN_THETA_DYNAMIC, .5, 2, 4);
	double fitted[2], ahead[1];

	ck_assert_int_eq(cstn_theta_filter(&p, y, 2, 1, fitted, ahead, NULL), CSTN_OK);
	ck_assert_double_eq(fitted[0], 3);
	ck_assert_double_eq(fitted[1], 3.5 + .5 * (.5 * 3));
	ck_assert_double_eq_tol(ahead[0], 5.25 + .5 * (.25 * -1 + 1.75 * 4), 1e-14);
}
END_TEST

START_TEST(theta_of_one_leaves_the_line_out)
{
	const double y[] = {1, 5, 9, 20};
	cstn_theta_parameters p = given(0, 1, 1, 7);
	double ahead[3];

	ck_assert_int_eq(cstn_theta_filter(&p, y, 4, 3, NULL, ahead, NULL), CSTN_OK);
	ck_assert_double_eq(ahead[0], 20);
	ck_assert_double_eq(ahead[2], 20);
}
END_TEST

static const uint32_t models[] = {
		CSTN_FAMILY_STM, CSTN_FAMILY_OTM, CSTN_FAMILY_DSTM, CSTN_FAMILY_DOTM};

static double squares(const cstn_theta_parameters *p, const double *y, size_t n)
{
	double fitted[64], sum = 0;
	size_t t;

	ck_assert_int_eq(cstn_theta_filter(p, y, n, 0, fitted, NULL, NULL), CSTN_OK);
	for (t = 0; t < n; t++)
		sum += (y[t] - fitted[t]) * (y[t] - fitted[t]);
	return sum;
}

static const double waves[] = {112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115, 126,
		141, 135, 125, 149, 170, 170, 158, 133, 114, 140};
#define WAVES (sizeof(waves) / sizeof(waves[0]))

START_TEST(no_point_of_a_fine_grid_is_better_than_what_was_fitted)
{
	cstn_theta_parameters best = CSTN_THETA_PARAMETERS_INIT, other;
	int is_optimised = _i % 2;
	double least;
	int a, s, l;

	ck_assert_int_eq(cstn_theta_fit(models[_i], waves, WAVES, &best, NULL), CSTN_OK);
	least = squares(&best, waves, WAVES);
	for (a = 10; a <= 99; a += 3)
		for (s = 0; s < (is_optimised ? 20 : 1); s += 2)
			for (l = -4; l <= 4; l += 2) {
				other = best;
				other.alpha = a / 100.;
				other.theta = is_optimised ? 1 / (1 - s / 20.) : 2;
				other.level += l * 4;
				ck_assert_double_ge(
						squares(&other, waves, WAVES) * (1 + 1e-6), least);
			}
}
END_TEST

START_TEST(a_straight_line_goes_on_under_a_fitted_theta)
{
	const double y[] = {10, 12, 14, 16, 18, 20, 22, 24};
	cstn_theta_parameters p = CSTN_THETA_PARAMETERS_INIT;
	double ahead[2];

	ck_assert_int_eq(cstn_theta_fit(CSTN_FAMILY_OTM, y, 8, &p, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_theta_filter(&p, y, 8, 2, NULL, ahead, NULL), CSTN_OK);
	ck_assert_double_eq_tol(ahead[0], 26, 1e-6);
	ck_assert_double_eq_tol(ahead[1], 28, 1e-6);
}
END_TEST

START_TEST(series_of_any_length_and_size_have_finite_models)
{
	static const double scales[] = {1, 0, 1e300, 1e-300, -5};
	double y[8], ahead[3];
	size_t i, n, t;

	for (i = 0; i < 5; i++)
		for (n = 1; n <= 8; n++) {
			cstn_theta_parameters p = CSTN_THETA_PARAMETERS_INIT;

			for (t = 0; t < n; t++)
				y[t] = scales[i] * ((double)(t * t % 5) / 4);
			ck_assert_int_eq(cstn_theta_fit(models[_i], y, n, &p, NULL), CSTN_OK);
			ck_assert(isfinite(p.level) && p.alpha >= .1 && p.alpha <= .99);
			ck_assert_double_ge(p.theta, 1);
			ck_assert_int_eq(
					cstn_theta_filter(&p, y, n, 3, NULL, ahead, NULL), CSTN_OK);
		}
}
END_TEST

START_TEST(a_large_constant_costs_no_digits)
{
	double far[WAVES];
	cstn_theta_parameters near = CSTN_THETA_PARAMETERS_INIT, moved = near;
	double here[1], there[1];
	size_t t;

	for (t = 0; t < WAVES; t++)
		far[t] = waves[t] + 1e9;
	ck_assert_int_eq(cstn_theta_fit(models[_i], waves, WAVES, &near, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_theta_fit(models[_i], far, WAVES, &moved, NULL), CSTN_OK);
	ck_assert_double_eq_tol(near.alpha, moved.alpha, 1e-9);
	ck_assert_int_eq(cstn_theta_filter(&near, waves, WAVES, 1, NULL, here, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_theta_filter(&moved, far, WAVES, 1, NULL, there, NULL), CSTN_OK);
	ck_assert_double_eq_tol(here[0] + 1e9, there[0], 1e-4);
}
END_TEST

START_TEST(what_is_no_model_no_series_or_no_parameter_is_refused)
{
	const double y[] = {1, 2, (double)NAN};
	cstn_theta_parameters p = given(0, .5, 2, 1);
	cstn_error *error = NULL;
	double ahead[1] = {-7};

	expect_error(cstn_theta_fit(CSTN_FAMILY_THETA, y, 2, &p, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "model is 0x80");
	expect_error(cstn_theta_fit(CSTN_FAMILY_STM | CSTN_FAMILY_OTM, y, 2, &p, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "one of the four theta models");
	expect_error(cstn_theta_fit(CSTN_FAMILY_STM, y, 3, &p, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "y[2] is nan");
	expect_error(cstn_theta_fit(CSTN_FAMILY_STM, y, 0, &p, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "n is 0");
	expect_error(cstn_theta_fit(CSTN_FAMILY_STM, NULL, 2, &p, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "y is NULL");
	expect_error(cstn_theta_fit(CSTN_FAMILY_STM, y, 2, NULL, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "parameters is NULL");
	ck_assert_double_eq(p.level, 1);
	expect_error(cstn_theta_filter(&p, y, 2, 1, NULL, NULL, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "ahead is NULL");
	expect_error(cstn_theta_filter(&p, y, 2, CSTN_HORIZON_MOST + 1, NULL, ahead, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "h is 1025 (0 to 1024)");
	p.alpha = 0;
	expect_error(cstn_theta_filter(&p, y, 2, 1, NULL, ahead, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "alpha is 0");
	p = given(0, 1, .5, 1);
	expect_error(cstn_theta_filter(&p, y, 2, 1, NULL, ahead, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "theta is 0.5");
	p = given(0, 1, 2, (double)INFINITY);
	expect_error(cstn_theta_filter(&p, y, 2, 1, NULL, ahead, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "level is inf");
	p = given(2, 1, 2, 1);
	expect_error(cstn_theta_filter(&p, y, 2, 1, NULL, ahead, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "flags");
	ck_assert_double_eq(ahead[0], -7);
}
END_TEST

START_TEST(a_forecast_beyond_a_double_is_an_error_and_writes_nothing)
{
	const double y[] = {1e300, 1e300};
	cstn_theta_parameters p = given(0, .5, 1, DBL_MAX);
	cstn_error *error = NULL;
	double fitted[2] = {5, 5}, ahead[1] = {5};

	ck_assert_int_eq(cstn_theta_filter(&p, y, 2, 1, NULL, ahead, NULL), CSTN_OK);
	p.theta = 2;
	ahead[0] = 5;
	expect_error(cstn_theta_filter(&p, y, 2, 1, fitted, ahead, &error), CSTN_E_OVERFLOW, &error,
			"beyond a double");
	ck_assert_double_eq(fitted[0], 5);
	ck_assert_double_eq(ahead[0], 5);
}
END_TEST

START_TEST(wider_registers_change_no_byte_of_a_fit)
{
	const int simd = cstn__cpu_simd();
	int i;

	for (i = 1; i <= simd; i++) {
		cstn__smooth narrow, wide;
		cstn__theta theta[2];

		memset(&narrow, 0, sizeof(narrow));
		memset(&wide, 0, sizeof(wide));
		memset(theta, 0, sizeof(theta));
		cstn__fit_ses(1, waves, WAVES, &narrow);
		cstn__fit_ses(i, waves, WAVES, &wide);
		ck_assert_mem_eq(&narrow, &wide, sizeof(wide));
		cstn__fit_holt(1, waves, WAVES, .9999, &narrow);
		cstn__fit_holt(i, waves, WAVES, .9999, &wide);
		ck_assert_mem_eq(&narrow, &wide, sizeof(wide));
		cstn__fit_damped(1, waves, WAVES, .1, &narrow);
		cstn__fit_damped(i, waves, WAVES, .1, &wide);
		ck_assert_mem_eq(&narrow, &wide, sizeof(wide));
		cstn__theta_fit(1, waves, WAVES, 1, 1, &theta[0]);
		cstn__theta_fit(i, waves, WAVES, 1, 1, &theta[1]);
		ck_assert_mem_eq(&theta[0], &theta[1], sizeof(theta[0]));
	}
}
END_TEST

/* --- exponential smoothing: the search --- */

START_TEST(no_point_of_a_fine_grid_has_a_better_trend)
{
	cstn__smooth best, other;
	double share, phi;
	int is_damped = _i, a;

	if (is_damped)
		cstn__fit_damped(1, waves, WAVES, .5, &best);
	else
		cstn__fit_holt(1, waves, WAVES, .5, &best);
	ck_assert(best.alpha >= 1e-4 && best.beta <= .5 * best.alpha && best.phi <= 1);
	for (a = 1; a < 50; a += 2)
		for (share = 1e-4; share <= .5; share += .05)
			for (phi = is_damped ? .8 : 1; phi <= (is_damped ? .98 : 1); phi += .03) {
				cstn__smooth_trend(waves, WAVES, a * .02, a * .02 * share, phi,
						&other);
				ck_assert_double_ge(other.sse * (1 + 1e-6), best.sse);
			}
}
END_TEST

START_TEST(a_level_that_follows_is_taken_before_the_mean_if_it_is_nearly_as_good)
{
	/* of these the mean has the least errors, and smoothing by .3 3 % more */
	static const double y[] = {29, 31, 32, 31, 31, 34, 35, 37, 31, 34, 34, 36, 33, 33, 30, 34};
	const size_t n = sizeof(y) / sizeof(y[0]);
	cstn__smooth fit, mean;

	cstn__fit_ses(1, y, n, &fit);
	cstn__smooth_level(y, n, 1e-4, &mean);
	ck_assert_double_gt(fit.alpha, .2);
	ck_assert_double_gt(fit.sse, mean.sse);
	ck_assert_double_le(fit.sse, 1.04 * mean.sse);
}
END_TEST

/* --- demand that comes now and then --- */

#define NEAR(value, expected) ck_assert_double_eq_tol(value, expected, 1e-12 * (double)(expected))

START_TEST(a_constant_every_period_is_itself_less_its_bias)
{
	const double y[] = {4, 4, 4, 4, 4, 4};

	NEAR(cstn__croston(y, 6, &tenth), 4);
	NEAR(cstn__croston_sba(y, 6, &tenth), 3.8);
	NEAR(cstn__croston_sbj(y, 6, &tenth), 4 * (1 - .1 / 1.9));
	NEAR(cstn__tsb(y, 6, &tenth), 4);
	NEAR(cstn__adida(y, 6, &tenth), 4);
}
END_TEST

START_TEST(the_first_gap_is_counted_from_before_the_series)
{
	double y[25] = {0};
	int t;

	for (t = 4; t < 25; t += 5)
		y[t] = 2;
	NEAR(cstn__croston(y, 25, &tenth), .4);
	NEAR(cstn__croston_sba(y, 25, &tenth), .38);
	NEAR(cstn__adida(y, 25, &tenth), .4);
}
END_TEST

START_TEST(gaps_and_chances_are_smoothed_by_hand)
{
	const double y[] = {10, 0, 0, 10, 0, 0, 10, 0, 0},
		     fading[] = {1, 1, 1, 0, 0, 0, 0, 0, 0, 0};

	NEAR(cstn__croston(y, 9, &tenth), 10 / 1.38);
	NEAR(cstn__croston_sba(y, 9, &tenth), 9.5 / 1.38);
	NEAR(cstn__tsb(y, 9, &tenth), 5.7051621);
	NEAR(cstn__croston(fading, 10, &tenth), 1);
	NEAR(cstn__tsb(fading, 10, &tenth), .4782969);
}
END_TEST

START_TEST(sums_are_of_the_last_buckets_and_half_a_period_rounds_to_even)
{
	/* demands at 1, 5: mean gap 2.5 is 2, so buckets are (0 0)(0 3)(4 0)... from the second */
	const double y[] = {2, 0, 0, 0, 3, 0, 0};
	const cstn__intermittent half = {.5, .1};

	/* periods 2-3: 0, 4-5: 3, 6-7: 0 */
	NEAR(cstn__adida(y, 7, &half), .75 / 2);
}
END_TEST

START_TEST(sizes_and_gaps_have_their_own_smoothing)
{
	const double y[] = {10, 0, 20, 0, 0, 0, 20};
	const cstn__intermittent by = {.5, .1};

	/* sizes 10, 15, 17.5; gaps 1, 1.1, 1.39 */
	NEAR(cstn__croston(y, 7, &by), 17.5 / 1.39);
	NEAR(cstn__croston_sba(y, 7, &by), .95 * 17.5 / 1.39);
}
END_TEST

START_TEST(no_demand_is_none_ahead)
{
	const double y[] = {0, 0, 0, 0};

	ck_assert_double_eq(cstn__croston(y, 4, &tenth), 0);
	ck_assert_double_eq(cstn__croston_sba(y, 4, &tenth), 0);
	ck_assert_double_eq(cstn__croston_sbj(y, 4, &tenth), 0);
	ck_assert_double_eq(cstn__tsb(y, 4, &tenth), 0);
	ck_assert_double_eq(cstn__adida(y, 4, &tenth), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("forecast theta");
	TCase *tests = tcase_create("forecast theta");

	tcase_add_test(tests, a_static_model_is_its_recursion_by_hand);
	tcase_add_test(tests, a_dynamic_model_begins_with_its_first_value);
	tcase_add_test(tests, theta_of_one_leaves_the_line_out);
	tcase_add_loop_test(tests, no_point_of_a_fine_grid_is_better_than_what_was_fitted, 0, 4);
	tcase_add_test(tests, a_straight_line_goes_on_under_a_fitted_theta);
	tcase_add_loop_test(tests, series_of_any_length_and_size_have_finite_models, 0, 4);
	tcase_add_loop_test(tests, a_large_constant_costs_no_digits, 0, 4);
	tcase_add_test(tests, what_is_no_model_no_series_or_no_parameter_is_refused);
	tcase_add_test(tests, a_forecast_beyond_a_double_is_an_error_and_writes_nothing);
	tcase_add_test(tests, wider_registers_change_no_byte_of_a_fit);
	tcase_add_loop_test(tests, no_point_of_a_fine_grid_has_a_better_trend, 0, 2);
	tcase_add_test(tests,
			a_level_that_follows_is_taken_before_the_mean_if_it_is_nearly_as_good);
	tcase_add_test(tests, a_constant_every_period_is_itself_less_its_bias);
	tcase_add_test(tests, the_first_gap_is_counted_from_before_the_series);
	tcase_add_test(tests, gaps_and_chances_are_smoothed_by_hand);
	tcase_add_test(tests, sums_are_of_the_last_buckets_and_half_a_period_rounds_to_even);
	tcase_add_test(tests, sizes_and_gaps_have_their_own_smoothing);
	tcase_add_test(tests, no_demand_is_none_ahead);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
