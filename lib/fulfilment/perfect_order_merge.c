/* Merging two states: the other's codes are given this state's names, then its core is absorbed.
 * Cost: O(names + units). */
#include <string.h>

#include "base/error.h"
#include "fulfilment/perfect_order_state.h"

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
