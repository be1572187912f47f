#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arrow_maker.h"
#include "base/bitmap.h"
#include "failing_allocator.h"
#include "table/column.h"
#include "table/export.h"
#include "suite.h"

static cstn_schema *schema_of(const char *text)
{
	cstn_schema *schema = NULL;
	cstn_error *error = NULL;

	ck_assert_msg(cstn_schema_parse(text, strlen(text), NULL, &schema, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	return schema;
}

static struct ArrowArrayStream bound_stream(const maker_stream *from, cstn_schema *schema,
		const cstn_binding *binding, cstn_row_errors **bad_rows)
{
	struct ArrowArrayStream in, out = {0};
	cstn_error *error = NULL;

	maker_open(&in, from);
	ck_assert_msg(cstn_stream_bind(&in, schema, binding, NULL, &out, bad_rows, &error) ==
					CSTN_OK,
			"%s", cstn_error_message(error));
	ck_assert_ptr_null(in.release);
	return out;
}

/* --- a stream bound to a schema --------------------------------------------------------------- */

static const int64_t amounts[] = {1250, -1, 7};
static const int32_t name_ends[] = {0, 3, 3, 8};
static const int64_t whens[] = {1000, 2000, 3500};
static const uint8_t flags[] = {0x5};

static const maker_column mixed[] = {
		{"ignored", "+l", 3, 0, 0, 2, {NULL, amounts}, NULL},
		{"when", "tsn:", 3, 0, 0, 2, {NULL, whens}, NULL},
		{"name", "u", 3, 0, 0, 3, {NULL, name_ends, "abcdefgh"}, NULL},
		{"amount", "l", 3, 0, 0, 2, {NULL, amounts}, NULL},
		{"ok", "b", 3, 0, 0, 2, {NULL, flags}, NULL},
};
static const maker_batch mixed_batch = {3, 0, 0, NULL, mixed};
static const maker_stream mixed_stream = {
		.fields = mixed, .n = 5, .batches = &mixed_batch, .n_batches = 1};
static const char mixed_schema[] = "amount decimal scale=2\nname text\nok flag\n"
				   "when timestamp zone=+01:00\n";

START_TEST(a_bound_stream_has_the_schemas_columns_in_its_order_and_types)
{
	cstn_schema *schema = schema_of(mixed_schema);
	cstn_row_errors *bad_rows = NULL;
	struct ArrowArrayStream stream = bound_stream(&mixed_stream, schema, NULL, &bad_rows);
	struct ArrowSchema out;
	struct ArrowArray batch = {0}, end = {0};
	__int128 money;
	cstn_row_error row;
	char message[200];

	cstn_schema_unref(schema);
	ck_assert_int_eq(stream.get_schema(&stream, &out), 0);
	ck_assert_int_eq(out.n_children, 4);
	ck_assert_str_eq(out.children[0]->name, "amount");
	ck_assert_str_eq(out.children[0]->format, "d:19,2");
	ck_assert_str_eq(out.children[1]->format, "u");
	ck_assert_str_eq(out.children[2]->format, "b");
	ck_assert_str_eq(out.children[3]->format, "tsu:UTC");
	ck_assert_int_eq(out.children[3]->flags, 0);
	out.release(&out);
	ck_assert_uint_eq(cstn_row_errors_total(bad_rows), 0);
	ck_assert_int_eq(stream.get_next(&stream, &batch), 0);
	ck_assert_int_eq(batch.length, 2); /* 3,500 ns are no whole microseconds */
	memcpy(&money, batch.children[0]->buffers[1], 16);
	ck_assert(money == 125000);
	ck_assert_int_eq(((const int32_t *)batch.children[1]->buffers[1])[2], 3);
	ck_assert_int_eq(memcmp(batch.children[1]->buffers[2], "abc", 3), 0);
	ck_assert_int_eq(cstn__bit_get(batch.children[2]->buffers[1], 0), 1);
	ck_assert_int_eq(cstn__bit_get(batch.children[2]->buffers[1], 1), 0);
	ck_assert_int_eq(((const int64_t *)batch.children[3]->buffers[1])[1],
			2 - INT64_C(3600000000));
	batch.release(&batch);
	ck_assert_int_eq(stream.get_next(&stream, &end), 0);
	ck_assert_ptr_null(end.release);
	ck_assert_uint_eq(cstn_row_errors_total(bad_rows), 1);
	ck_assert_int_eq(cstn_row_errors_at(bad_rows, 0, &row, NULL), CSTN_OK);
	ck_assert_uint_eq(row.row, 2);
	ck_assert_int_eq(row.field, 3);
	ck_assert_int_eq(row.code, CSTN_ROW_PRECISION);
	cstn_row_errors_copy_message(bad_rows, 0, message, sizeof(message));
	ck_assert_ptr_nonnull(strstr(message, "'when'"));
	stream.release(&stream);
	cstn_row_errors_free(bad_rows);
	ck_assert_int_eq(maker_live(), 0);
}
END_TEST

/* 200,000 rows in batches of uneven size; every 1,000th value is out of range. */
#define MANY 200000
static const int64_t cuts[] = {0, 1, 65535, 65536, 65536, 131073, MANY};

START_TEST(rows_are_counted_over_batches_and_only_good_ones_come_out)
{
	uint64_t *values = malloc(MANY * sizeof(*values));
	maker_column columns[6];
	maker_batch batches[6];
	maker_stream from = {.fields = columns, .n = 1, .batches = batches, .n_batches = 6};
	cstn_schema *schema = schema_of("x int64");
	cstn_row_errors *bad_rows = NULL;
	struct ArrowArrayStream stream;
	cstn_row_error row;
	uint64_t seen = 0, i;

	for (i = 0; i < MANY; i++)
		values[i] = i % 1000 == 999 ? UINT64_MAX : i;
	for (i = 0; i < 6; i++) {
		columns[i] = (maker_column){"x", "L", cuts[i + 1] - cuts[i], cuts[i], 0, 2,
				{NULL, values}, NULL};
		batches[i] = (maker_batch){cuts[i + 1] - cuts[i], 0, 0, NULL, &columns[i]};
	}
	stream = bound_stream(&from, schema, NULL, &bad_rows);
	for (;;) {
		struct ArrowArray batch;
		int64_t r;

		ck_assert_int_eq(stream.get_next(&stream, &batch), 0);
		if (!batch.release)
			break;
		ck_assert_int_le(batch.length, 65536);
		for (r = 0; r < batch.length; r++) {
			seen += seen % 1000 == 999;
			if (((const int64_t *)batch.children[0]->buffers[1])[r] != (int64_t)seen++)
				ck_abort_msg("row %d", (int)seen);
		}
		batch.release(&batch);
	}
	ck_assert_uint_eq(seen, MANY - 1);
	stream.release(&stream);
	ck_assert_uint_eq(cstn_row_errors_total(bad_rows), MANY / 1000);
	ck_assert_uint_eq(cstn_row_errors_count(bad_rows), MANY / 1000);
	for (i = 0; i < MANY / 1000; i++) {
		ck_assert_int_eq(cstn_row_errors_at(bad_rows, i, &row, NULL), CSTN_OK);
		ck_assert_uint_eq(row.row, i * 1000 + 999);
	}
	cstn_row_errors_free(bad_rows);
	cstn_schema_unref(schema);
	free(values);
	ck_assert_int_eq(maker_live(), 0);
}
END_TEST

START_TEST(row_errors_are_filled_when_the_stream_is_dropped_half_way)
{
	cstn_schema *schema = schema_of("when timestamp zone=utc");
	cstn_row_errors *bad_rows = NULL;
	struct ArrowArrayStream stream = bound_stream(&mixed_stream, schema, NULL, &bad_rows);
	struct ArrowArray batch;

	ck_assert_int_eq(stream.get_next(&stream, &batch), 0);
	stream.release(&stream);
	ck_assert_uint_eq(cstn_row_errors_total(bad_rows), 1);
	batch.release(&batch);
	cstn_row_errors_free(bad_rows);
	cstn_schema_unref(schema);
	ck_assert_int_eq(maker_live(), 0);
}
END_TEST

START_TEST(missing_texts_of_the_schema_are_null)
{
	cstn_schema *schema = schema_of("name text null missing=\"\" missing=\"abc\"");
	cstn_binding *binding = NULL;
	struct ArrowArrayStream stream = bound_stream(&mixed_stream, schema, NULL, NULL);
	struct ArrowArray batch;

	ck_assert_int_eq(stream.get_next(&stream, &batch), 0);
	ck_assert_int_eq(batch.length, 3);
	ck_assert_int_eq(batch.children[0]->null_count, 2);
	ck_assert_int_eq(*(const uint8_t *)batch.children[0]->buffers[0] & 7, 4);
	batch.release(&batch);
	stream.release(&stream);
	cstn_binding_free(binding);
	cstn_schema_unref(schema);
}
END_TEST

START_TEST(text_of_the_schemas_form_and_zone_is_read_under_the_cast)
{
	static const int32_t ends[] = {0, 16, 32};
	static const maker_column column = {"when", "u", 2, 0, 0, 3,
			{NULL, ends, "02.01.1970 00:3001.01.1970 00:00"}, NULL};
	static const maker_batch one = {2, 0, 0, NULL, &column};
	static const maker_stream from = {
			.fields = &column, .n = 1, .batches = &one, .n_batches = 1};
	cstn_schema *schema = schema_of("when timestamp form=\"DD.MM.YYYY hh:mm\" zone=-00:30");
	cstn_binding *binding = NULL;
	struct ArrowArrayStream stream;
	struct ArrowArray batch;

	ck_assert_int_eq(cstn_binding_new(NULL, &binding, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_cast(binding, NULL, CSTN_CAST_TEXT, NULL), CSTN_OK);
	stream = bound_stream(&from, schema, binding, NULL);
	ck_assert_int_eq(stream.get_next(&stream, &batch), 0);
	ck_assert_int_eq(((const int64_t *)batch.children[0]->buffers[1])[0],
			CSTN_DAY_US + INT64_C(3600000000));
	ck_assert_int_eq(((const int64_t *)batch.children[0]->buffers[1])[1], INT64_C(1800000000));
	batch.release(&batch);
	stream.release(&stream);
	cstn_binding_free(binding);
	cstn_schema_unref(schema);
}
END_TEST

START_TEST(what_goes_out_comes_back_in)
{
	static const char text[] = "n int64\nf flag null\nr double\nt text null\nb bytes\n"
				   "d date\nw timestamp null\nm decimal scale=3\ni int32\n";
	cstn_schema *schema = schema_of(text);
	cstn__table_builder *table = NULL;
	struct ArrowArrayStream first, second = {0};
	int64_t i, rows = 0;

	ck_assert_int_eq(cstn__table_builder_new(NULL, &table, NULL), CSTN_OK);
	for (i = 0; i < 9; i++)
		cstn__table_add_column(table, cstn_schema_name(schema, (size_t)i),
				cstn_schema_type(schema, (size_t)i), i == 7 ? 3 : 0,
				cstn_schema_is_nullable(schema, (size_t)i));
	for (i = 0; i < 70000; i++) {
		cstn__table_put_i64(table, 0, i);
		if (i % 7 == 0)
			cstn__table_put_null(table, 1);
		else
			cstn__table_put_i64(table, 1, i % 2);
		cstn__table_put_f64(table, 2, (double)i / 4);
		if (i % 11 == 0)
			cstn__table_put_null(table, 3);
		else
			cstn__table_put_text(table, 3, "some text here", (size_t)(i % 15));
		cstn__table_put_text(table, 4, "\xff\x00\x01", (size_t)(i % 4));
		cstn__table_put_i64(table, 5, -i);
		if (i % 13 == 0)
			cstn__table_put_null(table, 6);
		else
			cstn__table_put_i64(table, 6, i * 1000003);
		cstn__table_put_i64(table, 7, i * -7);
		cstn__table_put_i64(table, 8, (int32_t)i);
	}
	cstn__table_set_limits(table, 4096, INT32_MAX);
	ck_assert_int_eq(cstn__table_export(table, &first, NULL), CSTN_OK);
	ck_assert_int_eq(
			cstn_stream_bind(&first, schema, NULL, NULL, &second, NULL, NULL), CSTN_OK);
	for (;;) {
		struct ArrowArray batch;
		struct ArrowArray **c;
		int64_t r;

		ck_assert_int_eq(second.get_next(&second, &batch), 0);
		if (!batch.release)
			break;
		c = batch.children;
		for (r = 0; r < batch.length; r++, rows++) {
			const uint8_t *bits[9];
			int wrong = 0, k;

			for (k = 0; k < 9; k++)
				bits[k] = c[k]->buffers[0];
			wrong |= ((const int64_t *)c[0]->buffers[1])[r] != rows;
			wrong |= bits[1] && cstn__bit_get(bits[1], (size_t)r) != (rows % 7 != 0);
			wrong |= cstn__bit_get(c[1]->buffers[1], (size_t)r) !=
				 (rows % 7 ? rows % 2 : 0);
			wrong |= ((const double *)c[2]->buffers[1])[r] != (double)rows / 4;
			wrong |= bits[3] && cstn__bit_get(bits[3], (size_t)r) != (rows % 11 != 0);
			wrong |= ((const int32_t *)c[3]->buffers[1])[r + 1] -
						 ((const int32_t *)c[3]->buffers[1])[r] !=
				 (rows % 11 ? rows % 15 : 0);
			wrong |= ((const int32_t *)c[5]->buffers[1])[r] != -rows;
			wrong |= ((const int64_t *)c[6]->buffers[1])[r] !=
				 (rows % 13 ? rows * 1000003 : 0);
			wrong |= ((const __int128 *)c[7]->buffers[1])[r] != rows * -7;
			wrong |= ((const int32_t *)c[8]->buffers[1])[r] != rows;
			if (wrong)
				ck_abort_msg("row %d", (int)rows);
		}
		batch.release(&batch);
	}
	ck_assert_int_eq(rows, 70000);
	second.release(&second);
	cstn_schema_unref(schema);
}
END_TEST

/* --- failures --------------------------------------------------------------------------------- */

static const struct {
	size_t fail_at;
	int fail_schema, code;
	const char *message, *told;
} failures[] = {
		{0, 1, EIO, "no schema today", "the stream's schema failed: no schema today"},
		{0, 1, EINVAL, NULL, "the stream's schema failed with errno 22"},
		{1, 0, EIO, "socket closed", "the stream's next batch failed: socket closed"},
		{2, 0, EIO, "socket closed", "the stream's next batch failed: socket closed"},
		{2, 0, EIO, NULL, "the stream's next batch failed with errno 5"},
		{2, 0, EIO, "", "the stream's next batch failed with errno 5"},
};

START_TEST(a_stream_that_fails_is_quoted)
{
	maker_stream from = mixed_stream;
	cstn_schema *schema = schema_of("amount int64");
	struct ArrowArrayStream in, out = {0};
	struct ArrowArray batch;
	cstn_error *error = NULL;
	cstn_status status;
	size_t given = 0;

	from.fail_at = failures[_i].fail_at;
	from.fail_schema = failures[_i].fail_schema;
	from.fail_code = failures[_i].code;
	from.fail_message = failures[_i].message;
	maker_open(&in, &from);
	status = cstn_stream_bind(&in, schema, NULL, NULL, &out, NULL, &error);
	ck_assert_ptr_null(in.release);
	if (failures[_i].fail_schema) {
		ck_assert_int_eq(status, CSTN_E_STREAM);
		ck_assert_str_eq(cstn_error_message(error), failures[_i].told);
		ck_assert_ptr_null(out.release);
		cstn_error_free(error);
	} else {
		ck_assert_int_eq(status, CSTN_OK);
		while (out.get_next(&out, &batch) == 0) {
			ck_assert_ptr_nonnull(batch.release);
			given++;
			batch.release(&batch);
		}
		ck_assert_uint_eq(given, failures[_i].fail_at - 1);
		ck_assert_str_eq(out.get_last_error(&out), failures[_i].told);
		out.release(&out);
	}
	cstn_schema_unref(schema);
	ck_assert_int_eq(maker_live(), 0);
}
END_TEST

START_TEST(a_stream_without_get_last_error_fails_with_its_number)
{
	maker_stream from = mixed_stream;
	struct ArrowArrayStream in;
	struct ArrowArray batch;
	cstn_error *error = NULL;

	from.fail_at = 1;
	from.fail_code = 71;
	maker_open(&in, &from);
	in.get_last_error = NULL;
	ck_assert_int_eq(cstn__stream_next(&in, &batch, &error), CSTN_E_STREAM);
	ck_assert_str_eq(cstn_error_message(error), "the stream's next batch failed with errno 71");
	cstn_error_free(error);
	in.release(&in);
}
END_TEST

START_TEST(a_stream_that_does_not_fit_is_released_and_outputs_stay)
{
	cstn_schema *schema = schema_of("nowhere int64");
	struct ArrowArrayStream in, out = {0};
	cstn_row_errors *bad_rows = NULL;

	maker_open(&in, &mixed_stream);
	ck_assert_int_eq(cstn_stream_bind(&in, schema, NULL, NULL, &out, &bad_rows, NULL),
			CSTN_E_SCHEMA);
	ck_assert_ptr_null(in.release);
	ck_assert_ptr_null(out.release);
	ck_assert_ptr_null(bad_rows);
	ck_assert_int_eq(maker_live(), 0);
	cstn_schema_unref(schema);
}
END_TEST

START_TEST(a_broken_batch_ends_the_bound_stream_with_its_error)
{
	maker_column column = {"x", "l", 3, 0, 0, 2, {NULL, NULL}, NULL};
	maker_batch one = {3, 0, 0, NULL, &column};
	maker_stream from = {.fields = &column, .n = 1, .batches = &one, .n_batches = 1};
	cstn_schema *schema = schema_of("x int64");
	struct ArrowArrayStream stream = bound_stream(&from, schema, NULL, NULL);
	struct ArrowArray batch;

	ck_assert_int_eq(stream.get_next(&stream, &batch), EINVAL);
	ck_assert_str_eq(stream.get_last_error(&stream),
			"column 'x' of the stream has rows but no buffer of values");
	stream.release(&stream);
	cstn_schema_unref(schema);
	ck_assert_int_eq(maker_live(), 0);
}
END_TEST

START_TEST(null_arguments_of_stream_bind_are_refused_and_the_stream_is_taken)
{
	cstn_schema *schema = schema_of("x int64");
	struct ArrowArrayStream in, out = {0}, released = {0};

	ck_assert_int_eq(cstn_stream_bind(NULL, schema, NULL, NULL, &out, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_stream_bind(&released, schema, NULL, NULL, &out, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	maker_open(&in, &mixed_stream);
	ck_assert_int_eq(cstn_stream_bind(&in, NULL, NULL, NULL, &out, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(in.release);
	maker_open(&in, &mixed_stream);
	ck_assert_int_eq(cstn_stream_bind(&in, schema, NULL, NULL, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(in.release);
	ck_assert_int_eq(maker_live(), 0);
	cstn_schema_unref(schema);
}
END_TEST

START_TEST(every_failing_allocation_of_a_bound_stream_releases_everything)
{
	cstn_schema *schema = schema_of(mixed_schema);
	uint64_t n;

	for (n = 1;; n++) {
		failing_allocator memory;
		struct ArrowArrayStream in, out = {0};
		cstn_row_errors *bad_rows = NULL;
		cstn_status status;
		int code = 0;

		failing_allocator_init(&memory, n);
		maker_open(&in, &mixed_stream);
		status = cstn_stream_bind(
				&in, schema, NULL, &memory.allocator, &out, &bad_rows, NULL);
		ck_assert_ptr_null(in.release);
		if (status == CSTN_OK) {
			for (;;) {
				struct ArrowArray batch;

				code = out.get_next(&out, &batch);
				if (code != 0 || !batch.release)
					break;
				batch.release(&batch);
			}
			out.release(&out);
			if (code == 0)
				ck_assert_uint_eq(cstn_row_errors_total(bad_rows), 1);
		} else {
			ck_assert_int_eq(status, CSTN_E_NOMEM);
			ck_assert_ptr_null(out.release);
			ck_assert_ptr_null(bad_rows);
		}
		cstn_row_errors_free(bad_rows);
		ck_assert_int_eq(maker_live(), 0);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		if (status == CSTN_OK && code == 0)
			break;
		if (status == CSTN_OK)
			ck_assert_int_eq(code, ENOMEM);
	}
	ck_assert_uint_gt(n, 20);
	cstn_schema_unref(schema);
}
END_TEST

/* --- structs for hosts ------------------------------------------------------------------------ */

START_TEST(heap_structs_begin_released_and_free_what_nobody_moved)
{
	struct ArrowArrayStream *stream = cstn_arrow_stream_new();
	struct ArrowSchema *schema = cstn_arrow_schema_new();
	struct ArrowArray *array = cstn_arrow_array_new();

	ck_assert_ptr_null(stream->release);
	ck_assert_ptr_null(schema->release);
	ck_assert_ptr_null(array->release);
	maker_open(stream, &mixed_stream);
	maker_schema(schema, &mixed_stream);
	maker_array(array, &mixed[1]);
	cstn_arrow_stream_free(stream);
	cstn_arrow_schema_free(schema);
	cstn_arrow_array_free(array);
	ck_assert_int_eq(maker_live(), 0);
	cstn_arrow_stream_free(cstn_arrow_stream_new());
	cstn_arrow_schema_free(cstn_arrow_schema_new());
	cstn_arrow_array_free(cstn_arrow_array_new());
	cstn_arrow_stream_free(NULL);
	cstn_arrow_schema_free(NULL);
	cstn_arrow_array_free(NULL);
}
END_TEST

START_TEST(one_batch_is_a_stream_that_gives_its_schema_as_often_as_asked)
{
	static const maker_column entries = {NULL, "u", 1, 0, 0, 3, {NULL, name_ends, "abc"}, NULL};
	static const int8_t index[] = {0};
	static const maker_column columns[] = {{"a", "l", 1, 0, 0, 2, {NULL, amounts}, NULL},
			{"b", "c", 1, 0, 0, 2, {NULL, index}, &entries}};
	static const maker_batch one = {1, 0, 0, NULL, columns};
	static const maker_stream from = {.fields = columns, .n = 2};
	struct ArrowSchema schema, first, second, moved;
	struct ArrowArray array, batch;
	struct ArrowArrayStream stream;

	maker_schema(&schema, &from);
	maker_root(&array, &one, 2);
	ck_assert_int_eq(cstn_arrow_stream_from_array(&schema, &array, &stream), CSTN_OK);
	ck_assert_ptr_null(schema.release);
	ck_assert_ptr_null(array.release);
	ck_assert_int_eq(stream.get_schema(&stream, &first), 0);
	ck_assert_int_eq(stream.get_schema(&stream, &second), 0);
	ck_assert_int_eq(stream.get_next(&stream, &batch), 0);
	ck_assert_int_eq(batch.n_children, 2);
	batch.release(&batch);
	ck_assert_int_eq(stream.get_next(&stream, &batch), 0);
	ck_assert_ptr_null(batch.release);
	stream.release(&stream);
	first.release(&first);
	moved = *second.children[1];
	second.children[1]->release = NULL;
	second.release(&second);
	ck_assert_str_eq(moved.name, "b");
	ck_assert_str_eq(moved.dictionary->format, "u");
	ck_assert_int_gt(maker_live(), 0);
	moved.release(&moved);
	ck_assert_int_eq(maker_live(), 0);
}
END_TEST

START_TEST(one_batch_is_taken_also_when_it_cannot_be_a_stream)
{
	struct ArrowSchema schema = {0};
	struct ArrowArray array = {0};
	struct ArrowArrayStream stream = {0};

	ck_assert_int_eq(cstn_arrow_stream_from_array(&schema, &array, &stream),
			CSTN_E_INVALID_ARGUMENT);
	maker_schema(&schema, &mixed_stream);
	ck_assert_int_eq(cstn_arrow_stream_from_array(&schema, &array, &stream),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(schema.release);
	maker_root(&array, &mixed_batch, 5);
	ck_assert_int_eq(cstn_arrow_stream_from_array(NULL, &array, &stream),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(array.release);
	maker_schema(&schema, &mixed_stream);
	maker_root(&array, &mixed_batch, 5);
	ck_assert_int_eq(cstn_arrow_stream_from_array(&schema, &array, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(maker_live(), 0);
	ck_assert_ptr_null(stream.release);
}
END_TEST

START_TEST(one_batch_that_is_never_pulled_is_released_with_its_stream)
{
	struct ArrowSchema schema;
	struct ArrowArray array;
	struct ArrowArrayStream stream;

	maker_schema(&schema, &mixed_stream);
	maker_root(&array, &mixed_batch, 5);
	ck_assert_int_eq(cstn_arrow_stream_from_array(&schema, &array, &stream), CSTN_OK);
	stream.release(&stream);
	ck_assert_ptr_null(stream.release);
	ck_assert_int_eq(maker_live(), 0);
}
END_TEST

START_TEST(without_an_interpreter_a_capsule_is_left_alone)
{
	int not_a_capsule = 7;

	cstn_arrow_capsule_destroy(NULL);
	cstn_arrow_capsule_destroy(&not_a_capsule);
	ck_assert_int_eq(not_a_capsule, 7);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("table_stream");
	TCase *tests = tcase_create("stream");

	tcase_add_test(tests, a_bound_stream_has_the_schemas_columns_in_its_order_and_types);
	tcase_add_test(tests, rows_are_counted_over_batches_and_only_good_ones_come_out);
	tcase_add_test(tests, row_errors_are_filled_when_the_stream_is_dropped_half_way);
	tcase_add_test(tests, missing_texts_of_the_schema_are_null);
	tcase_add_test(tests, text_of_the_schemas_form_and_zone_is_read_under_the_cast);
	tcase_add_test(tests, what_goes_out_comes_back_in);
	tcase_add_loop_test(tests, a_stream_that_fails_is_quoted, 0,
			sizeof(failures) / sizeof(failures[0]));
	tcase_add_test(tests, a_stream_without_get_last_error_fails_with_its_number);
	tcase_add_test(tests, a_stream_that_does_not_fit_is_released_and_outputs_stay);
	tcase_add_test(tests, a_broken_batch_ends_the_bound_stream_with_its_error);
	tcase_add_test(tests, null_arguments_of_stream_bind_are_refused_and_the_stream_is_taken);
	tcase_add_test(tests, every_failing_allocation_of_a_bound_stream_releases_everything);
	tcase_add_test(tests, heap_structs_begin_released_and_free_what_nobody_moved);
	tcase_add_test(tests, one_batch_is_a_stream_that_gives_its_schema_as_often_as_asked);
	tcase_add_test(tests, one_batch_is_taken_also_when_it_cannot_be_a_stream);
	tcase_add_test(tests, one_batch_that_is_never_pulled_is_released_with_its_stream);
	tcase_add_test(tests, without_an_interpreter_a_capsule_is_left_alone);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
