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

/** The end of an example: on failure the error goes to the standard error.
 *  @param error NULL or an error, freed here @return the exit code: 0 for CSTN_OK, else 1 */
int rows_end(cstn_status status, cstn_error *error);

#endif
