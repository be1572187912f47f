#ifndef CSTN_DEMAND_CUT_H
#define CSTN_DEMAND_CUT_H

#include "demand/series.h"

/* What was known when a forecast was made. */

/* The moment: the last period that may be known, and until when it was told. */
typedef struct cstn__cut {
	int64_t period;
	int64_t us; /* of numbers: the number */
} cstn__cut;
/* The end of a period and an offset behind it; saturates. */
int64_t cstn__period_end(const cstn__periods *periods, int64_t period, int64_t offset_us);
cstn__cut cstn__cut_at(const cstn__periods *periods, int64_t period, int64_t offset_us);

/* A set of series of whose values is known when they came. `available` is the number of that column
 * in the set. */
typedef struct cstn__known {
	const cstn__series_set *set;
	size_t available;
	int64_t latency_us; /* of rows that do not say it */
} cstn__known;
/* The one way to values that a forecast is made of: n of series number `series` from its period
 * `from` on. CSTN_E_LEAKAGE if one of them is of a period after the cut or came after it. */
cstn_status cstn__known_read(const cstn__known *known, const cstn__cut *cut, size_t series,
		size_t from, size_t n, const double **y, cstn_error **error);

/* Refuse a column of the set that repeats y of its own or of a later period up to `horizon`. */
cstn_status cstn__known_check_signal(const cstn__series_set *set, size_t column, const char *name,
		size_t horizon, cstn_error **error);

#endif
