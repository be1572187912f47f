/* Forecasts of rows by fitted models, and measures of forecasts. */

#include "bridge.h"
#include "bridge_object.h"

void cstn_go_family_fit(const cstn_go_input *rows, const cstn_family_options *given,
		int32_t parameters, const cstn_allocator *allocator, struct ArrowArrayStream **out,
		cstn_go_outcome *o)
{
	cstn_family_options options = *given;
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, rows, 1, o))
		return;
	options.binding = call.binding;
	status = parameters ? cstn_ets_fit(call.in, &options, allocator, call.out, &call.bad,
					      &call.error)
			    : cstn_family_fit(call.in, &options, allocator, call.out, &call.bad,
					      &call.error);
	cstn_go_end(&call, status, out, o);
}

void cstn_go_forecast_metric(int32_t metric, const cstn_forecast_sample *options,
		const double *actual, const double *forecast, const double *history,
		const double *low, const double *high, const double *within, double *out,
		cstn_go_outcome *o)
{
	cstn_forecast_sample sample = *options;
	cstn_error *error = NULL;
	cstn_status status;

	sample.actual = actual;
	sample.forecast = forecast;
	sample.history = history;
	sample.low = low;
	sample.high = high;
	sample.within = within;
	status = cstn_forecast_metric(metric, &sample, out, &error);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_count_quantiles(double mean, double dispersion, const double *level, size_t n,
		double *quantile, double *within, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_count_quantiles(mean, dispersion, level, n, quantile, within, &error));
}

void cstn_go_theta_filter(const cstn_theta_parameters *parameters, const double *y, size_t n,
		size_t h, double *fitted, double *ahead, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_theta_filter(parameters, y, n, h, fitted, ahead, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_theta_fit(uint32_t model, const double *y, size_t n, cstn_theta_parameters *out,
		cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_theta_fit(model, y, n, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

/* `paths` has fitted, residuals, level, trend, forecast and variance one after the other. */
void cstn_go_ets_filter(const char *form, cstn_ets_parameters *parameters, const double *seasonal,
		const double *y, size_t n, double *paths, double *seasonal_path,
		cstn_ets_summary *summary, const cstn_allocator *allocator, cstn_go_outcome *o)
{
	cstn_ets_parameters given = *parameters;
	cstn_ets_paths to = CSTN_ETS_PATHS_INIT;
	cstn_error *error = NULL;
	cstn_status status;

	given.seasonal = seasonal;
	to.fitted = paths;
	to.residuals = paths + n;
	to.level = paths + 2 * n;
	to.trend = paths + 3 * n + 1;
	to.forecast = paths + 4 * n + 2;
	to.variance = to.forecast + given.horizon;
	to.seasonal = seasonal_path;
	status = cstn_ets_filter(form, &given, y, n, allocator, &to, summary, &error);
	cstn_go_finish(o, status, error, NULL);
}
