/* Forecasts of a demand model at all cutoffs: it is told the rows of period after period, as it
 * would have been, and asked at each cutoff. Nothing is ever fitted to what came later: rows come
 * out of cstn__known_read(), which is told the cutoff, and the factors of pools move with the same
 * rows. Events of the periods ahead are those of their rows where the caller takes them as known.
 * O(rows) for all cutoffs, and a path a series and cutoff. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <constellation/demand.h>

#include "base/error.h"
#include "base/sort.h"
#include "demand/backtest.h"
#include "demand/model.h"
#include "demand/series_reading.h"
#include "table/export.h"

#define EVENTS_MOST CSTN_DEMAND_EVENTS_MOST

typedef struct cstn__backtest backtest;

/* Columns of rows that a model is told. */
enum { ROW_ID, ROW_DS, ROW_Y, ROW_FLAGS, ROW_LIMIT, ROW_OTHERS };

typedef struct telling {
	backtest *b;
	const cstn_demand_config *config;
	cstn_demand_model *model;
	CSTN__ARRAY(int64_t) cutoffs; /* of all series, ascending, each once */
	size_t *told;                 /* periods of each series that the model knows */
	CSTN__ARRAY(uint32_t) asked;  /* series that are forecast at this cutoff */
	size_t at;                    /* rows of forecasts that were read */
	size_t most_behind;           /* periods without a row before the cutoff, of any series */
	int64_t cutoff;
} telling;

/* --- cutoffs ---------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b, void *context)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	(void)context;
	return (x > y) - (x < y);
}

/* The cutoff of a series that lies at a period: its first row among those of the series; -1. */
static int64_t row_at(const telling *t, const cstn__series *s, int64_t period)
{
	size_t i, rows = 0;

	for (i = 0; i < cstn__backtest_cutoffs(t->b); i++) {
		size_t training = cstn__backtest_training(t->b, s, i);

		if (!training)
			continue;
		if (s->first + (int64_t)training - 1 == period)
			return (int64_t)rows;
		rows += cstn__backtest_ahead(t->b, s, training);
	}
	return -1;
}

static int collect_cutoffs(telling *t)
{
	const backtest *b = t->b;
	size_t i, k, n = 0;

	for (i = 0; i < b->set.series.count; i++) {
		const cstn__series *s = &b->set.series.items[i];

		if (cstn__array_reserve(&b->allocator, &t->cutoffs, cstn__backtest_cutoffs(b)))
			return -1;
		for (k = 0; k < cstn__backtest_cutoffs(b); k++) {
			size_t training = cstn__backtest_training(b, s, k);
			int64_t cutoff = s->first + (int64_t)training - 1;

			/* most series have the cutoffs of the one before */
			if (training && !(t->cutoffs.count > n && k < t->cutoffs.count &&
							t->cutoffs.items[k] == cutoff))
				t->cutoffs.items[t->cutoffs.count++] = cutoff;
		}
	}
	cstn__sort(t->cutoffs.items, t->cutoffs.count, sizeof(int64_t), by_number, NULL);
	for (i = 0; i < t->cutoffs.count; i++)
		if (!n || t->cutoffs.items[i] != t->cutoffs.items[n - 1])
			t->cutoffs.items[n++] = t->cutoffs.items[i];
	t->cutoffs.count = n;
	return 0;
}

/* --- tables ----------------------------------------------------------------------------------- */

static int has_pool(const telling *t)
{
	return t->b->set.n_labels != 0;
}

static int add_column(cstn__table_builder *table, const char *name, int32_t type, int nullable)
{
	return cstn__table_add_column(table, name, type, 0, nullable) < 0;
}

static int add_events(const telling *t, cstn__table_builder *table)
{
	int32_t e, failed = 0;

	for (e = 0; e < t->config->n_events; e++)
		failed |= add_column(table, t->config->events[e], CSTN_TYPE_INT64, 0);
	if (has_pool(t))
		failed |= add_column(table, t->config->pool, t->b->set.labels[0].type, 0);
	return failed;
}

static void put_id(
		cstn__table_builder *table, int32_t column, const cstn__ids *ids, uint32_t number)
{
	if (ids->type == CSTN_TYPE_TEXT)
		cstn__table_put_text(table, column, ids->texts.items[number].text,
				ids->texts.items[number].len);
	else
		cstn__table_put_i64(table, column, cstn__ids_number(ids, number));
}

static uint32_t pool_of(const telling *t, const cstn__series *s)
{
	return has_pool(t) ? t->b->set.label[s->key] : 0;
}

static double number(const telling *t, size_t column, const cstn__series *s, size_t i)
{
	return t->b->set.numbers[column * t->b->set.n + s->start + i];
}

/* A period that has no row. */
static int is_hole(const telling *t, const cstn__series *s, size_t i)
{
	return isnan(t->b->set.y[s->start + i]);
}

/* Periods without a row up to the cutoff: what the model says begins before them. */
static size_t behind(const telling *t, const cstn__series *s)
{
	size_t at = (size_t)(t->cutoff - s->first), n = 0;

	while (n < at && is_hole(t, s, at - n))
		n++;
	return n;
}

static uint32_t events_of(const telling *t, const cstn__series *s, size_t i)
{
	uint32_t bits = 0;
	int32_t e;

	for (e = 0; e < t->config->n_events; e++)
		if (number(t, CSTN__BACKTEST_NUMBERS + (size_t)e, s, i) > 0)
			bits |= 1u << e;
	return bits;
}

static void put_events(const telling *t, cstn__table_builder *table, int32_t column, uint32_t bits,
		uint32_t pool)
{
	int32_t e;

	for (e = 0; e < t->config->n_events; e++)
		cstn__table_put_i64(table, column + e, bits >> e & 1);
	if (has_pool(t))
		put_id(table, column + e, &t->b->set.labels[0], pool);
}

static void put_ds(const telling *t, cstn__table_builder *table, int32_t column, int64_t period)
{
	int64_t ds = 0;

	(void)cstn__period_start(&t->b->set.periods, period, &ds);
	cstn__table_put_i64(table, column, ds);
}

/* --- learning --------------------------------------------------------------------------------- */

/* Rows of a series that were not told yet, up to the cutoff. */
static cstn_status tell_series(
		telling *t, size_t series, cstn__table_builder *table, cstn_error **error)
{
	backtest *b = t->b;
	const cstn__series *s = &b->set.series.items[series];
	const cstn__known known = {&b->set, CSTN__BACKTEST_AVAILABLE, b->options.latency_us};
	const cstn__cut cut = cstn__cut_at(&b->set.periods, t->cutoff, b->options.origin_offset_us);
	size_t from = t->told[series], to, i;
	const double *y;
	cstn_status status;

	if (t->cutoff < s->first)
		return CSTN_OK;
	to = (uint64_t)t->cutoff - (uint64_t)s->first < s->n ? (size_t)(t->cutoff - s->first) + 1
							     : s->n;
	to += b->mutant == CSTN__MUTANT_STATE;
	status = cstn__known_read(&known, &cut, series, from, to - from, &y, error);
	for (i = from; i < to && status == CSTN_OK; i++) {
		double flags = number(t, CSTN__BACKTEST_FLAGS, s, i);
		double limit = number(t, CSTN__BACKTEST_LIMIT, s, i);

		if (is_hole(t, s, i))
			continue;
		put_id(table, ROW_ID, &b->set.keys, s->key);
		put_ds(t, table, ROW_DS, s->first + (int64_t)i);
		cstn__table_put_f64(table, ROW_Y, y[i - from]);
		cstn__table_put_i64(table, ROW_FLAGS, isnan(flags) ? 0 : (int64_t)flags);
		if (isnan(limit))
			cstn__table_put_null(table, ROW_LIMIT);
		else
			cstn__table_put_f64(table, ROW_LIMIT, limit);
		put_events(t, table, ROW_OTHERS, events_of(t, s, i), pool_of(t, s));
	}
	t->told[series] = to;
	return status;
}

/* The first rule that a row broke, in words; numbers of rows would be those of `rows` alone. */
static cstn_status learn(telling *t, struct ArrowArrayStream *rows, cstn_error **error)
{
	cstn_demand_update_options options = CSTN_DEMAND_UPDATE_OPTIONS_INIT;
	cstn_row_errors *bad = NULL;
	cstn_row_error first;
	cstn_status status;

	options.flags = CSTN_DEMAND_WHOLE_PERIODS | CSTN_DEMAND_SORT | CSTN_IMPORT_TRUSTED;
	status = cstn_demand_model_update(t->model, rows, &options, &bad, error);
	if (status == CSTN_E_ROWS && cstn_row_errors_at(bad, 0, &first, NULL) == CSTN_OK) {
		if (error) {
			cstn_error_free(*error);
			*error = NULL;
		}
		status = cstn__fail(error, CSTN_E_ROWS,
				"a row breaks a rule of the demand model: %s, column '%s'",
				cstn_row_code_name(first.code), cstn_row_errors_column(bad, 0));
	}
	cstn_row_errors_free(bad);
	return status;
}

static cstn_status tell(telling *t, cstn_error **error)
{
	cstn__table_builder *table = NULL;
	struct ArrowArrayStream rows;
	cstn_status status = cstn__table_builder_new(&t->b->allocator, &table, error);
	size_t i;

	if (status != CSTN_OK)
		return status;
	if (add_column(table, "unique_id", t->b->set.keys.type, 0) ||
			add_column(table, "ds", t->b->set.periods.type, 0) ||
			add_column(table, "y", CSTN_TYPE_DOUBLE, 0) ||
			add_column(table, "flags", CSTN_TYPE_INT32, 0) ||
			add_column(table, "limit", CSTN_TYPE_DOUBLE, 1) || add_events(t, table))
		status = cstn__fail_nomem(error);
	for (i = 0; i < t->b->set.series.count && status == CSTN_OK; i++)
		status = tell_series(t, i, table, error);
	if (status != CSTN_OK) {
		cstn__table_builder_free(table);
		return status;
	}
	status = cstn__table_export(table, &rows, error);
	return status == CSTN_OK ? learn(t, &rows, error) : status;
}

/* --- forecasting ------------------------------------------------------------------------------ */

static cstn_status keys_of(telling *t, struct ArrowArrayStream *out, cstn_error **error)
{
	cstn__table_builder *table = NULL;
	cstn_status status = cstn__table_builder_new(&t->b->allocator, &table, error);
	size_t i;

	if (status != CSTN_OK)
		return status;
	t->asked.count = t->most_behind = 0;
	if (add_column(table, "unique_id", t->b->set.keys.type, 0) ||
			cstn__array_reserve(&t->b->allocator, &t->asked, t->b->set.series.count)) {
		cstn__table_builder_free(table);
		return cstn__fail_nomem(error);
	}
	for (i = 0; i < t->b->set.series.count; i++) {
		const cstn__series *s = &t->b->set.series.items[i];

		if (row_at(t, s, t->cutoff) < 0)
			continue;
		t->asked.items[t->asked.count++] = (uint32_t)i;
		if (behind(t, s) > t->most_behind)
			t->most_behind = behind(t, s);
		put_id(table, 0, &t->b->set.keys, s->key);
	}
	return cstn__table_export(table, out, error);
}

/* Events of each pool and period ahead, bit 31 where there is a row of it. */
static void find_future(const telling *t, size_t h, uint32_t *bits)
{
	size_t i, k;

	for (i = 0; i < t->b->set.series.count; i++) {
		const cstn__series *s = &t->b->set.series.items[i];

		for (k = 0; k < h; k++) {
			int64_t period = t->cutoff + 1 + (int64_t)k;
			uint64_t at = (uint64_t)period - (uint64_t)s->first;

			if (period >= s->first && at < s->n && !is_hole(t, s, (size_t)at))
				bits[pool_of(t, s) * h + k] |=
						events_of(t, s, (size_t)at) | UINT32_C(1) << 31;
		}
	}
}

static cstn_status future_of(telling *t, struct ArrowArrayStream *out, cstn_error **error)
{
	size_t pools = has_pool(t) ? t->b->set.labels[0].count : 1;
	size_t h = (size_t)t->b->family.horizon, size = pools * h * sizeof(uint32_t), i;
	cstn__table_builder *table = NULL;
	cstn_status status = cstn__table_builder_new(&t->b->allocator, &table, error);
	uint32_t *bits;

	if (status != CSTN_OK)
		return status;
	bits = cstn__alloc_zero(&t->b->allocator, size);
	if (!bits || add_column(table, "ds", t->b->set.periods.type, 0) || add_events(t, table)) {
		cstn__free(&t->b->allocator, bits, size);
		cstn__table_builder_free(table);
		return cstn__fail_nomem(error);
	}
	find_future(t, h, bits);
	for (i = 0; i < pools * h; i++)
		if (bits[i]) {
			put_ds(t, table, 0, t->cutoff + 1 + (int64_t)(i % h));
			put_events(t, table, 1, bits[i], (uint32_t)(i / h));
		}
	cstn__free(&t->b->allocator, bits, size);
	return cstn__table_export(table, out, error);
}

/* Means come in the order of the keys, a horizon each. */
static cstn_status take_block(void *context, const cstn__batch *batch, int64_t start, int32_t n,
		cstn_error **error)
{
	telling *t = context;
	backtest *b = t->b;
	double mean[CSTN__BLOCK_ROWS];
	uint64_t valid[CSTN__BLOCK_ROWS / 64];
	size_t h = (size_t)b->family.horizon + t->most_behind;
	int32_t i;

	if (cstn__column_read_f64(&batch->columns[0], start, n, batch->first_row, mean, valid, NULL,
			    NULL) != CSTN_OK)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++, t->at++) {
		size_t series = t->asked.items[t->at / h], k = t->at % h;
		const cstn__series *s = &b->set.series.items[series];
		size_t training = (size_t)(t->cutoff - s->first) + 1, skip = behind(t, s);

		if (k >= skip && k - skip < cstn__backtest_ahead(b, s, training))
			b->demand[b->demand_starts[series] + (size_t)row_at(t, s, t->cutoff) + k -
					skip] = mean[i];
	}
	return CSTN_OK;
}

static cstn_status take_means(telling *t, struct ArrowArrayStream *ahead, cstn_error **error)
{
	static const cstn__column_decl mean = {
			"mean", CSTN__ACCEPT(CSTN_TYPE_DOUBLE), -1, 1, 0, 0, 0};
	cstn__bound *bound = NULL;
	cstn_status status =
			cstn__bind_stream(ahead, &mean, 1, NULL, &t->b->allocator, &bound, error);

	t->at = 0;
	if (status == CSTN_OK)
		status = cstn__bound_each(bound, ahead, take_block, t, NULL, error);
	cstn__bound_free(bound);
	return status;
}

static cstn_status ask(telling *t, cstn_error **error)
{
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	int tells_events = t->config->n_events && t->b->options.flags & CSTN_BACKTEST_ASSUME_KNOWN;
	struct ArrowArrayStream keys, future, ahead;
	cstn_status status = keys_of(t, &keys, error);

	if (status != CSTN_OK)
		return status;
	if (t->most_behind > (size_t)(CSTN_HORIZON_MOST - t->b->family.horizon)) {
		keys.release(&keys);
		return cstn__fail(error, CSTN_E_LIMIT,
				"%zu periods before a cutoff have no row; with a horizon of "
				"%" PRId32 " at most %" PRId32 " expected",
				t->most_behind, t->b->family.horizon,
				CSTN_HORIZON_MOST - t->b->family.horizon);
	}
	if (tells_events) {
		status = future_of(t, &future, error);
		if (status != CSTN_OK) {
			keys.release(&keys);
			return status;
		}
	}
	options.horizon = t->b->family.horizon + (int32_t)t->most_behind;
	options.threads = t->b->family.threads;
	status = cstn_demand_model_forecast(
			t->model, &keys, tells_events ? &future : NULL, &options, &ahead, error);
	if (status != CSTN_OK)
		return status;
	status = take_means(t, &ahead, error);
	ahead.release(&ahead);
	return status;
}

/* --- all cutoffs ------------------------------------------------------------------------------ */

static cstn_status make_room(telling *t, cstn_error **error)
{
	backtest *b = t->b;
	size_t n = b->set.series.count, i;

	t->told = cstn__alloc_zero(&b->allocator, cstn__array_size(n, sizeof(*t->told)));
	b->demand_starts =
			cstn__alloc(&b->allocator, cstn__array_size(n, sizeof(*b->demand_starts)));
	if (!t->told || !b->demand_starts)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++) {
		b->demand_starts[i] = b->demand_rows;
		b->demand_rows += cstn__backtest_rows(b, &b->set.series.items[i]);
	}
	b->demand = cstn__alloc_zero(
			&b->allocator, cstn__array_size(b->demand_rows, sizeof(*b->demand)));
	if (!b->demand)
		b->demand_rows = 0;
	return b->demand && collect_cutoffs(t) == 0 ? CSTN_OK : cstn__fail_nomem(error);
}

static cstn_status make_model(telling *t, cstn_error **error)
{
	const cstn__periods *periods = &t->b->set.periods;
	cstn_demand_config config = *t->config;

	config.period = periods->period;
	if (config.period == CSTN_PERIOD_WEEK && !config.first_weekday)
		config.first_weekday = (periods->phase + 3) % 7 + 1; /* day 0 is a Thursday */
	return cstn_demand_model_new(&config, &t->b->allocator, &t->model, error);
}

/* --- rows that break a rule ------------------------------------------------------------------- */

/* Value i of a series by the rules of the model; CSTN_ROW_, 0 for a good one. */
static int32_t check_value(const telling *t, const cstn__series *s, size_t i, int32_t *field)
{
	double flags = number(t, CSTN__BACKTEST_FLAGS, s, i);
	cstn__demand_row row;

	memset(&row, 0, sizeof(row));
	row.y = t->b->set.y[s->start + i];
	row.limit = number(t, CSTN__BACKTEST_LIMIT, s, i);
	if (!isnan(flags))
		row.flags = flags >= 0 && flags < UINT16_MAX ? (uint16_t)flags : UINT16_MAX;
	return cstn__demand_row_check(t->model, &row, !isnan(row.limit), field);
}

/* Where a field of the model is among the columns of a backtest. */
static int32_t column_of(int32_t field)
{
	return field == CSTN__DEMAND_Y       ? CSTN__SERIES_Y
	       : field == CSTN__DEMAND_FLAGS ? CSTN__SERIES_COLUMNS + CSTN__BACKTEST_FLAGS
					     : CSTN__SERIES_COLUMNS + CSTN__BACKTEST_LIMIT;
}

/* The first bad row of a series is told. */
static cstn_status check_series(
		const telling *t, const cstn__series *s, cstn__row_sink *sink, int *is_good)
{
	size_t i;

	*is_good = 1;
	for (i = 0; i < s->n; i++) {
		int32_t field, code = 0;

		if (!is_hole(t, s, i))
			code = check_value(t, s, i, &field);
		if (!code)
			continue;
		*is_good = 0;
		return cstn__ids_refuse(&t->b->set.keys, s->key, sink, t->b->set.row[s->start + i],
				column_of(field), cstn__demand_field_name(t->model, field), code);
	}
	return CSTN_OK;
}

cstn_status cstn__backtest_check_rows(backtest *b, cstn__row_sink *sink, cstn_error **error)
{
	telling t = {.b = b, .config = b->options.demand};
	cstn_status status = make_model(&t, error);
	size_t i, kept = 0;

	for (i = 0; i < b->set.series.count && status == CSTN_OK; i++) {
		int is_good;

		if (check_series(&t, &b->set.series.items[i], sink, &is_good) != CSTN_OK)
			status = cstn__fail_nomem(error);
		else if (is_good)
			b->set.series.items[kept++] = b->set.series.items[i];
	}
	if (status == CSTN_OK)
		b->set.series.count = kept;
	cstn_demand_model_free(t.model);
	return status;
}

/* --- all of it -------------------------------------------------------------------------------- */

cstn_status cstn__backtest_demand(backtest *b, cstn_error **error)
{
	telling t = {.b = b, .config = b->options.demand};
	cstn_status status = make_room(&t, error);
	size_t i;

	if (status == CSTN_OK)
		status = make_model(&t, error);
	for (i = 0; i < t.cutoffs.count && status == CSTN_OK; i++) {
		t.cutoff = t.cutoffs.items[i];
		status = cstn_progress_is_cancelled(b->progress)
					 ? cstn__fail(error, CSTN_E_CANCELLED,
							   "the call was cancelled")
					 : tell(&t, error);
		if (status == CSTN_OK)
			status = ask(&t, error);
	}
	cstn_demand_model_free(t.model);
	cstn__array_free(&b->allocator, &t.cutoffs);
	cstn__array_free(&b->allocator, &t.asked);
	cstn__free(&b->allocator, t.told, b->set.series.count * sizeof(*t.told));
	return status;
}
