/* The mergeable state of the perfect order rate: made, merged, freed.
 *
 * All that is kept are integers that are added and bits that are OR-ed, so merging is associative
 * and commutative and the result does not depend on how the rows were split. Absorbing one core
 * into another either happens wholly or not at all: what can fail is done first or undone. Memory:
 * one record a group, one an open order. */
#include <string.h>

#include "base/error.h"
#include "fulfilment/perfect_order_state.h"

/* --- core ------------------------------------------------------------------------------------- */

void cstn__core_init(cstn__core *core, const cstn_allocator *allocator)
{
	memset(core, 0, sizeof(*core));
	core->allocator = *allocator;
	core->current = -1;
	cstn__arena_init(&core->texts, allocator);
	cstn__i64_map_init(&core->cause_map, allocator, 17);
}

static void free_units(cstn__core *core)
{
	size_t i;

	for (i = 0; core->units && i < CSTN__PARTITIONS; i++)
		cstn__units_free(&core->units[i], &core->allocator);
	cstn__free(&core->allocator, core->units, CSTN__PARTITIONS * sizeof(*core->units));
	core->units = NULL;
}

void cstn__core_free(cstn__core *core)
{
	free_units(core);
	cstn__packed_log_free(&core->rising, &core->allocator);
	cstn__array_free(&core->allocator, &core->counts);
	cstn__array_free(&core->allocator, &core->places);
	cstn__array_free(&core->allocator, &core->segments);
	cstn__array_free(&core->allocator, &core->causes);
	cstn__arena_free(&core->texts);
	cstn__i64_map_free(&core->cause_map);
}

cstn_status cstn__core_reserve_cells(cstn__core *core, size_t n)
{
	if (n <= core->counts.count)
		return CSTN_OK;
	if (cstn__array_reserve(&core->allocator, &core->counts, n - core->counts.count))
		return CSTN_E_NOMEM;
	memset(core->counts.items + core->counts.count, 0,
			(n - core->counts.count) * sizeof(*core->counts.items));
	core->counts.count = n;
	return CSTN_OK;
}

/* Another worker may be naming a group just now: only the group that is needed is looked at. */
cstn_status cstn__core_reserve_cell(cstn__core *core, uint32_t cell)
{
	size_t n = core->places.count;

	if (!core->sparse)
		return cell < core->counts.count ? CSTN_OK
						 : cstn__core_reserve_cells(core, (size_t)cell + 1);
	if (cell < n && core->places.items[cell])
		return CSTN_OK;
	if (cell >= n) {
		if (cstn__array_reserve(&core->allocator, &core->places, (size_t)cell + 1 - n))
			return CSTN_E_NOMEM;
		memset(core->places.items + n, 0,
				((size_t)cell + 1 - n) * sizeof(*core->places.items));
		core->places.count = (size_t)cell + 1;
	}
	if (cstn__core_reserve_cells(core, core->counts.count + 1) != CSTN_OK)
		return CSTN_E_NOMEM;
	core->places.items[cell] = (uint32_t)core->counts.count;
	return CSTN_OK;
}

cstn_status cstn__core_count_cause(cstn__core *core, uint32_t cell, int32_t component,
		int32_t owner, uint32_t cause, int64_t units)
{
	/* cell 32 bits, cause 24, owner 4, component 4; UINT32_MAX (no cause) folds to the 24-bit
	 * maximum. */
	uint64_t key = (uint64_t)cell << 32 | (uint64_t)(cause & 0xffffff) << 8 |
		       (uint64_t)owner << 4 | (uint64_t)component;
	uint32_t fresh = (uint32_t)core->causes.count, at;

	if (cstn__array_reserve(&core->allocator, &core->causes, 1))
		return CSTN_E_NOMEM;
	at = cstn__i64_map_intern(&core->cause_map, (int64_t)key, fresh);
	if (at == UINT32_MAX)
		return CSTN_E_NOMEM;
	if (at == fresh) {
		cstn__cause_tally tally = {cell, cause, component, owner, 0};

		core->causes.items[core->causes.count++] = tally;
	}
	if (__builtin_add_overflow(
			    core->causes.items[at].units, units, &core->causes.items[at].units))
		core->causes.items[at].units = INT64_MAX;
	return CSTN_OK;
}

int cstn__state_is_each(const cstn_perfect_order *state)
{
	return (state->flags & CSTN_PERFECT_ORDER_EACH) != 0 &&
	       state->judge.rules->level != CSTN__LEVEL_LINE;
}

int cstn__state_is_wide(const cstn_perfect_order *state)
{
	const cstn__policy_rules *rules = state->judge.rules;

	return rules->weight != CSTN__WEIGHT_COUNT || rules->credit_unit ||
	       rules->level == CSTN__LEVEL_SCHEDULE || rules->level == CSTN__LEVEL_LINE ||
	       (state->flags & CSTN_PERFECT_ORDER_EACH) != 0;
}

static void count_unit(cstn__group_counts *counts, const cstn__run *run, const cstn__run_wide *wide,
		int32_t outcome, uint32_t pattern, int32_t reason)
{
	if (outcome == CSTN_OUTCOME_PENDING) {
		counts->pending++;
		return;
	}
	if (outcome == CSTN_OUTCOME_EXCLUDED) {
		counts->reason[reason]++;
		return;
	}
	counts->pattern[pattern]++;
	if (run->unit.flags & CSTN__UNIT_PROVISIONAL)
		counts->provisional++;
	if (wide) {
		counts->weight[pattern] += wide->weight;
		counts->credit += wide->credit;
		counts->credit_of += wide->weight;
	}
}

static cstn_status count_causes(
		cstn__core *core, uint32_t cell, uint32_t pattern, const cstn__run_wide *wide)
{
	int32_t i;

	for (i = 0; i < 4; i++) {
		const cstn__run_cause *cause = wide ? &wide->cause[i] : NULL;
		int known = cause && cause->set;
		cstn_status status;

		/* what nobody has named is the rest; it is not kept */
		if (!(pattern & (1u << i)) || !known ||
				(cause->cause == UINT32_MAX && !cause->owner))
			continue;
		status = cstn__core_count_cause(core, cell, i, cause->owner, cause->cause, 1);
		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}

static void count_cluster(cstn__group_counts *counts, const cstn__run_wide *wide)
{
	cstn__i128 m = wide->lines_counted, x = wide->lines_perfect;

	if (m == 0)
		return;
	counts->clusters++;
	counts->sum_m += m;
	counts->sum_x += x;
	counts->sum_mm += m * m;
	counts->sum_xx += x * x;
	counts->sum_xm += x * m;
}

static cstn_status close_unit(cstn_perfect_order *state, cstn__core *core, const cstn__run *run,
		const cstn__run_wide *wide, const uint32_t *cells, size_t n_cells)
{
	uint32_t pattern = 0, cell;
	int32_t reason = 0, outcome = cstn__unit_close(&run->unit, &pattern, &reason);
	size_t i;

	for (i = 0; i < (n_cells ? n_cells : 1); i++) {
		cell = n_cells ? cells[i] : run->cell;
		count_unit(cstn__core_counts(core, cell), run, wide, outcome, pattern, reason);
		if (outcome == CSTN_OUTCOME_COUNTED && pattern &&
				count_causes(core, cell, pattern, wide) != CSTN_OK)
			return CSTN_E_NOMEM;
	}
	if (!cstn__state_is_each(state))
		return CSTN_OK;
	count_unit(&core->total, run, wide, outcome, pattern, reason);
	if (outcome == CSTN_OUTCOME_COUNTED && pattern)
		return count_causes(core, UINT32_MAX, pattern, wide);
	return CSTN_OK;
}

cstn_status cstn__core_close(cstn_perfect_order *state, cstn__core *core, const cstn__run *run,
		const cstn__run_wide *wide, const uint32_t *cells, size_t n_cells)
{
	size_t i;

	if (!run->unit.lines) /* counted before; it only marks where a stretch ends */
		return CSTN_OK;
	if (cstn__core_reserve_cell(core, run->cell) != CSTN_OK)
		return CSTN_E_NOMEM;
	for (i = 0; i < n_cells; i++)
		if (cstn__core_reserve_cell(core, cells[i]) != CSTN_OK)
			return CSTN_E_NOMEM;
	if (state->judge.rules->level != CSTN__LEVEL_LINE)
		return close_unit(state, core, run, wide, cells, n_cells);
	/* Lines are counted as they come; here only the cluster closes. Sub -1 is the order as a
	 * whole. */
	count_cluster(wide->sub < 0 ? &core->total : cstn__core_counts(core, run->cell), wide);
	return CSTN_OK;
}

cstn_status cstn__core_count_line(cstn_perfect_order *state, cstn__core *core, const cstn__run *run,
		const cstn__run_wide *wide)
{
	if (cstn__core_reserve_cell(core, run->cell) != CSTN_OK)
		return CSTN_E_NOMEM;
	return close_unit(state, core, run, wide, NULL, 0);
}

/* --- absorbing: all or nothing ------------------------------------------------------------------
 */

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
		free_units(into);
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

/* --- the object ---------------------------------------------------------------------------------
 */

static cstn_status read_config(cstn_perfect_order *state, const cstn_perfect_order_config *given,
		const cstn_policy_data **data, cstn_error **error)
{
	cstn_perfect_order_config config;
	cstn_status status = cstn__options_read(given, sizeof(config), sizeof(config),
			CSTN_PERFECT_ORDER_EACH | CSTN_PERFECT_ORDER_PERIOD |
					CSTN_PERFECT_ORDER_ROLLUP,
			"cstn_perfect_order_config", &config, error);

	if (status != CSTN_OK)
		return status;
	if (config.reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "reserved0 is %d, 0 expected",
				config.reserved0);
	if (config.clustering < CSTN_CLUSTERING_NONE ||
			config.clustering > CSTN_CLUSTERING_WHOLE_ORDERS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"clustering is %d; 0 (none), 1 (sorted) or 2 (whole orders) "
				"expected",
				config.clustering);
	if ((config.flags & CSTN_PERFECT_ORDER_PERIOD) && config.from_us >= config.to_us)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the period is empty: from_us is not before to_us");
	state->flags = config.flags;
	state->clustering = config.clustering;
	if (config.flags & CSTN_PERFECT_ORDER_PERIOD) {
		state->from_us = config.from_us;
		state->to_us = config.to_us;
	}
	*data = config.policy_data;
	return CSTN_OK;
}

cstn_status cstn_perfect_order_new(const cstn_service_policy *policy, int64_t as_of_us,
		const char *const *by, size_t n_by, const cstn_perfect_order_config *config,
		const cstn_allocator *allocator, cstn_perfect_order **out, cstn_error **error)
{
	const cstn_policy_data *data = NULL;
	cstn_perfect_order *state;
	cstn_allocator memory;
	cstn_status status;

	if (!policy || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				policy ? "out" : "policy");
	if (as_of_us == CSTN_TIME_NULL)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "the as-of time is not set");
	status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	state = cstn__alloc_zero(&memory, sizeof(*state));
	if (!state)
		return cstn__fail_nomem(error);
	state->allocator = memory;
	cstn__core_init(&state->core, &memory);
	status = cstn__registry_init(&state->registry, &memory, by, n_by, error);
	if (status == CSTN_OK)
		status = read_config(state, config, &data, error);
	if (status == CSTN_OK)
		status = cstn__judge_init(&state->judge, policy, as_of_us, data, &memory, error);
	if (status != CSTN_OK) {
		cstn_perfect_order_free(state);
		return status;
	}
	state->data_ready = 1;
	*out = state;
	return CSTN_OK;
}

void cstn_perfect_order_free(cstn_perfect_order *state)
{
	cstn_allocator memory;

	if (!state)
		return;
	memory = state->allocator;
	cstn__core_free(&state->core);
	cstn__registry_free(&state->registry);
	if (state->judge.policy)
		cstn__judge_free(&state->judge);
	cstn__free(&memory, state, sizeof(*state));
}

/* --- merge: the other's codes are given this state's names, then its core is absorbed
 * ------------- */

static cstn_status check_same(
		const cstn_perfect_order *into, const cstn_perfect_order *from, cstn_error **error)
{
	size_t i;

	if (strcmp(cstn_service_policy_digest_text(into->judge.policy),
			    cstn_service_policy_digest_text(from->judge.policy)) != 0)
		return cstn__fail(error, CSTN_E_MISMATCH, "policies differ: %.16s... and %.16s...",
				cstn_service_policy_digest_text(into->judge.policy),
				cstn_service_policy_digest_text(from->judge.policy));
	if (into->judge.as_of_us != from->judge.as_of_us)
		return cstn__fail(error, CSTN_E_MISMATCH, "as-of times differ");
	if (into->flags != from->flags || into->clustering != from->clustering ||
			into->from_us != from->from_us || into->to_us != from->to_us)
		return cstn__fail(error, CSTN_E_MISMATCH, "configurations differ");
	if (into->registry.n_dimensions != from->registry.n_dimensions)
		return cstn__fail(error, CSTN_E_MISMATCH, "%zu dimensions and %zu",
				into->registry.n_dimensions, from->registry.n_dimensions);
	for (i = 0; i < into->registry.n_dimensions; i++) {
		const cstn__dimension *a = &into->registry.dimensions[i];
		const cstn__dimension *b = &from->registry.dimensions[i];

		if (strcmp(a->text, b->text) != 0)
			return cstn__fail(error, CSTN_E_MISMATCH, "dimension %zu is '%s' and '%s'",
					i + 1, a->text, b->text);
		if (a->type && b->type && a->type != b->type)
			return cstn__fail(error, CSTN_E_MISMATCH, "dimension '%s' is %s and %s",
					a->text, cstn_type_name(a->type), cstn_type_name(b->type));
	}
	if (into->registry.key_type && from->registry.key_type &&
			into->registry.key_type != from->registry.key_type)
		return cstn__fail(error, CSTN_E_MISMATCH, "order ids are %s and %s",
				cstn_type_name(into->registry.key_type),
				cstn_type_name(from->registry.key_type));
	return CSTN_OK;
}

static uint32_t translate_code(
		cstn__registry *into, const cstn__registry *from, size_t dimension, uint32_t code)
{
	const cstn__dim_values *values = &from->values[dimension];

	if (code < CSTN__CODE_FIRST)
		return code;
	code -= CSTN__CODE_FIRST;
	/* a failed update may have left names of a type that the lines do not have; no count is
	 * theirs */
	if (code >= (from->dimensions[dimension].type == CSTN_TYPE_TEXT ? values->texts.count
									: values->list.count))
		return CSTN__CODE_NULL;
	if (from->dimensions[dimension].type == CSTN_TYPE_TEXT)
		return cstn__registry_text(into, dimension, values->texts.items[code].text,
				values->texts.items[code].len);
	return cstn__registry_number(into, dimension, values->list.items[code]);
}

/* cells[i] and causes[i] become this state's numbers for the other's i. */
static cstn_status translate(
		cstn__registry *into, const cstn__registry *from, uint32_t *cells, uint32_t *causes)
{
	uint32_t code[CSTN__DIMENSIONS_MAX];
	size_t i, k;

	for (i = 0; i < from->cells.count; i++) {
		for (k = 0; k < from->n_dimensions; k++) {
			code[k] = translate_code(into, from, k, from->cells.items[i].code[k]);
			if (code[k] == UINT32_MAX)
				return CSTN_E_NOMEM;
		}
		cells[i] = cstn__registry_cell(into, code);
		if (cells[i] == UINT32_MAX)
			return CSTN_E_NOMEM;
	}
	for (i = 0; i < from->causes.count; i++) {
		causes[i] = cstn__intern(&into->causes, from->causes.items[i].text,
				from->causes.items[i].len);
		if (causes[i] == UINT32_MAX)
			return CSTN_E_NOMEM;
	}
	return CSTN_OK;
}

/* One unit of the other state under this state's names. */
static cstn_status copy_unit(cstn_perfect_order *into, cstn__core *copy, const cstn__units *units,
		size_t index, const uint32_t *cells, const uint32_t *causes)
{
	cstn__run run = units->runs.items[index];
	cstn__run_wide wide;
	int has_wide = units->wide.count != 0, c;
	uint64_t hash;

	run.cell = cells[run.cell];
	cstn__run_wide_init(&wide);
	if (has_wide)
		wide = units->wide.items[index];
	/* the second key of a line cluster is its cell, plus one */
	if (into->judge.rules->level == CSTN__LEVEL_LINE && wide.sub > 0)
		wide.sub = 1 + (int64_t)cells[wide.sub - 1];
	for (c = 0; c < 4; c++)
		if (wide.cause[c].set && wide.cause[c].cause != UINT32_MAX)
			wide.cause[c].cause = causes[wide.cause[c].cause];
	hash = cstn__run_hash(&into->registry, &run, wide.sub);
	return cstn__units_add(into, &copy->units[hash >> (64 - CSTN__PARTITION_BITS)], &run,
			       has_wide ? &wide : NULL, 1) == UINT32_MAX
			       ? CSTN_E_NOMEM
			       : CSTN_OK;
}

static cstn_status copy_pair(cstn_perfect_order *into, cstn__core *copy, const cstn__units *units,
		const cstn__cell_pair *pair, const uint32_t *cells)
{
	const cstn__run *run = &units->runs.items[pair->run];
	int64_t sub = units->wide.count ? units->wide.items[pair->run].sub : 0;
	uint64_t hash = cstn__run_hash(&into->registry, run, sub);
	cstn__units *out = &copy->units[hash >> (64 - CSTN__PARTITION_BITS)];
	uint32_t index = cstn__units_find(into, out, run, sub);

	if (index == UINT32_MAX)
		return CSTN_OK;
	if (cstn__array_reserve(&into->allocator, &out->pairs, 1))
		return CSTN_E_NOMEM;
	out->pairs.items[out->pairs.count++] = (cstn__cell_pair){index, cells[pair->cell]};
	return CSTN_OK;
}

static cstn_status copy_units(cstn_perfect_order *into, cstn__core *copy, const cstn__core *from,
		const uint32_t *cells, const uint32_t *causes)
{
	cstn_status status = CSTN_OK;
	size_t i, k;

	copy->units = cstn__alloc_zero(&copy->allocator, CSTN__PARTITIONS * sizeof(*copy->units));
	if (!copy->units)
		return CSTN_E_NOMEM;
	for (i = 0; i < CSTN__PARTITIONS; i++) {
		const cstn__units *units = &from->units[i];

		for (k = 0; k < units->runs.count && status == CSTN_OK; k++)
			if (units->runs.items[k].cell != UINT32_MAX)
				status = copy_unit(into, copy, units, k, cells, causes);
		for (k = 0; k < units->pairs.count && status == CSTN_OK; k++)
			status = copy_pair(into, copy, units, &units->pairs.items[k], cells);
	}
	return status;
}

static cstn_status copy_core(cstn_perfect_order *into, const cstn_perfect_order *from,
		cstn__core *copy, const uint32_t *cells, const uint32_t *causes, cstn_error **error)
{
	const cstn__core *core = &from->core;
	cstn_status status = CSTN_OK;
	size_t i;

	if (cstn__core_reserve_cells(copy, into->registry.cells.count) != CSTN_OK)
		return cstn__fail_nomem(error);
	for (i = 0; i < core->counts.count && status == CSTN_OK; i++)
		status = cstn__counts_add(
				&copy->counts.items[cells[i]], &core->counts.items[i], error);
	if (status != CSTN_OK)
		return status;
	copy->total = core->total;
	copy->broken = core->broken;
	for (i = 0; i < core->causes.count; i++) {
		const cstn__cause_tally *tally = &core->causes.items[i];
		uint32_t cell = tally->cell == UINT32_MAX ? UINT32_MAX : cells[tally->cell];
		uint32_t cause = tally->cause == UINT32_MAX ? UINT32_MAX : causes[tally->cause];

		if (cstn__core_count_cause(copy, cell, tally->component, tally->owner, cause,
				    tally->units) != CSTN_OK)
			return cstn__fail_nomem(error);
	}
	for (i = 0; i < core->segments.count; i++) {
		cstn__segment segment = core->segments.items[i];

		segment.first.cell = cells[segment.first.cell];
		segment.last.cell = cells[segment.last.cell];
		copy->current = -1;
		if (cstn__core_join(into, copy, &segment) != CSTN_OK)
			return cstn__fail_nomem(error);
	}
	if (core->units && copy_units(into, copy, core, cells, causes) != CSTN_OK)
		return cstn__fail_nomem(error);
	return CSTN_OK;
}

/* Under WHOLE_ORDERS a state is whole: its stretches are proved and closed before they meet
 * another's. */
static cstn_status close_whole(cstn_perfect_order *into, cstn__core *copy, cstn_error **error)
{
	cstn_status status;

	if (into->clustering != CSTN_CLUSTERING_WHOLE_ORDERS)
		return CSTN_OK;
	status = cstn__core_check_apart(into, copy, NULL);
	if (status == CSTN_OK)
		status = cstn__core_close_segments(
				into, copy, copy->segments.items, copy->segments.count, NULL);
	if (status == CSTN_E_NOT_CLUSTERED) {
		copy->broken = 1;
		status = CSTN_OK;
	}
	copy->segments.count = 0;
	copy->current = -1;
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

static cstn_status merge_named(cstn_perfect_order *into, const cstn_perfect_order *from,
		uint32_t *cells, uint32_t *causes, cstn_error **error)
{
	int32_t key_type = into->registry.key_type;
	cstn__core copy;
	cstn_status status;

	cstn__core_init(&copy, &into->allocator);
	if (translate(&into->registry, &from->registry, cells, causes) != CSTN_OK) {
		cstn__core_free(&copy);
		return cstn__fail_nomem(error);
	}
	if (!key_type)
		into->registry.key_type = from->registry.key_type;
	status = copy_core(into, from, &copy, cells, causes, error);
	if (status == CSTN_OK)
		status = close_whole(into, &copy, error);
	if (status == CSTN_OK)
		status = cstn__core_absorb(into, &copy, error);
	if (status != CSTN_OK)
		into->registry.key_type = key_type;
	cstn__core_free(&copy);
	return status;
}

cstn_status cstn_perfect_order_merge(
		cstn_perfect_order *into, const cstn_perfect_order *from, cstn_error **error)
{
	uint32_t *cells, *causes;
	size_t n_cells, n_causes, i;
	cstn_status status;

	if (!into || !from)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "a state is NULL");
	if (into == from)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a state cannot be merged with itself");
	status = check_same(into, from, error);
	if (status != CSTN_OK)
		return status;
	/* packing is no part of what a state says */
	if (cstn__core_unpack(into, &into->core) ||
			cstn__core_unpack((cstn_perfect_order *)(uintptr_t)from,
					&((cstn_perfect_order *)(uintptr_t)from)->core))
		return cstn__fail_nomem(error);
	n_cells = cstn__array_size(from->registry.cells.count + 1, sizeof(*cells));
	n_causes = cstn__array_size(from->registry.causes.count + 1, sizeof(*causes));
	cells = cstn__alloc(&into->allocator, n_cells);
	causes = cstn__alloc(&into->allocator, n_causes);
	if (cells && causes)
		status = merge_named(into, from, cells, causes, error);
	else
		status = cstn__fail_nomem(error);
	cstn__free(&into->allocator, cells, n_cells);
	cstn__free(&into->allocator, causes, n_causes);
	for (i = 0; status == CSTN_OK && i < into->registry.n_dimensions; i++)
		if (!into->registry.dimensions[i].type)
			into->registry.dimensions[i].type = from->registry.dimensions[i].type;
	return status;
}
