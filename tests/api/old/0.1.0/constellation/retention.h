#ifndef CONSTELLATION_RETENTION_H
#define CONSTELLATION_RETENTION_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/export.h>
#include <constellation/progress.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file retention.h
 *  Who stays: churn, repeat purchase, growth of existing customers, cohorts; and how long contracts
 *  last.
 *
 *      cstn_retention_new -> _update* -> _merge -> _export(a question) -> a table
 *      cstn_contracts_new -> _update* -> _merge -> _export -> a table
 *
 *  A state of orders keeps what each customer bought on each day, so that every question may be
 *  asked of it later: other windows, another cut, cohorts by week. Rates are a numerator and a
 *  denominator. Windows are half open, [from, to). All counts and money are exact integers; a
 *  state has the same bytes for any split of the rows and any order of merging.
 *
 *  "First in the log" is not "first ever". A customer's first purchase is the first in the rows,
 *  unless the column `first_purchase_day` knows of an earlier one; the cohort with which the log
 *  begins says so where it is not known.
 *
 *  Threads: a state has one caller at a time. What is made from a state inherits its allocator. On
 *  failure outputs and states are untouched; the one failure with a result is CSTN_E_ROWS. */

#ifdef __cplusplus
extern "C" {
#endif

/* --- orders ----------------------------------------------------------------------------------- */

/** The column `order` says which rows are one order. Without it each row that is a purchase is an
 *  order */
#define CSTN_RETENTION_ORDERS 1u
/** The columns `item` and `quantity` are kept, for price, volume and assortment */
#define CSTN_RETENTION_ITEMS 2u

typedef struct cstn_retention_config {
	uint32_t struct_size;
	uint32_t flags; /**< CSTN_RETENTION_... */
	/** Where a column of days has times: the day is that of this many minutes ahead of UTC */
	int32_t utc_offset_minutes;
	int32_t reserved0; /**< 0 */
} cstn_retention_config;
#define CSTN_RETENTION_CONFIG_INIT                     \
	{                                              \
		sizeof(cstn_retention_config), 0, 0, 0 \
	}

typedef struct cstn_retention_options {
	uint32_t struct_size;
	uint32_t flags;              /**< 0 or CSTN_IMPORT_TRUSTED */
	const cstn_binding *binding; /**< NULL, or names, casts, scales */
	cstn_progress *progress;     /**< NULL, or counts rows and cancels */
} cstn_retention_options;
/* clang-format off */
#define CSTN_RETENTION_OPTIONS_INIT { sizeof(cstn_retention_options), 0, NULL, NULL }
/* clang-format on */

/** What each customer bought on each day. Mergeable. */
typedef struct cstn_retention cstn_retention;

/** An empty state. @param config NULL, or start from CSTN_RETENTION_CONFIG_INIT @param allocator
 *  NULL is libc @param out free with cstn_retention_free() @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE; CSTN_E_NOMEM. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_retention_new(const cstn_retention_config *config,
		const cstn_allocator *allocator, cstn_retention **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add rows of orders. Columns:
 *  - `customer` (int64 or text) and `day` (date or timestamp), required
 *  - `value` (int64 or decimal; absent: 0), of one scale in all updates
 *  - `quantity` (int64 or decimal), `cancelled` (flag), `currency` (text), optional
 *  - `order` (int64 or text), required with CSTN_RETENTION_ORDERS, else not read
 *  - `item` (int64 or text) and `quantity`, required with CSTN_RETENTION_ITEMS
 *  - `first_purchase_day` (date or timestamp, null where unknown), optional: the true first
 *    purchase of the customer, however long before the log; of several the earliest counts
 *
 *  A row that is cancelled is left out. A row makes its day a purchase day if its quantity is
 *  positive, or, without that column, if its value is not negative; a return only changes the
 *  value.
 *
 *  @param state    unchanged on failure, but for CSTN_E_ROWS
 *  @param lines    moved from, also on failure; an empty stream changes nothing
 *  @param options  NULL, or start from CSTN_RETENTION_OPTIONS_INIT
 *  @param bad_rows NULL, or receives the rows left out (NULL if none); free with
 *  cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if rows were left out, the others being in; CSTN_E_SCHEMA, also for
 *  values or quantities of another scale and ids of another type; CSTN_E_STREAM; CSTN_E_CURRENCY if
 *  a second currency comes; CSTN_E_CANCELLED; CSTN_E_NOMEM
 *  Memory: 32 bytes a customer and day (with orders, an order), and the ids; with items 64 bytes
 *  more for each customer, day and item. Time: one pass, then sorting: O(n log n).
 *  Threads: one caller at a time per state; this call works on its thread. @since 0.1 @snippet
 *  retention.c update */
CSTN_API cstn_status cstn_retention_update(cstn_retention *state, struct ArrowArrayStream *lines,
		const cstn_retention_options *options, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add what `from` holds to `into`. Associative and commutative. @param from unchanged in what it
 *  says @return CSTN_OK; CSTN_E_MISMATCH if configuration, type of id or scale differ;
 *  CSTN_E_CURRENCY; CSTN_E_NOMEM, `into` being unchanged. One thread at a time uses either.
 *  O(rows of `from`). @since 0.1 */
CSTN_API cstn_status cstn_retention_merge(cstn_retention *into, const cstn_retention *from,
		cstn_error **error) CSTN_MUST_CHECK;

/** Forget customers: the state is, byte by byte, one that never saw them. @param customers a stream
 *  with a column `customer`; moved from, also on failure; unknown ones are passed over @return
 *  CSTN_OK; CSTN_E_ROWS for a customer that is null, the state being unchanged; CSTN_E_SCHEMA;
 *  CSTN_E_STREAM; CSTN_E_NOMEM. One caller at a time per state. O(state). @since 0.1 */
CSTN_API cstn_status cstn_retention_remove(cstn_retention *state,
		struct ArrowArrayStream *customers, cstn_error **error) CSTN_MUST_CHECK;

/** The state as bytes: canonical, little-endian, with checksum. @param out free with
 *  cstn_buffer_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One caller at a
 *  time. O(n log n) for the order of ids. @since 0.1 */
CSTN_API cstn_status cstn_retention_serialize(
		const cstn_retention *state, cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** A state from bytes, which are not trusted. @param out free with cstn_retention_free() @return
 *  CSTN_OK; CSTN_E_CORRUPT with what is wrong; CSTN_E_NEWER_FORMAT; CSTN_E_NOMEM. Any thread,
 *  O(size). @since 0.1 */
CSTN_API cstn_status cstn_retention_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_retention **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Periods of cohorts. Weeks begin on Monday, or as period_origin_days says. */
#define CSTN_RETENTION_MONTH 0
#define CSTN_RETENTION_DAY 1
#define CSTN_RETENTION_WEEK 2
#define CSTN_RETENTION_QUARTER 3

/** What is asked of a state. */
typedef struct cstn_retention_question {
	uint32_t struct_size;
	uint32_t flags; /**< 0 */
	/** The last day of which all rows are in the state, included; later rows are not looked at.
	 *  What is not over by then is not counted as a loss: a window must end by then, a cell of
	 *  a cohort is null */
	int32_t as_of_days;
	int32_t base_from_days; /**< base window [from, to); both 0: no windows are asked for */
	int32_t base_to_days;
	int32_t next_from_days; /**< next window, not before the base window ends */
	int32_t next_to_days;
	int32_t horizon_days; /**< of repeat purchase by horizon; 0: it is not asked for */
	int32_t period;       /**< of cohorts: CSTN_RETENTION_MONTH, _DAY, _WEEK or _QUARTER */
	/** With weeks: a day on which one begins; 0 means Monday 1970-01-05 */
	int32_t period_origin_days;
	int32_t ages;      /**< cohorts are followed so many periods after the first; 0: all */
	int32_t reserved0; /**< 0 */
} cstn_retention_question;
/* clang-format off */
#define CSTN_RETENTION_QUESTION_INIT \
	{ sizeof(cstn_retention_question), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
/* clang-format on */

/** A row a rate: `metric` (text), `numerator`, `denominator` (int64; money in minor units), `rate`
 *  (double; null if the denominator is 0), `left_out` (int64: customers of whom it cannot be said):
 *  - repeat_by_cut: two purchase days or more / one or more, by as_of_days
 *  - repeat_by_horizon: second purchase day at most horizon_days after the first / customers whose
 *    first + horizon_days is not after as_of_days; the others are too young and left out
 *  - churn: active in the base window and not in the next / active in the base window. Active: at
 *    least one purchase day in it
 *  - growth: R1 - R0 / R0, the value of existing customers in the next and in the base window.
 *    Existing: first purchase before the next window begins
 *  - net_retention, gross_retention: sum of r1, of min(r0, r1) / sum of r0, over customers with
 *    r0 > 0; active ones of the base window with r0 <= 0 are left out
 *
 *  Without horizon or windows there are no rows for them. */
#define CSTN_RETENTION_TABLE_RATES 1
/** Why existing customers buy for more or less: `part` (text), `customers` (int64), `base`, `next`,
 *  `change` (decimal: value in the two windows, and next - base). Rows:
 *  - expansion (change above 0), contraction (below), lost (r0 > 0, r1 = 0), regained (r0 = 0,
 *    r1 > 0), unchanged; a customer is in one
 *  - existing: the sum of these, exactly
 *  - new: first purchase in the next window
 *  - other: who bought first later or never (returns alone); with these all value is there
 *  - with CSTN_RETENTION_ITEMS price, volume and assortment, which add up to the change of
 *    `existing` exactly; `customers`, `base` and `next` are null */
#define CSTN_RETENTION_TABLE_GROWTH 2
/** A row an item that existing customers bought or returned in one of the windows, in order of
 *  ids: `item`, `base_quantity`, `next_quantity` (as `quantity` came), `base`, `next`, `price`,
 *  `volume`, `assortment` (decimal). Where both quantities are above 0, volume = round(r0 q1 / q0)
 * - r0, half to even, and price is the rest of the change; else all change is assortment. So the
 *  three add up to next - base exactly */
#define CSTN_RETENTION_TABLE_ITEMS 3
/** A row a cohort and age, `cohort` (date its period begins), `age` (int64, periods since), `size`
 *  (int64: customers whose first purchase is in that period), `active` (int64: those with a
 *  purchase day in the period of that age), `orders` (int64), `revenue` (decimal), and
 *  `first_in_log` (flag): 1 where the log begins in the cohort's period and some of it may have
 *  bought before. Every cohort has the same ages; a period that is not over on as_of_days, or lies
 *  before the log, is null in the three */
#define CSTN_RETENTION_TABLE_COHORTS 4
/** A row a count: `name`, `n` (int64): customers (first purchase by as_of_days), after_as_of (first
 *  purchase later), without_purchase (returns alone), days (purchase days by as_of_days), orders */
#define CSTN_RETENTION_TABLE_COUNTS 5

/** A table of a state. @param table CSTN_RETENTION_TABLE_... @param question start from
 *  CSTN_RETENTION_QUESTION_INIT and set as_of_days @param out holds what it needs; release it
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT for a window that is empty, overlaps or is not over on
 *  as_of_days, and for tables that need windows without them; CSTN_E_STATE for items of a state
 *  without them; CSTN_E_OVERFLOW for a sum that leaves int64, with the customer where it is one's;
 *  CSTN_E_LIMIT for more than 2^24 cells of cohorts; CSTN_E_NOMEM. One caller at a time. O(state).
 *  @since 0.1 @snippet retention.c ask */
CSTN_API cstn_status cstn_retention_export(const cstn_retention *state, int32_t table,
		const cstn_retention_question *question, struct ArrowArrayStream *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. When no other call uses it. @since 0.1 */
CSTN_API void cstn_retention_free(cstn_retention *state);

/* --- contracts -------------------------------------------------------------------------------- */

/** Of an update: the rows are taken out again; each must have been added */
#define CSTN_CONTRACTS_REMOVE 1u

typedef struct cstn_contracts_options {
	uint32_t struct_size;
	uint32_t flags;              /**< CSTN_IMPORT_TRUSTED, CSTN_CONTRACTS_REMOVE */
	const cstn_binding *binding; /**< NULL, or names and casts */
	cstn_progress *progress;     /**< NULL, or counts rows and cancels */
} cstn_contracts_options;
/* clang-format off */
#define CSTN_CONTRACTS_OPTIONS_INIT { sizeof(cstn_contracts_options), 0, NULL, NULL }
/* clang-format on */

/** How many contracts began and ended when. Mergeable. */
typedef struct cstn_contracts cstn_contracts;

/** An empty state. @param allocator NULL is libc @param out free with cstn_contracts_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_contracts_new(const cstn_allocator *allocator, cstn_contracts **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add contracts, a row each, in one of two forms:
 *  - `start_day` (date) and `end_day` (date; null: it still runs). The contract runs on its first
 *    day and no longer on its end day
 *  - `time` (int64, 0 or more, in any unit) it was observed, and `ended` (flag): whether it ended
 *    then or was only observed so long
 *
 *  @param state unchanged on failure, but for CSTN_E_ROWS @param rows moved from, also on failure
 *  @param options NULL, or start from CSTN_CONTRACTS_OPTIONS_INIT @param bad_rows NULL, or receives
 *  the rows left out (NULL if none): nulls, an end before the start, a negative time; free with
 *  cstn_row_errors_free() @return CSTN_OK; CSTN_E_ROWS if rows were left out, the others being in;
 *  CSTN_E_SCHEMA, also for the other form than before; CSTN_E_STREAM; CSTN_E_STATE if a row to
 *  take out is not there; CSTN_E_CANCELLED; CSTN_E_NOMEM. Memory: 24 bytes for each pair of days
 *  that occurs. One caller at a time per state; O(rows). @since 0.1 @snippet retention.c contracts
 */
CSTN_API cstn_status cstn_contracts_update(cstn_contracts *state, struct ArrowArrayStream *rows,
		const cstn_contracts_options *options, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add what `from` holds to `into`. Associative and commutative. @param from unchanged in what it
 *  says @return CSTN_OK; CSTN_E_MISMATCH if the two have rows of different form; CSTN_E_NOMEM,
 *  `into` being unchanged. One thread at a time uses either. O(both). @since 0.1 */
CSTN_API cstn_status cstn_contracts_merge(cstn_contracts *into, const cstn_contracts *from,
		cstn_error **error) CSTN_MUST_CHECK;

/** The state as bytes: canonical, little-endian, with checksum. @param out free with
 *  cstn_buffer_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One caller at a
 *  time. O(state). @since 0.1 */
CSTN_API cstn_status cstn_contracts_serialize(
		const cstn_contracts *state, cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** A state from bytes, which are not trusted. @param out free with cstn_contracts_free() @return
 *  CSTN_OK; CSTN_E_CORRUPT with what is wrong; CSTN_E_NEWER_FORMAT; CSTN_E_NOMEM. Any thread,
 *  O(size). @since 0.1 */
CSTN_API cstn_status cstn_contracts_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_contracts **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** A row a time at which a contract ended or was last observed, ascending: `time` (int64, days or
 *  the unit of `time`), `at_risk`, `ended`, `censored` (int64), `survival` (double: Kaplan and
 * Meier 1958, the product of 1 - ended / at_risk so far), `se` (double: Greenwood's; null once
 * survival is 0). Contracts that begin after as_of_days are not looked at; one that does not end by
 * then is censored on that day */
#define CSTN_CONTRACTS_TABLE_SURVIVAL 1
/** One row of the period [from_days, to_days): `ended` (int64: ended in it, of those below),
 *  `contracts` (int64: began before it and had not ended before it), `churn` (double: their
 *  quotient, null if there are none), `joined` (int64: began in it; in neither). Only of states of
 *  days */
#define CSTN_CONTRACTS_TABLE_CHURN 2

/** A table of a state. @param table CSTN_CONTRACTS_TABLE_... @param as_of_days the last day of
 * which all is known, included; INT32_MIN where contracts are told by times @param
 * from_days,to_days the period of churn; else 0 @param out holds what it needs; release it @return
 * CSTN_OK; CSTN_E_INVALID_ARGUMENT, also for a state of days without as_of_days and a period that
 * is empty or not over on that day; CSTN_E_STATE for churn of a state without days; CSTN_E_NOMEM.
 * One caller at a time. O(state). @since 0.1 @snippet retention.c contracts */
CSTN_API cstn_status cstn_contracts_export(const cstn_contracts *state, int32_t table,
		int32_t as_of_days, int32_t from_days, int32_t to_days,
		struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. When no other call uses it. @since 0.1 */
CSTN_API void cstn_contracts_free(cstn_contracts *state);

#ifdef __cplusplus
}
#endif

#endif
