/* Logarithm and exponential with the same bytes everywhere, alone and in vectors.
 *
 * Reduction and polynomials are those of FDLIBM (Sun Microsystems 1993): log by x = 2^k (1 + f),
 * s = f / (2 + f) and a polynomial in s^2; exp by x = k ln 2 + r and a rational in r. They need
 * additions, multiplications and one division, which IEEE 754 rounds alike everywhere; nothing is
 * contracted and nothing comes from a table, so a lane of a vector and the scalar form give the
 * same bytes. Values that need care (not above 0, subnormal, infinite, NaN, results out of range)
 * take the scalar form, also out of vectors. Cost: one division a value. */
#include "base/elementary.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#define WIDE 1
#endif

#define LN2_HI 6.93147180369123816490e-01
#define LN2_LO 1.90821492927058770002e-10
#define INV_LN2 1.44269504088896338700e+00
/* Adding and taking away rounds to a whole number, ties to even, which then stands in the lowest
 * bits. */
#define ROUND 6755399441055744.0
#define SQRT_HALF_BITS 0x3fe6a09e00000000
#define ONE_BITS 0x3ff0000000000000
#define MANTISSA 0x000fffffffffffff

static int64_t bits_of(double x)
{
	int64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static double of_bits(int64_t bits)
{
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* The body of each function, once for double and once for vectors of 8: T values, I their bits. In
 * vectors a comparison is all ones, alone it is 1, so masks are taken as differences. */
#define LOG_POLYNOMIAL(T, f)                                                                             \
	T s = (f) / (2.0 + (f)), z = s * s, w = z * z;                                                   \
	T even = w *                                                                                     \
		 (3.999999999940941908e-01 +                                                             \
				 w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));         \
	T odd = z *                                                                                      \
		(6.666666666666735130e-01 +                                                              \
				w * (2.857142874366239149e-01 +                                          \
						    w * (1.818357216161805012e-01 +                      \
									w * 1.479819860511658591e-01))); \
	T half = 0.5 * (f) * (f), low = s * (half + (odd + even))

#define EXP_RATIONAL(T, r)                                                                                                                        \
	T square = (r) * (r);                                                                                                                     \
	T c = (r)-square *                                                                                                                        \
	      (1.66666666666666019037e-01 +                                                                                                       \
			      square * (-2.77777777770155933842e-03 +                                                                             \
						       square * (6.61375632143793436117e-05 +                                                     \
										square * (-1.65339022054652515390e-06 +                           \
													 square * 4.13813679705723846039e-08)))); \
	T quotient = (r)*c / (2.0 - c)

/* --- one value --- */

static double log_scaled(double x, double k)
{
	int64_t bits = bits_of(x) + (ONE_BITS - SQRT_HALF_BITS);
	double f, dk = k + (double)((bits >> 52) - 1023);

	f = of_bits((bits & MANTISSA) + SQRT_HALF_BITS) - 1.0;
	LOG_POLYNOMIAL(double, f);
	return low + dk * LN2_LO - half + f + dk * LN2_HI;
}

static int log_is_plain(double x)
{
	return x >= 0x1p-1022 && x <= 0x1.fffffffffffffp1023;
}

double cstn__log(double x)
{
	if (log_is_plain(x))
		return log_scaled(x, 0.0);
	if (x > 0.0 && x < 1.0)
		return log_scaled(x * 0x1p54, -54.0);
	if (x == 0.0)
		return -(double)INFINITY;
	return x > 0.0 ? x : (double)NAN;
}

static int log1p_is_plain(double x)
{
	return x > -1.0 && x <= 0x1p1000;
}

double cstn__log1p(double x)
{
	double u, f, dk, correction;
	int64_t bits;

	if (!log1p_is_plain(x)) {
		if (x > 0.0)
			return cstn__log(x);
		return x == -1.0 ? -(double)INFINITY : (double)NAN;
	}
	u = 1.0 + x;
	bits = bits_of(u) + (ONE_BITS - SQRT_HALF_BITS);
	dk = (double)((bits >> 52) - 1023);
	f = of_bits((bits & MANTISSA) + SQRT_HALF_BITS) - 1.0;
	correction = (x > 1.0 ? 1.0 - (u - x) : x - (u - 1.0)) / u;
	if (dk == 0.0) {
		f = x;
		correction = 0.0;
	}
	LOG_POLYNOMIAL(double, f);
	return low + (dk * LN2_LO + correction) - half + f + dk * LN2_HI;
}

/* Results that are neither subnormal nor infinite */
static int exp_is_plain(double x)
{
	return x >= -708.0 && x <= 709.0;
}

double cstn__exp(double x)
{
	double shifted, k, high, low, r;
	int64_t half;

	if (x != x)
		return x;
	if (x > 709.8)
		return (double)INFINITY;
	if (x < -745.2)
		return 0.0;
	shifted = x * INV_LN2 + ROUND;
	k = shifted - ROUND;
	high = x - k * LN2_HI;
	low = k * LN2_LO;
	r = high - low;
	EXP_RATIONAL(double, r);
	r = 1.0 + (quotient - low + high);
	if (exp_is_plain(x))
		return r * of_bits((bits_of(shifted) - bits_of(ROUND) + 1023) << 52);
	half = (int64_t)k / 2;
	return r * of_bits((half + 1023) << 52) * of_bits(((int64_t)k - half + 1023) << 52);
}

double cstn__expm1(double x)
{
	if (x > -0.34 && x < 0.34) {
		EXP_RATIONAL(double, x);
		return x + quotient;
	}
	return cstn__exp(x) - 1.0;
}

double cstn__softplus(double x)
{
	return x > 0.0 ? x + cstn__log1p(cstn__exp(-x)) : cstn__log1p(cstn__exp(x));
}

double cstn__log_add_exp(double x, double y)
{
	double high = x > y ? x : y, low = x > y ? y : x;

	if (low == -(double)INFINITY)
		return high;
	return high + cstn__log1p(cstn__exp(low - high));
}

/* --- eight at a time --- */

#ifdef WIDE
typedef double doubles __attribute__((vector_size(64)));
typedef int64_t words __attribute__((vector_size(64)));
#define LANES 8
#define INLINE static inline __attribute__((always_inline))

/* A whole number that is small as a double, without an instruction that AVX2 lacks */
INLINE void exponent_of(const words *bits, doubles *out)
{
	words exponent = (*bits >> 52) + (0x4338000000000000 - 1023);

	*out = (doubles)exponent - ROUND;
}

INLINE int all_of(const words *mask)
{
	int64_t all = -1;

	for (int i = 0; i < LANES; i++)
		all &= (*mask)[i];
	return all != 0;
}

INLINE void log_block(const double *x, double *out)
{
	doubles value, dk, f;
	words plain, bits;

	memcpy(&value, x, sizeof(value));
	plain = (value >= 0x1p-1022) & (value <= 0x1.fffffffffffffp1023);
	if (!all_of(&plain)) {
		for (int i = 0; i < LANES; i++)
			out[i] = cstn__log(x[i]);
		return;
	}
	bits = (words)value + (ONE_BITS - SQRT_HALF_BITS);
	exponent_of(&bits, &dk);
	f = (doubles)((bits & MANTISSA) + SQRT_HALF_BITS) - 1.0;
	LOG_POLYNOMIAL(doubles, f);
	value = low + dk * LN2_LO - half + f + dk * LN2_HI;
	memcpy(out, &value, sizeof(value));
}

INLINE void log1p_block(const double *x, double *out)
{
	doubles value, u, f, dk, correction;
	words plain, bits, is_small, big;

	memcpy(&value, x, sizeof(value));
	plain = (value > -1.0) & (value <= 0x1p1000);
	if (!all_of(&plain)) {
		for (int i = 0; i < LANES; i++)
			out[i] = cstn__log1p(x[i]);
		return;
	}
	u = 1.0 + value;
	bits = (words)u + (ONE_BITS - SQRT_HALF_BITS);
	exponent_of(&bits, &dk);
	f = (doubles)((bits & MANTISSA) + SQRT_HALF_BITS) - 1.0;
	big = value > 1.0;
	correction = (doubles)((big & (words)(1.0 - (u - value))) |
				     (~big & (words)(value - (u - 1.0)))) /
		     u;
	is_small = dk == 0.0;
	f = (doubles)((is_small & (words)value) | (~is_small & (words)f));
	correction = (doubles)(~is_small & (words)correction);
	LOG_POLYNOMIAL(doubles, f);
	value = low + (dk * LN2_LO + correction) - half + f + dk * LN2_HI;
	memcpy(out, &value, sizeof(value));
}

INLINE void exp_block(const double *x, double *out)
{
	doubles value, shifted, k, high, low, r;
	words plain, power;

	memcpy(&value, x, sizeof(value));
	plain = (value >= -708.0) & (value <= 709.0);
	if (!all_of(&plain)) {
		for (int i = 0; i < LANES; i++)
			out[i] = cstn__exp(x[i]);
		return;
	}
	shifted = value * INV_LN2 + ROUND;
	k = shifted - ROUND;
	high = value - k * LN2_HI;
	low = k * LN2_LO;
	r = high - low;
	EXP_RATIONAL(doubles, r);
	r = 1.0 + (quotient - low + high);
	power = ((words)shifted - 0x4338000000000000 + 1023) << 52;
	value = r * (doubles)power;
	memcpy(out, &value, sizeof(value));
}

#define EACH(name, target)                                                          \
	target static void name##_wide(const double *x, size_t blocks, double *out) \
	{                                                                           \
		for (size_t i = 0; i < blocks; i++)                                 \
			BLOCK(x + i * LANES, out + i * LANES);                      \
	}
#define AVX2 __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw")))
#define BLOCK log_block
EACH(log_sse2, )
EACH(log_avx2, AVX2)
EACH(log_avx512, AVX512)
#undef BLOCK
#define BLOCK log1p_block
EACH(log1p_sse2, )
EACH(log1p_avx2, AVX2)
EACH(log1p_avx512, AVX512)
#undef BLOCK
#define BLOCK exp_block
EACH(exp_sse2, )
EACH(exp_avx2, AVX2)
EACH(exp_avx512, AVX512)
#undef BLOCK

typedef void wide(const double *x, size_t blocks, double *out);

static wide *choose(int simd, wide *portable, wide *avx2, wide *avx512)
{
	return simd >= 3 ? avx512 : simd == 2 ? avx2 : portable;
}
#define WIDE_OF(simd, name) choose(simd, name##_sse2_wide, name##_avx2_wide, name##_avx512_wide)
#define RUN_WIDE(simd, name, x, n, out) \
	(WIDE_OF(simd, name)(x, (n) / LANES, out), (n) / LANES * LANES)
#else
#define RUN_WIDE(simd, name, x, n, out) ((void)(simd), (size_t)0)
#endif

void cstn__log_each(int simd, const double *x, size_t n, double *out)
{
	for (size_t i = RUN_WIDE(simd, log, x, n, out); i < n; i++)
		out[i] = cstn__log(x[i]);
}

void cstn__log1p_each(int simd, const double *x, size_t n, double *out)
{
	for (size_t i = RUN_WIDE(simd, log1p, x, n, out); i < n; i++)
		out[i] = cstn__log1p(x[i]);
}

void cstn__exp_each(int simd, const double *x, size_t n, double *out)
{
	for (size_t i = RUN_WIDE(simd, exp, x, n, out); i < n; i++)
		out[i] = cstn__exp(x[i]);
}
