#ifndef CONSTELLATION_NETWORK_H
#define CONSTELLATION_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/export.h>
#include <constellation/progress.h>
#include <constellation/record.h>
#include <constellation/schema.h>
#include <constellation/status.h>
#include <constellation/time.h>

/** @file network.h
 *  A supply network: partners, constellations, orders, shipments, events, customers ... in memory,
 *  or durable in a folder.
 *
 *      cstn_network_open -> cstn_network_put | _import -> cstn_network_snapshot
 *                        -> cstn_snapshot_get | _scan -> cstn_network_close
 *
 *  Threads: a network and its snapshots may be used from any number of threads; a transaction has
 *  one. Readers see a snapshot and never wait for a writer. Children keep their network alive, so
 *  handles may be let go in any order. Calls in a forked child give CSTN_E_FORKED.
 *
 *  Commits: what is acknowledged at CSTN_COMMIT_FULL survives a power loss on a disk that honours a
 *  flush. After a failed sync the handle takes no more writes (CSTN_E_POISONED); open it anew. A
 *  write without space fails with CSTN_E_FULL and later ones may succeed. The outcome of a commit
 *  that failed with an I/O error is open until the next one, or until the network is opened anew.
 *
 *  Keys: a record is named by the values of the key fields of its noun (cstn_noun_field_key()) as
 *  text, in order; parts left out at the end are empty, so that `{"O-1"}` is the order O-1 that
 *  names no owner, and `{"O-1", "acme"}` that of the owner acme. Ids are compared byte by byte.
 *
 *  Every change has a time at which it was known, the record's field `recorded` (of an order:
 *  `order_recorded`); a read as of a time sees what was recorded by then. On failure outputs are
 *  untouched; the one failure with a result is CSTN_E_ROWS. */

#ifdef __cplusplus
extern "C" {
#endif

/* --- the network ------------------------------------------------------------------------------ */

/** A network. Refcounted, any thread. */
typedef struct cstn_network cstn_network;

#define CSTN_NETWORK_READ_ONLY 1u /**< makes no write-class call; the network must exist */
#define CSTN_NETWORK_MUST_EXIST 2u
#define CSTN_NETWORK_MUST_BE_NEW 4u
#define CSTN_NETWORK_ALLOW_REMOTE 8u /**< on a network file system, where locks may lie */
/** Checkpoints only in cstn_network_checkpoint(), _maintain() and _close() */
#define CSTN_NETWORK_DEFER_CHECKPOINT 16u

#define CSTN_COMMIT_FULL 0 /**< acknowledged after the disk's flush */
/** The same, the first of a group waiting up to `group_us` for company */
#define CSTN_COMMIT_GROUP 1
/** Acknowledged after the write: a power loss may cost the last commits, never one in between */
#define CSTN_COMMIT_NONE 2

/** How a network is opened. */
typedef struct cstn_network_options {
	uint32_t struct_size;
	uint32_t flags;            /**< CSTN_NETWORK_... */
	int32_t commit_level;      /**< CSTN_COMMIT_... */
	uint32_t keep_generations; /**< older states kept for salvage; 0: 1 */
	int64_t group_us;          /**< for CSTN_COMMIT_GROUP; >= 0 */
	uint64_t cache_bytes;      /**< of decoded columns; 0: 256 MiB */
	uint64_t checkpoint_bytes; /**< a checkpoint is due after so many; 0: 64 MiB */
	uint64_t checkpoint_rows;  /**< ... or so many rows; 0: 2^20 */
} cstn_network_options;
/* clang-format off */
#define CSTN_NETWORK_OPTIONS_INIT { sizeof(cstn_network_options), 0, 0, 0, 0, 0, 0, 0 }
/* clang-format on */

/** Open a network, or make a new one.
 *  @param path a folder, made if it is not there (its parent must be); NULL: in memory
 *  @param options NULL, or start from CSTN_NETWORK_OPTIONS_INIT
 *  @param allocator NULL is libc; everything made from the network inherits it
 *  @param out release with cstn_network_unref()
 *  @return CSTN_OK; CSTN_E_LOCKED when another handle writes it; CSTN_E_NOT_FOUND with MUST_EXIST
 *  or READ_ONLY; CSTN_E_CONFLICT with MUST_BE_NEW; CSTN_E_CORRUPT with what is damaged;
 *  CSTN_E_NO_MANIFEST; CSTN_E_NEWER_FORMAT; CSTN_E_UNSUPPORTED on a network file system;
 *  CSTN_E_IO; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM
 *  Cost: bytes of the manifest, footers and log. Any thread; one handle a folder for writing.
 *  @since 0.1 @snippet network_open.c open */
CSTN_API cstn_status cstn_network_open(const char *path, const cstn_network_options *options,
		const cstn_allocator *allocator, cstn_network **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Write a checkpoint, mark the folder as closed and release its lock. Snapshots and streams stay
 *  readable; every other call gives CSTN_E_STATE. Letting go of the last reference without this is
 *  as safe as a crash: nothing acknowledged is lost.
 *  @return CSTN_OK; CSTN_E_IO; CSTN_E_POISONED; CSTN_E_FULL; CSTN_E_STATE if it was closed. Any
 *  thread; waits for the commits under way. Cost: a checkpoint. @since 0.1 */
CSTN_API cstn_status cstn_network_close(cstn_network *network, cstn_error **error) CSTN_MUST_CHECK;

/** One more reference. Any thread. Each reference is given back with its `_unref`. @since 0.1 */
CSTN_API cstn_network *cstn_network_ref(cstn_network *network);
/** One less; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_network_unref(cstn_network *network);

/** Make everything committed durable, whatever the commit level, and seal the log: rot in its last
 *  bytes can then be told from a torn write. @return CSTN_OK; CSTN_E_IO; CSTN_E_POISONED;
 *  CSTN_E_FULL; CSTN_E_READ_ONLY. Any thread. Cost: one write and one flush of the disk. @since
 *  0.1 */
CSTN_API cstn_status cstn_network_sync(cstn_network *network, cstn_error **error) CSTN_MUST_CHECK;

/** Turn the log into columns. Runs on the caller's thread; a commit does it when it is due.
 *  @return as cstn_network_sync(); CSTN_E_NOMEM. Cost: writes what is in memory, and flushes
 *  each file. @since 0.1 */
CSTN_API cstn_status cstn_network_checkpoint(
		cstn_network *network, cstn_error **error) CSTN_MUST_CHECK;

/** What cstn_network_maintain() may do. */
typedef struct cstn_maintain_options {
	uint32_t struct_size;
	uint32_t flags; /**< 0 */
	/** Versions replaced before this may be dropped; 0: keep all history */
	int64_t history_from_us;
	uint64_t max_bytes;      /**< stop after so many bytes are rewritten; 0: no end */
	cstn_progress *progress; /**< NULL, or counts and cancels */
	/** Only records of this noun; NULL: all. A history of its own for a noun is a call for it
	 */
	const char *noun;
} cstn_maintain_options;
/* clang-format off */
#define CSTN_MAINTAIN_OPTIONS_INIT { sizeof(cstn_maintain_options), 0, 0, 0, NULL, NULL }
/* clang-format on */

/** Merge small files into larger ones and drop versions that nobody can see: replaced or deleted
 *  before `history_from_us`, where they are half of a file or, in memory, of a noun. On the
 *  caller's thread; readers and writers go on, in memory writers wait. @param options NULL, or
 * start from CSTN_MAINTAIN_OPTIONS_INIT @return as cstn_network_checkpoint(); CSTN_E_NOT_FOUND for
 * an unknown noun; CSTN_E_CANCELLED. Cost: reads and writes the segments that it merges,
 * `max_bytes` at most; in memory a copy of what stays of such a noun. @since 0.1 */
CSTN_API cstn_status cstn_network_maintain(cstn_network *network,
		const cstn_maintain_options *options, cstn_error **error) CSTN_MUST_CHECK;

#define CSTN_NETWORK_STATE_OPEN 0u
#define CSTN_NETWORK_STATE_FULL 1u     /**< the last write found no space */
#define CSTN_NETWORK_STATE_POISONED 2u /**< a sync failed: reads only */
#define CSTN_NETWORK_STATE_READ_ONLY 3u
#define CSTN_NETWORK_STATE_CLOSED 4u

/** What a network is made of. Filled up to the caller's struct_size. */
typedef struct cstn_network_info {
	uint32_t struct_size;
	uint32_t state;         /**< CSTN_NETWORK_STATE_... */
	uint8_t uuid[16];       /**< zeros in memory */
	uint64_t last_seq;      /**< of the last transaction */
	uint64_t log_bytes;     /**< not yet in columns */
	uint64_t segment_bytes; /**< in columns, on disk */
	uint64_t memory_bytes;  /**< in columns, in memory */
	uint64_t pinned_bytes;  /**< kept on disk for snapshots alone */
	uint64_t n_segments;
	uint64_t n_dead_rows; /**< versions replaced or deleted, still there */
	/** Files of kept verdicts, see cstn_network_keep_order_verdicts() */
	uint64_t n_kept;
	uint64_t kept_bytes;
	uint64_t n_kept_useless; /**< ... found damaged or gone since the network was opened */
} cstn_network_info;
/* clang-format off */
#define CSTN_NETWORK_INFO_INIT { sizeof(cstn_network_info), 0, { 0 }, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
/* clang-format on */

/** Fill `info`. @param info start from CSTN_NETWORK_INFO_INIT @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE; CSTN_E_FORKED. Any thread. O(files). @since 0.1 */
CSTN_API cstn_status cstn_network_get_info(
		cstn_network *network, cstn_network_info *info, cstn_error **error) CSTN_MUST_CHECK;

/* --- writing ---------------------------------------------------------------------------------- */

/** The batch is in whole, or not at all: a row that breaks a rule fails the call */
#define CSTN_IMPORT_ALL_OR_NOTHING 1u
/** Columns that are no field of the noun are skipped, not refused */
#define CSTN_IMPORT_SKIP_UNKNOWN 2u

/** Options of an import. */
typedef struct cstn_import_options {
	uint32_t struct_size;
	/** CSTN_IMPORT_ALL_OR_NOTHING, CSTN_IMPORT_SKIP_UNKNOWN, CSTN_IMPORT_TRUSTED */
	uint32_t flags;
	/** Most threads, of the commit too: 0 all processors, 1 the caller's alone. What is stored
	 *  and which rows are left out do not depend on it */
	int32_t threads;
	int32_t reserved0; /**< 0 */
	/** The recorded time of rows that have none; 0: each row must have its own */
	int64_t recorded_us;
	const cstn_binding *binding; /**< NULL, or how the stream's columns map to the fields */
	cstn_progress *progress;     /**< NULL, or counts rows and cancels */
} cstn_import_options;
/* clang-format off */
#define CSTN_IMPORT_OPTIONS_INIT { sizeof(cstn_import_options), 0, 0, 0, 0, NULL, NULL }
/* clang-format on */

/** Changes that are seen together or not at all. One thread. Keeps its network alive. */
typedef struct cstn_transaction cstn_transaction;

/** Begin. Transactions run beside each other; what one has read or changed and another has changed
 *  meanwhile is told by cstn_transaction_commit(). @param out free with cstn_transaction_free()
 *  @return CSTN_OK; CSTN_E_READ_ONLY; CSTN_E_POISONED; CSTN_E_STATE; CSTN_E_NOMEM. Any thread,
 *  O(1). @since 0.1 */
CSTN_API cstn_status cstn_transaction_begin(
		cstn_network *network, cstn_transaction **out, cstn_error **error) CSTN_MUST_CHECK;

/** Put a record: a new one, or the next version of the one with its key. An event or interaction
 *  with the same content as the one there changes nothing.
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT with the rule: a reference to nothing, goods beyond the
 *  open quantity, more returned than delivered; CSTN_E_STATE for a state that cannot follow, or a
 *  recorded time before that of the version it replaces or of the key's deletion (reads as of a
 *  time are exact because the times of a key never go back; the same time is fine);
 *  CSTN_E_CONFLICT for an event's id with other content; CSTN_E_LIMIT; CSTN_E_IO; CSTN_E_NOMEM.
 *  The transaction is then as it was before. One caller at a time a transaction; O(record), and
 *  a look-up a reference. @since 0.1 */
CSTN_API cstn_status cstn_transaction_put(cstn_transaction *transaction, const cstn_record *record,
		cstn_error **error) CSTN_MUST_CHECK;

/** Delete a record; one that is not there is CSTN_E_NOT_FOUND. Reads as of an earlier time still
 *  see it. What names it stays; nothing new can name it. @param noun its name @param key n_key
 * texts, see the top of this page
 *  @param recorded_us when it ceased to be @return CSTN_OK; CSTN_E_NOT_FOUND; CSTN_E_STATE for a
 *  time before that of its last version; CSTN_E_UNSUPPORTED
 *  for events, consents and interactions, which are corrected, not deleted (but for those of a
 *  customer who is erased: cstn_customer_erase_categories()); CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_IO; CSTN_E_NOMEM. One caller at a time a transaction; O(key). @since 0.1 */
CSTN_API cstn_status cstn_transaction_delete(cstn_transaction *transaction, const char *noun,
		const char *const *key, size_t n_key, int64_t recorded_us,
		cstn_error **error) CSTN_MUST_CHECK;

/** Put a stream of records, a column a field, under the fields' names or what options->binding maps
 *  to them. A column that is no field is CSTN_E_SCHEMA before anything is put, which tells a like
 *  field, so that a misspelt column is not lost. CSTN_IMPORT_SKIP_UNKNOWN skips such columns; one
 *  alone is left out when the binding makes it a constant, see cstn_binding_constant(). What a scan
 *  adds to the fields (`seq`, `order_lines`, `line_index`) is not read.
 *  A row is a record; for a noun with lines a row is a line, the record's own fields being the same
 *  in all rows of one record. Rows of one record stand together, or at most 2^20 rows apart. Of
 *  several records with one key the last counts; one recorded before the one it replaces is left
 *  out, as a bad row (CSTN_ROW_ORDER) whose value names both times.
 *  A noun with a field `attributes` takes columns `attributes.NAME` (text or integers), at most 32,
 *  as its names: what orders are counted by and no field foresees.
 *  @param noun     its name
 *  @param rows     moved from, also on failure; an empty stream changes nothing
 *  @param options  NULL, or start from CSTN_IMPORT_OPTIONS_INIT
 *  @param bad_rows NULL, or receives the rows left out (NULL if none); free with
 *  cstn_row_errors_free(). A record with a bad line is left out with all its lines
 *  @return CSTN_OK; CSTN_E_ROWS if rows were left out, the others being in (with ALL_OR_NOTHING:
 *  none); CSTN_E_SCHEMA with every misfit and column that is no field; CSTN_E_STREAM;
 *  CSTN_E_NOT_CLUSTERED if rows of one record stand further apart; CSTN_E_LIMIT above 65,536 lines
 *  a record; CSTN_E_UNSUPPORTED for columns of personal data; CSTN_E_CANCELLED; CSTN_E_IO;
 *  CSTN_E_NOMEM. After an error the transaction must be freed, but for CSTN_E_ROWS without
 *  ALL_OR_NOTHING.
 *  Memory: the rows, until the commit. Time: one pass over the columns, which options->threads
 *  share where rows are many; `rows` is called by the caller's thread alone, the allocator by all
 *  of them. The commit uses as many threads as the last import. One caller at a time a transaction.
 *  @since 0.1 */
CSTN_API cstn_status cstn_transaction_import(cstn_transaction *transaction, const char *noun,
		struct ArrowArrayStream *rows, const cstn_import_options *options,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

/** Commit only if the record's version was written by transaction `seq` (cstn_record_seq()); 0: if
 *  there is no such record. @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One caller
 *  at a time a transaction; O(key). @since 0.1 */
CSTN_API cstn_status cstn_transaction_require(cstn_transaction *transaction, const char *noun,
		const char *const *key, size_t n_key, uint64_t seq,
		cstn_error **error) CSTN_MUST_CHECK;

/** Make the changes durable and seen. @param seq NULL, or receives the sequence number; that of the
 *  last transaction if nothing was changed
 *  @return CSTN_OK; CSTN_E_CONFLICT if a record that this transaction changed or required was
 *  changed by another, or, after an import, any record; CSTN_E_IO; CSTN_E_FULL; CSTN_E_POISONED;
 *  CSTN_E_LIMIT; CSTN_E_NOMEM. After CSTN_OK the transaction is empty and may go on; after an error
 *  it holds its changes. One caller at a time a transaction; others commit beside it. Cost: one
 *  write and one flush of the disk, shared by all that commit at once. @since 0.1 */
CSTN_API cstn_status cstn_transaction_commit(
		cstn_transaction *transaction, uint64_t *seq, cstn_error **error) CSTN_MUST_CHECK;

/** Rows that wait for the commit. One caller at a time a transaction. @since 0.1 */
CSTN_API uint64_t cstn_transaction_rows(const cstn_transaction *transaction);

/** Roll back what is not committed, and free; NULL is allowed. One caller at a time a
 *  transaction. @since 0.1 */
CSTN_API void cstn_transaction_free(cstn_transaction *transaction);

/** One record in a transaction of its own. @param seq NULL, or receives the sequence number
 *  @return as cstn_transaction_put() and cstn_transaction_commit(). Any thread. Cost: that of
 *  cstn_transaction_commit(). @since 0.1 */
CSTN_API cstn_status cstn_network_put(cstn_network *network, const cstn_record *record,
		uint64_t *seq, cstn_error **error) CSTN_MUST_CHECK;

/** A stream in a transaction of its own; other writers wait meanwhile, so that the stream itself
 *  must not write to the network. @return as
 *  cstn_transaction_import() and cstn_transaction_commit(), never CSTN_E_CONFLICT for the changes
 *  of others. Any thread. Cost: one pass over the rows, and one checkpoint for a large stream.
 *  @since 0.1 */
CSTN_API cstn_status cstn_network_import(cstn_network *network, const char *noun,
		struct ArrowArrayStream *rows, const cstn_import_options *options,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

/* --- reading ---------------------------------------------------------------------------------- */

/** The network as it was at one instant between transactions. Immutable, refcounted, any thread. */
typedef struct cstn_snapshot cstn_snapshot;

/** The network as it is. @param out release with cstn_snapshot_unref() @return CSTN_OK;
 *  CSTN_E_STATE; CSTN_E_FORKED; CSTN_E_NOMEM. Any thread, O(1), never waits for a commit.
 *  @since 0.1 */
CSTN_API cstn_status cstn_network_snapshot(
		cstn_network *network, cstn_snapshot **out, cstn_error **error) CSTN_MUST_CHECK;
/** One more reference. Any thread. Each reference is given back with its `_unref`. @since 0.1 */
CSTN_API cstn_snapshot *cstn_snapshot_ref(cstn_snapshot *snapshot);
/** One less; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_snapshot_unref(cstn_snapshot *snapshot);
/** The sequence number of the last transaction in it; 0 for NULL. Any thread. @since 0.1 */
CSTN_API uint64_t cstn_snapshot_seq(const cstn_snapshot *snapshot);

/** "Now" where a call takes `as_of_us`. */
#define CSTN_AS_OF_NOW INT64_MAX

/** One record by its key. @param as_of_us what was recorded by then, or CSTN_AS_OF_NOW @param out
 *  release with cstn_record_unref() @return CSTN_OK; CSTN_E_NOT_FOUND; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_CORRUPT; CSTN_E_IO; CSTN_E_NOMEM. Any thread. O(files) for now; a time in the past reads
 *  the noun's rows. @since 0.1 */
CSTN_API cstn_status cstn_snapshot_get(cstn_snapshot *snapshot, const char *noun,
		const char *const *key, size_t n_key, int64_t as_of_us, cstn_record **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** A row a line, the record's own fields repeated in each, with `order_lines` (the lines of the
 *  record) and `line_index` (from 0): columns as cstn_perfect_order_update() takes them. Without
 *  it a row is a record. */
#define CSTN_SCAN_LINES 1u
/** With CSTN_SCAN_LINES: `order_id` is the running number of the record in the scan, an int64 that
 *  never descends, as CSTN_CLUSTERING_SORTED takes it: faster to count than text. */
#define CSTN_SCAN_NUMBERED 2u
/** Text that repeats leaves as an Arrow dictionary (int32 indices), a dictionary a batch. */
#define CSTN_SCAN_DICTIONARY 4u
/** Only rows that transactions after `since_seq` wrote. */
#define CSTN_SCAN_SINCE 8u
/** `from_us` and `until_us` apply */
#define CSTN_SCAN_RANGE 16u
/** `as_of_us` applies */
#define CSTN_SCAN_AS_OF 32u
/** A field that may be null, and of which no record in the snapshot has a value, leaves as Arrow
 * type null, which costs nothing and which cstn_perfect_order_update() passes over: an order has
 * some eighty fields, of which few are filled. Without it the schema is the same whatever is
 * stored. */
#define CSTN_SCAN_EMPTY_AS_NULL 64u

/** What a scan gives. */
typedef struct cstn_scan_options {
	uint32_t struct_size;
	uint32_t flags; /**< CSTN_SCAN_... */
	/** Fields wanted, n_columns of them, in this order; NULL: all that are in the noun. `seq`
	 *  is the transaction that wrote the row, `attributes.NAME` the text of one attribute, null
	 *  where it is not given */
	const char *const *columns;
	size_t n_columns;
	/** Only records whose first key field is one of these, n_ids of them; NULL: all */
	const char *const *ids;
	size_t n_ids;
	/** Only records whose `range_field` (a day, an instant or an integer of the record itself)
	 * is at or after from_us and before until_us; nulls are left out */
	const char *range_field;
	int64_t from_us;
	int64_t until_us;
	/** Only records that name this partner in any of the noun's fields that name partners;
	 *  NULL: all */
	const char *partner;
	/** Only records whose field where_field is the text where_text; NULL: all */
	const char *where_field;
	const char *where_text;
	int64_t as_of_us;   /**< what was recorded by then */
	uint64_t since_seq; /**< see CSTN_SCAN_SINCE */
} cstn_scan_options;
/* clang-format off */
#define CSTN_SCAN_OPTIONS_INIT { sizeof(cstn_scan_options), 0, NULL, 0, NULL, 0, NULL, 0, 0, NULL, NULL, NULL, 0, 0 }
/* clang-format on */

/** Records of a noun as columns, in the order in which they lie.
 *  @param options NULL, or start from CSTN_SCAN_OPTIONS_INIT; copied
 *  @param out     receives a stream of batches of at most 2^20 rows; keeps the snapshot alive;
 *  single use, one thread at a time
 *  @return CSTN_OK; CSTN_E_NOT_FOUND for an unknown noun or field, with a similar name;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM; while it is read also CSTN_E_CORRUPT and CSTN_E_IO
 *  Memory: a batch. Time: a copy of each value that is given; blocks whose values lie outside the
 *  range are not read. Any thread. @since 0.1
 *  @snippet network_open.c scan */
CSTN_API cstn_status cstn_snapshot_scan(cstn_snapshot *snapshot, const char *noun,
		const cstn_scan_options *options, struct ArrowArrayStream *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** What has changed since a transaction, for hosts that replicate: one row a record that was put or
 *  deleted and stands so now, by `seq`, then noun and key. Columns: seq (int64), noun (text),
 * change (text: put, delete), key, key_2 .. key_6 (text, null past the noun's key), recorded
 * (timestamp). The rows themselves come from cstn_snapshot_scan() with CSTN_SCAN_SINCE.
 *  @param since_seq 0: all @param out receives a stream @return CSTN_OK; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_CORRUPT; CSTN_E_IO; CSTN_E_NOMEM. Memory: the changes. Any thread. Cost: reads what
 *  was written since, as the stream is read. @since 0.1 */
CSTN_API cstn_status cstn_snapshot_changes(cstn_snapshot *snapshot, uint64_t since_seq,
		struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/** The same of the network as it is. @param last_seq NULL, or receives the sequence number to ask
 *  from next time. Any thread. @return as cstn_snapshot_changes(). Cost: as
 *  cstn_snapshot_changes(). @since 0.1 */
CSTN_API cstn_status cstn_network_changes(cstn_network *network, uint64_t since_seq,
		struct ArrowArrayStream *out, uint64_t *last_seq,
		cstn_error **error) CSTN_MUST_CHECK;

/* --- relations -------------------------------------------------------------------------------- */

#define CSTN_RELATION_UNDECLARED 0 /**< to be treated as COMPETITOR */
#define CSTN_RELATION_PARTNER 1    /**< both declare it */
#define CSTN_RELATION_NEUTRAL 2    /**< both declare something, and neither case holds */
#define CSTN_RELATION_COMPETITOR 3 /**< either declares it */

/** "partner"; "" for unknown numbers. Static memory. Any thread. @since 0.1 */
CSTN_API const char *cstn_relation_name(int32_t relation);

/** What two companies are to each other in a constellation at an instant; declarations outside it
 *  have no effect. @param a,b ids of partners, in either order @param now_us declarations hold in
 *  `[from, until)` @param out receives CSTN_RELATION_... @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT, also for a = b; CSTN_E_CORRUPT; CSTN_E_IO; CSTN_E_NOMEM. Any thread.
 *  Two look-ups. Cost: reads the constellations, memberships and relations of the two. @since
 *  0.1 */
CSTN_API cstn_status cstn_snapshot_relation(cstn_snapshot *snapshot, const char *a, const char *b,
		const char *constellation, int64_t now_us, int32_t *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Dual pairs: companies that are PARTNER in one constellation and COMPETITOR in another at an
 *  instant. Columns, all text: a, b (a < b), partner_in, competitor_in; a row for each two such
 *  constellations, sorted. @param out receives a stream @return CSTN_OK; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_CORRUPT; CSTN_E_IO; CSTN_E_NOMEM. Memory: the relations. Any thread. Cost:
 *  O(relations + memberships), as the stream is read. @since 0.1 */
CSTN_API cstn_status cstn_network_scan_dual_pairs(cstn_network *network, int64_t now_us,
		struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/* --- events ----------------------------------------------------------------------------------- */

/** Which events count. */
typedef struct cstn_event_options {
	uint32_t struct_size;
	uint32_t flags;   /**< 0 */
	int64_t as_of_us; /**< what was recorded by then; 0: all */
	/** Actuals of two sources further apart are in conflict; 0: one hour */
	int64_t conflict_us;
	/** Roles of sources, n_precedence of them, the one believed first in front; NULL:
	 * consignee, carrier, shipper, other. Roles not named come last */
	const char *const *precedence;
	size_t n_precedence;
	const char *subject; /**< NULL: all; else the events of one subject id */
} cstn_event_options;
/* clang-format off */
#define CSTN_EVENT_OPTIONS_INIT { sizeof(cstn_event_options), 0, 0, 0, NULL, 0, NULL }
/* clang-format on */

/** Counts over the events looked at. Filled up to the caller's struct_size. */
typedef struct cstn_event_counts {
	uint32_t struct_size;
	uint32_t reserved0;
	uint64_t events;           /**< known by then */
	uint64_t corrected;        /**< ... taken back by a later event */
	uint64_t effective;        /**< ... that count */
	uint64_t conflicts;        /**< pairs of sources */
	uint64_t negative_latency; /**< recorded before they occurred; kept */
} cstn_event_counts;
/* clang-format off */
#define CSTN_EVENT_COUNTS_INIT { sizeof(cstn_event_counts), 0, 0, 0, 0, 0, 0 }
/* clang-format on */

/** The event that counts for each subject, line and type: not corrected; actual before estimated
 *  before planned; then the source's role; then the latest recorded; then the greatest id.
 *  @param options   NULL, or start from CSTN_EVENT_OPTIONS_INIT
 *  @param out       receives a stream with the fields of noun `event` and `latency_us`, sorted by
 *  subject kind, subject, line, type
 *  @param conflicts NULL, or receives a stream: subject_kind, subject_id, line_number, type,
 *  event_id, other_event_id, source_role, other_source_role, apart_us: actuals of two sources
 *  further apart than conflict_us
 *  @param counts    NULL, or start from CSTN_EVENT_COUNTS_INIT
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_CORRUPT; CSTN_E_IO; CSTN_E_NOMEM. Memory: the
 *  events looked at. Time: a sort of them. Any thread. @since 0.1 */
CSTN_API cstn_status cstn_snapshot_scan_effective_events(cstn_snapshot *snapshot,
		const cstn_event_options *options, struct ArrowArrayStream *out,
		struct ArrowArrayStream *conflicts, cstn_event_counts *counts,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
