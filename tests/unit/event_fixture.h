#ifndef EVENT_FIXTURE_H
#define EVENT_FIXTURE_H

#include <constellation/constellation.h>

/* A format's two calls. */
typedef struct event_calls {
	cstn_status (*read)(const char *json, size_t len, const cstn_event_json_options *options,
			const cstn_allocator *allocator, struct ArrowArrayStream *out_events,
			cstn_row_errors **bad_rows, cstn_error **error);
	cstn_status (*write)(struct ArrowArrayStream *events,
			const cstn_event_json_options *options, const cstn_allocator *allocator,
			cstn_buffer **out_json, cstn_row_errors **report, cstn_error **error);
} event_calls;
extern const event_calls epcis_calls, dcsa_calls;

/* What a document became. */
typedef struct event_rows {
	cstn_status status;
	char *message; /* of the error; "" without one */
	char *csv;     /* the rows with a header line; NULL if there is no stream */
	cstn_row_errors *bad;
} event_rows;
event_rows event_read(const event_calls *calls, const char *json, size_t len,
		const cstn_event_json_options *options);
void event_rows_free(event_rows *rows);

/* Field `column` of row `row` (from 0); "" for null. Static memory until the next call. */
const char *event_value(const event_rows *rows, size_t row, const char *column);
size_t event_count(const event_rows *rows);

/* What rows became. */
typedef struct event_document {
	cstn_status status;
	char *message;
	cstn_buffer *json; /* NULL if it failed */
	cstn_row_errors *report;
} event_document;
/* `csv` has a header line with some of the columns of events. */
event_document event_write(
		const event_calls *calls, const char *csv, const cstn_event_json_options *options);
void event_document_free(event_document *document);

/* "row 0, column 'qty': cannot be held by the format" and the like, a line each. malloc'ed. */
char *event_messages(const cstn_row_errors *errors);

/* The bytes of a file with a NUL, malloc'ed; NULL if it cannot be read. */
char *event_file(const char *path, size_t *len);

#endif
