#ifndef CSTN_BASE_SHUFFLE_H
#define CSTN_BASE_SHUFFLE_H

#include <stddef.h>
#include <stdint.h>

/* Permutation `number` of 0 .. n - 1 (n <= 64) that a seed has: the same on every machine (Fisher
 * and Yates, with the random numbers of base/stats.h). */
void cstn__shuffle(uint8_t *items, size_t n, uint64_t seed, uint64_t number);

#endif
