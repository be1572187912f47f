#ifndef CONSTELLATION_JOURNEY_H
#define CONSTELLATION_JOURNEY_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/export.h>
#include <constellation/progress.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file journey.h
 *  Journeys: the steps customers take from a start to a goal, and where they wait, fail, turn back
 *  and drop off.
 *
 *      cstn_journey_definition_parse -> cstn_journeys_new -> _update* -> _merge -> _export
 *
 *  A journey opens when a customer without an open one takes a start step, and closes at a goal:
 *  *converted*. A pause longer than the definition's gap closes it too: *dropped*, at its last
 *  step. What still lies inside the gap at the as-of time is *open*, and in no drop-off rate. Steps
 *  that no journey is open for are counted apart. Of a customer's events at one instant those come
 *  first whose steps the definition names first, so time never runs backward: there are no negative
 *  waits, and what was noted in the wrong order shows as a backward move.
 *
 *  How a state merges: **events are kept** (16 bytes each) until cstn_journeys_settle(), so that
 *  rows come in any order, any split and any order of merging, and the bytes are the same. Settling
 *  turns events into counts, all of them integers, which then merge over disjoint sets of
 *  customers: an executor that sees all events of its customers settles and sends a few KiB.
 *
 *  Threads: a definition is immutable, any thread may use it; a state has one caller at a time.
 *  What is made from an object inherits its allocator. On failure outputs and states are untouched;
 *  the one failure with a result is CSTN_E_ROWS. */

#ifdef __cplusplus
extern "C" {
#endif

/* --- the definition --------------------------------------------------------------------------- */

/** Bytes of a definition's digest. */
#define CSTN_JOURNEY_DIGEST_SIZE 32
/** Most steps a definition has. */
#define CSTN_JOURNEY_STEPS_MAX 200

/** Steps, starts, goals, ranks and the gap. Immutable, refcounted, any thread. */
typedef struct cstn_journey_definition cstn_journey_definition;

/** A definition from its canonical text; text that is written otherwise is refused, so that the
 *  digest names the meaning.
 *
 *  Lines end with LF; words are parted by one blank:
 *
 *      cstn-journey 1
 *      gap 30 d
 *      step start 0 browse
 *      step - 1 order
 *      step - - gift wrap
 *      step - 2 ship
 *      step goal 3 deliver
 *
 *  - `gap`: a whole number and a unit, d h m s or us, the largest that holds it without a rest: a
 *  longer pause than this ends a journey
 *  - `step`: its role (`start`, `goal`, `start,goal` or `-`), its rank (0 .. 1,000,000; `-`: it has
 *  none) and its name, which is the rest of the line: 1 to 64 bytes of UTF-8, no control character,
 *  no blank at either end, none of START, GOAL, DROP, OPEN. A step whose rank is below the highest
 *  its journey has reached is a *backward move*
 *
 *  @param text not NUL-terminated @param len bytes of `text` @param allocator NULL is libc
 *  @param out release with cstn_journey_definition_unref()
 *  @return CSTN_OK; CSTN_E_FORMAT with the line, also without a start or a goal;
 *  CSTN_E_DUPLICATE for a step named twice; CSTN_E_LIMIT above CSTN_JOURNEY_STEPS_MAX steps;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread, O(size). @since 0.1 */
CSTN_API cstn_status cstn_journey_definition_parse(const char *text, size_t len,
		const cstn_allocator *allocator, cstn_journey_definition **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** The canonical text, NUL-terminated; "" for NULL. Borrowed from the definition. @param out_len
 *  NULL, or receives its length. Any thread, O(1). @since 0.1 */
CSTN_API const char *cstn_journey_definition_format(
		const cstn_journey_definition *definition, size_t *out_len);

/** SHA-256 (FIPS 180-4) of the canonical text. @param out 32 bytes; zeros for NULL. Any thread,
 *  O(1). @since 0.1 */
CSTN_API void cstn_journey_definition_digest(
		const cstn_journey_definition *definition, uint8_t out[CSTN_JOURNEY_DIGEST_SIZE]);

/** One more reference. Any thread, O(1). Each reference is given back with its `_unref`.
 *  @since 0.1 */
CSTN_API cstn_journey_definition *cstn_journey_definition_ref(cstn_journey_definition *definition);
/** One less; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_journey_definition_unref(cstn_journey_definition *definition);

/* --- the state -------------------------------------------------------------------------------- */

/** Journeys of customers. Mergeable; one caller at a time. */
typedef struct cstn_journeys cstn_journeys;

/** Options of an update, of settling and of an export; what a call has no use for is not looked at.
 */
typedef struct cstn_journeys_options {
	uint32_t struct_size;
	uint32_t flags; /**< 0 or CSTN_IMPORT_TRUSTED */
	/** 0 all processors, 1 the caller's thread only; results do not depend on it */
	int32_t threads;
	int32_t confidence_ppm;      /**< of intervals, 1..999,999; 0 means 950,000 */
	const cstn_binding *binding; /**< NULL, or how the stream's columns map to those below */
	cstn_progress *progress;     /**< NULL, or counts rows and cancels */
} cstn_journeys_options;
/* clang-format off */
#define CSTN_JOURNEYS_OPTIONS_INIT { sizeof(cstn_journeys_options), 0, 0, 0, NULL, NULL }
/* clang-format on */

/** An empty state. @param definition referenced @param as_of_us later events do not count, and time
 *  stands still there; at most 2^62 either way @param allocator NULL is libc @param out free with
 *  cstn_journeys_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread, O(1).
 *  @since 0.1 */
CSTN_API cstn_status cstn_journeys_new(cstn_journey_definition *definition, int64_t as_of_us,
		const cstn_allocator *allocator, cstn_journeys **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add events, one row each, in any order. Columns:
 *
 *  - `customer` (int64 or text): required, of one type in all updates; text has 1..64 bytes
 *  - `valid` (timestamp or date): required, when the step was taken
 *  - `step` (text): required, a step of the definition; map others with cstn_binding_value()
 *  - `failed` (flag): the step went wrong; absent or null: it did not
 *  - `segment` (text, 1..64 bytes): journeys are counted by the segment of their first event;
 *  absent or null: none
 *
 *  Every row counts: the events have no id by which one that comes again would be known.
 *
 *  @param state    unchanged on failure, but for CSTN_E_ROWS
 *  @param events   moved from, also on failure; an empty stream changes nothing
 *  @param options  NULL, or start from CSTN_JOURNEYS_OPTIONS_INIT
 *  @param bad_rows NULL, or receives the rows left out (NULL if none); free with
 *  cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if rows were left out, the others being in; CSTN_E_SCHEMA with
 *  every misfit, also for customers of another type; CSTN_E_STREAM; CSTN_E_LIMIT above 2^32 - 2
 *  events; CSTN_E_CANCELLED; CSTN_E_NOMEM
 *  Memory: 16 bytes an event, and each customer's id once. Time: one pass, O(1) an event: a
 *  look-up of its customer.
 *  Threads: one caller at a time per state; works on its thread. @since 0.1
 *  @snippet journey.c update */
CSTN_API cstn_status cstn_journeys_update(cstn_journeys *state, struct ArrowArrayStream *events,
		const cstn_journeys_options *options, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** Turn the events that the state holds into counts, and forget them: the caller's word that no
 *  other event of these customers will come. What comes all the same begins a history of its own.
 *  @param options NULL, or start from CSTN_JOURNEYS_OPTIONS_INIT @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_CANCELLED; CSTN_E_NOMEM, the state being unchanged. One caller
 *  at a time per state; works on options->threads, same bytes for any number. O(n log n) in the
 *  events of one customer. @since 0.1 */
CSTN_API cstn_status cstn_journeys_settle(cstn_journeys *state,
		const cstn_journeys_options *options, cstn_error **error) CSTN_MUST_CHECK;

/** Add what `from` holds to `into`: events to events, counts to counts. Associative and
 *  commutative; the same bytes in any order. @param from unchanged @return CSTN_OK;
 *  CSTN_E_MISMATCH if definition, as-of time or type of customer differ; CSTN_E_OVERFLOW;
 *  CSTN_E_LIMIT; CSTN_E_NOMEM, `into` being unchanged. One caller at a time uses either.
 *  O(events and counts of `from`). @since 0.1 */
CSTN_API cstn_status cstn_journeys_merge(
		cstn_journeys *into, const cstn_journeys *from, cstn_error **error) CSTN_MUST_CHECK;

/** Forget customers: the state is, byte by byte, one that never saw them. A count does not say of
 *  whom it is, so a state that was settled is not changed and has to be made again from the log.
 *  @param customers a stream with a column `customer`; moved from, also on failure; unknown ones
 *  are passed over @return CSTN_OK; CSTN_E_REBUILD if there are settled counts; CSTN_E_ROWS for a
 *  customer that is null, the state being unchanged; CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_NOMEM.
 *  One caller at a time. O(events). @since 0.1 */
CSTN_API cstn_status cstn_journeys_remove(cstn_journeys *state, struct ArrowArrayStream *customers,
		cstn_error **error) CSTN_MUST_CHECK;

/** The state as bytes: canonical, little-endian, with checksum; the definition is in them. @param
 *  out free with cstn_buffer_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One
 *  caller at a time. O(n log n) for the order of events. @since 0.1 */
CSTN_API cstn_status cstn_journeys_serialize(
		const cstn_journeys *state, cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** A state from bytes, which are not trusted. @param out free with cstn_journeys_free() @return
 *  CSTN_OK; CSTN_E_CORRUPT with what is wrong; CSTN_E_NEWER_FORMAT; CSTN_E_NOMEM. Any thread,
 *  O(size). @since 0.1 */
CSTN_API cstn_status cstn_journeys_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_journeys **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** The definition it counts by; NULL for NULL. Borrowed from the state. Any thread, O(1).
 *  @since 0.1 */
CSTN_API cstn_journey_definition *cstn_journeys_definition(const cstn_journeys *state);

/* --- tables ----------------------------------------------------------------------------------- */

/* Each begins with `segment` (text; null: journeys without one). Rows stand in the order of
 * segments (null first, text by its bytes), then of steps as the definition names them. A rate over
 * nothing is null. Intervals are Wilson's, of a difference Newcombe's. */

/** A row a segment: segment, journeys = converted + dropped + open, conversion (converted /
 *  (converted + dropped)) with conversion_low, conversion_high, events (in journeys), outside
 *  (events that no journey was open for), journeys_backward (with a backward move), journeys_failed
 *  (with a failed step), days_p50 and days_p90 (of converted ones, start to goal: quantiles from
 *  buckets of width 2^(1/8), within 4.5 %), definition (digest), as_of */
#define CSTN_TABLE_JOURNEY_OVERVIEW 1
/** A row a step: segment, step, rank, entries = left + dropped + open, left, dropped, open,
 * drop_off (dropped / (left + dropped)) with drop_off_low, drop_off_high, outside, backward
 * (entries by a backward move), journeys (that came here), converted (of them), ended (converted or
 * dropped), conversion (converted / ended) with conversion_low, conversion_high */
#define CSTN_TABLE_JOURNEY_STEPS 2
/** A row a pair that was gone: segment, from, to, count, share (of what left `from`), backward.
 *  `from` may be START, `to` GOAL, DROP or OPEN */
#define CSTN_TABLE_JOURNEY_TRANSITIONS 3
/** Time in steps, a row a step: segment, step, waits (that ended with a next step), mean_days,
 *  p50_days, p90_days of them (quantiles as above), still_open, km_p50_days, km_p90_days
 *  (Kaplan-Meier: when so many have gone on; open ones are censored at their age, dropped ones at
 *  the gap; null where the curve does not come so far), time_share (of all time waited) */
#define CSTN_TABLE_JOURNEY_TIMES 4
/** The curves behind it, a row a step and bucket: segment, step, days (middle of the bucket),
 *  at_risk, events, censored, share (gone on by then), se (Greenwood). Events come before
 *  censorings of a bucket */
#define CSTN_TABLE_JOURNEY_CURVES 5
/** Failures, a row a step: segment, step, entries, failures, failure_rate with failure_rate_low,
 *  failure_rate_high, blamed (first failure of its journey), later (not the first), and among
 *  journeys that ended: failed, failed_converted (of those with a failure here), passed,
 *  passed_converted (of those that came here without), lift (conversion of failed less that of
 *  passed) with lift_low, lift_high, reading ("association": it says what goes together, not what
 *  causes what), pain (failed x -lift where lift is negative, else 0: conversions that go missing
 *  with failures here) */
#define CSTN_TABLE_JOURNEY_FAILURES 6
/** A row a position in the journey, from 1: segment, position, entries, failures, failure_rate. The
 *  last, CSTN_JOURNEY_POSITIONS, stands for all from there on */
#define CSTN_TABLE_JOURNEY_POSITIONS 7
/** Positions that are counted one by one. */
#define CSTN_JOURNEY_POSITIONS 32
/** Paths by falling count, ties by their steps as numbered by the definition: segment, path (names
 *  of the first six steps, " > " between them, " > ..." where it goes on), journeys, converted,
 *  dropped, open, share (of the segment's journeys). A path is counted under its steps packed into
 *  one number, so no two of them can be taken for one */
#define CSTN_TABLE_JOURNEY_PATHS 8
/** Steps of a path that are kept. */
#define CSTN_JOURNEY_PATH_STEPS 6

/** A table as a stream. Events that are not settled are counted once after the last change.
 *  @param table CSTN_TABLE_JOURNEY_OVERVIEW .. _PATHS @param options NULL, or start from
 *  CSTN_JOURNEYS_OPTIONS_INIT @param out copies what it needs; release it @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_CANCELLED; CSTN_E_NOMEM. One caller at a time per state; works
 *  on options->threads. O(rows) after the count. Method: Wilson 1927; Newcombe 1998; Kaplan and
 *  Meier 1958; Greenwood 1926. @since 0.1 @snippet journey.c export */
CSTN_API cstn_status cstn_journeys_export(cstn_journeys *state, int32_t table,
		const cstn_journeys_options *options, struct ArrowArrayStream *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. When no other call uses it. @since 0.1 */
CSTN_API void cstn_journeys_free(cstn_journeys *state);

#ifdef __cplusplus
}
#endif

#endif
