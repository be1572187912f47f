#ifndef CSTN_TABLE_CSV_BATCH_H
#define CSTN_TABLE_CSV_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/arrow.h>
#include <constellation/status.h>

#include "table/csv_value.h"

/* A record batch that is filled in place: buffers of their final size and alignment. */
typedef struct cstn__csv_batch_column {
	void *values;      /* fixed width values, flag bits, or rows + 1 text offsets */
	uint8_t *validity; /* NULL: the column cannot be null */
	uint8_t *text;
	size_t text_capacity;
	size_t text_used;
} cstn__csv_batch_column;

typedef struct cstn__csv_batch {
	struct cstn__csv_block *block; /* memory behind the columns; opaque */
	uint32_t rows, capacity;
	uint32_t n_columns;
	cstn__csv_batch_column *columns; /* in the schema's order */
	uint64_t begin;                  /* place in the file of the first row's first byte */
	CSTN__ARRAY(uint32_t) drops;     /* rows to leave out, ascending */
} cstn__csv_batch;

cstn_status cstn__csv_batch_new(const cstn_allocator *allocator, const cstn__csv_column *columns,
		uint32_t n_columns, uint32_t capacity, cstn__csv_batch **out);
void cstn__csv_batch_free(cstn__csv_batch *batch); /* NULL allowed */
/* Room for `extra` more bytes of text in a column. CSTN_OK or CSTN_E_NOMEM. */
cstn_status cstn__csv_batch_reserve_text(cstn__csv_batch *batch, uint32_t column, size_t extra);
/* Take the rows in `drops` out. */
void cstn__csv_batch_compact(cstn__csv_batch *batch);
/* Give the batch away as an Arrow record batch; frees `batch`. */
void cstn__csv_batch_export(cstn__csv_batch *batch, struct ArrowArray *out);

/* The schema of such batches. CSTN_OK or CSTN_E_NOMEM. */
cstn_status cstn__csv_schema_export(const cstn_allocator *allocator,
		const cstn__csv_column *columns, uint32_t n_columns, struct ArrowSchema *out);

#endif
