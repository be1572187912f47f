/* The demand model. */

#include <stdlib.h>

#include "bridge.h"

CSTN_GO_STATE(demand_model)

static cstn_status demand_model_update(
		void *state, cstn_go_call *call, const cstn_go_update_options *given)
{
	cstn_demand_update_options with = CSTN_DEMAND_UPDATE_OPTIONS_INIT;

	with.flags = given->flags;
	with.progress = given->progress;
	with.binding = call->binding;
	return cstn_demand_model_update(state, call->in, &with, &call->bad, &call->error);
}

const cstn_go_kind cstn_go_demand_model = {
		CSTN_GO_STATE_KIND(demand_model, "demand model"),
		.update = demand_model_update,
};

void cstn_go_demand_model_new(const cstn_demand_config *given, const char *pool, const char *events,
		const cstn_allocator *allocator, cstn_demand_model **out, cstn_go_outcome *o)
{
	cstn_demand_config config = *given;
	const char **names = cstn_go_list_texts(events, (size_t)given->n_events);

	if (names == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for the names of events");
		return;
	}
	config.pool = pool;
	config.events = names;
	CSTN_GO_CALL(o, cstn_demand_model_new(&config, allocator, out, &error));
	free(names);
}

void cstn_go_demand_model_digest(const cstn_demand_model *model, uint8_t *out)
{
	cstn_demand_model_digest(model, out);
}

void cstn_go_demand_model_update_one(cstn_demand_model *model, const cstn_demand_observation *given,
		const char *key, const char *pool, cstn_go_outcome *o)
{
	cstn_demand_observation row = *given;

	row.key = key;
	row.pool = pool;
	CSTN_GO_CALL(o, cstn_demand_model_update_one(model, &row, &error));
}

void cstn_go_demand_model_close_period(cstn_demand_model *model, int64_t ds, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_demand_model_close_period(model, ds, &error));
}

/* A call with the options of forecasts. */
static void look_ahead(int is_explained, cstn_demand_model *model, const cstn_go_input *keys,
		const cstn_go_input *future, const cstn_demand_forecast_options *given,
		const double *levels, struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_demand_forecast_options options = *given;
	struct ArrowArrayStream *later;
	cstn_go_call call, ahead;
	cstn_status status;

	if (!cstn_go_begin_both(&call, &ahead, keys, future, o))
		return;
	later = future != NULL ? ahead.in : NULL;
	options.levels = options.n_levels > 0 ? levels : NULL;
	options.binding = future != NULL ? ahead.binding : call.binding;
	if (is_explained)
		status = cstn_demand_model_explain(
				model, call.in, later, &options, call.out, &call.error);
	else
		status = cstn_demand_model_forecast(
				model, call.in, later, &options, call.out, &call.error);
	if (future != NULL)
		cstn_go_end(&ahead, CSTN_OK, NULL, o);
	cstn_go_end(&call, status, out, o);
}

void cstn_go_demand_model_forecast(cstn_demand_model *model, const cstn_go_input *keys,
		const cstn_go_input *future, const cstn_demand_forecast_options *given,
		const double *levels, struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	look_ahead(0, model, keys, future, given, levels, out, o);
}

void cstn_go_demand_model_explain(cstn_demand_model *model, const cstn_go_input *keys,
		const cstn_go_input *future, const cstn_demand_forecast_options *given,
		const double *levels, struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	look_ahead(1, model, keys, future, given, levels, out, o);
}

void cstn_go_demand_model_lead_time(cstn_demand_model *model, const cstn_go_input *keys,
		const cstn_go_input *future, const cstn_demand_lead_options *given,
		const double *shares, struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_demand_lead_options options = *given;
	cstn_go_call call, ahead;
	cstn_status status;

	if (!cstn_go_begin_both(&call, &ahead, keys, future, o))
		return;
	options.shares = shares;
	options.binding = future != NULL ? ahead.binding : call.binding;
	status = cstn_demand_model_lead_time(model, call.in, future != NULL ? ahead.in : NULL,
			&options, call.out, &call.error);
	if (future != NULL)
		cstn_go_end(&ahead, CSTN_OK, NULL, o);
	cstn_go_end(&call, status, out, o);
}

void cstn_go_demand_model_forecast_one(const cstn_demand_model *model,
		const cstn_demand_query *given, const char *key, const uint32_t *events,
		const double *levels, double *mean, double *quantiles, int32_t *flags,
		cstn_go_outcome *o)
{
	cstn_demand_query query = *given;

	query.key = key;
	query.events = events;
	query.levels = query.n_levels > 0 ? levels : NULL;
	CSTN_GO_CALL(o, cstn_demand_model_forecast_one(model, &query, mean,
					query.n_levels > 0 ? quantiles : NULL, flags, &error));
}

void cstn_go_demand_model_size(
		const cstn_demand_model *model, cstn_demand_size *out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_demand_model_size(model, out, &error));
}
