/* A state as bytes, in the envelope of base/envelope.h.
 *
 * The body is the configuration (policy
 * text, as-of time, flags, clustering, period, dimensions), then key type and dimension types,
 * groups sorted by their values, the total, causes, open units sorted by key, and open stretches
 * sorted by their ends. Nothing depends on the order in which things were seen, so the same pieces
 * give the same bytes in every merge order. Bytes that come back are not trusted: lengths, order,
 * ranges and references are checked. */
#include <string.h>

#include "base/envelope.h"
#include "base/error.h"
#include "base/sort.h"
#include "fulfilment/perfect_order_fold.h"

#define SUB_PLAIN 0
#define SUB_GROUP 1 /* the second key of a line's cluster is its group */
#define SUB_TOTAL 2

static const cstn__envelope envelope = {
		CSTN__ENVELOPE_STATE, "perfect order", CSTN__KIND_PERFECT_ORDER, 1};

/* --- writing
 * ---------------------------------------------------------------------------------------- */

static void put_i64(cstn__bytes *out, int64_t value)
{
	cstn__bytes_put_u64(out, (uint64_t)value);
}

static void put_i128(cstn__bytes *out, cstn__i128 value)
{
	unsigned __int128 bits = (unsigned __int128)value;

	cstn__bytes_put_u64(out, (uint64_t)bits);
	cstn__bytes_put_u64(out, (uint64_t)(bits >> 64));
}

static void put_text(cstn__bytes *out, const char *text, size_t len)
{
	cstn__bytes_put_u32(out, (uint32_t)len);
	cstn__bytes_put(out, text, len);
}

static void put_config(cstn__bytes *out, const cstn_perfect_order *state)
{
	size_t len, i;
	const char *text = cstn_service_policy_format(state->judge.policy, &len);

	put_text(out, text, len);
	put_i64(out, state->judge.as_of_us);
	cstn__bytes_put_u32(out, state->flags);
	cstn__bytes_put_u32(out, (uint32_t)state->clustering);
	put_i64(out, state->from_us);
	put_i64(out, state->to_us);
	cstn__bytes_put_u32(out, (uint32_t)state->registry.n_dimensions);
	for (i = 0; i < state->registry.n_dimensions; i++)
		put_text(out, state->registry.dimensions[i].text,
				strlen(state->registry.dimensions[i].text));
}

static void put_counts(cstn__bytes *out, const cstn__group_counts *counts)
{
	int i;

	for (i = 0; i < 16; i++)
		put_i64(out, counts->pattern[i]);
	for (i = 1; i < CSTN_REASON_COUNT; i++)
		put_i64(out, counts->reason[i]);
	put_i64(out, counts->pending);
	put_i64(out, counts->provisional);
	for (i = 0; i < 16; i++)
		put_i128(out, counts->weight[i]);
	put_i128(out, counts->credit);
	put_i128(out, counts->credit_of);
	put_i64(out, counts->clusters);
	put_i128(out, counts->sum_m);
	put_i128(out, counts->sum_x);
	put_i128(out, counts->sum_mm);
	put_i128(out, counts->sum_xx);
	put_i128(out, counts->sum_xm);
}

static void put_key(cstn__bytes *out, const cstn__registry *registry, const cstn__run *run)
{
	if (registry->key_type == CSTN_TYPE_TEXT)
		put_text(out, (const char *)(intptr_t)run->id, run->text_len);
	else
		put_i64(out, run->id);
}

static void put_run(cstn__bytes *out, const cstn__registry *registry, const cstn__run *run,
		uint32_t group)
{
	put_key(out, registry, run);
	cstn__bytes_put_u32(out, group);
	cstn__bytes_put_u8(out, run->unit.pattern);
	cstn__bytes_put_u8(out, run->unit.unassessed);
	cstn__bytes_put_u8(out, run->unit.flags);
	cstn__bytes_put_u8(out, run->unit.reason);
	cstn__bytes_put_u32(out, (uint32_t)run->unit.reason_line);
	cstn__bytes_put_u32(out, run->unit.lines);
	cstn__bytes_put_u32(out, run->unit.expected);
}

static void put_cause_text(cstn__bytes *out, const cstn__registry *registry, uint32_t cause)
{
	cstn__bytes_put_u8(out, cause != UINT32_MAX);
	if (cause != UINT32_MAX)
		put_text(out, registry->causes.items[cause].text,
				registry->causes.items[cause].len);
}

static void put_wide(cstn__bytes *out, const cstn__registry *registry, const cstn__run_wide *wide)
{
	int i;

	put_i128(out, wide->weight);
	put_i128(out, wide->credit);
	put_i64(out, wide->lines_counted);
	put_i64(out, wide->lines_perfect);
	for (i = 0; i < 4; i++) {
		cstn__bytes_put_u8(out, (uint8_t)wide->cause[i].set);
		if (!wide->cause[i].set)
			continue;
		put_i64(out, wide->cause[i].fail_us);
		cstn__bytes_put_u32(out, (uint32_t)wide->cause[i].line);
		cstn__bytes_put_u8(out, (uint8_t)wide->cause[i].owner);
		put_cause_text(out, registry, wide->cause[i].cause);
	}
}

/* What is sorted: units by key and second key. */
typedef struct sorted_unit {
	const cstn_perfect_order *state;
	const cstn__units *units;
	size_t index;
	int64_t sub; /* canonical: group number + 1, or the value itself */
} sorted_unit;

static int unit_order(const void *a, const void *b, void *context)
{
	const sorted_unit *x = a, *y = b;
	int order = cstn__run_compare(&x->state->registry, &x->units->runs.items[x->index],
			&y->units->runs.items[y->index]);

	(void)context;
	return order ? order : (x->sub > y->sub) - (x->sub < y->sub);
}

typedef struct writer {
	const cstn_perfect_order *state;
	const cstn__core *counts; /* counts and causes, whole stretches closed */
	const cstn__segment *segments;
	size_t n_segments;
	cstn__sorted_cell *groups;
	size_t n_groups, n_cells;
	uint32_t *group_of;
	cstn__bytes out;
} writer;

/* A line's order over all groups has no group of its own. */
static int is_line_total(const cstn_perfect_order *state, const cstn__units *units, size_t index)
{
	return state->judge.rules->level == CSTN__LEVEL_LINE && units->wide.count &&
	       units->wide.items[index].sub < 0;
}

static void mark_units(const cstn_perfect_order *state, uint8_t *used)
{
	const cstn__core *core = &state->core;
	size_t i, k;

	for (i = 0; core->units && i < CSTN__PARTITIONS; i++) {
		const cstn__units *units = &core->units[i];

		for (k = 0; k < units->runs.count; k++)
			if (units->runs.items[k].cell != UINT32_MAX &&
					!is_line_total(state, units, k))
				used[units->runs.items[k].cell] = 1;
		for (k = 0; k < units->pairs.count; k++)
			used[units->pairs.items[k].cell] = 1;
	}
}

static cstn_status number_groups(writer *to)
{
	const cstn_perfect_order *state = to->state;
	const cstn__core *core = to->counts;
	size_t i, n = state->registry.cells.count;
	uint8_t *used = cstn__alloc_zero(&state->allocator, n + 1);
	cstn_status status = CSTN_E_NOMEM;

	to->n_cells = n;
	to->group_of = cstn__alloc_zero(&state->allocator, (n + 1) * sizeof(*to->group_of));
	if (used && to->group_of) {
		for (i = 0; i < core->counts.count; i++)
			used[i] = !cstn__counts_are_zero(&core->counts.items[i]);
		for (i = 0; i < core->causes.count; i++)
			if (core->causes.items[i].cell != UINT32_MAX && core->causes.items[i].units)
				used[core->causes.items[i].cell] = 1;
		for (i = 0; i < to->n_segments; i++)
			used[to->segments[i].first.cell] = used[to->segments[i].last.cell] = 1;
		mark_units(state, used);
		status = cstn__cells_sorted(state, used, n, &to->groups, &to->n_groups);
	}
	for (i = 0; status == CSTN_OK && i < to->n_groups; i++)
		to->group_of[to->groups[i].cell] = (uint32_t)i;
	cstn__free(&state->allocator, used, n + 1);
	return status;
}

static void put_groups(writer *to)
{
	static const cstn__group_counts none;
	size_t i, k;

	cstn__bytes_put_u64(&to->out, to->n_groups);
	for (i = 0; i < to->n_groups; i++) {
		uint32_t cell = to->groups[i].cell;

		for (k = 0; k < to->groups[i].n; k++) {
			const cstn__key_value *key = &to->groups[i].keys[k];

			cstn__bytes_put_u8(&to->out, (uint8_t)key->kind);
			if (key->kind == CSTN__KEY_VALUE && key->text)
				put_text(&to->out, key->text, key->len);
			else if (key->kind == CSTN__KEY_VALUE)
				put_i64(&to->out, key->number);
		}
		put_counts(&to->out, cell < to->counts->counts.count
						     ? &to->counts->counts.items[cell]
						     : &none);
	}
	put_counts(&to->out, &to->counts->total);
}

typedef struct sorted_cause {
	const cstn__registry *registry;
	uint32_t group;
	const cstn__cause_tally *tally;
} sorted_cause;

int cstn__tally_compare(const cstn__registry *registry, const cstn__cause_tally *a,
		const cstn__cause_tally *b)
{
	if (a->component != b->component)
		return a->component < b->component ? -1 : 1;
	if (a->owner != b->owner)
		return a->owner < b->owner ? -1 : 1;
	if (a->cause == UINT32_MAX || b->cause == UINT32_MAX)
		return (b->cause == UINT32_MAX) - (a->cause == UINT32_MAX);
	return cstn__cause_compare(registry, a->cause, b->cause);
}

static int tally_order(const void *a, const void *b, void *context)
{
	const sorted_cause *x = a, *y = b;

	(void)context;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return cstn__tally_compare(x->registry, x->tally, y->tally);
}

static cstn_status put_causes(writer *to)
{
	const cstn__core *core = to->counts;
	size_t n = 0, i, size = cstn__array_size(core->causes.count + 1, sizeof(sorted_cause));
	sorted_cause *sorted = cstn__alloc(&to->state->allocator, size);

	if (!sorted)
		return CSTN_E_NOMEM;
	for (i = 0; i < core->causes.count; i++) {
		const cstn__cause_tally *tally = &core->causes.items[i];

		if (tally->units)
			sorted[n++] = (sorted_cause){&to->state->registry,
					tally->cell == UINT32_MAX ? UINT32_MAX
								  : to->group_of[tally->cell],
					tally};
	}
	cstn__sort(sorted, n, sizeof(*sorted), tally_order, NULL);
	cstn__bytes_put_u64(&to->out, n);
	for (i = 0; i < n; i++) {
		cstn__bytes_put_u32(&to->out, sorted[i].group);
		cstn__bytes_put_u8(&to->out, (uint8_t)sorted[i].tally->component);
		cstn__bytes_put_u8(&to->out, (uint8_t)sorted[i].tally->owner);
		put_cause_text(&to->out, &to->state->registry, sorted[i].tally->cause);
		put_i64(&to->out, sorted[i].tally->units);
	}
	cstn__free(&to->state->allocator, sorted, size);
	return CSTN_OK;
}

static void put_sub(writer *to, int64_t sub)
{
	int line = to->state->judge.rules->level == CSTN__LEVEL_LINE;

	cstn__bytes_put_u8(&to->out, !line ? SUB_PLAIN : sub < 0 ? SUB_TOTAL : SUB_GROUP);
	put_i64(&to->out, line ? 0 : sub); /* a line cluster's group is its run's */
}

static int group_pair_order(const void *a, const void *b, void *context)
{
	const uint32_t *x = a, *y = b;

	(void)context;
	return (*x > *y) - (*x < *y);
}

static void put_unit(writer *to, const sorted_unit *unit, const cstn__cell_pair *pairs,
		size_t n_pairs, uint32_t *room)
{
	const cstn__units *units = unit->units;
	size_t low = 0, high = n_pairs, n = 0, i;
	uint32_t group;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (pairs[middle].run < unit->index)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < n_pairs && pairs[low].run == unit->index; low++)
		room[n++] = to->group_of[pairs[low].cell];
	cstn__sort(room, n, sizeof(*room), group_pair_order, NULL);
	/* with groups of its own an order's first one depends on who saw what first: the lowest
	 * stands for it */
	group = n ? room[0] : to->group_of[units->runs.items[unit->index].cell];
	put_run(&to->out, &to->state->registry, &units->runs.items[unit->index],
			is_line_total(to->state, units, unit->index) ? 0 : group);
	cstn__bytes_put_u8(&to->out, units->wide.count != 0);
	if (units->wide.count) {
		put_sub(to, units->wide.items[unit->index].sub);
		put_wide(&to->out, &to->state->registry, &units->wide.items[unit->index]);
	}
	cstn__bytes_put_u32(&to->out, (uint32_t)n);
	for (i = 0; i < n; i++)
		cstn__bytes_put_u32(&to->out, room[i]);
}

/* All pairs of all partitions, sorted within each; offsets by partition. */
typedef struct all_pairs {
	cstn__cell_pair *of[CSTN__PARTITIONS];
	size_t count[CSTN__PARTITIONS], most;
} all_pairs;

static cstn_status collect_pairs(const cstn_perfect_order *state, all_pairs *pairs)
{
	size_t i;

	for (i = 0; state->core.units && i < CSTN__PARTITIONS; i++) {
		if (cstn__units_pairs(&state->core.units[i], &state->allocator, &pairs->of[i],
				    &pairs->count[i]) != CSTN_OK)
			return CSTN_E_NOMEM;
		if (pairs->count[i] > pairs->most)
			pairs->most = pairs->count[i];
	}
	return CSTN_OK;
}

static void free_pairs(const cstn_perfect_order *state, all_pairs *pairs)
{
	size_t i;

	for (i = 0; state->core.units && i < CSTN__PARTITIONS; i++)
		cstn__free(&state->allocator, pairs->of[i],
				state->core.units[i].pairs.count * sizeof(*pairs->of[i]));
	cstn__free(&state->allocator, pairs, sizeof(*pairs));
}

static size_t sort_units(writer *to, sorted_unit *sorted)
{
	const cstn__core *core = &to->state->core;
	int line = to->state->judge.rules->level == CSTN__LEVEL_LINE;
	size_t n = 0, i, k;

	for (i = 0; core->units && i < CSTN__PARTITIONS; i++)
		for (k = 0; k < core->units[i].runs.count; k++) {
			const cstn__units *units = &core->units[i];
			int64_t sub = units->wide.count ? units->wide.items[k].sub : 0;

			if (units->runs.items[k].cell == UINT32_MAX)
				continue;
			if (line && sub > 0)
				sub = 1 + (int64_t)to->group_of[units->runs.items[k].cell];
			sorted[n++] = (sorted_unit){to->state, units, k, sub};
		}
	cstn__sort(sorted, n, sizeof(*sorted), unit_order, NULL);
	return n;
}

static cstn_status put_units(writer *to)
{
	const cstn__core *core = &to->state->core;
	const cstn_allocator *allocator = &to->state->allocator;
	size_t n = 0, i, size, room_size;
	all_pairs *pairs = cstn__alloc_zero(allocator, sizeof(*pairs));
	sorted_unit *sorted;
	uint32_t *room;

	for (i = 0; core->units && i < CSTN__PARTITIONS; i++)
		n += core->units[i].runs.count;
	size = cstn__array_size(n + 1, sizeof(*sorted));
	if (!pairs)
		return CSTN_E_NOMEM;
	if (collect_pairs(to->state, pairs) != CSTN_OK) {
		free_pairs(to->state, pairs);
		return CSTN_E_NOMEM;
	}
	room_size = cstn__array_size(pairs->most + 1, sizeof(*room));
	sorted = cstn__alloc(allocator, size);
	room = cstn__alloc(allocator, room_size);
	if (sorted && room) {
		n = sort_units(to, sorted);
		cstn__bytes_put_u64(&to->out, n);
		for (i = 0; i < n; i++) {
			size_t partition = (size_t)(sorted[i].units - core->units);

			put_unit(to, &sorted[i], pairs->of[partition], pairs->count[partition],
					room);
		}
	}
	i = sorted && room;
	cstn__free(allocator, room, room_size);
	cstn__free(allocator, sorted, size);
	free_pairs(to->state, pairs);
	return i ? CSTN_OK : CSTN_E_NOMEM;
}

static cstn_status put_segments(writer *to)
{
	cstn__segment *sorted;
	size_t i;

	cstn__bytes_put_u64(&to->out, to->n_segments);
	if (to->n_segments == 0)
		return CSTN_OK;
	sorted = cstn__segments_sorted(to->state, to->segments, to->n_segments);
	if (!sorted)
		return CSTN_E_NOMEM;
	for (i = 0; i < to->n_segments; i++) {
		cstn__bytes_put_u8(&to->out, sorted[i].single);
		cstn__bytes_put_u8(&to->out, sorted[i].in_order);
		put_run(&to->out, &to->state->registry, &sorted[i].first,
				to->group_of[sorted[i].first.cell]);
		if (!sorted[i].single)
			put_run(&to->out, &to->state->registry, &sorted[i].last,
					to->group_of[sorted[i].last.cell]);
	}
	cstn__free(&to->state->allocator, sorted, to->n_segments * sizeof(*sorted));
	return CSTN_OK;
}

static cstn_status put_body(writer *to, uint8_t broken)
{
	const cstn__registry *registry = &to->state->registry;
	cstn_status status;
	size_t i;

	put_config(&to->out, to->state);
	cstn__bytes_put_u32(&to->out, (uint32_t)registry->key_type);
	for (i = 0; i < registry->n_dimensions; i++)
		cstn__bytes_put_u32(&to->out, (uint32_t)registry->dimensions[i].type);
	cstn__bytes_put_u8(&to->out, broken);
	put_groups(to);
	status = put_causes(to);
	if (status == CSTN_OK)
		status = put_units(to);
	if (status == CSTN_OK)
		status = put_segments(to);
	return status;
}

static size_t config_bytes(const cstn_perfect_order *state, cstn_status *status)
{
	cstn__bytes config;
	size_t size;

	cstn__bytes_init(&config, &state->allocator);
	put_config(&config, state);
	*status = config.failed ? CSTN_E_NOMEM : CSTN_OK;
	size = config.size;
	cstn__bytes_free(&config);
	return size;
}

cstn_status cstn_perfect_order_serialize(
		const cstn_perfect_order *given, cstn_buffer **out, cstn_error **error)
{
	/* Closing stretches may name groups of mixed values; names are no part of what a state
	 * says. */
	cstn_perfect_order *state = (cstn_perfect_order *)(uintptr_t)given;
	size_t config_size;
	cstn__core counts;
	cstn_status status;
	writer to;

	if (!given || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				given ? "out" : "state");
	if (cstn__core_unpack(state, &state->core))
		return cstn__fail_nomem(error);
	memset(&to, 0, sizeof(to));
	to.state = given;
	to.counts = &counts;
	to.segments = state->core.segments.items;
	to.n_segments = state->core.segments.count;
	cstn__core_init(&counts, &state->allocator);
	cstn__bytes_init(&to.out, &state->allocator);
	config_size = config_bytes(state, &status);
	if (status == CSTN_OK)
		status = cstn__core_copy_counts(&counts, &state->core, state->registry.cells.count);
	if (status == CSTN_OK && state->clustering == CSTN_CLUSTERING_WHOLE_ORDERS) {
		status = cstn__core_check_apart(state, &state->core, NULL);
		if (status == CSTN_OK)
			status = cstn__core_close_segments(
					state, &counts, to.segments, to.n_segments, NULL);
		counts.broken = counts.broken || status == CSTN_E_NOT_CLUSTERED;
		status = status == CSTN_E_NOT_CLUSTERED ? CSTN_OK : status;
		to.n_segments = 0;
	}
	if (status == CSTN_OK)
		status = number_groups(&to);
	if (status == CSTN_OK)
		status = put_body(&to, counts.broken);
	status = status == CSTN_OK
				 ? cstn__envelope_close(&envelope, &to.out, config_size, out, error)
				 : cstn__fail_nomem(error);
	cstn__bytes_free(&to.out);
	cstn__free(&state->allocator, to.groups,
			cstn__array_size(to.n_cells + 1, sizeof(*to.groups)));
	cstn__free(&state->allocator, to.group_of, (to.n_cells + 1) * sizeof(*to.group_of));
	cstn__core_free(&counts);
	return status;
}
