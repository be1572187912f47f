/* Exponential smoothing ahead of its states: mean and variance of every period to come.
 *
 * Additive error: the variance is a sum of squared weights of past errors. Multiplicative error on
 * additive states: a recursion of second moments. Multiplicative season: level and trend times one
 * season are three moments that run by themselves for every season. Multiplicative trend: the value
 * ahead is a product of independent factors, one a period, whose moments are integrals over one
 * normal error, taken by Gauss and Hermite at seven points. All from Hyndman, Koehler, Ord and
 * Snyder 2008, chapter 6. O(h); O(h^2) for multiplicative error on additive states. */
#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "demand/ets.h"

/* --- additive states --- */

/* Means and, in `weight`, the weights of an error j periods back, from j = 1. */
static void linear_means(const cstn__ets_model *model, double level, double trend,
		const double *seasonal, size_t h, double *weight, double *mean)
{
	double power = 1, sum = 0;
	size_t j;

	for (j = 0; j < h; j++) {
		int is_season = model->form.season == CSTN__ETS_ADDITIVE;

		power *= model->form.damped ? model->phi : 1;
		sum += power;
		mean[j] = level + (model->form.trend != CSTN__ETS_NONE ? trend * sum : 0) +
			  (is_season ? seasonal[j % model->season] : 0);
		weight[j] = model->alpha +
			    (model->form.trend != CSTN__ETS_NONE ? model->beta * sum : 0) +
			    (is_season && (j + 1) % model->season == 0 ? model->gamma : 0);
	}
}

static void linear_variance(const cstn__ets_model *model, double sigma2, size_t h,
		const double *weight, const double *mean, double *variance)
{
	double sum = 1;
	size_t i, j;

	for (i = 0; i < h; i++) {
		if (model->form.error == CSTN__ETS_ADDITIVE) {
			variance[i] = sigma2 * sum;
			sum += weight[i] * weight[i];
			continue;
		}
		/* until it is known, the place of a variance holds the second moment less sigma2 of
		 * it */
		variance[i] = mean[i] * mean[i];
		for (j = 0; j < i; j++)
			variance[i] += sigma2 * weight[j] * weight[j] * variance[i - j - 1];
	}
	for (i = 0; i < h && model->form.error == CSTN__ETS_MULTIPLICATIVE; i++)
		variance[i] = (1 + sigma2) * variance[i] - mean[i] * mean[i];
}

/* --- multiplicative season on additive trend --- */

/* Of level and trend, each times the season: means, and variances around them. */
typedef struct moments {
	double l, b, ll, lb, bb;
} moments;

/* Second moments of (1, fade) x, or of shares of errors, as a symmetric 2 x 2. */
typedef struct square {
	double ll, lb, bb;
} square;

static square through(double a, double b, double c, double d, square v)
{
	/* [a b; c d] v [a b; c d]' */
	return (square){a * a * v.ll + 2 * a * b * v.lb + b * b * v.bb,
			a * c * v.ll + (a * d + b * c) * v.lb + b * d * v.bb,
			c * c * v.ll + 2 * c * d * v.lb + d * d * v.bb};
}

/* One period on: of the season that was met (`gamma` above 0) or of another. */
static void advance(const cstn__ets_model *model, double gamma, double sigma2, moments *m)
{
	double phi = model->form.damped ? model->phi : 1, a = model->alpha, b = model->beta;
	/* transition F, and G: what an error moves */
	double f[4] = {1, phi, 0, phi}, g[4] = {a, a * phi, b, b * phi}, k[4], mix;
	square v = {m->ll, m->lb, m->bb}, second, fv, kv, gv;
	double l, trend;
	int i;

	if (model->form.trend == CSTN__ETS_NONE) {
		f[1] = f[3] = g[1] = g[3] = 0;
		g[2] = 0;
	}
	for (i = 0; i < 4; i++)
		k[i] = gamma * f[i] + g[i];
	second = (square){v.ll + m->l * m->l, v.lb + m->l * m->b, v.bb + m->b * m->b};
	fv = through(f[0], f[1], f[2], f[3], v);
	kv = through(k[0], k[1], k[2], k[3], second);
	gv = through(g[0], g[1], g[2], g[3],
			(square){v.ll + 2 * second.ll, v.lb + 2 * second.lb, v.bb + 2 * second.bb});
	/* F V G' + G V F' = ((F+G) V (F+G)' - (F-G) V (F-G)') / 2 */
	{
		square plus = through(f[0] + g[0], f[1] + g[1], f[2] + g[2], f[3] + g[3], v);
		square minus = through(f[0] - g[0], f[1] - g[1], f[2] - g[2], f[3] - g[3], v);

		mix = gamma * sigma2 / 2;
		m->ll = fv.ll + mix * (plus.ll - minus.ll);
		m->lb = fv.lb + mix * (plus.lb - minus.lb);
		m->bb = fv.bb + mix * (plus.bb - minus.bb);
	}
	m->ll += sigma2 * (kv.ll + gamma * gamma * sigma2 * gv.ll);
	m->lb += sigma2 * (kv.lb + gamma * gamma * sigma2 * gv.lb);
	m->bb += sigma2 * (kv.bb + gamma * gamma * sigma2 * gv.bb);
	l = f[0] * m->l + f[1] * m->b + gamma * sigma2 * (g[0] * m->l + g[1] * m->b);
	trend = f[3] * m->b + gamma * sigma2 * (g[2] * m->l + g[3] * m->b);
	m->l = l;
	m->b = trend;
}

static void seasonal_ahead(const cstn__ets_model *model, double level, double trend,
		const double *seasonal, double sigma2, size_t h, moments *all, double *mean,
		double *variance)
{
	double phi = model->form.damped ? model->phi : 1;
	size_t m = model->season, i, j;

	if (model->form.trend == CSTN__ETS_NONE)
		trend = 0;
	for (j = 0; j < m; j++)
		all[j] = (moments){level * seasonal[j], trend * seasonal[j], 0, 0, 0};
	for (i = 0; i < h; i++) {
		const moments *now = &all[i % m];
		double around = now->ll + 2 * phi * now->lb + phi * phi * now->bb;

		mean[i] = now->l + phi * now->b;
		if (variance)
			variance[i] = (1 + sigma2) * around + sigma2 * mean[i] * mean[i];
		for (j = 0; j < m; j++)
			advance(model, j == i % m ? model->gamma : 0, sigma2, &all[j]);
	}
}

/* --- multiplicative trend --- */

/* Points and weights of the normal distribution (Gauss and Hermite). */
static const double points[4] = {0, 1.1544053947399682, 2.3667594107345415, 3.7504397177257425};
static const double weights[4] = {0.45714285714285713, 0.24012317860501272, 0.030757123967586497,
		0.00054826885597221781};

/* E of what an error moves the value by that comes `j` periods later, and of its square. */
static void factor(const cstn__ets_model *model, size_t j, double growth, double sigma,
		double *first, double *second)
{
	int is_season = model->form.season != CSTN__ETS_NONE && j % model->season == 0, i;

	*first = *second = 0;
	for (i = -3; i <= 3; i++) {
		double e = (i < 0 ? -1 : 1) * points[i < 0 ? -i : i] * sigma;
		double w = weights[i < 0 ? -i : i];
		double l = fmax(1 + model->alpha * e, 0), b = fmax(1 + model->beta * e, 1e-12);
		double value = l * cstn__exp(growth * cstn__log(b));

		if (is_season)
			value *= fmax(1 + model->gamma * e, 0);
		*first += w * value;
		*second += w * value * value;
	}
}

static void product_ahead(const cstn__ets_model *model, double level, double trend,
		const double *seasonal, double sigma2, size_t h, double *mean, double *variance)
{
	double phi = model->form.damped ? model->phi : 1, power = 1, sum = 0, e1 = 1, e2 = 1;
	size_t i;

	for (i = 0; i < h; i++) {
		double first, second;

		power *= phi;
		sum += power;
		mean[i] = level * cstn__exp(sum * cstn__log(trend));
		if (model->form.season != CSTN__ETS_NONE)
			mean[i] *= seasonal[i % model->season];
		if (!variance)
			continue;
		variance[i] = mean[i] * mean[i] * ((1 + sigma2) * e2 - e1 * e1);
		factor(model, i + 1, sum, sqrt(sigma2), &first, &second);
		e1 *= first;
		e2 *= second;
	}
}

void cstn__ets_ahead(const cstn__ets_model *model, double level, double trend,
		const double *seasonal, double sigma2, size_t h, double *scratch, double *mean,
		double *variance)
{
	if (model->form.trend == CSTN__ETS_MULTIPLICATIVE) {
		product_ahead(model, level, trend, seasonal, sigma2, h, mean, variance);
	} else if (model->form.season == CSTN__ETS_MULTIPLICATIVE) {
		seasonal_ahead(model, level, trend, seasonal, sigma2, h, (moments *)scratch, mean,
				variance);
	} else {
		linear_means(model, level, trend, seasonal, h, scratch, mean);
		if (variance)
			linear_variance(model, sigma2, h, scratch, mean, variance);
	}
}
