/* A snapshot: a version of the store, how many rows of each memory table it has, and its sequence
 * number. Taking one holds a mutex for a few instructions; reading through it takes none. */
#include "store/engine.h"

#include "base/error.h"

cstn_status cstn__snapshot_new(cstn__store *store, cstn__snapshot **out, cstn_error **error)
{
	cstn_status status = cstn__store_may_read(store, error);
	cstn__snapshot *snapshot;

	if (status != CSTN_OK)
		return status;
	snapshot = cstn__alloc_zero(&store->allocator,
			sizeof(*snapshot) + store->n_tables * sizeof(snapshot->rows[0]));
	if (!snapshot)
		return cstn__fail_nomem(error);
	atomic_init(&snapshot->refs, 1);
	snapshot->store = cstn__store_ref(store);
	pthread_mutex_lock(&store->state_lock);
	snapshot->version = store->version;
	atomic_fetch_add_explicit(&store->version->refs, 1, memory_order_relaxed);
	snapshot->seq = store->last_seq;
	for (size_t t = 0; t < store->n_tables; t++)
		snapshot->rows[t] = store->published[t];
	snapshot->next = store->snapshots;
	if (snapshot->next)
		snapshot->next->previous = snapshot;
	store->snapshots = snapshot;
	pthread_mutex_unlock(&store->state_lock);
	*out = snapshot;
	return CSTN_OK;
}

cstn__snapshot *cstn__snapshot_ref(cstn__snapshot *snapshot)
{
	atomic_fetch_add_explicit(&snapshot->refs, 1, memory_order_relaxed);
	return snapshot;
}

void cstn__snapshot_unref(cstn__snapshot *snapshot)
{
	cstn__store *store;

	if (!snapshot || atomic_fetch_sub_explicit(&snapshot->refs, 1, memory_order_acq_rel) != 1)
		return;
	store = snapshot->store;
	pthread_mutex_lock(&store->state_lock);
	if (snapshot->previous)
		snapshot->previous->next = snapshot->next;
	else
		store->snapshots = snapshot->next;
	if (snapshot->next)
		snapshot->next->previous = snapshot->previous;
	pthread_mutex_unlock(&store->state_lock);
	cstn__version_unref(snapshot->version);
	cstn__free(&store->allocator, snapshot,
			sizeof(*snapshot) + store->n_tables * sizeof(snapshot->rows[0]));
	cstn__store_unref(store);
}

uint64_t cstn__snapshot_seq(const cstn__snapshot *snapshot)
{
	return snapshot->seq;
}

int cstn__snapshot_is_empty(const cstn__snapshot *snapshot, uint32_t table, uint32_t column)
{
	const cstn__version_table *version;
	const cstn__table_info *info = NULL;
	uint32_t position;

	if (cstn__store_table_find(snapshot->store, table, &info, NULL) != CSTN_OK)
		return 1;
	position = cstn__column_position(info->declared, column);
	if (position == CSTN__NO_COLUMN)
		return column != CSTN__COLUMN_SEQ;
	version = &snapshot->version->tables[info->index];
	for (size_t p = 0; p < version->n_parts; p++)
		if (cstn__segment_has_values(version->parts[p]->segment, column))
			return 0;
	return !cstn__memory_has_values(version->memory, position, snapshot->rows[info->index]);
}
