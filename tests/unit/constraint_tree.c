/* Constraints: making, limits, JSON, words, defects, truth. */
#include "constraint_fixture.h"

#define AND CSTN_CONSTRAINT_AND
#define OR CSTN_CONSTRAINT_OR
#define XONE CSTN_CONSTRAINT_XONE
#define NOT CSTN_CONSTRAINT_NOT

/* --- making ----------------------------------------------------------------------------------- */

START_TEST(a_tree_of_64_is_made_and_one_of_65_is_not)
{
	cstn_constraint *tree = number_leaf("hops", CSTN_OPERATOR_LT, CSTN_OPERAND_INT64, 0, 1);
	cstn_constraint *above = NULL;
	int i;

	for (i = 1; i < 64; i++)
		tree = combined(NOT, tree, NULL, NULL);
	ck_assert_uint_eq(cstn_constraint_node_count(tree), 64);
	ck_assert_int_eq(cstn_constraint_combine(NOT, &tree, 1, NULL, &above, NULL), CSTN_E_LIMIT);
	ck_assert_ptr_null(above);
	cstn_constraint_unref(tree);
}
END_TEST

START_TEST(a_shared_child_counts_each_time)
{
	cstn_constraint *tree = number_leaf("hops", CSTN_OPERATOR_LT, CSTN_OPERAND_INT64, 0, 1);
	cstn_constraint *pair[2], *above = NULL;
	int i;

	for (i = 0; i < 15; i++) { /* 2^16 - 1 nodes */
		tree = combined(AND, tree, cstn_constraint_ref(tree), NULL);
	}
	ck_assert_uint_eq(cstn_constraint_node_count(tree), 65535);
	pair[0] = pair[1] = tree;
	ck_assert_int_eq(cstn_constraint_combine(OR, pair, 2, NULL, &above, NULL), CSTN_E_LIMIT);
	tree = combined(NOT, tree, NULL, NULL);
	ck_assert_uint_eq(cstn_constraint_node_count(tree), 65536);
	ck_assert_int_eq(cstn_constraint_combine(NOT, &tree, 1, NULL, &above, NULL), CSTN_E_LIMIT);
	cstn_constraint_unref(tree);
}
END_TEST

START_TEST(leaves_are_refused_by_rule)
{
	static const int64_t numbers[] = {1, 2};
	static const cstn_id ids[] = {{"a", 1}, {"\n", 1}};
	cstn_constraint_leaf good = CSTN_CONSTRAINT_LEAF_INIT, bad;
	cstn_constraint *out = NULL;

	good.operand = "hops";
	good.operand_len = 4;
	good.operation = CSTN_OPERATOR_LT;
	good.type = CSTN_OPERAND_INT64;
	good.numbers = numbers;
	good.n_values = 1;
#define REFUSED(change)                                                       \
	do {                                                                  \
		bad = good;                                                   \
		change;                                                       \
		ck_assert_int_eq(cstn_constraint_new(&bad, NULL, &out, NULL), \
				CSTN_E_INVALID_ARGUMENT);                     \
		ck_assert_ptr_null(out);                                      \
	} while (0)
	REFUSED(bad.operand_len = 0);
	REFUSED(bad.operation = 0);
	REFUSED(bad.operation = 11);
	REFUSED(bad.type = 0);
	REFUSED(bad.type = 7);
	REFUSED(bad.scale = 1);
	REFUSED((bad.type = CSTN_OPERAND_DECIMAL, bad.scale = -1));
	REFUSED(bad.reserved0 = 1);
	REFUSED(bad.n_values = 0);
	REFUSED(bad.numbers = NULL);
	REFUSED(bad.ids = ids);
	REFUSED(bad.type = CSTN_OPERAND_ID);
	REFUSED((bad.type = CSTN_OPERAND_ID, bad.numbers = NULL, bad.ids = ids, bad.n_values = 2));
	REFUSED(bad.flags = 1);
#undef REFUSED
	ck_assert_int_eq(cstn_constraint_combine(AND, NULL, 0, NULL, &out, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_constraint_combine(CSTN_CONSTRAINT_LEAF, &out, 1, NULL, &out, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_constraint_combine(OR, &out, 1, NULL, &out, NULL),
			CSTN_E_INVALID_ARGUMENT);
}
END_TEST

/* --- JSON and words --------------------------------------------------------------------------- */

static const struct {
	const char *json, *text;
} written[] = {
		{"{\"operand\":\"now\",\"operator\":\"lt\",\"type\":\"instant\",\"value\":"
		 "1767225600000000}",
				"now is before 2026-01-01T00:00:00Z"},
		{"{\"operand\":\"price\",\"operator\":\"isAnyOf\",\"type\":\"decimal\",\"value\":["
		 "\"-1.5\",\"0\",\"600.25\"]}",
				"price is any of -1.50, 0.00, 600.25"},
		{"{\"operand\":\"hops\",\"operator\":\"gteq\",\"type\":\"int64\",\"value\":"
		 "9007199254740991}",
				"hops is at least 9007199254740991"},
		{"{\"operand\":\"hops\",\"operator\":\"neq\",\"type\":\"int64\",\"value\":"
		 "\"-9223372036854775808\"}",
				"hops is not -9223372036854775808"},
		{"{\"operand\":\"tags\",\"operator\":\"eq\",\"type\":\"idSet\",\"value\":[\"a\"]}",
				"tags is exactly 'a'"},
		{"{\"and\":[{\"operand\":\"data_age\",\"operator\":\"lteq\",\"type\":\"duration\","
		 "\"value\":172800000000},{\"or\":[{\"operand\":\"purpose\",\"operator\":"
		 "\"isPartOf\",\"type\":\"id\",\"value\":[\"recall\"]},{\"not\":{\"operand\":"
		 "\"party\",\"operator\":\"eq\",\"type\":\"id\",\"value\":\"acme\"}}]}]}",
				"data_age is at most 2 days and (purpose is part of 'recall' or "
				"not "
				"(party is 'acme'))"},
		{"{\"xone\":[{\"operand\":\"rows\",\"operator\":\"gt\",\"type\":\"int64\","
		 "\"value\":0},{\"operand\":\"rows\",\"operator\":\"lt\",\"type\":\"int64\","
		 "\"value\":9}]}",
				"exactly one of (rows is above 0; rows is below 9)"},
};

START_TEST(json_and_words_of_a_tree)
{
	cstn_constraint *tree = read_constraint(written[_i].json);
	cstn_buffer *out = NULL;

	ck_assert_int_eq(cstn_constraint_write_json(tree, NULL, &out, NULL), CSTN_OK);
	check_text(out, written[_i].json);
	ck_assert_int_eq(cstn_constraint_text(tree, NULL, &out, NULL), CSTN_OK);
	check_text(out, written[_i].text);
	cstn_constraint_unref(tree);
}
END_TEST

START_TEST(values_are_written_in_order_and_once)
{
	cstn_constraint *tree = read_constraint(
			"{\"value\":[\"2.50\",\"1.0\",\"2.5\"],\"operand\":\"price\",\"type\":"
			"\"decimal\",\"operator\":\"isNoneOf\"}");
	cstn_buffer *out = NULL;
	cstn_constraint_leaf leaf = CSTN_CONSTRAINT_LEAF_INIT;

	ck_assert_int_eq(cstn_constraint_describe(tree, &leaf, NULL), CSTN_OK);
	ck_assert_int_eq(leaf.scale, 1);
	ck_assert_uint_eq(leaf.n_values, 2);
	ck_assert_int_eq(cstn_constraint_write_json(tree, NULL, &out, NULL), CSTN_OK);
	check_text(out, "{\"operand\":\"price\",\"operator\":\"isNoneOf\",\"type\":\"decimal\","
			"\"value\":[\"1\",\"2.5\"]}");
	cstn_constraint_unref(tree);
}
END_TEST

#define LEAF(value) \
	"{\"operand\":\"rows\",\"operator\":\"lt\",\"type\":\"int64\",\"value\":" value "}"

START_TEST(json_that_is_no_constraint_is_refused)
{
	static const char *const bad[] = {"", "[]", "{}", "1", "{\"and\":[]}", "{\"and\":{}}",
			"{\"not\":[" LEAF("1") "]}", "{\"nand\":[" LEAF("1") "]}", LEAF("1.5"),
			LEAF("\"1\""), LEAF("9007199254740992"), LEAF("null"), LEAF("[]"),
			LEAF("[1,\"x\"]"), LEAF("\"+9223372036854775807\""), LEAF("1") " ",
			LEAF("1,\"value\":2"), LEAF("1,\"more\":2"),
			"{\"operand\":\"p\",\"operator\":\"lt\",\"type\":\"decimal\",\"value\":1}",
			"{\"operand\":\"p\",\"operator\":\"lt\",\"type\":\"decimal\",\"value\":\"1."
			"\"}",
			"{\"operand\":\"p\",\"operator\":\"lt\",\"type\":\"decimal\",\"value\":"
			"\"0.1234567890123456789\"}",
			"{\"operand\":\"p\",\"operator\":\"below\",\"type\":\"int64\",\"value\":1}",
			"{\"operand\":\"p\",\"operator\":\"lt\",\"type\":\"float\",\"value\":1}",
			"{\"operand\":\"\",\"operator\":\"lt\",\"type\":\"int64\",\"value\":1}",
			"{\"operand\":\"p\",\"operator\":\"eq\",\"type\":\"id\",\"value\":\"\"}",
			"{\"operand\":\"p\",\"operator\":\"eq\",\"type\":\"id\",\"value\":1}"};
	cstn_constraint *out = NULL;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		cstn_status status =
				cstn_constraint_read_json(bad[i], strlen(bad[i]), NULL, &out, NULL);

		if (i == 15) /* white space behind it is JSON, if not canonical */
			ck_assert_int_eq(status, CSTN_OK);
		else
			ck_assert_msg(status == CSTN_E_FORMAT, "%s: %d", bad[i], (int)status);
		cstn_constraint_unref(out);
		out = NULL;
	}
}
END_TEST

START_TEST(a_refusal_names_the_place)
{
	static const char json[] = "{\"and\":[" LEAF("1") ",{\"or\":[" LEAF("true") "]}]}";
	cstn_constraint *out = NULL;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_constraint_read_json(json, strlen(json), NULL, &out, &error),
			CSTN_E_FORMAT);
	ck_assert_str_eq(cstn_error_message(error),
			"constraint, '/and/1/or/0/value': not an integer");
	cstn_error_free(error);
}
END_TEST

/* --- defects ---------------------------------------------------------------------------------- */

static void check_defect(cstn_constraint *tree, const char *message)
{
	cstn_vocabulary *is = sample_vocabulary();
	cstn_error *error = NULL;
	cstn_status status = cstn_constraint_check(tree, is, &error);
	int32_t truth = -1;

	if (message) {
		ck_assert_int_eq(status, CSTN_E_UNEVALUABLE);
		ck_assert_str_eq(cstn_error_message(error), message);
		ck_assert_int_eq(
				cstn_constraint_evaluate(tree, is, NULL, 0, &truth, NULL), CSTN_OK);
		ck_assert_int_eq(truth, CSTN_TRUTH_UNKNOWN);
	} else {
		ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	}
	cstn_error_free(error);
	cstn_constraint_unref(tree);
	cstn_vocabulary_unref(is);
}

START_TEST(what_cannot_be_evaluated_is_named)
{
	static const int64_t two[] = {1, 2};

	check_defect(number_leaf("weather", CSTN_OPERATOR_EQ, CSTN_OPERAND_INT64, 0, 7),
			"operand 'weather', operator eq, value 7: the operand is not registered");
	check_defect(number_leaf("now", CSTN_OPERATOR_EQ, CSTN_OPERAND_DURATION, 0, 60000000),
			"operand 'now', operator eq, value 1 minute: the values are not of the "
			"operand's type");
	check_defect(ids_leaf("party", CSTN_OPERATOR_LT, CSTN_OPERAND_ID, "a"),
			"operand 'party', operator lt, value 'a': the operand's type lacks the "
			"operator");
	check_defect(ids_leaf("party", CSTN_OPERATOR_IS_PART_OF, CSTN_OPERAND_ID, "a"),
			"operand 'party', operator isPartOf, value 'a': the operand's type lacks "
			"the "
			"operator");
	check_defect(ids_leaf("purpose", CSTN_OPERATOR_IS_PART_OF, CSTN_OPERAND_ID, "recall spam"),
			"operand 'purpose', operator isPartOf, value 'spam': it is no purpose of "
			"the "
			"vocabulary");
	check_defect(ids_leaf("role", CSTN_OPERATOR_EQ, CSTN_OPERAND_ID, "king"),
			"operand 'role', operator eq, value 'king': it is no role of the "
			"vocabulary");
	check_defect(ids_leaf("region", CSTN_OPERATOR_EQ, CSTN_OPERAND_ID, "mars"),
			"operand 'region', operator eq, value 'mars': it is not in the operand's "
			"domain");
	check_defect(number_leaf("score", CSTN_OPERATOR_LT, CSTN_OPERAND_INT64, 0, 10),
			"operand 'score', operator lt, value 10: it is not in the operand's "
			"domain");
	check_defect(number_leaf("score", CSTN_OPERATOR_LT, CSTN_OPERAND_INT64, 0, -4),
			"operand 'score', operator lt, value -4: it is not in the operand's "
			"domain");
	check_defect(number_leaf("price", CSTN_OPERATOR_LT, CSTN_OPERAND_DECIMAL, 3, 1),
			"operand 'price', operator lt, value 0.001: a value has more decimals than "
			"the operand");
	check_defect(numbers_leaf("rows", CSTN_OPERATOR_LT, CSTN_OPERAND_INT64, 0, two, 2),
			"operand 'rows', operator lt: the operator takes one value");
	check_defect(numbers_leaf("rows", CSTN_OPERATOR_IS_ALL_OF, CSTN_OPERAND_INT64, 0, two, 2),
			"operand 'rows', operator isAllOf: the operand's type lacks the operator");
	check_defect(combined(AND, number_leaf("a", CSTN_OPERATOR_EQ, CSTN_OPERAND_INT64, 0, 1),
				     number_leaf("b", CSTN_OPERATOR_EQ, CSTN_OPERAND_INT64, 0, 2),
				     NULL),
			"operand 'a', operator eq, value 1: the operand is not registered; and 1 "
			"more");
	check_defect(number_leaf("score", CSTN_OPERATOR_LT, CSTN_OPERAND_INT64, 0, 9), NULL);
	check_defect(number_leaf("price", CSTN_OPERATOR_LT, CSTN_OPERAND_DECIMAL, 3, 10), NULL);
	check_defect(ids_leaf("tags", CSTN_OPERATOR_EQ, CSTN_OPERAND_ID_SET, "a b"), NULL);
}
END_TEST

/* --- truth ------------------------------------------------------------------------------------ */

static int32_t truth_of(cstn_constraint *tree, const cstn_fact *facts, size_t n)
{
	cstn_vocabulary *is = sample_vocabulary();
	int32_t truth = -1;

	ck_assert_int_eq(cstn_constraint_evaluate(tree, is, facts, n, &truth, NULL), CSTN_OK);
	cstn_vocabulary_unref(is);
	cstn_constraint_unref(tree);
	return truth;
}

static int32_t rows_truth(int32_t operation, int64_t value, int64_t fact)
{
	cstn_fact rows = number_fact("rows", CSTN_OPERAND_INT64, 0, fact);

	return truth_of(number_leaf("rows", operation, CSTN_OPERAND_INT64, 0, value), &rows, 1);
}

START_TEST(numbers_compare_on_both_sides_of_a_boundary)
{
	static const int32_t expected[6][3] = {/* fact 4, 5, 6 against 5 */
			{0, 2, 0}, {2, 0, 2}, {2, 0, 0}, {2, 2, 0}, {0, 0, 2}, {0, 2, 2}};
	int32_t operation, i;

	for (operation = CSTN_OPERATOR_EQ; operation <= CSTN_OPERATOR_GTEQ; operation++)
		for (i = 0; i < 3; i++)
			ck_assert_int_eq(rows_truth(operation, 5, 4 + i),
					expected[operation - 1][i]);
}
END_TEST

START_TEST(decimals_of_two_scales_compare_exactly)
{
	cstn_fact price = number_fact("price", CSTN_OPERAND_DECIMAL, 18, 5);
	cstn_constraint *at_most =
			number_leaf("price", CSTN_OPERATOR_LTEQ, CSTN_OPERAND_DECIMAL, 2, 0);

	ck_assert_int_eq(truth_of(cstn_constraint_ref(at_most), &price, 1), CSTN_TRUTH_FALSE);
	price.number = 0;
	ck_assert_int_eq(truth_of(cstn_constraint_ref(at_most), &price, 1), CSTN_TRUTH_TRUE);
	price.number = INT64_MAX;
	price.scale = 0;
	ck_assert_int_eq(truth_of(at_most, &price, 1), CSTN_TRUTH_FALSE);
}
END_TEST

START_TEST(a_fact_that_is_missing_or_ill_typed_is_unknown)
{
	static const cstn_id mars = {"mars", 4};
	cstn_constraint *leaf = number_leaf("score", CSTN_OPERATOR_LT, CSTN_OPERAND_INT64, 0, 5);
	cstn_fact facts[2];

#define UNKNOWN(n) \
	ck_assert_int_eq(truth_of(cstn_constraint_ref(leaf), facts, n), CSTN_TRUTH_UNKNOWN)
	facts[0] = number_fact("rows", CSTN_OPERAND_INT64, 0, 1);
	UNKNOWN(0);
	UNKNOWN(1);
	facts[0] = number_fact("score", CSTN_OPERAND_DURATION, 0, 1);
	UNKNOWN(1);
	facts[0] = number_fact("score", CSTN_OPERAND_INT64, 1, 1);
	UNKNOWN(1);
	facts[0] = number_fact("score", CSTN_OPERAND_INT64, 0, -4);
	UNKNOWN(1);
	facts[0] = number_fact("score", CSTN_OPERAND_INT64, 0, 10);
	UNKNOWN(1);
	facts[0] = facts[1] = number_fact("score", CSTN_OPERAND_INT64, 0, 1);
	UNKNOWN(2);
	ck_assert_int_eq(truth_of(cstn_constraint_ref(leaf), facts, 1), CSTN_TRUTH_TRUE);
	cstn_constraint_unref(leaf);
	leaf = ids_leaf("region", CSTN_OPERATOR_NEQ, CSTN_OPERAND_ID, "asia");
	facts[0] = ids_fact("region", CSTN_OPERAND_ID, &mars, 1);
	UNKNOWN(1);
	facts[0] = ids_fact("region", CSTN_OPERAND_ID, &mars, 0);
	UNKNOWN(1);
	cstn_constraint_unref(leaf);
#undef UNKNOWN
}
END_TEST

static int32_t set_truth(int32_t operation, const char *values, const char *fact)
{
	cstn_id ids[3];
	size_t n = 0;

	for (; fact[n]; n++) {
		ids[n].text = fact + n;
		ids[n].len = 1;
	}
	cstn_fact tags = ids_fact("tags", CSTN_OPERAND_ID_SET, ids, n);

	return truth_of(ids_leaf("tags", operation, CSTN_OPERAND_ID_SET, values), &tags, 1);
}

START_TEST(sets_of_ids)
{
	static const struct {
		int32_t operation;
		const char *values, *fact;
		int32_t truth;
	} cases[] = {{CSTN_OPERATOR_EQ, "a b", "ba", 2}, {CSTN_OPERATOR_EQ, "a b", "aab", 2},
			{CSTN_OPERATOR_EQ, "a b", "a", 0}, {CSTN_OPERATOR_EQ, "a", "ab", 0},
			{CSTN_OPERATOR_NEQ, "a b", "ba", 0}, {CSTN_OPERATOR_NEQ, "a b", "abc", 2},
			{CSTN_OPERATOR_IS_ANY_OF, "a b", "cb", 2},
			{CSTN_OPERATOR_IS_ANY_OF, "a b", "c", 0},
			{CSTN_OPERATOR_IS_ANY_OF, "a b", "", 0},
			{CSTN_OPERATOR_IS_ALL_OF, "a b", "abc", 2},
			{CSTN_OPERATOR_IS_ALL_OF, "a b", "ac", 0},
			{CSTN_OPERATOR_IS_NONE_OF, "a b", "c", 2},
			{CSTN_OPERATOR_IS_NONE_OF, "a b", "", 2},
			{CSTN_OPERATOR_IS_NONE_OF, "a b", "ca", 0},
			{CSTN_OPERATOR_IS_PART_OF, "a b", "a", 2},
			{CSTN_OPERATOR_IS_PART_OF, "a b", "", 2},
			{CSTN_OPERATOR_IS_PART_OF, "a b", "ac", 0}};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		ck_assert_msg(set_truth(cases[i].operation, cases[i].values, cases[i].fact) ==
						cases[i].truth,
				"case %zu", i);
}
END_TEST

START_TEST(a_purpose_is_part_of_what_covers_it)
{
	static const cstn_id safety = {"safety", 6}, recall = {"recall", 6};
	cstn_fact purpose = ids_fact("purpose", CSTN_OPERAND_ID, &safety, 1);
	cstn_constraint *part =
			ids_leaf("purpose", CSTN_OPERATOR_IS_PART_OF, CSTN_OPERAND_ID, "planning");

	ck_assert_int_eq(truth_of(cstn_constraint_ref(part), &purpose, 1), CSTN_TRUTH_TRUE);
	ck_assert_int_eq(
			truth_of(ids_leaf("purpose", CSTN_OPERATOR_EQ, CSTN_OPERAND_ID, "planning"),
					&purpose, 1),
			CSTN_TRUTH_FALSE);
	purpose.ids = &recall;
	ck_assert_int_eq(truth_of(part, &purpose, 1), CSTN_TRUTH_FALSE);
}
END_TEST

/* A leaf that has a truth: of the fact rows = 5. */
static cstn_constraint *leaf_that_is(int32_t truth)
{
	return truth == CSTN_TRUTH_UNKNOWN
			       ? number_leaf("hops", CSTN_OPERATOR_EQ, CSTN_OPERAND_INT64, 0, 1)
			       : number_leaf("rows", CSTN_OPERATOR_EQ, CSTN_OPERAND_INT64, 0,
						 truth == CSTN_TRUTH_TRUE ? 5 : 6);
}

START_TEST(truth_tables)
{
	/* of pairs FF FU FT UF UU UT TF TU TT */
	static const int32_t expected[3][9] = {{0, 0, 0, 0, 1, 1, 0, 1, 2},
			{0, 1, 2, 1, 1, 2, 2, 2, 2}, {0, 1, 2, 1, 1, 1, 2, 1, 0}};
	cstn_fact rows = number_fact("rows", CSTN_OPERAND_INT64, 0, 5);
	int32_t kind, a, b;

	for (kind = AND; kind <= XONE; kind++)
		for (a = 0; a < 3; a++)
			for (b = 0; b < 3; b++)
				ck_assert_int_eq(truth_of(combined(kind, leaf_that_is(a),
									  leaf_that_is(b), NULL),
								 &rows, 1),
						expected[kind - AND][3 * a + b]);
	for (a = 0; a < 3; a++)
		ck_assert_int_eq(truth_of(combined(NOT, leaf_that_is(a), NULL, NULL), &rows, 1),
				2 - a);
	ck_assert_int_eq(truth_of(combined(XONE, leaf_that_is(2), leaf_that_is(2), leaf_that_is(1)),
					 &rows, 1),
			CSTN_TRUTH_FALSE);
	ck_assert_int_eq(truth_of(combined(XONE, leaf_that_is(2), leaf_that_is(0), leaf_that_is(0)),
					 &rows, 1),
			CSTN_TRUTH_TRUE);
}
END_TEST

START_TEST(an_explanation_shows_truths_and_facts)
{
	cstn_vocabulary *is = sample_vocabulary();
	cstn_constraint *tree = combined(
			AND, leaf_that_is(2), combined(NOT, leaf_that_is(1), NULL, NULL), NULL);
	cstn_fact rows = number_fact("rows", CSTN_OPERAND_INT64, 0, 5);
	cstn_buffer *out = NULL;

	ck_assert_int_eq(cstn_constraint_explain(tree, is, &rows, 1, NULL, &out, NULL), CSTN_OK);
	check_text(out, "unknown: all of\n"
			"  true: rows is 5 (it is 5)\n"
			"  unknown: not\n"
			"    unknown: hops is 1 (there is no one fact)\n");
	cstn_constraint_unref(tree);
	cstn_vocabulary_unref(is);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("constraint_tree");
	TCase *tests = tcase_create("constraint_tree");

	tcase_add_test(tests, a_tree_of_64_is_made_and_one_of_65_is_not);
	tcase_add_test(tests, a_shared_child_counts_each_time);
	tcase_add_test(tests, leaves_are_refused_by_rule);
	tcase_add_loop_test(tests, json_and_words_of_a_tree, 0,
			(int)(sizeof(written) / sizeof(*written)));
	tcase_add_test(tests, values_are_written_in_order_and_once);
	tcase_add_test(tests, json_that_is_no_constraint_is_refused);
	tcase_add_test(tests, a_refusal_names_the_place);
	tcase_add_test(tests, what_cannot_be_evaluated_is_named);
	tcase_add_test(tests, numbers_compare_on_both_sides_of_a_boundary);
	tcase_add_test(tests, decimals_of_two_scales_compare_exactly);
	tcase_add_test(tests, a_fact_that_is_missing_or_ill_typed_is_unknown);
	tcase_add_test(tests, sets_of_ids);
	tcase_add_test(tests, a_purpose_is_part_of_what_covers_it);
	tcase_add_test(tests, truth_tables);
	tcase_add_test(tests, an_explanation_shows_truths_and_facts);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
