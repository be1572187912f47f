/* The second half of constraint_plan.c: trees to sets. */
#include "sharing/constraint_plan.h"

#include <string.h>

#include "base/error.h"

static cstn_status node_new(cstn__plan *plan, int32_t kind, size_t children, cstn__plan_node **out,
		cstn_error **error)
{
	cstn__plan_node *made = cstn__arena_alloc(&plan->arena, sizeof(*made));

	if (!made)
		return cstn__fail_nomem(error);
	memset(made, 0, sizeof(*made));
	made->kind = kind;
	if (children) {
		made->children = cstn__arena_alloc(
				&plan->arena, cstn__array_size(children, sizeof(*made->children)));
		if (!made->children)
			return cstn__fail_nomem(error);
		memset(made->children, 0, children * sizeof(*made->children));
	}
	*out = made;
	return CSTN_OK;
}

static int is_set(const cstn__plan_node *node)
{
	return node->kind == CSTN_CONSTRAINT_LEAF && !node->leaf;
}

/* Places of "at value": before and after it. Whole numbers end before the next. */
static size_t put_point(cstn__cut *cut, size_t n, int whole, int64_t value)
{
	cut[n].value = value;
	cut[n].after = 0;
	cut[n++].set = 0;
	if (whole && value == INT64_MAX)
		return n;
	cut[n].value = whole ? value + 1 : value;
	cut[n].after = !whole;
	cut[n++].set = 0;
	return n;
}

/* Points in strict order to cuts: where one ends another may begin. */
static size_t join_points(cstn__cut *cut, size_t n)
{
	size_t kept = 0, i;

	for (i = 0; i < n; i++) {
		if (kept && cut[kept - 1].value == cut[i].value &&
				cut[kept - 1].after == cut[i].after)
			kept--;
		else
			cut[kept++] = cut[i];
	}
	return kept;
}

/* A value of a leaf as a place on its axis. */
static int64_t place_of(const cstn__axis *axis, const cstn__operand *operand,
		const cstn_constraint *leaf, size_t i)
{
	cstn_fact fact = {NULL, 0, leaf->type, leaf->scale, 0, NULL, 0};

	if (leaf->ids)
		fact.ids = leaf->ids + i;
	else
		fact.number = leaf->numbers[i];
	return cstn__axis_position(axis, operand, &fact).value;
}

/* The values of a leaf, sorted as places are. */
static size_t put_points(const cstn__axis *axis, const cstn__operand *operand,
		const cstn_constraint *leaf, cstn__cut *cut)
{
	size_t n = 0, i;

	for (i = 0; i < leaf->n; i++)
		n = put_point(cut, n, operand->type == CSTN_OPERAND_INT64,
				place_of(axis, operand, leaf, i));
	return join_points(cut, n);
}

/* The purposes that those of a leaf cover. */
static cstn_status put_covered(cstn__plan *plan, const cstn__axis *axis,
		const cstn_constraint *leaf, cstn__cut *cut, size_t *n, cstn_error **error)
{
	const cstn__interner *purposes = cstn__vocabulary_purposes(plan->vocabulary);
	uint32_t *codes = cstn__plan_codes(plan, leaf);
	size_t i;

	if (!codes)
		return cstn__fail_nomem(error);
	for (i = 0, *n = 0; i < axis->n_ids; i++)
		if (cstn__plan_covers(plan, codes, leaf->n,
				    cstn__interner_find(
						    purposes, axis->ids[i].text, axis->ids[i].len)))
			*n = put_point(cut, *n, 0, (int64_t)i);
	return CSTN_OK;
}

/* A leaf of an ordered operand or of ids as a set. */
static cstn_status leaf_to_set(cstn__plan *plan, const cstn_constraint *leaf, cstn__plan_node *into,
		cstn_error **error)
{
	const cstn__axis *axis = plan->axes.items + into->axis;
	const cstn__operand *is = cstn__vocabulary_operand(plan->vocabulary, axis->operand);
	size_t room = 2 * (leaf->n > axis->n_ids ? leaf->n : axis->n_ids);
	cstn__cut *cut = cstn__arena_alloc(&plan->arena, cstn__array_size(room, sizeof(*cut)));
	int below = leaf->operation == CSTN_OPERATOR_LT || leaf->operation == CSTN_OPERATOR_LTEQ;
	int after = leaf->operation == CSTN_OPERATOR_LTEQ || leaf->operation == CSTN_OPERATOR_GT;

	if (!cut)
		return cstn__fail_nomem(error);
	into->set.cut = cut;
	if (leaf->operation >= CSTN_OPERATOR_LT && leaf->operation <= CSTN_OPERATOR_GTEQ) {
		into->set.starts = below;
		into->set.n = put_point(cut, 0, is->type == CSTN_OPERAND_INT64,
				place_of(axis, is, leaf, 0));
		if (after && into->set.n == 2)
			cut[0] = cut[1];
		into->set.n = after && into->set.n < 2 ? 0 : 1;
		return CSTN_OK;
	}
	if (leaf->operation == CSTN_OPERATOR_IS_PART_OF)
		return put_covered(plan, axis, leaf, cut, &into->set.n, error);
	into->set.n = put_points(axis, is, leaf, cut);
	into->set.starts = leaf->operation == CSTN_OPERATOR_NEQ ||
			   leaf->operation == CSTN_OPERATOR_IS_NONE_OF;
	return CSTN_OK;
}

/* --- sets of ids, taken apart ----------------------------------------------------------------- */

/* A set on the axis of a member: it is in the set of ids, or not. */
static cstn_status member_node(
		cstn__plan *plan, uint32_t axis, int in, cstn__plan_node **out, cstn_error **error)
{
	cstn__cut *cut = cstn__arena_alloc(&plan->arena, sizeof(*cut));
	cstn_status status = node_new(plan, CSTN_CONSTRAINT_LEAF, 0, out, error);

	if (!cut)
		return status == CSTN_OK ? cstn__fail_nomem(error) : status;
	if (status != CSTN_OK)
		return status;
	*cut = (cstn__cut){1, 0, 0}; /* what is in the set is 1, what is not is 0 */
	(*out)->axis = axis;
	(*out)->operand = plan->axes.items[axis].operand;
	(*out)->set.cut = cut;
	(*out)->set.n = 1;
	(*out)->set.starts = !in;
	return CSTN_OK;
}

/* AND or OR over named ids: those of the leaf (`own`), or the ones that are not its and all others
 * (which are then not to be in). */
static cstn_status members_node(cstn__plan *plan, const cstn_constraint *leaf, int32_t kind,
		int own, cstn__plan_node **out, cstn_error **error)
{
	uint32_t first = plan->first_axis[(size_t)cstn_vocabulary_find_operand(
			plan->vocabulary, leaf->operand.text, leaf->operand.len)];
	const cstn__axis of = plan->axes.items[first];
	cstn_status status = node_new(plan, kind, of.n_ids + 1, out, error);
	size_t i;

	for (i = 0; status == CSTN_OK && i < of.n_ids; i++)
		if ((cstn__id_find(leaf->ids, leaf->n, of.ids + i) != SIZE_MAX) == own)
			status = member_node(plan, (uint32_t)(of.members + i), own,
					(*out)->children + (*out)->n++, error);
	if (status == CSTN_OK && !own)
		status = member_node(plan, (uint32_t)(of.members + of.n_ids), 0,
				(*out)->children + (*out)->n++, error);
	return status;
}

static cstn_status set_leaf_apart(cstn__plan *plan, const cstn_constraint *leaf,
		cstn__plan_node **out, cstn_error **error)
{
	int32_t operation = leaf->operation;
	cstn__plan_node *made = NULL, *turned;
	cstn_status status;
	int any = operation == CSTN_OPERATOR_IS_ANY_OF || operation == CSTN_OPERATOR_IS_NONE_OF;
	int both = operation == CSTN_OPERATOR_EQ || operation == CSTN_OPERATOR_NEQ;

	if (both) { /* all of them, and nothing else */
		status = node_new(plan, CSTN_CONSTRAINT_AND, 2, &made, error);
		if (status == CSTN_OK)
			status = members_node(
					plan, leaf, CSTN_CONSTRAINT_AND, 1, made->children, error);
		if (status == CSTN_OK)
			status = members_node(plan, leaf, CSTN_CONSTRAINT_AND, 0,
					made->children + 1, error);
		if (status == CSTN_OK)
			made->n = 2;
	} else {
		status = members_node(plan, leaf, any ? CSTN_CONSTRAINT_OR : CSTN_CONSTRAINT_AND,
				operation != CSTN_OPERATOR_IS_PART_OF, &made, error);
	}
	if (status != CSTN_OK)
		return status;
	*out = made;
	if (operation != CSTN_OPERATOR_NEQ && operation != CSTN_OPERATOR_IS_NONE_OF)
		return CSTN_OK;
	status = node_new(plan, CSTN_CONSTRAINT_NOT, 1, &turned, error);
	if (status != CSTN_OK)
		return status;
	turned->n = 1;
	turned->children[0] = made;
	*out = turned;
	return CSTN_OK;
}

/* --- combining -------------------------------------------------------------------------------- */

/* One set of those children that are sets on an axis, from `from` on; they are taken out. */
static cstn_status merge_axis(cstn__plan *plan, cstn__plan_node *node, uint32_t from,
		cstn__plan_node **out, cstn_error **error)
{
	uint32_t axis = node->children[from]->axis, i, kept = from, sets = 0;
	cstn__plan_node *made = NULL;
	size_t cuts = 0, j;
	cstn__cut *work;
	uint8_t *in;
	cstn_status status;

	for (i = from; i < node->n; i++)
		if (is_set(node->children[i]) && node->children[i]->axis == axis) {
			cuts += node->children[i]->set.n;
			sets++;
		}
	if (sets == 1) {
		*out = node->children[from];
		node->n--;
		memmove(node->children + from, node->children + from + 1,
				(node->n - from) * sizeof(*node->children));
		return CSTN_OK;
	}
	status = node_new(plan, CSTN_CONSTRAINT_LEAF, 0, &made, error);
	work = cstn__arena_alloc(&plan->arena, cstn__array_size(cuts, sizeof(*work)));
	in = cstn__arena_alloc(&plan->arena, sets);
	if (status != CSTN_OK)
		return status;
	if (!work || !in)
		return cstn__fail_nomem(error);
	made->axis = axis;
	made->operand = plan->axes.items[axis].operand;
	made->set.cut = work;
	cuts = sets = 0;
	for (i = from; i < node->n; i++) {
		cstn__plan_node *child = node->children[i];

		if (!is_set(child) || child->axis != axis) {
			node->children[kept++] = child;
			continue;
		}
		for (j = 0; j < child->set.n; j++) {
			work[cuts] = child->set.cut[j];
			work[cuts++].set = sets;
		}
		in[sets++] = (uint8_t)child->set.starts;
	}
	node->n = kept;
	made->set.n = cstn__cuts_combine(node->kind, work, cuts, in, sets, &made->set.starts);
	*out = made;
	return CSTN_OK;
}

static int all_on_one_axis(const cstn__plan_node *node)
{
	uint32_t i;

	for (i = 0; i < node->n; i++)
		if (!is_set(node->children[i]) ||
				node->children[i]->axis != node->children[0]->axis)
			return 0;
	return 1;
}

/* AND, OR: one set an axis, each where its first stood. XONE: only if there is nothing else. */
static cstn_status merge_sets(cstn__plan *plan, cstn__plan_node **node, cstn_error **error)
{
	cstn__plan_node *is = *node, *merged = NULL, **rest;
	cstn_status status = CSTN_OK;
	uint32_t i;

	if (is->kind == CSTN_CONSTRAINT_XONE && !all_on_one_axis(is))
		return CSTN_OK;
	for (i = 0; status == CSTN_OK && i < is->n; i++) {
		if (!is_set(is->children[i]))
			continue;
		status = merge_axis(plan, is, i, &merged, error);
		if (status != CSTN_OK)
			return status;
		rest = is->children + i; /* at least one was taken out: there is room */
		memmove(rest + 1, rest, (is->n - i) * sizeof(*rest));
		*rest = merged;
		is->n++;
	}
	if (is->n == 1 && is->kind != CSTN_CONSTRAINT_NOT)
		*node = is->children[0];
	return status;
}

static cstn_status compile_leaf(cstn__plan *plan, const cstn_constraint *leaf,
		cstn__plan_node **out, cstn_error **error)
{
	int64_t operand = cstn_vocabulary_find_operand(
			plan->vocabulary, leaf->operand.text, leaf->operand.len);
	cstn__plan_node *made = NULL;
	cstn_status status;

	if (leaf->type == CSTN_OPERAND_ID_SET && plan->apart)
		return set_leaf_apart(plan, leaf, out, error);
	status = node_new(plan, CSTN_CONSTRAINT_LEAF, 0, &made, error);
	if (status != CSTN_OK)
		return status;
	made->operand = (uint32_t)operand;
	made->axis = plan->first_axis[operand];
	if (leaf->type == CSTN_OPERAND_ID_SET)
		made->leaf = leaf;
	else
		status = leaf_to_set(plan, leaf, made, error);
	if (status == CSTN_OK)
		*out = made;
	return status;
}

/* Children that a node will have once those of its own kind have given it theirs. */
static size_t spread(const cstn_constraint *constraint, int32_t kind)
{
	size_t n = 0, i;

	if (constraint->kind != kind || kind >= CSTN_CONSTRAINT_XONE)
		return 1;
	for (i = 0; i < constraint->n; i++)
		n += spread(constraint->children[i], kind);
	return n;
}

static cstn_status compile(cstn__plan *plan, const cstn_constraint *constraint,
		cstn__plan_node **out, cstn_error **error);

static cstn_status compile_children(cstn__plan *plan, const cstn_constraint *from,
		cstn__plan_node *into, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; status == CSTN_OK && i < from->n; i++) {
		const cstn_constraint *child = from->children[i];

		if (child->kind == into->kind && into->kind < CSTN_CONSTRAINT_XONE)
			status = compile_children(plan, child, into, error);
		else
			status = compile(plan, child, into->children + into->n, error);
		if (status == CSTN_OK &&
				(child->kind != into->kind || into->kind >= CSTN_CONSTRAINT_XONE))
			into->n++;
	}
	return status;
}

static cstn_status compile(cstn__plan *plan, const cstn_constraint *constraint,
		cstn__plan_node **out, cstn_error **error)
{
	cstn__plan_node *made = NULL;
	size_t n = 0, i;
	cstn_status status;

	if (constraint->kind == CSTN_CONSTRAINT_LEAF)
		return compile_leaf(plan, constraint, out, error);
	for (i = 0; i < constraint->n; i++)
		n += spread(constraint->children[i], constraint->kind);
	status = node_new(plan, constraint->kind, n, &made, error);
	if (status == CSTN_OK)
		status = compile_children(plan, constraint, made, error);
	if (status == CSTN_OK && made->kind == CSTN_CONSTRAINT_NOT && is_set(made->children[0])) {
		made = made->children[0]; /* the complement */
		made->set.starts = !made->set.starts;
	} else if (status == CSTN_OK && made->kind != CSTN_CONSTRAINT_NOT) {
		status = merge_sets(plan, &made, error);
	}
	if (status == CSTN_OK)
		*out = made;
	return status;
}

cstn_status cstn__plan_compile(cstn__plan *plan, const cstn_constraint *root, cstn__plan_node **out,
		cstn_error **error)
{
	return compile(plan, root, out, error);
}
