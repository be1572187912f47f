/* Losses by origin: how sure the difference of two is.
 *
 * Origins are neighbours, and forecasts h periods ahead overlap: blocks of origins are drawn as a
 * whole (Kuensch 1989), the same blocks for every pair of losses, and the loss is computed anew
 * from the sums of the origins drawn. O(resamples x origins) and one sort. */
#include <math.h>

#include "base/sort.h"
#include "base/special.h"
#include "demand/signals.h"

double cstn__loss_of(int32_t loss, double sum, double weight)
{
	double mean = weight > 0 ? sum / weight : (double)NAN;

	return loss == CSTN_SIGNAL_LOSS_RMSE ? sqrt(mean) : mean;
}

static int by_size(const void *a, const void *b, void *context)
{
	const double *x = a, *y = b;

	(void)context;
	return (*x > *y) - (*x < *y);
}

/* The difference over one drawing of origins. */
static double draw(int32_t loss, const cstn__origin_loss *without, const cstn__origin_loss *with,
		size_t n, size_t block, uint64_t seed, uint64_t number)
{
	cstn__origin_loss a = {0, 0}, b = {0, 0};
	size_t starts = n - block + 1, at, i, end, drawn = 0;

	for (i = 0; i < n; i = end) {
		end = i + block < n ? i + block : n;
		at = (size_t)(cstn__random_unit(seed, number * n + drawn++) * (double)starts);
		for (; i < end; i++, at++) {
			a.sum += without[at].sum;
			a.weight += without[at].weight;
			b.sum += with[at].sum;
			b.weight += with[at].weight;
		}
	}
	return cstn__loss_of(loss, a.sum, a.weight) - cstn__loss_of(loss, b.sum, b.weight);
}

void cstn__loss_interval(int32_t loss, const cstn__origin_loss *without,
		const cstn__origin_loss *with, size_t n, size_t block, size_t resamples,
		uint64_t seed, double *room, double *low, double *high)
{
	size_t i, k = 0, from, to;

	for (i = 0; i < resamples; i++) {
		room[k] = draw(loss, without, with, n, block, seed, i);
		k += isfinite(room[k]) != 0;
	}
	*low = *high = (double)NAN;
	if (!k)
		return;
	cstn__sort(room, k, sizeof(*room), by_size, NULL);
	/* the (k + 1) u-th of k: of 999 the 50th and the 950th */
	from = (k + 1) / 20;
	to = k + 1 - from;
	*low = room[from ? from - 1 : 0];
	*high = room[to <= k ? to - 1 : k - 1];
}

double cstn__diebold_mariano(int32_t loss, const cstn__origin_loss *without,
		const cstn__origin_loss *with, size_t n, size_t horizon, double *room)
{
	double mean = 0, variance = 0, first, count, lead, t;
	size_t i, k, m = 0;

	for (i = 0; i < n; i++)
		if (with[i].weight > 0)
			/* shares of a total are not those of its days: a small day would weigh
			 * most */
			room[m++] = (without[i].sum - with[i].sum) /
				    (loss == CSTN_SIGNAL_LOSS_WAPE ? 1 : with[i].weight);
	if (m < 2)
		return (double)NAN;
	for (i = 0; i < m; i++)
		mean += room[i];
	mean /= (double)m;
	for (i = 0; i < m; i++)
		variance += (room[i] - mean) * (room[i] - mean);
	first = variance;
	for (k = 1; k < horizon && k < m; k++)
		for (i = k; i < m; i++)
			variance += 2 * (room[i] - mean) * (room[i - k] - mean);
	/* a sum of autocovariances may be below 0, a variance is not */
	variance = (variance > 0 ? variance : first) / (double)m;
	if (!(variance > 0))
		return (double)NAN;
	count = (double)m;
	lead = (double)(horizon < m ? horizon : m);
	t = mean / sqrt(variance / count) *
	    sqrt(fmax((count + 1 - 2 * lead + lead * (lead - 1) / count) / count, 0));
	return cstn__beta_cdf((count - 1) / (count - 1 + t * t), (count - 1) / 2, 0.5);
}
