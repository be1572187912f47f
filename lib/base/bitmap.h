#ifndef CSTN_BASE_BITMAP_H
#define CSTN_BASE_BITMAP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bits in bytes, least significant first (Arrow's order), and in words of 64. */

static inline int cstn__bit_get(const uint8_t *bits, size_t index)
{
	return bits[index >> 3] >> (index & 7) & 1;
}

static inline void cstn__bit_set(uint8_t *bits, size_t index)
{
	bits[index >> 3] = (uint8_t)(bits[index >> 3] | 1u << (index & 7));
}

static inline void cstn__bit_clear(uint8_t *bits, size_t index)
{
	bits[index >> 3] = (uint8_t)(bits[index >> 3] & ~(1u << (index & 7)));
}

static inline int cstn__word_bit_get(const uint64_t *words, size_t index)
{
	return (int)(words[index >> 6] >> (index & 63) & 1);
}

static inline void cstn__word_bit_set(uint64_t *words, size_t index)
{
	words[index >> 6] |= UINT64_C(1) << (index & 63);
}

/* The lowest n bits set, 0 <= n <= 64. */
static inline uint64_t cstn__low_bits(size_t n)
{
	return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

static inline uint64_t cstn__load_u64_le(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/* Bits [offset, offset + n) in the low n bits of the result, 0 <= n <= 64, the rest 0. Reads only
 * bytes that hold one of them; no alignment is needed. */
static inline uint64_t cstn__bits_load(const uint8_t *bits, size_t offset, size_t n)
{
	const uint8_t *at = bits + (offset >> 3);
	size_t shift = offset & 7, bytes = (shift + n + 7) >> 3;
	uint64_t word = 0;

	if (n == 0)
		return 0;
	if (bytes >= 8) {
		word = cstn__load_u64_le(at) >> shift;
		if (bytes > 8)
			word |= (uint64_t)at[8] << (64 - shift);
	} else {
		for (size_t i = 0; i < bytes; i++)
			word |= (uint64_t)at[i] << (8 * i);
		word >>= shift;
	}
	return word & cstn__low_bits(n);
}

static inline uint64_t cstn__bits_load64(const uint8_t *bits, size_t offset)
{
	return cstn__bits_load(bits, offset, 64);
}

/* How many of the bits [offset, offset + n) are set. */
static inline size_t cstn__bits_count(const uint8_t *bits, size_t offset, size_t n)
{
	size_t count = 0;

	while (n) {
		size_t step = n < 64 ? n : 64;

		count += (size_t)__builtin_popcountll(cstn__bits_load(bits, offset, step));
		offset += step;
		n -= step;
	}
	return count;
}

#endif
