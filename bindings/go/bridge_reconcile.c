/* Forecasts that add up. */

#include <stdlib.h>

#include "bridge.h"
#include "bridge_object.h"

void cstn_go_reconcile(const cstn_go_input *nodes, const cstn_go_input *base,
		const cstn_reconcile_options *given, const char *values, const char *quantiles,
		const char *levels, const char *total, const cstn_allocator *allocator,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	const char **lists[] = {cstn_go_list_texts(values, given->n_values),
			cstn_go_list_texts(quantiles, given->n_quantiles),
			cstn_go_list_texts(levels, given->n_levels)};
	cstn_reconcile_options options = *given;
	cstn_go_call call, other;
	cstn_status status = CSTN_E_NOMEM;

	options.values = given->n_values ? lists[0] : NULL;
	options.quantiles = lists[1];
	options.levels = lists[2];
	options.total = total;
	if (!cstn_go_begin(&call, base, 1, o))
		goto end;
	if (!cstn_go_begin(&other, nodes, 0, o)) {
		cstn_go_outcome ignored = *o;

		cstn_go_end(&call, CSTN_OK, NULL, &ignored);
		goto end;
	}
	options.binding = call.binding;
	options.nodes_binding = other.binding;
	if (lists[0] != NULL && lists[1] != NULL && lists[2] != NULL)
		status = cstn_reconcile(other.in, call.in, &options, allocator, call.out, &call.bad,
				&call.error);
	else
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for names of columns");
	cstn_go_end(&other, CSTN_OK, NULL, o);
	cstn_go_end(&call, status, out, o);
end:
	free(lists[0]);
	free(lists[1]);
	free(lists[2]);
}
