#ifndef CONSTELLATION_SERVICE_PLAN_H
#define CONSTELLATION_SERVICE_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/export.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file service_plan.h
 *  From segment to service: what each segment is worth, and the service it gets.
 *
 *      cstn_service_plan_builder_new -> _add(table)* -> _build -> a cstn_service_plan
 *
 *  One row a segment: service level by the newsvendor ratio with what a failed order costs in lost
 *  custom, fill rate, allocation tier, promised lead time, and one option of a menu of services,
 *  the best choice over all segments under capacities. Tables in, tables out, all small.
 *
 *  What other parts of a supply chain compute comes in as plain numbers: the calibrated probability
 *  of each lead time, value at risk, lifetime value, cost to serve. What a plan gives out (ratio,
 *  tier, protected share) is what a stock model and an allocation start from; quantities of stock
 *  are not computed here.
 *
 *  Threads: a builder has one caller at a time; plans are immutable, refcounted, and read from any
 *  thread. What is made from an object inherits its allocator. On failure outputs are untouched.
 *  Reading calls answer NULL with 0 or "". */

#ifdef __cplusplus
extern "C" {
#endif

/** A tier follows from value alone: no stage raises it */
#define CSTN_SERVICE_PLAN_NO_RAISE 1u

/** Options of a plan. They are part of its digest. */
typedef struct cstn_service_plan_options {
	uint32_t struct_size;
	uint32_t flags;         /**< CSTN_SERVICE_PLAN_... */
	int32_t confidence_ppm; /**< of all intervals, two-sided; 0 means 950,000 */
	int32_t n_capacities;   /**< 0..3 */
	/** Cumulative shares up to which tiers 1, 2, 3 go, ascending; all 0 means 500,000, 800,000
	 *  and 950,000 */
	int32_t tier_cut_ppm[3];
	int32_t protected_ppm[4]; /**< share of supply protected for each tier, 0..1,000,000 */
	int32_t reserved0;        /**< 0 */
	int64_t capacity[3];      /**< what the menu's use_1, use_2, use_3 add up to at most */
	int64_t min_cell;         /**< customers below which a segment does not travel; 0 means 5 */
	int64_t max_nodes; /**< of branch and bound, then a gap is reported; 0 means 20,000 */
} cstn_service_plan_options;
/* clang-format off */
#define CSTN_SERVICE_PLAN_OPTIONS_INIT { sizeof(cstn_service_plan_options), 0, 0, 0, { 0, 0, 0 }, \
	{ 0, 0, 0, 0 }, 0, { 0, 0, 0 }, 0, 0 }
/* clang-format on */

/* Tables that go in. Types: "number" is a double, an int64 or a decimal; "count" an int64. A row
 * that breaks a rule fails the call, which takes nothing: half a plan misleads. */

/** A row a segment. Needed: `segment` (text, unique), `customers` (count), `value_at_risk` (count,
 *  minor units, 0 or more), `unit_margin` (number, minor units), `holding` (number: cost of holding
 *  one unit for one cycle). For decisions: `obsolescence`, `salvage` (numbers, 0 when absent),
 *  `residual_clv` (number, minor units a customer), `units_per_failed_order` (number above 0, 1
 *  when absent), `demand_mean`, `demand_sd` (numbers, of a cycle), `lead_time_probability_ppm`
 *  (count, 1..1,000,000), `stage` (text: PROSPECT, LOST, DORMANT, CRISIS, STRUGGLE, RECOVERY,
 *  COMMIT or DEVELOP). Handed on as they are: `rule`, `policy`, `stage_mix`, `order_days`,
 *  `expedite`, `recovery_action`, `review_date` (text), `margin`, `clv`, `cost_to_serve`,
 *  `minimum_order`, `perfect`, `perfect_of` (counts), `order_size`, `order_size_cv`, `gap_days`,
 *  `gap_k`, `happy_low`, `happy_high`, `loyal_low`, `loyal_high` (numbers). */
#define CSTN_PLAN_INPUT_SEGMENTS 1
/** Do customers come back after a failed order? A row a segment and stratum: `segment`, `stratum`
 *  (count: the decile of order value; absent: one stratum), `perfect`, `perfect_repeat`, `failed`,
 *  `failed_repeat` (counts: orders of each kind, and those after which the customer came again). */
#define CSTN_PLAN_INPUT_EVIDENCE 2
/** Lead times that can be promised: `segment` (text; null or absent: for all), `days` (count, 0 or
 *  more), `probability_ppm` (count: the calibrated probability to keep it). */
#define CSTN_PLAN_INPUT_LEAD_TIMES 3
/** The menu, at most 20 options a segment: `segment`, `option` (text, unique in its segment),
 *  `uplift` (count: margin won, minor units), `cost` (count: cost to serve), `use_1`, `use_2`,
 *  `use_3` (counts, 0 or more, absent is 0), and in words `services` (text), `promise_days`,
 *  `service_level_ppm`, `minimum_order` (counts), `order_days` (text). Uplift and cost are at most
 *  2^41 either way, uses at most 2^42. */
#define CSTN_PLAN_INPUT_MENU 4

/** A plan under construction. */
typedef struct cstn_service_plan_builder cstn_service_plan_builder;

/** An empty builder. @param options NULL, or start from CSTN_SERVICE_PLAN_OPTIONS_INIT @param out
 *  free with cstn_service_plan_builder_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT for an
 *  option outside its range; CSTN_E_NOMEM. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_service_plan_builder_new(const cstn_service_plan_options *options,
		const cstn_allocator *allocator, cstn_service_plan_builder **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add the rows of a table; several calls add up. @param table CSTN_PLAN_INPUT_... @param rows
 *  moved from, also on failure @param binding NULL, or how the stream's columns map to those of the
 *  table; borrowed for the call
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT naming row, column and rule; CSTN_E_SCHEMA;
 *  CSTN_E_STREAM; CSTN_E_NOMEM. One caller at a time a builder. Cost: one pass, rows are copied.
 *  @since 0.1 */
CSTN_API cstn_status cstn_service_plan_builder_add(cstn_service_plan_builder *builder,
		int32_t table, struct ArrowArrayStream *rows, const cstn_binding *binding,
		cstn_error **error) CSTN_MUST_CHECK;

/** What each segment is worth and the service it gets. Immutable, refcounted. */
typedef struct cstn_service_plan cstn_service_plan;

/** Decide. The builder is unchanged and may go on.
 *
 *  Service level = cu / (cu + co) (newsvendor): cu = unit margin + dV / units of a failed order, co
 *  = holding + obsolescence - salvage. dV = residual lifetime value x max(0, share that comes again
 *  after perfect orders - after failed ones), the difference taken within strata and weighted by
 *  failed orders; its interval is Newcombe's (1998, method 10) in each stratum, joined by the
 *  square-and-add rule (Zou and Donner 2008), which is Newcombe's own with one stratum. An interval
 *  that holds 0 sets dV = 0 and CSTN_PLAN_NO_EFFECT. Fill rate = 1 - sigma L(z) / mu for normal
 *  demand.
 *
 *  Tiers: segments by cu descending (ties by label), shares of value at risk added up: up to the
 *  first cut tier 1, and so on. Stages CRISIS and RECOVERY raise by one.
 *
 *  Menu: one option a segment maximises uplift - cost under the capacities (a multiple-choice
 *  knapsack), by branch and bound with bounds of the linear relaxation.
 *
 *  @param out release with cstn_service_plan_unref()
 *  @return CSTN_OK; CSTN_E_EMPTY without segments; CSTN_E_INVALID_ARGUMENT for co <= 0, a segment
 *  that is there twice or in another table only, or a menu that no capacity admits; CSTN_E_LIMIT
 *  when max_nodes found no choice that fits; CSTN_E_OVERFLOW; CSTN_E_NOMEM. One caller at a time a
 *  builder. O(n log n), the menu aside. @since 0.1 @snippet service_plan.c plan */
CSTN_API cstn_status cstn_service_plan_builder_build(const cstn_service_plan_builder *builder,
		cstn_service_plan **out, cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. When no other call uses it. @since 0.1 */
CSTN_API void cstn_service_plan_builder_free(cstn_service_plan_builder *builder);

/** Why a row is as it is: bits; their names in tables are those below in lower case, with |. */
#define CSTN_PLAN_NO_EVIDENCE \
	1u /**< no orders of one kind in any stratum, or no residual_clv: dV = 0 */
#define CSTN_PLAN_PARTIAL_EVIDENCE 2u /**< strata without orders of one kind are left out */
#define CSTN_PLAN_NO_EFFECT 4u        /**< the interval of the difference holds 0: dV = 0 */
#define CSTN_PLAN_NEGATIVE_EFFECT 8u  /**< it lies below 0: dV = 0 */
#define CSTN_PLAN_NO_UNDERAGE 16u     /**< cu <= 0: service level 0 */
#define CSTN_PLAN_NO_FILL_RATE 32u    /**< no demand given, or normal demand does not fit it */
#define CSTN_PLAN_STAGE_RAISED 64u    /**< tier raised by one for its stage */
#define CSTN_PLAN_NO_VALUE 128u       /**< no segment has value at risk: tier 4 */
#define CSTN_PLAN_NO_LEAD_TIME 256u   /**< no lead time meets the probability */
#define CSTN_PLAN_MENU_GAP 512u       /**< the choice is not proved to be the best */

/** The decision for one segment. Filled up to the caller's struct_size. Numbers that are not known
 *  are NaN, integers -1, texts "". Texts are borrowed from the plan. */
typedef struct cstn_service_plan_row {
	uint32_t struct_size;
	uint32_t reasons;       /**< CSTN_PLAN_... */
	int32_t tier;           /**< 1..4 */
	int32_t protected_ppm;  /**< of its tier */
	int64_t lead_time_days; /**< promised */
	int64_t lead_time_ppm;  /**< its probability */
	double repeat_difference;
	double repeat_low;
	double repeat_high;
	double failure_value; /**< dV, minor units a failed order */
	double underage;      /**< cu */
	double overage;       /**< co */
	double service_level; /**< cu / (cu + co) */
	double fill_rate;
	const char *segment;
	const char *option; /**< of the menu */
} cstn_service_plan_row;
/* clang-format off */
#define CSTN_SERVICE_PLAN_ROW_INIT { sizeof(cstn_service_plan_row), 0, 0, 0, 0, 0, 0.0, 0.0, 0.0, \
	0.0, 0.0, 0.0, 0.0, 0.0, NULL, NULL }
/* clang-format on */

/** How many segments. Any thread, O(1). @since 0.1 */
CSTN_API size_t cstn_service_plan_count(const cstn_service_plan *plan);

/** One segment, in the order of labels by their bytes. @param index below
 *  cstn_service_plan_count() @param out start from CSTN_SERVICE_PLAN_ROW_INIT; its texts live as
 *  long as the plan @return CSTN_OK; CSTN_E_INVALID_ARGUMENT. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_service_plan_at(const cstn_service_plan *plan, size_t index,
		cstn_service_plan_row *out, cstn_error **error) CSTN_MUST_CHECK;

/** SHA-256 of the plan's content as 64 hex digits: that of the bytes of member "plan" of its JSON.
 *  Borrowed: lives as long as the plan. Any thread, O(1). @since 0.1 */
CSTN_API const char *cstn_service_plan_digest_text(const cstn_service_plan *plan);

/** Forms of cstn_service_plan_format(). */
#define CSTN_PLAN_FORM_JSON                                                                      \
	1                    /**< {"digest": ..., "plan": {options, segments, menu, capacities}} \
			      */
#define CSTN_PLAN_FORM_CSV 2 /**< CSTN_PLAN_TABLE_SEGMENTS, as cstn_csv_write_bytes() writes it */

/** The plan as text, the same bytes for the same plan. @param form CSTN_PLAN_FORM_... @param out
 *  free with cstn_buffer_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread.
 *  O(segments). @since 0.1 */
CSTN_API cstn_status cstn_service_plan_format(const cstn_service_plan *plan, int32_t form,
		cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** A row a segment: the columns of CSTN_PLAN_INPUT_SEGMENTS, then perfect_rate, perfect_low,
 *  perfect_high (Wilson), repeat_difference, repeat_low, repeat_high, evidence_cover (share of
 *  failed orders in strata used), failure_value, underage, overage, service_level, fill_rate, tier,
 *  protected_ppm, lead_time_days, lead_time_ppm, menu_option, menu_services, menu_promise_days,
 *  menu_service_level_ppm, menu_order_days, menu_minimum_order, menu_uplift, menu_cost, reasons,
 *  digest. */
#define CSTN_PLAN_TABLE_SEGMENTS 1
/** A row a capacity: capacity (number from 1), available, used, shadow_price (what one more unit of
 *  it is worth by the linear relaxation's dual, minor units), menu_value (uplift - cost of the
 *  choice), menu_bound (no choice is worth more), menu_gap (0 is proved), menu_nodes. One row with
 *  capacity 0 when there is a menu and no capacity. */
#define CSTN_PLAN_TABLE_CAPACITIES 2
/** What may cross a company border under an agreement: segment, customers, service_level,
 *  fill_rate, tier, lead_time_days, lead_time_ppm, menu_option; segments with fewer customers than
 *  min_cell are left out. */
#define CSTN_PLAN_TABLE_SHARED 3

/** A table as a stream. @param table CSTN_PLAN_TABLE_... @param out keeps what it needs; release it
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread, O(segments). @since 0.1 */
CSTN_API cstn_status cstn_service_plan_export(const cstn_service_plan *plan, int32_t table,
		struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/** One more reference. Any thread. Each is given back with cstn_service_plan_unref(). @since 0.1 */
CSTN_API cstn_service_plan *cstn_service_plan_ref(cstn_service_plan *plan);
/** One less; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_service_plan_unref(cstn_service_plan *plan);

/** Options of cstn_segment_moves(). */
typedef struct cstn_segment_moves_options {
	uint32_t struct_size;
	uint32_t flags;     /**< 0 */
	int32_t margin_ppm; /**< by how much nearer the new segment must be; 0 means 100,000 */
	int32_t reserved0;  /**< 0 */
	const cstn_binding *binding; /**< NULL, or how the stream's columns map to those below */
} cstn_segment_moves_options;
/* clang-format off */
#define CSTN_SEGMENT_MOVES_OPTIONS_INIT { sizeof(cstn_segment_moves_options), 0, 0, 0, NULL }
/* clang-format on */

/** Who changes segment: only if the new one is nearer by the margin, distance <= (1 - margin) x
 *  that of the segment held, in two successive periods (p and p + 1); of several the nearest, ties
 *  by label.
 *  @param distances a row a customer, period and segment: `customer` (text), `period` (count),
 *  `segment` (text), `distance` (number, 0 or more), `held` (text: the segment at the customer's
 *  first period; null or absent: the nearest then); moved from, also on failure
 *  @param options NULL, or start from CSTN_SEGMENT_MOVES_OPTIONS_INIT
 *  @param out the moves, by customer, then period: customer, period, from, to, distance_from,
 *  distance_to, before_from, before_to (distances a period earlier), reason (text); release it
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT naming row, column and rule, or a segment held without
 *  a distance; CSTN_E_DUPLICATE for a customer, period and segment that is there twice;
 *  CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_NOMEM. Any thread. O(n log n), rows are copied. @since 0.1
 */
CSTN_API cstn_status cstn_segment_moves(struct ArrowArrayStream *distances,
		const cstn_segment_moves_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
