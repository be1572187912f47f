/* Parameters of a trend, damped or not, of least squared errors one step ahead.
 *
 * A grid, eight points side by side in each pass, and from its best point steps of Gauss and Newton
 * in what is left of the slopes once the states of the start have taken their part (variable
 * projection, Golub and Pereyra 1973, Kaufman 1975). Of eight lengths of a step, damped after
 * Levenberg 1944 and Marquardt 1963, the best is taken, again in one pass. Parameters stay in their
 * box: what stands at a bound and would leave is held. No random start, no clock. Cost: 2 or 3
 * passes of eight points for the grid, then at most 12 steps of two passes, most often 5. */
#include <math.h>
#include <string.h>

#include "demand/alpha_search.h"
#include "demand/family.h"

#define STEPS 12
/* A step that gains less ends the search. */
#define GAIN 1e-7

typedef cstn__doubles wide;

/* alpha, beta / alpha, phi */
enum { ALPHA, SHARE, PHI, DIMENSIONS };

typedef struct search {
	const double *y;
	size_t n;
	int simd;
	int dimensions; /* PHI is 1 where it is not among them */
	double lowest[DIMENSIONS], highest[DIMENSIONS];
} search;

typedef struct batch {
	double x[DIMENSIONS][CSTN__LANES], sse[CSTN__LANES];
} batch;

CSTN__INLINE void load(const double *from, wide *out)
{
	memcpy(out, from, sizeof(*out));
}

/* cstn__smooth_trend() of eight points, but for the end. */
CSTN__INLINE void errors_of(const search *s, batch *points)
{
	const wide zero = {0};
	wide alpha, beta, phi, l = zero, b = zero, gl = zero + 1, gb = zero, hl = zero,
			       hb = zero + 1;
	wide see = zero, sue = zero, sve = zero, suu = zero, suv = zero, svv = zero;
	double first = s->y[0];
	size_t t;
	int i;

	load(points->x[ALPHA], &alpha);
	load(points->x[SHARE], &beta);
	load(points->x[PHI], &phi);
	beta *= alpha;
	for (t = 0; t < s->n; t++) {
		wide p = l + phi * b, e = s->y[t] - first - p, u = gl + phi * gb, v = hl + phi * hb;

		see += e * e;
		sue += u * e;
		sve += v * e;
		suu += u * u;
		suv += u * v;
		svv += v * v;
		l = p + alpha * e;
		b = phi * b + beta * e;
		gl = u - alpha * u;
		gb = phi * gb - beta * u;
		hl = v - alpha * v;
		hb = phi * hb - beta * v;
	}
	for (i = 0; i < CSTN__LANES; i++) {
		double det = suu[i] * svv[i] - suv[i] * suv[i], l0 = sue[i] / suu[i], b0 = 0;

		if (det > 1e-12 * suu[i] * svv[i]) {
			l0 = (sue[i] * svv[i] - sve[i] * suv[i]) / det;
			b0 = (sve[i] * suu[i] - sue[i] * suv[i]) / det;
		}
		points->sse[i] = fmax(see[i] - l0 * sue[i] - b0 * sve[i], 0);
	}
}

static void errors_portable(const search *s, batch *points)
{
	errors_of(s, points);
}

CSTN__AVX512 static void errors_avx512(const search *s, batch *points)
{
	errors_of(s, points);
}

static void errors(const search *s, batch *points)
{
	if (s->simd >= 3)
		errors_avx512(s, points);
	else
		errors_portable(s, points);
}

/* A point that was looked at. */
typedef struct point {
	double x[DIMENSIONS], sse;
} point;

static int take_best(const batch *points, point *best)
{
	int i, d, is_better = 0;

	for (i = 0; i < CSTN__LANES; i++) {
		if (!(points->sse[i] < best->sse))
			continue;
		best->sse = points->sse[i];
		for (d = 0; d < DIMENSIONS; d++)
			best->x[d] = points->x[d][i];
		is_better = 1;
	}
	return is_better;
}

static void look_at_grid(const search *s, point *best)
{
	static const double alphas[] = {.1, .3, .6, .9}, dampings[] = {.86, .95},
			    three[] = {.03, .3, .8}, four[] = {.03, .15, .4, .8};
	int is_damped = s->dimensions > PHI, i, k = 0;
	int shares = is_damped ? 3 : 4, each = is_damped ? 2 : 1;
	batch points;

	for (i = 0; i < 4 * shares * each; i++) {
		double share = is_damped ? three[i / each % shares] : four[i % shares];

		points.x[ALPHA][k] = alphas[i / each / shares];
		points.x[SHARE][k] = fmax(share * s->highest[SHARE], s->lowest[SHARE]);
		points.x[PHI][k] = is_damped ? dampings[i % each] : 1;
		if (++k < CSTN__LANES)
			continue;
		errors(s, &points);
		take_best(&points, best);
		k = 0;
	}
}

/* --- slopes ----------------------------------------------------------------------------------- */

/* Products of the slopes of the forecast by the three parameters, of its responses u and v to level
 * and trend of the start, and of the error. */
typedef struct slopes {
	double dd[DIMENSIONS][DIMENSIONS], du[DIMENSIONS], dv[DIMENSIONS], de[DIMENSIONS];
	double uu, uv, vv;
} slopes;

/* States of one parameter's slope. */
typedef struct state {
	double l, b;
} state;

static void add_products(slopes *s, const double *d, double u, double v, double e)
{
	int i, k;

	for (i = 0; i < DIMENSIONS; i++) {
		for (k = 0; k <= i; k++)
			s->dd[i][k] += d[i] * d[k];
		s->du[i] += d[i] * u;
		s->dv[i] += d[i] * v;
		s->de[i] += d[i] * e;
	}
	s->uu += u * u;
	s->uv += u * v;
	s->vv += v * v;
}

static void measure(const search *s, const point *at, slopes *out)
{
	double alpha = at->x[ALPHA], share = at->x[SHARE], beta = alpha * share, phi = at->x[PHI];
	double l, b, gl = 1, gb = 0, hl = 0, hb = 1, first = s->y[0];
	state da = {0, 0}, db = {0, 0}, df = {0, 0};
	cstn__smooth fit;
	size_t t;

	cstn__smooth_trend(s->y, s->n, alpha, beta, phi, &fit);
	l = fit.start_level;
	b = fit.start_trend;
	memset(out, 0, sizeof(*out));
	for (t = 0; t < s->n; t++) {
		double p = l + phi * b, e = s->y[t] - first - p;
		double u = gl + phi * gb, v = hl + phi * hb;
		double pa = da.l + phi * da.b, pb = db.l + phi * db.b, pf = df.l + phi * df.b + b;
		const double d[DIMENSIONS] = {pa + share * pb, alpha * pb, pf};

		add_products(out, d, u, v, e);
		da = (state){pa + e - alpha * pa, phi * da.b - beta * pa};
		db = (state){pb - alpha * pb, phi * db.b + e - beta * pb};
		df = (state){pf - alpha * pf, b + phi * df.b - beta * pf};
		l = p + alpha * e;
		b = phi * b + beta * e;
		gl = u - alpha * u;
		gb = phi * gb - beta * u;
		hl = v - alpha * v;
		hb = phi * hb - beta * v;
	}
}

/* Takes out of the slopes what another start would do as well. */
static void project(slopes *s)
{
	double det = s->uu * s->vv - s->uv * s->uv;
	int i, k;

	if (!(det > 1e-12 * s->uu * s->vv))
		return;
	for (i = 0; i < DIMENSIONS; i++) {
		double cu = (s->du[i] * s->vv - s->dv[i] * s->uv) / det;
		double cv = (s->dv[i] * s->uu - s->du[i] * s->uv) / det;

		for (k = 0; k <= i; k++)
			s->dd[i][k] -= cu * s->du[k] + cv * s->dv[k];
	}
}

/* Is the parameter held where it is? */
static int is_held(const search *s, const point *at, const slopes *of, int d)
{
	return d >= s->dimensions || !(of->dd[d][d] > 0) ||
	       (at->x[d] <= s->lowest[d] && of->de[d] < 0) ||
	       (at->x[d] >= s->highest[d] && of->de[d] > 0);
}

/* The step of (S + damping diag S) step = slopes of the error; 0 where it has none. */
static int solve(const search *s, const point *at, const slopes *of, double damping, double *step)
{
	double a[DIMENSIONS][DIMENSIONS], z[DIMENSIONS];
	int i, k, j;

	for (i = 0; i < DIMENSIONS; i++) {
		int held = is_held(s, at, of, i);

		for (k = 0; k <= i; k++)
			a[i][k] = held || is_held(s, at, of, k) ? 0 : of->dd[i][k];
		a[i][i] = held ? 1 : of->dd[i][i] * (1 + damping);
		z[i] = held ? 0 : of->de[i];
	}
	for (i = 0; i < DIMENSIONS; i++) {
		for (k = 0; k <= i; k++) {
			for (j = 0; j < k; j++)
				a[i][k] -= a[i][j] * a[k][j];
			if (k < i)
				a[i][k] /= a[k][k];
		}
		if (!(a[i][i] > 0))
			return 0;
		a[i][i] = sqrt(a[i][i]);
		for (j = 0; j < i; j++)
			z[i] -= a[i][j] * z[j];
		z[i] /= a[i][i];
	}
	for (i = DIMENSIONS - 1; i >= 0; i--) {
		for (j = i + 1; j < DIMENSIONS; j++)
			z[i] -= a[j][i] * step[j];
		step[i] = z[i] / a[i][i];
	}
	return 1;
}

static void go_down(const search *s, point *best)
{
	static const double dampings[CSTN__LANES] = {0, .03, .1, .3, 1, 3, 10, 100};
	int round, i, d;

	for (round = 0; round < STEPS; round++) {
		double before = best->sse;
		slopes of;
		batch points;

		measure(s, best, &of);
		project(&of);
		for (i = 0; i < CSTN__LANES; i++) {
			double step[DIMENSIONS] = {0, 0, 0};

			(void)solve(s, best, &of, dampings[i], step);
			for (d = 0; d < DIMENSIONS; d++)
				points.x[d][i] = fmin(fmax(best->x[d] + step[d], s->lowest[d]),
						s->highest[d]);
		}
		errors(s, &points);
		if (!take_best(&points, best) || before - best->sse <= GAIN * before)
			return;
	}
}

static void fit_trend(const search *s, cstn__smooth *out)
{
	point best = {{.1, s->lowest[SHARE], s->highest[PHI]}, (double)INFINITY};

	look_at_grid(s, &best);
	go_down(s, &best);
	cstn__smooth_trend(
			s->y, s->n, best.x[ALPHA], best.x[ALPHA] * best.x[SHARE], best.x[PHI], out);
}

void cstn__fit_holt(int simd, const double *y, size_t n, double most_share, cstn__smooth *out)
{
	const search s = {y, n, simd, 2, {1e-4, 1e-4, 1}, {.9999, most_share, 1}};

	fit_trend(&s, out);
}

void cstn__fit_damped(int simd, const double *y, size_t n, double most_share, cstn__smooth *out)
{
	const search s = {y, n, simd, 3, {1e-4, 1e-4, .8}, {.9999, most_share, .98}};

	fit_trend(&s, out);
}
