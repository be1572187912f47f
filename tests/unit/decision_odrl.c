/* Outside answers: the decisions of the ODRL test suite (imec, MIT), through an adapter that
 * supplies what its policies do not speak of: membership of both, relation NEUTRAL, EXPLICIT_NONE,
 * level RAW.
 *
 * A target is a field; party and asset collections are written out for their members; a duty report
 * becomes the state of the duty. An absent assignee, action or target matches any. */
#include <jansson.h>
#include <stdio.h>

#include <constellation/constellation.h>

#include "shared_data.h"

#define PROVIDER "provider"
#define PLACE "odrl"
#define OK(call)                                                                   \
	do {                                                                       \
		cstn_error *error = NULL;                                          \
		cstn_status status = (call);                                       \
		ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error)); \
	} while (0)

static json_t *load(const char *name)
{
	char file[64];
	char *path;
	json_t *out;

	snprintf(file, sizeof(file), "%s", name);
	path = shared_path("vectors/odrl_decisions", file);
	out = json_load_file(path, 0, NULL);
	ck_assert_msg(out != NULL, "%s", path);
	free(path);
	return out;
}

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
	ck_abort_msg("no action '%s'", name);
}

/* Our JSON of one of theirs: `and`, `or`, `xone`, or a leaf over the time. */
static json_t *constraint(const json_t *theirs)
{
	static const char *const kinds[] = {"and", "or", "xone"};

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
	ck_assert_str_eq(text(theirs, "leftOperand"), "dateTime");
	return json_pack("{s:s, s:s, s:s, s:I}", "operand", "now", "operator",
			text(theirs, "operator"), "type", "instant", "value",
			json_integer_value(json_object_get(
					json_object_get(theirs, "rightOperand"), "us")));
}

static void set_constraint(cstn_term_builder *builder, const json_t *rule)
{
	const json_t *list = json_object_get(rule, "constraint"), *one;
	json_t *all = json_array(), *whole;
	cstn_constraint *built;
	char *json;
	size_t i;

	json_array_foreach(list, i, one) json_array_append_new(all, constraint(one));
	if (json_array_size(all) > 0) {
		whole = json_pack("{s:O}", "and", all);
		json = json_dumps(whole, JSON_COMPACT);
		OK(cstn_constraint_read_json(json, strlen(json), NULL, &built, &error));
		OK(cstn_term_builder_set_constraint(builder, built, &error));
		cstn_constraint_unref(built);
		free(json);
		json_decref(whole);
	}
	json_decref(all);
}

/* A rule as a term between the parties; NULL if it is of others or of another target. */
static cstn_term *term_of(
		const json_t *rule, int prohibits, const json_t *request, const json_t *world)
{
	cstn_term_consideration gift = CSTN_TERM_CONSIDERATION_INIT;
	cstn_term_granularity raw = CSTN_TERM_GRANULARITY_INIT;
	const char *who = text(request, "assignee"), *what = text(request, "target");
	const json_t *duty;
	cstn_term_builder *b;
	cstn_term *out;
	size_t i;

	if (!is_meant(json_object_get(rule, "assignee"), who, world) ||
			!is_meant(json_object_get(rule, "target"), what, world))
		return NULL;
	gift.kind = CSTN_CONSIDERATION_EXPLICIT_NONE;
	raw.level = CSTN_LEVEL_RAW;
	OK(cstn_term_builder_new(NULL, &b, &error));
	OK(cstn_term_builder_set_effect(
			b, prohibits ? CSTN_EFFECT_PROHIBIT : CSTN_EFFECT_PERMIT, &error));
	OK(cstn_term_builder_set_provider(b, PROVIDER, &error));
	OK(cstn_term_builder_set_recipient(b, who, &error));
	OK(cstn_term_builder_set_constellation(b, PLACE, &error));
	OK(cstn_term_builder_add_field(b, "asset.target", &error));
	OK(cstn_term_builder_set_purpose(b, "any", &error));
	OK(cstn_term_builder_set_actions(b, action_of(text(rule, "action")), &error));
	OK(cstn_term_builder_set_granularity(b, &raw, &error));
	OK(cstn_term_builder_add_consideration(b, &gift, &error));
	set_constraint(b, rule);
	json_array_foreach(json_object_get(rule, "duty"), i, duty)
	{
		cstn_term_duty ours = CSTN_TERM_DUTY_INIT;

		ours.phase = CSTN_DUTY_ONGOING;
		ours.action = text(duty, "action");
		OK(cstn_term_builder_add_duty(b, &ours, &error));
	}
	OK(cstn_term_builder_build(b, &out, &error));
	cstn_term_builder_free(b);
	return out;
}

/* What is reported of the duties of a rule. */
static void add_reports(cstn_rules_builder *b, const json_t *rule, const cstn_term *term,
		const uint8_t agreement[32], const json_t *world)
{
	const json_t *duty, *report;
	size_t i, j;

	json_array_foreach(json_object_get(rule, "duty"), i, duty)
	{
		json_array_foreach(json_object_get(world, "duty_reports"), j, report)
		{
			cstn_rules_duty row = CSTN_RULES_DUTY_INIT;
			const char *state = text(report, "deontic");

			if (strcmp(text(report, "duty"), text(duty, "uid")) != 0)
				continue;
			memcpy(row.agreement, agreement, 32);
			cstn_term_digest(term, row.term);
			ck_assert_uint_eq(json_array_size(json_object_get(rule, "duty")), 1);
			row.state = strcmp(state, "Violated") == 0    ? CSTN_DUTY_VIOLATED
				    : strcmp(state, "Fulfilled") == 0 ? CSTN_DUTY_FULFILLED
								      : CSTN_DUTY_PENDING;
			OK(cstn_rules_builder_add_duty(b, &row, &error));
		}
	}
}

static void add_parties(cstn_rules_builder *b, const char *who)
{
	cstn_constellation_rules place = CSTN_CONSTELLATION_RULES_INIT;
	cstn_vocabulary_builder *words;
	cstn_vocabulary *vocabulary;

	OK(cstn_vocabulary_builder_new(NULL, &words, &error));
	OK(cstn_vocabulary_builder_add_purpose(words, "any", 3, NULL, 0, &error));
	OK(cstn_vocabulary_builder_add_path(
			words, "asset.target", 12, CSTN_CLASS_OPERATIONAL, &error));
	OK(cstn_vocabulary_builder_build(words, &vocabulary, &error));
	cstn_vocabulary_builder_free(words);
	place.constellation = PLACE;
	place.vocabulary = vocabulary;
	OK(cstn_rules_builder_add_constellation(b, &place, &error));
	cstn_vocabulary_unref(vocabulary);
	OK(cstn_rules_builder_add_membership(
			b, PLACE, PROVIDER, NULL, 0, INT64_MIN, INT64_MAX, &error));
	OK(cstn_rules_builder_add_membership(b, PLACE, who, NULL, 0, INT64_MIN, INT64_MAX, &error));
	OK(cstn_rules_builder_add_relation(b, PLACE, PROVIDER, who, CSTN_RELATION_NEUTRAL,
			INT64_MIN, INT64_MAX, &error));
	OK(cstn_rules_builder_add_relation(b, PLACE, who, PROVIDER, CSTN_RELATION_NEUTRAL,
			INT64_MIN, INT64_MAX, &error));
}

static cstn_rules *rules_of(const json_t *one)
{
	static const char *const lists[] = {"permission", "prohibition"};
	const json_t *request = json_object_get(one, "request"),
		     *world = json_object_get(one, "state_of_world"), *rule;
	const char *who = text(request, "assignee");
	cstn_rules_agreement agreement = CSTN_RULES_AGREEMENT_INIT;
	cstn_rules_builder *b;
	cstn_term *terms[8];
	const json_t *from[8];
	cstn_rules *out;
	size_t i;

	OK(cstn_rules_builder_new(NULL, &b, &error));
	add_parties(b, who);
	for (int l = 0; l < 2; l++)
		json_array_foreach(
				json_object_get(json_object_get(one, "policy"), lists[l]), i, rule)
		{
			cstn_term *term = term_of(rule, l, request, world);

			ck_assert_uint_lt(agreement.n_terms, 8);
			if (!term)
				continue;
			from[agreement.n_terms] = rule;
			terms[agreement.n_terms++] = term;
		}
	agreement.constellation = PLACE;
	agreement.provider = PROVIDER;
	agreement.recipient = who;
	agreement.digest[0] = 1;
	agreement.state = CSTN_AGREEMENT_ACTIVE;
	agreement.terms = terms;
	OK(cstn_rules_builder_add_agreement(b, &agreement, &error));
	for (i = 0; i < agreement.n_terms; i++) {
		add_reports(b, from[i], terms[i], agreement.digest, world);
		cstn_term_unref(terms[i]);
	}
	OK(cstn_rules_build(b, &out, &error));
	cstn_rules_builder_free(b);
	return out;
}

static cstn_request *request_of(const json_t *one)
{
	const json_t *theirs = json_object_get(one, "request");
	static const char *const path = "asset.target";
	cstn_request_options options = CSTN_REQUEST_OPTIONS_INIT;
	cstn_request *out;

	options.constellation = PLACE;
	options.provider = PROVIDER;
	options.recipient = text(theirs, "assignee");
	options.purpose = "any";
	options.action = action_of(text(theirs, "action"));
	options.paths = &path;
	options.n_paths = 1;
	options.now_us = json_integer_value(
			json_object_get(json_object_get(one, "state_of_world"), "now_us"));
	OK(cstn_request_new(&options, NULL, &out, &error));
	return out;
}

START_TEST(forty_four_of_forty_four_decisions_are_theirs)
{
	json_t *index = load("index.json");
	size_t i, same = 0;
	const json_t *row;

	json_array_foreach(index, i, row)
	{
		const char *expected = text(row, "decision");
		cstn_decision *decision;
		cstn_request *request;
		cstn_rules *rules;
		char file[64];
		json_t *one;

		snprintf(file, sizeof(file), "cases/case-%s.json", text(row, "case"));
		one = load(file);
		ck_assert_str_eq(text(json_object_get(one, "expected"), "decision"), expected);
		rules = rules_of(one);
		request = request_of(one);
		OK(cstn_decide(rules, request, &decision, &error));
		ck_assert_msg(cstn_decision_is_permitted(decision) ==
						(strcmp(expected, "permit") == 0),
				"case %s, '%s': %s, %s expected", text(row, "case"),
				text(row, "title"),
				cstn_decision_reason_name(cstn_decision_reason(decision)),
				expected);
		same++;
		cstn_decision_unref(decision);
		cstn_request_unref(request);
		cstn_rules_unref(rules);
		json_decref(one);
	}
	ck_assert_uint_eq(same, 44);
	json_decref(index);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {forty_four_of_forty_four_decisions_are_theirs};

	return run_tests_on("vectors/odrl_decisions", "index.json", "decision_odrl", tests,
			sizeof(tests) / sizeof(tests[0]));
}
