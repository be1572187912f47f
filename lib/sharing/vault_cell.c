/* Cells: put, read, sealed for keeping elsewhere, opened; salts and commitments.
 *
 * Every read looks at the subject first: one that was erased is said to be so whatever else is or
 * is not there. A cell that is replaced keeps its row; its old search row dies in the same commit.
 *
 * Cost: a put is one durable commit for all its cells; a read some look-ups and a slot. */
#include <string.h>

#include "base/error.h"
#include "base/sha256.h"
#include "sharing/vault.h"

/* --- put -------------------------------------------------------------------------------------- */

/* The search row of a cell: hash, length and text of the record. */
static cstn_status put_search(cstn__vault_write *write, const cstn_vault_cell *cell,
		cstn__vault_row *row, cstn_error **error)
{
	uint8_t slot[CSTN__VAULT_SEARCH] = {0};
	cstn__bytes form;
	uint64_t hash;
	cstn_status status;

	cstn__bytes_init(&form, &write->vault->allocator);
	status = cstn__vault_form(cell->form, cell->value, cell->value_size, &form, error);
	if (status == CSTN_OK) {
		hash = cstn__vault_search_hash(write->vault, cell->path, form.data, form.size);
		for (size_t i = 0; i < 8; i++)
			slot[i] = (uint8_t)(hash >> 8 * i);
		slot[8] = (uint8_t)strlen(cell->record);
		memcpy(slot + 9, cell->record, slot[8]);
		row->field = cstn__vault_field(write->vault, cell->path, cell->form);
		status = cstn__vault_write_slot(write, slot, sizeof(slot), &row->slot, error);
	}
	cstn__wipe(form.data, form.size);
	cstn__bytes_free(&form);
	return status;
}

/* Its row, as it was or new, with a new ciphertext. */
static cstn_status put_row(cstn__vault_write *write, size_t subject, const cstn_vault_cell *cell,
		const cstn__vault_id *id, const uint8_t *sealed, cstn_error **error)
{
	cstn__vault_row row;
	int found;
	cstn_status status = cstn__vault_row_find(write->base, id, &row, NULL, &found, error);

	if (status != CSTN_OK)
		return status;
	if (found && row.slot >= 0)
		status = cstn__transaction_erase_slot(
				write->transaction, (uint64_t)row.slot, error);
	if (!found)
		row = (cstn__vault_row){.id = *id};
	row.state = 0; /* under a category that lives */
	row.category = cell->category;
	row.version = cell->schema_version;
	row.slot = -1;
	row.field = 0;
	row.data = sealed;
	row.data_len = cell->value_size + CSTN_VAULT_CELL_EXTRA;
	if (status == CSTN_OK && cell->form != CSTN_VAULT_FORM_NONE)
		status = put_search(write, cell, &row, error);
	if (status != CSTN_OK)
		return status;
	return found ? cstn__vault_row_put(write->transaction, &row, write->now_us, error)
		     : cstn__vault_write_thing(write, subject, &row, error);
}

static cstn_status put_cell(cstn__vault_write *write, const cstn_vault_cell *cell,
		cstn__interner *places, cstn_error **error)
{
	size_t size = cell->value_size + CSTN_VAULT_CELL_EXTRA, subject = 0;
	const uint8_t *key = NULL, *name;
	uint32_t before = (uint32_t)places->count, code;
	cstn__vault_id id;
	uint8_t *sealed;
	cstn_status status = cstn__vault_write_subject(write, cell->subject, 0, &subject, error);

	if (status != CSTN_OK)
		return status;
	name = write->list.items[subject].name;
	cstn__vault_place_id(write->vault, CSTN__VAULT_CELL, name, cell->record, cell->path, &id);
	code = cstn__intern(places, (const char *)id.bytes, id.len);
	if (code == UINT32_MAX)
		return cstn__fail_nomem(error);
	if (code != before)
		return cstn__fail(error, CSTN_E_DUPLICATE, "it is of the same place as cell %u",
				(unsigned)code);
	status = cstn__vault_write_key(write, subject, (uint32_t)cell->category, &key, error);
	if (status != CSTN_OK)
		return status;
	sealed = cstn__alloc(&write->vault->allocator, size);
	if (!sealed)
		return cstn__fail_nomem(error);
	status = cstn__vault_encrypt(write->vault, key, name, cell, sealed, error);
	if (status == CSTN_OK)
		status = put_row(write, subject, cell, &id, sealed, error);
	cstn__free(&write->vault->allocator, sealed, size);
	return status;
}

cstn_status cstn_vault_put(cstn_vault *vault, const cstn_vault_cell *cells, size_t n_cells,
		int64_t now_us, cstn_error **error)
{
	cstn__interner places;
	cstn__vault_write write;
	size_t i = 0;
	cstn_status status = CSTN_OK;

	if (!cells && n_cells)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "cells is NULL");
	if (n_cells > CSTN_VAULT_CELLS_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu cells; at most %d", n_cells,
				CSTN_VAULT_CELLS_MOST);
	for (; i < n_cells && status == CSTN_OK; i++)
		status = cstn__vault_check_cell(&cells[i], CSTN__VAULT_CHECK_PUT, error);
	if (status != CSTN_OK) {
		cstn__error_prefix(error, "cell %zu: ", i - 1);
		return status;
	}
	status = cstn__vault_enter(vault, error);
	if (status != CSTN_OK)
		return status;
	cstn__interner_init(&places, &vault->allocator, 3);
	status = cstn__vault_begin(vault, n_cells, now_us, &write, error);
	for (i = 0; i < n_cells && status == CSTN_OK; i++) {
		status = put_cell(&write, &cells[i], &places, error);
		if (status != CSTN_OK)
			cstn__error_prefix(error, "cell %zu: ", i);
	}
	if (status == CSTN_OK && n_cells)
		status = cstn__vault_write_commit(&write, error);
	cstn__vault_end(&write);
	cstn__interner_free(&places);
	cstn__vault_leave(vault);
	return status;
}

cstn_status cstn_vault_seal(cstn_vault *vault, const cstn_vault_cell *cell, int64_t now_us,
		cstn_buffer **out, cstn_error **error)
{
	cstn__vault_write write;
	const uint8_t *key = NULL;
	cstn_buffer *sealed = NULL;
	uint8_t *bytes;
	size_t size, subject;
	cstn_status status = cstn__vault_check_cell(cell, CSTN__VAULT_CHECK_SEAL, error);

	if (status == CSTN_OK && !out)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	if (status == CSTN_OK)
		status = cstn__vault_enter(vault, error);
	if (status != CSTN_OK)
		return status;
	size = cell->value_size + CSTN_VAULT_CELL_EXTRA;
	bytes = cstn__alloc(&vault->allocator, size);
	status = cstn__vault_begin(vault, 1, now_us, &write, error);
	if (status == CSTN_OK && !bytes)
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK)
		status = cstn__vault_write_subject(&write, cell->subject, 0, &subject, error);
	if (status == CSTN_OK)
		status = cstn__vault_write_key(
				&write, subject, (uint32_t)cell->category, &key, error);
	if (status == CSTN_OK)
		status = cstn__vault_encrypt(
				vault, key, write.list.items[subject].name, cell, bytes, error);
	if (status == CSTN_OK)
		status = cstn__buffer_copy(&vault->allocator, bytes, size, &sealed, error);
	if (status == CSTN_OK && write.list.items[subject].changed)
		status = cstn__vault_write_commit(&write, error);
	cstn__vault_end(&write);
	cstn__free(&vault->allocator, bytes, size);
	cstn__vault_leave(vault);
	if (status == CSTN_OK)
		*out = sealed;
	else
		cstn_buffer_free(sealed);
	return status;
}

/* --- get -------------------------------------------------------------------------------------- */

/* The data key of a subject into keys->data. */
static cstn_status open_key(cstn_vault *vault, cstn__snapshot *snapshot, const uint8_t *subject,
		uint32_t category, cstn_error **error)
{
	uint8_t wrapped[CSTN__VAULT_WRAPPED];
	cstn__vault_row row;
	cstn__vault_id id;
	int found = 0;
	cstn_status status;

	cstn__vault_key_id(vault, subject, category, &id);
	status = cstn__vault_row_find(snapshot, &id, &row, NULL, &found, error);
	if (status == CSTN_OK && !found)
		status = cstn__fail(error, CSTN_E_NOT_FOUND, "the vault has no such key");
	if (status == CSTN_OK)
		status = cstn__vault_check_row(&row, error);
	if (status == CSTN_OK)
		status = cstn__vault_slot(vault, row.slot, wrapped, sizeof(wrapped), error);
	if (status == CSTN_OK &&
			cstn__vault_unwrap(vault, subject, category, wrapped, vault->keys->data))
		status = cstn__fail(error, CSTN_E_CORRUPT, "a key of the vault does not open");
	return status;
}

cstn_status cstn__vault_open_cell(cstn_vault *vault, cstn__snapshot *snapshot,
		const uint8_t *sealed, size_t size, const cstn__vault_place *place,
		cstn_buffer **value, cstn_error **error)
{
	size_t value_size = size - CSTN_VAULT_CELL_EXTRA;
	uint32_t category = (uint32_t)sealed[2] | (uint32_t)sealed[3] << 8;
	uint8_t *bytes;
	cstn_status status = open_key(vault, snapshot, sealed + 8, category, error);

	if (status != CSTN_OK)
		return status;
	bytes = cstn__alloc(&vault->allocator, value_size);
	if (!bytes)
		return cstn__fail_nomem(error);
	if (cstn__vault_decrypt(vault->keys->data, sealed, size, place, bytes))
		status = cstn__fail(error, CSTN_E_CORRUPT,
				"the cell does not open: it was changed, or made for another "
				"place");
	else
		status = cstn__buffer_copy_secret(
				&vault->allocator, bytes, value_size, value, error);
	cstn__wipe(bytes, value_size);
	cstn__free(&vault->allocator, bytes, value_size);
	return status;
}

/* CSTN_E_ERASED, whatever is there; `found` 0: nothing is known of the subject. */
static cstn_status check_live(
		cstn__snapshot *snapshot, const uint8_t *subject, int *found, cstn_error **error)
{
	cstn__vault_row row;
	cstn_status status = cstn__vault_subject_row(snapshot, subject, &row, NULL, found, error);

	if (status == CSTN_OK && *found && row.state & CSTN_VAULT_SUBJECT_ERASED)
		return cstn__vault_fail_erased(error);
	return status;
}

/* The row of a thing at a place. CSTN_E_NOT_FOUND. */
static cstn_status find_place(cstn_vault *vault, cstn__snapshot *snapshot, uint8_t kind,
		const char *const names[3], cstn__vault_row *row, cstn__bytes *data,
		cstn_error **error)
{
	uint8_t subject[CSTN__VAULT_HASH];
	cstn__vault_id id;
	int found = 0;
	cstn_status status;

	cstn__vault_subject_name(vault, names[0], subject);
	status = check_live(snapshot, subject, &found, error);
	if (status == CSTN_OK && found) {
		cstn__vault_place_id(vault, kind, subject, names[1], names[2], &id);
		status = cstn__vault_row_find(snapshot, &id, row, data, &found, error);
	}
	if (status == CSTN_OK && !found)
		status = cstn__fail(error, CSTN_E_NOT_FOUND, "the vault holds nothing there");
	return status == CSTN_OK ? cstn__vault_check_row(row, error) : status;
}

static cstn_status check_place(const char *const names[3], const void *out, cstn_error **error)
{
	cstn_status status = cstn__vault_check_id("subject", names[0], error);

	if (status == CSTN_OK)
		status = cstn__vault_check_id("record", names[1], error);
	if (status == CSTN_OK)
		status = cstn__vault_check_path(names[2], error);
	if (status == CSTN_OK && !out)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "an output is NULL");
	return status;
}

/* A cell's bytes that have passed no check. */
static cstn_status check_sealed(const uint8_t *sealed, size_t size, cstn_error **error)
{
	static const uint8_t head[] = {1, 0};

	if (size < CSTN_VAULT_CELL_EXTRA)
		return cstn__fail(error, CSTN_E_FORMAT,
				"a cell ends at byte %zu; it has at least %d", size,
				CSTN_VAULT_CELL_EXTRA);
	if (size > CSTN_VAULT_VALUE_MOST + CSTN_VAULT_CELL_EXTRA)
		return cstn__fail(error, CSTN_E_FORMAT, "a cell goes on after byte %d",
				CSTN_VAULT_VALUE_MOST + CSTN_VAULT_CELL_EXTRA);
	if (memcmp(sealed, head, sizeof(head)) != 0)
		return cstn__fail(error, CSTN_E_FORMAT, "byte 0: not the form 1 of a cell");
	if (sealed[4] != CSTN__VAULT_KEY_VERSION || sealed[5] || sealed[6] || sealed[7])
		return cstn__fail(error, CSTN_E_FORMAT, "byte 4: not version 1 of a key");
	return CSTN_OK;
}

cstn_status cstn_vault_get(cstn_vault *vault, const char *subject, const char *record,
		const char *path, cstn_buffer **value, cstn_error **error)
{
	const char *const names[3] = {subject, record, path};
	cstn__snapshot *snapshot = NULL;
	cstn__vault_row row;
	cstn__bytes data;
	cstn_status status = check_place(names, value, error);

	if (status == CSTN_OK)
		status = cstn__vault_enter(vault, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&data, &vault->allocator);
	status = cstn__snapshot_new(vault->store, &snapshot, error);
	if (status == CSTN_OK)
		status = find_place(vault, snapshot, CSTN__VAULT_CELL, names, &row, &data, error);
	if (status == CSTN_OK && check_sealed(data.data, data.size, NULL) != CSTN_OK)
		status = cstn__fail(error, CSTN_E_CORRUPT, "the vault holds an odd cell there");
	if (status == CSTN_OK)
		status = cstn__vault_open_cell(vault, snapshot, data.data, data.size,
				&(cstn__vault_place){record, path, (uint32_t)row.version}, value,
				error);
	cstn__snapshot_unref(snapshot);
	cstn__bytes_free(&data);
	cstn__vault_leave(vault);
	return status;
}

cstn_status cstn_vault_unseal(cstn_vault *vault, const void *sealed, size_t size,
		const char *record, const char *path, uint32_t schema_version, cstn_buffer **value,
		cstn_error **error)
{
	const char *const names[3] = {record, record, path};
	const uint8_t *bytes = sealed;
	cstn__snapshot *snapshot = NULL;
	int found = 0;
	cstn_status status = check_place(names, value, error);

	if (status == CSTN_OK && !sealed)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "sealed is NULL");
	if (status == CSTN_OK)
		status = check_sealed(bytes, size, error);
	if (status == CSTN_OK)
		status = cstn__vault_enter(vault, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__snapshot_new(vault->store, &snapshot, error);
	if (status == CSTN_OK)
		status = check_live(snapshot, bytes + 8, &found, error);
	if (status == CSTN_OK)
		status = cstn__vault_open_cell(vault, snapshot, bytes, size,
				&(cstn__vault_place){record, path, schema_version}, value, error);
	cstn__snapshot_unref(snapshot);
	cstn__vault_leave(vault);
	return status;
}

/* --- commitments ------------------------------------------------------------------------------ */

cstn_status cstn_vault_commitment(const uint8_t *salt, const char *path, const void *value,
		size_t value_size, uint8_t *commitment, cstn_error **error)
{
	cstn__sha256_state state;
	uint8_t len[2];
	cstn_status status = cstn__vault_check_path(path, error);

	if (status == CSTN_OK && (!salt || !commitment || (!value && value_size)))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!salt         ? "salt"
				: !commitment ? "commitment"
					      : "value");
	if (status != CSTN_OK)
		return status;
	len[0] = 0; /* a path has at most 255 bytes */
	len[1] = (uint8_t)strlen(path);
	cstn__sha256_init(&state, 0);
	cstn__sha256_put(&state, salt, CSTN_VAULT_SALT_SIZE);
	cstn__sha256_put(&state, len, sizeof(len));
	cstn__sha256_put(&state, path, len[1]);
	cstn__sha256_put(&state, value, value_size);
	cstn__sha256_end(&state, commitment);
	cstn__wipe(&state, sizeof(state));
	return CSTN_OK;
}

/* The salt of a place, made if there is none. */
static cstn_status take_salt(cstn__vault_write *write, const cstn_vault_cell *cell, uint8_t *salt,
		cstn_error **error)
{
	cstn_vault *vault = write->vault;
	cstn__vault_row row;
	cstn__vault_id id;
	size_t subject;
	int found;
	cstn_status status = cstn__vault_write_subject(write, cell->subject, 0, &subject, error);

	if (status != CSTN_OK)
		return status;
	cstn__vault_place_id(vault, CSTN__VAULT_SALT, write->list.items[subject].name, cell->record,
			cell->path, &id);
	status = cstn__vault_row_find(write->base, &id, &row, NULL, &found, error);
	if (status != CSTN_OK)
		return status;
	if (found)
		status = cstn__vault_check_row(&row, error);
	if (found)
		return status == CSTN_OK ? cstn__vault_slot(vault, row.slot, salt,
							   CSTN_VAULT_SALT_SIZE, error)
					 : status;
	row = (cstn__vault_row){.id = id};
	if (cstn__vault_is_category(cell->category)) { /* it dies with it */
		row.category = cell->category;
		status = cstn__vault_check_category(vault, write->base,
				write->list.items[subject].name, cell->category, error);
	}
	if (status == CSTN_OK)
		status = cstn__vault_random(vault, salt, CSTN_VAULT_SALT_SIZE, error);
	if (status == CSTN_OK)
		status = cstn__vault_write_slot(
				write, salt, CSTN_VAULT_SALT_SIZE, &row.slot, error);
	if (status == CSTN_OK)
		status = cstn__vault_write_thing(write, subject, &row, error);
	if (status == CSTN_OK)
		status = cstn__vault_write_commit(write, error);
	return status;
}

cstn_status cstn_vault_commit(cstn_vault *vault, const cstn_vault_cell *cell, int64_t now_us,
		uint8_t *commitment, cstn_error **error)
{
	uint8_t salt[CSTN_VAULT_SALT_SIZE];
	cstn__vault_write write;
	cstn_status status = cstn__vault_check_cell(cell, CSTN__VAULT_CHECK_SALT, error);

	if (status == CSTN_OK && !commitment)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "commitment is NULL");
	if (status == CSTN_OK)
		status = cstn__vault_enter(vault, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__vault_begin(vault, 0, now_us, &write, error);
	if (status == CSTN_OK)
		status = take_salt(&write, cell, salt, error);
	if (status == CSTN_OK)
		status = cstn_vault_commitment(
				salt, cell->path, cell->value, cell->value_size, commitment, error);
	cstn__wipe(salt, sizeof(salt));
	cstn__vault_end(&write);
	cstn__vault_leave(vault);
	return status;
}

cstn_status cstn_vault_salt(cstn_vault *vault, const char *subject, const char *record,
		const char *path, uint8_t *salt, cstn_error **error)
{
	const char *const names[3] = {subject, record, path};
	cstn__snapshot *snapshot = NULL;
	cstn__vault_row row;
	cstn_status status = check_place(names, salt, error);

	if (status == CSTN_OK)
		status = cstn__vault_enter(vault, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__snapshot_new(vault->store, &snapshot, error);
	if (status == CSTN_OK)
		status = find_place(vault, snapshot, CSTN__VAULT_SALT, names, &row, NULL, error);
	if (status == CSTN_OK)
		status = cstn__vault_slot(vault, row.slot, salt, CSTN_VAULT_SALT_SIZE, error);
	cstn__snapshot_unref(snapshot);
	cstn__vault_leave(vault);
	return status;
}
