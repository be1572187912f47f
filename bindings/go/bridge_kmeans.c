/* k-means: options built from flat arguments. Columns are Go's and are read before the call
 * returns; streams that come out are on the heap. */

#include <stdlib.h>

#include "bridge.h"

static void release_stream(struct ArrowArrayStream *stream)
{
	if (stream->release != NULL)
		stream->release(stream);
}

/* A stream of columns, room for a stream that comes out, and a binding. */
static cstn_status begin(const cstn_go_column *columns, size_t n, int64_t rows,
		const cstn_go_binding *binding, struct ArrowArrayStream *stream,
		struct ArrowArrayStream **made, cstn_binding **built, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status;

	*made = cstn_arrow_stream_new();
	if (*made == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a stream");
		return CSTN_E_NOMEM;
	}
	status = cstn_go_columns_stream(columns, n, rows, 0, stream, o);
	if (status == CSTN_OK && binding != NULL) {
		status = cstn_go_binding_build(binding, NULL, built, &error);
		if (status != CSTN_OK) {
			release_stream(stream);
			cstn_go_finish(o, status, error, NULL);
		}
	}
	if (status != CSTN_OK)
		cstn_arrow_stream_free(*made);
	return status;
}

void cstn_go_kmeans_fit(const cstn_go_column *columns, size_t n, int64_t rows,
		const cstn_go_kmeans *from, const char *features, const uint32_t *transforms,
		const double *centres, const char *weight, const cstn_go_binding *binding,
		const cstn_allocator *allocator, cstn_kmeans **model,
		struct ArrowArrayStream **table, cstn_go_outcome *o)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	struct ArrowArrayStream stream = {NULL, NULL, NULL, NULL, NULL}, *made = NULL;
	const char **names = cstn_go_list_texts(features, from->n_features);
	cstn_binding *built = NULL;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	if (names == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for the names of features");
		return;
	}
	if (begin(columns, n, rows, binding, &stream, &made, &built, o) != CSTN_OK) {
		free(names);
		return;
	}
	options.flags = from->flags;
	options.threads = from->threads;
	options.n_init = from->n_init;
	options.max_iter = from->max_iter;
	options.algorithm = from->algorithm;
	options.order = from->order;
	options.order_column = from->order_column;
	options.seed = from->seed;
	options.tol = from->tol;
	options.transforms = transforms;
	options.start_centres = centres;
	options.weight = weight;
	options.binding = built;
	if (from->k_max > 0)
		status = cstn_kmeans_choose(&stream, names, from->n_features, from->k, from->k_max,
				&options, allocator, made, &bad, &error);
	else
		status = cstn_kmeans_fit(&stream, names, from->n_features, from->k, &options,
				allocator, model, &bad, &error);
	release_stream(&stream);
	cstn_binding_free(built);
	free(names);
	if (status == CSTN_OK && from->k_max > 0)
		*table = made;
	else
		cstn_arrow_stream_free(made);
	cstn_go_finish(o, status, error, bad);
}

void cstn_go_kmeans_predict(const cstn_kmeans *model, const cstn_go_column *columns, size_t n,
		int64_t rows, uint32_t flags, int32_t threads, const cstn_go_binding *binding,
		struct ArrowArrayStream **table, double *score, cstn_go_outcome *o)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	struct ArrowArrayStream stream = {NULL, NULL, NULL, NULL, NULL}, *made = NULL;
	cstn_binding *built = NULL;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	if (begin(columns, n, rows, binding, &stream, &made, &built, o) != CSTN_OK)
		return;
	options.flags = flags;
	options.threads = threads;
	options.binding = built;
	status = score != NULL ? cstn_kmeans_score(model, &stream, &options, score, &error)
			       : cstn_kmeans_predict(model, &stream, &options, made, &bad, &error);
	release_stream(&stream);
	cstn_binding_free(built);
	if (status == CSTN_OK && score == NULL)
		*table = made;
	else
		cstn_arrow_stream_free(made);
	cstn_go_finish(o, status, error, bad);
}

void cstn_go_kmeans_get_param(
		const cstn_kmeans *model, const char *name, double *out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_kmeans_get_param(model, name, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_kmeans_export(const cstn_kmeans *model, int32_t table, struct ArrowArrayStream **out,
		cstn_go_outcome *o)
{
	struct ArrowArrayStream *made = cstn_arrow_stream_new();
	cstn_error *error = NULL;
	cstn_status status;

	if (made == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for a stream");
		return;
	}
	status = cstn_kmeans_export(model, table, made, &error);
	if (status == CSTN_OK)
		*out = made;
	else
		cstn_arrow_stream_free(made);
	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_kmeans_bytes(
		const cstn_kmeans *model, int32_t as_json, cstn_buffer **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = as_json ? cstn_kmeans_describe(model, out, &error)
				     : cstn_kmeans_serialize(model, out, &error);

	cstn_go_finish(o, status, error, NULL);
}

void cstn_go_kmeans_deserialize(const uint8_t *data, size_t size, const cstn_allocator *allocator,
		cstn_kmeans **out, cstn_go_outcome *o)
{
	cstn_error *error = NULL;
	cstn_status status = cstn_kmeans_deserialize(data, size, allocator, out, &error);

	cstn_go_finish(o, status, error, NULL);
}
