/* Charts of customers: a grid of cells, pairs of what was expected and what came, values by rank.
 */
#ifndef CSTN_EXAMPLE_REPORT_GRID_H
#define CSTN_EXAMPLE_REPORT_GRID_H

#include "report_page.h"

#include <stddef.h>

struct grid_cell {
	int x, y;     /* from 0; y upwards */
	double value; /* the darker the more */
	char text[NUMBER_SIZE];
	char says[120]; /* tooltip */
};

/** Cells on a grid. @param x_title under it @param y_title beside it @param x_labels texts of the
 *  columns, y_labels of the rows, from the bottom */
void chart_grid(struct page *page, const char *title, const char *note, const char *x_title,
		const char *y_title, const char *const *x_labels, int columns,
		const char *const *y_labels, int rows, const struct grid_cell *cells, size_t n);

struct chart_pair {
	char label[40];
	double actual, expected;
};

/** A bar for what came and a point, joined by a line, for what was expected. */
void chart_pairs(struct page *page, const char *title, const char *note, const char *x_title,
		const struct chart_pair *pairs, size_t n);

struct chart_rank {
	char label[80];
	char text[120]; /* to the right of the bar */
	double value;
};

/** Horizontal bars from 0, each with its words. */
void chart_ranks(struct page *page, const char *title, const char *note,
		const struct chart_rank *ranks, size_t n);

#endif
