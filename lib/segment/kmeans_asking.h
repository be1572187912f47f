#ifndef CSTN_SEGMENT_KMEANS_ASKING_H
#define CSTN_SEGMENT_KMEANS_ASKING_H

#include "segment/kmeans_model.h"

/* New rows under a model: read, checked, packed and labelled. */
typedef struct cstn__kmeans_asking {
	const cstn_kmeans *model;
	cstn_kmeans_options options;
	const char *weight;                 /* a column, or NULL */
	const cstn__categories *categories; /* of k-prototypes, or NULL */
	double gamma;                       /* in packed units */
	int impute;                         /* what is null becomes the model's own */
	int refuses;                        /* bad rows, unless CSTN_KMEANS_SKIP_BAD */
	/* from here on filled in */
	int simd;
	cstn__features features;
	cstn__kmeans_rows rows;
	uint32_t *steps, *codes;
	uint16_t *labels;
} cstn__kmeans_asking;

/* The model and options. */
cstn_status cstn__kmeans_asking_begin(cstn__kmeans_asking *in, const cstn_kmeans *model,
		const cstn_kmeans_options *options, cstn_error **error);

/* One call that asks. */
typedef struct cstn__kmeans_question {
	struct ArrowArrayStream *rows;   /* moved from */
	const void *model, *out;         /* must not be NULL */
	const char *name;                /* of the first, for messages */
	const cstn_allocator *allocator; /* of bad rows; NULL: the model's */
	/* the first seven members, all zero before */
	cstn_status (*begin)(void *context, cstn__kmeans_asking *in, cstn_error **error);
	cstn__kmeans_labelling *label;
	cstn_status (*answer)(void *context, const cstn__kmeans_asking *in, cstn_error **error);
	void *context;
} cstn__kmeans_question;
cstn_status cstn__kmeans_ask(const cstn__kmeans_question *question, cstn_row_errors **bad_rows,
		cstn_error **error);

#endif
