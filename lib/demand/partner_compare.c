/* Forecasts of two sides side by side: how far they differ, and which cells are exceptions.
 *
 * A group that has seen enough cells has its own threshold, the quantile of |a - b|; before that
 * the thresholds of the agreement hold. O(cells), and a sort of the past of each group. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "demand/partner_cells.h"

static const struct {
	uint32_t bit;
	const char *name;
} rules[] = {
		{CSTN_PLAN_RULE_LEARNED, "learned"},
		{CSTN_PLAN_RULE_AGREED, "agreed"},
		{CSTN_PLAN_RULE_OUTSIDE_A, "outside_a"},
		{CSTN_PLAN_RULE_OUTSIDE_B, "outside_b"},
		{CSTN_PLAN_RULE_EVENT, "event"},
};

static int is_event(double flag)
{
	return flag > 0 || flag < 0;
}

/* The threshold of the agreement: above its share of both and its units. */
static double agreed(const cstn_plan_options *o, double a, double b)
{
	double share = (fabs(a) + fabs(b)) / 2 * o->agreed_ppm / 1e6;

	if (!o->agreed_ppm && !(o->agreed_units > 0))
		return (double)NAN;
	return share > o->agreed_units ? share : o->agreed_units;
}

static uint32_t rules_of(
		const cstn__cells *cells, size_t i, const double *learned, double *threshold)
{
	const cstn__cell_group *group = &cells->groups.items[cells->group[i]];
	double a = cstn__cell(cells, i, CSTN__CELL_A), b = cstn__cell(cells, i, CSTN__CELL_B);
	int is_learned = group->n >= (size_t)cells->options.cells_least;
	uint32_t found = 0;

	*threshold = is_learned ? learned[cells->group[i]] : agreed(&cells->options, a, b);
	if (fabs(a - b) > *threshold) /* not with NaN */
		found |= is_learned ? CSTN_PLAN_RULE_LEARNED : CSTN_PLAN_RULE_AGREED;
	if (b < cstn__cell(cells, i, CSTN__CELL_A_LOW) ||
			b > cstn__cell(cells, i, CSTN__CELL_A_HIGH))
		found |= CSTN_PLAN_RULE_OUTSIDE_A;
	if (a < cstn__cell(cells, i, CSTN__CELL_B_LOW) ||
			a > cstn__cell(cells, i, CSTN__CELL_B_HIGH))
		found |= CSTN_PLAN_RULE_OUTSIDE_B;
	if (is_event(cstn__cell(cells, i, CSTN__CELL_A_EVENT)) !=
			is_event(cstn__cell(cells, i, CSTN__CELL_B_EVENT)))
		found |= CSTN_PLAN_RULE_EVENT;
	return found;
}

static void put_why(cstn__table_builder *table, int32_t column, uint32_t found)
{
	char text[64];
	size_t used = 0, i;

	text[0] = '\0';
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (found & rules[i].bit)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
					used ? "|" : "", rules[i].name);
	cstn__table_put_text(table, column, text, used);
}

static void put_cell(const cstn__cells *cells, cstn__table_builder *table, int32_t column, size_t i,
		const double *learned)
{
	const cstn__cell_group *group = &cells->groups.items[cells->group[i]];
	double none = (double)NAN, threshold;
	uint32_t found = rules_of(cells, i, learned, &threshold);

	if (!found && cells->options.flags & CSTN_PLAN_EXCEPTIONS_ONLY)
		return;
	cstn__cells_begin_row(cells, table, i);
	cstn__cells_put_number(table, column++,
			cstn__cell(cells, i, CSTN__CELL_A) - cstn__cell(cells, i, CSTN__CELL_B));
	cstn__table_put_i64(table, column++, (int64_t)group->n);
	cstn__cells_put_number(table, column++, group->n ? group->a.bias : none);
	cstn__cells_put_number(table, column++, group->n ? group->b.bias : none);
	cstn__cells_put_number(table, column++, group->n ? group->a.error : none);
	cstn__cells_put_number(table, column++, group->n ? group->b.error : none);
	cstn__cells_put_number(table, column++, threshold);
	cstn__table_put_i64(table, column++, found);
	put_why(table, column++, found);
	cstn__table_put_i64(table, column, cells->h[i] <= cells->options.freeze);
}

static int32_t declare(const cstn__cells *cells, cstn__table_builder *table)
{
	static const char *const names[] = {"a_bias", "b_bias", "a_error", "b_error", "threshold"};
	int32_t begin = cstn__cells_declare(cells, table);
	int failed = begin < 0;
	size_t i;

	failed |= cstn__table_add_column(table, "difference", CSTN_TYPE_DOUBLE, 0, 1) < 0;
	failed |= cstn__table_add_column(table, "cells", CSTN_TYPE_INT64, 0, 0) < 0;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		failed |= cstn__table_add_column(table, names[i], CSTN_TYPE_DOUBLE, 0, 1) < 0;
	failed |= cstn__table_add_column(table, "rule", CSTN_TYPE_INT32, 0, 0) < 0;
	failed |= cstn__table_add_column(table, "why", CSTN_TYPE_TEXT, 0, 0) < 0;
	failed |= cstn__table_add_column(table, "is_frozen", CSTN_TYPE_FLAG, 0, 0) < 0;
	return failed ? -1 : begin;
}

static cstn_status put(cstn__cells *cells, cstn__table_builder *table, cstn_error **error)
{
	size_t groups = cells->groups.count, i;
	size_t learned_size = cstn__array_size(groups, sizeof(double));
	size_t room_size = cstn__array_size(cells->n_past, sizeof(double));
	double *learned = cstn__alloc(&cells->allocator, learned_size);
	double *room = cstn__alloc(&cells->allocator, room_size);
	int32_t column = declare(cells, table);
	cstn_status status = CSTN_OK;

	if (!learned || !room || column < 0)
		status = cstn__fail_nomem(error);
	for (i = 0; i < groups && status == CSTN_OK; i++)
		if (cells->groups.items[i].n)
			learned[i] = cstn__cells_gap(cells, &cells->groups.items[i], room);
	for (i = 0; i < cells->set.n && status == CSTN_OK; i++)
		if (isnan(cells->set.y[i]) && cells->group[i] != CSTN__IDS_NONE)
			put_cell(cells, table, column, i, learned);
	cstn__free(&cells->allocator, learned, learned_size);
	cstn__free(&cells->allocator, room, room_size);
	return status;
}

cstn_status cstn_plan_compare(struct ArrowArrayStream *rows, const cstn_plan_options *options,
		const cstn_allocator *allocator, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	const cstn__cells_call call = {put, allocator, out};

	return cstn__cells_run(&call, rows, options, bad_rows, error);
}
