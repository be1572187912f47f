/* k-means: options built from flat arguments. */

#include <stdlib.h>

#include "bridge.h"

CSTN_GO_MODEL(kmeans)
CSTN_GO_DESCRIBED_BYTES(kmeans)
CSTN_GO_EXPORT(kmeans, cstn_kmeans_export(object, table, out, error))

const cstn_go_kind cstn_go_kmeans = {
		CSTN_GO_MODEL_KIND(kmeans, "k-means model"),
		.export = kmeans_export,
};

void cstn_go_kmeans_asked(const cstn_go_kmeans_options *from, const uint32_t *transforms,
		const double *centres, const char *weight, cstn_kmeans_options *out)
{
	out->flags = from->flags;
	out->threads = from->threads;
	out->n_init = from->n_init;
	out->max_iter = from->max_iter;
	out->algorithm = from->algorithm;
	out->order = from->order;
	out->order_column = from->order_column;
	out->seed = from->seed;
	out->tol = from->tol;
	out->transforms = transforms;
	out->start_centres = centres;
	out->weight = weight;
}

void cstn_go_kmeans_fit(const cstn_go_input *rows, const cstn_go_kmeans_options *from,
		const char *features, const uint32_t *transforms, const double *centres,
		const char *weight, const char *margin, const cstn_allocator *allocator,
		cstn_kmeans **model, struct ArrowArrayStream **table, cstn_go_outcome *o)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	const char **names;
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, rows, from->k_max > 0, o))
		return;
	names = cstn_go_list_texts(features, from->n_features);
	if (names == NULL) {
		cstn_go_say(o, CSTN_E_NOMEM, "no memory for the names of features");
		cstn_go_end(&call, CSTN_E_NOMEM, NULL, o);
		return;
	}
	cstn_go_kmeans_asked(from, transforms, centres, weight, &options);
	options.margin = margin;
	options.segments_least = from->segments_least;
	options.segments_most = from->segments_most;
	options.samples = from->samples;
	options.binding = call.binding;
	if (from->k_max > 0)
		status = cstn_kmeans_choose(call.in, names, from->n_features, from->k, from->k_max,
				&options, allocator, call.out, &call.bad, &call.error);
	else
		status = cstn_kmeans_fit(call.in, names, from->n_features, from->k, &options,
				allocator, model, &call.bad, &call.error);
	free(names);
	cstn_go_end(&call, status, table, o);
}

void cstn_go_kmeans_predict(const cstn_kmeans *model, const cstn_go_input *rows, uint32_t flags,
		int32_t threads, struct ArrowArrayStream **table, double *score, cstn_go_outcome *o)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	cstn_go_call call;
	cstn_status status;

	if (!cstn_go_begin(&call, rows, score == NULL, o))
		return;
	options.flags = flags;
	options.threads = threads;
	options.binding = call.binding;
	status = score != NULL ? cstn_kmeans_score(model, call.in, &options, score, &call.error)
			       : cstn_kmeans_predict(model, call.in, &options, call.out, &call.bad,
						 &call.error);
	cstn_go_end(&call, status, table, o);
}

/* --- one pass in parts --------------------------------------------------------------------------
 */

CSTN_GO_STATE(kmeans_pass)
CSTN_GO_SUBTRACT(kmeans_pass)

static cstn_status kmeans_pass_update(
		void *state, cstn_go_call *call, const cstn_go_update_options *options)
{
	cstn_kmeans_options with = CSTN_KMEANS_OPTIONS_INIT;

	with.threads = options->threads;
	with.progress = options->progress;
	with.binding = call->binding;
	return cstn_kmeans_pass_update(state, call->in, &with, &call->bad, &call->error);
}

const cstn_go_kind cstn_go_kmeans_pass = {
		CSTN_GO_STATE_KIND(kmeans_pass, "k-means pass"),
		.update = kmeans_pass_update,
		.subtract = kmeans_pass_subtract,
};

void cstn_go_kmeans_pass_new(cstn_kmeans *model, const cstn_allocator *allocator,
		cstn_kmeans_pass **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_kmeans_pass_new(model, allocator, out, &error));
}

void cstn_go_kmeans_pass_finish(const cstn_kmeans_pass *pass, cstn_kmeans **out, cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_kmeans_pass_finish(pass, out, &error));
}
