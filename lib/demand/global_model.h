#ifndef CSTN_DEMAND_GLOBAL_MODEL_H
#define CSTN_DEMAND_GLOBAL_MODEL_H

#include <stdatomic.h>

#include <constellation/demand_global.h>

#include "demand/global.h"
#include "demand/series.h"
#include "demand/trees.h"

/* A fitted model. Pools are numbered in the order of their ids; without any there is one. */
struct cstn_demand_global {
	atomic_size_t references;
	cstn_allocator allocator;
	cstn__arena names;
	cstn__global_plan plan; /* signals are `flags` */
	uint32_t flags[CSTN_GLOBAL_SIGNALS_MOST];
	const char *signals[CSTN_GLOBAL_SIGNALS_MOST];
	const char *pool; /* NULL: none */
	cstn__ids pools;
	int32_t key_type;
	int32_t gap;
	cstn__periods periods;
	double penalty;
	uint64_t series, rows, left_out;
	double *coefficients; /* plan.columns */
	double *levels;       /* of a pool */
	double *ratios;       /* of a pool, each position: as of the end */
	cstn__trees trees;    /* without roots: none */
};
/* Empty but for names and flags, which are copied. */
cstn_status cstn__demand_global_new(const cstn_global_signal *signals, size_t n_signals,
		const char *pool, const cstn_allocator *allocator, cstn_demand_global **out,
		cstn_error **error);
/* Room for what is learned, once plan.columns and plan.n_pools are known. 0 or -1. */
int cstn__demand_global_reserve(cstn_demand_global *model);

/* A number by its name, of `params`; `what` has them. */
typedef struct cstn__global_param {
	const char *name;
	double value;
} cstn__global_param;
cstn_status cstn__global_find_param(const cstn__global_param *params, size_t n, const char *what,
		const char *name, double *out, cstn_error **error);

/* Rows of series with the columns of a model. `like`: NULL, or what `ds` has to be like. */
typedef struct cstn__global_reading {
	uint32_t flags;
	int32_t period;
	const cstn_binding *binding;
	cstn_progress *progress;
	const cstn__periods *like;
	int with_rows; /* the row of each value is kept */
} cstn__global_reading;
cstn_status cstn__global_read(cstn__series_set *set, const cstn_demand_global *model,
		const cstn__global_reading *reading, struct ArrowArrayStream *rows,
		cstn__row_sink **sink, cstn_error **error);
/* Numbers of periods leave room for arithmetic. */
cstn_status cstn__global_check(const cstn__series_set *set, cstn_error **error);
/* One of them by its number, in a pool (SIZE_MAX: unknown). */
cstn__global_series cstn__global_series_of(const cstn__series_set *set, size_t number, size_t pool);

#endif
