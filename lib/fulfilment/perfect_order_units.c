/* Open units of a perfect-order state: one small record an order, in 256 hash tables by the top
 * bits of the key's hash, so that threads share nothing and a table stays in the cache. Open
 * addressing, linear probing, power of two, load <= 0.5.
 *
 * A unit only ever takes OR, minimum and sum, so the order of lines does not matter. Cost: about 15
 * ns a run of lines. */
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "fulfilment/perfect_order_state.h"

#define DELETED 1u
#define FIRST 2u

static const char *run_text(const cstn__run *run)
{
	return (const char *)(intptr_t)run->id;
}

uint64_t cstn__run_hash(const cstn__registry *registry, const cstn__run *run, int64_t sub)
{
	uint64_t hash;

	if (registry->key_type == CSTN_TYPE_TEXT)
		hash = cstn__hash64(CSTN__KEY_SEED, run_text(run), run->text_len);
	else
		hash = cstn__number_hash(run->id);
	return sub ? cstn__mix64(hash + (uint64_t)sub) : hash;
}

int cstn__run_compare(const cstn__registry *registry, const cstn__run *a, const cstn__run *b)
{
	size_t n;
	int order;

	if (registry->key_type != CSTN_TYPE_TEXT)
		return (a->id > b->id) - (a->id < b->id);
	n = a->text_len < b->text_len ? a->text_len : b->text_len;
	order = n ? memcmp(run_text(a), run_text(b), n) : 0;
	return order ? order : (a->text_len > b->text_len) - (a->text_len < b->text_len);
}

void cstn__run_wide_init(cstn__run_wide *wide)
{
	memset(wide, 0, sizeof(*wide));
}

int cstn__run_merge(cstn_perfect_order *state, cstn__run *into, const cstn__run *from)
{
	cstn__registry *registry = &state->registry;
	uint32_t code[CSTN__DIMENSIONS_MAX] = {0}, cell;
	size_t i;

	if (into->cell != from->cell && !cstn__state_is_each(state)) {
		pthread_mutex_lock(&registry->lock);
		for (i = 0; i < registry->n_dimensions; i++) {
			uint32_t a = registry->cells.items[into->cell].code[i];
			uint32_t b = registry->cells.items[from->cell].code[i];

			code[i] = a == b ? a : CSTN__CODE_MIXED;
		}
		cell = cstn__registry_cell(registry, code);
		pthread_mutex_unlock(&registry->lock);
		if (cell == UINT32_MAX)
			return -1;
		into->cell = cell;
	}
	cstn__unit_merge(&into->unit, &from->unit);
	return 0;
}

int cstn__cause_compare(const cstn__registry *registry, uint32_t a, uint32_t b)
{
	const struct cstn__interned *x = &registry->causes.items[a];
	const struct cstn__interned *y = &registry->causes.items[b];
	size_t n = x->len < y->len ? x->len : y->len;
	int order = n ? memcmp(x->text, y->text, n) : 0;

	return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* Is a before b? By time, then line, then cause text, then owner: a total order that no code number
 * enters. */
static int cause_before(
		cstn_perfect_order *state, const cstn__run_cause *a, const cstn__run_cause *b)
{
	int order = 0;

	if (a->fail_us != b->fail_us)
		return a->fail_us < b->fail_us;
	if (a->line != b->line)
		return a->line < b->line;
	if (a->cause != b->cause) {
		if (a->cause == UINT32_MAX || b->cause == UINT32_MAX)
			return b->cause == UINT32_MAX;
		pthread_mutex_lock(&state->registry.lock);
		order = cstn__cause_compare(&state->registry, a->cause, b->cause);
		pthread_mutex_unlock(&state->registry.lock);
	}
	return order ? order < 0 : a->owner < b->owner;
}

void cstn__wide_merge(cstn_perfect_order *state, cstn__run_wide *into, const cstn__run_wide *from)
{
	int i;

	into->weight += from->weight;
	into->credit += from->credit;
	into->lines_counted += from->lines_counted;
	into->lines_perfect += from->lines_perfect;
	for (i = 0; i < 4; i++) {
		if (!from->cause[i].set)
			continue;
		if (!into->cause[i].set || cause_before(state, &from->cause[i], &into->cause[i]))
			into->cause[i] = from->cause[i];
	}
}

static void place(uint32_t *slots, size_t capacity, uint64_t hash, uint32_t index)
{
	size_t at = hash & (capacity - 1);

	while (slots[at] >= FIRST)
		at = (at + 1) & (capacity - 1);
	slots[at] = index + FIRST;
}

static int64_t sub_of(const cstn__units *units, size_t index)
{
	return units->wide.count ? units->wide.items[index].sub : 0;
}

static int is_free(const cstn__run *run)
{
	return run->cell == UINT32_MAX;
}

static int rehash(const cstn__registry *registry, cstn__units *units,
		const cstn_allocator *allocator, size_t capacity)
{
	uint32_t *slots = cstn__alloc_zero(allocator, cstn__array_size(capacity, sizeof(*slots)));
	size_t i, live = 0;

	if (!slots)
		return -1;
	for (i = 0; i < units->runs.count; i++) {
		if (is_free(&units->runs.items[i]))
			continue;
		place(slots, capacity,
				cstn__run_hash(registry, &units->runs.items[i], sub_of(units, i)),
				(uint32_t)i);
		live++;
	}
	cstn__free(allocator, units->slots, units->capacity * sizeof(*slots));
	units->slots = slots;
	units->capacity = capacity;
	units->used = live;
	return 0;
}

int cstn__units_reserve(cstn__units *units, const cstn_allocator *allocator, size_t extra, int wide,
		size_t extra_pairs)
{
	if (cstn__array_reserve(allocator, &units->runs, extra))
		return -1;
	/* Once wide, always wide: older units get neutral values. */
	if ((wide || units->wide.count) && (units->wide.capacity < units->runs.count + extra) &&
			cstn__array_grow(allocator, (void **)&units->wide.items,
					&units->wide.capacity, units->runs.count + extra,
					sizeof(*units->wide.items)))
		return -1;
	if (extra_pairs && cstn__array_reserve(allocator, &units->pairs, extra_pairs))
		return -1;
	return 0;
}

static void widen(cstn__units *units)
{
	for (; units->wide.count < units->runs.count; units->wide.count++)
		cstn__run_wide_init(&units->wide.items[units->wide.count]);
}

static int make_room(cstn_perfect_order *state, cstn__units *units, int wide)
{
	const cstn_allocator *allocator = &state->allocator;

	if (!units->text_ready) {
		cstn__arena_init(&units->texts, allocator);
		units->text_ready = 1;
	}
	if (cstn__units_reserve(units, allocator, 1, wide, wide ? 1 : 0))
		return -1;
	if (wide && units->wide.count < units->runs.count)
		widen(units);
	if ((units->used + 1) * 2 > units->capacity) {
		size_t live = units->runs.count - units->freed.count;
		size_t capacity = units->capacity ? units->capacity : 16;

		while ((live + 1) * 2 > capacity || capacity < units->capacity / 4)
			capacity *= 2;
		if ((live + 1) * 4 > capacity)
			capacity *= 2;
		return rehash(&state->registry, units, allocator, capacity);
	}
	return 0;
}

static int same_key(const cstn__registry *registry, const cstn__units *units, size_t index,
		const cstn__run *run, int64_t sub)
{
	const cstn__run *other = &units->runs.items[index];

	if (sub_of(units, index) != sub)
		return 0;
	if (registry->key_type != CSTN_TYPE_TEXT)
		return other->id == run->id;
	return other->text_len == run->text_len &&
	       memcmp(run_text(other), run_text(run), run->text_len) == 0;
}

static int add_pair(cstn_perfect_order *state, cstn__units *units, uint32_t index, uint32_t cell)
{
	size_t n = units->pairs.count, i;

	/* Near repeats are caught here; the rest when the pairs are sorted. */
	for (i = n > 8 ? n - 8 : 0; i < n; i++)
		if (units->pairs.items[i].run == index && units->pairs.items[i].cell == cell)
			return 0;
	if (cstn__array_reserve(&state->allocator, &units->pairs, 1))
		return -1;
	units->pairs.items[units->pairs.count++] = (cstn__cell_pair){index, cell};
	return 0;
}

static uint32_t new_unit(cstn_perfect_order *state, cstn__units *units, const cstn__run *run,
		const cstn__run_wide *wide, int copy)
{
	cstn__run stored = *run;
	uint32_t index;

	if (copy && state->registry.key_type == CSTN_TYPE_TEXT) {
		char *text = cstn__arena_copy(&units->texts, run_text(run), run->text_len);

		if (!text)
			return UINT32_MAX;
		stored.id = (int64_t)(intptr_t)text;
	}
	if (units->freed.count) {
		index = units->freed.items[--units->freed.count];
	} else {
		index = (uint32_t)units->runs.count++;
		if (units->wide.count || wide)
			units->wide.count = units->runs.count;
	}
	units->runs.items[index] = stored;
	if (units->wide.count) {
		if (wide)
			units->wide.items[index] = *wide;
		else
			cstn__run_wide_init(&units->wide.items[index]);
	}
	return index;
}

uint32_t cstn__units_find(const cstn_perfect_order *state, const cstn__units *units,
		const cstn__run *run, int64_t sub)
{
	size_t at;

	if (!units->capacity)
		return UINT32_MAX;
	at = cstn__run_hash(&state->registry, run, sub) & (units->capacity - 1);
	for (; units->slots[at]; at = (at + 1) & (units->capacity - 1)) {
		uint32_t index = units->slots[at] - FIRST;

		if (units->slots[at] != DELETED &&
				same_key(&state->registry, units, index, run, sub))
			return index;
	}
	return UINT32_MAX;
}

uint32_t cstn__units_add(cstn_perfect_order *state, cstn__units *units, const cstn__run *run,
		const cstn__run_wide *wide, int copy_text)
{
	const cstn__registry *registry = &state->registry;
	int64_t sub = wide ? wide->sub : 0;
	size_t at, grave = SIZE_MAX;
	uint32_t index;

	if (make_room(state, units, wide != NULL))
		return UINT32_MAX;
	at = cstn__run_hash(registry, run, sub) & (units->capacity - 1);
	for (; units->slots[at]; at = (at + 1) & (units->capacity - 1)) {
		if (units->slots[at] == DELETED) {
			grave = grave == SIZE_MAX ? at : grave;
			continue;
		}
		index = units->slots[at] - FIRST;
		if (!same_key(registry, units, index, run, sub))
			continue;
		if (cstn__run_merge(state, &units->runs.items[index], run))
			return UINT32_MAX;
		if (wide)
			cstn__wide_merge(state, &units->wide.items[index], wide);
		if (cstn__state_is_each(state) && add_pair(state, units, index, run->cell))
			return UINT32_MAX;
		return index;
	}
	if (grave != SIZE_MAX)
		at = grave;
	index = new_unit(state, units, run, wide, copy_text);
	if (index == UINT32_MAX)
		return UINT32_MAX;
	if (cstn__state_is_each(state) && add_pair(state, units, index, run->cell)) {
		/* the unit has no slot yet: take it back */
		units->runs.items[index].cell = UINT32_MAX;
		return UINT32_MAX;
	}
	units->used += units->slots[at] == 0;
	units->slots[at] = index + FIRST;
	return index;
}

void cstn__units_remove(cstn_perfect_order *state, cstn__units *units, uint32_t index)
{
	const cstn__registry *registry = &state->registry;
	size_t at;

	/* Without room to note the free place the unit's record is kept as a dead one; nothing is
	 * lost but its bytes. */
	at = cstn__run_hash(registry, &units->runs.items[index], sub_of(units, index)) &
	     (units->capacity - 1);
	while (units->slots[at] != index + FIRST)
		at = (at + 1) & (units->capacity - 1);
	units->slots[at] = DELETED;
	units->runs.items[index].cell = UINT32_MAX;
	if (cstn__array_reserve(&state->allocator, &units->freed, 1) == 0)
		units->freed.items[units->freed.count++] = index;
}

void cstn__units_free(cstn__units *units, const cstn_allocator *allocator)
{
	cstn__array_free(allocator, &units->runs);
	cstn__array_free(allocator, &units->wide);
	cstn__array_free(allocator, &units->freed);
	cstn__array_free(allocator, &units->pairs);
	cstn__free(allocator, units->slots, units->capacity * sizeof(*units->slots));
	cstn__packed_log_free(&units->log, allocator);
	if (units->text_ready)
		cstn__arena_free(&units->texts);
	memset(units, 0, sizeof(*units));
}
