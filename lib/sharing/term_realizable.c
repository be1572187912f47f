/* Is there any request that a term's condition and its windows let pass together? The condition
 * alone may be sound and the window too, and yet nothing is in both: "in 2025" in a term of 2026.
 *
 * Windows, purpose and recipient become leaves over the built-in operands, joined with the
 * condition by AND; the search is cstn_constraint_is_realizable()'s. Cost: that, and a few leaves.
 */
#include <string.h>

#include "base/error.h"
#include "sharing/constraint.h"
#include "sharing/term.h"

#define LEAVES_MOST 8

/* What is joined. */
typedef struct parts {
	const cstn_allocator *allocator;
	cstn_constraint *all[LEAVES_MOST];
	size_t n;
	cstn_status status;
	cstn_error **error;
} parts;

static void add_leaf(parts *to, const char *operand, int32_t operation, int32_t type,
		const int64_t *number, const cstn_id *ids, size_t n)
{
	cstn_constraint_leaf leaf = CSTN_CONSTRAINT_LEAF_INIT;

	leaf.operand = operand;
	leaf.operand_len = strlen(operand);
	leaf.operation = operation;
	leaf.type = type;
	leaf.numbers = number;
	leaf.ids = ids;
	leaf.n_values = n;
	if (to->status == CSTN_OK)
		to->status = cstn_constraint_new(&leaf, to->allocator, &to->all[to->n], to->error);
	if (to->status == CSTN_OK)
		to->n++;
}

static void add_bound(parts *to, const char *operand, int32_t operation, int32_t type,
		int64_t value, int64_t none)
{
	if (value != none)
		add_leaf(to, operand, operation, type, &value, NULL, 1);
}

static void add_id(parts *to, const char *operand, int32_t operation, const char *text)
{
	cstn_id id = {text, strlen(text)};

	add_leaf(to, operand, operation, CSTN_OPERAND_ID, NULL, &id, 1);
}

static void add_components(parts *to, const cstn_term_view *view)
{
	const cstn_term_data_window *data = view->data_window;

	add_bound(to, "now", CSTN_OPERATOR_GTEQ, CSTN_OPERAND_INSTANT, view->valid_from_us,
			INT64_MIN);
	add_bound(to, "now", CSTN_OPERATOR_LT, CSTN_OPERAND_INSTANT, view->valid_until_us,
			INT64_MAX);
	add_bound(to, "data_age", CSTN_OPERATOR_GTEQ, CSTN_OPERAND_DURATION, data->min_age_us, 0);
	add_bound(to, "data_age", CSTN_OPERATOR_LTEQ, CSTN_OPERAND_DURATION, data->max_age_us,
			INT64_MAX);
	add_id(to, "purpose", CSTN_OPERATOR_IS_PART_OF, view->purpose);
	if (view->recipient)
		add_id(to, "party", CSTN_OPERATOR_EQ, view->recipient);
}

cstn_status cstn_term_is_realizable(const cstn_term *term, const cstn_vocabulary *vocabulary,
		int32_t *realizable, int32_t *unknown, cstn_error **error)
{
	parts to = {NULL, {NULL}, 0, CSTN_OK, error};
	cstn_constraint *whole = NULL;
	cstn_status status;

	if (!term || !vocabulary || !realizable)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"term, vocabulary or realizable is NULL");
	to.allocator = &term->allocator;
	if (term->constraint)
		to.all[to.n++] = cstn_constraint_ref(term->constraint);
	add_components(&to, term->view);
	status = to.status;
	if (status == CSTN_OK)
		status = cstn_constraint_combine(
				CSTN_CONSTRAINT_AND, to.all, to.n, to.allocator, &whole, error);
	if (status == CSTN_OK)
		status = cstn_constraint_is_realizable(
				whole, vocabulary, realizable, unknown, error);
	cstn_constraint_unref(whole);
	for (size_t i = 0; i < to.n; i++)
		cstn_constraint_unref(to.all[i]);
	return status;
}
