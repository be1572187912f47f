/* DCSA Track & Trace 2.2 events into rows and back.
 *
 * An event is flat: ids, times and codes go into columns, every other member (transport call,
 * place, seals, references) stays verbatim in `extra`. The name of the member with the code depends
 * on the event's type, "equipmentEventTypeCode"; a code without a type of ours becomes `other` and
 * is kept. Cost: one pass over the event. Source: DCSA Track & Trace 2.2, event definitions in
 * words. */
#include <string.h>

#include "base/error.h"
#include "network/event_code.h"
#include "network/event_reader.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CODE_PREFIX "dcsa:"
#define CODE_SIZE 64 /* codes have four letters; one of somebody's own may be longer */

static const struct kind {
	const char *type, *code_name, *subject_kind, *reason_name;
} kinds[] = {
		{"SHIPMENT", "shipmentEventTypeCode", "document", "reason"},
		{"TRANSPORT", "transportEventTypeCode", "transport", "delayReasonCode"},
		{"EQUIPMENT", "equipmentEventTypeCode", "equipment", NULL},
};

static const struct kind *kind_of(const char *type)
{
	size_t i;

	for (i = 0; type && i < COUNT(kinds); i++)
		if (strcmp(kinds[i].type, type) == 0)
			return &kinds[i];
	return NULL;
}

/* --- checks ----------------------------------------------------------------------------------- */

/* A member that must be a text that is not empty and below a size. */
static void need_text(cstn__event_reader *r, const json_t *json, const char *name, size_t size)
{
	const json_t *value = json_object_get(json, name);

	if (!value || json_is_null(value))
		cstn__event_tell(r, name, CSTN_ROW_NULL, NULL);
	else if (!json_is_string(value))
		cstn__event_tell(r, name, CSTN_ROW_KIND, value);
	else if (json_string_length(value) == 0 || json_string_length(value) >= size)
		cstn__event_tell(r, name, CSTN_ROW_LENGTH, value);
}

static void need_time(cstn__event_reader *r, const json_t *json, const char *name, int must,
		int64_t *us, int32_t *offset)
{
	const json_t *value = json_object_get(json, name);
	int32_t fault = CSTN_ROW_KIND;

	if (!value || json_is_null(value)) {
		if (must)
			cstn__event_tell(r, name, CSTN_ROW_NULL, NULL);
		return;
	}
	if (json_is_string(value))
		fault = cstn__event_time(
				r, json_string_value(value), json_string_length(value), us, offset);
	if (fault)
		cstn__event_tell(r, name, fault, value);
}

static const struct kind *check(cstn__event_reader *r, const json_t *json, cstn__event *event)
{
	const json_t *type = json_object_get(json, "eventType");
	const struct kind *kind = kind_of(json_string_value(type));
	const char *class = cstn__json_text(json, "eventClassifierCode", NULL);
	int32_t offset = 0;

	if (!json_is_object(json)) {
		cstn__event_report_add(&r->report, &r->path, CSTN_ROW_KIND, json);
		return NULL;
	}
	if (!kind)
		cstn__event_tell(r, "eventType", type ? CSTN_ROW_VALUE : CSTN_ROW_NULL, type);
	else
		need_text(r, json, kind->code_name, CODE_SIZE);
	need_text(r, json, "eventClassifierCode", CODE_SIZE);
	if (class && *class) {
		event->class = cstn__dcsa_class_of(class);
		if (event->class == 0)
			cstn__event_tell(r, "eventClassifierCode", CSTN_ROW_VALUE,
					json_object_get(json, "eventClassifierCode"));
	}
	need_time(r, json, "eventDateTime", 1, &event->occurred_us, &event->offset_minutes);
	need_time(r, json, "eventCreatedDateTime", 0, &event->recorded_us, &offset);
	if (json_object_get(json, "eventID"))
		need_text(r, json, "eventID", SIZE_MAX);
	if (kind && strcmp(kind->type, "SHIPMENT") == 0) {
		need_text(r, json, "documentTypeCode", CODE_SIZE);
		need_text(r, json, "documentID", SIZE_MAX);
	}
	return r->report.found == 0 ? kind : NULL;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Members that columns hold, but for those kept in `extra` because a column does not say it all. */
typedef struct taken {
	const struct kind *kind;
	int document_type, location, subject, reason;
} taken;

static int is_taken(const void *context, const char *name)
{
	static const char *const always[] = {"eventID", "eventType", "eventClassifierCode",
			"eventDateTime", "eventCreatedDateTime"};
	const taken *columns = context;
	int shipment = strcmp(columns->kind->type, "SHIPMENT") == 0;
	size_t i;

	for (i = 0; i < COUNT(always); i++)
		if (strcmp(always[i], name) == 0)
			return 1;
	if (strcmp(name, columns->kind->code_name) == 0)
		return 1;
	if (columns->kind->reason_name && strcmp(name, columns->kind->reason_name) == 0)
		return columns->reason;
	if (shipment && strcmp(name, "documentID") == 0)
		return 1;
	if (strcmp(name, "documentTypeCode") == 0)
		return columns->document_type;
	if (strcmp(name, "eventLocation") == 0)
		return columns->location;
	return strcmp(name, "equipmentReference") == 0 && columns->subject;
}

static const char *place_in(const json_t *object, size_t *len)
{
	const char *place = cstn__json_text(object, "UNLocationCode", len);

	return place ? place : cstn__json_text(object, "locationName", len);
}

/* The place of a transport call; NULL if it says none. */
static const char *place_of_call(const json_t *json, size_t *len)
{
	const json_t *call = json_object_get(json, "transportCall");
	const char *place = place_in(call, len);

	return place ? place : place_in(json_object_get(call, "location"), len);
}

static void set_place(cstn__event_reader *r, const json_t *json, cstn__event *event, taken *columns)
{
	const json_t *own = json_object_get(json, "eventLocation");
	size_t len, call_len;
	const char *place = place_in(own, &len);
	const char *call = place_of_call(json, &call_len);

	/* With equal places the column cannot say whether there are one or two; the event of a
	 * document has none in the standard. */
	columns->location = place && len > 0 && strcmp(columns->kind->type, "SHIPMENT") != 0 &&
			    json_object_size(own) == 1 &&
			    !(call && call_len == len && memcmp(call, place, len) == 0);
	if (!place) {
		place = call;
		len = call_len;
	}
	if (place && len > 0)
		cstn__event_set_own(r, event, CSTN__MEMBER_LOCATION, place, len);
}

static void set_subject(
		cstn__event_reader *r, const json_t *json, cstn__event *event, taken *columns)
{
	const char *kind = columns->kind->subject_kind, *text = NULL;
	const json_t *reference = json_array_get(json_object_get(json, "documentReferences"), 0);
	size_t len = 0;

	if (strcmp(kind, "equipment") == 0) {
		text = cstn__json_text(json, "equipmentReference", &len);
		columns->subject = text && len > 0;
	} else if (strcmp(kind, "transport") == 0) {
		text = cstn__json_text(
				json_object_get(json, "transportCall"), "transportCallID", &len);
	} else {
		text = cstn__json_text(json, "documentID", &len);
	}
	if (!text || len == 0) {
		kind = "document";
		text = cstn__json_text(reference, "documentReferenceValue", &len);
	}
	if (!text || len == 0) {
		kind = "other";
		text = cstn__json_text(json, "eventID", &len);
	}
	if (!text || len == 0) {
		text = "unknown";
		len = strlen(text);
	}
	cstn__event_set_own(r, event, CSTN__MEMBER_SUBJECT, text, len);
	cstn__event_set(event, CSTN__MEMBER_SUBJECT_KIND, kind, strlen(kind));
}

static void set_document(
		cstn__event_reader *r, const json_t *json, cstn__event *event, taken *columns)
{
	size_t len;
	const char *type, *id, *code = cstn__json_text(json, "documentTypeCode", NULL);

	if (strcmp(columns->kind->type, "SHIPMENT") != 0)
		return;
	id = cstn__json_text(json, "documentID", &len);
	cstn__event_set_own(r, event, CSTN__MEMBER_DOCUMENT_ID, id, len);
	type = cstn__document_type_of(CSTN__DOCUMENT_DCSA, code);
	columns->document_type = type != NULL;
	if (!type)
		type = "other";
	cstn__event_set(event, CSTN__MEMBER_DOCUMENT_TYPE, type, strlen(type));
}

static int set_code(cstn__event_reader *r, const json_t *json, cstn__event *event,
		const struct kind *kind)
{
	size_t len;
	const char *code = cstn__json_text(json, kind->code_name, &len), *copy = NULL;
	cstn__bytes bytes;

	event->type = cstn__dcsa_type_of(kind->type, code);
	cstn__bytes_init(&bytes, &r->allocator);
	cstn__bytes_put_text(&bytes, CODE_PREFIX);
	cstn__bytes_put_text(&bytes, kind->type);
	cstn__bytes_put_u8(&bytes, '/');
	cstn__bytes_put(&bytes, code, len);
	if (!bytes.failed)
		copy = cstn__arena_copy(&r->arena, bytes.data, bytes.size);
	if (copy)
		cstn__event_set(event, CSTN__MEMBER_CODE, copy, bytes.size);
	cstn__bytes_free(&bytes);
	return copy ? 0 : -1;
}

static int dcsa_read(cstn__event_reader *r, const json_t *json, cstn__event *event)
{
	taken columns = {check(r, json, event), 0, 0, 0, 0};
	const struct kind *kind = columns.kind;
	const char *text;
	int is_digest = 0;
	size_t len;

	if (!kind)
		return 0;
	set_place(r, json, event, &columns);
	set_subject(r, json, event, &columns);
	set_document(r, json, event, &columns);
	text = kind->reason_name ? cstn__json_text(json, kind->reason_name, &len) : NULL;
	columns.reason = text != NULL; /* another kind of value stays in `extra` */
	if (text)
		cstn__event_set(event, CSTN__MEMBER_REASON, text, len);
	text = cstn__json_text(json, "eventID", &len);
	if (text && cstn__event_set_id(r, event, CSTN__MEMBER_ID, text, len, &is_digest))
		return -1;
	if (is_digest)
		cstn__event_set(event, CSTN__MEMBER_ORIGINAL_ID, text, len);
	if (set_code(r, json, event, kind) || cstn__event_rest(r, json, is_taken, &columns, NULL,
							      &event->texts[CSTN__MEMBER_EXTRA]))
		return -1;
	return 1;
}

static cstn_status open_document(cstn__event_reader *r, const json_t *document,
		const json_t **events, const char **where, cstn_error **error)
{
	const json_t *list = json_object_get(document, "events");

	(void)r;
	*where = list ? "/events" : "";
	*events = list ? list : document;
	if (list && !json_is_array(list))
		return cstn__fail(error, CSTN_E_FORMAT, "/events: a list is required");
	if (!list && json_is_object(document) && !json_object_get(document, "eventType"))
		return cstn__fail(error, CSTN_E_FORMAT,
				"/: a list of DCSA events, an event or an object with `events` is "
				"required");
	return CSTN_OK;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* Kind and code of a row: its own where they still say its type, else the table's. NULL: DCSA has
 * no word for it. */
static const struct kind *naming(const cstn__event *event, char code[CODE_SIZE])
{
	const cstn__event_text *own = &event->texts[CSTN__MEMBER_CODE];
	const size_t skip = strlen(CODE_PREFIX);
	const cstn__dcsa_code *found;
	char text[128];
	char *slash;

	if (own->text && own->len > skip && own->len - skip < sizeof(text) &&
			memcmp(own->text, CODE_PREFIX, skip) == 0) {
		const struct kind *kind;

		memcpy(text, own->text + skip, own->len - skip);
		text[own->len - skip] = '\0';
		slash = strchr(text, '/');
		if (slash && strlen(slash + 1) < CODE_SIZE) {
			*slash = '\0';
			kind = kind_of(text);
			if (kind && slash[1] &&
					cstn__dcsa_type_of(text, slash + 1) == event->type) {
				strcpy(code, slash + 1);
				return kind;
			}
		}
	}
	found = cstn__dcsa_code_of(event->type);
	if (!found)
		return NULL;
	strcpy(code, found->code);
	return kind_of(found->event);
}

static int has_place(const cstn__event *event, enum cstn__event_member *why)
{
	char code[CODE_SIZE];

	*why = CSTN__MEMBER_TYPE;
	return naming(event, code) != NULL;
}

static void put_text(cstn__bytes *bytes, const char *name, const cstn__event_text *text)
{
	if (text->text)
		cstn__json_put_member(bytes, name, text->text, text->len);
}

static int is_unlocode(const cstn__event_text *text)
{
	size_t i;

	for (i = 0; i < text->len; i++)
		if (!((text->text[i] >= 'A' && text->text[i] <= 'Z') ||
				    (i > 1 && text->text[i] >= '2' && text->text[i] <= '9')))
			return 0;
	return text->len == 5;
}

static void put_place(cstn__bytes *bytes, const char *name, const cstn__event_text *place)
{
	cstn__json_put_name(bytes, name);
	cstn__bytes_put_u8(bytes, '{');
	put_text(bytes, is_unlocode(place) ? "UNLocationCode" : "locationName", place);
	cstn__bytes_put_u8(bytes, '}');
}

/* Subject and place where `extra` does not say them. */
static void put_subject(cstn__bytes *bytes, const cstn__event *event, const json_t *extra,
		const struct kind *kind)
{
	const cstn__event_text *subject = &event->texts[CSTN__MEMBER_SUBJECT];
	const cstn__event_text *place = &event->texts[CSTN__MEMBER_LOCATION];
	const cstn__event_text *subject_kind = &event->texts[CSTN__MEMBER_SUBJECT_KIND];
	int of_kind = subject_kind->len == strlen(kind->subject_kind) &&
		      memcmp(subject_kind->text, kind->subject_kind, subject_kind->len) == 0;
	cstn__event_text called = {NULL, 0};

	called.text = place_of_call(extra, &called.len);
	if (strcmp(kind->type, "EQUIPMENT") == 0 && of_kind &&
			!json_object_get(extra, "equipmentReference"))
		put_text(bytes, "equipmentReference", subject);
	if (strcmp(kind->type, "TRANSPORT") == 0 && of_kind &&
			!json_object_get(extra, "transportCall")) {
		cstn__json_put_name(bytes, "transportCall");
		cstn__bytes_put_u8(bytes, '{');
		put_text(bytes, "transportCallID", subject);
		if (place->text)
			put_text(bytes, is_unlocode(place) ? "UNLocationCode" : "locationName",
					place);
		cstn__bytes_put_u8(bytes, '}');
		return;
	}
	if (place->text && strcmp(kind->type, "SHIPMENT") != 0 &&
			!json_object_get(extra, "eventLocation") &&
			!cstn__event_same_text(place, &called))
		put_place(bytes, "eventLocation", place);
}

static void put_document(cstn__bytes *bytes, const cstn__event *event, const json_t *extra)
{
	const cstn__event_text *type = &event->texts[CSTN__MEMBER_DOCUMENT_TYPE];
	const char *code = NULL;

	if (!json_object_get(extra, "documentTypeCode")) {
		if (type->text)
			code = cstn__document_code_of(CSTN__DOCUMENT_DCSA, type->text, type->len);
		if (code)
			cstn__json_put_member(bytes, "documentTypeCode", code, strlen(code));
	}
	put_text(bytes, "documentID", &event->texts[CSTN__MEMBER_DOCUMENT_ID]);
}

static void dcsa_write(cstn__bytes *bytes, const cstn__event *event, const json_t *objects,
		const json_t *extra, const cstn__event_text *id_prefix, size_t *slot)
{
	const cstn__event_text *own = &event->texts[CSTN__MEMBER_CODE];
	const cstn__event_text *id = &event->texts[CSTN__MEMBER_ORIGINAL_ID];
	const char *name;
	json_t *value;
	char code[CODE_SIZE];
	const struct kind *kind = naming(event, code);
	const taken columns = {kind, 0, 0, 0, 0};

	(void)objects;
	(void)id_prefix;
	(void)slot;
	if (!own->text || own->len <= strlen(CODE_PREFIX) ||
			memcmp(own->text, CODE_PREFIX, strlen(CODE_PREFIX)) != 0)
		extra = NULL; /* of another format */
	if (!id->text)
		id = &event->texts[CSTN__MEMBER_ID];
	cstn__bytes_put_u8(bytes, '{');
	if (!cstn__event_is_digest(id))
		put_text(bytes, "eventID", id);
	cstn__json_put_member(bytes, "eventType", kind->type, strlen(kind->type));
	if (event->recorded_us != CSTN_TIME_NULL)
		cstn__event_put_time(bytes, "eventCreatedDateTime", event->recorded_us,
				CSTN__EVENT_NO_OFFSET);
	cstn__json_put_member(bytes, "eventClassifierCode", cstn__dcsa_class_code(event->class), 3);
	cstn__event_put_time(bytes, "eventDateTime", event->occurred_us, event->offset_minutes);
	cstn__json_put_member(bytes, kind->code_name, code, strlen(code));
	if (strcmp(kind->type, "SHIPMENT") == 0)
		put_document(bytes, event, extra);
	if (kind->reason_name && !json_object_get(extra, kind->reason_name))
		put_text(bytes, kind->reason_name, &event->texts[CSTN__MEMBER_REASON]);
	put_subject(bytes, event, extra, kind);
	json_object_foreach((json_t *)(uintptr_t)extra, name, value)
	{
		if (is_taken(&columns, name))
			continue;
		cstn__json_put_name(bytes, name);
		cstn__json_put(bytes, value, -1);
	}
	cstn__bytes_put_u8(bytes, '}');
}

static void wrap_document(cstn__bytes *bytes, const cstn__bytes *events, int64_t created_us,
		const cstn__event_text *sender)
{
	(void)created_us;
	(void)sender;
	cstn__bytes_put_u8(bytes, '[');
	if (events->size > 0)
		cstn__bytes_put(bytes, events->data, events->size);
	cstn__bytes_put_u8(bytes, ']');
}

const cstn__event_format cstn__dcsa_format = {"DCSA Track & Trace 2.2", open_document, dcsa_read,
		dcsa_write, has_place, wrap_document, 0, 0};
