/* Sums of squared distances as whole numbers, for seeding, and of values and their squares.
 *
 * A whole number below 2^62 that is a double is cut into a multiple of 2^32 and what is left, at
 * most 2^31 in size; sums of 65,536 of either are exact in double, so lanes add without a carry and
 * only the ends become integers. Distances are taken in double, dimension after dimension, never
 * fused: the bits of the plain form on every instruction set. Up to five centres share a row's
 * values, which stay in registers. Cost at d = 8: about 0.7 ns a row and centre with AVX-512. */
#include "segment/kmeans_squares.h"

#include <math.h>
#include <string.h>

#include "base/elementary_wide.h"

#define ROWS CSTN__PACK_ROWS
#define LANES CSTN__LANES
#define SHARED 5                    /* centres at a time */
#define WHOLE 0x1p52                /* doubles from here on are whole */
#define CUT (1.5 * 0x1p52 * 0x1p32) /* adding and taking it away rounds to multiples of 2^32 */

typedef cstn__doubles doubles;
typedef cstn__words words;
typedef float floats __attribute__((vector_size(32)));

/* Sums of multiples of 2^32, and of what is left. */
typedef struct halves {
	doubles high, low;
} halves;

CSTN__INLINE void add_whole(halves *to, const doubles *value)
{
	doubles high = *value + CUT - CUT;

	to->high += high;
	to->low += *value - high;
}

CSTN__INLINE void clear(halves *sums)
{
	sums->high = sums->low = (doubles){0.0};
}

static cstn__i128 total_of(const halves *sums)
{
	cstn__i128 total = 0;
	int i;

	for (i = 0; i < LANES; i++)
		total += (cstn__i128)(int64_t)(sums->high[i] * 0x1p-32) * (INT64_C(1) << 32) +
			 (int64_t)sums->low[i];
	return total;
}

CSTN__INLINE void choose(const words *mask, const doubles *yes, const doubles *no, doubles *out)
{
	*out = (doubles)((*mask & (words)*yes) | (~*mask & (words)*no));
}

/* Eight rows' values of dimension l, the part's first row at z. */
CSTN__INLINE void load(const float *z, size_t l, doubles *out)
{
	floats narrow;

	memcpy(&narrow, z + l * ROWS, sizeof(narrow));
	*out = __builtin_convertvector(narrow, doubles);
}

/* Squared distances of eight rows to n centres; n is a constant where this is inlined. */
CSTN__INLINE void squares_to(
		const float *z, size_t d, const double *centres, int n, doubles out[SHARED])
{
	doubles sum[SHARED], x;
	size_t l;
	int c;

	for (c = 0; c < n; c++)
		sum[c] = (doubles){0.0};
	for (l = 0; l < d; l++) {
		load(z, l, &x);
		for (c = 0; c < n; c++) {
			doubles t = x - centres[(size_t)c * d + l];

			sum[c] += t * t;
		}
	}
	for (c = 0; c < n; c++)
		out[c] = sum[c];
}

/* whole() of the smaller of two */
CSTN__INLINE void add_square(const doubles *nearest, const doubles *square, double unit, halves *to)
{
	doubles least, value, down, none = {0.0};
	words mask = *square < *nearest;

	choose(&mask, square, nearest, &least);
	value = least * unit;
	down = value + WHOLE - WHOLE;
	mask = down > value;
	down -= (doubles)(mask & (words)(none + 1.0));
	mask = value >= WHOLE;
	choose(&mask, &value, &down, &down);
	mask = down < 1.0;
	least = none + 1.0;
	choose(&mask, &least, &down, &down);
	mask = value > 0.0;
	choose(&mask, &down, &none, &down);
	add_whole(to, &down);
}

/* Eight rows and up to SHARED centres, of which the first may be the last one chosen. */
CSTN__INLINE void take_part(const float *z, size_t d, const double *centres, int n, int has_last,
		double unit, double *nearest, halves *sums)
{
	doubles squares[SHARED], near;
	words mask;
	int c;

	memcpy(&near, nearest, sizeof(near));
	squares_to(z, d, centres, n, squares);
	if (has_last) {
		mask = squares[0] < near;
		choose(&mask, &squares[0], &near, &near);
		memcpy(nearest, &near, sizeof(near));
	}
	for (c = has_last; c < n; c++)
		add_square(&near, &squares[c], unit, &sums[c - has_last]);
}

CSTN__INLINE void take_blocks(const cstn__totals_asked *asked, const float *z, size_t blocks,
		double *nearest, halves *sums)
{
	size_t d = asked->d, count = asked->n + (size_t)(asked->has_last != 0), b, c, part;
	double unit = asked->unit;

	for (b = 0; b < blocks; b++, z += d * ROWS, nearest += ROWS)
		for (c = 0; c < count; c += SHARED) {
			const double *at = asked->centres + c * d;
			int last = c == 0 && asked->has_last, n = (int)(count - c);
			halves *to = sums + c - (asked->has_last && c > 0);

			n = n < SHARED ? n : SHARED;
			for (part = 0; part < ROWS; part += LANES) {
				const float *from = z + part;
				double *near = nearest + part;

				switch (n) {
				case 1:
					take_part(from, d, at, 1, last, unit, near, to);
					break;
				case 2:
					take_part(from, d, at, 2, last, unit, near, to);
					break;
				case 3:
					take_part(from, d, at, 3, last, unit, near, to);
					break;
				case 4:
					take_part(from, d, at, 4, last, unit, near, to);
					break;
				default:
					take_part(from, d, at, SHARED, last, unit, near, to);
					break;
				}
			}
		}
}

CSTN__INLINE void take_moments(
		const float *z, size_t blocks, size_t d, size_t l, halves *values, halves *squares)
{
	size_t b, part;

	for (b = 0; b < blocks; b++, z += d * ROWS)
		for (part = 0; part < ROWS; part += LANES) {
			doubles x;

			load(z + part, l, &x);
			x *= CSTN__PACK_ONE;
			values->low += x;
			x *= x; /* of 24 bits: exact */
			add_whole(squares, &x);
		}
}

typedef void totals_work(const cstn__totals_asked *asked, const float *z, size_t blocks,
		double *nearest, halves *sums);
typedef void moments_work(
		const float *z, size_t blocks, size_t d, size_t l, halves *values, halves *squares);

#define WORKS(name, target)                                                                  \
	target static void name##_totals(const cstn__totals_asked *asked, const float *z,    \
			size_t blocks, double *nearest, halves *sums)                        \
	{                                                                                    \
		take_blocks(asked, z, blocks, nearest, sums);                                \
	}                                                                                    \
	target static void name##_moments(const float *z, size_t blocks, size_t d, size_t l, \
			halves *values, halves *squares)                                     \
	{                                                                                    \
		take_moments(z, blocks, d, l, values, squares);                              \
	}
WORKS(portable, )
WORKS(avx2, CSTN__AVX2)
WORKS(avx512, CSTN__AVX512)

void cstn__kmeans_totals(const cstn__totals_asked *asked, const float *z, size_t blocks,
		double *nearest, cstn__u128 *totals)
{
	totals_work *work = asked->simd >= 3   ? avx512_totals
			    : asked->simd == 2 ? avx2_totals
					       : portable_totals;
	halves sums[CSTN__TRIES_MAX];
	size_t c;

	for (c = 0; c < asked->n; c++)
		clear(&sums[c]);
	work(asked, z, blocks, nearest, sums);
	for (c = 0; c < asked->n; c++)
		totals[c] += (cstn__u128)total_of(&sums[c]);
}

void cstn__kmeans_moments(int simd, const float *z, size_t blocks, size_t d, size_t l,
		cstn__i128 *sum, cstn__i128 *squares)
{
	moments_work *work = simd >= 3   ? avx512_moments
			     : simd == 2 ? avx2_moments
					 : portable_moments;
	halves values, twice;

	clear(&values);
	clear(&twice);
	work(z, blocks, d, l, &values, &twice);
	*sum += total_of(&values);
	*squares += total_of(&twice);
}
