/* EPCIS 2.0 read: what is refused and where it is told, limits, memory of the JSON library. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "epcis_fixture.h"
#include "event_fixture.h"
#include "suite.h"

/* The document is refused as a whole. */
static void document_refused(const char *json, cstn_status status, const char *words)
{
	event_rows rows = read_epcis(json, NULL);

	ck_assert_int_eq(rows.status, status);
	ck_assert_ptr_null(rows.csv);
	ck_assert_msg(strstr(rows.message, words) != NULL, "'%s' lacks '%s'", rows.message, words);
	event_rows_free(&rows);
}

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
	Suite *suite = suite_create("event epcis refused");
	TCase *tests = tcase_create("event epcis refused");

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
	tcase_add_test(tests, json_library_out_of_memory_is_an_ordinary_error);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
