#ifndef CSTN_DEMAND_GRAM_H
#define CSTN_DEMAND_GRAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/stats.h"

/* Sums of products of columns, from which every regression on a subset of them comes without
 * another look at the rows. A series adds up in order, in double; what it comes to is added to
 * exact sums, so that the total has the same bytes for any split, order and merge of series. */
typedef struct cstn__gram {
	cstn_allocator allocator;
	size_t p;     /* columns; the target stands behind them */
	size_t cells; /* lower triangle of p + 1 columns, row by row */
	double *part; /* whole vectors of cells of the series that is being added, then rows that
		       * wait */
	cstn__exact_sum *total; /* cells */
	size_t waiting;
	uint64_t rows;
	int simd; /* of cstn__cpu_simd() */
} cstn__gram;
int cstn__gram_init(cstn__gram *gram, size_t p, const cstn_allocator *allocator); /* 0 or -1 */
void cstn__gram_free(cstn__gram *gram);
/* One row: p values, then the target; finite. */
void cstn__gram_add(cstn__gram *gram, const double *row);
/* A series ends. */
void cstn__gram_close(cstn__gram *gram);
/* `from` is closed and has the same columns; it stays as it is. */
void cstn__gram_merge(cstn__gram *into, const cstn__gram *from);
/* All (p + 1)^2 sums, rounded once; 0, or -1 if one is not finite. */
int cstn__gram_values(const cstn__gram *gram, double *square);

/* Ridge on some columns of such sums: penalty in mean diagonals of these columns. A column that
 * says nothing new beside those before it, within 1e-12 of its sum of squares, is dropped. */
typedef struct cstn__ridge {
	cstn_allocator allocator;
	size_t p;
	const double *square; /* (p + 1)^2 */
	double penalty;
	double *room; /* 2 p^2 + p */
	uint32_t *kept;
} cstn__ridge;
int cstn__ridge_init(cstn__ridge *ridge, size_t p, const double *square, double penalty,
		const cstn_allocator *allocator);
void cstn__ridge_free(cstn__ridge *ridge);
/* beta of all p columns, 0 where `in` is 0 or the column is dropped; `dropped` is NULL, or receives
 * 1 for each that is. */
void cstn__ridge_solve(cstn__ridge *ridge, const uint8_t *in, double *beta, uint8_t *dropped);
/* Sum of squared errors of beta on other rows, of which `square` are the sums: y'y - 2 b'X'y +
 * b'X'X b, at least 0. */
double cstn__gram_error(const double *square, size_t p, const double *beta);

#endif
