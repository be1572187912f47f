/* Cost to serve and service plans. Columns are Go's and are read before the call returns; streams
 * that come out are on the heap. */

#include "bridge.h"

void cstn_go_cost_to_serve_new(const char *currency, const cstn_allocator *allocator,
		cstn_cost_to_serve **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_cost_to_serve_new(currency, allocator, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_cost_to_serve_update(cstn_cost_to_serve *state, const cstn_go_column *columns,
		size_t n, int64_t rows, uint32_t flags, const cstn_go_binding *binding,
		cstn_go_outcome *o)
{
	cstn_cost_to_serve_options options = CSTN_COST_TO_SERVE_OPTIONS_INIT;
	struct ArrowArrayStream stream = {NULL, NULL, NULL, NULL, NULL};
	cstn_binding *built = NULL;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status = CSTN_OK;

	if (cstn_go_columns_stream(columns, n, rows, 0, &stream, o) != CSTN_OK)
		return;
	if (binding != NULL)
		status = cstn_go_binding_build(binding, NULL, &built, &error);
	options.flags = flags;
	options.binding = built;
	if (status == CSTN_OK)
		status = cstn_cost_to_serve_update(state, &stream, &options, &bad, &error);
	if (stream.release != NULL)
		stream.release(&stream);
	cstn_binding_free(built);
	cstn_go_finish(o, status, error, bad);
}

void cstn_go_cost_to_serve_merge(
		cstn_cost_to_serve *into, const cstn_cost_to_serve *from, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_cost_to_serve_merge(into, from, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_cost_to_serve_serialize(
		const cstn_cost_to_serve *state, cstn_buffer **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_cost_to_serve_serialize(state, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_cost_to_serve_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_cost_to_serve **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_cost_to_serve_deserialize(data, size, allocator, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

/* A stream on the heap; NULL with the outcome set when there is no memory. */
static struct ArrowArrayStream *new_stream(cstn_go_outcome *o)
{
	struct ArrowArrayStream *made = cstn_arrow_stream_new();

	if (made == NULL)
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a stream");
	return made;
}

static void give_stream(struct ArrowArrayStream *made, cstn_status status, cstn_error *error,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	if (status == CSTN_OK)
		*out = made;
	else
		cstn_arrow_stream_free(made);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_cost_to_serve_export(const cstn_cost_to_serve *state, const cstn_cost_rate *rates,
		size_t n_rates, const cstn_fixed_cost *fixed, size_t n_fixed, int32_t table,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_cost_rates with = CSTN_COST_RATES_INIT;
	struct ArrowArrayStream *made = new_stream(o);
	cstn_error *error = NULL;

	if (made == NULL)
		return;
	with.rates = rates;
	with.n_rates = n_rates;
	with.fixed = fixed;
	with.n_fixed = n_fixed;
	give_stream(made, cstn_cost_to_serve_export(state, &with, table, made, &error), error, out,
			o);
}

void cstn_go_service_plan_builder_new(const cstn_service_plan_options *options,
		const cstn_allocator *allocator, cstn_service_plan_builder **out,
		cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_service_plan_builder_new(options, allocator, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_service_plan_builder_add(cstn_service_plan_builder *builder, int32_t table,
		const cstn_go_column *columns, size_t n, int64_t rows, cstn_go_outcome *o)
{
	struct ArrowArrayStream stream = {NULL, NULL, NULL, NULL, NULL};
	cstn_error *error = NULL;
	cstn_status status;

	if (cstn_go_columns_stream(columns, n, rows, 0, &stream, o) != CSTN_OK)
		return;
	status = cstn_service_plan_builder_add(builder, table, &stream, NULL, &error);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_service_plan_builder_build(const cstn_service_plan_builder *builder,
		cstn_service_plan **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_service_plan_builder_build(builder, out, &error);

	cstn_go_finish(o, status, error, NULL);
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

void cstn_go_service_plan_format(
		const cstn_service_plan *plan, int32_t form, cstn_buffer **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_service_plan_format(plan, form, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_service_plan_export(const cstn_service_plan *plan, int32_t table,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	struct ArrowArrayStream *made = new_stream(o);
	cstn_error *error = NULL;

	if (made != NULL)
		give_stream(made, cstn_service_plan_export(plan, table, made, &error), error, out,
				o);
}

void cstn_go_segment_moves(const cstn_go_column *columns, size_t n, int64_t rows,
		int32_t margin_ppm, const cstn_allocator *allocator, struct ArrowArrayStream **out,
		cstn_go_outcome *o)
{
	cstn_segment_moves_options options = CSTN_SEGMENT_MOVES_OPTIONS_INIT;
	struct ArrowArrayStream stream = {NULL, NULL, NULL, NULL, NULL}, *made;
	cstn_error *error = NULL;

	if (cstn_go_columns_stream(columns, n, rows, 0, &stream, o) != CSTN_OK)
		return;
	made = new_stream(o);
	if (made == NULL) {
		stream.release(&stream);
		return;
	}
	options.margin_ppm = margin_ppm;
	give_stream(made, cstn_segment_moves(&stream, &options, allocator, made, &error), error,
			out, o);
}
