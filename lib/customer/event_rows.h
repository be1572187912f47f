#ifndef CSTN_CUSTOMER_EVENT_ROWS_H
#define CSTN_CUSTOMER_EVENT_ROWS_H

#include <constellation/progress.h>

#include "base/bitmap.h"
#include "base/row_errors.h"
#include "customer/codes.h"
#include "table/column.h"

/* Instants that an age or a window can be added to. */
#define CSTN__STAGE_INSTANT_MAX (INT64_C(1) << 62)
/* Bytes of a text that is an id or a label. */
#define CSTN__EVENT_TEXT_MAX 64

#define CSTN__EVENT_BLOCK CSTN__BLOCK_ROWS
#define CSTN__EVENT_WORDS (CSTN__EVENT_BLOCK / 64)
#define CSTN__EVENT_COLUMNS 20

/* A block of rows of a stream of events: columns of numbers, flags, days and times as int64, those
 * of text checked. Some 200 KiB: not for the stack. */
typedef struct cstn__event_rows {
	const cstn__column_decl *decls;
	int32_t n_columns;
	uint32_t times; /* bits of columns: days become their midnight, instants are bounded */
	cstn__row_sink *sink;
	cstn_progress *progress;
	const cstn__batch *batch;
	uint64_t first_row; /* of the batch */
	int64_t start;
	int32_t n;
	uint32_t last_code; /* customer of the row before */
	int64_t last_number;
	uint64_t bad[CSTN__EVENT_WORDS];
	uint64_t valid[CSTN__EVENT_COLUMNS][CSTN__EVENT_WORDS];
	int64_t values[CSTN__EVENT_COLUMNS][CSTN__EVENT_BLOCK];
} cstn__event_rows;

/* Read the stream to its end: `body` gets each block. */
typedef cstn_status (*cstn__events_body)(void *context, cstn__event_rows *rows, cstn_error **error);
cstn_status cstn__event_rows_read(cstn__event_rows *rows, const cstn__bound *bound,
		struct ArrowArrayStream *stream, cstn__events_body body, void *context,
		cstn_error **error);

/* Number of a row in the stream. */
static inline uint64_t cstn__events_row(const cstn__event_rows *rows, int32_t row)
{
	return rows->first_row + (uint64_t)rows->start + (uint64_t)row;
}
static inline int cstn__events_is_bad(const cstn__event_rows *rows, int32_t row)
{
	return cstn__word_bit_get(rows->bad, (size_t)row);
}
static inline int cstn__events_is_text(const cstn__event_rows *rows, int32_t column)
{
	return rows->batch->columns[column].type == CSTN_TYPE_TEXT;
}
/* The value of a column that is no text; -> 0 if it is null or absent. */
static inline int cstn__events_value(
		const cstn__event_rows *rows, int32_t row, int32_t column, int64_t *value)
{
	*value = rows->values[column][row];
	return cstn__word_bit_get(rows->valid[column], (size_t)row);
}

/* The row is bad, and why. CSTN_OK or CSTN_E_NOMEM, as of all below. */
cstn_status cstn__events_tell(cstn__event_rows *rows, int32_t row, int32_t column, int32_t code,
		const char *text, size_t len);
/* The text of a row, of 1..CSTN__EVENT_TEXT_MAX bytes; len 0: there is none, or it was told. */
cstn_status cstn__events_text(cstn__event_rows *rows, int32_t row, int32_t column,
		const char **text, size_t *len);
/* The code of an id; UINT32_MAX: null, or told. */
cstn_status cstn__events_code(cstn__event_rows *rows, int32_t row, int32_t column,
		cstn__codes *codes, uint32_t *code);
/* The same of the customer, who is often that of the row before. */
cstn_status cstn__events_customer(cstn__event_rows *rows, int32_t row, int32_t column,
		cstn__codes *codes, uint32_t *code);

#endif
