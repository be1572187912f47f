#ifndef CONSTELLATION_PSI_H
#define CONSTELLATION_PSI_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/agreement.h>
#include <constellation/alloc.h>
#include <constellation/decision.h>
#include <constellation/export.h>
#include <constellation/ledger.h>
#include <constellation/network.h>
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
 *  shows that one key evaluated all, so that a sender cannot mark a single identifier. In the mode
 *  CSTN_PSI_SIZE there is no such proof: it would name the evaluation of each element, which is
 * what the order hides. What is checked there: all evaluations differ and are elements of the
 * group, and no more are common than were asked for (else CSTN_E_PROOF). A sender that uses several
 * keys makes the size wrong, as one that leaves identifiers out or makes them up does in either
 * mode.
 *
 *  Both sides are believed to put in identifiers that they have: whoever guesses learns whether a
 *  guess was right. What bounds that are the gates, not the cryptography.
 *
 *  **Gates.** The way to run is with `signed_agreement`: before anything is computed
 *
 *   - it decides at now_us (cstn_agreement_decides_at()), and its parties are `party` and
 * `partner`;
 *   - one of its terms permits, at the level EXISTENCE and no other, the receiver to READ of the
 *     sender the field that `kind` names by its path, in the agreement's constellation, now;
 *   - `least_overlap` is not below the term's threshold;
 *   - what remains of the term is true without asking: it has no condition, roles, window of data,
 *     duty that comes BEFORE, consideration but EXPLICIT_NONE and those that only ADVISE, limit of
 *     rows; no prohibition beside it names the field; the agreement derives from none. A term with
 *     any of that takes `decision`, which permits the field at EXISTENCE by that term, at now_us;
 *   - calls of the term's limits are counted, out of the log of `network` or by `runs`.
 *
 *  Always: sizes are declared and padded; below the least overlap nothing is told but that;
 *  `runs` of a partner in a period; kinds with fewer than 2^20 plausible values are refused unless
 *  both have the flag, and with an agreement the term has CSTN_TERM_SMALL_KIND_ACKNOWLEDGED.
 *
 *  **Log.** With `network` each step - request, reply, finish - is an entry of type psi_run in the
 *  shared log of `party` in the constellation: gates and sizes, no value, and not what came out. It
 *  is committed before the step gives anything out; if it cannot be, nothing is. What is refused
 *  (terms, runs, sides that do not agree, a wrong proof) is entered in the private log of `party`.
 *
 *  An object is used by one thread at a time; the work inside is done by several. Everything that
 *  the sides must agree on is in the messages and compared: agreement, direction, mode, kind, least
 *  overlap. Without `signed_agreement` no term is looked at, and `agreement` is what the host says.
 */

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
	const uint8_t *agreement; /**< digest of the agreement, 32 bytes; NULL: signed_agreement's
				   */
	const char *kind;  /**< of the identifiers: their path, "item.gtin": 1..64 bytes of UTF-8 */
	int32_t mode;      /**< CSTN_PSI_ITEMS or CSTN_PSI_SIZE */
	int32_t direction; /**< CSTN_PSI_TO_... */
	int32_t kind_log2; /**< plausible values of the kind, as a power of 2, rounded down */
	int32_t size_log2; /**< declared size as a power of 2; 0: the least that holds all */
	uint32_t least_overlap;  /**< below it only "fewer than" is told; 0: the term's threshold */
	int32_t threads;         /**< 0 all processors, 1 the caller's; the result is the same */
	cstn_progress *progress; /**< NULL, or counts elements and cancels */
	/** Fills `size` bytes at random, for blinds, keys and padding; NULL: libsodium's. */
	cstn_status (*entropy)(void *user, uint8_t *out, size_t size);
	void *entropy_user;
	cstn_psi_runs *runs; /**< NULL, or where the run is charged before anything is given out */
	const char *partner; /**< the other side, whom runs are charged to: 1..64 bytes of UTF-8 */
	cstn_log *log;  /**< NULL, or where each step is entered before anything is given out */
	int64_t now_us; /**< microseconds UTC, for gates, runs and log */
	/** NULL, or what both signed, with its terms; read by the call that makes the side only */
	const cstn_agreement *signed_agreement;
	/** With signed_agreement: one's own id in it, 1..64 bytes, as is `partner` the other's */
	const char *party;
	/** NULL, or with signed_agreement where each step is entered; in place of `log`. Referenced
	 */
	cstn_network *network;
	/** NULL, or what cstn_decide() said of this run; read by the call that makes the side only
	 */
	const cstn_decision *decision;
} cstn_psi_options;
/* clang-format off */
#define CSTN_PSI_OPTIONS_INIT { sizeof(cstn_psi_options), 0, NULL, NULL, 0, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL }
/* clang-format on */

/* --- the receiver ----------------------------------------------------------------------------- */

/** The side that learns. */
typedef struct cstn_psi_receiver cstn_psi_receiver;

/** A receiver of one run.
 *  @param options  copied, but what it points to outlives the receiver: progress, runs, log
 *  @param out      free it with cstn_psi_receiver_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_DENIED naming the gate that is shut;
 *  CSTN_E_MISSING if signed_agreement has no terms; CSTN_E_MISMATCH if `agreement` is another's;
 *  CSTN_E_STRUCT_SIZE; CSTN_E_NOMEM; with a network what a commit gives, if a refusal cannot be
 *  entered. Cost: O(terms). Any thread. @since 0.1 */
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
 *  with a network what a commit gives; CSTN_E_NOMEM. After a failure but CSTN_E_STATE it may be
 *  called again.
 *  Cost: a multiplication on the curve an identifier; with a network a commit, and for a term that
 *  limits calls a look-up an entry of its window. One thread at a time. @since 0.1 */
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
 *  request; CSTN_E_PROOF if not one key evaluated all, or, in the mode CSTN_PSI_SIZE, if more are
 *  common than there are own ones; with a network what a commit gives; CSTN_E_STATE before the
 * request, or once a reply was taken; CSTN_E_STRUCT_SIZE; CSTN_E_CANCELLED; CSTN_E_NOMEM. After a
 * failure another reply may be tried. Cost: three multiplications an element of the declared size.
 * One thread at a time. @since 0.1 */
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
 * what entropy gave; with a network what a commit gives; CSTN_E_NOMEM. After a failure but
 * CSTN_E_STATE it may be called again. Cost: as cstn_psi_receiver_request(), with two
 * multiplications an element of the request, one an own identifier. One thread at a time.
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
