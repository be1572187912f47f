#ifndef CSTN_DEMAND_SCALE_H
#define CSTN_DEMAND_SCALE_H

#include <stddef.h>

/* The exponent of a power of two near the mean of |y|; 0 for a series of zeros. */
int cstn__scale_of(const double *y, size_t n);

#endif
