#ifndef CSTN_SEGMENT_KMEANS_PASS_H
#define CSTN_SEGMENT_KMEANS_PASS_H

#include "segment/kmeans_model.h"

struct cstn_kmeans_pass {
	cstn_allocator allocator;
	cstn_kmeans *model;     /* whose centres label */
	uint8_t digest[32];     /* of its bytes */
	cstn__kmeans_sums sums; /* of packed values, and weights */
	cstn__exact_sum *exact; /* k * (d + 1): transformed values, then squared distances */
	int64_t *rows;          /* of each cluster */
	uint64_t n, left_out, imputed;
};
/* Empty; the model is taken over, also on failure. `digest` of its bytes, or NULL to take it. */
cstn_status cstn__kmeans_pass_of(cstn_kmeans *model, const uint8_t digest[32],
		const cstn_allocator *allocator, cstn_kmeans_pass **out, cstn_error **error);
static inline size_t cstn__kmeans_pass_cells(const cstn_kmeans *model)
{
	return model->k * (model->d + 1);
}

#endif
