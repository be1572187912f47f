#include "column_reader.h"

#include <stdio.h>

static maker_batch one_batch;
static maker_stream one_stream;

void open_reader(reader *to, const maker_column *column, const cstn__column_decl *decl,
		const cstn_binding *binding)
{
	cstn_error *error = NULL;

	memset(to, 0, sizeof(*to));
	one_batch = (maker_batch){column->length, 0, 0, NULL, column};
	one_stream = (maker_stream){
			.fields = column, .n = 1, .batches = &one_batch, .n_batches = 1};
	maker_open(&to->stream, &one_stream);
	ck_assert_msg(cstn__bind_stream(&to->stream, decl, 1, binding, NULL, &to->bound, &error) ==
					CSTN_OK,
			"%s", cstn_error_message(error));
	ck_assert_int_eq(cstn__stream_next(&to->stream, &to->array, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__bound_batch(to->bound, &to->array, &to->batch, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__row_sink_new(NULL, &to->sink, NULL), CSTN_OK);
}

void read_all(reader *to)
{
	cstn__column *column = to->batch.columns;
	int32_t n = (int32_t)to->batch.length;

	if (cstn__bound_type(to->bound, 0) == CSTN_TYPE_DOUBLE)
		ck_assert_int_eq(cstn__column_read_f64(column, 0, n, 1000, to->reals, to->valid,
						 to->bad, to->sink),
				CSTN_OK);
	else
		ck_assert_int_eq(cstn__column_read_i64(column, 0, n, 1000, to->numbers, to->valid,
						 to->bad, to->sink),
				CSTN_OK);
}

const char *told(const reader *from)
{
	static char text[2048];
	cstn_row_errors *errors = NULL;
	size_t i, len = 0;

	text[0] = 0;
	ck_assert_int_eq(cstn__row_sink_finish(from->sink, &errors, NULL), CSTN_OK);
	for (i = 0; i < cstn_row_errors_count(errors); i++) {
		const char *value = cstn_row_errors_value(errors, i);
		cstn_row_error row;

		ck_assert_int_eq(cstn_row_errors_at(errors, i, &row, NULL), CSTN_OK);
		ck_assert_str_eq(cstn_row_errors_column(errors, i), "x");
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%d:%s:%s", i ? " " : "",
				(int)row.row, cstn_row_code_name(row.code), value ? value : "-");
	}
	cstn_row_errors_free(errors);
	return text;
}

void close_reader(reader *from)
{
	cstn__row_sink_free(from->sink);
	cstn__batch_free(from->bound, &from->batch);
	from->array.release(&from->array);
	cstn__bound_free(from->bound);
	from->stream.release(&from->stream);
	ck_assert_int_eq(maker_live(), 0);
}

maker_column words(const char *text, int32_t ends[64], char bytes[512])
{
	maker_column column = {"x", "u", 0, 0, 0, 3, {NULL, ends, bytes}, NULL};
	int32_t at = 0;

	ends[0] = 0;
	for (; *text; text++) {
		if (*text == '/')
			ends[++column.length] = at;
		else
			bytes[at++] = *text;
	}
	ends[++column.length] = at;
	return column;
}

maker_column fixed(const char *format, const void *values, int64_t n)
{
	maker_column column = {"x", format, n, 0, 0, 2, {NULL, values}, NULL};

	return column;
}

cstn_binding *new_binding(void)
{
	cstn_binding *binding = NULL;

	ck_assert_int_eq(cstn_binding_new(NULL, &binding, NULL), CSTN_OK);
	return binding;
}
