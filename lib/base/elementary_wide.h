#ifndef CSTN_BASE_ELEMENTARY_WIDE_H
#define CSTN_BASE_ELEMENTARY_WIDE_H

#include <stdint.h>
#include <string.h>

#include "base/elementary.h"

/* The functions of elementary.h eight at a time, to be inlined into loops that keep their values in
 * registers; a lane has the bytes of the scalar form. Vectors of the compiler: it lowers them to
 * what the target of the function around them has. By pointer, since passing a vector wider than
 * the target's would change the calling convention. */

#define LN2_HI 6.93147180369123816490e-01
#define LN2_LO 1.90821492927058770002e-10
#define INV_LN2 1.44269504088896338700e+00
/* Adding and taking away rounds to a whole number, ties to even, which then stands in the lowest
 * bits. */
#define ROUND 6755399441055744.0
#define SQRT_HALF_BITS 0x3fe6a09e00000000
#define ONE_BITS 0x3ff0000000000000
#define MANTISSA 0x000fffffffffffff

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

typedef double cstn__doubles __attribute__((vector_size(64)));
typedef int64_t cstn__words __attribute__((vector_size(64)));
typedef int64_t cstn__words_4 __attribute__((vector_size(32)));
typedef int64_t cstn__words_2 __attribute__((vector_size(16)));
#define CSTN__LANES 8
#define CSTN__INLINE static inline __attribute__((always_inline))
#if defined(__x86_64__)
#define CSTN__AVX2 __attribute__((target("avx2")))
#define CSTN__AVX512 __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw")))
#else
#define CSTN__AVX2
#define CSTN__AVX512
#endif

/* A whole number that is small as a double, without an instruction that AVX2 lacks */
CSTN__INLINE void cstn__exponent_lanes(const cstn__words *bits, cstn__doubles *out)
{
	cstn__words exponent = (*bits >> 52) + (0x4338000000000000 - 1023);

	*out = (cstn__doubles)exponent - ROUND;
}

CSTN__INLINE int cstn__all_lanes(const cstn__words *mask)
{
	cstn__words_4 half[2], both;
	cstn__words_2 quarter[2], four;

	memcpy(half, mask, sizeof(half));
	both = half[0] & half[1];
	memcpy(quarter, &both, sizeof(quarter));
	four = quarter[0] & quarter[1];
	return (four[0] & four[1]) != 0;
}

CSTN__INLINE void cstn__log_lanes(const cstn__doubles *x, cstn__doubles *out)
{
	cstn__doubles value, dk, f;
	cstn__words plain, bits;

	value = *x;
	plain = (value >= 0x1p-1022) & (value <= 0x1.fffffffffffffp1023);
	if (!cstn__all_lanes(&plain)) {
		for (int i = 0; i < CSTN__LANES; i++)
			(*out)[i] = cstn__log((*x)[i]);
		return;
	}
	bits = (cstn__words)value + (ONE_BITS - SQRT_HALF_BITS);
	cstn__exponent_lanes(&bits, &dk);
	f = (cstn__doubles)((bits & MANTISSA) + SQRT_HALF_BITS) - 1.0;
	LOG_POLYNOMIAL(cstn__doubles, f);
	value = low + dk * LN2_LO - half + f + dk * LN2_HI;
	*out = value;
}

CSTN__INLINE void cstn__log1p_lanes(const cstn__doubles *x, cstn__doubles *out)
{
	cstn__doubles value, u, f, dk, correction;
	cstn__words plain, bits, is_small, big;

	value = *x;
	plain = (value > -1.0) & (value <= 0x1p1000);
	if (!cstn__all_lanes(&plain)) {
		for (int i = 0; i < CSTN__LANES; i++)
			(*out)[i] = cstn__log1p((*x)[i]);
		return;
	}
	u = 1.0 + value;
	bits = (cstn__words)u + (ONE_BITS - SQRT_HALF_BITS);
	cstn__exponent_lanes(&bits, &dk);
	f = (cstn__doubles)((bits & MANTISSA) + SQRT_HALF_BITS) - 1.0;
	big = value > 1.0;
	correction = (cstn__doubles)((big & (cstn__words)(1.0 - (u - value))) |
				     (~big & (cstn__words)(value - (u - 1.0)))) /
		     u;
	is_small = dk == 0.0;
	f = (cstn__doubles)((is_small & (cstn__words)value) | (~is_small & (cstn__words)f));
	correction = (cstn__doubles)(~is_small & (cstn__words)correction);
	LOG_POLYNOMIAL(cstn__doubles, f);
	value = low + (dk * LN2_LO + correction) - half + f + dk * LN2_HI;
	*out = value;
}

CSTN__INLINE void cstn__exp_lanes(const cstn__doubles *x, cstn__doubles *out)
{
	cstn__doubles value, shifted, k, high, low, r;
	cstn__words plain, power;

	value = *x;
	plain = (value >= -708.0) & (value <= 709.0);
	if (!cstn__all_lanes(&plain)) {
		for (int i = 0; i < CSTN__LANES; i++)
			(*out)[i] = cstn__exp((*x)[i]);
		return;
	}
	shifted = value * INV_LN2 + ROUND;
	k = shifted - ROUND;
	high = value - k * LN2_HI;
	low = k * LN2_LO;
	r = high - low;
	EXP_RATIONAL(cstn__doubles, r);
	r = 1.0 + (quotient - low + high);
	power = ((cstn__words)shifted - 0x4338000000000000 + 1023) << 52;
	value = r * (cstn__doubles)power;
	*out = value;
}

#endif
