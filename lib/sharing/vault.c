/* Vaults: opened, closed, and the keys that they are opened with.
 *
 * A vault is a store of its own, so that no backup of the network's data carries its keys. Its row
 * `check` is a cell under the wrapping key: another root key or tenant does not open it. Keys lie
 * in guarded memory of libsodium from the open to the free.
 *
 * Cost: that of the store; of Argon2id what its options say. */
#include "sharing/vault.h"

#include <errno.h>
#include <string.h>

#include <sodium/core.h>
#include <sodium/crypto_pwhash.h>
#include <sodium/utils.h>

#include "base/entropy.h"
#include "base/error.h"

#define KNOWN_FLAGS (CSTN_VAULT_MUST_EXIST | CSTN_VAULT_MUST_BE_NEW)
_Static_assert(CSTN_VAULT_MUST_EXIST == CSTN__STORE_MUST_EXIST &&
				CSTN_VAULT_MUST_BE_NEW == CSTN__STORE_MUST_BE_NEW,
		"flags of the store");
_Static_assert(sizeof(((cstn__vault_row *)0)->link) >= crypto_pwhash_SALTBYTES, "room for a salt");

cstn_status cstn__vault_enter(cstn_vault *vault, cstn_error **error)
{
	if (!vault)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "vault is NULL");
	pthread_mutex_lock(&vault->lock);
	if (!vault->closed)
		return CSTN_OK;
	pthread_mutex_unlock(&vault->lock);
	return cstn__fail(error, CSTN_E_STATE, "the vault is closed");
}

void cstn__vault_leave(cstn_vault *vault)
{
	cstn__wipe(vault->keys->data, sizeof(vault->keys->data));
	pthread_mutex_unlock(&vault->lock);
}

cstn_status cstn__vault_random(cstn_vault *vault, void *out, size_t size, cstn_error **error)
{
	return cstn__entropy_fill(vault->entropy, vault->entropy_user, out, size, error);
}

/* --- the key ---------------------------------------------------------------------------------- */

static cstn_status read_meta(cstn_vault *vault, const char *name, cstn__vault_row *out,
		cstn__bytes *data, int *found, cstn_error **error)
{
	cstn__snapshot *snapshot = NULL;
	cstn__vault_id id;
	cstn_status status = cstn__snapshot_new(vault->store, &snapshot, error);

	if (status != CSTN_OK)
		return status;
	cstn__vault_meta_id(name, &id);
	status = cstn__vault_row_find(snapshot, &id, out, data, found, error);
	cstn__snapshot_unref(snapshot);
	return status;
}

/* The passes, bytes and salt of Argon2id: those of the vault, or new ones. */
static cstn_status passphrase_row(cstn_vault *vault, const cstn_vault_options *options,
		cstn__vault_row *out, int is_new, cstn_error **error)
{
	int found = 0;
	cstn_status status = read_meta(vault, "argon2id", out, NULL, &found, error);

	if (status != CSTN_OK || found)
		return status;
	if (!is_new)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"the vault was made with a root key, not a passphrase");
	memset(out, 0, sizeof(*out));
	cstn__vault_meta_id("argon2id", &out->id);
	out->slot = -1;
	out->number = options->argon2_passes ? (int64_t)options->argon2_passes
					     : (int64_t)crypto_pwhash_OPSLIMIT_MODERATE;
	out->version = options->argon2_bytes ? (int64_t)options->argon2_bytes
					     : (int64_t)crypto_pwhash_MEMLIMIT_MODERATE;
	out->category = crypto_pwhash_ALG_ARGON2ID13;
	out->link_len = crypto_pwhash_SALTBYTES;
	return cstn__vault_random(vault, out->link, out->link_len, error);
}

static cstn_status stretch(cstn_vault *vault, const cstn_vault_options *options,
		const cstn__vault_row *row, cstn_error **error)
{
	if (row->category != crypto_pwhash_ALG_ARGON2ID13 ||
			row->link_len != crypto_pwhash_SALTBYTES || row->number < 1 ||
			row->version < (int64_t)crypto_pwhash_MEMLIMIT_MIN)
		return cstn__fail(error, CSTN_E_CORRUPT, "the vault's row of Argon2id is odd");
	errno = 0;
	if (!crypto_pwhash(vault->keys->root, CSTN__VAULT_KEY, (const char *)options->passphrase,
			    options->passphrase_size, row->link, (unsigned long long)row->number,
			    (size_t)row->version, crypto_pwhash_ALG_ARGON2ID13))
		return CSTN_OK;
	if (errno == ENOMEM)
		return cstn__fail_nomem(error);
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
			"Argon2id does not take %lld passes over %lld bytes",
			(long long)row->number, (long long)row->version);
}

/* The row that tells whether the key is the vault's. */
static cstn_status make_check(cstn_vault *vault, const cstn__vault_row *argon2, cstn_error **error)
{
	static const uint8_t zeros[CSTN__VAULT_KEY], nobody[CSTN__VAULT_HASH];
	uint8_t wrapped[CSTN__VAULT_WRAPPED];
	cstn__vault_row row = {.slot = -1, .data = wrapped, .data_len = sizeof(wrapped)};
	cstn__vault_write write;
	cstn_status status = cstn__vault_wrap(vault, nobody, 0, zeros, wrapped, error);

	if (status != CSTN_OK)
		return status;
	cstn__vault_meta_id("check", &row.id);
	status = cstn__vault_begin(vault, 0, 0, &write, error);
	if (status == CSTN_OK)
		status = cstn__vault_row_put(write.transaction, &row, 0, error);
	if (status == CSTN_OK && argon2)
		status = cstn__vault_row_put(write.transaction, argon2, 0, error);
	if (status == CSTN_OK)
		status = cstn__vault_write_commit(&write, error);
	cstn__vault_end(&write);
	return status;
}

static cstn_status read_check(const cstn_vault *vault, const cstn__bytes *check, cstn_error **error)
{
	static const uint8_t nobody[CSTN__VAULT_HASH];
	uint8_t zeros[CSTN__VAULT_KEY];

	if (check->size != CSTN__VAULT_WRAPPED ||
			cstn__vault_unwrap(vault, nobody, 0, check->data, zeros))
		return cstn__fail(error, CSTN_E_MISMATCH,
				"this key and tenant are not those of the vault");
	return CSTN_OK;
}

static cstn_status take_key(
		cstn_vault *vault, const cstn_vault_options *options, cstn_error **error)
{
	cstn__vault_row check, argon2;
	cstn__bytes data;
	int found = 0;
	cstn_status status;

	cstn__bytes_init(&data, &vault->allocator);
	status = read_meta(vault, "check", &check, &data, &found, error);
	if (status == CSTN_OK && options->root_key) {
		status = options->root_key(options->root_key_user, vault->keys->root);
		if (status != CSTN_OK)
			status = cstn__fail(error, status, "the host gave no root key");
	} else if (status == CSTN_OK) {
		status = passphrase_row(vault, options, &argon2, !found, error);
		if (status == CSTN_OK)
			status = stretch(vault, options, &argon2, error);
	}
	if (status == CSTN_OK)
		status = cstn__vault_derive(vault, error);
	if (status == CSTN_OK)
		status = found ? read_check(vault, &data, error)
			       : make_check(vault, options->root_key ? NULL : &argon2, error);
	cstn__bytes_free(&data);
	return status;
}

/* --- open and close --------------------------------------------------------------------------- */

static cstn_status check_options(const cstn_vault_options *options, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	if (options->tenant)
		status = cstn__vault_check_id("tenant", options->tenant, error);
	if (status == CSTN_OK && options->actor)
		status = cstn__vault_check_reason("actor", options->actor, error);
	if (status != CSTN_OK)
		return status;
	if (!options->root_key == !(options->passphrase && options->passphrase_size))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a vault is opened with a root key or a passphrase: give one");
	if (options->argon2_passes > INT64_MAX || options->argon2_bytes > INT64_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "an Argon2id limit above 2^63");
	if (!!options->log + !!options->network + !!options->journal > 1)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"one of a log, a network and a journal");
	if (options->network)
		status = cstn__vault_check_id("party", options->party, error);
	if (status != CSTN_OK)
		return status;
	if ((options->log || options->network) &&
			(!options->signer ||
					strlen(options->signer) >=
							sizeof(((cstn__vault_keys *)0)->signer)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a log needs the key that signs its checkpoints");
	if (options->journal && (!options->journal->append || !options->journal->prove))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "the journal lacks a function");
	if (options->flags == KNOWN_FLAGS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a vault cannot both exist and be new");
	return CSTN_OK;
}

static void copy_options(cstn_vault *vault, const cstn_vault_options *options)
{
	strcpy(vault->tenant, options->tenant ? options->tenant : "default");
	strcpy(vault->actor, options->actor ? options->actor : "");
	vault->entropy = options->entropy;
	vault->entropy_user = options->entropy_user;
	vault->log = options->log;
	if (options->log || options->network)
		strcpy(vault->keys->signer, options->signer);
	vault->network = cstn_network_ref(options->network);
	strcpy(vault->party, options->network ? options->party : "");
	if (options->journal) {
		vault->journal = *options->journal;
		vault->has_journal = 1;
	}
}

/* Memory, lock and guarded memory. */
static cstn_status new_vault(const cstn_allocator *allocator, cstn_vault **out, cstn_error **error)
{
	cstn_allocator memory;
	cstn_vault *vault;
	cstn_status status;

	if (sodium_init() < 0)
		return cstn__fail(error, CSTN_E_IO, "libsodium finds no source of randomness");
	status = cstn__handle_new(allocator, sizeof(*vault), &memory, &vault, error);
	if (status != CSTN_OK)
		return status;
	vault->allocator = memory;
	vault->keys = sodium_malloc(sizeof(*vault->keys));
	if (vault->keys && pthread_mutex_init(&vault->lock, NULL) == 0) {
		memset(vault->keys, 0, sizeof(*vault->keys));
		cstn__vfs_posix_init(&vault->vfs, &memory);
		*out = vault;
		return CSTN_OK;
	}
	sodium_free(vault->keys);
	cstn__free(&memory, vault, sizeof(*vault));
	return cstn__fail_nomem(error);
}

/* Once it is set up, up to the entry that a crash left to be logged. */
static cstn_status open_store(cstn_vault *vault, cstn__vfs *vfs, const cstn__store_options *store,
		const char *path, const cstn_vault_options *options, cstn_error **error)
{
	cstn__store_options own = {.flags = 0};
	cstn_status status;

	if (store)
		own = *store;
	own.flags = options->flags;
	if (!path)
		vfs = NULL;
	else if (!vfs)
		vfs = &vault->vfs.vfs;
	status = cstn__store_open(vfs, path, &cstn__vault_schema, &own, &vault->allocator,
			&vault->store, error);
	if (status == CSTN_OK)
		status = take_key(vault, options, error);
	if (status == CSTN_OK)
		status = cstn__vault_owes_load(vault, error);
	if (status == CSTN_OK && cstn__vault_has_log(vault))
		status = cstn__vault_owes_enter(vault, error);
	return status;
}

cstn_status cstn__vault_open_on(cstn__vfs *vfs, const cstn__store_options *store, const char *path,
		const cstn_vault_options *options, const cstn_allocator *allocator,
		cstn_vault **out, cstn_error **error)
{
	cstn_vault_options own;
	cstn_vault *vault = NULL;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	if (path && !*path)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "path is empty");
	status = cstn__options_read(options, sizeof(own), sizeof(own), KNOWN_FLAGS,
			"cstn_vault_options", &own, error);
	if (status == CSTN_OK)
		status = check_options(&own, error);
	if (status == CSTN_OK && !path && own.flags & CSTN_VAULT_MUST_EXIST)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a vault in memory is always new; give a path");
	if (status == CSTN_OK)
		status = new_vault(allocator, &vault, error);
	if (status != CSTN_OK)
		return status;
	copy_options(vault, &own);
	status = open_store(vault, vfs, store, path, &own, error);
	if (status != CSTN_OK) {
		cstn_vault_free(vault);
		return status;
	}
	*out = vault;
	return CSTN_OK;
}

cstn_status cstn_vault_open(const char *path, const cstn_vault_options *options,
		const cstn_allocator *allocator, cstn_vault **out, cstn_error **error)
{
	return cstn__vault_open_on(NULL, NULL, path, options, allocator, out, error);
}

cstn_status cstn_vault_close(cstn_vault *vault, cstn_error **error)
{
	cstn_error *inner = NULL;
	cstn_status settled, status = cstn__vault_enter(vault, error);

	if (status != CSTN_OK)
		return status;
	vault->closed = 1;
	settled = cstn__vault_owes_settle(vault, &inner);
	status = cstn__store_close(vault->store, error);
	if (status == CSTN_OK && settled != CSTN_OK)
		status = cstn__fail(error, settled, "%s", cstn_error_message(inner));
	cstn_error_free(inner);
	cstn__vault_leave(vault);
	return status;
}

void cstn_vault_free(cstn_vault *vault)
{
	cstn_allocator allocator;

	if (!vault)
		return;
	allocator = vault->allocator;
	cstn__store_unref(vault->store);
	cstn__vfs_posix_free(&vault->vfs);
	cstn_network_unref(vault->network);
	sodium_free(vault->keys);
	pthread_mutex_destroy(&vault->lock);
	cstn__free(&allocator, vault, sizeof(*vault));
}
