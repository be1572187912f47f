/* Rows of many series in, forecasts by a regression of each out.
 *
 * The stream that comes out owns the series and works on a batch of them when it is read, series
 * side by side on threads, each as a whole on one: bytes do not depend on how many there are. */
#include <string.h>

#include <constellation/demand_regress.h>

#include "base/error.h"
#include "demand/explain.h"
#include "demand/options.h"
#include "demand/regress.h"
#include "demand/series_ahead.h"
#include "table/rows_call.h"

#define SEASON_MOST 168
#define MEMORY_MOST 100000
#define MEMORY 1092 /* periods that are learned from, if nobody says */
#define FLAGS (CSTN_REGRESS_NO_SEASON | CSTN_REGRESS_NO_MONTH | CSTN_IMPORT_TRUSTED)
#define NUMBERS                                                           \
	(CSTN__ACCEPT(CSTN_TYPE_DOUBLE) | CSTN__ACCEPT(CSTN_TYPE_INT64) | \
			CSTN__ACCEPT(CSTN_TYPE_DECIMAL) | CSTN__ACCEPT(CSTN_TYPE_FLAG))

/* Behind the stream: all of its series, and where it stands. */
typedef struct regression {
	cstn_allocator allocator;
	cstn__regress_plan plan;
	uint32_t signals[CSTN_REGRESS_SIGNALS_MOST];
	int is_explained;
	cstn__arena names;                                   /* of signals, if explained */
	const char *signal_names[CSTN_REGRESS_SIGNALS_MOST]; /* in there */
	cstn__series_set set;
	cstn__ahead ahead;
	/* of the batch, by series and period */
	double *mean;
	int32_t *flags;
	double *parts; /* group by group; NULL: nobody asks */
	size_t cells;
	cstn__room *rooms; /* of each thread */
} regression;

/* Parts of a mean; 0: nobody asks. */
static size_t groups_of(const regression *r)
{
	return r->is_explained ? cstn__regress_groups(&r->plan) : 0;
}

static void regression_free(void *context)
{
	regression *r = context;
	cstn_allocator allocator = r->allocator;
	int32_t i;

	for (i = 0; r->rooms && i < r->ahead.threads; i++)
		cstn__room_free(&r->rooms[i]);
	cstn__free(&allocator, r->rooms, (size_t)r->ahead.threads * sizeof(*r->rooms));
	cstn__free(&allocator, r->mean, r->cells * sizeof(*r->mean));
	cstn__free(&allocator, r->flags, r->cells * sizeof(*r->flags));
	cstn__free(&allocator, r->parts, groups_of(r) * r->cells * sizeof(*r->parts));
	cstn__arena_free(&r->names);
	cstn__series_free(&r->set);
	cstn__free(&allocator, r, sizeof(*r));
}

/* --- options ---------------------------------------------------------------------------------- */

static cstn_status check_signals(const cstn_regress_options *o, cstn_error **error)
{
	const char *names[CSTN_REGRESS_SIGNALS_MOST];
	int32_t i;

	if (o->n_signals > CSTN_REGRESS_SIGNALS_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "n_signals is %d, at most %d expected",
				o->n_signals, CSTN_REGRESS_SIGNALS_MOST);
	if (o->n_signals && !o->signals)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "signals is NULL");
	for (i = 0; i < o->n_signals; i++) {
		const cstn_regress_signal *s = &o->signals[i];

		names[i] = s->name;
		if (s->flags > CSTN_REGRESS_CLOSED || s->reserved0)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"signal %d: flags %#x, 0, 1 or 2 expected", i, s->flags);
	}
	return cstn__signal_names_check(names, (size_t)o->n_signals, error);
}

static cstn_status check(const void *options, void *beside, cstn_error **error)
{
	const cstn_regress_options *o = options;
	const cstn__option_range ranges[] = {{"horizon", o->horizon, CSTN_HORIZON_MOST},
			{"period", o->period, CSTN_PERIOD_NUMBER}, {"gap", o->gap, CSTN_GAP_ZERO},
			{"season", o->season, SEASON_MOST}, {"memory", o->memory, MEMORY_MOST},
			{"n_signals", o->n_signals, INT32_MAX}, {"threads", o->threads, INT32_MAX},
			{"reserved0", o->reserved0, 0}};
	cstn_status status = cstn__option_ranges_check(
			ranges, sizeof(ranges) / sizeof(ranges[0]), error);

	(void)beside;
	if (status != CSTN_OK)
		return status;
	if (!(o->precision >= 0 && o->precision <= 1e12))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"precision is %g (above 0, at most 1e12)", o->precision);
	return check_signals(o, error);
}

/* What was not said, once the periods are known. */
static cstn_status settle(regression *r, const cstn_regress_options *o, cstn_error **error)
{
	cstn__regress_plan *plan = &r->plan;
	int32_t period = r->set.periods.period;
	size_t i;

	plan->season = o->season ? (size_t)o->season : (size_t)cstn__period_season(period);
	plan->horizon = o->horizon ? (size_t)o->horizon : plan->season;
	plan->memory = o->memory ? (size_t)o->memory : MEMORY;
	plan->precision = o->precision > 0 ? o->precision : 2;
	plan->has_season = plan->season > 1 && !(o->flags & CSTN_REGRESS_NO_SEASON);
	plan->has_month = period == CSTN_PERIOD_DAY && !(o->flags & CSTN_REGRESS_NO_MONTH);
	plan->columns = cstn__regress_columns(plan);
	if (plan->columns > CSTN__REGRESS_COLUMNS_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu columns, at most %d expected",
				plan->columns, CSTN__REGRESS_COLUMNS_MOST);
	for (i = 0; i < r->set.series.count; i++) {
		int64_t first = r->set.series.items[i].first;

		if (first > INT64_MAX / 4 || first < -INT64_MAX / 4)
			return cstn__fail(error, CSTN_E_OVERFLOW,
					"a period beyond a quarter of what an int64 holds");
	}
	return CSTN_OK;
}

/* --- a batch ---------------------------------------------------------------------------------- */

/* Behind the mean its parts, if they are asked for, and then flags. */
enum { OUT_MEAN = CSTN__AHEAD_COLUMNS, OUT_PARTS };

static int add_parts(const regression *r, cstn__table_builder *table)
{
	static const char *const names[CSTN__REGRESS_SIGNAL] = {
			"baseline", "season", "month", "recalibration", "floor"};
	int failed = 0;
	size_t i;

	for (i = 0; i < CSTN__REGRESS_SIGNAL; i++)
		failed |= cstn__explain_column(table, &r->allocator, "", names[i]);
	for (i = 0; i < r->plan.n_signals; i++)
		failed |= cstn__explain_column(
				table, &r->allocator, CSTN__EXPLAIN_SIGNAL, r->signal_names[i]);
	return failed;
}

static int declare(const void *of, cstn__table_builder *table)
{
	const regression *r = of;
	int failed = cstn__ahead_columns(&r->set, table);

	failed |= cstn__table_add_column(table, "mean", CSTN_TYPE_DOUBLE, 0, 0) < 0;
	failed |= r->is_explained && add_parts(r, table);
	failed |= cstn__table_add_column(table, "flags", CSTN_TYPE_INT32, 0, 0) < 0;
	return failed ? -1 : 0;
}

static cstn__table_builder *empty(void *context, cstn_error **error)
{
	const regression *r = context;

	return cstn__table_declared(&r->allocator, declare, r, error);
}

static cstn_status regress_one(void *context, size_t item, int32_t worker)
{
	regression *r = context;
	const cstn__series *s = &r->set.series.items[r->ahead.at + item];
	const cstn__regress_series series = {r->set.y + s->start, s->n, s->ahead, s->first,
			r->set.numbers ? r->set.numbers + s->start : NULL, r->set.n};
	size_t first = item * r->plan.horizon;
	const cstn__regress_parts parts = {r->parts ? r->parts + first : NULL, r->cells};

	return cstn__regress_ahead(&r->rooms[worker], &r->plan, &series, r->mean + first,
			       r->flags + first, parts)
			       ? CSTN_E_NOMEM
			       : CSTN_OK;
}

static void put_series(void *context, cstn__table_builder *table, size_t item)
{
	const regression *r = context;
	const cstn__series *series = &r->set.series.items[r->ahead.at + item];
	const int32_t groups = (int32_t)groups_of(r);
	size_t first = item * r->plan.horizon, h;
	int32_t k;

	for (h = 0; h < r->plan.horizon; h++) {
		cstn__series_put_ahead(&r->set, series, h, table);
		cstn__table_put_f64(table, OUT_MEAN, r->mean[first + h]);
		cstn__table_put_i64(table, OUT_PARTS + groups, r->flags[first + h]);
	}
	for (k = 0; k < groups; k++)
		cstn__table_put_many_f64(table, OUT_PARTS + k,
				r->parts + (size_t)k * r->cells + first, NULL, r->plan.horizon);
}

static cstn_status next(void *context, cstn__table_builder *table, cstn_error **error)
{
	regression *r = context;

	return cstn__ahead_next(&r->ahead, regress_one, put_series, r, table, error);
}

/* --- the call --------------------------------------------------------------------------------- */

static cstn_status make_room(regression *r, int32_t threads, cstn_error **error)
{
	int32_t i;

	cstn__ahead_begin(&r->ahead, &r->set, r->plan.horizon, threads);
	r->cells = r->ahead.batch * r->plan.horizon;
	r->rooms = cstn__alloc(&r->allocator, (size_t)r->ahead.threads * sizeof(*r->rooms));
	for (i = 0; r->rooms && i < r->ahead.threads; i++)
		cstn__room_init(&r->rooms[i], &r->allocator);
	r->mean = cstn__alloc(&r->allocator, r->cells * sizeof(*r->mean));
	r->flags = cstn__alloc(&r->allocator, r->cells * sizeof(*r->flags));
	if (r->is_explained)
		r->parts = cstn__alloc(&r->allocator,
				cstn__array_size(groups_of(r) * r->cells, sizeof(*r->parts)));
	return r->rooms && r->mean && r->flags && (r->parts || !r->is_explained)
			       ? CSTN_OK
			       : cstn__fail_nomem(error);
}

static cstn_status read_series(regression *r, const cstn_regress_options *o,
		struct ArrowArrayStream *rows, cstn__row_sink **sink, cstn_error **error)
{
	cstn__column_decl numbers[CSTN_REGRESS_SIGNALS_MOST];
	cstn__series_reader reader = {0};
	int32_t i;

	for (i = 0; i < o->n_signals; i++) {
		numbers[i] = (cstn__column_decl){o->signals[i].name, NUMBERS, -1, 1, 1, 0, 0};
		r->signals[i] = o->signals[i].flags;
	}
	r->plan.signals = r->signals;
	r->plan.n_signals = (size_t)o->n_signals;
	for (i = 0; r->is_explained && i < o->n_signals; i++) {
		const char *name = o->signals[i].name;

		r->signal_names[i] = cstn__arena_copy(&r->names, name, strlen(name));
		if (!r->signal_names[i])
			return cstn__fail_nomem(error);
	}
	reader.period = o->period;
	reader.gap = o->gap;
	reader.flags = o->flags & CSTN_IMPORT_TRUSTED;
	reader.binding = o->binding;
	reader.progress = o->progress;
	reader.numbers = numbers;
	reader.n_numbers = r->plan.n_signals;
	reader.with_ahead = 1;
	return cstn__series_read(&r->set, &reader, rows, &r->allocator, sink, error);
}

/* The stream of a regression that owns its series. `beside`: whether it is explained. */
static cstn_status regress_rows(void *object, cstn__rows_task *task, cstn_error **error)
{
	const cstn_regress_options *o = task->options;
	regression *r = object;
	cstn__row_sink *sink = NULL;
	cstn_status status;

	r->allocator = task->memory;
	r->is_explained = *(const int *)task->beside;
	cstn__arena_init(&r->names, &r->allocator);
	status = read_series(r, o, task->rows, &sink, error);
	if (status == CSTN_OK)
		status = cstn__rows_end(task, sink, error);
	if (status == CSTN_OK)
		status = settle(r, o, error);
	if (status == CSTN_OK)
		status = make_room(r, o->threads, error);
	if (status == CSTN_OK)
		return cstn__stream_export(
				&task->memory, empty, next, regression_free, r, &task->made, error);
	regression_free(r);
	return status;
}

static cstn_status run(const cstn__rows_given *given, cstn_error **error)
{
	static const cstn__rows_call call = {"rows", "cstn_regress_options", FLAGS,
			sizeof(regression), check, regress_rows};
	cstn_regress_options read;

	return cstn__rows_run(&call, given, &read, sizeof(read), error);
}

cstn_status cstn_regress(struct ArrowArrayStream *rows, const cstn_regress_options *options,
		const cstn_allocator *allocator, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	int is_explained = 0;
	const cstn__rows_given given = {rows, options, &is_explained, allocator, out, bad_rows};

	return run(&given, error);
}

cstn_status cstn_regress_explain(struct ArrowArrayStream *rows, const cstn_regress_options *options,
		const cstn_allocator *allocator, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	int is_explained = 1;
	const cstn__rows_given given = {rows, options, &is_explained, allocator, out, bad_rows};

	return run(&given, error);
}
