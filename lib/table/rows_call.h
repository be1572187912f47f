#ifndef CSTN_TABLE_ROWS_CALL_H
#define CSTN_TABLE_ROWS_CALL_H

#include "base/row_errors.h"
#include "table/column.h"

/* Calls that read rows and give a stream of what they made of them, leaving bad rows out. */

/* What a call is given, and what it makes. */
typedef struct cstn__rows_task {
	cstn_allocator memory; /* of what it makes */
	struct ArrowArrayStream *rows;
	const void *options; /* read */
	void *beside;        /* what the caller gave beside rows and options */
	struct ArrowArrayStream made;
	cstn_row_errors *bad; /* rows that were left out, */
	uint64_t left_out;    /* and how many */
} cstn__rows_task;

typedef struct cstn__rows_call {
	const char *rows; /* what the stream has: "rows" */
	const char *options_name;
	uint32_t flags; /* the known ones */
	size_t size;    /* of the object that `run` works in */
	cstn_status (*check)(const void *options, void *beside, cstn_error **error);
	/* Owns the object, which is zeroed and from task->memory, whatever it returns; `made` is
	 * filled on CSTN_OK only. */
	cstn_status (*run)(void *object, cstn__rows_task *task, cstn_error **error);
} cstn__rows_call;

/* What the caller gave. */
typedef struct cstn__rows_given {
	struct ArrowArrayStream *rows;
	const void *options;
	void *beside;
	const cstn_allocator *allocator;
	struct ArrowArrayStream *out;
	cstn_row_errors **bad_rows;
} cstn__rows_given;

/* Moves the rows, reads the options into `read` of `size` bytes, checks, runs; `out` is written on
 * CSTN_OK and CSTN_E_ROWS only. */
cstn_status cstn__rows_run(const cstn__rows_call *call, const cstn__rows_given *given, void *read,
		size_t size, cstn_error **error);

/* What a sink took goes to the task; the sink is freed. */
cstn_status cstn__rows_end(cstn__rows_task *task, cstn__row_sink *sink, cstn_error **error);
/* The same after `made` was filled, which is released on failure. */
cstn_status cstn__rows_end_made(cstn__rows_task *task, cstn__row_sink *sink, cstn_error **error);

#endif
