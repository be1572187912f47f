#ifndef CSTN_STORE_BLOCK_PACK_H
#define CSTN_STORE_BLOCK_PACK_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/status.h>

#include "base/alloc.h"
#include "store/little_endian.h"

/* The parts of block.c: fields of 1 to 64 bits in little-endian words, and zlib. */
#define CSTN__PACK_STEP 1024u     /* rows of a DELTA anchor, and of one turn of the packer */
#define CSTN__PACK_STEP_MAX 8192u /* bytes of one turn */
/* The widest field of an exact width: 8 bytes hold one at whatever bit it begins. */
#define CSTN__EXACT_BITS_MAX 56u

/* Bytes of n fields of `bits`, in whole words. */
static inline uint64_t cstn__packed_size(uint64_t n, uint32_t bits)
{
	return (n * bits + 63) / 64 * 8;
}

/* out[from, end) = value, of `rows` values in all. Runs are short: eight are written at once, and
 * those past the end are for the next run to write. */
static inline void cstn__fill_run(
		int64_t *out, uint64_t from, uint64_t end, uint64_t rows, int64_t value)
{
	for (; from < end && rows - from >= 8; from += 8)
		for (int k = 0; k < 8; k++)
			out[from + (uint64_t)k] = value;
	for (; from < end; from++)
		out[from] = value;
}

/* Write n <= 1,024 fields of 1 to 56 or of 64 bits to `out`; the rest of the last word is zero. No
 * field has a bit above its width. */
void cstn__pack(const uint64_t *fields, size_t n, uint32_t bits, uint8_t *out);
/* out[i] = base + field i, modulo 2^64. `simd` is a level of cstn__cpu_simd(), which the machine
 * must have; the numbers do not depend on it. Reads the bytes that hold a field and no others. */
void cstn__unpack_with(int simd, const uint8_t *packed, size_t n, uint32_t bits, uint64_t base,
		int64_t *out);
/* out[i] = the signed number of `bytes` (1 2 4 8) at i. */
void cstn__unpack_signed_with(
		int simd, const uint8_t *packed, size_t n, uint32_t bytes, int64_t *out);

/* Field i alone, of 1 to 56 bits; `packed` is whole words. */
static inline uint64_t cstn__field_at(const uint8_t *packed, uint64_t i, uint32_t bits)
{
	uint64_t bit = i * bits, word;
	const uint8_t *at = packed + bit / 64 * 8;
	uint32_t shift = (uint32_t)(bit % 64);

	word = cstn__load64(at) >> shift;
	if (shift + bits > 64)
		word |= cstn__load64(at + 8) << (64 - shift);
	return word & ((UINT64_C(1) << bits) - 1);
}

/* Append the deflated bytes (level 1, zlib's own frame) to `out`: 1 if they are fewer than `size`,
 * else 0 and `out` as before; -1 out of memory. */
int cstn__block_deflate(const uint8_t *data, size_t size, cstn__bytes *out);
/* Exactly `out_size` bytes, and the stream ends there. CSTN_E_CORRUPT, CSTN_E_NOMEM. */
cstn_status cstn__block_inflate(const uint8_t *data, size_t size, const cstn_allocator *allocator,
		uint8_t *out, size_t out_size, cstn_error **error);

#endif
