#ifndef CSTN_TABLE_EXPORT_H
#define CSTN_TABLE_EXPORT_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/alloc.h>
#include <constellation/arrow.h>
#include <constellation/schema.h>

/* The Arrow format of a column of a schema's type as this library writes it: FLAG b, INT32 i, INT64
 * l, DOUBLE g, TEXT u, BYTES z, DAYS tdD, TIME tsu:UTC, DECIMAL d:19,scale. `room` holds the last.
 */
const char *cstn__arrow_format(int32_t type, int32_t scale, char room[16]);

/* Builds result tables row by row or column by column and exports them as an Arrow stream: offset
 * 0, buffers 64-byte aligned and padded, batches of at most 1 Mi rows, one refcounted block behind
 * all children. */
typedef struct cstn__table_builder cstn__table_builder;
cstn_status cstn__table_builder_new(
		const cstn_allocator *allocator, cstn__table_builder **out, cstn_error **error);
/* Declare columns first. Types: FLAG (b), INT32 (i), INT64 (l), DOUBLE (g), TEXT (u), DAYS (tdD),
 * TIME (tsu:UTC), BYTES (z), DECIMAL (d:19,scale). Returns the column number, or -1 out of memory.
 */
int32_t cstn__table_add_column(cstn__table_builder *table, const char *name, int32_t type,
		int32_t scale, int nullable);
/* Then values, each column in row order; `failed` sticks inside and shows in _export: out of memory
 * is CSTN_E_NOMEM, an INT32 or DAYS value out of range CSTN_E_OVERFLOW, a null in a column that is
 * not nullable CSTN_E_INVALID_ARGUMENT. */
void cstn__table_put_i64(cstn__table_builder *table, int32_t column,
		int64_t value); /* FLAG INT32 INT64 DAYS TIME DECIMAL */
void cstn__table_put_f64(cstn__table_builder *table, int32_t column, double value);
void cstn__table_put_text(cstn__table_builder *table, int32_t column, const char *text, size_t len);
/* The same text in so many rows. */
void cstn__table_put_text_times(cstn__table_builder *table, int32_t column, const char *text,
		size_t len, size_t times);
void cstn__table_put_null(cstn__table_builder *table, int32_t column);
/* n values at once; `valid` NULL: all valid, else bit i says whether value i is one. */
void cstn__table_put_many_i64(cstn__table_builder *table, int32_t column, const int64_t *values,
		const uint64_t *valid, size_t n);
void cstn__table_put_many_f64(cstn__table_builder *table, int32_t column, const double *values,
		const uint64_t *valid, size_t n);
/* Room for n more values, at least one, of a column of 4 bytes (INT32, DAYS) or 8 (INT64, TIME,
 * DOUBLE) a value that has no nulls yet. They count as put, and are the caller's to fill before the
 * table goes out; the room may move when the column gets more. NULL: out of memory. */
void *cstn__table_put_room(cstn__table_builder *table, int32_t column, size_t n);
/* What was put as value `row` is a null. */
void cstn__table_null_at(cstn__table_builder *table, int32_t column, int64_t row);
/* Columns that were declared. */
int32_t cstn__table_columns(const cstn__table_builder *table);
/* Rows of the first column; 0 without columns. */
int64_t cstn__table_rows(const cstn__table_builder *table);
/* For tests of the cuts: rows a batch (a multiple of 512) and text bytes a batch. */
void cstn__table_set_limits(cstn__table_builder *table, int64_t rows, int64_t text_bytes);
/* All columns must have the same count. Consumes the builder, also on failure. A table without rows
 * gives a stream without batches. */
cstn_status cstn__table_export(
		cstn__table_builder *table, struct ArrowArrayStream *out, cstn_error **error);
void cstn__table_builder_free(cstn__table_builder *table);
/* The table that `put` declares and fills with what it knows of `of`. */
typedef cstn_status cstn__table_put(const void *of, cstn__table_builder *table, cstn_error **error);
cstn_status cstn__table_export_of(const cstn_allocator *allocator, cstn__table_put *put,
		const void *of, struct ArrowArrayStream *out, cstn_error **error);

/* An empty table with the columns that `declare` (0, or -1: out of memory) gives it; NULL: out of
 * memory. */
cstn__table_builder *cstn__table_declared(const cstn_allocator *allocator,
		int (*declare)(const void *of, cstn__table_builder *table), const void *of,
		cstn_error **error);

/* How a stream's errno stands for a status. A number goes through whoever wraps a stream, which
 * words do not: EDQUOT is CSTN_E_LIMIT in both directions, ENOMEM is CSTN_E_NOMEM; what else comes
 * from a producer is CSTN_E_STREAM. */
int cstn__stream_errno(cstn_status status);
cstn_status cstn__stream_status(int code);

/* Lazy streams: `empty` makes a builder with the columns declared, for the schema and for each
 * batch; `next` fills it with one batch and returns CSTN_OK, CSTN_DONE, or an error that the stream
 * reports (a batch without rows is passed over). After an error the stream only repeats it.
 * `free_context` is called once, also when this call itself fails. */
cstn_status cstn__stream_export(const cstn_allocator *allocator,
		cstn__table_builder *(*empty)(void *context, cstn_error **error),
		cstn_status (*next)(void *context, cstn__table_builder *batch, cstn_error **error),
		void (*free_context)(void *context), void *context, struct ArrowArrayStream *out,
		cstn_error **error);

#endif
