/* The files of a store: names, syncs that are tried once, small files whole, and the removal of
 * what no generation, no snapshot and no reader needs any more. */
#include "store/durable.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "store/file_io.h"
#include "store/rule.h"

void cstn__durable_path(
		const cstn__durable *durable, uint32_t kind, uint64_t file_no, cstn__path *out)
{
	size_t len = durable->path_size - 1;

	memcpy(out->text, durable->path, len);
	out->text[len] = '/';
	cstn__file_name(kind, file_no, out->text + len + 1);
}

void cstn__durable_parent(const cstn__durable *durable, cstn__path *out)
{
	const char *slash = strrchr(durable->path, '/');
	size_t len = slash ? (size_t)(slash - durable->path) : 0;

	if (!slash) {
		memcpy(out->text, ".", 2);
		return;
	}
	if (len == 0)
		len = 1;
	memcpy(out->text, durable->path, len);
	out->text[len] = 0;
}

cstn_status cstn__durable_note(cstn__store *store, cstn_status status)
{
	uint32_t state = atomic_load(&store->state);

	if (status == CSTN_E_POISONED)
		atomic_store(&store->state, CSTN__STORE_STATE_POISONED);
	else if (status == CSTN_E_FULL && state == CSTN__STORE_STATE_OPEN)
		atomic_store(&store->state, CSTN__STORE_STATE_FULL);
	else if (status == CSTN_OK && state == CSTN__STORE_STATE_FULL)
		atomic_store(&store->state, CSTN__STORE_STATE_OPEN);
	return status;
}

static cstn_status sync_failed(cstn__store *store, int reason, const char *path, cstn_error **error)
{
	return cstn__durable_note(store, cstn__fail(error, CSTN_E_POISONED,
							 "'%s': sync failed: %s; this handle "
							 "writes no more, reopen the store",
							 path, strerror(reason)));
}

cstn_status cstn__durable_sync_data(
		cstn__store *store, cstn__vfs_file *file, const char *path, cstn_error **error)
{
	cstn__vfs *vfs = store->durable->vfs;
	int reason = vfs->sync_data(vfs, file);

	if (reason && !CSTN__RULE(CSTN__RULE_NEVER_RETRY_SYNC))
		reason = vfs->sync_data(vfs, file);
	return reason ? sync_failed(store, reason, path, error) : CSTN_OK;
}

cstn_status cstn__durable_sync_log(cstn__store *store, cstn_error **error)
{
	cstn__path path;

	cstn__durable_path(
			store->durable, CSTN__ENTRY_LOG, store->durable->log_header.file_no, &path);
	return cstn__durable_sync_data(store, store->durable->log, path.text, error);
}

cstn_status cstn__durable_sync_file(
		cstn__store *store, cstn__vfs_file *file, const char *path, cstn_error **error)
{
	cstn__vfs *vfs = store->durable->vfs;
	int reason = vfs->sync(vfs, file);

	if (reason && !CSTN__RULE(CSTN__RULE_NEVER_RETRY_SYNC))
		reason = vfs->sync(vfs, file);
	return reason ? sync_failed(store, reason, path, error) : CSTN_OK;
}

cstn_status cstn__durable_sync_folder(cstn__store *store, const char *path, cstn_error **error)
{
	cstn__vfs *vfs = store->durable->vfs;
	int reason = vfs->sync_folder(vfs, path);

	if (reason && !CSTN__RULE(CSTN__RULE_NEVER_RETRY_SYNC))
		reason = vfs->sync_folder(vfs, path);
	return reason ? sync_failed(store, reason, path, error) : CSTN_OK;
}

cstn_status cstn__durable_put(cstn__store *store, const char *path, const uint8_t *data,
		size_t size, int sync, cstn_error **error)
{
	cstn__vfs *vfs = store->durable->vfs;
	cstn__vfs_file *file = NULL;
	cstn_status status = cstn__io_open(vfs, path,
			CSTN__VFS_WRITE | CSTN__VFS_CREATE | CSTN__VFS_EXCLUSIVE, &file, error);

	if (status != CSTN_OK)
		return status;
	status = cstn__io_write(vfs, file, path, data, size, 0, error);
	if (status == CSTN_OK && sync)
		status = cstn__durable_sync_file(store, file, path, error);
	vfs->close(vfs, file);
	return status;
}

cstn_status cstn__durable_get(const cstn__store *store, const char *path, uint64_t size,
		uint64_t limit, cstn__bytes *out, cstn_error **error)
{
	cstn__vfs *vfs = store->durable->vfs;
	cstn__vfs_file *file = NULL;
	cstn_status status = cstn__io_open(vfs, path, CSTN__VFS_READ, &file, error);
	uint64_t found = 0;
	int reason;

	if (status != CSTN_OK)
		return status;
	reason = vfs->size(vfs, file, &found);
	if (reason)
		status = cstn__io_fail(error, reason, "size", path);
	else if ((size != UINT64_MAX && found != size) || found > limit)
		status = cstn__fail(error, CSTN_E_CORRUPT, "'%s' has %llu bytes, %llu expected",
				path, (unsigned long long)found,
				(unsigned long long)(size == UINT64_MAX ? limit : size));
	if (status == CSTN_OK) {
		out->data = cstn__alloc(&store->allocator, (size_t)found + 1);
		out->capacity = out->data ? (size_t)found + 1 : 0;
		out->size = (size_t)found;
		status = out->data ? cstn__io_read(vfs, file, path, out->data, (size_t)found, 0,
						     error)
				   : cstn__fail_nomem(error);
	}
	vfs->close(vfs, file);
	return status;
}

struct listing {
	const cstn_allocator *allocator;
	cstn__file_refs *out;
	int no_memory;
};

static int add_name(void *context, const char *name)
{
	struct listing *listing = context;
	cstn__file_ref ref;

	if (!cstn__file_name_read(name, &ref.kind, &ref.file_no))
		return 0;
	if (cstn__array_reserve(listing->allocator, listing->out, 1)) {
		listing->no_memory = 1;
		return 1;
	}
	listing->out->items[listing->out->count++] = ref;
	return 0;
}

cstn_status cstn__durable_list(const cstn__store *store, cstn__file_refs *out, cstn_error **error)
{
	cstn__vfs *vfs = store->durable->vfs;
	struct listing listing = {&store->allocator, out, 0};
	int reason = vfs->list(vfs, store->durable->path, add_name, &listing);

	if (listing.no_memory)
		return cstn__fail_nomem(error);
	if (reason == ENOENT)
		return cstn__fail(error, CSTN_E_NOT_FOUND, "'%s': there is no such folder",
				store->durable->path);
	return reason ? cstn__io_fail(error, reason, "list", store->durable->path) : CSTN_OK;
}

int cstn__file_refs_has(const cstn__file_refs *refs, uint32_t kind, uint64_t file_no)
{
	for (size_t i = 0; i < refs->count; i++)
		if (refs->items[i].kind == kind && refs->items[i].file_no == file_no)
			return 1;
	return 0;
}

cstn_status cstn__generation_make(const cstn__store *store, const cstn__manifest *manifest,
		cstn__generation *out, cstn_error **error)
{
	cstn__generation made = {.manifest_no = manifest->manifest_no};

	if (cstn__array_reserve(&store->allocator, &made.files, manifest->n_entries + 1))
		return cstn__fail_nomem(error);
	made.files.items[made.files.count].kind = 0;
	made.files.items[made.files.count++].file_no = manifest->manifest_no;
	for (size_t i = 0; i < manifest->n_entries; i++) {
		if (manifest->entries[i].flags & CSTN__ENTRY_SLOTS_OVER)
			continue;
		made.files.items[made.files.count].kind = manifest->entries[i].kind;
		made.files.items[made.files.count++].file_no = manifest->entries[i].file_no;
	}
	*out = made;
	return CSTN_OK;
}

void cstn__generation_free(const cstn__store *store, cstn__generation *generation)
{
	cstn__array_free(&store->allocator, &generation->files);
}

/* 1 if a snapshot still reads this segment. */
static int is_pinned(cstn__store *store, uint32_t kind, uint64_t file_no)
{
	int pinned = 0;

	if (kind != CSTN__ENTRY_SEGMENT)
		return 0;
	pthread_mutex_lock(&store->state_lock);
	for (cstn__snapshot *at = store->snapshots; at && !pinned; at = at->next)
		for (size_t t = 0; t < at->version->n_tables; t++)
			for (size_t p = 0; p < at->version->tables[t].n_parts; p++)
				pinned |= at->version->tables[t].parts[p]->file_no == file_no;
	pthread_mutex_unlock(&store->state_lock);
	return pinned;
}

void cstn__durable_tidy(cstn__store *store)
{
	cstn__durable *durable = store->durable;
	cstn__vfs *vfs = durable->vfs;
	size_t left = 0;
	int locks = CSTN__RULE(CSTN__RULE_READER_LOCK);

	if (!durable->obsolete.count)
		return;
	if (locks && vfs->lock(vfs, durable->lock, 1, CSTN__VFS_EXCLUDE))
		return;
	for (size_t i = 0; i < durable->obsolete.count; i++) {
		cstn__file_ref ref = durable->obsolete.items[i];
		cstn__path path;
		int reason;

		if (is_pinned(store, ref.kind, ref.file_no)) {
			durable->obsolete.items[left++] = ref;
			continue;
		}
		cstn__durable_path(durable, ref.kind, ref.file_no, &path);
		reason = vfs->unlink(vfs, path.text);
		if (reason && reason != ENOENT)
			durable->obsolete.items[left++] = ref;
	}
	durable->obsolete.count = left;
	if (locks)
		(void)vfs->lock(vfs, durable->lock, 1, CSTN__VFS_UNLOCK);
}
