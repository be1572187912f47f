#ifndef TESTS_FORECAST_DATA_H
#define TESTS_FORECAST_DATA_H

#include <stddef.h>
#include <stdint.h>

/* The longest series here has 2,597 values. */
#define FORECAST_MOST 4096

typedef struct forecast_series {
	char id[8];
	size_t n;
	double *y;
} forecast_series;

/* Numbers between blanks, at least one; `out` has room for FORECAST_MOST. */
size_t forecast_values(const char *text, double *out);
/* Ragged lines "id,v,v,..,,": values to the first cell that is none. Returns how many series. */
size_t forecast_ragged(const char *file, forecast_series *out, size_t most);
/* NULL: not there. */
const forecast_series *forecast_find(const forecast_series *all, size_t n, const char *id);
void forecast_drop(forecast_series *all, size_t n);
/* A measure of h periods, with its history; NaN where it divides by nothing. */
double forecast_measure(int32_t metric, const double *y, const double *f, size_t h,
		const double *train, size_t n, int32_t season);
/* What stands behind "| name |" at the begin of a line, after a heading. */
const char *forecast_row(const char *text, const char *heading, const char *name);
/* The first numbers of the cells behind it; a cell without is NaN. Returns how many cells. */
size_t forecast_cells(
		const char *text, const char *heading, const char *name, double *out, size_t most);
/* Numbers of a file with a line of names, by column: out[column * rows + row]; blank cells are NaN.
 * `skip` columns are left out. Returns how many rows there were, at most `rows`. */
size_t forecast_table(const char *file, size_t skip, double *out, size_t rows, size_t columns);

#endif
