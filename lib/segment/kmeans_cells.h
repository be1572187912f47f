#ifndef CSTN_SEGMENT_KMEANS_CELLS_H
#define CSTN_SEGMENT_KMEANS_CELLS_H

#include <constellation/kmeans_cells.h>

#include "segment/kmeans_grid.h"
#include "segment/kmeans_model.h"

/* What adds up. */
typedef struct cstn__cells_content {
	cstn__grid grid;
	uint64_t n, left_out, imputed, clamped;
	uint64_t weight; /* of all rows, at most 2^32 - 1 */
} cstn__cells_content;

struct cstn_kmeans_cells {
	cstn_allocator allocator;
	cstn_kmeans *frame; /* features, transforms and packing alone; one cluster at 0 */
	int32_t coarser, reserved;
	cstn__cells_content held;
};

/* Empty; the frame is taken over, also on failure. */
cstn_status cstn__kmeans_cells_of(cstn_kmeans *frame, size_t max_cells, int32_t coarser,
		const cstn_allocator *allocator, cstn_kmeans_cells **out, cstn_error **error);
/* A sum in packed units, 2^-48, as squared transformed units. */
double cstn__kmeans_cells_square(const cstn_kmeans_cells *cells, double square);
/* Sum of squared distances of rows to the mean of their cell. */
double cstn__kmeans_cells_within(const cstn_kmeans_cells *cells);

#endif
