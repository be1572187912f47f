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

/** Models, and the columns of their forecasts. All but Naive, SeasonalNaive and the autoregressions
 *  see the series without its season, where there is one: classical indices if the
 *  autocorrelation at the season is beyond its 90 % bounds; for `Auto` also if they explain half of
 *  the variance around the moving average. */
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
	cstn_progress *progress;     /**< NULL, or counts rows read and cancels the reading */
} cstn_family_options;
/* clang-format off */
#define CSTN_FAMILY_OPTIONS_INIT { sizeof(cstn_family_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL }
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
 *  `Auto` is, horizon by horizon, the median of SES, Holt, DampedHolt and Theta (Petropoulos and
 *  Svetunkov 2020); with 156 periods or more of a season of 24 or more, of DampedHolt, Theta, AR
 * and ARDiff; with two seasons it is AR. A series below 5 periods has SES, below 3 its last value.
 * AR and ARDiff give way to SeasonalNaive where a series is too short for their lags or the
 * forecast runs beyond ten times what was seen. Forecasts are finite.
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
 *  some 160 passes over a series for Auto. @since 0.1 @snippet forecast_family.c fit */
CSTN_API cstn_status cstn_family_fit(struct ArrowArrayStream *rows,
		const cstn_family_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
