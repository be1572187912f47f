/* Rows of many series in, forecasts of fitted models out.
 *
 * The stream that comes out owns the series and fits a batch of them when it is read, series side
 * by side on threads, each as a whole on one: bytes do not depend on how many there are. */
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "demand/family.h"
#include "demand/series.h"
#include "table/export.h"

#define BATCH_ROWS 65536
#define SEASON_MOST 10000

/* Columns, by the bit of CSTN_FAMILY_, which is the number of CSTN__FAMILY_. */
static const char *const names[CSTN__FAMILY_MODELS] = {"Auto", "Naive", "SeasonalNaive", "Naive2",
		"SES", "Holt", "DampedHolt", "Theta", "AR", "ARDiff"};
_Static_assert(CSTN_FAMILY_AR_DIFF == 1u << CSTN__FAMILY_AUTOREGRESSION_DIFF, "bits are numbers");

/* Behind the stream: all of its series, and where it stands. */
typedef struct fitting {
	cstn_allocator allocator;
	cstn_family_options options;
	cstn__series_set set;
	size_t at;
	int n_models;
	/* of the batch that is fitted: forecasts by series, model, period */
	double *ahead;
	size_t ahead_size;
	cstn__family_room *rooms; /* of each thread */
	int32_t threads;
} fitting;

static void fitting_free(void *context)
{
	fitting *fit = context;
	cstn_allocator allocator = fit->allocator;
	int32_t i;

	for (i = 0; fit->rooms && i < fit->threads; i++)
		cstn__family_room_free(&fit->rooms[i]);
	cstn__free(&allocator, fit->rooms, (size_t)fit->threads * sizeof(*fit->rooms));
	cstn__free(&allocator, fit->ahead, fit->ahead_size);
	cstn__series_free(&fit->set);
	cstn__free(&allocator, fit, sizeof(*fit));
}

static size_t horizon_of(const fitting *fit)
{
	return (size_t)fit->options.horizon;
}

static size_t series_a_batch(const fitting *fit)
{
	size_t n = BATCH_ROWS / horizon_of(fit);

	return n ? n : 1;
}

/* --- options ---------------------------------------------------------------------------------- */

static cstn_status check(const cstn_family_options *o, cstn_error **error)
{
	if (o->models >> CSTN__FAMILY_MODELS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"models is %#x, unknown bits in it", o->models);
	if (o->horizon < 0 || o->horizon > CSTN_HORIZON_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "horizon is %d (1 to %d)",
				o->horizon, CSTN_HORIZON_MOST);
	if (o->period < CSTN_PERIOD_BY_TYPE || o->period > CSTN_PERIOD_NUMBER)
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "period is %d (0 to 7)", o->period);
	if (o->gap < CSTN_GAP_ERROR || o->gap > CSTN_GAP_ZERO)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "gap is %d (0 or 1)", o->gap);
	if (o->season < 0 || o->season > SEASON_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "season is %d (1 to %d)",
				o->season, SEASON_MOST);
	if (o->second_season && (o->second_season <= 2 * (int64_t)o->season ||
						o->second_season > SEASON_MOST))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"second_season is %d, above twice the season %d and at most %d "
				"expected",
				o->second_season, o->season, SEASON_MOST);
	if (o->threads < 0 || o->reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"threads is %d, reserved0 is %d: 0 or more, and 0 expected",
				o->threads, o->reserved0);
	return CSTN_OK;
}

/* What was not said, once the periods are known. */
static void settle(fitting *fit)
{
	cstn_family_options *o = &fit->options;

	if (!o->models)
		o->models = CSTN_FAMILY_AUTO;
	if (!o->season)
		o->season = cstn__period_season(fit->set.periods.period);
	if (!o->horizon)
		o->horizon = o->season < CSTN_HORIZON_MOST ? o->season : CSTN_HORIZON_MOST;
	fit->n_models = __builtin_popcount(o->models);
	o->binding = NULL;
	o->progress = NULL;
}

/* --- a batch ---------------------------------------------------------------------------------- */

static cstn__table_builder *empty(void *context, cstn_error **error)
{
	fitting *fit = context;
	cstn__table_builder *table = NULL;
	int failed = 0, i;

	if (cstn__table_builder_new(&fit->allocator, &table, error) != CSTN_OK)
		return NULL;
	failed |= cstn__table_add_column(table, "unique_id", fit->set.keys.type, 0, 0) < 0;
	failed |= cstn__table_add_column(table, "ds", fit->set.periods.type, 0, 1) < 0;
	failed |= cstn__table_add_column(table, "h", CSTN_TYPE_INT32, 0, 0) < 0;
	for (i = 0; i < CSTN__FAMILY_MODELS; i++)
		if (fit->options.models >> i & 1)
			failed |= cstn__table_add_column(table, names[i], CSTN_TYPE_DOUBLE, 0, 0) <
				  0;
	if (!failed)
		return table;
	cstn__table_builder_free(table);
	(void)cstn__fail_nomem(error);
	return NULL;
}

static cstn_status fit_one(void *context, size_t item, int32_t worker)
{
	fitting *fit = context;
	const cstn__series *series = &fit->set.series.items[fit->at + item];
	size_t h = horizon_of(fit);

	return cstn__family_ahead(&fit->rooms[worker], fit->options.models,
			       fit->set.y + series->start, series->n, (size_t)fit->options.season,
			       (size_t)fit->options.second_season, h,
			       fit->ahead + item * (size_t)fit->n_models * h)
			       ? CSTN_E_NOMEM
			       : CSTN_OK;
}

static void put_key(const fitting *fit, cstn__table_builder *table, uint32_t key)
{
	const cstn__customer_ids *keys = &fit->set.keys;

	if (keys->type == CSTN_TYPE_TEXT)
		cstn__table_put_text(
				table, 0, keys->texts.items[key].text, keys->texts.items[key].len);
	else
		cstn__table_put_i64(table, 0, cstn__customer_ids_number(keys, key));
}

static void put_series(const fitting *fit, cstn__table_builder *table, size_t item)
{
	const cstn__series *series = &fit->set.series.items[fit->at + item];
	const double *ahead = fit->ahead + item * (size_t)fit->n_models * horizon_of(fit);
	size_t h = horizon_of(fit), t;
	int32_t m;

	for (t = 0; t < h; t++) {
		int64_t ds;

		put_key(fit, table, series->key);
		if (cstn__period_start(&fit->set.periods, series->first + (int64_t)(series->n + t),
				    &ds))
			cstn__table_put_null(table, 1);
		else
			cstn__table_put_i64(table, 1, ds);
		cstn__table_put_i64(table, 2, (int64_t)t + 1);
	}
	for (m = 0; m < fit->n_models; m++)
		cstn__table_put_many_f64(table, 3 + m, ahead + (size_t)m * h, NULL, h);
}

static cstn_status next(void *context, cstn__table_builder *table, cstn_error **error)
{
	fitting *fit = context;
	size_t left = fit->set.series.count - fit->at, n = series_a_batch(fit), i;
	cstn_status status;

	if (!left)
		return CSTN_DONE;
	if (n > left)
		n = left;
	status = cstn__parallel_for(n, fit->threads, NULL, fit_one, fit);
	if (status != CSTN_OK)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++)
		put_series(fit, table, i);
	fit->at += n;
	return CSTN_OK;
}

/* --- the call --------------------------------------------------------------------------------- */

static cstn_status make_room(fitting *fit, cstn_error **error)
{
	size_t batch = series_a_batch(fit) < fit->set.series.count ? series_a_batch(fit)
								   : fit->set.series.count;
	int32_t i;

	fit->threads = cstn__threads_resolve(fit->options.threads, batch ? batch : 1);
	fit->rooms = cstn__alloc(&fit->allocator, (size_t)fit->threads * sizeof(*fit->rooms));
	for (i = 0; fit->rooms && i < fit->threads; i++)
		cstn__family_room_init(&fit->rooms[i], &fit->allocator);
	fit->ahead_size = cstn__array_size(
			batch * (size_t)fit->n_models, horizon_of(fit) * sizeof(*fit->ahead));
	fit->ahead = cstn__alloc(&fit->allocator, fit->ahead_size);
	return fit->rooms && fit->ahead ? CSTN_OK : cstn__fail_nomem(error);
}

/* The stream of a fitting that owns its series; *bad receives the rows left out. */
static cstn_status fit_series(fitting *fit, struct ArrowArrayStream *rows,
		struct ArrowArrayStream *out, cstn_row_errors **bad, uint64_t *left_out,
		cstn_error **error)
{
	const cstn__series_reader reader = {fit->options.period, fit->options.gap,
			fit->options.flags, fit->options.binding, fit->options.progress};
	const cstn_allocator allocator = fit->allocator;
	cstn__row_sink *sink = NULL;
	cstn_status status = cstn__series_read(&fit->set, &reader, rows, &allocator, &sink, error);

	if (status == CSTN_OK) {
		settle(fit);
		*left_out = cstn__row_sink_total(sink);
		status = cstn__row_sink_finish(sink, bad, error);
		cstn__row_sink_free(sink);
	}
	if (status == CSTN_OK)
		status = make_room(fit, error);
	if (status == CSTN_OK)
		return cstn__stream_export(&allocator, empty, next, fitting_free, fit, out, error);
	fitting_free(fit);
	return status;
}

/* What the caller gave beside rows and options. */
typedef struct asked {
	const cstn_allocator *allocator;
	struct ArrowArrayStream *out;
} asked;

static cstn_status fit_rows(void *context, struct ArrowArrayStream *rows, const void *given,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	const asked *by = context;
	struct ArrowArrayStream made;
	cstn_row_errors *bad = NULL;
	uint64_t left_out = 0;
	cstn_allocator memory;
	fitting *fit;
	cstn_status status = check(given, error);

	if (status == CSTN_OK)
		status = cstn__handle_new(by->allocator, sizeof(*fit), &memory, &fit, error);
	if (status != CSTN_OK)
		return status;
	fit->allocator = memory;
	fit->options = *(const cstn_family_options *)given;
	status = fit_series(fit, rows, &made, &bad, &left_out, error);
	if (status == CSTN_OK)
		*by->out = made;
	return cstn__rows_left_out(status, bad, left_out, bad_rows, error);
}

cstn_status cstn_family_fit(struct ArrowArrayStream *rows, const cstn_family_options *options,
		const cstn_allocator *allocator, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	asked by = {allocator, out};
	const cstn__update call = {"rows", "out", out ? &by : NULL, options, "cstn_family_options",
			CSTN_IMPORT_TRUSTED, fit_rows};
	cstn_family_options read;

	return cstn__update_run(&call, rows, &read, sizeof(read), bad_rows, error);
}
