/* Corrections in EPCIS: declarations of error, the events that stand in, quantities with decimals.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "epcis_fixture.h"
#include "suite.h"

#define SEEN(rest)                                                                       \
	"{\"type\":\"ObjectEvent\"," TIMES "\"action\":\"OBSERVE\",\"epcList\":[\"" SSCC \
	"\"]" rest "}"
#define DECLARED(id, list)                                                                  \
	SEEN(",\"eventID\":\"" id "\",\"errorDeclaration\":{\"declarationTime\":\"2024-05-" \
	     "01T00:00:00Z\",\"correctiveEventIDs\":[" list "]}")
#define COLUMNS "event_id,subject_kind,subject_id,type,class,occurred,"
#define DELIVERED ",shipment," SSCC ",delivered,actual,2024-04-30T10:00:00Z,"
#define CORRECTION ",shipment," SSCC ",correction,actual,2024-04-30T10:00:00Z,"

static event_rows read_all(const char *events)
{
	char json[8192];
	event_rows rows;

	snprintf(json, sizeof(json), HEAD "%s" TAIL, events);
	rows = event_read(&epcis_calls, json, strlen(json), NULL);
	ck_assert_msg(rows.status == CSTN_OK, "%s", rows.message);
	return rows;
}

/* Rows written; the report is these messages; read again. */
static event_rows written(const char *csv, const cstn_event_json_options *options,
		const char *messages, const char *part)
{
	event_document document = event_write(&epcis_calls, csv, options);
	char *told = event_messages(document.report);
	const char *json;
	event_rows rows;

	ck_assert_msg(document.status == CSTN_OK, "%s", document.message);
	ck_assert_str_eq(told, messages);
	json = (const char *)cstn_buffer_data(document.json);
	ck_assert_msg(strstr(json, part) != NULL, "%s", json);
	rows = event_read(&epcis_calls, json, cstn_buffer_size(document.json), options);
	ck_assert_msg(rows.status == CSTN_OK, "%s", rows.message);
	free(told);
	event_document_free(&document);
	return rows;
}

START_TEST(events_that_stand_in_correct_the_one_declared_wrong)
{
	event_rows rows = read_all(SEEN(",\"eventID\":\"urn:x:1\"") "," SEEN(
			",\"eventID\":\"urn:x:2\"") "," DECLARED("urn:x:1",
			"\"urn:x:2\",\"urn:x:3\"") "," SEEN(",\"eventID\":\"urn:x:"
							    "3\"") "," SEEN(",\"e"
									    "vent"
									    "ID\""
									    ":\"u"
									    "rn:"
									    "x:"
									    "4"
									    "\""));

	ck_assert_str_eq(event_value(&rows, 0, "corrects"), "");
	ck_assert_str_eq(event_value(&rows, 1, "corrects"), "urn:x:1");
	ck_assert_str_eq(event_value(&rows, 2, "corrects"), "urn:x:1");
	ck_assert_str_eq(event_value(&rows, 2, "type"), "correction");
	ck_assert_str_eq(event_value(&rows, 3, "corrects"), "urn:x:1");
	ck_assert_str_eq(event_value(&rows, 4, "corrects"), "");
	event_rows_free(&rows);
}
END_TEST

START_TEST(the_first_declaration_counts_and_an_event_does_not_correct_itself)
{
	event_rows rows = read_all(DECLARED("urn:x:1", "\"urn:x:1\",\"urn:x:2\"") "," DECLARED(
			"urn:x:9",
			"\"urn:x:2\"") "," SEEN(",\"eventID\":\"urn:x:2\"") "," SEEN(",\"eventID"
										     "\":\"urn:x:"
										     "1\""));

	ck_assert_str_eq(event_value(&rows, 2, "corrects"), "urn:x:1");
	ck_assert_str_eq(event_value(&rows, 3, "corrects"), "");
	event_rows_free(&rows);
}
END_TEST

START_TEST(a_long_id_that_is_corrected_is_its_digest)
{
	char id[80] = "urn:x:", events[2048];
	event_rows rows;

	memset(id + 6, 'a', 59);
	id[65] = '\0';
	snprintf(events, sizeof(events),
			SEEN(",\"eventID\":\"%s\",\"errorDeclaration\":{"
			     "\"declarationTime\":"
			     "\"2024-05-01T00:00:00Z\",\"correctiveEventIDs\":[\"urn:x:"
			     "2\"]}") "," SEEN(",\"eventID\":\"urn:x:2\""),
			id);
	rows = read_all(events);
	ck_assert_str_eq(event_value(&rows, 1, "corrects"),
			"34f5a389897cce9cb73debdf98ede1e4e0d2a4f6c2c7f9fc1ed3774d2cad1389");
	event_rows_free(&rows);
}
END_TEST

START_TEST(a_declaration_lists_the_rows_that_stand_in)
{
	event_rows rows = written(COLUMNS "corrects\n"
					  "urn:x:2" DELIVERED "urn:x:1\n"
					  "urn:x:8" CORRECTION "urn:x:1\n"
					  "urn:x:3" DELIVERED "urn:x:1\n"
					  "urn:x:5" DELIVERED "\n"
					  "urn:x:9" CORRECTION "urn:x:5\n",
			NULL,
			"row 1, column 'event_id': 'urn:x:8' cannot be held by the format\n"
			"row 4, column 'event_id': 'urn:x:9' cannot be held by the format\n",
			"\"correctiveEventIDs\":[\"urn:x:2\",\"urn:x:3\"]");

	ck_assert_str_eq(event_value(&rows, 0, "corrects"), "urn:x:1");
	ck_assert_str_eq(event_value(&rows, 1, "corrects"), "urn:x:1");
	ck_assert_str_eq(event_value(&rows, 2, "corrects"), "urn:x:1");
	ck_assert_str_eq(event_value(&rows, 3, "corrects"), "");
	ck_assert_str_eq(event_value(&rows, 4, "corrects"), "urn:x:5");
	event_rows_free(&rows);
}
END_TEST

START_TEST(own_ids_are_listed_with_their_prefix)
{
	cstn_event_json_options options = CSTN_EVENT_JSON_OPTIONS_INIT;
	event_rows rows;

	options.id_prefix = "https://id.example.com/";
	options.flags = CSTN_EVENT_JSON_INDENT;
	rows = written(COLUMNS "corrects\n"
			       "E-2" DELIVERED "E-1\n"
			       "E-8" CORRECTION "E-1\n",
			&options, "row 1, column 'event_id': 'E-8' cannot be held by the format\n",
			"\"https://id.example.com/E-2\"");
	ck_assert_str_eq(event_value(&rows, 0, "event_id"), "E-2");
	ck_assert_str_eq(event_value(&rows, 0, "corrects"), "E-1");
	event_rows_free(&rows);
}
END_TEST

START_TEST(without_its_declaration_or_an_id_what_a_row_corrects_is_told_as_lost)
{
	event_rows rows = written(COLUMNS "corrects\n"
					  "urn:x:2" DELIVERED "urn:x:1\n",
			NULL, "row 0, column 'corrects': 'urn:x:1' cannot be held by the format\n",
			"urn:x:2");

	event_rows_free(&rows);
	rows = written(COLUMNS "corrects\n"
			       "E-2" DELIVERED "urn:x:1\n"
			       "urn:x:8" CORRECTION "urn:x:1\n",
			NULL,
			"row 0, column 'event_id': 'E-2' cannot be held by the format\n"
			"row 0, column 'corrects': 'urn:x:1' cannot be held by the format\n"
			"row 1, column 'event_id': 'urn:x:8' cannot be held by the format\n",
			"errorDeclaration");
	event_rows_free(&rows);
}
END_TEST

START_TEST(a_document_with_corrections_comes_back_as_it_was)
{
	event_rows rows = read_all(SEEN(",\"eventID\":\"urn:x:2\"") "," DECLARED(
			"urn:x:1", "\"urn:x:2\",\"urn:x:7\""));
	event_document document = event_write(&epcis_calls, rows.csv, NULL);
	char *told = event_messages(document.report);
	event_rows back;

	ck_assert_str_eq(told, "");
	back = event_read(&epcis_calls, (const char *)cstn_buffer_data(document.json),
			cstn_buffer_size(document.json), NULL);
	ck_assert_str_eq(back.csv, rows.csv);
	free(told);
	event_document_free(&document);
	event_rows_free(&back);
	event_rows_free(&rows);
}
END_TEST

START_TEST(dcsa_has_no_place_for_what_an_event_corrects)
{
	event_document document = event_write(&dcsa_calls,
			COLUMNS
			"corrects\n"
			"E-2,equipment,ABCU1234560,departed,actual,2024-04-30T10:00:00Z,E-1\n",
			NULL);
	char *told = event_messages(document.report);

	ck_assert_msg(strstr(told, "column 'corrects': 'E-1' cannot be held") != NULL, "%s", told);
	free(told);
	event_document_free(&document);
}
END_TEST

START_TEST(a_quantity_goes_out_with_its_decimals_and_comes_back)
{
	event_rows rows = written(COLUMNS "qty,qty_exponent,unit\n"
					  "urn:x:1,item,urn:epc:class:lgtin:1.2.3,delivered,actual,"
					  "2024-04-30T10:00:00Z,25,1,KGM\n"
					  "urn:x:2,item,urn:epc:class:lgtin:1.2.3,delivered,actual,"
					  "2024-04-30T10:00:00Z,2500,2,KGM\n"
					  "urn:x:3,item,urn:epc:class:lgtin:1.2.3,delivered,actual,"
					  "2024-04-30T10:00:00Z,1,6,KGM\n",
			NULL, "", "\"quantity\":2.5,");

	ck_assert_str_eq(event_value(&rows, 0, "qty"), "25");
	ck_assert_str_eq(event_value(&rows, 0, "qty_exponent"), "1");
	ck_assert_str_eq(event_value(&rows, 1, "qty"), "25");
	ck_assert_str_eq(event_value(&rows, 1, "qty_exponent"), "");
	ck_assert_str_eq(event_value(&rows, 2, "qty"), "1");
	ck_assert_str_eq(event_value(&rows, 2, "qty_exponent"), "6");
	event_rows_free(&rows);
}
END_TEST

START_TEST(more_than_six_decimals_are_a_bad_row)
{
	event_document document = event_write(&epcis_calls,
			COLUMNS "qty,qty_exponent\n"
				"urn:x:1,item,urn:epc:class:lgtin:1.2.3,delivered,actual,"
				"2024-04-30T10:00:00Z,1,7\n",
			NULL);
	char *told = event_messages(document.report);

	ck_assert_int_eq(document.status, CSTN_E_ROWS);
	ck_assert_msg(strstr(told, "row 0, column 'qty_exponent'") == told, "%s", told);
	free(told);
	event_document_free(&document);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {events_that_stand_in_correct_the_one_declared_wrong,
			the_first_declaration_counts_and_an_event_does_not_correct_itself,
			a_long_id_that_is_corrected_is_its_digest,
			a_declaration_lists_the_rows_that_stand_in,
			own_ids_are_listed_with_their_prefix,
			without_its_declaration_or_an_id_what_a_row_corrects_is_told_as_lost,
			a_document_with_corrections_comes_back_as_it_was,
			dcsa_has_no_place_for_what_an_event_corrects,
			a_quantity_goes_out_with_its_decimals_and_comes_back,
			more_than_six_decimals_are_a_bad_row};

	return run_tests("event_correct", tests, sizeof(tests) / sizeof(tests[0]));
}
