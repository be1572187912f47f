/* What it costs to take integer columns in, against one read pass over their buffers. A module of
 * its own, because it sees the inside of the library. */
#include <string.h>

#include "base/error.h"
#include "table/column.h"

#include "bench.h"

static const cstn__column_decl decls[BENCH_COLUMNS] = {
		{"order_id", CSTN__ACCEPT(CSTN_TYPE_INT64), 0, 1, 0, 0, 0},
		{"line_number", CSTN__ACCEPT(CSTN_TYPE_INT32), 0, 1, 0, 0, 0},
		{"partner", CSTN__ACCEPT(CSTN_TYPE_INT32), 0, 1, 0, 0, 0},
		{"month", CSTN__ACCEPT(CSTN_TYPE_INT32), 0, 1, 0, 0, 0},
		{"promised", CSTN__ACCEPT(CSTN_TYPE_DAYS), 0, 1, 0, 0, 0},
		{"delivered", CSTN__ACCEPT(CSTN_TYPE_DAYS), 0, 1, 0, 0, 0},
		{"qty", CSTN__ACCEPT(CSTN_TYPE_INT32), 0, 1, 0, 0, 0},
		{"qty_delivered", CSTN__ACCEPT(CSTN_TYPE_INT32), 0, 1, 0, 0, 0},
};

uint64_t bench_read_pass(const struct bench_columns *columns, int64_t n, double *seconds)
{
	const int32_t *narrow[BENCH_COLUMNS - 1] = {columns->line_number, columns->partner,
			columns->month, columns->promised, columns->delivered, columns->qty,
			columns->qty_delivered};
	double begin = bench_now();
	uint64_t sum = bench_words_sum(columns->order_id, (size_t)n * sizeof(int64_t));

	for (int i = 0; i < BENCH_COLUMNS - 1; i++)
		sum += bench_words_sum(narrow[i], (size_t)n * sizeof(int32_t));
	*seconds = bench_now() - begin;
	return sum;
}

/* Read the columns of an imported batch where they lie; CSTN_E_UNSUPPORTED if one was copied. */
static cstn_status read_in_place(const cstn__batch *batch, uint64_t *sum, cstn_error **error)
{
	size_t rows = (size_t)batch->length;

	for (int i = 0; i < BENCH_COLUMNS; i++) {
		const cstn__column *column = &batch->columns[i];
		const int64_t *wide = cstn__column_in_place_i64(column);
		const int32_t *narrow = cstn__column_in_place_i32(column);

		if (wide)
			*sum += bench_words_sum(wide, rows * sizeof(*wide));
		else if (narrow)
			*sum += bench_words_sum(narrow, rows * sizeof(*narrow));
		else
			return cstn__fail(error, CSTN_E_UNSUPPORTED, "column '%s' is not in place",
					decls[i].name);
	}
	return CSTN_OK;
}

int32_t bench_import(const struct bench_columns *columns, int64_t n, double *seconds,
		double *import_seconds, uint64_t *sum, char *message, size_t size)
{
	cstn__bound *bound = NULL;
	cstn__batch batch = {0};
	cstn_error *error = NULL;
	struct ArrowArrayStream stream = {0};
	struct ArrowArray array = {0};
	struct bench_batch lines;
	double begin = bench_now();
	cstn_status status = bench_batch_stream(&lines, columns, n, &stream);

	*sum = 0;
	if (status == CSTN_OK)
		status = cstn__bind_stream(
				&stream, decls, BENCH_COLUMNS, NULL, NULL, &bound, &error);
	if (status == CSTN_OK)
		status = cstn__stream_next(&stream, &array, &error);
	if (status == CSTN_OK)
		status = cstn__bound_batch(bound, &array, &batch, &error);
	*import_seconds = bench_now() - begin;
	if (status == CSTN_OK)
		status = read_in_place(&batch, sum, &error);
	*seconds = bench_now() - begin;
	if (batch.memory)
		cstn__batch_free(bound, &batch);
	if (array.release)
		array.release(&array);
	if (stream.release)
		stream.release(&stream);
	cstn__bound_free(bound);
	return status == CSTN_OK ? 0 : bench_report(status, error, message, size);
}

/* Take all that a stream has; 0 or its error. */
static int drain(struct ArrowArrayStream *stream, int64_t *rows)
{
	struct ArrowArray array;
	int failed;

	for (*rows = 0;; *rows += array.length, array.release(&array)) {
		memset(&array, 0, sizeof(array));
		failed = stream->get_next(stream, &array);
		if (failed || !array.release)
			return failed;
	}
}

int32_t bench_convert(const struct bench_columns *columns, int64_t n, double *seconds,
		int64_t *rows, char *message, size_t size)
{
	static const char text[] =
			"order_id int64\nline_number int32\npartner int32\nmonth int32\n"
			"promised date\ndelivered date\nqty int32\nqty_delivered int32\n";
	cstn_schema *schema = NULL;
	cstn_error *error = NULL;
	struct ArrowArrayStream in, out = {0};
	struct bench_batch lines;
	cstn_status status;
	double begin;

	status = cstn_schema_parse(text, sizeof(text) - 1, NULL, &schema, &error);
	begin = bench_now();
	if (status == CSTN_OK)
		status = bench_batch_stream(&lines, columns, n, &in);
	if (status == CSTN_OK)
		status = cstn_stream_bind(&in, schema, NULL, NULL, &out, NULL, &error);
	if (status == CSTN_OK && drain(&out, rows) != 0)
		status = cstn__fail(&error, CSTN_E_STREAM, "%s", out.get_last_error(&out));
	if (out.release)
		out.release(&out);
	*seconds = bench_now() - begin;
	cstn_schema_unref(schema);
	return status == CSTN_OK ? 0 : bench_report(status, error, message, size);
}
