/* Constraints and ODRL policies in JSON. What is read is written canonically and reads back to the
 * same bytes; compiled it says what it says plainly; it is implied by itself. A policy is read
 * whole or refused with its reasons. The first byte chooses. */
#include "fuzz.h"

#define NUMBERS 5

static cstn_vocabulary *vocabulary(void)
{
	static const struct {
		const char *name;
		int32_t type;
	} operands[] = {{"count", CSTN_OPERAND_INT64}, {"price", CSTN_OPERAND_DECIMAL},
			{"until", CSTN_OPERAND_INSTANT}, {"span", CSTN_OPERAND_DURATION},
			{"lane", CSTN_OPERAND_ID}, {"groups", CSTN_OPERAND_ID_SET},
			/* Of the outside policies that the stage fuzz begins with. */
			{"absoluteSizeWidth", CSTN_OPERAND_DECIMAL},
			{"absoluteSizeHeight", CSTN_OPERAND_DECIMAL},
			{"elapsedTime", CSTN_OPERAND_DURATION},
			{"delayPeriod", CSTN_OPERAND_DURATION}};
	cstn_vocabulary_builder *builder = NULL;
	cstn_vocabulary *out = NULL;
	size_t i;

	MUST(cstn_vocabulary_builder_new(NULL, &builder, NULL) == CSTN_OK);
	for (i = 0; i < sizeof(operands) / sizeof(operands[0]); i++) {
		cstn_operand operand = CSTN_OPERAND_INIT;

		operand.name = operands[i].name;
		operand.name_len = strlen(operands[i].name);
		operand.type = operands[i].type;
		operand.scale = operands[i].type == CSTN_OPERAND_DECIMAL ? 2 : 0;
		MUST(cstn_vocabulary_builder_add_operand(builder, &operand, NULL) == CSTN_OK);
	}
	MUST(cstn_vocabulary_builder_add_purpose(builder, "planning", 8, NULL, 0, NULL) == CSTN_OK);
	MUST(cstn_vocabulary_builder_add_purpose(builder, "sensing", 7, "planning", 8, NULL) ==
			CSTN_OK);
	MUST(cstn_vocabulary_builder_build(builder, &out, NULL) == CSTN_OK);
	cstn_vocabulary_builder_free(builder);
	return out;
}

/* The tree and what it is compiled to say the same of some facts. */
static void evaluate(const cstn_constraint *constraint, const cstn_vocabulary *speech)
{
	static const int64_t numbers[NUMBERS] = {INT64_MIN, -1, 0, 10, INT64_MAX};
	static const cstn_id lane = {"north", 5};
	cstn_condition *condition = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_condition_compile(constraint, speech, NULL, &condition, &error);
	size_t i, n;

	fuzz_check_error(status, error);
	if (status != CSTN_OK)
		return;
	for (i = 0; i < NUMBERS; i++) {
		const cstn_fact facts[] = {{"count", 5, CSTN_OPERAND_INT64, 0, numbers[i], NULL, 0},
				{"lane", 4, CSTN_OPERAND_ID, 0, 0, &lane, 1},
				{"until", 5, CSTN_OPERAND_INSTANT, 0, numbers[NUMBERS - 1 - i],
						NULL, 0}};

		for (n = 0; n <= sizeof(facts) / sizeof(facts[0]); n++) {
			int32_t plain = -1, compiled = -2;

			MUST(cstn_constraint_evaluate(constraint, speech, facts, n, &plain, NULL) ==
					CSTN_OK);
			MUST(cstn_condition_evaluate(condition, facts, n, &compiled, NULL) ==
					CSTN_OK);
			MUST(plain == compiled);
		}
	}
	cstn_condition_unref(condition);
}

static void check(const cstn_constraint *constraint, const cstn_vocabulary *speech)
{
	int32_t implied = -1, unknown = -1;
	cstn_error *error = NULL;
	cstn_status status = cstn_constraint_is_implied(
			constraint, constraint, speech, &implied, &unknown, &error);

	fuzz_check_error(status, error);
	MUST(status != CSTN_OK || implied == 1 || unknown == 1);
}

static void use_constraint(const cstn_constraint *constraint, const cstn_vocabulary *speech)
{
	cstn_buffer *json = NULL, *again_json = NULL, *words = NULL;
	cstn_constraint *again = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_constraint_write_json(constraint, NULL, &json, &error);

	fuzz_check_error(status, error);
	MUST(status == CSTN_OK);
	MUST(cstn_constraint_read_json((const char *)cstn_buffer_data(json), cstn_buffer_size(json),
			     NULL, &again, NULL) == CSTN_OK);
	MUST(cstn_constraint_write_json(again, NULL, &again_json, NULL) == CSTN_OK);
	MUST(cstn_buffer_size(json) == cstn_buffer_size(again_json));
	MUST(memcmp(cstn_buffer_data(json), cstn_buffer_data(again_json), cstn_buffer_size(json)) ==
			0);
	MUST(cstn_constraint_text(constraint, NULL, &words, NULL) == CSTN_OK);
	evaluate(again, speech);
	check(again, speech);
	cstn_buffer_free(words);
	cstn_buffer_free(again_json);
	cstn_buffer_free(json);
	cstn_constraint_unref(again);
}

static void read_constraint(const char *json, size_t len, const cstn_vocabulary *speech)
{
	cstn_constraint *constraint = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_constraint_read_json(json, len, NULL, &constraint, &error);

	fuzz_check_error(status, error);
	if (status == CSTN_OK)
		use_constraint(constraint, speech);
	cstn_constraint_unref(constraint);
}

static void read_policy(const char *json, size_t len, const cstn_vocabulary *speech)
{
	cstn_odrl_refusals *refused = NULL;
	cstn_odrl_policy *policy = NULL;
	cstn_error *error = NULL;
	cstn_status status =
			cstn_odrl_import(json, len, speech, NULL, NULL, &policy, &refused, &error);
	size_t i, k;

	fuzz_check_error(status, error);
	MUST((policy != NULL) == (status == CSTN_OK));
	MUST(status != CSTN_E_UNEVALUABLE || cstn_odrl_refusal_count(refused) > 0);
	for (i = 0; i < cstn_odrl_refusal_count(refused); i++)
		MUST(cstn_odrl_refusal_reason(refused, i) && cstn_odrl_refusal_place(refused, i));
	for (i = 0; i < cstn_odrl_rule_count(policy); i++) {
		cstn_odrl_rule rule = CSTN_ODRL_RULE_INIT;
		cstn_odrl_component component;

		MUST(cstn_odrl_rule_at(policy, i, &rule, NULL) == CSTN_OK);
		for (k = 0; k < rule.n_components; k++)
			MUST(cstn_odrl_component_at(policy, i, k, &component, NULL) == CSTN_OK);
		if (rule.constraint)
			evaluate(rule.constraint, speech);
	}
	cstn_odrl_refusals_free(refused);
	cstn_odrl_policy_unref(policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cstn_vocabulary *speech;

	if (size == 0)
		return 0;
	speech = vocabulary();
	if (data[0] % 2 == 0)
		read_constraint((const char *)data + 1, size - 1, speech);
	else
		read_policy((const char *)data + 1, size - 1, speech);
	cstn_vocabulary_unref(speech);
	return 0;
}
