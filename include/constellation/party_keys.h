#ifndef CONSTELLATION_PARTY_KEYS_H
#define CONSTELLATION_PARTY_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/export.h>
#include <constellation/ledger.h>
#include <constellation/network.h>
#include <constellation/status.h>

/** @file party_keys.h
 *  A book of public keys: which Ed25519 verifier keys a party signs with, for what use, and from
 *  when until when.
 *
 *  A party is a company as a signatory; its id is 1..64 bytes of UTF-8 without control bytes and is
 *  compared byte by byte. A key holds in `[from_us, until_us)`: what was signed at another instant
 *  is CSTN_E_SIGNATURE, like what an unknown key signed. The same key may have several windows.
 *
 *  One thread at a time adds; while none does, any number may read. */

#ifdef __cplusplus
extern "C" {
#endif

/** The most bytes of an id of a party, constellation or negotiation. */
#define CSTN_ID_MOST 64

/** Signs messages, agreements, transitions and receipts: a key of type CSTN_NOTE_KEY_SIGN. */
#define CSTN_PARTY_KEY_SIGN 1
/** An officer's: two of them sign an override. A key of type CSTN_NOTE_KEY_SIGN. */
#define CSTN_PARTY_KEY_OFFICER 2
/** Signs checkpoints: a key of type CSTN_NOTE_KEY_WITNESS. */
#define CSTN_PARTY_KEY_WITNESS 3

/** A key of a party. */
typedef struct cstn_party_key {
	uint32_t struct_size;
	int32_t use;          /**< CSTN_PARTY_KEY_... */
	const char *party;    /**< id, NUL-terminated */
	const char *verifier; /**< verifier key, NUL-terminated */
	int64_t from_us;      /**< microseconds UTC; since when it holds */
	int64_t until_us;     /**< later than from_us; INT64_MAX: no end */
} cstn_party_key;
/* clang-format off */
#define CSTN_PARTY_KEY_INIT { sizeof(cstn_party_key), 0, NULL, NULL, 0, INT64_MAX }
/* clang-format on */

/** A book of keys. */
typedef struct cstn_party_keys cstn_party_keys;

/** A new, empty book.
 *  @param allocator NULL: libc
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM.
 *  Free it with cstn_party_keys_free(). Any thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_party_keys_new(const cstn_allocator *allocator, cstn_party_keys **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. Any thread, once. @since 0.1 */
CSTN_API void cstn_party_keys_free(cstn_party_keys *keys);

/** Add a key; one that is there already, with the same window, changes nothing.
 *  @param key start from CSTN_PARTY_KEY_INIT; copied
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT for a bad id, use or window, or a key of another type
 *  than its use needs; CSTN_E_FORMAT or CSTN_E_UNSUPPORTED if the verifier is no key;
 *  CSTN_E_STRUCT_SIZE; CSTN_E_STRUCT_TOO_NEW; CSTN_E_NOMEM, the book being as it was.
 *  One thread at a time, and no reader. O(keys). @since 0.1 */
CSTN_API cstn_status cstn_party_keys_add(cstn_party_keys *keys, const cstn_party_key *key,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add the keys of a network: its records of the noun `verifier`, as a snapshot sees them. One
 * without a beginning holds from INT64_MIN on, one without an end for ever.
 *  @param snapshot read only
 *  @return CSTN_OK; as cstn_party_keys_add() for a record that is no key, those before it being in;
 *  CSTN_E_CORRUPT; CSTN_E_IO; CSTN_E_NOMEM.
 *  One thread at a time, and no reader. Cost: a scan of the records. @since 0.1 */
CSTN_API cstn_status cstn_party_keys_load(
		cstn_party_keys *keys, cstn_snapshot *snapshot, cstn_error **error) CSTN_MUST_CHECK;

/** How many keys it has, a window each; 0 for NULL. Any thread while none adds. O(1). @since 0.1 */
CSTN_API size_t cstn_party_keys_count(const cstn_party_keys *keys);

/** A key by its place: sorted by party, use, verifier, beginning.
 *  @param out struct_size set; its texts are borrowed until the next key is added
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT past the end; CSTN_E_STRUCT_SIZE.
 *  Any thread while none adds. O(1). @since 0.1 */
CSTN_API cstn_status cstn_party_keys_at(const cstn_party_keys *keys, size_t index,
		cstn_party_key *out, cstn_error **error) CSTN_MUST_CHECK;

/** Which verifier keys of a party hold at an instant.
 *  @param party     id, NUL-terminated
 *  @param use       CSTN_PARTY_KEY_...
 *  @param at_us     microseconds UTC
 *  @param verifiers room for `most` texts, or NULL with 0; receives the first of them, each once,
 *                   sorted, borrowed until the next key is added
 *  @param count     receives how many there are, also where they are more than `most`
 *  @return CSTN_OK, also where there is none; CSTN_E_INVALID_ARGUMENT.
 *  Any thread while none adds. O(log keys + keys of the party). @since 0.1 */
CSTN_API cstn_status cstn_party_keys_valid(const cstn_party_keys *keys, const char *party,
		int32_t use, int64_t at_us, const char **verifiers, size_t most, size_t *count,
		cstn_error **error) CSTN_MUST_CHECK;

/** Open a note that a party signed: at least `least` of its keys of a use that hold at an instant,
 *  with different public keys, have signed it.
 *  @param note      UTF-8, a signed note
 *  @param party     id, NUL-terminated
 *  @param use       CSTN_PARTY_KEY_SIGN or CSTN_PARTY_KEY_OFFICER
 *  @param at_us     when it was signed, microseconds UTC
 *  @param least     1 or more
 *  @param allocator NULL: libc
 *  @param out       free with cstn_note_free(); signatures of keys outside their windows are in it
 *                   as verified ones are, but do not count
 *  @return CSTN_OK; CSTN_E_SIGNATURE if a signature is wrong, or too few keys that are known and
 *  hold have signed; CSTN_E_FORMAT with the byte; CSTN_E_LIMIT; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_NOMEM.
 *  Any thread while none adds. Cost: an Ed25519 verification a signature. @since 0.1 */
CSTN_API cstn_status cstn_party_keys_open(const cstn_party_keys *keys, const char *note,
		size_t note_len, const char *party, int32_t use, int64_t at_us, size_t least,
		const cstn_allocator *allocator, cstn_note **out,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
