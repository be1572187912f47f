#ifndef CSTN_FULFILMENT_PERFECT_ORDER_SPANS_H
#define CSTN_FULFILMENT_PERFECT_ORDER_SPANS_H

#include <stdint.h>

/* Limits of regular times: days, or instants in microseconds. */
typedef struct cstn__time_limits {
	int64_t least, most; /* of the promise; `least` also of the actual time */
	int64_t most_actual; /* known as of the run, past any claim window */
	int64_t late, early; /* actual - promise, promise - actual: above it is a failure */
	int32_t has_early, reserved0;
} cstn__time_limits;

/* Predicates over the n values of a chunk, n <= 1024: bit i % 64 of word i / 64 speaks of value i,
 * bits from n on are 0. Where a function returns int, 1 says that all values keep the rule that it
 * names; 0 that some value breaks it, or may: then the words say nothing. One table an instruction
 * set; all give the same words, and the same answer. */
typedef struct cstn__spans {
	/* out |= a[i] != a[i - 1], for i > 0, and values never fall; a[-1] may be read when
	 * `before`. The words are right in any case. */
	int (*edges32)(const int32_t *a, int before, int n, uint64_t *out);
	int (*edges64)(const int64_t *a, int before, int n, uint64_t *out);
	/* out = late or too early; all times within the limits */
	int (*late32)(const int32_t *promise, const int32_t *actual,
			const cstn__time_limits *limits, int n, uint64_t *out);
	int (*late64)(const int64_t *promise, const int64_t *actual,
			const cstn__time_limits *limits, int n, uint64_t *out);
	/* out = a[i] != b[i]; all a >= 1, all b >= 0 */
	int (*differ32)(const int32_t *a, const int32_t *b, int n, uint64_t *out);
	int (*differ64)(const int64_t *a, const int64_t *b, int n, uint64_t *out);
	/* number of bits in n words */
	uint64_t (*count)(const uint64_t *words, int n);
} cstn__spans;

/* simd: 1 portable, 2 AVX2, 3 AVX-512, as cstn__cpu_simd() tells; more than that is not asked for.
 */
const cstn__spans *cstn__spans_for(int simd);

#endif
