#ifndef CSTN_STORE_PACKED_H
#define CSTN_STORE_PACKED_H

#include <stddef.h>
#include <stdint.h>

#include "store/block.h"
#include "store/block_serial.h"

/* A block as it was encoded, inflated if it was deflated, of which single values are read. The
 * bytes are those that cstn__block_decode() took: nothing is checked here again. */
typedef struct cstn__packed {
	const uint8_t *validity; /* words as they are in the file; NULL: all valid */
	const uint8_t *data;     /* what follows them */
	uint64_t rows;
	uint32_t nulls;
	uint8_t encoding, width; /* of SERIAL those of its numbers, and so the data */
	uint8_t is_serial;
	cstn__serial serial;
} cstn__packed;

/* A block of a segment, checked as a whole; see cstn__segment_read_packed(). */
typedef struct cstn__packed_block {
	cstn__packed packed;
	const cstn__values *dictionary; /* of its codes; the segment's */
	uint32_t *starts;               /* of counts of child rows: their sums, rows + 1 of them */
	int text; /* BYTES, SERIAL, codes, or CONST of a column of texts that are all empty */
	void *memory;
	size_t size;
	size_t starts_size;
} cstn__packed_block;

/* `raw` has info->raw_len bytes and outlives `out`. */
void cstn__packed_init(
		const cstn__block_info *info, const uint8_t *raw, uint64_t rows, cstn__packed *out);
static inline int cstn__packed_is_valid(const cstn__packed *packed, uint64_t row)
{
	return !packed->validity || (packed->validity[row / 8] >> row % 8 & 1);
}
static inline int cstn__packed_is_text(const cstn__packed *packed)
{
	return packed->is_serial || packed->encoding == CSTN__ENCODING_BYTES;
}
/* out[i] = the number of row from + i; under a null 0. Not for BYTES. O(n), and up to 1,023 rows
 * before the first for DELTA with fields, O(log runs) for RLE. */
void cstn__packed_numbers(const cstn__packed *packed, uint64_t from, uint64_t n, int64_t *out);
/* The length of a row's text: BYTES or SERIAL; 0 under a null, and for every other encoding, which
 * texts have that are all empty. */
uint32_t cstn__packed_text_len(const cstn__packed *packed, uint64_t row);
/* The text itself, of that length, into memory of CSTN__SERIAL_SLACK bytes more. */
void cstn__packed_put_text(const cstn__packed *packed, uint64_t row, uint32_t len, uint8_t *out);
/* Is it this one? */
int cstn__packed_text_is(const cstn__packed *packed, uint64_t row, const uint8_t *text, size_t len);

#endif
