/* CSV out of any stream that binds.
 *
 * The stream's own schema is its declaration: every column is accepted as what it is, dictionaries
 * are unpacked. 1,024 rows at a time the columns are read into plain arrays, then the rows are
 * written one after the other. A field is quoted only when it must be: when it holds the delimiter,
 * the quote or a line break, or is an empty text, which would else be a null. Numbers, dates and
 * times are written in the one form the reader takes them in (decimal mark by option, ISO 8601, UTC
 * with Z), so that what was written, read and written again has the same bytes. Cost: about 3 ns a
 * byte, one thread. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <constellation/csv.h>
#include <constellation/decimal.h>

#include "base/alloc.h"
#include "base/civil.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/text.h"
#include "table/bound.h"
#include "table/column.h"
#include "table/csv_reader.h"
#include "table/csv_sink.h"

#define BLOCK_ROWS 1024
#define BLOCK_WORDS (BLOCK_ROWS / 64)
#define FLUSH_BYTES ((size_t)256 * 1024)
#define YEAR_0_DAYS (-719528)      /* 0000-01-01 */
#define YEAR_9999_END_DAYS 2932897 /* 10000-01-01 */

typedef struct csv_writer {
	cstn_allocator allocator;
	cstn_csv_options options;
	struct ArrowArrayStream rows;
	struct ArrowSchema schema;
	cstn__column_decl *decls;
	size_t n;
	cstn_binding *binding;
	cstn__bound *bound;
	cstn__row_sink *bad;
	cstn__bytes text;
	uint64_t n_rows;
	cstn__csv_sink *sink; /* NULL: all stays in `text` */
	uint8_t special[256]; /* bytes that make quotes necessary */
	union cell {
		int64_t i;
		double d;
	} * cells;       /* BLOCK_ROWS a column */
	uint64_t *valid; /* BLOCK_WORDS a column */
} csv_writer;

/* ---- fields ---- */

static void put_quoted(csv_writer *writer, const char *text, size_t len)
{
	const char quote = (char)writer->options.quote;

	cstn__bytes_put(&writer->text, &quote, 1);
	while (len > 0) {
		const char *next = memchr(text, quote, len);
		size_t part = next == NULL ? len : (size_t)(next - text) + 1;

		cstn__bytes_put(&writer->text, text, part);
		if (next != NULL)
			cstn__bytes_put(&writer->text, &quote, 1);
		text += part;
		len -= part;
	}
	cstn__bytes_put(&writer->text, &quote, 1);
}

static void put_text(csv_writer *writer, const char *text, size_t len)
{
	uint8_t special = len == 0;
	size_t i;

	for (i = 0; i < len; i++)
		special |= writer->special[(uint8_t)text[i]];
	/* A byte order mark would be skipped at the beginning of the file. */
	if (special || (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0))
		put_quoted(writer, text, len);
	else
		cstn__bytes_put(&writer->text, text, len);
}

static void put_i64(csv_writer *writer, int64_t value)
{
	char buffer[24], *at = buffer + sizeof(buffer);
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (value < 0)
		*--at = '-';
	put_text(writer, at, (size_t)(buffer + sizeof(buffer) - at));
}

static void put_number(csv_writer *writer, char *text, size_t len)
{
	char *point = memchr(text, '.', len);

	if (point != NULL)
		*point = (char)writer->options.decimal_mark;
	put_text(writer, text, len);
}

static void put_days(csv_writer *writer, int64_t days)
{
	char text[16];
	int32_t year, month, day;

	cstn__civil_of((int32_t)days, &year, &month, &day);
	snprintf(text, sizeof(text), "%04" PRId32 "-%02" PRId32 "-%02" PRId32, year, month, day);
	put_text(writer, text, 10);
}

static cstn_status put_cell(csv_writer *writer, const cstn__column *column, size_t c, int64_t row,
		int32_t i, cstn_error **error)
{
	const union cell *cell = writer->cells + c * BLOCK_ROWS + i;
	char buffer[64];
	const char *text;
	size_t len;
	int64_t days;

	if (column->type == CSTN_TYPE_TEXT || column->type == CSTN_TYPE_BYTES) {
		if (cstn__column_read_text(column, row, &text, &len) == 0)
			put_text(writer, text, len);
		return CSTN_OK;
	}
	if (!(writer->valid[c * BLOCK_WORDS + (size_t)i / 64] >> (i % 64) & 1))
		return CSTN_OK;
	switch (column->type) {
	case CSTN_TYPE_FLAG:
		put_text(writer, cell->i ? "true" : "false", cell->i ? 4 : 5);
		return CSTN_OK;
	case CSTN_TYPE_DOUBLE:
		put_number(writer, buffer, cstn__format_double(cell->d, buffer));
		return CSTN_OK;
	case CSTN_TYPE_DECIMAL:
		put_number(writer, buffer,
				cstn_decimal_format(
						cell->i, column->scale, buffer, sizeof(buffer)));
		return CSTN_OK;
	case CSTN_TYPE_DAYS:
	case CSTN_TYPE_TIME:
		days = column->type == CSTN_TYPE_DAYS ? cell->i
						      : cstn__floor_div(cell->i, CSTN_DAY_US);
		if (days < YEAR_0_DAYS || days >= YEAR_9999_END_DAYS)
			return cstn__fail(error, CSTN_E_ROWS,
					"row %" PRIu64 ", column '%s': the year is outside "
					"0000..9999 and has no ISO 8601 text",
					writer->n_rows, column->name);
		if (column->type == CSTN_TYPE_DAYS)
			put_days(writer, days);
		else
			put_text(writer, buffer, cstn_time_format(cell->i, buffer, sizeof(buffer)));
		return CSTN_OK;
	default:
		put_i64(writer, cell->i);
		return CSTN_OK;
	}
}

/* ---- rows ---- */

static void put_line_end(csv_writer *writer)
{
	if (writer->options.flags & CSTN_CSV_CRLF)
		cstn__bytes_put(&writer->text, "\r\n", 2);
	else
		cstn__bytes_put(&writer->text, "\n", 1);
}

static cstn_status flush(csv_writer *writer, size_t limit, cstn_error **error)
{
	cstn_status status;

	if (writer->text.failed)
		return cstn__fail_nomem(error);
	if (writer->sink == NULL || writer->text.size < limit)
		return CSTN_OK;
	status = cstn__csv_sink_write(writer->sink, writer->text.data, writer->text.size, error);
	cstn__progress_add(writer->options.progress, writer->text.size);
	writer->text.size = 0;
	return status;
}

static void put_header(csv_writer *writer)
{
	size_t c;

	for (c = 0; c < writer->n; c++) {
		if (c > 0)
			cstn__bytes_put(&writer->text, &writer->options.delimiter, 1);
		put_text(writer, writer->decls[c].name, strlen(writer->decls[c].name));
	}
	put_line_end(writer);
}

static cstn_status read_block(
		csv_writer *writer, const cstn__batch *batch, int64_t start, int32_t n)
{
	uint64_t bad[BLOCK_WORDS] = {0};
	cstn_status status = CSTN_OK;
	size_t c;

	for (c = 0; c < writer->n && status == CSTN_OK; c++) {
		const cstn__column *column = batch->columns + c;
		uint64_t first = writer->n_rows - (uint64_t)start;

		if (column->type == CSTN_TYPE_TEXT)
			status = cstn__column_check_text(column, start, n, first, bad, writer->bad);
		else if (column->type == CSTN_TYPE_DOUBLE)
			status = cstn__column_read_f64(column, start, n, first,
					&writer->cells[c * BLOCK_ROWS].d,
					writer->valid + c * BLOCK_WORDS, bad, writer->bad);
		else if (column->type != CSTN_TYPE_BYTES)
			status = cstn__column_read_i64(column, start, n, first,
					&writer->cells[c * BLOCK_ROWS].i,
					writer->valid + c * BLOCK_WORDS, bad, writer->bad);
	}
	return status;
}

/* The first bad value, told. */
static cstn_status fail_bad(csv_writer *writer, cstn_error **error)
{
	cstn_row_errors *errors = NULL;
	char message[512];
	cstn_status status;

	status = cstn__row_sink_finish(writer->bad, &errors, error);
	if (status != CSTN_OK)
		return status;
	cstn_row_errors_copy_message(errors, 0, message, sizeof(message));
	cstn_row_errors_free(errors);
	return cstn__fail(error, CSTN_E_ROWS, "%s", message);
}

static cstn_status put_block(csv_writer *writer, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	cstn_status status = CSTN_OK;
	int32_t i;
	size_t c;

	if (read_block(writer, batch, start, n) != CSTN_OK)
		return cstn__fail_nomem(error);
	if (cstn__row_sink_total(writer->bad) > 0)
		return fail_bad(writer, error);
	for (i = 0; i < n; i++) {
		for (c = 0; c < writer->n; c++) {
			if (c > 0)
				cstn__bytes_put(&writer->text, &writer->options.delimiter, 1);
			status = put_cell(writer, batch->columns + c, c, start + i, i, error);
			if (status != CSTN_OK)
				return status;
		}
		put_line_end(writer);
		writer->n_rows++;
		status = flush(writer, FLUSH_BYTES, error);
		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}

static cstn_status put_batch(csv_writer *writer, const cstn__batch *batch, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	int64_t start;

	for (start = 0; start < batch->length && status == CSTN_OK; start += BLOCK_ROWS) {
		int64_t left = batch->length - start;

		if (cstn_progress_is_cancelled(writer->options.progress))
			return cstn__fail(error, CSTN_E_CANCELLED, "writing CSV was cancelled");
		status = put_block(writer, batch, start,
				(int32_t)(left < BLOCK_ROWS ? left : BLOCK_ROWS), error);
	}
	return status;
}

/* ---- the whole ---- */

static cstn_status read_schema(csv_writer *writer, cstn_error **error)
{
	const uint32_t all = (CSTN__ACCEPT(CSTN_TYPE_DECIMAL) << 1) - CSTN__ACCEPT(CSTN_TYPE_FLAG);
	size_t i;
	int code = writer->rows.get_schema(&writer->rows, &writer->schema);

	if (code != 0) {
		writer->schema.release = NULL;
		return cstn__stream_fail(&writer->rows, code, "schema", error);
	}
	if (writer->schema.n_children < 1 || writer->schema.n_children > CSTN__CSV_COLUMNS_MAX)
		return cstn__fail(error, CSTN_E_SCHEMA,
				"the stream has %" PRId64 " columns, CSV holds 1 to %d",
				writer->schema.n_children, CSTN__CSV_COLUMNS_MAX);
	writer->n = (size_t)writer->schema.n_children;
	writer->decls = cstn__alloc_zero(&writer->allocator, writer->n * sizeof(*writer->decls));
	writer->cells = cstn__alloc(
			&writer->allocator, writer->n * BLOCK_ROWS * sizeof(*writer->cells));
	writer->valid = cstn__alloc_zero(
			&writer->allocator, writer->n * BLOCK_WORDS * sizeof(*writer->valid));
	if (writer->decls == NULL || writer->cells == NULL || writer->valid == NULL)
		return cstn__fail_nomem(error);
	for (i = 0; i < writer->n; i++) {
		const char *name = writer->schema.children[i]->name;

		writer->decls[i].name = name != NULL ? name : "";
		writer->decls[i].accept = all;
		writer->decls[i].scale = -1;
		writer->decls[i].nullable = 1;
		writer->decls[i].nan_ok = 1;
	}
	return CSTN_OK;
}

static cstn_status writer_begin(csv_writer *writer, cstn_error **error)
{
	cstn_status status;

	writer->special[writer->options.delimiter] = 1;
	writer->special[writer->options.quote] = 1;
	writer->special['\n'] = writer->special['\r'] = 1;
	status = read_schema(writer, error);
	if (status == CSTN_OK)
		status = cstn_binding_new(&writer->allocator, &writer->binding, error);
	if (status == CSTN_OK)
		status = cstn_binding_cast(writer->binding, NULL, CSTN_CAST_DICTIONARY, error);
	if (status == CSTN_OK)
		status = cstn__bind_stream(&writer->rows, writer->decls, writer->n, writer->binding,
				&writer->allocator, &writer->bound, error);
	if (status == CSTN_OK)
		status = cstn__row_sink_new(&writer->allocator, &writer->bad, error);
	if (status == CSTN_OK && !(writer->options.flags & CSTN_CSV_NO_HEADER))
		put_header(writer);
	return status;
}

static cstn_status writer_run(csv_writer *writer, cstn_error **error)
{
	cstn_status status = writer_begin(writer, error);

	while (status == CSTN_OK) {
		struct ArrowArray array;
		cstn__batch batch;

		status = cstn__stream_next(&writer->rows, &array, error);
		if (status != CSTN_OK)
			break;
		status = cstn__bound_batch(writer->bound, &array, &batch, error);
		if (status == CSTN_OK) {
			status = put_batch(writer, &batch, error);
			cstn__batch_free(writer->bound, &batch);
		}
		array.release(&array);
	}
	return status == CSTN_DONE ? flush(writer, 0, error) : status;
}

static void writer_free(csv_writer *writer)
{
	const cstn_allocator *allocator = &writer->allocator;

	cstn__row_sink_free(writer->bad);
	cstn__bound_free(writer->bound);
	cstn_binding_free(writer->binding);
	cstn__free(allocator, writer->decls, writer->n * sizeof(*writer->decls));
	cstn__free(allocator, writer->cells, writer->n * BLOCK_ROWS * sizeof(*writer->cells));
	cstn__free(allocator, writer->valid, writer->n * BLOCK_WORDS * sizeof(*writer->valid));
	if (writer->schema.release != NULL)
		writer->schema.release(&writer->schema);
	if (writer->rows.release != NULL)
		writer->rows.release(&writer->rows);
	cstn__bytes_free(&writer->text);
	cstn__csv_sink_free(writer->sink);
}

/* Take the stream, read the options. */
static cstn_status writer_init(csv_writer *writer, struct ArrowArrayStream *rows,
		const cstn_csv_options *options, const cstn_allocator *allocator,
		cstn_error **error)
{
	cstn_status status;

	memset(writer, 0, sizeof(*writer));
	if (rows == NULL || rows->release == NULL)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "rows is NULL or released");
	writer->rows = *rows;
	rows->release = NULL;
	status = cstn__csv_options_check(options, &writer->options, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &writer->allocator, error);
	if (status == CSTN_OK)
		cstn__bytes_init(&writer->text, &writer->allocator);
	return status;
}

cstn_status cstn_csv_write_file(struct ArrowArrayStream *rows, const char *path,
		const cstn_csv_options *options, const cstn_allocator *allocator,
		uint64_t *out_rows, cstn_error **error)
{
	csv_writer writer;
	cstn_status status = writer_init(&writer, rows, options, allocator, error);

	if (status == CSTN_OK && path == NULL)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "path is NULL");
	if (status == CSTN_OK)
		status = cstn__csv_sink_file(path, &writer.allocator, &writer.sink, error);
	if (status == CSTN_OK)
		status = writer_run(&writer, error);
	if (status == CSTN_OK)
		status = cstn__csv_sink_finish(writer.sink, error);
	if (status == CSTN_OK && out_rows != NULL)
		*out_rows = writer.n_rows;
	writer_free(&writer);
	return status;
}

cstn_status cstn_csv_write_bytes(struct ArrowArrayStream *rows, const cstn_csv_options *options,
		const cstn_allocator *allocator, cstn_buffer **out, cstn_error **error)
{
	csv_writer writer;
	cstn_status status = writer_init(&writer, rows, options, allocator, error);

	if (status == CSTN_OK && out == NULL)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	if (status == CSTN_OK)
		status = writer_run(&writer, error);
	if (status == CSTN_OK)
		status = cstn__bytes_to_buffer(&writer.text, out, error);
	writer_free(&writer);
	return status;
}
