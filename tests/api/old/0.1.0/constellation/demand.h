#ifndef CONSTELLATION_DEMAND_H
#define CONSTELLATION_DEMAND_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/demand_fit.h>
#include <constellation/export.h>
#include <constellation/progress.h>
#include <constellation/schema.h>
#include <constellation/status.h>

/** @file demand.h
 *  A demand model that learns from every row as it comes: a small state a series, never fitted
 *  again to learn one number.
 *
 *      cstn_demand_model_new -> _update -> _close_period -> _forecast
 *
 *  A series is smoothed at three speeds beneath factors that it shares with its *pool* (a
 *  department): a factor a position of the season, and one for each pooled event. Factors come
 *  from totals of the pool and move only when a period is closed, so that they never know more than
 *  was known. A season of the series' own is drawn towards that of the pool.
 *
 *  What a model says depends on which rows came and between which closings, and on nothing else:
 *  not on batches, on the order of keys, on threads, or on having been saved and loaded between
 *  any two rows. Only + - * / touch a state: its bytes are the same on every machine.
 *
 *  Threads: several threads may forecast from one model at once; calls that change it have one
 *  caller at a time, and none that reads beside it. What is made from a model inherits its
 *  allocator. On failure outputs and models are untouched; the one failure with a result is
 *  CSTN_E_ROWS. */

#ifdef __cplusplus
extern "C" {
#endif

/** A third meaning of a missing period, beside CSTN_GAP_ERROR and CSTN_GAP_ZERO: nothing is known
 *  of it, and nothing learned. */
#define CSTN_GAP_MISSING 2

/** Flags of a row; unknown bits are a row error. */
#define CSTN_DEMAND_STOCK_OUT 1 /**< demand was at least the limit, or y without one */
#define CSTN_DEMAND_CLOSED 2    /**< no trading: not an observation, and never a zero */
#define CSTN_DEMAND_RETURN 4    /**< what came back; the one row whose y may be negative */
#define CSTN_DEMAND_ESTIMATED 8 /**< provisional: learned from by half, replaced by a later row */
#define CSTN_DEMAND_EXCEPTIONAL 16 /**< not learned from */

/** Returns are a series of their own. */
#define CSTN_DEMAND_RETURNS_SEPARATE 0
/** Returns are taken off the demand of their period; needs CSTN_DEMAND_REPLAY. */
#define CSTN_DEMAND_RETURNS_NET 1

/** Keep the rows of the last replay_periods of every series, and its state before them: a row that
 *  is late within them gives the same bytes as if it had come in time, and a later row of a period
 *  replaces the earlier one. Without it the rows of a series come in order of their periods.
 *
 *  That holds for closed periods too: the row mends the total of its pool in its period, the
 *  factors made of that total, and all series of the pool. It holds for the last replay_periods
 *  up to the last closed one and up to the last row of the pool. Of a period further back, as a
 *  series may have that stood still while its pool went on, the row moves its series alone: rows
 *  of others that knew the total have left their windows. Nor are totals mended with
 *  CSTN_DEMAND_HISTORY, where they were added in a pass of their own. Kept for it: 600 bytes a
 *  period of the window and pool. */
#define CSTN_DEMAND_REPLAY 1u
/** Weigh the three speeds by their discounted squared errors: better in the mean over series, worse
 *  over units. */
#define CSTN_DEMAND_LEVEL_WEIGHTS 2u
/** Where more than seven rows in ten are zero, forecast size times probability of a sale. */
#define CSTN_DEMAND_INTERMITTENT 4u
/** Learn twice as fast for 14 periods after Page and Hinkley's test (Page 1954) rings; at most once
 *  a season. */
#define CSTN_DEMAND_DRIFT 8u
/** Keep the factors of all closed periods: rows of closed periods then find theirs. For two passes
 *  over partitions of the series, see cstn_demand_model_merge(). */
#define CSTN_DEMAND_HISTORY 16u
/** Learn per pool and horizon week which levels have to be asked for so that outcomes meet those
 *  that are wanted, and how errors of a series go together over a lead time. 72 bytes a series and
 *  66 KB a pool more. */
#define CSTN_DEMAND_CALIBRATE 32u

/** How fast levels learn: CSTN_DEMAND_PACE_MONTHS for CSTN_PERIOD_MONTH, else DAYS. */
#define CSTN_DEMAND_PACE_BY_PERIOD 0
/** Speeds .02, .05 and .1, from the first observation on. */
#define CSTN_DEMAND_PACE_DAYS 1
/** For short and slow series: speeds .07, .12 and .2, levels begin as means, the own season is
 *  drawn to the pool's by 500 units instead of 50, errors spread half as far again, as a year ahead
 *  is less sure than a step, and forecasts take the level of their pool: c = sum y / sum f over the
 *  last 12 periods that rows have come of, f made 10 to 12 periods before, as a factor 1 + (c - 1)
 * F / (F + 100), F = sum f, within 1/2 to 2. Rows with STOCK_OUT or ESTIMATED do not count for it,
 *  and with CSTN_DEMAND_REPLAY only those behind the window. With CSTN_DEMAND_CALIBRATE levels stay
 *  as they are asked for. 16 bytes a series and 4.6 KB a pool more. */
#define CSTN_DEMAND_PACE_MONTHS 2

/** Pooled events are at most this many. */
#define CSTN_DEMAND_EVENTS_MOST 8
/** The longest season of a model. */
#define CSTN_DEMAND_SEASON_MOST 366
/** Bytes of a configuration's digest. */
#define CSTN_DEMAND_DIGEST_SIZE 32

typedef struct cstn_demand_config {
	uint32_t struct_size;
	uint32_t flags;         /**< CSTN_DEMAND_REPLAY .. CSTN_DEMAND_CALIBRATE */
	int32_t period;         /**< CSTN_PERIOD_...; BY_TYPE: of the first rows that come */
	int32_t gap;            /**< CSTN_GAP_...; a gap of zeros has at most 100,000 */
	int32_t season;         /**< 1..366; 0 as in cstn_family_options */
	int32_t first_weekday;  /**< of weeks: 1 Monday .. 7 Sunday; 0 means Monday */
	int32_t returns;        /**< CSTN_DEMAND_RETURNS_... */
	int32_t replay_periods; /**< with CSTN_DEMAND_REPLAY: 1..1,024; 0 means 28 */
	int64_t latency_us; /**< where no time is given, a row is known that long after its period
			       ends; a number has no end, and is known at it */
	const char *pool;   /**< column of the pool; NULL: all series are one. Copied */
	const char *const *events; /**< columns of pooled events (0 or 1 a row). Copied */
	int32_t n_events;          /**< at most CSTN_DEMAND_EVENTS_MOST */
	int32_t pace;              /**< CSTN_DEMAND_PACE_... */
} cstn_demand_config;
/* clang-format off */
#define CSTN_DEMAND_CONFIG_INIT { sizeof(cstn_demand_config), 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, 0, 0 }
/* clang-format on */

/** Configuration, states of series, and what pools have in common. */
typedef struct cstn_demand_model cstn_demand_model;

/** An empty model. @param config NULL, or start from CSTN_DEMAND_CONFIG_INIT @param allocator NULL
 *  is libc @param out free with cstn_demand_model_free() @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE; CSTN_E_NOMEM. Any thread, O(1). @since 0.1 */
CSTN_API cstn_status cstn_demand_model_new(const cstn_demand_config *config,
		const cstn_allocator *allocator, cstn_demand_model **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** Free; NULL is allowed. Streams of forecasts keep what they need. Any thread, when no other call
 *  uses the model. @since 0.1 */
CSTN_API void cstn_demand_model_free(cstn_demand_model *model);

/** SHA-256 of the configuration, with all that goes without saying. @param out 32 bytes; zeros for
 *  NULL. Any thread, O(1). @since 0.1 */
CSTN_API void cstn_demand_model_digest(
		const cstn_demand_model *model, uint8_t out[CSTN_DEMAND_DIGEST_SIZE]);

/* --- learning --------------------------------------------------------------------------------- */

/** The rows of a series come in any order in this stream, and are put in order first. */
#define CSTN_DEMAND_SORT 1u
/** These are all rows of their periods: their totals are added first, all periods up to the last
 *  one are closed, and every row is learned from with the factors of its period. The same bytes as
 *  updating and closing period by period. */
#define CSTN_DEMAND_WHOLE_PERIODS 2u
/** Only totals of pools are added, no series: the first of two passes, see
 *  cstn_demand_model_merge(). */
#define CSTN_DEMAND_TOTALS_ONLY 4u

typedef struct cstn_demand_update_options {
	uint32_t struct_size;
	uint32_t flags; /**< CSTN_DEMAND_SORT .. CSTN_DEMAND_TOTALS_ONLY, CSTN_IMPORT_TRUSTED */
	const cstn_binding *binding; /**< NULL, or names and casts */
	cstn_progress *progress;     /**< NULL, or counts rows and cancels the reading */
} cstn_demand_update_options;
/* clang-format off */
#define CSTN_DEMAND_UPDATE_OPTIONS_INIT { sizeof(cstn_demand_update_options), 0, NULL, NULL }
/* clang-format on */

/** Learn from rows. Columns:
 *  - `unique_id` (int64 or text of at most 64 bytes): the series; an unknown one begins here
 *  - `ds` (date, timestamp or int64): where its period starts
 *  - `y` (double, int64 or decimal): finite, within 1e300, negative only with CSTN_DEMAND_RETURN
 *  - `flags` (int32, optional): CSTN_DEMAND_STOCK_OUT ..
 *  - `limit` (as y, optional, may be null): what could have been sold; 0 with
 *  CSTN_DEMAND_STOCK_OUT is CSTN_DEMAND_CLOSED
 *  - `available_us` (timestamp or int64, optional, may be null): when the row became known
 *  - the column of the pool (int64 or text), and a column (flag or int64, 0 or 1) for each event,
 * if the configuration names them
 *
 *  Of two rows of one series and period in the replay window the one available later counts, and
 *  one that is not ESTIMATED before one that is; equal ones are one, and if their values differ the
 *  second is in conflict (CSTN_ROW_CONFLICT). Without a window the second is
 *  CSTN_ROW_DUPLICATE. A period of a pool has an event if one of its rows has it. Rows of a closed
 *  period change its totals in the replay window alone, see CSTN_DEMAND_REPLAY.
 *
 *  @param model    unchanged on failure, but for CSTN_E_ROWS
 *  @param rows     moved from, also on failure; an empty stream changes nothing
 *  @param options  NULL, or start from CSTN_DEMAND_UPDATE_OPTIONS_INIT
 *  @param bad_rows NULL, or receives the rows left out (NULL if none): null, not finite, no start
 *  of a period (CSTN_ROW_PERIOD), behind a gap (CSTN_ROW_GAP), before what is kept
 *  (CSTN_ROW_TOO_LATE), unknown flags (CSTN_ROW_VALUE), another pool than before
 *  (CSTN_ROW_CONFLICT); free with cstn_row_errors_free()
 *  @return CSTN_OK; CSTN_E_ROWS if rows were left out, the others being in; CSTN_E_SCHEMA, also for
 *  keys or `ds` of another type; CSTN_E_STREAM; CSTN_E_CANCELLED; CSTN_E_INVALID_ARGUMENT;
 *  CSTN_E_NOMEM
 *  Memory: at most 128 bytes a series with a season of 7, and its id; 64 bytes a row of this stream
 *  while it runs. Time: one pass; a look-up of its series and some 40 ns a row. With
 *  CSTN_DEMAND_REPLAY the rows of a window for every series that has rows in this stream, and where
 *  a closed period is mended for every series of its pool. Threads: one caller at a time per model;
 *  works on its thread. @since 0.1 @snippet demand_model.c update */
CSTN_API cstn_status cstn_demand_model_update(cstn_demand_model *model,
		struct ArrowArrayStream *rows, const cstn_demand_update_options *options,
		cstn_row_errors **bad_rows, cstn_error **error) CSTN_MUST_CHECK;

/** The row has a limit. */
#define CSTN_DEMAND_HAS_LIMIT 1u
/** The row says when it became known. */
#define CSTN_DEMAND_HAS_AVAILABLE 2u

/** One row, by itself. */
typedef struct cstn_demand_observation {
	uint32_t struct_size;
	uint32_t flags;       /**< CSTN_DEMAND_HAS_LIMIT, CSTN_DEMAND_HAS_AVAILABLE */
	const char *key;      /**< the series, 1..64 bytes; NULL: it is key_number */
	size_t key_len;       /**< bytes of `key` */
	int64_t key_number;   /**< the series where keys are int64 */
	const char *pool;     /**< NULL: pool_number; looked at where pools are configured */
	size_t pool_len;      /**< bytes of `pool` */
	int64_t pool_number;  /**< the pool where pools are int64 */
	int64_t ds;           /**< as in frames; before any: a day, of hours microseconds */
	double y;             /**< as in frames */
	double limit;         /**< with CSTN_DEMAND_HAS_LIMIT */
	int64_t available_us; /**< with CSTN_DEMAND_HAS_AVAILABLE */
	int32_t row_flags;    /**< CSTN_DEMAND_STOCK_OUT and so on */
	uint32_t events;      /**< bit i: the i-th event of the configuration */
} cstn_demand_observation;
/* clang-format off */
#define CSTN_DEMAND_OBSERVATION_INIT { sizeof(cstn_demand_observation), 0, NULL, 0, 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0 }
/* clang-format on */

/** Learn from one row. @param model unchanged on failure @param row start from
 *  CSTN_DEMAND_OBSERVATION_INIT @return CSTN_OK; CSTN_E_ROWS with the rule that the row breaks;
 *  CSTN_E_SCHEMA for a key or pool of another type; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. One
 *  caller at a time per model. Memory and time: as a row of cstn_demand_model_update(). @since 0.1
 *  @snippet demand_model.c one */
CSTN_API cstn_status cstn_demand_model_update_one(cstn_demand_model *model,
		const cstn_demand_observation *row, cstn_error **error) CSTN_MUST_CHECK;

/** All rows of the periods up to `ds` have come: their totals are settled, and the factors of pools
 *  make a step a period. Closing what is closed changes nothing. @param ds the start of a period,
 *  as in the rows @return CSTN_OK; CSTN_E_INVALID_ARGUMENT if no period starts there; CSTN_E_STATE
 *  for a model without rows; CSTN_E_NOMEM, the model being unchanged. One caller at a time per
 *  model. Memory: 16 bytes a period and pool, the last 182. Time: some 4 us a pool and period that
 *  has rows. @since 0.1 @snippet demand_model.c update */
CSTN_API cstn_status cstn_demand_model_close_period(
		cstn_demand_model *model, int64_t ds, cstn_error **error) CSTN_MUST_CHECK;

/* --- forecasts -------------------------------------------------------------------------------- */

/** Flags of a forecast. */
#define CSTN_DEMAND_FORECAST_COLD                                      \
	1 /**< nothing was learned of the series: the mean of its pool \
	   */
#define CSTN_DEMAND_FORECAST_CENSORED 2 /**< its last row was a stock-out */
#define CSTN_DEMAND_FORECAST_MISSING_SIGNAL \
	4                             /**< events of this period are not known: as if none */
#define CSTN_DEMAND_FORECAST_DRIFT 32 /**< the alarm of CSTN_DEMAND_DRIFT rang lately */
/** cut at what a double holds; another bit than CSTN_GLOBAL_FALLBACK, which may stand beside it */
#define CSTN_DEMAND_FORECAST_FALLBACK 64

/** Forecast the series of returns. */
#define CSTN_DEMAND_RETURNS 1u
/** Of a frame with levels: columns `within_<ppm>` behind the quantiles. A count that is a quantile
 *  lies only in part below its level: that part, (u - P(Y < q)) / P(Y = q), is what
 *  CSTN_METRIC_U_COVERAGE asks for; u is the level that CSTN_DEMAND_CALIBRATE moved it to. It is 1
 *  where no value has a probability of its own, and u for a series that never changed. */
#define CSTN_DEMAND_WITHIN 2u

typedef struct cstn_demand_forecast_options {
	uint32_t struct_size;
	uint32_t flags;              /**< CSTN_DEMAND_RETURNS, WITHIN; CSTN_IMPORT_TRUSTED */
	int32_t horizon;             /**< periods ahead, 1..1,024; 0 means one season */
	int32_t threads;             /**< 0 all processors; results do not depend on it */
	const double *levels;        /**< quantiles, ascending, inside (0, 1) */
	size_t n_levels;             /**< how many; 0 none */
	const cstn_binding *binding; /**< NULL, or names and casts of `keys` and `future` */
} cstn_demand_forecast_options;
/* clang-format off */
#define CSTN_DEMAND_FORECAST_OPTIONS_INIT { sizeof(cstn_demand_forecast_options), 0, 0, 0, NULL, 0, NULL }
/* clang-format on */

/** Forecast series from the state as it is, each from the period after its last row. Columns out:
 *  `unique_id`, `ds` as they came, `h` (int32: 1 is the next period), `mean` (double); with levels
 *  `median` and a column a level (double), named by its millionths: `q_975000`, and with
 *  CSTN_DEMAND_WITHIN `within_975000`; `flags` (int32, CSTN_DEMAND_FORECAST_...).
 *  Quantiles of demand in whole units are counts, those of a negative binomial distribution; once a
 *  value was no whole number they are normal. They rise with their levels, and those of a series
 *  that never changed are its value. With CSTN_DEMAND_CALIBRATE the levels of a pool and week ahead
 *  are moved to where outcomes fell, once 28 periods had some (after Gneiting, Balabdaoui and
 *  Raftery 2007). A sum of quantiles is no quantile of a sum: see cstn_demand_model_lead_time().
 * Series come in order of `keys`; without, in order of their ids (numbers by size, text by bytes).
 * A key that is not there is COLD, from the last period that any series has.
 *
 *  @param model   read only
 *  @param keys    NULL: all; else moved from, also on failure: `unique_id`, and the column of the
 *  pool if a key is not there (absent or null: no pool, so that its factors are 1)
 *  @param future  NULL, or events to come, moved from, also on failure: `ds`, a column for each
 *  event, and the column of the pool (absent or null: all pools). A period that is not named has
 *  none, and MISSING_SIGNAL
 *  @param options NULL, or start from CSTN_DEMAND_FORECAST_OPTIONS_INIT
 *  @param out     filled as it is read, in batches of at most 65,536 rows; keeps what it needs of
 *  the model until released. Once the model has changed it ends with CSTN_E_STATE
 *  @param error   NULL, or receives an error to be freed with cstn_error_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT (horizon, levels); CSTN_E_ROWS for rows of `keys` or
 *  `future` that break a rule, nothing being forecast; CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_NOMEM.
 *  Memory: O(batch), and 4 bytes a series. Time: some 100 ns a path of 28. Threads:
 * options->threads
 *  @since 0.1 @snippet demand_model.c forecast */
CSTN_API cstn_status cstn_demand_model_forecast(cstn_demand_model *model,
		struct ArrowArrayStream *keys, struct ArrowArrayStream *future,
		const cstn_demand_forecast_options *options, struct ArrowArrayStream *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** What forecasts are made of: as cstn_demand_model_forecast() without levels, and behind `mean`
 *  its parts (double), which add up to it: `baseline`, the level without factors of periods;
 * `season`; and of each event of the configuration `signal_<event>`, 0 where it has none.
 *
 *  mean = baseline F_1 F_2 .. with factors of the season and of events; part k is Lm(mean,
 *  baseline) log F_k, Lm(a, b) = (a - b) / (log a - log b), Lm(a, a) = a: exact, and the same for
 *  any order of the factors. If one is 0, the first of them takes all of the baseline away, and the
 *  others are 0. The parts of a mean that was cut (FALLBACK) are smaller in proportion. The sum is
 *  the mean within 1e-9 of it, and within 1e-14 of the baseline where the mean is next to nothing
 *  beside that.
 *
 *  @param model   read only
 *  @param keys    as in cstn_demand_model_forecast()
 *  @param future  as in cstn_demand_model_forecast()
 *  @param options NULL, or start from CSTN_DEMAND_FORECAST_OPTIONS_INIT; n_levels is 0
 *  @param out     filled as it is read; keeps what it needs of the model until released. Once the
 *  model has changed it ends with CSTN_E_STATE
 *  @param error   NULL, or receives an error to be freed with cstn_error_free()
 *  @return as cstn_demand_model_forecast(); CSTN_E_INVALID_ARGUMENT also with levels. Memory:
 *  O(batch), and 4 bytes a series. Cost: O(parts). Threads: any number of calls at once;
 *  options->threads, the same bytes for any number. Method: Ang 2004. @since 0.1
 *  @snippet explain.c explain */
CSTN_API cstn_status cstn_demand_model_explain(cstn_demand_model *model,
		struct ArrowArrayStream *keys, struct ArrowArrayStream *future,
		const cstn_demand_forecast_options *options, struct ArrowArrayStream *out,
		cstn_error **error) CSTN_MUST_CHECK;

/** What one forecast is asked for. */
typedef struct cstn_demand_query {
	uint32_t struct_size;
	uint32_t flags;         /**< CSTN_DEMAND_RETURNS */
	const char *key;        /**< the series; NULL: it is key_number */
	size_t key_len;         /**< bytes of `key` */
	int64_t key_number;     /**< the series where keys are int64 */
	const uint32_t *events; /**< NULL, or of each period ahead: bit i is the i-th event */
	const double *levels;   /**< as in cstn_demand_forecast_options */
	size_t n_levels;        /**< how many; 0 none */
	int32_t horizon;        /**< periods ahead, 1..1,024; 0 means 1 */
	int32_t reserved0;      /**< 0 */
} cstn_demand_query;
/* clang-format off */
#define CSTN_DEMAND_QUERY_INIT { sizeof(cstn_demand_query), 0, NULL, 0, 0, NULL, NULL, 0, 0, 0 }
/* clang-format on */

/** Forecast one series. @param query start from CSTN_DEMAND_QUERY_INIT; a key that is not there is
 *  COLD @param mean `horizon` doubles @param quantiles NULL without levels, else of each period its
 *  levels @param flags NULL, or receives CSTN_DEMAND_FORECAST_... @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_SCHEMA for a key of another type; CSTN_E_NOMEM. Any number of
 *  threads at once. Takes no memory for seasons up to 366; O(season + horizon). @since 0.1 @snippet
 *  demand_model.c one */
CSTN_API cstn_status cstn_demand_model_forecast_one(const cstn_demand_model *model,
		const cstn_demand_query *query, double *mean, double *quantiles, int32_t *flags,
		cstn_error **error) CSTN_MUST_CHECK;

/* --- lead times ------------------------------------------------------------------------------- */

/** How long until what is ordered now has come, and how sure to be. */
typedef struct cstn_demand_lead_options {
	uint32_t struct_size;
	uint32_t flags;       /**< 0 or CSTN_IMPORT_TRUSTED */
	int32_t periods;      /**< the lead time, 1..1,024; with `shares` how many there are */
	int32_t threads;      /**< 0 all processors; results do not depend on it */
	const double *shares; /**< NULL, or how often the lead time is 1, 2, .. `periods`: 0 or
				 more, finite, not all 0 */
	double level;         /**< the service level, inside (0, 1); 0: by costs */
	double under_minor;   /**< cost of a unit short, with level 0: the level is under / (under +
				 over), the newsvendor's */
	double over_minor;    /**< cost of a unit left, with level 0 */
	const cstn_binding *binding; /**< NULL, or names and casts of `keys` and `future` */
} cstn_demand_lead_options;
/* clang-format off */
#define CSTN_DEMAND_LEAD_OPTIONS_INIT { sizeof(cstn_demand_lead_options), 0, 0, 0, NULL, 0.0, 0.0, 0.0, NULL }
/* clang-format on */

/** Demand of each series over a lead time, from the period after its last row, and what stock does
 *  about it. Columns out, a row a series, in the order of cstn_demand_model_forecast():
 *  `unique_id`, `ds` (the first period), `mean` (of demand over the lead time), `variance`,
 *  `quantile` (demand is not above it with the probability of the level: a reorder point),
 *  `safety_stock` (quantile - mean), `stock` (what was asked about, else the quantile), `shortage`
 *  (mean of demand beyond the stock), `stockout` (probability of any), `flags`.
 *
 *  Errors of a path go together, since a level that is wrong stays wrong: the variance of a sum is
 *  sum v + 2 sum rho sd sd', where rho is what errors of forecasts one to two weeks old (of days;
 *  else one to two periods) have in common at seven lags, half those of the series and half the
 *  mean of its pool; further apart it is the mean of the seven. They are learned with
 *  CSTN_DEMAND_CALIBRATE, and 0 without. A lead time that varies is a mixture, whose quantile is
 *  searched.
 *
 *  @param model   read only
 *  @param keys    as in cstn_demand_model_forecast(), and may have `stock` (double, int64 or
 *  decimal; null: none), 0 or more
 *  @param future  as in cstn_demand_model_forecast()
 *  @param options start from CSTN_DEMAND_LEAD_OPTIONS_INIT; periods and a level or costs are asked
 *  for
 *  @param out     filled as it is read; keeps what it needs of the model until released. Once the
 *  model has changed it ends with CSTN_E_STATE
 *  @param error   NULL, or receives an error to be freed with cstn_error_free()
 *  @return CSTN_OK; CSTN_E_INVALID_ARGUMENT (periods, shares, level, costs); CSTN_E_STATE for a
 *  model without rows; CSTN_E_ROWS for rows of `keys` or `future` that break a rule;
 *  CSTN_E_SCHEMA; CSTN_E_STREAM; CSTN_E_STRUCT_SIZE; CSTN_E_NOMEM. Memory: O(batch), 4 bytes a
 *  series, 4 KB a pool. Time: some 2 us a series and length. Threads: any number of calls at once;
 *  options->threads. Method: Silver, Pyke and Thomas 2017. @since 0.1 @snippet demand_stock.c lead
 */
CSTN_API cstn_status cstn_demand_model_lead_time(cstn_demand_model *model,
		struct ArrowArrayStream *keys, struct ArrowArrayStream *future,
		const cstn_demand_lead_options *options, struct ArrowArrayStream *out,
		cstn_error **error) CSTN_MUST_CHECK;

/* --- states ----------------------------------------------------------------------------------- */

/** Add the series and open totals of `from` to `into`. Their keys differ; what pools have closed in
 *  both is the same. That is so for partitions of the rows before anything is closed, for
 *  partitions by pool closed alike, and for two passes over any partition: in the first each part
 *  adds with CSTN_DEMAND_TOTALS_ONLY to a model with CSTN_DEMAND_HISTORY, these are merged, closed
 *  and given to all; in the second each part updates its copy with its rows, and the copies are
 *  merged. Associative and commutative, the same bytes in any order. @param from unchanged @return
 *  CSTN_OK; CSTN_E_CONFLICT with a series that both have; CSTN_E_MISMATCH if configuration, types
 *  or what was closed differ; CSTN_E_NOMEM, `into` being unchanged. One caller at a time uses
 *  either. O(series of `from`). @since 0.1 */
CSTN_API cstn_status cstn_demand_model_merge(cstn_demand_model *into, const cstn_demand_model *from,
		cstn_error **error) CSTN_MUST_CHECK;

/** The model as bytes: canonical, little-endian, with checksum. @param out free with
 *  cstn_buffer_free() @return CSTN_OK; CSTN_E_INVALID_ARGUMENT; CSTN_E_NOMEM. Any number of
 *  threads at once. O(n log n) for the order of series. @since 0.1 */
CSTN_API cstn_status cstn_demand_model_serialize(const cstn_demand_model *model, cstn_buffer **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** A model from bytes, which are not trusted. @param out free with cstn_demand_model_free() @return
 *  CSTN_OK; CSTN_E_CORRUPT with what is wrong; CSTN_E_NEWER_FORMAT; CSTN_E_NOMEM. Any thread,
 *  O(size). @since 0.1 */
CSTN_API cstn_status cstn_demand_model_deserialize(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_demand_model **out,
		cstn_error **error) CSTN_MUST_CHECK;

/** What a model holds. */
typedef struct cstn_demand_size {
	uint32_t struct_size;
	int32_t has_closed; /**< 1: closed_ds is there */
	uint64_t series;    /**< with rows, but for returns */
	uint64_t returns;   /**< series of returns */
	uint64_t pools;     /**< with rows */
	uint64_t drifting;  /**< series whose alarm rang lately */
	uint64_t bytes;     /**< of memory that the model holds */
	int64_t closed_ds;  /**< start of the last closed period */
	int32_t ds_type;    /**< CSTN_TYPE_ of `ds`: INT64, DAYS or TIME; 0 before any row */
	int32_t reserved0;  /**< 0 */
} cstn_demand_size;

/** What a model holds. @param out struct_size set by the caller, filled @return CSTN_OK;
 *  CSTN_E_INVALID_ARGUMENT; CSTN_E_STRUCT_SIZE. Any number of threads at once. O(series). @since
 *  0.1 */
CSTN_API cstn_status cstn_demand_model_size(const cstn_demand_model *model, cstn_demand_size *out,
		cstn_error **error) CSTN_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
