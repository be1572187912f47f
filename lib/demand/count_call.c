/* The public call: quantiles of counts, and how much of what is exactly a quantile lies below its
 * level. O(levels) calls of count.c. */
#include <math.h>

#include <constellation/demand_evaluate.h>

#include "base/error.h"
#include "demand/count.h"

#define MEAN_MOST 1e15

static cstn_status check(double mean, double dispersion, const double *level, size_t n,
		const double *quantile, cstn_error **error)
{
	size_t i;

	if (!(mean >= 0 && mean <= MEAN_MOST))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "mean is %g (0 to %g)", mean,
				MEAN_MOST);
	if (!(dispersion >= 0 && isfinite(dispersion)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"dispersion is %g, finite and 0 or more expected", dispersion);
	if (n && (!level || !quantile))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "level or quantile is NULL");
	for (i = 0; i < n; i++)
		if (!(level[i] > 0 && level[i] < 1) || (i && level[i] <= level[i - 1]))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"level[%zu] is %g: inside (0, 1) and ascending expected", i,
					level[i]);
	return CSTN_OK;
}

static double within_atom(double mean, double dispersion, double quantile, double level)
{
	double below, at, share;

	cstn__count_cdf(mean, dispersion, quantile, &below, &at);
	share = at > below ? (level - below) / (at - below) : 1;
	return share < 0 ? 0 : share < 1 ? share : 1;
}

cstn_status cstn_count_quantiles(double mean, double dispersion, const double *level, size_t n,
		double *quantile, double *within, cstn_error **error)
{
	cstn_status status = check(mean, dispersion, level, n, quantile, error);
	size_t i;

	if (status != CSTN_OK || !n)
		return status;
	cstn__count_quantiles(mean, dispersion, level, n, quantile);
	for (i = 0; within && i < n; i++)
		within[i] = within_atom(mean, dispersion, quantile[i], level[i]);
	return CSTN_OK;
}
