#ifndef CSTN_DEMAND_RECONCILE_ROWS_H
#define CSTN_DEMAND_RECONCILE_ROWS_H

#include <constellation/demand_reconcile.h>

#include "demand/hierarchy.h"

#define CSTN__RECONCILE_COLUMNS_MOST 64

/* Forecasts of one period, by one model, from one cutoff: one row for each node. */
typedef struct cstn__slice {
	int64_t ds, cutoff;
	uint32_t model, reserved;
} cstn__slice;

/* Rows that are to add up, and what earlier ones were off by. */
typedef struct cstn__forecast_rows {
	cstn_allocator allocator;
	cstn__hierarchy *h;           /* its ids learn what is no node, too */
	int32_t ds_type, cutoff_type; /* CSTN_TYPE_; 0: no cutoff */
	int has_model, n_values, n_quantiles;
	int is_explained; /* quantiles are parts, and what the value moves by stands behind them */
	cstn__interner models;
	CSTN__ARRAY(cstn__slice) slices;
	CSTN__ARRAY(uint32_t) node;  /* of each row */
	CSTN__ARRAY(uint32_t) slice; /* of each row */
	CSTN__ARRAY(double) numbers; /* cstn__forecast_rows_width() of each row */
	CSTN__ARRAY(double)
	squares; /* sums of squared errors [(model * n_values + c) * n + node] */
	CSTN__ARRAY(uint64_t) counts; /* of them, [model * n + node] */
} cstn__forecast_rows;

/* The stream stays the caller's. Free the rows also on failure. */
cstn_status cstn__forecast_rows_read(cstn__forecast_rows *rows, cstn__hierarchy *h,
		const cstn_reconcile_options *options, struct ArrowArrayStream *base,
		const cstn_allocator *allocator, cstn_row_errors **bad_rows, cstn_error **error);
void cstn__forecast_rows_free(cstn__forecast_rows *rows);

/* Numbers of a row that come in, and that go out. */
static inline size_t cstn__forecast_rows_given(const cstn__forecast_rows *rows)
{
	return (size_t)(rows->n_values + rows->n_quantiles);
}
static inline size_t cstn__forecast_rows_width(const cstn__forecast_rows *rows)
{
	return cstn__forecast_rows_given(rows) + (size_t)rows->is_explained;
}

#endif
