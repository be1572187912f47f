#ifndef CSTN_SEGMENT_KMEANS_ASKING_H
#define CSTN_SEGMENT_KMEANS_ASKING_H

#include "segment/kmeans_model.h"

/* New rows under a model: read, checked, packed and labelled. All zero but for model and options at
 * first. */
typedef struct cstn__kmeans_asking {
	const cstn_kmeans *model;
	cstn_kmeans_options options;
	cstn__features features;
	cstn__kmeans_rows rows;
	uint32_t *steps;
	cstn__kmeans_run run;
	cstn__kmeans_plan plan;
	int simd;
} cstn__kmeans_asking;
/* `sink` receives what is wrong. The stream is moved from. */
cstn_status cstn__kmeans_label_rows(cstn__kmeans_asking *in, struct ArrowArrayStream *stream,
		const char *weight, cstn__row_sink *sink, cstn_error **error);
void cstn__kmeans_asking_free(cstn__kmeans_asking *in);

#endif
