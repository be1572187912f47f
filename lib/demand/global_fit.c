/* Fit of the global ridge to rows of series.
 *
 * The rows are read and put in order, then looked at twice: totals of pools a period give the ratio
 * of each position of the season as of each origin; then every series adds its sums, series side by
 * side on threads, each thread with sums of its own. Totals are added in the order of keys and sums
 * are exact, so that nothing depends on the order of rows, on batches or on threads. */
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "demand/global_trees.h"

#define SEASON_MOST 168
#define ORIGINS_MOST 1024
#define YEAR_MOST 100000
#define MEMORY_SEASONS 13
#define PENALTY .001

/* A thread's own. */
typedef struct learner {
	cstn__global_sums sums;
	cstn__global_walk walk;
	cstn__global_rows rows;
} learner;

typedef struct fitting {
	cstn_demand_global *model;
	cstn__series_set set;
	uint32_t *pool; /* of a key that has a series */
	int64_t end;    /* number of the period after the last y */
	double *totals; /* of a pool, `span` periods before `end` */
	size_t span;
	double *ratios; /* of an origin, newest first, pool, position */
	learner *learners;
	int32_t threads;
	size_t *learned; /* rows of a series that were learned from */
	uint32_t *order; /* for trees: series in the order of their keys, n of them */
	size_t *first;   /* and where the rows of each begin; n + 1 */
} fitting;

/* --- options ---------------------------------------------------------------------------------- */

static cstn_status check_signals(const cstn_demand_global_options *o, cstn_error **error)
{
	int32_t i, j;

	if (o->n_signals < 0 || o->n_signals > CSTN_GLOBAL_SIGNALS_MOST)
		return cstn__fail(error, o->n_signals < 0 ? CSTN_E_INVALID_ARGUMENT : CSTN_E_LIMIT,
				"n_signals is %d (0 to %d)", o->n_signals,
				CSTN_GLOBAL_SIGNALS_MOST);
	if (o->n_signals && !o->signals)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "signals is NULL");
	for (i = 0; i < o->n_signals; i++) {
		const cstn_global_signal *s = &o->signals[i];

		if (!s->name || !*s->name)
			return cstn__fail(
					error, CSTN_E_INVALID_ARGUMENT, "signal %d has no name", i);
		if ((s->flags & ~(CSTN_GLOBAL_BY_POOL | CSTN_GLOBAL_NEXT)) || s->reserved0)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"signal '%.64s': flags %#x, unknown bits in it", s->name,
					s->flags);
		for (j = 0; j < i; j++)
			if (strcmp(s->name, o->signals[j].name) == 0)
				return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
						"signal '%.64s' is named twice", s->name);
	}
	return CSTN_OK;
}

static cstn_status check(const cstn_demand_global_options *o, cstn_error **error)
{
	const struct {
		const char *name;
		int32_t value, most;
	} ranges[] = {{"horizon", o->horizon, CSTN_HORIZON_MOST},
			{"period", o->period, CSTN_PERIOD_NUMBER}, {"gap", o->gap, CSTN_GAP_ZERO},
			{"season", o->season, SEASON_MOST}, {"origins", o->origins, ORIGINS_MOST},
			{"year", o->year, YEAR_MOST}, {"threads", o->threads, INT32_MAX},
			{"trees", o->trees, CSTN_GLOBAL_TREES_MOST},
			{"reserved0", o->reserved0, 0}};
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (ranges[i].value < 0 || ranges[i].value > ranges[i].most)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is %d (0 to %d)",
					ranges[i].name, ranges[i].value, ranges[i].most);
	if (!(o->penalty >= 0 && o->penalty <= 1e6))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"penalty is %g (above 0, at most 1e6)", o->penalty);
	if (o->pool && !*o->pool)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "the pool's column has no name");
	return check_signals(o, error);
}

/* What was not said, once the periods are known. */
static cstn_status settle(fitting *fit, const cstn_demand_global_options *o, cstn_error **error)
{
	cstn_demand_global *model = fit->model;
	cstn__global_plan *plan = &model->plan;
	int32_t period = fit->set.periods.period;

	model->periods = fit->set.periods;
	model->key_type = fit->set.keys.type;
	model->penalty = o->penalty > 0 ? o->penalty : PENALTY;
	plan->season = o->season ? (size_t)o->season : (size_t)cstn__period_season(period);
	plan->horizon = o->horizon ? (size_t)o->horizon : 4 * plan->season;
	plan->origins = o->origins ? (size_t)o->origins : 52;
	plan->year = o->year ? (size_t)o->year : cstn__period_year(period, plan->season);
	plan->has_days = period == CSTN_PERIOD_DAY;
	if (!o->year && plan->year < plan->horizon)
		plan->year = (plan->horizon + plan->season - 1) / plan->season * plan->season;
	if (plan->year < plan->horizon)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"year is %zu, at least the horizon %zu expected", plan->year,
				plan->horizon);
	if (plan->n_pools > CSTN__GLOBAL_COLUMNS_MOST * 64)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu pools, at most %d expected",
				plan->n_pools, CSTN__GLOBAL_COLUMNS_MOST * 64);
	if (o->trees && cstn__global_tree_columns(plan) > CSTN__TREE_COLUMNS_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu columns of trees, at most %d expected",
				cstn__global_tree_columns(plan), CSTN__TREE_COLUMNS_MOST);
	plan->columns = cstn__global_columns(plan);
	if (plan->columns > CSTN__GLOBAL_COLUMNS_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu columns, at most %d expected",
				plan->columns, CSTN__GLOBAL_COLUMNS_MOST);
	return CSTN_OK;
}

/* --- pools ------------------------------------------------------------------------------------ */

/* Pools of series that are there, numbered in the `order` of their ids; `number` has room for all
 * of them. */
static int name_pools(fitting *fit, const uint32_t *order, uint32_t *number)
{
	cstn_demand_global *model = fit->model;
	const cstn__series_set *set = &fit->set;
	const cstn__ids *ids = set->labels;
	size_t i;

	model->pools.type = ids->type;
	for (i = 0; i < ids->count; i++)
		number[i] = CSTN__IDS_NONE;
	for (i = 0; i < set->series.count; i++)
		number[set->label[set->series.items[i].key]] = 0;
	for (i = 0; i < ids->count; i++) {
		uint32_t *to = &number[order[i]];

		if (*to == CSTN__IDS_NONE)
			continue;
		*to = cstn__ids_same(&model->pools, ids, order[i]);
		if (*to == CSTN__IDS_NONE)
			return -1;
	}
	for (i = 0; i < set->series.count; i++) {
		uint32_t key = set->series.items[i].key;

		fit->pool[key] = number[set->label[key]];
	}
	model->plan.n_pools = model->pools.count;
	return 0;
}

static int number_pools(fitting *fit)
{
	const cstn_allocator *allocator = &fit->model->allocator;
	const cstn__ids *ids = fit->set.labels;
	uint32_t *order, *number;
	size_t size;
	int failed;

	fit->pool = cstn__alloc_zero(
			allocator, cstn__array_size(fit->set.keys.count, sizeof(*fit->pool)));
	fit->model->plan.n_pools = 1;
	if (!fit->pool || !fit->model->pool)
		return fit->pool ? 0 : -1;
	size = (ids->count ? ids->count : 1) * sizeof(*order);
	order = cstn__ids_order(ids);
	number = cstn__alloc(allocator, size);
	failed = !order || !number || name_pools(fit, order, number);
	cstn__free(allocator, order, size);
	cstn__free(allocator, number, size);
	return failed ? -1 : 0;
}

/* --- totals and ratios ------------------------------------------------------------------------ */

static void add_totals(fitting *fit, const cstn__series *s)
{
	const double *y = fit->set.y + s->start;
	double *totals = fit->totals + fit->pool[s->key] * fit->span;
	int64_t before = fit->end - (int64_t)fit->span - s->first;
	size_t i;

	/* `before` may be far below: the series began within the span */
	for (i = before > 0 ? (size_t)before : 0; i < s->n; i++)
		totals[(int64_t)i - before] += y[i];
}

/* Series in the order of their keys. */
static int order_series(fitting *fit)
{
	const cstn__series_set *set = &fit->set;
	const cstn_allocator *allocator = &fit->model->allocator;
	size_t keys = set->keys.count, size = (keys ? keys : 1) * sizeof(uint32_t), n = 0, i;
	uint32_t *order = cstn__ids_order(&set->keys);
	uint32_t *series = cstn__alloc(allocator, size);

	fit->order = cstn__alloc(
			allocator, cstn__array_size(set->series.count, sizeof(*fit->order)));
	for (i = 0; series && i < keys; i++)
		series[i] = CSTN__IDS_NONE;
	for (i = 0; series && i < set->series.count; i++)
		series[set->series.items[i].key] = (uint32_t)i;
	for (i = 0; order && series && fit->order && i < keys; i++)
		if (series[order[i]] != CSTN__IDS_NONE)
			fit->order[n++] = series[order[i]];
	i = order && series && fit->order;
	cstn__free(allocator, order, size);
	cstn__free(allocator, series, size);
	return i ? 0 : -1;
}

static int sum_totals(fitting *fit)
{
	size_t i;

	if (order_series(fit))
		return -1;
	for (i = 0; i < fit->set.series.count; i++)
		add_totals(fit, &fit->set.series.items[fit->order[i]]);
	return 0;
}

/* Ratios of an origin that lies `back` periods before the end. */
static void make_ratios(const fitting *fit, size_t back, double *out)
{
	const cstn__global_plan *plan = &fit->model->plan;
	size_t n = MEMORY_SEASONS * plan->season, pool;

	for (pool = 0; pool < plan->n_pools; pool++)
		cstn__global_ratio(fit->totals + pool * fit->span + (fit->span - back - n), n,
				fit->end - (int64_t)(back + n), plan->season,
				out + pool * plan->season);
}

static int learn_pools(fitting *fit)
{
	const cstn__global_plan *plan = &fit->model->plan;
	size_t origins = cstn__global_origins(plan), by_origin = plan->n_pools * plan->season, k;

	fit->span = plan->horizon + (origins + MEMORY_SEASONS) * plan->season;
	fit->totals = cstn__alloc_zero(&fit->model->allocator,
			cstn__array_size(plan->n_pools * fit->span, sizeof(*fit->totals)));
	fit->ratios = cstn__alloc(&fit->model->allocator,
			cstn__array_size(origins * by_origin, sizeof(*fit->ratios)));
	if (!fit->totals || !fit->ratios || sum_totals(fit))
		return -1;
	for (k = 0; k < origins; k++)
		make_ratios(fit, plan->horizon + k * plan->season, fit->ratios + k * by_origin);
	make_ratios(fit, 0, fit->model->ratios);
	return 0;
}

/* --- series ----------------------------------------------------------------------------------- */

static cstn_status learn_one(void *context, size_t item, int32_t worker)
{
	fitting *fit = context;
	const cstn__series *s = &fit->set.series.items[item];
	learner *by = &fit->learners[worker];
	cstn__global_series series = cstn__global_series_of(&fit->set, item, fit->pool[s->key]);
	uint64_t before = by->sums.rows;
	int failed = cstn__global_learn(&by->sums, &fit->model->plan, &series, fit->end,
			fit->ratios, &by->walk, &by->rows);

	fit->learned[item] = (size_t)(by->sums.rows - before);
	return failed ? CSTN_E_NOMEM : CSTN_OK;
}

static int make_learners(fitting *fit, int32_t threads)
{
	const cstn_allocator *allocator = &fit->model->allocator;
	int failed = 0;
	int32_t i;

	fit->threads = cstn__threads_resolve(threads, fit->set.series.count);
	fit->learned = cstn__alloc_zero(
			allocator, cstn__array_size(fit->set.series.count, sizeof(*fit->learned)));
	fit->learners = cstn__alloc_zero(allocator, (size_t)fit->threads * sizeof(*fit->learners));
	for (i = 0; fit->learners && i < fit->threads; i++) {
		learner *l = &fit->learners[i];

		cstn__global_walk_init(&l->walk, allocator);
		failed |= cstn__global_sums_init(&l->sums, &fit->model->plan, allocator);
		failed |= cstn__global_rows_init(&l->rows, &fit->model->plan, allocator);
	}
	return !fit->learners || !fit->learned || failed ? -1 : 0;
}

static cstn_status learn_series(
		fitting *fit, const cstn_demand_global_options *o, cstn_error **error)
{
	cstn_demand_global *model = fit->model;
	cstn__global_sums *sums;
	cstn_status status;
	int32_t i;
	int failed;

	if (make_learners(fit, o->threads))
		return cstn__fail_nomem(error);
	status = cstn__parallel_for(
			fit->set.series.count, fit->threads, o->progress, learn_one, fit);
	if (status == CSTN_E_CANCELLED)
		return cstn__fail(error, status, "cancelled");
	if (status != CSTN_OK)
		return cstn__fail_nomem(error);
	sums = &fit->learners[0].sums;
	for (i = 1; i < fit->threads; i++)
		cstn__global_sums_merge(sums, &fit->learners[i].sums);
	model->series = sums->series;
	model->rows = sums->rows;
	failed = cstn__global_solve(sums, model->penalty, model->coefficients, model->levels);
	if (failed == -2)
		return cstn__fail(error, CSTN_E_EMPTY,
				"no series to learn from: %zu periods of history with sales and "
				"changes, and %zu after them, expected",
				MEMORY_SEASONS * model->plan.season, model->plan.horizon);
	return failed ? cstn__fail_nomem(error) : CSTN_OK;
}

/* --- trees ------------------------------------------------------------------------------------ */

static cstn__global_series series_of(void *context, size_t item)
{
	const fitting *fit = context;
	size_t number = fit->order[item];

	return cstn__global_series_of(
			&fit->set, number, fit->pool[fit->set.series.items[number].key]);
}

static cstn__global_walk *walk_of(void *context, int32_t worker)
{
	return &((fitting *)context)->learners[worker].walk;
}

static cstn__global_rows *rows_of(void *context, int32_t worker)
{
	return &((fitting *)context)->learners[worker].rows;
}

static cstn_status grow_trees(fitting *fit, const cstn_demand_global_options *o, cstn_error **error)
{
	const size_t n = fit->set.series.count;
	cstn_demand_global *model = fit->model;
	cstn__global_forest forest = {&model->allocator, &model->plan, n, NULL, fit->end,
			fit->ratios, fit->threads, fit, series_of, walk_of, rows_of};
	size_t i;

	fit->first = cstn__alloc_zero(
			&model->allocator, cstn__array_size(n + 1, sizeof(*fit->first)));
	if (!fit->first)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++)
		fit->first[i + 1] = fit->first[i] + fit->learned[fit->order[i]];
	forest.first = fit->first;
	return cstn__global_grow(&forest, o->trees, &model->trees, o->progress, error);
}

/* --- the call --------------------------------------------------------------------------------- */

static cstn_status fit_set(fitting *fit, const cstn_demand_global_options *o, cstn_error **error)
{
	const cstn__series_set *set = &fit->set;
	cstn_status status;
	size_t i;

	if (!set->series.count)
		return cstn__fail(error, CSTN_E_EMPTY, "no series to learn from");
	status = cstn__global_check(set, error);
	if (status != CSTN_OK)
		return status;
	fit->end = INT64_MIN;
	for (i = 0; i < set->series.count; i++) {
		const cstn__series *s = &set->series.items[i];

		if (s->first + (int64_t)s->n > fit->end)
			fit->end = s->first + (int64_t)s->n;
	}
	if (number_pools(fit))
		return cstn__fail_nomem(error);
	status = settle(fit, o, error);
	if (status != CSTN_OK)
		return status;
	if (cstn__demand_global_reserve(fit->model) || learn_pools(fit))
		return cstn__fail_nomem(error);
	status = learn_series(fit, o, error);
	return status == CSTN_OK && o->trees ? grow_trees(fit, o, error) : status;
}

static void fitting_free(fitting *fit)
{
	const cstn_allocator allocator = fit->model->allocator;
	const cstn__global_plan *plan = &fit->model->plan;
	size_t cells = fit->ratios ? cstn__global_origins(plan) * plan->n_pools * plan->season : 0;
	int32_t i;

	for (i = 0; fit->learners && i < fit->threads; i++) {
		cstn__global_sums_free(&fit->learners[i].sums);
		cstn__global_walk_free(&fit->learners[i].walk);
		cstn__global_rows_free(&fit->learners[i].rows, &allocator);
	}
	cstn__free(&allocator, fit->learners, (size_t)fit->threads * sizeof(*fit->learners));
	cstn__free(&allocator, fit->learned, fit->set.series.count * sizeof(*fit->learned));
	cstn__free(&allocator, fit->order, fit->set.series.count * sizeof(*fit->order));
	cstn__free(&allocator, fit->first, (fit->set.series.count + 1) * sizeof(*fit->first));
	cstn__free(&allocator, fit->totals, plan->n_pools * fit->span * sizeof(*fit->totals));
	cstn__free(&allocator, fit->ratios, cells * sizeof(*fit->ratios));
	cstn__free(&allocator, fit->pool, fit->set.keys.count * sizeof(*fit->pool));
	cstn__series_free(&fit->set);
}

/* What the caller gave beside rows and options. */
typedef struct asked {
	const cstn_allocator *allocator;
	cstn_demand_global **out;
} asked;

static cstn_status fit_rows(void *context, struct ArrowArrayStream *rows, const void *given,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	const asked *by = context;
	const cstn_demand_global_options *o = given;
	const cstn__global_reading reading = {o->flags, o->period, o->binding, o->progress, NULL};
	cstn__row_sink *sink = NULL;
	cstn_row_errors *bad = NULL;
	cstn_demand_global *model = NULL;
	cstn_allocator allocator;
	uint64_t left_out = 0;
	fitting fit;
	cstn_status status = check(o, error);

	if (status == CSTN_OK)
		status = cstn__allocator_read(by->allocator, &allocator, error);
	if (status == CSTN_OK)
		status = cstn__demand_global_new(o->signals, (size_t)o->n_signals, o->pool,
				&allocator, &model, error);
	if (status != CSTN_OK)
		return status;
	memset(&fit, 0, sizeof(fit));
	fit.model = model;
	model->gap = o->gap;
	status = cstn__global_read(&fit.set, model, &reading, rows, &sink, error);
	if (status == CSTN_OK) {
		model->left_out = left_out = cstn__row_sink_total(sink);
		status = cstn__row_sink_finish(sink, &bad, error);
		cstn__row_sink_free(sink);
		if (status == CSTN_OK)
			status = fit_set(&fit, o, error);
		fitting_free(&fit);
	}
	if (status == CSTN_OK)
		*by->out = model;
	else
		cstn_demand_global_unref(model);
	return cstn__rows_left_out(status, bad, left_out, bad_rows, error);
}

cstn_status cstn_demand_global_fit(struct ArrowArrayStream *rows,
		const cstn_demand_global_options *options, const cstn_allocator *allocator,
		cstn_demand_global **out, cstn_row_errors **bad_rows, cstn_error **error)
{
	asked by = {allocator, out};
	const cstn__update call = {"rows", "out", out ? &by : NULL, options,
			"cstn_demand_global_options", CSTN_IMPORT_TRUSTED, fit_rows};
	cstn_demand_global_options read;

	return cstn__update_run(&call, rows, &read, sizeof(read), bad_rows, error);
}
