#ifndef CSTN_TABLE_CSV_SOURCE_H
#define CSTN_TABLE_CSV_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/progress.h>
#include <constellation/status.h>

/* Where CSV bytes come from: a file, or bytes in memory, gzip or not. One thread, save for
 * _read_at. Counts the bytes taken from the file (compressed ones of gzip) in `progress`. */
typedef struct cstn__csv_source cstn__csv_source;

cstn_status cstn__csv_source_file(const char *path, const cstn_allocator *allocator,
		cstn_progress *progress, cstn__csv_source **out, cstn_error **error);
/* `data` is borrowed. */
cstn_status cstn__csv_source_bytes(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_progress *progress, cstn__csv_source **out,
		cstn_error **error);
void cstn__csv_source_free(cstn__csv_source *source); /* NULL allowed */

/* The next `want` bytes. Fewer only at the end (*got < want, CSTN_OK) or on failure: then the bytes
 * before it are in `buffer` all the same and *got counts them. */
cstn_status cstn__csv_source_read(cstn__csv_source *source, uint8_t *buffer, size_t want,
		size_t *got, cstn_error **error);

int cstn__csv_source_is_gzip(const cstn__csv_source *source);
/* 1 when the size is known and parts may be read at any place, from several threads. */
int cstn__csv_source_is_random(const cstn__csv_source *source);
uint64_t cstn__csv_source_left(const cstn__csv_source *source); /* random sources: bytes to come */
/* `size` bytes that lie `offset` bytes ahead of the reading position, which stays. Any thread. On
 * failure *got of them are there. */
cstn_status cstn__csv_source_read_at(const cstn__csv_source *source, uint64_t offset,
		uint8_t *buffer, size_t size, size_t *got, cstn_error **error);
void cstn__csv_source_skip(cstn__csv_source *source, uint64_t size); /* moves the position */

/* zlib's memory: `opaque` is a cstn_allocator. */
void *cstn__csv_zalloc(void *opaque, unsigned int items, unsigned int size);
void cstn__csv_zfree(void *opaque, void *address);

#endif
