#ifndef CONSTELLATION_DEMAND_FIT_H
#define CONSTELLATION_DEMAND_FIT_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/export.h>
#include <constellation/progress.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file demand_fit.h
 *  Forecasts by models that are fitted to one series at a time: smoothing of level and trend,
 * theta, autoregression, and the median of several, which is hard to beat for slow series and for
 * totals.
 *
 *  Rows of many series go in, in any order; the forecast of every series comes out, the same bytes
 *  for any order of rows, any batches and any number of threads. Nothing is random, nothing times
 *  out: parameters are searched on a fixed grid and by a fixed number of steps, the states of the
 *  start are solved for. */

#ifdef __cplusplus
extern "C" {
#endif

/** What lies between two rows of a series. A week begins on the weekday of the first row. */
#define CSTN_PERIOD_BY_TYPE 0 /**< dates and times are days, int64 are numbers */
#define CSTN_PERIOD_HOUR 1
#define CSTN_PERIOD_DAY 2
#define CSTN_PERIOD_WEEK 3
#define CSTN_PERIOD_MONTH 4
#define CSTN_PERIOD_QUARTER 5
#define CSTN_PERIOD_YEAR 6
#define CSTN_PERIOD_NUMBER 7 /**< `ds` is an int64 that counts periods */

/** What a missing period between two rows means. */
#define CSTN_GAP_ERROR 0 /**< a row error; the series is left out */
#define CSTN_GAP_ZERO 1  /**< nothing was sold */

/** Models, and the columns of their forecasts. Naive, SeasonalNaive, the autoregressions and the
 *  models of demand that comes now and then see the series as it is, the others without its season,
 *  where there is one: classical indices if the autocorrelation at the season is beyond its 90 %
 *  bounds, with three seasons or more, for `STM` to `SESDrift` and `Auto` with two of up to 23
 *  periods; for `Auto` also if they explain half of the variance around the moving average of three
 *  seasons or more. */
#define CSTN_FAMILY_AUTO 1u           /**< `Auto`: see cstn_family_fit() */
#define CSTN_FAMILY_NAIVE 2u          /**< `Naive`: the last value */
#define CSTN_FAMILY_SEASONAL_NAIVE 4u /**< `SeasonalNaive`: the value a season ago */
#define CSTN_FAMILY_NAIVE2 8u         /**< `Naive2`: the last value but for the season */
#define CSTN_FAMILY_SES 16u           /**< `SES`: level (Brown 1959) */
#define CSTN_FAMILY_HOLT 32u          /**< `Holt`: level and trend (Holt 1957) */
#define CSTN_FAMILY_DAMPED 64u        /**< `DampedHolt`: a trend that fades (Gardner 1985) */
#define CSTN_FAMILY_THETA 128u        /**< `Theta` (Assimakopoulos and Nikolopoulos 2000) */
#define CSTN_FAMILY_AR 256u           /**< `AR`: fixed lags around the seasons, ridge */
#define CSTN_FAMILY_AR_DIFF 512u      /**< `ARDiff`: the same of first differences */
/** `AutoETS`: exponential smoothing of the form that AICc likes best, of the fifteen stable ones
 *  without multiplicative trend (Hyndman, Koehler, Snyder and Grose 2002; Hurvich and Tsai 1989) */
#define CSTN_FAMILY_AUTO_ETS 1024u
#define CSTN_FAMILY_ETS                                                           \
	2048u /**< `ETS`: of the form options->ets_form, or the best of a pattern \
	       */
/** `STM`: a level, and half of what smoothing would make of the trend line: Theta with the level of
 *  the start fitted to the series itself (Fiorucci et al. 2016, as the next three) */
#define CSTN_FAMILY_STM 524288u
#define CSTN_FAMILY_OTM 1048576u  /**< `OTM`: the same, the share of the line fitted too */
#define CSTN_FAMILY_DSTM 2097152u /**< `DSTM`: STM with the line of what was seen so far */
#define CSTN_FAMILY_DOTM 4194304u /**< `DOTM`: OTM with the line of what was seen so far */
/** `SESDrift`: SES, and half the slope of the trend line (Hyndman and Billah 2003) */
#define CSTN_FAMILY_SES_DRIFT 8388608u
/* Models of demand that comes now and then, one number for all periods; options->size_alpha smooths
 * sizes, options->interval_alpha what stands between them. */
#define CSTN_FAMILY_CROSTON 16777216u /**< `Croston`: size over gap (Croston 1972) */
#define CSTN_FAMILY_SBA 33554432u     /**< `SBA`: unbiased (Syntetos and Boylan 2005) */
#define CSTN_FAMILY_SBJ 67108864u     /**< `SBJ`: (Shale, Boylan and Johnston 2006) */
#define CSTN_FAMILY_TSB 134217728u    /**< `TSB`: size times chance (Teunter et al. 2011) */
/** `ADIDA`: sums over the mean gap, smoothed (Nikolopoulos et al. 2011) */
#define CSTN_FAMILY_ADIDA 268435456u

/** The longest horizon. */
#define CSTN_HORIZON_MOST 1024

typedef struct cstn_family_options {
	uint32_t struct_size;
	uint32_t flags;  /**< 0 or CSTN_IMPORT_TRUSTED */
	uint32_t models; /**< CSTN_FAMILY_...; 0 means CSTN_FAMILY_AUTO */
	int32_t horizon; /**< periods ahead, 1..1,024; 0 means one season */
	int32_t period;  /**< CSTN_PERIOD_... */
	int32_t gap;     /**< CSTN_GAP_... */
	int32_t season;  /**< periods of a season, 1..10,000; 0 means 24 of hours, 7 of days, 52 of
			    weeks, 12 of months, 4 of quarters, else 1 */
	int32_t second_season;       /**< a longer one, beyond twice the first; 0 none */
	int32_t threads;             /**< 0 all processors; results do not depend on it */
	int32_t reserved0;           /**< 0 */
	const cstn_binding *binding; /**< NULL, or names and casts */
	cstn_progress *progress;     /**< NULL, or counts rows read and cancels the reading; of a
					backtest also what is done before the stream is there */
	double size_alpha;           /**< above 0 to 1; 0 means .1 */
	double interval_alpha;       /**< of gaps, or of the chance of a sale; 0 means .1 */
	const char *ets_form; /**< of CSTN_FAMILY_ETS: error A or M, trend N, A or Ad, season N, A
				 or M, as in "MAdM"; Z, as in "ZZN", is any of these */
	int32_t levels[4];    /**< central intervals of the two ETS models, per cent from 1 to 99,
				 ascending; 0 none: columns `AutoETS-lo-80`, `AutoETS-hi-80` */
} cstn_family_options;
/* clang-format off */
#define CSTN_FAMILY_OPTIONS_INIT { sizeof(cstn_family_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, 0.0, 0.0, NULL, { 0, 0, 0, 0 } }
/* clang-format on */

/** Fit models to every series and forecast it. Columns in:
 *  - `unique_id` (int64 or text of at most 64 bytes): the series
 *  - `ds` (date, timestamp or int64): where its period starts, one row a series and period
 *  - `y` (double, int64 or decimal): finite, within 1e300
 *
 *  Columns out: `unique_id`, `ds` as they came, `h` (int32: 1 is the next period), and a double for
 *  each model, in order of its number. Series come in order of their first row. A series with a row
 *  error is left out, and so never stops the others.
 *
 *  `Auto` is, horizon by horizon, the median of SES, Holt, DampedHolt and DOTM (Petropoulos and
 *  Svetunkov 2020); with 156 periods or more of a season of 24 or more, of DampedHolt, DOTM, AR
 * and ARDiff; with two seasons it is AR. A series below 5 periods has SES, below 3 its last value.
 * AR and ARDiff give way to SeasonalNaive where a series is too short for their lags or the
 * forecast runs beyond ten times what was seen. Forecasts are finite.
 *
 *  ETS models see the series as it is. Parameters are those of greatest likelihood within alpha and
 *  beta from .0001 to .9999, beta at most alpha, gamma at most 1 - alpha, phi from .8 to .98; so
 * are the states of the start, but for a season of more than 24 periods, which starts at its
 * classical indices. A series that cannot bear a form has the nearest that it can: multiplicative
 * parts need values above 0, a season two of it, and a form two values more than it has parameters;
 * below that it is the last value, its intervals those of a random walk.
 *
 *  @param rows      moved from, also on failure
 *  @param options   NULL, or start from CSTN_FAMILY_OPTIONS_INIT
 *  @param allocator NULL is libc
 *  @param out       fitted as it is read, in batches of at most 65,536 rows; holds the series until
 *  it is released
 *  @param bad_rows  NULL, or receives the rows that break a rule: null, not finite, no start of a
 *  period (CSTN_ROW_PERIOD), twice (CSTN_ROW_DUPLICATE), behind a gap (CSTN_ROW_GAP; of more than
 *  100,000 periods also with CSTN_GAP_ZERO); free with cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if series were left out, with a result; CSTN_E_SCHEMA;
 *  CSTN_E_STREAM; CSTN_E_INVALID_ARGUMENT; CSTN_E_CANCELLED; CSTN_E_NOMEM. Any thread. Memory: 32
 *  bytes a row while it reads, 8 after; scratch of the longest series a thread. Time: O(rows), then
 *  some 40 passes over a series for Auto, most of them of eight points of the search at once: about
 *  60 us a series of 66 periods; about 1 ms for AutoETS of 100 months. @since 0.1
 *  @snippet forecast_family.c fit */
CSTN_API cstn_status cstn_family_fit(struct ArrowArrayStream *rows,
		const cstn_family_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** The trend line of cstn_theta_parameters: that of what was seen before each period, which makes
 *  the first period's forecast its value; else that of the whole series. */
#define CSTN_THETA_DYNAMIC 1u

/** A theta model: level l and line A + B t of periods t = 1, 2, ..:
 *  mu_t = l_(t-1) + (1 - 1/theta) [(1-a)^(t-1) A + (1 - (1-a)^t) / a B], l_t = l_(t-1) + a (y_t -
 *  l_(t-1)); beyond the series mu stands for y (Fiorucci et al. 2016). */
typedef struct cstn_theta_parameters {
	uint32_t struct_size;
	uint32_t flags; /**< 0 or CSTN_THETA_DYNAMIC */
	double alpha;   /**< a, above 0 to 1 */
	double theta;   /**< 1 or more */
	double level;   /**< l_0, finite */
} cstn_theta_parameters;
/* clang-format off */
#define CSTN_THETA_PARAMETERS_INIT { sizeof(cstn_theta_parameters), 0, 0.5, 2.0, 0.0 }
/* clang-format on */

/** Forecasts of one series by a theta model whose parameters are given: no season, nothing cut off
 *  at 0.
 *  @param parameters start from CSTN_THETA_PARAMETERS_INIT
 *  @param y          n values within 1e300, oldest first; borrowed for the call
 *  @param n          1 or more
 *  @param h          periods ahead, 0 to CSTN_HORIZON_MOST
 *  @param fitted     NULL, or receives the n forecasts one step ahead
 *  @param ahead      receives h values; may be NULL if h is 0
 *  @param error      NULL, or where to put an error to be freed with cstn_error_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT, which names the value; CSTN_E_OVERFLOW if a forecast
 *  is beyond a double. Memory: none. Time: O(n + h). Any thread. @since 0.1
 *  @snippet theta.c given */
CSTN_API cstn_status cstn_theta_filter(const cstn_theta_parameters *parameters, const double *y,
		size_t n, size_t h, double *fitted, double *ahead,
		cstn_error **error) CSTN_MUST_CHECK;

/** Parameters of least squared errors one step ahead: a from .1 to .99; the level, and of OTM and
 *  DOTM theta up to 1e10, are solved for.
 *  @param model      CSTN_FAMILY_STM, CSTN_FAMILY_OTM, CSTN_FAMILY_DSTM or CSTN_FAMILY_DOTM
 *  @param y          n values within 1e300, oldest first, without season; borrowed for the call
 *  @param n          1 or more
 *  @param parameters start from CSTN_THETA_PARAMETERS_INIT; untouched on failure
 *  @param error      NULL, or where to put an error to be freed with cstn_error_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT, which names the value. Memory: none. Time: 7 passes,
 *  each of eight values of a. Any thread. @since 0.1 @snippet theta.c fit */
CSTN_API cstn_status cstn_theta_fit(uint32_t model, const double *y, size_t n,
		cstn_theta_parameters *parameters, cstn_error **error) CSTN_MUST_CHECK;

/** Numbers of a form of exponential smoothing, for cstn_ets_filter(). Those that the form has none
 *  of are not read. */
typedef struct cstn_ets_parameters {
	uint32_t struct_size;
	uint32_t flags; /**< 0 */
	double alpha;   /**< share of an error that moves the level */
	double beta;    /**< share that moves the trend */
	double gamma;   /**< share that moves the season */
	double phi;     /**< what is left of a damped trend a period on, above 0, at most 1 */
	double level;   /**< at the start */
	double trend;   /**< at the start: a difference, or above 0 a ratio */
	const double *seasonal; /**< `season` values at the start: the j-th is met by y[j] */
	int32_t season;         /**< periods of a season, 2..10,000; 0 or 1 where there is none */
	int32_t horizon;        /**< periods ahead, 0..1,024 */
} cstn_ets_parameters;
/* clang-format off */
#define CSTN_ETS_PARAMETERS_INIT { sizeof(cstn_ets_parameters), 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, NULL, 0, 0 }
/* clang-format on */

/** Where cstn_ets_filter() puts what belongs to periods; NULL: not asked for. */
typedef struct cstn_ets_paths {
	uint32_t struct_size;
	uint32_t flags;    /**< 0 */
	double *fitted;    /**< n: expected of y[t] by what came before it */
	double *residuals; /**< n: y - fitted, over fitted where the error is multiplicative */
	double *level;     /**< n + 1: [t] is what y[t] meets, [n] is the end */
	double *trend;     /**< n + 1 likewise; zeros where the form has none */
	double *seasonal;  /**< n + season: [t] is what y[t] meets, the last `season` are those of
			      the periods to come; not written where the form has none */
	double *forecast;  /**< horizon: mean of the period h + 1 ahead at [h] */
	double *variance;  /**< horizon: its variance */
} cstn_ets_paths;
/* clang-format off */
#define CSTN_ETS_PATHS_INIT { sizeof(cstn_ets_paths), 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL }
/* clang-format on */

/** How well a form says a series. */
typedef struct cstn_ets_summary {
	uint32_t struct_size;
	int32_t parameters; /**< k: smoothing parameters, free states of the start, the variance */
	double loglik;  /**< without constants: -(n/2) log(squares), less the sum of log |fitted|
			   where the error is multiplicative */
	double aic;     /**< 2 k - 2 loglik */
	double aicc;    /**< aic + 2 k (k + 1) / (n - k - 1); NaN for n <= k + 1 */
	double bic;     /**< k log(n) - 2 loglik */
	double squares; /**< sum of squared residuals */
	double sigma2;  /**< squares / (n - k + 1); NaN for n < k */
} cstn_ets_summary;
/* clang-format off */
#define CSTN_ETS_SUMMARY_INIT { sizeof(cstn_ets_summary), 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0 }
/* clang-format on */

/** Exponential smoothing at given parameters: what a form says of every period, how likely the
 *  series is, and what it expects of the periods to come.
 *
 *  A form is its error (A, M), trend (N, A, Ad, M, Md) and season (N, A, M): "ANN" is simple
 *  smoothing, "AAdA" a damped trend with an additive season, "MAM" an additive trend with a
 *  multiplicative season. Nineteen of the thirty are stable and taken: an additive error stands
 *  beside additive parts only, a multiplicative trend not beside an additive season.
 *
 *  @param form       its name, "ETS(M,Ad,M)" and "M,Ad,M" being other spellings of "MAdM"
 *  @param parameters start from CSTN_ETS_PARAMETERS_INIT; finite, in no other range than is said
 *  @param y          n finite values, oldest first; above 0 where a part is multiplicative
 *  @param n          1 or more
 *  @param allocator  of what it needs while it works, 8 x (6 n + 8 x season + 3 x horizon) bytes;
 *  NULL is libc
 *  @param paths      NULL, or start from CSTN_ETS_PATHS_INIT: the caller's arrays
 *  @param summary    NULL, or start from CSTN_ETS_SUMMARY_INIT
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT with what is wrong: a form that is none or not stable,
 * a value that is not finite or not above 0; CSTN_E_OVERFLOW with the period where a state leaves
 *  the numbers: no longer finite, a growth of 0 or below; CSTN_E_NOMEM. Outputs are untouched on
 *  failure. Any thread. O(n + horizon), about 5 ns a value; O(horizon^2) for a variance with
 *  multiplicative error and additive parts. A power of two on the series and its states changes the
 *  result by that power alone.
 *
 *  Variances are those of Hyndman, Koehler, Ord and Snyder 2008, chapter 6, normal errors; for a
 *  multiplicative season the forecast is the mean, which past one season is not quite the product
 * of the states; for a multiplicative trend it is that product. @since 0.1
 *  @snippet forecast_ets.c filter */
CSTN_API cstn_status cstn_ets_filter(const char *form, const cstn_ets_parameters *parameters,
		const double *y, size_t n, const cstn_allocator *allocator,
		const cstn_ets_paths *paths, cstn_ets_summary *summary,
		cstn_error **error) CSTN_MUST_CHECK;

/** What the ETS models of cstn_family_fit() are for every series: their forms and numbers, with
 *  which cstn_ets_filter() says the same.
 *
 *  Columns in: those of cstn_family_fit(). Columns out, a row a series and model, series in order
 * of their first row: `unique_id`, `model` (AutoETS, ETS), `form` (as in "MAdM"), `alpha`, `beta`,
 *  `gamma`, `phi`, `level` and `trend` at the start, `loglik`, `aic`, `aicc`, `bic`, `sigma2`,
 *  `parameters` (int32) as in cstn_ets_summary, `n` (int64, periods), and of a season of 2 to 366
 *  periods its states at the start `season_1` .. `season_m`: the j-th is met by the j-th period.
 *  What a form has none of is null; all of them where no form fits: a series that is constant or
 * too short, which goes on as its last value.
 *
 *  @param rows      moved from, also on failure
 *  @param options   NULL, or start from CSTN_FAMILY_OPTIONS_INIT: models CSTN_FAMILY_AUTO_ETS (0
 *  means it) and CSTN_FAMILY_ETS; horizon, alphas and levels are not used
 *  @param allocator NULL is libc
 *  @param out       fitted as it is read, in batches of at most 65,536 rows; holds the series until
 *  it is released
 *  @param bad_rows  as in cstn_family_fit()
 *  @return CSTN_OK; CSTN_E_ROWS if series were left out, with a result; CSTN_E_SCHEMA;
 *  CSTN_E_STREAM; CSTN_E_INVALID_ARGUMENT, also for another model; CSTN_E_CANCELLED; CSTN_E_NOMEM.
 *  Any thread. Memory: as cstn_family_fit(). Time: about 1 ms for AutoETS of 100 months. Sources:
 *  Hyndman, Koehler, Snyder and Grose 2002; Hurvich and Tsai 1989 (AICc). @since 0.1
 *  @snippet ets_table.c table */
CSTN_API cstn_status cstn_ets_fit(struct ArrowArrayStream *rows, const cstn_family_options *options,
		const cstn_allocator *allocator, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
