/* Seasons of one series: is there one, and its classical indices.
 *
 * A season of m periods is seen where the autocorrelation at lag m is beyond its 90 % bounds (as in
 * the M4 competition). The index of a position is the mean ratio, or difference, to the centred
 * moving average over the season (Macaulay 1931), scaled to mean 1, or 0. O(n). */
#include <math.h>

#include "demand/family.h"
#include "demand/pairwise.h"

static double mean_of(const double *y, size_t n)
{
	cstn__pairwise sum;
	size_t t;

	cstn__pairwise_init(&sum);
	for (t = 0; t < n; t++)
		cstn__pairwise_add(&sum, y[t]);
	return cstn__pairwise_value(&sum) / (double)n;
}

/* Sum of (y_t - mean)(y_(t-lag) - mean). */
static double covariance(const double *y, size_t n, double mean, size_t lag)
{
	double sum = 0;
	size_t t;

	for (t = lag; t < n; t++)
		sum += (y[t] - mean) * (y[t - lag] - mean);
	return sum;
}

int cstn__is_seasonal(const double *y, size_t n, size_t m)
{
	double mean, variance, squares = 0, r;
	size_t i;

	if (m < 2 || n / 3 < m)
		return 0;
	mean = mean_of(y, n);
	variance = covariance(y, n, mean, 0);
	if (!(variance > 0))
		return 0;
	for (i = 1; i < m; i++) {
		r = covariance(y, n, mean, i) / variance;
		squares += r * r;
	}
	r = covariance(y, n, mean, m) / variance;
	return fabs(r) > 1.645 * sqrt((1 + 2 * squares) / (double)n);
}

/* The moving average around t, half m periods to each side; its ends count half where m is even. */
static double around(const double *y, size_t t, size_t m)
{
	size_t half = m / 2, i;
	double sum = m % 2 ? y[t - half] + y[t + half] : (y[t - half] + y[t + half]) / 2;

	for (i = t - half + 1; i < t + half; i++)
		sum += y[i];
	return sum / (double)m;
}

void cstn__season_trend(const double *y, size_t n, size_t m, double *trend)
{
	size_t half = m / 2, t;

	for (t = half; t + half < n; t++)
		trend[t] = around(y, t, m);
}

/* Means by position of ratio or difference; a ratio only where averages are above 0. */
static int indices(
		const double *y, size_t n, size_t m, int kind, const double *trend, double *index)
{
	size_t half = m / 2, p, t;
	double total = 0;

	for (p = 0; p < m; p++) {
		double sum = 0, count = 0;

		for (t = p; t + half < n; t += m) {
			if (t < half)
				continue;
			if (kind == CSTN__SEASON_MULTIPLICATIVE && !(trend[t] > 0))
				return -1;
			sum += cstn__season_remove(kind, y[t], trend[t]);
			count++;
		}
		if (count == 0)
			return -1;
		index[p] = sum / count;
		total += index[p];
	}
	for (p = 0; p < m; p++)
		if (kind == CSTN__SEASON_ADDITIVE)
			index[p] -= total / (double)m;
		else if (!((index[p] *= (double)m / total) > 1e-6))
			return -1;
	return 0;
}

int cstn__season_indices(const double *y, size_t n, size_t m, const double *trend, double *index)
{
	size_t t;

	for (t = 0; t < n && y[t] > 0; t++)
		;
	if (t == n && indices(y, n, m, CSTN__SEASON_MULTIPLICATIVE, trend, index) == 0)
		return CSTN__SEASON_MULTIPLICATIVE;
	return indices(y, n, m, CSTN__SEASON_ADDITIVE, trend, index) == 0 ? CSTN__SEASON_ADDITIVE
									  : CSTN__SEASON_NONE;
}

double cstn__season_strength(int kind, const double *y, size_t n, size_t m, const double *trend,
		const double *index)
{
	size_t half = m / 2, t, count = 0;
	double mean = 0, all = 0, left = 0;

	for (t = half; t + half < n; t++, count++)
		mean += cstn__season_remove(kind, y[t], trend[t]);
	mean /= count ? (double)count : 1;
	for (t = half; t + half < n; t++) {
		double d = cstn__season_remove(kind, y[t], trend[t]), e = d - index[t % m];

		all += (d - mean) * (d - mean);
		left += e * e;
	}
	return all > 0 ? fmax(1 - left / all, 0) : 0;
}

double cstn__season_remove(int kind, double value, double index)
{
	return kind == CSTN__SEASON_NONE             ? value
	       : kind == CSTN__SEASON_MULTIPLICATIVE ? value / index
						     : value - index;
}

double cstn__season_restore(int kind, double value, double index)
{
	return kind == CSTN__SEASON_NONE             ? value
	       : kind == CSTN__SEASON_MULTIPLICATIVE ? value * index
						     : value + index;
}
