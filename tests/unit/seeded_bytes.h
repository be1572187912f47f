#ifndef TESTS_SEEDED_BYTES_H
#define TESTS_SEEDED_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "base/stats.h"

/* Entropy that is the same in every run and on every machine. */
typedef struct seeded_bytes {
	uint64_t key, at;
	int32_t fails; /* what is returned */
} seeded_bytes;

/* `size` is a multiple of 8. */
static inline int32_t seeded_bytes_fill(void *user, uint8_t *out, size_t size)
{
	seeded_bytes *from = user;
	size_t i, k;

	for (i = 0; i < size; i += 8) {
		uint64_t word = cstn__random_u64(from->key, from->at++);

		for (k = 0; k < 8; k++)
			out[i + k] = (uint8_t)(word >> 8 * k);
	}
	return from->fails;
}

#endif
