/* What forecasts are asked for: the keys of a stream, and events that are known to come. Both are
 * read whole; a row that breaks a rule refuses the call, since a forecast without it would be
 * another one. O(rows), and a sort of the events. */
#include <math.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/error.h"
#include "base/sort.h"
#include "demand/model_forecast.h"
#include "demand/model_keys.h"

#define BLOCK CSTN__BLOCK_ROWS
#define FUTURE_COLUMNS_MOST (2 + CSTN_DEMAND_EVENTS_MOST)

/* Numbers of pools that a column names, CSTN__IDS_NONE for null and unknown ones. */
static cstn_status read_pools(const cstn__ids *pools, const cstn__column *column, int64_t start,
		int32_t n, uint64_t first_row, uint64_t *bad, cstn__row_sink *sink, uint32_t *out)
{
	uint64_t valid[BLOCK / 64];
	int64_t number[BLOCK];
	const char *text;
	size_t len;
	cstn_status status;
	int32_t i;

	for (i = 0; i < n; i++)
		out[i] = CSTN__IDS_NONE;
	if (column->physical == CSTN__ABSENT)
		return CSTN_OK;
	if (pools->type == CSTN_TYPE_TEXT) {
		status = cstn__column_check_text(column, start, n, first_row, bad, sink);
		for (i = 0; i < n && status == CSTN_OK; i++)
			if (!cstn__word_bit_get(bad, (size_t)i) &&
					!cstn__column_read_text(column, start + i, &text, &len))
				out[i] = cstn__ids_find_text(pools, text, len);
		return status;
	}
	status = cstn__column_read_i64(column, start, n, first_row, number, valid, bad, sink);
	for (i = 0; i < n && status == CSTN_OK; i++)
		if (cstn__word_bit_get(valid, (size_t)i))
			out[i] = cstn__ids_find_i64(pools, number[i]);
	return status;
}

static cstn_status check_type(const cstn__bound *bound, size_t column, const char *name,
		int32_t type, cstn_error **error)
{
	if (!cstn__bound_has(bound, column) || cstn__bound_is_null(bound, column))
		return CSTN_OK;
	return cstn__demand_check_type(name, cstn__bound_type(bound, column), type, error);
}

/* Types of a frame whose first columns are `name` and a pool: `type`, and that of the pools. */
static cstn_status check_types(const cstn_demand_model *model, const cstn__bound *bound,
		const char *name, int32_t type, cstn_error **error)
{
	cstn_status status = check_type(bound, 0, name, type, error);

	if (status != CSTN_OK || !model->config.pool)
		return status;
	return check_type(bound, 1, model->config.pool, model->pool_ids.type, error);
}

/* Reads a frame that was bound, of which no row may be bad; frees what it was bound with. */
static cstn_status read_frame(cstn_status status, cstn__bound *bound, struct ArrowArrayStream *rows,
		cstn__block_fn each, void *run, cstn__row_sink *sink, cstn_error **error)
{
	if (status == CSTN_OK)
		status = cstn__bound_each(bound, rows, each, run, NULL, error);
	if (status == CSTN_OK && cstn__row_sink_total(sink))
		status = cstn__row_sink_refuse(sink, NULL, error);
	cstn__row_sink_free(sink);
	cstn__bound_free(bound);
	return status;
}

/* --- keys ------------------------------------------------------------------------------------- */

typedef struct keys_reading {
	cstn__demand_asked *asked;
	const cstn_demand_model *model;
	const cstn__demand_side *side;
	cstn__row_sink *sink;
	int with_stock, reserved;
} keys_reading;

/* NaN where there is none. */
static cstn_status read_stock(const keys_reading *run, const cstn__batch *batch, int64_t start,
		int32_t n, uint64_t *bad, double *out)
{
	uint64_t valid[BLOCK / 64] = {0};
	cstn_status status = CSTN_OK;
	int32_t i;

	if (run->with_stock && batch->columns[2].physical != CSTN__ABSENT)
		status = cstn__column_read_f64(&batch->columns[2], start, n, batch->first_row, out,
				valid, bad, run->sink);
	for (i = 0; i < n && status == CSTN_OK; i++) {
		if (!cstn__word_bit_get(valid, (size_t)i)) {
			out[i] = (double)NAN;
		} else if (!(out[i] >= 0 && out[i] <= CSTN__DEMAND_LARGEST)) {
			cstn__word_bit_set(bad, (size_t)i);
			status = cstn__row_sink_add(run->sink,
					batch->first_row + (uint64_t)(start + i), 2, "stock",
					CSTN_ROW_RANGE, NULL, 0);
		}
	}
	return status;
}

static cstn_status read_keys(void *context, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	keys_reading *run = context;
	uint64_t bad[BLOCK / 64] = {0};
	cstn__id_rows ids = {&batch->columns[0], start, n, batch->first_row, 0, bad, run->sink};
	uint32_t name[BLOCK], pool[BLOCK] = {0};
	cstn_status status = cstn__ids_read(&run->asked->names, &ids, name);
	double stock[BLOCK];
	int32_t i;

	if (status == CSTN_OK)
		status = read_stock(run, batch, start, n, bad, stock);
	if (status == CSTN_OK && run->model->config.pool)
		status = read_pools(&run->model->pool_ids, &batch->columns[1], start, n,
				batch->first_row, bad, run->sink, pool);
	if (status != CSTN_OK ||
			cstn__array_reserve(&run->model->allocator, &run->asked->items, (size_t)n))
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++) {
		cstn__demand_wanted wanted = {CSTN__IDS_NONE, 0, 0, 0, stock[i]};

		if (cstn__word_bit_get(bad, (size_t)i))
			continue;
		wanted.name = name[i];
		wanted.pool = pool[i];
		wanted.number = cstn__ids_find_same(&run->side->keys, &run->asked->names, name[i]);
		if (wanted.number >= run->side->series.count ||
				!(run->side->series.items[wanted.number].flags &
						CSTN__SERIES_IS_THERE))
			wanted.number = CSTN__IDS_NONE;
		run->asked->items.items[run->asked->items.count++] = wanted;
	}
	return CSTN_OK;
}

cstn_status cstn__demand_asked_read(cstn__demand_asked *asked, const cstn_demand_model *model,
		const cstn__demand_side *side, struct ArrowArrayStream *keys,
		const cstn_demand_forecast_options *options, int with_stock, cstn_error **error)
{
	const cstn__column_decl decls[3] = {{"unique_id", CSTN__ACCEPT_KEY, -1, 1, 0, 0, 0},
			{model->config.pool ? model->config.pool : "pool", CSTN__ACCEPT_KEY, -1, 0,
					1, 0, 0},
			{"stock",
					CSTN__ACCEPT(CSTN_TYPE_DOUBLE) |
							CSTN__ACCEPT(CSTN_TYPE_INT64) |
							CSTN__ACCEPT(CSTN_TYPE_DECIMAL),
					-1, 0, 1, 0, 0}};
	keys_reading run = {asked, model, side, NULL, with_stock, 0};
	cstn__bound *bound = NULL;
	cstn_status status;

	cstn__ids_init(&asked->names, &model->allocator, 0);
	asked->has_keys = 1;
	status = cstn__bind_rows(keys, decls,
			with_stock           ? 3
			: model->config.pool ? 2
					     : 1,
			options->binding, options->flags, &model->allocator, &bound, &run.sink,
			error);
	if (status != CSTN_OK)
		return status;
	asked->names.type = side->keys.type;
	cstn__bound_name_rows(bound, 0, run.sink);
	status = check_types(model, bound, "unique_id", side->keys.type, error);
	return read_frame(status, bound, keys, read_keys, &run, run.sink, error);
}

void cstn__demand_asked_free(cstn__demand_asked *asked, const cstn_allocator *allocator)
{
	if (!asked->has_keys)
		return;
	cstn__ids_free(&asked->names);
	cstn__array_free(allocator, &asked->items);
}

/* --- events to come --------------------------------------------------------------------------- */

typedef struct future_reading {
	cstn__demand_future *future;
	const cstn_demand_model *model;
	cstn__row_sink *sink;
	cstn__periods periods;
} future_reading;

static cstn_status read_future(void *context, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	future_reading *run = context;
	const cstn_demand_model *model = run->model;
	uint64_t bad[BLOCK / 64] = {0}, valid[BLOCK / 64];
	int64_t ds[BLOCK], value[BLOCK];
	uint32_t pool[BLOCK];
	cstn__demand_event *items;
	cstn_status status;
	int32_t i, e;

	if (cstn__array_reserve(&model->allocator, &run->future->items, (size_t)n))
		return cstn__fail_nomem(error);
	items = run->future->items.items + run->future->items.count;
	status = cstn__column_read_i64(
			&batch->columns[0], start, n, batch->first_row, ds, valid, bad, run->sink);
	for (i = 0; i < n; i++)
		pool[i] = CSTN__IDS_NONE;
	if (status == CSTN_OK && model->config.pool)
		status = read_pools(&model->pool_ids, &batch->columns[1], start, n,
				batch->first_row, bad, run->sink, pool);
	for (i = 0; i < n && status == CSTN_OK; i++) {
		items[i] = (cstn__demand_event){0, pool[i], 0};
		if (!cstn__word_bit_get(bad, (size_t)i) &&
				cstn__period_number(&run->periods, ds[i], &items[i].period))
			status = cstn__row_sink_add(run->sink,
					batch->first_row + (uint64_t)(start + i), 0, "ds",
					CSTN_ROW_PERIOD, NULL, 0);
	}
	for (e = 0; e < model->config.n_events && status == CSTN_OK; e++) {
		const cstn__column *column = &batch->columns[2 + e];

		status = cstn__column_read_i64(
				column, start, n, batch->first_row, value, valid, bad, run->sink);
		for (i = 0; i < n && status == CSTN_OK; i++) {
			if (value[i] != 0 && value[i] != 1)
				status = cstn__row_sink_add(run->sink,
						batch->first_row + (uint64_t)(start + i), 2 + e,
						model->events[e], CSTN_ROW_VALUE, NULL, 0);
			items[i].events |= (uint32_t)(value[i] == 1) << e;
		}
	}
	run->future->items.count += (size_t)n;
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

static int by_pool(const void *a, const void *b, void *context)
{
	const cstn__demand_event *x = a, *y = b;

	(void)context;
	if (x->pool != y->pool)
		return x->pool < y->pool ? -1 : 1;
	return (x->period > y->period) - (x->period < y->period);
}

/* A period of a pool comes once, or twice with the same events. */
static cstn_status check_once(const cstn__demand_future *future, cstn_error **error)
{
	const cstn__demand_event *items = future->items.items;
	size_t i;

	for (i = 1; i < future->items.count; i++)
		if (items[i].pool == items[i - 1].pool && items[i].period == items[i - 1].period &&
				items[i].events != items[i - 1].events)
			return cstn__fail(error, CSTN_E_ROWS,
					"a period comes twice in the future, with other events");
	return CSTN_OK;
}

cstn_status cstn__demand_future_read(cstn__demand_future *future, const cstn_demand_model *model,
		struct ArrowArrayStream *rows, const cstn_demand_forecast_options *options,
		cstn_error **error)
{
	cstn__column_decl decls[FUTURE_COLUMNS_MOST] = {
			{"ds", CSTN__ACCEPT_TIME | CSTN__ACCEPT(CSTN_TYPE_INT64), -1, 1, 0, 0, 0},
			{model->config.pool ? model->config.pool : "pool", CSTN__ACCEPT_KEY, -1, 0,
					1, 0, 0}};
	future_reading run = {future, model, NULL, model->periods};
	cstn__bound *bound = NULL;
	cstn_status status;
	int32_t e, is_number;

	for (e = 0; e < model->config.n_events; e++)
		decls[2 + e] = (cstn__column_decl){model->events[e],
				CSTN__ACCEPT(CSTN_TYPE_INT64) | CSTN__ACCEPT(CSTN_TYPE_FLAG), -1, 1,
				0, 0, 0};
	status = cstn__bind_rows(rows, decls, 2 + (size_t)model->config.n_events, options->binding,
			options->flags, &model->allocator, &bound, &run.sink, error);
	if (status != CSTN_OK)
		return status;
	run.periods.type = cstn__bound_type(bound, 0);
	is_number = run.periods.type == CSTN_TYPE_INT64;
	/* days and times of one calendar may stand for each other */
	status = check_types(model, bound, "ds",
			is_number == (model->periods.type == CSTN_TYPE_INT64) ? run.periods.type
									      : model->periods.type,
			error);
	status = read_frame(status, bound, rows, read_future, &run, run.sink, error);
	if (status != CSTN_OK)
		return status;
	cstn__sort(future->items.items, future->items.count, sizeof(*future->items.items), by_pool,
			NULL);
	return check_once(future, error);
}

void cstn__demand_future_free(cstn__demand_future *future, const cstn_allocator *allocator)
{
	cstn__array_free(allocator, &future->items);
}

static const cstn__demand_event *find(
		const cstn__demand_future *future, uint32_t pool, int64_t period)
{
	cstn__demand_event wanted = {period, pool, 0};
	size_t low = 0, high = future->items.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_pool(&future->items.items[middle], &wanted, NULL) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < future->items.count && !by_pool(&future->items.items[low], &wanted, NULL)
			       ? &future->items.items[low]
			       : NULL;
}

void cstn__demand_future_find(const cstn__demand_future *future, const cstn_demand_model *model,
		const cstn__demand_pool *pool, int64_t first, size_t horizon,
		cstn__demand_ahead *ahead)
{
	uint32_t number = pool ? (uint32_t)(pool - model->pools.items) : CSTN__IDS_NONE;
	size_t t;

	if (ahead->has && !future->items.count) {
		ahead->pool = pool; /* nothing is known of any */
		return;
	}
	if (ahead->has && ahead->pool == pool && ahead->first == first)
		return;
	ahead->has = 1;
	ahead->pool = pool;
	ahead->first = first;
	for (t = 0; t < horizon; t++) {
		const cstn__demand_event *event = find(future, number, first + (int64_t)t);

		if (!event)
			event = find(future, CSTN__IDS_NONE, first + (int64_t)t);
		ahead->events[t] = event ? event->events : 0;
		ahead->is_known[t] = event != NULL;
	}
}

void cstn__demand_ahead_flags(const cstn_demand_model *model, const cstn__demand_ahead *ahead,
		size_t horizon, int32_t *flags)
{
	size_t t;

	for (t = 0; t < horizon && model->config.n_events && ahead->pool; t++)
		if (!ahead->is_known[t])
			flags[t] |= CSTN_DEMAND_FORECAST_MISSING_SIGNAL;
}
