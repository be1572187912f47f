/* A partner's EPCIS document: read it, look at the rows and at what was wrong, and write our own
 * events back. */
#include <constellation/constellation.h>

#include <stdio.h>
#include <string.h>

static const char document[] =
		"{\"@context\":[\"https://ref.gs1.org/standards/epcis/epcis-context.jsonld\"],"
		"\"type\":\"EPCISDocument\",\"schemaVersion\":\"2.0\","
		"\"creationDate\":\"2024-05-07T18:00:00Z\",\"sender\":\"carrier-7\","
		"\"epcisBody\":{\"eventList\":["
		"{\"type\":\"ObjectEvent\",\"eventID\":\"urn:uuid:aa6b1c1e-0001\","
		"\"eventTime\":\"2024-05-06T21:40:00+02:00\",\"eventTimeZoneOffset\":\"+02:00\","
		"\"action\":\"OBSERVE\",\"bizStep\":\"shipping\",\"disposition\":\"in_transit\","
		"\"epcList\":[\"urn:epc:id:sscc:4012345.0000000017\"]},"
		"{\"type\":\"ObjectEvent\",\"eventID\":\"urn:uuid:aa6b1c1e-0002\","
		"\"eventTime\":\"2024-05-07T14:05:00+02:00\",\"eventTimeZoneOffset\":\"+02:00\","
		"\"action\":\"OBSERVE\",\"bizStep\":\"receiving\","
		"\"epcList\":[\"urn:epc:id:sscc:4012345.0000000017\"]},"
		"{\"type\":\"ObjectEvent\",\"eventTime\":\"07.05.2024\","
		"\"eventTimeZoneOffset\":\"+02:00\",\"action\":\"OBSERVE\","
		"\"bizStep\":\"receiving\",\"epcList\":[\"urn:epc:id:sscc:4012345.0000000018\"]}"
		"]}}";

/* Some columns of a stream as CSV. */
static cstn_status show(struct ArrowArrayStream *events, cstn_error **error)
{
	static const char columns[] =
			"type text\nsubject_kind text\nsubject_id text\noccurred timestamp\n"
			"utc_offset_minutes int32 null\nsource_id text null\n";
	struct ArrowArrayStream some = {0};
	cstn_schema *schema = NULL;
	cstn_buffer *csv = NULL;
	cstn_status status = cstn_schema_parse(columns, strlen(columns), NULL, &schema, error);

	if (status == CSTN_OK)
		status = cstn_stream_bind(events, schema, NULL, NULL, &some, NULL, error);
	if (status == CSTN_OK)
		status = cstn_csv_write_bytes(&some, NULL, NULL, &csv, error);
	if (status == CSTN_OK)
		fputs((const char *)cstn_buffer_data(csv), stdout);
	if (events->release)
		events->release(events);
	cstn_buffer_free(csv);
	cstn_schema_unref(schema);
	return status;
}

static void show_rows(const char *title, const cstn_row_errors *rows)
{
	char message[256];
	size_t i;

	puts(title);
	for (i = 0; i < cstn_row_errors_count(rows); i++) {
		cstn_row_errors_copy_message(rows, i, message, sizeof(message));
		printf("  %s\n", message);
	}
}

/* [epcis] */
static cstn_status read_document(struct ArrowArrayStream *events, cstn_error **error)
{
	cstn_row_errors *bad = NULL;
	cstn_status status;

	status = cstn_epcis_read(document, strlen(document), NULL, NULL, events, &bad, error);
	if (status == CSTN_E_ROWS) { /* the good events are there */
		show_rows("left out:", bad);
		if (error)
			cstn_error_free(*error);
		if (error)
			*error = NULL;
		status = CSTN_OK;
	}
	cstn_row_errors_free(bad);
	return status;
}
/* [epcis] */

/* [write] */
static cstn_status write_document(struct ArrowArrayStream *events, cstn_error **error)
{
	cstn_event_json_options options = CSTN_EVENT_JSON_OPTIONS_INIT;
	cstn_row_errors *report = NULL;
	cstn_buffer *json = NULL;
	cstn_status status;

	options.flags = CSTN_EVENT_JSON_INDENT;
	options.id_prefix =
			"https://id.example.com/"; /* own ids are no URIs, EPCIS asks for them */
	status = cstn_epcis_write(events, &options, NULL, &json, &report, error);
	if (status == CSTN_OK) {
		show_rows("\nEPCIS cannot hold:", report);
		puts("\nthe document:");
		fputs((const char *)cstn_buffer_data(json), stdout);
	}
	cstn_row_errors_free(report);
	cstn_buffer_free(json);
	return status;
}
/* [write] */

/* Two events of our own: one that happened, one that is planned. */
static cstn_status own_events(
		struct ArrowArrayStream *events, cstn_csv_reader **reader, cstn_error **error)
{
	static const char csv[] =
			"event_id,subject_kind,subject_id,type,class,occurred,utc_offset_minutes\n"
			"E-1,shipment,S-17,delivered,actual,2024-05-07T12:05:00Z,120\n"
			"E-2,shipment,S-18,delivered,planned,2024-05-08T12:00:00Z,120\n";
	static const char columns[] =
			"event_id text\nsubject_kind text\nsubject_id text\ntype text\nclass text\n"
			"occurred timestamp\nutc_offset_minutes int32\n";
	cstn_schema *schema = NULL;
	cstn_status status = cstn_schema_parse(columns, strlen(columns), NULL, &schema, error);

	if (status == CSTN_OK)
		status = cstn_csv_reader_open_bytes((const uint8_t *)csv, strlen(csv), schema, NULL,
				NULL, reader, error);
	if (status == CSTN_OK)
		status = cstn_csv_reader_export(*reader, events, error);
	cstn_schema_unref(schema);
	return status;
}

int main(void)
{
	struct ArrowArrayStream events = {0};
	cstn_csv_reader *reader = NULL;
	cstn_error *error = NULL;
	cstn_status status = read_document(&events, &error);

	if (status == CSTN_OK) {
		puts("\nthe events:");
		status = show(&events, &error);
	}
	if (status == CSTN_OK)
		status = own_events(&events, &reader, &error);
	if (status == CSTN_OK)
		status = write_document(&events, &error);
	if (status != CSTN_OK)
		fprintf(stderr, "%s\n", cstn_error_message(error));
	cstn_csv_reader_unref(reader);
	cstn_error_free(error);
	return status == CSTN_OK ? 0 : 1;
}
