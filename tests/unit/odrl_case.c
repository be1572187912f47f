#include "odrl_case.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define PROVIDER "provider"
#define PLACE "odrl"
#define PATH "asset.target"
#define MAX_TERMS 8

static const char *text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* Is a name the one that a rule asks for, or a member of its collection? */
static int is_meant(const json_t *asked, const char *name, const json_t *world)
{
	const json_t *row;
	size_t i;

	if (!asked)
		return 1;
	if (json_is_string(asked))
		return strcmp(json_string_value(asked), name) == 0;
	json_array_foreach(json_object_get(world, "member_of"), i, row)
	{
		const char *in = text(row, "collection"), *source = text(asked, "source");

		if (strcmp(text(row, "member"), name) == 0 &&
				(strcmp(in, text(asked, "collection")) == 0 ||
						(source && strcmp(in, source) == 0)))
			return 1;
	}
	return 0;
}

/* Bits of an action; 0 if there is none of the name. */
static uint32_t action_of(const char *name)
{
	static const struct {
		const char *name;
		uint32_t bits;
	} actions[] = {{"read", CSTN_ACTION_READ}, {"write", CSTN_ACTION_WRITE},
			{"derive", CSTN_ACTION_DERIVE}, {"aggregate", CSTN_ACTION_AGGREGATE},
			{"distribute", CSTN_ACTION_DISTRIBUTE}, {"sell", CSTN_ACTION_SELL},
			{"give", CSTN_ACTION_GIVE}, {"use", CSTN_ACTION_USE},
			{"transfer", CSTN_ACTION_TRANSFER}};

	if (!name)
		return CSTN_ACTION_USE | CSTN_ACTION_TRANSFER;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].name, name) == 0)
			return actions[i].bits;
	return 0;
}

/* Our JSON of one of theirs: `and`, `or`, `xone`, or a leaf over its operand, `dateTime` being the
 * time of the request. What is no such thing is refused when it is read. */
static json_t *constraint(const json_t *theirs)
{
	static const char *const kinds[] = {"and", "or", "xone"};
	const char *operand = text(theirs, "leftOperand");

	for (int k = 0; k < 3; k++) {
		const json_t *list = json_object_get(theirs, kinds[k]), *one;
		json_t *out = json_array();
		size_t i;

		if (!list) {
			json_decref(out);
			continue;
		}
		json_array_foreach(list, i, one) json_array_append_new(out, constraint(one));
		return json_pack("{s:o}", kinds[k], out);
	}
	if (!operand)
		return NULL;
	return json_pack("{s:s, s:s, s:s, s:I}", "operand",
			strcmp(operand, "dateTime") == 0 ? "now" : operand, "operator",
			text(theirs, "operator"), "type", "instant", "value",
			json_integer_value(json_object_get(
					json_object_get(theirs, "rightOperand"), "us")));
}

static cstn_status set_constraint(
		cstn_term_builder *builder, const json_t *rule, cstn_error **error)
{
	const json_t *list = json_object_get(rule, "constraint"), *one;
	json_t *all = json_array(), *whole;
	cstn_constraint *built = NULL;
	cstn_status status = CSTN_OK;
	char *json;
	size_t i;

	json_array_foreach(list, i, one) json_array_append_new(all, constraint(one));
	if (json_array_size(all) != json_array_size(list))
		status = cstn__fail(error, CSTN_E_FORMAT, "a constraint without an operand");
	if (status == CSTN_OK && json_array_size(all) > 0) {
		whole = json_pack("{s:O}", "and", all);
		json = json_dumps(whole, JSON_COMPACT);
		status = cstn_constraint_read_json(json, strlen(json), NULL, &built, error);
		if (status == CSTN_OK)
			status = cstn_term_builder_set_constraint(builder, built, error);
		cstn_constraint_unref(built);
		free(json);
		json_decref(whole);
	}
	json_decref(all);
	return status;
}

/* Of one recipient, for all that a rule may say: what is left are its actions, its condition and
 * its duties. */
static cstn_status set_parties(
		cstn_term_builder *b, const char *who, int prohibits, cstn_error **error)
{
	cstn_term_consideration gift = CSTN_TERM_CONSIDERATION_INIT;
	cstn_term_granularity raw = CSTN_TERM_GRANULARITY_INIT;
	cstn_status status = cstn_term_builder_set_effect(
			b, prohibits ? CSTN_EFFECT_PROHIBIT : CSTN_EFFECT_PERMIT, error);

	gift.kind = CSTN_CONSIDERATION_EXPLICIT_NONE;
	raw.level = CSTN_LEVEL_RAW;
	if (status == CSTN_OK)
		status = cstn_term_builder_set_provider(b, PROVIDER, error);
	if (status == CSTN_OK)
		status = cstn_term_builder_set_recipient(b, who, error);
	if (status == CSTN_OK)
		status = cstn_term_builder_set_constellation(b, PLACE, error);
	if (status == CSTN_OK)
		status = cstn_term_builder_add_field(b, PATH, error);
	if (status == CSTN_OK)
		status = cstn_term_builder_set_purpose(b, "any", error);
	if (status == CSTN_OK)
		status = cstn_term_builder_set_granularity(b, &raw, error);
	if (status == CSTN_OK)
		status = cstn_term_builder_add_consideration(b, &gift, error);
	return status;
}

/* A rule as a term between the parties. */
static cstn_status make_term(const json_t *rule, int prohibits, const char *who, cstn_term **out,
		cstn_error **error)
{
	uint32_t actions = action_of(text(rule, "action"));
	const json_t *duty;
	cstn_term_builder *b = NULL;
	cstn_status status = cstn_term_builder_new(NULL, &b, error);
	size_t i;

	if (status == CSTN_OK && actions == 0)
		status = cstn__fail(error, CSTN_E_FORMAT, "no action '%s'", text(rule, "action"));
	if (status == CSTN_OK)
		status = set_parties(b, who, prohibits, error);
	if (status == CSTN_OK)
		status = cstn_term_builder_set_actions(b, actions, error);
	if (status == CSTN_OK)
		status = set_constraint(b, rule, error);
	json_array_foreach(json_object_get(rule, "duty"), i, duty)
	{
		cstn_term_duty ours = CSTN_TERM_DUTY_INIT;

		ours.phase = CSTN_DUTY_ONGOING;
		ours.action = text(duty, "action");
		if (status == CSTN_OK)
			status = cstn_term_builder_add_duty(b, &ours, error);
	}
	if (status == CSTN_OK)
		status = cstn_term_builder_build(b, out, error);
	cstn_term_builder_free(b);
	return status;
}

/* What is reported of the duty of a rule: one row, so it must be the only duty. */
static cstn_status add_reports(cstn_rules_builder *b, const json_t *rule, const cstn_term *term,
		const uint8_t agreement[32], const json_t *world, cstn_error **error)
{
	const json_t *duties = json_object_get(rule, "duty"), *report;
	const char *uid = text(json_array_get(duties, 0), "uid");
	cstn_status status = CSTN_OK;
	size_t i;

	if (json_array_size(duties) > 1)
		return cstn__fail(error, CSTN_E_FORMAT, "a rule of several duties");
	json_array_foreach(json_object_get(world, "duty_reports"), i, report)
	{
		cstn_rules_duty row = CSTN_RULES_DUTY_INIT;
		const char *state = text(report, "deontic");

		if (!uid || strcmp(text(report, "duty"), uid) != 0)
			continue;
		memcpy(row.agreement, agreement, 32);
		cstn_term_digest(term, row.term);
		row.state = strcmp(state, "Violated") == 0    ? CSTN_DUTY_VIOLATED
			    : strcmp(state, "Fulfilled") == 0 ? CSTN_DUTY_FULFILLED
							      : CSTN_DUTY_PENDING;
		if (status == CSTN_OK)
			status = cstn_rules_builder_add_duty(b, &row, error);
	}
	return status;
}

static cstn_status make_vocabulary(cstn_vocabulary **out, cstn_error **error)
{
	cstn_vocabulary_builder *words = NULL;
	cstn_status status = cstn_vocabulary_builder_new(NULL, &words, error);

	if (status == CSTN_OK)
		status = cstn_vocabulary_builder_add_purpose(words, "any", 3, NULL, 0, error);
	if (status == CSTN_OK)
		status = cstn_vocabulary_builder_add_path(
				words, PATH, strlen(PATH), CSTN_CLASS_OPERATIONAL, error);
	if (status == CSTN_OK)
		status = cstn_vocabulary_builder_build(words, out, error);
	cstn_vocabulary_builder_free(words);
	return status;
}

static cstn_status add_parties(cstn_rules_builder *b, const char *who, cstn_error **error)
{
	const char *const parties[] = {PROVIDER, who};
	cstn_constellation_rules place = CSTN_CONSTELLATION_RULES_INIT;
	cstn_vocabulary *vocabulary = NULL;
	cstn_status status = make_vocabulary(&vocabulary, error);

	place.constellation = PLACE;
	place.vocabulary = vocabulary;
	if (status == CSTN_OK)
		status = cstn_rules_builder_add_constellation(b, &place, error);
	cstn_vocabulary_unref(vocabulary);
	for (int i = 0; i < 2 && status == CSTN_OK; i++) {
		status = cstn_rules_builder_add_membership(
				b, PLACE, parties[i], NULL, 0, INT64_MIN, INT64_MAX, error);
		if (status == CSTN_OK)
			status = cstn_rules_builder_add_relation(b, PLACE, parties[i],
					parties[1 - i], CSTN_RELATION_NEUTRAL, INT64_MIN, INT64_MAX,
					error);
	}
	return status;
}

/* The terms of the rules that are of the two parties and the target of the request. */
static cstn_status make_terms(const json_t *one, cstn_term **terms, const json_t **from, size_t *n,
		cstn_error **error)
{
	static const char *const lists[] = {"permission", "prohibition"};
	const json_t *request = json_object_get(one, "request"),
		     *world = json_object_get(one, "state_of_world"), *rule;
	const char *who = text(request, "assignee"), *what = text(request, "target");
	cstn_status status = CSTN_OK;
	size_t i;

	for (int l = 0; l < 2; l++)
		json_array_foreach(
				json_object_get(json_object_get(one, "policy"), lists[l]), i, rule)
		{
			if (status != CSTN_OK ||
					!is_meant(json_object_get(rule, "assignee"), who, world) ||
					!is_meant(json_object_get(rule, "target"), what, world))
				continue;
			if (*n == MAX_TERMS)
				return cstn__fail(error, CSTN_E_LIMIT, "more than %d rules",
						MAX_TERMS);
			status = make_term(rule, l, who, &terms[*n], error);
			if (status == CSTN_OK)
				from[(*n)++] = rule;
		}
	return status;
}

static cstn_status make_rules(const json_t *one, cstn_rules **out, cstn_error **error)
{
	const json_t *world = json_object_get(one, "state_of_world"), *from[MAX_TERMS];
	cstn_rules_agreement agreement = CSTN_RULES_AGREEMENT_INIT;
	cstn_rules_builder *b = NULL;
	cstn_term *terms[MAX_TERMS];
	cstn_status status = cstn_rules_builder_new(NULL, &b, error);
	size_t i, n = 0;

	agreement.constellation = PLACE;
	agreement.provider = PROVIDER;
	agreement.recipient = text(json_object_get(one, "request"), "assignee");
	agreement.digest[0] = 1;
	agreement.state = CSTN_AGREEMENT_ACTIVE;
	if (status == CSTN_OK)
		status = add_parties(b, agreement.recipient, error);
	if (status == CSTN_OK)
		status = make_terms(one, terms, from, &n, error);
	agreement.terms = terms;
	agreement.n_terms = n;
	if (status == CSTN_OK)
		status = cstn_rules_builder_add_agreement(b, &agreement, error);
	for (i = 0; i < n; i++) {
		if (status == CSTN_OK)
			status = add_reports(b, from[i], terms[i], agreement.digest, world, error);
		cstn_term_unref(terms[i]);
	}
	if (status == CSTN_OK)
		status = cstn_rules_build(b, out, error);
	cstn_rules_builder_free(b);
	return status;
}

static cstn_status make_request(const json_t *one, cstn_request **out, cstn_error **error)
{
	const json_t *theirs = json_object_get(one, "request");
	static const char *const path = PATH;
	cstn_request_options options = CSTN_REQUEST_OPTIONS_INIT;

	options.constellation = PLACE;
	options.provider = PROVIDER;
	options.recipient = text(theirs, "assignee");
	options.purpose = "any";
	options.action = action_of(text(theirs, "action"));
	options.paths = &path;
	options.n_paths = 1;
	options.now_us = json_integer_value(
			json_object_get(json_object_get(one, "state_of_world"), "now_us"));
	return cstn_request_new(&options, NULL, out, error);
}

cstn_status odrl_case_make(
		const json_t *one, cstn_rules **rules, cstn_request **request, cstn_error **error)
{
	cstn_status status;

	*rules = NULL;
	*request = NULL;
	status = make_rules(one, rules, error);
	if (status == CSTN_OK)
		status = make_request(one, request, error);
	if (status != CSTN_OK) {
		cstn_rules_unref(*rules);
		*rules = NULL;
	}
	return status;
}
