#ifndef CONSTELLATION_INTERACTION_H
#define CONSTELLATION_INTERACTION_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/export.h>
#include <constellation/progress.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file interaction.h
 *  What customers do and say, as kinds of events, and the feedback loop: how many would recommend
 *  us, what goes wrong where, and whether a promised plan helped.
 *
 *      cstn_interactions_new -> _update* -> _merge -> cstn_feedback_table
 *
 *  Relationship stages (relationship_stage.h) read the same events. A network keeps them as records
 *  (record.h, noun `interaction`), from where they are scanned.
 *
 *  Interactions are a set: each has an id, the same one again changes nothing, another one under
 * the same id is an error. So rows come in any order, any split, any order of merging and more than
 *  once, and the bytes are the same. A set has one caller at a time. What is made from it inherits
 *  its allocator. On failure outputs and sets are untouched; the one failure with a result is
 *  CSTN_E_ROWS. */

#ifdef __cplusplus
extern "C" {
#endif

/** Kinds of interaction. Permanent. */
#define CSTN_INTERACTION_NPS_ANSWER 1
#define CSTN_INTERACTION_SATISFACTION 2
#define CSTN_INTERACTION_REVIEW 3
#define CSTN_INTERACTION_REFERRAL 4
#define CSTN_INTERACTION_REFERENCE 5
#define CSTN_INTERACTION_RECOMMENDATION 6
#define CSTN_INTERACTION_TICKET_OPENED 7 /**< its reference joins it to its close */
#define CSTN_INTERACTION_TICKET_CLOSED 8
#define CSTN_INTERACTION_COMPLAINT 9
#define CSTN_INTERACTION_EXIT_THREAT 10
#define CSTN_INTERACTION_PLAN_PROMISED 11
#define CSTN_INTERACTION_RETURN_FAULT 12 /**< goods came back for a fault of ours */
#define CSTN_INTERACTION_RETURN_OTHER 13
#define CSTN_INTERACTION_ORDER 14
#define CSTN_INTERACTION_ORDER_PERFECT 15
#define CSTN_INTERACTION_ORDER_FAILED 16
#define CSTN_INTERACTION_PRICE_INCREASE_OFFERED 17
#define CSTN_INTERACTION_PRICE_INCREASE_ACCEPTED 18
#define CSTN_INTERACTION_PRICE_INCREASE_REFUSED 19
#define CSTN_INTERACTION_NEW_CATEGORY 20
#define CSTN_INTERACTION_FIRST_CHOICE 21
#define CSTN_INTERACTION_NOT_FIRST_CHOICE 22
#define CSTN_INTERACTION_CONTRACT_RENEWED 23
#define CSTN_INTERACTION_CONTRACT_CANCELLED 24
#define CSTN_INTERACTION_DUE_DAY 25 /**< names the day by which the next order was expected */
#define CSTN_INTERACTION_STEP 26    /**< a step of a journey */
/** Kinds are below this. */
#define CSTN_INTERACTION_COUNT 27

/** "TICKET_OPENED"; "" for 0 and unknown numbers. Static memory. Any thread, O(1). @since 0.1 */
CSTN_API const char *cstn_interaction_name(int32_t kind);

/* --- the set ---------------------------------------------------------------------------------- */

/** Interactions, each once. Mergeable; one caller at a time. */
typedef struct cstn_interactions cstn_interactions;

/** Options of an update. */
typedef struct cstn_interactions_options {
	uint32_t struct_size;
	uint32_t flags;              /**< 0 or CSTN_IMPORT_TRUSTED */
	const cstn_binding *binding; /**< NULL, or how the stream's columns map to those below */
	cstn_progress *progress;     /**< NULL, or counts rows and cancels */
} cstn_interactions_options;
/* clang-format off */
#define CSTN_INTERACTIONS_OPTIONS_INIT { sizeof(cstn_interactions_options), 0, NULL, NULL }
/* clang-format on */

/** An empty set. @param allocator NULL is libc @param out free with cstn_interactions_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_interactions_new(const cstn_allocator *allocator, cstn_interactions **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add interactions, one row each, in any order. Columns:
 *
 *  - `event_id`, `customer` (int64 or text): required, each of one type in all updates; text has
 *  1..64 bytes
 *  - `kind` (text): required, a name of the list above, or that name in small letters, as records
 *  have it
 *  - `valid` (timestamp or date): required, when it happened
 *  - `order_id` (int64 or text), `reason` (text): absent or null: none. The reason of a
 *  RETURN_FAULT or RETURN_OTHER is one of damaged, wrong_item, not_as_described, late, defective,
 *  size, changed_mind, other
 *  - `number` (int64): the answer, on its own scale; of an NPS_ANSWER required, 0 to 10
 *  - `item`, `carrier`, `lane`, `node`, `segment`, `stage` (text): what the order and the customer
 *  were then; absent or null: not known
 *
 *  Other columns, free text above all, are not read.
 *
 *  @param set      unchanged on failure, but for CSTN_E_ROWS
 *  @param rows     moved from, also on failure; an empty stream changes nothing
 *  @param options  NULL, or start from CSTN_INTERACTIONS_OPTIONS_INIT
 *  @param bad_rows NULL, or receives the rows left out (NULL if none); free with
 *  cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if rows were left out, the others being in; CSTN_E_CONFLICT if an
 * id comes with other content, naming id and column; CSTN_E_SCHEMA with every misfit, also for ids
 * of another type; CSTN_E_STREAM; CSTN_E_LIMIT above 2^31 interactions; CSTN_E_CANCELLED;
 *  CSTN_E_NOMEM
 *  Memory: 64 bytes an interaction, and each text once. Time: one pass, O(1) a row: a look-up of
 *  its id.
 *  Threads: one caller at a time per set; works on its thread. @since 0.1 */
CSTN_API cstn_status cstn_interactions_update(cstn_interactions *set, struct ArrowArrayStream *rows,
		const cstn_interactions_options *options, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add what `from` holds to `into`. Associative and commutative. @param from unchanged @return
 *  CSTN_OK; CSTN_E_CONFLICT as above; CSTN_E_MISMATCH if ids are of different types; CSTN_E_LIMIT;
 *  CSTN_E_NOMEM, `into` being unchanged. One caller at a time uses either. O(interactions of
 *  `from`). @since 0.1 */
CSTN_API cstn_status cstn_interactions_merge(cstn_interactions *into, const cstn_interactions *from,
		cstn_error **error) CSTN_MUST_CHECK;

/** Forget customers: the set is, byte by byte, one that never saw them. @param customers a stream
 *  with a column `customer`; moved from, also on failure; unknown ones are passed over @return
 *  CSTN_OK; CSTN_E_ROWS for a customer that is null, the set being unchanged; CSTN_E_SCHEMA;
 *  CSTN_E_STREAM; CSTN_E_NOMEM. One caller at a time per set. O(interactions). @since 0.1 */
CSTN_API cstn_status cstn_interactions_remove(cstn_interactions *set,
		struct ArrowArrayStream *customers, cstn_error **error) CSTN_MUST_CHECK;

/** The set as bytes: canonical, little-endian, with checksum. @param out free with
 *  cstn_buffer_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One caller at a time.
 *  O(n log n) for the order of ids. @since 0.1 */
CSTN_API cstn_status cstn_interactions_serialize(const cstn_interactions *set, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** A set from bytes, which are not trusted. @param out free with cstn_interactions_free() @return
 *  CSTN_OK; CSTN_E_CORRUPT with what is wrong; CSTN_E_NEWER_FORMAT; CSTN_E_NOMEM. Any thread,
 *  O(size). @since 0.1 */
CSTN_API cstn_status cstn_interactions_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_interactions **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** How many there are; 0 for NULL. One caller at a time, O(1). @since 0.1 */
CSTN_API uint64_t cstn_interactions_count(const cstn_interactions *set);

/** Free; NULL is allowed. When no other call uses it. @since 0.1 */
CSTN_API void cstn_interactions_free(cstn_interactions *set);

/* --- the loop --------------------------------------------------------------------------------- */

/** The fewest customers and orders that a count shows across a company's border. */
#define CSTN_FEEDBACK_FLOOR_LEAST 5

/** Options of a table. */
typedef struct cstn_feedback_options {
	uint32_t struct_size;
	uint32_t flags;   /**< 0 */
	int64_t from_us;  /**< interactions of [from_us, until_us) count */
	int64_t until_us; /**< 0: all that are not before from_us */
	/** CSTN_LOYALTY_ANSWERS_ of loyalty.h: which of a customer's answers count. At one instant
	 *  the greater event id is the later */
	int32_t answers;
	int32_t confidence_ppm; /**< of intervals, 1..999,999; 0 means 950,000 */
	/** 0: the table stays in the company. 5 or more: it leaves it; counts of fewer customers or
	 *  orders are null, and there are no order ids */
	int32_t floor;
	int32_t window_days; /**< before and after a plan; 0 means 90 */
} cstn_feedback_options;
/* clang-format off */
#define CSTN_FEEDBACK_OPTIONS_INIT { sizeof(cstn_feedback_options), 0, 0, 0, 0, 0, 0, 0 }
/* clang-format on */

/** Net promoter score of NPS_ANSWERs, by segment: all (flag), segment (null: not known), n,
 * promoters (9, 10), passives, detractors (0 .. 6), nps ((promoters - detractors) / n), variance,
 * se, low, high. The first row, with `all` true, is that of all segments. No answer: n is 0 and the
 * rest null. With a floor, rows of fewer answers have nulls */
#define CSTN_TABLE_FEEDBACK_NET_PROMOTER 1
/** What goes wrong where: dimension ("all", "item", "carrier", "lane", "node", "segment", "stage"),
 *  value (null of "all"), reason, interactions (with this reason, but for PLAN_PROMISED),
 * customers, orders (those named), orders_at_risk (all orders of this value that any interaction
 * names), share (orders / orders_at_risk) with share_low, share_high (Wilson). In the order of
 * dimensions, values, reasons
 */
#define CSTN_TABLE_FEEDBACK_REASONS 2
/** Its orders: dimension, value, reason, order_id. Not with a floor */
#define CSTN_TABLE_FEEDBACK_ORDERS 3
/** Whether the loop closes: reason (of the PLAN_PROMISED; null: all plans), plans, plans_young
 * (whose time after is not over by until_us, which is needed; they are left out), before_failed and
 *  before_orders (ORDER_FAILED, and with ORDER_PERFECT, of the plan's customer in the (t - W, t]
 *  before it), before with before_low, before_high (Wilson), the same after, in (t, t + W], and
 *  change (after less before) with change_low, change_high (Newcombe). An order in the windows of
 *  two plans counts in each. It is an association: who was promised a plan was not drawn by lot */
#define CSTN_TABLE_FEEDBACK_EFFECT 4

/** A table of a set. @param table CSTN_TABLE_FEEDBACK_NET_PROMOTER .. _EFFECT @param options NULL,
 *  or start from CSTN_FEEDBACK_OPTIONS_INIT @param out copies what it needs; release it @return
 *  CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One caller at a time per set. O(n log n).
 *  Method: Wilson 1927; Newcombe 1998; Sweeney 2002 (k-anonymity).
 *  @since 0.1 @snippet feedback.c table */
CSTN_API cstn_status cstn_feedback_table(const cstn_interactions *set, int32_t table,
		const cstn_feedback_options *options, struct ArrowArrayStream *out,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
