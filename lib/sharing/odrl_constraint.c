/* Constraints of ODRL: trees of and, or, xone over leaves.
 *
 * A list is a conjunction. What speaks of the whole rule is taken out of conjunctions as a
 * component; everything else is a leaf on an operand of the vocabulary, or it is refused. Cost:
 * O(nodes). */
#include <string.h>

#include "base/error.h"
#include "sharing/constraint.h"
#include "sharing/odrl.h"

/* Left operands of ODRL and of the profile, and the operands they are here. */
static const struct {
	const char *name, *operand;
} OPERANDS[] = {{"dateTime", "now"}, {"recipient", "party"}, {"BusinessPartnerNumber", "party"},
		{"BusinessPartnerGroup", "role"}, {"FrameworkAgreement", "framework"},
		{"UsagePurpose", "purpose"}, {"AffiliatesRegion", "recipient.region"},
		{"ManagedLegalEntityRegion", "recipient.region"}};

static int64_t operand_of(const cstn__odrl_reading *from, const char *name)
{
	const char *is = name;
	size_t i;

	for (i = 0; i < sizeof(OPERANDS) / sizeof(*OPERANDS); i++)
		if (strcmp(OPERANDS[i].name, name) == 0)
			is = OPERANDS[i].operand;
	return cstn_vocabulary_find_operand(from->vocabulary, is, strlen(is));
}

static cstn_status read_leaf(cstn__odrl_reading *from, const json_t *object, cstn_constraint **out)
{
	static const char *const known[] = {"leftOperand", "operator", "rightOperand", NULL};
	const char *name = cstn__odrl_text(cstn__odrl_member(object, "leftOperand"));
	const char *operation = cstn__odrl_text(cstn__odrl_member(object, "operator"));
	const json_t *value = cstn__odrl_member(object, "rightOperand");
	size_t before = from->refused->items.count;
	int32_t is = operation ? cstn__operator_find(cstn__odrl_name(operation),
						 strlen(cstn__odrl_name(operation)))
			       : 0;
	cstn_status status;
	int64_t operand;
	int component;

	name = name ? cstn__odrl_name(name) : "";
	status = cstn__odrl_check_members(from, object, known);
	if (status != CSTN_OK || from->refused->items.count > before)
		return status;
	if (!*name || !value)
		return cstn__odrl_refuse(from, name, "",
				"a constraint has leftOperand, operator and rightOperand");
	if (!is)
		return cstn__odrl_refuse(from, name, operation ? operation : "",
				"no such operator can be evaluated");
	status = cstn__odrl_read_component(from, name, is, value, object, &component);
	if (status != CSTN_OK || component)
		return status;
	operand = operand_of(from, name);
	if (operand < 0)
		return cstn__odrl_refuse_json(from, name, value, "the operand is not registered");
	if (operand == CSTN__OPERAND_PURPOSE && strcmp(name, "UsagePurpose") == 0 &&
			(is == CSTN_OPERATOR_EQ || is == CSTN_OPERATOR_IS_ANY_OF))
		is = CSTN_OPERATOR_IS_PART_OF; /* a purpose covers its descendants */
	return cstn__odrl_read_leaf(from, name, (size_t)operand, is, value, out);
}

/* Combine what is left of children; one alone is itself, none is none. */
static cstn_status combine(cstn__odrl_reading *from, int32_t kind, cstn_constraint **children,
		size_t n, cstn_constraint **out)
{
	size_t kept = 0, i;

	for (i = 0; i < n; i++)
		if (children[i])
			children[kept++] = children[i];
	for (i = kept; i < n; i++)
		children[i] = NULL;
	if (!kept)
		return CSTN_OK;
	if (kept == 1) { /* also of xone: exactly one of one */
		*out = cstn_constraint_ref(children[0]);
		return CSTN_OK;
	}
	return cstn_constraint_combine(
			kind, children, kept, &from->policy->allocator, out, from->error);
}

static cstn_status read_node(
		cstn__odrl_reading *from, const json_t *value, int depth, cstn_constraint **out);

static cstn_status read_list(cstn__odrl_reading *from, const json_t *list, int32_t kind, int depth,
		cstn_constraint **out)
{
	const cstn_allocator *memory = &from->policy->allocator;
	size_t n = json_is_array(list) ? json_array_size(list) : 1, i, before;
	int32_t conjunct = from->conjunct;
	cstn_constraint **children;
	cstn_status status = CSTN_OK;

	if (!n)
		return cstn__odrl_refuse(from, cstn__constraint_kind_name(kind), "",
				"a list has at least one constraint");
	children = cstn__alloc_zero(memory, cstn__array_size(n, sizeof(*children)));
	if (!children)
		return cstn__fail_nomem(from->error);
	from->conjunct = conjunct && kind == CSTN_CONSTRAINT_AND;
	for (i = 0; status == CSTN_OK && i < n; i++) {
		before = from->path.len;
		if (json_is_array(list))
			cstn__json_path_index(&from->path, i);
		status = read_node(from, json_is_array(list) ? json_array_get(list, i) : list,
				depth + 1, children + i);
		cstn__json_path_cut(&from->path, before);
	}
	from->conjunct = conjunct;
	if (status == CSTN_OK)
		status = combine(from, kind, children, n, out);
	for (i = 0; i < n; i++)
		cstn_constraint_unref(children[i]);
	cstn__free(memory, children, n * sizeof(*children));
	return status;
}

static cstn_status read_node(
		cstn__odrl_reading *from, const json_t *value, int depth, cstn_constraint **out)
{
	static const char *const known[] = {"and", "or", "xone", NULL};
	static const int32_t kinds[] = {
			CSTN_CONSTRAINT_AND, CSTN_CONSTRAINT_OR, CSTN_CONSTRAINT_XONE};
	const json_t *list, *inside;
	int32_t kind = 0;
	cstn_status status;
	size_t i, before;

	if (depth > CSTN_CONSTRAINT_DEPTH_MOST)
		return cstn__fail(from->error, CSTN_E_LIMIT, "%s: constraints more than %d deep",
				from->path.text, CSTN_CONSTRAINT_DEPTH_MOST);
	if (!json_is_object(value))
		return cstn__odrl_refuse_json(from, "constraint", value, "an object is needed");
	if (cstn__odrl_member(value, "leftOperand"))
		return read_leaf(from, value, out);
	status = cstn__odrl_check_members(from, value, known);
	for (i = 0, list = NULL; i < 3; i++) {
		const json_t *found = cstn__odrl_member(value, known[i]);

		if (found && list)
			return cstn__odrl_refuse(from, known[i], "", "one kind of list is needed");
		kind = found ? kinds[i] : kind;
		list = found ? found : list;
	}
	if (status != CSTN_OK || !list) /* andSequence was refused as a member */
		return status;
	before = cstn__json_path_name(&from->path, cstn__constraint_kind_name(kind));
	inside = json_object_get(list, "@list");
	status = read_list(from, inside ? inside : list, kind, depth, out);
	cstn__json_path_cut(&from->path, before);
	return status;
}

cstn_status cstn__odrl_read_constraint(
		cstn__odrl_reading *from, const json_t *value, cstn_constraint **out)
{
	size_t before = from->refused->items.count;
	cstn_constraint *made = NULL;
	cstn_status status;

	from->conjunct = 1;
	if (json_is_array(value) && !json_array_size(value))
		return CSTN_OK;
	status = json_is_array(value) ? read_list(from, value, CSTN_CONSTRAINT_AND, 0, &made)
				      : read_node(from, value, 1, &made);
	if (status == CSTN_OK && from->refused->items.count == before)
		*out = made;
	else
		cstn_constraint_unref(made);
	return status;
}
