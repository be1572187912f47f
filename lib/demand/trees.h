#ifndef CSTN_DEMAND_TREES_H
#define CSTN_DEMAND_TREES_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/progress.h>

#include "base/alloc.h"

/* Regression trees by gradient boosting on histograms (Friedman 2001; Ke et al. 2017). */

#define CSTN__BINS_MOST 256
#define CSTN__TREE_COLUMNS_MOST 64
#define CSTN__TREE_LEAVES_MOST 255

/* --- bins ---
 * A value is in bin b of its column if b cuts of the column lie below it. Columns of few bins share
 * a byte of a row: one sum of a histogram then serves all of them. */

typedef struct cstn__bins {
	cstn_allocator allocator;
	size_t columns, bytes, stride; /* bytes of a row, and up to a multiple of 16 */
	double *cuts;                  /* CSTN__BINS_MOST a column, ascending, then infinity */
	uint8_t *bin;                  /* of column c in a byte b: [c * CSTN__BINS_MOST + b] */
	uint16_t count[CSTN__TREE_COLUMNS_MOST]; /* cuts of a column, at most 255 */
	uint8_t byte[CSTN__TREE_COLUMNS_MOST];   /* of a row, in which a column lies */
	uint8_t times[CSTN__TREE_COLUMNS_MOST];  /* its bin is added so many times */
	uint16_t cells[CSTN__TREE_COLUMNS_MOST]; /* of a byte: values that it has */
} cstn__bins;

/* Cuts between the distinct values of a sample, at its quantiles where those are more than `most`
 * bins (2..256): finite x, n rows of `columns`, one after the other. -1: out of memory. */
int cstn__bins_make(cstn__bins *bins, const cstn_allocator *allocator, const double *x, size_t n,
		size_t columns, size_t most);
void cstn__bins_free(cstn__bins *bins);
/* `out` has `stride` bytes. */
void cstn__bins_row(const cstn__bins *bins, const double *x, uint8_t *out);

/* --- trees --- */

enum { CSTN__LOSS_SQUARED, CSTN__LOSS_POISSON, CSTN__LOSS_TWEEDIE };

typedef struct cstn__tree_node {
	double value;    /* a leaf's addition, or where a column is cut: x <= value is left */
	uint16_t column; /* CSTN__TREE_LEAF */
	uint16_t left;   /* from the root of the tree; right is left + 1 */
	uint32_t rows;   /* of the fit, that come by */
} cstn__tree_node;
#define CSTN__TREE_LEAF UINT16_MAX

typedef struct cstn__trees {
	cstn_allocator allocator;
	double base;  /* before the first tree */
	int32_t loss; /* all but the squared one: `base` and the leaves are logarithms */
	size_t columns;
	CSTN__ARRAY(cstn__tree_node) nodes;
	CSTN__ARRAY(uint32_t) roots;
} cstn__trees;

typedef struct cstn__boost {
	int32_t rounds, leaves, min_rows, loss, threads;
	double rate, l2;
} cstn__boost;
#define CSTN__BOOST_INIT                                       \
	{                                                      \
		200, 31, 200, CSTN__LOSS_SQUARED, 0, 0.05, 1.0 \
	}

/* Fit to n rows of bins and their targets, finite, not negative for all but the squared loss. Same
 * bytes for any number of threads. n below 2^28. */
cstn_status cstn__trees_fit(cstn__trees *trees, const cstn__boost *boost, const cstn__bins *bins,
		const uint8_t *rows, const double *y, size_t n, const cstn_allocator *allocator,
		cstn_progress *progress, cstn_error **error);
void cstn__trees_free(cstn__trees *trees);
/* Of a row of values. */
double cstn__trees_at(const cstn__trees *trees, const double *x);

/* --- tree_explain.c, for the squared loss --- */

/* Means of nodes, over the rows of the fit beneath them. */
void cstn__trees_means(const cstn__trees *trees, double *means);
/* What each column does to what trees say of a row; returns what they say of none. All add up to
 * cstn__trees_at(). */
double cstn__trees_parts(
		const cstn__trees *trees, const double *means, const double *x, double *parts);

#endif
