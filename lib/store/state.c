/* The handle itself: references, what it may do, versions, what it says of itself. */
#include "store/engine.h"

#include "base/error.h"
#include "store/durable.h"

cstn__store *cstn__store_ref(cstn__store *store)
{
	atomic_fetch_add_explicit(&store->refs, 1, memory_order_relaxed);
	return store;
}

/* Snapshots stay readable when the store is closed: what they see is held by them. */
cstn_status cstn__snapshot_may_read(const cstn__store *store, cstn_error **error)
{
	if (store->durable && store->durable->vfs->process(store->durable->vfs) !=
					      store->durable->process)
		return cstn__fail(error, CSTN_E_FORKED,
				"the store was opened before a fork: open it again in this "
				"process");
	return CSTN_OK;
}

cstn_status cstn__store_may_read(const cstn__store *store, cstn_error **error)
{
	cstn_status status = cstn__snapshot_may_read(store, error);

	if (status != CSTN_OK)
		return status;
	if (atomic_load(&store->state) == CSTN__STORE_STATE_CLOSED)
		return cstn__fail(error, CSTN_E_STATE, "the store is closed");
	return CSTN_OK;
}

cstn_status cstn__store_may_write(const cstn__store *store, cstn_error **error)
{
	cstn_status status = cstn__store_may_read(store, error);

	if (status != CSTN_OK)
		return status;
	switch (atomic_load(&store->state)) {
	case CSTN__STORE_STATE_READ_ONLY:
		return cstn__fail(error, CSTN_E_READ_ONLY, "the store was opened for reading only");
	case CSTN__STORE_STATE_POISONED:
		return cstn__fail(error, CSTN_E_POISONED,
				"a sync failed: this handle writes no more; reopen the store");
	default:
		return CSTN_OK;
	}
}

cstn_status cstn__store_table_find(const cstn__store *store, uint32_t table,
		const cstn__table_info **out, cstn_error **error)
{
	for (size_t t = 0; t < store->n_tables; t++)
		if (store->tables[t].declared->id == table) {
			*out = &store->tables[t];
			return CSTN_OK;
		}
	return cstn__fail(error, CSTN_E_NOT_FOUND, "the store has no table %u", table);
}

cstn__version *cstn__version_new(const cstn_allocator *allocator, size_t n_tables)
{
	cstn__version *version = cstn__alloc_zero(
			allocator, sizeof(*version) + n_tables * sizeof(version->tables[0]));

	if (!version)
		return NULL;
	atomic_init(&version->refs, 1);
	version->allocator = *allocator;
	version->n_tables = n_tables;
	return version;
}

void cstn__version_unref(cstn__version *version)
{
	cstn_allocator allocator;

	if (!version || atomic_fetch_sub_explicit(&version->refs, 1, memory_order_acq_rel) != 1)
		return;
	allocator = version->allocator;
	for (size_t t = 0; t < version->n_tables; t++) {
		cstn__version_table *table = &version->tables[t];

		cstn__memory_unref(table->memory);
		for (size_t p = 0; p < table->n_parts; p++)
			cstn__part_unref(table->parts[p]);
		cstn__free(&allocator, table->parts, table->parts_capacity * sizeof(cstn__part *));
	}
	cstn__derived_free_list(version);
	cstn__free(&allocator, version,
			sizeof(*version) + version->n_tables * sizeof(version->tables[0]));
}

static int is_current(const cstn__version *version, const cstn__part *part)
{
	for (size_t t = 0; t < version->n_tables; t++)
		for (size_t p = 0; p < version->tables[t].n_parts; p++)
			if (version->tables[t].parts[p] == part)
				return 1;
	return 0;
}

/* Bytes of segments that only snapshots still read, each counted once a snapshot's version. */
static uint64_t pinned_bytes(const cstn__store *store)
{
	uint64_t bytes = 0;

	for (const cstn__snapshot *at = store->snapshots; at; at = at->next) {
		const cstn__snapshot *before = store->snapshots;

		while (before != at && before->version != at->version)
			before = before->next;
		if (before != at || at->version == store->version)
			continue;
		for (size_t t = 0; t < at->version->n_tables; t++)
			for (size_t p = 0; p < at->version->tables[t].n_parts; p++) {
				const cstn__part *part = at->version->tables[t].parts[p];

				if (!is_current(store->version, part))
					bytes += part->size;
			}
	}
	return bytes;
}

cstn_status cstn__store_info_get(cstn__store *store, cstn__store_info *out, cstn_error **error)
{
	cstn_status status = cstn__store_may_read(store, error);
	cstn__store_info info = {0};

	if (status != CSTN_OK)
		return status;
	cstn__turn_take(store);
	pthread_mutex_lock(&store->state_lock);
	memcpy(info.uuid, store->uuid, sizeof(info.uuid));
	info.last_seq = store->last_seq;
	info.manifest_no = store->version->manifest_no;
	info.state = atomic_load(&store->state);
	info.pinned_bytes = pinned_bytes(store);
	for (size_t t = 0; t < store->n_tables; t++) {
		const cstn__version_table *table = &store->version->tables[t];

		info.memory_bytes += table->memory->bytes;
		info.n_dead_rows += table->memory->n_dead;
		info.n_segments += table->n_parts;
		for (size_t p = 0; p < table->n_parts; p++) {
			info.segment_bytes += table->parts[p]->size;
			info.n_dead_rows += table->parts[p]->deaths.count;
		}
	}
	info.n_derived = store->version->n_derived;
	for (size_t i = 0; i < store->version->n_derived; i++)
		info.derived_bytes += store->version->derived[i]->entry.size;
	pthread_mutex_unlock(&store->state_lock);
	if (store->durable) {
		info.log_bytes = store->durable->log_end;
		info.compat = store->durable->compat;
		info.ro_compat = store->durable->ro_compat;
		info.incompat = store->durable->incompat;
		info.n_derived_useless = atomic_load(&store->durable->derived_useless);
	}
	for (size_t i = 0; i < store->slots.files.count; i++)
		info.key_bytes += store->slots.files.items[i].size;
	cstn__turn_give(store);
	*out = info;
	return CSTN_OK;
}
