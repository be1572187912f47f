/* One core absorbed into a state's, wholly or not at all: what can fail is done first or undone.
 * Cost: O(groups + units of the one absorbed), nothing where the state has none yet. */
#include <string.h>

#include "base/error.h"
#include "fulfilment/perfect_order_state.h"

typedef struct undo_entry {
	uint32_t partition, index;
	int32_t is_new;
	cstn__run run;
	cstn__run_wide wide;
} undo_entry;

typedef struct undo_log {
	undo_entry *items;
	size_t count, capacity;
	size_t pairs[CSTN__PARTITIONS];
} undo_log;

static size_t count_live(const cstn__core *core)
{
	size_t n = 0, i;

	for (i = 0; core->units && i < CSTN__PARTITIONS; i++)
		n += core->units[i].runs.count + core->units[i].log.count;
	return n;
}

static void undo(cstn_perfect_order *state, cstn__core *into, undo_log *log)
{
	size_t i;

	while (log->count) {
		const undo_entry *entry = &log->items[--log->count];
		cstn__units *units = &into->units[entry->partition];

		if (entry->is_new) {
			cstn__units_remove(state, units, entry->index);
			continue;
		}
		units->runs.items[entry->index] = entry->run;
		if (units->wide.count)
			units->wide.items[entry->index] = entry->wide;
	}
	for (i = 0; i < CSTN__PARTITIONS; i++)
		into->units[i].pairs.count = log->pairs[i];
}

static cstn_status absorb_unit(cstn_perfect_order *state, cstn__core *into, undo_log *log,
		uint32_t partition, const cstn__run *run, const cstn__run_wide *wide)
{
	cstn__units *units = &into->units[partition];
	undo_entry *entry = &log->items[log->count];
	uint32_t index = cstn__units_find(state, units, run, wide ? wide->sub : 0);

	entry->partition = partition;
	entry->is_new = index == UINT32_MAX;
	if (!entry->is_new) {
		entry->run = units->runs.items[index];
		cstn__run_wide_init(&entry->wide);
		if (units->wide.count)
			entry->wide = units->wide.items[index];
		entry->index = index;
		log->count++; /* also a half-done merge is undone */
	}
	index = cstn__units_add(state, units, run, wide, 1);
	if (index == UINT32_MAX)
		return CSTN_E_NOMEM;
	if (entry->is_new) {
		entry->index = index;
		log->count++;
	}
	return CSTN_OK;
}

static cstn_status absorb_pairs(cstn_perfect_order *state, cstn__core *into,
		const cstn__units *from, uint32_t partition)
{
	cstn__units *units = &into->units[partition];
	size_t i;

	if (cstn__array_reserve(&into->allocator, &units->pairs, from->pairs.count))
		return CSTN_E_NOMEM;
	for (i = 0; i < from->pairs.count; i++) {
		const cstn__cell_pair *pair = &from->pairs.items[i];
		int64_t sub = from->wide.count ? from->wide.items[pair->run].sub : 0;
		uint32_t index = cstn__units_find(state, units, &from->runs.items[pair->run], sub);

		if (index != UINT32_MAX)
			units->pairs.items[units->pairs.count++] =
					(cstn__cell_pair){index, pair->cell};
	}
	return CSTN_OK;
}

/* Runs whose ids never fall stay what they are while there is nothing else, and what comes follows
 * what is there. */
static cstn_status meet_rising(cstn__core *into, cstn__core *from)
{
	if (!into->units && !from->units &&
			(!into->rising.count || !from->rising.count ||
					from->rising.first->runs[0].id >= into->rising.last_id))
		return cstn__packed_log_reserve(&into->rising, &from->rising, &into->allocator)
				       ? CSTN_E_NOMEM
				       : CSTN_OK;
	return cstn__core_spread(into) || cstn__core_spread(from) ? CSTN_E_NOMEM : CSTN_OK;
}

static cstn_status absorb_units(cstn_perfect_order *state, cstn__core *into, cstn__core *from)
{
	size_t n, i, k;
	undo_log log = {0};
	cstn_status status = meet_rising(into, from);

	if (status != CSTN_OK)
		return status;
	cstn__packed_log_move(&into->rising, &from->rising, &into->allocator);
	if (count_live(from) == 0)
		return CSTN_OK;
	if (count_live(into) == 0) { /* the usual case: move */
		cstn__core_free_units(into);
		into->units = from->units;
		from->units = NULL;
		return CSTN_OK;
	}
	for (i = 0; i < CSTN__PARTITIONS; i++)
		if (cstn__packed_log_reserve(
				    &into->units[i].log, &from->units[i].log, &state->allocator))
			return CSTN_E_NOMEM;
	for (i = 0, n = 1; i < CSTN__PARTITIONS; i++)
		n += from->units[i].runs.count;
	log.capacity = n;
	log.items = cstn__alloc(&state->allocator, cstn__array_size(n, sizeof(*log.items)));
	if (!log.items)
		return CSTN_E_NOMEM;
	for (i = 0; i < CSTN__PARTITIONS; i++)
		log.pairs[i] = into->units[i].pairs.count;
	for (i = 0; i < CSTN__PARTITIONS && status == CSTN_OK; i++) {
		const cstn__units *units = &from->units[i];

		for (k = 0; k < units->runs.count && status == CSTN_OK; k++)
			if (units->runs.items[k].cell != UINT32_MAX)
				status = absorb_unit(state, into, &log, (uint32_t)i,
						&units->runs.items[k],
						units->wide.count ? &units->wide.items[k] : NULL);
		if (status == CSTN_OK)
			status = absorb_pairs(state, into, units, (uint32_t)i);
	}
	if (status != CSTN_OK)
		undo(state, into, &log);
	for (i = 0; i < CSTN__PARTITIONS && status == CSTN_OK; i++) {
		cstn__packed_log_move(&into->units[i].log, &from->units[i].log, &state->allocator);
		cstn__packed_log_settle(state, &into->units[i].log);
	}
	cstn__free(&state->allocator, log.items, n * sizeof(*log.items));
	return status;
}

static cstn_status check_counts(const cstn__core *into, const cstn__core *from, cstn_error **error)
{
	cstn__group_counts sum;
	cstn_status status;
	size_t i;

	for (i = 0; i < from->counts.count && i < into->counts.count; i++) {
		sum = into->counts.items[i];
		status = cstn__counts_add(&sum, &from->counts.items[i], error);
		if (status != CSTN_OK)
			return status;
	}
	sum = into->total;
	return cstn__counts_add(&sum, &from->total, error);
}

/* After the checks nothing here can fail, but for the causes, which are reserved. */
static void add_counts(cstn__core *into, const cstn__core *from)
{
	size_t i;

	for (i = 0; i < from->counts.count; i++)
		(void)!cstn__counts_add(&into->counts.items[i], &from->counts.items[i], NULL);
	(void)!cstn__counts_add(&into->total, &from->total, NULL);
}

static void move_counts(cstn__core *into, cstn__core *from)
{
	into->counts.items = from->counts.items;
	into->counts.count = from->counts.count;
	into->counts.capacity = from->counts.capacity;
	from->counts.items = NULL;
	from->counts.count = from->counts.capacity = 0;
}

/* New causes get a place with 0 units first: that changes nothing and may fail. */
static cstn_status reserve_causes(cstn__core *into, const cstn__core *from)
{
	size_t i;

	for (i = 0; i < from->causes.count; i++) {
		const cstn__cause_tally *tally = &from->causes.items[i];
		cstn_status status = cstn__core_count_cause(
				into, tally->cell, tally->component, tally->owner, tally->cause, 0);

		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}

static void add_causes(cstn__core *into, const cstn__core *from)
{
	size_t i;

	for (i = 0; i < from->causes.count; i++) {
		const cstn__cause_tally *tally = &from->causes.items[i];

		(void)!cstn__core_count_cause(into, tally->cell, tally->component, tally->owner,
				tally->cause, tally->units);
	}
}

/* Copy the other's segments with their texts; `count` tells how many to take back. */
static cstn_status add_segments(cstn_perfect_order *state, cstn__core *into, const cstn__core *from)
{
	int32_t current = into->current;
	size_t i, before = into->segments.count;

	for (i = 0; i < from->segments.count; i++) {
		into->current = -1;
		if (cstn__core_join(state, into, &from->segments.items[i]) != CSTN_OK) {
			into->segments.count = before;
			into->current = current;
			return CSTN_E_NOMEM;
		}
	}
	into->current = current;
	return CSTN_OK;
}

cstn_status cstn__core_absorb(cstn_perfect_order *state, cstn__core *from, cstn_error **error)
{
	cstn__core *into = &state->core;
	size_t segments = into->segments.count;
	uint8_t broken = into->broken;
	cstn_status status;
	int move;

	if (reserve_causes(into, from) != CSTN_OK)
		return cstn__fail_nomem(error);
	/* the usual case of a first update: nothing to add to */
	move = into->counts.count == 0;
	if (!move && cstn__core_reserve_cells(into, state->registry.cells.count) != CSTN_OK)
		return cstn__fail_nomem(error);
	status = check_counts(into, from, error);
	if (status != CSTN_OK)
		return status;
	if (add_segments(state, into, from) != CSTN_OK)
		return cstn__fail_nomem(error);
	status = absorb_units(state, into, from);
	/* mixed cells may have been named meanwhile */
	if (status == CSTN_OK && !move)
		status = cstn__core_reserve_cells(into, from->counts.count);
	if (status != CSTN_OK) {
		into->segments.count = segments;
		into->broken = broken;
		return cstn__fail_nomem(error);
	}
	if (move)
		move_counts(into, from);
	add_counts(into, from);
	add_causes(into, from);
	into->broken = into->broken || from->broken;
	return CSTN_OK;
}

/* What joining closed is counted with the rest of the update. */
static cstn_status join_into_counts(cstn__core *into, const cstn__core *joined)
{
	size_t i;

	if (cstn__core_reserve_cells(into, joined->counts.count) != CSTN_OK)
		return CSTN_E_NOMEM;
	for (i = 0; i < joined->counts.count; i++)
		(void)!cstn__counts_add(&into->counts.items[i], &joined->counts.items[i], NULL);
	into->broken = into->broken || joined->broken;
	return CSTN_OK;
}

/* joined[0] takes the place of the state's current segment, the others come after. */
static cstn_status replace_segments(
		cstn_perfect_order *state, cstn__core *from, cstn__core *joined, cstn_error **error)
{
	cstn__core *into = &state->core;
	int32_t current = into->current;
	size_t at = into->segments.count, n = joined->segments.count, i;
	cstn_status status;

	from->segments.count = 0;
	for (i = 0; i < n; i++) {
		from->current = -1;
		if (cstn__core_join(state, from, &joined->segments.items[i]) != CSTN_OK)
			return cstn__fail_nomem(error);
	}
	status = cstn__core_absorb(state, from, error);
	if (status != CSTN_OK)
		return status;
	/* with more stretches than are kept nothing can be proved any more */
	if (into->segments.count < at + n) {
		into->current = -1;
		return CSTN_OK;
	}
	/* the state now holds the joined segments behind its own: the first of them replaces the
	 * old current one */
	into->segments.items[current] = into->segments.items[at];
	for (i = at + 1; i < at + n; i++)
		into->segments.items[i - 1] = into->segments.items[i];
	into->segments.count--;
	into->current = n > 1 ? (int32_t)(at + n - 2) : current;
	return CSTN_OK;
}

/* The stretch of an update goes on where the state's own last one ended: both are joined in a copy
 * of that one, which takes its place only when all has gone well. */
cstn_status cstn__core_absorb_lines(cstn_perfect_order *state, cstn__core *from, cstn_error **error)
{
	cstn__core *into = &state->core;
	cstn__segment before;
	int32_t current = into->current;
	cstn__core joined;
	cstn_status status;
	size_t i;

	if (from->segments.count == 0)
		return cstn__core_absorb(state, from, error);
	if (current < 0) {
		size_t at = into->segments.count;

		status = cstn__core_absorb(state, from, error);
		if (status == CSTN_OK)
			into->current = at + (size_t)from->current < into->segments.count
							? (int32_t)(at + (size_t)from->current)
							: -1;
		return status;
	}
	before = into->segments.items[current];
	cstn__core_init(&joined, &from->allocator);
	status = cstn__core_join(state, &joined, &before);
	for (i = 0; i < from->segments.count && status == CSTN_OK; i++)
		status = cstn__core_join(state, &joined, &from->segments.items[i]);
	if (status == CSTN_OK)
		status = join_into_counts(from, &joined);
	if (status == CSTN_OK)
		status = replace_segments(state, from, &joined, error);
	cstn__core_free(&joined);
	if (status == CSTN_E_NOMEM && error && !*error)
		return cstn__fail_nomem(error);
	return status;
}
