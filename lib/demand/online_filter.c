/* Recursive least squares of one series, in factors.
 *
 * z = log(1 + y) = x'b + e, where x_0 = 1 and b_0, the level, walks by itself. P = U D U' is the
 * variance of b in variances of e. A row costs f = U'x, then one sweep over the columns of U
 * (Bierman 1977): every new D is a product and quotient of positive numbers, so that P is positive
 * whatever is rounded. Forgetting divides D by lambda, and not beyond what was unknown at the
 * beginning; noise of the level is added to D_0, since the first column of U is (1, 0, ..).
 *
 * The first row of U holds more: with m = (row 0 of the inverse of U), m_j is the mean of column j
 * over the level's own memory. Rows move it as (1 - K) m + K x with the gain K of the level, and
 * neither forgetting nor noise does. That mean stands in for a value that is not known, and costs
 * no memory. A row with such a value moves the level alone, the other effects being considered as
 * unsure as they are (Schmidt 1966): U_0 -= K f, D_0 = (1 - K)^2 D_0 + K^2.
 *
 * States are floats, steps are made in doubles, with + - * / alone but for the logarithm. O(columns
 * squared). */
#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "demand/model.h"
#include "demand/online.h"

#define ERRORS 60
#define ERRORS_OF_POOL 10 /* errors that those of a pool are worth */
#define VARIANCE_MOST .1
#define VALUE_MOST 1e30
#define FACTOR_MOST 1e15
#define D_LEAST 1e-30
#define TRACE_TIMES 4
#define CONSTANT_IN_POOL 28 /* rows that are the same, until a pool is not believed any more */

static size_t factor_at(size_t columns, size_t column)
{
	return 2 * columns + (column ? column * (column - 1) / 2 : 0);
}

static double within(double value, double most)
{
	return value > most ? most : value < -most ? -most : value;
}

/* --- beginning -------------------------------------------------------------------------------- */

void cstn__online_begin(const cstn__online_plan *plan, const cstn__online_prior *prior,
		cstn__online_series *series)
{
	size_t n = plan->of.columns, j;

	memset(series, 0, cstn__online_series_size(n));
	series->seen = CSTN__ONLINE_IS_THERE;
	series->values[n] = CSTN__ONLINE_LEVEL_UNKNOWN;
	for (j = 1; j < n; j++)
		series->values[n + j] = (float)(1 / plan->of.precision);
	if (!prior)
		return;
	series->seen |= CSTN__ONLINE_POOLED;
	series->s2 = prior->s2;
	for (j = 0; j < n; j++) {
		const float *known = prior->values + j * CSTN__PRIOR_WIDTH;

		series->values[j] = known[CSTN__PRIOR_EFFECT];
		if (!j)
			continue;
		series->values[n + j] = known[CSTN__PRIOR_VARIANCE];
		series->values[factor_at(n, j)] = -known[CSTN__PRIOR_MEAN];
	}
}

/* The most that D of a column becomes by forgetting. */
static double variance_most(
		const cstn__online_plan *plan, const cstn__online_prior *prior, size_t column)
{
	double plain = 1 / plan->of.precision, known;

	if (!column)
		return (double)CSTN__ONLINE_LEVEL_UNKNOWN;
	known = prior ? (double)prior->values[column * CSTN__PRIOR_WIDTH + CSTN__PRIOR_VARIANCE]
		      : 0;
	return known > plain ? known : plain;
}

/* --- columns ---------------------------------------------------------------------------------- */

void cstn__online_means(const cstn__online_series *series, size_t columns, double *out)
{
	size_t i, j;

	out[0] = 1;
	for (j = 1; j < columns; j++) {
		const float *u = series->values + factor_at(columns, j);
		double sum = 0;

		for (i = 0; i < j; i++)
			sum -= out[i] * (double)u[i];
		out[j] = sum;
	}
}

int cstn__online_is_closed(const cstn__online_plan *plan, const double *signals, size_t stride)
{
	size_t i;

	for (i = 0; signals && i < plan->of.n_signals; i++) {
		double x = signals[i * stride];

		if (plan->of.signals[i] & CSTN_REGRESS_CLOSED && x != 0 && !isnan(x)) /* NOLINT */
			return 1;
	}
	return 0;
}

int cstn__online_columns(const cstn__online_plan *plan, const cstn__online_series *series,
		const cstn__online_prior *prior, int64_t period, const double *signals,
		size_t stride, double *x)
{
	double means[CSTN__ONLINE_COLUMNS_MOST];
	size_t n = plan->of.columns, at = cstn__regress_first_signal(&plan->of), ones[3], i;
	int missing = 0;

	memset(x, 0, n * sizeof(*x));
	x[0] = 1;
	for (i = cstn__regress_calendar(&plan->of, period, ones); i-- > 0;)
		x[ones[i]] = 1;
	for (i = 0; i < plan->of.n_signals; i++) {
		double value = signals ? signals[i * stride] : (double)NAN;

		if (plan->of.signals[i] & CSTN_REGRESS_CLOSED)
			continue;
		if (isnan(value)) {
			if (!missing && series)
				cstn__online_means(series, n, means);
			missing = 1;
			value = series  ? means[at]
				: prior ? (double)prior->values[at * CSTN__PRIOR_WIDTH +
								CSTN__PRIOR_MEAN]
					: 0;
		}
		x[at++] = value;
	}
	return missing;
}

static double effect_of(const float *effects, const double *x, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += (double)effects[i] * x[i];
	return sum;
}

/* --- a row ------------------------------------------------------------------------------------ */

/* f = U'x. Most of x is 0. */
static void project(const float *values, size_t n, const double *x, double *f)
{
	size_t ones[CSTN__ONLINE_COLUMNS_MOST], used = 0, i, j;

	for (j = 0; j < n; j++) {
		const float *u = values + factor_at(n, j);

		f[j] = x[j];
		for (i = 0; i < used; i++)
			f[j] += (double)u[ones[i]] * x[ones[i]];
		if (x[j] != 0) /* NOLINT: exactly nothing */
			ones[used++] = j;
	}
}

/* Column j of U turns by p, the gains of those before it grow. */
static void sweep(float *u, double *gain, size_t j, double v, double p)
{
	size_t i;

	for (i = 0; i < j; i++) {
		double old = (double)u[i], turned = old + gain[i] * p;

		turned = turned < FACTOR_MOST ? turned : FACTOR_MOST;
		u[i] = (float)(turned > -FACTOR_MOST ? turned : -FACTOR_MOST);
		gain[i] += old * v;
	}
}

/* All effects learn from the error. Returns the share of it that was left after. */
static double learn_all(const cstn__online_plan *plan, const cstn__online_prior *prior,
		float *values, const double *f, double error)
{
	size_t n = plan->of.columns, j;
	double gain[CSTN__ONLINE_COLUMNS_MOST];
	double alpha = plan->forgetting;

	for (j = 0; j < n; j++) {
		double d = (double)values[n + j], v = d * f[j], next = alpha + v * f[j];
		double most = variance_most(plan, prior, j);

		if (f[j] != 0) /* NOLINT: exactly nothing to learn */
			sweep(values + factor_at(n, j), gain, j, v, -f[j] / alpha);
		gain[j] = v;
		d = d * (alpha / next) / plan->forgetting;
		d = d < most ? d : most;
		values[n + j] = (float)(d > D_LEAST ? d : D_LEAST);
		alpha = next;
	}
	for (j = 0; j < n; j++)
		values[j] = (float)within(
				(double)values[j] + gain[j] * (error / alpha), VALUE_MOST);
	return plan->forgetting / alpha;
}

/* The level alone does, and nothing is forgotten. */
static double learn_level(float *values, size_t n, const double *f, double error)
{
	double d = (double)values[n], alpha = 1 + d, gain = d; /* f_0 is 1 */
	size_t j;

	for (j = 1; j < n; j++) {
		double v = (double)values[n + j] * f[j];

		alpha += v * f[j];
		gain += (double)values[factor_at(n, j)] * v;
	}
	gain /= alpha;
	for (j = 1; j < n; j++) {
		float *u = values + factor_at(n, j);

		*u = (float)within((double)*u - gain * f[j], FACTOR_MOST);
	}
	values[n] = (float)((1 - gain) * (1 - gain) * d + gain * gain);
	values[0] = (float)within((double)values[0] + gain * error, VALUE_MOST);
	return 1 / alpha;
}

/* The trace of P without the level stays near that of the beginning: factors of columns that hardly
 * differ may else grow while nothing is learned of what parts them. */
static void cap_trace(const cstn__online_plan *plan, const cstn__online_prior *prior, float *values)
{
	size_t n = plan->of.columns, i, j;
	double trace = 0, most = 0;

	for (j = 1; j < n; j++) {
		const float *u = values + factor_at(n, j);
		double square = 1;

		for (i = 1; i < j; i++)
			square += (double)u[i] * (double)u[i];
		trace += square * (double)values[n + j];
		most += TRACE_TIMES * variance_most(plan, prior, j);
	}
	for (j = 1; j < n && trace > most; j++) {
		double d = (double)values[n + j] * (most / trace);

		values[n + j] = (float)(d > D_LEAST ? d : D_LEAST);
	}
}

void cstn__online_variances(const cstn__online_series *series, size_t columns, double *out)
{
	const float *values = series->values;
	size_t i, j;

	for (j = 0; j < columns; j++) {
		const float *u = values + factor_at(columns, j);
		double d = (double)values[columns + j];

		out[j] = d;
		for (i = 0; i < j; i++)
			out[i] += (double)u[i] * (double)u[i] * d;
	}
}

/* --- values ----------------------------------------------------------------------------------- */

/* A value in units of the series; the first that is not 0 makes them. */
static double in_units(const cstn__online_plan *plan, cstn__online_series *series, double y)
{
	int exponent;

	if (!plan->is_linear)
		return y;
	if (series->largest == 0 && y != 0) { /* NOLINT: exactly 0 */
		(void)frexp(y, &exponent);
		series->exponent = (int16_t)(exponent < -1000 ? -1000 : exponent);
	}
	return within(y * cstn__power_of_two(-series->exponent), VALUE_MOST);
}

/* Notes a value that is learned from; never 0. */
static void note(cstn__online_series *series, double value)
{
	float is = (float)within(value, VALUE_MOST);
	uint32_t seen = series->seen & CSTN__ONLINE_SEEN_MOST;

	if (seen && is != series->largest)
		series->seen |= CSTN__ONLINE_CHANGED;
	if (fabsf(is) > fabsf(series->largest))
		series->largest = is;
	if (seen < CSTN__ONLINE_SEEN_MOST)
		series->seen++;
}

static void note_error(cstn__online_series *series, double square)
{
	double seen = (double)(series->seen & CSTN__ONLINE_SEEN_MOST);
	double of = seen - 1 + (series->seen & CSTN__ONLINE_POOLED ? ERRORS_OF_POOL : 0);

	/* the first row only says where the level is */
	if (seen < 2)
		return;
	of = of < ERRORS ? of : ERRORS;
	series->s2 = (float)within(
			(double)series->s2 + (square - (double)series->s2) / of, VALUE_MOST);
}

void cstn__online_learn(const cstn__online_plan *plan, const cstn__online_prior *prior,
		cstn__online_series *series, int64_t period, double y, const double *signals,
		size_t stride)
{
	double x[CSTN__ONLINE_COLUMNS_MOST], f[CSTN__ONLINE_COLUMNS_MOST], value, error, left;
	size_t n = plan->of.columns;
	float *values = series->values;
	int missing;

	if (!(series->seen & CSTN__ONLINE_IS_THERE))
		cstn__online_begin(plan, prior, series);
	else
		values[n] = (float)within(
				(double)values[n] + plan->noise * (double)(period - series->last),
				(double)CSTN__ONLINE_LEVEL_UNKNOWN);
	series->last = (int32_t)period;
	if (y == 0 || cstn__online_is_closed(plan, signals, stride)) /* NOLINT: exactly no sale */
		return;
	value = in_units(plan, series, y);
	note(series, value);
	missing = cstn__online_columns(plan, series, prior, period, signals, stride, x);
	error = (plan->is_linear ? value : cstn__log1p(value)) - effect_of(values, x, n);
	project(values, n, x, f);
	left = missing ? learn_level(values, n, f, error)
		       : learn_all(plan, prior, values, f, error);
	note_error(series, error * error * left);
	if ((period & 15) == 0)
		cap_trace(plan, prior, values);
}

/* --- forecasts -------------------------------------------------------------------------------- */

/* The value of a series that never changed, if it may be believed. */
static int is_constant(const cstn__online_series *series)
{
	uint32_t seen = series->seen & CSTN__ONLINE_SEEN_MOST;

	return seen >= (series->seen & CSTN__ONLINE_POOLED ? CONSTANT_IN_POOL : 2) &&
	       !(series->seen & CSTN__ONLINE_CHANGED) && fabs((double)series->largest) < VALUE_MOST;
}

static double put_back(const cstn__online_plan *plan, double z, double s2)
{
	if (plan->is_linear)
		return z;
	z += (s2 < VARIANCE_MOST ? s2 : VARIANCE_MOST) / 4;
	return z > 0 ? cstn__expm1(z < 700 ? z : 700) : 0;
}

static double cold_ahead(const cstn__online_plan *plan, const cstn__online_prior *prior,
		const double *x, int32_t *flags)
{
	double z = 0;
	size_t j;

	*flags |= CSTN_SIGNAL_MODEL_COLD;
	if (!prior || plan->is_linear) {
		*flags |= CSTN_SIGNAL_MODEL_FALLBACK;
		return 0;
	}
	for (j = 0; j < plan->of.columns; j++)
		z += (double)prior->values[j * CSTN__PRIOR_WIDTH + CSTN__PRIOR_EFFECT] * x[j];
	return within(put_back(plan, z, (double)prior->s2), CSTN__ONLINE_LARGEST);
}

static double series_ahead(const cstn__online_plan *plan, const cstn__online_series *series,
		const double *x, int32_t *flags)
{
	double largest = (double)series->largest, most = 10 * fabs(largest), mean;
	double unit = plan->is_linear ? cstn__power_of_two(series->exponent) : 1;

	if (is_constant(series) || !(most > 0)) {
		*flags |= CSTN_SIGNAL_MODEL_FALLBACK;
		return largest * unit;
	}
	mean = put_back(plan, effect_of(series->values, x, plan->of.columns), (double)series->s2);
	if (fabs(mean) > most && most < VALUE_MOST) {
		*flags |= CSTN_SIGNAL_MODEL_FALLBACK;
		mean = within(mean, most);
	}
	mean *= unit;
	if (fabs(mean) <= CSTN__ONLINE_LARGEST)
		return mean;
	*flags |= CSTN_SIGNAL_MODEL_FALLBACK;
	return within(mean, CSTN__ONLINE_LARGEST);
}

double cstn__online_ahead(const cstn__online_plan *plan, const cstn__online_series *series,
		const cstn__online_prior *prior, int64_t period, const double *signals,
		size_t stride, int32_t *flags)
{
	double x[CSTN__ONLINE_COLUMNS_MOST];

	*flags = 0;
	if (cstn__online_columns(plan, series, prior, period, signals, stride, x))
		*flags |= CSTN_SIGNAL_MODEL_MISSING_SIGNAL;
	if (plan->of.n_signals && signals)
		*flags |= CSTN_SIGNAL_MODEL_ASSUMED_KNOWN;
	if (cstn__online_is_closed(plan, signals, stride)) {
		if (!series)
			*flags |= CSTN_SIGNAL_MODEL_COLD;
		return 0;
	}
	return series ? series_ahead(plan, series, x, flags) : cold_ahead(plan, prior, x, flags);
}
