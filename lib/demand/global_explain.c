/* What forecasts of a global model are made of.
 *
 * The ridge is a sum: each group of its columns has the sum of x_j beta_j, in units of the series,
 * and the level of the pool, which multiplies them all, is a part by itself. Trees start from the
 * mean of what they learned from and are moved by the columns they look at. Of a mean of two models
 * each has half of its parts; what a local model calls the level is no baseline here. */
#include <string.h>

#include "demand/explain.h"
#include "demand/global_trees.h"
#include "demand/model_forecast.h"

static const char *const names[CSTN__GLOBAL_SIGNAL] = {
		"baseline", "level", "season", "month", "pool", "recalibration", "floor"};

size_t cstn__global_groups(const cstn__global_plan *plan)
{
	return CSTN__GLOBAL_SIGNAL + plan->n_signals;
}

int cstn__global_parts_columns(const cstn_demand_global *model, cstn__table_builder *table)
{
	int failed = 0;
	size_t i;

	for (i = 0; i < CSTN__GLOBAL_SIGNAL; i++)
		failed |= cstn__explain_column(table, &model->allocator, "", names[i]);
	for (i = 0; i < model->plan.n_signals; i++)
		failed |= cstn__explain_column(
				table, &model->allocator, CSTN__EXPLAIN_SIGNAL, model->signals[i]);
	return failed;
}

static size_t group_of_column(const cstn__global_plan *plan, size_t column)
{
	size_t i;

	if (column < CSTN__GLOBAL_DENSE)
		return column == CSTN__GLOBAL_ONE ? CSTN__GLOBAL_BASELINE : CSTN__GLOBAL_LEVEL;
	if (column < CSTN__GLOBAL_DENSE + plan->season)
		return CSTN__GLOBAL_SEASON;
	for (i = 0; i < plan->n_signals; i++)
		if (column < cstn__global_column_of_signal(plan, i))
			break;
	return i ? CSTN__GLOBAL_SIGNAL + i - 1 : CSTN__GLOBAL_MONTH;
}

void cstn__global_ridge_parts(const cstn_demand_global *model, const cstn__global_rows *rows,
		size_t row, double scale, double level, double *parts)
{
	const double *dense = rows->dense + row * CSTN__GLOBAL_WIDTH, *b = model->coefficients;
	const size_t first = row * rows->listed, groups = cstn__global_groups(&model->plan);
	double sum = 0;
	size_t j;

	memset(parts, 0, groups * sizeof(*parts));
	for (j = 0; j < CSTN__GLOBAL_DENSE; j++)
		parts[group_of_column(&model->plan, j)] += dense[j] * b[j];
	for (j = first; j < first + rows->count[row]; j++)
		parts[group_of_column(&model->plan, rows->column[j])] +=
				rows->value[j] * b[rows->column[j]];
	for (j = 0; j < groups; j++) {
		parts[j] *= scale;
		sum += parts[j];
	}
	parts[CSTN__GLOBAL_RECALIBRATION] = (level - 1) * sum;
	parts[CSTN__GLOBAL_FLOOR] = sum < 0 ? -level * sum : 0;
}

void cstn__global_tree_parts(const cstn_demand_global *model, const double *means, const double *x,
		double scale, double *parts)
{
	double of[CSTN__TREE_COLUMNS_MOST], sum;
	size_t c;

	memset(parts, 0, cstn__global_groups(&model->plan) * sizeof(*parts));
	parts[CSTN__GLOBAL_BASELINE] = cstn__trees_parts(&model->trees, means, x, of) * scale;
	sum = parts[CSTN__GLOBAL_BASELINE];
	for (c = 0; c < model->trees.columns; c++) {
		parts[cstn__global_tree_group(&model->plan, c)] += of[c] * scale;
		sum += of[c] * scale;
	}
	parts[CSTN__GLOBAL_FLOOR] = sum < 0 ? -sum : 0;
}

void cstn__global_mix_local(const cstn_demand_model *local, const size_t *event_signal,
		const double *of_local, size_t stride, double weight, size_t groups, double *parts)
{
	size_t n = cstn__demand_groups(local), e;

	for (e = 0; e < groups; e++)
		parts[e] *= 1 - weight;
	parts[CSTN__GLOBAL_LEVEL] += weight * of_local[CSTN__GROUP_BASELINE * stride];
	parts[CSTN__GLOBAL_SEASON] += weight * of_local[CSTN__GROUP_SEASON * stride];
	for (e = 0; e + CSTN__GROUP_EVENT < n; e++)
		if (event_signal[e] != SIZE_MAX)
			parts[CSTN__GLOBAL_SIGNAL + event_signal[e]] +=
					weight * of_local[(CSTN__GROUP_EVENT + e) * stride];
}
