/* The keys of a service policy: their values, how each is read into cstn__policy_rules, what it
 * means, and what is said of a key or value that is none.
 *
 * A value is accepted only in its one canonical spelling, so that the spelling that is kept and the
 * rules cannot differ. Cost: a walk over 35 keys. */
#include "fulfilment/policy_keys.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

#define SHOWN_BYTES 64 /* of a refused key or value, in a message */

enum { KIND_CHOICE, KIND_COMPONENTS, KIND_DOCUMENTS, KIND_ZONE, KIND_CALENDAR, KIND_NUMBER };

struct choice {
	const char *name;
	uint8_t code;
};

struct policy_key {
	const char *name;
	const char *fallback; /* the default value */
	uint8_t kind;
	uint8_t unset_allowed; /* KIND_NUMBER */
	uint16_t offset;       /* in cstn__policy_rules; of a uint8_t (choice) or an int64_t */
	const struct choice *choices;
	int64_t least, most; /* KIND_NUMBER */
	const char *values;
	const char *meaning;
};

static const struct choice DIRECTIONS[] = {{"outbound", 0}, {"inbound", 1}, {NULL, 0}};
static const struct choice LEVELS[] = {{"order", CSTN__LEVEL_ORDER},
		{"schedule", CSTN__LEVEL_SCHEDULE}, {"shipment", CSTN__LEVEL_SHIPMENT},
		{"line", CSTN__LEVEL_LINE}, {NULL, 0}};
static const struct choice WEIGHTS[] = {{"count", CSTN__WEIGHT_COUNT},
		{"quantity", CSTN__WEIGHT_QUANTITY}, {"value", CSTN__WEIGHT_VALUE}, {NULL, 0}};
static const struct choice CREDITS[] = {{"whole", 0}, {"unit", 1}, {NULL, 0}};
static const struct choice PERIOD_BASES[] = {{"due", CSTN__BASIS_DUE},
		{"ordered", CSTN__BASIS_ORDERED}, {"shipped", CSTN__BASIS_SHIPPED},
		{"delivered", CSTN__BASIS_DELIVERED}, {NULL, 0}};
static const struct choice PROMISE_BASES[] = {{"first_commit", CSTN__PROMISE_FIRST_COMMIT},
		{"requested", CSTN__PROMISE_REQUESTED}, {"last_commit", CSTN__PROMISE_LAST_COMMIT},
		{NULL, 0}};
static const struct choice CUSTOMER_CHANGES[] = {{"supersede", 0}, {"ignore", 1}, {NULL, 0}};
static const struct choice SUPPLIER_CHANGES[] = {{"ignore", 0}, {"supersede", 1}, {NULL, 0}};
static const struct choice ACTUAL_BASES[] = {{"delivered", CSTN__ACTUAL_DELIVERED},
		{"shipped", CSTN__ACTUAL_SHIPPED}, {"arrived", CSTN__ACTUAL_ARRIVED},
		{"accepted", CSTN__ACTUAL_ACCEPTED}, {"recorded", CSTN__ACTUAL_RECORDED},
		{NULL, 0}};
static const struct choice ATTEMPTS[] = {{"ignore", 0}, {"counts", 1}, {NULL, 0}};
static const struct choice TIME_UNITS[] = {
		{"day", CSTN__UNIT_DAY}, {"instant", CSTN__UNIT_INSTANT}, {NULL, 0}};
static const struct choice SUBSTITUTIONS[] = {{"fail", 0}, {"accept_agreed", 1}, {NULL, 0}};
static const struct choice PARTIALS[] = {{"cumulative", 0}, {"single_shipment", 1}, {NULL, 0}};
static const struct choice IN_FULL_ATS[] = {{"close", 0}, {"due", 1}, {NULL, 0}};
static const struct choice EXCLUDE_FAIL[] = {
		{"exclude", CSTN__EXCLUDE}, {"fail", CSTN__FAIL}, {NULL, 0}};
static const struct choice FAIL_EXCLUDE[] = {
		{"fail", CSTN__FAIL}, {"exclude", CSTN__EXCLUDE}, {NULL, 0}};
static const struct choice EXCLUDE_FAIL_PASS[] = {
		{"exclude", CSTN__EXCLUDE}, {"fail", CSTN__FAIL}, {"pass", CSTN__PASS}, {NULL, 0}};
static const struct choice COUNT_EXCLUDE[] = {
		{"count", CSTN__COUNT}, {"exclude", CSTN__EXCLUDE}, {NULL, 0}};
static const struct choice EVIDENCES[] = {{"exception", 0}, {"positive", 1}, {NULL, 0}};
static const struct choice RETURNS[] = {{"quality", 0}, {"none", 1}, {"all", 2}, {NULL, 0}};

static const char *const DOCUMENT_NAMES[] = {"packing_slip", "bill_of_lading", "invoice",
		"certificate", "customs", "dangerous_goods"};
#define N_DOCUMENTS (sizeof DOCUMENT_NAMES / sizeof *DOCUMENT_NAMES)
#define ALL_DOCUMENTS ((1u << N_DOCUMENTS) - 1)

#define FIELD(name) (uint16_t) offsetof(cstn__policy_rules, name)
#define CHOICE(key, fallback, field, choices, values, meaning)                              \
	{                                                                                   \
		key, fallback, KIND_CHOICE, 0, FIELD(field), choices, 0, 0, values, meaning \
	}
#define NUMBER(key, fallback, field, unset_allowed, least, most, values, meaning)           \
	{                                                                                   \
		key, fallback, KIND_NUMBER, unset_allowed, FIELD(field), NULL, least, most, \
				values, meaning                                             \
	}
#define SPECIAL(key, fallback, kind, values, meaning)                  \
	{                                                              \
		key, fallback, kind, 0, 0, NULL, 0, 0, values, meaning \
	}
#define WHOLE_NUMBER "a whole number to 9223372036854775807"

/* In canonical order. */
static const struct policy_key KEYS[CSTN__POLICY_KEYS] = {
		CHOICE("direction", "outbound", inbound, DIRECTIONS, "outbound, inbound",
				"deliveries to customers (RL.1.1), or from suppliers (RL.1.2)"),
		CHOICE("level", "order", level, LEVELS, "order, schedule, shipment, line",
				"the unit counted; schedule = the lines of one order with one "
				"promise"),
		CHOICE("weight", "count", weight, WEIGHTS, "count, quantity, value",
				"what a unit weighs: 1, its agreed quantity, or its value in minor "
				"units"),
		CHOICE("credit", "whole", credit_unit, CREDITS, "whole, unit",
				"all or nothing; or the quantity that arrived inside the window "
				"over the "
				"agreed quantity"),
		SPECIAL("components", "TFDC", KIND_COMPONENTS,
				"TFDC, any subset of it in that order",
				"what is judged: T on time, F in full, D documents, C condition"),
		CHOICE("period_basis", "due", period_basis, PERIOD_BASES,
				"due, ordered, shipped, delivered",
				"the date that puts a unit in a period"),
		CHOICE("promise_basis", "first_commit", promise_basis, PROMISE_BASES,
				"first_commit, requested, last_commit",
				"which promise counts; SCOR: the initial commitment"),
		CHOICE("customer_change", "supersede", customer_change_ignore, CUSTOMER_CHANGES,
				"supersede, ignore",
				"whether a change that the customer initiated and both agreed "
				"forms a new "
				"promise"),
		CHOICE("supplier_change", "ignore", supplier_change_supersede, SUPPLIER_CHANGES,
				"ignore, supersede",
				"whether a new promise by the supplier replaces the old"),
		CHOICE("actual_basis", "delivered", actual_basis, ACTUAL_BASES,
				"delivered, shipped, arrived, accepted, recorded",
				"which actual event is the arrival; recorded (entry in the books) "
				"is a "
				"known wrong choice"),
		CHOICE("actual_missing", "exclude", actual_missing, EXCLUDE_FAIL, "exclude, fail",
				"a line closed without the time of actual_basis"),
		CHOICE("attempt", "ignore", attempt_counts, ATTEMPTS, "ignore, counts",
				"whether the first failed attempt inside the window counts as "
				"arrival"),
		CHOICE("time_unit", "day", time_unit, TIME_UNITS, "day, instant",
				"compare calendar days in the zone, or microseconds"),
		SPECIAL("zone", "utc", KIND_ZONE,
				"utc, offset:+HH:MM or offset:-HH:MM, tzif:HEX64, event, ship_to",
				"whose day; tzif = SHA-256 of zone rules handed over as data"),
		SPECIAL("calendar", "all", KIND_CALENDAR, "all, HEX64",
				"all days, or the SHA-256 of a working calendar; a promise on a "
				"day off "
				"moves to the next working day"),
		NUMBER("early_tolerance", "unset", early_tolerance, 1, 0, INT64_MAX,
				"unset, " WHOLE_NUMBER,
				"time units before the promise that are still on time; 0 = none, "
				"unset = "
				"early is not evaluated"),
		NUMBER("late_tolerance", "0", late_tolerance, 1, 0, INT64_MAX,
				"0, " WHOLE_NUMBER ", unset",
				"time units after the promise that are still on time; unset = late "
				"is not "
				"evaluated"),
		NUMBER("over_tolerance_ppm", "0", over_ppm, 1, 0, INT64_MAX,
				"0, " WHOLE_NUMBER ", unset",
				"how much more than agreed is still in full, parts per million; "
				"unset = no "
				"upper bound"),
		NUMBER("under_tolerance_ppm", "0", under_ppm, 1, 0, 1000000,
				"0, a whole number to 1000000, unset",
				"how much less than agreed is still in full, parts per million; "
				"unset = "
				"anything at all will do"),
		CHOICE("substitution", "fail", substitution_accept_agreed, SUBSTITUTIONS,
				"fail, accept_agreed",
				"whether a substitute counts if the customer agreed to it"),
		CHOICE("partial", "cumulative", single_shipment, PARTIALS,
				"cumulative, single_shipment",
				"arrival is when the lower bound is reached over all shipments; or "
				"one "
				"shipment only"),
		CHOICE("in_full_at", "close", in_full_at_due, IN_FULL_ATS, "close, due",
				"judge the quantity at close, or what had arrived by promise and "
				"late "
				"tolerance"),
		CHOICE("customer_cancel", "exclude", customer_cancel, EXCLUDE_FAIL, "exclude, fail",
				"a line that the customer cancelled"),
		CHOICE("supplier_cancel", "fail", supplier_cancel, FAIL_EXCLUDE, "fail, exclude",
				"a line that the supplier cancelled"),
		CHOICE("customer_fault", "exclude", customer_fault, EXCLUDE_FAIL_PASS,
				"exclude, fail, pass",
				"nobody home, slot refused, wrong address given: left out, judged "
				"as it "
				"stands, or on time"),
		CHOICE("force_majeure", "count", force_majeure, COUNT_EXCLUDE, "count, exclude",
				"causes so coded"),
		CHOICE("overdue_open", "fail", overdue_open, FAIL_EXCLUDE, "fail, exclude",
				"open past promise and tolerance at the as-of time; what is not "
				"due yet is "
				"always pending"),
		SPECIAL("documents", "all", KIND_DOCUMENTS,
				"all, or a comma list of packing_slip, bill_of_lading, invoice, "
				"certificate, customs, dangerous_goods in this order",
				"which documents are demanded"),
		NUMBER("documents_within", "0", documents_within, 1, 0, INT64_MAX,
				"0, " WHOLE_NUMBER ", unset",
				"days after the goods by which they must be complete and accurate"),
		CHOICE("documents_evidence", "exception", documents_positive, EVIDENCES,
				"exception, positive",
				"documents pass unless an exception is recorded, or only with a "
				"confirmation"),
		CHOICE("condition_evidence", "exception", condition_positive, EVIDENCES,
				"exception, positive",
				"condition passes unless an exception is recorded, or only with a "
				"confirmation"),
		NUMBER("claim_window_days", "30", claim_window_days, 1, 0, INT64_MAX,
				"30, " WHOLE_NUMBER ", unset",
				"how long a verdict stays provisional and a return can change it"),
		CHOICE("returns_restate", "quality", returns_restate, RETURNS, "quality, none, all",
				"which returns change a verdict: damaged, defective, wrong "
				"configuration; "
				"none; or wrong item, short, excess and paperwork too"),
		CHOICE("unassessed", "exclude", unassessed, EXCLUDE_FAIL_PASS,
				"exclude, fail, pass",
				"a component that is demanded but has no evidence"),
		NUMBER("confidence_ppm", "950000", confidence_ppm, 0, 1, 999999,
				"950000, a whole number from 1 to 999999",
				"two-sided confidence of the intervals, parts per million"),
};

static int text_is(const char *text, size_t len, const char *wanted)
{
	return strlen(wanted) == len && memcmp(text, wanted, len) == 0;
}

/* --- reading one value -------------------------------------------------------------------- */

static int choice_read(const struct policy_key *key, const char *text, size_t len, void *field)
{
	const struct choice *choice;

	for (choice = key->choices; choice->name; choice++) {
		if (text_is(text, len, choice->name)) {
			memcpy(field, &choice->code, 1);
			return 0;
		}
	}
	return -1;
}

/* Digits without sign or leading zero. */
static int number_read(const struct policy_key *key, const char *text, size_t len, void *field)
{
	int64_t value = 0;
	size_t i;

	if (key->unset_allowed && text_is(text, len, "unset")) {
		value = CSTN__UNSET;
		memcpy(field, &value, sizeof value);
		return 0;
	}
	if (len == 0 || (len > 1 && text[0] == '0'))
		return -1;
	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
				__builtin_add_overflow(value, text[i] - '0', &value))
			return -1;
	}
	if (value < key->least || value > key->most)
		return -1;
	if (key->offset == FIELD(confidence_ppm)) {
		int32_t narrow = (int32_t)value;
		memcpy(field, &narrow, sizeof narrow);
	} else {
		memcpy(field, &value, sizeof value);
	}
	return 0;
}

static int components_read(const char *text, size_t len, cstn__policy_rules *rules)
{
	static const char LETTERS[] = "TFDC";
	uint8_t bits = 0;
	size_t i, next = 0;

	for (i = 0; i < len; i++) {
		while (next < 4 && LETTERS[next] != text[i])
			next++;
		if (next == 4)
			return -1;
		bits = (uint8_t)(bits | 1u << next++);
	}
	if (!bits)
		return -1;
	rules->components = bits;
	return 0;
}

/* All six by name would be a second spelling of `all`. */
static int documents_read(const char *text, size_t len, cstn__policy_rules *rules)
{
	uint32_t bits = 0;
	size_t next = 0, start = 0;

	if (text_is(text, len, "all")) {
		rules->documents = ALL_DOCUMENTS;
		return 0;
	}
	for (;;) {
		const char *comma = len > start ? memchr(text + start, ',', len - start) : NULL;
		size_t end = comma ? (size_t)(comma - text) : len;

		while (next < N_DOCUMENTS &&
				!text_is(text + start, end - start, DOCUMENT_NAMES[next]))
			next++;
		if (next == N_DOCUMENTS)
			return -1;
		bits |= 1u << next++;
		if (!comma)
			break;
		start = end + 1;
	}
	if (bits == ALL_DOCUMENTS)
		return -1;
	rules->documents = bits;
	return 0;
}

static int two_digits(const char *text, int32_t most, int32_t *out)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return -1;
	*out = (text[0] - '0') * 10 + (text[1] - '0');
	return *out <= most ? 0 : -1;
}

/* An offset of nothing would be a second spelling of `utc`. */
static int offset_read(const char *text, cstn__policy_rules *rules)
{
	int32_t hours, minutes, seconds;

	if ((text[0] != '+' && text[0] != '-') || text[3] != ':' ||
			two_digits(text + 1, 23, &hours) || two_digits(text + 4, 59, &minutes))
		return -1;
	seconds = hours * 3600 + minutes * 60;
	if (seconds == 0)
		return -1;
	rules->zone = CSTN__ZONE_OFFSET;
	rules->zone_offset_seconds = text[0] == '-' ? -seconds : seconds;
	return 0;
}

static int zone_read(const char *text, size_t len, cstn__policy_rules *rules)
{
	rules->zone_offset_seconds = 0;
	memset(rules->zone_digest, 0, sizeof rules->zone_digest);
	if (text_is(text, len, "utc"))
		rules->zone = CSTN__ZONE_UTC;
	else if (text_is(text, len, "event"))
		rules->zone = CSTN__ZONE_EVENT;
	else if (text_is(text, len, "ship_to"))
		rules->zone = CSTN__ZONE_SHIP_TO;
	else if (len == 13 && memcmp(text, "offset:", 7) == 0)
		return offset_read(text + 7, rules);
	else if (len == 69 && memcmp(text, "tzif:", 5) == 0 &&
			cstn__unhex(text + 5, 64, rules->zone_digest) == 0)
		rules->zone = CSTN__ZONE_TZIF;
	else
		return -1;
	return 0;
}

static int calendar_read(const char *text, size_t len, cstn__policy_rules *rules)
{
	if (text_is(text, len, "all")) {
		rules->calendar_all = 1;
		memset(rules->calendar_digest, 0, sizeof rules->calendar_digest);
		return 0;
	}
	if (len != 64 || cstn__unhex(text, len, rules->calendar_digest) != 0)
		return -1;
	rules->calendar_all = 0;
	return 0;
}

int cstn__policy_values_set(cstn__policy_values *is, size_t index, const char *text, size_t len)
{
	const struct policy_key *key = &KEYS[index];
	cstn__policy_rules rules = is->rules;
	void *field = (char *)&rules + key->offset;
	int bad = -1;

	if (len >= CSTN__POLICY_VALUE_SIZE)
		return -1;
	switch (key->kind) {
	case KIND_CHOICE:
		bad = choice_read(key, text, len, field);
		break;
	case KIND_NUMBER:
		bad = number_read(key, text, len, field);
		break;
	case KIND_COMPONENTS:
		bad = components_read(text, len, &rules);
		break;
	case KIND_DOCUMENTS:
		bad = documents_read(text, len, &rules);
		break;
	case KIND_ZONE:
		bad = zone_read(text, len, &rules);
		break;
	default:
		bad = calendar_read(text, len, &rules);
		break;
	}
	if (bad)
		return -1;
	is->rules = rules;
	memcpy(is->values[index], text, len);
	is->values[index][len] = '\0';
	return 0;
}

void cstn__policy_values_default(cstn__policy_values *is)
{
	size_t i;
	int bad;

	memset(is, 0, sizeof *is);
	for (i = 0; i < CSTN__POLICY_KEYS; i++) {
		bad = cstn__policy_values_set(is, i, KEYS[i].fallback, strlen(KEYS[i].fallback));
		assert(!bad);
		(void)bad;
	}
}

size_t cstn__policy_key_find(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < CSTN__POLICY_KEYS; i++) {
		if (text_is(name, len, KEYS[i].name))
			return i;
	}
	return CSTN__POLICY_KEYS;
}

/* --- messages ------------------------------------------------------------------------------- */

int cstn__policy_shown(size_t len)
{
	return (int)(len < SHOWN_BYTES ? len : SHOWN_BYTES);
}

cstn_status cstn__policy_fail_key(
		cstn_error **error, cstn_status status, const char *name, size_t len)
{
	const char *names[CSTN__POLICY_KEYS];
	char copy[SHOWN_BYTES + 1];
	int32_t similar;
	size_t i;

	for (i = 0; i < CSTN__POLICY_KEYS; i++)
		names[i] = KEYS[i].name;
	memcpy(copy, name, (size_t)cstn__policy_shown(len));
	copy[cstn__policy_shown(len)] = '\0';
	similar = cstn__text_similar(copy, names, CSTN__POLICY_KEYS);
	if (similar >= 0)
		return cstn__fail(error, status, "policy has no key '%s'; similar: '%s'", copy,
				names[similar]);
	return cstn__fail(error, status, "policy has no key '%s'", copy);
}

cstn_status cstn__policy_fail_value(
		cstn_error **error, cstn_status status, size_t index, const char *text, size_t len)
{
	const char *hint = "";

	if (KEYS[index].kind == KIND_DOCUMENTS && len > 60)
		hint = " (all six are written 'all')";
	if (KEYS[index].kind == KIND_ZONE && len == 13 && memcmp(text + 8, "00:00", 5) == 0)
		hint = " (no offset is written 'utc')";
	return cstn__fail(error, status, "policy key '%s' cannot be '%.*s'; allowed: %s%s",
			KEYS[index].name, cstn__policy_shown(len), text, KEYS[index].values, hint);
}

/* --- public ----------------------------------------------------------------------------------- */

size_t cstn_service_policy_key_count(void)
{
	return CSTN__POLICY_KEYS;
}

const char *cstn_service_policy_key_at(size_t index)
{
	return index < CSTN__POLICY_KEYS ? KEYS[index].name : NULL;
}

const char *cstn_service_policy_values_at(size_t index)
{
	return index < CSTN__POLICY_KEYS ? KEYS[index].values : NULL;
}

const char *cstn_service_policy_meaning_at(size_t index)
{
	return index < CSTN__POLICY_KEYS ? KEYS[index].meaning : NULL;
}
