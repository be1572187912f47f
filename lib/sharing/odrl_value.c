/* Right operands of ODRL, by the type of the operand that they are compared with.
 *
 * A value is text, a number, or an object that names its type: {"type","value"} or {"@type",
 * "@value"}, or an @id. The type it names must be that of the operand. Cost: O(bytes). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <constellation/time.h>

#include "base/checked.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/text.h"
#include "sharing/constraint.h"
#include "sharing/odrl.h"

const char *cstn__odrl_text(const json_t *value)
{
	static const char *const inside[] = {"@id", "@value", "value", "uid"};
	size_t i;

	for (i = 0; json_is_object(value) && i < 4; i++) {
		const json_t *member = json_object_get(value, inside[i]);

		if (json_is_string(member))
			return json_string_value(member);
	}
	return json_string_value(value);
}

int cstn__odrl_instant(const char *text, int64_t *us)
{
	return cstn_time_parse(text, strlen(text), NULL, 0, us, NULL) == CSTN_OK ? 0 : -1;
}

/* Digits and, of seconds, a fraction: as microseconds of a unit. Moves *at behind the letter. */
static int read_part(const char **at, char letter, int64_t unit_us, int64_t *sum)
{
	size_t len = strspn(*at, letter == 'S' ? "0123456789." : "0123456789");
	int64_t number, us;

	if (!len || (*at)[len] != letter)
		return 0;
	if (letter == 'S') {
		if (cstn__decimal_read(*at, len, 6, '.', 0, &us))
			return -1;
	} else if (cstn__parse_i64(*at, len, &number) || cstn__multiply_i64(number, unit_us, &us)) {
		return -1;
	}
	*at += len + 1;
	return cstn__add_i64(*sum, us, sum) ? -1 : 1;
}

/* PnW, PnDTnHnMnS: parts of fixed length only. */
int cstn__odrl_duration(const char *text, int64_t *us)
{
	static const struct {
		char letter;
		int64_t us;
	} days[] = {{'W', INT64_C(604800000000)}, {'D', INT64_C(86400000000)}},
	  times[] = {{'H', INT64_C(3600000000)}, {'M', 60000000}, {'S', 1000000}};
	int parts = 0, read = 0;
	int64_t sum = 0;
	size_t i;

	if (*text++ != 'P')
		return -1;
	for (i = 0; i < 2 && read >= 0; i++)
		parts += (read = read_part(&text, days[i].letter, days[i].us, &sum)) > 0;
	if (read >= 0 && *text == 'T') {
		text++;
		parts = *text ? parts : 0;
		for (i = 0; i < 3 && read >= 0; i++)
			parts += (read = read_part(&text, times[i].letter, times[i].us, &sum)) > 0;
		if (text[-1] == 'T')
			return -1;
	}
	if (read < 0 || !parts || *text)
		return -1;
	*us = sum;
	return 0;
}

/* Bits of the types that a value's own type may be read as; 0: not known; all: none is named. */
static uint32_t types_named(const json_t *value)
{
	static const struct {
		const char *name;
		uint32_t types;
	} names[] = {{"dateTime", 1u << CSTN_OPERAND_INSTANT}, {"date", 1u << CSTN_OPERAND_INSTANT},
			{"dateTimeStamp", 1u << CSTN_OPERAND_INSTANT},
			{"duration", 1u << CSTN_OPERAND_DURATION},
			{"dayTimeDuration", 1u << CSTN_OPERAND_DURATION},
			{"decimal", 1u << CSTN_OPERAND_DECIMAL | 1u << CSTN_OPERAND_INT64},
			{"integer", 1u << CSTN_OPERAND_DECIMAL | 1u << CSTN_OPERAND_INT64},
			{"int", 1u << CSTN_OPERAND_DECIMAL | 1u << CSTN_OPERAND_INT64},
			{"long", 1u << CSTN_OPERAND_DECIMAL | 1u << CSTN_OPERAND_INT64},
			{"nonNegativeInteger",
					1u << CSTN_OPERAND_DECIMAL | 1u << CSTN_OPERAND_INT64},
			{"string", 1u << CSTN_OPERAND_ID | 1u << CSTN_OPERAND_ID_SET},
			{"anyURI", 1u << CSTN_OPERAND_ID | 1u << CSTN_OPERAND_ID_SET}};
	const json_t *type = json_object_get(value, "@type");
	const char *name, *bare;
	size_t i;

	if (!type)
		type = json_object_get(value, "type");
	if (!type)
		return UINT32_MAX;
	name = json_string_value(type);
	bare = name ? strrchr(name, '#') : NULL;
	if (name && !bare && strncmp(name, "xsd:", 4) == 0)
		bare = name + 3;
	bare = bare ? bare + 1 : name;
	for (i = 0; bare && i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(bare, names[i].name) == 0)
			return names[i].types;
	return 0;
}

/* The number of a decimal or whole number at the operand's scale. */
static int read_number(const json_t *value, int32_t scale, int64_t *out)
{
	const char *text = cstn__odrl_text(value);
	char made[40];

	if (json_is_integer(value)) {
		snprintf(made, sizeof(made), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		text = made;
	} else if (json_is_real(value)) {
		made[cstn__format_double(json_real_value(value), made)] = '\0';
		text = made;
	}
	return text && cstn__decimal_read(text, strlen(text), scale, '.', 0, out) == 0 ? 0 : -1;
}

/* A number or time. The instants of plain JSON may say their microseconds too: they must agree. */
static int read_ordered(const json_t *value, const cstn__operand *operand, int64_t *out)
{
	const json_t *us = json_object_get(value, "us");
	const char *text = cstn__odrl_text(value);
	int status;

	if (operand->type == CSTN_OPERAND_INSTANT)
		status = text ? cstn__odrl_instant(text, out) : -1;
	else if (operand->type == CSTN_OPERAND_DURATION)
		status = text ? cstn__odrl_duration(text, out) : -1;
	else
		return us ? -1 : read_number(value, operand->scale, out);
	if (us && (!json_is_integer(us) || json_integer_value(us) != *out))
		return -1;
	return status;
}

static int members_are_known(const json_t *value)
{
	static const char *const known[] = {"@id", "@type", "@value", "type", "value", "us", "uid"};
	json_t *member;
	const char *name;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)value, name, member)
	{
		for (i = 0; i < 7 && strcmp(name, known[i]) != 0; i++)
			;
		if (i == 7)
			return 0;
	}
	return 1;
}

static const char *const WRONG[] = {NULL, "a whole number is needed",
		"a decimal that the operand's scale holds is needed",
		"a date and time is needed: 2026-01-31T12:00:00Z",
		"a duration of weeks, days, hours, minutes and seconds is needed: P30D",
		"an id is needed: 1 to 255 bytes without control characters",
		"an id is needed: 1 to 255 bytes without control characters"};

/* One value, into ids or numbers. *good 0: it was refused. */
static cstn_status read_value(cstn__odrl_reading *from, const char *name,
		const cstn__operand *operand, const json_t *value, cstn_id *id, int64_t *number,
		int *good)
{
	const char *text = cstn__odrl_text(value);

	*good = 0;
	if (!members_are_known(value) || !(types_named(value) >> operand->type & 1))
		return cstn__odrl_refuse_json(
				from, name, value, "the value is not of the operand's type");
	if (operand->type < CSTN_OPERAND_ID)
		*good = read_ordered(value, operand, number) == 0;
	else
		*good = text && cstn__id_is_valid(text, strlen(text));
	if (!*good)
		return cstn__odrl_refuse_json(from, name, value, WRONG[operand->type]);
	if (operand->type >= CSTN_OPERAND_ID) {
		id->text = text;
		id->len = strlen(text);
	}
	return CSTN_OK;
}

static const json_t *list_of(const json_t *value)
{
	const json_t *inside = json_object_get(value, "@list");

	return inside ? inside : value;
}

/* What a vocabulary says of a leaf that was read; it is given up if it has a defect. */
static cstn_status check_leaf(cstn__odrl_reading *from, const char *name, cstn_constraint **leaf)
{
	size_t operand, value;
	const char *why = cstn__leaf_defect(*leaf, from->vocabulary, &operand, &value);
	cstn__bytes text;
	cstn_status status;

	if (!why)
		return CSTN_OK;
	cstn__bytes_init(&text, &from->policy->allocator);
	if ((*leaf)->ids && (value != SIZE_MAX || (*leaf)->n == 1))
		cstn__bytes_put_text(&text, (*leaf)->ids[value != SIZE_MAX ? value : 0].text);
	else if (value != SIZE_MAX || (*leaf)->n == 1)
		cstn__leaf_put_value(&text, *leaf, value != SIZE_MAX ? value : 0);
	cstn__bytes_put_u8(&text, 0);
	status = text.failed ? cstn__fail_nomem(from->error)
			     : cstn__odrl_refuse(from, name, (const char *)text.data, why);
	cstn__bytes_free(&text);
	cstn_constraint_unref(*leaf);
	*leaf = NULL;
	return status;
}

/* A defect of each value on its own, so that all are named. */
static cstn_status check_values(cstn__odrl_reading *from, const char *name,
		const cstn_constraint_leaf *leaf, const cstn_allocator *memory,
		cstn_constraint **out)
{
	cstn_constraint_leaf one = *leaf;
	cstn_constraint *made = NULL;
	cstn_status status = CSTN_OK;
	size_t before = from->refused->items.count, i;

	for (i = 0; status == CSTN_OK && i < leaf->n_values; i++) {
		one.n_values = 1;
		one.ids = leaf->ids ? leaf->ids + i : NULL;
		one.numbers = leaf->numbers ? leaf->numbers + i : NULL;
		status = cstn_constraint_new(&one, memory, &made, from->error);
		if (status == CSTN_OK)
			status = check_leaf(from, name, &made);
		cstn_constraint_unref(made);
		made = NULL;
	}
	if (status != CSTN_OK || from->refused->items.count > before)
		return status;
	status = cstn_constraint_new(leaf, memory, &made, from->error);
	if (status == CSTN_OK)
		status = check_leaf(from, name, &made); /* too many values */
	*out = made;
	return status;
}

cstn_status cstn__odrl_read_leaf(cstn__odrl_reading *from, const char *name, size_t operand,
		int32_t operation, const json_t *value, cstn_constraint **out)
{
	const cstn__operand *is = cstn__vocabulary_operand(from->vocabulary, operand);
	const cstn_allocator *memory = &from->policy->allocator;
	const json_t *list = list_of(value);
	size_t n = json_is_array(list) ? json_array_size(list) : 1, size, i;
	size_t before = from->refused->items.count;
	cstn_constraint_leaf leaf = CSTN_CONSTRAINT_LEAF_INIT;
	cstn_status status = CSTN_OK;
	int good;
	void *values;

	if (!n || n > CSTN_CONSTRAINT_VALUES_MOST)
		return cstn__odrl_refuse(from, name, "", "a list has 1 to 65,536 values");
	size = n * sizeof(cstn_id);
	values = cstn__alloc(memory, size);
	if (!values)
		return cstn__fail_nomem(from->error);
	for (i = 0; status == CSTN_OK && i < n; i++)
		status = read_value(from, name, is,
				json_is_array(list) ? json_array_get(list, i) : value,
				(cstn_id *)values + i, (int64_t *)values + i, &good);
	leaf.operand = is->name.text;
	leaf.operand_len = is->name.len;
	leaf.operation = operation;
	leaf.type = is->type;
	leaf.scale = is->scale;
	leaf.n_values = n;
	if (is->type < CSTN_OPERAND_ID)
		leaf.numbers = values;
	else
		leaf.ids = values;
	if (status == CSTN_OK && from->refused->items.count == before)
		status = check_values(from, name, &leaf, memory, out);
	cstn__free(memory, values, size);
	return status;
}
