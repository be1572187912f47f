#ifndef CSTN_SEGMENT_KMEANS_SQUARES_H
#define CSTN_SEGMENT_KMEANS_SQUARES_H

#include "segment/kmeans_lloyd.h"

/* Sums over rows of weight 1 as whole numbers, eight rows at a time. */

#define CSTN__TRIES_MAX 16

/* What seeding asks of rows: for each centre the sum over rows of whole(min(nearest, squared
 * distance)), where whole(v) is v * unit rounded down, but 1 at least if v is not 0. */
typedef struct cstn__totals_asked {
	const double *centres; /* d of each, one after another */
	size_t d, n;           /* n: centres summed for, at most CSTN__TRIES_MAX */
	int has_last;          /* one more stands first, which `nearest` does not know yet */
	int32_t simd;
	double unit; /* a power of two; squares times unit are below 2^62 */
} cstn__totals_asked;
/* Of at most CSTN__MORSEL_ROWS rows in whole blocks; adds to `totals`, moves `nearest` by the last
 * centre. Squares are those of cstn__kmeans_distance(), bit for bit. */
void cstn__kmeans_totals(const cstn__totals_asked *asked, const float *z, size_t blocks,
		double *nearest, cstn__u128 *totals);

/* Adds the values of dimension l, times 2^24, and their squares; of at most CSTN__MORSEL_ROWS rows
 * in whole blocks. */
void cstn__kmeans_moments(int simd, const float *z, size_t blocks, size_t d, size_t l,
		cstn__i128 *sum, cstn__i128 *squares);

#endif
