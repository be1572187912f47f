/* Numbers behind rates and sums.
 *
 * Normal quantile: Wichura 1988 (AS 241, PPND16), relative error about 1e-16. Rates: Wilson 1927;
 * differences: Newcombe 1998, method 10. Exact sums: the small superaccumulator of Neal 2015: a
 * fixed point number as wide as all doubles together, in limbs of 32 bits that are carried rarely,
 * so a sum does not depend on order and is rounded once. Limb i weighs 2^(32 i - 1074). Random:
 * Philox 4x32-10 of Salmon et al. 2011. Cost: an exact add about 3 ns. */
#include "base/stats.h"

#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "base/special.h"

/* --- normal distribution --- */

/* Coefficients of AS 241, highest power first. */
static double ratio(const double top[8], const double bottom[8], double r)
{
	double a = top[0], b = bottom[0];

	for (int i = 1; i < 8; i++) {
		a = a * r + top[i];
		b = b * r + bottom[i];
	}
	return a / b;
}

double cstn__normal_quantile(double p)
{
	static const double a[8] = {2509.0809287301226727, 33430.575583588128105,
			67265.770927008700853, 45921.953931549871457, 13731.693765509461125,
			1971.5909503065514427, 133.14166789178437745, 3.387132872796366608};
	static const double b[8] = {5226.495278852854561, 28729.085735721942674,
			39307.89580009271061, 21213.794301586595867, 5394.1960214247511077,
			687.1870074920579083, 42.313330701600911252, 1.0};
	static const double c[8] = {7.7454501427834140764e-4, 0.0227238449892691845833,
			0.24178072517745061177, 1.27045825245236838258, 3.64784832476320460504,
			5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734};
	static const double d[8] = {1.05075007164441684324e-9, 5.475938084995344946e-4,
			0.0151986665636164571966, 0.14810397642748007459, 0.68976733498510000455,
			1.6763848301838038494, 2.05319162663775882187, 1.0};
	static const double e[8] = {2.01033439929228813265e-7, 2.71155556874348757815e-5,
			0.0012426609473880784386, 0.026532189526576123093, 0.29656057182850489123,
			1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772};
	static const double f[8] = {2.04426310338993978564e-15, 1.4215117583164458887e-7,
			1.8463183175100546818e-5, 7.868691311456132591e-4, 0.0148753612908506148525,
			0.13692988092273580531, 0.59983220655588793769, 1.0};
	double q = p - 0.5, r, value;

	if (fabs(q) <= 0.425)
		return q * ratio(a, b, 0.180625 - q * q);
	if (!(p > 0.0 && p < 1.0))
		return p == 0.0 ? -(double)INFINITY : p == 1.0 ? (double)INFINITY : (double)NAN;
	r = sqrt(-cstn__log(q < 0.0 ? p : 1.0 - p));
	value = r <= 5.0 ? ratio(c, d, r - 1.6) : ratio(e, f, r - 5.0);
	return q < 0.0 ? -value : value;
}

double cstn__normal_cdf(double x)
{
	return 0.5 * cstn__erfc(-x * 0.70710678118654752440);
}

double cstn__z_of_confidence(int32_t confidence_ppm)
{
	/* z is defined as the quantile to 15 decimals, the number that is printed (for 950,000 ppm
	 * 1.959963984540054), so that it is the same on every machine. AS 241 is right to about 15
	 * digits; one step of Newton from there gives what is missing, kept apart from z because a
	 * double does not hold the sum. What the products round away is taken along by fma(). */
	static const double root_half = 0.70710678118654752440,
			    root_half_low = -4.8336466567264567e-17;
	double tail = (1000000 - confidence_ppm) / 2000000.0;
	double z = -cstn__normal_quantile(tail);
	double place = z * root_half;
	double place_low = fma(z, root_half, -place) + z * root_half_low;
	double step = (0.5 * cstn__erfc(place) - tail) * 2.50662827463100050242 *
				      cstn__exp(0.5 * z * z) -
		      place_low * 1.41421356237309504880;
	double units = z * 1e15, whole = rint(units);

	whole += rint(units - whole + fma(z, 1e15, -units) + step * 1e15);
	return whole / 1e15;
}

/* --- rates --- */

void cstn__wilson(double p, double n, double z, double *low, double *high)
{
	double z2 = z * z;
	double centre = p + z2 / (2.0 * n);
	double reach = z * sqrt(p * (1.0 - p) / n + z2 / (4.0 * n * n));
	double scale = 1.0 + z2 / n;

	*low = p <= 0.0 ? 0.0 : fmax(0.0, (centre - reach) / scale);
	*high = p >= 1.0 ? 1.0 : fmin(1.0, (centre + reach) / scale);
}

void cstn__newcombe(double p1, double n1, double p2, double n2, double z, double *low, double *high)
{
	double l1, u1, l2, u2, difference = p1 - p2;

	cstn__wilson(p1, n1, z, &l1, &u1);
	cstn__wilson(p2, n2, z, &l2, &u2);
	*low = difference - sqrt((p1 - l1) * (p1 - l1) + (u2 - p2) * (u2 - p2));
	*high = difference + sqrt((u1 - p1) * (u1 - p1) + (p2 - l2) * (p2 - l2));
}

/* --- exact sum --- */

#define LIMBS 70
#define LIMB_MASK INT64_C(0xffffffff)
/* An add changes a limb by less than 2^53; 1,000 of them and a carried limb stay below 2^63. */
#define PENDING_MAX 1000

void cstn__exact_sum_init(cstn__exact_sum *sum)
{
	memset(sum, 0, sizeof(*sum));
}

/* Carry, so that every limb but the last lies in [0, 2^32). The last has the sign. */
void cstn__exact_sum_normalise(cstn__exact_sum *sum)
{
	int64_t carry = 0;

	for (int i = 0; i < LIMBS - 1; i++) {
		int64_t limb = sum->limb[i] + carry;

		sum->limb[i] = limb & LIMB_MASK;
		carry = limb >> 32;
	}
	sum->limb[LIMBS - 1] += carry;
	sum->pending = 0;
}

static void add_special(cstn__exact_sum *sum, double value)
{
	if (isnan(value))
		sum->nan_count += sum->nan_count < UINT32_MAX;
	else if (value > 0)
		sum->plus_inf++;
	else
		sum->minus_inf++;
}

void cstn__exact_sum_add(cstn__exact_sum *sum, double value)
{
	uint64_t bits, mantissa;
	int64_t low, high;
	unsigned int exponent, place;

	memcpy(&bits, &value, sizeof(bits));
	exponent = (unsigned int)(bits >> 52) & 0x7ff;
	mantissa = bits & ((UINT64_C(1) << 52) - 1);
	if (exponent == 0x7ff) {
		add_special(sum, value);
		return;
	}
	if (exponent)
		mantissa |= UINT64_C(1) << 52;
	place = exponent ? exponent - 1 : 0; /* value = mantissa * 2^(place - 1074) */
	low = (int64_t)(mantissa << (place & 31) & (uint64_t)LIMB_MASK);
	high = (int64_t)(mantissa >> (32 - (place & 31)));
	if (bits >> 63) {
		low = -low;
		high = -high;
	}
	sum->limb[place >> 5] += low;
	sum->limb[(place >> 5) + 1] += high;
	if (++sum->pending >= PENDING_MAX)
		cstn__exact_sum_normalise(sum);
}

void cstn__exact_sum_merge(cstn__exact_sum *into, const cstn__exact_sum *from)
{
	cstn__exact_sum other = *from;

	cstn__exact_sum_normalise(&other);
	cstn__exact_sum_normalise(into);
	for (int i = 0; i < LIMBS; i++)
		into->limb[i] += other.limb[i];
	cstn__exact_sum_normalise(into);
	into->nan_count = other.nan_count > UINT32_MAX - into->nan_count
					  ? UINT32_MAX
					  : into->nan_count + other.nan_count;
	into->plus_inf += other.plus_inf;
	into->minus_inf += other.minus_inf;
}

void cstn__exact_sum_subtract(cstn__exact_sum *from, const cstn__exact_sum *part)
{
	cstn__exact_sum other = *part;

	cstn__exact_sum_normalise(&other);
	cstn__exact_sum_normalise(from);
	for (int i = 0; i < LIMBS; i++)
		from->limb[i] -= other.limb[i];
	cstn__exact_sum_normalise(from);
}

/* Bits [place, place + 32) of a normalised, not negative sum. */
static uint64_t bits32_at(const cstn__exact_sum *sum, int place)
{
	int limb = place >> 5, shift = place & 31;
	uint64_t low = (uint64_t)sum->limb[limb];
	uint64_t high = limb + 1 < LIMBS ? (uint64_t)sum->limb[limb + 1] : 0;

	return (low >> shift | high << (32 - shift)) & (uint64_t)LIMB_MASK;
}

/* 1 if a bit below `place` is set. */
static int any_below(const cstn__exact_sum *sum, int place)
{
	for (int i = 0; i < place >> 5; i++)
		if (sum->limb[i])
			return 1;
	return (sum->limb[place >> 5] & ((INT64_C(1) << (place & 31)) - 1)) != 0;
}

/* Nearest double of a normalised, not negative sum. */
static double round_sum(const cstn__exact_sum *sum)
{
	int top = LIMBS - 1, leading, place;
	uint64_t mantissa;

	while (top >= 0 && !sum->limb[top])
		top--;
	if (top < 0)
		return 0.0;
	leading = 32 * top + 63 - __builtin_clzll((uint64_t)sum->limb[top]);
	if (leading > 1074 + 1023) /* beyond all doubles, and beyond what can be read from `place`
				    */
		return (double)INFINITY;
	place = leading - 52; /* of the last bit that is kept */
	if (place <= 0)
		return ldexp((double)(bits32_at(sum, 32) << 32 | bits32_at(sum, 0)), -1074);
	mantissa = (bits32_at(sum, place + 32) << 32 | bits32_at(sum, place)) &
		   ((UINT64_C(1) << 53) - 1);
	if (bits32_at(sum, place - 1) & 1)
		if ((mantissa & 1) || any_below(sum, place - 1))
			mantissa++;
	return ldexp((double)mantissa, place - 1074);
}

double cstn__exact_sum_value(const cstn__exact_sum *sum)
{
	cstn__exact_sum copy = *sum;
	int negative;
	double value;

	if (sum->nan_count || (sum->plus_inf && sum->minus_inf))
		return (double)NAN;
	if (sum->plus_inf || sum->minus_inf)
		return sum->plus_inf ? (double)INFINITY : -(double)INFINITY;
	cstn__exact_sum_normalise(&copy);
	negative = copy.limb[LIMBS - 1] < 0;
	if (negative) {
		for (int i = 0; i < LIMBS; i++)
			copy.limb[i] = -copy.limb[i];
		cstn__exact_sum_normalise(&copy);
	}
	value = round_sum(&copy);
	return negative ? -value : value;
}

/* --- random --- */

void cstn__philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
	uint32_t x0 = counter[0], x1 = counter[1], x2 = counter[2], x3 = counter[3];
	uint32_t k0 = key[0], k1 = key[1];

	for (int round = 0; round < 10; round++) {
		uint64_t a = UINT64_C(0xd2511f53) * x0, b = UINT64_C(0xcd9e8d57) * x2;

		x0 = (uint32_t)(b >> 32) ^ x1 ^ k0;
		x2 = (uint32_t)(a >> 32) ^ x3 ^ k1;
		x1 = (uint32_t)b;
		x3 = (uint32_t)a;
		k0 += UINT32_C(0x9e3779b9);
		k1 += UINT32_C(0xbb67ae85);
	}
	out[0] = x0;
	out[1] = x1;
	out[2] = x2;
	out[3] = x3;
}

uint64_t cstn__random_u64(uint64_t key, uint64_t counter)
{
	uint32_t place[4] = {(uint32_t)counter, (uint32_t)(counter >> 32), 0, 0};
	uint32_t keys[2] = {(uint32_t)key, (uint32_t)(key >> 32)};
	uint32_t out[4];

	cstn__philox(place, keys, out);
	return out[0] | (uint64_t)out[1] << 32;
}

double cstn__random_unit(uint64_t key, uint64_t counter)
{
	return (double)(cstn__random_u64(key, counter) >> 11) * 0x1p-53;
}
