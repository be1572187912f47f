/* Normal quantiles, exact sums, random numbers. Intervals of rates are in base_rate.c. */
#include <math.h>
#include <string.h>

#include "base/stats.h"
#include "suite.h"

/* mpmath 1.4, 40 digits: sqrt(2) erfinv(2 p - 1) for the double nearest to p. */
static const struct {
	double p, quantile;
} quantiles[] = {
		{1e-300, -37.0470962993611992},
		{1e-100, -21.2734535609653243},
		{1e-16, -8.22208221613043562},
		{1e-10, -6.3613409024040562},
		{0.00001, -4.26489079392282461},
		{0.001, -3.09023230616781354},
		{0.02425, -1.97296105131188484},
		{0.05, -1.64485362695147269},
		{0.074, -1.44663206715897851},
		{0.076, -1.43250272082581162},
		{0.25, -0.674489750196081743},
		{0.425, -0.189118426272792518},
		{0.499, -0.00250663089957176623},
		{0.5, 0.0},
		{0.6, 0.253347103135799741},
		{0.9, 1.28155156554460059},
		{0.975, 1.95996398454005386},
		{0.999, 3.09023230616781328},
};

START_TEST(normal_quantiles_have_fifteen_digits)
{
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
		double got = cstn__normal_quantile(quantiles[i].p);

		ck_assert_msg(fabs(got - quantiles[i].quantile) <=
						6e-16 * fabs(quantiles[i].quantile),
				"p = %g: %.17g, %.17g expected", quantiles[i].p, got,
				quantiles[i].quantile);
	}
}
END_TEST

START_TEST(the_ends_of_the_normal_quantile_are_infinite_and_past_them_there_is_none)
{
	ck_assert(cstn__normal_quantile(0.0) == -(double)INFINITY);
	ck_assert(cstn__normal_quantile(1.0) == (double)INFINITY);
	ck_assert(isnan(cstn__normal_quantile(-0.1)));
	ck_assert(isnan(cstn__normal_quantile(1.1)));
	ck_assert(isnan(cstn__normal_quantile((double)NAN)));
}
END_TEST

/* mpmath: ncdf(x) */
static const struct {
	double x, probability;
} probabilities[] = {
		{-8, 6.22096057427178412e-16},
		{-1.96, 0.0249978951482204362},
		{-1, 0.158655253931457051},
		{-0.5, 0.308537538725986896},
		{0, 0.5},
		{0.5, 0.691462461274013104},
		{1, 0.841344746068542949},
		{3, 0.998650101968369905},
		{8, 0.999999999999999378},
};

START_TEST(normal_probabilities_have_fourteen_digits)
{
	for (size_t i = 0; i < sizeof(probabilities) / sizeof(probabilities[0]); i++) {
		double got = cstn__normal_cdf(probabilities[i].x);

		ck_assert_double_eq_tol(got / probabilities[i].probability, 1.0, 1e-14);
	}
}
END_TEST

/* mpmath: sqrt(2) erfinv(ppm / 1000000), rounded to 15 decimals. */
static const struct {
	int32_t confidence_ppm;
	double z;
} confidences[] = {
		{1, 0.000001253314137},
		{1000, 0.001253314465433},
		{10000, 0.012533469508069},
		{100000, 0.125661346855074},
		{500000, 0.674489750196082},
		{682689, 0.999998983065334},
		{800000, 1.281551565544600},
		{900000, 1.644853626951473},
		{950000, 1.959963984540054},
		{954500, 2.000002443899604},
		{980000, 2.326347874040841},
		{990000, 2.575829303548901},
		{995000, 2.807033768343804},
		{999000, 3.290526731491895},
		{999900, 3.890591886413094},
		{999999, 4.891638475698590},
};

START_TEST(z_of_a_confidence_is_the_number_with_fifteen_decimals)
{
	for (size_t i = 0; i < sizeof(confidences) / sizeof(confidences[0]); i++) {
		double z = cstn__z_of_confidence(confidences[i].confidence_ppm);

		ck_assert_msg(z == confidences[i].z, "%d ppm: %.17g, %.17g expected",
				(int)confidences[i].confidence_ppm, z, confidences[i].z);
	}
}
END_TEST

/* --- exact sums --- */

/* Python: float(sum(map(Fraction, values))) */
static const struct {
	int n;
	double values[10];
	double sum;
} sums[] = {
		{0, {0}, 0.0},
		{1, {-0.0}, 0.0},
		{2, {1.0, -1.0}, 0.0},
		{3, {1e16, 1.0, -1e16}, 1.0},
		{3, {1e100, 1.0, -1e100}, 1.0},
		{10, {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1}, 1.0},
		{3, {0x1.fffffffffffffp+1023, 0x1.fffffffffffffp+1023, -0x1.fffffffffffffp+1023},
				0x1.fffffffffffffp+1023},
		{2, {0x0.0000000000001p-1022, 0x0.0000000000001p-1022}, 0x0.0000000000002p-1022},
		{2, {0x1p-1022, -0x0.0000000000001p-1022}, 0x0.fffffffffffffp-1022},
		{2, {0x1p+53, 1.0}, 0x1p+53},
		{3, {0x1p+53, 1.0, 0x0.0000000000001p-1022}, 0x1.0000000000001p+53},
		{2, {0x1.0000000000001p+53, 1.0}, 0x1.0000000000002p+53},
		{2, {-0x1p+53, -1.0}, -0x1p+53},
		{2, {0x1.fffffffffffffp+1023, 0x1p+969}, 0x1.fffffffffffffp+1023},
		{2, {0x1.fffffffffffffp+1023, 0x1p+970}, INFINITY},
		{3, {0x1.fffffffffffffp+1023, 0x1p+970, -0x0.0000000000001p-1022},
				0x1.fffffffffffffp+1023},
		{2, {-0x1.fffffffffffffp+1023, -0x1p+970}, -INFINITY},
};

START_TEST(sums_are_exact_and_rounded_once)
{
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
		cstn__exact_sum sum;

		cstn__exact_sum_init(&sum);
		for (int v = 0; v < sums[i].n; v++)
			cstn__exact_sum_add(&sum, sums[i].values[v]);
		ck_assert_msg(cstn__exact_sum_value(&sum) == sums[i].sum, "sum %zu: %a", i,
				cstn__exact_sum_value(&sum));
	}
}
END_TEST

/* Random bits with the exponent moved into [low, high]; Python does the same with Fractions. */
static double random_double(uint64_t key, uint64_t index, uint64_t low, uint64_t high)
{
	uint64_t bits = cstn__random_u64(key, index);
	uint64_t exponent = low + (bits >> 52 & 0x7ff) % (high - low + 1);
	double value;

	bits = (bits & ~(UINT64_C(0x7ff) << 52)) | exponent << 52;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

static const struct {
	uint64_t key, n, low, high;
	double sum;
} random_sums[] = {
		{21, 1000, 0, 2046, -0x1.d4b90ff3ef2acp+1023},
		{22, 10000, 1000, 1060, -0x1.2467b31a5b210p+41},
		{23, 10000, 0, 60, -0x1.667de9b0298a6p-961},
		{24, 10000, 2040, 2046, INFINITY},
		{25, 2500, 1023, 1023, 0x1.62545bcdbfc63p+5},
		{26, 3, 0, 0, 0x1.53df1ae222721p-1022},
};

START_TEST(sums_of_thousands_of_doubles_of_any_size_are_those_of_fractions)
{
	for (size_t i = 0; i < sizeof(random_sums) / sizeof(random_sums[0]); i++) {
		cstn__exact_sum sum;

		cstn__exact_sum_init(&sum);
		for (uint64_t v = 0; v < random_sums[i].n; v++)
			cstn__exact_sum_add(&sum,
					random_double(random_sums[i].key, v, random_sums[i].low,
							random_sums[i].high));
		ck_assert_msg(cstn__exact_sum_value(&sum) == random_sums[i].sum, "sum %zu: %a", i,
				cstn__exact_sum_value(&sum));
	}
}
END_TEST

START_TEST(any_order_and_any_split_gives_the_same_bytes)
{
	enum { N = 3000 };
	cstn__exact_sum first;

	cstn__exact_sum_init(&first);
	for (uint64_t v = 0; v < N; v++)
		cstn__exact_sum_add(&first, random_double(31, v, 0, 2046));
	cstn__exact_sum_normalise(&first);
	for (uint64_t parts = 1; parts <= 7; parts++) {
		cstn__exact_sum part[7], all;

		for (uint64_t p = 0; p < parts; p++)
			cstn__exact_sum_init(&part[p]);
		/* 1,009 is prime to N: each value once, in another order. */
		for (uint64_t v = 0; v < N; v++)
			cstn__exact_sum_add(&part[v % parts],
					random_double(31, (v * 1009 + parts) % N, 0, 2046));
		cstn__exact_sum_init(&all);
		for (uint64_t p = parts; p-- > 0;)
			cstn__exact_sum_merge(&all, &part[p]);
		cstn__exact_sum_normalise(&all);
		ck_assert_mem_eq(&all, &first, sizeof(all));
	}
}
END_TEST

START_TEST(the_sum_of_nothing_is_neutral)
{
	cstn__exact_sum sum, nothing, before;

	cstn__exact_sum_init(&sum);
	cstn__exact_sum_init(&nothing);
	cstn__exact_sum_add(&sum, -1.5);
	cstn__exact_sum_normalise(&sum);
	before = sum;
	cstn__exact_sum_merge(&sum, &nothing);
	ck_assert_mem_eq(&sum, &before, sizeof(sum));
	cstn__exact_sum_merge(&nothing, &sum);
	ck_assert_mem_eq(&nothing, &before, sizeof(sum));
}
END_TEST

START_TEST(many_adds_of_the_largest_mantissa_carry_in_time)
{
	cstn__exact_sum sum;

	cstn__exact_sum_init(&sum);
	for (int i = 0; i < 1000000; i++)
		cstn__exact_sum_add(&sum, 0x1.fffffffffffffp+40);
	ck_assert(cstn__exact_sum_value(&sum) == 1000000 * 0x1.fffffffffffffp+40);
	for (int i = 0; i < 2000000; i++)
		cstn__exact_sum_add(&sum, -0x1.fffffffffffffp+40);
	ck_assert(cstn__exact_sum_value(&sum) == -1000000 * 0x1.fffffffffffffp+40);
}
END_TEST

START_TEST(infinities_and_nan_are_kept_apart)
{
	cstn__exact_sum sum, other;

	cstn__exact_sum_init(&sum);
	cstn__exact_sum_add(&sum, 1.0);
	cstn__exact_sum_add(&sum, (double)INFINITY);
	ck_assert(cstn__exact_sum_value(&sum) == (double)INFINITY);
	cstn__exact_sum_init(&other);
	cstn__exact_sum_add(&other, -(double)INFINITY);
	ck_assert(cstn__exact_sum_value(&other) == -(double)INFINITY);
	cstn__exact_sum_merge(&other, &sum);
	ck_assert(isnan(cstn__exact_sum_value(&other)));
	cstn__exact_sum_add(&sum, (double)NAN);
	ck_assert(isnan(cstn__exact_sum_value(&sum)));
	ck_assert_uint_eq(sum.nan_count, 1);
	ck_assert_uint_eq(sum.plus_inf, 1);
}
END_TEST

/* Sums reach no further than limb 68, but what is no sum must not make the rounding read past it.
 */
START_TEST(limbs_beyond_all_doubles_are_infinite)
{
	int limb;

	for (limb = 65; limb < 70; limb++) {
		cstn__exact_sum sum;

		cstn__exact_sum_init(&sum);
		sum.limb[limb] = INT64_C(1) << (limb == 65 ? 18 : 0); /* 2^1024 and more */
		ck_assert(cstn__exact_sum_value(&sum) == (double)INFINITY);
		sum.limb[limb] = -sum.limb[limb];
		ck_assert(cstn__exact_sum_value(&sum) == -(double)INFINITY);
	}
	for (limb = 0; limb < 63; limb++) {
		cstn__exact_sum sum;

		cstn__exact_sum_init(&sum);
		sum.limb[69] = INT64_C(1) << limb;
		ck_assert(cstn__exact_sum_value(&sum) == (double)INFINITY);
	}
}
END_TEST

START_TEST(the_last_limb_of_doubles_is_rounded_and_no_more)
{
	cstn__exact_sum sum;

	cstn__exact_sum_init(&sum);
	sum.limb[65] = INT64_C(1) << 17; /* 2^1023 */
	ck_assert(cstn__exact_sum_value(&sum) == 0x1p+1023);
	sum.limb[65] = -sum.limb[65];
	ck_assert(cstn__exact_sum_value(&sum) == -0x1p+1023);
}
END_TEST

START_TEST(the_count_of_nan_saturates)
{
	cstn__exact_sum sum, other;

	cstn__exact_sum_init(&sum);
	sum.nan_count = UINT32_MAX;
	cstn__exact_sum_add(&sum, (double)NAN);
	ck_assert_uint_eq(sum.nan_count, UINT32_MAX);
	cstn__exact_sum_init(&other);
	cstn__exact_sum_add(&other, (double)NAN);
	cstn__exact_sum_merge(&other, &sum);
	ck_assert_uint_eq(other.nan_count, UINT32_MAX);
}
END_TEST

/* --- random --- */

/* The published known answers of Random123 1.14, kat_vectors, philox4x32 10. */
static const struct {
	uint32_t counter[4], key[2], out[4];
} known_answers[] = {
		{{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff},
				{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0},
				{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

START_TEST(philox_gives_its_published_answers)
{
	for (size_t i = 0; i < sizeof(known_answers) / sizeof(known_answers[0]); i++) {
		uint32_t out[4];

		cstn__philox(known_answers[i].counter, known_answers[i].key, out);
		ck_assert_mem_eq(out, known_answers[i].out, sizeof(out));
	}
}
END_TEST

START_TEST(random_numbers_are_a_function_of_key_and_counter)
{
	ck_assert_uint_eq(cstn__random_u64(0, 0), UINT64_C(0xe169c58d6627e8d5));
	ck_assert_uint_eq(cstn__random_u64(1, 2), cstn__random_u64(1, 2));
	ck_assert_uint_ne(cstn__random_u64(1, 2), cstn__random_u64(2, 1));
	ck_assert_uint_ne(cstn__random_u64(0, UINT64_C(1) << 32), cstn__random_u64(0, 0));
	ck_assert_uint_ne(cstn__random_u64(UINT64_C(1) << 32, 0), cstn__random_u64(0, 0));
}
END_TEST

START_TEST(random_units_lie_in_zero_to_one_with_mean_a_half)
{
	double sum = 0, least = 1, most = 0;

	ck_assert(cstn__random_unit(0, 0) ==
			(double)(UINT64_C(0xe169c58d6627e8d5) >> 11) / 9007199254740992.0);
	for (uint64_t i = 0; i < 100000; i++) {
		double unit = cstn__random_unit(77, i);

		sum += unit;
		least = fmin(least, unit);
		most = fmax(most, unit);
	}
	ck_assert(least >= 0.0 && least < 0.001 && most < 1.0 && most > 0.999);
	ck_assert_double_eq_tol(sum / 100000, 0.5, 0.005); /* 5 standard errors */
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			normal_quantiles_have_fifteen_digits,
			the_ends_of_the_normal_quantile_are_infinite_and_past_them_there_is_none,
			normal_probabilities_have_fourteen_digits,
			z_of_a_confidence_is_the_number_with_fifteen_decimals,
			sums_are_exact_and_rounded_once,
			sums_of_thousands_of_doubles_of_any_size_are_those_of_fractions,
			any_order_and_any_split_gives_the_same_bytes,
			the_sum_of_nothing_is_neutral,
			many_adds_of_the_largest_mantissa_carry_in_time,
			infinities_and_nan_are_kept_apart,
			limbs_beyond_all_doubles_are_infinite,
			the_last_limb_of_doubles_is_rounded_and_no_more,
			the_count_of_nan_saturates,
			philox_gives_its_published_answers,
			random_numbers_are_a_function_of_key_and_counter,
			random_units_lie_in_zero_to_one_with_mean_a_half,
	};

	return run_tests("base_stats", tests, sizeof(tests) / sizeof(tests[0]));
}
