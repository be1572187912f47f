/* Levels that outcomes prove. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "demand/calibrate.h"
#include "demand/count.h"
#include "suite.h"

#define LEVELS 9
static const double level[LEVELS] = {.005, .025, .165, .25, .5, .75, .835, .975, .995};

static cstn__calibration *make(void)
{
	cstn__calibration *calibration = calloc(1, sizeof(*calibration));

	ck_assert_ptr_nonnull(calibration);
	return calibration;
}

/* `periods` periods of n outcomes each; u is uniform where power is 1. */
static void feed_from(cstn__calibration *c, int64_t first, int periods, int n, double power)
{
	int t, i;

	for (t = 0; t < periods; t++) {
		for (i = 0; i < n; i++)
			cstn__calibration_add(c, first + t,
					pow(cstn__random_unit(7, (uint64_t)(t * n + i)), power));
	}
}

static void feed(cstn__calibration *c, int periods, int n, double power)
{
	feed_from(c, -20, periods, n, power);
}

START_TEST(levels_stay_as_asked_for_until_28_periods_have_ended)
{
	cstn__calibration *c = make();
	double out[LEVELS];

	feed(c, 27, 500, 3);
	cstn__calibration_levels(c, level, LEVELS, out);
	ck_assert_mem_eq(out, level, sizeof(level));
	feed_from(c, 7, 1, 500, 3);
	cstn__calibration_levels(c, level, LEVELS, out);
	ck_assert_mem_ne(out, level, sizeof(level));
	free(c);
}
END_TEST

START_TEST(outcomes_of_two_epochs_ago_are_gone)
{
	cstn__calibration *c = make();
	double out[LEVELS];
	size_t i;

	feed_from(c, 0, 256, 20, 5);
	feed_from(c, 512, 28, 2000, 1);
	cstn__calibration_add(c, 255, 0.1); /* too late to count */
	cstn__calibration_levels(c, level, LEVELS, out);
	for (i = 0; i < LEVELS; i++)
		ck_assert_double_eq_tol(out[i], level[i], 0.02);
	feed_from(c, 512 + 28, 200, 20, 1);
	ck_assert_int_eq(c->epoch, 2);
	free(c);
}
END_TEST

START_TEST(outcomes_in_any_order_of_periods_have_the_same_bytes)
{
	cstn__calibration *forward = make(), *backward = make(), *shuffled = make();
	int t;

	for (t = 0; t < 1000; t++) {
		int other = t * 617 % 1000;

		cstn__calibration_add(forward, t - 400, t / 1000.0);
		cstn__calibration_add(backward, 999 - t - 400, (999 - t) / 1000.0);
		cstn__calibration_add(shuffled, other - 400, other / 1000.0);
	}
	ck_assert_mem_eq(forward, backward, sizeof(*forward));
	ck_assert_mem_eq(forward, shuffled, sizeof(*forward));
	free(forward);
	free(backward);
	free(shuffled);
}
END_TEST

START_TEST(outcome_fades_by_one_in_a_hundred_a_period)
{
	cstn__calibration *c = make();

	cstn__calibration_add(c, 256, 0.5);
	ck_assert_int_eq(c->bin[1][500], 1048576);
	cstn__calibration_add(c, 257, 0.25);
	ck_assert_int_eq(c->bin[1][250], 1059168); /* 2^20 / .99 */
	cstn__calibration_add(c, 255, 1);
	ck_assert_double_eq_tol(
			(double)c->bin[0][999] * 0.07631498375150165 * 1.01010101, 1048576.0, 1);
	free(c);
}
END_TEST

/* By definition: outcomes weigh .99 of those of the period after, beside 500 that are uniform. */
START_TEST(levels_are_the_inverse_of_what_faded_outcomes_add_up_to)
{
	enum { PERIODS = 400, EACH = 40 };
	static double mass[CSTN__CALIBRATION_BINS];
	cstn__calibration *c = make();
	double out[LEVELS], total = 0;
	int t, i, k;

	for (i = 0; i < CSTN__CALIBRATION_BINS; i++)
		mass[i] = 500.0 / CSTN__CALIBRATION_BINS;
	/* within two epochs: from period 0 on */
	for (t = 0; t < PERIODS; t++)
		for (i = 0; i < EACH; i++) {
			double u = pow(cstn__random_unit(9, (uint64_t)(t * EACH + i)),
					t < 200 ? 3 : 1.5);

			cstn__calibration_add(c, t, u);
			mass[(int)(u * CSTN__CALIBRATION_BINS)] += pow(.99, PERIODS - 1 - t);
		}
	for (i = 0; i < CSTN__CALIBRATION_BINS; i++)
		total += mass[i];
	cstn__calibration_levels(c, level, LEVELS, out);
	for (k = 0; k < LEVELS; k++) {
		double below = 0;

		for (i = 0; below + mass[i] < level[k] * total; i++)
			below += mass[i];
		ck_assert_double_eq_tol(out[k],
				(i + (level[k] * total - below) / mass[i]) / CSTN__CALIBRATION_BINS,
				1e-5);
	}
	free(c);
}
END_TEST

START_TEST(outcomes_that_are_uniform_leave_levels_where_they_are)
{
	cstn__calibration *c = make();
	double out[LEVELS];
	size_t i;

	feed(c, 200, 500, 1);
	cstn__calibration_levels(c, level, LEVELS, out);
	for (i = 0; i < LEVELS; i++)
		ck_assert_double_eq_tol(out[i], level[i], 0.01);
	free(c);
}
END_TEST

START_TEST(level_to_ask_for_is_the_quantile_of_where_outcomes_fell)
{
	cstn__calibration *c = make();
	double out[LEVELS];
	size_t i;

	feed(c, 300, 2000, 2); /* P(U <= u) = sqrt(u) */
	cstn__calibration_levels(c, level, LEVELS, out);
	for (i = 0; i < LEVELS; i++)
		ck_assert_double_eq_tol(out[i], level[i] * level[i], 0.01);
	free(c);
}
END_TEST

START_TEST(levels_ascend_inside_the_unit_wherever_outcomes_fell)
{
	static const double places[] = {0, 0.3, 0.9999999, 1};
	double asked[101], out[101];
	size_t p, i, t;

	asked[0] = 1e-6;
	for (i = 1; i < 100; i++)
		asked[i] = (double)i / 100;
	asked[100] = 1 - 1e-6;
	for (p = 0; p < 4; p++) {
		cstn__calibration *c = make();

		for (t = 0; t < 400; t++) {
			for (i = 0; i < 1000; i++)
				cstn__calibration_add(c, (int64_t)t, places[p]);
		}
		cstn__calibration_levels(c, asked, 101, out);
		ck_assert(out[0] > 0 && out[100] < 1);
		for (i = 1; i < 101; i++)
			ck_assert_double_gt(out[i], out[i - 1]);
		free(c);
	}
}
END_TEST

START_TEST(parts_merged_in_any_order_have_the_same_bytes)
{
	cstn__calibration *part[3], *one = make(), *other = make();
	size_t i;

	for (i = 0; i < 3; i++) {
		part[i] = make();
		feed_from(part[i], 200 + 100 * (int64_t)i, 300, 10 + (int)i, 1 + (double)i);
	}
	for (i = 0; i < 3; i++) {
		cstn__calibration_merge(one, part[i]);
		cstn__calibration_merge(other, part[2 - i]);
	}
	ck_assert_mem_eq(one, other, sizeof(*one));
	for (i = 0; i < 3; i++)
		free(part[i]);
	free(one);
	free(other);
}
END_TEST

START_TEST(wrong_dispersion_is_made_good_by_what_came)
{
	cstn__calibration *c = make();
	double asked[LEVELS], q[LEVELS], raw[LEVELS], below, at, y, u, met[LEVELS] = {0};
	double met_raw[LEVELS] = {0}, worst = 0, worst_raw = 0;
	uint64_t draw = 0;
	size_t i, t;
	enum { PERIODS = 120, SERIES = 200, LATER = 20000 };

	for (t = 0; t < PERIODS; t++) {
		for (i = 0; i < SERIES; i++, draw++) {
			u = cstn__random_unit(3, draw);
			cstn__count_quantiles(20, 0.3, &u, 1, &y);
			cstn__count_cdf(20, 0.05, y, &below, &at);
			cstn__calibration_add(c, (int64_t)t,
					below + cstn__random_unit(4, draw) * (at - below));
		}
	}
	cstn__calibration_levels(c, level, LEVELS, asked);
	cstn__count_quantiles(20, 0.05, asked, LEVELS, q);
	cstn__count_quantiles(20, 0.05, level, LEVELS, raw);
	for (t = 0; t < LATER; t++, draw++) {
		u = cstn__random_unit(3, draw);
		cstn__count_quantiles(20, 0.3, &u, 1, &y);
		for (i = 0; i < LEVELS; i++) {
			met[i] += y <= q[i];
			met_raw[i] += y <= raw[i];
		}
	}
	for (i = 0; i < LEVELS; i++) {
		worst = fmax(worst, fabs(met[i] / LATER - level[i]));
		worst_raw = fmax(worst_raw, fabs(met_raw[i] / LATER - level[i]));
	}
	ck_assert_double_gt(worst_raw, 0.1);
	ck_assert_double_lt(worst, 0.04);
	free(c);
}
END_TEST

START_TEST(draw_depends_on_key_period_and_seed_alone)
{
	double sum = 0;
	int64_t i;

	ck_assert_double_eq(cstn__calibration_draw(5, 6, 7), cstn__calibration_draw(5, 6, 7));
	ck_assert_double_ne(cstn__calibration_draw(5, 6, 7), cstn__calibration_draw(6, 6, 7));
	ck_assert_double_ne(cstn__calibration_draw(5, 6, 7), cstn__calibration_draw(5, 7, 7));
	ck_assert_double_ne(cstn__calibration_draw(5, 6, 7), cstn__calibration_draw(5, 6, 8));
	for (i = 0; i < 10000; i++) {
		double v = cstn__calibration_draw(11, i, 0);

		ck_assert(v > 0 && v < 1);
		sum += v;
	}
	ck_assert_double_eq_tol(sum / 10000, 0.5, 0.01);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {levels_stay_as_asked_for_until_28_periods_have_ended,
			outcomes_of_two_epochs_ago_are_gone,
			outcomes_in_any_order_of_periods_have_the_same_bytes,
			outcome_fades_by_one_in_a_hundred_a_period,
			levels_are_the_inverse_of_what_faded_outcomes_add_up_to,
			outcomes_that_are_uniform_leave_levels_where_they_are,
			level_to_ask_for_is_the_quantile_of_where_outcomes_fell,
			levels_ascend_inside_the_unit_wherever_outcomes_fell,
			parts_merged_in_any_order_have_the_same_bytes,
			wrong_dispersion_is_made_good_by_what_came,
			draw_depends_on_key_period_and_seed_alone};

	return run_tests("calibration", tests, sizeof(tests) / sizeof(tests[0]));
}
