/* The public call: exponential smoothing at given parameters.
 *
 * Arguments are checked, the series and its states are brought near 1 by a power of two, so that
 * squares of very large and very small values stay numbers, and only a whole result is copied out.
 */
#include <math.h>
#include <stdint.h>

#include <constellation/demand_fit.h>

#include "base/alloc.h"
#include "base/error.h"
#include "demand/ets.h"
#include "demand/scale.h"

#define SEASON_MOST 10000

typedef struct filtering {
	cstn_allocator allocator;
	cstn_ets_parameters given;
	cstn_ets_paths paths;
	cstn__ets_model model;
	const double *y;
	size_t n, horizon;
	int exponent;
	double *room;
	size_t room_size;
	double *scaled, *scratch, *mean, *variance;
	cstn__ets_trace trace;
} filtering;

/* --- what is given ---------------------------------------------------------------------------- */

static cstn_status check_form(const char *form, cstn__ets_form *out, cstn_error **error)
{
	if (!form)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "form is NULL");
	if (cstn__ets_parse(form, out) || cstn__ets_is_pattern(*out))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"'%.40s' is no form: error A or M, trend N, A, Ad, M or Md, season "
				"N, A or M expected, as in MAdM",
				form);
	if (!cstn__ets_is_admissible(*out))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "form %.40s is not stable: %s",
				form,
				out->error == CSTN__ETS_ADDITIVE
						? "an additive error stands beside additive parts "
						  "only"
						: "a multiplicative trend does not stand beside an "
						  "additive season");
	return CSTN_OK;
}

static cstn_status check_number(const char *name, double value, cstn_error **error)
{
	if (isfinite(value))
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is not finite", name);
}

static cstn_status check_parameters(const filtering *f, cstn_error **error)
{
	const cstn_ets_parameters *p = &f->given;
	const cstn__ets_form form = f->model.form;
	cstn_status status = check_number("alpha", p->alpha, error);
	int32_t j;

	if (status == CSTN_OK)
		status = check_number("level", p->level, error);
	if (status == CSTN_OK && form.trend != CSTN__ETS_NONE) {
		status = check_number("beta", p->beta, error);
		if (status == CSTN_OK)
			status = check_number("trend", p->trend, error);
		if (status == CSTN_OK && form.trend == CSTN__ETS_MULTIPLICATIVE && p->trend <= 0)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"trend is %g, above 0 expected where it is a ratio",
					p->trend);
		if (status == CSTN_OK && form.damped && !(p->phi > 0 && p->phi <= 1))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"phi is %g, above 0 and at most 1 expected", p->phi);
	}
	if (status != CSTN_OK || form.season == CSTN__ETS_NONE)
		return status;
	if (p->season < 2 || p->season > SEASON_MOST || !p->seasonal)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"season is %d (2 to %d), or its states are NULL", p->season,
				SEASON_MOST);
	status = check_number("gamma", p->gamma, error);
	for (j = 0; j < p->season && status == CSTN_OK; j++)
		if (!isfinite(p->seasonal[j]))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"seasonal[%d] is not finite", j);
	return status;
}

static cstn_status check_values(const filtering *f, cstn_error **error)
{
	const cstn__ets_form form = f->model.form;
	int is_positive = form.error == CSTN__ETS_MULTIPLICATIVE ||
			  form.trend == CSTN__ETS_MULTIPLICATIVE ||
			  form.season == CSTN__ETS_MULTIPLICATIVE;
	size_t t;

	if (!f->y || !f->n)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "y is NULL or n is 0");
	if (f->given.horizon < 0 || f->given.horizon > CSTN_HORIZON_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "horizon is %d (0 to %d)",
				f->given.horizon, CSTN_HORIZON_MOST);
	for (t = 0; t < f->n; t++)
		if (!isfinite(f->y[t]) || (is_positive && f->y[t] <= 0)) {
			char name[CSTN__ETS_NAME];

			cstn__ets_name(form, name);
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"y[%zu] is %g: finite%s expected of form %s", t, f->y[t],
					is_positive ? " and above 0" : "", name);
		}
	return CSTN_OK;
}

/* --- room ------------------------------------------------------------------------------------- */

static cstn_status make_room(filtering *f, cstn_error **error)
{
	size_t m = f->model.season, n = f->n, h = f->horizon, wanted, size;
	double *at;

	/* y, fitted, residuals, level, trend, seasonal; states of the start; scratch, mean,
	 * variance */
	if (__builtin_mul_overflow(n, 6, &wanted) ||
			__builtin_add_overflow(wanted, 8 * m + 3 * h + 2, &wanted))
		return cstn__fail_nomem(error);
	size = cstn__array_size(wanted, sizeof(double));
	f->room = cstn__alloc_zero(&f->allocator, size);
	if (!f->room)
		return cstn__fail_nomem(error);
	f->room_size = size;
	at = f->room;
	f->scaled = at;
	f->trace.fitted = at + n;
	f->trace.residuals = at + 2 * n;
	f->trace.level = at + 3 * n;
	f->trace.trend = at + 4 * n + 1;
	f->trace.seasonal = at + 5 * n + 2;
	f->model.seasonal = at + 6 * n + m + 2;
	f->scratch = f->model.seasonal + m;
	f->mean = f->scratch + 6 * m + h;
	f->variance = f->mean + h;
	return CSTN_OK;
}

static void bring_in(filtering *f)
{
	const cstn_ets_parameters *p = &f->given;
	cstn__ets_model *model = &f->model;
	int unit = -f->exponent, ratio = model->form.trend == CSTN__ETS_MULTIPLICATIVE;
	size_t t;

	for (t = 0; t < f->n; t++)
		f->scaled[t] = ldexp(f->y[t], unit);
	model->alpha = p->alpha;
	model->level = ldexp(p->level, unit);
	model->phi = 1;
	if (model->form.trend != CSTN__ETS_NONE) {
		model->beta = p->beta;
		model->phi = model->form.damped ? p->phi : 1;
		model->trend = ratio ? p->trend : ldexp(p->trend, unit);
	}
	if (model->form.season == CSTN__ETS_NONE)
		return;
	model->gamma = p->gamma;
	for (t = 0; t < model->season; t++)
		model->seasonal[t] = model->form.season == CSTN__ETS_MULTIPLICATIVE
						     ? p->seasonal[t]
						     : ldexp(p->seasonal[t], unit);
}

/* --- what comes out --------------------------------------------------------------------------- */

static void bring_out(const double *from, size_t n, int unit, double *to)
{
	size_t t;

	for (t = 0; to && t < n; t++)
		to[t] = ldexp(from[t], unit);
}

static cstn_ets_summary summarise(const filtering *f, cstn__ets_sums sums)
{
	const double log_2 = 0.69314718055994531;
	cstn_ets_summary out = CSTN_ETS_SUMMARY_INIT;
	int is_relative = f->model.form.error == CSTN__ETS_MULTIPLICATIVE;
	cstn__ets_criteria criteria;

	out.loglik = cstn__ets_loglik(sums, f->n) - (double)f->n * f->exponent * log_2;
	out.squares = is_relative ? sums.squares : ldexp(sums.squares, 2 * f->exponent);
	criteria = cstn__ets_criteria_of(
			f->model.form, f->model.season, out.loglik, out.squares, f->n);
	out.parameters = (int32_t)cstn__ets_parameters(f->model.form, f->model.season);
	out.aic = criteria.aic;
	out.aicc = criteria.aicc;
	out.bic = criteria.bic;
	out.sigma2 = criteria.sigma2;
	return out;
}

static void publish(const filtering *f)
{
	const cstn_ets_paths *to = &f->paths;
	const cstn__ets_form form = f->model.form;
	int unit = f->exponent;

	bring_out(f->trace.fitted, f->n, unit, to->fitted);
	bring_out(f->trace.residuals, f->n, form.error == CSTN__ETS_MULTIPLICATIVE ? 0 : unit,
			to->residuals);
	bring_out(f->trace.level, f->n + 1, unit, to->level);
	bring_out(f->trace.trend, f->n + 1, form.trend == CSTN__ETS_MULTIPLICATIVE ? 0 : unit,
			to->trend);
	if (form.season != CSTN__ETS_NONE)
		bring_out(f->trace.seasonal, f->n + f->model.season,
				form.season == CSTN__ETS_MULTIPLICATIVE ? 0 : unit, to->seasonal);
	bring_out(f->mean, f->horizon, unit, to->forecast);
	bring_out(f->variance, f->horizon, 2 * unit, to->variance);
}

static cstn_status run(filtering *f, cstn__ets_sums *sums, double *sigma2, cstn_error **error)
{
	size_t at, t;

	bring_in(f);
	at = cstn__ets_run(&f->model, f->scaled, f->n, &f->trace, sums);
	if (at)
		return cstn__fail(error, CSTN_E_OVERFLOW, "states leave the numbers at y[%zu] = %g",
				at - 1, f->y[at - 1]);
	*sigma2 = cstn__ets_criteria_of(f->model.form, f->model.season, 0, sums->squares, f->n)
				  .sigma2;
	if (isnan(*sigma2))
		*sigma2 = sums->squares / (double)f->n;
	cstn__ets_ahead(&f->model, f->trace.level[f->n], f->trace.trend[f->n],
			f->trace.seasonal + f->n, *sigma2, f->horizon, f->scratch, f->mean,
			f->variance);
	for (t = 0; t < f->horizon; t++)
		if (!isfinite(ldexp(f->mean[t], f->exponent)) ||
				!isfinite(ldexp(f->variance[t], 2 * f->exponent)))
			return cstn__fail(error, CSTN_E_OVERFLOW,
					"the forecast %zu periods ahead is beyond a double", t + 1);
	return CSTN_OK;
}

static cstn_status filter(
		filtering *f, const char *form, cstn_ets_summary *summary, cstn_error **error)
{
	cstn_status status = check_form(form, &f->model.form, error);
	cstn__ets_sums sums;
	double sigma2;

	if (status == CSTN_OK)
		status = check_parameters(f, error);
	if (status == CSTN_OK)
		status = check_values(f, error);
	if (status != CSTN_OK)
		return status;
	f->model.season = f->model.form.season == CSTN__ETS_NONE ? 1 : (size_t)f->given.season;
	f->horizon = (size_t)f->given.horizon;
	f->exponent = cstn__scale_of(f->y, f->n);
	status = make_room(f, error);
	if (status == CSTN_OK)
		status = run(f, &sums, &sigma2, error);
	if (status == CSTN_OK && summary) {
		const cstn_ets_summary full = summarise(f, sums);

		status = cstn__output_write(&full, sizeof(full), sizeof(full), "cstn_ets_summary",
				summary, error);
	}
	if (status == CSTN_OK)
		publish(f);
	cstn__free(&f->allocator, f->room, f->room_size);
	return status;
}

cstn_status cstn_ets_filter(const char *form, const cstn_ets_parameters *parameters,
		const double *y, size_t n, const cstn_allocator *allocator,
		const cstn_ets_paths *paths, cstn_ets_summary *summary, cstn_error **error)
{
	filtering f = {.y = y, .n = n};
	cstn_status status = cstn__allocator_read(allocator, &f.allocator, error);

	if (status == CSTN_OK)
		status = cstn__options_read(parameters, sizeof(f.given), sizeof(f.given), 0,
				"cstn_ets_parameters", &f.given, error);
	if (status == CSTN_OK)
		status = cstn__options_read(paths, sizeof(f.paths), sizeof(f.paths), 0,
				"cstn_ets_paths", &f.paths, error);
	return status == CSTN_OK ? filter(&f, form, summary, error) : status;
}
