/* Customer value: states, models and their calls, with options built from flat arguments. */

#include "bridge.h"

/* --- states -------------------------------------------------------------------------------------
 */

CSTN_GO_STATE(value_state)

static cstn_status value_state_update(
		void *state, cstn_go_call *call, const cstn_go_update_options *options)
{
	(void)options;
	return cstn_value_state_update(state, call->in, call->binding, &call->bad, &call->error);
}

const cstn_go_kind cstn_go_value_state = {
		CSTN_GO_STATE_KIND(value_state, "value state"),
		.update = value_state_update,
};

void cstn_go_value_state_new(const char *model, const cstn_value_config *config,
		const cstn_allocator *allocator, cstn_value_state **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_value_state_new(model, config, allocator, out, &error));
}

/* --- models -------------------------------------------------------------------------------------
 */

CSTN_GO_MODEL(customer_value)
CSTN_GO_DESCRIBED_BYTES(customer_value)

const cstn_go_kind cstn_go_customer_value = {
		CSTN_GO_MODEL_KIND(customer_value, "customer value"),
};

void cstn_go_customer_value_fit(cstn_value_state *state, int32_t threads, int32_t max_iterations,
		int32_t k, double penalty, const double *start, size_t n_start,
		cstn_customer_value **out, cstn_go_outcome *o)
{
	cstn_value_fit_options options = CSTN_VALUE_FIT_OPTIONS_INIT;
	cstn_error *error = NULL;
	cstn_status status;

	options.threads = threads;
	options.max_iterations = max_iterations;
	options.k = k;
	options.penalty = penalty;
	options.start = n_start > 0 ? start : NULL;
	options.n_start = (int32_t)n_start;
	status = cstn_customer_value_fit(state, &options, out, &error);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_customer_value_from_parameters(const char *model, const double *parameters, size_t n,
		int64_t unit_us, const cstn_allocator *allocator, cstn_customer_value **out,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_customer_value_from_parameters(
					model, parameters, n, unit_us, allocator, out, &error));
}

void cstn_go_customer_value_score(const cstn_customer_value *model, cstn_value_state *state,
		double *out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_customer_value_score(model, state, 0, out, &error));
}

/* Table 0 predicts, the others compare with a holdout. */
void cstn_go_customer_value_predict(const cstn_customer_value *model,
		const cstn_go_value_predict *from, const double *horizons, const int64_t *actual,
		const cstn_customer_value *spend, const cstn_go_input *customers,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_value_predict_options options = CSTN_VALUE_PREDICT_OPTIONS_INIT;
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, customers, 1, o))
		return;
	options.flags = from->flags;
	options.threads = from->threads;
	options.time_in = from->time_in;
	options.horizons = from->n_horizons > 0 ? horizons : NULL;
	options.n_horizons = from->n_horizons;
	options.actual = from->n_actual > 0 ? actual : NULL;
	options.n_actual = from->n_actual;
	options.residual_rate = from->residual_rate;
	options.spend = spend;
	options.periods = from->periods;
	options.timing = from->timing;
	options.period = from->period;
	options.discount = from->discount;
	options.margin_rate = from->margin_rate;
	options.cost_per_order = from->cost_per_order;
	options.money_scale = from->money_scale;
	options.binding = call.binding;
	status = from->table == 0 ? cstn_customer_value_predict(model, call.in, &options, call.out,
						    &call.bad, &call.error)
				  : cstn_customer_value_holdout(model, call.in, from->holdout,
						    &options, from->table, call.out, &call.error);
	cstn_go_end(&call, status, out, o);
}

void cstn_go_customer_value_expected(const cstn_customer_value *model, const double *t, size_t n,
		double *out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_customer_value_expected(model, t, n, out, &error));
}

void cstn_go_customer_value_pmf(const cstn_customer_value *model, double t, size_t n, double *out,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_customer_value_pmf(model, t, n, out, &error));
}
