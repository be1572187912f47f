/* What a network holds: nouns, fields, codes and state machines in one table.
 *
 * The store's schema, records, the rules of values, Arrow import and export, the public
 * introspection and so the documentation and the bindings follow this table; a field is added by
 * adding a line at the end of its noun. Numbers of nouns and fields are stored and never change.
 *
 * Cost: constants only; a look-up by name walks a list. */
#include "network/noun.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define REQUIRED CSTN__FIELD_REQUIRED
#define LINE CSTN__FIELD_LINE
#define DICTIONARY CSTN__FIELD_DICTIONARY
#define EMPTY CSTN__FIELD_EMPTY
#define OR_CUSTOMER CSTN__FIELD_OR_CUSTOMER
#define OR_GTIN CSTN__FIELD_OR_GTIN
#define ANY CSTN__RULE_ANY
#define TEXT CSTN__RULE_TEXT
#define ID CSTN__RULE_ID
#define REFERENCE CSTN__RULE_REFERENCE
#define CODE CSTN__RULE_CODE
#define RANGE CSTN__RULE_RANGE
#define GLN CSTN__RULE_GLN
#define GTIN CSTN__RULE_GTIN
#define SSCC CSTN__RULE_SSCC
#define LEI CSTN__RULE_LEI
#define DUNS CSTN__RULE_DUNS
#define COUNTRY CSTN__RULE_COUNTRY
#define CURRENCY CSTN__RULE_CURRENCY
#define UNIT CSTN__RULE_UNIT
#define DIGEST CSTN__RULE_DIGEST
#define LONG CSTN__RULE_LONG
#define ATTRIBUTES CSTN__RULE_ATTRIBUTES
#define PURPOSE CSTN__RULE_PURPOSE
/* clang-format off */
static const char *const role_codes[] = {"supplier", "manufacturer", "warehouse", "carrier", "forwarder", "distributor", "retailer", "customer", "service", "bank", "authority", "other", NULL};
static const char *const member_role_codes[] = {"owner", "supplier", "buyer", "carrier", "warehouse", "service", "observer", "other", NULL};
static const char *const relation_codes[] = {"partner", "neutral", "competitor", NULL};
static const char *const location_type_codes[] = {"plant", "dc", "store", "hub", "port", "supplier_site", "customer", NULL};
static const char *const order_state_codes[] = {"draft", "placed", "accepted", "in_fulfilment", "shipped", "delivered", "closed", "cancelled", NULL};
static const char *const line_status_codes[] = {"open", "closed", "cancelled_by_customer", "cancelled_by_supplier", NULL};
static const char *const side_codes[] = {"customer", "supplier", NULL};
static const char *const initiator_codes[] = {"customer", "supplier", "carrier", "warehouse", "own_office", NULL};
static const char *const stage_codes[] = {"prospect", "lost", "dormant", "crisis", "struggle", "recovery", "commit", "develop", NULL};
static const char *const fault_codes[] = {"damaged", "defective", "wrong_configuration", "wrong_item", "short", "excess", "paperwork", "other", NULL};
static const char *const owner_codes[] = {"supplier", "warehouse", "carrier", "customer", "own_office", NULL};
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
static const char *const return_reason_codes[] = {"damaged", "defective", "wrong_configuration", "wrong_item", "short", "excess", "paperwork", "late", "no_longer_wanted", "size", "gift", "other", NULL};
static const char *const return_channel_codes[] = {"store", "label", "pick_up", NULL};
static const char *const disposition_codes[] = {"restock", "refurbish", "repair", "second_channel", "to_vendor", "donate", "recycle", "scrap", "keep_it", NULL};
static const char *const stock_status_codes[] = {"available", "held", "damaged", "in_transit", "on_order", NULL};
static const char *const customer_kind_codes[] = {"person", "organisation", NULL};
static const char *const interaction_codes[] = {"nps_answer", "satisfaction", "review", "referral", "reference", "recommendation", "ticket_opened", "ticket_closed", "complaint", "exit_threat", "plan_promised", "return_fault", "return_other", "order", "order_perfect", "order_failed", "price_increase_offered", "price_increase_accepted", "price_increase_refused", "new_category", "first_choice", "not_first_choice", "contract_renewed", "contract_cancelled", "due_day", "step", NULL};
static const char *const interaction_reason_codes[] = {"damaged", "wrong_item", "not_as_described", "late", "defective", "size", "changed_mind", "other", NULL};
static const char *const basis_codes[] = {"consent", "contract", "legal_obligation", "legitimate_interest", NULL};
static const char *const consent_state_codes[] = {"granted", "refused", "withdrawn", NULL};
static const char *const scheme_codes[] = {"gln", "lei", "duns", "vat", "sscc_prefix", "other", NULL};
static const char *const fulfilment_codes[] = {"deliver", "ship_from_store", "bopis", "curbside", "locker", "dropship", NULL};

static const cstn__field partner_fields[] = {
	{0, "partner_id", CSTN_TYPE_TEXT, REQUIRED, 1, ID, 0, 0, 0, NULL, "the company"},
	{1, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{2, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{3, "name", CSTN_TYPE_TEXT, 0, 0, TEXT, 0, 0, 0, NULL, "its name"},
	{4, "role", CSTN_TYPE_TEXT, DICTIONARY, 0, CODE, 0, 0, 0, role_codes, "what it does in supply"},
	{5, "country", CSTN_TYPE_TEXT, DICTIONARY, 0, COUNTRY, 0, 0, 0, NULL, "where it sits"},
	{6, "gln", CSTN_TYPE_TEXT, 0, 0, GLN, 0, 0, 0, NULL, "GS1 Global Location Number"},
	{7, "lei", CSTN_TYPE_TEXT, 0, 0, LEI, 0, 0, 0, NULL, "Legal Entity Identifier"},
	{8, "duns", CSTN_TYPE_TEXT, 0, 0, DUNS, 0, 0, 0, NULL, "D-U-N-S number"},
	{9, "parent_id", CSTN_TYPE_TEXT, DICTIONARY, 0, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "the company that owns it"},
};
static const cstn__cross partner_crosses[] = {
	{CSTN__CROSS_DIFFER, CSTN__PARTNER_PARTNER_ID, CSTN__PARTNER_PARENT_ID, NULL},
};

static const cstn__field constellation_fields[] = {
	{0, "constellation_id", CSTN_TYPE_TEXT, REQUIRED, 1, ID, 0, 0, 0, NULL, "the constellation"},
	{1, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{2, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{3, "owner_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "who owns it"},
	{4, "name", CSTN_TYPE_TEXT, 0, 0, TEXT, 0, 0, 0, NULL, "its name"},
	{5, "framework", CSTN_TYPE_TEXT, DICTIONARY, 0, ID, 0, 0, 0, NULL, "the framework agreement it works under"},
	{6, "goals", CSTN_TYPE_TEXT, 0, 0, TEXT, 0, 0, 0, NULL, "what it is for, in words"},
	{7, "from", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "when it begins"},
	{8, "until", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "when it ends; none: no end"},
	{9, "minimum_group", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 1, INT64_MAX, NULL, "the smallest group whose figures are given out"},
};
static const cstn__cross constellation_crosses[] = {
	{CSTN__CROSS_BEFORE, CSTN__CONSTELLATION_FROM, CSTN__CONSTELLATION_UNTIL, NULL},
};

static const cstn__field membership_fields[] = {
	{0, "partner_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 1, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "the company"},
	{1, "constellation_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 2, REFERENCE, CSTN__NOUN_CONSTELLATION, 0, 0, NULL, "the constellation"},
	{2, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{3, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{4, "role", CSTN_TYPE_TEXT, DICTIONARY, 0, CODE, 0, 0, 0, member_role_codes, "its role there"},
	{5, "from", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "since when"},
	{6, "until", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "until when; none: no end"},
};
static const cstn__cross membership_crosses[] = {
	{CSTN__CROSS_BEFORE, CSTN__MEMBERSHIP_FROM, CSTN__MEMBERSHIP_UNTIL, NULL},
};

static const cstn__field relation_fields[] = {
	{0, "declarer_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 1, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "who says so"},
	{1, "other_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 2, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "of whom"},
	{2, "constellation_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 3, REFERENCE, CSTN__NOUN_CONSTELLATION, 0, 0, NULL, "where it holds"},
	{3, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{4, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{5, "relation", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, CODE, 0, 0, 0, relation_codes, "what the other is"},
	{6, "from", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "since when"},
	{7, "until", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "until when; none: no end"},
};
static const cstn__cross relation_crosses[] = {
	{CSTN__CROSS_DIFFER, CSTN__RELATION_DECLARER_ID, CSTN__RELATION_OTHER_ID, NULL},
	{CSTN__CROSS_BEFORE, CSTN__RELATION_FROM, CSTN__RELATION_UNTIL, NULL},
};

static const cstn__field purpose_fields[] = {
	{0, "purpose_id", CSTN_TYPE_TEXT, REQUIRED, 1, ID, 0, 0, 0, NULL, "the purpose"},
	{1, "constellation_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 2, REFERENCE, CSTN__NOUN_CONSTELLATION, 0, 0, NULL, "where it holds"},
	{2, "parent_id", CSTN_TYPE_TEXT, EMPTY, 3, ID, 0, 0, 0, NULL, "a purpose that covers it; empty: none"},
	{3, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{4, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{5, "name", CSTN_TYPE_TEXT, 0, 0, TEXT, 0, 0, 0, NULL, "in words"},
};
static const cstn__cross purpose_crosses[] = {
	{CSTN__CROSS_DIFFER, CSTN__PURPOSE_PURPOSE_ID, CSTN__PURPOSE_PARENT_ID, NULL},
};

static const cstn__field item_fields[] = {
	{0, "item_id", CSTN_TYPE_TEXT, REQUIRED, 1, ID, 0, 0, 0, NULL, "the product"},
	{1, "owner", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 2, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "the partner whose record it is; empty: the network's own"},
	{2, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{3, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{4, "name", CSTN_TYPE_TEXT, 0, 0, TEXT, 0, 0, 0, NULL, "its name"},
	{5, "gtin", CSTN_TYPE_TEXT, 0, 0, GTIN, 0, 0, 0, NULL, "GS1 Global Trade Item Number"},
	{6, "item_group", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the group it is counted in"},
	{7, "unit", CSTN_TYPE_TEXT, DICTIONARY, 0, UNIT, 0, 0, 0, NULL, "what quantities count"},
	{8, "quantity_exponent", CSTN_TYPE_INT32, 0, 0, RANGE, 0, 0, 6, NULL, "decimals of quantities: 3 means thousandths of the unit"},
	{9, "mass_g", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 0, INT64_MAX, NULL, "mass of one unit"},
	{10, "volume_ml", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 0, INT64_MAX, NULL, "volume of one unit"},
	{11, "price_minor", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 0, INT64_MAX, NULL, "list price of one unit, minor units of currency"},
	{12, "currency", CSTN_TYPE_TEXT, DICTIONARY, 0, CURRENCY, 0, 0, 0, NULL, "of the price"},
};
static const cstn__cross item_crosses[] = {
	{CSTN__CROSS_NEEDS, CSTN__ITEM_PRICE_MINOR, CSTN__ITEM_CURRENCY, NULL},
};

static const cstn__field location_fields[] = {
	{0, "location_id", CSTN_TYPE_TEXT, REQUIRED, 1, ID, 0, 0, 0, NULL, "the place"},
	{1, "owner", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 2, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "the partner whose record it is; empty: the network's own"},
	{2, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{3, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{4, "type", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, CODE, 0, 0, 0, location_type_codes, "what it is"},
	{5, "country", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, COUNTRY, 0, 0, 0, NULL, "where it is"},
	{6, "partner_id", CSTN_TYPE_TEXT, DICTIONARY, 0, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "who runs it"},
	{7, "name", CSTN_TYPE_TEXT, 0, 0, TEXT, 0, 0, 0, NULL, "its name"},
	{8, "gln", CSTN_TYPE_TEXT, 0, 0, GLN, 0, 0, 0, NULL, "GS1 Global Location Number"},
	{9, "latitude_e7", CSTN_TYPE_INT32, 0, 0, RANGE, 0, -900000000, 900000000, NULL, "north, in 1e-7 degree"},
	{10, "longitude_e7", CSTN_TYPE_INT64, 0, 0, RANGE, 0, -1800000000, 1800000000, NULL, "east, in 1e-7 degree"},
	{11, "zone", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "name of its time zone"},
	{12, "calendar", CSTN_TYPE_TEXT, DICTIONARY, 0, DIGEST, 0, 0, 0, NULL, "SHA-256 of its working calendar, hexadecimal"},
	{13, "cut_off_minutes", CSTN_TYPE_INT32, 0, 0, RANGE, 0, 0, 1439, NULL, "orders until then leave the same day: minutes after midnight"},
	{14, "ships_from_store", CSTN_TYPE_FLAG, 0, 0, ANY, 0, 0, 0, NULL, "can ship from store"},
	{15, "bopis", CSTN_TYPE_FLAG, 0, 0, ANY, 0, 0, 0, NULL, "buy online, pick up in store"},
	{16, "curbside", CSTN_TYPE_FLAG, 0, 0, ANY, 0, 0, 0, NULL, "hands over at the kerb"},
	{17, "locker", CSTN_TYPE_FLAG, 0, 0, ANY, 0, 0, 0, NULL, "has lockers"},
	{18, "takes_returns", CSTN_TYPE_FLAG, 0, 0, ANY, 0, 0, 0, NULL, "takes returns"},
	{19, "picks_each", CSTN_TYPE_FLAG, 0, 0, ANY, 0, 0, 0, NULL, "picks single units"},
	{20, "picks_piece", CSTN_TYPE_FLAG, 0, 0, ANY, 0, 0, 0, NULL, "picks pieces"},
	{21, "picks_case", CSTN_TYPE_FLAG, 0, 0, ANY, 0, 0, 0, NULL, "picks cases"},
	{22, "picks_pallet", CSTN_TYPE_FLAG, 0, 0, ANY, 0, 0, 0, NULL, "picks pallets"},
	{23, "capacity_orders", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 0, INT64_MAX, NULL, "orders a day"},
	{24, "capacity_lines", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 0, INT64_MAX, NULL, "lines a day"},
	{25, "capacity_units", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 0, INT64_MAX, NULL, "units a day"},
	{26, "cost_minor", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 0, INT64_MAX, NULL, "cost of handling one unit, minor units of currency"},
	{27, "currency", CSTN_TYPE_TEXT, DICTIONARY, 0, CURRENCY, 0, 0, 0, NULL, "of the cost"},
};
static const cstn__cross location_crosses[] = {
	{CSTN__CROSS_NEEDS, CSTN__LOCATION_COST_MINOR, CSTN__LOCATION_CURRENCY, NULL},
	{CSTN__CROSS_NEEDS, CSTN__LOCATION_LATITUDE_E7, CSTN__LOCATION_LONGITUDE_E7, NULL},
	{CSTN__CROSS_NEEDS, CSTN__LOCATION_LONGITUDE_E7, CSTN__LOCATION_LATITUDE_E7, NULL},
};

static const cstn__field order_fields[] = {
	{0, "order_id", CSTN_TYPE_TEXT, REQUIRED, 1, ID, 0, 0, 0, NULL, "the order"},
	{1, "owner", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 2, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "the partner whose record it is; empty: the network's own"},
	{2, "order_recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{3, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{4, "seller", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "who sells"},
	{5, "buyer", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY | OR_CUSTOMER, 0, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "who buys: a partner or a customer"},
	{6, "ordered", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was ordered"},
	{7, "constellation_id", CSTN_TYPE_TEXT, DICTIONARY, 0, REFERENCE, CSTN__NOUN_CONSTELLATION, 0, 0, NULL, "the constellation it belongs to"},
	{8, "agreement", CSTN_TYPE_TEXT, DICTIONARY, 0, ID, 0, 0, 0, NULL, "the agreement it is under"},
	{9, "order_policy_digest", CSTN_TYPE_TEXT, DICTIONARY, 0, DIGEST, 0, 0, 0, NULL, "the service policy it is judged by"},
	{10, "segment", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "segment of the buyer"},
	{11, "stage", CSTN_TYPE_TEXT, DICTIONARY, 0, CODE, 0, 0, 0, stage_codes, "relationship stage of the buyer"},
	{12, "channel", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "where it came in"},
	{13, "priority", CSTN_TYPE_INT32, 0, 0, RANGE, 0, 0, INT32_MAX, NULL, "0 first"},
	{14, "ship_to", CSTN_TYPE_TEXT, DICTIONARY, 0, REFERENCE, CSTN__NOUN_LOCATION, 0, 0, NULL, "where it goes"},
	{15, "ship_to_zone", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "name of the time zone there"},
	{16, "fulfilment", CSTN_TYPE_TEXT, DICTIONARY, 0, CODE, 0, 0, 0, fulfilment_codes, "how it is handed over"},
	{17, "currency", CSTN_TYPE_TEXT, DICTIONARY, 0, CURRENCY, 0, 0, 0, NULL, "of prices and values"},
	{18, "ship_complete", CSTN_TYPE_FLAG, 0, 0, ANY, 0, 0, 0, NULL, "not before all of it is there"},
	{19, "minimum_shipment", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 0, INT64_MAX, NULL, "no shipment below this quantity"},
	{20, "maximum_lateness_days", CSTN_TYPE_INT32, 0, 0, RANGE, 0, 0, INT32_MAX, NULL, "later than this it is not wanted"},
	{21, "state", CSTN_TYPE_TEXT, DICTIONARY, 0, CODE, 0, 0, 0, order_state_codes, "where it stands"},
	{22, "cancelled_by", CSTN_TYPE_TEXT, DICTIONARY, 0, CODE, 0, 0, 0, side_codes, "who cancelled it"},
	{23, "line_number", CSTN_TYPE_INT32, REQUIRED | LINE, 0, RANGE, 0, 1, INT32_MAX, NULL, "number of the line in the order"},
	{24, "item_id", CSTN_TYPE_TEXT, REQUIRED | LINE | DICTIONARY | OR_GTIN, 0, REFERENCE, CSTN__NOUN_ITEM, 0, 0, NULL, "the product: an item of the network, or a GTIN"},
	{25, "qty", CSTN_TYPE_INT64, REQUIRED | LINE, 0, RANGE, 0, 1, INT64_MAX, NULL, "ordered quantity"},
	{26, "qty_cancelled", CSTN_TYPE_INT64, LINE, 0, RANGE, 0, 0, INT64_MAX, NULL, "part of it cancelled"},
	{27, "qty_cancelled_by", CSTN_TYPE_TEXT, LINE | DICTIONARY, 0, CODE, 0, 0, 0, side_codes, "who cancelled it"},
	{28, "qty_delivered", CSTN_TYPE_INT64, LINE, 0, RANGE, 0, 0, INT64_MAX, NULL, "delivered at close"},
	{29, "qty_due", CSTN_TYPE_INT64, LINE, 0, RANGE, 0, 0, INT64_MAX, NULL, "arrived by the promise and its tolerance"},
	{30, "price", CSTN_TYPE_INT64, LINE, 0, RANGE, 0, 0, INT64_MAX, NULL, "of the quantity 1, minor units of currency"},
	{31, "value", CSTN_TYPE_INT64, LINE, 0, RANGE, 0, 0, INT64_MAX, NULL, "of the agreed quantity, minor units of currency"},
	{32, "requested", CSTN_TYPE_TIME, LINE, 0, ANY, 0, 0, 0, NULL, "what the customer asked for"},
	{33, "promised", CSTN_TYPE_TIME, LINE, 0, ANY, 0, 0, 0, NULL, "first commitment"},
	{34, "promised_last", CSTN_TYPE_TIME, LINE, 0, ANY, 0, 0, 0, NULL, "last commitment of any kind"},
	{35, "promised_customer", CSTN_TYPE_TIME, LINE, 0, ANY, 0, 0, 0, NULL, "commitment after a change the customer began and both agreed"},
	{36, "promised_supplier", CSTN_TYPE_TIME, LINE, 0, ANY, 0, 0, 0, NULL, "commitment after the last change by the supplier"},
	{37, "delivered", CSTN_TYPE_TIME, LINE, 0, ANY, 0, 0, 0, NULL, "when the quantity had been delivered"},
	{38, "shipped", CSTN_TYPE_TIME, LINE, 0, ANY, 0, 0, 0, NULL, "when it left"},
	{39, "arrived", CSTN_TYPE_TIME, LINE, 0, ANY, 0, 0, 0, NULL, "when it arrived"},
	{40, "accepted", CSTN_TYPE_TIME, LINE, 0, ANY, 0, 0, 0, NULL, "when it was accepted"},
	{41, "recorded", CSTN_TYPE_TIME, LINE, 0, ANY, 0, 0, 0, NULL, "when the delivery was entered into the books"},
	{42, "attempted", CSTN_TYPE_TIME, LINE, 0, ANY, 0, 0, 0, NULL, "first failed attempt at delivery"},
	{43, "status", CSTN_TYPE_TEXT, LINE | DICTIONARY, 0, CODE, 0, 0, 0, line_status_codes, "state of the line"},
	{44, "shipment_id", CSTN_TYPE_TEXT, LINE | DICTIONARY, 0, ID, 0, 0, 0, NULL, "the shipment it came with, if one"},
	{45, "shipments", CSTN_TYPE_INT32, LINE, 0, RANGE, 0, 0, INT32_MAX, NULL, "in how many shipments it came"},
	{46, "node", CSTN_TYPE_TEXT, LINE | DICTIONARY, 0, REFERENCE, CSTN__NOUN_LOCATION, 0, 0, NULL, "where it is fulfilled"},
	{47, "carrier", CSTN_TYPE_TEXT, LINE | DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "who carried it"},
	{48, "lane", CSTN_TYPE_TEXT, LINE | DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "from where to where"},
	{49, "item_group", CSTN_TYPE_TEXT, LINE | DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "group of the product"},
	{50, "substitutes", CSTN_TYPE_TEXT, LINE | DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "products the customer would take instead, parted by commas"},
	{51, "substitute", CSTN_TYPE_FLAG, LINE, 0, ANY, 0, 0, 0, NULL, "another product came in its place"},
	{52, "substitute_agreed", CSTN_TYPE_FLAG, LINE, 0, ANY, 0, 0, 0, NULL, "... and the customer had agreed"},
	{53, "wrong_item", CSTN_TYPE_FLAG, LINE, 0, ANY, 0, 0, 0, NULL, "something came that nobody meant to send"},
	{54, "customer_fault", CSTN_TYPE_FLAG, LINE, 0, ANY, 0, 0, 0, NULL, "nobody home, slot refused, wrong address given"},
	{55, "force_majeure", CSTN_TYPE_FLAG, LINE, 0, ANY, 0, 0, 0, NULL, "cause so coded"},
	{56, "condition_ok", CSTN_TYPE_FLAG, LINE, 0, ANY, 0, 0, 0, NULL, "condition confirmed"},
	{57, "damaged", CSTN_TYPE_FLAG, LINE, 0, ANY, 0, 0, 0, NULL, "came damaged"},
	{58, "defective", CSTN_TYPE_FLAG, LINE, 0, ANY, 0, 0, 0, NULL, "came defective"},
	{59, "wrong_configuration", CSTN_TYPE_FLAG, LINE, 0, ANY, 0, 0, 0, NULL, "came in a wrong configuration"},
	{60, "refused", CSTN_TYPE_FLAG, LINE, 0, ANY, 0, 0, 0, NULL, "refused for quality"},
	{61, "documents_ok", CSTN_TYPE_INT32, LINE, 0, RANGE, 0, 0, 63, NULL, "documents confirmed: CSTN_DOCUMENT_ bits"},
	{62, "documents_bad", CSTN_TYPE_INT32, LINE, 0, RANGE, 0, 0, 63, NULL, "documents wrong, late or missing: CSTN_DOCUMENT_ bits"},
	{63, "documents_complete", CSTN_TYPE_TIME, LINE, 0, ANY, 0, 0, 0, NULL, "when all documents were complete and accurate"},
	{64, "returned", CSTN_TYPE_TIME, LINE, 0, ANY, 0, 0, 0, NULL, "when a return was requested"},
	{65, "return_reason", CSTN_TYPE_TEXT, LINE | DICTIONARY, 0, CODE, 0, 0, 0, fault_codes, "why it came back"},
	{66, "late_cause", CSTN_TYPE_TEXT, LINE | DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "cause of lateness"},
	{67, "short_cause", CSTN_TYPE_TEXT, LINE | DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "cause of a wrong quantity"},
	{68, "documents_cause", CSTN_TYPE_TEXT, LINE | DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "cause of a failure of documents"},
	{69, "condition_cause", CSTN_TYPE_TEXT, LINE | DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "cause of a failure of condition"},
	{70, "late_owner", CSTN_TYPE_TEXT, LINE | DICTIONARY, 0, CODE, 0, 0, 0, owner_codes, "who caused lateness"},
	{71, "short_owner", CSTN_TYPE_TEXT, LINE | DICTIONARY, 0, CODE, 0, 0, 0, owner_codes, "who caused a wrong quantity"},
	{72, "documents_owner", CSTN_TYPE_TEXT, LINE | DICTIONARY, 0, CODE, 0, 0, 0, owner_codes, "who caused a failure of documents"},
	{73, "condition_owner", CSTN_TYPE_TEXT, LINE | DICTIONARY, 0, CODE, 0, 0, 0, owner_codes, "who caused a failure of condition"},
	{74, "promised_offset_minutes", CSTN_TYPE_INT32, LINE, 0, RANGE, 0, -1080, 1080, NULL, "UTC offset at the promise"},
	{75, "actual_offset_minutes", CSTN_TYPE_INT32, LINE, 0, RANGE, 0, -1080, 1080, NULL, "UTC offset at the actual event"},
	{76, "policy_digest", CSTN_TYPE_TEXT, LINE | DICTIONARY, 0, DIGEST, 0, 0, 0, NULL, "the service policy of this line"},
	{77, "attributes", CSTN_TYPE_TEXT, LINE | DICTIONARY, 0, ATTRIBUTES, 0, 0, 0, NULL, "what else it is counted by, as {\"distance\":\"near\"}; imports and scans also take a column 'attributes.distance'"},
};
static const cstn__cross order_crosses[] = {
	{CSTN__CROSS_NEEDS_CODE, CSTN__ORDER_STATE, CSTN__ORDER_CANCELLED_BY, "cancelled"},
	{CSTN__CROSS_ONLY_CODE, CSTN__ORDER_CANCELLED_BY, CSTN__ORDER_STATE, "cancelled"},
	{CSTN__CROSS_AT_MOST, CSTN__ORDER_QTY_CANCELLED, CSTN__ORDER_QTY, NULL},
	{CSTN__CROSS_NEEDS_SOME, CSTN__ORDER_QTY_CANCELLED, CSTN__ORDER_QTY_CANCELLED_BY, NULL},
	{CSTN__CROSS_UNIQUE_LINE, CSTN__ORDER_LINE_NUMBER, CSTN__ORDER_LINE_NUMBER, NULL},
};

static const cstn__field order_revision_fields[] = {
	{0, "order_id", CSTN_TYPE_TEXT, REQUIRED, 1, REFERENCE, CSTN__NOUN_ORDER, 0, 0, NULL, "the order"},
	{1, "owner", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 2, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "the partner whose record it is; empty: the network's own"},
	{2, "revision", CSTN_TYPE_INT32, REQUIRED, 3, RANGE, 0, 1, INT32_MAX, NULL, "number of the change"},
	{3, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{4, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{5, "changed", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when"},
	{6, "initiator", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, CODE, 0, 0, 0, initiator_codes, "who began it"},
	{7, "agreed", CSTN_TYPE_FLAG, REQUIRED, 0, ANY, 0, 0, 0, NULL, "both agreed"},
	{8, "line_number", CSTN_TYPE_INT32, 0, 0, RANGE, 0, 1, INT32_MAX, NULL, "the line; none: the whole order"},
	{9, "field", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, ID, 0, 0, 0, NULL, "what was changed"},
	{10, "old_value", CSTN_TYPE_TEXT, 0, 0, TEXT, 0, 0, 0, NULL, "before"},
	{11, "new_value", CSTN_TYPE_TEXT, 0, 0, TEXT, 0, 0, 0, NULL, "after"},
};

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

static const cstn__field return_fields[] = {
	{0, "return_id", CSTN_TYPE_TEXT, REQUIRED, 1, ID, 0, 0, 0, NULL, "the return"},
	{1, "owner", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 2, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "the partner whose record it is; empty: the network's own"},
	{2, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{3, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{4, "order_id", CSTN_TYPE_TEXT, REQUIRED, 0, REFERENCE, CSTN__NOUN_ORDER, 0, 0, NULL, "the order"},
	{5, "line_number", CSTN_TYPE_INT32, REQUIRED, 0, RANGE, 0, 1, INT32_MAX, NULL, "the line"},
	{6, "qty", CSTN_TYPE_INT64, REQUIRED, 0, RANGE, 0, 1, INT64_MAX, NULL, "quantity"},
	{7, "reason", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, CODE, 0, 0, 0, return_reason_codes, "why"},
	{8, "requested", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was asked for"},
	{9, "channel", CSTN_TYPE_TEXT, DICTIONARY, 0, CODE, 0, 0, 0, return_channel_codes, "how it comes back"},
	{10, "received", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "when it came"},
	{11, "inspected", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "when it was looked at"},
	{12, "credited", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "when it was paid back"},
	{13, "grade", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "condition"},
	{14, "disposition", CSTN_TYPE_TEXT, DICTIONARY, 0, CODE, 0, 0, 0, disposition_codes, "what became of it"},
	{15, "credit_minor", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 0, INT64_MAX, NULL, "paid back, minor units of currency"},
	{16, "currency", CSTN_TYPE_TEXT, DICTIONARY, 0, CURRENCY, 0, 0, 0, NULL, "of the credit"},
	{17, "satisfaction", CSTN_TYPE_INT32, 0, 0, ANY, 0, 0, 0, NULL, "answer of the customer, on its own scale"},
};
static const cstn__cross return_crosses[] = {
	{CSTN__CROSS_NEEDS, CSTN__RETURN_CREDIT_MINOR, CSTN__RETURN_CURRENCY, NULL},
	{CSTN__CROSS_NOT_AFTER, CSTN__RETURN_RECEIVED, CSTN__RETURN_INSPECTED, NULL},
};

static const cstn__field inventory_fields[] = {
	{0, "location_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 1, REFERENCE, CSTN__NOUN_LOCATION, 0, 0, NULL, "the place"},
	{1, "item_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY | OR_GTIN, 2, REFERENCE, CSTN__NOUN_ITEM, 0, 0, NULL, "the product"},
	{2, "status", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 3, CODE, 0, 0, 0, stock_status_codes, "what can be done with it"},
	{3, "lot", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 4, TEXT, 0, 0, 0, NULL, "lot or batch; empty: none"},
	{4, "owner", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 5, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "whose it is (consignment, VMI); empty: the place's own"},
	{5, "number", CSTN_TYPE_INT64, EMPTY, 6, RANGE, 0, 0, INT64_MAX, NULL, "0: a snapshot; else the number of the change"},
	{6, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{7, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{8, "as_of", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was counted"},
	{9, "qty", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, "quantity, or the change of it"},
	{10, "reserved", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 0, INT64_MAX, NULL, "promised to orders; may exceed the quantity"},
	{11, "expiry", CSTN_TYPE_DAYS, 0, 0, ANY, 0, 0, 0, NULL, "last day of use"},
};

static const cstn__field customer_fields[] = {
	{0, "customer_id", CSTN_TYPE_TEXT, REQUIRED, 1, ID, 0, 0, 0, NULL, "the customer"},
	{1, "owner", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 2, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "the partner whose record it is; empty: the network's own"},
	{2, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{3, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{4, "kind", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, CODE, 0, 0, 0, customer_kind_codes, "a person or an organisation"},
	{5, "country", CSTN_TYPE_TEXT, DICTIONARY, 0, COUNTRY, 0, 0, 0, NULL, "where"},
	{6, "currency", CSTN_TYPE_TEXT, DICTIONARY, 0, CURRENCY, 0, 0, 0, NULL, "what it pays in"},
	{7, "first_seen", CSTN_TYPE_DAYS, 0, 0, ANY, 0, 0, 0, NULL, "day of the first contact"},
	{8, "true_first_purchase", CSTN_TYPE_DAYS, 0, 0, ANY, 0, 0, 0, NULL, "day of the first purchase; none: not known"},
	{9, "partner_id", CSTN_TYPE_TEXT, DICTIONARY, 0, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "an organisation that is a partner"},
	{10, "constellation_id", CSTN_TYPE_TEXT, DICTIONARY, 0, REFERENCE, CSTN__NOUN_CONSTELLATION, 0, 0, NULL, "the constellation it belongs to"},
	{11, "legal_hold", CSTN_TYPE_FLAG, 0, 0, ANY, 0, 0, 0, NULL, "must not be erased"},
	{12, "segment", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "segment"},
	{13, "segment_model", CSTN_TYPE_TEXT, DICTIONARY, 0, DIGEST, 0, 0, 0, NULL, "the model that gave the segment"},
	{14, "segment_since", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "since when"},
	{15, "stage", CSTN_TYPE_TEXT, DICTIONARY, 0, CODE, 0, 0, 0, stage_codes, "relationship stage"},
	{16, "stage_as_of", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "as of when"},
	{17, "service_plan_digest", CSTN_TYPE_TEXT, DICTIONARY, 0, DIGEST, 0, 0, 0, NULL, "the service it gets"},
};
static const cstn__cross customer_crosses[] = {
	{CSTN__CROSS_PERSON, CSTN__CUSTOMER_KIND, CSTN__CUSTOMER_PARTNER_ID, NULL},
};

static const cstn__field interaction_fields[] = {
	{0, "event_id", CSTN_TYPE_TEXT, REQUIRED, 1, ID, 0, 0, 0, NULL, "the interaction"},
	{1, "owner", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 2, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "the partner whose record it is; empty: the network's own"},
	{2, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{3, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{4, "customer_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, REFERENCE, CSTN__NOUN_CUSTOMER, 0, 0, NULL, "the customer"},
	{5, "kind", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, CODE, 0, 0, 0, interaction_codes, "what it was"},
	{6, "valid", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when"},
	{7, "channel", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "how"},
	{8, "order_id", CSTN_TYPE_TEXT, 0, 0, REFERENCE, CSTN__NOUN_ORDER, 0, 0, NULL, "about which order"},
	{9, "number", CSTN_TYPE_INT64, 0, 0, ANY, 0, 0, 0, NULL, "answer, on its own scale"},
	{10, "number_scale", CSTN_TYPE_INT32, 0, 0, RANGE, 0, 0, 18, NULL, "decimals of the answer"},
	{11, "scale_min", CSTN_TYPE_INT64, 0, 0, ANY, 0, 0, 0, NULL, "lowest answer"},
	{12, "scale_max", CSTN_TYPE_INT64, 0, 0, ANY, 0, 0, 0, NULL, "highest answer"},
	{13, "public", CSTN_TYPE_FLAG, 0, 0, ANY, 0, 0, 0, NULL, "a review that others can read"},
	{14, "reason", CSTN_TYPE_TEXT, DICTIONARY, 0, CODE, 0, 0, 0, interaction_reason_codes, "why"},
	{15, "weight", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 0, INT64_MAX, NULL, "weight in thousandths"},
	{16, "reference", CSTN_TYPE_TEXT, 0, 0, TEXT, 0, 0, 0, NULL, "joins what belongs together"},
	{17, "source", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "where it was noted"},
};
static const cstn__cross interaction_crosses[] = {
	{CSTN__CROSS_NOT_AFTER, CSTN__INTERACTION_SCALE_MIN, CSTN__INTERACTION_SCALE_MAX, NULL},
	{CSTN__CROSS_AT_MOST, CSTN__INTERACTION_NUMBER, CSTN__INTERACTION_SCALE_MAX, NULL},
	{CSTN__CROSS_AT_MOST, CSTN__INTERACTION_SCALE_MIN, CSTN__INTERACTION_NUMBER, NULL},
	{CSTN__CROSS_NPS, CSTN__INTERACTION_KIND, CSTN__INTERACTION_NUMBER, NULL},
	{CSTN__CROSS_NPS_WHOLE, CSTN__INTERACTION_KIND, CSTN__INTERACTION_NUMBER_SCALE, NULL},
};

static const cstn__field consent_fields[] = {
	{0, "consent_id", CSTN_TYPE_TEXT, REQUIRED, 1, ID, 0, 0, 0, NULL, "the row"},
	{1, "owner", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 2, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "the partner whose record it is; empty: the network's own"},
	{2, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{3, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{4, "customer_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, REFERENCE, CSTN__NOUN_CUSTOMER, 0, 0, NULL, "the customer"},
	{5, "purpose", CSTN_TYPE_INT32, REQUIRED, 0, PURPOSE, 0, 0, 0, NULL, "1 fulfil, 2 service feedback, 3 analytics, 4 marketing, 5 share, 6 research, from 1000 your own"},
	{6, "constellation_id", CSTN_TYPE_TEXT, DICTIONARY, 0, REFERENCE, CSTN__NOUN_CONSTELLATION, 0, 0, NULL, "with whom it may be shared"},
	{7, "basis", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, CODE, 0, 0, 0, basis_codes, "legal basis"},
	{8, "state", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, CODE, 0, 0, 0, consent_state_codes, "granted, refused or withdrawn"},
	{9, "valid_from", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "since when"},
	{10, "valid_until", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "until when; none: no end"},
	{11, "evidence", CSTN_TYPE_TEXT, 0, 0, DIGEST, 0, 0, 0, NULL, "SHA-256 of the evidence"},
	{12, "source", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "where it was given"},
};
static const cstn__cross consent_crosses[] = {
	{CSTN__CROSS_BEFORE, CSTN__CONSENT_VALID_FROM, CSTN__CONSENT_VALID_UNTIL, NULL},
	{CSTN__CROSS_SHARE, CSTN__CONSENT_PURPOSE, CSTN__CONSENT_CONSTELLATION_ID, NULL},
};

static const cstn__field partner_identifier_fields[] = {
	{0, "partner_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 1, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "the company"},
	{1, "scheme", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 2, CODE, 0, 0, 0, scheme_codes, "kind of identifier"},
	{2, "identifier", CSTN_TYPE_TEXT, REQUIRED, 3, ID, 0, 0, 0, NULL, "its text"},
	{3, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{4, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{5, "from", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "since when"},
	{6, "until", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "until when; none: no end"},
};
static const cstn__cross partner_identifier_crosses[] = {
	{CSTN__CROSS_SCHEME, CSTN__PARTNER_IDENTIFIER_SCHEME, CSTN__PARTNER_IDENTIFIER_IDENTIFIER, NULL},
	{CSTN__CROSS_BEFORE, CSTN__PARTNER_IDENTIFIER_FROM, CSTN__PARTNER_IDENTIFIER_UNTIL, NULL},
};

static const cstn__field partner_attribute_fields[] = {
	{0, "partner_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 1, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "the company"},
	{1, "name", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 2, ID, 0, 0, 0, NULL, "what is said, as esg_score"},
	{2, "source", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 3, ID, 0, 0, 0, NULL, "who says so"},
	{3, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{4, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{5, "value", CSTN_TYPE_DOUBLE, 0, 0, ANY, 0, 0, 0, NULL, "as a number"},
	{6, "text", CSTN_TYPE_TEXT, 0, 0, TEXT, 0, 0, 0, NULL, "in words"},
	{7, "scale_min", CSTN_TYPE_DOUBLE, 0, 0, ANY, 0, 0, 0, NULL, "lowest value"},
	{8, "scale_max", CSTN_TYPE_DOUBLE, 0, 0, ANY, 0, 0, 0, NULL, "highest value"},
	{9, "year", CSTN_TYPE_INT32, 0, 0, RANGE, 0, 1900, 9999, NULL, "of the data"},
	{10, "version", CSTN_TYPE_TEXT, 0, 0, TEXT, 0, 0, 0, NULL, "of the data"},
	{11, "valid", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "as of when"},
};
static const cstn__cross partner_attribute_crosses[] = {
	{CSTN__CROSS_ONE_OF, CSTN__PARTNER_ATTRIBUTE_VALUE, CSTN__PARTNER_ATTRIBUTE_TEXT, NULL},
};

static const cstn__field deletion_fields[] = {
	{0, "noun", CSTN_TYPE_INT32, REQUIRED, 0, ANY, 0, 0, 0, NULL, "number of the noun"},
	{1, "key", CSTN_TYPE_TEXT, REQUIRED, 0, ANY, 0, 0, 0, NULL, ""},
	{2, "key_2", CSTN_TYPE_TEXT, REQUIRED, 0, ANY, 0, 0, 0, NULL, ""},
	{3, "key_3", CSTN_TYPE_TEXT, REQUIRED, 0, ANY, 0, 0, 0, NULL, ""},
	{4, "key_4", CSTN_TYPE_TEXT, REQUIRED, 0, ANY, 0, 0, 0, NULL, ""},
	{5, "key_5", CSTN_TYPE_TEXT, REQUIRED, 0, ANY, 0, 0, 0, NULL, ""},
	{6, "key_6", CSTN_TYPE_TEXT, REQUIRED, 0, ANY, 0, 0, 0, NULL, ""},
	{7, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
};

static const cstn__field line_total_fields[] = {
	{0, "order_id", CSTN_TYPE_TEXT, REQUIRED, 1, ANY, 0, 0, 0, NULL, ""},
	{1, "owner", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 2, ANY, 0, 0, 0, NULL, ""},
	{2, "line_number", CSTN_TYPE_INT32, REQUIRED, 3, ANY, 0, 0, 0, NULL, ""},
	{3, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{4, "shipped", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, ""},
	{5, "returned", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, ""},
};

/* What may follow each state, by the order of the codes above: an order goes forward, over states too; it is
 * cancelled before it is delivered, and then stays so. */
static const uint32_t order_next[] = {
	0xfe, /* draft */
	0xfc, /* placed */
	0xf8, /* accepted */
	0xf0, /* in_fulfilment */
	0xe0, /* shipped */
	0x40, /* delivered */
	0x00, /* closed */
	0x00, /* cancelled */
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

static const cstn__noun nouns[] = {
	{CSTN__NOUN_PARTNER, CSTN__TABLE_KEYED, "partner", "a company, whatever its relation to others", partner_fields, COUNT(partner_fields), 1, 1, 0, -1, NULL, partner_crosses, COUNT(partner_crosses)},
	{CSTN__NOUN_CONSTELLATION, CSTN__TABLE_KEYED, "constellation", "companies that make value together, under rules of their own", constellation_fields, COUNT(constellation_fields), 1, 1, 0, -1, NULL, constellation_crosses, COUNT(constellation_crosses)},
	{CSTN__NOUN_MEMBERSHIP, CSTN__TABLE_KEYED, "membership", "a company's part in a constellation", membership_fields, COUNT(membership_fields), 2, 2, 0, -1, NULL, membership_crosses, COUNT(membership_crosses)},
	{CSTN__NOUN_RELATION, CSTN__TABLE_KEYED, "relation", "what one company declares another to be, inside one constellation", relation_fields, COUNT(relation_fields), 3, 3, 0, -1, NULL, relation_crosses, COUNT(relation_crosses)},
	{CSTN__NOUN_PURPOSE, CSTN__TABLE_KEYED, "purpose", "a node of a constellation's graph of purposes; a purpose covers those below it", purpose_fields, COUNT(purpose_fields), 3, 3, 0, -1, NULL, purpose_crosses, COUNT(purpose_crosses)},
	{CSTN__NOUN_ITEM, CSTN__TABLE_KEYED, "item", "a product", item_fields, COUNT(item_fields), 2, 2, 0, -1, NULL, item_crosses, COUNT(item_crosses)},
	{CSTN__NOUN_LOCATION, CSTN__TABLE_KEYED, "location", "a place where goods are made, kept, handed over or received", location_fields, COUNT(location_fields), 2, 2, 0, -1, NULL, location_crosses, COUNT(location_crosses)},
	{CSTN__NOUN_ORDER, CSTN__TABLE_KEYED, "order", "what a buyer wants of a seller, line by line", order_fields, COUNT(order_fields), 2, 2, 1, CSTN__ORDER_STATE, order_next, order_crosses, COUNT(order_crosses)},
	{CSTN__NOUN_ORDER_REVISION, CSTN__TABLE_KEYED, "order_revision", "a change of an order, who began it and whether both agreed", order_revision_fields, COUNT(order_revision_fields), 3, 3, 0, -1, NULL, NULL, 0},
	{CSTN__NOUN_SHIPMENT, CSTN__TABLE_KEYED, "shipment", "goods on their way together", shipment_fields, COUNT(shipment_fields), 2, 2, 1, CSTN__SHIPMENT_STATE, shipment_next, shipment_crosses, COUNT(shipment_crosses)},
	{CSTN__NOUN_SHIPMENT_LEG, CSTN__TABLE_KEYED, "shipment_leg", "a part of a shipment's way", shipment_leg_fields, COUNT(shipment_leg_fields), 3, 3, 0, -1, NULL, shipment_leg_crosses, COUNT(shipment_leg_crosses)},
	{CSTN__NOUN_SHIPMENT_DOCUMENT, CSTN__TABLE_KEYED, "shipment_document", "a document of a shipment and its state", shipment_document_fields, COUNT(shipment_document_fields), 3, 3, 0, -1, NULL, NULL, 0},
	{CSTN__NOUN_EVENT, CSTN__TABLE_APPEND, "event", "something that was planned, estimated or seen to happen", event_fields, COUNT(event_fields), 2, 2, 0, -1, NULL, event_crosses, COUNT(event_crosses)},
	{CSTN__NOUN_RETURN, CSTN__TABLE_KEYED, "return", "goods that come back", return_fields, COUNT(return_fields), 2, 2, 0, -1, NULL, return_crosses, COUNT(return_crosses)},
	{CSTN__NOUN_INVENTORY, CSTN__TABLE_KEYED, "inventory", "stock of a product at a place, as a snapshot or a numbered change", inventory_fields, COUNT(inventory_fields), 6, 6, 0, -1, NULL, NULL, 0},
	{CSTN__NOUN_CUSTOMER, CSTN__TABLE_KEYED, "customer", "a person or organisation that buys; personal data is not held here", customer_fields, COUNT(customer_fields), 2, 2, 0, -1, NULL, customer_crosses, COUNT(customer_crosses)},
	{CSTN__NOUN_INTERACTION, CSTN__TABLE_APPEND, "interaction", "what passed between a customer and us", interaction_fields, COUNT(interaction_fields), 2, 2, 0, -1, NULL, interaction_crosses, COUNT(interaction_crosses)},
	{CSTN__NOUN_CONSENT, CSTN__TABLE_APPEND, "consent", "what a customer allows, for one purpose", consent_fields, COUNT(consent_fields), 2, 2, 0, -1, NULL, consent_crosses, COUNT(consent_crosses)},
	{CSTN__NOUN_PARTNER_IDENTIFIER, CSTN__TABLE_KEYED, "partner_identifier", "one of a company's identifiers", partner_identifier_fields, COUNT(partner_identifier_fields), 3, 3, 0, -1, NULL, partner_identifier_crosses, COUNT(partner_identifier_crosses)},
	{CSTN__NOUN_PARTNER_ATTRIBUTE, CSTN__TABLE_KEYED, "partner_attribute", "what a source says of a company: an ESG score, a risk score, a country of trust", partner_attribute_fields, COUNT(partner_attribute_fields), 3, 3, 0, -1, NULL, partner_attribute_crosses, COUNT(partner_attribute_crosses)},
	{CSTN__NOUN_DELETION, CSTN__TABLE_APPEND, "deletion", "a record that ceased to be", deletion_fields, COUNT(deletion_fields), 0, 7, 0, -1, NULL, NULL, 0},
	{CSTN__NOUN_LINE_TOTAL, CSTN__TABLE_KEYED, "line_total", "quantities of an order line that shipments and returns hold", line_total_fields, COUNT(line_total_fields), 3, 3, 0, -1, NULL, NULL, 0},
};
/* clang-format on */
#define PUBLIC_NOUNS (COUNT(nouns) - 2)

/* Names under which customers' personal data come; they wait for the vault. */
static const char *const personal[] = {"name", "given_name", "family_name", "first_name",
		"last_name", "full_name", "email", "e_mail", "phone", "telephone", "address",
		"address_1", "address_2", "street", "city", "postcode", "zip", "birth_date",
		"date_of_birth", "tax_id", "bank_reference", "iban", "free_text", "text", NULL};

size_t cstn__nouns(const cstn__noun **out, size_t *n_public)
{
	*out = nouns;
	if (n_public)
		*n_public = PUBLIC_NOUNS;
	return COUNT(nouns);
}

const cstn__noun *cstn__noun_get(uint32_t id)
{
	for (size_t i = 0; i < COUNT(nouns); i++)
		if (nouns[i].id == id)
			return &nouns[i];
	return NULL;
}

const cstn__noun *cstn__noun_named(const char *name)
{
	for (size_t i = 0; i < PUBLIC_NOUNS; i++)
		if (strcmp(nouns[i].name, name) == 0)
			return &nouns[i];
	return NULL;
}

const cstn__field *cstn__noun_field(const cstn__noun *noun, const char *name)
{
	for (size_t i = 0; i < noun->n_fields; i++)
		if (strcmp(noun->fields[i].name, name) == 0)
			return &noun->fields[i];
	return NULL;
}

const cstn__field *cstn__noun_key_field(const cstn__noun *noun, uint32_t place)
{
	for (size_t i = 0; i < noun->n_fields; i++)
		if (noun->fields[i].key == place)
			return &noun->fields[i];
	return NULL;
}

cstn_status cstn__noun_find(const char *name, const cstn__noun **out, cstn_error **error)
{
	const char *names[PUBLIC_NOUNS];
	const cstn__noun *noun;
	int32_t similar;

	if (!name)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "noun is NULL");
	noun = cstn__noun_named(name);
	if (noun) {
		*out = noun;
		return CSTN_OK;
	}
	for (size_t i = 0; i < PUBLIC_NOUNS; i++)
		names[i] = nouns[i].name;
	similar = cstn__text_similar(name, names, PUBLIC_NOUNS);
	return cstn__fail(error, CSTN_E_NOT_FOUND, "there is no noun '%.64s'%s%s", name,
			similar < 0 ? "" : "; similar: ", similar < 0 ? "" : names[similar]);
}

int cstn__is_personal(const cstn__noun *noun, const char *name)
{
	if (noun->id != CSTN__NOUN_CUSTOMER && noun->id != CSTN__NOUN_INTERACTION)
		return 0;
	for (size_t i = 0; personal[i]; i++)
		if (strcmp(personal[i], name) == 0)
			return 1;
	return 0;
}

cstn_status cstn__field_find(const cstn__noun *noun, const char *name, const cstn__field **out,
		cstn_error **error)
{
	const char *names[128];
	const cstn__field *field;
	int32_t similar;
	size_t n = 0;

	if (!name)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "field is NULL");
	field = cstn__noun_field(noun, name);
	if (field) {
		*out = field;
		return CSTN_OK;
	}
	if (cstn__is_personal(noun, name))
		return cstn__fail(error, CSTN_E_UNSUPPORTED,
				"field '%.64s' of noun '%s' is personal data, which is stored only "
				"in a vault; this release has none",
				name, noun->name);
	for (; n < noun->n_fields && n < COUNT(names); n++)
		names[n] = noun->fields[n].name;
	similar = cstn__text_similar(name, names, n);
	return cstn__fail(error, CSTN_E_NOT_FOUND, "noun '%s' has no field '%.64s'%s%s", noun->name,
			name, similar < 0 ? "" : "; similar: ", similar < 0 ? "" : names[similar]);
}

int32_t cstn__field_code(const cstn__field *field, const char *text, size_t len)
{
	for (int32_t i = 0; field->codes && field->codes[i]; i++)
		if (strlen(field->codes[i]) == len && memcmp(field->codes[i], text, len) == 0)
			return i;
	return -1;
}

/* --- public ----------------------------------------------------------------------------------- */

static const cstn__field *public_field(size_t noun, size_t field)
{
	return noun < PUBLIC_NOUNS && field < nouns[noun].n_fields ? &nouns[noun].fields[field]
								   : NULL;
}

size_t cstn_noun_count(void)
{
	return PUBLIC_NOUNS;
}

const char *cstn_noun_name(size_t noun)
{
	return noun < PUBLIC_NOUNS ? nouns[noun].name : NULL;
}

size_t cstn_noun_find(const char *name)
{
	const cstn__noun *noun = name ? cstn__noun_named(name) : NULL;

	return noun ? (size_t)(noun - nouns) : SIZE_MAX;
}

const char *cstn_noun_doc(size_t noun)
{
	return noun < PUBLIC_NOUNS ? nouns[noun].doc : "";
}

int32_t cstn_noun_is_append_only(size_t noun)
{
	return noun < PUBLIC_NOUNS && nouns[noun].table_class == CSTN__TABLE_APPEND;
}

int32_t cstn_noun_has_lines(size_t noun)
{
	return noun < PUBLIC_NOUNS && nouns[noun].has_lines;
}

size_t cstn_noun_field_count(size_t noun)
{
	return noun < PUBLIC_NOUNS ? nouns[noun].n_fields : 0;
}

size_t cstn_noun_field_find(size_t noun, const char *name)
{
	const cstn__field *field =
			noun < PUBLIC_NOUNS && name ? cstn__noun_field(&nouns[noun], name) : NULL;

	return field ? field->number : SIZE_MAX;
}

const char *cstn_noun_field_name(size_t noun, size_t field)
{
	const cstn__field *found = public_field(noun, field);

	return found ? found->name : NULL;
}

int32_t cstn_noun_field_type(size_t noun, size_t field)
{
	const cstn__field *found = public_field(noun, field);

	return found ? found->type : 0;
}

int32_t cstn_noun_field_is_nullable(size_t noun, size_t field)
{
	const cstn__field *found = public_field(noun, field);

	return found && !(found->flags & REQUIRED);
}

int32_t cstn_noun_field_is_line(size_t noun, size_t field)
{
	const cstn__field *found = public_field(noun, field);

	return found && found->flags & LINE;
}

int32_t cstn_noun_field_key(size_t noun, size_t field)
{
	const cstn__field *found = public_field(noun, field);

	return found ? (int32_t)found->key : 0;
}

const char *cstn_noun_field_doc(size_t noun, size_t field)
{
	const cstn__field *found = public_field(noun, field);

	return found ? found->doc : "";
}

const char *cstn_noun_field_rule(size_t noun, size_t field)
{
	const cstn__field *found = public_field(noun, field);

	return found ? cstn__rule_words(found) : "";
}

const char *cstn_noun_field_code(size_t noun, size_t field, size_t code)
{
	const cstn__field *found = public_field(noun, field);

	for (size_t i = 0; found && found->codes && found->codes[i]; i++)
		if (i == code)
			return found->codes[i];
	return NULL;
}

const char *cstn_noun_field_refers(size_t noun, size_t field)
{
	const cstn__field *found = public_field(noun, field);

	return found && found->refers ? cstn__noun_get(found->refers)->name : "";
}
