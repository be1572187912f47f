#ifndef CONSTELLATION_DEMAND_SIGNAL_H
#define CONSTELLATION_DEMAND_SIGNAL_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/demand_fit.h>
#include <constellation/export.h>
#include <constellation/progress.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file demand_signal.h
 *  What a signal is worth: prices, promotions, weather, open orders, a partner's feed.
 *
 *  A signal is declared: what its rows are, when a value may be used, what features are made of it,
 *  and in which *group* it is valued. Nothing is used before it was known: every value is asked for
 *  as of the end of the origin's period, and a value that came later is refused by name
 *  (CSTN_E_LEAKAGE) instead of being used or silently passed over.
 *
 *  The value of a group is the error that forecasts have without it, less the error they have with
 *  it, on the same series, origins and horizon, by one ridge regression whose every subset comes
 *  from one matrix of sums. It may be below 0, and is then reported as such. */

#ifdef __cplusplus
extern "C" {
#endif

/* When a value may be used for period t as of origin o, h = t - o periods before. The cut of o is
 * the end of its period, plus `origin_offset_us`. */
/** Known before its period: a calendar, a price, a promotion, a plan, a weather forecast. The value
 *  of t with the latest available_us up to the cut. */
#define CSTN_SIGNAL_KNOWN_FUTURE 1
/** Known after its period: a partner's sales, weather observed, an index. The value of o - lag. */
#define CSTN_SIGNAL_OBSERVED_PAST 2
/** Orders for a period to come, `ds` being when they are due: the sum of the rows of t with
 *  available_us up to the cut. None is 0. */
#define CSTN_SIGNAL_FORWARD_ORDER 3

/* What is made of the values x. Means are those of earlier periods. */
/** x; what goes without saying but for orders */
#define CSTN_SIGNAL_AS_VALUE 1
/** log x less its mean over the last 8, and less the last: of prices, above 0 */
#define CSTN_SIGNAL_AS_PRICE 2
/** The same of the mean log price of the other series of the pool */
#define CSTN_SIGNAL_AS_CROSS_PRICE 3
/** x, its change from the last, and from the mean of the last 8 */
#define CSTN_SIGNAL_AS_PROMOTION 4
/** With K booked and U the mean of what was booked this early for the last 8 periods at the same
 *  position of the season: log1p K - log1p U, log1p K, max(K - U, 0) / level. What goes without
 *  saying of orders */
#define CSTN_SIGNAL_AS_ORDERS 5
/** x, its square, its difference from the mean of the 7 before, and from the one before */
#define CSTN_SIGNAL_AS_WEATHER 6
/** A 0 or 1 for each class from 1 to `classes` - 1; classes beyond are the last */
#define CSTN_SIGNAL_AS_CLASS 7
/** Change of log x from the one before, and from a year before */
#define CSTN_SIGNAL_AS_INDEX 8
/** x, and x of the next period; no row is 0 */
#define CSTN_SIGNAL_AS_EVENT 9

/** Values without available_us are taken as known in time. Every result says so: weather of the
 *  day itself is an upper bound, not a forecast. */
#define CSTN_SIGNAL_ASSUME_KNOWN 1u
/** A value that came too late is missing; else the call is refused. */
#define CSTN_SIGNAL_LATE_IS_MISSING 2u

/** Most signals declared. */
#define CSTN_SIGNALS_MOST 64
/** The longest lag. */
#define CSTN_SIGNAL_LAG_MOST 1024
/** Most groups whose Shapley values are exact. */
#define CSTN_SIGNAL_GROUPS_EXACT 8
/** Most horizons and most windows of a call. */
#define CSTN_SIGNAL_HORIZONS_MOST 16

/** A declared signal. */
typedef struct cstn_signal {
	uint32_t struct_size;
	uint32_t flags;      /**< CSTN_SIGNAL_ASSUME_KNOWN, CSTN_SIGNAL_LATE_IS_MISSING */
	const char *name;    /**< as its rows have it; two declarations may make other features of
				the same rows */
	const char *group;   /**< what is valued as one; NULL: the name */
	const char *partner; /**< who sends it, the same for all of a group; NULL: nobody */
	int32_t kind;        /**< CSTN_SIGNAL_KNOWN_FUTURE and so on */
	int32_t feature;     /**< CSTN_SIGNAL_AS_..; 0: orders for CSTN_SIGNAL_FORWARD_ORDER, which
				takes no other, else the value */
	int32_t lag;         /**< of CSTN_SIGNAL_OBSERVED_PAST: periods, 0..1,024 */
	int32_t classes;     /**< of CSTN_SIGNAL_AS_CLASS: 2..64, else 0 */
} cstn_signal;
/* clang-format off */
#define CSTN_SIGNAL_INIT { sizeof(cstn_signal), 0, NULL, NULL, NULL, 0, 0, 0, 0 }
/* clang-format on */

/** Which scale the regression works in. */
#define CSTN_SIGNAL_LOG1P 0 /**< log(1 + y), y not negative */
#define CSTN_SIGNAL_LOG 1   /**< log y; periods that are not above 0 are left out */
#define CSTN_SIGNAL_PLAIN 2 /**< y */

/** What is called error. */
#define CSTN_SIGNAL_LOSS_RMSE                                                                    \
	0                       /**< root mean square in the regression's scale: RMSLE for log1p \
				 */
#define CSTN_SIGNAL_LOSS_WAPE 1 /**< sum of |y - f| / sum of y, in units */
#define CSTN_SIGNAL_LOSS_MAE 2  /**< mean of |y - f|, in units */

/** Rows for every pool, too, by the same coefficients. */
#define CSTN_SIGNAL_BY_POOL 1u
/** Origins without a row of the series are left out. */
#define CSTN_SIGNAL_ORIGIN_OBSERVED 2u
/** A 0 or 1 for each position of the season but the last among the base columns. */
#define CSTN_SIGNAL_POSITIONS 4u

typedef struct cstn_signal_value_options {
	uint32_t struct_size;
	uint32_t flags;   /**< CSTN_SIGNAL_BY_POOL .. CSTN_SIGNAL_POSITIONS, CSTN_IMPORT_TRUSTED */
	int32_t period;   /**< CSTN_PERIOD_... */
	int32_t gap;      /**< CSTN_GAP_...; CSTN_GAP_MISSING: as of a day closed */
	int32_t season;   /**< as in cstn_family_options */
	int32_t scale;    /**< CSTN_SIGNAL_LOG1P and so on */
	int32_t loss;     /**< CSTN_SIGNAL_LOSS_... */
	int32_t origins;  /**< the last ones, that are scored: 2..4,096; 0 means 56 */
	int32_t training; /**< origins before them that are learned from; 0 means all */
	int32_t history;  /**< rows of the series before an origin, at least; 0 means the longest of
			     `means` */
	int32_t recent;   /**< of the last so many periods ... 0 means none are asked for */
	int32_t recent_rows;      /**< ... at least so many have a row */
	int32_t resamples;        /**< of origins; 0 means 999 */
	int32_t block;            /**< origins a block; 0 means the horizon, or n^(1/3) if longer */
	int32_t permutations;     /**< of groups, if more than 8; 0 means 200 */
	int32_t threads;          /**< 0 all processors; results do not depend on it */
	const int32_t *horizons;  /**< periods ahead, 1..1,024; NULL means 1 */
	size_t n_horizons;        /**< at most 16 */
	const int32_t *means;     /**< base columns: means of the last so many rows, 1..1,092; 1 is
				     the last; NULL means 28 and 7 */
	size_t n_means;           /**< at most 16 */
	const int32_t *positions; /**< base columns: the same of rows at the target's position of
				     the season; NULL means 8 and 1, where there is a season */
	size_t n_positions;       /**< at most 16 */
	double penalty;           /**< of the ridge, in mean diagonals; 0 means 0.001 */
	uint64_t seed;            /**< of blocks and permutations */
	int64_t origin_offset_us; /**< of the cut, behind the end of the origin's period */
	/* Stock, if service_ppm is not 0: */
	int32_t service_ppm;  /**< service level in millionths, 1..999,999 */
	int32_t lead_time;    /**< periods, 1..1,024; 0 means the horizon */
	double holding_minor; /**< to hold a unit of safety stock, in minor units; 0 or more */
	double margin_minor;  /**< lost with a unit short, in minor units; 0 or more */
	const cstn_binding *binding;        /**< NULL, or names and casts of `rows` */
	const cstn_binding *signal_binding; /**< NULL, or names and casts of `signals` */
	cstn_progress *progress;            /**< NULL, or counts rows read and cancels */
} cstn_signal_value_options;
/* clang-format off */
#define CSTN_SIGNAL_VALUE_OPTIONS_INIT { sizeof(cstn_signal_value_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
	NULL, 0, NULL, 0, NULL, 0, 0.0, 0, 0, 0, 0, 0.0, 0.0, NULL, NULL, NULL }
/* clang-format on */

/** What every group of signals is worth. One ridge for all series is learned on the training
 *  origins and scored on the last ones, for each horizon, with all groups, with none, without each
 *  and with each alone; of all subsets for Shapley values (1953).
 *
 *  Columns of `rows`: `unique_id` (int64 or text), `ds` (date, timestamp or int64), `y` (double,
 *  int64 or decimal), `pool` (int64 or text, optional: the level that cross prices and rows by pool
 *  are of), and a double for each signal that is named so (as known at the end of its period;
 *  before it only with CSTN_SIGNAL_ASSUME_KNOWN). Columns of `signals`: `signal` (text),
 *  `unique_id` (a series, a pool, or null: all), `ds`, `value` (double, int64 or decimal),
 *  `available_us` (timestamp or int64 of microseconds, optional, may be null: for
 *  CSTN_SIGNAL_OBSERVED_PAST the end of its period; where periods are numbers, that of the period
 *  at whose end it was known). A column or signal that is not declared is CSTN_E_SCHEMA: none is
 *  ignored.
 *
 *  Columns out, a row for each horizon and group, and first one for all groups at once:
 *  - `group`, `partner` (text, null for all; the partner null if there is none), `pool` (as it
 *  came, null: all), `h` (int32), `loss` (text)
 *  - `n_series`, `n_origins`, `n_rows`, `n_missing` (int64: rows left out because a signal was not
 *  there), the same for every subset
 *  - `without`, `with`, `value` (double): without the group and with all; the difference. For all
 *  groups: with none and with all
 *  - `low`, `high` (double): 5 to 95 % of the value, by blocks of origins (Künsch 1989)
 *  - `p` (double, null where nothing varies): that the losses are equal, two-sided (Diebold and
 *  Mariano 1995, corrected as Harvey, Leybourne and Newbold 1997)
 *  - `alone`: with none less with the group alone; `shapley`, and `shapley_error` (its standard
 *  error, null where it is exact): they add up to with none less with all
 *  - `stock_units`, `money_minor` (double, int64 rounded half to even; null if not asked for): the
 *  safety stock saved over the lead time, summed over series, and what it is worth with the margin
 *  of what would be short
 *  - `assumed_known` (flag): of the group, or of any
 *  - `dropped` (text, null for none): columns that say nothing new beside those before them
 *
 *  @param rows      moved from, also on failure
 *  @param signals   NULL if all are columns of `rows`; else moved from, also on failure
 *  @param declared  array of n_declared pointers, each from CSTN_SIGNAL_INIT; borrowed for the call
 *  @param options   NULL, or start from CSTN_SIGNAL_VALUE_OPTIONS_INIT
 *  @param allocator NULL is libc
 *  @param out       receives the rows, to be released
 *  @param bad_rows  NULL, or receives rows that break a rule; those of `signals` have fields from
 *  100 on. A series with one is left out, a signal's row is as if it were not there; free with
 *  cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if rows were left out, with a result; CSTN_E_LEAKAGE with signal,
 *  series, ds, available_us and cut: a value that came after the cut, one of which nothing says
 *  when it came, a signal that repeats what is to come of y; CSTN_E_EMPTY if no row is left to
 *  learn from or to score; CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_LIMIT for more than 64 signals or
 *  256 columns; CSTN_E_INVALID_ARGUMENT; CSTN_E_OVERFLOW; CSTN_E_CANCELLED; CSTN_E_NOMEM. Any
 *  thread. Memory: 40 bytes a row and signal row, the scored rows with all their columns, 600 bytes
 *  for each pair of columns and thread. Time: one pass for each horizon, some 3 ns a row and pair
 *  of columns; subsets cost no pass. @since 0.1 @snippet signal_value.c value */
CSTN_API cstn_status cstn_signal_value(struct ArrowArrayStream *rows,
		struct ArrowArrayStream *signals, const cstn_signal *const *declared,
		size_t n_declared, const cstn_signal_value_options *options,
		const cstn_allocator *allocator, struct ArrowArrayStream *out,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
