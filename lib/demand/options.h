#ifndef CSTN_DEMAND_OPTIONS_H
#define CSTN_DEMAND_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/status.h>

/* Checks that options of several calls have in common; CSTN_E_INVALID_ARGUMENT. */

/* An option from 0 to `most`. */
typedef struct cstn__option_range {
	const char *name;
	int32_t value, most;
} cstn__option_range;
cstn_status cstn__option_ranges_check(
		const cstn__option_range *ranges, size_t n, cstn_error **error);

/* Periods to forecast, 0 for those that go without saying, and threads. */
cstn_status cstn__ahead_check(int32_t horizon, int32_t threads, cstn_error **error);
/* Periods to forecast of one series, and what has to be 0. */
cstn_status cstn__query_check(int32_t horizon, int32_t reserved0, cstn_error **error);

/* Signals (or what they are) have names, no two the same. */
cstn_status cstn__names_check(
		const char *what, const char *const *names, size_t n, cstn_error **error);
cstn_status cstn__signal_names_check(const char *const *names, size_t n, cstn_error **error);

#endif
