#ifndef CSTN_GO_BRIDGE_FORECAST_H
#define CSTN_GO_BRIDGE_FORECAST_H

/* Forecasts of demand models, of fitted ones and of the past, and how good they were. It is a part
 * of bridge.h, which includes it. */

void cstn_go_demand_model_new(const cstn_demand_config *given, const char *pool, const char *events,
		const cstn_allocator *allocator, cstn_demand_model **out, cstn_go_outcome *o);
void cstn_go_demand_model_digest(const cstn_demand_model *model, uint8_t *out);
void cstn_go_demand_model_update_one(cstn_demand_model *model, const cstn_demand_observation *given,
		const char *key, const char *pool, cstn_go_outcome *o);
void cstn_go_demand_model_close_period(cstn_demand_model *model, int64_t ds, cstn_go_outcome *o);
/* `keys` and `future` may be NULL. */
void cstn_go_demand_model_forecast(cstn_demand_model *model, const cstn_go_input *keys,
		const cstn_go_input *future, const cstn_demand_forecast_options *given,
		const double *levels, struct ArrowArrayStream **out, cstn_go_outcome *o);
void cstn_go_demand_model_explain(cstn_demand_model *model, const cstn_go_input *keys,
		const cstn_go_input *future, const cstn_demand_forecast_options *given,
		const double *levels, struct ArrowArrayStream **out, cstn_go_outcome *o);
/* `shares` may be NULL. */
void cstn_go_demand_model_lead_time(cstn_demand_model *model, const cstn_go_input *keys,
		const cstn_go_input *future, const cstn_demand_lead_options *given,
		const double *shares, struct ArrowArrayStream **out, cstn_go_outcome *o);
void cstn_go_demand_model_forecast_one(const cstn_demand_model *model,
		const cstn_demand_query *given, const char *key, const uint32_t *events,
		const double *levels, double *mean, double *quantiles, int32_t *flags,
		cstn_go_outcome *o);
void cstn_go_demand_model_size(
		const cstn_demand_model *model, cstn_demand_size *out, cstn_go_outcome *o);

extern const cstn_go_kind cstn_go_signal_model;
/* names: of the signals, then of the pool, which may be empty */
void cstn_go_signal_model_new(const cstn_signal_model_config *given, const char *names,
		const uint32_t *flags, const cstn_allocator *allocator, cstn_signal_model **out,
		cstn_go_outcome *o);
void cstn_go_signal_model_digest(const cstn_signal_model *model, uint8_t *out);
void cstn_go_signal_model_update_one(cstn_signal_model *model, const cstn_signal_model_row *given,
		const char *key, const char *pool, const double *signals, cstn_go_outcome *o);
void cstn_go_signal_model_pool(cstn_signal_model *model, uint32_t flags, cstn_go_outcome *o);
void cstn_go_signal_model_forecast(cstn_signal_model *model, const cstn_go_input *rows,
		const cstn_signal_model_forecast_options *given, struct ArrowArrayStream **out,
		cstn_go_outcome *o);
void cstn_go_signal_model_forecast_one(const cstn_signal_model *model,
		const cstn_signal_model_query *given, const char *key, const double *signals,
		double *mean, int32_t *flags, cstn_go_outcome *o);
void cstn_go_signal_model_size(
		const cstn_signal_model *model, cstn_signal_size *out, cstn_go_outcome *o);
void cstn_go_forecast_metric(int32_t metric, const cstn_forecast_sample *options,
		const double *actual, const double *forecast, const double *history,
		const double *low, const double *high, const double *within, double *out,
		cstn_go_outcome *o);
void cstn_go_count_quantiles(double mean, double dispersion, const double *level, size_t n,
		double *quantile, double *within, cstn_go_outcome *o);
void cstn_go_ets_filter(const char *form, cstn_ets_parameters *parameters, const double *seasonal,
		const double *y, size_t n, double *paths, double *seasonal_path,
		cstn_ets_summary *summary, const cstn_allocator *allocator, cstn_go_outcome *o);
void cstn_go_theta_filter(const cstn_theta_parameters *parameters, const double *y, size_t n,
		size_t h, double *fitted, double *ahead, cstn_go_outcome *o);
void cstn_go_theta_fit(uint32_t model, const double *y, size_t n, cstn_theta_parameters *out,
		cstn_go_outcome *o);
void cstn_go_forecast_score(const cstn_go_input *forecasts, const cstn_go_input *history,
		const cstn_score_options *given, const int32_t *metrics, const char *names,
		const char *reference, const char *level_column, const cstn_allocator *allocator,
		struct ArrowArrayStream **out, cstn_go_outcome *o);
void cstn_go_backtest(const cstn_go_input *rows, const cstn_family_options *models,
		const cstn_backtest_options *given, const int64_t *cutoffs, const char *names,
		const cstn_demand_config *demand, const char *pool, const cstn_allocator *allocator,
		struct ArrowArrayStream **out, cstn_go_outcome *o);
void cstn_go_value_added_new(const cstn_value_added_config *given, const char *steps,
		const int32_t *sizes, const cstn_allocator *allocator, cstn_value_added **out,
		cstn_go_outcome *o);
void cstn_go_value_added_result(const cstn_value_added *state, uint32_t by,
		struct ArrowArrayStream **out, cstn_go_outcome *o);
/* Forecasts, or `parameters` of exponential smoothing. */
void cstn_go_family_fit(const cstn_go_input *rows, const cstn_family_options *given,
		int32_t parameters, const cstn_allocator *allocator, struct ArrowArrayStream **out,
		cstn_go_outcome *o);

#endif
