/* Streams: what must live as long as they do, reading them batch by batch, binding, and CSV.
 *
 * A stream of the library may need things that Go made for it: a binding, a progress, bytes of a
 * CSV. They are held by a counted `keep`, which the stream carries with it wherever it is moved and
 * whoever releases it, while the Go object holds the same keep to read the rows that were left out.
 * Inside a keep the stream goes first. */

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bridge.h"

struct cstn_go_keep {
	_Atomic int64_t refs;
	cstn_row_errors *rows;
	cstn_binding *binding;
	cstn_progress *progress;
	uint8_t *bytes;
};

static cstn_go_keep *keep_new(cstn_go_outcome *o)
{
	cstn_go_keep *keep = calloc(1, sizeof(*keep));

	if (keep == NULL)
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a stream");
	else
		atomic_init(&keep->refs, 1);
	return keep;
}

cstn_go_keep *cstn_go_keep_ref(cstn_go_keep *keep)
{
	atomic_fetch_add(&keep->refs, 1);
	return keep;
}

void cstn_go_keep_unref(cstn_go_keep *keep)
{
	if (keep == NULL || atomic_fetch_sub(&keep->refs, 1) != 1)
		return;
	cstn_row_errors_free(keep->rows);
	cstn_binding_free(keep->binding);
	cstn_progress_free(keep->progress);
	free(keep->bytes);
	free(keep);
}

cstn_progress *cstn_go_keep_progress(const cstn_go_keep *keep)
{
	return keep->progress;
}

/* --- a stream that carries a keep ---------------------------------------------------------------
 */

typedef struct carried {
	struct ArrowArrayStream inner;
	cstn_go_keep *keep;
} carried;

static int carried_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
	carried *c = stream->private_data;

	return c->inner.get_schema(&c->inner, out);
}

static int carried_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
	carried *c = stream->private_data;

	return c->inner.get_next(&c->inner, out);
}

static const char *carried_error(struct ArrowArrayStream *stream)
{
	carried *c = stream->private_data;

	return c->inner.get_last_error(&c->inner);
}

static void carried_release(struct ArrowArrayStream *stream)
{
	carried *c = stream->private_data;

	if (c->inner.release != NULL)
		c->inner.release(&c->inner);
	cstn_go_keep_unref(c->keep);
	free(c);
	stream->release = NULL;
}

/* Moves `inner` into a stream on the heap that also holds `keep`; NULL, with `inner` released, if
 * there is no memory. */
static struct ArrowArrayStream *carry(
		struct ArrowArrayStream *inner, cstn_go_keep *keep, cstn_go_outcome *o)
{
	struct ArrowArrayStream *out = cstn_arrow_stream_new();
	carried *c = malloc(sizeof(*c));

	if (out == NULL || c == NULL) {
		cstn_arrow_stream_free(out);
		free(c);
		if (inner->release != NULL)
			inner->release(inner);
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a stream");
		return NULL;
	}
	c->inner = *inner;
	inner->release = NULL;
	c->keep = keep;
	atomic_fetch_add(&keep->refs, 1);
	out->get_schema = carried_schema;
	out->get_next = carried_next;
	out->get_last_error = carried_error;
	out->release = carried_release;
	out->private_data = c;
	return out;
}

/* --- reading ------------------------------------------------------------------------------------
 */

static cstn_status status_of_errno(int code)
{
	switch (code) {
	case ECANCELED:
		return CSTN_E_CANCELLED;
	case ENOMEM:
		return CSTN_E_NOMEM;
	case EDQUOT: /* what streams of the library say beyond a limit */
		return CSTN_E_LIMIT;
	default:
		return CSTN_E_STREAM;
	}
}

void cstn_go_say_stream(cstn_go_outcome *o, struct ArrowArrayStream *stream, int code)
{
	const char *text = stream->get_last_error(stream);

	cstn_go_say(o, status_of_errno(code), text == NULL ? strerror(code) : text);
}

void cstn_go_stream_schema(
		struct ArrowArrayStream *stream, struct ArrowSchema **out, cstn_go_outcome *o)
{
	struct ArrowSchema *schema = cstn_arrow_schema_new();
	int code;

	if (schema == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a schema");
		return;
	}
	code = stream->get_schema(stream, schema);
	if (code != 0) {
		cstn_go_say_stream(o, stream, code);
		cstn_arrow_schema_free(schema);
		return;
	}
	*out = schema;
}

void cstn_go_array_release(struct ArrowArray *array)
{
	if (array->release != NULL)
		array->release(array);
}

void cstn_go_stream_next(
		struct ArrowArrayStream *stream, struct ArrowArray *array, cstn_go_outcome *o)
{
	int code;

	cstn_go_array_release(array);
	code = stream->get_next(stream, array);
	if (code != 0) {
		array->release = NULL;
		cstn_go_say_stream(o, stream, code);
	} else if (array->release == NULL) {
		o->status = CSTN_DONE;
	}
}

void cstn_go_keep_read_rows(const cstn_go_keep *keep, cstn_go_outcome *o)
{
	cstn_go_read_rows(keep->rows, o);
}

/* --- binding ------------------------------------------------------------------------------------
 */

static cstn_status bind_step(cstn_binding *binding, const cstn_go_bind_step *step,
		const char *const text[3], cstn_zone *const *zones, cstn_error **error)
{
	switch (step->kind) {
	case CSTN_GO_BIND_RENAME:
		return cstn_binding_rename(binding, text[0], text[1], error);
	case CSTN_GO_BIND_CONSTANT:
		return cstn_binding_constant(binding, text[0], text[1], error);
	case CSTN_GO_BIND_VALUE:
		return cstn_binding_value(binding, text[0], text[1], text[2], error);
	case CSTN_GO_BIND_ZONE:
		return cstn_binding_zone(binding, text[0], zones[step->number], error);
	case CSTN_GO_BIND_SCALE:
		return cstn_binding_scale(binding, text[0], step->number, error);
	case CSTN_GO_BIND_FORM:
		return cstn_binding_form(binding, text[0], text[1], error);
	case CSTN_GO_BIND_CAST:
		return cstn_binding_cast(binding, text[0], (uint32_t)step->number, error);
	case CSTN_GO_BIND_TRUST:
		cstn_binding_trust(binding, step->number);
		return CSTN_OK;
	default:
		cstn_binding_strict(binding, step->number);
		return CSTN_OK;
	}
}

cstn_status cstn_go_binding_build(const cstn_go_binding *from, const cstn_allocator *allocator,
		cstn_binding **out, cstn_error **error)
{
	cstn_binding *binding = NULL;
	const char *next = from->texts;
	cstn_status status = cstn_binding_new(allocator, &binding, error);
	size_t i;

	for (i = 0; status == CSTN_OK && i < from->n_steps; i++) {
		const char *text[3] = {NULL, NULL, NULL};
		int t;

		for (t = 0; t < 3; t++) {
			if (from->steps[i].absent & (1 << t))
				continue;
			text[t] = next;
			next += strlen(next) + 1;
		}
		status = bind_step(binding, &from->steps[i], text, from->zones, error);
	}
	if (status != CSTN_OK)
		cstn_binding_free(binding);
	else
		*out = binding;
	return status;
}

void cstn_go_binding_check(const cstn_go_binding *binding, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_binding *built = NULL;
	cstn_status status = cstn_go_binding_build(binding, NULL, &built, &error);

	cstn_binding_free(built);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_stream_bind(struct ArrowArrayStream *in, cstn_schema *schema,
		const cstn_go_binding *binding, const cstn_allocator *allocator,
		struct ArrowArrayStream **out, cstn_go_keep **keep_out, cstn_go_outcome *o)
{
	struct ArrowArrayStream bound = {NULL, NULL, NULL, NULL, NULL};
	cstn_error *error = NULL;
	cstn_go_keep *keep = keep_new(o);
	cstn_status status = CSTN_OK;

	if (keep == NULL)
		return;
	if (binding != NULL)
		status = cstn_go_binding_build(binding, allocator, &keep->binding, &error);
	if (status == CSTN_OK)
		status = cstn_stream_bind(
				in, schema, keep->binding, allocator, &bound, &keep->rows, &error);
	if (status == CSTN_OK) {
		*out = carry(&bound, keep, o);
		if (*out != NULL) {
			*keep_out = keep;
			return;
		}
	} else {
		cstn_go_finish(o, status, error, NULL);
	}
	cstn_go_keep_unref(keep);
}

/* --- CSV ----------------------------------------------------------------------------------------
 */

void cstn_go_csv_open(const char *path, const uint8_t *data, size_t size, cstn_schema *schema,
		const cstn_csv_options *options, const cstn_allocator *allocator,
		cstn_csv_reader **out, cstn_go_keep **keep_out, cstn_go_outcome *o)
{
	cstn_csv_options with = *options;
	cstn_error *error = NULL;
	cstn_go_keep *keep = keep_new(o);
	cstn_status status;

	if (keep == NULL)
		return;
	status = cstn_progress_new(allocator, &keep->progress, &error);
	if (status != CSTN_OK)
		goto fail;
	with.progress = keep->progress;
	if (path != NULL) {
		status = cstn_csv_reader_open(path, schema, &with, allocator, out, &error);
	} else {
		keep->bytes = malloc(size + 1);
		if (keep->bytes == NULL) {
			cstn_go_say(o, CSTN_E_NOMEM, "no memory for a copy of the CSV");
			cstn_go_keep_unref(keep);
			return;
		}
		if (size > 0)
			memcpy(keep->bytes, data, size);
		status = cstn_csv_reader_open_bytes(
				keep->bytes, size, schema, &with, allocator, out, &error);
	}
	if (status == CSTN_OK) {
		*keep_out = keep;
		return;
	}
fail:
	cstn_go_keep_unref(keep);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_csv_export(cstn_csv_reader *reader, cstn_go_keep *keep, struct ArrowArrayStream **out,
		cstn_go_outcome *o)
{
	struct ArrowArrayStream rows = {NULL, NULL, NULL, NULL, NULL};
	cstn_error *error = NULL;
	cstn_status status = cstn_csv_reader_export(reader, &rows, &error);

	if (status == CSTN_OK)
		*out = carry(&rows, keep, o);
	else
		cstn_go_finish(o, status, error, NULL);
}

void cstn_go_csv_rejects(const cstn_csv_reader *reader, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_row_errors *rows = NULL;
	cstn_status status = cstn_csv_reader_rejects(reader, &rows, &error);

	cstn_go_finish(o, status, error, rows);
}

void cstn_go_csv_export_rejects(
		const cstn_csv_reader *reader, struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, NULL, 1, o))
		return;
	status = cstn_csv_reader_export_rejects(reader, call.out, &call.error);
	cstn_go_end(&call, status, out, o);
}

void cstn_go_csv_infer(const char *path, int64_t sample_rows, const cstn_csv_options *options,
		const cstn_allocator *allocator, cstn_schema **schema,
		struct ArrowArrayStream **evidence, cstn_go_outcome *o)
{
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, NULL, 1, o))
		return;
	status = cstn_csv_infer(
			path, sample_rows, options, allocator, schema, call.out, &call.error);
	cstn_go_end(&call, status, evidence, o);
}

void cstn_go_csv_write_file(struct ArrowArrayStream *rows, const char *path,
		const cstn_csv_options *options, cstn_progress *progress,
		const cstn_allocator *allocator, uint64_t *out_rows, cstn_go_outcome *o)
{
	cstn_csv_options with = *options;
	cstn_error *error = NULL;
	cstn_status status;

	with.progress = progress;
	status = cstn_csv_write_file(rows, path, &with, allocator, out_rows, &error);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_csv_write_bytes(struct ArrowArrayStream *rows, const cstn_csv_options *options,
		cstn_progress *progress, const cstn_allocator *allocator, cstn_buffer **out,
		cstn_go_outcome *o)
{
	cstn_csv_options with = *options;
	cstn_error *error = NULL;
	cstn_status status;

	with.progress = progress;
	status = cstn_csv_write_bytes(rows, &with, allocator, out, &error);
	cstn_go_finish(o, status, error, NULL);
}

/* --- tables of a result -------------------------------------------------------------------------
 */

CSTN_GO_FREE(result, cstn_perfect_order_result_unref(object))
CSTN_GO_EXPORT(result, cstn_perfect_order_result_export(object, table, out, error))

const cstn_go_kind cstn_go_result = {
		.what = "result",
		.free = result_free,
		.export = result_export,
};

void cstn_go_result_compare(const cstn_perfect_order_result *result, int32_t order,
		int64_t min_units, struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_compare_options options = CSTN_COMPARE_OPTIONS_INIT;

	options.order = order;
	options.min_units = min_units;
	CSTN_GO_GIVE(o, out, cstn_perfect_order_compare(result, &options, call.out, &call.error));
}

void cstn_go_result_standardise(const cstn_perfect_order_result *result, size_t group,
		size_t stratum, int32_t min_cover_ppm, int64_t min_units,
		struct ArrowArrayStream **out, cstn_go_outcome *o)
{
	cstn_compare_options options = CSTN_COMPARE_OPTIONS_INIT;

	options.min_cover_ppm = min_cover_ppm;
	options.min_units = min_units;
	CSTN_GO_GIVE(o, out,
			cstn_perfect_order_standardise(
					result, group, stratum, &options, call.out, &call.error));
}
