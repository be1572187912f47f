/* Cells as bytes, in the envelope of states: how rows are packed and summed up is the
 * configuration; then counts, the width of cells, and the cells in the order of their keys. A key
 * is not stored: the mean of a cell lies in it. Read back, every cell is checked for sums that rows
 * in it could have, so that whatever comes from bytes is as good as what comes from rows. */
#include <string.h>

#include "base/envelope.h"
#include "base/error.h"
#include "segment/kmeans_cells.h"

static const cstn__envelope envelope = {CSTN__ENVELOPE_STATE, "k-means cells", CSTN__KIND_CELLS, 1};

static void put_cell(const cstn__grid *grid, size_t i, cstn__bytes *out)
{
	const cstn__grid_cell *cell = cstn__grid_at(grid, i);
	size_t l;

	cstn__bytes_put_u32(out, cell->rows);
	cstn__bytes_put_u32(out, cell->weight);
	cstn__bytes_put_u64(out, (uint64_t)cell->square);
	cstn__bytes_put_u64(out, (uint64_t)(cell->square >> 64));
	for (l = 0; l < grid->d; l++)
		cstn__bytes_put_u64(out, (uint64_t)cell->sums[l]);
}

static cstn_status put_cells(const cstn_kmeans_cells *cells, cstn__bytes *out)
{
	const cstn__grid *grid = &cells->held.grid;
	size_t size = grid->count * sizeof(uint32_t), i;
	uint32_t *order = cstn__alloc(&cells->allocator, size);

	if (!order)
		return CSTN_E_NOMEM;
	cstn__grid_order(grid, order);
	for (i = 0; i < grid->count; i++)
		put_cell(grid, order[i], out);
	cstn__free(&cells->allocator, order, size);
	return CSTN_OK;
}

cstn_status cstn_kmeans_cells_serialize(
		const cstn_kmeans_cells *cells, cstn_buffer **out, cstn_error **error)
{
	const cstn__cells_content *held;
	cstn__bytes bytes;
	size_t config;

	if (!cells || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				cells ? "out" : "cells");
	held = &cells->held;
	cstn__bytes_init(&bytes, &cells->allocator);
	cstn__bytes_put_u32(&bytes, (uint32_t)held->grid.d);
	cstn__bytes_put_u32(&bytes, (uint32_t)held->grid.most);
	cstn__bytes_put_u32(&bytes, (uint32_t)cells->coarser);
	cstn__bytes_put_u32(&bytes, (uint32_t)cells->frame->power);
	cstn__kmeans_put_features(cells->frame, &bytes);
	config = bytes.size;
	cstn__bytes_put_u64(&bytes, held->n);
	cstn__bytes_put_u64(&bytes, held->left_out);
	cstn__bytes_put_u64(&bytes, held->imputed);
	cstn__bytes_put_u64(&bytes, held->clamped);
	cstn__bytes_put_u32(&bytes, (uint32_t)held->grid.shift);
	cstn__bytes_put_u32(&bytes, (uint32_t)held->grid.count);
	if (put_cells(cells, &bytes) != CSTN_OK) {
		cstn__bytes_free(&bytes);
		return cstn__fail_nomem(error);
	}
	return cstn__envelope_close(&envelope, &bytes, config, out, error);
}

/* --- reading ---------------------------------------------------------------------------------- */

static cstn_status damaged(cstn_error **error, const char *what)
{
	return cstn__fail(error, CSTN_E_CORRUPT, "k-means cells: %s", what);
}

static int is_above(const uint32_t *key, const uint32_t *other, size_t d)
{
	size_t l;

	for (l = 0; l < d; l++)
		if (key[l] != other[l])
			return key[l] > other[l];
	return 0;
}

/* 0, -1 for what is none of ours, -2 when out of memory. */
static int read_cell(cstn__reader *in, cstn__grid *grid)
{
	cstn__grid_cell *cell = cstn__grid_append(grid);
	uint32_t *key;
	cstn__u128 low, high;
	size_t l;

	if (!cell)
		return -2;
	cell->rows = cstn__read_u32(in);
	cell->weight = cstn__read_u32(in);
	low = cstn__read_u64(in);
	high = cstn__read_u64(in);
	cell->square = (cstn__i128)(high << 64 | low);
	for (l = 0; l < grid->d; l++)
		cell->sums[l] = (int64_t)cstn__read_u64(in);
	if (in->failed || !cell->weight)
		return -1;
	key = cstn__grid_key(grid, cell);
	if (cstn__grid_key_of(grid, cell, key) || !cstn__grid_possible(grid, cell, key))
		return -1;
	return grid->count > 1 && !is_above(key,
						  cstn__grid_key(grid,
								  cstn__grid_at(grid,
										  grid->count - 2)),
						  grid->d)
			       ? -1
			       : 0;
}

static cstn_status read_body(cstn__reader *in, cstn_kmeans_cells *cells, cstn_error **error)
{
	cstn__cells_content *held = &cells->held;
	uint64_t rows = 0;
	uint32_t shift, count, i;

	held->n = cstn__read_u64(in);
	held->left_out = cstn__read_u64(in);
	held->imputed = cstn__read_u64(in);
	held->clamped = cstn__read_u64(in);
	shift = cstn__read_u32(in);
	count = cstn__read_u32(in);
	if (in->failed || shift < (uint32_t)cells->coarser || shift > CSTN__GRID_SHIFTS ||
			count > held->grid.most || (!count && shift != (uint32_t)cells->coarser))
		return damaged(error, "their width or number breaks the rules");
	held->grid.shift = (int32_t)shift;
	for (i = 0; i < count; i++) {
		int wrong = read_cell(in, &held->grid);
		const cstn__grid_cell *cell;

		if (wrong == -2)
			return cstn__fail_nomem(error);
		if (wrong)
			return damaged(error, "a cell breaks the rules");
		cell = cstn__grid_at(&held->grid, i);
		rows += cell->rows;
		held->weight += cell->weight;
	}
	cstn__grid_index(&held->grid);
	if (in->failed || in->position != in->size)
		return damaged(error, "their length is not what it says");
	if (held->weight > UINT32_MAX || held->left_out > held->n || held->n > INT64_MAX / 16 ||
			held->n - held->left_out != rows ||
			held->imputed > held->n * held->grid.d ||
			held->clamped > rows * held->grid.d)
		return damaged(error, "their counts break the rules");
	return CSTN_OK;
}

/* What rows go through, and how cells begin. */
static cstn_status read_config(cstn__reader *in, const uint8_t *digest,
		const cstn_allocator *allocator, cstn_kmeans_cells **out, cstn_error **error)
{
	uint32_t d = cstn__read_u32(in), most = cstn__read_u32(in), coarser = cstn__read_u32(in);
	int32_t power = (int32_t)cstn__read_u32(in);
	cstn_kmeans *frame = NULL;
	cstn_status status;

	if (d < 1 || d > CSTN__GRID_FEATURES || most < 1 || most > CSTN__GRID_CELLS ||
			coarser > CSTN__GRID_SHIFTS || power < -1100 || power > 1000)
		return damaged(error, "their sizes break the rules");
	status = cstn__kmeans_new_empty(d, 0, 1, allocator, &frame, error);
	if (status != CSTN_OK)
		return status;
	frame->power = power;
	status = cstn__kmeans_read_features(in, frame, envelope.what, error);
	if (status == CSTN_OK)
		status = cstn__envelope_check(&envelope, in, digest, in->position, error);
	if (status != CSTN_OK) {
		cstn_kmeans_unref(frame);
		return status;
	}
	return cstn__kmeans_cells_of(frame, most, (int32_t)coarser, allocator, out, error);
}

cstn_status cstn_kmeans_cells_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_kmeans_cells **out, cstn_error **error)
{
	const uint8_t *digest = NULL;
	cstn_kmeans_cells *cells = NULL;
	cstn_allocator copy;
	cstn__reader in;
	cstn_status status;

	if (!data || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				data ? "out" : "data");
	status = cstn__allocator_read(allocator, &copy, error);
	if (status == CSTN_OK)
		status = cstn__envelope_open(&envelope, data, size, &in, &digest, error);
	if (status == CSTN_OK)
		status = read_config(&in, digest, &copy, &cells, error);
	if (status == CSTN_OK)
		status = read_body(&in, cells, error);
	if (status == CSTN_OK)
		*out = cells;
	else
		cstn_kmeans_cells_free(cells);
	return status;
}
