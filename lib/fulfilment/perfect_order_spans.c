/* Predicates over a whole chunk of lines, for the plain lines that most lines are.
 *
 * A column is gone through once: the words come out, and with them the proof that no value is
 * outside the limits within which a single comparison is the whole judgement. Where the proof fails
 * the words of perfect_order_words.c find out which lines it fails for. The next
 * chunk's values are asked for while this one is worked on, because a chunk of a column is a page
 * or two and no machine's own read-ahead goes past a page: times and quantities here, keys and
 * dimensions where runs are taken. Cost: 0.1 to 0.2 ns a value that is in the
 * cache. */
#include "fulfilment/perfect_order_spans.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_X86 1
#include <immintrin.h>
#else
#define HAVE_X86 0
#endif

/* The twins begin at row `from`: at 1 where the value before the first is not the chunk's. */
#define PORTABLE(bits)                                                                            \
	static int portable_edges##bits(const int##bits##_t *a, int from, int n, uint64_t *out)   \
	{                                                                                         \
		int i, falls = 0;                                                                 \
                                                                                                  \
		for (i = from; i < n; i++) {                                                      \
			out[i / 64] |= (uint64_t)(a[i] != a[i - 1]) << (i % 64);                  \
			falls |= a[i] < a[i - 1];                                                 \
		}                                                                                 \
		return !falls;                                                                    \
	}                                                                                         \
                                                                                                  \
	static int portable_late##bits(const int##bits##_t *promise, const int##bits##_t *actual, \
			const cstn__time_limits *limits, int n, uint64_t *out)                    \
	{                                                                                         \
		int i;                                                                            \
                                                                                                  \
		for (i = 0; i < n; i++) {                                                         \
			int64_t p = promise[i], a = actual[i];                                    \
                                                                                                  \
			if (p < limits->least || a < limits->least || p > limits->most ||         \
					a > limits->most_actual)                                  \
				return 0;                                                         \
			if (i % 64 == 0)                                                          \
				out[i / 64] = 0;                                                  \
			out[i / 64] |= (uint64_t)(a - p > limits->late ||                         \
						       (limits->has_early &&                      \
								       p - a > limits->early))    \
				       << (i % 64);                                               \
		}                                                                                 \
		return 1;                                                                         \
	}                                                                                         \
                                                                                                  \
	static int portable_differ##bits(                                                         \
			const int##bits##_t *a, const int##bits##_t *b, int n, uint64_t *out)     \
	{                                                                                         \
		int i, fit = 1;                                                                   \
                                                                                                  \
		for (i = 0; i < n; i++) {                                                         \
			if (i % 64 == 0)                                                          \
				out[i / 64] = 0;                                                  \
			out[i / 64] |= (uint64_t)(a[i] != b[i]) << (i % 64);                      \
			fit &= a[i] >= 1 && b[i] >= 0;                                            \
		}                                                                                 \
		return fit;                                                                       \
	}                                                                                         \
                                                                                                  \
	static int portable_chunk_edges##bits(                                                    \
			const int##bits##_t *a, int before, int n, uint64_t *out)                 \
	{                                                                                         \
		(void)before;                                                                     \
		return portable_edges##bits(a, 1, n, out);                                        \
	}

PORTABLE(32)
PORTABLE(64)

static uint64_t portable_count(const uint64_t *words, int n)
{
	uint64_t sum = 0, x;
	int i;

	for (i = 0; i < n; i++) {
		x = words[i];
		x -= x >> 1 & UINT64_C(0x5555555555555555);
		x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
		x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
		sum += x * UINT64_C(0x0101010101010101) >> 56;
	}
	return sum;
}

static const cstn__spans portable_spans = {portable_chunk_edges32, portable_chunk_edges64,
		portable_late32, portable_late64, portable_differ32, portable_differ64,
		portable_count};

#if HAVE_X86

/* The same place in the next chunk. */
#define AHEAD(p) __builtin_prefetch((const void *)((uintptr_t)(p) + 1024 * sizeof(*(p))))

#define TARGET __attribute__((target("avx2,popcnt")))
#define NAME(function) avx2_##function
#define VECTOR __m256i
#define LANES32 8
#define LANES64 4
#define LOAD(p) _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define BITS32(m) (uint32_t) _mm256_movemask_ps(_mm256_castsi256_ps(m))
#define BITS64(m) (uint32_t) _mm256_movemask_pd(_mm256_castsi256_pd(m))
#define NE32(x, y) (BITS32(_mm256_cmpeq_epi32(x, y)) ^ 0xff)
#define NE64(x, y) (BITS64(_mm256_cmpeq_epi64(x, y)) ^ 0xf)
#define GT32(x, y) BITS32(_mm256_cmpgt_epi32(x, y))
#define GT64(x, y) BITS64(_mm256_cmpgt_epi64(x, y))
#define SET32(x) _mm256_set1_epi32(x)
#define SET64(x) _mm256_set1_epi64x(x)
#define SUB32(x, y) _mm256_sub_epi32(x, y)
#define SUB64(x, y) _mm256_sub_epi64(x, y)
#define MIN32(x, y) _mm256_min_epi32(x, y)
#include "fulfilment/perfect_order_spans_simd.h"

#undef TARGET
#undef NAME
#undef VECTOR
#undef LANES32
#undef LANES64
#undef LOAD
#undef NE32
#undef NE64
#undef GT32
#undef GT64
#undef SET32
#undef SET64
#undef SUB32
#undef SUB64
#undef MIN32

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,popcnt")))
#define NAME(function) avx512_##function
#define VECTOR __m512i
#define LANES32 16
#define LANES64 8
#define LOAD(p) _mm512_loadu_si512((const void *)(p))
#define NE32(x, y) _mm512_cmpneq_epi32_mask(x, y)
#define NE64(x, y) _mm512_cmpneq_epi64_mask(x, y)
#define GT32(x, y) _mm512_cmpgt_epi32_mask(x, y)
#define GT64(x, y) _mm512_cmpgt_epi64_mask(x, y)
#define SET32(x) _mm512_set1_epi32(x)
#define SET64(x) _mm512_set1_epi64(x)
#define SUB32(x, y) _mm512_sub_epi32(x, y)
#define SUB64(x, y) _mm512_sub_epi64(x, y)
#define MIN32(x, y) _mm512_min_epi32(x, y)
#include "fulfilment/perfect_order_spans_simd.h"

#endif

const cstn__spans *cstn__spans_for(int simd)
{
#if HAVE_X86
	if (simd == 3)
		return &avx512_spans;
	if (simd == 2)
		return &avx2_spans;
#endif
	(void)simd;
	return &portable_spans;
}
