/* Small tables read whole: what a plan is made from. Column by column in blocks of 1,024 rows;
 * every row that breaks a rule is collected, and the first is the error, so that the message does
 * not depend on batches. */
#include "segment/plan_rows.h"

#include <math.h>

#include "base/error.h"
#include "base/row_errors.h"
#include "table/column.h"

#define BLOCK CSTN__BLOCK_ROWS
#define WORDS (BLOCK / 64)
#define COLUMNS_MAX 48

void cstn__plan_rows_init(cstn__plan_rows *rows, const cstn__plan_column *columns, size_t n,
		const cstn_allocator *allocator)
{
	memset(rows, 0, sizeof(*rows));
	rows->columns = columns;
	rows->n = n;
	cstn__arena_init(&rows->texts, allocator);
}

void cstn__plan_rows_free(cstn__plan_rows *rows)
{
	cstn_allocator allocator = rows->texts.allocator;

	cstn__array_free(&allocator, &rows->cells);
	cstn__arena_free(&rows->texts);
}

int cstn__plan_text_order(const cstn__plan_cell *a, const cstn__plan_cell *b)
{
	int order = memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

static int broken_rule(const cstn__plan_column *column, const cstn__plan_cell *cell)
{
	double value = column->type == CSTN_TYPE_DOUBLE ? cell->real : (double)cell->number;

	if (column->type == CSTN_TYPE_TEXT)
		return column->rule == CSTN__PLAN_LABEL && cell->len == 0 ? CSTN_ROW_LENGTH : 0;
	if (isinf(value))
		return CSTN_ROW_RANGE;
	if (column->rule == CSTN__PLAN_NOT_NEGATIVE && value < 0)
		return CSTN_ROW_NEGATIVE;
	if (column->rule == CSTN__PLAN_POSITIVE && !(value > 0))
		return CSTN_ROW_NOT_POSITIVE;
	if (column->rule == CSTN__PLAN_PPM && (value < 1 || value > 1000000))
		return CSTN_ROW_RANGE;
	return 0;
}

typedef struct reading {
	cstn__plan_rows *rows;
	cstn__bound *bound;
	cstn__row_sink *sink;
	uint64_t first_row;
	int64_t number[BLOCK];
	double real[BLOCK];
	uint64_t valid[WORDS], bad[WORDS];
} reading;

static cstn_status read_texts(reading *in, const cstn__column *column, size_t c, int64_t start,
		int n, cstn__plan_cell *cells)
{
	const char *text;
	size_t len;
	int i;

	if (cstn__column_check_text(column, start, n, in->first_row, in->bad, in->sink) != CSTN_OK)
		return CSTN_E_NOMEM;
	for (i = 0; i < n; i++) {
		cstn__plan_cell *cell = &cells[(size_t)i * in->rows->n + c];

		if (cstn__column_read_text(column, start + i, &text, &len) || len > INT32_MAX)
			continue;
		cell->text = cstn__arena_copy(&in->rows->texts, text, len);
		if (!cell->text)
			return CSTN_E_NOMEM;
		cell->len = (uint32_t)len;
		cell->valid = 1;
	}
	return CSTN_OK;
}

static cstn_status read_column(reading *in, const cstn__batch *batch, size_t c, int64_t start,
		int n, cstn__plan_cell *cells)
{
	const cstn__plan_column *is = &in->rows->columns[c];
	const cstn__column *column = &batch->columns[c];
	cstn_status status;
	int i, code;

	memset(in->bad, 0, sizeof(in->bad));
	if (is->type == CSTN_TYPE_TEXT)
		status = read_texts(in, column, c, start, n, cells);
	else if (is->type == CSTN_TYPE_INT64)
		status = cstn__column_read_i64(column, start, n, in->first_row, in->number,
				in->valid, in->bad, in->sink);
	else
		status = cstn__column_read_f64(column, start, n, in->first_row, in->real, in->valid,
				in->bad, in->sink);
	for (i = 0; i < n && status == CSTN_OK; i++) {
		cstn__plan_cell *cell = &cells[(size_t)i * in->rows->n + c];

		if (is->type != CSTN_TYPE_TEXT)
			cell->valid = in->valid[i / 64] >> (i % 64) & 1;
		if (is->type == CSTN_TYPE_INT64)
			cell->number = in->number[i];
		if (is->type == CSTN_TYPE_DOUBLE)
			cell->real = in->real[i] + 0.0; /* no minus zero */
		if (!cell->valid || (in->bad[i / 64] >> (i % 64) & 1))
			continue;
		code = broken_rule(is, cell);
		if (code)
			status = cstn__row_sink_add(in->sink, in->first_row + (uint64_t)(start + i),
					(int32_t)c, is->name, code, NULL, 0);
	}
	return status;
}

static cstn_status read_block(void *context, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	reading *in = context;
	cstn__plan_rows *rows = in->rows;
	size_t more = (size_t)n * rows->n, c;
	cstn__plan_cell *cells;

	in->first_row = batch->first_row;
	if (cstn__array_reserve(&rows->texts.allocator, &rows->cells, more))
		return cstn__fail_nomem(error);
	cells = &rows->cells.items[rows->cells.count];
	memset(cells, 0, more * sizeof(*cells));
	for (c = 0; c < rows->n; c++)
		if (read_column(in, batch, c, start, n, cells) != CSTN_OK)
			return cstn__fail_nomem(error);
	rows->cells.count += more;
	return CSTN_OK;
}

static cstn_status first_bad_row(const reading *in, cstn_error **error)
{
	cstn_row_errors *bad = NULL;
	char message[400];
	cstn_status status;

	if (cstn__row_sink_total(in->sink) == 0)
		return CSTN_OK;
	status = cstn__row_sink_finish(in->sink, &bad, error);
	if (status != CSTN_OK)
		return status;
	cstn_row_errors_copy_message(bad, 0, message, sizeof(message));
	cstn_row_errors_free(bad);
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s", message);
}

cstn_status cstn__plan_rows_read(cstn__plan_rows *rows, struct ArrowArrayStream *stream,
		const cstn_binding *binding, cstn_error **error)
{
	const cstn_allocator *allocator = &rows->texts.allocator;
	cstn__column_decl decls[COLUMNS_MAX];
	size_t before = rows->cells.count, c;
	cstn_status status;
	reading *in = cstn__alloc_zero(allocator, sizeof(*in));

	if (!in)
		return cstn__fail_nomem(error);
	memset(decls, 0, sizeof(decls));
	for (c = 0; c < rows->n; c++) {
		int32_t type = rows->columns[c].type;

		decls[c].name = rows->columns[c].name;
		decls[c].accept = CSTN__ACCEPT(type);
		if (type == CSTN_TYPE_DOUBLE) {
			decls[c].accept |= CSTN__ACCEPT_QUANTITY;
			decls[c].scale = -1;
		}
		decls[c].required = rows->columns[c].required;
		decls[c].nullable = !rows->columns[c].required;
	}
	in->rows = rows;
	status = cstn__bind_rows(stream, decls, rows->n, binding, 0, allocator, &in->bound,
			&in->sink, error);
	if (status == CSTN_OK)
		status = cstn__bound_each(in->bound, stream, read_block, in, NULL, error);
	if (status == CSTN_OK)
		status = first_bad_row(in, error);
	if (status != CSTN_OK)
		rows->cells.count = before;
	cstn__bound_free(in->bound);
	cstn__row_sink_free(in->sink);
	cstn__free(allocator, in, sizeof(*in));
	return status;
}
