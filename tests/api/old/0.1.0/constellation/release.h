#ifndef CONSTELLATION_RELEASE_H
#define CONSTELLATION_RELEASE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/constraint.h>
#include <constellation/decision.h>
#include <constellation/export.h>
#include <constellation/network.h>
#include <constellation/privacy.h>
#include <constellation/shared_log.h>
#include <constellation/status.h>

/** @file release.h
 *  The only way data leave: decide, transform, log, as one act.
 *
 *  A release has one form, that of the coarsest level among its fields: rows (RAW, PSEUDONYM,
 *  GENERALISED), cells (AGGREGATED), cells with noise (NOISED), or one row (EXISTENCE). Parameters
 *  of several fields combine to the strictest.
 *
 *  Rows leave column by column. RAW: by reference where nothing else can be reached through it,
 *  else copied. PSEUDONYM: 16 bytes in place of each value, BLAKE2b keyed by a key of
 *  constellation, recipient, purpose and epoch over path, a zero byte and the value: the same
 *  value has the same token within such a scope, and no two scopes can be joined. Whole numbers
 *  are hashed as decimal text, decimals without zeros at their end, dates as days and times as
 *  seconds since 1970, flags as 0 and 1, text and bytes as they are. GENERALISED: by the step of
 *  the field's ladder that the term says. A column that is bound to no field that is granted stays,
 *  and is counted. Null stays null.
 *
 *  Columns may be flags, whole numbers, floating-point numbers, decimals, dates, times, text,
 *  binary (of a fixed size too) or dictionaries of those; nested ones are CSTN_E_SCHEMA by name, as
 *  are pseudonyms of floating-point numbers, times of day and durations. What leaves shows no value
 *  of a row that stays, none under a null and no dictionary entry that no row has; metadata of
 *  columns stay. Dictionaries leave as such where they are RAW, else as plain values; text and
 *  bytes that come as views or are generalised leave with 64-bit ends. What a generalised value
 *  has no name for in its column's type becomes null.
 *
 *  EXISTENCE: `exists` (flag) says whether at least `at_least` (int64, the threshold that is
 *  granted, 1 or more) rows of the window have values in all bound columns. */

#ifdef __cplusplus
extern "C" {
#endif

/** One column of the input and the field it is. */
typedef struct cstn_release_column {
	const char *column; /**< of the input stream */
	const char *path;   /**< a field of the request */
	/** How the field becomes coarser: step s of a term is steps[s - 1], whose `column` is of no
	 *  account. Needed where a decision says GENERALISED. A ladder that is too short is
	 *  CSTN_E_INVALID_ARGUMENT before anything is charged; so is CSTN_GENERALISE_KEEP */
	const cstn_generalise_step *steps;
	size_t n_steps;
} cstn_release_column;

/** What leaves, and how. */
typedef struct cstn_release_options {
	uint32_t struct_size; /**< sizeof(cstn_release_options) */
	uint32_t flags;       /**< CSTN_IMPORT_TRUSTED */
	const cstn_release_column *columns;
	size_t n_columns;
	/** Column of the instant that a row is about: a timestamp with a zone, or a date. Rows
	 *  outside the request's data window, younger than the decision asks for, or without an
	 *  instant stay; a date counts with its whole day. Needed where there is such a window or
	 *  age, else NULL */
	const char *time_column;
	/** The name of the rows, 1 to 255 bytes, by which is kept what was told of them; needed by
	 *  cells, else NULL */
	const char *data_set;
	/** AGGREGATED: by, measures, company, sensitive and row as of cstn_aggregate(), of which
	 *  those of `by` and the measures are columns of granted fields. k, l, t, companies and
	 *  share are the decision's or stricter; recipient is the request's: leave it NULL, and
	 *  binding too. Where rows stay because of a window or their age, `row` is needed */
	const cstn_aggregate_options *aggregate;
	/** NOISED: kind, subject, measure, partition and bounds as of cstn_noise(), of which
	 * measure and partition are columns of granted fields. Recipient, data set, time, grid and
	 * epsilon are the decision's: leave them 0, and binding NULL. The bounds allow for the
	 * sensitivity that is granted, or more */
	const cstn_noise_options *noise;
	const uint8_t *pseudonym_key; /**< 32 bytes, the provider's secret; needed by PSEUDONYM */
	cstn_vocabulary *vocabulary;  /**< operands that the host answers for; NULL: none */
	/** Where a settled checkpoint is demanded: one of the provider's shared log, its length,
	 * and when it is settled; NULLs: none is */
	const char *checkpoint;
	size_t checkpoint_len;
	const cstn_settle_policy *settle;
	/** Random bytes: 0 on success. NULL is libsodium's source */
	int32_t (*entropy)(void *user, uint8_t *out, size_t size);
	void *entropy_user;
	const cstn_allocator *allocator; /**< NULL: libc */
} cstn_release_options;
/* clang-format off */
#define CSTN_RELEASE_OPTIONS_INIT { sizeof(cstn_release_options), 0, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL }
/* clang-format on */

/* --- checksums -------------------------------------------------------------------------------- */

/** XXH3, 16 bytes: what was received is what was sent, if nobody means ill. */
#define CSTN_CHECKSUM_XXH3_128 1
/** SHA-256, 32 bytes: nobody finds other rows with the same checksum. */
#define CSTN_CHECKSUM_SHA256 2

/** Bytes of the longest checksum. */
#define CSTN_CHECKSUM_SIZE_MOST 32
/** Bytes of a salt. */
#define CSTN_CHECKSUM_SALT_SIZE 16

/** The checksum of rows, for who received them. The same for the same values however they are cut
 *  into batches, coded in dictionaries or laid out: of each column its name, type, places of nulls
 *  and values in order count; values under nulls, metadata and whether a column may be null do not.
 *  Text of 32-bit and 64-bit ends and text views are one type, so are the kinds of binary.
 *  @param rows      moved from, also on failure
 *  @param kind      CSTN_CHECKSUM_XXH3_128 or _SHA256
 *  @param salt      CSTN_CHECKSUM_SALT_SIZE bytes; that of the receipt
 *  @param allocator NULL: libc
 *  @param out       the caller's, CSTN_CHECKSUM_SIZE_MOST bytes; those past *size are 0
 *  @param size      receives 16 or 32
 *  @return CSTN_OK; CSTN_E_SCHEMA naming a column that is nested; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_STREAM; CSTN_E_NOMEM. Any thread. O(bytes), one pass; memory O(columns).
 *  Method: XXH3 (Collet) or SHA-256 (FIPS 180-4) of salt and a digest each of nulls, lengths and
 *  values of each column. @since 0.1 */
CSTN_API cstn_status cstn_release_checksum(struct ArrowArrayStream *rows, int32_t kind,
		const uint8_t *salt, const cstn_allocator *allocator, uint8_t *out, size_t *size,
		cstn_error **error) CSTN_MUST_CHECK;

/* --- releases --------------------------------------------------------------------------------- */

/** A release under way. One thread at a time. */
typedef struct cstn_release cstn_release;
/** What has left, told after. Immutable, any thread. */
typedef struct cstn_release_receipt cstn_release_receipt;

/** Decide, charge and enter a release; nothing leaves before it is committed and durable. The rules
 *  are those of the network (sharing.h) at the moment of the commit: if something was committed
 *  meanwhile, it is decided again. In one change: calls, rows and epsilon that are reserved
 *  are charged to the terms and to those that they derive from; duties are made with their
 *  deadlines; the delivery is noted for the walls; the entry `release_open` is in the shared log of
 *  the provider. A request that names no number of rows
 *  reserves all that are left, until the finish. All entries bear the request's now_us. Fields that
 * are denied stay beside others that leave, and are told in the provider's private log.
 *
 *  Denied, that is if no field is permitted: CSTN_E_DENIED, "not available", the same whatever the
 *  reason, also for parties, fields and constellations that do not exist; the entry `denial` with
 *  the reasons is in the provider's private log before this returns. Rules that cannot be evaluated
 *  deny. cstn_rules_load(), cstn_decide() and cstn_decision_explain() say more, to the provider.
 *
 *  A question with noise that the recipient asked of the data set before has the answer it had. It
 *  is decided as a request with nano_epsilon 0, and so it costs a call and no epsilon, also where
 *  the epsilon of the period is spent.
 *
 *  Forms other than rows are made here: all rows are read, and what was told of the data set is
 *  committed; meanwhile other such releases of the network wait, so the rows must not come of
 *  opening one.
 *  @param network  referenced; not opened for reading only
 *  @param request  referenced
 *  @param input    the rows; moved from, also on failure
 *  @param options  start from CSTN_RELEASE_OPTIONS_INIT; what it points to is needed no longer when
 *                  this returns
 *  @param out      end with cstn_release_finish(), then cstn_release_free()
 *  @return CSTN_OK; CSTN_E_DENIED; CSTN_E_UNVERIFIED for a checkpoint that is not settled,
 *  CSTN_E_SPLIT_VIEW for one of another history than the provider's log; CSTN_E_SCHEMA and
 *  CSTN_E_INVALID_ARGUMENT for what cannot leave as it was decided, before anything is charged;
 *  CSTN_E_BUDGET, CSTN_E_ROWS, CSTN_E_LIMIT and what else cstn_aggregate() and cstn_noise() give,
 *  the release being closed again; CSTN_E_LIMIT for an entry above CSTN_LOG_ENTRY_MOST bytes;
 *  CSTN_E_STREAM; CSTN_E_READ_ONLY; CSTN_E_STATE; CSTN_E_IO; CSTN_E_FULL; CSTN_E_POISONED;
 *  CSTN_E_CORRUPT; CSTN_E_STRUCT_SIZE; CSTN_E_STRUCT_TOO_NEW; CSTN_E_NOMEM.
 *  Any thread, several at once on a network: they never spend more than there is. Cost: compiling
 *  the rules of the two parties with their duties that are not done, a decision, a durable commit;
 *  of forms other than rows that of making the cells, and a second commit. @since 0.1 */
CSTN_API cstn_status cstn_release_open(cstn_network *network, cstn_request *request,
		struct ArrowArrayStream *input, const cstn_release_options *options,
		cstn_release **out, cstn_error **error) CSTN_MUST_CHECK;

/** What was decided, for the provider only; of a known answer it is the decision of the request
 *  with nano_epsilon 0. Borrowed from the release; NULL for NULL. The release's
 *  thread. O(1). @since 0.1 */
CSTN_API cstn_decision *cstn_release_decision(const cstn_release *release);

/** Its id: 32 bytes, SHA-256 of `cstn/release/v1`, a line end, the decision's digest and 16 random
 *  bytes. Borrowed; NULL for NULL. The release's thread. O(1). @since 0.1 */
CSTN_API const uint8_t *cstn_release_id(const cstn_release *release);

/** The schema of what leaves. @param out release it @return CSTN_OK; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_NOMEM. The release's thread. O(columns). @since 0.1 */
CSTN_API cstn_status cstn_release_schema(const cstn_release *release, struct ArrowSchema *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** The next batch. Its rows are charged to what was reserved before it is handed over: a batch with
 *  more than are left ends the release, and nothing of it leaves. Batches without a row that
 *  leaves are passed over.
 *  @param out  release it; it outlives the release
 *  @return CSTN_OK; CSTN_DONE at the end; CSTN_E_BUDGET where the rows are spent; CSTN_E_STREAM;
 *  CSTN_E_ROWS for a value that cannot be made coarser; CSTN_E_STATE after the finish;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. After a failure it only says so again. The release's
 *  thread. Cost: columns that leave as they are by reference, others a pass; a checksum of the
 *  batch. @since 0.1 */
CSTN_API cstn_status cstn_release_next(
		cstn_release *release, struct ArrowArray *out, cstn_error **error) CSTN_MUST_CHECK;

/** The batches as a stream, which calls cstn_release_next(). @param out release it; borrows the
 *  release, which must outlive it @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. The
 *  release's thread, of the stream too. O(1). @since 0.1 */
CSTN_API cstn_status cstn_release_stream(cstn_release *release, struct ArrowArrayStream *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Say that it is over: what was reserved and has not left is given back, the entry `release_close`
 *  is in the log, with rows, batches and checksum. It may come before the last batch, and
 *  nothing leaves after. Called again it gives another receipt.
 *  @param out  NULL, or receives the receipt; free with cstn_release_receipt_free()
 *  @return CSTN_OK; what a commit gives, and then it can be called again; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_NOMEM. The release's thread. Cost: a durable commit. @since 0.1 */
CSTN_API cstn_status cstn_release_finish(cstn_release *release, cstn_release_receipt **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. One that was not finished is finished; if that fails it stays open until
 *  the network is opened anew. The release's thread. @since 0.1 */
CSTN_API void cstn_release_free(cstn_release *release);

/** Close the releases that a process left open: nobody knows what has left, so that all they
 *  reserved stays used. The entry `close_unknown` is in the logs. The first cstn_release_open() of
 *  a network handle does it by itself; releases of this handle are left alone.
 *  @param now_us  of the entries
 *  @param count   NULL, or receives how many there were
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_READ_ONLY; what a commit gives; CSTN_E_NOMEM.
 *  Any thread. Cost: a scan of the releases; a durable commit if there was one. @since 0.1 */
CSTN_API cstn_status cstn_release_recover(cstn_network *network, int64_t now_us, uint64_t *count,
		cstn_error **error) CSTN_MUST_CHECK;

/** What a receipt says. Set struct_size before it is filled. */
typedef struct cstn_release_receipt_info {
	uint32_t struct_size;
	int32_t form;              /**< the coarsest CSTN_LEVEL_... of its fields */
	const char *constellation; /**< borrowed from the receipt, as all texts */
	const char *provider;
	const char *recipient;
	uint8_t release[CSTN_DECISION_DIGEST_SIZE];  /**< its id */
	uint8_t decision[CSTN_DECISION_DIGEST_SIZE]; /**< digest of the decision record */
	int64_t at_us;
	uint64_t opened_index; /**< of `release_open` in the provider's shared log */
	uint64_t closed_index; /**< of `release_close` there */
	uint64_t rows;         /**< that have left */
	uint64_t batches;
	uint64_t rows_held_back;  /**< too young, outside the window, or without an instant */
	uint64_t columns_dropped; /**< of the input, that are no granted field */
	int64_t nano_epsilon;     /**< spent; 0 for an answer that was known */
	int32_t ended; /**< CSTN_DONE: all has left; else why not, CSTN_OK: finished early */
	int32_t checksum_kind; /**< CSTN_CHECKSUM_...; 0: there is none */
	uint64_t checksum_size;
	uint8_t checksum[CSTN_CHECKSUM_SIZE_MOST]; /**< as in the log, see cstn_release_checksum()
						    */
	uint8_t salt[CSTN_CHECKSUM_SALT_SIZE];     /**< which is nowhere else */
} cstn_release_receipt_info;
/* clang-format off */
#define CSTN_RELEASE_RECEIPT_INFO_INIT { sizeof(cstn_release_receipt_info), 0, NULL, NULL, NULL, { 0 }, { 0 }, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, { 0 }, { 0 } }
/* clang-format on */

/** Fill `out`. @param out struct_size set @return CSTN_OK; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_STRUCT_SIZE. Any thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_release_receipt_get(const cstn_release_receipt *receipt,
		cstn_release_receipt_info *out, cstn_error **error) CSTN_MUST_CHECK;

/** The receipt as canonical JSON (RFC 8785), for who received the rows: with the salt it lets him
 *  check them against the log; of rows and columns that stayed it says nothing. @param out free
 * with cstn_buffer_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. O(1).
 * @since 0.1 */
CSTN_API cstn_status cstn_release_receipt_json(const cstn_release_receipt *receipt,
		cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. Any thread, once. @since 0.1 */
CSTN_API void cstn_release_receipt_free(cstn_release_receipt *receipt);

#ifdef __cplusplus
}
#endif

#endif
