/* A change enters the memory tables: by a commit after its sync, and by recovery.
 *
 * _reserve() gets all memory and finds what only a disk can tell (which segment rows the keys
 * have); _apply() then cannot fail. Rows of a change are applied in order, so that the last version
 * of a key wins; a row that is replaced dies with the time at which its successor was recorded. */
#include "store/engine.h"

#include <string.h>

#include "base/error.h"
#include "store/log.h"

enum { AHEAD = 8 };

static cstn__version_table *table_of(cstn__store *store, const cstn__table_info *table)
{
	return &store->version->tables[table->index];
}

cstn_status cstn__change_reserve(cstn__store *store, cstn__change *change, cstn_error **error)
{
	cstn__version_table *table = table_of(store, change->table);
	cstn_status status = CSTN_OK;

	if (change->op != CSTN__OP_DELETE)
		status = cstn__memory_reserve(table->memory, &change->batch, error);
	if (change->hits)
		memset(change->hits, 0, (size_t)change->batch.rows * sizeof(*change->hits));
	if (status == CSTN_OK && change->op != CSTN__OP_APPEND && table->n_parts)
		status = cstn__hits_find(store, change, error);
	return status;
}

void cstn__reserve_cancel(cstn__store *store)
{
	for (size_t t = 0; t < store->n_tables; t++) {
		cstn__version_table *table = &store->version->tables[t];

		cstn__memory_cancel(table->memory);
		for (size_t p = 0; p < table->n_parts; p++)
			cstn__deaths_cancel(&table->parts[p]->deaths);
	}
}

int64_t cstn__same_key(
		const cstn__memory *memory, uint32_t before, const cstn__values *key, uint64_t row)
{
	cstn__values held[CSTN__MAX_KEY_COLUMNS];

	while (before) {
		uint32_t at = before - 1;
		const cstn__memory_chunk *chunk = cstn__memory_chunk_of(memory, at);

		cstn__memory_key_values(memory, chunk, held);
		if (cstn__keys_equal(held, at - chunk->first_row, key, row, memory->table->n_key))
			return at;
		before = cstn__key_index_before(&memory->index, at);
	}
	return -1;
}

static void kill(cstn__memory *memory, const cstn__change *change, const cstn__values *key,
		uint32_t before, uint64_t row, uint64_t seq, int64_t until_us)
{
	int64_t held = cstn__same_key(memory, before, key, row), dead;

	if (held >= 0) {
		const cstn__memory_chunk *chunk = cstn__memory_chunk_of(memory, (uint64_t)held);

		/* Whatever a segment has of this key died when the memory row came. */
		if (!cstn__memory_dead(chunk, (uint32_t)((uint64_t)held - chunk->first_row),
				    UINT64_MAX, &dead))
			cstn__memory_kill(memory, (uint64_t)held, seq, until_us);
	} else if (change->hits && change->hits[row].part) {
		cstn__deaths_add(&change->hits[row].part->deaths, change->hits[row].row, seq,
				until_us);
	}
}

const int64_t *cstn__change_recorded(const cstn__change *change)
{
	const cstn__store_table *table = change->table->declared;

	for (size_t c = 0; table->recorded && c < change->batch.n_columns; c++)
		if (change->batch.ids[c] == table->recorded)
			return change->batch.columns[c].numbers;
	return NULL;
}

void cstn__change_apply(cstn__store *store, const cstn__change *change, uint64_t seq)
{
	cstn__memory *memory = table_of(store, change->table)->memory;
	const int64_t *recorded = cstn__change_recorded(change);
	cstn__values key[CSTN__MAX_KEY_COLUMNS];
	uint64_t n = change->batch.rows;
	int keyed = change->table->declared->table_class == CSTN__TABLE_KEYED;

	if (change->op != CSTN__OP_DELETE)
		cstn__memory_append(memory, &change->batch, seq, change->seqs, change->threads);
	if (!change->table->n_key)
		return;
	memset(key, 0, sizeof(key));
	cstn__key_columns(change->table, &change->batch, key);
	for (uint64_t i = 0; i < n; i++) {
		uint32_t before;

		if (i + AHEAD < n)
			cstn__key_index_prefetch(&memory->index, change->hashes[i + AHEAD]);
		before = change->op == CSTN__OP_DELETE
					 ? cstn__key_index_head(&memory->index, change->hashes[i])
					 : cstn__key_index_put(&memory->index, change->hashes[i]);
		if (keyed)
			kill(memory, change, key, before, i, change->seqs ? change->seqs[i] : seq,
					recorded ? recorded[i] : INT64_MIN);
	}
}

void cstn__publish(cstn__store *store, uint64_t seq)
{
	pthread_mutex_lock(&store->state_lock);
	for (size_t t = 0; t < store->n_tables; t++)
		store->published[t] = store->version->tables[t].memory->rows;
	store->last_seq = seq;
	pthread_mutex_unlock(&store->state_lock);
}
