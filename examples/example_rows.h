/* Rows of text as streams and back, for the examples. */
#ifndef CSTN_EXAMPLE_ROWS_H
#define CSTN_EXAMPLE_ROWS_H

#include <constellation/constellation.h>

/** CSV text as a stream; any Arrow producer would do.
 *  @param columns the schema, as cstn_schema_parse() reads it @param text lives as long as the
 *  stream @return as cstn_schema_parse() and cstn_csv_reader_open_bytes() */
cstn_status rows_open(const char *columns, const char *text, struct ArrowArrayStream *out,
		cstn_error **error);

/** A stream as CSV on the standard output. @return as cstn_csv_write_bytes() */
cstn_status rows_print(struct ArrowArrayStream *rows, cstn_error **error);

#endif
