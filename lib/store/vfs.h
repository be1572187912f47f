#ifndef CSTN_STORE_VFS_H
#define CSTN_STORE_VFS_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>

/* Every touch of a disk goes through here, so that the tests can run the same store over a model
 * disk that crashes, tears and lies (spec of the tests: tests/crash).
 *
 * All functions return 0 or a positive errno value. EINTR is returned, never retried here: the
 * store retries it for open, read and write, and counts it as a failure of a sync. Paths are UTF-8
 * as the host gave them. Functions of one vfs may be called from any thread; one file is written
 * by one thread at a time. */
#define CSTN__VFS_READ 0u
#define CSTN__VFS_WRITE 1u     /* read and write */
#define CSTN__VFS_CREATE 2u    /* make it if it is not there */
#define CSTN__VFS_EXCLUSIVE 4u /* with CREATE: EEXIST if it is there */

#define CSTN__VFS_UNLOCK 0
#define CSTN__VFS_SHARED 1
#define CSTN__VFS_EXCLUDE 2

typedef struct cstn__vfs cstn__vfs;
typedef struct cstn__vfs_file cstn__vfs_file; /* opaque; each vfs has its own */

struct cstn__vfs {
	void *user;
	/* Descriptors are O_CLOEXEC; files get mode 0666, folders 0777, less the umask. */
	int (*open)(cstn__vfs *vfs, const char *path, uint32_t flags, cstn__vfs_file **out);
	void (*close)(cstn__vfs *vfs, cstn__vfs_file *file); /* never unlocks on purpose; frees */
	/* May give or take fewer bytes than asked, with 0; 0 bytes read is the end of the file. */
	int (*read)(cstn__vfs *vfs, cstn__vfs_file *file, void *data, size_t size, uint64_t offset,
			size_t *got);
	int (*write)(cstn__vfs *vfs, cstn__vfs_file *file, const void *data, size_t size,
			uint64_t offset, size_t *put);
	int (*size)(cstn__vfs *vfs, cstn__vfs_file *file, uint64_t *out);
	int (*sync)(cstn__vfs *vfs, cstn__vfs_file *file);      /* data and metadata: fsync */
	int (*sync_data)(cstn__vfs *vfs, cstn__vfs_file *file); /* fdatasync, F_FULLFSYNC */
	int (*sync_folder)(cstn__vfs *vfs, const char *path);
	int (*make_folder)(cstn__vfs *vfs, const char *path); /* EEXIST is an error as others */
	int (*rename)(cstn__vfs *vfs, const char *from, const char *to);
	int (*link)(cstn__vfs *vfs, const char *from, const char *to);
	int (*unlink)(cstn__vfs *vfs, const char *path);
	/* Calls `each` with every name but "." and ".."; stops when it returns other than 0. */
	int (*list)(cstn__vfs *vfs, const char *path, int (*each)(void *context, const char *name),
			void *context);
	/* One byte of the file, never waiting: EAGAIN when another open file holds it. Bound to the
	 * open file, not to the process (F_OFD_SETLK). */
	int (*lock)(cstn__vfs *vfs, cstn__vfs_file *file, uint64_t byte, int mode);
	int (*is_network)(cstn__vfs *vfs, const char *path, int *out); /* NFS, SMB, 9p, FUSE */
	int (*random)(cstn__vfs *vfs, void *data, size_t size); /* salts and uuids, no results */
	uint64_t (*process)(cstn__vfs *vfs);                    /* differs in a forked child */
};

/* POSIX. _init() fills `out`, which must not move while it is used; its files use `allocator`
 * (copied; NULL is libc's). Where the kernel can wipe a page in a forked child, process() reads
 * such a page instead of asking the kernel at every call; _free() gives it back. On Linux, locks
 * bind to the open file and to one byte; elsewhere to the open file as a whole, so that there
 * readers and a writer shut each other out. */
typedef struct cstn__vfs_posix {
	cstn__vfs vfs;
	cstn_allocator allocator;
	volatile uint8_t *mark; /* 1 here, 0 in a forked child; NULL: there is none, ask getpid() */
	uint64_t first_process;
} cstn__vfs_posix;
void cstn__vfs_posix_init(cstn__vfs_posix *out, const cstn_allocator *allocator);
void cstn__vfs_posix_free(cstn__vfs_posix *vfs); /* of a forked child too; NULL is allowed */

#endif
