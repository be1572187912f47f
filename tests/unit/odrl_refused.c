/* ODRL that is refused by name, and the forms in which it is read. */
#include <stdio.h>

#include <constellation/odrl.h>

#include "constraint_fixture.h"

static cstn_status import(const char *json, cstn_odrl_policy **out, cstn_odrl_refusals **refused,
		cstn_error **error)
{
	cstn_vocabulary *vocabulary = sample_vocabulary();
	cstn_status status = cstn_odrl_import(
			json, strlen(json), vocabulary, NULL, NULL, out, refused, error);

	cstn_vocabulary_unref(vocabulary);
	return status;
}

#define LEAF(left, operator, right) \
	"{\"leftOperand\":\"" left "\",\"operator\":\"" operator"\",\"rightOperand\":" right "}"
#define PERMIT(more) "{\"permission\":[{\"action\":\"use\"" more "}]}"
#define ON(constraint) PERMIT(",\"constraint\":" constraint)
#define GOOD LEAF("rows", "lteq", "5")
#define NOWHERE(member) "{\"permission\":[{\"action\":\"use\"}]," member "}"

START_TEST(what_cannot_be_evaluated_is_refused_by_name)
{
	static const struct {
		const char *json, *place, *operand, *value;
	} cases[] = {{ON("{\"andSequence\":[" GOOD "]}"), "/permission/0/constraint", "andSequence",
				     NULL},
			{ON("[" GOOD ",{\"and\":[" LEAF("event", "lt", "1") "]}]"),
					"/permission/0/constraint/1/and/0", "event", "1"},
			{ON(LEAF("rows", "hasPart", "1")), "/permission/0/constraint", "rows",
					"hasPart"},
			{ON(LEAF("rows", "lteq", "-1")), "/permission/0/constraint", "rows", "-1"},
			{ON(LEAF("rows", "lteq", "1.5")), "/permission/0/constraint", "rows",
					"1.5"},
			{ON(LEAF("rows", "lteq", "[1,2]")), "/permission/0/constraint", "rows", ""},
			{ON(LEAF("rows", "lteq", "[]")), "/permission/0/constraint", "rows", ""},
			{ON(LEAF("region", "isAnyOf", "[\"asia\",\"mars\",\"venus\"]")),
					"/permission/0/constraint", "region", "venus"},
			{ON(LEAF("dateTime", "lt", "\"soon\"")), "/permission/0/constraint",
					"dateTime", "soon"},
			{ON(LEAF("dateTime", "lt",
					 "{\"@value\":\"P1D\",\"@type\":\"xsd:duration\"}")),
					"/permission/0/constraint", "dateTime", "P1D"},
			{ON(LEAF("dateTime", "lt", "{\"value\":\"1970-01-01\",\"us\":5}")),
					"/permission/0/constraint", "dateTime", "1970-01-01"},
			{ON(LEAF("elapsed", "lt", "\"P1M\"")), "/permission/0/constraint",
					"elapsed", "P1M"},
			{ON("{\"leftOperand\":\"rows\",\"operator\":\"lt\",\"rightOperand\":1,"
			    "\"unit\":\"kg\"}"),
					"/permission/0/constraint", "unit", "kg"},
			{ON("{\"or\":[" LEAF("DataUsageEndDurationDays", "eq", "2") "," GOOD "]}"),
					"/permission/0/constraint/or/0", "DataUsageEndDurationDays",
					"2"},
			{ON(LEAF("Liability", "eq", "\"cx.grossNegligence:1\"")),
					"/permission/0/constraint", "Liability",
					"cx.grossNegligence:1"},
			{ON("{\"and\":[" GOOD "],\"or\":[" GOOD "]}"), "/permission/0/constraint",
					"or", ""},
			{ON("{\"and\":[]}"), "/permission/0/constraint/and", "and", ""},
			{ON("7"), "/permission/0/constraint", "constraint", "7"},
			{NOWHERE("\"conflict\":\"perm\""), "", "conflict", "perm"},
			{NOWHERE("\"conflict\":\"odrl:invalid\""), "", "conflict", "odrl:invalid"},
			{NOWHERE("\"inheritFrom\":\"x\""), "", "inheritFrom", "x"},
			{NOWHERE("\"profile\":\"http://x\""), "", "profile", "http://x"},
			{NOWHERE("\"@type\":\"Ticket\""), "", "type", "Ticket"},
			{NOWHERE("\"prohibition\":{\"remedy\":[]}"), "/prohibition", "remedy",
					"[]"},
			{NOWHERE("\"obligation\":{\"action\":\"use\"}"), "/obligation",
					"obligation", ""},
			{NOWHERE("\"action\":\"read\""), "/permission/0", "action", "use"},
			{PERMIT(",\"duty\":[{\"action\":\"x\",\"consequence\":1}]"),
					"/permission/0/duty/0", "consequence", "1"},
			{PERMIT(",\"odrl:action\":\"use\""), "/permission/0", "action", "use"},
			{"{\"permission\":[{\"action\":\"access\"}]}", "/permission/0", "action",
					"access"},
			{"{\"permission\":[{\"action\":{\"@id\":\"use\",\"refinement\":[]}}]}",
					"/permission/0", "refinement", "[]"},
			{"{\"permission\":[]}", "", "policy", ""}, {"[]", "", "policy", "[]"},
			{"{\"prohibition\":{\"action\":\"use\",\"constraint\":[" GOOD
			 "," LEAF("UsageRestriction", "eq", "\"cx.thirdParty.forbidden:1\"") "]}}",
					"/prohibition", "UsageRestriction", ""}};
	size_t i, j;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cstn_odrl_policy *out = NULL;
		cstn_odrl_refusals *refused = NULL;
		int found = 0;

		ck_assert_msg(import(cases[i].json, &out, &refused, NULL) == CSTN_E_UNEVALUABLE,
				"%s", cases[i].json);
		ck_assert_ptr_null(out);
		for (j = 0; j < cstn_odrl_refusal_count(refused); j++)
			found |= !strcmp(cstn_odrl_refusal_place(refused, j), cases[i].place) &&
				 !strcmp(cstn_odrl_refusal_operand(refused, j), cases[i].operand) &&
				 (!cases[i].value || !strcmp(cstn_odrl_refusal_value(refused, j),
								     cases[i].value));
		ck_assert_msg(found, "%s: %s %s %s", cases[i].json,
				cstn_odrl_refusal_place(refused, 0),
				cstn_odrl_refusal_operand(refused, 0),
				cstn_odrl_refusal_value(refused, 0));
		cstn_odrl_refusals_free(refused);
	}
}
END_TEST

START_TEST(all_refusals_are_reported_and_the_first_is_said)
{
	cstn_odrl_policy *out = NULL;
	cstn_odrl_refusals *refused = NULL;
	cstn_error *error = NULL;

	ck_assert_int_eq(import(ON("[" LEAF("weather", "eq", "\"dry\"") "," LEAF("rows", "lt",
						"-2") "," LEAF("Warranty", "eq", "\"x\"") "]"),
					 &out, &refused, &error),
			CSTN_E_UNEVALUABLE);
	ck_assert_uint_eq(cstn_odrl_refusal_count(refused), 3);
	ck_assert_str_eq(cstn_error_message(error), "'/permission/0/constraint/0': operand "
						    "'weather', value 'dry': the operand is "
						    "not registered; and 2 more");
	ck_assert_str_eq(cstn_odrl_refusal_value(refused, 1), "-2");
	ck_assert_ptr_null(cstn_odrl_refusal_place(refused, 3));
	ck_assert_ptr_nonnull(cstn_odrl_refusal_reason(refused, 2));
	cstn_odrl_refusals_free(refused);
	cstn_error_free(error);
}
END_TEST

START_TEST(what_is_no_json_is_no_policy)
{
	cstn_odrl_policy *out = NULL;
	cstn_odrl_refusals *refused = NULL;

	ck_assert_int_eq(import("{\"permission\":[}", &out, &refused, NULL), CSTN_E_FORMAT);
	ck_assert_int_eq(import("{\"a\":1,\"a\":2}", &out, &refused, NULL), CSTN_E_FORMAT);
	ck_assert_int_eq(import("", &out, &refused, NULL), CSTN_E_FORMAT);
	ck_assert_ptr_null(out);
	ck_assert_ptr_null(refused);
}
END_TEST

START_TEST(json_ld_with_prefixes_is_read)
{
	static const char json[] =
			"{\"@id\":\"urn:p\",\"@type\":\"odrl:Set\",\"odrl:permission\":{"
			"\"odrl:action\":{\"@id\":\"odrl:use\"},\"odrl:target\":{\"@id\":\"urn:t\"}"
			","
			"\"odrl:assignee\":{\"@type\":\"PartyCollection\",\"@id\":\"urn:c\","
			"\"source\":\"urn:s\"},\"odrl:constraint\":{\"odrl:and\":{\"@list\":[{"
			"\"odrl:leftOperand\":{\"@id\":\"odrl:dateTime\"},\"odrl:operator\":{\"@"
			"id\":"
			"\"odrl:lteq\"},\"odrl:rightOperand\":{\"@value\":\"2026-01-01T01:00:00+01:"
			"00\","
			"\"@type\":\"xsd:dateTime\"}},{\"odrl:leftOperand\":\"price\",\"odrl:"
			"operator\":"
			"\"lt\",\"odrl:rightOperand\":2.5},{\"leftOperand\":\"elapsed\","
			"\"operator\":"
			"\"gt\",\"rightOperand\":\"P1W2DT3H4M5.5S\"}]}}},\"odrl:prohibition\":[],"
			"\"odrl:conflict\":{\"@id\":\"odrl:prohibit\"}}";
	cstn_odrl_policy *out = NULL;
	cstn_error *error = NULL;
	cstn_odrl_rule rule = CSTN_ODRL_RULE_INIT;
	cstn_buffer *text = NULL;
	cstn_status status = import(json, &out, NULL, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	ck_assert_str_eq(cstn_odrl_policy_uid(out), "urn:p");
	ck_assert_int_eq(cstn_odrl_rule_at(out, 0, &rule, NULL), CSTN_OK);
	ck_assert_uint_eq(rule.actions, CSTN_ACTION_USE);
	ck_assert_uint_eq(rule.flags, CSTN_ODRL_ASSIGNEE_COLLECTION);
	ck_assert_str_eq(rule.assignee, "urn:c");
	ck_assert_str_eq(rule.assignee_source, "urn:s");
	ck_assert_str_eq(rule.target, "urn:t");
	ck_assert_ptr_null(rule.uid);
	ck_assert_int_eq(cstn_constraint_text(rule.constraint, NULL, &text, NULL), CSTN_OK);
	check_text(text, "now is at or before 2026-01-01T00:00:00Z and price is below 2.5 and "
			 "elapsed is above 788645500000 microseconds");
	ck_assert_int_eq(cstn_odrl_rule_at(out, 1, &rule, NULL), CSTN_E_INVALID_ARGUMENT);
	cstn_odrl_policy_unref(out);
}
END_TEST

START_TEST(a_rule_without_action_is_of_any_and_takes_what_stands_in_the_policy)
{
	cstn_odrl_policy *out = NULL;
	cstn_odrl_rule rule = CSTN_ODRL_RULE_INIT;

	ck_assert_int_eq(import("{\"target\":\"urn:t\",\"assigner\":\"a\",\"prohibition\":[{}]}",
					 &out, NULL, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_odrl_rule_at(out, 0, &rule, NULL), CSTN_OK);
	ck_assert_int_eq(rule.kind, CSTN_ODRL_PROHIBITION);
	ck_assert_uint_eq(rule.actions, CSTN_ACTION_USE | CSTN_ACTION_TRANSFER);
	ck_assert_uint_eq(rule.flags, CSTN_ODRL_ANY_ACTION);
	ck_assert_str_eq(rule.target, "urn:t");
	ck_assert_str_eq(rule.assigner, "a");
	ck_assert_ptr_null(rule.assignee);
	ck_assert_ptr_null(rule.constraint);
	cstn_odrl_policy_unref(out);
}
END_TEST

START_TEST(a_usage_purpose_covers_what_is_below_it)
{
	cstn_odrl_policy *out = NULL;
	cstn_odrl_rule rule = CSTN_ODRL_RULE_INIT;
	cstn_buffer *text = NULL;

	ck_assert_int_eq(import(ON(LEAF("UsagePurpose", "isAnyOf", "[\"planning\",\"recall\"]")),
					 &out, NULL, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_odrl_rule_at(out, 0, &rule, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_constraint_text(rule.constraint, NULL, &text, NULL), CSTN_OK);
	check_text(text, "purpose is part of 'planning', 'recall'");
	cstn_odrl_policy_unref(out);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {what_cannot_be_evaluated_is_refused_by_name,
			all_refusals_are_reported_and_the_first_is_said,
			what_is_no_json_is_no_policy, json_ld_with_prefixes_is_read,
			a_rule_without_action_is_of_any_and_takes_what_stands_in_the_policy,
			a_usage_purpose_covers_what_is_below_it};

	return run_tests("odrl_refused", tests, sizeof(tests) / sizeof(*tests));
}
