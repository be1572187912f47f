/* What is measured of which columns: means and medians by measures of a forecast, quantiles by
 * those of a quantile, intervals by theirs. O(measures x columns). */
#include <string.h>

#include "base/error.h"
#include "demand/metric.h"
#include "demand/score.h"

static const char *const names[] = {"", "mae", "mse", "rmse", "smape", "mase", "rmsse", "wape",
		"bias", "vn1", "tracking_signal", "pinball", "scaled_pinball", "quantile_loss",
		"coverage", "cost", "msis", "owa", "u_coverage"};

const char *cstn__metric_name(int32_t metric)
{
	return names[metric];
}

int cstn__metric_is_of_quantile(int32_t metric)
{
	return metric >= CSTN_METRIC_PINBALL && metric <= CSTN_METRIC_COVERAGE;
}

static cstn_status add(cstn__score_measures *to, const cstn_allocator *allocator,
		cstn__score_measure measure)
{
	if (cstn__array_reserve(allocator, &to->list, 1))
		return CSTN_E_NOMEM;
	to->list.items[to->list.count++] = measure;
	return CSTN_OK;
}

/* Measures of one column; *n counts them. */
static cstn_status add_columns(cstn__score_measures *to, const cstn__score_columns *columns,
		int32_t metric, int is_shown, size_t *n)
{
	cstn_status status = CSTN_OK;
	size_t c;

	for (c = 0; c < columns->list.count && status == CSTN_OK; c++) {
		const cstn__score_column *column = &columns->list.items[c];

		if (column->is_within || (metric != CSTN_METRIC_COST &&
							 cstn__metric_is_of_quantile(metric) !=
									 (column->q_ppm != 0)))
			continue;
		status = add(to, &columns->allocator,
				(cstn__score_measure){metric, column->q_ppm, column->model, c, 0, 0,
						is_shown});
		++*n;
	}
	return status;
}

/* Two quantiles at equal distance from the median are an interval. */
static cstn_status add_intervals(
		cstn__score_measures *to, const cstn__score_columns *columns, size_t *n)
{
	cstn_status status = CSTN_OK;
	size_t c, k;

	for (c = 0; c < columns->list.count; c++)
		for (k = 0; k < columns->list.count && status == CSTN_OK; k++) {
			const cstn__score_column *low = &columns->list.items[c],
						 *high = &columns->list.items[k];

			if (low->model != high->model || low->q_ppm <= 0 || low->q_ppm >= 500000 ||
					low->q_ppm + high->q_ppm != 1000000 || low->is_within ||
					high->is_within)
				continue;
			status = add(to, &columns->allocator,
					(cstn__score_measure){CSTN_METRIC_MSIS, 2 * low->q_ppm,
							low->model, SIZE_MAX, c, k, 1});
			++*n;
		}
	return status;
}

/* Quantiles that come with how much of them lies below their level. */
static cstn_status add_atoms(
		cstn__score_measures *to, const cstn__score_columns *columns, size_t *n)
{
	cstn_status status = CSTN_OK;
	size_t c, k;

	for (c = 0; c < columns->list.count; c++)
		for (k = 0; k < columns->list.count && status == CSTN_OK; k++) {
			const cstn__score_column *q = &columns->list.items[c],
						 *within = &columns->list.items[k];

			if (q->model != within->model || q->q_ppm != within->q_ppm ||
					q->is_within || !within->is_within)
				continue;
			status = add(to, &columns->allocator,
					(cstn__score_measure){CSTN_METRIC_U_COVERAGE, q->q_ppm,
							q->model, c, k, 0, 1});
			++*n;
		}
	return status;
}

static cstn_status not_there(int32_t metric, cstn_error **error)
{
	const char *kind = metric == CSTN_METRIC_MSIS            ? "interval"
			   : metric == CSTN_METRIC_U_COVERAGE    ? "quantile with its within"
			   : cstn__metric_is_of_quantile(metric) ? "quantile"
								 : "mean or median";

	return cstn__fail(error, CSTN_E_SCHEMA, "no column is %s %s, which %s measures",
			metric == CSTN_METRIC_MSIS ? "of an" : "a", kind, names[metric]);
}

/* What goes without saying, where there is a column for it. */
static cstn_status add_usual(cstn__score_measures *to, const cstn__score_columns *columns,
		int has_history, cstn_error **error)
{
	static const int32_t usual[] = {CSTN_METRIC_MAE, CSTN_METRIC_RMSE, CSTN_METRIC_SMAPE,
			CSTN_METRIC_MASE, CSTN_METRIC_RMSSE, CSTN_METRIC_WAPE, CSTN_METRIC_BIAS,
			CSTN_METRIC_PINBALL, CSTN_METRIC_SCALED_PINBALL, CSTN_METRIC_QUANTILE_LOSS,
			CSTN_METRIC_COVERAGE};
	size_t i, n;

	for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (has_history || cstn__metric_scale(usual[i]) == CSTN__SCALE_NONE)
			if (add_columns(to, columns, usual[i], 1, &n) != CSTN_OK)
				return cstn__fail_nomem(error);
	return add_atoms(to, columns, &n) == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}

static cstn_status add_asked(cstn__score_measures *to, const cstn__score_columns *columns,
		const cstn_score_options *o, cstn_error **error)
{
	size_t i;

	for (i = 0; i < o->n_metrics; i++) {
		cstn_status status;
		size_t n = 0;

		if (o->metrics[i] == CSTN_METRIC_OWA)
			continue;
		status = o->metrics[i] == CSTN_METRIC_MSIS ? add_intervals(to, columns, &n)
			 : o->metrics[i] == CSTN_METRIC_U_COVERAGE
					 ? add_atoms(to, columns, &n)
					 : add_columns(to, columns, o->metrics[i], 1, &n);
		if (status != CSTN_OK)
			return cstn__fail_nomem(error);
		if (!n)
			return not_there(o->metrics[i], error);
	}
	return CSTN_OK;
}

/* The means that OWA is made of, behind what is shown. */
static cstn_status add_hidden(cstn__score_measures *to, const cstn__score_columns *columns,
		const cstn_score_options *o, cstn_error **error)
{
	uint32_t reference =
			cstn__interner_find(&columns->models, o->reference, strlen(o->reference));
	size_t n = 0, i;

	for (i = 0; i < columns->list.count; i++)
		if (columns->list.items[i].model == reference && !columns->list.items[i].q_ppm)
			break;
	if (i == columns->list.count)
		return cstn__fail(error, CSTN_E_SCHEMA,
				"no column is a forecast of the reference '%s'", o->reference);
	if (add_columns(to, columns, CSTN_METRIC_SMAPE, 0, &n) != CSTN_OK ||
			add_columns(to, columns, CSTN_METRIC_MASE, 0, &n) != CSTN_OK)
		return cstn__fail_nomem(error);
	return CSTN_OK;
}

cstn_status cstn__score_measures_find(cstn__score_measures *measures,
		const cstn__score_columns *columns, const cstn_score_options *options,
		int has_history, cstn_error **error)
{
	cstn_status status;
	size_t i;

	for (i = 0; i < options->n_metrics; i++) {
		int32_t metric = options->metrics[i];

		if (!has_history && (metric == CSTN_METRIC_OWA ||
						    cstn__metric_scale(metric) != CSTN__SCALE_NONE))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"%s is scaled by the history, and history is NULL",
					names[metric]);
		measures->wants_owa |= metric == CSTN_METRIC_OWA;
	}
	status = options->n_metrics ? add_asked(measures, columns, options, error)
				    : add_usual(measures, columns, has_history, error);
	if (status == CSTN_OK && measures->wants_owa)
		status = add_hidden(measures, columns, options, error);
	return status;
}
