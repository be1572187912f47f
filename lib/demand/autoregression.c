/* Autoregression of one series on fixed lags, by one ridge solve.
 *
 * On logarithms where the series is above 0, in levels or in first differences, centred; penalty
 * 1e-3 of the mean diagonal; h steps by feeding forecasts back. It stands where the last weeks or
 * hours repeat, and drops out where it does not: not finite, or ten times above anything seen.
 * O(n lags^2). */
#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/elementary.h"
#include "demand/family.h"

#define M CSTN__LAGS_MOST

cstn__lags cstn__lags_of(size_t season, size_t second)
{
	cstn__lags lags = {0, {0}};
	size_t i;

	if (second > 2 * season + 2 && season > 5) {
		const size_t two[] = {1, 2, 3, season - 1, season, season + 1, 2 * season,
				3 * season, second - season - 1, second - season, second - 1,
				second, second + 1};

		for (i = 0; i < 13; i++)
			if (lags.n == 0 || two[i] > lags.lag[lags.n - 1])
				lags.lag[lags.n++] = two[i];
	} else if (season > 5) {
		const size_t one[] = {1, 2, 3, 4, season - 1, season, season + 1};

		for (i = 0; i < 7; i++)
			if (lags.n == 0 || one[i] > lags.lag[lags.n - 1])
				lags.lag[lags.n++] = one[i];
	}
	return lags;
}

/* X'X and X'z over the rows that have all lags. */
static void gram(const double *z, size_t n, const cstn__lags *lags, double *xx, double *xz)
{
	size_t t, i, k;

	memset(xx, 0, M * M * sizeof(*xx));
	memset(xz, 0, M * sizeof(*xz));
	for (t = lags->lag[lags->n - 1]; t < n; t++) {
		double row[M];

		for (i = 0; i < lags->n; i++)
			row[i] = z[t - lags->lag[i]];
		for (i = 0; i < lags->n; i++) {
			for (k = 0; k <= i; k++)
				xx[i * M + k] += row[i] * row[k];
			xz[i] += row[i] * z[t];
		}
	}
}

static int solve(const double *z, size_t n, const cstn__lags *lags, double *beta)
{
	double xx[M * M], xz[M], trace = 0;
	size_t i;

	gram(z, n, lags, xx, xz);
	for (i = 0; i < lags->n; i++)
		trace += xx[i * M + i];
	for (i = 0; i < lags->n; i++)
		xx[i * M + i] += 1e-3 * trace / (double)lags->n;
	if (cstn__cholesky(lags->n, M, xx, xx))
		return -1;
	cstn__cholesky_solve(lags->n, M, xx, xz, beta);
	return 0;
}

int cstn__autoregression_ahead(const double *y, size_t n, const cstn__lags *lags, int difference,
		size_t h, double *scratch, double *out)
{
	double beta[M], mean = 0, least = y[0], most = fabs(y[0]), last, *z = scratch;
	size_t skip = difference ? 1 : 0, rows = n - skip, t, i;

	if (lags->n == 0 || rows < lags->lag[lags->n - 1] + 2 * lags->n)
		return 0;
	for (t = 0; t < n; t++) {
		least = fmin(least, y[t]);
		most = fmax(most, fabs(y[t]));
	}
	for (t = 0; t < n; t++)
		z[t] = least > 0 ? cstn__log(y[t]) : y[t];
	last = z[n - 1];
	for (t = 0; difference && t < rows; t++)
		z[t] = z[t + 1] - z[t];
	for (t = 0; t < rows; t++)
		mean += z[t] / (double)rows;
	for (t = 0; t < rows; t++)
		z[t] -= mean;
	if (solve(z, rows, lags, beta))
		return 0;
	for (t = 0; t < h; t++) {
		double next = 0, value;

		for (i = 0; i < lags->n; i++)
			next += beta[i] * z[rows + t - lags->lag[i]];
		z[rows + t] = next;
		last = difference ? last + next + mean : next + mean;
		if (!(fabs(last) < 1e300) || (least > 0 && last > 700))
			return 0;
		value = least > 0 ? cstn__exp(last) : last;
		if (!(fabs(value) <= 10 * most))
			return 0;
		out[t] = value;
	}
	return 1;
}
