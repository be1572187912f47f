/* Rows into EPCIS 2.0 events.
 *
 * A row that was read from EPCIS is put together from the parts it was taken apart into; any other
 * row gets the codes of its type. A row whose type was changed since is one of the latter. What the
 * standard has no place for is not written here and found by whoever reads the event back. Cost:
 * one pass over the row. */
#include <string.h>

#include <constellation/decimal.h>

#include "network/epcis.h"
#include "network/event_code.h"

#define CODE_PREFIX "epcis:"

/* What an event is called in EPCIS: texts that are NULL are not written. */
typedef struct naming {
	char event[64];
	const char *action; /* into event, or static */
	cstn__event_text step, disposition;
} naming;

static cstn__event_text static_text(const char *text)
{
	cstn__event_text made = {text, text ? strlen(text) : 0};

	return made;
}

/* A text with a NUL. Words of the standard are short; a longer text is of somebody else. */
static const char *word_of(const cstn__event_text *text, char word[64])
{
	size_t len = text->len < 64 ? text->len : 0;

	if (!text->text)
		return NULL;
	memcpy(word, text->text, len);
	word[len] = '\0';
	return word;
}

/* From the row's own code: 0, or -1 if it has none, or one of another type than the row's. */
static int own_naming(const cstn__event *event, naming *out)
{
	const cstn__event_text *code = &event->texts[CSTN__MEMBER_CODE];
	const size_t skip = strlen(CODE_PREFIX);
	char step[64], disposition[64], *slash;
	int32_t type;

	if (!code->text || code->len <= skip || code->len - skip >= sizeof(out->event) ||
			memcmp(code->text, CODE_PREFIX, skip) != 0)
		return -1;
	memcpy(out->event, code->text + skip, code->len - skip);
	out->event[code->len - skip] = '\0';
	slash = strchr(out->event, '/');
	if (slash)
		*slash = '\0';
	out->action = slash ? slash + 1 : NULL;
	out->step = event->texts[CSTN__MEMBER_BUSINESS_STEP];
	out->disposition = event->texts[CSTN__MEMBER_DISPOSITION];
	if (event->type == CSTN__EVENT_CORRECTION)
		return 0;
	type = cstn__epcis_type_of(out->event, out->action, word_of(&out->step, step),
			word_of(&out->disposition, disposition));
	return type == event->type ? 0 : -1;
}

/* From the table: 0, or -1 if EPCIS has no word for the type. */
static int table_naming(const cstn__event *event, const json_t *objects, naming *out)
{
	int32_t type = event->type == CSTN__EVENT_CORRECTION ? CSTN__EVENT_OTHER : event->type;
	const cstn__epcis_code *code = cstn__epcis_code_of(type);
	const char *name;

	if (!code)
		return -1;
	name = code->event;
	/* packing without a parent and its children is told of the objects alone */
	if (strcmp(name, "AggregationEvent") == 0 && !json_object_get(objects, "parentID"))
		name = "ObjectEvent";
	strcpy(out->event, name);
	out->action = strcmp(name, code->event) == 0 ? code->action : "OBSERVE";
	out->step = static_text(code->step);
	out->disposition = event->texts[CSTN__MEMBER_DISPOSITION];
	if (code->gives && !(out->disposition.text && !code->needs))
		out->disposition = static_text(code->gives);
	return 0;
}

int cstn__epcis_has_place(const cstn__event *event, enum cstn__event_member *why)
{
	naming names = {"", NULL, {NULL, 0}, {NULL, 0}};

	if (event->class != CSTN__EVENT_ACTUAL) {
		*why = CSTN__MEMBER_CLASS;
		return 0;
	}
	if (own_naming(event, &names) && table_naming(event, NULL, &names)) {
		*why = CSTN__MEMBER_TYPE;
		return 0;
	}
	return 1;
}

/* --- parts ------------------------------------------------------------------------------------ */

static void put_value(cstn__bytes *bytes, const char *name, const json_t *value)
{
	if (!value)
		return;
	cstn__json_put_name(bytes, name);
	cstn__json_put(bytes, value, -1);
}

static void put_text(cstn__bytes *bytes, const char *name, const cstn__event_text *text)
{
	if (text->text)
		cstn__json_put_member(bytes, name, text->text, text->len);
}

static int is_uri(const cstn__event_text *text, const cstn__event_text *id_prefix)
{
	return text->text && (id_prefix->text || memchr(text->text, ':', text->len));
}

static void put_offset(cstn__bytes *bytes, int32_t offset_minutes)
{
	int32_t minutes = offset_minutes == CSTN__EVENT_NO_OFFSET ? 0 : offset_minutes;
	int32_t size = minutes < 0 ? -minutes : minutes;

	cstn__json_put_name(bytes, "eventTimeZoneOffset");
	cstn__bytes_put_format(
			bytes, "\"%c%02d:%02d\"", minutes < 0 ? '-' : '+', size / 60, size % 60);
}

static void put_id(cstn__bytes *bytes, const cstn__event *event, const cstn__event_text *id_prefix)
{
	const cstn__event_text *id = &event->texts[CSTN__MEMBER_ORIGINAL_ID];

	if (!id->text)
		id = &event->texts[event->type == CSTN__EVENT_CORRECTION ? CSTN__MEMBER_CORRECTS
									 : CSTN__MEMBER_ID];
	if (!is_uri(id, id_prefix) || cstn__event_is_digest(id))
		return;
	cstn__json_put_name(bytes, "eventID");
	cstn__event_put_uri(bytes, id, NULL, id_prefix);
}

/* The identifier lists of the row, or the one that subject and quantity stand for. */
static void put_objects(cstn__bytes *bytes, const cstn__event *event, const json_t *objects,
		const naming *names, const cstn__event_text *id_prefix)
{
	const cstn__event_text *subject = &event->texts[CSTN__MEMBER_SUBJECT];
	const cstn__event_text *kind_text = &event->texts[CSTN__MEMBER_SUBJECT_KIND];
	char kind[32] = "";
	int container;
	size_t i;

	if (objects) {
		const char *name;

		for (i = 0; (name = cstn__epcis_object_list(i)) != NULL; i++)
			put_value(bytes, name, json_object_get(objects, name));
		return;
	}
	if (kind_text->len < sizeof(kind))
		memcpy(kind, kind_text->text, kind_text->len);
	/* a transaction about the document alone */
	if (strcmp(names->event, "TransactionEvent") == 0 &&
			cstn__event_same_text(subject, &event->texts[CSTN__MEMBER_DOCUMENT_ID]))
		return;
	container = strcmp(kind, "equipment") == 0 &&
		    cstn__is_container(subject->text, subject->len);
	if (!container && !is_uri(subject, id_prefix))
		return;
	cstn__json_put_name(bytes,
			event->quantity == CSTN__EVENT_NO_QUANTITY ? "epcList" : "quantityList");
	cstn__bytes_put_text(bytes, event->quantity == CSTN__EVENT_NO_QUANTITY ? "[" : "[{");
	if (event->quantity != CSTN__EVENT_NO_QUANTITY)
		cstn__json_put_name(bytes, "epcClass");
	if (container)
		cstn__bytes_put_format(bytes, "\"%s%.*s\"", CSTN__CONTAINER_URN, (int)subject->len,
				subject->text);
	else
		cstn__event_put_uri(bytes, subject, kind, id_prefix);
	if (event->quantity != CSTN__EVENT_NO_QUANTITY) {
		char number[40];

		(void)cstn_decimal_format(
				event->quantity, event->quantity_exponent, number, sizeof(number));
		cstn__json_put_name(bytes, "quantity");
		cstn__bytes_put_text(bytes, number);
		put_text(bytes, "uom", &event->texts[CSTN__MEMBER_UNIT]);
		cstn__bytes_put_u8(bytes, '}');
	}
	cstn__bytes_put_u8(bytes, ']');
}

static void put_place(cstn__bytes *bytes, const cstn__event *event, const json_t *extra,
		const cstn__event_text *id_prefix)
{
	const cstn__event_text *place = &event->texts[CSTN__MEMBER_LOCATION];
	size_t len = 0;
	const char *business = cstn__json_text(json_object_get(extra, "bizLocation"), "id", &len);

	if (json_object_get(extra, "readPoint") || !is_uri(place, id_prefix))
		return;
	if (business && id_prefix->text && len > id_prefix->len &&
			memcmp(business, id_prefix->text, id_prefix->len) == 0) {
		business += id_prefix->len;
		len -= id_prefix->len;
	}
	/* the place that the row was given for want of a read point */
	if (business && len == place->len && memcmp(business, place->text, len) == 0)
		return;
	cstn__json_put_name(bytes, "readPoint");
	cstn__bytes_put_u8(bytes, '{');
	cstn__json_put_name(bytes, "id");
	cstn__event_put_uri(bytes, place, NULL, id_prefix);
	cstn__bytes_put_u8(bytes, '}');
}

static void put_document(cstn__bytes *bytes, const cstn__event *event, const json_t *extra,
		const cstn__event_text *id_prefix)
{
	const cstn__event_text *id = &event->texts[CSTN__MEMBER_DOCUMENT_ID];
	const cstn__event_text *type = &event->texts[CSTN__MEMBER_DOCUMENT_TYPE];
	const char *code = NULL;

	if (json_object_get(extra, "bizTransactionList") || !is_uri(id, id_prefix))
		return;
	if (type->text)
		code = cstn__document_code_of(CSTN__DOCUMENT_EPCIS, type->text, type->len);
	cstn__json_put_name(bytes, "bizTransactionList");
	cstn__bytes_put_text(bytes, "[{");
	if (code)
		cstn__json_put_member(bytes, "type", code, strlen(code));
	cstn__json_put_name(bytes, "bizTransaction");
	cstn__event_put_uri(bytes, id, NULL, id_prefix);
	cstn__bytes_put_text(bytes, "}]");
}

/* A correction that was not read from EPCIS. */
static void put_error(cstn__bytes *bytes, const cstn__event *event, size_t *slot)
{
	const cstn__event_text *reason = &event->texts[CSTN__MEMBER_REASON];
	const char *word;

	cstn__json_put_name(bytes, "errorDeclaration");
	cstn__bytes_put_u8(bytes, '{');
	cstn__event_put_time(bytes, "declarationTime",
			event->recorded_us == CSTN_TIME_NULL ? event->occurred_us
							     : event->recorded_us,
			CSTN__EVENT_NO_OFFSET);
	if (reason->text && cstn__cbv_word(CSTN__CBV_REASON, reason->text, reason->len, &word) >= 0)
		put_text(bytes, "reason", reason);
	*slot = bytes->size;
	cstn__bytes_put_u8(bytes, '}');
}

static void put_extra(cstn__bytes *bytes, const json_t *extra)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)extra, name,
			value) if (cstn__epcis_is_held(name) == 0) put_value(bytes, name, value);
}

void cstn__epcis_write(cstn__bytes *bytes, const cstn__event *event, const json_t *objects,
		const json_t *extra, const cstn__event_text *id_prefix, size_t *slot)
{
	naming names = {"", NULL, {NULL, 0}, {NULL, 0}};

	if (own_naming(event, &names)) {
		extra = NULL; /* of another format */
		(void)table_naming(event, objects, &names);
	}
	cstn__bytes_put_u8(bytes, '{');
	cstn__json_put_member(bytes, "type", names.event, strlen(names.event));
	put_id(bytes, event, id_prefix);
	put_value(bytes, "@context", json_object_get(extra, "@context"));
	cstn__event_put_time(bytes, "eventTime", event->occurred_us, event->offset_minutes);
	put_offset(bytes, event->offset_minutes);
	if (event->recorded_us != CSTN_TIME_NULL)
		cstn__event_put_time(
				bytes, "recordTime", event->recorded_us, CSTN__EVENT_NO_OFFSET);
	if (event->type == CSTN__EVENT_CORRECTION && !json_object_get(extra, "errorDeclaration"))
		put_error(bytes, event, slot);
	put_objects(bytes, event, objects, &names, id_prefix);
	if (names.action)
		cstn__json_put_member(bytes, "action", names.action, strlen(names.action));
	put_text(bytes, "bizStep", &names.step);
	put_text(bytes, "disposition", &names.disposition);
	put_place(bytes, event, extra, id_prefix);
	put_document(bytes, event, extra, id_prefix);
	put_extra(bytes, extra);
	cstn__bytes_put_u8(bytes, '}');
}
