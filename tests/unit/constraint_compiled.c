/* Compiled conditions say what plain trees say; static checks say what trying everything says. */
#include <stdio.h>

#include "constraint_trees.h"
#include "sharing/condition.h"

#define DAY INT64_C(86400000000)

/* --- compiled against plain ------------------------------------------------------------------- */

/* A fact, or none, or one that is ill-typed: of each operand. Some come twice. */
static size_t random_facts(uint64_t *state, cstn_fact *facts)
{
	fact_choices choices;
	size_t n = 0;
	int operand;

	for (operand = 0; operand < FACT_OPERANDS; operand++) {
		uint64_t way = dice(state) % 16;

		if (way == 0)
			continue;
		fact_choices_of(operand, &choices);
		facts[n] = choices.facts[dice(state) % choices.n];
		if (way == 1)
			facts[n].type = 1 + facts[n].type % 6;
		if (way == 2)
			facts[n].number = -100;
		if (way == 3)
			facts[n].scale = 19;
		if (way == 4 && facts[n].type == CSTN_OPERAND_DECIMAL)
			facts[n].scale = (int32_t)(dice(state) % 19);
		if (way == 5 && facts[n].type == CSTN_OPERAND_DECIMAL) {
			facts[n].number = INT64_MAX;
			facts[n].scale = 0;
		}
		n++;
		if (way == 6) {
			facts[n] = facts[n - 1];
			n++;
		}
	}
	return n;
}

START_TEST(a_condition_says_what_its_constraint_says)
{
	cstn_vocabulary *is = sample_vocabulary();
	size_t counts[3] = {0, 0, 0}, trees = 20000 / test_every(), i, j;
	uint64_t state = 17;

	for (i = 0; i < trees; i++) {
		cstn_constraint *tree = random_tree(
				&state, (int)(i % 5), i % 3 ? TREE_AXES_ALL : 1u << i / 3 % 5);
		cstn_condition *condition = NULL;

		must(cstn_condition_compile(tree, is, NULL, &condition, NULL) == CSTN_OK);
		for (j = 0; j < 20; j++) {
			cstn_fact facts[2 * FACT_OPERANDS];
			size_t n = random_facts(&state, facts);
			int32_t plain = -1, compiled = -1;

			must(cstn_constraint_evaluate(tree, is, facts, n, &plain, NULL) == CSTN_OK);
			must(cstn_condition_evaluate(condition, facts, n, &compiled, NULL) ==
					CSTN_OK);
			if (plain != compiled) {
				cstn_buffer *out = NULL;

				must(cstn_constraint_explain(tree, is, facts, n, NULL, &out,
						     NULL) == CSTN_OK);
				ck_abort_msg("compiled: %d\n%s", (int)compiled,
						(const char *)cstn_buffer_data(out));
			}
			counts[plain]++;
		}
		cstn_condition_unref(condition);
		cstn_constraint_unref(tree);
	}
	for (i = 0; i < 3; i++) /* each truth is met often */
		ck_assert_uint_gt(counts[i], trees);
	cstn_vocabulary_unref(is);
}
END_TEST

START_TEST(windows_of_262_days_become_one_set)
{
	cstn_vocabulary *is = sample_vocabulary();
	cstn_constraint *windows[262], *tree = NULL;
	cstn_condition *condition = NULL;
	size_t asked, cuts, i;

	for (i = 0; i < 262; i++)
		windows[i] = combined(CSTN_CONSTRAINT_AND,
				number_leaf("now", CSTN_OPERATOR_GT, CSTN_OPERAND_INSTANT, 0,
						(int64_t)i * DAY),
				number_leaf("now", CSTN_OPERATOR_LT, CSTN_OPERAND_INSTANT, 0,
						(int64_t)i * DAY + DAY / 3),
				NULL);
	ck_assert_int_eq(cstn_constraint_combine(
					 CSTN_CONSTRAINT_OR, windows, 262, NULL, &tree, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_condition_compile(tree, is, NULL, &condition, NULL), CSTN_OK);
	cstn__condition_size(condition, &asked, &cuts);
	ck_assert_uint_eq(asked, 1);
	ck_assert_uint_eq(cuts, 524); /* ceil(log2(525)) = 10 comparisons of cuts */
	for (i = 0; i < 262 * 4; i++) {
		static const int64_t at[4] = {0, 1, DAY / 3 - 1, DAY / 3};
		cstn_fact now = number_fact(
				"now", CSTN_OPERAND_INSTANT, 0, (int64_t)(i / 4) * DAY + at[i % 4]);
		int32_t truth = -1;

		ck_assert_int_eq(
				cstn_condition_evaluate(condition, &now, 1, &truth, NULL), CSTN_OK);
		ck_assert_int_eq(truth, i % 4 == 1 || i % 4 == 2 ? 2 : 0);
	}
	cstn_condition_unref(condition);
	cstn_constraint_unref(tree);
	for (i = 0; i < 262; i++)
		cstn_constraint_unref(windows[i]);
	cstn_vocabulary_unref(is);
}
END_TEST

START_TEST(facts_by_operand_say_the_same)
{
	cstn_vocabulary *is = sample_vocabulary();
	const cstn_fact *by_operand[16] = {NULL};
	cstn_fact rows = number_fact("rows", CSTN_OPERAND_INT64, 0, 5);
	cstn_constraint *tree = number_leaf("rows", CSTN_OPERATOR_LT, CSTN_OPERAND_INT64, 0, 6);
	cstn_condition *condition = NULL;

	ck_assert_int_eq(cstn_condition_compile(tree, is, NULL, &condition, NULL), CSTN_OK);
	cstn_constraint_unref(tree);
	ck_assert_int_eq(cstn__condition_truth(condition, by_operand), CSTN_TRUTH_UNKNOWN);
	by_operand[cstn_vocabulary_find_operand(is, "rows", 4)] = &rows;
	cstn_vocabulary_unref(is); /* the condition keeps it */
	ck_assert_int_eq(cstn__condition_truth(condition, by_operand), CSTN_TRUTH_TRUE);
	cstn_condition_unref(condition);
}
END_TEST

START_TEST(what_cannot_be_evaluated_is_not_compiled)
{
	cstn_vocabulary *is = sample_vocabulary();
	cstn_constraint *tree = number_leaf("weather", CSTN_OPERATOR_LT, CSTN_OPERAND_INT64, 0, 6);
	cstn_condition *condition = NULL;
	int32_t answer = -1, unknown = -1;

	ck_assert_int_eq(cstn_condition_compile(tree, is, NULL, &condition, NULL),
			CSTN_E_UNEVALUABLE);
	ck_assert_ptr_null(condition);
	ck_assert_int_eq(cstn_constraint_is_realizable(tree, is, &answer, &unknown, NULL), CSTN_OK);
	ck_assert_int_eq(answer, 0);
	ck_assert_int_eq(unknown, 1);
	ck_assert_int_eq(cstn_constraint_is_implied(tree, tree, is, &answer, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(answer, 0);
	ck_assert_int_eq(cstn_constraint_compare(tree, tree, is, &answer, NULL), CSTN_OK);
	ck_assert_int_eq(answer, CSTN_COMPARE_UNKNOWN);
	cstn_constraint_unref(tree);
	cstn_vocabulary_unref(is);
}
END_TEST

/* --- static checks against trying everything -------------------------------------------------- */

typedef struct trial {
	const cstn_constraint *a, *b;
	const cstn_vocabulary *vocabulary;
	fact_choices choices[FACT_OPERANDS];
	cstn_fact facts[FACT_OPERANDS];
	size_t n;
	int both, a_alone; /* found */
} trial;

static int holds(const trial *t, const cstn_constraint *tree)
{
	int32_t truth = -1;

	ck_assert_int_eq(
			cstn_constraint_evaluate(tree, t->vocabulary, t->facts, t->n, &truth, NULL),
			CSTN_OK);
	must(truth != CSTN_TRUTH_UNKNOWN);
	return truth == CSTN_TRUTH_TRUE;
}

/* Each combination of values from `operand` on, those of `axes` only. */
static void try_all(trial *t, int operand, uint32_t axes)
{
	static const uint32_t axis_of[FACT_OPERANDS] = {1, 2, 4, 4, 8, 16, 16};
	size_t i;

	if (operand == FACT_OPERANDS) {
		if (axes & 16 && t->facts[t->n - 1].number > t->facts[t->n - 2].number)
			return; /* metered is never above elapsed */
		if (holds(t, t->a)) {
			int b = holds(t, t->b);

			t->both |= b;
			t->a_alone |= !b;
		}
		return;
	}
	if (!(axes & axis_of[operand])) {
		try_all(t, operand + 1, axes);
		return;
	}
	for (i = 0; i < t->choices[operand].n && !(t->both && t->a_alone); i++) {
		t->facts[t->n++] = t->choices[operand].facts[i];
		try_all(t, operand + 1, axes);
		t->n--;
	}
}

START_TEST(static_checks_say_what_trying_everything_says)
{
	static const uint32_t mixes[] = {
			1, 2, 4, 8, 16, 1 | 2, 2 | 4, 1 | 8, 4 | 16, 2 | 16, 4 | 8};
	cstn_vocabulary *is = sample_vocabulary();
	size_t trees = 6000 / test_every(), i, counts[5] = {0};
	uint64_t state = 99;
	int operand;

	for (i = 0; i < trees; i++) {
		uint32_t axes = mixes[i % 11];
		cstn_constraint *a = random_tree(&state, 1 + (int)(i % 3), axes);
		cstn_constraint *b = random_tree(&state, 1 + (int)(i / 3 % 3), axes);
		trial t = {.a = a, .b = b, .vocabulary = is};
		int32_t verdict = -1, implied = -1, realizable = -1, unknown = -1;

		for (operand = 0; operand < FACT_OPERANDS; operand++)
			fact_choices_of(operand, &t.choices[operand]);
		try_all(&t, 0, axes);
		must(cstn_constraint_compare(a, b, is, &verdict, NULL) == CSTN_OK);
		if (verdict == CSTN_COMPARE_UNKNOWN) { /* rare, and of sets of ids only */
			ck_assert_uint_eq(axes, 8);
			counts[4]++;
			cstn_constraint_unref(a);
			cstn_constraint_unref(b);
			continue;
		}
		ck_assert_msg((verdict != CSTN_COMPARE_CONFLICT) == t.both, "pair %zu", i);
		must(cstn_constraint_is_implied(b, a, is, &implied, &unknown, NULL) == CSTN_OK);
		must(unknown == 0);
		ck_assert_msg(implied == !t.a_alone, "pair %zu: implied %d", i, (int)implied);
		must(cstn_constraint_is_realizable(a, is, &realizable, &unknown, NULL) == CSTN_OK);
		must(unknown == 0);
		ck_assert_msg(realizable == (t.both || t.a_alone), "pair %zu", i);
		counts[0] += (size_t)t.both;
		counts[1] += (size_t)!t.both;
		counts[2] += (size_t)implied;
		counts[3] += (size_t)!realizable;
		cstn_constraint_unref(a);
		cstn_constraint_unref(b);
	}
	for (i = 0; i < 4; i++) /* each answer is met often */
		ck_assert_uint_gt(counts[i], trees / 40);
	ck_assert_uint_le(counts[4], 1);
	cstn_vocabulary_unref(is);
}
END_TEST

/* Of n operands each is 1 or 2 (a choice), and the last is neither by a choice that comes later:
 * 2^n conjuncts, none of which holds. */
static cstn_constraint *choices_in_vain(size_t n, cstn_vocabulary **vocabulary)
{
	cstn_vocabulary_builder *builder = NULL;
	cstn_constraint *all[16], *tree = NULL;
	char name[2][8];
	size_t i;

	ck_assert_int_eq(cstn_vocabulary_builder_new(NULL, &builder, NULL), CSTN_OK);
	for (i = 0; i < 2 * n; i++) {
		snprintf(name[0], sizeof(name[0]), "o%zu", i);
		add_duration(builder, name[0], NULL);
	}
	ck_assert_int_eq(cstn_vocabulary_builder_build(builder, vocabulary, NULL), CSTN_OK);
	cstn_vocabulary_builder_free(builder);
	for (i = 0; i < n; i++) {
		snprintf(name[0], sizeof(name[0]), "o%zu", 2 * i);
		snprintf(name[1], sizeof(name[1]), "o%zu", 2 * i + 1);
		all[i + 1] = combined(CSTN_CONSTRAINT_OR,
				number_leaf(name[0], CSTN_OPERATOR_EQ, CSTN_OPERAND_DURATION, 0, 1),
				number_leaf(name[1], CSTN_OPERATOR_EQ, CSTN_OPERAND_DURATION, 0, 1),
				NULL);
	}
	all[0] = combined(CSTN_CONSTRAINT_AND, /* what is put first is chosen last */
			combined(CSTN_CONSTRAINT_OR,
					number_leaf("o0", CSTN_OPERATOR_EQ, CSTN_OPERAND_DURATION,
							0, 3),
					number_leaf("o1", CSTN_OPERATOR_EQ, CSTN_OPERAND_DURATION,
							0, 3),
					NULL),
			combined(CSTN_CONSTRAINT_XONE,
					number_leaf("o0", CSTN_OPERATOR_LT, CSTN_OPERAND_DURATION,
							0, 2),
					number_leaf("o1", CSTN_OPERATOR_GTEQ, CSTN_OPERAND_DURATION,
							0, 2),
					NULL),
			combined(CSTN_CONSTRAINT_XONE,
					number_leaf("o1", CSTN_OPERATOR_GTEQ, CSTN_OPERAND_DURATION,
							0, 2),
					number_leaf("o0", CSTN_OPERATOR_GTEQ, CSTN_OPERAND_DURATION,
							0, 2),
					NULL));
	ck_assert_int_eq(
			cstn_constraint_combine(CSTN_CONSTRAINT_AND, all, n + 1, NULL, &tree, NULL),
			CSTN_OK);
	for (i = 0; i <= n; i++)
		cstn_constraint_unref(all[i]);
	return tree;
}

START_TEST(too_many_conjuncts_are_unknown)
{
	size_t n;

	for (n = 1; n <= 15; n++) {
		cstn_vocabulary *is = NULL;
		cstn_constraint *tree = choices_in_vain(n, &is);
		int32_t realizable = -1, unknown = -1;

		ck_assert_int_eq(cstn_constraint_is_realizable(
						 tree, is, &realizable, &unknown, NULL),
				CSTN_OK);
		ck_assert_int_eq(realizable, 0);
		if (n <= 9)
			ck_assert_msg(unknown == 0, "n %zu", n);
		if (n >= 12)
			ck_assert_msg(unknown == 1, "n %zu", n);
		cstn_constraint_unref(tree);
		cstn_vocabulary_unref(is);
	}
}
END_TEST

START_TEST(null_is_always_true)
{
	cstn_vocabulary *is = sample_vocabulary();
	cstn_constraint *all = combined(CSTN_CONSTRAINT_OR,
			number_leaf("score", CSTN_OPERATOR_LT, CSTN_OPERAND_INT64, 0, 5),
			number_leaf("score", CSTN_OPERATOR_GTEQ, CSTN_OPERAND_INT64, 0, 5), NULL);
	cstn_constraint *some = number_leaf("score", CSTN_OPERATOR_LT, CSTN_OPERAND_INT64, 0, 5);
	int32_t answer = -1;

#define IMPLIED(what, by, expected)                                                             \
	do {                                                                                    \
		ck_assert_int_eq(cstn_constraint_is_implied(what, by, is, &answer, NULL, NULL), \
				CSTN_OK);                                                       \
		ck_assert_int_eq(answer, expected);                                             \
	} while (0)
	IMPLIED(NULL, NULL, 1);
	IMPLIED(NULL, some, 1);
	IMPLIED(some, NULL, 0);
	IMPLIED(all, NULL, 1);
	IMPLIED(all, some, 1);
	IMPLIED(some, all, 0);
#undef IMPLIED
	ck_assert_int_eq(cstn_constraint_compare(NULL, some, is, &answer, NULL), CSTN_OK);
	ck_assert_int_eq(answer, CSTN_COMPARE_UNDERSPECIFIED);
	ck_assert_int_eq(cstn_constraint_compare(NULL, NULL, is, &answer, NULL), CSTN_OK);
	ck_assert_int_eq(answer, CSTN_COMPARE_COMPATIBLE);
	ck_assert_int_eq(cstn_constraint_is_realizable(NULL, is, &answer, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(answer, 1);
	cstn_constraint_unref(all);
	cstn_constraint_unref(some);
	cstn_vocabulary_unref(is);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_condition_says_what_its_constraint_says,
			windows_of_262_days_become_one_set, facts_by_operand_say_the_same,
			what_cannot_be_evaluated_is_not_compiled,
			static_checks_say_what_trying_everything_says,
			too_many_conjuncts_are_unknown, null_is_always_true};

	return run_tests("constraint_compiled", tests, sizeof(tests) / sizeof(*tests));
}
