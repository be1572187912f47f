#ifndef CONSTELLATION_RECEIPT_H
#define CONSTELLATION_RECEIPT_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/export.h>
#include <constellation/negotiation.h>
#include <constellation/party_keys.h>
#include <constellation/status.h>

/** @file receipt.h
 *  Receipts: what a party says, over its signature, to have done under an agreement: received,
 *  deleted, destroyed the key of, returned, paid. Waivers: what a provider says, over its, to be
 * owed no longer. A proof of deletion is such a receipt, naming release and agreement; that the
 * data are gone nobody can prove, that the party said so he cannot deny. All calls are pure
 * functions of their arguments. */

#ifdef __cplusplus
extern "C" {
#endif

#define CSTN_RECEIPT_RECEIVED 1
#define CSTN_RECEIPT_DELETED 2
#define CSTN_RECEIPT_KEY_DESTROYED 3
#define CSTN_RECEIPT_RETURNED 4
#define CSTN_RECEIPT_PAID 5

/** A receipt. Texts need not be NUL-terminated. */
typedef struct cstn_receipt {
	uint32_t struct_size;
	int32_t kind;      /**< CSTN_RECEIPT_... */
	const char *party; /**< who says so: id, 1..64 bytes */
	size_t party_len;
	const char *detail; /**< one line of UTF-8 for people, or NULL with 0 */
	size_t detail_len;  /**< at most CSTN_REASON_MOST */
	int64_t at_us; /**< when it was done, microseconds UTC; the party's key must hold then */
	uint8_t agreement[CSTN_TERMS_DIGEST_SIZE]; /**< its digest */
	/** The id of the release, as its opening entry and its receipt have it; zeros only for
	 * PAID: of none */
	uint8_t release[CSTN_TERMS_DIGEST_SIZE];
	uint8_t evidence[CSTN_TERMS_DIGEST_SIZE]; /**< digest of what shows it; zeros: nothing */
} cstn_receipt;
/* clang-format off */
#define CSTN_RECEIPT_INIT { sizeof(cstn_receipt), 0, NULL, 0, NULL, 0, 0, { 0 }, { 0 }, { 0 } }
/* clang-format on */

/** "deleted"; "" for unknown numbers. Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_receipt_kind_name(int32_t kind);

/** The text of a receipt, as it is signed:
 *
 *      cstn/receipt/v1
 *      kind received|deleted|key_destroyed|returned|paid
 *      party ID
 *      agreement 64 hexadecimal digits
 *      release 64 hexadecimal digits
 *      evidence 64 hexadecimal digits
 *      at_us NUMBER
 *      detail TEXT
 *
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT for an unknown kind, a bad id or detail, no agreement,
 *  or no release where one is needed; CSTN_E_STRUCT_SIZE; CSTN_E_STRUCT_TOO_NEW; CSTN_E_NOMEM.
 *  Free it with cstn_buffer_free(). Any thread. O(length). @since 0.1 */
CSTN_API cstn_status cstn_receipt_format(const cstn_receipt *receipt,
		const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Read the text of a receipt; no signature is looked at.
 *  @param out struct_size set; its texts are borrowed from `text`
 *  @return CSTN_OK; CSTN_E_FORMAT with the byte; CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE.
 *  Any thread. O(length). @since 0.1 */
CSTN_API cstn_status cstn_receipt_parse(const char *text, size_t text_len, cstn_receipt *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Sign a receipt.
 *  @param signer signer key of the party, NUL-terminated
 *  @param out    a signed note; free with cstn_buffer_free()
 *  @return as cstn_receipt_format() and cstn_note_sign(). Any thread. Cost: an Ed25519 signature.
 *  @since 0.1 */
CSTN_API cstn_status cstn_receipt_sign(const cstn_receipt *receipt, const char *signer,
		const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Open a signed receipt: a SIGN key of its party that holds at at_us must have signed.
 *  @param keys      of the party
 *  @param allocator NULL: libc; for the time of the call
 *  @param out       struct_size set; its texts are borrowed from `note`
 *  @return CSTN_OK; CSTN_E_SIGNATURE; CSTN_E_FORMAT with the byte; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_LIMIT; CSTN_E_STRUCT_SIZE; CSTN_E_NOMEM.
 *  Any thread while none adds keys. Cost: a verification a signature. @since 0.1 */
CSTN_API cstn_status cstn_receipt_open(const char *note, size_t note_len,
		const cstn_party_keys *keys, const cstn_allocator *allocator, cstn_receipt *out,
		cstn_error **error) CSTN_MUST_CHECK;

/* --- waivers ---------------------------------------------------------------------------------- */

/** That a duty is waived. Texts need not be NUL-terminated. */
typedef struct cstn_waiver {
	uint32_t struct_size;
	/** Of the duty in the term; of a release also CSTN_RULES_DUTY_RETENTION, _REVOCATION */
	uint32_t index;
	const char *party; /**< who says so, whom it is owed to: id, 1..64 bytes */
	size_t party_len;
	const char *detail; /**< one line of UTF-8 for people, or NULL with 0 */
	size_t detail_len;  /**< at most CSTN_REASON_MOST */
	int64_t at_us; /**< when it was said, microseconds UTC; the party's key must hold then */
	uint32_t consequence; /**< 0: the duty; n: the n-th consequence of it */
	uint32_t reserved0;   /**< 0 */
	uint8_t agreement[CSTN_TERMS_DIGEST_SIZE]; /**< its digest */
	uint8_t term[CSTN_TERMS_DIGEST_SIZE];      /**< its digest */
	uint8_t release[CSTN_TERMS_DIGEST_SIZE];   /**< its id; zeros: a duty of the term itself */
} cstn_waiver;
/* clang-format off */
#define CSTN_WAIVER_INIT { sizeof(cstn_waiver), 0, NULL, 0, NULL, 0, 0, 0, 0, { 0 }, { 0 }, { 0 } }
/* clang-format on */

/** The text of a waiver, as it is signed:
 *
 *      cstn/waiver/v1
 *      party ID
 *      agreement 64 hexadecimal digits
 *      term 64 hexadecimal digits
 *      release 64 hexadecimal digits
 *      index NUMBER
 *      consequence NUMBER
 *      at_us NUMBER
 *      detail TEXT
 *
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT for a bad id or detail, no agreement or no term;
 *  CSTN_E_STRUCT_SIZE; CSTN_E_STRUCT_TOO_NEW; CSTN_E_NOMEM.
 *  Free it with cstn_buffer_free(). Any thread. O(length). @since 0.1 */
CSTN_API cstn_status cstn_waiver_format(const cstn_waiver *waiver, const cstn_allocator *allocator,
		cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** Read the text of a waiver; no signature is looked at.
 *  @param out struct_size set; its texts are borrowed from `text`
 *  @return CSTN_OK; CSTN_E_FORMAT with the byte; CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE.
 *  Any thread. O(length). @since 0.1 */
CSTN_API cstn_status cstn_waiver_parse(const char *text, size_t text_len, cstn_waiver *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Sign a waiver.
 *  @param signer signer key of the party, NUL-terminated
 *  @param out    a signed note, for cstn_transaction_put_waiver(); free with cstn_buffer_free()
 *  @return as cstn_waiver_format() and cstn_note_sign(). Any thread. Cost: an Ed25519 signature.
 *  @since 0.1 */
CSTN_API cstn_status cstn_waiver_sign(const cstn_waiver *waiver, const char *signer,
		const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Open a signed waiver: a SIGN key of its party that holds at at_us must have signed.
 *  @param keys      of the party
 *  @param allocator NULL: libc; for the time of the call
 *  @param out       struct_size set; its texts are borrowed from `note`
 *  @return CSTN_OK; CSTN_E_SIGNATURE; CSTN_E_FORMAT with the byte; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_LIMIT; CSTN_E_STRUCT_SIZE; CSTN_E_NOMEM.
 *  Any thread while none adds keys. Cost: a verification a signature. @since 0.1 */
CSTN_API cstn_status cstn_waiver_open(const char *note, size_t note_len,
		const cstn_party_keys *keys, const cstn_allocator *allocator, cstn_waiver *out,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
