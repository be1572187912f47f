/* Fit of additive errors: only the smoothing parameters are searched.
 *
 * At given parameters errors are linear in the states of the start, so these are solved for
 * (variable projection, Golub and Pereyra 1973): one pass runs the errors from states of 0 beside
 * their responses to a unit of level, of trend and of the first season. Seasons respond alike, each
 * one period after the other, so that their part of the normal equations is a band of sums that
 * differ by one product each: n x m steps instead of n x m^2. The derivatives by the parameters are
 * projected likewise (Kaufman 1975). A pass is about n (12 + 2 m) lanes of four. */
#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "demand/ets_fit.h"

#define D CSTN__ETS_DIMENSIONS
#define SEASONS CSTN__ETS_SEASON_FREE
#define LINES (2 + SEASONS)

/* States of the start at some parameters, and what they were solved from. */
typedef struct projection {
	double factor[LINES * LINES], states[LINES];
	double squares;
} projection;

typedef struct linear {
	cstn__ets_work *work;
	cstn__ets_form form;
	int has_trend, n_seasons, lines; /* free seasons: all but the last, which is 0 */
	projection both[2];
	int present;
} linear;

/* --- errors and their responses --------------------------------------------------------------- */

static void respond(
		const cstn__ets_work *w, cstn__ets_form form, const double p[4], cstn__four *out)
{
	const cstn__four alpha = {p[0], p[0], p[0], p[0]}, beta = {p[1], p[1], p[1], p[1]};
	const cstn__four gamma = {p[2], p[2], p[2], p[2]}, phi = {p[3], p[3], p[3], p[3]};
	cstn__four l = {0, 1, 0, 0}, b = {0, 0, form.trend != CSTN__ETS_NONE, 0};
	cstn__four *ring = w->ring;
	size_t t, at = 0;

	if (form.season == CSTN__ETS_NONE) {
		for (t = 0; t < w->n; t++) {
			cstn__four e = {w->y[t] - w->first, 0, 0, 0};

			b *= phi;
			l += b;
			e -= l;
			out[t] = e;
			l += alpha * e;
			b += beta * e;
		}
		return;
	}
	for (t = 0; t < w->m; t++)
		ring[t] = (cstn__four){w->index ? w->index[t] : 0, 0, 0, t == 0};
	for (t = 0; t < w->n; t++) {
		cstn__four e = {w->y[t] - w->first, 0, 0, 0};

		b *= phi;
		l += b;
		e -= l + ring[at];
		out[t] = e;
		l += alpha * e;
		b += beta * e;
		ring[at] += gamma * e;
		at = at + 1 == w->m ? 0 : at + 1;
	}
}

/* Sums over t of rows[t] times the response of a season, which is that of the first `lag` later. */
static void against(const cstn__four *rows, const cstn__four *response, size_t n, size_t lag,
		cstn__four *out)
{
	cstn__four sum = {0, 0, 0, 0};
	size_t t;

	for (t = lag; t < n; t++) {
		double d = response[t - lag][3];

		sum += rows[t] * (cstn__four){d, d, d, d};
	}
	*out = sum;
}

static void times(const cstn__four *rows, const cstn__four *response, size_t n, int lane,
		cstn__four *out)
{
	cstn__four sum = {0, 0, 0, 0};
	size_t t;

	for (t = 0; t < n; t++) {
		double d = response[t][lane];

		sum += rows[t] * (cstn__four){d, d, d, d};
	}
	*out = sum;
}

/* --- states of the start ---------------------------------------------------------------------- */

/* Normal equations of level, trend and seasons: lower triangle to `a`, right side to `b`. */
static void gather(const linear *f, const cstn__four *r, double *a, double *b)
{
	size_t n = f->work->n;
	int first = 1 + f->has_trend, j, k;
	cstn__four level, trend, sum;

	times(r, r, n, 1, &level);
	a[0] = level[1];
	b[0] = -level[0];
	if (f->has_trend) {
		times(r, r, n, 2, &trend);
		a[LINES] = trend[1];
		a[LINES + 1] = trend[2];
		b[1] = -trend[0];
	}
	for (j = 0; j < f->n_seasons; j++) {
		double *row = a + (first + j) * LINES;

		against(r, r, n, (size_t)j, &sum);
		b[first + j] = -sum[0];
		row[0] = sum[1];
		if (f->has_trend)
			row[1] = sum[2];
		row[first] = sum[3];
	}
	for (j = 1; j < f->n_seasons; j++)
		for (k = 1; k <= j; k++)
			a[(first + j) * LINES + first + k] =
					a[(first + j - 1) * LINES + first + k - 1] -
					r[n - (size_t)j][3] * r[n - (size_t)k][3];
}

static double project(linear *f, const double p[4], int to)
{
	const cstn__ets_work *w = f->work;
	projection *out = &f->both[to];
	const cstn__four *r = w->response[to];
	double b[LINES], squares = 0, floor = 1e-30 * (double)w->n;
	size_t t;
	int i;

	respond(w, f->form, p, w->response[to]);
	gather(f, r, out->factor, b);
	memcpy(out->states, b, sizeof(b));
	cstn__ets_factor(out->factor, f->lines, LINES);
	cstn__ets_solve(out->factor, f->lines, LINES, out->states);
	for (t = 0; t < w->n; t++)
		squares += r[t][0] * r[t][0];
	for (i = 0; i < f->lines; i++)
		squares -= b[i] * out->states[i];
	out->squares = fmax(squares, floor);
	return (double)w->n * cstn__log(out->squares);
}

static void linear_init(linear *f, cstn__ets_work *work, cstn__ets_form form)
{
	f->work = work;
	f->form = form;
	f->has_trend = form.trend != CSTN__ETS_NONE;
	f->n_seasons = form.season != CSTN__ETS_NONE && !work->index ? (int)work->m - 1 : 0;
	f->lines = 1 + f->has_trend + f->n_seasons;
	f->present = 0;
}

static void read_states(const linear *f, int from, cstn__ets_point *point)
{
	const double *states = f->both[from].states;
	double mean = 0;
	int j, m = f->n_seasons + 1;

	point->level = states[0] + f->work->first;
	point->trend = f->has_trend ? states[1] : 0;
	if (!f->n_seasons)
		return;
	for (j = 0; j < m; j++) {
		point->seasonal[j] = j + 1 < m ? states[1 + f->has_trend + j] : 0;
		mean += point->seasonal[j] / m;
	}
	for (j = 0; j < m; j++)
		point->seasonal[j] -= mean;
	point->level += mean;
}

void cstn__ets_project(cstn__ets_work *work, cstn__ets_form form, cstn__ets_point *point)
{
	double p[4];
	linear f;

	linear_init(&f, work, form);
	cstn__ets_parameters_of(form, &point->at, p);
	point->value = project(&f, p, 0);
	read_states(&f, 0, point);
}

/* --- the search ------------------------------------------------------------------------------- */

/* Which of alpha, beta, gamma, phi the form has, in order. */
static int shares_of(cstn__ets_form form, int out[4])
{
	int n = 0;

	out[n++] = 0;
	if (form.trend != CSTN__ETS_NONE)
		out[n++] = 1;
	if (form.season != CSTN__ETS_NONE)
		out[n++] = 2;
	if (form.damped)
		out[n++] = 3;
	return n;
}

static cstn__ets_shares shares_at(cstn__ets_form form, const double *x)
{
	double all[4] = {0, 0, 0, 0};
	int which[4], n = shares_of(form, which), i;

	for (i = 0; i < n; i++)
		all[which[i]] = x[i];
	return (cstn__ets_shares){all[0], all[1], all[2], all[3]};
}

static double evaluate(void *context, const double *x)
{
	linear *f = context;
	cstn__ets_shares at = shares_at(f->form, x);
	double p[4];

	cstn__ets_parameters_of(f->form, &at, p);
	return project(f, p, 1 - f->present);
}

static void accept(void *context)
{
	linear *f = context;

	f->present = 1 - f->present;
}

/* Derivatives of errors by alpha, beta, gamma and phi, in lanes, times the errors in `out->g`. */
static void differentiate(const linear *f, const double p[4], cstn__four *out)
{
	const cstn__ets_work *w = f->work;
	const cstn__four *r = w->response[f->present];
	const double *x = f->both[f->present].states;
	const cstn__four alpha = {p[0], p[0], p[0], p[0]}, beta = {p[1], p[1], p[1], p[1]};
	const cstn__four gamma = {p[2], p[2], p[2], p[2]}, phi = {p[3], p[3], p[3], p[3]};
	cstn__four l = {0, 0, 0, 0}, b = {0, 0, 0, 0}, sum = {0, 0, 0, 0}, *ring = w->ring;
	double trend = f->has_trend ? x[1] : 0;
	int is_season = f->form.season != CSTN__ETS_NONE, first = 1 + f->has_trend;
	size_t t, at = 0;

	for (t = 0; t < w->m; t++)
		ring[t] = (cstn__four){0, 0, 0, 0};
	for (t = 0; t < w->n; t++) {
		double e = r[t][0] + r[t][1] * x[0] + r[t][2] * (f->has_trend ? x[1] : 0);
		cstn__four d;
		int j;

		for (j = 0; j < f->n_seasons && (size_t)j <= t; j++)
			e += r[t - (size_t)j][3] * x[first + j];
		b = b * phi + (cstn__four){0, 0, 0, trend};
		l += b;
		d = -l;
		if (is_season)
			d -= ring[at];
		w->rows[t] = d;
		sum += d * (cstn__four){e, e, e, e};
		l += alpha * d + (cstn__four){e, 0, 0, 0};
		b += beta * d + (cstn__four){0, e, 0, 0};
		if (is_season)
			ring[at] += gamma * d + (cstn__four){0, 0, e, 0};
		trend = p[3] * trend + p[1] * e;
		at = at + 1 == w->m ? 0 : at + 1;
	}
	*out = sum;
}

/* Of derivatives by alpha .. phi those by their shares: columns of a 4 x 4. */
static void by_shares(const cstn__ets_shares *at, cstn__ets_form form, double t[4][4])
{
	double span = 1 - 2e-4;
	double alpha = 1e-4 + at->alpha * span;

	memset(t, 0, 16 * sizeof(double));
	t[0][0] = span;
	if (form.trend != CSTN__ETS_NONE)
		t[0][1] = span * at->beta;
	if (form.season != CSTN__ETS_NONE)
		t[0][2] = -span * at->gamma;
	t[1][1] = alpha - 1e-4;
	t[2][2] = 1 - alpha - 1e-4;
	t[3][3] = .18;
}

static void derive(void *context, const double *x, cstn__ets_normal *out)
{
	linear *f = context;
	const projection *now = &f->both[f->present];
	const cstn__four *r = f->work->response[f->present];
	size_t n = f->work->n;
	double p[4], t[4][4], raw[4][4], cross[4][LINES], solved[LINES], gradient[4];
	int which[4], dimensions = shares_of(f->form, which), first = 1 + f->has_trend, i, j, k, l;
	cstn__ets_shares at = shares_at(f->form, x);
	cstn__four sum;

	cstn__ets_parameters_of(f->form, &at, p);
	differentiate(f, p, &sum);
	for (i = 0; i < 4; i++)
		gradient[i] = sum[i];
	for (k = 0; k < 4; k++) {
		times(f->work->rows, f->work->rows, n, k, &sum);
		for (i = 0; i < 4; i++)
			raw[i][k] = sum[i];
	}
	for (j = 0; j < f->lines; j++) {
		if (j >= first)
			against(f->work->rows, r, n, (size_t)(j - first), &sum);
		else
			times(f->work->rows, r, n, 1 + j, &sum);
		for (i = 0; i < 4; i++)
			cross[i][j] = sum[i];
	}
	for (i = 0; i < 4; i++) {
		memcpy(solved, cross[i], sizeof(solved));
		cstn__ets_solve(now->factor, f->lines, LINES, solved);
		for (k = 0; k < 4; k++)
			for (j = 0; j < f->lines; j++)
				raw[i][k] -= solved[j] * cross[k][j];
	}
	by_shares(&at, f->form, t);
	for (i = 0; i < dimensions; i++) {
		out->g[i] = 0;
		for (k = 0; k < 4; k++)
			out->g[i] += t[which[i]][k] * gradient[k];
		for (j = 0; j < dimensions; j++) {
			out->a[i][j] = 0;
			for (k = 0; k < 4; k++)
				for (l = 0; l < 4; l++)
					out->a[i][j] += t[which[i]][k] * raw[k][l] * t[which[j]][l];
		}
	}
}

static const cstn__ets_problem problem = {evaluate, accept, derive};

void cstn__ets_fit_linear(
		cstn__ets_work *work, cstn__ets_form form, double done, cstn__ets_point *point)
{
	const double all[4] = {point->at.alpha, point->at.beta, point->at.gamma, point->at.phi};
	cstn__ets_search s;
	int which[4], i;
	linear f;

	linear_init(&f, work, form);
	s.dimensions = shares_of(form, which);
	for (i = 0; i < s.dimensions; i++) {
		s.x[i] = all[which[i]];
		s.lowest[i] = 0;
		s.highest[i] = 1;
	}
	cstn__ets_descend(&s, &problem, &f, done);
	point->at = shares_at(form, s.x);
	point->value = s.value;
	read_states(&f, f.present, point);
}
