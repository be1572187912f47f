/* Unpacking: fields of 1 to 64 bits, plus a base, into int64.
 *
 * There are three forms of each loop: portable, AVX2 and AVX-512. The wide ones take 8 fields a
 * turn: whole bytes are widened by one instruction, fields below a byte are shifted out of a word
 * that fills all lanes. Fields of any other width lie across bytes: 8 of them fill as many bytes as
 * a field has bits, so where each begins within a turn is the same in all turns; the bytes of each
 * are moved into its lane, shifted there and masked. The caller says what the processor has; the
 * numbers are the same, and no byte past the last field is read. Cost: for values that come from
 * the cache, that of writing 8 bytes a row. */
#include "store/block_pack.h"

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define HAVE_X86 1
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

/* --- portable --- */

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

INLINE void unpack_from(const uint8_t *packed, size_t i, size_t n, const uint32_t bits,
		uint64_t base, int64_t *out)
{
	for (; i < n; i++)
		out[i] = (int64_t)(base + field_at(packed, i, bits));
}

/* Fields across bytes, of up to 56 bits: each lies in the 8 bytes from the one it begins in. */
static void unpack_across(const uint8_t *packed, size_t begin, size_t n, uint32_t bits,
		uint64_t base, int64_t *out)
{
	size_t size = (n * bits + 7) / 8, whole = 0, i = begin, bit = begin * bits;
	uint64_t mask = (UINT64_C(1) << bits) - 1;

	if (size >= 8)
		whole = ((size - 8) * 8 + 7) / bits + 1;
	whole = whole < n ? whole : n;
	for (; i < whole; i++, bit += bits)
		out[i] = (int64_t)(base + (cstn__load64(packed + bit / 8) >> bit % 8 & mask));
	for (; i < n; i++) {
		uint8_t last[8] = {0};
		size_t at = i * bits / 8;

		memcpy(last, packed + at, size - at < 8 ? size - at : 8);
		out[i] = (int64_t)(base + (cstn__load64(last) >> i * bits % 8 & mask));
	}
}

static void unpack_portable(const uint8_t *packed, size_t begin, size_t n, uint32_t bits,
		uint64_t base, int64_t *out)
{
	switch (bits) {
	case 1:
		unpack_from(packed, begin, n, 1, base, out);
		break;
	case 2:
		unpack_from(packed, begin, n, 2, base, out);
		break;
	case 4:
		unpack_from(packed, begin, n, 4, base, out);
		break;
	case 8:
		unpack_from(packed, begin, n, 8, base, out);
		break;
	case 16:
		unpack_from(packed, begin, n, 16, base, out);
		break;
	case 32:
		unpack_from(packed, begin, n, 32, base, out);
		break;
	case 64:
		unpack_from(packed, begin, n, 64, base, out);
		break;
	default:
		unpack_across(packed, begin, n, bits, base, out);
	}
}

static void unpack_signed_portable(
		const uint8_t *packed, size_t begin, size_t n, uint32_t bytes, int64_t *out)
{
	size_t i = begin;

	switch (bytes) {
	case 1:
		for (; i < n; i++)
			out[i] = (int8_t)packed[i];
		break;
	case 2:
		for (; i < n; i++)
			out[i] = (int16_t)cstn__load16(packed + 2 * i);
		break;
	case 4:
		for (; i < n; i++)
			out[i] = (int32_t)cstn__load32(packed + 4 * i);
		break;
	default:
		for (; i < n; i++)
			out[i] = (int64_t)cstn__load64(packed + 8 * i);
	}
}

/* --- AVX2 and AVX-512: as many rows as fill whole turns; the rest is the portable loop's --- */

#ifdef HAVE_X86
#define AVX2 __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))

/* Two vectors of 4 rows. */
#define AVX2_LOOP(widen_low, widen_high)                                      \
	do {                                                                  \
		for (; i + 8 <= n; i += 8) {                                  \
			const uint8_t *at = packed + i * bits / 8;            \
			__m256i low = widen_low, high = widen_high;           \
			_mm256_storeu_si256((__m256i *)(void *)(out + i),     \
					_mm256_add_epi64(low, bases));        \
			_mm256_storeu_si256((__m256i *)(void *)(out + i + 4), \
					_mm256_add_epi64(high, bases));       \
		}                                                             \
	} while (0)
#define AVX512_LOOP(widen)                                                                      \
	do {                                                                                    \
		for (; i + 8 <= n; i += 8) {                                                    \
			const uint8_t *at = packed + i * bits / 8;                              \
			_mm512_storeu_si512((void *)(out + i), _mm512_add_epi64(widen, bases)); \
		}                                                                               \
	} while (0)

/* Unaligned loads of what a vector of fields needs, no byte more. */
INLINE long long load_up_to_8(const uint8_t *at, size_t size)
{
	uint64_t word = 0;

	memcpy(&word, at, size);
	return (long long)word;
}

#define LOAD_16(at) _mm_loadu_si128((const __m128i *)(const void *)(at))
#define LOAD_8(at) _mm_cvtsi64_si128(load_up_to_8((at), 8))
#define LOAD_4(at) _mm_cvtsi64_si128(load_up_to_8((at), 4))

/* Fields below a byte: 8 of them are `bits` bytes. */
AVX2 static size_t avx2_unpack_bits(
		const uint8_t *packed, size_t n, const uint32_t bits, __m256i bases, int64_t *out)
{
	long long step = bits;
	__m256i low_counts = _mm256_set_epi64x(3 * step, 2 * step, step, 0);
	__m256i high_counts = _mm256_set_epi64x(7 * step, 6 * step, 5 * step, 4 * step);
	__m256i mask = _mm256_set1_epi64x((1 << bits) - 1);
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		__m256i word = _mm256_set1_epi64x(load_up_to_8(packed + i * bits / 8, bits));
		__m256i low = _mm256_and_si256(_mm256_srlv_epi64(word, low_counts), mask);
		__m256i high = _mm256_and_si256(_mm256_srlv_epi64(word, high_counts), mask);

		_mm256_storeu_si256((__m256i *)(void *)(out + i), _mm256_add_epi64(low, bases));
		_mm256_storeu_si256(
				(__m256i *)(void *)(out + i + 4), _mm256_add_epi64(high, bases));
	}
	return i;
}

/* Two fields of a turn lie in 16 bytes from the one that the first begins in: four such loads give
 * two vectors, whose bytes are moved to the lanes. */
AVX2 static size_t avx2_unpack_across(
		const uint8_t *packed, size_t n, uint32_t bits, __m256i bases, int64_t *out)
{
	uint8_t moves[8][8];
	int64_t counts[8];
	size_t begin[4], size = (n * bits + 7) / 8, at = 0, i = 0;
	__m256i low_moves, high_moves, low_counts, high_counts;
	__m256i mask = _mm256_set1_epi64x((long long)((UINT64_C(1) << bits) - 1));

	for (uint32_t k = 0; k < 8; k++) {
		size_t first = (size_t)k / 2 * 2 * bits / 8, byte = (size_t)k * bits / 8 - first;

		begin[k / 2] = first;
		counts[k] = k * bits % 8;
		for (uint32_t b = 0; b < 8; b++)
			moves[k][b] = (uint8_t)(byte + b);
	}
	low_moves = _mm256_loadu_si256((const __m256i *)(const void *)moves[0]);
	high_moves = _mm256_loadu_si256((const __m256i *)(const void *)moves[4]);
	low_counts = _mm256_loadu_si256((const __m256i *)(const void *)counts);
	high_counts = _mm256_loadu_si256((const __m256i *)(const void *)(counts + 4));
	for (; i + 8 <= n && at + begin[3] + 16 <= size; i += 8, at += bits) {
		const uint8_t *from = packed + at;
		__m256i low = _mm256_inserti128_si256(
				_mm256_castsi128_si256(LOAD_16(from)), LOAD_16(from + begin[1]), 1);
		__m256i high = _mm256_inserti128_si256(
				_mm256_castsi128_si256(LOAD_16(from + begin[2])),
				LOAD_16(from + begin[3]), 1);

		low = _mm256_srlv_epi64(_mm256_shuffle_epi8(low, low_moves), low_counts);
		high = _mm256_srlv_epi64(_mm256_shuffle_epi8(high, high_moves), high_counts);
		low = _mm256_add_epi64(_mm256_and_si256(low, mask), bases);
		high = _mm256_add_epi64(_mm256_and_si256(high, mask), bases);
		_mm256_storeu_si256((__m256i *)(void *)(out + i), low);
		_mm256_storeu_si256((__m256i *)(void *)(out + i + 4), high);
	}
	return i;
}

AVX2 static size_t avx2_unpack(
		const uint8_t *packed, size_t n, uint32_t bits, uint64_t base, int64_t *out)
{
	__m256i bases = _mm256_set1_epi64x((long long)base);
	size_t i = 0;

	switch (bits) {
	case 1:
		return avx2_unpack_bits(packed, n, 1, bases, out);
	case 2:
		return avx2_unpack_bits(packed, n, 2, bases, out);
	case 4:
		return avx2_unpack_bits(packed, n, 4, bases, out);
	case 8:
		AVX2_LOOP(_mm256_cvtepu8_epi64(LOAD_4(at)), _mm256_cvtepu8_epi64(LOAD_4(at + 4)));
		break;
	case 16:
		AVX2_LOOP(_mm256_cvtepu16_epi64(LOAD_8(at)), _mm256_cvtepu16_epi64(LOAD_8(at + 8)));
		break;
	case 32:
		AVX2_LOOP(_mm256_cvtepu32_epi64(LOAD_16(at)),
				_mm256_cvtepu32_epi64(LOAD_16(at + 16)));
		break;
	case 64:
		break;
	default:
		return avx2_unpack_across(packed, n, bits, bases, out);
	}
	return i;
}

AVX2 static size_t avx2_unpack_signed(const uint8_t *packed, size_t n, uint32_t bytes, int64_t *out)
{
	const uint32_t bits = bytes * 8;
	__m256i bases = _mm256_setzero_si256();
	size_t i = 0;

	switch (bytes) {
	case 1:
		AVX2_LOOP(_mm256_cvtepi8_epi64(LOAD_4(at)), _mm256_cvtepi8_epi64(LOAD_4(at + 4)));
		break;
	case 2:
		AVX2_LOOP(_mm256_cvtepi16_epi64(LOAD_8(at)), _mm256_cvtepi16_epi64(LOAD_8(at + 8)));
		break;
	case 4:
		AVX2_LOOP(_mm256_cvtepi32_epi64(LOAD_16(at)),
				_mm256_cvtepi32_epi64(LOAD_16(at + 16)));
		break;
	default:
		break;
	}
	return i;
}

AVX512 static size_t avx512_unpack_bits(
		const uint8_t *packed, size_t n, const uint32_t bits, __m512i bases, int64_t *out)
{
	long long step = bits;
	__m512i counts = _mm512_set_epi64(
			7 * step, 6 * step, 5 * step, 4 * step, 3 * step, 2 * step, step, 0);
	__m512i mask = _mm512_set1_epi64((1 << bits) - 1);
	size_t i = 0;

	for (; i + 8 <= n; i += 8) {
		__m512i word = _mm512_set1_epi64(load_up_to_8(packed + i * bits / 8, bits));
		__m512i fields = _mm512_and_si512(_mm512_srlv_epi64(word, counts), mask);

		_mm512_storeu_si512((void *)(out + i), _mm512_add_epi64(fields, bases));
	}
	return i;
}

/* Up to 32 bits: a field lies in two words of 32 bits, which are moved to its lane. */
AVX512 static size_t avx512_unpack_across(
		const uint8_t *packed, size_t n, uint32_t bits, __m512i bases, int64_t *out)
{
	uint32_t moves[16];
	int64_t counts[8];
	__m512i move, count, mask = _mm512_set1_epi64((long long)((UINT64_C(1) << bits) - 1));
	__mmask64 held = (UINT64_C(1) << bits) - 1; /* bytes of a turn */
	size_t i = 0;

	for (uint32_t k = 0; k < 8; k++) {
		moves[2 * k] = k * bits / 32;
		moves[2 * k + 1] = k * bits / 32 + 1;
		counts[k] = k * bits % 32;
	}
	move = _mm512_loadu_si512((const void *)moves);
	count = _mm512_loadu_si512((const void *)counts);
	for (; i + 8 <= n; i += 8, packed += bits) {
		__m512i fields = _mm512_maskz_loadu_epi8(held, (const void *)packed);

		fields = _mm512_srlv_epi64(_mm512_permutexvar_epi32(move, fields), count);
		_mm512_storeu_si512((void *)(out + i),
				_mm512_add_epi64(_mm512_and_si512(fields, mask), bases));
	}
	return i;
}

AVX512 static size_t avx512_unpack(
		const uint8_t *packed, size_t n, uint32_t bits, uint64_t base, int64_t *out)
{
	__m512i bases = _mm512_set1_epi64((long long)base);
	size_t i = 0;

	switch (bits) {
	case 1:
		return avx512_unpack_bits(packed, n, 1, bases, out);
	case 2:
		return avx512_unpack_bits(packed, n, 2, bases, out);
	case 4:
		return avx512_unpack_bits(packed, n, 4, bases, out);
	case 8:
		AVX512_LOOP(_mm512_cvtepu8_epi64(LOAD_8(at)));
		break;
	case 16:
		AVX512_LOOP(_mm512_cvtepu16_epi64(LOAD_16(at)));
		break;
	case 32:
		AVX512_LOOP(_mm512_cvtepu32_epi64(
				_mm256_loadu_si256((const __m256i *)(const void *)at)));
		break;
	case 64:
		break;
	default:
		if (bits < 32)
			return avx512_unpack_across(packed, n, bits, bases, out);
		return avx2_unpack_across(
				packed, n, bits, _mm256_set1_epi64x((long long)base), out);
	}
	return i;
}

AVX512 static size_t avx512_unpack_signed(
		const uint8_t *packed, size_t n, uint32_t bytes, int64_t *out)
{
	const uint32_t bits = bytes * 8;
	__m512i bases = _mm512_setzero_si512();
	size_t i = 0;

	switch (bytes) {
	case 1:
		AVX512_LOOP(_mm512_cvtepi8_epi64(LOAD_8(at)));
		break;
	case 2:
		AVX512_LOOP(_mm512_cvtepi16_epi64(LOAD_16(at)));
		break;
	case 4:
		AVX512_LOOP(_mm512_cvtepi32_epi64(
				_mm256_loadu_si256((const __m256i *)(const void *)at)));
		break;
	default:
		break;
	}
	return i;
}
#endif

/* --- the choice --- */

void cstn__unpack_with(int simd, const uint8_t *packed, size_t n, uint32_t bits, uint64_t base,
		int64_t *out)
{
	size_t done = 0;

#ifdef HAVE_X86
	if (simd >= 3)
		done = avx512_unpack(packed, n, bits, base, out);
	else if (simd == 2)
		done = avx2_unpack(packed, n, bits, base, out);
#else
	(void)simd;
#endif
	unpack_portable(packed, done, n, bits, base, out);
}

void cstn__unpack_signed_with(
		int simd, const uint8_t *packed, size_t n, uint32_t bytes, int64_t *out)
{
	size_t done = 0;

#ifdef HAVE_X86
	if (simd >= 3)
		done = avx512_unpack_signed(packed, n, bytes, out);
	else if (simd == 2)
		done = avx2_unpack_signed(packed, n, bytes, out);
#else
	(void)simd;
#endif
	unpack_signed_portable(packed, done, n, bytes, out);
}
