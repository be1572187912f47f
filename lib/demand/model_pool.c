/* What series of a pool have in common: totals a period, and factors made of them.
 *
 * An open period has an exact sum of its rows, so that neither their order nor their split counts.
 * A closed one has a double, and of these the last 182 give the factors of the next period: season
 * positions and events, by four sweeps of alternating means. Factors therefore never know the
 * period that they are used in. They are kept as steps, each from a period on.
 *
 * Where rows are replayed, the exact sums of the periods of a window stay when these are closed,
 * and the 182 totals before the window: a late row mends the total of its period, and the steps
 * that knew it are made again.
 *
 * Cost: O(182 (1 + events)) a period and pool, some 4 us. */
#include <math.h>
#include <string.h>

#include "demand/model.h"

#define SWEEPS 4
#define FACTOR_LEAST .2
#define EVENT_MOST 1000.0

/* The first `n` items of an array go. */
#define forget(array, n)                                                                           \
	((array)->count -= (n),                                                                    \
			(array)->count ? (void)memmove((array)->items, (array)->items + (n),       \
							 (array)->count * sizeof(*(array)->items)) \
				       : (void)0)

static size_t width_of(const cstn_demand_model *model)
{
	return (size_t)model->season + (size_t)model->config.n_events;
}

static size_t totals_kept(const cstn_demand_model *model)
{
	size_t two = (size_t)model->season * 2;

	return two > CSTN__POOL_TOTALS ? two : CSTN__POOL_TOTALS;
}

static size_t totals_least(const cstn_demand_model *model)
{
	size_t one = (size_t)model->season;

	return one > CSTN__POOL_TOTALS_LEAST ? one : CSTN__POOL_TOTALS_LEAST;
}

void cstn__pool_free(const cstn_demand_model *model, cstn__demand_pool *pool)
{
	cstn__array_free(&model->allocator, &pool->closed);
	cstn__array_free(&model->allocator, &pool->open);
	cstn__array_free(&model->allocator, &pool->settled);
	cstn__array_free(&model->allocator, &pool->from);
	cstn__array_free(&model->allocator, &pool->factors);
	cstn__free(&model->allocator, pool->outcomes, CSTN__OUTCOMES_SIZE);
	cstn__free(&model->allocator, pool->level, sizeof(*pool->level));
}

/* --- open periods ----------------------------------------------------------------------------- */

cstn__pool_open *cstn__pool_sum_at(
		const cstn_demand_model *model, cstn__pool_sums *sums, int64_t period)
{
	size_t low = 0, high = sums->count;
	cstn__pool_open *at;

	if (high && sums->items[high - 1].period < period)
		low = high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sums->items[middle].period < period)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < sums->count && sums->items[low].period == period)
		return &sums->items[low];
	if (cstn__array_reserve(&model->allocator, sums, 1))
		return NULL;
	at = &sums->items[low];
	memmove(at + 1, at, (sums->count - low) * sizeof(*at));
	sums->count++;
	memset(at, 0, sizeof(*at));
	at->period = period;
	cstn__exact_sum_init(&at->sum);
	return at;
}

/* --- factors ---------------------------------------------------------------------------------- */

/* Sums and counts behind one sweep's means. */
typedef struct sweep {
	double sum[CSTN_DEMAND_SEASON_MOST];
	int32_t n[CSTN_DEMAND_SEASON_MOST];
} sweep;

static double others(const cstn__pool_total *t, int32_t n_events, const double (*b)[2], int32_t but)
{
	double product = 1;
	int32_t e;

	for (e = 0; e < n_events; e++)
		if (e != but)
			product *= b[e][t->events >> e & 1];
	return product;
}

static void sweep_season(const cstn_demand_model *model, const cstn__pool_total *totals, size_t n,
		const double (*b)[2], double *a)
{
	int32_t m = model->season, j;
	sweep of;
	size_t i;

	memset(of.sum, 0, (size_t)m * sizeof(*of.sum));
	memset(of.n, 0, (size_t)m * sizeof(*of.n));
	for (i = 0; i < n; i++) {
		double by = others(&totals[i], model->config.n_events, b, -1);

		j = cstn__season_position(totals[i].period, m);
		if (by > 0) {
			of.sum[j] += totals[i].total / by;
			of.n[j]++;
		}
	}
	for (j = 0; j < m; j++)
		if (of.n[j])
			a[j] = of.sum[j] / of.n[j];
}

static void sweep_event(const cstn_demand_model *model, const cstn__pool_total *totals, size_t n,
		int32_t e, double (*b)[2], const double *a)
{
	double sum[2] = {0, 0};
	int32_t count[2] = {0, 0};
	size_t i;

	for (i = 0; i < n; i++) {
		double by = a[cstn__season_position(totals[i].period, model->season)] *
			    others(&totals[i], model->config.n_events, (const double(*)[2])b, e);
		int state = totals[i].events >> e & 1;

		if (by > 0) {
			sum[state] += totals[i].total / by;
			count[state]++;
		}
	}
	for (i = 0; i < 2; i++)
		if (count[i])
			b[e][i] = sum[i] / count[i];
}

/* The season: positions that were seen are 1 in the mean, others are 1. */
static void put_season(const cstn_demand_model *model, const cstn__pool_total *totals, size_t n,
		const double *a, double *out)
{
	uint8_t seen[CSTN_DEMAND_SEASON_MOST] = {0};
	int32_t m = model->season, j, positions = 0;
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		seen[cstn__season_position(totals[i].period, m)] = 1;
	for (j = 0; j < m; j++) {
		sum += seen[j] ? a[j] : 0;
		positions += seen[j];
	}
	for (j = 0; j < m; j++) {
		double p = seen[j] && sum > 0 ? a[j] / (sum / positions) : 1;

		out[j] = p >= 0 && p <= m ? p : 1;
	}
}

/* Factors of the last `n` totals. */
static void make_factors(const cstn_demand_model *model, const cstn__pool_total *totals, size_t n,
		double *out)
{
	double a[CSTN_DEMAND_SEASON_MOST], b[CSTN_DEMAND_EVENTS_MOST][2];
	int32_t m = model->season, n_events = model->config.n_events, e, j, s;

	for (j = 0; j < m; j++)
		a[j] = 1;
	for (e = 0; e < n_events; e++)
		b[e][0] = b[e][1] = 1;
	for (s = 0; s < SWEEPS; s++) {
		sweep_season(model, totals, n, (const double(*)[2])b, a);
		for (e = 0; e < n_events; e++)
			sweep_event(model, totals, n, e, b, a);
	}
	put_season(model, totals, n, a, out);
	for (e = 0; e < n_events; e++) {
		double ratio = b[e][0] > 0 ? b[e][1] / b[e][0] : b[e][1];

		out[m + e] = ratio >= 0 && ratio <= EVENT_MOST ? ratio : 1;
	}
}

/* --- closing ---------------------------------------------------------------------------------- */

static size_t open_until(const cstn__demand_pool *pool, int64_t period)
{
	size_t n = 0;

	while (n < pool->open.count && pool->open.items[n].period <= period)
		n++;
	return n;
}

/* Room for `n` more closed periods. 0 or -1. */
static int reserve_steps(const cstn_demand_model *model, cstn__demand_pool *pool, size_t n)
{
	const cstn_allocator *allocator = &model->allocator;

	return cstn__array_reserve(allocator, &pool->closed, n) ||
					       cstn__array_reserve(allocator, &pool->from, n) ||
					       cstn__array_reserve(allocator, &pool->factors,
							       n * width_of(model))
			       ? -1
			       : 0;
}

int cstn__pools_close_reserve(cstn_demand_model *model, int64_t period)
{
	const cstn_allocator *allocator = &model->allocator;
	size_t i, n;

	for (i = 0; i < model->pools.count; i++) {
		cstn__demand_pool *pool = &model->pools.items[i];

		n = open_until(pool, period);
		if (reserve_steps(model, pool, n + pool->settled.count) ||
				(cstn__pools_mend(model) &&
						cstn__array_reserve(allocator, &pool->settled, n)))
			return -1;
	}
	return 0;
}

static double finite_total(const cstn__exact_sum *sum)
{
	double total = cstn__exact_sum_value(sum);

	return total > CSTN__DEMAND_LARGEST    ? CSTN__DEMAND_LARGEST
	       : total < -CSTN__DEMAND_LARGEST ? -CSTN__DEMAND_LARGEST
					       : total;
}

static cstn__pool_total total_of(const cstn__pool_open *of)
{
	return (cstn__pool_total){of->period, finite_total(&of->sum), of->events, 0};
}

int cstn__pool_total_is(const cstn__pool_total *total, const cstn__pool_open *of)
{
	const cstn__pool_total made = total_of(of);

	return !memcmp(&made, total, sizeof(made));
}

static void close_one(
		const cstn_demand_model *model, cstn__demand_pool *pool, const cstn__pool_open *of)
{
	size_t width = width_of(model), most = totals_kept(model), n = pool->closed.count;
	cstn__pool_total *totals = pool->closed.items;

	totals[n++] = total_of(of);
	if (n >= totals_least(model)) {
		size_t first = n > most ? n - most : 0;

		make_factors(model, totals + first, n - first,
				pool->factors.items + pool->from.count * width);
		pool->factors.count += width;
		pool->from.items[pool->from.count++] = of->period + 1;
	}
	pool->closed.count = n;
}

/* Of totals the last, and those behind them that may be mended. */
static void keep_last(const cstn_demand_model *model, cstn__demand_pool *pool)
{
	size_t most = totals_kept(model), n = pool->closed.count, gone = 0;

	if (cstn__pools_mend(model)) {
		int64_t before = model->closed - model->config.replay_periods;

		while (n && pool->closed.items[n - 1].period > before)
			n--;
		while (gone < pool->settled.count && pool->settled.items[gone].period <= before)
			gone++;
		forget(&pool->settled, gone);
	}
	if (n > most)
		forget(&pool->closed, n - most);
}

/* Sums of periods that are closed: the first `n`. */
static void settle(const cstn_demand_model *model, cstn__demand_pool *pool, size_t n)
{
	size_t i;

	for (i = 0; i < n && cstn__pools_mend(model); i++)
		if (cstn__pool_open_counts(&pool->open.items[i]))
			pool->settled.items[pool->settled.count++] = pool->open.items[i];
	forget(&pool->open, n);
}

void cstn__pools_close(cstn_demand_model *model, int64_t period)
{
	size_t i, k, n;

	if (model->has_closed && period <= model->closed)
		return;
	for (i = 0; i < model->pools.count; i++) {
		cstn__demand_pool *pool = &model->pools.items[i];

		n = open_until(pool, period);
		for (k = 0; k < n; k++)
			if (pool->open.items[k].rows)
				close_one(model, pool, &pool->open.items[k]);
		settle(model, pool, n);
	}
	model->closed = period;
	model->has_closed = 1;
	for (i = 0; i < model->pools.count; i++)
		keep_last(model, &model->pools.items[i]);
}

void cstn__pools_trim(cstn_demand_model *model)
{
	int64_t oldest = model->closed + 1 - model->config.replay_periods;
	size_t width = width_of(model), i, n;

	if (!model->has_closed || model->config.flags & CSTN_DEMAND_HISTORY)
		return;
	for (i = 0; i < model->pools.count; i++) {
		cstn__demand_pool *pool = &model->pools.items[i];

		for (n = 0; n + 1 < pool->from.count && pool->from.items[n + 1] <= oldest; n++)
			;
		if (!n)
			continue;
		pool->is_trimmed = 1;
		forget(&pool->from, n);
		forget(&pool->factors, n * width);
	}
}

/* --- mending ---------------------------------------------------------------------------------- */

int cstn__pool_is_mendable(const cstn_demand_model *model, int64_t newest, int64_t period)
{
	int64_t window = model->config.replay_periods;

	return cstn__pools_mend(model) && period > model->closed - window &&
	       period > newest - window;
}

int cstn__pool_mend_reserve(const cstn_demand_model *model, cstn__demand_pool *pool)
{
	return reserve_steps(model, pool, pool->settled.count);
}

void cstn__pool_mend(const cstn_demand_model *model, cstn__demand_pool *pool, int64_t since)
{
	size_t i;

	while (pool->closed.count && pool->closed.items[pool->closed.count - 1].period >= since)
		pool->closed.count--;
	while (pool->from.count && pool->from.items[pool->from.count - 1] > since)
		pool->from.count--;
	pool->factors.count = pool->from.count * width_of(model);
	for (i = 0; i < pool->settled.count; i++)
		if (pool->settled.items[i].period >= since && pool->settled.items[i].rows)
			close_one(model, pool, &pool->settled.items[i]);
}

/* --- asking ----------------------------------------------------------------------------------- */

const double *cstn__pool_factors(
		const cstn_demand_model *model, const cstn__demand_pool *pool, int64_t period)
{
	size_t low = 0, high = pool->from.count;

	if (!high)
		return NULL;
	if (pool->from.items[high - 1] <= period)
		low = high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (pool->from.items[middle] <= period)
			low = middle + 1;
		else
			high = middle;
	}
	/* before the first step nothing was known, unless older steps were forgotten */
	if (!low && pool->is_trimmed)
		low = 1;
	return low ? pool->factors.items + (low - 1) * width_of(model) : NULL;
}

double cstn__pool_factor(const cstn_demand_model *model, const cstn__demand_pool *pool,
		int64_t known, int64_t period, uint32_t events)
{
	const double *factors = cstn__pool_factors(model, pool, known);
	double factor;
	int32_t e;

	if (!factors)
		return 1;
	factor = factors[cstn__season_position(period, model->season)];
	for (e = 0; e < model->config.n_events; e++)
		if (events >> e & 1)
			factor *= factors[model->season + e];
	return factor > FACTOR_LEAST ? factor : FACTOR_LEAST;
}

double cstn__pool_cold_level(const cstn__demand_pool *pool)
{
	return pool->cold_series ? finite_total(&pool->cold) / (double)pool->cold_series : 0;
}
