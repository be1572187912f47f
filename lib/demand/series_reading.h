#ifndef CSTN_DEMAND_SERIES_READING_H
#define CSTN_DEMAND_SERIES_READING_H

#include "demand/series.h"

/* Rows on their way to a set of series: series_rows.c reads them, series.c puts them in order. */

enum { CSTN__SERIES_ID, CSTN__SERIES_DS, CSTN__SERIES_Y, CSTN__SERIES_COLUMNS };

typedef struct cstn__series_row {
	int64_t period;
	double y;
	uint64_t row; /* of the stream; what else it has lies at its number */
	uint32_t key;
	uint32_t reserved;
} cstn__series_row;

/* Sorted rows of one series. */
typedef struct cstn__series_span {
	const cstn__series_row *rows;
	size_t n;
} cstn__series_span;

/* Numbers of rows lie in chunks that double, so that none moves: 2^k blocks of rows in chunk k. */
#define CSTN__SERIES_CHUNKS 44

typedef struct cstn__series_reading {
	const cstn__series_reader *reader;
	cstn__series_set *set;
	cstn__row_sink *sink;
	CSTN__ARRAY(cstn__series_row) rows;
	CSTN__ARRAY(uint8_t) is_bad; /* of a key, as many as are bad or follow one */
	int has_phase;
	cstn__column_decl *declared; /* the three, numbers, labels, and `cutoff` if asked for */
	size_t n_declared;
	double *numbers[CSTN__SERIES_CHUNKS]; /* of a row, n_numbers; of chunk 0 and on, as far as
						 rows came */
	CSTN__ARRAY(int64_t) cutoffs;         /* of a row, where there is such a column */
	CSTN__ARRAY(uint32_t) label;          /* of a key, n_labels */
	CSTN__ARRAY(cstn__series_span) spans; /* of each series of the set */
} cstn__series_reading;

/* All rows of the stream; `sink` is there on CSTN_OK. */
cstn_status cstn__series_read_rows(
		cstn__series_reading *run, struct ArrowArrayStream *rows, cstn_error **error);
/* Numbers of a row, and of the *n rows from it on that lie behind it. */
double *cstn__series_numbers(const cstn__series_reading *run, uint64_t row, size_t *n);
void cstn__series_free_numbers(cstn__series_reading *run);
/* A row error in a declared column, with the series that the row is of. */
cstn_status cstn__series_refuse(cstn__series_reading *run, const cstn__series_row *row,
		int32_t field, int32_t code);
/* Labels of keys up to `key` are there; 0 or -1. */
int cstn__series_reserve_labels(cstn__series_reading *run, size_t key);

#endif
