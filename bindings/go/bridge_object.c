/* What the objects of the library have in common, and the frame of calls that read rows or give a
 * stream.
 *
 * A kind holds one thunk for each thing that its objects can do; Go calls the functions here with
 * the kind, so that merging, bytes, tables and updates are written once. A call is begun with all
 * that has to be made for it and ended with all that has to be given back, whatever happened. */

#include "bridge.h"

static void release(struct ArrowArrayStream *stream)
{
	if (stream != NULL && stream->release != NULL)
		stream->release(stream);
}

int cstn_go_begin(cstn_go_call *call, const cstn_go_input *input, int32_t gives, cstn_go_outcome *o)
{
	const cstn_go_call empty = {{NULL, NULL, NULL, NULL, NULL}, NULL, NULL, NULL, NULL, NULL};
	cstn_status status = CSTN_OK;

	*call = empty;
	if (input != NULL) {
		call->in = input->stream != NULL ? input->stream : &call->columns;
		if (input->stream == NULL)
			status = cstn_go_columns_stream(input->columns, input->n_columns,
					input->rows, 0, &call->columns, o);
		if (status != CSTN_OK)
			return 0;
	}
	if (gives) {
		call->out = cstn_arrow_stream_new();
		if (call->out == NULL) {
			release(call->in);
			cstn_go_say(o, CSTN_E_NOMEM, "no memory for a stream");
			return 0;
		}
	}
	if (input != NULL && input->binding != NULL)
		status = cstn_go_binding_build(input->binding, NULL, &call->binding, &call->error);
	if (status == CSTN_OK)
		return 1;
	cstn_go_end(call, status, NULL, o);
	return 0;
}

int cstn_go_begin_both(cstn_go_call *call, cstn_go_call *ahead, const cstn_go_input *keys,
		const cstn_go_input *future, cstn_go_outcome *o)
{
	cstn_go_outcome ignored;

	if (!cstn_go_begin(call, keys, 1, o))
		return 0;
	if (future == NULL || cstn_go_begin(ahead, future, 0, o))
		return 1;
	ignored = *o;
	cstn_go_end(call, CSTN_OK, NULL, &ignored);
	return 0;
}

void cstn_go_end(cstn_go_call *call, cstn_status status, struct ArrowArrayStream **out,
		cstn_go_outcome *o)
{
	release(call->in);
	cstn_binding_free(call->binding);
	if (out != NULL && call->out != NULL && call->out->release != NULL)
		*out = call->out;
	else
		cstn_arrow_stream_free(call->out);
	cstn_go_finish(o, status, call->error, call->bad);
}

void cstn_go_free(const cstn_go_kind *kind, void *object)
{
	kind->free(object);
}

void cstn_go_merge(const cstn_go_kind *kind, void *into, const void *from, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, kind->merge(into, from, &error));
}

void cstn_go_subtract(const cstn_go_kind *kind, void *from, const void *part, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, kind->subtract(from, part, &error));
}

void cstn_go_bytes(const cstn_go_kind *kind, void *object, int32_t form, cstn_buffer **out,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, kind->bytes(object, form, out, &error));
}

void cstn_go_deserialize(const cstn_go_kind *kind, const uint8_t *data, size_t size,
		const cstn_allocator *allocator, void **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, kind->deserialize(data, size, allocator, out, &error));
}

void cstn_go_param(const cstn_go_kind *kind, const void *object, const char *name, double *out,
		cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, kind->param(object, name, out, &error));
}

void cstn_go_export(const cstn_go_kind *kind, const void *object, int32_t table,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	CSTN_GO_GIVE(o, out, kind->export(object, table, call.out, &call.error));
}

void cstn_go_update(const cstn_go_kind *kind, void *state, const cstn_go_input *rows,
		const cstn_go_update_options *options, cstn_go_outcome *o)
{
	cstn_go_call call;

	if (cstn_go_begin(&call, rows, 0, o))
		cstn_go_end(&call, kind->update(state, &call, options), NULL, o);
}

void cstn_go_remove(const cstn_go_kind *kind, void *state, const cstn_go_input *customers,
		cstn_go_outcome *o)
{
	cstn_go_call call;

	if (cstn_go_begin(&call, customers, 0, o))
		cstn_go_end(&call, kind->remove(state, &call), NULL, o);
}
