#ifndef CSTN_DEMAND_MODEL_H
#define CSTN_DEMAND_MODEL_H

#include <stdatomic.h>
#include <string.h>

#include <constellation/demand.h>

#include "base/alloc.h"
#include "base/civil.h"
#include "base/stats.h"
#include "demand/calibrate.h"
#include "demand/lead_time.h"
#include "demand/series.h"
#include "table/ids.h"

/* The inside of the demand model: states of series, what pools share, rows on their way in. */

#define CSTN__SPEEDS 3
/* Totals of a pool that factors are made of, and the fewest; longer seasons have at least two and
 * one of them. */
#define CSTN__POOL_TOTALS 182
#define CSTN__POOL_TOTALS_LEAST 56
/* Observations after which a series tells its pool where it begins. */
#define CSTN__COLD_PERIODS 28
#define CSTN__DEMAND_LARGEST 1e300
#define CSTN__HIDDEN_MOST 20.0                      /* of one stock-out */
#define CSTN__DEMAND_PERIOD_MOST (INT64_C(1) << 61) /* numbers of periods, either way */

/* Flags of a state. */
#define CSTN__SERIES_IS_THERE 1u   /* has rows, learned from or not */
#define CSTN__SERIES_CENSORED 2u   /* the last row was a stock-out */
#define CSTN__SERIES_HAS_UNIT 4u   /* had a value that is not 0: the exponent counts */
#define CSTN__SERIES_FRACTIONAL 8u /* had a value that is no whole number from 0 on */
#define CSTN__SERIES_STOCK_OUTS                                          \
	16u /* had a stock-out: errors are learned as model_count.c says \
	     */
#define CSTN__SERIES_FLAGS                                                       \
	(CSTN__SERIES_IS_THERE | CSTN__SERIES_CENSORED | CSTN__SERIES_HAS_UNIT | \
			CSTN__SERIES_FRACTIONAL | CSTN__SERIES_STOCK_OUTS)

/* A series. Floats are in units of 2^exponent, which is that of the first value that is not 0, and
 * never beyond what a float holds; the own profile (a float a position) lies beside it. */
typedef struct cstn__demand_series {
	double level[CSTN__SPEEDS]; /* without factors */
	int64_t last;               /* number of the last period that had a row */
	float loss[CSTN__SPEEDS];   /* of each level: squared errors discounted by .98 */
	float size, chance;         /* of a sale */
	float hidden;               /* by stock-outs: mean of cstn__demand_above.hidden */
	float absolute;             /* mean of |x - l| */
	/* of one-step forecasts mu of y: means of (y - mu)^2, mu, mu^2; see
	 * cstn__count_dispersion() */
	float error_square, mu, mu_square;
	float drift_up, drift_down; /* Page and Hinkley's sums */
	uint32_t pool;
	uint32_t seen; /* observations; saturates */
	int16_t exponent;
	uint16_t run;  /* observations since the last sale; saturates */
	uint16_t rest; /* observations until the alarm may ring again */
	uint8_t hasty; /* observations to learn twice as fast from */
	uint8_t flags;
} cstn__demand_series;
_Static_assert(sizeof(cstn__demand_series) == 96, "with a profile of 7 at most 128 bytes a series");

/* A row that is kept to be replayed. */
typedef struct cstn__demand_kept {
	int64_t period, available_us, returned_us; /* periods rise */
	double y, limit, back, factor;             /* back: what was returned, with RETURNS_NET */
	int64_t known; /* the factor is of the last step until this period */
	int32_t flags;
	uint8_t has_y, has_back, events, reserved;
} cstn__demand_kept;

/* The last rows of a series, and its state before the first of them. */
typedef struct cstn__demand_window {
	CSTN__ARRAY(cstn__demand_kept) rows;
	cstn__demand_series base;
	float profile[]; /* of the base */
} cstn__demand_window;

/* Series by number of their keys; those that are CSTN__SERIES_IS_THERE are there. */
typedef struct cstn__demand_side {
	cstn__ids keys;
	CSTN__ARRAY(cstn__demand_series) series;
	CSTN__ARRAY(float) profiles;                /* cstn__demand_width() of each */
	CSTN__ARRAY(cstn__demand_window *) windows; /* with CSTN_DEMAND_REPLAY, else empty */
} cstn__demand_side;

enum { CSTN__SIDE_DEMAND, CSTN__SIDE_RETURNS, CSTN__SIDES };

typedef struct cstn__pool_total {
	int64_t period;
	double total;
	uint32_t events;
	uint32_t reserved;
} cstn__pool_total;

/* Of a period that is not closed. */
typedef struct cstn__pool_open {
	int64_t period;
	int64_t rows;
	uint32_t events;
	uint32_t reserved;
	cstn__exact_sum sum;
} cstn__pool_open;

/* Periods rise. Room that was made for rows which then did not come counts for nothing. */
typedef CSTN__ARRAY(cstn__pool_open) cstn__pool_sums;
static inline int cstn__pool_open_counts(const cstn__pool_open *open)
{
	return open->rows || open->events;
}

/* What was sold, and what had been forecast for it, in the last blocks of periods (model_level.c).
 */
#define CSTN__LEVEL_PERIODS 12
#define CSTN__LEVEL_BLOCKS 4 /* a power of two */
typedef struct cstn__level_sums {
	cstn__exact_sum said, sold;
} cstn__level_sums;
typedef struct cstn__pool_level {
	int64_t block;                           /* the newest; CSTN__PERIOD_NONE: none */
	cstn__level_sums of[CSTN__LEVEL_BLOCKS]; /* by the last bits of the block */
	double factor;
	int is_stale, reserved; /* the factor does not know the last sums */
} cstn__pool_level;

typedef struct cstn__demand_pool {
	CSTN__ARRAY(cstn__pool_total) closed; /* periods rise; the last ones */
	cstn__pool_sums open, settled;        /* settled: closed ones that late rows may mend */
	int64_t newest;                       /* period of its series; where rows are mended */
	/* Factors from a period on, until the next: season positions, then one an event. Before the
	 * first they are 1, or those of the first where earlier ones were forgotten. */
	CSTN__ARRAY(int64_t) from;
	CSTN__ARRAY(double) factors;
	cstn__exact_sum cold; /* levels of series when they were CSTN__COLD_PERIODS old */
	int64_t cold_series;
	cstn__calibration *outcomes; /* CSTN__HORIZON_WEEKS; with CSTN_DEMAND_CALIBRATE */
	cstn__pool_level *level;     /* with CSTN_DEMAND_PACE_MONTHS */
	uint8_t is_there, is_trimmed, reserved[6]; /* has rows; factors were forgotten */
} cstn__demand_pool;

struct cstn_demand_model {
	atomic_size_t references;
	cstn_allocator allocator;
	cstn_demand_config config; /* normalised; names lie in `names` */
	cstn__arena names;
	const char *events[CSTN_DEMAND_EVENTS_MOST];
	int32_t season;        /* 0 until the period is known */
	cstn__periods periods; /* type 0: not known; else of the first rows */
	cstn__demand_side sides[CSTN__SIDES];
	cstn__ids pool_ids;
	CSTN__ARRAY(cstn__demand_pool) pools; /* by number of their ids */
	int64_t closed, latest;               /* last closed period; last period of any row */
	int32_t has_closed, has_latest;
	uint8_t digest[CSTN_DEMAND_DIGEST_SIZE];
	uint64_t version; /* counts changes, so that forecasts notice them */
};

/* --- model.c --- */

/* A model for a configuration that was read (struct_size right); checks and copies it. */
cstn_status cstn__demand_model_make(const cstn_demand_config *config,
		const cstn_allocator *allocator, cstn_demand_model **out, cstn_error **error);
/* Back to empty: no keys, no periods. */
void cstn__demand_model_clear(cstn_demand_model *model);
void cstn__demand_config_put(cstn__bytes *out, const cstn_demand_model *model);
/* Names and floats as bytes; NULL is no name, at most 256 bytes go into `room`. */
void cstn__demand_name_put(cstn__bytes *out, const char *name);
const char *cstn__demand_name_read(cstn__reader *in, char room[257]);
void cstn__put_f32(cstn__bytes *out, float value);
float cstn__read_f32(cstn__reader *in);
/* Settles season and kind of periods for `ds` of a type; CSTN_E_SCHEMA if it does not fit. */
cstn_status cstn__demand_model_settle(cstn_demand_model *model, int32_t type, cstn_error **error);
/* Arrays reach as far as ids do. 0 or -1. */
int cstn__demand_side_reserve(cstn_demand_model *model, cstn__demand_side *side);
int cstn__demand_pools_reserve(cstn_demand_model *model);
/* With CSTN_DEMAND_CALIBRATE a series keeps more floats behind its profile: levels at the last ends
 * of weeks, the last errors, and means of their products (model_count.c). */
#define CSTN__HORIZON_WEEKS 4
#define CSTN__OUTCOMES_SIZE (CSTN__HORIZON_WEEKS * sizeof(cstn__calibration))
#define CSTN__BESIDE_FLOATS (CSTN__HORIZON_WEEKS + 2 * CSTN__RESIDUAL_LAGS)
/* Behind these, with CSTN_DEMAND_PACE_MONTHS, levels at the last ends of blocks. */
static inline int cstn__demand_is_slow(const cstn_demand_model *model)
{
	return model->config.pace == CSTN_DEMAND_PACE_MONTHS;
}
static inline size_t cstn__demand_level_place(const cstn_demand_model *model)
{
	return (size_t)model->season +
	       (model->config.flags & CSTN_DEMAND_CALIBRATE ? CSTN__BESIDE_FLOATS : 0);
}
static inline size_t cstn__demand_width(const cstn_demand_model *model)
{
	return cstn__demand_level_place(model) +
	       (cstn__demand_is_slow(model) ? CSTN__LEVEL_BLOCKS : 0);
}
static inline float *cstn__demand_profile(
		const cstn_demand_model *model, const cstn__demand_side *side, size_t number)
{
	return side->profiles.items + number * cstn__demand_width(model);
}
static inline size_t cstn__demand_window_size(const cstn_demand_model *model)
{
	return sizeof(cstn__demand_window) + cstn__demand_width(model) * sizeof(float);
}
void cstn__demand_window_free(const cstn_demand_model *model, cstn__demand_window *window);

/* --- model_filter.c: one series --- */

/* What a period brings to a series. */
typedef struct cstn__demand_point {
	int64_t period, before; /* before: the last period that had a row, if there is one */
	double y, limit;
	double factor; /* of the pool in this period */
	int32_t flags; /* CSTN_DEMAND_..., of the row */
	int32_t reserved;
	uint64_t hash;               /* of the key; with outcomes */
	cstn__calibration *outcomes; /* of the pool; NULL: they do not count (yet) */
	cstn__pool_level *level;     /* the same */
} cstn__demand_point;
/* Learn from a period, after `fill` periods before it in which nothing was sold. Returns 1 if the
 * series has become CSTN__COLD_PERIODS old, with its level then in *cold. */
int cstn__demand_learn(const cstn_demand_model *model, cstn__demand_series *series, float *profile,
		const cstn__demand_point *point, uint32_t fill, double *cold);
/* Level of forecasts, by the flags of the configuration. */
double cstn__demand_level(const cstn_demand_model *model, const cstn__demand_series *series);
/* Season of the series' own, drawn to that of its pool: mean 1. */
void cstn__demand_season(const cstn_demand_model *model, const cstn__demand_series *series,
		const float *profile, const double *factors, double *out);

/* A path: from the period after the last. `events`: bits of each period, NULL none. */
typedef struct cstn__demand_path {
	const cstn__demand_series *series; /* NULL: cold */
	const float *profile;
	const cstn__demand_pool *pool; /* NULL: factors are 1 */
	int64_t first;                 /* the first period */
	const uint32_t *events;
	size_t horizon;
} cstn__demand_path;
/* What all means of a path are made of. */
typedef struct cstn__demand_product {
	double level;
	const double *events; /* factors of events; NULL: they are 1 */
	double season[CSTN_DEMAND_SEASON_MOST];
} cstn__demand_product;
void cstn__demand_path_product(const cstn_demand_model *model, const cstn__demand_path *path,
		cstn__demand_product *product);
/* Means of a path to `mean`, flags (COLD, CENSORED, FALLBACK, DRIFT) of each to `flags`. */
void cstn__demand_path_mean(const cstn_demand_model *model, const cstn__demand_path *path,
		double *mean, int32_t *flags);

/* --- units --- */

/* 2^exponent, of -1,000 to 1,000. */
static inline double cstn__power_of_two(int exponent)
{
	uint64_t bits = (uint64_t)(1023 + exponent) << 52;
	double power;

	memcpy(&power, &bits, sizeof(power));
	return power;
}

/* What a state keeps in units of its series. */
#define CSTN__DEMAND_FLOAT_MOST 1e37
static inline float cstn__demand_float(double value)
{
	return (float)(value > CSTN__DEMAND_FLOAT_MOST     ? CSTN__DEMAND_FLOAT_MOST
			: value < -CSTN__DEMAND_FLOAT_MOST ? -CSTN__DEMAND_FLOAT_MOST
							   : value);
}

/* --- model_count.c: distributions around forecasts --- */

/* A constant is forecast without doubt; normal: not in whole units. */
enum { CSTN__KIND_CONSTANT, CSTN__KIND_COUNT, CSTN__KIND_NORMAL };
int cstn__demand_kind(const cstn__demand_series *series);
/* Of counts, and the deviation of others. `series` NULL: cold. */
double cstn__demand_dispersion(const cstn__demand_series *series, int is_slow);
double cstn__demand_deviation(const cstn__demand_series *series);
/* Demand of a period that reached its limit. */
typedef struct cstn__demand_above {
	double mean, around; /* the mean square is around the mean */
	double hidden;       /* derivative of the mean square by the spread it was made of */
} cstn__demand_above;
void cstn__demand_censored(const cstn__demand_series *series, int is_slow, double mean,
		double limit, cstn__demand_above *out);
/* A row of a series that had stock-outs: what is known of its errors, behind the forecast mu that
 * missed by `miss`, both in units of the series; mu and mu_square have learned already, and were
 * `before`. `above` NULL: the row is no stock-out. */
typedef struct cstn__demand_error {
	double mu, miss, speed;
	float mu_before, mu_square_before;
	const cstn__demand_above *above;
} cstn__demand_error;
void cstn__demand_count_error(
		cstn__demand_series *series, int is_slow, const cstn__demand_error *error);
/* Before a row is learned: the level at ends of blocks of periods since the last; `kept` has the
 * last four, the newest first. */
void cstn__demand_keep_levels(const cstn__demand_series *series, float *kept, int64_t periods,
		const cstn__demand_point *point, double level);
/* Where a row falls in what was forecast, before its errors are counted; then its error, in units
 * of the series. */
void cstn__demand_count_outcome(const cstn__demand_series *series, const float *beside,
		const cstn__demand_point *point);
void cstn__demand_count_residual(const cstn_demand_model *model, const cstn__demand_series *series,
		float *beside, const cstn__demand_point *point);
/* What errors of one path have in common, by how far they are apart; returns of how many errors. */
uint32_t cstn__demand_rho(const cstn_demand_model *model, const cstn__demand_series *series,
		const float *beside, double *rho);
uint64_t cstn__demand_key_hash(const cstn__ids *keys, uint32_t number);
/* Periods of a horizon week. */
int32_t cstn__demand_week(const cstn_demand_model *model);
/* Levels to ask for: CSTN__HORIZON_WEEKS rows of n. */
void cstn__demand_pool_levels(
		const cstn__demand_pool *pool, const double *level, size_t n, double *out);
typedef struct cstn__demand_levels {
	int simd;
	const double *level;
	size_t n;
	const double *asked; /* of cstn__demand_pool_levels(); NULL: as they are */
	double *scratch;     /* 2 of each period */
} cstn__demand_levels;
/* How much of P(Y = q) lies up to each level, for a path's quantiles. */
void cstn__demand_within(const cstn_demand_model *model, const cstn__demand_series *series,
		const cstn__demand_levels *levels, const double *mean, size_t n,
		const double *quantile, double *out);
/* Rows of levels around a path of n means. */
void cstn__demand_quantiles(const cstn_demand_model *model, const cstn__demand_series *series,
		const cstn__demand_levels *levels, const double *mean, size_t n, double *out);

/* --- model_pool.c --- */

/* Whether late rows mend what is closed. With CSTN_DEMAND_HISTORY the totals were added in a pass
 * of their own, and rows of closed periods are in them. */
static inline int cstn__pools_mend(const cstn_demand_model *model)
{
	return (model->config.flags & (CSTN_DEMAND_REPLAY | CSTN_DEMAND_HISTORY)) ==
	       CSTN_DEMAND_REPLAY;
}
#define CSTN__PERIOD_NONE (INT64_MIN / 2) /* before all */
/* Room for one more row of a period; NULL: out of memory. */
cstn__pool_open *cstn__pool_sum_at(
		const cstn_demand_model *model, cstn__pool_sums *sums, int64_t period);
/* Whether a late row of a closed period mends its total, in a pool whose rows have come to
 * `newest`: no row that has left its window knew that total. */
int cstn__pool_is_mendable(const cstn_demand_model *model, int64_t newest, int64_t period);
/* Room for mending a pool. 0 or -1. */
int cstn__pool_mend_reserve(const cstn_demand_model *model, cstn__demand_pool *pool);
/* Whether a total is that of a sum. */
int cstn__pool_total_is(const cstn__pool_total *total, const cstn__pool_open *of);
/* Totals and steps of settled periods from one on, anew. */
void cstn__pool_mend(const cstn_demand_model *model, cstn__demand_pool *pool, int64_t since);
/* Room in all pools for mending, then closing up to `period`. 0 or -1. */
int cstn__pools_close_reserve(cstn_demand_model *model, int64_t period);
/* Close all periods up to this one. Cannot fail after the room was made. */
void cstn__pools_close(cstn_demand_model *model, int64_t period);
/* Forget factors that no row can ask for any more. */
void cstn__pools_trim(cstn_demand_model *model);
/* Season factors, then one an event, of a period; NULL: all are 1. */
const double *cstn__pool_factors(
		const cstn_demand_model *model, const cstn__demand_pool *pool, int64_t period);
/* Factor of a row, by the steps until `known`: season and events, at least .2. */
double cstn__pool_factor(const cstn_demand_model *model, const cstn__demand_pool *pool,
		int64_t known, int64_t period, uint32_t events);
void cstn__pool_free(const cstn_demand_model *model, cstn__demand_pool *pool);
/* Mean level of series that were CSTN__COLD_PERIODS old; 0 if there is none. */
double cstn__pool_cold_level(const cstn__demand_pool *pool);

/* --- model_level.c --- */

static inline int64_t cstn__period_block(int64_t period, int64_t periods)
{
	return cstn__floor_div(period - 1, periods);
}
void cstn__level_init(cstn__pool_level *level);
void cstn__level_add(cstn__pool_level *level, int64_t period, double said, double sold);
void cstn__level_merge(cstn__pool_level *into, const cstn__pool_level *from);
/* The factor, of what was added. */
void cstn__level_settle(cstn__pool_level *level);
/* Canonical bytes; 0, or -1 for what rows cannot make. */
void cstn__level_put(cstn__bytes *out, const cstn__pool_level *level);
int cstn__level_read(cstn__reader *in, cstn__pool_level *level);

static inline int32_t cstn__season_position(int64_t period, int32_t season)
{
	int64_t at = period % season;

	return (int32_t)(at < 0 ? at + season : at);
}

/* --- model_rows.c: frames to rows --- */

typedef struct cstn__demand_row {
	int64_t period, available_us;
	int64_t before; /* the series' last period until then, for undoing */
	double y, limit;
	uint64_t row;
	uint32_t key, pool; /* key: of its side */
	uint32_t fill;      /* periods without a row before it */
	uint16_t flags;
	uint8_t events;
	uint8_t marks; /* CSTN__ROW_ */
} cstn__demand_row;
_Static_assert(sizeof(cstn__demand_row) == 64, "64 bytes a row while it is read");
#define CSTN__ROW_RETURNED 1u  /* of the side of returns */
#define CSTN__ROW_WAS_THERE 2u /* its series was there before it */
#define CSTN__ROW_BAD 4u       /* left out */

typedef struct cstn__demand_rows {
	CSTN__ARRAY(cstn__demand_row) items;
	cstn__row_sink *sink; /* NULL: one row by itself; what is wrong with it is in code, field */
	cstn_row_errors *bad; /* copied from the sink */
	int32_t code, field;
} cstn__demand_rows;
/* A row error; CSTN_OK or CSTN_E_NOMEM. */
cstn_status cstn__demand_refuse(const cstn_demand_model *model, cstn__demand_rows *rows,
		cstn__demand_row *row, int32_t field, int32_t code);

/* Fields of row errors, and names of their columns. */
enum {
	CSTN__DEMAND_ID,
	CSTN__DEMAND_DS,
	CSTN__DEMAND_Y,
	CSTN__DEMAND_FLAGS,
	CSTN__DEMAND_LIMIT,
	CSTN__DEMAND_AVAILABLE,
	CSTN__DEMAND_POOL,
	CSTN__DEMAND_EVENT
};
const char *cstn__demand_field_name(const cstn_demand_model *model, int32_t field);
/* The number of a period; 0, or the CSTN_ROW_ of what is none. */
int32_t cstn__demand_period(const cstn__periods *periods, int64_t ds, int64_t *out);
/* Rules of a row by itself; 0, or its CSTN_ROW_ with *field. A stock-out without anything to sell
 * becomes CLOSED, the limit of one without is y. */
int32_t cstn__demand_row_check(const cstn_demand_model *model, cstn__demand_row *row, int has_limit,
		int32_t *field);
/* When a row of the period is known if nobody says. */
int64_t cstn__demand_available(const cstn_demand_model *model, int64_t period);
/* Names new keys and pools; the rest of the model stays. */
cstn_status cstn__demand_rows_read(cstn_demand_model *model, struct ArrowArrayStream *rows,
		const cstn_demand_update_options *options, cstn__demand_rows *out,
		cstn_error **error);

/* --- model_update.c --- */

/* Learned from, so that it is in the totals. */
static inline int cstn__demand_is_learned(int32_t flags)
{
	return !(flags & (CSTN_DEMAND_CLOSED | CSTN_DEMAND_EXCEPTIONAL));
}
/* Periods to fill before a row, of `last` and later; -1: behind a gap. */
int64_t cstn__demand_fill(
		const cstn_demand_model *model, int is_return, int64_t last, int64_t period);

/* --- model_replay.c: rows of series that keep a window --- */

typedef struct cstn__demand_replay cstn__demand_replay;
/* Copies of the windows that the rows change, with them in; totals they change have their room. */
cstn_status cstn__demand_replay_stage(cstn_demand_model *model, cstn__demand_rows *rows,
		cstn__demand_replay **out, cstn_error **error);
/* Totals, open ones and closed ones, after which periods may be closed; then states. Neither can
 * fail. */
void cstn__demand_replay_totals(cstn_demand_model *model, cstn__demand_replay *replay);
void cstn__demand_replay_commit(cstn_demand_model *model, cstn__demand_replay *replay);
void cstn__demand_replay_free(cstn_demand_model *model, cstn__demand_replay *replay);

#endif
