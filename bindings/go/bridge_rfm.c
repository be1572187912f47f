/* Purchases and RFM models, with options built from flat arguments. Columns are Go's and are read
 * before the call returns; streams that come out are on the heap. */

#include <stdlib.h>

#include "bridge.h"

void cstn_go_purchases_new(const cstn_purchases_config *config, const cstn_allocator *allocator,
		cstn_purchases **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_purchases_new(config, allocator, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_purchases_update(cstn_purchases *state, const cstn_go_column *columns, size_t n,
		int64_t rows, const cstn_go_binding *binding, cstn_go_outcome *o)
{
	struct ArrowArrayStream stream = {NULL, NULL, NULL, NULL, NULL};
	cstn_purchases_options options = CSTN_PURCHASES_OPTIONS_INIT;
	cstn_binding *built = NULL;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status = CSTN_OK;

	if (cstn_go_columns_stream(columns, n, rows, 0, &stream, o) != CSTN_OK)
		return;
	if (binding != NULL)
		status = cstn_go_binding_build(binding, NULL, &built, &error);
	options.binding = built;
	if (status == CSTN_OK)
		status = cstn_purchases_update(state, &stream, &options, &bad, &error);
	if (stream.release != NULL)
		stream.release(&stream);
	cstn_binding_free(built);
	cstn_go_finish(o, status, error, bad);
}

void cstn_go_purchases_remove(cstn_purchases *state, const cstn_go_column *columns, size_t n,
		int64_t rows, cstn_go_outcome *o)
{
	struct ArrowArrayStream stream = {NULL, NULL, NULL, NULL, NULL};
	cstn_error *error = NULL;
	cstn_status status;

	if (cstn_go_columns_stream(columns, n, rows, 0, &stream, o) != CSTN_OK)
		return;
	status = cstn_purchases_remove(state, &stream, &error);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_purchases_merge(cstn_purchases *into, const cstn_purchases *from, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_purchases_merge(into, from, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_purchases_serialize(const cstn_purchases *state, cstn_buffer **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_purchases_serialize(state, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_purchases_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_purchases **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_purchases_deserialize(data, size, allocator, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_purchases_export(const cstn_purchases *state, int32_t table, int32_t as_of_days,
		int64_t unit_us, struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	struct ArrowArrayStream *made = cstn_arrow_stream_new();
	cstn_error *error = NULL;
	cstn_status status;

	if (made == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a stream");
		return;
	}
	status = cstn_purchases_export(state, table, as_of_days, unit_us, made, &error);
	if (status == CSTN_OK)
		*out = made;
	else
		cstn_arrow_stream_free(made);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_rfm_fit(const cstn_go_column *columns, size_t n, int64_t rows,
		const cstn_rfm_options *given, const char *rules, const cstn_go_binding *binding,
		const cstn_allocator *allocator, cstn_rfm **out, cstn_go_outcome *o)
{
	struct ArrowArrayStream stream = {NULL, NULL, NULL, NULL, NULL};
	cstn_rfm_options options = *given;
	cstn_binding *built = NULL;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status = CSTN_OK;

	if (cstn_go_columns_stream(columns, n, rows, 0, &stream, o) != CSTN_OK)
		return;
	if (binding != NULL)
		status = cstn_go_binding_build(binding, NULL, &built, &error);
	options.binding = built;
	options.rules = rules;
	if (status == CSTN_OK)
		status = cstn_rfm_fit(&stream, &options, allocator, out, &bad, &error);
	if (stream.release != NULL)
		stream.release(&stream);
	cstn_binding_free(built);
	cstn_go_finish(o, status, error, bad);
}

/* `drift` 0 predicts. A result comes also with bad rows. */
void cstn_go_rfm_score(const cstn_rfm *model, int32_t drift, const cstn_go_column *columns,
		size_t n, int64_t rows, const cstn_go_binding *binding,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
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
	if (binding != NULL)
		status = cstn_go_binding_build(binding, NULL, &built, &error);
	if (status == CSTN_OK)
		status = drift ? cstn_rfm_drift(model, &stream, built, made, &bad, &error)
			       : cstn_rfm_predict(model, &stream, built, made, &bad, &error);
	if (stream.release != NULL)
		stream.release(&stream);
	cstn_binding_free(built);
	if (made->release != NULL)
		*out = made;
	else
		cstn_arrow_stream_free(made);
	cstn_go_finish(o, status, error, bad);
}

void cstn_go_rfm_export(const cstn_rfm *model, int32_t table, struct ArrowArrayStream **out,
		cstn_go_outcome *o)
{
	struct ArrowArrayStream *made = cstn_arrow_stream_new();
	cstn_error *error = NULL;
	cstn_status status;

	if (made == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a stream");
		return;
	}
	status = cstn_rfm_export(model, table, made, &error);
	if (status == CSTN_OK)
		*out = made;
	else
		cstn_arrow_stream_free(made);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_rfm_get_param(const cstn_rfm *model, const char *name, double *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_rfm_get_param(model, name, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_rfm_serialize(const cstn_rfm *model, cstn_buffer **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_rfm_serialize(model, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_rfm_deserialize(const uint8_t *data, size_t size, const cstn_allocator *allocator,
		cstn_rfm **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_rfm_deserialize(data, size, allocator, out, &error);

	cstn_go_finish(o, status, error, NULL);
}
