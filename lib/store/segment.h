#ifndef CSTN_STORE_SEGMENT_H
#define CSTN_STORE_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "store/block.h"
#include "store/packed.h"
#include "store/table.h"
#include "store/vfs.h"

/* Immutable columns of one table: chunks of at most 65,536 rows and 65,536 child rows, one block a
 * column a chunk, dictionaries, key index, footer, trailer. */
#define CSTN__CHUNK_ROWS 65536u

typedef struct cstn__segment_writer cstn__segment_writer;
typedef struct cstn__segment_written {
	uint64_t size, rows, child_rows, min_seq, max_seq;
	uint8_t seal[16];
} cstn__segment_written;
/* Rows come in the order they are to lie; each call's batch has the same columns, CSTN__COLUMN_SEQ
 * among them. Where a chunk ends depends on the rows alone. Writes through a buffer of 1 MiB;
 * nothing is synced here. The table must outlive the writer, and the file must not be there yet.
 * CSTN_E_LIMIT: a row with over 65,536 child rows or a column of 16 MiB. CSTN_E_FULL: no space.
 * After a failure the writer only takes _free(). */
cstn_status cstn__segment_writer_new(cstn__vfs *vfs, const char *path, const uint8_t uuid[16],
		uint64_t file_no, const cstn__store_table *table, uint32_t schema_version, int zlib,
		const cstn_allocator *allocator, cstn__segment_writer **out, cstn_error **error);
/* How many threads make the columns of a chunk, at most; 1 unless told. The bytes are the same. */
void cstn__segment_writer_threads(cstn__segment_writer *writer, int32_t threads);
cstn_status cstn__segment_writer_put(
		cstn__segment_writer *writer, const cstn__store_batch *rows, cstn_error **error);
/* Dictionaries, key index, footer, header, trailer, fsync. CSTN_E_POISONED when the fsync fails. */
cstn_status cstn__segment_writer_finish(
		cstn__segment_writer *writer, cstn__segment_written *out, cstn_error **error);
void cstn__segment_writer_free(cstn__segment_writer *writer); /* unfinished: the file stays */

/* A derived file is a segment of a CSTN__TABLE_DERIVED table: it has no sequence numbers and no
 * key, and bears the segment that it was derived from and the digest of the rule. _target() comes
 * before the first rows; _cut() ends a chunk, as each has to end where one of the target ends. */
void cstn__segment_writer_target(
		cstn__segment_writer *writer, uint64_t target_file_no, const uint8_t digest[32]);
cstn_status cstn__segment_writer_cut(cstn__segment_writer *writer, cstn_error **error);

/* Open segment: trailer and footer are read and checked at open, blocks at first touch. Any number
 * of threads read one segment. */
typedef struct cstn__segment cstn__segment;
cstn_status cstn__segment_open(cstn__vfs *vfs, const char *path, const uint8_t uuid[16],
		uint64_t file_no, uint64_t size, const cstn__store_table *table,
		const cstn_allocator *allocator, cstn__segment **out, cstn_error **error);
/* A derived file of `target_file_no`. The columns of `table` need not be there. */
cstn_status cstn__segment_open_derived(cstn__vfs *vfs, const char *path, const uint8_t uuid[16],
		uint64_t file_no, uint64_t size, uint64_t target_file_no,
		const cstn__store_table *table, const cstn_allocator *allocator,
		cstn__segment **out, cstn_error **error);
const char *cstn__segment_table_name(const cstn__segment *segment); /* for messages */
const uint8_t *cstn__segment_digest(const cstn__segment *segment);  /* 32 bytes; zeros */
/* 1 if there is a column of this id, type and space. */
int cstn__segment_has(const cstn__segment *segment, const cstn__store_column *column);
void cstn__segment_free(cstn__segment *segment);
/* What it was when it was written; the seal is what the trailer says, see _verify(). */
void cstn__segment_describe(const cstn__segment *segment, cstn__segment_written *out);
uint64_t cstn__segment_rows(const cstn__segment *segment);
uint64_t cstn__segment_child_rows(const cstn__segment *segment);
uint32_t cstn__segment_chunks(const cstn__segment *segment);
void cstn__segment_chunk(const cstn__segment *segment, uint32_t chunk, uint64_t *first_row,
		uint32_t *rows, uint32_t *child_rows);
/* The zone map of a chunk: 0 and min > max if the column is not there, all null, or text. */
int cstn__segment_zone(const cstn__segment *segment, uint32_t chunk, uint32_t column, int64_t *min,
		int64_t *max, uint32_t *nulls);
/* 1 if the column is there and not null in every row. */
int cstn__segment_has_values(const cstn__segment *segment, uint32_t column);
/* Read, check, decode one block, which is freed with cstn__block_free() and the segment's
 * allocator. A column the segment does not have is all null (memory NULL,
 * numbers NULL, offsets NULL, validity pointing at zeros of the segment's own). Text columns with
 * a dictionary give codes and the segment's dictionary, which lives as long as the segment; a chunk
 * for which a dictionary does not pay gives plain text. CSTN_E_NOT_FOUND: the table has no such
 * column. */
cstn_status cstn__segment_read(cstn__segment *segment, uint32_t chunk, uint32_t column,
		cstn__block *out, cstn_error **error);
/* The same with the block, and what it takes to read it, from another allocator. */
cstn_status cstn__segment_read_with(cstn__segment *segment, uint32_t chunk, uint32_t column,
		const cstn_allocator *allocator, cstn__block *out, cstn_error **error);
/* The number of a column among the segment's own, and whether a chunk of it has a value; -1: the
 * segment does not have it. `guess` is where it may be, `position` where the table declares it. */
int64_t cstn__segment_column_number(const cstn__segment *segment, uint32_t column, uint32_t guess);
int64_t cstn__segment_declared_number(
		const cstn__segment *segment, uint32_t column, uint32_t position);
int cstn__segment_chunk_has_values(
		const cstn__segment *segment, uint32_t chunk, uint32_t column_number);
/* 1 if the footer says that all rows of the chunk have one number in the column, or, where it is of
 * texts without a dictionary, that all are empty; *out is the number, or 0. */
int cstn__segment_constant(
		const cstn__segment *segment, uint32_t chunk, uint32_t column_number, int64_t *out);
int cstn__segment_is_text(const cstn__segment *segment, uint32_t column_number);
uint32_t cstn__segment_columns(const cstn__segment *segment);
uint32_t cstn__segment_column_id(const cstn__segment *segment, uint32_t column_number);
/* Bytes of the block as _read_packed() gives it. */
uint32_t cstn__segment_block_size(
		const cstn__segment *segment, uint32_t chunk, uint32_t column_number);
/* The block as it is encoded, from `allocator`, after it was checked as _read() checks it. `whole`
 * NULL, or receives it decoded, from `blocks`. */
cstn_status cstn__segment_read_packed(cstn__segment *segment, uint32_t chunk,
		uint32_t column_number, const cstn_allocator *allocator, cstn__packed_block *out,
		const cstn_allocator *blocks, cstn__block *whole, cstn_error **error);
/* Such a block decoded, without reading it again. */
cstn_status cstn__segment_unpack(cstn__segment *segment, uint32_t chunk, uint32_t column_number,
		const cstn__packed_block *packed, const cstn_allocator *blocks, cstn__block *out,
		cstn_error **error);
void cstn__packed_block_free(cstn__packed_block *block, const cstn_allocator *allocator);
/* Rows whose key hash fits, oldest first, at most `cap`; returns how many there are. The caller
 * compares the real key. `hash` is cstn__key_hash(). */
cstn_status cstn__segment_lookup(cstn__segment *segment, uint64_t hash, uint32_t *rows, size_t cap,
		size_t *n, cstn_error **error);
/* The same of several segments at once, which waits for memory once and not once for each: bit i is
 * set if segment i may have the hash. It then has it in `row` alone, or `asks` for _lookup(): only
 * what is held in memory is looked at here, and nothing is reported. n at most CSTN__PROBES. */
#define CSTN__PROBES 16u
typedef struct cstn__probe {
	cstn__segment *segment; /* the caller's */
	uint32_t row;
	uint32_t asks;
	/* Of its own use: where the bucket's word is, and its entries. */
	uint8_t *word;
	const uint8_t *entries;
	uint32_t n;
	int last;
} cstn__probe;
uint32_t cstn__segments_probe(cstn__probe *probes, size_t n, uint64_t hash);
/* Everything: seal, every block hash and value, key index against rows. */
cstn_status cstn__segment_verify(cstn__segment *segment, cstn_error **error);

/* The canonical key of a row: its key columns in order, numbers as 8 bytes little-endian, text as
 * u32 length and bytes. Appended to `out`. */
void cstn__key_put(const cstn__values *key_columns, size_t n, uint64_t row, cstn__bytes *out);
uint64_t cstn__key_hash(const uint8_t uuid[16], const uint8_t *key, size_t len);

#endif
