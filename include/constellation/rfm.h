#ifndef CONSTELLATION_RFM_H
#define CONSTELLATION_RFM_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/export.h>
#include <constellation/progress.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file rfm.h
 *  Recency, frequency, monetary value: purchases in, a row a customer out, scores and named
 *  segments.
 *
 *      cstn_purchases_new -> _update* -> _merge -> _export -> cstn_rfm_fit -> _predict
 *
 *  A state of purchases keeps 32 bytes a customer: first and last purchase day, how many days, the
 *  value of all and of the first. It has the same bytes for any split of the rows, any order of
 *  merging. Its table of customers feeds cstn_rfm_fit(), clustering and the models of customer
 *  value (columns x, tx, T, spend).
 *
 *  A fitted cstn_rfm is frozen: it scores next month with the cuts of today, and
 *  cstn_rfm_drift() tells when to fit again.
 *
 *  Threads: a state has one caller at a time; a model is immutable, any thread may use it. What is
 *  made from a state or a model inherits its allocator. Reading calls answer NULL with 0 or NULL.
 *  On failure outputs and states are untouched; the one failure with a result is CSTN_E_ROWS. */

#ifdef __cplusplus
extern "C" {
#endif

/* --- purchases -------------------------------------------------------------------------------- */

/** Rows come in any order, in any split. Distinct days are kept, 1 to 2 bytes a day. */
#define CSTN_ORDERING_NONE 0
/** The purchases of a customer come in day order, and two states of one customer touch at most in
 *  one day. A break of this promise is always noticed and is CSTN_E_NOT_CLUSTERED */
#define CSTN_ORDERING_BY_TIME 1

/** Customers are any int64, or text */
#define CSTN_IDS_ANY 0
/** Customers are numbers 0, 1, 2, .. with few holes: 32 bytes for each up to the greatest */
#define CSTN_IDS_DENSE 1

/** Only days from_days to to_days, both included, are in. The others are left out; customers who
 *  have no other are counted */
#define CSTN_PURCHASES_WINDOW 1u
/** Every row of a purchase counts as one, also several of a day. x, tx and T are null then */
#define CSTN_PURCHASES_EACH_ROW 2u

typedef struct cstn_purchases_config {
	uint32_t struct_size;
	uint32_t flags;    /**< CSTN_PURCHASES_... */
	int32_t ordering;  /**< CSTN_ORDERING_... */
	int32_t ids;       /**< CSTN_IDS_... */
	int32_t from_days; /**< with CSTN_PURCHASES_WINDOW */
	int32_t to_days;   /**< the same */
	/** Where the column `day` has times: the day is that of this many minutes ahead of UTC */
	int32_t utc_offset_minutes;
	/** Purchases of a period of so many days merge into one, on its first day; 0 means 1, a day
	 */
	int32_t period_days;
	/** A day on which a period begins; 0 means Monday 1970-01-05 */
	int32_t period_origin_days;
	int32_t reserved0; /**< 0 */
	/** With CSTN_IDS_DENSE: ids are below this; 0 means 2^28 */
	int64_t dense_limit;
} cstn_purchases_config;
/* clang-format off */
#define CSTN_PURCHASES_CONFIG_INIT { sizeof(cstn_purchases_config), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
/* clang-format on */

typedef struct cstn_purchases_options {
	uint32_t struct_size;
	uint32_t flags;              /**< 0 or CSTN_IMPORT_TRUSTED */
	const cstn_binding *binding; /**< NULL, or names, casts, the scale of `value` */
	cstn_progress *progress;     /**< NULL, or counts rows and cancels */
} cstn_purchases_options;
/* clang-format off */
#define CSTN_PURCHASES_OPTIONS_INIT { sizeof(cstn_purchases_options), 0, NULL, NULL }
/* clang-format on */

/** What each customer bought, and when. Mergeable. */
typedef struct cstn_purchases cstn_purchases;

/** An empty state. @param config NULL, or start from CSTN_PURCHASES_CONFIG_INIT @param allocator
 *  NULL is libc @param out free with cstn_purchases_free() @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE; CSTN_E_NOMEM. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_purchases_new(const cstn_purchases_config *config,
		const cstn_allocator *allocator, cstn_purchases **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add rows of orders. Columns:
 *  - `customer` (int64 or text) and `day` (date or timestamp), required
 *  - `value` (int64 or decimal; absent or null: 0), of one scale in all updates
 *  - `quantity` (int64 or decimal), `cancelled` (flag), `currency` (text), optional
 *
 *  A row that is cancelled is left out. A row makes its day a purchase day if its value is not
 *  negative and its quantity, where there is one, is positive; else it only changes the value.
 *  Values on the first purchase day, returns of that day included, are the value of the first.
 *
 *  @param state    unchanged on failure, but for CSTN_E_ROWS
 *  @param lines    moved from, also on failure; an empty stream changes nothing
 *  @param options  NULL, or start from CSTN_PURCHASES_OPTIONS_INIT
 *  @param bad_rows NULL, or receives the rows left out (NULL if none); free with
 *  cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if rows were left out, the others being in; CSTN_E_SCHEMA, also for
 *  values of another scale and customers of another type; CSTN_E_STREAM; CSTN_E_NOT_CLUSTERED;
 *  CSTN_E_CURRENCY if a second currency comes; CSTN_E_OVERFLOW with the customer;
 *  CSTN_E_CANCELLED; CSTN_E_NOMEM
 *  Memory: 32 bytes a customer, and its id. Time: one pass, O(1) a row: a look-up of its
 *  customer; rows that come to a state that is not empty are collected apart and merged.
 *  Threads: one caller at a time per state; this call works on its thread. @since 0.1 @snippet
 *  rfm.c update */
CSTN_API cstn_status cstn_purchases_update(cstn_purchases *state, struct ArrowArrayStream *lines,
		const cstn_purchases_options *options, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add what `from` holds to `into`. Associative and commutative. @param from unchanged in what it
 *  says @return CSTN_OK; CSTN_E_MISMATCH if configuration, type of id or scale differ;
 *  CSTN_E_NOT_CLUSTERED; CSTN_E_CURRENCY; CSTN_E_OVERFLOW; CSTN_E_NOMEM, `into` being unchanged.
 *  One thread at a time uses either. O(customers of `from`). @since 0.1 */
CSTN_API cstn_status cstn_purchases_merge(cstn_purchases *into, const cstn_purchases *from,
		cstn_error **error) CSTN_MUST_CHECK;

/** Forget customers: the state is, byte by byte, one that never saw them. @param customers a stream
 *  with a column `customer`; moved from, also on failure; unknown ones are passed over @return
 *  CSTN_OK; CSTN_E_ROWS for a customer that is null, the state being unchanged; CSTN_E_SCHEMA;
 *  CSTN_E_STREAM; CSTN_E_NOMEM. One caller at a time per state. O(customers of the state).
 *  @since 0.1 */
CSTN_API cstn_status cstn_purchases_remove(cstn_purchases *state,
		struct ArrowArrayStream *customers, cstn_error **error) CSTN_MUST_CHECK;

/** The state as bytes: canonical, little-endian, with checksum. @param out free with
 *  cstn_buffer_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One caller at a
 *  time. O(n log n) for the order of customers. @since 0.1 */
CSTN_API cstn_status cstn_purchases_serialize(
		const cstn_purchases *state, cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** A state from bytes, which are not trusted. @param out free with cstn_purchases_free() @return
 *  CSTN_OK; CSTN_E_CORRUPT with what is wrong; CSTN_E_NEWER_FORMAT; CSTN_E_NOMEM. Any thread,
 *  O(size). @since 0.1 */
CSTN_API cstn_status cstn_purchases_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_purchases **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** A row a customer with a purchase day, in order of `customer` (int64 by size, text by bytes):
 *  - `customer`, `recency` (int64, days since the last purchase day), `frequency` (int64, purchase
 *  days), `monetary` (decimal: value of all)
 *  - `x` (int64: purchase days less the first), `tx`, `T` (double, in units: from the first to the
 *  last, and to as_of_days), `spend` (double: mean value of a day but for the first; null if x is
 *  0), `mean_value` (double: of every day)
 *  - `first_day`, `last_day` (date), `first_value` (decimal)
 *  - `log_gaps` (double: sum of the logarithms of the gaps in units; only with
 *  CSTN_ORDERING_NONE, for models of regular buyers) */
#define CSTN_PURCHASES_TABLE_CUSTOMERS 1
/** A row a count: `name`, `n` (int64): customers (the rows of the table of customers), after_as_of
 *  (who bought first after as_of_days), outside_window, without_purchase (returns alone), days
 *  (purchase days of the table) */
#define CSTN_PURCHASES_TABLE_COUNTS 2

/** A table of a state. @param table CSTN_PURCHASES_TABLE_... @param as_of_days the day at which
 *  customers are looked at; one who bought before and after it is an error, since what was bought
 *  by then is not kept: give the state a window that ends there @param unit_us the unit of tx and T
 *  in microseconds; 0 means 7 days; with period_days the unit is the period @param out holds what
 *  it needs; release it @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_STATE for a customer who
 *  bought on both sides of as_of_days; CSTN_E_NOMEM. One caller at a time. O(n log n) for the
 *  order. @since 0.1 @snippet rfm.c summary */
CSTN_API cstn_status cstn_purchases_export(const cstn_purchases *state, int32_t table,
		int32_t as_of_days, int64_t unit_us, struct ArrowArrayStream *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. When no other call uses it. @since 0.1 */
CSTN_API void cstn_purchases_free(cstn_purchases *state);

/* --- scores ----------------------------------------------------------------------------------- */

/** Dimensions of a model, in this order wherever there are three. */
#define CSTN_RFM_RECENCY 0
#define CSTN_RFM_FREQUENCY 1
#define CSTN_RFM_MONETARY 2

/** A value lies in the lowest bin with value < cut; without it value <= cut */
#define CSTN_RFM_LEFT_CLOSED 1u
/** One is added to every cut, as some packages do with days */
#define CSTN_RFM_PLUS_ONE 2u
/** Rows that break a rule are left out and counted; else one bad row refuses the fit */
#define CSTN_RFM_SKIP_BAD 4u

typedef struct cstn_rfm_options {
	uint32_t struct_size;
	uint32_t flags;  /**< CSTN_RFM_...; of predict and drift: 0 */
	int32_t bins[3]; /**< recency, frequency, monetary: 2..100; 0 means 5 */
	int32_t reserved0;
	/** NULL: no segments. The name of rules that come with the library, "ten-segments",
	 *  "abc-xyz" or "prime-sustain-manage", or rules as text, see cstn_rfm_rules() */
	const char *rules;
	const cstn_binding *binding; /**< NULL, or names and casts */
} cstn_rfm_options;
/* clang-format off */
#define CSTN_RFM_OPTIONS_INIT { sizeof(cstn_rfm_options), 0, {0, 0, 0}, 0, NULL, NULL }
/* clang-format on */

/** Cuts, segments and what was found when they were made. Immutable, refcounted. */
typedef struct cstn_rfm cstn_rfm;

/** Fit cuts: quantiles of type 7 (Hyndman and Fan 1996) over customers, a dimension each. Equal
 *  values have equal scores. Equal cuts become one, and so does a cut that no customer is beyond;
 *  how many bins are left is reported. Scores run from 1 to that; 5 of 5 is the most recent, the
 *  most frequent, the most valuable fifth. Columns of `customers`: `recency`, `frequency`,
 *  `monetary` (int64, decimal or double), and optionally `customer` (int64 or text).
 *  @param customers moved from, also on failure
 *  @param options   NULL, or start from CSTN_RFM_OPTIONS_INIT
 *  @param out       release with cstn_rfm_unref()
 *  @param bad_rows  NULL, or receives the rows that break a rule: null, NaN, infinite, recency or
 *  frequency below 0; free with cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if rows are bad and CSTN_RFM_SKIP_BAD is not set; CSTN_E_EMPTY;
 *  CSTN_E_DUPLICATE for a customer in two rows; CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_FORMAT for
 *  rules; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. O(n), 48 bytes a customer while it
 *  runs. @since 0.1 @snippet rfm.c fit */
CSTN_API cstn_status cstn_rfm_fit(struct ArrowArrayStream *customers,
		const cstn_rfm_options *options, const cstn_allocator *allocator, cstn_rfm **out,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

/** Score customers with the model's cuts. Columns out: `customer` as it came, if it did; `r`, `f`,
 *  `m` (int32), `rfm` (text, "434"; "10-3-4" where a dimension has ten bins or more), and with
 *  rules `segment` (text). A row that breaks a rule is null but for its customer, and a row error.
 *  @param customers as for cstn_rfm_fit(); moved from, also on failure @param binding NULL, or
 *  names and casts @param out release it @param bad_rows NULL, or receives what is wrong; free with
 *  cstn_row_errors_free() @return CSTN_OK; CSTN_E_ROWS if rows are bad, with a result;
 *  CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_NOMEM. Any thread. O(rows). @since 0.1 @snippet rfm.c
 *  predict */
CSTN_API cstn_status cstn_rfm_predict(const cstn_rfm *model, struct ArrowArrayStream *customers,
		const cstn_binding *binding, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

/** Has the population moved since the fit? A row a dimension and score: `dimension`, `score`,
 *  `customers_then`, `customers_now`, `share_then`, `share_now`, `difference`, and `index`: the
 *  dimension's population stability index, the sum of (now - then) ln(now / then) with half a
 *  customer for none; above 0.25 it is time to fit again. @param customers as for
 *  cstn_rfm_predict(); bad rows are left out @return as cstn_rfm_predict(), and CSTN_E_EMPTY;
 *  release `out`. Any thread. O(rows). @since 0.1 */
CSTN_API cstn_status cstn_rfm_drift(const cstn_rfm *model, struct ArrowArrayStream *customers,
		const cstn_binding *binding, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

/** A row a dimension and bin: `dimension` (recency, frequency, monetary), `score`, `low`, `high`
 *  (double, the cuts; null at the ends), `low_included`, `high_included` (flag), `customers`,
 *  `bins` (asked for), `effective_bins` */
#define CSTN_RFM_TABLE_CUTS 1
/** A row a segment, in order of the rules, OTHER last: `segment`, `customers`, `share`,
 *  `recency_mean`, `frequency` and `monetary` (sums, exact and rounded once) */
#define CSTN_RFM_TABLE_SEGMENTS 2
/** A row a pair of recency and frequency score that occurs: `r`, `f`, `customers`, `monetary`
 * (sum), `monetary_mean`: a heat map */
#define CSTN_RFM_TABLE_CELLS 3

/** What the fit found, as a table. @param table CSTN_RFM_TABLE_... @param out release it @return
 *  CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_STATE for segments of a model without rules;
 *  CSTN_E_NOMEM. Any thread, O(rows). @since 0.1 */
CSTN_API cstn_status cstn_rfm_export(const cstn_rfm *model, int32_t table,
		struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/** A number of a model: "customers", "bad_rows", "left_closed", "plus_one", and for each of
 *  recency, frequency and monetary "recency_bins", "recency_effective_bins", "recency_cut_1", ...
 *  @return CSTN_OK; CSTN_E_NOT_FOUND if there is none of that name. Any thread, O(1), no memory.
 *  @since 0.1 */
CSTN_API cstn_status cstn_rfm_get_param(const cstn_rfm *model, const char *name, double *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** The model as bytes, the same for the same customers whatever their order. @param out free with
 *  cstn_buffer_free() @return CSTN_OK; CSTN_E_NOMEM. Any thread, O(bins). @since 0.1 */
CSTN_API cstn_status cstn_rfm_serialize(
		const cstn_rfm *model, cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** A model from bytes, which are not trusted. @param out release with cstn_rfm_unref() @return
 *  CSTN_OK; CSTN_E_CORRUPT; CSTN_E_NEWER_FORMAT; CSTN_E_NOMEM. Any thread, O(size). @since 0.1 */
CSTN_API cstn_status cstn_rfm_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_rfm **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Rules that come with the library, as text: `name | R | F | M` a line, tried in order; a range of
 *  scores is `4-5`, `1`, or `*`; lines that begin with # and empty ones are passed over. Who meets
 *  no rule is OTHER. At most 1,000 rules, names of 1 to 64 bytes. @param name "ten-segments",
 *  "abc-xyz" (three bins), "prime-sustain-manage" @return static memory; NULL for an unknown name.
 *  Any thread, O(1). @since 0.1 */
CSTN_API const char *cstn_rfm_rules(const char *name);

/** One more reference. Any thread. Each reference is given back with cstn_rfm_unref(). @since 0.1
 */
CSTN_API cstn_rfm *cstn_rfm_ref(cstn_rfm *model);
/** One less; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_rfm_unref(cstn_rfm *model);

#ifdef __cplusplus
}
#endif

#endif
