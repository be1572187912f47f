/* Bulk commits: a transaction too large for the log goes into segments and one checkpoint, all or
 * nothing.
 *
 * Its rows are laid out in memory tables of its own; the rows they replace elsewhere are only
 * noted, and die when the new manifest stands. Rows in segments are looked for one segment after
 * the other in the order of the keys' hashes, in which their entries lie, so that a look-up does
 * not wait for memory however many segments there are. Memory: twice the rows of the transaction.
 */
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

/* What a row replaces among the rows in memory: *done 1 if its key is there, alive or dead. */
static cstn_status kill_in_memory(cstn__store *store, cstn__bulk *bulk, const cstn__change *change,
		const cstn__values *key, uint64_t row, int64_t until_us, int *done,
		cstn_error **error)
{
	const cstn__memory *memory = store->version->tables[change->table->index].memory;
	uint32_t head = cstn__key_index_head(&memory->index, change->hashes[row]);
	int64_t held = head ? cstn__same_key(memory, head, key, row) : -1, dead;
	cstn__pending_kill kill = {NULL, change->table->index, (uint64_t)held, until_us};
	const cstn__memory_chunk *chunk;

	*done = held >= 0;
	if (held < 0)
		return CSTN_OK;
	chunk = cstn__memory_chunk_of(memory, (uint64_t)held);
	if (cstn__memory_dead(chunk, (uint32_t)((uint64_t)held - chunk->first_row), UINT64_MAX,
			    &dead))
		return CSTN_OK;
	return note_kill(store, bulk, kill, error);
}

/* Keys to look for in segments: the row of the change, and the place of its old row once found. */
typedef struct sought {
	uint64_t row;
	struct cstn__hit hit;
} sought;
typedef CSTN__ARRAY(sought) sought_list;

enum { HASH_BITS = 12 };

static size_t slice_of(const cstn__change *change, const sought *one)
{
	return (size_t)(change->hashes[one->row] >> (64 - HASH_BITS));
}

/* By the first bits of their hashes: what a slice of them touches of a segment fits in the cache.
 */
static void order_by_hash(const cstn__change *change, const sought_list *from, sought *to)
{
	uint32_t start[(1 << HASH_BITS) + 1] = {0};

	for (size_t i = 0; i < from->count; i++)
		start[slice_of(change, &from->items[i]) + 1]++;
	for (size_t i = 0; i < 1 << HASH_BITS; i++)
		start[i + 1] += start[i];
	for (size_t i = 0; i < from->count; i++)
		to[start[slice_of(change, &from->items[i])]++] = from->items[i];
}

/* The rows in segments that rows of the change replace, the newest segment first. */
static cstn_status kill_in_parts(cstn__store *store, cstn__bulk *bulk, const cstn__change *change,
		const cstn__values *key, const sought_list *list, cstn_error **error)
{
	const cstn__version_table *table = &store->version->tables[change->table->index];
	const int64_t *recorded = cstn__change_recorded(change);
	size_t size = cstn__array_size(list->count, sizeof(sought));
	cstn_status status = CSTN_OK;
	sought *ordered;

	if (!list->count || !table->n_parts)
		return CSTN_OK;
	ordered = cstn__alloc(&store->allocator, size);
	if (!ordered)
		return cstn__fail_nomem(error);
	order_by_hash(change, list, ordered);
	for (size_t p = table->n_parts; p-- > 0;)
		for (size_t i = 0; status == CSTN_OK && i < list->count; i++) {
			sought *one = &ordered[i];

			if (!one->hit.part)
				status = cstn__part_find_alive(table->parts[p], change->table,
						change->hashes[one->row], key, one->row, &one->hit,
						error);
		}
	for (size_t i = 0; status == CSTN_OK && i < list->count; i++) {
		const sought *one = &ordered[i];
		cstn__pending_kill kill = {one->hit.part, change->table->index, one->hit.row,
				recorded ? recorded[one->row] : INT64_MIN};

		if (kill.part)
			status = note_kill(store, bulk, kill, error);
	}
	cstn__free(&store->allocator, ordered, size);
	return status;
}

/* A row that the transaction has already replaces its own earlier one; any other what it finds in
 * memory, or goes on the list. */
static cstn_status enter_key(cstn__store *store, cstn__bulk *bulk, const cstn__change *change,
		const cstn__values *key, uint64_t row, sought_list *list, cstn_error **error)
{
	cstn__memory *memory = bulk->memories[change->table->index];
	const int64_t *recorded = cstn__change_recorded(change);
	int64_t until = recorded ? recorded[row] : INT64_MIN, held = -1, dead;
	uint32_t before =
			change->op == CSTN__OP_DELETE
					? cstn__key_index_head(&memory->index, change->hashes[row])
					: cstn__key_index_put(&memory->index, change->hashes[row]);
	const cstn__memory_chunk *chunk;
	sought one = {row, {0}};
	cstn_status status;
	int done;

	if (change->table->declared->table_class != CSTN__TABLE_KEYED)
		return CSTN_OK;
	if (before)
		held = cstn__same_key(memory, before, key, row);
	if (held >= 0) {
		chunk = cstn__memory_chunk_of(memory, (uint64_t)held);
		if (!cstn__memory_dead(chunk, (uint32_t)((uint64_t)held - chunk->first_row),
				    UINT64_MAX, &dead))
			cstn__memory_kill(memory, (uint64_t)held, bulk->seq, until);
		return CSTN_OK;
	}
	status = kill_in_memory(store, bulk, change, key, row, until, &done, error);
	if (status != CSTN_OK || done)
		return status;
	if (cstn__array_reserve(&store->allocator, list, 1))
		return cstn__fail_nomem(error);
	list->items[list->count++] = one;
	return CSTN_OK;
}

static cstn_status enter_keys(cstn__store *store, cstn__bulk *bulk, const cstn__change *change,
		cstn_error **error)
{
	cstn__memory *memory = bulk->memories[change->table->index];
	cstn__values key[CSTN__MAX_KEY_COLUMNS];
	sought_list list = {0};
	cstn_status status = CSTN_OK;

	memset(key, 0, sizeof(key));
	cstn__key_columns(change->table, &change->batch, key);
	for (uint64_t i = 0; status == CSTN_OK && i < change->batch.rows; i++) {
		if (i + AHEAD < change->batch.rows)
			cstn__key_index_prefetch(&memory->index, change->hashes[i + AHEAD]);
		status = enter_key(store, bulk, change, key, i, &list, error);
	}
	if (status == CSTN_OK)
		status = kill_in_parts(store, bulk, change, key, &list, error);
	cstn__array_free(&store->allocator, &list);
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
