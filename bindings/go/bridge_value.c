/* Customer value: states, models and their calls, with options built from flat arguments. Columns
 * are Go's and are read before the call returns; streams that come out are on the heap. */

#include <stdlib.h>

#include "bridge.h"

void cstn_go_value_state_new(const char *model, const cstn_value_config *config,
		const cstn_allocator *allocator, cstn_value_state **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_value_state_new(model, config, allocator, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_value_state_update(cstn_value_state *state, const cstn_go_column *columns, size_t n,
		int64_t rows, const cstn_go_binding *binding, cstn_go_outcome *o)
{
	struct ArrowArrayStream stream = {NULL, NULL, NULL, NULL, NULL};
	cstn_binding *built = NULL;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status = CSTN_OK;

	if (cstn_go_columns_stream(columns, n, rows, 0, &stream, o) != CSTN_OK)
		return;
	if (binding != NULL)
		status = cstn_go_binding_build(binding, NULL, &built, &error);
	if (status == CSTN_OK)
		status = cstn_value_state_update(state, &stream, built, &bad, &error);
	if (stream.release != NULL)
		stream.release(&stream);
	cstn_binding_free(built);
	cstn_go_finish(o, status, error, bad);
}

void cstn_go_value_state_merge(
		cstn_value_state *into, const cstn_value_state *from, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_value_state_merge(into, from, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_value_state_serialize(cstn_value_state *state, cstn_buffer **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_value_state_serialize(state, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_value_state_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_value_state **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_value_state_deserialize(data, size, allocator, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

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
	cstn_error *error = NULL;
	cstn_status status = cstn_customer_value_from_parameters(
			model, parameters, n, unit_us, allocator, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_customer_value_get_param(
		const cstn_customer_value *model, const char *name, double *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_customer_value_get_param(model, name, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_customer_value_describe(
		const cstn_customer_value *model, cstn_buffer **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_customer_value_describe(model, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_customer_value_score(const cstn_customer_value *model, cstn_value_state *state,
		double *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_customer_value_score(model, state, 0, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

/* Table 0 predicts, the others compare with a holdout. */
void cstn_go_customer_value_predict(const cstn_customer_value *model,
		const cstn_go_value_predict *from, const double *horizons,
		const cstn_customer_value *spend, const cstn_go_binding *binding,
		const cstn_go_column *columns, size_t n, int64_t rows,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_value_predict_options options = CSTN_VALUE_PREDICT_OPTIONS_INIT;
	struct ArrowArrayStream stream = {NULL, NULL, NULL, NULL, NULL}, *made;
	cstn_binding *built = NULL;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status = CSTN_OK;

	made = cstn_arrow_stream_new();
	if (made == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a stream");
		return;
	}
	if (cstn_go_columns_stream(columns, n, rows, 0, &stream, o) != CSTN_OK) {
		cstn_arrow_stream_free(made);
		return;
	}
	options.flags = from->flags;
	options.threads = from->threads;
	options.time_in = from->time_in;
	options.horizons = from->n_horizons > 0 ? horizons : NULL;
	options.n_horizons = from->n_horizons;
	options.residual_rate = from->residual_rate;
	options.spend = spend;
	options.periods = from->periods;
	options.timing = from->timing;
	options.period = from->period;
	options.discount = from->discount;
	options.margin_rate = from->margin_rate;
	options.cost_per_order = from->cost_per_order;
	options.money_scale = from->money_scale;
	if (binding != NULL)
		status = cstn_go_binding_build(binding, NULL, &built, &error);
	options.binding = built;
	if (status == CSTN_OK)
		status = from->table == 0 ? cstn_customer_value_predict(model, &stream, &options,
							    made, &bad, &error)
					  : cstn_customer_value_holdout(model, &stream,
							    from->holdout, &options, from->table,
							    made, &error);
	if (stream.release != NULL)
		stream.release(&stream);
	cstn_binding_free(built);
	if (status == CSTN_OK)
		*out = made;
	else
		cstn_arrow_stream_free(made);
	cstn_go_finish(o, status, error, bad);
}

void cstn_go_customer_value_expected(const cstn_customer_value *model, const double *t, size_t n,
		double *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_customer_value_expected(model, t, n, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_customer_value_pmf(const cstn_customer_value *model, double t, size_t n, double *out,
		cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_customer_value_pmf(model, t, n, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_customer_value_serialize(
		const cstn_customer_value *model, cstn_buffer **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_customer_value_serialize(model, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_customer_value_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_customer_value **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_customer_value_deserialize(data, size, allocator, out, &error);

	cstn_go_finish(o, status, error, NULL);
}
