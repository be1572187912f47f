/* Tables of this library as JSON: an object a row.
 *
 * The streams are our own, so that their form is known (table/export.h): batches of columns from
 * offset 0, each with a validity bitmap or none. Cost: O(values). */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "sharing/customer.h"
#include "sharing/json_fields.h"
#include "table/export.h"

json_t *cstn__json_of_time(int64_t us)
{
	char text[64];

	cstn_time_format(us, text, sizeof(text));
	return json_string(text);
}

static int bit(const void *bits, int64_t row)
{
	return ((const uint8_t *)bits)[row / 8] >> row % 8 & 1;
}

static json_t *value_to_json(const char *format, const struct ArrowArray *column, int64_t row)
{
	const void *values = column->buffers[1];
	const int32_t *offsets = values;

	switch (format[0]) {
	case 'b':
		return json_boolean(bit(values, row));
	case 'i':
		return json_integer(((const int32_t *)values)[row]);
	case 'g':
		return json_real(((const double *)values)[row]);
	case 'u':
		return json_stringn((const char *)column->buffers[2] + offsets[row],
				(size_t)(offsets[row + 1] - offsets[row]));
	case 't':
		return cstn__json_of_time(((const int64_t *)values)[row]);
	default: /* 'l' */
		return cstn__json_of_i64(((const int64_t *)values)[row]);
	}
}

static json_t *row_to_json(const struct ArrowSchema *schema, const struct ArrowArray *batch,
		int64_t row, const char *without)
{
	json_t *out = json_object();

	for (int64_t i = 0; out && i < schema->n_children; i++) {
		const struct ArrowArray *column = batch->children[i];
		const char *name = schema->children[i]->name;

		if (strcmp(name, without) == 0 ||
				(column->buffers[0] && !bit(column->buffers[0], row)))
			continue;
		if (json_object_set_new(out, name,
				    value_to_json(schema->children[i]->format, column, row))) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}

static cstn_status fail_stream(int code, cstn_error **error)
{
	return code == ENOMEM ? cstn__fail_nomem(error)
			      : cstn__fail(error, cstn__stream_status(code), "a table failed");
}

static cstn_status put_batches(struct ArrowArrayStream *stream, const struct ArrowSchema *schema,
		const char *without, json_t *out, cstn_error **error)
{
	for (;;) {
		struct ArrowArray batch;
		int failed = stream->get_next(stream, &batch);

		if (failed)
			return fail_stream(failed, error);
		if (!batch.release)
			return CSTN_OK;
		for (int64_t row = 0; row < batch.length && !failed; row++)
			failed = json_array_append_new(
					out, row_to_json(schema, &batch, row, without));
		batch.release(&batch);
		if (failed)
			return cstn__fail_nomem(error);
	}
}

cstn_status cstn__table_to_json(struct ArrowArrayStream *stream, const char *without, json_t **out,
		cstn_error **error)
{
	struct ArrowSchema schema;
	json_t *list = json_array();
	int failed = stream->get_schema(stream, &schema);
	cstn_status status = failed ? fail_stream(failed, error) : CSTN_OK;

	if (status == CSTN_OK) {
		status = list ? put_batches(stream, &schema, without, list, error)
			      : cstn__fail_nomem(error);
		schema.release(&schema);
	}
	stream->release(stream);
	if (status == CSTN_OK)
		*out = list;
	else
		json_decref(list);
	return status;
}
