#ifndef CONSTELLATION_KMEANS_H
#define CONSTELLATION_KMEANS_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/export.h>
#include <constellation/progress.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file kmeans.h
 *  k-means, exact and reproducible: rows in, clusters out, the same bytes on every machine.
 *
 *  Each column may be transformed first (log1p, winsorise, scale), the transform is part of the
 *  model. Rows are packed into float32 blocks; distances are taken in float32 and again in double
 *  wherever the rounding could matter, so that labels are those of double arithmetic; sums are
 *  integers. A result depends on the rows and their order, the options and the seed, and on nothing
 *  else: not on threads, instruction set or how a stream is cut into batches. A whole weight equals
 *  that many rows in place of one.
 *
 *      cstn_kmeans_fit -> _predict, _score, _export; _serialize -> _deserialize
 *
 *  Threads: models are immutable, any thread may use one. What is made from a model inherits its
 *  allocator. On failure outputs are untouched. */

#ifdef __cplusplus
extern "C" {
#endif

/* --- what happens to a column before distances are taken ---------------------------------------
 */

/** ln(1 + x); x must be above -1. */
#define CSTN_TRANSFORM_LOG1P 1u
/** Values beyond the quantiles 0.1 % and 99.9 % (type 7) are moved there. */
#define CSTN_TRANSFORM_WINSORISE 2u
/** (x - mean) / population standard deviation; a constant column has scale 1. */
#define CSTN_TRANSFORM_Z 4u
/** (x - median) / (1.4826 MAD); MAD 0 falls back to the standard deviation, that to 1. Not with
 *  CSTN_TRANSFORM_Z. In the order log1p, winsorise, scale. */
#define CSTN_TRANSFORM_ROBUST_Z 8u

/* --- fit -------------------------------------------------------------------------------------- */

/** Rows that break a rule are left out and counted, their label is null; else a bad row refuses the
 *  whole stream. */
#define CSTN_KMEANS_SKIP_BAD 1u
/** A null in a feature is the column's median (before its transform), counted; else a bad row. */
#define CSTN_KMEANS_IMPUTE 2u
/** cstn_kmeans_predict(): also the distance to each centre. */
#define CSTN_KMEANS_DISTANCES 4u

/** The order of labels. */
#define CSTN_KMEANS_ORDER_SIZE 0   /**< largest cluster first, ties by centre */
#define CSTN_KMEANS_ORDER_START 1  /**< as the start gave them */
#define CSTN_KMEANS_ORDER_COLUMN 2 /**< largest centre of column order_column first */

/** Both give the same labels after the same number of iterations. */
#define CSTN_KMEANS_AUTO 0  /**< Lloyd; from k = 48 on Hamerly in passes that bounds save */
#define CSTN_KMEANS_LLOYD 1 /**< all distances, by vectors */
#define CSTN_KMEANS_HAMERLY                                                  \
	2 /**< bounds that save distances (Hamerly 2010), 8 bytes a row more \
	   */

typedef struct cstn_kmeans_options {
	uint32_t struct_size;
	uint32_t flags;  /**< CSTN_KMEANS_... */
	int32_t threads; /**< 0 all processors; results do not depend on it */
	/** 0 the widest this machine has, 1 portable, 2 AVX2, 3 AVX-512: for tests; results do not
	 *  depend on it */
	int32_t simd;
	int32_t n_init;       /**< restarts; 0 means 10, and 1 with a given start */
	int32_t max_iter;     /**< 0 means 300 */
	int32_t algorithm;    /**< CSTN_KMEANS_AUTO, ... */
	int32_t order;        /**< CSTN_KMEANS_ORDER_... */
	int32_t order_column; /**< number of a feature */
	int32_t reserved0;
	uint64_t seed; /**< of the starts by greedy k-means++ */
	/** Ends when the centres moved by no more than this share of the mean variance of a column
	 *  (squared); 0: when no label changed */
	double tol;
	/** NULL, or CSTN_TRANSFORM_ bits of each feature */
	const uint32_t *transforms;
	/** NULL, or k centres, row by row, in the caller's units */
	const double *start_centres;
	/** NULL, or k row numbers, 0-based, to start from; not with start_centres */
	const int64_t *start_rows;
	const char *weight;          /**< NULL, or the column with weights, above 0 */
	const cstn_binding *binding; /**< NULL, or how the stream's columns map to the features */
	cstn_progress *progress;     /**< NULL, or counts rows of each pass, and cancels */
	/** cstn_kmeans_choose(): NULL, or a column of numbers, of which no suggested segment has
	 * less than 1 % */
	const char *margin;
	/** cstn_kmeans_choose(): the fewest and the most segments it suggests; 0 means 3 and 7 */
	int32_t segments_least;
	int32_t segments_most;
	/** cstn_kmeans_choose(): reference sets and half samples; 0 means 20, below 0 none */
	int32_t samples;
	int32_t reserved1;
} cstn_kmeans_options;
/* clang-format off */
#define CSTN_KMEANS_OPTIONS_INIT { sizeof(cstn_kmeans_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0 }
/* clang-format on */

/** Clusters with their centres, and the transform. Immutable, refcounted, any thread. */
typedef struct cstn_kmeans cstn_kmeans;

/** Find k clusters that make the sum of squared distances to their centres small: Lloyd 1982 from
 *  greedy k-means++ starts (Arthur and Vassilvitskii 2007), the best of n_init. An empty cluster
 *  takes the rows that are farthest from their centre. Not converged within max_iter is a result
 *  with "converged" 0, no error.
 *  @param rows     moved from, also on failure; its batches are held until the call returns
 *  @param features names of n_features columns of numbers (decimals too), 1..1,024
 *  @param k        1..65,535, at most the distinct rows
 *  @param options  NULL, or start from CSTN_KMEANS_OPTIONS_INIT
 *  @param allocator NULL is libc
 *  @param out      release with cstn_kmeans_unref()
 *  @param bad_rows NULL, or receives the rows that break a rule; free with cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if rows are bad (with CSTN_KMEANS_SKIP_BAD it is CSTN_OK);
 *  CSTN_E_EMPTY; CSTN_E_INVALID_ARGUMENT, also for k above the distinct rows; CSTN_E_SCHEMA;
 *  CSTN_E_STREAM; CSTN_E_CANCELLED; CSTN_E_NOMEM. Any thread. Memory: 4 bytes a row and feature,
 *  4 a row (8 while starts are drawn or columns ranked); 4 with weights. Time: n k d an iteration.
 *  @since 0.1  @snippet kmeans.c fit */
CSTN_API cstn_status cstn_kmeans_fit(struct ArrowArrayStream *rows, const char *const *features,
		size_t n_features, int32_t k, const cstn_kmeans_options *options,
		const cstn_allocator *allocator, cstn_kmeans **out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/* --- the model -------------------------------------------------------------------------------- */

/** Which cluster each row belongs to: columns label (int32, 0-based, null for a bad row) and
 *  distance (to its centre, in transformed units); with CSTN_KMEANS_DISTANCES distance_0, ... too.
 *  @param rows     moved from, also on failure; columns by the names of the features
 *  @param options  NULL, or start from CSTN_KMEANS_OPTIONS_INIT; of it flags, threads, simd,
 * binding and progress are read
 *  @param out      receives the answer, a row each in their order; release it
 *  @param bad_rows NULL, or receives the rows that break a rule; free with cstn_row_errors_free()
 *  @return CSTN_OK, also with bad rows: they are null in `out`; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_CANCELLED; CSTN_E_NOMEM. Any thread. O(n k d).
 *  @since 0.1 */
CSTN_API cstn_status cstn_kmeans_predict(const cstn_kmeans *model, struct ArrowArrayStream *rows,
		const cstn_kmeans_options *options, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

/** Minus the sum of squared distances of rows to their centres, in transformed units; bad rows are
 *  left out. @param rows moved from, also on failure @param options as cstn_kmeans_predict(), and
 *  weight @param out one number, the caller's @return as cstn_kmeans_predict(), with CSTN_E_ROWS
 * for bad rows without CSTN_KMEANS_SKIP_BAD. Any thread, no memory is kept. O(n k d). @since 0.1 */
CSTN_API cstn_status cstn_kmeans_score(const cstn_kmeans *model, struct ArrowArrayStream *rows,
		const cstn_kmeans_options *options, double *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** A number of a model: "k", "features", "rows" (fitted), "weight" (their sum), "left_out" (bad
 *  rows), "imputed" (values), "inertia", "n_iter", "converged", "restart" (the best one), "moved"
 *  (rows that filled empty clusters). @return CSTN_OK; CSTN_E_NOT_FOUND. Any thread, O(1), no
 *  memory. @since 0.1 */
CSTN_API cstn_status cstn_kmeans_get_param(const cstn_kmeans *model, const char *name, double *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Tables of a model. */
/** A row a cluster: label, rows, weight, inertia; then for each feature its centre in the caller's
 *  units (name), and as the distance takes it (name_scaled) */
#define CSTN_KMEANS_TABLE_CLUSTERS 0
/** A row of the fit each: label (null if left out). Not kept by _serialize: empty then */
#define CSTN_KMEANS_TABLE_LABELS 1
/** A row a feature: name, transforms, low, high (of winsorising, null else), shift, scale, median
 *  (what a null becomes; null without impute), constant (1 if the column has one value) */
#define CSTN_KMEANS_TABLE_FEATURES 2

/** A table of the model as an Arrow stream. @param table CSTN_KMEANS_TABLE_... @param out release
 *  it @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. O(its rows). @since 0.1
 */
CSTN_API cstn_status cstn_kmeans_export(const cstn_kmeans *model, int32_t table,
		struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/** All of it but the labels as a JSON object. @param out free with cstn_buffer_free() @return
 *  CSTN_OK; CSTN_E_NOMEM. Any thread. O(k d). @since 0.1 */
CSTN_API cstn_status cstn_kmeans_describe(
		const cstn_kmeans *model, cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** A model as bytes, without the labels of the fit: the same model gives the same bytes.
 *  @param out free with cstn_buffer_free() @return CSTN_OK; CSTN_E_NOMEM. Any thread. O(k d).
 *  @since 0.1 */
CSTN_API cstn_status cstn_kmeans_serialize(
		const cstn_kmeans *model, cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** A model out of bytes, which are not trusted. @param out release with cstn_kmeans_unref()
 *  @return CSTN_OK; CSTN_E_CORRUPT; CSTN_E_NEWER_FORMAT; CSTN_E_NOMEM. Any thread. O(size).
 *  @since 0.1 */
CSTN_API cstn_status cstn_kmeans_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_kmeans **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** One more reference; NULL gives NULL. Any thread; given back with cstn_kmeans_unref().
 *  @since 0.1 */
CSTN_API cstn_kmeans *cstn_kmeans_ref(cstn_kmeans *model);
/** One less, with the last one the model is freed; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_kmeans_unref(cstn_kmeans *model);

/* --- choosing k ------------------------------------------------------------------------------- */

/** Fit k_min..k_max and say how good each is: columns k, inertia, simplified_silhouette (rows to
 *  centres), silhouette (of the 10,000 rows with the smallest hash, or all), calinski_harabasz,
 *  davies_bouldin, bic, smallest_share (of the weight), smallest_margin (null without margin, or if
 *  its sum is not above 0), gap and gap_s (Tibshirani, Walther and Hastie 2001: of the same 10,000
 *  rows, against uniform sets in the box of the columns, ln of the mean squared distance, from 3
 *  starts at most), gap_first (1 for the first k with gap >= gap - gap_s of the next), stability
 *  (mean adjusted Rand index of the labels with those by centres of half samples), n_iter,
 *  converged, suggested (1 for the k of the greatest silhouette among those of segments_least to
 *  segments_most whose smallest cluster has at least 2 % of the weight and 1 % of the margin; none
 *  if there is no such k). What a k does not define is null.
 *  @param rows  moved from, also on failure @param options NULL, or as cstn_kmeans_fit(), without
 *  starts @param out receives the table; release it @param bad_rows as cstn_kmeans_fit()
 *  @return as cstn_kmeans_fit(). Any thread. Time: that of the fits, for each k 10^8 d for
 *  the silhouettes and 41 fits of 10,000 rows or fewer. @since 0.1 */
CSTN_API cstn_status cstn_kmeans_choose(struct ArrowArrayStream *rows, const char *const *features,
		size_t n_features, int32_t k_min, int32_t k_max, const cstn_kmeans_options *options,
		const cstn_allocator *allocator, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

/* --- one pass, in parts ----------------------------------------------------------------------- */

/** One pass over rows that lie in many places: what each cluster gets, by the centres of a model.
 *  Parts add up: any split of the rows and any order of merging give the same bytes, and passes
 *  until nothing moves give the model that one machine finds from the same centres, to the bit. One
 *  caller at a time. */
typedef struct cstn_kmeans_pass cstn_kmeans_pass;

/** An empty pass by the centres and transforms of a model, say of a fit to a sample.
 *  @param model     is referenced @param allocator NULL is libc @param out free with
 *  cstn_kmeans_pass_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread.
 *  O(k d), 600 bytes a centre and feature. @since 0.1 */
CSTN_API cstn_status cstn_kmeans_pass_new(cstn_kmeans *model, const cstn_allocator *allocator,
		cstn_kmeans_pass **out, cstn_error **error) CSTN_MUST_CHECK;

/** Add rows.
 *  @param pass     unchanged on failure
 *  @param rows     moved from, also on failure; columns by the names of the features
 *  @param options  NULL; of it flags, threads, simd, weight (whole numbers), binding and progress
 *                  are read
 *  @param bad_rows NULL, or receives the rows that break a rule; free with cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if rows are bad (with CSTN_KMEANS_SKIP_BAD it is CSTN_OK: they are
 *  left out); CSTN_E_INVALID_ARGUMENT, also for weights that are not whole; CSTN_E_OVERFLOW;
 *  CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_CANCELLED; CSTN_E_NOMEM. One caller at a time a pass.
 *  O(n k d), 6 bytes a row and feature while it runs. @since 0.1 */
CSTN_API cstn_status cstn_kmeans_pass_update(cstn_kmeans_pass *pass, struct ArrowArrayStream *rows,
		const cstn_kmeans_options *options, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add what another pass by the same model holds. @param into unchanged on failure @param from
 *  stays @return CSTN_OK; CSTN_E_MISMATCH for another model; CSTN_E_INVALID_ARGUMENT, also for one
 *  merged into itself; CSTN_E_OVERFLOW; CSTN_E_NOMEM. One caller at a time each, no memory is kept.
 *  O(k d). @since 0.1 */
CSTN_API cstn_status cstn_kmeans_pass_merge(cstn_kmeans_pass *into, const cstn_kmeans_pass *from,
		cstn_error **error) CSTN_MUST_CHECK;

/** Take rows out again: the pass is, byte by byte, one that never saw them.
 *  @param pass unchanged on failure @param part a pass by the same model over those rows; stays
 *  @return CSTN_OK; CSTN_E_STATE if the rows cannot all be in it; CSTN_E_MISMATCH for another
 *  model; CSTN_E_INVALID_ARGUMENT, also for a pass from itself; CSTN_E_NOMEM. One caller at a time
 *  each, no memory is kept. O(k d). @since 0.1 */
CSTN_API cstn_status cstn_kmeans_pass_remove(cstn_kmeans_pass *pass, const cstn_kmeans_pass *part,
		cstn_error **error) CSTN_MUST_CHECK;

/** The model with centres moved to the means of their rows (one without rows stays), inertia around
 *  those before, and "n_iter" one more; "converged" is 1 if no centre moved. Labels keep their
 * order.
 *  @param out release with cstn_kmeans_unref() @return CSTN_OK; CSTN_E_EMPTY without rows;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One caller at a time. O(k d). @since 0.1 */
CSTN_API cstn_status cstn_kmeans_pass_finish(const cstn_kmeans_pass *pass, cstn_kmeans **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** A pass as bytes, its model within: the same content gives the same bytes. @param out free with
 *  cstn_buffer_free() @return CSTN_OK; CSTN_E_NOMEM. One caller at a time. O(k d). @since 0.1 */
CSTN_API cstn_status cstn_kmeans_pass_serialize(const cstn_kmeans_pass *pass, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** A pass out of bytes, which are not trusted. @param out free with cstn_kmeans_pass_free() @return
 *  CSTN_OK; CSTN_E_CORRUPT; CSTN_E_NEWER_FORMAT; CSTN_E_NOMEM. Any thread. O(size). @since 0.1 */
CSTN_API cstn_status cstn_kmeans_pass_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_kmeans_pass **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free a pass; NULL is allowed. Its model stays with those who reference it. Any thread, when no
 *  call runs on it. O(k d). @since 0.1 */
CSTN_API void cstn_kmeans_pass_free(cstn_kmeans_pass *pass);

/* --- two ways to segment ---------------------------------------------------------------------- */

/** How far two ways to segment the same customers agree. */
typedef struct cstn_segment_comparison {
	uint32_t struct_size;
	uint32_t reserved0;
	int64_t customers;       /**< that are in both */
	int64_t moved;           /**< of these, with another segment */
	int64_t only_before;     /**< customers */
	int64_t only_after;      /**< customers */
	int64_t segments_before; /**< how many there are */
	int64_t segments_after;
	/** 1 for the same partition, whatever its segments are called; about 0 for chance (Hubert
	 * and Arabie 1985). NaN without customers in both */
	double adjusted_rand;
} cstn_segment_comparison;
/* clang-format off */
#define CSTN_SEGMENT_COMPARISON_INIT { sizeof(cstn_segment_comparison), 0, 0, 0, 0, 0, 0, 0, 0.0 }
/* clang-format on */

/** Compare segments before and after: their adjusted Rand index, and who moved. For a rule that
 *  moves a customer only when it is plain, see cstn_segment_moves().
 *  @param before,after moved from, also on failure; columns customer and segment, texts of a byte
 * or more, a row a customer
 *  @param binding   NULL, or how the columns of both map to these
 *  @param allocator NULL is libc
 *  @param out       start from CSTN_SEGMENT_COMPARISON_INIT
 *  @param moved     NULL, or receives a row for each customer who moved, by customer: customer,
 * from, to; release it
 *  @return CSTN_OK; CSTN_E_DUPLICATE for a customer twice on one side; CSTN_E_SCHEMA;
 * CSTN_E_STREAM; CSTN_E_LIMIT for more than 2^24 pairs of segments; CSTN_E_INVALID_ARGUMENT, also
 * for a null; CSTN_E_NOMEM. Any thread. O(n log n), 100 bytes a customer. @since 0.1
 */
CSTN_API cstn_status cstn_segment_compare(struct ArrowArrayStream *before,
		struct ArrowArrayStream *after, const cstn_binding *binding,
		const cstn_allocator *allocator, cstn_segment_comparison *out,
		struct ArrowArrayStream *moved, cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
