/* Orders: order, order_revision, return, and the totals of their lines that the network keeps.
 *
 * Rows of the table of nouns, see noun.c. A field is added by a line at the end of its noun. */
#include "network/noun_table.h"

/* clang-format off */
static const char *const order_state_codes[] = {"draft", "placed", "accepted", "in_fulfilment", "shipped", "delivered", "closed", "cancelled", NULL};
static const char *const line_status_codes[] = {"open", "closed", "cancelled_by_customer", "cancelled_by_supplier", NULL};
static const char *const side_codes[] = {"customer", "supplier", NULL};
static const char *const initiator_codes[] = {"customer", "supplier", "carrier", "warehouse", "own_office", NULL};
static const char *const fault_codes[] = {"damaged", "defective", "wrong_configuration", "wrong_item", "short", "excess", "paperwork", "other", NULL};
static const char *const owner_codes[] = {"supplier", "warehouse", "carrier", "customer", "own_office", NULL};
static const char *const return_reason_codes[] = {"damaged", "defective", "wrong_configuration", "wrong_item", "short", "excess", "paperwork", "late", "no_longer_wanted", "size", "gift", "other", NULL};
static const char *const return_channel_codes[] = {"store", "label", "pick_up", NULL};
static const char *const disposition_codes[] = {"restock", "refurbish", "repair", "second_channel", "to_vendor", "donate", "recycle", "scrap", "keep_it", NULL};
static const char *const fulfilment_codes[] = {"deliver", "ship_from_store", "bopis", "curbside", "locker", "dropship", NULL};

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
	{11, "stage", CSTN_TYPE_TEXT, DICTIONARY, 0, CODE, 0, 0, 0, cstn__stage_codes, "relationship stage of the buyer"},
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
const cstn__noun cstn__noun_order = {CSTN__NOUN_ORDER, CSTN__TABLE_KEYED, "order", "what a buyer wants of a seller, line by line", order_fields, COUNT(order_fields), 2, 2, 1, CSTN__ORDER_STATE, order_next, order_crosses, COUNT(order_crosses)};

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
const cstn__noun cstn__noun_order_revision = {CSTN__NOUN_ORDER_REVISION, CSTN__TABLE_KEYED, "order_revision", "a change of an order, who began it and whether both agreed", order_revision_fields, COUNT(order_revision_fields), 3, 3, 0, -1, NULL, NULL, 0};

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
const cstn__noun cstn__noun_return = {CSTN__NOUN_RETURN, CSTN__TABLE_KEYED, "return", "goods that come back", return_fields, COUNT(return_fields), 2, 2, 0, -1, NULL, return_crosses, COUNT(return_crosses)};

static const cstn__field line_total_fields[] = {
	{0, "order_id", CSTN_TYPE_TEXT, REQUIRED, 1, ANY, 0, 0, 0, NULL, ""},
	{1, "owner", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 2, ANY, 0, 0, 0, NULL, ""},
	{2, "line_number", CSTN_TYPE_INT32, REQUIRED, 3, ANY, 0, 0, 0, NULL, ""},
	{3, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{4, "shipped", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, ""},
	{5, "returned", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, ""},
};
const cstn__noun cstn__noun_line_total = {CSTN__NOUN_LINE_TOTAL, CSTN__TABLE_KEYED, "line_total", "quantities of an order line that shipments and returns hold", line_total_fields, COUNT(line_total_fields), 3, 3, 0, -1, NULL, NULL, 0};
