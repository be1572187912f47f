#ifndef CSTN_NETWORK_EVENT_ROW_H
#define CSTN_NETWORK_EVENT_ROW_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/arrow.h>

#include "base/alloc.h"
#include "base/row_errors.h"
#include "table/column.h"
#include "table/export.h"

/* The columns of events in and out of JSON; include/constellation/event_json.h says what they mean.
 */
enum cstn__event_member {
	CSTN__MEMBER_ID,
	CSTN__MEMBER_SUBJECT_KIND,
	CSTN__MEMBER_SUBJECT,
	CSTN__MEMBER_LINE_NUMBER,
	CSTN__MEMBER_TYPE,
	CSTN__MEMBER_CLASS,
	CSTN__MEMBER_OCCURRED,
	CSTN__MEMBER_OFFSET,
	CSTN__MEMBER_RECORDED,
	CSTN__MEMBER_SOURCE,
	CSTN__MEMBER_SOURCE_ROLE,
	CSTN__MEMBER_LOCATION,
	CSTN__MEMBER_QUANTITY,
	CSTN__MEMBER_UNIT,
	CSTN__MEMBER_REASON,
	CSTN__MEMBER_DOCUMENT_TYPE,
	CSTN__MEMBER_DOCUMENT_ID,
	CSTN__MEMBER_CORRECTS,
	CSTN__MEMBER_CODE,
	CSTN__MEMBER_ORIGINAL_ID,
	CSTN__MEMBER_BUSINESS_STEP,
	CSTN__MEMBER_DISPOSITION,
	CSTN__MEMBER_OBJECTS,
	CSTN__MEMBER_EXTRA,
	CSTN__MEMBER_QUANTITY_EXPONENT,
	CSTN__MEMBERS
};
const char *cstn__event_member_name(enum cstn__event_member column);

#define CSTN__EVENT_NO_OFFSET INT32_MIN
#define CSTN__EVENT_NO_LINE 0
#define CSTN__EVENT_NO_QUANTITY (-1)
#define CSTN__EVENT_EXPONENT_MAX 6
#define CSTN__EVENT_ID_MAX 64

typedef struct cstn__event_text {
	const char *text; /* NULL: null */
	size_t len;
} cstn__event_text;

/* One event; its texts belong to whoever filled it. */
typedef struct cstn__event {
	cstn__event_text texts[CSTN__MEMBERS]; /* of the text columns; the others stay null */
	int32_t type, class;                   /* event_code.h */
	int64_t occurred_us, recorded_us;      /* CSTN_TIME_NULL: null */
	int32_t offset_minutes;                /* CSTN__EVENT_NO_OFFSET: null */
	int32_t line_number;                   /* CSTN__EVENT_NO_LINE: null */
	int64_t quantity;                      /* CSTN__EVENT_NO_QUANTITY: null */
	int32_t quantity_exponent;             /* decimals of it; 0: null */
} cstn__event;

void cstn__event_clear(cstn__event *event);
void cstn__event_set(
		cstn__event *event, enum cstn__event_member column, const char *text, size_t len);

/* A table with the columns declared, and one row more. */
cstn_status cstn__event_table_new(
		const cstn_allocator *allocator, cstn__table_builder **out, cstn_error **error);
void cstn__event_put(cstn__table_builder *table, const cstn__event *event);

/* SHA-256, in hexadecimal and without a NUL, of all that an event says but for its id, who told it
 * and when; scratch memory comes from the allocator. 0 or -1. */
int cstn__event_digest(const cstn__event *event, const cstn_allocator *allocator,
		char out[CSTN__EVENT_ID_MAX]);
/* The same of a text. */
void cstn__event_text_digest(const char *text, size_t len, char out[CSTN__EVENT_ID_MAX]);

/* 1 if two texts are equal, two nulls too. */
int cstn__event_same_text(const cstn__event_text *a, const cstn__event_text *b);
/* 1 if two events say the same in a column. */
int cstn__event_same(const cstn__event *a, const cstn__event *b, enum cstn__event_member column);
int cstn__event_is_null(const cstn__event *event, enum cstn__event_member column);

/* Events out of a stream, one after the other. */
typedef struct cstn__event_rows {
	struct ArrowArrayStream stream; /* owned */
	cstn__bound *bound;
	struct ArrowArray array;
	cstn__batch batch;
	int64_t at;
	uint64_t first_row, row; /* of the batch; of the event last given */
	cstn__row_sink *sink;    /* borrowed: where bad rows are told */
} cstn__event_rows;

/* Takes the stream, also on failure. */
cstn_status cstn__event_rows_open(cstn__event_rows *rows, struct ArrowArrayStream *stream,
		const cstn_allocator *allocator, cstn__row_sink *sink, cstn_error **error);
/* CSTN_OK with `event` valid until the next call, or *bad set and the row told; CSTN_DONE. */
cstn_status cstn__event_rows_next(
		cstn__event_rows *rows, cstn__event *event, int *bad, cstn_error **error);
void cstn__event_rows_close(cstn__event_rows *rows);

#endif
