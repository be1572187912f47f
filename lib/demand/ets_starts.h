#ifndef CSTN_DEMAND_ETS_STARTS_H
#define CSTN_DEMAND_ETS_STARTS_H

#include "demand/ets_fit.h"

/* Forms fitted to one series, each at most once. */
typedef struct cstn__ets_fits {
	cstn__ets_work work, logs; /* of the series, and of its logarithm */
	int has_logs;              /* all values are above 0 */
	int effort;                /* 0: in haste */
	double *index[3];          /* by kind of season */
	double *log_index;         /* of ratios */
	int has_index[3];          /* 1 there, -1 there are none, 0 not looked for */
	cstn__ets_point made[18];
	int is_made[18];
} cstn__ets_fits;

size_t cstn__ets_fits_room(size_t n, size_t m);
/* `effort` 0: one start, ended where a step gains little; 1: several, to the end. */
void cstn__ets_fits_init(
		cstn__ets_fits *f, double *room, const double *y, size_t n, size_t m, int effort);
/* NULL: the form cannot be fitted. */
const cstn__ets_point *cstn__ets_fit_form(cstn__ets_fits *f, cstn__ets_form form);
/* One that was made in haste, to the end. */
const cstn__ets_point *cstn__ets_polish(cstn__ets_fits *f, cstn__ets_form form);
/* NULL: not made. */
const cstn__ets_point *cstn__ets_fit_of(const cstn__ets_fits *f, cstn__ets_form form);

#endif
