/* From the best of several runs to the model: its labels and centres are kept while others run;
 * then come the exact means, sizes and costs of the caller's values, and the order of labels.
 *
 * A run that converged has labels by its own centres. Else (max_iter, tol, a cost that did not
 * fall) labels are taken once more by the centres at the end, so that predicting the rows gives
 * their labels in every case. Cost: three passes over the rows and one over their weights. */
#include <string.h>

#include "base/error.h"
#include "base/sort.h"
#include "segment/kmeans_model.h"

#define ROWS CSTN__PACK_ROWS

/* --- the best run ----------------------------------------------------------------------------- */

static size_t labels_size(const cstn__kmeans_best *best)
{
	return cstn__array_size(best->blocks, ROWS * sizeof(uint16_t));
}

cstn_status cstn__kmeans_best_init(
		cstn__kmeans_best *best, const cstn__kmeans_job *job, size_t k, cstn_error **error)
{
	cstn_status status;

	memset(best, 0, sizeof(*best));
	best->blocks = job->rows.blocks;
	status = cstn__kmeans_centres_init(
			&best->centres, k, job->d, job->rows.m, &job->allocator, error);
	if (status != CSTN_OK || job->options.n_init == 1) /* then the labels of the run serve */
		return status;
	best->labels = cstn__alloc(&job->allocator, labels_size(best));
	return best->labels ? CSTN_OK : cstn__fail_nomem(error);
}

void cstn__kmeans_best_free(cstn__kmeans_best *best)
{
	const cstn_allocator allocator = best->centres.allocator;

	if (!best->centres.k)
		return;
	cstn__free(&allocator, best->labels, labels_size(best));
	cstn__kmeans_centres_free(&best->centres);
}

void cstn__kmeans_best_keep(
		cstn__kmeans_best *best, cstn__kmeans_run *run, int32_t restart, double cost)
{
	uint16_t *labels = run->labels;

	run->labels = best->labels;
	best->labels = labels;
	cstn__kmeans_centres_copy(&best->centres, &run->centres);
	best->cost = cost;
	best->iterations = run->iterations;
	best->converged = run->converged;
	best->restart = restart;
	best->moved = run->moved;
}

/* --- the order of labels ---------------------------------------------------------------------- */

typedef struct ordering {
	const cstn_kmeans *model;
	int32_t order, column;
} ordering;

static int compare_clusters(const void *left, const void *right, void *context)
{
	const ordering *in = context;
	size_t a = *(const uint32_t *)left, b = *(const uint32_t *)right, l, d = in->model->d;
	const double *p = in->model->centres + a * d, *q = in->model->centres + b * d;
	const uint32_t *modes = in->model->packed.modes;
	size_t m = in->model->packed.m;

	if (in->order == CSTN_KMEANS_ORDER_COLUMN && p[in->column] != q[in->column])
		return p[in->column] > q[in->column] ? -1 : 1;
	if (in->order == CSTN_KMEANS_ORDER_SIZE && in->model->weights[a] != in->model->weights[b])
		return in->model->weights[a] > in->model->weights[b] ? -1 : 1;
	for (l = 0; l < d && in->order != CSTN_KMEANS_ORDER_START; l++)
		if (p[l] != q[l])
			return p[l] < q[l] ? -1 : 1;
	for (l = 0; l < m && in->order != CSTN_KMEANS_ORDER_START; l++)
		if (modes[a * m + l] != modes[b * m + l])
			return modes[a * m + l] < modes[b * m + l] ? -1 : 1;
	return a < b ? -1 : a > b;
}

#define REORDER(type, items, width)                                               \
	do {                                                                      \
		type *from_ = (type *)(void *)copy;                               \
                                                                                  \
		memcpy(from_, (items), k *(width) * sizeof(type));                \
		for (j = 0; j < k; j++)                                           \
			memcpy((items) + j * (width), from_ + order[j] * (width), \
					(width) * sizeof(type));                  \
	} while (0)

cstn_status cstn__kmeans_order_labels(
		const cstn__kmeans_job *job, cstn_kmeans *model, cstn_error **error)
{
	ordering how = {model, job->options.order, job->options.order_column};
	size_t k = model->k, d = model->d, m = model->packed.m, j;
	size_t size = cstn__array_size(k * (d + m + 1), sizeof(double));
	uint32_t *order = cstn__alloc(&job->allocator, 2 * k * sizeof(*order)), *place;
	double *copy = cstn__alloc(&job->allocator, size);
	uint64_t row;

	if (order && copy) {
		place = order + k;
		for (j = 0; j < k; j++)
			order[j] = (uint32_t)j;
		cstn__sort(order, k, sizeof(*order), compare_clusters, &how);
		for (j = 0; j < k; j++)
			place[order[j]] = (uint32_t)j;
		REORDER(double, model->centres, d);
		REORDER(double, model->packed.at, d);
		REORDER(double, model->weights, 1);
		REORDER(double, model->inertias, 1);
		REORDER(int64_t, model->rows, 1);
		REORDER(uint32_t, model->packed.modes, m);
		for (row = 0; row < model->n; row++)
			model->labels[row] = cstn__features_is_bad(&job->features, row)
							     ? CSTN__LABEL_NONE
							     : (uint16_t)place[model->labels[row]];
		cstn__kmeans_centres_ready(&model->packed);
	}
	cstn__free(&job->allocator, order, 2 * k * sizeof(*order));
	cstn__free(&job->allocator, copy, size);
	return order && copy ? CSTN_OK : cstn__fail_nomem(error);
}

/* --- the model -------------------------------------------------------------------------------- */

cstn_status cstn__kmeans_take_best(const cstn__kmeans_job *job, cstn__kmeans_best *best,
		cstn__kmeans_run *run, cstn__kmeans_labelling *label, cstn_kmeans *model,
		cstn_error **error)
{
	size_t d = job->d;
	uint16_t *held = run->labels;
	cstn_status status;

	memcpy(model->transforms, job->transforms, d * sizeof(*model->transforms));
	memcpy(model->means, job->means, d * sizeof(*model->means));
	cstn__kmeans_centres_copy(&model->packed, &best->centres);
	model->power = job->packing.power;
	status = cstn__kmeans_final_means(job, model, best->labels, error);
	if (status == CSTN_OK && best->converged != 1) {
		run->labels = best->labels; /* lent for the pass */
		cstn__kmeans_centres_copy(&run->centres, &best->centres);
		status = label(run, error);
		run->labels = held;
	}
	if (status == CSTN_OK)
		status = cstn__kmeans_final_sizes(job, model, best->labels, error);
	if (status != CSTN_OK)
		return status;
	model->n = job->features.n;
	model->left_out = job->features.n_bad;
	model->imputed = job->features.n_null;
	model->n_iter = best->iterations;
	model->converged = best->converged != 0;
	model->restart = best->restart;
	model->moved = best->moved;
	model->labels = best->labels;
	best->labels = NULL;
	return cstn__kmeans_order_labels(job, model, error);
}
