/* Decimals of 32, 64, 128 and 256 bits into a scaled int64, exactly or not at all.
 *
 * Values are loaded by memcpy, since buffers need not be aligned. What fits 128 bits is worked on
 * there; wider values become a magnitude of four 64-bit limbs that is divided by powers of ten up
 * to 10^18 in schoolbook short division. Nothing is rounded: a remainder means that the declared
 * scale cannot hold the value. Cost: a compare when scales agree, else a division per 18 places. */
#include <string.h>

#include "base/checked.h"
#include "table/column_binding.h"

#define LIMBS 4
#define STEP 18 /* 10^18 is the largest power of ten in an int64 */

typedef struct wide_value {
	uint64_t limb[LIMBS]; /* magnitude, least significant first */
	int negative;
} wide_value;

int64_t cstn__power_of_ten(int32_t exponent)
{
	static const int64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000,
			100000000, 1000000000, INT64_C(10000000000), INT64_C(100000000000),
			INT64_C(1000000000000), INT64_C(10000000000000), INT64_C(100000000000000),
			INT64_C(1000000000000000), INT64_C(10000000000000000),
			INT64_C(100000000000000000), INT64_C(1000000000000000000)};

	return powers[exponent];
}

static wide_value wide_load(const void *value, int32_t physical)
{
	wide_value wide = {{0}, 0};
	uint64_t raw[LIMBS];
	int32_t narrow, i;
	int64_t word;
	cstn__i128 two;

	if (physical == CSTN__DEC256) {
		memcpy(raw, value, sizeof(raw));
		for (i = 0; i < LIMBS; i++)
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
			wide.limb[i] = raw[LIMBS - 1 - i];
#else
			wide.limb[i] = raw[i];
#endif
	} else {
		if (physical == CSTN__DEC32) {
			memcpy(&narrow, value, sizeof(narrow));
			two = narrow;
		} else if (physical == CSTN__DEC64) {
			memcpy(&word, value, sizeof(word));
			two = word;
		} else {
			memcpy(&two, value, sizeof(two));
		}
		wide.limb[0] = (uint64_t)two;
		wide.limb[1] = (uint64_t)((cstn__u128)two >> 64);
		wide.limb[2] = wide.limb[3] = two < 0 ? UINT64_MAX : 0;
	}
	wide.negative = wide.limb[LIMBS - 1] >> 63 != 0;
	if (wide.negative) {
		uint64_t carry = 1;

		for (i = 0; i < LIMBS; i++) {
			wide.limb[i] = ~wide.limb[i] + carry;
			carry = carry && wide.limb[i] == 0;
		}
	}
	return wide;
}

static int wide_is_zero(const wide_value *wide)
{
	return (wide->limb[0] | wide->limb[1] | wide->limb[2] | wide->limb[3]) == 0;
}

/* Divide the magnitude; returns the remainder. */
static uint64_t wide_divide(wide_value *wide, uint64_t divisor)
{
	cstn__u128 rest = 0;
	int32_t i;

	for (i = LIMBS - 1; i >= 0; i--) {
		rest = rest << 64 | wide->limb[i];
		wide->limb[i] = (uint64_t)(rest / divisor);
		rest %= divisor;
	}
	return (uint64_t)rest;
}

static int32_t wide_to_i64(const wide_value *wide, int64_t *out)
{
	uint64_t limit = wide->negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;

	if ((wide->limb[1] | wide->limb[2] | wide->limb[3]) != 0 || wide->limb[0] > limit)
		return CSTN_ROW_RANGE;
	*out = wide->negative ? (int64_t)(0 - wide->limb[0]) : (int64_t)wide->limb[0];
	return 0;
}

/* What 64 bits hold, from 32 to 128: 1, or 0 to take the long way. */
static int narrow_load(const void *value, int32_t physical, int64_t *out)
{
	cstn__i128 two;
	int32_t narrow;

	switch (physical) {
	case CSTN__DEC32:
		memcpy(&narrow, value, sizeof(narrow));
		*out = narrow;
		return 1;
	case CSTN__DEC64:
		memcpy(out, value, sizeof(*out));
		return 1;
	case CSTN__DEC128:
		memcpy(&two, value, sizeof(two));
		return cstn__narrow_i64(two, out) == 0;
	default:
		return 0;
	}
}

static int32_t scale_up(int64_t value, int32_t shift, int64_t *out)
{
	if (value != 0 && (shift > STEP || cstn__multiply_i64(value, cstn__power_of_ten(shift),
							   &value) != 0))
		return CSTN_ROW_RANGE;
	*out = value;
	return 0;
}

int32_t cstn__decimal_narrow(const void *value, int32_t physical, int32_t shift, int64_t *out)
{
	wide_value wide;
	int64_t fits;

	if (shift >= -STEP && narrow_load(value, physical, &fits)) {
		int64_t power = cstn__power_of_ten(shift < 0 ? -shift : 0);

		if (shift >= 0)
			return scale_up(fits, shift, out);
		if (fits % power != 0)
			return CSTN_ROW_SCALE;
		*out = fits / power;
		return 0;
	}
	wide = wide_load(value, physical);
	while (shift < 0 && !wide_is_zero(&wide)) {
		int32_t step = shift < -STEP ? STEP : -shift;

		if (wide_divide(&wide, (uint64_t)cstn__power_of_ten(step)) != 0)
			return CSTN_ROW_SCALE;
		shift += step;
	}
	if (wide_to_i64(&wide, &fits) != 0)
		return CSTN_ROW_RANGE;
	return scale_up(fits, shift > 0 ? shift : 0, out);
}

size_t cstn__decimal_text(const void *value, int32_t physical, int32_t scale, char *out)
{
	wide_value wide = wide_load(value, physical);
	char digits[80];
	size_t n = 0, len = 0;
	int32_t places = scale > 0 && scale <= 76 ? scale : 0;

	while (!wide_is_zero(&wide) || n < (size_t)places + 1)
		digits[n++] = (char)('0' + wide_divide(&wide, 10));
	if (wide.negative)
		out[len++] = '-';
	while (n > 0) {
		if (n == (size_t)places)
			out[len++] = '.';
		out[len++] = digits[--n];
	}
	return len;
}
