#ifndef CONSTELLATION_LEDGER_H
#define CONSTELLATION_LEDGER_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/export.h>
#include <constellation/status.h>

/** @file ledger.h
 *  A log that cannot be changed unseen: Merkle trees, signed notes and checkpoints, witnesses, and
 *  proofs that anybody can verify without the log.
 *
 *  A log is a list of entries and the Merkle tree over them (RFC 6962, RFC 9162, SHA-256). Its
 * owner signs checkpoints, "so many entries, this root"; partners who act as witnesses sign them
 * too, after they have seen that the tree only grew. A proof shows a third party that an entry is
 * below such a checkpoint. Formats are those of C2SP (signed-note, tlog-checkpoint,
 * tlog-cosignature, tlog-proof), so that tools for transparency logs read them. Signatures are
 * Ed25519 of libsodium; what it refuses (points of small order, values that are not canonical) is
 * refused here.
 *
 *  Keys are text. A verifier key is public: `name+id+key`. A signer key is secret and is printed
 *  nowhere: `PRIVATE+KEY+name+id+key`. Names hold neither spaces nor `+`.
 *
 *  All calls but those on a cstn_log are pure functions of their arguments and may be used from any
 *  thread. */

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of a hash: SHA-256. */
#define CSTN_MERKLE_HASH_SIZE 32
/** The most bytes an entry has. */
#define CSTN_LOG_ENTRY_MOST 65535
/** Hashes of a tile: those of 256 entries, or of 256 tiles of the level below. */
#define CSTN_LOG_TILE_HASHES 256
/** The most bytes of a note or proof that are read. */
#define CSTN_NOTE_MOST 1000000
/** The most signature lines of a note. */
#define CSTN_NOTE_SIGNATURES_MOST 100
/** The most bytes of a key's name. */
#define CSTN_NOTE_NAME_MOST 255

/** An Ed25519 key that signs notes. */
#define CSTN_NOTE_KEY_SIGN 1
/** An Ed25519 key of a witness: signs a time and a checkpoint. */
#define CSTN_NOTE_KEY_WITNESS 4

/* --- trees ------------------------------------------------------------------------------------ */

/** Hash of an entry: SHA-256 of a byte 0 and the entry. O(entry_size).
 *  @param entry       NULL only with size 0
 *  @param entry_size  at most CSTN_LOG_ENTRY_MOST
 *  @param hash        32 bytes, written on success
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_LIMIT.
 *  Any thread. @since 0.1 */
CSTN_API cstn_status cstn_merkle_hash_entry(const void *entry, size_t entry_size, uint8_t *hash,
		cstn_error **error) CSTN_MUST_CHECK;

/** Hash of a node: SHA-256 of a byte 1 and the hashes of its children, 32 bytes each. `hash` may be
 *  one of them. O(1).
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT for NULL.
 *  Any thread. @since 0.1 */
CSTN_API cstn_status cstn_merkle_hash_children(const uint8_t *left, const uint8_t *right,
		uint8_t *hash, cstn_error **error) CSTN_MUST_CHECK;

/** Is an entry below a root? RFC 9162, 2.1.3.2. Constant memory, O(log size) hashes.
 *  @param index   of the entry, from 0, below `size`
 *  @param size    entries of the tree
 *  @param leaf    hash of the entry, 32 bytes
 *  @param proof   n_proof hashes of 32 bytes each, from the leaf up; NULL only with 0
 *  @param root    of the tree, 32 bytes
 *  @return CSTN_OK if the proof leads to the root; CSTN_E_PROOF if not, or if it has too few or too
 *  many hashes; CSTN_E_INVALID_ARGUMENT for NULL or an index that is not below size.
 *  Any thread. @since 0.1 */
CSTN_API cstn_status cstn_merkle_verify_inclusion(uint64_t index, uint64_t size,
		const uint8_t *leaf, const uint8_t *proof, size_t n_proof, const uint8_t *root,
		cstn_error **error) CSTN_MUST_CHECK;

/** Is a tree the beginning of another? RFC 9162, 2.1.4.2. Constant memory, O(log size) hashes.
 *  @param size1   entries of the first tree, at least 1 and at most size2
 *  @param root1   its root, 32 bytes
 *  @param size2   entries of the second
 *  @param root2   its root, 32 bytes
 *  @param proof   n_proof hashes of 32 bytes each; none if the sizes are equal
 *  @return CSTN_OK; CSTN_E_PROOF if the proof does not hold, or if equal sizes have other roots;
 *  CSTN_E_INVALID_ARGUMENT for NULL, size1 0 or above size2.
 *  Any thread. @since 0.1 */
CSTN_API cstn_status cstn_merkle_verify_consistency(uint64_t size1, uint64_t size2,
		const uint8_t *root1, const uint8_t *root2, const uint8_t *proof, size_t n_proof,
		cstn_error **error) CSTN_MUST_CHECK;

/* --- keys ------------------------------------------------------------------------------------- */

/** Make a key pair.
 *  @param name      whose key it is: 1..255 bytes of UTF-8, no space, no control byte, no `+`
 *  @param type      CSTN_NOTE_KEY_SIGN or CSTN_NOTE_KEY_WITNESS
 *  @param seed      32 secret bytes that the key is made from, or NULL: libsodium's randomness
 *  @param allocator NULL: libc
 *  @param signer    the secret key as text; its bytes are wiped by cstn_buffer_free()
 *  @param verifier  the public key as text
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_IO if there is no randomness; CSTN_E_NOMEM.
 *  Cost: an Ed25519 key. The caller frees both with cstn_buffer_free(). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_note_key_new(const char *name, size_t name_len, int32_t type,
		const uint8_t *seed, const cstn_allocator *allocator, cstn_buffer **signer,
		cstn_buffer **verifier, cstn_error **error) CSTN_MUST_CHECK;

/** The public key of a secret one.
 *  @param signer a signer key, NUL-terminated
 *  @return CSTN_OK; CSTN_E_FORMAT or CSTN_E_UNSUPPORTED as cstn_note_key_check(); CSTN_E_NOMEM.
 *  Cost: an Ed25519 key. The caller frees it with cstn_buffer_free(). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_note_key_verifier(const char *signer, const cstn_allocator *allocator,
		cstn_buffer **verifier, cstn_error **error) CSTN_MUST_CHECK;

/** Is a verifier key well formed?
 *  @param verifier  NUL-terminated
 *  @param type      NULL, or receives CSTN_NOTE_KEY_SIGN or CSTN_NOTE_KEY_WITNESS
 *  @return CSTN_OK; CSTN_E_FORMAT if it is no key, or its id is not that of name and key;
 *  CSTN_E_UNSUPPORTED for a kind of signature other than the two. Messages never quote a key.
 *  Cost: O(length). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_note_key_check(
		const char *verifier, int32_t *type, cstn_error **error) CSTN_MUST_CHECK;

/* --- notes ------------------------------------------------------------------------------------ */

/** A note whose signatures were looked at. Immutable; any number of threads may read it. */
typedef struct cstn_note cstn_note;

/** Sign a text.
 *  @param text           UTF-8 that ends with a line end and has no control byte but line ends
 *  @param signatures     NULL, or signature lines that the note has already; those of the same name
 *                        and key id as a signer's are replaced
 *  @param signers        n_signers signer keys, NUL-terminated
 *  @param allocator      NULL: libc
 *  @param out            text, blank line, the other signatures, the new ones in order
 *  @return CSTN_OK; CSTN_E_FORMAT if text, a line or a key is malformed; CSTN_E_LIMIT above 100
 *  signatures or 1,000,000 bytes; CSTN_E_INVALID_ARGUMENT for a witness's key (see
 *  cstn_witness_cosign()) or without any signature; CSTN_E_NOMEM.
 *  Cost: an Ed25519 signature a signer. Free it with cstn_buffer_free(). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_note_sign(const char *text, size_t text_len, const char *signatures,
		size_t signatures_len, const char *const *signers, size_t n_signers,
		const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Read a note and verify what known keys have signed. Signatures of unknown keys are kept as such
 *  and ignored; one of a known key that is wrong refuses the note. Witnesses' signatures are
 *  verified over the time they hold and the text; a line of a witness's key that is not of the size
 *  of one is kept like those of unknown keys.
 *  @param note      1 to 100 signature lines, UTF-8
 *  @param verifiers n_verifiers verifier keys, NUL-terminated; n_verifiers may be 0
 *  @param allocator NULL: libc
 *  @param out       free with cstn_note_free()
 *  @return CSTN_OK; CSTN_E_FORMAT with the byte if it is malformed; CSTN_E_SIGNATURE if the
 *  signature of a known key is wrong; CSTN_E_UNVERIFIED if no known key has signed;
 *  CSTN_E_DUPLICATE if a key that signed was given twice; CSTN_E_UNSUPPORTED for such a key;
 *  CSTN_E_LIMIT; CSTN_E_NOMEM.
 *  Cost: an Ed25519 verification a signature. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_note_open(const char *note, size_t note_len, const char *const *verifiers,
		size_t n_verifiers, const cstn_allocator *allocator, cstn_note **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** The text that was signed, with its last line end; `len` (may be NULL) receives its bytes.
 *  Borrowed. "" for NULL. O(1).
 *  Any thread. @since 0.1 */
CSTN_API const char *cstn_note_text(const cstn_note *note, size_t *len);

/** How many signatures it keeps: verified ones first (one a key), then those of unknown keys. 0 for
 *  NULL.
 *  Any thread. @since 0.1 */
CSTN_API size_t cstn_note_count(const cstn_note *note);

/** How many of them are verified.
 *  Any thread. @since 0.1 */
CSTN_API size_t cstn_note_verified_count(const cstn_note *note);

/** Name of the key of a signature, NUL-terminated. Borrowed. "" past the end.
 *  Any thread. @since 0.1 */
CSTN_API const char *cstn_note_name(const cstn_note *note, size_t index);

/** Id of the key of a signature: 4 bytes, the first the highest; 0 past the end.
 *  Any thread. @since 0.1 */
CSTN_API uint32_t cstn_note_key_id(const cstn_note *note, size_t index);

/** When a witness signed, in seconds since 1970-01-01 UTC; -1 for other signatures, ones that are
 *  not verified, and past the end.
 *  Any thread. @since 0.1 */
CSTN_API int64_t cstn_note_time_s(const cstn_note *note, size_t index);

/** Free; NULL is allowed.
 *  Any thread, once. @since 0.1 */
CSTN_API void cstn_note_free(cstn_note *note);

/* --- checkpoints ------------------------------------------------------------------------------ */

/** What a checkpoint says. Set struct_size before it is filled. */
typedef struct cstn_checkpoint {
	uint32_t struct_size;
	uint32_t reserved0;
	uint64_t size;         /**< entries of the log */
	const char *origin;    /**< which log: borrowed from the text that was parsed */
	size_t origin_len;     /**< its bytes */
	const char *extension; /**< lines behind the root, borrowed; NULL if there are none */
	size_t extension_len;
	uint8_t root[CSTN_MERKLE_HASH_SIZE]; /**< of the tree */
} cstn_checkpoint;
/* clang-format off */
#define CSTN_CHECKPOINT_INIT { sizeof(cstn_checkpoint), 0, 0, NULL, 0, NULL, 0, { 0 } }
/* clang-format on */

/** The text of a checkpoint: three lines, origin, size, root in base64.
 *  @param origin  1..255 bytes of UTF-8 in one line
 *  @param root    32 bytes; of the empty tree SHA-256 of nothing
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM.
 *  Cost: O(length). Free it with cstn_buffer_free(). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_checkpoint_format(const char *origin, size_t origin_len, uint64_t size,
		const uint8_t *root, const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Read the text of a checkpoint, e.g. cstn_note_text(). Strict: the size has no leading zero, the
 *  root is base64 of 32 bytes, lines behind it are not empty, the text ends with a line end.
 *  @param out  struct_size set; pointers are borrowed from `text`
 *  @return CSTN_OK; CSTN_E_FORMAT with the line; CSTN_E_STRUCT_SIZE.
 *  Cost: O(length). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_checkpoint_parse(const char *text, size_t text_len, cstn_checkpoint *out,
		cstn_error **error) CSTN_MUST_CHECK;

/* --- witnesses -------------------------------------------------------------------------------- */

/** How a witness keeps what it saw last. */
typedef struct cstn_witness_options {
	uint32_t struct_size;
	uint32_t flags;           /**< 0 */
	uint64_t last_size;       /**< of the log, when it was seen last; 0: never */
	const uint8_t *last_root; /**< 32 bytes; NULL with last_size 0 */
	const uint8_t *proof; /**< that the log grew from there: n_proof hashes of 32 bytes each */
	size_t n_proof;
	void *user; /**< handed to `store` */
	/** Called before anything is signed: keep size and root of the log so that they outlast a
	 *  crash. Anything but CSTN_OK ends the call with that status. NULL: the caller has kept
	 *  them, or tests. */
	cstn_status (*store)(void *user, const char *origin, size_t origin_len, uint64_t size,
			const uint8_t *root);
} cstn_witness_options;
/* clang-format off */
#define CSTN_WITNESS_OPTIONS_INIT { sizeof(cstn_witness_options), 0, 0, NULL, NULL, 0, NULL, NULL }
/* clang-format on */

/** Sign a checkpoint as a witness: verify that the log's key signed it and that the tree only grew
 *  since it was seen last, have that kept, then sign time and checkpoint.
 *  @param checkpoint a note whose text is a checkpoint
 *  @param verifiers  n_verifiers keys of the log, NUL-terminated; one must have signed
 *  @param signer     key of the witness (CSTN_NOTE_KEY_WITNESS), NUL-terminated
 *  @param time_s     now, in seconds since 1970-01-01 UTC, not negative
 *  @param options    NULL: a log that was never seen
 *  @param out        one signature line, to be put behind the note
 *  @return CSTN_OK; CSTN_E_SPLIT_VIEW if the log is smaller than it was, or as large with another
 *  root; CSTN_E_PROOF if the proof does not hold; what cstn_note_open() and cstn_checkpoint_parse()
 *  refuse; CSTN_E_INVALID_ARGUMENT; what `store` gave; CSTN_E_NOMEM.
 *  Cost: a verification a signature, O(log size) hashes, a signature. Free it with
 * cstn_buffer_free(). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_witness_cosign(const char *checkpoint, size_t checkpoint_len,
		const char *const *verifiers, size_t n_verifiers, const char *signer,
		int64_t time_s, const cstn_witness_options *options,
		const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** How many of the given witnesses have signed a checkpoint, with a time in [from_s, until_s). It
 * is *settled* where that is as many as the constellation asks for.
 *  @param witnesses n_witnesses verifier keys of witnesses, NUL-terminated
 *  @param count     witnesses that signed, each once
 *  @return CSTN_OK, also with a count of 0; CSTN_E_SIGNATURE, CSTN_E_FORMAT, CSTN_E_DUPLICATE,
 *  CSTN_E_LIMIT as cstn_note_open(); CSTN_E_INVALID_ARGUMENT for a key that is no witness's;
 *  CSTN_E_NOMEM.
 *  Cost: a verification a signature. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_witness_count(const char *checkpoint, size_t checkpoint_len,
		const char *const *witnesses, size_t n_witnesses, int64_t from_s, int64_t until_s,
		const cstn_allocator *allocator, size_t *count, cstn_error **error) CSTN_MUST_CHECK;

/* --- proofs ----------------------------------------------------------------------------------- */

/** A proof as it was read: index, hashes, checkpoint. Immutable. */
typedef struct cstn_proof cstn_proof;

/** The text of a proof that an entry is in a log: what its reader needs, but for the entry.
 *  @param index      of the entry
 *  @param hashes     n_hashes of 32 bytes each, at most 63, from the leaf up
 *  @param extra      extra_size bytes for the reader, or NULL
 *  @param checkpoint the signed checkpoint, as it is; ends with a line end
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_LIMIT; CSTN_E_NOMEM.
 *  Cost: O(length). Free it with cstn_buffer_free(). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_proof_format(uint64_t index, const uint8_t *hashes, size_t n_hashes,
		const uint8_t *extra, size_t extra_size, const char *checkpoint,
		size_t checkpoint_len, const cstn_allocator *allocator, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Read a proof. @return CSTN_OK; CSTN_E_FORMAT with the line; CSTN_E_LIMIT; CSTN_E_NOMEM.
 *  Cost: O(length). Free it with cstn_proof_free(). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_proof_parse(const char *text, size_t text_len,
		const cstn_allocator *allocator, cstn_proof **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** The index of the entry; 0 for NULL.
 *  Any thread. @since 0.1 */
CSTN_API uint64_t cstn_proof_index(const cstn_proof *proof);

/** Its hashes of 32 bytes each, and how many (`count` may be NULL). Borrowed.
 *  Any thread. @since 0.1 */
CSTN_API const uint8_t *cstn_proof_hashes(const cstn_proof *proof, size_t *count);

/** The bytes for the reader; NULL if the proof has none. Borrowed.
 *  Any thread. @since 0.1 */
CSTN_API const uint8_t *cstn_proof_extra(const cstn_proof *proof, size_t *size);

/** The checkpoint, a signed note. Borrowed.
 *  Any thread. @since 0.1 */
CSTN_API const char *cstn_proof_checkpoint(const cstn_proof *proof, size_t *len);

/** Free; NULL is allowed.
 *  Any thread, once. @since 0.1 */
CSTN_API void cstn_proof_free(cstn_proof *proof);

/** Whom the reader of a proof believes. */
typedef struct cstn_proof_options {
	uint32_t struct_size;
	uint32_t flags;               /**< 0 */
	const char *origin;           /**< NULL, or the log it must be, NUL-terminated */
	const char *const *verifiers; /**< keys of the log; one must have signed */
	size_t n_verifiers;           /**< at least 1 */
	const char *const *witnesses; /**< keys of witnesses, or NULL */
	size_t n_witnesses;
	size_t witnesses_least;          /**< how many of them must have signed */
	int64_t from_s;                  /**< not earlier than this; 0 */
	int64_t until_s;                 /**< earlier than this; 0 means no end */
	const cstn_allocator *allocator; /**< NULL: libc */
} cstn_proof_options;
/* clang-format off */
#define CSTN_PROOF_OPTIONS_INIT { sizeof(cstn_proof_options), 0, NULL, NULL, 0, NULL, 0, 0, 0, 0, NULL }
/* clang-format on */

/** Was an entry logged? Verifies the checkpoint of a proof and that the entry is below its root.
 *  @param text     a proof
 *  @param entry    the entry whose presence is proved, entry_size bytes
 *  @param options  whom to believe
 *  @param index    NULL, or receives the index of the entry
 *  @param size     NULL, or receives the size of the log then
 *  @return CSTN_OK; CSTN_E_PROOF if the hashes do not lead to the root, or the index is not below
 *  the size; CSTN_E_UNVERIFIED if too few signed, or the origin is another; CSTN_E_SIGNATURE;
 *  CSTN_E_FORMAT; CSTN_E_LIMIT; CSTN_E_NOMEM.
 *  Cost: a verification a signature, O(log size) hashes. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_proof_verify(const char *text, size_t text_len, const void *entry,
		size_t entry_size, const cstn_proof_options *options, uint64_t *index,
		uint64_t *size, cstn_error **error) CSTN_MUST_CHECK;

/* --- logs ------------------------------------------------------------------------------------- */

/** A log. In memory: entries' hashes and the tree over them, some 34 bytes an entry; the entries
 *  themselves stay with the caller. In storage: at most 64 hashes and, where proofs were made, at
 *  most 256 tiles of 16 KB above the lowest level, whatever its size. One thread at a time changes
 * it; while none does, any number may read, if its storage allows it. */
typedef struct cstn_log cstn_log;

/** A new, empty log.
 *  @param origin    its name in checkpoints: 1..255 bytes of UTF-8 in one line, unique
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM.
 *  Cost: O(1). Free it with cstn_log_free(). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_log_new(const char *origin, size_t origin_len,
		const cstn_allocator *allocator, cstn_log **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** New hashes of one level. Hash number i of level L stands for entries [i * 256^L, (i + 1) *
 *  256^L): at level 0 it is that of an entry, at level 1 the root of 256 entries, and so on. */
typedef struct cstn_log_level {
	uint64_t first;        /**< number of the first of them */
	uint64_t count;        /**< how many, at least 1 */
	const uint8_t *hashes; /**< 32 bytes each */
} cstn_log_level;

/** What a storage is to keep when entries are appended. All of it is borrowed for the call. */
typedef struct cstn_log_batch {
	uint32_t struct_size;
	uint32_t n_levels;            /**< of `levels`, from level 0 up without a gap */
	uint64_t first;               /**< index of the first entry: the size before */
	uint64_t count;               /**< entries */
	const uint8_t *entries;       /**< their bytes, one behind the other */
	const uint64_t *ends;         /**< where each ends in them */
	const cstn_log_level *levels; /**< new hashes */
	const uint8_t *range;         /**< the compact range behind them, as cstn_log_range() */
	size_t n_range;               /**< its hashes */
} cstn_log_batch;

/** Where a log keeps what it is made of. The callbacks give CSTN_OK or a failure, with which the
 *  call ends that asked. */
typedef struct cstn_log_storage {
	uint32_t struct_size;
	uint32_t flags;       /**< 0 */
	void *user;           /**< handed to the callbacks */
	uint64_t size;        /**< entries that it holds */
	const uint8_t *range; /**< NULL, or their compact range; borrowed for the call */
	size_t n_range;       /**< its hashes: as many as `size` has bits set; 0 with NULL */
	/** The first `width` hashes of a tile: those of its level from number index * 256 on, into
	 *  `out` of 32 * width bytes. 1 <= width <= 256; it is less only at the end of a level.
	 *  NULL: no proofs, and no root of earlier sizes (CSTN_E_UNSUPPORTED). */
	cstn_status (*read_tile)(
			void *user, uint32_t level, uint64_t index, uint32_t width, uint8_t *out);
	/** Keep a batch, all or nothing. NULL: the log is read only. */
	cstn_status (*append)(void *user, const cstn_log_batch *batch);
	/** What was appended must outlast a crash from here on. NULL: it does anyway. */
	cstn_status (*sync)(void *user);
} cstn_log_storage;
/* clang-format off */
#define CSTN_LOG_STORAGE_INIT { sizeof(cstn_log_storage), 0, NULL, 0, NULL, 0, NULL, NULL, NULL }
/* clang-format on */

/** Open a log that is kept in storage. With its compact range nothing is read; without, a tile a
 *  level: five for ten thousand million entries. What is read is believed: compare cstn_log_root()
 *  with the last checkpoint.
 *  @param origin   as cstn_log_new()
 *  @param storage  copied; its `user` must outlive the log
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT also for a range that is not of that size, and for
 *  entries without range and read_tile; what read_tile gave; CSTN_E_STRUCT_SIZE; CSTN_E_NOMEM.
 *  Cost: at most 255 hashes a level. Free it with cstn_log_free(), which calls nothing. Any thread.
 *  @since 0.1 */
CSTN_API cstn_status cstn_log_open(const char *origin, size_t origin_len,
		const cstn_log_storage *storage, const cstn_allocator *allocator, cstn_log **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** The compact range: roots of the complete trees that a log is made of, from the left, 32 bytes
 *  each; as many as its size has bits set. All that is needed to append to it, and its root.
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. O(log size).
 *  Free it with cstn_buffer_free(). Any thread while none appends. @since 0.1 */
CSTN_API cstn_status cstn_log_range(
		const cstn_log *log, cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** Have the storage keep all entries so that they outlast a crash. cstn_log_checkpoint() does it
 *  before it signs. Nothing for a log in memory.
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; what the storage gave.
 *  Cost: that of the storage. Any thread while none appends. @since 0.1 */
CSTN_API cstn_status cstn_log_sync(const cstn_log *log, cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed.
 *  Any thread, once. @since 0.1 */
CSTN_API void cstn_log_free(cstn_log *log);

/** Append an entry.
 *  @param entry  entry_size bytes, at most CSTN_LOG_ENTRY_MOST; NULL only with 0
 *  @param index  NULL, or receives its index
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_LIMIT; CSTN_E_READ_ONLY for a storage without
 *  append; what its append gave; CSTN_E_NOMEM; the log being as it was. O(entry_size).
 *  One thread at a time, and no reader. @since 0.1 */
CSTN_API cstn_status cstn_log_append(cstn_log *log, const void *entry, size_t entry_size,
		uint64_t *index, cstn_error **error) CSTN_MUST_CHECK;

/** Append entries, all or none: the same tree as one by one.
 *  @param entries  the bytes of all, one behind the other
 *  @param ends     where each of the `count` entries ends in them, not descending
 *  @param first    NULL, or receives the index of the first
 *  @return as cstn_log_append(); CSTN_E_INVALID_ARGUMENT names the entry.
 *  Cost: O(bytes). One thread at a time, and no reader. @since 0.1 */
CSTN_API cstn_status cstn_log_append_batch(cstn_log *log, const void *entries, const uint64_t *ends,
		size_t count, uint64_t *first, cstn_error **error) CSTN_MUST_CHECK;

/** How many entries it has; 0 for NULL. O(1).
 *  Any thread while none appends. @since 0.1 */
CSTN_API uint64_t cstn_log_size(const cstn_log *log);

/** The root of the tree of its first `size` entries, 32 bytes. O(log size).
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT if there are fewer; of a log in storage, for a size it
 *  had before, CSTN_E_UNSUPPORTED without read_tile, what that gave, CSTN_E_NOMEM.
 *  Any thread while none appends. @since 0.1 */
CSTN_API cstn_status cstn_log_root(const cstn_log *log, uint64_t size, uint8_t *root,
		cstn_error **error) CSTN_MUST_CHECK;

/** A signed checkpoint of all that it holds, which its storage is made to sync before.
 *  @param signers  n_signers signer keys, NUL-terminated, at least 1
 *  @return CSTN_OK; what cstn_note_sign() refuses; what sync gave; CSTN_E_NOMEM.
 *  Cost: a signature a signer. Free it with cstn_buffer_free(). Any thread while none appends.
 * @since 0.1 */
CSTN_API cstn_status cstn_log_checkpoint(const cstn_log *log, const char *const *signers,
		size_t n_signers, cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** Hashes that prove an entry in the tree of the first `size` entries, from the leaf up.
 *  @param out  32 bytes a hash, for cstn_merkle_verify_inclusion() and cstn_proof_format()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT unless index < size <= cstn_log_size();
 *  CSTN_E_UNSUPPORTED without read_tile, or what that gave; CSTN_E_NOMEM. O(log size) hashes; of a
 *  log in storage a tile of the lowest level and 254 hashes, and those above it the first time.
 *  Free it with cstn_buffer_free(). Any thread while none appends. @since 0.1 */
CSTN_API cstn_status cstn_log_prove_inclusion(const cstn_log *log, uint64_t index, uint64_t size,
		cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** Hashes that prove the tree of the first size1 entries to be the beginning of that of size2.
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT unless 1 <= size1 <= size2 <= cstn_log_size();
 *  CSTN_E_UNSUPPORTED without read_tile, or what that gave; CSTN_E_NOMEM. O(log size2) hashes; of a
 *  log in storage as cstn_log_prove_inclusion().
 *  Free it with cstn_buffer_free(). Any thread while none appends. @since 0.1 */
CSTN_API cstn_status cstn_log_prove_consistency(const cstn_log *log, uint64_t size1, uint64_t size2,
		cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
