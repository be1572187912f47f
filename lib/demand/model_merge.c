/* One demand model added to another: series of different keys, and what pools have open.
 *
 * What was closed has made factors, and factors have moved series: two models fit together only if
 * what they have closed of a pool is the same. Names are added first, then copies are made and room
 * for all; when the first state changes nothing can fail any more. O(what `from` holds). */
#include <string.h>

#include "base/error.h"
#include "base/states.h"
#include "demand/model.h"

typedef struct merging {
	cstn_demand_model *into;
	const cstn_demand_model *from;
	uint32_t *pools;                            /* numbers of from's pools in `into` */
	uint32_t *keys[CSTN__SIDES];                /* the same of keys */
	cstn__demand_window **windows[CSTN__SIDES]; /* copies, by from's numbers */
} merging;

static int is_there(const cstn__demand_side *side, size_t number)
{
	return side->series.items[number].flags & CSTN__SERIES_IS_THERE;
}

/* --- whether they fit ------------------------------------------------------------------------- */

static cstn_status differ(cstn_error **error, const char *what)
{
	return cstn__fail(error, CSTN_E_MISMATCH, "the models have different %s", what);
}

static cstn_status check_kin(
		const cstn_demand_model *into, const cstn_demand_model *from, cstn_error **error)
{
	if (memcmp(into->digest, from->digest, sizeof(into->digest)) != 0)
		return differ(error, "configurations");
	if (!into->has_latest || !from->has_latest)
		return CSTN_OK;
	if (memcmp(&into->periods, &from->periods, sizeof(into->periods)) != 0)
		return differ(error, "types of 'ds'");
	if (into->sides[0].keys.type != from->sides[0].keys.type)
		return differ(error, "types of keys");
	if (into->pool_ids.type != from->pool_ids.type)
		return differ(error, "types of pools");
	if (into->has_closed != from->has_closed ||
			(into->has_closed && into->closed != from->closed))
		return differ(error, "last closed periods");
	return CSTN_OK;
}

static const cstn__pool_open *next_sum(const cstn__pool_sums *sums, size_t *at)
{
	while (*at < sums->count && !cstn__pool_open_counts(&sums->items[*at]))
		(*at)++;
	return *at < sums->count ? &sums->items[(*at)++] : NULL;
}

static int same_sum(const cstn__pool_open *a, const cstn__pool_open *b)
{
	cstn__exact_sum x = a->sum, y = b->sum;

	cstn__exact_sum_normalise(&x);
	cstn__exact_sum_normalise(&y);
	return a->period == b->period && a->rows == b->rows && a->events == b->events &&
	       !memcmp(x.limb, y.limb, sizeof(x.limb));
}

static int same_settled(const cstn__pool_sums *a, const cstn__pool_sums *b)
{
	const cstn__pool_open *x, *y;
	size_t i = 0, k = 0;

	do {
		x = next_sum(a, &i);
		y = next_sum(b, &k);
	} while (x && y && same_sum(x, y));
	return !x && !y;
}

/* Bit for bit: doubles that made factors. */
static int same_closed(const cstn__demand_pool *a, const cstn__demand_pool *b)
{
	return a->is_trimmed == b->is_trimmed && a->closed.count == b->closed.count &&
	       a->from.count == b->from.count && same_settled(&a->settled, &b->settled) &&
	       !memcmp(a->closed.items ? (const void *)a->closed.items : "",
			       b->closed.items ? (const void *)b->closed.items : "",
			       a->closed.count * sizeof(*a->closed.items)) &&
	       !memcmp(a->from.items ? (const void *)a->from.items : "",
			       b->from.items ? (const void *)b->from.items : "",
			       a->from.count * sizeof(*a->from.items)) &&
	       !memcmp(a->factors.items ? (const void *)a->factors.items : "",
			       b->factors.items ? (const void *)b->factors.items : "",
			       a->factors.count * sizeof(*a->factors.items));
}

static cstn_status check_pools(const merging *m, cstn_error **error)
{
	size_t i;

	for (i = 0; i < m->from->pools.count; i++) {
		const cstn__demand_pool *b = &m->from->pools.items[i];
		const cstn__demand_pool *a = &m->into->pools.items[m->pools[i]];
		char room[24];
		const char *name = "";
		size_t len = 0;

		if (!b->is_there || !a->is_there || same_closed(a, b))
			continue;
		if (m->from->config.pool)
			name = cstn__ids_text(&m->from->pool_ids, (uint32_t)i, room, &len);
		return cstn__fail(error, CSTN_E_MISMATCH,
				"pool '%.*s' has closed other totals in each model: add totals in "
				"a first pass",
				(int)len, name);
	}
	return CSTN_OK;
}

/* --- names ------------------------------------------------------------------------------------ */

static uint32_t *numbers(const cstn_allocator *allocator, size_t n)
{
	return cstn__alloc_zero(allocator, cstn__array_size(n + 1, sizeof(uint32_t)));
}

static cstn_status name_pools(merging *m, cstn_error **error)
{
	size_t n = m->from->pools.count, i;

	m->pools = numbers(&m->into->allocator, n);
	if (!m->pools)
		return cstn__fail_nomem(error);
	for (i = 0; i < n && m->from->config.pool; i++) {
		if (!m->from->pools.items[i].is_there)
			continue;
		m->pools[i] = cstn__ids_same(&m->into->pool_ids, &m->from->pool_ids, (uint32_t)i);
		if (m->pools[i] == CSTN__IDS_NONE)
			return cstn__fail_nomem(error);
	}
	return cstn__demand_pools_reserve(m->into) ? cstn__fail_nomem(error) : CSTN_OK;
}

static cstn_status name_keys(merging *m, int at, cstn_error **error)
{
	const cstn__demand_side *from = &m->from->sides[at];
	cstn__demand_side *into = &m->into->sides[at];
	size_t n = from->series.count, i;

	m->keys[at] = numbers(&m->into->allocator, n);
	if (!m->keys[at])
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++) {
		uint32_t number;

		if (!is_there(from, i))
			continue;
		number = cstn__ids_same(&into->keys, &from->keys, (uint32_t)i);
		if (number == CSTN__IDS_NONE)
			return cstn__fail_nomem(error);
		if (number < into->series.count && is_there(into, number))
			return cstn__series_in_both(&from->keys, (uint32_t)i, "models", error);
		m->keys[at][i] = number;
	}
	return cstn__demand_side_reserve(m->into, into) ? cstn__fail_nomem(error) : CSTN_OK;
}

/* --- copies ----------------------------------------------------------------------------------- */

static int copy_windows(merging *m, int at)
{
	const cstn__demand_side *from = &m->from->sides[at];
	const cstn_allocator *allocator = &m->into->allocator;
	size_t size = cstn__demand_window_size(m->into), i;

	m->windows[at] = cstn__alloc_zero(
			allocator, cstn__array_size(from->windows.count + 1, sizeof(void *)));
	if (!m->windows[at])
		return -1;
	for (i = 0; i < from->windows.count; i++) {
		const cstn__demand_window *window = from->windows.items[i];
		cstn__demand_window *copy;

		if (!window)
			continue;
		copy = cstn__alloc(allocator, size);
		if (!copy)
			return -1;
		m->windows[at][i] = copy;
		memcpy(copy, window, size);
		memset(&copy->rows, 0, sizeof(copy->rows));
		if (cstn__array_reserve(allocator, &copy->rows, window->rows.count))
			return -1;
		if (window->rows.count)
			memcpy(copy->rows.items, window->rows.items,
					window->rows.count * sizeof(*window->rows.items));
		copy->rows.count = window->rows.count;
		copy->base.pool = m->pools[copy->base.pool];
	}
	return 0;
}

/* What was closed of a pool that `into` has not. */
static int copy_closed(
		const cstn_demand_model *into, cstn__demand_pool *to, const cstn__demand_pool *from)
{
	const cstn_allocator *allocator = &into->allocator;

	if (cstn__array_reserve(allocator, &to->closed, from->closed.count) ||
			cstn__array_reserve(allocator, &to->settled, from->settled.count) ||
			cstn__array_reserve(allocator, &to->from, from->from.count) ||
			cstn__array_reserve(allocator, &to->factors, from->factors.count))
		return -1;
	if (from->closed.count)
		memcpy(to->closed.items, from->closed.items,
				from->closed.count * sizeof(*from->closed.items));
	if (from->settled.count)
		memcpy(to->settled.items, from->settled.items,
				from->settled.count * sizeof(*from->settled.items));
	if (from->from.count) {
		memcpy(to->from.items, from->from.items,
				from->from.count * sizeof(*from->from.items));
		memcpy(to->factors.items, from->factors.items,
				from->factors.count * sizeof(*from->factors.items));
	}
	return 0;
}

static int reserve_pools(merging *m)
{
	size_t i, k;

	for (i = 0; i < m->from->pools.count; i++) {
		const cstn__demand_pool *from = &m->from->pools.items[i];
		cstn__demand_pool *to = &m->into->pools.items[m->pools[i]];

		if (!from->is_there)
			continue;
		for (k = 0; k < from->open.count; k++)
			if (!cstn__pool_sum_at(m->into, &to->open, from->open.items[k].period))
				return -1;
		if (!to->is_there && copy_closed(m->into, to, from))
			return -1;
	}
	return 0;
}

/* --- storing ---------------------------------------------------------------------------------- */

static void store_pool(
		cstn_demand_model *into, cstn__demand_pool *to, const cstn__demand_pool *from)
{
	size_t k;

	if (!to->is_there) {
		to->is_there = 1;
		to->is_trimmed = from->is_trimmed;
		to->closed.count = from->closed.count;
		to->settled.count = from->settled.count;
		to->from.count = from->from.count;
		to->factors.count = from->factors.count;
	}
	for (k = 0; k < from->open.count; k++) {
		const cstn__pool_open *b = &from->open.items[k];
		cstn__pool_open *a = cstn__pool_sum_at(into, &to->open, b->period);

		cstn__exact_sum_merge(&a->sum, &b->sum);
		a->rows += b->rows;
		a->events |= b->events;
	}
	to->newest = from->newest > to->newest ? from->newest : to->newest;
	cstn__exact_sum_merge(&to->cold, &from->cold);
	to->cold_series += from->cold_series;
	for (k = 0; to->outcomes && k < CSTN__HORIZON_WEEKS; k++)
		cstn__calibration_merge(to->outcomes + k, from->outcomes + k);
	if (to->level)
		cstn__level_merge(to->level, from->level);
}

static void store_side(merging *m, int at)
{
	const cstn__demand_side *from = &m->from->sides[at];
	cstn__demand_side *into = &m->into->sides[at];
	size_t i;

	for (i = 0; i < from->series.count; i++) {
		uint32_t to = m->keys[at][i];

		if (!is_there(from, i))
			continue;
		into->series.items[to] = from->series.items[i];
		into->series.items[to].pool = m->pools[from->series.items[i].pool];
		memcpy(cstn__demand_profile(m->into, into, to),
				cstn__demand_profile(m->from, from, i),
				cstn__demand_width(m->into) * sizeof(float));
		if (i < from->windows.count) {
			cstn__demand_window_free(m->into, into->windows.items[to]);
			into->windows.items[to] = m->windows[at][i];
			m->windows[at][i] = NULL;
		}
	}
}

static void store(merging *m)
{
	cstn_demand_model *into = m->into;
	const cstn_demand_model *from = m->from;
	size_t i;

	for (i = 0; i < from->pools.count; i++)
		if (from->pools.items[i].is_there)
			store_pool(into, &into->pools.items[m->pools[i]], &from->pools.items[i]);
	store_side(m, CSTN__SIDE_DEMAND);
	store_side(m, CSTN__SIDE_RETURNS);
	if (!into->has_latest || from->latest > into->latest)
		into->latest = from->latest;
	into->has_latest = 1;
	into->has_closed = from->has_closed;
	into->closed = from->closed;
	into->version++;
}

static void free_merging(merging *m)
{
	const cstn_allocator *allocator = &m->into->allocator;
	int at;
	size_t i;

	for (at = 0; at < CSTN__SIDES; at++) {
		const cstn__demand_side *from = &m->from->sides[at];

		for (i = 0; m->windows[at] && i < from->windows.count; i++)
			cstn__demand_window_free(m->into, m->windows[at][i]);
		cstn__free(allocator, m->windows[at], (from->windows.count + 1) * sizeof(void *));
		cstn__free(allocator, m->keys[at], (from->series.count + 1) * sizeof(uint32_t));
	}
	cstn__free(allocator, m->pools, (m->from->pools.count + 1) * sizeof(uint32_t));
}

static cstn_status merge(cstn_demand_model *into, const cstn_demand_model *from, cstn_error **error)
{
	merging m = {into, from, NULL, {NULL, NULL}, {NULL, NULL}};
	cstn_status status;
	int at;

	if (!into->has_latest) {
		cstn__demand_model_clear(into);
		into->periods = from->periods;
		into->season = from->season;
		for (at = 0; at < CSTN__SIDES; at++)
			into->sides[at].keys.type = from->sides[at].keys.type;
		into->pool_ids.type = from->pool_ids.type;
	}
	status = name_pools(&m, error);
	if (status == CSTN_OK)
		status = check_pools(&m, error);
	for (at = 0; at < CSTN__SIDES && status == CSTN_OK; at++) {
		status = name_keys(&m, at, error);
		if (status == CSTN_OK && copy_windows(&m, at))
			status = cstn__fail_nomem(error);
	}
	if (status == CSTN_OK && reserve_pools(&m))
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK)
		store(&m);
	free_merging(&m);
	if (!into->has_latest)
		cstn__demand_model_clear(into);
	return status;
}

cstn_status cstn_demand_model_merge(
		cstn_demand_model *into, const cstn_demand_model *from, cstn_error **error)
{
	cstn_status status;

	status = cstn__states_check(into, from, "model", error);
	if (status == CSTN_OK)
		status = check_kin(into, from, error);
	return status == CSTN_OK && from->has_latest ? merge(into, from, error) : status;
}
