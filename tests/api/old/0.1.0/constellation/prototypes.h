#ifndef CONSTELLATION_PROTOTYPES_H
#define CONSTELLATION_PROTOTYPES_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/export.h>
#include <constellation/kmeans.h>
#include <constellation/progress.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file prototypes.h
 *  Clusters of rows with numbers and categories: k-prototypes, and k-modes where there are
 *  categories only (Huang 1998).
 *
 *  The cost of a row is the sum of its squared distances to its cluster's means plus gamma for each
 *  category that is not its cluster's mode. Numbers are transformed and packed as kmeans.h has it;
 *  categories are texts, whole numbers or flags, compared by their bytes; counts are integers. A
 *  result depends on the rows and their order, the options and the seed, and on nothing else.
 *
 *      cstn_prototypes_fit -> _predict, _score, _export; _serialize -> _deserialize
 *
 *  Threads: models are immutable, any thread may use one. What is made from a model inherits its
 *  allocator. On failure outputs are untouched. */

#ifdef __cplusplus
extern "C" {
#endif

/** Rows that break a rule are left out and counted, their label is null; else a bad row refuses the
 *  whole stream. */
#define CSTN_PROTOTYPES_SKIP_BAD 1u
/** A null is the column's median (before its transform) or its mode, counted; else a bad row. */
#define CSTN_PROTOTYPES_IMPUTE 2u
/** Means and modes are taken after full passes (Lloyd's form, on threads); else a row that moves
 *  changes both clusters at once (Huang's form, on one thread but for costs). With numbers alone
 *  it is k-means: the same clusters, after one pass less, as the start is none. */
#define CSTN_PROTOTYPES_BATCH 4u

/** Greedy k-means++ (Arthur and Vassilvitskii 2007) by the mixed distance. */
#define CSTN_PROTOTYPES_START_DRAWN 0
/** The densest row, then rows far from those chosen and dense (Cao et al. 2009), by categories; no
 *  chance in it, so one run. */
#define CSTN_PROTOTYPES_START_CAO 1

typedef struct cstn_prototypes_options {
	uint32_t struct_size;
	uint32_t flags;  /**< CSTN_PROTOTYPES_... */
	int32_t threads; /**< 0 all processors; results do not depend on it */
	/** 0 the widest this machine has, 1 portable, 2 AVX2, 3 AVX-512: for tests; results do not
	 *  depend on it */
	int32_t simd;
	int32_t n_init;   /**< restarts; 0 means 10, and 1 where the start has no chance in it */
	int32_t max_iter; /**< passes; 0 means 300 */
	int32_t start;    /**< CSTN_PROTOTYPES_START_... */
	int32_t order;    /**< CSTN_KMEANS_ORDER_SIZE or _START */
	uint64_t seed;    /**< of drawn starts */
	/** The cost of a mismatch, above 0. 0: half the mean population standard deviation of the
	 *  numeric columns as they enter the distance; 1 if there are none, or all are constant */
	double gamma;
	/** NULL, or CSTN_TRANSFORM_ bits of each numeric column */
	const uint32_t *transforms;
	/** NULL, or k row numbers, 0-based, to start from */
	const int64_t *start_rows;
	const cstn_binding *binding; /**< NULL, or how the stream's columns map to the names */
	cstn_progress *progress;     /**< NULL, or counts rows of each pass, and cancels */
} cstn_prototypes_options;
/* clang-format off */
#define CSTN_PROTOTYPES_OPTIONS_INIT { sizeof(cstn_prototypes_options), 0, 0, 0, 0, 0, 0, 0, 0, 0.0, NULL, NULL, NULL, NULL }
/* clang-format on */

/** Clusters with their means and modes, the transform and the categories. Immutable, refcounted,
 *  any thread. */
typedef struct cstn_prototypes cstn_prototypes;

/** Find k clusters. Rows go to the nearest start (ties to the lowest cluster), means and modes are
 *  taken, the cost is noted. Then passes over the rows in their order, a row whose nearest cluster
 *  is another moving there; a mode of the new cluster changes only if it is beaten, one of the old
 *  is taken again if it lost a row of its own; ties of categories go to the smallest by bytes. Ends
 *  when no row moved or the cost did not fall (with numbers alone in batch form: when no row
 *  moved). An empty cluster takes the row farthest from its own, ties the lowest. The best of
 *  n_init runs stays. Not converged within max_iter is a result with "converged" 0, no error.
 *  @param rows        moved from, also on failure; its batches are held until the call returns
 *  @param numeric     names of n_numeric columns of numbers, 0..1,024; may be NULL if there are
 * none
 *  @param categorical names of n_categorical columns of texts, whole numbers or flags, 0..1,024;
 *                     may be NULL if there are none; one column in all at least
 *  @param k           1..65,535, at most the distinct rows
 *  @param options     NULL, or start from CSTN_PROTOTYPES_OPTIONS_INIT
 *  @param allocator   NULL is libc
 *  @param out         release with cstn_prototypes_unref()
 *  @param bad_rows    NULL, or receives the rows that break a rule; free with
 * cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if rows are bad (with CSTN_PROTOTYPES_SKIP_BAD it is CSTN_OK);
 *  CSTN_E_EMPTY; CSTN_E_INVALID_ARGUMENT, also for k above the distinct rows; CSTN_E_SCHEMA;
 *  CSTN_E_STREAM; CSTN_E_CANCELLED; CSTN_E_NOMEM. Any thread. Memory: 4 bytes a row and column, 2 a
 *  row; 8 a cluster, category and thread. Time: n k columns a pass, twice that in Huang's form.
 *  @since 0.1  @snippet prototypes.c fit */
CSTN_API cstn_status cstn_prototypes_fit(struct ArrowArrayStream *rows, const char *const *numeric,
		size_t n_numeric, const char *const *categorical, size_t n_categorical, int32_t k,
		const cstn_prototypes_options *options, const cstn_allocator *allocator,
		cstn_prototypes **out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** Which cluster each row belongs to: columns label (int32, 0-based, null for a bad row), cost (to
 *  its cluster), mismatches (int32, categories that are not its cluster's modes) and unseen (int32,
 *  those that no row of the fit had; each is a mismatch with every mode).
 *  @param rows     moved from, also on failure; columns by the names of the fit
 *  @param options  NULL; of it flags, threads, simd, binding and progress are read
 *  @param out      receives the answer, a row each in their order; release it
 *  @param bad_rows NULL, or receives the rows that break a rule; free with cstn_row_errors_free()
 *  @return CSTN_OK, also with bad rows: they are null in `out`; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_CANCELLED; CSTN_E_NOMEM. Any thread. O(n k columns).
 *  @since 0.1 */
CSTN_API cstn_status cstn_prototypes_predict(const cstn_prototypes *model,
		struct ArrowArrayStream *rows, const cstn_prototypes_options *options,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** Minus the cost of rows; bad rows are left out. @param rows moved from, also on failure @param
 *  options as cstn_prototypes_predict() @return as cstn_prototypes_predict(), with CSTN_E_ROWS for
 *  bad rows without CSTN_PROTOTYPES_SKIP_BAD. Any thread, no memory is kept. O(n k columns).
 *  @since 0.1 */
CSTN_API cstn_status cstn_prototypes_score(const cstn_prototypes *model,
		struct ArrowArrayStream *rows, const cstn_prototypes_options *options, double *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** A number of a model: "k", "numeric", "categorical" (columns), "rows" (fitted), "left_out" (bad
 *  rows), "imputed" (values), "cost", "inertia" (its numeric part), "mismatches" (a count),
 * "gamma", "n_iter" (passes), "converged", "restart" (the best one), "moved" (rows that filled
 * empty clusters). @return CSTN_OK; CSTN_E_NOT_FOUND. Any thread, O(1), no memory. @since 0.1 */
CSTN_API cstn_status cstn_prototypes_get_param(const cstn_prototypes *model, const char *name,
		double *out, cstn_error **error) CSTN_MUST_CHECK;

/** Tables of a model. */
/** A row a cluster: label, rows, cost, mismatches; then for each numeric column its mean in the
 *  caller's units (name), and as the distance takes it (name_scaled); then for each categorical one
 *  its mode (name, text) and the share of the cluster's rows that have it (name_share) */
#define CSTN_PROTOTYPES_TABLE_CLUSTERS 0
/** A row of the fit each: label (null if left out). Not kept by _serialize: empty then */
#define CSTN_PROTOTYPES_TABLE_LABELS 1
/** A row a category: column, category, rows (that have it) */
#define CSTN_PROTOTYPES_TABLE_CATEGORIES 2
/** A row a pass of the best run: pass (0: the start), cost */
#define CSTN_PROTOTYPES_TABLE_COSTS 3

/** A table of the model as an Arrow stream. @param table CSTN_PROTOTYPES_TABLE_... @param out
 *  release it @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. O(its rows).
 *  @since 0.1 */
CSTN_API cstn_status cstn_prototypes_export(const cstn_prototypes *model, int32_t table,
		struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/** All of it but the labels and categories as a JSON object. @param out free with
 *  cstn_buffer_free() @return CSTN_OK; CSTN_E_NOMEM. Any thread. O(k columns). @since 0.1 */
CSTN_API cstn_status cstn_prototypes_describe(const cstn_prototypes *model, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** A model as bytes, without the labels of the fit: the same model gives the same bytes.
 *  @param out free with cstn_buffer_free() @return CSTN_OK; CSTN_E_NOMEM. Any thread. O(size).
 *  @since 0.1 */
CSTN_API cstn_status cstn_prototypes_serialize(const cstn_prototypes *model, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** A model out of bytes, which are not trusted. @param out release with cstn_prototypes_unref()
 *  @return CSTN_OK; CSTN_E_CORRUPT; CSTN_E_NEWER_FORMAT; CSTN_E_NOMEM. Any thread. O(size).
 *  @since 0.1 */
CSTN_API cstn_status cstn_prototypes_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_prototypes **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** One more reference; NULL gives NULL. Any thread; given back with cstn_prototypes_unref().
 *  @since 0.1 */
CSTN_API cstn_prototypes *cstn_prototypes_ref(cstn_prototypes *model);
/** One less; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_prototypes_unref(cstn_prototypes *model);

#ifdef __cplusplus
}
#endif

#endif
