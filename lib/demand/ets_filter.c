/* Exponential smoothing at given parameters: fitted values, residuals, states, likelihood.
 *
 * What a value says beyond the level before it moves every state by a share, so that the recursion
 * is the same for both kinds of error; they differ in the likelihood and in the variance ahead.
 * Hyndman, Koehler, Ord and Snyder 2008. O(n). */
#include <math.h>

#include "base/elementary.h"
#include "demand/ets.h"

/* What is left of a growth after one period. */
static double fade(const cstn__ets_model *model, double trend)
{
	if (model->form.trend == CSTN__ETS_ADDITIVE)
		return model->form.damped ? model->phi * trend : trend;
	return model->form.damped ? cstn__exp(model->phi * cstn__log(trend)) : trend;
}

static int is_number(double value)
{
	return isfinite(value) && value != 0;
}

/* One period: what is expected without season, the state that comes out. -1: out of the numbers. */
static int step(const cstn__ets_model *model, double y, const cstn__ets_trace *trace, size_t t)
{
	const cstn__ets_form form = model->form;
	double level = trace->level[t], trend = 0, q = level, mu, d, s = 0;

	if (form.trend != CSTN__ETS_NONE) {
		trend = fade(model, trace->trend[t]);
		q = form.trend == CSTN__ETS_ADDITIVE ? level + trend : level * trend;
	}
	mu = q;
	d = y - q;
	if (form.season == CSTN__ETS_ADDITIVE) {
		s = trace->seasonal[t];
		mu = q + s;
		d = y - s - q;
		trace->seasonal[t + model->season] = s + model->gamma * d;
	} else if (form.season == CSTN__ETS_MULTIPLICATIVE) {
		s = trace->seasonal[t];
		if (!is_number(s) || !is_number(q))
			return -1;
		mu = q * s;
		d = y / s - q;
		trace->seasonal[t + model->season] = s + model->gamma * (y / q - s);
	}
	if (!isfinite(mu) || (form.error == CSTN__ETS_MULTIPLICATIVE && mu == 0))
		return -1;
	trace->level[t + 1] = q + model->alpha * d;
	if (form.trend == CSTN__ETS_ADDITIVE) {
		trace->trend[t + 1] = trend + model->beta * d;
	} else if (form.trend == CSTN__ETS_MULTIPLICATIVE) {
		trace->trend[t + 1] = trend + model->beta * d / level;
		if (!(trace->trend[t + 1] > 0))
			return -1;
	}
	trace->fitted[t] = mu;
	trace->residuals[t] = form.error == CSTN__ETS_MULTIPLICATIVE ? (y - mu) / mu : y - mu;
	return isfinite(trace->level[t + 1]) ? 0 : -1;
}

size_t cstn__ets_run(const cstn__ets_model *model, const double *y, size_t n,
		const cstn__ets_trace *trace, cstn__ets_sums *out)
{
	size_t t;

	trace->level[0] = model->level;
	trace->trend[0] = model->trend;
	for (t = 0; t < model->season && model->form.season != CSTN__ETS_NONE; t++)
		trace->seasonal[t] = model->seasonal[t];
	*out = (cstn__ets_sums){0, 0};
	for (t = 0; t < n; t++) {
		if (step(model, y[t], trace, t))
			return t + 1;
		out->squares += trace->residuals[t] * trace->residuals[t];
		if (model->form.error == CSTN__ETS_MULTIPLICATIVE)
			out->logs += cstn__log(fabs(trace->fitted[t]));
	}
	return isfinite(out->squares) ? 0 : n;
}
