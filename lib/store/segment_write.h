#ifndef CSTN_STORE_SEGMENT_WRITE_H
#define CSTN_STORE_SEGMENT_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/map.h"
#include "store/segment.h"
#include "store/segment_format.h"

/* The parts of the writer: segment_write.c (the file), segment_chunk.c (rows into chunks),
 * segment_column.c (the pending rows of a column and their block), segment_footer.c (what follows
 * the blocks). */
/* Rows of a column that repeats, up to `end`, which one call appended: codes of a dictionary of
 * `entries` texts, kept in `numbers`; 0: plain text. */
typedef struct cstn__pending_run {
	uint64_t end, entries;
} cstn__pending_run;

typedef struct cstn__pending_column {
	uint32_t id, space, flags; /* flags as declared */
	int32_t type, scale;
	const char *name;
	int text;
	size_t source; /* position in the batch at hand; SIZE_MAX: the children */

	/* Rows that wait for their chunk to be full. */
	uint64_t rows, nulls;
	CSTN__ARRAY(int64_t) numbers; /* of text: codes of its source, then of the block */
	CSTN__ARRAY(cstn__pending_run) runs;
	CSTN__ARRAY(uint32_t) offsets;
	CSTN__ARRAY(uint8_t) bytes;
	CSTN__ARRAY(uint64_t) validity;
	uint64_t planned; /* bytes after the rows that are being planned */

	cstn__interner dictionary;
	uint64_t dictionary_bytes;
	int coded;           /* a chunk used the dictionary */
	cstn__bytes encoded; /* the block of a chunk, if threads make them */

	uint64_t all_rows, all_nulls;
	int falls, repeats;
	int64_t last;
} cstn__pending_column;

typedef struct cstn__written_chunk {
	uint64_t first_row;
	uint32_t rows, child_rows;
} cstn__written_chunk;

struct cstn__segment_writer {
	cstn_allocator allocator;
	cstn__vfs *vfs;
	cstn__vfs_file *file;
	char *path;
	size_t path_size;
	uint8_t uuid[16];
	uint64_t file_no;
	const cstn__store_table *table;
	uint32_t schema_version;
	uint64_t target_file_no; /* of a derived file; else 0 */
	uint8_t digest[32];
	int zlib;
	int32_t threads; /* at most */
	int failed;

	cstn__bytes out; /* not yet written; begins at byte `written` of the file */
	uint64_t written;
	cstn__hash_stream *seal;

	cstn__pending_column *columns;
	size_t n_columns;
	cstn__values *key; /* of the batch at hand, n_key */
	size_t seq; /* position of its column in `columns`; SIZE_MAX: a derived file has none */
	uint64_t pending_rows, pending_children;
	uint64_t rows, child_rows, min_seq, max_seq;
	CSTN__ARRAY(cstn__written_chunk) chunks;
	CSTN__ARRAY(cstn__segment_block) blocks; /* chunk by chunk, then the extras */
	CSTN__ARRAY(uint64_t) hashes;            /* of the keys, by row */
	cstn__bytes scratch;
};

/* Append rows [start, start + n) of `values`. */
cstn_status cstn__pending_append(cstn__pending_column *column, const cstn__values *values,
		uint64_t start, uint64_t n, const cstn_allocator *allocator, cstn_error **error);
/* Bytes of text of rows [start, start + n). */
uint64_t cstn__pending_text_bytes(const cstn__values *values, uint64_t start, uint64_t n);
/* 1 if a block of so many rows and bytes of text is within the limit. */
static inline int cstn__pending_fits(uint64_t rows, uint64_t bytes)
{
	return bytes <= CSTN__BLOCK_BYTES_MAX &&
	       (rows + 1) * 4 + (rows + 63) / 64 * 8 + bytes <= CSTN__BLOCK_BYTES_MAX;
}
/* Append to `out` what is pending, encoded, and empty the column. Offset and hash of the block are
 * for cstn__writer_place(). Nothing of the writer is changed. */
cstn_status cstn__pending_encode(const cstn__segment_writer *writer, cstn__pending_column *column,
		cstn__bytes *out, cstn__segment_block *block, cstn_error **error);
/* The dictionary's block, likewise. */
cstn_status cstn__pending_encode_dictionary(const cstn__segment_writer *writer,
		cstn__pending_column *column, cstn__bytes *out, cstn__segment_block *block,
		cstn_error **error);
void cstn__pending_free(cstn__pending_column *column, const cstn_allocator *allocator);

/* Pad to a place where a block may begin, and its offset in the file. */
uint64_t cstn__writer_align(cstn__segment_writer *writer, size_t alignment);
/* Offset and hash of the block whose bytes begin at `begin` of writer->out. */
void cstn__writer_place(
		const cstn__segment_writer *writer, size_t begin, cstn__segment_block *block);
/* Write out what waits, when it is over a MiB, or in any case. */
cstn_status cstn__writer_flush(cstn__segment_writer *writer, int all, cstn_error **error);
/* Rows whose columns are bound; the chunk that waits as it is. */
cstn_status cstn__writer_put_rows(
		cstn__segment_writer *writer, const cstn__store_batch *batch, cstn_error **error);
cstn_status cstn__writer_end_chunk(cstn__segment_writer *writer, cstn_error **error);
/* Dictionaries, key index, footer. */
cstn_status cstn__writer_put_extras(
		cstn__segment_writer *writer, uint32_t *dict_extra, cstn_error **error);
cstn_status cstn__writer_put_footer(cstn__segment_writer *writer, const uint32_t *dict_extra,
		uint64_t *footer_off, uint32_t *footer_len, cstn__hash128_value *hash,
		cstn_error **error);

#endif
