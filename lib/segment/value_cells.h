#ifndef CSTN_SEGMENT_VALUE_CELLS_H
#define CSTN_SEGMENT_VALUE_CELLS_H

#include "base/alloc.h"
#include "segment/value.h"

/* h of BG/NBD and MBG/NBD for many customers, each number a function of its arguments alone. One a
 * thread. */
typedef struct cstn__value_cells cstn__value_cells;
/* `n_times` horizons will be asked for; `slots` a power of two, how many cells each can have at a
 * time, up to 2,048, and fewer where horizons are many. NULL: out of memory. */
cstn__value_cells *cstn__value_cells_new(const cstn_allocator *allocator,
		const cstn__value_model *model, size_t n_times, size_t slots);
void cstn__value_cells_free(cstn__value_cells *cells);
/* h(r + x, alpha + T, a, b + x [+ 1], t); t is horizon `number` of the n_times. */
double cstn__value_cells_h(
		cstn__value_cells *cells, const cstn__value_row *row, double t, size_t number);
/* The same of n rows. */
void cstn__value_cells_each(cstn__value_cells *cells, const double *x, const double *age, size_t n,
		double t, size_t number, double *out);

#endif
