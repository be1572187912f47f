/* Fields of 1 to 64 bits, packed into little-endian words, least significant bit first.
 *
 * A width divides 64, so no field crosses a word. The loops run over 64 fields a turn, a constant
 * that lets the compiler use its vectors; where the processor has AVX2 the same loops are compiled
 * for it once more. Whatever is chosen, the bytes and the numbers are the same.
 * Cost: unpacking 16 bits runs at about the speed of writing the 8 bytes of the result. */
#include "store/block_pack.h"

#include "base/cpu.h"
#include "store/little_endian.h"

#define GROUP 64u
#define FEW 4096u /* rows below which asking the processor costs more than it brings */

static void pack_words(const uint64_t *fields, size_t n, uint32_t bits, uint8_t *out)
{
	size_t per_word = 64 / bits;

	for (size_t i = 0; i < n; i += per_word, out += 8) {
		size_t end = n - i < per_word ? n - i : per_word;
		uint64_t word = 0;

		for (size_t j = 0; j < end; j++)
			word |= fields[i + j] << (j * bits);
		cstn__store64(out, word);
	}
}

void cstn__pack(const uint64_t *fields, size_t n, uint32_t bits, uint8_t *out)
{
	size_t size = (size_t)cstn__packed_size(n, bits);

	switch (bits) {
	case 8:
		for (size_t i = 0; i < n; i++)
			out[i] = (uint8_t)fields[i];
		break;
	case 16:
		for (size_t i = 0; i < n; i++)
			cstn__store16(out + 2 * i, (uint16_t)fields[i]);
		break;
	case 32:
		for (size_t i = 0; i < n; i++)
			cstn__store32(out + 4 * i, (uint32_t)fields[i]);
		break;
	default:
		pack_words(fields, n, bits, out);
		return;
	}
	memset(out + n * bits / 8, 0, size - n * bits / 8);
}

/* --- unpacking --- */

#define INLINE static inline __attribute__((always_inline))

INLINE uint64_t field_at(const uint8_t *packed, size_t i, uint32_t bits)
{
	switch (bits) {
	case 8:
		return packed[i];
	case 16:
		return cstn__load16(packed + 2 * i);
	case 32:
		return cstn__load32(packed + 4 * i);
	case 64:
		return cstn__load64(packed + 8 * i);
	default:
		return packed[i * bits / 8] >> i * bits % 8 & ((1u << bits) - 1);
	}
}

/* Below a byte: each byte of a word gives its 8 / bits fields, so that all shifts are constants. */
INLINE void unpack_group_of_bits(const uint8_t *packed, uint32_t bits, uint64_t base, int64_t *out)
{
	const size_t per_byte = 8 / bits;

	for (size_t i = 0; i < GROUP / per_byte; i++)
		for (size_t j = 0; j < per_byte; j++)
			out[i * per_byte + j] =
					(int64_t)(base + ((uint64_t)packed[i] >> j * bits &
									 ((1u << bits) - 1)));
}

INLINE void unpack_loop(
		const uint8_t *packed, size_t n, const uint32_t bits, uint64_t base, int64_t *out)
{
	size_t whole = n / GROUP * GROUP;

	for (size_t at = 0; at < whole; at += GROUP) {
		const uint8_t *group = packed + at * bits / 8;

		if (bits < 8)
			unpack_group_of_bits(group, bits, base, out + at);
		else
			for (size_t i = 0; i < GROUP; i++)
				out[at + i] = (int64_t)(base + field_at(group, i, bits));
	}
	for (size_t i = whole; i < n; i++)
		out[i] = (int64_t)(base + field_at(packed, i, bits));
}

INLINE void unpack_by_width(
		const uint8_t *packed, size_t n, uint32_t bits, uint64_t base, int64_t *out)
{
	switch (bits) {
	case 1:
		unpack_loop(packed, n, 1, base, out);
		break;
	case 2:
		unpack_loop(packed, n, 2, base, out);
		break;
	case 4:
		unpack_loop(packed, n, 4, base, out);
		break;
	case 8:
		unpack_loop(packed, n, 8, base, out);
		break;
	case 16:
		unpack_loop(packed, n, 16, base, out);
		break;
	case 32:
		unpack_loop(packed, n, 32, base, out);
		break;
	default:
		unpack_loop(packed, n, 64, base, out);
	}
}

INLINE void unpack_signed_loop(const uint8_t *packed, size_t n, const uint32_t bytes, int64_t *out)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t field = field_at(packed, i, bytes * 8);

		out[i] = bytes == 1   ? (int8_t)(uint8_t)field
			 : bytes == 2 ? (int16_t)(uint16_t)field
			 : bytes == 4 ? (int32_t)(uint32_t)field
				      : (int64_t)field;
	}
}

INLINE void unpack_signed_group(const uint8_t *packed, size_t n, const uint32_t bytes, int64_t *out)
{
	size_t whole = n / GROUP * GROUP;

	for (size_t at = 0; at < whole; at += GROUP)
		unpack_signed_loop(packed + at * bytes, GROUP, bytes, out + at);
	unpack_signed_loop(packed + whole * bytes, n - whole, bytes, out + whole);
}

INLINE void unpack_signed_by_width(const uint8_t *packed, size_t n, uint32_t bytes, int64_t *out)
{
	if (bytes == 1)
		unpack_signed_group(packed, n, 1, out);
	else if (bytes == 2)
		unpack_signed_group(packed, n, 2, out);
	else if (bytes == 4)
		unpack_signed_group(packed, n, 4, out);
	else
		unpack_signed_group(packed, n, 8, out);
}

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define HAVE_AVX2 1
#define TARGET __attribute__((target("avx2"), noinline))

TARGET static void avx2_unpack(
		const uint8_t *packed, size_t n, uint32_t bits, uint64_t base, int64_t *out)
{
	unpack_by_width(packed, n, bits, base, out);
}

TARGET static void avx2_unpack_signed(const uint8_t *packed, size_t n, uint32_t bytes, int64_t *out)
{
	unpack_signed_by_width(packed, n, bytes, out);
}
#endif

void cstn__unpack(const uint8_t *packed, size_t n, uint32_t bits, uint64_t base, int64_t *out)
{
#ifdef HAVE_AVX2
	if (n >= FEW && cstn__cpu_simd() >= 2) {
		avx2_unpack(packed, n, bits, base, out);
		return;
	}
#endif
	unpack_by_width(packed, n, bits, base, out);
}

void cstn__unpack_signed(const uint8_t *packed, size_t n, uint32_t bytes, int64_t *out)
{
#ifdef HAVE_AVX2
	if (n >= FEW && cstn__cpu_simd() >= 2) {
		avx2_unpack_signed(packed, n, bytes, out);
		return;
	}
#endif
	unpack_signed_by_width(packed, n, bytes, out);
}
