/* Bits at any offset, and checked integers. */
#include <string.h>

#include "base/bitmap.h"
#include "base/checked.h"
#include "suite.h"

static const uint8_t pattern[24] = {0x01, 0x80, 0xff, 0x00, 0xa5, 0x5a, 0x13, 0x37, 0xde, 0xad,
		0xbe, 0xef, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0x0f, 0x1e, 0x2d, 0x3c};

START_TEST(bits_are_counted_from_the_least_significant)
{
	ck_assert_int_eq(cstn__bit_get(pattern, 0), 1);
	ck_assert_int_eq(cstn__bit_get(pattern, 1), 0);
	ck_assert_int_eq(cstn__bit_get(pattern, 14), 0);
	ck_assert_int_eq(cstn__bit_get(pattern, 15), 1);
	ck_assert_int_eq(cstn__bit_get(pattern, 16), 1);
}
END_TEST

START_TEST(setting_and_clearing_a_bit_leaves_its_neighbours)
{
	uint8_t bits[2] = {0, 0xff};
	uint64_t words[2] = {0, 0};

	cstn__bit_set(bits, 7);
	cstn__bit_clear(bits, 8);
	ck_assert_uint_eq(bits[0], 0x80);
	ck_assert_uint_eq(bits[1], 0xfe);
	cstn__word_bit_set(words, 63);
	cstn__word_bit_set(words, 64);
	ck_assert_uint_eq(words[0], UINT64_C(1) << 63);
	ck_assert_uint_eq(words[1], 1);
	ck_assert_int_eq(cstn__word_bit_get(words, 63), 1);
	ck_assert_int_eq(cstn__word_bit_get(words, 62), 0);
	ck_assert_int_eq(cstn__word_bit_get(words, 64), 1);
}
END_TEST

START_TEST(low_bits_are_none_some_and_all)
{
	ck_assert_uint_eq(cstn__low_bits(0), 0);
	ck_assert_uint_eq(cstn__low_bits(1), 1);
	ck_assert_uint_eq(cstn__low_bits(63), UINT64_MAX >> 1);
	ck_assert_uint_eq(cstn__low_bits(64), UINT64_MAX);
}
END_TEST

START_TEST(any_range_of_bits_is_loaded_without_reading_past_it)
{
	for (size_t offset = 0; offset < 100; offset++)
		for (size_t n = 0; n <= 64; n++) {
			/* A copy that ends where the range ends, so that a read past it shows. */
			size_t bytes = (offset + n + 7) / 8;
			uint8_t copy[24];
			uint64_t expected = 0;

			memset(copy, 0xff, sizeof(copy));
			memcpy(copy, pattern, bytes);
			for (size_t i = 0; i < n; i++)
				expected |= (uint64_t)cstn__bit_get(pattern, offset + i) << i;
			if (cstn__bits_load(copy, offset, n) != expected)
				ck_abort_msg("offset %zu, %zu bits", offset, n);
			if (n == 64 && cstn__bits_load64(pattern, offset) != expected)
				ck_abort_msg("offset %zu", offset);
		}
}
END_TEST

START_TEST(set_bits_of_any_range_are_counted)
{
	for (size_t offset = 0; offset < 190; offset++) {
		size_t expected = 0;

		for (size_t n = 0; offset + n <= 192; n++) {
			if (cstn__bits_count(pattern, offset, n) != expected)
				ck_abort_msg("offset %zu, %zu bits", offset, n);
			if (offset + n < 192)
				expected += (size_t)cstn__bit_get(pattern, offset + n);
		}
	}
}
END_TEST

START_TEST(words_are_read_little_endian)
{
	ck_assert_uint_eq(cstn__load_u64_le(pattern), UINT64_C(0x37135aa500ff8001));
	ck_assert_uint_eq(cstn__load_u64_le(pattern + 1), UINT64_C(0xde37135aa500ff80));
}
END_TEST

START_TEST(checked_sums_fit_up_to_the_ends_and_leave_the_output_past_them)
{
	int64_t out = 77;

	ck_assert_int_eq(cstn__add_i64(INT64_MAX - 1, 1, &out), 0);
	ck_assert_int_eq(out, INT64_MAX);
	out = 77;
	ck_assert_int_eq(cstn__add_i64(INT64_MAX, 1, &out), -1);
	ck_assert_int_eq(cstn__add_i64(INT64_MIN, -1, &out), -1);
	ck_assert_int_eq(cstn__subtract_i64(INT64_MIN, 1, &out), -1);
	ck_assert_int_eq(out, 77);
	ck_assert_int_eq(cstn__subtract_i64(INT64_MIN + 1, 1, &out), 0);
	ck_assert_int_eq(out, INT64_MIN);
}
END_TEST

START_TEST(checked_products_fit_up_to_the_ends_and_leave_the_output_past_them)
{
	int64_t out = 77;

	ck_assert_int_eq(cstn__multiply_i64(INT64_MIN, -1, &out), -1);
	ck_assert_int_eq(cstn__multiply_i64(INT64_C(1) << 32, INT64_C(1) << 31, &out), -1);
	ck_assert_int_eq(out, 77);
	ck_assert_int_eq(cstn__multiply_i64(INT64_C(1) << 32, -(INT64_C(1) << 31), &out), 0);
	ck_assert_int_eq(out, INT64_MIN);
}
END_TEST

START_TEST(wide_integers_narrow_only_when_they_fit)
{
	cstn__i128 most = ((cstn__i128)1 << 126) - 1 + ((cstn__i128)1 << 126), wide = 7;
	int64_t out = 77;

	ck_assert_int_eq(cstn__narrow_i64((cstn__i128)INT64_MAX + 1, &out), -1);
	ck_assert_int_eq(cstn__narrow_i64((cstn__i128)INT64_MIN - 1, &out), -1);
	ck_assert_int_eq(out, 77);
	ck_assert_int_eq(cstn__narrow_i64(INT64_MIN, &out), 0);
	ck_assert_int_eq(out, INT64_MIN);
	ck_assert_int_eq(cstn__narrow_i64(INT64_MAX, &out), 0);
	ck_assert_int_eq(out, INT64_MAX);
	ck_assert(cstn__wide_multiply(INT64_MIN, INT64_MIN) == (cstn__i128)1 << 126);
	ck_assert_int_eq(cstn__add_i128(most, 1, &wide), -1);
	ck_assert_int_eq(cstn__multiply_i128(most, 2, &wide), -1);
	ck_assert(wide == 7);
	ck_assert_int_eq(cstn__add_i128(most, -1, &wide), 0);
	ck_assert(wide == most - 1);
	ck_assert_int_eq(cstn__multiply_i128(most, -1, &wide), 0);
	ck_assert(wide == -most);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			bits_are_counted_from_the_least_significant,
			setting_and_clearing_a_bit_leaves_its_neighbours,
			low_bits_are_none_some_and_all,
			any_range_of_bits_is_loaded_without_reading_past_it,
			set_bits_of_any_range_are_counted,
			words_are_read_little_endian,
			checked_sums_fit_up_to_the_ends_and_leave_the_output_past_them,
			checked_products_fit_up_to_the_ends_and_leave_the_output_past_them,
			wide_integers_narrow_only_when_they_fit,
	};

	return run_tests("base_bits", tests, sizeof(tests) / sizeof(tests[0]));
}
