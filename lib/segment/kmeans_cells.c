/* A summary of rows in micro-clusters: rows are read as a model reads them, packed as it packs
 * them, and put into the cells of a grid (kmeans_grid.c), which add up.
 *
 * A stream goes through in stretches: some batches are held, checked and put into cells of the
 * threads' own, then let go. What the threads have is merged at the end, and only then, when
 * nothing can fail any more, into the state. So a call that fails changes nothing, and no stream is
 * ever held. Cost: reading and packing 4 ns a value, the cells 60 ns a row. */
#include "segment/kmeans_cells.h"

#include <math.h>
#include <string.h>

#include "base/cpu.h"
#include "base/error.h"
#include "base/parallel.h"

#define BLOCK CSTN__FEATURE_BLOCK
#define USUAL_CELLS 65536
#define USUAL_HEADROOM 3
#define MOST_HEADROOM 16
#define STRETCH ((uint64_t)2 * CSTN__MORSEL_ROWS) /* rows a thread that are held */

/* --- new -------------------------------------------------------------------------------------- */

cstn_status cstn__kmeans_cells_of(cstn_kmeans *frame, size_t max_cells, int32_t coarser,
		const cstn_allocator *allocator, cstn_kmeans_cells **out, cstn_error **error)
{
	cstn_kmeans_cells *cells = cstn__alloc_zero(allocator, sizeof(*cells));

	if (!cells) {
		cstn_kmeans_unref(frame);
		return cstn__fail_nomem(error);
	}
	cells->allocator = *allocator;
	cells->frame = frame;
	cells->coarser = coarser;
	cstn__grid_init(&cells->held.grid, frame->d, max_cells, coarser, allocator);
	*out = cells;
	return CSTN_OK;
}

static cstn_status read_options(const cstn_kmeans_cells_options *given,
		cstn_kmeans_cells_options *out, cstn_error **error)
{
	cstn_status status = cstn__options_read(given, sizeof(*out), sizeof(*out), 0,
			"cstn_kmeans_cells_options", out, error);

	if (status != CSTN_OK)
		return status;
	if (out->max_cells < 0 || out->max_cells > CSTN__GRID_CELLS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "max_cells is %d, 1..%d expected",
				out->max_cells, CSTN__GRID_CELLS);
	if (out->coarser < 0 || out->coarser > CSTN__GRID_SHIFTS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "coarser is %d, 0..%d expected",
				out->coarser, CSTN__GRID_SHIFTS);
	if (out->headroom > MOST_HEADROOM)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"headroom is %d, at most %d expected", out->headroom,
				MOST_HEADROOM);
	if (out->reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "reserved0 is %d, 0 expected",
				out->reserved0);
	out->max_cells = out->max_cells ? out->max_cells : USUAL_CELLS;
	out->headroom = out->headroom < 0 ? 0 : out->headroom ? out->headroom : USUAL_HEADROOM;
	return CSTN_OK;
}

static cstn_status copy_frame(const cstn_kmeans *model, int32_t headroom,
		const cstn_allocator *allocator, cstn_kmeans **out, cstn_error **error)
{
	cstn_kmeans *frame = NULL;
	cstn_status status = cstn__kmeans_model_new((const char *const *)model->names, model->d, 0,
			1, allocator, &frame, error);

	if (status != CSTN_OK)
		return status;
	memcpy(frame->transforms, model->transforms, model->d * sizeof(*frame->transforms));
	memcpy(frame->means, model->means, model->d * sizeof(*frame->means));
	frame->power = model->power - headroom;
	*out = frame;
	return CSTN_OK;
}

cstn_status cstn_kmeans_cells_new(const cstn_kmeans *model,
		const cstn_kmeans_cells_options *options, const cstn_allocator *allocator,
		cstn_kmeans_cells **out, cstn_error **error)
{
	cstn_kmeans_cells_options read;
	cstn_kmeans *frame = NULL;
	cstn_allocator copy;
	cstn_status status;

	if (!model || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	if (model->d > CSTN__GRID_FEATURES)
		return cstn__fail(error, CSTN_E_LIMIT, "the model has %zu features, %d at most",
				model->d, CSTN__GRID_FEATURES);
	status = read_options(options, &read, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &copy, error);
	if (status == CSTN_OK)
		status = copy_frame(model, read.headroom, &copy, &frame, error);
	if (status == CSTN_OK)
		status = cstn__kmeans_cells_of(
				frame, (size_t)read.max_cells, read.coarser, &copy, out, error);
	return status;
}

void cstn_kmeans_cells_free(cstn_kmeans_cells *cells)
{
	cstn_allocator allocator;

	if (!cells)
		return;
	allocator = cells->allocator;
	cstn__grid_free(&cells->held.grid);
	cstn_kmeans_unref(cells->frame);
	cstn__free(&allocator, cells, sizeof(*cells));
}

/* --- adding up -------------------------------------------------------------------------------- */

static cstn_status check_room(uint64_t weight, const cstn__cells_content *into, cstn_error **error)
{
	if (weight <= UINT32_MAX && into->weight + weight <= UINT32_MAX)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_OVERFLOW,
			"rows that weigh %llu and %llu are more than 2^32 - 1",
			(unsigned long long)into->weight, (unsigned long long)weight);
}

/* Nothing is changed on failure. */
static cstn_status add(
		cstn__cells_content *into, const cstn__cells_content *from, cstn_error **error)
{
	if (cstn__grid_reserve(&into->grid, &from->grid))
		return cstn__fail_nomem(error);
	cstn__grid_merge(&into->grid, &from->grid);
	into->n += from->n;
	into->left_out += from->left_out;
	into->imputed += from->imputed;
	into->clamped += from->clamped;
	into->weight += from->weight;
	return CSTN_OK;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* What a thread has of its own. */
typedef struct cells_worker {
	cstn__cells_content part;
	double *values;   /* a block, column by column */
	uint32_t *places; /* the same, row by row */
} cells_worker;

typedef struct cells_reading {
	const cstn_kmeans *frame;
	cstn_kmeans_options options;
	cstn__features features;
	uint32_t steps[CSTN__GRID_FEATURES];
	cells_worker *workers;
	uint64_t weight; /* of all rows so far */
	int32_t threads;
	int simd;
} cells_reading;

static size_t values_size(const cells_reading *in)
{
	return in->frame->d * BLOCK * sizeof(double);
}

static size_t places_size(const cells_reading *in)
{
	return in->frame->d * BLOCK * sizeof(uint32_t);
}

static cstn_status open_reading(cells_reading *in, const cstn_kmeans_cells *cells,
		struct ArrowArrayStream *stream, cstn_error **error)
{
	const cstn_kmeans *frame = cells->frame;
	const cstn_allocator *allocator = &cells->allocator;
	const cstn__feature_names columns = {(const char *const *)frame->names, NULL, frame->d, 0,
			in->options.weight, NULL};
	int simd = cstn__cpu_simd();
	cstn_status status;
	int32_t t;

	in->frame = frame;
	in->simd = in->options.simd && in->options.simd < simd ? in->options.simd : simd;
	in->threads = cstn__threads_resolve(in->options.threads, SIZE_MAX);
	status = cstn__features_begin(&in->features, stream, &columns,
			cstn__kmeans_steps(frame, in->steps), in->options.binding, allocator,
			error);
	if (status != CSTN_OK)
		return status;
	in->workers = cstn__alloc_zero(allocator, (size_t)in->threads * sizeof(*in->workers));
	if (!in->workers)
		return cstn__fail_nomem(error);
	for (t = 0; t < in->threads; t++) {
		const cstn__grid *grid = &cells->held.grid;

		cstn__grid_init(&in->workers[t].part.grid, frame->d, grid->most, cells->coarser,
				allocator);
	}
	return CSTN_OK;
}

static void close_reading(cells_reading *in, const cstn_allocator *allocator)
{
	int32_t t;

	for (t = 0; t < in->threads && in->workers; t++) {
		cstn__grid_free(&in->workers[t].part.grid);
		cstn__free(allocator, in->workers[t].values, values_size(in));
		cstn__free(allocator, in->workers[t].places, places_size(in));
	}
	cstn__free(allocator, in->workers, (size_t)in->threads * sizeof(*in->workers));
	cstn__features_free(&in->features);
}

static cstn_status add_block(
		const cells_reading *in, cells_worker *worker, uint64_t start, int32_t n)
{
	const cstn_kmeans *frame = in->frame;
	const uint32_t *weights = in->features.weights;
	size_t d = frame->d, l;
	int32_t i;
	cstn_status status = cstn__features_read_transformed(
			&in->features, frame->transforms, in->simd, start, n, worker->values);

	if (status != CSTN_OK)
		return status;
	for (l = 0; l < d; l++) {
		double *values = worker->values + l * BLOCK;

		for (i = 0; i < n && in->features.bad; i++)
			if (cstn__features_is_bad(&in->features, start + (uint64_t)i))
				values[i] = frame->means[l]; /* it is not clamped */
		worker->part.clamped += cstn__pack_values(
				frame->means[l], frame->power, values, (size_t)n, values);
		for (i = 0; i < n; i++)
			worker->places[(size_t)i * d + l] = cstn__grid_place(values[i]);
	}
	return cstn__grid_add(&worker->part.grid, worker->places, weights ? weights + start : NULL,
			       (size_t)n)
			       ? CSTN_E_NOMEM
			       : CSTN_OK;
}

static cstn_status add_morsel(void *context, size_t morsel, int32_t number)
{
	cells_reading *in = context;
	cells_worker *worker = &in->workers[number];
	uint64_t start = (uint64_t)morsel * CSTN__MORSEL_ROWS, end = start + CSTN__MORSEL_ROWS;
	cstn_status status = CSTN_OK;

	if (end > in->features.n)
		end = in->features.n;
	if (!worker->values)
		worker->values = cstn__alloc(&in->features.allocator, values_size(in));
	if (!worker->places)
		worker->places = cstn__alloc(&in->features.allocator, places_size(in));
	if (!worker->values || !worker->places)
		return CSTN_E_NOMEM;
	cstn__progress_add(in->options.progress, end - start);
	for (; start < end && status == CSTN_OK; start += BLOCK)
		status = add_block(in, worker, start,
				end - start < BLOCK ? (int32_t)(end - start) : BLOCK);
	return status;
}

/* The rows that are held, into the cells of the threads. */
static cstn_status add_held(cells_reading *in, const cstn__cells_content *into, cstn_error **error)
{
	cstn__features *features = &in->features;
	size_t morsels = (features->n + CSTN__MORSEL_ROWS - 1) / CSTN__MORSEL_ROWS;
	cstn_status status;

	if (features->weight_unit != 1.0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"weights of cells are whole numbers below 2^32");
	in->weight += features->weight;
	status = check_room(in->weight, into, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__parallel_for(morsels, in->threads, in->options.progress, add_morsel, in);
	if (status == CSTN_E_CANCELLED)
		return cstn__fail(error, status, "cancelled");
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

/* All rows, into the first of the threads' parts. `into` is what they will be added to. */
static cstn_status read_rows(cells_reading *in, const cstn__cells_content *into,
		cstn__row_sink *sink, cstn_row_errors **left, cstn_error **error)
{
	cstn__cells_content *part = &in->workers[0].part;
	cstn__features *features = &in->features;
	int skip = (in->options.flags & CSTN_KMEANS_SKIP_BAD) != 0;
	cstn_status status;
	int32_t t;

	while ((status = cstn__features_more(features, STRETCH * (uint64_t)in->threads, error)) ==
			CSTN_OK) {
		status = cstn__features_check(features, in->steps, in->options.threads,
				in->options.progress, sink, error);
		part->n += features->n;
		part->left_out += features->n_bad;
		part->imputed += features->n_null;
		if (status == CSTN_OK && (skip || !part->left_out))
			status = add_held(in, into, error);
		if (status != CSTN_OK)
			return status;
	}
	if (status != CSTN_DONE)
		return status;
	if (part->left_out && !skip)
		return cstn__row_sink_refuse(sink, left, error);
	part->weight = in->weight;
	status = CSTN_OK;
	for (t = 1; t < in->threads && status == CSTN_OK; t++)
		status = add(part, &in->workers[t].part, error);
	return status == CSTN_OK ? cstn__row_sink_finish(sink, left, error) : status;
}

static cstn_status take_rows(cstn_kmeans_cells *cells, cells_reading *in,
		struct ArrowArrayStream *stream, cstn_row_errors **left, cstn_error **error)
{
	cstn__row_sink *sink = NULL;
	cstn_status status = cstn__row_sink_new(&cells->allocator, &sink, error);

	if (status == CSTN_OK)
		status = open_reading(in, cells, stream, error);
	if (status == CSTN_OK)
		status = read_rows(in, &cells->held, sink, left, error);
	if (status == CSTN_OK)
		status = add(&cells->held, &in->workers[0].part, error);
	cstn__row_sink_free(sink);
	return status;
}

cstn_status cstn_kmeans_cells_update(cstn_kmeans_cells *cells, struct ArrowArrayStream *rows,
		const cstn_kmeans_options *options, cstn_row_errors **bad_rows, cstn_error **error)
{
	struct ArrowArrayStream stream;
	cstn_row_errors *left = NULL;
	cells_reading in;
	cstn_status status = cstn__stream_take(rows, "rows", &stream, error);

	if (status != CSTN_OK)
		return status;
	memset(&in, 0, sizeof(in));
	if (!cells)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "cells is NULL");
	else
		status = cstn__kmeans_options_read(options, cells->frame->d, &in.options, error);
	if (status == CSTN_OK) {
		status = take_rows(cells, &in, &stream, &left, error);
		close_reading(&in, &cells->allocator);
	}
	if (stream.release)
		stream.release(&stream);
	cstn__rows_hand_out(status, left, bad_rows);
	return status;
}

/* --- two of them ------------------------------------------------------------------------------ */

static cstn_status check_two(
		const cstn_kmeans_cells *a, const cstn_kmeans_cells *b, cstn_error **error)
{
	if (!a || !b || a == b)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s",
				!a || !b ? "cells are NULL"
					 : "cells are merged into themselves, or taken out of "
					   "them");
	if (!cstn__kmeans_same_features(a->frame, b->frame) || a->frame->power != b->frame->power)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"the two are of other features or transforms");
	if (a->held.grid.most != b->held.grid.most || a->coarser != b->coarser)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"max_cells is %zu and %zu, coarser %d and %d; equal ones expected",
				a->held.grid.most, b->held.grid.most, a->coarser, b->coarser);
	return CSTN_OK;
}

cstn_status cstn_kmeans_cells_merge(
		cstn_kmeans_cells *into, const cstn_kmeans_cells *from, cstn_error **error)
{
	cstn_status status = check_two(into, from, error);

	if (status == CSTN_OK)
		status = check_room(from->held.weight, &into->held, error);
	return status == CSTN_OK ? add(&into->held, &from->held, error) : status;
}

/* 1 if the part was in there, and is no more. */
static int subtract(cstn__cells_content *from, const cstn__cells_content *part)
{
	if (part->n > from->n || part->left_out > from->left_out || part->imputed > from->imputed ||
			part->clamped > from->clamped ||
			(part->grid.count && part->grid.shift != from->grid.shift) ||
			cstn__grid_subtract(&from->grid, &part->grid))
		return 0;
	from->n -= part->n;
	from->left_out -= part->left_out;
	from->imputed -= part->imputed;
	from->clamped -= part->clamped;
	from->weight -= part->weight;
	return 1;
}

cstn_status cstn_kmeans_cells_remove(
		cstn_kmeans_cells *cells, const cstn_kmeans_cells *part, cstn_error **error)
{
	cstn_status status = check_two(cells, part, error);
	int32_t shift;

	if (status != CSTN_OK)
		return status;
	shift = cells->held.grid.shift;
	if (shift != cells->coarser && part->held.grid.count)
		return cstn__fail(error, CSTN_E_REBUILD,
				"cells were widened by %d levels to hold all rows: build them anew "
				"without these, with coarser %d if rows are to be taken out again",
				shift - cells->coarser, shift);
	if (subtract(&cells->held, &part->held))
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_STATE, "the rows to take out of cells are not all in them");
}

/* --- numbers ---------------------------------------------------------------------------------- */

double cstn__kmeans_cells_square(const cstn_kmeans_cells *cells, double square)
{
	return ldexp(square, -48 - 2 * cells->frame->power);
}

double cstn__kmeans_cells_within(const cstn_kmeans_cells *cells)
{
	const cstn__grid *grid = &cells->held.grid;
	cstn__exact_sum sum;
	size_t i;

	cstn__exact_sum_init(&sum);
	for (i = 0; i < grid->count; i++)
		cstn__exact_sum_add(&sum, cstn__grid_within(cstn__grid_at(grid, i), grid->d));
	return cstn__kmeans_cells_square(cells, cstn__exact_sum_value(&sum));
}

cstn_status cstn_kmeans_cells_get_param(
		const cstn_kmeans_cells *cells, const char *name, double *out, cstn_error **error)
{
	size_t i;

	if (!cells || !name || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!cells  ? "cells"
				: !name ? "name"
					: "out");
	if (strcmp(name, "within") == 0) {
		*out = cstn__kmeans_cells_within(cells);
		return CSTN_OK;
	}
	{
		const cstn__cells_content *held = &cells->held;
		const struct {
			const char *name;
			double value;
		} all[] = {
				{"features", (double)held->grid.d},
				{"max_cells", (double)held->grid.most},
				{"cells", (double)held->grid.count},
				{"level", CSTN__GRID_FINEST - held->grid.shift},
				{"rows", (double)(held->n - held->left_out)},
				{"weight", (double)held->weight},
				{"left_out", (double)held->left_out},
				{"imputed", (double)held->imputed},
				{"clamped", (double)held->clamped},
		};

		for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
			if (strcmp(name, all[i].name) == 0) {
				*out = all[i].value;
				return CSTN_OK;
			}
	}
	return cstn__fail(error, CSTN_E_NOT_FOUND, "cells have no '%s'", name);
}
