/* What a constraint says of facts, as it stands: the plain way.
 *
 * Three values, F < U < T (Kleene, 1938). Every leaf looks up its operand, its fact, and compares;
 * nothing is prepared. The compiled way (condition.c) must give the same, and is tested against
 * this. Cost: O(leaves x facts + values). */
#include "sharing/constraint.h"

#include <string.h>

#include "base/error.h"

const cstn_fact *cstn__fact_find(
		const cstn_fact *facts, size_t n_facts, const char *operand, size_t operand_len)
{
	const cstn_fact *found = NULL;
	size_t i;

	for (i = 0; i < n_facts; i++) {
		if (facts[i].operand_len != operand_len || !facts[i].operand ||
				memcmp(facts[i].operand, operand, operand_len) != 0)
			continue;
		if (found)
			return NULL;
		found = facts + i;
	}
	return found;
}

int32_t cstn__truth_of(const cstn__truth_fold *fold)
{
	const uint32_t *n = fold->n;

	switch (fold->kind) {
	case CSTN_CONSTRAINT_AND:
		return n[CSTN_TRUTH_FALSE]     ? CSTN_TRUTH_FALSE
		       : n[CSTN_TRUTH_UNKNOWN] ? CSTN_TRUTH_UNKNOWN
					       : CSTN_TRUTH_TRUE;
	case CSTN_CONSTRAINT_OR:
		return n[CSTN_TRUTH_TRUE]      ? CSTN_TRUTH_TRUE
		       : n[CSTN_TRUTH_UNKNOWN] ? CSTN_TRUTH_UNKNOWN
					       : CSTN_TRUTH_FALSE;
	case CSTN_CONSTRAINT_NOT:
		return n[CSTN_TRUTH_TRUE]    ? CSTN_TRUTH_FALSE
		       : n[CSTN_TRUTH_FALSE] ? CSTN_TRUTH_TRUE
					     : CSTN_TRUTH_UNKNOWN;
	default: /* exactly one */
		if (n[CSTN_TRUTH_TRUE] > 1)
			return CSTN_TRUTH_FALSE;
		if (n[CSTN_TRUTH_UNKNOWN])
			return CSTN_TRUTH_UNKNOWN;
		return n[CSTN_TRUTH_TRUE] ? CSTN_TRUTH_TRUE : CSTN_TRUTH_FALSE;
	}
}

/* How many ids of a leaf a set holds, each counted once. */
static size_t held(const cstn_constraint *leaf, const cstn_fact *fact)
{
	size_t count = 0, i, j;

	for (i = 0; i < leaf->n; i++)
		for (j = 0; j < fact->n_ids; j++)
			if (!cstn__id_order(leaf->ids + i, fact->ids + j)) {
				count++;
				break;
			}
	return count;
}

static int holds_nothing_else(const cstn_constraint *leaf, const cstn_fact *fact)
{
	size_t i;

	for (i = 0; i < fact->n_ids; i++)
		if (cstn__id_find(leaf->ids, leaf->n, fact->ids + i) == SIZE_MAX)
			return 0;
	return 1;
}

static int set_holds(const cstn_constraint *leaf, const cstn_fact *fact)
{
	switch (leaf->operation) {
	case CSTN_OPERATOR_EQ:
		return held(leaf, fact) == leaf->n && holds_nothing_else(leaf, fact);
	case CSTN_OPERATOR_NEQ:
		return held(leaf, fact) != leaf->n || !holds_nothing_else(leaf, fact);
	case CSTN_OPERATOR_IS_ANY_OF:
		return held(leaf, fact) > 0;
	case CSTN_OPERATOR_IS_ALL_OF:
		return held(leaf, fact) == leaf->n;
	case CSTN_OPERATOR_IS_NONE_OF:
		return held(leaf, fact) == 0;
	default:
		return holds_nothing_else(leaf, fact);
	}
}

static int id_holds(const cstn_constraint *leaf, const cstn_vocabulary *vocabulary,
		const cstn_fact *fact)
{
	size_t i;
	int is = cstn__id_find(leaf->ids, leaf->n, fact->ids) != SIZE_MAX;

	if (leaf->operation == CSTN_OPERATOR_NEQ || leaf->operation == CSTN_OPERATOR_IS_NONE_OF)
		return !is;
	if (leaf->operation != CSTN_OPERATOR_IS_PART_OF)
		return is;
	for (i = 0; !is && i < leaf->n; i++)
		is = cstn_vocabulary_covers(vocabulary, leaf->ids[i].text, leaf->ids[i].len,
				fact->ids->text, fact->ids->len);
	return is;
}

static int number_holds(const cstn_constraint *leaf, const cstn_fact *fact)
{
	int order = cstn__decimal_compare(fact->number, fact->scale, leaf->numbers[0], leaf->scale);
	size_t i;
	int is = 0;

	switch (leaf->operation) {
	case CSTN_OPERATOR_LT:
		return order < 0;
	case CSTN_OPERATOR_LTEQ:
		return order <= 0;
	case CSTN_OPERATOR_GT:
		return order > 0;
	case CSTN_OPERATOR_GTEQ:
		return order >= 0;
	default:
		break;
	}
	for (i = 0; i < leaf->n; i++)
		is |= cstn__decimal_compare(fact->number, fact->scale, leaf->numbers[i],
				      leaf->scale) == 0;
	return leaf->operation == CSTN_OPERATOR_EQ || leaf->operation == CSTN_OPERATOR_IS_ANY_OF
			       ? is
			       : !is;
}

int cstn__leaf_holds(const cstn_constraint *leaf, const cstn_vocabulary *vocabulary,
		const cstn_fact *fact)
{
	if (leaf->type == CSTN_OPERAND_ID_SET)
		return set_holds(leaf, fact);
	if (leaf->type == CSTN_OPERAND_ID)
		return id_holds(leaf, vocabulary, fact);
	return number_holds(leaf, fact);
}

static int32_t leaf_truth(const cstn_constraint *leaf, const cstn_vocabulary *vocabulary,
		const cstn_fact *facts, size_t n_facts)
{
	const cstn_fact *fact;
	size_t operand, value;

	if (cstn__leaf_defect(leaf, vocabulary, &operand, &value))
		return CSTN_TRUTH_UNKNOWN;
	fact = cstn__fact_find(facts, n_facts, leaf->operand.text, leaf->operand.len);
	if (!fact || !cstn__operand_takes(cstn__vocabulary_operand(vocabulary, operand), fact))
		return CSTN_TRUTH_UNKNOWN;
	return cstn__leaf_holds(leaf, vocabulary, fact) ? CSTN_TRUTH_TRUE : CSTN_TRUTH_FALSE;
}

static int32_t truth_of(const cstn_constraint *constraint, const cstn_vocabulary *vocabulary,
		const cstn_fact *facts, size_t n_facts)
{
	cstn__truth_fold fold = {constraint->kind, {0, 0, 0}};
	size_t i;

	if (constraint->kind == CSTN_CONSTRAINT_LEAF)
		return leaf_truth(constraint, vocabulary, facts, n_facts);
	for (i = 0; i < constraint->n; i++)
		fold.n[truth_of(constraint->children[i], vocabulary, facts, n_facts)]++;
	return cstn__truth_of(&fold);
}

static cstn_status check_arguments(const cstn_constraint *constraint,
		const cstn_vocabulary *vocabulary, const cstn_fact *facts, size_t n_facts,
		const void *out, cstn_error **error)
{
	if (!constraint || !vocabulary || !out || (!facts && n_facts))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"constraint, vocabulary, facts or out is NULL");
	return CSTN_OK;
}

cstn_status cstn_constraint_evaluate(const cstn_constraint *constraint,
		const cstn_vocabulary *vocabulary, const cstn_fact *facts, size_t n_facts,
		int32_t *truth, cstn_error **error)
{
	cstn_status status = check_arguments(constraint, vocabulary, facts, n_facts, truth, error);

	if (status == CSTN_OK)
		*truth = truth_of(constraint, vocabulary, facts, n_facts);
	return status;
}

/* --- explaining ------------------------------------------------------------------------------- */

typedef struct explanation {
	cstn__bytes out;
	const cstn_vocabulary *vocabulary;
	const cstn_fact *facts;
	size_t n_facts;
} explanation;

static void explain(explanation *to, const cstn_constraint *constraint, size_t depth)
{
	static const char *const truths[] = {"false", "unknown", "true"};
	static const char *const kinds[] = {"", "", "all of", "any of", "exactly one of", "not"};
	const cstn_fact *fact;
	size_t i;

	for (i = 0; i < depth; i++)
		cstn__bytes_put_text(&to->out, "  ");
	cstn__bytes_put_format(&to->out, "%s: ",
			truths[truth_of(constraint, to->vocabulary, to->facts, to->n_facts)]);
	if (constraint->kind == CSTN_CONSTRAINT_LEAF) {
		fact = cstn__fact_find(to->facts, to->n_facts, constraint->operand.text,
				constraint->operand.len);
		cstn__constraint_put_text(&to->out, constraint);
		if (fact) {
			cstn__bytes_put_text(&to->out, " (it is ");
			cstn__fact_put_text(&to->out, fact);
			cstn__bytes_put_text(&to->out, ")\n");
		} else {
			cstn__bytes_put_text(&to->out, " (there is no one fact)\n");
		}
		return;
	}
	cstn__bytes_put_format(&to->out, "%s\n", kinds[constraint->kind]);
	for (i = 0; i < constraint->n; i++)
		explain(to, constraint->children[i], depth + 1);
}

cstn_status cstn_constraint_explain(const cstn_constraint *constraint,
		const cstn_vocabulary *vocabulary, const cstn_fact *facts, size_t n_facts,
		const cstn_allocator *allocator, cstn_buffer **out, cstn_error **error)
{
	explanation to = {.vocabulary = vocabulary, .facts = facts, .n_facts = n_facts};
	cstn_allocator memory;
	cstn_status status;

	status = check_arguments(constraint, vocabulary, facts, n_facts, out, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&to.out, &memory);
	explain(&to, constraint, 0);
	return cstn__bytes_to_buffer(&to.out, out, error);
}
