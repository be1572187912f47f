/* Texts that are one prefix and a number: which are stored so, that they come back, and bytes that
 * nobody may trust. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/error.h"
#include "store/block.h"
#include "store/block_serial.h"
#include "store/packed.h"

#include "failing_allocator.h"
#include "suite.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { ROWS = 1100, LONGEST = 300 };
static uint32_t offsets[ROWS + 1];
static uint8_t bytes[ROWS * LONGEST];
static uint64_t validity[(ROWS + 63) / 64];

/* Texts are put one after the other. */
static uint64_t put_text(uint64_t row, const char *text)
{
	size_t len = strlen(text);

	memcpy(bytes + offsets[row], text, len);
	offsets[row + 1] = offsets[row] + (uint32_t)len;
	return row + 1;
}

static cstn__values texts_of(uint64_t n)
{
	return (cstn__values){n, NULL, NULL, offsets, bytes, NULL};
}

/* Every third row is null, and empty. */
static void punch(uint64_t n)
{
	memset(validity, 0, sizeof(validity));
	for (uint64_t i = 0; i < n; i++)
		if (i % 3 != 1)
			validity[i / 64] |= UINT64_C(1) << i % 64;
		else
			ck_assert_uint_eq(offsets[i], offsets[i + 1]);
}

static void same_texts(const cstn__values *values, uint64_t start, const cstn__packed *packed,
		const cstn__values *back)
{
	for (uint64_t i = 0; i < back->rows; i++) {
		int valid = cstn__values_is_valid(values, start + i);
		size_t len, back_len;
		const uint8_t *text = cstn__values_text(values, start + i, &len);
		const uint8_t *back_text = cstn__values_text(back, i, &back_len);
		uint8_t one[CSTN__SERIAL_TEXT_MAX + CSTN__SERIAL_SLACK], other[LONGEST + 2];

		if (cstn__values_is_valid(back, i) != valid || len != back_len ||
				memcmp(text, back_text, len) != 0)
			ck_abort_msg("row %d: '%.*s', not '%.*s'", (int)i, (int)back_len, back_text,
					(int)len, text);
		cstn__packed_put_text(packed, i, (uint32_t)len, one);
		if (cstn__packed_text_len(packed, i) != len || memcmp(one, text, len) != 0 ||
				!cstn__packed_text_is(packed, i, text, len))
			ck_abort_msg("row %d alone", (int)i);
		/* One byte more, one less, another one. */
		memcpy(other, text, len);
		other[len] = '0';
		if (cstn__packed_text_is(packed, i, other, len + 1))
			ck_abort_msg("row %d and a byte more", (int)i);
		if (!len)
			continue;
		other[i % len] ^= 1;
		if (cstn__packed_text_is(packed, i, other, len - 1) ||
				cstn__packed_text_is(packed, i, other, len))
			ck_abort_msg("row %d and another byte", (int)i);
	}
}

/* Encode, decode by every form out of memory that ends with the block, read each row. */
static cstn__block_info round_trip(const cstn__values *values, uint64_t start, uint64_t n)
{
	cstn__block_info info;
	cstn__packed packed;
	cstn__bytes out;
	uint8_t *exact;

	cstn__bytes_init(&out, NULL);
	ck_assert_int_eq(cstn__block_encode(values, start, n, CSTN__ENCODINGS_ALL, 0, &out, &info,
					 NULL),
			CSTN_OK);
	exact = malloc(out.size);
	memcpy(exact, out.data, out.size);
	ck_assert_int_eq(info.min, INT64_MAX);
	ck_assert_int_eq(info.max, INT64_MIN);
	ck_assert_int_eq(info.flags & CSTN__BLOCK_SORTED, 0);
	for (int simd = 1; simd <= cstn__cpu_simd(); simd++) {
		cstn__block block = {0};

		ck_assert_int_eq(cstn__block_decode_with(
						 simd, &info, exact, n, 0, NULL, &block, NULL),
				CSTN_OK);
		ck_assert_ptr_null(block.values.numbers);
		ck_assert_uint_eq(block.values.rows, n);
		cstn__packed_init(&info, exact, n, &packed);
		ck_assert_int_eq(cstn__packed_is_text(&packed), 1);
		same_texts(values, start, &packed, &block.values);
		cstn__block_free(&block, NULL);
	}
	free(exact);
	cstn__bytes_free(&out);
	return info;
}

/* n texts of the prefix and first, first + step, ..., each of at least so many digits. */
static void fill(const char *prefix, int digits, uint64_t first, uint64_t step, uint64_t n)
{
	char text[LONGEST];

	for (uint64_t i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%s%0*llu", prefix, digits,
				(unsigned long long)(first + i * step));
		put_text(i, text);
	}
}

static uint32_t encoding_of(uint64_t n)
{
	cstn__values values = texts_of(n);

	return round_trip(&values, 0, n).encoding;
}

START_TEST(ids_of_a_prefix_and_a_number_are_kept_as_numbers)
{
	static const char *const prefixes[] = {"O", "", "", "INV-2024-", "#", "\xc3\xa4\xc3\xb6-",
			"0", "LOT 17/", "A1B2C3"};
	static const int digits[] = {11, 1, 18, 1, 1, 5, 1, 3, 1};
	static const uint64_t firsts[] = {0, 1, 7, 98, 99995, 9999999, 99999999, 123456789012};

	for (size_t f = 0; f < LENGTH(prefixes); f++)
		for (size_t i = 0; i < LENGTH(firsts); i++)
			for (uint64_t step = 1; step < 1000; step += 910) {
				cstn__values values = texts_of(ROWS);
				cstn__block_info info;

				fill(prefixes[f], digits[f], firsts[i], step, ROWS);
				info = round_trip(&values, 0, ROWS);
				round_trip(&values, 77, 100);
				/* Zeros in front, then more digits than they filled: neither form.
				 */
				if ((digits[f] > 1 || prefixes[f][0] == '0') &&
						offsets[1] != offsets[ROWS] - offsets[ROWS - 1])
					continue;
				ck_assert_uint_eq(info.encoding, CSTN__ENCODING_SERIAL);
			}
}
END_TEST

START_TEST(numbers_in_sequence_take_no_field_of_their_own)
{
	cstn__values values = texts_of(ROWS);
	cstn__block_info info;

	fill("O", 11, 10000000, 1, ROWS);
	info = round_trip(&values, 0, ROWS);
	ck_assert_uint_eq(info.encoding, CSTN__ENCODING_SERIAL);
	/* head, "O0001000", two anchors, the difference */
	ck_assert_uint_eq(info.enc_len, 8 + 8 + 2 * 8 + 8);
}
END_TEST

START_TEST(numbers_at_every_count_of_digits_come_back)
{
	for (uint32_t digits = 1; digits <= 18; digits++) {
		uint64_t end = cstn__power_of_ten(digits), least = cstn__power_of_ten(digits - 1);
		uint64_t row = 0;
		char text[64];

		/* of one length, zeros in front */
		for (uint32_t d = 0; d <= digits; d++)
			for (int by = -1; by <= 1; by++) {
				uint64_t number = (cstn__power_of_ten(d) + (uint64_t)(int64_t)by) %
						  end;

				snprintf(text, sizeof(text), "x%0*llu", (int)digits,
						(unsigned long long)number);
				row = put_text(row, text);
			}
		for (int i = 0; i < 60; i++)
			row = put_text(row, text);
		encoding_of(row);
		/* of any length, none in front */
		row = put_text(0, "x0");
		row = put_text(row, "x1");
		for (int i = 0; i < 60; i++) {
			uint64_t number = i % 2 ? end - 1 - (uint64_t)i / 2 % end
						: least + (uint64_t)i / 2 % end;

			snprintf(text, sizeof(text), "x%llu", (unsigned long long)(number % end));
			row = put_text(row, text);
		}
		encoding_of(row);
	}
}
END_TEST

START_TEST(nulls_among_the_ids_stay_nulls)
{
	for (int form = 0; form < 2; form++) {
		cstn__values values = texts_of(ROWS);
		char text[64];

		for (uint64_t i = 0; i < ROWS; i++) {
			snprintf(text, sizeof(text), form ? "S%llu" : "S%06llu",
					(unsigned long long)(i * 7919 % 100000));
			put_text(i, i % 3 == 1 ? "" : text);
		}
		punch(ROWS);
		values.validity = validity;
		ck_assert_uint_eq(round_trip(&values, 0, ROWS).encoding, CSTN__ENCODING_SERIAL);
		round_trip(&values, 65, 1030);
		round_trip(&values, 1, 1);
	}
}
END_TEST

START_TEST(one_text_in_all_rows_is_a_prefix_alone)
{
	char text[LONGEST] = {0};

	for (uint64_t i = 0; i < 50;)
		i = put_text(i, "EUR");
	ck_assert_uint_eq(encoding_of(50), CSTN__ENCODING_SERIAL);
	memset(text, 'a', 255);
	for (uint64_t i = 0; i < 50;)
		i = put_text(i, text);
	ck_assert_uint_eq(encoding_of(50), CSTN__ENCODING_SERIAL);
	text[255] = 'a'; /* a prefix has at most 255 bytes */
	for (uint64_t i = 0; i < 50;)
		i = put_text(i, text);
	ck_assert_uint_eq(encoding_of(50), CSTN__ENCODING_BYTES);
	for (uint64_t i = 0; i < 50;) /* no text at all */
		i = put_text(i, "");
	ck_assert_uint_eq(encoding_of(50), CSTN__ENCODING_SERIAL);
}
END_TEST

/* Sixty ids of one kind, and one more: are they of the form? If so they come back. */
static int with_one_more(int digits, const char *more)
{
	cstn__values values = texts_of(61);
	cstn__serial serial;

	fill("A", digits, 10, 1, 60);
	put_text(60, more);
	encoding_of(61);
	return cstn__serial_find(&values, 0, 61, &serial);
}

START_TEST(what_would_not_come_back_is_plain_text)
{
	static const char *const good[] = {"A99", "A100", "A0", "A00", "A9", "A999999999999999999"};
	static const char *const bad[] = {"A000", "A017", "A", "", "B17", "17", "A1x", "A+1", "A-1",
			"A 1", "A1/", "A1:", "/", "A1000000000000000000", "AA1"};

	for (size_t i = 0; i < LENGTH(good); i++)
		ck_assert_msg(with_one_more(1, good[i]), "%s", good[i]);
	for (size_t i = 0; i < LENGTH(bad); i++)
		ck_assert_msg(!with_one_more(1, bad[i]), "%s", bad[i]);
	/* 18 digits, and 19: with a common beginning, and without one. */
	ck_assert_int_eq(with_one_more(18, "A999999999999999999"), 1);
	ck_assert_int_eq(with_one_more(19, "A0999999999999999999"), 1);
	ck_assert_int_eq(with_one_more(19, "A1000000000000000000"), 0);
	ck_assert_int_eq(with_one_more(30, "A000000000000000000000000000099"), 1);
	ck_assert_int_eq(with_one_more(18, "A99"), 0); /* both forms */
}
END_TEST

START_TEST(numbers_are_taken_when_they_are_at_most_half_of_the_text)
{
	/* "A10" to "A15": a head of 8 bytes, the prefix in 8, 6 of RAW; plain, 6 x 3 and 7 x 4. */
	fill("A", 1, 10, 1, 9);
	ck_assert_uint_eq(encoding_of(6), CSTN__ENCODING_SERIAL);
	ck_assert_uint_eq(encoding_of(5), CSTN__ENCODING_BYTES);
	ck_assert_uint_eq(encoding_of(0), CSTN__ENCODING_BYTES);
	ck_assert_uint_eq(encoding_of(1), CSTN__ENCODING_BYTES);
}
END_TEST

START_TEST(the_log_and_archives_have_their_own_rules)
{
	cstn__values values;
	cstn__block_info info;
	cstn__bytes out;

	fill("A", 1, 10, 1, ROWS);
	values = texts_of(ROWS);
	cstn__bytes_init(&out, NULL);
	ck_assert_int_eq(cstn__block_encode(&values, 0, ROWS, CSTN__ENCODINGS_LOG, 0, &out, &info,
					 NULL),
			CSTN_OK);
	ck_assert_uint_eq(info.encoding, CSTN__ENCODING_BYTES);
	ck_assert_int_eq(cstn__block_encode(&values, 0, ROWS, CSTN__ENCODINGS_ALL, 1, &out, &info,
					 NULL),
			CSTN_OK);
	ck_assert_uint_eq(info.encoding, CSTN__ENCODING_SERIAL);
	ck_assert_uint_eq(info.flags, 0);
	cstn__bytes_free(&out);
}
END_TEST

/* --- the bytes -------------------------------------------------------------------------------- */

/* "P-7", null, "P-12" in FOR of 4 bits. */
static const uint8_t golden[] = {
		5, 0, 0, 0, 0, 0, 0, 0,     /* validity */
		7, 0, 0, 0, 255, 2, 2, 4,   /* bytes, digits, prefix, encoding, width */
		'P', '-', 0, 0, 0, 0, 0, 0, /* prefix */
		7, 0, 0, 0, 0, 0, 0, 0,     /* base */
		0, 5, 0, 0, 0, 0, 0, 0,     /* fields 0, 0, 5 */
};

static cstn_status decode(
		const uint8_t *data, uint32_t size, cstn__block *block, cstn_error **error)
{
	cstn__block_info info = {.enc_len = size,
			.raw_len = size,
			.nulls = 1,
			.encoding = CSTN__ENCODING_SERIAL,
			.flags = CSTN__BLOCK_VALIDITY};

	return cstn__block_decode(&info, data, 3, 0, NULL, block, error);
}

START_TEST(the_bytes_are_those_of_the_format)
{
	cstn__block block = {0};
	size_t len;

	ck_assert_int_eq(decode(golden, sizeof(golden), &block, NULL), CSTN_OK);
	ck_assert_mem_eq(cstn__values_text(&block.values, 0, &len), "P-7", 3);
	ck_assert_uint_eq(len, 3);
	ck_assert_int_eq(cstn__values_is_valid(&block.values, 1), 0);
	cstn__values_text(&block.values, 1, &len);
	ck_assert_uint_eq(len, 0);
	ck_assert_mem_eq(cstn__values_text(&block.values, 2, &len), "P-12", 4);
	ck_assert_uint_eq(len, 4);
	cstn__block_free(&block, NULL);
}
END_TEST

static void refuse(size_t at, uint8_t byte, const char *words)
{
	uint8_t data[sizeof(golden)];
	cstn__block block, untouched;
	cstn_error *error = NULL;

	memset(&block, 0x5a, sizeof(block));
	untouched = block;
	memcpy(data, golden, sizeof(data));
	data[at] = byte;
	ck_assert_int_eq(decode(data, sizeof(data), &block, &error), CSTN_E_CORRUPT);
	ck_assert_mem_eq(&block, &untouched, sizeof(block));
	if (!strstr(cstn_error_message(error), words))
		ck_abort_msg("'%s' is not in '%s'", words, cstn_error_message(error));
	cstn_error_free(error);
}

START_TEST(a_head_that_breaks_a_rule_is_corrupt)
{
	refuse(8, 6, "more bytes of text");
	refuse(8, 8, "fewer bytes of text");
	refuse(11, 2, "16 MiB");
	refuse(12, 19, "18 digits");
	refuse(12, 254, "18 digits");
	refuse(12, 1, "more digits"); /* 12 has two */
	refuse(12, 0, "more digits");
	refuse(13, 1, "after a prefix");
	refuse(13, 9, "rows x width");
	refuse(13, 255, "as long as it says");
	refuse(14, CSTN__ENCODING_DELTA, "no nulls");
	refuse(14, CSTN__ENCODING_RLE, "no such encoding");
	refuse(14, CSTN__ENCODING_BYTES, "no such encoding");
	refuse(14, CSTN__ENCODING_SERIAL, "no such encoding");
	refuse(14, CSTN__ENCODING_RAW, "rows x width bytes");
	refuse(14, CSTN__ENCODING_CONST, "CONST has 8");
	refuse(15, 0, "1 to 56");
	refuse(15, 64, "1 to 56");
	refuse(18, 1, "after a prefix");
	refuse(23, 1, "after a prefix");
	refuse(31, 0x80, "more digits"); /* a number below zero */
	refuse(33, 0x15, "bits after the last row");
	refuse(0, 7, "as many zeros");
}
END_TEST

START_TEST(a_block_that_is_cut_is_corrupt_at_every_byte)
{
	for (uint32_t size = 0; size < sizeof(golden); size++) {
		uint8_t *exact = malloc(size + 1);
		cstn__block block;

		memcpy(exact, golden, size);
		exact = realloc(exact, size ? size : 1);
		ck_assert_int_eq(decode(exact, size, &block, NULL), CSTN_E_CORRUPT);
		free(exact);
	}
}
END_TEST

START_TEST(every_byte_of_a_block_may_be_any_byte)
{
	for (size_t at = 0; at < sizeof(golden); at++)
		for (uint32_t byte = 0; byte < 256; byte++) {
			uint8_t data[sizeof(golden)];
			cstn__block block = {0};

			memcpy(data, golden, sizeof(data));
			data[at] = (uint8_t)byte;
			if (decode(data, sizeof(data), &block, NULL) != CSTN_OK)
				continue;
			for (uint64_t i = 0; i < 3; i++) {
				size_t len;
				const uint8_t *text = cstn__values_text(&block.values, i, &len);

				uint8_t copy[32];

				ck_assert_uint_le(len, 20);
				memcpy(copy, text, len);
				ck_assert_mem_eq(copy, text, len);
			}
			cstn__block_free(&block, NULL);
		}
}
END_TEST

START_TEST(zlib_and_a_width_of_its_own_are_corrupt)
{
	cstn__block_info info = {.enc_len = 40,
			.raw_len = 40,
			.nulls = 1,
			.encoding = CSTN__ENCODING_SERIAL,
			.flags = CSTN__BLOCK_VALIDITY,
			.width = 1};
	cstn_error *error = NULL;
	cstn__block block;

	ck_assert_int_eq(cstn__block_decode(&info, golden, 3, 0, NULL, &block, &error),
			CSTN_E_CORRUPT);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "no width of its own"));
	cstn_error_free(error);
	info.width = 0;
	info.flags |= CSTN__BLOCK_ZLIB;
	info.raw_len = 41;
	error = NULL;
	ck_assert_int_eq(cstn__block_decode(&info, golden, 3, 0, NULL, &block, &error),
			CSTN_E_CORRUPT);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "never deflated"));
	cstn_error_free(error);
}
END_TEST

START_TEST(out_of_memory_leaves_outputs_untouched)
{
	cstn__values values;
	cstn_status status = CSTN_E_NOMEM;
	uint64_t n;

	fill("A", 1, 10, 3, ROWS);
	values = texts_of(ROWS);
	for (n = 1; status != CSTN_OK; n++) {
		failing_allocator memory;
		cstn__block_info info;
		cstn__block block = {0};
		cstn__bytes out;

		failing_allocator_init(&memory, n);
		cstn__bytes_init(&out, &memory.allocator);
		status = cstn__block_encode(
				&values, 0, ROWS, CSTN__ENCODINGS_ALL, 0, &out, &info, NULL);
		if (status == CSTN_OK)
			status = cstn__block_decode(
					&info, out.data, ROWS, 0, &memory.allocator, &block, NULL);
		if (status != CSTN_OK) {
			ck_assert_int_eq(status, CSTN_E_NOMEM);
			ck_assert_ptr_null(block.memory);
		}
		cstn__block_free(&block, &memory.allocator);
		cstn__bytes_free(&out);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_uint_gt(n, 3);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			ids_of_a_prefix_and_a_number_are_kept_as_numbers,
			numbers_in_sequence_take_no_field_of_their_own,
			numbers_at_every_count_of_digits_come_back,
			nulls_among_the_ids_stay_nulls,
			one_text_in_all_rows_is_a_prefix_alone,
			what_would_not_come_back_is_plain_text,
			numbers_are_taken_when_they_are_at_most_half_of_the_text,
			the_log_and_archives_have_their_own_rules,
			the_bytes_are_those_of_the_format,
			a_head_that_breaks_a_rule_is_corrupt,
			a_block_that_is_cut_is_corrupt_at_every_byte,
			every_byte_of_a_block_may_be_any_byte,
			zlib_and_a_width_of_its_own_are_corrupt,
			out_of_memory_leaves_outputs_untouched,
	};

	return run_tests("store_serial", tests, LENGTH(tests));
}
