#ifndef CONSTELLATION_DATA_VALUE_H
#define CONSTELLATION_DATA_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/constraint.h>
#include <constellation/export.h>
#include <constellation/progress.h>
#include <constellation/status.h>
#include <constellation/term.h>

/** @file data_value.h
 *  What data given and data received were worth: a ledger of both, the balance between two parties,
 *  and each player's share of what a coalition makes of its data (Shapley, 1953).
 *
 *  What a release costs and a receipt brings is the caller's to say, in minor units of one
 *  currency: customer value added, stock-outs avoided, forecast error saved; less exposure. The
 *  ledger adds up and compares, it suspends nothing. */

#ifdef __cplusplus
extern "C" {
#endif

/* --- the ledger ------------------------------------------------------------------------------- */

/** Rows of what was given and received. One caller at a time a ledger. */
typedef struct cstn_value_ledger cstn_value_ledger;

#define CSTN_VALUE_RELEASE 1 /**< the party gave */
#define CSTN_VALUE_RECEIPT 2 /**< the party received */

/** One release or receipt, of fields of one class; a release of several is several rows. Names are
 *  UTF-8 text with its length, 1 to 64 bytes. */
typedef struct cstn_value_row {
	uint32_t struct_size; /**< sizeof(cstn_value_row) */
	uint32_t flags;       /**< 0 */
	int32_t kind;         /**< CSTN_VALUE_RELEASE or _RECEIPT */
	int32_t level;        /**< CSTN_LEVEL_... of what went over */
	const char *constellation;
	size_t constellation_len;
	const char *party; /**< who gave or received */
	size_t party_len;
	const char *counterparty; /**< the other one */
	size_t counterparty_len;
	uint32_t field_class;          /**< one CSTN_CLASS_... */
	uint32_t fields;               /**< how many */
	int64_t at_us;                 /**< when, microseconds UTC */
	int64_t rows;                  /**< 0 or more */
	int64_t staleness_us;          /**< age of the data when they came; 0 or more */
	int64_t utility_in_minor;      /**< of a receipt: what it brought; 0 for a release */
	int64_t cost_out_minor;        /**< of a release: what it cost; 0 for a receipt */
	int32_t completeness_permille; /**< of what was agreed, 0 to 1,000 */
	int32_t reserved0;
} cstn_value_row;
/* clang-format off */
#define CSTN_VALUE_ROW_INIT { sizeof(cstn_value_row), 0, 0, 0, NULL, 0, NULL, 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
/* clang-format on */

/** An empty ledger. @param allocator NULL is libc @param out free with cstn_value_ledger_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_value_ledger_new(const cstn_allocator *allocator, cstn_value_ledger **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add a row. @param row start from CSTN_VALUE_ROW_INIT; copied @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT with the field; CSTN_E_NOMEM. One caller at a time a ledger; O(1).
 *  @since 0.1 */
CSTN_API cstn_status cstn_value_ledger_add(cstn_value_ledger *ledger, const cstn_value_row *row,
		cstn_error **error) CSTN_MUST_CHECK;

/** How many rows; 0 for NULL. One caller at a time a ledger, O(1). @since 0.1 */
CSTN_API size_t cstn_value_ledger_count(const cstn_value_ledger *ledger);

/** All rows in their order: kind ("release", "receipt"), constellation, party, counterparty, class
 *  ("public", "operational", "competitive", "pii_direct", "pii_quasi", "special"), level (int32),
 *  fields, rows, at (timestamp), completeness_permille, staleness_us, utility_in_minor,
 *  cost_out_minor. @param out release it @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM.
 *  One caller at a time a ledger; O(rows). @since 0.1 */
CSTN_API cstn_status cstn_value_ledger_export(const cstn_value_ledger *ledger,
		struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/** A ledger as bytes. @param out free with cstn_buffer_free() @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One caller at a time a ledger; O(rows). @since 0.1 */
CSTN_API cstn_status cstn_value_ledger_serialize(const cstn_value_ledger *ledger, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** A ledger out of bytes, which are not trusted. @param out free with cstn_value_ledger_free()
 *  @return CSTN_OK; CSTN_E_CORRUPT; CSTN_E_NEWER_FORMAT; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any
 *  thread. O(size). @since 0.1 */
CSTN_API cstn_status cstn_value_ledger_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_value_ledger **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. Any thread, once, when no other call uses it. @since 0.1 */
CSTN_API void cstn_value_ledger_free(cstn_value_ledger *ledger);

/** Set in cstn_value_balance.valid: there are receipts, so that they have a completeness and a
 *  staleness. */
#define CSTN_VALUE_HAS_RECEIPTS 1u

/** What one party gave another and received from it. Filled up to struct_size. */
typedef struct cstn_value_balance {
	uint32_t struct_size; /**< sizeof(cstn_value_balance) */
	uint32_t valid;       /**< CSTN_VALUE_HAS_RECEIPTS */
	int64_t releases;
	int64_t receipts;
	int64_t rows_given;
	int64_t rows_received;
	int64_t given_minor;           /**< the sum of cost_out_minor */
	int64_t received_minor;        /**< the sum of utility_in_minor */
	int64_t difference_minor;      /**< received less given */
	int64_t staleness_us;          /**< the greatest of a receipt */
	int32_t completeness_permille; /**< the least of a receipt */
	int32_t reserved0;
} cstn_value_balance;
/* clang-format off */
#define CSTN_VALUE_BALANCE_INIT { sizeof(cstn_value_balance), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
/* clang-format on */

/** The balance of `a` with `b` in a constellation, from a's rows: what a gave to b, and received
 *  from it, of one field class.
 *  @param a,b,constellation as in the rows, with their lengths
 *  @param field_class one CSTN_CLASS_..., or 0 for all
 *  @param from_us,until_us rows of `at_us` in [from_us, until_us)
 *  @param out the caller's, start from CSTN_VALUE_BALANCE_INIT
 *  @return CSTN_OK, also where there is no row; CSTN_E_INVALID_ARGUMENT; CSTN_E_OVERFLOW. One
 *  caller at a time a ledger; O(rows), no memory. @since 0.1  @snippet data_value.c reciprocity */
CSTN_API cstn_status cstn_value_reciprocity(const cstn_value_ledger *ledger, const char *a,
		size_t a_len, const char *b, size_t b_len, const char *constellation,
		size_t constellation_len, uint32_t field_class, int64_t from_us, int64_t until_us,
		cstn_value_balance *out, cstn_error **error) CSTN_MUST_CHECK;

/** How a RECIPROCAL consideration stands by a balance: CURRENT where every receipt is as complete
 * and as fresh as the term asks, OVERDUE where one is not, UNKNOWN without a receipt. It is put by
 *  cstn_transaction_put_consideration(); a term that says HARD denies what is overdue or unknown.
 *  @param balance of the party that gives under the term, with the one that owes it, over the
 *  period that the due rule speaks of: see cstn_value_reciprocity()
 *  @param given   a consideration of kind CSTN_CONSIDERATION_RECIPROCAL
 *  @param state   receives CSTN_CONSIDERATION_CURRENT, _OVERDUE or _UNKNOWN
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT also for another kind; CSTN_E_STRUCT_SIZE;
 *  CSTN_E_STRUCT_TOO_NEW. No memory. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_value_reciprocal_state(const cstn_value_balance *balance,
		const cstn_term_consideration *given, int32_t *state,
		cstn_error **error) CSTN_MUST_CHECK;

/* --- shares ----------------------------------------------------------------------------------- */

/** The most players whose shares are exact. */
#define CSTN_SHAPLEY_EXACT_MOST 12
/** The most players whose values are given as a table. */
#define CSTN_SHAPLEY_TABLE_MOST 20
/** The most players. */
#define CSTN_SHAPLEY_PLAYERS_MOST 64

/** Sample although the shares could be exact. */
#define CSTN_SHAPLEY_SAMPLE 1u

typedef struct cstn_shapley_options {
	uint32_t struct_size; /**< sizeof(cstn_shapley_options) */
	uint32_t flags;       /**< CSTN_SHAPLEY_SAMPLE */
	int32_t players;      /**< 1 to CSTN_SHAPLEY_PLAYERS_MOST */
	int32_t threads;      /**< 0 all processors, 1 the caller's alone; same bytes for any */
	/** What each coalition is worth, by the bits of its players: 2^players numbers, that of
	 *  nobody 0. NULL with `value` */
	const int64_t *values;
	/** What a coalition is worth, into *out: 0 on success. Must give the same for the same
	 *  players, from any of the threads; is not asked for nobody. NULL with `values` */
	int32_t (*value)(void *user, uint64_t coalition, int64_t *out);
	void *user;
	int64_t permutations; /**< of a sample, made even; 2 to 2^31; 0 means 10,000 */
	uint64_t seed;        /**< of a sample */
	const cstn_allocator *allocator;
	cstn_progress *progress; /**< NULL, or counts permutations and can cancel */
} cstn_shapley_options;
/* clang-format off */
#define CSTN_SHAPLEY_OPTIONS_INIT { sizeof(cstn_shapley_options), 0, 0, 0, NULL, NULL, NULL, 0, 0, NULL, NULL }
/* clang-format on */

/** A player's share: numerator / denominator, where the numerator is numerator_high x 2^64 +
 *  numerator_low. */
typedef struct cstn_shapley_share {
	int64_t numerator_high;
	uint64_t numerator_low;
	int64_t denominator; /**< players! of exact shares; permutations of a sample */
	int64_t whole; /**< the share in whole units; all of them add up to the value of all */
	double value;  /**< numerator / denominator */
	double standard_error; /**< 0 of exact shares */
} cstn_shapley_share;

/** What each player adds, on average over all orders in which they may come (Shapley, 1953). Up to
 *  CSTN_SHAPLEY_EXACT_MOST players it is exact; above, or with CSTN_SHAPLEY_SAMPLE, an average over
 *  random orders, each walked forth and back (Castro, Gomez and Tejada, 2009; Mitchell et al.,
 *  2022). Numerators always add up to the value of all, exactly; whole units too, by largest
 *  remainders, ties to the earlier player.
 *  @param options start from CSTN_SHAPLEY_OPTIONS_INIT
 *  @param out     `players` shares, the caller's
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_IO where the value function fails;
 *  CSTN_E_CANCELLED; CSTN_E_NOMEM. Any thread. Time: O(players 2^players), or O(players x
 *  permutations) values. @since 0.1  @snippet data_value.c shapley */
CSTN_API cstn_status cstn_value_shapley(const cstn_shapley_options *options,
		cstn_shapley_share *out, cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
