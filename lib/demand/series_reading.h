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

/* Numbers of rows lie in chunks, column by column, so that none moves: the first is as large as the
 * first batch, later ones at least double what there is. */
#define CSTN__SERIES_CHUNKS 64
typedef struct cstn__series_chunk {
	double *values; /* of column c at [c * rows] */
	size_t rows;
} cstn__series_chunk;

typedef struct cstn__series_reading {
	const cstn__series_reader *reader;
	cstn__series_set *set;
	cstn__row_sink *sink;
	CSTN__ARRAY(cstn__series_row) rows;
	CSTN__ARRAY(uint8_t) is_bad; /* of a key, as many as are bad or follow one */
	int has_phase;
	cstn__column_decl *declared; /* the three, numbers, labels, and `cutoff` if asked for */
	size_t n_declared;
	cstn__series_chunk chunks[CSTN__SERIES_CHUNKS]; /* of rows, n_numbers columns each */
	size_t n_chunks, chunk_rows;                    /* of all chunks */
	CSTN__ARRAY(int64_t) cutoffs;                   /* of a row, where there is such a column */
	CSTN__ARRAY(uint32_t) label;                    /* of a key, n_labels */
	CSTN__ARRAY(cstn__series_span) spans;           /* of each series of the set */
} cstn__series_reading;

/* All rows of the stream; `sink` is there on CSTN_OK. */
cstn_status cstn__series_read_rows(
		cstn__series_reading *run, struct ArrowArrayStream *rows, cstn_error **error);
/* The number of a row in column c, with those of rows from it on behind it up to the chunk's end.
 */
static inline double *cstn__series_number(const cstn__series_reading *run, uint64_t row, size_t c)
{
	const cstn__series_chunk *chunk = run->chunks;

	for (; row >= chunk->rows; chunk++)
		row -= chunk->rows;
	return chunk->values + c * chunk->rows + row;
}
void cstn__series_free_numbers(cstn__series_reading *run);
/* A row error in a declared column, with the series that the row is of. */
cstn_status cstn__series_refuse(cstn__series_reading *run, const cstn__series_row *row,
		int32_t field, int32_t code);
/* Labels of keys up to `key` are there; 0 or -1. */
int cstn__series_reserve_labels(cstn__series_reading *run, size_t key);

#endif
