/* The mergeable state of the perfect order rate: made, counted into, freed.
 *
 * All that is kept are integers that are added and bits that are OR-ed, so merging is associative
 * and commutative and the result does not depend on how the rows were split. Memory: one record a
 * group, one an open order. */
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

void cstn__core_free_units(cstn__core *core)
{
	size_t i;

	for (i = 0; core->units && i < CSTN__PARTITIONS; i++)
		cstn__units_free(&core->units[i], &core->allocator);
	cstn__free(&core->allocator, core->units, CSTN__PARTITIONS * sizeof(*core->units));
	core->units = NULL;
}

void cstn__core_free(cstn__core *core)
{
	cstn__core_free_units(core);
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
	status = cstn__handle_new(allocator, sizeof(*state), &memory, &state, error);
	if (status != CSTN_OK)
		return status;
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
