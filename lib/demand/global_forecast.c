/* Forecasts of a fitted global ridge, alone or combined with those of a local model.
 *
 * The stream that comes out owns the series and forecasts a batch of them when it is read, series
 * side by side on threads, each as a whole on one: bytes do not depend on how many there are. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "demand/combine.h"
#include "demand/global_trees.h"
#include "demand/model_forecast.h"
#include "table/export.h"

#define BATCH_ROWS 65536

/* A thread's own. */
typedef struct forecaster {
	cstn__global_walk walk;
	cstn__global_rows rows;
	uint32_t *events; /* of the local model, a period ahead each */
	double *of_local; /* its means, and their parts behind; NULL: nobody asks */
	int32_t *local_flags;
} forecaster;

/* Behind the stream: all of its series, and where it stands. */
typedef struct forecasting {
	cstn_allocator allocator;
	cstn_demand_global *model;
	cstn_demand_model *local;                     /* NULL: none */
	uint64_t version;                             /* of the local model */
	cstn__shares shares;                          /* of the local model */
	size_t event_signal[CSTN_DEMAND_EVENTS_MOST]; /* SIZE_MAX: no signal has its name */
	cstn__series_set set;
	size_t at, horizon;
	/* of the batch, by series and period */
	double *global, *by_local, *ratio;
	double *share; /* of the local model in each */
	double *ridge; /* NULL without trees, which `global` then is by */
	int32_t *flags;
	size_t cells;
	int is_explained;
	double *parts; /* of each mean one after the other; NULL: nobody asks */
	double *nodes; /* means of the trees' nodes */
	forecaster *workers;
	int32_t threads;
} forecasting;

/* Parts of a mean; 0: nobody asks. */
static size_t groups_of(const forecasting *f)
{
	return f->is_explained ? cstn__global_groups(&f->model->plan) : 0;
}

/* Of what a worker explains the local model with. */
static size_t of_local_cells(const forecasting *f)
{
	return f->is_explained && f->local ? f->horizon * (1 + cstn__demand_groups(f->local)) : 0;
}

static void forecasting_free(void *context)
{
	forecasting *f = context;
	cstn_allocator allocator = f->allocator;
	int32_t i;

	for (i = 0; f->workers && i < f->threads; i++) {
		forecaster *w = &f->workers[i];

		cstn__global_walk_free(&w->walk);
		cstn__global_rows_free(&w->rows, &allocator);
		cstn__free(&allocator, w->events, f->horizon * sizeof(*w->events));
		cstn__free(&allocator, w->of_local, of_local_cells(f) * sizeof(*w->of_local));
		cstn__free(&allocator, w->local_flags, f->horizon * sizeof(*w->local_flags));
	}
	cstn__free(&allocator, f->workers, (size_t)f->threads * sizeof(*f->workers));
	cstn__free(&allocator, f->global, f->cells * sizeof(*f->global));
	cstn__free(&allocator, f->ridge, f->cells * sizeof(*f->ridge));
	cstn__free(&allocator, f->by_local, f->cells * sizeof(*f->by_local));
	cstn__free(&allocator, f->share, f->cells * sizeof(*f->share));
	cstn__shares_free(&f->shares, &allocator);
	cstn__free(&allocator, f->flags, f->cells * sizeof(*f->flags));
	cstn__free(&allocator, f->parts, groups_of(f) * f->cells * sizeof(*f->parts));
	cstn__free(&allocator, f->nodes, f->model->trees.nodes.count * sizeof(*f->nodes));
	cstn__free(&allocator, f->ratio, f->model ? f->model->plan.season * sizeof(double) : 0);
	cstn__series_free(&f->set);
	cstn_demand_global_unref(f->model);
	cstn_demand_model_free(f->local);
	cstn__free(&allocator, f, sizeof(*f));
}

static size_t series_a_batch(const forecasting *f)
{
	size_t n = BATCH_ROWS / f->horizon;

	return n ? n : 1;
}

/* --- one series ------------------------------------------------------------------------------- */

/* The number of a key's pool in the model; SIZE_MAX: it has no such pool. */
static size_t pool_of(const forecasting *f, uint32_t key)
{
	const cstn_demand_global *model = f->model;
	uint32_t number;

	if (!model->pool)
		return 0;
	if (f->set.label[key] == CSTN__IDS_NONE)
		return SIZE_MAX;
	number = cstn__ids_find_same(&model->pools, f->set.labels, f->set.label[key]);
	return number == CSTN__IDS_NONE ? SIZE_MAX : number;
}

/* A series that never changed keeps its level; so does one whose forecast is no number. */
static double settle_value(double value, const cstn__global_walk *walk, int32_t *flags)
{
	if (walk->scale > 0 && isfinite(value))
		return value;
	*flags |= CSTN_GLOBAL_FALLBACK;
	return walk->scale > 0 ? walk->fast * walk->scale : walk->fast;
}

/* A forecast that fell back is all level. */
static void settle_parts(const forecasting *f, double mean, int32_t flags, double *parts)
{
	if (!(flags & CSTN_GLOBAL_FALLBACK))
		return;
	memset(parts, 0, groups_of(f) * sizeof(*parts));
	parts[CSTN__GLOBAL_LEVEL] = mean;
}

static void by_trees(const forecasting *f, const cstn__global_series *series, const forecaster *by,
		const double *ratio, size_t first)
{
	double *out = f->global + first;
	double x[CSTN__TREE_COLUMNS_MOST], value;
	size_t h;

	for (h = 0; h < f->horizon; h++) {
		double *parts = f->parts ? f->parts + (first + h) * groups_of(f) : NULL;
		int32_t flags = 0;

		cstn__global_tree_row(&by->rows, h, &f->model->plan, series, &by->walk, ratio, x);
		value = cstn__trees_at(&f->model->trees, x);
		out[h] = settle_value(value > 0 ? value * by->walk.scale : 0, &by->walk, &flags);
		if (parts) {
			cstn__global_tree_parts(f->model, f->nodes, x, by->walk.scale, parts);
			settle_parts(f, out[h], flags, parts);
		}
	}
}

/* By trees, if there are any, and then by the ridge beside them. */
static void forecast_global(const forecasting *f, const cstn__global_series *series, forecaster *by,
		size_t first)
{
	double *out = f->ridge ? f->ridge + first : f->global + first;
	int32_t *flags = f->flags + first;
	const cstn_demand_global *model = f->model;
	const double *ratio = series->pool == SIZE_MAX
					      ? f->ratio
					      : model->ratios + series->pool * model->plan.season;
	double level = series->pool == SIZE_MAX ? 1 : model->levels[series->pool];
	size_t h;

	cstn__global_walk_to(&by->walk, series->n);
	cstn__global_rows_make(&by->rows, &model->plan, series, &by->walk, ratio, f->horizon, 0);
	cstn__global_predict(&by->rows, model->coefficients, level * by->walk.scale, out);
	for (h = 0; h < f->horizon; h++) {
		flags[h] = by->rows.missing[h] ? CSTN_GLOBAL_MISSING_SIGNAL : 0;
		if (model->plan.n_signals)
			flags[h] |= CSTN_GLOBAL_ASSUMED_KNOWN;
		out[h] = settle_value(out[h], &by->walk, &flags[h]);
		if (f->parts && !f->ridge) {
			double *parts = f->parts + (first + h) * groups_of(f);

			cstn__global_ridge_parts(model, &by->rows, h, by->walk.scale, level, parts);
			settle_parts(f, out[h], flags[h], parts);
		}
	}
	if (f->ridge)
		by_trees(f, series, by, ratio, first);
}

static void gather_events(const forecasting *f, const cstn__global_series *series, forecaster *by)
{
	size_t h, e;

	for (h = 0; h < f->horizon; h++) {
		by->events[h] = 0;
		for (e = 0; e < (size_t)f->local->config.n_events; e++) {
			size_t signal = f->event_signal[e];
			const double *x;

			if (signal == SIZE_MAX || h >= series->ahead)
				continue;
			x = series->x + signal * series->stride + series->n;
			if (!isnan(x[h]) && x[h] != 0) /* NOLINT: exactly none */
				by->events[h] |= 1u << e;
		}
	}
}

/* NaN: the local model does not have the series. */
static cstn_status forecast_local(const forecasting *f, const cstn__global_series *series,
		uint32_t key, forecaster *by, double *out, int32_t *flags)
{
	const cstn__ids *keys = &f->set.keys;
	cstn_demand_query query = CSTN_DEMAND_QUERY_INIT;
	cstn_status status;
	int32_t all = 0;
	size_t h;

	gather_events(f, series, by);
	if (keys->type == CSTN_TYPE_TEXT) {
		query.key = keys->texts.items[key].text;
		query.key_len = keys->texts.items[key].len;
	} else {
		query.key_number = cstn__ids_number(keys, key);
	}
	query.events = by->events;
	query.horizon = (int32_t)f->horizon;
	status = cstn_demand_model_forecast_one(f->local, &query, out, NULL, &all, NULL);
	if (status == CSTN_OK && by->of_local)
		status = cstn__demand_explain_one(f->local, &query, by->of_local, by->local_flags,
				by->of_local + f->horizon, f->horizon, NULL);
	for (h = 0; h < f->horizon && status == CSTN_OK; h++) {
		if (all & CSTN_DEMAND_FORECAST_COLD)
			out[h] = (double)NAN;
		else
			flags[h] |= all;
	}
	return status;
}

enum { BY_GLOBAL, BY_LOCAL, BY_BOTH };

/* What the forecast of a cell is by. */
static int model_of(const forecasting *f, size_t cell)
{
	if (!f->local || isnan(f->by_local[cell]))
		return BY_GLOBAL;
	return f->flags[cell] & CSTN_GLOBAL_FALLBACK ? BY_LOCAL : BY_BOTH;
}

/* The local model's share of the parts of a series. */
static void mix_parts(const forecasting *f, const forecaster *by, size_t first)
{
	const size_t groups = groups_of(f);
	size_t h;

	for (h = 0; h < f->horizon; h++) {
		int is = model_of(f, first + h);

		if (is != BY_GLOBAL)
			cstn__global_mix_local(f->local, f->event_signal,
					by->of_local + f->horizon + h, f->horizon,
					is == BY_BOTH ? f->share[first + h] : 1, groups,
					f->parts + (first + h) * groups);
	}
}

static cstn_status forecast_one(void *context, size_t item, int32_t worker)
{
	forecasting *f = context;
	uint32_t key = f->set.series.items[f->at + item].key;
	cstn__global_series series = cstn__global_series_of(&f->set, f->at + item, pool_of(f, key));
	forecaster *by = &f->workers[worker];
	size_t first = item * f->horizon, h;
	cstn_status status;

	if (cstn__global_walk_start(&by->walk, series.y, series.n))
		return CSTN_E_NOMEM;
	forecast_global(f, &series, by, first);
	if (!f->local)
		return CSTN_OK;
	for (h = 0; h < f->horizon; h++)
		f->share[first + h] = cstn__share_of(&f->shares, f->model, series.pool, h);
	status = forecast_local(f, &series, key, by, f->by_local + first, f->flags + first);
	if (status == CSTN_OK && f->parts)
		mix_parts(f, by, first);
	return status;
}

/* --- a batch ---------------------------------------------------------------------------------- */

/* Behind the mean parts, if they are asked for, then flags and what is_beside() says. */
enum { OUT_ID, OUT_DS, OUT_H, OUT_MEAN, OUT_PARTS };

/* Of columns behind the flags: whether they are there. */
enum { BESIDE_GLOBAL, BESIDE_LOCAL, BESIDE_MODEL, BESIDE_RIDGE, BESIDES };
static int is_beside(const forecasting *f, int which)
{
	if (which == BESIDE_MODEL)
		return f->local != NULL;
	if (which == BESIDE_RIDGE)
		return f->ridge && !f->is_explained;
	return f->local && !f->is_explained;
}

static int add_columns(const forecasting *f, cstn__table_builder *table)
{
	const struct {
		const char *name;
		int32_t type, nullable;
	} columns[OUT_PARTS] = {{"unique_id", f->set.keys.type, 0}, {"ds", f->set.periods.type, 1},
			{"h", CSTN_TYPE_INT32, 0}, {"mean", CSTN_TYPE_DOUBLE, 0}},
	  beside[BESIDES] = {{"global", CSTN_TYPE_DOUBLE, 0}, {"local", CSTN_TYPE_DOUBLE, 1},
			  {"model", CSTN_TYPE_TEXT, 0}, {"ridge", CSTN_TYPE_DOUBLE, 0}};
	int failed = 0, i;

	for (i = 0; i < OUT_PARTS; i++)
		failed |= cstn__table_add_column(table, columns[i].name, columns[i].type, 0,
					  columns[i].nullable) < 0;
	failed |= f->is_explained && cstn__global_parts_columns(f->model, table);
	failed |= cstn__table_add_column(table, "flags", CSTN_TYPE_INT32, 0, 0) < 0;
	for (i = 0; i < BESIDES; i++)
		failed |= is_beside(f, i) &&
			  cstn__table_add_column(table, beside[i].name, beside[i].type, 0,
					  beside[i].nullable) < 0;
	return failed;
}

static cstn__table_builder *empty(void *context, cstn_error **error)
{
	forecasting *f = context;
	cstn__table_builder *table = NULL;

	if (cstn__table_builder_new(&f->allocator, &table, error) != CSTN_OK)
		return NULL;
	if (!add_columns(f, table))
		return table;
	cstn__table_builder_free(table);
	(void)cstn__fail_nomem(error);
	return NULL;
}

static void put_beside(
		const forecasting *f, cstn__table_builder *table, size_t cell, int32_t column)
{
	static const char *const names[] = {"global", "local", "sensed"};
	const char *name = names[model_of(f, cell)];
	int i;

	for (i = 0; i < BESIDES; i++) {
		if (!is_beside(f, i))
			continue;
		if (i == BESIDE_MODEL)
			cstn__table_put_text(table, column, name, strlen(name));
		else if (i == BESIDE_LOCAL && isnan(f->by_local[cell]))
			cstn__table_put_null(table, column);
		else
			cstn__table_put_f64(table, column,
					(i == BESIDE_GLOBAL                 ? f->global
							: i == BESIDE_LOCAL ? f->by_local
									    : f->ridge)[cell]);
		column++;
	}
}

/* What the forecast is, of what, and what it is called. */
static void put_value(const forecasting *f, cstn__table_builder *table, size_t cell)
{
	double global = f->global[cell], local = f->local ? f->by_local[cell] : (double)NAN;
	const int is = model_of(f, cell);
	const size_t groups = groups_of(f);
	int32_t column = OUT_PARTS;
	size_t k;

	cstn__table_put_f64(table, OUT_MEAN,
			is == BY_GLOBAL  ? global
			: is == BY_LOCAL ? local
					 : global * (1 - f->share[cell]) + local * f->share[cell]);
	for (k = 0; k < groups; k++)
		cstn__table_put_f64(table, column++, f->parts[cell * groups + k]);
	cstn__table_put_i64(table, column, f->flags[cell]);
	put_beside(f, table, cell, column + 1);
}

static void put_series(const forecasting *f, cstn__table_builder *table, size_t item)
{
	const cstn__series *series = &f->set.series.items[f->at + item];
	size_t h;

	for (h = 0; h < f->horizon; h++) {
		cstn__series_put_ahead(&f->set, series, h, table);
		put_value(f, table, item * f->horizon + h);
	}
}

static cstn_status next(void *context, cstn__table_builder *table, cstn_error **error)
{
	forecasting *f = context;
	size_t left = f->set.series.count - f->at, n = series_a_batch(f), i;
	cstn_status status;

	if (!left)
		return CSTN_DONE;
	if (f->local && f->local->version != f->version)
		return cstn__fail(error, CSTN_E_STATE,
				"the local model has changed since the forecast was asked for");
	if (n > left)
		n = left;
	status = cstn__parallel_for(n, f->threads, NULL, forecast_one, f);
	if (status != CSTN_OK)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++)
		put_series(f, table, i);
	f->at += n;
	return CSTN_OK;
}

/* --- the call --------------------------------------------------------------------------------- */

static int make_parts(forecasting *f)
{
	const size_t nodes = f->model->trees.nodes.count;

	f->parts = cstn__alloc(&f->allocator,
			cstn__array_size(f->cells, groups_of(f) * sizeof(*f->parts)));
	if (!f->parts || !nodes)
		return f->parts ? 0 : -1;
	f->nodes = cstn__alloc(&f->allocator, nodes * sizeof(*f->nodes));
	if (!f->nodes)
		return -1;
	cstn__trees_means(&f->model->trees, f->nodes);
	return 0;
}

static int make_workers(forecasting *f, int32_t threads)
{
	size_t batch = series_a_batch(f) < f->set.series.count ? series_a_batch(f)
							       : f->set.series.count;
	size_t season = f->model->plan.season, i;
	int failed = 0;

	f->cells = batch * f->horizon;
	f->threads = cstn__threads_resolve(threads, batch ? batch : 1);
	f->workers = cstn__alloc_zero(&f->allocator, (size_t)f->threads * sizeof(*f->workers));
	for (i = 0; f->workers && i < (size_t)f->threads; i++) {
		forecaster *w = &f->workers[i];

		cstn__global_walk_init(&w->walk, &f->allocator);
		failed |= cstn__global_rows_init(&w->rows, &f->model->plan, &f->allocator);
		w->events = cstn__alloc(&f->allocator, f->horizon * sizeof(*w->events));
		failed |= !w->events;
		if (!of_local_cells(f))
			continue;
		w->of_local = cstn__alloc(&f->allocator, of_local_cells(f) * sizeof(*w->of_local));
		w->local_flags = cstn__alloc(&f->allocator, f->horizon * sizeof(*w->local_flags));
		failed |= !w->of_local || !w->local_flags;
	}
	f->global = cstn__alloc(&f->allocator, f->cells * sizeof(*f->global));
	f->by_local = cstn__alloc(&f->allocator, f->cells * sizeof(*f->by_local));
	f->share = cstn__alloc(&f->allocator, f->cells * sizeof(*f->share));
	failed |= !f->share;
	if (f->model->trees.roots.count)
		f->ridge = cstn__alloc(&f->allocator, f->cells * sizeof(*f->ridge));
	failed |= f->model->trees.roots.count && !f->ridge;
	failed |= f->is_explained && make_parts(f);
	f->flags = cstn__alloc(&f->allocator, f->cells * sizeof(*f->flags));
	f->ratio = cstn__alloc(&f->allocator, season * sizeof(*f->ratio));
	for (i = 0; f->ratio && i < season; i++)
		f->ratio[i] = 1;
	return !f->workers || failed || !f->global || !f->by_local || !f->flags || !f->ratio ? -1
											     : 0;
}

/* The local model has rows, of the same kind of ids; which signal is which of its events. */
static cstn_status meet_local(forecasting *f, cstn_error **error)
{
	const cstn_demand_model *local = f->local;
	int32_t type, e;
	size_t i;

	if (!local->has_latest)
		return cstn__fail(error, CSTN_E_STATE, "the local model has no rows");
	type = local->sides[CSTN__SIDE_DEMAND].keys.type;
	if (type && type != f->set.keys.type)
		return cstn__fail(error, CSTN_E_SCHEMA,
				"column 'unique_id' is %s, %s in the local model",
				cstn_type_name(f->set.keys.type), cstn_type_name(type));
	for (e = 0; e < local->config.n_events; e++) {
		f->event_signal[e] = SIZE_MAX;
		for (i = 0; i < f->model->plan.n_signals; i++)
			if (strcmp(local->events[e], f->model->signals[i]) == 0)
				f->event_signal[e] = i;
	}
	return CSTN_OK;
}

/* The stream of a forecasting that owns its series; *bad receives the rows left out. */
static cstn_status forecast_set(forecasting *f, struct ArrowArrayStream *rows,
		const cstn_demand_global_forecast_options *o, struct ArrowArrayStream *out,
		cstn_row_errors **bad, uint64_t *left_out, cstn_error **error)
{
	const cstn__global_reading reading = {o->flags, f->model->periods.period, o->binding,
			o->progress, &f->model->periods, 0};
	const cstn_allocator allocator = f->allocator;
	cstn__row_sink *sink = NULL;
	cstn_status status = cstn__global_read(&f->set, f->model, &reading, rows, &sink, error);

	if (status == CSTN_OK) {
		*left_out = cstn__row_sink_total(sink);
		status = cstn__row_sink_finish(sink, bad, error);
		cstn__row_sink_free(sink);
	}
	if (status == CSTN_OK)
		status = cstn__global_check(&f->set, error);
	if (status == CSTN_OK && f->local)
		status = meet_local(f, error);
	if (status == CSTN_OK && o->weights)
		status = cstn__shares_read(
				&f->shares, f->model, f->horizon, o->weights, &f->allocator, error);
	if (status == CSTN_OK && make_workers(f, o->threads))
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK)
		return cstn__stream_export(
				&allocator, empty, next, forecasting_free, f, out, error);
	forecasting_free(f);
	return status;
}

/* What the caller gave beside rows and options. */
typedef struct asked {
	cstn_demand_global *model;
	struct ArrowArrayStream *out;
	int is_explained;
} asked;

static cstn_status forecast_rows(const asked *by, struct ArrowArrayStream *rows,
		const cstn_demand_global_forecast_options *o, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	struct ArrowArrayStream made;
	cstn_row_errors *bad = NULL;
	uint64_t left_out = 0;
	cstn_allocator memory;
	forecasting *f;
	cstn_status status;

	if (!by->out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	if (o->horizon < 0 || (size_t)o->horizon > by->model->plan.horizon || o->threads < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"horizon is %d (0 to %zu), threads is %d (0 or more)", o->horizon,
				by->model->plan.horizon, o->threads);
	status = cstn__handle_new(&by->model->allocator, sizeof(*f), &memory, &f, error);
	if (status != CSTN_OK)
		return status;
	f->allocator = memory;
	f->model = cstn_demand_global_ref(by->model);
	f->is_explained = by->is_explained;
	if (o->local) {
		atomic_fetch_add_explicit(&o->local->references, 1, memory_order_relaxed);
		f->local = o->local;
		f->version = o->local->version;
	}
	f->horizon = o->horizon ? (size_t)o->horizon : by->model->plan.horizon;
	status = forecast_set(f, rows, o, &made, &bad, &left_out, error);
	if (status == CSTN_OK)
		*by->out = made;
	return cstn__rows_left_out(status, bad, left_out, bad_rows, error);
}

/* Weights are moved from, whatever comes of it. */
static cstn_status forecast_weighed(void *context, struct ArrowArrayStream *rows, const void *given,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn_demand_global_forecast_options o = *(const cstn_demand_global_forecast_options *)given;
	struct ArrowArrayStream weights;
	cstn_status status;

	memset(&weights, 0, sizeof(weights));
	if (o.weights) {
		weights = *o.weights;
		o.weights->release = NULL;
		o.weights = &weights;
	}
	status = forecast_rows(context, rows, &o, bad_rows, error);
	if (weights.release)
		weights.release(&weights);
	return status;
}

static cstn_status run(asked *by, struct ArrowArrayStream *rows,
		const cstn_demand_global_forecast_options *options, cstn_row_errors **bad_rows,
		cstn_error **error)
{
	const cstn__update call = {"rows", "model", by->model ? by : NULL, options,
			"cstn_demand_global_forecast_options", CSTN_IMPORT_TRUSTED,
			forecast_weighed};
	cstn_demand_global_forecast_options read;

	return cstn__update_run(&call, rows, &read, sizeof(read), bad_rows, error);
}

cstn_status cstn_demand_global_forecast(cstn_demand_global *model, struct ArrowArrayStream *rows,
		const cstn_demand_global_forecast_options *options, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	asked by = {model, out, 0};

	return run(&by, rows, options, bad_rows, error);
}

cstn_status cstn_demand_global_explain(cstn_demand_global *model, struct ArrowArrayStream *rows,
		const cstn_demand_global_forecast_options *options, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	asked by = {model, out, 1};

	return run(&by, rows, options, bad_rows, error);
}
