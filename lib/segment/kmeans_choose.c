/* Which k? All of k_min..k_max are fitted to the same packed rows, and each is measured on the
 * transformed values in double: inertia; the simplified silhouette, by distances to centres; the
 * silhouette (Rousseeuw 1987) of all rows, or of the 10,000 with the smallest hash of seed and row;
 * Calinski and Harabasz 1974; Davies and Bouldin 1979; BIC of equal round normal clusters. A weight
 * counts as that many rows. Sums are exact or in the order of rows, so nothing depends on threads.
 * The gap statistic and stability are of the same rows (kmeans_resample.c). The suggestion is the
 * greatest silhouette within the business bounds: so many segments, none too small.
 * Cost: n k d, and m^2 d for the silhouette of m rows. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/elementary.h"
#include "base/parallel.h"
#include "base/sort.h"
#include "segment/kmeans_resample.h"
#include "table/table_fields.h"

#define BLOCK CSTN__FEATURE_BLOCK
#define SAMPLE 10000
#define LEAST_SHARE 0.02
#define LEAST_MARGIN 0.01
#define TWO_PI 6.283185307179586

typedef struct measures {
	double simplified, silhouette, calinski_harabasz, davies_bouldin, bic, share;
	double margin; /* of the smallest; NaN: not asked for, or none */
	cstn__resampled other;
} measures;

/* --- one pass over all rows ------------------------------------------------------------------- */

typedef struct measuring {
	const cstn__kmeans_job *job;
	const cstn_kmeans *model;
	/* a thread: simplified silhouette, distances of each cluster, margin of each cluster */
	cstn__exact_sum *sums;
	size_t cells;
	double *values; /* a thread: d * BLOCK */
} measuring;

static void measure_row(const measuring *in, const double *values, uint32_t weight, size_t label,
		cstn__exact_sum *sums)
{
	const cstn_kmeans *model = in->model;
	double own = 0.0, other = (double)INFINITY;
	size_t j, l;

	for (j = 0; j < model->k; j++) {
		double square = 0.0;

		for (l = 0; l < model->d; l++) {
			double t = values[l * BLOCK] - model->centres[j * model->d + l];

			square += t * t;
		}
		if (j == label)
			own = sqrt(square);
		else if (square < other)
			other = square;
	}
	cstn__exact_sum_add_times(&sums[1 + label], weight, own);
	other = sqrt(other);
	if (model->k > 1 && (own > 0.0 || other > 0.0))
		cstn__exact_sum_add_times(
				&sums[0], weight, (other - own) / (other > own ? other : own));
}

static cstn_status measure_morsel(void *context, size_t morsel, int32_t number)
{
	const measuring *in = context;
	const cstn__features *features = &in->job->features;
	uint64_t start = (uint64_t)morsel * CSTN__MORSEL_ROWS, end = start + CSTN__MORSEL_ROWS;
	cstn__exact_sum *sums = in->sums + (size_t)number * in->cells;
	double *values = in->values + (size_t)number * in->job->d * BLOCK, margins[BLOCK];

	end = end < features->n ? end : features->n;
	for (; start < end; start += BLOCK) {
		int32_t n = end - start < BLOCK ? (int32_t)(end - start) : BLOCK, i;
		cstn_status status = cstn__features_read_transformed(&in->job->features,
				in->job->transforms, in->job->simd, start, n, values);

		if (status == CSTN_OK && features->has_margin)
			status = cstn__features_read(features, cstn__features_margin(features),
					start, n, 0.0, margins);
		if (status != CSTN_OK)
			return status;
		for (i = 0; i < n; i++) {
			uint64_t row = start + (uint64_t)i;
			uint32_t weight = cstn__features_weight(features, row);
			size_t label = in->model->labels[row];

			if (!weight)
				continue;
			measure_row(in, values + i, weight, label, sums);
			if (features->has_margin)
				cstn__exact_sum_add(&sums[1 + in->model->k + label], margins[i]);
		}
	}
	return CSTN_OK;
}

static void between(const cstn_kmeans *model, double weight, measures *out)
{
	size_t j, l;
	double apart = 0.0;

	for (l = 0; l < model->d; l++) {
		double mean = 0.0;

		for (j = 0; j < model->k; j++)
			mean += model->weights[j] / model->weight *
				model->centres[j * model->d + l];
		for (j = 0; j < model->k; j++) {
			double t = model->centres[j * model->d + l] - mean;

			apart += model->weights[j] * t * t;
		}
	}
	out->calinski_harabasz = apart / (double)(model->k - 1) /
				 (model->inertia / (weight - (double)model->k));
}

static void davies_bouldin(
		const cstn_kmeans *model, const cstn__exact_sum *sums, double weight, measures *out)
{
	size_t i, j, l;
	double total = 0.0;

	for (i = 0; i < model->k; i++) {
		double worst = 0.0, share = model->weights[i] / model->weight;
		double spread = cstn__exact_sum_value(&sums[1 + i]) / (share * weight);

		for (j = 0; j < model->k; j++) {
			double square = 0.0, other, ratio;

			if (i == j)
				continue;
			for (l = 0; l < model->d; l++) {
				double t = model->centres[i * model->d + l] -
					   model->centres[j * model->d + l];

				square += t * t;
			}
			other = cstn__exact_sum_value(&sums[1 + j]) /
				(model->weights[j] / model->weight * weight);
			ratio = (spread + other) / sqrt(square);
			worst = ratio > worst ? ratio : worst;
		}
		total += worst;
	}
	out->davies_bouldin = total / (double)model->k;
}

static void information(const cstn_kmeans *model, double weight, measures *out)
{
	double k = (double)model->k, d = (double)model->d, likelihood = 0.0, p;
	size_t j;

	out->share = 1.0;
	for (j = 0; j < model->k; j++) {
		double share = model->weights[j] / model->weight;

		likelihood += share * weight * cstn__log(share);
		out->share = share < out->share ? share : out->share;
	}
	p = k - 1.0 + k * d + 1.0;
	likelihood -= weight * d / 2.0 * (cstn__log(TWO_PI * model->inertia / (weight * d)) + 1.0);
	out->bic = p * cstn__log(weight) - 2.0 * likelihood;
}

/* The share of all margin that the least cluster has. */
static double smallest_margin(const cstn_kmeans *model, const cstn__exact_sum *sums)
{
	const cstn__exact_sum *margins = sums + 1 + model->k;
	double least = (double)INFINITY, total;
	cstn__exact_sum all;
	size_t j;

	cstn__exact_sum_init(&all);
	for (j = 0; j < model->k; j++) {
		double margin = cstn__exact_sum_value(&margins[j]);

		cstn__exact_sum_merge(&all, &margins[j]);
		least = margin < least ? margin : least;
	}
	total = cstn__exact_sum_value(&all);
	return total > 0.0 ? least / total : (double)NAN;
}

static cstn_status measure_all(measuring *in, int32_t threads, measures *out)
{
	const cstn_kmeans *model = in->model;
	const cstn__features *features = &in->job->features;
	size_t morsels = (features->n + CSTN__MORSEL_ROWS - 1) / CSTN__MORSEL_ROWS, i;
	size_t cells = in->cells;
	double weight = (double)features->weight;
	cstn_status status = cstn__parallel_for(
			morsels, threads, in->job->options.progress, measure_morsel, in);
	int32_t t;

	for (t = 1; t < threads; t++)
		for (i = 0; i < cells; i++)
			cstn__exact_sum_merge(&in->sums[i], &in->sums[(size_t)t * cells + i]);
	information(model, weight, out);
	if (model->k > 1) {
		out->simplified = cstn__exact_sum_value(&in->sums[0]) / weight;
		between(model, weight, out);
		davies_bouldin(model, in->sums, weight, out);
	}
	out->margin = features->has_margin ? smallest_margin(model, in->sums) : (double)NAN;
	return status;
}

/* --- silhouette ------------------------------------------------------------------------------- */

typedef struct sampled {
	uint64_t hash, row;
} sampled;

typedef struct silhouette {
	const cstn__kmeans_job *job;
	sampled *rows;
	size_t n, capacity;
	double *values; /* n * d */
	uint32_t *weights;
	uint16_t *labels; /* of the model at hand */
	double *each;     /* the silhouette of each */
	double *by;       /* a thread: sums of distances to each cluster */
	double *total;    /* weight of each cluster in the sample */
	size_t k, room;
	int32_t threads, reserved;
} silhouette;

static int by_hash(const void *a, const void *b, void *context)
{
	const sampled *p = a, *q = b;

	(void)context;
	if (p->hash != q->hash)
		return p->hash < q->hash ? -1 : 1;
	return p->row < q->row ? -1 : p->row > q->row;
}

static int by_row(const void *a, const void *b, void *context)
{
	const sampled *p = a, *q = b;

	(void)context;
	return p->row < q->row ? -1 : p->row > q->row;
}

static void free_silhouette(silhouette *in)
{
	const cstn_allocator *allocator = &in->job->allocator;

	cstn__free(allocator, in->rows, in->capacity * sizeof(*in->rows));
	cstn__free(allocator, in->values, SAMPLE * in->job->d * sizeof(double));
	cstn__free(allocator, in->weights, SAMPLE * sizeof(*in->weights));
	cstn__free(allocator, in->labels, SAMPLE * sizeof(*in->labels));
	cstn__free(allocator, in->each, SAMPLE * sizeof(*in->each));
	cstn__free(allocator, in->by, (size_t)in->threads * in->room * sizeof(double));
	cstn__free(allocator, in->total, in->room * sizeof(double));
}

/* The rows with the smallest hash: twice as many are held, and cut down when they are full. */
static void draw_sample(silhouette *in)
{
	const cstn__features *features = &in->job->features;
	uint64_t row;

	for (row = 0; row < features->n; row++) {
		uint64_t words[2] = {in->job->options.seed, row};

		if (cstn__features_is_bad(features, row))
			continue;
		if (in->n == in->capacity) {
			cstn__sort(in->rows, in->n, sizeof(*in->rows), by_hash, NULL);
			in->n = SAMPLE;
		}
		in->rows[in->n].hash = cstn__mix64(cstn__mix64(words[0]) ^ words[1]);
		in->rows[in->n++].row = row;
	}
	if (in->n > SAMPLE) {
		cstn__sort(in->rows, in->n, sizeof(*in->rows), by_hash, NULL);
		in->n = SAMPLE;
	}
	cstn__sort(in->rows, in->n, sizeof(*in->rows), by_row, NULL);
}

static cstn_status take_sample(
		silhouette *in, const cstn__kmeans_job *job, size_t k_max, cstn_error **error)
{
	const cstn_allocator *allocator = &job->allocator;
	size_t i, l;

	in->job = job;
	in->capacity = 2 * SAMPLE;
	in->room = k_max;
	in->threads = cstn__threads_resolve(job->options.threads, SAMPLE);
	in->rows = cstn__alloc(allocator, in->capacity * sizeof(*in->rows));
	in->values = cstn__alloc(allocator, SAMPLE * job->d * sizeof(double));
	in->weights = cstn__alloc(allocator, SAMPLE * sizeof(*in->weights));
	in->labels = cstn__alloc(allocator, SAMPLE * sizeof(*in->labels));
	in->each = cstn__alloc(allocator, SAMPLE * sizeof(*in->each));
	in->by = cstn__alloc(allocator, (size_t)in->threads * in->room * sizeof(double));
	in->total = cstn__alloc(allocator, in->room * sizeof(double));
	if (!in->rows || !in->values || !in->weights || !in->labels || !in->each || !in->by ||
			!in->total)
		return cstn__fail_nomem(error);
	draw_sample(in);
	for (i = 0; i < in->n; i++) {
		in->weights[i] = cstn__features_weight(&job->features, in->rows[i].row);
		for (l = 0; l < job->d; l++) {
			double *value = &in->values[i * job->d + l];

			if (cstn__features_read(&job->features, l, in->rows[i].row, 1,
					    job->transforms[l].fill, value) != CSTN_OK)
				return cstn__fail_nomem(error);
			cstn__transform_apply(&job->transforms[l], 1, value, 1);
		}
	}
	return CSTN_OK;
}

/* (b - a) / max(a, b): a the mean distance to the other rows of its cluster, b to those of the
 * nearest other one; 0 if it is alone. */
static cstn_status one_silhouette(void *context, size_t i, int32_t number)
{
	silhouette *in = context;
	size_t d = in->job->d, j, l, own = in->labels[i];
	double *by = in->by + (size_t)number * in->room, a, b = (double)INFINITY;
	const double *at = in->values + i * d;

	for (j = 0; j < in->k; j++)
		by[j] = 0.0;
	for (j = 0; j < in->n; j++) {
		const double *other = in->values + j * d;
		double square = 0.0;

		for (l = 0; l < d; l++)
			square += (at[l] - other[l]) * (at[l] - other[l]);
		by[in->labels[j]] += in->weights[j] * sqrt(square);
	}
	in->each[i] = 0.0;
	if (in->total[own] <= 1.0)
		return CSTN_OK;
	a = by[own] / (in->total[own] - 1.0);
	for (j = 0; j < in->k; j++)
		if (j != own && in->total[j] > 0.0 && by[j] / in->total[j] < b)
			b = by[j] / in->total[j];
	if (isfinite(b) && (a > 0.0 || b > 0.0))
		in->each[i] = (b - a) / (a > b ? a : b);
	return CSTN_OK;
}

static cstn_status take_silhouette(silhouette *in, const cstn_kmeans *model, double *out)
{
	double sum = 0.0, weight = 0.0;
	size_t i;
	cstn_status status;

	in->k = model->k;
	for (i = 0; i < in->k; i++)
		in->total[i] = 0.0;
	for (i = 0; i < in->n; i++) {
		in->labels[i] = model->labels[in->rows[i].row];
		in->total[in->labels[i]] += in->weights[i];
	}
	status = cstn__parallel_for(
			in->n, in->threads, in->job->options.progress, one_silhouette, in);
	for (i = 0; i < in->n; i++) {
		sum += in->weights[i] * in->each[i];
		weight += in->weights[i];
	}
	*out = sum / weight;
	return status;
}

/* --- the table -------------------------------------------------------------------------------- */

typedef struct choice {
	double inertia;
	measures of;
	int32_t k, n_iter, converged, reserved;
} choice;

static cstn_status measure(
		cstn__kmeans_job *job, silhouette *sample, const cstn_kmeans *model, measures *out)
{
	size_t morsels = (job->features.n + CSTN__MORSEL_ROWS - 1) / CSTN__MORSEL_ROWS;
	int32_t threads = cstn__threads_resolve(job->options.threads, morsels);
	size_t cells = 1 + model->k * (job->features.has_margin ? 2 : 1);
	size_t sums = cstn__array_size((size_t)threads * cells, sizeof(cstn__exact_sum));
	size_t values = (size_t)threads * job->d * BLOCK * sizeof(double);
	measuring in = {job, model, NULL, cells, NULL};
	cstn_status status = CSTN_E_NOMEM;

	in.sums = cstn__alloc_zero(&job->allocator, sums);
	in.values = cstn__alloc(&job->allocator, values);
	if (in.sums && in.values)
		status = measure_all(&in, threads, out);
	cstn__free(&job->allocator, in.sums, sums);
	cstn__free(&job->allocator, in.values, values);
	if (status == CSTN_OK && model->k > 1)
		status = take_silhouette(sample, model, &out->silhouette);
	return status;
}

/* After the silhouette, which takes the labels of the sample. */
static cstn_status resample(const silhouette *sample, const cstn_kmeans *model, measures *out,
		cstn_error **error)
{
	const cstn__kmeans_job *job = sample->job;
	const cstn__resample in = {job, sample->n, sample->values, sample->weights,
			job->options.samples, job->options.threads};
	size_t i;

	for (i = 0; i < sample->n; i++)
		sample->labels[i] = model->labels[sample->rows[i].row];
	return cstn__kmeans_resample(&in, model->k, sample->labels, &out->other, error);
}

static const cstn__table_field columns[] = {
		{"k", CSTN_TYPE_INT32, 0},
		{"inertia", CSTN_TYPE_DOUBLE, 0},
		{"simplified_silhouette", CSTN_TYPE_DOUBLE, 1},
		{"silhouette", CSTN_TYPE_DOUBLE, 1},
		{"calinski_harabasz", CSTN_TYPE_DOUBLE, 1},
		{"davies_bouldin", CSTN_TYPE_DOUBLE, 1},
		{"bic", CSTN_TYPE_DOUBLE, 1},
		{"smallest_share", CSTN_TYPE_DOUBLE, 0},
		{"smallest_margin", CSTN_TYPE_DOUBLE, 1},
		{"gap", CSTN_TYPE_DOUBLE, 1},
		{"gap_s", CSTN_TYPE_DOUBLE, 1},
		{"gap_first", CSTN_TYPE_FLAG, 0},
		{"stability", CSTN_TYPE_DOUBLE, 1},
		{"n_iter", CSTN_TYPE_INT32, 0},
		{"converged", CSTN_TYPE_FLAG, 0},
		{"suggested", CSTN_TYPE_FLAG, 0},
};

static void put_measure(cstn__table_builder *table, int32_t column, double value, int known)
{
	cstn__put_f64_or_null(table, column, known && isfinite(value), value);
}

/* Within the business bounds, the greatest silhouette, the fewer of equal ones; n: none. */
static size_t suggestion(const cstn_kmeans_options *options, const choice *choices, size_t n)
{
	size_t i, best = n;

	for (i = 0; i < n; i++)
		if (choices[i].k > 1 && choices[i].k >= options->segments_least &&
				choices[i].k <= options->segments_most &&
				choices[i].of.share >= LEAST_SHARE &&
				!(choices[i].of.margin < LEAST_MARGIN) &&
				(best == n || choices[i].of.silhouette >
								choices[best].of.silhouette))
			best = i;
	return best;
}

/* The first k whose gap is at least the next one's less its s; n: none of these. */
static size_t first_gap(const choice *choices, size_t n)
{
	size_t i;

	for (i = 0; i + 1 < n; i++) {
		const cstn__resampled *at = &choices[i].of.other, *next = &choices[i + 1].of.other;

		if (at->gap_known && next->gap_known && at->gap >= next->gap - next->gap_s)
			return i;
	}
	return n;
}

static cstn_status put_choices(const cstn__kmeans_job *job, const choice *choices, size_t n,
		struct ArrowArrayStream *out, cstn_error **error)
{
	cstn__table_builder *table = NULL;
	cstn_status status =
			cstn__fields_table(&job->allocator, CSTN__FIELDS(columns), &table, error);
	size_t i, best = suggestion(&job->options, choices, n), gap = first_gap(choices, n);

	if (status != CSTN_OK)
		return status;
	for (i = 0; i < n; i++) {
		const measures *of = &choices[i].of;
		int many = choices[i].k > 1;

		cstn__table_put_i64(table, 0, choices[i].k);
		cstn__table_put_f64(table, 1, choices[i].inertia);
		put_measure(table, 2, of->simplified, many);
		put_measure(table, 3, of->silhouette, many);
		put_measure(table, 4, of->calinski_harabasz, many);
		put_measure(table, 5, of->davies_bouldin, many);
		put_measure(table, 6, of->bic, 1);
		cstn__table_put_f64(table, 7, of->share);
		put_measure(table, 8, of->margin, 1);
		put_measure(table, 9, of->other.gap, of->other.gap_known);
		put_measure(table, 10, of->other.gap_s, of->other.gap_known);
		cstn__table_put_i64(table, 11, i == gap);
		put_measure(table, 12, of->other.stability, of->other.stability_known);
		cstn__table_put_i64(table, 13, choices[i].n_iter);
		cstn__table_put_i64(table, 14, choices[i].converged);
		cstn__table_put_i64(table, 15, i == best);
	}
	return cstn__table_export(table, out, error);
}

static cstn_status choose(cstn__kmeans_job *job, int32_t k_min, int32_t k_max,
		struct ArrowArrayStream *out, cstn_error **error)
{
	size_t n = (size_t)(k_max - k_min + 1), size = n * sizeof(choice), i;
	choice *choices = cstn__alloc_zero(&job->allocator, size);
	silhouette sample = {.job = job};
	cstn_status status = choices ? take_sample(&sample, job, (size_t)k_max, error)
				     : cstn__fail_nomem(error);

	for (i = 0; i < n && status == CSTN_OK; i++) {
		cstn_kmeans *model = NULL;

		status = cstn__kmeans_job_fit(job, (size_t)k_min + i, &model, error);
		if (status != CSTN_OK)
			break;
		choices[i].k = k_min + (int32_t)i;
		choices[i].inertia = model->inertia;
		choices[i].n_iter = model->n_iter;
		choices[i].converged = model->converged;
		status = measure(job, &sample, model, &choices[i].of);
		if (status != CSTN_OK)
			cstn__fail(error, status, "%s",
					status == CSTN_E_CANCELLED ? "cancelled" : "out of memory");
		else
			status = resample(&sample, model, &choices[i].of, error);
		cstn_kmeans_unref(model);
	}
	if (status == CSTN_OK)
		status = put_choices(job, choices, n, out, error);
	free_silhouette(&sample);
	cstn__free(&job->allocator, choices, size);
	return status;
}

typedef struct choosing {
	int32_t k_min, k_max;
	struct ArrowArrayStream *out;
	cstn__feature_names *columns;
} choosing;

static cstn_status check_range(void *context, cstn_kmeans_options *read, cstn_error **error)
{
	const choosing *in = context;

	if (in->k_max < in->k_min || in->k_max > UINT16_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "k_max is %d, %d..65535 expected",
				in->k_max, in->k_min);
	if (read->start_centres || read->start_rows)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"several k have no start in common");
	if (read->segments_least > read->segments_most)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"segments_least is %d, segments_most %d", read->segments_least,
				read->segments_most);
	in->columns->margin = read->margin;
	return CSTN_OK;
}

static cstn_status choose_of(void *context, cstn__kmeans_job *job, cstn_error **error)
{
	const choosing *in = context;

	return choose(job, in->k_min, in->k_max, in->out, error);
}

cstn_status cstn_kmeans_choose(struct ArrowArrayStream *rows, const char *const *features,
		size_t n_features, int32_t k_min, int32_t k_max, const cstn_kmeans_options *options,
		const cstn_allocator *allocator, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn__feature_names columns_of = {features, NULL, n_features, 0, NULL, NULL};
	choosing in = {k_min, k_max, out, &columns_of};
	cstn__kmeans_call call = {rows, &columns_of, k_min, 0, options, allocator, out, check_range,
			choose_of, &in};

	return cstn__kmeans_run_call(&call, bad_rows, error);
}
