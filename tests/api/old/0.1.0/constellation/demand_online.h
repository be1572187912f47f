#ifndef CONSTELLATION_DEMAND_ONLINE_H
#define CONSTELLATION_DEMAND_ONLINE_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/demand_fit.h>
#include <constellation/demand_regress.h>
#include <constellation/export.h>
#include <constellation/progress.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file demand_online.h
 *  What signals do to each series, learned from every row as it comes: the regression of
 *  demand_regress.h as a small state, never fitted again to learn one number.
 *
 *      cstn_signal_model_new -> _update -> _forecast; _pool -> new series begin at what others know
 *
 *  The logarithm of demand is a level and effects of the season, the month and signals. Recursive
 *  least squares with forgetting follow the effects, the level has a noise of its own; what is not
 *  yet sure of them is kept as factors U D U' (Bierman 1977), which stay those of a positive matrix
 *  whatever comes. A state is 20 bytes, and for c columns beside the level 4 for each of the
 *  (c + 1) (c + 4) / 2 floats: 700 bytes with 16 columns.
 *
 *  What a model says depends on which rows came to each series, and between which calls of
 *  cstn_signal_model_pool(), and on nothing else: not on batches, threads, the order of series, on
 *  parts that were merged, or on having been saved and loaded between any two rows. The same bytes
 *  on every machine.
 *
 *  Threads: several threads may forecast from one model at once; calls that change it have one
 *  caller at a time, and none that reads beside it. What is made from a model inherits its
 *  allocator. On failure outputs and models are untouched; the one failure with a result is
 *  CSTN_E_ROWS. */

#ifdef __cplusplus
extern "C" {
#endif

/** Leave out the columns of the season. */
#define CSTN_SIGNAL_MODEL_NO_SEASON 1u
/** Leave out the columns of days 1-3 and 28-31 of the month. */
#define CSTN_SIGNAL_MODEL_NO_MONTH 2u
/** Of y itself and not of log(1 + y), for series that go below 0; effects are then in units of a
 *  power of two near the first value that is not 0. */
#define CSTN_SIGNAL_MODEL_LINEAR 4u
/** The level has no noise of its own: it is one number for all periods, as in a plain ridge. */
#define CSTN_SIGNAL_MODEL_STEADY 8u

/** Signals of a model are at most this many. */
#define CSTN_SIGNAL_MODEL_SIGNALS_MOST 64
/** Columns beside the level are at most this many. */
#define CSTN_SIGNAL_MODEL_COLUMNS_MOST 127
/** Bytes of a configuration's digest. */
#define CSTN_SIGNAL_MODEL_DIGEST_SIZE 32

typedef struct cstn_signal_model_config {
	uint32_t struct_size;
	uint32_t flags; /**< CSTN_SIGNAL_MODEL_NO_SEASON .. CSTN_SIGNAL_MODEL_STEADY */
	int32_t period; /**< CSTN_PERIOD_...; BY_TYPE: of the first rows. Weeks begin as theirs */
	int32_t gap;    /**< CSTN_GAP_ERROR or CSTN_GAP_MISSING */
	int32_t season; /**< 1..127; 0 as in cstn_family_options, of hours 24 */
	int32_t n_signals; /**< at most CSTN_SIGNAL_MODEL_SIGNALS_MOST */
	/** Columns of signals, flags 0 or CSTN_REGRESS_CLOSED; what an event does the day before is
	 * a column of its own. Copied */
	const cstn_regress_signal *signals;
	const char *pool;  /**< column of the pool; NULL: all series are one. Copied */
	double forgetting; /**< weight of what was known, at each row, .9 to 1; 0 means .998 */
	double level; /**< share of an error that a level long known takes, above 0, at most .5; 0
			 means .08 */
	double precision; /**< of what is believed of an effect before: that it is 0; 1e-6 to 1e12;
			     0 means 2 */
} cstn_signal_model_config;
/* clang-format off */
#define CSTN_SIGNAL_MODEL_CONFIG_INIT { sizeof(cstn_signal_model_config), 0, 0, 0, 0, 0, NULL, NULL, 0, 0, 0 }
/* clang-format on */

/** Configuration, states of series, and what pools know before. */
typedef struct cstn_signal_model cstn_signal_model;

/** An empty model. @param config NULL, or start from CSTN_SIGNAL_MODEL_CONFIG_INIT @param allocator
 *  NULL is libc @param out free with cstn_signal_model_free() @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_LIMIT for more signals; CSTN_E_STRUCT_SIZE; CSTN_E_NOMEM. Any
 *  thread, O(signals). @since 0.1 */
CSTN_API cstn_status cstn_signal_model_new(const cstn_signal_model_config *config,
		const cstn_allocator *allocator, cstn_signal_model **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. Streams of forecasts keep what they need. Any thread, when no other call
 *  uses the model. @since 0.1 */
CSTN_API void cstn_signal_model_free(cstn_signal_model *model);

/** SHA-256 of the configuration, with all that goes without saying. @param out 32 bytes; zeros for
 *  NULL. Any thread, O(1). @since 0.1 */
CSTN_API void cstn_signal_model_digest(
		const cstn_signal_model *model, uint8_t out[CSTN_SIGNAL_MODEL_DIGEST_SIZE]);

/* --- learning --------------------------------------------------------------------------------- */

typedef struct cstn_signal_model_update_options {
	uint32_t struct_size;
	uint32_t flags;              /**< 0 or CSTN_IMPORT_TRUSTED */
	int32_t threads;             /**< 0 all processors; results do not depend on it */
	int32_t reserved0;           /**< 0 */
	const cstn_binding *binding; /**< NULL, or names and casts */
	cstn_progress *progress;     /**< NULL, or counts rows and cancels the reading */
} cstn_signal_model_update_options;
/* clang-format off */
#define CSTN_SIGNAL_MODEL_UPDATE_OPTIONS_INIT { sizeof(cstn_signal_model_update_options), 0, 0, 0, NULL, NULL }
/* clang-format on */

/** Learn from rows, in any order in one stream. Columns:
 *  - `unique_id` (int64 or text of at most 64 bytes): the series; an unknown one begins here
 *  - `ds` (date, timestamp or int64): where its period starts, one row a series and period
 *  - `y` (double, int64 or decimal): finite, within 1e300, not below 0 without
 * CSTN_SIGNAL_MODEL_LINEAR
 *  - a column of numbers for each signal, within 1e9; null: not known
 *  - the column of the pool (int64 or text), if the configuration names one
 *
 *  A row without trading (a signal with CSTN_REGRESS_CLOSED that is not 0) or without sales is
 *  not learned from. A row with a signal that is not known moves the level alone, the mean that the
 *  signal had standing in for it.
 *
 *  A series with a bad row learns nothing from this stream: mended, all of its rows can come again.
 *
 *  @param model    unchanged on failure, but for CSTN_E_ROWS
 *  @param rows     moved from, also on failure; an empty stream changes nothing
 *  @param options  NULL, or start from CSTN_SIGNAL_MODEL_UPDATE_OPTIONS_INIT
 *  @param bad_rows NULL, or receives the bad rows (NULL if none): null, not finite, out of range,
 *  below 0 (CSTN_ROW_NEGATIVE), no start of a period (CSTN_ROW_PERIOD), a period twice
 *  (CSTN_ROW_DUPLICATE), not after the last (CSTN_ROW_TOO_LATE), behind a gap (CSTN_ROW_GAP),
 *  another pool than before (CSTN_ROW_CONFLICT); free with cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if series were left out, the others being in; CSTN_E_SCHEMA, also
 * for keys or `ds` of another type; CSTN_E_STREAM; CSTN_E_CANCELLED; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_LIMIT for more columns; CSTN_E_NOMEM
 *  Memory: states as above; 40 bytes and 16 a signal for a row of this stream while it runs. Time:
 *  a row costs the square of the columns, with 16 some .3 us. Threads: one caller at a time per
 *  model; works on options->threads. Method: Bierman 1977; a level alone as Schmidt 1966. @since
 *  0.1 @snippet demand_online.c update */
CSTN_API cstn_status cstn_signal_model_update(cstn_signal_model *model,
		struct ArrowArrayStream *rows, const cstn_signal_model_update_options *options,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

/** One row, by itself. */
typedef struct cstn_signal_model_row {
	uint32_t struct_size;
	uint32_t flags;        /**< 0 */
	const char *key;       /**< the series, 1..64 bytes; NULL: it is key_number */
	size_t key_len;        /**< bytes of `key` */
	int64_t key_number;    /**< the series where keys are int64 */
	const char *pool;      /**< NULL: pool_number; looked at where pools are configured */
	size_t pool_len;       /**< bytes of `pool` */
	int64_t pool_number;   /**< the pool where pools are int64 */
	int64_t ds;            /**< as in frames; before any: a day, of hours microseconds */
	double y;              /**< as in frames */
	const double *signals; /**< in the order of the configuration, NaN: not known; NULL: none is
				*/
	size_t n_signals;      /**< how many; 0 with NULL */
} cstn_signal_model_row;
/* clang-format off */
#define CSTN_SIGNAL_MODEL_ROW_INIT { sizeof(cstn_signal_model_row), 0, NULL, 0, 0, NULL, 0, 0, 0, 0, NULL, 0 }
/* clang-format on */

/** Learn from one row. @param model unchanged on failure @param row start from
 *  CSTN_SIGNAL_MODEL_ROW_INIT @return CSTN_OK; CSTN_E_ROWS with the rule that the row breaks;
 *  CSTN_E_SCHEMA for a key or pool of another type; CSTN_E_INVALID_ARGUMENT; CSTN_E_LIMIT;
 *  CSTN_E_NOMEM. One caller at a time per model. Takes no memory but for a new series. Time: as a
 *  row of cstn_signal_model_update(). @since 0.1 @snippet demand_online.c one */
CSTN_API cstn_status cstn_signal_model_update_one(cstn_signal_model *model,
		const cstn_signal_model_row *row, cstn_error **error) CSTN_MUST_CHECK;

/** Series are forgotten, with what they learned; pools stay. */
#define CSTN_SIGNAL_MODEL_RESTART 1u

/** Take what the series of each pool have in common, as they are: the mean of each effect and how
 *  much it differs between series. Series that begin later begin there, and are that sure of it;
 *  series that are there stay as they are. An effect that fewer than three series tell something of
 *  stays at 0 with its precision. To teach all of a history with it, restart and update again.
 *
 *  Mean and variance between series are those of moments, each series weighing by how well it knows
 *  (DerSimonian and Laird 1986), and what it was told before being taken off.
 *  @param flags 0 or CSTN_SIGNAL_MODEL_RESTART @return CSTN_OK; CSTN_E_STATE for a model without
 *  rows; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM, the model being unchanged. One caller at a time per
 *  model. O(series) by columns squared. @since 0.1 @snippet demand_online.c pool */
CSTN_API cstn_status cstn_signal_model_pool(
		cstn_signal_model *model, uint32_t flags, cstn_error **error) CSTN_MUST_CHECK;

/* --- forecasts -------------------------------------------------------------------------------- */

/** Flags of a forecast. */
#define CSTN_SIGNAL_MODEL_COLD 1 /**< nothing was learned of the series: what its pool knows */
#define CSTN_SIGNAL_MODEL_MISSING_SIGNAL 4 /**< the mean of a signal stands in for it */
#define CSTN_SIGNAL_MODEL_FALLBACK 8       /**< no change, no sale, or cut at 10 times the most */
#define CSTN_SIGNAL_MODEL_ASSUMED_KNOWN 16 /**< signals of periods ahead are taken as known */

typedef struct cstn_signal_model_forecast_options {
	uint32_t struct_size;
	uint32_t flags;  /**< 0 or CSTN_IMPORT_TRUSTED */
	int32_t horizon; /**< at most so many periods ahead, 1..1,024; 0 means all rows, and without
			    rows one season */
	int32_t threads; /**< 0 all processors; results do not depend on it */
	const cstn_binding *binding; /**< NULL, or names and casts of the rows */
	cstn_progress *progress;     /**< NULL, or counts rows and cancels the reading */
} cstn_signal_model_forecast_options;
/* clang-format off */
#define CSTN_SIGNAL_MODEL_FORECAST_OPTIONS_INIT { sizeof(cstn_signal_model_forecast_options), 0, 0, 0, NULL, NULL }
/* clang-format on */

/** Forecast the rows that are asked for, from the state as it is. Columns out: `unique_id`, `ds` as
 *  they came, `h` (int32: 1 is the period after the last row), `mean` (double), `flags` (int32,
 *  CSTN_SIGNAL_MODEL_COLD ..).
 *
 *  The mean is exp(level + effects + s2 / 4) - 1, s2 the mean of some 60 squared errors, at most
 *  .1; never below 0 and at most ten times the most that was sold.
 *
 *  @param model    read only
 *  @param rows     moved from, also on failure: `unique_id`, `ds`, signals as in
 *  cstn_signal_model_update(), and the column of the pool for keys that are not there (absent or
 *  null: none). They come out in order of keys' first rows, then of periods. NULL: `horizon`
 *  periods of every series, in order of their ids, no signal being known
 *  @param options  NULL, or start from CSTN_SIGNAL_MODEL_FORECAST_OPTIONS_INIT
 *  @param out      computed as it is read, in batches of about 65,536 rows; keeps what it needs of
 *  the model until released. Once the model has changed it ends with CSTN_E_STATE
 *  @param bad_rows NULL, or receives the rows that break a rule, or are not after the last one of
 *  their series (CSTN_ROW_TOO_LATE); free with cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if series were left out, with a result; CSTN_E_STATE for a model
 *  without rows; CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_INVALID_ARGUMENT; CSTN_E_CANCELLED;
 *  CSTN_E_NOMEM. Memory: 40 bytes and 16 a signal for a row. Time: some 100 ns a row, the square of
 *  the columns more where a signal is missing. Threads: any number of calls at once;
 *  options->threads. @since 0.1 @snippet demand_online.c forecast */
CSTN_API cstn_status cstn_signal_model_forecast(cstn_signal_model *model,
		struct ArrowArrayStream *rows, const cstn_signal_model_forecast_options *options,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows,
		cstn_error **error) CSTN_MUST_CHECK;

/** What one forecast is asked for. */
typedef struct cstn_signal_model_query {
	uint32_t struct_size;
	uint32_t flags;        /**< 0 */
	const char *key;       /**< the series; NULL: it is key_number */
	size_t key_len;        /**< bytes of `key` */
	int64_t key_number;    /**< the series where keys are int64 */
	const double *signals; /**< of each period ahead, in the order of the configuration, NaN:
				  not known; NULL: none is */
	size_t n_signals;      /**< of a period; 0 with NULL */
	int32_t horizon;       /**< periods ahead, 1..1,024; 0 means 1 */
	int32_t reserved0;     /**< 0 */
} cstn_signal_model_query;
/* clang-format off */
#define CSTN_SIGNAL_MODEL_QUERY_INIT { sizeof(cstn_signal_model_query), 0, NULL, 0, 0, NULL, 0, 0, 0 }
/* clang-format on */

/** Forecast one series. @param query start from CSTN_SIGNAL_MODEL_QUERY_INIT; a key that is not
 *  there is COLD, from the last period of any series, where all series are one pool, else without
 *  @param mean `horizon` doubles @param flags NULL, or `horizon` of CSTN_SIGNAL_MODEL_... @return
 *  CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_STATE for a model without rows; CSTN_E_SCHEMA for a key
 *  of another type. Any number of threads at once. Takes no memory; O(columns) a period,
 *  squared where a signal is missing. @since 0.1 @snippet demand_online.c one */
CSTN_API cstn_status cstn_signal_model_forecast_one(const cstn_signal_model *model,
		const cstn_signal_model_query *query, double *mean, int32_t *flags,
		cstn_error **error) CSTN_MUST_CHECK;

/** A row a series and column: unique_id, name (`level`, `position_0` .., `day_1_to_3`,
 *  `day_28_on`, a signal's), effect, error (its standard error), mean (of the column, as it stands
 *  in for a value that is not known; of the level 1). Series in order of their ids */
#define CSTN_SIGNAL_MODEL_TABLE_SERIES 0
/** A row a pool and column, of pools that cstn_signal_model_pool() has seen: pool (null where there
 *  is but one), name, effect, deviation (between series), series (int64: that told something) */
#define CSTN_SIGNAL_MODEL_TABLE_POOLS 1

/** A table of the model as an Arrow stream. @param table CSTN_SIGNAL_MODEL_TABLE_... @param out
 *  release it @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any number of threads at
 *  once. O(its rows), by columns squared a series. @since 0.1 */
CSTN_API cstn_status cstn_signal_model_export(const cstn_signal_model *model, int32_t table,
		struct ArrowArrayStream *out, cstn_error **error) CSTN_MUST_CHECK;

/* --- states ----------------------------------------------------------------------------------- */

/** Add the series of `from` to `into`. Their keys differ, and what pools know in both is the same:
 *  parts are merged before cstn_signal_model_pool(), or were given the same pools. Associative and
 *  commutative, the same bytes in any order. @param from unchanged @return CSTN_OK;
 *  CSTN_E_CONFLICT with a series that both have; CSTN_E_MISMATCH if configuration, types or pools
 *  differ; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM, `into` being unchanged. One caller at a time
 *  uses either. O(series of `from`). @since 0.1 */
CSTN_API cstn_status cstn_signal_model_merge(cstn_signal_model *into, const cstn_signal_model *from,
		cstn_error **error) CSTN_MUST_CHECK;

/** The model as bytes: canonical, little-endian, with checksum. @param out free with
 *  cstn_buffer_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any number of
 *  threads at once. O(n log n) for the order of series. @since 0.1 */
CSTN_API cstn_status cstn_signal_model_serialize(const cstn_signal_model *model, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** A model from bytes, which are not trusted. @param out free with cstn_signal_model_free() @return
 *  CSTN_OK; CSTN_E_CORRUPT with what is wrong; CSTN_E_NEWER_FORMAT; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_NOMEM. Any thread, O(size). @since 0.1 */
CSTN_API cstn_status cstn_signal_model_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_signal_model **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** What a model holds. */
typedef struct cstn_signal_size {
	uint32_t struct_size;
	int32_t columns;       /**< beside the level; 0 before any row */
	uint64_t series;       /**< with rows */
	uint64_t pools;        /**< that cstn_signal_model_pool() has seen */
	uint64_t bytes;        /**< of memory that the model holds */
	uint64_t series_bytes; /**< of them the state of one series; 0 before any row */
	int64_t latest_ds;     /**< start of the last period of any series; 0 before any row */
	int32_t ds_type;       /**< CSTN_TYPE_ of `ds`: INT64, DAYS or TIME; 0 before any row */
	int32_t reserved0;     /**< 0 */
} cstn_signal_size;

/** What a model holds. @param out struct_size set by the caller, filled @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE. Any number of threads at once. O(series). @since
 *  0.1 */
CSTN_API cstn_status cstn_signal_model_size(const cstn_signal_model *model, cstn_signal_size *out,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
