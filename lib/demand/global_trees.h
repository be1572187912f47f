#ifndef CSTN_DEMAND_GLOBAL_TREES_H
#define CSTN_DEMAND_GLOBAL_TREES_H

#include "demand/global_model.h"
#include "table/export.h"

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

/* The group of parts that column `column` of the trees is of. */
size_t cstn__global_tree_group(const cstn__global_plan *plan, size_t column);

/* --- global_explain.c: parts of a forecast, one of each group --- */

/* Columns `baseline` .. and one a signal: 0 or -1. */
int cstn__global_parts_columns(const cstn_demand_global *model, cstn__table_builder *table);
/* Of a row by the ridge, in units of the series. `level`: of its pool. */
void cstn__global_ridge_parts(const cstn_demand_global *model, const cstn__global_rows *rows,
		size_t row, double scale, double level, double *parts);
/* Of a row of columns by the trees, whose nodes have these means. */
void cstn__global_tree_parts(const cstn_demand_global *model, const double *means, const double *x,
		double scale, double *parts);
/* Parts of a local model, by the way cstn__demand_explain_one() laid them, have this weight; those
 * that are there have the rest. `event_signal`: which signal is which of its events; SIZE_MAX. */
void cstn__global_mix_local(const cstn_demand_model *local, const size_t *event_signal,
		const double *of_local, size_t stride, double weight, size_t groups, double *parts);

#endif
