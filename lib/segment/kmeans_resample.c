/* The gap statistic (Tibshirani, Walther and Hastie 2001) and the stability of a k.
 *
 * Gap: the mean over reference sets of ln of the mean squared distance, minus that of the rows; a
 * reference set has as many rows, uniform in the box of the columns. Its s is the population
 * standard deviation over the sets times sqrt(1 + 1/sets). Rows and sets are clustered alike: from
 * at most three starts, so that no side gains by more of them.
 *
 * Stability: half of the rows, drawn without replacement, are clustered, and all rows go to the
 * nearest of the centres found; the mean adjusted Rand index of those labels with the fit's.
 *
 * Draws are Philox numbers of seed, set and row, sets are clustered on threads, one set a thread,
 * and results are added in the order of sets: the same on every machine. */
#include "segment/kmeans_resample.h"

#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/parallel.h"

#define ROWS CSTN__PACK_ROWS
#define STARTS 3
#define REFERENCE UINT64_C(0x9e3779b97f4a7c15)
#define HALF UINT64_C(0xd1b54a32d192ed03)

/* --- one clustering of rows by hand ----------------------------------------------------------- */

typedef struct sample {
	cstn_allocator allocator;
	size_t n, d;
	double *values; /* n * d */
	uint32_t *weights;
	double *column, *means;
	cstn__transform *spans;
	cstn__kmeans_rows rows;
} sample;

static void sample_free(sample *s)
{
	cstn__free(&s->allocator, s->values, s->n * s->d * sizeof(double));
	cstn__free(&s->allocator, s->weights, s->n * sizeof(uint32_t));
	cstn__free(&s->allocator, s->column, s->n * sizeof(double));
	cstn__free(&s->allocator, s->means, s->d * sizeof(double));
	cstn__free(&s->allocator, s->spans, s->d * sizeof(*s->spans));
	cstn__kmeans_rows_free(&s->rows);
}

static cstn_status sample_init(sample *s, size_t n, size_t d, const cstn_allocator *allocator)
{
	size_t blocks = (n + ROWS - 1) / ROWS;

	memset(s, 0, sizeof(*s));
	s->allocator = *allocator;
	s->n = n;
	s->d = d;
	s->values = cstn__alloc(allocator, n * d * sizeof(double));
	s->weights = cstn__alloc(allocator, n * sizeof(uint32_t));
	s->column = cstn__alloc(allocator, n * sizeof(double));
	s->means = cstn__alloc(allocator, d * sizeof(double));
	s->spans = cstn__alloc_zero(allocator, d * sizeof(*s->spans));
	s->rows.allocator = *allocator;
	s->rows.n = n;
	s->rows.d = d;
	s->rows.blocks = blocks;
	s->rows.z = cstn__alloc_aligned(allocator, blocks * d * ROWS * sizeof(float), 64);
	if (s->values && s->weights && s->column && s->means && s->spans && s->rows.z)
		return CSTN_OK;
	sample_free(s);
	return CSTN_E_NOMEM;
}

/* Weights and values are there: pack them. Returns the power. */
static int32_t sample_pack(sample *s)
{
	double total = 0.0;
	int32_t power;
	size_t i, l;

	s->rows.weights = s->weights;
	s->rows.weight = 0;
	for (i = 0; i < s->n; i++)
		s->rows.weight += s->weights[i];
	total = (double)s->rows.weight;
	for (l = 0; l < s->d; l++) {
		double sum = 0.0, reach = 0.0;

		for (i = 0; i < s->n; i++)
			sum += s->weights[i] * s->values[i * s->d + l];
		s->means[l] = sum / total;
		for (i = 0; i < s->n; i++)
			reach = fmax(reach, fabs(s->values[i * s->d + l] - s->means[l]));
		s->spans[l].reach = reach;
	}
	power = cstn__packing_power(s->spans, s->d);
	memset(s->rows.z, 0, s->rows.blocks * s->d * ROWS * sizeof(float));
	for (l = 0; l < s->d; l++) {
		for (i = 0; i < s->n; i++)
			s->column[i] = s->values[i * s->d + l];
		cstn__pack_values(s->means[l], power, s->column, s->n, s->column);
		for (i = 0; i < s->n; i++)
			s->rows.z[(i / ROWS * s->d + l) * ROWS + i % ROWS] = (float)s->column[i];
	}
	return power;
}

/* Clusters the packed rows. The mean squared distance, and centres in the units of the values, of
 * the best start; NaN if there are fewer distinct rows. */
static cstn_status sample_cluster(const cstn__kmeans_job *job, sample *s, size_t k, double *centres,
		double *mean_square)
{
	cstn__kmeans_plan plan = {.rows = &s->rows,
			.k = k,
			.threads = 1,
			.simd = job->simd,
			.max_iter = job->options.max_iter,
			.tol = job->options.tol};
	int32_t starts = job->options.n_init < STARTS ? job->options.n_init : STARTS, r;
	int32_t power = sample_pack(s);
	cstn__kmeans_run run;
	size_t distinct = 0, i;
	double best = (double)NAN;
	cstn_status status = cstn__kmeans_distinct(&s->rows, k, &distinct, NULL);

	*mean_square = best;
	if (status != CSTN_OK || distinct < k)
		return status;
	status = cstn__kmeans_run_init(&run, &plan, NULL);
	for (r = 0; r < starts && status == CSTN_OK; r++) {
		status = cstn__kmeans_seed(&run, job->options.seed, (uint32_t)r, NULL);
		if (status == CSTN_OK)
			status = cstn__kmeans_iterate(&run, NULL);
		if (status == CSTN_OK)
			status = cstn__kmeans_inertia(&run, NULL);
		if (status != CSTN_OK || (r > 0 && !(run.inertia < best)))
			continue;
		best = run.inertia;
		for (i = 0; i < k * s->d && centres; i++)
			centres[i] = ldexp(run.centres.at[i], -power) + s->means[i % s->d];
	}
	cstn__kmeans_run_free(&run);
	*mean_square = ldexp(best / (double)s->rows.weight, -2 * power);
	return status;
}

/* --- sets ------------------------------------------------------------------------------------- */

typedef struct resampling {
	const cstn__resample *in;
	size_t k;
	const uint16_t *labels;
	double *low, *high;  /* the box of the columns */
	double *gap, *index; /* of each set; gap[0] is the rows' own */
} resampling;

static void draw_reference(const resampling *run, uint64_t set, sample *s)
{
	uint64_t key = cstn__mix64(run->in->job->options.seed ^ REFERENCE) + set;
	size_t i, l;

	for (i = 0; i < s->n; i++) {
		s->weights[i] = 1;
		for (l = 0; l < s->d; l++)
			s->values[i * s->d + l] =
					run->low[l] + cstn__random_unit(key, i * s->d + l) *
								      (run->high[l] - run->low[l]);
	}
}

/* Half of the rows: each is taken with the share still wanted of those still to come. */
static void draw_half(const resampling *run, uint64_t set, sample *s)
{
	const cstn__resample *in = run->in;
	uint64_t key = cstn__mix64(in->job->options.seed ^ HALF) + set;
	size_t taken = 0, i;

	for (i = 0; i < in->n && taken < s->n; i++)
		if (cstn__random_unit(key, i) * (double)(in->n - i) < (double)(s->n - taken)) {
			memcpy(s->values + taken * s->d, in->values + i * s->d,
					s->d * sizeof(double));
			s->weights[taken++] = in->weights[i];
		}
}

static size_t nearest(const double *at, const double *centres, size_t k, size_t d)
{
	double least = (double)INFINITY;
	size_t best = 0, j, l;

	for (j = 0; j < k; j++) {
		double square = 0.0;

		for (l = 0; l < d; l++)
			square += (at[l] - centres[j * d + l]) * (at[l] - centres[j * d + l]);
		if (square < least) {
			least = square;
			best = j;
		}
	}
	return best;
}

static cstn_status one_gap(const resampling *run, size_t set)
{
	const cstn__resample *in = run->in;
	sample s;
	double square = 0.0;
	cstn_status status = sample_init(&s, in->n, in->job->d, &in->job->allocator);

	if (status != CSTN_OK)
		return status;
	if (set == 0) {
		memcpy(s.values, in->values, in->n * s.d * sizeof(double));
		memcpy(s.weights, in->weights, in->n * sizeof(uint32_t));
	} else {
		draw_reference(run, set, &s);
	}
	status = sample_cluster(in->job, &s, run->k, NULL, &square);
	run->gap[set] = square > 0.0 ? cstn__log(square) : (double)NAN;
	sample_free(&s);
	return status;
}

static cstn_status one_half(const resampling *run, size_t set)
{
	const cstn__resample *in = run->in;
	size_t d = in->job->d, k = run->k, i;
	size_t centres_size = k * d * sizeof(double), cells_size = k * k * sizeof(uint64_t);
	double *centres = cstn__alloc(&in->job->allocator, centres_size), square = 0.0;
	uint64_t *cells = cstn__alloc_zero(&in->job->allocator, cells_size);
	sample s;
	cstn_status status = sample_init(&s, in->n / 2, d, &in->job->allocator);

	if (status == CSTN_OK && (!centres || !cells)) {
		sample_free(&s);
		status = CSTN_E_NOMEM;
	}
	if (status == CSTN_OK) {
		draw_half(run, set, &s);
		status = sample_cluster(in->job, &s, k, centres, &square);
		run->index[set] = (double)NAN;
		if (status == CSTN_OK && !isnan(square)) {
			for (i = 0; i < in->n; i++)
				cells[run->labels[i] * k + nearest(in->values + i * d, centres, k,
									   d)] += in->weights[i];
			run->index[set] = cstn__adjusted_rand(cells, k, k);
		}
		sample_free(&s);
	}
	cstn__free(&in->job->allocator, centres, centres_size);
	cstn__free(&in->job->allocator, cells, cells_size);
	return status;
}

/* Sets 0..sets are gaps, those behind are halves. */
static cstn_status one_set(void *context, size_t number, int32_t worker)
{
	const resampling *run = context;
	size_t sets = (size_t)run->in->sets;

	(void)worker;
	return number <= sets ? one_gap(run, number) : one_half(run, number - sets - 1);
}

static void add_up(const resampling *run, cstn__resampled *out)
{
	double sets = (double)run->in->sets, mean = 0.0, square = 0.0, index = 0.0;
	int32_t b;

	for (b = 1; b <= run->in->sets; b++) {
		mean += run->gap[b];
		index += run->index[b - 1];
	}
	mean /= sets;
	index /= sets;
	for (b = 1; b <= run->in->sets; b++)
		square += (run->gap[b] - mean) * (run->gap[b] - mean) / sets;
	out->gap = mean - run->gap[0];
	out->gap_s = sqrt(square) * sqrt(1.0 + 1.0 / sets);
	out->gap_known = isfinite(out->gap) && isfinite(out->gap_s);
	out->stability = index;
	out->stability_known = isfinite(index);
}

cstn_status cstn__kmeans_resample(const cstn__resample *in, size_t k, const uint16_t *labels,
		cstn__resampled *out, cstn_error **error)
{
	const cstn_allocator *allocator = &in->job->allocator;
	size_t d = in->job->d, sets = (size_t)in->sets, size, i, l;
	resampling run = {in, k, labels, NULL, NULL, NULL, NULL};
	double *room;
	cstn_status status = CSTN_OK;

	memset(out, 0, sizeof(*out));
	if (in->sets <= 0 || in->n < 2)
		return CSTN_OK;
	size = (2 * d + 2 * sets + 1) * sizeof(double);
	room = cstn__alloc(allocator, size);
	if (!room)
		return cstn__fail_nomem(error);
	run.low = room;
	run.high = room + d;
	run.gap = room + 2 * d;
	run.index = run.gap + sets + 1;
	for (l = 0; l < d; l++) {
		run.low[l] = run.high[l] = in->values[l];
		for (i = 1; i < in->n; i++) {
			run.low[l] = fmin(run.low[l], in->values[i * d + l]);
			run.high[l] = fmax(run.high[l], in->values[i * d + l]);
		}
	}
	status = cstn__parallel_for(2 * sets + 1, cstn__threads_resolve(in->threads, 2 * sets + 1),
			in->job->options.progress, one_set, &run);
	if (status == CSTN_OK)
		add_up(&run, out);
	cstn__free(allocator, room, size);
	if (status == CSTN_E_CANCELLED)
		return cstn__fail(error, status, "cancelled");
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

/* --- two partitions --------------------------------------------------------------------------- */

static double pairs(uint64_t n)
{
	cstn__u128 count = (cstn__u128)n * (n ? n - 1 : 0) / 2;

	return (double)count;
}

double cstn__adjusted_rand(const uint64_t *cells, size_t rows, size_t columns)
{
	double both = 0.0, of_rows = 0.0, of_columns = 0.0, chance, most;
	uint64_t total = 0;
	size_t i, j;

	for (i = 0; i < rows; i++) {
		uint64_t sum = 0;

		for (j = 0; j < columns; j++) {
			both += pairs(cells[i * columns + j]);
			sum += cells[i * columns + j];
		}
		of_rows += pairs(sum);
		total += sum;
	}
	for (j = 0; j < columns; j++) {
		uint64_t sum = 0;

		for (i = 0; i < rows; i++)
			sum += cells[i * columns + j];
		of_columns += pairs(sum);
	}
	chance = total > 1 ? of_rows / pairs(total) * of_columns : 0.0;
	most = 0.5 * (of_rows + of_columns);
	return most == chance ? 1.0 : (both - chance) / (most - chance);
}
