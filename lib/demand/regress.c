/* Regression of one series on what is known of its periods.
 *
 * z = log(1 + y), or y itself where it goes below 0, without its centred mean of 13 seasons, is
 * regressed on columns that are mostly 0: a position of the season, days of the month, signals of
 * the period and of the next. So a row of the normal equations costs the square of what is in it,
 * and they are solved once. What the columns leave is smoothed into a level. All periods lie in one
 * scratch: z, whether a period counts, sums for the trend, the columns' means and the square
 * matrix. O(n) and columns^3 / 6. */
#include "demand/regress.h"

#include <math.h>
#include <string.h>

#include <constellation/demand_regress.h>

#include "base/cholesky.h"
#include "base/civil.h"
#include "base/elementary.h"

#define TREND_SEASONS 13
#define AGE .999
#define LEVEL .08
#define LEVEL_PERIODS 200
#define ERRORS 60
#define VARIANCE_MOST .1
#define LISTED (2 * CSTN_REGRESS_SIGNALS_MOST + 3)

size_t cstn__regress_first_signal(const cstn__regress_plan *plan)
{
	return 1 + (plan->has_season ? plan->season : 0) + (plan->has_month ? 2 : 0);
}

size_t cstn__regress_columns(const cstn__regress_plan *plan)
{
	size_t at = cstn__regress_first_signal(plan), i;

	for (i = 0; i < plan->n_signals; i++)
		at += plan->signals[i] & CSTN_REGRESS_CLOSED ? 0
		      : plan->signals[i] & CSTN_REGRESS_NEXT ? 2
							     : 1;
	return at;
}

/* A series in work. */
typedef struct work {
	const cstn__regress_plan *plan;
	const cstn__regress_series *series;
	size_t from; /* the first period that is learned from */
	int is_log;
	double scale;        /* of z where it is no logarithm */
	double *z;           /* of a period; NaN: it does not count */
	double *sum, *count; /* of z that count, before a period */
	double *means;       /* of signals, where they are known */
	double *gram, *effects;
	cstn__regress_parts parts;
} work;

/* --- columns ---------------------------------------------------------------------------------- */

typedef struct list {
	size_t n, column[LISTED];
	double value[LISTED];
	int missing;
} list;

static void put(list *to, size_t column, double value)
{
	if (value == 0) /* NOLINT: exactly nothing */
		return;
	to->column[to->n] = column;
	to->value[to->n++] = value;
}

static double signal_at(const work *w, size_t signal, size_t t, list *to)
{
	const cstn__regress_series *s = w->series;
	const double *x = s->x + signal * s->stride;

	if (t < s->n + s->ahead && !isnan(x[t]))
		return x[t];
	to->missing = 1;
	return w->means[signal];
}

size_t cstn__regress_calendar(const cstn__regress_plan *plan, int64_t period, size_t column[3])
{
	int64_t m = (int64_t)plan->season;
	size_t at = cstn__regress_first_signal(plan), n = 0;
	int32_t year, month, day;

	if (plan->has_season)
		column[n++] = 1 + (size_t)((period % m + m) % m);
	if (!plan->has_month)
		return n;
	cstn__civil_of((int32_t)period, &year, &month, &day);
	if (day <= 3)
		column[n++] = at - 2;
	if (day >= 28)
		column[n++] = at - 1;
	return n;
}

/* Columns of period t that are not 0, in their order. */
static void list_columns(const work *w, size_t t, list *to)
{
	const cstn__regress_plan *plan = w->plan;
	size_t at = cstn__regress_first_signal(plan), column[3], n, i;

	to->n = 0;
	to->missing = 0;
	put(to, 0, 1);
	n = cstn__regress_calendar(plan, w->series->first + (int64_t)t, column);
	for (i = 0; i < n; i++)
		put(to, column[i], 1);
	for (i = 0; i < plan->n_signals; i++) {
		if (plan->signals[i] & CSTN_REGRESS_CLOSED)
			continue;
		put(to, at++, signal_at(w, i, t, to));
		if (plan->signals[i] & CSTN_REGRESS_NEXT)
			put(to, at++, signal_at(w, i, t + 1, to));
	}
}

/* The first signal that closes period t; as many as there are: none does. */
static size_t closed_by(const work *w, size_t t)
{
	const cstn__regress_series *s = w->series;
	size_t i;

	for (i = 0; i < w->plan->n_signals; i++) {
		double x = t < s->n + s->ahead ? s->x[i * s->stride + t] : 0;

		if (w->plan->signals[i] & CSTN_REGRESS_CLOSED && x != 0 && !isnan(x)) /* NOLINT */
			break;
	}
	return i;
}

static int is_closed(const work *w, size_t t)
{
	return closed_by(w, t) < w->plan->n_signals;
}

static double effect_of(const work *w, const list *columns)
{
	double sum = 0;
	size_t i;

	for (i = 1; i < columns->n; i++) /* without the first, which is 1 */
		sum += w->effects[columns->column[i]] * columns->value[i];
	return sum;
}

/* --- learning --------------------------------------------------------------------------------- */

static void find_means(work *w)
{
	const cstn__regress_series *s = w->series;
	size_t i, t;

	for (i = 0; i < w->plan->n_signals; i++) {
		const double *x = s->x + i * s->stride;
		double sum = 0;
		size_t n = 0;

		for (t = w->from; t < s->n; t++)
			if (!isnan(x[t])) {
				sum += x[t];
				n++;
			}
		w->means[i] = n ? sum / (double)n : 0;
	}
}

static void transform(work *w)
{
	const cstn__regress_series *s = w->series;
	double sum = 0, count = 0;
	size_t t;

	for (t = 0; t < s->n; t++) {
		double y = s->y[t];
		int counts = (w->is_log ? y > 0 : y != 0) && !is_closed(w, t); /* NOLINT */

		w->z[t] = !counts ? (double)NAN : w->is_log ? cstn__log1p(y) : y / w->scale;
		w->sum[t] = sum;
		w->count[t] = count;
		sum += counts ? w->z[t] : 0;
		count += counts;
	}
	w->sum[s->n] = sum;
	w->count[s->n] = count;
}

/* Mean of the periods around t that count; t does. */
static double trend_at(const work *w, size_t t)
{
	size_t half = TREND_SEASONS * w->plan->season / 2, n = w->series->n;
	size_t from = t > half ? t - half : 0, to = n - t > half + 1 ? t + half + 1 : n;

	return (w->sum[to] - w->sum[from]) / (w->count[to] - w->count[from]);
}

/* Effects of all columns; 0 where nothing is to be learned. */
static void regress(work *w)
{
	size_t p = w->plan->columns, n = w->series->n, t, i, j;
	double weight = 1;
	list row;

	memset(w->gram, 0, p * p * sizeof(*w->gram));
	memset(w->effects, 0, p * sizeof(*w->effects));
	for (t = n; t-- > w->from; weight *= AGE) {
		double z;

		if (isnan(w->z[t]))
			continue;
		list_columns(w, t, &row);
		if (row.missing)
			continue;
		z = w->z[t] - trend_at(w, t);
		for (i = 0; i < row.n; i++) {
			double v = weight * row.value[i];
			double *cell = w->gram + row.column[i] * p;

			for (j = 0; j <= i; j++)
				cell[row.column[j]] += v * row.value[j];
			w->effects[row.column[i]] += v * z;
		}
	}
	for (i = 1; i < p; i++)
		w->gram[i * p + i] += w->plan->precision;
	if (cstn__cholesky(p, p, w->gram, w->gram))
		memset(w->effects, 0, p * sizeof(*w->effects));
	else
		cstn__cholesky_solve(p, p, w->gram, w->effects, w->effects);
}

/* The level beneath the columns, and the variance of its last errors. */
static double find_level(const work *w, double *variance)
{
	size_t n = w->series->n, t = n, left = LEVEL_PERIODS, errors = 0, i;
	double ring[ERRORS], level = 0, mean = 0;
	int has_level = 0;
	list row;

	while (t > 0 && left > 0)
		left -= isnan(w->z[--t]) ? 0 : 1;
	for (; t < n; t++) {
		double error;

		if (isnan(w->z[t]))
			continue;
		list_columns(w, t, &row);
		error = w->z[t] - effect_of(w, &row);
		if (has_level) {
			error -= level;
			ring[errors++ % ERRORS] = error;
			error *= LEVEL;
		}
		level += error;
		has_level = 1;
	}
	*variance = 0;
	if (errors > ERRORS)
		errors = ERRORS;
	for (i = 0; i < errors; i++)
		mean += ring[i] / (double)errors;
	for (i = 0; i < errors; i++)
		*variance += (ring[i] - mean) * (ring[i] - mean) / (double)errors;
	return level;
}

/* --- one series ------------------------------------------------------------------------------- */

/* The one value that all periods have that count, if they have one; 0 if none counts. */
static int is_constant(const work *w, double *value)
{
	const cstn__regress_series *s = w->series;
	int any = 0;
	size_t t;

	*value = 0;
	for (t = 0; t < s->n; t++) {
		if (isnan(w->z[t]))
			continue;
		if (any && s->y[t] != *value) /* NOLINT: the same bits */
			return 0;
		*value = s->y[t];
		any = 1;
	}
	return 1;
}

/* What makes a mean of a mean of logarithms. */
static double recalibration(double variance)
{
	return (variance < VARIANCE_MOST ? variance : VARIANCE_MOST) / 4;
}

static double put_back(const work *w, double z, double variance)
{
	if (!w->is_log)
		return z * w->scale;
	z += recalibration(variance);
	return z > 0 ? cstn__expm1(z < 700 ? z : 700) : 0;
}

/* The parts of the mean of period h: of one that is closed, the first signal that closes it takes
 * all away. */
static void explain(const work *w, size_t h, const list *row, const cstn__regress_mean *of,
		double variance)
{
	size_t groups = cstn__regress_groups(w->plan), by = closed_by(w, w->series->n + h), i;
	double parts[CSTN__REGRESS_GROUPS_MOST];

	memset(parts, 0, groups * sizeof(*parts));
	for (i = 1; row && i < row->n; i++)
		parts[cstn__regress_group(w->plan, row->column[i])] +=
				w->effects[row->column[i]] * row->value[i];
	if (row && w->is_log)
		parts[CSTN__REGRESS_RECALIBRATION] = recalibration(variance);
	if (row)
		cstn__regress_split(of, groups, parts);
	else
		parts[CSTN__REGRESS_BASELINE] = of->mean;
	if (by < w->plan->n_signals) {
		memset(parts + 1, 0, (groups - 1) * sizeof(*parts));
		parts[CSTN__REGRESS_SIGNAL + by] = -parts[CSTN__REGRESS_BASELINE];
	}
	for (i = 0; i < groups; i++)
		w->parts.out[i * w->parts.stride + h] = parts[i];
}

static void look_ahead(work *w, double largest, double *mean, int32_t *flags)
{
	double variance = 0, level, constant, most = 10 * largest;
	int fixed = is_constant(w, &constant);
	size_t h;
	list row;

	if (!fixed)
		regress(w);
	level = fixed ? 0 : find_level(w, &variance);
	for (h = 0; h < w->plan->horizon; h++) {
		size_t t = w->series->n + h;

		list_columns(w, t, &row);
		flags[h] = row.missing ? CSTN_REGRESS_MISSING_SIGNAL : 0;
		if (w->plan->n_signals)
			flags[h] |= CSTN_REGRESS_ASSUMED_KNOWN;
		mean[h] = fixed ? constant : put_back(w, level + effect_of(w, &row), variance);
		if (fixed || !(fabs(mean[h]) <= most)) {
			flags[h] |= CSTN_REGRESS_FALLBACK;
			mean[h] = fixed ? constant : mean[h] < 0 ? -most : most;
		}
		if (w->parts.out) {
			const cstn__regress_mean of = {w->is_log,
					(flags[h] & CSTN_REGRESS_FALLBACK) != 0, w->scale, level,
					most, mean[h]};

			explain(w, h, fixed ? NULL : &row, &of, variance);
		}
		if (is_closed(w, t))
			mean[h] = 0;
	}
}

int cstn__regress_ahead(cstn__room *room, const cstn__regress_plan *plan,
		const cstn__regress_series *series, double *mean, int32_t *flags,
		cstn__regress_parts parts)
{
	size_t n = series->n, p = plan->columns, t;
	double largest = 0, least = 0, sum = 0;
	work w = {plan, series, n > plan->memory ? n - plan->memory : 0, 1, 1, NULL, NULL, NULL,
			NULL, NULL, NULL, parts};

	if (cstn__room_reserve(room, n + 2 * (n + 1) + plan->n_signals + p * p + p))
		return -1;
	w.z = room->values;
	w.sum = w.z + n;
	w.count = w.sum + n + 1;
	w.means = w.count + n + 1;
	w.gram = w.means + plan->n_signals;
	w.effects = w.gram + p * p;
	for (t = 0; t < n; t++) {
		double y = series->y[t], size = fabs(y);

		least = y < least ? y : least;
		largest = size > largest ? size : largest;
		sum += size / (double)n;
	}
	w.is_log = !(least < 0);
	w.scale = sum > 0 ? sum : 1;
	find_means(&w);
	transform(&w);
	look_ahead(&w, largest, mean, flags);
	return 0;
}
