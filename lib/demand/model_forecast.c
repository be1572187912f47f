/* Forecasts of a demand model: all series or those that are asked for, as a stream.
 *
 * The stream owns a reference to the model, the order of the series and the events to come. A batch
 * is made when it is read: paths side by side on threads, each into its own place in the columns of
 * the batch, so bytes do not depend on threads. A model that has changed in between is told.
 *
 * O(season + horizon) a series. */
#include "demand/model_forecast.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "demand/options.h"
#include "table/export.h"

#define BATCH_ROWS 65536
#define MORSEL 256
#define AHEAD 4 /* series whose states are loaded before they are needed */

/* Behind the mean: the median and the quantiles, if there are; flags last. */
enum { COL_ID, COL_DS, COL_H, COL_MEAN, COL_MEDIAN };

/* Behind the stream. */
typedef struct forecasting {
	cstn_allocator allocator;
	cstn_demand_model *model;
	uint64_t version;
	cstn_demand_forecast_options options;
	cstn__demand_quantiles_of quantiles;
	cstn__demand_leads *leads; /* NULL; else a row a series, over a lead time */
	cstn__demand_future future;
	cstn__demand_asked asked; /* has_keys: these; else `order` */
	uint32_t *order;
	size_t n, at, order_size; /* `at`: the first that no batch had yet */
	/* of a batch: its columns, in the table that is made; NULL: it has none, or ids are texts
	 */
	int64_t *id;
	void *ds; /* 4 bytes each of days, else 8 */
	int32_t *h, *flags;
	double *mean;
	atomic_int has_null; /* a date is beyond the calendar */
	/* beside them */
	double *quantile; /* a row of levels each, and room for a column behind */
	double *within;   /* NULL; else a row each of what of a quantile lies up to its level */
	double *parts;    /* NULL; else of each mean, column by column */
	size_t rows, begin, in_batch;
	size_t groups; /* parts of a mean; 0: nobody asks for them */
	int32_t threads, reserved;
} forecasting;

static size_t horizon_of(const forecasting *f)
{
	return (size_t)f->options.horizon;
}

/* Rows of a series. */
static size_t rows_each(const forecasting *f)
{
	return f->leads ? 1 : horizon_of(f);
}

static void forecasting_free(void *context)
{
	forecasting *f = context;
	cstn_allocator allocator = f->allocator;

	cstn__free(&allocator, f->quantile, f->rows * (f->quantiles.n + 1) * sizeof(double));
	cstn__free(&allocator, f->within, f->rows * f->quantiles.n * sizeof(double));
	cstn__free(&allocator, f->parts, f->rows * f->groups * sizeof(*f->parts));
	cstn__demand_quantiles_free(&f->quantiles, &allocator);
	cstn__demand_leads_free(f->leads, &allocator);
	cstn__free(&allocator, f->order, f->order_size);
	cstn__demand_future_free(&f->future, &allocator);
	cstn__demand_asked_free(&f->asked, &allocator);
	cstn_demand_model_free(f->model);
	cstn__free(&allocator, f, sizeof(*f));
}

static const cstn__demand_side *side_of(const forecasting *f)
{
	return &f->model->sides[f->options.flags & CSTN_DEMAND_RETURNS ? CSTN__SIDE_RETURNS
								       : CSTN__SIDE_DEMAND];
}

/* --- one path --------------------------------------------------------------------------------- */

/* Number of item `i` among the keys of the side; CSTN__IDS_NONE. */
static uint32_t number_of(const forecasting *f, size_t i)
{
	return f->asked.has_keys ? f->asked.items.items[i].number : f->order[i];
}

static cstn__demand_path path_of(const forecasting *f, size_t i)
{
	const cstn_demand_model *model = f->model;
	const cstn__demand_side *side = side_of(f);
	uint32_t number = number_of(f, i), pool = CSTN__IDS_NONE;
	cstn__demand_path path = {NULL, NULL, NULL, model->latest + 1, NULL, horizon_of(f)};

	if (number != CSTN__IDS_NONE) {
		path.series = &side->series.items[number];
		path.profile = cstn__demand_profile(model, side, number);
		path.first = path.series->last + 1;
		pool = path.series->pool;
	} else if (f->asked.has_keys) {
		pool = f->asked.items.items[i].pool;
	}
	if (pool != CSTN__IDS_NONE && !(f->options.flags & CSTN_DEMAND_RETURNS))
		path.pool = &model->pools.items[pool];
	return path;
}

static void forecast_path(forecasting *f, size_t i, const cstn__demand_path *path,
		const cstn__demand_ahead *ahead)
{
	const cstn_demand_model *model = f->model;
	size_t h = horizon_of(f);

	cstn__demand_path_mean(model, path, f->mean + i * h, f->flags + i * h);
	cstn__demand_ahead_flags(model, ahead, h, f->flags + i * h);
	if (f->quantiles.n)
		cstn__demand_quantiles_put(&f->quantiles, model, path, f->mean + i * h,
				f->quantile + i * h * f->quantiles.n,
				f->within ? f->within + i * h * f->quantiles.n : NULL);
	if (f->groups)
		cstn__demand_path_parts(model, path, f->mean + i * h, f->flags + i * h,
				f->parts + i * h, f->rows);
}

static void forecast_lead(forecasting *f, size_t i, const cstn__demand_path *path,
		const cstn__demand_ahead *ahead)
{
	int32_t flags[CSTN_HORIZON_MOST], all = 0;
	double mean[CSTN_HORIZON_MOST];
	size_t h = horizon_of(f), t;

	cstn__demand_path_mean(f->model, path, mean, flags);
	cstn__demand_ahead_flags(f->model, ahead, h, flags);
	for (t = 0; t < h; t++)
		all |= flags[t];
	f->flags[i] = all;
	cstn__demand_lead_put(f->leads, f->model, path, mean,
			f->asked.has_keys ? f->asked.items.items[f->begin + i].stock : (double)NAN,
			i);
}

/* Dates of the rows of a series by its first period, as the column has them; kept for the next. */
typedef struct dates {
	int has;
	int64_t first;
	int32_t days[CSTN_HORIZON_MOST];
	int64_t times[CSTN_HORIZON_MOST];
} dates;

static void put_dates(forecasting *f, size_t i, int64_t first, dates *known)
{
	size_t n = rows_each(f), t;

	for (t = 0; t < n && !(known->has && known->first == first); t++) {
		int64_t start;

		if (cstn__period_start(&f->model->periods, first + (int64_t)t, &start)) {
			atomic_store_explicit(&f->has_null, 1, memory_order_relaxed);
			start = 0;
		}
		known->times[t] = start;
		known->days[t] = (int32_t)start;
	}
	known->has = 1;
	known->first = first;
	if (f->model->periods.type == CSTN_TYPE_DAYS)
		memcpy((int32_t *)f->ds + i * n, known->days, n * sizeof(*known->days));
	else
		memcpy((int64_t *)f->ds + i * n, known->times, n * sizeof(*known->times));
}

/* What is known of item i before it is forecast: its id, its dates, how far they are ahead. */
static void put_item(forecasting *f, size_t i, int64_t first, dates *known)
{
	const cstn__ids *ids = f->asked.has_keys ? &f->asked.names : &side_of(f)->keys;
	size_t n = rows_each(f), t;

	put_dates(f, i, first, known);
	for (t = 0; t < n && f->h; t++)
		f->h[i * n + t] = (int32_t)t + 1;
	if (f->id) {
		uint32_t name = f->asked.has_keys ? f->asked.items.items[f->begin + i].name
						  : f->order[f->begin + i];
		int64_t id = cstn__ids_number(ids, name);

		for (t = 0; t < n; t++)
			f->id[i * n + t] = id;
	}
}

static void load_ahead(const forecasting *f, size_t i)
{
	const cstn__demand_side *side = side_of(f);
	uint32_t number = i < f->in_batch ? number_of(f, f->begin + i) : CSTN__IDS_NONE;

	if (number == CSTN__IDS_NONE)
		return;
	__builtin_prefetch(&side->series.items[number]);
	__builtin_prefetch(cstn__demand_profile(f->model, side, number));
}

static cstn_status forecast_morsel(void *context, size_t morsel, int32_t worker)
{
	forecasting *f = context;
	size_t i, end = (morsel + 1) * MORSEL;
	cstn__demand_ahead ahead;
	dates known;

	(void)worker;
	ahead.has = known.has = 0;
	for (i = morsel * MORSEL; i < end && i < f->in_batch; i++) {
		cstn__demand_path path = path_of(f, f->begin + i);

		load_ahead(f, i + AHEAD);
		cstn__demand_future_find(
				&f->future, f->model, path.pool, path.first, horizon_of(f), &ahead);
		path.events = ahead.events;
		put_item(f, i, path.first, &known);
		if (f->leads)
			forecast_lead(f, i, &path, &ahead);
		else
			forecast_path(f, i, &path, &ahead);
	}
	return CSTN_OK;
}

/* --- rows ------------------------------------------------------------------------------------- */

static int declare(const void *of, cstn__table_builder *table)
{
	const forecasting *f = of;
	int failed = 0;

	failed |= cstn__table_add_column(table, "unique_id", side_of(f)->keys.type, 0, 0) < 0;
	failed |= cstn__table_add_column(table, "ds", f->model->periods.type, 0, 1) < 0;
	if (f->leads) {
		failed |= cstn__demand_leads_columns(table) < 0;
	} else {
		failed |= cstn__table_add_column(table, "h", CSTN_TYPE_INT32, 0, 0) < 0;
		failed |= cstn__table_add_column(table, "mean", CSTN_TYPE_DOUBLE, 0, 0) < 0;
		failed |= cstn__demand_quantiles_columns(&f->quantiles, table) < 0;
		failed |= f->groups && cstn__demand_parts_columns(f->model, table);
	}
	failed |= cstn__table_add_column(table, "flags", CSTN_TYPE_INT32, 0, 0) < 0;
	return failed ? -1 : 0;
}

static cstn__table_builder *empty(void *context, cstn_error **error)
{
	const forecasting *f = context;

	return cstn__table_declared(&f->allocator, declare, f, error);
}

/* Room of the batch in its columns; 0, or -1 out of memory. */
static int open_columns(forecasting *f, cstn__table_builder *table)
{
	size_t n = f->in_batch * rows_each(f);
	int is_text = side_of(f)->keys.type == CSTN_TYPE_TEXT;

	f->has_null = 0;
	f->id = is_text ? NULL : cstn__table_put_room(table, COL_ID, n);
	f->ds = cstn__table_put_room(table, COL_DS, n);
	f->h = f->leads ? NULL : cstn__table_put_room(table, COL_H, n);
	f->mean = f->leads ? NULL : cstn__table_put_room(table, COL_MEAN, n);
	f->flags = cstn__table_put_room(table, cstn__table_columns(table) - 1, n);
	return (f->id || is_text) && f->ds && f->flags && (f->leads || (f->h && f->mean)) ? 0 : -1;
}

static void put_texts(const forecasting *f, cstn__table_builder *table)
{
	const cstn__ids *ids = f->asked.has_keys ? &f->asked.names : &side_of(f)->keys;
	size_t i;

	for (i = 0; i < f->in_batch; i++) {
		uint32_t name = f->asked.has_keys ? f->asked.items.items[f->begin + i].name
						  : f->order[f->begin + i];

		cstn__table_put_text_times(table, COL_ID, ids->texts.items[name].text,
				ids->texts.items[name].len, rows_each(f));
	}
}

/* Dates beyond the calendar. */
static void put_nulls(const forecasting *f, cstn__table_builder *table)
{
	size_t n = rows_each(f), i, t;
	int64_t start;

	for (i = 0; i < f->in_batch; i++)
		for (t = 0; t < n; t++)
			if (cstn__period_start(&f->model->periods,
					    path_of(f, f->begin + i).first + (int64_t)t, &start))
				cstn__table_null_at(table, COL_DS, (int64_t)(i * n + t));
}

/* What stands beside the columns that were filled already. */
static void put_rest(const forecasting *f, cstn__table_builder *table)
{
	size_t n = f->in_batch * rows_each(f);

	if (!f->id)
		put_texts(f, table);
	if (f->has_null)
		put_nulls(f, table);
	if (f->leads)
		(void)cstn__demand_leads_rows(f->leads, table, COL_H, n);
	if (f->quantiles.n)
		(void)cstn__demand_quantiles_rows(
				&f->quantiles, table, COL_MEDIAN, f->quantile, f->within, n);
	if (f->groups)
		(void)cstn__demand_parts_rows(f->model, table, COL_MEDIAN, f->parts, f->rows, n);
}

/* Series of the next batch; of all those in `order` the ones that are there. */
static void take_batch(forecasting *f)
{
	const cstn__demand_side *side = side_of(f);
	size_t most = f->rows / rows_each(f);

	f->begin = f->at;
	f->in_batch = 0;
	for (; f->at < f->n && f->in_batch < most; f->at++) {
		uint32_t number = f->asked.has_keys ? 0 : f->order[f->at];

		if (f->asked.has_keys)
			f->in_batch++;
		else if (number < side->series.count &&
				side->series.items[number].flags & CSTN__SERIES_IS_THERE)
			f->order[f->begin + f->in_batch++] = number;
	}
}

static cstn_status next(void *context, cstn__table_builder *table, cstn_error **error)
{
	forecasting *f = context;

	if (f->model->version != f->version && f->at < f->n)
		return cstn__fail(error, CSTN_E_STATE,
				"the model was changed while its forecast was read");
	take_batch(f);
	if (!f->in_batch)
		return CSTN_DONE;
	if (open_columns(f, table) ||
			cstn__parallel_for((f->in_batch + MORSEL - 1) / MORSEL, f->threads, NULL,
					forecast_morsel, f) != CSTN_OK)
		return cstn__fail_nomem(error);
	put_rest(f, table);
	return CSTN_OK;
}

/* --- the call --------------------------------------------------------------------------------- */

static cstn_status check(
		const cstn_demand_model *model, cstn_demand_forecast_options *o, cstn_error **error)
{
	cstn_status status = cstn__ahead_check(o->horizon, o->threads, error);

	if (status != CSTN_OK)
		return status;
	if (!model->has_latest)
		return cstn__fail(error, CSTN_E_STATE, "the model has no rows");
	if (!o->horizon)
		o->horizon = model->season;
	return cstn__demand_check_levels(o->levels, o->n_levels, error);
}

/* All series, in the order of their ids. */
static cstn_status take_all(forecasting *f, cstn_error **error)
{
	const cstn__demand_side *side = side_of(f);

	/* what the order's memory was asked for with */
	f->order_size = cstn__array_size(side->keys.count ? side->keys.count : 1, sizeof(uint32_t));
	f->order = cstn__ids_order(&side->keys);
	if (!f->order)
		return cstn__fail_nomem(error);
	f->n = side->keys.count;
	return CSTN_OK;
}

static cstn_status make_room(forecasting *f, cstn_error **error)
{
	size_t h = rows_each(f), most = BATCH_ROWS / h;

	f->rows = (most < f->n || !f->n ? most : f->n) * h;
	f->quantile = cstn__alloc(&f->allocator, f->rows * (f->quantiles.n + 1) * sizeof(double));
	if (f->quantiles.has_within)
		f->within = cstn__alloc(&f->allocator,
				cstn__array_size(f->rows * f->quantiles.n, sizeof(*f->within)));
	if (f->quantiles.has_within && !f->within)
		return cstn__fail_nomem(error);
	if (f->groups)
		f->parts = cstn__alloc(&f->allocator,
				cstn__array_size(f->rows * f->groups, sizeof(*f->parts)));
	if (f->groups && !f->parts)
		return cstn__fail_nomem(error);
	if (f->leads && cstn__demand_leads_room(f->leads, &f->allocator, f->rows))
		return cstn__fail_nomem(error);
	f->threads = cstn__threads_resolve(f->options.threads, f->rows / h / MORSEL + 1);
	return f->quantile ? CSTN_OK : cstn__fail_nomem(error);
}

static cstn_status prepare(forecasting *f, struct ArrowArrayStream *keys,
		struct ArrowArrayStream *future, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	if (future)
		status = cstn__demand_future_read(&f->future, f->model, future, &f->options, error);
	if (status == CSTN_OK && keys) {
		status = cstn__demand_asked_read(&f->asked, f->model, side_of(f), keys, &f->options,
				f->leads != NULL, error);
		f->n = f->asked.items.count;
	} else if (status == CSTN_OK) {
		status = take_all(f, error);
	}
	if (status == CSTN_OK)
		status = cstn__demand_quantiles_make(&f->quantiles, f->model, f->options.levels,
				f->options.n_levels, error);
	f->quantiles.has_within = f->quantiles.n && f->options.flags & CSTN_DEMAND_WITHIN;
	return status == CSTN_OK ? make_room(f, error) : status;
}

/* What a stream has beside means. */
typedef struct beside {
	cstn__demand_leads *leads; /* NULL; taken over, also on failure */
	size_t groups;             /* 0: no parts */
} beside;

static cstn_status start(cstn_demand_model *model, struct ArrowArrayStream *keys,
		struct ArrowArrayStream *future, const cstn_demand_forecast_options *options,
		beside with, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn_allocator allocator = model->allocator;
	struct ArrowArrayStream made;
	forecasting *f = cstn__alloc_zero(&allocator, sizeof(*f));
	cstn_status status;

	if (!f) {
		cstn__demand_leads_free(with.leads, &allocator);
		return cstn__fail_nomem(error);
	}
	atomic_fetch_add_explicit(&model->references, 1, memory_order_relaxed);
	f->allocator = allocator;
	f->model = model;
	f->version = model->version;
	f->options = *options;
	f->leads = with.leads;
	f->groups = with.groups;
	status = prepare(f, keys, future, error);
	f->options.binding = NULL;
	f->options.levels = NULL;
	if (status != CSTN_OK) {
		forecasting_free(f);
		return status;
	}
	status = cstn__stream_export(&allocator, empty, next, forecasting_free, f, &made, error);
	if (status == CSTN_OK)
		*out = made;
	return status;
}

static cstn_status read_options(const cstn_demand_model *model, const void *given,
		cstn_demand_forecast_options *options, cstn_error **error)
{
	cstn_status status = cstn__options_read(given, sizeof(*options), sizeof(*options),
			CSTN_DEMAND_RETURNS | CSTN_DEMAND_WITHIN | CSTN_IMPORT_TRUSTED,
			"cstn_demand_forecast_options", options, error);

	return status == CSTN_OK ? check(model, options, error) : status;
}

static cstn_status forecast(cstn_demand_model *model, struct ArrowArrayStream *keys,
		struct ArrowArrayStream *future, const void *given, struct ArrowArrayStream *out,
		cstn_error **error)
{
	cstn_demand_forecast_options options;
	cstn_status status = read_options(model, given, &options, error);

	return status == CSTN_OK
			       ? start(model, keys, future, &options, (beside){NULL, 0}, out, error)
			       : status;
}

static cstn_status explain(cstn_demand_model *model, struct ArrowArrayStream *keys,
		struct ArrowArrayStream *future, const void *given, struct ArrowArrayStream *out,
		cstn_error **error)
{
	const beside with = {NULL, cstn__demand_groups(model)};
	cstn_demand_forecast_options options;
	cstn_status status = read_options(model, given, &options, error);

	if (status == CSTN_OK && options.n_levels)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"n_levels is %zu; 0 expected: means have parts, quantiles have "
				"none",
				options.n_levels);
	return status == CSTN_OK ? start(model, keys, future, &options, with, out, error) : status;
}

static cstn_status lead_time(cstn_demand_model *model, struct ArrowArrayStream *keys,
		struct ArrowArrayStream *future, const void *given, struct ArrowArrayStream *out,
		cstn_error **error)
{
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	cstn__demand_leads *leads = NULL;
	cstn_status status = cstn__demand_leads_make(model, given, &options, &leads, error);

	if (status == CSTN_OK)
		status = check(model, &options, error);
	if (status == CSTN_OK)
		return start(model, keys, future, &options, (beside){leads, 0}, out, error);
	cstn__demand_leads_free(leads, &model->allocator);
	return status;
}

/* A stream that may be absent; moved. */
static cstn_status take_stream(struct ArrowArrayStream *from, const char *what,
		struct ArrowArrayStream *to, cstn_error **error)
{
	memset(to, 0, sizeof(*to));
	return from ? cstn__stream_take(from, what, to, error) : CSTN_OK;
}

typedef cstn_status (*starter)(cstn_demand_model *model, struct ArrowArrayStream *keys,
		struct ArrowArrayStream *future, const void *given, struct ArrowArrayStream *out,
		cstn_error **error);

static cstn_status take_and_start(starter start_it, cstn_demand_model *model,
		struct ArrowArrayStream *keys, struct ArrowArrayStream *future, const void *given,
		struct ArrowArrayStream *out, cstn_error **error)
{
	struct ArrowArrayStream k, e;
	cstn_status status = take_stream(keys, "keys", &k, error), second;

	second = take_stream(future, "future", &e, status == CSTN_OK ? error : NULL);
	if (status == CSTN_OK)
		status = second;
	if (status == CSTN_OK && (!model || !out))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	if (status == CSTN_OK)
		status = start_it(model, keys ? &k : NULL, future ? &e : NULL, given, out, error);
	if (k.release)
		k.release(&k);
	if (e.release)
		e.release(&e);
	return status;
}

cstn_status cstn_demand_model_forecast(cstn_demand_model *model, struct ArrowArrayStream *keys,
		struct ArrowArrayStream *future, const cstn_demand_forecast_options *options,
		struct ArrowArrayStream *out, cstn_error **error)
{
	return take_and_start(forecast, model, keys, future, options, out, error);
}

cstn_status cstn_demand_model_explain(cstn_demand_model *model, struct ArrowArrayStream *keys,
		struct ArrowArrayStream *future, const cstn_demand_forecast_options *options,
		struct ArrowArrayStream *out, cstn_error **error)
{
	return take_and_start(explain, model, keys, future, options, out, error);
}

cstn_status cstn_demand_model_lead_time(cstn_demand_model *model, struct ArrowArrayStream *keys,
		struct ArrowArrayStream *future, const cstn_demand_lead_options *options,
		struct ArrowArrayStream *out, cstn_error **error)
{
	return take_and_start(lead_time, model, keys, future, options, out, error);
}
