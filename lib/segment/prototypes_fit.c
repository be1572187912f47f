/* A fit of k-prototypes from a stream to a model: rows are held, checked, transformed and packed as
 * k-means does it, categories become codes; then n_init runs, of which the one with the least cost
 * stays (ties the earlier) and becomes the model (kmeans_best.c). */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "segment/prototypes_model.h"

#define ROWS CSTN__PACK_ROWS
#define KNOWN_FLAGS (CSTN_PROTOTYPES_SKIP_BAD | CSTN_PROTOTYPES_IMPUTE | CSTN_PROTOTYPES_BATCH)
#define COST_MOST 0x1p900 /* of a mismatch in packed units: 1,024 of 2^32 rows stay finite */

cstn_status cstn__prototypes_options_read(const cstn_prototypes_options *given, size_t d,
		cstn_prototypes_options *out, cstn_kmeans_options *numbers, cstn_error **error)
{
	cstn_kmeans_options same = CSTN_KMEANS_OPTIONS_INIT;
	cstn_status status = cstn__options_read(given, sizeof(*out), sizeof(*out), KNOWN_FLAGS,
			"cstn_prototypes_options", out, error);

	if (status != CSTN_OK)
		return status;
	if (out->order != CSTN_KMEANS_ORDER_SIZE && out->order != CSTN_KMEANS_ORDER_START)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"order is %d; CSTN_KMEANS_ORDER_SIZE or _START expected",
				out->order);
	if (out->start != CSTN_PROTOTYPES_START_DRAWN && out->start != CSTN_PROTOTYPES_START_CAO)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"start is %d; CSTN_PROTOTYPES_START_... expected", out->start);
	if (!(out->gamma >= 0.0) || isinf(out->gamma))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"gamma is %g; a finite number above 0, or 0 for the usual one, "
				"expected",
				out->gamma);
	same.flags = out->flags & (CSTN_PROTOTYPES_SKIP_BAD | CSTN_PROTOTYPES_IMPUTE);
	same.threads = out->threads;
	same.simd = out->simd;
	same.n_init = out->n_init;
	same.max_iter = out->max_iter;
	same.order = out->order;
	same.seed = out->seed;
	same.transforms = out->transforms;
	same.binding = out->binding;
	same.progress = out->progress;
	status = cstn__kmeans_options_read(&same, d ? d : 1, numbers, error);
	if (out->start == CSTN_PROTOTYPES_START_CAO || out->start_rows)
		numbers->n_init = 1;
	return status;
}

double cstn__prototypes_packed_gamma(double gamma, int32_t power)
{
	double packed = ldexp(gamma, 2 * power);

	return packed < COST_MOST ? packed : COST_MOST;
}

/* --- what a mismatch costs -------------------------------------------------------------------- */

static cstn_status usual_gamma(const cstn__kmeans_job *job, double *out, cstn_error **error)
{
	cstn__exact_sum sum;
	double mean;
	size_t l;

	cstn__exact_sum_init(&sum);
	for (l = 0; l < job->d; l++) {
		double variance = 0.0;
		cstn_status status = cstn__transform_variance(
				&job->features, l, &job->transforms[l], job->simd, &variance);

		if (status != CSTN_OK)
			return cstn__fail_nomem(error);
		cstn__exact_sum_add(&sum, sqrt(variance));
	}
	mean = job->d ? cstn__exact_sum_value(&sum) / (double)job->d : 0.0;
	*out = mean > 0.0 ? 0.5 * mean : 1.0;
	return CSTN_OK;
}

/* --- runs ------------------------------------------------------------------------------------- */

typedef struct fitting {
	cstn__kmeans_job *job;
	const cstn_prototypes_options *given;
	cstn_prototypes_options options;
	size_t k, d, m;
	double gamma;
	cstn_prototypes **out;
} fitting;

/* The best of the runs so far, and its costs. */
typedef struct best_run {
	cstn__kmeans_best best;
	cstn__costs costs;
} best_run;

static cstn_status start(
		const fitting *in, cstn__kmeans_run *run, int32_t restart, cstn_error **error)
{
	size_t j;

	if (in->options.start_rows) {
		for (j = 0; j < run->plan->k; j++) {
			int64_t row = in->options.start_rows[j];
			cstn_status status = cstn__kmeans_check_start(in->job, row, error);

			if (status != CSTN_OK)
				return status;
			cstn__prototypes_start_at(run, j, (uint64_t)row);
		}
		return CSTN_OK;
	}
	if (in->options.start == CSTN_PROTOTYPES_START_CAO)
		return cstn__prototypes_cao(run, in->job->categories.rows, error);
	return cstn__kmeans_seed(run, in->options.seed, (uint32_t)restart, error);
}

static void keep_run(cstn__prototypes_run *run, int32_t restart, best_run *kept)
{
	cstn__costs costs = run->costs;

	cstn__kmeans_best_keep(&kept->best, &run->run, restart, run->cost);
	run->costs = kept->costs;
	kept->costs = costs;
}

static cstn_status run_all(
		const fitting *in, cstn__prototypes_run *run, best_run *kept, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	int32_t r;

	for (r = 0; r < in->job->options.n_init && status == CSTN_OK; r++) {
		status = start(in, &run->run, r, error);
		if (status == CSTN_OK)
			status = cstn__prototypes_iterate(run, error);
		if (status == CSTN_OK && (r == 0 || run->cost < kept->best.cost))
			keep_run(run, r, kept);
	}
	return status;
}

/* --- the model -------------------------------------------------------------------------------- */

/* Mismatches and shared modes of each cluster, and the cost of all. */
static void count_clusters(const cstn__kmeans_job *job, cstn_prototypes *model)
{
	const cstn_kmeans *numbers = model->numbers;
	const cstn__kmeans_rows *rows = &job->rows;
	size_t m = rows->m, c;
	int64_t total = 0;
	uint64_t row;

	for (row = 0; row < rows->n; row++) {
		size_t label = numbers->labels[row];
		const uint32_t *codes, *modes = numbers->packed.modes + label * m;

		if (!m || !cstn__kmeans_weight(rows, row))
			continue;
		codes = cstn__kmeans_codes(rows, row);
		for (c = 0; c < m; c++)
			if (codes[c * ROWS] == modes[c])
				model->shared[label * m + c]++;
			else
				model->mismatches[label]++;
	}
	for (c = 0; c < numbers->k; c++)
		total += model->mismatches[c];
	model->cost = numbers->inertia + model->gamma * (double)total;
}

static cstn_status make_model(fitting *in, cstn__prototypes_run *run, best_run *kept, size_t k,
		cstn_prototypes **out, cstn_error **error)
{
	cstn__kmeans_job *job = in->job;
	cstn_prototypes *model = NULL;
	cstn_kmeans *numbers = NULL;
	cstn_status status = cstn__kmeans_model_new(job->columns.numbers, job->d, job->rows.m, k,
			&job->allocator, &numbers, error);
	size_t i;

	if (status != CSTN_OK)
		return status;
	status = cstn__kmeans_take_best(
			job, &kept->best, &run->run, cstn__prototypes_label, numbers, error);
	if (status == CSTN_OK && !job->rows.m) /* no column, but a whole object */
		status = cstn__categories_init(&job->categories, NULL, 0, &job->allocator, error);
	if (status != CSTN_OK) {
		cstn_kmeans_unref(numbers);
		return status;
	}
	status = cstn__prototypes_model_new(
			numbers, &job->categories, &job->allocator, &model, error);
	if (status != CSTN_OK)
		return status;
	model->costs = kept->costs;
	memset(&kept->costs, 0, sizeof(kept->costs));
	for (i = 0; i < model->costs.count; i++)
		model->costs.items[i] = ldexp(model->costs.items[i], -2 * job->packing.power);
	model->gamma = in->gamma;
	model->flags = in->options.flags;
	model->start = in->options.start;
	model->seed = in->options.seed;
	count_clusters(job, model);
	*out = model;
	return CSTN_OK;
}

static cstn_status fit_runs(fitting *in, const cstn__kmeans_plan *plan, cstn_prototypes **out,
		cstn_error **error)
{
	best_run kept = {.costs = {NULL, 0, 0}};
	cstn__prototypes_run run;
	cstn_status status = cstn__prototypes_run_init(
			&run, plan, (in->options.flags & CSTN_PROTOTYPES_BATCH) != 0, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__kmeans_best_init(&kept.best, in->job, plan->k, error);
	if (status == CSTN_OK)
		status = run_all(in, &run, &kept, error);
	if (status == CSTN_OK)
		status = make_model(in, &run, &kept, plan->k, out, error);
	cstn__kmeans_best_free(&kept.best);
	cstn__array_free(&in->job->allocator, &kept.costs);
	cstn__prototypes_run_free(&run);
	return status;
}

/* --- the public call -------------------------------------------------------------------------- */

static cstn_status fit_of(void *context, cstn__kmeans_job *job, cstn_error **error)
{
	fitting *in = context;
	cstn__kmeans_plan plan;
	cstn_status status = cstn__kmeans_plan_fit(job, in->k, &plan, error);

	if (status != CSTN_OK)
		return status;
	in->job = job;
	in->gamma = in->options.gamma;
	if (in->gamma == 0.0)
		status = usual_gamma(job, &in->gamma, error);
	job->rows.gamma = cstn__prototypes_packed_gamma(in->gamma, job->packing.power);
	return status == CSTN_OK ? fit_runs(in, &plan, in->out, error) : status;
}

static cstn_status check(void *context, cstn_kmeans_options *read, cstn_error **error)
{
	fitting *in = context;
	cstn_status status =
			cstn__prototypes_options_read(in->given, in->d, &in->options, read, error);

	if (status == CSTN_OK && in->options.start == CSTN_PROTOTYPES_START_CAO && !in->m)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a start by Cao needs a categorical column");
	return status;
}

cstn_status cstn_prototypes_fit(struct ArrowArrayStream *rows, const char *const *numeric,
		size_t n_numeric, const char *const *categorical, size_t n_categorical, int32_t k,
		const cstn_prototypes_options *options, const cstn_allocator *allocator,
		cstn_prototypes **out, cstn_row_errors **bad_rows, cstn_error **error)
{
	const cstn__feature_names columns = {
			numeric, categorical, n_numeric, n_categorical, NULL, NULL};
	fitting in = {.given = options,
			.k = (size_t)k,
			.d = n_numeric,
			.m = n_categorical,
			.out = out};
	cstn__kmeans_call call = {rows, &columns, k, 0, NULL, allocator, out, check, fit_of, &in};

	return cstn__kmeans_run_call(&call, bad_rows, error);
}
