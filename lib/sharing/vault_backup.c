/* Backups of a vault: of its cells, and apart from them of its keys.
 *
 * A backup of the store leaves key slots out. That of the keys is one message under the key of an
 * epoch: magic, epoch, nonce, then sealed a list of (row, bytes of its slot). Data keys in it are
 * still wrapped under the tenant's. Whoever destroys the epoch's key has ended them all. A restore
 * puts back what rows of this vault ask for, and nothing of a subject that was erased here.
 *
 * Cost: a pass over the vault, or over the backup. */
#include <string.h>

#include "base/error.h"
#include "sharing/aead.h"
#include "sharing/vault.h"

#define MAGIC "CSTNVKB1"
#define MAGIC_SIZE 8u
#define HEAD (MAGIC_SIZE + 8u) /* and the epoch */
#define AAD_MOST (HEAD + 64u)

/* What the seal is bound to: the head and the tenant. */
static size_t write_aad(const cstn_vault *vault, uint64_t epoch, uint8_t out[AAD_MOST])
{
	size_t len = strlen(vault->tenant);

	memcpy(out, MAGIC, MAGIC_SIZE);
	for (size_t i = 0; i < 8; i++)
		out[MAGIC_SIZE + i] = (uint8_t)(epoch >> 8 * i);
	memcpy(out + HEAD, vault->tenant, len);
	return HEAD + len;
}

/* How many bytes the slot of a row holds; 0 for a row without one. */
static size_t slot_size(const cstn__vault_row *row)
{
	switch (row->slot < 0 ? 0 : row->id.bytes[0]) {
	case CSTN__VAULT_DATA_KEY:
		return CSTN__VAULT_WRAPPED;
	case CSTN__VAULT_CELL:
		return CSTN__VAULT_SEARCH;
	case CSTN__VAULT_SALT:
		return CSTN_VAULT_SALT_SIZE;
	default:
		return 0;
	}
}

/* --- out -------------------------------------------------------------------------------------- */

typedef struct copy {
	cstn_vault *vault;
	cstn__bytes list;
} copy;

static cstn_status copy_slot(void *context, const cstn__vault_row *row, cstn_error **error)
{
	copy *at = context;
	uint8_t bytes[CSTN__SLOT_BYTES_MAX];
	size_t size = slot_size(row);
	uint32_t state;
	cstn_status status;

	if (!size)
		return CSTN_OK;
	status = cstn__store_read_slot(
			at->vault->store, (uint64_t)row->slot, bytes, size, &state, error);
	if (status != CSTN_OK || state != CSTN__SLOT_HELD)
		return status;
	cstn__bytes_put_u8(&at->list, (uint8_t)row->id.len);
	cstn__bytes_put(&at->list, row->id.bytes, row->id.len);
	cstn__bytes_put_u8(&at->list, (uint8_t)size);
	cstn__bytes_put(&at->list, bytes, size);
	cstn__wipe(bytes, sizeof(bytes));
	return at->list.failed ? cstn__fail_nomem(error) : CSTN_OK;
}

/* Head, nonce, sealed list. */
static cstn_status seal_list(cstn_vault *vault, const cstn__bytes *list, uint64_t epoch,
		const uint8_t *epoch_key, cstn_buffer **out, cstn_error **error)
{
	size_t size = HEAD + CSTN__AEAD_NONCE + list->size + CSTN__AEAD_TAG;
	uint8_t *bytes = cstn__alloc(&vault->allocator, size);
	uint8_t aad[AAD_MOST];
	size_t aad_size = write_aad(vault, epoch, aad);
	cstn_status status;

	if (!bytes)
		return cstn__fail_nomem(error);
	memcpy(bytes, aad, HEAD);
	status = cstn__vault_random(vault, bytes + HEAD, CSTN__AEAD_NONCE, error);
	if (status == CSTN_OK) {
		cstn__aead_seal((cstn__slice){epoch_key, CSTN_VAULT_KEY_SIZE},
				(cstn__slice){bytes + HEAD, CSTN__AEAD_NONCE},
				(cstn__slice){aad, aad_size}, (cstn__slice){list->data, list->size},
				bytes + HEAD + CSTN__AEAD_NONCE);
		status = cstn__buffer_copy(&vault->allocator, bytes, size, out, error);
	}
	cstn__free(&vault->allocator, bytes, size);
	return status;
}

cstn_status cstn_vault_backup_keys(cstn_vault *vault, uint64_t epoch, const uint8_t *epoch_key,
		cstn_buffer **out, cstn_error **error)
{
	cstn__snapshot *snapshot = NULL;
	copy at = {.vault = vault};
	cstn_status status;

	if (!epoch_key || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				out ? "epoch_key" : "out");
	status = cstn__vault_enter(vault, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&at.list, &vault->allocator);
	status = cstn__snapshot_new(vault->store, &snapshot, error);
	if (status == CSTN_OK)
		status = cstn__vault_rows(snapshot, INT64_MIN, INT64_MAX, copy_slot, &at, error);
	if (status == CSTN_OK)
		status = seal_list(vault, &at.list, epoch, epoch_key, out, error);
	cstn__snapshot_unref(snapshot);
	cstn__wipe(at.list.data, at.list.size);
	cstn__bytes_free(&at.list);
	cstn__vault_leave(vault);
	return status;
}

cstn_status cstn_vault_backup(
		cstn_vault *vault, const char *to, cstn_progress *progress, cstn_error **error)
{
	cstn_status status;

	if (!to || !*to)
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "to is %s", to ? "empty" : "NULL");
	status = cstn__vault_enter(vault, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__vault_owes_settle(vault, error);
	if (status == CSTN_OK)
		status = cstn__store_backup(vault->store, to, 0, progress, error);
	cstn__vault_leave(vault);
	return status;
}

/* --- and back --------------------------------------------------------------------------------- */

/* One slot of the backup. */
static cstn_status restore_slot(cstn__vault_write *write, const cstn__vault_id *id,
		const uint8_t *bytes, size_t size, cstn_vault_restored *counts, cstn_error **error)
{
	cstn__vault_row row, subject;
	cstn__bytes data;
	uint8_t now[CSTN__SLOT_BYTES_MAX];
	uint32_t state = CSTN__SLOT_ABSENT;
	int found = 0;
	cstn_status status;

	cstn__bytes_init(&data, &write->vault->allocator);
	status = cstn__vault_row_find(write->base, id, &row, &data, &found, error);
	if (status == CSTN_OK && found && row.state & CSTN_VAULT_SUBJECT_ERASED) {
		counts->n_erased++;
		goto done;
	}
	if (status == CSTN_OK && (!found || slot_size(&row) != size)) {
		counts->n_unknown++;
		goto done;
	}
	if (status == CSTN_OK)
		status = cstn__vault_subject_row(
				write->base, row.link, &subject, NULL, &found, error);
	if (status == CSTN_OK && found && subject.state & CSTN_VAULT_SUBJECT_ERASED) {
		counts->n_erased++;
		goto done;
	}
	if (status == CSTN_OK)
		status = cstn__store_read_slot(
				write->vault->store, (uint64_t)row.slot, now, size, &state, error);
	if (status == CSTN_OK && state != CSTN__SLOT_ABSENT) {
		counts->n_present++;
		goto done;
	}
	if (status == CSTN_OK)
		status = cstn__vault_write_slot(write, bytes, size, &row.slot, error);
	if (status == CSTN_OK) {
		row.data = data.data;
		row.data_len = data.size;
		status = cstn__vault_row_put(write->transaction, &row, write->now_us, error);
		counts->n_restored++;
	}
done:
	cstn__wipe(now, sizeof(now));
	cstn__bytes_free(&data);
	return status;
}

static cstn_status restore_list(cstn__vault_write *write, cstn__reader *reader,
		cstn_vault_restored *counts, cstn_error **error)
{
	while (reader->position < reader->size) {
		cstn__vault_id id = {.len = cstn__read_u8(reader)};
		const uint8_t *name = cstn__read_bytes(reader, id.len);
		size_t size = cstn__read_u8(reader);
		const uint8_t *bytes = cstn__read_bytes(reader, size);
		cstn_status status;

		if (reader->failed || id.len == 0 || id.len > CSTN__VAULT_ID_MOST || size == 0 ||
				size > CSTN__SLOT_BYTES_MAX)
			return cstn__fail(
					error, CSTN_E_FORMAT, "the list of the backup breaks off");
		memcpy(id.bytes, name, id.len);
		status = restore_slot(write, &id, bytes, size, counts, error);
		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}

static cstn_status check_head(const cstn_vault *vault, const uint8_t *data, size_t size,
		uint64_t epoch, cstn_error **error)
{
	uint8_t aad[AAD_MOST];

	if (size < HEAD + CSTN__AEAD_NONCE + CSTN__AEAD_TAG)
		return cstn__fail(error, CSTN_E_FORMAT, "a backup of keys ends at byte %zu", size);
	if (memcmp(data, MAGIC, MAGIC_SIZE) != 0)
		return cstn__fail(error, CSTN_E_FORMAT, "byte 0: no backup of keys");
	write_aad(vault, epoch, aad);
	if (memcmp(data, aad, HEAD) != 0)
		return cstn__fail(error, CSTN_E_MISMATCH, "the backup is of another epoch");
	return CSTN_OK;
}

static cstn_status open_list(cstn_vault *vault, const uint8_t *data, size_t size, uint64_t epoch,
		const uint8_t *epoch_key, uint8_t *list, cstn_error **error)
{
	uint8_t aad[AAD_MOST];
	size_t aad_size = write_aad(vault, epoch, aad);
	const cstn__slice sealed = {data + HEAD + CSTN__AEAD_NONCE, size - HEAD - CSTN__AEAD_NONCE};

	if (cstn__aead_open((cstn__slice){epoch_key, CSTN_VAULT_KEY_SIZE},
			    (cstn__slice){data + HEAD, CSTN__AEAD_NONCE},
			    (cstn__slice){aad, aad_size}, sealed, list))
		return cstn__fail(error, CSTN_E_CORRUPT,
				"the backup does not open: another key or tenant, or a changed "
				"byte");
	return CSTN_OK;
}

static cstn_status restore(cstn_vault *vault, const uint8_t *data, size_t size, uint64_t epoch,
		const uint8_t *epoch_key, int64_t now_us, cstn_vault_restored *counts,
		cstn_error **error)
{
	size_t list_size = size - HEAD - CSTN__AEAD_NONCE - CSTN__AEAD_TAG;
	uint8_t *list = cstn__alloc(&vault->allocator, list_size);
	cstn__reader reader = {.data = list, .size = list_size};
	cstn__vault_write write;
	cstn_status status;

	if (!list)
		return cstn__fail_nomem(error);
	status = open_list(vault, data, size, epoch, epoch_key, list, error);
	if (status == CSTN_OK) {
		status = cstn__vault_begin(vault, 0, now_us, &write, error);
		if (status == CSTN_OK)
			status = restore_list(&write, &reader, counts, error);
		if (status == CSTN_OK && counts->n_restored)
			status = cstn__vault_write_commit(&write, error);
		cstn__vault_end(&write);
	}
	cstn__wipe(list, list_size);
	cstn__free(&vault->allocator, list, list_size);
	return status;
}

cstn_status cstn_vault_restore_keys(cstn_vault *vault, const void *data, size_t size,
		uint64_t epoch, const uint8_t *epoch_key, int64_t now_us,
		cstn_vault_restored *restored, cstn_error **error)
{
	cstn_vault_restored full = CSTN_VAULT_RESTORED_INIT, probe;
	cstn_status status = CSTN_OK;

	if (!data || !epoch_key)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				data ? "epoch_key" : "data");
	if (restored) { /* before anything is done */
		probe = full;
		probe.struct_size = restored->struct_size;
		status = cstn__output_write(&full, sizeof(full), sizeof(full),
				"cstn_vault_restored", &probe, error);
	}
	if (status == CSTN_OK)
		status = cstn__vault_enter(vault, error);
	if (status != CSTN_OK)
		return status;
	status = check_head(vault, data, size, epoch, error);
	if (status == CSTN_OK)
		status = restore(vault, data, size, epoch, epoch_key, now_us, &full, error);
	cstn__vault_leave(vault);
	if (status == CSTN_OK && restored)
		status = cstn__output_write(&full, sizeof(full), sizeof(full),
				"cstn_vault_restored", restored, error);
	return status;
}
