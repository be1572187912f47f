/* Out of memory in vocabularies, constraints, conditions, static checks and policies of ODRL. */
#include "oom.h"

#define LEAF(name, operation, type, value)                                          \
	"{\"operand\":\"" name "\",\"operator\":\"" operation "\",\"type\":\"" type \
	"\",\"value\":" value "}"
#define TREE                                                                                      \
	"{\"and\":[{\"or\":[" LEAF("now", "lt", "instant", "5") "," LEAF(                         \
			"now", "gt", "instant", "9") "]},{\"xone\":[" LEAF("purpose", "isPartOf", \
			"id", "[\"a\"]") "," LEAF("group", "isAnyOf", "idSet",                    \
			"[\"x\",\"y\"]") "]},{\"not\":" LEAF("size", "isNoneOf", "decimal",       \
			"[\"1.5\",\"2\"]") "}]}"
static const char POLICY[] =
		"{\"uid\":\"p\",\"permission\":[{\"uid\":\"r\",\"action\":\"use\",\"assignee\":{"
		"\"@type\":\"PartyCollection\",\"@id\":\"c\",\"source\":\"s\"},\"duty\":[{"
		"\"action\":"
		"\"pay\"}],\"constraint\":[{\"or\":[{\"leftOperand\":\"dateTime\",\"operator\":"
		"\"lt\","
		"\"rightOperand\":\"2026-01-01\"},{\"leftOperand\":\"UsagePurpose\",\"operator\":"
		"\"eq\","
		"\"rightOperand\":\"a\"}]},{\"leftOperand\":\"AffiliatesBpnl\",\"operator\":"
		"\"isAnyOf\","
		"\"rightOperand\":[\"x\",\"y\"]},{\"leftOperand\":\"Warranty\",\"operator\":\"eq\","
		"\"rightOperand\":\"w\"},{\"leftOperand\":\"ConfidentialInformationSharing\","
		"\"operator\":\"isAnyOf\",\"rightOperand\":\"cx.sharing.affiliates:1\"}]}]}";
static const char REFUSED[] =
		"{\"permission\":[{\"action\":\"use\",\"constraint\":[{\"leftOperand\":\"weather\","
		"\"operator\":\"eq\",\"rightOperand\":7},{\"leftOperand\":\"hops\",\"operator\":"
		"\"lt\",\"rightOperand\":-7}]}]}";

static cstn_operand size_operand(void)
{
	cstn_operand operand = CSTN_OPERAND_INIT;

	operand.name = "size";
	operand.name_len = 4;
	operand.type = CSTN_OPERAND_DECIMAL;
	operand.scale = 1;
	return operand;
}

static cstn_vocabulary_builder *builder_of(const cstn_allocator *allocator)
{
	cstn_operand operand = size_operand();
	cstn_vocabulary_builder *builder = NULL;

	ck_assert_int_eq(cstn_vocabulary_builder_new(allocator, &builder, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_vocabulary_builder_add_operand(builder, &operand, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_vocabulary_builder_add_purpose(builder, "b", 1, "a", 1, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_vocabulary_builder_add_role(builder, "r", 1, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_vocabulary_builder_add_path(builder, "a.b", 3, 1, NULL), CSTN_OK);
	return builder;
}

static cstn_vocabulary *vocabulary_of(const cstn_allocator *allocator)
{
	cstn_vocabulary_builder *builder = builder_of(allocator);
	cstn_vocabulary *out = NULL;

	ck_assert_int_eq(cstn_vocabulary_builder_build(builder, &out, NULL), CSTN_OK);
	cstn_vocabulary_builder_free(builder);
	return out;
}

static cstn_constraint *tree_of(const cstn_allocator *allocator)
{
	cstn_constraint *out = NULL;

	ck_assert_int_eq(cstn_constraint_read_json(TREE, strlen(TREE), allocator, &out, NULL),
			CSTN_OK);
	return out;
}

OOM_MAKE(builder_new, vocabulary_builder, free,
		cstn_vocabulary_builder_new(o->allocator, &made, &error))
OOM_MAKE_OF(build, vocabulary, unref, vocabulary_builder, free, builder_of(o->allocator),
		cstn_vocabulary_builder_build(self, &made, &error))

/* What a builder adds: after a failure it is only freed. */
static cstn_status add(oom *o)
{
	static const cstn_id ids[] = {{"one", 3}, {"two", 3}};
	cstn_vocabulary_builder *builder = NULL;
	cstn_operand operand = CSTN_OPERAND_INIT;
	cstn_status status;

	ck_assert_int_eq(cstn_vocabulary_builder_new(o->allocator, &builder, NULL), CSTN_OK);
	operand.name = "region";
	operand.name_len = 6;
	operand.type = CSTN_OPERAND_ID;
	operand.ids = ids;
	operand.n_ids = 2;
	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_vocabulary_builder_add_operand(builder, &operand, &error));
	else if (o->which == 1)
		OOM_CALL(status, cstn_vocabulary_builder_add_purpose(
						 builder, "c", 1, "d", 1, &error));
	else if (o->which == 2)
		OOM_CALL(status, cstn_vocabulary_builder_add_role(builder, "q", 1, &error));
	else
		OOM_CALL(status, cstn_vocabulary_builder_add_path(builder, "a.c", 3, 1, &error));
	oom_disarm(o);
	cstn_vocabulary_builder_free(builder);
	return status;
}

static cstn_status leaf(oom *o)
{
	static const int64_t numbers[] = {30, 20};
	cstn_constraint_leaf is = CSTN_CONSTRAINT_LEAF_INIT;
	cstn_constraint *out = NULL;
	cstn_status status;

	is.operand = "size";
	is.operand_len = 4;
	is.operation = CSTN_OPERATOR_IS_ANY_OF;
	is.type = CSTN_OPERAND_DECIMAL;
	is.scale = 1;
	is.numbers = numbers;
	is.n_values = 2;
	oom_arm(o);
	OOM_CALL(status, cstn_constraint_new(&is, o->allocator, &out, &error));
	oom_disarm(o);
	ck_assert((out != NULL) == (status == CSTN_OK));
	cstn_constraint_unref(out);
	return status;
}

OOM_MAKE_OF(combine, constraint, unref, constraint, unref, tree_of(o->allocator),
		cstn_constraint_combine(CSTN_CONSTRAINT_NOT, &self, 1, o->allocator, &made, &error))
OOM_MAKE(read_json, constraint, unref,
		cstn_constraint_read_json(TREE, strlen(TREE), o->allocator, &made, &error))
OOM_MAKE_OF(write_json, buffer, free, constraint, unref, tree_of(o->allocator),
		cstn_constraint_write_json(self, o->allocator, &made, &error))
OOM_MAKE_OF(text, buffer, free, constraint, unref, tree_of(o->allocator),
		cstn_constraint_text(self, o->allocator, &made, &error))

/* Of a tree and a vocabulary: `which` says what is made or asked. */
static cstn_status of_both(oom *o)
{
	cstn_vocabulary *vocabulary = vocabulary_of(o->allocator);
	cstn_constraint *tree = tree_of(NULL);
	cstn_condition *condition = NULL;
	cstn_buffer *out = NULL;
	int32_t answer = -7, unknown = -7;
	cstn_status status;

	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_condition_compile(tree, vocabulary, o->allocator, &condition,
						 &error));
	else if (o->which == 1)
		OOM_CALL(status, cstn_constraint_explain(tree, vocabulary, NULL, 0, o->allocator,
						 &out, &error));
	else if (o->which == 2)
		OOM_CALL(status, cstn_constraint_is_realizable(
						 tree, vocabulary, &answer, &unknown, &error));
	else if (o->which == 3)
		OOM_CALL(status, cstn_constraint_is_implied(tree, tree, vocabulary, &answer,
						 &unknown, &error));
	else
		OOM_CALL(status, cstn_constraint_compare(tree, tree, vocabulary, &answer, &error));
	oom_disarm(o);
	ck_assert((condition != NULL) == (o->which == 0 && status == CSTN_OK));
	ck_assert((out != NULL) == (o->which == 1 && status == CSTN_OK));
	ck_assert((answer != -7) == (o->which > 1 && status == CSTN_OK));
	cstn_condition_unref(condition);
	cstn_buffer_free(out);
	cstn_constraint_unref(tree);
	cstn_vocabulary_unref(vocabulary);
	return status;
}

/* A policy that is read; one that is refused, whose refusals are then there. */
static cstn_status odrl(oom *o)
{
	static const cstn_id party = {"z", 1};
	cstn_vocabulary *vocabulary = vocabulary_of(NULL);
	cstn_odrl_options options = CSTN_ODRL_OPTIONS_INIT;
	const char *json = o->which ? REFUSED : POLICY;
	cstn_odrl_policy *out = NULL;
	cstn_odrl_refusals *refused = NULL;
	cstn_status status;

	options.flags = CSTN_ODRL_LEGAL_TEXT;
	options.affiliates = &party;
	options.n_affiliates = 1;
	oom_arm(o);
	OOM_CALL(status, cstn_odrl_import(json, strlen(json), vocabulary, &options, o->allocator,
					 &out, &refused, &error));
	oom_disarm(o);
	ck_assert((out != NULL) == (status == CSTN_OK));
	ck_assert((refused != NULL) == (status == CSTN_E_UNEVALUABLE));
	cstn_odrl_policy_unref(out);
	cstn_odrl_refusals_free(refused);
	cstn_vocabulary_unref(vocabulary);
	if (o->which && status == CSTN_E_UNEVALUABLE)
		return CSTN_OK; /* as it should be */
	return status;
}

/* What cannot be evaluated is said in words. */
static cstn_status check(oom *o)
{
	static const int64_t number = 5;
	cstn_vocabulary *vocabulary = vocabulary_of(o->allocator);
	cstn_constraint_leaf is = CSTN_CONSTRAINT_LEAF_INIT;
	cstn_constraint *tree = NULL;
	cstn_status status;

	is.operand = "weather";
	is.operand_len = 7;
	is.operation = CSTN_OPERATOR_EQ;
	is.type = CSTN_OPERAND_INT64;
	is.numbers = &number;
	is.n_values = 1;
	ck_assert_int_eq(cstn_constraint_new(&is, NULL, &tree, NULL), CSTN_OK);
	oom_arm(o);
	OOM_CALL(status, cstn_constraint_check(tree, vocabulary, &error));
	oom_disarm(o);
	cstn_constraint_unref(tree);
	cstn_vocabulary_unref(vocabulary);
	return status == CSTN_E_UNEVALUABLE ? CSTN_OK : status;
}

/* A permission and the like, with windows and a condition. */
static cstn_term *term_of(int32_t effect)
{
	cstn_term_builder *builder = NULL;
	cstn_constraint *tree = tree_of(NULL);
	cstn_term *out = NULL;

	ck_assert_int_eq(cstn_term_builder_new(NULL, &builder, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_term_builder_set_effect(builder, effect, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_term_builder_set_provider(builder, "p", NULL), CSTN_OK);
	ck_assert_int_eq(cstn_term_builder_set_recipient(builder, "q", NULL), CSTN_OK);
	ck_assert_int_eq(cstn_term_builder_set_constellation(builder, "c", NULL), CSTN_OK);
	ck_assert_int_eq(cstn_term_builder_add_field(builder, "a.b", NULL), CSTN_OK);
	ck_assert_int_eq(cstn_term_builder_set_purpose(builder, "a", NULL), CSTN_OK);
	ck_assert_int_eq(cstn_term_builder_set_actions(builder, CSTN_ACTION_READ, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_term_builder_set_access_window(builder, 0, 9, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_term_builder_set_constraint(builder, tree, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_term_builder_build(builder, &out, NULL), CSTN_OK);
	cstn_term_builder_free(builder);
	cstn_constraint_unref(tree);
	return out;
}

static cstn_status terms(oom *o)
{
	cstn_vocabulary *vocabulary = vocabulary_of(o->allocator);
	cstn_term *one = term_of(CSTN_EFFECT_PERMIT), *other = term_of(CSTN_EFFECT_PROHIBIT);
	cstn_term_set *a = NULL, *b = NULL;
	int32_t verdict = -7;
	cstn_status status;

	ck_assert_int_eq(cstn_term_set_new(&one, 1, NULL, &a, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_term_set_new(&other, 1, NULL, &b, NULL), CSTN_OK);
	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_terms_compare(one, one, vocabulary, &verdict, &error));
	else
		OOM_CALL(status, cstn_agreements_compare(a, b, vocabulary, &verdict, &error));
	oom_disarm(o);
	ck_assert((verdict != -7) == (status == CSTN_OK));
	cstn_term_set_unref(a);
	cstn_term_set_unref(b);
	cstn_term_unref(one);
	cstn_term_unref(other);
	cstn_vocabulary_unref(vocabulary);
	return status;
}

const oom_case oom_cases_constraint[] = {
		{"cstn_terms_compare", terms, 0, 0},
		{"cstn_agreements_compare", terms, 0, 1},
		{"cstn_constraint_check", check, 0, 0},
		{"cstn_vocabulary_builder_new", builder_new, 0, 0},
		{"cstn_vocabulary_builder_add_operand", add, 0, 0},
		{"cstn_vocabulary_builder_add_purpose", add, 0, 1},
		{"cstn_vocabulary_builder_add_role", add, 0, 2},
		{"cstn_vocabulary_builder_add_path", add, 0, 3},
		{"cstn_vocabulary_builder_build", build, 0, 0},
		{"cstn_constraint_new", leaf, 0, 0},
		{"cstn_constraint_combine", combine, 0, 0},
		{"cstn_constraint_read_json", read_json, 0, 0},
		{"cstn_constraint_write_json", write_json, 0, 0},
		{"cstn_constraint_text", text, 0, 0},
		{"cstn_condition_compile", of_both, 0, 0},
		{"cstn_constraint_explain", of_both, 0, 1},
		{"cstn_constraint_is_realizable", of_both, 0, 2},
		{"cstn_constraint_is_implied", of_both, 0, 3},
		{"cstn_constraint_compare", of_both, 0, 4},
		{"cstn_odrl_import", odrl, 0, 0},
		{"cstn_odrl_import", odrl, 0, 1},
};
const size_t oom_count_constraint = sizeof(oom_cases_constraint) / sizeof(oom_cases_constraint[0]);
