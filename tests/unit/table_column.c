#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arrow_maker.h"
#include "base/bitmap.h"
#include "failing_allocator.h"
#include "table/column.h"

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
#define ACCEPT(type) CSTN__ACCEPT(CSTN_TYPE_##type)

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
	__int128 wide[2] = {number, number < 0 ? -1 : 0};
	float narrow = (float)number;
	double real = (double)number;

	if (of->how == AS_F64 && of->format[0] == 'f')
		memcpy(at, &narrow, 4);
	else if (of->how == AS_F64 && of->format[0] == 'g')
		memcpy(at, &real, 8);
	else
		memcpy(at, wide, (size_t)of->width); /* little-endian: the tests' machines are */
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
			memcpy(slot, &at, (size_t)of->width);
			memcpy(made.text + at, text, len);
			at += (int64_t)len;
			memcpy(slot + of->width, &at, (size_t)of->width);
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

static cstn__bound *bound_to(struct ArrowArrayStream *stream, const cstn__column_decl *decls,
		size_t n, const cstn_binding *binding)
{
	cstn__bound *bound = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn__bind_stream(stream, decls, n, binding, NULL, &bound, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return bound;
}

static void batch_of(const cstn__bound *bound, const struct ArrowArray *array, cstn__batch *batch)
{
	cstn_error *error = NULL;
	cstn_status status = cstn__bound_batch(bound, array, batch, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
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

/* --- one small batch of one column, bound and viewed ------------------------------------------ */

typedef struct viewed {
	struct ArrowArrayStream stream;
	struct ArrowArray array;
	cstn__bound *bound;
	cstn__batch batch;
	cstn__column *column;
} viewed;

static maker_batch one_batch;
static maker_stream one_stream;

static void view_open(viewed *view, const maker_column *column, int64_t length,
		const cstn__column_decl *decl, const cstn_binding *binding)
{
	one_batch = (maker_batch){length, 0, 0, NULL, column};
	one_stream = (maker_stream){
			.fields = column, .n = 1, .batches = &one_batch, .n_batches = 1};
	maker_open(&view->stream, &one_stream);
	view->bound = bound_to(&view->stream, decl, 1, binding);
	ck_assert_int_eq(cstn__stream_next(&view->stream, &view->array, NULL), CSTN_OK);
	batch_of(view->bound, &view->array, &view->batch);
	view->column = &view->batch.columns[0];
}

static void view_close(viewed *view)
{
	cstn__batch_free(view->bound, &view->batch);
	view->array.release(&view->array);
	cstn__bound_free(view->bound);
	view->stream.release(&view->stream);
	ck_assert_int_eq(maker_live(), 0);
}

static const cstn__column_decl any_int = {"x", ACCEPT(INT64), -1, 1, 1, 0, 0};
static const cstn__column_decl any_text = {"x", ACCEPT(TEXT), -1, 1, 1, 0, 0};

START_TEST(null_count_0_means_no_nulls_whatever_the_bits_say)
{
	static const int64_t values[2] = {7, 8};
	static const uint8_t none[1] = {0};
	maker_column column = {"x", "l", 2, 0, 0, 2, {none, values}, NULL};
	viewed view;

	view_open(&view, &column, 2, &any_int, NULL);
	ck_assert_int_eq(view.column->has_nulls, 0);
	ck_assert_uint_eq(cstn__column_valid64(view.column, 0), 3);
	view_close(&view);
}
END_TEST

START_TEST(values_in_place_begin_at_the_offset_and_only_when_they_need_nothing)
{
	static const int64_t values[4] = {7, 8, 9, 10};
	static const int32_t narrow[4] = {7, 8, 9, 10};
	maker_column column = {"x", "l", 3, 1, 0, 2, {NULL, values}, NULL};
	cstn__column_decl decl = any_int;
	viewed view;

	view_open(&view, &column, 3, &decl, NULL);
	ck_assert_ptr_eq(cstn__column_in_place_i64(view.column), values + 1);
	ck_assert_ptr_null(cstn__column_in_place_i32(view.column));
	view_close(&view);
	column.format = "i";
	column.buffers[1] = narrow;
	view_open(&view, &column, 3, &decl, NULL);
	ck_assert_ptr_eq(cstn__column_in_place_i32(view.column), narrow + 1);
	ck_assert_ptr_null(cstn__column_in_place_i64(view.column));
	view_close(&view);
	column.format = "l";
	column.buffers[1] = (const char *)values + 1;
	column.length = 2;
	view_open(&view, &column, 2, &decl, NULL);
	ck_assert_ptr_null(cstn__column_in_place_i64(view.column));
	view_close(&view);
	column.buffers[1] = values;
	column.format = "tsn:UTC";
	decl.accept = ACCEPT(TIME);
	view_open(&view, &column, 2, &decl, NULL);
	ck_assert_ptr_null(cstn__column_in_place_i64(view.column));
	view_close(&view);
	column.format = "tsu:UTC";
	view_open(&view, &column, 2, &decl, NULL);
	ck_assert_ptr_eq(cstn__column_in_place_i64(view.column), values + 1);
	view_close(&view);
	column.format = "l"; /* may hold what int32 cannot */
	decl.accept = ACCEPT(INT32);
	view_open(&view, &column, 2, &decl, NULL);
	ck_assert_ptr_null(cstn__column_in_place_i64(view.column));
	view_close(&view);
}
END_TEST

/* --- dictionaries ----------------------------------------------------------------------------- */

static const char dictionary_text[] = "..redgreenred";
static const int32_t dictionary_ends[] = {2, 5, 10, 13, 13};
static const uint8_t dictionary_valid[] = {0x0b}; /* entry 2 is null */

/* Entries from physical 0: red, green, (null) red, "". */
static const maker_column colours = {
		NULL, "u", 4, 0, 1, 3, {dictionary_valid, dictionary_ends, dictionary_text}, NULL};

static const struct {
	const char *format;
	int width;
} index_formats[] = {
		{"c", 1}, {"C", 1}, {"s", 2}, {"S", 2}, {"i", 4}, {"I", 4}, {"l", 8}, {"L", 8}};

START_TEST(a_dictionary_of_text_reads_through_any_integer_index)
{
	static const int64_t wanted[6] = {1, 0, 2, 3, 0, 1};
	static const char *const texts[6] = {"green", "red", NULL, "", NULL, "green"};
	static const uint8_t valid[1] = {0x2f << 1}; /* row 4 is null; offset 1 */
	uint8_t raw[7 * 8 + 1] = {0};
	maker_column column = {
			"x", index_formats[_i].format, 6, 1, -1, 2, {valid, raw + 1}, &colours};
	viewed view;
	int64_t index[6];
	uint64_t bits[1], bad[1] = {0};
	const char *text;
	size_t len;
	int i;

	for (i = 0; i < 6; i++)
		memcpy(raw + 1 + (i + 1) * index_formats[_i].width, &wanted[i],
				(size_t)index_formats[_i].width);
	view_open(&view, &column, 6, &any_text, NULL);
	for (i = 0; i < 6; i++) {
		ck_assert_int_eq(cstn__column_read_text(view.column, i, &text, &len), !texts[i]);
		if (texts[i])
			ck_assert_msg(len == strlen(texts[i]) && memcmp(text, texts[i], len) == 0,
					"row %d", i);
	}
	ck_assert_uint_eq(cstn__column_valid64(view.column, 0), 0x2b);
	ck_assert_int_eq(cstn__column_read_index(view.column, 0, 6, index, bits), CSTN_OK);
	ck_assert_uint_eq(bits[0], 0x2b);
	ck_assert_int_eq(index[0], 1);
	ck_assert_int_eq(index[3], 3);
	ck_assert_int_eq(index[2], 0);
	ck_assert_int_eq(cstn__column_check_text(view.column, 0, 6, 0, bad, NULL), CSTN_OK);
	ck_assert_uint_eq(bad[0], 0);
	view_close(&view);
}
END_TEST

START_TEST(a_dictionary_may_be_sliced_and_be_another_in_each_chunk)
{
	static const int8_t index[2] = {0, 1};
	static const char other_text[] = "bluewhite";
	static const int32_t other_ends[] = {0, 4, 9};
	static const maker_column sliced = {
			NULL, "u", 2, 1, 0, 3, {NULL, dictionary_ends, dictionary_text}, NULL};
	static const maker_column other = {
			NULL, "u", 2, 0, 0, 3, {NULL, other_ends, other_text}, NULL};
	maker_column columns[2] = {{"x", "c", 2, 0, 0, 2, {NULL, index}, &sliced},
			{"x", "c", 2, 0, 0, 2, {NULL, index}, &other}};
	maker_batch batches[2] = {{2, 0, 0, NULL, &columns[0]}, {2, 0, 0, NULL, &columns[1]}};
	maker_stream from = {.fields = columns, .n = 1, .batches = batches, .n_batches = 2};
	static const char *const wanted[4] = {"green", "red", "blue", "white"};
	struct ArrowArrayStream stream;
	cstn__bound *bound;
	int i, row;

	maker_open(&stream, &from);
	bound = bound_to(&stream, &any_text, 1, NULL);
	for (i = 0; i < 2; i++) {
		struct ArrowArray array;
		cstn__batch batch;
		const char *text;
		size_t len;

		ck_assert_int_eq(cstn__stream_next(&stream, &array, NULL), CSTN_OK);
		batch_of(bound, &array, &batch);
		for (row = 0; row < 2; row++) {
			ck_assert_int_eq(
					cstn__column_read_text(&batch.columns[0], row, &text, &len),
					0);
			ck_assert_int_eq(strncmp(text, wanted[2 * i + row], len), 0);
			ck_assert_uint_eq(len, strlen(wanted[2 * i + row]));
		}
		cstn__batch_free(bound, &batch);
		array.release(&array);
	}
	cstn__bound_free(bound);
	stream.release(&stream);
}
END_TEST

START_TEST(a_dictionary_of_numbers_reads_when_that_cast_is_allowed)
{
	static const uint16_t index[4] = {1, 0, 2, 1};
	static const int32_t numbers[3] = {100, -5, 3};
	static const uint8_t valid[1] = {0x3};
	static const maker_column dictionary = {NULL, "i", 3, 0, -1, 2, {valid, numbers}, NULL};
	maker_column column = {"x", "S", 4, 0, 0, 2, {NULL, index}, &dictionary};
	cstn_binding *binding = NULL;
	int64_t out[4];
	uint64_t bits[1], bad[1] = {0};
	viewed view;

	ck_assert_int_eq(cstn_binding_new(NULL, &binding, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_cast(binding, "x", CSTN_CAST_DICTIONARY, NULL), CSTN_OK);
	view_open(&view, &column, 4, &any_int, binding);
	ck_assert_int_eq(
			cstn__column_read_i64(view.column, 0, 4, 0, out, bits, bad, NULL), CSTN_OK);
	ck_assert_uint_eq(bits[0], 0xb);
	ck_assert_uint_eq(bad[0], 0);
	ck_assert_int_eq(out[0], -5);
	ck_assert_int_eq(out[1], 100);
	ck_assert_int_eq(out[2], 0);
	ck_assert_int_eq(out[3], -5);
	view_close(&view);
	cstn_binding_free(binding);
}
END_TEST

/* --- arrays that break the rules -------------------------------------------------------------- */

static const int64_t some_numbers[4] = {1, 2, 3, 4};
static const uint8_t half_valid[1] = {0x5};
static const int32_t back_ends[4] = {0, 5, 4, 6};
static const int32_t below_ends[4] = {-1, 0, 4, 6};
static const int64_t back_ends64[4] = {0, 5, 4, 6};
static const int32_t good_ends[4] = {0, 1, 4, 6};
static const int32_t view_index[8] = {20, 0, 1, 0};
static const int32_t view_size[8] = {20, 0, 0, 5};
static const int32_t view_negative[8] = {-1, 0, 0, 0};
static const int64_t view_sizes[1] = {24};
static const int8_t bad_index[3] = {0, 4, 0};
static const int8_t negative_index[3] = {0, -1, 0};
static const uint64_t huge_index[1] = {UINT64_MAX};

static const struct {
	maker_column column;
	maker_batch batch;
	const char *message;
} broken[] = {
		{{"x", "l", 3, 0, 0, 2, {NULL, some_numbers}, NULL}, {4, 0, 0, NULL, NULL},
				"column 'x' of the stream has 3 rows, its batch 4"},
		{{"x", "l", 3, 0, 0, 2, {NULL, some_numbers}, NULL}, {2, 2, 0, NULL, NULL},
				"has 3 rows, its batch 4"},
		{{"x", "l", -1, 0, 0, 2, {NULL, some_numbers}, NULL}, {1, 0, 0, NULL, NULL},
				"length or offset that is out of range"},
		{{"x", "l", 1, -1, 0, 2, {NULL, some_numbers}, NULL}, {1, 0, 0, NULL, NULL},
				"length or offset that is out of range"},
		{{"x", "l", 1, INT64_MAX, 0, 2, {NULL, some_numbers}, NULL}, {1, 0, 0, NULL, NULL},
				"length or offset that is out of range"},
		{{"x", "l", 1, 0, 0, 2, {NULL, some_numbers}, NULL}, {-1, 0, 0, NULL, NULL},
				"a batch of the stream has -1 rows"},
		{{"x", "l", 1, 0, 0, 2, {NULL, some_numbers}, NULL}, {1, -1, 0, NULL, NULL},
				"a batch of the stream has 1 rows from -1 on"},
		{{"x", "l", 4, 0, 0, 2, {NULL, some_numbers}, NULL}, {4, 0, -1, half_valid, NULL},
				"row 1 of a batch of the stream is null as a whole"},
		{{"x", "l", 1, 0, 0, 1, {NULL, some_numbers}, NULL}, {1, 0, 0, NULL, NULL},
				"has 1 buffers, 2 expected"},
		{{"x", "l", 1, 0, 0, 3, {NULL, some_numbers}, NULL}, {1, 0, 0, NULL, NULL},
				"has 3 buffers, 2 expected"},
		{{"x", "l", 1, 0, 0, 2, {NULL, NULL}, NULL}, {1, 0, 0, NULL, NULL},
				"has rows but no buffer of values"},
		{{"x", "u", 3, 0, 0, 2, {NULL, good_ends}, NULL}, {3, 0, 0, NULL, NULL},
				"has 2 buffers, 3 expected"},
		{{"x", "u", 3, 0, 0, 3, {NULL, back_ends, "abcdef"}, NULL}, {3, 0, 0, NULL, NULL},
				"has text offsets that run backwards"},
		{{"x", "u", 3, 0, 0, 3, {NULL, below_ends, "abcdef"}, NULL}, {3, 0, 0, NULL, NULL},
				"has text offsets that run backwards"},
		{{"x", "U", 3, 0, 0, 3, {NULL, back_ends64, "abcdef"}, NULL}, {3, 0, 0, NULL, NULL},
				"has text offsets that run backwards"},
		{{"x", "u", 3, 0, 0, 3, {NULL, good_ends, NULL}, NULL}, {3, 0, 0, NULL, NULL},
				"has text but no buffer of it"},
		{{"x", "vu", 1, 0, 0, 2, {NULL, view_size}, NULL}, {1, 0, 0, NULL, NULL},
				"has 2 buffers, 3 expected"},
		{{"x", "vu", 1, 0, 0, 4, {NULL, view_index, dictionary_text, view_sizes}, NULL},
				{1, 0, 0, NULL, NULL}, "has a text view outside its buffers"},
		{{"x", "vu", 1, 0, 0, 4, {NULL, view_size, dictionary_text, view_sizes}, NULL},
				{1, 0, 0, NULL, NULL}, "has a text view outside its buffers"},
		{{"x", "vu", 1, 0, 0, 4, {NULL, view_negative, dictionary_text, view_sizes}, NULL},
				{1, 0, 0, NULL, NULL}, "has a text view outside its buffers"},
		{{"x", "c", 3, 0, 0, 2, {NULL, bad_index}, &colours}, {3, 0, 0, NULL, NULL},
				"has an index outside its dictionary"},
		{{"x", "c", 3, 0, 0, 2, {NULL, negative_index}, &colours}, {3, 0, 0, NULL, NULL},
				"has an index outside its dictionary"},
		{{"x", "L", 1, 0, 0, 2, {NULL, huge_index}, &colours}, {1, 0, 0, NULL, NULL},
				"has an index outside its dictionary"},
};

START_TEST(an_array_that_breaks_the_rules_is_an_error_that_names_the_column)
{
	maker_batch batch = broken[_i].batch;
	maker_stream from = {.fields = &broken[_i].column, .n = 1};
	cstn__column_decl decl = {"x", ACCEPT(INT64) | ACCEPT(TEXT), -1, 1, 1, 0, 0};
	struct ArrowArrayStream stream;
	struct ArrowArray array;
	cstn__bound *bound;
	cstn__batch view = {0, NULL, NULL};
	cstn_error *error = NULL;

	batch.columns = &broken[_i].column;
	maker_open(&stream, &from);
	bound = bound_to(&stream, &decl, 1, NULL);
	maker_root(&array, &batch, 1);
	ck_assert_int_eq(cstn__bound_batch(bound, &array, &view, &error), CSTN_E_STREAM);
	ck_assert_msg(strstr(cstn_error_message(error), broken[_i].message), "'%s' lacks '%s'",
			cstn_error_message(error), broken[_i].message);
	ck_assert_ptr_null(view.memory);
	cstn_error_free(error);
	array.release(&array);
	cstn__bound_free(bound);
	stream.release(&stream);
	ck_assert_int_eq(maker_live(), 0);
}
END_TEST

START_TEST(null_rows_may_point_anywhere)
{
	static const uint8_t none[1] = {0};
	static const int8_t index[3] = {99, -1, 4};
	maker_column dictionary_column = {"x", "c", 3, 0, -1, 2, {none, index}, &colours};
	maker_column view_column = {"x", "vu", 1, 0, -1, 4,
			{none, view_index, dictionary_text, view_sizes}, NULL};
	viewed view;

	view_open(&view, &dictionary_column, 3, &any_text, NULL);
	ck_assert_uint_eq(cstn__column_valid64(view.column, 0), 0);
	view_close(&view);
	view_open(&view, &view_column, 1, &any_text, NULL);
	ck_assert_uint_eq(cstn__column_valid64(view.column, 0), 0);
	view_close(&view);
}
END_TEST

START_TEST(columns_that_nobody_needs_may_be_moved_out_and_needed_ones_not)
{
	static const maker_column columns[2] = {{"x", "l", 4, 0, 0, 2, {NULL, some_numbers}, NULL},
			{"y", "+l", 4, 0, 0, 2, {NULL, some_numbers}, NULL}};
	maker_batch batch = {4, 0, 0, NULL, columns};
	maker_stream from = {.fields = columns, .n = 2, .batches = &batch, .n_batches = 1};
	struct ArrowArrayStream stream;
	struct ArrowArray array;
	cstn__bound *bound;
	cstn__batch view;
	cstn_error *error = NULL;

	maker_open(&stream, &from);
	bound = bound_to(&stream, &any_int, 1, NULL);
	ck_assert_int_eq(cstn__stream_next(&stream, &array, NULL), CSTN_OK);
	array.children[1]->release(array.children[1]);
	batch_of(bound, &array, &view);
	cstn__batch_free(bound, &view);
	array.children[0]->release(array.children[0]);
	ck_assert_int_eq(cstn__bound_batch(bound, &array, &view, &error), CSTN_E_STREAM);
	ck_assert_str_eq(cstn_error_message(error),
			"column 'x' of the stream was moved out or released");
	cstn_error_free(error);
	array.release(&array);
	cstn__bound_free(bound);
	stream.release(&stream);
	ck_assert_int_eq(maker_live(), 0);
}
END_TEST

START_TEST(a_batch_with_another_number_of_columns_than_the_schema_is_refused)
{
	static const maker_column columns[2] = {{"x", "l", 4, 0, 0, 2, {NULL, some_numbers}, NULL},
			{"y", "l", 4, 0, 0, 2, {NULL, some_numbers}, NULL}};
	maker_batch batch = {4, 0, 0, NULL, columns};
	maker_stream from = {.fields = columns, .n = 1};
	struct ArrowArrayStream stream;
	struct ArrowArray array;
	cstn__bound *bound;
	cstn__batch view;
	cstn_error *error = NULL;

	maker_open(&stream, &from);
	bound = bound_to(&stream, &any_int, 1, NULL);
	maker_root(&array, &batch, 2);
	ck_assert_int_eq(cstn__bound_batch(bound, &array, &view, &error), CSTN_E_STREAM);
	ck_assert_str_eq(cstn_error_message(error),
			"a batch of the stream has 2 columns, its schema 1");
	cstn_error_free(error);
	array.release(&array);
	cstn__bound_free(bound);
	stream.release(&stream);
}
END_TEST

/* --- UTF-8 ------------------------------------------------------------------------------------ */

START_TEST(text_that_is_not_utf8_is_told_row_by_row)
{
	/* row 1 is half a letter and row 2 its other half: together they would be one */
	static const char text[] = "ok\xc3\xa9no\xffyes";
	static const int32_t ends[] = {0, 2, 3, 4, 6, 7, 10};
	maker_column column = {"x", "u", 6, 0, 0, 3, {NULL, ends, text}, NULL};
	uint64_t bad[1] = {0};
	cstn__row_sink *sink = NULL;
	cstn_row_errors *errors = NULL;
	cstn_row_error row;
	viewed view;

	ck_assert_int_eq(cstn__row_sink_new(NULL, &sink, NULL), CSTN_OK);
	view_open(&view, &column, 6, &any_text, NULL);
	ck_assert_int_eq(cstn__column_check_text(view.column, 0, 6, 100, bad, sink), CSTN_OK);
	ck_assert_uint_eq(bad[0], 0x16);
	ck_assert_int_eq(cstn__row_sink_finish(sink, &errors, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_row_errors_count(errors), 3);
	ck_assert_int_eq(cstn_row_errors_at(errors, 2, &row, NULL), CSTN_OK);
	ck_assert_uint_eq(row.row, 104);
	ck_assert_int_eq(row.code, CSTN_ROW_UTF8);
	view_close(&view);
	cstn_row_errors_free(errors);
	cstn__row_sink_free(sink);
}
END_TEST

static const int64_t bad_rows[] = {0, 1, 63, 64, 1023, 1024, 2047, 4095, 4999};

START_TEST(one_bad_text_among_many_is_found_where_it_is)
{
	static char text[5001 * 2];
	static int32_t ends[5002];
	static uint64_t bad[80];
	maker_column column = {"x", "u", 5000, 1, 0, 3, {NULL, ends, text}, NULL};
	int64_t row = bad_rows[_i];
	viewed view;
	int i;

	for (i = 0; i < 5001; i++) {
		memcpy(text + 2 * i, "\xc3\xa9", 2);
		ends[i + 1] = 2 * (i + 1);
	}
	text[2 * (row + 1)] = (char)0xff;
	memset(bad, 0, sizeof bad); /* the cases may share one process */
	view_open(&view, &column, 5000, &any_text, NULL);
	ck_assert_int_eq(cstn__column_check_text(view.column, 0, 5000, 0, bad, NULL), CSTN_OK);
	for (i = 0; i < 80; i++)
		ck_assert_uint_eq(bad[i], i == row / 64 ? UINT64_C(1) << row % 64 : 0);
	view_close(&view);
}
END_TEST

START_TEST(a_dictionary_entry_that_is_not_utf8_is_bad_in_the_rows_that_use_it)
{
	static const char text[] = "ok\xff";
	static const int32_t ends[] = {0, 2, 3};
	static const maker_column dictionary = {NULL, "u", 2, 0, 0, 3, {NULL, ends, text}, NULL};
	static const uint8_t index[4] = {0, 1, 0, 1};
	maker_column column = {"x", "C", 4, 0, 0, 2, {NULL, index}, &dictionary};
	uint64_t bad[1] = {0};
	viewed view;

	view_open(&view, &column, 4, &any_text, NULL);
	ck_assert_int_eq(cstn__column_check_text(view.column, 0, 4, 0, bad, NULL), CSTN_OK);
	ck_assert_uint_eq(bad[0], 0xa);
	view_close(&view);
}
END_TEST

START_TEST(bytes_need_not_be_utf8)
{
	static const int32_t ends[] = {0, 1};
	maker_column column = {"x", "z", 1, 0, 0, 3, {NULL, ends, "\xff"}, NULL};
	cstn__column_decl decl = {"x", ACCEPT(BYTES), -1, 1, 1, 0, 0};
	uint64_t bad[1] = {0};
	viewed view;

	view_open(&view, &column, 1, &decl, NULL);
	ck_assert_int_eq(cstn__column_check_text(view.column, 0, 1, 0, bad, NULL), CSTN_OK);
	ck_assert_uint_eq(bad[0], 0);
	view_close(&view);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("table_column");
	TCase *tests = tcase_create("column");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests,
			every_format_reads_with_no_some_and_all_nulls_at_offsets_0_1_and_63, 0,
			CASES);
	tcase_add_loop_test(tests, every_format_reads_from_buffers_aligned_to_nothing, 0, CASES);
	tcase_add_loop_test(tests, every_format_reads_the_same_in_any_chunks, 0, CASES);
	tcase_add_loop_test(tests, a_zero_length_array_may_have_no_buffers, 0, CASES);
	tcase_add_test(tests, null_count_0_means_no_nulls_whatever_the_bits_say);
	tcase_add_test(tests, values_in_place_begin_at_the_offset_and_only_when_they_need_nothing);
	tcase_add_loop_test(tests, a_dictionary_of_text_reads_through_any_integer_index, 0, 8);
	tcase_add_test(tests, a_dictionary_may_be_sliced_and_be_another_in_each_chunk);
	tcase_add_test(tests, a_dictionary_of_numbers_reads_when_that_cast_is_allowed);
	tcase_add_loop_test(tests, an_array_that_breaks_the_rules_is_an_error_that_names_the_column,
			0, sizeof(broken) / sizeof(broken[0]));
	tcase_add_test(tests, null_rows_may_point_anywhere);
	tcase_add_test(tests, columns_that_nobody_needs_may_be_moved_out_and_needed_ones_not);
	tcase_add_test(tests, a_batch_with_another_number_of_columns_than_the_schema_is_refused);
	tcase_add_test(tests, text_that_is_not_utf8_is_told_row_by_row);
	tcase_add_loop_test(tests, one_bad_text_among_many_is_found_where_it_is, 0, 9);
	tcase_add_test(tests, a_dictionary_entry_that_is_not_utf8_is_bad_in_the_rows_that_use_it);
	tcase_add_test(tests, bytes_need_not_be_utf8);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
