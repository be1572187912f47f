/* What the sharing of data rests on: keys of parties, classes of fields, roles of members, floors
 * and witnesses of a constellation.
 *
 * Rows of the table of nouns, see noun.c. A field is added by a line at the end of its noun. */
#include "network/noun_table.h"

/* clang-format off */
static const char *const use_codes[] = {"sign", "officer", "witness", NULL};
static const char *const role_codes[] = {"owner", "supplier", "buyer", "carrier", "warehouse", "service", "observer", "witness", "other", NULL};

static const cstn__field verifier_fields[] = {
	{0, "partner_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 1, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "whose key it is"},
	{1, "use", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 2, CODE, 0, 0, 0, use_codes, "what it signs"},
	{2, "verifier", CSTN_TYPE_TEXT, REQUIRED, 3, TEXT, 0, 0, 0, NULL, "the public key, as name+id+key"},
	{3, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{4, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{5, "from", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "since when it holds"},
	{6, "until", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "until when; none: no end"},
};
static const cstn__cross verifier_crosses[] = {
	{CSTN__CROSS_BEFORE, CSTN__VERIFIER_FROM, CSTN__VERIFIER_UNTIL, NULL},
};
const cstn__noun cstn__noun_verifier = {CSTN__NOUN_VERIFIER, CSTN__TABLE_KEYED, "verifier", "a public key of a company as a signatory, and when it holds", verifier_fields, COUNT(verifier_fields), 3, 3, 0, -1, NULL, verifier_crosses, COUNT(verifier_crosses)};

static const cstn__field field_class_fields[] = {
	{0, "constellation_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 1, REFERENCE, CSTN__NOUN_CONSTELLATION, 0, 0, NULL, "where it holds"},
	{1, "path", CSTN_TYPE_TEXT, REQUIRED, 2, TEXT, 0, 0, 0, NULL, "the field, as order.qty, or a noun's order.*"},
	{2, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{3, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{4, "classes", CSTN_TYPE_INT64, REQUIRED, 0, RANGE, 0, 1, 63, NULL, "the sum of 1 public, 2 operational, 4 competitive, 8 personal, 16 quasi-identifier, 32 special"},
};
const cstn__noun cstn__noun_field_class = {CSTN__NOUN_FIELD_CLASS, CSTN__TABLE_KEYED, "field_class", "what kind of data a field is in a constellation; without one it is competitive and personal", field_class_fields, COUNT(field_class_fields), 2, 2, 0, -1, NULL, NULL, 0};

static const cstn__field member_role_fields[] = {
	{0, "partner_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 1, REFERENCE, CSTN__NOUN_PARTNER, 0, 0, NULL, "the company"},
	{1, "constellation_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 2, REFERENCE, CSTN__NOUN_CONSTELLATION, 0, 0, NULL, "the constellation"},
	{2, "role", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 3, CODE, 0, 0, 0, role_codes, "one of its roles there"},
	{3, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{4, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{5, "from", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "since when"},
	{6, "until", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "until when; none: no end"},
};
static const cstn__cross member_role_crosses[] = {
	{CSTN__CROSS_BEFORE, CSTN__MEMBER_ROLE_FROM, CSTN__MEMBER_ROLE_UNTIL, NULL},
};
const cstn__noun cstn__noun_member_role = {CSTN__NOUN_MEMBER_ROLE, CSTN__TABLE_KEYED, "member_role", "a role of a company in a constellation; it may have several", member_role_fields, COUNT(member_role_fields), 3, 3, 0, -1, NULL, member_role_crosses, COUNT(member_role_crosses)};

static const cstn__field sharing_policy_fields[] = {
	{0, "constellation_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 1, REFERENCE, CSTN__NOUN_CONSTELLATION, 0, 0, NULL, "where it holds"},
	{1, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{2, "source_system", CSTN_TYPE_TEXT, DICTIONARY, 0, TEXT, 0, 0, 0, NULL, "the system it came from"},
	{3, "rows_least", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 1, INT64_MAX, NULL, "rows that a cell has at least (k)"},
	{4, "values_least", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 1, INT64_MAX, NULL, "different sensitive values of a cell at least (l)"},
	{5, "closeness_permille", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 0, 1000, NULL, "distance of a cell from all at most (t)"},
	{6, "contributors_least", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 1, INT64_MAX, NULL, "companies in a cell at least, the recipient not counted"},
	{7, "share_most_permille", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 1, 1000, NULL, "share of the largest of them at most"},
	{8, "age_least_us", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 0, INT64_MAX, NULL, "age of competitive data at least"},
	{9, "wall_us", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 0, INT64_MAX, NULL, "how long a wall between competitors stands; none: no wall"},
	{10, "witnesses_least", CSTN_TYPE_INT64, 0, 0, RANGE, 0, 1, 100, NULL, "how many of its witnesses settle a checkpoint"},
};
const cstn__noun cstn__noun_sharing_policy = {CSTN__NOUN_SHARING_POLICY, CSTN__TABLE_KEYED, "sharing_policy", "the floors of a constellation and its witnesses; it may tighten what holds without, never loosen it", sharing_policy_fields, COUNT(sharing_policy_fields), 1, 1, 0, -1, NULL, NULL, 0};
/* clang-format on */
