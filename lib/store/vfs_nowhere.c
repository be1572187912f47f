/* A disk that takes everything and keeps nothing: for the dry run of a salvage, which does all that
 * it would do and writes none of it. A folder there is empty, a file has no bytes; nothing fails.
 *
 * Cost: nothing. */
#include <string.h>

#include "store/tool.h"

static int nowhere_open(cstn__vfs *vfs, const char *path, uint32_t flags, cstn__vfs_file **out)
{
	(void)path;
	(void)flags;
	*out = (cstn__vfs_file *)vfs; /* never looked into */
	return 0;
}

static void nowhere_close(cstn__vfs *vfs, cstn__vfs_file *file)
{
	(void)vfs;
	(void)file;
}

static int nowhere_read(cstn__vfs *vfs, cstn__vfs_file *file, void *data, size_t size,
		uint64_t offset, size_t *got)
{
	(void)vfs;
	(void)file;
	(void)data;
	(void)size;
	(void)offset;
	*got = 0;
	return 0;
}

static int nowhere_write(cstn__vfs *vfs, cstn__vfs_file *file, const void *data, size_t size,
		uint64_t offset, size_t *put)
{
	(void)vfs;
	(void)file;
	(void)data;
	(void)offset;
	*put = size;
	return 0;
}

static int nowhere_size(cstn__vfs *vfs, cstn__vfs_file *file, uint64_t *out)
{
	(void)vfs;
	(void)file;
	*out = 0;
	return 0;
}

static int nowhere_file(cstn__vfs *vfs, cstn__vfs_file *file)
{
	(void)vfs;
	(void)file;
	return 0;
}

static int nowhere_path(cstn__vfs *vfs, const char *path)
{
	(void)vfs;
	(void)path;
	return 0;
}

static int nowhere_two(cstn__vfs *vfs, const char *from, const char *to)
{
	(void)vfs;
	(void)from;
	(void)to;
	return 0;
}

static int nowhere_list(cstn__vfs *vfs, const char *path,
		int (*each)(void *context, const char *name), void *context)
{
	(void)vfs;
	(void)path;
	(void)each;
	(void)context;
	return 0;
}

static int nowhere_lock(cstn__vfs *vfs, cstn__vfs_file *file, uint64_t byte, int mode)
{
	(void)vfs;
	(void)file;
	(void)byte;
	(void)mode;
	return 0;
}

static int nowhere_is_network(cstn__vfs *vfs, const char *path, int *out)
{
	(void)vfs;
	(void)path;
	*out = 0;
	return 0;
}

static int nowhere_random(cstn__vfs *vfs, void *data, size_t size)
{
	(void)vfs;
	memset(data, 0, size);
	return 0;
}

static uint64_t nowhere_process(cstn__vfs *vfs)
{
	(void)vfs;
	return 0;
}

void cstn__vfs_nowhere_init(cstn__vfs *out)
{
	*out = (cstn__vfs){.open = nowhere_open,
			.close = nowhere_close,
			.read = nowhere_read,
			.write = nowhere_write,
			.size = nowhere_size,
			.sync = nowhere_file,
			.sync_data = nowhere_file,
			.sync_folder = nowhere_path,
			.make_folder = nowhere_path,
			.rename = nowhere_two,
			.link = nowhere_two,
			.unlink = nowhere_path,
			.list = nowhere_list,
			.lock = nowhere_lock,
			.is_network = nowhere_is_network,
			.random = nowhere_random,
			.process = nowhere_process};
}
