/* Service policies: the 35 questions whose answers define a perfect order, their canonical text and
 * its digest.
 *
 * One table describes every key: its values, how each is read into cstn__policy_rules, and what it
 * means. A value is accepted only in its one canonical spelling, wherever it comes from (changes,
 * builder or text), so the stored spelling is the canonical one and text and rules cannot differ.
 * Invariant: for every policy, parse(format(p)) has the bytes of p, and every text that parses is
 * the format of its policy; hence one meaning, one digest (SHA-256 of the text). Cost: O(35) a
 * policy, a few kilobytes each. */

#include "fulfilment/policy.h"

#include <assert.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

#define POLICY_KEYS 35
#define VALUE_SIZE 72 /* the longest value: "tzif:" and 64 digits */
#define TEXT_SIZE 4096
#define FIRST_LINE "cstn-service-policy 1\n"
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
static const struct policy_key KEYS[POLICY_KEYS] = {
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

struct policy_values {
	cstn__policy_rules rules;
	char values[POLICY_KEYS][VALUE_SIZE];
};

struct cstn_service_policy {
	cstn_allocator allocator;
	atomic_size_t references;
	struct policy_values is;
	uint8_t digest[CSTN_DIGEST_SIZE];
	char digest_text[2 * CSTN_DIGEST_SIZE + 1];
	size_t text_len;
	char text[TEXT_SIZE];
};

struct cstn_service_policy_builder {
	cstn_allocator allocator;
	struct policy_values is;
	uint64_t changed; /* bit i = key i was set */
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

/* Set key `index`; -1 and nothing changed when the value is not allowed in this spelling. */
static int value_set(struct policy_values *is, size_t index, const char *text, size_t len)
{
	const struct policy_key *key = &KEYS[index];
	cstn__policy_rules rules = is->rules;
	void *field = (char *)&rules + key->offset;
	int bad = -1;

	if (len >= VALUE_SIZE)
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

static void values_default(struct policy_values *is)
{
	size_t i;
	int bad;

	memset(is, 0, sizeof *is);
	for (i = 0; i < POLICY_KEYS; i++) {
		bad = value_set(is, i, KEYS[i].fallback, strlen(KEYS[i].fallback));
		assert(!bad);
		(void)bad;
	}
}

static size_t key_find(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < POLICY_KEYS; i++) {
		if (text_is(name, len, KEYS[i].name))
			return i;
	}
	return POLICY_KEYS;
}

/* --- messages ------------------------------------------------------------------------------- */

static int shown(size_t len)
{
	return (int)(len < SHOWN_BYTES ? len : SHOWN_BYTES);
}

static cstn_status fail_key(cstn_error **error, cstn_status status, const char *name, size_t len)
{
	const char *names[POLICY_KEYS];
	char copy[SHOWN_BYTES + 1];
	int32_t similar;
	size_t i;

	for (i = 0; i < POLICY_KEYS; i++)
		names[i] = KEYS[i].name;
	memcpy(copy, name, (size_t)shown(len));
	copy[shown(len)] = '\0';
	similar = cstn__text_similar(copy, names, POLICY_KEYS);
	if (similar >= 0)
		return cstn__fail(error, status, "policy has no key '%s'; similar: '%s'", copy,
				names[similar]);
	return cstn__fail(error, status, "policy has no key '%s'", copy);
}

static cstn_status fail_value(
		cstn_error **error, cstn_status status, size_t index, const char *text, size_t len)
{
	const char *hint = "";

	if (KEYS[index].kind == KIND_DOCUMENTS && len > 60)
		hint = " (all six are written 'all')";
	if (KEYS[index].kind == KIND_ZONE && len == 13 && memcmp(text + 8, "00:00", 5) == 0)
		hint = " (no offset is written 'utc')";
	return cstn__fail(error, status, "policy key '%s' cannot be '%.*s'; allowed: %s%s",
			KEYS[index].name, shown(len), text, KEYS[index].values, hint);
}

/* --- building ------------------------------------------------------------------------------- */

static void text_write(cstn_service_policy *policy)
{
	size_t at = sizeof FIRST_LINE - 1, i;

	memcpy(policy->text, FIRST_LINE, at);
	for (i = 0; i < POLICY_KEYS; i++) {
		int wrote = snprintf(policy->text + at, TEXT_SIZE - at, "%s=%s\n", KEYS[i].name,
				policy->is.values[i]);
		assert(wrote > 0 && (size_t)wrote < TEXT_SIZE - at);
		at += (size_t)wrote;
	}
	policy->text_len = at;
}

static cstn_status policy_make(const cstn_allocator *allocator, const struct policy_values *is,
		cstn_service_policy **out, cstn_error **error)
{
	cstn_service_policy *policy = cstn__alloc_zero(allocator, sizeof *policy);

	if (!policy)
		return cstn__fail_nomem(error);
	policy->allocator = *allocator;
	atomic_init(&policy->references, 1);
	policy->is = *is;
	text_write(policy);
	cstn__sha256(policy->text, policy->text_len, policy->digest);
	cstn__hex(policy->digest, CSTN_DIGEST_SIZE, policy->digest_text);
	*out = policy;
	return CSTN_OK;
}

static cstn_status change_read(struct policy_values *is, uint64_t *changed, const char *name,
		size_t name_len, const char *value, size_t value_len, cstn_error **error)
{
	size_t index = key_find(name, name_len);

	if (index == POLICY_KEYS)
		return fail_key(error, CSTN_E_INVALID_ARGUMENT, name, name_len);
	if (*changed >> index & 1)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"policy key '%s' is set twice; once is allowed", KEYS[index].name);
	if (value_set(is, index, value, value_len))
		return fail_value(error, CSTN_E_INVALID_ARGUMENT, index, value, value_len);
	*changed |= UINT64_C(1) << index;
	return CSTN_OK;
}

cstn_status cstn_service_policy_new(const char *changes, const cstn_allocator *allocator,
		cstn_service_policy **out, cstn_error **error)
{
	static const char SPACES[] = " \t\r\n";
	struct policy_values is;
	cstn_allocator own;
	uint64_t changed = 0;
	cstn_status status;
	const char *at;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__allocator_read(allocator, &own, error);
	if (status != CSTN_OK)
		return status;
	values_default(&is);
	at = changes ? changes : "";
	for (;;) {
		size_t len;
		const char *equals;

		at += strspn(at, SPACES);
		len = strcspn(at, SPACES);
		if (!len)
			break;
		equals = memchr(at, '=', len);
		if (!equals)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"policy change '%.*s' is not of the form key=value",
					shown(len), at);
		status = change_read(&is, &changed, at, (size_t)(equals - at), equals + 1,
				len - (size_t)(equals + 1 - at), error);
		if (status != CSTN_OK)
			return status;
		at += len;
	}
	return policy_make(&own, &is, out, error);
}

/* Line `number` of a canonical text holds key number - 2. */
static cstn_status line_read(struct policy_values *is, size_t number, const char *line, size_t len,
		cstn_error **error)
{
	size_t index = number - 2;
	const char *equals = memchr(line, '=', len);
	cstn_status status;

	if (!equals || !text_is(line, (size_t)(equals - line), KEYS[index].name))
		return cstn__fail(error, CSTN_E_FORMAT,
				"service policy, line %zu: '%s=...' expected, '%.*s' found", number,
				KEYS[index].name, shown(len), line);
	if (value_set(is, index, equals + 1, len - (size_t)(equals + 1 - line)) == 0)
		return CSTN_OK;
	status = fail_value(
			error, CSTN_E_FORMAT, index, equals + 1, len - (size_t)(equals + 1 - line));
	cstn__error_prefix(error, "service policy, line %zu: ", number);
	return status;
}

cstn_status cstn_service_policy_parse(const char *text, size_t len, const cstn_allocator *allocator,
		cstn_service_policy **out, cstn_error **error)
{
	const size_t first = sizeof FIRST_LINE - 1;
	struct policy_values is;
	cstn_allocator own;
	cstn_status status;
	size_t at = first, number;

	if (!out || (!text && len))
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "%s is NULL", out ? "text" : "out");
	status = cstn__allocator_read(allocator, &own, error);
	if (status != CSTN_OK)
		return status;
	if (len < first || memcmp(text, FIRST_LINE, first) != 0)
		return cstn__fail(error, CSTN_E_FORMAT,
				"service policy, line 1: 'cstn-service-policy 1' and a line feed "
				"expected");
	values_default(&is);
	for (number = 2; number < 2 + POLICY_KEYS; number++) {
		const char *line = text + at;
		const char *end = len > at ? memchr(line, '\n', len - at) : NULL;

		if (!end)
			return cstn__fail(error, CSTN_E_FORMAT,
					"service policy, line %zu: the text ends before '%s=...' "
					"and a line feed",
					number, KEYS[number - 2].name);
		status = line_read(&is, number, line, (size_t)(end - line), error);
		if (status != CSTN_OK)
			return status;
		at = (size_t)(end - text) + 1;
	}
	if (at != len)
		return cstn__fail(error, CSTN_E_FORMAT,
				"service policy, line %d: the text must end after %d keys",
				POLICY_KEYS + 2, POLICY_KEYS);
	return policy_make(&own, &is, out, error);
}

/* --- reading a policy ----------------------------------------------------------------------- */

const char *cstn_service_policy_format(const cstn_service_policy *policy, size_t *out_len)
{
	if (out_len)
		*out_len = policy ? policy->text_len : 0;
	return policy ? policy->text : "";
}

void cstn_service_policy_digest(const cstn_service_policy *policy, uint8_t out[CSTN_DIGEST_SIZE])
{
	if (policy)
		memcpy(out, policy->digest, CSTN_DIGEST_SIZE);
	else
		memset(out, 0, CSTN_DIGEST_SIZE);
}

const char *cstn_service_policy_digest_text(const cstn_service_policy *policy)
{
	return policy ? policy->digest_text : "";
}

cstn_status cstn_service_policy_get(const cstn_service_policy *policy, const char *key,
		const char **out, cstn_error **error)
{
	size_t index;

	if (!policy || !key || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!policy ? "policy"
				: !key  ? "key"
					: "out");
	index = key_find(key, strlen(key));
	if (index == POLICY_KEYS)
		return fail_key(error, CSTN_E_NOT_FOUND, key, strlen(key));
	*out = policy->is.values[index];
	return CSTN_OK;
}

size_t cstn_service_policy_key_count(void)
{
	return POLICY_KEYS;
}

const char *cstn_service_policy_key_at(size_t index)
{
	return index < POLICY_KEYS ? KEYS[index].name : NULL;
}

const char *cstn_service_policy_values_at(size_t index)
{
	return index < POLICY_KEYS ? KEYS[index].values : NULL;
}

const char *cstn_service_policy_meaning_at(size_t index)
{
	return index < POLICY_KEYS ? KEYS[index].meaning : NULL;
}

cstn_service_policy *cstn_service_policy_ref(cstn_service_policy *policy)
{
	if (policy)
		atomic_fetch_add_explicit(&policy->references, 1, memory_order_relaxed);
	return policy;
}

void cstn_service_policy_unref(cstn_service_policy *policy)
{
	cstn_allocator allocator;

	if (!policy || atomic_fetch_sub_explicit(&policy->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = policy->allocator;
	cstn__free(&allocator, policy, sizeof *policy);
}

/* Only the count changes, which is no part of what a const policy promises. */
cstn_service_policy *cstn__policy_share(const cstn_service_policy *policy)
{
	return cstn_service_policy_ref((cstn_service_policy *)(uintptr_t)policy);
}

const cstn__policy_rules *cstn__policy_rules_of(const cstn_service_policy *policy)
{
	return &policy->is.rules;
}

const cstn_allocator *cstn__policy_allocator(const cstn_service_policy *policy)
{
	return &policy->allocator;
}

/* --- builder -------------------------------------------------------------------------------- */

cstn_status cstn_service_policy_builder_new(const cstn_allocator *allocator,
		cstn_service_policy_builder **out, cstn_error **error)
{
	cstn_service_policy_builder *builder;
	cstn_allocator own;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__allocator_read(allocator, &own, error);
	if (status != CSTN_OK)
		return status;
	builder = cstn__alloc_zero(&own, sizeof *builder);
	if (!builder)
		return cstn__fail_nomem(error);
	builder->allocator = own;
	values_default(&builder->is);
	*out = builder;
	return CSTN_OK;
}

cstn_status cstn_service_policy_builder_set(cstn_service_policy_builder *builder, const char *key,
		const char *value, cstn_error **error)
{
	if (!builder || !key || !value)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				!builder ? "builder"
				: !key   ? "key"
					 : "value");
	return change_read(&builder->is, &builder->changed, key, strlen(key), value, strlen(value),
			error);
}

cstn_status cstn_service_policy_builder_build(const cstn_service_policy_builder *builder,
		cstn_service_policy **out, cstn_error **error)
{
	if (!builder || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				builder ? "out" : "builder");
	return policy_make(&builder->allocator, &builder->is, out, error);
}

void cstn_service_policy_builder_free(cstn_service_policy_builder *builder)
{
	cstn_allocator allocator;

	if (!builder)
		return;
	allocator = builder->allocator;
	cstn__free(&allocator, builder, sizeof *builder);
}
