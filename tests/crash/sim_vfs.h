#ifndef TESTS_CRASH_SIM_VFS_H
#define TESTS_CRASH_SIM_VFS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "store/vfs.h"

/* A model disk under the store. What a program wrote is in the cache; what a sync confirmed is on
 * the disk; the rest may be on it in part. sim_crash() makes the disk that is found after a loss of
 * power: unsynced writes persist as any 64-byte pieces (of any version a piece had since), a file
 * may have grown over garbage, directory operations since the directory's sync persist as any
 * subset or prefix. A sync that is made to fail loses half and marks it clean, as Linux does.
 *
 * Nothing here reads a clock or a random source: everything follows from a seed. Buffers are
 * shared and copied on write, so that a clone of a small disk costs microseconds. */
#define SIM_PIECE 64u
#define SIM_NAME 40u

typedef struct sim_disk sim_disk; /* refcounted; the disk and its cache, and who holds locks */
typedef struct sim_vfs sim_vfs;   /* one process that uses a disk */

/* Kinds of calls, for the trace, the faults and the hook. */
typedef enum sim_kind {
	SIM_OPEN,   /* an existing file */
	SIM_CREATE, /* an open that made the file */
	SIM_CLOSE,
	SIM_READ,
	SIM_WRITE,
	SIM_SIZE,
	SIM_SYNC,
	SIM_SYNC_DATA,
	SIM_SYNC_FOLDER,
	SIM_MAKE_FOLDER,
	SIM_RENAME,
	SIM_LINK,
	SIM_UNLINK,
	SIM_LIST,
	SIM_LOCK,
	SIM_RANDOM,
	SIM_MAP,
	SIM_KINDS
} sim_kind;
const char *sim_kind_name(sim_kind kind);
int sim_kind_writes(sim_kind kind); /* 1: changes what a crash may leave */

/* Counter-based: the n-th number of a seed. */
uint64_t sim_random(uint64_t seed, uint64_t counter);
typedef struct sim_dice {
	uint64_t seed, counter;
} sim_dice;
uint64_t sim_dice_next(sim_dice *dice);
uint64_t sim_dice_below(sim_dice *dice, uint64_t n);

sim_disk *sim_disk_new(void); /* an empty root folder "/" */
sim_disk *sim_disk_ref(sim_disk *disk);
void sim_disk_unref(sim_disk *disk);
sim_disk *sim_disk_clone(sim_disk *disk); /* cache, disk and what is pending; no locks */
uint64_t sim_disk_hash(sim_disk *disk);   /* of names and cached bytes, whatever their inodes */

/* How much of what was not synced is found after the loss of power. */
typedef enum sim_loss {
	SIM_LOSS_ALL,    /* only what was synced is left */
	SIM_LOSS_NONE,   /* everything got there */
	SIM_LOSS_PREFIX, /* writes and directory operations in order, up to a point */
	SIM_LOSS_RANDOM, /* any pieces, any subset */
	SIM_LOSSES
} sim_loss;
const char *sim_loss_name(sim_loss loss);
sim_disk *sim_crash(sim_disk *disk, sim_loss loss, uint64_t seed);

/* Files from outside, for tests that damage them: bytes of the cache, and a replacement that is
 * durable. NULL if it is not there; the bytes live until the file changes. */
const uint8_t *sim_disk_bytes(sim_disk *disk, const char *path, uint64_t *size);
void sim_disk_put(sim_disk *disk, const char *path, const void *data, uint64_t size);
void sim_disk_remove(sim_disk *disk, const char *path); /* durably */
int sim_disk_list(sim_disk *disk, const char *folder, void (*each)(void *context, const char *name),
		void *context); /* 0, or ENOENT */
int sim_disk_exists(sim_disk *disk, const char *path);
int sim_disk_is_dirty(sim_disk *disk); /* 1: a loss of power would change what is seen */

/* The nth call (from 1) that fits `kinds` (bits 1 << kind) and has `name` in its path (NULL: any)
 * fails. */
#define SIM_SHORT (-1)
typedef struct sim_fault {
	uint32_t kinds;
	const char *name;
	uint64_t nth; /* 0: no fault */
	int error;    /* errno, or SIM_SHORT: half is read or written, with success */
	int for_ever; /* 1: all from the nth on; after a short write the rest is ENOSPC */
} sim_fault;

typedef struct sim_call {
	sim_kind kind;
	uint32_t flags; /* of an open; the mode of a lock */
	int result;
	char name[SIM_NAME];  /* last part of the path */
	char other[SIM_NAME]; /* target of a rename or link */
	uint64_t offset, size;
} sim_call;

struct sim_vfs {
	cstn__vfs vfs; /* hand out &sim->vfs */
	sim_disk *disk;
	uint64_t seed, randoms; /* for vfs.random */
	uint64_t process;       /* change it to be a forked child */
	int dead;               /* 1: every call fails with EIO and does nothing */
	sim_fault faults[2];
	uint64_t fault_seen[2], fault_fired[2];
	uint64_t calls[SIM_KINDS];
	sim_call *trace; /* when tracing is on */
	size_t n_trace, trace_capacity;
	int tracing;
	/* Called before every call that writes, without the disk's lock; NULL: none. */
	void (*before)(void *context, sim_vfs *sim, const sim_call *call);
	void *context;
	struct cstn__vfs_file *files; /* open ones */
};

sim_vfs *sim_vfs_new(sim_disk *disk, uint64_t seed); /* takes a reference */
/* Drops the locks of this process and its reference to the disk. Files may still be closed while
 * it is dead, see sim_vfs_kill(). */
void sim_vfs_free(sim_vfs *sim);
/* The process ends here: locks are dropped, the cache stays, later calls fail and do nothing. */
void sim_vfs_kill(sim_vfs *sim);
void sim_vfs_trace_clear(sim_vfs *sim);
uint64_t sim_vfs_open_files(const sim_vfs *sim);

void *test_alloc(size_t size); /* zeroed; ends the program when there is none */
void *test_grow(void *memory, size_t *capacity, size_t wanted, size_t item);

#endif
