#ifndef CSTN_DEMAND_SERIES_H
#define CSTN_DEMAND_SERIES_H

#include <constellation/demand_fit.h>

#include "table/ids.h"

/* Long rows of many series, made into one array of values a series. */

/* Starts of periods as consecutive numbers. */
typedef struct cstn__periods {
	int32_t period; /* CSTN_PERIOD_, never BY_TYPE */
	int32_t type;   /* CSTN_TYPE_ of `ds`: INT64, DAYS or TIME */
	int32_t phase;  /* of weeks: day 0 of the first week, 0..6 */
} cstn__periods;
/* 0, or -1: no start of a period, or beyond the calendar. */
int cstn__period_number(const cstn__periods *periods, int64_t ds, int64_t *out);
/* The inverse; 0, or -1 where the calendar ends. */
int cstn__period_start(const cstn__periods *periods, int64_t number, int64_t *out);
/* The season that goes without saying. */
int32_t cstn__period_season(int32_t period);

typedef struct cstn__series {
	uint32_t key; /* its number in `keys` */
	size_t start, n;
	int64_t first; /* number of its first period */
} cstn__series;

typedef struct cstn__series_set {
	cstn_allocator allocator;
	cstn__periods periods;
	cstn__customer_ids keys;
	CSTN__ARRAY(cstn__series) series; /* in order of their first rows */
	double *y;
	size_t n; /* values of all */
} cstn__series_set;

typedef struct cstn__series_reader {
	int32_t period, gap; /* CSTN_PERIOD_, CSTN_GAP_ */
	uint32_t flags;      /* CSTN_IMPORT_TRUSTED */
	const cstn_binding *binding;
	cstn_progress *progress;
} cstn__series_reader;

/* Read all of `rows`, which stays the caller's. Rows that break a rule are in *sink, which is the
 * caller's on CSTN_OK; their series are not in the set. */
cstn_status cstn__series_read(cstn__series_set *set, const cstn__series_reader *reader,
		struct ArrowArrayStream *rows, const cstn_allocator *allocator,
		cstn__row_sink **sink, cstn_error **error);
void cstn__series_free(cstn__series_set *set);

#endif
