/* Value models as functions: h against its sum of positive terms, gradients against differences,
 * distributions that add up, bounds and finiteness at the corners. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "base/cpu.h"
#include "base/elementary.h"
#include "base/stats.h"
#include "segment/value.h"
#include "suite.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

static cstn__value_model model_of(int32_t kind, int32_t k, double a, double b, double c, double d)
{
	cstn__value_model model = {kind, k, 0, 0, {a, b, c, d}};

	model.simd = cstn__cpu_simd();
	model.n = cstn__value_n_parameters(kind);
	return model;
}

static double relative(double got, double expected)
{
	return fabs(got - expected) / (fabs(expected) > 1e-300 ? fabs(expected) : 1e-300);
}

/* Form N: sum over n of NB(n) (Q_1 + .. + Q_n). */
static double h_by_sum(double r, double alpha, double a, double b, double t)
{
	double z = t / (alpha + t), nb = exp(-r * log1p(t / alpha)), q = 1.0, all = 0.0, sum = 0.0;
	int n;

	for (n = 1; n < 20000; n++) {
		nb *= (r + n - 1.0) / n * z;
		all += q;
		q *= (b + n - 1.0) / (a + b + n - 1.0);
		sum += nb * all;
		if (n > r * t / alpha && nb * all < 1e-18 * sum)
			break;
	}
	return sum;
}

START_TEST(h_is_the_sum_over_counts)
{
	static const double values[] = {0.01, 0.3, 0.9999999, 1.0, 2.4, 17.0};
	size_t i, j, k, l;

	for (i = 0; i < N(values); i++)
		for (j = 0; j < N(values); j++)
			for (k = 0; k < N(values); k++)
				for (l = 0; l < N(values); l++) {
					double r = values[i], a = values[j], b = values[k];
					double t = values[l] * 4.4, sum = h_by_sum(r, 4.4, a, b, t);

					ck_assert_double_lt(relative(cstn__value_h(r, 4.4, a, b, t),
									    sum),
							3e-12);
					ck_assert_double_lt(relative(cstn__value_h_moments(r, 4.4,
										     a, b, t, NULL),
									    sum),
							1e-12);
				}
}
END_TEST

START_TEST(h_has_no_singular_place_at_a_one_and_a_plus_b_one)
{
	double at = cstn__value_h(0.243, 4.414, 1.0, 2.426, 39.0);
	double near = cstn__value_h(0.243, 4.414, 1.0 + 1e-10, 2.426, 39.0);

	ck_assert_double_lt(relative(near, at), 1e-9);
	at = cstn__value_h(0.545, 13.4, 0.4, 0.6, 39.0);
	near = cstn__value_h(0.545, 13.4, 0.4, 0.6 + 1e-10, 39.0);
	ck_assert_double_lt(relative(near, at), 1e-9);
}
END_TEST

static double random_of(uint64_t *counter, double low, double high)
{
	return exp(log(low) + cstn__random_unit(20261122, (*counter)++) * log(high / low));
}

START_TEST(h_stays_between_its_bounds_and_rises_concavely)
{
	uint64_t counter = 0;
	int i;

	for (i = 0; i < 2000; i++) {
		double r = random_of(&counter, 1e-4, 1e4), alpha = random_of(&counter, 1e-4, 1e4);
		double a = random_of(&counter, 1e-4, 1e4), b = random_of(&counter, 1e-4, 1e4);
		double t = random_of(&counter, 1e-3, 1e5), h = cstn__value_h(r, alpha, a, b, t);
		double half = cstn__value_h(r, alpha, a, b, t / 2.0);

		ck_assert(h > 0.0 && h <= r * t / alpha * (1.0 + 1e-12));
		ck_assert_double_ge(h * (1.0 + 1e-11), half);
		ck_assert_double_ge(2.0 * half * (1.0 + 1e-11), h);
	}
}
END_TEST

/* --- gradients --- */

static const cstn__value_row rows[] = {{0, 0, 39, 0}, {0, 0, 1, 0}, {1, 1.7, 38.9, 0.5},
		{2, 30.4, 38.9, 3.1}, {7, 29.4, 38.9, 8.2}, {26, 31, 31, 4.5},
		{60, 30, 38.9, -20.0}, {400, 5, 6, -1800.0}};

static void check_gradient(const cstn__value_model *model, const cstn__value_row *row)
{
	cstn__value_chunk chunk;
	cstn__value_terms terms;
	int32_t i;

	chunk.n = 1;
	chunk.x[0] = row->x;
	chunk.tx[0] = row->tx;
	chunk.age[0] = row->age;
	chunk.extra[0] = row->extra;
	cstn__value_terms_of(model, &chunk, 1, &terms);
	ck_assert_double_eq(terms.loglik[0], cstn__value_loglik(model, row));
	for (i = 0; i < model->n; i++) {
		cstn__value_model up = *model, down = *model;
		double step = 1e-4, slope, got = terms.gradient[i][0] * model->theta[i];

		up.theta[i] *= exp(step);
		down.theta[i] *= exp(-step);
		slope = (cstn__value_loglik(&up, row) - cstn__value_loglik(&down, row)) /
			(2.0 * step);
		ck_assert_msg(fabs(got - slope) < 1e-6 * (1.0 + fabs(slope)) +
								  1e-9 * fabs(terms.loglik[0]),
				"%s %s x %g: %.12g, by differences %.12g",
				cstn__value_kind_name(model->kind),
				cstn__value_parameter_name(model->kind, i), row->x, got, slope);
	}
}

START_TEST(gradients_are_the_differences_of_the_likelihood)
{
	static const int32_t kinds[] = {CSTN__VALUE_BGNBD, CSTN__VALUE_MBGNBD, CSTN__VALUE_PNBD,
			CSTN__VALUE_NBD, CSTN__VALUE_BG_ONE, CSTN__VALUE_MBG_ONE};
	size_t k, i;

	for (k = 0; k < N(kinds); k++)
		for (i = 0; i < N(rows); i++) {
			cstn__value_model model = model_of(kinds[k], 1, 0.6, 7.1, 0.8, 2.3);

			check_gradient(&model, &rows[i]);
		}
}
END_TEST

START_TEST(gradients_of_regular_buyers_are_differences_too)
{
	static const int32_t kinds[] = {CSTN__VALUE_BGCNBD, CSTN__VALUE_MBGCNBD, CSTN__VALUE_CNBD};
	size_t k, i;
	int32_t phases;

	for (k = 0; k < N(kinds); k++)
		for (phases = 1; phases <= 5; phases += 2)
			for (i = 0; i < N(rows); i++) {
				cstn__value_model model =
						model_of(kinds[k], phases, 0.6, 7.1, 0.8, 2.3);

				check_gradient(&model, &rows[i]);
			}
}
END_TEST

START_TEST(gradients_of_occasions_contracts_and_spend_are_differences_too)
{
	static const cstn__value_row occasions[] = {
			{0, 0, 6, 0}, {1, 1, 6, 0}, {3, 5, 6, 0}, {6, 6, 6, 0}, {2, 4, 40, 0}};
	static const cstn__value_row spends[] = {
			{1, 0, 0, 11.8}, {2, 0, 0, 22.3}, {30, 0, 0, 100.0}};
	static const cstn__value_row losses[] = {{1, 0, 1, 0}, {1, 0, 7, 0}, {0, 0, 7, 0}};
	cstn__value_model bgbb = model_of(CSTN__VALUE_BGBB, 1, 1.2, 0.75, 0.66, 2.8);
	cstn__value_model sbg = model_of(CSTN__VALUE_SBG, 1, 0.7, 1.2, 1, 1);
	cstn__value_model spend = model_of(CSTN__VALUE_SPEND, 1, 6.25, 3.74, 15.4, 1);
	size_t i;

	for (i = 0; i < N(occasions); i++)
		check_gradient(&bgbb, &occasions[i]);
	for (i = 0; i < N(losses); i++)
		check_gradient(&sbg, &losses[i]);
	for (i = 0; i < N(spends); i++)
		check_gradient(&spend, &spends[i]);
}
END_TEST

/* --- distributions --- */

START_TEST(counts_add_up_to_one_and_to_what_is_expected)
{
	static const int32_t kinds[] = {CSTN__VALUE_BGNBD, CSTN__VALUE_MBGNBD, CSTN__VALUE_NBD,
			CSTN__VALUE_PNBD, CSTN__VALUE_BGBB, CSTN__VALUE_BGCNBD,
			CSTN__VALUE_MBGCNBD};
	size_t k;

	for (k = 0; k < N(kinds); k++) {
		int32_t phases = kinds[k] >= CSTN__VALUE_BGCNBD ? 3 : 1;
		cstn__value_model model = model_of(kinds[k], phases, 0.9, 4.4, 0.8, 2.4);
		double sum = 0.0, mean = 0.0, t = 30.0;
		int n;

		for (n = 0; n < 400; n++) {
			double p = cstn__value_pmf(&model, t, n);

			ck_assert_double_ge(p, 0.0);
			sum += p;
			mean += n * p;
		}
		ck_assert_double_lt(fabs(sum - 1.0), 1e-10);
		ck_assert_double_lt(relative(mean, cstn__value_expected(&model, t)), 1e-9);
	}
}
END_TEST

START_TEST(counts_of_pareto_are_right_where_all_leave_at_once_or_never)
{
	cstn__value_model nbd = model_of(CSTN__VALUE_NBD, 1, 0.9, 4.4, 1.0, 1.0);
	cstn__value_model stay = model_of(CSTN__VALUE_PNBD, 1, 0.9, 4.4, 1.0, 1e12);
	cstn__value_model leave = model_of(CSTN__VALUE_PNBD, 1, 0.9, 4.4, 1e4, 1e-4);
	double n;

	for (n = 0.0; n < 30.0; n += 1.0)
		ck_assert_double_lt(relative(cstn__value_pmf(&stay, 20.0, n),
						    cstn__value_pmf(&nbd, 20.0, n)),
				1e-9);
	ck_assert_double_gt(cstn__value_pmf(&leave, 20.0, 0.0), 1.0 - 1e-8);
	ck_assert_double_eq(cstn__value_pmf(&stay, 0.0, 0.0), 1.0);
	ck_assert_double_eq(cstn__value_pmf(&stay, 0.0, 1.0), 0.0);
	/* what is rare is still a number of its own */
	ck_assert_double_gt(cstn__value_pmf(&stay, 20.0, 1000.0), 0.0);
}
END_TEST

START_TEST(a_purchase_within_a_time_is_what_zero_counts_leave)
{
	static const int32_t kinds[] = {CSTN__VALUE_BGNBD, CSTN__VALUE_MBGNBD, CSTN__VALUE_NBD,
			CSTN__VALUE_PNBD, CSTN__VALUE_BGBB, CSTN__VALUE_BGCNBD,
			CSTN__VALUE_MBGCNBD};
	static const double times[] = {1.0, 5.0, 60.0};
	cstn__value_row fresh = {0.0, 0.0, 0.0, 0.0}, row = {3.0, 9.0, 14.0, 2.0};
	size_t k, i;

	for (k = 0; k < N(kinds); k++) {
		int32_t phases = kinds[k] >= CSTN__VALUE_BGCNBD ? 3 : 1;
		cstn__value_model model = model_of(kinds[k], phases, 0.9, 4.4, 0.8, 2.4);
		double log_new = cstn__value_log_alive(&model, &fresh), before = 0.0;
		double log_row = cstn__value_log_alive(&model, &row);

		for (i = 0; i < N(times); i++) {
			double t = times[i], found = cstn__value_active(&model, &row, log_row, t);

			ck_assert_msg(fabs(cstn__value_active(&model, &fresh, log_new, t) -
						      (1.0 - cstn__value_pmf(&model, t, 0.0))) <
							1e-12,
					"%s t %g", cstn__value_kind_name(kinds[k]), t);
			ck_assert_double_gt(found, before);
			ck_assert_double_le(found, cstn__exp(log_row));
			ck_assert_double_le(found,
					cstn__value_future_of(&model, &row, log_row, t, NULL) *
							(1.0 + 1e-14));
			before = found;
		}
		ck_assert_double_eq(cstn__value_active(&model, &row, log_row, 0.0), 0.0);
	}
}
END_TEST

/* The variance of a new customer's count from its distribution. */
START_TEST(variance_is_that_of_the_distribution)
{
	static const int32_t kinds[] = {CSTN__VALUE_BGNBD, CSTN__VALUE_BGCNBD};
	static const cstn__value_row fresh = {0, 0, 0, 0};
	size_t k;

	for (k = 0; k < N(kinds); k++) {
		cstn__value_model model =
				model_of(kinds[k], 1 + 2 * (int32_t)k, 0.9, 4.4, 0.8, 2.4);
		double mean = 0.0, square = 0.0, variance, t = 30.0;
		int n;

		for (n = 0; n < 400; n++) {
			double p = cstn__value_pmf(&model, t, n);

			mean += n * p;
			square += (double)n * n * p;
		}
		(void)cstn__value_future(&model, &fresh, t, &variance);
		ck_assert_double_lt(relative(variance, square - mean * mean), 1e-8);
	}
}
END_TEST

START_TEST(one_phase_is_the_plain_model)
{
	size_t i;

	for (i = 0; i < N(rows); i++) {
		cstn__value_model plain = model_of(CSTN__VALUE_MBGNBD, 1, 0.5, 6.2, 0.9, 1.6);
		cstn__value_model phased = model_of(CSTN__VALUE_MBGCNBD, 1, 0.5, 6.2, 0.9, 1.6);
		double v, w, t = 20.0;

		ck_assert_double_lt(relative(cstn__value_loglik(&phased, &rows[i]),
						    cstn__value_loglik(&plain, &rows[i])),
				1e-12);
		ck_assert_double_lt(relative(cstn__value_future(&phased, &rows[i], t, &v),
						    cstn__value_future(&plain, &rows[i], t, &w)),
				1e-9);
		ck_assert_double_lt(relative(v, w), 1e-7);
	}
}
END_TEST

/* --- order and corners --- */

START_TEST(who_bought_later_is_more_surely_alive)
{
	static const int32_t kinds[] = {CSTN__VALUE_BGNBD, CSTN__VALUE_MBGNBD, CSTN__VALUE_PNBD,
			CSTN__VALUE_MBGCNBD};
	size_t k;

	for (k = 0; k < N(kinds); k++) {
		cstn__value_model model = model_of(kinds[k], k == 3 ? 2 : 1, 0.5, 6.0, 0.7, 2.0);
		double before = -INFINITY, tx;

		for (tx = 1.0; tx <= 39.0; tx += 1.0) {
			cstn__value_row row = {4, tx, 39, 2.0};
			double now = cstn__value_log_alive(&model, &row);

			ck_assert_double_gt(now, before);
			before = now;
		}
	}
}
END_TEST

START_TEST(what_is_expected_rises_with_the_horizon_and_stays_below_the_rate)
{
	static const int32_t kinds[] = {CSTN__VALUE_BGNBD, CSTN__VALUE_MBGNBD, CSTN__VALUE_PNBD};
	size_t k, i;

	for (k = 0; k < N(kinds); k++)
		for (i = 0; i < N(rows); i++) {
			cstn__value_model model = model_of(kinds[k], 1, 0.5, 6.0, 0.7, 2.0);
			double before = 0.0, t;

			for (t = 1.0; t < 1e4; t *= 3.0) {
				double now = cstn__value_future(&model, &rows[i], t, NULL);

				ck_assert_double_ge(now, before);
				ck_assert_double_le(now, (0.5 + rows[i].x) * t /
									 (6.0 + rows[i].age) *
									 (1.0 + 1e-12));
				before = now;
			}
		}
}
END_TEST

static void is_finite(double value, const cstn__value_model *model, const cstn__value_row *row,
		const char *what)
{
	ck_assert_msg(isfinite(value), "%s %s is %g: %g %g %g %g; x %g tx %g T %g",
			cstn__value_kind_name(model->kind), what, value, model->theta[0],
			model->theta[1], model->theta[2], model->theta[3], row->x, row->tx,
			row->age);
}

START_TEST(everything_is_finite_over_eight_decades)
{
	static const int32_t kinds[] = {
			CSTN__VALUE_BGNBD, CSTN__VALUE_MBGNBD, CSTN__VALUE_PNBD, CSTN__VALUE_NBD};
	uint64_t counter = 0;
	int i;

	for (i = 0; i < 1600; i++) {
		cstn__value_model model = model_of(kinds[i % 4], 1, random_of(&counter, 1e-4, 1e4),
				random_of(&counter, 1e-4, 1e4), random_of(&counter, 1e-4, 1e4),
				random_of(&counter, 1e-4, 1e4));
		double age = random_of(&counter, 1e-2, 1e5), variance, log_alive;
		double x = i % 5 ? floor(random_of(&counter, 1.0, 1e6)) : 0.0;
		double tx = x > 0.0 ? age * cstn__random_unit(7, counter++) : 0.0;
		cstn__value_row row = {x, i % 7 ? tx : (x > 0.0 ? age : 0.0), age, 0.0};
		double t = random_of(&counter, 1e-2, 1e4);

		is_finite(cstn__value_loglik(&model, &row), &model, &row, "loglik");
		log_alive = cstn__value_log_alive(&model, &row);
		is_finite(log_alive, &model, &row, "log P(alive)");
		ck_assert_double_le(log_alive, 0.0);
		is_finite(cstn__value_future(&model, &row, t, &variance), &model, &row, "future");
		is_finite(variance, &model, &row, "variance");
		is_finite(cstn__value_residual(&model, &row, 0.01), &model, &row, "residual");
		is_finite(cstn__value_active(&model, &row, log_alive, t), &model, &row, "active");
		if (i % 16 == 2)
			is_finite(cstn__value_pmf(&model, t, x < 100.0 ? x : 100.0), &model, &row,
					"pmf");
	}
}
END_TEST

START_TEST(time_in_another_unit_changes_only_what_carries_it)
{
	static const int32_t kinds[] = {CSTN__VALUE_BGNBD, CSTN__VALUE_MBGNBD, CSTN__VALUE_PNBD};
	static const double c = 7.0;
	size_t k, i;

	for (k = 0; k < N(kinds); k++)
		for (i = 0; i < N(rows); i++) {
			cstn__value_model weeks = model_of(kinds[k], 1, 0.5, 6.0, 0.7, 2.0);
			cstn__value_model days = weeks;
			cstn__value_row row = {rows[i].x, rows[i].tx * c, rows[i].age * c, 0.0};

			days.theta[1] *= c;
			if (kinds[k] == CSTN__VALUE_PNBD)
				days.theta[3] *= c;
			ck_assert_double_lt(
					fabs(cstn__value_log_alive(&days, &row) -
							cstn__value_log_alive(&weeks, &rows[i])),
					1e-9);
			ck_assert_double_lt(fabs(cstn__value_loglik(&days, &row) -
							    cstn__value_loglik(&weeks, &rows[i]) +
							    rows[i].x * log(c)),
					1e-9 * (1.0 + rows[i].x));
		}
}
END_TEST

START_TEST(residual_purchases_are_the_limit_of_discounted_periods)
{
	static const cstn__value_row row = {4, 30, 39, 0};
	static const int32_t kinds[] = {CSTN__VALUE_BGNBD, CSTN__VALUE_PNBD};
	size_t k;

	for (k = 0; k < N(kinds); k++) {
		cstn__value_model model = model_of(kinds[k], 1, 0.5, 6.0, 0.7, 2.0);
		double rate = 0.02, sum = 0.0, before = 0.0, m, step = 0.05;

		for (m = 1.0; m * step < 1500.0; m += 1.0) {
			double now = cstn__value_future(&model, &row, m * step, NULL);

			sum += (now - before) * exp(-rate * (m - 0.5) * step);
			before = now;
		}
		ck_assert_double_lt(relative(cstn__value_residual(&model, &row, rate), sum), 1e-5);
	}
}
END_TEST

START_TEST(due_gap_is_the_quantile_of_the_silence)
{
	static const cstn__value_row row = {4, 30, 39, 2.0};
	cstn__value_model model = model_of(CSTN__VALUE_MBGCNBD, 3, 0.5, 6.0, 0.7, 2.0);
	double gap = cstn__value_due_gap(&model, &row, 0.95);

	ck_assert_double_lt(fabs(cstn__value_surprise(&model, &row, gap) + log(0.05)), 1e-9);
}
END_TEST

START_TEST(regularity_of_equal_gaps_is_without_bound)
{
	ck_assert(isinf(cstn__regularity_shape(7.0, cstn__log(7.0))));
	/* exponential gaps: mean of ln is ln of the mean less Euler's number */
	ck_assert_double_lt(fabs(cstn__regularity_shape(1.0, -0.57721566490153286) - 1.0), 1e-12);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {h_is_the_sum_over_counts,
			h_has_no_singular_place_at_a_one_and_a_plus_b_one,
			h_stays_between_its_bounds_and_rises_concavely,
			gradients_are_the_differences_of_the_likelihood,
			gradients_of_regular_buyers_are_differences_too,
			gradients_of_occasions_contracts_and_spend_are_differences_too,
			counts_add_up_to_one_and_to_what_is_expected,
			counts_of_pareto_are_right_where_all_leave_at_once_or_never,
			a_purchase_within_a_time_is_what_zero_counts_leave,
			variance_is_that_of_the_distribution, one_phase_is_the_plain_model,
			who_bought_later_is_more_surely_alive,
			what_is_expected_rises_with_the_horizon_and_stays_below_the_rate,
			everything_is_finite_over_eight_decades,
			time_in_another_unit_changes_only_what_carries_it,
			residual_purchases_are_the_limit_of_discounted_periods,
			due_gap_is_the_quantile_of_the_silence,
			regularity_of_equal_gaps_is_without_bound};

	return run_tests("value math", tests, N(tests));
}
