/* Radix sort from the lowest byte up: a histogram of all eight bytes in one pass, then a pass a
 * byte in which numbers differ. Days, counts and small money differ in few bytes, so that sorting
 * costs little more than reading. Stable; the same on every machine. */
#include "base/radix.h"

#include <string.h>

int cstn__radix_begins(const size_t *counts, size_t n, size_t *begins)
{
	size_t at = 0;
	int i;

	for (i = 0; i < CSTN__RADIX_VALUES; i++) {
		if (counts[i] == n)
			return 0;
		begins[i] = at;
		at += counts[i];
	}
	return 1;
}

#define WHOLE(item) (item)
#define KEY(item) ((item).key)
CSTN__RADIX_SORT(void, cstn__radix_sort, uint64_t, WHOLE)
CSTN__RADIX_SORT(void, cstn__radix_sort_pairs, cstn__radix_pair, KEY)

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
