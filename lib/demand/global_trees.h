#ifndef CSTN_DEMAND_GLOBAL_TREES_H
#define CSTN_DEMAND_GLOBAL_TREES_H

#include "demand/global_model.h"

/* Series in the order of their keys, and where the rows of each begin: first[n_series] is the
 * number of all. A worker has a walk and rows of its own. */
typedef struct cstn__global_forest {
	const cstn_allocator *allocator;
	const cstn__global_plan *plan;
	size_t n_series;
	const size_t *first;
	int64_t end;
	const double *ratios; /* as for cstn__global_learn() */
	int32_t threads;
	void *context;
	cstn__global_series (*series_of)(void *context, size_t item);
	cstn__global_walk *(*walk_of)(void *context, int32_t worker);
	cstn__global_rows *(*rows_of)(void *context, int32_t worker);
} cstn__global_forest;

cstn_status cstn__global_grow(const cstn__global_forest *forest, int32_t rounds, cstn__trees *out,
		cstn_progress *progress, cstn_error **error);
/* What column `column` of the trees is called, and what it is of: level, season, month, pool, or a
 * signal. */
void cstn__global_tree_name(const cstn_demand_global *model, size_t column,
		const char *const *ridge_names, const char **name, const char **of);

#endif
