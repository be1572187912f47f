#ifndef CSTN_STORE_BLOCK_STEP_H
#define CSTN_STORE_BLOCK_STEP_H

#include <stdint.h>

#include "store/values.h"

/* Division by a number known to divide: a product modulo 2^64 and a rotation. */
typedef struct cstn__step {
	uint64_t step;    /* 0: none yet; else the divisor */
	uint64_t inverse; /* of its odd part, modulo 2^64 */
	uint64_t most;    /* greatest quotient */
	uint32_t zeros;   /* of the divisor at its low end */
} cstn__step;

/* The quotient of a multiple of the divisor; above `most` for any other number. */
static inline uint64_t cstn__step_quotient(const cstn__step *step, uint64_t number)
{
	uint64_t product = number * step->inverse;

	return product >> step->zeros | product << (-step->zeros & 63);
}

/* The greatest step such that every valid value of [start, start + n) is `base` plus a multiple of
 * it, `base` being the least of them: 0 if they are all the same. */
void cstn__step_find(const cstn__values *values, uint64_t start, uint64_t n, int64_t base,
		cstn__step *out);

#endif
