/* Quantiles by name, and tiles. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/rate.h>

#include "base/stats.h"
#include "suite.h"

static const double five[] = {15.0, 20.0, 35.0, 40.0, 50.0};
static const double one[] = {3.5};
static const double two[] = {2.0, -1.0};
static const double twelve[] = {
		3.0, 3.0, 1.0, -7.25, 12.5, 3.0, 100.0, 0.0, 4.0, 4.0, 9.5, 1000000.0};
static const double twenty[] = {0.125, 37.375, -34.25, -111.375, -56.875, -124.0, 7.5, 167.5, -61.5,
		-77.5, 61.25, 44.625, 13.125, -116.25, -3.625, 86.875, -168.0, -57.25, -237.625,
		-161.25};

static const int32_t ppms[] = {
		0, 50000, 100000, 250000, 333333, 500000, 750000, 900000, 950000, 1000000};

/* numpy 2.4, types 1 to 9 in its words:
 *
 *	python3 -c "import numpy; print(numpy.quantile(values, ppm / 1e6, method=m))"
 *
 * with m = inverted_cdf averaged_inverted_cdf closest_observation interpolated_inverted_cdf hazen
 * weibull linear median_unbiased normal_unbiased. */
static const struct {
	const double *values;
	size_t n;
	int32_t type;
	double expected[10];
} known[] = {
		{five, 5, 1, {15, 15, 15, 20, 20, 35, 40, 50, 50, 50}},
		{five, 5, 2, {15, 15, 15, 20, 20, 35, 40, 50, 50, 50}},
		{five, 5, 3, {15, 15, 15, 15, 20, 20, 40, 40, 50, 50}},
		{five, 5, 4, {15, 15, 15, 16.25, 18.333325, 27.5, 38.75, 45, 47.5, 50}},
		{five, 5, 5, {15, 15, 15, 18.75, 22.499975, 35, 42.5, 50, 50, 50}},
		{five, 5, 6, {15, 15, 15, 17.5, 19.99999, 35, 45, 50, 50, 50}},
		{five, 5, 7, {15, 16, 17, 20, 24.99998, 35, 40, 46, 48, 50}},
		{five, 5, 8, {15, 15, 15, 18.3333333333, 21.66664, 35, 43.3333333333, 50, 50, 50}},
		{five, 5, 9, {15, 15, 15, 18.4375, 21.87497375, 35, 43.125, 50, 50, 50}},
		{one, 1, 1, {3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5}},
		{one, 1, 2, {3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5}},
		{one, 1, 3, {3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5}},
		{one, 1, 4, {3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5}},
		{one, 1, 5, {3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5}},
		{one, 1, 6, {3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5}},
		{one, 1, 7, {3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5}},
		{one, 1, 8, {3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5}},
		{one, 1, 9, {3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5}},
		{two, 2, 1, {-1, -1, -1, -1, -1, -1, 2, 2, 2, 2}},
		{two, 2, 2, {-1, -1, -1, -1, -1, 0.5, 2, 2, 2, 2}},
		{two, 2, 3, {-1, -1, -1, -1, -1, -1, 2, 2, 2, 2}},
		{two, 2, 4, {-1, -1, -1, -1, -1, -1, 0.5, 1.4, 1.7, 2}},
		{two, 2, 5, {-1, -1, -1, -1, -0.500002, 0.5, 2, 2, 2, 2}},
		{two, 2, 6, {-1, -1, -1, -1, -1, 0.5, 2, 2, 2, 2}},
		{two, 2, 7, {-1, -0.85, -0.7, -0.25, -1.00000000003e-06, 0.5, 1.25, 1.7, 1.85, 2}},
		{two, 2, 8, {-1, -1, -1, -1, -0.666669, 0.5, 2, 2, 2, 2}},
		{two, 2, 9, {-1, -1, -1, -1, -0.62500225, 0.5, 2, 2, 2, 2}},
		{twelve, 12, 1, {-7.25, -7.25, 0, 1, 3, 3, 9.5, 100, 1000000, 1000000}},
		{twelve, 12, 2, {-7.25, -7.25, 0, 2, 3, 3.5, 11, 100, 1000000, 1000000}},
		{twelve, 12, 3, {-7.25, -7.25, -7.25, 1, 3, 3, 9.5, 100, 100, 1000000}},
		{twelve, 12, 4, {-7.25, -7.25, -5.8, 1, 2.999992, 3, 9.5, 82.5, 400060, 1000000}},
		{twelve, 12, 5, {-7.25, -6.525, -2.175, 2, 3, 3.5, 11, 300070, 900010, 1000000}},
		{twelve, 12, 6,
				{-7.25, -7.25, -5.075, 1.5, 3, 3.5, 11.75, 700030, 1000000,
						1000000}},
		{twelve, 12, 7, {-7.25, -3.2625, 0.1, 2.5, 3, 3.5, 10.25, 91.25, 450055, 1000000}},
		{twelve, 12, 8,
				{-7.25, -7.25, -3.14166666667, 1.83333333333, 3, 3.5, 11.25, 433390,
						1000000, 1000000}},
		{twelve, 12, 9,
				{-7.25, -7.25, -2.9, 1.875, 3, 3.5, 11.1875, 400060, 1000000,
						1000000}},
		{twenty, 20, 1,
				{-237.625, -237.625, -168, -116.25, -77.5, -56.875, 13.125, 61.25,
						86.875, 167.5}},
		{twenty, 20, 2,
				{-237.625, -202.8125, -164.625, -113.8125, -77.5, -45.5625, 25.25,
						74.0625, 127.1875, 167.5}},
		{twenty, 20, 3,
				{-237.625, -237.625, -168, -116.25, -77.5, -56.875, 13.125, 61.25,
						86.875, 167.5}},
		{twenty, 20, 4,
				{-237.625, -237.625, -168, -116.25, -88.7918925, -56.875, 13.125,
						61.25, 86.875, 167.5}},
		{twenty, 20, 5,
				{-237.625, -202.8125, -164.625, -113.8125, -74.83344, -45.5625,
						25.25, 74.0625, 127.1875, 167.5}},
		{twenty, 20, 6,
				{-237.625, -234.14375, -167.325, -115.03125, -77.500237125,
						-45.5625, 31.3125, 84.3125, 163.46875, 167.5}},
		{twenty, 20, 7,
				{-237.625, -171.48125, -161.925, -112.59375, -72.166768, -45.5625,
						19.1875, 63.8125, 90.90625, 167.5}},
		{twenty, 20, 8,
				{-237.625, -213.25625, -165.525, -114.21875, -75.7223306667,
						-45.5625, 27.2708333333, 77.4791666667, 139.28125,
						167.5}},
		{twenty, 20, 9,
				{-237.625, -210.6453125, -165.3, -114.1171875, -75.500108, -45.5625,
						26.765625, 76.625, 136.2578125, 167.5}},
};

START_TEST(quantiles_of_every_type_agree_with_numpy)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		for (size_t p = 0; p < 10; p++) {
			double out = 77, expected = known[i].expected[p];

			ck_assert_int_eq(cstn_quantile(known[i].values, known[i].n, ppms[p],
							 known[i].type, &out, NULL),
					CSTN_OK);
			/* numpy's place between two values is a double, off by 1e-15 of the gap. */
			ck_assert_msg(fabs(out - expected) <= 2e-11 * fabs(expected) + 2e-9,
					"row %zu, %d ppm: %.17g, %.17g expected", i, (int)ppms[p],
					out, expected);
		}
}
END_TEST

START_TEST(places_on_a_value_give_that_value_exactly)
{
	double values[101], out;

	for (int i = 0; i <= 100; i++)
		values[100 - i] = i * 0.1;
	for (int32_t p = 0; p <= 100; p++) {
		ck_assert_int_eq(cstn_quantile(values, 101, p * 10000, 7, &out, NULL), CSTN_OK);
		ck_assert(out == p * 0.1);
	}
}
END_TEST

START_TEST(nearest_rank_is_the_value_of_rank_ceil_pn)
{
	double out = 0;

	ck_assert_int_eq(cstn_quantile(five, 5, 0, 0, &out, NULL), CSTN_OK);
	ck_assert(out == 15.0);
	ck_assert_int_eq(cstn_quantile(five, 5, 200000, 0, &out, NULL), CSTN_OK);
	ck_assert(out == 15.0);
	ck_assert_int_eq(cstn_quantile(five, 5, 200001, 0, &out, NULL), CSTN_OK);
	ck_assert(out == 20.0);
	ck_assert_int_eq(cstn_quantile(five, 5, 400000, 0, &out, NULL), CSTN_OK);
	ck_assert(out == 20.0);
	ck_assert_int_eq(cstn_quantile(five, 5, 800001, 0, &out, NULL), CSTN_OK);
	ck_assert(out == 50.0);
	ck_assert_int_eq(cstn_quantile(five, 5, 1000000, 0, &out, NULL), CSTN_OK);
	ck_assert(out == 50.0);
}
END_TEST

START_TEST(values_are_not_changed)
{
	double values[12], out;

	memcpy(values, twelve, sizeof(values));
	ck_assert_int_eq(cstn_quantile(values, 12, 500000, 7, &out, NULL), CSTN_OK);
	ck_assert_mem_eq(values, twelve, sizeof(values));
}
END_TEST

START_TEST(the_quantile_of_nothing_is_nan_and_done)
{
	double out = 77;

	ck_assert_int_eq(cstn_quantile(NULL, 0, 500000, 7, &out, NULL), CSTN_DONE);
	ck_assert(isnan(out));
}
END_TEST

START_TEST(bad_arguments_leave_the_output)
{
	double values[2] = {1.0, (double)NAN}, out = 77;

	ck_assert_int_eq(cstn_quantile(values, 2, 500000, 7, &out, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_quantile(values, 1, -1, 7, &out, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_quantile(values, 1, 1000001, 7, &out, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_quantile(values, 1, 500000, -1, &out, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_quantile(values, 1, 500000, 10, &out, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_quantile(NULL, 1, 500000, 7, &out, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_quantile(values, 1, 500000, 7, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert(out == 77);
	ck_assert_int_eq(cstn_quantile(values, 1, 500000, 7, &out, NULL), CSTN_OK);
	ck_assert(out == 1.0);
}
END_TEST

START_TEST(infinite_and_huge_values_have_quantiles)
{
	const double infinite[3] = {(double)INFINITY, 1.0, 2.0};
	const double huge[2] = {-1.7e308, 1.7e308};
	double out;

	ck_assert_int_eq(cstn_quantile(infinite, 3, 500000, 7, &out, NULL), CSTN_OK);
	ck_assert(out == 2.0);
	ck_assert_int_eq(cstn_quantile(infinite, 3, 750000, 7, &out, NULL), CSTN_OK);
	ck_assert(out == (double)INFINITY);
	ck_assert_int_eq(cstn_quantile(huge, 2, 500000, 7, &out, NULL), CSTN_OK);
	ck_assert(out == 0.0);
}
END_TEST

START_TEST(more_values_than_memory_holds_leave_the_output)
{
	static const int64_t value = 1;
	double out = 77;
	int32_t tile = 77;

	ck_assert_int_eq(cstn_quantile(five, SIZE_MAX / 2, 500000, 7, &out, NULL), CSTN_E_NOMEM);
	ck_assert(out == 77);
	ck_assert_int_eq(cstn_value_tiles(&value, NULL, SIZE_MAX / 2, 10, &tile, NULL),
			CSTN_E_NOMEM);
	ck_assert_int_eq(tile, 77);
}
END_TEST

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Values in an order of some shape. */
static double shaped(int shape, size_t i, size_t n)
{
	switch (shape) {
	case 0:
		return cstn__random_unit(5, i);
	case 1:
		return (double)i;
	case 2:
		return (double)(n - i);
	case 3:
		return 1.0;
	case 4:
		return (double)(cstn__random_u64(6, i) % 4);
	default:
		return (double)(i < n / 2 ? i : n - i);
	}
}

START_TEST(selection_agrees_with_sorting_for_any_shape_and_rank)
{
	enum { N = 501 };
	double values[N], sorted[N];

	for (int shape = 0; shape < 6; shape++) {
		for (size_t i = 0; i < N; i++)
			sorted[i] = values[i] = shaped(shape, i, N);
		qsort(sorted, N, sizeof(sorted[0]), compare);
		for (int32_t rank = 0; rank < N; rank++) {
			double out;

			ck_assert_int_eq(cstn_quantile(values, N, rank * 2000, 7, &out, NULL),
					CSTN_OK);
			ck_assert(out == sorted[rank]);
		}
	}
}
END_TEST

START_TEST(an_order_that_is_worst_for_the_median_of_three_is_selected_from_too)
{
	/* Musser 1997: halves interleaved so that each pivot is the second smallest left. */
	enum { K = 5000 };
	double *values = malloc(2 * K * sizeof(*values)), out;

	for (int i = 1; i <= K; i++) {
		values[i - 1] = i % 2 ? i : K + i - 1;
		values[K + i - 1] = 2 * i;
	}
	ck_assert_int_eq(cstn_quantile(values, 2 * K, 1000000, 7, &out, NULL), CSTN_OK);
	ck_assert(out == 2 * K);
	ck_assert_int_eq(cstn_quantile(values, 2 * K, 500000, 0, &out, NULL), CSTN_OK);
	qsort(values, 2 * K, sizeof(*values), compare);
	ck_assert(out == values[K - 1]);
	free(values);
}
END_TEST

/* --- tiles --- */

START_TEST(deciles_of_twenty_values_hold_two_each)
{
	int64_t values[20];
	int32_t out[20];

	for (int i = 0; i < 20; i++)
		values[i] = (i * 7) % 20;
	ck_assert_int_eq(cstn_value_tiles(values, NULL, 20, 10, out, NULL), CSTN_OK);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(out[i], values[i] / 2 + 1);
}
END_TEST

START_TEST(tiles_of_fewer_values_than_tiles_skip_some)
{
	static const int64_t values[3] = {30, 10, 20};
	int32_t out[3];

	ck_assert_int_eq(cstn_value_tiles(values, NULL, 3, 10, out, NULL), CSTN_OK);
	ck_assert_int_eq(out[1], 1);
	ck_assert_int_eq(out[2], 4);
	ck_assert_int_eq(out[0], 7);
}
END_TEST

START_TEST(ties_go_by_id_and_without_ids_by_position)
{
	static const int64_t values[4] = {5, 5, 5, 5}, ids[4] = {40, 30, 20, 10};
	static const int64_t same[4] = {1, 1, 0, 0};
	int32_t out[4];

	ck_assert_int_eq(cstn_value_tiles(values, ids, 4, 4, out, NULL), CSTN_OK);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(out[i], 4 - i);
	ck_assert_int_eq(cstn_value_tiles(values, NULL, 4, 4, out, NULL), CSTN_OK);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(out[i], i + 1);
	ck_assert_int_eq(cstn_value_tiles(values, same, 4, 4, out, NULL), CSTN_OK);
	ck_assert_int_eq(out[0], 3);
	ck_assert_int_eq(out[1], 4);
	ck_assert_int_eq(out[2], 1);
	ck_assert_int_eq(out[3], 2);
}
END_TEST

START_TEST(values_at_the_ends_of_int64_are_ranked)
{
	static const int64_t values[3] = {INT64_MAX, INT64_MIN, 0};
	int32_t out[3];

	ck_assert_int_eq(cstn_value_tiles(values, NULL, 3, 3, out, NULL), CSTN_OK);
	ck_assert_int_eq(out[0], 3);
	ck_assert_int_eq(out[1], 1);
	ck_assert_int_eq(out[2], 2);
}
END_TEST

START_TEST(tiles_lie_in_2_to_1000_and_bad_arguments_leave_the_output)
{
	static const int64_t values[2] = {1, 2};
	int32_t out[2] = {77, 77};

	ck_assert_int_eq(cstn_value_tiles(values, NULL, 2, 1, out, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_value_tiles(values, NULL, 2, 1001, out, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_value_tiles(NULL, NULL, 2, 2, out, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_value_tiles(values, NULL, 2, 2, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(out[0], 77);
	ck_assert_int_eq(cstn_value_tiles(NULL, NULL, 0, 2, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_value_tiles(values, NULL, 2, 1000, out, NULL), CSTN_OK);
	ck_assert_int_eq(out[0], 1);
	ck_assert_int_eq(out[1], 501);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			quantiles_of_every_type_agree_with_numpy,
			places_on_a_value_give_that_value_exactly,
			nearest_rank_is_the_value_of_rank_ceil_pn,
			values_are_not_changed,
			the_quantile_of_nothing_is_nan_and_done,
			bad_arguments_leave_the_output,
			infinite_and_huge_values_have_quantiles,
			more_values_than_memory_holds_leave_the_output,
			selection_agrees_with_sorting_for_any_shape_and_rank,
			an_order_that_is_worst_for_the_median_of_three_is_selected_from_too,
			deciles_of_twenty_values_hold_two_each,
			tiles_of_fewer_values_than_tiles_skip_some,
			ties_go_by_id_and_without_ids_by_position,
			values_at_the_ends_of_int64_are_ranked,
			tiles_lie_in_2_to_1000_and_bad_arguments_leave_the_output,
	};

	return run_tests("base_quantile", tests, sizeof(tests) / sizeof(tests[0]));
}
