#ifndef CSTN_FULFILMENT_PERFECT_ORDER_WORDS_H
#define CSTN_FULFILMENT_PERFECT_ORDER_WORDS_H

#include <stdint.h>

/* Predicates over up to 64 values at once: bit i of the result speaks of value i, bits from n on
 * are 0. One table an instruction set; all give the same words. */
typedef struct cstn__words {
	uint64_t (*ne32)(const int32_t *a, const int32_t *b, int n); /* a != b */
	uint64_t (*ne64)(const int64_t *a, const int64_t *b, int n);
	uint64_t (*above32)(const int32_t *a, const int32_t *b, int32_t c,
			int n); /* a - b > c, no overflow allowed */
	uint64_t (*above64)(const int64_t *a, const int64_t *b, int64_t c, int n);
	uint64_t (*gt32)(const int32_t *a, int32_t c, int n); /* a > c */
	uint64_t (*gt64)(const int64_t *a, int64_t c, int n);
	uint64_t (*lt32)(const int32_t *a, int32_t c, int n); /* a < c */
	uint64_t (*lt64)(const int64_t *a, int64_t c, int n);
} cstn__words;

/* simd: 1 portable, 2 AVX2, 3 AVX-512; the machine has it, as cstn__cpu_simd() tells. */
const cstn__words *cstn__words_for(int simd);

#endif
