#ifndef CONSTELLATION_SHARING_H
#define CONSTELLATION_SHARING_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/agreement.h>
#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/constraint.h>
#include <constellation/decision.h>
#include <constellation/export.h>
#include <constellation/negotiation.h>
#include <constellation/network.h>
#include <constellation/status.h>

/** @file sharing.h
 *  What a network keeps of the sharing of data: agreements with their transitions, overrides, how
 *  duties and considerations stand, what of each limit is used, what was delivered and released.
 *
 *  All of it changes in transactions, each change with its entry in the log of the party that acts
 *  (shared_log.h): after a crash both are there, or neither. Rules for decisions are compiled out
 *  of a snapshot of it. What a release writes (usage, its duties, deliveries) release.h alone
 *  writes; here it is read.
 *
 *      cstn_transaction_begin -> cstn_transaction_put_agreement -> cstn_transaction_commit
 *      cstn_network_snapshot -> cstn_rules_load -> cstn_decide
 *
 *  A transaction belongs to one thread at a time. It sees what it put itself; what it read of the
 *  rows here is required to be unchanged at the commit, else that is CSTN_E_CONFLICT. Records
 *  (constellations, members, keys) are read as they were committed before the transaction's first
 *  change. Instants are microseconds UTC, at most 2^53 - 1 in magnitude where an entry bears them;
 *  ids are NUL-terminated, 1..64 bytes; digests are 32 bytes, SHA-256. Of the calls that change a
 *  transaction, one that fails with CSTN_E_NOMEM, CSTN_E_CORRUPT or CSTN_E_IO may leave it
 *  incomplete: then every later call on it is CSTN_E_STATE, and it may only be freed. After all
 *  other failures it is as it was. */

#ifdef __cplusplus
extern "C" {
#endif

/* --- what a party records --------------------------------------------------------------------- */

/** Put an agreement, or one that is there with more transitions. Entries AGREEMENT and, for each
 *  transition that is new, TRANSITION go into the shared log of `party` in its constellation. Who
 *  signed is checked by the `verifier` records of the network: the body by keys of both that held
 *  when it was made, each new transition by one of its actor. Its terms must pass
 *  cstn_offer_check() in the vocabulary of the constellation, with CSTN_OFFER_DUAL_PAIR if the
 *  network's relations at now_us make both one; a duty may be any, since
 *  cstn_transaction_put_duty() records it. If it derives from
 *  another agreement, each must be within one of that one's, and while that one does not decide,
 *  this one does not either. What is there already, transition for transition, changes nothing.
 *  @param party      provider or recipient of it: whose log tells of it
 *  @param agreement  with its terms, see cstn_agreement_with_terms(); copied
 *  @param vocabulary NULL, or the operands of the host that its terms speak of
 *  @param now_us     of the entries
 *  @return CSTN_OK; CSTN_E_MISSING without its terms; CSTN_E_NOT_FOUND for a constellation, a party
 *  or an agreement that it derives from that is not there; CSTN_E_SIGNATURE; CSTN_E_UNEVALUABLE
 *  naming term, component, value and rule; CSTN_E_MISMATCH for a term within none of the parent's;
 * CSTN_E_STALE if the network has more of it: later transitions, or a hold; CSTN_E_SPLIT_VIEW if it
 * has another transition in the place of one: log both; CSTN_E_INVALID_ARGUMENT; CSTN_E_LIMIT above
 * 8 MiB of bytes or past CSTN_AGREEMENT_DEPTH_MOST; CSTN_E_READ_ONLY; CSTN_E_STATE; CSTN_E_CORRUPT;
 * CSTN_E_IO; CSTN_E_NOMEM. Memory: the agreement's bytes until the commit. Cost: a verification a
 * new signature, a scan of verifiers, purposes and field classes, O(bytes). One thread at a time a
 * transaction. @since 0.1
 */
CSTN_API cstn_status cstn_transaction_put_agreement(cstn_transaction *transaction,
		const char *party, const cstn_agreement *agreement,
		const cstn_vocabulary *vocabulary, int64_t now_us,
		cstn_error **error) CSTN_MUST_CHECK;

/** Log a message of a negotiation, taken or refused: entry NEGOTIATION into the shared log of
 *  `party`, with the fields of cstn_negotiation_log_entry(), the message's own instant as
 *  `message_us`. The network keeps nothing else of negotiations.
 *  @param party       provider or recipient of the negotiation
 *  @param negotiation the state before the message
 *  @param message     start from CSTN_NEGOTIATION_MESSAGE_INIT
 *  @param outcome     what cstn_negotiation_apply() gave
 *  @param now_us      of the entry
 *  @return CSTN_OK; CSTN_E_NOT_FOUND for a constellation that is not there;
 *  CSTN_E_INVALID_ARGUMENT, also for another party; CSTN_E_STRUCT_SIZE; CSTN_E_STRUCT_TOO_NEW;
 *  CSTN_E_READ_ONLY; CSTN_E_STATE; CSTN_E_CORRUPT; CSTN_E_IO; CSTN_E_NOMEM.
 *  Memory: the entry until the commit. Cost: O(length). One thread at a time a transaction.
 *  @since 0.1 */
CSTN_API cstn_status cstn_transaction_put_negotiation(cstn_transaction *transaction,
		const char *party, const cstn_negotiation *negotiation,
		const cstn_negotiation_message *message, cstn_status outcome, int64_t now_us,
		cstn_error **error) CSTN_MUST_CHECK;

/** Log two checkpoints of one log that cannot both be true, as whoever found CSTN_E_SPLIT_VIEW
 *  holds them: entry SPLIT_VIEW into a log of `party`, with both. Two of one size and different
 *  roots prove it by themselves; of different sizes they do with cstn_merkle_verify_consistency().
 *  @param party         who found it: whose log tells of it
 *  @param constellation of the shared log; NULL or "": the party's private log
 *  @param first,second  signed checkpoints of one origin, of first_len and second_len bytes
 *  @param verifiers     n_verifiers keys of that log, NUL-terminated; one must have signed both
 *  @param now_us        of the entry
 *  @return CSTN_OK; CSTN_E_FORMAT with the byte or line; CSTN_E_SIGNATURE; CSTN_E_UNVERIFIED
 *  without a key that signed both; CSTN_E_NOT_FOUND for a constellation that is not there;
 * CSTN_E_INVALID_ARGUMENT also for checkpoints of two origins, or that say the same; CSTN_E_LIMIT
 * above CSTN_LOG_ENTRY_MOST bytes of entry; CSTN_E_READ_ONLY; CSTN_E_STATE; CSTN_E_CORRUPT;
 * CSTN_E_IO; CSTN_E_NOMEM. Memory: the entry until the commit. Cost: a verification a signature.
 * One thread at a time a transaction. @since 0.1 */
CSTN_API cstn_status cstn_transaction_put_split_view(cstn_transaction *transaction,
		const char *party, const char *constellation, const char *first, size_t first_len,
		const char *second, size_t second_len, const char *const *verifiers,
		size_t n_verifiers, int64_t now_us, cstn_error **error) CSTN_MUST_CHECK;

/** Put an override: what officers of a provider let through the firewall, see
 *  cstn_override_format(). Two different CSTN_PARTY_KEY_OFFICER keys of the provider, out of the
 *  network's `verifier` records, must have signed it and hold at now_us. Entry OVERRIDE goes into
 *  the provider's shared log of the constellation; it has effect from the commit on. The same note
 *  again changes nothing; with other signatures it takes the place of the first.
 *  @param note   note_len bytes, the signed note; copied
 *  @param now_us of the entry
 *  @return CSTN_OK; CSTN_E_FORMAT with the byte; CSTN_E_SIGNATURE; CSTN_E_NOT_FOUND for a
 *  constellation or party that is not there; CSTN_E_INVALID_ARGUMENT; CSTN_E_LIMIT;
 *  CSTN_E_READ_ONLY; CSTN_E_STATE; CSTN_E_CORRUPT; CSTN_E_IO; CSTN_E_NOMEM.
 *  Memory: the note until the commit. Cost: a verification a signature, a scan of verifiers. One
 *  thread at a time a transaction. @since 0.1 */
CSTN_API cstn_status cstn_transaction_put_override(cstn_transaction *transaction, const char *note,
		size_t note_len, int64_t now_us, cstn_error **error) CSTN_MUST_CHECK;

/** Put a receipt (receipt.h), signed by a SIGN key of its party out of the network's `verifier`
 *  records. Entry RECEIPT goes into the shared log of the provider of its agreement. What the
 *  recipient says to have deleted, destroyed the key of or returned fulfils the retention duties of
 *  the release that it names, and those of its agreement's retirement, if that is what was asked
 *  and was done before the deadline; done later, it is written that they were violated. Each has an
 * entry DUTY. The same note again changes nothing.
 *  @param note   note_len bytes, the signed note; copied
 *  @param now_us of the entries; not before the receipt's at_us
 *  @return CSTN_OK; CSTN_E_FORMAT with the byte; CSTN_E_SIGNATURE; CSTN_E_NOT_FOUND for an
 *  agreement that is not there; CSTN_E_INVALID_ARGUMENT, also for a party that is not of the
 *  agreement; CSTN_E_LIMIT; CSTN_E_READ_ONLY; CSTN_E_STATE; CSTN_E_CORRUPT; CSTN_E_IO;
 *  CSTN_E_NOMEM.
 *  Memory: the note until the commit. Cost: a verification a signature, a scan of verifiers and of
 *  the duties of the release. One thread at a time a transaction. @since 0.1 */
CSTN_API cstn_status cstn_transaction_put_receipt(cstn_transaction *transaction, const char *note,
		size_t note_len, int64_t now_us, cstn_error **error) CSTN_MUST_CHECK;

/** Put a waiver (receipt.h), signed by a SIGN key of the provider of its agreement out of the
 *  network's `verifier` records: the duty that it names, or the consequence of one that has begun,
 * is WAIVED, also one that asks for a proof. Entries DUTY and, of the note, RECEIPT go into the
 *  provider's shared log; the note is kept among the receipts. The same note again changes nothing.
 *  @param note   note_len bytes, the signed note; copied
 *  @param now_us of the entries; not before the waiver's at_us
 *  @return CSTN_OK; CSTN_E_FORMAT with the byte; CSTN_E_SIGNATURE; CSTN_E_NOT_FOUND for an
 *  agreement, a term, a release's duty or a consequence that is not there; CSTN_E_INVALID_ARGUMENT,
 *  also for a party that is not the provider; CSTN_E_LIMIT; CSTN_E_READ_ONLY; CSTN_E_STATE;
 *  CSTN_E_CORRUPT; CSTN_E_IO; CSTN_E_NOMEM.
 *  Memory: the note until the commit. Cost: a verification a signature, a scan of verifiers; the
 *  agreement is read. One thread at a time a transaction. @since 0.1 */
CSTN_API cstn_status cstn_transaction_put_waiver(cstn_transaction *transaction, const char *note,
		size_t note_len, int64_t now_us, cstn_error **error) CSTN_MUST_CHECK;

/** How a duty stands. */
typedef struct cstn_sharing_duty {
	uint32_t struct_size;
	uint32_t flags;                               /**< 0 */
	uint8_t agreement[CSTN_DECISION_DIGEST_SIZE]; /**< digest */
	uint8_t term[CSTN_DECISION_DIGEST_SIZE];      /**< digest */
	uint8_t release[CSTN_DECISION_DIGEST_SIZE];   /**< id; zeros: a duty of the term itself */
	/** Of the duty in the term; of a release also CSTN_RULES_DUTY_RETENTION, _REVOCATION */
	uint32_t index;
	int32_t state;        /**< CSTN_DUTY_PENDING, _FULFILLED or _VIOLATED */
	int64_t deadline_us;  /**< a pending duty past it counts as violated; INT64_MAX: none */
	uint32_t consequence; /**< 0: the duty itself; n: the n-th consequence of it */
	uint32_t reserved0;   /**< 0 */
} cstn_sharing_duty;
/* clang-format off */
#define CSTN_SHARING_DUTY_INIT { sizeof(cstn_sharing_duty), 0, { 0 }, { 0 }, { 0 }, 0, 0, INT64_MAX, 0, 0 }
/* clang-format on */

/** Put how a duty stands; what was put before of the same duty it replaces. Entry DUTY goes into
 * the shared log of `party`. Duties of a release are made by the release alone; here they are
 * changed. WAIVED is refused: see
 * cstn_transaction_put_waiver(). With what is put as VIOLATED
 * its consequence in the term, if it has one, becomes PENDING, with an entry of its own; what is
 * due after a release is then due so long after now_us. What is PENDING past its deadline is
 * VIOLATED without a word, and its consequence PENDING from that deadline on, and so on: whatever
 * is put of them, what the clock began is stored first, with entries. A consequence stands beside
 * its duty: both have to be done. What `retention` of the term asks a proof of, a receipt alone
 * fulfils.
 *  @param party provider or recipient of the agreement
 *  @param duty  start from CSTN_SHARING_DUTY_INIT; copied
 *  @return CSTN_OK; CSTN_E_NOT_FOUND for an agreement, a term, a release's duty or a consequence
 *  that is not there; CSTN_E_MISSING for what only a receipt fulfils; CSTN_E_INVALID_ARGUMENT;
 * CSTN_E_STRUCT_SIZE; CSTN_E_STRUCT_TOO_NEW; CSTN_E_READ_ONLY; CSTN_E_STATE; CSTN_E_CORRUPT;
 * CSTN_E_IO; CSTN_E_NOMEM. Memory: a row and an entry until the commit. Cost: the agreement is
 * read. One thread at a time a transaction. @since 0.1 */
CSTN_API cstn_status cstn_transaction_put_duty(cstn_transaction *transaction, const char *party,
		const cstn_sharing_duty *duty, int64_t now_us, cstn_error **error) CSTN_MUST_CHECK;

/** Put how a consideration stands; what was put before of the same one it replaces. Entry
 *  CONSIDERATION goes into the shared log of `party`. Until then one with a due rule in the term is
 *  CURRENT till it falls due, DUE for its grace, then OVERDUE; one without, or due after a release,
 *  is UNKNOWN. What is put as CURRENT with due_us INT64_MAX falls due again by the rule: EVERY so
 *  long, at the next time after now_us; else never.
 *  @param party         provider or recipient of the agreement
 *  @param consideration start from CSTN_RULES_CONSIDERATION_INIT; copied
 *  @return as cstn_transaction_put_duty(); CSTN_E_INVALID_ARGUMENT also for EXPLICIT_NONE, which is
 *  always current.
 *  Memory and cost as cstn_transaction_put_duty(). One thread at a time a transaction. @since 0.1
 */
CSTN_API cstn_status cstn_transaction_put_consideration(cstn_transaction *transaction,
		const char *party, const cstn_rules_consideration *consideration, int64_t now_us,
		cstn_error **error) CSTN_MUST_CHECK;

/** The most parties of a conflict set. */
#define CSTN_CONFLICT_SET_MOST 4096

/** Put a conflict set: parties between which a wall stands, see
 * cstn_rules_builder_add_conflict_set(). It replaces the one of the same id; without parties it
 * dissolves it. Entry CONFLICT_SET goes into the shared log of the constellation's owner.
 *  @param set_id    1..64 bytes, NUL-terminated, of one's own choice
 *  @param parties   n_parties different partners, 2 to CSTN_CONFLICT_SET_MOST; NULL with 0; copied
 *  @return CSTN_OK; CSTN_E_NOT_FOUND for a constellation or partner that is not there;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_LIMIT for ids that an entry has no room for; CSTN_E_READ_ONLY;
 *  CSTN_E_STATE; CSTN_E_CORRUPT; CSTN_E_IO; CSTN_E_NOMEM.
 *  Memory: a row and an entry until the commit. Cost: a look-up a party, O(parties squared). One
 *  thread at a time a transaction. @since 0.1 */
CSTN_API cstn_status cstn_transaction_put_conflict_set(cstn_transaction *transaction,
		const char *constellation, const char *set_id, const char *const *parties,
		size_t n_parties, int64_t now_us, cstn_error **error) CSTN_MUST_CHECK;

/* --- what a network says -----------------------------------------------------------------------
 */

/** What is loaded. All of constellation, provider and recipient NULL: everything; all given: what a
 *  decision of the provider for the recipient there depends on, which decides the same. */
typedef struct cstn_rules_load_options {
	uint32_t struct_size;
	uint32_t flags; /**< 0 */
	const char *constellation;
	const char *provider;
	const char *recipient;
	/** NULL, or the operands of the host. Purposes, roles and classes of fields are the
	 * network's
	 */
	const cstn_vocabulary *vocabulary;
	const cstn_allocator *allocator; /**< of the rules; NULL: libc */
} cstn_rules_load_options;
/* clang-format off */
#define CSTN_RULES_LOAD_OPTIONS_INIT { sizeof(cstn_rules_load_options), 0, NULL, NULL, NULL, NULL, NULL }
/* clang-format on */

/** Compile what a snapshot holds.
 *
 *  Constellations with framework, floors (the stricter of `minimum_group` and the `sharing_policy`)
 *  and vocabulary (records `purpose` and `field_class`, every role a record may have); memberships
 *  with roles, each no longer than its constellation, and each role no longer than its membership;
 *  relations; agreements with those they derive from; usage, duties and considerations; deliveries,
 *  conflict sets and overrides. An override counts while the officers' keys are records of the
 *  network; what is of a constellation that is not there is left out. The version of the rules is
 *  cstn_snapshot_seq().
 *  @param options NULL, or start from CSTN_RULES_LOAD_OPTIONS_INIT
 *  @param out     release with cstn_rules_unref(); it does not keep the snapshot
 *  @return CSTN_OK; CSTN_E_UNEVALUABLE for a term that the vocabulary no longer has words for;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE; CSTN_E_STRUCT_TOO_NEW; CSTN_E_LIMIT;
 *  CSTN_E_CORRUPT; CSTN_E_IO; CSTN_E_NOMEM.
 *  Memory: what is loaded, once more while it is compiled. Cost: a scan a kind of record, as
 *  cstn_rules_build(); of two parties only their agreements are read. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_rules_load(cstn_snapshot *snapshot,
		const cstn_rules_load_options *options, cstn_rules **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Load all agreements of a snapshot into a store of memory, each linked to the one it derives
 *  from, so that cstn_agreement_store_find() and _apply() work on them.
 *  @param store empty; as it was on failure
 *  @return CSTN_OK; CSTN_E_STATE if the store has agreements; CSTN_E_CORRUPT;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_IO; CSTN_E_NOMEM.
 *  Memory: the store's, its own. Cost: O(bytes + agreements squared where many derive). One thread
 *  at a time a store. @since 0.1 */
CSTN_API cstn_status cstn_agreement_store_load(cstn_agreement_store *store, cstn_snapshot *snapshot,
		cstn_error **error) CSTN_MUST_CHECK;

/* What cstn_sharing_table() gives; digests and ids of releases are 64 hexadecimal digits, what is
 * not there is null. */

/** agreement, constellation, provider, recipient, state, decides (flag) and cause at now_us; made,
 *  valid_from, valid_until, effective, ended (times); transitions, terms (int64: how many); parent,
 *  predecessor */
#define CSTN_SHARING_AGREEMENTS 1
/** agreement, term, at (time: in whose window and period was counted), calls, rows, rows_in_all,
 *  nano_epsilon (int64) */
#define CSTN_SHARING_USAGE 2
/** agreement, term, release, index (int64; null: retention, -1: revocation), action, state at
 *  now_us, deadline, consequence (int64; 0: the duty itself, n: the n-th consequence of it). A
 *  consequence has its row from the deadline of what it follows on, put or not; what a release
 *  delivered under a term whose `revocation` does not let it stay has one from the act on that
 *  retires the agreement, due when that has effect. */
#define CSTN_SHARING_DUTIES 3
/** agreement, term, index (int64), state as it was put, due (time) */
#define CSTN_SHARING_CONSIDERATIONS 4
/** constellation, provider, recipient, class, at (time: the last one) */
#define CSTN_SHARING_DELIVERIES 5
/** release, constellation, provider, recipient, state ("open", "closed", "unknown"), at, opening
 *  (int64: index in the provider's shared log), reserved_rows (null: without a number), rows,
 *  batches (int64), decision (digest of its record) */
#define CSTN_SHARING_RELEASES 6
/** a row a field: override (digest), constellation, provider, recipient, field, level, from, until,
 *  holds (flag: at now_us) */
#define CSTN_SHARING_OVERRIDES 7
/** receipt (digest), agreement, release, party, kind ("waived" of a waiver), at */
#define CSTN_SHARING_RECEIPTS 8
/** a row a party: constellation, set, party */
#define CSTN_SHARING_CONFLICT_SETS 9

/** A table of what a snapshot holds.
 *  @param what   CSTN_SHARING_AGREEMENTS ...; the columns stand there, texts unless told otherwise
 *  @param now_us the instant of states
 *  @param out    a stream with all rows, agreements sorted by parties, others in no order; it does
 *                not keep the snapshot
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_CORRUPT; CSTN_E_IO; CSTN_E_NOMEM.
 *  Memory: the table. Cost: a scan of the rows; agreements are read, overrides verified. Any
 *  thread. @since 0.1 */
CSTN_API cstn_status cstn_sharing_table(cstn_snapshot *snapshot, int32_t what, int64_t now_us,
		struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
