/* What a vault writes into a log: erasures, and the holds that defer them.
 *
 * An entry is canonical JSON and names the subject by its pseudonym. An erasure is committed, with
 * its entry and the row `pending`, before the log gets it: keys may be gone and unlogged for a
 * moment, but the log never says of a key that lives that it is gone. That the log has it is said
 * by the vault's next commit, whatever that is for, or by the close, so that an erasure is one
 * commit of the vault. After a crash before that the entry is looked for in the log, from its end,
 * and entered if it is not there; a journal, which cannot be asked, may get it again.
 *
 * Cost: an append. */
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "ledger/merkle_log.h"
#include "sharing/canonical_json.h"
#include "sharing/log_leaf.h"
#include "sharing/vault.h"

#define ENTRY_VERSION 1

static json_t *entry_tree(const cstn_vault *vault, const cstn__vault_entry *entry)
{
	char subject[2 * CSTN__VAULT_HASH + 1];
	json_t *tree, *categories;

	cstn__hex(entry->subject, CSTN__VAULT_HASH, subject);
	tree = json_pack("{s:s, s:i, s:I, s:s, s:s}", "type", entry->type, "version", ENTRY_VERSION,
			"at_us", (json_int_t)entry->at_us, "subject", subject, "reason",
			entry->reason);
	if (!tree)
		return NULL;
	if (vault->actor[0] && json_object_set_new(tree, "actor", json_string(vault->actor)))
		goto fail;
	if (!entry->categories)
		return tree;
	categories = json_array();
	if (json_object_set_new(tree, "categories", categories))
		goto fail;
	for (size_t i = 0; i < entry->n_categories; i++)
		if (json_array_append_new(categories, json_integer(entry->categories[i])))
			goto fail;
	return tree;
fail:
	json_decref(tree);
	return NULL;
}

cstn_status cstn__vault_entry_write(const cstn_vault *vault, const cstn__vault_entry *entry,
		cstn__bytes *out, cstn_error **error)
{
	json_t *tree = entry_tree(vault, entry);
	cstn_status status;

	if (!tree)
		return cstn__fail_nomem(error);
	status = cstn__canonical_json_write(tree, CSTN__CANONICAL_INTEGERS, out, error);
	json_decref(tree);
	return status;
}

/* The private log of the party, which adds type, version and time by itself. */
static cstn_status append_leaf(cstn_vault *vault, const void *entry, size_t size, uint64_t *index,
		cstn_error **error)
{
	cstn__log_leaf leaf = {.party = vault->party,
			.party_len = strlen(vault->party),
			.constellation = "",
			.index = index};
	json_t *tree, *type;
	cstn_status status = cstn__canonical_json_read(entry, size, &tree, error);

	if (status != CSTN_OK)
		return status;
	type = json_incref(json_object_get(tree, "type"));
	leaf.type = json_string_value(type);
	leaf.at_us = json_integer_value(json_object_get(tree, "at_us"));
	json_object_del(tree, "type");
	json_object_del(tree, "version");
	json_object_del(tree, "at_us");
	leaf.fields = tree;
	status = cstn__network_log_leaf(vault->network, &leaf, error);
	json_decref(type);
	json_decref(tree);
	return status;
}

cstn_status cstn__vault_log_append(cstn_vault *vault, const void *entry, size_t size,
		uint64_t *index, cstn_error **error)
{
	cstn_status status;

	if (vault->log)
		return cstn_log_append(vault->log, entry, size, index, error);
	if (vault->network)
		return append_leaf(vault, entry, size, index, error);
	status = vault->journal.append(vault->journal.user, entry, size, index);
	if (status != CSTN_OK)
		return cstn__fail(error, status, "the journal did not take the entry");
	return CSTN_OK;
}

static cstn_status prove_in(cstn_vault *vault, const cstn_log *log, const void *entry, size_t size,
		uint64_t index, cstn_buffer **proof, cstn_error **error)
{
	const char *signer = vault->keys->signer;
	cstn_buffer *checkpoint = NULL, *hashes = NULL;
	cstn_status status = cstn_log_checkpoint(log, &signer, 1, &checkpoint, error);

	if (status == CSTN_OK)
		status = cstn_log_prove_inclusion(log, index, cstn_log_size(log), &hashes, error);
	if (status == CSTN_OK)
		status = cstn_proof_format(index, cstn_buffer_data(hashes),
				cstn_buffer_size(hashes) / CSTN_MERKLE_HASH_SIZE, entry, size,
				(const char *)cstn_buffer_data(checkpoint),
				cstn_buffer_size(checkpoint), &vault->allocator, proof, error);
	cstn_buffer_free(checkpoint);
	cstn_buffer_free(hashes);
	return status;
}

/* The entry as the network has it. */
static cstn_status prove_leaf(
		cstn_vault *vault, uint64_t index, cstn_buffer **proof, cstn_error **error)
{
	cstn_shared_log *log = NULL;
	cstn_buffer *entry = NULL;
	uint64_t end;
	cstn_status status =
			cstn_shared_log_open(vault->network, vault->party, NULL, NULL, &log, error);

	if (status == CSTN_OK)
		status = cstn_shared_log_read(log, index, 1, &end, &entry, error);
	if (status == CSTN_OK)
		status = prove_in(vault, cstn_shared_log_tree(log), cstn_buffer_data(entry),
				cstn_buffer_size(entry), index, proof, error);
	cstn_buffer_free(entry);
	cstn_shared_log_free(log);
	return status;
}

cstn_status cstn__vault_log_prove(cstn_vault *vault, const void *entry, size_t size, uint64_t index,
		cstn_buffer **proof, cstn_error **error)
{
	cstn_status status;

	if (vault->log)
		return prove_in(vault, vault->log, entry, size, index, proof, error);
	if (vault->network)
		return prove_leaf(vault, index, proof, error);
	status = vault->journal.prove(vault->journal.user, entry, size, index, proof);
	return status == CSTN_OK ? status : cstn__fail(error, status, "the journal gave no proof");
}

/* --- what an erasure owes --------------------------------------------------------------------- */

/* The latest entry of the log whose hash is one of two. */
static cstn_status find_leaf(const cstn_log *log, uint8_t leaves[2][CSTN__HASH], uint64_t *index,
		int *found, cstn_error **error)
{
	cstn__log_reader reader;
	cstn__node node;
	cstn_status status = CSTN_OK;

	*found = 0;
	cstn__log_reader_init(&reader, log);
	for (uint64_t at = cstn_log_size(log); status == CSTN_OK && at > 0 && !*found; at--) {
		status = cstn__log_node(&reader, 0, at - 1, &node, error);
		*found = status == CSTN_OK &&
			 (memcmp(node.byte, leaves[0], CSTN__HASH) == 0 ||
					 memcmp(node.byte, leaves[1], CSTN__HASH) == 0);
		if (*found)
			*index = at - 1;
	}
	cstn__log_reader_free(&reader);
	return status;
}

/* The entry's hash, and that of it as a network's log marks one that is older than another. */
static cstn_status hash_entry(const cstn_vault *vault, const cstn__bytes *entry,
		uint8_t leaves[2][CSTN__HASH], cstn_error **error)
{
	json_t *tree;
	cstn__bytes marked;
	cstn_status status = cstn__canonical_json_read(
			(const char *)entry->data, entry->size, &tree, error);

	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&marked, &vault->allocator);
	if (json_object_set_new(tree, CSTN__LEAF_MARK, json_true()))
		status = cstn__fail_nomem(error);
	else
		status = cstn__canonical_json_write(tree, CSTN__CANONICAL_INTEGERS, &marked, error);
	if (status == CSTN_OK) {
		cstn__merkle_leaf(0, entry->data, entry->size, leaves[0]);
		cstn__merkle_leaf(0, marked.data, marked.size, leaves[1]);
	}
	cstn__bytes_free(&marked);
	json_decref(tree);
	return status;
}

/* Does the log have the entry? Of a journal it is not known. */
static cstn_status find_entry(cstn_vault *vault, const cstn__bytes *entry, uint64_t *index,
		int *found, cstn_error **error)
{
	uint8_t leaves[2][CSTN__HASH];
	cstn_shared_log *shared = NULL;
	cstn_status status;

	*found = 0;
	if (vault->has_journal)
		return CSTN_OK;
	status = hash_entry(vault, entry, leaves, error);
	if (status == CSTN_OK && vault->network)
		status = cstn_shared_log_open(
				vault->network, vault->party, NULL, NULL, &shared, error);
	if (status == CSTN_OK)
		status = find_leaf(shared ? cstn_shared_log_tree(shared) : vault->log, leaves,
				index, found, error);
	cstn_shared_log_free(shared);
	return status;
}

/* The row, and the entry in it, of the erasure that owes something. */
static cstn_status owing_row(cstn_vault *vault, cstn__snapshot *snapshot, cstn__vault_row *row,
		cstn__bytes *entry, cstn_error **error)
{
	int found = 0;
	cstn_status status =
			cstn__vault_row_find(snapshot, &vault->owes.id, row, entry, &found, error);

	if (status == CSTN_OK && !found)
		return cstn__fail(error, CSTN_E_CORRUPT,
				"an erasure is pending of what is not there");
	return status;
}

static cstn_status read_pending(cstn_vault *vault, cstn__snapshot *snapshot, cstn_error **error)
{
	cstn__vault_row row;
	cstn__vault_id id;
	int found = 0;
	cstn_status status;

	cstn__vault_meta_id("pending", &id);
	status = cstn__vault_row_find(snapshot, &id, &row, NULL, &found, error);
	if (status == CSTN_OK && found) { /* the link is the id without its letter */
		vault->owes.id.bytes[0] = row.link_len > CSTN__VAULT_HASH ? CSTN__VAULT_ERASURE
									  : CSTN__VAULT_SUBJECT;
		memcpy(vault->owes.id.bytes + 1, row.link, row.link_len);
		vault->owes.id.len = 1 + row.link_len;
		vault->owes.what = CSTN__VAULT_OWES_ENTRY;
	}
	return status;
}

cstn_status cstn__vault_owes_load(cstn_vault *vault, cstn_error **error)
{
	cstn__snapshot *snapshot = NULL;
	cstn__vault_row row;
	cstn__bytes entry;
	int found = 0;
	cstn_status status = cstn__snapshot_new(vault->store, &snapshot, error);

	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&entry, &vault->allocator);
	status = read_pending(vault, snapshot, error);
	if (status == CSTN_OK && vault->owes.what && cstn__vault_has_log(vault)) {
		status = owing_row(vault, snapshot, &row, &entry, error);
		if (status == CSTN_OK)
			status = find_entry(vault, &entry, &vault->owes.index, &found, error);
		if (found)
			vault->owes.what = CSTN__VAULT_OWES_ROW;
	}
	cstn__bytes_free(&entry);
	cstn__snapshot_unref(snapshot);
	return status;
}

cstn_status cstn__vault_owes_enter(cstn_vault *vault, cstn_error **error)
{
	cstn__snapshot *snapshot = NULL;
	cstn__vault_row row;
	cstn__bytes entry;
	cstn_status status;

	if (vault->owes.what != CSTN__VAULT_OWES_ENTRY)
		return CSTN_OK;
	status = cstn__snapshot_new(vault->store, &snapshot, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&entry, &vault->allocator);
	status = owing_row(vault, snapshot, &row, &entry, error);
	if (status == CSTN_OK)
		status = cstn__vault_log_append(
				vault, entry.data, entry.size, &vault->owes.index, error);
	if (status == CSTN_OK)
		vault->owes.what = CSTN__VAULT_OWES_ROW;
	cstn__bytes_free(&entry);
	cstn__snapshot_unref(snapshot);
	return status;
}

void cstn__vault_owes_read(const cstn_vault *vault, cstn__vault_row *row)
{
	if (vault->owes.what != CSTN__VAULT_OWES_ROW || row->id.len != vault->owes.id.len ||
			memcmp(row->id.bytes, vault->owes.id.bytes, row->id.len) != 0)
		return;
	row->state |= CSTN_VAULT_SUBJECT_LOGGED;
	row->field = (int64_t)vault->owes.index;
}

/* The row of the entry, which now says that the log has it, and where. */
static cstn_status put_logged(cstn__vault_write *write, cstn_error **error)
{
	cstn__vault_row row;
	cstn__bytes entry;
	cstn_status status;

	cstn__bytes_init(&entry, &write->vault->allocator);
	status = owing_row(write->vault, write->base, &row, &entry, error);
	if (status == CSTN_OK) {
		cstn__vault_owes_read(write->vault, &row);
		row.data = entry.data;
		row.data_len = entry.size;
		status = cstn__vault_row_put(write->transaction, &row, write->now_us, error);
	}
	cstn__bytes_free(&entry);
	return status;
}

cstn_status cstn__vault_owes_put(cstn__vault_write *write, cstn_error **error)
{
	int owed = write->vault->owes.what == CSTN__VAULT_OWES_ROW;
	cstn__vault_row pending = {.slot = -1};
	cstn_status status = owed ? put_logged(write, error) : CSTN_OK;

	cstn__vault_meta_id("pending", &pending.id);
	if (status == CSTN_OK && write->entered) {
		pending.link_len = write->entered->len - 1;
		memcpy(pending.link, write->entered->bytes + 1, pending.link_len);
		return cstn__vault_row_put(write->transaction, &pending, write->now_us, error);
	}
	if (status == CSTN_OK && owed)
		return cstn__vault_row_delete(
				write->transaction, &pending.id, write->now_us, error);
	return status;
}

void cstn__vault_owes_done(cstn__vault_write *write)
{
	cstn_vault *vault = write->vault;

	if (vault->owes.what == CSTN__VAULT_OWES_ROW)
		vault->owes.what = CSTN__VAULT_OWES_NOTHING;
	if (!write->entered)
		return;
	vault->owes.id = *write->entered;
	vault->owes.what = CSTN__VAULT_OWES_ENTRY;
}

cstn_status cstn__vault_owes_settle(cstn_vault *vault, cstn_error **error)
{
	cstn__vault_write write;
	cstn_status status;

	if (vault->owes.what != CSTN__VAULT_OWES_ROW)
		return CSTN_OK;
	status = cstn__vault_begin(vault, 0, 0, &write, error);
	if (status == CSTN_OK)
		status = cstn__vault_write_commit(&write, error);
	cstn__vault_end(&write);
	return status;
}
