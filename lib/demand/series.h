#ifndef CSTN_DEMAND_SERIES_H
#define CSTN_DEMAND_SERIES_H

#include <constellation/demand_fit.h>

#include "table/export.h"
#include "table/ids.h"

/* Long rows of many series, made into one array of values a series. */

/* Starts of periods as consecutive numbers. */
typedef struct cstn__periods {
	int32_t period; /* CSTN_PERIOD_, never BY_TYPE */
	int32_t type;   /* CSTN_TYPE_ of `ds`: INT64, DAYS or TIME */
	int32_t phase;  /* of weeks: day 0 of the first week, 0..6 */
} cstn__periods;
/* Periods of a kind (CSTN_PERIOD_) for `ds` of a type, of phase 0; CSTN_E_SCHEMA if it has none. */
cstn_status cstn__periods_of(
		cstn__periods *periods, int32_t period, int32_t type, cstn_error **error);
/* The first date of weeks says on which weekday they begin. */
void cstn__periods_begin(cstn__periods *periods, int64_t ds);
/* 0, or -1: no start of a period, or beyond the calendar. */
int cstn__period_number(const cstn__periods *periods, int64_t ds, int64_t *out);
/* The inverse; 0, or -1 where the calendar ends. */
int cstn__period_start(const cstn__periods *periods, int64_t number, int64_t *out);
/* The season that goes without saying. */
int32_t cstn__period_season(int32_t period);
/* Periods of a year, whole weeks of hours and days; of numbers 52 seasons. */
size_t cstn__period_year(int32_t period, size_t season);

typedef struct cstn__series {
	uint32_t key; /* its number in `keys` */
	size_t start, n;
	int64_t first;  /* number of its first period */
	int64_t cutoff; /* number of the last period before it; 0 without such a column */
	size_t ahead;   /* periods behind the n whose y is null; their values are kept too */
} cstn__series;

typedef struct cstn__series_set {
	cstn_allocator allocator;
	cstn__periods periods;
	cstn__ids keys;
	CSTN__ARRAY(cstn__series) series; /* in order of their first rows */
	double *y;
	size_t n; /* values of all */
	/* What else was asked for: */
	int has_cutoff;
	double *numbers; /* value i of column c at [c * n + i]; a null is NaN, and so is a
			    gap `with_ahead`, whose numbers are signals; else 0 */
	size_t n_numbers;
	int64_t *period;   /* of each value; with CSTN__GAP_KEPT, else NULL */
	uint64_t *row;     /* of each value, if asked for */
	cstn__ids *labels; /* values of label column c */
	uint32_t *label;   /* of a key: [key * n_labels + c], CSTN__IDS_NONE: null */
	size_t n_labels;
} cstn__series_set;

/* Beside CSTN_GAP_: a series is the rows that there are. */
#define CSTN__GAP_KEPT (-1)

typedef struct cstn__series_reader {
	int32_t period, gap; /* CSTN_PERIOD_, CSTN_GAP_ */
	uint32_t flags;      /* CSTN_IMPORT_TRUSTED */
	const cstn_binding *binding;
	cstn_progress *progress;
	/* Columns beside unique_id, ds and y. `numbers` are read as doubles; `labels` (int64, text)
	 * have one value for all rows of a key: another is CSTN_ROW_CONFLICT. */
	const cstn__column_decl *numbers, *labels;
	size_t n_numbers, n_labels;
	int with_cutoff; /* `cutoff` is read where it is there: a series is a key and a cutoff */
	const cstn__periods *like; /* NULL, or what `ds` has to be like */
	int with_ahead;    /* rows whose y is null may end a series: periods that are to come */
	int with_open;     /* y may be null anywhere: it is NaN */
	int with_holes;    /* what is filled in for a missing period is NaN, y and numbers */
	int without_y;     /* y may be absent: it is NaN everywhere */
	int with_rows;     /* the row of each value is kept; of a gap 0 */
	const char *value; /* the name of y; NULL: `y` */
} cstn__series_reader;

/* Read all of `rows`, which stays the caller's. Rows that break a rule are in *sink, which is the
 * caller's on CSTN_OK; their series are not in the set. */
cstn_status cstn__series_read(cstn__series_set *set, const cstn__series_reader *reader,
		struct ArrowArrayStream *rows, const cstn_allocator *allocator,
		cstn__row_sink **sink, cstn_error **error);
/* The key of a series, the start of the period h after its last y (0: the next one), and h + 1, in
 * the first three columns of a table. */
void cstn__series_put_ahead(const cstn__series_set *set, const cstn__series *series, size_t h,
		cstn__table_builder *table);
/* An id in a column of its type; CSTN__IDS_NONE is null. */
void cstn__series_put_id(
		cstn__table_builder *table, int32_t column, const cstn__ids *ids, uint32_t number);
/* The series of a key, the first where it has cutoffs; NULL: there is none. O(log series). */
const cstn__series *cstn__series_of_key(const cstn__series_set *set, uint32_t key);
/* The series that value i is of; i is below n. O(log series). */
const cstn__series *cstn__series_of_value(const cstn__series_set *set, size_t i);
/* A row error of value i in the row that it came from, with its series. */
cstn_status cstn__series_refuse_value(const cstn__series_set *set, size_t i, cstn__row_sink *sink,
		int32_t field, const char *column, int32_t code);
/* CSTN_E_CONFLICT: a series, by the number of its key, is in both `what` that are merged. */
cstn_status cstn__series_in_both(
		const cstn__ids *keys, uint32_t number, const char *what, cstn_error **error);
/* Numbers of the series, one a key, in the order of their keys; to be freed with series.count * 4
 * bytes. NULL: out of memory. */
uint32_t *cstn__series_order(const cstn__series_set *set);
void cstn__series_free(cstn__series_set *set);

#endif
