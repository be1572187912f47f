#ifndef TESTS_CRASH_SIM_DISK_H
#define TESTS_CRASH_SIM_DISK_H

#include "sim_vfs.h"

/* What sim_disk.c, sim_crash.c and sim_vfs.c share. The caller of sim_find(), sim_walk() and
 * sim_do_...() holds the disk's mutex, or is alone with it. */
typedef struct sim_buffer {
	uint32_t refs;
	uint64_t size, capacity;
	uint8_t *data;
} sim_buffer;
sim_buffer *sim_buffer_new(const void *data, uint64_t size);
sim_buffer *sim_buffer_ref(sim_buffer *buffer);
void sim_buffer_unref(sim_buffer *buffer);
/* In place of one that others have too; zeros where nothing was before. */
void sim_buffer_write(sim_buffer **buffer, const void *data, uint64_t size, uint64_t offset);

typedef struct sim_write {
	uint64_t order, offset;
	sim_buffer *data;
} sim_write;

typedef struct sim_op {
	uint64_t order;
	uint32_t inode;
	int remove;
	char name[SIM_NAME];
	char from[SIM_NAME]; /* of a rename; else empty */
} sim_op;

typedef struct sim_entry {
	char name[SIM_NAME];
	uint32_t inode;
} sim_entry;
typedef struct sim_entries {
	sim_entry *items;
	size_t n, capacity;
} sim_entries;

typedef struct sim_inode {
	int folder;
	int diverged; /* a failed sync dropped pieces that the cache still shows */
	sim_buffer *durable, *cache;
	sim_write *writes; /* pending, oldest first */
	size_t n_writes, write_capacity;
	sim_entries now, kept; /* of a folder: as seen, as on the disk */
	sim_op *ops;           /* pending, oldest first */
	size_t n_ops, op_capacity;
} sim_inode;

typedef struct sim_lock {
	uint32_t inode;
	uint64_t byte;
	int mode;
	const void *holder; /* the open file */
} sim_lock;

struct sim_disk {
	uint32_t refs;
	pthread_mutex_t mutex;
	uint64_t order;
	sim_inode **inodes; /* 0 is the root; NULL where nothing leads to */
	size_t n_inodes, inode_capacity;
	sim_lock *locks;
	size_t n_locks, lock_capacity;
};

sim_inode *sim_inode_new(sim_disk *disk, int folder, uint32_t *number);
void sim_inode_forget_pending(sim_inode *inode);
void sim_entries_copy(sim_entries *to, const sim_entries *from);
void sim_op_apply(sim_entries *entries, const sim_op *op);

int sim_walk(sim_disk *disk, const char *path, uint32_t *folder, char last[SIM_NAME]);
int sim_find(sim_disk *disk, const char *path, uint32_t *out);
int sim_do_create(sim_disk *disk, const char *path, int folder, uint32_t *out);
int sim_do_rename(sim_disk *disk, const char *from, const char *to);
int sim_do_link(sim_disk *disk, const char *from, const char *to);
int sim_do_unlink(sim_disk *disk, const char *path);
void sim_do_write(sim_disk *disk, uint32_t inode, const void *data, uint64_t size, uint64_t offset);
void sim_do_sync(sim_disk *disk, uint32_t inode);
void sim_do_failed_sync(sim_disk *disk, uint32_t inode, uint64_t seed);
void sim_do_sync_folder(sim_disk *disk, uint32_t inode);
void sim_do_failed_sync_folder(sim_disk *disk, uint32_t inode, uint64_t seed);

#endif
