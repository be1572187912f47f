#ifndef CSTN_DEMAND_PARTNER_CELLS_H
#define CSTN_DEMAND_PARTNER_CELLS_H

#include <constellation/demand_plan.h>

#include "base/row_errors.h"
#include "demand/series.h"

/* Cells that two sides plan, read and put in groups of pool and horizon, and what the past of a
 * group says. */

enum {
	CSTN__CELL_A,
	CSTN__CELL_B,
	CSTN__CELL_H,
	CSTN__CELL_A_LOW,
	CSTN__CELL_A_HIGH,
	CSTN__CELL_B_LOW,
	CSTN__CELL_B_HIGH,
	CSTN__CELL_A_EVENT,
	CSTN__CELL_B_EVENT,
	CSTN__CELL_OVERRIDE,
	CSTN__CELL_REASON,
	CSTN__CELL_CONSENSUS,
	CSTN__CELL_EXCEPTION,
	CSTN__CELL_UNDER,
	CSTN__CELL_OVER,
	CSTN__CELL_NUMBERS
};

/* What one side was off by: f - y of n cells. */
typedef struct cstn__side {
	double bias, error; /* means of the error and of its size */
	double sum, size;   /* sums of the same */
	double square;      /* of the error around its mean, a mean */
} cstn__side;

typedef struct cstn__cell_group {
	uint32_t pool; /* CSTN__IDS_NONE: none */
	uint32_t reserved;
	int64_t horizon;
	size_t n, at; /* past cells; where they begin in `past` */
	cstn__side a, b;
	double product; /* mean product of both errors around their means */
} cstn__cell_group;

typedef struct cstn__cells {
	cstn_allocator allocator;
	cstn_plan_options options; /* with defaults filled in */
	cstn__series_set set;
	cstn__row_sink *sink;
	int64_t *h;      /* of each cell: periods ahead */
	uint32_t *group; /* of each cell */
	int64_t *cutoff; /* of each cell, where there is such a column */
	uint32_t *key;   /* of each cell */
	size_t *past;    /* cells whose y has come, by group */
	size_t n_past;
	CSTN__ARRAY(cstn__cell_group) groups;
} cstn__cells;

static inline double cstn__cell(const cstn__cells *cells, size_t i, int column)
{
	return cells->set.numbers[(size_t)column * cells->set.n + i];
}

/* Where a sum of |a - b| of the past of a group has its quantile; `room` has n numbers. */
double cstn__cells_gap(const cstn__cells *cells, const cstn__cell_group *group, double *room);

/* One of the calls: reads, makes groups, lets `put` write the table `out`. */
typedef cstn_status cstn__cells_put(
		cstn__cells *cells, cstn__table_builder *table, cstn_error **error);
typedef struct cstn__cells_call {
	cstn__cells_put *put;
	const cstn_allocator *allocator;
	struct ArrowArrayStream *out;
} cstn__cells_call;
cstn_status cstn__cells_run(const cstn__cells_call *call, struct ArrowArrayStream *rows,
		const cstn_plan_options *options, cstn_row_errors **bad_rows, cstn_error **error);
/* A cell that is refused: a row error of its column. */
cstn_status cstn__cells_refuse(
		cstn__cells *cells, size_t cell, int column, int32_t code, cstn_error **error);

/* Columns that each table of cells begins with: key, period, cutoff, horizon, pool, a, b. How many
 * there are, -1: out of memory. */
int32_t cstn__cells_declare(const cstn__cells *cells, cstn__table_builder *table);
void cstn__cells_begin_row(const cstn__cells *cells, cstn__table_builder *table, size_t cell);
/* NaN is null. */
void cstn__cells_put_number(cstn__table_builder *table, int32_t column, double value);

#endif
