#ifndef CSTN_STORE_DEAD_ROWS_H
#define CSTN_STORE_DEAD_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "store/vfs.h"

/* Which rows of a segment have been replaced or deleted, by which transaction, and until when they
 * were true. One writer; readers take an immutable copy-on-write view. */
typedef struct cstn__dead_row {
	uint32_t row;
	uint64_t seq;     /* of the death; 0 after a restart: older than every snapshot */
	int64_t until_us; /* recorded_us of what replaced it */
} cstn__dead_row;

/* The file: rows strictly rising. Appended to `out`, which is as before on failure. */
cstn_status cstn__dead_rows_write(const uint8_t uuid[16], uint64_t file_no, uint64_t target_file_no,
		uint64_t max_seq, const cstn__dead_row *rows, size_t n, cstn__bytes *out,
		cstn_error **error);
/* Untrusted bytes; `segment_rows` bounds the rows. `out` is freed by the caller, n entries;
 * their `seq` is 0. */
cstn_status cstn__dead_rows_read(const uint8_t *data, size_t size, const uint8_t uuid[16],
		uint64_t file_no, uint64_t target_file_no, uint64_t segment_rows,
		const cstn_allocator *allocator, cstn__dead_row **out, size_t *n, uint64_t *max_seq,
		cstn_error **error);

#endif
