/* The state of a value model: rows read, checked and grouped.
 *
 * An update fills a table of its own and joins it when the stream has ended well, so that a failure
 * leaves the state as it was. Cost: a row is read once, O(log n) to group it. */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/checked.h"
#include "base/error.h"
#include "segment/value_handle.h"

static cstn_status read_config(
		cstn_value_state *state, const cstn_value_config *given, cstn_error **error)
{
	cstn_value_config config;
	cstn_status status = cstn__options_read(given, sizeof(config), sizeof(config),
			CSTN_VALUE_SKIP_BAD, "cstn_value_config", &config, error);

	if (status != CSTN_OK)
		return status;
	if (config.reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "reserved0 is %d, 0 expected",
				config.reserved0);
	if (config.time_in < CSTN_VALUE_TIME_UNITS || config.time_in > CSTN_VALUE_TIME_US)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"time_in is %d; 0 (units), 1 (days) or 2 (microseconds) expected",
				config.time_in);
	if (config.unit_us < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "the unit of time is negative");
	state->flags = config.flags;
	state->time_in = config.time_in;
	state->unit_us = config.unit_us ? config.unit_us : CSTN__VALUE_WEEK_US;
	return CSTN_OK;
}

cstn_status cstn_value_state_new(const char *model, const cstn_value_config *config,
		const cstn_allocator *allocator, cstn_value_state **out, cstn_error **error)
{
	cstn_value_state *state;
	cstn_allocator memory;
	cstn_status status;
	int32_t kind;

	if (!model || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	kind = cstn__value_kind_of(model);
	if (!kind)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"'%s' is no model; bgnbd, mbgnbd, pnbd, nbd, bgbb, sbg, bgcnbd, "
				"mbgcnbd or gammagamma expected",
				model);
	status = cstn__handle_new(allocator, sizeof(*state), &memory, &state, error);
	if (status != CSTN_OK)
		return status;
	state->allocator = memory;
	state->kind = kind;
	status = read_config(state, config, error);
	if (status != CSTN_OK) {
		cstn__free(&memory, state, sizeof(*state));
		return status;
	}
	cstn__value_table_init(&state->table, &memory, cstn__value_has_extra(kind));
	*out = state;
	return CSTN_OK;
}

void cstn_value_state_free(cstn_value_state *state)
{
	cstn_allocator memory;

	if (!state)
		return;
	memory = state->allocator;
	cstn__value_table_free(&state->table);
	cstn__free(&memory, state, sizeof(*state));
}

int64_t cstn_value_state_customers(const cstn_value_state *state)
{
	int64_t n = 0;
	size_t i;

	for (i = 0; state && i < state->table.count; i++) {
		const cstn__value_group *group = cstn__value_group_at(&state->table, i);

		/* of a cohort each loss and each that stayed is one */
		n += group->weight;
	}
	return n;
}

/* --- update --- */

typedef struct update_run {
	cstn_value_state *state;
	cstn__value_reader reader;
	cstn__value_table table;
	cstn__value_block block;
	cstn__value_once once;
	uint64_t left_out;
	cstn__value_money money;
	int64_t last_survivors, period; /* of a cohort; period -1 before the first row */
} update_run;

/* Survivors of one period more: those lost since the last. */
static cstn_status add_period(update_run *run, int64_t survivors, cstn_error **error)
{
	cstn__value_row lost = {1.0, 0.0, 0.0, 0.0};
	cstn_status status = CSTN_OK;

	run->period++;
	if (run->period > 0 && survivors > run->last_survivors)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"survivors rise from %" PRId64 " to %" PRId64 " in row %" PRId64,
				run->last_survivors, survivors, run->period);
	lost.age = (double)run->period;
	if (run->period > 0 && survivors < run->last_survivors)
		status = cstn__value_table_add(&run->table, &lost,
				(int32_t)(run->last_survivors - survivors), error);
	run->last_survivors = survivors;
	return status;
}

static cstn_status add_block(void *context, const cstn__batch *batch, int64_t start,
		const cstn__value_block *block, cstn_error **error)
{
	update_run *run = context;
	cstn_status status = cstn__value_once_add(&run->once, &batch->columns[CSTN__VALUE_CUSTOMER],
			start, block->n, run->reader.first_row, error);
	int32_t i;

	for (i = 0; i < block->n && status == CSTN_OK; i++) {
		cstn__value_row row;

		if (block->bad[i] || block->idle[i]) {
			run->left_out++;
			continue;
		}
		if (run->state->kind == CSTN__VALUE_SBG) {
			status = add_period(run, block->weight[i], error);
		} else if (block->weight[i] != 0) {
			row = cstn__value_block_row(block, i);
			status = cstn__value_table_add(
					&run->table, &row, (int32_t)block->weight[i], error);
		}
		if (block->priced[i])
			run->money.customers += block->weight[i];
	}
	return status;
}

static cstn_status read_all(update_run *run, struct ArrowArrayStream *rows, cstn_error **error)
{
	struct ArrowArray array;
	cstn_status status;

	while ((status = cstn__stream_next(rows, &array, error)) == CSTN_OK) {
		status = cstn__value_reader_batch(
				&run->reader, &array, &run->block, add_block, run, error);
		array.release(&array);
		if (status != CSTN_OK)
			return status;
	}
	return status == CSTN_DONE ? CSTN_OK : status;
}

/* The last period's survivors are still there. */
static cstn_status end_cohort(update_run *run, cstn_error **error)
{
	cstn__value_row kept = {0.0, 0.0, (double)run->period, 0.0};

	if (run->state->kind != CSTN__VALUE_SBG || run->period < 1 || run->last_survivors == 0)
		return CSTN_OK;
	return cstn__value_table_add(&run->table, &kept, (int32_t)run->last_survivors, error);
}

/* Weights below 0 take customers away, but only such as are there. */
static cstn_status check_weights(const cstn__value_table *table, cstn_error **error)
{
	size_t i;

	for (i = 0; i < table->count; i++) {
		const cstn__value_group *group = cstn__value_group_at(table, i);

		if (group->weight < 0)
			return cstn__fail(error, CSTN_E_NOT_FOUND,
					"%d customers with x %u, tx %g and T %g are taken away who "
					"are not there",
					-group->weight, group->x, group->tx, group->age);
	}
	return CSTN_OK;
}

static cstn_status take(update_run *run, cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn_value_state *state = run->state;
	cstn_row_errors *left = NULL;
	cstn__value_money money = state->money;
	cstn__value_table both;
	cstn_status status;

	if (cstn__row_sink_total(run->reader.sink) && !(state->flags & CSTN_VALUE_SKIP_BAD))
		return cstn__row_sink_refuse(run->reader.sink, bad_rows, error);
	memcpy(run->money.currency, run->reader.money.currency, sizeof(run->money.currency));
	status = cstn__value_money_join(&money, &run->money, error);
	if (status != CSTN_OK)
		return status;
	/* a copy of both, so that running out of memory changes nothing */
	cstn__value_table_init(&both, &state->allocator, cstn__value_has_extra(state->kind));
	status = cstn__value_table_settle(&run->table, error);
	if (status == CSTN_OK && state->table.count)
		status = cstn__value_table_merge(&both, &state->table, error);
	if (status == CSTN_OK && state->table.count)
		status = cstn__value_table_merge(&both, &run->table, error);
	if (status == CSTN_OK && state->table.count == 0)
		cstn__value_table_swap(&both, &run->table);
	if (status == CSTN_OK)
		status = cstn__value_table_settle(&both, error);
	if (status == CSTN_OK)
		status = check_weights(&both, error);
	if (status == CSTN_OK && bad_rows)
		status = cstn__row_sink_finish(run->reader.sink, &left, error);
	if (status == CSTN_OK) {
		cstn__value_table_swap(&both, &state->table);
		state->money = money;
		state->left_out += run->left_out;
		if (bad_rows)
			*bad_rows = left;
	}
	cstn__value_table_free(&both);
	return status;
}

cstn_status cstn_value_state_update(cstn_value_state *state, struct ArrowArrayStream *rows,
		const cstn_binding *binding, cstn_row_errors **bad_rows, cstn_error **error)
{
	struct ArrowArrayStream stream;
	cstn_status status;
	update_run *run;

	status = cstn__stream_take(rows, "rows", &stream, error);
	if (status != CSTN_OK)
		return status;
	run = state ? cstn__alloc_zero(&state->allocator, sizeof(*run)) : NULL;
	if (!run) {
		stream.release(&stream);
		return state ? cstn__fail_nomem(error)
			     : cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "state is NULL");
	}
	run->state = state;
	run->period = -1;
	run->reader.kind = state->kind;
	run->reader.purpose = CSTN__VALUE_READ_FIT;
	run->reader.want_spend = state->kind == CSTN__VALUE_SPEND;
	run->reader.want_gaps = cstn__value_has_extra(state->kind) && !run->reader.want_spend;
	cstn__value_table_init(&run->table, &state->allocator, cstn__value_has_extra(state->kind));
	cstn__value_once_init(&run->once, &state->allocator);
	status = cstn__value_reader_open(&run->reader, &stream, binding, state->time_in,
			state->unit_us, &state->allocator, error);
	if (status == CSTN_OK) {
		status = read_all(run, &stream, error);
		if (status == CSTN_OK)
			status = end_cohort(run, error);
		if (status == CSTN_OK)
			status = take(run, bad_rows, error);
		cstn__value_reader_close(&run->reader);
	}
	stream.release(&stream);
	cstn__value_once_free(&run->once);
	cstn__value_table_free(&run->table);
	cstn__free(&state->allocator, run, sizeof(*run));
	return status;
}

cstn_status cstn_value_state_merge(
		cstn_value_state *into, const cstn_value_state *from, cstn_error **error)
{
	cstn__value_table both;
	cstn__value_money money;
	cstn_status status;

	if (!into || !from)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				into ? "from" : "into");
	if (into->kind != from->kind || into->unit_us != from->unit_us)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"states of %s in units of %" PRId64
				" us and %s in units of %" PRId64 " us",
				cstn__value_kind_name(into->kind), into->unit_us,
				cstn__value_kind_name(from->kind), from->unit_us);
	money = into->money;
	status = cstn__value_money_join(&money, &from->money, error);
	if (status != CSTN_OK)
		return status;
	cstn__value_table_init(&both, &into->allocator, cstn__value_has_extra(into->kind));
	status = cstn__value_table_merge(&both, &into->table, error);
	if (status == CSTN_OK)
		status = cstn__value_table_merge(&both, &from->table, error);
	if (status == CSTN_OK)
		status = cstn__value_table_settle(&both, error);
	if (status == CSTN_OK) {
		cstn__value_table_swap(&both, &into->table);
		into->money = money;
		into->left_out += from->left_out;
	}
	cstn__value_table_free(&both);
	return status;
}

cstn__hash128_value cstn__value_fingerprint(const cstn__value_table *table)
{
	cstn__hash128_value sum = {0, 0};
	size_t i;

	for (i = 0; i < table->count; i++) {
		cstn__value_row row = cstn__value_row_at(table, i);
		uint64_t weight = (uint64_t)cstn__value_group_at(table, i)->weight;
		double values[4] = {row.x, row.tx, row.age, row.extra};
		uint8_t bytes[32];
		cstn__hash128_value hash;
		cstn__u128 product, total;
		int k;

		for (k = 0; k < 32; k++) {
			uint64_t bits;

			memcpy(&bits, &values[k / 8], sizeof(bits));
			bytes[k] = (uint8_t)(bits >> (8 * (k % 8)));
		}
		hash = cstn__hash128(bytes, sizeof(bytes));
		product = ((cstn__u128)hash.high << 64 | hash.low) * weight;
		total = ((cstn__u128)sum.high << 64 | sum.low) + product;
		sum.low = (uint64_t)total;
		sum.high = (uint64_t)(total >> 64);
	}
	return sum;
}
