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

/* Sum of (y_t - mean)^2. */
static double deviance(const double *y, size_t n, double mean)
{
	double sum = 0;
	size_t t;

	for (t = 0; t < n; t++)
		sum += (y[t] - mean) * (y[t] - mean);
	return sum;
}

/* Sums of (y_t - mean)(y_(t-lag) - mean) of four lags, each sum in the order of t: four chains of
 * additions side by side take the time of one. */
#define LAGS 4
static void covariances(const double *y, size_t n, double mean, size_t lag, double *out)
{
	double a = 0, b = 0, c = 0, d = 0;
	size_t t = lag;

	for (; t < n && t < lag + 3; t++) {
		double now = y[t] - mean;

		a += now * (y[t - lag] - mean);
		if (t > lag)
			b += now * (y[t - lag - 1] - mean);
		if (t > lag + 1)
			c += now * (y[t - lag - 2] - mean);
	}
	for (; t < n; t++) {
		double now = y[t] - mean;

		a += now * (y[t - lag] - mean);
		b += now * (y[t - lag - 1] - mean);
		c += now * (y[t - lag - 2] - mean);
		d += now * (y[t - lag - 3] - mean);
	}
	out[0] = a;
	out[1] = b;
	out[2] = c;
	out[3] = d;
}

int cstn__is_seasonal(const double *y, size_t n, size_t m)
{
	double mean, variance, squares = 0, r = 0, some[LAGS];
	size_t lag;

	if (m < 2 || n / 2 < m)
		return 0;
	mean = mean_of(y, n);
	variance = deviance(y, n, mean);
	if (!(variance > 0))
		return 0;
	for (lag = 1; lag <= m; lag++) {
		size_t k = (lag - 1) % LAGS;

		if (k == 0)
			covariances(y, n, mean, lag, some);
		r = some[k] / variance;
		if (lag < m)
			squares += r * r;
	}
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

/* Means by position of ratio or difference; a ratio only where averages are above 0, and no index
 * below `least`. */
static int indices(const double *y, size_t n, size_t m, int kind, double least, const double *trend,
		double *index)
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
		else if (!((index[p] *= (double)m / total) > least))
			return -1;
	return 0;
}

/* A value is divided by its index, so a small one makes mountains of it. Where all are above 0 that
 * is what they are; with zeros an index may be small by chance. */
#define INDEX_LEAST 1e-6
#define INDEX_LEAST_ZEROS .25

int cstn__season_indices_of(
		int kind, const double *y, size_t n, size_t m, const double *trend, double *index)
{
	return indices(y, n, m, kind, INDEX_LEAST, trend, index);
}

int cstn__season_indices(const double *y, size_t n, size_t m, const double *trend, double *index)
{
	double least = y[0];
	size_t t;

	for (t = 1; t < n; t++)
		least = fmin(least, y[t]);
	if (least >= 0 && indices(y, n, m, CSTN__SEASON_MULTIPLICATIVE,
					  least > 0 ? INDEX_LEAST : INDEX_LEAST_ZEROS, trend,
					  index) == 0)
		return CSTN__SEASON_MULTIPLICATIVE;
	return indices(y, n, m, CSTN__SEASON_ADDITIVE, 0, trend, index) == 0 ? CSTN__SEASON_ADDITIVE
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
