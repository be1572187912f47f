/* Blocks: what is encoded comes back, the smallest encoding wins, the bytes are those of the
 * format, and no bytes whatever are more than an error. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "store/block.h"

#include "block_fixture.h"
#include "failing_allocator.h"
#include "suite.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const uint64_t sizes[] = {0, 1, 2, 63, 64, 65, 1023, 1024, 1025, 2049, 65535, 65536};

START_TEST(numbers_of_any_kind_come_back_from_the_encoding_chosen)
{
	struct block_column *column = block_column_new();

	for (int pattern = 0; pattern < N_PATTERNS; pattern++)
		for (int nulls = 0; nulls < N_NULLS; nulls++)
			for (size_t i = 0; i < LENGTH(sizes); i++) {
				cstn__values values = block_numbers(column, pattern, nulls);
				uint64_t n = sizes[i];

				block_round_trip(&values, 0, n, CSTN__ENCODINGS_ALL, 0, nulls);
				block_round_trip(&values, 0, n, CSTN__ENCODINGS_LOG, 1, nulls);
				if (n < 2000)
					block_round_trip(&values, 77, n, CSTN__ENCODINGS_ALL, 0,
							nulls);
			}
	free(column);
}
END_TEST

/* An encoding alone, with values that it can hold. */
static void force(struct block_column *column, uint32_t encoding, int pattern, uint32_t width)
{
	for (int nulls = 0; nulls < N_NULLS; nulls++)
		for (size_t i = 0; i < LENGTH(sizes); i++) {
			cstn__values values = block_numbers(column, pattern, nulls);
			uint64_t n = sizes[i];
			cstn__block_info info;

			if (encoding == CSTN__ENCODING_DELTA && (nulls != NONE || n < 2))
				continue;
			if (encoding == CSTN__ENCODING_RLE && n == 0)
				continue;
			info = block_round_trip(&values, 3,
					n + 3 <= BLOCK_LARGEST ? n : BLOCK_LARGEST - 3,
					1u << encoding, 0, nulls);
			ck_assert_uint_eq(info.encoding, encoding);
			if (n >= 1024 && nulls != ALL)
				ck_assert_uint_eq(info.width, width);
		}
}

START_TEST(every_encoding_and_width_holds_its_values)
{
	struct block_column *column = block_column_new();

	force(column, CSTN__ENCODING_CONST, SAME, 0);
	force(column, CSTN__ENCODING_RAW, DIGITS, 1);
	force(column, CSTN__ENCODING_RAW, BYTES8, 8);
	force(column, CSTN__ENCODING_RAW, EXTREMES, 8);
	force(column, CSTN__ENCODING_RAW, ANY, 8);
	force(column, CSTN__ENCODING_FOR, SAME, 1);
	force(column, CSTN__ENCODING_FOR, TWO, 1);
	force(column, CSTN__ENCODING_FOR, DIGITS, 2);
	force(column, CSTN__ENCODING_FOR, NIBBLES, 4);
	force(column, CSTN__ENCODING_FOR, BYTES8, 8);
	force(column, CSTN__ENCODING_FOR, BYTES16, 16);
	force(column, CSTN__ENCODING_FOR, BYTES32, 32);
	force(column, CSTN__ENCODING_DELTA, RISING, 1);
	force(column, CSTN__ENCODING_DELTA, RISING_BY_LITTLE, 4);
	force(column, CSTN__ENCODING_DELTA, FALLING_OVER_ZERO, 1);
	force(column, CSTN__ENCODING_DELTA, BYTES16, 32);
	force(column, CSTN__ENCODING_DELTA, NIBBLES, 8);
	force(column, CSTN__ENCODING_DELTA, EXTREMES, 2); /* differences of 1 and -1 modulo 2^64 */
	force(column, CSTN__ENCODING_RLE, RUNS, 0);
	force(column, CSTN__ENCODING_RLE, EXTREMES, 0);
	force(column, CSTN__ENCODING_RLE, ANY, 0);
	free(column);
}
END_TEST

START_TEST(text_comes_back_plain_and_deflated)
{
	struct block_column *column = block_column_new();

	for (int nulls = 0; nulls < N_NULLS; nulls++)
		for (size_t i = 0; i < LENGTH(sizes); i++) {
			cstn__values values = block_texts(column, nulls);
			uint64_t n = sizes[i];
			cstn__block_info plain, deflated;

			plain = block_round_trip(&values, 0, n, CSTN__ENCODINGS_ALL, 0, nulls);
			deflated = block_round_trip(&values, 0, n, CSTN__ENCODINGS_ALL, 1, nulls);
			if (nulls == ALL && n >= 7) { /* no text at all: one prefix, "" */
				ck_assert_uint_eq(plain.encoding, CSTN__ENCODING_SERIAL);
				continue;
			}
			ck_assert_uint_eq(plain.encoding, CSTN__ENCODING_BYTES);
			ck_assert_uint_eq(plain.flags & CSTN__BLOCK_ZLIB, 0);
			ck_assert_uint_eq(plain.enc_len, plain.raw_len);
			ck_assert_uint_eq(deflated.raw_len, plain.raw_len);
			ck_assert_int_eq((deflated.flags & CSTN__BLOCK_ZLIB) != 0,
					deflated.enc_len < deflated.raw_len);
			if (n >= 1023)
				ck_assert_uint_lt(deflated.enc_len, plain.enc_len);
			if (n < 2000)
				block_round_trip(&values, 77, n, CSTN__ENCODINGS_ALL, 0, nulls);
		}
	free(column);
}
END_TEST

START_TEST(text_with_a_dictionary_is_written_as_plain_text)
{
	static const uint32_t offsets[] = {0, 2, 2, 5};
	static const uint64_t validity[] = {0x0d};
	static const int64_t codes[] = {2, 0, 0, 1};
	cstn__values dictionary = {3, NULL, NULL, offsets, (const uint8_t *)"DEabc", NULL};
	cstn__values values = {4, validity, codes, NULL, NULL, &dictionary};
	cstn__block_info info;
	cstn__block block = {0};
	cstn__bytes out;
	const uint8_t *text;
	size_t len;

	cstn__bytes_init(&out, NULL);
	ck_assert_int_eq(cstn__block_encode(
					 &values, 0, 4, CSTN__ENCODINGS_LOG, 0, &out, &info, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn__block_decode(&info, out.data, 4, 0, NULL, &block, NULL), CSTN_OK);
	text = cstn__values_text(&block.values, 0, &len);
	ck_assert_uint_eq(len, 3);
	ck_assert_int_eq(memcmp(text, "abc", 3), 0);
	ck_assert_int_eq(cstn__values_is_valid(&block.values, 1), 0);
	text = cstn__values_text(&block.values, 2, &len);
	ck_assert_uint_eq(len, 2);
	ck_assert_int_eq(memcmp(text, "DE", 2), 0);
	cstn__values_text(&block.values, 3, &len);
	ck_assert_uint_eq(len, 0);
	cstn__block_free(&block, NULL);
	cstn__bytes_free(&out);
}
END_TEST

START_TEST(a_column_that_is_not_there_is_all_null)
{
	cstn__values values = {100, NULL, NULL, NULL, NULL, NULL};
	cstn__block_info info;
	cstn__block block = {0};
	cstn__bytes out;

	cstn__bytes_init(&out, NULL);
	ck_assert_int_eq(cstn__block_encode(&values, 0, 100, CSTN__ENCODINGS_ALL, 0, &out, &info,
					 NULL),
			CSTN_OK);
	ck_assert_uint_eq(info.encoding, CSTN__ENCODING_CONST);
	ck_assert_uint_eq(info.nulls, 100);
	ck_assert_int_eq(cstn__block_decode(&info, out.data, 100, 0, NULL, &block, NULL), CSTN_OK);
	for (uint64_t i = 0; i < 100; i++)
		ck_assert_int_eq(cstn__values_is_valid(&block.values, i), 0);
	cstn__block_free(&block, NULL);
	cstn__bytes_free(&out);
}
END_TEST

/* --- the choice ------------------------------------------------------------------------------- */

static cstn__block_info info_of(const int64_t *numbers, uint64_t n, uint32_t encodings)
{
	cstn__values values = {n, NULL, numbers, NULL, NULL, NULL};

	return block_round_trip(&values, 0, n, encodings, 0, NONE);
}

START_TEST(the_smallest_encoding_wins_and_ties_go_to_the_lower_number)
{
	static const int64_t eight[] = {5, 5, 5, 5, 5, 5, 5, 5}, seven[] = {5, 5, 5, 5, 5, 5, 5};
	int64_t rising[1024], mixed[64];
	cstn__block_info info;

	info = info_of(seven, 7, CSTN__ENCODINGS_ALL); /* RAW 7 bytes, CONST 8 */
	ck_assert_uint_eq(info.encoding, CSTN__ENCODING_RAW);
	info = info_of(eight, 8, CSTN__ENCODINGS_ALL); /* both 8 */
	ck_assert_uint_eq(info.encoding, CSTN__ENCODING_CONST);
	/* 16 rows of one bit: RAW 16 bytes, FOR 8 + 8: RAW; 17: FOR. */
	for (int i = 0; i < 64; i++)
		mixed[i] = i * 7 % 2;
	ck_assert_uint_eq(info_of(mixed, 16, CSTN__ENCODINGS_ALL).encoding, CSTN__ENCODING_RAW);
	ck_assert_uint_eq(info_of(mixed, 17, CSTN__ENCODINGS_ALL).encoding, CSTN__ENCODING_FOR);
	/* One change in 64 rows: FOR 8 + 8 bytes, RLE 4 + 24. */
	memset(mixed, 0, sizeof(mixed));
	mixed[63] = 1;
	ck_assert_uint_eq(info_of(mixed, 64, CSTN__ENCODINGS_ALL).encoding, CSTN__ENCODING_FOR);
	mixed[63] = INT64_MAX; /* RAW 512, RLE 28 */
	ck_assert_uint_eq(info_of(mixed, 64, CSTN__ENCODINGS_ALL).encoding, CSTN__ENCODING_RLE);
	ck_assert_uint_eq(info_of(mixed, 64, CSTN__ENCODINGS_LOG).encoding, CSTN__ENCODING_RAW);
	for (int i = 0; i < 1024; i++)
		rising[i] = i * INT64_C(5000000000);
	info = info_of(rising, 1024, CSTN__ENCODINGS_ALL);
	ck_assert_uint_eq(info.encoding, CSTN__ENCODING_DELTA);
	ck_assert_uint_eq(info.width, 0);
	ck_assert_uint_eq(info.enc_len, 8 + 8);
	ck_assert_uint_eq(info_of(rising, 1024, CSTN__ENCODINGS_LOG).encoding, CSTN__ENCODING_RAW);
}
END_TEST

START_TEST(widths_grow_at_their_boundaries)
{
	static const struct {
		int64_t low, high;
		uint32_t raw, bits;
	} cases[] = {
			{0, 1, 1, 1},
			{0, 2, 1, 2},
			{-1, 2, 1, 2},
			{-1, 3, 1, 4},
			{0, 15, 1, 4},
			{0, 16, 1, 8},
			{-128, 127, 1, 8},
			{-128, 128, 2, 16},
			{-129, 127, 2, 16},
			{-32768, 32767, 2, 16},
			{-32768, 32768, 4, 32},
			{-32769, 0, 4, 16},
			{INT32_MIN, INT32_MAX, 4, 32},
			{INT32_MIN, INT64_C(1) << 31, 8, 0},
			{(int64_t)INT32_MIN - 1, -2, 8, 32},
			{INT64_MIN, INT64_MAX, 8, 0},
			{INT64_MAX - 1, INT64_MAX, 8, 1},
			{INT64_MIN, INT64_MIN + 1, 8, 1},
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		int64_t numbers[128];
		cstn__block_info info;

		for (int j = 0; j < 128; j++)
			numbers[j] = j % 3 ? cases[i].low : cases[i].high;
		info = info_of(numbers, 128, 1u << CSTN__ENCODING_RAW);
		ck_assert_uint_eq(info.width, cases[i].raw);
		ck_assert_uint_eq(info.enc_len, 128 * cases[i].raw);
		info = info_of(numbers, 128, 1u << CSTN__ENCODING_RAW | 1u << CSTN__ENCODING_FOR);
		if (cases[i].bits && 8 + 16 * cases[i].bits < 128 * cases[i].raw) {
			ck_assert_uint_eq(info.encoding, CSTN__ENCODING_FOR);
			ck_assert_uint_eq(info.width, cases[i].bits);
		} else {
			ck_assert_uint_eq(info.encoding, CSTN__ENCODING_RAW);
		}
		ck_assert_int_eq(info.min, cases[i].low);
		ck_assert_int_eq(info.max, cases[i].high);
	}
}
END_TEST

START_TEST(a_block_knows_its_bounds_and_whether_it_is_sorted)
{
	static const int64_t rising[] = {1, 1, 2, 9}, falling[] = {1, 0, 2, 9};
	static const uint64_t validity[] = {0x0b}, none[] = {0};
	cstn__values values = {4, validity, rising, NULL, NULL, NULL};
	cstn__block_info info;

	info = info_of(rising, 4, CSTN__ENCODINGS_ALL);
	ck_assert_uint_eq(info.flags, CSTN__BLOCK_SORTED);
	ck_assert_int_eq(info.min, 1);
	ck_assert_int_eq(info.max, 9);
	info = info_of(falling, 4, CSTN__ENCODINGS_ALL);
	ck_assert_uint_eq(info.flags, 0);
	ck_assert_int_eq(info.min, 0);
	info = block_round_trip(&values, 0, 4, CSTN__ENCODINGS_ALL, 0, SOME);
	ck_assert_uint_eq(info.flags, CSTN__BLOCK_VALIDITY);
	ck_assert_uint_eq(info.nulls, 1);
	values.validity = none;
	info = block_round_trip(&values, 0, 4, CSTN__ENCODINGS_ALL, 0, ALL);
	ck_assert_int_eq(info.min, INT64_MAX);
	ck_assert_int_eq(info.max, INT64_MIN);
}
END_TEST

/* --- limits and memory ------------------------------------------------------------------------ */

START_TEST(a_block_over_its_limit_is_refused_before_anything_is_written)
{
	uint64_t rows = CSTN__BLOCK_BYTES_MAX / 8 + 1;
	int64_t *numbers = calloc(rows, 8);
	cstn__values values = {rows, NULL, numbers, NULL, NULL, NULL};
	uint32_t offsets[2] = {0, CSTN__BLOCK_BYTES_MAX - 8};
	cstn__block_info info;
	cstn_error *error = NULL;
	uint64_t state = 1;
	cstn__bytes out;

	ck_assert_ptr_nonnull(numbers);
	for (uint64_t i = 0; i < rows; i++)
		numbers[i] = (int64_t)block_random(&state);
	cstn__bytes_init(&out, NULL);
	ck_assert_int_eq(cstn__block_encode(&values, 0, rows, CSTN__ENCODINGS_ALL, 0, &out, &info,
					 &error),
			CSTN_E_LIMIT);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "16777216"));
	cstn_error_free(error);
	ck_assert_uint_eq(out.size, 0);
	ck_assert_int_eq(cstn__block_encode(&values, 0, rows - 1, CSTN__ENCODINGS_ALL, 0, &out,
					 &info, NULL),
			CSTN_OK);
	ck_assert_uint_eq(info.raw_len, CSTN__BLOCK_BYTES_MAX);
	cstn__bytes_free(&out);
	values.numbers = NULL;
	values.offsets = offsets;
	values.bytes = (const uint8_t *)numbers;
	values.rows = 1;
	ck_assert_int_eq(cstn__block_encode(
					 &values, 0, 1, CSTN__ENCODINGS_ALL, 0, &out, &info, NULL),
			CSTN_OK);
	cstn__bytes_free(&out);
	offsets[1]++;
	ck_assert_int_eq(cstn__block_encode(
					 &values, 0, 1, CSTN__ENCODINGS_ALL, 0, &out, &info, NULL),
			CSTN_E_LIMIT);
	cstn__bytes_free(&out);
	free(numbers);
	values = (cstn__values){CSTN__BLOCK_ROWS_MAX + 1, NULL, NULL, NULL, NULL, NULL};
	ck_assert_int_eq(cstn__block_encode(&values, 0, values.rows, CSTN__ENCODINGS_ALL, 0, &out,
					 &info, NULL),
			CSTN_E_LIMIT);
}
END_TEST

static cstn_status encode_and_decode(const cstn__values *values, uint64_t n, int zlib,
		const cstn_allocator *allocator, cstn__block *block)
{
	cstn__block_info info;
	cstn__bytes out;
	cstn_status status;

	cstn__bytes_init(&out, allocator);
	status = cstn__block_encode(values, 0, n, CSTN__ENCODINGS_ALL, zlib, &out, &info, NULL);
	if (status == CSTN_OK)
		status = cstn__block_decode(&info, out.data, n, 0, allocator, block, NULL);
	cstn__bytes_free(&out);
	return status;
}

START_TEST(out_of_memory_leaves_outputs_untouched)
{
	struct block_column *column = block_column_new();

	for (int text = 0; text < 3; text++) {
		cstn__values values = text ? block_texts(column, SOME)
					   : block_numbers(column, BYTES16, SOME);
		cstn_status status = CSTN_E_NOMEM;
		uint64_t n = 1;

		for (; status != CSTN_OK; n++) {
			failing_allocator memory;
			cstn__block block = {0};

			failing_allocator_init(&memory, n);
			status = encode_and_decode(
					&values, 3000, text == 2, &memory.allocator, &block);
			if (status != CSTN_OK) {
				ck_assert_int_eq(status, CSTN_E_NOMEM);
				ck_assert_ptr_null(block.memory);
			}
			cstn__block_free(&block, &memory.allocator);
			ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		}
		ck_assert_uint_gt(n, 3);
	}
	free(column);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {numbers_of_any_kind_come_back_from_the_encoding_chosen,
			every_encoding_and_width_holds_its_values,
			text_comes_back_plain_and_deflated,
			text_with_a_dictionary_is_written_as_plain_text,
			a_column_that_is_not_there_is_all_null,
			the_smallest_encoding_wins_and_ties_go_to_the_lower_number,
			widths_grow_at_their_boundaries,
			a_block_knows_its_bounds_and_whether_it_is_sorted,
			a_block_over_its_limit_is_refused_before_anything_is_written,
			out_of_memory_leaves_outputs_untouched};

	return run_tests("store_block", tests, LENGTH(tests));
}
