/* A fit from a stream to a model: check and hold the rows, fit the transforms, pack; then n_init
 * runs from starts of their own, of which the one with the least inertia stays (ties the earlier)
 * and becomes the model (kmeans_best.c). */
#include <math.h>
#include <string.h>

#include "base/cpu.h"
#include "base/error.h"
#include "base/parallel.h"
#include "segment/kmeans_model.h"

#define KNOWN_FLAGS (CSTN_KMEANS_SKIP_BAD | CSTN_KMEANS_IMPUTE | CSTN_KMEANS_DISTANCES)
#define BOUNDS_FROM 48 /* clusters, from which on bounds are tried */

/* --- options ---------------------------------------------------------------------------------- */

static cstn_status check_transforms(const uint32_t *steps, size_t d, cstn_error **error)
{
	const uint32_t known = CSTN_TRANSFORM_LOG1P | CSTN_TRANSFORM_WINSORISE | CSTN_TRANSFORM_Z |
			       CSTN_TRANSFORM_ROBUST_Z;
	const uint32_t both = CSTN_TRANSFORM_Z | CSTN_TRANSFORM_ROBUST_Z;
	size_t i;

	for (i = 0; i < d && steps; i++)
		if (steps[i] & ~known || (steps[i] & both) == both)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"transform of feature %zu is %u; a sum of CSTN_TRANSFORM_ "
					"bits with one scale at most expected",
					i, steps[i]);
	return CSTN_OK;
}

cstn_status cstn__kmeans_options_read(const cstn_kmeans_options *given, size_t d,
		cstn_kmeans_options *out, cstn_error **error)
{
	cstn_status status = cstn__options_read(given, sizeof(*out), sizeof(*out), KNOWN_FLAGS,
			"cstn_kmeans_options", out, error);

	if (status != CSTN_OK)
		return status;
	if (out->threads < 0 || out->simd < 0 || out->simd > 3)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"threads is %d and simd is %d; threads >= 0 and simd 0..3 expected",
				out->threads, out->simd);
	if (out->n_init < 0 || out->max_iter < 0 || !(out->tol >= 0.0) || isinf(out->tol))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"n_init is %d, max_iter %d, tol %g; 0 or more expected",
				out->n_init, out->max_iter, out->tol);
	if (out->algorithm < CSTN_KMEANS_AUTO || out->algorithm > CSTN_KMEANS_HAMERLY)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"algorithm is %d; CSTN_KMEANS_AUTO, _LLOYD or _HAMERLY expected",
				out->algorithm);
	if (out->order < CSTN_KMEANS_ORDER_SIZE || out->order > CSTN_KMEANS_ORDER_COLUMN)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"order is %d; CSTN_KMEANS_ORDER_... expected", out->order);
	if (out->order_column < 0 || (size_t)out->order_column >= d)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"order_column is %d, 0..%zu expected", out->order_column, d - 1);
	if (out->reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "reserved0 is %d, 0 expected",
				out->reserved0);
	if (out->segments_least < 0 || out->segments_most < 0 || out->reserved1)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"segments_least is %d, segments_most %d, reserved1 %d; 0 or more, "
				"and 0 expected",
				out->segments_least, out->segments_most, out->reserved1);
	if (out->start_centres && out->start_rows)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"start_centres and start_rows are both given");
	status = check_transforms(out->transforms, d, error);
	if (status != CSTN_OK)
		return status;
	if (out->start_centres || out->start_rows)
		out->n_init = 1;
	out->n_init = out->n_init ? out->n_init : 10;
	out->max_iter = out->max_iter ? out->max_iter : 300;
	out->segments_least = out->segments_least ? out->segments_least : 3;
	out->segments_most = out->segments_most ? out->segments_most : 7;
	out->samples = out->samples ? out->samples : 20;
	return CSTN_OK;
}

/* --- rows ------------------------------------------------------------------------------------- */

static cstn_status check_job(cstn__kmeans_job *job, cstn_row_errors **bad_rows, cstn_error **error)
{
	const cstn_kmeans_options *options = &job->options;
	cstn_row_errors *rows = NULL;
	cstn__row_sink *sink = NULL;
	cstn_status status;

	if (job->features.n == 0)
		return cstn__fail(error, CSTN_E_EMPTY, "there are no rows");
	status = cstn__row_sink_new(&job->allocator, &sink, error);
	if (status == CSTN_OK)
		status = cstn__features_check(&job->features, options->transforms, options->threads,
				options->progress, sink, error);
	if (status == CSTN_OK && job->features.m)
		status = cstn__categories_fit(&job->categories, &job->columns, &job->features,
				options->threads, sink, &job->codes, error);
	if (status == CSTN_OK && job->features.n_bad && !(options->flags & CSTN_KMEANS_SKIP_BAD))
		status = cstn__row_sink_refuse(sink, bad_rows, error);
	else if (status == CSTN_OK && job->features.n_bad == job->features.n)
		status = cstn__fail(error, CSTN_E_EMPTY, "all %llu rows are bad",
				(unsigned long long)job->features.n);
	else if (status == CSTN_OK && bad_rows)
		status = cstn__row_sink_finish(sink, &rows, error);
	cstn__row_sink_free(sink);
	if (status == CSTN_OK && bad_rows)
		*bad_rows = rows;
	return status;
}

static cstn_status prepare(cstn__kmeans_job *job, cstn_error **error)
{
	const cstn_kmeans_options *options = &job->options;
	cstn_status status;
	size_t l;

	for (l = 0; l < job->d; l++)
		job->transforms[l].steps = options->transforms ? options->transforms[l] : 0;
	status = cstn__transforms_fit(
			&job->features, options->threads, job->simd, job->transforms, error);
	if (status != CSTN_OK)
		return status;
	for (l = 0; l < job->d; l++) {
		if (options->flags & CSTN_KMEANS_IMPUTE && isnan(job->transforms[l].fill))
			return cstn__fail(error, CSTN_E_EMPTY,
					"feature '%s' has no value to take a median of",
					job->columns.numbers[l]);
		job->means[l] = job->transforms[l].mean;
	}
	job->packing.power = cstn__packing_power(job->transforms, job->d);
	job->packing.mean = job->means;
	status = cstn__kmeans_rows_pack(&job->rows, &job->features, job->transforms, &job->packing,
			options->threads, job->simd, error);
	job->rows.codes = job->codes;
	job->rows.m = job->features.m;
	job->rows.bases = job->categories.bases;
	job->rows.n_codes = job->features.m ? job->categories.bases[job->features.m] : 0;
	return status;
}

cstn_status cstn__kmeans_job_open(cstn__kmeans_job *job, struct ArrowArrayStream *rows,
		const cstn__feature_names *columns, const cstn_kmeans_options *options,
		const cstn_allocator *allocator, cstn_row_errors **bad_rows, cstn_error **error)
{
	int simd = cstn__cpu_simd();
	size_t d = columns->d;
	cstn_row_errors *left = NULL;
	cstn_status status;

	job->allocator = *allocator;
	job->options = *options;
	job->columns = *columns;
	job->columns.weight = options->weight;
	job->d = d;
	job->simd = options->simd && options->simd < simd ? options->simd : simd;
	job->transforms = cstn__alloc_zero(allocator, d * sizeof(*job->transforms));
	job->means = cstn__alloc(allocator, d * sizeof(*job->means));
	if (!job->transforms || !job->means)
		return cstn__fail_nomem(error);
	status = cstn__features_open(&job->features, rows, &job->columns,
			(options->flags & CSTN_KMEANS_IMPUTE) != 0, options->binding, allocator,
			error);
	if (status == CSTN_OK)
		status = check_job(job, &left, error);
	if (status == CSTN_OK)
		status = prepare(job, error);
	cstn__rows_hand_out(status, left, bad_rows);
	return status;
}

void cstn__kmeans_job_free(cstn__kmeans_job *job)
{
	cstn__kmeans_rows_free(&job->rows);
	cstn__category_codes_free(&job->allocator, job->codes, job->features.n, job->features.m);
	cstn__categories_free(&job->categories);
	cstn__features_free(&job->features);
	cstn__free(&job->allocator, job->transforms, job->d * sizeof(*job->transforms));
	cstn__free(&job->allocator, job->means, job->d * sizeof(*job->means));
}

/* --- starts ----------------------------------------------------------------------------------- */

cstn_status cstn__kmeans_check_start(const cstn__kmeans_job *job, int64_t row, cstn_error **error)
{
	if (row >= 0 && (uint64_t)row < job->rows.n &&
			cstn__kmeans_weight(&job->rows, (uint64_t)row))
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
			"start row %lld is none of the %llu good rows", (long long)row,
			(unsigned long long)(job->features.n - job->features.n_bad));
}

static cstn_status given_start(
		const cstn__kmeans_job *job, cstn__kmeans_run *run, cstn_error **error)
{
	const cstn_kmeans_options *options = &job->options;
	size_t k = run->plan->k, d = job->d, j, l;

	for (j = 0; j < k; j++) {
		int64_t row = options->start_rows ? options->start_rows[j] : 0;
		cstn_status status = CSTN_OK;

		if (options->start_rows)
			status = cstn__kmeans_check_start(job, row, error);
		if (status != CSTN_OK)
			return status;
		for (l = 0; l < d; l++) {
			double value = options->start_centres ? options->start_centres[j * d + l]
							      : 0.0;

			if (options->start_rows) {
				run->centres.at[j * d + l] =
						cstn__kmeans_value(&job->rows, (uint64_t)row, l);
				continue;
			}
			cstn__transform_apply(&job->transforms[l], 1, &value, 1);
			if (!(fabs(value) <= CSTN__FEATURE_LIMIT))
				return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
						"start centre %zu has no finite '%s'", j,
						job->columns.numbers[l]);
			run->centres.at[j * d + l] =
					ldexp(value - job->means[l], job->packing.power);
		}
	}
	return CSTN_OK;
}

static cstn_status run_all(const cstn__kmeans_job *job, cstn__kmeans_run *run,
		cstn__kmeans_best *best, cstn_error **error)
{
	const cstn_kmeans_options *options = &job->options;
	int is_given = options->start_centres || options->start_rows;
	cstn_status status;
	int32_t r;

	for (r = 0; r < options->n_init; r++) {
		status = is_given ? given_start(job, run, error)
				  : cstn__kmeans_seed(run, options->seed, (uint32_t)r, error);
		if (status == CSTN_OK)
			status = cstn__kmeans_iterate(run, error);
		if (status == CSTN_OK && options->n_init > 1)
			status = cstn__kmeans_inertia(run, error);
		if (status != CSTN_OK)
			return status;
		if (r == 0 || run->inertia < best->cost)
			cstn__kmeans_best_keep(best, run, r, run->inertia);
	}
	return CSTN_OK;
}

/* --- one fit ---------------------------------------------------------------------------------- */

static cstn_status fit_runs(const cstn__kmeans_job *job, const cstn__kmeans_plan *plan,
		cstn_kmeans *model, cstn_error **error)
{
	cstn__kmeans_best best;
	cstn__kmeans_run run;
	cstn_status status = cstn__kmeans_run_init(&run, plan, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__kmeans_best_init(&best, job, plan->k, error);
	if (status == CSTN_OK)
		status = run_all(job, &run, &best, error);
	if (status == CSTN_OK && job->finish)
		status = job->finish(job, &best, &run, model, error);
	else if (status == CSTN_OK)
		status = cstn__kmeans_take_best(job, &best, &run, cstn__kmeans_label, model, error);
	cstn__kmeans_best_free(&best);
	cstn__kmeans_run_free(&run);
	return status;
}

cstn_status cstn__kmeans_plan_fit(
		const cstn__kmeans_job *job, size_t k, cstn__kmeans_plan *out, cstn_error **error)
{
	const cstn_kmeans_options *options = &job->options;
	size_t distinct = 0;
	cstn_status status = cstn__kmeans_distinct(&job->rows, k, &distinct, error);

	if (status != CSTN_OK)
		return status;
	if (distinct < k)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "k is %zu, %zu distinct rows", k,
				distinct);
	*out = (cstn__kmeans_plan){.rows = &job->rows,
			.k = k,
			.threads = options->threads,
			.simd = job->simd,
			.max_iter = options->max_iter,
			.tol = options->tol,
			.progress = options->progress};
	return CSTN_OK;
}

cstn_status cstn__kmeans_job_fit(
		cstn__kmeans_job *job, size_t k, cstn_kmeans **out, cstn_error **error)
{
	const cstn_kmeans_options *options = &job->options;
	cstn__kmeans_plan plan;
	cstn_kmeans *model = NULL;
	cstn_status status = cstn__kmeans_plan_fit(job, k, &plan, error);

	if (status != CSTN_OK)
		return status;
	if (k > 1 && options->algorithm == CSTN_KMEANS_HAMERLY)
		plan.bounds = 1;
	else if (k >= BOUNDS_FROM && options->algorithm == CSTN_KMEANS_AUTO)
		plan.bounds = 2;
	status = cstn__kmeans_model_new(
			job->columns.numbers, job->d, 0, k, &job->allocator, &model, error);
	if (status != CSTN_OK)
		return status;
	status = fit_runs(job, &plan, model, error);
	if (status == CSTN_OK)
		*out = model;
	else
		cstn_kmeans_unref(model);
	return status;
}

/* --- the public call -------------------------------------------------------------------------- */

static cstn_status check_some(const char *const *names, size_t n, size_t least, const char *what,
		cstn_error **error)
{
	size_t i;

	if (n < least || n > CSTN__FEATURES_MAX || (n && !names))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%zu %s, %zu..%d expected",
				names ? n : 0, what, least, CSTN__FEATURES_MAX);
	for (i = 0; i < n; i++)
		if (!names[i])
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s: name %zu is NULL",
					what, i);
	return CSTN_OK;
}

static cstn_status check_names(const cstn__feature_names *columns, cstn_error **error)
{
	cstn_status status = check_some(
			columns->numbers, columns->d, columns->m ? 0 : 1, "features", error);

	if (status == CSTN_OK)
		status = check_some(columns->categories, columns->m, 0, "categories", error);
	return status;
}

/* Options with defaults, and the allocator. */
static cstn_status check_call(const cstn__kmeans_call *call, cstn_kmeans_options *read,
		cstn_allocator *copy, cstn_error **error)
{
	cstn_status status;

	if (!call->out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = check_names(call->columns, error);
	if (status == CSTN_OK && (call->k < 1 || call->k > UINT16_MAX))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "k is %d, 1..65535 expected",
				call->k);
	if (status == CSTN_OK)
		status = cstn__kmeans_options_read(call->options,
				call->columns->d ? call->columns->d : 1, read, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(call->allocator, copy, error);
	return status == CSTN_OK && call->check ? call->check(call->context, read, error) : status;
}

cstn_status cstn__kmeans_run_call(
		const cstn__kmeans_call *call, cstn_row_errors **bad_rows, cstn_error **error)
{
	struct ArrowArrayStream stream;
	cstn_kmeans_options read;
	cstn_allocator copy;
	cstn__kmeans_job job;
	cstn_row_errors *left = NULL;
	cstn_status status = cstn__stream_take(call->rows, "rows", &stream, error);

	if (status != CSTN_OK)
		return status;
	status = check_call(call, &read, &copy, error);
	if (status != CSTN_OK) {
		stream.release(&stream);
		return status;
	}
	memset(&job, 0, sizeof(job));
	status = cstn__kmeans_job_open(&job, &stream, call->columns, &read, &copy, &left, error);
	if (status == CSTN_OK)
		status = call->work(call->context, &job, error);
	cstn__kmeans_job_free(&job);
	if (stream.release)
		stream.release(&stream);
	cstn__rows_hand_out(status, left, bad_rows);
	return status;
}

typedef struct one_fit {
	int32_t k, reserved;
	cstn_kmeans **out;
} one_fit;

static cstn_status fit_one(void *context, cstn__kmeans_job *job, cstn_error **error)
{
	const one_fit *fit = context;

	return cstn__kmeans_job_fit(job, (size_t)fit->k, fit->out, error);
}

cstn_status cstn_kmeans_fit(struct ArrowArrayStream *rows, const char *const *features,
		size_t n_features, int32_t k, const cstn_kmeans_options *options,
		const cstn_allocator *allocator, cstn_kmeans **out, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	const cstn__feature_names columns = {features, NULL, n_features, 0, NULL, NULL};
	one_fit fit = {k, 0, out};
	cstn__kmeans_call call = {
			rows, &columns, k, 0, options, allocator, out, NULL, fit_one, &fit};

	return cstn__kmeans_run_call(&call, bad_rows, error);
}
