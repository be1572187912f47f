/* Opening and ending a store. */
#include "store/engine.h"

#include "base/error.h"
#include "store/manifest.h"

static cstn_status init_locks(cstn__store *store, cstn_error **error)
{
	if (pthread_mutex_init(&store->queue_lock, NULL))
		return cstn__fail_nomem(error);
	if (pthread_mutex_init(&store->state_lock, NULL)) {
		pthread_mutex_destroy(&store->queue_lock);
		return cstn__fail_nomem(error);
	}
	if (pthread_cond_init(&store->turn_free, NULL)) {
		pthread_mutex_destroy(&store->state_lock);
		pthread_mutex_destroy(&store->queue_lock);
		return cstn__fail_nomem(error);
	}
	store->queue_end = &store->queue;
	return CSTN_OK;
}

static cstn_status store_new(const cstn__store_options *options, const cstn_allocator *allocator,
		cstn__store **out, cstn_error **error)
{
	cstn__store *store = cstn__alloc_zero(allocator, sizeof(*store));
	cstn_status status;

	if (!store)
		return cstn__fail_nomem(error);
	store->allocator = *allocator;
	if (options)
		store->options = *options;
	atomic_init(&store->refs, 1);
	cstn__arena_init(&store->arena, allocator);
	status = init_locks(store, error);
	if (status != CSTN_OK) {
		cstn__free(allocator, store, sizeof(*store));
		return status;
	}
	*out = store;
	return CSTN_OK;
}

void cstn__store_unref(cstn__store *store)
{
	cstn_allocator allocator;

	if (!store || atomic_fetch_sub_explicit(&store->refs, 1, memory_order_acq_rel) != 1)
		return;
	cstn__version_unref(store->version);
	pthread_cond_destroy(&store->turn_free);
	pthread_mutex_destroy(&store->state_lock);
	pthread_mutex_destroy(&store->queue_lock);
	cstn__free(&store->allocator, store->published, store->n_tables * sizeof(uint64_t));
	cstn__arena_free(&store->arena);
	allocator = store->allocator;
	cstn__free(&allocator, store, sizeof(*store));
}

/* An empty memory table for each table of the schema. */
static cstn_status start_tables(cstn__store *store, cstn_error **error)
{
	cstn_status status = cstn__tables_new(&store->schema, &store->arena, &store->tables, error);

	if (status != CSTN_OK)
		return status;
	store->published = cstn__alloc_zero(&store->allocator,
			cstn__array_size(store->schema.n_tables, sizeof(uint64_t)));
	store->version = cstn__version_new(&store->allocator, store->schema.n_tables);
	store->n_tables = store->published ? store->schema.n_tables : 0;
	if (!store->published || !store->version)
		return cstn__fail_nomem(error);
	for (size_t t = 0; status == CSTN_OK && t < store->n_tables; t++)
		status = cstn__memory_new(&store->tables[t], &store->allocator,
				&store->version->tables[t].memory, error);
	return status;
}

cstn_status cstn__store_open(cstn__vfs *vfs, const char *path, const cstn__store_schema *schema,
		const cstn__store_options *options, const cstn_allocator *allocator,
		cstn__store **out, cstn_error **error)
{
	cstn_allocator read;
	cstn__store *store = NULL;
	cstn_status status = cstn__allocator_read(allocator, &read, error);

	if (status == CSTN_OK)
		status = cstn__store_schema_check(schema, CSTN_E_SCHEMA, error);
	if (status == CSTN_OK)
		status = store_new(options, &read, &store, error);
	if (status != CSTN_OK)
		return status;
	(void)vfs;
	(void)path;
	status = cstn__schema_copy(schema, &store->arena, &store->schema, error);
	if (status == CSTN_OK)
		status = start_tables(store, error);
	if (status != CSTN_OK) {
		cstn__store_unref(store);
		return status;
	}
	*out = store;
	return CSTN_OK;
}
