/* Trees of conditions: making, sharing, reading.
 *
 * A node is one block: its own fields, then children, or values and the bytes of ids and operand.
 * It counts depth, nodes and values of all that is below it, so that limits cost nothing to check,
 * and a tree whose nodes are shared counts as if they were not. Invariant: a leaf's values are
 * sorted and stand once, decimals at the least scale that holds them; so equal leaves are equal
 * bytes. */
#include "sharing/constraint.h"

#include <inttypes.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/sort.h"

static size_t padded(size_t size)
{
	return (size + 15) & ~(size_t)15;
}

static cstn_status check_leaf(const cstn_constraint_leaf *leaf, cstn_error **error)
{
	int is_id = leaf->type == CSTN_OPERAND_ID || leaf->type == CSTN_OPERAND_ID_SET;
	size_t i;

	if (!cstn__id_is_valid(leaf->operand, leaf->operand_len))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"an operand is 1 to %d bytes of UTF-8 without control characters",
				CSTN_CONSTRAINT_ID_MOST);
	if (!cstn__operator_name(leaf->operation))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "operator %d; 1 to 10",
				(int)leaf->operation);
	if (!cstn__operand_type_name(leaf->type))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "type %d of values; 1 to 6",
				(int)leaf->type);
	if (leaf->scale < 0 || leaf->scale > 18 ||
			(leaf->scale && leaf->type != CSTN_OPERAND_DECIMAL))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"scale %d; 0 to 18 for decimals, else 0", (int)leaf->scale);
	if (leaf->reserved0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "reserved0 is %d; 0",
				(int)leaf->reserved0);
	if (!leaf->n_values || (is_id ? !leaf->ids : !leaf->numbers) ||
			(is_id ? leaf->numbers != NULL : leaf->ids != NULL))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"operand '%.*s' has no values, or not those of its type",
				(int)leaf->operand_len, leaf->operand);
	if (leaf->n_values > CSTN_CONSTRAINT_VALUES_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu values; at most %d", leaf->n_values,
				CSTN_CONSTRAINT_VALUES_MOST);
	for (i = 0; is_id && i < leaf->n_values; i++)
		if (!cstn__id_is_valid(leaf->ids[i].text, leaf->ids[i].len))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"operand '%.*s', value %zu: an id is 1 to %d bytes of "
					"UTF-8 without control characters",
					(int)leaf->operand_len, leaf->operand, i,
					CSTN_CONSTRAINT_ID_MOST);
	return CSTN_OK;
}

static cstn_constraint *node_new(const cstn_allocator *memory, size_t size)
{
	cstn_constraint *made = cstn__alloc_zero(memory, size);

	if (!made)
		return NULL;
	made->allocator = *memory;
	made->size = size;
	atomic_init(&made->references, 1);
	return made;
}

static int by_number(const void *a, const void *b, void *context)
{
	const int64_t *x = a, *y = b;

	(void)context;
	return (*x > *y) - (*x < *y);
}

static void put_numbers(cstn_constraint *into, const cstn_constraint_leaf *leaf)
{
	size_t i, kept = 0;
	int whole = leaf->scale > 0;

	memcpy(into->numbers, leaf->numbers, leaf->n_values * sizeof(int64_t));
	while (whole) {
		for (i = 0; i < leaf->n_values; i++)
			whole &= into->numbers[i] % 10 == 0;
		for (i = 0; whole && i < leaf->n_values; i++)
			into->numbers[i] /= 10;
		into->scale -= whole;
		whole &= into->scale > 0;
	}
	cstn__sort(into->numbers, leaf->n_values, sizeof(int64_t), by_number, NULL);
	for (i = 0; i < leaf->n_values; i++)
		if (!kept || into->numbers[kept - 1] != into->numbers[i])
			into->numbers[kept++] = into->numbers[i];
	into->n = kept;
}

static char *put_bytes(char *at, const char *text, size_t len, cstn_id *out)
{
	memcpy(at, text, len);
	at[len] = '\0';
	out->text = at;
	out->len = len;
	return at + len + 1;
}

static cstn_status leaf_make(const cstn_constraint_leaf *leaf, const cstn_allocator *memory,
		cstn_constraint **out, cstn_error **error)
{
	size_t values = padded(leaf->n_values * (leaf->ids ? sizeof(cstn_id) : sizeof(int64_t)));
	size_t size = padded(sizeof(cstn_constraint)) + values + leaf->operand_len + 1, i;
	cstn_constraint *made;
	char *at;

	for (i = 0; leaf->ids && i < leaf->n_values; i++)
		size += leaf->ids[i].len + 1;
	made = node_new(memory, size);
	if (!made)
		return cstn__fail_nomem(error);
	made->kind = CSTN_CONSTRAINT_LEAF;
	made->depth = made->nodes = 1;
	made->operation = leaf->operation;
	made->type = leaf->type;
	made->scale = leaf->scale;
	at = (char *)made + padded(sizeof(*made));
	if (leaf->ids) {
		made->ids = (cstn_id *)(void *)at;
		at = put_bytes(at + values, leaf->operand, leaf->operand_len, &made->operand);
		for (i = 0; i < leaf->n_values; i++)
			at = put_bytes(at, leaf->ids[i].text, leaf->ids[i].len, made->ids + i);
		made->n = cstn__ids_sort(made->ids, leaf->n_values);
	} else {
		made->numbers = (int64_t *)(void *)at;
		put_bytes(at + values, leaf->operand, leaf->operand_len, &made->operand);
		put_numbers(made, leaf);
	}
	made->values = (uint32_t)made->n;
	*out = made;
	return CSTN_OK;
}

cstn_status cstn_constraint_new(const cstn_constraint_leaf *leaf, const cstn_allocator *allocator,
		cstn_constraint **out, cstn_error **error)
{
	cstn_constraint_leaf given;
	cstn_allocator memory;
	cstn_status status;

	if (!leaf || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "leaf or out is NULL");
	status = cstn__options_read(leaf, sizeof(given), sizeof(given), 0, "cstn_constraint_leaf",
			&given, error);
	if (status == CSTN_OK)
		status = check_leaf(&given, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	return status == CSTN_OK ? leaf_make(&given, &memory, out, error) : status;
}

static cstn_status check_children(int32_t kind, cstn_constraint *const *children, size_t n,
		uint32_t totals[3], cstn_error **error)
{
	uint64_t nodes = 1, values = 0;
	uint32_t depth = 0;
	size_t i;

	if (kind < CSTN_CONSTRAINT_AND || kind > CSTN_CONSTRAINT_NOT)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"kind %d of a constraint with children; 2 to 5", (int)kind);
	if (!n || !children || (kind == CSTN_CONSTRAINT_NOT && n != 1))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%zu children of a constraint; at least 1, and 1 for NOT", n);
	if (n >= CSTN_CONSTRAINT_NODES_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu children of a constraint", n);
	for (i = 0; i < n; i++) {
		if (!children[i])
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "child %zu is NULL", i);
		nodes += children[i]->nodes;
		values += children[i]->values;
		depth = children[i]->depth > depth ? children[i]->depth : depth;
	}
	if (depth >= CSTN_CONSTRAINT_DEPTH_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "a constraint more than %d deep",
				CSTN_CONSTRAINT_DEPTH_MOST);
	if (nodes > CSTN_CONSTRAINT_NODES_MOST || values > CSTN_CONSTRAINT_VALUES_MOST)
		return cstn__fail(error, CSTN_E_LIMIT,
				"a constraint of %" PRIu64 " nodes and %" PRIu64
				" values; at most %d of each",
				nodes, values, CSTN_CONSTRAINT_NODES_MOST);
	totals[0] = depth + 1;
	totals[1] = (uint32_t)nodes;
	totals[2] = (uint32_t)values;
	return CSTN_OK;
}

cstn_status cstn_constraint_combine(int32_t kind, cstn_constraint *const *children, size_t n,
		const cstn_allocator *allocator, cstn_constraint **out, cstn_error **error)
{
	cstn_constraint *made;
	cstn_allocator memory;
	uint32_t totals[3] = {0, 0, 0};
	cstn_status status;
	size_t i;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = check_children(kind, children, n, totals, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	made = node_new(&memory, padded(sizeof(*made)) + n * sizeof(cstn_constraint *));
	if (!made)
		return cstn__fail_nomem(error);
	made->kind = kind;
	made->depth = totals[0];
	made->nodes = totals[1];
	made->values = totals[2];
	made->n = n;
	made->children = (cstn_constraint **)(void *)((char *)made + padded(sizeof(*made)));
	for (i = 0; i < n; i++)
		made->children[i] = cstn_constraint_ref(children[i]);
	*out = made;
	return CSTN_OK;
}

cstn_constraint *cstn_constraint_ref(cstn_constraint *constraint)
{
	if (constraint)
		atomic_fetch_add_explicit(&constraint->references, 1, memory_order_relaxed);
	return constraint;
}

void cstn_constraint_unref(cstn_constraint *constraint)
{
	cstn_allocator memory;
	size_t i;

	if (!constraint || atomic_fetch_sub_explicit(
					   &constraint->references, 1, memory_order_acq_rel) != 1)
		return;
	for (i = 0; constraint->children && i < constraint->n; i++)
		cstn_constraint_unref(constraint->children[i]); /* at most 64 deep */
	memory = constraint->allocator;
	cstn__free(&memory, constraint, constraint->size);
}

int32_t cstn_constraint_kind(const cstn_constraint *constraint)
{
	return constraint ? constraint->kind : 0;
}

size_t cstn_constraint_node_count(const cstn_constraint *constraint)
{
	return constraint ? constraint->nodes : 0;
}

size_t cstn_constraint_child_count(const cstn_constraint *constraint)
{
	return constraint && constraint->children ? constraint->n : 0;
}

cstn_constraint *cstn_constraint_child(const cstn_constraint *constraint, size_t index)
{
	return index < cstn_constraint_child_count(constraint) ? constraint->children[index] : NULL;
}

cstn_status cstn_constraint_describe(
		const cstn_constraint *constraint, cstn_constraint_leaf *out, cstn_error **error)
{
	cstn_constraint_leaf is = CSTN_CONSTRAINT_LEAF_INIT;

	if (cstn_constraint_kind(constraint) != CSTN_CONSTRAINT_LEAF)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "the constraint is no leaf");
	is.operand = constraint->operand.text;
	is.operand_len = constraint->operand.len;
	is.operation = constraint->operation;
	is.type = constraint->type;
	is.scale = constraint->scale;
	is.numbers = constraint->numbers;
	is.ids = constraint->ids;
	is.n_values = constraint->n;
	return cstn__output_write(&is, sizeof(is), sizeof(is), "cstn_constraint_leaf", out, error);
}
