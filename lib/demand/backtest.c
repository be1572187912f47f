/* Forecasts of the past: rolling origins.
 *
 * The stream that comes out owns the series and works on a batch of them when it is read, series
 * side by side on threads, each with all of its cutoffs on one. At a cutoff models see what
 * cstn__known_read() gives out, and nothing else: it is told the cut and refuses what is beyond it.
 * Time: that of a fit, a cutoff and series. */
#include "demand/backtest.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <constellation/demand.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/parallel.h"
#include "demand/cut.h"
#include "demand/family.h"
#include "table/rows_call.h"

#define BATCH_ROWS 65536
#define SIGNALS_MOST 64

typedef struct cstn__backtest backtest;

/* --- cutoffs ---------------------------------------------------------------------------------- */

/* Cutoffs of a series: so many at most, of which number i is at a period. */
size_t cstn__backtest_cutoffs(const backtest *b)
{
	return b->options.cutoffs ? b->cutoffs.count : (size_t)b->options.n_windows;
}

/* 0, or -1: beyond all numbers. */
static int cutoff_of(const backtest *b, const cstn__series *s, size_t i, int64_t *cutoff)
{
	int64_t behind = (int64_t)(cstn__backtest_cutoffs(b) - 1 - i) * b->options.step,
		last = b->last;

	if (b->options.cutoffs) {
		*cutoff = b->cutoffs.items[i];
		return 0;
	}
	if (!(b->options.flags & CSTN_BACKTEST_LAST)) {
		last = s->first + (int64_t)(s->n - 1);
		behind += b->family.horizon;
	}
	return __builtin_sub_overflow(last, behind, cutoff) ? -1 : 0;
}

/* Periods up to the cutoff; 0: it is none of this series, too early or not before its end. */
size_t cstn__backtest_training(const backtest *b, const cstn__series *s, size_t i)
{
	int64_t cutoff;
	uint64_t before;

	if (cutoff_of(b, s, i, &cutoff) || cutoff < s->first)
		return 0;
	before = (uint64_t)cutoff - (uint64_t)s->first;
	if (before >= s->n - 1 || before + 1 < (uint64_t)b->options.min_training)
		return 0;
	return (size_t)before + 1;
}

/* Periods after the cutoff that have a row. */
size_t cstn__backtest_ahead(const backtest *b, const cstn__series *s, size_t training)
{
	size_t left = s->n - training, h = (size_t)b->family.horizon;

	return left < h ? left : h;
}

/* Rows of all cutoffs of a series. */
size_t cstn__backtest_rows(const backtest *b, const cstn__series *s)
{
	size_t n = 0, i;

	for (i = 0; i < cstn__backtest_cutoffs(b); i++) {
		size_t training = cstn__backtest_training(b, s, i);

		n += training ? cstn__backtest_ahead(b, s, training) : 0;
	}
	return n;
}

/* --- a series --------------------------------------------------------------------------------- */

/* How many cutoffs, from i on, are served by a fit at i. */
static size_t served(const backtest *b, const cstn__series *s, size_t i)
{
	size_t most = b->options.refit < 0 ? SIZE_MAX : (size_t)b->options.refit, n = 0, k;

	for (k = i; k < cstn__backtest_cutoffs(b) && n < most && cstn__backtest_training(b, s, k);
			k++)
		n++;
	return n;
}

/* What a fit knows that stands at a cutoff after `training` periods and is used up to `later`: n
 * values from *y on. */
static cstn_status read_training(const backtest *b, size_t series, size_t training, size_t later,
		const double **y, size_t *n, cstn_error **error)
{
	const cstn__series *s = &b->set.series.items[series];
	const cstn__known known = {&b->set, CSTN__BACKTEST_AVAILABLE, b->options.latency_us};
	const cstn__cut cut = cstn__cut_at(&b->set.periods, s->first + (int64_t)training - 1,
			b->options.origin_offset_us);
	size_t from = 0, window = (size_t)b->options.window;

	*n = b->mutant == CSTN__MUTANT_REFIT ? later : training;
	*n += b->mutant == CSTN__MUTANT_TRAINING;
	if (window && *n > window) {
		from = *n - window + (b->mutant == CSTN__MUTANT_WINDOW);
		*n = window;
	}
	return cstn__known_read(&known, &cut, series, from, *n, y, error);
}

/* One fit: the cutoffs i .. next - 1 are served by it. */
typedef struct one_fit {
	size_t i, next, training, later;
} one_fit;

/* The fit behind `f`; 0: there is none. */
static int next_fit(const backtest *b, const cstn__series *s, one_fit *f)
{
	for (f->i = f->next; f->i < cstn__backtest_cutoffs(b); f->i++) {
		f->training = cstn__backtest_training(b, s, f->i);
		if (!f->training)
			continue;
		f->next = f->i + served(b, s, f->i);
		f->later = cstn__backtest_training(b, s, f->next - 1);
		return 1;
	}
	return 0;
}

/* Every value that will be asked for is asked for: what knows too much is refused before the first
 * forecast is made. */
static cstn_status check_series(const backtest *b, size_t series, cstn_error **error)
{
	one_fit f = {0, 0, 0, 0};
	cstn_status status = CSTN_OK;

	while (status == CSTN_OK && next_fit(b, &b->set.series.items[series], &f)) {
		const double *y;
		size_t n;

		status = read_training(b, series, f.training, f.later, &y, &n, error);
	}
	return status;
}

/* Forecasts of a series at all of its cutoffs. */
static cstn_status forecast(backtest *b, size_t series, int32_t worker, double *out)
{
	const cstn__series *s = &b->set.series.items[series];
	one_fit f = {0, 0, 0, 0};

	while (next_fit(b, s, &f)) {
		size_t length = f.later - f.training + (size_t)b->family.horizon, n, k, m;
		cstn__room *room = &b->paths[worker];
		const double *y;
		double *path;

		if (cstn__room_reserve(room, length * b->n_models))
			return CSTN_E_NOMEM;
		path = room->values;
		if (read_training(b, series, f.training, f.later, &y, &n, NULL) != CSTN_OK)
			return CSTN_E_LEAKAGE;
		if (cstn__family_ahead(&b->rooms[worker], b->family.models, y, n,
				    (size_t)b->family.season, (size_t)b->family.second_season,
				    length, path))
			return CSTN_E_NOMEM;
		for (k = f.i; k < f.next; k++) {
			size_t training = cstn__backtest_training(b, s, k),
			       h = cstn__backtest_ahead(b, s, training);

			for (m = 0; m < b->n_models; m++, out += h)
				memcpy(out, path + m * length + (training - f.training),
						h * sizeof(*out));
		}
	}
	return CSTN_OK;
}

static cstn_status run_one(void *context, size_t item, int32_t worker)
{
	backtest *b = context;

	return forecast(b, b->at + item, worker, b->ahead + b->starts[item] * b->n_models);
}

/* --- a batch ---------------------------------------------------------------------------------- */

static int declare_out(const void *of, cstn__table_builder *table)
{
	static const char *const names[CSTN__BACKTEST_OUT_MODELS] = {
			"unique_id", "ds", "cutoff", "h", "y"};
	const backtest *b = of;
	const int32_t types[CSTN__BACKTEST_OUT_MODELS] = {b->set.keys.type, b->set.periods.type,
			b->set.periods.type, CSTN_TYPE_INT32, CSTN_TYPE_DOUBLE};
	int failed = 0, i;

	for (i = 0; i < CSTN__BACKTEST_OUT_MODELS; i++)
		failed |= cstn__table_add_column(table, names[i], types[i], 0, 0) < 0;
	failed |= cstn__family_add_columns(&b->family, table);
	if (b->demand)
		failed |= cstn__table_add_column(table, "Demand", CSTN_TYPE_DOUBLE, 0, 0) < 0;
	return failed ? -1 : 0;
}

static cstn__table_builder *empty(void *context, cstn_error **error)
{
	const backtest *b = context;

	return cstn__table_declared(&b->allocator, declare_out, b, error);
}

static void put_ds(const backtest *b, cstn__table_builder *table, int32_t column, int64_t period)
{
	int64_t ds = 0;

	(void)cstn__period_start(&b->set.periods, period, &ds);
	cstn__table_put_i64(table, column, ds);
}

/* Values of the periods that have a row. */
static void put_values(cstn__table_builder *table, int32_t column, const double *values,
		const double *y, size_t h)
{
	size_t t, from = 0;

	for (t = 0; t <= h; t++) {
		if (t < h && !isnan(y[t]))
			continue;
		cstn__table_put_many_f64(table, column, values + from, NULL, t - from);
		from = t + 1;
	}
}

static void put_cutoff(const backtest *b, cstn__table_builder *table, const cstn__series *s,
		size_t training, size_t h, const double *ahead)
{
	const double *y = b->set.y + s->start + training;
	size_t t, m;

	for (t = 0; t < h; t++) {
		if (isnan(y[t]))
			continue;
		cstn__series_put_id(table, CSTN__BACKTEST_OUT_ID, &b->set.keys, s->key);
		put_ds(b, table, CSTN__BACKTEST_OUT_DS, s->first + (int64_t)(training + t));
		put_ds(b, table, CSTN__BACKTEST_OUT_CUTOFF, s->first + (int64_t)training - 1);
		cstn__table_put_i64(table, CSTN__BACKTEST_OUT_H, (int64_t)t + 1);
	}
	/* what came: it stands beside the forecasts, and no forecast is made after it */
	put_values(table, CSTN__BACKTEST_OUT_Y, y, y, h);
	for (m = 0; m < b->n_models; m++)
		put_values(table, CSTN__BACKTEST_OUT_MODELS + (int32_t)m, ahead + m * h, y, h);
}

static void put_series(const backtest *b, cstn__table_builder *table, size_t item)
{
	const cstn__series *s = &b->set.series.items[b->at + item];
	const double *ahead = b->ahead + b->starts[item] * b->n_models;
	const double *demand = b->demand ? b->demand + b->demand_starts[b->at + item] : NULL;
	size_t i;

	for (i = 0; i < cstn__backtest_cutoffs(b); i++) {
		size_t training = cstn__backtest_training(b, s, i), h;

		if (!training)
			continue;
		h = cstn__backtest_ahead(b, s, training);
		put_cutoff(b, table, s, training, h, ahead);
		ahead += h * b->n_models;
		if (!demand)
			continue;
		put_values(table, CSTN__BACKTEST_OUT_MODELS + (int32_t)b->n_models, demand,
				b->set.y + s->start + training, h);
		demand += h;
	}
}

/* Series of the next batch, and room for them; 0: out of memory. */
static size_t plan_batch(backtest *b)
{
	size_t left = b->set.series.count - b->at, rows = 0, n = 0, size;

	while (n < left && (!n || rows < BATCH_ROWS)) {
		if (n == b->starts_size &&
				cstn__array_grow(&b->allocator, &b->starts, &b->starts_size, n + 1,
						sizeof(*b->starts)))
			return 0;
		b->starts[n] = rows;
		rows += cstn__backtest_rows(b, &b->set.series.items[b->at + n]);
		n++;
	}
	size = cstn__array_size(rows + !rows, b->n_models + !b->n_models);
	if (size > b->ahead_size && cstn__array_grow(&b->allocator, &b->ahead, &b->ahead_size, size,
						    sizeof(*b->ahead)))
		return 0;
	return n;
}

static cstn_status next(void *context, cstn__table_builder *table, cstn_error **error)
{
	backtest *b = context;
	size_t n, i;
	cstn_status status;

	if (b->at == b->set.series.count)
		return CSTN_DONE;
	n = plan_batch(b);
	if (!n)
		return cstn__fail_nomem(error);
	status = b->n_models ? cstn__parallel_for(n, b->threads, NULL, run_one, b) : CSTN_OK;
	if (status == CSTN_E_NOMEM)
		return cstn__fail_nomem(error);
	if (status != CSTN_OK)
		return cstn__fail(error, status, "a forecast would know too much");
	for (i = 0; i < n; i++)
		put_series(b, table, i);
	b->at += n;
	return CSTN_OK;
}

/* --- options ---------------------------------------------------------------------------------- */

static cstn_status check_demand(const cstn_backtest_options *o, cstn_error **error)
{
	cstn_demand_model *model = NULL;
	cstn_status status;

	if (!o->demand)
		return CSTN_OK;
	if (o->window)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"window is %d, and the states of a demand model know all rows",
				o->window);
	status = cstn_demand_model_new(o->demand, NULL, &model, error);
	cstn_demand_model_free(model);
	return status;
}

/* What the caller gave beside rows and options. */
typedef struct asked {
	cstn_family_options family;
	int mutant;
} asked;

/* A demand model alone may be told that periods are missing. */
static int is_open(const cstn_family_options *family, const cstn_backtest_options *o)
{
	return o->demand && !family->models && family->gap == CSTN_GAP_MISSING &&
	       o->demand->gap == CSTN_GAP_MISSING;
}

static cstn_status check(const void *options, void *beside, cstn_error **error)
{
	const cstn_backtest_options *o = options;
	const asked *by = beside;
	cstn_family_options family;
	cstn_status status;
	size_t i;

	if (o->n_windows < 0 || o->step < 0 || o->window < 0 || o->min_training < 0 || o->reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"n_windows is %d, step is %d, window is %d, min_training is %d, "
				"reserved0 is %d: 0 or more, and 0 expected",
				o->n_windows, o->step, o->window, o->min_training, o->reserved0);
	if (o->refit < -1)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"refit is %d (1 or more, 0, or -1)", o->refit);
	if (o->n_cutoffs &&
			(!o->cutoffs || o->flags & CSTN_BACKTEST_LAST || o->n_windows || o->step))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"cutoffs are listed%s; n_windows, step and last go without them",
				o->cutoffs ? "" : " and NULL");
	for (i = 1; i < o->n_cutoffs; i++)
		if (o->cutoffs[i] <= o->cutoffs[i - 1])
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"cutoffs[%zu] is %" PRId64 ", above %" PRId64 " expected",
					i, o->cutoffs[i], o->cutoffs[i - 1]);
	if (o->n_signals > SIGNALS_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu signals, at most %d", o->n_signals,
				SIGNALS_MOST);
	for (i = 0; i < o->n_signals; i++)
		if (!o->signals || !o->signals[i] || !*o->signals[i])
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"signals[%zu] has no name", i);
	status = check_demand(o, error);
	family = by->family;
	if (is_open(&family, o))
		family.gap = CSTN_GAP_ERROR;
	return status == CSTN_OK ? cstn__family_check(&family, error) : status;
}

static cstn_status period_of(const backtest *b, int64_t ds, const char *what, int64_t *period,
		cstn_error **error)
{
	if (cstn__period_number(&b->set.periods, ds, period) == 0)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
			"%s has %" PRId64 ", at which no period begins", what, ds);
}

/* What was not said, once the periods are known; cutoffs as periods. */
static cstn_status settle(backtest *b, cstn_error **error)
{
	cstn_backtest_options *o = &b->options;
	cstn_status status = CSTN_OK;
	size_t i;

	if (o->demand && !b->family.models)
		b->has_no_family = 1;
	cstn__family_settle(&b->family, b->set.periods.period);
	if (b->has_no_family)
		b->family.models = 0;
	b->n_models = cstn__family_columns_of(&b->family); /* with those of intervals */
	if (!o->n_windows)
		o->n_windows = 1;
	if (!o->step)
		o->step = b->family.horizon;
	if (!o->refit)
		o->refit = 1;
	if (!o->min_training)
		o->min_training = 1;
	if (o->flags & CSTN_BACKTEST_LAST)
		status = period_of(b, o->last, "last", &b->last, error);
	if (!o->n_cutoffs)
		o->cutoffs = NULL;
	if (status == CSTN_OK && cstn__array_reserve(&b->allocator, &b->cutoffs, o->n_cutoffs))
		status = cstn__fail_nomem(error);
	for (i = 0; i < o->n_cutoffs && status == CSTN_OK; i++)
		status = period_of(b, o->cutoffs[i], "cutoffs",
				&b->cutoffs.items[b->cutoffs.count++], error);
	return status;
}

/* --- the call --------------------------------------------------------------------------------- */

static void backtest_free(void *context)
{
	backtest *b = context;
	cstn_allocator allocator = b->allocator;
	int32_t w;

	cstn__family_rooms_free(b->rooms, b->threads, &allocator);
	for (w = 0; b->paths && w < b->threads; w++)
		cstn__room_free(&b->paths[w]);
	cstn__free(&allocator, b->paths, (size_t)b->threads * sizeof(*b->paths));
	cstn__free(&allocator, b->demand, b->demand_rows * sizeof(*b->demand));
	cstn__free(&allocator, b->demand_starts, b->set.series.count * sizeof(*b->demand_starts));
	cstn__free(&allocator, b->starts, b->starts_size * sizeof(*b->starts));
	cstn__free(&allocator, b->ahead, b->ahead_size * sizeof(*b->ahead));
	cstn__array_free(&allocator, &b->cutoffs);
	cstn__series_free(&b->set);
	cstn__free(&allocator, b, sizeof(*b));
}

/* Columns beside y; returns how many. */
static size_t declare(const backtest *b, cstn__column_decl *numbers)
{
	const uint32_t number = CSTN__ACCEPT(CSTN_TYPE_DOUBLE) | CSTN__ACCEPT(CSTN_TYPE_INT64) |
				CSTN__ACCEPT(CSTN_TYPE_DECIMAL) | CSTN__ACCEPT(CSTN_TYPE_FLAG);
	size_t i, n = 0;

	numbers[n++] = (cstn__column_decl){"available_us",
			CSTN__ACCEPT(CSTN_TYPE_INT64) | CSTN__ACCEPT(CSTN_TYPE_TIME), -1, 0, 1, 0,
			0};
	if (b->options.demand) {
		numbers[n++] = (cstn__column_decl){
				"flags", CSTN__ACCEPT(CSTN_TYPE_INT64), -1, 0, 1, 0, 0};
		numbers[n++] = (cstn__column_decl){"limit", number, -1, 0, 1, 0, 0};
	}
	for (i = 0; i < b->n_events; i++)
		numbers[n++] = (cstn__column_decl){
				b->options.demand->events[i], number, -1, 1, 0, 0, 0};
	for (i = 0; i < b->options.n_signals; i++)
		numbers[n++] = (cstn__column_decl){b->options.signals[i], number, -1, 1, 1, 0, 0};
	return n;
}

static cstn_status read_rows(backtest *b, struct ArrowArrayStream *rows, cstn__row_sink **sink,
		cstn_error **error)
{
	const cstn_allocator allocator = b->allocator;
	cstn__column_decl numbers[CSTN__BACKTEST_NUMBERS + CSTN_DEMAND_EVENTS_MOST + SIGNALS_MOST];
	cstn__column_decl pool = {NULL, CSTN__ACCEPT_KEY, -1, 1, 0, 0, 0};
	const cstn__series_reader reader = {.period = b->family.period,
			.gap = b->has_holes ? CSTN_GAP_ZERO : b->family.gap,
			.with_holes = b->has_holes,
			.flags = b->family.flags,
			.binding = b->family.binding,
			.progress = b->family.progress,
			.numbers = numbers,
			.n_numbers = declare(b, numbers),
			.labels = &pool,
			.n_labels = b->options.demand && b->options.demand->pool,
			.with_rows = b->options.demand != NULL};

	if (reader.n_labels)
		pool.name = b->options.demand->pool;
	return cstn__series_read(&b->set, &reader, rows, &allocator, sink, error);
}

static cstn_status check_leaks(const backtest *b, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i;

	size_t first = b->options.demand ? CSTN__BACKTEST_NUMBERS : CSTN__BACKTEST_FLAGS;

	for (i = 0; i < b->n_events + b->options.n_signals && status == CSTN_OK; i++)
		status = cstn__known_check_signal(&b->set, first + i,
				i < b->n_events ? b->options.demand->events[i]
						: b->options.signals[i - b->n_events],
				(size_t)b->family.horizon, error);
	for (i = 0; i < b->set.series.count && status == CSTN_OK; i++)
		status = cstn_progress_is_cancelled(b->progress)
					 ? cstn__fail(error, CSTN_E_CANCELLED,
							   "the call was cancelled")
					 : check_series(b, i, error);
	return status;
}

static cstn_status make_room(backtest *b, cstn_error **error)
{
	size_t n = b->set.series.count;
	int32_t w;

	b->threads = cstn__threads_resolve(b->family.threads, n ? n : 1);
	b->rooms = cstn__family_rooms_new(&b->family, b->threads, &b->allocator);
	b->family.ets_form = NULL;
	b->paths = cstn__alloc(&b->allocator, (size_t)b->threads * sizeof(*b->paths));
	for (w = 0; b->paths && w < b->threads; w++)
		cstn__room_init(&b->paths[w], &b->allocator);
	return b->rooms && b->paths ? CSTN_OK : cstn__fail_nomem(error);
}

/* The stream of a backtest that owns its series. */
static cstn_status open_backtest(backtest *b, cstn__rows_task *task, cstn_error **error)
{
	cstn__row_sink *sink = NULL;
	cstn_status status = read_rows(b, task->rows, &sink, error);

	if (status == CSTN_OK && b->options.demand)
		status = cstn__backtest_check_rows(b, sink, error);
	if (status == CSTN_OK)
		status = cstn__rows_end(task, sink, error);
	else
		cstn__row_sink_free(sink);
	if (status == CSTN_OK)
		status = settle(b, error);
	if (status == CSTN_OK)
		status = check_leaks(b, error);
	b->options.cutoffs = b->cutoffs.count ? b->cutoffs.items : NULL;
	if (status == CSTN_OK && b->options.demand)
		status = cstn__backtest_demand(b, error);
	b->options.demand = NULL;
	b->progress = NULL;
	if (status == CSTN_OK)
		status = make_room(b, error);
	if (status == CSTN_OK)
		return cstn__stream_export(
				&task->memory, empty, next, backtest_free, b, &task->made, error);
	backtest_free(b);
	return status;
}

static cstn_status test_rows(void *object, cstn__rows_task *task, cstn_error **error)
{
	const asked *by = task->beside;
	backtest *b = object;

	b->allocator = task->memory;
	b->family = by->family;
	b->options = *(const cstn_backtest_options *)task->options;
	b->mutant = by->mutant;
	b->progress = b->family.progress;
	b->has_holes = is_open(&b->family, &b->options);
	if (b->options.demand)
		b->n_events = (size_t)b->options.demand->n_events;
	return open_backtest(b, task, error);
}

cstn_status cstn__backtest(struct ArrowArrayStream *rows, const cstn_family_options *family,
		const cstn_backtest_options *options, int mutant, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows, cstn_error **error)
{
	static const cstn__rows_call call = {"rows", "cstn_backtest_options",
			CSTN_BACKTEST_LAST | CSTN_BACKTEST_ASSUME_KNOWN, sizeof(backtest), check,
			test_rows};
	asked by = {.mutant = mutant};
	const cstn__rows_given given = {rows, options, &by, allocator, out, bad_rows};
	cstn_backtest_options read;
	cstn_status status = cstn__options_read(family, sizeof(by.family), sizeof(by.family),
			CSTN_IMPORT_TRUSTED, "cstn_family_options", &by.family, error);

	if (status == CSTN_OK)
		return cstn__rows_run(&call, &given, &read, sizeof(read), error);
	if (rows && rows->release)
		rows->release(rows);
	return status;
}

cstn_status cstn_backtest(struct ArrowArrayStream *rows, const cstn_family_options *family,
		const cstn_backtest_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows, cstn_error **error)
{
	return cstn__backtest(
			rows, family, options, CSTN__MUTANT_NONE, allocator, out, bad_rows, error);
}
