/* Open orders in 16 bytes: integer ids of lines that are nothing special, which are most.
 *
 * A partition's packed orders are an open-addressing table of their own: no index beside it, so
 * that finding an order is one look into memory. What does not fit 16 bytes (a reason why a line
 * was left out, half a million lines) lives among the partition's records; a mark in the table then
 * says so, and an order is in one of both places only. Packing is a form, not a meaning: everything
 * that is not in a hurry unpacks the partition first. Cost: 5 ns a run in a table that fits the
 * cache. */
#include <string.h>

#include "base/error.h"
#include "fulfilment/perfect_order_state.h"

#define MOVED 1u /* bits of an order that is among the records: no lines of its own */
#define LINES_SHIFT 13
#define MARKS ((1u << LINES_SHIFT) - 1)
#define AHEAD 12

void cstn__unpack_run(const cstn__packed_run *packed, cstn__run *out)
{
	cstn__unit_init(&out->unit);
	out->id = packed->id;
	out->cell = packed->cell;
	out->text_len = 0;
	out->unit.pattern = packed->bits & 15;
	out->unit.unassessed = packed->bits >> 4 & 15;
	out->unit.flags = packed->bits >> 8 & 31;
	out->unit.lines = packed->bits >> LINES_SHIFT;
}

int cstn__run_packs(const cstn__run *run)
{
	return !(run->unit.flags & CSTN__UNIT_DROPPED) && !run->unit.expected &&
	       run->unit.lines <= CSTN__PACKED_LINES;
}

void cstn__pack_run(const cstn__run *run, cstn__packed_run *out)
{
	out->id = run->id;
	out->cell = run->cell;
	out->bits = run->unit.pattern | (uint32_t)run->unit.unassessed << 4 |
		    (uint32_t)run->unit.flags << 8 | run->unit.lines << LINES_SHIFT;
}

/* The place of an id, or the empty one where it would be. There is room. */
static inline cstn__packed_run *find(const cstn__units *units, int64_t id)
{
	size_t mask = units->packed_capacity - 1, at = cstn__number_hash(id) & mask;

	while (units->packed[at].bits && units->packed[at].id != id)
		at = (at + 1) & mask;
	return &units->packed[at];
}

static int resize(cstn__units *units, const cstn_allocator *allocator, size_t capacity)
{
	cstn__packed_run *old = units->packed;
	size_t n = units->packed_capacity, i;
	cstn__packed_run *items =
			cstn__alloc_zero(allocator, cstn__array_size(capacity, sizeof(*items)));

	if (!items)
		return -1;
	units->packed = items;
	units->packed_capacity = capacity;
	for (i = 0; i < n; i++)
		if (old[i].bits)
			*find(units, old[i].id) = old[i];
	cstn__free(allocator, old, n * sizeof(*old));
	return 0;
}

/* Room for `extra` more. */
static int make_room(cstn__units *units, const cstn_allocator *allocator, size_t extra)
{
	size_t need = units->packed_count + extra,
	       capacity = units->packed_capacity ? units->packed_capacity : 16;

	if (need * 2 <= units->packed_capacity)
		return 0;
	while (need * 2 > capacity)
		capacity *= 2;
	return resize(units, allocator, capacity);
}

/* The order of a place goes among the records. */
static int move_out(cstn_perfect_order *state, cstn__units *units, cstn__packed_run *at)
{
	cstn__run run;

	cstn__unpack_run(at, &run);
	if (cstn__units_add(state, units, &run, NULL, 0) == UINT32_MAX)
		return -1;
	at->bits = MOVED;
	return 0;
}

/* Same order, but another group, or too many lines to add up in place. */
static int merge_unlike(cstn_perfect_order *state, cstn__units *units, cstn__packed_run *at,
		const cstn__packed_run *from)
{
	cstn__run into, run;

	cstn__unpack_run(at, &into);
	cstn__unpack_run(from, &run);
	if (cstn__run_merge(state, &into, &run))
		return -1;
	if (cstn__run_packs(&into)) {
		cstn__pack_run(&into, at);
		return 0;
	}
	if (cstn__units_add(state, units, &into, NULL, 0) == UINT32_MAX)
		return -1;
	at->bits = MOVED;
	return 0;
}

static inline uint32_t merged_bits(uint32_t a, uint32_t b)
{
	return ((a | b) & MARKS) | ((a >> LINES_SHIFT) + (b >> LINES_SHIFT)) << LINES_SHIFT;
}

static inline int are_alike(const cstn__packed_run *a, const cstn__packed_run *b)
{
	return a->cell == b->cell &&
	       (a->bits >> LINES_SHIFT) + (b->bits >> LINES_SHIFT) <= CSTN__PACKED_LINES;
}

int cstn__units_add_packed(cstn_perfect_order *state, cstn__units *units,
		const cstn__packed_run *runs, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		cstn__packed_run *at;
		cstn__run run;

		if (make_room(units, &state->allocator, 1))
			return -1;
		if (i + AHEAD < n)
			__builtin_prefetch(&units->packed[cstn__number_hash(runs[i + AHEAD].id) &
							  (units->packed_capacity - 1)]);
		at = find(units, runs[i].id);
		if (!at->bits) {
			*at = runs[i];
			units->packed_count++;
		} else if (at->bits == MOVED) {
			cstn__unpack_run(&runs[i], &run);
			if (cstn__units_add(state, units, &run, NULL, 0) == UINT32_MAX)
				return -1;
		} else if (are_alike(at, &runs[i])) {
			at->bits = merged_bits(at->bits, runs[i].bits);
		} else if (merge_unlike(state, units, at, &runs[i])) {
			return -1;
		}
	}
	return 0;
}

int cstn__units_move_packed(cstn_perfect_order *state, cstn__units *units, int64_t id)
{
	cstn__packed_run *at;

	if (make_room(units, &state->allocator, 1))
		return -1;
	at = find(units, id);
	if (at->bits == MOVED)
		return 0;
	if (at->bits)
		return move_out(state, units, at);
	at->id = id;
	at->bits = MOVED;
	units->packed_count++;
	return 0;
}

int cstn__units_unpack(cstn_perfect_order *state, cstn__units *units)
{
	size_t i;

	for (i = 0; i < units->packed_capacity; i++)
		if (units->packed[i].bits > MOVED && move_out(state, units, &units->packed[i]))
			return -1;
	cstn__free(&state->allocator, units->packed,
			units->packed_capacity * sizeof(*units->packed));
	units->packed = NULL;
	units->packed_capacity = units->packed_count = 0;
	return 0;
}

int cstn__core_unpack(cstn_perfect_order *state, cstn__core *core)
{
	size_t i;

	for (i = 0; core->units && i < CSTN__PARTITIONS; i++)
		if (core->units[i].packed_count && cstn__units_unpack(state, &core->units[i]))
			return -1;
	return 0;
}

/* --- absorbing: what can fail first, then what cannot ------------------------------------------
 */

static int is_pure(const cstn__units *units)
{
	return units->runs.count == units->freed.count;
}

/* The groups that orders of both will have, which may need names; 1 = an order has too many lines
 * to stay packed, -1 = out of memory. */
static int find_groups(cstn_perfect_order *state, const cstn__units *into, cstn__units *from)
{
	cstn__run a, b;
	size_t i;

	for (i = 0; into->packed_count && i < from->packed_capacity; i++) {
		cstn__packed_run *run = &from->packed[i], *at;

		if (!run->bits)
			continue;
		at = find(into, run->id);
		if (!at->bits || are_alike(at, run))
			continue;
		cstn__unpack_run(at, &a);
		cstn__unpack_run(run, &b);
		if (cstn__run_merge(state, &a, &b))
			return -1;
		if (!cstn__run_packs(&a))
			return 1;
		run->cell = a.cell;
	}
	return 0;
}

int cstn__units_prepare_packed(cstn_perfect_order *state, cstn__units *into, cstn__units *from)
{
	int found = is_pure(into) && is_pure(from) ? find_groups(state, into, from) : 1;

	if (found > 0)
		return cstn__units_unpack(state, into) || cstn__units_unpack(state, from) ? -1 : 0;
	return found < 0 || (from->packed_count &&
					    make_room(into, &state->allocator, from->packed_count))
			       ? -1
			       : 0;
}

void cstn__units_absorb_packed(cstn__units *into, const cstn__units *from)
{
	size_t i;

	for (i = 0; i < from->packed_capacity; i++) {
		const cstn__packed_run *run = &from->packed[i];
		cstn__packed_run *at;

		if (!run->bits)
			continue;
		at = find(into, run->id);
		if (!at->bits) {
			*at = *run;
			into->packed_count++;
			continue;
		}
		at->cell = run->cell;
		at->bits = merged_bits(at->bits, run->bits);
	}
}

/* --- closing -----------------------------------------------------------------------------------
 */

static cstn_status close_partition(cstn_perfect_order *state, cstn__core *core,
		const cstn__units *units, uint32_t *hot, size_t n_cells)
{
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; i < units->packed_capacity && status == CSTN_OK; i++) {
		const cstn__packed_run *packed = &units->packed[i];
		cstn__run run;

		if (packed->bits <= MOVED)
			continue;
		if (hot && (packed->bits >> 4 & 0x1ff) == CSTN__UNIT_KEPT << 4) {
			hot[(packed->bits & 15) * n_cells + packed->cell]++;
			continue;
		}
		cstn__unpack_run(packed, &run);
		status = cstn__core_close(state, core, &run, NULL, NULL, 0);
	}
	return status;
}

static cstn_status add_hot(cstn__core *core, uint32_t *hot, size_t n_cells)
{
	size_t cell, p;

	for (p = 0; p < 16; p++)
		for (cell = 0; cell < n_cells; cell++) {
			uint32_t *units = &hot[p * n_cells + cell];

			if (!*units)
				continue;
			if (cstn__core_reserve_cell(core, (uint32_t)cell) != CSTN_OK)
				return CSTN_E_NOMEM;
			cstn__core_counts(core, (uint32_t)cell)->pattern[p] += *units;
			*units = 0;
		}
	return CSTN_OK;
}

cstn_status cstn__core_close_packed(cstn_perfect_order *state, cstn__core *core)
{
	const cstn__units *units = state->core.units;
	size_t n_cells = state->registry.cells.count, n = 0, i;
	size_t size = cstn__array_size(n_cells, 16 * sizeof(uint32_t));
	cstn_status status = CSTN_OK;
	uint32_t *hot = NULL;

	for (i = 0; units && i < CSTN__PARTITIONS; i++)
		n += units[i].packed_count;
	if (n == 0)
		return CSTN_OK;
	if (n >= n_cells && n < UINT32_MAX) { /* else a table by group is not worth its while */
		hot = cstn__alloc_zero(&state->allocator, size);
		if (!hot)
			return CSTN_E_NOMEM;
	}
	for (i = 0; i < CSTN__PARTITIONS && status == CSTN_OK; i++)
		status = close_partition(state, core, &units[i], hot, n_cells);
	if (status == CSTN_OK && hot)
		status = add_hot(core, hot, n_cells);
	cstn__free(&state->allocator, hot, size);
	return status;
}
