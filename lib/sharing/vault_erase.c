/* Erasure: the slots of a subject die, the log says so, a purge takes away what is left.
 *
 * The commit of an erasure zeroes every slot of the subject on the disk before it returns (see
 * store/key_slots.h), and carries the state ERASED, the entry and the row `pending`; then the log
 * gets the entry (see vault_log.c). A hold is a state of the subject that the erasure looks at
 * first.
 *
 * Cost: an erasure is O(things of the subject), one commit and one sync of each file of key slots
 * that it has something in; a purge a pass over the vault. */
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "base/sort.h"
#include "sharing/canonical_json.h"
#include "sharing/log_leaf.h"
#include "sharing/vault.h"

#define PURGE_ROWS 16384u /* of one transaction, about */

/* --- one subject ------------------------------------------------------------------------------ */

typedef CSTN__ARRAY(int32_t) categories;

cstn_status cstn__vault_find_thing(cstn__snapshot *snapshot, const uint8_t *subject,
		uint64_t number, cstn__vault_row *member, cstn__vault_row *thing, int *found,
		cstn_error **error)
{
	cstn__vault_id id;
	cstn_status status;

	cstn__vault_member_id(subject, number, &id);
	status = cstn__vault_row_find(snapshot, &id, member, NULL, found, error);
	if (status != CSTN_OK || !*found)
		return status;
	memcpy(id.bytes, member->link, member->link_len);
	id.len = member->link_len;
	return cstn__vault_row_find(snapshot, &id, thing, NULL, found, error);
}

/* Every slot of the subject; the categories of its keys. */
static cstn_status erase_things(
		cstn__vault_write *write, size_t at, categories *out, cstn_error **error)
{
	const cstn__vault_subject_at *subject = &write->list.items[at];

	for (int64_t number = 1; number <= subject->row.number; number++) {
		cstn__vault_row member, thing;
		int found;
		cstn_status status = cstn__vault_find_thing(write->base, subject->name,
				(uint64_t)number, &member, &thing, &found, error);

		if (status == CSTN_OK && found && thing.slot >= 0)
			status = cstn__transaction_erase_slot(
					write->transaction, (uint64_t)thing.slot, error);
		if (status != CSTN_OK)
			return status;
		if (!found || thing.id.bytes[0] != CSTN__VAULT_DATA_KEY)
			continue;
		if (cstn__array_reserve(&write->vault->allocator, out, 1))
			return cstn__fail_nomem(error);
		out->items[out->count++] = (int32_t)thing.category;
	}
	return CSTN_OK;
}

static int by_number(const void *left, const void *right, void *context)
{
	int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;

	(void)context;
	return (a > b) - (a < b);
}

/* Up to the commit. */
static cstn_status erase_now(
		cstn__vault_write *write, size_t at, const char *reason, cstn_error **error)
{
	cstn__vault_subject_at *subject = &write->list.items[at];
	cstn__vault_entry entry = {.type = CSTN__LEAF_ERASED,
			.subject = subject->name,
			.reason = reason,
			.at_us = write->now_us};
	static const int32_t none[1];
	cstn__bytes text;
	categories list = {NULL, 0, 0};
	cstn_status status = erase_things(write, at, &list, error);

	cstn__bytes_init(&text, &write->vault->allocator);
	if (status == CSTN_OK) {
		if (list.count)
			cstn__sort(list.items, list.count, sizeof(int32_t), by_number, NULL);
		entry.categories = list.count ? list.items : none;
		entry.n_categories = list.count;
		status = cstn__vault_entry_write(write->vault, &entry, &text, error);
	}
	if (status == CSTN_OK) {
		subject->row.state = CSTN_VAULT_SUBJECT_ERASED;
		subject->row.data = text.data;
		subject->row.data_len = text.size;
		subject->changed = 1;
		write->entered = &subject->row.id;
		status = cstn__vault_write_commit(write, error);
	}
	cstn__array_free(&write->vault->allocator, &list);
	cstn__bytes_free(&text);
	return status;
}

/* A change of the hold: logged, then committed. */
static cstn_status change_hold(cstn__vault_write *write, size_t at, const char *type,
		const char *reason, int64_t state, cstn_error **error)
{
	cstn__vault_subject_at *subject = &write->list.items[at];
	const cstn__vault_entry entry = {.type = type,
			.subject = subject->name,
			.reason = reason,
			.at_us = write->now_us};
	uint64_t index;
	cstn__bytes text;
	cstn_status status;

	cstn__bytes_init(&text, &write->vault->allocator);
	status = cstn__vault_entry_write(write->vault, &entry, &text, error);
	if (status == CSTN_OK)
		status = cstn__vault_log_append(write->vault, text.data, text.size, &index, error);
	if (status == CSTN_OK) {
		subject->row.state = state;
		subject->changed = 1;
		status = cstn__vault_write_commit(write, error);
	}
	cstn__bytes_free(&text);
	return status;
}

cstn_status cstn__vault_defer(
		cstn__vault_write *write, size_t at, const char *reason, cstn_error **error)
{
	cstn_status status = change_hold(write, at, "erasure_deferred", reason,
			write->list.items[at].row.state | CSTN_VAULT_SUBJECT_DEFERRED, error);

	return status == CSTN_OK
			       ? cstn__fail(error, CSTN_E_STATE, "a legal hold defers the erasure")
			       : status;
}

static cstn_status erase(cstn_vault *vault, const char *subject, const char *reason, int64_t now_us,
		cstn_error **error)
{
	cstn__vault_write write;
	size_t at;
	int64_t state;
	cstn_status status = cstn__vault_begin(vault, 0, now_us, &write, error);

	if (status == CSTN_OK)
		status = cstn__vault_write_subject(&write, subject, 1, &at, error);
	if (status == CSTN_OK) {
		state = write.list.items[at].row.state;
		if (state & CSTN_VAULT_SUBJECT_ERASED)
			status = CSTN_OK;
		else if (!(state & CSTN_VAULT_SUBJECT_HELD))
			status = erase_now(&write, at, reason, error);
		else
			status = cstn__vault_defer(&write, at, reason, error);
	}
	cstn__vault_end(&write);
	return status;
}

cstn_status cstn__vault_prove(cstn_vault *vault, const cstn__vault_id *id, cstn_buffer **proof,
		cstn_error **error)
{
	cstn__snapshot *snapshot = NULL;
	cstn__vault_row row;
	cstn__bytes entry;
	int found = 0;
	cstn_status status;

	cstn__bytes_init(&entry, &vault->allocator);
	status = cstn__snapshot_new(vault->store, &snapshot, error);
	if (status == CSTN_OK)
		status = cstn__vault_row_find(snapshot, id, &row, &entry, &found, error);
	if (status == CSTN_OK && found)
		cstn__vault_owes_read(vault, &row);
	if (status == CSTN_OK && !(found && row.state & CSTN_VAULT_SUBJECT_LOGGED))
		status = cstn__fail(error, CSTN_E_CORRUPT, "the vault does not know its entry");
	if (status == CSTN_OK)
		status = cstn__vault_log_prove(
				vault, entry.data, entry.size, (uint64_t)row.field, proof, error);
	cstn__bytes_free(&entry);
	cstn__snapshot_unref(snapshot);
	return status;
}

cstn_status cstn__vault_erase_enter(
		cstn_vault *vault, const char *subject, const char *reason, cstn_error **error)
{
	cstn_status status = cstn__vault_check_id("subject", subject, error);

	if (status == CSTN_OK)
		status = cstn__vault_check_reason("reason", reason, error);
	if (status == CSTN_OK)
		status = cstn__vault_enter(vault, error);
	if (status != CSTN_OK || cstn__vault_has_log(vault))
		return status;
	cstn__vault_leave(vault);
	return cstn__fail(error, CSTN_E_STATE, "the vault was opened without a log");
}

cstn_status cstn_vault_erase_subject(cstn_vault *vault, const char *subject, const char *reason,
		int64_t now_us, cstn_buffer **proof, cstn_error **error)
{
	uint8_t name[CSTN__VAULT_HASH];
	cstn__vault_id id;
	cstn_status status = cstn__vault_erase_enter(vault, subject, reason, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__vault_owes_enter(vault, error);
	if (status == CSTN_OK)
		status = erase(vault, subject, reason, now_us, error);
	if (status == CSTN_OK)
		status = cstn__vault_owes_enter(vault, error);
	if (status == CSTN_OK && proof) {
		cstn__vault_subject_name(vault, subject, name);
		cstn__vault_subject_id(name, &id);
		status = cstn__vault_prove(vault, &id, proof, error);
	}
	cstn__vault_leave(vault);
	return status;
}

cstn_status cstn_vault_hold(cstn_vault *vault, const char *subject, const char *reason,
		int64_t now_us, cstn_error **error)
{
	cstn__vault_write write;
	size_t at;
	cstn_status status = cstn__vault_erase_enter(vault, subject, reason, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__vault_begin(vault, 0, now_us, &write, error);
	if (status == CSTN_OK)
		status = cstn__vault_write_subject(&write, subject, 0, &at, error);
	if (status == CSTN_OK)
		status = change_hold(&write, at, "hold", reason,
				write.list.items[at].row.state | CSTN_VAULT_SUBJECT_HELD, error);
	cstn__vault_end(&write);
	cstn__vault_leave(vault);
	return status;
}

cstn_status cstn_vault_lift(cstn_vault *vault, const char *subject, const char *reason,
		int64_t now_us, int32_t *deferred, cstn_error **error)
{
	cstn__vault_write write;
	size_t at;
	int64_t state = 0;
	cstn_status status = cstn__vault_erase_enter(vault, subject, reason, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__vault_begin(vault, 0, now_us, &write, error);
	if (status == CSTN_OK)
		status = cstn__vault_write_subject(&write, subject, 0, &at, error);
	if (status == CSTN_OK) {
		state = write.list.items[at].row.state;
		if (!(state & CSTN_VAULT_SUBJECT_HELD))
			status = cstn__fail(error, CSTN_E_NOT_FOUND,
					"the subject is under no legal hold");
	}
	if (status == CSTN_OK)
		status = change_hold(&write, at, "hold_lifted", reason, 0, error);
	if (status == CSTN_OK && deferred)
		*deferred = (state & CSTN_VAULT_SUBJECT_DEFERRED) != 0;
	cstn__vault_end(&write);
	cstn__vault_leave(vault);
	return status;
}

cstn_status cstn_vault_subject(
		cstn_vault *vault, const char *subject, uint32_t *state, cstn_error **error)
{
	uint8_t name[CSTN__VAULT_HASH];
	cstn__snapshot *snapshot = NULL;
	cstn__vault_row row;
	int found = 0;
	cstn_status status = cstn__vault_check_id("subject", subject, error);

	if (status == CSTN_OK && !state)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "state is NULL");
	if (status == CSTN_OK)
		status = cstn__vault_enter(vault, error);
	if (status != CSTN_OK)
		return status;
	cstn__vault_subject_name(vault, subject, name);
	status = cstn__snapshot_new(vault->store, &snapshot, error);
	if (status == CSTN_OK)
		status = cstn__vault_subject_row(snapshot, name, &row, NULL, &found, error);
	if (status == CSTN_OK && !found)
		status = cstn__fail(error, CSTN_E_NOT_FOUND, "the vault does not know the subject");
	if (status == CSTN_OK) {
		cstn__vault_owes_read(vault, &row);
		*state = (uint32_t)row.state;
	}
	cstn__snapshot_unref(snapshot);
	cstn__vault_leave(vault);
	return status;
}

/* The entry of a row as a member of a list. */
static cstn_status list_entry(cstn_vault *vault, cstn__snapshot *snapshot, const cstn__vault_id *id,
		json_t *list, cstn_error **error)
{
	cstn__vault_row row;
	cstn__bytes entry;
	json_t *tree = NULL;
	int found = 0;
	cstn_status status;

	cstn__bytes_init(&entry, &vault->allocator);
	status = cstn__vault_row_find(snapshot, id, &row, &entry, &found, error);
	if (status == CSTN_OK)
		status = cstn__canonical_json_read(
				(const char *)entry.data, entry.size, &tree, error);
	if (status == CSTN_OK && json_array_append_new(list, tree))
		status = cstn__fail_nomem(error);
	cstn__bytes_free(&entry);
	return status;
}

cstn_status cstn__vault_erasures(
		cstn_vault *vault, const char *subject, json_t *list, cstn_error **error)
{
	uint8_t name[CSTN__VAULT_HASH];
	cstn__snapshot *snapshot = NULL;
	cstn__vault_row row;
	cstn__vault_id id;
	int found = 0;
	cstn_status status = cstn__vault_enter(vault, error);

	if (status != CSTN_OK)
		return status;
	cstn__vault_subject_name(vault, subject, name);
	status = cstn__snapshot_new(vault->store, &snapshot, error);
	if (status == CSTN_OK)
		status = cstn__vault_subject_row(snapshot, name, &row, NULL, &found, error);
	for (int64_t number = 1; status == CSTN_OK && found && number <= row.version; number++) {
		cstn__vault_erasure_id(name, (uint64_t)number, &id);
		status = list_entry(vault, snapshot, &id, list, error);
	}
	if (status == CSTN_OK && found && row.state & CSTN_VAULT_SUBJECT_ERASED)
		status = list_entry(vault, snapshot, &row.id, list, error);
	cstn__snapshot_unref(snapshot);
	cstn__vault_leave(vault);
	return status;
}

/* --- purge ------------------------------------------------------------------------------------ */

typedef struct purge {
	cstn_vault *vault;
	CSTN__ARRAY(cstn__vault_id) erased; /* subjects of whom something is left */
	uint64_t cells;
	size_t rows; /* of the transaction at hand */
} purge;

static cstn_status note_erased(void *context, const cstn__vault_row *row, cstn_error **error)
{
	purge *at = context;

	if (row->id.bytes[0] != CSTN__VAULT_SUBJECT || !(row->state & CSTN_VAULT_SUBJECT_ERASED) ||
			!row->number)
		return CSTN_OK;
	if (cstn__array_reserve(&at->vault->allocator, &at->erased, 1))
		return cstn__fail_nomem(error);
	at->erased.items[at->erased.count++] = row->id;
	return CSTN_OK;
}

/* All rows of a subject but its own, which then counts none. */
static cstn_status purge_subject(
		purge *at, cstn__vault_write *write, const cstn__vault_id *id, cstn_error **error)
{
	const uint8_t *subject = id->bytes + 1;
	cstn__vault_row row, member, thing;
	cstn__bytes entry;
	int found;
	cstn_status status;

	cstn__bytes_init(&entry, &at->vault->allocator);
	status = cstn__vault_row_find(write->base, id, &row, &entry, &found, error);
	for (int64_t number = 1; status == CSTN_OK && number <= row.number; number++) {
		status = cstn__vault_find_thing(write->base, subject, (uint64_t)number, &member,
				&thing, &found, error);
		if (status != CSTN_OK || !found)
			continue;
		at->cells += thing.id.bytes[0] == CSTN__VAULT_CELL;
		at->rows += 2;
		status = cstn__vault_row_delete(
				write->transaction, &thing.id, write->now_us, error);
		if (status == CSTN_OK)
			status = cstn__vault_row_delete(
					write->transaction, &member.id, write->now_us, error);
	}
	if (status == CSTN_OK) {
		row.number = 0;
		row.data = entry.data;
		row.data_len = entry.size;
		status = cstn__vault_row_put(write->transaction, &row, write->now_us, error);
	}
	cstn__bytes_free(&entry);
	return status;
}

/* As many of the subjects as make a transaction of some size. */
static cstn_status purge_some(purge *at, size_t *from, cstn_error **error)
{
	cstn__vault_write write;
	cstn_status status = cstn__vault_begin(at->vault, 0, 0, &write, error);

	for (at->rows = 0; status == CSTN_OK && *from < at->erased.count && at->rows < PURGE_ROWS;
			(*from)++)
		status = purge_subject(at, &write, &at->erased.items[*from], error);
	if (status == CSTN_OK)
		status = cstn__vault_write_commit(&write, error);
	cstn__vault_end(&write);
	return status;
}

static cstn_status find_erased(purge *at, cstn_error **error)
{
	cstn__snapshot *snapshot = NULL;
	cstn_status status = cstn__snapshot_new(at->vault->store, &snapshot, error);

	if (status == CSTN_OK)
		status = cstn__vault_rows(snapshot, INT64_MIN, INT64_MAX, note_erased, at, error);
	cstn__snapshot_unref(snapshot);
	return status;
}

cstn_status cstn_vault_purge(
		cstn_vault *vault, cstn_progress *progress, uint64_t *n_cells, cstn_error **error)
{
	purge at = {.vault = vault};
	size_t from = 0;
	cstn_status status = cstn__vault_enter(vault, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__vault_owes_settle(vault, error);
	if (status == CSTN_OK)
		status = find_erased(&at, error);
	while (status == CSTN_OK && from < at.erased.count) {
		if (cstn_progress_is_cancelled(progress))
			status = cstn__fail(error, CSTN_E_CANCELLED, "cancelled");
		else
			status = purge_some(&at, &from, error);
	}
	if (status == CSTN_OK)
		status = cstn__store_checkpoint(vault->store, error);
	if (status == CSTN_OK)
		status = cstn__store_maintain(vault->store, INT64_MAX, UINT64_MAX, progress, error);
	if (status == CSTN_OK && n_cells)
		*n_cells = at.cells;
	cstn__array_free(&vault->allocator, &at.erased);
	cstn__vault_leave(vault);
	return status;
}
