/* Exponential smoothing of one series, and the theta model.
 *
 * For given smoothing parameters the one-step errors are linear in the states of the start, so
 * these are solved for (variable projection) in the pass that computes the errors: beside the
 * states run their responses to a unit of initial level and of initial trend. Only the smoothing
 * parameters are searched, on a fixed grid and from its best point by a fixed number of steps: no
 * random start, no clock, the same bytes everywhere. All is relative to the first value, so that a
 * large constant costs no digits.
 *
 * Sources: Brown 1959, Holt 1957, Gardner and McKenzie 1985 (damped trend), Golub and Pereyra 1973
 * (variable projection), Assimakopoulos and Nikolopoulos 2000 (theta), Nelder and Mead 1965. Cost:
 * about 20 passes for a level, 70 for a trend. */
#include <math.h>
#include <string.h>

#include "demand/family.h"

/* --- passes at given parameters --- */

void cstn__smooth_level(const double *y, size_t n, double alpha, cstn__smooth *out)
{
	double first = y[0], l = 0, g = 1, see = 0, sge = 0, sgg = 0, start;
	size_t t;

	for (t = 0; t < n; t++) {
		double e = y[t] - first - l;

		see += e * e;
		sge += g * e;
		sgg += g * g;
		l += alpha * e;
		g *= 1 - alpha;
	}
	start = sge / sgg;
	out->alpha = alpha;
	out->beta = 0;
	out->phi = 1;
	out->level = first + l + g * start;
	out->trend = 0;
	out->sse = fmax(see - sge * start, 0);
}

/* What the normal equations of initial level and trend need. */
typedef struct normal {
	double see, sue, sve, suu, suv, svv;
} normal;

void cstn__smooth_trend(
		const double *y, size_t n, double alpha, double beta, double phi, cstn__smooth *out)
{
	double first = y[0], l = 0, b = 0, gl = 1, gb = 0, hl = 0, hb = 1, det, l0, b0;
	normal s = {0, 0, 0, 0, 0, 0};
	size_t t;

	for (t = 0; t < n; t++) {
		double p = l + phi * b, e = y[t] - first - p;
		double u = gl + phi * gb, v = hl + phi * hb;

		s.see += e * e;
		s.sue += u * e;
		s.sve += v * e;
		s.suu += u * u;
		s.suv += u * v;
		s.svv += v * v;
		l = p + alpha * e;
		b = phi * b + beta * e;
		gl = u - alpha * u;
		gb = phi * gb - beta * u;
		hl = v - alpha * v;
		hb = phi * hb - beta * v;
	}
	det = s.suu * s.svv - s.suv * s.suv;
	if (det <= 1e-12 * s.suu * s.svv) {
		l0 = s.sue / s.suu;
		b0 = 0;
	} else {
		l0 = (s.sue * s.svv - s.sve * s.suv) / det;
		b0 = (s.sve * s.suu - s.sue * s.suv) / det;
	}
	out->alpha = alpha;
	out->beta = beta;
	out->phi = phi;
	out->level = first + l + gl * l0 + hl * b0;
	out->trend = b + gb * l0 + hb * b0;
	out->sse = fmax(s.see - l0 * s.sue - b0 * s.sve, 0);
}

/* --- search --- */

static const double levels[] = {1e-4, .05, .12, .2, .3, .4, .5, .6, .7, .8, .9, .9999};

void cstn__fit_ses(const double *y, size_t n, cstn__smooth *out)
{
	const size_t n_levels = sizeof(levels) / sizeof(levels[0]);
	const double golden = 0.6180339887498949;
	cstn__smooth trial, low, high;
	size_t i, best = 0;
	double a, b;

	for (i = 0; i < n_levels; i++) {
		cstn__smooth_level(y, n, levels[i], &trial);
		if (i == 0 || trial.sse < out->sse) {
			*out = trial;
			best = i;
		}
	}
	a = levels[best ? best - 1 : 0];
	b = levels[best + 1 < n_levels ? best + 1 : best];
	cstn__smooth_level(y, n, b - golden * (b - a), &low);
	cstn__smooth_level(y, n, a + golden * (b - a), &high);
	for (i = 0; i < 10; i++) {
		if (low.sse <= high.sse) {
			b = high.alpha;
			high = low;
			cstn__smooth_level(y, n, b - golden * (b - a), &low);
		} else {
			a = low.alpha;
			low = high;
			cstn__smooth_level(y, n, a + golden * (b - a), &high);
		}
	}
	if (low.sse < out->sse)
		*out = low;
	if (high.sse < out->sse)
		*out = high;
}

/* A point of the search: alpha, share beta / alpha, phi; each kept within its bounds. */
#define DIMENSIONS 3
typedef struct point {
	double x[DIMENSIONS];
	cstn__smooth fit;
} point;

/* What is searched: dimension 3 is there for damped trends alone. */
typedef struct search {
	const double *y;
	size_t n;
	int dimensions;
	double lowest[DIMENSIONS], highest[DIMENSIONS];
} search;

static void look(const search *s, point *at)
{
	int d;

	for (d = 0; d < s->dimensions; d++)
		at->x[d] = fmin(fmax(at->x[d], s->lowest[d]), s->highest[d]);
	cstn__smooth_trend(s->y, s->n, at->x[0], at->x[0] * at->x[1],
			s->dimensions == 3 ? at->x[2] : 1, &at->fit);
}

static void sort_points(point *simplex, int count)
{
	int i, k;

	for (i = 1; i < count; i++) {
		point moved = simplex[i];

		for (k = i; k > 0 && moved.fit.sse < simplex[k - 1].fit.sse; k--)
			simplex[k] = simplex[k - 1];
		simplex[k] = moved;
	}
}

/* From the worst point through the centre of the others: centre + step (centre - worst). */
static void beyond(const search *s, const point *simplex, double step, point *out)
{
	int d, i;

	for (d = 0; d < s->dimensions; d++) {
		double centre = 0;

		for (i = 0; i < s->dimensions; i++)
			centre += simplex[i].x[d];
		centre /= s->dimensions;
		out->x[d] = centre + step * (centre - simplex[s->dimensions].x[d]);
	}
	look(s, out);
}

static void simplex_steps(const search *s, point *simplex, int steps)
{
	int i, d;

	while (steps-- > 0) {
		point *worst = &simplex[s->dimensions], tried, further;

		sort_points(simplex, s->dimensions + 1);
		if (worst->fit.sse - simplex[0].fit.sse <= 1e-10 * simplex[0].fit.sse)
			return;
		beyond(s, simplex, 1, &tried);
		if (tried.fit.sse < simplex[0].fit.sse) {
			beyond(s, simplex, 2, &further);
			*worst = further.fit.sse < tried.fit.sse ? further : tried;
			continue;
		}
		if (tried.fit.sse < simplex[s->dimensions - 1].fit.sse) {
			*worst = tried;
			continue;
		}
		beyond(s, simplex, tried.fit.sse < worst->fit.sse ? .5 : -.5, &further);
		if (further.fit.sse < fmin(tried.fit.sse, worst->fit.sse)) {
			*worst = further;
			continue;
		}
		for (i = 1; i <= s->dimensions; i++) {
			for (d = 0; d < s->dimensions; d++)
				simplex[i].x[d] = (simplex[i].x[d] + simplex[0].x[d]) / 2;
			look(s, &simplex[i]);
		}
	}
}

static void fit_trend(const search *s, cstn__smooth *out)
{
	static const double alphas[] = {.1, .3, .6, .9}, shares[] = {.03, .2, .6},
			    dampings[] = {.86, .95};
	point best, simplex[DIMENSIONS + 1];
	int a, b, p, d;

	memset(&best, 0, sizeof(best));
	best.fit.sse = (double)INFINITY;
	for (a = 0; a < 4; a++)
		for (b = 0; b < 3; b++)
			for (p = 0; p < (s->dimensions == 3 ? 2 : 1); p++) {
				point at = {{alphas[a], shares[b], dampings[p]}, best.fit};

				look(s, &at);
				if (at.fit.sse < best.fit.sse || (a + b + p) == 0)
					best = at;
			}
	for (d = 0; d <= s->dimensions; d++) {
		simplex[d] = best;
		if (d == 0)
			continue;
		/* towards the middle of the range, so that no point is on a bound */
		simplex[d].x[d - 1] += best.x[d - 1] < (s->lowest[d - 1] + s->highest[d - 1]) / 2
						       ? (d == 3 ? .05 : .15)
						       : (d == 3 ? -.05 : -.15);
		look(s, &simplex[d]);
	}
	simplex_steps(s, simplex, 60);
	sort_points(simplex, s->dimensions + 1);
	*out = simplex[0].fit;
}

void cstn__fit_holt(const double *y, size_t n, double most_share, cstn__smooth *out)
{
	const search s = {y, n, 2, {1e-4, 1e-4, .8}, {.9999, most_share, .98}};

	fit_trend(&s, out);
}

void cstn__fit_damped(const double *y, size_t n, double most_share, cstn__smooth *out)
{
	const search s = {y, n, 3, {1e-4, 1e-4, .8}, {.9999, most_share, .98}};

	fit_trend(&s, out);
}

/* --- ahead --- */

void cstn__smooth_ahead(const cstn__smooth *model, size_t h, double *out)
{
	double power = 1, sum = 0;
	size_t i;

	for (i = 0; i < h; i++) {
		power *= model->phi;
		sum += power;
		out[i] = model->level + model->trend * sum;
	}
}

void cstn__theta_ahead(const double *y, size_t n, size_t h, double *scratch, double *out)
{
	double centre = (double)(n - 1) / 2, sxy = 0, sxx = 0, mean = 0, slope, start;
	cstn__smooth ses;
	int below = 0;
	size_t t;

	for (t = 0; t < n; t++)
		mean += (y[t] - y[0]) / (double)n;
	for (t = 0; t < n; t++) {
		double x = (double)t - centre;

		sxy += x * (y[t] - y[0] - mean);
		sxx += x * x;
		below |= y[t] < 0;
	}
	slope = sxx > 0 ? sxy / sxx : 0;
	start = y[0] + mean - slope * centre;
	for (t = 0; t < n; t++)
		scratch[t] = 2 * y[t] - (start + slope * (double)t);
	cstn__fit_ses(scratch, n, &ses);
	for (t = 0; t < h; t++) {
		out[t] = (start + slope * (double)(n + t) + ses.level) / 2;
		if (!below && out[t] < 0)
			out[t] = 0;
	}
}
