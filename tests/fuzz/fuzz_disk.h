#ifndef FUZZ_DISK_H
#define FUZZ_DISK_H

#include <string.h>

#include "fuzz.h"
#include "store/vfs.h"

/* A disk of one file, which holds the input and is only read. */
typedef struct fuzz_disk {
	cstn__vfs vfs;
	const uint8_t *data;
	size_t size;
} fuzz_disk;

static int fuzz_disk_open(cstn__vfs *vfs, const char *path, uint32_t flags, cstn__vfs_file **out)
{
	(void)path;
	MUST(flags == CSTN__VFS_READ);
	*out = (cstn__vfs_file *)(void *)vfs;
	return 0;
}

static void fuzz_disk_close(cstn__vfs *vfs, cstn__vfs_file *file)
{
	(void)vfs;
	(void)file;
}

static int fuzz_disk_read(cstn__vfs *vfs, cstn__vfs_file *file, void *data, size_t size,
		uint64_t offset, size_t *got)
{
	fuzz_disk *disk = (fuzz_disk *)vfs;

	(void)file;
	*got = offset >= disk->size ? 0 : disk->size - (size_t)offset;
	*got = *got < size ? *got : size;
	memcpy(data, disk->data + offset, *got);
	return 0;
}

static int fuzz_disk_size(cstn__vfs *vfs, cstn__vfs_file *file, uint64_t *out)
{
	(void)file;
	*out = ((fuzz_disk *)vfs)->size;
	return 0;
}

static inline void fuzz_disk_init(fuzz_disk *disk, const uint8_t *data, size_t size)
{
	memset(disk, 0, sizeof(*disk));
	disk->vfs.open = fuzz_disk_open;
	disk->vfs.close = fuzz_disk_close;
	disk->vfs.read = fuzz_disk_read;
	disk->vfs.size = fuzz_disk_size;
	disk->data = data;
	disk->size = size;
}

#endif
