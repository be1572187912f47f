/* Demand over lead times: sums, mixtures, shortage. */
#include <math.h>
#include <stdlib.h>

#include "base/stats.h"
#include "demand/count.h"
#include "demand/lead_time.h"
#include "suite.h"

START_TEST(sum_has_the_variances_and_what_goes_together)
{
	const double mean[3] = {1, 2, 3}, variance[3] = {4, 9, 16}, rho[2] = {0.5, 0.25};
	double m[3], v[3];

	cstn__lead_sums(mean, variance, 3, rho, 2, 0, m, v);
	ck_assert_double_eq(m[0], 1);
	ck_assert_double_eq(v[0], 4);
	ck_assert_double_eq(m[2], 6);
	/* 2 (.5 (2 3 + 3 4) + .25 2 4) */
	ck_assert_double_eq(v[2], 29 + 22);
	cstn__lead_sums(mean, variance, 3, rho, 0, 0, m, v);
	ck_assert_double_eq(v[2], 29);
}
END_TEST

START_TEST(errors_beyond_the_lags_go_together_alike)
{
	const double mean[4] = {1, 1, 1, 1}, variance[4] = {1, 4, 9, 16}, rho[1] = {0.5};
	double m[4], v[4];

	cstn__lead_sums(mean, variance, 4, rho, 1, 0.25, m, v);
	/* 2 (.5 (1 2 + 2 3 + 3 4) + .25 (1 3 + 1 4 + 2 4)) */
	ck_assert_double_eq(v[3], 30 + 20 + 7.5);
}
END_TEST

START_TEST(errors_that_undo_each_other_leave_no_negative_variance)
{
	const double mean[2] = {1, 1}, variance[2] = {1, 1}, rho[1] = {-1.5};
	double m[2], v[2];

	cstn__lead_sums(mean, variance, 2, rho, 1, 0, m, v);
	ck_assert_double_eq(v[1], 0);
}
END_TEST

START_TEST(lead_time_of_one_length_has_the_quantiles_of_its_sum)
{
	const double share[1] = {1}, mean[1] = {12}, variance[1] = {12 + 0.25 * 144};
	cstn__lead lead = {1, 1, share, mean, variance};
	double u = 0.95, q;

	cstn__count_quantiles(12, 0.25, &u, 1, &q);
	ck_assert_double_eq(cstn__lead_quantile(&lead, u), q);
	ck_assert_double_eq(cstn__lead_mean(&lead), 12);
	lead.counts = 0;
	ck_assert_double_eq_tol(cstn__lead_quantile(&lead, u),
			12 + sqrt(48) * cstn__normal_quantile(0.95), 1e-12);
}
END_TEST

/* P(D <= x) of the mixture. */
static double reached(const cstn__lead *lead, double x)
{
	double sum = 0, below, at;
	size_t i;

	for (i = 0; i < lead->n; i++) {
		double phi = (lead->variance[i] - lead->mean[i]) / lead->mean[i] / lead->mean[i];

		cstn__count_cdf(lead->mean[i], phi, x, &below, &at);
		sum += lead->share[i] * at;
	}
	return sum;
}

START_TEST(quantile_of_a_lead_time_that_varies_is_that_of_the_mixture)
{
	const double share[4] = {0.5, 0.2, 0, 0.3}, mean[4] = {2, 9, 500, 60};
	const double variance[4] = {3, 20, 5000, 400};
	cstn__lead lead = {1, 4, share, mean, variance};
	int i;

	ck_assert_double_eq_tol(cstn__lead_mean(&lead), 1 + 1.8 + 18, 1e-12);
	for (i = 1; i < 100; i++) {
		double u = i / 100.0, q = cstn__lead_quantile(&lead, u);

		ck_assert_double_eq(q, floor(q));
		ck_assert_double_ge(reached(&lead, q), u);
		if (q > 0)
			ck_assert_double_lt(reached(&lead, q - 1), u);
	}
}
END_TEST

START_TEST(normal_mixture_is_searched_to_its_level)
{
	const double share[2] = {0.5, 0.5}, mean[2] = {-10, 30}, variance[2] = {4, 0};
	cstn__lead lead = {0, 2, share, mean, variance};
	double q = cstn__lead_quantile(&lead, 0.25);

	/* Half of the first part, which is symmetric. */
	ck_assert_double_eq_tol(q, -10, 1e-9);
	ck_assert_double_eq_tol(cstn__lead_quantile(&lead, 0.9), 30, 1e-9);
}
END_TEST

START_TEST(shortage_and_surplus_differ_by_mean_and_stock)
{
	const double share[2] = {0.6, 0.4}, mean[2] = {5, 14}, variance[2] = {9, 30};
	cstn__lead lead = {1, 2, share, mean, variance};
	double stock;

	for (stock = 0; stock < 40; stock += 2.5) {
		double surplus = 0, last = 0, x;

		/* E[(stock - D)+] from the distribution itself */
		for (x = 0; x < stock; x += 1) {
			double at = reached(&lead, x);

			surplus += (stock - x) * (at - last);
			last = at;
		}
		ck_assert_double_eq_tol(cstn__lead_shortage(&lead, stock) - surplus,
				cstn__lead_mean(&lead) - stock, 1e-10);
	}
	ck_assert_double_eq(cstn__lead_shortage(&lead, 0), cstn__lead_mean(&lead));
}
END_TEST

START_TEST(shortage_of_the_normal_is_its_loss_function)
{
	ck_assert_double_eq_tol(cstn__normal_shortage(10, 2, 10), 2 * 0.39894228040143268, 1e-14);
	ck_assert_double_eq_tol(cstn__normal_shortage(10, 2, 0), 10.000000106, 1e-8);
	ck_assert_double_eq(cstn__normal_shortage(10, 0, 7), 3);
	ck_assert_double_eq(cstn__normal_shortage(10, 0, 12), 0);
}
END_TEST

START_TEST(level_between_two_equal_lengths_is_that_of_one)
{
	const double share[2] = {0.5, 0.5}, mean[2] = {7, 7}, variance[2] = {10, 10};
	cstn__lead two = {1, 2, share, mean, variance};
	const double whole[1] = {1};
	cstn__lead one = {1, 1, whole, mean, variance};

	ck_assert_double_eq(cstn__lead_quantile(&two, 0.9), cstn__lead_quantile(&one, 0.9));
	ck_assert_double_eq_tol(cstn__lead_shortage(&two, 9), cstn__lead_shortage(&one, 9), 1e-14);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {sum_has_the_variances_and_what_goes_together,
			errors_beyond_the_lags_go_together_alike,
			errors_that_undo_each_other_leave_no_negative_variance,
			lead_time_of_one_length_has_the_quantiles_of_its_sum,
			quantile_of_a_lead_time_that_varies_is_that_of_the_mixture,
			normal_mixture_is_searched_to_its_level,
			shortage_and_surplus_differ_by_mean_and_stock,
			shortage_of_the_normal_is_its_loss_function,
			level_between_two_equal_lengths_is_that_of_one};

	return run_tests("lead time", tests, sizeof(tests) / sizeof(tests[0]));
}
