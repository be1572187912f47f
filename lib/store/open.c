/* Opening and ending a store. */
#include "store/engine.h"

#include "base/error.h"
#include "store/durable.h"
#include "store/key_files.h"

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
	if (cstn__slots_init(store, error) != CSTN_OK) {
		pthread_cond_destroy(&store->turn_free);
		pthread_mutex_destroy(&store->state_lock);
		pthread_mutex_destroy(&store->queue_lock);
		return CSTN_E_NOMEM;
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
	cstn__store_drop_tables(store);
	cstn__slots_free(store);
	cstn__durable_free(store);
	pthread_cond_destroy(&store->turn_free);
	pthread_mutex_destroy(&store->state_lock);
	pthread_mutex_destroy(&store->queue_lock);
	cstn__arena_free(&store->arena);
	allocator = store->allocator;
	cstn__free(&allocator, store, sizeof(*store));
}

void cstn__store_drop_tables(cstn__store *store)
{
	cstn__version_unref(store->version);
	cstn__free(&store->allocator, store->published, store->n_tables * sizeof(uint64_t));
	store->version = NULL;
	store->published = NULL;
	store->n_tables = 0;
}

cstn_status cstn__store_start_tables(cstn__store *store, cstn_error **error)
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

static cstn_status check_options(const cstn__store_options *options, cstn_error **error)
{
	const uint32_t known = CSTN__STORE_READ_ONLY | CSTN__STORE_MUST_EXIST |
			       CSTN__STORE_MUST_BE_NEW | CSTN__STORE_ALLOW_NETWORK |
			       CSTN__STORE_DEFER_CHECKPOINT;

	if (!options)
		return CSTN_OK;
	if (options->flags & ~known)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "unknown flags 0x%x of a store",
				options->flags & ~known);
	if (options->commit_level < CSTN__COMMIT_FULL || options->commit_level > CSTN__COMMIT_NONE)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "commit level %d is none",
				options->commit_level);
	if (options->group_us < 0 || options->group_us > 60000000)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a leader waits 0 to 60,000,000 us for company, not %lld",
				(long long)options->group_us);
	if (options->slots_a_file > CSTN__SLOT_FILE_SLOTS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a file has at most %u key slots, not %u", CSTN__SLOT_FILE_SLOTS,
				options->slots_a_file);
	return CSTN_OK;
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
		status = check_options(options, error);
	if (status == CSTN_OK)
		status = store_new(options, &read, &store, error);
	if (status != CSTN_OK)
		return status;
	if (vfs) {
		status = cstn__durable_open(store, vfs, path, schema, error);
	} else {
		status = cstn__schema_copy(schema, &store->arena, &store->schema, error);
		if (status == CSTN_OK)
			status = cstn__store_start_tables(store, error);
	}
	if (status != CSTN_OK) {
		cstn__store_unref(store);
		return status;
	}
	*out = store;
	return CSTN_OK;
}

cstn_status cstn__store_close(cstn__store *store, cstn_error **error)
{
	const cstn__checkpoint_job job = {.flags = CSTN__CHECKPOINT_FORCE | CSTN__CHECKPOINT_CLEAN};
	cstn_status status = cstn__store_may_read(store, error);

	if (status != CSTN_OK)
		return status;
	cstn__turn_take(store);
	if (store->durable && atomic_load(&store->state) != CSTN__STORE_STATE_READ_ONLY) {
		status = cstn__store_may_write(store, error);
		if (status == CSTN_OK)
			status = cstn__checkpoint_run(store, &job, error);
	}
	if (status == CSTN_OK) {
		atomic_store(&store->state, CSTN__STORE_STATE_CLOSED);
		pthread_mutex_lock(&store->slots.lock);
		cstn__slots_drop(store);
		pthread_mutex_unlock(&store->slots.lock);
		if (store->durable)
			cstn__durable_release(store);
	}
	cstn__turn_give(store);
	return status;
}
