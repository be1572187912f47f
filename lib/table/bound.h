#ifndef CSTN_TABLE_BOUND_H
#define CSTN_TABLE_BOUND_H

#include "base/alloc.h"
#include "table/column_binding.h"

/* A declared column bound: templates that a batch fills with pointers. */
typedef struct cstn__bound_slot {
	cstn__column column, dictionary;
	cstn__column_binding binding;
	int64_t child;      /* the stream's column; -1 absent or constant */
	const char *source; /* its name in the stream */
	int32_t has_dictionary, reserved;
} cstn__bound_slot;

struct cstn__bound {
	cstn_allocator allocator;
	cstn__arena arena;
	size_t n;
	cstn__bound_slot *slots;
	int64_t n_children;
	int32_t trusted; /* UTF-8 and dictionary indices are taken as right */
	int32_t reserved;
	size_t named_by;       /* the column that says what a row is of */
	cstn__row_sink *named; /* NULL: none does */
};

/* The status of the errno (table/export.h), quoting the producer. */
cstn_status cstn__stream_fail(
		struct ArrowArrayStream *stream, int code, const char *what, cstn_error **error);

/* A batch as a whole: its lengths, its columns' number, that no row of it is null. */
cstn_status cstn__batch_check(
		int64_t n_children, const struct ArrowArray *array, cstn_error **error);
/* Lengths, buffers, and what they say about validity and text, of a column whose name and physical
 * type are filled in. `skip` is the parent's offset, `length` the rows wanted behind it. */
cstn_status cstn__column_fill(cstn__column *column, const struct ArrowArray *array, int64_t skip,
		int64_t length, cstn_error **error);
/* That the indices of a dictionary column lie inside its dictionary. */
cstn_status cstn__column_check_indices(const cstn__column *column, cstn_error **error);

#endif
