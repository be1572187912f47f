/* k-prototypes (Huang 1998) on packed rows and codes. Two forms:
 *
 * Huang's: rows in their order; a row whose nearest cluster is another moves at once. Both means
 * are taken again out of whole-number sums; a mode of the new cluster changes only if its count is
 * strictly beaten, one of the old cluster is taken again if it lost one of its rows. After the pass
 * the cost is taken of all rows by their nearest cluster, on threads.
 *
 * Batch: all rows go to their nearest cluster, on threads, then means and modes are taken. What a
 * pass adds up is the cost by the centres it began with, so it is the cost after the pass before.
 *
 * Distances are sums in double in the order of columns, then gamma times the mismatches; the
 * lowest cluster wins ties. Means are whole-number sums, counts are integers, costs are exact sums
 * rounded once: so nothing depends on threads. Cost: n k (d + m) a pass. */
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "segment/prototypes_model.h"

#define ROWS CSTN__PACK_ROWS

/* What a thread adds up. */
typedef struct cstn__prototypes_part {
	cstn__exact_sum squares;
	uint64_t mismatches;
} part_sums;

cstn_status cstn__prototypes_run_init(cstn__prototypes_run *run, const cstn__kmeans_plan *plan,
		int32_t batch, cstn_error **error)
{
	const cstn_allocator *allocator = &plan->rows->allocator;
	cstn_status status;

	memset(run, 0, sizeof(*run));
	run->batch = batch;
	status = cstn__kmeans_run_init(&run->run, plan, error);
	if (status != CSTN_OK)
		return status;
	run->before = cstn__alloc(allocator, plan->k * sizeof(*run->before));
	run->parts = cstn__alloc(allocator, (size_t)run->run.n_parts * sizeof(*run->parts));
	if (run->before && run->parts)
		return CSTN_OK;
	cstn__prototypes_run_free(run);
	return cstn__fail_nomem(error);
}

void cstn__prototypes_run_free(cstn__prototypes_run *run)
{
	const cstn__kmeans_plan *plan = run->run.plan;
	const cstn_allocator *allocator;

	if (!plan)
		return;
	allocator = &plan->rows->allocator;
	cstn__array_free(allocator, &run->costs);
	cstn__free(allocator, run->before, plan->k * sizeof(*run->before));
	cstn__free(allocator, run->parts, (size_t)run->run.n_parts * sizeof(*run->parts));
	cstn__kmeans_run_free(&run->run);
	memset(run, 0, sizeof(*run));
}

/* --- means and modes -------------------------------------------------------------------------- */

/* The most frequent category of a column, the smallest of equal ones. */
static uint32_t take_mode(const cstn__kmeans_run *run, size_t j, size_t c)
{
	const cstn__kmeans_rows *rows = run->plan->rows;
	const int64_t *counts = run->sums.counts + j * rows->n_codes;
	uint32_t code = rows->bases[c], most = code;

	while (++code < rows->bases[c + 1])
		if (counts[code] > counts[most])
			most = code;
	return most;
}

static void take_centre(cstn__kmeans_run *run, size_t j)
{
	const cstn__kmeans_rows *rows = run->plan->rows;
	size_t c;

	if (run->sums.weights[j] == 0)
		return;
	cstn__kmeans_take_mean(&run->sums, j, run->centres.at + j * rows->d);
	for (c = 0; c < rows->m; c++)
		run->centres.modes[j * rows->m + c] = take_mode(run, j, c);
}

/* Clusters without rows get some; the centres of all that gave and took are taken again. */
static uint64_t fill_empty(cstn__prototypes_run *in)
{
	cstn__kmeans_run *run = &in->run;
	size_t k = run->plan->k, j;
	uint64_t moved;

	memcpy(in->before, run->sums.weights, k * sizeof(*in->before));
	moved = cstn__kmeans_fill_empty(run);
	for (j = 0; j < k && moved; j++)
		if (run->sums.weights[j] != in->before[j])
			take_centre(run, j);
	run->moved += moved;
	return moved;
}

/* --- a pass over all rows, on threads --------------------------------------------------------- */

typedef struct pass {
	cstn__kmeans_run *run;
	part_sums *parts; /* one a thread */
	cstn__block_distances *distances;
	cstn__block_differ *differ;
	int first;  /* no row has a label yet */
	int keep;   /* labels are kept */
	int update; /* sums too */
} pass;

typedef struct nearest {
	double cost[ROWS], square[ROWS];
	uint32_t differ[ROWS];
	uint16_t label[ROWS];
} nearest;

static void find_nearest(const pass *in, uint64_t row, nearest *out)
{
	const cstn__kmeans_run *run = in->run;
	const cstn__kmeans_rows *rows = run->plan->rows;
	const float *z = cstn__kmeans_block(rows, row);
	const uint32_t *codes = rows->m ? cstn__kmeans_codes(rows, row) : NULL;
	uint32_t differ[ROWS] = {0};
	double squares[ROWS];
	size_t i, j;

	for (j = 0; j < run->plan->k; j++) {
		in->distances(z, rows->d, run->centres.at + j * rows->d, squares);
		if (codes)
			in->differ(codes, rows->m, run->centres.modes + j * rows->m, differ);
		for (i = 0; i < ROWS; i++) {
			double cost = codes ? squares[i] + rows->gamma * (double)differ[i]
					    : squares[i];

			if (j == 0 || cost < out->cost[i]) {
				out->cost[i] = cost;
				out->square[i] = squares[i];
				out->differ[i] = differ[i];
				out->label[i] = (uint16_t)j;
			}
		}
	}
}

static cstn_status pass_morsel(void *context, size_t morsel, int32_t number)
{
	const pass *in = context;
	cstn__kmeans_run *run = in->run;
	const cstn__kmeans_rows *rows = run->plan->rows;
	uint64_t row = (uint64_t)morsel * CSTN__MORSEL_ROWS, end = row + CSTN__MORSEL_ROWS;
	part_sums *part = &in->parts[number];
	nearest found;
	size_t i;

	end = end < rows->n ? end : rows->n;
	cstn__progress_add(run->plan->progress, end - row);
	for (; row < end; row += ROWS) {
		size_t n = end - row < ROWS ? (size_t)(end - row) : ROWS;
		uint16_t *labels = run->labels + row;

		find_nearest(in, row, &found);
		for (i = 0; i < n; i++) {
			if (!cstn__kmeans_weight(rows, row + i)) {
				if (in->keep)
					labels[i] = found.label[i];
				continue;
			}
			if (rows->d)
				cstn__exact_sum_add(&part->squares, found.square[i]);
			part->mismatches += found.differ[i];
			if (in->update && (in->first || labels[i] != found.label[i]))
				cstn__kmeans_sums_move(&run->parts[number], rows, row + i,
						in->first ? CSTN__LABEL_NONE : labels[i],
						found.label[i]);
			if (in->keep)
				labels[i] = found.label[i];
		}
	}
	return CSTN_OK;
}

/* The parts add up to the cost of all rows by the centres as they are. */
static cstn_status run_parts(cstn__kmeans_run *run, part_sums *parts, int first, int keep,
		int update, cstn_error **error)
{
	const cstn__kmeans_plan *plan = run->plan;
	pass body = {run, parts, cstn__kmeans_distances(plan->simd),
			cstn__kmeans_differ(plan->simd), first, keep, update};
	size_t morsels = (plan->rows->n + CSTN__MORSEL_ROWS - 1) / CSTN__MORSEL_ROWS;
	cstn_status status;
	int32_t t;

	for (t = 0; t < run->n_parts; t++) {
		cstn__exact_sum_init(&parts[t].squares);
		parts[t].mismatches = 0;
		if (update)
			cstn__kmeans_sums_clear(&run->parts[t]);
	}
	status = cstn__parallel_for(morsels, run->n_parts, plan->progress, pass_morsel, &body);
	return status == CSTN_OK ? CSTN_OK : cstn__fail(error, status, "cancelled");
}

static cstn_status run_pass(
		cstn__prototypes_run *in, int first, int keep, int update, cstn_error **error)
{
	cstn__kmeans_run *run = &in->run;
	cstn_status status = run_parts(run, in->parts, first, keep, update, error);
	int32_t t;

	if (status != CSTN_OK)
		return status;
	if (update)
		run->sums.changed = 0;
	for (t = 0; t < run->n_parts; t++) {
		if (t > 0) {
			cstn__exact_sum_merge(&in->parts[0].squares, &in->parts[t].squares);
			in->parts[0].mismatches += in->parts[t].mismatches;
		}
		if (update)
			cstn__kmeans_sums_add(&run->sums, &run->parts[t]);
	}
	in->cost = cstn__exact_sum_value(&in->parts[0].squares) +
		   run->plan->rows->gamma * (double)in->parts[0].mismatches;
	return CSTN_OK;
}

static cstn_status note_cost(cstn__prototypes_run *in, cstn_error **error)
{
	if (cstn__array_reserve(&in->run.plan->rows->allocator, &in->costs, 1))
		return cstn__fail_nomem(error);
	in->costs.items[in->costs.count++] = in->cost;
	return CSTN_OK;
}

/* 1 if the cost noted last is no less than the one before. */
static int has_not_fallen(const cstn__prototypes_run *in)
{
	return in->costs.count > 1 && !(in->cost < in->costs.items[in->costs.count - 2]);
}

cstn_status cstn__prototypes_label(cstn__kmeans_run *run, cstn_error **error)
{
	const cstn_allocator *allocator = &run->plan->rows->allocator;
	size_t size = (size_t)run->n_parts * sizeof(part_sums);
	part_sums *parts = cstn__alloc(allocator, size);
	cstn_status status =
			parts ? run_parts(run, parts, 0, 1, 0, error) : cstn__fail_nomem(error);

	cstn__free(allocator, parts, size);
	return status;
}

/* --- batch ------------------------------------------------------------------------------------ */

static void take_centres(cstn__kmeans_run *run)
{
	size_t j;

	for (j = 0; j < run->plan->k; j++)
		take_centre(run, j);
}

static cstn_status start_pass(cstn__prototypes_run *in, cstn_error **error)
{
	cstn__kmeans_run *run = &in->run;
	cstn_status status;

	cstn__kmeans_sums_clear(&run->sums);
	run->moved = 0;
	run->converged = 0;
	run->iterations = 0;
	in->costs.count = 0;
	status = run_pass(in, 1, 1, 1, error);
	if (status != CSTN_OK)
		return status;
	run->moved += cstn__kmeans_fill_empty(run);
	take_centres(run);
	return CSTN_OK;
}

static cstn_status batch_passes(cstn__prototypes_run *in, cstn_error **error)
{
	cstn__kmeans_run *run = &in->run;
	cstn_status status;

	for (;;) {
		uint64_t moved;

		/* the cost after the pass before, and the labels of the next one */
		status = run_pass(in, 0, 1, 1, error);
		if (status == CSTN_OK)
			status = note_cost(in, error);
		if (status != CSTN_OK)
			return status;
		if (run->plan->rows->m && has_not_fallen(in)) {
			run->converged = 2; /* labels are by these centres, not these by labels */
			return CSTN_OK;
		}
		if (run->iterations == run->plan->max_iter)
			return CSTN_OK;
		run->iterations++;
		moved = cstn__kmeans_fill_empty(run);
		run->moved += moved;
		if (run->sums.changed == 0 && moved == 0) {
			run->converged = 1;
			return note_cost(in, error);
		}
		take_centres(run);
	}
}

/* --- Huang's form ----------------------------------------------------------------------------- */

/* The values and codes of a row, side by side. */
typedef struct one_row {
	double z[CSTN__FEATURES_MAX];
	uint32_t codes[CSTN__FEATURES_MAX];
} one_row;

static uint16_t nearest_to(const cstn__kmeans_run *run, uint64_t row, one_row *at)
{
	const cstn__kmeans_rows *rows = run->plan->rows;
	size_t d = rows->d, m = rows->m, j, l, label = 0;
	double least = 0.0;

	for (l = 0; l < d; l++)
		at->z[l] = cstn__kmeans_value(rows, row, l);
	for (l = 0; l < m; l++)
		at->codes[l] = cstn__kmeans_codes(rows, row)[l * ROWS];
	for (j = 0; j < run->plan->k; j++) {
		const double *centre = run->centres.at + j * d;
		const uint32_t *modes = run->centres.modes + j * m;
		uint32_t differ = 0;
		double cost = 0.0;

		for (l = 0; l < d; l++)
			cost += (at->z[l] - centre[l]) * (at->z[l] - centre[l]);
		for (l = 0; l < m; l++)
			differ += at->codes[l] != modes[l];
		if (m)
			cost += rows->gamma * (double)differ;
		if (j == 0 || cost < least) {
			least = cost;
			label = j;
		}
	}
	return (uint16_t)label;
}

static void move_row(cstn__kmeans_run *run, uint64_t row, const one_row *at, uint16_t to)
{
	const cstn__kmeans_rows *rows = run->plan->rows;
	uint16_t from = run->labels[row];
	uint32_t *gets = run->centres.modes + to * rows->m;
	uint32_t *loses = run->centres.modes + from * rows->m;
	const int64_t *counts = run->sums.counts + to * rows->n_codes;
	size_t c;

	cstn__kmeans_sums_move(&run->sums, rows, row, from, to);
	run->labels[row] = to;
	cstn__kmeans_take_mean(&run->sums, to, run->centres.at + to * rows->d);
	if (run->sums.weights[from])
		cstn__kmeans_take_mean(&run->sums, from, run->centres.at + from * rows->d);
	for (c = 0; c < rows->m; c++) {
		if (counts[at->codes[c]] > counts[gets[c]])
			gets[c] = at->codes[c];
		if (loses[c] == at->codes[c] && run->sums.weights[from])
			loses[c] = take_mode(run, from, c);
	}
}

static cstn_status huang_pass(cstn__prototypes_run *in, cstn_error **error)
{
	cstn__kmeans_run *run = &in->run;
	const cstn__kmeans_rows *rows = run->plan->rows;
	cstn_progress *progress = run->plan->progress;
	uint64_t row;
	one_row at;

	run->sums.changed = 0;
	for (row = 0; row < rows->n; row++) {
		uint16_t to, from = run->labels[row];

		if (row % CSTN__MORSEL_ROWS == 0) {
			uint64_t left = rows->n - row;

			if (progress && cstn_progress_is_cancelled(progress))
				return cstn__fail(error, CSTN_E_CANCELLED, "cancelled");
			cstn__progress_add(progress,
					left < CSTN__MORSEL_ROWS ? left : CSTN__MORSEL_ROWS);
		}
		if (!cstn__kmeans_weight(rows, row))
			continue;
		to = nearest_to(run, row, &at);
		if (to == from)
			continue;
		move_row(run, row, &at, to);
		if (run->sums.weights[from] == 0)
			(void)fill_empty(in);
	}
	return CSTN_OK;
}

static cstn_status huang_passes(cstn__prototypes_run *in, cstn_error **error)
{
	cstn__kmeans_run *run = &in->run;
	cstn_status status = run_pass(in, 0, 0, 0, error);

	if (status == CSTN_OK)
		status = note_cost(in, error);
	if (status != CSTN_OK)
		return status;
	while (run->iterations < run->plan->max_iter) {
		status = huang_pass(in, error);
		if (status == CSTN_OK)
			status = run_pass(in, 0, 0, 0, error);
		if (status == CSTN_OK)
			status = note_cost(in, error);
		if (status != CSTN_OK)
			return status;
		run->iterations++;
		if (run->sums.changed == 0) {
			run->converged = 1;
			return CSTN_OK;
		}
		if (has_not_fallen(in)) {
			run->converged = 2;
			return CSTN_OK;
		}
	}
	return CSTN_OK;
}

cstn_status cstn__prototypes_iterate(cstn__prototypes_run *run, cstn_error **error)
{
	cstn_status status = start_pass(run, error);

	if (status != CSTN_OK)
		return status;
	return run->batch ? batch_passes(run, error) : huang_passes(run, error);
}
