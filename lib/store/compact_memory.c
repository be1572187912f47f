/* Compaction of a store in memory: a table of which half of the rows have no history left is copied
 * without them.
 *
 * Snapshots hold the table they were taken of, so that a row they see is never in the way, and the
 * old table goes with the last of them. The copy keeps order, sequence numbers and the deaths whose
 * history is still wanted. It is made within the writer's turn: commits wait, readers do not. Cost:
 * one copy of the rows that stay, after at least as many have gone. */
#include "store/durable.h"

#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "store/gather.h"

struct copy {
	cstn__store *store;
	const cstn__table_info *table;
	const cstn__memory *from;
	cstn__memory *to;
	int64_t history_from_us;
	cstn__chunk_reader reader;
	cstn__bytes key;
	uint32_t *dropped; /* of a chunk; room for 65,536 */
};

enum { CHUNK_ROWS = 65536 };

static int is_over(const cstn__memory_chunk *chunk, uint32_t row, int64_t history_from_us)
{
	int64_t until;

	return cstn__memory_dead(chunk, row, UINT64_MAX, &until) && until < history_from_us;
}

static int is_mostly_over(const cstn__memory *memory, int64_t history_from_us)
{
	uint64_t over = 0;

	for (uint32_t c = 0; c < atomic_load(&memory->n_chunks) && memory->n_dead; c++) {
		cstn__memory_chunk *chunk;
		uint32_t rows = cstn__memory_chunk_rows(memory, c, memory->rows, &chunk);

		for (uint32_t i = 0; i < rows && atomic_load(&chunk->n_dead); i++)
			over += (uint64_t)is_over(chunk, i, history_from_us);
	}
	return over && over >= memory->rows / 2;
}

/* Keys of the rows that were appended last, and the deaths that stay. */
static cstn_status index_rows(struct copy *copy, const cstn__memory_chunk *chunk, uint32_t rows,
		const cstn__store_batch *kept, cstn_error **error)
{
	uint64_t row = copy->to->rows - kept->rows;
	cstn__values key[CSTN__MAX_KEY_COLUMNS];

	memset(key, 0, sizeof(key));
	cstn__key_columns(copy->table, kept, key);
	for (uint64_t i = 0; copy->table->n_key && i < kept->rows; i++) {
		copy->key.size = 0;
		cstn__key_put(key, copy->table->n_key, i, &copy->key);
		if (copy->key.failed)
			return cstn__fail_nomem(error);
		cstn__key_index_put(&copy->to->index,
				cstn__key_hash(copy->store->uuid, copy->key.data, copy->key.size));
	}
	for (uint32_t i = 0; i < rows; i++) {
		const _Atomic uint64_t *dead = cstn__stable_get(&chunk->dead);
		int64_t until;

		if (is_over(chunk, i, copy->history_from_us))
			continue;
		if (cstn__memory_dead(chunk, i, UINT64_MAX, &until))
			cstn__memory_kill(copy->to, row, atomic_load(&dead[i]), until);
		row++;
	}
	return CSTN_OK;
}

static cstn_status copy_chunk(struct copy *copy, uint32_t number, cstn_error **error)
{
	cstn__memory_chunk *chunk = NULL;
	uint32_t rows = cstn__memory_chunk_rows(copy->from, number, copy->from->rows, &chunk);
	size_t n_dropped = 0;
	cstn__store_batch all, kept;
	const uint64_t *seqs;
	cstn__arena arena;
	cstn_status status;

	for (uint32_t i = 0; i < rows; i++)
		if (is_over(chunk, i, copy->history_from_us))
			copy->dropped[n_dropped++] = i;
	if (n_dropped == rows)
		return CSTN_OK;
	cstn__arena_init(&arena, &copy->store->allocator);
	status = cstn__chunk_reader_memory(&copy->reader, copy->from, number, &all, error);
	if (status == CSTN_OK)
		status = cstn__batch_without(&all, copy->table->declared, copy->dropped, n_dropped,
				0, &arena, &kept, error);
	if (status == CSTN_OK) {
		/* Sequence numbers come last, and are no column of the table. */
		seqs = (const uint64_t *)(const void *)kept.columns[--kept.n_columns].numbers;
		status = cstn__memory_reserve(copy->to, &kept, error);
		if (status == CSTN_OK) {
			cstn__memory_append(copy->to, &kept, 0, seqs, 1);
			status = index_rows(copy, chunk, rows, &kept, error);
		}
	}
	cstn__arena_free(&arena);
	return status;
}

static cstn_status copy_table(struct copy *copy, cstn_progress *progress, cstn_error **error)
{
	const cstn_allocator *allocator = &copy->store->allocator;
	cstn_status status = cstn__chunk_reader_init(
			copy->store, copy->table->index, &copy->reader, error);

	if (status != CSTN_OK)
		return status;
	cstn__chunk_reader_note_memory(&copy->reader, copy->from);
	cstn__chunk_reader_keep_held(&copy->reader);
	cstn__bytes_init(&copy->key, allocator);
	copy->dropped = cstn__alloc(allocator, CHUNK_ROWS * sizeof(*copy->dropped));
	status = copy->dropped ? cstn__memory_new(copy->table, allocator, &copy->to, error)
			       : cstn__fail_nomem(error);
	for (uint32_t c = 0; status == CSTN_OK && c < atomic_load(&copy->from->n_chunks); c++) {
		if (cstn_progress_is_cancelled(progress))
			status = cstn__fail(error, CSTN_E_CANCELLED, "compaction was cancelled");
		else
			status = copy_chunk(copy, c, error);
		cstn__progress_add(progress, CHUNK_ROWS);
	}
	cstn__free(allocator, copy->dropped, CHUNK_ROWS * sizeof(*copy->dropped));
	cstn__bytes_free(&copy->key);
	cstn__chunk_reader_free(&copy->reader);
	if (status != CSTN_OK) {
		cstn__memory_unref(copy->to);
		return status;
	}
	/* Nobody has read it yet: what its arrays left behind when they grew can go. */
	cstn__retired_free(&copy->to->retired, allocator);
	memset(&copy->to->retired, 0, sizeof(copy->to->retired));
	return CSTN_OK;
}

/* A version with this table in place of the one that was. */
static cstn_status publish(
		cstn__store *store, uint32_t table, cstn__memory *memory, cstn_error **error)
{
	cstn__version *next = cstn__version_new(&store->allocator, store->n_tables), *old;

	if (!next) {
		cstn__memory_unref(memory);
		return cstn__fail_nomem(error);
	}
	for (uint32_t t = 0; t < store->n_tables; t++)
		next->tables[t].memory =
				t == table ? memory
					   : cstn__memory_ref(store->version->tables[t].memory);
	pthread_mutex_lock(&store->state_lock);
	old = store->version;
	store->version = next;
	store->published[table] = memory->rows;
	pthread_mutex_unlock(&store->state_lock);
	cstn__version_unref(old);
	return CSTN_OK;
}

cstn_status cstn__compact_memory(cstn__store *store, uint32_t table, int64_t history_from_us,
		cstn_progress *progress, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (uint32_t t = 0; status == CSTN_OK && t < store->n_tables; t++) {
		struct copy copy = {.store = store,
				.table = &store->tables[t],
				.history_from_us = history_from_us};

		if (table && store->tables[t].declared->id != table)
			continue;
		cstn__turn_take(store);
		copy.from = store->version->tables[t].memory;
		if (is_mostly_over(copy.from, history_from_us)) {
			status = copy_table(&copy, progress, error);
			if (status == CSTN_OK)
				status = publish(store, t, copy.to, error);
		}
		cstn__turn_give(store);
	}
	return status;
}
