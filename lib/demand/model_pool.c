/* What series of a pool have in common: totals a period, and factors made of them.
 *
 * An open period has an exact sum of its rows, so that neither their order nor their split counts.
 * A closed one has a double, and of these the last 182 give the factors of the next period: season
 * positions and events, by four sweeps of alternating means. Factors therefore never know the
 * period that they are used in. They are kept as steps, each from a period on.
 *
 * Cost: O(182 (1 + events)) a period and pool, some 4 us. */
#include <math.h>
#include <string.h>

#include "demand/model.h"

#define SWEEPS 4
#define FACTOR_LEAST .2
#define EVENT_MOST 1000.0

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
	cstn__array_free(&model->allocator, &pool->from);
	cstn__array_free(&model->allocator, &pool->factors);
	cstn__free(&model->allocator, pool->outcomes, CSTN__OUTCOMES_SIZE);
}

/* --- open periods ----------------------------------------------------------------------------- */

cstn__pool_open *cstn__pool_open_at(
		const cstn_demand_model *model, cstn__demand_pool *pool, int64_t period)
{
	size_t low = 0, high = pool->open.count;
	cstn__pool_open *at;

	if (high && pool->open.items[high - 1].period < period)
		low = high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (pool->open.items[middle].period < period)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < pool->open.count && pool->open.items[low].period == period)
		return &pool->open.items[low];
	if (cstn__array_reserve(&model->allocator, &pool->open, 1))
		return NULL;
	at = &pool->open.items[low];
	memmove(at + 1, at, (pool->open.count - low) * sizeof(*at));
	pool->open.count++;
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

int cstn__pools_close_reserve(cstn_demand_model *model, int64_t period)
{
	const cstn_allocator *allocator = &model->allocator;
	size_t i, n;

	for (i = 0; i < model->pools.count; i++) {
		cstn__demand_pool *pool = &model->pools.items[i];

		for (n = 0; n < pool->open.count && pool->open.items[n].period <= period; n++)
			;
		if (cstn__array_reserve(allocator, &pool->closed, n) ||
				cstn__array_reserve(allocator, &pool->from, n) ||
				cstn__array_reserve(allocator, &pool->factors, n * width_of(model)))
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

static void close_one(
		const cstn_demand_model *model, cstn__demand_pool *pool, const cstn__pool_open *of)
{
	size_t width = width_of(model), most = totals_kept(model), n = pool->closed.count;
	cstn__pool_total *totals = pool->closed.items;

	totals[n++] = (cstn__pool_total){of->period, finite_total(&of->sum), of->events, 0};
	if (n >= totals_least(model)) {
		size_t first = n > most ? n - most : 0;

		make_factors(model, totals + first, n - first,
				pool->factors.items + pool->from.count * width);
		pool->factors.count += width;
		pool->from.items[pool->from.count++] = of->period + 1;
	}
	pool->closed.count = n;
}

static void keep_last(const cstn_demand_model *model, cstn__demand_pool *pool)
{
	size_t most = totals_kept(model), n = pool->closed.count;

	if (n <= most)
		return;
	memmove(pool->closed.items, pool->closed.items + (n - most),
			most * sizeof(*pool->closed.items));
	pool->closed.count = most;
}

void cstn__pools_close(cstn_demand_model *model, int64_t period)
{
	size_t i, n;

	if (model->has_closed && period <= model->closed)
		return;
	for (i = 0; i < model->pools.count; i++) {
		cstn__demand_pool *pool = &model->pools.items[i];

		for (n = 0; n < pool->open.count && pool->open.items[n].period <= period; n++)
			if (pool->open.items[n].rows)
				close_one(model, pool, &pool->open.items[n]);
		if (!n)
			continue;
		pool->open.count -= n;
		memmove(pool->open.items, pool->open.items + n,
				pool->open.count * sizeof(*pool->open.items));
		keep_last(model, pool);
	}
	model->closed = period;
	model->has_closed = 1;
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
		pool->from.count -= n;
		pool->factors.count -= n * width;
		memmove(pool->from.items, pool->from.items + n,
				pool->from.count * sizeof(*pool->from.items));
		memmove(pool->factors.items, pool->factors.items + n * width,
				pool->factors.count * sizeof(*pool->factors.items));
	}
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
		int64_t period, uint32_t events)
{
	const double *factors = cstn__pool_factors(model, pool, period);
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
