#ifndef CONSTELLATION_PSI_H
#define CONSTELLATION_PSI_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/export.h>
#include <constellation/ledger.h>
#include <constellation/progress.h>
#include <constellation/status.h>

/** @file psi.h
 *  Private set intersection: which identifiers two companies have in common, and nothing of the
 *  others.
 *
 *  The *receiver* blinds its identifiers and sends them (a request). The *sender* evaluates them
 *  under a key that is fresh for the run, and sends that back with its own identifiers under the
 *  same key (a reply). The receiver unblinds, compares, and learns the intersection; in the mode
 *  CSTN_PSI_SIZE only its size, since the sender has put the evaluations into another order. The
 *  sender learns nothing but the receiver's declared size. Messages are bytes: hand them over as
 * you like.
 *
 *  The function is the VOPRF of RFC 9497, ristretto255-SHA512. In the mode CSTN_PSI_ITEMS its proof
 *  shows that one key evaluated all, so that a sender cannot mark a single identifier; in the mode
 *  CSTN_PSI_SIZE the order hides what a proof would need, and the sender is believed. Both sides
 * are believed to put in identifiers that they have: whoever guesses learns whether a guess was
 * right. What bounds that are the gates, not the cryptography: declared sizes, the least overlap
 * that is told, runs a period (cstn_psi_runs), and identifiers of which there are too few to be
 * guessed.
 *
 *  An object is used by one thread at a time; the work inside is done by several. Everything that
 *  the sides must agree on is in the messages and compared: agreement, direction, mode, kind, least
 *  overlap. Whether a signed term allows a run, at the level EXISTENCE for this kind, is the
 * decision that comes before (see decision.h); the digest of the agreement binds the run to it. */

#ifdef __cplusplus
extern "C" {
#endif

/** The receiver learns which of its identifiers are common. */
#define CSTN_PSI_ITEMS 1
/** The receiver learns how many are. */
#define CSTN_PSI_SIZE 2

/** The recipient of data under the agreement is the receiver. */
#define CSTN_PSI_TO_RECIPIENT 1
/** The provider is. */
#define CSTN_PSI_TO_PROVIDER 2

/** Bytes of an agreement's digest. */
#define CSTN_PSI_DIGEST_SIZE 32
/** The most bytes of an identifier. */
#define CSTN_PSI_VALUE_MOST 1024
/** The most identifiers of a side. */
#define CSTN_PSI_VALUES_MOST 100000
/** A declared size is 2 to the power of this at least, and at most. */
#define CSTN_PSI_LOG2_LEAST 4
#define CSTN_PSI_LOG2_MOST 17
/** Identifier kinds with fewer than 2 to the power of this plausible values are small. */
#define CSTN_PSI_KIND_LOG2 20

/** A small kind, as both have signed: anybody could try all of its values. */
#define CSTN_PSI_SMALL_KIND 1u

/** How many runs a partner had in a period. */
typedef struct cstn_psi_runs cstn_psi_runs;

/** What a run is about; each side gives its own, and they must agree. */
typedef struct cstn_psi_options {
	uint32_t struct_size;
	uint32_t flags;           /**< CSTN_PSI_SMALL_KIND */
	const uint8_t *agreement; /**< digest of the agreement, 32 bytes */
	const char *kind;         /**< of the identifiers, "gtin", "email": 1..64 bytes */
	int32_t mode;             /**< CSTN_PSI_ITEMS or CSTN_PSI_SIZE */
	int32_t direction;        /**< CSTN_PSI_TO_... */
	int32_t kind_log2;       /**< plausible values of the kind, as a power of 2, rounded down */
	int32_t size_log2;       /**< declared size as a power of 2; 0: the least that holds all */
	uint32_t least_overlap;  /**< below it only "fewer than" is told; 0 tells all */
	int32_t threads;         /**< 0 all processors, 1 the caller's; the result is the same */
	cstn_progress *progress; /**< NULL, or counts elements and cancels */
	/** Fills `size` bytes at random, for blinds, keys and padding; NULL: libsodium's. */
	cstn_status (*entropy)(void *user, uint8_t *out, size_t size);
	void *entropy_user;
	cstn_psi_runs *runs; /**< NULL, or where the run is charged before anything is given out */
	const char *partner; /**< with runs: whom it is charged to, 1..64 bytes */
	cstn_log *log;  /**< NULL, or where each step is entered before anything is given out */
	int64_t now_us; /**< microseconds UTC, for runs and log */
} cstn_psi_options;
/* clang-format off */
#define CSTN_PSI_OPTIONS_INIT { sizeof(cstn_psi_options), 0, NULL, NULL, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0 }
/* clang-format on */

/* --- the receiver ----------------------------------------------------------------------------- */

/** The side that learns. */
typedef struct cstn_psi_receiver cstn_psi_receiver;

/** A receiver of one run.
 *  @param options  copied, but what it points to outlives the receiver: progress, runs, log
 *  @param out      free it with cstn_psi_receiver_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_DENIED for a small kind without the flag;
 *  CSTN_E_STRUCT_SIZE; CSTN_E_NOMEM. Cost: O(1). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_psi_receiver_new(const cstn_psi_options *options,
		const cstn_allocator *allocator, cstn_psi_receiver **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add identifiers, all or none; those that come again count once. Bytes are compared as they are:
 *  bring them into one form before (trim, case, check digits), on both sides alike.
 *  @param bytes  the bytes of all, one behind the other; copied, and wiped by the free
 *  @param ends   where each of the `count` ends in them; each has 1 to CSTN_PSI_VALUE_MOST bytes
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT naming the identifier by its place; CSTN_E_LIMIT past
 *  CSTN_PSI_VALUES_MOST; CSTN_E_STATE once a request was made; CSTN_E_NOMEM.
 *  Cost: O(bytes). One thread at a time. @since 0.1 */
CSTN_API cstn_status cstn_psi_receiver_add(cstn_psi_receiver *receiver, const uint8_t *bytes,
		const uint64_t *ends, size_t count, cstn_error **error) CSTN_MUST_CHECK;

/** The request: the blinded identifiers among random elements, 32 bytes each, up to the declared
 *  size.
 *  @param out  bytes for the sender; free it with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_STATE if there was one; CSTN_E_BUDGET if the partner's runs are spent;
 *  CSTN_E_LIMIT if there are more identifiers than declared; CSTN_E_CANCELLED; what entropy gave;
 *  CSTN_E_NOMEM. After a failure but CSTN_E_STATE it may be called again.
 *  Cost: a multiplication on the curve an identifier. One thread at a time. @since 0.1 */
CSTN_API cstn_status cstn_psi_receiver_request(
		cstn_psi_receiver *receiver, cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** What a run gave. */
typedef struct cstn_psi_result {
	uint32_t struct_size;
	int32_t is_fewer; /**< 1: fewer than least_overlap are common, and nothing more is told */
	uint64_t common;  /**< identifiers in common; least_overlap if is_fewer */
	uint64_t own;     /**< the receiver's own identifiers, each once */
	uint64_t own_declared;   /**< size declared by the receiver: a power of 2 */
	uint64_t their_declared; /**< by the sender */
} cstn_psi_result;
/* clang-format off */
#define CSTN_PSI_RESULT_INIT { sizeof(cstn_psi_result), 0, 0, 0, 0, 0 }
/* clang-format on */

/** Take the reply: verify, unblind, compare.
 *  @param reply   bytes of the sender, of whom nothing is believed
 *  @param result  struct_size set
 *  @return CSTN_OK; CSTN_E_FORMAT with the byte offset; CSTN_E_MISMATCH for a reply to another
 *  request; CSTN_E_PROOF if not one key evaluated all; CSTN_E_STATE before the request, or once a
 *  reply was taken; CSTN_E_STRUCT_SIZE; CSTN_E_CANCELLED; CSTN_E_NOMEM. After a failure another
 * reply may be tried. Cost: three multiplications an element of the declared size. One thread at a
 * time. @since 0.1 */
CSTN_API cstn_status cstn_psi_receiver_finish(cstn_psi_receiver *receiver, const void *reply,
		size_t size, cstn_psi_result *result, cstn_error **error) CSTN_MUST_CHECK;

/** Which identifiers are common: their places in the order they were added, from 0, ascending; of
 *  one that came again the first. NULL in the mode CSTN_PSI_SIZE, before
 * cstn_psi_receiver_finish(), and if there are fewer than the least. Borrowed from the receiver.
 *  @param count  NULL, or receives how many
 *  One thread at a time. O(1). @since 0.1 */
CSTN_API const uint64_t *cstn_psi_receiver_common(const cstn_psi_receiver *receiver, size_t *count);

/** Wipe identifiers and blinds and free; NULL is allowed. One thread, once. @since 0.1 */
CSTN_API void cstn_psi_receiver_free(cstn_psi_receiver *receiver);

/* --- the sender ------------------------------------------------------------------------------- */

/** The side that helps. */
typedef struct cstn_psi_sender cstn_psi_sender;

/** A sender of one run. As cstn_psi_receiver_new(); free it with cstn_psi_sender_free().
 *  @return as there. Cost: O(1). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_psi_sender_new(const cstn_psi_options *options,
		const cstn_allocator *allocator, cstn_psi_sender **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add identifiers, as cstn_psi_receiver_add(): copied, and wiped by the free.
 *  @return as there. Cost: O(bytes). One thread at a time. @since 0.1 */
CSTN_API cstn_status cstn_psi_sender_add(cstn_psi_sender *sender, const uint8_t *bytes,
		const uint64_t *ends, size_t count, cstn_error **error) CSTN_MUST_CHECK;

/** Answer a request, once: its elements under a fresh key, the proof, and 16 bytes for each own
 *  identifier, among random ones up to the declared size.
 *  @param request  bytes of the receiver, of whom nothing is believed
 *  @param out      bytes for the receiver; free it with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_FORMAT with the byte offset; CSTN_E_MISMATCH naming what the sides do
 * not agree on; CSTN_E_STATE if one was answered; CSTN_E_BUDGET; CSTN_E_LIMIT; CSTN_E_CANCELLED;
 * what entropy gave; CSTN_E_NOMEM. After a failure but CSTN_E_STATE it may be called again. Cost:
 * two multiplications an element of the request, one an own identifier. One thread at a time.
 *  @since 0.1 */
CSTN_API cstn_status cstn_psi_sender_reply(cstn_psi_sender *sender, const void *request,
		size_t size, cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** Wipe identifiers and free; NULL is allowed. One thread, once. @since 0.1 */
CSTN_API void cstn_psi_sender_free(cstn_psi_sender *sender);

/* --- runs ------------------------------------------------------------------------------------- */

/** A count of runs by partner and period, to be kept by the host.
 *  @param period_us  length of a period; periods begin at multiples of it since 1970
 *  @param most       runs a partner has in a period, at least 1
 *  @param out        free it with cstn_psi_runs_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Cost: O(1). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_psi_runs_new(int64_t period_us, uint32_t most,
		const cstn_allocator *allocator, cstn_psi_runs **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Read a count back.
 *  @param data  what cstn_psi_runs_serialize() gave @param out free it with cstn_psi_runs_free()
 *  @return CSTN_OK; CSTN_E_CORRUPT; CSTN_E_NEWER_FORMAT; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM.
 *  Cost: O(size). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_psi_runs_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_psi_runs **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Its bytes: keep them once a run was charged, before its message leaves.
 *  @param out free it with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Cost: O(partners). One thread at a time.
 *  @since 0.1 */
CSTN_API cstn_status cstn_psi_runs_serialize(
		const cstn_psi_runs *runs, cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** How many runs a partner has left in the period of an instant; 0 for NULL. An instant before the
 *  last one that was charged counts as that. One thread at a time. O(partners). @since 0.1 */
CSTN_API uint32_t cstn_psi_runs_left(
		const cstn_psi_runs *runs, const char *partner, int64_t now_us);

/** Free; NULL is allowed. One thread, once. @since 0.1 */
CSTN_API void cstn_psi_runs_free(cstn_psi_runs *runs);

#ifdef __cplusplus
}
#endif

#endif
