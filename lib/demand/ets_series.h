#ifndef CSTN_DEMAND_ETS_SERIES_H
#define CSTN_DEMAND_ETS_SERIES_H

#include <stddef.h>

#include "demand/ets.h"

#define CSTN__ETS_LEVELS 4

/* What is forecast of a series: the mean, and the bounds of central intervals. */
typedef struct cstn__ets_asked {
	cstn__ets_form pattern; /* of the single form, or the choice, that is asked for by name */
	int n_levels;
	double z[CSTN__ETS_LEVELS]; /* half widths of intervals in standard deviations */
} cstn__ets_asked;

/* Doubles of room that cstn__ets_series_ahead() needs. */
size_t cstn__ets_series_room(size_t n, size_t m, size_t h);
/* h means, then of each level h lower and h upper bounds, all finite, of a series near 1. `room` is
 * aligned to 16 bytes. */
void cstn__ets_series_ahead(const cstn__ets_asked *asked, cstn__ets_form pattern, const double *y,
		size_t n, size_t m, size_t h, double *room, double *out);

#endif
