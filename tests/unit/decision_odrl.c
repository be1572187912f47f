/* Outside answers: the decisions of the ODRL test suite, as odrl_case.h reads them. */
#include <stdio.h>

#include "odrl_case.h"
#include "shared_data.h"

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
		OK(odrl_case_make(one, &rules, &request, &error));
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
