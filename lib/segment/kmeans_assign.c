/* The nearest centre of each row: sums of (z - c)^2 in float32, a block of 16 rows at a time, with
 * the best b and the second best s. Rounding moves each squared distance q by at most e ((d + 2) q
 * + 2 sqrt(q) C) + e^2 C^2, e = 2^-24, C the largest norm of a centre (the last two for rounding
 * the centre itself), so when s - b is above twice that, here with as much again for the rounding
 * of this very test, float32 and double agree. Else the row is marked and all its distances are
 * taken in double. So labels are those of double arithmetic, by whichever instructions; fused
 * multiplication only makes the float32 sums better. The form |z|^2 - 2 z c + |c|^2 cancels and has
 * no such bound.
 *
 * Distances in double are sums in the order of dimensions, never fused: the same on every machine.
 * Cost at d = 8, k = 8: about 3 ns a row with AVX-512, 5 with AVX2, 10 with SSE2. */
#include "segment/kmeans_lloyd.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_X86 1
#include <immintrin.h>
#else
#define HAVE_X86 0
#endif

#define ROWS CSTN__PACK_ROWS

#if HAVE_X86

#define TARGET
#define NAME(function) sse2_##function
#define VECTOR __m128
#define INTEGERS __m128i
#define MASK __m128
#define LANES 4
#define SET(x) _mm_set1_ps(x)
#define SET_INT(x) _mm_set1_epi32(x)
#define LOAD(p) _mm_load_ps(p)
#define STORE(p, x) _mm_storeu_ps(p, x)
#define SUB(x, y) _mm_sub_ps(x, y)
#define ADD(x, y) _mm_add_ps(x, y)
#define MUL(x, y) _mm_mul_ps(x, y)
#define MULADD(x, sum) _mm_add_ps(_mm_mul_ps(x, x), sum)
#define MIN(x, y) _mm_min_ps(x, y)
#define MAX(x, y) _mm_max_ps(x, y)
#define ROOT(x) _mm_sqrt_ps(x)
#define LESS(x, y) _mm_cmplt_ps(x, y)
#define NOT_MORE(x, y) _mm_cmple_ps(x, y)
#define CHOOSE(mask, x, y)                                       \
	_mm_or_si128(_mm_and_si128(_mm_castps_si128(mask), (x)), \
			_mm_andnot_si128(_mm_castps_si128(mask), (y)))
#define BITS(mask) _mm_movemask_ps(mask)
/* packing saturates signed numbers, so the low halves are made such */
#define STORE_LABELS(p, x)                                                           \
	_mm_storel_epi64((__m128i *)(void *)(p),                                     \
			_mm_packs_epi32(_mm_srai_epi32(_mm_slli_epi32((x), 16), 16), \
					_mm_setzero_si128()))
#include "segment/kmeans_assign_simd.h"

#define TARGET __attribute__((target("avx2")))
#define NAME(function) avx2_##function
#define VECTOR __m256
#define INTEGERS __m256i
#define MASK __m256
#define LANES 8
#define SET(x) _mm256_set1_ps(x)
#define SET_INT(x) _mm256_set1_epi32(x)
#define LOAD(p) _mm256_load_ps(p)
#define STORE(p, x) _mm256_storeu_ps(p, x)
#define SUB(x, y) _mm256_sub_ps(x, y)
#define ADD(x, y) _mm256_add_ps(x, y)
#define MUL(x, y) _mm256_mul_ps(x, y)
#define MULADD(x, sum) _mm256_add_ps(_mm256_mul_ps(x, x), sum)
#define MIN(x, y) _mm256_min_ps(x, y)
#define MAX(x, y) _mm256_max_ps(x, y)
#define ROOT(x) _mm256_sqrt_ps(x)
#define LESS(x, y) _mm256_cmp_ps(x, y, _CMP_LT_OQ)
#define NOT_MORE(x, y) _mm256_cmp_ps(x, y, _CMP_LE_OQ)
#define CHOOSE(mask, x, y) _mm256_blendv_epi8((y), (x), _mm256_castps_si256(mask))
#define BITS(mask) _mm256_movemask_ps(mask)
#define STORE_LABELS(p, x)                                                                  \
	_mm_storeu_si128(                                                                   \
			(__m128i *)(void *)(p), _mm_packus_epi32(_mm256_castsi256_si128(x), \
								_mm256_extracti128_si256((x), 1)))
#include "segment/kmeans_assign_simd.h"

#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw")))
#define NAME(function) avx512_##function
#define VECTOR __m512
#define INTEGERS __m512i
#define MASK __mmask16
#define LANES 16
#define SET(x) _mm512_set1_ps(x)
#define SET_INT(x) _mm512_set1_epi32(x)
#define LOAD(p) _mm512_load_ps(p)
#define STORE(p, x) _mm512_storeu_ps(p, x)
#define SUB(x, y) _mm512_sub_ps(x, y)
#define ADD(x, y) _mm512_add_ps(x, y)
#define MUL(x, y) _mm512_mul_ps(x, y)
#define MULADD(x, sum) _mm512_fmadd_ps(x, x, sum)
#define MIN(x, y) _mm512_min_ps(x, y)
#define MAX(x, y) _mm512_max_ps(x, y)
#define ROOT(x) _mm512_sqrt_ps(x)
#define LESS(x, y) _mm512_cmp_ps_mask(x, y, _CMP_LT_OQ)
#define NOT_MORE(x, y) _mm512_cmp_ps_mask(x, y, _CMP_LE_OQ)
#define CHOOSE(mask, x, y) _mm512_mask_mov_epi32((y), (mask), (x))
#define BITS(mask) (mask)
#define STORE_LABELS(p, x) _mm256_storeu_si256((__m256i *)(void *)(p), _mm512_cvtepi32_epi16(x))
#include "segment/kmeans_assign_simd.h"

#else

static void plain_assign(const float *z, size_t blocks, size_t d, const float *centres,
		size_t groups, const float bound[3], uint16_t *labels, uint16_t *unsure,
		float *both)
{
	size_t b, i, j, l;

	for (b = 0; b < blocks; b++, z += d * ROWS, labels += ROWS) {
		unsure[b] = 0;
		for (i = 0; i < ROWS; i++) {
			float best = INFINITY, second = INFINITY;

			for (j = 0; j < 4 * groups; j++) {
				const float *centre = centres + j / 4 * d * 4 + j % 4;
				float sum = 0.0f;

				for (l = 0; l < d; l++) {
					float t = z[l * ROWS + i] - centre[l * 4];

					sum += t * t;
				}
				if (sum < best) {
					second = best;
					best = sum;
					labels[i] = (uint16_t)j;
				} else if (sum < second) {
					second = sum;
				}
			}
			if (second - best <=
					second * bound[0] + sqrtf(second) * bound[1] + bound[2])
				unsure[b] |= (uint16_t)(1u << i);
			if (both) {
				both[2 * b * ROWS + i] = best;
				both[(2 * b + 1) * ROWS + i] = second;
			}
		}
	}
}

#endif

cstn__assign_blocks *cstn__kmeans_assign(int simd)
{
#if HAVE_X86
	return simd >= 3 ? avx512_assign : simd == 2 ? avx2_assign : sse2_assign;
#else
	(void)simd;
	return plain_assign;
#endif
}

/* --- distances in double ---------------------------------------------------------------------- */

#define DISTANCES(name, target)                                                                   \
	target static void name(const float *z, size_t d, const double *centre, double out[ROWS]) \
	{                                                                                         \
		double sum[ROWS] = {0};                                                           \
		size_t l, i;                                                                      \
                                                                                                  \
		for (l = 0; l < d; l++)                                                           \
			for (i = 0; i < ROWS; i++) {                                              \
				double t = (double)z[l * ROWS + i] - centre[l];                   \
                                                                                                  \
				sum[i] += t * t;                                                  \
			}                                                                         \
		memcpy(out, sum, sizeof(sum));                                                    \
	}
DISTANCES(plain_distances, )
#if HAVE_X86
DISTANCES(avx2_distances, __attribute__((target("avx2"))))
DISTANCES(avx512_distances, __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw"))))
#endif

cstn__block_distances *cstn__kmeans_distances(int simd)
{
#if HAVE_X86
	if (simd >= 2)
		return simd >= 3 ? avx512_distances : avx2_distances;
#endif
	(void)simd;
	return plain_distances;
}

/* --- categories --- */

#define DIFFER(name, target)                                                            \
	target static void name(const uint32_t *codes, size_t m, const uint32_t *modes, \
			uint32_t out[ROWS])                                             \
	{                                                                               \
		uint32_t sum[ROWS] = {0};                                               \
		size_t c, i;                                                            \
                                                                                        \
		for (c = 0; c < m; c++)                                                 \
			for (i = 0; i < ROWS; i++)                                      \
				sum[i] += codes[c * ROWS + i] != modes[c];              \
		memcpy(out, sum, sizeof(sum));                                          \
	}
DIFFER(plain_differ, )
#if HAVE_X86
DIFFER(avx2_differ, __attribute__((target("avx2"))))
DIFFER(avx512_differ, __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw"))))
#endif

cstn__block_differ *cstn__kmeans_differ(int simd)
{
#if HAVE_X86
	if (simd >= 2)
		return simd >= 3 ? avx512_differ : avx2_differ;
#endif
	(void)simd;
	return plain_differ;
}

double cstn__kmeans_distance(const cstn__kmeans_rows *rows, uint64_t row, const double *centre)
{
	const float *z = cstn__kmeans_block(rows, row) + row % ROWS;
	double sum = 0.0;
	size_t l;

	for (l = 0; l < rows->d; l++) {
		double t = (double)z[l * ROWS] - centre[l];

		sum += t * t;
	}
	return sum;
}

double cstn__kmeans_distance_to(const cstn__kmeans_centres *centres, const cstn__kmeans_rows *rows,
		uint64_t row, size_t j)
{
	double square = cstn__kmeans_distance(rows, row, centres->at + j * centres->d);

	if (!rows->m)
		return square;
	return square + rows->gamma * (double)cstn__kmeans_mismatches(
						      rows, row, centres->modes + j * rows->m);
}

uint16_t cstn__kmeans_nearest(const cstn__kmeans_centres *centres, const cstn__kmeans_rows *rows,
		uint64_t row, double *distance)
{
	double best = cstn__kmeans_distance(rows, row, centres->at);
	size_t label = 0, j;

	for (j = 1; j < centres->k; j++) {
		double other = cstn__kmeans_distance(rows, row, centres->at + j * centres->d);

		if (other < best) {
			best = other;
			label = j;
		}
	}
	if (distance)
		*distance = best;
	return (uint16_t)label;
}

/* --- centres ---------------------------------------------------------------------------------- */

cstn_status cstn__kmeans_centres_init(cstn__kmeans_centres *centres, size_t k, size_t d, size_t m,
		const cstn_allocator *allocator, cstn_error **error)
{
	memset(centres, 0, sizeof(*centres));
	centres->allocator = *allocator;
	centres->k = k;
	centres->d = d;
	centres->m = m;
	centres->groups = (k + 3) / 4;
	centres->at = cstn__alloc_zero(allocator, cstn__array_size(k * d, sizeof(double)));
	centres->four = cstn__alloc(
			allocator, cstn__array_size(centres->groups * d, 4 * sizeof(float)));
	centres->modes = cstn__alloc_zero(allocator, cstn__array_size(k * m, sizeof(uint32_t)));
	if (centres->at && centres->four && centres->modes)
		return CSTN_OK;
	cstn__kmeans_centres_free(centres);
	return cstn__fail_nomem(error);
}

void cstn__kmeans_centres_free(cstn__kmeans_centres *centres)
{
	size_t cells = centres->k * centres->d;

	cstn__free(&centres->allocator, centres->at, cells * sizeof(double));
	cstn__free(&centres->allocator, centres->modes, centres->k * centres->m * sizeof(uint32_t));
	cstn__free(&centres->allocator, centres->four,
			centres->groups * centres->d * 4 * sizeof(float));
	memset(centres, 0, sizeof(*centres));
}

void cstn__kmeans_centres_copy(cstn__kmeans_centres *to, const cstn__kmeans_centres *from)
{
	memcpy(to->at, from->at, from->k * from->d * sizeof(double));
	memcpy(to->modes, from->modes, from->k * from->m * sizeof(uint32_t));
}

void cstn__kmeans_centres_ready(cstn__kmeans_centres *centres)
{
	const double e = 0x1p-24;
	double norm = 0.0;
	size_t j, l;

	for (j = 0; j < 4 * centres->groups; j++) {
		float *four = centres->four + j / 4 * centres->d * 4 + j % 4;
		double square = 0.0;

		for (l = 0; l < centres->d; l++) {
			double at = j < centres->k ? centres->at[j * centres->d + l]
						   : (double)INFINITY;

			four[l * 4] = (float)at;
			square += at * at;
		}
		if (j < centres->k && square > norm)
			norm = square;
	}
	norm = sqrt(norm) * (1.0 + 1e-6);
	centres->bound[0] = (float)(4.0 * e * (double)(centres->d + 2));
	centres->bound[1] = (float)(8.0 * e * norm);
	centres->bound[2] = (float)(4.0 * e * e * norm * norm + 0x1p-100);
}
