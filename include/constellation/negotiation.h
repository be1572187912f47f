#ifndef CONSTELLATION_NEGOTIATION_H
#define CONSTELLATION_NEGOTIATION_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/export.h>
#include <constellation/ledger.h>
#include <constellation/party_keys.h>
#include <constellation/status.h>

/** @file negotiation.h
 *  How two parties come to one set of terms: the machine of the Dataspace Protocol 2025-1, with the
 *  actor of each message checked.
 *
 *  The recipient of the data (there: the consumer) and the provider send messages. A state is
 *  immutable; a message makes a new state, or an error and none:
 *
 *      none       request (recipient) -> REQUESTED; offer (provider) -> OFFERED
 *      REQUESTED  offer (provider) -> OFFERED; agree (provider) -> AGREED; terminate (either)
 *      OFFERED    request (recipient) -> REQUESTED; accept (recipient) -> ACCEPTED;
 *                 terminate (either)
 *      ACCEPTED   agree (provider) -> AGREED; terminate (provider)
 *      AGREED     verify (recipient) -> VERIFIED; terminate (recipient)
 *      VERIFIED   finalize (provider) -> FINALIZED; terminate (provider)
 *
 *  Terms are named by the digest of their set and compared by it, never by structure: accept,
 *  agree, verify and finalize quote the digest of the last request or offer, so that nobody signs
 *  what he has not seen. An offer has an end; to accept it later is CSTN_E_STALE.
 *
 *  A message travels as a signed note of the type `cstn/negotiation/v1`. Nothing here reads a
 *  clock: instants are microseconds UTC that the caller gives. States are refcounted and may be
 *  used from any number of threads; all other calls are pure functions of their arguments. */

#ifdef __cplusplus
extern "C" {
#endif

/** The party that receives data: the consumer of the Dataspace Protocol. */
#define CSTN_ACTOR_RECIPIENT 1
/** The party that provides them. */
#define CSTN_ACTOR_PROVIDER 2

#define CSTN_NEGOTIATION_NONE 0 /**< no message yet */
#define CSTN_NEGOTIATION_REQUESTED 1
#define CSTN_NEGOTIATION_OFFERED 2
#define CSTN_NEGOTIATION_ACCEPTED 3
#define CSTN_NEGOTIATION_AGREED 4
#define CSTN_NEGOTIATION_VERIFIED 5
#define CSTN_NEGOTIATION_FINALIZED 6  /**< terminal: an agreement can be made */
#define CSTN_NEGOTIATION_TERMINATED 7 /**< terminal: it came to nothing */

#define CSTN_MESSAGE_REQUEST 1
#define CSTN_MESSAGE_OFFER 2
#define CSTN_MESSAGE_ACCEPT 3
#define CSTN_MESSAGE_AGREE 4
#define CSTN_MESSAGE_VERIFY 5
#define CSTN_MESSAGE_FINALIZE 6
#define CSTN_MESSAGE_TERMINATE 7

/** Bytes of a message's id. */
#define CSTN_MESSAGE_ID_SIZE 16
/** Bytes of a digest of terms, an agreement or a transition: SHA-256. */
#define CSTN_TERMS_DIGEST_SIZE 32
/** The most requests and offers of one negotiation. */
#define CSTN_NEGOTIATION_ROUNDS_MOST 4096
/** The most bytes of a reason. */
#define CSTN_REASON_MOST 255

/** Flag: the provider may replace an offer by another one. */
#define CSTN_NEGOTIATION_ALLOW_REOFFER 1u

/** A state of a negotiation. Immutable and refcounted. */
typedef struct cstn_negotiation cstn_negotiation;

/** Who negotiates. */
typedef struct cstn_negotiation_options {
	uint32_t struct_size;
	uint32_t flags;        /**< 0 or CSTN_NEGOTIATION_ALLOW_REOFFER; both sides use the same */
	const char *id;        /**< of the negotiation, 1..64 bytes, NUL-terminated like all ids */
	const char *provider;  /**< party */
	const char *recipient; /**< another party */
	const char *constellation;       /**< nothing has effect outside it */
	const cstn_allocator *allocator; /**< NULL: libc */
} cstn_negotiation_options;
/* clang-format off */
#define CSTN_NEGOTIATION_OPTIONS_INIT { sizeof(cstn_negotiation_options), 0, NULL, NULL, NULL, NULL, NULL }
/* clang-format on */

/** What a party says. */
typedef struct cstn_negotiation_message {
	uint32_t struct_size;
	int32_t type;            /**< CSTN_MESSAGE_... */
	int32_t actor;           /**< CSTN_ACTOR_... */
	uint32_t reserved0;      /**< 0 */
	const char *negotiation; /**< id of the negotiation; need not be NUL-terminated */
	size_t negotiation_len;  /**< its bytes */
	const char *reason;      /**< one line of UTF-8 for people, or NULL with 0 */
	size_t reason_len;       /**< at most CSTN_REASON_MOST */
	int64_t now_us;          /**< when it is said, microseconds UTC */
	/** Of an offer, and later than now_us: from then on it cannot be accepted; INT64_MAX: no
	 *  end. Of other messages 0 */
	int64_t expires_us;
	uint8_t id[CSTN_MESSAGE_ID_SIZE];       /**< of this message, unique */
	uint8_t digest[CSTN_TERMS_DIGEST_SIZE]; /**< of the set of terms it speaks of */
} cstn_negotiation_message;
/* clang-format off */
#define CSTN_NEGOTIATION_MESSAGE_INIT { sizeof(cstn_negotiation_message), 0, 0, 0, NULL, 0, NULL, 0, 0, 0, { 0 }, { 0 } }
/* clang-format on */

/** What a state says. Texts are borrowed from the state. Set struct_size before it is filled. */
typedef struct cstn_negotiation_info {
	uint32_t struct_size;
	int32_t state;  /**< CSTN_NEGOTIATION_... */
	uint32_t flags; /**< CSTN_NEGOTIATION_ALLOW_REOFFER */
	uint32_t reserved0;
	const char *id; /**< NUL-terminated, as the other texts */
	const char *provider;
	const char *recipient;
	const char *constellation;
	int64_t expires_us;  /**< of the last offer; 0 unless an offer stands last */
	int64_t last_us;     /**< instant of the last message; 0 without */
	uint64_t n_messages; /**< that were taken */
	uint64_t n_refused;  /**< attempts that cstn_negotiation_refused() has counted */
	/** Of the last request or offer; zeros without */
	uint8_t digest[CSTN_TERMS_DIGEST_SIZE];
} cstn_negotiation_info;
/* clang-format off */
#define CSTN_NEGOTIATION_INFO_INIT { sizeof(cstn_negotiation_info), 0, 0, 0, NULL, NULL, NULL, NULL, 0, 0, 0, 0, { 0 } }
/* clang-format on */

/** "REQUESTED"; "" for unknown numbers. Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_negotiation_state_name(int32_t state);
/** "request"; "" for unknown numbers. Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_negotiation_message_name(int32_t type);
/** "recipient" or "provider"; "" for unknown numbers. Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_actor_name(int32_t actor);

/** A negotiation in which nothing was said.
 *  @param options start from CSTN_NEGOTIATION_OPTIONS_INIT
 *  @param out     release with cstn_negotiation_unref()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT for a bad id, or one party on both sides;
 *  CSTN_E_STRUCT_SIZE; CSTN_E_STRUCT_TOO_NEW; CSTN_E_NOMEM. Any thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_negotiation_new(const cstn_negotiation_options *options,
		cstn_negotiation **out, cstn_error **error) CSTN_MUST_CHECK;

/** One more reference, given back with cstn_negotiation_unref(). Any thread. O(1). @since 0.1 */
CSTN_API cstn_negotiation *cstn_negotiation_ref(cstn_negotiation *negotiation);
/** One less; NULL is allowed. Any thread. O(1). @since 0.1 */
CSTN_API void cstn_negotiation_unref(cstn_negotiation *negotiation);

/** The state's number, CSTN_NEGOTIATION_...; 0 for NULL. Any thread. O(1). @since 0.1 */
CSTN_API int32_t cstn_negotiation_state(const cstn_negotiation *negotiation);

/** What a state says.
 *  @param out start from CSTN_NEGOTIATION_INFO_INIT; texts borrowed from `negotiation`
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE. Any thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_negotiation_get_info(const cstn_negotiation *negotiation,
		cstn_negotiation_info *out, cstn_error **error) CSTN_MUST_CHECK;

/** The state after a message. Pure: `negotiation` stays what it is.
 *  @param message start from CSTN_NEGOTIATION_MESSAGE_INIT
 *  @param out     the new state, or one more reference to the same where a message came again with
 *                 the same content; release with cstn_negotiation_unref()
 *  @return CSTN_OK; CSTN_E_STATE if the actor cannot say this now; CSTN_E_STALE if accept, agree,
 *  verify or finalize quote another digest than the last request or offer has, or an offer is
 *  accepted at its end or later; CSTN_E_CONFLICT if the id of a message that was taken came with
 *  other content; CSTN_E_MISMATCH for a message of another negotiation; CSTN_E_LIMIT for more than
 *  CSTN_NEGOTIATION_ROUNDS_MOST requests and offers; CSTN_E_INVALID_ARGUMENT for a message that
 *  breaks the rules of its fields; CSTN_E_STRUCT_SIZE; CSTN_E_STRUCT_TOO_NEW; CSTN_E_NOMEM.
 *  Rules are looked at in this order: fields, negotiation, id, state, digest, end. Log what was
 *  refused, see cstn_negotiation_refused() and cstn_negotiation_log_entry(). An instant before that
 *  of an earlier message is taken: clocks differ.
 *  Any thread. O(messages). @since 0.1 */
CSTN_API cstn_status cstn_negotiation_apply(const cstn_negotiation *negotiation,
		const cstn_negotiation_message *message, cstn_negotiation **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** The same state with one more refused attempt in its count. Pure.
 *  @param out release with cstn_negotiation_unref()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. O(messages). @since 0.1 */
CSTN_API cstn_status cstn_negotiation_refused(const cstn_negotiation *negotiation,
		cstn_negotiation **out, cstn_error **error) CSTN_MUST_CHECK;

/* --- messages as notes ------------------------------------------------------------------------ */

/** The text of a message, as it is signed:
 *
 *      cstn/negotiation/v1
 *      negotiation ID
 *      id 32 hexadecimal digits
 *      type request|offer|accept|agree|verify|finalize|terminate
 *      actor recipient|provider
 *      now_us NUMBER
 *      digest 64 hexadecimal digits
 *      expires_us NUMBER
 *      reason TEXT
 *
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT as cstn_negotiation_apply(); CSTN_E_STRUCT_SIZE;
 *  CSTN_E_STRUCT_TOO_NEW; CSTN_E_NOMEM.
 *  Free it with cstn_buffer_free(). Any thread. O(length). @since 0.1 */
CSTN_API cstn_status cstn_negotiation_message_format(const cstn_negotiation_message *message,
		const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Read the text of a message; no signature is looked at.
 *  @param out struct_size set; its texts are borrowed from `text`
 *  @return CSTN_OK; CSTN_E_FORMAT with the byte; CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE.
 *  Any thread. O(length). @since 0.1 */
CSTN_API cstn_status cstn_negotiation_message_parse(const char *text, size_t text_len,
		cstn_negotiation_message *out, cstn_error **error) CSTN_MUST_CHECK;

/** Sign a message.
 *  @param signer signer key of the actor, NUL-terminated
 *  @param out    a signed note; free with cstn_buffer_free()
 *  @return as cstn_negotiation_message_format() and cstn_note_sign().
 *  Any thread. Cost: an Ed25519 signature. @since 0.1 */
CSTN_API cstn_status cstn_negotiation_message_sign(const cstn_negotiation_message *message,
		const char *signer, const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Verify the note of a message and apply it: a SIGN key of the actor's party that holds at the
 *  message's now_us must have signed.
 *  @param keys  of both parties
 *  @param out   as cstn_negotiation_apply(); release with cstn_negotiation_unref()
 *  @return as cstn_negotiation_apply(); CSTN_E_SIGNATURE; CSTN_E_FORMAT with the byte;
 *  CSTN_E_LIMIT. Any thread while none adds keys. Cost: a verification a signature. @since 0.1 */
CSTN_API cstn_status cstn_negotiation_apply_note(const cstn_negotiation *negotiation,
		const char *note, size_t note_len, const cstn_party_keys *keys,
		cstn_negotiation **out, cstn_error **error) CSTN_MUST_CHECK;

/** The entry of a log for a message, taken or refused: canonical JSON that holds the instant,
 *  parties, type, actor, the digest of the message's text, and the outcome by its name
 *  ("CSTN_OK", "CSTN_E_STATE").
 *  @param negotiation the state before the message
 *  @param outcome     what cstn_negotiation_apply() gave
 *  @param out         at most CSTN_LOG_ENTRY_MOST bytes; free with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. O(length). @since 0.1 */
CSTN_API cstn_status cstn_negotiation_log_entry(const cstn_negotiation *negotiation,
		const cstn_negotiation_message *message, cstn_status outcome, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/* --- states as bytes -------------------------------------------------------------------------- */

/** A state as canonical JSON (RFC 8785).
 *  @param out free with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. O(messages). @since 0.1 */
CSTN_API cstn_status cstn_negotiation_serialize(const cstn_negotiation *negotiation,
		cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** Read it back. The bytes must be those that cstn_negotiation_serialize() writes.
 *  @param allocator NULL: libc
 *  @param out       release with cstn_negotiation_unref()
 *  @return CSTN_OK; CSTN_E_FORMAT with the byte or field; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM.
 *  Any thread. O(bytes). @since 0.1 */
CSTN_API cstn_status cstn_negotiation_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_negotiation **out,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
