#ifndef CONSTELLATION_DEMAND_GLOBAL_H
#define CONSTELLATION_DEMAND_GLOBAL_H

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

/** @file demand_global.h
 *  One model for all series and all horizons: what a thousand items have in common is learned from
 *  all of them at once, and the events that move them with it.
 *
 *      cstn_demand_global_fit -> _forecast, _export; _serialize -> _deserialize
 *      cstn_demand_global_state_new -> _update on each machine -> _merge -> _finish
 *
 *  A ridge regression (Hoerl and Kennard 1970) on what each series sold until an origin: means of
 *  several memories, the same position of the season, a year ago, how often it sells; and what it
 *  sells at that position by weekday, day of the month and signals. Every series is in its own
 *  scale, so that small and large ones teach alike; a level a pool takes out what that leaves
 *  biased. Averaged with the forecast of a cstn_demand_model it is the `sensed` forecast.
 *
 *  Any order of rows, any batches and any number of threads give the same bytes. Threads: fitted
 *  models are immutable, any thread may use one. On failure outputs are untouched. */

#ifdef __cplusplus
extern "C" {
#endif

/** Flags of a forecast. */
#define CSTN_GLOBAL_MISSING_SIGNAL 4 /**< the mean of a signal stands in for it */
#define CSTN_GLOBAL_FALLBACK 8       /**< the series never changed: its last level */
#define CSTN_GLOBAL_ASSUMED_KNOWN 16 /**< signals of periods ahead are taken as known */

/** What becomes of a signal's column beside its value. */
#define CSTN_GLOBAL_BY_POOL 1u /**< also a column for each pool */
#define CSTN_GLOBAL_NEXT 2u    /**< also the value of the period after */

/** A column of the rows that is known before: 1 on an event's day, or any number. */
typedef struct cstn_global_signal {
	const char *name;   /**< of the column. Copied */
	uint32_t flags;     /**< CSTN_GLOBAL_BY_POOL, CSTN_GLOBAL_NEXT */
	uint32_t reserved0; /**< 0 */
} cstn_global_signal;

/** Rounds of boosting are at most this many. */
#define CSTN_GLOBAL_TREES_MOST 2000
/** Signals are at most this many. */
#define CSTN_GLOBAL_SIGNALS_MOST 64

typedef struct cstn_demand_global_options {
	uint32_t struct_size;
	uint32_t flags;    /**< 0 or CSTN_IMPORT_TRUSTED */
	int32_t horizon;   /**< periods ahead, 1..1,024; 0 means four seasons */
	int32_t period;    /**< CSTN_PERIOD_... */
	int32_t gap;       /**< CSTN_GAP_ERROR or CSTN_GAP_ZERO */
	int32_t season;    /**< 1..168; 0 as in cstn_family_options */
	int32_t origins;   /**< origins to learn from, one a season, 1..1,024; 0 means 52 */
	int32_t year;      /**< periods of a year, at least the horizon; 0 means 364 of days, 8,736
			      of hours, 52 of weeks, 12 of months, 4 of quarters, else 52 seasons */
	int32_t threads;   /**< 0 all processors; results do not depend on it */
	int32_t n_signals; /**< at most CSTN_GLOBAL_SIGNALS_MOST */
	const cstn_global_signal *signals; /**< columns of signals */
	const char *pool;            /**< column of the pool; NULL: all series are one. Copied */
	double penalty;              /**< share of the mean diagonal; 0 means .001 */
	const cstn_binding *binding; /**< NULL, or names and casts */
	cstn_progress *progress;     /**< NULL, or counts rows read and cancels */
	int32_t trees;     /**< rounds of boosting beside the ridge, 0..2,000; 200 is a good
			      number; 0 none */
	int32_t reserved0; /**< 0 */
} cstn_demand_global_options;
/* clang-format off */
#define CSTN_DEMAND_GLOBAL_OPTIONS_INIT { sizeof(cstn_demand_global_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, 0, NULL, NULL, 0, 0 }
/* clang-format on */

/** A fitted model. Immutable, refcounted, any thread. */
typedef struct cstn_demand_global cstn_demand_global;

/** Learn from whole histories. Columns:
 *  - `unique_id` (int64 or text of at most 64 bytes): the series
 *  - `ds` (date, timestamp or int64): where its period starts, one row a series and period
 *  - `y` (double, int64 or decimal): finite, within 1e300; null in the last rows of a series, whose
 *  signals are known ahead
 *  - the column of the pool (int64 or text), one value a series
 *  - a column of numbers for each signal, its value of that period, known when the forecast is
 *  made; null: not known, and the period is not learned from
 *
 *  Origins go back season by season from the last period of all series. A series is learned from
 *  at origins that have 13 seasons of it behind and the horizon ahead. The level of a pool is
 *  what it sold in the last horizon against what a fit that stood before it forecast.
 *
 *  With `trees`, regression trees are boosted on the same rows beside the ridge: 31 leaves of at
 *  least 200 rows, rate .05, on histograms of 256 bins (Friedman 2001; Ke et al. 2017). They see
 *  what the ridge cannot, thresholds and what only holds together, and forecast for themselves.
 *
 *  @param rows      moved from, also on failure
 *  @param options   NULL, or start from CSTN_DEMAND_GLOBAL_OPTIONS_INIT
 *  @param allocator NULL is libc
 *  @param out       release with cstn_demand_global_unref()
 *  @param bad_rows  NULL, or receives the rows that break a rule as in cstn_family_fit(), another
 *  pool than before (CSTN_ROW_CONFLICT), a null y before another y (CSTN_ROW_NULL); their series
 *  are left out; free with cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if series were left out, with a result; CSTN_E_EMPTY if no series
 *  is long enough to learn from; CSTN_E_LIMIT for more than 256 columns in all, or 64 of trees;
 *  CSTN_E_SCHEMA;
 *  CSTN_E_STREAM; CSTN_E_INVALID_ARGUMENT; CSTN_E_CANCELLED; CSTN_E_NOMEM. Any thread. Memory: 32
 *  bytes a row while it reads, 8 and 8 a signal after; a megabyte a thread with 38 columns. Time:
 *  some 200 ns an origin and period ahead with 38 columns. Trees: 90 bytes and some 5 us a row of
 *  200 rounds, shared by the threads. @since 0.1
 *  @snippet demand_global.c fit */
CSTN_API cstn_status cstn_demand_global_fit(struct ArrowArrayStream *rows,
		const cstn_demand_global_options *options, const cstn_allocator *allocator,
		cstn_demand_global **out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

typedef struct cstn_demand_global_forecast_options {
	uint32_t struct_size;
	uint32_t flags;  /**< 0 or CSTN_IMPORT_TRUSTED */
	int32_t horizon; /**< periods ahead, at most that of the fit; 0 means that */
	int32_t threads; /**< 0 all processors; results do not depend on it */
	/** NULL, or a model whose forecasts are averaged with these; the stream keeps it alive */
	cstn_demand_model *local;
	const cstn_binding *binding; /**< NULL, or names and casts */
	cstn_progress *progress;     /**< NULL, or counts rows read and cancels the reading */
	/** NULL: both models weigh the same; or rows as of cstn_demand_weights() for `global` and
	 *  `local`, moved from, also on failure */
	struct ArrowArrayStream *weights;
} cstn_demand_global_forecast_options;
/* clang-format off */
#define CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT { sizeof(cstn_demand_global_forecast_options), 0, 0, 0, NULL, NULL, NULL, NULL }
/* clang-format on */

/** Forecast series from their histories, each from the period after its last y. Columns in as for
 *  the fit; signals of the periods ahead stand in rows whose y is null. Columns out: `unique_id`,
 *  `ds` as they came, `h` (int32: 1 is the next period), `mean` (double, not below 0), of a fit
 * with trees `trees` (the same by them) and `flags` (int32, CSTN_GLOBAL_MISSING_SIGNAL ..). Series
 * come in order of their first row.
 *
 *  With a local model also `global` and `local` (double; null: it does not have the series), of
 * which `mean` is the mean, by `weights` if there are any (of their last week beyond it, equal for
 * pools that they do not have), and `model` (text), what `mean` is: sensed, global (of a series
 * that the local model does not have) or local (of one that never changed); flags are then those of
 * both. Events of the local model are the signals of the same name, days with any value but 0. The
 * last y of a series and the last row that the local model saw of it are of one period: that is the
 * caller's to see to.
 *
 *  @param model    of a fit
 *  @param rows     moved from, also on failure; 13 seasons of history and a year are used, fewer do
 *  @param options  NULL, or start from CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT
 *  @param out      filled as it is read, in batches of at most 65,536 rows; holds the series and
 *  the models until released. It ends with CSTN_E_STATE once the local model has changed
 *  @param bad_rows as in cstn_demand_global_fit()
 *  @return CSTN_OK; CSTN_E_ROWS if series were left out, with a result; CSTN_E_SCHEMA;
 *  CSTN_E_STREAM; CSTN_E_INVALID_ARGUMENT; CSTN_E_CANCELLED; CSTN_E_NOMEM. Any thread. Memory: as
 *  the fit. Time: O(rows), some 100 ns a period ahead. @since 0.1
 *  @snippet demand_global.c forecast */
CSTN_API cstn_status cstn_demand_global_forecast(cstn_demand_global *model,
		struct ArrowArrayStream *rows, const cstn_demand_global_forecast_options *options,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** What the forecasts of cstn_demand_global_forecast() are made of. Columns out: `unique_id`, `ds`,
 *  `h`, `mean` as there, its parts (double), which add up to it, `flags`, and with a local model
 *  `model`. Parts:
 *  - `baseline`: the constant of the ridge; of trees the mean of what they learned from, in the
 *  scale of the series
 *  - `level`, `season`, `month`: columns of what the series sold, of the position in the season and
 *  of the days of the month; `pool`: of trees, that they know which pool it is
 *  - `signal_<name>` of each signal, in their order: its columns together
 *  - `recalibration`: the level of the pool, which multiplies the forecast of the ridge
 *  - `floor`: what a forecast is held at 0 by
 *
 *  Of the ridge a part is the sum of x_j b_j over its columns; of trees, the changes of the mean of
 *  nodes along the path where they look at its columns. In the mean with a local model each has
 * its weight of its parts; those of the local one are as in cstn_demand_model_explain(), its level
 * in `level`. A series that never changed (FALLBACK) is all level. The sum is the mean within 1e-9
 * of it, and within 1e-14 of the largest part where the mean is next to nothing beside that.
 *
 *  @param model    of a fit
 *  @param rows     as for cstn_demand_global_forecast(); moved from, also on failure
 *  @param options  NULL, or start from CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT
 *  @param out      as for cstn_demand_global_forecast()
 *  @param bad_rows as in cstn_demand_global_fit()
 *  @return as cstn_demand_global_forecast(). Any thread. Memory: 8 bytes a part of a batch more.
 *  Time: as there, and some 300 ns a mean; with 200 trees 10 us.
 *  Method: Ang 2004; of trees Saabas 2014. @since 0.1 @snippet demand_global.c explain */
CSTN_API cstn_status cstn_demand_global_explain(cstn_demand_global *model,
		struct ArrowArrayStream *rows, const cstn_demand_global_forecast_options *options,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** What weights of components are learned from. */
typedef struct cstn_demand_weights_options {
	uint32_t struct_size;
	uint32_t flags; /**< 0 or CSTN_IMPORT_TRUSTED */
	/** columns of forecasts, 2..8 different names; NULL: `global` and `local` */
	const char *const *components;
	int32_t n_components;        /**< how many; 0 with NULL */
	int32_t week;                /**< periods of a horizon week, 1..1,024; 0 means 7 */
	const char *pool;            /**< column of the pool; NULL: all rows are one */
	double level;                /**< of the pinball loss, inside (0, 1); 0 means .5 */
	const cstn_binding *binding; /**< NULL, or names and casts */
	cstn_progress *progress;     /**< NULL, or counts rows read and cancels */
} cstn_demand_weights_options;
/* clang-format off */
#define CSTN_DEMAND_WEIGHTS_OPTIONS_INIT { sizeof(cstn_demand_weights_options), 0, NULL, 0, 0, NULL, 0.0, NULL, NULL }
/* clang-format on */

/** Weights of forecasts that are combined, by pool and horizon week, from what each of them missed:
 *  half of 1 / loss, which are made to add up to 1, and half of equal ones. The loss is that of
 *  Koenker and Bassett (pinball) of each component as a forecast of `level`; at .5 half the
 * absolute error. Losses are out of sample if the forecasts were: make them at earlier origins, as
 *  cstn_demand_global_forecast() gives them, and set what came beside them.
 *
 *  Columns in: `h` (int64: 1 is the first period ahead), `y` (double, int64 or decimal; null: not
 *  known yet), a column of numbers for each component (null: none) and that of the pool (int64 or
 *  text). Rows without y or without one of the forecasts compare nothing and are passed over.
 *  Columns out, a row a pool and week with a comparison, in their order: the pool, `week` (int32, 1
 *  is h 1 .. week), `n` (int64, rows) and the weight of each component (double).
 *
 *  @param rows      moved from, also on failure
 *  @param options   NULL, or start from CSTN_DEMAND_WEIGHTS_OPTIONS_INIT
 *  @param allocator NULL is libc
 *  @param out       release it
 *  @param bad_rows  NULL, or receives the rows left out: values beyond 1e300, h below 1 or weeks
 *  beyond 1,024; free with cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if rows were left out, with a result; CSTN_E_SCHEMA; CSTN_E_STREAM;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_CANCELLED; CSTN_E_NOMEM. Any thread. Memory: 600 bytes a pool,
 *  week and component. Cost: O(rows x components); the same bytes for any order of rows.
 *  Method: Bates and Granger 1969. @since 0.1 @snippet demand_global.c weights */
CSTN_API cstn_status cstn_demand_weights(struct ArrowArrayStream *rows,
		const cstn_demand_weights_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** A number of a model: "columns", "rows" (learned from), "series" (learned from), "left_out" (bad
 *  rows), "pools", "horizon", "season", "origins", "year", "penalty", "trees". @return CSTN_OK;
 *  CSTN_E_NOT_FOUND; CSTN_E_INVALID_ARGUMENT. Any thread, O(1), no memory. @since 0.1 */
CSTN_API cstn_status cstn_demand_global_get_param(const cstn_demand_global *model, const char *name,
		double *out, cstn_error **error) CSTN_MUST_CHECK;

/** A row a column: name, of (what its coefficient is of: level, season, month or a signal's name),
 *  pool (of columns by pool, else null), coefficient */
#define CSTN_DEMAND_GLOBAL_TABLE_COLUMNS 0
/** A row a pool: pool (null where there is but one), level (its factor) */
#define CSTN_DEMAND_GLOBAL_TABLE_POOLS 1

/** A row a column that trees look at, none without trees: name, of (as above), cuts (int64: how
 *  often trees are cut there) */
#define CSTN_DEMAND_GLOBAL_TABLE_TREES 2

/** A table of the model as an Arrow stream. @param table CSTN_DEMAND_GLOBAL_TABLE_... @param out
 *  release it @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. O(its rows).
 *  @since 0.1 */
CSTN_API cstn_status cstn_demand_global_export(const cstn_demand_global *model, int32_t table,
		struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/** The model as bytes: canonical, little-endian, with checksum; the same model gives the same
 *  bytes. @param out free with cstn_buffer_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_NOMEM. Any thread. O(columns + pools). @since 0.1 */
CSTN_API cstn_status cstn_demand_global_serialize(const cstn_demand_global *model,
		cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** A model out of bytes, which are not trusted. @param out release with cstn_demand_global_unref()
 *  @return CSTN_OK; CSTN_E_CORRUPT; CSTN_E_NEWER_FORMAT; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any
 *  thread. O(size). @since 0.1 */
CSTN_API cstn_status cstn_demand_global_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_demand_global **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** One more reference; NULL gives NULL. Any thread; given back with cstn_demand_global_unref().
 *  @since 0.1 */
CSTN_API cstn_demand_global *cstn_demand_global_ref(cstn_demand_global *model);
/** One less, with the last one the model is freed; NULL is allowed. Any thread. @since 0.1 */
CSTN_API void cstn_demand_global_unref(cstn_demand_global *model);

/* --- a fit in parts --------------------------------------------------------------------------- */

/** What some of the series of a fit add up to, so that the others may be anywhere: the sums of the
 *  regression, the series they are of, and the totals that they were made with. Trees are not
 *  among it: each round of boosting would be another pass over all rows. One caller at a time. */
typedef struct cstn_demand_global_state cstn_demand_global_state;

/** Begin a fit in parts from the totals of all of them: what each pool sold in each period, by one
 *  grouping and addition of the rows. They say how the season of a pool goes as of each origin, and
 *  where the history ends. The state is given to all that have a part, as bytes. Columns:
 *  - the column of the pool, if the options have one (int64 or text of at most 64 bytes)
 *  - `ds` (date, timestamp or int64): where the period starts
 *  - `y` (double, int64 or decimal): what was sold, within 1e300; rows with null are passed over
 *
 *  Rows of one pool and period are added, exactly: the rows of all series are as good a table as
 *  their totals. Totals of whole numbers below 2^53 are exact however they were added; others are
 *  what the caller's sums are, and with them the model to its last digits. Rows of series that are
 *  left out later do not belong in the totals.
 *
 *  @param totals    moved from, also on failure
 *  @param options   NULL, or start from CSTN_DEMAND_GLOBAL_OPTIONS_INIT; without trees. `binding`,
 *  `flags` and `progress` are of this table; `threads` is not used
 *  @param allocator NULL is libc
 *  @param out       free with cstn_demand_global_state_free()
 *  @param bad_rows  NULL, or receives the rows left out: null pools, no start of a period, values
 *  beyond 1e300; free with cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if rows were left out, with a result; CSTN_E_EMPTY for no totals;
 *  CSTN_E_OVERFLOW for a total beyond a double; CSTN_E_LIMIT; CSTN_E_SCHEMA; CSTN_E_STREAM;
 *  CSTN_E_INVALID_ARGUMENT (also for trees); CSTN_E_CANCELLED; CSTN_E_NOMEM. Any thread. Memory: 24
 *  bytes a row, and 8 a pool and period of the origins. Time: O(n log n). @since 0.1
 *  @snippet demand_global_parts.c totals */
CSTN_API cstn_status cstn_demand_global_state_new(struct ArrowArrayStream *totals,
		const cstn_demand_global_options *options, const cstn_allocator *allocator,
		cstn_demand_global_state **out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. Any thread, when no other call uses the state. @since 0.1 */
CSTN_API void cstn_demand_global_state_free(cstn_demand_global_state *state);

typedef struct cstn_demand_global_update_options {
	uint32_t struct_size;
	uint32_t flags;              /**< 0 or CSTN_IMPORT_TRUSTED */
	int32_t threads;             /**< 0 all processors; results do not depend on it */
	int32_t reserved0;           /**< 0 */
	const cstn_binding *binding; /**< NULL, or names and casts */
	cstn_progress *progress;     /**< NULL, or counts rows read and cancels */
} cstn_demand_global_update_options;
/* clang-format off */
#define CSTN_DEMAND_GLOBAL_UPDATE_OPTIONS_INIT { sizeof(cstn_demand_global_update_options), 0, 0, 0, NULL, NULL }
/* clang-format on */

/** Learn from some of the series, each with its whole history. Columns as in
 *  cstn_demand_global_fit(). A series adds up by itself, in the order of time, and then into exact
 *  sums: which parts there are and in what order they come changes no byte.
 *  @param state    unchanged on failure
 *  @param rows     moved from, also on failure; an empty stream changes nothing
 *  @param options  NULL, or start from CSTN_DEMAND_GLOBAL_UPDATE_OPTIONS_INIT
 *  @param bad_rows NULL, or receives a row of each series left out: as in cstn_demand_global_fit(),
 *  and of those that the state has already (CSTN_ROW_DUPLICATE), whose pool has no totals
 *  (CSTN_ROW_REFERENCE), or that sell after the last total (CSTN_ROW_RANGE); free with
 *  cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if series were left out, the others being in; CSTN_E_SCHEMA (also
 *  for another type of `unique_id`, `ds` or pool than the state has); CSTN_E_STREAM;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_CANCELLED; CSTN_E_NOMEM. One caller at a time per state; works
 * on options->threads. Memory and time: as the fit of these rows, and 10 ns a value. @since 0.1
 *  @snippet demand_global_parts.c part */
CSTN_API cstn_status cstn_demand_global_state_update(cstn_demand_global_state *state,
		struct ArrowArrayStream *rows, const cstn_demand_global_update_options *options,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

/** Add the series of `from` to `into`. Associative and commutative, the same bytes in any order.
 *  @param into unchanged on failure @param from unchanged @return CSTN_OK; CSTN_E_CONFLICT with a
 *  series that both have; CSTN_E_MISMATCH if options, totals or types differ;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One caller at a time uses either. O(series of `from` +
 *  columns^2). @since 0.1 @snippet demand_global_parts.c merge */
CSTN_API cstn_status cstn_demand_global_state_merge(cstn_demand_global_state *into,
		const cstn_demand_global_state *from, cstn_error **error) CSTN_MUST_CHECK;

/** The model of all series that the state has: the same bytes as cstn_demand_global_fit() of their
 *  rows, if the totals are those of these rows and exact. The state stays as it is and may go on.
 *  @param out release with cstn_demand_global_unref() @return CSTN_OK; CSTN_E_EMPTY if no series is
 *  long enough to learn from; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Threads: any number of readers
 * of a state at once. O(columns^3). @since 0.1 @snippet demand_global_parts.c merge */
CSTN_API cstn_status cstn_demand_global_state_finish(const cstn_demand_global_state *state,
		cstn_demand_global **out, cstn_error **error) CSTN_MUST_CHECK;

/** A number of a state: "keys" (series it has), "series" and "rows" (learned from), "left_out" (bad
 *  rows), "pools", "columns", "sold" and "total" (what its series, and what all of them sold in the
 *  periods that totals are kept of: they are equal once every part is there, if totals are exact).
 *  @return CSTN_OK; CSTN_E_NOT_FOUND; CSTN_E_INVALID_ARGUMENT. Any thread, O(totals), no memory.
 * @since 0.1 */
CSTN_API cstn_status cstn_demand_global_state_get_param(const cstn_demand_global_state *state,
		const char *name, double *out, cstn_error **error) CSTN_MUST_CHECK;

/** The state as bytes: canonical, little-endian, with checksum. 40 bytes a pair of columns, 8 a
 *  pool and period, and the ids of the series. @param out free with cstn_buffer_free() @return
 *  CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any number of threads at once. O(n log n) for
 *  the order of series. @since 0.1 */
CSTN_API cstn_status cstn_demand_global_state_serialize(const cstn_demand_global_state *state,
		cstn_buffer **out, cstn_error **error) CSTN_MUST_CHECK;

/** A state out of bytes, which are not trusted. @param out free with
 *  cstn_demand_global_state_free() @return CSTN_OK; CSTN_E_CORRUPT; CSTN_E_NEWER_FORMAT;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any thread. O(size). @since 0.1 */
CSTN_API cstn_status cstn_demand_global_state_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_demand_global_state **out,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
