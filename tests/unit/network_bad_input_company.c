/* Bad input, rule by rule: companies, constellations and what they are to each other, items and
 * places. */
#include "bad_input.h"
#include "suite.h"

#define ARGUMENT CSTN_E_INVALID_ARGUMENT
#define HEX_31 "70a6437a3775bd759b18f8e1ab3ba82464a401e509c791bc8c8d0df62b2fc3"
#define PARTNER "partner_id=X"
#define CONSTELLATION "constellation_id=X;owner_id=acme"
#define MEMBERSHIP "partner_id=acme;constellation_id=c1"
#define RELATION "declarer_id=acme;other_id=bolts;constellation_id=c1;relation=partner"
#define PURPOSE "purpose_id=X;constellation_id=c1;parent_id=low"
#define IDENTIFIER "partner_id=acme;scheme=vat;identifier=DE1"
#define ATTRIBUTE "partner_id=acme;name=esg_score;source=rater;value=1"
#define VERIFIER "partner_id=acme;use=sign;verifier=acme.example+1+k"
#define CLASS "constellation_id=c1;path=order.qty;classes=4"
#define MEMBER_ROLE "partner_id=acme;constellation_id=c1;role=buyer"
#define SHARING "constellation_id=c1"
#define ITEM "item_id=X"
#define LOCATION "location_id=X;type=dc;country=DE"
#define DAY_1 "2024-01-01T00:00:00Z"
#define DAY_2 "2024-01-02T00:00:00Z"
#define MOMENT_LATER "2024-01-01T00:00:00.000001Z"

/* clang-format off */
static const bad_rule rules[] = {
	/* ids: 1 to 64 bytes of UTF-8 */
	{"partner", PARTNER, "partner_id=", NULL, ARGUMENT, "partner_id", "a value is required", CSTN_ROW_NULL, NULL},
	{"partner", PARTNER, "partner_id=@0", "partner_id=y", ARGUMENT, "partner_id", "1 to 64 bytes", CSTN_ROW_LENGTH, NULL},
	{"partner", PARTNER, "partner_id=@65", "partner_id=@64", ARGUMENT, "partner_id", "1 to 64 bytes", CSTN_ROW_LENGTH, "xxx"},
	{"partner", PARTNER, "partner_id=\xc3\x28", "partner_id=\xc3\xa4", ARGUMENT, "partner_id", "is not UTF-8", 0, NULL},
	{"constellation", CONSTELLATION, "constellation_id=@65", "constellation_id=@64", ARGUMENT, "constellation_id", "1 to 64 bytes", CSTN_ROW_LENGTH, "xxx"},
	{"constellation", CONSTELLATION, "constellation_id=", NULL, ARGUMENT, "constellation_id", "a value is required", CSTN_ROW_NULL, NULL},
	{"purpose", PURPOSE, "purpose_id=@65", "purpose_id=@64", ARGUMENT, "purpose_id", "1 to 64 bytes", CSTN_ROW_LENGTH, "xxx"},
	{"purpose", PURPOSE, "parent_id=@65", "parent_id=@64", ARGUMENT, "parent_id", "1 to 64 bytes", CSTN_ROW_LENGTH, "xxx"},
	{"item", ITEM, "item_id=@65", "item_id=@64", ARGUMENT, "item_id", "1 to 64 bytes", CSTN_ROW_LENGTH, "xxx"},
	{"location", LOCATION, "location_id=@65", "location_id=@64", ARGUMENT, "location_id", "1 to 64 bytes", CSTN_ROW_LENGTH, "xxx"},
	{"location", LOCATION, "location_id=", NULL, ARGUMENT, "location_id", "a value is required", CSTN_ROW_NULL, NULL},
	{"constellation", CONSTELLATION, "framework=@65", "framework=@64", ARGUMENT, "framework", "1 to 64 bytes", CSTN_ROW_LENGTH, "xxx"},
	{"partner_identifier", IDENTIFIER, "identifier=@65", "identifier=@64", ARGUMENT, "identifier", "1 to 64 bytes", CSTN_ROW_LENGTH, "xxx"},
	{"partner_attribute", ATTRIBUTE, "name=@65", "name=@64", ARGUMENT, "name", "1 to 64 bytes", CSTN_ROW_LENGTH, "xxx"},
	{"partner_attribute", ATTRIBUTE, "source=", NULL, ARGUMENT, "source", "a value is required", CSTN_ROW_NULL, NULL},

	/* texts: at most 4,096 bytes of UTF-8 */
	{"partner", PARTNER, "name=@4097", "name=@4096", CSTN_E_LIMIT, "name", "4097 bytes, at most 4096", CSTN_ROW_LENGTH, "xxx"},
	{"partner", PARTNER, "name=\xff", "name=\xc3\xbc", ARGUMENT, "name", "is not UTF-8", 0, NULL},

	/* times: microseconds UTC that are one, of which none is INT64_MIN; null is not 0 */
	{"partner", PARTNER, "recorded=", "recorded=1970-01-01T00:00:00Z", ARGUMENT, "recorded", "a value is required", 0, NULL},
	{"partner", PARTNER, "recorded=2024-02-30T00:00:00Z", "recorded=2024-02-29T00:00:00Z", CSTN_E_FORMAT, "recorded", "'2024-02-30T00:00:00Z' is no timestamp", 0, NULL},

	/* identifiers and their check digits */
	{"partner", PARTNER, "gln=4012345000008", "gln=4012345000009", ARGUMENT, "gln", "'4012345000008' has a wrong check digit", CSTN_ROW_CHECK_DIGIT, "4012345000008"},
	{"partner", PARTNER, "gln=401234500000", "gln=4012345000009", ARGUMENT, "gln", "13 digits", CSTN_ROW_LENGTH, "401234500000"},
	{"partner", PARTNER, "gln=40123450000O9", "gln=4012345000009", ARGUMENT, "gln", "13 digits", CSTN_ROW_VALUE, "40123450000O9"},
	{"partner", PARTNER, "lei=5493001KJTIIGC8Y1R13", "lei=5493001KJTIIGC8Y1R12", ARGUMENT, "lei", "has a wrong check digit", CSTN_ROW_CHECK_DIGIT, "5493001KJTIIGC8Y1R13"},
	{"partner", PARTNER, "lei=5493001KJTIIGC8Y1R1", "lei=5493001KJTIIGC8Y1R12", ARGUMENT, "lei", "20 letters and digits", CSTN_ROW_LENGTH, "5493001KJTIIGC8Y1R1"},
	{"partner", PARTNER, "duns=15048378", "duns=150483782", ARGUMENT, "duns", "9 digits", CSTN_ROW_LENGTH, "15048378"},
	{"partner", PARTNER, "duns=15-048378", "duns=150483782", ARGUMENT, "duns", "9 digits", CSTN_ROW_VALUE, "15-048378"},
	{"item", ITEM, "gtin=4006381333932", "gtin=4006381333931", ARGUMENT, "gtin", "has a wrong check digit", CSTN_ROW_CHECK_DIGIT, "4006381333932"},
	{"item", ITEM, "gtin=400638133393", "gtin=036000291452", ARGUMENT, "gtin", "has a wrong check digit", CSTN_ROW_CHECK_DIGIT, "400638133393"},
	{"item", ITEM, "gtin=963850740", "gtin=96385074", ARGUMENT, "gtin", "8, 12, 13 or 14 digits", CSTN_ROW_LENGTH, "963850740"},
	{"location", LOCATION, "gln=4012345000001", "gln=4012345000009", ARGUMENT, "gln", "has a wrong check digit", CSTN_ROW_CHECK_DIGIT, "4012345000001"},
	{"partner_identifier", IDENTIFIER, "scheme=gln;identifier=4012345000008", "scheme=gln;identifier=4012345000009", ARGUMENT, "identifier", "has a wrong check digit", CSTN_ROW_CHECK_DIGIT, "4012345000008"},
	{"partner_identifier", IDENTIFIER, "scheme=lei;identifier=5493001KJTIIGC8Y1R13", "scheme=lei;identifier=5493001KJTIIGC8Y1R12", ARGUMENT, "identifier", "has a wrong check digit", CSTN_ROW_CHECK_DIGIT, "5493001KJTIIGC8Y1R13"},
	{"partner_identifier", IDENTIFIER, "scheme=duns;identifier=1504837820", "scheme=duns;identifier=150483782", ARGUMENT, "identifier", "has a wrong length", CSTN_ROW_LENGTH, "1504837820"},

	/* codes of standards */
	{"partner", PARTNER, "country=XX", "country=FR", ARGUMENT, "country", "'XX' is no unit, currency or country code", CSTN_ROW_UNIT, "XX"},
	{"partner", PARTNER, "country=de", "country=DE", ARGUMENT, "country", "ISO 3166", CSTN_ROW_UNIT, "de"},
	{"location", LOCATION, "country=", NULL, ARGUMENT, "country", "a value is required", CSTN_ROW_NULL, NULL},
	{"location", LOCATION, "country=EU", "country=LU", ARGUMENT, "country", "ISO 3166", CSTN_ROW_UNIT, "EU"},
	{"item", ITEM, "unit=KG", "unit=KGM", ARGUMENT, "unit", "UN/ECE Recommendation 20", CSTN_ROW_UNIT, "KG"},
	{"item", ITEM, "price_minor=1;currency=EURO", "price_minor=1;currency=EUR", ARGUMENT, "currency", "ISO 4217", CSTN_ROW_UNIT, "EURO"},
	{"location", LOCATION, "cost_minor=1;currency=XYZ", "cost_minor=1;currency=CHF", ARGUMENT, "currency", "ISO 4217", CSTN_ROW_UNIT, "XYZ"},

	/* codes of our own */
	{"partner", PARTNER, "role=friend", "role=supplier", ARGUMENT, "role", "'friend' is none of its codes (supplier, manufacturer", CSTN_ROW_VALUE, "friend"},
	{"verifier", VERIFIER, "use=seal", "use=officer", ARGUMENT, "use", "(sign, officer, witness)", CSTN_ROW_VALUE, "seal"},
	{"verifier", VERIFIER, "verifier=", NULL, ARGUMENT, "verifier", "a value is required", CSTN_ROW_NULL, NULL},
	{"verifier", VERIFIER, "from=" DAY_2 ";until=" DAY_1, "from=" DAY_1 ";until=", ARGUMENT, "until", "is not after that", CSTN_ROW_ORDER, "(from: 2024-01-02T00:00:00Z)"},
	{"verifier", VERIFIER, "partner_id=nobody", "partner_id=bolts", ARGUMENT, "partner_id", "'nobody' names a record", CSTN_ROW_REFERENCE, "nobody"},
	{"field_class", CLASS, "classes=64", "classes=63", ARGUMENT, "classes", "64", CSTN_ROW_RANGE, "'64'"},
	{"field_class", CLASS, "classes=", NULL, ARGUMENT, "classes", "a value is required", CSTN_ROW_NULL, NULL},
	{"field_class", CLASS, "constellation_id=c3", "constellation_id=c2", ARGUMENT, "constellation_id", "'c3' names a record", CSTN_ROW_REFERENCE, "c3"},
	{"member_role", MEMBER_ROLE, "role=boss", "role=witness", ARGUMENT, "role", "'boss' is none of its codes", CSTN_ROW_VALUE, "boss"},
	{"member_role", MEMBER_ROLE, "from=" DAY_2 ";until=" DAY_1, "from=" DAY_1 ";until=", ARGUMENT, "until", "is not after that", CSTN_ROW_ORDER, "(from: 2024-01-02T00:00:00Z)"},
	{"sharing_policy", SHARING, "rows_least=0", "rows_least=1", ARGUMENT, "rows_least", "0 is not positive", CSTN_ROW_NOT_POSITIVE, "'0'"},
	{"sharing_policy", SHARING, "share_most_permille=1001", "share_most_permille=1000", ARGUMENT, "share_most_permille", "1001", CSTN_ROW_RANGE, "'1001'"},
	{"sharing_policy", SHARING, "wall_us=-1", "wall_us=0", ARGUMENT, "wall_us", "-1", CSTN_ROW_NEGATIVE, "'-1'"},
	{"sharing_policy", SHARING, "witnesses_least=101", "witnesses_least=100", ARGUMENT, "witnesses_least", "101", CSTN_ROW_RANGE, "'101'"},
	{"membership", MEMBERSHIP, "role=boss", "role=observer", ARGUMENT, "role", "'boss' is none of its codes", CSTN_ROW_VALUE, "boss"},
	{"relation", RELATION, "relation=Partner", "relation=competitor", ARGUMENT, "relation", "(partner, neutral, competitor)", CSTN_ROW_VALUE, "Partner"},
	{"relation", RELATION, "relation=", NULL, ARGUMENT, "relation", "a value is required", CSTN_ROW_NULL, NULL},
	{"location", LOCATION, "type=shed", "type=hub", ARGUMENT, "type", "(plant, dc, store, hub", CSTN_ROW_VALUE, "shed"},
	{"location", LOCATION, "type=", NULL, ARGUMENT, "type", "a value is required", CSTN_ROW_NULL, NULL},
	{"partner_identifier", IDENTIFIER, "scheme=gtin", "scheme=other", ARGUMENT, "scheme", "'gtin' is none of its codes", CSTN_ROW_VALUE, "gtin"},
	{"location", LOCATION, "calendar=" HEX_31 "5", "calendar=" HEX_31 "5a", ARGUMENT, "calendar", "64 lower-case hexadecimal digits", CSTN_ROW_LENGTH, HEX_31},
	{"location", LOCATION, "calendar=" HEX_31 "5A", "calendar=" HEX_31 "5a", ARGUMENT, "calendar", "64 lower-case hexadecimal digits", CSTN_ROW_VALUE, HEX_31},

	/* numbers */
	{"constellation", CONSTELLATION, "minimum_group=0", "minimum_group=1", ARGUMENT, "minimum_group", "0 is not positive", CSTN_ROW_NOT_POSITIVE, "'0'"},
	{"item", ITEM, "quantity_exponent=7", "quantity_exponent=6", ARGUMENT, "quantity_exponent", "7 is outside its range (0 to 6)", CSTN_ROW_RANGE, "'7'"},
	{"item", ITEM, "quantity_exponent=-1", "quantity_exponent=0", ARGUMENT, "quantity_exponent", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"item", ITEM, "mass_g=-1", "mass_g=0", ARGUMENT, "mass_g", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"item", ITEM, "mass_g=9223372036854775808", "mass_g=9223372036854775807", CSTN_E_FORMAT, "mass_g", "is no int64", 0, NULL},
	{"item", ITEM, "mass_g=1.5", "mass_g=1", CSTN_E_FORMAT, "mass_g", "'1.5' is no int64", 0, NULL},
	{"item", ITEM, "volume_ml=-1", "volume_ml=0", ARGUMENT, "volume_ml", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"item", ITEM, "price_minor=-1;currency=EUR", "price_minor=0;currency=EUR", ARGUMENT, "price_minor", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"location", LOCATION, "latitude_e7=900000001;longitude_e7=0", "latitude_e7=900000000;longitude_e7=0", ARGUMENT, "latitude_e7", "900000001 is outside its range (-900000000 to 900000000)", CSTN_ROW_RANGE, "900000001"},
	{"location", LOCATION, "latitude_e7=-900000001;longitude_e7=0", "latitude_e7=-900000000;longitude_e7=0", ARGUMENT, "latitude_e7", "-900000001 is outside", CSTN_ROW_RANGE, "-900000001"},
	{"location", LOCATION, "latitude_e7=0;longitude_e7=1800000001", "latitude_e7=0;longitude_e7=1800000000", ARGUMENT, "longitude_e7", "1800000001 is outside", CSTN_ROW_RANGE, "1800000001"},
	{"location", LOCATION, "latitude_e7=0;longitude_e7=-1800000001", "latitude_e7=0;longitude_e7=-1800000000", ARGUMENT, "longitude_e7", "-1800000001 is outside", CSTN_ROW_RANGE, "-1800000001"},
	{"location", LOCATION, "cut_off_minutes=1440", "cut_off_minutes=1439", ARGUMENT, "cut_off_minutes", "1440 is outside its range (0 to 1439)", CSTN_ROW_RANGE, "1440"},
	{"location", LOCATION, "cut_off_minutes=-1", "cut_off_minutes=0", ARGUMENT, "cut_off_minutes", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"location", LOCATION, "capacity_orders=-1", "capacity_orders=0", ARGUMENT, "capacity_orders", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"location", LOCATION, "capacity_lines=-1", "capacity_lines=0", ARGUMENT, "capacity_lines", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"location", LOCATION, "capacity_units=-1", "capacity_units=0", ARGUMENT, "capacity_units", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"location", LOCATION, "cost_minor=-1;currency=EUR", "cost_minor=0;currency=EUR", ARGUMENT, "cost_minor", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"partner_attribute", ATTRIBUTE, "year=1899", "year=1900", ARGUMENT, "year", "1899 is outside its range (1900 to 9999)", CSTN_ROW_RANGE, "1899"},
	{"partner_attribute", ATTRIBUTE, "year=10000", "year=9999", ARGUMENT, "year", "10000 is outside", CSTN_ROW_RANGE, "10000"},
	{"partner_attribute", ATTRIBUTE, "value=;text=", "value=;text=AA", ARGUMENT, "text", "a value is required", CSTN_ROW_NULL, NULL},
	{"item", ITEM, "price_minor=1", "price_minor=1;currency=EUR", ARGUMENT, "currency", "a value is required", CSTN_ROW_NULL, NULL},
	{"location", LOCATION, "cost_minor=1", "cost_minor=1;currency=EUR", ARGUMENT, "currency", "a value is required", CSTN_ROW_NULL, NULL},
	{"location", LOCATION, "latitude_e7=0", "latitude_e7=0;longitude_e7=0", ARGUMENT, "longitude_e7", "a value is required", CSTN_ROW_NULL, NULL},
	{"location", LOCATION, "longitude_e7=0", "latitude_e7=0;longitude_e7=0", ARGUMENT, "latitude_e7", "a value is required", CSTN_ROW_NULL, NULL},

	/* intervals are half open: the end comes after the start */
	{"constellation", CONSTELLATION, "from=" DAY_1 ";until=" DAY_1, "from=" DAY_1 ";until=" MOMENT_LATER, ARGUMENT, "until", "2024-01-01T00:00:00Z (from: 2024-01-01T00:00:00Z) is not after that", CSTN_ROW_ORDER, "(from: 2024-01-01T00:00:00Z)"},
	{"membership", MEMBERSHIP, "from=" DAY_1 ";until=" DAY_1, "from=" DAY_1 ";until=" MOMENT_LATER, ARGUMENT, "until", "is not after that", CSTN_ROW_ORDER, "(from: 2024-01-01T00:00:00Z)"},
	{"relation", RELATION, "from=" DAY_2 ";until=" DAY_1, "from=" DAY_1 ";until=", ARGUMENT, "until", "is not after that", CSTN_ROW_ORDER, "(from: 2024-01-02T00:00:00Z)"},
	{"partner_identifier", IDENTIFIER, "from=" DAY_2 ";until=" DAY_1, "from=" DAY_1 ";until=" DAY_2, ARGUMENT, "until", "is not after that", CSTN_ROW_ORDER, "(from: 2024-01-02T00:00:00Z)"},

	/* what is named is there */
	{"partner", PARTNER, "parent_id=nobody", "parent_id=acme", ARGUMENT, "parent_id", "'nobody' names a record that is not there", CSTN_ROW_REFERENCE, "nobody"},
	{"constellation", CONSTELLATION, "owner_id=nobody", "owner_id=bolts", ARGUMENT, "owner_id", "'nobody' names a record", CSTN_ROW_REFERENCE, "nobody"},
	{"constellation", CONSTELLATION, "owner_id=", NULL, ARGUMENT, "owner_id", "a value is required", CSTN_ROW_NULL, NULL},
	{"membership", MEMBERSHIP, "partner_id=Acme", "partner_id=acme", ARGUMENT, "partner_id", "'Acme' names a record", CSTN_ROW_REFERENCE, "Acme"},
	{"membership", MEMBERSHIP, "constellation_id=c3", "constellation_id=c2", ARGUMENT, "constellation_id", "'c3' names a record", CSTN_ROW_REFERENCE, "c3"},
	{"relation", RELATION, "declarer_id=nobody", "declarer_id=rival", ARGUMENT, "declarer_id", "'nobody' names a record", CSTN_ROW_REFERENCE, "nobody"},
	{"relation", RELATION, "other_id=nobody", "other_id=rival", ARGUMENT, "other_id", "'nobody' names a record", CSTN_ROW_REFERENCE, "nobody"},
	{"relation", RELATION, "constellation_id=c3", "constellation_id=c2", ARGUMENT, "constellation_id", "'c3' names a record", CSTN_ROW_REFERENCE, "c3"},
	{"purpose", PURPOSE, "constellation_id=c3", "constellation_id=c2", ARGUMENT, "constellation_id", "'c3' names a record", CSTN_ROW_REFERENCE, "c3"},
	{"item", ITEM, "owner=nobody", "owner=acme", ARGUMENT, "owner", "'nobody' names a record", CSTN_ROW_REFERENCE, "nobody"},
	{"location", LOCATION, "owner=nobody", "owner=acme", ARGUMENT, "owner", "'nobody' names a record", CSTN_ROW_REFERENCE, "nobody"},
	{"location", LOCATION, "partner_id=nobody", "partner_id=acme", ARGUMENT, "partner_id", "'nobody' names a record", CSTN_ROW_REFERENCE, "nobody"},
	{"partner_identifier", IDENTIFIER, "partner_id=nobody", NULL, ARGUMENT, "partner_id", "'nobody' names a record", CSTN_ROW_REFERENCE, "nobody"},
	{"partner_attribute", ATTRIBUTE, "partner_id=nobody", NULL, ARGUMENT, "partner_id", "'nobody' names a record", CSTN_ROW_REFERENCE, "nobody"},

	/* nothing is its own parent, other or cover */
	{"partner", PARTNER, "parent_id=X", "parent_id=bolts", ARGUMENT, "parent_id", "X names the record itself", CSTN_ROW_VALUE, "'X'"},
	{"relation", RELATION, "other_id=acme", "other_id=bolts", ARGUMENT, "other_id", "acme names the record itself", CSTN_ROW_VALUE, "acme"},
	{"purpose", PURPOSE, "parent_id=X", "parent_id=top", ARGUMENT, "parent_id", "X names the record itself", CSTN_ROW_VALUE, "'X'"},
	{"purpose", PURPOSE, "purpose_id=top;parent_id=low", "purpose_id=low;parent_id=top", ARGUMENT, "parent_id", "'low' is itself covered by the purpose", CSTN_ROW_VALUE, "low"},
};
/* clang-format on */

BAD_RULE_TESTS(rules)

int main(void)
{
	Suite *suite = suite_create("network bad input company");
	TCase *tests = tcase_create("network bad input company");

	BAD_RULE_ADD(tests, rules);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
