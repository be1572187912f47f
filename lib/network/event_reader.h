#ifndef CSTN_NETWORK_EVENT_READER_H
#define CSTN_NETWORK_EVENT_READER_H

#include <constellation/event_json.h>

#include "base/civil.h"
#include "base/map.h"
#include "network/event_row.h"
#include "network/json_tree.h"

/* What is wrong with the events of a document, told by JSON pointers inside them. Beyond 1,024
 * different pointers the place stands in the value's column instead. */
typedef struct cstn__event_report {
	cstn__row_sink *sink;
	cstn__interner fields;
	uint64_t row;
	uint32_t found; /* in the event at hand */
	int32_t no_memory;
	uint64_t first_row;
	char first[400]; /* the first of all, for the error's message */
} cstn__event_report;
void cstn__event_report_add(cstn__event_report *report, const cstn__json_path *path, int32_t code,
		const json_t *value);

/* What turns events of JSON into rows. */
typedef struct cstn__event_reader {
	cstn_allocator allocator;
	cstn__arena arena; /* texts of the event at hand */
	cstn__event_report report;
	cstn__json_path path; /* inside the event */
	cstn__time_form iso;
	cstn__event_text id_prefix, source_partner;
	int64_t recorded_us;   /* CSTN_TIME_NULL: none */
	const json_t *context; /* of the document, borrowed; NULL: none */
	/* Ids of events that stand in for one declared wrong, and by code the id of that one, in
	 * the document's tree. */
	cstn__interner correctives;
	CSTN__ARRAY(cstn__event_text) corrected;
} cstn__event_reader;

/* A format, for what is alike in all. */
typedef struct cstn__event_format {
	const char *name; /* "EPCIS 2.0" */
	/* Find the list of events and the defaults: *events is borrowed from the tree, a list or
	 * one event, NULL for none; *where is the pointer to it. */
	cstn_status (*open)(cstn__event_reader *reader, const json_t *document,
			const json_t **events, const char **where, cstn_error **error);
	/* Check one event and fill `event`: 1, or 0 if its faults are told, -1 out of memory. */
	int (*read)(cstn__event_reader *reader, const json_t *json, cstn__event *event);
	/* Write one event as JSON. `objects` and `extra` are the row's, parsed, or NULL. Where it
	 * declares another wrong, *slot is the place in `bytes` for the ids of correctives. */
	void (*write)(cstn__bytes *bytes, const cstn__event *event, const json_t *objects,
			const json_t *extra, const cstn__event_text *id_prefix, size_t *slot);
	int (*has_place)(const cstn__event *event, enum cstn__event_member *why);
	/* The document around `events`, a comma list. */
	void (*wrap)(cstn__bytes *bytes, const cstn__bytes *events, int64_t created_us,
			const cstn__event_text *sender);
	int32_t has_sender;
	int32_t has_correctives; /* a declaration of error lists the events that stand in */
} cstn__event_format;
extern const cstn__event_format cstn__epcis_format, cstn__dcsa_format;

/* The options of a call, checked, with the defaults of the limits in place. */
cstn_status cstn__event_options_read(const cstn_event_json_options *given,
		cstn_event_json_options *out, cstn_error **error);
cstn_status cstn__event_reader_init(cstn__event_reader *reader,
		const cstn_event_json_options *options, const cstn_allocator *allocator,
		cstn_error **error);
void cstn__event_reader_free(cstn__event_reader *reader);
/* One event by its format: as `read` above, with id, defaults and texts all set. The texts are
 * valid until the next event, or until `json` goes. */
int cstn__event_read(cstn__event_reader *reader, const cstn__event_format *format,
		const json_t *json, cstn__event *event);

/* Helpers for the formats. _tell names the member of the object at the reader's path. */
void cstn__event_tell(
		cstn__event_reader *reader, const char *name, int32_t code, const json_t *value);
/* 0, or the row code of a text that is no instant with its zone, or finer than a microsecond. */
int32_t cstn__event_time(const cstn__event_reader *reader, const char *text, size_t len,
		int64_t *us, int32_t *offset_minutes);
/* "+02:00": 0, or -1. */
int cstn__event_offset(const char *text, size_t len, int32_t *minutes);
/* Set the quantity to a number >= 0 of JSON with at most six decimals, 2.5 as 25 and 1; others
 * leave it null. */
void cstn__event_set_quantity(cstn__event *event, const json_t *number);
/* Set a text column; the id prefix is taken away. */
void cstn__event_set_own(cstn__event_reader *reader, cstn__event *event,
		enum cstn__event_member column, const char *text, size_t len);
/* The same of the subject, and its kind: the word after the prefix, or what the scheme names. */
void cstn__event_set_subject(
		cstn__event_reader *reader, cstn__event *event, const char *text, size_t len);
/* Set an id of an event from its own id: that one, or its digest where it is too long, and then
 * *is_digest. -1: out of memory. */
int cstn__event_set_id(cstn__event_reader *reader, cstn__event *event,
		enum cstn__event_member column, const char *text, size_t len, int *is_digest);
/* The members of an object without those that `skip` names, as JSON text; NULL in `out` if none is
 * left. -1: out of memory. */
int cstn__event_rest(cstn__event_reader *reader, const json_t *object,
		int (*skip)(const void *context, const char *name), const void *context,
		const json_t *added_context, cstn__event_text *out);

/* For writing: "2024-01-31T12:00:00+01:00"; ends with Z for no offset. */
void cstn__event_put_time(cstn__bytes *bytes, const char *name, int64_t us, int32_t offset_minutes);
/* A text as a URI: as it is, or after the prefix, with the kind of subject and a slash between them
 * where `kind` is not NULL. */
void cstn__event_put_uri(cstn__bytes *bytes, const cstn__event_text *text, const char *kind,
		const cstn__event_text *id_prefix);
/* 1 for the 64 hexadecimal digits of a digest, which is no id to write. */
int cstn__event_is_digest(const cstn__event_text *id);

#endif
