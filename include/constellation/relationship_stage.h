#ifndef CONSTELLATION_RELATIONSHIP_STAGE_H
#define CONSTELLATION_RELATIONSHIP_STAGE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/export.h>
#include <constellation/progress.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file relationship_stage.h
 *  Where a customer stands, and how it came there: eight stages, moved forward and backward by
 *  rules over what happened, and over what did not.
 *
 *  The stage is a pure function of (policy, set of events, as-of time, known time): events count in
 *  the order of (time, event id) whatever the order they arrive in, and one that arrives twice
 *  counts once. Rules are tried after each event, and once at each instant where a window, an age
 *  or a dwell time runs out: silence moves customers too. Each move names its rule, its reason and
 *  the events it rests on.
 *
 *      cstn_stage_policy_parse -> cstn_stage_replay -> cstn_stage_history_export
 *                                                  -> cstn_stage_history_summary -> _merge ...
 *                              -> cstn_stage_state_new -> _update* -> _finish -> the same
 *
 *  The stages, their ranks, the rules and their thresholds are this library's own.
 *
 *  Policies and histories are immutable: any number of threads may read one. A summary and a
 *  state have one caller at a time. What is made from an object inherits its allocator. Reading
 * calls answer NULL with 0 or "". On failure outputs are untouched; the one failure with a result
 * is CSTN_E_ROWS. */

#ifdef __cplusplus
extern "C" {
#endif

/** Stages. Permanent. */
#define CSTN_STAGE_PROSPECT 0
#define CSTN_STAGE_LOST 1
#define CSTN_STAGE_DORMANT 2
#define CSTN_STAGE_CRISIS 3
#define CSTN_STAGE_STRUGGLE 4
#define CSTN_STAGE_RECOVERY 5
#define CSTN_STAGE_COMMIT 6
#define CSTN_STAGE_DEVELOP 7
/** Stages are below this. */
#define CSTN_STAGE_COUNT 8

/** "COMMIT"; "" for unknown numbers. Static memory. Any thread, O(1). @since 0.1 */
CSTN_API const char *cstn_stage_name(int32_t stage);

/** PROSPECT and LOST 0, DORMANT 1, CRISIS 2, STRUGGLE and RECOVERY 3, COMMIT 4, DEVELOP 5; -1 for
 *  unknown numbers. A move is forward, backward or lateral as the rank rises, falls or stays. Any
 *  thread, O(1). @since 0.1 */
CSTN_API int32_t cstn_stage_rank(int32_t stage);

/* --- the policy ------------------------------------------------------------------------------- */

/** Bytes of a stage policy's digest. */
#define CSTN_STAGE_DIGEST_SIZE 32

/** Rules that move customers. Immutable, refcounted, any thread. */
typedef struct cstn_stage_policy cstn_stage_policy;

/** A policy from its canonical text; text that is written otherwise is refused, so that the digest
 *  names the rules.
 *
 *  Lines end with LF; words are parted by one blank:
 *
 *      cstn-stage-policy 1
 *      failures COMPLAINT,RETURN_FAULT,ORDER_FAILED in 90
 *      growth REFERRAL,PRICE_INCREASE_ACCEPTED,NEW_CATEGORY,FIRST_CHOICE in 180
 *      R08 COMMIT,DEVELOP -> STRUGGLE dwell 0 reason failures when failures >= 2000
 *      R09 STRUGGLE -> COMMIT dwell 30 reason failures_gone when failures <= 500
 *
 *  A rule is: id, stages it leaves, the stage it goes to, days the stage must have lasted, a reason
 *  and a condition: terms parted by `or`, of tests parted by `and`. The first rule that holds
 * fires, then rules are tried again without the event. An id may head several lines (other targets
 * of one rule). Stages and kinds stand in the order of their numbers. Tests:
 *
 *  - `event KIND,KIND`: one of these kinds has just happened
 *  - `failures OP n`: weights (thousandths) of the failure kinds within their days
 *  - `growth OP n`: how many different growth kinds within their days
 *  - `perfect_orders OP n`: ORDER_PERFECT since the stage began
 *  - `ticket_days`, `order_days`, `failure_days`, `past_due_days`, each `>= n` or `< n`: age in
 *  whole days of the oldest open ticket, the last ORDER, the last failure, and the day named by the
 *  last DUE_DAY since the last ORDER. Without a ticket or a due day the age is -1; without an order
 *  or a failure it is infinite
 *
 *  OP is one of >= > <= < =. A window of W days at t is (t - W, t].
 *
 *  @param text NULL for the built-in policy, whose text cstn_stage_policy_format() shows
 *  @param len  bytes of `text`
 *  @param out  release with cstn_stage_policy_unref()
 *  @return CSTN_OK; CSTN_E_FORMAT with the line; CSTN_E_POLICY where a rule from A to B and one
 * from B to A test the same signal and leave no gap between their thresholds (the customer would go
 * to and fro); CSTN_E_LIMIT above 64 rules, 8 terms or 8 tests; CSTN_E_NOMEM. Any thread, O(size +
 *  rules^2). @since 0.1 */
CSTN_API cstn_status cstn_stage_policy_parse(const char *text, size_t len,
		const cstn_allocator *allocator, cstn_stage_policy **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** The canonical text, NUL-terminated. Borrowed from the policy. @param out_len NULL, or receives
 *  its length. Any thread, O(1). @since 0.1 */
CSTN_API const char *cstn_stage_policy_format(const cstn_stage_policy *policy, size_t *out_len);

/** SHA-256 (FIPS 180-4) of the canonical text. @param out 32 bytes; zeros for NULL. Any thread,
 *  O(1). @since 0.1 */
CSTN_API void cstn_stage_policy_digest(
		const cstn_stage_policy *policy, uint8_t out[CSTN_STAGE_DIGEST_SIZE]);

/** One more reference. Any thread, O(1). Each reference is given back with its `_unref`.
 *  @since 0.1 */
CSTN_API cstn_stage_policy *cstn_stage_policy_ref(cstn_stage_policy *policy);
/** One less; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_stage_policy_unref(cstn_stage_policy *policy);

/* --- replay ----------------------------------------------------------------------------------- */

/** Each customer's events come one after another, in any order among themselves. Then only those of
 *  some customers are held at a time. A break of this promise is always noticed and is
 *  CSTN_E_NOT_CLUSTERED. */
#define CSTN_STAGE_GROUPED 1u

/** Options of a replay. */
typedef struct cstn_stage_options {
	uint32_t struct_size;
	uint32_t flags; /**< CSTN_STAGE_GROUPED, CSTN_IMPORT_TRUSTED */
	/** 0 all processors, 1 the caller's thread only; results do not depend on it */
	int32_t threads;
	/** of the matrix of periods in the summary, at most a million; 0 means 30 */
	int32_t period_days;
	int64_t as_of_us; /**< later events do not count, and time stands still */
	int64_t known_us; /**< events recorded later do not count; 0 means no such limit */
	const cstn_binding *binding; /**< NULL, or how the stream's columns map to those below */
	cstn_progress *progress;     /**< NULL, or counts rows and cancels */
} cstn_stage_options;
/* clang-format off */
#define CSTN_STAGE_OPTIONS_INIT { sizeof(cstn_stage_options), 0, 0, 0, 0, 0, NULL, NULL }
/* clang-format on */

/** Moves of all customers. Immutable, any thread. */
typedef struct cstn_stage_history cstn_stage_history;

/** Replay events into moves. One row an event, in any order. Columns:
 *
 *  - `customer` (int64 or text): required; text has 1..64 bytes
 *  - `event_id` (int64 or text): required, unique within a customer. The same event again is
 *  dropped (of two recorded times the earlier counts); another one under the same id leaves both
 * out (CSTN_ROW_CONFLICT)
 *  - `kind` (text): required, a name of interaction.h; map others with cstn_binding_value()
 *  - `valid` (timestamp or date): required, when it happened
 *  - `recorded` (timestamp or date): when it was known; absent or null: as soon as it happened
 *  - `weight_milli` (int64, 0 .. 10^12): of failures, in thousandths of a usual order; absent or
 *  null: 1000, as are those of tickets and due days
 *  - `reference` (int64 or text): required for TICKET_OPENED and TICKET_CLOSED, which it joins
 *  - `due` (timestamp or date): required for DUE_DAY: the day named begins there and lasts 24 hours
 *
 *  @param policy   referenced
 *  @param events   moved from, also on failure
 *  @param options  as_of_us is needed: start from CSTN_STAGE_OPTIONS_INIT
 *  @param out      free with cstn_stage_history_free()
 *  @param bad_rows NULL, or receives the rows left out (NULL if none); free with
 *  cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if rows were left out, with a history of the others; CSTN_E_SCHEMA
 *  with every misfit; CSTN_E_POLICY if a customer makes more than 8 moves at one instant, naming
 *  customer, instant and rule; CSTN_E_NOT_CLUSTERED with the customer; CSTN_E_STREAM; CSTN_E_LIMIT
 *  above 2^32 - 2 events; CSTN_E_CANCELLED; CSTN_E_NOMEM
 *  Memory: 40 bytes an event while it runs, and its text; with CSTN_STAGE_GROUPED those of some
 *  33,000 events and one customer's, whatever their number; 56 bytes a move in the result.
 *  Time: one pass, then O(n log n) in the events of one customer.
 *  Threads: any; works on options->threads. @since 0.1 @snippet customer_stages.c replay */
CSTN_API cstn_status cstn_stage_replay(cstn_stage_policy *policy, struct ArrowArrayStream *events,
		const cstn_stage_options *options, const cstn_allocator *allocator,
		cstn_stage_history **out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/* --- events that come over time --------------------------------------------------------------- */

/** Events of customers under construction, from which histories are made again and again: what
 *  comes is added, what was replayed is not replayed. The history is that of cstn_stage_replay() of
 *  all events at once, whatever the pieces and order they came in. One caller at a time.
 *
 *  **What it keeps.** All events (32 bytes each, and ids that are text), for one that is late must
 *  find its place; the moves (56 bytes each); and, of fixed size, each customer and a snapshot
 *  after each 64th event of a customer and after its last one: stage, time of entry, and
 *  where the events still inside a window are. A late event replays from the last snapshot before
 *  it. Where the caller promises that none comes any more before some instant,
 *  cstn_stage_state_settle() lets go of all before it but the open window. */
typedef struct cstn_stage_state cstn_stage_state;

/** An empty state. @param policy referenced @param known_us events recorded later do not count; 0
 *  means no such limit @param allocator NULL is libc @param out free with cstn_stage_state_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread, O(1). @since 0.1
 *  @snippet customer_stages.c day_by_day */
CSTN_API cstn_status cstn_stage_state_new(cstn_stage_policy *policy, int64_t known_us,
		const cstn_allocator *allocator, cstn_stage_state **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add events: columns as for cstn_stage_replay(), of the same types in all updates. An event that
 *  is there is dropped. Another one under an id that is there is in conflict (CSTN_ROW_CONFLICT):
 *  from the later one's time on neither counts. One before the instant up to which the state is
 *  settled is late (CSTN_ROW_ORDER) and left out.
 *
 *  @param state    unchanged on failure, but for CSTN_E_ROWS
 *  @param events   moved from, also on failure; an empty stream changes nothing
 *  @param options  NULL, or start from CSTN_STAGE_OPTIONS_INIT: binding, progress and
 *  CSTN_IMPORT_TRUSTED are looked at
 *  @param bad_rows NULL, or receives the rows left out (NULL if none); free with
 *  cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if rows were left out, the others being in; CSTN_E_SCHEMA with
 *  every misfit, also for ids of another type; CSTN_E_STREAM; CSTN_E_LIMIT above 2^32 - 2 events;
 *  CSTN_E_CANCELLED; CSTN_E_NOMEM
 *  Memory: 70 bytes an event of this stream while it runs. Time: one pass and
 *  a sort of what came where ids rise; else the events of the customers concerned are sorted.
 * Threads: one caller at a time per state; works on its thread. @since 0.1 @snippet
 * customer_stages.c day_by_day */
CSTN_API cstn_status cstn_stage_state_update(cstn_stage_state *state,
		struct ArrowArrayStream *events, const cstn_stage_options *options,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

/** Add the events that `from` holds to `into`. Associative and commutative; the same bytes in any
 *  order. @param from unchanged @return CSTN_OK; CSTN_E_MISMATCH if policy or known time differ, or
 *  if one was settled; CSTN_E_SCHEMA for ids of another type; CSTN_E_LIMIT; CSTN_E_NOMEM, `into`
 *  being unchanged. One caller at a time uses either. O(events). @since 0.1 */
CSTN_API cstn_status cstn_stage_state_merge(cstn_stage_state *into, const cstn_stage_state *from,
		cstn_error **error) CSTN_MUST_CHECK;

/** Let go of what is settled: the caller's word that no event of before `before_us` comes any more,
 *  nor another one under an id of theirs. Of these only what rules may still look at is kept: the
 *  open window, open tickets, the last event of each kind that counts, and the moves. Customers
 *  with events in conflict keep theirs.
 *  @param before_us at most 2^62 either way; one that is settled already changes nothing
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_POLICY as of cstn_stage_replay(); CSTN_E_NOMEM,
 *  the state being unchanged. One caller at a time; works on its thread. O(events since the last
 *  snapshots + what stays). @since 0.1 */
CSTN_API cstn_status cstn_stage_state_settle(
		cstn_stage_state *state, int64_t before_us, cstn_error **error) CSTN_MUST_CHECK;

/** The history of the events so far. The state may go on after; it keeps what was replayed.
 *  @param options as_of_us is needed, not before what is settled; threads, period_days and progress
 *  are looked at: start from CSTN_STAGE_OPTIONS_INIT
 *  @param out     free with cstn_stage_history_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_POLICY if a customer makes more than 8 moves at
 *  one instant; CSTN_E_CANCELLED; CSTN_E_NOMEM. Time: O(customers + moves + events after the last
 *  snapshots). One caller at a time per state; works on options->threads, the same bytes for any
 * number. @since 0.1
 *  @snippet customer_stages.c day_by_day */
CSTN_API cstn_status cstn_stage_state_finish(cstn_stage_state *state,
		const cstn_stage_options *options, cstn_stage_history **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** The state as bytes, its policy with it: canonical, little-endian, with checksum. @param out free
 *  with cstn_buffer_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One caller at a
 *  time. O(events). @since 0.1 */
CSTN_API cstn_status cstn_stage_state_serialize(const cstn_stage_state *state, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** A state from bytes, which are not trusted. The first finish replays its events once. @param out
 *  free with cstn_stage_state_free() @return CSTN_OK; CSTN_E_CORRUPT with what is wrong;
 *  CSTN_E_NEWER_FORMAT for a newer version; CSTN_E_NOMEM. Any thread, O(events). @since 0.1 */
CSTN_API cstn_status cstn_stage_state_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_stage_state **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. When no other call uses it. @since 0.1 */
CSTN_API void cstn_stage_state_free(cstn_stage_state *state);

/* --- the history ------------------------------------------------------------------------------ */

/** A row a move, sorted by customer (numbers by size, text by its bytes), then number: customer,
 *  number (from 1), from, to, at, direction ("forward", "backward", "lateral"), rule, reason,
 *  first_event, last_event (ids as they came), evidence_count. Evidence: the events that the term
 *  which held looked at; for silence the last one before it. */
#define CSTN_TABLE_STAGE_MOVES 1
/** A row a customer as of the as-of time: customer, stage, since, moves, events */
#define CSTN_TABLE_STAGE_CUSTOMERS 2

/** A table as a stream. @param table CSTN_TABLE_STAGE_MOVES or _CUSTOMERS @param out copies what it
 *  needs; release it @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread, O(rows).
 *  @since 0.1 */
CSTN_API cstn_status cstn_stage_history_export(const cstn_stage_history *history, int32_t table,
		struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/** The stage a customer was in at an instant: after the moves of that instant. Before its first
 * move it is a prospect, from its first event on.
 *  @param customer,len the id, a number by its digits @param at_us the as-of time or before
 *  @param stage receives CSTN_STAGE_... @param since_us NULL, or receives when it was entered
 *  @return CSTN_OK; CSTN_DONE, with nothing written, before its first event; CSTN_E_NOT_FOUND;
 *  CSTN_E_INVALID_ARGUMENT, also for an instant after the as-of time. The outputs are the caller's.
 *  Any thread, O(log customers + log moves). @since 0.1 @snippet customer_stages.c stage_at */
CSTN_API cstn_status cstn_customer_stage_at(const cstn_stage_history *history, const char *customer,
		size_t len, int64_t at_us, int32_t *stage, int64_t *since_us,
		cstn_error **error) CSTN_MUST_CHECK;

/** The history as bytes: canonical, little-endian, with checksum, the policy in it. @param out free
 *  with cstn_buffer_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread.
 *  O(rows): 17 bytes a customer, 13 a move, and the ids. @since 0.1 */
CSTN_API cstn_status cstn_stage_history_serialize(const cstn_stage_history *history,
		cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** A history from bytes, which are not trusted: tables, stages at an instant and summary are those
 *  of the one they were made of. @param out free with cstn_stage_history_free() @return CSTN_OK;
 *  CSTN_E_CORRUPT with what is wrong, also where more than 2^62 us lie between a customer's first
 *  event and the as-of time; CSTN_E_NEWER_FORMAT for a newer version; CSTN_E_NOMEM. Any thread,
 *  O(size). @since 0.1 */
CSTN_API cstn_status cstn_stage_history_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_stage_history **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. When no other call uses it. @since 0.1 */
CSTN_API void cstn_stage_history_free(cstn_stage_history *history);

/* --- the summary ------------------------------------------------------------------------------ */

/** Counts of moves and of time in stages, mergeable over disjoint sets of customers. */
typedef struct cstn_stage_summary cstn_stage_summary;

/** The summary of a history. @param out free with cstn_stage_summary_free() @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread, O(stays in CRISIS). @since 0.1 */
CSTN_API cstn_status cstn_stage_history_summary(const cstn_stage_history *history,
		cstn_stage_summary **out, cstn_error **error) CSTN_MUST_CHECK;

/** Add what `from` holds to `into`. Associative and commutative; the same bytes in any order.
 *  @param from unchanged @return CSTN_OK; CSTN_E_MISMATCH if policy, as-of time, known time or
 *  period differ; CSTN_E_OVERFLOW; CSTN_E_NOMEM, `into` being unchanged. One caller at a time uses
 *  either. O(stays in CRISIS). @since 0.1 */
CSTN_API cstn_status cstn_stage_summary_merge(cstn_stage_summary *into,
		const cstn_stage_summary *from, cstn_error **error) CSTN_MUST_CHECK;

/** Take customers out again: the summary is, byte by byte, one that never saw them.
 *  @param summary unchanged on failure @param part the summary of a history of those customers
 *  alone, with the same policy and options; unchanged @return CSTN_OK; CSTN_E_STATE if they cannot
 *  all be in it; CSTN_E_MISMATCH if policy, as-of time, known time or period differ; CSTN_E_NOMEM.
 *  One caller at a time uses either. O(stays in CRISIS). @since 0.1 */
CSTN_API cstn_status cstn_stage_summary_remove(cstn_stage_summary *summary,
		const cstn_stage_summary *part, cstn_error **error) CSTN_MUST_CHECK;

/** The summary as bytes: canonical, little-endian, with checksum. @param out free with
 *  cstn_buffer_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One caller at a time.
 *  O(stays in CRISIS). @since 0.1 */
CSTN_API cstn_status cstn_stage_summary_serialize(const cstn_stage_summary *summary,
		cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** A summary from bytes, which are not trusted. @param out free with cstn_stage_summary_free()
 *  @return CSTN_OK; CSTN_E_CORRUPT with what is wrong; CSTN_E_NEWER_FORMAT for a newer version;
 *  CSTN_E_NOMEM. Any thread, O(size). @since 0.1 */
CSTN_API cstn_status cstn_stage_summary_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_stage_summary **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** One row: customers, moves, forward, backward, lateral, backward_share, recoveries (RECOVERY
 *  left), relapses (RECOVERY to CRISIS), relapse_share, policy, as_of. A share of nothing is
 *  null. */
#define CSTN_TABLE_STAGE_OVERVIEW 1
/** A row a pair of stages with moves: from, to, direction, moves, share of the moves out of
 *  `from` */
#define CSTN_TABLE_STAGE_TRANSITIONS 2
/** A row a stage: stage, customers (there as of the as-of time), stays_ended, stays_open, mean_days
 *  and p50_days, p90_days of the ended ones (quantiles from buckets of width 2^(1/8): within
 *  4.5 %), expected_periods to DEVELOP: t = (I - Q)^-1 1. What no one left, or from where DEVELOP
 *  was not reached, is null */
#define CSTN_TABLE_STAGE_STAYS 3
/** Kaplan-Meier of stays in CRISIS, a row an event and distinct duration: curve ("recovery": moves
 *  to RECOVERY, others censored; "left": any move), days, at_risk, events, censored, share (by
 *  then), se (Greenwood). Events come before censorings at a tie */
#define CSTN_TABLE_STAGE_CRISIS 4
/** The matrix of periods: from, to, periods, share. Stages at the begin and end of each period
 *  (back from the as-of time) that the customer was known in */
#define CSTN_TABLE_STAGE_PERIODS 5

/** A table as a stream. @param table CSTN_TABLE_STAGE_OVERVIEW .. _PERIODS @param out copies what
 *  it needs; release it @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One caller at a
 *  time; O(rows). Method: Kaplan and Meier 1958; Greenwood 1926. @since 0.1 */
CSTN_API cstn_status cstn_stage_summary_export(const cstn_stage_summary *summary, int32_t table,
		struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/** Value of a customer by the stage it is in: v = (I - P / (1 + d))^-1 m, P being the matrix of
 *  periods.
 *  @param margins  mean margin a period, a value a stage; finite
 *  @param discount d, rate a period; >= 0
 *  @param values   8 values, 0 where `known` is 0
 *  @param known    8 flags: 0 for a stage that no period began in, or from which such a stage is
 *  reached, and where the sum has no limit
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT. One caller at a time, O(1). Method: LU decomposition
 *  with partial pivoting. @since 0.1 */
CSTN_API cstn_status cstn_stage_summary_value(const cstn_stage_summary *summary,
		const double margins[CSTN_STAGE_COUNT], double discount,
		double values[CSTN_STAGE_COUNT], int32_t known[CSTN_STAGE_COUNT],
		cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. When no other call uses it. @since 0.1 */
CSTN_API void cstn_stage_summary_free(cstn_stage_summary *summary);

#ifdef __cplusplus
}
#endif

#endif
