/* The form that a series asks for, with its states at the end.
 *
 * Forms are fitted in haste, simple ones first, and compared by AICc (Hurvich and Tsai 1989); those
 * that come near the best are fitted to the end, and the best of them is taken, the simpler one
 * where two are alike. Trends beside a season are not tried where the season itself loses by far. A
 * single form is fitted from many starts. What a series cannot bear is taken off a form:
 * multiplicative parts where a value is not above 0, then season, damping, trend where there are
 * too few values. */
#include <math.h>
#include <string.h>

#include "demand/ets_starts.h"

/* Differences of AICc: beyond FAR a season is not worth a trend, within NEAR haste may be wrong. */
#define FAR 12
#define NEAR 2

typedef struct choice {
	cstn__ets_fits fits;
	cstn__ets_form forms[CSTN__ETS_FITTED];
	double aicc[CSTN__ETS_FITTED];
	int n;
} choice;

/* Has it values enough, and of the right kind? */
static int can_bear(cstn__ets_form form, const double *y, size_t n, size_t m)
{
	size_t t;

	if (form.season != CSTN__ETS_NONE && (m < 2 || n / 2 < m))
		return 0;
	if (n < cstn__ets_parameters(form, m) + 2)
		return 0;
	if (form.error != CSTN__ETS_MULTIPLICATIVE && form.season != CSTN__ETS_MULTIPLICATIVE)
		return 1;
	for (t = 0; t < n && y[t] > 0; t++)
		;
	return t == n;
}

static int list(choice *c, cstn__ets_form pattern, const double *y, size_t n, size_t m)
{
	int i;

	c->n = 0;
	for (i = 0; i < CSTN__ETS_FITTED; i++) {
		cstn__ets_form form = cstn__ets_fitted(i);

		if (cstn__ets_matches(pattern, form) && can_bear(form, y, n, m))
			c->forms[c->n++] = form;
	}
	return c->n;
}

/* One part less; 0: nothing is left to take off. */
static int relax(cstn__ets_form *form, int is_positive)
{
	if (!is_positive && (form->error == CSTN__ETS_MULTIPLICATIVE ||
					    form->season == CSTN__ETS_MULTIPLICATIVE)) {
		form->error = CSTN__ETS_ADDITIVE;
		if (form->season == CSTN__ETS_MULTIPLICATIVE)
			form->season = CSTN__ETS_ADDITIVE;
	} else if (form->season != CSTN__ETS_NONE) {
		form->season = CSTN__ETS_NONE;
	} else if (form->damped) {
		form->damped = 0;
	} else if (form->trend != CSTN__ETS_NONE) {
		form->trend = CSTN__ETS_NONE;
	} else {
		return 0;
	}
	return 1;
}

static double aicc_of(const choice *c, int i, const cstn__ets_point *point)
{
	if (!point)
		return (double)INFINITY;
	return cstn__ets_criteria_of(
			c->forms[i], c->fits.work.m, -point->value / 2, 1, c->fits.work.n)
			.aicc;
}

static int best_of(const choice *c)
{
	int i, best = -1;

	for (i = 0; i < c->n; i++)
		if (isfinite(c->aicc[i]) && (best < 0 || c->aicc[i] < c->aicc[best]))
			best = i;
	return best;
}

/* Does a season lose by so much that a trend beside it is not worth a fit? */
static int season_loses(const choice *c, int tried)
{
	double without = (double)INFINITY, with = without;
	int i;

	for (i = 0; i < tried; i++)
		if (c->forms[i].season == CSTN__ETS_NONE)
			without = fmin(without, c->aicc[i]);
		else if (c->forms[i].trend == CSTN__ETS_NONE)
			with = fmin(with, c->aicc[i]);
	return isfinite(with) && with > without + FAR;
}

/* The index of the form that is taken; -1: none has a fit. */
static int choose(choice *c)
{
	int i, best;
	double least;

	for (i = 0; i < c->n; i++) {
		int is_both = c->forms[i].season != CSTN__ETS_NONE &&
			      c->forms[i].trend != CSTN__ETS_NONE;

		c->aicc[i] = (double)INFINITY;
		if (!is_both || !season_loses(c, i))
			c->aicc[i] = aicc_of(c, i, cstn__ets_fit_form(&c->fits, c->forms[i]));
	}
	best = best_of(c);
	if (best < 0 || c->n == 1)
		return best;
	least = c->aicc[best];
	for (i = 0; i < c->n; i++)
		if (c->aicc[i] <= least + NEAR)
			c->aicc[i] = aicc_of(c, i, cstn__ets_polish(&c->fits, c->forms[i]));
	return best_of(c);
}

/* --- the model -------------------------------------------------------------------------------- */

/* States of the start, a season of mean 0 or 1. */
static void take(cstn__ets_fits *fits, cstn__ets_form form, double *seasonal, cstn__ets_fit *out)
{
	const cstn__ets_point *point = cstn__ets_fit_of(fits, form);
	cstn__ets_model *model = &out->model;
	size_t m = fits->work.m, j;
	double p[4], mean = 0;

	cstn__ets_parameters_of(form, &point->at, p);
	*model = (cstn__ets_model){
			form, m, p[0], p[1], p[2], p[3], point->level, point->trend, seasonal};
	if (form.season == CSTN__ETS_NONE) {
		model->season = 1;
		return;
	}
	for (j = 0; j < m; j++) {
		seasonal[j] = fits->index[form.season] && m > CSTN__ETS_SEASON_FREE
					      ? fits->index[form.season][j]
					      : point->seasonal[j];
		mean += seasonal[j] / (double)m;
	}
	for (j = 0; j < m; j++)
		if (form.season == CSTN__ETS_ADDITIVE)
			seasonal[j] -= mean;
		else
			seasonal[j] /= mean;
	if (form.season == CSTN__ETS_ADDITIVE) {
		model->level += mean;
	} else {
		model->level *= mean;
		model->trend *= mean;
	}
}

/* Run the model to the end of the series; 0, or -1 where it leaves the numbers. */
static int run(const double *y, size_t n, double *room, cstn__ets_fit *out)
{
	cstn__ets_trace trace = {room, room + n, room + 2 * n, room + 3 * n + 1, room + 4 * n + 2};
	cstn__ets_sums sums;

	if (cstn__ets_run(&out->model, y, n, &trace, &sums))
		return -1;
	out->level = trace.level[n];
	out->trend = trace.trend[n];
	out->seasonal = trace.seasonal + n;
	out->loglik = cstn__ets_loglik(sums, n);
	out->criteria = cstn__ets_criteria_of(
			out->model.form, out->model.season, out->loglik, sums.squares, n);
	out->sigma2 = out->criteria.sigma2;
	out->is_fitted = 1;
	return 0;
}

size_t cstn__ets_fit_room(size_t n, size_t m)
{
	return cstn__ets_fits_room(n, m) + 5 * n + 2 * m + 2;
}

void cstn__ets_choose(cstn__ets_form pattern, const double *y, size_t n, size_t m, double *room,
		cstn__ets_fit *out)
{
	int is_positive = 1, is_constant = 1, taken;
	double *states = room + cstn__ets_fits_room(n, m);
	choice c;
	size_t t;

	memset(out, 0, sizeof(*out));
	out->level = y[n - 1];
	for (t = 0; t < n; t++) {
		is_positive &= y[t] > 0;
		is_constant &= y[t] == y[0];
	}
	if (is_constant)
		return;
	do {
		if (!list(&c, pattern, y, n, m))
			continue;
		cstn__ets_fits_init(&c.fits, room, y, n, m, c.n == 1);
		taken = choose(&c);
		if (taken < 0)
			continue;
		take(&c.fits, c.forms[taken], states, out);
		if (run(y, n, states + m, out) == 0)
			return;
	} while (relax(&pattern, is_positive));
}
