#ifndef CSTN_SEGMENT_VALUE_TRACK_H
#define CSTN_SEGMENT_VALUE_TRACK_H

#include "segment/value_predict.h"

/* A customer as the holdout begins. */
typedef struct cstn__value_tracked {
	cstn__value_row row;
	double log_alive;
} cstn__value_tracked;

/* The table CSTN_HOLDOUT_TRACKING of n customers and a holdout of length t. */
cstn_status cstn__value_track(const cstn_customer_value *model,
		const cstn_value_predict_options *options, const cstn__value_tracked *rows,
		size_t n, double t, struct ArrowArrayStream *out, cstn_error **error);

#endif
