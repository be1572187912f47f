/* The demand model as an object: its configuration, its arrays, its end.
 *
 * A model is made of two sides, demand and returns, each of keys and of states by the keys'
 * numbers; and of pools. Keys may be named whose state is not there: a call that fails leaves such
 * names behind, and nothing else. The kind of periods and the season are settled by the first rows.
 * O(1), but for counting what a model holds. */
#include "demand/model.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"

#define REPLAY_MOST 1024
#define NAME_MOST 256

/* Day 0 is a Thursday: weeks from Monday on have phase 4. */
#define MONDAY 4

#define CONFIG_FLAGS                                                                 \
	(CSTN_DEMAND_REPLAY | CSTN_DEMAND_LEVEL_WEIGHTS | CSTN_DEMAND_INTERMITTENT | \
			CSTN_DEMAND_DRIFT | CSTN_DEMAND_HISTORY | CSTN_DEMAND_CALIBRATE)

/* --- configuration ---------------------------------------------------------------------------- */

static cstn_status check_kinds(const cstn_demand_config *c, cstn_error **error)
{
	if (c->period < CSTN_PERIOD_BY_TYPE || c->period > CSTN_PERIOD_NUMBER)
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "period is %d (0 to 7)", c->period);
	if (c->gap < CSTN_GAP_ERROR || c->gap > CSTN_GAP_MISSING)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "gap is %d (0 to 2)", c->gap);
	if (c->season < 0 || c->season > CSTN_DEMAND_SEASON_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "season is %d (1 to %d)",
				c->season, CSTN_DEMAND_SEASON_MOST);
	if (c->first_weekday < 0 || c->first_weekday > 7)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "first_weekday is %d (1 to 7)",
				c->first_weekday);
	if (c->returns < 0 || c->returns > CSTN_DEMAND_RETURNS_NET)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "returns is %d (0 or 1)",
				c->returns);
	if (c->pace < CSTN_DEMAND_PACE_BY_PERIOD || c->pace > CSTN_DEMAND_PACE_MONTHS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "pace is %d (0 to 2)", c->pace);
	if (c->returns == CSTN_DEMAND_RETURNS_NET && !(c->flags & CSTN_DEMAND_REPLAY))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"returns are net without CSTN_DEMAND_REPLAY, so that a period "
				"once learned cannot change");
	return CSTN_OK;
}

static cstn_status check_numbers(const cstn_demand_config *c, cstn_error **error)
{
	int32_t i;

	if (c->replay_periods < 0 || c->replay_periods > REPLAY_MOST ||
			(c->replay_periods && !(c->flags & CSTN_DEMAND_REPLAY)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"replay_periods is %d; 0 to %d with CSTN_DEMAND_REPLAY, else 0",
				c->replay_periods, REPLAY_MOST);
	if (c->latency_us < 0 || c->latency_us > INT64_MAX / 4)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "latency_us is %" PRId64,
				c->latency_us);
	if (c->n_events < 0 || c->n_events > CSTN_DEMAND_EVENTS_MOST || (c->n_events && !c->events))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"n_events is %d; 0 to %d names expected", c->n_events,
				CSTN_DEMAND_EVENTS_MOST);
	for (i = 0; i <= c->n_events; i++) {
		const char *name = i ? c->events[i - 1] : c->pool;

		if (i && !name)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"the name of event %d is NULL", i - 1);
		if (name && (!*name || strlen(name) > NAME_MOST))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"the name of %s has %zu bytes; 1 to %d expected",
					i ? "an event" : "the pool", strlen(name), NAME_MOST);
	}
	return CSTN_OK;
}

static cstn_status copy_names(cstn_demand_model *model, cstn_error **error)
{
	cstn_demand_config *c = &model->config;
	int32_t i;

	if (c->pool) {
		c->pool = cstn__arena_copy(&model->names, c->pool, strlen(c->pool));
		if (!c->pool)
			return cstn__fail_nomem(error);
	}
	for (i = 0; i < c->n_events; i++) {
		model->events[i] =
				cstn__arena_copy(&model->names, c->events[i], strlen(c->events[i]));
		if (!model->events[i])
			return cstn__fail_nomem(error);
	}
	c->events = model->events;
	return CSTN_OK;
}

void cstn__demand_name_put(cstn__bytes *out, const char *name)
{
	size_t len = name ? strlen(name) : 0;

	cstn__bytes_put_u16(out, (uint16_t)len);
	cstn__bytes_put(out, name ? name : "", len);
}

void cstn__demand_config_put(cstn__bytes *out, const cstn_demand_model *model)
{
	const cstn_demand_config *c = &model->config;
	int32_t i;

	cstn__bytes_put_u32(out, c->flags);
	cstn__bytes_put_u32(out, (uint32_t)c->period);
	cstn__bytes_put_u32(out, (uint32_t)c->gap);
	cstn__bytes_put_u32(out, (uint32_t)c->season);
	cstn__bytes_put_u32(out, (uint32_t)c->first_weekday);
	cstn__bytes_put_u32(out, (uint32_t)c->returns);
	cstn__bytes_put_u32(out, (uint32_t)c->replay_periods);
	cstn__bytes_put_u32(out, (uint32_t)c->pace);
	cstn__bytes_put_u64(out, (uint64_t)c->latency_us);
	cstn__demand_name_put(out, c->pool);
	cstn__bytes_put_u32(out, (uint32_t)c->n_events);
	for (i = 0; i < c->n_events; i++)
		cstn__demand_name_put(out, c->events[i]);
}

void cstn_demand_model_digest(const cstn_demand_model *model, uint8_t out[CSTN_DEMAND_DIGEST_SIZE])
{
	memset(out, 0, CSTN_DEMAND_DIGEST_SIZE);
	if (model)
		memcpy(out, model->digest, CSTN_DEMAND_DIGEST_SIZE);
}

static cstn_status take_digest(cstn_demand_model *model, cstn_error **error)
{
	cstn__bytes bytes;
	int failed;

	cstn__bytes_init(&bytes, &model->allocator);
	cstn__demand_config_put(&bytes, model);
	failed = bytes.failed;
	if (!failed)
		cstn__sha256(bytes.data, bytes.size, model->digest);
	cstn__bytes_free(&bytes);
	return failed ? cstn__fail_nomem(error) : CSTN_OK;
}

/* --- making and freeing ----------------------------------------------------------------------- */

static void make_empty(cstn_demand_model *model)
{
	int side;

	for (side = 0; side < CSTN__SIDES; side++)
		cstn__ids_init(&model->sides[side].keys, &model->allocator, 0);
	cstn__ids_init(&model->pool_ids, &model->allocator, 0);
	memset(&model->periods, 0, sizeof(model->periods));
	model->season = 0;
}

static void free_parts(cstn_demand_model *model)
{
	size_t i;
	int at;

	for (at = 0; at < CSTN__SIDES; at++) {
		cstn__demand_side *side = &model->sides[at];

		for (i = 0; i < side->windows.count; i++)
			cstn__demand_window_free(model, side->windows.items[i]);
		cstn__array_free(&model->allocator, &side->windows);
		cstn__array_free(&model->allocator, &side->series);
		cstn__array_free(&model->allocator, &side->profiles);
		cstn__ids_free(&side->keys);
	}
	for (i = 0; i < model->pools.count; i++)
		cstn__pool_free(model, &model->pools.items[i]);
	cstn__array_free(&model->allocator, &model->pools);
	cstn__ids_free(&model->pool_ids);
}

void cstn__demand_model_clear(cstn_demand_model *model)
{
	free_parts(model);
	make_empty(model);
}

cstn_status cstn__demand_model_make(const cstn_demand_config *config, const cstn_allocator *given,
		cstn_demand_model **out, cstn_error **error)
{
	cstn_demand_config read = *config;
	cstn_demand_model *model;
	cstn_allocator allocator;
	cstn_status status = check_kinds(&read, error);

	if (status == CSTN_OK)
		status = check_numbers(&read, error);
	if (status == CSTN_OK)
		status = cstn__handle_new(given, sizeof(*model), &allocator, &model, error);
	if (status != CSTN_OK)
		return status;
	if (read.flags & CSTN_DEMAND_REPLAY && !read.replay_periods)
		read.replay_periods = 28;
	if (!read.first_weekday)
		read.first_weekday = 1;
	if (!read.pace)
		read.pace = read.period == CSTN_PERIOD_MONTH ? CSTN_DEMAND_PACE_MONTHS
							     : CSTN_DEMAND_PACE_DAYS;
	atomic_init(&model->references, 1);
	model->allocator = allocator;
	model->config = read;
	cstn__arena_init(&model->names, &model->allocator);
	make_empty(model);
	status = copy_names(model, error);
	if (status == CSTN_OK)
		status = take_digest(model, error);
	if (status != CSTN_OK) {
		cstn_demand_model_free(model);
		return status;
	}
	*out = model;
	return CSTN_OK;
}

cstn_status cstn_demand_model_new(const cstn_demand_config *config, const cstn_allocator *allocator,
		cstn_demand_model **out, cstn_error **error)
{
	cstn_demand_config read;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__options_read(config, sizeof(read), sizeof(read), CONFIG_FLAGS,
			"cstn_demand_config", &read, error);
	return status == CSTN_OK ? cstn__demand_model_make(&read, allocator, out, error) : status;
}

void cstn_demand_model_free(cstn_demand_model *model)
{
	cstn_allocator allocator;

	if (!model || atomic_fetch_sub_explicit(&model->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = model->allocator;
	free_parts(model);
	cstn__arena_free(&model->names);
	cstn__free(&allocator, model, sizeof(*model));
}

/* --- arrays ----------------------------------------------------------------------------------- */

void cstn__demand_window_free(const cstn_demand_model *model, cstn__demand_window *window)
{
	if (!window)
		return;
	cstn__array_free(&model->allocator, &window->rows);
	cstn__free(&model->allocator, window, cstn__demand_window_size(model));
}

/* Room for the profiles of so many series, and of as many as that grows to: arrays that double by
 * floats would be up to half empty beside series that fill theirs. 0 or -1. */
static int reserve_profiles(cstn_demand_model *model, cstn__demand_side *side, size_t wanted)
{
	size_t width = cstn__demand_width(model), series = side->profiles.capacity / width;

	if (wanted <= series)
		return 0;
	if (cstn__array_grow(&model->allocator, &side->profiles.items, &series, wanted,
			    width * sizeof(*side->profiles.items)))
		return -1;
	side->profiles.capacity = series * width;
	return 0;
}

int cstn__demand_side_reserve(cstn_demand_model *model, cstn__demand_side *side)
{
	size_t had = side->series.count, more = side->keys.count - had;
	size_t width = cstn__demand_width(model);
	const cstn_allocator *allocator = &model->allocator;

	if (!more)
		return 0;
	if (cstn__array_reserve(allocator, &side->series, more) ||
			reserve_profiles(model, side, had + more))
		return -1;
	if (model->config.flags & CSTN_DEMAND_REPLAY) {
		if (cstn__array_reserve(allocator, &side->windows, more))
			return -1;
		memset(side->windows.items + had, 0, more * sizeof(*side->windows.items));
		side->windows.count += more;
	}
	memset(side->series.items + had, 0, more * sizeof(*side->series.items));
	memset(side->profiles.items + had * width, 0, more * width * sizeof(*side->profiles.items));
	side->series.count += more;
	side->profiles.count += more * width;
	return 0;
}

/* What a pool knows of its forecasts. 0 or -1. */
static int reserve_outcomes(const cstn_demand_model *model, cstn__demand_pool *pool)
{
	if (model->config.flags & CSTN_DEMAND_CALIBRATE) {
		pool->outcomes = cstn__alloc_zero(&model->allocator, CSTN__OUTCOMES_SIZE);
		if (!pool->outcomes)
			return -1;
	}
	if (cstn__demand_is_slow(model)) {
		pool->level = cstn__alloc_zero(&model->allocator, sizeof(*pool->level));
		if (!pool->level)
			return -1;
		cstn__level_init(pool->level);
	}
	return 0;
}

int cstn__demand_pools_reserve(cstn_demand_model *model)
{
	size_t n = model->config.pool ? model->pool_ids.count : 1;

	if (n <= model->pools.count)
		return 0;
	if (cstn__array_reserve(&model->allocator, &model->pools, n - model->pools.count))
		return -1;
	while (model->pools.count < n) {
		cstn__demand_pool *pool = &model->pools.items[model->pools.count++];

		memset(pool, 0, sizeof(*pool));
		pool->newest = CSTN__PERIOD_NONE;
		cstn__exact_sum_init(&pool->cold);
		if (reserve_outcomes(model, pool)) {
			cstn__pool_free(model, pool);
			model->pools.count--;
			return -1;
		}
	}
	return 0;
}

/* --- periods ---------------------------------------------------------------------------------- */

cstn_status cstn__demand_model_settle(cstn_demand_model *model, int32_t type, cstn_error **error)
{
	cstn__periods periods;
	cstn_status status;

	if (model->periods.type) {
		if ((type == CSTN_TYPE_INT64) == (model->periods.type == CSTN_TYPE_INT64))
			return CSTN_OK;
		return cstn__fail(error, CSTN_E_SCHEMA, "'ds' is %s, but was %s before",
				cstn_type_name(type), cstn_type_name(model->periods.type));
	}
	status = cstn__periods_of(&periods, model->config.period, type, error);
	if (status != CSTN_OK)
		return status;
	periods.phase = (MONDAY + model->config.first_weekday - 1) % 7;
	model->periods = periods;
	model->season = model->config.season ? model->config.season
					     : cstn__period_season(periods.period);
	return CSTN_OK;
}

/* --- what it holds ---------------------------------------------------------------------------- */

static void count_side(const cstn_demand_model *model, const cstn__demand_side *side,
		uint64_t *series, cstn_demand_size *size)
{
	size_t i;

	for (i = 0; i < side->series.count; i++) {
		const cstn__demand_series *s = &side->series.items[i];

		*series += s->flags & CSTN__SERIES_IS_THERE;
		size->drifting += s->rest > 0;
	}
	size->bytes += side->series.capacity * sizeof(*side->series.items) +
		       side->profiles.capacity * sizeof(float) +
		       side->windows.capacity * sizeof(void *) +
		       side->keys.capacity * sizeof(uint64_t) +
		       side->keys.numbers.capacity * sizeof(int64_t) +
		       side->keys.texts.arena.total +
		       side->keys.texts.capacity * sizeof(*side->keys.texts.slots) +
		       side->keys.texts.items_capacity * sizeof(*side->keys.texts.items);
	for (i = 0; i < side->windows.count; i++)
		if (side->windows.items[i])
			size->bytes += cstn__demand_window_size(model) +
				       side->windows.items[i]->rows.capacity *
						       sizeof(cstn__demand_kept);
}

static void count_pools(const cstn_demand_model *model, cstn_demand_size *size)
{
	size_t i;

	size->bytes += model->pools.capacity * sizeof(*model->pools.items);
	for (i = 0; i < model->pools.count; i++) {
		const cstn__demand_pool *pool = &model->pools.items[i];

		size->pools += pool->is_there;
		size->bytes += pool->closed.capacity * sizeof(*pool->closed.items) +
			       pool->open.capacity * sizeof(*pool->open.items) +
			       pool->settled.capacity * sizeof(*pool->settled.items) +
			       pool->from.capacity * sizeof(int64_t) +
			       pool->factors.capacity * sizeof(double) +
			       (pool->outcomes ? CSTN__OUTCOMES_SIZE : 0) +
			       (pool->level ? sizeof(*pool->level) : 0);
	}
}

cstn_status cstn_demand_model_size(
		const cstn_demand_model *model, cstn_demand_size *out, cstn_error **error)
{
	cstn_demand_size size;

	if (!model || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	memset(&size, 0, sizeof(size));
	size.bytes = sizeof(*model);
	count_side(model, &model->sides[CSTN__SIDE_DEMAND], &size.series, &size);
	count_side(model, &model->sides[CSTN__SIDE_RETURNS], &size.returns, &size);
	count_pools(model, &size);
	size.ds_type = model->periods.type;
	size.has_closed = model->has_closed &&
			  !cstn__period_start(&model->periods, model->closed, &size.closed_ds);
	return cstn__output_write(
			&size, sizeof(size), sizeof(size), "cstn_demand_size", out, error);
}
