/* EPCIS 2.0 read: what becomes of each member, and its type. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "epcis_fixture.h"
#include "event_fixture.h"
#include "network/event_code.h"
#include "suite.h"

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
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
