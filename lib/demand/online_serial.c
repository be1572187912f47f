/* A signal model as bytes, and back.
 *
 * The body is the configuration, then what its first rows settled, then pools that know something
 * or have series, in order of their ids, then series in order of theirs. Nothing depends on what
 * was seen first, or on the machine. Bytes that come back are not trusted: order and ranges are
 * checked, so that every state is one that forecasts can be made of. */
#include <math.h>
#include <string.h>

#include "base/envelope.h"
#include "base/error.h"
#include "base/states.h"
#include "demand/model.h"
#include "demand/online.h"

static const cstn__envelope envelope = {
		CSTN__ENVELOPE_STATE, "signal model", CSTN__KIND_SIGNAL_MODEL, 1};

#define VALUE_MOST 1e30f
#define FACTOR_MOST 1e15f
#define D_LEAST 1e-31f

/* --- writing ---------------------------------------------------------------------------------- */

static size_t pools_of(const cstn_signal_model *model)
{
	return model->config.pool ? model->pool_ids.count : 1;
}

static void put_prior(cstn__bytes *out, const cstn__online_prior *prior, size_t columns)
{
	size_t i;

	cstn__bytes_put_u32(out, prior ? prior->series : 0);
	if (!prior)
		return;
	cstn__put_f32(out, prior->s2);
	for (i = 0; i < columns * CSTN__PRIOR_WIDTH; i++)
		cstn__put_f32(out, prior->values[i]);
}

/* ranks[number]: 1 where it is used, then the place among those written. 0 or -1. */
static int put_pools(cstn__bytes *out, const cstn_signal_model *model, uint32_t *ranks)
{
	size_t n = pools_of(model), i;
	uint32_t *order = cstn__ids_order(&model->pool_ids), written = 0;

	if (!order)
		return -1;
	for (i = 0; i < model->keys.count; i++) {
		const cstn__online_series *s = cstn__signal_series_there(model, (uint32_t)i);

		if (s)
			ranks[s->pool] = 1;
	}
	for (i = 0; i < n; i++) {
		ranks[i] |= cstn__signal_prior(model, (uint32_t)i) != NULL;
		written += ranks[i];
	}
	cstn__bytes_put_u32(out, written);
	for (i = 0, written = 0; i < n; i++) {
		uint32_t number = model->config.pool ? order[i] : 0;

		if (!ranks[number])
			continue;
		if (model->config.pool)
			cstn__id_put(out, &model->pool_ids, number);
		put_prior(out, cstn__signal_prior(model, number), model->plan.of.columns);
		ranks[number] = written++;
	}
	cstn__ids_list_free(&model->pool_ids, order);
	return 0;
}

static void put_series(
		cstn__bytes *out, const cstn__online_series *s, uint32_t rank, size_t columns)
{
	size_t i;

	cstn__bytes_put_u32(out, rank);
	cstn__bytes_put_u32(out, (uint32_t)s->last);
	cstn__put_f32(out, s->s2);
	cstn__put_f32(out, s->largest);
	cstn__bytes_put_u16(out, (uint16_t)s->exponent);
	cstn__bytes_put_u16(out, s->seen);
	for (i = 0; i < cstn__online_floats(columns); i++)
		cstn__put_f32(out, s->values[i]);
}

static int put_all_series(cstn__bytes *out, const cstn_signal_model *model, const uint32_t *ranks)
{
	size_t n = model->keys.count, i;
	uint32_t *order = cstn__ids_order(&model->keys);
	uint64_t written = 0;

	if (!order)
		return -1;
	for (i = 0; i < n; i++)
		written += cstn__signal_series_there(model, (uint32_t)i) != NULL;
	cstn__bytes_put_u64(out, written);
	for (i = 0; i < n; i++) {
		const cstn__online_series *s = cstn__signal_series_there(model, order[i]);

		if (!s)
			continue;
		cstn__id_put(out, &model->keys, order[i]);
		put_series(out, s, ranks[s->pool], model->plan.of.columns);
	}
	cstn__ids_list_free(&model->keys, order);
	return 0;
}

static int put_model(cstn__bytes *out, const cstn_signal_model *model)
{
	size_t size = cstn__array_size(pools_of(model), sizeof(uint32_t));
	uint8_t is_settled = model->has_rows || model->priors.count;
	uint32_t *ranks;
	int failed;

	cstn__bytes_put_u8(out, is_settled);
	if (!is_settled)
		return 0;
	ranks = cstn__alloc_zero(&model->allocator, size);
	if (!ranks)
		return -1;
	cstn__bytes_put_u8(out, (uint8_t)model->periods.type);
	cstn__bytes_put_u8(out, (uint8_t)model->periods.phase);
	cstn__bytes_put_u8(out, (uint8_t)(model->has_rows ? model->keys.type : 0));
	cstn__bytes_put_u8(out, (uint8_t)model->pool_ids.type);
	failed = put_pools(out, model, ranks) || put_all_series(out, model, ranks);
	cstn__free(&model->allocator, ranks, size);
	return failed ? -1 : 0;
}

cstn_status cstn_signal_model_serialize(
		const cstn_signal_model *model, cstn_buffer **out, cstn_error **error)
{
	cstn__bytes body;
	size_t config;

	if (!model || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	cstn__bytes_init(&body, &model->allocator);
	cstn__signal_config_put(&body, model);
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
	return cstn__fail(error, CSTN_E_CORRUPT, "signal model: %s", what);
}

/* What goes without saying is said in bytes. */
static int is_said(const cstn_signal_model_config *c)
{
	int is_steady = (c->flags & CSTN_SIGNAL_MODEL_STEADY) != 0;

	return c->flags < CSTN_SIGNAL_MODEL_STEADY << 1 && c->forgetting > 0 && c->precision > 0 &&
	       (is_steady ? c->level == 0 : c->level > 0) && c->n_signals >= 0 && /* NOLINT */
	       c->n_signals <= CSTN_SIGNAL_MODEL_SIGNALS_MOST;
}

static cstn_status read_config(cstn__reader *in, const cstn_allocator *allocator,
		cstn_signal_model **out, cstn_error **error)
{
	char pool[257], rooms[CSTN_SIGNAL_MODEL_SIGNALS_MOST][257];
	cstn_regress_signal signals[CSTN_SIGNAL_MODEL_SIGNALS_MOST];
	cstn_signal_model_config c = CSTN_SIGNAL_MODEL_CONFIG_INIT;
	cstn_error *why = NULL;
	cstn_status status;
	int32_t i;

	c.flags = cstn__read_u32(in);
	c.period = (int32_t)cstn__read_u32(in);
	c.gap = (int32_t)cstn__read_u32(in);
	c.season = (int32_t)cstn__read_u32(in);
	c.forgetting = cstn__read_f64(in);
	c.level = cstn__read_f64(in);
	c.precision = cstn__read_f64(in);
	c.pool = cstn__demand_name_read(in, pool);
	c.n_signals = (int32_t)cstn__read_u32(in);
	c.signals = signals;
	if (in->failed || !is_said(&c))
		return corrupt(error, "a configuration that cannot be");
	for (i = 0; i < c.n_signals; i++) {
		signals[i].name = cstn__demand_name_read(in, rooms[i]);
		signals[i].flags = cstn__read_u32(in);
		signals[i].reserved0 = 0;
	}
	if (in->failed)
		return corrupt(error, "names that cannot be");
	status = cstn__signal_model_make(&c, allocator, out, &why);
	if (status == CSTN_E_INVALID_ARGUMENT)
		status = corrupt(error, cstn_error_message(why));
	else if (status != CSTN_OK)
		status = cstn__fail_nomem(error);
	cstn_error_free(why);
	return status;
}

/* --- reading: states -------------------------------------------------------------------------- */

static int is_within(float value, float least, float most)
{
	return value >= least && value <= most;
}

/* 0; -1 corrupt; -2 out of memory. */
static int read_prior(cstn__reader *in, cstn_signal_model *model, cstn__online_prior **to)
{
	size_t columns = model->plan.of.columns, j;
	uint32_t series = cstn__read_u32(in);
	cstn__online_prior *prior;

	if (!series)
		return in->failed ? -1 : 0;
	if (!cstn__reader_can_hold(in, columns, 4 * CSTN__PRIOR_WIDTH))
		return -1;
	prior = cstn__alloc_zero(&model->allocator, cstn__online_prior_size(columns));
	if (!prior)
		return -2;
	*to = prior;
	prior->series = series;
	prior->s2 = cstn__read_f32(in);
	for (j = 0; j < columns * CSTN__PRIOR_WIDTH; j++)
		prior->values[j] = cstn__read_f32(in);
	for (j = 0; j < columns; j++) {
		const float *known = prior->values + j * CSTN__PRIOR_WIDTH;

		if (!is_within(known[CSTN__PRIOR_EFFECT], -VALUE_MOST, VALUE_MOST) ||
				!is_within(known[CSTN__PRIOR_VARIANCE], 9e-13f,
						CSTN__ONLINE_LEVEL_UNKNOWN) ||
				!is_within(known[CSTN__PRIOR_MEAN], -FACTOR_MOST, FACTOR_MOST) ||
				!is_within(known[CSTN__PRIOR_DEVIATION], 0, VALUE_MOST) ||
				!is_within(known[CSTN__PRIOR_SERIES], 0, 5e9f))
			return -1;
	}
	return in->failed || !is_within(prior->s2, 0, VALUE_MOST) ? -1 : 0;
}

static int read_pools(cstn__reader *in, cstn_signal_model *model, uint32_t *n)
{
	cstn__last_id last = {0, 0, NULL, 0};
	int failed = 0, any = 0;
	uint32_t i;

	*n = cstn__read_u32(in);
	if (!cstn__reader_can_hold(in, *n, 4) || (!model->config.pool && *n > 1))
		return -1;
	if (cstn__array_reserve(&model->allocator, &model->priors, *n))
		return -2;
	for (i = 0; i < *n && !failed; i++) {
		if (model->config.pool) {
			failed = cstn__id_read_next(in, &model->pool_ids, &last);
			if (failed)
				return failed;
		}
		model->priors.items[model->priors.count++] = NULL;
		failed = read_prior(in, model, &model->priors.items[i]);
		any |= model->priors.items[i] != NULL;
	}
	if (!any)
		cstn__array_free(&model->allocator, &model->priors);
	return failed;
}

static int read_series(cstn__reader *in, cstn_signal_model *model, uint32_t pools, size_t number)
{
	cstn__online_series *s = cstn__signal_series(model, number);
	size_t columns = model->plan.of.columns, i;
	int good;

	s->pool = cstn__read_u32(in);
	s->last = (int32_t)cstn__read_u32(in);
	s->s2 = cstn__read_f32(in);
	s->largest = cstn__read_f32(in);
	s->exponent = (int16_t)cstn__read_u16(in);
	s->seen = cstn__read_u16(in);
	for (i = 0; i < cstn__online_floats(columns); i++)
		s->values[i] = cstn__read_f32(in);
	good = s->pool < pools && s->last >= -CSTN__ONLINE_PERIOD_MOST &&
	       s->last <= CSTN__ONLINE_PERIOD_MOST && is_within(s->s2, 0, VALUE_MOST) &&
	       is_within(s->largest, model->plan.is_linear ? -VALUE_MOST : 0, VALUE_MOST) &&
	       s->seen & CSTN__ONLINE_IS_THERE && s->exponent >= -1000 && s->exponent <= 1000 &&
	       (model->plan.is_linear || !s->exponent);
	for (i = 0; i < columns; i++)
		good &= is_within(s->values[i], -VALUE_MOST, VALUE_MOST) &&
			is_within(s->values[columns + i], D_LEAST, CSTN__ONLINE_LEVEL_UNKNOWN);
	for (i = 2 * columns; i < cstn__online_floats(columns); i++)
		good &= is_within(s->values[i], -FACTOR_MOST, FACTOR_MOST);
	if (in->failed || !good)
		return -1;
	if (!model->has_rows || s->last > model->latest)
		model->latest = s->last;
	model->has_rows = 1;
	return 0;
}

/* A pool that is written has series, or knows something. */
static int are_used(const cstn_signal_model *model, uint32_t pools)
{
	uint8_t *used = cstn__alloc_zero(&model->allocator, pools);
	int good = 1;
	size_t i;

	if (!used)
		return -2;
	for (i = 0; i < model->keys.count; i++)
		used[cstn__signal_series(model, i)->pool] = 1;
	for (i = 0; i < pools; i++)
		good &= used[i] || cstn__signal_prior(model, (uint32_t)i);
	cstn__free(&model->allocator, used, pools);
	return good ? 0 : -1;
}

static int read_all_series(cstn__reader *in, cstn_signal_model *model, uint32_t pools)
{
	cstn__last_id last = {0, 0, NULL, 0};
	uint64_t n = cstn__read_u64(in), i;
	int failed = 0;

	if (!cstn__reader_can_hold(in, n, 20 + 4 * cstn__online_floats(model->plan.of.columns)))
		return -1;
	if ((n != 0) != (model->keys.type != 0))
		return -1;
	for (i = 0; i < n && !failed; i++) {
		failed = cstn__id_read_next(in, &model->keys, &last);
		if (failed)
			return failed;
		if (cstn__signal_model_reserve(model))
			return -2;
		failed = read_series(in, model, pools, (size_t)i);
	}
	return failed ? failed : are_used(model, pools);
}

static cstn_status read_kinds(cstn__reader *in, cstn_signal_model *model, cstn_error **error)
{
	int32_t type = cstn__read_u8(in), phase = cstn__read_u8(in), key = cstn__read_u8(in),
		pool = cstn__read_u8(in);
	cstn__periods periods;

	if (in->failed || phase > 6 ||
			(type != CSTN_TYPE_INT64 && type != CSTN_TYPE_DAYS &&
					type != CSTN_TYPE_TIME) ||
			(key && !cstn__ids_can_be(key)) ||
			(model->config.pool ? !cstn__ids_can_be(pool) : pool != 0))
		return corrupt(error, "types that cannot be");
	if (cstn__periods_of(&periods, model->config.period, type, NULL) != CSTN_OK)
		return corrupt(error, "'ds' of a type that its periods do not have");
	if (phase && periods.period != CSTN_PERIOD_WEEK)
		return corrupt(error, "a first weekday of what are no weeks");
	periods.phase = phase;
	model->keys.type = key;
	model->pool_ids.type = pool;
	if (cstn__signal_model_settle(model, &periods, NULL) != CSTN_OK)
		return corrupt(error, "more columns than there may be");
	return CSTN_OK;
}

static cstn_status read_model(cstn__reader *in, cstn_signal_model *model, cstn_error **error)
{
	uint8_t is_settled = cstn__read_u8(in);
	uint32_t pools = 0;
	cstn_status status;
	int failed = 0;

	if (is_settled > 1)
		return corrupt(error, "a flag that cannot be");
	if (is_settled) {
		status = read_kinds(in, model, error);
		if (status != CSTN_OK)
			return status;
		failed = read_pools(in, model, &pools);
		if (!failed)
			failed = read_all_series(in, model, pools);
		if (!failed && !model->has_rows && !model->priors.count)
			failed = -1;
	}
	if (failed == -2)
		return cstn__fail_nomem(error);
	if (failed || in->failed || in->position != in->size)
		return corrupt(error, "a part that cannot be, or another length than it says");
	return CSTN_OK;
}

cstn_status cstn_signal_model_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_signal_model **out, cstn_error **error)
{
	cstn_signal_model *model = NULL;
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
		cstn_signal_model_free(model);
		return status;
	}
	*out = model;
	return CSTN_OK;
}
