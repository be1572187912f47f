/* Micro-clusters of k-means. */

#include "bridge.h"

CSTN_GO_STATE(kmeans_cells)
CSTN_GO_SUBTRACT(kmeans_cells)
CSTN_GO_PARAM(kmeans_cells, cstn_kmeans_cells_get_param(object, name, out, error))

static cstn_status kmeans_cells_export(
		const void *object, int32_t table, struct ArrowArrayStream *out, cstn_error **error)
{
	(void)table; /* there is one */
	return cstn_kmeans_cells_export(object, out, error);
}

static cstn_status kmeans_cells_update(
		void *state, cstn_go_call *call, const cstn_go_update_options *options)
{
	cstn_kmeans_options with = CSTN_KMEANS_OPTIONS_INIT;

	with.threads = options->threads;
	with.progress = options->progress;
	with.binding = call->binding;
	return cstn_kmeans_cells_update(state, call->in, &with, &call->bad, &call->error);
}

const cstn_go_kind cstn_go_kmeans_cells = {
		CSTN_GO_STATE_KIND(kmeans_cells, "k-means cells"),
		.update = kmeans_cells_update,
		.param = kmeans_cells_param,
		.export = kmeans_cells_export,
		.subtract = kmeans_cells_subtract,
};

void cstn_go_kmeans_cells_new(const cstn_kmeans *model, int32_t max_cells, int32_t coarser,
		int32_t headroom, const cstn_allocator *allocator, cstn_kmeans_cells **out,
		cstn_go_outcome *o)
{
	cstn_kmeans_cells_options options = CSTN_KMEANS_CELLS_OPTIONS_INIT;

	options.max_cells = max_cells;
	options.coarser = coarser;
	options.headroom = headroom;
	CSTN_GO_CALL(o, cstn_kmeans_cells_new(model, &options, allocator, out, &error));
}

void cstn_go_kmeans_cells_fit(const cstn_kmeans_cells *cells, const cstn_go_kmeans_options *from,
		const double *centres, cstn_kmeans **out, cstn_go_outcome *o)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;

	cstn_go_kmeans_asked(from, NULL, centres, NULL, &options);
	CSTN_GO_CALL(o, cstn_kmeans_cells_fit(cells, from->k, &options, out, &error));
}

void cstn_go_kmeans_cells_bounds(const cstn_kmeans_cells *cells, const cstn_kmeans *model,
		double bounds[2], cstn_go_outcome *o)
{
	CSTN_GO_CALL(o, cstn_kmeans_cells_bounds(cells, model, &bounds[0], &bounds[1], &error));
}
