/* Lloyd's iterations (1982) on packed rows: each row goes to its nearest centre, each centre to the
 * mean of its rows, until no label changes.
 *
 * Sums are whole numbers: a packed value is a multiple of 2^-24, so a sum over any rows is exact,
 * and so is what remains when a row leaves. Only rows that change their cluster move anything. So
 * neither threads, nor the order of rows, nor the number of iterations done so far changes a bit of
 * a centre. A morsel is 65,536 rows; every thread has sums of its own, which are added up.
 *
 * Iterations are counted as everywhere: the last one, which changes no label, too. */
#include "segment/kmeans_lloyd.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/parallel.h"
#include "segment/kmeans_squares.h"

#define ROWS CSTN__PACK_ROWS
#define STRETCH CSTN__STRETCH
#define FIRST_PLAIN 2 /* passes before bounds are tried */
#define REST 8        /* passes without them after they did not save; twice as many each time */
#define REST_MOST 64
#define LOOKED_MOST 0.25 /* share of the rows of which all distances are taken */
#define MORSEL_BLOCKS (CSTN__MORSEL_ROWS / ROWS)

/* --- sums ------------------------------------------------------------------------------------- */

cstn_status cstn__kmeans_sums_init(cstn__kmeans_sums *sums, size_t k, size_t d, size_t n_codes,
		const cstn_allocator *allocator, cstn_error **error)
{
	memset(sums, 0, sizeof(*sums));
	sums->allocator = *allocator;
	sums->k = k;
	sums->d = d;
	sums->sums = cstn__alloc_zero(allocator, cstn__array_size(k * d, sizeof(cstn__i128)));
	sums->weights = cstn__alloc_zero(allocator, k * sizeof(int64_t));
	sums->n_codes = n_codes;
	sums->counts = cstn__alloc_zero(allocator, cstn__array_size(k * n_codes, sizeof(int64_t)));
	if (sums->sums && sums->weights && sums->counts)
		return CSTN_OK;
	cstn__kmeans_sums_free(sums);
	return cstn__fail_nomem(error);
}

void cstn__kmeans_sums_free(cstn__kmeans_sums *sums)
{
	cstn__free(&sums->allocator, sums->sums, sums->k * sums->d * sizeof(cstn__i128));
	cstn__free(&sums->allocator, sums->weights, sums->k * sizeof(int64_t));
	cstn__free(&sums->allocator, sums->counts, sums->k * sums->n_codes * sizeof(int64_t));
	memset(sums, 0, sizeof(*sums));
}

void cstn__kmeans_sums_clear(cstn__kmeans_sums *sums)
{
	memset(sums->sums, 0, sums->k * sums->d * sizeof(cstn__i128));
	memset(sums->weights, 0, sums->k * sizeof(int64_t));
	memset(sums->counts, 0, sums->k * sums->n_codes * sizeof(int64_t));
	sums->changed = 0;
	sums->looked = 0;
}

void cstn__kmeans_sums_add(cstn__kmeans_sums *into, const cstn__kmeans_sums *from)
{
	size_t i;

	for (i = 0; i < into->k * into->d; i++)
		into->sums[i] += from->sums[i];
	for (i = 0; i < into->k; i++)
		into->weights[i] += from->weights[i];
	for (i = 0; i < into->k * into->n_codes; i++)
		into->counts[i] += from->counts[i];
	into->changed += from->changed;
	into->looked += from->looked;
}

static void move_codes(cstn__kmeans_sums *sums, const cstn__kmeans_rows *rows, uint64_t row,
		uint16_t from, uint16_t to)
{
	const uint32_t *codes = cstn__kmeans_codes(rows, row);
	int64_t weight = cstn__kmeans_weight(rows, row);
	size_t c;

	for (c = 0; c < rows->m; c++) {
		sums->counts[to * sums->n_codes + codes[c * ROWS]] += weight;
		if (from != CSTN__LABEL_NONE)
			sums->counts[from * sums->n_codes + codes[c * ROWS]] -= weight;
	}
}

void cstn__kmeans_sums_move(cstn__kmeans_sums *sums, const cstn__kmeans_rows *rows, uint64_t row,
		uint16_t from, uint16_t to)
{
	const float *z = cstn__kmeans_block(rows, row) + row % ROWS;
	int64_t weight = cstn__kmeans_weight(rows, row);
	cstn__i128 *in = sums->sums + to * sums->d;
	size_t l;

	if (!weight)
		return;
	sums->changed++;
	sums->weights[to] += weight;
	if (rows->m)
		move_codes(sums, rows, row, from, to);
	if (from == CSTN__LABEL_NONE) {
		for (l = 0; l < sums->d; l++)
			in[l] += cstn__wide_multiply(
					weight, (int64_t)((double)z[l * ROWS] * CSTN__PACK_ONE));
		return;
	}
	sums->weights[from] -= weight;
	for (l = 0; l < sums->d; l++) {
		cstn__i128 value = cstn__wide_multiply(
				weight, (int64_t)((double)z[l * ROWS] * CSTN__PACK_ONE));

		in[l] += value;
		sums->sums[from * sums->d + l] -= value;
	}
}

/* --- one run ---------------------------------------------------------------------------------- */

cstn_status cstn__kmeans_run_init(
		cstn__kmeans_run *run, const cstn__kmeans_plan *plan, cstn_error **error)
{
	const cstn__kmeans_rows *rows = plan->rows;
	size_t morsels = (rows->n + CSTN__MORSEL_ROWS - 1) / CSTN__MORSEL_ROWS;
	const cstn_allocator *allocator = &rows->allocator;
	cstn_status status;
	int32_t t;

	memset(run, 0, sizeof(*run));
	run->plan = plan;
	if (plan->tol > 0.0)
		run->least = plan->tol * cstn__kmeans_mean_variance(rows, plan->simd);
	status = cstn__kmeans_centres_init(
			&run->centres, plan->k, rows->d, rows->m, allocator, error);
	if (status == CSTN_OK)
		status = cstn__kmeans_sums_init(
				&run->sums, plan->k, rows->d, rows->n_codes, allocator, error);
	if (status != CSTN_OK)
		goto fail;
	run->n_parts = cstn__threads_resolve(plan->threads, morsels);
	run->parts = cstn__alloc_zero(allocator, (size_t)run->n_parts * sizeof(*run->parts));
	run->labels = cstn__alloc(
			allocator, cstn__array_size(rows->blocks, ROWS * sizeof(*run->labels)));
	run->shift = cstn__alloc_zero(allocator, plan->k * sizeof(double));
	run->spread = cstn__alloc_zero(allocator, plan->k * sizeof(double));
	run->reach = cstn__alloc_zero(allocator, CSTN__BOUND_TABLE * plan->k * sizeof(float));
	if (plan->bounds) {
		run->upper = cstn__alloc_zero(
				allocator, cstn__array_size(rows->blocks, ROWS * sizeof(float)));
		run->lower = cstn__alloc_zero(
				allocator, cstn__array_size(rows->blocks, ROWS * sizeof(float)));
	}
	if (!run->parts || !run->labels || !run->shift || !run->spread || !run->reach ||
			(plan->bounds && (!run->upper || !run->lower))) {
		status = cstn__fail_nomem(error);
		goto fail;
	}
	for (t = 0; t < run->n_parts && status == CSTN_OK; t++)
		status = cstn__kmeans_sums_init(
				&run->parts[t], plan->k, rows->d, rows->n_codes, allocator, error);
	if (status == CSTN_OK)
		return CSTN_OK;
fail:
	cstn__kmeans_run_free(run);
	return status;
}

void cstn__kmeans_run_free(cstn__kmeans_run *run)
{
	const cstn__kmeans_rows *rows;
	size_t slots;
	int32_t t;

	if (!run->plan)
		return;
	rows = run->plan->rows;
	slots = rows->blocks * ROWS;
	for (t = 0; t < run->n_parts && run->parts; t++)
		if (run->parts[t].k)
			cstn__kmeans_sums_free(&run->parts[t]);
	cstn__free(&rows->allocator, run->parts, (size_t)run->n_parts * sizeof(*run->parts));
	cstn__free(&rows->allocator, run->labels, slots * sizeof(*run->labels));
	cstn__free(&rows->allocator, run->upper, slots * sizeof(float));
	cstn__free(&rows->allocator, run->lower, slots * sizeof(float));
	cstn__free(&rows->allocator, run->shift, run->plan->k * sizeof(double));
	cstn__free(&rows->allocator, run->spread, run->plan->k * sizeof(double));
	cstn__free(&rows->allocator, run->reach, CSTN__BOUND_TABLE * run->plan->k * sizeof(float));
	if (run->sums.k)
		cstn__kmeans_sums_free(&run->sums);
	if (run->centres.k)
		cstn__kmeans_centres_free(&run->centres);
	memset(run, 0, sizeof(*run));
}

/* --- a pass ----------------------------------------------------------------------------------- */

typedef struct pass {
	cstn__kmeans_run *run;
	cstn__assign_blocks *assign;
	int first; /* no row has a label yet */
	int label_only;
	int bounds, fresh; /* the pass goes by bounds; they are none yet */
} pass;

/* Blocks [block, block + blocks), at most STRETCH. */
static void assign_stretch(pass *in, cstn__kmeans_sums *part, uint64_t block, size_t blocks)
{
	cstn__kmeans_run *run = in->run;
	const cstn__kmeans_rows *rows = run->plan->rows;
	uint16_t labels[STRETCH * ROWS], unsure[STRETCH];
	size_t b, i;

	if (run->plan->k == 1) {
		memset(labels, 0, sizeof(labels));
		memset(unsure, 0, sizeof(unsure));
	} else {
		in->assign(rows->z + block * rows->d * ROWS, blocks, rows->d, run->centres.four,
				run->centres.groups, run->centres.bound, labels, unsure, NULL);
	}
	for (b = 0; b < blocks; b++) {
		uint64_t row = (block + b) * ROWS;
		uint16_t *now = labels + b * ROWS, *old = run->labels + row;
		size_t n = rows->n - row < ROWS ? (size_t)(rows->n - row) : ROWS;

		for (i = 0; i < n && unsure[b]; i++)
			if (unsure[b] >> i & 1)
				now[i] = cstn__kmeans_nearest(&run->centres, rows, row + i, NULL);
		if (!in->label_only && (in->first || memcmp(now, old, ROWS * sizeof(*now)) != 0))
			for (i = 0; i < n; i++)
				if (in->first || now[i] != old[i])
					cstn__kmeans_sums_move(part, rows, row + i,
							in->first ? CSTN__LABEL_NONE : old[i],
							now[i]);
		memcpy(old, now, n * sizeof(*now));
		for (i = n; i < ROWS; i++)
			old[i] = now[i]; /* rows that are none: so that blocks compare equal */
	}
}

static cstn_status pass_morsel(void *context, size_t morsel, int32_t number)
{
	pass *in = context;
	const cstn__kmeans_plan *plan = in->run->plan;
	uint64_t block = (uint64_t)morsel * MORSEL_BLOCKS, end = block + MORSEL_BLOCKS;
	cstn__kmeans_sums *part = &in->run->parts[number];

	if (end > plan->rows->blocks)
		end = plan->rows->blocks;
	cstn__progress_add(plan->progress, (end - block) * ROWS);
	for (; block < end; block += STRETCH) {
		size_t blocks = end - block < STRETCH ? (size_t)(end - block) : STRETCH;

		if (in->bounds)
			cstn__kmeans_hamerly_blocks(
					in->run, part, block, blocks, in->first, in->fresh);
		else
			assign_stretch(in, part, block, blocks);
	}
	return CSTN_OK;
}

static cstn_status run_pass(
		cstn__kmeans_run *run, int first, int label_only, int bounds, cstn_error **error)
{
	const cstn__kmeans_plan *plan = run->plan;
	pass in = {run, cstn__kmeans_assign(plan->simd), first, label_only, bounds, !run->valid};
	size_t morsels = (plan->rows->n + CSTN__MORSEL_ROWS - 1) / CSTN__MORSEL_ROWS;
	cstn_status status =
			cstn__parallel_for(morsels, run->n_parts, plan->progress, pass_morsel, &in);

	return status == CSTN_OK ? CSTN_OK : cstn__fail(error, status, "cancelled");
}

cstn_status cstn__kmeans_label(cstn__kmeans_run *run, cstn_error **error)
{
	cstn__kmeans_centres_ready(&run->centres);
	return run_pass(run, 0, 1, 0, error);
}

void cstn__kmeans_take_mean(const cstn__kmeans_sums *sums, size_t j, double *out)
{
	double weight = (double)sums->weights[j] * CSTN__PACK_ONE;
	size_t l;

	for (l = 0; l < sums->d; l++)
		out[l] = (double)sums->sums[j * sums->d + l] / weight;
}

/* Means of the clusters; returns the sum of squared shifts. */
static double take_means(cstn__kmeans_run *run)
{
	size_t d = run->sums.d, j, l;
	double total = 0.0;

	for (j = 0; j < run->plan->k; j++) {
		double weight = (double)run->sums.weights[j] * CSTN__PACK_ONE, square = 0.0;
		double *at = run->centres.at + j * d;

		for (l = 0; l < d; l++) {
			double mean = (double)run->sums.sums[j * d + l] / weight;

			square += (mean - at[l]) * (mean - at[l]);
			at[l] = mean;
		}
		run->shift[j] = sqrt(square);
		total += square;
	}
	return total;
}

/* Whether the next pass goes by bounds. Where they are taken only while they save, passes without
 * them come first, and again some after one that had to look at many rows all the same. */
static int takes_bounds(cstn__kmeans_run *run, int first)
{
	if (run->plan->bounds != 2)
		return run->plan->bounds;
	if (first || run->rest > 0) {
		run->rest -= !first;
		return 0;
	}
	return 1;
}

static cstn_status one_iteration(cstn__kmeans_run *run, int first, cstn_error **error)
{
	int bounds = takes_bounds(run, first), judged = bounds && run->valid;
	cstn_status status;
	int32_t t;

	cstn__kmeans_centres_ready(&run->centres);
	for (t = 0; t < run->n_parts; t++)
		cstn__kmeans_sums_clear(&run->parts[t]);
	if (bounds)
		cstn__kmeans_hamerly_centres(run);
	status = run_pass(run, first, 0, bounds, error);
	run->sums.changed = 0;
	run->sums.looked = 0;
	for (t = 0; t < run->n_parts && status == CSTN_OK; t++)
		cstn__kmeans_sums_add(&run->sums, &run->parts[t]);
	run->valid = bounds;
	if (run->plan->bounds == 2 && judged &&
			(double)run->sums.looked > LOOKED_MOST * (double)run->plan->rows->n) {
		run->rest = run->patience;
		run->patience = run->patience < REST_MOST ? 2 * run->patience : REST_MOST;
		run->valid = 0;
	}
	return status;
}

cstn_status cstn__kmeans_iterate(cstn__kmeans_run *run, cstn_error **error)
{
	const cstn__kmeans_plan *plan = run->plan;
	cstn_status status = CSTN_OK;

	cstn__kmeans_sums_clear(&run->sums);
	run->converged = 0;
	run->moved = 0;
	run->valid = 0;
	run->rest = FIRST_PLAIN;
	run->patience = REST;
	for (run->iterations = 0; run->iterations < plan->max_iter;) {
		uint64_t moved;
		double shift;

		status = one_iteration(run, run->iterations == 0, error);
		if (status != CSTN_OK)
			return status;
		run->iterations++;
		moved = cstn__kmeans_fill_empty(run);
		run->moved += moved;
		if (run->sums.changed == 0 && moved == 0) {
			run->converged = 1;
			return CSTN_OK;
		}
		shift = take_means(run);
		if (plan->tol > 0.0 && shift <= run->least) {
			run->converged = 2; /* labels may yet change */
			return CSTN_OK;
		}
	}
	return status;
}

/* --- sums over all rows ----------------------------------------------------------------------- */

typedef struct adding {
	const cstn__kmeans_run *run;
	cstn__exact_sum *sums; /* one a thread */
} adding;

static cstn_status inertia_morsel(void *context, size_t morsel, int32_t number)
{
	adding *in = context;
	const cstn__kmeans_rows *rows = in->run->plan->rows;
	uint64_t row = (uint64_t)morsel * CSTN__MORSEL_ROWS, end = row + CSTN__MORSEL_ROWS;

	for (; row < end && row < rows->n; row++) {
		uint32_t weight = cstn__kmeans_weight(rows, row);

		if (weight)
			cstn__exact_sum_add_times(&in->sums[number], weight,
					cstn__kmeans_distance(rows, row,
							in->run->centres.at +
									in->run->labels[row] *
											rows->d));
	}
	return CSTN_OK;
}

cstn_status cstn__kmeans_inertia(cstn__kmeans_run *run, cstn_error **error)
{
	const cstn__kmeans_rows *rows = run->plan->rows;
	size_t morsels = (rows->n + CSTN__MORSEL_ROWS - 1) / CSTN__MORSEL_ROWS;
	size_t size = (size_t)run->n_parts * sizeof(cstn__exact_sum);
	adding in = {run, cstn__alloc_zero(&rows->allocator, size)};
	cstn_status status;
	int32_t t;

	if (!in.sums)
		return cstn__fail_nomem(error);
	status = cstn__parallel_for(morsels, run->n_parts, NULL, inertia_morsel, &in);
	for (t = 1; t < run->n_parts; t++)
		cstn__exact_sum_merge(&in.sums[0], &in.sums[t]);
	run->inertia = cstn__exact_sum_value(&in.sums[0]);
	cstn__free(&rows->allocator, in.sums, size);
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

/* Sums of the values of a dimension, times 2^24, and of their squares. */
static void sum_moments(const cstn__kmeans_rows *rows, int simd, size_t l, cstn__i128 *sum,
		cstn__i128 *squares)
{
	uint64_t row;
	size_t block, blocks;

	*sum = *squares = 0;
	for (block = 0; block < rows->blocks && !rows->weights; block += blocks) {
		blocks = rows->blocks - block < MORSEL_BLOCKS ? rows->blocks - block
							      : MORSEL_BLOCKS;
		cstn__kmeans_moments(simd, rows->z + block * rows->d * ROWS, blocks, rows->d, l,
				sum, squares);
	}
	for (row = 0; row < rows->n && rows->weights; row++) {
		int64_t times = cstn__kmeans_weight(rows, row);
		int64_t z = (int64_t)rint(cstn__kmeans_value(rows, row, l) * CSTN__PACK_ONE);

		*sum += (cstn__i128)z * times;
		*squares += (cstn__i128)(z * z) * times;
	}
}

/* Of whole numbers, as the sums are: a weight is a repetition, bit for bit. Values reach 2^31 and
 * weights together 2^32, so that sums of squares take at most 94 bits. */
double cstn__kmeans_mean_variance(const cstn__kmeans_rows *rows, int simd)
{
	double total = 0.0, weight = (double)rows->weight;
	size_t l;

	for (l = 0; l < rows->d; l++) {
		cstn__i128 sum, squares;
		double mean;

		sum_moments(rows, simd, l, &sum, &squares);
		mean = (double)sum / weight;
		total += (double)squares / weight - mean * mean;
	}
	return total / (double)rows->d / (CSTN__PACK_ONE * CSTN__PACK_ONE);
}
