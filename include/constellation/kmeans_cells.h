#ifndef CONSTELLATION_KMEANS_CELLS_H
#define CONSTELLATION_KMEANS_CELLS_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/export.h>
#include <constellation/kmeans.h>
#include <constellation/status.h>

/** @file kmeans_cells.h
 *  k-means of rows that are seen once: a summary in micro-clusters.
 *
 *  Rows, transformed and packed as a model has it, fall into the cells of a grid; a cell keeps how
 *  many they are, their sum and their sum of squares, all whole numbers. There are never more than
 *  max_cells: where there would be, cells twice as wide take their place. The width at the end is
 *  the finest with which all rows fit, and so a function of the rows alone: any split of them, any
 *  order of merging and any number of threads give the same bytes. Clusters are found from the
 *  cells, which stand for their rows, and the price is known: the true inertia lies between two
 *  bounds that the cells give.
 *
 *      cstn_kmeans_fit of a sample -> cstn_kmeans_cells_new -> _update, _merge, _remove
 *      -> _fit -> a model like any other -> _predict; or start centres of an exact fit, or passes
 *
 *  Method: grid cells with clustering features (Zhang, Ramakrishnan and Livny 1996). Threads: one
 *  caller at a time a state. On failure outputs are untouched. */

#ifdef __cplusplus
extern "C" {
#endif

/** The most features that cells may have. */
#define CSTN_KMEANS_CELLS_FEATURES 16

/** How rows are summed up; two summaries that are merged were made with the same. */
typedef struct cstn_kmeans_cells_options {
	uint32_t struct_size;
	uint32_t flags;    /**< 0 */
	int32_t max_cells; /**< 1..1,048,576; 0 means 65,536 */
	/** Cells begin with the width of level 24 - coarser: 0..32. Level 24 tells all packed rows
	 *  apart, at level -8 there is one cell. A level that holds all rows from the start makes
	 *  rows removable for good. */
	int32_t coarser;
	/** Rows that lie 2^headroom times as far out as those of the model's fit, at least, are
	 *  summed up as they are; beyond, they are moved there and counted. 1..16; 0 means 3, below
	 *  0 none */
	int32_t headroom;
	int32_t reserved0;
} cstn_kmeans_cells_options;
/* clang-format off */
#define CSTN_KMEANS_CELLS_OPTIONS_INIT { sizeof(cstn_kmeans_cells_options), 0, 0, 0, 0, 0 }
/* clang-format on */

/** Rows summed up in cells. */
typedef struct cstn_kmeans_cells cstn_kmeans_cells;

/** An empty summary with the features and transforms of a model, which must be there before the
 *  first row: of a fit to a sample, or, where only the bounds of the features are known, of a fit
 *  of one cluster to two rows, the least values and the greatest.
 *  @param model     its features and transforms are copied, its centres do not matter
 *  @param options   NULL, or start from CSTN_KMEANS_CELLS_OPTIONS_INIT
 *  @param allocator NULL is libc
 *  @param out       free with cstn_kmeans_cells_free()
 *  @return CSTN_OK; CSTN_E_LIMIT for a model of more than 16 features; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_STRUCT_SIZE and CSTN_E_STRUCT_TOO_NEW; CSTN_E_NOMEM. Any thread. O(features).
 *  @since 0.1 */
CSTN_API cstn_status cstn_kmeans_cells_new(const cstn_kmeans *model,
		const cstn_kmeans_cells_options *options, const cstn_allocator *allocator,
		cstn_kmeans_cells **out, cstn_error **error) CSTN_MUST_CHECK;

/** Add rows, once and for all: some batches at a time are held, never the stream.
 *  @param cells    unchanged on failure
 *  @param rows     moved from, also on failure; columns by the names of the features
 *  @param options  NULL; of it flags, threads, simd, weight (whole numbers), binding and progress
 *                  are read
 *  @param bad_rows NULL, or receives the rows that break a rule; free with cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if rows are bad (with CSTN_KMEANS_SKIP_BAD it is CSTN_OK: they are
 *  left out); CSTN_E_INVALID_ARGUMENT, also for weights that are not whole; CSTN_E_OVERFLOW if all
 *  weights come to more than 2^32 - 1; CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_CANCELLED;
 *  CSTN_E_NOMEM. One caller at a time; works on options->threads. Memory: 48 + 12 bytes a feature
 *  for each cell, once more for each thread while it runs, and 131,072 rows a thread. Time: about
 *  0.1 us a row of 8 features. @since 0.1 @snippet kmeans_cells.c sum up */
CSTN_API cstn_status cstn_kmeans_cells_update(cstn_kmeans_cells *cells,
		struct ArrowArrayStream *rows, const cstn_kmeans_options *options,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

/** Add what another summary holds. Associative and commutative. @param into unchanged on failure
 *  @param from stays @return CSTN_OK; CSTN_E_MISMATCH if features, transforms or options differ;
 *  CSTN_E_OVERFLOW as cstn_kmeans_cells_update(); CSTN_E_INVALID_ARGUMENT, also for one merged
 *  into itself; CSTN_E_NOMEM. One caller at a time each. O(cells). @since 0.1 */
CSTN_API cstn_status cstn_kmeans_cells_merge(cstn_kmeans_cells *into, const cstn_kmeans_cells *from,
		cstn_error **error) CSTN_MUST_CHECK;

/** Take rows out again: the summary is, byte by byte, one that never saw them. That can be said
 * only while cells have the width they began with; once they were widened, nobody knows whether the
 *  other rows alone would have needed that.
 *  @param cells unchanged on failure @param part a summary of those rows, made alike; stays
 *  @return CSTN_OK; CSTN_E_REBUILD when cells were widened: build them anew from the log, best from
 *  the `coarser` that the message names; CSTN_E_STATE if the rows cannot all be in them;
 *  CSTN_E_MISMATCH as cstn_kmeans_cells_merge(); CSTN_E_INVALID_ARGUMENT, also for one from itself.
 *  One caller at a time each, no memory. O(cells). @since 0.1 */
CSTN_API cstn_status cstn_kmeans_cells_remove(cstn_kmeans_cells *cells,
		const cstn_kmeans_cells *part, cstn_error **error) CSTN_MUST_CHECK;

/** Find k clusters of the cells: each counts as all its rows at their mean. The model is one like
 *  any other; its inertia is that of the rows when each goes with its cell, to the bit of the
 *  packed values, and so an upper bound; cstn_kmeans_cells_bounds() has a lower one. Its rows and
 *  weights are those of the cells, it has no labels.
 *  @param k       1..65,535, at most the cells
 *  @param options NULL; as cstn_kmeans_fit(), without transforms, weight, binding and start_rows
 *  @param out     release with cstn_kmeans_unref()
 *  @return CSTN_OK; CSTN_E_EMPTY without rows; CSTN_E_INVALID_ARGUMENT, also for k above the
 *  cells; CSTN_E_CANCELLED; CSTN_E_NOMEM. One caller at a time. O(cells k d) an iteration, 4 bytes
 *  a cell and feature. @since 0.1 @snippet kmeans_cells.c fit */
CSTN_API cstn_status cstn_kmeans_cells_fit(const cstn_kmeans_cells *cells, int32_t k,
		const cstn_kmeans_options *options, cstn_kmeans **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Between what numbers the inertia of all rows lies, each in the cluster nearest to it by the
 *  centres of a model, though the rows are gone: a cell that lies as a whole nearest to one centre
 *  is exact, others are off by what their width allows. In transformed units; what packing rounds
 *  is allowed for, values that were clamped are not.
 *  @param model of the same features and transforms, from these cells or from anywhere
 *  @param least,most the caller's, a number each
 *  @return CSTN_OK; CSTN_E_MISMATCH for a model of other features or transforms; CSTN_E_EMPTY
 *  without rows; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One caller at a time, no memory is kept.
 *  O(cells k d).
 *  @since 0.1 */
CSTN_API cstn_status cstn_kmeans_cells_bounds(const cstn_kmeans_cells *cells,
		const cstn_kmeans *model, double *least, double *most,
		cstn_error **error) CSTN_MUST_CHECK;

/** A number of a summary: "features", "max_cells", "cells", "level" (cells are 2^-level wide in
 *  packed units, 256 of which hold everything), "rows", "weight" (their sum), "left_out" (bad
 *  rows), "imputed" and "clamped" (values), "within" (sum of squared distances of rows to the mean
 *  of their cell, in transformed units). @return CSTN_OK; CSTN_E_NOT_FOUND;
 *  CSTN_E_INVALID_ARGUMENT. One caller at a time, no memory. O(cells) for "within", else O(1).
 *  @since 0.1 */
CSTN_API cstn_status cstn_kmeans_cells_get_param(const cstn_kmeans_cells *cells, const char *name,
		double *out, cstn_error **error) CSTN_MUST_CHECK;

/** A row a cell, in the order of the grid: rows, weight, within (sum of squared distances to the
 *  mean, in transformed units); then for each feature the mean in the caller's units (name), and
 *  as distances take it (name_scaled): with weight, rows for any method that takes weights.
 *  @param out release it @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One caller at a
 *  time. O(cells log cells). @since 0.1 */
CSTN_API cstn_status cstn_kmeans_cells_export(const cstn_kmeans_cells *cells,
		struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/** A summary as bytes, features and transforms within: the same content gives the same bytes.
 *  @param out free with cstn_buffer_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM.
 *  One caller at a time. O(cells log cells), 24 + 8 bytes a feature for each cell. @since 0.1 */
CSTN_API cstn_status cstn_kmeans_cells_serialize(const cstn_kmeans_cells *cells, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** A summary out of bytes, which are not trusted. @param out free with cstn_kmeans_cells_free()
 *  @return CSTN_OK; CSTN_E_CORRUPT; CSTN_E_NEWER_FORMAT; CSTN_E_NOMEM. Any thread. O(size).
 *  @since 0.1 */
CSTN_API cstn_status cstn_kmeans_cells_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_kmeans_cells **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free a summary; NULL is allowed. Any thread, when no call runs on it. O(1). @since 0.1 */
CSTN_API void cstn_kmeans_cells_free(cstn_kmeans_cells *cells);

#ifdef __cplusplus
}
#endif

#endif
