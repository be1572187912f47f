/* The signal model. */

#include <stdlib.h>

#include "bridge.h"

CSTN_GO_STATE(signal_model)
CSTN_GO_EXPORT(signal_model, cstn_signal_model_export(object, table, out, error))

static cstn_status signal_model_update(
		void *state, cstn_go_call *call, const cstn_go_update_options *given)
{
	cstn_signal_model_update_options with = CSTN_SIGNAL_MODEL_UPDATE_OPTIONS_INIT;

	with.threads = given->threads;
	with.progress = given->progress;
	with.binding = call->binding;
	return cstn_signal_model_update(state, call->in, &with, &call->bad, &call->error);
}

const cstn_go_kind cstn_go_signal_model = {
		CSTN_GO_STATE_KIND(signal_model, "signal model"),
		.export = signal_model_export,
		.update = signal_model_update,
};

void cstn_go_signal_model_new(const cstn_signal_model_config *given, const char *names,
		const uint32_t *flags, const cstn_allocator *allocator, cstn_signal_model **out,
		cstn_go_outcome *o)
{
	cstn_signal_model_config config = *given;
	cstn_regress_signal signals[CSTN_SIGNAL_MODEL_SIGNALS_MOST];
	size_t n = (size_t)given->n_signals, i;
	const char **all = cstn_go_list_texts(names, n + 1);

	if (all == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for the names of columns");
		return;
	}
	for (i = 0; i < n && i < CSTN_SIGNAL_MODEL_SIGNALS_MOST; i++)
		signals[i] = (cstn_regress_signal){all[i], flags[i], 0};
	config.signals = signals;
	config.pool = *all[n] ? all[n] : NULL;
	CSTN_GO_CALL(o, cstn_signal_model_new(&config, allocator, out, &error));
	free(all);
}

void cstn_go_signal_model_digest(const cstn_signal_model *model, uint8_t *out)
{
	cstn_signal_model_digest(model, out);
}

void cstn_go_signal_model_update_one(cstn_signal_model *model, const cstn_signal_model_row *given,
		const char *key, const char *pool, const double *signals, cstn_go_outcome *o)
{
	cstn_signal_model_row row = *given;

	row.key = key;
	row.pool = pool;
	row.signals = row.n_signals > 0 ? signals : NULL;
	CSTN_GO_CALL(o, cstn_signal_model_update_one(model, &row, &error));
}

void cstn_go_signal_model_pool(cstn_signal_model *model, uint32_t flags, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_signal_model_pool(model, flags, &error));
}

void cstn_go_signal_model_forecast(cstn_signal_model *model, const cstn_go_input *rows,
		const cstn_signal_model_forecast_options *given, struct ArrowArrayStream **out,
		cstn_go_outcome *o)
{
	cstn_signal_model_forecast_options options = *given;
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, rows, 1, o))
		return;
	options.binding = call.binding;
	status = cstn_signal_model_forecast(
			model, call.in, &options, call.out, &call.bad, &call.error);
	cstn_go_end(&call, status, out, o);
}

void cstn_go_signal_model_forecast_one(const cstn_signal_model *model,
		const cstn_signal_model_query *given, const char *key, const double *signals,
		double *mean, int32_t *flags, cstn_go_outcome *o)
{
	cstn_signal_model_query query = *given;

	query.key = key;
	query.signals = query.n_signals > 0 ? signals : NULL;
	CSTN_GO_CALL(o, cstn_signal_model_forecast_one(model, &query, mean, flags, &error));
}

void cstn_go_signal_model_size(
		const cstn_signal_model *model, cstn_signal_size *out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_signal_model_size(model, out, &error));
}
