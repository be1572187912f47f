#ifndef CSTN_SEGMENT_PROTOTYPES_MODEL_H
#define CSTN_SEGMENT_PROTOTYPES_MODEL_H

#include <stdatomic.h>

#include <constellation/prototypes.h>

#include "segment/kmeans_model.h"

typedef CSTN__ARRAY(double) cstn__costs;

/* A fitted model: what has to do with numbers is a k-means model (of no column, if there are none),
 * whose packed centres have modes; categories and counts are beside it. */
struct cstn_prototypes {
	atomic_size_t references;
	cstn_allocator allocator;
	cstn_kmeans *numbers;
	cstn__categories categories;
	int64_t *mismatches; /* of each cluster */
	int64_t *shared;     /* k * m: rows that have the mode */
	cstn__costs costs;   /* after each pass, the start first */
	double gamma, cost;
	uint32_t flags;
	int32_t start;
	uint64_t seed;
};
/* Empty but for `numbers` and `categories`, which are taken over, also on failure. */
cstn_status cstn__prototypes_model_new(cstn_kmeans *numbers, cstn__categories *categories,
		const cstn_allocator *allocator, cstn_prototypes **out, cstn_error **error);
/* What a mismatch costs in packed units. */
double cstn__prototypes_packed_gamma(double gamma, int32_t power);
cstn_status cstn__prototypes_options_read(const cstn_prototypes_options *given, size_t d,
		cstn_prototypes_options *out, cstn_kmeans_options *numbers, cstn_error **error);

/* --- passes ----------------------------------------------------------------------------------- */

/* Runs on the rows of `run`, whose centres and sums it moves. */
typedef struct cstn__prototypes_run {
	cstn__kmeans_run run;
	int32_t batch, reserved;
	cstn__costs costs; /* after each pass, in packed units */
	double cost;       /* the last one taken */
	int64_t *before;
	struct cstn__prototypes_part *parts;
} cstn__prototypes_run;
cstn_status cstn__prototypes_run_init(cstn__prototypes_run *run, const cstn__kmeans_plan *plan,
		int32_t batch, cstn_error **error);
void cstn__prototypes_run_free(cstn__prototypes_run *run);
/* From the means and modes of run->run.centres. */
cstn_status cstn__prototypes_iterate(cstn__prototypes_run *run, cstn_error **error);
/* Labels by the centres as they are; nothing else is touched. */
cstn_status cstn__prototypes_label(cstn__kmeans_run *run, cstn_error **error);

/* prototypes_start.c: the densest row, and rows far from those chosen (Cao et al. 2009). `counts`:
 * rows that have a code. */
cstn_status cstn__prototypes_cao(cstn__kmeans_run *run, const int64_t *counts, cstn_error **error);
/* Row `row` is start j. */
void cstn__prototypes_start_at(cstn__kmeans_run *run, size_t j, uint64_t row);

#endif
