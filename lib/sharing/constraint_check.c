/* Can a vocabulary evaluate a constraint? If not: which leaves, and why.
 *
 * The rule of each type: its operators, how many values they take, which values are in the domain.
 * Nothing that is not evaluated is ever true, so a leaf with a defect is UNKNOWN, and a term that
 * holds one is refused. Cost: O(values log ids of the domain). */
#include "sharing/constraint.h"

#include "base/checked.h"
#include "base/decimal.h"
#include "base/error.h"

#define BIT(operation) (UINT32_C(1) << (operation))
#define ORDERED                                                                   \
	(BIT(CSTN_OPERATOR_EQ) | BIT(CSTN_OPERATOR_NEQ) | BIT(CSTN_OPERATOR_LT) | \
			BIT(CSTN_OPERATOR_LTEQ) | BIT(CSTN_OPERATOR_GT) |         \
			BIT(CSTN_OPERATOR_GTEQ) | BIT(CSTN_OPERATOR_IS_ANY_OF) |  \
			BIT(CSTN_OPERATOR_IS_NONE_OF))
#define NAMED                                                                            \
	(BIT(CSTN_OPERATOR_EQ) | BIT(CSTN_OPERATOR_NEQ) | BIT(CSTN_OPERATOR_IS_ANY_OF) | \
			BIT(CSTN_OPERATOR_IS_NONE_OF))
/* Operators that take several values; of a set each does. */
#define LISTED                                                         \
	(BIT(CSTN_OPERATOR_IS_ANY_OF) | BIT(CSTN_OPERATOR_IS_ALL_OF) | \
			BIT(CSTN_OPERATOR_IS_NONE_OF) | BIT(CSTN_OPERATOR_IS_PART_OF))

static uint32_t operators_of(const cstn__operand *operand, size_t index)
{
	if (operand->type == CSTN_OPERAND_ID_SET)
		return NAMED | LISTED;
	if (operand->type != CSTN_OPERAND_ID)
		return ORDERED;
	return index == CSTN__OPERAND_PURPOSE ? NAMED | BIT(CSTN_OPERATOR_IS_PART_OF) : NAMED;
}

/* Words for an id that is not in the domain. */
static const char *no_such_id(size_t index)
{
	if (index == CSTN__OPERAND_PURPOSE)
		return "it is no purpose of the vocabulary";
	if (index == CSTN__OPERAND_ROLE)
		return "it is no role of the vocabulary";
	return "it is not in the operand's domain";
}

const char *cstn__leaf_defect(const cstn_constraint *leaf, const cstn_vocabulary *vocabulary,
		size_t *operand, size_t *value)
{
	int64_t found = cstn_vocabulary_find_operand(
			vocabulary, leaf->operand.text, leaf->operand.len);
	const cstn__operand *is;
	cstn_fact fact = {
			leaf->operand.text, leaf->operand.len, leaf->type, leaf->scale, 0, NULL, 0};
	cstn__i128 most = INT64_MAX; /* of what fits at the operand's scale */
	size_t i;

	*value = SIZE_MAX;
	if (found < 0)
		return "the operand is not registered";
	*operand = (size_t)found;
	is = cstn__vocabulary_operand(vocabulary, *operand);
	if (is->type != leaf->type)
		return "the values are not of the operand's type";
	if (!(operators_of(is, *operand) & BIT(leaf->operation)))
		return "the operand's type lacks the operator";
	if (leaf->n > 1 && is->type != CSTN_OPERAND_ID_SET && !(LISTED & BIT(leaf->operation)))
		return "the operator takes one value";
	if (leaf->scale > is->scale)
		return "a value has more decimals than the operand";
	if (leaf->scale < is->scale)
		most /= cstn__wide_power_of_ten(is->scale - leaf->scale);
	for (i = 0; i < leaf->n; i++) {
		*value = i;
		if (leaf->ids && !cstn__operand_has_id(is, leaf->ids + i))
			return no_such_id(*operand);
		if (leaf->numbers) {
			fact.number = leaf->numbers[i];
			if (!cstn__operand_takes(is, &fact) ||
					(leaf->scale < is->scale &&
							(leaf->numbers[i] > most ||
									leaf->numbers[i] < -most)))
				return "it is not in the operand's domain";
		}
	}
	*value = SIZE_MAX;
	return NULL;
}

void cstn__constraint_defects(const cstn_constraint *constraint, const cstn_vocabulary *vocabulary,
		cstn__defect_report *report, void *user)
{
	const char *why;
	size_t operand, value, i;

	for (i = 0; constraint->children && i < constraint->n; i++)
		cstn__constraint_defects(constraint->children[i], vocabulary, report, user);
	if (constraint->children)
		return;
	why = cstn__leaf_defect(constraint, vocabulary, &operand, &value);
	if (why)
		report(user, constraint, value, why);
}

void cstn__defect_put_text(
		cstn__bytes *out, const cstn_constraint *leaf, size_t value, const char *why)
{
	cstn__bytes_put_format(out, "operand '%s', operator %s", leaf->operand.text,
			cstn__operator_name(leaf->operation));
	if (value != SIZE_MAX || leaf->n == 1) {
		cstn__bytes_put_text(out, ", value ");
		cstn__leaf_put_value(out, leaf, value != SIZE_MAX ? value : 0);
	}
	cstn__bytes_put_format(out, ": %s", why);
}

typedef struct first_defect {
	cstn__bytes text;
	size_t count;
} first_defect;

static void keep_first(void *user, const cstn_constraint *leaf, size_t value, const char *why)
{
	first_defect *first = user;

	if (!first->count++)
		cstn__defect_put_text(&first->text, leaf, value, why);
}

cstn_status cstn_constraint_check(const cstn_constraint *constraint,
		const cstn_vocabulary *vocabulary, cstn_error **error)
{
	first_defect first = {.count = 0};
	cstn_status status = CSTN_OK;

	if (!constraint || !vocabulary)
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "constraint or vocabulary is NULL");
	cstn__bytes_init(&first.text, cstn__vocabulary_allocator(vocabulary));
	cstn__constraint_defects(constraint, vocabulary, keep_first, &first);
	if (first.text.failed)
		status = cstn__fail_nomem(error);
	else if (first.count == 1)
		status = cstn__fail(error, CSTN_E_UNEVALUABLE, "%.*s", (int)first.text.size,
				(const char *)first.text.data);
	else if (first.count)
		status = cstn__fail(error, CSTN_E_UNEVALUABLE, "%.*s; and %zu more",
				(int)first.text.size, (const char *)first.text.data,
				first.count - 1);
	cstn__bytes_free(&first.text);
	return status;
}
