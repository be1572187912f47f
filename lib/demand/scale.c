/* A power of two that brings a series near 1, so that 1e-300 and 1e300 behave alike and no digit is
 * lost on the way there and back. */
#include "demand/scale.h"

#include <math.h>

int cstn__scale_of(const double *y, size_t n)
{
	double mean = 0;
	size_t t;
	int exponent = 0;

	for (t = 0; t < n; t++)
		mean += fabs(y[t]) / (double)n;
	if (mean > 0)
		(void)frexp(mean, &exponent);
	return exponent;
}
