/* Clusters of cells. A cell counts as all its rows at their mean, so that cells are rows with
 * weights, and runs are those of any fit (kmeans_fit.c). What comes out is exact all the same: the
 * sums of a cluster are the sums of its cells, a centre is the mean of the rows in them, and the
 * inertia around it follows from the sum of squares as whole numbers do, without cancelling.
 *
 * So the inertia of the model is that of the rows when each goes with its cell. By the parallel
 * axes (Huygens, Steiner) that is the inertia of the cells' means and the squares within the cells,
 * and it can only fall when rows choose for themselves. By how much at most, the walls of a cell
 * say: the gain (x - c)^2 - (x - c')^2 of another centre c' is linear in x, so its greatest value
 * is at a corner. Cost: runs over the cells, a few milliseconds each. */
#include "segment/kmeans_cells.h"

#include <math.h>
#include <string.h>

#include "base/cpu.h"
#include "base/error.h"
#include "segment/model_text.h"
#include "table/export.h"

#define OUTWARDS 0x1p-40 /* more than all roundings of a bound */
#define UNIT (1.0 / CSTN__PACK_ONE)

/* --- cells as rows ---------------------------------------------------------------------------- */

typedef struct cells_rows {
	const cstn_kmeans_cells *cells;
	uint32_t *order;   /* of the cells in the grid */
	uint32_t *weights; /* in that order */
} cells_rows;

static double mean_of(const cstn__grid_cell *cell, size_t l)
{
	return (double)cell->sums[l] / ((double)cell->weight * CSTN__PACK_ONE);
}

static cstn_status make_rows(cells_rows *in, cstn__kmeans_rows *rows, cstn_error **error)
{
	const cstn__grid *grid = &in->cells->held.grid;
	const cstn_allocator *allocator = &in->cells->allocator;
	size_t size = cstn__array_size(grid->count, sizeof(uint32_t)), i, l;

	in->order = cstn__alloc(allocator, size);
	in->weights = cstn__alloc(allocator, size);
	if (cstn__kmeans_rows_make(rows, grid->count, grid->d, allocator) || !in->order ||
			!in->weights)
		return cstn__fail_nomem(error);
	cstn__grid_order(grid, in->order);
	for (i = 0; i < grid->count; i++) {
		const cstn__grid_cell *cell = cstn__grid_at(grid, in->order[i]);
		float *z = rows->z + i / CSTN__PACK_ROWS * grid->d * CSTN__PACK_ROWS +
			   i % CSTN__PACK_ROWS;

		in->weights[i] = cell->weight;
		for (l = 0; l < grid->d; l++) {
			double packed;

			cstn__pack_values(0.0, 0, (const double[]){mean_of(cell, l)}, 1, &packed);
			z[l * CSTN__PACK_ROWS] = (float)packed;
		}
	}
	rows->weights = in->weights;
	rows->weight = in->cells->held.weight;
	return CSTN_OK;
}

static void free_rows(cells_rows *in, cstn__kmeans_rows *rows)
{
	const cstn_allocator *allocator = &in->cells->allocator;
	size_t size = in->cells->held.grid.count * sizeof(uint32_t);

	cstn__kmeans_rows_free(rows);
	cstn__free(allocator, in->order, size);
	cstn__free(allocator, in->weights, size);
}

/* --- the model of a run ----------------------------------------------------------------------- */

/* What the cells of each cluster come to, as a cell a cluster. */
static void add_up(const cells_rows *in, const uint16_t *labels, cstn__grid *clusters)
{
	const cstn__grid *grid = &in->cells->held.grid;
	size_t i;

	memset(clusters->cells, 0, clusters->count * clusters->stride);
	for (i = 0; i < grid->count; i++)
		cstn__grid_add_cell(cstn__grid_at(clusters, labels[i]),
				cstn__grid_at(grid, in->order[i]), grid->d);
}

static void take_centres(
		const cstn_kmeans_cells *cells, const cstn__grid *clusters, cstn_kmeans *model)
{
	size_t d = model->d, j, l;

	for (j = 0; j < model->k; j++) {
		const cstn__grid_cell *cluster = cstn__grid_at(clusters, j);

		for (l = 0; l < d; l++) {
			double *at = &model->packed.at[j * d + l];

			if (cluster->weight)
				*at = mean_of(cluster, l);
			model->centres[j * d + l] =
					ldexp(*at, -cells->frame->power) + cells->frame->means[l];
		}
	}
}

static void take_sizes(
		const cstn_kmeans_cells *cells, const cstn__grid *clusters, cstn_kmeans *model)
{
	cstn__exact_sum inertia;
	size_t d = model->d, j, l;

	cstn__exact_sum_init(&inertia);
	for (j = 0; j < model->k; j++) {
		const cstn__grid_cell *cluster = cstn__grid_at(clusters, j);
		double away = 0.0;

		for (l = 0; l < d && cluster->weight; l++) {
			double t = mean_of(cluster, l) - model->packed.at[j * d + l];

			away += t * t; /* 0 but for runs that did not converge */
		}
		away *= (double)cluster->weight * CSTN__PACK_ONE * CSTN__PACK_ONE;
		model->rows[j] = cluster->rows;
		model->weights[j] = cluster->weight;
		model->inertias[j] = cstn__kmeans_cells_square(
				cells, cstn__grid_within(cluster, d) + away);
		cstn__exact_sum_add(&inertia, model->inertias[j]);
	}
	model->inertia = cstn__exact_sum_value(&inertia);
}

static cstn_status label_again(cstn__kmeans_run *run, cstn__kmeans_best *best, cstn_kmeans *model,
		cstn_error **error)
{
	uint16_t *held = run->labels;
	cstn_status status;

	cstn__kmeans_centres_copy(&run->centres, &model->packed);
	run->labels = best->labels; /* lent for the pass */
	status = cstn__kmeans_label(run, error);
	run->labels = held;
	return status;
}

/* Labels of cells order the clusters, then they go. */
static cstn_status put_in_order(const cstn__kmeans_job *job, cstn__kmeans_best *best,
		cstn_kmeans *model, cstn_error **error)
{
	cstn_status status;

	model->n = job->rows.n;
	model->labels = best->labels;
	status = cstn__kmeans_order_labels(job, model, error);
	best->labels = model->labels;
	model->labels = NULL;
	return status;
}

static cstn_status finish_cells(const cstn__kmeans_job *job, cstn__kmeans_best *best,
		cstn__kmeans_run *run, cstn_kmeans *model, cstn_error **error)
{
	const cells_rows *in = job->summary;
	const cstn_kmeans_cells *cells = in->cells;
	const cstn__cells_content *held = &cells->held;
	cstn__grid clusters;
	cstn_status status = CSTN_OK;

	memcpy(model->transforms, job->transforms, job->d * sizeof(*model->transforms));
	memcpy(model->means, job->means, job->d * sizeof(*model->means));
	cstn__kmeans_centres_copy(&model->packed, &best->centres);
	model->power = job->packing.power;
	cstn__grid_init(&clusters, job->d, model->k, 0, &job->allocator);
	clusters.cells = cstn__alloc(&job->allocator, cstn__array_size(model->k, clusters.stride));
	if (!clusters.cells)
		return cstn__fail_nomem(error);
	clusters.count = clusters.capacity = model->k;
	add_up(in, best->labels, &clusters);
	take_centres(cells, &clusters, model);
	if (best->converged != 1)
		status = label_again(run, best, model, error);
	if (status == CSTN_OK && best->converged != 1)
		add_up(in, best->labels, &clusters);
	if (status == CSTN_OK) {
		take_sizes(cells, &clusters, model);
		status = put_in_order(job, best, model, error);
	}
	cstn__grid_free(&clusters);
	model->n = held->n;
	model->weight = (double)held->weight;
	model->left_out = held->left_out;
	model->imputed = held->imputed;
	model->n_iter = best->iterations;
	model->converged = best->converged != 0;
	model->restart = best->restart;
	model->moved = best->moved;
	return status;
}

/* --- fit -------------------------------------------------------------------------------------- */

static cstn_status check_fit(const cstn_kmeans_cells *cells, int32_t k,
		const cstn_kmeans_options *options, cstn_error **error)
{
	if (k < 1 || k > UINT16_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "k is %d, 1..65535 expected", k);
	if (options->transforms || options->weight || options->binding || options->start_rows)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"transforms, weight, binding and start_rows are of rows, which are "
				"gone; NULL expected");
	if (!cells->held.grid.count)
		return cstn__fail(error, CSTN_E_EMPTY, "the cells have no rows");
	if ((size_t)k > cells->held.grid.count)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"k is %d, the rows lie in %zu cells", k, cells->held.grid.count);
	return CSTN_OK;
}

cstn_status cstn_kmeans_cells_fit(const cstn_kmeans_cells *cells, int32_t k,
		const cstn_kmeans_options *options, cstn_kmeans **out, cstn_error **error)
{
	cells_rows in = {cells, NULL, NULL};
	int simd = cstn__cpu_simd();
	cstn__kmeans_job job;
	cstn_status status;

	if (!cells || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				cells ? "out" : "cells");
	memset(&job, 0, sizeof(job));
	status = cstn__kmeans_options_read(options, cells->frame->d, &job.options, error);
	if (status == CSTN_OK)
		status = check_fit(cells, k, &job.options, error);
	if (status != CSTN_OK)
		return status;
	job.allocator = cells->allocator;
	job.d = cells->frame->d;
	job.columns.numbers = (const char *const *)cells->frame->names;
	job.columns.d = job.d;
	job.transforms = cells->frame->transforms;
	job.means = cells->frame->means;
	job.packing.mean = cells->frame->means;
	job.packing.power = cells->frame->power;
	job.simd = job.options.simd && job.options.simd < simd ? job.options.simd : simd;
	job.finish = finish_cells;
	job.summary = &in;
	status = make_rows(&in, &job.rows, error);
	if (status == CSTN_OK)
		status = cstn__kmeans_job_fit(&job, (size_t)k, out, error);
	free_rows(&in, &job.rows);
	return status;
}

/* --- bounds ----------------------------------------------------------------------------------- */

/* The greatest that a row of the cell gains, squared, by centre `to` instead of `from`. */
static double greatest_gain(
		const cstn__grid *grid, const uint32_t *key, const double *from, const double *to)
{
	double gain = 0.0;
	size_t l;

	for (l = 0; l < grid->d; l++) {
		int64_t least, most;
		double x;

		cstn__grid_bounds(grid, key, l, &least, &most);
		x = (double)(to[l] > from[l] ? most : least) * UNIT;
		gain += (to[l] - from[l]) * ((x - from[l]) + (x - to[l]));
	}
	return gain;
}

/* What the rows of a cell come to by k centres in packed units. */
static void cell_bounds(const cstn__grid *grid, cstn__grid_cell *cell, const double *at, size_t k,
		double *least, double *most)
{
	const uint32_t *key = cstn__grid_key(grid, cell);
	double nearest = (double)INFINITY, weight = cell->weight, gain = 0.0, within, apart;
	size_t d = grid->d, best = 0, j, l;

	for (j = 0; j < k; j++) {
		double square = 0.0;

		for (l = 0; l < d; l++) {
			double t = mean_of(cell, l) - at[j * d + l];

			square += t * t;
		}
		if (square < nearest) {
			nearest = square;
			best = j;
		}
	}
	for (j = 0; j < k; j++)
		if (j != best)
			gain = fmax(gain, greatest_gain(grid, key, at + best * d, at + j * d));
	within = cstn__grid_within(cell, d) * UNIT * UNIT;
	*most = weight * nearest + within;
	/* distances of rows to any centres are those of the mean less those to the mean, at least
	 */
	apart = fmax(sqrt(weight * nearest) - sqrt(within), 0.0);
	*least = fmax(*most - weight * gain, apart * apart);
}

/* How far packing can have moved all rows together, as the square root of a sum of squares: a value
 * z by 2^-25 of its size, to float32, and by 2^-25, to whole numbers of 2^-24; and (a + b)^2 is at
 * most 2 a^2 + 2 b^2. */
static double packing_error(const cstn__grid *grid)
{
	cstn__exact_sum squares;
	size_t i;

	cstn__exact_sum_init(&squares);
	for (i = 0; i < grid->count; i++) {
		const cstn__grid_cell *cell = cstn__grid_at(grid, i);

		cstn__exact_sum_add(&squares, (double)cell->square * UNIT * UNIT);
		cstn__exact_sum_add(&squares, (double)cell->weight * (double)grid->d);
	}
	return 0x1p-25 * sqrt(2.0 * cstn__exact_sum_value(&squares));
}

cstn_status cstn_kmeans_cells_bounds(const cstn_kmeans_cells *cells, const cstn_kmeans *model,
		double *least, double *most, cstn_error **error)
{
	cstn__exact_sum low, high;
	const cstn__grid *grid;
	size_t size, i, l;
	double *at, from, to, off;

	if (!cells || !model || !least || !most)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!cells   ? "cells"
				: !model ? "model"
				: !least ? "least"
					 : "most");
	if (!cstn__kmeans_same_features(cells->frame, model))
		return cstn__fail(error, CSTN_E_MISMATCH,
				"the model is of other features or transforms than the cells");
	grid = &cells->held.grid;
	if (!grid->count)
		return cstn__fail(error, CSTN_E_EMPTY, "the cells have no rows");
	size = cstn__array_size(model->k * model->d, sizeof(*at));
	at = cstn__alloc(&cells->allocator, size);
	if (!at)
		return cstn__fail_nomem(error);
	for (i = 0; i < model->k; i++)
		for (l = 0; l < model->d; l++)
			at[i * model->d + l] =
					ldexp(model->centres[i * model->d + l] - model->means[l],
							cells->frame->power);
	cstn__exact_sum_init(&low);
	cstn__exact_sum_init(&high);
	for (i = 0; i < grid->count; i++) {
		cell_bounds(grid, cstn__grid_at(grid, i), at, model->k, &from, &to);
		cstn__exact_sum_add(&low, from);
		cstn__exact_sum_add(&high, to);
	}
	cstn__free(&cells->allocator, at, size);
	off = packing_error(grid);
	from = fmax(sqrt(cstn__exact_sum_value(&low)) - off, 0.0);
	from = from * from * (1.0 - OUTWARDS);
	to = sqrt(cstn__exact_sum_value(&high)) + off;
	to = to * to * (1.0 + OUTWARDS);
	*least = ldexp(from, -2 * cells->frame->power);
	*most = ldexp(to, -2 * cells->frame->power);
	return CSTN_OK;
}

/* --- the table -------------------------------------------------------------------------------- */

static int add_columns(const cstn_kmeans *frame, cstn__table_builder *table)
{
	int ok = cstn__table_add_column(table, "rows", CSTN_TYPE_INT64, 0, 0) >= 0 &&
		 cstn__table_add_column(table, "weight", CSTN_TYPE_INT64, 0, 0) >= 0 &&
		 cstn__table_add_column(table, "within", CSTN_TYPE_DOUBLE, 0, 0) >= 0;
	cstn__bytes text;

	cstn__bytes_init(&text, &frame->allocator);
	ok = ok && cstn__kmeans_add_centres(frame, table, &text);
	cstn__bytes_free(&text);
	return ok;
}

static void put_cell(const cstn_kmeans_cells *cells, const cstn__grid_cell *cell,
		cstn__table_builder *table)
{
	const cstn_kmeans *frame = cells->frame;
	size_t d = frame->d, l;

	cstn__table_put_i64(table, 0, cell->rows);
	cstn__table_put_i64(table, 1, cell->weight);
	cstn__table_put_f64(table, 2, cstn__kmeans_cells_square(cells, cstn__grid_within(cell, d)));
	for (l = 0; l < d; l++) {
		double at = ldexp(mean_of(cell, l), -frame->power) + frame->means[l];

		cstn__table_put_f64(table, (int32_t)(3 + l),
				cstn__transform_back(&frame->transforms[l], at));
		cstn__table_put_f64(table, (int32_t)(3 + d + l), at);
	}
}

static cstn_status put_cells(const void *of, cstn__table_builder *table, cstn_error **error)
{
	const cstn_kmeans_cells *cells = of;
	const cstn__grid *grid = &cells->held.grid;
	size_t size = grid->count * sizeof(uint32_t), i;
	uint32_t *order = cstn__alloc(&cells->allocator, size);
	int ok = order && add_columns(cells->frame, table);

	if (ok) {
		cstn__grid_order(grid, order);
		for (i = 0; i < grid->count; i++)
			put_cell(cells, cstn__grid_at(grid, order[i]), table);
	}
	cstn__free(&cells->allocator, order, size);
	return ok ? CSTN_OK : cstn__fail_nomem(error);
}

cstn_status cstn_kmeans_cells_export(
		const cstn_kmeans_cells *cells, struct ArrowArrayStream *out, cstn_error **error)
{
	if (!cells || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				cells ? "out" : "cells");
	return cstn__table_export_of(&cells->allocator, put_cells, cells, out, error);
}
