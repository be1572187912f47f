/* Customers: customer, interaction, consent.
 *
 * Rows of the table of nouns, see noun.c. A field is added by a line at the end of its noun. */
#include "network/noun_table.h"

/* clang-format off */
const char *const cstn__stage_codes[] = {"prospect", "lost", "dormant", "crisis", "struggle", "recovery", "commit", "develop", NULL};
static const char *const customer_kind_codes[] = {"person", "organisation", NULL};
static const char *const interaction_codes[] = {"nps_answer", "satisfaction", "review", "referral", "reference", "recommendation", "ticket_opened", "ticket_closed", "complaint", "exit_threat", "plan_promised", "return_fault", "return_other", "order", "order_perfect", "order_failed", "price_increase_offered", "price_increase_accepted", "price_increase_refused", "new_category", "first_choice", "not_first_choice", "contract_renewed", "contract_cancelled", "due_day", "step", NULL};
static const char *const interaction_reason_codes[] = {"damaged", "wrong_item", "not_as_described", "late", "defective", "size", "changed_mind", "other", NULL};
static const char *const basis_codes[] = {"consent", "contract", "legal_obligation", "legitimate_interest", NULL};
static const char *const consent_state_codes[] = {"granted", "refused", "withdrawn", NULL};

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
	{15, "stage", CSTN_TYPE_TEXT, DICTIONARY, 0, CODE, 0, 0, 0, cstn__stage_codes, "relationship stage"},
	{16, "stage_as_of", CSTN_TYPE_TIME, 0, 0, ANY, 0, 0, 0, NULL, "as of when"},
	{17, "service_plan_digest", CSTN_TYPE_TEXT, DICTIONARY, 0, DIGEST, 0, 0, 0, NULL, "the service it gets"},
};
static const cstn__cross customer_crosses[] = {
	{CSTN__CROSS_PERSON, CSTN__CUSTOMER_KIND, CSTN__CUSTOMER_PARTNER_ID, NULL},
};
const cstn__noun cstn__noun_customer = {CSTN__NOUN_CUSTOMER, CSTN__TABLE_KEYED, "customer", "a person or organisation that buys; personal data is not held here", customer_fields, COUNT(customer_fields), 2, 2, 0, -1, NULL, customer_crosses, COUNT(customer_crosses)};

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
const cstn__noun cstn__noun_interaction = {CSTN__NOUN_INTERACTION, CSTN__TABLE_KEYED, "interaction", "what passed between a customer and us", interaction_fields, COUNT(interaction_fields), 2, 2, 0, -1, NULL, interaction_crosses, COUNT(interaction_crosses)};

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
const cstn__noun cstn__noun_consent = {CSTN__NOUN_CONSENT, CSTN__TABLE_APPEND, "consent", "what a customer allows, for one purpose", consent_fields, COUNT(consent_fields), 2, 2, 0, -1, NULL, consent_crosses, COUNT(consent_crosses)};
