/* Entries of releases, as JSON.
 *
 * An opening says what may leave, to whom, at which level, by which terms, and what was charged for
 * it; a closing what has left. Values are nowhere in them. What cannot be told is left out: the
 * rows of a reservation without a limit, a deadline that there is not. Cost: O(fields x terms that
 * grant). */
#include "sharing/release_log.h"

#include <string.h>

#include "base/error.h"
#include "sharing/decision.h"
#include "sharing/json_fields.h"

#define DIGEST CSTN_DECISION_DIGEST_SIZE

/* Objects are built by steps of which any may fail; the first failure is kept. */
typedef struct maker {
	json_t *tree;
	int failed;
} maker;

static maker object(void)
{
	maker out = {.tree = json_object()};

	out.failed = !out.tree;
	return out;
}

/* `value` is taken. */
static void put(maker *at, const char *name, json_t *value)
{
	if (at->failed)
		json_decref(value);
	else
		at->failed = json_object_set_new(at->tree, name, value) != 0;
}

/* A number of things; beyond int64 there is none. */
static void put_count(maker *at, const char *name, uint64_t count)
{
	put(at, name, cstn__json_of_i64(count > INT64_MAX ? INT64_MAX : (int64_t)count));
}

static void put_hex(maker *at, const char *name, const uint8_t *bytes, size_t size)
{
	put(at, name, cstn__json_of_hex(bytes, size));
}

static void put_id(maker *at, const char *name, const cstn_id *id)
{
	put(at, name, json_stringn(id->text, id->len));
}

static json_t *finish(maker *at)
{
	if (!at->failed)
		return at->tree;
	json_decref(at->tree);
	return NULL;
}

/* Lists: 0, or -1 without memory; `value` is taken. */
static int append(json_t *list, json_t *value)
{
	return value && list ? json_array_append_new(list, value) : (json_decref(value), -1);
}

static void put_list(maker *at, const char *name, json_t *list, int failed)
{
	if (failed) {
		json_decref(list);
		list = NULL;
		at->failed = 1;
	}
	put(at, name, list);
}

static void put_rule(maker *at, const uint8_t *agreement, const uint8_t *term)
{
	put_hex(at, "agreement", agreement, DIGEST);
	put_hex(at, "term", term, DIGEST);
}

static cstn_status give(maker *at, json_t **out, cstn_error **error)
{
	json_t *tree = finish(at);

	if (!tree)
		return cstn__fail_nomem(error);
	*out = tree;
	return CSTN_OK;
}

/* --- an opening ------------------------------------------------------------------------------- */

static int same_rule(const cstn_decision_field *a, const cstn_decision_field *b)
{
	return memcmp(a->term, b->term, DIGEST) == 0 &&
	       memcmp(a->agreement, b->agreement, DIGEST) == 0;
}

static cstn_decision_field field_at(const cstn_decision *decision, size_t index)
{
	cstn_decision_field field = {.struct_size = sizeof(field)};

	(void)!cstn_decision_field_at(decision, index, &field, NULL);
	return field;
}

/* The fields that one term grants, of which `first` is the first. */
static json_t *grant(const cstn_decision *decision, size_t first)
{
	cstn_decision_field head = field_at(decision, first);
	json_t *paths = json_array(), *levels = json_array();
	maker at = object();
	int failed = 0;
	size_t i;

	for (i = first; i < cstn_decision_count(decision) && !failed; i++) {
		cstn_decision_field field = field_at(decision, i);

		if (field.reason != CSTN_DECISION_PERMIT || !same_rule(&field, &head))
			continue;
		failed = append(paths, json_string(field.path)) ||
			 append(levels, json_integer(field.granularity->level));
	}
	put_rule(&at, head.agreement, head.term);
	put_list(&at, "paths", paths, failed);
	put_list(&at, "levels", levels, failed);
	return finish(&at);
}

/* Does a field before this one stand for the same term? */
static int was_told(const cstn_decision *decision, size_t index)
{
	cstn_decision_field field = field_at(decision, index);
	size_t i;

	for (i = 0; i < index; i++) {
		cstn_decision_field other = field_at(decision, i);

		if (other.reason == CSTN_DECISION_PERMIT && same_rule(&field, &other))
			return 1;
	}
	return 0;
}

static void put_grants(maker *at, const cstn_decision *decision)
{
	json_t *list = json_array();
	int failed = !list;
	size_t i;

	for (i = 0; i < cstn_decision_count(decision) && !failed; i++)
		if (field_at(decision, i).reason == CSTN_DECISION_PERMIT && !was_told(decision, i))
			failed = append(list, grant(decision, i));
	put_list(at, "grants", list, failed);
}

static json_t *reservation_of(const cstn_decision *decision, size_t index)
{
	cstn_decision_reservation one = {.struct_size = sizeof(one)};
	maker at = object();

	(void)!cstn_decision_reservation_at(decision, index, &one, NULL);
	put_rule(&at, one.agreement, one.term);
	put_count(&at, "calls", one.calls);
	if (one.rows != UINT64_MAX)
		put_count(&at, "rows", one.rows);
	put_count(&at, "nano_epsilon", one.nano_epsilon);
	return finish(&at);
}

static json_t *obligation_of(const cstn_decision *decision, size_t index)
{
	cstn_decision_obligation one = {.struct_size = sizeof(one)};
	maker at = object();

	(void)!cstn_decision_obligation_at(decision, index, &one, NULL);
	put_rule(&at, one.agreement, one.term);
	put(&at, "duty",
			one.index == CSTN_RULES_DUTY_RETENTION ? json_string("retention")
							       : json_integer(one.index));
	put(&at, "action", json_string(one.action));
	if (one.deadline_us != INT64_MAX)
		put(&at, "deadline_us", cstn__json_of_i64(one.deadline_us));
	return finish(&at);
}

static void put_each(maker *at, const char *name, const cstn_decision *decision, size_t n,
		json_t *(*one)(const cstn_decision *decision, size_t index))
{
	json_t *list = json_array();
	int failed = !list;
	size_t i;

	for (i = 0; i < n && !failed; i++)
		failed = append(list, one(decision, i));
	put_list(at, name, list, failed);
}

cstn_status cstn__release_leaf_open(const cstn_decision *decision,
		const cstn__release_opening *opening, json_t **out, cstn_error **error)
{
	const cstn_request *request = decision->request;
	maker at = object();

	put_hex(&at, "release", opening->id, DIGEST);
	put_hex(&at, "decision", opening->decision, DIGEST);
	put_id(&at, "recipient", &request->recipient);
	put_id(&at, "purpose", &request->purpose);
	put_grants(&at, decision);
	put_each(&at, "reservations", decision, cstn_decision_reservation_count(decision),
			reservation_of);
	put_each(&at, "obligations", decision, cstn_decision_obligation_count(decision),
			obligation_of);
	return give(&at, out, error);
}

/* --- a closing -------------------------------------------------------------------------------- */

cstn_status cstn__release_leaf_close(
		const cstn__release_closing *closing, json_t **out, cstn_error **error)
{
	maker at = object();

	put_hex(&at, "release", closing->id, DIGEST);
	put_count(&at, "opening", closing->opening);
	if (!closing->unknown) {
		put_count(&at, "rows", closing->rows);
		put_count(&at, "batches", closing->batches);
		if (closing->checksum_size)
			put_hex(&at, "checksum", closing->checksum, closing->checksum_size);
	}
	return give(&at, out, error);
}

/* --- a denial --------------------------------------------------------------------------------- */

static json_t *reason_of(int32_t code, size_t fields)
{
	maker at = object();

	put(&at, "reason", json_string(cstn_decision_reason_name(code)));
	put_count(&at, "fields", fields);
	return finish(&at);
}

/* How many fields are denied for the reason of the field at `index`; 0 if one before it is. */
static size_t count_from(const cstn_decision *decision, size_t index)
{
	int32_t code = decision->fields[index].reason;
	size_t i, n = 0;

	for (i = 0; i < decision->n; i++) {
		if (decision->fields[i].reason != code)
			continue;
		if (i < index)
			return 0;
		n++;
	}
	return n;
}

static void put_reasons(maker *at, const cstn_decision *decision, int32_t code)
{
	json_t *list = json_array();
	int failed = !list;
	size_t i, n = decision ? decision->n : 0;

	for (i = 0; i < n && !failed; i++) {
		size_t alike = decision->fields[i].reason == CSTN_DECISION_PERMIT
					       ? 0
					       : count_from(decision, i);

		if (alike)
			failed = append(list, reason_of(decision->fields[i].reason, alike));
	}
	if (!failed && json_array_size(list) == 0)
		failed = append(list, reason_of(code, n));
	put_list(at, "reasons", list, failed);
}

cstn_status cstn__release_leaf_denial(cstn_request *request, const cstn_decision *decision,
		int32_t code, json_t **out, cstn_error **error)
{
	uint8_t digest[DIGEST];
	maker at;
	cstn_status status = cstn_request_digest(request, digest, error);

	if (status != CSTN_OK)
		return status;
	at = object();
	put_hex(&at, "request", digest, DIGEST);
	put_id(&at, "constellation", &request->constellation);
	put_id(&at, "recipient", &request->recipient);
	put_id(&at, "purpose", &request->purpose);
	put_reasons(&at, decision, code);
	return give(&at, out, error);
}
