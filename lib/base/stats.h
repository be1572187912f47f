#ifndef CSTN_BASE_STATS_H
#define CSTN_BASE_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"

/* Normal quantile to full double precision (Wichura 1988, AS 241 PPND16). */
double cstn__normal_quantile(double p);
double cstn__normal_cdf(double x);
/* z for a two-sided confidence in ppm: 950000 -> 1.959963984540054. */
double cstn__z_of_confidence(int32_t confidence_ppm);
/* Wilson 1927 with real-valued n (n_eff), clamped at p = 0 and p = 1. */
void cstn__wilson(double p, double n, double z, double *low, double *high);
/* Newcombe 1998 method 10. */
void cstn__newcombe(
		double p1, double n1, double p2, double n2, double z, double *low, double *high);

/* Exact sum of doubles (Neal 2015, small superaccumulator): order-independent, rounded once. NaN
 * and infinities are kept apart and counted. */
typedef struct cstn__exact_sum {
	int64_t limb[70];
	uint32_t pending;
	uint32_t nan_count;
	uint64_t plus_inf, minus_inf;
} cstn__exact_sum;
void cstn__exact_sum_init(cstn__exact_sum *sum);
void cstn__exact_sum_add(cstn__exact_sum *sum, double value);
void cstn__exact_sum_merge(cstn__exact_sum *into, const cstn__exact_sum *from);
void cstn__exact_sum_subtract(cstn__exact_sum *from, const cstn__exact_sum *part); /* both finite */
void cstn__exact_sum_normalise(cstn__exact_sum *sum); /* canonical limbs: same value, same bytes */
double cstn__exact_sum_value(const cstn__exact_sum *sum);
/* As bytes, of finite values; reading: 0, or -1 for limbs that no sum has. */
void cstn__exact_sum_put(cstn__bytes *out, const cstn__exact_sum *sum);
int cstn__exact_sum_read(cstn__reader *in, cstn__exact_sum *out);

/* Counter-based random: the n-th number of stream `key` is a pure function (Salmon et al. 2011,
 * Philox 4x32-10). */
void cstn__philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);
uint64_t cstn__random_u64(uint64_t key, uint64_t counter);
double cstn__random_unit(uint64_t key, uint64_t counter); /* [0, 1), 53 bits */

#endif
