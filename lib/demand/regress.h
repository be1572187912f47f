#ifndef CSTN_DEMAND_REGRESS_H
#define CSTN_DEMAND_REGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"

/* Regression of one series on its season, the month and signals, by arrays. */

#define CSTN__REGRESS_COLUMNS_MOST 512

typedef struct cstn__regress_plan {
	size_t season, memory, horizon;
	int has_season, has_month;
	size_t n_signals;
	const uint32_t *signals; /* CSTN_REGRESS_NEXT, CSTN_REGRESS_CLOSED of each */
	double precision;
	size_t columns; /* the first is 1 */
} cstn__regress_plan;
size_t cstn__regress_columns(const cstn__regress_plan *plan);

/* n values from period `first` on, oldest first; signals have n + ahead of them, those of signal c
 * at x + c * stride, NaN where not known. */
typedef struct cstn__regress_series {
	const double *y;
	size_t n, ahead;
	int64_t first;
	const double *x;
	size_t stride;
} cstn__regress_series;

/* Room that is used again for series after series. */
typedef struct cstn__regress_room {
	cstn_allocator allocator;
	double *values;
	size_t capacity;
} cstn__regress_room;
void cstn__regress_room_init(cstn__regress_room *room, const cstn_allocator *allocator);
void cstn__regress_room_free(cstn__regress_room *room);

/* Means and flags of each period ahead; always finite. -1: out of memory. */
int cstn__regress_ahead(cstn__regress_room *room, const cstn__regress_plan *plan,
		const cstn__regress_series *series, double *mean, int32_t *flags);

#endif
