#include <check.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bitmap.h"
#include "base/error.h"
#include "failing_allocator.h"
#include "table/export.h"

static cstn__table_builder *new_table(const cstn_allocator *allocator)
{
	cstn__table_builder *table = NULL;

	ck_assert_int_eq(cstn__table_builder_new(allocator, &table, NULL), CSTN_OK);
	return table;
}

static struct ArrowArrayStream exported(cstn__table_builder *table)
{
	struct ArrowArrayStream stream = {0};
	cstn_error *error = NULL;
	cstn_status status = cstn__table_export(table, &stream, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return stream;
}

static struct ArrowArray pulled(struct ArrowArrayStream *stream)
{
	struct ArrowArray array = {0};

	ck_assert_int_eq(stream->get_next(stream, &array), 0);
	return array;
}

static const struct {
	int32_t type, scale;
	const char *format;
} formats[] = {
		{CSTN_TYPE_FLAG, 0, "b"},
		{CSTN_TYPE_INT32, 0, "i"},
		{CSTN_TYPE_INT64, 0, "l"},
		{CSTN_TYPE_DOUBLE, 0, "g"},
		{CSTN_TYPE_TEXT, 0, "u"},
		{CSTN_TYPE_BYTES, 0, "z"},
		{CSTN_TYPE_DAYS, 0, "tdD"},
		{CSTN_TYPE_TIME, 0, "tsu:UTC"},
		{CSTN_TYPE_DECIMAL, 0, "d:19,0"},
		{CSTN_TYPE_DECIMAL, 18, "d:19,18"},
};

START_TEST(each_type_has_its_arrow_format_and_nullable_flag)
{
	cstn__table_builder *table = new_table(NULL);
	struct ArrowArrayStream stream;
	struct ArrowSchema schema;

	ck_assert_int_eq(cstn__table_add_column(table, "a", formats[_i].type, formats[_i].scale, 0),
			0);
	ck_assert_int_eq(cstn__table_add_column(table, "b", formats[_i].type, formats[_i].scale, 1),
			1);
	stream = exported(table);
	ck_assert_int_eq(stream.get_schema(&stream, &schema), 0);
	ck_assert_str_eq(schema.format, "+s");
	ck_assert_int_eq(schema.n_children, 2);
	ck_assert_str_eq(schema.children[0]->format, formats[_i].format);
	ck_assert_str_eq(schema.children[0]->name, "a");
	ck_assert_int_eq(schema.children[0]->flags, 0);
	ck_assert_int_eq(schema.children[1]->flags, ARROW_FLAG_NULLABLE);
	schema.release(&schema);
	ck_assert_ptr_null(schema.release);
	stream.release(&stream);
	ck_assert_ptr_null(stream.release);
}
END_TEST

/* Column 0 int64, 1 text nullable, 2 flag nullable, 3 decimal, 4 double, 5 int32: row i is a
 * function of i; every third text and every fifth flag is null. */
static void declare_mixed(cstn__table_builder *table)
{
	cstn__table_add_column(table, "number", CSTN_TYPE_INT64, 0, 0);
	cstn__table_add_column(table, "text", CSTN_TYPE_TEXT, 0, 1);
	cstn__table_add_column(table, "flag", CSTN_TYPE_FLAG, 0, 1);
	cstn__table_add_column(table, "money", CSTN_TYPE_DECIMAL, 2, 0);
	cstn__table_add_column(table, "real", CSTN_TYPE_DOUBLE, 0, 0);
	cstn__table_add_column(table, "small", CSTN_TYPE_INT32, 0, 0);
}

static void put_mixed(cstn__table_builder *table, int64_t i)
{
	cstn__table_put_i64(table, 0, i * 3);
	if (i % 3 == 2)
		cstn__table_put_null(table, 1);
	else
		cstn__table_put_text(table, 1, "abcdefg", (size_t)(i % 8));
	if (i % 5 == 4)
		cstn__table_put_null(table, 2);
	else
		cstn__table_put_i64(table, 2, i % 2);
	cstn__table_put_i64(table, 3, -i);
	cstn__table_put_f64(table, 4, (double)i / 2);
	cstn__table_put_i64(table, 5, -i);
}

static void check_mixed(const struct ArrowArray *batch, int64_t first)
{
	int64_t r;

	for (r = 0; r < batch->length; r++) {
		int64_t i = first + r;
		struct ArrowArray **columns = batch->children;
		const int32_t *ends = columns[1]->buffers[1];
		const uint8_t *valid = columns[1]->buffers[0], *flags = columns[2]->buffers[0];
		__int128 wide;

		ck_assert_int_eq(((const int64_t *)columns[0]->buffers[1])[r], i * 3);
		ck_assert_int_eq(!valid || cstn__bit_get(valid, (size_t)r), i % 3 != 2);
		ck_assert_int_eq(ends[r + 1] - ends[r], i % 3 == 2 ? 0 : i % 8);
		ck_assert_int_eq(memcmp((const char *)columns[1]->buffers[2] + ends[r], "abcdefg",
						 (size_t)(ends[r + 1] - ends[r])),
				0);
		ck_assert_int_eq(!flags || cstn__bit_get(flags, (size_t)r), i % 5 != 4);
		ck_assert_int_eq(cstn__bit_get(columns[2]->buffers[1], (size_t)r),
				i % 5 == 4 ? 0 : i % 2);
		memcpy(&wide, (const char *)columns[3]->buffers[1] + 16 * r, 16);
		ck_assert(wide == -(__int128)i);
		ck_assert(((const double *)columns[4]->buffers[1])[r] == (double)i / 2);
		ck_assert_int_eq(((const int32_t *)columns[5]->buffers[1])[r], -i);
	}
}

static int64_t nulls_between(int64_t from, int64_t to, int64_t every, int64_t at)
{
	int64_t count = 0;

	for (; from < to; from++)
		count += from % every == at;
	return count;
}

static const int64_t row_counts[] = {1, 511, 512, 513, 1023, 1024, 1025, 5000};

START_TEST(rows_come_back_in_batches_that_are_aligned_and_begin_at_offset_0)
{
	cstn__table_builder *table = new_table(NULL);
	struct ArrowArrayStream stream;
	int64_t i, at = 0;

	declare_mixed(table);
	cstn__table_set_limits(table, 1024, INT32_MAX);
	for (i = 0; i < row_counts[_i]; i++)
		put_mixed(table, i);
	ck_assert_int_eq(cstn__table_rows(table), row_counts[_i]);
	stream = exported(table);
	for (;;) {
		struct ArrowArray batch = pulled(&stream);
		int64_t c, b;

		if (!batch.release)
			break;
		ck_assert_int_le(batch.length, 1024);
		ck_assert_int_eq(batch.offset, 0);
		ck_assert_int_eq(batch.n_buffers, 1);
		ck_assert_ptr_null(batch.buffers[0]);
		for (c = 0; c < batch.n_children; c++) {
			ck_assert_int_eq(batch.children[c]->length, batch.length);
			ck_assert_int_eq(batch.children[c]->offset, 0);
			for (b = 0; b < 2; b++)
				ck_assert_uint_eq((uintptr_t)batch.children[c]->buffers[b] % 64, 0);
		}
		ck_assert_int_eq(batch.children[1]->null_count,
				nulls_between(at, at + batch.length, 3, 2));
		ck_assert_int_eq(batch.children[2]->null_count,
				nulls_between(at, at + batch.length, 5, 4));
		check_mixed(&batch, at);
		at += batch.length;
		batch.release(&batch);
	}
	ck_assert_int_eq(at, row_counts[_i]);
	stream.release(&stream);
}
END_TEST

START_TEST(a_batch_holds_no_more_text_than_its_limit)
{
	cstn__table_builder *table = new_table(NULL);
	struct ArrowArrayStream stream;
	int64_t i, at = 0, batches = 0;
	static const char text[100];

	cstn__table_add_column(table, "text", CSTN_TYPE_TEXT, 0, 0);
	cstn__table_set_limits(table, 1 << 20, 60000);
	for (i = 0; i < 3000; i++)
		cstn__table_put_text(table, 0, text, 100);
	stream = exported(table);
	for (;;) {
		struct ArrowArray batch = pulled(&stream);

		if (!batch.release)
			break;
		ck_assert_int_le(((const int32_t *)batch.children[0]->buffers[1])[batch.length],
				60000);
		ck_assert_int_eq(((const int32_t *)batch.children[0]->buffers[1])[0], 0);
		at += batch.length;
		batches++;
		batch.release(&batch);
	}
	ck_assert_int_eq(at, 3000);
	ck_assert_int_eq(batches, 6);
	stream.release(&stream);
}
END_TEST

START_TEST(text_that_no_cut_makes_small_enough_is_an_error_that_says_so)
{
	cstn__table_builder *table = new_table(NULL);
	struct ArrowArrayStream stream;
	struct ArrowArray batch;
	int64_t i;

	cstn__table_add_column(table, "note", CSTN_TYPE_TEXT, 0, 0);
	cstn__table_set_limits(table, 1 << 20, 511);
	for (i = 0; i < 512; i++)
		cstn__table_put_text(table, 0, "x", 1);
	stream = exported(table);
	ck_assert_int_eq(stream.get_next(&stream, &batch), EDQUOT);
	ck_assert_ptr_nonnull(strstr(stream.get_last_error(&stream),
			"column 'note': rows 0 to 511 have 512 bytes of text, at most 511"));
	ck_assert_int_eq(stream.get_next(&stream, &batch), EDQUOT);
	stream.release(&stream);
}
END_TEST

START_TEST(children_moved_out_live_on_after_batch_and_stream)
{
	cstn__table_builder *table;
	struct ArrowArrayStream stream;
	struct ArrowArray batch, child;
	struct ArrowSchema schema, field;
	failing_allocator memory;

	failing_allocator_init(&memory, 0);
	table = new_table(&memory.allocator);
	declare_mixed(table);
	put_mixed(table, 7);
	stream = exported(table);
	batch = pulled(&stream);
	ck_assert_int_eq(stream.get_schema(&stream, &schema), 0);
	child = *batch.children[0];
	batch.children[0]->release = NULL;
	field = *schema.children[1];
	schema.children[1]->release = NULL;
	batch.release(&batch);
	schema.release(&schema);
	stream.release(&stream);
	ck_assert_int_eq(((const int64_t *)child.buffers[1])[0], 21);
	ck_assert_str_eq(field.name, "text");
	ck_assert_uint_gt(failing_allocator_live(&memory), 0);
	child.release(&child);
	field.release(&field);
	ck_assert_uint_eq(failing_allocator_live(&memory), 0);
}
END_TEST

START_TEST(a_table_without_rows_gives_a_schema_and_no_batch)
{
	cstn__table_builder *table = new_table(NULL);
	struct ArrowArrayStream stream;
	struct ArrowSchema schema;
	struct ArrowArray batch;

	declare_mixed(table);
	if (_i) {
		cstn__table_put_many_i64(table, 0, NULL, NULL, 0);
		cstn__table_put_many_f64(table, 4, NULL, NULL, 0);
		cstn__table_put_many_i64(table, 5, NULL, NULL, 0);
	}
	stream = exported(table);
	batch = pulled(&stream);
	ck_assert_ptr_null(batch.release);
	batch = pulled(&stream);
	ck_assert_ptr_null(batch.release);
	ck_assert_int_eq(stream.get_schema(&stream, &schema), 0);
	ck_assert_int_eq(schema.n_children, 6);
	schema.release(&schema);
	ck_assert_ptr_null(stream.get_last_error(&stream));
	stream.release(&stream);
}
END_TEST

START_TEST(columns_of_unequal_length_are_refused)
{
	cstn__table_builder *table = new_table(NULL);
	struct ArrowArrayStream stream = {0};
	cstn_error *error = NULL;

	cstn__table_add_column(table, "a", CSTN_TYPE_INT64, 0, 0);
	cstn__table_add_column(table, "b", CSTN_TYPE_INT64, 0, 0);
	cstn__table_put_i64(table, 0, 1);
	ck_assert_int_eq(cstn__table_export(table, &stream, &error), CSTN_E_INVALID_ARGUMENT);
	ck_assert_str_eq(cstn_error_message(error), "column 'b' has 0 rows, column 'a' 1");
	ck_assert_ptr_null(stream.release);
	cstn_error_free(error);
}
END_TEST

START_TEST(int32_takes_its_whole_range_and_nothing_beyond)
{
	static const struct {
		int64_t value;
		cstn_status status;
	} cases[] = {{INT32_MAX, CSTN_OK}, {INT32_MIN, CSTN_OK},
			{INT64_C(1) + INT32_MAX, CSTN_E_OVERFLOW},
			{INT64_C(-1) + INT32_MIN, CSTN_E_OVERFLOW}};
	cstn__table_builder *table = new_table(NULL);
	struct ArrowArrayStream stream = {0};

	cstn__table_add_column(table, "a", CSTN_TYPE_INT32, 0, 0);
	cstn__table_put_i64(table, 0, cases[_i].value);
	ck_assert_int_eq(cstn__table_export(table, &stream, NULL), cases[_i].status);
	if (stream.release)
		stream.release(&stream);
}
END_TEST

START_TEST(int32s_put_at_once_are_checked_one_by_one)
{
	static const int64_t wrong[] = {
			INT64_C(1) + INT32_MAX, INT64_C(-1) + INT32_MIN, INT64_MAX, INT64_MIN};
	int64_t values[100] = {[3] = INT32_MAX, [97] = INT32_MIN};
	cstn__table_builder *table = new_table(NULL);
	struct ArrowArrayStream stream = {0};

	if (_i < 4)
		values[50] = wrong[_i];
	cstn__table_add_column(table, "a", CSTN_TYPE_INT32, 0, 0);
	cstn__table_put_many_i64(table, 0, values, NULL, 100);
	ck_assert_int_eq(cstn__table_export(table, &stream, NULL),
			_i < 4 ? CSTN_E_OVERFLOW : CSTN_OK);
	if (_i == 4) {
		struct ArrowArray batch = pulled(&stream);
		const int32_t *a = batch.children[0]->buffers[1];

		ck_assert_int_eq(a[3], INT32_MAX);
		ck_assert_int_eq(a[97], INT32_MIN);
		batch.release(&batch);
		stream.release(&stream);
	}
}
END_TEST

START_TEST(room_is_filled_by_who_asked_for_it_and_single_nulls_are_told_after)
{
	cstn__table_builder *table = new_table(NULL);
	struct ArrowArrayStream stream;
	struct ArrowArray batch;
	int64_t *wide, i;
	int32_t *narrow;

	cstn__table_add_column(table, "a", CSTN_TYPE_INT64, 0, 0);
	cstn__table_add_column(table, "b", CSTN_TYPE_DAYS, 0, 1);
	ck_assert_int_eq(cstn__table_columns(table), 2);
	for (i = 0; i < 2; i++)
		cstn__table_put_i64(table, 0, i);
	cstn__table_put_many_i64(table, 1, (const int64_t[]){0, 1}, NULL, 2);
	wide = cstn__table_put_room(table, 0, 98);
	narrow = cstn__table_put_room(table, 1, 98);
	ck_assert(wide && narrow);
	for (i = 2; i < 100; i++) {
		wide[i - 2] = i << 40;
		narrow[i - 2] = (int32_t)i;
	}
	cstn__table_null_at(table, 1, 7);
	cstn__table_null_at(table, 1, 99);
	cstn__table_null_at(table, 1, 7);
	stream = exported(table);
	batch = pulled(&stream);
	ck_assert_int_eq(batch.length, 100);
	ck_assert_int_eq(batch.children[0]->null_count, 0);
	ck_assert_int_eq(batch.children[1]->null_count, 2);
	for (i = 0; i < 100; i++) {
		int is_null = i == 7 || i == 99;

		ck_assert_int_eq(((const int64_t *)batch.children[0]->buffers[1])[i],
				i < 2 ? i : i << 40);
		ck_assert_int_eq(((const int32_t *)batch.children[1]->buffers[1])[i],
				is_null ? 0 : i);
		ck_assert_int_eq(cstn__bit_get(batch.children[1]->buffers[0], (size_t)i), !is_null);
	}
	batch.release(&batch);
	stream.release(&stream);
}
END_TEST

START_TEST(a_text_put_so_many_times_is_so_many_rows)
{
	cstn__table_builder *table = new_table(NULL);
	struct ArrowArrayStream stream;
	struct ArrowArray batch;
	const int32_t *ends;
	int i;

	cstn__table_add_column(table, "a", CSTN_TYPE_TEXT, 0, 0);
	cstn__table_put_text_times(table, 0, "item", 4, 30);
	cstn__table_put_text_times(table, 0, "", 0, 2);
	cstn__table_put_text_times(table, 0, "x", 1, 0);
	stream = exported(table);
	batch = pulled(&stream);
	ck_assert_int_eq(batch.length, 32);
	ends = batch.children[0]->buffers[1];
	for (i = 0; i < 32; i++) {
		ck_assert_int_eq(ends[i], i < 30 ? 4 * i : 120);
		ck_assert(i >= 30 || !memcmp((const char *)batch.children[0]->buffers[2] + ends[i],
						     "item", 4));
	}
	batch.release(&batch);
	stream.release(&stream);
}
END_TEST

START_TEST(a_null_in_a_column_that_is_not_nullable_is_refused)
{
	cstn__table_builder *table = new_table(NULL);
	struct ArrowArrayStream stream = {0};
	cstn_error *error = NULL;

	cstn__table_add_column(table, "a", CSTN_TYPE_INT64, 0, 0);
	cstn__table_put_null(table, 0);
	ck_assert_int_eq(cstn__table_export(table, &stream, &error), CSTN_E_INVALID_ARGUMENT);
	ck_assert_str_eq(cstn_error_message(error), "column 'a' has a null and is not nullable");
	cstn_error_free(error);
}
END_TEST

START_TEST(many_values_at_once_are_the_same_rows)
{
	cstn__table_builder *table = new_table(NULL);
	struct ArrowArrayStream stream;
	struct ArrowArray batch;
	int64_t values[100], i;
	double reals[100];
	uint64_t valid[2] = {UINT64_MAX, UINT64_MAX};

	for (i = 0; i < 100; i++) {
		values[i] = i;
		reals[i] = (double)i;
	}
	cstn__table_add_column(table, "a", CSTN_TYPE_INT64, 0, 1);
	cstn__table_add_column(table, "b", CSTN_TYPE_INT32, 0, 1);
	cstn__table_add_column(table, "c", CSTN_TYPE_DOUBLE, 0, 1);
	for (i = 0; i < 3; i++) {
		valid[0] = i == 1 ? ~(UINT64_C(1) << 5) : UINT64_MAX;
		cstn__table_put_many_i64(table, 0, values, i == 2 ? NULL : valid, 100);
		cstn__table_put_many_i64(table, 1, values, i == 2 ? NULL : valid, 100);
		cstn__table_put_many_f64(table, 2, reals, i == 2 ? NULL : valid, 100);
	}
	stream = exported(table);
	batch = pulled(&stream);
	ck_assert_int_eq(batch.length, 300);
	for (i = 0; i < 300; i++) {
		int64_t expected = i == 105 ? 0 : i % 100;
		int c;

		ck_assert_int_eq(((const int64_t *)batch.children[0]->buffers[1])[i], expected);
		ck_assert_int_eq(((const int32_t *)batch.children[1]->buffers[1])[i], expected);
		ck_assert(((const double *)batch.children[2]->buffers[1])[i] == (double)expected);
		for (c = 0; c < 3; c++)
			ck_assert_int_eq(cstn__bit_get(batch.children[c]->buffers[0], (size_t)i),
					i != 105);
	}
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(batch.children[i]->null_count, 1);
	batch.release(&batch);
	stream.release(&stream);
}
END_TEST

/* --- lazy streams ----------------------------------------------------------------------------- */

typedef struct lazy {
	const cstn_allocator *allocator;
	int64_t given, batches, rows;
	cstn_status at_end;
	int freed;
} lazy;

static cstn__table_builder *lazy_empty(void *context, cstn_error **error)
{
	lazy *own = context;
	cstn__table_builder *table = NULL;

	if (cstn__table_builder_new(own->allocator, &table, error) == CSTN_OK)
		declare_mixed(table);
	return table;
}

static cstn_status lazy_next(void *context, cstn__table_builder *batch, cstn_error **error)
{
	lazy *own = context;
	int64_t i;

	if (own->given == own->batches)
		return own->at_end == CSTN_DONE
				       ? CSTN_DONE
				       : cstn__fail(error, own->at_end, "the file ends in mid air");
	for (i = 0; i < (own->given == 1 ? 0 : own->rows); i++)
		put_mixed(batch, i);
	own->given++;
	return CSTN_OK;
}

static void lazy_free(void *context)
{
	((lazy *)context)->freed++;
}

START_TEST(a_lazy_stream_gives_its_batches_and_frees_its_context_once)
{
	lazy own = {NULL, 0, 4, 700, CSTN_DONE, 0};
	struct ArrowArrayStream stream;
	struct ArrowSchema schema;
	int64_t batches = 0;

	ck_assert_int_eq(cstn__stream_export(NULL, lazy_empty, lazy_next, lazy_free, &own, &stream,
					 NULL),
			CSTN_OK);
	ck_assert_int_eq(stream.get_schema(&stream, &schema), 0);
	ck_assert_str_eq(schema.children[3]->format, "d:19,2");
	schema.release(&schema);
	for (;;) {
		struct ArrowArray batch = pulled(&stream);

		if (!batch.release)
			break;
		ck_assert_int_eq(batch.length, 700);
		check_mixed(&batch, 0);
		batch.release(&batch);
		batches++;
	}
	ck_assert_int_eq(batches, 3);
	ck_assert_int_eq(own.freed, 0);
	stream.release(&stream);
	ck_assert_int_eq(own.freed, 1);
}
END_TEST

START_TEST(a_lazy_stream_that_fails_half_way_says_why_and_stays_failed)
{
	lazy own = {NULL, 0, 1, 10, CSTN_E_IO, 0};
	struct ArrowArrayStream stream;
	struct ArrowArray batch;

	ck_assert_int_eq(cstn__stream_export(NULL, lazy_empty, lazy_next, lazy_free, &own, &stream,
					 NULL),
			CSTN_OK);
	batch = pulled(&stream);
	ck_assert_ptr_null(stream.get_last_error(&stream));
	ck_assert_int_eq(stream.get_next(&stream, &batch), EIO);
	ck_assert_str_eq(stream.get_last_error(&stream), "the file ends in mid air");
	ck_assert_int_eq(stream.get_next(&stream, &batch), EIO);
	batch.release(&batch);
	stream.release(&stream);
	ck_assert_int_eq(own.freed, 1);
}
END_TEST

START_TEST(out_of_memory_in_a_lazy_stream_leaks_nothing)
{
	uint64_t n;

	for (n = 1;; n++) {
		failing_allocator memory;
		lazy own = {NULL, 0, 3, 600, CSTN_DONE, 0};
		struct ArrowArrayStream stream = {0};
		struct ArrowSchema schema = {0};
		struct ArrowArray batch = {0};
		int code = ENOMEM;

		failing_allocator_init(&memory, n);
		own.allocator = &memory.allocator;
		if (cstn__stream_export(own.allocator, lazy_empty, lazy_next, lazy_free, &own,
				    &stream, NULL) == CSTN_OK) {
			code = stream.get_schema(&stream, &schema);
			if (code == 0)
				schema.release(&schema);
			while (code == 0) {
				code = stream.get_next(&stream, &batch);
				if (code != 0 || !batch.release)
					break;
				batch.release(&batch);
			}
			if (code != 0)
				ck_assert_str_eq(stream.get_last_error(&stream), "out of memory");
			stream.release(&stream);
		}
		ck_assert_int_eq(own.freed, 1);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		if (code == 0)
			break;
		ck_assert_int_eq(code, ENOMEM);
	}
	ck_assert_uint_gt(n, 20);
}
END_TEST

START_TEST(out_of_memory_in_a_builder_shows_at_export_and_leaks_nothing)
{
	uint64_t n;

	for (n = 1;; n++) {
		failing_allocator memory;
		cstn__table_builder *table = NULL;
		struct ArrowArrayStream stream = {0};
		cstn_status status;
		int64_t i;

		failing_allocator_init(&memory, n);
		status = cstn__table_builder_new(&memory.allocator, &table, NULL);
		if (status == CSTN_OK) {
			declare_mixed(table);
			for (i = 0; i < 100; i++)
				put_mixed(table, i);
			status = cstn__table_export(table, &stream, NULL);
		}
		if (stream.release)
			stream.release(&stream);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		if (status == CSTN_OK)
			break;
		ck_assert_int_eq(status, CSTN_E_NOMEM);
	}
	ck_assert_uint_gt(n, 10);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("table_export");
	TCase *tests = tcase_create("export");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tests, each_type_has_its_arrow_format_and_nullable_flag, 0,
			sizeof(formats) / sizeof(formats[0]));
	tcase_add_loop_test(tests, rows_come_back_in_batches_that_are_aligned_and_begin_at_offset_0,
			0, sizeof(row_counts) / sizeof(row_counts[0]));
	tcase_add_test(tests, a_batch_holds_no_more_text_than_its_limit);
	tcase_add_test(tests, text_that_no_cut_makes_small_enough_is_an_error_that_says_so);
	tcase_add_test(tests, children_moved_out_live_on_after_batch_and_stream);
	tcase_add_loop_test(tests, a_table_without_rows_gives_a_schema_and_no_batch, 0, 2);
	tcase_add_test(tests, columns_of_unequal_length_are_refused);
	tcase_add_loop_test(tests, int32_takes_its_whole_range_and_nothing_beyond, 0, 4);
	tcase_add_test(tests, a_null_in_a_column_that_is_not_nullable_is_refused);
	tcase_add_test(tests, many_values_at_once_are_the_same_rows);
	tcase_add_loop_test(tests, int32s_put_at_once_are_checked_one_by_one, 0, 5);
	tcase_add_test(tests, room_is_filled_by_who_asked_for_it_and_single_nulls_are_told_after);
	tcase_add_test(tests, a_text_put_so_many_times_is_so_many_rows);
	tcase_add_test(tests, a_lazy_stream_gives_its_batches_and_frees_its_context_once);
	tcase_add_test(tests, a_lazy_stream_that_fails_half_way_says_why_and_stays_failed);
	tcase_add_test(tests, out_of_memory_in_a_lazy_stream_leaks_nothing);
	tcase_add_test(tests, out_of_memory_in_a_builder_shows_at_export_and_leaks_nothing);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
