/* Demand until what is ordered now has come.
 *
 * A sum of periods has the sum of their means; its variance takes in how errors go together:
 * sum v_h + 2 sum rho_(k-h) sd_h sd_k. A level that was wrong stays wrong, so errors far apart
 * still go together: beyond the lags that are known rho is one number. Quantiles of a sum are those
 * of a distribution with these two moments, never a sum of quantiles. A lead time that varies is a
 * mixture over its lengths, weighed by their shares: the mixture's distribution is searched, since
 * its quantiles are no mean either.
 *
 * Cost: O(n lags) for the sums; a quantile of a mixture some 20 to 60 distributions a length. */
#include "demand/lead_time.h"

#include <math.h>

#include "base/stats.h"
#include "demand/count.h"

void cstn__lead_sums(const double *mean, const double *variance, size_t n, const double *rho,
		size_t lags, double beyond, double *sum_mean, double *sum_variance)
{
	double m = 0, v = 0, far = 0;
	size_t i, k;

	for (i = 0; i < n; i++) {
		double together;

		/* deviations of all that is further back than the lags */
		if (i > lags)
			far += sqrt(variance[i - lags - 1]);
		together = beyond * far;

		for (k = 1; k <= lags && k <= i; k++)
			together += rho[k - 1] * sqrt(variance[i - k]);
		m += mean[i];
		v += variance[i] + 2 * together * sqrt(variance[i]);
		sum_mean[i] = m;
		sum_variance[i] = v > 0 ? v : 0;
	}
}

double cstn__lead_mean(const cstn__lead *lead)
{
	double mean = 0;
	size_t i;

	for (i = 0; i < lead->n; i++)
		mean += lead->share[i] * lead->mean[i];
	return mean;
}

static double dispersion_of(const cstn__lead *lead, size_t i)
{
	double mean = lead->mean[i], more = lead->variance[i] - mean;

	return mean > 0 && more > 0 ? more / mean / mean : 0;
}

static double one_quantile(const cstn__lead *lead, size_t i, double u)
{
	double result;

	if (!lead->counts)
		return lead->mean[i] + sqrt(lead->variance[i]) * cstn__normal_quantile(u);
	cstn__count_quantiles(lead->mean[i], dispersion_of(lead, i), &u, 1, &result);
	return result;
}

/* P(D <= x) */
static double reached(const cstn__lead *lead, double x)
{
	double sum = 0, below, at;
	size_t i;

	for (i = 0; i < lead->n; i++) {
		double deviation = sqrt(lead->variance[i]);

		if (!(lead->share[i] > 0))
			continue;
		if (lead->counts)
			cstn__count_cdf(lead->mean[i], dispersion_of(lead, i), x, &below, &at);
		else if (deviation > 0)
			at = cstn__normal_cdf((x - lead->mean[i]) / deviation);
		else
			at = x >= lead->mean[i];
		sum += lead->share[i] * at;
	}
	return sum;
}

double cstn__lead_quantile(const cstn__lead *lead, double u)
{
	double low = (double)INFINITY, high = -(double)INFINITY;
	size_t i;
	int steps;

	for (i = 0; i < lead->n; i++) {
		double q;

		if (!(lead->share[i] > 0))
			continue;
		q = one_quantile(lead, i, u);
		low = q < low ? q : low;
		high = q > high ? q : high;
	}
	/* Between its parts' quantiles: high is enough, low - 1 (or a hair below low) is not. */
	for (steps = 0; steps < 200; steps++) {
		double middle = low + (high - low) / 2;

		if (lead->counts)
			middle = floor(middle);
		if (!(middle < high) || (!lead->counts && high - low <= 1e-12 * fabs(high)))
			break;
		if (reached(lead, middle) >= u)
			high = middle;
		else if (lead->counts)
			low = middle + 1;
		else if (middle > low)
			low = middle;
		else
			break;
	}
	return high;
}

double cstn__lead_stockout(const cstn__lead *lead, double stock)
{
	double left = 1 - reached(lead, lead->counts ? floor(stock) : stock);

	return left > 0 ? left : 0;
}

double cstn__lead_shortage(const cstn__lead *lead, double stock)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < lead->n; i++) {
		double part;

		if (!(lead->share[i] > 0))
			continue;
		part = lead->counts ? cstn__count_shortage(
						      lead->mean[i], dispersion_of(lead, i), stock)
				    : cstn__normal_shortage(lead->mean[i], sqrt(lead->variance[i]),
						      stock);

		sum += lead->share[i] * part;
	}
	return sum;
}
