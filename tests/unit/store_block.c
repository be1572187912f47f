/* Blocks: what is encoded comes back, the smallest encoding wins, the bytes are those of the
 * format, and no bytes whatever are more than an error. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cpu.h"
#include "store/block.h"
#include "store/block_pack.h"

#include "failing_allocator.h"
#include "suite.h"

#define LARGEST 65536u
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const uint64_t sizes[] = {0, 1, 2, 63, 64, 65, 1023, 1024, 1025, 2049, 65535, 65536};

/* --- values ---------------------------------------------------------------------------------- */

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

enum pattern {
	SAME,
	TWO,
	DIGITS,
	NIBBLES,
	BYTES8,
	BYTES16,
	BYTES32,
	ANY,
	EXTREMES,
	RISING,
	RISING_BY_LITTLE,
	FALLING_OVER_ZERO,
	RUNS,
	N_PATTERNS
};

static int64_t value_of(int pattern, uint64_t row, uint64_t *state)
{
	uint64_t random = random_next(state);

	switch (pattern) {
	case SAME:
		return -7000000000;
	case TWO:
		return 1000000000000 + (int64_t)(random & 1);
	case DIGITS:
		return -3 + (int64_t)(random & 3);
	case NIBBLES:
		return INT64_MAX - 15 + (int64_t)(random & 15);
	case BYTES8:
		return INT64_MIN + (int64_t)(random & 255);
	case BYTES16:
		return 1700000000000000 + (int64_t)(random & 65535);
	case BYTES32:
		return -5 + (int64_t)(random & UINT32_MAX);
	case ANY:
		return (int64_t)random;
	case EXTREMES:
		return row & 1 ? INT64_MAX : INT64_MIN;
	case RISING:
		return (int64_t)row + (INT64_C(1) << 40);
	case RISING_BY_LITTLE:
		return (int64_t)row * 1000000 + (int64_t)(random & 7);
	case FALLING_OVER_ZERO:
		return 100000 - (int64_t)row * 7;
	default:
		return (int64_t)(row / 300) * -1000000007;
	}
}

enum nulls { NONE, SOME, ALL, N_NULLS };

/* A column of LARGEST rows, on the heap. */
struct column {
	int64_t numbers[LARGEST];
	uint64_t validity[LARGEST / 64];
	uint32_t offsets[LARGEST + 1];
	uint8_t bytes[LARGEST * 4];
};

static void set_nulls(struct column *column, int nulls)
{
	uint64_t state = 99;

	for (size_t i = 0; i < LARGEST / 64; i++)
		column->validity[i] = nulls == NONE   ? UINT64_MAX
				      : nulls == SOME ? random_next(&state) | (i == 0)
						      : 0;
}

static cstn__values numbers_of(struct column *column, int pattern, int nulls)
{
	cstn__values values = {0};
	uint64_t state = 88172645463325252u + (uint64_t)pattern;

	set_nulls(column, nulls);
	for (uint64_t i = 0; i < LARGEST; i++) {
		int64_t value = value_of(pattern, i, &state);

		column->numbers[i] = column->validity[i / 64] >> i % 64 & 1 ? value : 0;
	}
	values.rows = LARGEST;
	values.validity = nulls == NONE ? NULL : column->validity;
	values.numbers = column->numbers;
	return values;
}

static cstn__values texts_of(struct column *column, int nulls)
{
	cstn__values values = {0};
	uint64_t state = 4242;

	set_nulls(column, nulls);
	column->offsets[0] = 0;
	for (uint64_t i = 0; i < LARGEST; i++) {
		uint32_t len = (uint32_t)(random_next(&state) & 3);

		if (!(column->validity[i / 64] >> i % 64 & 1))
			len = 0;
		memset(column->bytes + column->offsets[i], 'a' + (int)(i % 26), len);
		column->offsets[i + 1] = column->offsets[i] + len;
	}
	values.rows = LARGEST;
	values.validity = nulls == NONE ? NULL : column->validity;
	values.offsets = column->offsets;
	values.bytes = column->bytes;
	return values;
}

static struct column *new_column(void)
{
	struct column *column = calloc(1, sizeof(*column));

	ck_assert_ptr_nonnull(column);
	return column;
}

/* --- round trips ------------------------------------------------------------------------------ */

static void check_same(const cstn__values *values, uint64_t start, uint64_t n, int nulls,
		const cstn__values *back)
{
	ck_assert_uint_eq(back->rows, n);
	ck_assert_int_eq(back->numbers != NULL, values->numbers != NULL);
	if (nulls == NONE)
		ck_assert_ptr_null(back->validity);
	for (uint64_t i = 0; i < n; i++) {
		int valid = cstn__values_is_valid(values, start + i);
		size_t len, back_len;

		if (cstn__values_is_valid(back, i) != valid)
			ck_abort_msg("validity of row %llu", (unsigned long long)i);
		if (values->numbers) {
			if (back->numbers[i] != (valid ? values->numbers[start + i] : 0))
				ck_abort_msg("number of row %llu", (unsigned long long)i);
			continue;
		}
		{
			const uint8_t *text = cstn__values_text(values, start + i, &len);
			const uint8_t *back_text = cstn__values_text(back, i, &back_len);

			if (len != back_len || memcmp(text, back_text, len) != 0)
				ck_abort_msg("text of row %llu", (unsigned long long)i);
		}
	}
	if (back->validity && n % 64)
		ck_assert_uint_eq(back->validity[n / 64] >> n % 64, 0);
}

static cstn__block_info round_trip(const cstn__values *values, uint64_t start, uint64_t n,
		uint32_t encodings, int zlib, int nulls)
{
	cstn__block_info info;
	cstn__block block = {0};
	cstn__bytes out;
	cstn_error *error = NULL;
	uint8_t *exact;

	cstn__bytes_init(&out, NULL);
	cstn__bytes_put(&out, "before", 6);
	ck_assert_int_eq(cstn__block_encode(values, start, n, encodings, zlib, &out, &info, &error),
			CSTN_OK);
	ck_assert_uint_eq(out.size, 6 + info.enc_len);
	ck_assert_int_eq(memcmp(out.data, "before", 6), 0);
	exact = malloc(info.enc_len + 1); /* so that a read past the end is seen */
	ck_assert_ptr_nonnull(exact);
	memcpy(exact, out.data + 6, info.enc_len);
	ck_assert_int_eq(cstn__block_decode(&info, exact, n, 0, NULL, &block, &error), CSTN_OK);
	check_same(values, start, n, nulls, &block.values);
	ck_assert_uint_eq(info.nulls, nulls == ALL ? n : nulls == NONE ? 0 : info.nulls);
	cstn__block_free(&block, NULL);
	cstn__bytes_free(&out);
	free(exact);
	return info;
}

START_TEST(numbers_of_any_kind_come_back_from_the_encoding_chosen)
{
	struct column *column = new_column();

	for (int pattern = 0; pattern < N_PATTERNS; pattern++)
		for (int nulls = 0; nulls < N_NULLS; nulls++)
			for (size_t i = 0; i < LENGTH(sizes); i++) {
				cstn__values values = numbers_of(column, pattern, nulls);
				uint64_t n = sizes[i];

				round_trip(&values, 0, n, CSTN__ENCODINGS_ALL, 0, nulls);
				round_trip(&values, 0, n, CSTN__ENCODINGS_LOG, 1, nulls);
				if (n < 2000)
					round_trip(&values, 77, n, CSTN__ENCODINGS_ALL, 0, nulls);
			}
	free(column);
}
END_TEST

/* An encoding alone, with values that it can hold. */
static void force(struct column *column, uint32_t encoding, int pattern, uint32_t width)
{
	for (int nulls = 0; nulls < N_NULLS; nulls++)
		for (size_t i = 0; i < LENGTH(sizes); i++) {
			cstn__values values = numbers_of(column, pattern, nulls);
			uint64_t n = sizes[i];
			cstn__block_info info;

			if (encoding == CSTN__ENCODING_DELTA && (nulls != NONE || n < 2))
				continue;
			if (encoding == CSTN__ENCODING_RLE && n == 0)
				continue;
			info = round_trip(&values, 3, n + 3 <= LARGEST ? n : LARGEST - 3,
					1u << encoding, 0, nulls);
			ck_assert_uint_eq(info.encoding, encoding);
			if (n >= 1024 && nulls != ALL)
				ck_assert_uint_eq(info.width, width);
		}
}

START_TEST(every_encoding_and_width_holds_its_values)
{
	struct column *column = new_column();

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
	struct column *column = new_column();

	for (int nulls = 0; nulls < N_NULLS; nulls++)
		for (size_t i = 0; i < LENGTH(sizes); i++) {
			cstn__values values = texts_of(column, nulls);
			uint64_t n = sizes[i];
			cstn__block_info plain, deflated;

			plain = round_trip(&values, 0, n, CSTN__ENCODINGS_ALL, 0, nulls);
			deflated = round_trip(&values, 0, n, CSTN__ENCODINGS_ALL, 1, nulls);
			ck_assert_uint_eq(plain.encoding, CSTN__ENCODING_BYTES);
			ck_assert_uint_eq(plain.flags & CSTN__BLOCK_ZLIB, 0);
			ck_assert_uint_eq(plain.enc_len, plain.raw_len);
			ck_assert_uint_eq(deflated.raw_len, plain.raw_len);
			ck_assert_int_eq((deflated.flags & CSTN__BLOCK_ZLIB) != 0,
					deflated.enc_len < deflated.raw_len);
			if (n >= 1023)
				ck_assert_uint_lt(deflated.enc_len, plain.enc_len);
			if (n < 2000)
				round_trip(&values, 77, n, CSTN__ENCODINGS_ALL, 0, nulls);
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

	return round_trip(&values, 0, n, encodings, 0, NONE);
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
	ck_assert_uint_eq(info.enc_len, 8 + 8 + 128);
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
	info = round_trip(&values, 0, 4, CSTN__ENCODINGS_ALL, 0, SOME);
	ck_assert_uint_eq(info.flags, CSTN__BLOCK_VALIDITY);
	ck_assert_uint_eq(info.nulls, 1);
	values.validity = none;
	info = round_trip(&values, 0, 4, CSTN__ENCODINGS_ALL, 0, ALL);
	ck_assert_int_eq(info.min, INT64_MAX);
	ck_assert_int_eq(info.max, INT64_MIN);
}
END_TEST

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
	round_trip(&values, 0, 6, 1u << CSTN__ENCODING_RLE, 0, SOME);
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
	static const uint32_t widths[] = {1, 2, 4, 8, 16, 32, 64};
	uint8_t packed[8 * 200];
	uint64_t state = 7;

	for (size_t i = 0; i < sizeof(packed); i++)
		packed[i] = (uint8_t)random_next(&state);
	for (size_t w = 0; w < LENGTH(widths); w++)
		for (size_t n = 0; n <= 200; n++) {
			uint32_t bits = widths[w];
			size_t size = (n * bits + 7) / 8;
			uint64_t base = random_next(&state);
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
				if (bits < 8)
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
		if (width != 1 && width != 2 && width != 4 && width != 8 && width != 16 &&
				width != 32)
			refuse(&info, zeros, 0, 0, "the width of FOR");
		info = info_for(CSTN__ENCODING_DELTA, width, 8);
		if (width == 0 || width == 64 || width == 3)
			refuse(&info, zeros, 0, 0, "the width of DELTA");
		info = info_for(CSTN__ENCODING_RAW, width, 0);
		if (width != 1 && width != 2 && width != 4 && width != 8)
			refuse(&info, zeros, 0, 0, "the width of RAW");
	}
	info = info_for(6, 0, 0);
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
	struct column *column = new_column();
	cstn__values values = texts_of(column, SOME);
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
		numbers[i] = (int64_t)random_next(&state);
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
	struct column *column = new_column();

	for (int text = 0; text < 3; text++) {
		cstn__values values =
				text ? texts_of(column, SOME) : numbers_of(column, BYTES16, SOME);
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
			the_bytes_of_each_encoding_are_those_of_the_format, nulls_carry_a_run_on,
			fields_lie_least_significant_bit_first_in_little_endian_words,
			every_form_of_unpacking_gives_the_same_numbers,
			parts_of_another_length_are_refused,
			padding_and_anchors_that_are_not_zero_are_refused,
			runs_that_do_not_rise_to_the_last_row_are_refused,
			offsets_that_fall_or_point_past_the_end_are_refused,
			validity_must_agree_with_the_count_of_nulls,
			codes_past_the_dictionary_are_refused,
			deflated_bytes_that_end_early_or_late_are_refused,
			deflated_numbers_of_an_archive_are_read,
			a_block_over_its_limit_is_refused_before_anything_is_written,
			out_of_memory_leaves_outputs_untouched};

	return run_tests("store_block", tests, LENGTH(tests));
}
