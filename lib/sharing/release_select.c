/* Which rows of a batch leave: those whose instant is known, in the window that was asked for and
 * old enough.
 *
 * A date stands for its whole day, which must be inside. Unknown means no: a null, and an instant
 * outside what microseconds can say, stay. O(rows). */
#include <string.h>

#include "base/checked.h"
#include "base/civil.h"
#include "base/error.h"
#include "sharing/release_copy.h"
#include "sharing/release_plan.h"

/* The instants that a value stands for, the last one included; -1: unknown. */
static int instants(const cstn__view *view, int64_t place, int64_t *first, int64_t *last)
{
	const uint8_t *at = cstn__view_fixed(view, place);
	int64_t value, per_second = view->type->is.per_second;
	int32_t day;

	if (view->type->is.kind == CSTN__KIND_DATE32) {
		memcpy(&day, at, sizeof(day));
		value = day;
	} else {
		memcpy(&value, at, sizeof(value));
		if (view->type->is.kind == CSTN__KIND_DATE64)
			value = cstn__floor_div(value, 86400000);
	}
	if (view->type->is.kind != CSTN__KIND_TIME)
		return cstn__multiply_i64(value, CSTN_DAY_US, first) ||
		       cstn__add_i64(*first, CSTN_DAY_US - 1, last);
	if (per_second > 1000000)
		*first = cstn__floor_div(value, per_second / 1000000);
	else if (cstn__multiply_i64(value, 1000000 / per_second, first))
		return -1;
	/* of what is told in seconds the microseconds are unknown, and taken to be 0 */
	*last = *first;
	return 0;
}

static int row_leaves(const cstn__release_plan *plan, const cstn__view *view, int64_t row)
{
	int64_t first, last;

	if (!cstn__column_is_valid(&view->column, row) ||
			instants(view, cstn__view_place(view, row), &first, &last) != 0)
		return 0;
	return first >= plan->from_us && last < plan->until_us && last <= plan->newest_us;
}

cstn_status cstn__release_select(const cstn__release_plan *plan, const struct ArrowArray *batch,
		int64_t **rows, int64_t *n, cstn_error **error)
{
	int64_t *kept, count = 0, row;
	cstn__view view;
	cstn_status status;

	*rows = NULL;
	*n = batch->length;
	if (plan->time_child < 0 || batch->length == 0)
		return CSTN_OK;
	status = cstn__view_open(&view, &plan->time_type, plan->time_name,
			batch->children[plan->time_child], batch->offset, batch->length, error);
	if (status != CSTN_OK)
		return status;
	kept = cstn__alloc(
			&plan->allocator, cstn__array_size((size_t)batch->length, sizeof(*kept)));
	if (!kept)
		return cstn__fail_nomem(error);
	for (row = 0; row < batch->length; row++)
		if (row_leaves(plan, &view, row))
			kept[count++] = row;
	*n = count;
	if (count == batch->length)
		cstn__free(&plan->allocator, kept, (size_t)batch->length * sizeof(*kept));
	else
		*rows = kept;
	return CSTN_OK;
}
