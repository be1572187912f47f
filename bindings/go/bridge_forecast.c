/* Forecasts of rows by fitted models, and measures of forecasts. */

#include "bridge.h"
#include "bridge_object.h"

void cstn_go_family_fit(const cstn_go_input *rows, const cstn_family_options *given,
		const cstn_allocator *allocator, struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_family_options options = *given;
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, rows, 1, o))
		return;
	options.binding = call.binding;
	status = cstn_family_fit(call.in, &options, allocator, call.out, &call.bad, &call.error);
	cstn_go_end(&call, status, out, o);
}

void cstn_go_forecast_metric(int32_t metric, const cstn_forecast_sample *options,
		const double *actual, const double *forecast, const double *history,
		const double *low, const double *high, double *out, cstn_go_outcome *o)
{
	cstn_forecast_sample sample = *options;
	cstn_error *error = NULL;
	cstn_status status;

	sample.actual = actual;
	sample.forecast = forecast;
	sample.history = history;
	sample.low = low;
	sample.high = high;
	status = cstn_forecast_metric(metric, &sample, out, &error);
	cstn_go_finish(o, status, error, NULL);
}
