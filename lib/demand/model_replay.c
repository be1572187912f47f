/* Series that keep their last rows, so that one that is late finds its place.
 *
 * A window is the state before its first row, and the rows. Rows of a call go into copies of the
 * windows they change; then what has left the window moves its base, and the state is the base
 * after the rows that stay. The state is therefore a function of the rows, not of their order.
 *
 * The factor of a row is of the last step that was there when it came. A late row of a closed
 * period mends the total of that period and the steps behind it; rows whose factor was of such a
 * step get the one that it has become, in all series of the pool. That is right only while none of
 * these rows has left its window: the period lies in the window of the pool's last row, and of the
 * last closed period. Of one further back the total stays as it is.
 *
 * Of two rows of a period the one known later counts, and one that is no estimate before one that
 * is. Totals follow. O(rows of the window) a series and call; a call that mends a pool takes as
 * much for every series of the model. */
#include <string.h>

#include "base/error.h"
#include "base/map.h"
#include "demand/model.h"

typedef struct staged {
	cstn__demand_window *window;
	uint32_t key;
	int32_t side;
} staged;

/* What a row changes in the total of its period. */
typedef struct change {
	int64_t period;
	double add, take;
	uint32_t pool;
	int32_t rows;
	uint32_t events;
	uint32_t reserved;
} change;

/* Of a pool, while rows come in. */
typedef struct pool_stage {
	int64_t newest; /* period of its series */
	int64_t since;  /* the first period that is mended; INT64_MAX: none */
} pool_stage;

struct cstn__demand_replay {
	CSTN__ARRAY(staged) staged;
	CSTN__ARRAY(change) changes;
	CSTN__ARRAY(pool_stage) pools; /* all */
	cstn__i64_map places;
	int mends; /* some pool */
};

void cstn__demand_replay_free(cstn_demand_model *model, cstn__demand_replay *replay)
{
	size_t i;

	if (!replay)
		return;
	for (i = 0; i < replay->staged.count; i++)
		cstn__demand_window_free(model, replay->staged.items[i].window);
	cstn__array_free(&model->allocator, &replay->staged);
	cstn__array_free(&model->allocator, &replay->changes);
	cstn__array_free(&model->allocator, &replay->pools);
	cstn__i64_map_free(&replay->places);
	cstn__free(&model->allocator, replay, sizeof(*replay));
}

/* --- copies ----------------------------------------------------------------------------------- */

/* A copy of a series' window with room for one more row; NULL: out of memory. */
static cstn__demand_window *copy_window(
		const cstn_demand_model *model, const cstn__demand_window *from, uint32_t pool)
{
	cstn__demand_window *copy =
			cstn__alloc_zero(&model->allocator, cstn__demand_window_size(model));

	if (!copy)
		return NULL;
	if (!from) {
		copy->base.pool = pool;
		return copy;
	}
	memcpy(copy, from, cstn__demand_window_size(model));
	memset(&copy->rows, 0, sizeof(copy->rows));
	if (cstn__array_reserve(&model->allocator, &copy->rows, from->rows.count + 1)) {
		cstn__demand_window_free(model, copy);
		return NULL;
	}
	memcpy(copy->rows.items, from->rows.items, from->rows.count * sizeof(*from->rows.items));
	copy->rows.count = from->rows.count;
	return copy;
}

static staged *stage(
		cstn_demand_model *model, cstn__demand_replay *replay, const cstn__demand_row *row)
{
	int32_t side = row->marks & CSTN__ROW_RETURNED ? CSTN__SIDE_RETURNS : CSTN__SIDE_DEMAND;
	uint32_t next = (uint32_t)replay->staged.count, at;
	cstn__demand_window *copy;

	at = cstn__i64_map_find(&replay->places, (int64_t)row->key << 1 | side);
	if (at != UINT32_MAX)
		return &replay->staged.items[at];
	if (cstn__array_reserve(&model->allocator, &replay->staged, 1))
		return NULL;
	copy = copy_window(model, model->sides[side].windows.items[row->key], row->pool);
	if (!copy)
		return NULL;
	if (cstn__i64_map_intern(&replay->places, (int64_t)row->key << 1 | side, next) ==
			UINT32_MAX) {
		cstn__demand_window_free(model, copy);
		return NULL;
	}
	replay->staged.items[next] = (staged){copy, row->key, side};
	replay->staged.count++;
	return &replay->staged.items[next];
}

/* --- one row into a window -------------------------------------------------------------------- */

static int is_there(const cstn__demand_window *window)
{
	return window->rows.count || window->base.flags & CSTN__SERIES_IS_THERE;
}

static int64_t newest(const cstn__demand_window *window)
{
	return window->rows.count ? window->rows.items[window->rows.count - 1].period
				  : window->base.last;
}

/* Where the row belongs: the first kept row that is not before it. */
static size_t place_of(const cstn__demand_window *window, int64_t period)
{
	size_t at = window->rows.count;

	while (at && window->rows.items[at - 1].period >= period)
		at--;
	return at;
}

/* Whether a row may stand between its neighbours. */
static int fits(const cstn_demand_model *model, const cstn__demand_window *window,
		const cstn__demand_row *row, size_t at)
{
	int is_return = row->marks & CSTN__ROW_RETURNED;

	if (at) {
		if (cstn__demand_fill(model, is_return, window->rows.items[at - 1].period,
				    row->period) < 0)
			return 0;
	} else if (window->base.flags & CSTN__SERIES_IS_THERE) {
		if (cstn__demand_fill(model, is_return, window->base.last, row->period) < 0)
			return 0;
	}
	return at == window->rows.count ||
	       cstn__demand_fill(model, is_return, row->period, window->rows.items[at].period) >= 0;
}

static double amount_of(const cstn__demand_kept *kept)
{
	return kept->y - kept->back;
}

static int counts(const cstn__demand_kept *kept)
{
	return (kept->has_y || kept->has_back) && cstn__demand_is_learned(kept->flags);
}

/* Whether a row that is there gives way to another: 1 it does, 0 it stays, -1 they contradict. */
static int gives_way(const cstn__demand_kept *kept, const cstn__demand_row *row, int is_back)
{
	int64_t there = is_back ? kept->returned_us : kept->available_us;
	int was_estimate = kept->flags & CSTN_DEMAND_ESTIMATED;
	int is_estimate = row->flags & CSTN_DEMAND_ESTIMATED;

	if (row->available_us != there)
		return row->available_us > there;
	if (!is_back && !was_estimate != !is_estimate)
		return was_estimate != 0;
	if (is_back)
		return kept->back == row->y ? 0 : -1;
	return kept->y == row->y && kept->limit == row->limit && kept->flags == row->flags &&
					       kept->events == row->events
			       ? 0
			       : -1;
}

static void put_row(cstn__demand_kept *kept, const cstn__demand_row *row, int is_back)
{
	if (is_back) {
		kept->has_back = 1;
		kept->back = row->y;
		kept->returned_us = row->available_us;
		return;
	}
	kept->has_y = 1;
	kept->y = row->y;
	kept->limit = row->limit;
	kept->flags = row->flags;
	kept->available_us = row->available_us;
	if (kept->events != row->events)
		kept->factor = 0; /* to be looked up */
	kept->events = row->events;
}

static int is_closed(const cstn_demand_model *model, int64_t period)
{
	return model->has_closed && period <= model->closed;
}

static cstn__pool_sums *sums_of(cstn_demand_model *model, uint32_t pool, int64_t period)
{
	cstn__demand_pool *of = &model->pools.items[pool];

	return is_closed(model, period) ? &of->settled : &of->open;
}

/* Notes what a row does to its period's total. 0 or -1. */
static int note_change(cstn_demand_model *model, cstn__demand_replay *replay,
		const cstn__demand_row *row, const cstn__demand_kept *before,
		const cstn__demand_kept *after)
{
	change c = {row->period, 0, 0, row->pool, 0, row->events, 0};

	if (row->marks & CSTN__ROW_RETURNED ||
			(is_closed(model, row->period) &&
					!cstn__pool_is_mendable(model,
							replay->pools.items[row->pool].newest,
							row->period)))
		return 0;
	if (before && counts(before)) {
		c.take = amount_of(before);
		c.rows--;
	}
	if (counts(after)) {
		c.add = amount_of(after);
		c.rows++;
	}
	if (!cstn__demand_is_learned(row->flags))
		c.events = 0;
	if (cstn__array_reserve(&model->allocator, &replay->changes, 1) ||
			!cstn__pool_sum_at(
					model, sums_of(model, row->pool, row->period), row->period))
		return -1;
	replay->changes.items[replay->changes.count++] = c;
	return 0;
}

static cstn_status insert(cstn_demand_model *model, cstn__demand_replay *replay,
		cstn__demand_window *window, const cstn__demand_row *row, size_t at)
{
	int is_back = row->flags & CSTN_DEMAND_RETURN && !(row->marks & CSTN__ROW_RETURNED);
	cstn__demand_kept kept;

	memset(&kept, 0, sizeof(kept));
	kept.period = row->period;
	put_row(&kept, row, is_back);
	if (cstn__array_reserve(&model->allocator, &window->rows, 1) ||
			note_change(model, replay, row, NULL, &kept))
		return CSTN_E_NOMEM;
	memmove(window->rows.items + at + 1, window->rows.items + at,
			(window->rows.count - at) * sizeof(kept));
	window->rows.items[at] = kept;
	window->rows.count++;
	return CSTN_OK;
}

/* A row of a period that is there. */
static cstn_status join(cstn_demand_model *model, cstn__demand_replay *replay,
		cstn__demand_rows *rows, cstn__demand_kept *kept, cstn__demand_row *row)
{
	int is_back = row->flags & CSTN_DEMAND_RETURN && !(row->marks & CSTN__ROW_RETURNED);
	cstn__demand_kept before = *kept, after = *kept;
	int way = 1;

	if (is_back ? kept->has_back : kept->has_y)
		way = gives_way(kept, row, is_back);
	if (way < 0)
		return cstn__demand_refuse(model, rows, row, CSTN__DEMAND_Y, CSTN_ROW_CONFLICT);
	if (way)
		put_row(&after, row, is_back);
	if (note_change(model, replay, row, &before, &after))
		return CSTN_E_NOMEM;
	*kept = after;
	return CSTN_OK;
}

static cstn_status take_row(cstn_demand_model *model, cstn__demand_replay *replay,
		cstn__demand_rows *rows, cstn__demand_row *row)
{
	staged *to = stage(model, replay, row);
	cstn__demand_window *window;
	pool_stage *pool;
	cstn_status status;
	size_t at;

	if (!to)
		return CSTN_E_NOMEM;
	window = to->window;
	if (is_there(window)) {
		if (window->base.pool != row->pool)
			return cstn__demand_refuse(
					model, rows, row, CSTN__DEMAND_POOL, CSTN_ROW_CONFLICT);
		if (row->period <= newest(window) &&
				(uint64_t)newest(window) - (uint64_t)row->period >=
						(uint64_t)model->config.replay_periods)
			return cstn__demand_refuse(
					model, rows, row, CSTN__DEMAND_DS, CSTN_ROW_TOO_LATE);
	}
	window->base.pool = row->pool;
	at = place_of(window, row->period);
	if (at < window->rows.count && window->rows.items[at].period == row->period)
		return join(model, replay, rows, &window->rows.items[at], row);
	if (!fits(model, window, row, at))
		return cstn__demand_refuse(model, rows, row, CSTN__DEMAND_DS, CSTN_ROW_GAP);
	status = insert(model, replay, window, row, at);
	pool = &replay->pools.items[row->pool];
	if (to->side == CSTN__SIDE_DEMAND && row->period > pool->newest)
		pool->newest = row->period;
	return status;
}

/* The pools as they are. 0 or -1. */
static int stage_pools(const cstn_demand_model *model, cstn__demand_replay *replay)
{
	size_t n = model->pools.count, i;

	if (cstn__array_reserve(&model->allocator, &replay->pools, n))
		return -1;
	for (i = 0; i < n; i++)
		replay->pools.items[i] = (pool_stage){model->pools.items[i].newest, INT64_MAX};
	replay->pools.count = n;
	return 0;
}

/* Room for what is mended. 0 or -1. */
static int reserve_mending(cstn_demand_model *model, const cstn__demand_replay *replay)
{
	size_t i;

	for (i = 0; i < replay->changes.count; i++) {
		const change *c = &replay->changes.items[i];

		if (is_closed(model, c->period) &&
				cstn__pool_mend_reserve(model, &model->pools.items[c->pool]))
			return -1;
	}
	return 0;
}

cstn_status cstn__demand_replay_stage(cstn_demand_model *model, cstn__demand_rows *rows,
		cstn__demand_replay **out, cstn_error **error)
{
	cstn__demand_replay *replay = cstn__alloc_zero(&model->allocator, sizeof(*replay));
	cstn_status status = CSTN_OK;
	size_t i;

	if (!replay)
		return cstn__fail_nomem(error);
	cstn__i64_map_init(&replay->places, &model->allocator, 1);
	if (stage_pools(model, replay))
		status = CSTN_E_NOMEM;
	for (i = 0; i < rows->items.count && status == CSTN_OK; i++)
		status = take_row(model, replay, rows, &rows->items.items[i]);
	if (status == CSTN_OK && reserve_mending(model, replay))
		status = CSTN_E_NOMEM;
	if (status != CSTN_OK) {
		cstn__demand_replay_free(model, replay);
		return cstn__fail_nomem(error);
	}
	*out = replay;
	return CSTN_OK;
}

/* --- totals and states ------------------------------------------------------------------------ */

void cstn__demand_replay_totals(cstn_demand_model *model, cstn__demand_replay *replay)
{
	size_t i;

	for (i = 0; i < replay->changes.count; i++) {
		const change *c = &replay->changes.items[i];
		pool_stage *pool = &replay->pools.items[c->pool];
		cstn__pool_open *open = cstn__pool_sum_at(
				model, sums_of(model, c->pool, c->period), c->period);

		if (is_closed(model, c->period) && c->period < pool->since &&
				(c->add != c->take || c->rows || c->events & ~open->events))
			pool->since = c->period;
		cstn__exact_sum_add(&open->sum, c->add);
		cstn__exact_sum_add(&open->sum, -c->take);
		open->rows += c->rows;
		open->events |= c->events;
	}
	for (i = 0; i < replay->pools.count; i++) {
		const pool_stage *pool = &replay->pools.items[i];

		if (pool->since < INT64_MAX) {
			cstn__pool_mend(model, &model->pools.items[i], pool->since);
			replay->mends = 1;
		}
		model->pools.items[i].newest = pool->newest;
	}
}

/* Until which step a row of the period that comes now looks. */
static int64_t known_now(const cstn_demand_model *model, int64_t period)
{
	if (!model->has_closed)
		return CSTN__PERIOD_NONE;
	return period <= model->closed ? period : model->closed + 1;
}

static double factor_of(
		const cstn_demand_model *model, uint32_t pool, const cstn__demand_kept *kept)
{
	return cstn__pool_factor(
			model, &model->pools.items[pool], kept->known, kept->period, kept->events);
}

static void learn_kept(cstn_demand_model *model, const staged *of, cstn__demand_series *series,
		float *profile, cstn__demand_kept *kept, int is_base)
{
	int is_return = of->side == CSTN__SIDE_RETURNS;
	cstn__demand_pool *pool = &model->pools.items[series->pool];
	cstn__demand_point point = {kept->period, series->last, amount_of(kept), kept->limit, 1,
			kept->flags, 0, 0, NULL, is_base && !is_return ? pool->level : NULL};
	int64_t fill = 0;
	double cold;

	if (!(kept->factor > 0)) {
		kept->known = known_now(model, kept->period);
		kept->factor = is_return ? 1 : factor_of(model, series->pool, kept);
	}
	point.factor = kept->factor;
	/* what may still change does not count yet */
	if (is_base && !is_return && pool->outcomes) {
		point.outcomes = pool->outcomes;
		point.hash = cstn__demand_key_hash(&model->sides[of->side].keys, of->key);
	}
	if (series->flags & CSTN__SERIES_IS_THERE)
		fill = cstn__demand_fill(model, is_return, series->last, kept->period);
	series->flags |= CSTN__SERIES_IS_THERE;
	if (cstn__demand_learn(model, series, profile, &point, (uint32_t)fill, &cold) && is_base &&
			!is_return) {
		cstn__exact_sum_add(&pool->cold, cold);
		pool->cold_series++;
	}
}

/* The state is what follows the base. */
static void learn_window(cstn_demand_model *model, const staged *of)
{
	cstn__demand_side *side = &model->sides[of->side];
	cstn__demand_window *window = of->window;
	cstn__demand_series *now = &side->series.items[of->key];
	float *profile = cstn__demand_profile(model, side, of->key);
	size_t i;

	*now = window->base;
	memcpy(profile, window->profile, cstn__demand_width(model) * sizeof(*profile));
	for (i = 0; i < window->rows.count; i++)
		learn_kept(model, of, now, profile, &window->rows.items[i], 0);
}

/* The base moves over rows that have left the window. */
static void settle(cstn_demand_model *model, const staged *of)
{
	cstn__demand_window *window = of->window;
	uint64_t most = (uint64_t)model->config.replay_periods;
	size_t left = 0;

	for (; left < window->rows.count &&
			(uint64_t)newest(window) - (uint64_t)window->rows.items[left].period >=
					most;
			left++)
		learn_kept(model, of, &window->base, window->profile, &window->rows.items[left], 1);
	window->rows.count -= left;
	memmove(window->rows.items, window->rows.items + left,
			window->rows.count * sizeof(*window->rows.items));
	learn_window(model, of);
}

/* Factors of steps that were made again. Whether there are any. */
static int mend_factors(const cstn_demand_model *model, int64_t since, cstn__demand_window *window)
{
	int any = 0;
	size_t i;

	for (i = 0; i < window->rows.count; i++) {
		cstn__demand_kept *kept = &window->rows.items[i];

		if (!(kept->factor > 0) || kept->known <= since)
			continue;
		kept->factor = factor_of(model, window->base.pool, kept);
		any = 1;
	}
	return any;
}

/* All series of pools that were mended. */
static void mend_series(cstn_demand_model *model, const cstn__demand_replay *replay)
{
	const cstn__demand_side *side = &model->sides[CSTN__SIDE_DEMAND];
	size_t i;

	for (i = 0; i < side->windows.count; i++) {
		const staged of = {side->windows.items[i], (uint32_t)i, CSTN__SIDE_DEMAND};

		if (of.window &&
				mend_factors(model, replay->pools.items[of.window->base.pool].since,
						of.window))
			learn_window(model, &of);
	}
}

void cstn__demand_replay_commit(cstn_demand_model *model, cstn__demand_replay *replay)
{
	size_t i;

	if (replay->mends)
		mend_series(model, replay);
	for (i = 0; i < replay->staged.count; i++) {
		staged *of = &replay->staged.items[i];
		cstn__demand_window **place = &model->sides[of->side].windows.items[of->key];

		if (!is_there(of->window))
			continue; /* all its rows were bad */
		if (of->side == CSTN__SIDE_DEMAND)
			(void)mend_factors(model, replay->pools.items[of->window->base.pool].since,
					of->window);
		settle(model, of);
		cstn__demand_window_free(model, *place);
		*place = of->window;
		of->window = NULL;
	}
	cstn__demand_replay_free(model, replay);
}
