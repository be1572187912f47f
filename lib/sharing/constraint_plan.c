/* From trees over operands to trees over sets of values.
 *
 * An operand is an axis; each value it is compared with is a place on it. Numbers and times are
 * their own places, those of int64 with whole steps: "above 5" is "at least 6". Ids become places
 * by the order of those that are named: what lies between two is every other id. A purpose is named
 * with all its descendants. Then a subtree that speaks of one axis only is one set of values: AND,
 * OR, XONE and NOT are taken of sets, and AND and OR gather the sets of their children axis by
 * axis, through children of their own kind. That is right for three truths too: on one axis all is
 * known or all is unknown, and least and greatest may be taken in any order.
 *
 * Sets of ids have no order. Evaluation keeps their leaves; static checks take them apart into one
 * axis of two values for each named id and one for all others.
 *
 * Cost: O(values log values + nodes). */
#include "sharing/constraint_plan.h"

#include <string.h>

#include "base/checked.h"
#include "base/decimal.h"
#include "base/error.h"

/* --- axes ------------------------------------------------------------------------------------- */

static cstn_status add_axis(cstn__plan *plan, uint32_t operand, uint32_t member, cstn_error **error)
{
	cstn__axis made = {.operand = operand, .member = member, .at_most = -1};

	if (cstn__array_reserve(&plan->arena.allocator, &plan->axes, 1))
		return cstn__fail_nomem(error);
	made.domain.starts = 1;
	if (plan->first_axis[operand] == UINT32_MAX)
		plan->first_axis[operand] = (uint32_t)plan->axes.count;
	plan->axes.items[plan->axes.count++] = made;
	return CSTN_OK;
}

uint32_t *cstn__plan_codes(cstn__plan *plan, const cstn_constraint *leaf)
{
	uint32_t *codes = cstn__arena_alloc(
			&plan->arena, cstn__array_size(leaf->n, sizeof(uint32_t)));
	size_t i;

	for (i = 0; codes && i < leaf->n; i++)
		codes[i] = cstn__interner_find(cstn__vocabulary_purposes(plan->vocabulary),
				leaf->ids[i].text, leaf->ids[i].len);
	return codes;
}

int cstn__plan_covers(const cstn__plan *plan, const uint32_t *values, size_t n, uint32_t code)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (cstn__vocabulary_purpose_covers(plan->vocabulary, values[i], code))
			return 1;
	return 0;
}

/* Ids that a leaf names: its own, and of a purpose that covers others those too. */
static cstn_status named_by(cstn__plan *plan, const cstn_constraint *leaf, uint32_t operand,
		cstn_id *out, size_t *n, cstn_error **error)
{
	const cstn__interner *purposes = cstn__vocabulary_purposes(plan->vocabulary);
	uint32_t *codes, i;
	int all = operand != CSTN__OPERAND_PURPOSE || leaf->operation != CSTN_OPERATOR_IS_PART_OF;

	if (all) {
		if (out)
			memcpy(out + *n, leaf->ids, leaf->n * sizeof(*out));
		*n += leaf->n;
		return CSTN_OK;
	}
	codes = cstn__plan_codes(plan, leaf);
	if (!codes)
		return cstn__fail_nomem(error);
	for (i = 0; i < purposes->count; i++) {
		if (!cstn__plan_covers(plan, codes, leaf->n, i))
			continue;
		if (out) {
			out[*n].text = purposes->items[i].text;
			out[*n].len = purposes->items[i].len;
		}
		++*n;
	}
	return CSTN_OK;
}

/* Visit leaves: with `count`, count the ids that are named by axis; else put them there. */
static cstn_status name_ids(
		cstn__plan *plan, const cstn_constraint *constraint, int count, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	cstn__axis *axis;
	size_t i;

	for (i = 0; status == CSTN_OK && constraint->children && i < constraint->n; i++)
		status = name_ids(plan, constraint->children[i], count, error);
	if (constraint->children || !constraint->ids)
		return status;
	i = (size_t)cstn_vocabulary_find_operand(
			plan->vocabulary, constraint->operand.text, constraint->operand.len);
	axis = plan->axes.items + plan->first_axis[i];
	return named_by(plan, constraint, (uint32_t)i, count ? NULL : axis->ids, &axis->n_ids,
			error);
}

static cstn_status find_axes(
		cstn__plan *plan, const cstn_constraint *constraint, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; status == CSTN_OK && constraint->children && i < constraint->n; i++)
		status = find_axes(plan, constraint->children[i], error);
	if (constraint->children)
		return status;
	i = (size_t)cstn_vocabulary_find_operand(
			plan->vocabulary, constraint->operand.text, constraint->operand.len);
	return plan->first_axis[i] == UINT32_MAX
			       ? add_axis(plan, (uint32_t)i, CSTN__AXIS_WHOLE, error)
			       : CSTN_OK;
}

/* --- sets ------------------------------------------------------------------------------------- */

/* Put a place behind `at`; whole numbers have none after a value. */
static size_t put_cut(cstn__cut *at, size_t n, int whole, int64_t value, int after, uint32_t set)
{
	if (whole && after && value == INT64_MAX)
		return n;
	at[n].value = whole && after ? value + 1 : value;
	at[n].after = whole ? 0 : after;
	at[n].set = set;
	return n + 1;
}

static cstn_status domain_of(cstn__plan *plan, cstn__axis *axis, cstn_error **error)
{
	const cstn__operand *is = cstn__vocabulary_operand(plan->vocabulary, axis->operand);
	size_t most = axis->n_ids ? 2 * axis->n_ids : 2, n = 0, i;
	int whole = is->type == CSTN_OPERAND_INT64;
	int closed = is->type == CSTN_OPERAND_ID && (is->values || is->ids);
	cstn__cut *cut;

	if (axis->member != CSTN__AXIS_WHOLE || is->type == CSTN_OPERAND_ID_SET)
		return CSTN_OK;
	cut = cstn__arena_alloc(&plan->arena, cstn__array_size(most, sizeof(*cut)));
	if (!cut)
		return cstn__fail_nomem(error);
	if (closed && axis->n_ids == (is->values ? is->values->count : is->n_ids)) {
		for (i = 0; i < axis->n_ids; i++) { /* there is no other id */
			n = put_cut(cut, n, 0, (int64_t)i, 0, 0);
			n = put_cut(cut, n, 0, (int64_t)i, 1, 0);
		}
		axis->domain.starts = 0;
	}
	if (is->type < CSTN_OPERAND_ID && (whole || is->flags & CSTN_OPERAND_HAS_LEAST)) {
		axis->domain.starts = 0;
		n = put_cut(cut, n, whole,
				is->flags & CSTN_OPERAND_HAS_LEAST ? is->least : INT64_MIN, 0, 0);
	}
	if (is->type < CSTN_OPERAND_ID && is->flags & CSTN_OPERAND_HAS_MOST)
		n = put_cut(cut, n, whole, is->most, 1, 0);
	axis->domain.cut = cut;
	axis->domain.n = n;
	return CSTN_OK;
}

/* The axes of a set of ids that is taken apart: one a named id, and one for all others. */
static cstn_status take_apart(cstn__plan *plan, uint32_t first, cstn_error **error)
{
	const cstn__axis of = plan->axes.items[first];
	const cstn__operand *is = cstn__vocabulary_operand(plan->vocabulary, of.operand);
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; status == CSTN_OK && i < of.n_ids; i++)
		status = add_axis(plan, of.operand, (uint32_t)i, error);
	if (status == CSTN_OK)
		status = add_axis(plan, of.operand, CSTN__AXIS_OTHER, error);
	if (status == CSTN_OK && is->ids && is->n_ids == of.n_ids) { /* there is no other */
		cstn__cut *cut = cstn__arena_alloc(&plan->arena, sizeof(*cut));

		if (!cut)
			return cstn__fail_nomem(error);
		put_cut(cut, 0, 1, 1, 0, 0);
		plan->axes.items[plan->axes.count - 1].domain.cut = cut;
		plan->axes.items[plan->axes.count - 1].domain.n = 1;
	}
	plan->axes.items[first].members = (uint32_t)(plan->axes.count - of.n_ids - 1);
	return status;
}

/* Operands that never exceed another. */
static cstn_status bind_axes(cstn__plan *plan, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i, n = plan->axes.count;

	for (i = 0; status == CSTN_OK && i < n; i++) {
		const cstn__operand *is = cstn__vocabulary_operand(
				plan->vocabulary, plan->axes.items[i].operand);

		if (is->at_most < 0)
			continue;
		if (plan->first_axis[is->at_most] == UINT32_MAX)
			status = add_axis(plan, (uint32_t)is->at_most, CSTN__AXIS_WHOLE, error);
		if (status == CSTN_OK)
			plan->axes.items[i].at_most = plan->first_axis[is->at_most];
	}
	return status;
}

static cstn_status open_axes(cstn__plan *plan, const cstn_constraint *const *roots, size_t n_roots,
		cstn_error **error)
{
	cstn_status status = CSTN_OK;
	size_t i, n;

	for (i = 0; status == CSTN_OK && i < n_roots; i++)
		if (roots[i])
			status = find_axes(plan, roots[i], error);
	if (status == CSTN_OK)
		status = bind_axes(plan, error);
	for (i = 0; status == CSTN_OK && i < n_roots; i++)
		if (roots[i])
			status = name_ids(plan, roots[i], 1, error);
	n = plan->axes.count;
	for (i = 0; status == CSTN_OK && i < n; i++) {
		cstn__axis *axis = plan->axes.items + i;

		axis->ids = cstn__arena_alloc(
				&plan->arena, cstn__array_size(axis->n_ids, sizeof(cstn_id)));
		if (!axis->ids)
			return cstn__fail_nomem(error);
		axis->n_ids = 0;
	}
	for (i = 0; status == CSTN_OK && i < n_roots; i++)
		if (roots[i])
			status = name_ids(plan, roots[i], 0, error);
	for (i = 0; status == CSTN_OK && i < n; i++) {
		cstn__axis *axis = plan->axes.items + i;

		axis->n_ids = cstn__ids_sort(axis->ids, axis->n_ids);
		status = domain_of(plan, axis, error);
		if (status == CSTN_OK && plan->apart &&
				cstn__vocabulary_operand(plan->vocabulary, axis->operand)->type ==
						CSTN_OPERAND_ID_SET)
			status = take_apart(plan, (uint32_t)i, error);
	}
	return status;
}

cstn_status cstn__plan_open(cstn__plan *plan, const cstn_constraint *const *roots, size_t n_roots,
		const cstn_vocabulary *vocabulary, int32_t apart, const cstn_allocator *allocator,
		cstn_error **error)
{
	size_t n = cstn_vocabulary_operand_count(vocabulary), i;

	memset(plan, 0, sizeof(*plan));
	cstn__arena_init(&plan->arena, allocator);
	plan->vocabulary = vocabulary;
	plan->apart = apart;
	for (i = 0; i < n_roots; i++) {
		cstn_status status = roots[i] ? cstn_constraint_check(roots[i], vocabulary, error)
					      : CSTN_OK;

		if (status != CSTN_OK)
			return status;
	}
	plan->first_axis = cstn__arena_alloc(&plan->arena, n * sizeof(uint32_t));
	if (!plan->first_axis)
		return cstn__fail_nomem(error);
	memset(plan->first_axis, 0xff, n * sizeof(uint32_t));
	return open_axes(plan, roots, n_roots, error);
}

void cstn__plan_close(cstn__plan *plan)
{
	cstn__array_free(&plan->arena.allocator, &plan->axes);
	cstn__arena_free(&plan->arena);
}

cstn__position cstn__axis_position(
		const cstn__axis *axis, const cstn__operand *operand, const cstn_fact *fact)
{
	cstn__position at = {fact->number, 0};
	cstn__i128 wide = fact->number, unit;

	if (operand->type == CSTN_OPERAND_ID) {
		size_t low = 0, high = axis->n_ids;

		while (low < high) {
			size_t middle = low + (high - low) / 2;
			int order = cstn__id_order(axis->ids + middle, fact->ids);

			if (!order) {
				at.value = (int64_t)middle;
				return at;
			}
			if (order < 0)
				low = middle + 1;
			else
				high = middle;
		}
		at.value = (int64_t)low;
		at.side = -1;
		return at;
	}
	if (fact->scale > operand->scale) {
		unit = cstn__wide_power_of_ten(fact->scale - operand->scale);
		wide = wide / unit - (wide % unit < 0); /* the floor */
		at.value = (int64_t)wide;
		at.side = wide * unit != fact->number;
	} else if (fact->scale < operand->scale) {
		wide *= cstn__wide_power_of_ten(operand->scale - fact->scale);
		at.value = wide > INT64_MAX   ? INT64_MAX
			   : wide < INT64_MIN ? INT64_MIN
					      : (int64_t)wide;
		at.side = (wide > INT64_MAX) - (wide < INT64_MIN);
	}
	return at;
}
