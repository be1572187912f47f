#ifndef CSTN_BASE_RADIX_H
#define CSTN_BASE_RADIX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

/* Where each value of a byte begins; 0 if all n numbers have the same. */
#define CSTN__RADIX_BYTES 8
#define CSTN__RADIX_VALUES 256
int cstn__radix_begins(const size_t *counts, size_t n, size_t *begins);

/* Defines a stable sort, `void name(type *items, type *scratch, size_t n)`, of items by a key of 64
 * bits, key_of(item). `gives` is void, or static void. */
#define CSTN__RADIX_SORT(gives, name, type, key_of)                                          \
	gives name(type *items, type *scratch, size_t n)                                     \
	{                                                                                    \
		size_t counts[CSTN__RADIX_BYTES][CSTN__RADIX_VALUES];                        \
		size_t begins[CSTN__RADIX_VALUES], i;                                        \
		type *from = items, *to = scratch, *other;                                   \
		int byte;                                                                    \
                                                                                             \
		memset(counts, 0, sizeof(counts));                                           \
		for (i = 0; i < n; i++) {                                                    \
			uint64_t key = key_of(items[i]);                                     \
                                                                                             \
			for (byte = 0; byte < CSTN__RADIX_BYTES; byte++)                     \
				counts[byte][key >> (8 * byte) & 255]++;                     \
		}                                                                            \
		for (byte = 0; n && byte < CSTN__RADIX_BYTES; byte++) {                      \
			if (!cstn__radix_begins(counts[byte], n, begins))                    \
				continue;                                                    \
			for (i = 0; i < n; i++)                                              \
				to[begins[key_of(from[i]) >> (8 * byte) & 255]++] = from[i]; \
			other = from;                                                        \
			from = to;                                                           \
			to = other;                                                          \
		}                                                                            \
		if (from != items)                                                           \
			memcpy(items, from, n * sizeof(*items));                             \
	}

#endif
