#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bitmap.h"
#include "column_view.h"
#include "failing_allocator.h"
#include "native.h"
#include "suite.h"

#define DAY INT64_C(86400)

/* --- every format, written by hand ------------------------------------------------------------ */

enum { AS_I64, AS_F64, AS_TEXT };

typedef struct format_case {
	const char *format;
	int width; /* bytes a value; 0 bits; text: bytes an end; 16 view */
	int how;
	uint32_t accept;
	int32_t scale;
	int32_t type; /* bound to */
	int64_t unit; /* what one step of the stored number is in the column's unit; -n: 1/n */
} format_case;

#define ACCEPT_INT (CSTN__ACCEPT(CSTN_TYPE_INT64) | CSTN__ACCEPT(CSTN_TYPE_INT32))

static const format_case cases[] = {
		{"c", 1, AS_I64, ACCEPT_INT, 0, CSTN_TYPE_INT64, 1},
		{"C", 1, AS_I64, ACCEPT_INT, 0, CSTN_TYPE_INT64, 1},
		{"s", 2, AS_I64, ACCEPT_INT, 0, CSTN_TYPE_INT64, 1},
		{"S", 2, AS_I64, ACCEPT_INT, 0, CSTN_TYPE_INT64, 1},
		{"i", 4, AS_I64, ACCEPT_INT, 0, CSTN_TYPE_INT64, 1},
		{"I", 4, AS_I64, ACCEPT_INT, 0, CSTN_TYPE_INT64, 1},
		{"l", 8, AS_I64, ACCEPT_INT, 0, CSTN_TYPE_INT64, 1},
		{"L", 8, AS_I64, ACCEPT_INT, 0, CSTN_TYPE_INT64, 1},
		{"i", 4, AS_I64, ACCEPT(INT32), 0, CSTN_TYPE_INT32, 1},
		{"l", 8, AS_I64, ACCEPT(INT32), 0, CSTN_TYPE_INT32, 1},
		{"I", 4, AS_I64, ACCEPT(INT32), 0, CSTN_TYPE_INT32, 1},
		{"s", 2, AS_I64, ACCEPT(DECIMAL), 3, CSTN_TYPE_DECIMAL, 1000},
		{"l", 8, AS_I64, ACCEPT(DECIMAL), 3, CSTN_TYPE_DECIMAL, 1000},
		{"b", 0, AS_I64, ACCEPT(FLAG), 0, CSTN_TYPE_FLAG, 1},
		{"tdD", 4, AS_I64, ACCEPT(DAYS), 0, CSTN_TYPE_DAYS, 1},
		{"tdm", 8, AS_I64, ACCEPT(DAYS), 0, CSTN_TYPE_DAYS, -86400000},
		{"tss:UTC", 8, AS_I64, ACCEPT(TIME), 0, CSTN_TYPE_TIME, 1000000},
		{"tsm:Europe/Berlin", 8, AS_I64, ACCEPT(TIME), 0, CSTN_TYPE_TIME, 1000},
		{"tsu:+02:00", 8, AS_I64, ACCEPT(TIME), 0, CSTN_TYPE_TIME, 1},
		{"tsn:UTC", 8, AS_I64, ACCEPT(TIME), 0, CSTN_TYPE_TIME, -1000},
		{"d:9,2,32", 4, AS_I64, ACCEPT(DECIMAL), 2, CSTN_TYPE_DECIMAL, 1},
		{"d:18,2,64", 8, AS_I64, ACCEPT(DECIMAL), 2, CSTN_TYPE_DECIMAL, 1},
		{"d:38,2", 16, AS_I64, ACCEPT(DECIMAL), 2, CSTN_TYPE_DECIMAL, 1},
		{"d:38,2,128", 16, AS_I64, ACCEPT(DECIMAL), -1, CSTN_TYPE_DECIMAL, 1},
		{"d:76,2,256", 32, AS_I64, ACCEPT(DECIMAL), 2, CSTN_TYPE_DECIMAL, 1},
		{"d:9,2,32", 4, AS_I64, ACCEPT(DECIMAL), 4, CSTN_TYPE_DECIMAL, 100},
		{"d:38,2", 16, AS_I64, ACCEPT(DECIMAL), 0, CSTN_TYPE_DECIMAL, -100},
		{"d:76,30,256", 32, AS_I64, ACCEPT(DECIMAL), 28, CSTN_TYPE_DECIMAL, -100},
		{"d:38,0", 16, AS_I64, ACCEPT(INT64), 0, CSTN_TYPE_INT64, 1},
		{"d:5,-3", 16, AS_I64, ACCEPT(INT64), 0, CSTN_TYPE_INT64, 1000},
		{"f", 4, AS_F64, ACCEPT(DOUBLE), 0, CSTN_TYPE_DOUBLE, 1},
		{"g", 8, AS_F64, ACCEPT(DOUBLE), 0, CSTN_TYPE_DOUBLE, 1},
		{"i", 4, AS_F64, ACCEPT(DOUBLE), 0, CSTN_TYPE_DOUBLE, 1},
		{"l", 8, AS_F64, ACCEPT(DOUBLE), 0, CSTN_TYPE_DOUBLE, 1},
		{"u", 4, AS_TEXT, ACCEPT(TEXT), 0, CSTN_TYPE_TEXT, 1},
		{"U", 8, AS_TEXT, ACCEPT(TEXT), 0, CSTN_TYPE_TEXT, 1},
		{"vu", 16, AS_TEXT, ACCEPT(TEXT), 0, CSTN_TYPE_TEXT, 1},
		{"z", 4, AS_TEXT, ACCEPT(BYTES), 0, CSTN_TYPE_BYTES, 1},
		{"Z", 8, AS_TEXT, ACCEPT(BYTES), 0, CSTN_TYPE_BYTES, 1},
		{"vz", 16, AS_TEXT, ACCEPT(BYTES), 0, CSTN_TYPE_BYTES, 1},
		{"z", 4, AS_TEXT, ACCEPT(TEXT), 0, CSTN_TYPE_TEXT, 1},
		{"u", 4, AS_TEXT, ACCEPT(BYTES), 0, CSTN_TYPE_BYTES, 1},
};
#define CASES ((int)(sizeof(cases) / sizeof(cases[0])))

static int is_unsigned(const format_case *of)
{
	return of->width && strchr("CSIL", of->format[0]) && strlen(of->format) == 1;
}

/* The stored number of row i: small enough for every width, negative where the format allows. */
static int64_t stored(const format_case *of, int64_t i)
{
	int64_t value = i * 7 % 100 - (is_unsigned(of) ? 0 : 50);

	if (of->width == 0)
		return value & 1;
	return of->unit < 0 ? value * -of->unit : value;
}

static int64_t expected(const format_case *of, int64_t i)
{
	return of->unit < 0 ? stored(of, i) / -of->unit : stored(of, i) * of->unit;
}

static size_t text_of(int64_t i, char *out)
{
	static const char letters[] = "abcdefghijkl\xc3\xa9 and more";
	size_t len = (size_t)(i * 5 % (int64_t)sizeof(letters));

	if (len == 13) /* would end within the two bytes of one letter */
		len = 12;
	memcpy(out, letters, len);
	return len;
}

typedef struct buffers {
	uint8_t *validity, *values, *text, *raw;
	int64_t sizes[1];
} buffers;

static void put_number(uint8_t *at, const format_case *of, int64_t i)
{
	int64_t number = stored(of, i);
	float narrow = (float)number;
	double real = (double)number;

	if (of->how == AS_F64 && of->format[0] == 'f')
		memcpy(at, &narrow, 4);
	else if (of->how == AS_F64 && of->format[0] == 'g')
		memcpy(at, &real, 8);
	else
		put_native(at, number, (size_t)of->width);
}

/* n values from physical row 0 on; `values` begins `misalign` bytes off any alignment. */
static buffers make_buffers(const format_case *of, int64_t n, int nulls, size_t misalign)
{
	buffers made;
	int64_t i, at = 3; /* text that does not begin at 0 */

	made.raw = calloc(1, (size_t)(n + 1) * 32 + 64);
	made.values = made.raw + misalign;
	made.text = calloc(1, (size_t)(n + 1) * 32 + 64);
	made.validity = calloc(1, (size_t)n / 8 + 16);
	for (i = 0; i < n; i++) {
		char text[64];
		size_t len = text_of(i, text);
		uint8_t *slot = made.values + i * of->width;

		if (nulls == 0 || (nulls == 1 && i % 3 != 1))
			cstn__bit_set(made.validity, (size_t)i);
		if (of->how == AS_TEXT && of->width == 16) {
			int32_t view[4] = {(int32_t)len, 0, 0, (int32_t)at};

			memcpy(made.text + at, text, len);
			if (len <= 12)
				memcpy(&view[1], text, len);
			else
				memcpy(&view[1], text, 4);
			memcpy(slot, view, 16);
			at += (int64_t)len;
		} else if (of->how == AS_TEXT) {
			put_native(slot, at, (size_t)of->width);
			memcpy(made.text + at, text, len);
			at += (int64_t)len;
			put_native(slot + of->width, at, (size_t)of->width);
		} else if (of->width == 0) {
			if (stored(of, i))
				cstn__bit_set(made.values, (size_t)i);
		} else {
			put_number(slot, of, i);
		}
	}
	made.sizes[0] = at;
	return made;
}

static void free_buffers(buffers *made)
{
	free(made->raw);
	free(made->text);
	free(made->validity);
}

static maker_column make_column(const format_case *of, const buffers *made, int64_t offset,
		int64_t length, int nulls, int64_t null_count)
{
	maker_column column = {.name = "x",
			.format = of->format,
			.length = length,
			.offset = offset,
			.null_count = null_count,
			.n_buffers = 2};

	column.buffers[0] = nulls ? made->validity : NULL;
	column.buffers[1] = made->values;
	if (of->how == AS_TEXT) {
		column.n_buffers = of->width == 16 ? 4 : 3;
		column.buffers[2] = made->text;
		column.buffers[3] = made->sizes;
	}
	return column;
}

static cstn__column_decl decl_of(const format_case *of)
{
	cstn__column_decl decl = {"x", of->accept, of->scale, 1, 1, 0, 0};

	if (of->scale > 18)
		decl.scale = of->scale;
	return decl;
}

/* Logical row r of the column is physical row `first + r`. */
static void check_text_rows(const cstn__column *column, int64_t first, int64_t n, int nulls)
{
	char wanted[64];
	const char *text;
	size_t len;
	int64_t r;

	for (r = 0; r < n; r++) {
		int is_null = nulls == 2 || (nulls == 1 && (first + r) % 3 == 1);

		if (cstn__column_read_text(column, r, &text, &len) != is_null)
			ck_abort_msg("row %d: null", (int)r);
		if (is_null)
			continue;
		if (len != text_of(first + r, wanted) || memcmp(text, wanted, len) != 0)
			ck_abort_msg("row %d is '%.*s'", (int)r, (int)len, text);
	}
}

static void check_rows(const format_case *of, const cstn__column *column, int64_t first, int64_t n,
		int nulls)
{
	static int64_t numbers[1024];
	static double reals[1024];
	uint64_t valid[16], bad[16] = {0};
	int64_t start, r;

	if (of->how == AS_TEXT) {
		check_text_rows(column, first, n, nulls);
		return;
	}
	for (start = 0; start < n; start += 1024) {
		int32_t m = n - start < 1024 ? (int32_t)(n - start) : 1024;

		if (of->how == AS_F64)
			ck_assert_int_eq(cstn__column_read_f64(column, start, m, 0, reals, valid,
							 bad, NULL),
					CSTN_OK);
		else
			ck_assert_int_eq(cstn__column_read_i64(column, start, m, 0, numbers, valid,
							 bad, NULL),
					CSTN_OK);
		for (r = 0; r < m; r++) {
			int64_t i = first + start + r;
			int is_null = nulls == 2 || (nulls == 1 && i % 3 == 1);
			int64_t wanted = is_null ? 0 : expected(of, i);

			if (of->how == AS_F64 ? reals[r] != (double)wanted : numbers[r] != wanted)
				ck_abort_msg("%s row %d: %f or %lld, wanted %lld", of->format,
						(int)(start + r), reals[r], (long long)numbers[r],
						(long long)wanted);
			if (cstn__word_bit_get(valid, (size_t)r) == is_null ||
					cstn__word_bit_get(bad, (size_t)r))
				ck_abort_msg("%s row %d: validity", of->format, (int)(start + r));
		}
		if (m % 64)
			ck_assert_uint_eq(valid[m / 64] >> (m % 64), 0);
	}
	for (start = 0; start < n; start += 64) {
		uint64_t word = cstn__column_valid64(column, start);

		for (r = 0; r < 64; r++) {
			int64_t i = first + start + r;
			int is_valid = start + r < n && !(nulls == 2 || (nulls == 1 && i % 3 == 1));

			if ((int)(word >> r & 1) != is_valid)
				ck_abort_msg("%s valid64 row %d", of->format, (int)(start + r));
		}
	}
}

static void read_shape(const format_case *of, const buffers *made, int64_t n, int nulls,
		int64_t offset, int64_t root_offset, int exact_count)
{
	int64_t first = offset + root_offset;
	maker_column column = make_column(of, made, offset, root_offset + n, nulls,
			nulls == 0                  ? 0
			: exact_count && nulls == 2 ? root_offset + n
						    : -1);
	maker_batch batch = {n, root_offset, 0, NULL, &column};
	maker_stream from = {.fields = &column, .n = 1, .batches = &batch, .n_batches = 1};
	cstn__column_decl decl = decl_of(of);
	struct ArrowArrayStream stream;
	struct ArrowArray array;
	cstn__bound *bound;
	cstn__batch view;

	maker_open(&stream, &from);
	bound = bound_to(&stream, &decl, 1, NULL);
	ck_assert_int_eq(cstn__bound_type(bound, 0), of->type);
	ck_assert_int_eq(cstn__bound_has(bound, 0), 1);
	ck_assert_int_eq(cstn__stream_next(&stream, &array, NULL), CSTN_OK);
	batch_of(bound, &array, &view);
	ck_assert_int_eq(view.length, n);
	check_rows(of, &view.columns[0], first, n, nulls);
	cstn__batch_free(bound, &view);
	array.release(&array);
	ck_assert_int_eq(cstn__stream_next(&stream, &array, NULL), CSTN_DONE);
	cstn__bound_free(bound);
	stream.release(&stream);
	ck_assert_int_eq(maker_live(), 0);
}

START_TEST(every_format_reads_with_no_some_and_all_nulls_at_offsets_0_1_and_63)
{
	static const int64_t counts[] = {0, 1, 65535, 65536, 65537};
	static const int64_t offsets[] = {0, 1, 63};
	size_t c, o;
	int nulls;

	for (nulls = 0; nulls < 3; nulls++) {
		buffers made = make_buffers(&cases[_i], 65537 + 63 + 5 + 1, nulls, 0);

		for (c = 0; c < 5; c++)
			for (o = 0; o < 3; o++)
				read_shape(&cases[_i], &made, counts[c], nulls, offsets[o],
						nulls == 1 ? 5 : 0, nulls == 2 && o == 1);
		free_buffers(&made);
	}
}
END_TEST

START_TEST(every_format_reads_from_buffers_aligned_to_nothing)
{
	static const size_t shifts[] = {1, 2, 4, 8};
	size_t s;

	for (s = 0; s < 4 && cases[_i].width != 0; s++) {
		buffers made = make_buffers(&cases[_i], 1510, 1, shifts[s]);

		read_shape(&cases[_i], &made, 1500, 1, 3, 2, 0);
		free_buffers(&made);
	}
}
END_TEST

START_TEST(every_format_reads_the_same_in_any_chunks)
{
	static const int64_t cuts[] = {0, 1, 2, 66, 1090, 1090, 5000, 10000};
	const format_case *of = &cases[_i];
	buffers made = make_buffers(of, 10000, 1, 0);
	maker_column columns[7];
	maker_batch batches[7];
	maker_stream from = {.fields = columns, .n = 1, .batches = batches, .n_batches = 7};
	cstn__column_decl decl = decl_of(of);
	struct ArrowArrayStream stream;
	struct ArrowArray array;
	cstn__bound *bound;
	cstn__batch view;
	size_t i;

	for (i = 0; i < 7; i++) {
		columns[i] = make_column(of, &made, cuts[i], cuts[i + 1] - cuts[i], 1, -1);
		batches[i] = (maker_batch){cuts[i + 1] - cuts[i], 0, 0, NULL, &columns[i]};
	}
	maker_open(&stream, &from);
	bound = bound_to(&stream, &decl, 1, NULL);
	for (i = 0; i < 7; i++) {
		ck_assert_int_eq(cstn__stream_next(&stream, &array, NULL), CSTN_OK);
		batch_of(bound, &array, &view);
		check_rows(of, &view.columns[0], cuts[i], view.length, 1);
		cstn__batch_free(bound, &view);
		array.release(&array);
	}
	cstn__bound_free(bound);
	stream.release(&stream);
	free_buffers(&made);
}
END_TEST

START_TEST(a_zero_length_array_may_have_no_buffers)
{
	const format_case *of = &cases[_i];
	maker_column column = {.name = "x", .format = of->format, .n_buffers = 2};
	maker_batch batch = {0, 0, 0, NULL, &column};
	maker_stream from = {.fields = &column, .n = 1, .batches = &batch, .n_batches = 1};
	cstn__column_decl decl = decl_of(of);
	struct ArrowArrayStream stream;
	struct ArrowArray array;
	cstn__bound *bound;
	cstn__batch view;

	if (of->how == AS_TEXT)
		column.n_buffers = 3;
	maker_open(&stream, &from);
	bound = bound_to(&stream, &decl, 1, NULL);
	ck_assert_int_eq(cstn__stream_next(&stream, &array, NULL), CSTN_OK);
	batch_of(bound, &array, &view);
	ck_assert_int_eq(view.length, 0);
	ck_assert_int_eq(view.columns[0].has_nulls, 0);
	cstn__batch_free(bound, &view);
	array.release(&array);
	cstn__bound_free(bound);
	stream.release(&stream);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("table_column");
	TCase *tests = tcase_create("table_column");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests,
			every_format_reads_with_no_some_and_all_nulls_at_offsets_0_1_and_63, 0,
			CASES);
	tcase_add_loop_test(tests, every_format_reads_from_buffers_aligned_to_nothing, 0, CASES);
	tcase_add_loop_test(tests, every_format_reads_the_same_in_any_chunks, 0, CASES);
	tcase_add_loop_test(tests, a_zero_length_array_may_have_no_buffers, 0, CASES);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
