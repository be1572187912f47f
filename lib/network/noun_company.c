/* Companies and what binds them: partner, constellation, membership, relation, purpose, identifiers
 * and attributes of partners.
 *
 * Rows of the table of nouns, see noun.c. A field is added by a line at the end of its noun. */
#include "network/noun_table.h"

/* clang-format off */
static const char *const role_codes[] = {"supplier", "manufacturer", "warehouse", "carrier", "forwarder", "distributor", "retailer", "customer", "service", "bank", "authority", "other", NULL};
static const char *const member_role_codes[] = {"owner", "supplier", "buyer", "carrier", "warehouse", "service", "observer", "other", NULL};
static const char *const relation_codes[] = {"partner", "neutral", "competitor", NULL};
static const char *const scheme_codes[] = {"gln", "lei", "duns", "vat", "sscc_prefix", "other", NULL};

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
const cstn__noun cstn__noun_partner = {CSTN__NOUN_PARTNER, CSTN__TABLE_KEYED, "partner", "a company, whatever its relation to others", partner_fields, COUNT(partner_fields), 1, 1, 0, -1, NULL, partner_crosses, COUNT(partner_crosses)};

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
const cstn__noun cstn__noun_constellation = {CSTN__NOUN_CONSTELLATION, CSTN__TABLE_KEYED, "constellation", "companies that make value together, under rules of their own", constellation_fields, COUNT(constellation_fields), 1, 1, 0, -1, NULL, constellation_crosses, COUNT(constellation_crosses)};

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
const cstn__noun cstn__noun_membership = {CSTN__NOUN_MEMBERSHIP, CSTN__TABLE_KEYED, "membership", "a company's part in a constellation", membership_fields, COUNT(membership_fields), 2, 2, 0, -1, NULL, membership_crosses, COUNT(membership_crosses)};

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
const cstn__noun cstn__noun_relation = {CSTN__NOUN_RELATION, CSTN__TABLE_KEYED, "relation", "what one company declares another to be, inside one constellation", relation_fields, COUNT(relation_fields), 3, 3, 0, -1, NULL, relation_crosses, COUNT(relation_crosses)};

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
const cstn__noun cstn__noun_purpose = {CSTN__NOUN_PURPOSE, CSTN__TABLE_KEYED, "purpose", "a node of a constellation's graph of purposes; a purpose covers those below it", purpose_fields, COUNT(purpose_fields), 3, 3, 0, -1, NULL, purpose_crosses, COUNT(purpose_crosses)};

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
const cstn__noun cstn__noun_partner_identifier = {CSTN__NOUN_PARTNER_IDENTIFIER, CSTN__TABLE_KEYED, "partner_identifier", "one of a company's identifiers", partner_identifier_fields, COUNT(partner_identifier_fields), 3, 3, 0, -1, NULL, partner_identifier_crosses, COUNT(partner_identifier_crosses)};

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
const cstn__noun cstn__noun_partner_attribute = {CSTN__NOUN_PARTNER_ATTRIBUTE, CSTN__TABLE_KEYED, "partner_attribute", "what a source says of a company: an ESG score, a risk score, a country of trust", partner_attribute_fields, COUNT(partner_attribute_fields), 3, 3, 0, -1, NULL, partner_attribute_crosses, COUNT(partner_attribute_crosses)};
