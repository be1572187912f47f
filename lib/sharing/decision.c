/* What decisions tell: fields, obligations, reservations, and their canonical bytes.
 *
 * A decision keeps which term grants each field; what follows from that (duties, retention, what is
 * to be charged) is derived from those terms when it is asked for. Terms count once each, in the
 * order of their digests, and so do the terms that they derive from. The record is canonical JSON
 * (RFC 8785), written by hand: names are ASCII and stand in their order. Cost: O(fields x terms
 * that grant). */
#include <string.h>

#include "base/error.h"
#include "network/json_tree.h"
#include "sharing/decision.h"

/* --- reasons ---------------------------------------------------------------------------------- */

const char *cstn_decision_reason_name(int32_t reason)
{
	static const struct {
		int32_t code;
		const char *name;
	} names[] = {{CSTN_DECISION_PERMIT, "PERMIT"},
			{CSTN_DECISION_INDETERMINATE, "INDETERMINATE"},
			{CSTN_DECISION_NO_MEMBERSHIP, "NO_MEMBERSHIP"},
			{CSTN_DECISION_HOPS, "HOPS"}, {CSTN_DECISION_NO_AGREEMENT, "NO_AGREEMENT"},
			{CSTN_DECISION_SUSPENDED, "SUSPENDED"},
			{CSTN_DECISION_PROHIBITED, "PROHIBITED"},
			{CSTN_DECISION_NO_PERMIT, "NO_PERMIT"},
			{CSTN_DECISION_DUTY_PENDING, "DUTY_PENDING"},
			{CSTN_DECISION_DUTY_VIOLATED, "DUTY_VIOLATED"},
			{CSTN_DECISION_CONSIDERATION, "CONSIDERATION"},
			{CSTN_DECISION_FIREWALL, "FIREWALL"}, {CSTN_DECISION_WALL, "WALL"},
			{CSTN_DECISION_LEVEL, "LEVEL"}, {CSTN_DECISION_BUDGET, "BUDGET"},
			{CSTN_DECISION_ALL_OR_NOTHING, "ALL_OR_NOTHING"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].code == reason)
			return names[i].name;
	return "";
}

/* --- fields ----------------------------------------------------------------------------------- */

int32_t cstn_decision_reason(const cstn_decision *decision)
{
	if (!decision || decision->n == 0)
		return CSTN_DECISION_INDETERMINATE;
	for (size_t i = 0; i < decision->n; i++)
		if (decision->fields[i].reason != CSTN_DECISION_PERMIT)
			return decision->fields[i].reason;
	return CSTN_DECISION_PERMIT;
}

int32_t cstn_decision_is_permitted(const cstn_decision *decision)
{
	return cstn_decision_reason(decision) == CSTN_DECISION_PERMIT;
}

size_t cstn_decision_count(const cstn_decision *decision)
{
	return decision ? decision->n : 0;
}

/* The digests of the term that grants and of its agreement, to where they are wanted. */
static void name_rule(const cstn_rules *rules, uint32_t rule, uint8_t *agreement, uint8_t *term)
{
	const cstn__rule *one = &rules->rules.items[rule];

	memcpy(term, one->digest, CSTN__DIGEST_SIZE);
	memcpy(agreement, rules->agreements.items[one->agreement].digest, CSTN__DIGEST_SIZE);
}

static cstn_status check_index(const cstn_decision *decision, const void *out, size_t index,
		size_t n, const char *what, cstn_error **error)
{
	if (!decision || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				decision ? "out" : "decision");
	if (index >= n)
		return cstn__fail(error, CSTN_E_NOT_FOUND, "%s %zu, there are %zu", what, index, n);
	return CSTN_OK;
}

cstn_status cstn_decision_field_at(const cstn_decision *decision, size_t index,
		cstn_decision_field *out, cstn_error **error)
{
	cstn_decision_field field = {.struct_size = sizeof(field)};
	const cstn__verdict *verdict;
	cstn_status status = check_index(
			decision, out, index, cstn_decision_count(decision), "field", error);

	if (status != CSTN_OK)
		return status;
	verdict = &decision->fields[index];
	field.reason = verdict->reason;
	field.path = decision->request->paths[index].text;
	field.granularity = verdict->rule == UINT32_MAX ? NULL : &verdict->granularity;
	field.classes = verdict->classes;
	field.flags = verdict->flags;
	field.retention_us = verdict->retention_us;
	field.min_age_us = verdict->min_age_us;
	if (verdict->rule != UINT32_MAX)
		name_rule(decision->rules, verdict->rule, field.agreement, field.term);
	return cstn__output_write(
			&field, sizeof(field), sizeof(field), "cstn_decision_field", out, error);
}

/* --- the terms that grant --------------------------------------------------------------------- */

/* Negative if rule a comes before rule b: by digest, then by that of the agreement. */
static int by_digest(const cstn_rules *rules, uint32_t a, uint32_t b)
{
	const cstn__rule *x = &rules->rules.items[a], *y = &rules->rules.items[b];
	int order = memcmp(x->digest, y->digest, CSTN__DIGEST_SIZE);

	return order ? order
		     : memcmp(rules->agreements.items[x->agreement].digest,
				       rules->agreements.items[y->agreement].digest,
				       CSTN__DIGEST_SIZE);
}

/* The next rule behind `after` (UINT32_MAX: the first) that grants a field or, with `parents`, that
 * one that grants derives from; UINT32_MAX behind the last. */
static uint32_t next_rule(const cstn_decision *decision, uint32_t after, int parents)
{
	const cstn_rules *rules = decision->rules;
	uint32_t best = UINT32_MAX;

	for (size_t i = 0; i < decision->n; i++) {
		uint32_t rule = decision->fields[i].rule;

		for (int depth = 0; rule != UINT32_MAX && depth <= CSTN_REQUEST_HOPS_MOST;
				depth++) {
			if ((after == UINT32_MAX || by_digest(rules, rule, after) > 0) &&
					(best == UINT32_MAX || by_digest(rules, rule, best) < 0))
				best = rule;
			rule = parents ? rules->rules.items[rule].parent : UINT32_MAX;
		}
	}
	return best;
}

/* How long what a rule grants may be held: the least of its fields. */
static int64_t retention_of(const cstn_decision *decision, uint32_t rule)
{
	int64_t least = INT64_MAX;

	for (size_t i = 0; i < decision->n; i++)
		if (decision->fields[i].rule == rule && decision->fields[i].retention_us < least)
			least = decision->fields[i].retention_us;
	return least;
}

/* --- obligations ------------------------------------------------------------------------------ */

const char *cstn__delivered_action(int32_t delivered)
{
	switch (delivered) {
	case CSTN_DELIVERED_DESTROY_KEY:
		return "destroy_key";
	case CSTN_DELIVERED_RETURN:
		return "return";
	default:
		return "delete";
	}
}

/* How many obligations the rule makes; number `wanted` of them is written, if it is one. */
static size_t obligations_of(const cstn_decision *decision, uint32_t index, size_t wanted,
		cstn_decision_obligation *out)
{
	const cstn__rule *rule = &decision->rules->rules.items[index];
	int64_t retention = retention_of(decision, index), deadline;
	size_t n = 0;

	for (uint32_t i = 0; i < rule->view->n_duties; i++) {
		if (rule->view->duties[i]->phase == CSTN_DUTY_BEFORE ||
				!cstn__duty_is_open(decision->rules, rule, i))
			continue;
		if (n++ == wanted) {
			out->index = i;
			out->action = rule->view->duties[i]->action;
			out->deadline_us = cstn__duty_deadline(&decision->at, rule, i);
		}
	}
	if (retention == INT64_MAX)
		return n;
	if (n++ == wanted) {
		out->index = CSTN_RULES_DUTY_RETENTION;
		out->action = cstn__delivered_action(rule->view->retention->then);
		out->deadline_us = __builtin_add_overflow(
						   decision->request->now_us, retention, &deadline)
						   ? INT64_MAX
						   : deadline;
	}
	return n;
}

/* How many there are; obligation `wanted` is written, if it is one, and the rule it is of. */
static size_t walk_obligations(const cstn_decision *decision, size_t wanted,
		cstn_decision_obligation *out, uint32_t *of)
{
	size_t n = 0;

	for (uint32_t rule = next_rule(decision, UINT32_MAX, 0); rule != UINT32_MAX;
			rule = next_rule(decision, rule, 0)) {
		size_t more = obligations_of(decision, rule, wanted - n, out);

		if (wanted >= n && wanted < n + more) {
			name_rule(decision->rules, rule, out->agreement, out->term);
			*of = rule;
		}
		n += more;
	}
	return n;
}

size_t cstn_decision_obligation_count(const cstn_decision *decision)
{
	return decision ? walk_obligations(decision, SIZE_MAX, NULL, NULL) : 0;
}

cstn_status cstn_decision_obligation_at(const cstn_decision *decision, size_t index,
		cstn_decision_obligation *out, cstn_error **error)
{
	cstn_decision_obligation obligation = {.struct_size = sizeof(obligation)};
	uint32_t rule;
	cstn_status status = check_index(decision, out, index,
			cstn_decision_obligation_count(decision), "obligation", error);

	if (status != CSTN_OK)
		return status;
	walk_obligations(decision, index, &obligation, &rule);
	return cstn__output_write(&obligation, sizeof(obligation), sizeof(obligation),
			"cstn_decision_obligation", out, error);
}

const cstn_term_view *cstn__decision_obliges(const cstn_decision *decision, size_t index)
{
	cstn_decision_obligation obligation;
	uint32_t rule;

	walk_obligations(decision, index, &obligation, &rule);
	return decision->rules->rules.items[rule].view;
}

/* --- reservations ----------------------------------------------------------------------------- */

/* Does a rule, or one that derives from it, grant a field at a level? */
static int grants_at(const cstn_decision *decision, uint32_t wanted, int32_t level)
{
	for (size_t i = 0; i < decision->n; i++) {
		uint32_t rule = decision->fields[i].rule;

		for (int depth = 0; rule != UINT32_MAX && depth <= CSTN_REQUEST_HOPS_MOST;
				depth++) {
			if (rule == wanted && decision->fields[i].granularity.level == level)
				return 1;
			rule = decision->rules->rules.items[rule].parent;
		}
	}
	return 0;
}

/* The rows to be charged to all terms alike: those asked for, or as many as all of them have left.
 */
static uint64_t rows_to_reserve(const cstn_decision *decision)
{
	uint64_t least = UINT64_MAX;

	if (decision->request->rows)
		return decision->request->rows;
	for (uint32_t rule = next_rule(decision, UINT32_MAX, 1); rule != UINT32_MAX;
			rule = next_rule(decision, rule, 1)) {
		cstn__left left = cstn__left_at(decision->rules, rule, decision->request->now_us);

		if (left.rows < least)
			least = left.rows;
	}
	return least;
}

size_t cstn_decision_reservation_count(const cstn_decision *decision)
{
	size_t n = 0;

	if (!decision)
		return 0;
	for (uint32_t rule = next_rule(decision, UINT32_MAX, 1); rule != UINT32_MAX;
			rule = next_rule(decision, rule, 1))
		n++;
	return n;
}

static uint32_t reserved_rule(const cstn_decision *decision, size_t index)
{
	uint32_t rule = next_rule(decision, UINT32_MAX, 1);

	while (index-- > 0)
		rule = next_rule(decision, rule, 1);
	return rule;
}

const cstn_term_view *cstn__decision_reserves(const cstn_decision *decision, size_t index)
{
	return decision->rules->rules.items[reserved_rule(decision, index)].view;
}

uint64_t cstn__decision_epsilon(const cstn_decision *decision)
{
	uint64_t least = decision->request->nano_epsilon;

	for (size_t i = 0; i < decision->n; i++) {
		const cstn__verdict *field = &decision->fields[i];
		uint64_t own = cstn__epsilon_granted(decision->request, &field->granularity);

		if (field->reason == CSTN_DECISION_PERMIT && own < least)
			least = own;
	}
	return least;
}

cstn_status cstn_decision_reservation_at(const cstn_decision *decision, size_t index,
		cstn_decision_reservation *out, cstn_error **error)
{
	cstn_decision_reservation reservation = {.struct_size = sizeof(reservation), .calls = 1};
	uint32_t rule;
	cstn_status status = check_index(decision, out, index,
			cstn_decision_reservation_count(decision), "reservation", error);

	if (status != CSTN_OK)
		return status;
	rule = reserved_rule(decision, index);
	name_rule(decision->rules, rule, reservation.agreement, reservation.term);
	reservation.rows = rows_to_reserve(decision);
	if (grants_at(decision, rule, CSTN_LEVEL_NOISED))
		reservation.nano_epsilon = cstn__decision_epsilon(decision);
	return cstn__output_write(&reservation, sizeof(reservation), sizeof(reservation),
			"cstn_decision_reservation", out, error);
}

/* --- the record ------------------------------------------------------------------------------- */

static void put_granularity(cstn__bytes *out, const cstn_term_granularity *g)
{
	cstn__json_put_name(out, "granularity");
	cstn__bytes_put_u8(out, '{');
	cstn__canonical_put_int(out, "contributors", g->contributors);
	cstn__canonical_put_int(out, "epoch", g->epoch);
	cstn__canonical_put_int(out, "k", g->k);
	cstn__canonical_put_int(out, "l", g->l);
	cstn__canonical_put_int(out, "level", g->level);
	cstn__canonical_put_int(out, "max_share_permille", g->max_share_permille);
	cstn__canonical_put_int(out, "nano_epsilon", g->nano_epsilon);
	cstn__canonical_put_int(out, "sensitivity", g->sensitivity);
	cstn__canonical_put_int(out, "t_permille", g->t_permille);
	cstn__canonical_put_int(out, "threshold", g->threshold);
	cstn__bytes_put_u8(out, '}');
}

static void put_field(cstn__bytes *out, const cstn_decision *decision, size_t index)
{
	const cstn__verdict *field = &decision->fields[index];
	const cstn_id *path = &decision->request->paths[index];
	const char *reason = cstn_decision_reason_name(field->reason);
	uint8_t agreement[CSTN__DIGEST_SIZE], term[CSTN__DIGEST_SIZE];
	int granted = field->rule != UINT32_MAX;

	if (granted)
		name_rule(decision->rules, field->rule, agreement, term);
	cstn__bytes_put_u8(out, '{');
	if (granted)
		cstn__canonical_put_hex(out, "agreement", agreement, sizeof(agreement));
	cstn__canonical_put_uint(out, "classes", field->classes);
	cstn__canonical_put_uint(out, "flags", field->flags);
	if (granted) {
		put_granularity(out, &field->granularity);
		cstn__canonical_put_int(out, "min_age_us", field->min_age_us);
	}
	cstn__json_put_member(out, "path", path->text, path->len);
	cstn__json_put_member(out, "reason", reason, strlen(reason));
	if (granted) {
		cstn__canonical_put_int(out, "retention_us", field->retention_us);
		cstn__canonical_put_hex(out, "term", term, sizeof(term));
	}
	cstn__bytes_put_u8(out, '}');
}

static void put_obligation(cstn__bytes *out, const cstn_decision *decision, size_t index)
{
	cstn_decision_obligation one;
	uint32_t rule;

	walk_obligations(decision, index, &one, &rule);
	cstn__bytes_put_u8(out, '{');
	cstn__json_put_member(out, "action", one.action, strlen(one.action));
	cstn__canonical_put_hex(out, "agreement", one.agreement, sizeof(one.agreement));
	cstn__canonical_put_int(out, "deadline_us", one.deadline_us);
	cstn__canonical_put_uint(out, "index", one.index);
	cstn__canonical_put_hex(out, "term", one.term, sizeof(one.term));
	cstn__bytes_put_u8(out, '}');
}

static void put_reservation(cstn__bytes *out, const cstn_decision *decision, size_t index)
{
	cstn_decision_reservation one = {.struct_size = sizeof(one)};

	if (cstn_decision_reservation_at(decision, index, &one, NULL) != CSTN_OK)
		return; /* index is below the count */
	cstn__bytes_put_u8(out, '{');
	cstn__canonical_put_hex(out, "agreement", one.agreement, sizeof(one.agreement));
	cstn__canonical_put_uint(out, "calls", one.calls);
	cstn__canonical_put_uint(out, "nano_epsilon", one.nano_epsilon);
	cstn__canonical_put_uint(out, "rows", one.rows);
	cstn__canonical_put_hex(out, "term", one.term, sizeof(one.term));
	cstn__bytes_put_u8(out, '}');
}

static void put_each(cstn__bytes *out, const cstn_decision *decision, const char *name, size_t n,
		void (*put)(cstn__bytes *out, const cstn_decision *decision, size_t index))
{
	cstn__json_put_name(out, name);
	cstn__bytes_put_u8(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			cstn__bytes_put_u8(out, ',');
		put(out, decision, i);
	}
	cstn__bytes_put_u8(out, ']');
}

/* The record; 0, or -1 out of memory. */
static int put_record(const cstn_decision *decision, cstn__bytes *out)
{
	uint8_t digest[CSTN__DIGEST_SIZE];

	if (cstn_request_digest(decision->request, digest, NULL) != CSTN_OK)
		return -1;
	cstn__bytes_put_u8(out, '{');
	put_each(out, decision, "fields", decision->n, put_field);
	put_each(out, decision, "obligations", cstn_decision_obligation_count(decision),
			put_obligation);
	cstn__canonical_put_hex(out, "request", digest, sizeof(digest));
	put_each(out, decision, "reservations", cstn_decision_reservation_count(decision),
			put_reservation);
	cstn__json_put_member(out, "type", "cstn/decision/v1", 16);
	cstn__canonical_put_uint(out, "version", decision->rules->version);
	cstn__bytes_put_u8(out, '}');
	return out->failed ? -1 : 0;
}

static cstn_status check_out(const cstn_decision *decision, const void *out, cstn_error **error)
{
	if (decision && out)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
			decision ? "out" : "decision");
}

cstn_status cstn_decision_record(
		const cstn_decision *decision, cstn_buffer **out, cstn_error **error)
{
	cstn__bytes bytes;
	cstn_status status = check_out(decision, out, error);

	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&bytes, &decision->allocator);
	if (put_record(decision, &bytes)) {
		cstn__bytes_free(&bytes);
		return cstn__fail_nomem(error);
	}
	return cstn__bytes_to_buffer(&bytes, out, error);
}

cstn_status cstn_decision_digest(const cstn_decision *decision, uint8_t *out, cstn_error **error)
{
	cstn__bytes bytes;
	cstn_status status = check_out(decision, out, error);

	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&bytes, &decision->allocator);
	if (put_record(decision, &bytes))
		status = cstn__fail_nomem(error);
	else
		cstn__digest_of("cstn/decision/v1\n", &bytes, out);
	cstn__bytes_free(&bytes);
	return status;
}
