/* Forecasts of one series of a demand model, without memory: what a query asks for, as the stream
 * of all series has it. O(season + horizon). */
#include <string.h>

#include "base/error.h"
#include "demand/model_forecast.h"
#include "demand/model_keys.h"
#include "demand/options.h"

static cstn_status find_one(const cstn_demand_model *model, const cstn_demand_query *query,
		cstn__demand_path *path, cstn_error **error)
{
	int is_return = (query->flags & CSTN_DEMAND_RETURNS) != 0;
	const cstn__demand_side *side = &model->sides[is_return];
	uint32_t number;
	cstn_status status = cstn__demand_find_one(
			&side->keys, query->key, query->key_len, query->key_number, &number, error);

	if (status != CSTN_OK)
		return status;
	if (number < side->series.count &&
			side->series.items[number].flags & CSTN__SERIES_IS_THERE) {
		path->series = &side->series.items[number];
		path->profile = cstn__demand_profile(model, side, number);
		path->first = path->series->last + 1;
		if (!is_return)
			path->pool = &model->pools.items[path->series->pool];
	} else if (!is_return && !model->config.pool) {
		path->pool = &model->pools.items[0];
	}
	return CSTN_OK;
}

/* The path that a query asks for, its options read to *read. */
static cstn_status ask_one(const cstn_demand_model *model, const cstn_demand_query *query,
		cstn_demand_query *read, cstn__demand_path *path, cstn_error **error)
{
	cstn_status status = cstn__options_read(query, sizeof(*read), sizeof(*read),
			CSTN_DEMAND_RETURNS, "cstn_demand_query", read, error);

	if (status == CSTN_OK)
		status = cstn__query_check(read->horizon, read->reserved0, error);
	if (status != CSTN_OK)
		return status;
	if (!model->has_latest)
		return cstn__fail(error, CSTN_E_STATE, "the model has no rows");
	status = cstn__demand_check_levels(read->levels, read->n_levels, error);
	memset(path, 0, sizeof(*path));
	path->first = model->latest + 1;
	if (status == CSTN_OK)
		status = find_one(model, read, path, error);
	path->events = read->events;
	path->horizon = read->horizon ? (size_t)read->horizon : 1;
	return status;
}

cstn_status cstn__demand_explain_one(const cstn_demand_model *model, const cstn_demand_query *query,
		double *mean, int32_t *flags, double *parts, size_t stride, cstn_error **error)
{
	cstn__demand_path path;
	cstn_demand_query read;
	cstn_status status = ask_one(model, query, &read, &path, error);

	if (status != CSTN_OK)
		return status;
	cstn__demand_path_mean(model, &path, mean, flags);
	cstn__demand_path_parts(model, &path, mean, flags, parts, stride);
	return CSTN_OK;
}

cstn_status cstn_demand_model_forecast_one(const cstn_demand_model *model,
		const cstn_demand_query *query, double *mean, double *quantiles, int32_t *flags,
		cstn_error **error)
{
	int32_t of_each[CSTN_HORIZON_MOST], all = 0;
	cstn__demand_path path;
	cstn_demand_query read;
	cstn_status status;
	size_t t;

	if (!model || !query || !mean)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!model  ? "model"
				: query ? "mean"
					: "query");
	status = ask_one(model, query, &read, &path, error);
	if (status != CSTN_OK)
		return status;
	cstn__demand_path_mean(model, &path, mean, of_each);
	if (quantiles)
		cstn__demand_quantiles_one(
				model, &path, read.levels, read.n_levels, mean, quantiles);
	for (t = 0; t < path.horizon; t++)
		all |= of_each[t];
	if (model->config.n_events && !read.events && path.pool)
		all |= CSTN_DEMAND_FORECAST_MISSING_SIGNAL;
	if (flags)
		*flags = all;
	return CSTN_OK;
}
