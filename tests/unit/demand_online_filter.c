/* The filter of the signal model, against the same equations with a whole matrix in long doubles,
 * and against a ridge solved at once. */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "base/cholesky.h"
#include "base/stats.h"
#include "demand/online.h"
#include "suite.h"

#define MOST 17
#define ROWS 600

typedef struct whole {
	size_t n;
	long double effects[MOST], p[MOST][MOST], means[MOST];
} whole;

static uint32_t no_flags[MOST];

static cstn__online_plan plan_of(size_t signals, double forgetting, double noise)
{
	cstn__online_plan plan = {{0}, 0, forgetting, noise};

	plan.of.season = 1;
	plan.of.n_signals = signals;
	plan.of.signals = no_flags;
	plan.of.precision = 2;
	plan.of.columns = cstn__regress_columns(&plan.of);
	return plan;
}

static cstn__online_series *series_of(const cstn__online_plan *plan)
{
	cstn__online_series *series = calloc(1, cstn__online_series_size(plan->of.columns));

	ck_assert_ptr_nonnull(series);
	return series;
}

/* Signals of a row: numbers, flags, and one that goes with another. */
static void draw(uint64_t seed, size_t t, size_t signals, double *x)
{
	size_t i;

	for (i = 0; i < signals; i++) {
		double u = cstn__random_unit(seed, 100 * t + i);

		x[i] = i % 3 == 0 ? 2 * u + 1 : i % 3 == 1 ? u < .1 : u - .5 + .5 * x[i - 1];
	}
}

static double sold(uint64_t seed, size_t t, size_t signals, const double *x)
{
	double z = 4 + .3 * sin((double)t / 80);
	size_t i;

	for (i = 0; i < signals; i++)
		z += (i % 2 ? .4 : -.3) / (double)(1 + i / 4) * x[i];
	return exp(z + .3 * (cstn__random_unit(seed, 100 * t + 99) - .5)) - 1;
}

/* A pool that bounds no variance, for series that began without it. */
static cstn__online_prior *no_bounds(const cstn__online_plan *plan, cstn__online_series *series)
{
	cstn__online_prior *prior = calloc(1, cstn__online_prior_size(plan->of.columns));
	size_t j;

	ck_assert_ptr_nonnull(prior);
	for (j = 0; j < plan->of.columns; j++)
		prior->values[j * CSTN__PRIOR_WIDTH + CSTN__PRIOR_VARIANCE] =
				CSTN__ONLINE_LEVEL_UNKNOWN;
	cstn__online_begin(plan, NULL, series);
	return prior;
}

static void whole_begin(whole *w, const cstn__online_plan *plan)
{
	size_t i;

	memset(w, 0, sizeof(*w));
	w->n = plan->of.columns;
	w->means[0] = 1;
	w->p[0][0] = 1e6L;
	for (i = 1; i < w->n; i++)
		w->p[i][i] = 1 / (long double)plan->of.precision;
}

/* The textbook: gain P x / (lambda + x'P x), P (I - x g') / lambda. A row with a missing signal
 * moves the level alone, by Joseph's form with the others' gains 0. */
static void whole_learn(
		whole *w, const cstn__online_plan *plan, const double *signals, double y, int steps)
{
	long double x[MOST], px[MOST], lambda = (long double)plan->forgetting, alpha = lambda;
	long double error = logl(1 + (long double)y), k;
	size_t n = w->n, i, j;
	int missing = 0;

	w->p[0][0] += (long double)plan->noise * steps;
	x[0] = 1;
	for (i = 1; i < n; i++) {
		x[i] = isnan(signals[i - 1]) ? w->means[i] : (long double)signals[i - 1];
		missing |= isnan(signals[i - 1]);
	}
	alpha = lambda = missing ? 1 : lambda;
	for (i = 0; i < n; i++) {
		px[i] = 0;
		for (j = 0; j < n; j++)
			px[i] += w->p[i][j] * x[j];
		alpha += x[i] * px[i];
		error -= w->effects[i] * x[i];
	}
	k = px[0] / alpha;
	if (missing) {
		/* of the others nothing is learned: A = I - k e_0 x' */
		long double q = 0;

		for (i = 0; i < n; i++)
			q += x[i] * px[i];
		for (i = 1; i < n; i++)
			w->p[0][i] = w->p[i][0] = w->p[0][i] - k * px[i];
		w->p[0][0] += -2 * k * px[0] + k * k * (q + lambda);
		w->effects[0] += k * error;
		return;
	}
	for (i = 0; i < n; i++)
		w->effects[i] += px[i] * error / alpha;
	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++)
			w->p[i][j] = (w->p[i][j] - px[i] * px[j] / alpha) / lambda;
}

static double off(double is, long double wanted)
{
	return (double)fabsl((long double)is - wanted);
}

/* All rows known: the greatest distance of an effect from the whole matrix's. */
static double distance(size_t signals, double forgetting, double noise, uint64_t seed)
{
	cstn__online_plan plan = plan_of(signals, forgetting, noise);
	cstn__online_series *series = series_of(&plan);
	cstn__online_prior *prior = no_bounds(&plan, series);
	double x[MOST], most = 0;
	whole w;
	size_t t, i;

	whole_begin(&w, &plan);
	for (t = 0; t < ROWS; t++) {
		double y;

		draw(seed, t, signals, x);
		y = sold(seed, t, signals, x);
		whole_learn(&w, &plan, x, y, t ? 1 : 0);
		cstn__online_learn(&plan, prior, series, (int64_t)t, y, x, 1);
		for (i = 0; i < w.n && t > 2 * w.n; i++)
			most = fmax(most, off((double)series->values[i], w.effects[i]));
	}
	free(series);
	free(prior);
	return most;
}

START_TEST(effects_are_those_of_a_whole_matrix)
{
	static const struct {
		size_t signals;
		double forgetting, noise;
	} cases[] = {{1, 1, 0}, {4, 1, 0}, {16, 1, 0}, {4, .998, .007}, {16, .998, .007},
			{16, .995, .02}};
	double most = distance(cases[_i].signals, cases[_i].forgetting, cases[_i].noise, 1);

	printf("%zu signals, forgetting %g, noise %g: within %.1e\n", cases[_i].signals,
			cases[_i].forgetting, cases[_i].noise, most);
	ck_assert_double_lt(most, 2e-5);
}
END_TEST

START_TEST(without_forgetting_it_is_the_ridge_solved_at_once)
{
	const size_t signals = 8, n = signals + 1;
	cstn__online_plan plan = plan_of(signals, 1, 0);
	cstn__online_series *series = series_of(&plan);
	double gram[MOST * MOST] = {0}, sums[MOST] = {0}, x[MOST + 1];
	size_t t, i, j;

	for (t = 0; t < ROWS; t++) {
		double y;

		draw(2, t, signals, x + 1);
		y = sold(2, t, signals, x + 1);
		cstn__online_learn(&plan, NULL, series, (int64_t)t, y, x + 1, 1);
		x[0] = 1;
		for (i = 0; i < n; i++) {
			sums[i] += x[i] * log1p(y);
			for (j = 0; j <= i; j++)
				gram[i * n + j] += x[i] * x[j];
		}
	}
	for (i = 1; i < n; i++)
		gram[i * n + i] += 2;
	ck_assert_int_eq(cstn__cholesky(n, n, gram, gram), 0);
	cstn__cholesky_solve(n, n, gram, sums, sums);
	for (i = 0; i < n; i++)
		ck_assert_double_eq_tol((double)series->values[i], sums[i], 2e-5);
	free(series);
}
END_TEST

/* Means as the first row of the inverse of P says them. */
static void whole_means(whole *w)
{
	size_t n = w->n, i, j;
	double p[MOST * MOST], first[MOST] = {1};

	for (i = 0; i < n; i++)
		for (j = 0; j <= i; j++)
			p[i * n + j] = (double)w->p[i][j];
	ck_assert_int_eq(cstn__cholesky(n, n, p, p), 0);
	cstn__cholesky_solve(n, n, p, first, first);
	for (i = 1; i < n; i++)
		w->means[i] = (long double)(first[i] / first[0]);
}

START_TEST(a_row_with_a_missing_signal_moves_the_level_alone)
{
	const size_t signals = 4, n = signals + 1;
	cstn__online_plan plan = plan_of(signals, .998, .007);
	cstn__online_series *series = series_of(&plan);
	cstn__online_prior *prior = no_bounds(&plan, series);
	float before[2 * MOST + MOST * MOST];
	double x[MOST], means[MOST];
	whole w;
	size_t t, i;

	whole_begin(&w, &plan);
	for (t = 0; t < 300; t++) {
		int missing = t > 40 && t % 5 == 0;
		double y;

		draw(3, t, signals, x);
		y = sold(3, t, signals, x);
		if (missing)
			x[t % 4] = (double)NAN;
		memcpy(before, series->values, cstn__online_floats(n) * sizeof(float));
		whole_learn(&w, &plan, x, y, t ? 1 : 0);
		cstn__online_learn(&plan, prior, series, (int64_t)t, y, x, 1);
		if (missing) {
			ck_assert_mem_eq(before + 1, series->values + 1, signals * sizeof(float));
			ck_assert_mem_eq(before + n + 1, series->values + n + 1,
					signals * sizeof(float));
			ck_assert(memcmp(before, series->values, sizeof(float)) != 0);
		}
		if (t <= 2 * n)
			continue;
		whole_means(&w);
		cstn__online_means(series, n, means);
		for (i = 0; i < n; i++) {
			ck_assert_double_eq_tol(
					(double)series->values[i], (double)w.effects[i], 2e-4);
			ck_assert_double_eq_tol(means[i], (double)w.means[i], 2e-3);
		}
	}
	free(series);
	free(prior);
}
END_TEST

START_TEST(the_mean_that_stands_in_is_one_of_values_that_were_seen)
{
	cstn__online_plan plan = plan_of(1, .998, .007);
	cstn__online_series *series = series_of(&plan);
	double x, means[2], sum = 0, weight = 0, gain;
	size_t t;

	for (t = 0; t < 400; t++) {
		/* the level's gain with a signal beside it is that of D_0 */
		gain = t ? (double)series->values[2] + plan.noise : 1e6;
		gain /= gain + plan.forgetting;
		x = 5 + cstn__random_unit(4, t);
		cstn__online_learn(&plan, NULL, series, (int64_t)t, 20, &x, 1);
		sum += gain * (x - sum);
		weight = gain;
	}
	cstn__online_means(series, 2, means);
	ck_assert_double_eq_tol(means[1], sum, 1e-3);
	ck_assert_double_gt(weight, .05);
	ck_assert_double_gt(means[1], 5);
	free(series);
}
END_TEST

static void check_factors(const cstn__online_series *series, size_t n)
{
	double variance[MOST], trace = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		ck_assert_float_gt(series->values[n + i], 0);
		ck_assert(isfinite(series->values[i]));
	}
	cstn__online_variances(series, n, variance);
	for (i = 1; i < n; i++) {
		ck_assert_double_gt(variance[i], 0);
		trace += variance[i];
	}
	ck_assert_double_le(trace, 4 * .5 * (double)(n - 1) * 1.1);
}

/* Ten million rows: signals that stay 0 for long, two that are the same, one that is huge and one
 * that is tiny. What was unknown never grows beyond the beginning, and what is known holds. */
START_TEST(ten_million_rows_keep_the_matrix_positive)
{
	const size_t signals = 5;
	cstn__online_plan plan = plan_of(signals, .995, .007);
	cstn__online_series *series = series_of(&plan);
	size_t t, n = 10000000;
	double x[5];

	for (t = 0; t < n; t++) {
		double u = cstn__random_unit(5, t);

		x[0] = u;
		x[1] = t / 50000 % 2 ? 1 - u : 0;
		x[2] = x[1];
		x[3] = 1e6 * (u * u - .3);
		x[4] = 1e-9 * u;
		cstn__online_learn(&plan, NULL, series, (int64_t)t,
				exp(3 + x[0] + .5 * x[1] + .01 * (double)(t % 7)), x, 1);
		if (t % 99991 == 0)
			check_factors(series, signals + 1);
	}
	check_factors(series, signals + 1);
	printf("effects after 1e7 rows: %.4f %.4f %.4f %.4f\n", (double)series->values[0],
			(double)series->values[1], (double)series->values[2],
			(double)series->values[3]);
	free(series);
}
END_TEST

START_TEST(a_scale_of_two_changes_nothing_but_the_scale)
{
	cstn__online_plan plan = plan_of(3, .998, .007);
	int k;

	plan.is_linear = 1;
	for (k = -900; k <= 900; k += 300) {
		cstn__online_series *a = series_of(&plan), *b = series_of(&plan);
		double x[3], unit = ldexp(1, k), mean;
		int32_t flags;
		size_t t;

		for (t = 0; t < 100; t++) {
			double y;

			draw(6, t, 3, x);
			y = sold(6, t, 3, x) - 30;
			cstn__online_learn(&plan, NULL, a, (int64_t)t, y, x, 1);
			cstn__online_learn(&plan, NULL, b, (int64_t)t, y * unit, x, 1);
		}
		ck_assert_int_eq(b->exponent, a->exponent + k);
		ck_assert_mem_eq(a->values, b->values, cstn__online_floats(4) * sizeof(float));
		mean = cstn__online_ahead(&plan, a, NULL, 100, x, 1, &flags);
		ck_assert_double_eq(
				cstn__online_ahead(&plan, b, NULL, 100, x, 1, &flags), mean * unit);
		free(a);
		free(b);
	}
}
END_TEST

START_TEST(a_state_of_sixteen_columns_has_seven_hundred_bytes)
{
	cstn__online_plan plan = plan_of(16, .998, .007);

	ck_assert_uint_eq(cstn__online_series_size(plan.of.columns), 700);
}
END_TEST

/* No bound is tested: how long a row takes is said. */
START_TEST(a_row_costs_the_square_of_its_columns)
{
	static const size_t cases[] = {1, 4, 8, 16};
	struct timespec a, b;
	size_t c, t;

	for (c = 0; c < 4; c++) {
		cstn__online_plan plan = plan_of(cases[c], .998, .007);
		cstn__online_series *series = series_of(&plan);
		static double x[1000][MOST], y[1000];
		const size_t n = 200000;

		for (t = 0; t < 1000; t++) {
			draw(7, t, cases[c], x[t]);
			y[t] = sold(7, t, cases[c], x[t]);
		}
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
		for (t = 0; t < n; t++)
			cstn__online_learn(&plan, NULL, series, (int64_t)t, y[t % 1000],
					x[t % 1000], 1);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
		printf("%zu signals: %.0f ns a row\n", cases[c],
				((double)(b.tv_sec - a.tv_sec) * 1e9 +
						(double)(b.tv_nsec - a.tv_nsec)) /
						(double)n);
		check_factors(series, cases[c] + 1);
		free(series);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("filter of the signal model");
	TCase *tests = tcase_create("filter of the signal model");

	tcase_set_timeout(tests, 240);
	tcase_add_loop_test(tests, effects_are_those_of_a_whole_matrix, 0, 6);
	tcase_add_test(tests, without_forgetting_it_is_the_ridge_solved_at_once);
	tcase_add_test(tests, a_row_with_a_missing_signal_moves_the_level_alone);
	tcase_add_test(tests, the_mean_that_stands_in_is_one_of_values_that_were_seen);
	tcase_add_test(tests, ten_million_rows_keep_the_matrix_positive);
	tcase_add_test(tests, a_scale_of_two_changes_nothing_but_the_scale);
	tcase_add_test(tests, a_state_of_sixteen_columns_has_seven_hundred_bytes);
	tcase_add_test(tests, a_row_costs_the_square_of_its_columns);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
