/* A small table out of an Arrow stream: the library's results, read cell by cell. */
#ifndef CSTN_EXAMPLE_REPORT_TABLE_H
#define CSTN_EXAMPLE_REPORT_TABLE_H

#include <constellation/constellation.h>

struct table {
	struct ArrowSchema schema;
	struct ArrowArray *batches;
	size_t n_batches;
	int64_t n_rows;
};

/** Read a whole stream. @param stream released, also on failure @param out free with table_free()
 *  @return CSTN_OK; CSTN_E_STREAM; CSTN_E_NOMEM */
cstn_status table_read(struct ArrowArrayStream *stream, struct table *out);
/** Free; a table of zeros is allowed. */
void table_free(struct table *table);

/** The table as a stream, once. @param table is empty after @param out release it */
cstn_status table_stream(struct table *table, struct ArrowArrayStream *out);

/** The number of a column; -1 if there is none. */
int64_t table_column(const struct table *table, const char *name);
int table_is_null(const struct table *table, int64_t row, int64_t column);
/** A cell of an int32, int64, flag, date, timestamp or decimal column (unscaled); 0 for null. */
int64_t table_integer(const struct table *table, int64_t row, int64_t column);
/** A cell of a double column; NaN for null. */
double table_double(const struct table *table, int64_t row, int64_t column);
/** A cell of a text column, borrowed, not NUL-terminated; length 0 for null. */
const char *table_text(const struct table *table, int64_t row, int64_t column, size_t *out_len);

/** A cell of a column of 16 bytes each, borrowed; NULL for null. */
const uint8_t *table_token(const struct table *table, int64_t row, int64_t column);

#endif
