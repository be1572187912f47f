/* A constellation says what it speaks; a condition is built, evaluated and explained, compiled, and
 * compared with another; a policy of ODRL is read, and one is refused. */
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

#define DAY INT64_C(86400000000)

/* [vocabulary] */
static cstn_status speak(cstn_vocabulary **out, cstn_error **error)
{
	cstn_vocabulary_builder *builder = NULL;
	cstn_operand price = CSTN_OPERAND_INIT;
	cstn_status status = cstn_vocabulary_builder_new(NULL, &builder, error);

	price.name = "price";
	price.name_len = 5;
	price.type = CSTN_OPERAND_DECIMAL;
	price.scale = 2;
	price.flags = CSTN_OPERAND_HAS_LEAST; /* 0 and above */
	if (status == CSTN_OK)
		status = cstn_vocabulary_builder_add_operand(builder, &price, error);
	if (status == CSTN_OK) /* planning covers forecasting */
		status = cstn_vocabulary_builder_add_purpose(
				builder, "forecasting", 11, "planning", 8, error);
	if (status == CSTN_OK)
		status = cstn_vocabulary_builder_build(builder, out, error);
	cstn_vocabulary_builder_free(builder);
	return status;
}
/* [vocabulary] */

static cstn_status number(const char *operand, int32_t operation, int32_t type, int64_t value,
		cstn_constraint **out, cstn_error **error)
{
	cstn_constraint_leaf leaf = CSTN_CONSTRAINT_LEAF_INIT;

	leaf.operand = operand;
	leaf.operand_len = strlen(operand);
	leaf.operation = operation;
	leaf.type = type;
	leaf.scale = type == CSTN_OPERAND_DECIMAL ? 2 : 0;
	leaf.numbers = &value;
	leaf.n_values = 1;
	return cstn_constraint_new(&leaf, NULL, out, error);
}

/* Before the 31st day of 1970, for planning, and at 9.50 or less. */
static cstn_status build(cstn_constraint **out, cstn_error **error)
{
	/* [build] */
	static const cstn_id planning = {"planning", 8};
	cstn_constraint_leaf leaf = CSTN_CONSTRAINT_LEAF_INIT;
	cstn_constraint *parts[3] = {NULL, NULL, NULL};
	cstn_status status;
	size_t i;

	leaf.operand = "purpose";
	leaf.operand_len = 7;
	leaf.operation = CSTN_OPERATOR_IS_PART_OF;
	leaf.type = CSTN_OPERAND_ID;
	leaf.ids = &planning;
	leaf.n_values = 1;
	status = cstn_constraint_new(&leaf, NULL, &parts[0], error);
	/* [build] */
	if (status == CSTN_OK)
		status = number("now", CSTN_OPERATOR_LT, CSTN_OPERAND_INSTANT, 30 * DAY, &parts[1],
				error);
	if (status == CSTN_OK)
		status = number("price", CSTN_OPERATOR_LTEQ, CSTN_OPERAND_DECIMAL, 950, &parts[2],
				error);
	if (status == CSTN_OK)
		status = cstn_constraint_combine(CSTN_CONSTRAINT_AND, parts, 3, NULL, out, error);
	for (i = 0; i < 3; i++)
		cstn_constraint_unref(parts[i]);
	return status;
}

static void show(cstn_buffer *buffer)
{
	printf("%s\n", (const char *)cstn_buffer_data(buffer));
	cstn_buffer_free(buffer);
}

static cstn_status evaluate(
		const cstn_constraint *rule, const cstn_vocabulary *vocabulary, cstn_error **error)
{
	static const char *const truths[] = {"false", "unknown", "true"};
	/* [evaluate] */
	static const cstn_id forecasting = {"forecasting", 11};
	cstn_fact facts[3] = {{"purpose", 7, CSTN_OPERAND_ID, 0, 0, &forecasting, 1},
			{"now", 3, CSTN_OPERAND_INSTANT, 0, 10 * DAY, NULL, 0},
			{"price", 5, CSTN_OPERAND_DECIMAL, 1, 95, NULL, 0}};
	cstn_condition *condition = NULL;
	cstn_buffer *words = NULL;
	int32_t truth = CSTN_TRUTH_UNKNOWN;
	cstn_status status = cstn_condition_compile(rule, vocabulary, NULL, &condition, error);

	if (status == CSTN_OK)
		status = cstn_condition_evaluate(condition, facts, 3, &truth, error);
	/* [evaluate] */
	if (status == CSTN_OK)
		printf("with all facts: %s\n", truths[truth]);
	if (status == CSTN_OK)
		status = cstn_condition_evaluate(condition, facts, 2, &truth, error);
	if (status == CSTN_OK)
		printf("without a price: %s\n", truths[truth]);
	cstn_condition_unref(condition);
	if (status == CSTN_OK)
		status = cstn_constraint_explain(rule, vocabulary, facts, 2, NULL, &words, error);
	if (status == CSTN_OK)
		show(words);
	return status;
}

static cstn_status compare(
		const cstn_constraint *rule, const cstn_vocabulary *vocabulary, cstn_error **error)
{
	static const char *const verdicts[] = {
			"unknown", "conflict", "compatible", "underspecified"};
	cstn_constraint *later = NULL;
	int32_t verdict = CSTN_COMPARE_UNKNOWN, implied = 0;
	cstn_status status = number(
			"now", CSTN_OPERATOR_GTEQ, CSTN_OPERAND_INSTANT, 30 * DAY, &later, error);

	/* [compare] */
	if (status == CSTN_OK)
		status = cstn_constraint_compare(rule, later, vocabulary, &verdict, error);
	if (status == CSTN_OK)
		status = cstn_constraint_is_implied(cstn_constraint_child(rule, 1), rule,
				vocabulary, &implied, NULL, error);
	/* [compare] */
	if (status == CSTN_OK)
		printf("against later: %s; its own part follows from it: %s\n", verdicts[verdict],
				implied ? "yes" : "no");
	cstn_constraint_unref(later);
	return status;
}

static cstn_status import(const cstn_vocabulary *vocabulary, cstn_error **error)
{
	/* [odrl] */
	static const char policy[] =
			"{\"permission\":[{\"action\":\"use\",\"constraint\":[{\"leftOperand\":"
			"\"dateTime\",\"operator\":\"lteq\",\"rightOperand\":\"2026-06-01T00:00:"
			"00Z\"},"
			"{\"leftOperand\":\"Liability\",\"operator\":\"eq\",\"rightOperand\":"
			"\"cx.grossNegligence:1\"},{\"leftOperand\":\"weather\",\"operator\":"
			"\"eq\","
			"\"rightOperand\":\"dry\"}]}]}";
	cstn_odrl_policy *read = NULL;
	cstn_odrl_refusals *refused = NULL;
	cstn_status status = cstn_odrl_import(
			policy, sizeof(policy) - 1, vocabulary, NULL, NULL, &read, &refused, error);
	size_t i;

	for (i = 0; i < cstn_odrl_refusal_count(refused); i++)
		printf("refused: %s, %s at %s\n", cstn_odrl_refusal_operand(refused, i),
				cstn_odrl_refusal_value(refused, i),
				cstn_odrl_refusal_place(refused, i));
	/* [odrl] */
	cstn_odrl_refusals_free(refused);
	cstn_odrl_policy_unref(read);
	return status;
}

int main(void)
{
	cstn_vocabulary *vocabulary = NULL;
	cstn_constraint *rule = NULL;
	cstn_buffer *out = NULL;
	cstn_error *error = NULL;
	cstn_status status = speak(&vocabulary, &error);

	if (status == CSTN_OK)
		status = build(&rule, &error);
	if (status == CSTN_OK)
		status = cstn_constraint_text(rule, NULL, &out, &error);
	if (status == CSTN_OK)
		show(out);
	if (status == CSTN_OK)
		status = evaluate(rule, vocabulary, &error);
	if (status == CSTN_OK)
		status = compare(rule, vocabulary, &error);
	if (status == CSTN_OK) {
		status = import(vocabulary, &error);
		printf("%s\n", cstn_error_message(error));
		status = status == CSTN_E_UNEVALUABLE ? CSTN_OK : status; /* as it should be */
	}
	if (status != CSTN_OK)
		fprintf(stderr, "%s\n", cstn_error_message(error));
	cstn_error_free(error);
	cstn_constraint_unref(rule);
	cstn_vocabulary_unref(vocabulary);
	return status != CSTN_OK;
}
