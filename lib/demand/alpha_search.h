#ifndef CSTN_DEMAND_ALPHA_SEARCH_H
#define CSTN_DEMAND_ALPHA_SEARCH_H

#include "base/elementary_wide.h"

/* The smoothing parameter of least squared errors, several of them tried in each pass over the
 * series: a chain of steps waits for its last one, eight of them side by side do not. A pass has a
 * form for AVX-512, where eight values are one register; on AVX2 the portable form is the faster
 * one. */

/* Squared errors of CSTN__LANES values of alpha. */
typedef void cstn__alpha_errors(const void *context, const cstn__doubles *alpha, double *sse);
/* The best of 16 values between `low` and `high`, then three times of eight between its neighbours;
 * the lowest of equals. `valleys`: `low` only where no other value is better than its neighbours.
 * Five passes. */
double cstn__alpha_search(cstn__alpha_errors *errors, const void *context, double low, double high,
		int valleys);

#endif
