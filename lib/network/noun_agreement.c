/* Rows of the table of nouns: what a network keeps of the sharing of data. No public noun;
 * lib/sharing reads and writes them (sharing_rows.h). Digests are 64 hexadecimal digits, instants
 * that are compared with the terms' are plain numbers, so that all of int64 is theirs. */
#include "network/noun_table.h"

/* clang-format off */
static const cstn__field sharing_agreement_fields[] = {
	{0, "digest", CSTN_TYPE_TEXT, REQUIRED, 1, ANY, 0, 0, 0, NULL, "of its body, 64 hexadecimal digits"},
	{1, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{2, "constellation_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, ANY, 0, 0, 0, NULL, "where it holds"},
	{3, "provider_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, ANY, 0, 0, 0, NULL, "whose data"},
	{4, "recipient_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, ANY, 0, 0, 0, NULL, "who gets them"},
	{5, "parent", CSTN_TYPE_TEXT, EMPTY, 0, ANY, 0, 0, 0, NULL, "the agreement it derives from; empty: none"},
	{6, "transitions", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, "how many were applied"},
	{7, "agreement", CSTN_TYPE_TEXT, REQUIRED, 0, ANY, 0, 0, 0, NULL, "as cstn_agreement_serialize() writes it, with its terms"},
	{8, "term_parents", CSTN_TYPE_TEXT, EMPTY, 0, ANY, 0, 0, 0, NULL, "of each term 64 hexadecimal digits of the term that it derives from; empty: no parent"},
};
const cstn__noun cstn__noun_sharing_agreement = {CSTN__NOUN_SHARING_AGREEMENT, CSTN__TABLE_KEYED, "sharing_agreement", "an agreement that was signed, with what became of it", sharing_agreement_fields, COUNT(sharing_agreement_fields), 1, 1, 0, -1, NULL, NULL, 0};

static const cstn__field sharing_override_fields[] = {
	{0, "digest", CSTN_TYPE_TEXT, REQUIRED, 1, ANY, 0, 0, 0, NULL, "of the note, 64 hexadecimal digits"},
	{1, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{2, "constellation_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, ANY, 0, 0, 0, NULL, "where it holds"},
	{3, "provider_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, ANY, 0, 0, 0, NULL, "whose data"},
	{4, "recipient_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, ANY, 0, 0, 0, NULL, "who gets them"},
	{5, "note", CSTN_TYPE_TEXT, REQUIRED, 0, ANY, 0, 0, 0, NULL, "as it was signed"},
};
const cstn__noun cstn__noun_sharing_override = {CSTN__NOUN_SHARING_OVERRIDE, CSTN__TABLE_KEYED, "sharing_override", "what officers of a provider let through the firewall", sharing_override_fields, COUNT(sharing_override_fields), 1, 1, 0, -1, NULL, NULL, 0};

static const cstn__field sharing_receipt_fields[] = {
	{0, "digest", CSTN_TYPE_TEXT, REQUIRED, 1, ANY, 0, 0, 0, NULL, "of the note, 64 hexadecimal digits"},
	{1, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{2, "agreement", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, ANY, 0, 0, 0, NULL, "its digest"},
	{3, "release", CSTN_TYPE_TEXT, EMPTY, 0, ANY, 0, 0, 0, NULL, "its id; empty: of none"},
	{4, "party_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, ANY, 0, 0, 0, NULL, "who says so"},
	{5, "kind", CSTN_TYPE_INT32, REQUIRED, 0, ANY, 0, 0, 0, NULL, "CSTN_RECEIPT_..."},
	{6, "at", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was done"},
	{7, "note", CSTN_TYPE_TEXT, REQUIRED, 0, ANY, 0, 0, 0, NULL, "as it was signed"},
};
const cstn__noun cstn__noun_sharing_receipt = {CSTN__NOUN_SHARING_RECEIPT, CSTN__TABLE_KEYED, "sharing_receipt", "what a party says to have done under an agreement", sharing_receipt_fields, COUNT(sharing_receipt_fields), 1, 1, 0, -1, NULL, NULL, 0};

static const cstn__field term_usage_fields[] = {
	{0, "agreement", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 1, ANY, 0, 0, 0, NULL, "its digest"},
	{1, "term", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 2, ANY, 0, 0, 0, NULL, "its digest"},
	{2, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{3, "at", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, "the instant whose window and period the counts are of"},
	{4, "calls", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, "in the window"},
	{5, "rows", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, "in the window"},
	{6, "rows_in_all", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, "ever"},
	{7, "nano_epsilon", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, "in the period"},
};
const cstn__noun cstn__noun_term_usage = {CSTN__NOUN_TERM_USAGE, CSTN__TABLE_KEYED, "term_usage", "what of a term's limits is used", term_usage_fields, COUNT(term_usage_fields), 2, 2, 0, -1, NULL, NULL, 0};

static const cstn__field term_duty_fields[] = {
	{0, "agreement", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 1, ANY, 0, 0, 0, NULL, "its digest"},
	{1, "term", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 2, ANY, 0, 0, 0, NULL, "its digest"},
	{2, "number", CSTN_TYPE_INT64, REQUIRED, 3, ANY, 0, 0, 0, NULL, "of the duty in the term; 2^32 - 1: retention"},
	{3, "release", CSTN_TYPE_TEXT, EMPTY, 4, ANY, 0, 0, 0, NULL, "that it came of; empty: of none"},
	{4, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{5, "state", CSTN_TYPE_INT32, REQUIRED, 0, ANY, 0, 0, 0, NULL, "CSTN_DUTY_..."},
	{6, "deadline_us", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, "by when; 2^63 - 1: no deadline"},
	{7, "action", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 0, ANY, 0, 0, 0, NULL, "what is to be done"},
};
const cstn__noun cstn__noun_term_duty = {CSTN__NOUN_TERM_DUTY, CSTN__TABLE_KEYED, "term_duty", "how a duty of a term stands", term_duty_fields, COUNT(term_duty_fields), 4, 4, 0, -1, NULL, NULL, 0};

static const cstn__field term_consideration_fields[] = {
	{0, "agreement", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 1, ANY, 0, 0, 0, NULL, "its digest"},
	{1, "term", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 2, ANY, 0, 0, 0, NULL, "its digest"},
	{2, "number", CSTN_TYPE_INT64, REQUIRED, 3, ANY, 0, 0, 0, NULL, "of the consideration in the term"},
	{3, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{4, "state", CSTN_TYPE_INT32, REQUIRED, 0, ANY, 0, 0, 0, NULL, "CSTN_CONSIDERATION_..."},
	{5, "due_us", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it falls due; 2^63 - 1: the state stands"},
};
const cstn__noun cstn__noun_term_consideration = {CSTN__NOUN_TERM_CONSIDERATION, CSTN__TABLE_KEYED, "term_consideration", "how what was promised in return stands", term_consideration_fields, COUNT(term_consideration_fields), 3, 3, 0, -1, NULL, NULL, 0};

static const cstn__field delivery_fields[] = {
	{0, "constellation_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 1, ANY, 0, 0, 0, NULL, "where"},
	{1, "provider_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 2, ANY, 0, 0, 0, NULL, "whose data"},
	{2, "recipient_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 3, ANY, 0, 0, 0, NULL, "who got them"},
	{3, "class", CSTN_TYPE_INT64, REQUIRED, 4, ANY, 0, 0, 0, NULL, "one bit of CSTN_CLASS_..."},
	{4, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{5, "at", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, "the last time"},
};
const cstn__noun cstn__noun_delivery = {CSTN__NOUN_DELIVERY, CSTN__TABLE_KEYED, "delivery", "that fields of a class reached a recipient", delivery_fields, COUNT(delivery_fields), 4, 4, 0, -1, NULL, NULL, 0};

static const cstn__field conflict_set_fields[] = {
	{0, "constellation_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 1, ANY, 0, 0, 0, NULL, "where"},
	{1, "set_id", CSTN_TYPE_TEXT, REQUIRED, 2, ANY, 0, 0, 0, NULL, "its id"},
	{2, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{3, "parties", CSTN_TYPE_TEXT, EMPTY, 0, ANY, 0, 0, 0, NULL, "their ids, each with a NUL behind it"},
};
const cstn__noun cstn__noun_conflict_set = {CSTN__NOUN_CONFLICT_SET, CSTN__TABLE_KEYED, "conflict_set", "parties between which a wall stands", conflict_set_fields, COUNT(conflict_set_fields), 2, 2, 0, -1, NULL, NULL, 0};

static const cstn__field release_fields[] = {
	{0, "release_id", CSTN_TYPE_TEXT, REQUIRED, 1, ANY, 0, 0, 0, NULL, "64 hexadecimal digits"},
	{1, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{2, "constellation_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, ANY, 0, 0, 0, NULL, "where"},
	{3, "provider_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, ANY, 0, 0, 0, NULL, "whose data"},
	{4, "recipient_id", CSTN_TYPE_TEXT, REQUIRED | DICTIONARY, 0, ANY, 0, 0, 0, NULL, "who gets them"},
	{5, "state", CSTN_TYPE_INT32, REQUIRED, 0, ANY, 0, 0, 0, NULL, "open, closed or unknown"},
	{6, "session", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, "of the handle that opened it"},
	{7, "opening", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, "index of its entry in the provider's shared log"},
	{8, "at", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was opened"},
	{9, "reserved_rows", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, "that were charged; 2^63 - 1: no number"},
	{10, "rows", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, "that left"},
	{11, "batches", CSTN_TYPE_INT64, REQUIRED, 0, ANY, 0, 0, 0, NULL, "that left"},
	{12, "decision", CSTN_TYPE_TEXT, EMPTY, 0, ANY, 0, 0, 0, NULL, "digest of the decision record"},
};
const cstn__noun cstn__noun_release = {CSTN__NOUN_RELEASE, CSTN__TABLE_KEYED, "release", "data that left, or were about to", release_fields, COUNT(release_fields), 1, 1, 0, -1, NULL, NULL, 0};

static const cstn__field sharing_state_fields[] = {
	{0, "kind", CSTN_TYPE_INT32, REQUIRED, 1, ANY, 0, 0, 0, NULL, "what it is"},
	{1, "constellation_id", CSTN_TYPE_TEXT, EMPTY | DICTIONARY, 2, ANY, 0, 0, 0, NULL, "where"},
	{2, "name", CSTN_TYPE_TEXT, EMPTY, 3, ANY, 0, 0, 0, NULL, "whose"},
	{3, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
	{4, "bytes", CSTN_TYPE_TEXT, EMPTY, 0, ANY, 0, 0, 0, NULL, ""},
};
const cstn__noun cstn__noun_sharing_state = {CSTN__NOUN_SHARING_STATE, CSTN__TABLE_KEYED, "sharing_state", "what a release keeps for the next", sharing_state_fields, COUNT(sharing_state_fields), 3, 3, 0, -1, NULL, NULL, 0};
/* clang-format on */
