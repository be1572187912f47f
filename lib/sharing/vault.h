#ifndef CSTN_SHARING_VAULT_H
#define CSTN_SHARING_VAULT_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include <constellation/vault.h>

#include "base/alloc.h"
#include "base/map.h"
#include "store/key_slots.h"
#include "store/store.h"

/* A vault is a store with one table of rows. A row is named by a letter and a keyed hash, so that
 * the files name nobody; what must die is in key slots, whose numbers the rows hold.
 *
 *  M name              what the vault is: salt of Argon2id, the check of its key, a pending entry
 *  S subject           state, how many things are kept of it, its ERASED entry and index;
 * `version`: how many erasures of categories there were E subject, number   the number-th of these:
 * its entry and index N subject, number   the name of the number-th thing kept of it K key wrapped
 * data key of (subject, category)         slot: nonce, key, tag C cell              ciphertext;
 * `field` is that of the search, if any   slot: a search row T salt              salt of a
 * commitment                             slot: 16 bytes
 *
 * Whatever has a slot is a thing of its subject, so that erasing one walks its N rows. K, C and T
 * of a category that was erased say so in `state` and have no slot and no data; K has the number of
 * the erasure in `field`. A category that was erased has its K, whether there ever was a key or
 * not. */
#define CSTN__VAULT_META 'M'
#define CSTN__VAULT_SUBJECT 'S'
#define CSTN__VAULT_ERASURE 'E'
#define CSTN__VAULT_MEMBER 'N'
#define CSTN__VAULT_DATA_KEY 'K'
#define CSTN__VAULT_CELL 'C'
#define CSTN__VAULT_SALT 'T'

#define CSTN__VAULT_KEY 32u
#define CSTN__VAULT_HASH 16u
#define CSTN__VAULT_NONCE 24u
#define CSTN__VAULT_TAG 16u
#define CSTN__VAULT_WRAPPED (CSTN__VAULT_NONCE + CSTN__VAULT_KEY + CSTN__VAULT_TAG)
#define CSTN__VAULT_SEARCH 80u /* 8 bytes of the hash, length and text of the record, zeros */
#define CSTN__VAULT_SEALED_HEAD 48u
#define CSTN__VAULT_KEY_VERSION 1u
#define CSTN__VAULT_ID_MOST 26u
#define CSTN__VAULT_LINK_MOST 24u

/* Of libsodium's guarded memory. */
typedef struct cstn__vault_keys {
	uint8_t root[CSTN__VAULT_KEY]; /* wiped once the others are made */
	uint8_t tenant[CSTN__VAULT_KEY];
	uint8_t wrap[CSTN__VAULT_KEY];
	uint8_t item[CSTN__VAULT_KEY]; /* of the hashes that name rows */
	uint8_t search[CSTN__VAULT_KEY];
	uint8_t pseudonym[CSTN__VAULT_KEY];
	uint8_t data[CSTN__VAULT_KEY]; /* the data key at hand; wiped after each call */
	char signer[512];
} cstn__vault_keys;

typedef struct cstn__vault_id {
	uint8_t bytes[CSTN__VAULT_ID_MOST];
	size_t len;
} cstn__vault_id;

struct cstn_vault {
	cstn_allocator allocator;
	cstn__vfs_posix vfs;
	cstn__store *store;
	pthread_mutex_t lock;
	int closed;
	cstn__vault_keys *keys;
	cstn_status (*entropy)(void *user, uint8_t *out, size_t size);
	void *entropy_user;
	cstn_log *log;         /* with keys->signer */
	cstn_network *network; /* or this, referenced, with keys->signer and party */
	cstn_vault_journal journal;
	int has_journal;
	char tenant[65], party[65];
	char actor[CSTN_VAULT_REASON_MOST + 1];
	/* What the last erasure still owes; the row `pending` is there unless it owes nothing. */
	struct {
		int what;          /* CSTN__VAULT_OWES_... */
		cstn__vault_id id; /* of the row that has its entry: S or E */
		uint64_t index;    /* of its entry, once the log has it */
	} owes;
};
#define CSTN__VAULT_OWES_NOTHING 0
#define CSTN__VAULT_OWES_ENTRY 1 /* the log has not got its entry */
#define CSTN__VAULT_OWES_ROW 2   /* it has, and the next commit says so in the vault */

/* cstn_vault_open() on another file system, which must live as long as the vault, with a store as
 * `store` says but for its flags; NULL: the machine's own, and as the store likes. */
cstn_status cstn__vault_open_on(cstn__vfs *vfs, const cstn__store_options *store, const char *path,
		const cstn_vault_options *options, const cstn_allocator *allocator,
		cstn_vault **out, cstn_error **error);

/* Lock, unless it is NULL or closed. _leave() wipes what lies in keys->data. */
cstn_status cstn__vault_enter(cstn_vault *vault, cstn_error **error);
void cstn__vault_leave(cstn_vault *vault);
cstn_status cstn__vault_random(cstn_vault *vault, void *out, size_t size, cstn_error **error);

/* --- arguments (vault_check.c) --- */
cstn_status cstn__vault_check_id(const char *what, const char *id, cstn_error **error);
cstn_status cstn__vault_check_path(const char *path, cstn_error **error);
cstn_status cstn__vault_check_reason(const char *what, const char *reason, cstn_error **error);
int cstn__vault_is_category(int32_t category);
/* All of a cell; with `sealed` it has no form, with `salted` category and version do not count. */
#define CSTN__VAULT_CHECK_PUT 0
#define CSTN__VAULT_CHECK_SEAL 1
#define CSTN__VAULT_CHECK_SALT 2
cstn_status cstn__vault_check_cell(const cstn_vault_cell *cell, int use, cstn_error **error);
/* The form of a value that is searched, in `out` (wiped by the caller). */
cstn_status cstn__vault_form(int32_t form, const uint8_t *value, size_t size, cstn__bytes *out,
		cstn_error **error);

/* --- names and keys (vault_crypto.c) --- */
cstn_status cstn__vault_derive(cstn_vault *vault, cstn_error **error); /* from keys->root */
void cstn__vault_subject_name(
		const cstn_vault *vault, const char *subject, uint8_t out[CSTN__VAULT_HASH]);
/* The id of a row of `kind`: of (subject, two texts), or of (subject, category). */
void cstn__vault_place_id(const cstn_vault *vault, uint8_t kind, const uint8_t *subject,
		const char *record, const char *path, cstn__vault_id *out);
void cstn__vault_key_id(const cstn_vault *vault, const uint8_t *subject, uint32_t category,
		cstn__vault_id *out);
void cstn__vault_subject_id(const uint8_t *subject, cstn__vault_id *out);
void cstn__vault_member_id(const uint8_t *subject, uint64_t number, cstn__vault_id *out);
void cstn__vault_erasure_id(const uint8_t *subject, uint64_t number, cstn__vault_id *out);
void cstn__vault_meta_id(const char *name, cstn__vault_id *out);
int64_t cstn__vault_field(const cstn_vault *vault, const char *path, int32_t form);
uint64_t cstn__vault_search_hash(
		const cstn_vault *vault, const char *path, const uint8_t *form, size_t size);
/* A data key to the bytes of its slot, and back. -1: they do not open. */
cstn_status cstn__vault_wrap(cstn_vault *vault, const uint8_t *subject, uint32_t category,
		const uint8_t *key, uint8_t out[CSTN__VAULT_WRAPPED], cstn_error **error);
int cstn__vault_unwrap(const cstn_vault *vault, const uint8_t *subject, uint32_t category,
		const uint8_t *wrapped, uint8_t *key);
/* A value to its cell, and back. `out`: value_size + CSTN_VAULT_CELL_EXTRA bytes; `value`: size -
 * CSTN_VAULT_CELL_EXTRA. */
typedef struct cstn__vault_place {
	const char *record, *path;
	uint32_t schema_version;
} cstn__vault_place;
cstn_status cstn__vault_encrypt(cstn_vault *vault, const uint8_t *key, const uint8_t *subject,
		const cstn_vault_cell *cell, uint8_t *out, cstn_error **error);
int cstn__vault_decrypt(const uint8_t *key, const uint8_t *sealed, size_t size,
		const cstn__vault_place *place, uint8_t *value);

/* --- rows (vault_row.c) --- */
typedef struct cstn__vault_row {
	cstn__vault_id id;
	int64_t state;    /* S, E: bits CSTN_VAULT_SUBJECT_; K, C, T: ... that of their category */
	int64_t number;   /* S: things kept; of one thing: its number */
	int64_t category; /* K, C; T: 0 if none was given */
	int64_t version;  /* K: of the key; C: of the schema; S: erasures of categories */
	int64_t slot;     /* -1 none */
	/* C: see cstn__vault_field(); 0 none. S, E: index in the log. K: the erasure's number */
	int64_t field;
	uint8_t link[CSTN__VAULT_LINK_MOST]; /* N: hash of the thing's id; else the subject */
	size_t link_len;
	const uint8_t *data; /* borrowed */
	size_t data_len;
} cstn__vault_row;
extern const cstn__store_schema cstn__vault_schema;
/* `data` NULL: not asked for; else the row's is copied behind what it holds. */
cstn_status cstn__vault_row_find(cstn__snapshot *snapshot, const cstn__vault_id *id,
		cstn__vault_row *out, cstn__bytes *data, int *found, cstn_error **error);
cstn_status cstn__vault_row_put(cstn__transaction *transaction, const cstn__vault_row *row,
		int64_t now_us, cstn_error **error);
cstn_status cstn__vault_row_delete(cstn__transaction *transaction, const cstn__vault_id *id,
		int64_t now_us, cstn_error **error);
/* Each row that is there, with field in [least, most]; data is not given. */
typedef cstn_status (*cstn__vault_each)(
		void *context, const cstn__vault_row *row, cstn_error **error);
cstn_status cstn__vault_rows(cstn__snapshot *snapshot, int64_t least, int64_t most,
		cstn__vault_each each, void *context, cstn_error **error);
/* Bytes of a slot; CSTN_E_ERASED, CSTN_E_MISSING. */
cstn_status cstn__vault_slot(
		cstn_vault *vault, int64_t slot, void *out, size_t size, cstn_error **error);
/* How a subject stands; `found` 0: it is not known. `data`: its entry, as above. */
cstn_status cstn__vault_subject_row(cstn__snapshot *snapshot, const uint8_t *subject,
		cstn__vault_row *out, cstn__bytes *data, int *found, cstn_error **error);
cstn_status cstn__vault_fail_erased(cstn_error **error);

/* --- a change (vault_write.c): while the vault is locked --- */
typedef struct cstn__vault_subject_at {
	uint8_t name[CSTN__VAULT_HASH];
	cstn__vault_row row;
	int changed;
} cstn__vault_subject_at;
typedef struct cstn__vault_write {
	cstn_vault *vault;
	cstn__snapshot *base;
	cstn__transaction *transaction;
	int64_t now_us;
	cstn__interner subjects, keys;
	CSTN__ARRAY(cstn__vault_subject_at) list; /* by the subjects' codes */
	uint8_t *key_bytes;                       /* by the keys' codes; guarded memory */
	size_t keys_most;
	const cstn__vault_id *entered; /* the row that has the entry of its erasure; NULL */
} cstn__vault_write;
/* For up to `keys_most` data keys. _end() in any case. */
cstn_status cstn__vault_begin(cstn_vault *vault, size_t keys_most, int64_t now_us,
		cstn__vault_write *write, cstn_error **error);
void cstn__vault_end(cstn__vault_write *write);
/* The subject, as the change has it; CSTN_E_ERASED unless `erased`. Its index in the list. */
cstn_status cstn__vault_write_subject(cstn__vault_write *write, const char *subject, int erased,
		size_t *at, cstn_error **error);
/* Its key, made if there is none. */
cstn_status cstn__vault_write_key(cstn__vault_write *write, size_t at, uint32_t category,
		const uint8_t **key, cstn_error **error);
/* A row of a thing of the subject that was not there: with its number and N row. */
cstn_status cstn__vault_write_thing(
		cstn__vault_write *write, size_t at, cstn__vault_row *row, cstn_error **error);
/* Bytes that die with the subject. */
cstn_status cstn__vault_write_slot(cstn__vault_write *write, const void *data, size_t size,
		int64_t *slot, cstn_error **error);
/* With what is owed. */
cstn_status cstn__vault_write_commit(cstn__vault_write *write, cstn_error **error);

/* --- erasure (vault_erase.c) --- */
/* Checks what erasures and holds have in common, and locks. */
cstn_status cstn__vault_erase_enter(
		cstn_vault *vault, const char *subject, const char *reason, cstn_error **error);
/* The `number`th thing of a subject; `found` 0: it was purged. */
cstn_status cstn__vault_find_thing(cstn__snapshot *snapshot, const uint8_t *subject,
		uint64_t number, cstn__vault_row *member, cstn__vault_row *thing, int *found,
		cstn_error **error);
/* A hold of the subject at `at` defers its erasure: logged, committed, CSTN_E_STATE. */
cstn_status cstn__vault_defer(
		cstn__vault_write *write, size_t at, const char *reason, cstn_error **error);
/* The proof of the entry of a row S or E, which the log has. */
cstn_status cstn__vault_prove(cstn_vault *vault, const cstn__vault_id *id, cstn_buffer **proof,
		cstn_error **error);
/* Whether a category of a subject was erased (vault_category.c). */
cstn_status cstn__vault_check_category(cstn_vault *vault, cstn__snapshot *snapshot,
		const uint8_t *subject, int32_t category, cstn_error **error);
/* CSTN_E_ERASED if a row K, C or T says so. */
cstn_status cstn__vault_check_row(const cstn__vault_row *row, cstn_error **error);
/* What was erased of a subject, an entry each as the log has it, at the end of a list
 * (vault_erase.c). */
cstn_status cstn__vault_erasures(
		cstn_vault *vault, const char *subject, json_t *list, cstn_error **error);

/* A sealed cell that has passed the check of its form, opened (vault_cell.c). */
cstn_status cstn__vault_open_cell(cstn_vault *vault, cstn__snapshot *snapshot,
		const uint8_t *sealed, size_t size, const cstn__vault_place *place,
		cstn_buffer **value, cstn_error **error);

/* Leave only those of whom `keep` is set to 1. */
cstn_status cstn__vault_matches_keep(cstn_vault_matches *matches,
		cstn_status (*ask)(
				void *context, const char *record, int *keep, cstn_error **error),
		void *context, cstn_error **error);
/* What a question about consent must be (consent.c). */
cstn_status cstn__consent_check(const cstn_consent_question *question, cstn_error **error);

/* --- the log (vault_log.c) --- */
static inline int cstn__vault_has_log(const cstn_vault *vault)
{
	return vault->log || vault->network || vault->has_journal;
}
typedef struct cstn__vault_entry {
	const char *type; /* CSTN__LEAF_ERASED, ... */
	const uint8_t *subject;
	const int32_t *categories; /* NULL: none are said */
	size_t n_categories;
	const char *reason;
	int64_t at_us;
} cstn__vault_entry;
cstn_status cstn__vault_entry_write(const cstn_vault *vault, const cstn__vault_entry *entry,
		cstn__bytes *out, cstn_error **error);
cstn_status cstn__vault_log_append(cstn_vault *vault, const void *entry, size_t size,
		uint64_t *index, cstn_error **error);
cstn_status cstn__vault_log_prove(cstn_vault *vault, const void *entry, size_t size, uint64_t index,
		cstn_buffer **proof, cstn_error **error);
/* At the open: what is owed. An entry that the log has already is not entered again. */
cstn_status cstn__vault_owes_load(cstn_vault *vault, cstn_error **error);
/* The entry of an erasure that the log has not got, if there is one. */
cstn_status cstn__vault_owes_enter(cstn_vault *vault, cstn_error **error);
/* Rows of what is owed, and of what the change will owe, into its transaction; then: it is
 * committed. */
cstn_status cstn__vault_owes_put(cstn__vault_write *write, cstn_error **error);
void cstn__vault_owes_done(cstn__vault_write *write);
/* A commit of its own for a row that is owed, if there is one. */
cstn_status cstn__vault_owes_settle(cstn_vault *vault, cstn_error **error);
/* A subject's row as it will be once nothing is owed. */
void cstn__vault_owes_read(const cstn_vault *vault, cstn__vault_row *row);

#endif
