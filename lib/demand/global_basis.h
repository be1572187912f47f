#ifndef CSTN_DEMAND_GLOBAL_BASIS_H
#define CSTN_DEMAND_GLOBAL_BASIS_H

#include "demand/global_model.h"

/* What all series of a fit are learned with, in however many parts they come: the plan, when it
 * ends, and how pools sold by position of the season as of each origin. */
typedef struct cstn__global_basis {
	cstn_demand_global *model; /* plan, names, pools; ratios as of the end */
	int64_t end;               /* number of the period after the last y */
	size_t span;               /* periods before `end` that ratios look at */
	double *totals;            /* of a pool, `span` periods, oldest first */
	double *ratios;            /* of an origin, newest first, pool, position */
} cstn__global_basis;

/* Options are within their ranges. */
cstn_status cstn__global_check_options(const cstn_demand_global_options *o, cstn_error **error);
/* A model without anything learned, of options that are. */
cstn_status cstn__global_begin(const cstn_demand_global_options *o, const cstn_allocator *allocator,
		cstn_demand_global **out, cstn_error **error);
/* What options do not say, once periods and pools are known. */
cstn_status cstn__global_settle(const cstn__global_basis *basis,
		const cstn_demand_global_options *o, cstn_error **error);
/* Room for totals (zeros), ratios and what the model learns; `span` is set. 0 or -1. */
int cstn__global_basis_reserve(cstn__global_basis *basis);
void cstn__global_basis_ratios(cstn__global_basis *basis); /* out of totals */
void cstn__global_basis_free(cstn__global_basis *basis);   /* the model stays the caller's */

/* Pools of ids, numbered in the order of these: of `from` those that are used. number[i], as many
 * as there are in `from`, is not CSTN__IDS_NONE where i is used, and becomes its pool. 0 or -1. */
int cstn__global_number_pools(cstn_demand_global *model, const cstn__ids *from, uint32_t *number);

/* --- a part of the series --- */

/* A thread's own. */
typedef struct cstn__global_learner {
	cstn__global_sums sums;
	cstn__global_walk walk;
	cstn__global_rows rows;
} cstn__global_learner;

typedef struct cstn__global_part {
	const cstn__global_basis *basis;
	cstn__series_set set;
	uint32_t *pool; /* of a key; CSTN__IDS_NONE: its series is not learned from */
	cstn__global_learner *learners;
	int32_t threads;
	size_t *learned; /* rows of a series that were learned from */
} cstn__global_part;

/* Room for the pool of each key, 0. 0 or -1. */
int cstn__global_part_pools(cstn__global_part *part);
/* Learn from all series: learners[0].sums has what they come to. */
cstn_status cstn__global_part_learn(cstn__global_part *part, int32_t threads,
		cstn_progress *progress, cstn_error **error);
void cstn__global_part_free(cstn__global_part *part);
/* Solve sums into a model, which receives their counts. */
cstn_status cstn__global_conclude(
		cstn_demand_global *model, const cstn__global_sums *sums, cstn_error **error);

/* --- totals --- */

/* Totals of all series of a part, which `basis` is to have. Sums are exact: any order and number of
 * threads gives the same. */
cstn_status cstn__global_totals_of(
		cstn__global_basis *basis, const cstn__global_part *part, int32_t threads);
/* A table of totals: the pool's column, `ds` and `y`; rows of one pool and period are added. With
 * it the basis is complete. Bad rows are in *sink, which is the caller's on CSTN_OK. */
cstn_status cstn__global_totals_read(cstn__global_basis *basis, struct ArrowArrayStream *rows,
		const cstn_demand_global_options *o, cstn__row_sink **sink, cstn_error **error);

#endif
