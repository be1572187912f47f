/* Adding rows to a state of purchases: blocks of rows (order_rows.c) are applied row by row with
 * the customers' lines loaded ahead, so that a row costs no wait for memory.
 *
 * Rows go straight into a state that is empty; into one that is not through a state of their own
 * that is then merged, so that on failure nothing has changed. */
#include <string.h>

#include "base/bitmap.h"
#include "base/civil.h"
#include "segment/purchases.h"

#define AHEAD 16

/* --- applying --------------------------------------------------------------------------------- */

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

static int is_purchase(const cstn__order_block *block, int32_t i)
{
	return block->value[i] >= 0 && (!block->has_quantity || block->quantity[i] > 0);
}

static cstn_status apply_block(void *context, const cstn__order_block *block, cstn_error **error)
{
	cstn_purchases *state = context;
	const cstn_purchases_config *config = &state->config;
	int window = (config->flags & CSTN_PURCHASES_WINDOW) != 0;
	cstn_status status = CSTN_OK;
	int32_t i;

	if (cstn__purchases_reserve(state))
		return cstn__fail_nomem(error);
	for (i = 0; i < block->n && status == CSTN_OK; i++) {
		cstn__purchase row;

		if (i + AHEAD < block->n && !cstn__word_bit_get(block->bad, (size_t)(i + AHEAD)))
			__builtin_prefetch(&state->entries.items[block->customer[i + AHEAD]], 1);
		if (cstn__word_bit_get(block->bad, (size_t)i) || block->cancelled[i])
			continue;
		if (window && (block->day[i] < config->from_days ||
					      block->day[i] > config->to_days)) {
			state->entries.items[block->customer[i]].flags |= CSTN__OUTSIDE;
			continue;
		}
		row.value = block->value[i];
		row.day = period_of(config, block->day[i]);
		row.is_purchase = is_purchase(block, i);
		status = cstn__purchases_add(state, block->customer[i], &row, error);
	}
	return status;
}

/* --- the whole -------------------------------------------------------------------------------- */

static cstn_status update(void *to, struct ArrowArrayStream *lines, const void *given,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	const cstn_purchases_options *options = given;
	cstn_purchases *state = to;
	const cstn__ids *const seen[3] = {&state->ids, NULL, NULL};
	cstn_purchases_config config = state->config;
	cstn_purchases *target = state;
	cstn__order_reader reader;
	cstn_row_errors *rows = NULL;
	cstn_status status = CSTN_OK;
	uint64_t left_out = 0;

	/* few rows of a wide range must not cost the range once more */
	config.ids = CSTN_IDS_ANY;
	if (state->ids.count)
		status = cstn_purchases_new(&config, &state->allocator, &target, error);
	if (status != CSTN_OK)
		return status;
	memset(&reader, 0, sizeof(reader));
	reader.kind = &target->kind;
	reader.customers = &target->ids;
	reader.limit = state->config.ids == CSTN_IDS_DENSE ? state->config.dense_limit : 0;
	reader.utc_offset_minutes = config.utc_offset_minutes;
	reader.flags = options->flags;
	reader.binding = options->binding;
	reader.progress = options->progress;
	reader.apply = apply_block;
	reader.context = target;
	status = cstn__order_rows_read(&reader, &state->kind, seen, lines, bad_rows ? &rows : NULL,
			&left_out, error);
	if (status == CSTN_OK && target != state)
		status = cstn__purchases_absorb(state, target, error);
	if (target == state && (status != CSTN_OK || state->ids.count == 0))
		cstn__purchases_clear(state);
	if (target != state)
		cstn_purchases_free(target);
	return cstn__rows_left_out(status, rows, left_out, bad_rows, error);
}

cstn_status cstn_purchases_update(cstn_purchases *state, struct ArrowArrayStream *lines,
		const cstn_purchases_options *options, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	const cstn__update call = {"lines", "state", state, options, "cstn_purchases_options",
			CSTN_IMPORT_TRUSTED, update};
	cstn_purchases_options read;

	return cstn__update_run(&call, lines, &read, sizeof(read), bad_rows, error);
}
