#ifndef CSTN_SHARING_PRIVATE_ROWS_H
#define CSTN_SHARING_PRIVATE_ROWS_H

#include <constellation/privacy.h>

#include "sharing/classes.h"

/* A table with its classes: quasi-identifiers, the sensitive column, columns to keep, in that
 * order, generalised. */
typedef struct cstn__private_rows {
	cstn_allocator allocator;
	cstn__coded_table table;
	cstn__groups groups;
	cstn__sensitive sensitive; /* if one is named */
	cstn__class *classes;
	size_t n_classes;
} cstn__private_rows;

/* `options` receives what was given, with the usual values in place of 0. */
cstn_status cstn__private_rows_read(struct ArrowArrayStream *stream,
		const cstn_privacy_options *given, cstn_privacy_options *options,
		cstn__private_rows *out, cstn_row_errors **bad_rows, cstn_error **error);
void cstn__private_rows_free(cstn__private_rows *rows);

#endif
