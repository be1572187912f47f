#ifndef CSTN_STORE_DURABLE_H
#define CSTN_STORE_DURABLE_H

#include "store/block_cache.h"
#include "store/derived_file.h"
#include "store/engine.h"
#include "store/log.h"
#include "store/manifest.h"

/* What a store at a path has beyond one in memory. All of it is for whoever has the writer's turn,
 * but for `cache`, which has a lock of its own. */
#define CSTN__PATH_MAX 4096
typedef struct cstn__path {
	char text[CSTN__PATH_MAX + CSTN__FILE_NAME];
} cstn__path;

typedef struct cstn__file_ref {
	uint32_t kind; /* CSTN__ENTRY_; 0: a manifest */
	uint64_t file_no;
} cstn__file_ref;
typedef CSTN__ARRAY(cstn__file_ref) cstn__file_refs;

/* The files that one manifest lists; itself first. */
typedef struct cstn__generation {
	uint64_t manifest_no;
	cstn__file_refs files;
} cstn__generation;

typedef struct cstn__durable {
	cstn__vfs *vfs;
	char *path; /* of the folder, without a slash at its end */
	size_t path_size;
	uint64_t process;
	cstn__vfs_file *lock; /* NULL: lock-less reader */

	cstn__vfs_file *log;
	cstn__log_header log_header;
	uint64_t log_end, log_durable, log_frames;
	int made_folder; /* by this open */
	int must_rotate; /* after a failed write or rename: nothing more to the old log */
	cstn__bytes frames, payload;

	uint64_t manifest_no, next_file;
	uint32_t compat, ro_compat, incompat;
	uint64_t due_at; /* log bytes at which to try a checkpoint again after a failed one */

	CSTN__ARRAY(cstn__generation) generations; /* kept, oldest first */
	cstn__file_refs obsolete;                  /* to be unlinked when nothing pins them */
	pthread_mutex_t maintain_lock;
	_Atomic uint64_t derived_useless; /* derived files found to be of no use; any thread */
	cstn__block_cache cache;
} cstn__durable;

/* --- durable.c --- */
cstn_status cstn__durable_new(
		cstn__store *store, cstn__vfs *vfs, const char *path, cstn_error **error);
void cstn__durable_release(cstn__store *store); /* descriptors; no unlock, no write */
void cstn__durable_free(cstn__store *store);
cstn_status cstn__durable_refuse_network(cstn__store *store, cstn_error **error);
/* The folder, made if it may be; LOCK, open and held for writing. */
cstn_status cstn__durable_lock(cstn__store *store, cstn_error **error);
/* A reader's shared lock; where LOCK cannot be opened, none. */
void cstn__durable_lock_as_reader(cstn__store *store);
/* After a failed sync of its parent: a folder that was made by this open goes out of the way. */
void cstn__durable_disown_folder(cstn__durable *durable);

/* --- files.c --- */
void cstn__durable_path(
		const cstn__durable *durable, uint32_t kind, uint64_t file_no, cstn__path *out);
void cstn__durable_parent(const cstn__durable *durable, cstn__path *out);
/* A failed sync poisons; lack of space is remembered. Gives `status` back. */
cstn_status cstn__durable_note(cstn__store *store, cstn_status status);
/* Syncs, tried once. CSTN_E_POISONED. */
cstn_status cstn__durable_sync_log(cstn__store *store, cstn_error **error);
cstn_status cstn__durable_sync_data(
		cstn__store *store, cstn__vfs_file *file, const char *path, cstn_error **error);
cstn_status cstn__durable_sync_file(
		cstn__store *store, cstn__vfs_file *file, const char *path, cstn_error **error);
cstn_status cstn__durable_sync_folder(cstn__store *store, const char *path, cstn_error **error);
/* A whole small file, made new and written; synced with `sync` 1. */
cstn_status cstn__durable_put(cstn__store *store, const char *path, const uint8_t *data,
		size_t size, int sync, cstn_error **error);
/* A whole file of known or unknown (UINT64_MAX) size, at most `limit`. */
cstn_status cstn__durable_get(const cstn__store *store, const char *path, uint64_t size,
		uint64_t limit, cstn__bytes *out, cstn_error **error);
/* The store's files in its folder. */
cstn_status cstn__durable_list(const cstn__store *store, cstn__file_refs *out, cstn_error **error);
/* Unlink what is obsolete and not pinned by a snapshot or a reader; failure is ignored. */
void cstn__durable_tidy(cstn__store *store);
int cstn__file_refs_has(const cstn__file_refs *refs, uint32_t kind, uint64_t file_no);
/* A generation of the files of a manifest. */
cstn_status cstn__generation_make(const cstn__store *store, const cstn__manifest *manifest,
		cstn__generation *out, cstn_error **error);
void cstn__generation_free(const cstn__store *store, cstn__generation *generation);

/* --- log_commit.c --- */
/* May be written, and the log too; rotates when it has to. */
cstn_status cstn__log_ready(cstn__store *store, cstn_error **error);
cstn_status cstn__log_commit(cstn__store *store, const cstn__request *from,
		const cstn__request *end, cstn_error **error);
int cstn__is_bulk(const cstn__transaction *transaction);

/* --- checkpoint.c --- */
#define CSTN__CHECKPOINT_FORCE 1u    /* even if there is nothing new */
#define CSTN__CHECKPOINT_CLEAN 2u    /* the manifest says: closed cleanly */
#define CSTN__CHECKPOINT_RECOVERY 4u /* of an open */

/* A row of a segment or of the memory table that a bulk kills. */
typedef struct cstn__pending_kill {
	cstn__part *part; /* NULL: the memory table of `table` */
	uint32_t table;
	uint64_t row;
	int64_t until_us;
} cstn__pending_kill;
typedef struct cstn__bulk {
	uint64_t seq;
	int32_t threads;         /* at most */
	cstn__memory **memories; /* by table; NULL: no rows */
	CSTN__ARRAY(cstn__pending_kill) kills;
} cstn__bulk;
/* Segments that become one: compaction. */
typedef struct cstn__replacement {
	uint32_t table;
	size_t n_parts;
	cstn__part **parts; /* adjacent in the version, not counted here */
	cstn__part *by;     /* NULL: no row was left */
} cstn__replacement;
typedef struct cstn__checkpoint_job {
	uint32_t flags;
	cstn__bulk *bulk;                     /* or NULL */
	const cstn__replacement *replacement; /* or NULL */
	const cstn__derived_change *derived;  /* or NULL */
} cstn__checkpoint_job;
cstn_status cstn__checkpoint_run(
		cstn__store *store, const cstn__checkpoint_job *job, cstn_error **error);
void cstn__checkpoint_if_due(cstn__store *store);

/* --- checkpoint_rows.c --- */
typedef struct cstn__segment_source {
	cstn__part *part;     /* or */
	cstn__memory *memory; /* the one or the other */
	uint64_t first_row;   /* in the new segment */
} cstn__segment_source;
/* A new segment of all rows of the sources in order, with their deaths, open as a part. `kills` are
 * those of a bulk, `seq` theirs. */
cstn_status cstn__segment_build(cstn__store *store, uint32_t table, cstn__segment_source *sources,
		size_t n_sources, uint64_t file_no, const cstn__bulk *bulk, cstn__part **out,
		cstn_error **error);
/* The columns of one chunk of a segment, all of the table's and the sequence numbers. */
typedef struct cstn__chunk_reader {
	const cstn__store *store;
	const cstn__table_info *table;
	uint32_t *ids; /* columns, then CSTN__COLUMN_SEQ */
	cstn__values *values;
	cstn__block *blocks;
	cstn__block children_block;
	uint32_t *children;
	uint8_t *held;    /* by position in the table */
	uint64_t *bits;   /* 1,024 words a column */
	int64_t *nothing; /* zeros for 65,536 values and one offset */
	size_t n, capacity;
} cstn__chunk_reader;
cstn_status cstn__chunk_reader_init(const cstn__store *store, uint32_t table,
		cstn__chunk_reader *out, cstn_error **error);
void cstn__chunk_reader_free(cstn__chunk_reader *reader);
/* From _keep_held() on only those columns are read that have a value which is not null in one of
 * the sources noted, and those of the key: a segment holds no others. */
void cstn__chunk_reader_note_part(cstn__chunk_reader *reader, const cstn__part *part);
void cstn__chunk_reader_note_memory(cstn__chunk_reader *reader, const cstn__memory *memory);
void cstn__chunk_reader_keep_held(cstn__chunk_reader *reader);
cstn_status cstn__chunk_reader_part(cstn__chunk_reader *reader, cstn__part *part, uint32_t chunk,
		cstn__store_batch *out, cstn_error **error);
cstn_status cstn__chunk_reader_memory(cstn__chunk_reader *reader, const cstn__memory *memory,
		uint32_t chunk, cstn__store_batch *out, cstn_error **error);

/* --- compact_memory.c --- */
/* Of a store in memory: tables without the rows whose history is over. `table` 0: all. */
cstn_status cstn__compact_memory(cstn__store *store, uint32_t table, int64_t history_from_us,
		cstn_progress *progress, cstn_error **error);

/* --- part.c --- */
cstn_status cstn__part_open(cstn__store *store, uint32_t table, const cstn__manifest_entry *entry,
		cstn__part **out, cstn_error **error);
cstn_status cstn__part_read_dead(cstn__store *store, cstn__part *part,
		const cstn__manifest_entry *entry, cstn_error **error);

/* The row of a key that is alive in a segment, with room for its death. */
cstn_status cstn__part_find_alive(cstn__part *part, const cstn__table_info *table, uint64_t hash,
		const cstn__values *key, uint64_t key_row, struct cstn__hit *hit,
		cstn_error **error);

/* --- bulk.c --- */
cstn_status cstn__bulk_commit(cstn__store *store, cstn__transaction *transaction, uint64_t *seq,
		cstn_error **error);

/* --- recovery.c --- */
cstn_status cstn__durable_open(cstn__store *store, cstn__vfs *vfs, const char *path,
		const cstn__store_schema *schema, cstn_error **error);

#endif
