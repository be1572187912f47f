#ifndef CSTN_SEGMENT_KMEANS_GRID_H
#define CSTN_SEGMENT_KMEANS_GRID_H

#include "base/alloc.h"
#include "base/checked.h"

/* Packed rows summed up in the cells of a grid. A packed value is a whole number v of 2^-24, |v| <=
 * 2^31; its place is v + 2^31, at most 2^32 - 1, and the cell of a row is its places without their
 * last `shift` bits. */

#define CSTN__GRID_FINEST 24 /* level = 24 - shift: cells are 2^-level wide */
#define CSTN__GRID_SHIFTS 32 /* with that one there is one cell */
#define CSTN__GRID_FEATURES 16
#define CSTN__GRID_CELLS (1 << 20)

/* What one cell holds; its d places without the bits of the shift lie behind the sums. */
typedef struct cstn__grid_cell {
	cstn__i128 square; /* of all values of all rows, by weight */
	uint32_t rows, weight;
	int64_t sums[]; /* d, by weight */
} cstn__grid_cell;

typedef struct cstn__grid_slot {
	uint32_t hash;
	uint32_t cell; /* its number + 1; 0: none */
} cstn__grid_slot;

typedef struct cstn__grid {
	cstn_allocator allocator;
	size_t d, stride, most;
	size_t count, capacity, n_slots;
	uint8_t *cells;
	cstn__grid_slot *slots; /* twice as many as cells, or more */
	int32_t shift, reserved;
} cstn__grid;

void cstn__grid_init(cstn__grid *grid, size_t d, size_t most, int32_t shift,
		const cstn_allocator *allocator);
void cstn__grid_free(cstn__grid *grid);

static inline cstn__grid_cell *cstn__grid_at(const cstn__grid *grid, size_t i)
{
	return (cstn__grid_cell *)(void *)(grid->cells + i * grid->stride);
}
static inline uint32_t *cstn__grid_key(const cstn__grid *grid, cstn__grid_cell *cell)
{
	return (uint32_t *)(void *)(cell->sums + grid->d);
}
/* The place of a packed value, and back. No packed value is 2^31 - 1 (a float32 has 24 bits), so
 * the last place stands for 2^31. */
static inline uint32_t cstn__grid_place(double z)
{
	int64_t place = (int64_t)(z * 16777216.0) + INT64_C(2147483648);

	return place > UINT32_MAX ? UINT32_MAX : (uint32_t)place;
}
static inline int64_t cstn__grid_value(uint32_t place)
{
	return (int64_t)place - INT64_C(2147483648) + (place == UINT32_MAX);
}

/* Rows by their places, row by row, d each. weights NULL: all 1; 0: no row. The weights of all rows
 * of a grid are at most 2^32 - 1 together. 0, or -1 when out of memory. */
int cstn__grid_add(cstn__grid *grid, const uint32_t *places, const uint32_t *weights, size_t n);
/* Room for what a merge brings: 0, or -1 when out of memory. Then the merge cannot fail. */
int cstn__grid_reserve(cstn__grid *grid, const cstn__grid *from);
void cstn__grid_merge(cstn__grid *into, const cstn__grid *from);
/* 0, or -1 and nothing changed: `into` cannot hold these rows. Both are of one shift. */
int cstn__grid_subtract(cstn__grid *into, const cstn__grid *from);
/* An empty cell behind the others, whose key is to be set; NULL when out of memory. */
cstn__grid_cell *cstn__grid_append(cstn__grid *grid);
/* After cells were appended. */
void cstn__grid_index(cstn__grid *grid);

/* into += from */
void cstn__grid_add_cell(cstn__grid_cell *into, const cstn__grid_cell *from, size_t d);
/* Numbers of the cells in the order of their keys. */
void cstn__grid_order(const cstn__grid *grid, uint32_t *out);
/* The least and the greatest value that a cell holds in dimension l. */
void cstn__grid_bounds(const cstn__grid *grid, const uint32_t *key, size_t l, int64_t *least,
		int64_t *most);
/* 1 if the sums of a cell with this key could be those of rows. */
int cstn__grid_possible(const cstn__grid *grid, const cstn__grid_cell *cell, const uint32_t *key);
/* The key of the cell that rows with such sums are in: 0, or -1 if they are in none. */
int cstn__grid_key_of(const cstn__grid *grid, const cstn__grid_cell *cell, uint32_t *key);
/* Sum of squared distances to the mean: square - |sums|^2 / weight, rounded once, in 2^-48. */
double cstn__grid_within(const cstn__grid_cell *cell, size_t d);

#endif
