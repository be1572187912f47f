#ifndef CONSTELLATION_AGREEMENT_H
#define CONSTELLATION_AGREEMENT_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/export.h>
#include <constellation/ledger.h>
#include <constellation/negotiation.h>
#include <constellation/party_keys.h>
#include <constellation/status.h>
#include <constellation/term.h>

/** @file agreement.h
 *  Agreements after signature: a body that both parties signed and that never changes, and a chain
 *  of signed transitions that suspend, resume, retire and end it.
 *
 *      PENDING                  the clock reaches valid_from_us -> ACTIVE
 *      ACTIVE                   suspend (either) -> SUSPENDED
 *      SUSPENDED                resume (who suspended, or either when the cause is cured) -> ACTIVE
 *      PENDING, ACTIVE, SUSPENDED         retire (whom the body allows, with notice) -> RETIRING
 *      RETIRING                 the clock reaches effective_us -> RETIRED
 *      PENDING .. RETIRING      the clock reaches valid_until_us -> EXPIRED
 *      ACTIVE, SUSPENDED, RETIRING        condition_ended (the named trigger) -> CONDITION_ENDED
 *      ACTIVE, SUSPENDED        supersede (a successor that names this one) -> SUPERSEDED
 *      PENDING .. RETIRING      renew (a credential; either): the state stays
 *
 *  An agreement *decides*, that is its terms permit, in ACTIVE, and in RETIRING if that came from
 *  ACTIVE. RETIRED, EXPIRED, CONDITION_ENDED and SUPERSEDED are terminal.
 *
 *  Nothing here has a timer: the state at an instant is computed when it is asked. If two clock
 *  events are due, the earlier instant wins, EXPIRED before RETIRED on a tie. An instant before the
 *  last transition is read as that of the transition: what was suspended is not active again for a
 *  clock that lags.
 *
 *  Over the chain lie *holds* of the library itself, which are in no chain: a transition is
 * missing; the other side has shown two successors of one transition; the agreement it derives from
 * does not decide. A live agreement with a hold is SUSPENDED (CONDITION_UNKNOWN), without a party.
 *
 *  Values are immutable, refcounted and may be used from any number of threads. A store has one
 *  writer at a time. Instants are microseconds UTC, given by the caller; ids as in party_keys.h;
 *  digests are 32 bytes, SHA-256. */

#ifdef __cplusplus
extern "C" {
#endif

#define CSTN_AGREEMENT_PENDING 1
#define CSTN_AGREEMENT_ACTIVE 2
#define CSTN_AGREEMENT_SUSPENDED 3
#define CSTN_AGREEMENT_RETIRING 4
#define CSTN_AGREEMENT_RETIRED 5         /**< terminal */
#define CSTN_AGREEMENT_EXPIRED 6         /**< terminal */
#define CSTN_AGREEMENT_CONDITION_ENDED 7 /**< terminal */
#define CSTN_AGREEMENT_SUPERSEDED 8      /**< terminal */

#define CSTN_TRANSITION_SUSPEND 1
#define CSTN_TRANSITION_RESUME 2
#define CSTN_TRANSITION_RETIRE 3
#define CSTN_TRANSITION_CONDITION_ENDED 4
#define CSTN_TRANSITION_SUPERSEDE 5
/** A credential was renewed: an event of the agreement, not a new agreement. */
#define CSTN_TRANSITION_RENEW 6

#define CSTN_CAUSE_NONE 0
#define CSTN_CAUSE_DISPUTE 1 /**< ended by who suspended, and by nothing else */
#define CSTN_CAUSE_DUTY_OVERDUE 2
#define CSTN_CAUSE_MEMBERSHIP_LAPSED 3
#define CSTN_CAUSE_CONDITION_UNKNOWN 4

#define CSTN_HOLD_MISSING 1u    /**< a later transition is here, one before it is not */
#define CSTN_HOLD_SPLIT_VIEW 2u /**< two successors of one transition were signed */
#define CSTN_HOLD_PARENT 4u     /**< what it derives from does not decide, or is not here */

/** Bits of retire_by. */
#define CSTN_BY_RECIPIENT 1u
#define CSTN_BY_PROVIDER 2u

/** The most bytes of a condition. */
#define CSTN_CONDITION_MOST 255
/** The most transitions that leave an agreement live; what ends it has room. */
#define CSTN_TRANSITIONS_MOST 65535
/** How far an agreement may be derived: its parent, that one's parent, and so on. */
#define CSTN_AGREEMENT_DEPTH_MOST 8

/* --- bodies ----------------------------------------------------------------------------------- */

/** What both sign. Texts NUL-terminated; where the library fills it, borrowed from the agreement.
 */
typedef struct cstn_agreement_body {
	uint32_t struct_size;
	uint32_t retire_by;        /**< CSTN_BY_...: who may retire it; 0: nobody */
	const char *provider;      /**< party */
	const char *recipient;     /**< another party */
	const char *constellation; /**< nothing has effect outside it */
	/** The trigger that ends it, as "disruption 17 resolved": one line of at most
	 *  CSTN_CONDITION_MOST bytes; NULL or "": none */
	const char *condition;
	int64_t made_us; /**< when it was made; the keys of both must hold then */
	int64_t valid_from_us;
	int64_t valid_until_us;                 /**< later than valid_from_us; INT64_MAX: no end */
	int64_t notice_us;                      /**< of retirement; 0 or more */
	uint8_t terms[CSTN_TERMS_DIGEST_SIZE];  /**< digest of the set of terms */
	uint8_t parent[CSTN_TERMS_DIGEST_SIZE]; /**< agreement it derives from; zeros: none */
	uint8_t predecessor[CSTN_TERMS_DIGEST_SIZE]; /**< agreement it supersedes; zeros: none */
} cstn_agreement_body;
/* clang-format off */
#define CSTN_AGREEMENT_BODY_INIT { sizeof(cstn_agreement_body), 3u, NULL, NULL, NULL, NULL, 0, 0, INT64_MAX, 0, { 0 }, { 0 }, { 0 } }
/* clang-format on */

/** The text that both sign with cstn_note_sign():
 *
 *      cstn/agreement/v1
 *      provider ID
 *      recipient ID
 *      constellation ID
 *      terms 64 hexadecimal digits
 *      made_us NUMBER
 *      valid_from_us NUMBER
 *      valid_until_us NUMBER
 *      notice_us NUMBER
 *      retire_by none|recipient|provider|both
 *      condition TEXT
 *      parent 64 hexadecimal digits
 *      predecessor 64 hexadecimal digits
 *
 *  Its SHA-256 is the digest of the agreement.
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT for a bad id, bit, condition, window or notice, or one
 *  party on both sides; CSTN_E_STRUCT_SIZE; CSTN_E_STRUCT_TOO_NEW; CSTN_E_NOMEM.
 *  Free it with cstn_buffer_free(). Any thread. O(length). @since 0.1 */
CSTN_API cstn_status cstn_agreement_body_format(const cstn_agreement_body *body,
		const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** An agreement with the transitions that were applied. Immutable and refcounted. */
typedef struct cstn_agreement cstn_agreement;

/** Open a signed body: a SIGN key of either party that holds at made_us must have signed.
 *  @param note        the signed note
 *  @param keys        of both parties
 *  @param negotiation NULL, or the FINALIZED negotiation that it comes from: parties,
 *                     constellation and terms must be its
 *  @param allocator   NULL: libc
 *  @param out         release with cstn_agreement_unref()
 *  @return CSTN_OK; CSTN_E_FORMAT with the byte; CSTN_E_SIGNATURE; CSTN_E_STATE if the negotiation
 *  is not FINALIZED; CSTN_E_MISMATCH if it is another; CSTN_E_LIMIT; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_NOMEM.
 *  Any thread while none adds keys. Cost: a verification a signature and party. @since 0.1 */
CSTN_API cstn_status cstn_agreement_open(const char *note, size_t note_len,
		const cstn_party_keys *keys, const cstn_negotiation *negotiation,
		const cstn_allocator *allocator, cstn_agreement **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** One more reference, given back with cstn_agreement_unref(). Any thread. O(1). @since 0.1 */
CSTN_API cstn_agreement *cstn_agreement_ref(cstn_agreement *agreement);
/** One less; NULL is allowed. Any thread. O(1). @since 0.1 */
CSTN_API void cstn_agreement_unref(cstn_agreement *agreement);

/** The same agreement with the terms that its body names by their digest.
 *  @param terms referenced by *out
 *  @param out   release with cstn_agreement_unref()
 *  @return CSTN_OK; CSTN_E_MISMATCH for other terms, and for a body laxer than the revocation of a
 *  term that permits: one that lets somebody retire it whom the term does not let, or with less
 *  notice; the term and the component are named. CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM.
 *  Any thread. O(transitions + terms). @since 0.1 */
CSTN_API cstn_status cstn_agreement_with_terms(const cstn_agreement *agreement,
		cstn_term_set *terms, cstn_agreement **out, cstn_error **error) CSTN_MUST_CHECK;

/** Its terms, borrowed; NULL if they were not given. Any thread. O(1). @since 0.1 */
CSTN_API cstn_term_set *cstn_agreement_terms(const cstn_agreement *agreement);

/** The same agreement, derived from another one that its body names as parent: while that one does
 *  not decide, this one is held. Without a parent that it names, it is held too. Both must have
 *  their terms, and each term of this one must be within ONE of the parent's, see
 *  cstn_term_set_is_within().
 *  @param parent     its digest is the body's parent, its recipient the body's provider, its
 *                    constellation the same; referenced by *out
 *  @param vocabulary of the constellation, or NULL: see cstn_term_is_within()
 *  @param out        release with cstn_agreement_unref()
 *  @return CSTN_OK; CSTN_E_MISMATCH for another parent, and for a term that is not within, named
 *  with the first component that fails; CSTN_E_MISSING if one has no terms; CSTN_E_LIMIT beyond
 *  CSTN_AGREEMENT_DEPTH_MOST; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM.
 *  Any thread. O(transitions), and as cstn_term_set_is_within(). @since 0.1 */
CSTN_API cstn_status cstn_agreement_derive(const cstn_agreement *agreement, cstn_agreement *parent,
		const cstn_vocabulary *vocabulary, cstn_agreement **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** What was signed.
 *  @param out struct_size set; texts borrowed from `agreement`
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE. Any thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_agreement_get_body(const cstn_agreement *agreement,
		cstn_agreement_body *out, cstn_error **error) CSTN_MUST_CHECK;

/** The digest of its body, 32 bytes. Borrowed; NULL for NULL. Any thread. O(1). @since 0.1 */
CSTN_API const uint8_t *cstn_agreement_digest(const cstn_agreement *agreement);
/** The signed note of its body, NUL-terminated; `len` (may be NULL) receives its bytes. Borrowed;
 *  "" for NULL. Any thread. O(1). @since 0.1 */
CSTN_API const char *cstn_agreement_note(const cstn_agreement *agreement, size_t *len);

/* --- states ----------------------------------------------------------------------------------- */

/** "ACTIVE"; "" for unknown numbers. Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_agreement_state_name(int32_t state);
/** "suspend"; "" for unknown numbers. Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_transition_event_name(int32_t event);
/** "dispute"; "" for unknown numbers. Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_cause_name(int32_t cause);

/** The state at an instant, CSTN_AGREEMENT_...; 0 for NULL. Any thread. O(depth). @since 0.1 */
CSTN_API int32_t cstn_agreement_state_at(const cstn_agreement *agreement, int64_t now_us);

/** Do its terms permit at an instant? 1 or 0: ACTIVE, or RETIRING from ACTIVE. 0 for NULL.
 *  Any thread. O(depth). @since 0.1 */
CSTN_API int32_t cstn_agreement_decides_at(const cstn_agreement *agreement, int64_t now_us);

/** What an agreement is at an instant. Set struct_size before it is filled. */
typedef struct cstn_agreement_info {
	uint32_t struct_size;
	int32_t state;        /**< CSTN_AGREEMENT_... */
	int32_t chain_state;  /**< the same without holds: what both sides agree on */
	int32_t decides;      /**< 1 or 0 */
	uint32_t holds;       /**< CSTN_HOLD_...; 0 in terminal states */
	int32_t cause;        /**< CSTN_CAUSE_... of SUSPENDED, else 0 */
	int32_t suspended_by; /**< CSTN_ACTOR_... of SUSPENDED by a party, else 0 */
	uint32_t reserved0;
	int64_t effective_us;                 /**< of RETIRING and RETIRED, else 0 */
	int64_t ended_us;                     /**< when a terminal state began, else 0 */
	uint64_t seq;                         /**< of the last transition; 0 without */
	uint8_t last[CSTN_TERMS_DIGEST_SIZE]; /**< digest of the last transition, or of the body */
} cstn_agreement_info;
/* clang-format off */
#define CSTN_AGREEMENT_INFO_INIT { sizeof(cstn_agreement_info), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, { 0 } }
/* clang-format on */

/** What it is at an instant.
 *  @param out start from CSTN_AGREEMENT_INFO_INIT
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE. Any thread. O(depth). @since 0.1
 */
CSTN_API cstn_status cstn_agreement_get_info(const cstn_agreement *agreement, int64_t now_us,
		cstn_agreement_info *out, cstn_error **error) CSTN_MUST_CHECK;

/* --- transitions ------------------------------------------------------------------------------ */

/** An act of a party. What is marked (filled) is for cstn_agreement_draft() to fill. */
typedef struct cstn_transition {
	uint32_t struct_size;
	int32_t event;        /**< CSTN_TRANSITION_... */
	int32_t actor;        /**< CSTN_ACTOR_... */
	int32_t from;         /**< (filled) CSTN_AGREEMENT_... of the chain, at at_us */
	int32_t to;           /**< (filled) CSTN_AGREEMENT_... */
	int32_t cause;        /**< of suspend and resume CSTN_CAUSE_..., else 0 */
	uint64_t seq;         /**< (filled) from 1 */
	int64_t at_us;        /**< when */
	int64_t effective_us; /**< of retire: at_us + notice_us or later; else 0 */
	/** One line for people; of condition_ended the condition. Need not be NUL-terminated; NULL
	 *  with 0 */
	const char *reason;
	size_t reason_len;                         /**< at most CSTN_REASON_MOST */
	uint8_t agreement[CSTN_TERMS_DIGEST_SIZE]; /**< (filled) */
	uint8_t previous[CSTN_TERMS_DIGEST_SIZE];  /**< (filled) of the first: the agreement's */
	uint8_t successor[CSTN_TERMS_DIGEST_SIZE]; /**< of supersede the new agreement; else zeros
						    */
} cstn_transition;
/* clang-format off */
#define CSTN_TRANSITION_INIT { sizeof(cstn_transition), 0, 0, 0, 0, 0, 0, 0, 0, NULL, 0, { 0 }, { 0 }, { 0 } }
/* clang-format on */

/** What the receiver of a transition knows besides. */
typedef struct cstn_transition_options {
	uint32_t struct_size;
	uint32_t flags; /**< 0 */
	/** Bit 1 << CSTN_CAUSE_... for each cause of suspension that the caller found cured: either
	 *  party may then resume. That of CSTN_CAUSE_DISPUTE is refused */
	uint32_t cured;
	uint32_t reserved0;              /**< 0 */
	const cstn_agreement *successor; /**< of supersede: signed by both, and names this one */
} cstn_transition_options;
/* clang-format off */
#define CSTN_TRANSITION_OPTIONS_INIT { sizeof(cstn_transition_options), 0, 0, 0, NULL }
/* clang-format on */

/** Make an act of one's own ready to be signed: check it against the agreement, and fill in the
 *  rest. Pure.
 *  @param transition event, actor, cause, at_us, effective_us, reason and successor as wanted; the
 *                    rest is filled on success
 *  @param options    NULL, or start from CSTN_TRANSITION_OPTIONS_INIT
 *  @return CSTN_OK; CSTN_E_STATE if the actor cannot do this now; CSTN_E_MISSING while a transition
 *  is missing; CSTN_E_INVALID_ARGUMENT for fields that break a rule: too short a notice, another
 *  condition or successor; CSTN_E_LIMIT; CSTN_E_STRUCT_SIZE; CSTN_E_STRUCT_TOO_NEW.
 *  Any thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_agreement_draft(const cstn_agreement *agreement,
		const cstn_transition_options *options, cstn_transition *transition,
		cstn_error **error) CSTN_MUST_CHECK;

/** The text of a transition, as it is signed:
 *
 *      cstn/transition/v1
 *      agreement 64 hexadecimal digits
 *      seq NUMBER
 *      from STATE
 *      to STATE
 *      event suspend|resume|retire|condition_ended|supersede|renew
 *      actor recipient|provider
 *      at_us NUMBER
 *      cause none|dispute|duty_overdue|membership_lapsed|condition_unknown
 *      effective_us NUMBER
 *      successor 64 hexadecimal digits
 *      reason TEXT
 *      previous 64 hexadecimal digits
 *
 *  Its SHA-256 is the digest of the transition.
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE; CSTN_E_STRUCT_TOO_NEW;
 *  CSTN_E_NOMEM. Free it with cstn_buffer_free(). Any thread. O(length). @since 0.1 */
CSTN_API cstn_status cstn_transition_format(const cstn_transition *transition,
		const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Read the text of a transition; no signature is looked at.
 *  @param out struct_size set; the reason is borrowed from `text`
 *  @return CSTN_OK; CSTN_E_FORMAT with the byte; CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE.
 *  Any thread. O(length). @since 0.1 */
CSTN_API cstn_status cstn_transition_parse(const char *text, size_t text_len, cstn_transition *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Sign a transition that cstn_agreement_draft() made ready.
 *  @param signer signer key of the actor, NUL-terminated
 *  @param out    a signed note, for the own side and for the other; free with cstn_buffer_free()
 *  @return as cstn_transition_format() and cstn_note_sign(). Any thread. Cost: an Ed25519
 *  signature. @since 0.1 */
CSTN_API cstn_status cstn_transition_sign(const cstn_transition *transition, const char *signer,
		const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Apply a signed transition, one's own or the other side's. Pure.
 *  @param note    the signed note; a SIGN key of the actor that holds at at_us must have signed
 *  @param keys    of both parties
 *  @param options NULL, or start from CSTN_TRANSITION_OPTIONS_INIT
 *  @param out     the agreement after it; one more reference to the same if this very transition
 *                 was applied before. **Also after CSTN_E_MISSING and CSTN_E_SPLIT_VIEW**: the
 *                 agreement with that hold, which the caller must use from now on. Release with
 *                 cstn_agreement_unref()
 *  @return CSTN_OK; CSTN_E_MISSING if a transition before it is not here: the hold ends when all up
 *  to it are; CSTN_E_SPLIT_VIEW if another transition has its place or its predecessor's: the hold
 *  stays, log both notes; CSTN_E_MISMATCH for another agreement; CSTN_E_STATE if the actor cannot
 *  do this, or `from` and `to` are not what they should be; CSTN_E_SIGNATURE; CSTN_E_FORMAT with
 *  the byte; CSTN_E_INVALID_ARGUMENT as cstn_agreement_draft(); CSTN_E_LIMIT; CSTN_E_NOMEM.
 *  Any thread while none adds keys. Cost: a verification a signature, O(transitions). @since 0.1 */
CSTN_API cstn_status cstn_agreement_apply(const cstn_agreement *agreement, const char *note,
		size_t note_len, const cstn_party_keys *keys,
		const cstn_transition_options *options, cstn_agreement **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** How many transitions were applied; 0 for NULL. Any thread. O(1). @since 0.1 */
CSTN_API size_t cstn_agreement_transition_count(const cstn_agreement *agreement);

/** A transition by its place from 0, which is seq - 1.
 *  @param out struct_size set; the reason is borrowed from `agreement`
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT past the end; CSTN_E_STRUCT_SIZE. Any thread. O(1).
 *  @since 0.1 */
CSTN_API cstn_status cstn_agreement_get_transition(const cstn_agreement *agreement, size_t index,
		cstn_transition *out, cstn_error **error) CSTN_MUST_CHECK;

/** The signed note of a transition, NUL-terminated; `len` (may be NULL) receives its bytes.
 *  Borrowed; "" past the end. Any thread. O(1). @since 0.1 */
CSTN_API const char *cstn_agreement_transition_note(
		const cstn_agreement *agreement, size_t index, size_t *len);

/* --- duties that survive ---------------------------------------------------------------------- */

/** Is a duty of the agreement live at an instant? All are while the agreement is PENDING to
 *  RETIRING. After its end those that survive are: "delete", "destroy_key", "return" and "pay"
 * until they are fulfilled, "confidential" until its end.
 *  @param action   of the duty, NUL-terminated
 *  @param until_us of "confidential" its end, INT64_MAX: none; of others it is not read
 *  @return 1 or 0; 0 for NULL. Any thread. O(depth). @since 0.1 */
CSTN_API int32_t cstn_agreement_duty_is_live(const cstn_agreement *agreement, const char *action,
		int64_t until_us, int64_t now_us);

/* --- agreements as bytes ---------------------------------------------------------------------- */

/** An agreement as canonical JSON (RFC 8785): the notes of body and transitions, its terms where
 *  they were given, and holds. Its parent is not in it.
 *  @param out free with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. O(length). @since 0.1 */
CSTN_API cstn_status cstn_agreement_serialize(const cstn_agreement *agreement, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Read it back. The chain is walked anew: seq, digests, states; who has the bytes vouches for
 *  signatures and for what was cured, which were looked at when each transition came.
 *  @param allocator NULL: libc
 *  @param out       release with cstn_agreement_unref(); without its parent, see
 *                   cstn_agreement_derive()
 *  @return CSTN_OK; CSTN_E_FORMAT with the byte or field; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM.
 *  Any thread. O(length). @since 0.1 */
CSTN_API cstn_status cstn_agreement_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_agreement **out,
		cstn_error **error) CSTN_MUST_CHECK;

/* --- stores ----------------------------------------------------------------------------------- */

/** Agreements by provider, recipient, constellation and terms, so that equal requests never
 *  negotiate twice. One thread at a time changes it; while none does, any number may read. What is
 *  given out is a value: later changes do not touch it. */
typedef struct cstn_agreement_store cstn_agreement_store;

/** A new, empty store.
 *  @param allocator NULL: libc
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM.
 *  Free it with cstn_agreement_store_free(). Any thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_agreement_store_new(const cstn_allocator *allocator,
		cstn_agreement_store **out, cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. Any thread, once. @since 0.1 */
CSTN_API void cstn_agreement_store_free(cstn_agreement_store *store);

/** How many agreements it has, ended ones too; 0 for NULL. Any thread while none changes it. O(1).
 *  @since 0.1 */
CSTN_API size_t cstn_agreement_store_count(const cstn_agreement_store *store);

/** An agreement by its place: sorted by provider, recipient, constellation, terms, digest.
 *  Borrowed until the store changes; NULL past the end. Any thread while none changes it. O(1).
 *  @since 0.1 */
CSTN_API cstn_agreement *cstn_agreement_store_at(const cstn_agreement_store *store, size_t index);

/** Put an agreement, linked to its parent; or reuse the one that is live at an instant with the
 *  same parties, constellation and terms. A successor of an agreement that is here is put beside
 *  it, though terms be equal.
 *  @param agreement  one that is here already keeps its transitions
 *  @param vocabulary as in cstn_agreement_derive(); is not read for one without a parent
 *  @param now_us     is there a live one?
 *  @param out        the one that counts from now on; release with cstn_agreement_unref()
 *  @return CSTN_OK; CSTN_E_NOT_FOUND if its parent is not here; as cstn_agreement_derive(), the
 *  store being as it was.
 *  One thread at a time, and no reader. O(agreements). @since 0.1 */
CSTN_API cstn_status cstn_agreement_store_put(cstn_agreement_store *store,
		const cstn_agreement *agreement, const cstn_vocabulary *vocabulary, int64_t now_us,
		cstn_agreement **out, cstn_error **error) CSTN_MUST_CHECK;

/** The live agreement of parties, constellation and terms at an instant.
 *  @param terms 32 bytes, or NULL: any; the first in order
 *  @param out   release with cstn_agreement_unref()
 *  @return CSTN_OK; CSTN_E_NOT_FOUND; CSTN_E_INVALID_ARGUMENT. Any thread while none changes it.
 *  O(log agreements + those of the parties). @since 0.1 */
CSTN_API cstn_status cstn_agreement_store_find(const cstn_agreement_store *store,
		const char *provider, const char *recipient, const char *constellation,
		const uint8_t *terms, int64_t now_us, cstn_agreement **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** All agreements of parties and constellation, ended ones too: the candidates of a decision.
 *  @param first receives the place of the first, for cstn_agreement_store_at()
 *  @param count receives how many stand there together; 0: none
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT. Any thread while none changes it. O(log agreements +
 *  count). @since 0.1 */
CSTN_API cstn_status cstn_agreement_store_range(const cstn_agreement_store *store,
		const char *provider, const char *recipient, const char *constellation,
		size_t *first, size_t *count, cstn_error **error) CSTN_MUST_CHECK;

/** An agreement by its digest.
 *  @param digest 32 bytes
 *  @param out    release with cstn_agreement_unref()
 *  @return CSTN_OK; CSTN_E_NOT_FOUND; CSTN_E_INVALID_ARGUMENT. Any thread while none changes it.
 *  O(agreements). @since 0.1 */
CSTN_API cstn_status cstn_agreement_store_get(const cstn_agreement_store *store,
		const uint8_t *digest, cstn_agreement **out, cstn_error **error) CSTN_MUST_CHECK;

/** Apply a signed transition to the agreement that it names: cstn_agreement_apply(), with the
 *  successor looked up here. In the same act all agreements that derive from it see it: while it
 *  does not decide, they are SUSPENDED (CONDITION_UNKNOWN). After CSTN_E_MISSING and
 *  CSTN_E_SPLIT_VIEW the store has the agreement with its hold.
 *  @param cured as in cstn_transition_options
 *  @param out   NULL, or the agreement after it, also after the two failures that change it;
 *               release with cstn_agreement_unref()
 *  @return as cstn_agreement_apply(); CSTN_E_NOT_FOUND for an agreement or successor that is not
 *  here; CSTN_E_NOMEM, the store being as it was.
 *  One thread at a time, and no reader. Cost: a verification a signature; O(agreements) where
 *  others derive from it. @since 0.1 */
CSTN_API cstn_status cstn_agreement_store_apply(cstn_agreement_store *store, const char *note,
		size_t note_len, const cstn_party_keys *keys, uint32_t cured, cstn_agreement **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** The whole store as canonical JSON. Free it with cstn_buffer_free().
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread while none changes it.
 *  O(length). @since 0.1 */
CSTN_API cstn_status cstn_agreement_store_serialize(const cstn_agreement_store *store,
		cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** Read it back, as cstn_agreement_deserialize() each, and linked.
 *  @param allocator NULL: libc
 *  @param out       free with cstn_agreement_store_free()
 *  @return CSTN_OK; CSTN_E_FORMAT with the byte or field; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM.
 *  Any thread. O(length + agreements squared where many derive). @since 0.1 */
CSTN_API cstn_status cstn_agreement_store_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_agreement_store **out,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
