#ifndef CSTN_CUSTOMER_SURVIVAL_H
#define CSTN_CUSTOMER_SURVIVAL_H

#include <math.h>
#include <stdint.h>

/* Kaplan-Meier 1958: at each duration with events the share that remains is multiplied by 1 - d/n,
 * n counting all that last at least as long; Greenwood 1926: var S = S^2 sum d / (n (n - d)). Where
 * all at risk end, S is 0 and so is its error. Start with {n, 1.0, 0.0} and go by rising duration;
 * events come before censorings at a tie. */
typedef struct cstn__survival {
	int64_t at_risk;
	double remains, greenwood;
} cstn__survival;

static inline void cstn__survival_end(cstn__survival *curve, int64_t events)
{
	double n = (double)curve->at_risk, d = (double)events;

	if (!events)
		return;
	curve->remains *= 1.0 - d / n;
	curve->greenwood += curve->at_risk > events ? d / (n * (n - d)) : 0.0;
}
static inline double cstn__survival_error(const cstn__survival *curve)
{
	return curve->remains * sqrt(curve->greenwood);
}

#endif
