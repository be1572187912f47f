/* The real disk, by POSIX calls. One call of the vfs is one system call wherever that is possible,
 * and nothing is retried or hidden: what to do about a short write or an interrupted sync is the
 * store's to decide, and the tests' model disk answers the same calls.
 *
 * Locks bind to the open file (F_OFD_SETLK), so that closing some other descriptor of the same file
 * does not drop them and two opens in one process exclude each other. Where there is no such lock,
 * flock() takes the whole file for all bytes together: readers then wait for the writer's end. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* F_OFD_SETLK, MADV_WIPEONFORK */
#endif
#include "store/vfs.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#ifdef __linux__
#include <sys/vfs.h>
#else
#include <sys/mount.h>
#include <sys/param.h>
#endif
#include <unistd.h>

#include "base/alloc.h"

#if defined(F_OFD_SETLK) && !defined(CSTN_VFS_WHOLE_FILE_LOCKS)
#define LOCKS_BYTES 1
#else
#define LOCKS_BYTES 0
#endif

#define LARGEST_CALL ((size_t)1 << 30) /* Linux moves at most 2 GiB less a page in one call */
#define LARGEST_RANDOM 256             /* of getentropy() */
#define LOCK_BYTES 16                  /* bytes that can be locked in a whole-file lock */

struct cstn__vfs_file {
	int descriptor;
	uint8_t modes[LOCK_BYTES]; /* whole-file locks: what each byte is held for */
};

static const cstn_allocator *allocator_of(const cstn__vfs *vfs)
{
	return &((const cstn__vfs_posix *)vfs)->allocator;
}

static int posix_open(cstn__vfs *vfs, const char *path, uint32_t flags, cstn__vfs_file **out)
{
	cstn__vfs_file *file = cstn__alloc_zero(allocator_of(vfs), sizeof(*file));
	int mode = O_CLOEXEC | (flags & CSTN__VFS_WRITE ? O_RDWR : O_RDONLY);
	int reason;

	if (!file)
		return ENOMEM;
	if (flags & CSTN__VFS_CREATE)
		mode |= O_CREAT;
	if (flags & CSTN__VFS_EXCLUSIVE)
		mode |= O_EXCL;
	file->descriptor = open(path, mode, 0666);
	if (file->descriptor < 0) {
		reason = errno;
		cstn__free(allocator_of(vfs), file, sizeof(*file));
		return reason;
	}
	*out = file;
	return 0;
}

static void posix_close(cstn__vfs *vfs, cstn__vfs_file *file)
{
	if (!file)
		return;
	(void)close(file->descriptor); /* what had to be kept was synced before */
	cstn__free(allocator_of(vfs), file, sizeof(*file));
}

_Static_assert(sizeof(off_t) == 8, "file offsets have 64 bits");

/* Whether `size` bytes at `offset` can be named to the system. */
static int is_offset(uint64_t offset, size_t size)
{
	return offset <= (uint64_t)INT64_MAX - size;
}

static int posix_read(cstn__vfs *vfs, cstn__vfs_file *file, void *data, size_t size,
		uint64_t offset, size_t *got)
{
	ssize_t n;

	(void)vfs;
	if (size > LARGEST_CALL)
		size = LARGEST_CALL;
	if (!is_offset(offset, size))
		return EFBIG;
	n = pread(file->descriptor, data, size, (off_t)offset);
	if (n < 0)
		return errno;
	*got = (size_t)n;
	return 0;
}

static int posix_write(cstn__vfs *vfs, cstn__vfs_file *file, const void *data, size_t size,
		uint64_t offset, size_t *put)
{
	ssize_t n;

	(void)vfs;
	if (size > LARGEST_CALL)
		size = LARGEST_CALL;
	if (!is_offset(offset, size))
		return EFBIG;
	n = pwrite(file->descriptor, data, size, (off_t)offset);
	if (n < 0)
		return errno;
	*put = (size_t)n;
	return 0;
}

static int posix_size(cstn__vfs *vfs, cstn__vfs_file *file, uint64_t *out)
{
	struct stat what;

	(void)vfs;
	if (fstat(file->descriptor, &what) != 0)
		return errno;
	if (S_ISDIR(what.st_mode))
		return EISDIR;
	*out = (uint64_t)what.st_size;
	return 0;
}

static int sync_descriptor(int descriptor)
{
#ifdef F_FULLFSYNC
	/* fsync() alone leaves the bytes in the drive's cache here. */
	if (fcntl(descriptor, F_FULLFSYNC) == 0)
		return 0;
	if (errno != ENOTSUP && errno != EINVAL)
		return errno;
#endif
	return fsync(descriptor) == 0 ? 0 : errno;
}

static int posix_sync(cstn__vfs *vfs, cstn__vfs_file *file)
{
	(void)vfs;
	return sync_descriptor(file->descriptor);
}

static int posix_sync_data(cstn__vfs *vfs, cstn__vfs_file *file)
{
	(void)vfs;
#ifdef __linux__
	return fdatasync(file->descriptor) == 0 ? 0 : errno;
#else
	return sync_descriptor(file->descriptor);
#endif
}

static int posix_sync_folder(cstn__vfs *vfs, const char *path)
{
	int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int reason;

	(void)vfs;
	if (descriptor < 0)
		return errno;
	reason = sync_descriptor(descriptor);
	(void)close(descriptor);
	return reason;
}

static int posix_make_folder(cstn__vfs *vfs, const char *path)
{
	(void)vfs;
	return mkdir(path, 0777) == 0 ? 0 : errno;
}

static int posix_rename(cstn__vfs *vfs, const char *from, const char *to)
{
	(void)vfs;
	return rename(from, to) == 0 ? 0 : errno;
}

static int posix_link(cstn__vfs *vfs, const char *from, const char *to)
{
	(void)vfs;
	return link(from, to) == 0 ? 0 : errno;
}

static int posix_unlink(cstn__vfs *vfs, const char *path)
{
	(void)vfs;
	return unlink(path) == 0 ? 0 : errno;
}

static int posix_list(cstn__vfs *vfs, const char *path,
		int (*each)(void *context, const char *name), void *context)
{
	int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int reason = 0;
	struct dirent *entry;
	DIR *folder;

	(void)vfs;
	if (descriptor < 0)
		return errno;
	folder = fdopendir(descriptor);
	if (!folder) {
		reason = errno;
		(void)close(descriptor);
		return reason;
	}
	for (;;) {
		errno = 0;
		entry = readdir(folder);
		if (!entry) {
			reason = errno;
			break;
		}
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (each(context, entry->d_name) != 0)
			break;
	}
	(void)closedir(folder);
	return reason;
}

#if LOCKS_BYTES
static int posix_lock(cstn__vfs *vfs, cstn__vfs_file *file, uint64_t byte, int mode)
{
	struct flock lock = {.l_whence = SEEK_SET, .l_len = 1};

	(void)vfs;
	if (!is_offset(byte, 1))
		return EFBIG;
	lock.l_start = (off_t)byte;
	lock.l_type = mode == CSTN__VFS_UNLOCK   ? F_UNLCK
		      : mode == CSTN__VFS_SHARED ? F_RDLCK
						 : F_WRLCK;
	if (fcntl(file->descriptor, F_OFD_SETLK, &lock) == 0)
		return 0;
	return errno == EACCES ? EAGAIN : errno;
}
#else
/* One lock for all bytes: as strong as the strongest of them, so that letting go of one byte keeps
 * what another holds. */
static int posix_lock(cstn__vfs *vfs, cstn__vfs_file *file, uint64_t byte, int mode)
{
	int before = CSTN__VFS_UNLOCK, after = mode;

	(void)vfs;
	if (byte >= LOCK_BYTES)
		return EINVAL;
	for (uint64_t i = 0; i < LOCK_BYTES; i++) {
		if (file->modes[i] > before)
			before = file->modes[i];
		if (i != byte && file->modes[i] > after)
			after = file->modes[i];
	}
	if (after != before &&
			flock(file->descriptor,
					LOCK_NB | (after == CSTN__VFS_UNLOCK ? LOCK_UN
								  : after == CSTN__VFS_SHARED
										  ? LOCK_SH
										  : LOCK_EX)) != 0)
		return errno == EWOULDBLOCK ? EAGAIN : errno;
	file->modes[byte] = (uint8_t)mode;
	return 0;
}
#endif

#ifdef __linux__
static int posix_is_network(cstn__vfs *vfs, const char *path, int *out)
{
	/* f_type of statfs(2): NFS, SMB in its three numbers, 9p, FUSE, AFS (two), Coda, Ceph,
	 * NetWare, GFS2, OCFS2, Lustre, GPFS, PanFS, folders shared with a virtual machine's host.
	 */
	static const uint32_t types[] = {0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997,
			0x65735546, 0x5346414f, 0x6b414653, 0x73757245, 0x00c36400, 0x564c,
			0x01161970, 0x7461636f, 0x0bd00bd0, 0x47504653, 0xaad7aaea, 0x786f4256};
	struct statfs what;

	(void)vfs;
	if (statfs(path, &what) != 0)
		return errno;
	*out = 0;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if ((uint32_t)what.f_type == types[i])
			*out = 1;
	return 0;
}
#else
static int posix_is_network(cstn__vfs *vfs, const char *path, int *out)
{
	struct statfs what;

	(void)vfs;
	if (statfs(path, &what) != 0)
		return errno;
	*out = !(what.f_flags & MNT_LOCAL);
	return 0;
}
#endif

static int posix_random(cstn__vfs *vfs, void *data, size_t size)
{
	uint8_t *at = data;

	(void)vfs;
	while (size > 0) {
		size_t part = size < LARGEST_RANDOM ? size : LARGEST_RANDOM;

		if (getentropy(at, part) != 0)
			return errno;
		at += part;
		size -= part;
	}
	return 0;
}

static uint64_t posix_process(cstn__vfs *vfs)
{
	const cstn__vfs_posix *posix = (const cstn__vfs_posix *)vfs;

	if (!posix->mark)
		return (uint64_t)getpid();
	return *posix->mark ? posix->first_process : ~posix->first_process;
}

static size_t page_size(void)
{
	long size = sysconf(_SC_PAGESIZE);

	return size > 0 ? (size_t)size : 4096;
}

/* A page that reads 1 here and 0 in every forked child, or NULL. */
static volatile uint8_t *make_mark(void)
{
#ifdef MADV_WIPEONFORK
	uint8_t *page = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	if (page == MAP_FAILED)
		return NULL;
	if (madvise(page, page_size(), MADV_WIPEONFORK) != 0) {
		(void)munmap(page, page_size());
		return NULL;
	}
	*page = 1;
	return page;
#else
	return NULL;
#endif
}

void cstn__vfs_posix_init(cstn__vfs_posix *out, const cstn_allocator *allocator)
{
	cstn_status status;

	memset(out, 0, sizeof(*out));
	status = cstn__allocator_read(allocator, &out->allocator, NULL);
	assert(status == CSTN_OK);
	(void)status;
	out->vfs = (cstn__vfs){.open = posix_open,
			.close = posix_close,
			.read = posix_read,
			.write = posix_write,
			.size = posix_size,
			.sync = posix_sync,
			.sync_data = posix_sync_data,
			.sync_folder = posix_sync_folder,
			.make_folder = posix_make_folder,
			.rename = posix_rename,
			.link = posix_link,
			.unlink = posix_unlink,
			.list = posix_list,
			.lock = posix_lock,
			.is_network = posix_is_network,
			.random = posix_random,
			.process = posix_process};
	out->first_process = (uint64_t)getpid();
	out->mark = make_mark();
}

void cstn__vfs_posix_free(cstn__vfs_posix *vfs)
{
	if (!vfs || !vfs->mark)
		return;
	(void)munmap((void *)(uintptr_t)vfs->mark, page_size());
	vfs->mark = NULL;
}
