/* Constraints compiled for a vocabulary.
 *
 * What speaks of one operand is one set of values, which a fact is looked up in by binary search;
 * what is left above are truths (see constraint_plan.c). Invariant: the truth is that of the plain
 * evaluation, whatever facts are missing or ill-typed. Cost: O(nodes left + log values each), no
 * memory. */
#include "sharing/condition.h"

#include <stdatomic.h>

#include "base/error.h"
#include "sharing/constraint_plan.h"

struct cstn_condition {
	cstn_allocator allocator;
	atomic_size_t references;
	cstn_constraint *constraint;
	cstn_vocabulary *vocabulary;
	cstn__plan plan;
	cstn__plan_node *root;
};

/* Where facts come from: by operand, or a list with names. */
typedef struct fact_source {
	const cstn_condition *condition;
	const cstn_fact *const *by_operand;
	const cstn_fact *facts;
	size_t n_facts;
} fact_source;

static void condition_free(cstn_condition *condition)
{
	cstn_allocator memory = condition->allocator;

	cstn__plan_close(&condition->plan);
	cstn_constraint_unref(condition->constraint);
	cstn_vocabulary_unref(condition->vocabulary);
	cstn__free(&memory, condition, sizeof(*condition));
}

cstn_status cstn_condition_compile(const cstn_constraint *constraint,
		const cstn_vocabulary *vocabulary, const cstn_allocator *allocator,
		cstn_condition **out, cstn_error **error)
{
	cstn_condition *made = NULL;
	cstn_allocator memory;
	cstn_status status;

	if (!constraint || !vocabulary || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"constraint, vocabulary or out is NULL");
	status = cstn__handle_new(allocator, sizeof(*made), &memory, &made, error);
	if (status != CSTN_OK)
		return status;
	made->allocator = memory;
	atomic_init(&made->references, 1);
	made->constraint = cstn_constraint_ref((cstn_constraint *)(uintptr_t)constraint);
	made->vocabulary = cstn__vocabulary_share(vocabulary);
	status = cstn__plan_open(&made->plan, &constraint, 1, vocabulary, 0, &memory, error);
	if (status == CSTN_OK)
		status = cstn__plan_compile(&made->plan, constraint, &made->root, error);
	if (status == CSTN_OK)
		*out = made;
	else
		condition_free(made);
	return status;
}

cstn_condition *cstn_condition_ref(cstn_condition *condition)
{
	if (condition)
		atomic_fetch_add_explicit(&condition->references, 1, memory_order_relaxed);
	return condition;
}

void cstn_condition_unref(cstn_condition *condition)
{
	if (condition && atomic_fetch_sub_explicit(
					 &condition->references, 1, memory_order_acq_rel) == 1)
		condition_free(condition);
}

cstn_condition *cstn__condition_share(const cstn_condition *condition)
{
	return cstn_condition_ref((cstn_condition *)(uintptr_t)condition);
}

static int32_t leaf_truth(const fact_source *from, const cstn__plan_node *node)
{
	const cstn_condition *is = from->condition;
	const cstn__operand *operand = cstn__vocabulary_operand(is->vocabulary, node->operand);
	const cstn_fact *fact =
			from->by_operand ? from->by_operand[node->operand]
					 : cstn__fact_find(from->facts, from->n_facts,
							   operand->name.text, operand->name.len);
	int holds;

	if (!fact || !cstn__operand_takes(operand, fact))
		return CSTN_TRUTH_UNKNOWN;
	holds = node->leaf ? cstn__leaf_holds(node->leaf, is->vocabulary, fact)
			   : cstn__cuts_hold(&node->set,
					     cstn__axis_position(is->plan.axes.items + node->axis,
							     operand, fact));
	return holds ? CSTN_TRUTH_TRUE : CSTN_TRUTH_FALSE;
}

static int32_t truth_of(const fact_source *from, const cstn__plan_node *node)
{
	cstn__truth_fold fold = {node->kind, {0, 0, 0}};
	uint32_t i;

	if (node->kind == CSTN_CONSTRAINT_LEAF)
		return leaf_truth(from, node);
	for (i = 0; i < node->n; i++) {
		int32_t truth = truth_of(from, node->children[i]);

		fold.n[truth]++;
		if ((node->kind == CSTN_CONSTRAINT_AND && truth == CSTN_TRUTH_FALSE) ||
				(node->kind == CSTN_CONSTRAINT_OR && truth == CSTN_TRUTH_TRUE))
			break; /* nothing more can change it */
	}
	return cstn__truth_of(&fold);
}

int32_t cstn__condition_truth(const cstn_condition *condition, const cstn_fact *const *by_operand)
{
	fact_source from = {condition, by_operand, NULL, 0};

	return truth_of(&from, condition->root);
}

cstn_status cstn_condition_evaluate(const cstn_condition *condition, const cstn_fact *facts,
		size_t n_facts, int32_t *truth, cstn_error **error)
{
	fact_source from = {condition, NULL, facts, n_facts};

	if (!condition || !truth || (!facts && n_facts))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"condition, facts or truth is NULL");
	*truth = truth_of(&from, condition->root);
	return CSTN_OK;
}

static void measure(const cstn__plan_node *node, size_t *asked, size_t *cuts)
{
	uint32_t i;

	for (i = 0; i < node->n; i++)
		measure(node->children[i], asked, cuts);
	if (node->kind == CSTN_CONSTRAINT_LEAF) {
		++*asked;
		*cuts += node->set.n;
	}
}

void cstn__condition_size(const cstn_condition *condition, size_t *asked, size_t *cuts)
{
	*asked = *cuts = 0;
	measure(condition->root, asked, cuts);
}
