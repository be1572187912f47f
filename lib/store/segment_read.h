#ifndef CSTN_STORE_SEGMENT_READ_H
#define CSTN_STORE_SEGMENT_READ_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "store/segment.h"
#include "store/segment_format.h"

/* The parts of an open segment: segment_open.c (trailer, header, footer), segment.c (blocks),
 * segment_lookup.c (the key index), segment_verify.c (everything). */
typedef struct cstn__segment_chunk_place {
	uint64_t first_row;
	uint32_t rows, child_rows;
} cstn__segment_chunk_place;

typedef struct cstn__segment_column {
	uint32_t id, space, flags, dict_extra;
	int32_t type, scale;
	uint64_t rows, nulls;
	cstn__block dictionary; /* under `lock`; memory NULL: not read yet */
} cstn__segment_column;

/* A column as the table declares it. */
typedef struct cstn__segment_declared {
	uint32_t id, space;
	int32_t type;
	int32_t number; /* among the segment's columns; -1: it has none */
} cstn__segment_declared;

struct cstn__segment {
	cstn_allocator allocator;
	cstn__vfs *vfs;
	cstn__vfs_file *file;
	char *path;
	size_t path_size;
	uint8_t uuid[16], seal[16];
	uint64_t file_no, size, footer_off;
	uint32_t footer_len, n_columns, n_chunks, n_extra;
	uint32_t table, schema_version, names_len;
	uint64_t rows, child_rows, min_seq, max_seq;
	uint64_t target_file_no; /* of a derived file; else 0 */
	char table_name[64];     /* for messages */
	uint8_t digest[32];

	cstn__segment_chunk_place *chunks;
	cstn__segment_column *columns;
	cstn__segment_block *blocks; /* column by column, then the extras */
	cstn__segment_declared *declared;
	size_t n_declared;
	uint32_t *key; /* ids */
	size_t n_key;
	pthread_mutex_t lock;
	int has_lock;
	_Atomic int simd; /* 0: not asked yet */

	/* The key index: its two blocks (NULL: there is none), and its pages as they were read, the
	 * directory's first; see segment_lookup.c. */
	const cstn__segment_block *directory, *entries;
	uint32_t key_bits;
	size_t n_pages;         /* that may be held; the last ones of a large index are not */
	_Atomic uint8_t *held;  /* 1: the page is there */
	uint8_t *_Atomic pages; /* n_pages of them, or NULL as long as none is held */
	uint8_t *pages_memory;
	size_t pages_size, pages_held; /* under `lock` */
};

/* CSTN_E_CORRUPT, "'path': rule". */
cstn_status cstn__segment_corrupt(
		const cstn__segment *segment, cstn_error **error, const char *rule);
/* The bytes of a block as they are in the file, hash checked; freed with enc_len. */
cstn_status cstn__segment_load(const cstn__segment *segment, const cstn__segment_block *block,
		const cstn_allocator *allocator, uint8_t **out, cstn_error **error);
/* Put behind a message what a damaged block of the segment holds: table, column, records. */
void cstn__segment_say_block(
		const cstn__segment *segment, const cstn__segment_block *block, cstn_error **error);
const cstn__segment_column *cstn__segment_find_column(const cstn__segment *segment, uint32_t id);
static inline const cstn__segment_block *cstn__segment_block_of(
		const cstn__segment *segment, const cstn__segment_column *column, uint32_t chunk)
{
	return &segment->blocks[(size_t)(column - segment->columns) * segment->n_chunks + chunk];
}
/* Trailer, header and footer into `segment`, whose file is open. */
cstn_status cstn__segment_read_frame(
		cstn__segment *segment, const cstn__store_table *table, cstn_error **error);
/* Be ready to hold pages of the key index, and the end of it. */
cstn_status cstn__segment_keep_pages(cstn__segment *segment, cstn_error **error);
void cstn__segment_drop_pages(cstn__segment *segment);

#endif
