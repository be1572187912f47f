/* Bulk commits: a transaction too large for the log goes into segments and one checkpoint, all or
 * nothing.
 *
 * Its rows are laid out in memory tables of its own; the rows they replace elsewhere are only
 * noted, and die when the new manifest stands. Memory: twice the rows of the transaction. */
#include "store/durable.h"

#include <string.h>

#include "base/error.h"
#include "store/key_files.h"

enum { AHEAD = 8 }; /* keys whose place in the index is fetched before it is their turn */

static cstn_status note_kill(
		cstn__store *store, cstn__bulk *bulk, cstn__pending_kill kill, cstn_error **error)
{
	if (cstn__array_reserve(&store->allocator, &bulk->kills, 1))
		return cstn__fail_nomem(error);
	bulk->kills.items[bulk->kills.count++] = kill;
	return CSTN_OK;
}

/* What a row replaces outside the transaction. */
static cstn_status kill_elsewhere(cstn__store *store, cstn__bulk *bulk, const cstn__change *change,
		const cstn__values *key, uint64_t row, int64_t until_us, cstn_error **error)
{
	const cstn__version_table *table = &store->version->tables[change->table->index];
	uint32_t head = cstn__key_index_head(&table->memory->index, change->hashes[row]);
	int64_t held = head ? cstn__same_key(table->memory, head, key, row) : -1, dead;
	cstn__pending_kill kill = {NULL, change->table->index, (uint64_t)held, until_us};
	struct cstn__hit hit = {0};

	if (held >= 0) {
		const cstn__memory_chunk *chunk =
				cstn__memory_chunk_of(table->memory, (uint64_t)held);

		if (cstn__memory_dead(chunk, (uint32_t)((uint64_t)held - chunk->first_row),
				    UINT64_MAX, &dead))
			return CSTN_OK;
		return note_kill(store, bulk, kill, error);
	}
	for (size_t p = table->n_parts; !hit.part && p-- > 0;) {
		cstn_status status = cstn__part_find_alive(table->parts[p], change->table,
				change->hashes[row], key, row, &hit, error);

		if (status != CSTN_OK)
			return status;
	}
	if (!hit.part)
		return CSTN_OK;
	kill.part = hit.part;
	kill.row = hit.row;
	return note_kill(store, bulk, kill, error);
}

static cstn_status enter_keys(cstn__store *store, cstn__bulk *bulk, const cstn__change *change,
		cstn_error **error)
{
	cstn__memory *memory = bulk->memories[change->table->index];
	int keyed = change->table->declared->table_class == CSTN__TABLE_KEYED;
	const int64_t *recorded = cstn__change_recorded(change);
	cstn__values key[CSTN__MAX_KEY_COLUMNS];
	cstn_status status = CSTN_OK;

	memset(key, 0, sizeof(key));
	cstn__key_columns(change->table, &change->batch, key);
	for (uint64_t i = 0; status == CSTN_OK && i < change->batch.rows; i++) {
		int64_t until = recorded ? recorded[i] : INT64_MIN, held = -1, dead;
		uint32_t before;

		if (i + AHEAD < change->batch.rows)
			cstn__key_index_prefetch(&memory->index, change->hashes[i + AHEAD]);
		before = change->op == CSTN__OP_DELETE
					 ? cstn__key_index_head(&memory->index, change->hashes[i])
					 : cstn__key_index_put(&memory->index, change->hashes[i]);
		if (!keyed)
			continue;
		if (before)
			held = cstn__same_key(memory, before, key, i);
		if (held < 0) {
			status = kill_elsewhere(store, bulk, change, key, i, until, error);
		} else {
			const cstn__memory_chunk *chunk =
					cstn__memory_chunk_of(memory, (uint64_t)held);

			if (!cstn__memory_dead(chunk, (uint32_t)((uint64_t)held - chunk->first_row),
					    UINT64_MAX, &dead))
				cstn__memory_kill(memory, (uint64_t)held, bulk->seq, until);
		}
	}
	return status;
}

static cstn_status enter(cstn__store *store, cstn__bulk *bulk, const cstn__change *change,
		cstn_error **error)
{
	cstn__memory **memory = &bulk->memories[change->table->index];
	cstn_status status = CSTN_OK;

	if (!*memory)
		status = cstn__memory_new(change->table, &store->allocator, memory, error);
	if (status == CSTN_OK && change->op != CSTN__OP_DELETE) {
		status = cstn__memory_reserve(*memory, &change->batch, error);
		if (status == CSTN_OK)
			cstn__memory_append(
					*memory, &change->batch, bulk->seq, NULL, bulk->threads);
	}
	if (status == CSTN_OK && change->table->n_key)
		status = enter_keys(store, bulk, change, error);
	return status;
}

cstn_status cstn__bulk_commit(cstn__store *store, cstn__transaction *transaction, uint64_t *seq,
		cstn_error **error)
{
	cstn__bulk bulk = {.threads = transaction->threads};
	cstn__checkpoint_job job = {.bulk = &bulk};
	cstn__request one = {.transaction = transaction};
	cstn_status status = cstn__log_ready(store, error);

	if (status != CSTN_OK)
		return status;
	bulk.seq = store->last_seq + 1;
	bulk.memories = cstn__alloc_zero(&store->allocator,
			cstn__array_size(store->n_tables, sizeof(*bulk.memories)));
	if (!bulk.memories)
		return cstn__fail_nomem(error);
	for (size_t i = 0; status == CSTN_OK && i < transaction->changes.count; i++)
		status = enter(store, &bulk, &transaction->changes.items[i], error);
	if (status == CSTN_OK)
		status = cstn__slots_write(store, &one, NULL, error);
	if (status == CSTN_OK) {
		cstn__slots_settle(store, &one, NULL); /* the manifest is to say so */
		status = cstn__checkpoint_run(store, &job, error);
		if (status != CSTN_OK)
			cstn__slots_unsettle(transaction);
	}
	cstn__reserve_cancel(store);
	for (size_t t = 0; t < store->n_tables; t++)
		cstn__memory_unref(bulk.memories[t]);
	cstn__free(&store->allocator, bulk.memories, store->n_tables * sizeof(*bulk.memories));
	cstn__array_free(&store->allocator, &bulk.kills);
	if (status == CSTN_OK)
		*seq = bulk.seq;
	return status;
}
