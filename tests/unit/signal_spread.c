/* How sure the worth of a signal is, and the stock that goes with it, on residuals made here. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/special.h"
#include "demand/signal_panel.h"
#include "suite.h"

#define ROWS 2000

static cstn_allocator libc(void)
{
	cstn_allocator read;

	ck_assert_int_eq(cstn__allocator_read(NULL, &read, NULL), CSTN_OK);
	return read;
}

/* Rows of two series of ROWS / 2 periods. */
typedef struct rig {
	cstn__signal_case all;
	cstn__signal_panel panel;
	uint32_t origin[ROWS], series[ROWS];
	double residual[ROWS];
} rig;

static rig *rig_new(int32_t service_ppm, int32_t lead)
{
	rig *r = calloc(1, sizeof(*r));
	size_t i;

	ck_assert_ptr_nonnull(r);
	r->all.allocator = libc();
	r->all.options.service_ppm = service_ppm;
	r->all.options.lead_time = lead;
	r->panel.all = &r->all;
	r->panel.horizon = 1;
	r->panel.n = ROWS;
	r->panel.origin = r->origin;
	r->panel.series = r->series;
	for (i = 0; i < ROWS; i++) {
		r->series[i] = (uint32_t)(i / (ROWS / 2));
		r->origin[i] = (uint32_t)(i % (ROWS / 2));
	}
	return r;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Residuals of two series in units of their own deviations, which are added up in *sum. */
static void standardise(const rig *r, double *unit, double *sum)
{
	size_t n = ROWS / 2, s, i;

	*sum = 0;
	for (s = 0; s < 2; s++) {
		double mean = 0, square = 0;

		for (i = s * n; i < (s + 1) * n; i++)
			mean += r->residual[i] / (double)n;
		for (i = s * n; i < (s + 1) * n; i++)
			square += (r->residual[i] - mean) * (r->residual[i] - mean);
		*sum += sqrt(square / ((double)n - 1));
		for (i = s * n; i < (s + 1) * n; i++)
			unit[i] = (r->residual[i] - mean) / sqrt(square / ((double)n - 1));
	}
}

/* Mean of products of residuals `lag` periods apart. */
static double together(const double *unit, size_t lag)
{
	double sum = 0;
	size_t n = ROWS / 2, i;

	for (i = lag; i < n; i++)
		sum += unit[i] * unit[i - lag] + unit[n + i] * unit[n + i - lag];
	return sum / (double)(2 * (n - lag));
}

/* Service levels and lead times; what is asked for lies between two residuals, and on one. */
static const struct {
	int32_t service_ppm, lead;
} stocks[] = {{950000, 1}, {950000, 4}, {950200, 4}, {900000, 12}};

START_TEST(stock_is_the_quantile_of_errors_over_the_lead_time)
{
	rig *r = rig_new(stocks[_i].service_ppm, stocks[_i].lead);
	double unit[ROWS], sum, factor = stocks[_i].lead, beyond = 0, lead = stocks[_i].lead;
	cstn__signal_stock stock;
	size_t i, at;

	/* errors that go on: .6 of the one before */
	for (i = 0; i < ROWS; i++)
		r->residual[i] = (i % (ROWS / 2) ? .6 * r->residual[i - 1] : 0) +
				 (i < ROWS / 2 ? 5 : 20) * (cstn__random_unit(2, i) - .4);
	ck_assert_int_eq(cstn__signal_stock_of(&r->panel, r->residual, NULL, &stock), 0);
	standardise(r, unit, &sum);
	for (i = 1; i <= 7 && i < (size_t)stocks[_i].lead; i++)
		factor += 2 * (lead - (double)i) * together(unit, i) / together(unit, 0);
	factor = sqrt(factor);
	ck_assert(stocks[_i].lead == 1 || factor > 1.3 * sqrt(lead));
	qsort(unit, ROWS, sizeof(*unit), by_size);
	at = (size_t)ceil(ROWS * (stocks[_i].service_ppm / 1e6) - 1e-9) - 1;
	for (i = at; i < ROWS; i++)
		beyond += (unit[i] - unit[at]) / ROWS;
	ck_assert_double_eq_tol(stock.units, unit[at] * sum * factor, 1e-9 * stock.units);
	ck_assert_double_eq_tol(stock.shortage, beyond * sum * factor, 1e-9 * stock.units);
	free(r);
}
END_TEST

START_TEST(series_that_are_not_used_have_no_stock)
{
	static const uint8_t first[2] = {1, 0}, none[2] = {0, 0};
	rig *r = rig_new(950000, 1), *alone = rig_new(950000, 1);
	cstn__signal_stock stock, other;
	size_t i;

	for (i = 0; i < ROWS; i++)
		r->residual[i] = alone->residual[i] = cstn__random_unit(3, i);
	alone->panel.n = ROWS / 2;
	ck_assert_int_eq(cstn__signal_stock_of(&r->panel, r->residual, first, &stock), 0);
	ck_assert_int_eq(cstn__signal_stock_of(&alone->panel, alone->residual, NULL, &other), 0);
	ck_assert_double_eq(stock.units, other.units);
	ck_assert_double_eq(stock.shortage, other.shortage);
	ck_assert_int_eq(cstn__signal_stock_of(&r->panel, r->residual, none, &stock), 0);
	ck_assert(stock.units == 0 && stock.shortage == 0);
	free(alone);
	free(r);
}
END_TEST

/* Of independent origins the mean is nearly normal: 5 and 95 % lie 1.645 deviations apart from it.
 */
START_TEST(intervals_leave_one_in_twenty_out_at_either_end)
{
	enum { ORIGINS = 400 };
	static cstn__origin_loss without[ORIGINS], with[ORIGINS];
	double room[999], low, high, half, mean = 0, square = 0;
	size_t i;

	for (i = 0; i < ORIGINS; i++) {
		without[i] = (cstn__origin_loss){2 + cstn__random_unit(4, i), 1};
		with[i] = (cstn__origin_loss){1, 1};
		mean += (without[i].sum - 1) / ORIGINS;
	}
	for (i = 0; i < ORIGINS; i++)
		square += (without[i].sum - 1 - mean) * (without[i].sum - 1 - mean) / ORIGINS;
	half = 1.6449 * sqrt(square / ORIGINS);
	cstn__loss_interval(
			CSTN_SIGNAL_LOSS_MAE, without, with, ORIGINS, 1, 999, 1, room, &low, &high);
	ck_assert_double_eq_tol(low, mean - half, .1 * half);
	ck_assert_double_eq_tol(high, mean + half, .1 * half);
}
END_TEST

/* Twelve players, each of whom is worth something alone and beside each other one. */
static double bond(size_t i, size_t j)
{
	return cstn__random_unit(6, i < j ? 64 * i + j : 64 * j + i) - .5;
}

static int in_pairs(void *context, uint64_t mask, double *out)
{
	size_t i, j;

	(void)context;
	*out = 0;
	for (i = 0; i < 12; i++)
		for (j = i; j < 12; j++)
			if (mask >> i & 1 && mask >> j & 1)
				*out -= bond(i, j);
	return 0;
}

START_TEST(of_players_who_work_in_pairs_one_permutation_and_its_opposite_tell_all)
{
	const cstn_allocator memory = libc();
	double value[12], error[12];
	size_t i, j;

	ck_assert_int_eq(cstn__shapley_sampled(in_pairs, NULL, 12, 4, 8, &memory, value, error), 0);
	for (i = 0; i < 12; i++) {
		double wanted = bond(i, i);

		for (j = 0; j < 12; j++)
			wanted += j == i ? 0 : bond(i, j) / 2;
		ck_assert_double_eq_tol(value[i], wanted, 1e-12);
		ck_assert_double_eq_tol(error[i], 0, 1e-12);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("signal spread");
	TCase *spread = tcase_create("signal spread");

	tcase_add_loop_test(spread, stock_is_the_quantile_of_errors_over_the_lead_time, 0,
			sizeof(stocks) / sizeof(stocks[0]));
	tcase_add_test(spread, series_that_are_not_used_have_no_stock);
	tcase_add_test(spread, intervals_leave_one_in_twenty_out_at_either_end);
	tcase_add_test(spread,
			of_players_who_work_in_pairs_one_permutation_and_its_opposite_tell_all);
	suite_add_tcase(suite, spread);
	return run_suite(suite);
}
