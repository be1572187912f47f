/* Series forecast batch by batch, side by side on threads. */
#include "demand/series_ahead.h"

#include "base/error.h"
#include "base/parallel.h"
#include "table/export.h"

#define BATCH_ROWS 65536

void cstn__ahead_begin(
		cstn__ahead *ahead, const cstn__series_set *set, size_t horizon, int32_t threads)
{
	size_t n = BATCH_ROWS / horizon;

	ahead->set = set;
	ahead->horizon = horizon;
	ahead->at = 0;
	ahead->batch = n < 1 ? 1 : n;
	if (ahead->batch > set->series.count)
		ahead->batch = set->series.count;
	ahead->threads = cstn__threads_resolve(threads, ahead->batch ? ahead->batch : 1);
}

cstn_status cstn__ahead_next(cstn__ahead *ahead, cstn__ahead_make *make, cstn__ahead_put *put,
		void *context, cstn__table_builder *table, cstn_error **error)
{
	size_t left = ahead->set->series.count - ahead->at, i;
	size_t n = ahead->batch < left ? ahead->batch : left;

	if (!left)
		return CSTN_DONE;
	if (cstn__parallel_for(n, ahead->threads, NULL, make, context) != CSTN_OK)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++)
		put(context, table, i);
	ahead->at += n;
	return CSTN_OK;
}

int cstn__ahead_columns(const cstn__series_set *set, cstn__table_builder *table)
{
	return cstn__table_add_column(table, "unique_id", set->keys.type, 0, 0) < 0 ||
					       cstn__table_add_column(table, "ds",
							       set->periods.type, 0, 1) < 0 ||
					       cstn__table_add_column(table, "h", CSTN_TYPE_INT32,
							       0, 0) < 0
			       ? -1
			       : 0;
}
