#ifndef CONSTELLATION_DEMAND_EVALUATE_H
#define CONSTELLATION_DEMAND_EVALUATE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/demand.h>
#include <constellation/demand_fit.h>
#include <constellation/export.h>
#include <constellation/progress.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file demand_evaluate.h
 *  How good a forecast was: every measure of it by one exact definition.
 *
 *  A measure of one series is a pure function of arrays: what came, what was said, and the history
 *  that scales the error. Where a definition divides by nothing, the value is null, never 0 and
 *  never infinite, so that a mean over series can count what it left out.
 *
 *  y is the actual, f the forecast, n the length of the history, t a period of it.
 *
 *  cstn_forecast_metric() measures one series of arrays, cstn_forecast_score() a frame of many
 *  series, models and cutoffs, by the same definitions. */

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
/* A measure of means over series, of cstn_forecast_score() alone. */
/** (sMAPE / that of the reference + MASE / that of the reference) / 2 (M4) */
#define CSTN_METRIC_OWA 17
/* A measure of a quantile of counts: `forecast` is the quantile, `within` its share of itself. */
/** Share of U <= u, where U = P(Y < y) + V P(Y = y) is uniform if the forecast is right (Smith
 *  1985): y < q, or y = q and V <= `within`. V in (0, 1) is drawn from `seed` and the place of the
 *  period. Counts have atoms, so that CSTN_METRIC_COVERAGE is above u for a forecast that is right
 */
#define CSTN_METRIC_U_COVERAGE 18

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
	const double *within; /**< n values of CSTN_METRIC_U_COVERAGE, 0 to 1: (u - P(Y < q)) / P(Y
				 = q), how much of what is exactly the quantile lies below its
				 level; as cstn_count_quantiles() gives it. Else NULL */
	uint64_t seed;        /**< of CSTN_METRIC_U_COVERAGE: another one for each series */
} cstn_forecast_sample;
/* clang-format off */
#define CSTN_FORECAST_SAMPLE_INIT { sizeof(cstn_forecast_sample), 0, NULL, NULL, 0, NULL, 0, NULL, NULL, \
	0, 0, 0.0, 0.0, NULL, 0 }
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

/** Quantiles of a count with a mean and a variance of mean + dispersion mean^2: negative binomial,
 *  Poisson for a dispersion of 0.
 *  @param mean       0 to 1e15
 *  @param dispersion 0 or more, finite; beyond 1e6 it counts as 1e6
 *  @param level      n levels inside (0, 1), ascending; borrowed for the call
 *  @param n          how many; 0 writes nothing
 *  @param quantile   receives n whole numbers q, the smallest with P(Y <= q) >= u
 *  @param within     NULL, or receives n values, (u - P(Y < q)) / P(Y = q), for
 *  CSTN_METRIC_U_COVERAGE
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT, which names the value, outputs being untouched. No
 *  memory, any thread. Time: 5 cycles a unit of the highest quantile, 1 to 50 us a level of a mean
 *  above 200. Method: one pass upward; Cornish and Fisher's expansion, corrected by exact tails.
 *  @since 0.1 @snippet count_quantiles.c quantiles */
CSTN_API cstn_status cstn_count_quantiles(double mean, double dispersion, const double *level,
		size_t n, double *quantile, double *within, cstn_error **error) CSTN_MUST_CHECK;

/** The definitions of this file, as they are counted; a change of one is another number. */
#define CSTN_SCORE_VERSION 1

/* What a mean over series weights them by. */
#define CSTN_WEIGHT_NONE 0  /**< all alike */
#define CSTN_WEIGHT_UNITS 1 /**< units of the last periods of training */
#define CSTN_WEIGHT_MONEY 2 /**< money of the last periods of training */

/** Rows of every series, in place of means over series */
#define CSTN_SCORE_BY_SERIES 1u
/** Rows of every cutoff, beside the mean over cutoffs */
#define CSTN_SCORE_BY_CUTOFF 2u
/** Rows of every level, beside the mean over levels */
#define CSTN_SCORE_BY_LEVEL 4u
/** Censored periods are left out. Without it a forecast of at least the limit has no error there,
 *  one below it that of the limit */
#define CSTN_SCORE_DROP_CENSORED 8u

typedef struct cstn_score_options {
	uint32_t struct_size;
	uint32_t flags;         /**< CSTN_SCORE_..., CSTN_IMPORT_TRUSTED */
	const int32_t *metrics; /**< CSTN_METRIC_...; NULL: mae, rmse, smape, wape, bias, of
				   quantiles pinball, quantile_loss and coverage, and u_coverage
				   where it can be, with a history also mase, rmsse and
				   scaled_pinball */
	size_t n_metrics;
	const char *const *models; /**< names; NULL: every column of numbers that is nothing else */
	size_t n_models;
	const char *reference;     /**< the model that CSTN_METRIC_OWA divides by, or NULL */
	const char *level_column;  /**< NULL, or a column that says which level a series is of */
	const char *const *levels; /**< NULL, or levels to add series up to: names of columns with
				      commas between; "" is the total, "unique_id" the series */
	size_t n_levels;
	int32_t weighting;                   /**< CSTN_WEIGHT_... */
	int32_t weight_periods;              /**< the last periods of training; 0 means 28 */
	int32_t period;                      /**< CSTN_PERIOD_... */
	int32_t gap;                         /**< CSTN_GAP_... of the history */
	int32_t season;                      /**< m of MASE and MSIS, 1 or more; 0 means 1 */
	int32_t threads;                     /**< 0 all processors; results do not depend on it */
	double under_minor;                  /**< of CSTN_METRIC_COST: 0 or more */
	double over_minor;                   /**< of CSTN_METRIC_COST: 0 or more */
	const cstn_binding *binding;         /**< NULL, or names and casts of the forecasts */
	const cstn_binding *history_binding; /**< NULL, or names and casts of the history */
	cstn_progress *progress;             /**< NULL, or counts rows read and cancels */
} cstn_score_options;
/* clang-format off */
#define CSTN_SCORE_OPTIONS_INIT { sizeof(cstn_score_options), 0, NULL, 0, NULL, 0, NULL, NULL, NULL, 0, \
	0, 0, 0, 0, 0, 0, 0.0, 0.0, NULL, NULL, NULL }
/* clang-format on */

/** Measure forecasts of many series, models and cutoffs.
 *
 *  Columns of the forecasts:
 *  - `unique_id` (int64 or text), `ds` (date, timestamp or int64), `y` (a number, what came)
 *  - `cutoff` (as `ds`), optional: the last period that the forecast knew; a key and a cutoff are
 *  one series
 *  - a model's mean or median under its name; its quantiles as `NAME-q_PPM`, its central intervals
 *  as `NAME-lo-PERCENT` and `NAME-hi-PERCENT`; quantiles `q_PPM` are of the model `quantiles`
 *  - `NAME-within_PPM` or `within_PPM` beside a quantile, for CSTN_METRIC_U_COVERAGE: 0 to 1; V is
 *  drawn from the key, the first period and the place of each
 *  - `flags` (int64, optional): 1 stock-out (demand was at least `limit`), 2 closed (left out)
 *  - `limit` (a number, optional): units that could have been sold; else `y`
 *  - the columns of levels
 *
 *  Columns of the history: `unique_id`, `ds`, `y`; for CSTN_WEIGHT_MONEY also `money_minor` or
 *  `price_minor` (of a unit). Training are its periods up to the cutoff, without one those before
 *  the first period that is forecast.
 *
 *  Means run over periods inside a series, then over series, then over cutoffs and levels. A series
 *  whose measure divides by nothing is counted in `nulls`. With `levels`, series are added up to
 *  each level by period, their history too; means but no quantiles can be. Columns out: `metric`,
 *  `model`, then where there are such `level`, `cutoff` (null: all) and `unique_id`; `q_ppm` (null:
 *  no quantile, or the mean over all of them), `value` (null: none), `series`, `nulls`, `periods`
 *  (scored), `left_out` (periods), `weighting`, and `definition`: SHA-256 of version and options,
 *  the same for two scores that are by the same rules.
 *
 *  @param forecasts moved from, also on failure
 *  @param history   NULL for measures without a scale and no weighting; moved from, also on failure
 *  @param options   NULL, or start from CSTN_SCORE_OPTIONS_INIT
 *  @param allocator NULL is libc
 *  @param out       the scores; complete on return
 *  @param bad_rows  NULL, or receives rows of the forecasts, then of the history, that break a
 *  rule: null, not finite, no start of a period, twice, not after the cutoff (CSTN_ROW_ORDER), two
 *  levels of one series (CSTN_ROW_CONFLICT), behind a gap; their series are left
 *  out, and one whose history is left out has no scale. Columns of
 *  the history are called `history.NAME` there; free with cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if series were left out, with a result; CSTN_E_SCHEMA, also if no
 *  column fits a measure; CSTN_E_STREAM; CSTN_E_INVALID_ARGUMENT; CSTN_E_LIMIT for more than 1,024
 *  columns; CSTN_E_OVERFLOW with model and series; CSTN_E_CANCELLED; CSTN_E_NOMEM. Any thread.
 *  Memory: the frames, 8 bytes a value. Time: O(rows log rows), a pass a measure. @since 0.1
 *  @snippet forecast_score.c score */
CSTN_API cstn_status cstn_forecast_score(struct ArrowArrayStream *forecasts,
		struct ArrowArrayStream *history, const cstn_score_options *options,
		const cstn_allocator *allocator, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

/* --- backtests -------------------------------------------------------------------------------- */

/** `last` is the last cutoff; without it that of each series is `horizon` before its end */
#define CSTN_BACKTEST_LAST 1u
/** Events of the periods ahead are taken from their rows as if they had been known: a calendar.
 *  Without it they are not known at any cutoff */
#define CSTN_BACKTEST_ASSUME_KNOWN 2u

typedef struct cstn_backtest_options {
	uint32_t struct_size;
	uint32_t flags;    /**< CSTN_BACKTEST_... */
	int32_t n_windows; /**< cutoffs; 0 means 1 */
	int32_t step;      /**< periods from one to the next; 0 means the horizon */
	int32_t window;    /**< a forecast knows so many periods; 0 means all up to its cutoff */
	int32_t refit;     /**< models are fitted at every so-many-th cutoff, between them the path
			      of the last fit goes on; 0 means 1, -1 at the first alone */
	int32_t min_training;   /**< periods up to a cutoff, at least; 0 means 1 */
	int32_t reserved0;      /**< 0 */
	int64_t last;           /**< as `ds`; with CSTN_BACKTEST_LAST */
	const int64_t *cutoffs; /**< as `ds`, ascending, in place of `last`, n_windows and step;
				   NULL: none */
	size_t n_cutoffs;
	int64_t latency_us; /**< where `available_us` says nothing, a row is known that long after
			       its period ends; a number is known at itself */
	int64_t origin_offset_us;   /**< a forecast is made that long after its cutoff's period ends
				     */
	const char *const *signals; /**< columns of numbers that a model would be told ahead of
				       their period; NULL: none */
	size_t n_signals;
	const cstn_demand_config
			*demand; /**< NULL, or a demand model, column `Demand`; its period is
				    that of the family. With it family->models 0 are none */
} cstn_backtest_options;
/* clang-format off */
#define CSTN_BACKTEST_OPTIONS_INIT { sizeof(cstn_backtest_options), 0, 0, 0, 0, 0, 0, 0, 0, NULL, 0, \
	0, 0, NULL, 0, NULL }
/* clang-format on */

/** Forecast the past: at every cutoff models see what was known at it, and their forecasts stand
 *  beside what came.
 *
 *  Columns in: those of cstn_family_fit(); `available_us` (int64, optional): when a row became
 *  known; the signals. Columns out: `unique_id`, `ds`, `cutoff` as they came, `h` (int32), `y`, and
 *  a double for each model, series in order of their first row, cutoffs and periods ascending.
 * Periods without a row in the series are not there. It is what cstn_forecast_score() takes.
 *
 *  A demand model learns period after period up to a cutoff, is asked there, and is never fitted to
 *  what comes later; its rows also have `flags`, `limit`, its pool and its events. Alone, with
 *  CSTN_GAP_MISSING in its configuration and in `family`, it may be tested over periods without a
 *  row: they are not learned, and not there in what comes out.
 *
 *  A forecast that would know too much is refused, not made: every value that a model reads goes
 *  through one function that knows the cut, which is the end of the cutoff's period and
 *  `origin_offset_us`. A row up to the cutoff that became known after the cut is CSTN_E_LEAKAGE,
 *  and so is a signal that repeats `y` of its own or a later period up to the horizon: correlation
 *  1 - 1e-12 on 200 rows drawn at random.
 *
 *  @param rows      moved from, also on failure
 *  @param family    models, horizon, period, gap, season, threads, names and casts; NULL, or start
 *  from CSTN_FAMILY_OPTIONS_INIT
 *  @param options   NULL, or start from CSTN_BACKTEST_OPTIONS_INIT
 *  @param allocator NULL is libc
 *  @param out       fitted as it is read; holds the series until it is released
 *  @param bad_rows  NULL, or receives the rows that break a rule, as in cstn_family_fit() and, if
 *  there is one, of the demand model; free with cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if series were left out, with a result; CSTN_E_LEAKAGE with signal,
 * series, ds, available_us and cut; CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_INVALID_ARGUMENT;
 * CSTN_E_CANCELLED; CSTN_E_NOMEM. Any thread. Memory: 32 bytes a row while it reads, 8 a column
 * after. Time: that of cstn_family_fit() a fit. @since 0.1 @snippet backtest.c backtest */
CSTN_API cstn_status cstn_backtest(struct ArrowArrayStream *rows, const cstn_family_options *family,
		const cstn_backtest_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/* --- who added value ------------------------------------------------------------------------- */

/** The most steps of a forecast, and bounds of sizes. */
#define CSTN_VALUE_ADDED_STEPS_MOST 16

typedef struct cstn_value_added_config {
	uint32_t struct_size;
	uint32_t flags;           /**< 0 */
	const char *const *steps; /**< names in order, columns of their forecasts; NULL: naive,
				     statistical, sensed, planner, consensus, partner. Copied */
	size_t n_steps;           /**< 2..16; 0 with NULL */
	int32_t loss;             /**< CSTN_METRIC_MAE (0 means it) or CSTN_METRIC_MSE */
	int32_t confidence_ppm;   /**< of shares; 0 means 950,000 */
	double under_minor;       /**< cost of a unit short, 0 to 1e100; 0 and 0: no money */
	double over_minor;        /**< cost of a unit left */
	const int32_t *sizes_ppm; /**< bounds of classes of an adjustment, as shares of what was
				     adjusted, ascending, above 0; NULL: 100,000, 250,000, 500,000
				   */
	size_t n_sizes;           /**< at most 16 */
} cstn_value_added_config;
/* clang-format off */
#define CSTN_VALUE_ADDED_CONFIG_INIT { sizeof(cstn_value_added_config), 0, NULL, 0, 0, 0, 0.0, 0.0, NULL, 0 }
/* clang-format on */

typedef struct cstn_value_added_options {
	uint32_t struct_size;
	uint32_t flags;              /**< 0 or CSTN_IMPORT_TRUSTED */
	const cstn_binding *binding; /**< NULL, or names and casts */
	cstn_progress *progress;     /**< NULL, or counts rows and cancels */
} cstn_value_added_options;
/* clang-format off */
#define CSTN_VALUE_ADDED_OPTIONS_INIT { sizeof(cstn_value_added_options), 0, NULL, NULL }
/* clang-format on */

/** Which of the hands that a forecast goes through made it better. Mergeable. */
typedef struct cstn_value_added cstn_value_added;

/** An empty ledger. @param config NULL, or start from CSTN_VALUE_ADDED_CONFIG_INIT @param allocator
 *  NULL is libc @param out free with cstn_value_added_free() @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE; CSTN_E_NOMEM. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_value_added_new(const cstn_value_added_config *config,
		const cstn_allocator *allocator, cstn_value_added **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add cells: one item, period and lag a row, each once. Columns:
 *  - `unique_id` (int64 or text), `ds` (date, timestamp or int64), `y` (a number: what came)
 *  - a column for each step: its forecast, null where it made none; and, where there is one,
 *  `STEP_available_us` (int64 or timestamp): when it was entered
 *  - `lag` (int32, optional, 1), `author` (text, optional: the role of who adjusted)
 *  - `cut_us` (int64 or timestamp, optional): what is entered later is late; else the period's
 * start
 *
 *  A late forecast is listed and never scored. The value that a step added is the loss of the step
 *  before it (the last that made a forecast in time) less its own, over cells that have both.
 *
 *  @param state    unchanged on failure, but for CSTN_E_ROWS
 *  @param rows     moved from, also on failure
 *  @param options  NULL, or start from CSTN_VALUE_ADDED_OPTIONS_INIT
 *  @param bad_rows NULL, or receives the rows left out: null, not finite, beyond 1e150; free with
 *  cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if rows were left out, the others being in; CSTN_E_SCHEMA, also for
 *  ids or `ds` of another type than before; CSTN_E_STREAM; CSTN_E_CANCELLED; CSTN_E_NOMEM. One
 *  caller at a time per state. Memory: 4 KB a group (step, lag, size, author), 48 bytes a late
 *  forecast. Time: one pass. @since 0.1 @snippet value_added.c update */
CSTN_API cstn_status cstn_value_added_update(cstn_value_added *state, struct ArrowArrayStream *rows,
		const cstn_value_added_options *options, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** Add what `from` holds to `into`: sums are exact, so that bytes do not depend on the split.
 * @param from unchanged @return CSTN_OK; CSTN_E_MISMATCH if configuration or types of ids and `ds`
 *  differ; CSTN_E_NOMEM, `into` being unchanged. One thread at a time uses either. O(groups + late
 *  of `from`). @since 0.1 */
CSTN_API cstn_status cstn_value_added_merge(cstn_value_added *into, const cstn_value_added *from,
		cstn_error **error) CSTN_MUST_CHECK;

/* Tables of a ledger, bits: what a row is of, beside its step. */
#define CSTN_VALUE_ADDED_BY_LAG 1u
#define CSTN_VALUE_ADDED_BY_SIZE 2u   /**< direction and size class of the adjustment */
#define CSTN_VALUE_ADDED_BY_AUTHOR 4u /**< role of who adjusted */
/** In place of all that: the late forecasts, `unique_id`, `ds`, `lag`, `step`, `available_us`,
 *  `cut_us` */
#define CSTN_VALUE_ADDED_LATE 8u

/** The ledger as a table. Columns: `step`, [`lag`], [`direction` (up, down, none), `size_from`,
 *  `size_to` (shares, the last open)], [`author`], `cells`, `paired` (with a step before),
 *  `improved`, `worsened`, `share` improved of paired with its Wilson interval `share_low`,
 *  `share_high`, `loss` (mean of all cells), `before`, `after` (means of paired cells),
 *  `value_added` (before - after), `bias` (mean of f - y), `units` (sum of y), `money` (minor units
 *  saved against the step before, half to even; null without costs). Steps in order; no cells:
 * null.
 *  @param by CSTN_VALUE_ADDED_... @param out complete on return @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_OVERFLOW for money beyond int64; CSTN_E_NOMEM. One caller at a
 *  time per state. O(n log n) of groups or late. @since 0.1 @snippet value_added.c result */
CSTN_API cstn_status cstn_value_added_result(const cstn_value_added *state, uint32_t by,
		struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/** The state as bytes: canonical, little-endian, with checksum. @param out free with
 *  cstn_buffer_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One caller at a
 *  time. O(n log n). @since 0.1 */
CSTN_API cstn_status cstn_value_added_serialize(const cstn_value_added *state, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** A state from bytes, which are not trusted. @param out free with cstn_value_added_free() @return
 *  CSTN_OK; CSTN_E_CORRUPT with what is wrong; CSTN_E_NEWER_FORMAT; CSTN_E_NOMEM. Any thread,
 *  O(size). @since 0.1 */
CSTN_API cstn_status cstn_value_added_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_value_added **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. Any thread, when no other call uses the state. @since 0.1 */
CSTN_API void cstn_value_added_free(cstn_value_added *state);

#ifdef __cplusplus
}
#endif

#endif
