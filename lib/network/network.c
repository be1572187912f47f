/* A network: a store whose tables are the nouns.
 *
 * The handle owns the store and, when it is durable, the file system it lies on; snapshots and
 * transactions reference it, so that handles go in any order. It keeps nothing else in memory:
 * what is read is read from a snapshot of the store. */
#include "network/network.h"

#include <string.h>

#include "base/error.h"

static cstn_status table_schema(cstn__arena *arena, const cstn__noun *noun, cstn__store_table *out,
		cstn_error **error)
{
	cstn__store_column *columns = cstn__arena_alloc(arena, noun->n_fields * sizeof(*columns));
	uint32_t *key = cstn__arena_alloc(arena, CSTN__KEY_MAX * sizeof(*key));

	if (!columns || !key)
		return cstn__fail_nomem(error);
	for (uint32_t i = 0; i < noun->n_fields; i++) {
		const cstn__field *field = &noun->fields[i];

		columns[i].id = CSTN__COLUMN_FIRST + i;
		columns[i].name = field->name;
		columns[i].type = field->type;
		columns[i].scale = 0;
		columns[i].flags = field->flags & (CSTN__FIELD_REQUIRED | CSTN__FIELD_EMPTY)
						   ? 0
						   : CSTN__COLUMN_NULLABLE;
		if (field->flags & CSTN__FIELD_DICTIONARY)
			columns[i].flags |= CSTN__COLUMN_DICTIONARY;
		columns[i].space = field->flags & CSTN__FIELD_LINE ? CSTN__SPACE_CHILD
								   : CSTN__SPACE_ROW;
	}
	for (uint32_t place = 1; place <= noun->n_key; place++)
		key[place - 1] = CSTN__COLUMN_FIRST + cstn__noun_key_field(noun, place)->number;
	memset(out, 0, sizeof(*out));
	out->id = noun->id;
	out->table_class = noun->table_class;
	out->name = noun->name;
	out->columns = columns;
	out->n_columns = noun->n_fields;
	out->key = key;
	out->n_key = noun->n_key;
	out->recorded = CSTN__COLUMN_FIRST + noun->recorded;
	out->has_child = (uint32_t)noun->has_lines;
	return CSTN_OK;
}

cstn_status cstn__network_schema(cstn__arena *arena, cstn__store_schema *out, cstn_error **error)
{
	const cstn__noun *const *nouns;
	size_t n = cstn__nouns(&nouns, NULL);
	cstn__store_table *tables = cstn__arena_alloc(arena, n * sizeof(*tables));

	if (!tables)
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < n; i++) {
		cstn_status status = table_schema(arena, nouns[i], &tables[i], error);

		if (status != CSTN_OK)
			return status;
	}
	out->version = 1;
	out->tables = tables;
	out->n_tables = n;
	return CSTN_OK;
}

/* --- open and close --------------------------------------------------------------------------- */

#define KNOWN_FLAGS                                                                    \
	(CSTN_NETWORK_READ_ONLY | CSTN_NETWORK_MUST_EXIST | CSTN_NETWORK_MUST_BE_NEW | \
			CSTN_NETWORK_ALLOW_REMOTE | CSTN_NETWORK_DEFER_CHECKPOINT)
_Static_assert(CSTN_NETWORK_READ_ONLY == CSTN__STORE_READ_ONLY, "flags of the store");
_Static_assert(CSTN_NETWORK_MUST_EXIST == CSTN__STORE_MUST_EXIST, "flags of the store");
_Static_assert(CSTN_NETWORK_MUST_BE_NEW == CSTN__STORE_MUST_BE_NEW, "flags of the store");
_Static_assert(CSTN_NETWORK_ALLOW_REMOTE == CSTN__STORE_ALLOW_NETWORK, "flags of the store");
_Static_assert(CSTN_NETWORK_DEFER_CHECKPOINT == CSTN__STORE_DEFER_CHECKPOINT, "flags of the store");
_Static_assert(CSTN_COMMIT_FULL == CSTN__COMMIT_FULL && CSTN_COMMIT_GROUP == CSTN__COMMIT_GROUP &&
				CSTN_COMMIT_NONE == CSTN__COMMIT_NONE,
		"levels of the store");

static cstn_status read_options(const cstn_network_options *options, int in_memory,
		cstn_network_options *own, cstn_error **error)
{
	cstn_status status = cstn__options_read(options, sizeof(*own), sizeof(*own), KNOWN_FLAGS,
			"cstn_network_options", own, error);

	if (status != CSTN_OK)
		return status;
	if (own->commit_level < CSTN_COMMIT_FULL || own->commit_level > CSTN_COMMIT_NONE)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "commit_level %d is outside 0..2",
				(int)own->commit_level);
	if (own->group_us < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "group_us is negative");
	if (own->flags & CSTN_NETWORK_READ_ONLY)
		own->flags |= CSTN_NETWORK_MUST_EXIST;
	if (own->flags & CSTN_NETWORK_MUST_EXIST && own->flags & CSTN_NETWORK_MUST_BE_NEW)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a network cannot both exist and be new");
	if (in_memory && own->flags & CSTN_NETWORK_MUST_EXIST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a network in memory is always new; give a path");
	return CSTN_OK;
}

static cstn_status open_store(cstn_network *network, cstn__vfs *vfs, uint64_t segment_rows,
		const char *path, const cstn_network_options *options, cstn_error **error)
{
	cstn__store_options store = {.flags = options->flags,
			.segment_rows = segment_rows,
			.commit_level = options->commit_level,
			.group_us = options->group_us,
			.cache_bytes = options->cache_bytes,
			.checkpoint_bytes = options->checkpoint_bytes,
			.checkpoint_rows = options->checkpoint_rows,
			.keep_generations = options->keep_generations};
	cstn__store_schema schema;
	cstn__arena arena;
	cstn_status status;

	cstn__arena_init(&arena, &network->allocator);
	status = cstn__network_schema(&arena, &schema, error);
	if (status == CSTN_OK)
		status = cstn__store_open(path ? vfs : NULL, path, &schema, &store,
				&network->allocator, &network->store, error);
	cstn__arena_free(&arena);
	if (status == CSTN_E_CORRUPT || status == CSTN_E_NO_MANIFEST)
		cstn__error_append(error,
				"; 'constellation verify' lists all damage, "
				"'constellation salvage --dry-run' what can be recovered");
	return status;
}

cstn_status cstn_network_open(const char *path, const cstn_network_options *options,
		const cstn_allocator *allocator, cstn_network **out, cstn_error **error)
{
	return cstn__network_open_on(NULL, 0, path, options, allocator, out, error);
}

/* 0, or -1. */
static int locks_init(cstn_network *network)
{
	pthread_mutexattr_t checked;
	int failed;

	if (pthread_mutexattr_init(&checked) != 0)
		return -1;
	failed = pthread_mutexattr_settype(&checked, PTHREAD_MUTEX_ERRORCHECK) ||
		 pthread_mutex_init(&network->telling, &checked);
	pthread_mutexattr_destroy(&checked);
	if (failed)
		return -1;
	if (pthread_rwlock_init(&network->commits, NULL) == 0)
		return 0;
	pthread_mutex_destroy(&network->telling);
	return -1;
}

cstn_status cstn__network_open_on(cstn__vfs *vfs, uint64_t segment_rows, const char *path,
		const cstn_network_options *options, const cstn_allocator *allocator,
		cstn_network **out, cstn_error **error)
{
	cstn_network_options own;
	cstn_allocator memory;
	cstn_network *network;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	if (path && !*path)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "path is empty");
	status = read_options(options, !path, &own, error);
	if (status == CSTN_OK)
		status = cstn__handle_new(allocator, sizeof(*network), &memory, &network, error);
	if (status != CSTN_OK)
		return status;
	network->allocator = memory;
	network->flags = own.flags;
	atomic_init(&network->references, 1);
	atomic_init(&network->closed, 0);
	atomic_init(&network->session, 0);
	atomic_init(&network->recovered, 0);
	cstn__vfs_posix_init(&network->vfs, &memory);
	network->commit_level = own.commit_level;
	if (locks_init(network) != 0) {
		cstn__vfs_posix_free(&network->vfs);
		cstn__free(&memory, network, sizeof(*network));
		return cstn__fail_nomem(error);
	}
	status = open_store(
			network, vfs ? vfs : &network->vfs.vfs, segment_rows, path, &own, error);
	if (status != CSTN_OK) {
		cstn_network_unref(network);
		return status;
	}
	*out = network;
	return CSTN_OK;
}

cstn_status cstn__network_check(const cstn_network *network, cstn_error **error)
{
	if (!network)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "network is NULL");
	if (atomic_load_explicit(&network->closed, memory_order_acquire))
		return cstn__fail(error, CSTN_E_STATE, "the network is closed");
	/* Before any lock: in a forked child another thread's stays locked for ever. */
	return cstn__snapshot_may_read(network->store, error);
}

cstn_status cstn_network_close(cstn_network *network, cstn_error **error)
{
	int open = 0;

	if (!network)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "network is NULL");
	if (!atomic_compare_exchange_strong(&network->closed, &open, 1))
		return cstn__fail(error, CSTN_E_STATE, "the network is closed");
	return cstn__store_close(network->store, error);
}

cstn_network *cstn_network_ref(cstn_network *network)
{
	if (network)
		atomic_fetch_add_explicit(&network->references, 1, memory_order_relaxed);
	return network;
}

void cstn_network_unref(cstn_network *network)
{
	cstn_allocator allocator;

	if (!network || atomic_fetch_sub_explicit(&network->references, 1, memory_order_acq_rel) !=
					1)
		return;
	allocator = network->allocator;
	cstn__store_unref(network->store);
	cstn__vfs_posix_free(&network->vfs);
	pthread_mutex_destroy(&network->telling);
	pthread_rwlock_destroy(&network->commits);
	cstn__free(&allocator, network, sizeof(*network));
}

/* --- upkeep ----------------------------------------------------------------------------------- */

static cstn_status check_writable(const cstn_network *network, cstn_error **error)
{
	cstn_status status = cstn__network_check(network, error);

	if (status == CSTN_OK && network->flags & CSTN_NETWORK_READ_ONLY)
		return cstn__fail(
				error, CSTN_E_READ_ONLY, "the network was opened for reading only");
	return status;
}

cstn_status cstn_network_sync(cstn_network *network, cstn_error **error)
{
	cstn_status status = check_writable(network, error);

	return status == CSTN_OK ? cstn__store_sync(network->store, error) : status;
}

cstn_status cstn_network_checkpoint(cstn_network *network, cstn_error **error)
{
	cstn_status status = check_writable(network, error);

	return status == CSTN_OK ? cstn__store_checkpoint(network->store, error) : status;
}

cstn_status cstn_network_maintain(
		cstn_network *network, const cstn_maintain_options *options, cstn_error **error)
{
	cstn_maintain_options own;
	const cstn__noun *noun = NULL;
	cstn_status status = check_writable(network, error);

	if (status == CSTN_OK)
		status = cstn__options_read(options, sizeof(own), sizeof(own), 0,
				"cstn_maintain_options", &own, error);
	if (status == CSTN_OK && own.noun)
		status = cstn__noun_find(own.noun, &noun, error);
	if (status != CSTN_OK)
		return status;
	return cstn__store_maintain_table(network->store, noun ? noun->id : 0,
			own.history_from_us ? own.history_from_us : INT64_MIN,
			own.max_bytes ? own.max_bytes : UINT64_MAX, own.progress, error);
}

_Static_assert(CSTN_NETWORK_STATE_OPEN == CSTN__STORE_STATE_OPEN &&
				CSTN_NETWORK_STATE_FULL == CSTN__STORE_STATE_FULL &&
				CSTN_NETWORK_STATE_POISONED == CSTN__STORE_STATE_POISONED &&
				CSTN_NETWORK_STATE_READ_ONLY == CSTN__STORE_STATE_READ_ONLY &&
				CSTN_NETWORK_STATE_CLOSED == CSTN__STORE_STATE_CLOSED,
		"states of the store");

cstn_status cstn_network_get_info(
		cstn_network *network, cstn_network_info *info, cstn_error **error)
{
	cstn_network_info full = CSTN_NETWORK_INFO_INIT;
	cstn__store_info store;
	cstn_status status;

	if (!network || !info)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				network ? "info" : "network");
	status = cstn__store_info_get(network->store, &store, error);
	if (status != CSTN_OK)
		return status;
	full.state = store.state;
	memcpy(full.uuid, store.uuid, sizeof(full.uuid));
	full.last_seq = store.last_seq;
	full.log_bytes = store.log_bytes;
	full.segment_bytes = store.segment_bytes;
	full.memory_bytes = store.memory_bytes;
	full.pinned_bytes = store.pinned_bytes;
	full.n_segments = store.n_segments;
	full.n_dead_rows = store.n_dead_rows;
	full.n_kept = store.n_derived;
	full.kept_bytes = store.derived_bytes;
	full.n_kept_useless = store.n_derived_useless;
	return cstn__output_write(
			&full, sizeof(full), sizeof(full), "cstn_network_info", info, error);
}
