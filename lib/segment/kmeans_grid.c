/* A grid with at most so many cells, whose width is a function of the rows alone: the finest of the
 * widths 2^-24, 2^-23, ... at which all rows lie in no more cells than that.
 *
 * Rows go into cells of the width there is; when there is one cell too many, the finest wider one
 * that holds all cells so far is found, and cells merge. A part of the rows never needs wider cells
 * than all of them, so neither the order of rows nor the way parts are merged changes the width at
 * the end; what a cell holds is whole numbers, so nothing else does either (clustering features:
 * Zhang, Ramakrishnan and Livny 1996; here of cells that do not depend on the order).
 *
 * Sums cannot overflow: values reach 2^31 in size and weights together 2^32 - 1, so that a sum is
 * below 2^63 and a square sum over 16 features below 2^98. Cost: about 60 ns a row once cells
 * outgrow the cache; a change of width is six passes over the cells. */
#include "segment/kmeans_grid.h"

#include <string.h>

#include "base/hash.h"
#include "base/sort.h"

#define AHEAD 12      /* rows whose cells are on their way from memory */
#define BATCH 256     /* rows hashed at once */
#define FEWEST 64     /* cells at first */
#define HASH_SEED 271 /* hashes of grids are their own */
#define HALF INT64_C(2147483648)

void cstn__grid_init(cstn__grid *grid, size_t d, size_t most, int32_t shift,
		const cstn_allocator *allocator)
{
	size_t size = sizeof(cstn__grid_cell) + d * (sizeof(int64_t) + sizeof(uint32_t));

	memset(grid, 0, sizeof(*grid));
	grid->allocator = *allocator;
	grid->d = d;
	grid->most = most;
	grid->shift = shift;
	grid->stride = (size + 15) / 16 * 16;
}

void cstn__grid_free(cstn__grid *grid)
{
	cstn__free(&grid->allocator, grid->cells, grid->capacity * grid->stride);
	cstn__free(&grid->allocator, grid->slots, grid->n_slots * sizeof(*grid->slots));
	grid->cells = NULL;
	grid->slots = NULL;
	grid->count = grid->capacity = grid->n_slots = 0;
}

/* --- finding a cell --------------------------------------------------------------------------- */

/* A key as it is in cells wider by `by` bits. */
static inline uint32_t widened(uint32_t key, int32_t by)
{
	return (uint32_t)((uint64_t)key >> by);
}

static inline int same_key(
		const uint32_t *cell, int32_t cell_by, const uint32_t *key, int32_t by, size_t d)
{
	size_t l;

	for (l = 0; l < d; l++)
		if (widened(cell[l], cell_by) != widened(key[l], by))
			return 0;
	return 1;
}

static uint64_t hash_key(const uint32_t *key, int32_t by, size_t d)
{
	uint32_t all[CSTN__GRID_FEATURES];
	size_t l;

	for (l = 0; l < d; l++)
		all[l] = widened(key[l], by);
	return cstn__hash64(HASH_SEED, all, d * sizeof(*all));
}

/* The slot of the cell that is `key` without its last `by` bits, or the empty one where it goes.
 * `cell_by` are the bits that cells have too many. */
static cstn__grid_slot *find_slot(const cstn__grid *grid, int32_t cell_by, const uint32_t *key,
		int32_t by, uint64_t hash)
{
	size_t mask = grid->n_slots - 1, at = (size_t)hash & mask;
	uint32_t tag = (uint32_t)(hash >> 32);

	for (;; at = (at + 1) & mask) {
		cstn__grid_slot *slot = &grid->slots[at];

		if (!slot->cell)
			return slot;
		if (slot->hash == tag &&
				same_key(cstn__grid_key(grid, cstn__grid_at(grid, slot->cell - 1)),
						cell_by, key, by, grid->d))
			return slot;
	}
}

static void take_slot(cstn__grid_slot *slot, uint64_t hash, size_t cell)
{
	slot->hash = (uint32_t)(hash >> 32);
	slot->cell = (uint32_t)cell + 1;
}

static void clear_slots(cstn__grid *grid)
{
	if (grid->n_slots)
		memset(grid->slots, 0, grid->n_slots * sizeof(*grid->slots));
}

/* --- wider cells ------------------------------------------------------------------------------ */

void cstn__grid_add_cell(cstn__grid_cell *into, const cstn__grid_cell *from, size_t d)
{
	size_t l;

	into->square += from->square;
	into->rows += from->rows;
	into->weight += from->weight;
	for (l = 0; l < d; l++)
		into->sums[l] += from->sums[l];
}

/* Cells wider by `by` bits, 0 too: equal ones become one, those without rows go. In place: a cell
 * never moves back. */
static void widen(cstn__grid *grid, int32_t by)
{
	size_t i, kept = 0, l;

	clear_slots(grid);
	for (i = 0; i < grid->count; i++) {
		cstn__grid_cell *cell = cstn__grid_at(grid, i), *place;
		uint32_t *key = cstn__grid_key(grid, cell);
		cstn__grid_slot *slot;
		uint64_t hash;

		if (!cell->weight)
			continue;
		for (l = 0; l < grid->d; l++)
			key[l] = widened(key[l], by);
		hash = hash_key(key, 0, grid->d);
		slot = find_slot(grid, 0, key, 0, hash);
		if (slot->cell) {
			cstn__grid_add_cell(cstn__grid_at(grid, slot->cell - 1), cell, grid->d);
			continue;
		}
		place = cstn__grid_at(grid, kept);
		if (place != cell)
			memcpy(place, cell, grid->stride);
		take_slot(slot, hash, kept++);
	}
	grid->count = kept;
	grid->shift += by;
}

/* How many cells there would be. The slots are used up. */
static size_t count_widened(cstn__grid *grid, int32_t by)
{
	size_t i, n = 0;

	clear_slots(grid);
	for (i = 0; i < grid->count; i++) {
		const uint32_t *key = cstn__grid_key(grid, cstn__grid_at(grid, i));
		uint64_t hash = hash_key(key, by, grid->d);
		cstn__grid_slot *slot = find_slot(grid, by, key, by, hash);

		if (!slot->cell) {
			take_slot(slot, hash, i);
			n++;
		}
	}
	return n;
}

/* The least widening with which there is room: their number falls as cells widen. */
static void make_room(cstn__grid *grid)
{
	int32_t least = 1, most = CSTN__GRID_SHIFTS - grid->shift;

	if (grid->count <= grid->most)
		return;
	while (least < most) {
		int32_t middle = least + (most - least) / 2;

		if (count_widened(grid, middle) <= grid->most)
			most = middle;
		else
			least = middle + 1;
	}
	widen(grid, least);
}

/* --- rows ------------------------------------------------------------------------------------- */

/* At least `cells` of them, but never more than one too many. */
static int grow(cstn__grid *grid, size_t cells)
{
	size_t capacity = grid->capacity ? grid->capacity : FEWEST, n_slots = 2 * FEWEST;
	cstn__grid_slot *slots;
	uint8_t *moved;

	cells = cells <= grid->most ? cells : grid->most + 1;
	if (cells <= grid->capacity)
		return 0;
	while (capacity < cells)
		capacity *= 2;
	if (capacity > grid->most + 1)
		capacity = grid->most + 1;
	while (n_slots < 2 * capacity)
		n_slots *= 2;
	if (n_slots > grid->n_slots) {
		slots = cstn__alloc(&grid->allocator, n_slots * sizeof(*slots));
		if (!slots)
			return -1;
		cstn__free(&grid->allocator, grid->slots, grid->n_slots * sizeof(*slots));
		grid->slots = slots;
		grid->n_slots = n_slots;
		widen(grid, 0);
	}
	moved = cstn__realloc(&grid->allocator, grid->cells, grid->capacity * grid->stride,
			capacity * grid->stride);
	if (!moved)
		return -1;
	grid->cells = moved;
	grid->capacity = capacity;
	return 0;
}

cstn__grid_cell *cstn__grid_append(cstn__grid *grid)
{
	cstn__grid_cell *cell;

	if (grow(grid, grid->count + 1))
		return NULL;
	cell = cstn__grid_at(grid, grid->count++);
	memset(cell, 0, grid->stride);
	return cell;
}

/* The cell of a key without its last `by` bits, made if need be; there is room. */
static cstn__grid_cell *cell_of(cstn__grid *grid, const uint32_t *key, int32_t by, uint64_t hash)
{
	cstn__grid_slot *slot = find_slot(grid, 0, key, by, hash);
	cstn__grid_cell *cell;
	size_t l;

	if (slot->cell)
		return cstn__grid_at(grid, slot->cell - 1);
	take_slot(slot, hash, grid->count);
	cell = cstn__grid_at(grid, grid->count++);
	memset(cell, 0, grid->stride);
	for (l = 0; l < grid->d; l++)
		cstn__grid_key(grid, cell)[l] = widened(key[l], by);
	return cell;
}

static void add_row(cstn__grid_cell *cell, const uint32_t *places, uint32_t weight, size_t d)
{
	cstn__u128 square = 0;
	size_t l;

	cell->rows++;
	cell->weight += weight;
	for (l = 0; l < d; l++) {
		int64_t value = cstn__grid_value(places[l]);

		cell->sums[l] += value * weight;
		square += (uint64_t)(value * value);
	}
	cell->square += (cstn__i128)(square * weight);
}

/* Ask for what will be looked at: the slots of a row, and the cell of one that comes sooner. */
static void look_ahead(const cstn__grid *grid, const uint64_t *hashes, size_t i, size_t n)
{
	size_t mask = grid->n_slots - 1;

	if (i + 2 * AHEAD < n)
		__builtin_prefetch(&grid->slots[hashes[i + 2 * AHEAD] & mask]);
	if (i + AHEAD < n) {
		const cstn__grid_slot *slot = &grid->slots[hashes[i + AHEAD] & mask];

		if (slot->cell) {
			const uint8_t *cell = grid->cells + (slot->cell - 1) * grid->stride;

			__builtin_prefetch(cell, 1);
			__builtin_prefetch(cell + 64, 1);
		}
	}
}

/* Rows up to the first after which cells were widened; how many were added. */
static size_t add_some(cstn__grid *grid, const uint32_t *places, const uint32_t *weights, size_t n)
{
	uint64_t hashes[BATCH];
	size_t d = grid->d, i;

	for (i = 0; i < n; i++)
		hashes[i] = hash_key(places + i * d, grid->shift, d);
	for (i = 0; i < n; i++) {
		uint32_t weight = weights ? weights[i] : 1;

		look_ahead(grid, hashes, i, n);
		if (!weight)
			continue;
		if (grow(grid, grid->count + 1))
			return 0;
		add_row(cell_of(grid, places + i * d, grid->shift, hashes[i]), places + i * d,
				weight, d);
		if (grid->count > grid->most) {
			make_room(grid);
			return i + 1;
		}
	}
	return n;
}

int cstn__grid_add(cstn__grid *grid, const uint32_t *places, const uint32_t *weights, size_t n)
{
	size_t i = 0, done;

	if (grow(grid, grid->count + 1))
		return -1;
	while (i < n) {
		done = add_some(grid, places + i * grid->d, weights ? weights + i : NULL,
				n - i < BATCH ? n - i : BATCH);
		if (!done)
			return -1;
		i += done;
	}
	return 0;
}

/* --- grids ------------------------------------------------------------------------------------ */

int cstn__grid_reserve(cstn__grid *grid, const cstn__grid *from)
{
	return grow(grid, grid->count + from->count);
}

void cstn__grid_merge(cstn__grid *into, const cstn__grid *from)
{
	size_t i;

	if (into->shift < from->shift)
		widen(into, from->shift - into->shift);
	for (i = 0; i < from->count; i++) {
		cstn__grid_cell *cell = cstn__grid_at(from, i);
		const uint32_t *key = cstn__grid_key(from, cell);
		int32_t by = into->shift - from->shift;

		cstn__grid_add_cell(
				cell_of(into, key, by, hash_key(key, by, from->d)), cell, from->d);
		make_room(into);
	}
}

/* Sums of a cell less those of another; beyond int64 they wrap, and come back when added. */
static void lose(cstn__grid_cell *cell, const cstn__grid_cell *lost, size_t d, int sign)
{
	size_t l;

	cell->square -= sign * lost->square;
	cell->rows -= (uint32_t)sign * lost->rows;
	cell->weight -= (uint32_t)sign * lost->weight;
	for (l = 0; l < d; l++)
		cell->sums[l] = (int64_t)((uint64_t)cell->sums[l] -
					  (uint64_t)sign * (uint64_t)lost->sums[l]);
}

/* The cell in `into` where one of another grid belongs, or NULL. */
static cstn__grid_cell *same_cell(const cstn__grid *into, const cstn__grid *from, size_t i)
{
	const uint32_t *key = cstn__grid_key(from, cstn__grid_at(from, i));
	const cstn__grid_slot *slot;

	if (!into->count)
		return NULL;
	slot = find_slot(into, 0, key, 0, hash_key(key, 0, from->d));
	return slot->cell ? cstn__grid_at(into, slot->cell - 1) : NULL;
}

int cstn__grid_subtract(cstn__grid *into, const cstn__grid *from)
{
	size_t i;

	for (i = 0; i < from->count; i++) {
		const cstn__grid_cell *lost = cstn__grid_at(from, i);
		cstn__grid_cell *cell = same_cell(into, from, i);

		if (!cell || cell->rows < lost->rows || cell->weight < lost->weight)
			break;
		lose(cell, lost, into->d, 1);
		if (!cstn__grid_possible(into, cell, cstn__grid_key(into, cell))) {
			lose(cell, lost, into->d, -1);
			break;
		}
	}
	if (i == from->count) {
		widen(into, 0); /* cells without rows go */
		return 0;
	}
	while (i-- > 0)
		lose(same_cell(into, from, i), cstn__grid_at(from, i), into->d, -1);
	return -1;
}

void cstn__grid_index(cstn__grid *grid)
{
	widen(grid, 0);
}

/* --- what a cell says ------------------------------------------------------------------------- */

typedef struct ordering {
	const cstn__grid *grid;
} ordering;

static int compare_keys(const void *left, const void *right, void *context)
{
	const cstn__grid *grid = ((const ordering *)context)->grid;
	const uint32_t *a = cstn__grid_key(grid, cstn__grid_at(grid, *(const uint32_t *)left));
	const uint32_t *b = cstn__grid_key(grid, cstn__grid_at(grid, *(const uint32_t *)right));
	size_t l;

	for (l = 0; l < grid->d; l++)
		if (a[l] != b[l])
			return a[l] < b[l] ? -1 : 1;
	return 0;
}

void cstn__grid_order(const cstn__grid *grid, uint32_t *out)
{
	ordering how = {grid};
	size_t i;

	for (i = 0; i < grid->count; i++)
		out[i] = (uint32_t)i;
	cstn__sort(out, grid->count, sizeof(*out), compare_keys, &how);
}

void cstn__grid_bounds(const cstn__grid *grid, const uint32_t *key, size_t l, int64_t *least,
		int64_t *most)
{
	int64_t from = (int64_t)((uint64_t)key[l] << grid->shift);
	int64_t last = from + (int64_t)((UINT64_C(1) << grid->shift) - 1);

	*least = last == UINT32_MAX && !grid->shift ? HALF : from - HALF;
	*most = last == UINT32_MAX ? HALF : last - HALF;
}

/* square - |sums|^2 / weight, as a whole number and a fraction of the weight below 16 */
static cstn__i128 within_parts(const cstn__grid_cell *cell, size_t d, uint64_t *fraction)
{
	cstn__i128 whole = cell->square;
	size_t l;

	*fraction = 0;
	for (l = 0; l < d; l++) {
		cstn__u128 square = (cstn__u128)cstn__wide_multiply(cell->sums[l], cell->sums[l]);

		whole -= (cstn__i128)(square / cell->weight);
		*fraction += (uint64_t)(square % cell->weight);
	}
	return whole;
}

double cstn__grid_within(const cstn__grid_cell *cell, size_t d)
{
	uint64_t fraction;
	cstn__i128 whole;

	if (!cell->weight)
		return 0.0;
	whole = within_parts(cell, d, &fraction);
	whole -= fraction / cell->weight;
	fraction %= cell->weight;
	return fraction ? (double)(whole - 1) + (double)(cell->weight - fraction) /
								(double)cell->weight
			: (double)whole;
}

int cstn__grid_possible(const cstn__grid *grid, const cstn__grid_cell *cell, const uint32_t *key)
{
	cstn__i128 weight = cell->weight, most = 0;
	uint64_t fraction;
	size_t l;

	if (cell->weight < cell->rows || (cell->weight && !cell->rows))
		return 0;
	for (l = 0; l < grid->d; l++) {
		cstn__i128 sum = cell->sums[l];
		int64_t from, to;

		cstn__grid_bounds(grid, key, l, &from, &to);
		if (sum < weight * from || sum > weight * to)
			return 0;
		/* (v - from)(to - v) >= 0 for every value v */
		most += sum * ((cstn__i128)from + to) - weight * from * to;
	}
	if (cell->square > most)
		return 0;
	if (!cell->weight)
		return cell->square == 0;
	return within_parts(cell, grid->d, &fraction) >=
	       (cstn__i128)((fraction + cell->weight - 1) / cell->weight);
}

int cstn__grid_key_of(const cstn__grid *grid, const cstn__grid_cell *cell, uint32_t *key)
{
	size_t l;

	for (l = 0; l < grid->d; l++) {
		int64_t weight = cell->weight, mean = cell->sums[l] / weight;
		int64_t place;

		if (cell->sums[l] % weight < 0)
			mean--;
		if (mean < -HALF || mean > HALF)
			return -1;
		place = mean + HALF;
		key[l] = widened(place > UINT32_MAX ? UINT32_MAX : (uint32_t)place, grid->shift);
	}
	return 0;
}
