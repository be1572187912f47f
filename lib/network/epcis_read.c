/* EPCIS 2.0 events into rows.
 *
 * What a column can hold goes into it, each other member stays verbatim in `objects` (identifier
 * lists) or `extra`, so that nothing is lost and the writer can put the same event together again.
 * A list with one plain element stands in columns alone. Words of CBV are bare in columns, whatever
 * their namespace was. Prefixes are declared a document or an event: they travel in `extra` as
 * "@context", without the standard's own. Cost: one pass over the event. */
#include <string.h>

#include "base/error.h"
#include "network/epcis.h"
#include "network/event_code.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define STANDARD_CONTEXT "https://ref.gs1.org/standards/epcis"

static const char *const object_lists[] = {"parentID", "epcList", "quantityList", "childEPCs",
		"childQuantityList", "inputEPCList", "inputQuantityList", "outputEPCList",
		"outputQuantityList", "transformationID"};
static const char *const held[] = {"type", "action", "eventID", "eventTime", "eventTimeZoneOffset",
		"recordTime", "bizStep", "disposition", "@context"};

const char *cstn__epcis_object_list(size_t index)
{
	return index < COUNT(object_lists) ? object_lists[index] : NULL;
}

int cstn__epcis_is_held(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(object_lists); i++)
		if (strcmp(object_lists[i], name) == 0)
			return 1;
	for (i = 0; i < COUNT(held); i++)
		if (strcmp(held[i], name) == 0)
			return 2;
	return 0;
}

/* --- subject and quantity --------------------------------------------------------------------- */

/* The first identifier of a list of URIs or of quantities. */
static const char *first_of(const json_t *event, const char *list, size_t *len)
{
	const json_t *first = json_array_get(json_object_get(event, list), 0);

	if (json_is_object(first))
		return cstn__json_text(first, "epcClass", len);
	if (!json_is_string(first))
		return NULL;
	*len = json_string_length(first);
	return json_string_value(first);
}

static const char *device_of(const json_t *event, size_t *len)
{
	const json_t *sensor = json_array_get(json_object_get(event, "sensorElementList"), 0);
	const char *device =
			cstn__json_text(json_object_get(sensor, "sensorMetadata"), "deviceID", len);

	return device ? device
		      : cstn__json_text(json_array_get(json_object_get(sensor, "sensorReport"), 0),
					"deviceID", len);
}

static const char *document_of(const json_t *event, size_t *len)
{
	return cstn__json_text(json_array_get(json_object_get(event, "bizTransactionList"), 0),
			"bizTransaction", len);
}

static const char *place_of(const json_t *event, size_t *len)
{
	const char *place = cstn__json_text(json_object_get(event, "readPoint"), "id", len);

	return place ? place : cstn__json_text(json_object_get(event, "bizLocation"), "id", len);
}

static void set_subject(cstn__event_reader *r, const json_t *json, cstn__event *event)
{
	static const char *const order[] = {"epcList", "quantityList", "outputEPCList",
			"outputQuantityList", "inputEPCList", "inputQuantityList", "childEPCs",
			"childQuantityList"};
	size_t i, len = 0;
	const char *text = cstn__json_text(json, "parentID", &len);

	for (i = 0; !text && i < COUNT(order); i++)
		text = first_of(json, order[i], &len);
	if (!text)
		text = cstn__json_text(json, "transformationID", &len);
	if (!text)
		text = document_of(json, &len);
	if (!text)
		text = device_of(json, &len);
	if (!text)
		text = place_of(json, &len);
	if (!text)
		text = cstn__json_text(json, "eventID", &len);
	if (!text) { /* sensors without device, place or id */
		text = "unknown";
		len = strlen(text);
	}
	cstn__event_set_subject(r, event, text, len);
}

/* 1 if subject, quantity and unit say all that the identifier lists say. */
static int is_plain(const json_t *json, const cstn__event *event)
{
	const json_t *list = json_object_get(json, "epcList");
	const json_t *amounts = json_object_get(json, "quantityList");
	const json_t *amount = json_array_get(amounts, 0);
	int is_document = cstn__event_same_text(&event->texts[CSTN__MEMBER_SUBJECT],
			&event->texts[CSTN__MEMBER_DOCUMENT_ID]);
	size_t i, lists = 0;

	for (i = 0; i < COUNT(object_lists); i++)
		lists += json_object_get(json, object_lists[i]) != NULL;
	if (lists == 0)
		return is_document;
	if (lists != 1 || is_document)
		return 0;
	if (list)
		return json_array_size(list) == 1;
	return json_array_size(amounts) == 1 && event->quantity != CSTN__EVENT_NO_QUANTITY &&
	       json_object_size(amount) == (json_object_get(amount, "uom") ? 3u : 2u);
}

/* The one quantity of an event: its element if there is one in all lists together, else NULL. */
static const json_t *only_amount(const json_t *json)
{
	static const char *const lists[] = {"quantityList", "childQuantityList",
			"outputQuantityList", "inputQuantityList"};
	const json_t *found = NULL;
	size_t i;

	for (i = 0; i < COUNT(lists); i++) {
		const json_t *list = json_object_get(json, lists[i]);

		if (json_array_size(list) == 0)
			continue;
		if (found || json_array_size(list) > 1)
			return NULL;
		found = json_array_get(list, 0);
	}
	return found;
}

/* The identifier lists in the table's order, "{}" if there is none. */
static int put_objects(cstn__event_reader *r, const json_t *json, cstn__event *event)
{
	const char *copy = NULL;
	cstn__bytes bytes;
	size_t i;

	cstn__bytes_init(&bytes, &r->allocator);
	cstn__bytes_put_u8(&bytes, '{');
	for (i = 0; i < COUNT(object_lists); i++) {
		const json_t *value = json_object_get(json, object_lists[i]);

		if (!value)
			continue;
		cstn__json_put_name(&bytes, object_lists[i]);
		cstn__json_put(&bytes, value, -1);
	}
	cstn__bytes_put_u8(&bytes, '}');
	if (!bytes.failed)
		copy = cstn__arena_copy(&r->arena, bytes.data, bytes.size);
	if (copy)
		cstn__event_set(event, CSTN__MEMBER_OBJECTS, copy, bytes.size);
	cstn__bytes_free(&bytes);
	return copy ? 0 : -1;
}

static int set_objects(cstn__event_reader *r, const json_t *json, cstn__event *event)
{
	const json_t *amount = only_amount(json);
	const char *unit;
	size_t len;

	if (amount) {
		cstn__event_set_quantity(event, json_object_get(amount, "quantity"));
		unit = cstn__json_text(amount, "uom", &len);
		if (unit && event->quantity != CSTN__EVENT_NO_QUANTITY)
			cstn__event_set(event, CSTN__MEMBER_UNIT, unit, len);
	}
	set_subject(r, json, event);
	if (is_plain(json, event))
		return 0;
	return put_objects(r, json, event);
}

/* --- the rest --------------------------------------------------------------------------------- */

/* What the columns hold of an event, so that `extra` need not. */
typedef struct taken {
	int read_point, transactions;
} taken;

static int is_taken(const void *context, const char *name)
{
	const taken *columns = context;

	if (strcmp(name, "readPoint") == 0)
		return columns->read_point;
	if (strcmp(name, "bizTransactionList") == 0)
		return columns->transactions;
	return cstn__epcis_is_held(name) != 0;
}

static void set_place(cstn__event_reader *r, const json_t *json, cstn__event *event, taken *columns)
{
	const json_t *point = json_object_get(json, "readPoint");
	const char *business = cstn__json_text(json_object_get(json, "bizLocation"), "id", NULL);
	size_t len;
	const char *place = place_of(json, &len);

	if (!place)
		return;
	cstn__event_set_own(r, event, CSTN__MEMBER_LOCATION, place, len);
	/* With equal places the column cannot say whether there are one or two. */
	columns->read_point = point && json_object_size(point) == 1 &&
			      (!business || strcmp(business, place) != 0);
}

static void set_document(
		cstn__event_reader *r, const json_t *json, cstn__event *event, taken *columns)
{
	const json_t *list = json_object_get(json, "bizTransactionList");
	const json_t *first = json_array_get(list, 0);
	size_t len = 0, type_len = 0;
	const char *id = cstn__json_text(first, "bizTransaction", &len);
	const char *code = cstn__json_text(first, "type", &type_len);
	const char *type = NULL, *word;
	int known = !code;

	if (!id)
		return;
	cstn__event_set_own(r, event, CSTN__MEMBER_DOCUMENT_ID, id, len);
	if (code && cstn__cbv_word(CSTN__CBV_TRANSACTION, code, type_len, &word) == 1)
		type = cstn__document_type_of(CSTN__DOCUMENT_EPCIS, word);
	if (code && type)
		known = 1;
	else if (code)
		type = "other";
	if (type)
		cstn__event_set(event, CSTN__MEMBER_DOCUMENT_TYPE, type, strlen(type));
	columns->transactions = known && json_array_size(list) == 1 &&
				json_object_size(first) == (code ? 2u : 1u);
}

/* The bare word, or the text of a vocabulary of somebody else. */
static void set_word(cstn__event *event, enum cstn__event_member column, const json_t *json,
		const char *name, enum cstn__cbv_list list)
{
	size_t len;
	const char *word, *text = cstn__json_text(json, name, &len);

	if (!text)
		return;
	if (cstn__cbv_word(list, text, len, &word) == 1) {
		text = word;
		len = strlen(word);
	}
	cstn__event_set(event, column, text, len);
}

static int set_code(cstn__event_reader *r, const json_t *json, cstn__event *event)
{
	const char *type = cstn__json_text(json, "type", NULL);
	const char *action = cstn__json_text(json, "action", NULL);
	cstn__bytes code;
	const char *copy = NULL;

	event->class = CSTN__EVENT_ACTUAL;
	event->type = cstn__epcis_type_of(type, action,
			event->texts[CSTN__MEMBER_BUSINESS_STEP].text,
			event->texts[CSTN__MEMBER_DISPOSITION].text);
	cstn__bytes_init(&code, &r->allocator);
	cstn__bytes_put_text(&code, "epcis:");
	cstn__bytes_put_text(&code, type);
	if (action) {
		cstn__bytes_put_u8(&code, '/');
		cstn__bytes_put_text(&code, action);
	}
	if (!code.failed)
		copy = cstn__arena_copy(&r->arena, code.data, code.size);
	if (copy)
		cstn__event_set(event, CSTN__MEMBER_CODE, copy, code.size);
	cstn__bytes_free(&code);
	return copy ? 0 : -1;
}

/* What a declaration of error in the document says of the events that stand in for the wrong one.
 * The first declaration counts. 0, or -1 out of memory. */
static int note_correctives(cstn__event_reader *r, const json_t *event)
{
	const json_t *list = json_object_get(
			json_object_get(event, "errorDeclaration"), "correctiveEventIDs");
	cstn__event_text wrong;
	size_t i;

	wrong.text = cstn__json_text(event, "eventID", &wrong.len);
	for (i = 0; wrong.text && i < json_array_size(list); i++) {
		const json_t *id = json_array_get(list, i);
		uint32_t code;

		if (!json_is_string(id) || strcmp(json_string_value(id), wrong.text) == 0)
			continue;
		code = cstn__intern(&r->correctives, json_string_value(id), json_string_length(id));
		if (code == UINT32_MAX)
			return -1;
		if (code < r->corrected.count)
			continue;
		if (cstn__array_reserve(&r->allocator, &r->corrected, 1))
			return -1;
		r->corrected.items[r->corrected.count++] = wrong;
	}
	return 0;
}

static int set_corrected(cstn__event_reader *r, const char *id, size_t len, cstn__event *event)
{
	uint32_t code = cstn__interner_find(&r->correctives, id, len);
	const cstn__event_text *wrong;
	int is_digest;

	if (code == UINT32_MAX)
		return 0;
	wrong = &r->corrected.items[code];
	return cstn__event_set_id(
			r, event, CSTN__MEMBER_CORRECTS, wrong->text, wrong->len, &is_digest);
}

/* The event's own id; for a declaration of error that of the event which is declared wrong. */
static int set_ids(cstn__event_reader *r, const json_t *json, cstn__event *event)
{
	const json_t *declared = json_object_get(json, "errorDeclaration");
	size_t len;
	const char *id = cstn__json_text(json, "eventID", &len);
	int is_digest = 0;

	if (declared) {
		event->type = CSTN__EVENT_CORRECTION;
		set_word(event, CSTN__MEMBER_REASON, declared, "reason", CSTN__CBV_REASON);
	}
	if (id && cstn__event_set_id(r, event, declared ? CSTN__MEMBER_CORRECTS : CSTN__MEMBER_ID,
				  id, len, &is_digest))
		return -1;
	if (is_digest)
		cstn__event_set_own(r, event, CSTN__MEMBER_ORIGINAL_ID, id, len);
	return id && !declared ? set_corrected(r, id, len, event) : 0;
}

static void set_times(cstn__event_reader *r, const json_t *json, cstn__event *event)
{
	size_t len;
	int32_t offset;
	const char *text = cstn__json_text(json, "eventTime", &len);

	(void)cstn__event_time(r, text, len, &event->occurred_us, &offset);
	text = cstn__json_text(json, "eventTimeZoneOffset", &len);
	(void)cstn__event_offset(text, len, &event->offset_minutes);
	text = cstn__json_text(json, "recordTime", &len);
	if (text)
		(void)cstn__event_time(r, text, len, &event->recorded_us, &offset);
}

/* --- prefixes --------------------------------------------------------------------------------- */

/* Add what a "@context" says to a list, without the standard's and without what is there. 0 or -1.
 */
static int add_context(json_t *list, const json_t *context)
{
	const json_t *one = context;
	size_t i, k, n = json_is_array(context) ? json_array_size(context) : context != NULL;

	for (i = 0; i < n; i++) {
		const char *text;

		if (json_is_array(context))
			one = json_array_get(context, i);
		text = json_string_value(one);
		if (text && strncmp(text, STANDARD_CONTEXT, strlen(STANDARD_CONTEXT)) == 0)
			continue;
		for (k = 0; k < json_array_size(list); k++)
			if (json_equal(json_array_get(list, k), one))
				break;
		if (k == json_array_size(list) && json_array_append(list, (json_t *)(uintptr_t)one))
			return -1;
	}
	return 0;
}

static int set_extra(
		cstn__event_reader *r, const json_t *json, cstn__event *event, const taken *columns)
{
	json_t *contexts = json_array();
	int failed;

	failed = !contexts || add_context(contexts, r->context) ||
		 add_context(contexts, json_object_get(json, "@context"));
	if (!failed)
		failed = cstn__event_rest(r, json, is_taken, columns, contexts,
				&event->texts[CSTN__MEMBER_EXTRA]);
	json_decref(contexts);
	return failed ? -1 : 0;
}

int cstn__epcis_read(cstn__event_reader *r, const json_t *json, cstn__event *event)
{
	taken columns = {0, 0};

	if (!cstn__epcis_check(r, json))
		return 0;
	set_times(r, json, event);
	set_place(r, json, event, &columns);
	set_document(r, json, event, &columns);
	set_word(event, CSTN__MEMBER_BUSINESS_STEP, json, "bizStep", CSTN__CBV_STEP);
	set_word(event, CSTN__MEMBER_DISPOSITION, json, "disposition", CSTN__CBV_DISPOSITION);
	if (set_objects(r, json, event) || set_code(r, json, event) || set_ids(r, json, event) ||
			set_extra(r, json, event, &columns))
		return -1;
	return 1;
}

/* --- documents -------------------------------------------------------------------------------- */

static cstn_status lacks(const char *place, const char *rule, cstn_error **error)
{
	return cstn__fail(error, CSTN_E_FORMAT, "%s: %s", place, rule);
}

/* The members of a document's head, and the defaults that they give. */
static cstn_status read_head(cstn__event_reader *r, const json_t *document, cstn_error **error)
{
	size_t len = 0;
	const char *text = cstn__json_text(document, "schemaVersion", NULL);
	int64_t created;
	int32_t offset;

	if (!text || strncmp(text, "2.", 2) != 0)
		return lacks("/schemaVersion", "\"2.0\" is required", error);
	text = cstn__json_text(document, "creationDate", &len);
	if (!text || cstn__event_time(r, text, len, &created, &offset))
		return lacks("/creationDate", "an instant with its zone is required", error);
	if (r->recorded_us == CSTN_TIME_NULL)
		r->recorded_us = created;
	text = cstn__json_text(document, "sender", &len);
	if (!r->source_partner.text && text && len > 0) {
		r->source_partner.text = text;
		r->source_partner.len = len;
	}
	r->context = json_object_get(document, "@context");
	return r->context ? CSTN_OK : lacks("/@context", "is required", error);
}

static cstn_status open_document(cstn__event_reader *r, const json_t *document,
		const json_t **events, const char **where, cstn_error **error)
{
	const json_t *body = json_object_get(document, "epcisBody");
	const json_t *results = json_object_get(body, "queryResults");
	const char *type = cstn__json_text(document, "type", NULL);
	cstn_status status;
	size_t i;

	*where = "";
	if (!json_is_object(document))
		return lacks("/", "an EPCIS document is an object", error);
	if (!json_object_get(document, "type") && !body) {
		*events = NULL;
		return cstn__epcis_check_query(document, error);
	}
	if (!body) {
		*events = document;
		return CSTN_OK;
	}
	if (!type || (strcmp(type, "EPCISDocument") != 0 &&
				     strcmp(type, "EPCISQueryDocument") != 0))
		return lacks("/type", "\"EPCISDocument\" or \"EPCISQueryDocument\" is required",
				error);
	status = read_head(r, document, error);
	if (status != CSTN_OK)
		return status;
	if (strcmp(type, "EPCISDocument") == 0) {
		*where = "/epcisBody/eventList";
		*events = json_object_get(body, "eventList");
	} else {
		*where = "/epcisBody/queryResults/resultsBody/eventList";
		*events = json_object_get(json_object_get(results, "resultsBody"), "eventList");
	}
	if (!json_is_array(*events))
		return lacks(*where, "a list is required", error);
	for (i = 0; i < json_array_size(*events); i++)
		if (note_correctives(r, json_array_get(*events, i)))
			return cstn__fail_nomem(error);
	return CSTN_OK;
}

static void wrap_document(cstn__bytes *bytes, const cstn__bytes *events, int64_t created_us,
		const cstn__event_text *sender)
{
	cstn__bytes_put_text(bytes,
			"{\"@context\":[\"" STANDARD_CONTEXT "/2.0.0/epcis-context.jsonld\"],"
			"\"type\":\"EPCISDocument\",\"schemaVersion\":\"2.0\"");
	cstn__event_put_time(bytes, "creationDate", created_us, CSTN__EVENT_NO_OFFSET);
	if (sender->text)
		cstn__json_put_member(bytes, "sender", sender->text, sender->len);
	cstn__bytes_put_text(bytes, ",\"epcisBody\":{\"eventList\":[");
	if (events->size > 0)
		cstn__bytes_put(bytes, events->data, events->size);
	cstn__bytes_put_text(bytes, "]}}");
}

const cstn__event_format cstn__epcis_format = {"EPCIS 2.0", open_document, cstn__epcis_read,
		cstn__epcis_write, cstn__epcis_has_place, wrap_document, 1, 1};
