#ifndef CSTN_CUSTOMER_DURATION_H
#define CSTN_CUSTOMER_DURATION_H

#include <stddef.h>
#include <stdint.h>

/* Durations in buckets of width 2^(1/8): bucket 0 is 0 us, bucket 1 + i is [2^(i/8), 2^((i+1)/8)).
 */
#define CSTN__DURATION_BUCKETS 512

int32_t cstn__duration_bucket(int64_t us); /* us >= 0 */
/* The geometric middle of a bucket, in microseconds; 0 of bucket 0. */
double cstn__duration_middle(int32_t bucket);
/* The quantile q, 0 < q < 1, of n durations as the geometric middle of its bucket, in
 * microseconds: within 4.5 %. */
double cstn__duration_quantile(const int64_t counts[CSTN__DURATION_BUCKETS], int64_t n, double q);

/* Of buckets, or of other counts: what they add up to. */
int64_t cstn__buckets_sum(const int64_t *counts, size_t n);

#endif
