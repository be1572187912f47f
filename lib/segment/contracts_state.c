/* The state of contracts: how many began and ended on which days, a sorted list of what differs
 * with its count. Adding and taking out merge two such lists, so that the state depends on nothing
 * but the rows. Rows are collected and put in order when their list has doubled. */
#include "segment/contracts.h"

#include <inttypes.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/civil.h"
#include "base/radix.h"
#include "base/states.h"
#include "table/column.h"

#define BLOCK CSTN__BLOCK_ROWS
#define WORDS (BLOCK / 64)
#define LOOSE_LEAST ((size_t)1 << 16)

enum { COL_START, COL_END, COL_TIME, COL_ENDED, COL_COUNT };

static const cstn__column_decl columns[COL_COUNT] = {
		[COL_START] = {"start_day", CSTN__ACCEPT_TIME, -1, 0, 0, 0, 0},
		[COL_END] = {"end_day", CSTN__ACCEPT_TIME, -1, 0, 1, 0, 0},
		[COL_TIME] = {"time", CSTN__ACCEPT(CSTN_TYPE_INT64), -1, 0, 0, 0, 0},
		[COL_ENDED] = {"ended", CSTN__ACCEPT(CSTN_TYPE_FLAG), -1, 0, 0, 0, 0},
};

typedef struct contracts_run {
	cstn__span_list loose;
	const cstn_allocator *allocator;
	cstn__bound *bound;
	cstn__row_sink *sink;
	uint64_t first_row; /* of the batch */
	size_t settled;
	int32_t form, is_time[2]; /* start and end are instants */
} contracts_run;

/* --- lists ------------------------------------------------------------------------------------ */

#define BEGIN(span) cstn__radix_of_i64((span).begin)
#define END(span) cstn__radix_of_i64((span).end)
CSTN__RADIX_SORT(static void, sort_by_begin, cstn__span, BEGIN)
CSTN__RADIX_SORT(static void, sort_by_end, cstn__span, END)

int cstn__span_order(const cstn__span *a, const cstn__span *b)
{
	if (a->begin != b->begin)
		return a->begin < b->begin ? -1 : 1;
	return (a->end > b->end) - (a->end < b->end);
}

int cstn__spans_settle(cstn__span_list *spans, const cstn_allocator *allocator)
{
	size_t n = spans->count, size = cstn__array_size(n, sizeof(cstn__span)), i, kept = 0;
	cstn__span *scratch;

	if (!n)
		return 0;
	scratch = cstn__alloc(allocator, size);
	if (!scratch)
		return -1;
	sort_by_end(spans->items, scratch, n);
	sort_by_begin(spans->items, scratch, n);
	cstn__free(allocator, scratch, size);
	for (i = 0; i < n; i++) {
		if (kept && !cstn__span_order(&spans->items[kept - 1], &spans->items[i]))
			spans->items[kept - 1].n += spans->items[i].n;
		else
			spans->items[kept++] = spans->items[i];
	}
	spans->count = kept;
	return 0;
}

static cstn_status not_there(int32_t form, const cstn__span *span, cstn_error **error)
{
	if (form == CSTN__FORM_TIMES)
		return cstn__fail(error, CSTN_E_STATE,
				"a contract of time %" PRId64 ", %s, is to be taken out and is not "
				"there",
				span->begin, span->end ? "ended" : "not ended");
	if (span->end == CSTN__RUNS)
		return cstn__fail(error, CSTN_E_STATE,
				"a contract from day %" PRId64 " that still runs is to be taken "
				"out and is not there",
				span->begin);
	return cstn__fail(error, CSTN_E_STATE,
			"a contract from day %" PRId64 " to %" PRId64 " is to be taken out and is "
			"not there",
			span->begin, span->end);
}

cstn_status cstn__contracts_add(cstn_contracts *state, int32_t form, const cstn__span_list *more,
		int sign, cstn_error **error)
{
	const cstn__span_list *had = &state->spans;
	cstn__span_list out = {NULL, 0, 0};
	size_t i = 0, k = 0;

	if (!more->count)
		return CSTN_OK;
	if (cstn__array_reserve(&state->allocator, &out, had->count + more->count))
		return cstn__fail_nomem(error);
	while (i < had->count || k < more->count) {
		int order = i == had->count    ? 1
			    : k == more->count ? -1
					       : cstn__span_order(&had->items[i], &more->items[k]);
		cstn__span span = order <= 0 ? had->items[i] : more->items[k];

		if (order > 0)
			span.n *= sign;
		else if (order == 0)
			span.n += sign * more->items[k].n;
		if (span.n < 0) {
			cstn__array_free(&state->allocator, &out);
			return not_there(form, &more->items[k], error);
		}
		if (span.n)
			out.items[out.count++] = span;
		i += order <= 0;
		k += order >= 0;
	}
	cstn__array_free(&state->allocator, &state->spans);
	state->spans = out;
	state->form = out.count ? form : 0;
	return CSTN_OK;
}

/* --- rows ------------------------------------------------------------------------------------- */

static cstn_status refuse(contracts_run *run, const cstn__column *column, uint64_t *bad,
		int64_t row, int32_t i, int32_t code)
{
	cstn__word_bit_set(bad, (size_t)i);
	return cstn__row_sink_add(run->sink, run->first_row + (uint64_t)(row + i), column->field,
			column->name, code, NULL, 0);
}

static cstn_status read_days(contracts_run *run, const cstn__batch *batch, int64_t start, int32_t n,
		cstn__span *out, uint64_t *bad)
{
	int64_t day[2][BLOCK];
	uint64_t valid[2][WORDS];
	cstn_status status = CSTN_OK;
	int32_t i, k;

	memset(valid, 0, sizeof(valid));
	for (k = 0; k < 2 && status == CSTN_OK; k++) {
		if (!cstn__bound_has(run->bound, (size_t)(COL_START + k)))
			continue;
		status = cstn__column_read_i64(&batch->columns[COL_START + k], start, n,
				run->first_row, day[k], valid[k], bad, run->sink);
		for (i = 0; run->is_time[k] && i < n; i++)
			day[k][i] = cstn__day_of_us(day[k][i]);
	}
	for (i = 0; i < n && status == CSTN_OK; i++) {
		int ends = cstn__word_bit_get(valid[1], (size_t)i);

		if (cstn__word_bit_get(bad, (size_t)i))
			continue;
		out[i] = (cstn__span){day[0][i], ends ? day[1][i] : CSTN__RUNS, 1};
		if (out[i].end < out[i].begin)
			status = refuse(run, &batch->columns[COL_END], bad, start, i,
					CSTN_ROW_ORDER);
	}
	return status;
}

static cstn_status read_times(contracts_run *run, const cstn__batch *batch, int64_t start,
		int32_t n, cstn__span *out, uint64_t *bad)
{
	int64_t time[BLOCK], ended[BLOCK];
	uint64_t valid[WORDS];
	cstn_status status = cstn__column_read_i64(&batch->columns[COL_TIME], start, n,
			run->first_row, time, valid, bad, run->sink);
	int32_t i;

	if (status == CSTN_OK)
		status = cstn__column_read_i64(&batch->columns[COL_ENDED], start, n, run->first_row,
				ended, valid, bad, run->sink);
	for (i = 0; i < n && status == CSTN_OK; i++) {
		if (cstn__word_bit_get(bad, (size_t)i))
			continue;
		out[i] = (cstn__span){time[i], ended[i] != 0, 1};
		if (time[i] < 0)
			status = refuse(run, &batch->columns[COL_TIME], bad, start, i,
					CSTN_ROW_NEGATIVE);
	}
	return status;
}

static int make_room(contracts_run *run, size_t n)
{
	if (run->loose.capacity - run->loose.count < n && run->loose.count >= LOOSE_LEAST &&
			run->loose.count >= 2 * run->settled) {
		if (cstn__spans_settle(&run->loose, run->allocator))
			return -1;
		run->settled = run->loose.count;
	}
	return cstn__array_reserve(run->allocator, &run->loose, n);
}

static cstn_status run_block(void *context, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	contracts_run *run = context;
	cstn__span spans[BLOCK];
	uint64_t bad[WORDS] = {0};
	cstn_status status;
	int32_t i;

	run->first_row = batch->first_row;
	status = run->form == CSTN__FORM_DAYS ? read_days(run, batch, start, n, spans, bad)
					      : read_times(run, batch, start, n, spans, bad);
	if (status != CSTN_OK || make_room(run, (size_t)n))
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++)
		if (!cstn__word_bit_get(bad, (size_t)i))
			run->loose.items[run->loose.count++] = spans[i];
	return CSTN_OK;
}

static cstn_status find_form(contracts_run *run, const cstn_contracts *state, cstn_error **error)
{
	int has[COL_COUNT], c;

	for (c = 0; c < COL_COUNT; c++)
		has[c] = cstn__bound_has(run->bound, (size_t)c);
	if (has[COL_START] == has[COL_TIME] || has[COL_TIME] != has[COL_ENDED] ||
			(has[COL_END] && !has[COL_START]))
		return cstn__fail(error, CSTN_E_SCHEMA,
				"columns 'start_day' and 'end_day', or 'time' and 'ended' "
				"expected");
	run->form = has[COL_START] ? CSTN__FORM_DAYS : CSTN__FORM_TIMES;
	for (c = 0; c < 2; c++)
		run->is_time[c] = has[COL_START + c] &&
				  cstn__bound_type(run->bound, (size_t)(COL_START + c)) ==
						  CSTN_TYPE_TIME;
	if (state->form && state->form != run->form)
		return cstn__fail(error, CSTN_E_SCHEMA,
				"contracts are told by %s here, by %s in the rows before",
				run->form == CSTN__FORM_DAYS ? "days" : "times",
				state->form == CSTN__FORM_DAYS ? "days" : "times");
	return CSTN_OK;
}

static cstn_status update(void *to, struct ArrowArrayStream *rows, const void *given,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	const cstn_contracts_options *options = given;
	cstn_contracts *state = to;
	cstn_row_errors *left = NULL;
	contracts_run run;
	uint64_t left_out = 0;
	cstn_status status;

	memset(&run, 0, sizeof(run));
	run.allocator = &state->allocator;
	status = cstn__bind_rows(rows, columns, COL_COUNT, options->binding, options->flags,
			&state->allocator, &run.bound, &run.sink, error);
	if (status == CSTN_OK)
		status = find_form(&run, state, error);
	if (status == CSTN_OK)
		status = cstn__bound_each(
				run.bound, rows, run_block, &run, options->progress, error);
	if (status == CSTN_OK && cstn__spans_settle(&run.loose, &state->allocator))
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK && bad_rows)
		status = cstn__row_sink_finish(run.sink, &left, error);
	if (status == CSTN_OK)
		left_out = cstn__row_sink_total(run.sink);
	if (status == CSTN_OK)
		status = cstn__contracts_add(state, run.form, &run.loose,
				options->flags & CSTN_CONTRACTS_REMOVE ? -1 : 1, error);
	cstn__array_free(&state->allocator, &run.loose);
	cstn__row_sink_free(run.sink);
	cstn__bound_free(run.bound);
	return cstn__rows_left_out(status, left, left_out, bad_rows, error);
}

/* --- the whole -------------------------------------------------------------------------------- */

cstn_status cstn_contracts_new(
		const cstn_allocator *given, cstn_contracts **out, cstn_error **error)
{
	cstn_allocator allocator;
	cstn_contracts *state;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__handle_new(given, sizeof(*state), &allocator, &state, error);
	if (status != CSTN_OK)
		return status;
	state->allocator = allocator;
	*out = state;
	return CSTN_OK;
}

void cstn_contracts_free(cstn_contracts *state)
{
	cstn_allocator allocator;

	if (!state)
		return;
	allocator = state->allocator;
	cstn__array_free(&allocator, &state->spans);
	cstn__free(&allocator, state, sizeof(*state));
}

cstn_status cstn_contracts_update(cstn_contracts *state, struct ArrowArrayStream *rows,
		const cstn_contracts_options *options, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	const cstn__update call = {"rows", "state", state, options, "cstn_contracts_options",
			CSTN_IMPORT_TRUSTED | CSTN_CONTRACTS_REMOVE, update};
	cstn_contracts_options read;

	return cstn__update_run(&call, rows, &read, sizeof(read), bad_rows, error);
}

cstn_status cstn_contracts_merge(
		cstn_contracts *into, const cstn_contracts *from, cstn_error **error)
{
	cstn_status status = cstn__states_check(into, from, "state", error);

	if (status != CSTN_OK)
		return status;
	if (into->form && from->form && into->form != from->form)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"contracts are told by days in one state and by times in the "
				"other");
	return cstn__contracts_add(into, from->form, &from->spans, 1, error);
}
