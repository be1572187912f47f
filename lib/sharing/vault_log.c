/* What a vault writes into a log: erasures, and the holds that defer them.
 *
 * An entry is canonical JSON and names the subject by its pseudonym. An erasure is committed, with
 * its entry, before the log gets it: keys may be gone and unlogged for a moment, but the log never
 * says of a key that lives that it is gone. The row `pending` says what the log has not got; it is
 * entered by the next erasure or open. A crash between the log and the commit that takes the row
 * away enters it twice.
 *
 * Cost: an append, and a commit. */
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
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

/* The entry has its index: the row `pending` goes. */
static cstn_status settle(cstn_vault *vault, const cstn__vault_id *pending, cstn__vault_row *row,
		int64_t now_us, cstn_error **error)
{
	cstn__vault_write write;
	cstn_status status = cstn__vault_begin(vault, 0, now_us, &write, error);

	row->state |= CSTN_VAULT_SUBJECT_LOGGED;
	if (status == CSTN_OK)
		status = cstn__vault_row_put(write.transaction, row, now_us, error);
	if (status == CSTN_OK)
		status = cstn__vault_row_delete(write.transaction, pending, now_us, error);
	if (status == CSTN_OK)
		status = cstn__vault_write_commit(&write, error);
	cstn__vault_end(&write);
	return status;
}

cstn_status cstn__vault_log_pending(cstn_vault *vault, int64_t now_us, cstn_error **error)
{
	cstn__snapshot *snapshot = NULL;
	cstn__vault_row row, subject;
	cstn__vault_id pending;
	cstn__bytes entry;
	uint64_t index = 0;
	int found = 0;
	cstn_status status = cstn__snapshot_new(vault->store, &snapshot, error);

	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&entry, &vault->allocator);
	cstn__vault_meta_id("pending", &pending);
	status = cstn__vault_row_find(snapshot, &pending, &row, NULL, &found, error);
	if (status == CSTN_OK && found) {
		status = cstn__vault_subject_row(
				snapshot, row.link, &subject, &entry, &found, error);
		if (status == CSTN_OK && !found)
			status = cstn__fail(error, CSTN_E_CORRUPT,
					"an erasure is pending of a subject that is not there");
		if (status == CSTN_OK)
			status = cstn__vault_log_append(
					vault, entry.data, entry.size, &index, error);
		if (status == CSTN_OK) {
			subject.field = (int64_t)index;
			subject.data = entry.data;
			subject.data_len = entry.size;
			status = settle(vault, &pending, &subject, now_us, error);
		}
	}
	cstn__bytes_free(&entry);
	cstn__snapshot_unref(snapshot);
	return status;
}
