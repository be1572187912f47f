/* A demand model as bytes, and back.
 *
 * The body is the configuration, then what its first rows settled, then pools in order of their
 * ids, then the series of each side in order of theirs, with the rows of their windows. Nothing
 * depends on what was seen first, or on the machine. Bytes that come back are not trusted: order,
 * ranges and sums are checked, so that every state is one that rows can make a forecast of. */
#include <math.h>
#include <string.h>

#include "base/envelope.h"
#include "base/error.h"
#include "base/states.h"
#include "demand/model.h"

static const cstn__envelope envelope = {CSTN__ENVELOPE_STATE, "demand model", CSTN__KIND_DEMAND, 1};

/* Levels and totals are within what doubles can add up. */
#define LEVEL_MOST 1e302

void cstn__put_f32(cstn__bytes *out, float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	cstn__bytes_put_u32(out, bits);
}

float cstn__read_f32(cstn__reader *in)
{
	uint32_t bits = cstn__read_u32(in);
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* --- writing: pools --------------------------------------------------------------------------- */

static void put_sums(cstn__bytes *out, const cstn__pool_sums *sums)
{
	uint32_t n = 0;
	size_t i;

	for (i = 0; i < sums->count; i++)
		n += (uint32_t)cstn__pool_open_counts(&sums->items[i]);
	cstn__bytes_put_u32(out, n);
	for (i = 0; i < sums->count; i++) {
		const cstn__pool_open *open = &sums->items[i];

		if (!cstn__pool_open_counts(open))
			continue;
		cstn__bytes_put_u64(out, (uint64_t)open->period);
		cstn__bytes_put_u64(out, (uint64_t)open->rows);
		cstn__bytes_put_u32(out, open->events);
		cstn__exact_sum_put(out, &open->sum);
	}
}

static void put_pool(
		cstn__bytes *out, const cstn_demand_model *model, const cstn__demand_pool *pool)
{
	size_t i;

	cstn__bytes_put_u8(out, pool->is_trimmed);
	cstn__bytes_put_u32(out, (uint32_t)pool->closed.count);
	for (i = 0; i < pool->closed.count; i++) {
		cstn__bytes_put_u64(out, (uint64_t)pool->closed.items[i].period);
		cstn__bytes_put_f64(out, pool->closed.items[i].total);
		cstn__bytes_put_u32(out, pool->closed.items[i].events);
	}
	put_sums(out, &pool->open);
	if (cstn__pools_mend(model))
		put_sums(out, &pool->settled);
	cstn__bytes_put_u32(out, (uint32_t)pool->from.count);
	for (i = 0; i < pool->from.count; i++)
		cstn__bytes_put_u64(out, (uint64_t)pool->from.items[i]);
	for (i = 0; i < pool->factors.count; i++)
		cstn__bytes_put_f64(out, pool->factors.items[i]);
	cstn__exact_sum_put(out, &pool->cold);
	cstn__bytes_put_u64(out, (uint64_t)pool->cold_series);
	for (i = 0; pool->outcomes && i < CSTN__HORIZON_WEEKS; i++)
		cstn__calibration_put(out, pool->outcomes + i);
	if (pool->level)
		cstn__level_put(out, pool->level);
}

/* ranks[number]: the place of a pool among those written. 0 or -1. */
static int put_pools(cstn__bytes *out, const cstn_demand_model *model, uint32_t *ranks)
{
	size_t n = model->pools.count, ids = model->pool_ids.count, i;
	uint32_t *order = cstn__ids_order(&model->pool_ids), written = 0;

	if (!order)
		return -1;
	for (i = 0; i < n; i++)
		written += model->pools.items[i].is_there;
	cstn__bytes_put_u32(out, written);
	written = 0;
	for (i = 0; i < (model->config.pool ? ids : n); i++) {
		uint32_t number = model->config.pool ? order[i] : (uint32_t)i;

		if (number >= n || !model->pools.items[number].is_there)
			continue;
		if (model->config.pool)
			cstn__id_put(out, &model->pool_ids, number);
		put_pool(out, model, &model->pools.items[number]);
		ranks[number] = written++;
	}
	cstn__ids_list_free(&model->pool_ids, order);
	return 0;
}

/* --- writing: series -------------------------------------------------------------------------- */

static void put_state(
		cstn__bytes *out, const cstn__demand_series *s, const float *profile, size_t width)
{
	size_t j;

	cstn__bytes_put_u8(out, s->flags);
	cstn__bytes_put_u64(out, (uint64_t)s->last);
	for (j = 0; j < CSTN__SPEEDS; j++)
		cstn__bytes_put_f64(out, s->level[j]);
	for (j = 0; j < CSTN__SPEEDS; j++)
		cstn__put_f32(out, s->loss[j]);
	cstn__put_f32(out, s->size);
	cstn__put_f32(out, s->chance);
	cstn__put_f32(out, s->hidden);
	cstn__put_f32(out, s->absolute);
	cstn__put_f32(out, s->error_square);
	cstn__put_f32(out, s->mu);
	cstn__put_f32(out, s->mu_square);
	cstn__put_f32(out, s->drift_up);
	cstn__put_f32(out, s->drift_down);
	cstn__bytes_put_u32(out, s->seen);
	cstn__bytes_put_u16(out, (uint16_t)s->exponent);
	cstn__bytes_put_u16(out, s->run);
	cstn__bytes_put_u16(out, s->rest);
	cstn__bytes_put_u8(out, s->hasty);
	for (j = 0; j < width; j++)
		cstn__put_f32(out, profile[j]);
}

static void put_window(
		cstn__bytes *out, const cstn_demand_model *model, const cstn__demand_window *window)
{
	size_t i;

	put_state(out, &window->base, window->profile, cstn__demand_width(model));
	cstn__bytes_put_u32(out, (uint32_t)window->rows.count);
	for (i = 0; i < window->rows.count; i++) {
		const cstn__demand_kept *kept = &window->rows.items[i];

		cstn__bytes_put_u64(out, (uint64_t)kept->period);
		cstn__bytes_put_u64(out, (uint64_t)kept->available_us);
		cstn__bytes_put_u64(out, (uint64_t)kept->returned_us);
		cstn__bytes_put_f64(out, kept->y);
		cstn__bytes_put_f64(out, kept->limit);
		cstn__bytes_put_f64(out, kept->back);
		cstn__bytes_put_f64(out, kept->factor);
		if (cstn__pools_mend(model))
			cstn__bytes_put_u64(out, (uint64_t)kept->known);
		cstn__bytes_put_u16(out, (uint16_t)kept->flags);
		cstn__bytes_put_u8(out, (uint8_t)(kept->has_y | kept->has_back << 1));
		cstn__bytes_put_u8(out, kept->events);
	}
}

static int put_side(cstn__bytes *out, const cstn_demand_model *model, const cstn__demand_side *side,
		const uint32_t *ranks)
{
	size_t n = side->keys.count, i;
	uint32_t *order = cstn__ids_order(&side->keys);
	uint64_t written = 0;

	if (!order)
		return -1;
	for (i = 0; i < side->series.count; i++)
		written += side->series.items[i].flags & CSTN__SERIES_IS_THERE;
	cstn__bytes_put_u64(out, written);
	for (i = 0; i < n; i++) {
		uint32_t number = order[i];
		const cstn__demand_series *s = &side->series.items[number];

		if (number >= side->series.count || !(s->flags & CSTN__SERIES_IS_THERE))
			continue;
		cstn__id_put(out, &side->keys, number);
		cstn__bytes_put_u32(out, ranks[s->pool]);
		put_state(out, s, cstn__demand_profile(model, side, number),
				cstn__demand_width(model));
		if (model->config.flags & CSTN_DEMAND_REPLAY)
			put_window(out, model, side->windows.items[number]);
	}
	cstn__ids_list_free(&side->keys, order);
	return 0;
}

static int put_model(cstn__bytes *out, const cstn_demand_model *model)
{
	size_t size = cstn__array_size(model->pools.count + 1, sizeof(uint32_t));
	uint32_t *ranks = cstn__alloc_zero(&model->allocator, size);
	int failed = !ranks, at;

	cstn__bytes_put_u8(out, (uint8_t)model->has_latest);
	cstn__bytes_put_u8(out, (uint8_t)model->has_closed);
	if (model->has_latest) {
		cstn__bytes_put_u64(out, (uint64_t)model->latest);
		cstn__bytes_put_u64(out, (uint64_t)(model->has_closed ? model->closed : 0));
		cstn__bytes_put_u8(out, (uint8_t)model->periods.type);
		cstn__bytes_put_u8(out, (uint8_t)model->sides[0].keys.type);
		cstn__bytes_put_u8(out, (uint8_t)model->pool_ids.type);
		failed = failed || put_pools(out, model, ranks);
		for (at = 0; at < CSTN__SIDES; at++)
			failed = failed || put_side(out, model, &model->sides[at], ranks);
	}
	cstn__free(&model->allocator, ranks, size);
	return failed ? -1 : 0;
}

cstn_status cstn_demand_model_serialize(
		const cstn_demand_model *model, cstn_buffer **out, cstn_error **error)
{
	cstn__bytes body;
	size_t config;

	if (!model || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	cstn__bytes_init(&body, &model->allocator);
	cstn__demand_config_put(&body, model);
	config = body.size;
	if (put_model(&body, model)) {
		cstn__bytes_free(&body);
		return cstn__fail_nomem(error);
	}
	return cstn__envelope_close(&envelope, &body, config, out, error);
}

/* --- reading: configuration ------------------------------------------------------------------- */

static cstn_status corrupt(cstn_error **error, const char *what)
{
	return cstn__fail(error, CSTN_E_CORRUPT, "demand model: %s", what);
}

const char *cstn__demand_name_read(cstn__reader *in, char room[257])
{
	size_t len = cstn__read_u16(in);
	const uint8_t *text = cstn__read_bytes(in, len <= 256 ? len : SIZE_MAX);

	if (!text || !len || memchr(text, 0, len)) {
		in->failed |= len != 0;
		return NULL;
	}
	memcpy(room, text, len);
	room[len] = 0;
	return room;
}

static cstn_status read_config(cstn__reader *in, const cstn_allocator *allocator,
		cstn_demand_model **out, cstn_error **error)
{
	char pool[257], rooms[CSTN_DEMAND_EVENTS_MOST][257];
	const char *events[CSTN_DEMAND_EVENTS_MOST];
	cstn_demand_config c = CSTN_DEMAND_CONFIG_INIT;
	cstn_error *why = NULL;
	cstn_status status;
	int32_t i;

	c.flags = cstn__read_u32(in);
	c.period = (int32_t)cstn__read_u32(in);
	c.gap = (int32_t)cstn__read_u32(in);
	c.season = (int32_t)cstn__read_u32(in);
	c.first_weekday = (int32_t)cstn__read_u32(in);
	c.returns = (int32_t)cstn__read_u32(in);
	c.replay_periods = (int32_t)cstn__read_u32(in);
	c.pace = (int32_t)cstn__read_u32(in);
	c.latency_us = (int64_t)cstn__read_u64(in);
	c.pool = cstn__demand_name_read(in, pool);
	c.n_events = (int32_t)cstn__read_u32(in);
	c.events = events;
	if (in->failed || c.flags >= CSTN_DEMAND_CALIBRATE << 1 || c.n_events < 0 ||
			c.n_events > CSTN_DEMAND_EVENTS_MOST || c.first_weekday == 0 ||
			c.pace == 0 || (c.flags & CSTN_DEMAND_REPLAY) != (c.replay_periods != 0))
		return corrupt(error, "a configuration that cannot be");
	for (i = 0; i < c.n_events; i++)
		events[i] = cstn__demand_name_read(in, rooms[i]);
	if (in->failed)
		return corrupt(error, "names that cannot be");
	status = cstn__demand_model_make(&c, allocator, out, &why);
	if (status == CSTN_E_INVALID_ARGUMENT)
		status = corrupt(error, cstn_error_message(why));
	else if (status != CSTN_OK)
		status = cstn__fail_nomem(error);
	cstn_error_free(why);
	return status;
}

/* --- reading: pools --------------------------------------------------------------------------- */

static int is_period(int64_t period)
{
	return period >= -CSTN__DEMAND_PERIOD_MOST && period <= CSTN__DEMAND_PERIOD_MOST + 1;
}

/* 0; -1 corrupt; -2 out of memory. */
static int read_closed(cstn__reader *in, const cstn_demand_model *model, cstn__demand_pool *pool)
{
	uint32_t n = cstn__read_u32(in), i;

	if (!cstn__reader_can_hold(in, n, 20) || (n && !model->has_closed))
		return -1;
	if (cstn__array_reserve(&model->allocator, &pool->closed, n))
		return -2;
	for (i = 0; i < n; i++) {
		cstn__pool_total *t = &pool->closed.items[i];

		t->period = (int64_t)cstn__read_u64(in);
		t->total = cstn__read_f64(in);
		t->events = cstn__read_u32(in);
		t->reserved = 0;
		if (!is_period(t->period) || t->period > model->closed ||
				(i && t->period <= t[-1].period) ||
				!(fabs(t->total) <= CSTN__DEMAND_LARGEST) ||
				t->events >> model->config.n_events)
			return -1;
	}
	pool->closed.count = n;
	return 0;
}

static int read_sums(cstn__reader *in, const cstn_demand_model *model, cstn__pool_sums *sums)
{
	uint32_t n = cstn__read_u32(in), i;

	if (!cstn__reader_can_hold(in, n, 24))
		return -1;
	if (cstn__array_reserve(&model->allocator, sums, n))
		return -2;
	for (i = 0; i < n; i++) {
		cstn__pool_open *o = &sums->items[i];

		memset(o, 0, sizeof(*o));
		o->period = (int64_t)cstn__read_u64(in);
		o->rows = (int64_t)cstn__read_u64(in);
		o->events = cstn__read_u32(in);
		if (cstn__exact_sum_read(in, &o->sum) || !is_period(o->period) || o->rows < 0 ||
				!cstn__pool_open_counts(o) || (i && o->period <= o[-1].period) ||
				o->events >> model->config.n_events)
			return -1;
	}
	sums->count = n;
	return 0;
}

static int read_open(cstn__reader *in, const cstn_demand_model *model, cstn__demand_pool *pool)
{
	int failed = read_sums(in, model, &pool->open);

	if (!failed && pool->open.count && model->has_closed &&
			pool->open.items[0].period <= model->closed)
		return -1;
	return failed;
}

/* The closed periods of a window: their sums make the last totals. */
static int read_settled(cstn__reader *in, const cstn_demand_model *model, cstn__demand_pool *pool)
{
	int failed = read_sums(in, model, &pool->settled);
	int64_t before = model->closed - model->config.replay_periods;
	size_t n = pool->closed.count, i;

	for (i = pool->settled.count; !failed && i--;) {
		const cstn__pool_open *o = &pool->settled.items[i];

		if (!model->has_closed || o->period > model->closed || o->period <= before)
			return -1;
		if (o->rows && (!n-- || !cstn__pool_total_is(&pool->closed.items[n], o)))
			return -1;
	}
	return !failed && n && pool->closed.items[n - 1].period > before ? -1 : failed;
}

static int read_factors(cstn__reader *in, const cstn_demand_model *model, cstn__demand_pool *pool)
{
	size_t width = (size_t)model->season + (size_t)model->config.n_events, i;
	uint32_t n = cstn__read_u32(in);

	if (!cstn__reader_can_hold(in, n, 8 + width * 8))
		return -1;
	if (cstn__array_reserve(&model->allocator, &pool->from, n) ||
			cstn__array_reserve(&model->allocator, &pool->factors, n * width))
		return -2;
	for (i = 0; i < n; i++) {
		pool->from.items[i] = (int64_t)cstn__read_u64(in);
		if (!is_period(pool->from.items[i]) ||
				(i && pool->from.items[i] <= pool->from.items[i - 1]))
			return -1;
	}
	for (i = 0; i < n * width; i++) {
		double factor = cstn__read_f64(in);

		if (!(factor >= 0 && factor <= 1000))
			return -1;
		pool->factors.items[i] = factor;
	}
	pool->from.count = n;
	pool->factors.count = n * width;
	return 0;
}

static int read_pool(cstn__reader *in, const cstn_demand_model *model, cstn__demand_pool *pool)
{
	int failed, i;

	pool->is_there = 1;
	pool->is_trimmed = cstn__read_u8(in);
	if (pool->is_trimmed > 1)
		return -1;
	failed = read_closed(in, model, pool);
	if (!failed)
		failed = read_open(in, model, pool);
	if (!failed && cstn__pools_mend(model))
		failed = read_settled(in, model, pool);
	if (!failed)
		failed = read_factors(in, model, pool);
	if (!failed && cstn__exact_sum_read(in, &pool->cold))
		failed = -1;
	pool->cold_series = (int64_t)cstn__read_u64(in);
	for (i = 0; !failed && pool->outcomes && i < CSTN__HORIZON_WEEKS; i++)
		failed = cstn__calibration_read(in, pool->outcomes + i);
	if (!failed && pool->level)
		failed = cstn__level_read(in, pool->level);
	return failed ? failed : pool->cold_series < 0 || in->failed ? -1 : 0;
}

static int read_pools(cstn__reader *in, cstn_demand_model *model)
{
	cstn__last_id last = {0, 0, NULL, 0};
	uint32_t n = cstn__read_u32(in), i;
	int failed = 0;

	if (!cstn__reader_can_hold(in, n, 25) || (!model->config.pool && n > 1))
		return -1;
	for (i = 0; i < n && !failed; i++) {
		if (model->config.pool) {
			failed = cstn__id_read_next(in, &model->pool_ids, &last);
			if (failed)
				return failed;
		}
		if (cstn__demand_pools_reserve(model))
			return -2;
		failed = read_pool(in, model, &model->pools.items[i]);
	}
	return failed;
}

/* --- reading: series -------------------------------------------------------------------------- */

static int is_float(float value, float least)
{
	return value >= least && value <= (float)CSTN__DEMAND_FLOAT_MOST;
}

/* 0, or -1 for a state that no rows make. */
static int read_state(cstn__reader *in, const cstn_demand_model *model, cstn__demand_series *s,
		float *profile)
{
	size_t width = cstn__demand_width(model), j;
	int good = 1;

	s->flags = cstn__read_u8(in);
	s->last = (int64_t)cstn__read_u64(in);
	for (j = 0; j < CSTN__SPEEDS; j++) {
		s->level[j] = cstn__read_f64(in);
		good &= fabs(s->level[j]) <= LEVEL_MOST;
	}
	for (j = 0; j < CSTN__SPEEDS; j++) {
		s->loss[j] = cstn__read_f32(in);
		good &= is_float(s->loss[j], 0);
	}
	s->size = cstn__read_f32(in);
	s->chance = cstn__read_f32(in);
	s->hidden = cstn__read_f32(in);
	s->absolute = cstn__read_f32(in);
	s->error_square = cstn__read_f32(in);
	s->mu = cstn__read_f32(in);
	s->mu_square = cstn__read_f32(in);
	s->drift_up = cstn__read_f32(in);
	s->drift_down = cstn__read_f32(in);
	good &= is_float(s->size, 0) && is_float(s->chance, 0) && s->chance <= 1 &&
		is_float(s->hidden, 0) && s->hidden <= (float)CSTN__HIDDEN_MOST &&
		is_float(s->absolute, 0) && is_float(s->error_square, 0) &&
		is_float(s->mu, -(float)CSTN__DEMAND_FLOAT_MOST) && is_float(s->mu_square, 0) &&
		is_float(s->drift_up, 0) && is_float(s->drift_down, 0);
	s->seen = cstn__read_u32(in);
	s->exponent = (int16_t)cstn__read_u16(in);
	s->run = cstn__read_u16(in);
	s->rest = cstn__read_u16(in);
	s->hasty = cstn__read_u8(in);
	for (j = 0; j < width; j++) {
		profile[j] = cstn__read_f32(in);
		good &= is_float(profile[j], -(float)CSTN__DEMAND_FLOAT_MOST);
	}
	good &= s->exponent >= -1000 && s->exponent <= 1000 && is_period(s->last) &&
		s->last <= model->latest && !(s->flags & ~CSTN__SERIES_FLAGS);
	return in->failed || !good ? -1 : 0;
}

static int read_kept(cstn__reader *in, const cstn_demand_model *model, cstn__demand_window *window,
		size_t i)
{
	cstn__demand_kept *kept = &window->rows.items[i];
	uint8_t has;

	memset(kept, 0, sizeof(*kept));
	kept->period = (int64_t)cstn__read_u64(in);
	kept->available_us = (int64_t)cstn__read_u64(in);
	kept->returned_us = (int64_t)cstn__read_u64(in);
	kept->y = cstn__read_f64(in);
	kept->limit = cstn__read_f64(in);
	kept->back = cstn__read_f64(in);
	kept->factor = cstn__read_f64(in);
	kept->known = cstn__pools_mend(model) ? (int64_t)cstn__read_u64(in) : CSTN__PERIOD_NONE;
	kept->flags = cstn__read_u16(in);
	has = cstn__read_u8(in);
	kept->has_y = has & 1;
	kept->has_back = has >> 1;
	kept->events = cstn__read_u8(in);
	if (in->failed || !has || has > 3 || kept->flags > 31 ||
			kept->events >> model->config.n_events)
		return -1;
	if (!(kept->y >= 0 && kept->y <= CSTN__DEMAND_LARGEST) ||
			!(kept->limit >= 0 && kept->limit <= CSTN__DEMAND_LARGEST) ||
			!(kept->back >= 0 && kept->back <= CSTN__DEMAND_LARGEST) ||
			!(kept->factor >= .2 && kept->factor <= 1e30))
		return -1;
	if (!is_period(kept->period) || kept->period > model->latest ||
			kept->known > kept->period ||
			!(is_period(kept->known) || kept->known == CSTN__PERIOD_NONE))
		return -1;
	if (i ? kept->period <= kept[-1].period
	      : window->base.flags & CSTN__SERIES_IS_THERE && kept->period <= window->base.last)
		return -1;
	return 0;
}

static int read_window(cstn__reader *in, const cstn_demand_model *model,
		cstn__demand_window **place, const cstn__demand_series *s)
{
	cstn__demand_window *window =
			cstn__alloc_zero(&model->allocator, cstn__demand_window_size(model));
	uint32_t n, i;

	if (!window)
		return -2;
	*place = window;
	if (read_state(in, model, &window->base, window->profile))
		return -1;
	window->base.pool = s->pool;
	n = cstn__read_u32(in);
	if (!n || n > (uint32_t)model->config.replay_periods || !cstn__reader_can_hold(in, n, 60))
		return -1;
	if (cstn__array_reserve(&model->allocator, &window->rows, n))
		return -2;
	for (i = 0; i < n; i++) {
		if (read_kept(in, model, window, i))
			return -1;
		window->rows.count++;
	}
	return window->rows.items[n - 1].period == s->last ? 0 : -1;
}

static int read_one(
		cstn__reader *in, cstn_demand_model *model, cstn__demand_side *side, size_t number)
{
	cstn__demand_series *s = &side->series.items[number];

	cstn__demand_pool *pool;

	s->pool = cstn__read_u32(in);
	if (s->pool >= model->pools.count ||
			read_state(in, model, s, cstn__demand_profile(model, side, number)) ||
			!(s->flags & CSTN__SERIES_IS_THERE))
		return -1;
	pool = &model->pools.items[s->pool];
	if (side == &model->sides[CSTN__SIDE_DEMAND] && s->last > pool->newest)
		pool->newest = s->last;
	return model->config.flags & CSTN_DEMAND_REPLAY
			       ? read_window(in, model, &side->windows.items[number], s)
			       : 0;
}

static int read_side(cstn__reader *in, cstn_demand_model *model, cstn__demand_side *side)
{
	cstn__last_id last = {0, 0, NULL, 0};
	uint64_t n = cstn__read_u64(in), i;
	int failed = 0;

	if (!cstn__reader_can_hold(in, n, 80 + cstn__demand_width(model) * 4) || n > UINT32_MAX / 4)
		return -1;
	for (i = 0; i < n && !failed; i++) {
		failed = cstn__id_read_next(in, &side->keys, &last);
		if (failed)
			return failed;
		if (cstn__demand_side_reserve(model, side))
			return -2;
		failed = read_one(in, model, side, (size_t)i);
	}
	return failed;
}

/* --- reading: all ----------------------------------------------------------------------------- */

static cstn_status read_kinds(cstn__reader *in, cstn_demand_model *model, cstn_error **error)
{
	int32_t type, key, pool;

	model->latest = (int64_t)cstn__read_u64(in);
	model->closed = (int64_t)cstn__read_u64(in);
	type = cstn__read_u8(in);
	key = cstn__read_u8(in);
	pool = cstn__read_u8(in);
	if (in->failed || !is_period(model->latest) || !is_period(model->closed) ||
			(type != CSTN_TYPE_INT64 && type != CSTN_TYPE_DAYS &&
					type != CSTN_TYPE_TIME) ||
			!cstn__ids_can_be(key) ||
			(model->config.pool ? !cstn__ids_can_be(pool) : pool != 0))
		return corrupt(error, "types or periods that cannot be");
	if (!model->has_closed && model->closed)
		return corrupt(error, "a closed period where none is");
	model->sides[0].keys.type = model->sides[1].keys.type = key;
	model->pool_ids.type = pool;
	if (cstn__demand_model_settle(model, type, NULL) != CSTN_OK)
		return corrupt(error, "'ds' of a type that its periods do not have");
	return CSTN_OK;
}

static cstn_status read_model(cstn__reader *in, cstn_demand_model *model, cstn_error **error)
{
	uint8_t has_latest = cstn__read_u8(in), has_closed = cstn__read_u8(in);
	cstn_status status;
	int failed = 0, at;

	if (has_latest > 1 || has_closed > has_latest)
		return corrupt(error, "flags that cannot be");
	model->has_latest = has_latest;
	model->has_closed = has_closed;
	if (has_latest) {
		status = read_kinds(in, model, error);
		if (status != CSTN_OK)
			return status;
		failed = read_pools(in, model);
		for (at = 0; at < CSTN__SIDES && !failed; at++)
			failed = read_side(in, model, &model->sides[at]);
	}
	if (failed == -2)
		return cstn__fail_nomem(error);
	if (failed || in->failed || in->position != in->size)
		return corrupt(error, "a part that cannot be, or another length than it says");
	return CSTN_OK;
}

cstn_status cstn_demand_model_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_demand_model **out, cstn_error **error)
{
	cstn_demand_model *model = NULL;
	cstn__opened from;
	cstn_status status =
			cstn__envelope_unpack(&envelope, data, size, out, allocator, &from, error);

	if (status == CSTN_OK)
		status = read_config(&from.body, &from.allocator, &model, error);
	if (status == CSTN_OK)
		status = cstn__envelope_check(
				&envelope, &from.body, from.digest, from.body.position, error);
	if (status == CSTN_OK)
		status = read_model(&from.body, model, error);
	if (status != CSTN_OK) {
		cstn_demand_model_free(model);
		return status;
	}
	*out = model;
	return CSTN_OK;
}
