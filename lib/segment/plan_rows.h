#ifndef CSTN_SEGMENT_PLAN_ROWS_H
#define CSTN_SEGMENT_PLAN_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/schema.h>

#include "base/alloc.h"

/* A small table read whole: cells of text, int64 or double, row by row. A row that breaks a rule
 * fails the reading. */
#define CSTN__PLAN_ANY 0
#define CSTN__PLAN_NOT_NEGATIVE 1
#define CSTN__PLAN_POSITIVE 2
#define CSTN__PLAN_PPM 3   /* 1..1,000,000 */
#define CSTN__PLAN_LABEL 4 /* text of 1 byte or more */

typedef struct cstn__plan_column {
	const char *name;
	int32_t type; /* CSTN_TYPE_TEXT, _INT64 or _DOUBLE */
	uint8_t required, rule, reserved[2];
} cstn__plan_column;

typedef struct cstn__plan_cell {
	int64_t number;
	double real;
	const char *text; /* NUL-terminated; NULL in cells that are no text */
	uint32_t len;
	uint32_t valid;
} cstn__plan_cell;

typedef struct cstn__plan_rows {
	const cstn__plan_column *columns;
	size_t n;
	CSTN__ARRAY(cstn__plan_cell) cells;
	cstn__arena texts;
} cstn__plan_rows;

void cstn__plan_rows_init(cstn__plan_rows *rows, const cstn__plan_column *columns, size_t n,
		const cstn_allocator *allocator);
void cstn__plan_rows_free(cstn__plan_rows *rows);
/* Append; nothing on failure. The stream stays the caller's. */
cstn_status cstn__plan_rows_read(cstn__plan_rows *rows, struct ArrowArrayStream *stream,
		const cstn_binding *binding, cstn_error **error);

static inline size_t cstn__plan_rows_count(const cstn__plan_rows *rows)
{
	return rows->n ? rows->cells.count / rows->n : 0;
}

static inline const cstn__plan_cell *cstn__plan_row(const cstn__plan_rows *rows, size_t row)
{
	return &rows->cells.items[row * rows->n];
}

/* By bytes, shorter first. */
int cstn__plan_text_order(const cstn__plan_cell *a, const cstn__plan_cell *b);

#endif
