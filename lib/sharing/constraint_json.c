/* Constraints as JSON and back.
 *
 * {"and":[...]}, {"or":[...]}, {"xone":[...]}, {"not":...}; a leaf has operand, operator, type and
 * value and nothing else. Integers beyond 2^53 - 1 are text, as are decimals, without trailing
 * zeros; values of a list stand in order. So one tree has one text. Cost: O(bytes). */
#include "sharing/constraint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/error.h"
#include "base/text.h"
#include "network/json_tree.h"
#include "sharing/canonical_json.h"

static const char *const OPERATORS[] = {NULL, "eq", "neq", "lt", "lteq", "gt", "gteq", "isAnyOf",
		"isAllOf", "isNoneOf", "isPartOf"};
static const char *const TYPES[] = {NULL, "int64", "decimal", "instant", "duration", "id", "idSet"};
static const char *const KINDS[] = {NULL, NULL, "and", "or", "xone", "not"};

#define COUNT(names) (int32_t)(sizeof(names) / sizeof(*(names)))

static int32_t find_name(const char *const *names, int32_t n, const char *name, size_t len)
{
	int32_t i;

	for (i = 0; i < n; i++)
		if (names[i] && strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
			return i;
	return 0;
}

const char *cstn__operator_name(int32_t operation)
{
	return operation > 0 && operation < COUNT(OPERATORS) ? OPERATORS[operation] : NULL;
}

int32_t cstn__operator_find(const char *name, size_t len)
{
	return find_name(OPERATORS, COUNT(OPERATORS), name, len);
}

const char *cstn__operand_type_name(int32_t type)
{
	return type > 0 && type < COUNT(TYPES) ? TYPES[type] : NULL;
}

const char *cstn__constraint_kind_name(int32_t kind)
{
	return kind > 0 && kind < COUNT(KINDS) ? KINDS[kind] : NULL;
}

/* --- writing ---------------------------------------------------------------------------------- */

static json_t *number_to_json(const cstn_constraint *leaf, int64_t number)
{
	char text[48];

	if (leaf->type == CSTN_OPERAND_DECIMAL) { /* trailing zeros of one among several values */
		int32_t scale = leaf->scale;

		while (scale > 0 && number % 10 == 0) {
			number /= 10;
			scale--;
		}
		cstn_decimal_format(number, scale, text, sizeof(text));
		return json_string(text);
	}
	if (number >= -CSTN__CANONICAL_INTEGER_MAX && number <= CSTN__CANONICAL_INTEGER_MAX)
		return json_integer(number);
	snprintf(text, sizeof(text), "%" PRId64, number);
	return json_string(text);
}

static json_t *value_to_json(const cstn_constraint *leaf, size_t i)
{
	return leaf->ids ? json_stringn_nocheck(leaf->ids[i].text, leaf->ids[i].len)
			 : number_to_json(leaf, leaf->numbers[i]);
}

static json_t *values_to_json(const cstn_constraint *leaf)
{
	json_t *list;
	size_t i;

	if (leaf->n == 1 && leaf->type != CSTN_OPERAND_ID_SET &&
			leaf->operation < CSTN_OPERATOR_IS_ANY_OF)
		return value_to_json(leaf, 0);
	list = json_array();
	for (i = 0; list && i < leaf->n; i++)
		if (json_array_append_new(list, value_to_json(leaf, i))) {
			json_decref(list);
			list = NULL;
		}
	return list;
}

static int put_leaf(json_t *object, const cstn_constraint *leaf)
{
	return json_object_set_new_nocheck(object, "operand",
			       json_stringn_nocheck(leaf->operand.text, leaf->operand.len)) ||
	       json_object_set_new_nocheck(
			       object, "operator", json_string(OPERATORS[leaf->operation])) ||
	       json_object_set_new_nocheck(object, "type", json_string(TYPES[leaf->type])) ||
	       json_object_set_new_nocheck(object, "value", values_to_json(leaf));
}

static int put_children(json_t *object, const cstn_constraint *constraint)
{
	json_t *list;
	size_t i;

	if (constraint->kind == CSTN_CONSTRAINT_NOT)
		return json_object_set_new_nocheck(object, KINDS[constraint->kind],
				cstn__constraint_to_json(constraint->children[0]));
	list = json_array();
	if (json_object_set_new_nocheck(object, KINDS[constraint->kind], list))
		return -1;
	for (i = 0; i < constraint->n; i++)
		if (json_array_append_new(list, cstn__constraint_to_json(constraint->children[i])))
			return -1;
	return 0;
}

json_t *cstn__constraint_to_json(const cstn_constraint *constraint)
{
	json_t *object = json_object();

	if (object && (constraint->kind == CSTN_CONSTRAINT_LEAF
						      ? put_leaf(object, constraint)
						      : put_children(object, constraint))) {
		json_decref(object);
		return NULL;
	}
	return object;
}

cstn_status cstn_constraint_write_json(const cstn_constraint *constraint,
		const cstn_allocator *allocator, cstn_buffer **out, cstn_error **error)
{
	cstn_allocator memory;
	cstn__bytes bytes;
	cstn_status status;
	json_t *value;

	if (!constraint || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "constraint or out is NULL");
	status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	value = cstn__constraint_to_json(constraint);
	if (!value)
		return cstn__fail_nomem(error);
	cstn__bytes_init(&bytes, &memory);
	status = cstn__canonical_json_write(value, CSTN__CANONICAL_INTEGERS, &bytes, error);
	json_decref(value);
	if (status == CSTN_OK)
		return cstn__bytes_to_buffer(&bytes, out, error);
	cstn__bytes_free(&bytes);
	return status;
}

/* --- reading ---------------------------------------------------------------------------------- */

typedef struct json_reading {
	const cstn_allocator *allocator;
	cstn__json_path path;
	cstn_error **error;
} json_reading;

static cstn_status refuse(json_reading *from, const char *why)
{
	return cstn__fail(from->error, CSTN_E_FORMAT, "constraint, '%s': %s", from->path.text, why);
}

/* Decimals behind the mark of a decimal; -1 if it has more than 18 or is not one as we write it. */
static int32_t decimals_of(const char *text, size_t len)
{
	const char *mark = memchr(text, '.', len);
	size_t decimals = mark ? len - (size_t)(mark - text) - 1 : 0;

	if ((mark && !decimals) || decimals > 18 || (len && text[0] == '+'))
		return -1;
	return (int32_t)decimals;
}

static cstn_status read_number(json_reading *from, const json_t *value,
		const cstn_constraint_leaf *leaf, int64_t *out)
{
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);

	if (leaf->type == CSTN_OPERAND_DECIMAL) {
		if (text && cstn__decimal_read(text, len, leaf->scale, '.', 0, out) == 0)
			return CSTN_OK;
		return refuse(from, "a decimal is text such as \"600.5\" that fits int64");
	}
	if (json_is_integer(value)) {
		*out = json_integer_value(value);
		if (*out >= -CSTN__CANONICAL_INTEGER_MAX && *out <= CSTN__CANONICAL_INTEGER_MAX)
			return CSTN_OK;
		return refuse(from, "an integer beyond 2^53 - 1 is text");
	}
	if (!text || cstn__parse_i64(text, len, out) != 0 || text[0] == '+')
		return refuse(from, "not an integer");
	if (*out >= -CSTN__CANONICAL_INTEGER_MAX && *out <= CSTN__CANONICAL_INTEGER_MAX)
		return refuse(from, "an integer up to 2^53 - 1 is a number, not text");
	return CSTN_OK;
}

static const json_t *value_at(const json_t *value, size_t i)
{
	return json_is_array(value) ? json_array_get(value, i) : value;
}

static cstn_status read_scale(json_reading *from, const json_t *value, cstn_constraint_leaf *leaf)
{
	size_t i;

	for (i = 0; leaf->type == CSTN_OPERAND_DECIMAL && i < leaf->n_values; i++) {
		const json_t *is = value_at(value, i);
		int32_t scale = json_is_string(is) ? decimals_of(json_string_value(is),
								     json_string_length(is))
						   : -1;

		if (scale < 0)
			return refuse(from, "a decimal is text such as \"600.5\" with at most 18 "
					    "decimals");
		leaf->scale = scale > leaf->scale ? scale : leaf->scale;
	}
	return CSTN_OK;
}

/* Values into `values`, which has room for them as ids or as numbers. */
static cstn_status read_values(
		json_reading *from, const json_t *value, cstn_constraint_leaf *leaf, void *values)
{
	cstn_status status = read_scale(from, value, leaf);
	cstn_id *ids = values;
	int64_t *numbers = values;
	size_t i;

	if (leaf->type >= CSTN_OPERAND_ID)
		leaf->ids = ids;
	else
		leaf->numbers = numbers;
	for (i = 0; status == CSTN_OK && i < leaf->n_values; i++) {
		const json_t *is = value_at(value, i);

		if (!leaf->ids) {
			status = read_number(from, is, leaf, numbers + i);
			continue;
		}
		ids[i].text = json_string_value(is);
		ids[i].len = json_string_length(is);
		if (!cstn__id_is_valid(ids[i].text, ids[i].len))
			status = refuse(from, "an id is text of 1 to 255 bytes without control "
					      "characters");
	}
	return status;
}

/* The name of a member in a list of names; its index. */
static cstn_status read_name(json_reading *from, const json_t *object, const char *name,
		const char *const *names, int32_t n, int32_t *out)
{
	size_t len, before;
	const char *text = cstn__json_text(object, name, &len);
	cstn_status status = CSTN_OK;

	*out = text ? find_name(names, n, text, len) : 0;
	before = cstn__json_path_name(&from->path, name);
	if (!*out)
		status = refuse(from, text ? "no such name" : "text is needed");
	cstn__json_path_cut(&from->path, before);
	return status;
}

static cstn_status leaf_from_json(json_reading *from, const json_t *object, cstn_constraint **out)
{
	cstn_constraint_leaf leaf = CSTN_CONSTRAINT_LEAF_INIT;
	const json_t *value = json_object_get(object, "value");
	cstn_status status;
	size_t before, size;
	void *values;

	leaf.operand = cstn__json_text(object, "operand", &leaf.operand_len);
	if (!leaf.operand || !value || json_object_size(object) != 4)
		return refuse(from, "a leaf has operand, operator, type, value and nothing else");
	if (!cstn__id_is_valid(leaf.operand, leaf.operand_len))
		return refuse(from, "an operand is text of 1 to 255 bytes without control "
				    "characters");
	status = read_name(from, object, "operator", OPERATORS, COUNT(OPERATORS), &leaf.operation);
	if (status == CSTN_OK)
		status = read_name(from, object, "type", TYPES, COUNT(TYPES), &leaf.type);
	if (status != CSTN_OK)
		return status;
	before = cstn__json_path_name(&from->path, "value");
	leaf.n_values = json_is_array(value) ? json_array_size(value) : 1;
	if (!leaf.n_values || leaf.n_values > CSTN_CONSTRAINT_VALUES_MOST)
		return refuse(from, "a list has 1 to 65,536 values");
	size = leaf.n_values * sizeof(cstn_id);
	values = cstn__alloc(from->allocator, size);
	if (!values)
		return cstn__fail_nomem(from->error);
	status = read_values(from, value, &leaf, values);
	if (status == CSTN_OK)
		status = cstn_constraint_new(&leaf, from->allocator, out, from->error);
	cstn__free(from->allocator, values, size);
	cstn__json_path_cut(&from->path, before);
	return status;
}

static cstn_status node_from_json(
		json_reading *from, const json_t *value, int32_t depth, cstn_constraint **out);

static cstn_status children_from_json(json_reading *from, const json_t *list, int32_t kind,
		int32_t depth, cstn_constraint **out)
{
	size_t n = json_is_array(list) ? json_array_size(list) : 1, i, before;
	cstn_constraint **children;
	cstn_status status = CSTN_OK;

	if ((kind != CSTN_CONSTRAINT_NOT) != json_is_array(list) || !n)
		return refuse(from, kind == CSTN_CONSTRAINT_NOT
						    ? "one constraint is needed, no list"
						    : "a list with at least one constraint is "
						      "needed");
	if (n >= CSTN_CONSTRAINT_NODES_MOST)
		return cstn__fail(from->error, CSTN_E_LIMIT, "constraint, '%s': %zu children",
				from->path.text, n);
	children = cstn__alloc_zero(from->allocator, n * sizeof(cstn_constraint *));
	if (!children)
		return cstn__fail_nomem(from->error);
	for (i = 0; status == CSTN_OK && i < n; i++) {
		before = from->path.len;
		if (json_is_array(list))
			cstn__json_path_index(&from->path, i);
		status = node_from_json(from, value_at(list, i), depth + 1, children + i);
		cstn__json_path_cut(&from->path, before);
	}
	if (status == CSTN_OK)
		status = cstn_constraint_combine(
				kind, children, n, from->allocator, out, from->error);
	for (i = 0; i < n; i++)
		cstn_constraint_unref(children[i]);
	cstn__free(from->allocator, children, n * sizeof(cstn_constraint *));
	return status;
}

static cstn_status node_from_json(
		json_reading *from, const json_t *value, int32_t depth, cstn_constraint **out)
{
	cstn_status status;
	const char *name;
	json_t *member;
	int32_t kind = 0;
	size_t before;

	if (depth > CSTN_CONSTRAINT_DEPTH_MOST)
		return cstn__fail(from->error, CSTN_E_LIMIT, "constraint, '%s': more than %d deep",
				from->path.text, CSTN_CONSTRAINT_DEPTH_MOST);
	if (!json_is_object(value))
		return refuse(from, "a constraint is an object");
	if (json_object_size(value) != 1)
		return leaf_from_json(from, value, out);
	name = json_object_iter_key(json_object_iter((json_t *)(uintptr_t)value));
	member = json_object_get(value, name);
	kind = find_name(KINDS, COUNT(KINDS), name, strlen(name));
	if (!kind)
		return refuse(from, "neither a leaf nor and, or, xone, not");
	before = cstn__json_path_name(&from->path, name);
	status = children_from_json(from, member, kind, depth, out);
	cstn__json_path_cut(&from->path, before);
	return status;
}

cstn_status cstn__constraint_from_json(const json_t *value, const char *place,
		const cstn_allocator *allocator, cstn_constraint **out, cstn_error **error)
{
	json_reading from = {allocator, {"", 0}, error};
	cstn_constraint *made = NULL;
	cstn_status status;

	while (*place == '/') { /* a pointer: its names, one after the other */
		char name[sizeof(from.path.text)];
		size_t len = strcspn(place + 1, "/");

		snprintf(name, sizeof(name), "%.*s", (int)len, place + 1);
		cstn__json_path_name(&from.path, name);
		place += len + 1;
	}
	status = node_from_json(&from, value, 1, &made);
	if (status == CSTN_OK)
		*out = made;
	return status;
}

cstn_status cstn_constraint_read_json(const char *json, size_t len, const cstn_allocator *allocator,
		cstn_constraint **out, cstn_error **error)
{
	json_t *value = NULL;
	cstn_allocator memory;
	cstn_status status;

	if (!json || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "json or out is NULL");
	status = cstn__allocator_read(allocator, &memory, error);
	if (status == CSTN_OK)
		status = cstn__canonical_json_read(json, len, &value, error);
	if (status != CSTN_OK)
		return status;
	status = cstn__constraint_from_json(value, "", &memory, out, error);
	json_decref(value);
	return status;
}
