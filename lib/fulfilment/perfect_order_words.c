/* Predicates over 64 values -> one word, for the perfect-order kernel.
 *
 * The portable twin fills 64 bytes with 0 or 1 and gathers them by a multiplication, 8 at a time;
 * compilers turn the byte loop into whatever vectors the target has. AVX2 takes sign bits of
 * compares by movemask, AVX-512 its masks. The dispatch is a table of functions chosen once a call:
 * no mutable global, no constructor. Cost: 5 to 20 ns a word. */
#include "fulfilment/perfect_order_words.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_X86 1
#include <immintrin.h>
#else
#define HAVE_X86 0
#endif

/* Bytes of 0 or 1 -> bits; byte order of the load is fixed by building the integer by shifts on
 * big-endian machines. */
static uint64_t gather(const uint8_t *bytes)
{
	uint64_t word = 0, eight;
	int i;

	for (i = 0; i < 8; i++) {
		memcpy(&eight, bytes + 8 * i, 8);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		eight = __builtin_bswap64(eight);
#endif
		word |= ((eight * UINT64_C(0x0102040810204080)) >> 56) << (8 * i);
	}
	return word;
}

#define PORTABLE(name, type, parameters, test)      \
	static uint64_t portable_##name parameters  \
	{                                           \
		uint8_t bytes[64] = {0};            \
		int i;                              \
                                                    \
		for (i = 0; i < n; i++)             \
			bytes[i] = (uint8_t)(test); \
		return gather(bytes);               \
	}

PORTABLE(ne32, int32_t, (const int32_t *a, const int32_t *b, int n), a[i] != b[i])
PORTABLE(ne64, int64_t, (const int64_t *a, const int64_t *b, int n), a[i] != b[i])
/* Differences wrap as the vector units' do; the caller masks out what is too far apart. */
PORTABLE(above32, int32_t, (const int32_t *a, const int32_t *b, int32_t c, int n),
		(int32_t)((uint32_t)a[i] - (uint32_t)b[i]) > c)
PORTABLE(above64, int64_t, (const int64_t *a, const int64_t *b, int64_t c, int n),
		(int64_t)((uint64_t)a[i] - (uint64_t)b[i]) > c)
PORTABLE(gt32, int32_t, (const int32_t *a, int32_t c, int n), a[i] > c)
PORTABLE(gt64, int64_t, (const int64_t *a, int64_t c, int n), a[i] > c)
PORTABLE(lt32, int32_t, (const int32_t *a, int32_t c, int n), a[i] < c)
PORTABLE(lt64, int64_t, (const int64_t *a, int64_t c, int n), a[i] < c)

static const cstn__words portable_words = {portable_ne32, portable_ne64, portable_above32,
		portable_above64, portable_gt32, portable_gt64, portable_lt32, portable_lt64};

#if HAVE_X86

/* Whole words by vectors, a rest by the portable twin. */
#define AVX2_32(name, parameters, rest, prepare, mask)                                          \
	__attribute__((target("avx2"))) static uint64_t avx2_##name parameters                  \
	{                                                                                       \
		uint64_t word = 0;                                                              \
		int i;                                                                          \
                                                                                                \
		if (n < 64)                                                                     \
			return rest;                                                            \
		prepare for (i = 0; i < 64; i += 8)                                             \
		{                                                                               \
			__m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(a + i)); \
			__m256i m = mask;                                                       \
			word |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(m))  \
				<< i;                                                           \
		}                                                                               \
		return word;                                                                    \
	}

#define AVX2_64(name, parameters, rest, prepare, mask)                                          \
	__attribute__((target("avx2"))) static uint64_t avx2_##name parameters                  \
	{                                                                                       \
		uint64_t word = 0;                                                              \
		int i;                                                                          \
                                                                                                \
		if (n < 64)                                                                     \
			return rest;                                                            \
		prepare for (i = 0; i < 64; i += 4)                                             \
		{                                                                               \
			__m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(a + i)); \
			__m256i m = mask;                                                       \
			word |= (uint64_t)(uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(m))  \
				<< i;                                                           \
		}                                                                               \
		return word;                                                                    \
	}

#define OTHER256 _mm256_loadu_si256((const __m256i *)(const void *)(b + i))
#define NOT256(m) _mm256_xor_si256(m, _mm256_set1_epi32(-1))

AVX2_32(ne32, (const int32_t *a, const int32_t *b, int n), portable_ne32(a, b, n), ,
		NOT256(_mm256_cmpeq_epi32(x, OTHER256)))
AVX2_64(ne64, (const int64_t *a, const int64_t *b, int n), portable_ne64(a, b, n), ,
		NOT256(_mm256_cmpeq_epi64(x, OTHER256)))
AVX2_32(above32, (const int32_t *a, const int32_t *b, int32_t c, int n),
		portable_above32(a, b, c, n), const __m256i limit = _mm256_set1_epi32(c);
		, _mm256_cmpgt_epi32(_mm256_sub_epi32(x, OTHER256), limit))
AVX2_64(above64, (const int64_t *a, const int64_t *b, int64_t c, int n),
		portable_above64(a, b, c, n), const __m256i limit = _mm256_set1_epi64x(c);
		, _mm256_cmpgt_epi64(_mm256_sub_epi64(x, OTHER256), limit))
AVX2_32(gt32, (const int32_t *a, int32_t c, int n), portable_gt32(a, c, n),
		const __m256i limit = _mm256_set1_epi32(c);
		, _mm256_cmpgt_epi32(x, limit))
AVX2_64(gt64, (const int64_t *a, int64_t c, int n), portable_gt64(a, c, n),
		const __m256i limit = _mm256_set1_epi64x(c);
		, _mm256_cmpgt_epi64(x, limit))
AVX2_32(lt32, (const int32_t *a, int32_t c, int n), portable_lt32(a, c, n),
		const __m256i limit = _mm256_set1_epi32(c);
		, _mm256_cmpgt_epi32(limit, x))
AVX2_64(lt64, (const int64_t *a, int64_t c, int n), portable_lt64(a, c, n),
		const __m256i limit = _mm256_set1_epi64x(c);
		, _mm256_cmpgt_epi64(limit, x))

static const cstn__words avx2_words = {avx2_ne32, avx2_ne64, avx2_above32, avx2_above64, avx2_gt32,
		avx2_gt64, avx2_lt32, avx2_lt64};

#define AVX512(name, step, parameters, rest, prepare, mask)                           \
	__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))) static uint64_t \
			avx512_##name parameters                                      \
	{                                                                             \
		uint64_t word = 0;                                                    \
		int i;                                                                \
                                                                                      \
		if (n < 64)                                                           \
			return rest;                                                  \
		prepare for (i = 0; i < 64; i += step)                                \
		{                                                                     \
			__m512i x = _mm512_loadu_si512((const void *)(a + i));        \
			word |= (uint64_t)(mask) << i;                                \
		}                                                                     \
		return word;                                                          \
	}

#define OTHER512 _mm512_loadu_si512((const void *)(b + i))

AVX512(ne32, 16, (const int32_t *a, const int32_t *b, int n), portable_ne32(a, b, n), ,
		_mm512_cmpneq_epi32_mask(x, OTHER512))
AVX512(ne64, 8, (const int64_t *a, const int64_t *b, int n), portable_ne64(a, b, n), ,
		_mm512_cmpneq_epi64_mask(x, OTHER512))
AVX512(above32, 16, (const int32_t *a, const int32_t *b, int32_t c, int n),
		portable_above32(a, b, c, n), const __m512i limit = _mm512_set1_epi32(c);
		, _mm512_cmpgt_epi32_mask(_mm512_sub_epi32(x, OTHER512), limit))
AVX512(above64, 8, (const int64_t *a, const int64_t *b, int64_t c, int n),
		portable_above64(a, b, c, n), const __m512i limit = _mm512_set1_epi64(c);
		, _mm512_cmpgt_epi64_mask(_mm512_sub_epi64(x, OTHER512), limit))
AVX512(gt32, 16, (const int32_t *a, int32_t c, int n), portable_gt32(a, c, n),
		const __m512i limit = _mm512_set1_epi32(c);
		, _mm512_cmpgt_epi32_mask(x, limit))
AVX512(gt64, 8, (const int64_t *a, int64_t c, int n), portable_gt64(a, c, n),
		const __m512i limit = _mm512_set1_epi64(c);
		, _mm512_cmpgt_epi64_mask(x, limit))
AVX512(lt32, 16, (const int32_t *a, int32_t c, int n), portable_lt32(a, c, n),
		const __m512i limit = _mm512_set1_epi32(c);
		, _mm512_cmplt_epi32_mask(x, limit))
AVX512(lt64, 8, (const int64_t *a, int64_t c, int n), portable_lt64(a, c, n),
		const __m512i limit = _mm512_set1_epi64(c);
		, _mm512_cmplt_epi64_mask(x, limit))

static const cstn__words avx512_words = {avx512_ne32, avx512_ne64, avx512_above32, avx512_above64,
		avx512_gt32, avx512_gt64, avx512_lt32, avx512_lt64};

#endif

const cstn__words *cstn__words_for(int simd)
{
#if HAVE_X86
	if (simd == 3)
		return &avx512_words;
	if (simd == 2)
		return &avx2_words;
#endif
	(void)simd;
	return &portable_words;
}
