/* Features of the global ridge.
 *
 * A series is walked through once, a few operations a period: exponential means, a share, a pause.
 * Means of windows are differences of running sums, means of a position look at eight values. Rows
 * of an origin are then filled for each horizon. Most columns are b, what the series sells at that
 * position of the season, by something that is mostly 0 (a weekday, an event): they are lists, so
 * that a row costs what is in it. All demand is in units of the series' scale, the root of its mean
 * squared step since its first sale: one ridge serves series of every size. */
#include "demand/global.h"

#include <math.h>

#include <constellation/demand_global.h>

#include "base/civil.h"

#define MEMORY_SEASONS 13
#define PAUSE_MOST 60

size_t cstn__global_column_of_signal(const cstn__global_plan *plan, size_t signal)
{
	size_t at = CSTN__GLOBAL_DENSE + plan->season + (plan->has_days ? 2 : 0), i;

	for (i = 0; i < signal; i++)
		at += 1 + (plan->signals[i] & CSTN_GLOBAL_BY_POOL ? plan->n_pools : 0) +
		      (plan->signals[i] & CSTN_GLOBAL_NEXT ? 1 : 0);
	return at;
}

size_t cstn__global_columns(const cstn__global_plan *plan)
{
	return cstn__global_column_of_signal(plan, plan->n_signals);
}

/* --- a series in its scale -------------------------------------------------------------------- */

void cstn__global_walk_init(cstn__global_walk *walk, const cstn_allocator *allocator)
{
	memset(walk, 0, sizeof(*walk));
	walk->allocator = *allocator;
}

void cstn__global_walk_free(cstn__global_walk *walk)
{
	cstn__free(&walk->allocator, walk->u, walk->capacity * sizeof(*walk->u));
	cstn__free(&walk->allocator, walk->sum, walk->capacity * sizeof(*walk->sum));
	cstn__global_walk_init(walk, &walk->allocator);
}

static int reserve(cstn__global_walk *walk, size_t n)
{
	size_t size = cstn__array_size(n, sizeof(double));
	double *u, *sum;

	if (n <= walk->capacity)
		return 0;
	u = cstn__alloc(&walk->allocator, size);
	sum = cstn__alloc(&walk->allocator, size);
	if (!u || !sum) {
		cstn__free(&walk->allocator, u, size);
		cstn__free(&walk->allocator, sum, size);
		return -1;
	}
	cstn__free(&walk->allocator, walk->u, walk->capacity * sizeof(*walk->u));
	cstn__free(&walk->allocator, walk->sum, walk->capacity * sizeof(*walk->sum));
	walk->u = u;
	walk->sum = sum;
	walk->capacity = n;
	return 0;
}

/* Root of the mean squared step from the first sale on. Steps are taken in units of a power of two
 * near the largest value, so that no square leaves the range of doubles. */
static double scale_of(const double *y, size_t n)
{
	double largest = 0, unit, sum = 0;
	size_t first = n, i;
	int exponent;

	for (i = 0; i < n; i++)
		if (fabs(y[i]) > largest)
			largest = fabs(y[i]);
	if (!(largest > 0))
		return 0;
	(void)frexp(largest, &exponent);
	unit = ldexp(1, -exponent / 2);
	for (i = 0; i < n && first == n; i++)
		if (y[i] > 0)
			first = i;
	for (i = first + 1; i < n; i++) {
		double step = y[i] * unit * unit - y[i - 1] * unit * unit;

		sum += step * step;
	}
	if (first + 1 >= n || !(sum > 0))
		return 0;
	return sqrt(sum / (double)(n - first - 1)) / unit / unit;
}

int cstn__global_walk_start(cstn__global_walk *walk, const double *y, size_t n)
{
	double sum = 0;
	size_t i;

	if (reserve(walk, n + 1))
		return -1;
	walk->scale = scale_of(y, n);
	walk->at = 0;
	for (i = 0; i < n; i++) {
		walk->u[i] = walk->scale > 0 ? y[i] / walk->scale : y[i];
		walk->sum[i] = sum;
		sum += walk->u[i];
	}
	walk->sum[n] = sum;
	return 0;
}

void cstn__global_walk_to(cstn__global_walk *walk, size_t periods)
{
	size_t t;

	for (t = walk->at; t < periods; t++) {
		double u = walk->u[t], sold = u > 0 ? 1 : 0;

		if (!t) {
			walk->fast = walk->faster = walk->fastest = u;
			walk->share = sold;
			walk->pause = 1 - sold;
			continue;
		}
		walk->fast += .05 * (u - walk->fast);
		walk->faster += .1 * (u - walk->faster);
		walk->fastest += .3 * (u - walk->fastest);
		walk->share += .05 * (sold - walk->share);
		walk->pause = sold > 0 ? 0 : walk->pause + 1;
	}
	if (periods > walk->at)
		walk->at = periods;
}

/* Mean of the last n periods, or of as many as there are. */
static double mean_of_last(const cstn__global_walk *walk, size_t n)
{
	size_t from = walk->at > n ? walk->at - n : 0;

	return (walk->sum[walk->at] - walk->sum[from]) / (double)(walk->at - from);
}

/* --- rows ------------------------------------------------------------------------------------- */

int cstn__global_rows_init(cstn__global_rows *rows, const cstn__global_plan *plan,
		const cstn_allocator *allocator)
{
	size_t n = plan->horizon, listed = 3 + 3 * plan->n_signals, cells = n * listed;

	memset(rows, 0, sizeof(*rows));
	rows->most = n;
	rows->listed = listed;
	rows->dense = cstn__alloc(allocator, n * CSTN__GLOBAL_WIDTH * sizeof(*rows->dense));
	rows->column = cstn__alloc(allocator, cells * sizeof(*rows->column));
	rows->value = cstn__alloc(allocator, cells * sizeof(*rows->value));
	rows->count = cstn__alloc(allocator, n * sizeof(*rows->count));
	rows->ahead = cstn__alloc(allocator, n * sizeof(*rows->ahead));
	rows->missing = cstn__alloc(allocator, n);
	if (rows->dense && rows->column && rows->value && rows->count && rows->ahead &&
			rows->missing)
		return 0;
	cstn__global_rows_free(rows, allocator);
	return -1;
}

void cstn__global_rows_free(cstn__global_rows *rows, const cstn_allocator *allocator)
{
	size_t n = rows->most, cells = n * rows->listed;

	cstn__free(allocator, rows->dense, n * CSTN__GLOBAL_WIDTH * sizeof(*rows->dense));
	cstn__free(allocator, rows->column, cells * sizeof(*rows->column));
	cstn__free(allocator, rows->value, cells * sizeof(*rows->value));
	cstn__free(allocator, rows->count, n * sizeof(*rows->count));
	cstn__free(allocator, rows->ahead, n * sizeof(*rows->ahead));
	cstn__free(allocator, rows->missing, n);
	memset(rows, 0, sizeof(*rows));
}

/* Means of the newest 1, 4, 8 values at the position of period t, as many as there are; of the
 * last 13 seasons where there is none. */
static void same_position(const cstn__global_walk *walk, size_t season, size_t t, double *row)
{
	size_t back = (t - walk->at) / season + 1, n, at;
	double sum = 0, mean = row[CSTN__GLOBAL_MEAN_13];

	row[CSTN__GLOBAL_SAME_1] = row[CSTN__GLOBAL_SAME_4] = row[CSTN__GLOBAL_SAME_8] = mean;
	for (n = 1, at = back * season; n <= 8 && at <= t; n++, at += season) {
		sum += walk->u[t - at];
		mean = sum / (double)n;
		if (n <= 1)
			row[CSTN__GLOBAL_SAME_1] = mean;
		if (n <= 4)
			row[CSTN__GLOBAL_SAME_4] = mean;
		row[CSTN__GLOBAL_SAME_8] = mean;
	}
}

static size_t position_of(int64_t period, size_t season)
{
	int64_t m = (int64_t)season, at = period % m;

	return (size_t)(at < 0 ? at + m : at);
}

/* What a row's lists are put in. */
typedef struct listing {
	cstn__global_rows *rows;
	size_t row;
} listing;

static void list(listing *to, size_t column, double value)
{
	uint32_t *count = &to->rows->count[to->row];
	size_t at = to->row * to->rows->listed + *count;

	if (value == 0) /* NOLINT: exactly nothing */
		return;
	to->rows->column[at] = (uint32_t)column;
	to->rows->value[at] = value;
	++*count;
}

size_t cstn__global_position(
		const cstn__global_plan *plan, const cstn__global_series *series, size_t t)
{
	return position_of(series->first + (int64_t)t, plan->season);
}

double cstn__global_signal_at(const cstn__global_series *series, size_t signal, size_t t,
		size_t known, int *missing)
{
	const double *x = series->x + signal * series->stride;
	double sum = 0;
	size_t n = 0, i;

	if (t < series->n + series->ahead && !isnan(x[t]))
		return x[t];
	*missing = 1;
	for (i = 0; i < known; i++)
		if (!isnan(x[i])) {
			sum += x[i];
			n++;
		}
	return n ? sum / (double)n : 0;
}

/* b by the position, the days of the month, the signals; 1: a signal is not known. */
static int list_row(listing *to, const cstn__global_plan *plan, const cstn__global_series *series,
		size_t t, size_t known, double base)
{
	int64_t period = series->first + (int64_t)t;
	size_t at = CSTN__GLOBAL_DENSE + plan->season, i;
	int missing = 0;

	list(to, CSTN__GLOBAL_DENSE + position_of(period, plan->season), base);
	if (plan->has_days) {
		int32_t year, month, day;

		cstn__civil_of((int32_t)period, &year, &month, &day);
		if (day <= 3)
			list(to, at, base);
		if (day >= 28)
			list(to, at + 1, base);
		at += 2;
	}
	for (i = 0; i < plan->n_signals; i++) {
		double value = base * cstn__global_signal_at(series, i, t, known, &missing);

		list(to, at++, value);
		if (plan->signals[i] & CSTN_GLOBAL_BY_POOL) {
			if (series->pool < plan->n_pools)
				list(to, at + series->pool, value);
			at += plan->n_pools;
		}
		if (plan->signals[i] & CSTN_GLOBAL_NEXT)
			list(to, at++,
					base * cstn__global_signal_at(
							       series, i, t + 1, known, &missing));
	}
	return missing;
}

/* Columns that do not depend on how far ahead. */
static void origin_columns(const cstn__global_walk *walk, size_t season, double *row)
{
	double pause = walk->pause < PAUSE_MOST ? walk->pause : PAUSE_MOST;

	memset(row, 0, CSTN__GLOBAL_WIDTH * sizeof(*row));
	row[CSTN__GLOBAL_FAST] = walk->fast;
	row[CSTN__GLOBAL_FASTER] = walk->faster;
	row[CSTN__GLOBAL_FASTEST] = walk->fastest;
	row[CSTN__GLOBAL_MEAN_1] = mean_of_last(walk, season);
	row[CSTN__GLOBAL_MEAN_4] = mean_of_last(walk, 4 * season);
	row[CSTN__GLOBAL_MEAN_13] = mean_of_last(walk, MEMORY_SEASONS * season);
	row[CSTN__GLOBAL_LAST] = walk->u[walk->at - 1];
	row[CSTN__GLOBAL_PAUSE] = pause / PAUSE_MOST * walk->fast;
	row[CSTN__GLOBAL_SHARE] = walk->share;
	row[CSTN__GLOBAL_ONE] = 1;
}

void cstn__global_rows_make(cstn__global_rows *rows, const cstn__global_plan *plan,
		const cstn__global_series *series, const cstn__global_walk *walk,
		const double *ratio, size_t horizon, int for_fit)
{
	double origin[CSTN__GLOBAL_WIDTH];
	size_t h;

	origin_columns(walk, plan->season, origin);
	rows->n = 0;
	for (h = 1; h <= horizon; h++) {
		size_t t = walk->at + h - 1;
		double *row = rows->dense + rows->n * CSTN__GLOBAL_WIDTH;
		double of_pool = ratio[position_of(series->first + (int64_t)t, plan->season)];
		double ahead = (double)h / (double)plan->horizon, base = walk->fast * of_pool;
		listing to = {rows, rows->n};

		memcpy(row, origin, sizeof(origin));
		same_position(walk, plan->season, t, row);
		row[CSTN__GLOBAL_BASE] = base;
		row[CSTN__GLOBAL_MEAN_4_RATIO] = row[CSTN__GLOBAL_MEAN_4] * of_pool;
		row[CSTN__GLOBAL_YEAR] = t >= plan->year && t - plan->year < walk->at
							 ? walk->u[t - plan->year]
							 : row[CSTN__GLOBAL_SAME_8];
		row[CSTN__GLOBAL_BASE_AHEAD] = base * ahead;
		row[CSTN__GLOBAL_FASTEST_AHEAD] = walk->fastest * ahead;
		row[CSTN__GLOBAL_SAME_1_AHEAD] = row[CSTN__GLOBAL_SAME_1] * ahead;
		row[CSTN__GLOBAL_DENSE] = t < series->n ? walk->u[t] : 0;
		rows->count[rows->n] = 0;
		rows->ahead[rows->n] = (uint32_t)h;
		rows->missing[rows->n] = (uint8_t)list_row(
				&to, plan, series, t, for_fit ? 0 : walk->at, base);
		if (!for_fit || !rows->missing[rows->n])
			rows->n++;
	}
}

/* --- ratios ----------------------------------------------------------------------------------- */

void cstn__global_ratio(const double *totals, size_t n, int64_t first, size_t season, double *out)
{
	double mean = 0;
	size_t j, i;

	for (j = 0; j < season; j++) {
		size_t at = position_of((int64_t)j - first % (int64_t)season, season), times = 0;
		double sum = 0;

		for (i = at; i < n; i += season, times++)
			sum += totals[i];
		out[j] = times ? sum / (double)times : -1;
		mean += out[j] / (double)season;
	}
	for (j = 0; j < season; j++)
		out[j] = n >= season && mean > 0 ? out[j] / mean : 1;
}
