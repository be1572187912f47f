/* The bytes of blocks: those of the format, and those that nobody may trust. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cpu.h"
#include "store/block.h"
#include "store/block_pack.h"

#include "block_fixture.h"
#include "suite.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* --- the bytes -------------------------------------------------------------------------------- */

static void check_bytes(const cstn__values *values, uint32_t encodings, const uint8_t *expected,
		size_t size)
{
	cstn__block_info info;
	cstn__bytes out;

	cstn__bytes_init(&out, NULL);
	ck_assert_int_eq(cstn__block_encode(
					 values, 0, values->rows, encodings, 0, &out, &info, NULL),
			CSTN_OK);
	ck_assert_uint_eq(out.size, size);
	ck_assert_mem_eq(out.data, expected, size);
	cstn__bytes_free(&out);
}
#define CHECK_BYTES(values, encoding, ...)                                       \
	do {                                                                     \
		static const uint8_t expected[] = {__VA_ARGS__};                 \
		check_bytes((values), 1u << CSTN__ENCODING_##encoding, expected, \
				sizeof(expected));                               \
	} while (0)

START_TEST(the_bytes_of_each_encoding_are_those_of_the_format)
{
	static const int64_t three[] = {-2, -2, -2}, numbers[] = {-2, 300, 0},
			     codes[] = {9, 12, 10};
	static const int64_t rising[] = {256, 258, 261}, runs[] = {7, 7, -1};
	static const uint64_t validity[] = {5};
	static const uint32_t offsets[] = {0, 2, 2, 3};
	cstn__values values = {3, NULL, three, NULL, NULL, NULL};

	CHECK_BYTES(&values, CONST, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
	values.numbers = numbers;
	CHECK_BYTES(&values, RAW, 0xfe, 0xff, 0x2c, 0x01, 0x00, 0x00);
	values.numbers = codes; /* fields 0, 3, 1 of 2 bits: 0b01_11_00 */
	CHECK_BYTES(&values, FOR, 9, 0, 0, 0, 0, 0, 0, 0, 0x1c, 0, 0, 0, 0, 0, 0, 0);
	values.numbers = rising; /* differences 2, 3: base 2, fields -, 0, 1 */
	CHECK_BYTES(&values, DELTA, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0x04, 0, 0, 0,
			0, 0, 0, 0);
	values.numbers = runs;
	CHECK_BYTES(&values, RLE, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0xff,
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
	values.validity = validity;
	values.numbers = codes; /* the null in the middle is a field of 0 */
	CHECK_BYTES(&values, FOR, 5, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0,
			0, 0, 0);
	CHECK_BYTES(&values, RAW, 5, 0, 0, 0, 0, 0, 0, 0, 9, 0, 10);
	values.numbers = NULL;
	values.offsets = offsets;
	values.bytes = (const uint8_t *)"abc";
	CHECK_BYTES(&values, BYTES, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3,
			0, 0, 0, 'a', 'b', 'c');
}
END_TEST

START_TEST(nulls_carry_a_run_on)
{
	static const int64_t runs[] = {0, 4, 0, 4, 6, 0};
	static const uint64_t validity[] = {0x1a};
	cstn__values values = {6, validity, runs, NULL, NULL, NULL};

	CHECK_BYTES(&values, RLE, 0x1a, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 6, 0, 0, 0, 4,
			0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0);
	block_round_trip(&values, 0, 6, 1u << CSTN__ENCODING_RLE, 0, SOME);
}
END_TEST

START_TEST(fields_lie_least_significant_bit_first_in_little_endian_words)
{
	int64_t numbers[70] = {0};
	cstn__values values = {70, NULL, numbers, NULL, NULL, NULL};

	numbers[0] = numbers[9] = numbers[63] = numbers[69] = 1;
	CHECK_BYTES(&values, FOR, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0x02, 0, 0, 0, 0, 0, 0x80, 0x20, 0,
			0, 0, 0, 0, 0, 0);
	values.rows = 9;
	numbers[1] = 0xf;
	numbers[8] = 0xa;
	numbers[0] = 0;
	CHECK_BYTES(&values, FOR, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0, 0, 0, 0x0a, 0, 0, 0);
	values.rows = 5;
	numbers[1] = 0x1234;
	numbers[4] = 0xffff;
	CHECK_BYTES(&values, FOR, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x34, 0x12, 0, 0, 0, 0, 0xff, 0xff,
			0, 0, 0, 0, 0, 0);
	values.rows = 3;
	numbers[1] = 0x12345678;
	CHECK_BYTES(&values, FOR, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x78, 0x56, 0x34, 0x12, 0, 0,
			0, 0, 0, 0, 0, 0);
}
END_TEST

START_TEST(every_form_of_unpacking_gives_the_same_numbers)
{
	uint8_t packed[8 * 200];
	uint64_t state = 7;

	for (size_t i = 0; i < sizeof(packed); i++)
		packed[i] = (uint8_t)block_random(&state);
	for (uint32_t bits = 1; bits <= 64; bits += bits == 56 ? 8 : 1)
		for (size_t n = 0; n <= 200; n++) {
			size_t size = (n * bits + 7) / 8;
			uint64_t base = block_random(&state);
			/* Exactly the bytes that hold a field. */
			uint8_t *exact = malloc(size + 1);
			int64_t fields[200], plus[200], is_signed[200];

			ck_assert_ptr_nonnull(exact);
			memcpy(exact, packed, size);
			cstn__unpack_with(1, exact, n, bits, 0, fields);
			for (int simd = 1; simd <= cstn__cpu_simd(); simd++) {
				cstn__unpack_with(simd, exact, n, bits, base, plus);
				for (size_t i = 0; i < n; i++)
					if ((uint64_t)plus[i] != (uint64_t)fields[i] + base)
						ck_abort_msg("width %u, row %zu", bits, i);
				if (bits < 8 || bits & (bits - 1))
					continue;
				cstn__unpack_signed_with(simd, exact, n, bits / 8, is_signed);
				for (size_t i = 0; i < n; i++) {
					uint64_t top = UINT64_C(1) << (bits - 1);
					uint64_t field = (uint64_t)fields[i];

					if ((uint64_t)is_signed[i] != (field ^ top) - top)
						ck_abort_msg("signed width %u, row %zu", bits, i);
				}
			}
			for (size_t i = 0; i < n; i++) { /* and they are the fields */
				uint64_t field = 0;

				for (uint32_t b = 0; b < bits; b++) {
					size_t at = i * bits + b;

					field |= (uint64_t)(exact[at / 8] >> at % 8 & 1) << b;
				}
				if ((uint64_t)fields[i] != field)
					ck_abort_msg("field width %u, row %zu", bits, i);
			}
			free(exact);
		}
}
END_TEST

/* --- bytes that are not trusted --------------------------------------------------------------- */

static void refuse(const cstn__block_info *info, const uint8_t *data, uint64_t rows,
		uint64_t n_codes, const char *words)
{
	cstn__block block;
	cstn__block untouched;
	cstn_error *error = NULL;

	memset(&block, 0x5a, sizeof(block));
	untouched = block;
	ck_assert_int_eq(cstn__block_decode(info, data, rows, n_codes, NULL, &block, &error),
			CSTN_E_CORRUPT);
	ck_assert_mem_eq(&block, &untouched, sizeof(block));
	if (!strstr(cstn_error_message(error), words))
		ck_abort_msg("'%s' is not in '%s'", words, cstn_error_message(error));
	cstn_error_free(error);
}

static cstn__block_info info_for(uint32_t encoding, uint32_t width, uint32_t len)
{
	cstn__block_info info = {0};

	info.encoding = (uint8_t)encoding;
	info.width = (uint8_t)width;
	info.enc_len = info.raw_len = len;
	return info;
}

START_TEST(parts_of_another_length_are_refused)
{
	static const uint8_t zeros[64] = {0};
	cstn__block_info info;

	for (uint32_t len = 0; len < 64; len++) {
		info = info_for(CSTN__ENCODING_CONST, 0, len);
		if (len != 8)
			refuse(&info, zeros, 3, 0, "CONST has 8 bytes");
		info = info_for(CSTN__ENCODING_RAW, 2, len);
		if (len != 6)
			refuse(&info, zeros, 3, 0, "RAW has rows x width");
		info = info_for(CSTN__ENCODING_FOR, 32, len);
		if (len != 24)
			refuse(&info, zeros, 3, 0, "FOR has a base");
		info = info_for(CSTN__ENCODING_DELTA, 4, len);
		if (len != 24)
			refuse(&info, zeros, 3, 0, "DELTA has anchors");
		info = info_for(CSTN__ENCODING_BYTES, 0, len);
		if (len != 16)
			refuse(&info, zeros, 3, 0, len < 16 ? "BYTES has" : "the number of bytes");
	}
	for (uint32_t width = 0; width < 256; width++) {
		info = info_for(CSTN__ENCODING_FOR, width, 8);
		if (width == 0 || width > 56)
			refuse(&info, zeros, 0, 0, "1 to 56 bits");
		info = info_for(CSTN__ENCODING_DELTA, width, 8);
		if (width > 56)
			refuse(&info, zeros, 0, 0, "1 to 56 bits");
		info = info_for(CSTN__ENCODING_RAW, width, 0);
		if (width != 1 && width != 2 && width != 4 && width != 8)
			refuse(&info, zeros, 0, 0, "the width of RAW");
	}
	info = info_for(CSTN__ENCODING_LAST + 1, 0, 0);
	refuse(&info, zeros, 0, 0, "no such encoding");
	info = info_for(CSTN__ENCODING_CONST, 0, 8);
	refuse(&info, zeros, CSTN__BLOCK_ROWS_MAX + 1, 0, "larger than a block may be");
	info = info_for(CSTN__ENCODING_RAW, 1, CSTN__BLOCK_BYTES_MAX + 1);
	refuse(&info, zeros, 1, 0, "larger than a block may be");
	info = info_for(CSTN__ENCODING_RAW, 1, 1);
	info.flags = 8;
	refuse(&info, zeros, 1, 0, "unknown bit");
	info.flags = 0;
	info.raw_len = 2;
	refuse(&info, zeros, 1, 0, "two lengths");
	info.flags = CSTN__BLOCK_ZLIB;
	info.enc_len = 2;
	refuse(&info, zeros, 1, 0, "two lengths");
}
END_TEST

START_TEST(padding_and_anchors_that_are_not_zero_are_refused)
{
	uint8_t data[24] = {0};
	cstn__block_info info = info_for(CSTN__ENCODING_FOR, 4, 16);

	data[8 + 1] = 0x10; /* field 3 */
	refuse(&info, data, 3, 0, "bits after the last row");
	data[8 + 1] = 0x0f;
	info = info_for(CSTN__ENCODING_FOR, 4, 16);
	{
		cstn__block block;

		ck_assert_int_eq(
				cstn__block_decode(&info, data, 3, 0, NULL, &block, NULL), CSTN_OK);
		ck_assert_int_eq(block.values.numbers[2], 15);
		cstn__block_free(&block, NULL);
	}
	memset(data, 0, sizeof(data));
	info = info_for(CSTN__ENCODING_DELTA, 8, 24);
	data[16] = 1;
	refuse(&info, data, 3, 0, "anchor");
	data[16] = 0;
	data[19] = 1;
	refuse(&info, data, 3, 0, "bits after the last row");
}
END_TEST

START_TEST(runs_that_do_not_rise_to_the_last_row_are_refused)
{
	uint8_t data[28] = {2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0};
	cstn__block_info info = info_for(CSTN__ENCODING_RLE, 0, 28);

	refuse(&info, data, 4, 0, "the last run");
	refuse(&info, data, 2, 0, "ends of runs");
	data[4] = 3;
	refuse(&info, data, 3, 0, "ends of runs");
	data[4] = 0;
	refuse(&info, data, 3, 0, "ends of runs");
	data[0] = 3;
	refuse(&info, data, 3, 0, "12 bytes a run");
	data[3] = 0xff;
	refuse(&info, data, 3, 0, "12 bytes a run");
	info = info_for(CSTN__ENCODING_RLE, 0, 3);
	refuse(&info, data, 3, 0, "number of runs");
	memset(data, 0, sizeof(data));
	info = info_for(CSTN__ENCODING_RLE, 0, 4);
	refuse(&info, data, 1, 0, "the last run");
}
END_TEST

START_TEST(offsets_that_fall_or_point_past_the_end_are_refused)
{
	uint8_t data[8 + 15] = {
			3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 'a', 'b', 'c'};
	cstn__block_info info = info_for(CSTN__ENCODING_BYTES, 0, 15);

	data[16] = 4;
	refuse(&info, data + 8, 2, 0, "the number of bytes");
	data[16] = 1;
	refuse(&info, data + 8, 2, 0, "offsets do not fall");
	data[16] = 3;
	data[8] = 1;
	refuse(&info, data + 8, 2, 0, "the first offset");
	data[8] = 0;
	info = info_for(CSTN__ENCODING_BYTES, 0, 23);
	info.flags = CSTN__BLOCK_VALIDITY;
	info.nulls = 1;
	data[0] = 1; /* row 1 is null, and has a text */
	refuse(&info, data, 2, 0, "a null is empty");
}
END_TEST

START_TEST(validity_must_agree_with_the_count_of_nulls)
{
	uint8_t data[16] = {0x05};
	cstn__block_info info = info_for(CSTN__ENCODING_CONST, 0, 16);

	info.flags = CSTN__BLOCK_VALIDITY;
	info.nulls = 2;
	refuse(&info, data, 3, 0, "as many zeros");
	info.nulls = 0;
	refuse(&info, data, 3, 0, "as many zeros");
	info.nulls = 4;
	refuse(&info, data, 3, 0, "not more than the rows");
	info.nulls = 1;
	refuse(&info, data, 2, 0, "bits after the last row");
	info.enc_len = info.raw_len = 7;
	refuse(&info, data, 3, 0, "a bit a row");
	info.enc_len = info.raw_len = 16;
	info.flags = 0;
	refuse(&info, data, 3, 0, "need validity");
	info = info_for(CSTN__ENCODING_DELTA, 1, 32);
	info.flags = CSTN__BLOCK_VALIDITY;
	info.nulls = 1;
	{
		uint8_t delta[32] = {0x05};

		refuse(&info, delta, 3, 0, "DELTA has no nulls");
	}
}
END_TEST

START_TEST(codes_past_the_dictionary_are_refused)
{
	static const uint8_t data[] = {0, 4, 2}, negative[] = {0, 0xff, 2};
	cstn__block_info info = info_for(CSTN__ENCODING_RAW, 1, 3);
	cstn__block block;

	refuse(&info, data, 3, 4, "not in the dictionary");
	refuse(&info, negative, 3, 4, "not in the dictionary");
	ck_assert_int_eq(cstn__block_decode(&info, data, 3, 5, NULL, &block, NULL), CSTN_OK);
	cstn__block_free(&block, NULL);
}
END_TEST

START_TEST(deflated_bytes_that_end_early_or_late_are_refused)
{
	struct block_column *column = block_column_new();
	cstn__values values = block_texts(column, SOME);
	cstn__block_info info, changed;
	cstn__bytes out;

	cstn__bytes_init(&out, NULL);
	ck_assert_int_eq(cstn__block_encode(&values, 0, 1000, CSTN__ENCODINGS_ALL, 1, &out, &info,
					 NULL),
			CSTN_OK);
	ck_assert_uint_ne(info.flags & CSTN__BLOCK_ZLIB, 0);
	changed = info;
	changed.raw_len--;
	refuse(&changed, out.data, 1000, 0, "inflate");
	changed.raw_len = info.raw_len + 1;
	refuse(&changed, out.data, 1000, 0, "inflate");
	changed = info;
	changed.enc_len--;
	refuse(&changed, out.data, 1000, 0, "inflate");
	cstn__bytes_put_u8(&out, 0);
	changed.enc_len = info.enc_len + 1;
	refuse(&changed, out.data, 1000, 0, "inflate");
	out.data[info.enc_len / 2] ^= 1;
	refuse(&info, out.data, 1000, 0, "");
	cstn__bytes_free(&out);
	free(column);
}
END_TEST

START_TEST(deflated_numbers_of_an_archive_are_read)
{
	cstn__block_info info;
	cstn__block block;
	cstn__values text = {0};
	uint32_t offsets[2] = {0, 2000};
	uint8_t *zeros = calloc(1, 2000);
	cstn__bytes out;

	/* A stream of this library's own over 2,000 zeros, read as RAW numbers after its offsets.
	 */
	ck_assert_ptr_nonnull(zeros);
	text.rows = 1;
	text.offsets = offsets;
	text.bytes = zeros;
	cstn__bytes_init(&out, NULL);
	ck_assert_int_eq(cstn__block_encode(&text, 0, 1, CSTN__ENCODINGS_ALL, 1, &out, &info, NULL),
			CSTN_OK);
	ck_assert_uint_ne(info.flags & CSTN__BLOCK_ZLIB, 0);
	info.encoding = CSTN__ENCODING_RAW;
	info.width = 4;
	ck_assert_int_eq(cstn__block_decode(&info, out.data, 502, 0, NULL, &block, NULL), CSTN_OK);
	ck_assert_int_eq(block.values.numbers[0], 0);
	ck_assert_int_eq(block.values.numbers[1], 2000);
	ck_assert_int_eq(block.values.numbers[501], 0);
	cstn__block_free(&block, NULL);
	cstn__bytes_free(&out);
	free(zeros);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {the_bytes_of_each_encoding_are_those_of_the_format,
			nulls_carry_a_run_on,
			fields_lie_least_significant_bit_first_in_little_endian_words,
			every_form_of_unpacking_gives_the_same_numbers,
			parts_of_another_length_are_refused,
			padding_and_anchors_that_are_not_zero_are_refused,
			runs_that_do_not_rise_to_the_last_row_are_refused,
			offsets_that_fall_or_point_past_the_end_are_refused,
			validity_must_agree_with_the_count_of_nulls,
			codes_past_the_dictionary_are_refused,
			deflated_bytes_that_end_early_or_late_are_refused,
			deflated_numbers_of_an_archive_are_read};

	return run_tests("store_block_bytes", tests, LENGTH(tests));
}
