/* Demand in whole units: quantiles, tails and means above a bound, against sums in long double that
 * start at the mode. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/stats.h"
#include "demand/count.h"
#include "suite.h"

#define LEVELS 9
static const double level[LEVELS] = {.005, .025, .165, .25, .5, .75, .835, .975, .995};

/* --- by definition --- */

typedef struct plain {
	long double *p; /* p[k] of k from 0 on */
	size_t n;
} plain;

static long double step_up(long double mean, long double phi, long double k)
{
	return (1 + k * phi) * mean / (1 + phi * mean) / (k + 1);
}

static plain plain_of(double mean, double phi, size_t n)
{
	plain d = {calloc(n, sizeof(long double)), n};
	long double sum = 0;
	size_t mode = 0, k;

	ck_assert_ptr_nonnull(d.p);
	while (mode + 1 < n && step_up(mean, phi, (long double)mode) > 1)
		mode++;
	d.p[mode] = 1;
	for (k = mode; k + 1 < n; k++)
		d.p[k + 1] = d.p[k] * step_up(mean, phi, (long double)k);
	for (k = mode; k > 0; k--)
		d.p[k - 1] = d.p[k] / step_up(mean, phi, (long double)(k - 1));
	for (k = n; k > 0; k--)
		sum += d.p[k - 1];
	for (k = 0; k < n; k++)
		d.p[k] /= sum;
	return d;
}

static const struct {
	double mean, phi;
	size_t n; /* beyond it is less than 1e-17 */
} cases[] = {{0.05, 2, 200}, {0.3, 0.5, 100}, {1.4, 0.8, 200}, {5, 0, 100}, {20, 0.2, 600},
		{199.9, 0.001, 1000}, {150, 3, 40000}, {250, 0.05, 2000}, {300, 0, 1000},
		{900, 1e-7, 2000}, {3000, 0.4, 80000}, {50000, 1e-4, 110000}, {20000, 0.1, 200000}};

START_TEST(quantile_is_the_smallest_count_that_reaches_its_level)
{
	double q[LEVELS];
	plain d = plain_of(cases[_i].mean, cases[_i].phi, cases[_i].n);
	size_t i, k;

	cstn__count_quantiles(cases[_i].mean, cases[_i].phi, level, LEVELS, q);
	for (i = 0; i < LEVELS; i++) {
		long double below = 0;

		ck_assert_double_ge(q[i], 0);
		ck_assert_double_lt(q[i], (double)cases[_i].n);
		for (k = 0; k < (size_t)q[i]; k++)
			below += d.p[k];
		ck_assert_msg(below < level[i] + 1e-12L && below + d.p[k] >= level[i] - 1e-12L,
				"mean %g, dispersion %g, level %g: %g", cases[_i].mean,
				cases[_i].phi, level[i], q[i]);
	}
	free(d.p);
}
END_TEST

START_TEST(distribution_at_a_count_is_the_sum_up_to_it)
{
	plain d = plain_of(cases[_i].mean, cases[_i].phi, cases[_i].n);
	double places[] = {0, 0.3, 0.7, 1, 1.2, 1.7}, below, at;
	size_t i, k;

	for (i = 0; i < 6; i++) {
		double y = floor(places[i] * cases[_i].mean);
		long double sum = 0;

		for (k = 0; k < (size_t)y; k++)
			sum += d.p[k];
		cstn__count_cdf(cases[_i].mean, cases[_i].phi, y, &below, &at);
		ck_assert_double_eq_tol(below, (double)sum, 1e-11);
		ck_assert_double_eq_tol(at, (double)(sum + d.p[k]), 1e-11);
	}
	free(d.p);
}
END_TEST

START_TEST(mean_and_shortage_above_a_bound_are_those_of_the_sums)
{
	plain d = plain_of(cases[_i].mean, cases[_i].phi, cases[_i].n);
	double places[] = {0.4, 1, 1.3, 2}, first, second;
	size_t i, k;

	for (i = 0; i < 4; i++) {
		double s = ceil(places[i] * cases[_i].mean);
		long double sum = 0, one = 0, two = 0, over = 0;

		for (k = cases[_i].n; k-- > (size_t)s;) {
			sum += d.p[k];
			one += d.p[k] * (long double)k;
			two += d.p[k] * (long double)k * (long double)k;
			over += d.p[k] * ((long double)k - (long double)s);
		}
		if (sum < 1e-200L)
			continue;
		cstn__count_above(cases[_i].mean, cases[_i].phi, s, &first, &second);
		ck_assert_double_eq_tol(first / (double)(one / sum), 1, 1e-9);
		ck_assert_double_eq_tol(second / (double)(two / sum), 1, 1e-9);
		ck_assert_double_eq_tol(cstn__count_shortage(cases[_i].mean, cases[_i].phi, s),
				(double)over, 1e-9 * (cases[_i].mean + 1));
	}
	free(d.p);
}
END_TEST

/* --- shape --- */

START_TEST(no_demand_has_quantiles_of_zero)
{
	double q[LEVELS], below, at;
	size_t i;

	cstn__count_quantiles(0, 3, level, LEVELS, q);
	for (i = 0; i < LEVELS; i++)
		ck_assert_double_eq(q[i], 0);
	cstn__count_cdf(0, 3, 0, &below, &at);
	ck_assert_double_eq(below, 0);
	ck_assert_double_eq(at, 1);
	cstn__count_cdf(0, 3, 1, &below, &at);
	ck_assert_double_eq(below, 1);
}
END_TEST

START_TEST(quantiles_grow_with_the_level)
{
	double u[99], q[99];
	size_t i, k;

	for (i = 0; i < 99; i++)
		u[i] = (double)(i + 1) / 100;
	for (i = 0; i < 120; i++) {
		double mean = exp(cstn__random_unit(1, i) * 24 - 6);
		double phi = exp(cstn__random_unit(2, i) * 12 - 9);

		cstn__count_quantiles(mean, phi, u, 99, q);
		for (k = 1; k < 99; k++)
			ck_assert_double_ge(q[k], q[k - 1]);
	}
}
END_TEST

START_TEST(quantiles_grow_with_the_mean_across_every_change_of_method)
{
	static const double dispersions[] = {0, 1e-6, 0.001, 0.3, 3, 40};
	static const double around[] = {0.5, 12.5, 170.5, 200, 512000, 1e6, 1e7};
	size_t d, a, i, k;

	for (d = 0; d < 6; d++)
		for (a = 0; a < 7; a++) {
			double last[LEVELS] = {0}, q[LEVELS];

			for (i = 0; i < 21; i++) {
				double mean = around[a] * (1 + 0.001 * ((double)i - 10));

				cstn__count_quantiles(mean, dispersions[d], level, LEVELS, q);
				for (k = 0; k < LEVELS; k++)
					ck_assert_msg(q[k] >= last[k],
							"dispersion %g, mean %.17g, level %g: %g "
							"after %g",
							dispersions[d], mean, level[k], q[k],
							last[k]);
				memcpy(last, q, sizeof(q));
			}
		}
}
END_TEST

START_TEST(dispersion_that_vanishes_is_poisson)
{
	double q[LEVELS], poisson[LEVELS];
	size_t i, k;

	for (i = 0; i < 40; i++) {
		double mean = exp((double)i / 3 - 3);

		cstn__count_quantiles(mean, 0, level, LEVELS, poisson);
		cstn__count_quantiles(mean, 1e-14, level, LEVELS, q);
		for (k = 0; k < LEVELS; k++)
			ck_assert_double_eq(q[k], poisson[k]);
	}
}
END_TEST

START_TEST(path_has_the_quantiles_of_its_means_one_by_one)
{
	static const double dispersions[] = {0, 0.001, 0.4, 7};
	double mean[28], scratch[56], path[28 * LEVELS], seasonal[28 * LEVELS], q[LEVELS];
	size_t d, i;

	for (d = 0; d < 4; d++) {
		cstn__count_path job = {cstn__cpu_simd(), 0, mean, 28, dispersions[d], level,
				LEVELS, scratch};

		for (i = 0; i < 28; i++)
			mean[i] = i % 7 == 3 ? 0 : (double)(i % 7) * (i == 20 ? 500 : 1.3);
		cstn__count_path_quantiles(&job, path);
		job.season = 7;
		cstn__count_path_quantiles(&job, seasonal);
		ck_assert_mem_eq(path, seasonal, sizeof(path));
		for (i = 0; i < 28; i++) {
			cstn__count_quantiles(mean[i], dispersions[d], level, LEVELS, q);
			ck_assert_mem_eq(path + i * LEVELS, q, sizeof(q));
		}
	}
}
END_TEST

START_TEST(what_no_store_sells_is_still_finite)
{
	static const double means[] = {1e-300, 1e-9, 1e12, 1e100, 1e300},
			    dispersions[] = {0, 1e-300, 1e-3, 1e9, 1e300};
	double q[LEVELS], below, at, first, second;
	size_t m, d, i;

	for (m = 0; m < 5; m++)
		for (d = 0; d < 5; d++) {
			cstn__count_quantiles(means[m], dispersions[d], level, LEVELS, q);
			for (i = 0; i < LEVELS; i++)
				ck_assert(isfinite(q[i]) && q[i] >= 0);
			cstn__count_cdf(means[m], dispersions[d], 1e15, &below, &at);
			ck_assert(below >= 0 && below <= at && at <= 1);
			cstn__count_above(means[m], dispersions[d], 1e15, &first, &second);
			ck_assert(isfinite(first) && first >= 0);
			ck_assert(isfinite(cstn__count_shortage(means[m], dispersions[d], 1e15)));
		}
}
END_TEST

/* --- above a bound --- */

START_TEST(nothing_to_wait_for_leaves_the_mean_as_it_is)
{
	double first, second;

	cstn__count_above(3, 0.5, 0, &first, &second);
	ck_assert_double_eq(first, 3);
	ck_assert_double_eq_tol(second, 3 + 1.5 * 9, 1e-12);
}
END_TEST

START_TEST(demand_above_a_bound_is_taken_up_at_most_twenty_means_above_it)
{
	double first, second;

	cstn__count_above(1, 200, 50, &first, &second);
	ck_assert_double_eq(first, 50 + 20 * 2);
	cstn__count_above(0, 1, 7, &first, &second);
	ck_assert_double_eq(first, 7);
	ck_assert_double_eq(second, 49);
}
END_TEST

START_TEST(bound_between_two_counts_is_the_upper_one)
{
	double first, second, upper, square;

	cstn__count_above(3, 0.5, 3.01, &first, &second);
	cstn__count_above(3, 0.5, 4, &upper, &square);
	ck_assert_double_eq(first, upper);
	ck_assert_double_eq(second, square);
}
END_TEST

START_TEST(normal_demand_above_a_bound_follows_the_hazard)
{
	double first, second;

	cstn__normal_above(10, 2, 10, &first, &second);
	ck_assert_double_eq_tol(first, 10 + 2 * 0.797884560802865356, 1e-12);
	ck_assert_double_eq_tol(second, 100 + 40 * 0.797884560802865356 + 4, 1e-11);
	cstn__normal_above(10, 2, 10 + 2 * 24.999, &first, &second);
	ck_assert_double_eq_tol(first, 10 + 2 * (24.999 + 1 / 24.999), 1e-3);
	cstn__normal_above(10, 2, 1e6, &first, &second);
	ck_assert_double_eq_tol(first, 1e6, 1e-3);
	cstn__normal_above(10, 0, 12, &first, &second);
	ck_assert_double_eq(first, 12);
}
END_TEST

/* --- simulations with a fixed stream --- */

static double drawn(double mean, double phi, uint64_t key, uint64_t i)
{
	double u = cstn__random_unit(key, i), y;

	cstn__count_quantiles(mean, phi, &u, 1, &y);
	return y;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

START_TEST(where_outcomes_fall_is_uniform_when_the_model_is_true)
{
	static const double means[] = {0.1, 0.9, 6, 80, 400}, dispersions[] = {1, 0.5, 0.2, 0, 0.1};
	enum { DRAWS = 4000 };
	static double u[DRAWS];
	size_t m, i;

	for (m = 0; m < 5; m++) {
		double distance = 0, below, at;

		for (i = 0; i < DRAWS; i++) {
			double y = drawn(means[m], dispersions[m], 10 + m, i);

			cstn__count_cdf(means[m], dispersions[m], y, &below, &at);
			u[i] = below + cstn__random_unit(20 + m, i) * (at - below);
		}
		qsort(u, DRAWS, sizeof(*u), by_size);
		for (i = 0; i < DRAWS; i++)
			distance = fmax(distance, fabs(u[i] - ((double)i + 0.5) / DRAWS));
		/* Kolmogorov's 1.63 is passed by one in a hundred. */
		ck_assert_double_lt(distance * sqrt(DRAWS), 1.63);
	}
}
END_TEST

static double pinball(double y, const double *q)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < LEVELS; i++)
		sum += y >= q[i] ? (y - q[i]) * level[i] : (q[i] - y) * (1 - level[i]);
	return sum;
}

START_TEST(no_other_forecast_has_less_pinball_loss_than_the_true_one)
{
	static const double means[] = {2, 30}, dispersions[] = {0.6, 0.1};
	static const double off[][2] = {{1, 1}, {0.8, 1}, {1.25, 1}, {1, 0.1}, {1, 5}};
	size_t m, v, i;

	for (m = 0; m < 2; m++) {
		double q[5][LEVELS], loss[5] = {0};

		for (v = 0; v < 5; v++)
			cstn__count_quantiles(means[m] * off[v][0], dispersions[m] * off[v][1],
					level, LEVELS, q[v]);
		for (i = 0; i < 8000; i++) {
			double y = drawn(means[m], dispersions[m], 30 + m, i);

			for (v = 0; v < 5; v++)
				loss[v] += pinball(y, q[v]);
		}
		for (v = 1; v < 5; v++)
			ck_assert_double_gt(loss[v], loss[0]);
	}
}
END_TEST

/* --- dispersion --- */

START_TEST(dispersion_is_what_errors_have_beyond_the_mean)
{
	ck_assert_double_eq_tol(cstn__count_dispersion(5, 2, 6), 0.5, 1e-15);
	ck_assert_double_eq(cstn__count_dispersion(2, 2, 6), CSTN__DISPERSION_LEAST);
	ck_assert_double_eq(cstn__count_dispersion(0, 0, 0), CSTN__DISPERSION_LEAST);
	ck_assert_double_eq_tol(
			cstn__count_dispersion_shrunk(1, 0.001), 0.12589254117941672104, 1e-15);
	ck_assert_double_eq_tol(cstn__count_dispersion_shrunk(0.4, 0.4), 0.4, 1e-15);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {no_demand_has_quantiles_of_zero,
			quantiles_grow_with_the_level,
			quantiles_grow_with_the_mean_across_every_change_of_method,
			dispersion_that_vanishes_is_poisson,
			path_has_the_quantiles_of_its_means_one_by_one,
			what_no_store_sells_is_still_finite,
			nothing_to_wait_for_leaves_the_mean_as_it_is,
			demand_above_a_bound_is_taken_up_at_most_twenty_means_above_it,
			bound_between_two_counts_is_the_upper_one,
			normal_demand_above_a_bound_follows_the_hazard,
			where_outcomes_fall_is_uniform_when_the_model_is_true,
			no_other_forecast_has_less_pinball_loss_than_the_true_one,
			dispersion_is_what_errors_have_beyond_the_mean};
	Suite *suite = suite_create("counts");
	TCase *test_case = tcase_create("counts");
	int n = (int)(sizeof(cases) / sizeof(cases[0]));
	size_t i;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(test_case, tests[i]);
	tcase_add_loop_test(test_case, quantile_is_the_smallest_count_that_reaches_its_level, 0, n);
	tcase_add_loop_test(test_case, distribution_at_a_count_is_the_sum_up_to_it, 0, n);
	tcase_add_loop_test(test_case, mean_and_shortage_above_a_bound_are_those_of_the_sums, 0, n);
	suite_add_tcase(suite, test_case);
	return run_suite(suite);
}
