#ifndef CSTN_DEMAND_GLOBAL_H
#define CSTN_DEMAND_GLOBAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/stats.h"

/* One ridge for all series and all horizons: features of a series as of an origin and of the period
 * that is forecast, by arrays. Demand is in units of the series' own scale, the root of the mean
 * squared step. */

/* Columns of every plan. Those of demand are what a series sold, in its own scale. */
enum {
	CSTN__GLOBAL_FAST, /* exponential means, .05, .1 and .3 */
	CSTN__GLOBAL_FASTER,
	CSTN__GLOBAL_FASTEST,
	CSTN__GLOBAL_MEAN_1, /* means of the last season, of 4, of 13 */
	CSTN__GLOBAL_MEAN_4,
	CSTN__GLOBAL_MEAN_13,
	CSTN__GLOBAL_SAME_8, /* means of the last 8, 4, 1 at the target's position of the season */
	CSTN__GLOBAL_SAME_4,
	CSTN__GLOBAL_SAME_1,
	CSTN__GLOBAL_BASE, /* b: exponential mean .05 by the pool's ratio of that position */
	CSTN__GLOBAL_MEAN_4_RATIO,
	CSTN__GLOBAL_LAST,
	CSTN__GLOBAL_YEAR,       /* a year before the target */
	CSTN__GLOBAL_PAUSE,      /* exponential mean by periods since a sale */
	CSTN__GLOBAL_SHARE,      /* of periods with sales */
	CSTN__GLOBAL_BASE_AHEAD, /* by how far ahead */
	CSTN__GLOBAL_FASTEST_AHEAD,
	CSTN__GLOBAL_SAME_1_AHEAD,
	CSTN__GLOBAL_ONE,
	CSTN__GLOBAL_DENSE /* from here on: b by the season, the month, signals; mostly 0 */
};

/* What forecasts are made of. */
enum {
	CSTN__GLOBAL_BASELINE, /* the constant of the ridge, the mean of the trees */
	CSTN__GLOBAL_LEVEL,    /* what the series sold */
	CSTN__GLOBAL_SEASON,
	CSTN__GLOBAL_MONTH,
	CSTN__GLOBAL_POOL,          /* of trees, which know its number */
	CSTN__GLOBAL_RECALIBRATION, /* the level of the pool */
	CSTN__GLOBAL_FLOOR,         /* what not being below 0 adds */
	CSTN__GLOBAL_SIGNAL         /* from here on: one a signal */
};

typedef struct cstn__global_plan {
	size_t season, horizon, origins, year;
	size_t n_pools, n_signals;
	const uint32_t *signals; /* CSTN_GLOBAL_ of each */
	int has_days;            /* periods are days: columns of the month's days 1-3 and 28-31 */
	size_t columns;          /* by cstn__global_columns() */
} cstn__global_plan;
#define CSTN__GLOBAL_COLUMNS_MOST 256
size_t cstn__global_groups(const cstn__global_plan *plan);
#define CSTN__GLOBAL_GROUPS_MOST (CSTN__GLOBAL_SIGNAL + CSTN_GLOBAL_SIGNALS_MOST)
/* Columns of a plan; SIZE_MAX: beyond all bounds. */
size_t cstn__global_columns(const cstn__global_plan *plan);
/* The first column of b by position, by days, by a signal. */
size_t cstn__global_column_of_signal(const cstn__global_plan *plan, size_t signal);

/* One series of n values; its signals have n + ahead of them, those of signal c at x + c * stride.
 * NaN: not known. */
typedef struct cstn__global_series {
	const double *y;
	size_t n, ahead;
	int64_t first; /* number of its first period, by which seasons are counted */
	const double *x;
	size_t stride;
	size_t pool; /* SIZE_MAX: one that the plan does not know */
} cstn__global_series;

/* --- features --- */

/* A series in its scale, and how far it is walked through; `u` and `sum` grow. */
typedef struct cstn__global_walk {
	cstn_allocator allocator;
	double *u, *sum; /* values in scale; sums of those before each */
	size_t capacity;
	double scale; /* 0: no step in it */
	size_t at;    /* periods walked */
	double fast, faster, fastest, share, pause;
} cstn__global_walk;
void cstn__global_walk_init(cstn__global_walk *walk, const cstn_allocator *allocator);
void cstn__global_walk_free(cstn__global_walk *walk);
/* Begin with a series, n >= 1; -1: out of memory. */
int cstn__global_walk_start(cstn__global_walk *walk, const double *y, size_t n);
/* On until `periods` of them are known. */
void cstn__global_walk_to(cstn__global_walk *walk, size_t periods);

/* Rows of one origin: for each horizon the dense columns and the target behind them, and a list of
 * the others that are not 0. */
#define CSTN__GLOBAL_WIDTH (CSTN__GLOBAL_DENSE + 1)
typedef struct cstn__global_rows {
	size_t n, most, listed; /* rows; room for; room in a list */
	double *dense;          /* n by CSTN__GLOBAL_WIDTH */
	uint32_t *column;       /* n by listed */
	double *value;
	uint32_t *count;
	uint32_t *ahead;  /* 1 is the next period */
	uint8_t *missing; /* a signal of the row is not known: its mean stands in */
} cstn__global_rows;
int cstn__global_rows_init(cstn__global_rows *rows, const cstn__global_plan *plan,
		const cstn_allocator *allocator);
void cstn__global_rows_free(cstn__global_rows *rows, const cstn_allocator *allocator);
/* Rows of horizons 1 .. horizon as of the walk. `ratio`: of each position of the season, in the
 * pool. Targets that are known are behind the columns, else 0; with `for_fit` rows with a signal
 * that is not known are left out. */
void cstn__global_rows_make(cstn__global_rows *rows, const cstn__global_plan *plan,
		const cstn__global_series *series, const cstn__global_walk *walk,
		const double *ratio, size_t horizon, int for_fit);

/* Where period t of a series is in the season: 0 to season - 1. */
size_t cstn__global_position(
		const cstn__global_plan *plan, const cstn__global_series *series, size_t t);
/* A signal's value of period t; where it is not known its mean before `known`, and *missing is 1.
 */
double cstn__global_signal_at(const cstn__global_series *series, size_t signal, size_t t,
		size_t known, int *missing);

/* --- ratios --- */

/* Ratios of positions: totals of 13 seasons, whose first period is numbered `first`. */
void cstn__global_ratio(const double *totals, size_t n, int64_t first, size_t season, double *out);

/* --- sums and solution --- */

/* Exact sums over series: the same for any order and split. */
typedef struct cstn__global_sums {
	cstn_allocator allocator;
	size_t columns, n_pools;
	uint64_t series, rows;
	/* Lower triangles of columns and target, row by row: of the fit, and of the one that stood
	 * a horizon before, whose forecasts give the levels. */
	cstn__exact_sum *gram[2];
	cstn__exact_sum *level; /* of a pool: columns in units, as of a horizon ago, and demand */
	double *once[3]; /* squares of one series: origins of the fit alone, of both, of the other
			  */
} cstn__global_sums;
int cstn__global_sums_init(cstn__global_sums *sums, const cstn__global_plan *plan,
		const cstn_allocator *allocator);
void cstn__global_sums_free(cstn__global_sums *sums);
void cstn__global_sums_begin(cstn__global_sums *sums); /* a series */
void cstn__global_sums_rows(cstn__global_sums *sums, const cstn__global_rows *rows, size_t square);
void cstn__global_sums_level(
		cstn__global_sums *sums, const cstn__global_rows *rows, size_t pool, double scale);
void cstn__global_sums_end(cstn__global_sums *sums);
void cstn__global_sums_merge(cstn__global_sums *into, const cstn__global_sums *from);
/* Coefficients with the penalty a share of the mean diagonal, and the level of each pool; both fits
 * are solved. -1: out of memory; -2: there is nothing to learn from. */
int cstn__global_solve(const cstn__global_sums *sums, double penalty, double *coefficients,
		double *levels);

/* Ratios of an origin in the pool of a series, out of those of all origins. */
const double *cstn__global_ratio_of(const cstn__global_plan *plan,
		const cstn__global_series *series, const double *ratios, size_t origin);
/* On to an origin and its rows, the walk being started and origins taken oldest first. 0: it has
 * not the horizon behind it, or nothing before; 1: too little before it to learn from; 2: learned
 * from. */
int cstn__global_origin(const cstn__global_plan *plan, const cstn__global_series *series,
		int64_t end, const double *ratios, size_t origin, cstn__global_walk *walk,
		cstn__global_rows *rows);
/* Origins looked at: those of the fit, and those of the fit a horizon before. */
size_t cstn__global_origins(const cstn__global_plan *plan);
/* The share of one series in the sums of a fit that ends with the period before `end`. Ratios by
 * origin, newest first, pool, position. -1: out of memory. */
int cstn__global_learn(cstn__global_sums *sums, const cstn__global_plan *plan,
		const cstn__global_series *series, int64_t end, const double *ratios,
		cstn__global_walk *walk, cstn__global_rows *rows);
/* A forecast in units of the series: at most rows->n of them. Finite. */
void cstn__global_predict(const cstn__global_rows *rows, const double *coefficients, double factor,
		double *out);

/* --- trees --- */

/* What trees look at: what the ridge does, unmultiplied. */
size_t cstn__global_tree_columns(const cstn__global_plan *plan);
void cstn__global_tree_row(const cstn__global_rows *rows, size_t row, const cstn__global_plan *plan,
		const cstn__global_series *series, const cstn__global_walk *walk,
		const double *ratio, double *out);

#endif
