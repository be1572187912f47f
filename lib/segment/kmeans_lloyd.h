#ifndef CSTN_SEGMENT_KMEANS_LLOYD_H
#define CSTN_SEGMENT_KMEANS_LLOYD_H

#include "base/checked.h"
#include "segment/kmeans_rows.h"

/* Iterations on packed rows. */

/* Labels of blocks [0, blocks) in float32, and a bit for each row that must be looked at in double.
 * `centres` are groups of four, dimension by dimension; `bound` as cstn__kmeans_centres has it.
 * `both`, unless NULL, receives for each block 16 least squared distances and 16 second ones. */
typedef void cstn__assign_blocks(const float *z, size_t blocks, size_t d, const float *centres,
		size_t groups, const float bound[3], uint16_t *labels, uint16_t *unsure,
		float *both);
cstn__assign_blocks *cstn__kmeans_assign(int simd);
/* Squared distances in double of the 16 rows of a block to a centre, dimension after dimension. */
typedef void cstn__block_distances(
		const float *z, size_t d, const double *centre, double out[CSTN__PACK_ROWS]);
cstn__block_distances *cstn__kmeans_distances(int simd);
/* Categories of the 16 rows of a block that are not `modes`. */
typedef void cstn__block_differ(const uint32_t *codes, size_t m, const uint32_t *modes,
		uint32_t out[CSTN__PACK_ROWS]);
cstn__block_differ *cstn__kmeans_differ(int simd);

/* k centres in double, and what the float32 pass needs of them. */
typedef struct cstn__kmeans_centres {
	cstn_allocator allocator;
	size_t k, d, groups;
	size_t m;
	double *at;      /* k * d */
	uint32_t *modes; /* k * m */
	float *four;     /* groups * d * 4; missing centres are infinitely far */
	float bound[3];
	float reserved;
} cstn__kmeans_centres;
cstn_status cstn__kmeans_centres_init(cstn__kmeans_centres *centres, size_t k, size_t d, size_t m,
		const cstn_allocator *allocator, cstn_error **error);
void cstn__kmeans_centres_free(cstn__kmeans_centres *centres);
/* Values and modes of as many clusters and columns. */
void cstn__kmeans_centres_copy(cstn__kmeans_centres *to, const cstn__kmeans_centres *from);
/* After `at` changed. */
void cstn__kmeans_centres_ready(cstn__kmeans_centres *centres);
/* The nearest centre in double, the lowest of equal ones. */
uint16_t cstn__kmeans_nearest(const cstn__kmeans_centres *centres, const cstn__kmeans_rows *rows,
		uint64_t row, double *distance);
double cstn__kmeans_distance(const cstn__kmeans_rows *rows, uint64_t row, const double *centre);
/* With what mismatches cost. */
double cstn__kmeans_distance_to(const cstn__kmeans_centres *centres, const cstn__kmeans_rows *rows,
		uint64_t row, size_t j);

/* Sums of packed values times 2^24, and weights, of each cluster. */
typedef struct cstn__kmeans_sums {
	cstn_allocator allocator;
	size_t k, d;
	cstn__i128 *sums; /* k * d */
	int64_t *weights; /* k */
	int64_t *counts;  /* k * n_codes: weight of the rows with a category */
	size_t n_codes;
	uint64_t changed; /* rows whose label changed */
	uint64_t looked;  /* rows whose distances to all centres were taken, with bounds */
} cstn__kmeans_sums;
cstn_status cstn__kmeans_sums_init(cstn__kmeans_sums *sums, size_t k, size_t d, size_t n_codes,
		const cstn_allocator *allocator, cstn_error **error);
void cstn__kmeans_sums_free(cstn__kmeans_sums *sums);
void cstn__kmeans_sums_clear(cstn__kmeans_sums *sums);
void cstn__kmeans_sums_add(cstn__kmeans_sums *into, const cstn__kmeans_sums *from);
/* A row goes from one cluster (or CSTN__LABEL_NONE) to another. */
void cstn__kmeans_sums_move(cstn__kmeans_sums *sums, const cstn__kmeans_rows *rows, uint64_t row,
		uint16_t from, uint16_t to);

typedef struct cstn__kmeans_plan {
	const cstn__kmeans_rows *rows;
	size_t k;
	int32_t threads, simd, max_iter;
	int32_t bounds; /* 0 never, 1 always, 2 while they save */
	double tol;
	cstn_progress *progress;
} cstn__kmeans_plan;

#define CSTN__STRETCH 64 /* blocks a call, at most */
#define CSTN__BOUND_TABLE 8

/* One run from a start: centres and labels at its end. */
typedef struct cstn__kmeans_run {
	const cstn__kmeans_plan *plan;
	cstn__kmeans_centres centres;
	cstn__kmeans_sums sums;
	cstn__kmeans_sums *parts; /* one a thread */
	int32_t n_parts, reserved;
	uint16_t *labels; /* n rounded up to blocks */
	/* Hamerly: bounds on the distance to the own and to any other centre, one each a row */
	float *upper, *lower;
	double *shift, *spread; /* of each centre: how far it moved, how far its rows are */
	float *reach;           /* of each centre CSTN__BOUND_TABLE numbers: see kmeans_hamerly.c */
	int32_t rest, valid;    /* plain passes to come; bounds are those of the last pass */
	int32_t patience, unused;
	int32_t iterations, converged;
	uint64_t moved; /* rows that filled empty clusters */
	double inertia; /* on packed rows */
	double least;   /* centres that move less than this, squared, have arrived: of the data */
} cstn__kmeans_run;
cstn_status cstn__kmeans_run_init(
		cstn__kmeans_run *run, const cstn__kmeans_plan *plan, cstn_error **error);
void cstn__kmeans_run_free(cstn__kmeans_run *run);
/* From centres.at (not changed labels before). */
cstn_status cstn__kmeans_iterate(cstn__kmeans_run *run, cstn_error **error);
/* Labels by the centres as they are; the sums are not touched. */
typedef cstn_status cstn__kmeans_labelling(cstn__kmeans_run *run, cstn_error **error);
cstn_status cstn__kmeans_label(cstn__kmeans_run *run, cstn_error **error);
/* The mean of a cluster that is not empty. */
void cstn__kmeans_take_mean(const cstn__kmeans_sums *sums, size_t j, double *out);
/* Inertia on packed rows. */
cstn_status cstn__kmeans_inertia(cstn__kmeans_run *run, cstn_error **error);
/* Squares of packed values, for the mean variance of a column. */
double cstn__kmeans_mean_variance(const cstn__kmeans_rows *rows, int simd);
/* kmeans_empty.c: every cluster gets a row; the rows moved. */
uint64_t cstn__kmeans_fill_empty(cstn__kmeans_run *run);
/* kmeans_hamerly.c: as a pass of Lloyd's, with bounds. `first`: no row has a label yet; `fresh`:
 * bounds are none yet. */
void cstn__kmeans_hamerly_centres(cstn__kmeans_run *run);
void cstn__kmeans_hamerly_blocks(cstn__kmeans_run *run, cstn__kmeans_sums *part, uint64_t block,
		size_t blocks, int first, int fresh);

/* kmeans_seed.c: greedy k-means++ into centres.at. */
cstn_status cstn__kmeans_seed(
		cstn__kmeans_run *run, uint64_t seed, uint32_t restart, cstn_error **error);

#endif
