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

/* Options of a fit with their names, which `all` holds. */
typedef struct naming {
	cstn_demand_global_options options;
	cstn_global_signal signals[CSTN_GLOBAL_SIGNALS_MOST];
	const char **all;
} naming;

/* 0, with the outcome set and the call ended, if there is no memory. */
static int name_columns(naming *to, const cstn_demand_global_options *from, const char *names,
		const uint32_t *flags, cstn_go_call *call, cstn_go_outcome *o)
{
	size_t n = (size_t)from->n_signals, i;

	to->options = *from;
	to->all = cstn_go_list_texts(names, n + 1);
	if (to->all == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for the names of columns");
		cstn_go_end(call, CSTN_E_NOMEM, NULL, o);
		return 0;
	}
	for (i = 0; i < n && i < CSTN_GLOBAL_SIGNALS_MOST; i++)
		to->signals[i] = (cstn_global_signal){to->all[i], flags[i], 0};
	to->options.signals = to->signals;
	to->options.pool = *to->all[n] ? to->all[n] : NULL;
	to->options.binding = call->binding;
	return 1;
}

void cstn_go_demand_global_fit(const cstn_go_input *rows, const cstn_demand_global_options *from,
		const char *names, const uint32_t *flags, const cstn_allocator *allocator,
		cstn_demand_global **out, cstn_go_outcome *o)
{
	naming named;
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, rows, 0, o) ||
			!name_columns(&named, from, names, flags, &call, o))
		return;
	status = cstn_demand_global_fit(
			call.in, &named.options, allocator, out, &call.bad, &call.error);
	free(named.all);
	cstn_go_end(&call, status, NULL, o);
}

/* --- a fit in parts --- */

CSTN_GO_STATE(demand_global_state)
CSTN_GO_PARAM(demand_global_state, cstn_demand_global_state_get_param(object, name, out, error))

static cstn_status demand_global_state_update(
		void *state, cstn_go_call *call, const cstn_go_update_options *given)
{
	cstn_demand_global_update_options with = CSTN_DEMAND_GLOBAL_UPDATE_OPTIONS_INIT;

	with.flags = given->flags;
	with.threads = given->threads;
	with.progress = given->progress;
	with.binding = call->binding;
	return cstn_demand_global_state_update(state, call->in, &with, &call->bad, &call->error);
}

const cstn_go_kind cstn_go_demand_global_state = {
		CSTN_GO_STATE_KIND(demand_global_state, "state of a global ridge"),
		.update = demand_global_state_update,
		.param = demand_global_state_param,
};

void cstn_go_demand_global_state_new(const cstn_go_input *totals,
		const cstn_demand_global_options *from, const char *names, const uint32_t *flags,
		const cstn_allocator *allocator, cstn_demand_global_state **out, cstn_go_outcome *o)
{
	naming named;
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, totals, 0, o) ||
			!name_columns(&named, from, names, flags, &call, o))
		return;
	status = cstn_demand_global_state_new(
			call.in, &named.options, allocator, out, &call.bad, &call.error);
	free(named.all);
	cstn_go_end(&call, status, NULL, o);
}

void cstn_go_demand_global_state_finish(
		const cstn_demand_global_state *state, cstn_demand_global **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_demand_global_state_finish(state, out, &error));
}

/* --- forecasts --- */

void cstn_go_demand_global_forecast(int is_explained, cstn_demand_global *model,
		const cstn_go_input *rows, const cstn_go_input *weights,
		const cstn_demand_global_forecast_options *from, cstn_demand_model *local,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_demand_global_forecast_options options = *from;
	cstn_go_call call, shares;
	cstn_status status;

	if (!cstn_go_begin_both(&call, &shares, rows, weights, o))
		return;
	options.local = local;
	options.weights = weights != NULL ? shares.in : NULL;
	options.binding = call.binding;
	if (is_explained)
		status = cstn_demand_global_explain(
				model, call.in, &options, call.out, &call.bad, &call.error);
	else
		status = cstn_demand_global_forecast(
				model, call.in, &options, call.out, &call.bad, &call.error);
	if (weights != NULL)
		cstn_go_end(&shares, CSTN_OK, NULL, o);
	cstn_go_end(&call, status, out, o);
}

void cstn_go_demand_weights(const cstn_go_input *rows, const cstn_demand_weights_options *from,
		const char *components, const char *pool, const cstn_allocator *allocator,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_demand_weights_options options = *from;
	const char **names = cstn_go_list_texts(components, (size_t)from->n_components);
	cstn_go_call call;
	cstn_status status;

	if (names == NULL && from->n_components > 0) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for names");
		return;
	}
	if (cstn_go_begin(&call, rows, 1, o)) {
		options.components = from->n_components > 0 ? names : NULL;
		options.pool = pool;
		options.binding = call.binding;
		status = cstn_demand_weights(
				call.in, &options, allocator, call.out, &call.bad, &call.error);
		cstn_go_end(&call, status, out, o);
	}
	free(names);
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
