/* Counting rows into a state of cost to serve: blocks of 1,024 rows, column by column, into a state
 * of the update's own, which is added to the caller's when the stream has ended well. */
#include "base/checked.h"
#include "base/error.h"
#include "segment/cost_state.h"
#include "table/column.h"

#define BLOCK CSTN__BLOCK_ROWS
#define WORDS (BLOCK / 64)
#define CUSTOMER CSTN__COST_SUMS
#define SEGMENT (CSTN__COST_SUMS + 1)
#define CURRENCY (CSTN__COST_SUMS + 2)
#define COLUMNS (CSTN__COST_SUMS + 3)

typedef struct cost_update {
	cstn_cost_to_serve *into;
	cstn__bound *bound;
	cstn__row_sink *sink;
	int64_t number[BLOCK];
	int64_t sum[CSTN__COST_SUMS][BLOCK];
	uint64_t bad[WORDS];
} cost_update;

static void declare(cstn__column_decl *decls)
{
	int i;

	memset(decls, 0, COLUMNS * sizeof(*decls));
	for (i = 0; i < CSTN__COST_SUMS; i++) {
		decls[i].name = i < CSTN_COST_DRIVER_COUNT ? cstn_cost_driver_name(i)
				: i == CSTN__COST_REVENUE  ? "revenue"
							   : "margin";
		decls[i].accept = CSTN__ACCEPT(CSTN_TYPE_INT64);
		decls[i].nullable = 1;
	}
	decls[CUSTOMER].name = "customer";
	decls[CUSTOMER].accept = CSTN__ACCEPT_KEY;
	decls[CUSTOMER].required = 1;
	decls[SEGMENT].name = "segment";
	decls[CURRENCY].name = "currency";
	decls[SEGMENT].accept = decls[CURRENCY].accept = CSTN__ACCEPT(CSTN_TYPE_TEXT);
	decls[SEGMENT].nullable = decls[CURRENCY].nullable = 1;
}

static int is_bad(const cost_update *run, int i)
{
	return (int)(run->bad[i / 64] >> (i % 64) & 1);
}

static cstn_status read_sums(cost_update *run, const cstn__batch *batch, int64_t start, int n,
		cstn_error **error)
{
	uint64_t valid[WORDS], row = batch->first_row + (uint64_t)start;
	int c, i;

	for (c = 0; c < CSTN__COST_SUMS; c++) {
		if (cstn__column_read_i64(&batch->columns[c], start, n, batch->first_row,
				    run->sum[c], valid, run->bad, run->sink) != CSTN_OK)
			return cstn__fail_nomem(error);
		for (i = 0; i < n && c < CSTN_COST_DRIVER_COUNT; i++) {
			if (run->sum[c][i] >= 0)
				continue;
			run->bad[i / 64] |= UINT64_C(1) << (i % 64);
			if (cstn__row_sink_add(run->sink, row + (uint64_t)i, c,
					    cstn_cost_driver_name(c), CSTN_ROW_NEGATIVE, NULL,
					    0) != CSTN_OK)
				return cstn__fail_nomem(error);
		}
	}
	return CSTN_OK;
}

static cstn_status read_customers(cost_update *run, const cstn__batch *batch, int64_t start, int n,
		cstn_error **error)
{
	const cstn__column *column = &batch->columns[CUSTOMER];
	uint64_t valid[WORDS];
	const char *text;
	size_t len;
	int i;

	if (run->into->key_type == CSTN_TYPE_INT64)
		return cstn__column_read_i64(column, start, n, batch->first_row, run->number, valid,
				       run->bad, run->sink) == CSTN_OK
				       ? CSTN_OK
				       : cstn__fail_nomem(error);
	if (cstn__column_check_text(column, start, n, batch->first_row, run->bad, run->sink) !=
			CSTN_OK)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++) {
		if (is_bad(run, i) || cstn__column_read_text(column, start + i, &text, &len))
			continue;
		if (len >= 1 && len <= CSTN__COST_KEY_BYTES)
			continue;
		run->bad[i / 64] |= UINT64_C(1) << (i % 64);
		if (cstn__row_sink_add(run->sink, batch->first_row + (uint64_t)(start + i),
				    CUSTOMER, "customer", CSTN_ROW_LENGTH, text, len) != CSTN_OK)
			return cstn__fail_nomem(error);
	}
	return CSTN_OK;
}

static cstn_status count_row(
		cost_update *run, const cstn__batch *batch, int64_t row, int i, cstn_error **error)
{
	cstn_cost_to_serve *into = run->into;
	const char *text = NULL;
	uint32_t customer, segment, at;
	size_t len = 0;
	cstn__cost_cell *cell;
	int c, bad;

	if (!cstn__column_read_text(&batch->columns[CURRENCY], row, &text, &len) &&
			(len != 3 || memcmp(text, into->currency, 3) != 0))
		return cstn__fail(error, CSTN_E_CURRENCY,
				"row %llu: currency '%.*s', the state counts %s",
				(unsigned long long)(batch->first_row + (uint64_t)row),
				(int)(len < 32 ? len : 32), text, into->currency);
	if (into->key_type == CSTN_TYPE_INT64) {
		customer = cstn__cost_number(into, run->number[i]);
	} else {
		(void)cstn__column_read_text(&batch->columns[CUSTOMER], row, &text, &len);
		customer = cstn__cost_text(into, text, len);
	}
	if (cstn__column_read_text(&batch->columns[SEGMENT], row, &text, &len))
		text = NULL;
	segment = cstn__cost_segment(into, text, len);
	if (customer == UINT32_MAX || segment == UINT32_MAX)
		return cstn__fail_nomem(error);
	at = cstn__cost_cell_at(into, customer, segment);
	if (at == UINT32_MAX)
		return cstn__fail_nomem(error);
	cell = &into->cells.items[at];
	for (c = 0, bad = 0; c < CSTN__COST_SUMS; c++)
		bad |= cstn__add_i64(cell->sum[c], run->sum[c][i], &cell->sum[c]);
	cell->rows++;
	return bad ? cstn__fail(error, CSTN_E_OVERFLOW,
				     "row %llu: a sum of its customer overflows int64",
				     (unsigned long long)(batch->first_row + (uint64_t)row))
		   : CSTN_OK;
}

static cstn_status count_block(void *context, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	cost_update *run = context;
	cstn_status status;
	int i;

	memset(run->bad, 0, sizeof(run->bad));
	status = read_sums(run, batch, start, n, error);
	if (status == CSTN_OK)
		status = read_customers(run, batch, start, n, error);
	for (i = SEGMENT; i <= CURRENCY && status == CSTN_OK; i++)
		if (cstn__column_check_text(&batch->columns[i], start, n, batch->first_row,
				    run->bad, run->sink) != CSTN_OK)
			status = cstn__fail_nomem(error);
	for (i = 0; i < n && status == CSTN_OK; i++)
		if (!is_bad(run, i))
			status = count_row(run, batch, start + i, i, error);
	return status;
}

static cstn_status update_by(cost_update *run, cstn_cost_to_serve *state,
		struct ArrowArrayStream *rows, const cstn_cost_to_serve_options *options,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn__column_decl decls[COLUMNS];
	cstn_row_errors *left_out = NULL;
	cstn_status status;

	declare(decls);
	status = cstn__cost_empty_like(state, &run->into, error);
	if (status == CSTN_OK)
		status = cstn__bind_rows(rows, decls, COLUMNS, options->binding, options->flags,
				&state->allocator, &run->bound, &run->sink, error);
	if (status != CSTN_OK)
		return status;
	run->into->key_type = cstn__bound_type(run->bound, CUSTOMER);
	status = cstn__bound_each(run->bound, rows, count_block, run, options->progress, error);
	if (status == CSTN_OK && bad_rows)
		status = cstn__row_sink_finish(run->sink, &left_out, error);
	if (status == CSTN_OK && run->into->cells.count)
		status = cstn__cost_add(state, run->into,
				options->flags & CSTN_COST_TO_SERVE_REMOVE ? -1 : 1, error);
	return cstn__rows_left_out(
			status, left_out, cstn__row_sink_total(run->sink), bad_rows, error);
}

static cstn_status update(void *to, struct ArrowArrayStream *rows, const void *options,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn_cost_to_serve *state = to;
	cost_update *run = cstn__alloc_zero(&state->allocator, sizeof(*run));
	cstn_status status;

	if (!run)
		return cstn__fail_nomem(error);
	status = update_by(run, state, rows, options, bad_rows, error);
	cstn__bound_free(run->bound);
	cstn__row_sink_free(run->sink);
	cstn_cost_to_serve_free(run->into);
	cstn__free(&state->allocator, run, sizeof(*run));
	return status;
}

cstn_status cstn_cost_to_serve_update(cstn_cost_to_serve *state, struct ArrowArrayStream *rows,
		const cstn_cost_to_serve_options *options, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	const cstn__update call = {"rows", "state", state, options, "cstn_cost_to_serve_options",
			CSTN_COST_TO_SERVE_REMOVE | CSTN_IMPORT_TRUSTED, update};
	cstn_cost_to_serve_options read;

	return cstn__update_run(&call, rows, &read, sizeof(read), bad_rows, error);
}
