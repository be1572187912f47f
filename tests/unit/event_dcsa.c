/* DCSA Track & Trace 2.2 in and out, and over to EPCIS. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event_fixture.h"
#include "suite.h"

#define EQUIPMENT(code, rest)                                                                      \
	"{\"eventID\":\"3fa85f64-5717-4562-b3fc-2c963f66afa6\",\"eventType\":\"EQUIPMENT\","       \
	"\"eventCreatedDateTime\":\"2024-04-30T12:00:00Z\",\"eventClassifierCode\":\"ACT\","       \
	"\"eventDateTime\":\"2024-04-30T10:00:00+02:00\",\"equipmentEventTypeCode\":\"" code "\"," \
	"\"equipmentReference\":\"APZU4812090\"" rest "}"
#define SHIPMENT(code, document)                                                         \
	"{\"eventType\":\"SHIPMENT\",\"eventCreatedDateTime\":\"2024-04-30T12:00:00Z\"," \
	"\"eventClassifierCode\":\"ACT\",\"eventDateTime\":\"2024-04-30T10:00:00Z\","    \
	"\"shipmentEventTypeCode\":\"" code "\",\"documentTypeCode\":\"" document "\","  \
	"\"documentID\":\"123e4567\",\"reason\":\"late papers\"}"
#define TRANSPORT(code, class)                                                                \
	"{\"eventType\":\"TRANSPORT\",\"eventCreatedDateTime\":\"2024-04-30T12:00:00Z\","     \
	"\"eventClassifierCode\":\"" class "\",\"eventDateTime\":\"2024-04-30T10:00:00Z\","   \
					   "\"transportEventTypeCode\":\"" code               \
					   "\",\"delayReasonCode\":\"WEA\","                  \
					   "\"transportCall\":{\"transportCallID\":\"TC-1\"," \
					   "\"UNLocationCode\":\"FRPAR\"}}"

static event_rows read_dcsa(const char *json)
{
	event_rows rows = event_read(&dcsa_calls, json, strlen(json), NULL);

	ck_assert_msg(rows.status == CSTN_OK, "%s: %s", json, rows.message);
	return rows;
}

static void refused(const char *json, const char *words)
{
	event_rows rows = event_read(&dcsa_calls, json, strlen(json), NULL);
	char *told = event_messages(rows.bad);

	ck_assert_int_eq(rows.status, CSTN_E_ROWS);
	ck_assert_str_eq(told, words);
	free(told);
	event_rows_free(&rows);
}

/* What is read is written without a loss and read again to the same rows. */
static void comes_back(const char *json)
{
	event_rows rows = read_dcsa(json), again;
	event_document document = event_write(&dcsa_calls, rows.csv, NULL);
	char *told = event_messages(document.report);

	ck_assert_msg(document.status == CSTN_OK && *told == '\0', "%s%s", document.message, told);
	again = read_dcsa((const char *)cstn_buffer_data(document.json));
	ck_assert_str_eq(again.csv, rows.csv);
	free(told);
	event_rows_free(&again);
	event_rows_free(&rows);
	event_document_free(&document);
}

START_TEST(equipment_event_is_about_its_container)
{
	event_rows rows = read_dcsa(
			"[" EQUIPMENT("LOAD", ",\"eventLocation\":{\"UNLocationCode\":"
					      "\"NLRTM\"},\"ISOEquipmentCode\":\"22GP\"") "]");

	ck_assert_str_eq(event_value(&rows, 0, "event_id"), "3fa85f64-5717-4562-b3fc-2c963f66afa6");
	ck_assert_str_eq(event_value(&rows, 0, "subject_kind"), "equipment");
	ck_assert_str_eq(event_value(&rows, 0, "subject_id"), "APZU4812090");
	ck_assert_str_eq(event_value(&rows, 0, "type"), "loaded");
	ck_assert_str_eq(event_value(&rows, 0, "class"), "actual");
	ck_assert_str_eq(event_value(&rows, 0, "occurred"), "2024-04-30T08:00:00Z");
	ck_assert_str_eq(event_value(&rows, 0, "utc_offset_minutes"), "120");
	ck_assert_str_eq(event_value(&rows, 0, "recorded"), "2024-04-30T12:00:00Z");
	ck_assert_str_eq(event_value(&rows, 0, "location_id"), "NLRTM");
	ck_assert_str_eq(event_value(&rows, 0, "code"), "dcsa:EQUIPMENT/LOAD");
	ck_assert_str_eq(event_value(&rows, 0, "extra"), "{\"ISOEquipmentCode\":\"22GP\"}");
	event_rows_free(&rows);
}
END_TEST

START_TEST(shipment_event_is_about_its_document)
{
	event_rows rows = read_dcsa(SHIPMENT("ISSU", "TRD"));

	ck_assert_str_eq(event_value(&rows, 0, "subject_kind"), "document");
	ck_assert_str_eq(event_value(&rows, 0, "subject_id"), "123e4567");
	ck_assert_str_eq(event_value(&rows, 0, "type"), "document_issued");
	ck_assert_str_eq(event_value(&rows, 0, "document_type"), "bill_of_lading");
	ck_assert_str_eq(event_value(&rows, 0, "document_id"), "123e4567");
	ck_assert_str_eq(event_value(&rows, 0, "reason"), "late papers");
	ck_assert_str_eq(event_value(&rows, 0, "extra"), "");
	event_rows_free(&rows);
}
END_TEST

START_TEST(transport_event_is_about_its_call)
{
	event_rows rows = read_dcsa(TRANSPORT("ARRI", "EST"));

	ck_assert_str_eq(event_value(&rows, 0, "subject_kind"), "transport");
	ck_assert_str_eq(event_value(&rows, 0, "subject_id"), "TC-1");
	ck_assert_str_eq(event_value(&rows, 0, "type"), "arrived");
	ck_assert_str_eq(event_value(&rows, 0, "class"), "estimated");
	ck_assert_str_eq(event_value(&rows, 0, "location_id"), "FRPAR");
	ck_assert_str_eq(event_value(&rows, 0, "reason"), "WEA");
	event_rows_free(&rows);
}
END_TEST

static const struct {
	const char *json, *type;
} codes[] = {
		{EQUIPMENT("STUF", ""), "packed"},
		{EQUIPMENT("LOAD", ""), "loaded"},
		{EQUIPMENT("GTOT", ""), "gate_out"},
		{EQUIPMENT("GTIN", ""), "gate_in"},
		{EQUIPMENT("DISC", ""), "discharged"},
		{EQUIPMENT("STRP", ""), "unpacked"},
		{EQUIPMENT("RSEA", ""), "other"},
		{EQUIPMENT("ARRI", ""), "other"},
		{TRANSPORT("DEPA", "PLN"), "departed"},
		{TRANSPORT("ARRI", "ACT"), "arrived"},
		{SHIPMENT("RECE", "CBR"), "document_received"},
		{SHIPMENT("APPR", "SHI"), "document_approved"},
		{SHIPMENT("ISSU", "TRD"), "document_issued"},
		{SHIPMENT("REJE", "CUS"), "document_rejected"},
		{SHIPMENT("VOID", "DGD"), "document_void"},
		{SHIPMENT("DRFT", "TRD"), "other"},
};

START_TEST(codes_are_types_and_come_back)
{
	event_rows rows = read_dcsa(codes[_i].json);

	ck_assert_str_eq(event_value(&rows, 0, "type"), codes[_i].type);
	event_rows_free(&rows);
	comes_back(codes[_i].json);
}
END_TEST

START_TEST(all_that_an_event_says_comes_back)
{
	comes_back("{\"events\":[" EQUIPMENT("LOAD",
			",\"eventLocation\":{\"UNLocationCode\":\"NLRTM\",\"locationName\":"
			"\"Port\"},"
			"\"transportCall\":{\"vessel\":{\"vesselIMONumber\":9321483}},"
			"\"seals\":[{\"sealNumber\":\"133234\"}],"
			"\"documentReferences\":[{\"documentReferenceType\":\"BKG\","
			"\"documentReferenceValue\":\"ABC\"}]") "," TRANSPORT("DEPA", "PLN") "]}");
}
END_TEST

START_TEST(place_of_the_event_beside_that_of_the_call_comes_back)
{
	comes_back("{\"eventType\":\"SHIPMENT\",\"eventClassifierCode\":\"ACT\",\"eventDateTime\":"
		   "\"2024-04-30T10:00:00Z\",\"shipmentEventTypeCode\":\"ISSU\","
		   "\"documentTypeCode\":\"TRD\",\"documentID\":\"B\",\"eventLocation\":{"
		   "\"UNLocationCode\":\"NLRTM\"}}");
	comes_back("[" EQUIPMENT("LOAD",
			",\"eventLocation\":{\"UNLocationCode\":\"NLRTM\"},\"transportCall\":{"
			"\"location\":{\"locationName\":\"Quay\"}}") "]");
	comes_back("[" EQUIPMENT("LOAD",
			",\"eventLocation\":{\"UNLocationCode\":\"NLRTM\"},\"transportCall\":{"
			"\"UNLocationCode\":\"NLRTM\"}") "]");
}
END_TEST

START_TEST(reason_that_is_no_text_stays_in_extra)
{
	comes_back("[{\"eventType\":\"TRANSPORT\",\"eventClassifierCode\":\"ACT\","
		   "\"eventDateTime\":"
		   "\"2024-04-30T10:00:00Z\",\"transportEventTypeCode\":\"ARRI\","
		   "\"delayReasonCode\":5}]");
}
END_TEST

START_TEST(code_has_at_most_63_bytes)
{
	char code[65] = "", json[512];
	event_rows rows;

	memset(code, 'A', 63);
	snprintf(json, sizeof(json),
			"{\"eventType\":\"EQUIPMENT\",\"eventClassifierCode\":\"ACT\","
			"\"eventDateTime\":\"2024-04-30T10:00:00Z\",\"equipmentEventTypeCode\":\"%"
			"s\"}",
			code);
	comes_back(json);
	code[63] = 'A';
	snprintf(json, sizeof(json),
			"{\"eventType\":\"EQUIPMENT\",\"eventClassifierCode\":\"ACT\","
			"\"eventDateTime\":\"2024-04-30T10:00:00Z\",\"equipmentEventTypeCode\":\"%"
			"s\"}",
			code);
	rows = event_read(&dcsa_calls, json, strlen(json), NULL);
	ck_assert_int_eq(rows.status, CSTN_E_ROWS);
	event_rows_free(&rows);
}
END_TEST

START_TEST(what_is_required_is_told_where_it_lacks)
{
	refused("[{\"eventType\":\"EQUIPMENT\"}]",
			"row 0, column '/equipmentEventTypeCode': a value is required\n"
			"row 0, column '/eventClassifierCode': a value is required\n"
			"row 0, column '/eventDateTime': a value is required\n");
	refused("[{\"eventType\":\"PARTY\",\"eventClassifierCode\":\"SOON\",\"eventDateTime\":"
		"\"2024-04-30\"}]",
			"row 0, column '/eventType': 'PARTY' is not one of the allowed values\n"
			"row 0, column '/eventClassifierCode': 'SOON' is not one of the allowed "
			"values\n"
			"row 0, column '/eventDateTime': '2024-04-30' is no date or time of the "
			"declared form\n");
	refused("[7]", "row 0: '7' is another kind of JSON value than the format asks for\n");
}
END_TEST

START_TEST(what_is_no_list_of_events_is_refused)
{
	event_rows rows = event_read(&dcsa_calls, "{}", 2, NULL);

	ck_assert_int_eq(rows.status, CSTN_E_FORMAT);
	event_rows_free(&rows);
	rows = event_read(&dcsa_calls, "{\"events\":1}", 12, NULL);
	ck_assert_int_eq(rows.status, CSTN_E_FORMAT);
	event_rows_free(&rows);
	rows = read_dcsa("[]");
	ck_assert_uint_eq(event_count(&rows), 0);
	event_rows_free(&rows);
}
END_TEST

START_TEST(types_without_a_code_are_left_out_and_lost_columns_told)
{
	event_document document = event_write(&dcsa_calls,
			"event_id,subject_kind,subject_id,type,class,occurred,qty,source_id\n"
			"E-1,shipment,S-1,delivered,actual,2024-04-30T10:00:00Z,,\n"
			"E-2,equipment,APZU4812090,loaded,planned,2024-04-30T10:00:00Z,5,acme\n",
			NULL);
	char *told = event_messages(document.report);

	ck_assert_int_eq(document.status, CSTN_OK);
	ck_assert_str_eq(told, "row 0, column 'type': 'delivered' has no place in the format\n"
			       "row 1, column 'source_id': cannot be held by the format\n"
			       "row 1, column 'qty': cannot be held by the format\n");
	ck_assert_ptr_nonnull(strstr((const char *)cstn_buffer_data(document.json),
			"\"eventClassifierCode\":\"PLN\""));
	free(told);
	event_document_free(&document);
}
END_TEST

START_TEST(container_event_goes_over_to_epcis_and_back)
{
	event_rows rows = read_dcsa(EQUIPMENT("DISC", "")), epcis, again;
	event_document document = event_write(&epcis_calls, rows.csv, NULL), back;
	char *told = event_messages(document.report);

	ck_assert_int_eq(document.status, CSTN_OK);
	ck_assert_str_eq(told, "row 0, column 'event_id': '3fa85f64-5717-4562-b3fc-2c963f66afa6' "
			       "cannot be "
			       "held by the format\n"
			       "row 0, column 'code': 'dcsa:EQUIPMENT/DISC' cannot be held by the "
			       "format\n");
	ck_assert_ptr_nonnull(strstr((const char *)cstn_buffer_data(document.json),
			"\"epcList\":[\"urn:epc:id:bic:APZU4812090\"]"));
	epcis = event_read(&epcis_calls, (const char *)cstn_buffer_data(document.json),
			cstn_buffer_size(document.json), NULL);
	ck_assert_str_eq(event_value(&epcis, 0, "subject_id"), "APZU4812090");
	ck_assert_str_eq(event_value(&epcis, 0, "subject_kind"), "equipment");
	ck_assert_str_eq(event_value(&epcis, 0, "type"), "discharged");
	back = event_write(&dcsa_calls, epcis.csv, NULL);
	again = read_dcsa((const char *)cstn_buffer_data(back.json));
	ck_assert_str_eq(event_value(&again, 0, "code"), "dcsa:EQUIPMENT/DISC");
	ck_assert_str_eq(event_value(&again, 0, "subject_id"), "APZU4812090");
	free(told);
	event_rows_free(&again);
	event_document_free(&back);
	event_rows_free(&epcis);
	event_document_free(&document);
	event_rows_free(&rows);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("event dcsa");
	TCase *tests = tcase_create("event dcsa");

	tcase_add_test(tests, equipment_event_is_about_its_container);
	tcase_add_test(tests, shipment_event_is_about_its_document);
	tcase_add_test(tests, transport_event_is_about_its_call);
	tcase_add_loop_test(tests, codes_are_types_and_come_back, 0,
			(int)(sizeof(codes) / sizeof(codes[0])));
	tcase_add_test(tests, all_that_an_event_says_comes_back);
	tcase_add_test(tests, place_of_the_event_beside_that_of_the_call_comes_back);
	tcase_add_test(tests, reason_that_is_no_text_stays_in_extra);
	tcase_add_test(tests, code_has_at_most_63_bytes);
	tcase_add_test(tests, what_is_required_is_told_where_it_lacks);
	tcase_add_test(tests, what_is_no_list_of_events_is_refused);
	tcase_add_test(tests, types_without_a_code_are_left_out_and_lost_columns_told);
	tcase_add_test(tests, container_event_goes_over_to_epcis_and_back);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
