#ifndef CONSTELLATION_DEMAND_PLAN_H
#define CONSTELLATION_DEMAND_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/demand_fit.h>
#include <constellation/export.h>
#include <constellation/progress.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file demand_plan.h
 *  Planning with a partner: two forecasts of the same cells side by side, where they differ too
 *  much, what both agree on, what is ordered for it, and who was right (VICS CPFR 2004).
 *
 *  A cell is a row: an item (`unique_id`), a period (`ds`), what side a says and what side b says.
 *  Cells whose `y` has come are the past, from which bias and error of each side are learned, by
 *  pool and horizon; cells without `y` are open. What each side may see is decided before the call.
 *  Swapping the sides swaps the columns of the answer and changes nothing else. */

#ifdef __cplusplus
extern "C" {
#endif

/** Of cstn_plan_compare(): open cells without an exception are left out. */
#define CSTN_PLAN_EXCEPTIONS_ONLY 1u

/** Why an open cell is an exception: bits. In words, with | between: `learned`, `agreed`,
 *  `outside_a`, `outside_b`, `event`. */
#define CSTN_PLAN_RULE_LEARNED 1u   /**< |a - b| above the quantile of the past in its group */
#define CSTN_PLAN_RULE_AGREED 2u    /**< too few past cells: above both thresholds agreed on */
#define CSTN_PLAN_RULE_OUTSIDE_A 4u /**< b lies outside of the interval of a */
#define CSTN_PLAN_RULE_OUTSIDE_B 8u /**< a lies outside of the interval of b */
#define CSTN_PLAN_RULE_EVENT 16u    /**< an event is planned by one side only */

/** What rows of the ledger are by, beside the total. */
#define CSTN_PLAN_BY_HORIZON 1u
#define CSTN_PLAN_BY_POOL 2u
#define CSTN_PLAN_BY_EXCEPTION 4u

typedef struct cstn_plan_options {
	uint32_t struct_size;
	uint32_t flags;       /**< CSTN_PLAN_EXCEPTIONS_ONLY, CSTN_IMPORT_TRUSTED */
	uint32_t by;          /**< CSTN_PLAN_BY_..., of the ledger; 0: the total alone */
	int32_t period;       /**< CSTN_PERIOD_... */
	int32_t horizon_step; /**< periods that make one horizon of groups, 1 or more; 0 means a
				 week: 168 hours, 7 days, else 1 */
	int32_t freeze;       /**< so many periods ahead nothing is resolved any more; 0 none */
	int32_t quantile_ppm; /**< of past |a - b|, nearest rank; 0 means 900,000 */
	int32_t cells_least;  /**< below so many past cells the agreement decides; 0 means 20 */
	int32_t agreed_ppm;   /**< the agreement: of the mean of |a| and |b| ... */
	int32_t draw_ppm; /**< a draw: the difference of errors is within this share of |y| ... */
	double agreed_units;         /**< ... and units; both 0: no agreement */
	double draw_units;           /**< ... or so many units; both 0 mean 50,000 and 1 */
	int32_t confidence_ppm;      /**< of intervals, two-sided; 0 means 950,000 */
	int32_t reserved0;           /**< 0 */
	const int64_t *reasons;      /**< NULL: any of 1 or more; else the codes that are allowed */
	size_t n_reasons;            /**< how many */
	const cstn_binding *binding; /**< NULL, or names and casts */
	cstn_progress *progress;     /**< NULL, or counts rows read and cancels */
} cstn_plan_options;
/* clang-format off */
#define CSTN_PLAN_OPTIONS_INIT { sizeof(cstn_plan_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0, 0.0, 0, 0, \
	NULL, 0, NULL, NULL }
/* clang-format on */

/** Two forecasts side by side, and the exceptions. Columns in:
 *  - `unique_id` (int64 or text), `ds` (date, timestamp or int64); `cutoff` (as `ds`, optional):
 * the last period that both sides knew; else `h` (int64, optional): periods ahead, 1 where absent
 *  - `y` (number, null where it has not come), `a`, `b` (numbers)
 *  - `pool` (int64 or text, optional): cells of a pool and horizon are a group; one of an item
 *  - `a_low`, `a_high`, `b_low`, `b_high` (numbers, optional): 80 % intervals
 *  - `a_event`, `b_event` (int64, optional): not 0 where the side plans an event
 *
 *  Out come the open cells, items in the order of their first rows: `unique_id`, `ds`, `cutoff` if
 *  it was there, `h`, `pool` if it was there, `a`, `b`, `difference` (a - b), `cells` (past ones of
 *  the group), `a_bias`, `b_bias` (mean of what was said less y), `a_error`, `b_error` (mean of its
 *  size; null without past cells), `threshold` (of |a - b|, null: none), `rule`
 *  (CSTN_PLAN_RULE_...), `why` (the same in words), `is_frozen`.
 *
 *  @param rows      moved from, also on failure
 *  @param options   NULL, or start from CSTN_PLAN_OPTIONS_INIT
 *  @param allocator NULL is libc
 *  @param out       holds the cells until it is released
 *  @param bad_rows  NULL, or receives rows that break a rule, whose items are left out; free with
 *  cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS with a result; CSTN_E_INVALID_ARGUMENT; CSTN_E_SCHEMA;
 *  CSTN_E_STREAM; CSTN_E_CANCELLED; CSTN_E_NOMEM. Any thread. Memory: some 150 bytes a cell. Time:
 *  O(n log n). @since 0.1 @snippet plan.c compare */
CSTN_API cstn_status cstn_plan_compare(struct ArrowArrayStream *rows,
		const cstn_plan_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** What both sides agree on for the open cells: each forecast less its past bias, shrunk by
 *  n / (n + 20), weighted by w_a = (s_b^2 - rho s_a s_b) / (s_a^2 + s_b^2 - 2 rho s_a s_b) of past
 *  errors (Bates and Granger 1969), limited to 0..1 and shrunk towards 1/2 by the same. Columns in
 *  as of cstn_plan_compare(), and
 *  - `override` (number, optional): what planners decided instead, with
 *  - `reason` (int64, 1 to 2^53, optional): its code; an override without one is CSTN_ROW_NULL,
 * with another than is allowed CSTN_ROW_VALUE
 *
 *  Out: `unique_id`, `ds`, `cutoff`, `h`, `pool`, `a`, `b`, `cells`, `a_bias`, `b_bias` (what was
 *  taken off), `a_sd`, `b_sd`, `correlation` (null below 2 cells or without change), `a_weight`,
 *  `blend` (0 or more where both sides are), `override`, `reason`, `consensus`. A cell within
 *  `freeze` is left out and is CSTN_ROW_RANGE of `h`; other cells of its item stay.
 *  @param rows moved from, also on failure @param options NULL, or start from
 *  CSTN_PLAN_OPTIONS_INIT @param allocator NULL is libc @param out holds the cells until it is
 *  released @param bad_rows as of cstn_plan_compare()
 *  @return as cstn_plan_compare(). Any thread. Memory: some 150 bytes a cell. Time: O(n). @since
 * 0.1
 *  @snippet plan.c resolve */
CSTN_API cstn_status cstn_plan_resolve(struct ArrowArrayStream *rows,
		const cstn_plan_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** Who was right: cells whose `y` has come, in groups. The side whose error is smaller wins a cell,
 *  but for a draw. Columns in as of cstn_plan_compare(), and
 *  - `consensus` (number, optional): what was agreed on, which is scored against both
 *  - `exception` (int64, optional): not 0 for cells that were one
 *  - `under_minor`, `over_minor` (numbers, optional): cost of a unit short, and left
 *
 *  Out: a row of the total, then with `by` one of each group: `horizon`, `pool`, `exception` (null
 *  where all are together), `cells`, `a_wins`, `b_wins`, `draws`, `a_share` (of what was no draw),
 *  `a_share_low`, `a_share_high` (Wilson), `a_loss`, `b_loss` (mean |error|), `a_bias`, `b_bias`,
 *  `gain` (b_loss - a_loss: above 0 a was better), `gain_low`, `gain_high` (normal; null below 2
 *  cells), `consensus_cells`, `consensus_loss`, `beats_a`, `beats_b` (cells in which the consensus
 *  was better), `a_cost_minor`, `b_cost_minor` (null without costs).
 *  @param rows moved from, also on failure @param options NULL, or start from
 *  CSTN_PLAN_OPTIONS_INIT @param allocator NULL is libc @param out holds the groups until it is
 *  released @param bad_rows as of cstn_plan_compare()
 *  @return as cstn_plan_compare(); CSTN_E_OVERFLOW for costs beyond an int64. Any thread. Memory:
 *  some 150 bytes a cell. Time: O(n log n). @since 0.1 @snippet plan.c ledger */
CSTN_API cstn_status cstn_plan_ledger(struct ArrowArrayStream *rows,
		const cstn_plan_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

typedef struct cstn_plan_order_options {
	uint32_t struct_size;
	uint32_t flags;    /**< 0 or CSTN_IMPORT_TRUSTED */
	int32_t period;    /**< CSTN_PERIOD_... */
	int32_t lead;      /**< periods until an order arrives, 0..1,024 */
	int32_t review;    /**< periods between orders, 1..1,024; 0 means 1 */
	int32_t level_ppm; /**< u: demand is covered with this probability; 0 means 950,000 */
	const cstn_binding *binding; /**< NULL, or names and casts */
	cstn_progress *progress;     /**< NULL, or counts rows read and cancels */
} cstn_plan_order_options;
/* clang-format off */
#define CSTN_PLAN_ORDER_OPTIONS_INIT { sizeof(cstn_plan_order_options), 0, 0, 0, 0, 0, NULL, NULL }
/* clang-format on */

/** The orders that a consensus asks for, period by period. Columns in, one row an item and period
 *  without gaps:
 *  - `unique_id`, `ds`, `mean` (number, 0 or more: the consensus)
 *  - `sd` (number, optional): its uncertainty; absent or null: as counts have it (Poisson)
 *  - `receipt` (number, optional): what is on order and arrives at the start of the period
 *  - `can_order` (int64, optional): the calendar, not 0 where an order may be placed; null or
 *    absent: each `review` periods from the first on
 *  - of the item, from its first row: `on_hand` (number), `pack` (above 0; 1), `minimum` and
 *    `maximum` of an order (numbers; 0 and none), `lead` (int64; that of the options)
 *
 *  An order placed at the start of period t arrives at the start of t + lead, and has to last until
 *  the next one does: it is the fewest packs that lift the position (stock and all that is on
 *  order, less the mean demand until then) to Q_u of demand from t to the arrival of the next
 * order, raised to `minimum`, cut to `maximum` in whole packs. Demand of periods is taken as
 * independent: negative binomial where the variance is above the mean, Poisson else.
 *
 *  Out: `unique_id`, `ds`, `h`, `mean`, `position` and `target` (where an order may be placed, else
 *  null), `order` (null where none may be placed, or where the rows end before the next order
 *  arrives), `arriving` (receipts and orders), `stock` (at the end of the period, expected; below 0
 *  is backlog), `stock_out` (probability that demand until then is above supply).
 *  @param rows moved from, also on failure @param options NULL, or start from
 *  CSTN_PLAN_ORDER_OPTIONS_INIT @param allocator NULL is libc @param out holds the items until it
 *  is released @param bad_rows as of cstn_plan_compare()
 *  @return as cstn_plan_compare(). Any thread. Memory: some 150 bytes a row. Time: O(rows), a
 *  quantile each order. @since 0.1 @snippet plan.c order */
CSTN_API cstn_status cstn_plan_order(struct ArrowArrayStream *rows,
		const cstn_plan_order_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
