/* Durations in logarithmic buckets: what a mergeable state keeps of waiting times. Bounds are
 * powers of 2^(1/8) as 64-bit integers, so a duration falls into the same bucket on every machine.
 * O(1). */
#include "customer/duration.h"

#include <math.h>

/* 2^(i/8) * 2^63, rounded up: the least mantissa of step i. */
static const uint64_t steps[8] = {UINT64_C(0x8000000000000000), UINT64_C(0x8b95c1e3ea8bd6e7),
		UINT64_C(0x9837f0518db8a970), UINT64_C(0xa5fed6a9b15138eb),
		UINT64_C(0xb504f333f9de6485), UINT64_C(0xc5672a115506dade),
		UINT64_C(0xd744fccad69d6af5), UINT64_C(0xeac0c6e7dd24392f)};
/* 2^((i + 1/2)/8) */
static const double middles[8] = {1.0442737824274138, 1.1387886347566916, 1.241857812073484,
		1.3542555469368927, 1.4768261459394993, 1.6104903319492543, 1.7562521603732995,
		1.9152065613971474};

int32_t cstn__duration_bucket(int64_t us)
{
	uint64_t mantissa;
	int32_t power, step = 0;

	if (us <= 0)
		return 0;
	power = 63 - __builtin_clzll((uint64_t)us);
	mantissa = (uint64_t)us << (63 - power);
	while (step < 7 && mantissa >= steps[step + 1])
		step++;
	return 1 + 8 * power + step;
}

double cstn__duration_middle(int32_t bucket)
{
	return bucket <= 0 ? 0.0 : ldexp(middles[(bucket - 1) % 8], (bucket - 1) / 8);
}

double cstn__duration_quantile(const int64_t counts[CSTN__DURATION_BUCKETS], int64_t n, double q)
{
	double wanted = ceil(q * (double)n);
	int64_t before = 0;
	int32_t i;

	for (i = 0; i < CSTN__DURATION_BUCKETS - 1; i++) {
		before += counts[i];
		if (before > 0 && (double)before >= wanted)
			break;
	}
	return cstn__duration_middle(i);
}

int64_t cstn__buckets_sum(const int64_t *counts, size_t n)
{
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += counts[i];
	return sum;
}
