#ifndef CSTN_DEMAND_COMBINE_H
#define CSTN_DEMAND_COMBINE_H

#include "demand/global_model.h"

/* The weight of one of n components with these losses, 0 or more, of the same rows. */
double cstn__combined_weight(const double *loss, size_t n, size_t which);

/* Shares of a local model beside a global one: of each pool and horizon week, at
 * pool * weeks + week. */
typedef struct cstn__shares {
	double *share; /* NULL: all are .5 */
	size_t pools, weeks;
} cstn__shares;
/* Out of weights as of cstn_demand_weights(), for `horizon` periods; weeks that are not among them
 * are as the week before, pools that are not .5. */
cstn_status cstn__shares_read(cstn__shares *shares, const cstn_demand_global *model, size_t horizon,
		struct ArrowArrayStream *weights, const cstn_allocator *allocator,
		cstn_error **error);
void cstn__shares_free(cstn__shares *shares, const cstn_allocator *allocator);
/* `pool` SIZE_MAX: one that the model does not know. */
double cstn__share_of(const cstn__shares *shares, const cstn_demand_global *model, size_t pool,
		size_t ahead);

#endif
