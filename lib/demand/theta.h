#ifndef CSTN_DEMAND_THETA_H
#define CSTN_DEMAND_THETA_H

#include <stddef.h>

/* Theta models of a series of n values, oldest first. */

/* The value at period t, counted from 0: start + slope t. */
typedef struct cstn__line {
	double start, slope;
} cstn__line;
/* Least squares; level where n = 1. */
void cstn__line_whole(const double *y, size_t n, cstn__line *out);

typedef struct cstn__theta {
	int is_dynamic;
	double alpha;
	double share; /* 1 - 1 / theta */
	double level; /* before the first period */
} cstn__theta;

/* One step ahead of every period to `fitted`, then h periods beyond to `ahead`; either may be NULL.
 * 0 where one of them is not finite. */
int cstn__theta_run(const cstn__theta *theta, const double *y, size_t n, size_t h, double *fitted,
		double *ahead);
/* Of least squared errors; `is_optimised`: theta too, else it is 2. `simd` from cstn__cpu_simd(),
 * or 1: it changes no byte. */
void cstn__theta_fit(int simd, const double *y, size_t n, int is_dynamic, int is_optimised,
		cstn__theta *out);
/* Smoothing of the level, and half of the trend line's slope in what smoothing would make of it
 * (Hyndman and Billah 2003): the theta model where the level of the start is fitted without it. */
void cstn__ses_drift_ahead(int simd, const double *y, size_t n, size_t h, double *out);

#endif
