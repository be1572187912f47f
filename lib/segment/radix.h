#ifndef CSTN_SEGMENT_RADIX_H
#define CSTN_SEGMENT_RADIX_H

#include <stddef.h>
#include <stdint.h>

/* Sort n numbers in place by size; `scratch` has room for n. Bytes that all numbers share cost
 * nothing. O(n) a byte that differs. */
void cstn__radix_sort(uint64_t *items, uint64_t *scratch, size_t n);

/* A number with what belongs to it; equal numbers keep their order. */
typedef struct cstn__radix_pair {
	uint64_t key, value;
} cstn__radix_pair;
void cstn__radix_sort_pairs(cstn__radix_pair *items, cstn__radix_pair *scratch, size_t n);

/* Numbers as unsigned ones of the same order. */
static inline uint64_t cstn__radix_of_i64(int64_t value)
{
	return (uint64_t)value ^ (UINT64_C(1) << 63);
}
static inline int64_t cstn__radix_to_i64(uint64_t key)
{
	return (int64_t)(key ^ (UINT64_C(1) << 63));
}
uint64_t cstn__radix_of_f64(double value); /* -0.0 is 0.0; no NaN */
double cstn__radix_to_f64(uint64_t key);

#endif
