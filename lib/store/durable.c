/* The handle of a store at a path: its memory, its folder and its locks.
 *
 * LOCK is an empty file of which byte 0 is the writer's and byte 1 the readers'; the locks bind to
 * the open file, so that they end with it and a second open of the same process is refused like any
 * other. A reader whose folder does not let it open LOCK goes without. */
#include "store/durable.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "store/file_io.h"

enum { LOCK_TRIES = 100 };
#define CACHE_BYTES (UINT64_C(256) << 20)

cstn_status cstn__durable_new(
		cstn__store *store, cstn__vfs *vfs, const char *path, cstn_error **error)
{
	const cstn_allocator *allocator = &store->allocator;
	size_t len = path ? strlen(path) : 0;
	cstn__durable *durable;
	cstn_status status;
	uint64_t cache = store->options.cache_bytes ? store->options.cache_bytes : CACHE_BYTES;

	while (len > 1 && path[len - 1] == '/')
		len--;
	if (len == 0 || len >= CSTN__PATH_MAX - 1)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a path has 1 to %d bytes, not %zu", CSTN__PATH_MAX - 2, len);
	durable = cstn__alloc_zero(allocator, sizeof(*durable));
	if (!durable)
		return cstn__fail_nomem(error);
	durable->path_size = len + 1;
	durable->path = cstn__alloc_zero(allocator, len + 1);
	status = durable->path ? cstn__block_cache_init(&durable->cache, cache, allocator, error)
			       : cstn__fail_nomem(error);
	if (status == CSTN_OK && pthread_mutex_init(&durable->maintain_lock, NULL)) {
		cstn__block_cache_free(&durable->cache);
		status = cstn__fail_nomem(error);
	}
	if (status != CSTN_OK) {
		cstn__free(allocator, durable->path, len + 1);
		cstn__free(allocator, durable, sizeof(*durable));
		return status;
	}
	memcpy(durable->path, path, len);
	durable->vfs = vfs;
	durable->process = vfs->process(vfs);
	cstn__bytes_init(&durable->frames, allocator);
	cstn__bytes_init(&durable->payload, allocator);
	store->durable = durable;
	return CSTN_OK;
}

void cstn__durable_release(cstn__store *store)
{
	cstn__durable *durable = store->durable;

	if (durable->log)
		durable->vfs->close(durable->vfs, durable->log);
	if (durable->lock)
		durable->vfs->close(durable->vfs, durable->lock);
	durable->log = durable->lock = NULL;
}

void cstn__durable_free(cstn__store *store)
{
	cstn__durable *durable = store->durable;
	const cstn_allocator *allocator = &store->allocator;

	if (!durable)
		return;
	cstn__durable_release(store);
	for (size_t g = 0; g < durable->generations.count; g++)
		cstn__generation_free(store, &durable->generations.items[g]);
	cstn__array_free(allocator, &durable->generations);
	cstn__array_free(allocator, &durable->obsolete);
	cstn__bytes_free(&durable->frames);
	cstn__bytes_free(&durable->payload);
	cstn__block_cache_free(&durable->cache);
	pthread_mutex_destroy(&durable->maintain_lock);
	cstn__free(allocator, durable->path, durable->path_size);
	cstn__free(allocator, durable, sizeof(*durable));
	store->durable = NULL;
}

static void lock_path(const cstn__durable *durable, cstn__path *out)
{
	size_t len = durable->path_size - 1;

	memcpy(out->text, durable->path, len);
	memcpy(out->text + len, "/LOCK", sizeof("/LOCK"));
}

/* The folder, made if it may be; LOCK, open and held for writing. */
cstn_status cstn__durable_lock(cstn__store *store, cstn_error **error)
{
	cstn__durable *durable = store->durable;
	cstn__vfs *vfs = durable->vfs;
	const uint32_t flags = CSTN__VFS_WRITE | CSTN__VFS_CREATE;
	cstn__path path;
	cstn_status status;
	int reason;

	lock_path(durable, &path);
	if (!(store->options.flags & CSTN__STORE_MUST_EXIST)) {
		reason = vfs->make_folder(vfs, durable->path);
		if (reason && reason != EEXIST)
			return cstn__io_fail(error, reason, "make folder", durable->path);
		durable->made_folder = !reason;
		status = cstn__io_open(vfs, path.text, flags, &durable->lock, error);
	} else {
		cstn__file_refs names = {0};

		status = cstn__durable_list(store, &names, error);
		if (status == CSTN_OK && !names.count)
			status = cstn__fail(error, CSTN_E_NOT_FOUND, "'%s' holds no store",
					durable->path);
		cstn__array_free(&store->allocator, &names);
		if (status == CSTN_OK)
			status = cstn__io_open(vfs, path.text, flags, &durable->lock, error);
	}
	if (status != CSTN_OK)
		return status;
	reason = vfs->lock(vfs, durable->lock, 0, CSTN__VFS_EXCLUDE);
	if (!reason)
		return CSTN_OK;
	if (reason == EAGAIN || reason == EACCES)
		return cstn__fail(error, CSTN_E_LOCKED,
				"'%s' is open for writing elsewhere, in this process or another",
				durable->path);
	return cstn__io_fail(error, reason, "lock", path.text);
}

/* A reader's shared lock; where LOCK cannot be opened, none. */
void cstn__durable_lock_as_reader(cstn__store *store)
{
	cstn__durable *durable = store->durable;
	cstn__vfs *vfs = durable->vfs;
	cstn__path path;
	int reason = EAGAIN;

	lock_path(durable, &path);
	if (cstn__io_open(vfs, path.text, CSTN__VFS_READ, &durable->lock, NULL) != CSTN_OK) {
		durable->lock = NULL;
		return;
	}
	for (int i = 0; reason && i < LOCK_TRIES; i++)
		reason = vfs->lock(vfs, durable->lock, 1, CSTN__VFS_SHARED);
	if (reason) {
		vfs->close(vfs, durable->lock);
		durable->lock = NULL;
	}
}

cstn_status cstn__durable_refuse_network(cstn__store *store, cstn_error **error)
{
	cstn__durable *durable = store->durable;
	int network = 0, reason;
	cstn__path parent;

	if (store->options.flags & CSTN__STORE_ALLOW_NETWORK)
		return CSTN_OK;
	reason = durable->vfs->is_network(durable->vfs, durable->path, &network);
	if (reason == ENOENT) {
		cstn__durable_parent(durable, &parent);
		reason = durable->vfs->is_network(durable->vfs, parent.text, &network);
	}
	if (reason && reason != ENOENT && reason != ENOSYS)
		return cstn__io_fail(error, reason, "statfs", durable->path);
	if (!reason && network)
		return cstn__fail(error, CSTN_E_UNSUPPORTED,
				"'%s' lies on a network file system, where syncs and locks are not "
				"sure; a flag of the open allows it",
				durable->path);
	return CSTN_OK;
}

/* The folder's name may be lost although it is seen, and another sync would not say so: move it out
 * of the way, so that the next open makes it anew. */
void cstn__durable_disown_folder(cstn__durable *durable)
{
	cstn__path lock, aside;
	size_t len = durable->path_size - 1;

	if (!durable->made_folder)
		return;
	lock_path(durable, &lock);
	memcpy(aside.text, durable->path, len);
	memcpy(aside.text + len, ".unsynced", sizeof(".unsynced"));
	durable->vfs->unlink(durable->vfs, lock.text);
	durable->vfs->rename(durable->vfs, durable->path, aside.text);
}
