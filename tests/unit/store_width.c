/* Fields of exact widths: FOR, STEP and DELTA at every width, by every form of unpacking. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "store/block.h"
#include "store/block_pack.h"
#include "store/packed.h"

#include "block_fixture.h"
#include "suite.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define PLAIN_AND(encoding) (1u << CSTN__ENCODING_RAW | 1u << (encoding))

enum { ROWS = 2100 };
static const uint64_t sizes[] = {2, 7, 8, 9, 63, 64, 65, 1023, 1024, 1025, ROWS};
static int64_t numbers[ROWS];

/* Of the next power of two, or of the exact width when that is at most seven eighths of it. */
static uint32_t width_by_rule(uint32_t bits)
{
	uint32_t power = 1;

	while (power < bits)
		power *= 2;
	return bits * 8 <= power * 7 ? bits : power;
}

static uint64_t mask_of(uint32_t bits)
{
	return bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

/* base + step x any number of `bits`, the least and the greatest among the first two. */
static void fill(int64_t base, uint64_t step, uint32_t bits)
{
	uint64_t state = 2463534242u + bits;

	for (int i = 0; i < ROWS; i++)
		numbers[i] = (int64_t)((uint64_t)base +
				       step * (block_random(&state) & mask_of(bits)));
	numbers[0] = base;
	numbers[1] = (int64_t)((uint64_t)base + step * mask_of(bits));
	if (step > 1)
		numbers[ROWS - 1] = (int64_t)((uint64_t)base + step);
}

/* Encoded, decoded by every form, and read row by row, out of memory that ends with the block. */
static cstn__block_info all_ways(uint64_t n, uint32_t encodings)
{
	cstn__values values = {n, NULL, numbers, NULL, NULL, NULL};
	cstn__block_info info;
	cstn__packed packed;
	cstn__bytes out;
	uint8_t *exact;

	cstn__bytes_init(&out, NULL);
	ck_assert_int_eq(cstn__block_encode(&values, 0, n, encodings, 0, &out, &info, NULL),
			CSTN_OK);
	exact = malloc(out.size);
	memcpy(exact, out.data, out.size);
	for (int simd = 1; simd <= cstn__cpu_simd(); simd++) {
		cstn__block block = {0};

		ck_assert_int_eq(cstn__block_decode_with(
						 simd, &info, exact, n, 0, NULL, &block, NULL),
				CSTN_OK);
		ck_assert_mem_eq(block.values.numbers, numbers, (size_t)n * sizeof(*numbers));
		cstn__block_free(&block, NULL);
	}
	cstn__packed_init(&info, exact, n, &packed);
	for (uint64_t i = 0; i < n; i++) {
		int64_t one, three[3];

		cstn__packed_numbers(&packed, i, 1, &one);
		if (one != numbers[i])
			ck_abort_msg("width %u, row %d", info.width, (int)i);
		if (i + 3 > n)
			continue;
		cstn__packed_numbers(&packed, i, 3, three);
		ck_assert_mem_eq(three, numbers + i, sizeof(three));
	}
	free(exact);
	cstn__bytes_free(&out);
	return info;
}

START_TEST(a_difference_from_the_least_has_the_exact_width_where_it_saves_an_eighth)
{
	for (uint32_t bits = 1; bits <= 64; bits++)
		for (size_t i = 0; i < LENGTH(sizes); i++) {
			cstn__block_info info;

			fill(bits == 64 ? INT64_MIN : -77, 1, bits);
			info = all_ways(sizes[i],
					CSTN__EXACT_WIDTHS | PLAIN_AND(CSTN__ENCODING_FOR));
			if (sizes[i] < 1000)
				continue;
			if (width_by_rule(bits) == 64) {
				ck_assert_uint_eq(info.encoding, CSTN__ENCODING_RAW);
				continue;
			}
			if (info.encoding == CSTN__ENCODING_RAW) /* as small as FOR */
				continue;
			ck_assert_uint_eq(info.encoding, CSTN__ENCODING_FOR);
			ck_assert_uint_eq(info.width, width_by_rule(bits));
			ck_assert_uint_eq(info.enc_len, 8 + (sizes[i] * info.width + 63) / 64 * 8);
		}
}
END_TEST

START_TEST(the_boundaries_of_the_rule_are_these)
{
	static const uint32_t cases[][2] = {{2, 2}, {3, 3}, {4, 4}, {5, 5}, {7, 7}, {8, 8}, {9, 9},
			{14, 14}, {15, 16}, {16, 16}, {17, 17}, {28, 28}, {29, 32}, {31, 32},
			{33, 33}, {56, 56}};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		cstn__block_info info;

		fill(INT64_C(1) << 62, 1, cases[i][0]);
		info = all_ways(ROWS, CSTN__EXACT_WIDTHS | PLAIN_AND(CSTN__ENCODING_FOR));
		ck_assert_uint_eq(info.encoding, CSTN__ENCODING_FOR);
		ck_assert_uint_eq(info.width, cases[i][1]);
	}
	fill(INT64_C(1) << 62, 1, 57);
	ck_assert_uint_eq(
			all_ways(ROWS, CSTN__EXACT_WIDTHS | PLAIN_AND(CSTN__ENCODING_FOR)).encoding,
			CSTN__ENCODING_RAW);
}
END_TEST

START_TEST(quotients_of_a_step_have_exact_widths_too)
{
	for (uint32_t bits = 2; bits <= 56; bits++)
		for (size_t i = 0; i < LENGTH(sizes); i++) {
			cstn__block_info info;

			fill(-5, 101, bits);
			info = all_ways(sizes[i],
					CSTN__EXACT_WIDTHS | PLAIN_AND(CSTN__ENCODING_STEP));
			if (sizes[i] == ROWS && bits < 8)
				ck_assert_uint_eq(info.encoding, CSTN__ENCODING_STEP);
			if (info.encoding == CSTN__ENCODING_STEP && sizes[i] == ROWS)
				ck_assert_uint_eq(info.width, width_by_rule(bits));
		}
}
END_TEST

/* Differences from -3 on, of any number of bits, the least and the greatest first. */
static void fill_deltas(uint32_t bits)
{
	uint64_t state = 99;

	numbers[0] = 12345;
	for (int i = 1; i < ROWS; i++) {
		uint64_t field = i == 1 ? 0 : i == 2 ? UINT64_MAX : block_random(&state);

		numbers[i] = (int64_t)((uint64_t)numbers[i - 1] + (field & mask_of(bits)) - 3);
	}
}

START_TEST(differences_of_neighbours_have_exact_widths_too)
{
	for (uint32_t bits = 1; bits <= 56; bits++)
		for (size_t i = 0; i < LENGTH(sizes); i++) {
			cstn__block_info info;

			fill_deltas(bits);
			if (sizes[i] < 3)
				continue;
			info = all_ways(sizes[i], CSTN__EXACT_WIDTHS | 1u << CSTN__ENCODING_DELTA);
			ck_assert_uint_eq(info.encoding, CSTN__ENCODING_DELTA);
			ck_assert_uint_eq(info.width, width_by_rule(bits));
		}
}
END_TEST

START_TEST(differences_that_are_all_the_same_have_no_field)
{
	static const int64_t steps[] = {0, 1, -1, 10, INT64_MAX, INT64_MIN, 86400000000};

	for (size_t s = 0; s < LENGTH(steps); s++)
		for (size_t i = 0; i < LENGTH(sizes); i++) {
			cstn__block_info info;

			for (int k = 0; k < ROWS; k++)
				numbers[k] = (int64_t)(7 + (uint64_t)k * (uint64_t)steps[s]);
			info = all_ways(sizes[i], CSTN__EXACT_WIDTHS | 1u << CSTN__ENCODING_DELTA);
			ck_assert_uint_eq(info.width, 0);
			ck_assert_uint_eq(info.enc_len, (sizes[i] + 1023) / 1024 * 8 + 8);
		}
	numbers[ROWS - 1]++; /* one that is not the same */
	ck_assert_uint_eq(all_ways(ROWS, CSTN__EXACT_WIDTHS | 1u << CSTN__ENCODING_DELTA).width, 1);
	ck_assert_uint_eq(all_ways(1025, 1u << CSTN__ENCODING_DELTA).width, 1); /* not allowed */
}
END_TEST

START_TEST(nulls_have_fields_of_zero_bits_at_every_width)
{
	struct block_column *column = block_column_new();

	for (uint32_t bits = 1; bits <= 56; bits++) {
		cstn__values values = block_numbers(column, ANY, SOME);

		for (uint64_t i = 0; i < BLOCK_LARGEST; i++)
			column->numbers[i] =
					cstn__values_is_valid(&values, i)
							? -9 + (int64_t)((uint64_t)column->numbers
											       [i] &
									       mask_of(bits))
							: 0;
		block_round_trip(&values, 0, 1500, CSTN__ENCODINGS_ALL, 0, SOME);
		block_round_trip(&values, 77, 70, CSTN__ENCODINGS_ALL, 0, SOME);
	}
	free(column);
}
END_TEST

START_TEST(the_log_has_plain_widths_only)
{
	for (uint32_t bits = 1; bits <= 64; bits++) {
		cstn__block_info info;

		fill(1, 1, bits);
		info = all_ways(ROWS, CSTN__ENCODINGS_LOG);
		if (info.encoding == CSTN__ENCODING_FOR)
			ck_assert_int_eq(cstn__is_plain_width(info.width), 1);
		ck_assert_uint_ne(info.encoding, CSTN__ENCODING_DELTA);
	}
	ck_assert_int_eq(cstn__is_plain_width(0), 0);
	ck_assert_int_eq(cstn__is_plain_width(3), 0);
	ck_assert_int_eq(cstn__is_plain_width(32), 1);
	ck_assert_int_eq(cstn__is_plain_width(64), 0);
}
END_TEST

/* --- bytes that are not trusted --------------------------------------------------------------- */

/* Every width, at every length near its own: its own is decoded, any other refused. */
START_TEST(a_block_whose_length_is_not_that_of_its_width_is_corrupt)
{
	static const uint32_t encodings[] = {
			CSTN__ENCODING_FOR, CSTN__ENCODING_STEP, CSTN__ENCODING_DELTA};

	for (size_t e = 0; e < LENGTH(encodings); e++)
		for (uint32_t width = 0; width <= 255; width++)
			for (uint32_t rows = 1; rows <= 17; rows += 8) {
				uint32_t head = e ? 16 : 8,
					 len = head + (rows * width + 63) / 64 * 8;
				int none = e == 2 && !width;

				for (int32_t by = -8; by <= 8; by++) {
					cstn__block_info info = {.encoding = (uint8_t)encodings[e],
							.width = (uint8_t)width};
					cstn__block block;
					uint8_t *data = calloc(1, len + 8);
					cstn_status status;

					if (e == 1)
						data[8] = 2;
					info.enc_len = info.raw_len = len + (uint32_t)by;
					status = cstn__block_decode(
							&info, data, rows, 0, NULL, &block, NULL);
					ck_assert_int_eq(status,
							by == 0 && (none || (width && width <= 56))
									? CSTN_OK
									: CSTN_E_CORRUPT);
					if (status == CSTN_OK)
						cstn__block_free(&block, NULL);
					free(data);
				}
			}
}
END_TEST

START_TEST(bits_after_the_last_field_are_zero_at_every_width)
{
	for (uint32_t width = 1; width <= 56; width++) {
		uint64_t used = 3 * width;
		uint32_t len = 8 + (uint32_t)(used + 63) / 64 * 8;
		cstn__block_info info = {.encoding = CSTN__ENCODING_FOR,
				.width = (uint8_t)width,
				.enc_len = len,
				.raw_len = len};

		for (uint64_t bit = 0; bit < (len - 8) * UINT64_C(8); bit += test_every()) {
			uint8_t data[64] = {0};
			cstn__block block;
			cstn_status status;

			data[8 + bit / 8] = (uint8_t)(1u << bit % 8);
			status = cstn__block_decode(&info, data, 3, 0, NULL, &block, NULL);
			ck_assert_int_eq(status, bit < used ? CSTN_OK : CSTN_E_CORRUPT);
			if (status != CSTN_OK)
				continue;
			for (uint64_t i = 0; i < 3; i++)
				ck_assert_int_eq(block.values.numbers[i],
						bit / width == i ? INT64_C(1) << bit % width : 0);
			cstn__block_free(&block, NULL);
		}
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			a_difference_from_the_least_has_the_exact_width_where_it_saves_an_eighth,
			the_boundaries_of_the_rule_are_these,
			quotients_of_a_step_have_exact_widths_too,
			differences_of_neighbours_have_exact_widths_too,
			differences_that_are_all_the_same_have_no_field,
			nulls_have_fields_of_zero_bits_at_every_width,
			the_log_has_plain_widths_only,
			a_block_whose_length_is_not_that_of_its_width_is_corrupt,
			bits_after_the_last_field_are_zero_at_every_width,
	};

	return run_tests("store_width", tests, LENGTH(tests));
}
