/* Theta models as a filter: static and dynamic, with theta given or fitted.
 *
 * The forecast is a level and a share s = 1 - 1 / theta of what smoothing would make of the trend
 * line: mu_t = l_(t-1) + s [(1-a)^(t-1) A + (1 - (1-a)^t) / a B], l_t = l_(t-1) + a (y_t -
 * l_(t-1)), with the line A + B t of the whole series (static), or of what was seen before t
 * (dynamic, where mu_1 = y_1). The level does not depend on s and the line not on a, so that for a
 * given a the forecast is linear in the level of the start and in s: both are solved for in the
 * pass that computes the errors, and a alone is searched. All is relative to the first value and
 * scaled by a power of two, so that a large constant costs no digits and no square overflows.
 *
 * Sources: Assimakopoulos and Nikolopoulos 2000; Hyndman and Billah 2003; Fiorucci, Pellegrini,
 * Louzada, Petropoulos and Koehler 2016, whose bounds of a are kept. Cost: 7 passes, each of eight
 * values of a. */
#include "demand/theta.h"

#include <math.h>

#include "demand/alpha_search.h"
#include "demand/family.h"

#define ALPHA_LEAST .1
#define ALPHA_MOST .99
/* of theta up to 1e10 */
#define SHARE_MOST (1 - 1e-10)

/* --- the line --------------------------------------------------------------------------------- */

void cstn__line_whole(const double *y, size_t n, cstn__line *out)
{
	double centre = (double)(n - 1) / 2, sxy = 0, sxx = 0, mean = 0;
	size_t t;

	for (t = 0; t < n; t++)
		mean += (y[t] - y[0]) / (double)n;
	for (t = 0; t < n; t++) {
		double x = (double)t - centre;

		sxy += x * (y[t] - y[0] - mean);
		sxx += x * x;
	}
	out->slope = sxx > 0 ? sxy / sxx : 0;
	out->start = y[0] + mean - out->slope * centre;
}

/* A line that goes through more and more values. */
typedef struct growing {
	double mean, slope;
	double base; /* its value one period before the first */
} growing;

/* The value at period t, counted from 0, is there. */
CSTN__INLINE void grow(growing *line, size_t t, double y)
{
	double count = (double)t + 1, rise = y - line->mean;

	line->mean += rise / count;
	if (t > 0)
		line->slope = ((count - 2) * line->slope + 6 / count * rise) / (count + 1);
	line->base = line->mean - (count + 1) / 2 * line->slope;
}

/* --- given parameters ------------------------------------------------------------------------- */

int cstn__theta_run(const cstn__theta *theta, const double *y, size_t n, size_t h, double *fitted,
		double *ahead)
{
	double a = theta->alpha, level = theta->level, power = 1, weights = 1;
	growing line = {0, 0, 0};
	cstn__line whole;
	int is_finite = 1;
	size_t t;

	cstn__line_whole(y, n, &whole);
	if (!theta->is_dynamic) {
		line.slope = whole.slope;
		line.base = whole.start - whole.slope;
	}
	for (t = 0; t < n + h; t++) {
		double mu = level + theta->share * (power * line.base + weights * line.slope);
		double came;

		if (t == 0 && theta->is_dynamic)
			mu = y[0];
		came = t < n ? y[t] : mu;
		is_finite &= isfinite(mu) != 0;
		if (t >= n && ahead)
			ahead[t - n] = mu;
		else if (t < n && fitted)
			fitted[t] = mu;
		level += a * (came - level);
		power *= 1 - a;
		weights = weights * (1 - a) + 1;
		if (theta->is_dynamic)
			grow(&line, t, came);
	}
	return is_finite;
}

/* --- fitted ----------------------------------------------------------------------------------- */

typedef struct fitting {
	const double *y;
	size_t n;
	double first, scale; /* values are (y - first) scale */
	int is_dynamic, is_optimised, simd;
	growing whole; /* of those values */
} fitting;

/* Sums of products of the error e without the two unknowns, and of the responses g to the level of
 * the start and x to the share. */
typedef struct products {
	cstn__doubles ee, ge, gg, xe, gx, xx;
} products;

CSTN__INLINE void pass_of(const fitting *fit, const cstn__doubles *alpha, products *out)
{
	const cstn__doubles zero = {0}, one = zero + 1, q = one - *alpha;
	cstn__doubles level = zero, g = one, weights = one;
	growing line = fit->whole;
	size_t t;

	*out = (products){zero, zero, zero, zero, zero, zero};
	for (t = 0; t < fit->n; t++) {
		double came = (fit->y[t] - fit->first) * fit->scale;
		cstn__doubles e = came - level, x = g * line.base + weights * line.slope;

		if (t > 0 || !fit->is_dynamic) {
			out->ee += e * e;
			out->ge += g * e;
			out->gg += g * g;
			out->xe += x * e;
			out->gx += g * x;
			out->xx += x * x;
		}
		level += *alpha * e;
		g *= q;
		weights = weights * q + 1;
		if (fit->is_dynamic)
			grow(&line, t, came);
	}
}

static void pass_portable(const fitting *fit, const cstn__doubles *alpha, products *out)
{
	pass_of(fit, alpha, out);
}

CSTN__AVX512 static void pass_avx512(const fitting *fit, const cstn__doubles *alpha, products *out)
{
	pass_of(fit, alpha, out);
}

static void pass(const fitting *fit, const cstn__doubles *alpha, products *out)
{
	if (fit->simd >= 3)
		pass_avx512(fit, alpha, out);
	else
		pass_portable(fit, alpha, out);
}

typedef struct solution {
	double share, level, sse;
} solution;

/* Lane i. What does not depend on an unknown leaves it where it was. */
static solution solve(const fitting *fit, const products *p, int i)
{
	double gg = p->gg[i], ge = p->ge[i], gx = p->gx[i], xe = p->xe[i], xx = p->xx[i];
	double over = gg > 0 ? gx / gg : 0, curve = xx - over * gx, share = .5, level;

	if (fit->is_optimised && curve > 1e-12 * xx)
		share = fmin(fmax((xe - over * ge) / curve, 0), SHARE_MOST);
	level = gg > 0 ? (ge - share * gx) / gg : 0;
	return (solution){share, level,
			fmax(p->ee[i] - 2 * share * xe + share * share * xx - level * level * gg,
					0)};
}

static void errors(const void *context, const cstn__doubles *alpha, double *sse)
{
	products p;
	int i;

	pass(context, alpha, &p);
	for (i = 0; i < CSTN__LANES; i++)
		sse[i] = solve(context, &p, i).sse;
}

/* A power of two that makes values near 1 of differences up to `most`. */
static double scale_of(const fitting *fit)
{
	double most = 0;
	int exponent = 0;
	size_t t;

	for (t = 0; t < fit->n; t++)
		most = fmax(most, fabs(fit->y[t] / 2 - fit->first / 2));
	(void)frexp(most, &exponent);
	return ldexp(1, most > 0 ? -exponent : 0);
}

void cstn__theta_fit(int simd, const double *y, size_t n, int is_dynamic, int is_optimised,
		cstn__theta *out)
{
	fitting fit = {y, n, y[0], 1, is_dynamic, is_optimised, simd, {0, 0, 0}};
	cstn__doubles alpha = {0};
	products p;
	solution best;

	fit.scale = scale_of(&fit);
	if (!is_dynamic) {
		cstn__line line;

		cstn__line_whole(y, n, &line);
		fit.whole.slope = line.slope * fit.scale;
		fit.whole.base = (line.start - line.slope - fit.first) * fit.scale;
	}
	out->is_dynamic = is_dynamic;
	out->alpha = cstn__alpha_search(errors, &fit, ALPHA_LEAST, ALPHA_MOST, 0);
	alpha += out->alpha;
	pass(&fit, &alpha, &p);
	best = solve(&fit, &p, 0);
	out->share = best.share;
	out->level = best.level / fit.scale + (1 - best.share) * fit.first;
}

void cstn__ses_drift_ahead(int simd, const double *y, size_t n, size_t h, double *out)
{
	cstn__smooth ses;
	cstn__line line;
	double power = 1;
	size_t t;

	cstn__line_whole(y, n, &line);
	cstn__fit_ses(simd, y, n, &ses);
	for (t = 0; t < n; t++)
		power *= 1 - ses.alpha;
	for (t = 0; t < h; t++)
		out[t] = ses.level + line.slope / 2 * ((double)t + (1 - power) / ses.alpha);
}
