/* What EPCIS 2.0 asks of an event: one table of members says which event has which, which it must
 * have, and of what kind each is.
 *
 * A name without a namespace that the table does not have for the event's type is a fault, one with
 * a namespace is an extension and free. Vocabulary words are checked against CBV 2.0, identifiers
 * must be URIs, times must have a zone. Units and sensor types are checked for their form only, as
 * those lists grow by themselves. Every fault of an event is told, not the first alone. Cost: one
 * pass, a walk over the table a member. Source: GS1 EPCIS 2.0 (2022), sections 7 and 9, and its
 * JSON schema's rules in words. */
#include "network/epcis.h"

#include <string.h>

#include "base/error.h"
#include "network/event_code.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Event types as bits. */
#define OBJECT 1u
#define AGGREGATION 2u
#define TRANSACTION 4u
#define TRANSFORMATION 8u
#define ASSOCIATION 16u
#define ALL 31u

static const struct {
	const char *name;
	unsigned int bit;
} event_types[] = {{"ObjectEvent", OBJECT}, {"AggregationEvent", AGGREGATION},
		{"TransactionEvent", TRANSACTION}, {"TransformationEvent", TRANSFORMATION},
		{"AssociationEvent", ASSOCIATION}};

static void check_text(cstn__event_reader *r, const char *name, const json_t *value);
static void check_uri(cstn__event_reader *r, const char *name, const json_t *value);
static void check_time(cstn__event_reader *r, const char *name, const json_t *value);
static void check_offset(cstn__event_reader *r, const char *name, const json_t *value);
static void check_action(cstn__event_reader *r, const char *name, const json_t *value);
static void check_step(cstn__event_reader *r, const char *name, const json_t *value);
static void check_disposition(cstn__event_reader *r, const char *name, const json_t *value);
static void check_persistent(cstn__event_reader *r, const char *name, const json_t *value);
static void check_place(cstn__event_reader *r, const char *name, const json_t *value);
static void check_transactions(cstn__event_reader *r, const char *name, const json_t *value);
static void check_sources(cstn__event_reader *r, const char *name, const json_t *value);
static void check_destinations(cstn__event_reader *r, const char *name, const json_t *value);
static void check_sensors(cstn__event_reader *r, const char *name, const json_t *value);
static void check_ilmd(cstn__event_reader *r, const char *name, const json_t *value);
static void check_epcs(cstn__event_reader *r, const char *name, const json_t *value);
static void check_quantities(cstn__event_reader *r, const char *name, const json_t *value);
static void check_error(cstn__event_reader *r, const char *name, const json_t *value);
static void check_certificates(cstn__event_reader *r, const char *name, const json_t *value);
static void check_context(cstn__event_reader *r, const char *name, const json_t *value);

typedef void check_function(cstn__event_reader *r, const char *name, const json_t *value);

typedef struct member {
	const char *name;
	unsigned int in, must; /* event types that have it, that must have it */
	check_function *check;
} member;

static const member event_members[] = {
		{"@context", ALL, 0, check_context},
		{"type", ALL, ALL, check_text},
		{"eventID", ALL, 0, check_uri},
		{"eventTime", ALL, ALL, check_time},
		{"eventTimeZoneOffset", ALL, ALL, check_offset},
		{"recordTime", ALL, 0, check_time},
		{"errorDeclaration", ALL, 0, check_error},
		{"certificationInfo", ALL, 0, check_certificates},
		{"parentID", AGGREGATION | TRANSACTION | ASSOCIATION, ASSOCIATION, check_uri},
		{"epcList", OBJECT | TRANSACTION, 0, check_epcs},
		{"quantityList", OBJECT | TRANSACTION, 0, check_quantities},
		{"childEPCs", AGGREGATION | ASSOCIATION, 0, check_epcs},
		{"childQuantityList", AGGREGATION | ASSOCIATION, 0, check_quantities},
		{"inputEPCList", TRANSFORMATION, 0, check_epcs},
		{"inputQuantityList", TRANSFORMATION, 0, check_quantities},
		{"outputEPCList", TRANSFORMATION, 0, check_epcs},
		{"outputQuantityList", TRANSFORMATION, 0, check_quantities},
		{"transformationID", TRANSFORMATION, 0, check_uri},
		{"action", ALL & ~TRANSFORMATION, ALL & ~TRANSFORMATION, check_action},
		{"bizStep", ALL, 0, check_step},
		{"disposition", ALL, 0, check_disposition},
		{"persistentDisposition", ALL, 0, check_persistent},
		{"readPoint", ALL, 0, check_place},
		{"bizLocation", ALL, 0, check_place},
		{"bizTransactionList", ALL, TRANSACTION, check_transactions},
		{"sourceList", ALL, 0, check_sources},
		{"destinationList", ALL, 0, check_destinations},
		{"sensorElementList", ALL, 0, check_sensors},
		{"ilmd", OBJECT | TRANSFORMATION, 0, check_ilmd},
};

static void check_numbers(cstn__event_reader *r, const char *name, const json_t *value)
{
	if (!json_is_number(value))
		cstn__event_tell(r, name, CSTN_ROW_KIND, value);
}

static void check_flag(cstn__event_reader *r, const char *name, const json_t *value)
{
	if (!json_is_boolean(value))
		cstn__event_tell(r, name, CSTN_ROW_KIND, value);
}

static void check_unit(cstn__event_reader *r, const char *name, const json_t *value)
{
	const char *text = json_string_value(value);
	size_t i, len = json_string_length(value);

	if (!text) {
		cstn__event_tell(r, name, CSTN_ROW_KIND, value);
		return;
	}
	for (i = 0; i < len; i++)
		if (!((text[i] >= 'A' && text[i] <= 'Z') || (text[i] >= '0' && text[i] <= '9')))
			break;
	if (i < len || len < 1 || len > 3)
		cstn__event_tell(r, name, CSTN_ROW_UNIT, value);
}

static void check_source_type(cstn__event_reader *r, const char *name, const json_t *value);
static void check_transaction_type(cstn__event_reader *r, const char *name, const json_t *value);
static void check_reason(cstn__event_reader *r, const char *name, const json_t *value);
static void check_reports(cstn__event_reader *r, const char *name, const json_t *value);
static void check_metadata(cstn__event_reader *r, const char *name, const json_t *value);
static void check_amount(cstn__event_reader *r, const char *name, const json_t *value);
static void check_dispositions(cstn__event_reader *r, const char *name, const json_t *value);

/* Members of the objects inside an event; `must` is 1 or 0. */
static const member place_members[] = {{"id", 1, 1, check_uri}};
static const member persistent_members[] = {
		{"set", 1, 0, check_dispositions}, {"unset", 1, 0, check_dispositions}};
static const member transaction_members[] = {
		{"type", 1, 0, check_transaction_type}, {"bizTransaction", 1, 1, check_uri}};
static const member source_members[] = {
		{"type", 1, 1, check_source_type}, {"source", 1, 1, check_uri}};
static const member destination_members[] = {
		{"type", 1, 1, check_source_type}, {"destination", 1, 1, check_uri}};
static const member quantity_members[] = {{"epcClass", 1, 1, check_uri},
		{"quantity", 1, 0, check_amount}, {"uom", 1, 0, check_unit}};
static const member error_members[] = {{"declarationTime", 1, 1, check_time},
		{"reason", 1, 0, check_reason}, {"correctiveEventIDs", 1, 0, check_epcs}};
static const member sensor_members[] = {
		{"sensorMetadata", 1, 0, check_metadata}, {"sensorReport", 1, 1, check_reports}};
static const member metadata_members[] = {{"time", 1, 0, check_time},
		{"startTime", 1, 0, check_time}, {"endTime", 1, 0, check_time},
		{"deviceID", 1, 0, check_uri}, {"deviceMetadata", 1, 0, check_uri},
		{"rawData", 1, 0, check_uri}, {"dataProcessingMethod", 1, 0, check_uri},
		{"bizRules", 1, 0, check_uri}};
static const member report_members[] = {{"type", 1, 0, check_text}, {"exception", 1, 0, check_text},
		{"deviceID", 1, 0, check_uri}, {"deviceMetadata", 1, 0, check_uri},
		{"rawData", 1, 0, check_uri}, {"dataProcessingMethod", 1, 0, check_uri},
		{"bizRules", 1, 0, check_uri}, {"time", 1, 0, check_time},
		{"microorganism", 1, 0, check_uri}, {"chemicalSubstance", 1, 0, check_uri},
		{"coordinateReferenceSystem", 1, 0, check_uri}, {"value", 1, 0, check_numbers},
		{"component", 1, 0, check_text}, {"stringValue", 1, 0, check_text},
		{"booleanValue", 1, 0, check_flag}, {"hexBinaryValue", 1, 0, check_text},
		{"uriValue", 1, 0, check_uri}, {"minValue", 1, 0, check_numbers},
		{"maxValue", 1, 0, check_numbers}, {"meanValue", 1, 0, check_numbers},
		{"sDev", 1, 0, check_numbers}, {"percRank", 1, 0, check_numbers},
		{"percValue", 1, 0, check_numbers}, {"uom", 1, 0, check_text}};

static const member *find_member(const member *members, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(members[i].name, name) == 0)
			return &members[i];
	return NULL;
}

/* The members of one object; the reader's path is its place. */
static void check_members(cstn__event_reader *r, const json_t *object, const member *members,
		size_t n, unsigned int what)
{
	const char *name;
	json_t *value;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		const member *found = find_member(members, n, name);

		if (found && found->in & what)
			found->check(r, name, value);
		else if (!strchr(name, ':'))
			cstn__event_tell(r, name, CSTN_ROW_UNKNOWN, value);
	}
	for (i = 0; i < n; i++)
		if (members[i].must & what && !json_object_get(object, members[i].name))
			cstn__event_tell(r, members[i].name, CSTN_ROW_NULL, NULL);
}

static void check_object(cstn__event_reader *r, const char *name, const json_t *value,
		const member *members, size_t n)
{
	size_t len;

	if (!json_is_object(value)) {
		cstn__event_tell(r, name, CSTN_ROW_KIND, value);
		return;
	}
	len = cstn__json_path_name(&r->path, name);
	check_members(r, value, members, n, 1);
	cstn__json_path_cut(&r->path, len);
}

/* A list, each element an object (members) or checked by `each` under an empty name. */
static void check_list(cstn__event_reader *r, const char *name, const json_t *value,
		const member *members, size_t n, void (*each)(cstn__event_reader *, const json_t *))
{
	size_t i, len;

	if (!json_is_array(value)) {
		cstn__event_tell(r, name, CSTN_ROW_KIND, value);
		return;
	}
	len = cstn__json_path_name(&r->path, name);
	for (i = 0; i < json_array_size(value); i++) {
		const json_t *element = json_array_get(value, i);
		size_t inner = cstn__json_path_index(&r->path, i);

		if (each)
			each(r, element);
		else if (json_is_object(element))
			check_members(r, element, members, n, 1);
		else
			cstn__event_report_add(&r->report, &r->path, CSTN_ROW_KIND, element);
		cstn__json_path_cut(&r->path, inner);
	}
	cstn__json_path_cut(&r->path, len);
}

/* --- kinds ------------------------------------------------------------------------------------ */

static void check_text(cstn__event_reader *r, const char *name, const json_t *value)
{
	if (!json_is_string(value))
		cstn__event_tell(r, name, CSTN_ROW_KIND, value);
}

/* 0, or the row code of what is no URI. */
static int32_t uri_fault(const json_t *value)
{
	const char *text = json_string_value(value), *colon;

	if (!text)
		return CSTN_ROW_KIND;
	colon = strchr(text, ':');
	return colon && colon > text && colon[1] && !strpbrk(text, " \t\r\n") ? 0 : CSTN_ROW_VALUE;
}

static void check_uri(cstn__event_reader *r, const char *name, const json_t *value)
{
	int32_t fault = uri_fault(value);

	if (fault)
		cstn__event_tell(r, name, fault, value);
}

static void each_uri(cstn__event_reader *r, const json_t *value)
{
	int32_t fault = uri_fault(value);

	if (fault)
		cstn__event_report_add(&r->report, &r->path, fault, value);
}

static void check_epcs(cstn__event_reader *r, const char *name, const json_t *value)
{
	check_list(r, name, value, NULL, 0, each_uri);
}

static void check_certificates(cstn__event_reader *r, const char *name, const json_t *value)
{
	if (json_is_array(value))
		check_epcs(r, name, value);
	else
		check_uri(r, name, value);
}

static void check_time(cstn__event_reader *r, const char *name, const json_t *value)
{
	int64_t us;
	int32_t offset, fault = CSTN_ROW_KIND;

	if (json_is_string(value))
		fault = cstn__event_time(r, json_string_value(value), json_string_length(value),
				&us, &offset);
	if (fault)
		cstn__event_tell(r, name, fault, value);
}

static void check_offset(cstn__event_reader *r, const char *name, const json_t *value)
{
	int32_t minutes;

	if (!json_is_string(value))
		cstn__event_tell(r, name, CSTN_ROW_KIND, value);
	else if (cstn__event_offset(json_string_value(value), json_string_length(value), &minutes))
		cstn__event_tell(r, name, CSTN_ROW_VALUE, value);
}

static void check_action(cstn__event_reader *r, const char *name, const json_t *value)
{
	const char *text = json_string_value(value);

	if (!text)
		cstn__event_tell(r, name, CSTN_ROW_KIND, value);
	else if (strcmp(text, "ADD") != 0 && strcmp(text, "OBSERVE") != 0 &&
			strcmp(text, "DELETE") != 0)
		cstn__event_tell(r, name, CSTN_ROW_VALUE, value);
}

/* 0, or the row code of what is no word of the list and no URI of somebody else. */
static int32_t word_fault(enum cstn__cbv_list list, const json_t *value)
{
	const char *word;

	if (!json_is_string(value))
		return CSTN_ROW_KIND;
	return cstn__cbv_word(list, json_string_value(value), json_string_length(value), &word) < 0
			       ? CSTN_ROW_VALUE
			       : 0;
}

static void check_word(cstn__event_reader *r, const char *name, const json_t *value,
		enum cstn__cbv_list list)
{
	int32_t fault = word_fault(list, value);

	if (fault)
		cstn__event_tell(r, name, fault, value);
}

static void check_step(cstn__event_reader *r, const char *name, const json_t *value)
{
	check_word(r, name, value, CSTN__CBV_STEP);
}

static void check_disposition(cstn__event_reader *r, const char *name, const json_t *value)
{
	check_word(r, name, value, CSTN__CBV_DISPOSITION);
}

static void check_source_type(cstn__event_reader *r, const char *name, const json_t *value)
{
	check_word(r, name, value, CSTN__CBV_SOURCE);
}

static void check_transaction_type(cstn__event_reader *r, const char *name, const json_t *value)
{
	check_word(r, name, value, CSTN__CBV_TRANSACTION);
}

static void check_reason(cstn__event_reader *r, const char *name, const json_t *value)
{
	check_word(r, name, value, CSTN__CBV_REASON);
}

static void each_disposition(cstn__event_reader *r, const json_t *value)
{
	int32_t fault = word_fault(CSTN__CBV_DISPOSITION, value);

	if (fault)
		cstn__event_report_add(&r->report, &r->path, fault, value);
}

static void check_dispositions(cstn__event_reader *r, const char *name, const json_t *value)
{
	check_list(r, name, value, NULL, 0, each_disposition);
}

static void check_amount(cstn__event_reader *r, const char *name, const json_t *value)
{
	if (!json_is_number(value))
		cstn__event_tell(r, name, CSTN_ROW_KIND, value);
	else if (json_number_value(value) < 0)
		cstn__event_tell(r, name, CSTN_ROW_NEGATIVE, value);
}

static void check_persistent(cstn__event_reader *r, const char *name, const json_t *value)
{
	check_object(r, name, value, persistent_members, COUNT(persistent_members));
}

static void check_place(cstn__event_reader *r, const char *name, const json_t *value)
{
	check_object(r, name, value, place_members, COUNT(place_members));
}

static void check_metadata(cstn__event_reader *r, const char *name, const json_t *value)
{
	check_object(r, name, value, metadata_members, COUNT(metadata_members));
}

static void check_error(cstn__event_reader *r, const char *name, const json_t *value)
{
	check_object(r, name, value, error_members, COUNT(error_members));
}

static void check_transactions(cstn__event_reader *r, const char *name, const json_t *value)
{
	check_list(r, name, value, transaction_members, COUNT(transaction_members), NULL);
}

static void check_sources(cstn__event_reader *r, const char *name, const json_t *value)
{
	check_list(r, name, value, source_members, COUNT(source_members), NULL);
}

static void check_destinations(cstn__event_reader *r, const char *name, const json_t *value)
{
	check_list(r, name, value, destination_members, COUNT(destination_members), NULL);
}

static void check_quantities(cstn__event_reader *r, const char *name, const json_t *value)
{
	check_list(r, name, value, quantity_members, COUNT(quantity_members), NULL);
}

static void check_sensors(cstn__event_reader *r, const char *name, const json_t *value)
{
	check_list(r, name, value, sensor_members, COUNT(sensor_members), NULL);
}

static void check_reports(cstn__event_reader *r, const char *name, const json_t *value)
{
	check_list(r, name, value, report_members, COUNT(report_members), NULL);
}

/* Master data of instances and lots: names with a namespace only. */
static void check_ilmd(cstn__event_reader *r, const char *name, const json_t *value)
{
	check_object(r, name, value, NULL, 0);
}

static void check_context(cstn__event_reader *r, const char *name, const json_t *value)
{
	if (!json_is_string(value) && !json_is_array(value) && !json_is_object(value))
		cstn__event_tell(r, name, CSTN_ROW_KIND, value);
}

/* --- rules over several members --------------------------------------------------------------- */

static int filled(const json_t *event, const char *name)
{
	return json_array_size(json_object_get(event, name)) > 0;
}

static int is_action(const json_t *event, const char *action)
{
	const char *text = cstn__json_text(event, "action", NULL);

	return text && strcmp(text, action) == 0;
}

/* What the event is about must be there: identifiers, or for some a sensor's report. */
static void check_identifiers(cstn__event_reader *r, const json_t *event, unsigned int type)
{
	int sensors = filled(event, "sensorElementList");
	int parent = json_object_get(event, "parentID") != NULL;

	if (type & OBJECT && !sensors && !filled(event, "epcList") &&
			!filled(event, "quantityList"))
		cstn__event_tell(r, "epcList", CSTN_ROW_NULL, NULL);
	if (type & (AGGREGATION | ASSOCIATION)) {
		if (!parent && type & AGGREGATION && !is_action(event, "OBSERVE"))
			cstn__event_tell(r, "parentID", CSTN_ROW_NULL, NULL);
		if (!sensors && !filled(event, "childEPCs") &&
				!filled(event, "childQuantityList") &&
				!(is_action(event, "DELETE") && parent))
			cstn__event_tell(r, "childEPCs", CSTN_ROW_NULL, NULL);
	}
	if (type & TRANSACTION && !filled(event, "bizTransactionList") &&
			json_is_array(json_object_get(event, "bizTransactionList")))
		cstn__event_tell(r, "bizTransactionList", CSTN_ROW_NULL, NULL);
	if (type & TRANSFORMATION && !json_object_get(event, "transformationID")) {
		if (!filled(event, "inputEPCList") && !filled(event, "inputQuantityList"))
			cstn__event_tell(r, "inputEPCList", CSTN_ROW_NULL, NULL);
		if (!filled(event, "outputEPCList") && !filled(event, "outputQuantityList"))
			cstn__event_tell(r, "outputEPCList", CSTN_ROW_NULL, NULL);
	}
	if (type & OBJECT && json_object_get(event, "ilmd") && !is_action(event, "ADD"))
		cstn__event_tell(r, "ilmd", CSTN_ROW_UNKNOWN, NULL);
}

int cstn__epcis_check(cstn__event_reader *reader, const json_t *event)
{
	const json_t *type = json_object_get(event, "type");
	size_t i;

	if (!json_is_object(event)) {
		cstn__event_report_add(&reader->report, &reader->path, CSTN_ROW_KIND, event);
		return 0;
	}
	for (i = 0; i < COUNT(event_types); i++)
		if (json_is_string(type) &&
				strcmp(json_string_value(type), event_types[i].name) == 0)
			break;
	if (i == COUNT(event_types)) {
		cstn__event_tell(reader, "type", type ? CSTN_ROW_VALUE : CSTN_ROW_NULL, type);
		return 0;
	}
	check_members(reader, event, event_members, COUNT(event_members), event_types[i].bit);
	check_identifiers(reader, event, event_types[i].bit);
	return reader->report.found == 0;
}

/* --- query definitions ------------------------------------------------------------------------ */

static const char *const query_names[] = {"@context", "queryType", "eventType", "GE_eventTime",
		"LT_eventTime", "GE_recordTime", "LT_recordTime", "EQ_action", "EQ_bizStep",
		"EQ_disposition", "EQ_persistentDisposition_set", "EQ_persistentDisposition_unset",
		"EQ_readPoint", "WD_readPoint", "EQ_bizLocation", "WD_bizLocation",
		"EQ_transformationID", "MATCH_epc", "MATCH_parentID", "MATCH_inputEPC",
		"MATCH_outputEPC", "MATCH_anyEPC", "MATCH_epcClass", "MATCH_inputEPCClass",
		"MATCH_outputEPCClass", "MATCH_anyEPCClass", "EQ_quantity", "GT_quantity",
		"GE_quantity", "LT_quantity", "LE_quantity", "EQ_eventID",
		"EXISTS_errorDeclaration", "GE_errorDeclarationTime", "LT_errorDeclarationTime",
		"EQ_errorReason", "EQ_correctiveEventID", "orderBy", "orderDirection",
		"eventCountLimit", "maxEventCount", "perPage", "nextPageToken", "EQ_type",
		"EQ_deviceID", "EQ_dataProcessingMethod", "EQ_microorganism",
		"EQ_chemicalSubstance", "EQ_bizRules", "EQ_stringValue", "EQ_booleanValue",
		"EQ_hexBinaryValue", "EQ_uriValue", "GE_startTime", "LT_startTime", "GE_endTime",
		"LT_endTime", "GE_percRank", "LT_percRank"};
/* Families whose names go on with a type, a unit or an extension. */
static const char *const query_families[] = {"EQ_bizTransaction_", "EQ_source_", "EQ_destination_",
		"EQ_ILMD_", "GT_ILMD_", "GE_ILMD_", "LT_ILMD_", "LE_ILMD_", "EXISTS_ILMD_",
		"EQ_INNER_", "GT_INNER_", "GE_INNER_", "LT_INNER_", "LE_INNER_", "EXISTS_INNER_",
		"EQ_SENSORELEMENT_", "EXISTS_SENSORELEMENT_", "EQ_SENSORMETADATA_",
		"EXISTS_SENSORMETADATA_", "EQ_SENSORREPORT_", "EXISTS_SENSORREPORT_", "HASATTR_",
		"EQATTR_", "EQ_value_", "GT_value_", "GE_value_", "LT_value_", "LE_value_",
		"EQ_minValue_", "GT_minValue_", "GE_minValue_", "LT_minValue_", "LE_minValue_",
		"EQ_maxValue_", "GT_maxValue_", "GE_maxValue_", "LT_maxValue_", "LE_maxValue_",
		"EQ_meanValue_", "GT_meanValue_", "GE_meanValue_", "LT_meanValue_", "LE_meanValue_",
		"EQ_sDev_", "GT_sDev_", "GE_sDev_", "LT_sDev_", "LE_sDev_", "EQ_percValue_",
		"GT_percValue_", "GE_percValue_", "LT_percValue_", "LE_percValue_"};

static int is_parameter(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(query_names); i++)
		if (strcmp(query_names[i], name) == 0)
			return 1;
	for (i = 0; i < COUNT(query_families); i++)
		if (strncmp(query_families[i], name, strlen(query_families[i])) == 0)
			return 1;
	return strchr(name, ':') != NULL; /* an operator and an extension */
}

cstn_status cstn__epcis_check_query(const json_t *query, cstn_error **error)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)query, name, value)
	{
		cstn__json_path path = {"", 0};

		if (is_parameter(name))
			continue;
		(void)cstn__json_path_name(&path, name);
		return cstn__fail(error, CSTN_E_FORMAT,
				"%s: is no EPCIS event, document or parameter of a query",
				path.text);
	}
	return CSTN_OK;
}
