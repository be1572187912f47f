#ifndef TESTS_CSV_ROWS_H
#define TESTS_CSV_ROWS_H

#include <constellation/constellation.h>

/* Rows for a test from CSV text with a header, under a schema such as "customer int64\n"; all of
 * them can be read. */
void csv_rows(struct ArrowArrayStream *out, const char *schema, const char *text);
/* A stream as CSV text, NUL-terminated; free with cstn_buffer_free(). */
const char *csv_text(struct ArrowArrayStream *rows, cstn_buffer **out);
/* Check that both are the same to the byte; frees the second. */
void expect_same_bytes(const cstn_buffer *one, cstn_buffer *other);
/* Check that `status` is what was expected and that the message holds `part`; frees the error. */
void expect_error(cstn_status status, cstn_status expected, cstn_error **error, const char *part);
/* One cell of CSV text without quotes: row from 1, column by its name; "" past the end. Static
 * memory of four results. */
const char *csv_cell(const char *text, int row, const char *column);
/* It as a number; NAN if it is empty. */
double csv_number(const char *text, int row, const char *column);

#endif
