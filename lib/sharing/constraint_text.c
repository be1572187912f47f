/* Constraints in words.
 *
 * "now is before 2026-06-01T00:00:00Z and (purpose is part of 'recall' or hops is at most 1)".
 * Cost: O(bytes). */
#include "sharing/constraint.h"

#include <inttypes.h>

#include <constellation/decimal.h>
#include <constellation/time.h>

#include "base/error.h"

static void put_duration(cstn__bytes *out, int64_t us)
{
	static const struct {
		int64_t us;
		const char *name;
	} units[] = {{INT64_C(86400000000), "day"}, {INT64_C(3600000000), "hour"},
			{60000000, "minute"}, {1000000, "second"}, {1, "microsecond"}};
	size_t i = 0;

	while (us % units[i].us)
		i++;
	us /= units[i].us;
	cstn__bytes_put_format(out, "%" PRId64 " %s%s", us, units[i].name, us == 1 ? "" : "s");
}

static void put_number(cstn__bytes *out, int32_t type, int32_t scale, int64_t number)
{
	char text[64];

	if (type == CSTN_OPERAND_DURATION) {
		put_duration(out, number);
		return;
	}
	if (type == CSTN_OPERAND_INSTANT)
		cstn_time_format(number, text, sizeof(text));
	else
		cstn_decimal_format(number, scale, text, sizeof(text));
	cstn__bytes_put_text(out, text);
}

static void put_id(cstn__bytes *out, const cstn_id *id)
{
	cstn__bytes_put_text(out, "'");
	cstn__bytes_put(out, id->text, id->len);
	cstn__bytes_put_text(out, "'");
}

void cstn__leaf_put_value(cstn__bytes *out, const cstn_constraint *leaf, size_t index)
{
	if (leaf->ids)
		put_id(out, leaf->ids + index);
	else
		put_number(out, leaf->type, leaf->scale, leaf->numbers[index]);
}

void cstn__fact_put_text(cstn__bytes *out, const cstn_fact *fact)
{
	size_t i;

	if (fact->type < CSTN_OPERAND_ID && cstn__operand_type_name(fact->type) &&
			fact->scale >= 0 && fact->scale <= 18) {
		put_number(out, fact->type, fact->scale, fact->number);
		return;
	}
	for (i = 0; fact->ids && i < fact->n_ids; i++) {
		cstn__bytes_put_text(out, i ? ", " : "");
		if (cstn__id_is_valid(fact->ids[i].text, fact->ids[i].len))
			put_id(out, fact->ids + i);
		else
			cstn__bytes_put_text(out, "no id");
	}
	if (!fact->ids || !fact->n_ids)
		cstn__bytes_put_text(
				out, fact->type == CSTN_OPERAND_ID_SET ? "empty" : "ill-typed");
}

static const char *words_of(const cstn_constraint *leaf)
{
	static const char *const words[] = {"", "is", "is not", "is below", "is at most",
			"is above", "is at least", "is any of", "is all of", "is none of",
			"is part of"};
	static const char *const times[] = {"", "is", "is not", "is before", "is at or before",
			"is after", "is at or after"};
	static const char *const sets[] = {"", "is exactly", "is not exactly", "is below",
			"is at most", "is above", "is at least", "has any of", "has all of",
			"has none of", "has nothing but"};

	if (leaf->type == CSTN_OPERAND_ID_SET)
		return sets[leaf->operation];
	if (leaf->type == CSTN_OPERAND_INSTANT && leaf->operation <= CSTN_OPERATOR_GTEQ)
		return times[leaf->operation];
	return words[leaf->operation];
}

static void put_leaf(cstn__bytes *out, const cstn_constraint *leaf)
{
	size_t i;

	cstn__bytes_put(out, leaf->operand.text, leaf->operand.len);
	cstn__bytes_put_format(out, " %s ", words_of(leaf));
	for (i = 0; i < leaf->n; i++) {
		cstn__bytes_put_text(out, i ? ", " : "");
		cstn__leaf_put_value(out, leaf, i);
	}
}

static void put_child(cstn__bytes *out, const cstn_constraint *child)
{
	int plain = child->kind == CSTN_CONSTRAINT_LEAF || child->kind >= CSTN_CONSTRAINT_XONE;

	cstn__bytes_put_text(out, plain ? "" : "(");
	cstn__constraint_put_text(out, child);
	cstn__bytes_put_text(out, plain ? "" : ")");
}

void cstn__constraint_put_text(cstn__bytes *out, const cstn_constraint *constraint)
{
	static const char *const between[] = {"", "", " and ", " or ", "; ", ""};
	size_t i;

	if (constraint->kind == CSTN_CONSTRAINT_LEAF) {
		put_leaf(out, constraint);
		return;
	}
	if (constraint->kind >= CSTN_CONSTRAINT_XONE)
		cstn__bytes_put_text(out, constraint->kind == CSTN_CONSTRAINT_NOT
							  ? "not ("
							  : "exactly one of (");
	for (i = 0; i < constraint->n; i++) {
		cstn__bytes_put_text(out, i ? between[constraint->kind] : "");
		if (constraint->kind >= CSTN_CONSTRAINT_XONE)
			cstn__constraint_put_text(out, constraint->children[i]);
		else
			put_child(out, constraint->children[i]);
	}
	if (constraint->kind >= CSTN_CONSTRAINT_XONE)
		cstn__bytes_put_text(out, ")");
}

cstn_status cstn_constraint_text(const cstn_constraint *constraint, const cstn_allocator *allocator,
		cstn_buffer **out, cstn_error **error)
{
	cstn_allocator memory;
	cstn__bytes bytes;
	cstn_status status;

	if (!constraint || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "constraint or out is NULL");
	status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&bytes, &memory);
	cstn__constraint_put_text(&bytes, constraint);
	return cstn__bytes_to_buffer(&bytes, out, error);
}
