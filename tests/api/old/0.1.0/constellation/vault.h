#ifndef CONSTELLATION_VAULT_H
#define CONSTELLATION_VAULT_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/export.h>
#include <constellation/ledger.h>
#include <constellation/network.h>
#include <constellation/progress.h>
#include <constellation/shared_log.h>
#include <constellation/status.h>

/** @file vault.h
 *  Personal data that can be made to die, beside logs that forget nothing.
 *
 *  A vault is a folder of its own. A value is a *cell*: it is encrypted under a random key of its
 *  subject (the natural person) and category, and bound to record, path and schema version, so that
 *  a cell that was moved does not open. The keys are wrapped under a key of the tenant, which is
 *  made from the host's root key; they lie, with the salts of commitments and the rows of the
 *  search, in a table that is overwritten in place and is part of no log, segment or backup. To
 *  erase a subject is to destroy these: what is left of the cells opens no more, while proofs over
 *  commitments go on to hold.
 *
 *  Encryption and wrapping are XChaCha20-Poly1305 with nonces of 24 random bytes, tenant keys
 *  `crypto_kdf`, passphrases Argon2id, pseudonyms keyed BLAKE2b, the search the first 8 bytes of
 *  HMAC-SHA-256: all of libsodium. The files name nobody: subjects, records and paths are keyed
 *  hashes there.
 *
 *  Outside the vault's reach are plaintext that was exported, aggregates, and dumps of memory.
 *  Commitments and pseudonyms are personal data as long as their salts and keys live.
 *
 *  Ids and paths are NUL-terminated, 1 to 64 and 1 to 255 bytes, compared byte by byte. Any thread
 *  may call; calls on one vault wait for each other. */

#ifdef __cplusplus
extern "C" {
#endif

/** A vault that is open. */
typedef struct cstn_vault cstn_vault;

/** Bytes of a root key. */
#define CSTN_VAULT_KEY_SIZE 32
/** The most bytes of a value. */
#define CSTN_VAULT_VALUE_MOST 1048576
/** Bytes that a cell has more than its value. */
#define CSTN_VAULT_CELL_EXTRA 64
/** The most cells of a call. */
#define CSTN_VAULT_CELLS_MOST 65535
/** The most categories of a call. */
#define CSTN_VAULT_CATEGORIES_MOST 1024
/** The most bytes of a reason and of an actor. */
#define CSTN_VAULT_REASON_MOST 255

/** What a key is for: erased together, kept apart. From 1000 on: the caller's own, to 65,535. */
#define CSTN_VAULT_IDENTITY 1
#define CSTN_VAULT_CONTACT 2
#define CSTN_VAULT_ADDRESS 3
#define CSTN_VAULT_BIRTH 4
#define CSTN_VAULT_PAYMENT 5
#define CSTN_VAULT_FREE_TEXT 6

/** How a value is made alike before it is searched. */
#define CSTN_VAULT_FORM_NONE 0  /**< it cannot be searched */
#define CSTN_VAULT_FORM_BYTES 1 /**< names: the bytes as given */
#define CSTN_VAULT_FORM_EMAIL 2 /**< without ASCII spaces at the ends, in ASCII lower case */
#define CSTN_VAULT_FORM_PHONE 3 /**< `+` and 1 to 15 digits, as given (E.164) */
/** tax ids and postcodes: ASCII letters, digits, dash, dot and slash; upper case, no spaces */
#define CSTN_VAULT_FORM_CODE 4

/** Open a vault that is there; with neither flag one is made where there is none. */
#define CSTN_VAULT_MUST_EXIST 2u
#define CSTN_VAULT_MUST_BE_NEW 4u

/** Where erasures are written down, if it is no log of this library. This struct never grows. */
typedef struct cstn_vault_journal {
	void *user; /**< handed to both */
	/** Keep an entry durably and say its index. After a crash the vault may hand in the entry
	 * of its last erasure again, the same bytes: say the index that it has, or keep it twice.
	 */
	cstn_status (*append)(void *user, const void *entry, size_t entry_size, uint64_t *index);
	/** The text of a proof (cstn_proof_format()) that an entry is there, with the entry as its
	 *  extra bytes. The vault frees nothing: `proof` is handed to whoever erases. */
	cstn_status (*prove)(void *user, const void *entry, size_t entry_size, uint64_t index,
			cstn_buffer **proof);
} cstn_vault_journal;

/** How a vault is opened. */
typedef struct cstn_vault_options {
	uint32_t struct_size;
	uint32_t flags;     /**< CSTN_VAULT_MUST_... */
	const char *tenant; /**< whose vault it is: 1..64 bytes; NULL means "default" */
	const char *actor;  /**< who is written into the log: at most 255 bytes, or NULL */
	/** Gives the root key: writes CSTN_VAULT_KEY_SIZE bytes. Called once, while the vault
	 *  opens; its failure is the call's. NULL: the passphrase. */
	cstn_status (*root_key)(void *user, uint8_t *key);
	void *root_key_user;
	const uint8_t *passphrase; /**< of Argon2id, passphrase_size bytes; not empty */
	size_t passphrase_size;
	/** Passes over the memory and its bytes, when the vault is made: libsodium's limits; 0:
	 *  its MODERATE ones (3 and 256 MiB). A vault that is there has its own. */
	uint64_t argon2_passes;
	uint64_t argon2_bytes; /**< see above */
	/** Fills `size` bytes at random, for keys, salts and nonces; NULL: libsodium's. It must not
	 *  repeat itself. Its failure is the call's. */
	cstn_status (*entropy)(void *user, uint8_t *out, size_t size);
	void *entropy_user;
	cstn_log *log;         /**< where erasures are written down; outlives the vault */
	const char *signer;    /**< key that signs checkpoints; with `log` or `network` */
	cstn_network *network; /**< in place of `log`: its private log of `party`; referenced */
	const char *party;     /**< with `network`: 1..64 bytes */
	const cstn_vault_journal *journal; /**< in place of both; copied */
} cstn_vault_options;
/* clang-format off */
#define CSTN_VAULT_OPTIONS_INIT { sizeof(cstn_vault_options), 0, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL }
/* clang-format on */

/** Open a vault, or make one.
 *  @param path       its folder; NULL: in memory only
 *  @param options    with a root key or a passphrase
 *  @param allocator  NULL is libc; keys are libsodium's guarded memory, and wiped
 *  @param out        close it with cstn_vault_close(), free it with cstn_vault_free()
 *  @return CSTN_OK; CSTN_E_MISMATCH for another key or tenant; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_NOT_FOUND and CSTN_E_CONFLICT as the flags say; CSTN_E_LOCKED if somebody has it open;
 *  CSTN_E_CORRUPT, CSTN_E_IO, CSTN_E_NEWER_FORMAT; what root_key or entropy gave; CSTN_E_NOMEM.
 *  An erasure that a crash left without its entry in the log is entered now, once. Any thread.
 * Cost: that of Argon2id, if it is used, and the store's. @since 0.1 */
CSTN_API cstn_status cstn_vault_open(const char *path, const cstn_vault_options *options,
		const cstn_allocator *allocator, cstn_vault **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Write what is left to write and let go of the folder; every call but cstn_vault_free() is then
 *  CSTN_E_STATE.
 *  @return CSTN_OK; CSTN_E_STATE if it was closed; CSTN_E_IO, CSTN_E_FULL, CSTN_E_NOMEM.
 *  Any thread. O(what was written since). @since 0.1 */
CSTN_API cstn_status cstn_vault_close(cstn_vault *vault, cstn_error **error) CSTN_MUST_CHECK;

/** Wipe the keys and free; NULL is allowed. Without a close it is as safe as a crash: what was
 *  acknowledged is there. When no other call uses it; any thread, once. @since 0.1 */
CSTN_API void cstn_vault_free(cstn_vault *vault);

/* --- cells ------------------------------------------------------------------------------------ */

/** A value to be put. This struct never grows. */
typedef struct cstn_vault_cell {
	const char *subject;     /**< the person */
	const char *record;      /**< the record it stands in, e.g. a customer's id */
	const char *path;        /**< the field, "customer.email" */
	const uint8_t *value;    /**< value_size bytes, at most CSTN_VAULT_VALUE_MOST */
	size_t value_size;       /**< may be 0 */
	int32_t category;        /**< CSTN_VAULT_IDENTITY..: which of the subject's keys */
	int32_t form;            /**< CSTN_VAULT_FORM_...: whether and how it is searched */
	uint32_t schema_version; /**< of the record; part of what the cell is bound to */
	uint32_t reserved0;      /**< 0 */
} cstn_vault_cell;

/** Keep values, all or none; one that is there already (subject, record, path) is replaced.
 *  @param cells   n_cells of them, at most CSTN_VAULT_CELLS_MOST; no two of one place
 *  @param now_us  microseconds UTC
 *  @return CSTN_OK; CSTN_E_ERASED if a subject, or the category of it, was erased;
 *  CSTN_E_INVALID_ARGUMENT naming the cell
 *  and rule, without the value; CSTN_E_DUPLICATE; CSTN_E_LIMIT; CSTN_E_STATE; what entropy gave;
 *  CSTN_E_IO, CSTN_E_FULL, CSTN_E_NOMEM.
 *  Cost: one durable commit, and O(bytes). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_vault_put(cstn_vault *vault, const cstn_vault_cell *cells, size_t n_cells,
		int64_t now_us, cstn_error **error) CSTN_MUST_CHECK;

/** Read a value that was put.
 *  @param value  wiped and freed by cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_ERASED; CSTN_E_NOT_FOUND; CSTN_E_CORRUPT if it does not open;
 *  CSTN_E_MISSING if its key is not there, as after a restore without the keys;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_STATE; CSTN_E_IO; CSTN_E_NOMEM.
 *  Cost: a few look-ups. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_vault_get(cstn_vault *vault, const char *subject, const char *record,
		const char *path, cstn_buffer **value, cstn_error **error) CSTN_MUST_CHECK;

/** Encrypt a value for keeping elsewhere: the same cell, not kept. `form` must be
 *  CSTN_VAULT_FORM_NONE.
 *  @param out  value_size + CSTN_VAULT_CELL_EXTRA bytes; free it with cstn_buffer_free()
 *  @return as cstn_vault_put(). The first cell of a subject and category commits their key.
 *  Cost: O(value_size), and a durable commit for a new key. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_vault_seal(cstn_vault *vault, const cstn_vault_cell *cell, int64_t now_us,
		cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** Decrypt such a cell, if it stands where it was made for.
 *  @param sealed  its bytes, size of them
 *  @return CSTN_OK; CSTN_E_ERASED; CSTN_E_FORMAT with the byte offset; CSTN_E_CORRUPT if record,
 *  path or schema version are others, or a byte was changed; CSTN_E_NOT_FOUND if the vault has no
 *  such key; CSTN_E_MISSING; CSTN_E_INVALID_ARGUMENT; CSTN_E_STATE; CSTN_E_IO; CSTN_E_NOMEM.
 *  `value` is wiped and freed by cstn_buffer_free(). Cost: O(size). Any thread.
 *  @since 0.1 */
CSTN_API cstn_status cstn_vault_unseal(cstn_vault *vault, const void *sealed, size_t size,
		const char *record, const char *path, uint32_t schema_version, cstn_buffer **value,
		cstn_error **error) CSTN_MUST_CHECK;

/** Records found; immutable. */
typedef struct cstn_vault_matches cstn_vault_matches;

/** The records whose value at a path equals this one, once both are made alike.
 *  @param form   as the cells were put with
 *  @param value  value_size bytes
 *  @param out    free it with cstn_vault_matches_free()
 *  @return CSTN_OK, also with none; CSTN_E_INVALID_ARGUMENT if the value has no such form;
 *  CSTN_E_STATE; CSTN_E_CORRUPT; CSTN_E_IO; CSTN_E_NOMEM.
 *  Candidates are decrypted and compared: a short hash is never the answer. Cost: a pass over the
 *  search rows of the path. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_vault_find(cstn_vault *vault, const char *path, int32_t form,
		const uint8_t *value, size_t value_size, cstn_vault_matches **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** How many; 0 for NULL. Any thread. @since 0.1 */
CSTN_API size_t cstn_vault_matches_count(const cstn_vault_matches *matches);
/** The id of a record; "" past the end. In the order of the ids; borrowed. Any thread. @since 0.1
 */
CSTN_API const char *cstn_vault_matches_record(const cstn_vault_matches *matches, size_t index);
/** Free; NULL is allowed. Any thread, once. @since 0.1 */
CSTN_API void cstn_vault_matches_free(cstn_vault_matches *matches);

/* --- commitments and pseudonyms --------------------------------------------------------------- */

/** Bytes of a salt. */
#define CSTN_VAULT_SALT_SIZE 16
/** Bytes of a commitment: SHA-256. */
#define CSTN_VAULT_COMMITMENT_SIZE 32
/** Bytes of a pseudonym. */
#define CSTN_VAULT_PSEUDONYM_SIZE 16

/** Commit to a value with cstn_vault_commitment(), under a salt of its place. What is logged is the
 *  commitment; who is to verify it gets the salt.
 *  @param cell        subject, record, path, value; schema version and category are not part of it,
 *  but with a category its salt dies with the category, else with the subject alone
 *  @param commitment  32 bytes
 *  @return as cstn_vault_put(). The salt of a place (subject, record, path) is made with its first
 *  commitment, and dies with the subject. Cost: a look-up, and a durable commit for a new salt. Any
 * thread.
 *  @since 0.1 */
CSTN_API cstn_status cstn_vault_commit(cstn_vault *vault, const cstn_vault_cell *cell,
		int64_t now_us, uint8_t *commitment, cstn_error **error) CSTN_MUST_CHECK;

/** The salt of a place, to open its commitment to somebody. @param salt 16 bytes
 *  @return as cstn_vault_get(). Cost: some look-ups. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_vault_salt(cstn_vault *vault, const char *subject, const char *record,
		const char *path, uint8_t *salt, cstn_error **error) CSTN_MUST_CHECK;

/** The commitment of a value under a salt: SHA-256 of the salt, the length of the path in two
 * bytes, the higher first, the path and the value. Whoever is shown salt, path and value verifies
 * it.
 *  @param salt 16 bytes @param value value_size bytes; NULL only with 0 @param commitment 32 bytes
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT. Any thread. O(value_size). @since 0.1 */
CSTN_API cstn_status cstn_vault_commitment(const uint8_t *salt, const char *path, const void *value,
		size_t value_size, uint8_t *commitment, cstn_error **error) CSTN_MUST_CHECK;

/** The id that algorithms see: 16 bytes, keyed BLAKE2b of an id under a key of tenant and scope.
 *  Those of two scopes do not join. `scope` "" is the one under which the log names subjects.
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_STATE. Any thread. O(1). @since 0.1 */
CSTN_API cstn_status cstn_vault_pseudonym(cstn_vault *vault, const char *scope, const char *id,
		uint8_t *pseudonym, cstn_error **error) CSTN_MUST_CHECK;

/* --- erasure ---------------------------------------------------------------------------------- */

/** Destroy the keys of a subject: wrapped keys, salts and search rows are overwritten on the disk,
 *  then ERASED is appended to the log, with the subject's pseudonym, categories, reason, actor and
 *  time. Done again it gives the same entry and a proof of it.
 *  @param subject  one of whom nothing is kept is erased as well, and stays so
 *  @param reason   a line of at most 255 bytes, not empty, without personal data: it is logged
 *  @param proof    NULL, or receives the text of the entry's inclusion proof, to be verified with
 *  cstn_proof_verify(); the entry is its extra bytes (cstn_proof_extra()); free it with
 *  cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_STATE if a legal hold defers it, which is logged with the reason, or if
 *  the vault has no log; CSTN_E_BUSY while somebody still holds a key; CSTN_E_INVALID_ARGUMENT;
 * what the journal gave; CSTN_E_IO, CSTN_E_FULL, CSTN_E_POISONED; CSTN_E_NOMEM. After a failure of
 * the log the keys are gone; call again for the entry. Cost: O(what is kept of the subject), one
 * durable commit, and one sync of each key file that has something of the subject: of one, where
 * its things were put together. To this comes the append to the log, which in a network's private
 * log is a commit of the network; a proof's checkpoint makes that durable first. That the log has
 * the entry is said by the vault's next commit, or its close; after a crash before it the open
 * looks for the entry in the log. Any thread.
 *  @since 0.1 */
CSTN_API cstn_status cstn_vault_erase_subject(cstn_vault *vault, const char *subject,
		const char *reason, int64_t now_us, cstn_buffer **proof,
		cstn_error **error) CSTN_MUST_CHECK;

/** Destroy the keys of some categories of a subject; the others live. Their search rows die with
 *  them, and the salts of commitments that were made with these categories. A category that was
 *  erased stays so: to put, read or unseal a cell of it is CSTN_E_ERASED. It is entered in the log
 * as cstn_vault_erase_subject() does, with the categories asked for. Done again with the same
 *  categories, or some of them, it gives the same entry; if they were erased apart, they are
 *  entered once more, together. Of a subject that was erased it gives that entry.
 *  @param categories  n_categories of CSTN_VAULT_IDENTITY.., at most CSTN_VAULT_CATEGORIES_MOST;
 *  one of which nothing is kept is erased as well, and stays so
 *  @param reason, proof  as there
 *  @return as cstn_vault_erase_subject(), also under a legal hold; CSTN_E_INVALID_ARGUMENT also for
 *  no category and an unknown one; CSTN_E_LIMIT. Cost: as there. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_vault_erase_categories(cstn_vault *vault, const char *subject,
		const int32_t *categories, size_t n_categories, const char *reason, int64_t now_us,
		cstn_buffer **proof, cstn_error **error) CSTN_MUST_CHECK;

/** Put a subject under legal hold: erasure is deferred until it is lifted. Logged.
 *  @return CSTN_OK; CSTN_E_ERASED; CSTN_E_STATE; CSTN_E_INVALID_ARGUMENT; what the journal gave;
 *  CSTN_E_IO, CSTN_E_FULL, CSTN_E_NOMEM. Cost: one durable commit. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_vault_hold(cstn_vault *vault, const char *subject, const char *reason,
		int64_t now_us, cstn_error **error) CSTN_MUST_CHECK;

/** Lift a hold. Logged.
 *  @param deferred  NULL, or receives 1 if an erasure was asked for meanwhile: make the same call
 *  now
 *  @return as cstn_vault_hold(); CSTN_E_NOT_FOUND if there is none. Cost: one durable commit. Any
 * thread.
 *  @since 0.1 */
CSTN_API cstn_status cstn_vault_lift(cstn_vault *vault, const char *subject, const char *reason,
		int64_t now_us, int32_t *deferred, cstn_error **error) CSTN_MUST_CHECK;

#define CSTN_VAULT_SUBJECT_HELD 1u     /**< under legal hold */
#define CSTN_VAULT_SUBJECT_DEFERRED 2u /**< ... and an erasure waits for it to be lifted */
#define CSTN_VAULT_SUBJECT_ERASED 4u
#define CSTN_VAULT_SUBJECT_LOGGED 8u /**< ... and the log has it */

/** How a subject stands. @param state bits CSTN_VAULT_SUBJECT_...; 0 for a live one
 *  @return CSTN_OK; CSTN_E_NOT_FOUND; CSTN_E_INVALID_ARGUMENT; CSTN_E_STATE; CSTN_E_CORRUPT;
 *  CSTN_E_IO; CSTN_E_NOMEM. Cost: a look-up. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_vault_subject(cstn_vault *vault, const char *subject, uint32_t *state,
		cstn_error **error) CSTN_MUST_CHECK;

/** Remove what is left of erased subjects: cells that open no more, and older generations of the
 *  vault's files. That they were erased stays known.
 *  @param progress  NULL, or counts and cancels
 *  @param n_cells   NULL, or receives how many cells went
 *  @return CSTN_OK; CSTN_E_CANCELLED; CSTN_E_STATE; CSTN_E_CORRUPT; CSTN_E_IO, CSTN_E_FULL,
 *  CSTN_E_NOMEM. Cost: O(vault). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_vault_purge(cstn_vault *vault, cstn_progress *progress, uint64_t *n_cells,
		cstn_error **error) CSTN_MUST_CHECK;

/* --- backups ---------------------------------------------------------------------------------- */

/** Copy the cells to a new folder, without any key, salt or search row.
 *  @return CSTN_OK; CSTN_E_CONFLICT if `to` holds a store; CSTN_E_UNSUPPORTED in memory; as
 *  cstn_vault_purge(). Cost: O(bytes). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_vault_backup(cstn_vault *vault, const char *to, cstn_progress *progress,
		cstn_error **error) CSTN_MUST_CHECK;

/** The table of keys, salts and search rows, wrapped under the key of an epoch. Whoever destroys
 *  that key has ended every backup of the epoch: do so once subjects were erased after them.
 *  @param epoch      its number, bound to the backup
 *  @param epoch_key  32 random bytes, kept outside the vault
 *  @param out        free it with cstn_buffer_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_STATE; CSTN_E_CORRUPT; CSTN_E_IO; what entropy
 *  gave; CSTN_E_NOMEM. Cost: O(vault). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_vault_backup_keys(cstn_vault *vault, uint64_t epoch,
		const uint8_t *epoch_key, cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** What a restore did. */
typedef struct cstn_vault_restored {
	uint32_t struct_size;
	uint32_t reserved0;
	uint64_t n_restored; /**< keys, salts and search rows put back */
	uint64_t n_present;  /**< that were there */
	uint64_t n_erased;   /**< left out: their subjects were erased since */
	uint64_t n_unknown;  /**< left out: nothing here names them */
} cstn_vault_restored;
/* clang-format off */
#define CSTN_VAULT_RESTORED_INIT { sizeof(cstn_vault_restored), 0, 0, 0, 0, 0 }
/* clang-format on */

/** Put the keys of a backup back into a vault restored with its cells. What was erased here stays
 *  erased.
 *  @param data      what cstn_vault_backup_keys() gave
 *  @param epoch     as there
 *  @param restored  NULL, or struct_size set
 *  @return CSTN_OK; CSTN_E_FORMAT if it is no such backup; CSTN_E_MISMATCH for another epoch or
 *  tenant; CSTN_E_CORRUPT for another key or a changed byte; CSTN_E_STATE; CSTN_E_STRUCT_SIZE;
 *  CSTN_E_IO, CSTN_E_FULL, CSTN_E_NOMEM. All or nothing. Cost: O(data). Any thread. @since 0.1 */
CSTN_API cstn_status cstn_vault_restore_keys(cstn_vault *vault, const void *data, size_t size,
		uint64_t epoch, const uint8_t *epoch_key, int64_t now_us,
		cstn_vault_restored *restored, cstn_error **error) CSTN_MUST_CHECK;

/* --- consent ---------------------------------------------------------------------------------- */

#define CSTN_PURPOSE_FULFIL 1
#define CSTN_PURPOSE_SERVICE_FEEDBACK 2
#define CSTN_PURPOSE_ANALYTICS 3
#define CSTN_PURPOSE_MARKETING 4
#define CSTN_PURPOSE_SHARE 5 /**< with a constellation */
#define CSTN_PURPOSE_RESEARCH 6

/** Who asks for what, and when. This struct never grows. */
typedef struct cstn_consent_question {
	const char *customer;      /**< id */
	const char *owner;         /**< whose record it is; NULL or "": the network's own */
	const char *constellation; /**< with CSTN_PURPOSE_SHARE; else NULL */
	int32_t purpose;           /**< CSTN_PURPOSE_..., from 1000 the caller's own */
	int32_t reserved0;         /**< 0 */
	int64_t now_us;            /**< the instant it is asked for */
	int64_t known_us;          /**< as was known then; INT64_MAX: as is known */
} cstn_consent_question;

/** The answer of consent records. */
typedef struct cstn_consent {
	uint32_t struct_size;
	int32_t granted;   /**< 1 yes, 0 no: refused, withdrawn, or nothing on record */
	int32_t on_record; /**< 1 if a record says so; 0: none speaks at that instant */
	int32_t reserved0;
	int64_t valid_from_us;  /**< of that record */
	int64_t valid_until_us; /**< INT64_MAX: no end */
	int64_t recorded_us;
} cstn_consent;
/* clang-format off */
#define CSTN_CONSENT_INIT { sizeof(cstn_consent), 0, 0, 0, 0, 0, 0 }
/* clang-format on */

/** Has a customer consented? Among the records `consent` of customer, purpose and constellation
 * that were known at known_us and speak at now_us, valid_from <= now_us < valid_until, the one with
 * the greatest (valid_from, recorded, id) answers. No record means no; no purpose implies another.
 *  @param out  struct_size set
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE; CSTN_E_STATE; CSTN_E_CORRUPT;
 *  CSTN_E_IO; CSTN_E_NOMEM. Cost: a pass over the consent records. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_snapshot_consent(cstn_snapshot *snapshot,
		const cstn_consent_question *question, cstn_consent *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Read a customer's value for a purpose: the cell (customer, customer, path).
 *  @return in this order: CSTN_E_ERASED if the keys are gone; CSTN_E_DENIED if consent is not yes;
 *  else as cstn_vault_get(), and what cstn_snapshot_consent() refuses. `value` is wiped and freed
 * by cstn_buffer_free(). Cost: a pass over the consent records, and some look-ups. Any thread.
 *  @since 0.1 */
CSTN_API cstn_status cstn_vault_get_consented(cstn_vault *vault, cstn_snapshot *snapshot,
		const cstn_consent_question *question, const char *path, cstn_buffer **value,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
