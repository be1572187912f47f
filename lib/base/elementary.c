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

#include "base/elementary_wide.h"

#if defined(__x86_64__)
#define WIDE 1
#endif

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
#define EACH(name, target)                                                          \
	target static void name##_wide(const double *x, size_t blocks, double *out) \
	{                                                                           \
		cstn__doubles value;                                                \
                                                                                    \
		for (size_t i = 0; i < blocks; i++) {                               \
			memcpy(&value, x + i * CSTN__LANES, sizeof(value));         \
			BLOCK(&value, &value);                                      \
			memcpy(out + i * CSTN__LANES, &value, sizeof(value));       \
		}                                                                   \
	}
#define BLOCK cstn__log_lanes
EACH(log_sse2, )
EACH(log_avx2, CSTN__AVX2)
EACH(log_avx512, CSTN__AVX512)
#undef BLOCK
#define BLOCK cstn__log1p_lanes
EACH(log1p_sse2, )
EACH(log1p_avx2, CSTN__AVX2)
EACH(log1p_avx512, CSTN__AVX512)
#undef BLOCK
#define BLOCK cstn__exp_lanes
EACH(exp_sse2, )
EACH(exp_avx2, CSTN__AVX2)
EACH(exp_avx512, CSTN__AVX512)
#undef BLOCK

typedef void wide(const double *x, size_t blocks, double *out);

static wide *choose(int simd, wide *portable, wide *avx2, wide *avx512)
{
	return simd >= 3 ? avx512 : simd == 2 ? avx2 : portable;
}
#define WIDE_OF(simd, name) choose(simd, name##_sse2_wide, name##_avx2_wide, name##_avx512_wide)
#define RUN_WIDE(simd, name, x, n, out) \
	(WIDE_OF(simd, name)(x, (n) / CSTN__LANES, out), (n) / CSTN__LANES * CSTN__LANES)
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
