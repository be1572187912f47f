/* One form fitted to one series: where the search begins.
 *
 * Additive errors begin at the best of a grid of parameters, each with its states of least squares,
 * and at the fit of the next simpler form. Relative errors begin at the fit of their additive twin,
 * at the simpler form with relative errors, and at a grid again; multiplicative seasons beside that
 * at the states of least squares of the logarithm. The two best of all starts that differ are
 * followed to their minimum. Fits made on the way are kept for the forms that come after. */
#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "demand/ets_starts.h"
#include "demand/family.h" /* seasons */

enum { N = CSTN__ETS_NONE, A = CSTN__ETS_ADDITIVE, M = CSTN__ETS_MULTIPLICATIVE };

/* --- room ------------------------------------------------------------------------------------- */

static size_t lanes_most(size_t m)
{
	size_t seasons = m > 1 && m <= CSTN__ETS_SEASON_FREE ? m - 1 : 0;

	return (6 + seasons + 3) / 4;
}

size_t cstn__ets_work_room(size_t n, size_t m)
{
	return 4 * (2 * n + lanes_most(m) * (n + m)) + 2 * m + n + 4;
}

void cstn__ets_work_init(cstn__ets_work *w, double *room, const double *y, size_t n, size_t m)
{
	size_t lanes = lanes_most(m);

	w->y = y;
	w->n = n;
	w->m = m;
	w->first = y[0];
	w->index = NULL;
	w->response[0] = (cstn__four *)(void *)room;
	w->response[1] = w->response[0] + n;
	w->rows = w->response[1] + n;
	w->ring = w->rows + n * lanes;
	w->values = (double *)(w->ring + m * lanes);
}

/* --- starts ----------------------------------------------------------------------------------- */

#define STARTS 6

/* The best starts so far that are not neighbours. */
typedef struct starts {
	int n, most;
	cstn__ets_point best[STARTS];
} starts;

static void starts_init(starts *s, const cstn__ets_fits *f)
{
	s->n = 0;
	s->most = f->effort ? STARTS : 1;
}

static int are_near(const cstn__ets_point *a, const cstn__ets_point *b)
{
	return fabs(a->at.alpha - b->at.alpha) < .25 && fabs(a->at.gamma - b->at.gamma) < .25 &&
	       fabs(a->at.beta - b->at.beta) < .25;
}

static void offer(starts *s, const cstn__ets_point *point)
{
	int i, at;

	if (!isfinite(point->value))
		return;
	for (i = 0; i < s->n; i++)
		if (are_near(&s->best[i], point)) {
			if (point->value >= s->best[i].value)
				return;
			/* take its place */
			for (; i + 1 < s->n; i++)
				s->best[i] = s->best[i + 1];
			s->n--;
			break;
		}
	for (at = 0; at < s->n && s->best[at].value <= point->value; at++)
		;
	if (at == s->most)
		return;
	if (s->n < s->most)
		s->n++;
	for (i = s->n - 1; i > at; i--)
		s->best[i] = s->best[i - 1];
	s->best[at] = *point;
}

/* Parameters to begin at: the first QUICK in haste, all of them with time. */
static const cstn__ets_shares grid[] = {{.05, .05, .05, .9}, {.05, .95, .5, .5}, {.2, .02, .1, .9},
		{.2, .5, .5, .3}, {.5, .02, .05, .9}, {.5, .3, .5, .3}, {.8, .02, .1, .9},
		{.9, .5, .5, .2}, {1, .9, .3, .1}, {.012, .98, .1, .9}, {.012, .03, .03, .3},
		{.012, .03, .5, .9}, {.012, .5, .03, .5}, {.1, .03, .6, .3}, {.1, .5, .03, .9},
		{.1, .97, .03, .9}, {.15, .2, .9, .6}, {.3, .03, .03, .3}, {.3, .1, .9, .9},
		{.3, .5, .03, .9}, {.3, .97, .3, .3}, {.5, .97, .03, .9}, {.5, .03, .9, .5},
		{.7, .03, .6, .3}, {.7, .7, .03, .3}, {.8, .5, .03, .9}, {.8, .97, .6, .3},
		{.9, .03, .03, .3}, {.85, .6, .02, .4}, {1, .03, .03, .9}, {1, .5, .03, .5}};
#define GRID ((int)(sizeof(grid) / sizeof(grid[0])))
#define QUICK 10

static double done_of(const cstn__ets_fits *f)
{
	return f->effort ? 1e-7 : .02;
}

static double value_of(const cstn__ets_fits *f, cstn__ets_form form, cstn__ets_point *point)
{
	point->value = cstn__ets_value(&f->work, form, point);
	return point->value;
}

/* The fit of the next simpler form, as a start of this one. */
static void offer_simpler(const cstn__ets_fits *f, cstn__ets_form form, starts *s)
{
	cstn__ets_form simple = form;
	const cstn__ets_point *from;
	cstn__ets_point point;

	if (form.damped)
		simple.damped = 0;
	else if (form.trend != N)
		simple.trend = N;
	else
		return;
	from = cstn__ets_fit_of(f, simple);
	if (!from)
		return;
	point = *from;
	if (form.damped) {
		point.at.phi = .9;
	} else {
		point.at.beta = .05;
		point.trend = 0;
	}
	(void)value_of(f, form, &point);
	offer(s, &point);
}

/* --- additive errors -------------------------------------------------------------------------- */

static void fit_additive(cstn__ets_fits *f, cstn__ets_form form, cstn__ets_point *out)
{
	starts s;
	int i;

	starts_init(&s, f);
	for (i = 0; i < (f->effort ? GRID : QUICK); i++) {
		cstn__ets_point point;

		memset(&point, 0, sizeof(point));
		point.at = grid[i];
		cstn__ets_project(&f->work, form, &point);
		offer(&s, &point);
	}
	offer_simpler(f, form, &s);
	out->value = (double)INFINITY;
	for (i = 0; i < s.n; i++) {
		cstn__ets_fit_linear(&f->work, form, done_of(f), &s.best[i]);
		if (s.best[i].value < out->value)
			*out = s.best[i];
	}
}

/* --- relative errors -------------------------------------------------------------------------- */

/* States of an additive season as those of a multiplicative one. */
static void make_ratios(const cstn__ets_fits *f, cstn__ets_point *point)
{
	size_t j;

	for (j = 0; j < f->work.m && !f->work.index; j++)
		point->seasonal[j] = 1 + point->seasonal[j] / point->level;
}

/* A start at the states of least squares of an additive form with the same trend and season. */
static void offer_projected(
		cstn__ets_fits *f, cstn__ets_form form, const cstn__ets_shares *at, starts *s)
{
	cstn__ets_form twin = {A, form.trend, form.damped, form.season == N ? N : A};
	cstn__ets_point point;

	memset(&point, 0, sizeof(point));
	point.at = *at;
	if (form.season == M && f->has_logs) {
		size_t j;

		cstn__ets_project(&f->logs, twin, &point);
		point.level = cstn__exp(point.level);
		point.trend *= point.level;
		for (j = 0; j < f->work.m && !f->work.index; j++)
			point.seasonal[j] = cstn__exp(point.seasonal[j]);
	} else {
		cstn__ets_project(&f->work, twin, &point);
		if (form.season == M)
			make_ratios(f, &point);
	}
	(void)value_of(f, form, &point);
	offer(s, &point);
}

static void offer_twin(const cstn__ets_fits *f, cstn__ets_form form, starts *s)
{
	cstn__ets_form twin = {A, form.trend, form.damped, form.season == N ? N : A};
	const cstn__ets_point *from = cstn__ets_fit_of(f, twin);
	cstn__ets_point point;

	if (!from)
		return;
	point = *from;
	if (form.season == M)
		make_ratios(f, &point);
	(void)value_of(f, form, &point);
	offer(s, &point);
}

static void fit_relative(cstn__ets_fits *f, cstn__ets_form form, cstn__ets_point *out)
{
	starts s;
	int i;

	starts_init(&s, f);
	offer_twin(f, form, &s);
	offer_simpler(f, form, &s);
	for (i = 0; i < (f->effort ? GRID : QUICK); i++)
		offer_projected(f, form, &grid[i], &s);
	out->value = (double)INFINITY;
	for (i = 0; i < s.n; i++) {
		cstn__ets_fit_all(&f->work, form, done_of(f), &s.best[i]);
		if (s.best[i].value < out->value)
			*out = s.best[i];
	}
}

/* --- fits that are kept ----------------------------------------------------------------------- */

static int place_of(cstn__ets_form form)
{
	int error = form.error == M, trend = form.trend == N ? 0 : 1 + form.damped;

	return (error * 3 + trend) * 3 + form.season;
}

const cstn__ets_point *cstn__ets_fit_of(const cstn__ets_fits *f, cstn__ets_form form)
{
	int place = place_of(form);

	return f->is_made[place] && isfinite(f->made[place].value) ? &f->made[place] : NULL;
}

/* Classical indices of a season that is too long to be searched; of ratios their logarithms too. */
static void find_index(cstn__ets_fits *f, int season)
{
	int kind = season == M ? CSTN__SEASON_MULTIPLICATIVE : CSTN__SEASON_ADDITIVE;
	const cstn__ets_work *w = &f->work;
	size_t j;

	cstn__season_trend(w->y, w->n, w->m, w->values);
	f->has_index[season] =
			cstn__season_indices_of(kind, w->y, w->n, w->m, w->values, f->index[season])
					? -1
					: 1;
	for (j = 0; season == M && j < w->m; j++)
		f->log_index[j] = cstn__log(f->index[M][j]);
}

static int set_index(cstn__ets_fits *f, cstn__ets_form form)
{
	f->work.index = f->logs.index = NULL;
	if (form.season == N || f->work.m <= CSTN__ETS_SEASON_FREE)
		return 0;
	if (f->has_index[form.season] == 0)
		find_index(f, form.season);
	f->work.index = f->index[form.season];
	f->logs.index = f->log_index;
	return f->has_index[form.season] > 0 ? 0 : -1;
}

const cstn__ets_point *cstn__ets_fit_form(cstn__ets_fits *f, cstn__ets_form form)
{
	int place = place_of(form);
	cstn__ets_point *out = &f->made[place];

	if (f->is_made[place])
		return cstn__ets_fit_of(f, form);
	memset(out, 0, sizeof(*out));
	out->value = (double)INFINITY;
	f->is_made[place] = 1;
	if (set_index(f, form))
		return NULL;
	if (form.error == A)
		fit_additive(f, form, out);
	else
		fit_relative(f, form, out);
	return cstn__ets_fit_of(f, form);
}

const cstn__ets_point *cstn__ets_polish(cstn__ets_fits *f, cstn__ets_form form)
{
	cstn__ets_point *out = &f->made[place_of(form)];

	if (!cstn__ets_fit_of(f, form) || set_index(f, form))
		return NULL;
	if (form.error == A)
		cstn__ets_fit_linear(&f->work, form, 1e-7, out);
	else
		cstn__ets_fit_all(&f->work, form, 1e-7, out);
	return out;
}

size_t cstn__ets_fits_room(size_t n, size_t m)
{
	return 2 * (cstn__ets_work_room(n, m) + 1) + n + 3 * m;
}

void cstn__ets_fits_init(
		cstn__ets_fits *f, double *room, const double *y, size_t n, size_t m, int effort)
{
	size_t each = (cstn__ets_work_room(n, m) + 1) / 2 * 2, t;
	double *logs = room + 2 * each;

	memset(f, 0, sizeof(*f));
	f->effort = effort;
	cstn__ets_work_init(&f->work, room, y, n, m);
	f->has_logs = 1;
	for (t = 0; t < n; t++) {
		f->has_logs &= y[t] > 0;
		logs[t] = y[t] > 0 ? cstn__log(y[t]) : 0;
	}
	cstn__ets_work_init(&f->logs, room + each, logs, n, m);
	f->index[A] = logs + n;
	f->index[M] = logs + n + m;
	f->log_index = logs + n + 2 * m;
}
