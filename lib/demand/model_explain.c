/* What forecasts of a demand model are made of: a level, times the season, times events.
 *
 * A path is made once more, factor by factor, and its means are split as cstn__explain_product()
 * does. Parts lie column by column, so that a batch of them is put into a table as it is. */
#include <math.h>
#include <string.h>

#include "demand/explain.h"
#include "demand/model_forecast.h"

size_t cstn__demand_groups(const cstn_demand_model *model)
{
	return CSTN__GROUP_EVENT + (size_t)model->config.n_events;
}

void cstn__demand_path_parts(const cstn_demand_model *model, const cstn__demand_path *path,
		const double *mean, const int32_t *flags, double *parts, size_t stride)
{
	size_t n = cstn__demand_groups(model) - 1, h, e;
	double factors[1 + CSTN_DEMAND_EVENTS_MOST], of[1 + CSTN_DEMAND_EVENTS_MOST];
	int32_t at = cstn__season_position(path->first, model->season);
	cstn__demand_product product;

	cstn__demand_path_product(model, path, &product);
	for (h = 0; h < path->horizon; h++) {
		int is_cut = (flags[h] & CSTN_DEMAND_FORECAST_FALLBACK) != 0;
		double level = product.level;

		if (is_cut && fabs(level) > CSTN__DEMAND_LARGEST)
			level = level > 0 ? CSTN__DEMAND_LARGEST : -CSTN__DEMAND_LARGEST;
		factors[0] = product.season[at];
		for (e = 0; e + 1 < n; e++)
			factors[1 + e] = product.events && path->events && path->events[h] >> e & 1
							 ? product.events[e]
							 : 1;
		cstn__explain_product(level, factors, n, mean[h], is_cut, of);
		parts[CSTN__GROUP_BASELINE * stride + h] = level;
		for (e = 0; e < n; e++)
			parts[(CSTN__GROUP_SEASON + e) * stride + h] = of[e];
		at = at + 1 < model->season ? at + 1 : 0;
	}
}

int cstn__demand_parts_columns(const cstn_demand_model *model, cstn__table_builder *table)
{
	int32_t e;

	if (cstn__table_add_column(table, "baseline", CSTN_TYPE_DOUBLE, 0, 0) < 0 ||
			cstn__table_add_column(table, "season", CSTN_TYPE_DOUBLE, 0, 0) < 0)
		return -1;
	for (e = 0; e < model->config.n_events; e++)
		if (cstn__explain_column(table, &model->allocator, CSTN__EXPLAIN_SIGNAL,
				    model->events[e]))
			return -1;
	return 0;
}

int32_t cstn__demand_parts_rows(const cstn_demand_model *model, cstn__table_builder *table,
		int32_t column, const double *parts, size_t stride, size_t rows)
{
	size_t n = cstn__demand_groups(model), k;

	for (k = 0; k < n; k++)
		cstn__table_put_many_f64(
				table, column + (int32_t)k, parts + k * stride, NULL, rows);
	return (int32_t)n;
}
