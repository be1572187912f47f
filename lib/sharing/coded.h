#ifndef CSTN_SHARING_CODED_H
#define CSTN_SHARING_CODED_H

#include "base/alloc.h"
#include "base/map.h"
#include "table/column.h"
#include "table/export.h"

/* Columns of any type as numbers of their distinct values: what is equal has one code, so that
 * grouping, generalising and counting see each value once. A double is kept as the int64 of the
 * same order (base/radix.h). */
#define CSTN__CODE_NULL UINT32_MAX

#define CSTN__ACCEPT_ANY                                                                \
	(CSTN__ACCEPT(CSTN_TYPE_FLAG) | CSTN__ACCEPT(CSTN_TYPE_INT64) |                 \
			CSTN__ACCEPT(CSTN_TYPE_DOUBLE) | CSTN__ACCEPT(CSTN_TYPE_TEXT) | \
			CSTN__ACCEPT(CSTN_TYPE_DAYS) | CSTN__ACCEPT(CSTN_TYPE_TIME) |   \
			CSTN__ACCEPT(CSTN_TYPE_DECIMAL))

typedef struct cstn__coded {
	int32_t type, scale;          /* CSTN_TYPE_ */
	CSTN__ARRAY(uint32_t) codes;  /* of each row */
	CSTN__ARRAY(int64_t) numbers; /* of each code, unless it is text */
	cstn__i64_map index;
	cstn__interner texts;
} cstn__coded;

void cstn__coded_init(
		cstn__coded *column, int32_t type, int32_t scale, const cstn_allocator *allocator);
void cstn__coded_free(cstn__coded *column, const cstn_allocator *allocator);
/* Distinct values, null not among them. */
size_t cstn__coded_count(const cstn__coded *column);
/* The code of a value, made if it is new; CSTN__CODE_NULL: out of memory. */
uint32_t cstn__coded_number(cstn__coded *column, int64_t value, const cstn_allocator *allocator);
uint32_t cstn__coded_text(cstn__coded *column, const char *text, size_t len);
/* Renumber: codes get the order of their values (text by its bytes). 0, or -1: out of memory. */
int cstn__coded_sort(cstn__coded *column, const cstn_allocator *allocator);
/* A column of a result table for its values, and one of them (or null). */
int32_t cstn__coded_add_column(
		cstn__table_builder *table, const char *name, const cstn__coded *column);
void cstn__coded_put(
		cstn__table_builder *table, int32_t to, const cstn__coded *column, uint32_t code);

/* What is asked of a stream: a column, the types it may have, whether it may be null. */
typedef struct cstn__coded_ask {
	const char *name;
	uint32_t accept;
	int32_t nullable;
} cstn__coded_ask;

typedef struct cstn__coded_table {
	cstn_allocator allocator;
	cstn__coded *columns;
	size_t n, rows;
} cstn__coded_table;

/* All rows of `rows` (which stays the caller's), or none: a bad value refuses all (CSTN_E_ROWS).
 * Codes are in the order of first sight. */
cstn_status cstn__coded_read(struct ArrowArrayStream *rows, const cstn__coded_ask *asks, size_t n,
		const cstn_binding *binding, uint32_t flags, const cstn_allocator *allocator,
		cstn__coded_table *out, cstn_row_errors **bad_rows, cstn_error **error);
void cstn__coded_table_free(cstn__coded_table *table);

/* Rows that are equal in some columns. Groups are in the order of the codes of those columns, null
 * last. */
typedef struct cstn__groups {
	cstn_allocator allocator;
	uint32_t *of; /* of each row its group */
	size_t rows;
	uint32_t *first; /* of each group a row of it */
	int64_t *counts; /* and its rows */
	size_t *next;    /* room for cstn__groups_rows() */
	size_t n;
} cstn__groups;
/* `columns` are n pointers; no column makes one group of all rows, if there are any. */
cstn_status cstn__group_rows(cstn__coded *const *columns, size_t n, size_t rows,
		const cstn_allocator *allocator, cstn__groups *out, cstn_error **error);
/* The rows, one group after the other, each in the order of its rows. */
void cstn__groups_rows(const cstn__groups *groups, uint32_t *rows);
void cstn__groups_free(cstn__groups *groups);

#endif
