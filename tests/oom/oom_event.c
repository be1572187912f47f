/* Out of memory in events as JSON. */
#include "oom.h"

static const char epcis[] =
		"{\"@context\":[{\"my\":\"https://example.com/my/\"}],\"type\":\"EPCISDocument\","
		"\"schemaVersion\":\"2.0\",\"creationDate\":\"2024-05-01T00:00:00Z\","
		"\"sender\":\"acme\",\"epcisBody\":{\"eventList\":["
		"{\"type\":\"ObjectEvent\",\"eventTime\":\"2024-04-30T10:00:00+02:00\","
		"\"eventTimeZoneOffset\":\"+02:00\",\"action\":\"OBSERVE\","
		"\"epcList\":[\"urn:epc:id:sscc:4012345.0000000001\","
		"\"urn:epc:id:sscc:4012345.0000000002\"],\"bizStep\":\"shipping\","
		"\"my:door\":7.5},"
		"{\"type\":\"ObjectEvent\",\"eventTime\":\"2024-04-30T11:00:00+02:00\","
		"\"eventTimeZoneOffset\":\"+02:00\",\"action\":\"OBSERVE\","
		"\"eventID\":\"ni:///sha-256;c6407ffcac52ec159528f2b556ba4ac3844c5aa48485c1fd6164"
		"3e94f0a2d678?ver=CBV2.0\","
		"\"epcList\":[\"urn:epc:id:sscc:4012345.0000000001\"],\"bizStep\":\"receiving\"},"
		"{\"type\":\"ObjectEvent\",\"eventTime\":\"2024-04-30T11:00:00+02:00\","
		"\"eventTimeZoneOffset\":\"+02:00\",\"action\":\"OBSERVE\",\"eventID\":\"urn:x:1\","
		"\"epcList\":[\"urn:x:e\"],\"errorDeclaration\":{\"declarationTime\":"
		"\"2024-05-01T00:00:00Z\",\"correctiveEventIDs\":[\"ni:///sha-256;"
		"c6407ffcac52ec159528f2b556ba4ac3844c5aa48485c1fd61643e94f0a2d678?ver=CBV2.0\"]}},"
		"{\"type\":\"ObjectEvent\",\"eventTime\":true,\"action\":\"OBSERVE\"}]}}";
static const char dcsa[] =
		"[{\"eventType\":\"EQUIPMENT\",\"eventClassifierCode\":\"ACT\","
		"\"eventDateTime\":\"2024-04-30T10:00:00+02:00\","
		"\"equipmentEventTypeCode\":\"LOAD\",\"equipmentReference\":\"APZU4812090\","
		"\"ISOEquipmentCode\":\"22GP\"},"
		"{\"eventType\":\"EQUIPMENT\",\"eventClassifierCode\":\"SOON\"}]";

typedef cstn_status read_call(const char *json, size_t len, const cstn_event_json_options *options,
		const cstn_allocator *allocator, struct ArrowArrayStream *out_events,
		cstn_row_errors **bad_rows, cstn_error **error);
typedef cstn_status write_call(struct ArrowArrayStream *events,
		const cstn_event_json_options *options, const cstn_allocator *allocator,
		cstn_buffer **out_json, cstn_row_errors **report, cstn_error **error);

/* A document with a bad event: CSTN_E_ROWS is the success. */
static cstn_status reading(oom *o, read_call *read, const char *json)
{
	struct ArrowArrayStream stream = {0};
	cstn_row_errors *bad = NULL;
	cstn_status status, drained = CSTN_OK;

	oom_arm(o);
	OOM_CALL(status, read(json, strlen(json), NULL, o->allocator, &stream, &bad, &error));
	ck_assert((stream.release == NULL) == (status == CSTN_E_NOMEM));
	ck_assert((bad == NULL) == (status == CSTN_E_NOMEM));
	if (stream.release)
		drained = oom_drain(&stream);
	cstn_row_errors_free(bad);
	if (status == CSTN_E_NOMEM)
		return status;
	ck_assert_int_eq(status, CSTN_E_ROWS);
	return drained;
}

/* The good events of a document, indented, with one that the format cannot hold in full. */
static cstn_status writing(oom *o, read_call *read, write_call *write, const char *json)
{
	cstn_event_json_options options = CSTN_EVENT_JSON_OPTIONS_INIT;
	struct ArrowArrayStream stream = {0};
	cstn_row_errors *report = NULL;
	cstn_buffer *out = NULL;
	cstn_status status;

	options.flags = CSTN_EVENT_JSON_INDENT;
	ck_assert_int_eq(read(json, strlen(json), NULL, NULL, &stream, NULL, NULL), CSTN_E_ROWS);
	oom_arm(o);
	OOM_CALL(status, write(&stream, &options, o->allocator, &out, &report, &error));
	ck_assert_ptr_null(stream.release);
	ck_assert((out == NULL) == (status != CSTN_OK));
	ck_assert(status == CSTN_OK || report == NULL);
	cstn_row_errors_free(report);
	cstn_buffer_free(out);
	return status;
}

static cstn_status epcis_read(oom *o)
{
	return reading(o, cstn_epcis_read, epcis);
}

static cstn_status epcis_write(oom *o)
{
	return writing(o, cstn_epcis_read, cstn_epcis_write, epcis);
}

static cstn_status dcsa_read(oom *o)
{
	return reading(o, cstn_dcsa_read, dcsa);
}

static cstn_status dcsa_write(oom *o)
{
	return writing(o, cstn_dcsa_read, cstn_dcsa_write, dcsa);
}

/* A foreign format: all of `extra` and the code are told as not held. */
static cstn_status cross_write(oom *o)
{
	return writing(o, cstn_dcsa_read, cstn_epcis_write, dcsa);
}

/* Rows of which one stands in for another that is declared wrong. */
static cstn_status correct_write(oom *o)
{
	static const char columns[] =
			"event_id text\nsubject_kind text\nsubject_id text\ntype text\n"
			"class text\noccurred timestamp\ncorrects text null\n";
	static const char csv[] =
			"event_id,subject_kind,subject_id,type,class,occurred,corrects\n"
			"urn:x:2,item,urn:x:i,delivered,actual,2024-04-30T10:00:00Z,urn:x:1\n"
			"urn:x:3,item,urn:x:i,correction,actual,2024-04-30T10:00:00Z,urn:x:1\n"
			"urn:x:4,item,urn:x:i,delivered,actual,2024-04-30T10:00:00Z,urn:x:5\n";
	struct ArrowArrayStream stream = {0};
	cstn_row_errors *report = NULL;
	cstn_csv_reader *reader = NULL;
	cstn_schema *schema = NULL;
	cstn_buffer *out = NULL;
	cstn_status status;

	ck_assert_int_eq(cstn_schema_parse(columns, strlen(columns), NULL, &schema, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_open_bytes((const uint8_t *)csv, strlen(csv), schema, NULL,
					 NULL, &reader, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_export(reader, &stream, NULL), CSTN_OK);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
	oom_arm(o);
	OOM_CALL(status, cstn_epcis_write(&stream, NULL, o->allocator, &out, &report, &error));
	ck_assert((out == NULL) == (status != CSTN_OK));
	cstn_row_errors_free(report);
	cstn_buffer_free(out);
	return status;
}

static cstn_status hash(oom *o)
{
	cstn_epcis_hash_options options = CSTN_EPCIS_HASH_OPTIONS_INIT;
	struct ArrowArrayStream stream = {0};
	cstn_row_errors *bad = NULL;
	cstn_status status;

	options.flags = CSTN_EPCIS_HASH_STRING;
	oom_arm(o);
	OOM_CALL(status, cstn_epcis_hash(epcis, strlen(epcis), &options, o->allocator, &stream,
					 &bad, &error));
	status = oom_table_of_rest(o, status, &stream, bad);
	return status;
}

static cstn_status canonical(oom *o)
{
	static const char uri[] = "urn:epc:id:sgtin:4012345.011111.98%22";
	cstn_buffer *link = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_gs1_uri_canonical(uri, strlen(uri), o->allocator, &link, &error));
	ck_assert((link == NULL) == (status != CSTN_OK));
	cstn_buffer_free(link);
	return status;
}

static const cstn_event_field event_fields[] = {{"a", 1, "1", 1}, {"b", 1, "2", 1},
		{"c", 1, "3", 1}, {"d", 1, "4", 1}, {"e", 1, "5", 1}};

/* 0: fields, 1: the first event of a document. */
static cstn_status commit(oom *o)
{
	uint8_t root[CSTN_EVENT_ROOT_SIZE];
	cstn_buffer *record = NULL;
	cstn_status status;

	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_event_commit(event_fields, 5, NULL, o->allocator, &record,
						 root, &error));
	else
		OOM_CALL(status, cstn_epcis_commit(epcis, strlen(epcis), 0, NULL, o->allocator,
						 &record, root, &error));
	ck_assert((record == NULL) == (status != CSTN_OK));
	cstn_buffer_free(record);
	return status;
}

/* 0: redact, 1: verify. */
static cstn_status of_record(oom *o)
{
	static const char *const paths[] = {"b", "e"};
	uint8_t root[CSTN_EVENT_ROOT_SIZE];
	struct ArrowArrayStream stream = {0};
	cstn_buffer *record = NULL, *part = NULL;
	const char *text;
	cstn_status status;
	size_t len;

	ck_assert_int_eq(cstn_event_commit(event_fields, 5, NULL, NULL, &record, root, NULL),
			CSTN_OK);
	text = (const char *)cstn_buffer_data(record);
	len = cstn_buffer_size(record);
	oom_arm(o);
	if (o->which == 0) {
		OOM_CALL(status, cstn_event_redact(
						 text, len, paths, 2, o->allocator, &part, &error));
		ck_assert((part == NULL) == (status != CSTN_OK));
	} else {
		OOM_CALL(status, cstn_event_verify(text, len, root, o->allocator, &stream, &error));
		status = oom_table(o, status, &stream);
	}
	oom_disarm(o);
	cstn_buffer_free(part);
	cstn_buffer_free(record);
	return status;
}

const oom_case oom_cases_event[] = {
		{"cstn_epcis_hash", hash, 0, 0},
		{"cstn_gs1_uri_canonical", canonical, 0, 0},
		{"cstn_event_commit", commit, 0, 0},
		{"cstn_epcis_commit", commit, 0, 1},
		{"cstn_event_redact", of_record, 0, 0},
		{"cstn_event_verify", of_record, 0, 1},
		{"cstn_epcis_read", epcis_read, 0, 0},
		{"cstn_epcis_write", epcis_write, 0, 0},
		{"cstn_dcsa_read", dcsa_read, 0, 0},
		{"cstn_dcsa_write", dcsa_write, 0, 0},
		{"cstn_epcis_write", cross_write, 0, 0},
		{"cstn_epcis_write", correct_write, 0, 0},
};
const size_t oom_count_event = sizeof(oom_cases_event) / sizeof(oom_cases_event[0]);
