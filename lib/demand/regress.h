#ifndef CSTN_DEMAND_REGRESS_H
#define CSTN_DEMAND_REGRESS_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/demand_regress.h>

#include "base/alloc.h"
#include "demand/room.h"

/* Regression of one series on its season, the month and signals, by arrays. */

#define CSTN__REGRESS_COLUMNS_MOST 512

typedef struct cstn__regress_plan {
	size_t season, memory, horizon;
	int has_season, has_month;
	size_t n_signals;
	const uint32_t *signals; /* CSTN_REGRESS_NEXT, CSTN_REGRESS_CLOSED of each */
	double precision;
	size_t columns; /* the first is 1 */
} cstn__regress_plan;
size_t cstn__regress_columns(const cstn__regress_plan *plan);
/* The first column of a signal, behind the one that is 1 and those of the calendar. */
size_t cstn__regress_first_signal(const cstn__regress_plan *plan);
/* Columns of the season and the month that are 1 in a period, rising; how many. */
size_t cstn__regress_calendar(const cstn__regress_plan *plan, int64_t period, size_t column[3]);

/* n values from period `first` on, oldest first; signals have n + ahead of them, those of signal c
 * at x + c * stride, NaN where not known. */
typedef struct cstn__regress_series {
	const double *y;
	size_t n, ahead;
	int64_t first;
	const double *x;
	size_t stride;
} cstn__regress_series;

/* What a mean is made of. */
enum {
	CSTN__REGRESS_BASELINE,
	CSTN__REGRESS_SEASON,
	CSTN__REGRESS_MONTH,
	CSTN__REGRESS_RECALIBRATION, /* from a mean of logarithms to a mean */
	CSTN__REGRESS_FLOOR,         /* what not being below 0 adds */
	CSTN__REGRESS_SIGNAL         /* from here on: one a signal */
};
#define CSTN__REGRESS_GROUPS_MOST (CSTN__REGRESS_SIGNAL + CSTN_REGRESS_SIGNALS_MOST)
size_t cstn__regress_groups(const cstn__regress_plan *plan);
/* The group of a column but the first. */
size_t cstn__regress_group(const cstn__regress_plan *plan, size_t column);
/* Part k of period h is at out[k * stride + h]; `out` NULL: nobody asks. */
typedef struct cstn__regress_parts {
	double *out;
	size_t stride;
} cstn__regress_parts;

/* Means and flags of each period ahead; always finite. -1: out of memory. */
int cstn__regress_ahead(cstn__room *room, const cstn__regress_plan *plan,
		const cstn__regress_series *series, double *mean, int32_t *flags,
		cstn__regress_parts parts);

/* A mean that was put back. */
typedef struct cstn__regress_mean {
	int is_log, is_cut; /* is_cut: at `most` */
	double scale;       /* where it is no logarithm */
	double level, most, mean;
} cstn__regress_mean;
/* Sums of each group's columns by their effects become parts, the first the baseline. */
void cstn__regress_split(const cstn__regress_mean *of, size_t groups, double *parts);

#endif
