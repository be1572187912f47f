#ifndef CSTN_STORE_STORE_H
#define CSTN_STORE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/progress.h>
#include <constellation/status.h>

#include "store/block.h"
#include "store/table.h"
#include "store/vfs.h"

/* The store: what lib/network sees of lib/store. Append, upsert, delete, scan (now or as of a
 * time), look-up by key, snapshot. Many readers, one writer at a time; readers see a snapshot and
 * never wait for the writer. */
typedef struct cstn__store cstn__store;
typedef struct cstn__transaction cstn__transaction; /* one thread */
typedef struct cstn__snapshot cstn__snapshot;       /* refcounted, any thread */
typedef struct cstn__scan cstn__scan;               /* one thread */

#define CSTN__STORE_READ_ONLY 1u
#define CSTN__STORE_MUST_EXIST 2u
#define CSTN__STORE_MUST_BE_NEW 4u
#define CSTN__STORE_ALLOW_NETWORK 8u
#define CSTN__STORE_DEFER_CHECKPOINT 16u /* only _checkpoint(), _maintain() and _close() do */

#define CSTN__COMMIT_FULL 0
#define CSTN__COMMIT_GROUP 1
#define CSTN__COMMIT_NONE 2

typedef struct cstn__store_options {
	uint32_t flags;
	int32_t commit_level;
	int64_t group_us;          /* how long a leader waits for company under GROUP */
	uint64_t cache_bytes;      /* 0: 256 MiB */
	uint64_t checkpoint_bytes; /* of log or memory; 0: 64 MiB */
	uint64_t checkpoint_rows;  /* 0: 2^20 */
	uint64_t segment_rows;     /* least rows of a segment not folded into the next; 0: 65,536 */
	uint32_t keep_generations; /* manifests kept with their files, the newest included; 0: 1 */
	uint32_t slots_a_file;     /* key slots, at most 2^20; 0: 65,536 */
} cstn__store_options;

/* `vfs` NULL: in memory only, `path` NULL. The schema is copied. A stored schema that has more is
 * kept; one whose columns or keys differ is CSTN_E_SCHEMA. */
cstn_status cstn__store_open(cstn__vfs *vfs, const char *path, const cstn__store_schema *schema,
		const cstn__store_options *options, const cstn_allocator *allocator,
		cstn__store **out, cstn_error **error);
/* Checkpoint, mark clean, release the lock; the handle then only takes _unref, while snapshots stay
 * readable. */
cstn_status cstn__store_close(cstn__store *store, cstn_error **error);
cstn__store *cstn__store_ref(cstn__store *store);
void cstn__store_unref(cstn__store *store); /* the last one: as safe as a crash */

/* CSTN_E_FORKED: what a snapshot of it may fail for, also after close. Takes no lock. */
cstn_status cstn__snapshot_may_read(const cstn__store *store, cstn_error **error);
cstn_status cstn__store_sync(cstn__store *store, cstn_error **error);
cstn_status cstn__store_checkpoint(cstn__store *store, cstn_error **error);
/* Compaction, within `budget_us` of work as counted in bytes (INT64_MAX: all there is), keeping
 * rows that died at or after history_from_us (INT64_MIN: all). */
cstn_status cstn__store_maintain(cstn__store *store, int64_t history_from_us, uint64_t max_bytes,
		cstn_progress *progress, cstn_error **error);
/* The same of one table by its id; 0: all. */
cstn_status cstn__store_maintain_table(cstn__store *store, uint32_t table, int64_t history_from_us,
		uint64_t max_bytes, cstn_progress *progress, cstn_error **error);

typedef struct cstn__store_info {
	uint8_t uuid[16];
	uint64_t manifest_no, last_seq, log_bytes, segment_bytes, pinned_bytes, memory_bytes;
	uint64_t n_segments, n_dead_rows;
	uint64_t n_derived, derived_bytes;
	uint64_t n_derived_useless;                  /* found damaged or gone since the open */
	uint64_t key_bytes;                          /* of files of key slots */
	uint32_t compat, ro_compat, incompat, state; /* CSTN__STORE_STATE_ */
} cstn__store_info;
#define CSTN__STORE_STATE_OPEN 0u
#define CSTN__STORE_STATE_FULL 1u
#define CSTN__STORE_STATE_POISONED 2u
#define CSTN__STORE_STATE_READ_ONLY 3u
#define CSTN__STORE_STATE_CLOSED 4u
cstn_status cstn__store_info_get(cstn__store *store, cstn__store_info *out, cstn_error **error);

/* A private batch of changes; nothing is seen until _commit. The values are copied. Rows of one
 * transaction are applied in the order given; the last version of a key wins. */
cstn_status cstn__transaction_new(cstn__store *store, cstn__transaction **out, cstn_error **error);
/* How many threads take and commit many rows, at most; 1 unless told. What is stored is the same.
 */
void cstn__transaction_use(cstn__transaction *transaction, int32_t threads);
/* On a keyed table the same as _upsert. */
cstn_status cstn__transaction_append(cstn__transaction *transaction, uint32_t table,
		const cstn__store_batch *batch, cstn_error **error);
cstn_status cstn__transaction_upsert(cstn__transaction *transaction, uint32_t table,
		const cstn__store_batch *batch, cstn_error **error);
/* The batch holds the key columns and the recorded column (when it ceased to be). A key that is
 * not there is no error. */
cstn_status cstn__transaction_delete(cstn__transaction *transaction, uint32_t table,
		const cstn__store_batch *batch, cstn_error **error);
/* Commit only if the version of this key was written by transaction `seq` (0: no such key). The
 * key is row 0 of n_key values in the table's key order. */
cstn_status cstn__transaction_require(cstn__transaction *transaction, uint32_t table,
		const cstn__values *key, uint64_t seq, cstn_error **error);
/* CSTN_E_CONFLICT when a requirement fails. On success the sequence number; the transaction is
 * empty again and may be used for the next. On failure it keeps its changes, may be tried again. */
cstn_status cstn__transaction_commit(
		cstn__transaction *transaction, uint64_t *seq, cstn_error **error);
uint64_t cstn__transaction_rows(const cstn__transaction *transaction);
/* What it holds, to go back to: changes to rows and requirements that came later are dropped. Key
 * slots are not part of it. */
typedef struct cstn__transaction_mark {
	size_t changes, requirements;
} cstn__transaction_mark;
cstn__transaction_mark cstn__transaction_here(const cstn__transaction *transaction);
void cstn__transaction_cut(cstn__transaction *transaction, cstn__transaction_mark to);
void cstn__transaction_free(cstn__transaction *transaction); /* rolls back */

cstn_status cstn__snapshot_new(cstn__store *store, cstn__snapshot **out, cstn_error **error);
cstn__snapshot *cstn__snapshot_ref(cstn__snapshot *snapshot);
void cstn__snapshot_unref(cstn__snapshot *snapshot);
uint64_t cstn__snapshot_seq(const cstn__snapshot *snapshot);
/* 1 if no row of the table, dead ones included, has a value in the column: known from footers and
 * from the bits of the memory table; no block is read. */
int cstn__snapshot_is_empty(const cstn__snapshot *snapshot, uint32_t table, uint32_t column);

/* A range that every row given must touch; pushed to the zone maps. Chunks are left out only when
 * no row of theirs fits; rows of a chunk that is given are marked one by one. Nulls fit no range.
 */
typedef struct cstn__scan_range {
	uint32_t column; /* row space; numbers, or CSTN__COLUMN_SEQ */
	int64_t min, max;
} cstn__scan_range;
typedef struct cstn__scan_text {
	uint32_t column; /* row space text equal to */
	const char *text;
	size_t len;
} cstn__scan_text;
typedef struct cstn__scan_options {
	const uint32_t *columns; /* ids wanted, row or child space, CSTN__COLUMN_SEQ too */
	size_t n_columns;
	const cstn__scan_range *ranges;
	size_t n_ranges;
	const cstn__scan_text *texts;
	size_t n_texts;
	int64_t as_of_us; /* INT64_MAX: now */
	/* NULL, or derived columns that are given where there are any; outlives the scan */
	const struct cstn__derived_kind *derived;
	size_t n_late; /* the last so many columns come with _load_late() only */
} cstn__scan_options;

/* Up to 65,536 rows and their child rows. What it points to lives until the next _next or _free. */
typedef struct cstn__scan_chunk {
	uint64_t rows, child_rows;
	const uint64_t *visible; /* one bit a row: alive at as_of, in the snapshot, in all ranges */
	uint64_t n_visible;
	/* rows + 1: child rows of row i are [starts[i], starts[i + 1]); NULL: the table has none */
	const uint32_t *starts;
	const cstn__values *columns; /* in the order asked for; late ones empty until asked for */
	const cstn__values *derived; /* the kind's columns; NULL: none are there */
} cstn__scan_chunk;

cstn_status cstn__scan_new(cstn__snapshot *snapshot, uint32_t table,
		const cstn__scan_options *options, cstn__scan **out, cstn_error **error);
cstn_status cstn__scan_next(cstn__scan *scan, cstn__scan_chunk *chunk, cstn_error **error);
/* Fill the late columns of the chunk that _next() gave last. */
cstn_status cstn__scan_load_late(cstn__scan *scan, cstn_error **error);
/* Where decoded blocks shall lie, before the first _next; it outlives the scan. */
void cstn__scan_use(cstn__scan *scan, const cstn_allocator *blocks);
/* 1 and the memory of the numbers of column i of the chunk at hand, which the caller frees with the
 * allocator of _use, and into which the chunk's values point. 0: it is not the scan's to give. */
int cstn__scan_take(cstn__scan *scan, size_t column, cstn__block *out);
void cstn__scan_free(cstn__scan *scan);

/* The row of a key, as a chunk of one row with the columns asked for; CSTN_E_NOT_FOUND. The chunk
 * lives until `scan` is freed. */
cstn_status cstn__snapshot_find(cstn__snapshot *snapshot, uint32_t table, const cstn__values *key,
		const cstn__scan_options *options, cstn__scan **scan, cstn__scan_chunk *chunk,
		cstn_error **error);

/* The same in memory of the caller's, as long as it lasts, so that a look-up of a row that is small
 * asks for none. `scan` is freed as ever, and before `room` goes. */
typedef struct cstn__found_room {
	_Alignas(16) uint8_t bytes[8192];
} cstn__found_room;
cstn_status cstn__snapshot_find_in(cstn__snapshot *snapshot, uint32_t table,
		const cstn__values *key, const cstn__scan_options *options, cstn__found_room *room,
		cstn__scan **scan, cstn__scan_chunk *chunk, cstn_error **error);

/* A whole row by its key, quicker than all its columns: what it has no value in costs nothing.
 * Either `scan` is NULL and `values` are what it has besides its key, in any order; or it is a
 * chunk of one row with the columns asked for. */
#define CSTN__WHOLE_ROW_VALUES 64u
typedef struct cstn__whole_row_value {
	uint32_t column; /* id */
	uint32_t len;    /* of a text */
	int64_t number;
	int is_text;
	struct cstn__cached *block; /* what it is in; NULL: the number is all there is */
} cstn__whole_row_value;
typedef struct cstn__whole_row {
	cstn__scan *scan;
	cstn__scan_chunk chunk;
	cstn__whole_row_value values[CSTN__WHOLE_ROW_VALUES];
	size_t n;
	uint32_t within;
	cstn__found_room room;
} cstn__whole_row;
/* The text of values[i] into memory of CSTN__WHOLE_ROW_SLACK bytes more. */
#define CSTN__WHOLE_ROW_SLACK 16u
void cstn__whole_row_text(const cstn__whole_row *row, size_t i, uint8_t *out);
/* CSTN_E_NOT_FOUND. `row` is then dropped, once. */
cstn_status cstn__snapshot_whole_row(cstn__snapshot *snapshot, uint32_t table,
		const cstn__values *key, const cstn__scan_options *options, cstn__whole_row *row,
		cstn_error **error);
void cstn__whole_row_drop(cstn__whole_row *row);

/* When a key was last written or deleted, as its table records it, by transactions of the snapshot;
 * INT64_MIN if it never was. The key as in _find(). */
cstn_status cstn__snapshot_last_time(cstn__snapshot *snapshot, uint32_t table,
		const cstn__values *key, int64_t *last_us, cstn_error **error);

/* Tools (lib/store/tools_*.c). Reports are text for people, or JSON with `json` 1. */
cstn_status cstn__store_verify(cstn__vfs *vfs, const char *path, int json,
		const cstn_allocator *allocator, cstn_progress *progress, cstn_buffer **report,
		cstn_error **error); /* CSTN_E_CORRUPT with the report when something is damaged */
cstn_status cstn__store_dump(cstn__vfs *vfs, const char *file, const cstn_allocator *allocator,
		cstn_buffer **text, cstn_error **error);
cstn_status cstn__store_backup(cstn__store *store, const char *to, int hard_link,
		cstn_progress *progress, cstn_error **error);
/* `to` NULL: a dry run, which writes nothing and reports what would be recovered. `known`: NULL, or
 * the schema to go by when no manifest says one. */
cstn_status cstn__store_salvage(cstn__vfs *vfs, const char *from, const char *to,
		const cstn__store_schema *known, const cstn_allocator *allocator,
		cstn_progress *progress, cstn_buffer **report, cstn_error **error);

#endif
