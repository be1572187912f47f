#ifndef CONSTELLATION_LOYALTY_H
#define CONSTELLATION_LOYALTY_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/export.h>
#include <constellation/progress.h>
#include <constellation/rate.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file loyalty.h
 *  Happy and loyal: verdicts with bounds. What is known of a customer is yes, no or unknown, each
 *  with the evidence that decided, and a share over customers is a set of numbers, never one.
 *
 *  - happy: pays the same or more, and tells others
 *  - loyal: of at least three purchase occasions in our categories, every one came to us first
 *  - habitual: buys in regular cycles and missed none. Repeat purchase alone is not loyalty, for
 *  there may be one supplier only
 *
 *  Silence is unknown. What is known is collected in a state, in any order and any number of parts,
 *  and judged as of any day:
 *
 *      cstn_loyalty_new -> _update* -> _merge -> _serialize
 *                       -> cstn_loyalty_finish -> cstn_loyalty_verdicts_export, _flows
 *                                              -> cstn_verdict_explain
 *
 *  A state has one caller at a time. Verdicts are immutable: any number of threads may read them.
 *  What is made from an object inherits its allocator. The other functions keep nothing, allocate
 *  nothing and may be called from any thread. On failure outputs are untouched; the one failure
 *  that leaves a change is CSTN_E_ROWS. */

#ifdef __cplusplus
extern "C" {
#endif

/** A verdict. Permanent. */
#define CSTN_LOYALTY_UNKNOWN 0
#define CSTN_LOYALTY_NO 1
#define CSTN_LOYALTY_YES 2

/* --- what is known ---------------------------------------------------------------------------- */

/** Evidence, purchases and attributes of customers, mergeable. */
typedef struct cstn_loyalty cstn_loyalty;

/** An empty state. @param currency three capital letters of ISO 4217, in whose minor units all
 *  money is, or NULL: rows may then name none @param out free with cstn_loyalty_free()
 *  @return CSTN_OK; CSTN_E_NOT_FOUND for a currency that is none; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_NOMEM. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_loyalty_new(const char *currency, const cstn_allocator *allocator,
		cstn_loyalty **out, cstn_error **error) CSTN_MUST_CHECK;

/** What customers did and said, a row each; a table of interactions may be given as it is. Columns:
 *
 *  - `customer` (int64, or text of 1..64 bytes) and `valid` (timestamp or date): required
 *  - `source` (text): required, a word below or a name of interaction.h, also in small letters, as
 *  records have it; rows of other interactions are passed over
 *  - `number` (int64): an answer, or 0 for no and 1 for yes
 *  - `scale_min`, `scale_max` (int64): of a REVIEW's number; absent or null: 0 and 5
 *  - `public` (flag): 1 if others could read the REVIEW; absent or null: 0
 *  - `occasions` (int64, 1 .. 999,999) and `first` (int64, 0 .. occasions): how many purchase
 *  occasions the row is about and how many of them came to us first; absent or null: one, and
 *  `number` says whether
 *  - `expires` (timestamp or date): from when it does not count any more. Absent or null: what pays
 *  or tells counts for the options' `expiry_days`, occasions always
 *
 *  | source | says |
 *  |---|---|
 *  | PRICE_INCREASE_REFUSED | pays: no, as strong as prices and before them |
 *  | PAYS_STATED | pays: "would pay the same or more" 1, "would not" 0; prices beat it |
 *  | REFERRAL, REFERENCE | tells: yes |
 *  | RECOMMENDATION | tells: yes, if `number` is 1: verified |
 *  | REVIEW | tells, if public: yes from 4/5 of the scale on, no up to 2/5. A scale from 0 or 1 is
 *  measured from 0, another from its least number |
 *  | OUTREACH | we asked for a word: 1 given, 0 refused; tells: no if all were refused and no act
 *  says more |
 *  | NPS_ANSWER | 0..10; 9 and 10 are an intention to tell, which is no act |
 *  | FIRST_CHOICE, NOT_FIRST_CHOICE | one occasion of who was asked first |
 *  | QUOTE_REQUEST | occasions by the times of requests: who was asked first |
 *  | UNCOMPARED_ORDER | occasions of orders placed without comparing |
 *  | WALLET_SHARE | occasions by the share that the customer declares |
 *  | PANEL | occasions as a panel saw them |
 *  | ORDER | ordered then |
 */
#define CSTN_LOYALTY_ROWS_EVIDENCE 1
/** What customers bought, a row a line. Columns: `customer`; `item` (int64 or text of 1..64 bytes);
 *  `valid` (timestamp or date); `quantity` (int64) and `amount` (int64, minor units), negative for
 *  what came back; `currency` (text, where there is one). All but the last are required. */
#define CSTN_LOYALTY_ROWS_PURCHASES 2
/** Who customers are. Columns: `customer`, required; `segment`, `stage` (text); `valid` (timestamp
 *  or date): of several rows the latest that names one counts, the greater text at one instant;
 *  `margin` (int64, minor units): rows of a customer add up; `currency`. */
#define CSTN_LOYALTY_ROWS_CUSTOMERS 3

/** Options of an update. */
typedef struct cstn_loyalty_update_options {
	uint32_t struct_size;
	uint32_t flags;              /**< 0 or CSTN_IMPORT_TRUSTED */
	const cstn_binding *binding; /**< NULL, or how the stream's columns map to those above */
	cstn_progress *progress;     /**< NULL, or counts rows and cancels */
} cstn_loyalty_update_options;
/* clang-format off */
#define CSTN_LOYALTY_UPDATE_OPTIONS_INIT { sizeof(cstn_loyalty_update_options), 0, NULL, NULL }
/* clang-format on */

/** Add rows. @param kind CSTN_LOYALTY_ROWS_... @param rows moved from, also on failure
 *  @param options NULL, or start from CSTN_LOYALTY_UPDATE_OPTIONS_INIT
 *  @param bad_rows NULL, or receives the rows left out (NULL if none); free with
 *  cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if rows were left out, the others being in; CSTN_E_CURRENCY for a
 *  row of another currency; CSTN_E_MISMATCH where customers or items are text here and numbers
 *  before; CSTN_E_OVERFLOW with the customer; CSTN_E_SCHEMA with every misfit; CSTN_E_STREAM;
 *  CSTN_E_CANCELLED; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM
 *  Memory: 40 bytes a row of evidence, 32 a purchase. Time: one pass, O(1) a row.
 *  Threads: one caller at a time a state. @since 0.1 @snippet loyalty.c update */
CSTN_API cstn_status cstn_loyalty_update(cstn_loyalty *state, int32_t kind,
		struct ArrowArrayStream *rows, const cstn_loyalty_update_options *options,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

/** Add what `from` holds, which is unchanged. Rows are not told apart: give each once.
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT for a state into itself; CSTN_E_CURRENCY;
 *  CSTN_E_MISMATCH; CSTN_E_OVERFLOW with the customer; CSTN_E_NOMEM. One caller at a time for both.
 *  O(rows of `from`). @since 0.1 */
CSTN_API cstn_status cstn_loyalty_merge(
		cstn_loyalty *into, const cstn_loyalty *from, cstn_error **error) CSTN_MUST_CHECK;

/** Forget customers: the state is, byte by byte, one that never saw them. @param customers a stream
 *  with a column `customer`; moved from, also on failure; unknown ones are passed over @return
 *  CSTN_OK; CSTN_E_ROWS for a customer that is null, the state being unchanged; CSTN_E_SCHEMA;
 *  CSTN_E_STREAM; CSTN_E_NOMEM. One caller at a time per state. O(rows). @since 0.1 */
CSTN_API cstn_status cstn_loyalty_remove(cstn_loyalty *state, struct ArrowArrayStream *customers,
		cstn_error **error) CSTN_MUST_CHECK;

/** The state as bytes: the same for the same rows, however split, ordered and merged;
 *  little-endian, with checksum. @param state put in order @param out free with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_OVERFLOW with the customer; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One
 *  caller at a time. O(rows log rows). @since 0.1 */
CSTN_API cstn_status cstn_loyalty_serialize(
		cstn_loyalty *state, cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** A state from bytes, which are not trusted. @param out free with cstn_loyalty_free()
 *  @return CSTN_OK; CSTN_E_CORRUPT with what is wrong; CSTN_E_NEWER_FORMAT;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread, O(size). @since 0.1 */
CSTN_API cstn_status cstn_loyalty_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_loyalty **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. When no other call uses it. @since 0.1 */
CSTN_API void cstn_loyalty_free(cstn_loyalty *state);

/* --- verdicts --------------------------------------------------------------------------------- */

/** Which answers of one customer to the net promoter question count, of those in the order window.
 */
#define CSTN_LOYALTY_ANSWERS_LATEST 0
#define CSTN_LOYALTY_ANSWERS_FIRST 1
#define CSTN_LOYALTY_ANSWERS_ALL 2

/** How customers are judged. 0 means the default. A window of W days at t is (t - W, t]. */
typedef struct cstn_loyalty_options {
	uint32_t struct_size;
	uint32_t flags;  /**< 0 */
	int32_t threads; /**< 0 all processors; results do not depend on it */
	/** customers with an order within them are who the shares are about, and regularity is
	 *  looked at within them; 365 */
	int32_t order_window_days;
	int64_t as_of_us; /**< later rows do not count */
	/** where the earlier price window ends and the later one begins, such as the day of a price
	 *  rise; price_window_days before as_of_us */
	int64_t price_split_us;
	int32_t price_window_days;  /**< length of each of the two; 365 */
	int32_t expiry_days;        /**< of evidence without an end of its own; 365 */
	int32_t min_items;          /**< bought in both windows; 3 */
	int32_t min_occasions;      /**< 3 */
	int32_t price_slack_ppm;    /**< prices may fall by this much; 5,000 */
	int32_t quantity_slack_ppm; /**< quantities may; 100,000 */
	int32_t confidence_ppm;     /**< of intervals; 950,000 */
	int32_t answers;            /**< CSTN_LOYALTY_ANSWERS_... */
	cstn_progress *progress;    /**< NULL, or counts customers and cancels */
} cstn_loyalty_options;
/* clang-format off */
#define CSTN_LOYALTY_OPTIONS_INIT { sizeof(cstn_loyalty_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL }
/* clang-format on */

/** The verdicts of all customers as of an instant. Immutable, any thread. */
typedef struct cstn_loyalty_verdicts cstn_loyalty_verdicts;

/** Judge all customers.
 *
 *  Pays, by prices: over the items bought in both windows, at least min_items, P = sum q0 p1 / sum
 *  q0 p0 and Q = sum p0 q1 / sum p0 q0 (Laspeyres 1871), p being amount by quantity of the window.
 *  Prices that were met, P >= 1 - price_slack, give yes if Q >= 1 - quantity_slack, else no; both
 *  with 1e-12 for rounding. A refused price increase gives no. Without either the latest statement
 *  decides; of two at one instant the no. Tells: the latest act decides, of two at one instant the
 *  no. Loyal: the strongest source of occasions that says yes or no, in the order of the table
 *  above; asked first and requests are one. Habitual: three gaps between purchase days or more, of
 *  regularity k >= 2 (Erlang, by maximum likelihood), none, nor the silence since, as long as twice
 *  the median. Happy: pays and tells, by cstn_loyalty_and().
 *
 *  @param state   put in order, else unchanged @param options as_of_us is needed: start from
 *  CSTN_LOYALTY_OPTIONS_INIT @param out free with cstn_loyalty_verdicts_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT with the option; CSTN_E_OVERFLOW with the customer;
 *  CSTN_E_CANCELLED; CSTN_E_NOMEM. One caller at a time a state. O(rows log rows) the first time
 *  after an update, then O(rows). Works on options->threads. @since 0.1 @snippet loyalty.c finish
 */
CSTN_API cstn_status cstn_loyalty_finish(cstn_loyalty *state, const cstn_loyalty_options *options,
		cstn_loyalty_verdicts **out, cstn_error **error) CSTN_MUST_CHECK;

/** A row a customer, by id: customer, segment, stage, ordered (flag: within the order window),
 *  happy, loyal, habitual, pays, tells ("yes", "no", "unknown"), intends (an NPS answer of 9 or 10,
 *  the latest in force), pays_source ("PRICES", "PRICE_INCREASE_REFUSED", "PAYS_STATED"), pays_at,
 *  price_index, quantity_index, items (bought in both windows), tells_source, tells_at,
 *  loyal_source, loyal_at, occasions, first, share_mean, share_high (as of cstn_loyalty_judge()),
 *  purchase_days, regularity, cycle_days (median gap), margin. Null where there is none. */
#define CSTN_TABLE_LOYALTY_CUSTOMERS 1
/** Happy x loyal, nine rows each for all customers with an order in the window, for each segment,
 *  stage, and both: by ("all", "segment", "stage", "segment_stage"), segment, stage, happy, loyal,
 *  customers, margin (of those with 0 or more), negative_customers, negative_margin. */
#define CSTN_TABLE_LOYALTY_CELLS 2
/** Shares as sets, a row each for the groups above and happy, loyal, habitual, pays, tells,
 *  intends: by, segment, stage, verdict, customers, yes, no, unknown, lower = yes / customers,
 *  upper = (yes + unknown) / customers, known = yes / (yes + no), known_low, known_high (Wilson
 *  1927), post_stratified, strata_unknown, margin, margin_lower, margin_upper, margin_known (the
 *  same, weighted by margins of 0 or more), negative_customers, negative_margin. Strata are the
 *  segments, within a segment the stages: where one with customers has none known the share is
 *  null, and strata_unknown names them, parted by commas. */
#define CSTN_TABLE_LOYALTY_SHARES 3
/** Net promoter scores of the groups above: by, segment, stage, answers, promoters, passives,
 *  detractors, score, variance, standard_error, low, high. Null without answers. */
#define CSTN_TABLE_LOYALTY_PROMOTERS 4

/** A table as a stream. @param table CSTN_TABLE_LOYALTY_... @param out keeps what it needs; release
 *  it @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_OVERFLOW if margins do not add up in int64;
 *  CSTN_E_NOMEM. Any thread, O(customers). @since 0.1 @snippet loyalty.c shares */
CSTN_API cstn_status cstn_loyalty_verdicts_export(const cstn_loyalty_verdicts *verdicts,
		int32_t table, struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/** How customers moved between the nine cells from one day to another: from_happy, from_loyal,
 *  to_happy, to_loyal, customers, share (of those who came from the cell). 81 rows, then nine of
 *  those without an order in the first window (from is null) and nine of those without one in the
 *  second (to is null).
 *  @param before,after verdicts of two days @param out keeps what it needs; release it
 *  @return CSTN_OK; CSTN_E_MISMATCH where customers are text in one and numbers in the other;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread, O(customers). @since 0.1 */
CSTN_API cstn_status cstn_loyalty_verdicts_flows(const cstn_loyalty_verdicts *before,
		const cstn_loyalty_verdicts *after, struct ArrowArrayStream *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Which evidence decided on a customer, in words, with dates: a line each for happy, pays, tells,
 *  loyal and habitual.
 *  @param customer,len the id, a number by its digits @param out text, NUL-terminated after its
 *  size; free with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_NOT_FOUND; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread, O(log
 *  customers). @since 0.1 @snippet loyalty.c explain */
CSTN_API cstn_status cstn_verdict_explain(const cstn_loyalty_verdicts *verdicts,
		const char *customer, size_t len, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. When no other call uses them. @since 0.1 */
CSTN_API void cstn_loyalty_verdicts_free(cstn_loyalty_verdicts *verdicts);

/* --- the parts -------------------------------------------------------------------------------- */

/** Both of two verdicts (Kleene 1938): no and anything is no, yes and unknown is unknown: happy is
 *  "pays the same or more" and "tells others". -1 unless both are CSTN_LOYALTY_. Any thread, O(1).
 *  @since 0.1 */
CSTN_API int32_t cstn_loyalty_and(int32_t a, int32_t b);

/** Judge n customers by their purchase occasions: yes if all came to us first and there are enough,
 *  no if one did not, else unknown.
 *  @param occasions     O of each customer, 0 .. 999,999
 *  @param first         F of each, 0 .. O: occasions that came to us first
 *  @param min_occasions 0 means 3
 *  @param verdicts      n CSTN_LOYALTY_
 *  @param share_mean    NULL, or n posterior means of the share of first choices, (F + 1) / (O + 2)
 *  @param share_high    NULL, or n probabilities that this share is 0.95 or more, which is the tail
 *  of a beta distribution of F + 1 and O - F + 1
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT with the place and the numbers. Arrays are the
 * caller's. Any thread; O(n); `share_high` is a continued fraction a customer. Method: Bayes with
 * a uniform prior. @since 0.1 */
CSTN_API cstn_status cstn_loyalty_judge(const int64_t *occasions, const int64_t *first, size_t n,
		int64_t min_occasions, int32_t *verdicts, double *share_mean, double *share_high,
		cstn_error **error) CSTN_MUST_CHECK;

/** A share over customers as a set: bounds, and the share among those of whom it is known.
 *  @param yes,no,unknown customers with each verdict, 0 or more
 *  @param confidence_ppm of the interval, 1..999,999; 0 means 950,000
 *  @param lower          yes / N; NaN for N = 0
 *  @param upper          (yes + unknown) / N; NaN for N = 0
 *  @param known          yes / (yes + no) with its Wilson interval; start from CSTN_RATE_INIT
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_OVERFLOW if N does not fit. Outputs are the
 *  caller's. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_loyalty_share(int64_t yes, int64_t no, int64_t unknown,
		int32_t confidence_ppm, double *lower, double *upper, cstn_rate *known,
		cstn_error **error) CSTN_MUST_CHECK;

/** The share of all customers when strata know unequally much: the sum over strata of N_s / N times
 *  yes_s / known_s.
 *  @param yes,no,unknown customers of n strata with each verdict
 *  @param out     receives it; NaN when there are no customers or a stratum with customers has none
 *  known
 *  @param missing NULL, or n flags: 1 for such a stratum
 *  @return CSTN_OK; CSTN_DONE when there is no number; CSTN_E_INVALID_ARGUMENT with the stratum;
 *  CSTN_E_OVERFLOW. Arrays are the caller's. Any thread, O(n). @since 0.1 */
CSTN_API cstn_status cstn_loyalty_post_stratified(const int64_t *yes, const int64_t *no,
		const int64_t *unknown, size_t n, double *out, int32_t *missing,
		cstn_error **error) CSTN_MUST_CHECK;

/** Answers of a net promoter question: 0..10. */
#define CSTN_NET_PROMOTER_ANSWERS 11

/** The net promoter score, which has no form without its count and its error: (P - D) / n of
 *  promoters (9, 10) and detractors (0..6), with the interval of +- z standard errors.
 *  @param answers        how often each answer 0..10 was given, 0 or more
 *  @param confidence_ppm of the interval, 1..999,999; 0 means 950,000
 *  @param out            numerator P - D, which may be negative, denominator n; null for n = 0;
 *  start from CSTN_RATE_INIT
 *  @param variance       (P + D) / n - ((P - D) / n)^2; NaN for n = 0
 *  @param standard_error sqrt(variance / n); NaN for n = 0
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_OVERFLOW if n does not fit. Outputs are the
 *  caller's. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_net_promoter(const int64_t answers[CSTN_NET_PROMOTER_ANSWERS],
		int32_t confidence_ppm, cstn_rate *out, double *variance, double *standard_error,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
