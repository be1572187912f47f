/* The last passes of a fit, over the caller's own values in double, transformed but not packed: the
 * means of the clusters as exact sums rounded once, then weights, rows and inertia around them. A
 * weight w counts a value w times without rounding. Exact sums are 600 bytes each, so means are
 * taken for some columns at a time. Cost: an exact sum a value. */
#include <math.h>

#include "base/error.h"
#include "base/parallel.h"
#include "segment/kmeans_model.h"

#define BLOCK CSTN__FEATURE_BLOCK
#define CELLS 4096 /* exact sums a thread */

typedef struct final_pass {
	const cstn__kmeans_job *job;
	const cstn_kmeans *model;
	const uint16_t *labels;
	size_t from, to; /* columns */
	size_t cells;    /* sums a thread */
	cstn__exact_sum *sums;
	int64_t *rows; /* k a thread; NULL: weights alone */
} final_pass;

static cstn_status read_weights(
		const cstn__features *features, uint64_t start, int32_t n, double *out)
{
	int32_t i;

	if (features->has_weight)
		return cstn__features_read(features, features->d, start, n, 0.0, out);
	for (i = 0; i < n; i++)
		out[i] = 1.0;
	return CSTN_OK;
}

static cstn_status means_morsel(void *context, size_t morsel, int32_t number)
{
	final_pass *in = context;
	const cstn__features *features = &in->job->features;
	uint64_t start = (uint64_t)morsel * CSTN__MORSEL_ROWS, end = start + CSTN__MORSEL_ROWS;
	cstn__exact_sum *sums = in->sums + (size_t)number * in->cells;
	double values[BLOCK], weights[BLOCK];

	end = end < features->n ? end : features->n;
	for (; start < end; start += BLOCK) {
		int32_t n = end - start < BLOCK ? (int32_t)(end - start) : BLOCK, i;
		cstn_status status = read_weights(features, start, n, weights);
		size_t l;

		for (l = in->from; l < in->to && status == CSTN_OK; l++) {
			const cstn__transform *transform = &in->job->transforms[l];

			status = cstn__features_read(
					features, l, start, n, transform->fill, values);
			cstn__transform_apply(transform, in->job->simd, values, (size_t)n);
			for (i = 0; i < n; i++)
				if (cstn__features_weight(features, start + (uint64_t)i))
					cstn__exact_sum_add_times(
							&sums[(l - in->from) * in->model->k +
									in->labels[start +
											(uint64_t)i]],
							weights[i], values[i]);
		}
		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}

static cstn_status sizes_morsel(void *context, size_t morsel, int32_t number)
{
	final_pass *in = context;
	const cstn__features *features = &in->job->features;
	uint64_t start = (uint64_t)morsel * CSTN__MORSEL_ROWS, end = start + CSTN__MORSEL_ROWS;
	cstn__exact_sum *sums = in->sums + (size_t)number * in->cells;
	int64_t *rows = in->rows ? in->rows + (size_t)number * in->model->k : NULL;
	double squares[BLOCK], weights[BLOCK];

	end = end < features->n ? end : features->n;
	for (; start < end; start += BLOCK) {
		int32_t n = end - start < BLOCK ? (int32_t)(end - start) : BLOCK, i;
		cstn_status status = read_weights(features, start, n, weights);

		if (status == CSTN_OK && rows)
			status = cstn__kmeans_block_squares(features, in->model, in->job->simd,
					in->labels, start, n, squares);
		if (status != CSTN_OK)
			return status;
		for (i = 0; i < n; i++) {
			size_t label = in->labels[start + (uint64_t)i];

			if (!cstn__features_weight(features, start + (uint64_t)i))
				continue;
			cstn__exact_sum_add(&sums[label], weights[i]);
			if (!rows)
				continue;
			rows[label]++;
			cstn__exact_sum_add_times(
					&sums[in->model->k + label], weights[i], squares[i]);
		}
	}
	return CSTN_OK;
}

cstn_status cstn__kmeans_block_squares(const cstn__features *features, const cstn_kmeans *model,
		int simd, const uint16_t *labels, uint64_t start, int32_t n, double *out)
{
	double values[BLOCK];
	int32_t i;
	size_t l;

	for (i = 0; i < n; i++)
		out[i] = 0.0;
	for (l = 0; l < model->d; l++) {
		const cstn__transform *transform = &model->transforms[l];
		cstn_status status =
				cstn__features_read(features, l, start, n, transform->fill, values);

		if (status != CSTN_OK)
			return status;
		cstn__transform_apply(transform, simd, values, (size_t)n);
		for (i = 0; i < n; i++) {
			size_t label = labels[start + (uint64_t)i];
			double t;

			if (label == CSTN__LABEL_NONE)
				continue;
			t = values[i] - model->centres[label * model->d + l];
			out[i] += t * t;
		}
	}
	return CSTN_OK;
}

/* Run over all rows, `cells` sums a thread; the sums of all threads end up in the first ones. */
static cstn_status run_final(final_pass *in,
		cstn_status (*body)(void *context, size_t morsel, int32_t worker), int32_t threads)
{
	size_t morsels = (in->job->features.n + CSTN__MORSEL_ROWS - 1) / CSTN__MORSEL_ROWS, i;
	cstn_status status;
	int32_t t;

	for (i = 0; i < in->cells * (size_t)threads; i++)
		cstn__exact_sum_init(&in->sums[i]);
	status = cstn__parallel_for(morsels, threads, NULL, body, in);
	for (t = 1; t < threads; t++) {
		for (i = 0; i < in->cells; i++)
			cstn__exact_sum_merge(&in->sums[i], &in->sums[(size_t)t * in->cells + i]);
		for (i = 0; i < in->model->k && in->rows; i++)
			in->rows[i] += in->rows[(size_t)t * in->model->k + i];
	}
	return status;
}

static int32_t threads_of(const cstn__kmeans_job *job)
{
	return cstn__threads_resolve(job->options.threads,
			(job->features.n + CSTN__MORSEL_ROWS - 1) / CSTN__MORSEL_ROWS);
}

/* What the means are divided by: 1 for a cluster that the last pass left empty. */
static cstn_status take_weights(final_pass *in, double *out)
{
	cstn_status status;
	size_t j;

	in->cells = in->model->k;
	status = run_final(in, sizes_morsel, threads_of(in->job));
	for (j = 0; j < in->model->k && status == CSTN_OK; j++) {
		out[j] = cstn__exact_sum_value(&in->sums[j]);
		out[j] = out[j] > 0.0 ? out[j] : 1.0;
	}
	return status;
}

cstn_status cstn__kmeans_final_means(const cstn__kmeans_job *job, cstn_kmeans *model,
		const uint16_t *labels, cstn_error **error)
{
	int32_t threads = threads_of(job);
	size_t k = model->k, tile = k < CELLS ? CELLS / k : 1, size, j, l;
	final_pass in = {job, model, labels, 0, 0, 0, NULL, NULL};
	cstn_status status;

	if (!job->d)
		return CSTN_OK;
	tile = tile < job->d ? tile : job->d;
	size = cstn__array_size((size_t)threads * tile * k, sizeof(cstn__exact_sum));
	in.sums = cstn__alloc(&job->allocator, size);
	if (!in.sums)
		return cstn__fail_nomem(error);
	status = take_weights(&in, model->weights);
	for (in.from = 0; in.from < job->d && status == CSTN_OK; in.from = in.to) {
		in.to = job->d - in.from < tile ? job->d : in.from + tile;
		in.cells = (in.to - in.from) * k;
		status = run_final(&in, means_morsel, threads);
		for (l = in.from; l < in.to && status == CSTN_OK; l++)
			for (j = 0; j < k; j++)
				model->centres[j * job->d + l] =
						cstn__exact_sum_value(
								&in.sums[(l - in.from) * k + j]) /
						model->weights[j];
	}
	cstn__free(&job->allocator, in.sums, size);
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

cstn_status cstn__kmeans_final_sizes(const cstn__kmeans_job *job, cstn_kmeans *model,
		const uint16_t *labels, cstn_error **error)
{
	int32_t threads = threads_of(job);
	size_t k = model->k, j;
	size_t size = cstn__array_size((size_t)threads * 2 * k, sizeof(cstn__exact_sum));
	size_t rows_size = cstn__array_size((size_t)threads * k, sizeof(int64_t));
	final_pass in = {job, model, labels, 0, 0, 2 * k, NULL, NULL};
	cstn_status status = CSTN_E_NOMEM;

	in.sums = cstn__alloc(&job->allocator, size);
	in.rows = cstn__alloc_zero(&job->allocator, rows_size);
	if (in.sums && in.rows)
		status = run_final(&in, sizes_morsel, threads);
	if (status == CSTN_OK) {
		cstn__exact_sum inertia, weight;

		cstn__exact_sum_init(&inertia);
		cstn__exact_sum_init(&weight);
		for (j = 0; j < k; j++) {
			model->rows[j] = in.rows[j];
			model->weights[j] = cstn__exact_sum_value(&in.sums[j]);
			model->inertias[j] = cstn__exact_sum_value(&in.sums[k + j]);
			cstn__exact_sum_merge(&weight, &in.sums[j]);
			cstn__exact_sum_merge(&inertia, &in.sums[k + j]);
		}
		model->weight = cstn__exact_sum_value(&weight);
		model->inertia = cstn__exact_sum_value(&inertia);
	}
	cstn__free(&job->allocator, in.sums, size);
	cstn__free(&job->allocator, in.rows, rows_size);
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}
