/* Measures of one series' forecast: pure functions of arrays.
 *
 * Every measure is a mean or a sum over periods, some of it divided by a scale from the history.
 * What divides by nothing has no value (CSTN_DONE), so that a mean over series can count what it
 * leaves out. Values are checked once; a result that is not finite after that was too large.
 *
 * Sources: Hyndman and Koehler 2006 (MASE), Makridakis et al. 2020, 2022 (M4, M5), Gneiting and
 * Raftery 2007 (interval score). Cost: one pass over periods, one over the history. */
#include "demand/metric.h"

#include <math.h>

#include "base/error.h"
#include "demand/calibrate.h"
#include "demand/pairwise.h"

/* Draws of scores are none of those that levels are calibrated with. */
#define DRAW 1

static cstn_status check_array(const double *values, size_t n, const char *name, cstn_error **error)
{
	size_t i;

	if (!values && n)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL", name);
	for (i = 0; i < n; i++)
		if (!isfinite(values[i]))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"%s[%zu] is %g, a finite number expected", name, i,
					values[i]);
	return CSTN_OK;
}

static cstn_status check_within(const cstn_forecast_sample *s, cstn_error **error)
{
	cstn_status status = check_array(s->within, s->n, "within", error);
	size_t i;

	for (i = 0; i < s->n && status == CSTN_OK; i++)
		if (s->within[i] < 0 || s->within[i] > 1)
			status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"within[%zu] is %g (0 to 1)", i, s->within[i]);
	return status;
}

static int is_of_level(int32_t metric)
{
	return metric == CSTN_METRIC_PINBALL || metric == CSTN_METRIC_SCALED_PINBALL ||
	       metric == CSTN_METRIC_QUANTILE_LOSS || metric == CSTN_METRIC_MSIS;
}

int cstn__metric_scale(int32_t metric)
{
	switch (metric) {
	case CSTN_METRIC_MASE:
	case CSTN_METRIC_MSIS:
		return CSTN__SCALE_SEASONAL;
	case CSTN_METRIC_RMSSE:
		return CSTN__SCALE_SQUARED;
	case CSTN_METRIC_SCALED_PINBALL:
		return CSTN__SCALE_ABSOLUTE;
	default:
		return CSTN__SCALE_NONE;
	}
}

static cstn_status check(int32_t metric, const cstn_forecast_sample *s, cstn_error **error)
{
	cstn_status status;

	if ((metric < CSTN_METRIC_MAE || metric > CSTN_METRIC_MSIS) &&
			metric != CSTN_METRIC_U_COVERAGE)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "metric is %d (1 to 16, or 18)",
				metric);
	if (s->season < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"season is %d, 1 or more expected", s->season);
	if (is_of_level(metric) && (s->level_ppm < 1 || s->level_ppm > 999999))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "level_ppm is %d (1 to 999,999)",
				s->level_ppm);
	if (metric == CSTN_METRIC_COST &&
			!(s->under_minor >= 0 && s->over_minor >= 0 && isfinite(s->under_minor) &&
					isfinite(s->over_minor)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"under_minor is %g, over_minor is %g: finite and 0 or more "
				"expected",
				s->under_minor, s->over_minor);
	status = check_array(s->actual, s->n, "actual", error);
	if (status == CSTN_OK && metric != CSTN_METRIC_MSIS)
		status = check_array(s->forecast, s->n, "forecast", error);
	if (status == CSTN_OK && metric == CSTN_METRIC_MSIS)
		status = check_array(s->low, s->n, "low", error);
	if (status == CSTN_OK && metric == CSTN_METRIC_MSIS)
		status = check_array(s->high, s->n, "high", error);
	if (status == CSTN_OK && cstn__metric_scale(metric) != CSTN__SCALE_NONE)
		status = check_array(s->history, s->n_history, "history", error);
	if (status == CSTN_OK && metric == CSTN_METRIC_U_COVERAGE)
		status = check_within(s, error);
	return status;
}

double cstn__history_scale(int scale, const double *y, size_t n, size_t season)
{
	cstn__pairwise sum;
	size_t start = 0, lag = scale == CSTN__SCALE_SEASONAL ? season : 1, t;
	double value;

	if (scale == CSTN__SCALE_NONE)
		return 0;
	if (scale != CSTN__SCALE_SEASONAL)
		while (start < n && y[start] == 0)
			start++;
	if (n <= start || n - start <= lag)
		return 0;
	cstn__pairwise_init(&sum);
	for (t = start + lag; t < n; t++) {
		double step = y[t] - y[t - lag];

		cstn__pairwise_add(&sum, scale == CSTN__SCALE_SQUARED ? step * step : fabs(step));
	}
	value = cstn__pairwise_value(&sum) / (double)(n - start - lag);
	return scale == CSTN__SCALE_SQUARED ? sqrt(value) : value;
}

/* What a period adds. */
static double term(int32_t metric, const cstn_forecast_sample *s, size_t i)
{
	double u = (double)s->level_ppm / 1e6, y = s->actual[i], f, size;

	if (metric == CSTN_METRIC_MSIS) {
		double width = s->high[i] - s->low[i];

		if (y < s->low[i])
			return width + 2 / u * (s->low[i] - y);
		return y > s->high[i] ? width + 2 / u * (y - s->high[i]) : width;
	}
	f = s->forecast[i];
	switch (metric) {
	case CSTN_METRIC_MSE:
	case CSTN_METRIC_RMSE:
	case CSTN_METRIC_RMSSE:
		return (y - f) * (y - f);
	case CSTN_METRIC_SMAPE:
		size = fabs(y) + fabs(f);
		return size > 0 ? 200 * (fabs(y - f) / size) : 0;
	case CSTN_METRIC_PINBALL:
	case CSTN_METRIC_SCALED_PINBALL:
	case CSTN_METRIC_QUANTILE_LOSS:
		return f <= y ? (y - f) * u : (f - y) * (1 - u);
	case CSTN_METRIC_COVERAGE:
		return y <= f;
	case CSTN_METRIC_U_COVERAGE:
		return y < f || (y == f && cstn__calibration_draw(s->seed, (int64_t)i, DRAW) <=
								s->within[i]);
	case CSTN_METRIC_COST:
		return y > f ? s->under_minor * (y - f) : s->over_minor * (f - y);
	default:
		return fabs(y - f);
	}
}

typedef struct sums {
	double terms, actual, size, error; /* of terms, y, |y|, y - f */
} sums;

static sums add_up(int32_t metric, const cstn_forecast_sample *s)
{
	cstn__pairwise terms, actual, size, error;
	size_t i;

	cstn__pairwise_init(&terms);
	cstn__pairwise_init(&actual);
	cstn__pairwise_init(&size);
	cstn__pairwise_init(&error);
	for (i = 0; i < s->n; i++) {
		cstn__pairwise_add(&terms, term(metric, s, i));
		cstn__pairwise_add(&actual, s->actual[i]);
		cstn__pairwise_add(&size, fabs(s->actual[i]));
		if (s->forecast)
			cstn__pairwise_add(&error, s->actual[i] - s->forecast[i]);
	}
	return (sums){cstn__pairwise_value(&terms), cstn__pairwise_value(&actual),
			cstn__pairwise_value(&size), cstn__pairwise_value(&error)};
}

/* 0 where the value is null. */
static int divide(double over, double under, double *out)
{
	if (!(under > 0))
		return 0;
	*out = over / under;
	return 1;
}

int cstn__metric_of(int32_t metric, const cstn_forecast_sample *s, double scale, double *out)
{
	sums sum;
	double n = (double)s->n, mean;

	if (s->n == 0 || (cstn__metric_scale(metric) != CSTN__SCALE_NONE && !(scale > 0)))
		return 0;
	sum = add_up(metric, s);
	mean = sum.terms / n;
	switch (metric) {
	case CSTN_METRIC_RMSE:
		*out = sqrt(mean);
		return 1;
	case CSTN_METRIC_RMSSE:
		return divide(sqrt(mean), scale, out);
	case CSTN_METRIC_MASE:
	case CSTN_METRIC_MSIS:
	case CSTN_METRIC_SCALED_PINBALL:
		return divide(mean, scale, out);
	case CSTN_METRIC_WAPE:
		return divide(sum.terms, sum.actual, out);
	case CSTN_METRIC_BIAS:
		return divide(-sum.error, sum.actual, out);
	case CSTN_METRIC_VN1:
		return divide(sum.terms + fabs(sum.error), sum.actual, out);
	case CSTN_METRIC_TRACKING_SIGNAL:
		return divide(sum.error, mean, out);
	case CSTN_METRIC_QUANTILE_LOSS:
		return divide(2 * sum.terms, sum.size, out);
	default:
		*out = mean;
		return 1;
	}
}

cstn_status cstn_forecast_metric(int32_t metric, const cstn_forecast_sample *sample, double *value,
		cstn_error **error)
{
	cstn_forecast_sample s;
	cstn_status status;
	double scale, result;

	if (!sample || !value)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "sample or value is NULL");
	status = cstn__options_read(
			sample, sizeof(s), sizeof(s), 0, "cstn_forecast_sample", &s, error);
	if (status == CSTN_OK)
		status = check(metric, &s, error);
	if (status != CSTN_OK)
		return status;
	if (!s.season)
		s.season = 1;
	scale = cstn__history_scale(
			cstn__metric_scale(metric), s.history, s.n_history, (size_t)s.season);
	if (!cstn__metric_of(metric, &s, scale, &result))
		return CSTN_DONE;
	if (!isfinite(result) || !isfinite(scale))
		return cstn__fail(error, CSTN_E_OVERFLOW, "metric %d is beyond a double", metric);
	*value = result;
	return CSTN_OK;
}
