#ifndef CONSTELLATION_PERFECT_ORDER_H
#define CONSTELLATION_PERFECT_ORDER_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/export.h>
#include <constellation/progress.h>
#include <constellation/rate.h>
#include <constellation/schema.h>
#include <constellation/service_policy.h>
#include <constellation/status.h>
#include <constellation/time.h>

/** @file perfect_order.h
 *  The perfect order rate: order lines in; rate, interval, causes and levers out.
 *
 *  Under an explicit cstn_service_policy each unit (order, schedule, shipment or line) gets one of
 *  16 failure patterns, or is pending, or is excluded for one reason; a unit is perfect if nothing
 *  failed (SCOR RL.1.1: a line is perfect if all its components are, an order if all its lines
 *  are). The same rules judge one object with an explanation (cstn_perfect_order_judge_line(),
 *  cstn_perfect_order_judge_order()) and 10^9 lines in a mergeable state:
 *
 *      cstn_perfect_order_new -> _update* -> _merge -> _serialize -> _finish
 *
 *  Merging is associative and commutative; the result has the same bytes for any split, merge order
 *  and thread count.
 *
 *  Threads: a state has one caller at a time and works on options->threads; verdicts and results
 *  are immutable, and everything that reads them may be called from any thread. What is made
 *  from a state or a result inherits its allocator. Reading calls answer NULL with 0, "" or
 *  NULL. On failure outputs are untouched; the one failure with a result is CSTN_E_ROWS. */

#ifdef __cplusplus
extern "C" {
#endif

/* --- components, patterns, reasons ------------------------------------------------------------ */

/** Components of a perfect order, as bits of a pattern; set = failed. */
#define CSTN_COMPONENT_ON_TIME 1u
#define CSTN_COMPONENT_IN_FULL 2u
#define CSTN_COMPONENT_DOCUMENTS 4u
#define CSTN_COMPONENT_CONDITION 8u

/** Why a unit is not in the rate. Every unit is in exactly one of 16 patterns, pending, or one of
 *  these. */
#define CSTN_REASON_NONE 0
#define CSTN_REASON_CANCELLED_BY_CUSTOMER 1
#define CSTN_REASON_CANCELLED_BY_SUPPLIER 2
#define CSTN_REASON_CUSTOMER_FAULT 3
#define CSTN_REASON_FORCE_MAJEURE 4
#define CSTN_REASON_OVERDUE_OPEN 5
#define CSTN_REASON_NO_PROMISE 6
#define CSTN_REASON_NO_ACTUAL_TIME 7
#define CSTN_REASON_UNASSESSED_ON_TIME 8
#define CSTN_REASON_UNASSESSED_IN_FULL 9
#define CSTN_REASON_UNASSESSED_DOCUMENTS 10
#define CSTN_REASON_UNASSESSED_CONDITION 11
#define CSTN_REASON_BAD_INPUT 12
/** Reasons are below this. */
#define CSTN_REASON_COUNT 13

/** "cancelled_by_customer"; "" for 0 and unknown numbers. Static memory. Any thread, O(1).
 *  @since 0.1 */
CSTN_API const char *cstn_reason_name(int32_t reason);

/** "TF" for CSTN_COMPONENT_ON_TIME | CSTN_COMPONENT_IN_FULL; "perfect" for 0; "" above 15. Static
 *  memory. Any thread, O(1). @since 0.1 */
CSTN_API const char *cstn_pattern_name(uint32_t pattern);

/* --- one line, one order ---------------------------------------------------------------------- */

/** State of a line. Cancelled means wholly; a part cancelled is `quantity_cancelled`. */
/** Closed if the actual time of the policy's basis is known, else open */
#define CSTN_LINE_STATUS_UNKNOWN 0
#define CSTN_LINE_OPEN 1
#define CSTN_LINE_CLOSED 2
#define CSTN_LINE_CANCELLED_BY_CUSTOMER 3
#define CSTN_LINE_CANCELLED_BY_SUPPLIER 4

/** Marks of a line, in cstn_order_line.marks */
#define CSTN_MARK_SUBSTITUTE 1u        /**< another product came in its place */
#define CSTN_MARK_SUBSTITUTE_AGREED 2u /**< ... and the customer had agreed */
#define CSTN_MARK_WRONG_ITEM 4u        /**< something came that nobody meant to send */
#define CSTN_MARK_CUSTOMER_FAULT 8u    /**< nobody home, slot refused, wrong address given */
#define CSTN_MARK_FORCE_MAJEURE 16u    /**< cause so coded */
#define CSTN_MARK_CONDITION_OK 32u     /**< condition confirmed */
#define CSTN_MARK_DAMAGED 64u          /**< condition exceptions: any of these four fails C */
#define CSTN_MARK_DEFECTIVE 128u
#define CSTN_MARK_WRONG_CONFIGURATION 256u
#define CSTN_MARK_REFUSED_FOR_QUALITY 512u
/** Nothing about documents is recorded anywhere: with documents_evidence=positive, D is unassessed
 *  instead of failed. A null in the columns documents_ok and documents_complete. */
#define CSTN_MARK_DOCUMENTS_UNKNOWN 1024u
/** The same for condition and condition_evidence=positive. A null in the column condition_ok. */
#define CSTN_MARK_CONDITION_UNKNOWN 2048u

/** Kinds of document, as bits, in the policy's order. */
#define CSTN_DOCUMENT_PACKING_SLIP 1u
#define CSTN_DOCUMENT_BILL_OF_LADING 2u
#define CSTN_DOCUMENT_INVOICE 4u
#define CSTN_DOCUMENT_CERTIFICATE 8u
#define CSTN_DOCUMENT_CUSTOMS 16u
#define CSTN_DOCUMENT_DANGEROUS_GOODS 32u

/** Why goods came back, for the policy key returns_restate. */
#define CSTN_RETURN_NONE 0
#define CSTN_RETURN_DAMAGED 1             /**< condition */
#define CSTN_RETURN_DEFECTIVE 2           /**< condition */
#define CSTN_RETURN_WRONG_CONFIGURATION 3 /**< condition */
#define CSTN_RETURN_WRONG_ITEM 4          /**< in full */
#define CSTN_RETURN_SHORT 5               /**< in full */
#define CSTN_RETURN_EXCESS 6              /**< in full */
#define CSTN_RETURN_PAPERWORK 7           /**< documents */
#define CSTN_RETURN_OTHER 8               /**< no longer wanted, size, gift: nothing failed */

/** Who caused a failure. */
#define CSTN_OWNER_UNKNOWN 0
#define CSTN_OWNER_SUPPLIER 1
#define CSTN_OWNER_WAREHOUSE 2
#define CSTN_OWNER_CARRIER 3
#define CSTN_OWNER_CUSTOMER 4
#define CSTN_OWNER_OWN_OFFICE 5

/** "No quantity": in columns it is a null. */
#define CSTN_QUANTITY_NULL INT64_MIN

/** "No UTC offset reported": in columns it is a null. */
#define CSTN_OFFSET_NULL INT32_MIN

/** One arrival of goods for a line. This struct never grows. */
typedef struct cstn_line_delivery {
	int64_t time_us;  /**< when, by the policy's actual_basis */
	int64_t quantity; /**< positive */
	int32_t shipment; /**< number of the shipment it came with */
	uint32_t marks;   /**< CSTN_MARK_SUBSTITUTE, _SUBSTITUTE_AGREED, _WRONG_ITEM */
} cstn_line_delivery;

/** All that is known of an order line. Begin with cstn_order_line_init(): it sets times and
 *  quantities to "none". Quantities are scaled by the item's exponent; all of one line at one
 *  scale. Times after the as-of time are not known yet. */
typedef struct cstn_order_line {
	uint32_t struct_size;
	uint32_t marks;      /**< CSTN_MARK_... */
	int32_t line_number; /**< within the order; 0 = not numbered */
	int32_t status;      /**< CSTN_LINE_... */
	int64_t ordered_us;
	int64_t requested_us;     /**< what the customer asked for */
	int64_t promised_us;      /**< first commitment */
	int64_t promised_last_us; /**< last commitment of any kind */
	/** Commitment after the last change the customer initiated and both agreed */
	int64_t promised_customer_us;
	int64_t promised_supplier_us; /**< commitment after the last change by the supplier */
	/** When the quantity had arrived; ignored when `deliveries` is given */
	int64_t delivered_us;
	int64_t shipped_us;
	int64_t arrived_us;
	int64_t accepted_us;
	int64_t recorded_us;        /**< entry into the books */
	int64_t attempted_us;       /**< first failed attempt at delivery */
	int64_t quantity;           /**< ordered */
	int64_t quantity_cancelled; /**< part of it cancelled; none = 0 */
	int64_t quantity_delivered; /**< at close; ignored when `deliveries` is given */
	/** Arrived by promise + late tolerance; ignored when `deliveries` is given */
	int64_t quantity_due;
	int64_t value_minor; /**< value of the agreed quantity, minor units */
	int64_t price_minor; /**< price of the quantity 1, used when there is no value */
	/** When all demanded documents were complete and accurate */
	int64_t documents_complete_us;
	int64_t returned_us;    /**< when a return was requested */
	int32_t return_reason;  /**< CSTN_RETURN_... */
	int32_t shipments;      /**< how many shipments it came in; 0 = not known, taken as one */
	uint32_t documents_ok;  /**< CSTN_DOCUMENT_ bits: confirmed */
	uint32_t documents_bad; /**< CSTN_DOCUMENT_ bits: wrong, late or missing */
	/** UTC offset at the promise, for zone=event, and for zone=ship_to without `ship_to_zone`;
	 *  CSTN_OFFSET_NULL = not reported, then T is unassessed */
	int32_t promised_offset_minutes;
	int32_t actual_offset_minutes; /**< UTC offset at the actual event */
	int32_t owner[4];              /**< CSTN_OWNER_ of the failure of T, F, D, C */
	/** Cause of the failure of T, F, D, C; NULL = not known; borrowed for the call */
	const char *cause[4];
	/** NULL, or the arrivals in any order; borrowed for the call */
	const cstn_line_delivery *deliveries;
	size_t n_deliveries;
	const char *ship_to_zone; /**< NULL, or a name in cstn_policy_data.zone_names; borrowed */
} cstn_order_line;

/** Set every field to "none". @param line its struct_size is set to `struct_size` @param
 *  struct_size sizeof(cstn_order_line). Any thread, O(1). @since 0.1 */
CSTN_API void cstn_order_line_init(cstn_order_line *line, uint32_t struct_size);

/** The verdict of a line or an order, with its reasons. Immutable. */
typedef struct cstn_verdict cstn_verdict;

#define CSTN_OUTCOME_COUNTED 1  /**< in the rate, with a pattern */
#define CSTN_OUTCOME_PENDING 2  /**< not due yet */
#define CSTN_OUTCOME_EXCLUDED 3 /**< left out, with a reason */

/** What the policy needs beside its text: zone rules and calendar, when it names them. */
typedef struct cstn_policy_data {
	uint32_t struct_size;
	uint32_t flags;          /**< 0 */
	cstn_zone *zone;         /**< for zone=tzif:...: its digest must be the policy's */
	cstn_calendar *calendar; /**< for calendar=HEX64: its digest must be the policy's */
	/** For zone=ship_to: names as in column `ship_to_zone`, n_zones of them */
	const char *const *zone_names;
	cstn_zone *const *zones; /**< ... and their rules; referenced */
	size_t n_zones;
} cstn_policy_data;
/* clang-format off */
#define CSTN_POLICY_DATA_INIT { sizeof(cstn_policy_data), 0, NULL, NULL, NULL, NULL, 0 }
/* clang-format on */

/** Judge one line (its own pattern, whatever the policy's level).
 *  @param as_of_us what was known by then counts @param data NULL, or what the policy needs
 *  @param out free with cstn_verdict_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT for a line that breaks a rule, or zone rules or a
 *  calendar missing; CSTN_E_NOMEM. Any thread. O(1), most of it for the words.
 *  @since 0.1 */
CSTN_API cstn_status cstn_perfect_order_judge_line(const cstn_service_policy *policy,
		int64_t as_of_us, const cstn_policy_data *data, const cstn_order_line *line,
		cstn_verdict **out, cstn_error **error) CSTN_MUST_CHECK;

/** Judge one order: its lines, rolled up. @param lines n_lines pointers, at least 1; borrowed for
 *  the call @param out free with cstn_verdict_free() @return as cstn_perfect_order_judge_line().
 *  Any thread. O(lines). @since 0.1
 *  @snippet judge_order.c judge */
CSTN_API cstn_status cstn_perfect_order_judge_order(const cstn_service_policy *policy,
		int64_t as_of_us, const cstn_policy_data *data, const cstn_order_line *const *lines,
		size_t n_lines, cstn_verdict **out, cstn_error **error) CSTN_MUST_CHECK;

/** CSTN_OUTCOME_... Any thread, O(1). @since 0.1 */
CSTN_API int32_t cstn_verdict_outcome(const cstn_verdict *verdict);
/** The pattern, CSTN_COMPONENT_ bits, when counted; else 0. Any thread, O(1). @since 0.1 */
CSTN_API uint32_t cstn_verdict_pattern(const cstn_verdict *verdict);
/** CSTN_REASON_ when excluded; else 0. Any thread, O(1). @since 0.1 */
CSTN_API int32_t cstn_verdict_reason(const cstn_verdict *verdict);
/** 1 if counted while the claim window is open. Any thread, O(1). @since 0.1 */
CSTN_API int32_t cstn_verdict_is_provisional(const cstn_verdict *verdict);
/** Cause of the failure of one component, "" if unknown or not failed; borrowed. @param component
 *  one CSTN_COMPONENT_ bit. Any thread, O(1). @since 0.1 */
CSTN_API const char *cstn_verdict_cause(const cstn_verdict *verdict, uint32_t component);
/** CSTN_OWNER_ of it. Any thread, O(1). @since 0.1 */
CSTN_API int32_t cstn_verdict_owner(const cstn_verdict *verdict, uint32_t component);
/** In words, one line a step: which promise, which arrival, which quantities, which rule, and what
 *  follows. Borrowed. Any thread, O(1). @since 0.1 */
CSTN_API const char *cstn_verdict_text(const cstn_verdict *verdict);
/** Free; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_verdict_free(cstn_verdict *verdict);

/* --- the mergeable state ---------------------------------------------------------------------- */

/** What is promised about the order of lines. A broken promise gives CSTN_E_NOT_CLUSTERED, never a
 *  wrong number. */
#define CSTN_CLUSTERING_NONE 0 /**< nothing: always right, holds one small record an order */
/** Order ids never descend; a state may begin or end inside an order */
#define CSTN_CLUSTERING_SORTED 1
/** This state sees all lines of its orders, those of one order together; orders come in ascending
 *  runs of ids that do not overlap (files of whole orders, in any order) */
#define CSTN_CLUSTERING_WHOLE_ORDERS 2

/** An order with two values of a dimension counts once in each (else in "mixed") */
#define CSTN_PERFECT_ORDER_EACH 1u
#define CSTN_PERFECT_ORDER_PERIOD 2u /**< from_us and to_us apply */
/** Results hold subtotals: by the first n-1, n-2, ... dimensions, and the total */
#define CSTN_PERFECT_ORDER_ROLLUP 4u

/** Configuration of a state; part of its digest, but for policy_data. */
typedef struct cstn_perfect_order_config {
	uint32_t struct_size;
	uint32_t flags;     /**< CSTN_PERFECT_ORDER_... */
	int32_t clustering; /**< CSTN_CLUSTERING_... */
	int32_t reserved0;  /**< 0 */
	/** Lines whose period-basis time is before this are not part of the run */
	int64_t from_us;
	int64_t to_us; /**< ... or at or after this */
	/** NULL, or what the policy needs; its handles are referenced */
	const cstn_policy_data *policy_data;
} cstn_perfect_order_config;
/* clang-format off */
#define CSTN_PERFECT_ORDER_CONFIG_INIT { sizeof(cstn_perfect_order_config), 0, 0, 0, 0, 0, NULL }
/* clang-format on */

/** Options of one update. */
typedef struct cstn_perfect_order_options {
	uint32_t struct_size;
	uint32_t flags; /**< 0 or CSTN_IMPORT_TRUSTED */
	/** 0 all processors, 1 the caller's thread only; results do not depend on it */
	int32_t threads;
	/** 0 the widest this machine has, 1 portable, 2 AVX2, 3 AVX-512: for tests; results do not
	 *  depend on it */
	int32_t simd;
	const cstn_binding *binding; /**< NULL, or how the stream's columns map to the ones below */
	cstn_progress *progress;     /**< NULL, or counts rows and cancels */
} cstn_perfect_order_options;
/* clang-format off */
#define CSTN_PERFECT_ORDER_OPTIONS_INIT { sizeof(cstn_perfect_order_options), 0, 0, 0, NULL, NULL }
/* clang-format on */

/** Counts under construction. One thread at a time. */
typedef struct cstn_perfect_order cstn_perfect_order;

/** An empty state.
 *  @param policy    referenced
 *  @param as_of_us  what was known by then counts; part of every result
 *  @param by        `n_by` dimensions (0..4): a column name ("carrier"), or a calendar period of a
 *  time: day, week, month, quarter, year or weekday, then in brackets the basis: due, ordered,
 *  shipped, delivered or period (the policy's period_basis), as in "month(due)". Periods are civil
 *  in the policy's zone
 *  @param config    NULL, or start from CSTN_PERFECT_ORDER_CONFIG_INIT
 *  @param allocator NULL is libc
 *  @param out       free with cstn_perfect_order_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT: a dimension that cannot be read or stands twice, zone
 *  rules or calendar missing or of another digest; CSTN_E_NOMEM. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_perfect_order_new(const cstn_service_policy *policy, int64_t as_of_us,
		const char *const *by, size_t n_by, const cstn_perfect_order_config *config,
		const cstn_allocator *allocator, cstn_perfect_order **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add order lines.
 *
 *  One row a line. Columns, all optional but those the policy and the dimensions need; times may be
 *  timestamps (with zone) or dates; quantities are integers or decimals of one scale:
 *
 *  - `order_id` (int64 or text): required, but at level line (there it gives the cluster for the
 *  interval)
 *  - `shipment_id` (int64 or text): required at level shipment
 *  - `line_number` (int32): breaks ties between lines
 *  - `order_lines` (int32): how many lines the order has, the most that a line says. An order with
 *  more is counted once, under CSTN_REASON_BAD_INPUT, in whatever updates they came; one with fewer
 *  counts by those that came. A record an order is kept
 *  - `ordered`, `requested`, `promised`, `promised_last`, `promised_customer`, `promised_supplier`
 *  (timestamp or date): cstn_order_line
 *  - `delivered`, `shipped`, `arrived`, `accepted`, `recorded`, `attempted` (timestamp or date):
 *  cstn_order_line
 *  - `qty`, `qty_cancelled`, `qty_delivered`, `qty_due` (int64 or decimal): cstn_order_line:
 *  quantity, quantity_cancelled ...
 *  - `value`, `price` (int64 or decimal): weight=value
 *  - `status` (text): open, closed, cancelled_by_customer, cancelled_by_supplier; map others with
 *  cstn_binding_value()
 *  - `shipments` (int32): cstn_order_line
 *  - `substitute`, `substitute_agreed`, `wrong_item`, `customer_fault`, `force_majeure` (flag):
 *  CSTN_MARK_...
 *  - `condition_ok`, `damaged`, `defective`, `wrong_configuration`, `refused` (flag): CSTN_MARK_...
 *  - `documents_ok`, `documents_bad` (int32): CSTN_DOCUMENT_ bits
 *  - `documents_complete`, `returned` (timestamp or date): cstn_order_line
 *  - `return_reason` (text): damaged, defective, wrong_configuration, wrong_item, short, excess,
 *  paperwork, other
 *  - `late_cause`, `short_cause`, `documents_cause`, `condition_cause` (text): cause of the failure
 *  of T, F, D, C
 *  - `late_owner`, `short_owner`, `documents_owner`, `condition_owner` (text): supplier, warehouse,
 *  carrier, customer, own_office
 *  - `promised_offset_minutes`, `actual_offset_minutes` (int32): zone=event
 *  - `ship_to_zone` (text): zone=ship_to: a name in cstn_policy_data.zone_names
 *  - `policy_digest` (text): rows of another policy are row errors
 *  - any other (text, integer, date or flag): dimensions
 *
 *  Required by the policy: the promise column of promise_basis if T is a component; `qty` if weight
 *  is not count. A column that is needed for evidence and absent (the actual time of actual_basis,
 *  qty, qty_delivered, documents_..., condition_ok) is no error: its component is unassessed, and
 *  the policy key `unassessed` decides. To say that there is no promise at all, bind the column to
 *  a constant NULL, see cstn_binding_constant().
 *
 *  @param state    unchanged on failure, but for CSTN_E_ROWS
 *  @param lines    moved from, also on failure; an empty stream changes nothing
 *  @param options  NULL, or start from CSTN_PERFECT_ORDER_OPTIONS_INIT
 *  @param bad_rows NULL, or receives the rows left out (NULL if none); free with
 *  cstn_row_errors_free(). Their units are counted under CSTN_REASON_BAD_INPUT when their order id
 *  is readable
 *  @return CSTN_OK; CSTN_E_ROWS if rows were left out, the others being in; CSTN_E_SCHEMA with
 *  every misfit; CSTN_E_STREAM; CSTN_E_LIMIT for a CSV stream with more bad rows than its
 *  max_rejects; CSTN_E_NOT_CLUSTERED; CSTN_E_CANCELLED; CSTN_E_OVERFLOW;
 *  CSTN_E_NOMEM
 *  Memory: O(groups + open orders), never a copy of `lines`.
 *  Time: one pass, O(1) a line; lines of one order that lie together need no look-up of it.
 *  Threads: one caller at a time per state. @since 0.1 */
CSTN_API cstn_status cstn_perfect_order_update(cstn_perfect_order *state,
		struct ArrowArrayStream *lines, const cstn_perfect_order_options *options,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

/** How many columns an update of this state looks at, under its policy and dimensions. Fetch no
 *  others of a wide table: they would not be read. 0 for NULL. One thread at a time per state.
 *  O(columns). @since 0.1 */
CSTN_API size_t cstn_perfect_order_column_count(const cstn_perfect_order *state);

/** The name of such a column: those of lines in the order of cstn_perfect_order_update(), then the
 *  dimensions that are none of them. Whether a column must be there is told by the update. @return
 *  NULL past the end; borrowed from the state. One thread at a time per state. O(columns).
 *  @since 0.1 */
CSTN_API const char *cstn_perfect_order_column_name(const cstn_perfect_order *state, size_t index);

/** Add what `from` holds to `into`. Associative and commutative. @param from unchanged
 *  @return CSTN_OK; CSTN_E_MISMATCH if policy, as-of time, dimensions or configuration differ;
 *  CSTN_E_OVERFLOW; CSTN_E_NOMEM, `into` being unchanged. Cost: O(groups + open orders) of `from`.
 *  One thread at a time uses either. @since 0.1 */
CSTN_API cstn_status cstn_perfect_order_merge(cstn_perfect_order *into,
		const cstn_perfect_order *from, cstn_error **error) CSTN_MUST_CHECK;

/** The state as bytes: canonical (the same pieces give the same bytes in every merge order),
 *  little-endian, with checksum. Holds the configuration and the policy's text. @param out free
 *  with cstn_buffer_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_OVERFLOW; CSTN_E_NOMEM.
 *  Cost: a sort of groups and open orders. One caller at a time a state. @since 0.1 */
CSTN_API cstn_status cstn_perfect_order_serialize(const cstn_perfect_order *state,
		cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** A state from bytes, which are not trusted: they must be as cstn_perfect_order_serialize() writes
 *  them, in its order.
 *  @param policy_data NULL, or what the policy needs, if the state shall take further lines under a
 *  policy with zone rules or calendar
 *  @return CSTN_OK; CSTN_E_CORRUPT with what is wrong; CSTN_E_NEWER_FORMAT for a newer version;
 *  CSTN_E_NOMEM. Any thread, O(size). The state is the caller's, to be freed with
 *  cstn_perfect_order_free(). @since 0.1 @snippet merge_states.c merge */
CSTN_API cstn_status cstn_perfect_order_deserialize(const uint8_t *data, size_t size,
		const cstn_policy_data *policy_data, const cstn_allocator *allocator,
		cstn_perfect_order **out, cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. When no other call uses it. @since 0.1 */
CSTN_API void cstn_perfect_order_free(cstn_perfect_order *state);

/* --- the result ------------------------------------------------------------------------------- */

/** Rates by group, with all that follows from the counts. Immutable, refcounted, any thread. */
typedef struct cstn_perfect_order_result cstn_perfect_order_result;

/** The group index of all units together. */
#define CSTN_GROUP_TOTAL SIZE_MAX

/** Close what is open and compute. The state is unchanged and may go on. Groups are sorted by their
 *  key, dimension by dimension: values (numbers by size, text by its bytes), then null, then mixed.
 *  With CSTN_PERFECT_ORDER_ROLLUP each subtotal comes after the groups it sums, the total last;
 *  with CSTN_PERFECT_ORDER_EACH as well there is the total alone, since a unit that stands in two
 *  groups would count twice in a subtotal.
 *  @param out release with cstn_perfect_order_result_unref()
 *  @return CSTN_OK; CSTN_E_NOT_CLUSTERED if the promise of clustering cannot be proved;
 *  CSTN_E_OVERFLOW if a weighted sum leaves int64; CSTN_E_CORRUPT for a deserialised state whose
 *  causes add up to more than its failures; CSTN_E_NOMEM. Cost: O(groups log groups + open
 *  orders). One caller at a time a state. @since 0.1 */
CSTN_API cstn_status cstn_perfect_order_finish(const cstn_perfect_order *state,
		cstn_perfect_order_result **out, cstn_error **error) CSTN_MUST_CHECK;

/** All in one: new, update, finish. Rows left out are reported as by cstn_perfect_order_update(),
 *  with CSTN_E_ROWS and a result. @param out release with cstn_perfect_order_result_unref()
 *  @return as cstn_perfect_order_new(), _update() and _finish(). Cost: that of _update(). Any
 *  thread; works on options->threads. @since 0.1 @snippet perfect_order.c rate */
CSTN_API cstn_status cstn_perfect_order_rate(struct ArrowArrayStream *lines,
		const cstn_service_policy *policy, int64_t as_of_us, const char *const *by,
		size_t n_by, const cstn_perfect_order_config *config,
		const cstn_perfect_order_options *options, const cstn_allocator *allocator,
		cstn_perfect_order_result **out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** The policy; borrowed. Any thread, O(1). @since 0.1 */
CSTN_API const cstn_service_policy *cstn_perfect_order_result_policy(
		const cstn_perfect_order_result *result);
/** The as-of time. Any thread, O(1). @since 0.1 */
CSTN_API int64_t cstn_perfect_order_result_as_of_us(const cstn_perfect_order_result *result);
/** How many groups, subtotals included; the total alone when there is no dimension is 1. Any
 *  thread, O(1). @since 0.1 */
CSTN_API size_t cstn_perfect_order_result_count(const cstn_perfect_order_result *result);
/** The value of dimension `dimension` in group `group` as text ("2018-03", "Air", "17"); NULL for
 *  null; "(mixed)" and "(all)" for mixed and rolled-up ones. Borrowed. Any thread, O(1). @since
 *  0.1 */
CSTN_API const char *cstn_perfect_order_result_key(
		const cstn_perfect_order_result *result, size_t group, size_t dimension);
/** The rate of a group (or CSTN_GROUP_TOTAL), with its Wilson interval; at level line with order
 *  ids also see the export's cluster columns.
 *  @param out start from CSTN_RATE_INIT @return CSTN_OK; CSTN_E_INVALID_ARGUMENT. Any thread,
 *  O(1). @since 0.1 */
CSTN_API cstn_status cstn_perfect_order_result_rate(const cstn_perfect_order_result *result,
		size_t group, cstn_rate *out, cstn_error **error) CSTN_MUST_CHECK;
/** The rate of one component, alone: units that did not fail it, over all; null for a component
 *  that the policy does not judge. @param component one CSTN_COMPONENT_ bit
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_UNSUPPORTED under credit=unit. Any thread,
 *  O(1). @since 0.1 */
CSTN_API cstn_status cstn_perfect_order_result_component(const cstn_perfect_order_result *result,
		size_t group, uint32_t component, cstn_rate *out,
		cstn_error **error) CSTN_MUST_CHECK;
/** The rate if a set of components never failed. @param components CSTN_COMPONENT_ bits, 1..15
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_UNSUPPORTED under credit=unit. Any thread,
 *  O(1). @since 0.1 */
CSTN_API cstn_status cstn_perfect_order_result_lever(const cstn_perfect_order_result *result,
		size_t group, uint32_t components, cstn_rate *out,
		cstn_error **error) CSTN_MUST_CHECK;
/** Units with exactly this pattern; -1 for a group or pattern that does not exist, and under
 *  credit=unit. Any thread, O(1). @since 0.1 */
CSTN_API int64_t cstn_perfect_order_result_pattern(
		const cstn_perfect_order_result *result, size_t group, uint32_t pattern);
/** Units excluded for a reason; reason 0 = for any. -1 if out of range. Any thread, O(1).
 *  @since 0.1 */
CSTN_API int64_t cstn_perfect_order_result_excluded(
		const cstn_perfect_order_result *result, size_t group, int32_t reason);
/** Units not due yet. Any thread, O(1). @since 0.1 */
CSTN_API int64_t cstn_perfect_order_result_pending(
		const cstn_perfect_order_result *result, size_t group);
/** Counted units whose claim window is open. Any thread, O(1). @since 0.1 */
CSTN_API int64_t cstn_perfect_order_result_provisional(
		const cstn_perfect_order_result *result, size_t group);

/* Tables of a result, for cstn_perfect_order_result_export(). Each begins with the dimensions, as
 * they came: text, int64, flag or date (a period is the date it begins on, a weekday 1 = Monday ..
 * 7), then `mixed` and `rolled_up` (int32, bit i = dimension i; the dimension itself is null then),
 * and ends with `policy` (digest as hex text), `as_of` (timestamp) and `z` in every row. A
 * dimension named like a column of the table is CSTN_E_SCHEMA. Rows are in group order; a rate over
 * nothing is null. Under weight=quantity and weight=value rates are of weights, while failures,
 * shared losses, causes and h0..h15 stay units. Under credit=unit there are no patterns: h0..h15
 * are null, and losses, causes and levers are CSTN_E_UNSUPPORTED. */

/** A row a group: numerator, denominator, rate, low, high, design_effect, n_eff, cluster_low,
 *  cluster_high, pending, provisional, excluded, units, h0..h15. Units = h0 + .. + h15 + pending +
 *  excluded. The cluster columns are there at level line with order ids (clusters are orders; not
 *  in a subtotal when the lines of an order are in several groups); low and high are null for
 *  weighted rates */
#define CSTN_TABLE_RATES 1
/** A row a group and component that the policy judges: component ("T"), failures, only_failures,
 *  component_rate, low, high, shared_twelfths (each lost unit split evenly over its failed
 *  components, in twelfths: they add up to 12 times the lost units) */
#define CSTN_TABLE_LOSSES 2
/** A row a group, component, cause, owner: failures, the most first; adds up to the failures of the
 *  component, "unknown" being what no cause was given for */
#define CSTN_TABLE_CAUSES 3
/** A row a group and set of components that the policy judges ("TF", ...; 15 sets for all four):
 *  components, numerator, denominator, rate, gain; sorted by gain, then the smaller set */
#define CSTN_TABLE_LEVERS 4
/** A row a group and reason that occurs: reason, units */
#define CSTN_TABLE_EXCLUSIONS 5

/** A table as a stream. @param table CSTN_TABLE_... @param out keeps what it needs; release it
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_SCHEMA; CSTN_E_UNSUPPORTED; CSTN_E_NOMEM.
 *  Any thread, O(groups). @since 0.1 */
CSTN_API cstn_status cstn_perfect_order_result_export(const cstn_perfect_order_result *result,
		int32_t table, struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/** Order of groups in a comparison. There is no order by the raw rate: 15 of 15 is not better than
 *  3,910 of 4,094. */
#define CSTN_ORDER_NAME 0
#define CSTN_ORDER_LOWER_LIMIT 1

typedef struct cstn_compare_options {
	uint32_t struct_size;
	uint32_t flags;        /**< 0 */
	int32_t order;         /**< CSTN_ORDER_... */
	int32_t min_cover_ppm; /**< standardise: 0 means 950,000 */
	int64_t min_units; /**< groups with fewer units are listed, but not compared; 0 means 1 */
} cstn_compare_options;
/* clang-format off */
#define CSTN_COMPARE_OPTIONS_INIT { sizeof(cstn_compare_options), 0, 0, 0, 0 }
/* clang-format on */

/** Compare groups: which cannot be told apart from the best (the one with the greatest lower
 *  limit)? Newcombe 1998 differences, Holm 1979 over all of them. At level line with order ids the
 *  lines of an order are not independent, and low, high, differences and p-values rest on n_eff.
 *  Subtotals are left out. Groups without an interval (weighted rates, no counted unit) or with
 *  fewer counted units than min_units are listed with like_best null.
 *  @param options NULL, or start from CSTN_COMPARE_OPTIONS_INIT
 *  @param out dimensions, mixed, rolled_up, numerator, denominator, rate, low, high, n_eff,
 *  difference (from the best, null for itself), difference_low, difference_high, p_value (the error
 *  probability at which that interval reaches zero), p_holm, like_best (flag: 1 if p_holm exceeds
 *  the policy's error probability, and for the best), policy, as_of, z
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_SCHEMA as for tables; CSTN_E_NOMEM. Time:
 *  O(groups log groups). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_perfect_order_compare(const cstn_perfect_order_result *result,
		const cstn_compare_options *options, struct ArrowArrayStream *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Directly standardised rates against Simpson's trap: each group's rates by stratum, weighted by
 *  the strata of all groups with at least min_units counted units together. Strata that a group
 *  lacks are dropped, the weights of the others rescaled, and the weight they had is its `cover`.
 *  Units are taken as independent, lines of an order too. Weighted rates have no variance.
 *  @param group,stratum numbers of two dimensions of the result, which has no roll-up; others are
 *  summed over
 *  @param options NULL, or start from CSTN_COMPARE_OPTIONS_INIT
 *  @param out the group's dimension, mixed (1 or 0), rate (null below min_cover), low, high,
 *  variance, n_eff, cover, raw_rate, policy, as_of, z
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_UNSUPPORTED when units stand in several groups
 *  (CSTN_PERFECT_ORDER_EACH); CSTN_E_SCHEMA as for tables; CSTN_E_NOMEM. Any thread, O(groups).
 *  @since 0.1 */
CSTN_API cstn_status cstn_perfect_order_standardise(const cstn_perfect_order_result *result,
		size_t group, size_t stratum, const cstn_compare_options *options,
		struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/** One more reference. Any thread. Each reference is given back with its `_unref`. @since 0.1 */
CSTN_API cstn_perfect_order_result *cstn_perfect_order_result_ref(
		cstn_perfect_order_result *result);
/** One less; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_perfect_order_result_unref(cstn_perfect_order_result *result);

#ifdef __cplusplus
}
#endif

#endif
