#include "purchase_rows.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "base/text.h"
#include "table/column.h"
#include "table/export.h"

void rows_stream(const purchase_row *rows, size_t n, uint32_t flags, struct ArrowArrayStream *out)
{
	cstn__table_builder *table;
	int time = (flags & ROWS_TIME) != 0;
	size_t i;

	ck_assert_int_eq(cstn__table_builder_new(NULL, &table, NULL), CSTN_OK);
	cstn__table_add_column(table, "customer",
			flags & ROWS_TEXT_ID ? CSTN_TYPE_TEXT : CSTN_TYPE_INT64, 0, 1);
	cstn__table_add_column(table, "day", time ? CSTN_TYPE_TIME : CSTN_TYPE_DAYS, 0, 0);
	cstn__table_add_column(table, "value", CSTN_TYPE_DECIMAL, 2, 0);
	if (flags & ROWS_QUANTITY) {
		cstn__table_add_column(table, "quantity", CSTN_TYPE_INT64, 0, 0);
		cstn__table_add_column(table, "cancelled", CSTN_TYPE_FLAG, 0, 0);
	}
	for (i = 0; i < n; i++) {
		char text[32];

		if (rows[i].customer < 0)
			cstn__table_put_null(table, 0);
		else if (flags & ROWS_TEXT_ID)
			cstn__table_put_text(table, 0, text,
					(size_t)snprintf(text, sizeof(text), "c%lld",
							(long long)rows[i].customer));
		else
			cstn__table_put_i64(table, 0, rows[i].customer);
		cstn__table_put_i64(table, 1,
				time ? (rows[i].day + 1) * CSTN_DAY_US - INT64_C(3600000000)
				     : rows[i].day);
		cstn__table_put_i64(table, 2, rows[i].value);
		if (flags & ROWS_QUANTITY) {
			cstn__table_put_i64(table, 3, rows[i].quantity);
			cstn__table_put_i64(table, 4, rows[i].cancelled);
		}
	}
	ck_assert_int_eq(cstn__table_export(table, out, NULL), CSTN_OK);
}

static int by_customer_and_day(const void *a, const void *b)
{
	const purchase_row *x = a, *y = b;

	return (x->day > y->day) - (x->day < y->day);
}

purchase_row *rows_random(uint64_t seed, size_t n, int by_time)
{
	purchase_row *rows = calloc(n + 1, sizeof(*rows));
	size_t i;

	ck_assert_ptr_nonnull(rows);
	for (i = 0; i < n; i++) {
		uint64_t r = cstn__random_u64(seed, i);

		rows[i].customer = (int64_t)(r % 41) * 7;
		rows[i].day = (int32_t)(r >> 8 & 255) * 3 - 200;
		rows[i].value = (int64_t)(r >> 20 & 4095) - (r >> 40 & 7 ? 0 : 4000);
		rows[i].quantity = (int32_t)(r >> 44 & 7) - 1;
		rows[i].cancelled = (r >> 50 & 15) == 0;
	}
	if (by_time)
		qsort(rows, n, sizeof(*rows), by_customer_and_day);
	return rows;
}

void rfm_stream(const double (*values)[3], size_t n, int ids, struct ArrowArrayStream *out)
{
	static const char *const names[] = {"recency", "frequency", "monetary"};
	cstn__table_builder *table;
	size_t i;
	int d;

	ck_assert_int_eq(cstn__table_builder_new(NULL, &table, NULL), CSTN_OK);
	for (d = 0; d < 3; d++)
		cstn__table_add_column(table, names[d], CSTN_TYPE_DOUBLE, 0, 0);
	if (ids)
		cstn__table_add_column(table, "customer", CSTN_TYPE_INT64, 0, 0);
	for (i = 0; i < n; i++) {
		for (d = 0; d < 3; d++)
			cstn__table_put_f64(table, d, values[i][d]);
		if (ids)
			cstn__table_put_i64(table, 3, (int64_t)i);
	}
	ck_assert_int_eq(cstn__table_export(table, out, NULL), CSTN_OK);
}

void rows_add(cstn_purchases *state, const purchase_row *rows, size_t n, uint32_t flags)
{
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status;

	rows_stream(rows, n, flags, &stream);
	status = cstn_purchases_update(state, &stream, NULL, NULL, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
}

cstn_purchases *rows_state(const cstn_purchases_config *config, const purchase_row *rows, size_t n,
		uint32_t flags)
{
	cstn_purchases *state = NULL;

	ck_assert_int_eq(cstn_purchases_new(config, NULL, &state, NULL), CSTN_OK);
	rows_add(state, rows, n, flags);
	return state;
}

static void show_value(const cstn__column *column, int64_t row, char *out, size_t size)
{
	uint64_t valid, bad = 0;
	const char *text;
	size_t len;
	double value;

	if (column->type == CSTN_TYPE_TEXT) {
		if (cstn__column_read_text(column, row, &text, &len))
			snprintf(out, size, "~");
		else
			snprintf(out, size, "%.*s", (int)len, text);
		return;
	}
	ck_assert_int_eq(cstn__column_read_f64(column, row, 1, 0, &value, &valid, &bad, NULL),
			CSTN_OK);
	if (valid & 1)
		out[cstn__format_double(value, out)] = '\0';
	else
		snprintf(out, size, "~");
}

char *rows_show(struct ArrowArrayStream *stream)
{
	struct ArrowSchema schema;
	struct ArrowArray array;
	cstn__column_decl decls[16];
	cstn__bound *bound = NULL;
	char *out = calloc(1, 1);
	size_t used = 0, n, c;

	ck_assert_int_eq(stream->get_schema(stream, &schema), 0);
	n = (size_t)schema.n_children;
	ck_assert_uint_le(n, 16);
	memset(decls, 0, sizeof(decls));
	for (c = 0; c < n; c++) {
		decls[c].name = schema.children[c]->name;
		decls[c].accept = 0xffff & ~CSTN__ACCEPT(CSTN_TYPE_BYTES);
		decls[c].scale = -1;
		decls[c].required = decls[c].nullable = 1;
	}
	ck_assert_int_eq(cstn__bind_stream(stream, decls, n, NULL, NULL, &bound, NULL), CSTN_OK);
	while (cstn__stream_next(stream, &array, NULL) == CSTN_OK) {
		cstn__batch batch;
		int64_t row;

		ck_assert_int_eq(cstn__bound_batch(bound, &array, &batch, NULL), CSTN_OK);
		for (row = 0; row < batch.length; row++)
			for (c = 0; c < n; c++) {
				char text[128];
				size_t len;

				show_value(&batch.columns[c], row, text, sizeof(text));
				len = strlen(text);
				out = realloc(out, used + len + 2);
				ck_assert_ptr_nonnull(out);
				memcpy(out + used, text, len);
				used += len;
				out[used++] = c + 1 < n ? ',' : ';';
				out[used] = '\0';
			}
		cstn__batch_free(bound, &batch);
		array.release(&array);
	}
	cstn__bound_free(bound);
	schema.release(&schema);
	stream->release(stream);
	return out;
}

char *rows_customers(const cstn_purchases *state, int32_t as_of_days, int64_t unit_us)
{
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status = cstn_purchases_export(state, CSTN_PURCHASES_TABLE_CUSTOMERS,
			as_of_days, unit_us, &stream, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return rows_show(&stream);
}
