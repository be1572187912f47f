/* Fit of the global ridge to rows of series, all at once.
 *
 * The rows are read and put in order, then looked at twice: totals of pools a period give the ratio
 * of each position of the season as of each origin; then every series adds its sums. With trees the
 * series are looked at again, in the order of their keys. */
#include <string.h>

#include "base/error.h"
#include "demand/global_basis.h"
#include "demand/global_trees.h"

typedef struct fitting {
	cstn__global_basis basis;
	cstn__global_part part;
	uint32_t *order; /* for trees: series in the order of their keys, n of them */
	size_t *first;   /* and where the rows of each begin; n + 1 */
} fitting;

/* --- pools ------------------------------------------------------------------------------------ */

/* Pools of series that are there, numbered in the order of their ids. */
static int number_pools(fitting *fit)
{
	cstn_demand_global *model = fit->basis.model;
	const cstn__series_set *set = &fit->part.set;
	const cstn__ids *ids = set->labels;
	uint32_t *number;
	size_t size, i;
	int failed;

	model->plan.n_pools = 1;
	if (cstn__global_part_pools(&fit->part))
		return -1;
	if (!model->pool)
		return 0;
	size = (ids->count ? ids->count : 1) * sizeof(*number);
	number = cstn__alloc(&model->allocator, size);
	if (!number)
		return -1;
	for (i = 0; i < ids->count; i++)
		number[i] = CSTN__IDS_NONE;
	for (i = 0; i < set->series.count; i++)
		number[set->label[set->series.items[i].key]] = 0;
	failed = cstn__global_number_pools(model, ids, number);
	for (i = 0; i < set->series.count && !failed; i++) {
		uint32_t key = set->series.items[i].key;

		fit->part.pool[key] = number[set->label[key]];
	}
	cstn__free(&model->allocator, number, size);
	return failed ? -1 : 0;
}

/* --- trees ------------------------------------------------------------------------------------ */

static cstn__global_series series_of(void *context, size_t item)
{
	const fitting *fit = context;
	size_t number = fit->order[item];

	return cstn__global_series_of(&fit->part.set, number,
			fit->part.pool[fit->part.set.series.items[number].key]);
}

static cstn__global_walk *walk_of(void *context, int32_t worker)
{
	return &((fitting *)context)->part.learners[worker].walk;
}

static cstn__global_rows *rows_of(void *context, int32_t worker)
{
	return &((fitting *)context)->part.learners[worker].rows;
}

static cstn_status grow_trees(fitting *fit, const cstn_demand_global_options *o, cstn_error **error)
{
	const size_t n = fit->part.set.series.count;
	cstn_demand_global *model = fit->basis.model;
	cstn__global_forest forest = {&model->allocator, &model->plan, n, NULL, fit->basis.end,
			fit->basis.ratios, fit->part.threads, fit, series_of, walk_of, rows_of};
	size_t i;

	fit->first = cstn__alloc_zero(
			&model->allocator, cstn__array_size(n + 1, sizeof(*fit->first)));
	fit->order = cstn__series_order(&fit->part.set);
	if (!fit->first || !fit->order)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++)
		fit->first[i + 1] = fit->first[i] + fit->part.learned[fit->order[i]];
	forest.first = fit->first;
	return cstn__global_grow(&forest, o->trees, &model->trees, o->progress, error);
}

/* --- the call --------------------------------------------------------------------------------- */

static int64_t end_of(const cstn__series_set *set)
{
	int64_t end = INT64_MIN;
	size_t i;

	for (i = 0; i < set->series.count; i++) {
		const cstn__series *s = &set->series.items[i];

		if (s->first + (int64_t)s->n > end)
			end = s->first + (int64_t)s->n;
	}
	return end;
}

static cstn_status fit_set(fitting *fit, const cstn_demand_global_options *o, cstn_error **error)
{
	const cstn__series_set *set = &fit->part.set;
	cstn_demand_global *model = fit->basis.model;
	cstn_status status;

	if (!set->series.count)
		return cstn__fail(error, CSTN_E_EMPTY, "no series to learn from");
	status = cstn__global_check(set, error);
	if (status != CSTN_OK)
		return status;
	model->periods = set->periods;
	model->key_type = set->keys.type;
	fit->basis.end = end_of(set);
	if (number_pools(fit))
		return cstn__fail_nomem(error);
	status = cstn__global_settle(&fit->basis, o, error);
	if (status != CSTN_OK)
		return status;
	if (cstn__global_basis_reserve(&fit->basis) ||
			cstn__global_totals_of(&fit->basis, &fit->part, o->threads) != CSTN_OK)
		return cstn__fail_nomem(error);
	cstn__global_basis_ratios(&fit->basis);
	status = cstn__global_part_learn(&fit->part, o->threads, o->progress, error);
	if (status == CSTN_OK)
		status = cstn__global_conclude(model, &fit->part.learners[0].sums, error);
	return status == CSTN_OK && o->trees ? grow_trees(fit, o, error) : status;
}

static void fitting_free(fitting *fit)
{
	const cstn_allocator *allocator = &fit->part.set.allocator;
	size_t n = fit->part.set.series.count;

	cstn__free(allocator, fit->order, n * sizeof(*fit->order));
	cstn__free(allocator, fit->first, (n + 1) * sizeof(*fit->first));
	cstn__global_basis_free(&fit->basis);
	cstn__global_part_free(&fit->part);
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
	const cstn__global_reading reading = {
			o->flags, o->period, o->binding, o->progress, NULL, 0};
	cstn__row_sink *sink = NULL;
	cstn_row_errors *bad = NULL;
	cstn_demand_global *model = NULL;
	cstn_allocator allocator;
	uint64_t left_out = 0;
	fitting fit;
	cstn_status status = cstn__global_check_options(o, error);

	if (status == CSTN_OK)
		status = cstn__allocator_read(by->allocator, &allocator, error);
	if (status == CSTN_OK)
		status = cstn__global_begin(o, &allocator, &model, error);
	if (status != CSTN_OK)
		return status;
	memset(&fit, 0, sizeof(fit));
	fit.basis.model = model;
	fit.part.basis = &fit.basis;
	status = cstn__global_read(&fit.part.set, model, &reading, rows, &sink, error);
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
