/* Rates with intervals. The expected intervals are printed to 12 decimals by an implementation of
 * Wilson's formula in Python with z = 1.959963984540054. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <constellation/rate.h>

#include "base/stats.h"
#include "suite.h"

static const struct {
	int64_t numerator, denominator;
	const char *low, *high;
} wilson[] = {
		{81, 263, "0.255288519878", "0.366209576983"},
		{15, 148, "0.062386399531", "0.160487241723"},
		{0, 20, "0.000000000000", "0.161125158053"},
		{1, 29, "0.006113214293", "0.171755218793"},
		{29, 29, "0.883030201500", "1.000000000000"},
		{10, 14, "0.453509156701", "0.882786213554"},
		{0, 1, "0.000000000000", "0.793450685623"},
		{430, 474, "0.877675690611", "0.930123617872"},
		{820, 1000, "0.794977767098", "0.842573107471"},
		{89936, 96470, "0.930666143249", "0.933837630405"},
};

static void assert_digits(double value, const char *expected, int decimals)
{
	char text[40];

	snprintf(text, sizeof(text), "%.*f", decimals, value);
	ck_assert_str_eq(text, expected);
}

START_TEST(wilson_intervals_agree_to_twelve_decimals)
{
	for (size_t i = 0; i < sizeof(wilson) / sizeof(wilson[0]); i++) {
		cstn_rate rate = CSTN_RATE_INIT;

		ck_assert_int_eq(cstn_rate_interval(wilson[i].numerator, wilson[i].denominator, 0,
						 &rate, NULL),
				CSTN_OK);
		ck_assert_uint_eq(rate.valid, CSTN_RATE_HAS_VALUE | CSTN_RATE_HAS_INTERVAL);
		ck_assert_int_eq(rate.numerator, wilson[i].numerator);
		ck_assert_int_eq(rate.denominator, wilson[i].denominator);
		ck_assert(rate.value ==
				(double)wilson[i].numerator / (double)wilson[i].denominator);
		ck_assert(rate.z == 1.959963984540054);
		assert_digits(rate.low, wilson[i].low, 12);
		assert_digits(rate.high, wilson[i].high, 12);
	}
}
END_TEST

START_TEST(another_z_gives_the_published_interval)
{
	double low, high;

	cstn__wilson(430.0 / 474.0, 474.0, 1.96, &low, &high);
	assert_digits(low, "0.8776750858", 10);
	assert_digits(high, "0.9301239840", 10);
}
END_TEST

START_TEST(none_of_n_begins_at_exactly_0_and_all_of_n_ends_at_exactly_1)
{
	static const int64_t counts[] = {1, 2, 3, 7, 100, 12345, INT64_C(1) << 40, INT64_MAX};

	for (size_t i = 0; i < 8; i++) {
		cstn_rate none = CSTN_RATE_INIT, all = CSTN_RATE_INIT;

		ck_assert_int_eq(cstn_rate_interval(0, counts[i], 0, &none, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_rate_interval(counts[i], counts[i], 0, &all, NULL), CSTN_OK);
		ck_assert(none.low == 0.0 && none.high > 0.0 && none.high < 1.0);
		ck_assert(all.high == 1.0 && all.low > 0.0 && all.low < 1.0 + 1e-15);
	}
}
END_TEST

START_TEST(an_interval_holds_its_rate_and_lies_in_0_to_1)
{
	for (int64_t n = 1; n < 60; n++)
		for (int64_t k = 0; k <= n; k++) {
			cstn_rate rate = CSTN_RATE_INIT;

			ck_assert_int_eq(cstn_rate_interval(k, n, 999999, &rate, NULL), CSTN_OK);
			if (!(0.0 <= rate.low && rate.low <= rate.value &&
					    rate.value <= rate.high && rate.high <= 1.0))
				ck_abort_msg("%d of %d", (int)k, (int)n);
		}
}
END_TEST

START_TEST(a_rate_over_nothing_is_null)
{
	cstn_rate rate = CSTN_RATE_INIT;

	ck_assert_int_eq(cstn_rate_interval(0, 0, 0, &rate, NULL), CSTN_OK);
	ck_assert_uint_eq(rate.valid, 0);
	ck_assert(isnan(rate.value) && isnan(rate.low) && isnan(rate.high));
	ck_assert_int_eq(rate.denominator, 0);
}
END_TEST

START_TEST(counts_and_confidences_out_of_range_leave_the_output)
{
	static const int64_t bad[][2] = {
			{-1, 5}, {6, 5}, {1, 0}, {0, -1}, {-2, -1}, {INT64_MIN, INT64_MAX}};
	cstn_rate rate = {sizeof(rate), 77, 77, 77, 77, 77, 77, 77}, before = rate;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(cstn_rate_interval(bad[i][0], bad[i][1], 0, &rate, NULL),
				CSTN_E_INVALID_ARGUMENT);
		ck_assert_int_eq(cstn_rate_difference(1, 2, bad[i][0], bad[i][1], 0, &rate, NULL),
				CSTN_E_INVALID_ARGUMENT);
		ck_assert_int_eq(cstn_rate_difference(bad[i][0], bad[i][1], 1, 2, 0, &rate, NULL),
				CSTN_E_INVALID_ARGUMENT);
	}
	ck_assert_int_eq(cstn_rate_interval(1, 2, -1, &rate, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_rate_interval(1, 2, 1000000, &rate, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_rate_interval(1, 2, 0, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_mem_eq(&rate, &before, sizeof(rate));
	ck_assert_int_eq(cstn_rate_interval(1, 2, 1, &rate, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_rate_interval(1, 2, 999999, &rate, NULL), CSTN_OK);
}
END_TEST

START_TEST(an_output_of_another_size_is_judged)
{
	struct {
		cstn_rate rate;
		int64_t later;
	} large = {CSTN_RATE_INIT, 77};
	cstn_rate small = CSTN_RATE_INIT;

	small.struct_size = sizeof(small) - 1;
	ck_assert_int_eq(cstn_rate_interval(1, 2, 0, &small, NULL), CSTN_E_STRUCT_SIZE);
	ck_assert_int_eq(small.denominator, 0);
	large.rate.struct_size = sizeof(large);
	ck_assert_int_eq(cstn_rate_interval(1, 2, 0, &large.rate, NULL), CSTN_OK);
	ck_assert_uint_eq(large.rate.struct_size, sizeof(large));
	ck_assert_int_eq(large.rate.denominator, 2);
	ck_assert_int_eq(large.later, 0);
}
END_TEST

START_TEST(the_difference_of_newcombe_s_example_agrees)
{
	cstn_rate rate = CSTN_RATE_INIT;

	ck_assert_int_eq(cstn_rate_difference(56, 70, 48, 80, 0, &rate, NULL), CSTN_OK);
	ck_assert_uint_eq(rate.valid, CSTN_RATE_HAS_VALUE | CSTN_RATE_HAS_INTERVAL);
	ck_assert_double_eq_tol(rate.value, 0.2, 1e-15);
	assert_digits(rate.low, "0.052431472", 9);
	assert_digits(rate.high, "0.333872654", 9);
	ck_assert_int_eq(rate.numerator, 0);
	ck_assert_int_eq(rate.denominator, 0);
}
END_TEST

/* Newcombe 1998, table II, method 10, to the four decimals printed there. */
static const struct {
	int64_t a, n_a, b, n_b;
	const char *low, *high;
} differences[] = {
		{9, 10, 3, 10, "0.1705", "0.8090"},
		{6, 7, 2, 7, "0.0582", "0.8062"},
		{5, 56, 0, 29, "-0.0381", "0.1926"},
		{0, 10, 0, 20, "-0.1611", "0.2775"},
		{0, 10, 0, 10, "-0.2775", "0.2775"},
		{10, 10, 0, 20, "0.6791", "1.0000"},
		{10, 10, 0, 10, "0.6075", "1.0000"},
};

START_TEST(the_differences_of_newcombe_s_table_agree)
{
	for (size_t i = 0; i < sizeof(differences) / sizeof(differences[0]); i++) {
		cstn_rate rate = CSTN_RATE_INIT, other = CSTN_RATE_INIT;

		ck_assert_int_eq(cstn_rate_difference(differences[i].a, differences[i].n_a,
						 differences[i].b, differences[i].n_b, 950000,
						 &rate, NULL),
				CSTN_OK);
		assert_digits(rate.low, differences[i].low, 4);
		assert_digits(rate.high, differences[i].high, 4);
		ck_assert_int_eq(cstn_rate_difference(differences[i].b, differences[i].n_b,
						 differences[i].a, differences[i].n_a, 950000,
						 &other, NULL),
				CSTN_OK);
		ck_assert_double_eq_tol(other.low, -rate.high, 1e-15);
		ck_assert_double_eq_tol(other.high, -rate.low, 1e-15);
	}
}
END_TEST

START_TEST(a_difference_from_nothing_is_null)
{
	cstn_rate rate = CSTN_RATE_INIT;

	ck_assert_int_eq(cstn_rate_difference(1, 2, 0, 0, 0, &rate, NULL), CSTN_OK);
	ck_assert_uint_eq(rate.valid, 0);
	ck_assert(isnan(rate.value) && isnan(rate.low) && isnan(rate.high));
	ck_assert_int_eq(cstn_rate_difference(0, 0, 1, 2, 0, &rate, NULL), CSTN_OK);
	ck_assert_uint_eq(rate.valid, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			wilson_intervals_agree_to_twelve_decimals,
			another_z_gives_the_published_interval,
			none_of_n_begins_at_exactly_0_and_all_of_n_ends_at_exactly_1,
			an_interval_holds_its_rate_and_lies_in_0_to_1,
			a_rate_over_nothing_is_null,
			counts_and_confidences_out_of_range_leave_the_output,
			an_output_of_another_size_is_judged,
			the_difference_of_newcombe_s_example_agrees,
			the_differences_of_newcombe_s_table_agree,
			a_difference_from_nothing_is_null,
	};

	return run_tests("base_rate", tests, sizeof(tests) / sizeof(tests[0]));
}
