/* The global ridge and regressions: options built from flat arguments. */

#include <stdlib.h>

#include "bridge.h"

CSTN_GO_MODEL(demand_global)
CSTN_GO_BYTES(demand_global, cstn_demand_global_serialize(object, out, error))
CSTN_GO_EXPORT(demand_global, cstn_demand_global_export(object, table, out, error))

const cstn_go_kind cstn_go_demand_global = {
		CSTN_GO_MODEL_KIND(demand_global, "global ridge"),
		.export = demand_global_export,
};

void cstn_go_demand_global_fit(const cstn_go_input *rows, const cstn_demand_global_options *from,
		const char *names, const uint32_t *flags, const cstn_allocator *allocator,
		cstn_demand_global **out, cstn_go_outcome *o)
{
	cstn_demand_global_options options = *from;
	cstn_global_signal signals[CSTN_GLOBAL_SIGNALS_MOST];
	size_t n = (size_t)from->n_signals, i;
	const char **all;
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, rows, 0, o))
		return;
	all = cstn_go_list_texts(names, n + 1);
	if (all == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for the names of columns");
		cstn_go_end(&call, CSTN_E_NOMEM, NULL, o);
		return;
	}
	for (i = 0; i < n && i < CSTN_GLOBAL_SIGNALS_MOST; i++)
		signals[i] = (cstn_global_signal){all[i], flags[i], 0};
	options.signals = signals;
	options.pool = *all[n] ? all[n] : NULL;
	options.binding = call.binding;
	status = cstn_demand_global_fit(call.in, &options, allocator, out, &call.bad, &call.error);
	free(all);
	cstn_go_end(&call, status, NULL, o);
}

void cstn_go_demand_global_forecast(int is_explained, cstn_demand_global *model,
		const cstn_go_input *rows, const cstn_demand_global_forecast_options *from,
		cstn_demand_model *local, struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_demand_global_forecast_options options = *from;
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, rows, 1, o))
		return;
	options.local = local;
	options.binding = call.binding;
	if (is_explained)
		status = cstn_demand_global_explain(
				model, call.in, &options, call.out, &call.bad, &call.error);
	else
		status = cstn_demand_global_forecast(
				model, call.in, &options, call.out, &call.bad, &call.error);
	cstn_go_end(&call, status, out, o);
}

void cstn_go_regress(int is_explained, const cstn_go_input *rows, const cstn_regress_options *from,
		const char *names, const uint32_t *flags, const cstn_allocator *allocator,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_regress_options options = *from;
	cstn_regress_signal signals[CSTN_REGRESS_SIGNALS_MOST];
	size_t n = (size_t)from->n_signals, i;
	const char **all;
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, rows, 1, o))
		return;
	all = cstn_go_list_texts(names, n);
	if (all == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for the names of columns");
		cstn_go_end(&call, CSTN_E_NOMEM, NULL, o);
		return;
	}
	for (i = 0; i < n && i < CSTN_REGRESS_SIGNALS_MOST; i++)
		signals[i] = (cstn_regress_signal){all[i], flags[i], 0};
	options.signals = signals;
	options.binding = call.binding;
	if (is_explained)
		status = cstn_regress_explain(
				call.in, &options, allocator, call.out, &call.bad, &call.error);
	else
		status = cstn_regress(
				call.in, &options, allocator, call.out, &call.bad, &call.error);
	free(all);
	cstn_go_end(&call, status, out, o);
}
