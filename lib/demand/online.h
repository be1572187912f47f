#ifndef CSTN_DEMAND_ONLINE_H
#define CSTN_DEMAND_ONLINE_H

#include <stdatomic.h>

#include <constellation/demand_online.h>

#include "base/alloc.h"
#include "demand/regress.h"
#include "demand/series.h"
#include "table/ids.h"

/* The inside of the signal model: states of series, what pools know before, rows on their way in.
 */

/* The level is column 0. */
#define CSTN__ONLINE_COLUMNS_MOST (CSTN_SIGNAL_MODEL_COLUMNS_MOST + 1)
/* Numbers of periods, either way; of signals. */
#define CSTN__ONLINE_PERIOD_MOST (INT32_MAX / 2)
#define CSTN__ONLINE_SIGNAL_MOST 1e9
#define CSTN__ONLINE_LARGEST 1e300
/* What is not known of a level, in variances of an error. */
#define CSTN__ONLINE_LEVEL_UNKNOWN 1e6f
/* Series that tell something of an effect, from which on a pool knows it. */
#define CSTN__ONLINE_POOL_LEAST 3

/* A series. `values` are the effects, level first; then D; then the columns of U above its diagonal
 * of ones, one after the other. P = U D U' is the variance of the effects, in variances of an
 * error. */
typedef struct cstn__online_series {
	int32_t last; /* number of the last period that had a row */
	uint32_t pool;
	float s2;         /* mean square of what a row leaves, the last 60 or so */
	float largest;    /* value of the largest size, in units of 2^exponent */
	int16_t exponent; /* 0 of logarithms */
	uint16_t seen;    /* rows learned from, which saturate; CSTN__ONLINE_ flags */
	float values[];
} cstn__online_series;
_Static_assert(sizeof(cstn__online_series) == 20, "700 bytes with 16 columns beside the level");
#define CSTN__ONLINE_IS_THERE 0x8000u
#define CSTN__ONLINE_CHANGED 0x4000u /* was not always the same where it was learned from */
#define CSTN__ONLINE_POOLED 0x2000u  /* began at what its pool knew */
#define CSTN__ONLINE_SEEN_MOST 0x1fffu

/* What is known of a series before it begins. */
typedef struct cstn__online_prior {
	uint32_t series; /* the pool was made of; 0: nothing is known */
	float s2;
	float values[]; /* of each column: effect, variance in variances of an error, mean of the
			   column, deviation between series, series that told something */
} cstn__online_prior;
enum {
	CSTN__PRIOR_EFFECT,
	CSTN__PRIOR_VARIANCE,
	CSTN__PRIOR_MEAN,
	CSTN__PRIOR_DEVIATION,
	CSTN__PRIOR_SERIES,
	CSTN__PRIOR_WIDTH
};

/* What all series have in common. */
typedef struct cstn__online_plan {
	cstn__regress_plan of; /* columns */
	int is_linear;
	double forgetting, noise; /* noise: of the level a period, in variances of an error */
} cstn__online_plan;

/* Series lie in chunks that never move. */
#define CSTN__ONLINE_CHUNK 256

struct cstn_signal_model {
	atomic_size_t references;
	cstn_allocator allocator;
	cstn_signal_model_config config; /* normalised; names lie in `names` */
	cstn__arena names;
	cstn_regress_signal signals[CSTN_SIGNAL_MODEL_SIGNALS_MOST];
	uint32_t signal_flags[CSTN_SIGNAL_MODEL_SIGNALS_MOST];
	cstn__periods periods;  /* type 0: not known; else of the first rows */
	cstn__online_plan plan; /* once periods are known */
	cstn__ids keys, pool_ids;
	CSTN__ARRAY(uint8_t *) chunks;
	CSTN__ARRAY(cstn__online_prior *) priors; /* by number of pool; NULL: nothing is known */
	int32_t latest, has_rows;                 /* last period of any row */
	uint8_t digest[CSTN_SIGNAL_MODEL_DIGEST_SIZE];
	uint64_t version; /* counts changes, so that forecasts notice them */
};

/* --- online_filter.c: one series --- */

static inline size_t cstn__online_floats(size_t columns)
{
	return columns * (columns + 3) / 2;
}
static inline size_t cstn__online_series_size(size_t columns)
{
	return sizeof(cstn__online_series) + cstn__online_floats(columns) * sizeof(float);
}
/* A series as it begins. `prior` may be NULL. */
void cstn__online_begin(const cstn__online_plan *plan, const cstn__online_prior *prior,
		cstn__online_series *series);
/* Signals of a period into columns; 1: one is not known, and the mean that it had stands in.
 * `signals` NULL: none is known; signal i at signals[i * stride]. `series` NULL: the prior's. */
int cstn__online_columns(const cstn__online_plan *plan, const cstn__online_series *series,
		const cstn__online_prior *prior, int64_t period, const double *signals,
		size_t stride, double *x);
int cstn__online_is_closed(const cstn__online_plan *plan, const double *signals, size_t stride);
/* Learn from a row after series->last, or from the first one. */
void cstn__online_learn(const cstn__online_plan *plan, const cstn__online_prior *prior,
		cstn__online_series *series, int64_t period, double y, const double *signals,
		size_t stride);
/* The mean of a period, and CSTN_SIGNAL_MODEL_ flags. `series` NULL: cold. */
double cstn__online_ahead(const cstn__online_plan *plan, const cstn__online_series *series,
		const cstn__online_prior *prior, int64_t period, const double *signals,
		size_t stride, int32_t *flags);
/* Variance of each effect, in variances of an error; means of columns. */
void cstn__online_variances(const cstn__online_series *series, size_t columns, double *out);
void cstn__online_means(const cstn__online_series *series, size_t columns, double *out);

/* --- online_model.c --- */

cstn_status cstn__signal_model_make(const cstn_signal_model_config *config,
		const cstn_allocator *allocator, cstn_signal_model **out, cstn_error **error);
void cstn__signal_config_put(cstn__bytes *out, const cstn_signal_model *model);
/* Takes kinds of periods over, and the plan that follows; CSTN_E_LIMIT for more columns. */
cstn_status cstn__signal_model_settle(
		cstn_signal_model *model, const cstn__periods *periods, cstn_error **error);
/* Without rows: no keys. Without pools: no periods either. */
void cstn__signal_model_clear(cstn_signal_model *model);
/* The numbers of keys all have room for a state, which is not there. 0 or -1. */
int cstn__signal_model_reserve(cstn_signal_model *model);
static inline cstn__online_series *cstn__signal_series(
		const cstn_signal_model *model, size_t number)
{
	return (cstn__online_series *)(void
					*)(model->chunks.items[number / CSTN__ONLINE_CHUNK] +
					   number % CSTN__ONLINE_CHUNK *
							   cstn__online_series_size(
									   model->plan.of.columns));
}
/* NULL: the series is not there. */
const cstn__online_series *cstn__signal_series_there(
		const cstn_signal_model *model, uint32_t number);
/* What is known before in a pool (CSTN__IDS_NONE: none); NULL: nothing. */
static inline const cstn__online_prior *cstn__signal_prior(
		const cstn_signal_model *model, uint32_t pool)
{
	return pool < model->priors.count ? model->priors.items[pool] : NULL;
}
static inline size_t cstn__online_prior_size(size_t columns)
{
	return sizeof(cstn__online_prior) + columns * CSTN__PRIOR_WIDTH * sizeof(float);
}
/* Drops what pools know. */
void cstn__signal_priors_free(cstn_signal_model *model);
/* The name of a column, which may lie in `room`. */
const char *cstn__signal_column_name(const cstn_signal_model *model, size_t column, char room[32]);

/* --- online_rows.c --- */

/* Rows of a stream as series, with the model's signals and pool. */
typedef struct cstn__signal_reading {
	uint32_t flags;
	const cstn_binding *binding;
	cstn_progress *progress;
	int is_ahead; /* y may be absent, and the pool */
} cstn__signal_reading;
cstn_status cstn__signal_rows_read(cstn__series_set *set, const cstn_signal_model *model,
		const cstn__signal_reading *reading, struct ArrowArrayStream *rows,
		cstn__row_sink **sink, cstn_error **error);
/* The rule that the signals of a value break: 0, or a CSTN_ROW_ with *field. */
int32_t cstn__signal_check(const cstn_signal_model *model, const double *signals, size_t stride,
		int32_t *field);
/* The number of a series' pool in the model: 0 without pools, CSTN__IDS_NONE for one that it does
 * not have. */
uint32_t cstn__signal_pool_of(
		const cstn_signal_model *model, const cstn__series_set *set, uint32_t key);
const double *cstn__signal_values(
		const cstn__series_set *set, const cstn__series *series, size_t t);
/* A row error in a column of the rows. */
cstn_status cstn__signal_refuse(cstn__row_sink *sink, const cstn_signal_model *model, uint64_t row,
		int32_t field, int32_t code);
enum { CSTN__SIGNAL_ID, CSTN__SIGNAL_DS, CSTN__SIGNAL_Y, CSTN__SIGNAL_FIRST };
const char *cstn__signal_field_name(const cstn_signal_model *model, int32_t field);

#endif
