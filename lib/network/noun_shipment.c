/* Goods on their way: shipment, its legs and documents, and the events that tell of them.
 *
 * Rows of the table of nouns, see noun.c. A field is added by a line at the end of its noun. */
#include "network/noun_table.h"

/* clang-format off */
static const char *const shipment_state_codes[] = {"planned", "packed", "departed", "in_transit", "arrived", "out_for_delivery", "delivered", "attempt_failed", "lost", "sent_back", NULL};
static const char *const mode_codes[] = {"road", "rail", "sea", "inland_water", "air", "pipeline", "multimodal", "hub", "other", NULL};
static const char *const incoterm_codes[] = {"EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF", NULL};
static const char *const distance_codes[] = {"planned", "shortest_feasible", "great_circle", "actual", NULL};
static const char *const document_codes[] = {"packing_slip", "bill_of_lading", "invoice", "certificate", "customs", "dangerous_goods", "other", NULL};
static const char *const document_state_codes[] = {"received", "approved", "issued", "rejected", "void", NULL};
static const char *const subject_codes[] = {"order", "shipment", "item", "location", "return", "equipment", "transport", "document", "other", NULL};
static const char *const event_type_codes[] = {"picked", "packed", "staged", "loaded", "departed", "gate_out", "gate_in", "arrived", "discharged", "unpacked", "out_for_delivery", "delivered", "attempt_failed", "accepted", "inspected", "damaged", "wrong", "short", "returned", "restocked", "scrapped", "document_received", "document_approved", "document_issued", "document_rejected", "document_void", "correction", "other", NULL};
static const char *const event_class_codes[] = {"planned", "estimated", "actual", NULL};
static const char *const source_role_codes[] = {"consignee", "carrier", "shipper", "other", NULL};

static const cstn__field shipment_fields[] = {
	{0, "shipment_id", CSTN_TYPE_TEXT, REQUIRED, 1, ID, 0, 0, 0, NULL, "the shipment"},
	{1, "owner", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 2, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "the partner whose record it is; empty: the network's own"},
	{2, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{3, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{4, "from_location", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, REFERENCE, CSTN__NOUN_LOCATION, 0, 0, NULL, "from where"},
	{5, "to_location", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, REFERENCE, CSTN__NOUN_LOCATION, 0, 0, NULL, "to where"},
	{6, "state", CSTN_TYPE_TEXT, DICTIONARY, 0, CODE, 0, 0, 0, shipment_state_codes, "where it stands"},
	{7, "carrier", CSTN_TYPE_TEXT, DICTIONARY, 0, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "who carries it"},
	{8, "mode", CSTN_TYPE_TEXT, DICTIONARY, 0, CODE, 0, 0, 0, mode_codes, "means of transport"},
	{9, "incoterm", CSTN_TYPE_TEXT, DICTIONARY, 0, CODE, 0, 0, 0, incoterm_codes, "Incoterms 2020 rule"},
	{10, "service", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "service booked"},
	{11, "constellation_id", CSTN_TYPE_TEXT, DICTIONARY, 0, REFERENCE, CSTN__NOUN_CONSTELLATION, 0, 0, NULL, "the constellation it belongs to"},
	{12, "mass_g", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 0, INT64_MAX, NULL, "mass"},
	{13, "volume_ml", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 0, INT64_MAX, NULL, "volume"},
	{14, "planned_departure", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "when it should leave"},
	{15, "planned_arrival", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "when it should arrive"},
	{16, "departed", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "when it left"},
	{17, "arrived", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "when it arrived"},
	{18, "tolerance_ppm", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 0, 1000000, NULL, "how far contents may exceed the open quantity, parts per million of it"},
	{19, "order_id", CSTN_TYPE_TEXT, REQUIRED | LINE, 0, REFERENCE, CSTN__NOUN_ORDER, 0, 0, NULL, "the order whose line is in it"},
	{20, "line_number", CSTN_TYPE_INT32, REQUIRED | LINE, 0, RANGE, 0, 1, INT32_MAX, NULL, "the line"},
	{21, "lot", CSTN_TYPE_TEXT, LINE, 0, TEXT, 0, 0, 0, NULL, "lot or batch"},
	{22, "sscc", CSTN_TYPE_TEXT, LINE, 0, SSCC, 0, 0, 0, NULL, "GS1 Serial Shipping Container Code of the unit it is in"},
	{23, "qty", CSTN_TYPE_INT64, REQUIRED | LINE, 0, RANGE, 0, 1, INT64_MAX, NULL, "quantity"},
};
static const cstn__cross shipment_crosses[] = {
	{CSTN__CROSS_NOT_AFTER, CSTN__SHIPMENT_PLANNED_DEPARTURE, CSTN__SHIPMENT_PLANNED_ARRIVAL, NULL},
};
/* A shipment goes on until it is delivered, lost or sent back; several legs depart and arrive again; what was lost
 * may be found; what was delivered may be sent back. */
static const uint32_t shipment_next[] = {
	0x3fe, /* planned */
	0x3fc, /* packed */
	0x3f8, /* departed */
	0x3f4, /* in_transit: departed again too */
	0x3ec, /* arrived */
	0x3d0, /* out_for_delivery */
	0x200, /* delivered */
	0x370, /* attempt_failed: arrived, out_for_delivery, delivered, lost, sent_back */
	0x270, /* lost: arrived, out_for_delivery, delivered, sent_back */
	0x114, /* sent_back: departed, arrived, lost */
};
const cstn__noun cstn__noun_shipment = {CSTN__NOUN_SHIPMENT, CSTN__TABLE_KEYED, "shipment", "goods on their way together", shipment_fields, COUNT(shipment_fields), 2, 2, 1, CSTN__SHIPMENT_STATE, shipment_next, shipment_crosses, COUNT(shipment_crosses)};

static const cstn__field shipment_leg_fields[] = {
	{0, "shipment_id", CSTN_TYPE_TEXT, REQUIRED, 1, REFERENCE, CSTN__NOUN_SHIPMENT, 0, 0, NULL, "the shipment"},
	{1, "owner", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 2, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "the partner whose record it is; empty: the network's own"},
	{2, "leg", CSTN_TYPE_INT32, REQUIRED, 3, RANGE, 0, 1, INT32_MAX, NULL, "number of the leg"},
	{3, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{4, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{5, "mode", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, CODE, 0, 0, 0, mode_codes, "means of transport"},
	{6, "from_location", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, REFERENCE, CSTN__NOUN_LOCATION, 0, 0, NULL, "from where"},
	{7, "to_location", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, REFERENCE, CSTN__NOUN_LOCATION, 0, 0, NULL, "to where"},
	{8, "distance_m", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 0, INT64_MAX, NULL, "distance"},
	{9, "distance_kind", CSTN_TYPE_TEXT, DICTIONARY, 0, CODE, 0, 0, 0, distance_codes, "what the distance is"},
	{10, "operator", CSTN_TYPE_TEXT, DICTIONARY, 0, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "who operates it"},
};
static const cstn__cross shipment_leg_crosses[] = {
	{CSTN__CROSS_NEEDS, CSTN__SHIPMENT_LEG_DISTANCE_M, CSTN__SHIPMENT_LEG_DISTANCE_KIND, NULL},
};
const cstn__noun cstn__noun_shipment_leg = {CSTN__NOUN_SHIPMENT_LEG, CSTN__TABLE_KEYED, "shipment_leg", "a part of a shipment's way", shipment_leg_fields, COUNT(shipment_leg_fields), 3, 3, 0, -1, NULL, shipment_leg_crosses, COUNT(shipment_leg_crosses)};

static const cstn__field shipment_document_fields[] = {
	{0, "shipment_id", CSTN_TYPE_TEXT, REQUIRED, 1, REFERENCE, CSTN__NOUN_SHIPMENT, 0, 0, NULL, "the shipment"},
	{1, "owner", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 2, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "the partner whose record it is; empty: the network's own"},
	{2, "type", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 3, CODE, 0, 0, 0, document_codes, "kind of document"},
	{3, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{4, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{5, "state", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, CODE, 0, 0, 0, document_state_codes, "its state"},
	{6, "at", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "since when"},
	{7, "reference", CSTN_TYPE_TEXT, 0, 0, TEXT, 0, 0, 0, NULL, "its number"},
};
const cstn__noun cstn__noun_shipment_document = {CSTN__NOUN_SHIPMENT_DOCUMENT, CSTN__TABLE_KEYED, "shipment_document", "a document of a shipment and its state", shipment_document_fields, COUNT(shipment_document_fields), 3, 3, 0, -1, NULL, NULL, 0};

static const cstn__field event_fields[] = {
	{0, "event_id", CSTN_TYPE_TEXT, REQUIRED, 1, ID, 0, 0, 0, NULL, "the event"},
	{1, "owner", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 2, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "the partner whose record it is; empty: the network's own"},
	{2, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{3, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{4, "subject_kind", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, CODE, 0, 0, 0, subject_codes, "what it happened to"},
	{5, "subject_id", CSTN_TYPE_TEXT, REQUIRED, 0, TEXT, 0, 0, 0, NULL, "its id"},
	{6, "line_number", CSTN_TYPE_INT32, 0, 0, RANGE, 0, 1, INT32_MAX, NULL, "the line of an order"},
	{7, "type", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, CODE, 0, 0, 0, event_type_codes, "what happened"},
	{8, "class", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, CODE, 0, 0, 0, event_class_codes, "planned, estimated or actual"},
	{9, "occurred", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when"},
	{10, "utc_offset_minutes", CSTN_TYPE_INT32, 0, 0, RANGE, 0, -1080, 1080, NULL, "UTC offset as reported"},
	{11, "location_id", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, CSTN__NOUN_LOCATION, 0, 0, NULL, "where; need not be a location of the network"},
	{12, "qty", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 0, INT64_MAX, NULL, "how much"},
	{13, "unit", CSTN_TYPE_TEXT, DICTIONARY, 0, UNIT, 0, 0, 0, NULL, "of the quantity"},
	{14, "reason", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "why"},
	{15, "document_type", CSTN_TYPE_TEXT, DICTIONARY, 0, CODE, 0, 0, 0, document_codes, "which document"},
	{16, "source_id", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, CSTN__NOUN_PARTNER, 0, 0, NULL, "who says so; need not be a partner of the network"},
	{17, "source_role", CSTN_TYPE_TEXT, DICTIONARY, 0, CODE, 0, 0, 0, source_role_codes, "what the source is to the subject"},
	{18, "corrects", CSTN_TYPE_TEXT, 0, 0, ID, 0, 0, 0, NULL, "the event that this one takes back"},
	{19, "code", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the code of the format it came in"},
	{20, "document_id", CSTN_TYPE_TEXT, 0, 0, TEXT, 0, 0, 0, NULL, "the document's number"},
	{21, "original_id", CSTN_TYPE_TEXT, 0, 0, TEXT, 0, 0, 0, NULL, "the event's own id where event_id is its SHA-256"},
	{22, "business_step", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "business step of EPCIS"},
	{23, "disposition", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "disposition of EPCIS"},
	{24, "objects", CSTN_TYPE_TEXT, 0, 0, LONG, 0, 0, 0, NULL, "identifier lists of EPCIS, a JSON object"},
	{25, "extra", CSTN_TYPE_TEXT, 0, 0, LONG, 0, 0, 0, NULL, "what no other field holds, a JSON object"},
	{26, "qty_exponent", CSTN_TYPE_INT32, 0, 0, RANGE, 0, 0, 6, NULL, "decimals of qty: 25 with 1 is 2.5; none: 0"},
};
static const cstn__cross event_crosses[] = {
	{CSTN__CROSS_DIFFER, CSTN__EVENT_EVENT_ID, CSTN__EVENT_CORRECTS, NULL},
};
const cstn__noun cstn__noun_event = {CSTN__NOUN_EVENT, CSTN__TABLE_APPEND, "event", "something that was planned, estimated or seen to happen", event_fields, COUNT(event_fields), 2, 2, 0, -1, NULL, event_crosses, COUNT(event_crosses)};
