/* Counts of journeys: integers in one row of cells a segment, so that adding two states is adding
 * cells, and the same bytes come out of any split, order and number of threads. Paths are counted
 * under their first six steps packed into a number: two paths never share one. Waits are at most
 * the gap long, so their histograms end with its bucket. O(cells + paths). */
#include "customer/journey_counts.h"

#include <string.h>

#include "base/error.h"
#include "base/sort.h"

static cstn__journey_shape shape_of(const cstn_journey_definition *definition)
{
	cstn__journey_shape shape;
	size_t n = (size_t)definition->n_steps;

	shape.n = n;
	shape.buckets = (size_t)cstn__duration_bucket(definition->gap_us) + 1;
	shape.positions = CSTN__JOURNEY_SCALARS;
	shape.steps = shape.positions + 2 * CSTN_JOURNEY_POSITIONS;
	shape.moves = shape.steps + n * CSTN__STEP_CELLS;
	shape.backward = shape.moves + (n + 1) * (n + CSTN__JOURNEY_ENDS);
	shape.waits = shape.backward + n * n;
	shape.opens = shape.waits + n * shape.buckets;
	shape.durations = shape.opens + n * shape.buckets;
	shape.cells = shape.durations + CSTN__DURATION_BUCKETS;
	shape.sums = n + 1;
	return shape;
}

void cstn__journey_counts_init(cstn__journey_counts *counts,
		const cstn_journey_definition *definition, const cstn_allocator *allocator)
{
	memset(counts, 0, sizeof(*counts));
	counts->allocator = *allocator;
	counts->shape = shape_of(definition);
}

static void free_block(const cstn__journey_counts *counts, cstn__journey_block *block)
{
	const cstn_allocator *allocator = &counts->allocator;

	if (!block)
		return;
	cstn__free(allocator, block->cells, counts->shape.cells * sizeof(*block->cells));
	cstn__free(allocator, block->sums, counts->shape.sums * sizeof(*block->sums));
	cstn__i64_map_free(&block->map);
	cstn__array_free(allocator, &block->paths);
	cstn__free(allocator, block, sizeof(*block));
}

void cstn__journey_counts_free(cstn__journey_counts *counts)
{
	size_t i;

	for (i = 0; i < counts->blocks.count; i++)
		free_block(counts, counts->blocks.items[i]);
	cstn__array_free(&counts->allocator, &counts->blocks);
}

cstn__journey_block *cstn__journey_counts_block(cstn__journey_counts *counts, uint32_t segment)
{
	const cstn_allocator *allocator = &counts->allocator;
	size_t count = counts->blocks.count;
	cstn__journey_block *block;

	if (segment < count && counts->blocks.items[segment])
		return counts->blocks.items[segment];
	if (segment >= count) {
		size_t more = segment + 1 - count;

		if (cstn__array_reserve(allocator, &counts->blocks, more))
			return NULL;
		memset(counts->blocks.items + count, 0, more * sizeof(*counts->blocks.items));
		counts->blocks.count += more;
	}
	block = cstn__alloc_zero(allocator, sizeof(*block));
	if (!block)
		return NULL;
	cstn__i64_map_init(&block->map, allocator, 0);
	block->cells = cstn__alloc_zero(allocator, counts->shape.cells * sizeof(*block->cells));
	block->sums = cstn__alloc_zero(allocator, counts->shape.sums * sizeof(*block->sums));
	if (!block->cells || !block->sums) {
		free_block(counts, block);
		return NULL;
	}
	counts->blocks.items[segment] = block;
	return block;
}

cstn__journey_path *cstn__journey_block_path(
		const cstn__journey_counts *counts, cstn__journey_block *block, uint64_t key)
{
	uint32_t fresh = (uint32_t)block->paths.count, index;

	if (cstn__array_reserve(&counts->allocator, &block->paths, 1))
		return NULL;
	index = cstn__i64_map_intern(&block->map, (int64_t)key, fresh);
	if (index == UINT32_MAX)
		return NULL;
	if (index == fresh) {
		memset(&block->paths.items[fresh], 0, sizeof(*block->paths.items));
		block->paths.items[fresh].key = key;
		block->paths.count++;
	}
	return &block->paths.items[index];
}

static int by_key(const void *a, const void *b, void *context)
{
	const cstn__journey_path *x = a, *y = b;

	(void)context;
	return (x->key > y->key) - (x->key < y->key);
}

/* The map is of no use after that: only for blocks that are written out. */
void cstn__journey_block_sort(cstn__journey_block *block)
{
	cstn__sort(block->paths.items, block->paths.count, sizeof(*block->paths.items), by_key,
			NULL);
}

static cstn_status add_block(const cstn__journey_counts *counts, cstn__journey_block *into,
		const cstn__journey_block *from, cstn_error **error)
{
	int failed = cstn__add_each_i64(into->cells, from->cells, counts->shape.cells, into->cells);
	size_t i;

	for (i = 0; i < counts->shape.sums; i++)
		failed |= cstn__add_i128(into->sums[i], from->sums[i], &into->sums[i]);
	for (i = 0; i < from->paths.count; i++) {
		const cstn__journey_path *path = &from->paths.items[i];
		cstn__journey_path *sum = cstn__journey_block_path(counts, into, path->key);

		if (!sum)
			return cstn__fail_nomem(error);
		failed |= cstn__add_each_i64(
				sum->counts, path->counts, CSTN__JOURNEY_ENDS, sum->counts);
	}
	return failed ? cstn__fail(error, CSTN_E_OVERFLOW, "a count of journeys does not fit int64")
		      : CSTN_OK;
}

cstn_status cstn__journey_counts_add(cstn__journey_counts *into, const cstn__journey_counts *from,
		const uint32_t *segments, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; i < from->blocks.count && status == CSTN_OK; i++) {
		cstn__journey_block *block;

		if (!from->blocks.items[i])
			continue;
		block = cstn__journey_counts_block(into, segments ? segments[i] : (uint32_t)i);
		if (!block)
			return cstn__fail_nomem(error);
		status = add_block(into, block, from->blocks.items[i], error);
	}
	return status;
}

int64_t cstn__journey_entries(
		const cstn__journey_shape *shape, const cstn__journey_block *block, size_t step)
{
	int64_t sum = 0;
	size_t from;

	for (from = 0; from <= shape->n; from++)
		sum += *cstn__journey_move(shape, block, from, step);
	return sum;
}

int64_t cstn__journey_left(
		const cstn__journey_shape *shape, const cstn__journey_block *block, size_t step)
{
	int64_t sum = 0;
	size_t to;

	for (to = 0; to <= shape->n + CSTN__JOURNEY_GOAL; to++)
		sum += *cstn__journey_move(shape, block, step, to);
	return sum;
}
