#ifndef CSTN_STORE_ENGINE_H
#define CSTN_STORE_ENGINE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "store/block_cache.h"
#include "store/deaths.h"
#include "store/key_slots.h"
#include "store/memory.h"
#include "store/segment.h"
#include "store/store.h"
#include "store/table_info.h"

/* What the parts of the engine share. Who may touch what:
 *
 *  - `turn` (the writer's turn) is held by one thread at a time: the leader of a group of commits,
 * a checkpoint, a sync, a close. It owns the log, the file numbers, the memory tables' growing ends
 * and the deaths.
 *  - `state_lock` is held for a few instructions: it guards `version`, `published`, `last_seq`, the
 *    list of snapshots.
 *  - readers hold a snapshot: a version, row counts and a sequence number. They take no lock. */

/* A segment as the engine holds it: refcounted, with the deaths of its rows. */
typedef struct cstn__part {
	_Atomic uint32_t refs;
	cstn_allocator allocator;
	cstn__segment *segment;
	cstn__deaths deaths;
	uint64_t file_no, size, rows, child_rows, min_seq, max_seq;
	uint64_t dead_file_no, dead_size; /* 0: no file of dead rows */
	uint64_t dead_written;            /* deaths that the file holds */
	uint64_t dead_max_seq;
	uint8_t seal[16];
	int compacting;           /* under `turn` */
	cstn__block_cache *cache; /* the store's */
	cstn__cached_slots slots; /* in it */
	/* Columns of the row space, but those of the key, that have a value in some row. */
	struct cstn__part_column {
		uint32_t id;
		uint32_t number; /* among the segment's */
		int is_text;
	} * valued;
	size_t n_valued, valued_capacity;
} cstn__part;
cstn__part *cstn__part_ref(cstn__part *part);
void cstn__part_unref(cstn__part *part);

/* Which memory table and segments make up each table. Immutable; segments oldest first. */
typedef struct cstn__version_table {
	cstn__memory *memory;
	cstn__part **parts;
	size_t n_parts, parts_capacity;
} cstn__version_table;
typedef struct cstn__version {
	_Atomic uint32_t refs;
	cstn_allocator allocator;
	uint64_t manifest_no;
	struct cstn__derived **derived; /* files by target, then number; derived_file.h */
	size_t n_derived, derived_capacity;
	size_t n_tables;
	cstn__version_table tables[];
} cstn__version;
/* Room for n_tables; `parts` is for the caller to fill. */
cstn__version *cstn__version_new(const cstn_allocator *allocator, size_t n_tables);
void cstn__version_unref(cstn__version *version);

struct cstn__snapshot {
	_Atomic uint32_t refs;
	cstn__store *store;
	cstn__version *version;
	uint64_t seq;
	cstn__snapshot *previous, *next; /* of the store; under state_lock */
	uint64_t rows[];                 /* of the memory table, by table */
};

/* A commit that waits for its leader, on the stack of its caller. */
typedef struct cstn__request {
	cstn__transaction *transaction;
	struct cstn__request *next;
	pthread_cond_t wake;
	cstn_status status;
	cstn_error *error;
	uint64_t seq;
	int done, leads;
} cstn__request;

/* A file of key slots, or the like of one in memory. */
typedef struct cstn__slot_file {
	cstn__slot_header header;
	uint64_t size;     /* bytes, the file's header included */
	uint32_t next;     /* number of the next slot to give */
	uint32_t settled;  /* as the manifest had it: slots below are committed or never will be */
	uint32_t doubtful; /* slots from here may be half written by a commit that failed */
	int must_sync;     /* written since the last sync */
	/* key_over.c, under the turn; slots below `dead_below` are erased or were never filled. */
	uint32_t dead_below;
	int may_be_over;      /* it is worth a look: opened, or erased from, since the last one */
	int leaving;          /* the manifest that is being written says that it is over */
	int over;             /* no slot of it holds anything, and it has no file */
	cstn__vfs_file *file; /* NULL: in memory, or over */
	uint8_t **pages;      /* then these */
	size_t pages_capacity;
} cstn__slot_file;

typedef struct cstn__slots {
	pthread_mutex_t lock; /* of all here, and of reading and writing slots; never during a sync
			       */
	CSTN__ARRAY(cstn__slot_file) files; /* only who has the turn adds to them */
	cstn__transaction *open;            /* those with slots that are not committed */
	CSTN__ARRAY(uint64_t) erasing;      /* committed as erased, perhaps not zeros yet */
	cstn__slot_log log;                 /* of recovery; a read-only handle's */
	CSTN__ARRAY(int64_t) numbers;       /* for the log */
	uint32_t wanted; /* a checkpoint is to make a file of slots of this size */
	cstn__slot_file made;
} cstn__slots;

/* Of a transaction. */
typedef struct cstn__slot_put {
	uint64_t slot;
	uint32_t size;
	uint8_t data[CSTN__SLOT_BYTES_MAX];
} cstn__slot_put;
typedef struct cstn__transaction_slots {
	cstn__transaction *previous, *next; /* while `open` */
	int open;                           /* it has slots that are not committed */
	int written;                        /* a commit began to write them */
	cstn__slot_put *puts;
	size_t n_puts, puts_capacity;
	CSTN__ARRAY(uint64_t) erased;
} cstn__transaction_slots;

struct cstn__durable; /* durable.h */

struct cstn__store {
	_Atomic uint32_t refs;
	cstn_allocator allocator;
	cstn__store_options options;
	cstn__store_schema schema; /* in `arena` */
	cstn__arena arena;
	cstn__table_info *tables;
	size_t n_tables;
	uint8_t uuid[16];
	struct cstn__durable *durable; /* NULL: in memory */
	cstn__slots slots;

	pthread_mutex_t queue_lock;
	cstn__request *queue, **queue_end;
	int turn_taken;
	pthread_cond_t turn_free; /* for those who wait for the turn outside the queue */
	uint32_t turn_waiters;

	pthread_mutex_t state_lock;
	cstn__version *version;
	uint64_t *published; /* rows of the memory table, by table */
	uint64_t last_seq;
	cstn__snapshot *snapshots;
	_Atomic uint32_t state; /* CSTN__STORE_STATE_ */
};

/* CSTN_E_FORKED, CSTN_E_STATE after close. */
cstn_status cstn__store_may_read(const cstn__store *store, cstn_error **error);
/* The above, CSTN_E_READ_ONLY, CSTN_E_POISONED. */
cstn_status cstn__store_may_write(const cstn__store *store, cstn_error **error);
cstn_status cstn__store_table_find(const cstn__store *store, uint32_t table,
		const cstn__table_info **out, cstn_error **error);

/* Empty tables of store->schema, and none. */
cstn_status cstn__store_start_tables(cstn__store *store, cstn_error **error);
void cstn__store_drop_tables(cstn__store *store);

/* The writer's turn, for what is not a commit. */
void cstn__turn_take(cstn__store *store);
void cstn__turn_give(cstn__store *store);

/* One change of a transaction: its own copy of a batch, the key hash of each row. */
typedef struct cstn__change {
	uint32_t op;     /* CSTN__OP_ */
	int32_t threads; /* at most, where there are many rows; 0 is 1 */
	const cstn__table_info *table;
	cstn__store_batch batch;
	uint64_t *hashes; /* NULL: the table has no key */
	/* Of the transaction of each row, when they differ: in a replay. NULL: one for all. */
	const uint64_t *seqs;
	uint8_t *spaces; /* of the batch's columns */
	void *memory;
	size_t memory_size;
	/* The segment rows that this change may kill, found before the commit: by row of the
	 * batch, part NULL where there is none. NULL: no segment holds any. */
	struct cstn__hit {
		cstn__part *part;
		uint32_t row;
	} * hits;
} cstn__change;
/* On up to `threads` threads. */
cstn_status cstn__change_copy(const cstn__store *store, uint32_t op, uint32_t table,
		const cstn__store_batch *batch, int32_t threads, cstn__change *out,
		cstn_error **error);
void cstn__change_free(const cstn__store *store, cstn__change *change);

/* Commit only if the live version of this key is of transaction `seq`. */
typedef struct cstn__requirement {
	const cstn__table_info *table;
	cstn__values *key; /* n_key columns of one row, in `memory` */
	uint64_t hash, seq;
	void *memory;
	size_t memory_size;
} cstn__requirement;

struct cstn__transaction {
	cstn__store *store;
	CSTN__ARRAY(cstn__change) changes;
	CSTN__ARRAY(cstn__requirement) requirements;
	uint64_t rows;
	int32_t threads; /* at most, to copy, hash and write many rows */
	cstn__transaction_slots slots;
};
void cstn__transaction_clear(cstn__transaction *transaction);

/* The parts of a commit that memory and recovery share. _reserve() may fail and changes nothing
 * that shows; _apply() cannot fail after it. */
cstn_status cstn__change_reserve(cstn__store *store, cstn__change *change, cstn_error **error);
void cstn__change_apply(cstn__store *store, const cstn__change *change, uint64_t seq);
void cstn__reserve_cancel(cstn__store *store);
/* Show what was applied up to `seq` to new snapshots. */
void cstn__publish(cstn__store *store, uint64_t seq);

/* Blocks of a row that are in the cache and will be read, held since before the row's key was
 * compared: what they wait for is then fetched all at once. */
#define CSTN__HOLD_MAX 64u
typedef struct cstn__hold {
	const cstn__table_info *table;
	/* Those that are wanted; key columns are not held. NULL: all of part->valued that are not
	 * one number in the whole chunk. */
	const uint32_t *columns;
	size_t n;                             /* at most CSTN__HOLD_MAX of them */
	size_t n_held;                        /* the first so many of `blocks` have been filled */
	cstn__cached *blocks[CSTN__HOLD_MAX]; /* NULL: not held */
} cstn__hold;
void cstn__hold_row(cstn__hold *hold, cstn__part *part, uint32_t chunk, uint32_t row);
void cstn__hold_drop(cstn__hold *hold);
/* Begin to fetch what reading the row will need. */
void cstn__packed_prefetch(const cstn__packed_block *block, uint32_t row);

/* Where a key's row is. `part` NULL: in the memory table. */
typedef struct cstn__place {
	cstn__part *part;
	uint64_t row;
	uint32_t chunk, within; /* of a part */
	cstn__hold *hold;       /* given: NULL, or filled for a row of a part */
} cstn__place;
/* Of which transaction the row is. */
cstn_status cstn__place_seq(const cstn__table_info *table, const cstn__memory *memory,
		const cstn__place *place, uint64_t *seq, cstn_error **error);
/* The newest row of a key that is visible in (version, rows, seq) as of a time. 1 in *found. */
/* Find the rows of segments that a change may kill, and get room for their deaths. */
cstn_status cstn__hits_find(cstn__store *store, cstn__change *change, cstn_error **error);
cstn_status cstn__part_find(cstn__part *part, const cstn__probe *probe,
		const cstn__table_info *table, uint64_t seq, int64_t as_of_us, uint64_t hash,
		const cstn__values *key, uint64_t key_row, cstn__place *out, int *found,
		cstn_error **error);
/* The block of a column of a chunk, which the table declares at `position`; NULL if it has no value
 * there. To be put back. */
cstn_status cstn__part_block(cstn__part *part, uint32_t chunk, uint32_t column, uint32_t position,
		cstn__cached **out, cstn_error **error);
/* A row of a part, of which `hold` holds part->valued, as values; it takes over what is held. */
cstn_status cstn__whole_row_take(
		const cstn__place *place, cstn__whole_row *row, cstn_error **error);
/* The row at a place as a chunk of one row. `room` NULL: in memory of its own. */
cstn_status cstn__row_read(cstn__snapshot *snapshot, const cstn__table_info *table,
		const cstn__place *place, const cstn__values *key,
		const cstn__scan_options *options, cstn__found_room *room, cstn__scan **scan,
		cstn__scan_chunk *chunk, cstn_error **error);
/* The latest of *last_us and the times of a key's rows: when a dead one died, an alive one was
 * recorded. */
cstn_status cstn__part_last_time(cstn__part *part, const cstn__table_info *table, uint64_t seq,
		uint64_t hash, const cstn__values *key, int64_t *last_us, cstn_error **error);
/* The chunk of a segment that holds a row, and the row's number within it. */
uint32_t cstn__part_chunk_of(const cstn__part *part, uint32_t row, uint32_t *within);
/* The row before this one in the chain that has the same key; -1: none. */
int64_t cstn__same_key(
		const cstn__memory *memory, uint32_t before, const cstn__values *key, uint64_t row);
/* The recorded times of a change's rows; NULL: the table has none. */
const int64_t *cstn__change_recorded(const cstn__change *change);
/* What a batch must be to fit its table; hashes of its keys. */
cstn_status cstn__change_check(const cstn__table_info *table, uint32_t op,
		const cstn__store_batch *batch, cstn_error **error);
cstn_status cstn__change_hash(const cstn__store *store, cstn__change *change, cstn_error **error);
cstn_status cstn__key_find(const cstn__table_info *table, const cstn__version_table *version,
		uint64_t memory_rows, uint64_t seq, int64_t as_of_us, uint64_t hash,
		const cstn__values *key, uint64_t key_row, cstn__place *out, int *found,
		cstn_error **error);

#endif
