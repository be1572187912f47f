/* Scores of frames of forecasts, and backtests that make them. */

#include <stdlib.h>

#include "bridge.h"
#include "bridge_object.h"

/* `names` are models, then levels. */
void cstn_go_forecast_score(const cstn_go_input *forecasts, const cstn_go_input *history,
		const cstn_score_options *given, const int32_t *metrics, const char *names,
		const char *reference, const char *level_column, const cstn_allocator *allocator,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_score_options options = *given;
	const char **all = cstn_go_list_texts(names, given->n_models + given->n_levels);
	cstn_go_call call, past;
	cstn_status status;

	if (all == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for the names of columns");
		return;
	}
	if (!cstn_go_begin(&call, forecasts, 1, o)) {
		free(all);
		return;
	}
	if (history != NULL && !cstn_go_begin(&past, history, 0, o)) {
		cstn_go_outcome ignored = *o;

		cstn_go_end(&call, CSTN_OK, NULL, &ignored);
		free(all);
		return;
	}
	options.metrics = metrics;
	options.models = options.n_models > 0 ? all : NULL;
	options.levels = all + options.n_models;
	options.reference = reference;
	options.level_column = level_column;
	options.binding = call.binding;
	options.history_binding = history != NULL ? past.binding : NULL;
	status = cstn_forecast_score(call.in, history != NULL ? past.in : NULL, &options, allocator,
			call.out, &call.bad, &call.error);
	if (history != NULL)
		cstn_go_end(&past, CSTN_OK, NULL, o);
	cstn_go_end(&call, status, out, o);
	free(all);
}

/* `names` are signals, then events of the demand model. */
void cstn_go_backtest(const cstn_go_input *rows, const cstn_family_options *models,
		const cstn_backtest_options *given, const int64_t *cutoffs, const char *names,
		const cstn_demand_config *demand, const char *pool, const cstn_allocator *allocator,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_family_options family = *models;
	cstn_backtest_options options = *given;
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	size_t n_events = demand != NULL ? (size_t)demand->n_events : 0;
	const char **all = cstn_go_list_texts(names, given->n_signals + n_events);
	cstn_go_call call;
	cstn_status status;

	if (all == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for the names of columns");
		return;
	}
	if (!cstn_go_begin(&call, rows, 1, o)) {
		free(all);
		return;
	}
	family.binding = call.binding;
	options.cutoffs = options.n_cutoffs > 0 ? cutoffs : NULL;
	options.signals = all;
	if (demand != NULL) {
		config = *demand;
		config.pool = pool;
		config.events = all + given->n_signals;
		options.demand = &config;
	}
	status = cstn_backtest(
			call.in, &family, &options, allocator, call.out, &call.bad, &call.error);
	cstn_go_end(&call, status, out, o);
	free(all);
}

/* --- ledgers ------------------------------------------------------------------------------------
 */

CSTN_GO_STATE(value_added)
CSTN_GO_UPDATE(value_added, CSTN_VALUE_ADDED_OPTIONS_INIT, (void)0)

const cstn_go_kind cstn_go_value_added = {
		CSTN_GO_STATE_KIND(value_added, "ledger of value added"),
		.update = value_added_update,
};

void cstn_go_value_added_new(const cstn_value_added_config *given, const char *steps,
		const int32_t *sizes, const cstn_allocator *allocator, cstn_value_added **out,
		cstn_go_outcome *o)
{
	cstn_value_added_config config = *given;
	const char **names = cstn_go_list_texts(steps, given->n_steps);

	if (names == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for the names of steps");
		return;
	}
	config.steps = config.n_steps > 0 ? names : NULL;
	config.sizes_ppm = config.n_sizes > 0 ? sizes : NULL;
	CSTN_GO_CALL(o, cstn_value_added_new(&config, allocator, out, &error));
	free(names);
}

void cstn_go_value_added_result(const cstn_value_added *state, uint32_t by,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	CSTN_GO_GIVE(o, out, cstn_value_added_result(state, by, call.out, &call.error));
}
