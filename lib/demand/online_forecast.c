/* Forecasts of a signal model: rows that are asked for, or some periods of all series, as a stream.
 *
 * The stream owns the rows and a reference to the model. A batch is made when it is read: series
 * side by side on threads, each into its own place, then rows in order; so bytes do not depend on
 * threads. A model that has changed in between is told. O(columns) a row, squared where a signal is
 * missing. */
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "demand/model_keys.h"
#include "demand/online.h"
#include "demand/options.h"

#define BATCH_ROWS 65536
#define MORSEL 64

enum { COL_ID, COL_DS, COL_H, COL_MEAN, COL_FLAGS, COLUMNS };

/* Behind the stream. */
typedef struct forecasting {
	cstn_allocator allocator;
	cstn_signal_model *model;
	uint64_t version;
	int has_rows; /* of `set`; else `order` */
	cstn__series_set set;
	uint32_t *order;
	size_t order_size, n, at, horizon;
	/* of a batch: where the rows of each series end, then of each row */
	CSTN__ARRAY(size_t) ends;
	CSTN__ARRAY(double) mean;
	CSTN__ARRAY(int32_t) flags;
	size_t in_batch;
	int32_t threads, reserved;
} forecasting;

static void forecasting_free(void *context)
{
	forecasting *f = context;
	cstn_allocator allocator = f->allocator;

	cstn__array_free(&allocator, &f->ends);
	cstn__array_free(&allocator, &f->mean);
	cstn__array_free(&allocator, &f->flags);
	cstn__free(&allocator, f->order, f->order_size);
	if (f->has_rows)
		cstn__series_free(&f->set);
	cstn_signal_model_free(f->model);
	cstn__free(&allocator, f, sizeof(*f));
}

/* --- one series ------------------------------------------------------------------------------- */

/* What a path is made of. */
typedef struct path {
	const cstn__online_series *series; /* NULL: cold */
	const cstn__online_prior *prior;
	int64_t last;
} path;

static path path_of(const cstn_signal_model *model, const cstn__online_series *series,
		uint32_t pool_if_cold)
{
	path out = {series, NULL, model->latest};

	out.prior = cstn__signal_prior(model, series ? series->pool : pool_if_cold);
	if (series)
		out.last = series->last;
	return out;
}

static path path_of_item(const forecasting *f, size_t item)
{
	const cstn_signal_model *model = f->model;
	const cstn__series *s;
	uint32_t number;

	if (!f->has_rows)
		return path_of(model, cstn__signal_series_there(model, f->order[item]), 0);
	s = &f->set.series.items[item];
	number = cstn__ids_find_same(&model->keys, &f->set.keys, s->key);
	return path_of(model, cstn__signal_series_there(model, number),
			cstn__signal_pool_of(model, &f->set, s->key));
}

static size_t rows_of(const forecasting *f, size_t item)
{
	return f->has_rows ? f->set.series.items[item].n : f->horizon;
}

/* The period of a row. */
static int64_t period_of(const forecasting *f, size_t item, const path *by, size_t t)
{
	return f->has_rows ? f->set.period[f->set.series.items[item].start + t]
			   : by->last + 1 + (int64_t)t;
}

static void forecast_item(forecasting *f, size_t item, size_t first)
{
	path by = path_of_item(f, item);
	size_t t;

	for (t = 0; t < rows_of(f, item); t++) {
		const double *signals = f->has_rows ? cstn__signal_values(&f->set,
								      &f->set.series.items[item], t)
						    : NULL;

		f->mean.items[first + t] = cstn__online_ahead(&f->model->plan, by.series, by.prior,
				period_of(f, item, &by, t), signals, f->set.n,
				&f->flags.items[first + t]);
	}
}

static cstn_status forecast_morsel(void *context, size_t morsel, int32_t worker)
{
	forecasting *f = context;
	size_t i, end = (morsel + 1) * MORSEL;

	(void)worker;
	for (i = morsel * MORSEL; i < end && i < f->in_batch; i++)
		forecast_item(f, f->at + i, i ? f->ends.items[i - 1] : 0);
	return CSTN_OK;
}

/* --- a batch ---------------------------------------------------------------------------------- */

static cstn__table_builder *empty(void *context, cstn_error **error)
{
	const forecasting *f = context;
	const char *const names[COLUMNS] = {"unique_id", "ds", "h", "mean", "flags"};
	const int32_t types[COLUMNS] = {f->has_rows ? f->set.keys.type : f->model->keys.type,
			f->model->periods.type, CSTN_TYPE_INT32, CSTN_TYPE_DOUBLE, CSTN_TYPE_INT32};
	cstn__table_builder *table = NULL;
	int failed = 0, i;

	if (cstn__table_builder_new(&f->allocator, &table, error) != CSTN_OK)
		return NULL;
	for (i = 0; i < COLUMNS; i++)
		failed |= cstn__table_add_column(table, names[i], types[i], 0, i == COL_DS) < 0;
	if (!failed)
		return table;
	cstn__table_builder_free(table);
	(void)cstn__fail_nomem(error);
	return NULL;
}

static void put_item(const forecasting *f, cstn__table_builder *table, size_t item, size_t first)
{
	path by = path_of_item(f, item);
	const cstn__ids *ids = f->has_rows ? &f->set.keys : &f->model->keys;
	uint32_t number = f->has_rows ? f->set.series.items[item].key : f->order[item];
	size_t t;

	for (t = 0; t < rows_of(f, item); t++) {
		int64_t period = period_of(f, item, &by, t), ds;

		cstn__series_put_id(table, COL_ID, ids, number);
		if (cstn__period_start(&f->model->periods, period, &ds))
			cstn__table_put_null(table, COL_DS);
		else
			cstn__table_put_i64(table, COL_DS, ds);
		cstn__table_put_i64(table, COL_H, period - by.last);
		cstn__table_put_f64(table, COL_MEAN, f->mean.items[first + t]);
		cstn__table_put_i64(table, COL_FLAGS, f->flags.items[first + t]);
	}
}

/* As many series as go into a batch, at least one, with room for their rows. 0 or -1. */
static int take_batch(forecasting *f)
{
	size_t rows = 0;

	f->in_batch = f->ends.count = 0;
	while (f->at + f->in_batch < f->n && (!rows || rows < BATCH_ROWS)) {
		if (cstn__array_reserve(&f->allocator, &f->ends, 1))
			return -1;
		rows += rows_of(f, f->at + f->in_batch++);
		f->ends.items[f->ends.count++] = rows;
	}
	f->mean.count = f->flags.count = 0;
	return cstn__array_reserve(&f->allocator, &f->mean, rows) ||
					       cstn__array_reserve(&f->allocator, &f->flags, rows)
			       ? -1
			       : 0;
}

static cstn_status next(void *context, cstn__table_builder *table, cstn_error **error)
{
	forecasting *f = context;
	size_t morsels, i;

	if (f->at == f->n)
		return CSTN_DONE;
	if (f->model->version != f->version)
		return cstn__fail(error, CSTN_E_STATE,
				"the model was changed while its forecast was read");
	if (take_batch(f))
		return cstn__fail_nomem(error);
	morsels = (f->in_batch + MORSEL - 1) / MORSEL;
	if (cstn__parallel_for(morsels, cstn__threads_resolve(f->threads, morsels), NULL,
			    forecast_morsel, f) != CSTN_OK)
		return cstn__fail_nomem(error);
	for (i = 0; i < f->in_batch; i++)
		put_item(f, table, f->at + i, i ? f->ends.items[i - 1] : 0);
	f->at += f->in_batch;
	return CSTN_OK;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* The rule that a row breaks: 0, or a CSTN_ROW_ with *field. */
static int32_t check_row(const forecasting *f, const cstn__series *s, const path *by, size_t t,
		int32_t *field)
{
	int64_t period = f->set.period[s->start + t];

	*field = CSTN__SIGNAL_DS;
	if (period > CSTN__ONLINE_PERIOD_MOST || period < -CSTN__ONLINE_PERIOD_MOST)
		return CSTN_ROW_RANGE;
	if (by->series && period <= by->last)
		return CSTN_ROW_TOO_LATE;
	return cstn__signal_check(f->model, cstn__signal_values(&f->set, s, t), f->set.n, field);
}

/* Series with a row that breaks a rule are left out. */
static cstn_status check_rows(forecasting *f, cstn__row_sink *sink)
{
	size_t i, t, kept = 0;

	for (i = 0; i < f->set.series.count; i++) {
		cstn__series *s = &f->set.series.items[i];
		path by = path_of_item(f, i);
		int is_good = 1;

		/* periods rise */
		while (f->horizon && s->n &&
				f->set.period[s->start + s->n - 1] - by.last > (int64_t)f->horizon)
			s->n--;
		for (t = 0; t < s->n; t++) {
			int32_t field, code = check_row(f, s, &by, t, &field);

			if (!code)
				continue;
			is_good = 0;
			if (cstn__signal_refuse(sink, f->model, f->set.row[s->start + t], field,
					    code) != CSTN_OK)
				return CSTN_E_NOMEM;
		}
		if (is_good)
			f->set.series.items[kept++] = *s;
	}
	f->set.series.count = kept;
	f->n = kept;
	return CSTN_OK;
}

static cstn_status check_types(const forecasting *f, cstn_error **error)
{
	const cstn_signal_model *model = f->model;
	cstn_status status = CSTN_OK;

	if (model->keys.type)
		status = cstn__demand_check_type(
				"unique_id", f->set.keys.type, model->keys.type, error);
	if (status == CSTN_OK && f->set.n_labels && f->set.labels->type)
		status = cstn__demand_check_type(model->config.pool, f->set.labels->type,
				model->pool_ids.type, error);
	return status;
}

static cstn_status read_rows(forecasting *f, struct ArrowArrayStream *rows,
		const cstn_signal_model_forecast_options *o, cstn_row_errors **bad,
		uint64_t *left_out, cstn_error **error)
{
	const cstn__signal_reading reading = {o->flags, o->binding, o->progress, 1};
	cstn__row_sink *sink = NULL;
	cstn_status status =
			cstn__signal_rows_read(&f->set, f->model, &reading, rows, &sink, error);

	if (status != CSTN_OK)
		return status;
	f->has_rows = 1;
	status = check_types(f, error);
	if (status == CSTN_OK && check_rows(f, sink) != CSTN_OK)
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK) {
		*left_out = cstn__row_sink_total(sink);
		status = cstn__row_sink_finish(sink, bad, error);
	}
	cstn__row_sink_free(sink);
	return status;
}

/* Series that are there, in the order of their ids. */
static cstn_status take_all(forecasting *f, cstn_error **error)
{
	const cstn__ids *keys = &f->model->keys;
	size_t i;

	f->order_size = cstn__array_size(keys->count ? keys->count : 1, sizeof(uint32_t));
	f->order = cstn__ids_order(keys);
	if (!f->order)
		return cstn__fail_nomem(error);
	for (i = 0; i < keys->count; i++)
		if (cstn__signal_series_there(f->model, f->order[i]))
			f->order[f->n++] = f->order[i];
	return CSTN_OK;
}

/* --- the call --------------------------------------------------------------------------------- */

static cstn_status check(const cstn_signal_model *model,
		const cstn_signal_model_forecast_options *o, cstn_error **error)
{
	cstn_status status = cstn__ahead_check(o->horizon, o->threads, error);

	if (status == CSTN_OK && !model->has_rows)
		status = cstn__fail(error, CSTN_E_STATE, "the model has no rows");
	return status;
}

static cstn_status start(cstn_signal_model *model, struct ArrowArrayStream *rows,
		const cstn_signal_model_forecast_options *o, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	const cstn_allocator allocator = model->allocator;
	cstn_row_errors *bad = NULL;
	struct ArrowArrayStream made;
	uint64_t left_out = 0;
	forecasting *f = cstn__alloc_zero(&allocator, sizeof(*f));
	cstn_status status;

	if (!f)
		return cstn__fail_nomem(error);
	atomic_fetch_add_explicit(&model->references, 1, memory_order_relaxed);
	f->allocator = allocator;
	f->model = model;
	f->version = model->version;
	f->horizon = (size_t)o->horizon;
	if (!rows && !o->horizon)
		f->horizon = model->plan.of.season;
	f->threads = o->threads;
	status = rows ? read_rows(f, rows, o, &bad, &left_out, error) : take_all(f, error);
	if (status == CSTN_OK)
		status = cstn__stream_export(
				&allocator, empty, next, forecasting_free, f, &made, error);
	else
		forecasting_free(f);
	if (status == CSTN_OK)
		*out = made;
	return cstn__rows_left_out(status, bad, left_out, bad_rows, error);
}

cstn_status cstn_signal_model_forecast(cstn_signal_model *model, struct ArrowArrayStream *rows,
		const cstn_signal_model_forecast_options *options, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn_signal_model_forecast_options read;
	struct ArrowArrayStream stream;
	cstn_status status = CSTN_OK;

	memset(&stream, 0, sizeof(stream));
	if (rows)
		status = cstn__stream_take(rows, "rows", &stream, error);
	if (status == CSTN_OK && (!model || !out))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	if (status == CSTN_OK)
		status = cstn__options_read(options, sizeof(read), sizeof(read),
				CSTN_IMPORT_TRUSTED, "cstn_signal_model_forecast_options", &read,
				error);
	if (status == CSTN_OK)
		status = check(model, &read, error);
	if (status == CSTN_OK)
		status = start(model, rows ? &stream : NULL, &read, out, bad_rows, error);
	if (stream.release)
		stream.release(&stream);
	return status;
}

/* --- one series ------------------------------------------------------------------------------- */

static cstn_status find_one(const cstn_signal_model *model, const cstn_signal_model_query *query,
		path *out, cstn_error **error)
{
	uint32_t number;
	cstn_status status = cstn__demand_find_one(&model->keys, query->key, query->key_len,
			query->key_number, &number, error);

	if (status == CSTN_OK)
		*out = path_of(model, cstn__signal_series_there(model, number),
				model->config.pool ? CSTN__IDS_NONE : 0);
	return status;
}

static cstn_status check_query(const cstn_signal_model *model, const cstn_signal_model_query *query,
		cstn_error **error)
{
	size_t wanted = query->signals ? (size_t)model->config.n_signals : 0, i;
	size_t horizon = query->horizon > 0 ? (size_t)query->horizon : 1;
	int32_t field;

	if (query->n_signals != wanted)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "n_signals is %zu, %zu expected",
				query->n_signals, wanted);
	if (cstn__query_check(query->horizon, query->reserved0, error) != CSTN_OK)
		return CSTN_E_INVALID_ARGUMENT;
	for (i = 0; query->signals && i < horizon; i++)
		if (cstn__signal_check(model, query->signals + i * wanted, 1, &field))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"signal '%.64s' is beyond %g in period %zu ahead",
					cstn__signal_field_name(model, field),
					CSTN__ONLINE_SIGNAL_MOST, i + 1);
	return model->has_rows ? CSTN_OK : cstn__fail(error, CSTN_E_STATE, "the model has no rows");
}

cstn_status cstn_signal_model_forecast_one(const cstn_signal_model *model,
		const cstn_signal_model_query *query, double *mean, int32_t *flags,
		cstn_error **error)
{
	cstn_signal_model_query read;
	cstn_status status;
	path by = {0};
	size_t t;

	if (!model || !query || !mean)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!model  ? "model"
				: query ? "mean"
					: "query");
	status = cstn__options_read(query, sizeof(read), sizeof(read), 0, "cstn_signal_model_query",
			&read, error);
	if (status == CSTN_OK)
		status = check_query(model, &read, error);
	if (status == CSTN_OK)
		status = find_one(model, &read, &by, error);
	if (status != CSTN_OK)
		return status;
	for (t = 0; t < (read.horizon ? (size_t)read.horizon : 1); t++) {
		int32_t told;

		mean[t] = cstn__online_ahead(&model->plan, by.series, by.prior,
				by.last + 1 + (int64_t)t,
				read.signals ? read.signals + t * read.n_signals : NULL, 1, &told);
		if (flags)
			flags[t] = told;
	}
	return CSTN_OK;
}
