/* A fitted global ridge: what it holds, its tables, and the rows it reads. */
#include "demand/global_model.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "demand/global_trees.h"
#include "table/export.h"

/* --- the object ------------------------------------------------------------------------------- */

cstn_status cstn__demand_global_new(const cstn_global_signal *signals, size_t n_signals,
		const char *pool, const cstn_allocator *allocator, cstn_demand_global **out,
		cstn_error **error)
{
	cstn_demand_global *model = cstn__alloc_zero(allocator, sizeof(*model));
	int failed = 0;
	size_t i;

	if (!model)
		return cstn__fail_nomem(error);
	atomic_init(&model->references, 1);
	model->allocator = *allocator;
	cstn__arena_init(&model->names, allocator);
	cstn__ids_init(&model->pools, allocator, 0);
	model->trees.allocator = *allocator;
	model->plan.n_signals = n_signals;
	model->plan.signals = model->flags;
	for (i = 0; i < n_signals; i++) {
		model->flags[i] = signals[i].flags;
		model->signals[i] = cstn__arena_copy(
				&model->names, signals[i].name, strlen(signals[i].name));
		failed |= !model->signals[i];
	}
	if (pool) {
		model->pool = cstn__arena_copy(&model->names, pool, strlen(pool));
		failed |= !model->pool;
	}
	if (!failed) {
		*out = model;
		return CSTN_OK;
	}
	cstn_demand_global_unref(model);
	return cstn__fail_nomem(error);
}

int cstn__demand_global_reserve(cstn_demand_global *model)
{
	const cstn__global_plan *plan = &model->plan;

	model->coefficients = cstn__alloc_zero(
			&model->allocator, plan->columns * sizeof(*model->coefficients));
	model->levels = cstn__alloc_zero(
			&model->allocator, cstn__array_size(plan->n_pools, sizeof(*model->levels)));
	model->ratios = cstn__alloc_zero(&model->allocator,
			cstn__array_size(plan->n_pools * plan->season, sizeof(*model->ratios)));
	return model->coefficients && model->levels && model->ratios ? 0 : -1;
}

cstn_demand_global *cstn_demand_global_ref(cstn_demand_global *model)
{
	if (model)
		atomic_fetch_add_explicit(&model->references, 1, memory_order_relaxed);
	return model;
}

void cstn_demand_global_unref(cstn_demand_global *model)
{
	cstn_allocator allocator;
	const cstn__global_plan *plan;

	if (!model || atomic_fetch_sub_explicit(&model->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = model->allocator;
	plan = &model->plan;
	cstn__free(&allocator, model->coefficients, plan->columns * sizeof(*model->coefficients));
	cstn__free(&allocator, model->levels, plan->n_pools * sizeof(*model->levels));
	cstn__free(&allocator, model->ratios,
			plan->n_pools * plan->season * sizeof(*model->ratios));
	cstn__trees_free(&model->trees);
	cstn__ids_free(&model->pools);
	cstn__arena_free(&model->names);
	cstn__free(&allocator, model, sizeof(*model));
}

/* --- rows ------------------------------------------------------------------------------------- */

#define ACCEPT_NUMBER                                                     \
	(CSTN__ACCEPT(CSTN_TYPE_DOUBLE) | CSTN__ACCEPT(CSTN_TYPE_INT64) | \
			CSTN__ACCEPT(CSTN_TYPE_DECIMAL) | CSTN__ACCEPT(CSTN_TYPE_FLAG))

cstn_status cstn__global_read(cstn__series_set *set, const cstn_demand_global *model,
		const cstn__global_reading *reading, struct ArrowArrayStream *rows,
		cstn__row_sink **sink, cstn_error **error)
{
	cstn__column_decl numbers[CSTN_GLOBAL_SIGNALS_MOST];
	const cstn__column_decl pool = {model->pool, CSTN__ACCEPT_KEY, -1, 1, 0, 0, 0};
	cstn__series_reader reader = {0};
	size_t i;

	for (i = 0; i < model->plan.n_signals; i++)
		numbers[i] = (cstn__column_decl){model->signals[i], ACCEPT_NUMBER, -1, 1, 1, 0, 0};
	reader.period = reading->period;
	reader.gap = model->gap;
	reader.flags = reading->flags;
	reader.binding = reading->binding;
	reader.progress = reading->progress;
	reader.numbers = numbers;
	reader.n_numbers = model->plan.n_signals;
	reader.labels = &pool;
	reader.n_labels = model->pool ? 1 : 0;
	reader.like = reading->like;
	reader.with_ahead = 1;
	reader.with_rows = reading->with_rows;
	return cstn__series_read(set, &reader, rows, &model->allocator, sink, error);
}

cstn_status cstn__global_check(const cstn__series_set *set, cstn_error **error)
{
	const int64_t most = INT64_MAX / 4;
	size_t i;

	for (i = 0; i < set->series.count; i++) {
		int64_t first = set->series.items[i].first;

		if (first > most || first < -most)
			return cstn__fail(error, CSTN_E_OVERFLOW,
					"period %" PRId64 " is beyond %" PRId64, first, most);
	}
	return CSTN_OK;
}

cstn__global_series cstn__global_series_of(const cstn__series_set *set, size_t number, size_t pool)
{
	const cstn__series *s = &set->series.items[number];
	cstn__global_series out = {set->y + s->start, s->n, s->ahead, s->first,
			set->numbers ? set->numbers + s->start : NULL, set->n, pool};

	return out;
}

/* --- numbers and tables ----------------------------------------------------------------------- */

cstn_status cstn__global_find_param(const cstn__global_param *params, size_t n, const char *what,
		const char *name, double *out, cstn_error **error)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(name, params[i].name) == 0) {
			*out = params[i].value;
			return CSTN_OK;
		}
	return cstn__fail(error, CSTN_E_NOT_FOUND, "%s has no number '%.64s'", what, name);
}

cstn_status cstn_demand_global_get_param(
		const cstn_demand_global *model, const char *name, double *out, cstn_error **error)
{
	const cstn__global_param params[] = {{"columns", model ? (double)model->plan.columns : 0},
			{"rows", model ? (double)model->rows : 0},
			{"series", model ? (double)model->series : 0},
			{"left_out", model ? (double)model->left_out : 0},
			{"pools", model ? (double)model->plan.n_pools : 0},
			{"horizon", model ? (double)model->plan.horizon : 0},
			{"season", model ? (double)model->plan.season : 0},
			{"origins", model ? (double)model->plan.origins : 0},
			{"year", model ? (double)model->plan.year : 0},
			{"penalty", model ? model->penalty : 0},
			{"trees", model ? (double)model->trees.roots.count : 0}};

	if (!model || !name || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!model  ? "model"
				: !name ? "name"
					: "out");
	return cstn__global_find_param(params, sizeof(params) / sizeof(params[0]), "a global model",
			name, out, error);
}

static const char *const dense_names[CSTN__GLOBAL_DENSE] = {"mean_05", "mean_10", "mean_30",
		"mean_1_season", "mean_4_seasons", "mean_13_seasons", "position_8", "position_4",
		"position_1", "base", "mean_4_seasons_pool", "last", "year_ago", "pause",
		"share_of_sales", "base_ahead", "mean_30_ahead", "position_1_ahead", "one"};

typedef struct column_row {
	const char *name, *of;
	size_t pool; /* SIZE_MAX: none */
} column_row;

static void put_column(cstn__table_builder *table, const cstn_demand_global *model,
		const column_row *row, size_t column)
{
	char room[24];
	size_t len;
	const char *text;

	cstn__table_put_text(table, 0, row->name, strlen(row->name));
	cstn__table_put_text(table, 1, row->of, strlen(row->of));
	if (row->pool < model->pools.count) {
		text = cstn__ids_text(&model->pools, (uint32_t)row->pool, room, &len);
		cstn__table_put_text(table, 2, text, len);
	} else
		cstn__table_put_null(table, 2);
	cstn__table_put_f64(table, 3, model->coefficients[column]);
}

static void put_signals(cstn__table_builder *table, const cstn_demand_global *model)
{
	const cstn__global_plan *plan = &model->plan;
	size_t at = cstn__global_column_of_signal(plan, 0), i, pool;

	for (i = 0; i < plan->n_signals; i++) {
		column_row row = {"same_period", model->signals[i], SIZE_MAX};

		put_column(table, model, &row, at++);
		row.name = "same_period_in_pool";
		for (pool = 0; plan->signals[i] & CSTN_GLOBAL_BY_POOL && pool < plan->n_pools;
				pool++) {
			row.pool = pool;
			put_column(table, model, &row, at++);
		}
		row = (column_row){"next_period", model->signals[i], SIZE_MAX};
		if (plan->signals[i] & CSTN_GLOBAL_NEXT)
			put_column(table, model, &row, at++);
	}
}

static cstn_status put_columns(const void *of, cstn__table_builder *table, cstn_error **error)
{
	const cstn_demand_global *model = of;
	int failed = cstn__table_add_column(table, "name", CSTN_TYPE_TEXT, 0, 0) < 0;
	size_t at, i;
	char name[32];

	failed |= cstn__table_add_column(table, "of", CSTN_TYPE_TEXT, 0, 0) < 0;
	failed |= cstn__table_add_column(table, "pool", CSTN_TYPE_TEXT, 0, 1) < 0;
	failed |= cstn__table_add_column(table, "coefficient", CSTN_TYPE_DOUBLE, 0, 0) < 0;
	if (failed)
		return cstn__fail_nomem(error);
	for (at = 0; at < CSTN__GLOBAL_DENSE; at++) {
		column_row row = {dense_names[at], "level", SIZE_MAX};

		put_column(table, model, &row, at);
	}
	for (i = 0; i < model->plan.season; i++) {
		column_row row = {name, "season", SIZE_MAX};

		(void)snprintf(name, sizeof(name), "position_%zu", i);
		put_column(table, model, &row, at++);
	}
	for (i = 0; model->plan.has_days && i < 2; i++) {
		column_row row = {i ? "day_28_on" : "day_1_to_3", "month", SIZE_MAX};

		put_column(table, model, &row, at++);
	}
	put_signals(table, model);
	return CSTN_OK;
}

static cstn_status put_pools(const void *of, cstn__table_builder *table, cstn_error **error)
{
	const cstn_demand_global *model = of;
	size_t i;

	if (cstn__table_add_column(table, "pool", CSTN_TYPE_TEXT, 0, 1) < 0 ||
			cstn__table_add_column(table, "level", CSTN_TYPE_DOUBLE, 0, 0) < 0)
		return cstn__fail_nomem(error);
	for (i = 0; i < model->plan.n_pools; i++) {
		char room[24];
		size_t len;

		if (i < model->pools.count) {
			const char *text = cstn__ids_text(&model->pools, (uint32_t)i, room, &len);

			cstn__table_put_text(table, 0, text, len);
		} else
			cstn__table_put_null(table, 0);
		cstn__table_put_f64(table, 1, model->levels[i]);
	}
	return CSTN_OK;
}

static cstn_status put_trees(const void *of, cstn__table_builder *table, cstn_error **error)
{
	const cstn_demand_global *model = of;
	const cstn__trees *trees = &model->trees;
	size_t column, i;

	if (cstn__table_add_column(table, "name", CSTN_TYPE_TEXT, 0, 0) < 0 ||
			cstn__table_add_column(table, "of", CSTN_TYPE_TEXT, 0, 0) < 0 ||
			cstn__table_add_column(table, "cuts", CSTN_TYPE_INT64, 0, 0) < 0)
		return cstn__fail_nomem(error);
	for (column = 0; column < trees->columns; column++) {
		const char *name, *what;
		int64_t cuts = 0;

		for (i = 0; i < trees->nodes.count; i++)
			cuts += trees->nodes.items[i].column == column;
		cstn__global_tree_name(model, column, dense_names, &name, &what);
		cstn__table_put_text(table, 0, name, strlen(name));
		cstn__table_put_text(table, 1, what, strlen(what));
		cstn__table_put_i64(table, 2, cuts);
	}
	return CSTN_OK;
}

cstn_status cstn_demand_global_export(const cstn_demand_global *model, int32_t table,
		struct ArrowArrayStream *out, cstn_error **error)
{
	static cstn_status (*const puts[])(const void *, cstn__table_builder *, cstn_error **) = {
			put_columns, put_pools, put_trees};

	if (!model || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				model ? "out" : "model");
	if (table < 0 || (size_t)table >= sizeof(puts) / sizeof(puts[0]))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"table is %d; CSTN_DEMAND_GLOBAL_TABLE_... expected", table);
	return cstn__table_export_of(&model->allocator, puts[table], model, out, error);
}
