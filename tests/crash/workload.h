#ifndef TESTS_CRASH_WORKLOAD_H
#define TESTS_CRASH_WORKLOAD_H

#include "oracle.h"
#include "sim_vfs.h"

/* A store on a model disk together with its oracle, and the things that are done to it. While an
 * operation runs, the disk is cloned before every call that writes; the clones are crashed and
 * checked when the operation has ended and the order of its transactions is known. */
#define WORK_PATH "/store"

typedef enum work_op {
	WORK_COMMIT,     /* new rows in every table */
	WORK_GROUP,      /* three threads commit at once */
	WORK_UPSERT,     /* new versions of rows that a segment holds */
	WORK_DELETE,     /* keys that are there and one that is not */
	WORK_BULK,       /* more rows than the memory table may hold */
	WORK_SLOTS,      /* rows with bytes in key slots */
	WORK_ERASE,      /* of key slots */
	WORK_CHECKPOINT, /* */
	WORK_COMPACT,    /* */
	WORK_DERIVE,     /* derived columns of a table, some of them again */
	WORK_HOLD,       /* take a snapshot, or check and release the one that is held */
	WORK_BACKUP,     /* to another folder */
	WORK_REOPEN,     /* close, or drop the handle */
	WORK_OPS
} work_op;
const char *work_op_name(work_op op);

typedef struct work_capture {
	sim_disk *disk;
	uint64_t acked, issued, seen;
	work_op op;
	sim_call call; /* the one that had not happened yet */
} work_capture;

typedef struct workload {
	sim_vfs *sim;
	cstn__store *store;
	cstn__store_options options;
	oracle model;
	sim_dice dice;
	uint64_t acked;  /* a loss of power must keep these */
	uint64_t issued; /* and may keep these */
	uint64_t seen;   /* what readers saw of FULL and GROUP */
	cstn__snapshot *held;
	uint64_t key_files_gone; /* removed, as all their slots were erased */
	uint32_t n_backups;
	int capturing;
	uint32_t capture_of; /* one in so many calls; 0, 1: each */
	int in_memory;       /* 1: no disk; nothing is backed up or reopened */
	work_op op;
	pthread_mutex_t mutex;
	work_capture *captures;
	size_t n_captures, capture_capacity;
	char why[640];
} workload;

/* Options under which a few rows exercise everything. */
void work_options_small(cstn__store_options *options);
/* Opens the store on the disk (taking a reference); `model` is copied, NULL: an empty one. */
int work_begin(workload *work, sim_disk *disk, const oracle *model,
		const cstn__store_options *options, uint64_t seed);
/* What a transaction that failed leaves in the model is the caller's to settle. */
int work_do(workload *work, work_op op); /* 0, or -1 with why */
int work_open(workload *work);
void work_captures_free(workload *work);
void work_end(workload *work); /* drops the handle without closing */

/* Random changes; they follow from the dice and the model. */
void work_changes(workload *work, work_op op, oracle_transaction *out);
/* A store with rows in segments and in the log, made once and cloned. */
int work_base(workload *work, uint64_t seed);

#endif
