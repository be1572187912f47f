#ifndef CONSTELLATION_DEMAND_REGRESS_H
#define CONSTELLATION_DEMAND_REGRESS_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/demand_fit.h>
#include <constellation/export.h>
#include <constellation/progress.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file demand_regress.h
 *  What signals do to one series at a time: a regression of its logarithms on the season, the days
 *  of the month and signals, with a level that is smoothed beneath them. For series that sell every
 *  day: departments, shops, totals. The same rows give the same bytes, in any order, with any
 *  batches and any number of threads. */

#ifdef __cplusplus
extern "C" {
#endif

/** Also the value of the period after: what an event does the day before. */
#define CSTN_REGRESS_NEXT 1u
/** The column says when there is no trading (any value but 0): such periods are not learned from,
 * and are forecast as 0. It is no signal. */
#define CSTN_REGRESS_CLOSED 2u

/** Leave out the columns of the season. */
#define CSTN_REGRESS_NO_SEASON 1u
/** Leave out the columns of days 1-3 and 28-31 of the month. */
#define CSTN_REGRESS_NO_MONTH 2u

/** Flags of a forecast. */
#define CSTN_REGRESS_MISSING_SIGNAL 4 /**< the mean of a signal stands in for it */
#define CSTN_REGRESS_FALLBACK 8       /**< no change, no sale, or cut at 10 times the most */
#define CSTN_REGRESS_ASSUMED_KNOWN 16 /**< signals of periods ahead are taken as known */

/** Signals are at most this many. */
#define CSTN_REGRESS_SIGNALS_MOST 128

/** A column of the rows that is known before. */
typedef struct cstn_regress_signal {
	const char *name;   /**< of the column; NULL only without any */
	uint32_t flags;     /**< CSTN_REGRESS_NEXT or CSTN_REGRESS_CLOSED */
	uint32_t reserved0; /**< 0 */
} cstn_regress_signal;

typedef struct cstn_regress_options {
	uint32_t struct_size;
	uint32_t flags;  /**< CSTN_REGRESS_NO_SEASON, CSTN_REGRESS_NO_MONTH, CSTN_IMPORT_TRUSTED */
	int32_t horizon; /**< periods ahead, 1..1,024; 0 means one season */
	int32_t period;  /**< CSTN_PERIOD_... */
	int32_t gap;     /**< CSTN_GAP_ERROR or CSTN_GAP_ZERO */
	int32_t season;  /**< 1..168; 0 as in cstn_family_options */
	int32_t memory;  /**< periods learned from, 1..100,000; 0 means 1,092 */
	int32_t n_signals;                  /**< at most CSTN_REGRESS_SIGNALS_MOST */
	int32_t threads;                    /**< 0 all processors; results do not depend on it */
	int32_t reserved0;                  /**< 0 */
	const cstn_regress_signal *signals; /**< columns of signals */
	double precision; /**< of what is believed of an effect before: that it is 0; 0 means 2 */
	const cstn_binding *binding; /**< NULL, or names and casts */
	cstn_progress *progress;     /**< NULL, or counts rows read and cancels the reading */
} cstn_regress_options;
/* clang-format off */
#define CSTN_REGRESS_OPTIONS_INIT { sizeof(cstn_regress_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, 0, NULL, NULL }
/* clang-format on */

/** Regress every series on its season, its month and its signals, and forecast it. Columns in:
 *  - `unique_id` (int64 or text of at most 64 bytes): the series
 *  - `ds` (date, timestamp or int64): where its period starts, one row a series and period
 *  - `y` (double, int64 or decimal): finite, within 1e300; null in the last rows of a series, whose
 *  signals are known ahead
 *  - a column of numbers for each signal; null: not known
 *
 *  Columns out: `unique_id`, `ds` as they came, `h` (int32: 1 is the next period), `mean` (double),
 *  `flags` (int32, CSTN_REGRESS_MISSING_SIGNAL ..). Series come in order of their first row.
 *
 *  log(1 + y) less its centred mean of 13 seasons is regressed on the columns, a period k before
 * the end with weight .999^k, every effect with a prior of mean 0 (Hoerl and Kennard 1970); closed
 *  periods and those without sales are left out. Then a level is smoothed (.08) over the last 200
 *  of what the columns leave; the forecast is put back with a quarter of the variance of its last
 * 60 errors. A series with y below 0 is regressed as it is. A period of the past with a signal that
 * is not known moves the level alone.
 *
 *  @param rows      moved from, also on failure
 *  @param options   NULL, or start from CSTN_REGRESS_OPTIONS_INIT
 *  @param allocator NULL is libc
 *  @param out       computed as it is read, in batches of at most 65,536 rows; holds the series
 * until it is released
 *  @param bad_rows  NULL, or receives the rows that break a rule as in cstn_family_fit(), and a
 * null y before another y (CSTN_ROW_NULL); free with cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if series were left out, with a result; CSTN_E_LIMIT for more than
 *  512 columns; CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_INVALID_ARGUMENT; CSTN_E_CANCELLED;
 *  CSTN_E_NOMEM. Any thread. Memory: 32 bytes a row while it reads, 8 and 8 a signal after. Time:
 *  O(rows), and of a series its columns cubed. @since 0.1 @snippet demand_regress.c regress */
CSTN_API cstn_status cstn_regress(struct ArrowArrayStream *rows,
		const cstn_regress_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** What the forecasts of cstn_regress() are made of. Columns out as there, and behind `mean` its
 *  parts (double), which add up to it: `baseline`, the level beneath the columns; `season` and
 *  `month`, their columns; `recalibration`, what puts the mean of logarithms back to a mean;
 *  `floor`, what a forecast is held at 0 by; and `signal_<name>` of each signal, in their order,
 *  its value and that of the next period together.
 *
 *  1 + mean = (1 + baseline) e^(x'b) .. is a product: part k is Lm(1 + mean, 1 + baseline) x_k'b_k,
 *  Lm(a, b) = (a - b) / (log a - log b), exact and the same in any order. A series with y below 0
 *  has parts x_k'b_k. On a closed day the first signal that closes it takes the baseline away, and
 *  the others are 0; a series that never changed is all baseline. The parts of a forecast that was
 *  cut at 10 times the most (FALLBACK) are smaller in proportion. The sum is the mean within 1e-9
 * of it, and within 1e-14 of the largest part where the mean is next to nothing beside that.
 *
 *  Parts are those of x: of a price or a temperature what it does against a price or a temperature
 *  of 0, with a baseline that is to match. Give such signals as differences from their usual value.
 *
 *  @param rows      as for cstn_regress(); moved from, also on failure
 *  @param options   NULL, or start from CSTN_REGRESS_OPTIONS_INIT
 *  @param allocator NULL is libc
 *  @param out       as for cstn_regress()
 *  @param bad_rows  as for cstn_regress()
 *  @return as cstn_regress(). Any thread. Memory: 8 bytes a part of a batch more. Time: as there.
 *  Method: Ang 2004. @since 0.1 @snippet demand_regress.c explain */
CSTN_API cstn_status cstn_regress_explain(struct ArrowArrayStream *rows,
		const cstn_regress_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
