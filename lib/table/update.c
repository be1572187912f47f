/* What calls have in common that add a stream of rows to a state: the stream is moved at once, the
 * arguments are looked at, its columns are bound, and there is a place for what is wrong.
 * O(columns).
 */
#include "base/error.h"
#include "table/column.h"

cstn_status cstn__stream_take(struct ArrowArrayStream *from, const char *what,
		struct ArrowArrayStream *to, cstn_error **error)
{
	if (!from)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL", what);
	if (!from->release)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the stream of %s is released already", what);
	*to = *from;
	from->release = NULL;
	return CSTN_OK;
}

cstn_status cstn__update_run(const cstn__update *update, struct ArrowArrayStream *rows, void *read,
		size_t size, cstn_row_errors **bad_rows, cstn_error **error)
{
	struct ArrowArrayStream stream;
	cstn_status status = cstn__stream_take(rows, update->rows, &stream, error);

	if (status != CSTN_OK)
		return status;
	if (!update->state)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL", update->name);
	else
		status = cstn__options_read(update->options, size, size, update->flags,
				update->options_name, read, error);
	if (status == CSTN_OK)
		status = update->add(update->state, &stream, read, bad_rows, error);
	stream.release(&stream);
	return status;
}

cstn_status cstn__bind_rows(struct ArrowArrayStream *stream, const cstn__column_decl *decls,
		size_t n, const cstn_binding *binding, uint32_t flags,
		const cstn_allocator *allocator, cstn__bound **bound, cstn__row_sink **sink,
		cstn_error **error)
{
	cstn_status status = cstn__bind_stream(stream, decls, n, binding, allocator, bound, error);

	if (status != CSTN_OK)
		return status;
	if (flags & CSTN_IMPORT_TRUSTED)
		cstn__bound_trust(*bound);
	status = cstn__row_sink_new(allocator, sink, error);
	if (status != CSTN_OK) {
		cstn__bound_free(*bound);
		*bound = NULL;
	}
	return status;
}
