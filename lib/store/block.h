#ifndef CSTN_STORE_BLOCK_H
#define CSTN_STORE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/status.h>

#include "base/alloc.h"
#include "store/values.h"

/* Encoded columns: [validity] + data, in the encodings CONST, RAW, FOR, DELTA, RLE, BYTES, STEP,
 * SERIAL.
 * The smallest wins, ties to the lower number, so that the bytes are a function of the values alone
 * (zlib's output excepted). A block without nulls has no validity words. */
#define CSTN__ENCODING_CONST 0
#define CSTN__ENCODING_RAW 1
#define CSTN__ENCODING_FOR 2
#define CSTN__ENCODING_DELTA 3
#define CSTN__ENCODING_RLE 4
#define CSTN__ENCODING_BYTES 5
#define CSTN__ENCODING_STEP 6   /* FOR of (value - base) / step: times in days, minutes, seconds */
#define CSTN__ENCODING_SERIAL 7 /* texts: one prefix, and numbers in any encoding but RLE */
#define CSTN__ENCODING_LAST CSTN__ENCODING_SERIAL
#define CSTN__ENCODINGS_LOG 0x27u /* the log: CONST, RAW, FOR, BYTES only, and plain widths */
/* Fields of FOR, DELTA and STEP may have any width up to 56 bits, where the exact one saves an
 * eighth of what the next of 1, 2, 4, 8, 16, 32 and 64 takes; and differences that are all the same
 * have none. */
#define CSTN__EXACT_WIDTHS 0x80000000u
#define CSTN__ENCODINGS_ALL (CSTN__EXACT_WIDTHS | 0xffu)

/* A width of fields that every part of a store may have. */
static inline int cstn__is_plain_width(uint32_t bits)
{
	return bits && bits <= 32 && (bits & (bits - 1)) == 0;
}

static inline int cstn__encoding_is_text(uint32_t encoding)
{
	return encoding == CSTN__ENCODING_BYTES || encoding == CSTN__ENCODING_SERIAL;
}

#define CSTN__BLOCK_BYTES_MAX (16u << 20) /* validity and data, not deflated */
#define CSTN__BLOCK_ROWS_MAX (1u << 24)

#define CSTN__BLOCK_ZLIB 1u
#define CSTN__BLOCK_VALIDITY 2u
#define CSTN__BLOCK_SORTED 4u /* never falling, no nulls */

typedef struct cstn__block_info {
	uint32_t enc_len, raw_len; /* equal unless zlib */
	uint32_t nulls;
	uint8_t encoding, width, flags, kind;
	int64_t min, max; /* over non-null numbers; min > max: none */
} cstn__block_info;

/* Append the encoded bytes of values[start, start + n) to `out` (no padding) and fill `info`.
 * Numbers take the smallest of the `encodings` allowed (RAW must be one, and CONST), text takes
 * BYTES, or SERIAL if allowed and at most half as large; text with a dictionary is written as plain
 * text, and a column that is not there (neither numbers nor offsets) as CONST, all null. With
 * `zlib` 1, BYTES are wrapped when that is smaller. CSTN_E_LIMIT above 16 MiB raw or 2^24 rows;
 * then, and out of memory, `out` and `info` are as before (but `out` has failed). */
cstn_status cstn__block_encode(const cstn__values *values, uint64_t start, uint64_t n,
		uint32_t encodings, int zlib, cstn__bytes *out, cstn__block_info *info,
		cstn_error **error);

/* Decoded into memory of its own: values that point into it, offsets for text and numbers for all
 * other encodings. `info` is not trusted either, but for `rows`, which bound the memory. Bytes are
 * not trusted: every length, code and offset is checked; CSTN_E_CORRUPT says which rule. `n_codes`
 * other than 0: numbers are codes below it. */
typedef struct cstn__block {
	cstn__values values;
	void *memory; /* as an Arrow buffer must be: aligned, and a multiple of that in size */
	size_t size;
} cstn__block;
#define CSTN__BLOCK_ALIGNMENT 64u
cstn_status cstn__block_decode(const cstn__block_info *info, const uint8_t *data, uint64_t rows,
		uint64_t n_codes, const cstn_allocator *allocator, cstn__block *out,
		cstn_error **error);
/* The same by who knows the machine: asking a virtual one for cstn__cpu_simd() takes as long as
 * decoding some 10,000 rows. */
cstn_status cstn__block_decode_with(int simd, const cstn__block_info *info, const uint8_t *data,
		uint64_t rows, uint64_t n_codes, const cstn_allocator *allocator, cstn__block *out,
		cstn_error **error);
void cstn__block_free(cstn__block *block, const cstn_allocator *allocator);
/* The same into memory that is there: as many bytes as _decoded_size() says, aligned to 8. */
size_t cstn__block_decoded_size(const cstn__block_info *info, const uint8_t *data, uint64_t rows);
cstn_status cstn__block_decode_into(int simd, const cstn__block_info *info, const uint8_t *data,
		uint64_t rows, uint64_t n_codes, const cstn_allocator *allocator, uint8_t *memory,
		cstn__values *out, cstn_error **error);

#endif
