/* Cost to serve and service plans. */

#include "bridge.h"

/* --- cost to serve ------------------------------------------------------------------------------
 */

CSTN_GO_STATE(cost_to_serve)
CSTN_GO_UPDATE(cost_to_serve, CSTN_COST_TO_SERVE_OPTIONS_INIT, (void)0)

const cstn_go_kind cstn_go_cost_to_serve = {
		CSTN_GO_STATE_KIND(cost_to_serve, "cost to serve"),
		.update = cost_to_serve_update,
};

void cstn_go_cost_to_serve_new(const char *currency, const cstn_allocator *allocator,
		cstn_cost_to_serve **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_cost_to_serve_new(currency, allocator, out, &error));
}

void cstn_go_cost_to_serve_export(const cstn_cost_to_serve *state, const cstn_cost_rate *rates,
		size_t n_rates, const cstn_fixed_cost *fixed, size_t n_fixed, int32_t table,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_cost_rates with = CSTN_COST_RATES_INIT;

	with.rates = rates;
	with.n_rates = n_rates;
	with.fixed = fixed;
	with.n_fixed = n_fixed;
	CSTN_GO_GIVE(o, out, cstn_cost_to_serve_export(state, &with, table, call.out, &call.error));
}

/* --- service plans ------------------------------------------------------------------------------
 */

CSTN_GO_FREE(service_plan, cstn_service_plan_unref(object))
CSTN_GO_BYTES(service_plan, cstn_service_plan_format(object, form, out, error))
CSTN_GO_EXPORT(service_plan, cstn_service_plan_export(object, table, out, error))

const cstn_go_kind cstn_go_service_plan = {
		.what = "service plan",
		.free = service_plan_free,
		.bytes = service_plan_bytes,
		.export = service_plan_export,
};

void cstn_go_service_plan_builder_new(const cstn_service_plan_options *options,
		const cstn_allocator *allocator, cstn_service_plan_builder **out,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_service_plan_builder_new(options, allocator, out, &error));
}

void cstn_go_service_plan_builder_add(cstn_service_plan_builder *builder, int32_t table,
		const cstn_go_input *rows, cstn_go_outcome *o)
{
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, rows, 0, o))
		return;
	status = cstn_service_plan_builder_add(builder, table, call.in, call.binding, &call.error);
	cstn_go_end(&call, status, NULL, o);
}

void cstn_go_service_plan_builder_build(const cstn_service_plan_builder *builder,
		cstn_service_plan **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_service_plan_builder_build(builder, out, &error));
}

void cstn_go_service_plan_at(const cstn_service_plan *plan, size_t index,
		cstn_service_plan_row *out, cstn_go_outcome *o)
{
	cstn_service_plan_row row = CSTN_SERVICE_PLAN_ROW_INIT;
	cstn_error *error = NULL;
	cstn_status status = cstn_service_plan_at(plan, index, &row, &error);

	if (status == CSTN_OK)
		*out = row;
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_segment_moves(const cstn_go_input *distances, int32_t margin_ppm,
		const cstn_allocator *allocator, struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_segment_moves_options options = CSTN_SEGMENT_MOVES_OPTIONS_INIT;
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, distances, 1, o))
		return;
	options.margin_ppm = margin_ppm;
	status = cstn_segment_moves(call.in, &options, allocator, call.out, &call.error);
	cstn_go_end(&call, status, out, o);
}

void cstn_go_segment_compare(const cstn_go_input *before, const cstn_go_input *after,
		const cstn_allocator *allocator, cstn_segment_comparison *told,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	const cstn_segment_comparison empty = CSTN_SEGMENT_COMPARISON_INIT;
	cstn_go_call call, other;
	cstn_status status;

	*told = empty;
	if (!cstn_go_begin(&call, before, 1, o))
		return;
	if (!cstn_go_begin(&other, after, 0, o)) {
		cstn_go_outcome ignored = *o;

		cstn_go_end(&call, CSTN_OK, NULL, &ignored);
		return;
	}
	status = cstn_segment_compare(
			call.in, other.in, NULL, allocator, told, call.out, &call.error);
	cstn_go_end(&other, CSTN_OK, NULL, o);
	cstn_go_end(&call, status, out, o);
}
