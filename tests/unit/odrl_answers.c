/* Outside vectors of ODRL: pairs of policies with their verdicts, decisions, and the constraints of
 * Catena-X. Their folders say where they come from. */
#include <jansson.h>
#include <stdio.h>

#include <constellation/odrl.h>

#include "constraint_fixture.h"
#include "odrl_term.h"
#include "shared_data.h"

static json_t *load(const char *folder, const char *file)
{
	char *path = shared_path(folder, file);
	json_t *out = json_load_file(path, 0, NULL);

	ck_assert_msg(out != NULL, "%s", path);
	free(path);
	return out;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static cstn_odrl_policy *import(const json_t *policy, const cstn_vocabulary *vocabulary,
		const cstn_odrl_options *options, cstn_odrl_refusals **refused)
{
	char *text = json_dumps(policy, JSON_COMPACT);
	cstn_odrl_policy *out = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_odrl_import(
			text, strlen(text), vocabulary, options, NULL, &out, refused, &error);

	ck_assert_msg(status == CSTN_OK || status == CSTN_E_UNEVALUABLE, "%s: %s",
			cstn_error_message(error), text);
	ck_assert((status == CSTN_OK) == (out != NULL));
	cstn_error_free(error);
	free(text);
	return out;
}

static void add_operand(cstn_vocabulary_builder *builder, const char *name, int32_t type,
		int32_t scale, uint32_t flags)
{
	cstn_operand operand = CSTN_OPERAND_INIT;

	operand.name = name;
	operand.name_len = strlen(name);
	operand.type = type;
	operand.scale = scale;
	operand.flags = flags;
	ck_assert_int_eq(cstn_vocabulary_builder_add_operand(builder, &operand, NULL), CSTN_OK);
}

static cstn_vocabulary *built(cstn_vocabulary_builder *builder)
{
	cstn_vocabulary *out = NULL;

	ck_assert_int_eq(cstn_vocabulary_builder_build(builder, &out, NULL), CSTN_OK);
	cstn_vocabulary_builder_free(builder);
	return out;
}

/* --- pairs ------------------------------------------------------------------------------------ */

static cstn_vocabulary *sizes_and_times(void)
{
	cstn_vocabulary_builder *builder = NULL;

	ck_assert_int_eq(cstn_vocabulary_builder_new(NULL, &builder, NULL), CSTN_OK);
	add_operand(builder, "absoluteSizeWidth", CSTN_OPERAND_DECIMAL, 3, CSTN_OPERAND_HAS_LEAST);
	add_operand(builder, "absoluteSizeHeight", CSTN_OPERAND_DECIMAL, 3, CSTN_OPERAND_HAS_LEAST);
	add_operand(builder, "absoluteSizeDepth", CSTN_OPERAND_DECIMAL, 3, CSTN_OPERAND_HAS_LEAST);
	add_operand(builder, "spatialCoordinatesAltitude", CSTN_OPERAND_DECIMAL, 3, 0);
	add_duration(builder, "elapsedTime", NULL);
	add_duration(builder, "meteredTime", "elapsedTime");
	add_duration(builder, "delayPeriod", NULL);
	odrl_term_words(builder);
	return built(builder);
}

/* The constraint of the one permission of a policy. */
static cstn_constraint *constraint_of(cstn_odrl_policy *policy)
{
	cstn_odrl_rule rule = CSTN_ODRL_RULE_INIT;

	ck_assert_uint_eq(cstn_odrl_rule_count(policy), 1);
	ck_assert_int_eq(cstn_odrl_rule_at(policy, 0, &rule, NULL), CSTN_OK);
	ck_assert_int_eq(rule.kind, CSTN_ODRL_PERMISSION);
	ck_assert_ptr_nonnull(rule.constraint);
	return rule.constraint;
}

/* The facts of a case as a constraint's own values: each says what it is. */
static size_t facts_of(const json_t *given, const cstn_vocabulary *vocabulary, cstn_fact *facts)
{
	const char *name;
	json_t *value;
	size_t n = 0;

	json_object_foreach((json_t *)(uintptr_t)given, name, value)
	{
		cstn_operand operand = CSTN_OPERAND_INIT;
		const char *text = json_string_value(value);
		int64_t index = cstn_vocabulary_find_operand(vocabulary, name, strlen(name));
		int days;

		ck_assert_int_ge(index, 0);
		ck_assert_int_eq(cstn_vocabulary_operand_at(
						 vocabulary, (size_t)index, &operand, NULL),
				CSTN_OK);
		if (operand.type == CSTN_OPERAND_DURATION) {
			ck_assert_int_eq(sscanf(text, "P%dD", &days), 1);
			facts[n++] = number_fact(
					name, operand.type, 0, days * INT64_C(86400000000));
		} else {
			facts[n++] = number_fact(name, operand.type, 0, strtoll(text, NULL, 10));
		}
	}
	return n;
}

static const char *verdict_name(int32_t found, int verdict)
{
	if (found == CSTN_COMPARE_CONFLICT)
		return "conflict";
	if (found == CSTN_COMPARE_UNKNOWN)
		return "UNKNOWN";
	return verdict && found == CSTN_COMPARE_UNDERSPECIFIED ? "unknown" : "compatible";
}

static const char *yes_or_no(int32_t is, int32_t unknown, const char *yes, const char *no)
{
	return unknown ? "UNKNOWN" : is ? yes : no;
}

/* What the same question comes to for terms that have these constraints: the calls that parties
 * make. */
static const char *answer_of_terms(
		const json_t *one, cstn_term **terms, cstn_vocabulary *vocabulary)
{
	const char *question = text_of(one, "question");
	int32_t is = -1, unknown = 0;
	cstn_fact facts[8];

	if (strcmp(question, "overlap") == 0 || strcmp(question, "verdict") == 0) {
		ck_assert_int_eq(cstn_terms_compare(terms[0], terms[1], vocabulary, &is, NULL),
				CSTN_OK);
		return verdict_name(is, *question == 'v');
	}
	if (strcmp(question, "containment") == 0) {
		ck_assert_int_eq(cstn_term_is_within(terms[0], terms[1], vocabulary, &is, &unknown,
						 NULL),
				CSTN_OK);
		ck_assert_int_eq(unknown, is ? 0 : CSTN_TERM_CONSTRAINT);
		return is ? "refines" : "not_refines";
	}
	if (strcmp(question, "realizable") == 0) {
		ck_assert_int_eq(cstn_term_is_realizable(terms[0], vocabulary, &is, &unknown, NULL),
				CSTN_OK);
		return yes_or_no(is, unknown, "realizable", "unrealizable");
	}
	ck_assert_str_eq(question, "runtime");
	is = odrl_term_permits(terms[0], vocabulary, facts,
			facts_of(json_object_get(one, "facts"), vocabulary, facts));
	return is ? "permit" : "deny";
}

static const char *answer_to(
		const json_t *one, cstn_constraint **sides, const cstn_vocabulary *vocabulary)
{
	const char *question = text_of(one, "question");
	int32_t is = -1, unknown = -1, truth = -1;
	cstn_fact facts[8];

	if (strcmp(question, "overlap") == 0 || strcmp(question, "verdict") == 0) {
		ck_assert_int_eq(cstn_constraint_compare(sides[0], sides[1], vocabulary, &is, NULL),
				CSTN_OK);
		return verdict_name(is, *question == 'v');
	}
	if (strcmp(question, "containment") == 0) {
		ck_assert_int_eq(cstn_constraint_is_implied(sides[1], sides[0], vocabulary, &is,
						 &unknown, NULL),
				CSTN_OK);
		return yes_or_no(is, unknown, "refines", "not_refines");
	}
	if (strcmp(question, "realizable") == 0) {
		ck_assert_int_eq(cstn_constraint_is_realizable(
						 sides[0], vocabulary, &is, &unknown, NULL),
				CSTN_OK);
		return yes_or_no(is, unknown, "realizable", "unrealizable");
	}
	ck_assert_str_eq(question, "runtime");
	ck_assert_int_eq(cstn_constraint_evaluate(sides[0], vocabulary, facts,
					 facts_of(json_object_get(one, "facts"), vocabulary, facts),
					 &truth, NULL),
			CSTN_OK);
	ck_assert_int_ne(truth, CSTN_TRUTH_UNKNOWN);
	return truth == CSTN_TRUTH_TRUE ? "permit" : "deny";
}

START_TEST(pairs_of_policies_have_the_verdicts_of_their_authors)
{
	json_t *pairs = load("vectors", "odrl_pairs/pairs.json"), *one;
	cstn_vocabulary *vocabulary = sizes_and_times();
	size_t i, j, exact = 0, unknown = 0;

	ck_assert_uint_eq(json_array_size(pairs), 160);
	json_array_foreach(pairs, i, one)
	{
		const json_t *policies = json_object_get(one, "policies");
		cstn_odrl_policy *policy[2] = {NULL, NULL};
		cstn_constraint *sides[2] = {NULL, NULL};
		cstn_term *terms[2] = {NULL, NULL};
		const char *answer = "UNKNOWN";
		int refused = 0;

		for (j = 0; j < json_array_size(policies); j++) {
			policy[j] = import(json_array_get(policies, j), vocabulary, NULL, NULL);
			refused |= policy[j] == NULL;
			if (!policy[j])
				continue;
			sides[j] = constraint_of(policy[j]);
			terms[j] = odrl_term(sides[j],
					j == 0 && strcmp(text_of(one, "question"), "containment") ==
									0);
		}
		if (!refused) {
			answer = answer_of_terms(one, terms, vocabulary);
			ck_assert_str_eq(answer, answer_to(one, sides, vocabulary));
		}
		if (strcmp(answer, "UNKNOWN") == 0) {
			ck_assert_msg(strcmp(text_of(one, "fragment"), "extended") == 0, "%s",
					text_of(one, "id"));
			unknown++;
		} else {
			ck_assert_msg(strcmp(answer, text_of(one, "expected")) == 0,
					"%s: %s, not %s", text_of(one, "id"), answer,
					text_of(one, "expected"));
			exact++;
		}
		for (j = 0; j < 2; j++) {
			cstn_term_unref(terms[j]);
			cstn_odrl_policy_unref(policy[j]);
		}
	}
	printf("pairs: %zu exact, %zu UNKNOWN\n", exact, unknown);
	ck_assert_uint_eq(exact, 149); /* all of the core, and metered time */
	ck_assert_uint_eq(unknown, 11);
	cstn_vocabulary_unref(vocabulary);
	json_decref(pairs);
}
END_TEST

/* --- decisions -------------------------------------------------------------------------------- */

/* Is a side of a rule the one that is asked for, or a collection that holds it? */
static int matches(const char *side, const char *source, int collection, const char *asked,
		const json_t *members)
{
	const json_t *one;
	size_t i;

	if (!side)
		return 1;
	if (!collection)
		return strcmp(side, asked) == 0;
	json_array_foreach(members, i, one)
	{
		const char *name = text_of(one, "collection");

		if (strcmp(text_of(one, "member"), asked) == 0 &&
				(strcmp(name, side) == 0 || (source && strcmp(name, source) == 0)))
			return 1;
	}
	return 0;
}

static uint32_t action_of(const char *name)
{
	static const struct {
		const char *name;
		uint32_t action;
	} actions[] = {{"read", CSTN_ACTION_READ}, {"write", CSTN_ACTION_WRITE},
			{"sell", CSTN_ACTION_SELL}};
	size_t i;

	for (i = 0; i < 3; i++)
		if (strcmp(actions[i].name, name) == 0)
			return actions[i].action;
	ck_abort_msg("action %s", name);
	return 0;
}

static int violated(cstn_odrl_policy *policy, size_t rule, const cstn_odrl_rule *is,
		const json_t *reports)
{
	const json_t *one;
	size_t i, j;

	for (i = 0; i < is->n_duties; i++) {
		const char *uid = NULL;

		ck_assert_str_eq(cstn_odrl_duty_action(policy, rule, i, &uid), "compensate");
		json_array_foreach(reports, j, one)
		{
			if (strcmp(text_of(one, "deontic"), "Violated") == 0)
				return 1;
		}
	}
	return 0;
}

static int is_active(cstn_odrl_policy *policy, size_t index, const json_t *one,
		const cstn_vocabulary *vocabulary, int32_t *kind)
{
	const json_t *request = json_object_get(one, "request");
	const json_t *state = json_object_get(one, "state_of_world");
	const json_t *members = json_object_get(state, "member_of");
	cstn_fact now = number_fact("now", CSTN_OPERAND_INSTANT, 0,
			json_integer_value(json_object_get(state, "now_us")));
	cstn_odrl_rule rule = CSTN_ODRL_RULE_INIT;
	cstn_condition *condition = NULL;
	int32_t truth = CSTN_TRUTH_TRUE;

	ck_assert_int_eq(cstn_odrl_rule_at(policy, index, &rule, NULL), CSTN_OK);
	*kind = rule.kind;
	if (rule.constraint) {
		ck_assert_int_eq(cstn_condition_compile(rule.constraint, vocabulary, NULL,
						 &condition, NULL),
				CSTN_OK);
		ck_assert_int_eq(
				cstn_condition_evaluate(condition, &now, 1, &truth, NULL), CSTN_OK);
		cstn_condition_unref(condition);
	}
	return truth == CSTN_TRUTH_TRUE &&
	       (rule.actions & action_of(text_of(request, "action"))) != 0 &&
	       matches(rule.assignee, rule.assignee_source,
			       (rule.flags & CSTN_ODRL_ASSIGNEE_COLLECTION) != 0,
			       text_of(request, "assignee"), members) &&
	       matches(rule.target, rule.target_source,
			       (rule.flags & CSTN_ODRL_TARGET_COLLECTION) != 0,
			       text_of(request, "target"), members) &&
	       !violated(policy, index, &rule, json_object_get(state, "duty_reports"));
}

START_TEST(rules_are_read_as_their_decisions_need)
{
	json_t *index = load("vectors", "odrl_decisions/index.json"), *entry;
	cstn_vocabulary *vocabulary = sizes_and_times();
	size_t i, j, permits = 0;

	ck_assert_uint_eq(json_array_size(index), 44);
	json_array_foreach(index, i, entry)
	{
		cstn_odrl_policy *policy;
		char file[64];
		json_t *one;
		int active[4] = {0};

		snprintf(file, sizeof(file), "odrl_decisions/cases/case-%s.json",
				text_of(entry, "case"));
		one = load("vectors", file);
		policy = import(json_object_get(one, "policy"), vocabulary, NULL, NULL);
		ck_assert_msg(policy != NULL, "%s", file);
		for (j = 0; j < cstn_odrl_rule_count(policy); j++) {
			int32_t kind = 0;
			int is = is_active(policy, j, one, vocabulary, &kind);

			active[kind] |= is;
		}
		ck_assert_msg((active[CSTN_ODRL_PERMISSION] && !active[CSTN_ODRL_PROHIBITION]) ==
						(strcmp(text_of(entry, "decision"), "permit") == 0),
				"%s", file);
		permits += strcmp(text_of(entry, "decision"), "permit") == 0;
		cstn_odrl_policy_unref(policy);
		json_decref(one);
	}
	ck_assert_uint_eq(permits, 19);
	cstn_vocabulary_unref(vocabulary);
	json_decref(index);
}
END_TEST

/* --- Catena-X --------------------------------------------------------------------------------- */

static cstn_vocabulary *catenax(int with_region)
{
	static const char *const purposes[] = {"cx.core.digitalTwinRegistry:1", "cx.pcf.base:1",
			"cx.circular.dpp:1", "cx.dcm.base:1", "cx.bpdm.pool:1", "cx.puris.base:1"};
	cstn_vocabulary_builder *builder = NULL;
	size_t i;

	ck_assert_int_eq(cstn_vocabulary_builder_new(NULL, &builder, NULL), CSTN_OK);
	if (with_region)
		add_operand(builder, "recipient.region", CSTN_OPERAND_ID, 0, 0);
	for (i = 0; i < 6; i++)
		ck_assert_int_eq(cstn_vocabulary_builder_add_purpose(builder, purposes[i],
						 strlen(purposes[i]), NULL, 0, NULL),
				CSTN_OK);
	ck_assert_int_eq(cstn_vocabulary_builder_add_role(builder, "ecu-suppliers", 13, NULL),
			CSTN_OK);
	return built(builder);
}

/* A constraint alone in a rule; restrictions stand in a prohibition. */
static json_t *policy_around(json_t *constraint)
{
	const char *kind = strcmp(text_of(constraint, "leftOperand"), "UsageRestriction") == 0
					   ? "prohibition"
					   : "permission";

	return json_pack("{s:[{s:s,s:[O]}]}", kind, "action", "use", "constraint", constraint);
}

/* What became of the one rule: 1 a constraint, 2 a component. */
static int became(const cstn_odrl_policy *policy)
{
	cstn_odrl_rule rule = CSTN_ODRL_RULE_INIT;

	ck_assert_int_eq(cstn_odrl_rule_at(policy, 0, &rule, NULL), CSTN_OK);
	return (rule.constraint ? 1 : 0) + (rule.n_components ? 2 : 0);
}

static int refused_with(const cstn_odrl_refusals *refused, const char *operand, const char *value)
{
	size_t i;

	for (i = 0; i < cstn_odrl_refusal_count(refused); i++)
		if (strcmp(cstn_odrl_refusal_operand(refused, i), operand) == 0 &&
				(!value || strcmp(cstn_odrl_refusal_value(refused, i), value) == 0))
			return 1;
	return 0;
}

static json_t *sample_of(const char *operand)
{
	static const char *const files[] = {"membership", "business-partner-number",
			"business-partner-group", "framework-agreement", "usage-purpose",
			"data-frequency", "data-usage-end-date", "data-usage-end-duration-days",
			"data-usage-end-definition", "data-provisioning-end-date",
			"data-provisioning-end-duration-days", "affiliates-bpnl",
			"managed-legal-entity-bpnl", "affiliates-region",
			"managed-legal-entity-region", "usage-restriction",
			"confidential-information-sharing", "contract-termination",
			"contract-reference", "precedence", "version-changes", "exclusive-usage",
			"confidential-information-measures", "jurisdiction-location",
			"jurisdiction-location-reference", "liability", "warranty",
			"warranty-definition", "warranty-duration"};
	char path[128];
	size_t i;

	for (i = 0; i < 29; i++) {
		json_t *one;

		snprintf(path, sizeof(path), "catenax/samples/%s-constraint-sample.json", files[i]);
		one = load("vectors", path);
		if (strcmp(text_of(one, "leftOperand"), operand) == 0)
			return one;
		json_decref(one);
	}
	ck_abort_msg("no sample of %s", operand);
	return NULL;
}

/* Operands of which a value is refused in their own sample, though others are evaluated. */
static int sample_is_bad(const char *operand)
{
	return strcmp(operand, "ContractTermination") == 0 ||
	       strcmp(operand, "UsageRestriction") == 0;
}

static void check_operand(const char *operand, const char *as, json_t *policy,
		cstn_vocabulary *with, cstn_vocabulary *without)
{
	static const cstn_id parties[] = {{"BPNL1", 5}, {"BPNL2", 5}};
	cstn_odrl_options options = CSTN_ODRL_OPTIONS_INIT;
	cstn_odrl_refusals *refused = NULL;
	cstn_odrl_policy *plain = import(policy, without, NULL, &refused), *out = NULL;
	int sharing = strcmp(operand, "ConfidentialInformationSharing") == 0;
	int region = strcmp(as, "evaluate_if_host") == 0, legal = strcmp(as, "legal_text") == 0;

	if (strcmp(as, "evaluate") == 0) {
		ck_assert_msg(plain != NULL, "%s", operand);
		ck_assert_int_ne(became(plain), 0);
	} else { /* refused by name */
		ck_assert_msg(plain == NULL, "%s", operand);
		ck_assert_msg(refused_with(refused, operand, NULL), "%s", operand);
	}
	options.flags = legal ? CSTN_ODRL_LEGAL_TEXT : 0;
	options.affiliates = parties;
	options.n_affiliates = 1;
	options.managed = parties + 1;
	options.n_managed = 1;
	if (sharing || region || legal) { /* what the host adds makes it good */
		out = import(policy, with, &options, NULL);
		ck_assert_msg(out != NULL, "%s", operand);
		ck_assert_int_eq(became(out), region ? 1 : 2);
	}
	cstn_odrl_policy_unref(out);
	cstn_odrl_policy_unref(plain);
	cstn_odrl_refusals_free(refused);
}

START_TEST(each_left_operand_of_catenax_is_evaluated_or_refused_by_name)
{
	json_t *expected = load("vectors", "catenax/import_expectations.json"), *one;
	cstn_vocabulary *with = catenax(1), *without = catenax(0);
	size_t i, n[2] = {0, 0};

	json_array_foreach(json_object_get(expected, "left_operands"), i, one)
	{
		const char *operand = text_of(one, "left_operand");
		const char *as = text_of(one, "import_as");
		json_t *sample = sample_of(operand), *policy = policy_around(sample);

		check_operand(operand, as, policy, with, without);
		n[sample_is_bad(operand)]++;
		json_decref(policy);
		json_decref(sample);
	}
	ck_assert_uint_eq(n[0] + n[1], 29);
	cstn_vocabulary_unref(with);
	cstn_vocabulary_unref(without);
	json_decref(expected);
}
END_TEST

START_TEST(bad_values_of_catenax_are_refused_by_value)
{
	json_t *expected = load("vectors", "catenax/import_expectations.json"), *one;
	cstn_vocabulary *vocabulary = catenax(1);
	size_t i;

	ck_assert_uint_eq(json_array_size(json_object_get(expected, "refuse_values")), 8);
	json_array_foreach(json_object_get(expected, "refuse_values"), i, one)
	{
		char path[160];
		json_t *policy;
		cstn_odrl_refusals *refused = NULL;

		snprintf(path, sizeof(path), "catenax/samples/%s", text_of(one, "file"));
		policy = load("vectors", path);
		if (json_object_get(policy, "leftOperand")) {
			json_t *inside = policy;

			policy = policy_around(inside);
			json_decref(inside);
		}
		ck_assert_ptr_null(import(policy, vocabulary, NULL, &refused));
		ck_assert_msg(refused_with(refused, text_of(one, "left_operand"),
					      text_of(one, "value")),
				"%s: %s", text_of(one, "left_operand"), text_of(one, "value"));
		cstn_odrl_refusals_free(refused);
		json_decref(policy);
	}
	cstn_vocabulary_unref(vocabulary);
	json_decref(expected);
}
END_TEST

/* The four words that the profile has for values which can be evaluated. */
START_TEST(words_of_the_profile_become_components)
{
	static const struct {
		const char *operand, *value;
		int32_t kind;
		int64_t number;
	} words[] = {{"DataFrequency", "cx.dataFrequency.once:1", CSTN_ODRL_CALLS, 1},
			{"ContractTermination", "cx.data.keeping:1", CSTN_ODRL_DELIVERED_KEEP, 0},
			{"ContractTermination", "cx.data.deletion:1", CSTN_ODRL_DELIVERED_DELETE,
					0},
			{"UsageRestriction", "cx.thirdParty.forbidden:1", CSTN_ODRL_ONWARD_NONE, 0},
			{"UsageRestriction", "cx.derivations.forbidden:1",
					CSTN_ODRL_PROHIBIT_DERIVE, 0},
			{"DataUsageEndDate", "2023-10-04T12:30:00Z", CSTN_ODRL_RETENTION_UNTIL,
					INT64_C(1696422600000000)}};
	cstn_vocabulary *vocabulary = catenax(0);
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		json_t *one = json_pack("{s:s,s:s,s:s}", "leftOperand", words[i].operand,
				"operator", "eq", "rightOperand", words[i].value);
		json_t *policy = policy_around(one);
		cstn_odrl_policy *out = import(policy, vocabulary, NULL, NULL);
		cstn_odrl_component component;

		ck_assert_msg(out != NULL, "%s", words[i].value);
		ck_assert_int_eq(cstn_odrl_component_at(out, 0, 0, &component, NULL), CSTN_OK);
		ck_assert_int_eq(component.kind, words[i].kind);
		ck_assert_int_eq(component.number, words[i].number);
		ck_assert_str_eq(component.text, words[i].operand);
		cstn_odrl_policy_unref(out);
		json_decref(policy);
		json_decref(one);
	}
	cstn_vocabulary_unref(vocabulary);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {pairs_of_policies_have_the_verdicts_of_their_authors,
			rules_are_read_as_their_decisions_need,
			each_left_operand_of_catenax_is_evaluated_or_refused_by_name,
			bad_values_of_catenax_are_refused_by_value,
			words_of_the_profile_become_components};

	return run_tests_on("vectors", "odrl_pairs/pairs.json", "odrl_answers", tests,
			sizeof(tests) / sizeof(*tests));
}
