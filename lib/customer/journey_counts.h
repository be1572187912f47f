#ifndef CSTN_CUSTOMER_JOURNEY_COUNTS_H
#define CSTN_CUSTOMER_JOURNEY_COUNTS_H

#include "base/checked.h"
#include "customer/duration.h"
#include "customer/journey_definition.h"

/* How a journey stands: columns behind the steps of the transitions. */
#define CSTN__JOURNEY_GOAL 0
#define CSTN__JOURNEY_DROP 1
#define CSTN__JOURNEY_OPEN 2
#define CSTN__JOURNEY_ENDS 3

/* Cells of a whole block: journeys by how they stand, then these. */
#define CSTN__JOURNEY_EVENTS 3
#define CSTN__JOURNEY_BACKWARD 4
#define CSTN__JOURNEY_FAILED 5
#define CSTN__JOURNEY_SCALARS 6

/* Cells of a step. The last six count journeys that came here: all, ended and converted, with a
 * failure here, and without. */
enum cstn__journey_cell {
	CSTN__STEP_OUTSIDE,
	CSTN__STEP_FAILURES,
	CSTN__STEP_BLAMED,
	CSTN__STEP_JOURNEYS,
	CSTN__STEP_FAILED,
	CSTN__STEP_FAILED_CONVERTED,
	CSTN__STEP_PASSED,
	CSTN__STEP_PASSED_CONVERTED,
	CSTN__STEP_CELLS
};

/* Where the cells of a block lie. */
typedef struct cstn__journey_shape {
	size_t n;       /* steps */
	size_t buckets; /* of a wait: none is longer than the gap */
	size_t positions, steps, moves, backward, waits, opens, durations;
	size_t cells;
	size_t sums; /* of waits a step, then of converted journeys */
} cstn__journey_shape;

typedef struct cstn__journey_path {
	uint64_t key; /* steps + 1, a byte each from the top; lowest byte 1: it goes on */
	int64_t counts[CSTN__JOURNEY_ENDS];
} cstn__journey_path;

/* Journeys of one segment. */
typedef struct cstn__journey_block {
	int64_t *cells;
	cstn__i128 *sums;
	cstn__i64_map map; /* of keys to paths */
	CSTN__ARRAY(cstn__journey_path) paths;
} cstn__journey_block;

/* Journeys by segment: 0 is none. A block that is NULL has no journey and no event. */
typedef struct cstn__journey_counts {
	cstn_allocator allocator;
	cstn__journey_shape shape;
	CSTN__ARRAY(cstn__journey_block *) blocks;
} cstn__journey_counts;

void cstn__journey_counts_init(cstn__journey_counts *counts,
		const cstn_journey_definition *definition, const cstn_allocator *allocator);
void cstn__journey_counts_free(cstn__journey_counts *counts);
/* The block of a segment, made if there is none; NULL: out of memory. */
cstn__journey_block *cstn__journey_counts_block(cstn__journey_counts *counts, uint32_t segment);
/* The counts of a path; NULL: out of memory. */
cstn__journey_path *cstn__journey_block_path(
		const cstn__journey_counts *counts, cstn__journey_block *block, uint64_t key);
/* Add `from`; segment s of it is `segments[s]`, or s for NULL. CSTN_OK; CSTN_E_OVERFLOW and
 * CSTN_E_NOMEM leave a part of it in `into`. */
cstn_status cstn__journey_counts_add(cstn__journey_counts *into, const cstn__journey_counts *from,
		const uint32_t *segments, cstn_error **error);
/* Paths by key. */
void cstn__journey_block_sort(cstn__journey_block *block);

/* Moves from a step (n: from the start) to a step or an end (n + CSTN__JOURNEY_...). */
static inline int64_t *cstn__journey_move(const cstn__journey_shape *shape,
		const cstn__journey_block *block, size_t from, size_t to)
{
	return &block->cells[shape->moves + from * (shape->n + CSTN__JOURNEY_ENDS) + to];
}
static inline int64_t *cstn__journey_step_cell(const cstn__journey_shape *shape,
		const cstn__journey_block *block, size_t step, int cell)
{
	return &block->cells[shape->steps + step * CSTN__STEP_CELLS + (size_t)cell];
}
/* Entries of a step, and those that went on to a step or the goal. */
int64_t cstn__journey_entries(
		const cstn__journey_shape *shape, const cstn__journey_block *block, size_t step);
int64_t cstn__journey_left(
		const cstn__journey_shape *shape, const cstn__journey_block *block, size_t step);

#endif
