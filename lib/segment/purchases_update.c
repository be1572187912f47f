/* Adding rows to a state of purchases: blocks of 1,024 rows are read column by column, their
 * customers numbered with the tables' lines loaded ahead, and applied row by row with the
 * customers' lines loaded ahead, so that a row costs no wait for memory.
 *
 * Rows go straight into a state that is empty; into one that is not through a state of their own
 * that is then merged, so that on failure nothing has changed. */
#include <inttypes.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/checked.h"
#include "base/civil.h"
#include "base/parallel.h"
#include "segment/purchases.h"

#define BLOCK 1024
#define WORDS (BLOCK / 64)
#define AHEAD 16

enum { COL_CUSTOMER, COL_DAY, COL_VALUE, COL_QUANTITY, COL_CANCELLED, COL_CURRENCY, COL_COUNT };

static const cstn__column_decl columns[COL_COUNT] = {
		[COL_CUSTOMER] = {"customer", CSTN__ACCEPT_KEY, -1, 1, 0, 0, 0},
		[COL_DAY] = {"day", CSTN__ACCEPT_TIME, -1, 1, 0, 0, 0},
		[COL_VALUE] = {"value", CSTN__ACCEPT_QUANTITY, -1, 0, 0, 0, 0},
		[COL_QUANTITY] = {"quantity", CSTN__ACCEPT_QUANTITY, -1, 0, 0, 0, 0},
		[COL_CANCELLED] = {"cancelled", CSTN__ACCEPT(CSTN_TYPE_FLAG), -1, 0, 0, 0, 0},
		[COL_CURRENCY] = {"currency", CSTN__ACCEPT(CSTN_TYPE_TEXT), -1, 0, 0, 0, 0},
};

typedef struct update_run {
	cstn_purchases *target;
	cstn__bound *bound;
	cstn__row_sink *sink;
	cstn_progress *progress;
	int64_t limit; /* of dense ids */
	uint64_t rows;
	int32_t is_time, has_quantity, has_cancelled, has_currency;
} update_run;

typedef struct block {
	const cstn__batch *batch;
	int64_t start;
	int32_t n;
	uint64_t first_row;
	uint64_t bad[WORDS], flag[WORDS];
	uint32_t customer[BLOCK];
	int64_t day[BLOCK], value[BLOCK], other[BLOCK];
	uint8_t no_purchase[BLOCK], cancelled[BLOCK];
} block;

/* --- reading ---------------------------------------------------------------------------------- */

static cstn_status read_column(update_run *run, block *at, int column, int64_t *out)
{
	return cstn__column_read_i64(&at->batch->columns[column], at->start, at->n, at->first_row,
			out, at->flag, at->bad, run->sink);
}

static cstn_status check_currency(update_run *run, block *at, cstn_error **error)
{
	const cstn__column *column = &at->batch->columns[COL_CURRENCY];
	cstn_purchases *state = run->target;
	cstn_status status = cstn__column_check_text(
			column, at->start, at->n, at->first_row, at->bad, run->sink);
	const char *text;
	size_t len;
	int32_t i;

	for (i = 0; i < at->n && status == CSTN_OK; i++) {
		if (cstn__word_bit_get(at->bad, (size_t)i) ||
				cstn__column_read_text(column, at->start + i, &text, &len))
			continue;
		if (len == 0 || len > CSTN__CURRENCY_MOST) {
			cstn__word_bit_set(at->bad, (size_t)i);
			status = cstn__row_sink_add(run->sink,
					at->first_row + (uint64_t)(at->start + i), column->field,
					column->name, CSTN_ROW_UNIT, text, len);
		} else if (!state->currency[0]) {
			memcpy(state->currency, text, len);
		} else if (strlen(state->currency) != len ||
				memcmp(state->currency, text, len) != 0) {
			return cstn__fail(error, CSTN_E_CURRENCY,
					"row %" PRIu64 " is in %.*s, rows before it are in %s; one "
					"currency a state",
					at->first_row + (uint64_t)(at->start + i), (int)len, text,
					state->currency);
		}
	}
	return status;
}

static cstn_status read_block(update_run *run, block *at, cstn_error **error)
{
	cstn_status status;
	int32_t i;

	memset(at->bad, 0, sizeof(at->bad));
	status = read_column(run, at, COL_DAY, at->day);
	if (status == CSTN_OK)
		status = read_column(run, at, COL_VALUE, at->value);
	for (i = 0; i < at->n; i++)
		at->no_purchase[i] = at->value[i] < 0;
	if (status == CSTN_OK && run->has_quantity) {
		status = read_column(run, at, COL_QUANTITY, at->other);
		for (i = 0; i < at->n; i++)
			at->no_purchase[i] |= at->other[i] <= 0;
	}
	memset(at->cancelled, 0, (size_t)at->n);
	if (status == CSTN_OK && run->has_cancelled) {
		status = read_column(run, at, COL_CANCELLED, at->other);
		for (i = 0; i < at->n; i++)
			at->cancelled[i] = at->other[i] != 0;
	}
	if (status == CSTN_OK && run->has_currency)
		status = check_currency(run, at, error);
	if (status == CSTN_OK) {
		cstn__id_rows rows = {&at->batch->columns[COL_CUSTOMER], at->start, at->n,
				at->first_row, run->limit, at->bad, run->sink};

		status = cstn__customer_ids_read(&run->target->ids, &rows, at->customer);
	}
	return status;
}

/* --- applying --------------------------------------------------------------------------------- */

static void to_days(const update_run *run, block *at)
{
	int64_t offset = (int64_t)run->target->config.utc_offset_minutes * 60 * 1000000, local;
	int32_t i;

	for (i = 0; run->is_time && i < at->n; i++)
		/* at the ends of int64 the day stays that of UTC */
		at->day[i] = cstn__day_of_us(
				cstn__add_i64(at->day[i], offset, &local) ? at->day[i] : local);
}

static int32_t period_of(const cstn_purchases_config *config, int64_t day)
{
	int64_t begin = config->period_days == 1
					? day
					: cstn__floor_div(day - config->period_origin_days,
							  config->period_days) *
									  config->period_days +
							  config->period_origin_days;

	return (int32_t)(begin < INT32_MIN ? INT32_MIN : begin);
}

static cstn_status apply_block(update_run *run, block *at, cstn_error **error)
{
	cstn_purchases *state = run->target;
	const cstn_purchases_config *config = &state->config;
	int window = (config->flags & CSTN_PURCHASES_WINDOW) != 0;
	cstn_status status = CSTN_OK;
	int32_t i;

	if (cstn__purchases_reserve(state))
		return cstn__fail_nomem(error);
	for (i = 0; i < at->n && status == CSTN_OK; i++) {
		cstn__purchase row;

		if (i + AHEAD < at->n && !cstn__word_bit_get(at->bad, (size_t)(i + AHEAD)))
			__builtin_prefetch(&state->entries.items[at->customer[i + AHEAD]], 1);
		if (cstn__word_bit_get(at->bad, (size_t)i) || at->cancelled[i])
			continue;
		if (window && (at->day[i] < config->from_days || at->day[i] > config->to_days)) {
			state->entries.items[at->customer[i]].flags |= CSTN__OUTSIDE;
			continue;
		}
		row.value = at->value[i];
		row.day = period_of(config, at->day[i]);
		row.is_purchase = !at->no_purchase[i];
		status = cstn__purchases_add(state, at->customer[i], &row, error);
	}
	return status;
}

static cstn_status run_batch(
		update_run *run, const cstn__batch *batch, block *at, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	at->batch = batch;
	at->first_row = run->rows;
	for (at->start = 0; at->start < batch->length && status == CSTN_OK; at->start += at->n) {
		at->n = (int32_t)(batch->length - at->start < BLOCK ? batch->length - at->start
								    : BLOCK);
		status = read_block(run, at, error);
		if (status == CSTN_E_NOMEM)
			return cstn__fail_nomem(error);
		if (status == CSTN_OK) {
			to_days(run, at);
			status = apply_block(run, at, error);
		}
		cstn__progress_add(run->progress, (uint64_t)at->n);
		if (status == CSTN_OK && run->progress && cstn_progress_is_cancelled(run->progress))
			status = cstn__fail(error, CSTN_E_CANCELLED, "cancelled");
	}
	run->rows += (uint64_t)batch->length;
	return status;
}

static cstn_status run_stream(update_run *run, struct ArrowArrayStream *lines, cstn_error **error)
{
	const cstn_allocator *allocator = &run->target->allocator;
	block *at = cstn__alloc(allocator, sizeof(*at));
	cstn_status status = at ? CSTN_OK : cstn__fail_nomem(error);

	while (status == CSTN_OK) {
		struct ArrowArray array;
		cstn__batch batch;

		status = cstn__stream_next(lines, &array, error);
		if (status != CSTN_OK)
			break;
		status = cstn__bound_batch(run->bound, &array, &batch, error);
		if (status == CSTN_OK) {
			status = run_batch(run, &batch, at, error);
			cstn__batch_free(run->bound, &batch);
		}
		array.release(&array);
	}
	cstn__free(allocator, at, sizeof(*at));
	return status == CSTN_DONE ? CSTN_OK : status;
}

/* --- the whole -------------------------------------------------------------------------------- */

static cstn_status bind(update_run *run, const cstn_purchases *state,
		struct ArrowArrayStream *lines, const cstn_purchases_options *options,
		cstn_error **error)
{
	cstn_status status = cstn__bind_stream(lines, columns, COL_COUNT, options->binding,
			&state->allocator, &run->bound, error);
	int32_t type, scale;

	if (status != CSTN_OK)
		return status;
	if (options->flags & CSTN_IMPORT_TRUSTED)
		cstn__bound_trust(run->bound);
	type = cstn__bound_type(run->bound, COL_CUSTOMER);
	if (state->ids.type && state->ids.type != type)
		return cstn__fail(error, CSTN_E_SCHEMA,
				"column 'customer' is %s here, %s in the rows before",
				cstn_type_name(type), cstn_type_name(state->ids.type));
	if (state->config.ids == CSTN_IDS_DENSE && type != CSTN_TYPE_INT64)
		return cstn__fail(error, CSTN_E_SCHEMA,
				"column 'customer' is %s; dense ids are integers",
				cstn_type_name(type));
	scale = cstn__bound_has(run->bound, COL_VALUE) &&
						!cstn__bound_is_null(run->bound, COL_VALUE)
				? cstn__bound_scale(run->bound, COL_VALUE)
				: -1;
	if (state->scale >= 0 && scale >= 0 && scale != state->scale)
		return cstn__fail(error, CSTN_E_SCHEMA,
				"column 'value' has %d decimals here, %d in the rows before; set "
				"the binding's scale",
				scale, state->scale);
	run->target->ids.type = type;
	run->target->scale = scale >= 0 ? scale : run->target->scale;
	run->is_time = cstn__bound_type(run->bound, COL_DAY) == CSTN_TYPE_TIME;
	run->has_quantity = cstn__bound_has(run->bound, COL_QUANTITY);
	run->has_cancelled = cstn__bound_has(run->bound, COL_CANCELLED);
	run->has_currency = cstn__bound_has(run->bound, COL_CURRENCY);
	run->limit = state->config.ids == CSTN_IDS_DENSE ? state->config.dense_limit : 0;
	return CSTN_OK;
}

static cstn_status update(cstn_purchases *state, struct ArrowArrayStream *lines,
		const cstn_purchases_options *options, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	cstn_purchases_config config = state->config;
	cstn_row_errors *rows = NULL;
	cstn_status status = CSTN_OK;
	update_run run;
	int left_out = 0;

	memset(&run, 0, sizeof(run));
	run.target = state;
	run.progress = options->progress;
	/* few rows of a wide range must not cost the range once more */
	config.ids = CSTN_IDS_ANY;
	if (state->ids.count)
		status = cstn_purchases_new(&config, &state->allocator, &run.target, error);
	if (status != CSTN_OK)
		return status;
	status = bind(&run, state, lines, options, error);
	if (status == CSTN_OK)
		status = cstn__row_sink_new(&state->allocator, &run.sink, error);
	if (status == CSTN_OK)
		status = run_stream(&run, lines, error);
	if (status == CSTN_OK && bad_rows)
		status = cstn__row_sink_finish(run.sink, &rows, error);
	if (status == CSTN_OK && run.target != state)
		status = cstn__purchases_absorb(state, run.target, error);
	if (run.target == state && (status != CSTN_OK || state->ids.count == 0))
		cstn__purchases_clear(state);
	if (status == CSTN_OK)
		left_out = cstn__row_sink_total(run.sink) > 0;
	if (run.target != state)
		cstn_purchases_free(run.target);
	cstn__row_sink_free(run.sink);
	cstn__bound_free(run.bound);
	if (status != CSTN_OK || !bad_rows)
		cstn_row_errors_free(rows);
	else
		*bad_rows = rows;
	if (left_out)
		return cstn__fail(
				error, CSTN_E_ROWS, "some rows were left out; see the row errors");
	return status;
}

cstn_status cstn_purchases_update(cstn_purchases *state, struct ArrowArrayStream *lines,
		const cstn_purchases_options *options, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	cstn__update_head head = {
			"lines", state, options, "cstn_purchases_options", CSTN_IMPORT_TRUSTED};
	cstn_purchases_options read;
	struct ArrowArrayStream stream;
	cstn_status status = cstn__update_open(&head, lines, &stream, &read, sizeof(read), error);

	if (status != CSTN_OK)
		return status;
	status = update(state, &stream, &read, bad_rows, error);
	stream.release(&stream);
	return status;
}
