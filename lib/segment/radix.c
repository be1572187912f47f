/* Radix sort from the lowest byte up: a histogram of all eight bytes in one pass, then a pass a
 * byte in which numbers differ. Days, counts and small money differ in few bytes, so that sorting
 * costs little more than reading. Stable; the same on every machine. */
#include "segment/radix.h"

#include <string.h>

#define BYTES 8
#define VALUES 256

/* Where each value of a byte begins; 0 if all numbers have the same. */
static int begins_of(const size_t *counts, size_t n, size_t *begins)
{
	size_t at = 0;
	int i;

	for (i = 0; i < VALUES; i++) {
		if (counts[i] == n)
			return 0;
		begins[i] = at;
		at += counts[i];
	}
	return 1;
}

#define RADIX_SORT(name, type, key_of)                                                       \
	void name(type *items, type *scratch, size_t n)                                      \
	{                                                                                    \
		size_t counts[BYTES][VALUES], begins[VALUES], i;                             \
		type *from = items, *to = scratch, *other;                                   \
		int byte;                                                                    \
                                                                                             \
		memset(counts, 0, sizeof(counts));                                           \
		for (i = 0; i < n; i++) {                                                    \
			uint64_t key = key_of(items[i]);                                     \
                                                                                             \
			for (byte = 0; byte < BYTES; byte++)                                 \
				counts[byte][key >> (8 * byte) & 255]++;                     \
		}                                                                            \
		for (byte = 0; n && byte < BYTES; byte++) {                                  \
			if (!begins_of(counts[byte], n, begins))                             \
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

#define WHOLE(item) (item)
#define KEY(item) ((item).key)
RADIX_SORT(cstn__radix_sort, uint64_t, WHOLE)
RADIX_SORT(cstn__radix_sort_pairs, cstn__radix_pair, KEY)

#define SIGN (UINT64_C(1) << 63)

uint64_t cstn__radix_of_f64(double value)
{
	uint64_t bits;

	value += 0.0;
	memcpy(&bits, &value, sizeof(bits));
	return bits & SIGN ? ~bits : bits | SIGN;
}

double cstn__radix_to_f64(uint64_t key)
{
	uint64_t bits = key & SIGN ? key & ~SIGN : ~key;
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}
