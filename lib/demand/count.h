#ifndef CSTN_DEMAND_COUNT_H
#define CSTN_DEMAND_COUNT_H

#include <stddef.h>

/* Demand in whole units: negative binomial with a mean and a variance of mean + dispersion mean^2;
 * dispersion 0 is Poisson, mean 0 is always 0. Mean and dispersion are finite and 0 or more;
 * a dispersion beyond 10^6 counts as 10^6. */

/* The smallest k with P(Y <= k) >= u for each level u, ascending, inside (0, 1). */
void cstn__count_quantiles(
		double mean, double dispersion, const double *level, size_t n, double *out);

/* The same for n means of one dispersion: `out` has a row of levels a mean. A mean that came one
 * or more whole seasons before is not worked out again; season 0: none is. `scratch` has 2 n. */
typedef struct cstn__count_path {
	int simd; /* from cstn__cpu_simd() */
	size_t season;
	const double *mean;
	size_t n;
	double dispersion;
	const double *level;
	size_t levels;
	double *scratch;
} cstn__count_path;
void cstn__count_path_quantiles(const cstn__count_path *path, double *out);

/* P(Y <= y - 1) and P(Y <= y), y whole. */
void cstn__count_cdf(double mean, double dispersion, double y, double *below, double *at);

/* E[Y | Y >= s] and E[Y^2 | Y >= s], no further above s than 20 (mean + 1). */
void cstn__count_above(double mean, double dispersion, double s, double *first, double *second);
/* The same of a normal variable, deviation 0 or more. */
void cstn__normal_above(double mean, double deviation, double s, double *first, double *second);

/* E[(Y - s)+] */
double cstn__count_shortage(double mean, double dispersion, double s);
double cstn__normal_shortage(double mean, double deviation, double s);

/* Of errors: `square` is the mean square error of forecasts, `mean` and `mean_square` are the means
 * of the forecasts and of their squares. */
double cstn__count_dispersion(double square, double mean, double mean_square);
/* .7 own + .3 of the pool, in logarithms. */
double cstn__count_dispersion_shrunk(double own, double pool);

#define CSTN__DISPERSION_LEAST 1e-3

#endif
