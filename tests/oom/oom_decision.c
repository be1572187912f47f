/* Out of memory in rules, requests and decisions. */
#include "oom.h"

#include "../unit/agreement_fixture.h"
#include "../unit/term_fixture.h"

#define PLACE "fmcg"
#define FROM "acme"
#define TO "beta"
static const char *const role = "carrier";
static const char *const parties[] = {FROM, TO};

static cstn_vocabulary *words(void)
{
	cstn_vocabulary_builder *b;
	cstn_vocabulary *out;

	TERM_OK(cstn_vocabulary_builder_new(NULL, &b, &term_error));
	TERM_OK(cstn_vocabulary_builder_add_purpose(b, "planning", 8, NULL, 0, &term_error));
	TERM_OK(cstn_vocabulary_builder_add_role(b, role, strlen(role), &term_error));
	TERM_OK(cstn_vocabulary_builder_add_path(
			b, "order.qty", 9, CSTN_CLASS_OPERATIONAL, &term_error));
	TERM_OK(cstn_vocabulary_builder_build(b, &out, &term_error));
	cstn_vocabulary_builder_free(b);
	return out;
}

/* A term with a limit, a duty, a retention and a condition, in memory of libc. */
static cstn_term *make_term(void)
{
	cstn_term_builder *b = term_begin();
	cstn_constraint *condition = term_rows_at_most(1000);
	cstn_term_limits limits = CSTN_TERM_LIMITS_INIT;
	cstn_term_duty duty = CSTN_TERM_DUTY_INIT;

	limits.rows_in_all = 500;
	duty.phase = CSTN_DUTY_AFTER;
	duty.action = "attribute";
	TERM_OK(cstn_term_builder_set_limits(b, &limits, &term_error));
	TERM_OK(cstn_term_builder_add_duty(b, &duty, &term_error));
	TERM_OK(cstn_term_builder_set_constraint(b, condition, &term_error));
	cstn_constraint_unref(condition);
	return term_end(b);
}

/* The signed note of an override, and the book with the officers' keys. */
static cstn_buffer *make_note(cstn_party_keys **keys)
{
	static const char *const path = "order.qty";
	cstn_override override = CSTN_OVERRIDE_INIT;
	cstn_buffer *signer[2], *verifier[2], *text, *note;
	const char *signers[2];

	override.level = CSTN_LEVEL_RAW;
	override.constellation = PLACE;
	override.provider = FROM;
	override.recipient = TO;
	override.paths = &path;
	override.n_paths = 1;
	override.until_us = 1000;
	TERM_OK(cstn_override_format(&override, NULL, &text, &term_error));
	TERM_OK(cstn_party_keys_new(NULL, keys, &term_error));
	for (int i = 0; i < 2; i++) {
		const uint8_t seed[32] = {(uint8_t)(i + 1)};
		cstn_party_key key = CSTN_PARTY_KEY_INIT;

		TERM_OK(cstn_note_key_new(FROM, 4, CSTN_NOTE_KEY_SIGN, seed, NULL, &signer[i],
				&verifier[i], &term_error));
		key.use = CSTN_PARTY_KEY_OFFICER;
		key.party = FROM;
		key.verifier = (const char *)cstn_buffer_data(verifier[i]);
		TERM_OK(cstn_party_keys_add(*keys, &key, &term_error));
		signers[i] = (const char *)cstn_buffer_data(signer[i]);
	}
	TERM_OK(cstn_note_sign((const char *)cstn_buffer_data(text), cstn_buffer_size(text), NULL,
			0, signers, 2, NULL, &note, &term_error));
	for (int i = 0; i < 2; i++) {
		cstn_buffer_free(signer[i]);
		cstn_buffer_free(verifier[i]);
	}
	cstn_buffer_free(text);
	return note;
}

/* What is added, in libc's memory but for the builder's own. */
typedef struct parts {
	cstn_vocabulary *words;
	cstn_term *term;
	cstn_party_keys *keys;
	cstn_buffer *note;
	uint8_t digest[32];
} parts;

static parts make_parts(void)
{
	parts p;

	p.words = words();
	p.term = make_term();
	p.note = make_note(&p.keys);
	cstn_term_digest(p.term, p.digest);
	return p;
}

static void drop_parts(parts *p)
{
	cstn_vocabulary_unref(p->words);
	cstn_term_unref(p->term);
	cstn_party_keys_free(p->keys);
	cstn_buffer_free(p->note);
}

static cstn_status add_facts(cstn_rules_builder *b, const parts *p, cstn_error **error)
{
	cstn_rules_usage usage = CSTN_RULES_USAGE_INIT;
	cstn_rules_duty duty = CSTN_RULES_DUTY_INIT;
	cstn_rules_consideration debt = CSTN_RULES_CONSIDERATION_INIT;
	cstn_status status;

	usage.agreement[0] = duty.agreement[0] = debt.agreement[0] = 1;
	memcpy(usage.term, p->digest, 32);
	memcpy(duty.term, p->digest, 32);
	memcpy(debt.term, p->digest, 32);
	duty.state = CSTN_DUTY_PENDING;
	debt.state = CSTN_CONSIDERATION_CURRENT;
	status = cstn_rules_builder_add_usage(b, &usage, error);
	if (status == CSTN_OK)
		status = cstn_rules_builder_add_duty(b, &duty, error);
	if (status == CSTN_OK)
		status = cstn_rules_builder_add_consideration(b, &debt, error);
	if (status == CSTN_OK)
		status = cstn_rules_builder_add_conflict_set(b, PLACE, parties, 2, error);
	if (status == CSTN_OK)
		status = cstn_rules_builder_add_delivery(
				b, PLACE, FROM, TO, CSTN_CLASS_PUBLIC, 5, error);
	if (status == CSTN_OK)
		status = cstn_rules_builder_add_override(b, (const char *)cstn_buffer_data(p->note),
				cstn_buffer_size(p->note), p->keys, error);
	return status;
}

static cstn_status add_all(cstn_rules_builder *b, parts *p, cstn_error **error)
{
	cstn_constellation_rules place = CSTN_CONSTELLATION_RULES_INIT;
	cstn_rules_agreement agreement = CSTN_RULES_AGREEMENT_INIT;
	cstn_status status;

	place.constellation = PLACE;
	place.framework = "frame";
	place.vocabulary = p->words;
	agreement.constellation = PLACE;
	agreement.provider = FROM;
	agreement.recipient = TO;
	agreement.digest[0] = 1;
	agreement.state = CSTN_AGREEMENT_ACTIVE;
	agreement.terms = &p->term;
	agreement.n_terms = 1;
	status = cstn_rules_builder_add_constellation(b, &place, error);
	for (int i = 0; i < 2 && status == CSTN_OK; i++)
		status = cstn_rules_builder_add_membership(
				b, PLACE, parties[i], &role, 1, 0, INT64_MAX, error);
	for (int i = 0; i < 2 && status == CSTN_OK; i++)
		status = cstn_rules_builder_add_relation(b, PLACE, parties[i], parties[1 - i],
				CSTN_RELATION_PARTNER, 0, INT64_MAX, error);
	if (status == CSTN_OK)
		status = cstn_rules_builder_add_agreement(b, &agreement, error);
	return status == CSTN_OK ? add_facts(b, p, error) : status;
}

/* A signed agreement into a builder. */
static cstn_status add_signed(oom *o)
{
	cstn_agreement_body body = agreement_body(1);
	cstn_term_set *terms = agreement_terms("maker", "shop", 0);
	cstn_rules_builder *b;
	cstn_agreement *agreement;
	agreement_world world;
	cstn_status status;

	agreement_world_open(&world);
	cstn_term_set_digest(terms, body.terms);
	agreement = agreement_of(&world, &body);
	TERM_OK(cstn_rules_builder_new(o->allocator, &b, &term_error));
	oom_arm(o);
	OOM_CALL(status, cstn_rules_builder_add_signed(b, agreement, terms, NULL, &error));
	oom_disarm(o);
	cstn_rules_builder_free(b);
	cstn_agreement_unref(agreement);
	cstn_term_set_unref(terms);
	agreement_world_close(&world);
	return status;
}

/* A builder, all that is added to it, and the rules: whatever fails, nothing is there. */
static cstn_status build(oom *o)
{
	parts p = make_parts();
	cstn_rules_builder *b = NULL;
	cstn_rules *rules = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_rules_builder_new(o->allocator, &b, &error));
	if (status == CSTN_OK)
		OOM_CALL(status, add_all(b, &p, &error));
	if (status == CSTN_OK)
		OOM_CALL(status, cstn_rules_build(b, &rules, &error));
	oom_disarm(o);
	ck_assert((rules == NULL) == (status != CSTN_OK));
	cstn_rules_unref(rules);
	cstn_rules_builder_free(b);
	drop_parts(&p);
	return status;
}

static cstn_rules *rules_of(const cstn_allocator *allocator)
{
	parts p = make_parts();
	cstn_rules_builder *b;
	cstn_rules *out;

	TERM_OK(cstn_rules_builder_new(allocator, &b, &term_error));
	TERM_OK(add_all(b, &p, &term_error));
	TERM_OK(cstn_rules_build(b, &out, &term_error));
	cstn_rules_builder_free(b);
	drop_parts(&p);
	return out;
}

static cstn_status ask(const cstn_allocator *allocator, cstn_request **out, cstn_error **error)
{
	static const char *const paths[] = {"order.qty", "order.price"};
	const cstn_id ids[] = {{"a", 1}, {"b", 1}};
	const cstn_fact facts[] = {{"group", 5, CSTN_OPERAND_ID_SET, 0, 0, ids, 2}};
	cstn_request_options options = CSTN_REQUEST_OPTIONS_INIT;

	options.flags = CSTN_REQUEST_DOWNGRADE_OK;
	options.constellation = PLACE;
	options.provider = FROM;
	options.recipient = TO;
	options.role = role;
	options.purpose = "planning";
	options.action = CSTN_ACTION_READ;
	options.paths = paths;
	options.n_paths = 2;
	options.hops = NULL;
	options.facts = facts;
	options.n_facts = 1;
	options.now_us = 100;
	options.rows = 10;
	return cstn_request_new(&options, allocator, out, error);
}

OOM_MAKE(request, request, unref, ask(o->allocator, &made, &error))

static cstn_request *asked(const cstn_allocator *allocator)
{
	cstn_request *out;

	TERM_OK(ask(allocator, &out, &term_error));
	return out;
}

/* A decision of which one field is permitted. */
static cstn_decision *decided(const cstn_allocator *allocator)
{
	cstn_rules *rules = rules_of(allocator);
	cstn_request *wanted = asked(allocator);
	cstn_decision *out;
	cstn_decision_field field = {.struct_size = sizeof(field)};

	TERM_OK(cstn_decide(rules, wanted, &out, &term_error));
	TERM_OK(cstn_decision_field_at(out, 1, &field, &term_error));
	ck_assert_msg(field.reason == CSTN_DECISION_PERMIT, "%s",
			cstn_decision_reason_name(field.reason));
	cstn_rules_unref(rules);
	cstn_request_unref(wanted);
	return out;
}

static cstn_status decide(oom *o)
{
	cstn_rules *rules = rules_of(o->allocator);
	cstn_request *wanted = asked(o->allocator);
	cstn_decision *out = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_decide(rules, wanted, &out, &error));
	oom_disarm(o);
	ck_assert((out == NULL) == (status != CSTN_OK));
	cstn_decision_unref(out);
	cstn_rules_unref(rules);
	cstn_request_unref(wanted);
	return status;
}

OOM_MAKE_OF(request_json, buffer, free, request, unref, asked(o->allocator),
		cstn_request_json(self, &made, &error))
OOM_MAKE_OF(record, buffer, free, decision, unref, decided(o->allocator),
		cstn_decision_record(self, &made, &error))
OOM_MAKE_OF(explain, buffer, free, decision, unref, decided(o->allocator),
		cstn_decision_explain(self, &made, &error))
OOM_MAKE_OF(suggest, request, unref, decision, unref, decided(o->allocator),
		cstn_decision_suggest(self, &made, &error))

static cstn_status digests(oom *o)
{
	cstn_decision *decision = decided(o->allocator);
	cstn_request *wanted = asked(o->allocator);
	uint8_t out[32] = {0}, zeros[32] = {0};
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, o->which ? cstn_request_digest(wanted, out, &error)
				  : cstn_decision_digest(decision, out, &error));
	oom_disarm(o);
	ck_assert((memcmp(out, zeros, 32) == 0) == (status != CSTN_OK));
	cstn_decision_unref(decision);
	cstn_request_unref(wanted);
	return status;
}

static cstn_status format_override(oom *o)
{
	static const char *const path = "order.*";
	cstn_override override = CSTN_OVERRIDE_INIT;
	cstn_buffer *out = NULL;
	cstn_status status;

	override.level = CSTN_LEVEL_RAW;
	override.constellation = PLACE;
	override.provider = FROM;
	override.recipient = TO;
	override.paths = &path;
	override.n_paths = 1;
	override.until_us = 1000;
	oom_arm(o);
	OOM_CALL(status, cstn_override_format(&override, o->allocator, &out, &error));
	oom_disarm(o);
	ck_assert((out == NULL) == (status != CSTN_OK));
	cstn_buffer_free(out);
	return status;
}

const oom_case oom_cases_decision[] = {
		{"cstn_rules_builder_new cstn_rules_builder_add_constellation "
		 "cstn_rules_builder_add_membership cstn_rules_builder_add_relation "
		 "cstn_rules_builder_add_agreement cstn_rules_builder_add_usage "
		 "cstn_rules_builder_add_duty cstn_rules_builder_add_consideration "
		 "cstn_rules_builder_add_conflict_set cstn_rules_builder_add_delivery "
		 "cstn_rules_builder_add_override cstn_rules_build",
				build, 0, 0},
		{"cstn_rules_builder_add_signed", add_signed, 0, 0},
		{"cstn_request_new", request, 0, 0},
		{"cstn_request_json", request_json, 0, 0},
		{"cstn_request_digest", digests, 0, 1},
		{"cstn_decide", decide, 0, 0},
		{"cstn_decision_record", record, 0, 0},
		{"cstn_decision_digest", digests, 0, 0},
		{"cstn_decision_explain", explain, 0, 0},
		{"cstn_decision_suggest", suggest, 0, 0},
		{"cstn_override_format", format_override, 0, 0},
};
const size_t oom_count_decision = sizeof(oom_cases_decision) / sizeof(oom_cases_decision[0]);
