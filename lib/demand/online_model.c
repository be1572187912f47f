/* The signal model as an object: its configuration, its chunks of series, its end.
 *
 * Keys may be named whose state is not there: a call that fails leaves such names behind, and
 * nothing else. The kind of periods, and with it the columns, are settled by the first rows. O(1),
 * but for counting what a model holds. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "demand/model.h"
#include "demand/online.h"

#define NAME_MOST 256
#define CONFIG_FLAGS                                                                           \
	(CSTN_SIGNAL_MODEL_NO_SEASON | CSTN_SIGNAL_MODEL_NO_MONTH | CSTN_SIGNAL_MODEL_LINEAR | \
			CSTN_SIGNAL_MODEL_STEADY)

/* --- configuration ---------------------------------------------------------------------------- */

static int is_name(const char *name)
{
	return *name && strlen(name) <= NAME_MOST;
}

static cstn_status check_signals(const cstn_signal_model_config *c, cstn_error **error)
{
	int32_t i, j;

	if (c->n_signals < 0 || (c->n_signals && !c->signals))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"n_signals is %d, 0 or more with signals expected", c->n_signals);
	if (c->n_signals > CSTN_SIGNAL_MODEL_SIGNALS_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "n_signals is %d, at most %d expected",
				c->n_signals, CSTN_SIGNAL_MODEL_SIGNALS_MOST);
	for (i = 0; i < c->n_signals; i++) {
		const cstn_regress_signal *s = &c->signals[i];

		if (!s->name || !is_name(s->name))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"the name of signal %d has not 1 to %d bytes", i,
					NAME_MOST);
		if ((s->flags & ~CSTN_REGRESS_CLOSED) || s->reserved0)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"signal '%.64s': flags %#x, 0 or %u expected", s->name,
					s->flags, CSTN_REGRESS_CLOSED);
		for (j = 0; j < i; j++)
			if (strcmp(s->name, c->signals[j].name) == 0)
				return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
						"signal '%.64s' is named twice", s->name);
	}
	if (c->pool && !is_name(c->pool))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the name of the pool has not 1 to %d bytes", NAME_MOST);
	return CSTN_OK;
}

static cstn_status check(const cstn_signal_model_config *c, cstn_error **error)
{
	const struct {
		const char *name;
		double value, least, most; /* 0 goes too */
	} ranges[] = {{"period", c->period, 0, CSTN_PERIOD_NUMBER},
			{"season", c->season, 0, CSTN_SIGNAL_MODEL_COLUMNS_MOST},
			{"forgetting", c->forgetting, .9, 1}, {"level", c->level, 1e-6, .5},
			{"precision", c->precision, 1e-6, 1e12}};
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (ranges[i].value != 0 && !(ranges[i].value >= ranges[i].least && /* NOLINT */
							    ranges[i].value <= ranges[i].most))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is %g (%g to %g)",
					ranges[i].name, ranges[i].value, ranges[i].least,
					ranges[i].most);
	if (c->gap != CSTN_GAP_ERROR && c->gap != CSTN_GAP_MISSING)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"gap is %d, CSTN_GAP_ERROR or CSTN_GAP_MISSING expected", c->gap);
	if (c->flags & CSTN_SIGNAL_MODEL_STEADY && c->level != 0) /* NOLINT: not given */
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"level is %g, 0 expected with CSTN_SIGNAL_MODEL_STEADY", c->level);
	return check_signals(c, error);
}

static cstn_status copy_names(cstn_signal_model *model, cstn_error **error)
{
	cstn_signal_model_config *c = &model->config;
	int32_t i;

	if (c->pool) {
		c->pool = cstn__arena_copy(&model->names, c->pool, strlen(c->pool));
		if (!c->pool)
			return cstn__fail_nomem(error);
	}
	for (i = 0; i < c->n_signals; i++) {
		const cstn_regress_signal *s = &c->signals[i];
		const char *name = cstn__arena_copy(&model->names, s->name, strlen(s->name));

		if (!name)
			return cstn__fail_nomem(error);
		model->signals[i] = (cstn_regress_signal){name, s->flags, 0};
		model->signal_flags[i] = s->flags;
	}
	c->signals = model->signals;
	return CSTN_OK;
}

void cstn__signal_config_put(cstn__bytes *out, const cstn_signal_model *model)
{
	const cstn_signal_model_config *c = &model->config;
	int32_t i;

	cstn__bytes_put_u32(out, c->flags);
	cstn__bytes_put_u32(out, (uint32_t)c->period);
	cstn__bytes_put_u32(out, (uint32_t)c->gap);
	cstn__bytes_put_u32(out, (uint32_t)c->season);
	cstn__bytes_put_f64(out, c->forgetting);
	cstn__bytes_put_f64(out, c->level);
	cstn__bytes_put_f64(out, c->precision);
	cstn__demand_name_put(out, c->pool);
	cstn__bytes_put_u32(out, (uint32_t)c->n_signals);
	for (i = 0; i < c->n_signals; i++) {
		cstn__demand_name_put(out, c->signals[i].name);
		cstn__bytes_put_u32(out, c->signals[i].flags);
	}
}

void cstn_signal_model_digest(
		const cstn_signal_model *model, uint8_t out[CSTN_SIGNAL_MODEL_DIGEST_SIZE])
{
	memset(out, 0, CSTN_SIGNAL_MODEL_DIGEST_SIZE);
	if (model)
		memcpy(out, model->digest, CSTN_SIGNAL_MODEL_DIGEST_SIZE);
}

static cstn_status take_digest(cstn_signal_model *model, cstn_error **error)
{
	cstn__bytes bytes;
	int failed;

	cstn__bytes_init(&bytes, &model->allocator);
	cstn__signal_config_put(&bytes, model);
	failed = bytes.failed;
	if (!failed)
		cstn__sha256(bytes.data, bytes.size, model->digest);
	cstn__bytes_free(&bytes);
	return failed ? cstn__fail_nomem(error) : CSTN_OK;
}

/* --- making and freeing ----------------------------------------------------------------------- */

static void say_what_goes_without(cstn_signal_model_config *c)
{
	if (!(c->forgetting > 0))
		c->forgetting = .998;
	if (!(c->level > 0) && !(c->flags & CSTN_SIGNAL_MODEL_STEADY))
		c->level = .08;
	if (!(c->precision > 0))
		c->precision = 2;
}

cstn_status cstn__signal_model_make(const cstn_signal_model_config *config,
		const cstn_allocator *given, cstn_signal_model **out, cstn_error **error)
{
	cstn_signal_model *model;
	cstn_allocator allocator;
	cstn_status status = check(config, error);

	if (status == CSTN_OK)
		status = cstn__handle_new(given, sizeof(*model), &allocator, &model, error);
	if (status != CSTN_OK)
		return status;
	atomic_init(&model->references, 1);
	model->allocator = allocator;
	model->config = *config;
	say_what_goes_without(&model->config);
	cstn__arena_init(&model->names, &model->allocator);
	cstn__ids_init(&model->keys, &model->allocator, 0);
	cstn__ids_init(&model->pool_ids, &model->allocator, 0);
	status = copy_names(model, error);
	if (status == CSTN_OK)
		status = take_digest(model, error);
	if (status != CSTN_OK) {
		cstn_signal_model_free(model);
		return status;
	}
	*out = model;
	return CSTN_OK;
}

cstn_status cstn_signal_model_new(const cstn_signal_model_config *config,
		const cstn_allocator *allocator, cstn_signal_model **out, cstn_error **error)
{
	cstn_signal_model_config read;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__options_read(config, sizeof(read), sizeof(read), CONFIG_FLAGS,
			"cstn_signal_model_config", &read, error);
	return status == CSTN_OK ? cstn__signal_model_make(&read, allocator, out, error) : status;
}

static size_t chunk_size(const cstn_signal_model *model)
{
	return CSTN__ONLINE_CHUNK * cstn__online_series_size(model->plan.of.columns);
}

static void free_series(cstn_signal_model *model)
{
	size_t i;

	for (i = 0; i < model->chunks.count; i++)
		cstn__free(&model->allocator, model->chunks.items[i], chunk_size(model));
	cstn__array_free(&model->allocator, &model->chunks);
	cstn__ids_free(&model->keys);
}

void cstn__signal_priors_free(cstn_signal_model *model)
{
	size_t i;

	for (i = 0; i < model->priors.count; i++)
		cstn__free(&model->allocator, model->priors.items[i],
				model->priors.items[i]
						? cstn__online_prior_size(model->plan.of.columns)
						: 0);
	cstn__array_free(&model->allocator, &model->priors);
}

void cstn__signal_model_clear(cstn_signal_model *model)
{
	free_series(model);
	cstn__ids_init(&model->keys, &model->allocator, 0);
	model->has_rows = 0;
	model->latest = 0;
	if (model->priors.count)
		return;
	cstn__ids_free(&model->pool_ids);
	cstn__ids_init(&model->pool_ids, &model->allocator, 0);
	memset(&model->periods, 0, sizeof(model->periods));
	memset(&model->plan, 0, sizeof(model->plan));
}

void cstn_signal_model_free(cstn_signal_model *model)
{
	cstn_allocator allocator;

	if (!model || atomic_fetch_sub_explicit(&model->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = model->allocator;
	free_series(model);
	cstn__signal_priors_free(model);
	cstn__ids_free(&model->pool_ids);
	cstn__arena_free(&model->names);
	cstn__free(&allocator, model, sizeof(*model));
}

/* --- periods and columns ---------------------------------------------------------------------- */

cstn_status cstn__signal_model_settle(
		cstn_signal_model *model, const cstn__periods *periods, cstn_error **error)
{
	const cstn_signal_model_config *c = &model->config;
	cstn__online_plan plan = {{0}, 0, c->forgetting, 0};

	if (model->periods.type)
		return CSTN_OK;
	plan.is_linear = (c->flags & CSTN_SIGNAL_MODEL_LINEAR) != 0;
	plan.noise = c->level * c->level / (1 - c->level);
	plan.of.season = c->season ? (size_t)c->season
				   : (size_t)cstn__period_season(periods->period);
	plan.of.has_season = plan.of.season > 1 && !(c->flags & CSTN_SIGNAL_MODEL_NO_SEASON);
	plan.of.has_month = periods->period == CSTN_PERIOD_DAY &&
			    !(c->flags & CSTN_SIGNAL_MODEL_NO_MONTH);
	plan.of.n_signals = (size_t)c->n_signals;
	plan.of.signals = model->signal_flags;
	plan.of.precision = c->precision;
	plan.of.columns = cstn__regress_columns(&plan.of);
	if (plan.of.columns > CSTN__ONLINE_COLUMNS_MOST)
		return cstn__fail(error, CSTN_E_LIMIT,
				"%zu columns beside the level, at most %d expected",
				plan.of.columns - 1, CSTN_SIGNAL_MODEL_COLUMNS_MOST);
	model->periods = *periods;
	model->plan = plan;
	return CSTN_OK;
}

const char *cstn__signal_column_name(const cstn_signal_model *model, size_t column, char room[32])
{
	const cstn__regress_plan *plan = &model->plan.of;
	size_t season = plan->has_season ? plan->season : 0, at = cstn__regress_first_signal(plan);
	int32_t i;

	if (!column)
		return "level";
	if (column <= season) {
		(void)snprintf(room, 32, "position_%zu", column - 1);
		return room;
	}
	if (column < at)
		return column == at - 2 ? "day_1_to_3" : "day_28_on";
	for (i = 0; model->signals[i].flags & CSTN_REGRESS_CLOSED || at < column; i++)
		at += model->signals[i].flags & CSTN_REGRESS_CLOSED ? 0 : 1;
	return model->signals[i].name;
}

/* --- series ----------------------------------------------------------------------------------- */

int cstn__signal_model_reserve(cstn_signal_model *model)
{
	size_t wanted = (model->keys.count + CSTN__ONLINE_CHUNK - 1) / CSTN__ONLINE_CHUNK;

	if (wanted <= model->chunks.count)
		return 0;
	if (cstn__array_reserve(&model->allocator, &model->chunks, wanted - model->chunks.count))
		return -1;
	while (model->chunks.count < wanted) {
		uint8_t *chunk = cstn__alloc_zero(&model->allocator, chunk_size(model));

		if (!chunk)
			return -1;
		model->chunks.items[model->chunks.count++] = chunk;
	}
	return 0;
}

const cstn__online_series *cstn__signal_series_there(
		const cstn_signal_model *model, uint32_t number)
{
	const cstn__online_series *series;

	if (number == CSTN__IDS_NONE || number / CSTN__ONLINE_CHUNK >= model->chunks.count)
		return NULL;
	series = cstn__signal_series(model, number);
	return series->seen & CSTN__ONLINE_IS_THERE ? series : NULL;
}

/* --- what it holds ---------------------------------------------------------------------------- */

cstn_status cstn_signal_model_size(
		const cstn_signal_model *model, cstn_signal_size *out, cstn_error **error)
{
	const cstn__ids *keys;
	cstn_signal_size size;
	size_t columns, i;

	if (!model || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	memset(&size, 0, sizeof(size));
	keys = &model->keys;
	columns = model->plan.of.columns;
	for (i = 0; i < keys->count; i++)
		size.series += cstn__signal_series_there(model, (uint32_t)i) != NULL;
	for (i = 0; i < model->priors.count; i++)
		size.pools += model->priors.items[i] != NULL;
	if (columns) {
		size.columns = (int32_t)columns - 1;
		size.series_bytes = cstn__online_series_size(columns);
		size.bytes = model->chunks.count * chunk_size(model) +
			     size.pools * cstn__online_prior_size(columns);
	}
	size.bytes += sizeof(*model) + model->names.total +
		      model->chunks.capacity * sizeof(*model->chunks.items) +
		      model->priors.capacity * sizeof(*model->priors.items) +
		      keys->capacity * sizeof(*keys->slots) +
		      keys->numbers.capacity * sizeof(*keys->numbers.items) +
		      keys->texts.arena.total + keys->texts.capacity * sizeof(*keys->texts.slots) +
		      keys->texts.items_capacity * sizeof(*keys->texts.items);
	size.ds_type = model->periods.type;
	if (!model->has_rows || cstn__period_start(&model->periods, model->latest, &size.latest_ds))
		size.latest_ds = 0;
	return cstn__output_write(
			&size, sizeof(size), sizeof(size), "cstn_signal_size", out, error);
}
