/* What a fit of the global ridge is made with, whether the series come at once or in parts: options
 * and the plan, ratios of pools out of their totals, the sums of a part's series, the solution.
 *
 * Series are learned from side by side on threads, each thread with sums of its own; sums are exact
 * and pools numbered in the order of their ids, so that nothing depends on the order of rows, on
 * parts or on threads. O(series by origins by periods ahead). */
#include "demand/global_basis.h"

#include <string.h>

#include "base/error.h"
#include "base/parallel.h"

#define SEASON_MOST 168
#define ORIGINS_MOST 1024
#define YEAR_MOST 100000
#define MEMORY_SEASONS 13
#define PENALTY .001

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

cstn_status cstn__global_check_options(const cstn_demand_global_options *o, cstn_error **error)
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

cstn_status cstn__global_begin(const cstn_demand_global_options *o, const cstn_allocator *allocator,
		cstn_demand_global **out, cstn_error **error)
{
	cstn_status status = cstn__demand_global_new(
			o->signals, (size_t)o->n_signals, o->pool, allocator, out, error);

	if (status != CSTN_OK)
		return status;
	(*out)->gap = o->gap;
	(*out)->penalty = o->penalty > 0 ? o->penalty : PENALTY;
	return CSTN_OK;
}

cstn_status cstn__global_settle(const cstn__global_basis *basis,
		const cstn_demand_global_options *o, cstn_error **error)
{
	cstn__global_plan *plan = &basis->model->plan;
	int32_t period = basis->model->periods.period;

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

int cstn__global_number_pools(cstn_demand_global *model, const cstn__ids *from, uint32_t *number)
{
	uint32_t *order = cstn__ids_order(from);
	int failed = !order;
	size_t i;

	model->pools.type = from->type;
	for (i = 0; i < from->count && !failed; i++) {
		uint32_t *to = &number[order[i]];

		if (*to == CSTN__IDS_NONE)
			continue;
		*to = cstn__ids_same(&model->pools, from, order[i]);
		failed = *to == CSTN__IDS_NONE;
	}
	cstn__ids_list_free(from, order);
	model->plan.n_pools = model->pools.count;
	return failed ? -1 : 0;
}

static size_t ratios_size(const cstn__global_plan *plan)
{
	return cstn__array_size(
			cstn__global_origins(plan) * plan->n_pools * plan->season, sizeof(double));
}

static size_t totals_size(const cstn__global_basis *basis)
{
	return cstn__array_size(basis->model->plan.n_pools * basis->span, sizeof(double));
}

int cstn__global_basis_reserve(cstn__global_basis *basis)
{
	const cstn__global_plan *plan = &basis->model->plan;
	const cstn_allocator *allocator = &basis->model->allocator;

	basis->span = plan->horizon + (cstn__global_origins(plan) + MEMORY_SEASONS) * plan->season;
	basis->totals = cstn__alloc_zero(allocator, totals_size(basis));
	basis->ratios = cstn__alloc(allocator, ratios_size(plan));
	return !basis->totals || !basis->ratios ? -1 : cstn__demand_global_reserve(basis->model);
}

void cstn__global_basis_free(cstn__global_basis *basis)
{
	const cstn_allocator *allocator = &basis->model->allocator;

	if (basis->totals)
		cstn__free(allocator, basis->totals, totals_size(basis));
	if (basis->ratios)
		cstn__free(allocator, basis->ratios, ratios_size(&basis->model->plan));
	basis->totals = basis->ratios = NULL;
}

/* Ratios of an origin that lies `back` periods before the end. */
static void make_ratios(const cstn__global_basis *basis, size_t back, double *out)
{
	const cstn__global_plan *plan = &basis->model->plan;
	size_t n = MEMORY_SEASONS * plan->season, pool;

	for (pool = 0; pool < plan->n_pools; pool++)
		cstn__global_ratio(basis->totals + pool * basis->span + (basis->span - back - n), n,
				basis->end - (int64_t)(back + n), plan->season,
				out + pool * plan->season);
}

void cstn__global_basis_ratios(cstn__global_basis *basis)
{
	const cstn__global_plan *plan = &basis->model->plan;
	size_t by_origin = plan->n_pools * plan->season, k;

	for (k = 0; k < cstn__global_origins(plan); k++)
		make_ratios(basis, plan->horizon + k * plan->season, basis->ratios + k * by_origin);
	make_ratios(basis, 0, basis->model->ratios);
}

/* --- series ----------------------------------------------------------------------------------- */

int cstn__global_part_pools(cstn__global_part *part)
{
	part->pool = cstn__alloc_zero(&part->set.allocator,
			cstn__array_size(part->set.keys.count, sizeof(*part->pool)));
	return part->pool ? 0 : -1;
}

static cstn_status learn_one(void *context, size_t item, int32_t worker)
{
	cstn__global_part *part = context;
	const cstn__global_basis *basis = part->basis;
	uint32_t pool = part->pool[part->set.series.items[item].key];
	cstn__global_series series = cstn__global_series_of(&part->set, item, pool);
	cstn__global_learner *by = &part->learners[worker];
	uint64_t before = by->sums.rows;
	int failed;

	if (pool == CSTN__IDS_NONE)
		return CSTN_OK;
	failed = cstn__global_learn(&by->sums, &basis->model->plan, &series, basis->end,
			basis->ratios, &by->walk, &by->rows);
	part->learned[item] = (size_t)(by->sums.rows - before);
	return failed ? CSTN_E_NOMEM : CSTN_OK;
}

static int make_learners(cstn__global_part *part, int32_t threads)
{
	const cstn_allocator *allocator = &part->set.allocator;
	const cstn__global_plan *plan = &part->basis->model->plan;
	size_t n = part->set.series.count;
	int failed = 0;
	int32_t i;

	part->threads = cstn__threads_resolve(threads, n ? n : 1);
	part->learned = cstn__alloc_zero(allocator, cstn__array_size(n, sizeof(*part->learned)));
	part->learners = cstn__alloc_zero(
			allocator, (size_t)part->threads * sizeof(*part->learners));
	for (i = 0; part->learners && i < part->threads; i++) {
		cstn__global_learner *l = &part->learners[i];

		cstn__global_walk_init(&l->walk, allocator);
		failed |= cstn__global_sums_init(&l->sums, plan, allocator);
		failed |= cstn__global_rows_init(&l->rows, plan, allocator);
	}
	return !part->learners || !part->learned || failed ? -1 : 0;
}

cstn_status cstn__global_part_learn(cstn__global_part *part, int32_t threads,
		cstn_progress *progress, cstn_error **error)
{
	cstn_status status;
	int32_t i;

	if (make_learners(part, threads))
		return cstn__fail_nomem(error);
	status = cstn__parallel_for(
			part->set.series.count, part->threads, progress, learn_one, part);
	if (status == CSTN_E_CANCELLED)
		return cstn__fail(error, status, "cancelled");
	if (status != CSTN_OK)
		return cstn__fail_nomem(error);
	for (i = 1; i < part->threads; i++)
		cstn__global_sums_merge(&part->learners[0].sums, &part->learners[i].sums);
	return CSTN_OK;
}

void cstn__global_part_free(cstn__global_part *part)
{
	const cstn_allocator allocator = part->set.allocator;
	size_t n = part->set.series.count;
	int32_t i;

	for (i = 0; part->learners && i < part->threads; i++) {
		cstn__global_sums_free(&part->learners[i].sums);
		cstn__global_walk_free(&part->learners[i].walk);
		cstn__global_rows_free(&part->learners[i].rows, &allocator);
	}
	cstn__free(&allocator, part->learners, (size_t)part->threads * sizeof(*part->learners));
	cstn__free(&allocator, part->learned, n * sizeof(*part->learned));
	cstn__free(&allocator, part->pool, part->set.keys.count * sizeof(*part->pool));
	cstn__series_free(&part->set);
}

cstn_status cstn__global_conclude(
		cstn_demand_global *model, const cstn__global_sums *sums, cstn_error **error)
{
	int failed = cstn__global_solve(sums, model->penalty, model->coefficients, model->levels);

	model->series = sums->series;
	model->rows = sums->rows;
	if (failed == -2)
		return cstn__fail(error, CSTN_E_EMPTY,
				"no series to learn from: %zu periods of history with sales and "
				"changes, and %zu after them, expected",
				MEMORY_SEASONS * model->plan.season, model->plan.horizon);
	return failed ? cstn__fail_nomem(error) : CSTN_OK;
}
