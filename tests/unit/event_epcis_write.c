/* EPCIS 2.0 written: what is told as lost, and what comes back. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "epcis_fixture.h"
#include "event_fixture.h"
#include "suite.h"

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

int main(void)
{
	Suite *suite = suite_create("event epcis write");
	TCase *tests = tcase_create("event epcis write");

	tcase_add_test(tests, own_records_become_uris_with_a_prefix_and_come_back);
	tcase_add_test(tests, planned_and_estimated_events_are_left_out_and_told);
	tcase_add_test(tests, what_epcis_has_no_place_for_is_told);
	tcase_add_test(tests, row_about_nothing_with_a_uri_is_left_out);
	tcase_add_test(tests, two_sources_do_not_fit_into_one_document);
	tcase_add_test(tests, correction_becomes_a_declaration_of_error);
	tcase_add_test(tests, bad_rows_are_told_and_the_others_written);
	tcase_add_test(tests, indented_document_says_the_same);
	tcase_add_test(tests, stream_is_moved_and_wrong_arguments_are_refused);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
