/* Goods and where they lie: item, location, inventory.
 *
 * Rows of the table of nouns, see noun.c. A field is added by a line at the end of its noun. */
#include "network/noun_table.h"

/* clang-format off */
static const char *const location_type_codes[] = {"plant", "dc", "store", "hub", "port", "supplier_site", "customer", NULL};
static const char *const stock_status_codes[] = {"available", "held", "damaged", "in_transit", "on_order", NULL};

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
const cstn__noun cstn__noun_item = {CSTN__NOUN_ITEM, CSTN__TABLE_KEYED, "item", "a product", item_fields, COUNT(item_fields), 2, 2, 0, -1, NULL, item_crosses, COUNT(item_crosses)};

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
const cstn__noun cstn__noun_location = {CSTN__NOUN_LOCATION, CSTN__TABLE_KEYED, "location", "a place where goods are made, kept, handed over or received", location_fields, COUNT(location_fields), 2, 2, 0, -1, NULL, location_crosses, COUNT(location_crosses)};

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
const cstn__noun cstn__noun_inventory = {CSTN__NOUN_INVENTORY, CSTN__TABLE_KEYED, "inventory", "stock of a product at a place, as a snapshot or a numbered change", inventory_fields, COUNT(inventory_fields), 6, 6, 0, -1, NULL, NULL, 0};
