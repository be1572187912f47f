/* What was fitted: a row a series and model of exponential smoothing.
 *
 * A series is fitted near 1, and its numbers are brought back by the power of two that it was
 * scaled with: states and variance by it, the likelihood by its logarithm a value. What a form has
 * none of is null, and so is all of a series that no form fits. O(series), and a fit each. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/elementary.h"
#include "demand/ets_fit.h"
#include "demand/family.h"
#include "demand/scale.h"

#define MODELS (CSTN_FAMILY_AUTO_ETS | CSTN_FAMILY_ETS)
#define MODELS_MOST 2
#define SEASON_SHOWN 366

/* Numbers of a model, which are its columns too, and behind them states of the season. */
enum {
	ALPHA,
	BETA,
	GAMMA,
	PHI,
	LEVEL,
	TREND,
	LOGLIK,
	AIC,
	AICC,
	BIC,
	SIGMA2,
	PARAMETERS,
	FORM, /* see code_of() */
	NUMBERS
};
#define COLUMN_MODEL 1
#define COLUMN_FORM 2
#define COLUMN_NUMBERS 3
#define COLUMN_N (COLUMN_NUMBERS + FORM)
#define COLUMN_SEASON (COLUMN_N + 1)

static size_t season_of(const cstn_family_options *o)
{
	return o->season > 1 && o->season <= SEASON_SHOWN ? (size_t)o->season : 0;
}

static size_t rows_of(const cstn_family_options *o)
{
	return (size_t)__builtin_popcount(o->models);
}

static size_t numbers_of(const cstn_family_options *o)
{
	return rows_of(o) * (NUMBERS + season_of(o));
}

static int add_columns(const cstn_family_options *o, const cstn__series_set *set,
		cstn__table_builder *table)
{
	static const char *const names[FORM] = {"alpha", "beta", "gamma", "phi", "level", "trend",
			"loglik", "aic", "aicc", "bic", "sigma2", "parameters"};
	int failed = cstn__table_add_column(table, "model", CSTN_TYPE_TEXT, 0, 0) < 0 ||
		     cstn__table_add_column(table, "form", CSTN_TYPE_TEXT, 0, 1) < 0;
	size_t i;

	(void)set;
	for (i = 0; i < FORM && !failed; i++)
		failed = cstn__table_add_column(table, names[i],
					 i == PARAMETERS ? CSTN_TYPE_INT32 : CSTN_TYPE_DOUBLE, 0,
					 1) < 0;
	failed = failed || cstn__table_add_column(table, "n", CSTN_TYPE_INT64, 0, 0) < 0;
	for (i = 0; i < season_of(o) && !failed; i++) {
		char name[24];

		snprintf(name, sizeof(name), "season_%zu", i + 1);
		failed = cstn__table_add_column(table, name, CSTN_TYPE_DOUBLE, 0, 1) < 0;
	}
	return failed ? -1 : 0;
}

/* --- a fit ------------------------------------------------------------------------------------ */

static double code_of(cstn__ets_form form)
{
	return form.error + 4 * form.trend + 16 * form.damped + 32 * form.season;
}

static cstn__ets_form form_of(double code)
{
	unsigned bits = (unsigned)code;

	return (cstn__ets_form){bits & 3, bits >> 2 & 3, bits >> 4 & 1, (uint8_t)(bits >> 5)};
}

/* Numbers of a series that was divided by 2^exponent. */
static void take_fit(const cstn__ets_fit *fit, size_t n, int exponent, double *out)
{
	const double logs = (double)n * exponent * cstn__log(2);
	const cstn__ets_model *model = &fit->model;
	int is_additive = model->form.error == CSTN__ETS_ADDITIVE;

	out[FORM] = code_of(model->form);
	out[ALPHA] = model->alpha;
	out[LEVEL] = ldexp(model->level, exponent);
	if (model->form.trend != CSTN__ETS_NONE) {
		out[BETA] = model->beta;
		out[TREND] = ldexp(model->trend, exponent);
	}
	if (model->form.damped)
		out[PHI] = model->phi;
	if (model->form.season != CSTN__ETS_NONE)
		out[GAMMA] = model->gamma;
	out[LOGLIK] = fit->loglik - logs;
	out[AIC] = fit->criteria.aic + 2 * logs;
	out[AICC] = fit->criteria.aicc + 2 * logs;
	out[BIC] = fit->criteria.bic + 2 * logs;
	out[SIGMA2] = is_additive ? ldexp(fit->sigma2, 2 * exponent) : fit->sigma2;
	out[PARAMETERS] = (double)cstn__ets_parameters(model->form, model->season);
}

static void take_season(const cstn__ets_model *model, size_t season, int exponent, double *out)
{
	size_t j;

	for (j = 0; j < season && model->form.season != CSTN__ETS_NONE; j++)
		out[j] = model->form.season == CSTN__ETS_ADDITIVE
					 ? ldexp(model->seasonal[j], exponent)
					 : model->seasonal[j];
}

static int fit_series(cstn__family_room *room, const cstn_family_options *o, const double *y,
		size_t n, double *out)
{
	const cstn__ets_form patterns[MODELS_MOST] = {
			{CSTN__ETS_ANY, CSTN__ETS_ANY, 0, CSTN__ETS_ANY}, room->ets.pattern};
	static const uint32_t bits[MODELS_MOST] = {CSTN_FAMILY_AUTO_ETS, CSTN_FAMILY_ETS};
	size_t m = (size_t)o->season, own = (n + 1) / 2 * 2, shown = season_of(o), t;
	double *scaled = cstn__family_room_of(room, own + cstn__ets_fit_room(n, m));
	int exponent = cstn__scale_of(y, n), k;

	if (!scaled)
		return -1;
	for (t = 0; t < n; t++)
		scaled[t] = ldexp(y[t], -exponent);
	for (k = 0; k < MODELS_MOST; k++) {
		cstn__ets_fit fit;

		if (!(o->models & bits[k]))
			continue;
		cstn__ets_choose(patterns[k], scaled, n, m, scaled + own, &fit);
		for (t = 0; t < NUMBERS + shown; t++)
			out[t] = (double)NAN;
		if (fit.is_fitted) {
			take_fit(&fit, n, exponent, out);
			take_season(&fit.model, shown, exponent, out + NUMBERS);
		}
		out += NUMBERS + shown;
	}
	return 0;
}

/* --- rows ------------------------------------------------------------------------------------- */

static void put_number(cstn__table_builder *table, int32_t column, double value)
{
	if (!isfinite(value))
		cstn__table_put_null(table, column);
	else if (column == COLUMN_NUMBERS + PARAMETERS)
		cstn__table_put_i64(table, column, (int64_t)value);
	else
		cstn__table_put_f64(table, column, value);
}

static void put_series(const cstn_family_options *o, const cstn__series_set *set,
		const cstn__series *series, const double *numbers, cstn__table_builder *table)
{
	static const char *const names[MODELS_MOST] = {"AutoETS", "ETS"};
	size_t shown = season_of(o), i, k, first = !(o->models & CSTN_FAMILY_AUTO_ETS);

	for (k = first; k < first + rows_of(o); k++, numbers += NUMBERS + shown) {
		char form[CSTN__ETS_NAME];

		cstn__series_put_id(table, 0, &set->keys, series->key);
		cstn__table_put_text(table, COLUMN_MODEL, names[k], strlen(names[k]));
		if (isnan(numbers[FORM])) {
			cstn__table_put_null(table, COLUMN_FORM);
		} else {
			cstn__ets_name(form_of(numbers[FORM]), form);
			cstn__table_put_text(table, COLUMN_FORM, form, strlen(form));
		}
		for (i = 0; i < FORM; i++)
			put_number(table, COLUMN_NUMBERS + (int32_t)i, numbers[i]);
		cstn__table_put_i64(table, COLUMN_N, (int64_t)series->n);
		for (i = 0; i < shown; i++)
			put_number(table, COLUMN_SEASON + (int32_t)i, numbers[NUMBERS + i]);
	}
}

cstn_status cstn_ets_fit(struct ArrowArrayStream *rows, const cstn_family_options *options,
		const cstn_allocator *allocator, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	static const cstn__family_made fits = {MODELS, CSTN_FAMILY_AUTO_ETS, rows_of, numbers_of,
			add_columns, fit_series, put_series};

	return cstn__family_make(&fits, rows, options, allocator, out, bad_rows, error);
}
