#ifndef CSTN_SEGMENT_KMEANS_ROWS_H
#define CSTN_SEGMENT_KMEANS_ROWS_H

#include "segment/feature.h"

/* Packed rows: (transformed value - mean) 2^power, rounded to float32 and to a multiple of 2^-24,
 * at most 128 in size; blocks of 16 rows, dimension by dimension. */

#define CSTN__PACK_ROWS 16
#define CSTN__PACK_LIMIT 128.0
#define CSTN__PACK_ONE 16777216.0 /* 2^24: sums are of value * 2^24 */
#define CSTN__LABEL_NONE UINT16_MAX

typedef struct cstn__kmeans_rows {
	cstn_allocator allocator;
	uint64_t n;
	size_t d, blocks;
	float *z;                /* blocks * d * 16, aligned 64 */
	const uint32_t *weights; /* borrowed; NULL: all 1; 0: no row */
	uint64_t weight;         /* their sum */
	uint64_t clamped;        /* values beyond the limit */
	/* categories, of k-prototypes alone: blocks as z has them, borrowed; what a mismatch costs
	 * in packed units; codes there are */
	const uint32_t *codes;
	size_t m, n_codes;
	const uint32_t *bases; /* m + 1: the first code of each column */
	double gamma;
} cstn__kmeans_rows;

/* How a transformed value becomes a packed one. */
typedef struct cstn__packing {
	int32_t power, reserved;
	const double *mean; /* d of them */
} cstn__packing;

int32_t cstn__packing_power(const cstn__transform *transforms, size_t d);
/* n transformed values of one dimension; returns how many were beyond the limit. */
uint64_t cstn__pack_values(double mean, int32_t power, const double *x, size_t n, double *out);
/* Room for n rows of d values, weights all 1: 0, or -1 when out of memory. The values are those of
 * the memory, but for the last block, which is zeros. */
int cstn__kmeans_rows_make(
		cstn__kmeans_rows *rows, uint64_t n, size_t d, const cstn_allocator *allocator);
cstn_status cstn__kmeans_rows_pack(cstn__kmeans_rows *rows, const cstn__features *features,
		const cstn__transform *transforms, const cstn__packing *packing, int32_t threads,
		int simd, cstn_error **error);
void cstn__kmeans_rows_free(cstn__kmeans_rows *rows);

static inline const float *cstn__kmeans_block(const cstn__kmeans_rows *rows, uint64_t row)
{
	return rows->z + row / CSTN__PACK_ROWS * rows->d * CSTN__PACK_ROWS;
}
/* Dimension l of a row. */
static inline double cstn__kmeans_value(const cstn__kmeans_rows *rows, uint64_t row, size_t l)
{
	return (double)cstn__kmeans_block(rows, row)[l * CSTN__PACK_ROWS + row % CSTN__PACK_ROWS];
}
static inline const uint32_t *cstn__kmeans_codes(const cstn__kmeans_rows *rows, uint64_t row)
{
	return rows->codes + row / CSTN__PACK_ROWS * rows->m * CSTN__PACK_ROWS +
	       row % CSTN__PACK_ROWS;
}
/* Categories of a row that are not `modes`. */
static inline uint32_t cstn__kmeans_mismatches(
		const cstn__kmeans_rows *rows, uint64_t row, const uint32_t *modes)
{
	const uint32_t *codes = rows->m ? cstn__kmeans_codes(rows, row) : NULL;
	uint32_t count = 0;
	size_t c;

	for (c = 0; c < rows->m; c++)
		count += codes[c * CSTN__PACK_ROWS] != modes[c];
	return count;
}
static inline uint32_t cstn__kmeans_weight(const cstn__kmeans_rows *rows, uint64_t row)
{
	return rows->weights ? rows->weights[row] : 1;
}

/* 1 if two rows are equal in all values and categories. */
int cstn__kmeans_same(const cstn__kmeans_rows *rows, uint64_t a, uint64_t b);
/* At least min(k, distinct rows) distinct rows: counts them, up to k. */
cstn_status cstn__kmeans_distinct(
		const cstn__kmeans_rows *rows, size_t k, size_t *out, cstn_error **error);

#endif
