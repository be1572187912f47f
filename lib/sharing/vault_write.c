/* A change of a vault: one transaction of its store.
 *
 * Subjects and data keys of the change are looked up or made once each. A slot is put before the
 * row that names it; the store has it on the disk before the row. A key that is made here lies in
 * guarded memory until the change ends, and wrapped in its slot.
 *
 * Invariant: what has a slot has an N row of its subject in the same transaction. */
#include <string.h>

#include <sodium/utils.h>

#include "base/error.h"
#include "sharing/vault.h"

/* All slots of a vault are of one size and lie in files of one kind: what is put together lies
 * together, and one sync makes it durable, or its end. */
#define SLOT_LEAST 57u

cstn_status cstn__vault_begin(cstn_vault *vault, size_t keys_most, int64_t now_us,
		cstn__vault_write *write, cstn_error **error)
{
	cstn_status status;

	memset(write, 0, sizeof(*write));
	write->vault = vault;
	write->now_us = now_us;
	write->keys_most = keys_most;
	cstn__interner_init(&write->subjects, &vault->allocator, 1);
	cstn__interner_init(&write->keys, &vault->allocator, 2);
	if (keys_most) {
		write->key_bytes = sodium_malloc(keys_most * CSTN__VAULT_KEY);
		if (!write->key_bytes)
			return cstn__fail_nomem(error);
	}
	status = cstn__snapshot_new(vault->store, &write->base, error);
	if (status == CSTN_OK)
		status = cstn__transaction_new(vault->store, &write->transaction, error);
	return status;
}

void cstn__vault_end(cstn__vault_write *write)
{
	cstn__transaction_free(write->transaction);
	cstn__snapshot_unref(write->base);
	sodium_free(write->key_bytes);
	cstn__interner_free(&write->subjects);
	cstn__interner_free(&write->keys);
	cstn__array_free(&write->vault->allocator, &write->list);
}

/* A subject that the change has not met. */
static cstn_status load_subject(cstn__vault_write *write, const uint8_t *name, cstn_error **error)
{
	cstn__vault_subject_at at = {.changed = 0};
	int found;
	cstn_status status;

	if (cstn__array_reserve(&write->vault->allocator, &write->list, 1))
		return cstn__fail_nomem(error);
	status = cstn__vault_subject_row(write->base, name, &at.row, NULL, &found, error);
	if (status != CSTN_OK)
		return status;
	memcpy(at.name, name, CSTN__VAULT_HASH);
	if (!found) {
		memset(&at.row, 0, sizeof(at.row));
		cstn__vault_subject_id(name, &at.row.id);
		at.row.slot = -1;
	}
	write->list.items[write->list.count++] = at;
	return CSTN_OK;
}

cstn_status cstn__vault_write_subject(cstn__vault_write *write, const char *subject, int erased,
		size_t *at, cstn_error **error)
{
	uint8_t name[CSTN__VAULT_HASH];
	uint32_t code;
	cstn_status status;

	cstn__vault_subject_name(write->vault, subject, name);
	code = cstn__intern(&write->subjects, (const char *)name, sizeof(name));
	if (code == UINT32_MAX)
		return cstn__fail_nomem(error);
	if (code == write->list.count) {
		status = load_subject(write, name, error);
		if (status != CSTN_OK)
			return status;
	}
	if (!erased && write->list.items[code].row.state & CSTN_VAULT_SUBJECT_ERASED)
		return cstn__vault_fail_erased(error);
	*at = code;
	return CSTN_OK;
}

cstn_status cstn__vault_write_slot(cstn__vault_write *write, const void *data, size_t size,
		int64_t *slot, cstn_error **error)
{
	uint8_t padded[CSTN__SLOT_BYTES_MAX] = {0};
	uint64_t number;
	cstn_status status;

	memcpy(padded, data, size);
	status = cstn__transaction_put_slot(write->transaction, padded,
			size < SLOT_LEAST ? SLOT_LEAST : size, &number, error);
	cstn__wipe(padded, sizeof(padded));
	if (status == CSTN_OK)
		*slot = (int64_t)number;
	return status;
}

cstn_status cstn__vault_write_thing(
		cstn__vault_write *write, size_t at, cstn__vault_row *row, cstn_error **error)
{
	cstn__vault_subject_at *subject = &write->list.items[at];
	cstn__vault_row member = {.slot = -1};
	cstn_status status;

	row->number = subject->row.number + 1;
	memcpy(row->link, subject->name, CSTN__VAULT_HASH);
	row->link_len = CSTN__VAULT_HASH;
	cstn__vault_member_id(subject->name, (uint64_t)row->number, &member.id);
	member.link_len = row->id.len;
	memcpy(member.link, row->id.bytes, row->id.len);
	status = cstn__vault_row_put(write->transaction, &member, write->now_us, error);
	if (status == CSTN_OK)
		status = cstn__vault_row_put(write->transaction, row, write->now_us, error);
	if (status != CSTN_OK)
		return status;
	subject->row.number++;
	subject->changed = 1;
	return CSTN_OK;
}

static cstn_status make_key(cstn__vault_write *write, size_t at, cstn__vault_row *row, uint8_t *key,
		cstn_error **error)
{
	uint8_t wrapped[CSTN__VAULT_WRAPPED];
	const uint8_t *subject = write->list.items[at].name;
	cstn_status status = cstn__vault_random(write->vault, key, CSTN__VAULT_KEY, error);

	if (status == CSTN_OK)
		status = cstn__vault_wrap(write->vault, subject, (uint32_t)row->category, key,
				wrapped, error);
	if (status == CSTN_OK)
		status = cstn__vault_write_slot(write, wrapped, sizeof(wrapped), &row->slot, error);
	if (status == CSTN_OK)
		status = cstn__vault_write_thing(write, at, row, error);
	return status;
}

static cstn_status load_key(cstn__vault_write *write, size_t at, uint32_t category, uint8_t *key,
		cstn_error **error)
{
	const uint8_t *subject = write->list.items[at].name;
	uint8_t wrapped[CSTN__VAULT_WRAPPED];
	cstn__vault_row row;
	cstn__vault_id id;
	int found;
	cstn_status status;

	cstn__vault_key_id(write->vault, subject, category, &id);
	status = cstn__vault_row_find(write->base, &id, &row, NULL, &found, error);
	if (status != CSTN_OK)
		return status;
	if (!found) {
		row = (cstn__vault_row){
				.id = id, .category = category, .version = CSTN__VAULT_KEY_VERSION};
		return make_key(write, at, &row, key, error);
	}
	status = cstn__vault_check_row(&row, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__vault_slot(write->vault, row.slot, wrapped, sizeof(wrapped), error);
	if (status == CSTN_OK && cstn__vault_unwrap(write->vault, subject, category, wrapped, key))
		status = cstn__fail(error, CSTN_E_CORRUPT, "a key of the vault does not open");
	return status;
}

cstn_status cstn__vault_write_key(cstn__vault_write *write, size_t at, uint32_t category,
		const uint8_t **key, cstn_error **error)
{
	uint8_t name[CSTN__VAULT_HASH + 4];
	uint8_t *own;
	uint32_t code;
	cstn_status status = CSTN_OK;
	size_t before = write->keys.count;

	memcpy(name, write->list.items[at].name, CSTN__VAULT_HASH);
	for (size_t i = 0; i < 4; i++)
		name[CSTN__VAULT_HASH + i] = (uint8_t)(category >> 8 * i);
	code = cstn__intern(&write->keys, (const char *)name, sizeof(name));
	if (code == UINT32_MAX)
		return cstn__fail_nomem(error);
	own = write->key_bytes + (size_t)code * CSTN__VAULT_KEY;
	if (code == before)
		status = load_key(write, at, category, own, error);
	if (status == CSTN_OK)
		*key = own;
	return status;
}

cstn_status cstn__vault_write_commit(cstn__vault_write *write, cstn_error **error)
{
	uint64_t seq;
	cstn_status status = cstn__vault_owes_put(write, error);

	for (size_t i = 0; status == CSTN_OK && i < write->list.count; i++) {
		cstn__vault_subject_at *at = &write->list.items[i];

		if (at->changed)
			status = cstn__vault_row_put(
					write->transaction, &at->row, write->now_us, error);
	}
	if (status == CSTN_OK)
		status = cstn__transaction_commit(write->transaction, &seq, error);
	if (status == CSTN_OK)
		cstn__vault_owes_done(write);
	return status;
}
