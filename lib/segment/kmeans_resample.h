#ifndef CSTN_SEGMENT_KMEANS_RESAMPLE_H
#define CSTN_SEGMENT_KMEANS_RESAMPLE_H

#include "segment/kmeans_model.h"

/* What is learned about k by clustering other rows than those given. */
typedef struct cstn__resample {
	const cstn__kmeans_job *job;
	size_t n;
	const double *values; /* n * d, transformed, row by row */
	const uint32_t *weights;
	int32_t sets, threads;
} cstn__resample;

/* Of one k. Not known: fewer distinct rows than clusters, or all distances 0. */
typedef struct cstn__resampled {
	double gap, gap_s, stability;
	int gap_known, stability_known;
} cstn__resampled;
/* `labels`: of the rows, by the fit that is judged. Cost: (sets + 1) fits of n rows, and as many of
 * half of them. */
cstn_status cstn__kmeans_resample(const cstn__resample *in, size_t k, const uint16_t *labels,
		cstn__resampled *out, cstn_error **error);

/* Adjusted Rand index (Hubert and Arabie 1985) out of the counts of a table of two partitions; 1 if
 * both are the same trivial one. */
double cstn__adjusted_rand(const uint64_t *cells, size_t rows, size_t columns);

#endif
