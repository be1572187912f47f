#ifndef CSTN_DEMAND_PAIRWISE_H
#define CSTN_DEMAND_PAIRWISE_H

#include <stdint.h>

/* A sum in a fixed tree: blocks of 128 in order, blocks in pairs, pairs in pairs. Its error grows
 * with the logarithm of the number of terms, and its bytes depend on their order alone. */

#define CSTN__PAIRWISE_BLOCK 128

typedef struct cstn__pairwise {
	double block;
	uint64_t terms;
	double stack[57]; /* bit k of the number of whole blocks: stack[k] holds 2^k of them */
} cstn__pairwise;

static inline void cstn__pairwise_init(cstn__pairwise *sum)
{
	sum->block = 0;
	sum->terms = 0;
}

static inline void cstn__pairwise_add(cstn__pairwise *sum, double term)
{
	sum->block += term;
	if (++sum->terms % CSTN__PAIRWISE_BLOCK == 0) {
		uint64_t blocks = sum->terms / CSTN__PAIRWISE_BLOCK - 1;
		int k = 0;

		for (; blocks & 1; blocks >>= 1)
			sum->block += sum->stack[k++];
		sum->stack[k] = sum->block;
		sum->block = 0;
	}
}

static inline double cstn__pairwise_value(const cstn__pairwise *sum)
{
	uint64_t blocks = sum->terms / CSTN__PAIRWISE_BLOCK;
	double value = sum->block;
	int k;

	for (k = 0; blocks; blocks >>= 1, k++)
		if (blocks & 1)
			value += sum->stack[k];
	return value;
}

#endif
