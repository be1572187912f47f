/* Bad input, rule by rule: orders and their changes, shipments, returns, stock. */
#include <stdio.h>
#include <string.h>

#include "bad_input.h"
#include "suite.h"

#define ARGUMENT CSTN_E_INVALID_ARGUMENT
#define HEX "70a6437a3775bd759b18f8e1ab3ba82464a401e509c791bc8c8d0df62b2fc35a"
#define DAY_1 "2024-01-01T00:00:00Z"
#define DAY_2 "2024-01-02T00:00:00Z"
#define ORDER "order_id=X;seller=acme;buyer=bolts;ordered=" DAY_1 ";line_number=1;item_id=nut;qty=5"
#define REVISION \
	"order_id=O;revision=1;changed=" DAY_1 ";initiator=customer;agreed=1;field=promised"
#define SHIPMENT "shipment_id=X;from_location=dc;to_location=shop;order_id=O;line_number=1;qty=1"
#define LEG "shipment_id=S;leg=1;mode=road;from_location=dc;to_location=shop"
#define DOCUMENT "shipment_id=S;type=packing_slip;state=issued"
#define RETURN "return_id=X;order_id=O;line_number=2;qty=1;reason=size;requested=" DAY_1
#define STOCK "location_id=dc;item_id=nut;status=available;as_of=" DAY_1 ";qty=5"
#define PAST_INT64 "9223372036854775808"

/* clang-format off */
static const bad_rule rules[] = {
	/* orders: seller, buyer, time and at least one line */
	{"order", ORDER, "order_id=", NULL, ARGUMENT, "order_id", "a value is required", CSTN_ROW_NULL, NULL},
	{"order", ORDER, "order_id=@65", "order_id=@64", ARGUMENT, "order_id", "1 to 64 bytes", CSTN_ROW_LENGTH, "xxx"},
	{"order", ORDER, "seller=", NULL, ARGUMENT, "seller", "a value is required", CSTN_ROW_NULL, NULL},
	{"order", ORDER, "seller=nobody", "seller=rival", ARGUMENT, "seller", "'nobody' names a record that is not there", CSTN_ROW_REFERENCE, "nobody"},
	{"order", ORDER, "seller=jo", "seller=bolts", ARGUMENT, "seller", "'jo' names a record that is not there", CSTN_ROW_REFERENCE, "'jo'"},
	{"order", ORDER, "buyer=", NULL, ARGUMENT, "buyer", "a value is required", CSTN_ROW_NULL, NULL},
	{"order", ORDER, "buyer=nobody", "buyer=jo", ARGUMENT, "buyer", "a partner or customer", CSTN_ROW_REFERENCE, "nobody"},
	{"order", ORDER, "ordered=", NULL, ARGUMENT, "ordered", "a value is required", CSTN_ROW_NULL, NULL},
	{"order", ORDER, "owner=nobody", "owner=acme", ARGUMENT, "owner", "'nobody' names a record", CSTN_ROW_REFERENCE, "nobody"},
	{"order", ORDER, "constellation_id=c3", "constellation_id=c1", ARGUMENT, "constellation_id", "'c3' names a record", CSTN_ROW_REFERENCE, "c3"},
	{"order", ORDER, "agreement=@65", "agreement=@64", ARGUMENT, "agreement", "1 to 64 bytes", CSTN_ROW_LENGTH, "xxx"},
	{"order", ORDER, "order_policy_digest=" HEX "0", "order_policy_digest=" HEX, ARGUMENT, "order_policy_digest", "64 lower-case hexadecimal", CSTN_ROW_LENGTH, HEX},
	{"order", ORDER, "stage=friend", "stage=crisis", ARGUMENT, "stage", "(prospect, lost, dormant, crisis", CSTN_ROW_VALUE, "friend"},
	{"order", ORDER, "priority=-1", "priority=0", ARGUMENT, "priority", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"order", ORDER, "ship_to=nowhere", "ship_to=shop", ARGUMENT, "ship_to", "'nowhere' names a record", CSTN_ROW_REFERENCE, "nowhere"},
	{"order", ORDER, "fulfilment=drone", "fulfilment=locker", ARGUMENT, "fulfilment", "'drone' is none of its codes", CSTN_ROW_VALUE, "drone"},
	{"order", ORDER, "currency=eur", "currency=EUR", ARGUMENT, "currency", "ISO 4217", CSTN_ROW_UNIT, "eur"},
	{"order", ORDER, "minimum_shipment=-1", "minimum_shipment=0", ARGUMENT, "minimum_shipment", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"order", ORDER, "maximum_lateness_days=-1", "maximum_lateness_days=0", ARGUMENT, "maximum_lateness_days", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"order", ORDER, "state=lost", "state=draft", ARGUMENT, "state", "(draft, placed, accepted, in_fulfilment, shipped, delivered, closed, cancelled)", CSTN_ROW_VALUE, "lost"},

	/* a cancelled order names who began it, and no other does */
	{"order", ORDER, "state=cancelled", "state=cancelled;cancelled_by=customer", ARGUMENT, "cancelled_by", "a value is required", CSTN_ROW_NULL, NULL},
	{"order", ORDER, "state=placed;cancelled_by=customer", "state=cancelled;cancelled_by=supplier", ARGUMENT, "state", "placed (cancelled_by: customer) is another state", CSTN_ROW_VALUE, "placed (cancelled_by: customer)"},
	{"order", ORDER, "cancelled_by=customer", "state=placed;cancelled_by=", ARGUMENT, "state", "a value is required", CSTN_ROW_NULL, NULL},
	{"order", ORDER, "state=cancelled;cancelled_by=carrier", "state=cancelled;cancelled_by=customer", ARGUMENT, "cancelled_by", "(customer, supplier)", CSTN_ROW_VALUE, "carrier"},

	/* lines: number, item, quantity > 0, not more cancelled than ordered */
	{"order", ORDER, "line_number=", NULL, ARGUMENT, "line_number", "a value is required", CSTN_ROW_NULL, NULL},
	{"order", ORDER, "line_number=0", "line_number=1", ARGUMENT, "line_number", "0 is not positive", CSTN_ROW_NOT_POSITIVE, "'0'"},
	{"order", ORDER, "item_id=", NULL, ARGUMENT, "item_id", "a value is required", CSTN_ROW_NULL, NULL},
	{"order", ORDER, "item_id=washer", "item_id=nut", ARGUMENT, "item_id", "an item that is there, or a GTIN", CSTN_ROW_REFERENCE, "washer"},
	{"order", ORDER, "item_id=4006381333932", "item_id=4006381333931", ARGUMENT, "item_id", "or a GTIN", CSTN_ROW_REFERENCE, "4006381333932"},
	{"order", ORDER, "qty=", NULL, ARGUMENT, "qty", "a value is required", CSTN_ROW_NULL, NULL},
	{"order", ORDER, "qty=0", "qty=1", ARGUMENT, "qty", "0 is not positive", CSTN_ROW_NOT_POSITIVE, "'0'"},
	{"order", ORDER, "qty=-1", "qty=9223372036854775807", ARGUMENT, "qty", "-1 is not positive", CSTN_ROW_NOT_POSITIVE, "'-1'"},
	{"order", ORDER, "qty=" PAST_INT64, "qty=9223372036854775807", CSTN_E_FORMAT, "qty", "is no int64", 0, NULL},
	{"order", ORDER, "qty=1e3", "qty=1000", CSTN_E_FORMAT, "qty", "'1e3' is no int64", 0, NULL},
	{"order", ORDER, "qty_cancelled=-1;qty_cancelled_by=customer", "qty_cancelled=0", ARGUMENT, "qty_cancelled", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"order", ORDER, "qty_cancelled=6;qty_cancelled_by=customer", "qty_cancelled=5;qty_cancelled_by=customer", ARGUMENT, "qty_cancelled", "6 (qty: 5) is more than that", CSTN_ROW_RANGE, "'6 (qty: 5)'"},
	{"order", ORDER, "qty_cancelled=1", "qty_cancelled=1;qty_cancelled_by=supplier", ARGUMENT, "qty_cancelled_by", "a value is required", CSTN_ROW_NULL, NULL},
	{"order", ORDER, "qty_cancelled=1;qty_cancelled_by=us", "qty_cancelled=1;qty_cancelled_by=customer", ARGUMENT, "qty_cancelled_by", "(customer, supplier)", CSTN_ROW_VALUE, "'us'"},
	{"order", ORDER, "qty_delivered=-1", "qty_delivered=0", ARGUMENT, "qty_delivered", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"order", ORDER, "qty_due=-1", "qty_due=0", ARGUMENT, "qty_due", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"order", ORDER, "price=-1", "price=0", ARGUMENT, "price", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"order", ORDER, "value=-1", "value=0", ARGUMENT, "value", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"order", ORDER, "promised=2024-13-01T00:00:00Z", "promised=2024-12-01T00:00:00Z", CSTN_E_FORMAT, "promised", "is no timestamp", 0, NULL},
	{"order", ORDER, "status=done", "status=closed", ARGUMENT, "status", "'done' is none of its codes", CSTN_ROW_VALUE, "done"},
	{"order", ORDER, "shipments=-1", "shipments=0", ARGUMENT, "shipments", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"order", ORDER, "shipment_id=@65", "shipment_id=@64", ARGUMENT, "shipment_id", "1 to 64 bytes", CSTN_ROW_LENGTH, "xxx"},
	{"order", ORDER, "node=nowhere", "node=dc", ARGUMENT, "node", "'nowhere' names a record", CSTN_ROW_REFERENCE, "nowhere"},
	{"order", ORDER, "documents_ok=64", "documents_ok=63", ARGUMENT, "documents_ok", "64 is outside its range (0 to 63)", CSTN_ROW_RANGE, "'64'"},
	{"order", ORDER, "documents_bad=-1", "documents_bad=0", ARGUMENT, "documents_bad", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"order", ORDER, "return_reason=gone", "return_reason=short", ARGUMENT, "return_reason", "'gone' is none of its codes", CSTN_ROW_VALUE, "gone"},
	{"order", ORDER, "late_owner=weather", "late_owner=carrier", ARGUMENT, "late_owner", "'weather' is none of its codes", CSTN_ROW_VALUE, "weather"},
	{"order", ORDER, "promised_offset_minutes=1081", "promised_offset_minutes=1080", ARGUMENT, "promised_offset_minutes", "1081 is outside its range (-1080 to 1080)", CSTN_ROW_RANGE, "1081"},
	{"order", ORDER, "actual_offset_minutes=-1081", "actual_offset_minutes=-1080", ARGUMENT, "actual_offset_minutes", "-1081 is outside", CSTN_ROW_RANGE, "-1081"},
	{"order", ORDER, "policy_digest=digest", "policy_digest=" HEX, ARGUMENT, "policy_digest", "64 lower-case hexadecimal", CSTN_ROW_LENGTH, "digest"},
	{"order", ORDER, "damaged=2", "damaged=1", CSTN_E_FORMAT, "damaged", "'2' is no flag", 0, NULL},

	/* changes of an order: who began it, agreed or not, what */
	{"order_revision", REVISION, "order_id=Q", "order_id=O", ARGUMENT, "order_id", "'Q' names a record", CSTN_ROW_REFERENCE, "'Q'"},
	{"order_revision", REVISION, "revision=0", "revision=1", ARGUMENT, "revision", "0 is not positive", CSTN_ROW_NOT_POSITIVE, "'0'"},
	{"order_revision", REVISION, "initiator=", NULL, ARGUMENT, "initiator", "a value is required", CSTN_ROW_NULL, NULL},
	{"order_revision", REVISION, "initiator=weather", "initiator=carrier", ARGUMENT, "initiator", "'weather' is none of its codes", CSTN_ROW_VALUE, "weather"},
	{"order_revision", REVISION, "agreed=", "agreed=0", ARGUMENT, "agreed", "a value is required", CSTN_ROW_NULL, NULL},
	{"order_revision", REVISION, "field=", NULL, ARGUMENT, "field", "a value is required", CSTN_ROW_NULL, NULL},
	{"order_revision", REVISION, "changed=", NULL, ARGUMENT, "changed", "a value is required", CSTN_ROW_NULL, NULL},
	{"order_revision", REVISION, "line_number=0", "line_number=1", ARGUMENT, "line_number", "0 is not positive", CSTN_ROW_NOT_POSITIVE, "'0'"},

	/* shipments: from, to, contents within what is open */
	{"shipment", SHIPMENT, "shipment_id=@65", "shipment_id=@64", ARGUMENT, "shipment_id", "1 to 64 bytes", CSTN_ROW_LENGTH, "xxx"},
	{"shipment", SHIPMENT, "from_location=", NULL, ARGUMENT, "from_location", "a value is required", CSTN_ROW_NULL, NULL},
	{"shipment", SHIPMENT, "from_location=nowhere", "from_location=shop", ARGUMENT, "from_location", "'nowhere' names a record", CSTN_ROW_REFERENCE, "nowhere"},
	{"shipment", SHIPMENT, "to_location=", NULL, ARGUMENT, "to_location", "a value is required", CSTN_ROW_NULL, NULL},
	{"shipment", SHIPMENT, "to_location=nowhere", "to_location=dc", ARGUMENT, "to_location", "'nowhere' names a record", CSTN_ROW_REFERENCE, "nowhere"},
	{"shipment", SHIPMENT, "state=sunk", "state=lost", ARGUMENT, "state", "(planned, packed, departed, in_transit, arrived, out_for_delivery, delivered, attempt_failed, lost, sent_back)", CSTN_ROW_VALUE, "sunk"},
	{"shipment", SHIPMENT, "carrier=nobody", "carrier=carrier", ARGUMENT, "carrier", "'nobody' names a record", CSTN_ROW_REFERENCE, "nobody"},
	{"shipment", SHIPMENT, "mode=mule", "mode=inland_water", ARGUMENT, "mode", "'mule' is none of its codes", CSTN_ROW_VALUE, "mule"},
	{"shipment", SHIPMENT, "incoterm=DAT", "incoterm=DPU", ARGUMENT, "incoterm", "'DAT' is none of its codes", CSTN_ROW_VALUE, "DAT"},
	{"shipment", SHIPMENT, "constellation_id=c3", "constellation_id=c1", ARGUMENT, "constellation_id", "'c3' names a record", CSTN_ROW_REFERENCE, "c3"},
	{"shipment", SHIPMENT, "mass_g=-1", "mass_g=0", ARGUMENT, "mass_g", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"shipment", SHIPMENT, "volume_ml=-1", "volume_ml=0", ARGUMENT, "volume_ml", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"shipment", SHIPMENT, "planned_departure=" DAY_2 ";planned_arrival=" DAY_1, "planned_departure=" DAY_1 ";planned_arrival=" DAY_1, ARGUMENT, "planned_arrival", "2024-01-01T00:00:00Z (planned_departure: 2024-01-02T00:00:00Z) is before that", CSTN_ROW_ORDER, "(planned_departure: 2024-01-02T00:00:00Z)"},
	{"shipment", SHIPMENT, "tolerance_ppm=1000001", "tolerance_ppm=1000000", ARGUMENT, "tolerance_ppm", "1000001 is outside its range (0 to 1000000)", CSTN_ROW_RANGE, "1000001"},
	{"shipment", SHIPMENT, "tolerance_ppm=-1", "tolerance_ppm=0", ARGUMENT, "tolerance_ppm", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"shipment", SHIPMENT, "order_id=", NULL, ARGUMENT, "order_id", "a value is required", CSTN_ROW_NULL, NULL},
	{"shipment", SHIPMENT, "order_id=Q", "order_id=O", ARGUMENT, "order_id", "'Q' names a record", CSTN_ROW_REFERENCE, "'Q'"},
	{"shipment", SHIPMENT, "line_number=3", "line_number=2", ARGUMENT, "line_number", "3 names a record that is not there", CSTN_ROW_REFERENCE, "'3'"},
	{"shipment", SHIPMENT, "sscc=340123450000000016", "sscc=340123450000000017", ARGUMENT, "sscc", "has a wrong check digit", CSTN_ROW_CHECK_DIGIT, "340123450000000016"},
	{"shipment", SHIPMENT, "sscc=34012345000000001", "sscc=340123450000000017", ARGUMENT, "sscc", "18 digits", CSTN_ROW_LENGTH, "34012345000000001"},
	{"shipment", SHIPMENT, "qty=", NULL, ARGUMENT, "qty", "a value is required", CSTN_ROW_NULL, NULL},
	{"shipment", SHIPMENT, "qty=0", "qty=1", ARGUMENT, "qty", "0 is not positive", CSTN_ROW_NOT_POSITIVE, "'0'"},
	{"shipment", SHIPMENT, "qty=11", "qty=8", ARGUMENT, "qty", "11 (10 left) exceeds what the order line has open", CSTN_ROW_RANGE, "'11 (9 left)'"},
	{"shipment", SHIPMENT, "qty=11;tolerance_ppm=99999", "qty=8;tolerance_ppm=99999", ARGUMENT, "qty", "11 (10 left) exceeds", CSTN_ROW_RANGE, "left)'"},
	{"shipment", SHIPMENT, "qty=16;tolerance_ppm=500000", "qty=8;tolerance_ppm=500000", ARGUMENT, "qty", "16 (15 left) exceeds", CSTN_ROW_RANGE, "'16 (14 left)'"},
	{"shipment", SHIPMENT, "line_number=2;qty=7", "line_number=2;qty=6", ARGUMENT, "qty", "7 (6 left) exceeds", CSTN_ROW_RANGE, "'7 (6 left)'"},

	/* legs and documents of a shipment */
	{"shipment_leg", LEG, "shipment_id=T", "shipment_id=S", ARGUMENT, "shipment_id", "'T' names a record", CSTN_ROW_REFERENCE, "'T'"},
	{"shipment_leg", LEG, "leg=0", "leg=1", ARGUMENT, "leg", "0 is not positive", CSTN_ROW_NOT_POSITIVE, "'0'"},
	{"shipment_leg", LEG, "mode=", NULL, ARGUMENT, "mode", "a value is required", CSTN_ROW_NULL, NULL},
	{"shipment_leg", LEG, "mode=mule", "mode=rail", ARGUMENT, "mode", "'mule' is none of its codes", CSTN_ROW_VALUE, "mule"},
	{"shipment_leg", LEG, "from_location=nowhere", "from_location=shop", ARGUMENT, "from_location", "'nowhere' names a record", CSTN_ROW_REFERENCE, "nowhere"},
	{"shipment_leg", LEG, "to_location=nowhere", "to_location=dc", ARGUMENT, "to_location", "'nowhere' names a record", CSTN_ROW_REFERENCE, "nowhere"},
	{"shipment_leg", LEG, "distance_m=-1;distance_kind=actual", "distance_m=0;distance_kind=actual", ARGUMENT, "distance_m", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"shipment_leg", LEG, "distance_m=1", "distance_m=1;distance_kind=great_circle", ARGUMENT, "distance_kind", "a value is required", CSTN_ROW_NULL, NULL},
	{"shipment_leg", LEG, "distance_m=1;distance_kind=guessed", "distance_m=1;distance_kind=planned", ARGUMENT, "distance_kind", "'guessed' is none of its codes", CSTN_ROW_VALUE, "guessed"},
	{"shipment_leg", LEG, "operator=nobody", "operator=carrier", ARGUMENT, "operator", "'nobody' names a record", CSTN_ROW_REFERENCE, "nobody"},
	{"shipment_document", DOCUMENT, "shipment_id=T", "shipment_id=S", ARGUMENT, "shipment_id", "'T' names a record", CSTN_ROW_REFERENCE, "'T'"},
	{"shipment_document", DOCUMENT, "type=letter", "type=certificate", ARGUMENT, "type", "'letter' is none of its codes", CSTN_ROW_VALUE, "letter"},
	{"shipment_document", DOCUMENT, "state=", NULL, ARGUMENT, "state", "a value is required", CSTN_ROW_NULL, NULL},
	{"shipment_document", DOCUMENT, "state=burnt", "state=void", ARGUMENT, "state", "(received, approved, issued, rejected, void)", CSTN_ROW_VALUE, "burnt"},

	/* returns: no more than was delivered */
	{"return", RETURN, "return_id=@65", "return_id=@64", ARGUMENT, "return_id", "1 to 64 bytes", CSTN_ROW_LENGTH, "xxx"},
	{"return", RETURN, "order_id=Q", "order_id=O", ARGUMENT, "order_id", "'Q' names a record", CSTN_ROW_REFERENCE, "'Q'"},
	{"return", RETURN, "line_number=3", "line_number=1", ARGUMENT, "line_number", "3 names a record that is not there", CSTN_ROW_REFERENCE, "'3'"},
	{"return", RETURN, "qty=0", "qty=1", ARGUMENT, "qty", "0 is not positive", CSTN_ROW_NOT_POSITIVE, "'0'"},
	{"return", RETURN, "qty=4", "qty=1", ARGUMENT, "qty", "4 (3 left) exceeds what was delivered of the order line", CSTN_ROW_RANGE, "'4 (2 left)'"},
	{"return", RETURN, "reason=", NULL, ARGUMENT, "reason", "a value is required", CSTN_ROW_NULL, NULL},
	{"return", RETURN, "reason=bored", "reason=no_longer_wanted", ARGUMENT, "reason", "'bored' is none of its codes", CSTN_ROW_VALUE, "bored"},
	{"return", RETURN, "requested=", NULL, ARGUMENT, "requested", "a value is required", CSTN_ROW_NULL, NULL},
	{"return", RETURN, "channel=post", "channel=label", ARGUMENT, "channel", "(store, label, pick_up)", CSTN_ROW_VALUE, "post"},
	{"return", RETURN, "disposition=burn", "disposition=donate", ARGUMENT, "disposition", "'burn' is none of its codes", CSTN_ROW_VALUE, "burn"},
	{"return", RETURN, "received=" DAY_2 ";inspected=" DAY_1, "received=" DAY_1 ";inspected=" DAY_1, ARGUMENT, "inspected", "(received: 2024-01-02T00:00:00Z) is before that", CSTN_ROW_ORDER, "(received: 2024-01-02T00:00:00Z)"},
	{"return", RETURN, "credit_minor=-1;currency=EUR", "credit_minor=0;currency=EUR", ARGUMENT, "credit_minor", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"return", RETURN, "credit_minor=1", "credit_minor=1;currency=EUR", ARGUMENT, "currency", "a value is required", CSTN_ROW_NULL, NULL},

	/* stock */
	{"inventory", STOCK, "location_id=nowhere", "location_id=shop", ARGUMENT, "location_id", "'nowhere' names a record", CSTN_ROW_REFERENCE, "nowhere"},
	{"inventory", STOCK, "item_id=washer", "item_id=4006381333931", ARGUMENT, "item_id", "or a GTIN", CSTN_ROW_REFERENCE, "washer"},
	{"inventory", STOCK, "status=", NULL, ARGUMENT, "status", "a value is required", CSTN_ROW_NULL, NULL},
	{"inventory", STOCK, "status=stolen", "status=on_order", ARGUMENT, "status", "(available, held, damaged, in_transit, on_order)", CSTN_ROW_VALUE, "stolen"},
	{"inventory", STOCK, "as_of=", NULL, ARGUMENT, "as_of", "a value is required", CSTN_ROW_NULL, NULL},
	{"inventory", STOCK, "qty=", "qty=-5", ARGUMENT, "qty", "a value is required", CSTN_ROW_NULL, NULL},
	{"inventory", STOCK, "reserved=-1", "reserved=6", ARGUMENT, "reserved", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"inventory", STOCK, "number=-1", "number=0", ARGUMENT, "number", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"inventory", STOCK, "owner=nobody", "owner=acme", ARGUMENT, "owner", "'nobody' names a record", CSTN_ROW_REFERENCE, "nobody"},
	{"inventory", STOCK, "expiry=2024-02-30", "expiry=2024-02-29", CSTN_E_FORMAT, "expiry", "'2024-02-30' is no date", 0, NULL},
};
/* clang-format on */

BAD_RULE_TESTS(rules)

/* --- what a table of single changes cannot say ------------------------------------------------ */

static void nothing_is_put_without_lines(const char *noun, const char *head, const char *said)
{
	cstn_network *network = bad_input_network();
	char message[4096];

	ck_assert_int_eq(bad_input_put(network, noun, head, NULL, message), ARGUMENT);
	ck_assert_msg(strstr(message, said) != NULL, "'%s' in '%s'", said, message);
	cstn_network_unref(network);
}

START_TEST(an_order_and_a_shipment_have_a_line)
{
	nothing_is_put_without_lines("order", "order_id=X;seller=acme;buyer=bolts;ordered=" DAY_1,
			"an order has at least one line");
	nothing_is_put_without_lines("shipment", "shipment_id=X;from_location=dc;to_location=shop",
			"a shipment has at least one line");
}
END_TEST

static const struct state_rule {
	const char *noun, *good;
	const char *next[11]; /* by state: 1 for each state that may follow, itself too */
} state_rules[] = {
		/* draft placed accepted in_fulfilment shipped delivered closed cancelled */
		{"order", ORDER,
				{"11111111", "01111111", "00111111", "00011111", "00001111",
						"00000110", "00000010", "00000001", NULL}},
		/* planned packed departed in_transit arrived out_for_delivery delivered
		 * attempt_failed lost sent_back */
		{"shipment", SHIPMENT,
				{"1111111111", "0111111111", "0011111111", "0011111111",
						"0011111111", "0000111111", "0000001001",
						"0000111111", "0000111011", "0010100011", NULL}}};

static const char *state_code(const char *noun, size_t state)
{
	size_t number = cstn_noun_find(noun);

	return cstn_noun_field_code(number, cstn_noun_field_find(number, "state"), state);
}

static void state_change(const char *noun, size_t state, char out[96])
{
	const char *code = state_code(noun, state);

	snprintf(out, 96, "state=%s%s", code,
			strcmp(code, "cancelled") == 0 ? ";cancelled_by=customer" : "");
}

/* A network with a record of the noun in a state. */
static cstn_network *in_state(const struct state_rule *rule, size_t state)
{
	cstn_network *network = bad_input_network();
	char change[96], said[4096];

	state_change(rule->noun, state, change);
	ck_assert_int_eq(bad_input_put(network, rule->noun, rule->good, change, said), CSTN_OK);
	return network;
}

static void put_state(const struct state_rule *rule, size_t from, size_t to)
{
	cstn_status expected = rule->next[from][to] == '1' ? CSTN_OK : CSTN_E_STATE;
	cstn_network *network = in_state(rule, from);
	char change[96], said[4096], part[128];

	state_change(rule->noun, to, change);
	ck_assert_msg(bad_input_put(network, rule->noun, rule->good, change, said) == expected,
			"%s from %s: %s %s", rule->noun, state_code(rule->noun, from), change,
			said);
	snprintf(part, sizeof(part), "field 'state': '%s' is a state that cannot follow",
			state_code(rule->noun, to));
	ck_assert(expected == CSTN_OK || strstr(said, part) != NULL);
	cstn_network_unref(network);
}

static void import_state(const struct state_rule *rule, size_t from, size_t to)
{
	cstn_status expected = rule->next[from][to] == '1' ? CSTN_OK : CSTN_E_ROWS;
	cstn_network *network = in_state(rule, from);
	size_t n = bad_input_count(network, rule->noun);
	cstn_row_errors *bad = NULL;
	cstn_row_error error = {0};
	char change[96];
	cstn_status status;

	state_change(rule->noun, to, change);
	status = bad_input_import(network, rule->noun, rule->good, change, 0, &bad);
	ck_assert_msg(status == expected, "%s from %s: %s", rule->noun,
			state_code(rule->noun, from), change);
	ck_assert_uint_eq(bad_input_count(network, rule->noun), n + 2);
	if (expected != CSTN_OK) {
		ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
		ck_assert_int_eq(cstn_row_errors_at(bad, 0, &error, NULL), CSTN_OK);
		ck_assert_uint_eq(error.row, 1);
		ck_assert_int_eq(error.code, CSTN_ROW_STATE);
		ck_assert_str_eq(cstn_row_errors_column(bad, 0), "state");
		ck_assert_str_eq(cstn_row_errors_value(bad, 0), state_code(rule->noun, to));
	}
	cstn_row_errors_free(bad);
	cstn_network_unref(network);
}

START_TEST(each_state_is_followed_by_those_of_the_table_and_no_other)
{
	const struct state_rule *rule = &state_rules[_i];
	size_t n = strlen(rule->next[0]);

	ck_assert_ptr_null(state_code(rule->noun, n));
	for (size_t from = 0; from < n; from++)
		for (size_t to = 0; to < n; to++) {
			put_state(rule, from, to);
			import_state(rule, from, to);
		}
}
END_TEST

/* Line 1 has 10 open, of line 2 four are delivered and one has come back. */
static const struct {
	const char *noun, *good, *most, *more;
} bounds[] = {{"shipment", SHIPMENT, "qty=10", "qty=11"},
		{"shipment", SHIPMENT, "qty=11;tolerance_ppm=100000", "qty=11;tolerance_ppm=99999"},
		{"shipment", SHIPMENT, "qty=15;tolerance_ppm=500000",
				"qty=16;tolerance_ppm=500000"},
		{"shipment", SHIPMENT, "qty=20;tolerance_ppm=1000000",
				"qty=21;tolerance_ppm=1000000"},
		{"return", RETURN, "qty=3", "qty=4"},
		{"return", RETURN, "line_number=1;qty=10", "line_number=1;qty=11"}};

START_TEST(quantities_are_bounded_to_the_piece)
{
	cstn_network *network = bad_input_network();
	char said[4096];

	ck_assert_int_eq(bad_input_put(network, bounds[_i].noun, bounds[_i].good, bounds[_i].more,
					 said),
			ARGUMENT);
	ck_assert_msg(bad_input_put(network, bounds[_i].noun, bounds[_i].good, bounds[_i].most,
				      said) == CSTN_OK,
			"%s", said);
	cstn_network_unref(network);
}
END_TEST

START_TEST(goods_of_one_batch_are_counted_together)
{
	cstn_network *network = bad_input_network();
	cstn_row_errors *bad = NULL;
	cstn_row_error error = {0};

	/* 10 are open: two times 4 fit, the row in between is too much beside the first. */
	ck_assert_int_eq(bad_input_import(network, "shipment", SHIPMENT ";qty=4", "qty=7", 0, &bad),
			CSTN_E_ROWS);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &error, NULL), CSTN_OK);
	ck_assert_uint_eq(error.row, 1);
	ck_assert_str_eq(cstn_row_errors_value(bad, 0), "7 (6 left)");
	ck_assert_uint_eq(bad_input_count(network, "shipment"), 3);
	cstn_row_errors_free(bad);
	cstn_network_unref(network);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("network bad input goods");
	TCase *tests = tcase_create("network bad input goods");

	tcase_set_timeout(tests, 120);
	BAD_RULE_ADD(tests, rules);
	tcase_add_test(tests, an_order_and_a_shipment_have_a_line);
	tcase_add_loop_test(tests, each_state_is_followed_by_those_of_the_table_and_no_other, 0,
			(int)(sizeof(state_rules) / sizeof(state_rules[0])));
	tcase_add_loop_test(tests, quantities_are_bounded_to_the_piece, 0,
			(int)(sizeof(bounds) / sizeof(bounds[0])));
	tcase_add_test(tests, goods_of_one_batch_are_counted_together);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
