#ifndef CSTN_BASE_CHECKED_H
#define CSTN_BASE_CHECKED_H

#include <stddef.h>
#include <stdint.h>

/* Checked integers. All return 0, or -1 when the result does not fit; *out is then untouched. */

__extension__ typedef __int128 cstn__i128;
__extension__ typedef unsigned __int128 cstn__u128;

static inline int cstn__add_i64(int64_t a, int64_t b, int64_t *out)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return -1;
	*out = sum;
	return 0;
}

static inline int cstn__subtract_i64(int64_t a, int64_t b, int64_t *out)
{
	int64_t difference;

	if (__builtin_sub_overflow(a, b, &difference))
		return -1;
	*out = difference;
	return 0;
}

static inline int cstn__multiply_i64(int64_t a, int64_t b, int64_t *out)
{
	int64_t product;

	if (__builtin_mul_overflow(a, b, &product))
		return -1;
	*out = product;
	return 0;
}

static inline int cstn__add_i128(cstn__i128 a, cstn__i128 b, cstn__i128 *out)
{
	cstn__i128 sum;

	if (__builtin_add_overflow(a, b, &sum))
		return -1;
	*out = sum;
	return 0;
}

static inline int cstn__multiply_i128(cstn__i128 a, cstn__i128 b, cstn__i128 *out)
{
	cstn__i128 product;

	if (__builtin_mul_overflow(a, b, &product))
		return -1;
	*out = product;
	return 0;
}

/* The sums of each pair of n; -1: one does not fit, and is then as it was. `out` may be `a`. */
static inline int cstn__add_each_i64(const int64_t *a, const int64_t *b, size_t n, int64_t *out)
{
	int failed = 0;
	size_t i;

	for (i = 0; i < n; i++)
		failed |= cstn__add_i64(a[i], b[i], &out[i]);
	return failed;
}

/* Two int64 always have a product in 128 bits. */
static inline cstn__i128 cstn__wide_multiply(int64_t a, int64_t b)
{
	return (cstn__i128)a * b;
}

static inline int cstn__narrow_i64(cstn__i128 value, int64_t *out)
{
	if (value < INT64_MIN || value > INT64_MAX)
		return -1;
	*out = (int64_t)value;
	return 0;
}

#endif
