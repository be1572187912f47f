/* Safety stock that forecast errors ask for.
 *
 * Errors of a series over the lead time L have the variance s^2 (L + 2 sum_k (L - k) rho_k), s^2
 * being that of its residuals and rho_k their autocorrelation, up to seven lags, which all series
 * share. What the errors look like is taken from the residuals themselves: the quantile, and the
 * mean beyond it, of all of them in units of their series' s. O(n log n). */
#include "demand/signal_panel.h"

#include <math.h>

#include "base/sort.h"

#define LAGS_MOST 7

static int by_size(const void *a, const void *b, void *context)
{
	const double *x = a, *y = b;

	(void)context;
	return (*x > *y) - (*x < *y);
}

/* Residuals of rows [i, end) in units of their own spread, which is returned; 0: they have none. */
static double standardise(const double *residual, size_t n, double *out)
{
	double mean = 0, square = 0, spread;
	size_t i;

	for (i = 0; i < n; i++)
		mean += residual[i];
	mean /= (double)n;
	for (i = 0; i < n; i++)
		square += (residual[i] - mean) * (residual[i] - mean);
	spread = n > 1 ? sqrt(square / (double)(n - 1)) : 0;
	for (i = 0; i < n; i++)
		out[i] = spread > 0 ? (residual[i] - mean) / spread : 0;
	return spread;
}

/* Products of residuals `lag` periods apart, among rows [begin, end) of one series. */
static void add_products(const cstn__signal_panel *panel, const double *unit, size_t begin,
		size_t end, size_t lag, double *sum, double *count)
{
	size_t i, j = begin;

	for (i = begin; i < end; i++) {
		while (j < i && panel->origin[j] + lag < panel->origin[i])
			j++;
		if (panel->origin[j] + lag == panel->origin[i]) { /* of lag 0 itself */
			*sum += unit[i] * unit[j];
			*count += 1;
		}
	}
}

typedef struct spread {
	double sum; /* of series */
	double product[LAGS_MOST + 1], pairs[LAGS_MOST + 1];
	size_t n; /* residuals */
} spread;

static void take_series(const cstn__signal_panel *panel, const double *residual, const uint8_t *use,
		size_t lags, double *unit, spread *out)
{
	size_t i, end, k;

	for (i = 0; i < panel->n; i = end) {
		double own;

		for (end = i + 1; end < panel->n && panel->series[end] == panel->series[i]; end++)
			;
		if (use && !use[panel->series[i]])
			continue;
		/* behind those of the series before: of those that do not count there are none */
		own = standardise(residual + i, end - i, unit + i);
		if (!(own > 0))
			continue;
		out->sum += own;
		for (k = 0; k <= lags; k++)
			add_products(panel, unit, i, end, k, &out->product[k], &out->pairs[k]);
	}
}

/* Keep what varies, side by side: a residual of exactly 0 in units stays out only with its series.
 */
static size_t compact(const cstn__signal_panel *panel, const uint8_t *use, double *unit)
{
	size_t i, end, k, n = 0;

	for (i = 0; i < panel->n; i = end) {
		int varies = 0;

		for (end = i; end < panel->n && panel->series[end] == panel->series[i]; end++)
			varies |= (!use || use[panel->series[end]]) && unit[end] != 0;
		for (k = i; k < end && varies; k++)
			unit[n++] = unit[k];
	}
	return n;
}

int cstn__signal_stock_of(const cstn__signal_panel *panel, const double *residual,
		const uint8_t *use, cstn__signal_stock *out)
{
	const cstn_signal_value_options *o = &panel->all->options;
	double lead = o->lead_time ? (double)o->lead_time : (double)panel->horizon, factor = lead;
	size_t lags = lead > LAGS_MOST ? LAGS_MOST : (size_t)lead - 1, size, n, at, i;
	spread all = {0, {0}, {0}, 0};
	double *unit, beyond = 0;

	size = cstn__array_size(panel->n, sizeof(*unit));
	unit = cstn__alloc_zero(&panel->all->allocator, size);
	if (!unit)
		return -1;
	take_series(panel, residual, use, lags, unit, &all);
	for (i = 1; i <= lags; i++)
		if (all.pairs[i] > 0)
			factor += 2 * (lead - (double)i) * (all.product[i] / all.pairs[i]) /
				  (all.product[0] / all.pairs[0]);
	factor = sqrt(factor > 1 ? factor : 1);
	n = compact(panel, use, unit);
	*out = (cstn__signal_stock){0, 0};
	if (n) {
		cstn__sort(unit, n, sizeof(*unit), by_size, NULL);
		/* the ceil(n u)-th */
		at = (n * (size_t)o->service_ppm + 999999) / 1000000;
		at = at ? at - 1 : 0;
		for (i = at; i < n; i++)
			beyond += (unit[i] - unit[at]) / (double)n;
		out->units = unit[at] * all.sum * factor;
		out->shortage = beyond * all.sum * factor;
	}
	cstn__free(&panel->all->allocator, unit, size);
	return 0;
}
