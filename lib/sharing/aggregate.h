#ifndef CSTN_SHARING_AGGREGATE_H
#define CSTN_SHARING_AGGREGATE_H

#include <constellation/privacy.h>

#include "sharing/classes.h"
#include "sharing/difference_guard.h"
#include "sharing/generalise.h"

#define CSTN__BY_MOST 6
#define CSTN__MEASURES_MOST 16

/* A cell: rows that are equal in the columns of its level. */
typedef struct cstn__cell {
	cstn__class class;
	int64_t companies;    /* the recipient not among them */
	int32_t rule;         /* 0: it may go out; else the CSTN_RULE_ that it breaks first */
	int32_t share_broken; /* the largest share is too large */
	double share;         /* the largest of all, 0 to 1 */
	double found, needed; /* of the broken rule */
	cstn__row_set set;    /* its rows, when a guard asks */
} cstn__cell;

/* All cells of some of the columns: bit i of `summed` says that column i is not among them. */
typedef struct cstn__level {
	uint32_t summed, reserved;
	cstn__groups groups;
	cstn__cell *cells;
} cstn__level;

/* Where the columns of a table are that were asked for; -1: not. */
typedef struct cstn__aggregate_columns {
	int company, sensitive, row, measure[CSTN__MEASURES_MOST];
} cstn__aggregate_columns;

typedef struct cstn__aggregate {
	cstn_allocator allocator, set_allocator; /* row sets are of the guard's memory */
	cstn_aggregate_options options;          /* with the usual values in place of 0 */
	cstn__coded_ask asks[CSTN__BY_MOST + CSTN__MEASURES_MOST + 3];
	size_t n_asks;
	cstn__aggregate_columns at;
	cstn__coded_table table;
	cstn__sensitive sensitive;
	uint32_t recipient; /* its code among the companies; CSTN__NO_COMPANY: none of its rows */
	uint32_t n_levels;  /* 2^n_by */
	cstn__level levels[1 << CSTN__BY_MOST];
} cstn__aggregate;

/* aggregate_read.c: options and rows. What is half made is freed by cstn__aggregate_free() too. */
cstn_status cstn__aggregate_read(cstn__aggregate *out, struct ArrowArrayStream *rows,
		const cstn_aggregate_options *given, cstn_row_errors **bad_rows,
		cstn_error **error);
void cstn__aggregate_free(cstn__aggregate *aggregate);

/* aggregate_cells.c: all levels with their cells, and what rule each breaks by itself. */
cstn_status cstn__aggregate_cells(cstn__aggregate *aggregate, cstn_error **error);
void cstn__aggregate_drop_cells(cstn__aggregate *aggregate);
/* aggregate_margins.c: cells that a margin would show go too. */
cstn_status cstn__aggregate_margins(cstn__aggregate *aggregate, cstn_error **error);
/* aggregate_guard.c: cells that differ too little from what is known go too; then the guard keeps
 * those that go out. _check() is repeated with _margins() until neither finds more. */
typedef struct cstn__guarding {
	cstn__aggregate *aggregate;
	cstn_difference_guard *guard;
	cstn__interner companies; /* the guard's, and those that are here */
	uint32_t *company_of;     /* by row number: of the guard, and of the rows that are here */
	size_t n_rows;
	uint32_t *codes; /* the number of each company here */
	size_t n_codes;
	uint8_t *seen;
	size_t n_seen;
	uint32_t recipient, reserved;
} cstn__guarding;
cstn_status cstn__guarding_begin(cstn__guarding *guarding, cstn__aggregate *aggregate,
		cstn_difference_guard *guard, cstn_error **error);
cstn_status cstn__guarding_check(cstn__guarding *guarding, int *changed, cstn_error **error);
/* Memory for all that is to be kept, or none; then _keep() cannot fail. */
cstn_status cstn__guarding_reserve(cstn__guarding *guarding, cstn_error **error);
void cstn__guarding_keep(cstn__guarding *guarding);
void cstn__guarding_end(cstn__guarding *guarding);

/* 1 if cells of a level go out. */
static inline int cstn__level_goes_out(const cstn__aggregate *aggregate, const cstn__level *level)
{
	return !level->summed || aggregate->options.flags & CSTN_AGGREGATE_MARGINS;
}
static inline void cstn__cell_refuse(cstn__cell *cell, int32_t rule, double found, double needed)
{
	cell->rule = rule;
	cell->found = found;
	cell->needed = needed;
}

#endif
