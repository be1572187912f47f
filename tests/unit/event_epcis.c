/* EPCIS 2.0 in and out: what becomes of each member, what is refused, what is told as lost. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event_fixture.h"

#include "network/event_code.h"
#include "suite.h"

#define HEAD                                                                                     \
	"{\"@context\":[\"https://ref.gs1.org/standards/epcis/epcis-context.jsonld\"],"          \
	"\"type\":\"EPCISDocument\",\"schemaVersion\":\"2.0\",\"creationDate\":\"2024-05-01T00:" \
	"00:00Z\",\"epcisBody\":{\"eventList\":["
#define TAIL "]}}"
#define TIMES "\"eventTime\":\"2024-04-30T10:00:00+02:00\",\"eventTimeZoneOffset\":\"+02:00\","
#define SSCC "urn:epc:id:sscc:4012345.0000000001"
#define EVENT(rest) "{\"type\":\"ObjectEvent\"," TIMES rest "}"
#define PLAIN EVENT("\"action\":\"OBSERVE\",\"epcList\":[\"" SSCC "\"]")

static event_rows read_epcis(const char *json, const cstn_event_json_options *options)
{
	return event_read(&epcis_calls, json, strlen(json), options);
}

/* The event as the only one of a document is read to one row. */
static event_rows read_one(const char *event)
{
	char json[8192];
	event_rows rows;

	snprintf(json, sizeof(json), HEAD "%s" TAIL, event);
	rows = read_epcis(json, NULL);
	ck_assert_msg(rows.status == CSTN_OK, "%s: %s", event, rows.message);
	ck_assert_uint_eq(event_count(&rows), 1);
	return rows;
}

static void value_is(const char *event, const char *column, const char *value)
{
	event_rows rows = read_one(event);

	ck_assert_str_eq(event_value(&rows, 0, column), value);
	event_rows_free(&rows);
}

/* The event is left out, with exactly these messages. */
static void refused(const char *event, const char *messages)
{
	char json[8192], *told;
	event_rows rows;

	snprintf(json, sizeof(json), HEAD PLAIN ",%s" TAIL, event);
	rows = read_epcis(json, NULL);
	told = event_messages(rows.bad);
	ck_assert_msg(rows.status == CSTN_E_ROWS, "%s: %s", event, rows.message);
	ck_assert_str_eq(told, messages);
	ck_assert_uint_eq(event_count(&rows), 1);
	free(told);
	event_rows_free(&rows);
}

/* The document is refused as a whole. */
static void document_refused(const char *json, cstn_status status, const char *words)
{
	event_rows rows = read_epcis(json, NULL);

	ck_assert_int_eq(rows.status, status);
	ck_assert_ptr_null(rows.csv);
	ck_assert_msg(strstr(rows.message, words) != NULL, "'%s' lacks '%s'", rows.message, words);
	event_rows_free(&rows);
}

/* --- columns ---------------------------------------------------------------------------------- */

START_TEST(times_are_instants_and_the_offset_is_kept_as_reported)
{
	event_rows rows = read_one("{\"type\":\"ObjectEvent\",\"eventTime\":\"2024-04-30T23:30:00."
				   "123456-05:00\",\"eventTimeZoneOffset\":\"+02:00\","
				   "\"recordTime\":\"2024-05-01T10:00:00.5Z\",\"action\":\"ADD\","
				   "\"epcList\":[\"" SSCC "\"]}");

	ck_assert_str_eq(event_value(&rows, 0, "occurred"), "2024-05-01T04:30:00.123456Z");
	ck_assert_str_eq(event_value(&rows, 0, "utc_offset_minutes"), "120");
	ck_assert_str_eq(event_value(&rows, 0, "recorded"), "2024-05-01T10:00:00.500000Z");
	event_rows_free(&rows);
}
END_TEST

START_TEST(event_without_record_time_is_known_since_the_document_was_made)
{
	cstn_event_json_options options = CSTN_EVENT_JSON_OPTIONS_INIT;
	event_rows rows;

	value_is(PLAIN, "recorded", "2024-05-01T00:00:00Z");
	options.recorded_us = 1;
	rows = read_epcis(HEAD PLAIN TAIL, &options);
	ck_assert_str_eq(event_value(&rows, 0, "recorded"), "1970-01-01T00:00:00.000001Z");
	event_rows_free(&rows);
	rows = read_epcis(PLAIN, NULL);
	ck_assert_str_eq(event_value(&rows, 0, "recorded"), "");
	event_rows_free(&rows);
}
END_TEST

START_TEST(zeros_past_the_microsecond_say_nothing_but_other_digits_are_refused)
{
	value_is("{\"type\":\"ObjectEvent\",\"eventTime\":\"2024-04-30T10:00:00.123456000Z\","
		 "\"eventTimeZoneOffset\":\"+00:00\",\"action\":\"ADD\",\"epcList\":[\"" SSCC
		 "\"]}",
			"occurred", "2024-04-30T10:00:00.123456Z");
	refused("{\"type\":\"ObjectEvent\",\"eventTime\":\"2024-04-30T10:00:00.1234567Z\","
		"\"eventTimeZoneOffset\":\"+00:00\",\"action\":\"ADD\",\"epcList\":[\"" SSCC "\"]}",
			"row 1, column '/eventTime': '2024-04-30T10:00:00.1234567Z' is finer "
			"than the column's unit of time\n");
}
END_TEST

START_TEST(offset_reaches_to_fourteen_hours)
{
	value_is("{\"type\":\"ObjectEvent\",\"eventTime\":\"2024-04-30T10:00:00Z\","
		 "\"eventTimeZoneOffset\":\"-14:00\",\"action\":\"ADD\",\"epcList\":[\"" SSCC
		 "\"]}",
			"utc_offset_minutes", "-840");
	refused("{\"type\":\"ObjectEvent\",\"eventTime\":\"2024-04-30T10:00:00Z\","
		"\"eventTimeZoneOffset\":\"-14:01\",\"action\":\"ADD\",\"epcList\":[\"" SSCC "\"]}",
			"row 1, column '/eventTimeZoneOffset': '-14:01' is not one of the "
			"allowed values\n");
}
END_TEST

START_TEST(one_epc_is_the_subject_and_needs_no_list)
{
	event_rows rows = read_one(PLAIN);

	ck_assert_str_eq(event_value(&rows, 0, "subject_id"), SSCC);
	ck_assert_str_eq(event_value(&rows, 0, "subject_kind"), "shipment");
	ck_assert_str_eq(event_value(&rows, 0, "objects"), "");
	ck_assert_str_eq(event_value(&rows, 0, "extra"), "");
	event_rows_free(&rows);
}
END_TEST

START_TEST(two_epcs_stay_in_objects)
{
	value_is(EVENT("\"action\":\"ADD\",\"epcList\":[\"" SSCC "\",\"urn:epc:id:sscc:4.2\"]"),
			"objects", "{\"epcList\":[\"" SSCC "\",\"urn:epc:id:sscc:4.2\"]}");
}
END_TEST

/* One event with one quantity, as JSON has it. */
static void quantity_is(const char *json, const char *qty, const char *exponent, int plain)
{
	char event[600], objects[200];

	snprintf(event, sizeof(event),
			EVENT("\"action\":\"ADD\",\"quantityList\":[{\"epcClass\":\"urn:epc:"
			      "class:lgtin:1.2.3\",\"quantity\":%s,\"uom\":\"KGM\"}]"),
			json);
	snprintf(objects, sizeof(objects),
			"{\"quantityList\":[{\"epcClass\":\"urn:epc:class:lgtin:1.2.3\","
			"\"quantity\":%s,\"uom\":\"KGM\"}]}",
			json);
	value_is(event, "subject_id", "urn:epc:class:lgtin:1.2.3");
	value_is(event, "qty", qty);
	value_is(event, "qty_exponent", exponent);
	value_is(event, "unit", *qty ? "KGM" : "");
	value_is(event, "objects", plain ? "" : objects);
}

START_TEST(quantity_is_a_number_with_its_decimals)
{
	quantity_is("10", "10", "", 1);
	quantity_is("10.0", "10", "", 1);
	quantity_is("10.5", "105", "1", 1);
	quantity_is("0.1", "1", "1", 1);
	quantity_is("0", "0", "", 1);
	quantity_is("0.0", "0", "", 1);
	quantity_is("2.50", "25", "1", 1);
	quantity_is("1.2e3", "1200", "", 1);
	quantity_is("2.5e-3", "25", "4", 1);
	quantity_is("9007199254740991.0", "9007199254740991", "", 1);
}
END_TEST

START_TEST(quantity_of_six_decimals_is_a_number_and_of_seven_stays_in_objects)
{
	quantity_is("1.000001", "1000001", "6", 1);
	quantity_is("1.0000001", "", "", 0);
}
END_TEST

START_TEST(standard_words_are_bare_whatever_their_namespace)
{
	value_is(EVENT("\"action\":\"ADD\",\"epcList\":[\"" SSCC "\"],\"bizStep\":\"https://"
		       "ref.gs1.org/cbv/BizStep-receiving\""),
			"business_step", "receiving");
	value_is(EVENT("\"action\":\"ADD\",\"epcList\":[\"" SSCC
		       "\"],\"disposition\":\"urn:epcglobal:cbv:disp:returned\""),
			"disposition", "returned");
	value_is(EVENT("\"action\":\"ADD\",\"epcList\":[\"" SSCC
		       "\"],\"bizStep\":\"https://example.com/receiving\""),
			"business_step", "https://example.com/receiving");
}
END_TEST

START_TEST(short_event_id_is_the_id_and_a_long_one_its_digest)
{
	char event[1024], id[80] = "urn:x:";

	memset(id + 6, 'a', 58);
	id[64] = '\0';
	snprintf(event, sizeof(event),
			EVENT("\"action\":\"ADD\",\"epcList\":[\"" SSCC "\"],\"eventID\":\"%s\""),
			id);
	value_is(event, "event_id", id);
	value_is(event, "original_id", "");
	strcat(id, "a");
	snprintf(event, sizeof(event),
			EVENT("\"action\":\"ADD\",\"epcList\":[\"" SSCC "\"],\"eventID\":\"%s\""),
			id);
	value_is(event, "event_id",
			"34f5a389897cce9cb73debdf98ede1e4e0d2a4f6c2c7f9fc1ed3774d2cad1389");
	value_is(event, "original_id", id);
}
END_TEST

START_TEST(same_event_has_the_same_made_id_whatever_the_order_of_its_names)
{
	event_rows a = read_one(EVENT("\"action\":\"ADD\",\"epcList\":[\"" SSCC
				      "\",\"urn:x:1\"],\"bizStep\":\"shipping\"")),
		   b = read_one(EVENT("\"bizStep\":\"shipping\",\"epcList\":[\"" SSCC
				      "\",\"urn:x:1\"],\"action\":\"ADD\"")),
		   c = read_one(EVENT("\"bizStep\":\"shipping\",\"epcList\":[\"" SSCC
				      "\",\"urn:x:2\"],\"action\":\"ADD\""));
	char id[80];

	strcpy(id, event_value(&a, 0, "event_id"));
	ck_assert_uint_eq(strlen(id), 64);
	ck_assert_str_eq(event_value(&b, 0, "event_id"), id);
	ck_assert_str_ne(event_value(&c, 0, "event_id"), id);
	event_rows_free(&a);
	event_rows_free(&b);
	event_rows_free(&c);
}
END_TEST

START_TEST(declared_error_is_a_correction_of_the_event_with_that_id)
{
	event_rows rows = read_one(EVENT("\"action\":\"ADD\",\"epcList\":[\"" SSCC
					 "\"],\"eventID\":\"urn:x:7\",\"bizStep\":\"receiving\","
					 "\"errorDeclaration\":{\"declarationTime\":"
					 "\"2024-05-01T00:00:00Z\",\"reason\":\"did_not_occur\"}"));

	ck_assert_str_eq(event_value(&rows, 0, "type"), "correction");
	ck_assert_str_eq(event_value(&rows, 0, "corrects"), "urn:x:7");
	ck_assert_str_eq(event_value(&rows, 0, "reason"), "did_not_occur");
	ck_assert_str_ne(event_value(&rows, 0, "event_id"), "urn:x:7");
	event_rows_free(&rows);
}
END_TEST

START_TEST(prefixes_of_the_document_travel_with_the_event)
{
	event_rows rows = read_epcis(
			"{\"@context\":[\"https://ref.gs1.org/standards/epcis/"
			"epcis-context.jsonld\","
			"{\"my\":\"https://example.com/\"}],\"type\":\"EPCISDocument\","
			"\"schemaVersion\":\"2.0\",\"creationDate\":\"2024-05-01T00:00:00Z\","
			"\"epcisBody\":{\"eventList\":[" EVENT(
					"\"action\":\"ADD\",\"epcList\":[\"" SSCC
					"\"],\"my:door\":[7,\"a\\\"\\n\",null,true,0.1]") TAIL,
			NULL);

	ck_assert_int_eq(rows.status, CSTN_OK);
	ck_assert_str_eq(event_value(&rows, 0, "extra"),
			"{\"@context\":[{\"my\":\"https://example.com/\"}],\"my:door\":[7,"
			"\"a\\\"\\n\",null,true,0.1]}");
	event_rows_free(&rows);
}
END_TEST

/* --- types ------------------------------------------------------------------------------------ */

static const struct {
	const char *event, *type;
} typed[] = {
		{"\"action\":\"OBSERVE\",\"bizStep\":\"picking\"", "picked"},
		{"\"action\":\"OBSERVE\",\"bizStep\":\"staging_outbound\"", "staged"},
		{"\"action\":\"OBSERVE\",\"bizStep\":\"loading\"", "loaded"},
		{"\"action\":\"OBSERVE\",\"bizStep\":\"departing\"", "departed"},
		{"\"action\":\"OBSERVE\",\"bizStep\":\"shipping\",\"disposition\":\"in_transit\"",
				"departed"},
		{"\"action\":\"OBSERVE\",\"bizStep\":\"arriving\"", "arrived"},
		{"\"action\":\"OBSERVE\",\"bizStep\":\"unloading\"", "discharged"},
		{"\"action\":\"OBSERVE\",\"bizStep\":\"receiving\"", "delivered"},
		{"\"action\":\"OBSERVE\",\"bizStep\":\"receiving\",\"disposition\":\"returned\"",
				"returned"},
		{"\"action\":\"OBSERVE\",\"bizStep\":\"accepting\"", "accepted"},
		{"\"action\":\"OBSERVE\",\"bizStep\":\"inspecting\",\"disposition\":\"conformant\"",
				"inspected"},
		{"\"action\":\"OBSERVE\",\"bizStep\":\"inspecting\",\"disposition\":\"damaged\"",
				"damaged"},
		{"\"action\":\"OBSERVE\",\"bizStep\":\"inspecting\",\"disposition\":"
		 "\"mismatch_class\"",
				"wrong"},
		{"\"action\":\"OBSERVE\",\"bizStep\":\"inspecting\",\"disposition\":"
		 "\"mismatch_quantity\"",
				"short"},
		{"\"action\":\"OBSERVE\",\"bizStep\":\"stocking\",\"disposition\":"
		 "\"sellable_accessible\"",
				"restocked"},
		{"\"action\":\"OBSERVE\",\"bizStep\":\"stocking\"", "other"},
		{"\"action\":\"DELETE\",\"bizStep\":\"destroying\",\"disposition\":\"destroyed\"",
				"scrapped"},
		{"\"action\":\"OBSERVE\",\"bizStep\":\"sampling\"", "other"},
		{"\"action\":\"OBSERVE\"", "other"},
};

START_TEST(business_step_and_disposition_say_the_type)
{
	char event[1024];

	snprintf(event, sizeof(event), EVENT("\"epcList\":[\"" SSCC "\"],%s"), typed[_i].event);
	value_is(event, "type", typed[_i].type);
}
END_TEST

START_TEST(packing_and_transactions_have_event_types_of_their_own)
{
	value_is("{\"type\":\"AggregationEvent\"," TIMES
		 "\"action\":\"ADD\",\"bizStep\":\"packing\","
		 "\"parentID\":\"" SSCC "\",\"childEPCs\":[\"urn:x:1\"]}",
			"type", "packed");
	value_is("{\"type\":\"AggregationEvent\"," TIMES
		 "\"action\":\"DELETE\",\"bizStep\":\"unpacking\",\"parentID\":\"" SSCC "\"}",
			"type", "unpacked");
	value_is("{\"type\":\"TransactionEvent\"," TIMES
		 "\"action\":\"ADD\",\"bizTransactionList\":[{\"type\":\"inv\","
		 "\"bizTransaction\":\"urn:x:inv:1\"}]}",
			"type", "document_issued");
}
END_TEST

START_TEST(types_and_classes_are_those_of_the_noun_event)
{
	size_t noun = cstn_noun_find("event");
	size_t type = cstn_noun_field_find(noun, "type");
	size_t class = cstn_noun_field_find(noun, "class");
	int32_t i;

	for (i = 1; i <= CSTN__EVENT_TYPES; i++)
		ck_assert_str_eq(cstn__event_type_name(i),
				cstn_noun_field_code(noun, type, (size_t)i - 1));
	ck_assert_ptr_null(cstn_noun_field_code(noun, type, CSTN__EVENT_TYPES));
	for (i = CSTN__EVENT_PLANNED; i <= CSTN__EVENT_ACTUAL; i++)
		ck_assert_str_eq(cstn__event_class_name(i),
				cstn_noun_field_code(noun, class, (size_t)i - 1));
}
END_TEST

/* --- refusals --------------------------------------------------------------------------------- */

START_TEST(every_rule_that_an_event_breaks_is_told_at_its_place)
{
	refused(EVENT("\"action\":\"CREATE\",\"epcList\":[\"" SSCC "\",\"no uri\",3],"
		      "\"quantityList\":[{\"epcClass\":\"urn:x:1\",\"quantity\":-1,\"uom\":\"kg\"}]"
		      ","
		      "\"colour\":\"red\",\"readPoint\":{\"name\":\"x\"}"),
			"row 1, column '/action': 'CREATE' is not one of the allowed values\n"
			"row 1, column '/epcList/1': 'no uri' is not one of the allowed "
			"values\n"
			"row 1, column '/epcList/2': '3' is another kind of JSON value than "
			"the format asks for\n"
			"row 1, column '/quantityList/0/quantity': '-1' is negative, zero or "
			"more expected\n"
			"row 1, column '/quantityList/0/uom': 'kg' is no unit, currency or "
			"country code\n"
			"row 1, column '/colour': 'red' is a name that the format does not "
			"have there\n"
			"row 1, column '/readPoint/name': 'x' is a name that the format does "
			"not have there\n"
			"row 1, column '/readPoint/id': a value is required\n");
}
END_TEST

static const struct {
	const char *event, *place;
} faults[] = {
		{"{\"type\":\"AggregationEvent\"," TIMES
		 "\"action\":\"ADD\",\"childEPCs\":[\"urn:x:1\"]}",
				"'/parentID': a value is required"},
		{"{\"type\":\"AggregationEvent\"," TIMES
		 "\"action\":\"ADD\",\"parentID\":\"urn:x:1\",\"childEPCs\":[]}",
				"'/childEPCs': a value is required"},
		{"{\"type\":\"TransactionEvent\"," TIMES
		 "\"action\":\"ADD\",\"bizTransactionList\":[]}",
				"'/bizTransactionList': a value is required"},
		{"{\"type\":\"TransformationEvent\"," TIMES "\"inputEPCList\":[\"urn:x:1\"]}",
				"'/outputEPCList': a value is required"},
		{"{\"type\":\"TransformationEvent\"," TIMES
		 "\"action\":\"ADD\",\"transformationID\":\"urn:x:1\"}",
				"'/action': 'ADD' is a name"},
		{"{\"type\":\"AssociationEvent\"," TIMES
		 "\"action\":\"ADD\",\"childEPCs\":[\"urn:x:1\"]}",
				"'/parentID': a value is required"},
		{EVENT("\"action\":\"OBSERVE\",\"epcList\":[\"urn:x:1\"],\"ilmd\":{\"a:b\":1}"),
				"'/ilmd': is a name that the format does not have there"},
		{EVENT("\"action\":\"ADD\",\"epcList\":\"urn:x:1\""),
				"'/epcList': 'urn:x:1' is another kind"},
		{EVENT("\"action\":\"ADD\",\"epcList\":[\"urn:x:1\"],\"eventID\":null"),
				"'/eventID': 'null' is another kind"},
		{EVENT("\"action\":\"ADD\",\"epcList\":[\"urn:x:1\"],\"bizStep\":\"cbv:BizStep-"
		       "x\""),
				"'/bizStep': 'cbv:BizStep-x' is not one"},
		{EVENT("\"action\":\"ADD\",\"epcList\":[\"urn:x:1\"],\"a/b~c\":1"),
				"'/a~1b~0c': '1' is a name"},
		{"{\"type\":\"Event\"}", "'/type': 'Event' is not one of"},
		{"{}", "'/type': a value is required"},
		{"7", "row 0: '7' is another kind"},
};

START_TEST(event_that_breaks_a_rule_is_told_by_its_pointer)
{
	char json[4096], *told;
	event_rows rows;

	snprintf(json, sizeof(json), HEAD "%s" TAIL, faults[_i].event);
	rows = read_epcis(json, NULL);
	told = event_messages(rows.bad);
	ck_assert_msg(rows.status == CSTN_E_ROWS, "%s", rows.message);
	ck_assert_msg(strstr(told, faults[_i].place) != NULL, "'%s' lacks '%s'", told,
			faults[_i].place);
	free(told);
	event_rows_free(&rows);
}
END_TEST

START_TEST(places_beyond_a_thousand_are_told_in_the_value)
{
	char *json = malloc(65536), name[32];
	event_rows rows;
	cstn_row_error last;
	size_t i, n, len;

	ck_assert_ptr_nonnull(json);
	len = (size_t)sprintf(json, "{\"type\":\"ObjectEvent\"," TIMES
				    "\"action\":\"ADD\",\"epcList\":[\"" SSCC "\"]");
	for (i = 0; i < 1030; i++)
		len += (size_t)sprintf(json + len, ",\"n%zu\":1", i);
	strcpy(json + len, "}");
	rows = read_epcis(json, NULL);
	ck_assert_int_eq(rows.status, CSTN_E_ROWS);
	n = cstn_row_errors_count(rows.bad);
	ck_assert_uint_eq(n, 1030);
	ck_assert_int_eq(cstn_row_errors_at(rows.bad, 0, &last, NULL), CSTN_OK);
	ck_assert_int_eq(last.field, -1); /* whole rows stand first */
	ck_assert_str_eq(cstn_row_errors_value(rows.bad, 0), "/n1024");
	sprintf(name, "/n%d", 1023);
	ck_assert_str_eq(cstn_row_errors_column(rows.bad, n - 1), name);
	event_rows_free(&rows);
	free(json);
}
END_TEST

START_TEST(long_pointer_is_cut_and_ends_in_dots)
{
	char json[2048], name[401];
	event_rows rows;

	memset(name, 'n', 400);
	name[400] = '\0';
	snprintf(json, sizeof(json),
			EVENT("\"action\":\"ADD\",\"epcList\":[\"" SSCC "\"],\"%s\":1"), name);
	rows = read_epcis(json, NULL);
	ck_assert_int_eq(rows.status, CSTN_E_ROWS);
	ck_assert_uint_eq(strlen(cstn_row_errors_column(rows.bad, 0)), 255);
	ck_assert_str_eq(cstn_row_errors_column(rows.bad, 0) + 252, "...");
	event_rows_free(&rows);
}
END_TEST

START_TEST(message_names_the_first_fault_by_a_pointer_into_the_document)
{
	event_rows rows = read_epcis(HEAD PLAIN "," EVENT("\"action\":\"NO\"") TAIL, NULL);

	ck_assert_str_eq(rows.message,
			"1 of 2 events break the rules of EPCIS 2.0; the first: "
			"/epcisBody/eventList/1/action: 'NO' is not one of the allowed values");
	event_rows_free(&rows);
}
END_TEST

START_TEST(all_or_nothing_gives_no_stream_for_one_bad_event)
{
	cstn_event_json_options options = CSTN_EVENT_JSON_OPTIONS_INIT;
	event_rows rows;

	options.flags = CSTN_EVENT_JSON_ALL_OR_NOTHING;
	rows = read_epcis(HEAD PLAIN ",{}" TAIL, &options);
	ck_assert_int_eq(rows.status, CSTN_E_ROWS);
	ck_assert_ptr_null(rows.csv);
	ck_assert_uint_eq(cstn_row_errors_count(rows.bad), 1);
	event_rows_free(&rows);
	rows = read_epcis(HEAD PLAIN TAIL, &options);
	ck_assert_int_eq(rows.status, CSTN_OK);
	event_rows_free(&rows);
}
END_TEST

START_TEST(what_is_no_document_is_refused_with_its_place)
{
	document_refused("", CSTN_E_FORMAT, "line 1, column 0, byte 0");
	document_refused("{\n \"a\": 1,\n \"a\": 2}", CSTN_E_FORMAT, "line 3");
	document_refused("{\"GE_quantity\":9223372036854775808}", CSTN_E_OVERFLOW, "byte 34");
	document_refused("{\"GE_quantity\":1e999}", CSTN_E_OVERFLOW, "real number overflow");
	document_refused("{\"x:a\":\"\\ud800\"}", CSTN_E_FORMAT, "line 1");
	document_refused("{\"x:a\":\"\\u0000\"}", CSTN_E_FORMAT, "line 1");
	document_refused("{\"x:a\":\"\xff\"}", CSTN_E_FORMAT, "line 1");
	document_refused("[]", CSTN_E_FORMAT, "an EPCIS document is an object");
	document_refused("{\"type\":\"EPCISMasterDataDocument\",\"epcisBody\":{}}", CSTN_E_FORMAT,
			"/type");
	document_refused("{\"type\":\"EPCISDocument\",\"schemaVersion\":\"1.2\",\"epcisBody\":{}}",
			CSTN_E_FORMAT, "/schemaVersion");
	document_refused("{\"type\":\"EPCISDocument\",\"schemaVersion\":\"2.0\",\"creationDate\":"
			 "\"2024-01-01\",\"epcisBody\":{}}",
			CSTN_E_FORMAT, "/creationDate");
	document_refused("{\"@context\":[],\"type\":\"EPCISDocument\",\"schemaVersion\":\"2.0\","
			 "\"creationDate\":\"2024-01-01T00:00:00Z\",\"epcisBody\":{}}",
			CSTN_E_FORMAT, "/epcisBody/eventList");
	document_refused("{\"EQ_color\":1}", CSTN_E_FORMAT, "/EQ_color");
}
END_TEST

START_TEST(greatest_int64_is_read_and_query_definitions_have_no_rows)
{
	event_rows rows = read_epcis("{\"GE_quantity\":9223372036854775807}", NULL);

	ck_assert_int_eq(rows.status, CSTN_OK);
	ck_assert_uint_eq(event_count(&rows), 0);
	event_rows_free(&rows);
}
END_TEST

START_TEST(limits_of_bytes_and_depth_are_exact)
{
	cstn_event_json_options options = CSTN_EVENT_JSON_OPTIONS_INIT;
	const char *json = "{\"a:b\":[[[1]]]}";
	event_rows rows;

	options.max_bytes = (int64_t)strlen(json);
	options.max_depth = 4;
	rows = read_epcis(json, &options);
	ck_assert_int_eq(rows.status, CSTN_OK);
	event_rows_free(&rows);
	options.max_depth = 3;
	rows = read_epcis(json, &options);
	ck_assert_int_eq(rows.status, CSTN_E_LIMIT);
	ck_assert_str_eq(rows.message, "/a:b/0/0: nested deeper than 3 levels");
	event_rows_free(&rows);
	options.max_depth = 4;
	options.max_bytes--;
	rows = read_epcis(json, &options);
	ck_assert_int_eq(rows.status, CSTN_E_LIMIT);
	event_rows_free(&rows);
}
END_TEST

START_TEST(deepest_nesting_is_an_error_and_no_crash)
{
	char *json = malloc(200001);
	event_rows rows;

	ck_assert_ptr_nonnull(json);
	memset(json, '[', 200000);
	json[200000] = '\0';
	rows = read_epcis(json, NULL);
	ck_assert_int_eq(rows.status, CSTN_E_LIMIT);
	event_rows_free(&rows);
	free(json);
}
END_TEST

START_TEST(options_outside_their_range_are_refused)
{
	cstn_event_json_options options = CSTN_EVENT_JSON_OPTIONS_INIT;
	event_rows rows;

	options.max_depth = 513;
	rows = read_epcis(PLAIN, &options);
	ck_assert_int_eq(rows.status, CSTN_E_INVALID_ARGUMENT);
	event_rows_free(&rows);
	options.max_depth = 0;
	options.max_bytes = -1;
	rows = read_epcis(PLAIN, &options);
	ck_assert_int_eq(rows.status, CSTN_E_INVALID_ARGUMENT);
	event_rows_free(&rows);
	options.max_bytes = 0;
	options.id_prefix = "no-uri";
	rows = read_epcis(PLAIN, &options);
	ck_assert_int_eq(rows.status, CSTN_E_INVALID_ARGUMENT);
	event_rows_free(&rows);
	options.id_prefix = NULL;
	options.flags = 4;
	rows = read_epcis(PLAIN, &options);
	ck_assert_int_eq(rows.status, CSTN_E_INVALID_ARGUMENT);
	event_rows_free(&rows);
}
END_TEST

/* --- writing ---------------------------------------------------------------------------------- */

#define COLUMNS "event_id,subject_kind,subject_id,type,class,occurred,"

/* Own rows are written; the report is these messages. */
static event_document written(
		const char *csv, const cstn_event_json_options *options, const char *messages)
{
	event_document document = event_write(&epcis_calls, csv, options);
	char *told = event_messages(document.report);

	ck_assert_msg(document.status == CSTN_OK, "%s", document.message);
	ck_assert_str_eq(told, messages);
	free(told);
	return document;
}

START_TEST(own_records_become_uris_with_a_prefix_and_come_back)
{
	static const char csv[] = COLUMNS "recorded,source_id,location_id,qty,unit,document_type,"
					  "document_id\n"
					  "E-1,shipment,S-17,departed,actual,2024-04-30T10:00:00Z,"
					  "2024-04-30T11:00:00Z,acme,DC1,,,bill_of_lading,B-9\n"
					  "E-2,item,I-3,short,actual,2024-04-30T10:00:00Z,"
					  "2024-04-30T11:00:00Z,acme,,12,EA,,\n";
	cstn_event_json_options options = CSTN_EVENT_JSON_OPTIONS_INIT;
	event_document document;
	event_rows rows;

	options.id_prefix = "https://id.example.com/";
	document = written(csv, &options, "");
	rows = event_read(&epcis_calls, (const char *)cstn_buffer_data(document.json),
			cstn_buffer_size(document.json), &options);
	ck_assert_msg(rows.status == CSTN_OK, "%s", rows.message);
	ck_assert_str_eq(event_value(&rows, 0, "event_id"), "E-1");
	ck_assert_str_eq(event_value(&rows, 0, "subject_kind"), "shipment");
	ck_assert_str_eq(event_value(&rows, 0, "subject_id"), "S-17");
	ck_assert_str_eq(event_value(&rows, 0, "type"), "departed");
	ck_assert_str_eq(event_value(&rows, 0, "source_id"), "acme");
	ck_assert_str_eq(event_value(&rows, 0, "location_id"), "DC1");
	ck_assert_str_eq(event_value(&rows, 0, "document_type"), "bill_of_lading");
	ck_assert_str_eq(event_value(&rows, 0, "document_id"), "B-9");
	ck_assert_str_eq(event_value(&rows, 1, "qty"), "12");
	ck_assert_str_eq(event_value(&rows, 1, "unit"), "EA");
	ck_assert_str_eq(event_value(&rows, 1, "type"), "short");
	event_rows_free(&rows);
	event_document_free(&document);
}
END_TEST

START_TEST(planned_and_estimated_events_are_left_out_and_told)
{
	event_document document = written(COLUMNS
			"x\n"
			"urn:x:1,shipment," SSCC ",delivered,planned,2024-04-30T10:00:00Z,\n"
			"urn:x:2,shipment," SSCC ",delivered,estimated,2024-04-30T10:00:00Z,\n"
			"urn:x:3,shipment," SSCC ",delivered,actual,2024-04-30T10:00:00Z,\n",
			NULL,
			"row 0, column 'class': 'planned' has no place in the format\n"
			"row 1, column 'class': 'estimated' has no place in the format\n");
	const char *json = (const char *)cstn_buffer_data(document.json);

	ck_assert_ptr_null(strstr(json, "urn:x:1"));
	ck_assert_ptr_null(strstr(json, "urn:x:2"));
	ck_assert_ptr_nonnull(strstr(json, "urn:x:3"));
	event_document_free(&document);
}
END_TEST

START_TEST(what_epcis_has_no_place_for_is_told)
{
	event_document document = written(COLUMNS
			"line_number,source_role,reason,location_id\n"
			"E-1,shipment," SSCC
			",gate_out,actual,2024-04-30T10:00:00Z,3,carrier,rain,DC1\n",
			NULL,
			"row 0, column 'event_id': 'E-1' cannot be held by the format\n"
			"row 0, column 'line_number': cannot be held by the format\n"
			"row 0, column 'type': 'gate_out' cannot be held by the format\n"
			"row 0, column 'source_role': 'carrier' cannot be held by the format\n"
			"row 0, column 'location_id': 'DC1' cannot be held by the format\n"
			"row 0, column 'reason': 'rain' cannot be held by the format\n");

	event_document_free(&document);
}
END_TEST

START_TEST(row_about_nothing_with_a_uri_is_left_out)
{
	event_document document = written(COLUMNS
			"x\nE-1,shipment,S-17,delivered,actual,2024-04-30T10:00:00Z,\n",
			NULL,
			"row 0: '/epcList: a value is required' has no place in the format\n");

	event_document_free(&document);
}
END_TEST

START_TEST(two_sources_do_not_fit_into_one_document)
{
	event_document document = written(COLUMNS
			"source_id\n"
			"urn:x:1,shipment," SSCC ",delivered,actual,2024-04-30T10:00:00Z,acme\n"
			"urn:x:2,shipment," SSCC ",delivered,actual,2024-04-30T10:00:00Z,bolt\n",
			NULL,
			"row 0, column 'source_id': cannot be held by the format\n"
			"row 1, column 'source_id': cannot be held by the format\n");

	ck_assert_ptr_null(strstr((const char *)cstn_buffer_data(document.json), "sender"));
	event_document_free(&document);
}
END_TEST

START_TEST(correction_becomes_a_declaration_of_error)
{
	event_document document = written(COLUMNS "corrects,reason,recorded\n"
						  "urn:x:2,shipment," SSCC
						  ",correction,actual,2024-04-30T10:00:00Z,urn:x:1,"
						  "did_not_occur,2024-05-02T00:00:00Z\n",
			NULL,
			"row 0, column 'event_id': 'urn:x:2' cannot be held by the "
			"format\n");
	event_rows rows = event_read(&epcis_calls, (const char *)cstn_buffer_data(document.json),
			cstn_buffer_size(document.json), NULL);

	ck_assert_str_eq(event_value(&rows, 0, "type"), "correction");
	ck_assert_str_eq(event_value(&rows, 0, "corrects"), "urn:x:1");
	ck_assert_str_eq(event_value(&rows, 0, "reason"), "did_not_occur");
	event_rows_free(&rows);
	event_document_free(&document);
}
END_TEST

START_TEST(bad_rows_are_told_and_the_others_written)
{
	event_document document = event_write(&epcis_calls,
			COLUMNS
			"extra\n"
			"urn:x:1,shipment," SSCC ",vanished,actual,2024-04-30T10:00:00Z,\n"
			"urn:x:2,shipment," SSCC ",delivered,actual,2024-04-30T10:00:00Z,[1]\n"
			"urn:x:3,shipment," SSCC ",delivered,actual,2024-04-30T10:00:00Z,\n",
			NULL);
	char *told = event_messages(document.report);

	ck_assert_int_eq(document.status, CSTN_E_ROWS);
	ck_assert_str_eq(told,
			"row 0, column 'type': 'vanished' is not one of the allowed values\n"
			"row 1, column 'extra': '[1]' is another kind of JSON value than the "
			"format asks for\n");
	ck_assert_ptr_nonnull(strstr((const char *)cstn_buffer_data(document.json), "urn:x:3"));
	free(told);
	event_document_free(&document);
}
END_TEST

START_TEST(indented_document_says_the_same)
{
	static const char csv[] = COLUMNS "x\nurn:x:1,shipment," SSCC
					  ",delivered,actual,2024-04-30T10:00:00Z,\n";
	cstn_event_json_options options = CSTN_EVENT_JSON_OPTIONS_INIT;
	event_document plain = written(csv, NULL, ""), indented;
	json_t *a, *b;

	options.flags = CSTN_EVENT_JSON_INDENT;
	indented = written(csv, &options, "");
	a = json_loads((const char *)cstn_buffer_data(plain.json), 0, NULL);
	b = json_loads((const char *)cstn_buffer_data(indented.json), 0, NULL);
	ck_assert_int_eq(json_equal(a, b), 1);
	ck_assert_ptr_nonnull(strstr((const char *)cstn_buffer_data(indented.json),
			"\n  \"type\": \"EPCISDocument\""));
	json_decref(a);
	json_decref(b);
	event_document_free(&plain);
	event_document_free(&indented);
}
END_TEST

START_TEST(stream_is_moved_and_wrong_arguments_are_refused)
{
	struct ArrowArrayStream stream = {0};
	cstn_buffer *json = NULL;

	ck_assert_int_eq(cstn_epcis_write(NULL, NULL, NULL, &json, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_epcis_write(&stream, NULL, NULL, &json, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_epcis_read(NULL, 1, NULL, NULL, &stream, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_epcis_read("{}", 2, NULL, NULL, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_epcis_read("{}", 2, NULL, NULL, &stream, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_epcis_write(&stream, NULL, NULL, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(stream.release);
}
END_TEST

/* --- memory of the JSON library --------------------------------------------------------------- */

static unsigned int allowed; /* allocations that succeed before all fail */

static void *failing_malloc(size_t size)
{
	return allowed == 0 ? NULL : (allowed--, malloc(size));
}

START_TEST(json_library_out_of_memory_is_an_ordinary_error)
{
	unsigned int n;
	cstn_status status = CSTN_E_NOMEM;

	for (n = 0; status == CSTN_E_NOMEM; n++) {
		struct ArrowArrayStream stream = {0};
		cstn_error *error = NULL;

		allowed = n;
		json_set_alloc_funcs(failing_malloc, free);
		status = cstn_epcis_read(HEAD PLAIN TAIL, strlen(HEAD PLAIN TAIL), NULL, NULL,
				&stream, NULL, &error);
		json_set_alloc_funcs(malloc, free);
		ck_assert_msg(status == CSTN_OK || status == CSTN_E_NOMEM, "%u: %s", n,
				cstn_error_message(error));
		ck_assert((stream.release != NULL) == (status == CSTN_OK));
		if (stream.release)
			stream.release(&stream);
		cstn_error_free(error);
	}
	ck_assert_uint_gt(n, 20);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("event epcis");
	TCase *tests = tcase_create("event epcis");

	tcase_add_test(tests, times_are_instants_and_the_offset_is_kept_as_reported);
	tcase_add_test(tests, event_without_record_time_is_known_since_the_document_was_made);
	tcase_add_test(tests, zeros_past_the_microsecond_say_nothing_but_other_digits_are_refused);
	tcase_add_test(tests, offset_reaches_to_fourteen_hours);
	tcase_add_test(tests, one_epc_is_the_subject_and_needs_no_list);
	tcase_add_test(tests, two_epcs_stay_in_objects);
	tcase_add_test(tests, quantity_is_a_number_with_its_decimals);
	tcase_add_test(tests, quantity_of_six_decimals_is_a_number_and_of_seven_stays_in_objects);
	tcase_add_test(tests, standard_words_are_bare_whatever_their_namespace);
	tcase_add_test(tests, short_event_id_is_the_id_and_a_long_one_its_digest);
	tcase_add_test(tests, same_event_has_the_same_made_id_whatever_the_order_of_its_names);
	tcase_add_test(tests, declared_error_is_a_correction_of_the_event_with_that_id);
	tcase_add_test(tests, prefixes_of_the_document_travel_with_the_event);
	tcase_add_loop_test(tests, business_step_and_disposition_say_the_type, 0,
			(int)(sizeof(typed) / sizeof(typed[0])));
	tcase_add_test(tests, packing_and_transactions_have_event_types_of_their_own);
	tcase_add_test(tests, types_and_classes_are_those_of_the_noun_event);
	tcase_add_test(tests, every_rule_that_an_event_breaks_is_told_at_its_place);
	tcase_add_loop_test(tests, event_that_breaks_a_rule_is_told_by_its_pointer, 0,
			(int)(sizeof(faults) / sizeof(faults[0])));
	tcase_add_test(tests, places_beyond_a_thousand_are_told_in_the_value);
	tcase_add_test(tests, long_pointer_is_cut_and_ends_in_dots);
	tcase_add_test(tests, message_names_the_first_fault_by_a_pointer_into_the_document);
	tcase_add_test(tests, all_or_nothing_gives_no_stream_for_one_bad_event);
	tcase_add_test(tests, what_is_no_document_is_refused_with_its_place);
	tcase_add_test(tests, greatest_int64_is_read_and_query_definitions_have_no_rows);
	tcase_add_test(tests, limits_of_bytes_and_depth_are_exact);
	tcase_add_test(tests, deepest_nesting_is_an_error_and_no_crash);
	tcase_add_test(tests, options_outside_their_range_are_refused);
	tcase_add_test(tests, own_records_become_uris_with_a_prefix_and_come_back);
	tcase_add_test(tests, planned_and_estimated_events_are_left_out_and_told);
	tcase_add_test(tests, what_epcis_has_no_place_for_is_told);
	tcase_add_test(tests, row_about_nothing_with_a_uri_is_left_out);
	tcase_add_test(tests, two_sources_do_not_fit_into_one_document);
	tcase_add_test(tests, correction_becomes_a_declaration_of_error);
	tcase_add_test(tests, bad_rows_are_told_and_the_others_written);
	tcase_add_test(tests, indented_document_says_the_same);
	tcase_add_test(tests, stream_is_moved_and_wrong_arguments_are_refused);
	tcase_add_test(tests, json_library_out_of_memory_is_an_ordinary_error);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
