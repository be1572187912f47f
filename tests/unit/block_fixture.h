#ifndef TESTS_BLOCK_FIXTURE_H
#define TESTS_BLOCK_FIXTURE_H

#include <stdint.h>

#include "store/block.h"

#define BLOCK_LARGEST 65536u

/* What the numbers of a column look like; each pattern is best held by another encoding or width.
 */
enum pattern {
	SAME,
	TWO,
	DIGITS,
	NIBBLES,
	BYTES8,
	BYTES16,
	BYTES32,
	ANY,
	EXTREMES,
	RISING,
	RISING_BY_LITTLE,
	FALLING_OVER_ZERO,
	RUNS,
	N_PATTERNS
};

enum nulls { NONE, SOME, ALL, N_NULLS };

/* A column of BLOCK_LARGEST rows, on the heap. */
struct block_column {
	int64_t numbers[BLOCK_LARGEST];
	uint64_t validity[BLOCK_LARGEST / 64];
	uint32_t offsets[BLOCK_LARGEST + 1];
	uint8_t bytes[BLOCK_LARGEST * 4];
};

/* xorshift; the state is never 0. */
uint64_t block_random(uint64_t *state);
/* A cleared column, for free(). */
struct block_column *block_column_new(void);
/* Fill the column: the values, which point into it. */
cstn__values block_numbers(struct block_column *column, int pattern, int nulls);
cstn__values block_texts(struct block_column *column, int nulls);
/* Encode the rows [start, start + n), decode them from memory that ends with the block, compare. */
cstn__block_info block_round_trip(const cstn__values *values, uint64_t start, uint64_t n,
		uint32_t encodings, int zlib, int nulls);

#endif
