#ifndef CSTN_DEMAND_SERIES_AHEAD_H
#define CSTN_DEMAND_SERIES_AHEAD_H

#include "demand/series.h"

/* Forecasts of a set of series as they are read: a batch of series at a time, side by side on
 * threads, each as a whole on one, so that bytes do not depend on how many there are. */

typedef struct cstn__ahead {
	const cstn__series_set *set;
	size_t horizon, at; /* `at`: the first series of the batch */
	size_t batch;       /* series of one, but for the last */
	int32_t threads;
} cstn__ahead;
/* `threads` as in options: 0 all processors. */
void cstn__ahead_begin(
		cstn__ahead *ahead, const cstn__series_set *set, size_t horizon, int32_t threads);

/* Makes forecasts of the item-th series of a batch; only memory may lack. */
typedef cstn_status cstn__ahead_make(void *context, size_t item, int32_t worker);
/* Puts them into the table: key, period, how far ahead, and what follows. */
typedef void cstn__ahead_put(void *context, cstn__table_builder *table, size_t item);
/* The next batch; CSTN_DONE behind the last. */
cstn_status cstn__ahead_next(cstn__ahead *ahead, cstn__ahead_make *make, cstn__ahead_put *put,
		void *context, cstn__table_builder *table, cstn_error **error);

/* Columns that such a table begins with: `unique_id`, `ds`, `h`. 0 or -1. */
#define CSTN__AHEAD_COLUMNS 3
int cstn__ahead_columns(const cstn__series_set *set, cstn__table_builder *table);

#endif
