/* The distribution around a forecast: how errors of a series spread, where outcomes fell in what
 * was forecast, and what a stock-out hid.
 *
 * Whole units are negative binomial around the mean. The dispersion is that of errors, the more the
 * more of them there are, drawn to what size and chance of a sale tell: (2 z - 2 - mu) / mu where z
 * is the mean size of sales that fall off geometrically, .4 where something is sold every period.
 * It depends on the state of its series alone, so that what was forecast can be told again from it.
 * Other demand is normal with the mean square error.
 *
 * A stock-out is learned as the mean of what lies above its limit. Two things must be right for its
 * level to stay where demand is. Errors hold the noise of the levels beside that of demand, and
 * only the latter says what lies above a limit: squares that were seen are divided by one and the
 * noise, those that were put in are multiplied. And what is put in has the spread that was believed
 * before, so that believing it again teaches nothing: of a stock-out only 1 - h is learned, where h
 * is the derivative of what was put in by what was believed; steps are divided by one less the mean
 * h (the missing information of Dempster, Laird and Rubin 1977, Newton's step of Louis 1982), or a
 * wrong beginning would go away as slowly as that mean allows.
 *
 * With CSTN_DEMAND_CALIBRATE a series keeps its levels at the last four ends of weeks. An outcome
 * is looked up in the distributions that these would have given it, one a horizon week, and its
 * place is added to its pool's histogram; see calibrate.c. Errors of the level of two weeks ago, in
 * units of the deviation of one step, are kept beside, and means of their products up to seven
 * periods apart, for sums over lead times: errors of one step would hardly go together where a
 * level follows as fast as it should, and yet all errors of a path have its origin's. At the
 * pace of months levels are not moved: the factor of a pool's level is of rows that came before in
 * whatever order of keys, so that what was forecast for an outcome could not be told again.
 *
 * Cost: 2 ns a row; with CSTN_DEMAND_CALIBRATE some 300 ns. */
#include <math.h>
#include <string.h>

#include "base/cpu.h"
#include "base/elementary.h"
#include "base/hash.h"
#include "demand/count.h"
#include "demand/model.h"

#define DISPERSION_USUAL .4
#define DISPERSION_COLD 1.0
#define DISPERSION_MOST 20.0
#define DISPERSION_OF_MONTHS 1.5 /* a year ahead more is unsure than one step shows */
#define ERRORS_MOST 256.0        /* the mean of errors is over so many */
#define ERRORS_OF_PRIOR 110.0
#define ERRORS_OF_LARGE 25.0
/* Where a stock-out asks: what is learned must not lean, and must not feed on itself. */
#define CENSORED_PRIOR 3.0
#define CENSORED_MOST 5.0
#define HIDDEN_MOST .8
#define HIDDEN_SPEED_MOST .5
#define STEP 1e-3
#define OUTCOMES_FROM 35u /* observations, so that all levels were kept */
#define PRODUCT_SPEED (1 / 256.0)
#define RESIDUAL_WEEKS                                                             \
	2 /* errors are those of forecasts that are so many weeks old, or one less \
	   */
#define ERROR_MOST 8.0
#define RHO_MOST .9
#define CONSTANT_ERROR 1e-12f
#define CONSTANT_FROM 4u

#define SQUARE_MOST 1e36

/* Places of floats behind the profile. */
#define SNAPSHOTS 0
#define RESIDUALS (SNAPSHOTS + CSTN__HORIZON_WEEKS)
#define PRODUCTS (RESIDUALS + CSTN__RESIDUAL_LAGS)

/* --- dispersion ------------------------------------------------------------------------------- */

/* What size and chance of sales tell. */
static double usual_dispersion(const cstn__demand_series *s, double unit)
{
	double size = (double)s->size * unit, chance = (double)s->chance, mean = size * chance;
	double dispersion;

	if (!(mean > 0))
		return DISPERSION_USUAL;
	dispersion = (2 * size - 2 - mean) / mean;
	if (!(dispersion > CSTN__DISPERSION_LEAST))
		dispersion = CSTN__DISPERSION_LEAST;
	if (dispersion > DISPERSION_MOST)
		dispersion = DISPERSION_MOST;
	return cstn__exp((1 - chance) * cstn__log(dispersion) +
			 chance * cstn__log(DISPERSION_USUAL));
}

/* Drawn to the usual one by so many errors. */
static double drawn(double own, double n, double usual, double errors_of_prior)
{
	return cstn__exp((n * cstn__log(own) + errors_of_prior * cstn__log(usual)) /
			 (n + errors_of_prior));
}

static double own_dispersion(const cstn__demand_series *s, double square)
{
	return cstn__count_dispersion(square, (double)s->mu * cstn__power_of_two(-s->exponent),
			(double)s->mu_square);
}

/* How many errors the usual dispersion counts as: few where its own ones say it well, since their
 * noise is in proportion to 1 + 1 / (dispersion mean). */
static double errors_of_prior(const cstn__demand_series *s, double usual)
{
	double mean = (double)s->size * (double)s->chance * cstn__power_of_two(s->exponent);
	double noise = mean > 0 ? 1 + 1 / (usual * mean) : (double)INFINITY;
	double errors = ERRORS_OF_LARGE * noise * noise;

	return errors < ERRORS_OF_PRIOR ? errors : ERRORS_OF_PRIOR;
}

double cstn__demand_dispersion(const cstn__demand_series *s, int is_slow)
{
	double more = is_slow ? DISPERSION_OF_MONTHS : 1, usual, n;

	if (!s || !s->seen)
		return DISPERSION_COLD;
	usual = usual_dispersion(s, cstn__power_of_two(s->exponent));
	if (!(s->mu_square > 0))
		return more * usual;
	n = (double)s->seen < ERRORS_MOST ? (double)s->seen : ERRORS_MOST;
	return more * drawn(own_dispersion(s, (double)s->error_square), n, usual,
				      errors_of_prior(s, usual));
}

double cstn__demand_deviation(const cstn__demand_series *s)
{
	return s && s->seen ? sqrt((double)s->error_square) * cstn__power_of_two(s->exponent) : 0;
}

int cstn__demand_kind(const cstn__demand_series *s)
{
	if (s && s->seen >= CONSTANT_FROM && s->error_square <= CONSTANT_ERROR * s->mu_square)
		return CSTN__KIND_CONSTANT;
	return s && s->flags & CSTN__SERIES_FRACTIONAL ? CSTN__KIND_NORMAL : CSTN__KIND_COUNT;
}

/* --- stock-outs ------------------------------------------------------------------------------- */

/* Variance of the mean of levels in parts of that of demand: the mean over all pairs of speeds of
 * a b / (a + b - a b). */
static double level_noise(int is_slow)
{
	return is_slow ? 0.06391761 : 0.02446922;
}

/* Of demand itself, without what levels add to errors. Where no more than one unit is ever seen
 * nothing tells it but what is usual. */
static double demand_dispersion(const cstn__demand_series *s, int is_slow, double limit)
{
	double usual, own, n = (double)s->seen;

	if (!s->seen)
		return DISPERSION_COLD;
	usual = usual_dispersion(s, cstn__power_of_two(s->exponent));
	if (!(s->mu_square > 0) || limit <= 1)
		return usual;
	own = own_dispersion(s, (double)s->error_square / (1 + level_noise(is_slow)));
	own = own < CENSORED_MOST * usual ? own : CENSORED_MOST * usual;
	return drawn(own, n, usual, CENSORED_PRIOR);
}

/* Mean square around a forecast, from the first two moments. */
static double around_mean(double mean, double first, double second)
{
	return second - mean * (2 * first - mean);
}

static void count_above(double mean, double dispersion, double limit, cstn__demand_above *out)
{
	double step = STEP * (dispersion + .01), second, first, more;

	cstn__count_above(mean, dispersion, limit, &out->mean, &second);
	out->around = second - out->mean * out->mean;
	cstn__count_above(mean, dispersion + step, limit, &first, &more);
	out->hidden = (around_mean(mean, first, more) - around_mean(mean, out->mean, second)) /
		      (step * mean * mean);
}

static void normal_above(double mean, double deviation, double limit, cstn__demand_above *out)
{
	double most = limit + 20 * (mean + 1), wider = deviation * (1 + STEP), second, first, more;

	cstn__normal_above(mean, deviation, limit, &out->mean, &second);
	cstn__normal_above(mean, wider, limit, &first, &more);
	out->hidden = (around_mean(mean, first, more) - around_mean(mean, out->mean, second)) /
		      (wider * wider - deviation * deviation);
	out->mean = out->mean < most ? out->mean : most;
	out->around = second - out->mean * out->mean;
}

void cstn__demand_censored(const cstn__demand_series *s, int is_slow, double mean, double limit,
		cstn__demand_above *out)
{
	if (!s->seen || mean < 0)
		mean = 0;
	if (s->flags & CSTN__SERIES_FRACTIONAL)
		normal_above(mean, cstn__demand_deviation(s) / sqrt(1 + level_noise(is_slow)),
				limit, out);
	else
		count_above(mean, demand_dispersion(s, is_slow, limit), limit, out);
	if (!(out->around > 0 && isfinite(out->around)))
		out->around = 0;
	if (!(out->hidden > 0))
		out->hidden = 0;
	out->hidden = out->hidden < CSTN__HIDDEN_MOST ? out->hidden : CSTN__HIDDEN_MOST;
}

/* In units of the series that stay finite when they are added. */
static double bounded_square(double value, double unit)
{
	double out = value * unit * unit;

	return out < SQUARE_MOST ? out : SQUARE_MOST;
}

void cstn__demand_count_error(cstn__demand_series *s, int is_slow, const cstn__demand_error *error)
{
	double noise = 1 + level_noise(is_slow), unit = cstn__power_of_two(-s->exponent);
	double square = error->miss * error->miss, hidden = 0, gain, own, base;
	int is_normal = (s->flags & CSTN__SERIES_FRACTIONAL) != 0;

	if (error->above) {
		square += bounded_square(error->above->around, unit);
		hidden = error->above->hidden;
	} else {
		square /= noise;
	}
	s->hidden = cstn__demand_float(
			(double)s->hidden + error->speed * (hidden - (double)s->hidden));
	hidden = (double)s->hidden < HIDDEN_MOST ? (double)s->hidden : HIDDEN_MOST;
	gain = error->speed / (1 - hidden);
	gain = gain < HIDDEN_SPEED_MOST ? gain : HIDDEN_SPEED_MOST;
	own = (double)s->error_square / noise;
	if (is_normal) {
		own += gain * (square - own);
		s->error_square = cstn__demand_float(own > 0 ? noise * own : 0);
		return;
	}
	base = error->mu_square_before > 0 ? (double)error->mu_square_before
					   : error->mu * error->mu;
	if (!(base > 0))
		return;
	own = error->mu_square_before > 0 ? (own - (double)error->mu_before * unit) / base : 0;
	own += gain * (square - error->mu * unit - own * error->mu * error->mu) / base;
	own = own > CSTN__DISPERSION_LEAST ? own : CSTN__DISPERSION_LEAST;
	square = noise * ((double)s->mu * unit + own * (double)s->mu_square);
	s->error_square = cstn__demand_float(square > 0 ? square : 0);
}

/* --- outcomes --------------------------------------------------------------------------------- */

int32_t cstn__demand_week(const cstn_demand_model *model)
{
	switch (model->periods.period) {
	case CSTN_PERIOD_HOUR:
		return 24;
	case CSTN_PERIOD_DAY:
		return 7;
	case CSTN_PERIOD_NUMBER:
		return model->season > 1 && model->season <= 31 ? model->season : 7;
	default:
		return 1;
	}
}

/* Ends of blocks since the last row: the level stood still over them. */
void cstn__demand_keep_levels(const cstn__demand_series *s, float *kept, int64_t periods,
		const cstn__demand_point *point, double level)
{
	int64_t ends;
	float now;
	int k;

	if (!s->seen)
		return;
	ends = cstn__period_block(point->period, periods) -
	       cstn__period_block(point->before, periods);
	now = cstn__demand_float(level * cstn__power_of_two(-s->exponent));
	for (; ends > 0 && ends <= CSTN__HORIZON_WEEKS; ends--) {
		for (k = CSTN__HORIZON_WEEKS - 1; k > 0; k--)
			kept[k] = kept[k - 1];
		kept[0] = now;
	}
	for (k = 0; ends > 0 && k < CSTN__HORIZON_WEEKS; k++)
		kept[k] = now;
}

static void add_outcomes(
		const cstn__demand_series *s, const float *beside, const cstn__demand_point *point)
{
	double dispersion = cstn__demand_dispersion(s, 0), below, at, draw;
	double unit = cstn__power_of_two(s->exponent) * point->factor;
	int k;

	draw = cstn__calibration_draw(point->hash, point->period, 0);
	for (k = 0; k < CSTN__HORIZON_WEEKS; k++) {
		double mean = (double)beside[SNAPSHOTS + k] * unit;

		if (!(mean >= 0 && mean <= CSTN__DEMAND_LARGEST))
			continue;
		cstn__count_cdf(mean, dispersion, point->y, &below, &at);
		cstn__calibration_add(
				point->outcomes + k, point->period, below + draw * (at - below));
	}
}

static void add_residual(const cstn__demand_series *s, float *beside, double miss)
{
	float *last = beside + RESIDUALS, *product = beside + PRODUCTS;
	double z;
	int k;

	if (!(s->error_square > 0))
		return;
	z = miss / sqrt((double)s->error_square);
	z = z > ERROR_MOST ? ERROR_MOST : z < -ERROR_MOST ? -ERROR_MOST : z;
	for (k = 0; k < CSTN__RESIDUAL_LAGS; k++)
		product[k] = (float)((double)product[k] +
				     PRODUCT_SPEED * (z * (double)last[k] - (double)product[k]));
	for (k = CSTN__RESIDUAL_LAGS - 1; k > 0; k--)
		last[k] = last[k - 1];
	last[0] = (float)z;
}

void cstn__demand_count_outcome(
		const cstn__demand_series *s, const float *beside, const cstn__demand_point *point)
{
	if (point->outcomes && !(point->flags & CSTN_DEMAND_STOCK_OUT) &&
			s->seen >= OUTCOMES_FROM && cstn__demand_kind(s) == CSTN__KIND_COUNT)
		add_outcomes(s, beside, point);
}

/* Errors until `seen` that residuals are of. */
static uint32_t residuals_of(const cstn_demand_model *model, uint32_t seen)
{
	uint32_t from = RESIDUAL_WEEKS * (uint32_t)cstn__demand_week(model);

	return seen > from ? seen - from : 0;
}

void cstn__demand_count_residual(const cstn_demand_model *model, const cstn__demand_series *s,
		float *beside, const cstn__demand_point *point)
{
	double said = (double)beside[SNAPSHOTS + RESIDUAL_WEEKS - 1] * point->factor;

	if (!(point->flags & CSTN_DEMAND_STOCK_OUT) && residuals_of(model, s->seen))
		add_residual(s, beside, point->y * cstn__power_of_two(-s->exponent) - said);
}

uint32_t cstn__demand_rho(const cstn_demand_model *model, const cstn__demand_series *s,
		const float *beside, double *rho)
{
	uint32_t residuals = residuals_of(model, s->seen);
	double n = (double)residuals < ERRORS_MOST ? (double)residuals : ERRORS_MOST;
	int k;

	/* products of few errors are still on their way from 0 */
	for (k = 0; k < CSTN__RESIDUAL_LAGS; k++) {
		double r = n > 0 ? (double)beside[PRODUCTS + k] * (ERRORS_MOST / n) : 0;

		rho[k] = r > RHO_MOST ? RHO_MOST : r < -RHO_MOST ? -RHO_MOST : r;
	}
	return residuals;
}

uint64_t cstn__demand_key_hash(const cstn__ids *keys, uint32_t number)
{
	if (keys->type == CSTN_TYPE_TEXT)
		return cstn__hash64(
				0, keys->texts.items[number].text, keys->texts.items[number].len);
	return cstn__mix64((uint64_t)cstn__ids_number(keys, number));
}

/* --- quantiles -------------------------------------------------------------------------------- */

void cstn__demand_pool_levels(
		const cstn__demand_pool *pool, const double *level, size_t n, double *out)
{
	size_t k;

	for (k = 0; k < CSTN__HORIZON_WEEKS; k++) {
		if (pool && pool->outcomes)
			cstn__calibration_levels(pool->outcomes + k, level, n, out + k * n);
		else
			memcpy(out + k * n, level, n * sizeof(*out));
	}
}

static void normal_quantiles(const cstn__demand_levels *levels, const double *mean, size_t n,
		double deviation, double *out)
{
	size_t h, k;

	for (k = 0; k < levels->n; k++) {
		double more = deviation > 0 ? deviation * cstn__normal_quantile(levels->level[k])
					    : 0;

		for (h = 0; h < n; h++) {
			double q = mean[h] + more;

			/* what is not negative in the mean never is */
			if (mean[h] >= 0 && q < 0)
				q = 0;
			out[h * levels->n + k] =
					q < CSTN__DEMAND_LARGEST ? q : CSTN__DEMAND_LARGEST;
		}
	}
}

/* No count has a negative mean. */
static int kind_of_path(const cstn__demand_series *series, const double *mean, size_t n)
{
	int kind = cstn__demand_kind(series);
	size_t h;

	for (h = 0; h < n && kind == CSTN__KIND_COUNT; h++)
		if (!(mean[h] >= 0))
			kind = CSTN__KIND_NORMAL;
	return kind;
}

void cstn__demand_quantiles(const cstn_demand_model *model, const cstn__demand_series *series,
		const cstn__demand_levels *levels, const double *mean, size_t n, double *out)
{
	size_t week = (size_t)cstn__demand_week(model), h, k, i, step = n;
	int kind = kind_of_path(series, mean, n);
	cstn__count_path path = {levels->simd, (size_t)model->season, mean, n, 0, levels->level,
			levels->n, levels->scratch};

	if (kind != CSTN__KIND_COUNT) {
		normal_quantiles(levels, mean, n,
				kind == CSTN__KIND_CONSTANT ? 0 : cstn__demand_deviation(series),
				out);
		return;
	}
	path.dispersion = cstn__demand_dispersion(series, cstn__demand_is_slow(model));
	if (levels->asked)
		step = week;
	for (h = 0, i = 0; h < n; h += step, i += i + 1 < CSTN__HORIZON_WEEKS) {
		path.mean = mean + h;
		path.n = n - h < step ? n - h : step;
		if (levels->asked)
			path.level = levels->asked + i * levels->n;
		cstn__count_path_quantiles(&path, out + h * levels->n);
	}
	for (k = 0; k < n * levels->n; k++)
		if (!(out[k] <= CSTN__DEMAND_LARGEST))
			out[k] = CSTN__DEMAND_LARGEST;
}

/* (u - P(Y < q)) / P(Y = q): of a constant the level itself, and 1 where no value has a probability
 * of its own but 0, below which nothing is forecast. */
static double within_normal(double mean, double deviation, double u, double q)
{
	double at;

	if (!(deviation > 0))
		return u;
	if (q != 0 || mean < 0)
		return 1;
	at = cstn__normal_cdf(-mean / deviation);
	return at > u ? u / at : 1;
}

static double within_count(double mean, double dispersion, double u, double q)
{
	double below, at, share;

	cstn__count_cdf(mean, dispersion, q, &below, &at);
	share = at > below ? (u - below) / (at - below) : 1;
	return share < 0 ? 0 : share > 1 ? 1 : share;
}

void cstn__demand_within(const cstn_demand_model *model, const cstn__demand_series *series,
		const cstn__demand_levels *levels, const double *mean, size_t n,
		const double *quantile, double *out)
{
	size_t week = (size_t)cstn__demand_week(model), h, k;
	int kind = kind_of_path(series, mean, n);
	double spread = kind == CSTN__KIND_COUNT    ? cstn__demand_dispersion(series,
								      cstn__demand_is_slow(model))
			: kind == CSTN__KIND_NORMAL ? cstn__demand_deviation(series)
						    : 0;

	for (h = 0; h < n; h++) {
		size_t i = h / week < CSTN__HORIZON_WEEKS ? h / week : CSTN__HORIZON_WEEKS - 1;
		const double *asked = levels->asked && kind == CSTN__KIND_COUNT
						      ? levels->asked + i * levels->n
						      : levels->level;

		for (k = 0; k < levels->n; k++) {
			double q = quantile[h * levels->n + k];

			out[h * levels->n + k] =
					kind == CSTN__KIND_COUNT
							? within_count(mean[h], spread, asked[k], q)
							: within_normal(mean[h], spread, asked[k],
									  q);
		}
	}
}
