#include "memory_disk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cstn__vfs_file {
	struct memory_disk_file *file;
	uint32_t flags;
};

static memory_disk *disk_of(cstn__vfs *vfs)
{
	return vfs->user;
}

/* The errno of this call: 0 unless it is to fail. */
static int count_call(memory_disk *disk)
{
	uint64_t call = ++disk->calls;

	if (!disk->fail_at || (call != disk->fail_at && !(disk->fail_on && call > disk->fail_at)))
		return 0;
	disk->failures++;
	return disk->reason;
}

struct memory_disk_file *memory_disk_find(memory_disk *disk, const char *name)
{
	for (int i = 0; i < MEMORY_DISK_FILES; i++)
		if (disk->files[i].name[0] && strcmp(disk->files[i].name, name) == 0)
			return &disk->files[i];
	return NULL;
}

static struct memory_disk_file *make_file(memory_disk *disk, const char *name)
{
	for (int i = 0; i < MEMORY_DISK_FILES; i++)
		if (!disk->files[i].name[0]) {
			snprintf(disk->files[i].name, sizeof(disk->files[i].name), "%s", name);
			return &disk->files[i];
		}
	return NULL;
}

static int grow(struct memory_disk_file *file, size_t size)
{
	uint8_t *moved;

	if (size <= file->capacity)
		return 0;
	moved = realloc(file->data, size * 2);
	if (!moved)
		return ENOMEM;
	file->data = moved;
	file->capacity = size * 2;
	return 0;
}

static int disk_open(cstn__vfs *vfs, const char *path, uint32_t flags, cstn__vfs_file **out)
{
	memory_disk *disk = disk_of(vfs);
	int reason = count_call(disk);
	struct memory_disk_file *file = memory_disk_find(disk, path);

	if (reason)
		return reason;
	if (file && flags & CSTN__VFS_EXCLUSIVE)
		return EEXIST;
	if (!file)
		file = flags & CSTN__VFS_CREATE ? make_file(disk, path) : NULL;
	if (!file)
		return ENOENT;
	*out = malloc(sizeof(**out));
	if (!*out)
		return ENOMEM;
	(*out)->file = file;
	(*out)->flags = flags;
	disk->open_files++;
	return 0;
}

static void disk_close(cstn__vfs *vfs, cstn__vfs_file *file)
{
	disk_of(vfs)->open_files--;
	free(file);
}

static int disk_read(cstn__vfs *vfs, cstn__vfs_file *file, void *data, size_t size, uint64_t offset,
		size_t *got)
{
	memory_disk *disk = disk_of(vfs);
	int reason = count_call(disk);
	size_t left = offset < file->file->size ? file->file->size - (size_t)offset : 0;

	if (reason)
		return reason;
	disk->reads++;
	if (size > left)
		size = left;
	if (disk->largest && size > disk->largest)
		size = disk->largest;
	if (size)
		memcpy(data, file->file->data + offset, size);
	*got = size;
	return 0;
}

static int disk_write(cstn__vfs *vfs, cstn__vfs_file *file, const void *data, size_t size,
		uint64_t offset, size_t *put)
{
	memory_disk *disk = disk_of(vfs);
	int reason = count_call(disk);

	if (reason)
		return reason;
	if (!(file->flags & CSTN__VFS_WRITE))
		return EBADF;
	disk->writes++;
	if (disk->largest && size > disk->largest)
		size = disk->largest;
	reason = grow(file->file, (size_t)offset + size);
	if (reason)
		return reason;
	if (offset > file->file->size)
		memset(file->file->data + file->file->size, 0, (size_t)offset - file->file->size);
	memcpy(file->file->data + offset, data, size);
	if (offset + size > file->file->size)
		file->file->size = (size_t)offset + size;
	*put = size;
	return 0;
}

static int disk_size(cstn__vfs *vfs, cstn__vfs_file *file, uint64_t *out)
{
	int reason = count_call(disk_of(vfs));

	if (!reason)
		*out = file->file->size;
	return reason;
}

static int disk_sync(cstn__vfs *vfs, cstn__vfs_file *file)
{
	int reason = count_call(disk_of(vfs));

	(void)file;
	disk_of(vfs)->syncs += reason == 0;
	return reason;
}

void memory_disk_init(memory_disk *disk)
{
	memset(disk, 0, sizeof(*disk));
	disk->vfs.user = disk;
	disk->vfs.open = disk_open;
	disk->vfs.close = disk_close;
	disk->vfs.read = disk_read;
	disk->vfs.write = disk_write;
	disk->vfs.size = disk_size;
	disk->vfs.sync = disk_sync;
	disk->vfs.sync_data = disk_sync;
}

void memory_disk_free(memory_disk *disk)
{
	for (int i = 0; i < MEMORY_DISK_FILES; i++)
		free(disk->files[i].data);
}

void memory_disk_put(memory_disk *disk, const char *name, const void *data, size_t size)
{
	struct memory_disk_file *file = memory_disk_find(disk, name);

	if (!file)
		file = make_file(disk, name);
	if (!file || grow(file, size))
		abort();
	if (size)
		memcpy(file->data, data, size);
	file->size = size;
}
