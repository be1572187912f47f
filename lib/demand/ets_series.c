/* One series ahead by the form it asks for: means and central intervals.
 *
 * Where no form can be fitted, or its forecast is no number, the last value goes on as a random
 * walk with the steps that were seen; a constant goes on as it is, without width. */
#include "demand/ets_series.h"

#include <math.h>

#include "demand/ets_fit.h"

size_t cstn__ets_series_room(size_t n, size_t m, size_t h)
{
	return cstn__ets_fit_room(n, m) + 6 * m + 2 * h;
}

static void walk(const double *y, size_t n, size_t h, double *mean, double *variance)
{
	double squares = 0;
	size_t t;

	for (t = 1; t < n; t++)
		squares += (y[t] - y[t - 1]) * (y[t] - y[t - 1]) / (double)(n - 1);
	for (t = 0; t < h; t++) {
		mean[t] = y[n - 1];
		variance[t] = squares * (double)(t + 1);
	}
}

static int are_finite(const double *values, size_t n)
{
	size_t t;

	for (t = 0; t < n && fabs(values[t]) < 1e100; t++)
		;
	return t == n;
}

void cstn__ets_series_ahead(const cstn__ets_asked *asked, cstn__ets_form pattern, const double *y,
		size_t n, size_t m, size_t h, double *room, double *out)
{
	double *scratch = room + cstn__ets_fit_room(n, m), *variance = scratch + 6 * m + h;
	cstn__ets_fit fit;
	size_t t;
	int i;

	cstn__ets_choose(pattern, y, n, m, room, &fit);
	if (fit.is_fitted)
		cstn__ets_ahead(&fit.model, fit.level, fit.trend, fit.seasonal, fit.sigma2, h,
				scratch, out, asked->n_levels ? variance : NULL);
	if (!fit.is_fitted || !are_finite(out, h) || (asked->n_levels && !are_finite(variance, h)))
		walk(y, n, h, out, variance);
	for (i = 0; i < asked->n_levels; i++) {
		double *low = out + (1 + 2 * (size_t)i) * h, *high = low + h;

		for (t = 0; t < h; t++) {
			double half = asked->z[i] * sqrt(fmax(variance[t], 0));

			low[t] = out[t] - half;
			high[t] = out[t] + half;
		}
	}
}
