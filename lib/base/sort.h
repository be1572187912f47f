#ifndef CSTN_BASE_SORT_H
#define CSTN_BASE_SORT_H

#include <stddef.h>

/* Sort in place without memory (libc's qsort() may call malloc()). Not stable, so `compare` must
 * order every two items that differ: then the result is the same on every machine. `size` is at
 * most 256. O(n log n) in the worst case. */
void cstn__sort(void *items, size_t n, size_t size,
		int (*compare)(const void *a, const void *b, void *context), void *context);

#endif
