#ifndef CSTN_DEMAND_ETS_SEARCH_H
#define CSTN_DEMAND_ETS_SEARCH_H

#include <stddef.h>

/* Least squares within bounds, for the fits of exponential smoothing (Levenberg 1944, Marquardt
 * 1963, bounds by an active set). */

/* Four shares, level, trend and 23 free seasonal states, in whole lanes. */
#define CSTN__ETS_DIMENSIONS 32

/* Lanes of four that a compiler makes of what the machine has; the same bytes on any. */
typedef double cstn__four __attribute__((vector_size(32), aligned(16)));

typedef struct cstn__ets_normal {
	double a[CSTN__ETS_DIMENSIONS][CSTN__ETS_DIMENSIONS]; /* symmetric, all of it filled */
	double g[CSTN__ETS_DIMENSIONS];                       /* the gradient, halved */
} cstn__ets_normal;

typedef struct cstn__ets_search {
	int dimensions;
	double lowest[CSTN__ETS_DIMENSIONS], highest[CSTN__ETS_DIMENSIONS];
	double x[CSTN__ETS_DIMENSIONS];
	double value; /* at x: what is made small, infinite where x has no value */
	cstn__ets_normal normal;
} cstn__ets_search;

/* What is made small. */
typedef struct cstn__ets_problem {
	double (*evaluate)(void *context, const double *x);
	/* the point that was evaluated last becomes the present one */
	void (*accept)(void *context);
	/* normal equations at the present point */
	void (*derive)(void *context, const double *x, cstn__ets_normal *out);
} cstn__ets_problem;

/* From x to the nearest minimum: it ends where a step gains less than `done`. */
void cstn__ets_descend(cstn__ets_search *search, const cstn__ets_problem *problem, void *context,
		double done);

/* a x = b in place of b, by Cholesky; `a` is overwritten by its factor. A column that is no other
 * than those before it is left out: its x is 0. */
void cstn__ets_factor(double *a, int n, int stride);
void cstn__ets_solve(const double *factor, int n, int stride, double *b);

#endif
