/* Planning with a partner. */

#include "bridge.h"
#include "bridge_object.h"

/* By number: compare, resolve, ledger. */
void cstn_go_plan_cells(int32_t call_number, const cstn_go_input *cells,
		const cstn_plan_options *given, const int64_t *reasons,
		const cstn_allocator *allocator, struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_plan_options options = *given;
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, cells, 1, o))
		return;
	options.binding = call.binding;
	options.reasons = given->n_reasons > 0 ? reasons : NULL;
	if (call_number == 0)
		status = cstn_plan_compare(
				call.in, &options, allocator, call.out, &call.bad, &call.error);
	else if (call_number == 1)
		status = cstn_plan_resolve(
				call.in, &options, allocator, call.out, &call.bad, &call.error);
	else
		status = cstn_plan_ledger(
				call.in, &options, allocator, call.out, &call.bad, &call.error);
	cstn_go_end(&call, status, out, o);
}

void cstn_go_plan_order(const cstn_go_input *rows, const cstn_plan_order_options *given,
		const cstn_allocator *allocator, struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_plan_order_options options = *given;
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, rows, 1, o))
		return;
	options.binding = call.binding;
	status = cstn_plan_order(call.in, &options, allocator, call.out, &call.bad, &call.error);
	cstn_go_end(&call, status, out, o);
}
