#ifndef CONSTELLATION_DEMAND_RECONCILE_H
#define CONSTELLATION_DEMAND_RECONCILE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/export.h>
#include <constellation/progress.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file demand_reconcile.h
 *  Forecasts that add up: items to departments to a total, stores to states to a country, both at
 *  once.
 *
 *  Each node of a hierarchy has a forecast of its own, and they do not add up. Reconciliation is
 * the least change, weighted by how wrong each forecast usually is, after which they do. On a tree
 * that is two passes over the nodes and no matrix; on crossed trees conjugate gradients with a tree
 * as preconditioner. Quantiles of sums are not sums of quantiles, and nothing here adds them. */

#ifdef __cplusplus
extern "C" {
#endif

/** No leaf below 0: the least change under that condition (active set). */
#define CSTN_RECONCILE_NOT_NEGATIVE 1u
/** Whole numbers: the largest remainders inside each parent, totals first, ties by id. */
#define CSTN_RECONCILE_INTEGERS 2u
/** `quantiles` names parts of the value, as cstn_demand_model_explain() and the others give them:
 *  they go along as they are, and a column `reconciliation` behind them is what the value moved by,
 *  so that all parts add up to what came out. One value column. */
#define CSTN_RECONCILE_EXPLAINED 4u

/** Weighted least squares: all nodes give way by their weights (Wickramasuriya et al. 2019). */
#define CSTN_RECONCILE_LEAST_SQUARES 0
/** The limit where leaves are certain: sums of leaves. */
#define CSTN_RECONCILE_BOTTOM_UP 1
/** The limit where each parent is certain beside its children: what lies between a parent and their
 *  sum is shared by their weights. One tree only. */
#define CSTN_RECONCILE_TOP_DOWN 2

/** w of a node: the leaves below it; 1 of a leaf. */
#define CSTN_RECONCILE_STRUCTURAL 0
/** w: mean squared error of earlier forecasts, the rows that have a `y`. A node that was never
 *  wrong takes the least variance above 0 that there is. */
#define CSTN_RECONCILE_VARIANCE 1
/** w: column `w` of the nodes. */
#define CSTN_RECONCILE_GIVEN 2

/** The most trees over the same leaves, and level columns. */
#define CSTN_RECONCILE_TREES_MOST 16

typedef struct cstn_reconcile_options {
	uint32_t struct_size;
	uint32_t flags; /**< CSTN_RECONCILE_NOT_NEGATIVE, _INTEGERS, _EXPLAINED, CSTN_IMPORT_TRUSTED
			 */
	int32_t method; /**< CSTN_RECONCILE_LEAST_SQUARES, _BOTTOM_UP or _TOP_DOWN */
	int32_t weights;   /**< CSTN_RECONCILE_STRUCTURAL, _VARIANCE or _GIVEN */
	int32_t max_steps; /**< of conjugate gradients; 0 means 200 */
	int32_t threads;   /**< 0 all processors; results do not depend on it */
	const char *const
			*values; /**< columns that are reconciled, each for itself; NULL: `mean` */
	size_t n_values;         /**< 1..64; 0 with NULL */
	const char *const *quantiles; /**< columns that are moved by as much as the mean of their
					 node is, or parts; NULL, or with one value column only */
	size_t n_quantiles;           /**< 0..64 */
	const char *const *levels;    /**< NULL, or columns of the nodes from the top: see below */
	size_t n_levels;              /**< 0..16 */
	const char *total;            /**< NULL, or with `levels` the id of a node above all */
	const cstn_binding *nodes_binding; /**< NULL, or names and casts of the nodes */
	const cstn_binding *binding;       /**< NULL, or names and casts of the forecasts */
	cstn_progress *progress;           /**< NULL, or counts rows read and cancels */
} cstn_reconcile_options;
/* clang-format off */
#define CSTN_RECONCILE_OPTIONS_INIT { sizeof(cstn_reconcile_options), 0, 0, 0, 0, 0, NULL, 0, NULL, 0, \
	NULL, 0, NULL, NULL, NULL, NULL }
/* clang-format on */

/** Make forecasts of all nodes of a hierarchy add up, period by period.
 *
 *  Nodes, a row a node (and tree):
 *  - `unique_id` (int64 or text of at most 64 bytes): the node
 *  - `parent` (the same type): the node above; null, or no row at all, is a root
 *  - `tree` (int64 or text, optional): trees over the same leaves, such as `place` and `purpose`; a
 *    node in several trees stands for the same leaves in each
 *  - `w` (a number, optional): its weight, 1e-150 to 1e150
 *
 *  Or with `levels` a row a leaf: `unique_id` (text) and the level columns (text) from the top,
 * such as state, region; nodes are then named by their path, as in `Victoria/Melbourne`.
 *
 *  Forecasts, a row a node and period, in any order:
 *  - `unique_id`; `ds` (date, timestamp or int64)
 *  - `cutoff` (as `ds`, optional) and `model` (text, optional): each is reconciled for itself
 *  - the value columns (numbers, finite, within 1e300) and quantile columns
 *  - `y` (number, null where it has not come): read with CSTN_RECONCILE_VARIANCE only; rows with a
 *    `y` are the past and do not come out
 *
 *  Out come the rows in the order in which they went in: `unique_id`, `ds`, `cutoff` and `model` if
 *  they were there, values, quantiles. Every parent is the sum of its children in the order of
 * their ids, to the last bit of that sum.
 *
 *  With CSTN_RECONCILE_INTEGERS roots are rounded half even and the children of each node share its
 *  number; of several trees that holds for the largest (ties by name), and the nodes of the others
 *  are sums. Weights of VARIANCE are of each value column and model. A quantile goes not below 0
 *  with CSTN_RECONCILE_NOT_NEGATIVE.
 *
 *  @param nodes     moved from, also on failure
 *  @param base      moved from, also on failure
 *  @param options   NULL, or start from CSTN_RECONCILE_OPTIONS_INIT
 *  @param allocator NULL is libc
 *  @param out       batches of at most 65,536 rows; holds all rows until it is released
 *  @param bad_rows  NULL, or receives the rows that break a rule, of nodes or of forecasts; nothing
 *  is taken then; free with cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT naming the node: with two parents in a tree, below
 *  itself, there twice, without weight, other leaves in another tree, no forecast of a period, not
 *  in the hierarchy, never compared with a `y`; CSTN_E_DUPLICATE for two forecasts of a node and
 *  period; CSTN_E_ROWS; CSTN_E_EMPTY without nodes; CSTN_E_LIMIT for too many trees or names, or
 * with the residual where conjugate gradients have not come to 1e-10 of where they began;
 * CSTN_E_OVERFLOW for whole numbers beyond 2^53; CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_CANCELLED;
 * CSTN_E_NOMEM. Any thread. Memory: 24 bytes a row and 8 a value, some 100 a node and thread. Time:
 * O(rows + nodes) for trees: about 30 ns a node and period beside reading; on crossed trees as much
 * for each step, whose number is at most that of the nodes beyond the largest tree. @since 0.1
 *  @snippet reconcile.c reconcile */
CSTN_API cstn_status cstn_reconcile(struct ArrowArrayStream *nodes, struct ArrowArrayStream *base,
		const cstn_reconcile_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
