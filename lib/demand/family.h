#ifndef CSTN_DEMAND_FAMILY_H
#define CSTN_DEMAND_FAMILY_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/demand_fit.h>
#include <constellation/status.h>

#include "demand/ets_series.h"
#include "demand/intermittent.h"
#include "demand/room.h"
#include "demand/series.h"
#include "table/export.h"

/* Univariate models fitted anew to one series of n finite values, oldest first. */

/* --- seasons --- */

enum { CSTN__SEASON_NONE, CSTN__SEASON_ADDITIVE, CSTN__SEASON_MULTIPLICATIVE };

/* Is period m seen in the autocorrelation? Not where n < 2 m or m < 2. */
int cstn__is_seasonal(const double *y, size_t n, size_t m);
/* The centred moving average over m periods, of t from m / 2 to n - m / 2 - 1. */
void cstn__season_trend(const double *y, size_t n, size_t m, double *trend);
/* Classical indices by position (t mod m): CSTN__SEASON_... of what they are. They are 0 or 1 in
 * the mean. */
int cstn__season_indices(const double *y, size_t n, size_t m, const double *trend, double *index);
/* Those of one kind; -1: there are none. */
int cstn__season_indices_of(
		int kind, const double *y, size_t n, size_t m, const double *trend, double *index);
/* What share of the variance around the trend the indices explain (Wang, Smith and Hyndman 2006): 0
 * to 1. */
double cstn__season_strength(int kind, const double *y, size_t n, size_t m, const double *trend,
		const double *index);
double cstn__season_remove(int kind, double value, double index);
double cstn__season_restore(int kind, double value, double index);

/* --- smoothing: closed-form initial states --- */

typedef struct cstn__smooth {
	double alpha, beta, phi; /* beta and phi of models with a trend; phi = 1: not damped */
	double level, trend;     /* at the end */
	double start_level;      /* less the first value */
	double start_trend;
	double sse;
} cstn__smooth;

/* Given parameters; states of the start are those of least squares. */
void cstn__smooth_level(const double *y, size_t n, double alpha, cstn__smooth *out);
void cstn__smooth_trend(const double *y, size_t n, double alpha, double beta, double phi,
		cstn__smooth *out);
/* Parameters of least squared one-step errors; n >= 1. `simd` from cstn__cpu_simd(), or 1: it
 * changes no byte. */
void cstn__fit_ses(int simd, const double *y, size_t n, cstn__smooth *out);
/* `most_share` bounds beta / alpha, how fast a trend turns: 1e-4 to .9999. */
void cstn__fit_holt(int simd, const double *y, size_t n, double most_share, cstn__smooth *out);
void cstn__fit_damped(int simd, const double *y, size_t n, double most_share, cstn__smooth *out);
/* h steps ahead of the end. */
void cstn__smooth_ahead(const cstn__smooth *model, size_t h, double *out);
/* Theta model (Assimakopoulos and Nikolopoulos 2000): half a line, half the smoothing of twice the
 * series less the line; `scratch` has n values. */
void cstn__theta_ahead(int simd, const double *y, size_t n, size_t h, double *scratch, double *out);

/* --- autoregression --- */

#define CSTN__LAGS_MOST 13

typedef struct cstn__lags {
	size_t n;
	size_t lag[CSTN__LAGS_MOST]; /* ascending */
} cstn__lags;

/* Fixed lags for a season, or for two; none where the season is too short for them. */
cstn__lags cstn__lags_of(size_t season, size_t second);
/* Ridge on lags of log y (of y where it is not above 0), or of its first differences; `scratch` has
 * n + h values. 0 where the forecast is no good: not finite, or far above the series. */
int cstn__autoregression_ahead(const double *y, size_t n, const cstn__lags *lags, int difference,
		size_t h, double *scratch, double *out);

/* --- one series --- */

enum {
	CSTN__FAMILY_AUTO,
	CSTN__FAMILY_NAIVE,
	CSTN__FAMILY_SEASONAL_NAIVE,
	CSTN__FAMILY_NAIVE2,
	CSTN__FAMILY_SES,
	CSTN__FAMILY_HOLT,
	CSTN__FAMILY_DAMPED,
	CSTN__FAMILY_THETA,
	CSTN__FAMILY_AUTOREGRESSION,
	CSTN__FAMILY_AUTOREGRESSION_DIFF,
	CSTN__FAMILY_AUTO_ETS,
	CSTN__FAMILY_ETS,
	CSTN__FAMILY_STM = 19,
	CSTN__FAMILY_OTM,
	CSTN__FAMILY_DSTM,
	CSTN__FAMILY_DOTM,
	CSTN__FAMILY_SES_DRIFT,
	CSTN__FAMILY_CROSTON,
	CSTN__FAMILY_SBA,
	CSTN__FAMILY_SBJ,
	CSTN__FAMILY_TSB,
	CSTN__FAMILY_ADIDA,
	CSTN__FAMILY_MODELS
};

/* Room that is used again for series after series. */
typedef struct cstn__family_room {
	cstn__room doubles;
	cstn__intermittent intermittent; /* .1 until it is set */
	int simd;                        /* 1 until it is set to cstn__cpu_simd() */
	cstn__ets_asked ets;             /* no intervals until it is set */
} cstn__family_room;
void cstn__family_room_init(cstn__family_room *room, const cstn_allocator *allocator);
void cstn__family_room_free(cstn__family_room *room);
/* So many doubles, aligned to 16 bytes, gone with the next call; NULL: out of memory. */
double *cstn__family_room_of(cstn__family_room *room, size_t n);

/* Columns of a model: one, and two for each interval of ETS. */
size_t cstn__family_columns(const cstn__ets_asked *ets, int model);
/* Forecast y h periods ahead by the models whose bits are set, h values a column in the order of
 * their numbers, n >= 1. `season` 1: none; `second`: a longer season, or 0. Always
 * finite for finite y within 1e300. -1: out of memory. */
int cstn__family_ahead(cstn__family_room *room, uint32_t models, const double *y, size_t n,
		size_t season, size_t second, size_t h, double *out);

/* --- rows of many series --- */

/* What is made of every series when the stream is read: numbers, side by side on threads, and rows
 * of them behind the column `unique_id`. Options are settled. */
typedef struct cstn__family_made {
	uint32_t models; /* that may be asked for */
	uint32_t usual;  /* where none is */
	/* rows and numbers of a series */
	size_t (*rows)(const cstn_family_options *options);
	size_t (*numbers)(const cstn_family_options *options);
	/* 0, or -1: out of memory */
	int (*add_columns)(const cstn_family_options *options, const cstn__series_set *set,
			cstn__table_builder *table);
	int (*fit)(cstn__family_room *room, const cstn_family_options *options, const double *y,
			size_t n, double *out);
	void (*put)(const cstn_family_options *options, const cstn__series_set *set,
			const cstn__series *series, const double *numbers,
			cstn__table_builder *table);
} cstn__family_made;
cstn_status cstn__family_make(const cstn__family_made *made, struct ArrowArrayStream *rows,
		const cstn_family_options *options, const cstn_allocator *allocator,
		struct ArrowArrayStream *out, cstn_row_errors **bad_rows, cstn_error **error);

/* --- options of a fit --- */

cstn_status cstn__family_check(const cstn_family_options *options, cstn_error **error);
/* What was not said, once the periods are known; binding and progress are forgotten. */
void cstn__family_settle(cstn_family_options *options, int32_t period);
/* Columns of all models of settled options, and how they are put to a table: 0, or -1, out of
 * memory. */
size_t cstn__family_columns_of(const cstn_family_options *options);
int cstn__family_add_columns(const cstn_family_options *options, cstn__table_builder *table);
/* A room a thread; NULL: out of memory. */
cstn__family_room *cstn__family_rooms_new(const cstn_family_options *options, int32_t threads,
		const cstn_allocator *allocator);
void cstn__family_rooms_free(
		cstn__family_room *rooms, int32_t threads, const cstn_allocator *allocator);

#endif
