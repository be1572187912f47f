#ifndef CONSTELLATION_SHARED_LOG_H
#define CONSTELLATION_SHARED_LOG_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/export.h>
#include <constellation/ledger.h>
#include <constellation/network.h>
#include <constellation/party_keys.h>
#include <constellation/status.h>

/** @file shared_log.h
 *  The logs of a network: what was agreed, released and refused, committed with the change itself.
 *
 *  A party has one *shared* log in each constellation and one *private* log. Their entries are
 *  canonical JSON (RFC 8785) with type, version and at_us, and come in the transaction of the
 *  change that they tell of: after a crash both are there, or neither. An entry holds ids of
 *  parties, agreements and terms; of personal or competitive values it holds commitments
 *  (cstn_vault_commit()), whose salts can be erased.
 *
 *      cstn_transaction_begin -> _put ... -> cstn_transaction_log -> cstn_transaction_commit
 *      cstn_shared_log_open -> cstn_shared_log_tree: cstn_log_root, _checkpoint, _prove_inclusion
 */

#ifdef __cplusplus
extern "C" {
#endif

/** Put an entry of the host's own into a transaction; it is committed with it. The library's own
 *  entries come by themselves.
 *  @param party          whose log: an id of 1..64 bytes, NUL-terminated
 *  @param constellation  of the shared log, NUL-terminated; NULL or "": the party's private log
 *  @param type           of the entry, NUL-terminated: `x-` and 1..62 bytes of a-z, 0-9, `_`, `-`
 *  @param at_us          now, microseconds UTC, at most 2^53 - 1 in magnitude. Earlier than that of
 *                        another entry of the log is accepted, and marked "non_monotone":true
 *  @param json           json_len bytes: an object of the entry's fields besides type, version and
 *                        at_us, without fractions; NULL with 0: none
 *  @param index          NULL, or receives the index of the entry at the commit: it must live until
 *                        the transaction is committed or freed
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_FORMAT with the byte for what is no JSON, or
 * has a number that is not whole; CSTN_E_LIMIT above CSTN_LOG_ENTRY_MOST bytes; CSTN_E_STATE;
 *  CSTN_E_NOMEM.
 *  Cost: O(json_len); the commit runs alone. One caller at a time a transaction. @since 0.1 */
CSTN_API cstn_status cstn_transaction_log(cstn_transaction *transaction, const char *party,
		const char *constellation, const char *type, int64_t at_us, const char *json,
		size_t json_len, uint64_t *index, cstn_error **error) CSTN_MUST_CHECK;

/** A log of a network as it was when it was opened: immutable, any number of threads may read. */
typedef struct cstn_shared_log cstn_shared_log;

/** Open a log of a network. One that has no entry is empty; parties need not be recorded.
 *  @param network        stays referenced
 *  @param party          NUL-terminated, 1..64 bytes
 *  @param constellation  NUL-terminated; NULL or "": the party's private log
 *  @param origin         its name in checkpoints, NUL-terminated, 1..255 bytes of UTF-8 in one
 * line, the same at every opening; NULL: `constellation/party`, or `party` for the private log,
 * bytes other than letters, digits, `-._~` as %XX
 *  @param out            free with cstn_shared_log_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_LIMIT if the name made is too long;
 *  CSTN_E_CORRUPT; CSTN_E_STATE; CSTN_E_IO; CSTN_E_NOMEM.
 *  Cost: one look-up, whatever its size. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_shared_log_open(cstn_network *network, const char *party,
		const char *constellation, const char *origin, cstn_shared_log **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed.
 *  Any thread, once. @since 0.1 */
CSTN_API void cstn_shared_log_free(cstn_shared_log *log);

/** The tree over its entries, for cstn_log_size(), _root(), _checkpoint(), _prove_inclusion() and
 *  _prove_consistency(); entries cannot be appended to it (CSTN_E_READ_ONLY). Its checkpoint first
 *  makes the network durable. Borrowed. NULL for NULL. O(1).
 *  Any thread. @since 0.1 */
CSTN_API const cstn_log *cstn_shared_log_tree(const cstn_shared_log *log);

/** The latest at_us of its entries; INT64_MIN if there are none. O(1).
 *  Any thread. @since 0.1 */
CSTN_API int64_t cstn_shared_log_newest_us(const cstn_shared_log *log);

/** Read entries.
 *  @param first    index of the first
 *  @param count    how many
 *  @param ends     NULL with count 0; where each of the `count` entries ends in the bytes
 *  @param entries  the bytes of all, one behind the other; free with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT if there are fewer; CSTN_E_CORRUPT; CSTN_E_IO;
 *  CSTN_E_NOMEM.
 *  Cost: a look-up an entry. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_shared_log_read(const cstn_shared_log *log, uint64_t first, size_t count,
		uint64_t *ends, cstn_buffer **entries, cstn_error **error) CSTN_MUST_CHECK;

/* --- settled checkpoints ---------------------------------------------------------------------- */

/** When a constellation believes a checkpoint: which of its parties witness, and how many must. */
typedef struct cstn_settle_policy {
	uint32_t struct_size;
	uint32_t flags;              /**< 0 */
	const cstn_party_keys *keys; /**< the book that has their CSTN_PARTY_KEY_WITNESS keys */
	const char *const *parties;  /**< ids of the witnesses, NUL-terminated */
	size_t n_parties;
	size_t least;       /**< how many of them must have signed, 1..n_parties */
	int64_t max_age_us; /**< how old a signature may be; 0: of any age */
	int64_t ahead_us;   /**< how far a witness's clock may be ahead; 0: not at all */
} cstn_settle_policy;
/* clang-format off */
#define CSTN_SETTLE_POLICY_INIT { sizeof(cstn_settle_policy), 0, NULL, NULL, 0, 0, 0, 0 }
/* clang-format on */

/** Is a checkpoint settled: have enough witnesses signed it? A party counts once, however many keys
 *  it has; a signature counts if its key held when it was made, and it is not too old and not of
 *  the future. Who shows a fork finds no witness for it that has seen the log, so that of two
 *  histories at most one is settled where `least` is more than half of the witnesses.
 *  @param checkpoint a note; that the log's own key signed it is not looked at
 *  @param now_us     microseconds UTC
 *  @param allocator  NULL: libc
 *  @param count      NULL, or receives how many parties count
 *  @return CSTN_OK if it is settled; CSTN_E_UNVERIFIED if too few count; CSTN_E_SIGNATURE if the
 *  signature of a witness is wrong; CSTN_E_INVALID_ARGUMENT; CSTN_E_FORMAT; CSTN_E_LIMIT;
 *  CSTN_E_STRUCT_SIZE; CSTN_E_NOMEM.
 *  Cost: a verification a key of the witnesses. Any thread while none adds keys. @since 0.1 */
CSTN_API cstn_status cstn_checkpoint_settled(const char *checkpoint, size_t checkpoint_len,
		const cstn_settle_policy *policy, int64_t now_us, const cstn_allocator *allocator,
		size_t *count, cstn_error **error) CSTN_MUST_CHECK;

/* --- export ----------------------------------------------------------------------------------- */

/** Where the entries of a log come from. */
typedef struct cstn_tile_export_options {
	uint32_t struct_size;
	uint32_t flags; /**< 0 */
	void *user;     /**< handed to `read_entry` */
	/** The bytes of an entry, which live until the next call; anything but CSTN_OK ends the
	 *  export with that status. */
	cstn_status (*read_entry)(void *user, uint64_t index, const uint8_t **entry, size_t *size);
} cstn_tile_export_options;
/* clang-format off */
#define CSTN_TILE_EXPORT_OPTIONS_INIT { sizeof(cstn_tile_export_options), 0, NULL, NULL }
/* clang-format on */

/** Write a log to a folder in the layout of C2SP tlog-tiles, which other tools audit:
 *  `checkpoint`, `tile/L/N` of 256 hashes, `tile/entries/N` of entries, unfinished ones `N.p/W`.
 *  Exported again, only what was added is written. After a crash at any point the folder is the log
 *  of its checkpoint; files that only a later one needs may be there too. One at a time a folder.
 *  @param log         as large as the checkpoint, or larger
 *  @param path        of the folder, NUL-terminated; made if it is not there
 *  @param checkpoint  a signed checkpoint of the log, with or without cosignatures, as it is; who
 *                     signed is not verified
 *  @param options     where the entries come from
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT also for a checkpoint of more entries than the log has;
 *  CSTN_E_FORMAT; CSTN_E_MISMATCH for a checkpoint of another log, also of the one in the folder;
 *  CSTN_E_PROOF if the checkpoint has another root than the log; CSTN_E_SPLIT_VIEW if the one in
 *  the folder has; CSTN_E_STALE if that covers more entries; CSTN_E_CORRUPT for an entry that is
 *  not the one logged; what read_entry gave; CSTN_E_IO; CSTN_E_FULL; CSTN_E_POISONED for a sync
 *  that failed; CSTN_E_NOMEM.
 *  Cost: O(what was added), a sync a file. Any thread while none appends. @since 0.1 */
CSTN_API cstn_status cstn_log_export_tiles(const cstn_log *log, const char *path,
		const char *checkpoint, size_t checkpoint_len,
		const cstn_tile_export_options *options, cstn_error **error) CSTN_MUST_CHECK;

/** The same of a log of a network, whose entries are there.
 *  @return as cstn_log_export_tiles().
 *  Cost: as cstn_log_export_tiles(), and a look-up an entry. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_shared_log_export_tiles(const cstn_shared_log *log, const char *path,
		const char *checkpoint, size_t checkpoint_len, cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
