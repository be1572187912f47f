#ifndef CSTN_DEMAND_SIGNAL_PANEL_H
#define CSTN_DEMAND_SIGNAL_PANEL_H

#include "demand/signals.h"

/* The rows of one horizon: what is learned from, as sums, and what is scored, as it is. */

/* What a call works on; nothing of it is owned. */
typedef struct cstn__signal_case {
	cstn_allocator allocator;
	cstn_signal_value_options options; /* settled */
	const cstn__signals *signals;
	const cstn__series_set *set;
	const cstn__signal_book *book;
	const uint32_t *order; /* series by id, n_series of them */
	size_t n_series, n_pools;
	int64_t first, last;                  /* periods that any series has */
	size_t longest;                       /* periods of the longest series, and one more */
	uint8_t is_column[CSTN_SIGNALS_MOST]; /* of a name: a column of the rows */
} cstn__signal_case;

/* The pool of a series. */
uint32_t cstn__signal_pool(const cstn__signal_case *all, const cstn__series *series);

/* A series being walked: its rows, and the values of all signals, by period since its first. */
typedef struct cstn__signal_walk {
	cstn_allocator allocator;
	size_t n, periods;     /* rows that are used; periods and one more */
	double *y, *z;         /* of a row, in units and in the regression's scale */
	uint32_t *at;          /* of a row, its period */
	uint32_t *same;        /* of a row, the one before at its position, + 1 */
	uint32_t *newest;      /* of a position, its newest row, + 1 */
	double *x, *ahead;     /* signal s at [s * longest] */
	int64_t *available_us; /* of x where it is late */
	uint8_t *state;        /* CSTN__SIGNAL_.. of x */
	int any_late;          /* a value of a signal is late, or nothing says when it came */
	size_t longest, season, n_signals;
} cstn__signal_walk;
int cstn__signal_walk_init(cstn__signal_walk *walk, const cstn__signal_case *all);
void cstn__signal_walk_free(cstn__signal_walk *walk);
/* Mean log prices of pools: of signal s that is a cross price, sums and counts by pool and period.
 */
typedef struct cstn__pool_prices {
	cstn_allocator allocator;
	size_t cells; /* of one signal */
	double *sum, *count;
	uint8_t place[CSTN_SIGNALS_MOST]; /* of a signal among them */
	size_t n;
} cstn__pool_prices;
cstn_status cstn__pool_prices_make(cstn__pool_prices *prices, const cstn__signal_case *all,
		int64_t horizon, cstn__signal_walk *walk, cstn_error **error);
void cstn__pool_prices_free(cstn__pool_prices *prices);
/* Rows and values of a series as of origins `horizon` before their targets. */
void cstn__signal_walk_series(cstn__signal_walk *walk, const cstn__signal_case *all,
		const cstn__series *series, int64_t horizon, const cstn__pool_prices *prices);

typedef struct cstn__signal_panel {
	const cstn__signal_case *all;
	int64_t horizon, first_origin;              /* the first that is scored */
	size_t n_base, p;                           /* columns */
	uint16_t signal[CSTN__SIGNAL_COLUMNS_MOST]; /* of a column behind the base: its signal */
	uint16_t part[CSTN__SIGNAL_COLUMNS_MOST];   /* and which of its columns it is */
	size_t n_plain; /* of the first signals: a value of the period of the target */
	int has_orders; /* they alone ask for the level of y */
	cstn__gram gram;
	/* scored rows, by series in order, then by period */
	size_t n, room;
	double *x;        /* p columns, then the target in the regression's scale */
	double *y;        /* in units */
	uint32_t *origin; /* counted from first_origin */
	uint32_t *series; /* place in all->order */
	uint64_t missing; /* rows left out because a signal was not there */
} cstn__signal_panel;
/* Columns of the regression; CSTN_E_LIMIT. */
cstn_status cstn__signal_panel_plan(
		cstn__signal_panel *panel, const cstn__signal_case *all, cstn_error **error);
cstn_status cstn__signal_panel_make(cstn__signal_panel *panel, const cstn__signal_case *all,
		int64_t horizon, cstn_error **error);
void cstn__signal_panel_free(cstn__signal_panel *panel);

/* Refuse a signal that repeats what is to come of y: CSTN_E_LEAKAGE. */
cstn_status cstn__signal_copies(const cstn__signal_case *all, int64_t horizon,
		cstn__signal_walk *walk, cstn_error **error);
/* CSTN_E_LEAKAGE: a value of signal s for the series, at a period, came after the cut. */
cstn_status cstn__signal_leak(const cstn__signal_case *all, const cstn__series *series, size_t s,
		int64_t period, int state, int64_t available_us, int64_t cut, cstn_error **error);

/* --- worth --- */

/* Results of one horizon, a row of the output each. */
typedef struct cstn__signal_row {
	size_t group; /* SIZE_MAX: all of them */
	size_t pool;  /* SIZE_MAX: all */
	int64_t series, origins, rows, missing;
	int32_t horizon;
	int assumed, has_stock;
	int64_t money_minor;
	double without, with, value, low, high, p, alone, shapley, shapley_error, stock_units;
	uint64_t dropped[CSTN__SIGNAL_COLUMNS_MOST / 64];
} cstn__signal_row;
typedef struct cstn__signal_rows {
	cstn_allocator allocator;
	CSTN__ARRAY(cstn__signal_row) rows;
} cstn__signal_rows;
cstn_status cstn__signal_worth(
		const cstn__signal_panel *panel, cstn__signal_rows *out, cstn_error **error);

/* Safety stock and expected shortage over the lead time, summed over series, of residuals in units;
 * those of series whose `use` is 0 do not count. */
typedef struct cstn__signal_stock {
	double units, shortage;
} cstn__signal_stock;
int cstn__signal_stock_of(const cstn__signal_panel *panel, const double *residual,
		const uint8_t *use, cstn__signal_stock *out);

#endif
