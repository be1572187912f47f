/* The local filter: one series, one period at a time.
 *
 * An observation, freed of the factor of its pool, moves three levels at three speeds (Brown 1959);
 * the own profile of the season fades by half in 182 periods; size and chance of a sale are
 * smoothed apart (Teunter, Syntetos and Babai 2011). A forecast is the mean level times the
 * profile, drawn to the pool's by 50 units, times factors of events. Months are few: levels are
 * faster and begin as means, and the profile is drawn by 500 units. Errors are counted with the
 * state before the observation, so that they are those of forecasts.
 *
 * Only + - * / and comparisons touch a state. Floats are in units of a power of two near the first
 * value, and end at 1e37: squares of anything stay finite. O(season) a period, about 20 ns at 7. */
#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "demand/model.h"

/* of days, and of months */
static const double speeds[2][CSTN__SPEEDS] = {{.02, .05, .1}, {.07, .12, .2}};
static const double profile_prior[2] = {50, 500};

#define PROFILE_FADE 0.9961987f /* 2^(-1/182) */
#define SALE_SPEED .1
#define ERROR_SPEED .02
#define SPREAD_SPEED (1 / 256.0) /* of what dispersion is made of */
#define HIDDEN_SPEED (1 / 512.0) /* with stock-outs, which tell less */
#define LOSS_FADE .98
#define FACTOR_LEAST .2
#define WEIGHT_ETA 5.0
#define SLOW_CHANCE .3 /* less than that is intermittent */
#define ESTIMATED_WEIGHT .5

/* Page and Hinkley: errors in units of the normal deviation that has their mean absolute value. */
#define DRIFT_DELTA .1
#define DRIFT_THRESHOLD 8.0
#define DRIFT_MOST 4.0 /* one error counts no more */
#define DRIFT_SEEN 28u
#define DRIFT_PERIODS 14
#define DEVIATION_OF_ABSOLUTE 1.2533141373155003

#define SCALED_MOST 1e18
#define EXPONENT_MOST 1000

/* --- units ------------------------------------------------------------------------------------ */

/* The exponent of a finite value that is not 0, within what there are units for. */
static int16_t exponent_of(double value)
{
	uint64_t bits;
	int exponent;

	memcpy(&bits, &value, sizeof(bits));
	exponent = (int)(bits >> 52 & 0x7ff) - 1023;
	return (int16_t)(exponent > EXPONENT_MOST    ? EXPONENT_MOST
			 : exponent < -EXPONENT_MOST ? -EXPONENT_MOST
						     : exponent);
}

/* In units of the series, with squares that are finite. */
static double scaled(double value, double unit)
{
	double out = value * unit;

	return out > SCALED_MOST ? SCALED_MOST : out < -SCALED_MOST ? -SCALED_MOST : out;
}

/* --- learning --------------------------------------------------------------------------------- */

static double mean_level(const cstn__demand_series *s)
{
	return (s->level[0] + s->level[1] + s->level[2]) / CSTN__SPEEDS;
}

static void move(float *mean, double value, double speed)
{
	*mean = cstn__demand_float((double)*mean + speed * (value - (double)*mean));
}

/* The alarm of errors that lean one way: `error` in units of the series. */
static void watch(cstn__demand_series *s, int32_t season, double error)
{
	double z, up, down;

	s->rest = (uint16_t)(s->rest - (s->rest > 0));
	if (s->seen < DRIFT_SEEN || !(s->absolute > 0))
		return;
	z = error / (DEVIATION_OF_ABSOLUTE * (double)s->absolute);
	z = z > DRIFT_MOST ? DRIFT_MOST : z < -DRIFT_MOST ? -DRIFT_MOST : z;
	up = (double)s->drift_up + z - DRIFT_DELTA;
	down = (double)s->drift_down - z - DRIFT_DELTA;
	s->drift_up = (float)(up > 0 ? up : 0);
	s->drift_down = (float)(down > 0 ? down : 0);
	if (s->rest || (up <= DRIFT_THRESHOLD && down <= DRIFT_THRESHOLD))
		return;
	s->hasty = DRIFT_PERIODS;
	s->rest = (uint16_t)(season > DRIFT_PERIODS ? season : DRIFT_PERIODS);
	s->drift_up = s->drift_down = 0;
}

/* Means begin as means of all: `each` is one of so many. */
static double at_least(double each, double least)
{
	return each > least ? each : least;
}

/* What the forecast before this observation missed; `above`: of a stock-out. */
static void count_errors(const cstn_demand_model *model, cstn__demand_series *s, double y,
		const cstn__demand_above *above, double x, double factor, double unit)
{
	double each = 1 / (double)s->seen;
	double speed = at_least(each, ERROR_SPEED), slow = at_least(each, SPREAD_SPEED);
	double level = mean_level(s), mu = scaled(level * factor, unit);
	double e = scaled(x - level, unit), miss = scaled(y, unit) - mu;
	cstn__demand_error error = {
			mu, miss, at_least(each, HIDDEN_SPEED), s->mu, s->mu_square, above};
	int k;

	if (model->config.flags & CSTN_DEMAND_DRIFT)
		watch(s, model->season, e);
	move(&s->absolute, e < 0 ? -e : e, speed);
	move(&s->mu, mu, slow);
	move(&s->mu_square, mu * mu, slow);
	if (s->flags & CSTN__SERIES_STOCK_OUTS)
		cstn__demand_count_error(s, cstn__demand_is_slow(model), &error);
	else
		move(&s->error_square, miss * miss, slow);
	for (k = 0; k < CSTN__SPEEDS; k++) {
		double own = scaled(x - s->level[k], unit);

		s->loss[k] = cstn__demand_float(LOSS_FADE * (double)s->loss[k] + own * own);
	}
}

/* Of months there are so few that levels begin as means. */
static void move_levels(cstn__demand_series *s, int is_slow, double x, double weight)
{
	double least = is_slow ? 1 / ((double)s->seen + 1) : 0;
	int k;

	if (s->hasty) {
		s->hasty--;
		weight *= 2;
	}
	for (k = 0; k < CSTN__SPEEDS; k++) {
		double speed = speeds[is_slow][k];

		s->level[k] += (speed > least ? speed : least) * weight * (x - s->level[k]);
	}
}

/* What had been forecast for the period, and what became of it. */
static void count_level(
		const cstn__demand_series *s, const float *kept, const cstn__demand_point *point)
{
	double said = (double)kept[CSTN__LEVEL_BLOCKS - 1] * cstn__power_of_two(s->exponent);

	if (!point->level || s->seen < CSTN__LEVEL_PERIODS ||
			point->flags & (CSTN_DEMAND_STOCK_OUT | CSTN_DEMAND_ESTIMATED))
		return;
	said *= point->factor;
	if (fabs(said) <= CSTN__DEMAND_LARGEST)
		cstn__level_add(point->level, point->period, said, point->y);
}

static void count_sale(cstn__demand_series *s, double y, double unit, double weight)
{
	int sold = y > 0;

	if (s->seen == 0)
		s->chance = (float)sold;
	else
		move(&s->chance, sold, SALE_SPEED * weight);
	if (!sold) {
		s->run = (uint16_t)(s->run + (s->run < UINT16_MAX));
		return;
	}
	s->run = 0;
	if (s->size > 0)
		move(&s->size, scaled(y, unit), SALE_SPEED * weight);
	else
		s->size = cstn__demand_float(scaled(y, unit));
}

static void learn_profile(float *profile, int32_t season, int32_t at, double amount)
{
	int32_t j;

	for (j = 0; j < season; j++)
		profile[j] *= PROFILE_FADE;
	profile[at] = cstn__demand_float((double)profile[at] + amount);
}

static int learn(const cstn_demand_model *model, cstn__demand_series *s, float *profile,
		const cstn__demand_point *point, double *cold)
{
	double weight = point->flags & CSTN_DEMAND_ESTIMATED ? ESTIMATED_WEIGHT : 1;
	double y = point->y, x, unit;
	cstn__demand_above above;
	float *beside = profile + model->season;
	float *kept = profile + cstn__demand_level_place(model);
	int has_beside = (model->config.flags & CSTN_DEMAND_CALIBRATE) != 0;
	int is_slow = cstn__demand_is_slow(model);

	if (has_beside)
		cstn__demand_keep_levels(s, beside, cstn__demand_week(model), point, mean_level(s));
	if (is_slow)
		cstn__demand_keep_levels(s, kept, CSTN__LEVEL_PERIODS / CSTN__LEVEL_BLOCKS, point,
				cstn__demand_level(model, s));
	s->last = point->period;
	if (point->flags & (CSTN_DEMAND_CLOSED | CSTN_DEMAND_EXCEPTIONAL))
		return 0;
	s->flags &= (uint8_t)~CSTN__SERIES_CENSORED;
	if (point->flags & CSTN_DEMAND_STOCK_OUT) {
		s->flags |= CSTN__SERIES_CENSORED | CSTN__SERIES_STOCK_OUTS;
		cstn__demand_censored(
				s, is_slow, mean_level(s) * point->factor, point->limit, &above);
		y = above.mean;
	} else if (!(y >= 0 && y == floor(y))) {
		s->flags |= CSTN__SERIES_FRACTIONAL;
	}
	if (!(s->flags & CSTN__SERIES_HAS_UNIT) && y != 0) {
		s->flags |= CSTN__SERIES_HAS_UNIT;
		s->exponent = exponent_of(y);
	}
	unit = cstn__power_of_two(-s->exponent);
	x = y / point->factor;
	if (s->seen == 0) {
		s->level[0] = s->level[1] = s->level[2] = x;
	} else {
		if (has_beside && !is_slow)
			cstn__demand_count_outcome(s, beside, point);
		count_errors(model, s, y, point->flags & CSTN_DEMAND_STOCK_OUT ? &above : NULL, x,
				point->factor, unit);
		if (has_beside)
			cstn__demand_count_residual(model, s, beside, point);
		if (is_slow)
			count_level(s, kept, point);
		move_levels(s, is_slow, x, weight);
	}
	count_sale(s, y, unit, weight);
	learn_profile(profile, model->season, cstn__season_position(point->period, model->season),
			scaled(y, unit) * weight);
	s->seen += s->seen < UINT32_MAX;
	if (s->seen != CSTN__COLD_PERIODS)
		return 0;
	*cold = mean_level(s);
	return 1;
}

int cstn__demand_learn(const cstn_demand_model *model, cstn__demand_series *series, float *profile,
		const cstn__demand_point *point, uint32_t fill, double *cold)
{
	cstn__demand_point now = *point, none = {0};
	int is_old = 0;

	none.factor = 1;
	none.hash = point->hash;
	none.outcomes = point->outcomes;
	none.level = point->level;
	none.before = point->before;
	for (; fill; fill--) {
		none.period = point->period - (int64_t)fill;
		is_old |= learn(model, series, profile, &none, cold);
		none.before = now.before = none.period;
	}
	return is_old | learn(model, series, profile, &now, cold);
}

/* --- forecasts -------------------------------------------------------------------------------- */

/* Levels by their losses: exp(-eta L / least L). */
static double weighted_level(const cstn__demand_series *s)
{
	double least = (double)s->loss[0], sum = 0, weights = 0;
	int k;

	for (k = 1; k < CSTN__SPEEDS; k++)
		least = (double)s->loss[k] < least ? (double)s->loss[k] : least;
	for (k = 0; k < CSTN__SPEEDS; k++) {
		double loss = (double)s->loss[k], weight;

		if (least > 0)
			weight = cstn__exp(-WEIGHT_ETA * (loss / least - 1));
		else
			weight = loss > 0 ? 0 : 1;
		sum += weight * s->level[k];
		weights += weight;
	}
	return sum / weights;
}

double cstn__demand_level(const cstn_demand_model *model, const cstn__demand_series *series)
{
	if (model->config.flags & CSTN_DEMAND_INTERMITTENT && (double)series->chance < SLOW_CHANCE)
		return (double)series->chance * (double)series->size *
		       cstn__power_of_two(series->exponent);
	return model->config.flags & CSTN_DEMAND_LEVEL_WEIGHTS ? weighted_level(series)
							       : mean_level(series);
}

void cstn__demand_season(const cstn_demand_model *model, const cstn__demand_series *series,
		const float *profile, const double *factors, double *out)
{
	int32_t m = model->season, j;
	double prior = profile_prior[cstn__demand_is_slow(model)] / m, unit, sum = 0, mean;

	/* of one that was always the same nothing but the pool's season is known */
	if (!series || !(series->absolute > 0)) {
		for (j = 0; j < m; j++)
			out[j] = factors ? factors[j] : 1;
		return;
	}
	unit = cstn__power_of_two(series->exponent);
	for (j = 0; j < m; j++) {
		double own = (double)profile[j] * unit;

		/* the denominator of the shrunk profile goes when its mean is made 1 */
		out[j] = (own > 0 ? own : 0) + prior * (factors ? factors[j] : 1);
		sum += out[j];
	}
	mean = sum / m;
	for (j = 0; j < m && mean > 0; j++)
		out[j] /= mean;
	for (; j < m; j++)
		out[j] = 1;
}

static int32_t flags_of(const cstn__demand_series *s)
{
	int32_t flags = 0;

	if (!s || !s->seen)
		return CSTN_DEMAND_FORECAST_COLD;
	if (s->flags & CSTN__SERIES_CENSORED)
		flags |= CSTN_DEMAND_FORECAST_CENSORED;
	if (s->rest)
		flags |= CSTN_DEMAND_FORECAST_DRIFT;
	return flags;
}

void cstn__demand_path_product(const cstn_demand_model *model, const cstn__demand_path *path,
		cstn__demand_product *product)
{
	const double *factors =
			path->pool ? cstn__pool_factors(model, path->pool, INT64_MAX) : NULL;
	const cstn__demand_series *s = path->series && path->series->seen ? path->series : NULL;

	cstn__demand_season(model, s, path->profile, factors, product->season);
	product->events = factors ? factors + model->season : NULL;
	product->level = 0;
	if (s)
		product->level = cstn__demand_level(model, s);
	else if (path->pool)
		product->level = cstn__pool_cold_level(path->pool);
	if (s && path->pool && path->pool->level)
		product->level *= path->pool->level->factor;
}

/* The first `season` of n values over and over. */
static void repeat(void *values, size_t size, size_t season, size_t n)
{
	size_t done, more;

	for (done = season; done < n; done += more) {
		more = done < n - done ? done : n - done;
		memcpy((char *)values + done * size, values, more * size);
	}
}

void cstn__demand_path_mean(const cstn_demand_model *model, const cstn__demand_path *path,
		double *mean, int32_t *flags)
{
	int32_t m = model->season, all = flags_of(path->series), e;
	int32_t at = cstn__season_position(path->first, m);
	cstn__demand_product product;
	size_t h, n = path->horizon;
	int has_events;

	cstn__demand_path_product(model, path, &product);
	has_events = product.events && path->events && model->config.n_events;
	if (!has_events && n > (size_t)m)
		n = (size_t)m;
	for (h = 0; h < n; h++) {
		double f = product.level * product.season[at];

		for (e = 0; has_events && e < model->config.n_events; e++)
			if (path->events[h] >> e & 1)
				f *= product.events[e];
		flags[h] = all;
		if (!(fabs(f) <= CSTN__DEMAND_LARGEST)) {
			f = f > 0 ? CSTN__DEMAND_LARGEST : -CSTN__DEMAND_LARGEST;
			flags[h] |= CSTN_DEMAND_FORECAST_FALLBACK;
		}
		mean[h] = f;
		at = at + 1 < m ? at + 1 : 0;
	}
	repeat(mean, sizeof(*mean), n, path->horizon);
	repeat(flags, sizeof(*flags), n, path->horizon);
}
