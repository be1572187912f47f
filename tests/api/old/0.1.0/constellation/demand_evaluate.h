#ifndef CONSTELLATION_DEMAND_EVALUATE_H
#define CONSTELLATION_DEMAND_EVALUATE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/export.h>
#include <constellation/status.h>

/** @file demand_evaluate.h
 *  How good a forecast was: every measure of it by one exact definition.
 *
 *  A measure of one series is a pure function of arrays: what came, what was said, and the history
 *  that scales the error. Where a definition divides by nothing, the value is null, never 0 and
 *  never infinite, so that a mean over series can count what it left out.
 *
 *  y is the actual, f the forecast, n the length of the history, t a period of it. Threads: any; no
 *  memory is kept and none is allocated. */

#ifdef __cplusplus
extern "C" {
#endif

/* Measures of the mean or median forecast `forecast`. */
/** Mean of |y - f| */
#define CSTN_METRIC_MAE 1
/** Mean of (y - f)^2 */
#define CSTN_METRIC_MSE 2
/** Square root of CSTN_METRIC_MSE */
#define CSTN_METRIC_RMSE 3
/** Mean of 200 |y - f| / (|y| + |f|), a period with 0 / 0 being 0: percent, 0 to 200 (Makridakis et
 *  al. 2020) */
#define CSTN_METRIC_SMAPE 4
/** Mean of |y - f| over the mean of |y_t - y_(t-m)|, t > m, in the history, m = `season` (Hyndman
 *  and Koehler 2006) */
#define CSTN_METRIC_MASE 5
/** Square root of the mean of (y - f)^2 over the mean of (y_t - y_(t-1))^2, t > 1, the history from
 *  its first value that is not 0 (Makridakis et al. 2022) */
#define CSTN_METRIC_RMSSE 6
/** Sum of |y - f| / sum of y; null where that sum is not above 0 */
#define CSTN_METRIC_WAPE 7
/** Sum of (f - y) / sum of y: above 0 too much was expected */
#define CSTN_METRIC_BIAS 8
/** (Sum of |y - f| + |sum of (y - f)|) / sum of y: error and bias in one (the VN1 competition) */
#define CSTN_METRIC_VN1 9
/** Sum of (y - f) / mean of |y - f|: beyond 4 or so either way a forecast is biased (Trigg 1964) */
#define CSTN_METRIC_TRACKING_SIGNAL 10
/* Measures of a quantile: `forecast` is the quantile of level `level_ppm`. */
/** Mean of (y - q) u where q <= y, (q - y)(1 - u) where not */
#define CSTN_METRIC_PINBALL 11
/** CSTN_METRIC_PINBALL over the mean of |y_t - y_(t-1)|, t > 1, the history from its first value
 *  that is not 0 (scaled pinball loss of M5) */
#define CSTN_METRIC_SCALED_PINBALL 12
/** 2 x sum of pinball losses / sum of |y|: its mean over levels is the weighted quantile loss */
#define CSTN_METRIC_QUANTILE_LOSS 13
/** Share of periods with y <= q */
#define CSTN_METRIC_COVERAGE 14
/** Mean cost of stock at the forecast: `under_minor` for each unit short, `over_minor` for each
 *  unit left, in minor units */
#define CSTN_METRIC_COST 15
/* A measure of an interval: `low` and `high` bound the share 1 - a of outcomes, a = `level_ppm`. */
/** Mean of (U - L) + 2/a (L - y) where y < L + 2/a (y - U) where y > U, over the scale of
 *  CSTN_METRIC_MASE (Gneiting and Raftery 2007, scaled as in M4) */
#define CSTN_METRIC_MSIS 16

/** One series: periods forecast, and its history. Arrays are borrowed for the call. */
typedef struct cstn_forecast_sample {
	uint32_t struct_size;
	uint32_t flags;         /**< 0 */
	const double *actual;   /**< n values, finite */
	const double *forecast; /**< n values, finite; NULL for CSTN_METRIC_MSIS */
	size_t n;               /**< periods; 0 gives null */
	const double *history;  /**< n_history values, finite, oldest first; NULL if no scale is
				   asked for */
	size_t n_history;
	const double *low;  /**< n values, finite; of CSTN_METRIC_MSIS, else NULL */
	const double *high; /**< n values, finite; the same */
	int32_t season;     /**< m of CSTN_METRIC_MASE and CSTN_METRIC_MSIS, 1 or more; 0 means 1 */
	int32_t level_ppm;  /**< u of a quantile or a of an interval in millionths, 1..999,999 */
	double under_minor; /**< of CSTN_METRIC_COST: 0 or more */
	double over_minor;  /**< of CSTN_METRIC_COST: 0 or more */
} cstn_forecast_sample;
/* clang-format off */
#define CSTN_FORECAST_SAMPLE_INIT { sizeof(cstn_forecast_sample), 0, NULL, NULL, 0, NULL, 0, NULL, NULL, \
	0, 0, 0.0, 0.0 }
/* clang-format on */

/** A measure of one series.
 *  @param metric CSTN_METRIC_...
 *  @param sample start from CSTN_FORECAST_SAMPLE_INIT
 *  @param value  receives it; unchanged where the return is not CSTN_OK
 *  @return CSTN_OK; CSTN_DONE where the definition divides by nothing: no period, no history, a
 *  history without change, a sum of demand that is not above 0; CSTN_E_INVALID_ARGUMENT for an
 *  unknown measure, an array that is absent, a value that is not finite (with its position), a
 *  level or season out of range; CSTN_E_OVERFLOW where the value is beyond a double. No memory, any
 *  thread, O(n + n_history). Sums run in order, so that bytes are the same everywhere. @since 0.1
 *  @snippet forecast_metrics.c metric */
CSTN_API cstn_status cstn_forecast_metric(int32_t metric, const cstn_forecast_sample *sample,
		double *value, cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
