/* Checksums of rows: the same however rows are laid out and cut, against hashes of strings that a
 * second, slow way puts together; another for whatever differs; what is refused. */
#include <stdio.h>

#include <sodium.h>

#include <constellation/constellation.h>

#include "arrow_maker.h"
#include "base/hash.h"
#include "release_fixture.h"
#include "sharing_fixture.h"
#include "suite.h"

#define MOST 24
#define SALT ((const uint8_t *)"0123456789abcdef")

/* --- the slow way ----------------------------------------------------------------------------- */

typedef struct text {
	uint8_t bytes[1 << 16];
	size_t size;
} text;

static void put(text *to, const void *data, size_t size)
{
	ck_assert_uint_le(to->size + size, sizeof(to->bytes));
	memcpy(to->bytes + to->size, data, size);
	to->size += size;
}

static void put_number(text *to, uint64_t value, int size)
{
	for (int i = 0; i < size; i++) {
		uint8_t byte = (uint8_t)(value >> 8 * i);

		put(to, &byte, 1);
	}
}

static void put_hash(text *to, int32_t kind, const text *of)
{
	cstn__hash128_value value;

	if (kind == CSTN_CHECKSUM_SHA256) {
		crypto_hash_sha256(to->bytes + to->size, of->bytes, of->size);
		to->size += 32;
		return;
	}
	value = cstn__hash128(of->bytes, of->size);
	for (int i = 0; i < 16; i++)
		to->bytes[to->size++] =
				(uint8_t)((i < 8 ? value.high : value.low) >> (56 - 8 * (i % 8)));
}

/* Its bytes, the least first. */
static void put_cell(text *to, const release_cell *cell, const char *format)
{
	int turn = 0;

	(void)format;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	turn = release_width(format) > 0 && format[0] != 'w' && strncmp(format, "tt", 2) != 0 &&
	       format[1] != 'D' && strncmp(format, "ti", 2) != 0 && strcmp(format, "e") != 0;
#endif
	for (int i = 0; i < cell->len; i++)
		put(to, &cell->bytes[turn ? cell->len - 1 - i : i], 1);
}

/* Bits, each in its place, as words. */
static void put_bits(text *to, const uint8_t *bits, int n)
{
	for (int from = 0; from < n; from += 64) {
		uint64_t word = 0;

		for (int i = from; i < n && i < from + 64; i++)
			word |= (uint64_t)bits[i] << (i - from);
		put_number(to, word, 8);
	}
}

static void model(const release_table_column *columns, int n, int rows, int32_t kind, uint8_t *out)
{
	static text all, valid, lengths, values, result;
	uint8_t there[RELEASE_ROWS], flags[RELEASE_ROWS];

	all.size = 0;
	put(&all, SALT, 16);
	put(&all, "cstn/rows/v1\n", 13);
	put_number(&all, (uint64_t)n, 8);
	put_number(&all, (uint64_t)rows, 8);
	for (int c = 0; c < n; c++) {
		const char *format = columns[c].format;
		int width = release_width(format);
		char type[64];

		snprintf(type, sizeof(type), "%s%s",
				strchr("uUzZv", format[0]) ? strchr(format, 'u') || format[0] == 'U'
									     ? "utf8"
									     : "binary"
							   : format,
				strcmp(format, "d:19,2") == 0 ? ",128" : "");
		valid.size = lengths.size = values.size = 0;
		put(&valid, SALT, 16);
		put(&lengths, SALT, 16);
		put(&values, SALT, 16);
		for (int i = 0; i < rows; i++) {
			const release_cell *cell = &columns[c].cells[i];

			there[i] = cell->valid;
			flags[i] = cell->valid && cell->bytes[0];
			if (width == -2)
				put_number(&lengths, cell->valid ? cell->len : 0, 4);
			if (cell->valid && width)
				put_cell(&values, cell, format);
			for (int j = 0; !cell->valid && j < width; j++)
				put_number(&values, 0, 1);
		}
		put_bits(&valid, there, rows);
		if (width == 0)
			put_bits(&values, flags, rows);
		put_number(&all, strlen(columns[c].name), 4);
		put(&all, columns[c].name, strlen(columns[c].name));
		put_number(&all, strlen(type), 4);
		put(&all, type, strlen(type));
		put_hash(&all, kind, &valid);
		put_hash(&all, kind, &lengths);
		put_hash(&all, kind, &values);
	}
	result.size = 0;
	put_hash(&result, kind, &all);
	memset(out, 0, CSTN_CHECKSUM_SIZE_MOST);
	memcpy(out, result.bytes, result.size);
}

/* --- random layouts --------------------------------------------------------------------------- */

/* The rows in random batches of one random layout. */
static void checksum(const release_table_column *columns, int n, int rows, int32_t kind,
		uint64_t *state, uint8_t *out)
{
	struct ArrowArray batches[MOST];
	struct ArrowArrayStream stream;
	release_layout layouts[4];
	int at = 0, count = 0;
	size_t size = 0;

	for (int c = 0; c < n; c++)
		layouts[c] = release_random_layout(columns[c].format, state);
	while (at < rows || count == 0) {
		int left = rows - at,
		    take = count == MOST - 1 || sharing_roll(state, 4) == 0
					   ? left
					   : (int)sharing_roll(state, (uint32_t)left + 1);

		release_batch(&batches[count++], columns, n, at, take,
				sharing_roll(state, 2) ? 0 : sharing_roll(state, 20), layouts,
				state);
		at += take;
	}
	release_stream(&stream, columns, n, layouts, batches, count);
	SHARING_OK(cstn_release_checksum(&stream, kind, SALT, NULL, out, &size, &error));
	ck_assert_uint_eq(size, kind == CSTN_CHECKSUM_SHA256 ? 32 : 16);
	ck_assert_ptr_null(stream.release);
	ck_assert_int_eq(release_live(), 0);
}

START_TEST(a_checksum_is_of_values_and_not_of_how_they_lie)
{
	static const char *const names[] = {"a", "", "column three", "a"};
	static release_table_column columns[4];
	uint8_t expected[CSTN_CHECKSUM_SIZE_MOST], got[CSTN_CHECKSUM_SIZE_MOST];
	size_t every = test_every();

	for (size_t round = 0; round < 1200; round += every) {
		uint64_t state = round;
		int n = 1 + (int)sharing_roll(&state, 4), rows = (int)sharing_roll(&state, 150);
		int32_t kind = round % 2 ? CSTN_CHECKSUM_SHA256 : CSTN_CHECKSUM_XXH3_128;

		for (int c = 0; c < n; c++) {
			columns[c].name = names[c];
			columns[c].format = release_formats[sharing_roll(
					&state, (uint32_t)release_n_formats)];
			release_fill(&columns[c], rows, (int)sharing_roll(&state, 3) * 30,
					1 + (int)sharing_roll(&state, 20), &state);
		}
		model(columns, n, rows, kind, expected);
		for (int again = 0; again < 3; again++) {
			checksum(columns, n, rows, kind, &state, got);
			ck_assert_mem_eq(got, expected, sizeof(got));
		}
	}
}
END_TEST

START_TEST(whatever_differs_has_another_checksum)
{
	static release_table_column column = {.name = "a", .format = "u"};
	uint8_t first[CSTN_CHECKSUM_SIZE_MOST], other[CSTN_CHECKSUM_SIZE_MOST];
	uint64_t state = 1;

	release_fill(&column, 40, 20, 9, &state);
	column.cells[7].valid = 0;
	column.cells[8] = (release_cell){1, 2, "ab"};
	column.cells[9] = (release_cell){1, 1, "c"};
	checksum(&column, 1, 40, CSTN_CHECKSUM_XXH3_128, &state, first);
	/* the same bytes, cut elsewhere */
	column.cells[8] = (release_cell){1, 1, "a"};
	column.cells[9] = (release_cell){1, 2, "bc"};
	checksum(&column, 1, 40, CSTN_CHECKSUM_XXH3_128, &state, other);
	ck_assert_mem_ne(first, other, 16);
	column.cells[8] = (release_cell){1, 2, "ab"};
	column.cells[9] = (release_cell){1, 1, "c"};
	/* an empty text is not null */
	column.cells[7] = (release_cell){1, 0, ""};
	checksum(&column, 1, 40, CSTN_CHECKSUM_XXH3_128, &state, other);
	ck_assert_mem_ne(first, other, 16);
	column.cells[7].valid = 0;
	checksum(&column, 1, 39, CSTN_CHECKSUM_XXH3_128, &state, other);
	ck_assert_mem_ne(first, other, 16);
	column.name = "b";
	checksum(&column, 1, 40, CSTN_CHECKSUM_XXH3_128, &state, other);
	ck_assert_mem_ne(first, other, 16);
	column.name = "a";
	column.format = "z";
	checksum(&column, 1, 40, CSTN_CHECKSUM_XXH3_128, &state, other);
	ck_assert_mem_ne(first, other, 16);
	column.format = "u";
	checksum(&column, 1, 40, CSTN_CHECKSUM_XXH3_128, &state, other);
	ck_assert_mem_eq(first, other, 16);
}
END_TEST

static cstn_status sum_of(const char *format, const char *index, int32_t kind, const uint8_t *salt,
		cstn_error **error)
{
	static const int64_t zeros[4] = {0};
	const maker_column values = {
			.name = "odd", .format = format, .n_buffers = 2, .buffers = {NULL, zeros}};
	maker_column field = values;
	const maker_stream made = {.fields = &field, .n = 1};
	struct ArrowArrayStream stream;
	uint8_t out[CSTN_CHECKSUM_SIZE_MOST];
	cstn_status status;
	size_t size;

	if (index) {
		field.format = index;
		field.dictionary = &values;
	}
	maker_open(&stream, &made);
	status = cstn_release_checksum(&stream, kind, salt, NULL, out, &size, error);
	ck_assert_ptr_null(stream.release);
	ck_assert_int_eq(maker_live(), 0);
	return status;
}

START_TEST(what_has_no_checksum_is_refused_by_name)
{
	static const char *const nested[] = {
			"+l", "+L", "+s", "+m", "+w:3", "+ud:0", "+us:0", "+r", "w:0", "w:x", "?"};
	struct ArrowArrayStream none = {0};
	uint8_t out[CSTN_CHECKSUM_SIZE_MOST];
	size_t size;

	for (size_t i = 0; i < sizeof(nested) / sizeof(nested[0]); i++)
		SHARING_FAILS(CSTN_E_SCHEMA, "column 'odd'",
				sum_of(nested[i], NULL, CSTN_CHECKSUM_SHA256, SALT, &error));
	SHARING_FAILS(CSTN_E_SCHEMA, "column 'odd' is a dictionary with double",
			sum_of("u", "g", CSTN_CHECKSUM_SHA256, SALT, &error));
	SHARING_FAILS(CSTN_E_SCHEMA, "column 'odd' is list",
			sum_of("+l", "i", CSTN_CHECKSUM_SHA256, SALT, &error));
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "kind is 3", sum_of("l", NULL, 3, SALT, &error));
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "salt is NULL",
			sum_of("l", NULL, CSTN_CHECKSUM_SHA256, NULL, &error));
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "rows",
			cstn_release_checksum(&none, 1, SALT, NULL, out, &size, &error));
}
END_TEST

static void broken(maker_column column, const char *words)
{
	const maker_batch batch = {.length = 3, .columns = &column};
	const maker_stream made = {.fields = &column, .n = 1, .batches = &batch, .n_batches = 1};
	struct ArrowArrayStream stream;
	uint8_t out[CSTN_CHECKSUM_SIZE_MOST];
	size_t size;

	column.name = "odd";
	maker_open(&stream, &made);
	SHARING_FAILS(CSTN_E_STREAM, words,
			cstn_release_checksum(&stream, 1, SALT, NULL, out, &size, &error));
	ck_assert_int_eq(maker_live(), 0);
}

START_TEST(a_broken_stream_has_no_checksum)
{
	static const int32_t backwards[] = {0, 5, 3, 8}, out_of_it[] = {0, 1, 2};
	static const int64_t values[] = {1, 2, 3};
	const maker_column entries = {
			.format = "l", .length = 2, .n_buffers = 2, .buffers = {NULL, values}};

	broken((maker_column){.format = "u",
			       .length = 3,
			       .n_buffers = 3,
			       .buffers = {NULL, backwards, "abcdefgh"}},
			"backwards");
	broken((maker_column){.format = "l",
			       .length = 2,
			       .n_buffers = 2,
			       .buffers = {NULL, values}},
			"2 rows, its batch 3");
	broken((maker_column){.format = "i",
			       .length = 3,
			       .n_buffers = 2,
			       .buffers = {NULL, out_of_it},
			       .dictionary = &entries},
			"outside its dictionary");
	broken((maker_column){.format = "w:3", .length = 3, .n_buffers = 2}, "no buffer of values");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_checksum_is_of_values_and_not_of_how_they_lie,
			whatever_differs_has_another_checksum,
			what_has_no_checksum_is_refused_by_name, a_broken_stream_has_no_checksum};

	return run_tests("release_checksum", tests, sizeof(tests) / sizeof(tests[0]));
}
