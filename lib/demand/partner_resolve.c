/* What two sides agree on: forecasts less their past bias, weighted by how wrong each was and how
 * much alike (Bates and Granger 1969), both shrunk where the past is short.
 *
 * Both weights are made by the same formula, not one as what the other leaves, so that swapping the
 * sides gives the same blend to the last bit. O(cells). */
#include <math.h>

#include "base/error.h"
#include "demand/partner_cells.h"

#define SHRINK 20.0
#define REASON_MOST 9007199254740992.0 /* 2^53 */

/* What a group says about its sides. */
typedef struct weighing {
	double a_bias, b_bias, a_weight, b_weight, a_sd, b_sd, correlation;
} weighing;

static double within_one(double x)
{
	return x < 0 ? 0 : x > 1 ? 1 : x;
}

/* The weight of a side whose errors have the square `own`, shrunk towards a half. */
static double weight(double own, double other, double product, double trust)
{
	double both = own + other - 2 * product;

	if (!(both > 0) || !isfinite(both))
		return 0.5;
	return 0.5 + trust * (within_one((other - product) / both) - 0.5);
}

static weighing weigh(const cstn__cell_group *group)
{
	double trust = (double)group->n / ((double)group->n + SHRINK);
	double a = group->a.square, b = group->b.square, ab = group->product, none = (double)NAN;
	weighing w = {trust * group->a.bias, trust * group->b.bias, weight(a, b, ab, trust),
			weight(b, a, ab, trust), none, none, none};

	if (group->n < 2)
		return w;
	w.a_sd = sqrt(a);
	w.b_sd = sqrt(b);
	if (a > 0 && b > 0)
		w.correlation = fmax(-1, fmin(1, ab / (w.a_sd * w.b_sd)));
	return w;
}

static double blend(const weighing *w, double a, double b)
{
	double sum = w->a_weight * (a - w->a_bias) + w->b_weight * (b - w->b_bias);
	double mixed = sum / (w->a_weight + w->b_weight);

	return a >= 0 && b >= 0 && mixed < 0 ? 0.0 : mixed;
}

/* 1: the cell goes out. */
static int is_allowed(cstn__cells *cells, size_t i, cstn_status *status, cstn_error **error)
{
	double reason = cstn__cell(cells, i, CSTN__CELL_REASON);
	const cstn_plan_options *o = &cells->options;
	size_t k;

	*status = CSTN_OK;
	if (cells->h[i] <= o->freeze) {
		*status = cstn__cells_refuse(cells, i, CSTN__CELL_H, CSTN_ROW_RANGE, error);
		return 0;
	}
	if (isnan(cstn__cell(cells, i, CSTN__CELL_OVERRIDE)))
		return 1;
	if (isnan(reason)) {
		*status = cstn__cells_refuse(cells, i, CSTN__CELL_REASON, CSTN_ROW_NULL, error);
		return 0;
	}
	for (k = 0; k < o->n_reasons; k++)
		if (!(reason < (double)o->reasons[k]) && !(reason > (double)o->reasons[k]))
			return 1;
	if (!o->n_reasons && reason >= 1 && reason <= REASON_MOST)
		return 1;
	*status = cstn__cells_refuse(cells, i, CSTN__CELL_REASON, CSTN_ROW_VALUE, error);
	return 0;
}

static void put_cell(const cstn__cells *cells, cstn__table_builder *table, int32_t column, size_t i,
		const weighing *w)
{
	double override = cstn__cell(cells, i, CSTN__CELL_OVERRIDE);
	double reason = cstn__cell(cells, i, CSTN__CELL_REASON);
	double mixed = blend(
			w, cstn__cell(cells, i, CSTN__CELL_A), cstn__cell(cells, i, CSTN__CELL_B));
	const double numbers[] = {w->a_bias, w->b_bias, w->a_sd, w->b_sd, w->correlation,
			w->a_weight / (w->a_weight + w->b_weight), mixed, override};
	size_t k;

	cstn__cells_begin_row(cells, table, i);
	cstn__table_put_i64(table, column++, (int64_t)cells->groups.items[cells->group[i]].n);
	for (k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++)
		cstn__cells_put_number(table, column++, numbers[k]);
	if (isnan(override) || isnan(reason))
		cstn__table_put_null(table, column++);
	else
		cstn__table_put_i64(table, column++, (int64_t)reason);
	cstn__cells_put_number(table, column, isnan(override) ? mixed : override);
}

static int32_t declare(const cstn__cells *cells, cstn__table_builder *table)
{
	static const char *const names[] = {"a_bias", "b_bias", "a_sd", "b_sd", "correlation",
			"a_weight", "blend", "override"};
	int32_t begin = cstn__cells_declare(cells, table);
	int failed = begin < 0;
	size_t i;

	failed |= cstn__table_add_column(table, "cells", CSTN_TYPE_INT64, 0, 0) < 0;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		failed |= cstn__table_add_column(table, names[i], CSTN_TYPE_DOUBLE, 0, 1) < 0;
	failed |= cstn__table_add_column(table, "reason", CSTN_TYPE_INT64, 0, 1) < 0;
	failed |= cstn__table_add_column(table, "consensus", CSTN_TYPE_DOUBLE, 0, 1) < 0;
	return failed ? -1 : begin;
}

static cstn_status put(cstn__cells *cells, cstn__table_builder *table, cstn_error **error)
{
	int32_t column = declare(cells, table);
	cstn_status status = CSTN_OK;
	size_t i;

	if (column < 0)
		return cstn__fail_nomem(error);
	for (i = 0; i < cells->set.n && status == CSTN_OK; i++) {
		weighing w;

		if (!isnan(cells->set.y[i]) || cells->group[i] == CSTN__IDS_NONE ||
				!is_allowed(cells, i, &status, error))
			continue;
		w = weigh(&cells->groups.items[cells->group[i]]);
		put_cell(cells, table, column, i, &w);
	}
	return status;
}

cstn_status cstn_plan_resolve(struct ArrowArrayStream *rows, const cstn_plan_options *options,
		const cstn_allocator *allocator, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	const cstn__cells_call call = {put, allocator, out};

	return cstn__cells_run(&call, rows, options, bad_rows, error);
}
