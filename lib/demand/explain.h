#ifndef CSTN_DEMAND_EXPLAIN_H
#define CSTN_DEMAND_EXPLAIN_H

#include <stddef.h>

#include "table/export.h"

/* What forecasts are made of: parts that add up. */

/* The logarithmic mean of a and b, of one sign: (a - b) / log(a / b), and b where they are equal.
 * `difference`: a - b; `log_ratio`: log(a / b). */
double cstn__log_mean(double difference, double b, double log_ratio);

/* Parts of `product` beside `level`, times which n factors (0 or more) made it. `is_cut`: a bound
 * made another product of it; the parts then are smaller in proportion. */
void cstn__explain_product(double level, const double *factors, size_t n, double product,
		int is_cut, double *parts);

/* A column of doubles named prefix + name. 0 or -1. */
int cstn__explain_column(cstn__table_builder *table, const cstn_allocator *allocator,
		const char *prefix, const char *name);
#define CSTN__EXPLAIN_SIGNAL "signal_"

#endif
