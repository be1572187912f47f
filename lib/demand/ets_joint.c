/* Fit of any form without multiplicative trend: parameters and states of the start together.
 *
 * Relative errors r with mean weights are least squares too: -2 loglik = n log(sum r^2) + 2 sum log
 * mu = n log(sum (g r)^2), g the geometric mean of mu, so that steps of Gauss and Newton on g r
 * descend the likelihood itself. The derivatives of the states run beside them, a lane a parameter,
 * and a ring of them a season. A multiplicative season and its level know each other only as a
 * product: the last season of the first year stays what it is. n x parameters^2 / 2 a step. */
#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "demand/ets_fit.h"

#define D CSTN__ETS_DIMENSIONS

typedef struct joint {
	const cstn__ets_work *work;
	cstn__ets_form form;
	int which[4], n_shares;
	int level, trend, seasonal; /* where these stand in x; -1: none */
	int n_seasons, dimensions;
	cstn__ets_point fixed; /* what x does not say */
} joint;

void cstn__ets_parameters_of(cstn__ets_form form, const cstn__ets_shares *at, double out[4])
{
	out[0] = 1e-4 + at->alpha * (1 - 2e-4);
	out[1] = form.trend != CSTN__ETS_NONE ? 1e-4 + (out[0] - 1e-4) * at->beta : 0;
	out[2] = form.season != CSTN__ETS_NONE ? 1e-4 + fmax(1 - out[0] - 1e-4, 0) * at->gamma : 0;
	out[3] = form.damped ? .8 + .18 * at->phi : 1;
}

/* --- the value -------------------------------------------------------------------------------- */

/* A product that stays a number: its logarithm is taken when it leaves the middle. */
typedef struct product {
	double value, log;
} product;

static inline void multiply(product *p, double by)
{
	p->value *= by;
	if (!(p->value > 1e-100 && p->value < 1e100)) {
		p->log += cstn__log(p->value);
		p->value = 1;
	}
}

double cstn__ets_value(const cstn__ets_work *w, cstn__ets_form form, const cstn__ets_point *point)
{
	double p[4], l = point->level, b = form.trend != CSTN__ETS_NONE ? point->trend : 0;
	double *ring = w->values, squares = 0;
	int is_relative = form.error == CSTN__ETS_MULTIPLICATIVE;
	product logs = {1, 0};
	size_t t, at = 0;

	cstn__ets_parameters_of(form, &point->at, p);
	for (t = 0; t < w->m; t++)
		ring[t] = form.season == CSTN__ETS_NONE ? 0
			  : w->index                    ? w->index[t]
							: point->seasonal[t];
	for (t = 0; t < w->n; t++) {
		double q, mu, d, s = ring[at], y = w->y[t];

		b *= p[3];
		q = l + b;
		if (form.season == CSTN__ETS_MULTIPLICATIVE) {
			mu = q * s;
			if (!(q > 0 && s > 0))
				return (double)INFINITY;
			d = y / s - q;
			ring[at] = s + p[2] * (y / q - s);
		} else {
			mu = q + s;
			d = y - mu;
			ring[at] = s + p[2] * d;
		}
		if (is_relative) {
			double e = (y - mu) / mu;

			if (!(mu > 0))
				return (double)INFINITY;
			multiply(&logs, mu);
			squares += e * e;
		} else {
			squares += (y - mu) * (y - mu);
		}
		l = q + p[0] * d;
		b += p[1] * d;
		at = at + 1 == w->m ? 0 : at + 1;
	}
	squares = fmax(squares, 1e-30 * (double)w->n);
	if (!(squares < 1e100))
		return (double)INFINITY;
	return (double)w->n * cstn__log(squares) + 2 * (logs.log + cstn__log(logs.value));
}

/* --- where parameters stand ------------------------------------------------------------------- */

static void joint_init(joint *f, const cstn__ets_work *work, cstn__ets_form form,
		const cstn__ets_point *point)
{
	int n = 0;

	f->work = work;
	f->form = form;
	f->fixed = *point;
	f->which[n++] = 0;
	if (form.trend != CSTN__ETS_NONE)
		f->which[n++] = 1;
	if (form.season != CSTN__ETS_NONE)
		f->which[n++] = 2;
	if (form.damped)
		f->which[n++] = 3;
	f->n_shares = n;
	f->level = n++;
	f->trend = form.trend != CSTN__ETS_NONE ? n++ : -1;
	f->n_seasons = form.season != CSTN__ETS_NONE && !work->index ? (int)work->m - 1 : 0;
	f->seasonal = n;
	f->dimensions = n + f->n_seasons;
}

static void to_point(const joint *f, const double *x, cstn__ets_point *out)
{
	double all[4] = {0, 0, 0, 0};
	int i;

	*out = f->fixed;
	for (i = 0; i < f->n_shares; i++)
		all[f->which[i]] = x[i];
	out->at = (cstn__ets_shares){all[0], all[1], all[2], all[3]};
	out->level = x[f->level];
	out->trend = f->trend >= 0 ? x[f->trend] : 0;
	for (i = 0; i < f->n_seasons; i++)
		out->seasonal[i] = x[f->seasonal + i];
}

static void from_point(const joint *f, double *x)
{
	const cstn__ets_point *p = &f->fixed;
	const double all[4] = {p->at.alpha, p->at.beta, p->at.gamma, p->at.phi};
	int i;

	for (i = 0; i < f->n_shares; i++)
		x[i] = all[f->which[i]];
	x[f->level] = p->level;
	if (f->trend >= 0)
		x[f->trend] = p->trend;
	for (i = 0; i < f->n_seasons; i++)
		x[f->seasonal + i] = p->seasonal[i];
}

static double evaluate(void *context, const double *x)
{
	const joint *f = context;
	cstn__ets_point point;

	to_point(f, x, &point);
	return cstn__ets_value(f->work, f->form, &point);
}

static void accept(void *context)
{
	(void)context;
}

/* --- derivatives ------------------------------------------------------------------------------ */

#define LANES (D / 4)

typedef struct slopes {
	cstn__four l[LANES], b[LANES];
	cstn__four raw[4][LANES]; /* of alpha, beta, gamma and phi by x */
} slopes;

static void set(cstn__four *row, int at, double value)
{
	((double *)row)[at] = value;
}

/* What x moves at the start. */
static void begin(const joint *f, const cstn__ets_shares *at, slopes *s, int lanes)
{
	double span = 1 - 2e-4, alpha = 1e-4 + at->alpha * span;
	int i, j;

	memset(s, 0, sizeof(*s));
	memset(f->work->ring, 0, f->work->m * (size_t)lanes * sizeof(cstn__four));
	set(s->l, f->level, 1);
	if (f->trend >= 0)
		set(s->b, f->trend, 1);
	for (j = 0; j < f->n_seasons; j++)
		set(f->work->ring + j * lanes, f->seasonal + j, 1);
	set(s->raw[0], 0, span);
	for (i = 1; i < f->n_shares; i++) {
		if (f->which[i] == 1) {
			set(s->raw[1], 0, span * at->beta);
			set(s->raw[1], i, alpha - 1e-4);
		} else if (f->which[i] == 2) {
			set(s->raw[2], 0, -span * at->gamma);
			set(s->raw[2], i, fmax(1 - alpha - 1e-4, 0));
		} else {
			set(s->raw[3], i, .18);
		}
	}
}

/* Errors r and, in rows, their derivatives; in `c` the sum of those of log mu where errors are
 * relative, else 0. */
static void differentiate(
		const joint *f, const cstn__ets_point *point, double *r, int lanes, cstn__four *c)
{
	const cstn__ets_work *w = f->work;
	double p[4], l = point->level, b = point->trend;
	const double *start = w->index ? w->index : point->seasonal;
	double *ring = w->values, moved;
	int is_relative = f->form.error == CSTN__ETS_MULTIPLICATIVE, k;
	size_t t, at = 0;
	slopes s;

	cstn__ets_parameters_of(f->form, &point->at, p);
	begin(f, &point->at, &s, lanes);
	memset(c, 0, LANES * sizeof(*c));
	for (t = 0; t < w->m; t++)
		ring[t] = f->form.season == CSTN__ETS_NONE ? 0 : start[t];
	for (t = 0; t < w->n; t++) {
		cstn__four *row = w->rows + t * (size_t)lanes, *ds = w->ring + at * (size_t)lanes;
		double y = w->y[t], sn = ring[at], fading = p[3] * b, q = l + fading, mu, d;
		int times = f->form.season == CSTN__ETS_MULTIPLICATIVE;
		double level_mu = times ? sn : 1, season_mu = times ? q : 1;
		double season_d = times ? -y / (sn * sn) : -1;
		double season_s = 1 - p[2], level_s, gap, unit;

		mu = times ? q * sn : q + sn;
		d = times ? y / sn - q : y - mu;
		gap = times ? y / q - sn : d;
		level_s = times ? -p[2] * y / (q * q) : -p[2];
		unit = is_relative ? 1 / mu : 1;
		r[t] = (y - mu) * unit;
		moved = is_relative ? -1 - r[t] : -1;
		for (k = 0; k < lanes; k++) {
			cstn__four db = p[3] * s.b[k] + b * s.raw[3][k];
			cstn__four dq = s.l[k] + db, dd = season_d * ds[k] - dq;

			cstn__four dmu = (level_mu * dq + season_mu * ds[k]) * unit;

			row[k] = moved * dmu;
			c[k] += dmu;
			s.l[k] = dq + p[0] * dd + d * s.raw[0][k];
			s.b[k] = db + p[1] * dd + d * s.raw[1][k];
			ds[k] = season_s * ds[k] + level_s * dq + gap * s.raw[2][k];
		}
		l = q + p[0] * d;
		b = fading + p[1] * d;
		ring[at] = sn + p[2] * gap;
		at = at + 1 == w->m ? 0 : at + 1;
	}
}

/* a = rows' rows of whole lanes, block by block. */
static void square(const cstn__four *rows, size_t n, int lanes, cstn__ets_normal *out)
{
	int i, j, k, c;
	size_t t;

	for (i = 0; i < lanes; i++) {
		for (j = 0; j <= i; j++) {
			cstn__four sum[4] = {
					{0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}};

			for (t = 0; t < n; t++) {
				const cstn__four *row = rows + t * (size_t)lanes;
				cstn__four left = row[i], right = row[j];

				sum[0] += left[0] * right;
				sum[1] += left[1] * right;
				sum[2] += left[2] * right;
				sum[3] += left[3] * right;
			}
			for (k = 0; k < 4; k++)
				for (c = 0; c < 4; c++) {
					out->a[4 * i + k][4 * j + c] = sum[k][c];
					out->a[4 * j + c][4 * i + k] = sum[k][c];
				}
		}
	}
}

static void derive(void *context, const double *x, cstn__ets_normal *out)
{
	const joint *f = context;
	const cstn__ets_work *w = f->work;
	int lanes = (f->dimensions + 3) / 4, i, j, k;
	double *r = w->values + 2 * w->m, hs[D], cs[D], squares = 0;
	cstn__four h[LANES], c[LANES];
	cstn__ets_point point;
	size_t t;

	to_point(f, x, &point);
	differentiate(f, &point, r, lanes, c);
	if (f->form.error != CSTN__ETS_MULTIPLICATIVE)
		memset(c, 0, sizeof(c));
	square(w->rows, w->n, lanes, out);
	memset(h, 0, sizeof(h));
	for (t = 0; t < w->n; t++) {
		squares += r[t] * r[t];
		for (k = 0; k < lanes; k++)
			h[k] += r[t] * w->rows[t * (size_t)lanes + (size_t)k];
	}
	memcpy(hs, h, sizeof(hs));
	memcpy(cs, c, sizeof(cs));
	for (i = 0; i < f->dimensions; i++)
		cs[i] /= (double)w->n;
	/* the geometric mean of mu moves too */
	for (i = 0; i < f->dimensions; i++) {
		out->g[i] = hs[i] + squares * cs[i];
		for (j = 0; j < f->dimensions; j++)
			out->a[i][j] += hs[i] * cs[j] + cs[i] * hs[j] + squares * cs[i] * cs[j];
	}
}

static const cstn__ets_problem problem = {evaluate, accept, derive};

void cstn__ets_fit_all(
		cstn__ets_work *work, cstn__ets_form form, double done, cstn__ets_point *point)
{
	cstn__ets_search s;
	joint f;
	int i;

	joint_init(&f, work, form, point);
	s.dimensions = f.dimensions;
	from_point(&f, s.x);
	for (i = 0; i < s.dimensions; i++) {
		int is_share = i < f.n_shares;

		s.lowest[i] = is_share ? 0 : -(double)INFINITY;
		s.highest[i] = is_share ? 1 : (double)INFINITY;
	}
	cstn__ets_descend(&s, &problem, &f, done);
	to_point(&f, s.x, point);
	point->value = s.value;
}
