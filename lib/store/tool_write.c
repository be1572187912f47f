/* A new store beside an old one, as backup and salvage make it: each file is made new, written and
 * synced, then the folder is synced, and only then does the manifest get its name. So what a crash
 * leaves is a folder without a manifest, never a store that lacks something. */
#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "store/file_io.h"
#include "store/tool.h"

#define COPY (1u << 20)
#define NEW_FILE (CSTN__VFS_WRITE | CSTN__VFS_CREATE | CSTN__VFS_EXCLUSIVE)

cstn_status cstn__tool_make_folder(cstn__tool *to, cstn_error **error)
{
	int reason = to->vfs->make_folder(to->vfs, to->folder);
	cstn__tool_names names = {0};
	cstn__vfs_file *lock;
	cstn_status status;
	const char *path;

	if (reason != 0 && reason != EEXIST)
		return cstn__io_fail(error, reason, "make folder", to->folder);
	status = cstn__tool_list(to, &names, error);
	if (status == CSTN_OK && names.count != 0)
		status = cstn__fail(error, CSTN_E_CONFLICT, "'%s' holds files of a store already",
				to->folder);
	cstn__array_free(&to->allocator, &names);
	if (status != CSTN_OK)
		return status;
	path = cstn__tool_path_of(to, "LOCK");
	if (!path)
		return cstn__fail_nomem(error);
	status = cstn__io_open(to->vfs, path, CSTN__VFS_WRITE | CSTN__VFS_CREATE, &lock, error);
	if (status == CSTN_OK)
		to->vfs->close(to->vfs, lock);
	return status;
}

cstn_status cstn__tool_put(cstn__tool *to, uint32_t kind, uint64_t file_no, const uint8_t *data,
		size_t size, cstn_error **error)
{
	const char *path = cstn__tool_path(to, kind, file_no);
	cstn__vfs_file *file;
	cstn_status status = path ? cstn__io_open(to->vfs, path, NEW_FILE, &file, error)
				  : cstn__fail_nomem(error);

	if (status != CSTN_OK)
		return status;
	status = cstn__io_write(to->vfs, file, path, data, size, 0, error);
	if (status == CSTN_OK)
		status = cstn__io_sync(to->vfs, file, path, error);
	to->vfs->close(to->vfs, file);
	return status;
}

static cstn_status copy_bytes(cstn__tool *from, cstn__vfs_file *in, const char *in_path,
		cstn__tool *to, cstn__vfs_file *out, const char *out_path, uint64_t size,
		cstn_error **error)
{
	uint8_t *buffer = cstn__alloc(&to->allocator, COPY);
	cstn_status status = buffer ? CSTN_OK : cstn__fail_nomem(error);

	for (uint64_t at = 0; status == CSTN_OK && at < size; at += COPY) {
		size_t part = size - at < COPY ? (size_t)(size - at) : COPY;

		status = cstn__io_read(from->vfs, in, in_path, buffer, part, at, error);
		if (status == CSTN_OK)
			status = cstn__io_write(to->vfs, out, out_path, buffer, part, at, error);
	}
	if (status == CSTN_OK)
		status = cstn__io_sync(to->vfs, out, out_path, error);
	cstn__free(&to->allocator, buffer, COPY);
	return status;
}

cstn_status cstn__tool_copy(cstn__tool *from, cstn__tool *to, uint32_t kind, uint64_t file_no,
		uint64_t size, cstn_error **error)
{
	const char *in_path = cstn__tool_path(from, kind, file_no);
	const char *out_path = cstn__tool_path(to, kind, file_no);
	cstn__vfs_file *in = NULL, *out = NULL;
	cstn_status status = in_path && out_path ? cstn__io_open(from->vfs, in_path, CSTN__VFS_READ,
								   &in, error)
						 : cstn__fail_nomem(error);

	if (status == CSTN_OK)
		status = cstn__io_open(to->vfs, out_path, NEW_FILE, &out, error);
	if (status == CSTN_OK)
		status = copy_bytes(from, in, in_path, to, out, out_path, size, error);
	if (out)
		to->vfs->close(to->vfs, out);
	if (in)
		from->vfs->close(from->vfs, in);
	return status;
}

static cstn_status sync_folder(cstn__vfs *vfs, const char *path, cstn_error **error)
{
	int reason = vfs->sync_folder(vfs, path);

	return reason ? cstn__fail(error, CSTN_E_POISONED, "'%s': sync failed: %s", path,
					strerror(reason))
		      : CSTN_OK;
}

/* The folder that the store's folder lies in. */
static cstn_status sync_parent(cstn__tool *to, cstn_error **error)
{
	size_t len = strlen(to->folder);

	while (len > 1 && to->folder[len - 1] == '/')
		len--;
	while (len > 0 && to->folder[len - 1] != '/')
		len--;
	while (len > 1 && to->folder[len - 1] == '/')
		len--;
	to->path.size = 0;
	cstn__bytes_put(&to->path, len ? to->folder : ".", len ? len : 1);
	cstn__bytes_put_u8(&to->path, 0);
	if (to->path.failed) {
		to->path.failed = 0;
		return cstn__fail_nomem(error);
	}
	return sync_folder(to->vfs, (const char *)to->path.data, error);
}

static cstn_status rename_manifest(
		cstn__tool *to, uint64_t unfinished, uint64_t manifest_no, cstn_error **error)
{
	const char *from_path, *to_path;
	cstn__tool other;
	cstn_status status = CSTN_OK;
	int reason;

	cstn__tool_init(&other, to->vfs, to->folder, &to->allocator);
	from_path = cstn__tool_path(to, CSTN__FILE_UNFINISHED, unfinished);
	to_path = cstn__tool_path(&other, 0, manifest_no);
	if (from_path && to_path) {
		reason = to->vfs->rename(to->vfs, from_path, to_path);
		if (reason)
			status = cstn__io_fail(error, reason, "rename", from_path);
	} else {
		status = cstn__fail_nomem(error);
	}
	cstn__tool_free(&other);
	return status;
}

cstn_status cstn__tool_publish(cstn__tool *to, const cstn__manifest *manifest, cstn_error **error)
{
	cstn__bytes bytes;
	cstn_status status;

	cstn__bytes_init(&bytes, &to->allocator);
	status = cstn__manifest_write(manifest, &bytes, error);
	if (status == CSTN_OK)
		status = cstn__tool_put(to, CSTN__FILE_UNFINISHED, manifest->next_file, bytes.data,
				bytes.size, error);
	cstn__bytes_free(&bytes);
	if (status == CSTN_OK)
		status = sync_folder(to->vfs, to->folder, error);
	if (status == CSTN_OK)
		status = rename_manifest(to, manifest->next_file, manifest->manifest_no, error);
	if (status == CSTN_OK)
		status = sync_folder(to->vfs, to->folder, error);
	return status == CSTN_OK ? sync_parent(to, error) : status;
}
