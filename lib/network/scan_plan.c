/* What a scan gives, and of which records: the options against the table of nouns.
 *
 * Each field asked for becomes a column of the stream and, unless it is computed or empty, one of
 * the store's; predicates become ranges and texts that the store looks at, or columns that
 * scan_rows.c does. Cost: O(fields) a scan. */
#include <string.h>

#include "base/error.h"
#include "network/attributes.h"
#include "network/scan_plan.h"

/* --- columns ---------------------------------------------------------------------------------- */

/* The place of a store's column in the chunk; wanted from here on. */
static uint32_t want(cstn__row_scan *at, uint32_t id)
{
	for (size_t i = 0; i < at->n_ids; i++)
		if (at->ids[i] == id)
			return (uint32_t)i;
	at->ids[at->n_ids] = id;
	return (uint32_t)at->n_ids++;
}

static void add_computed(cstn__row_scan *at, int kind, const char *name)
{
	at->columns[at->n_columns] = (cstn__out_column){.name = name, .type = CSTN_TYPE_INT64};
	if (kind == CSTN__SOURCE_LINES || kind == CSTN__SOURCE_INDEX)
		at->columns[at->n_columns].type = CSTN_TYPE_INT32;
	at->sources[at->n_columns] = (cstn__row_source){.kind = kind};
	at->asked[kind] = 1;
	if (kind == CSTN__SOURCE_SEQ)
		at->sources[at->n_columns].at = want(at, CSTN__COLUMN_SEQ);
	at->n_columns++;
}

static void add_field(cstn__row_scan *at, const cstn__field *field)
{
	cstn__out_column *column = &at->columns[at->n_columns];

	if (at->flags & CSTN_SCAN_NUMBERED && field->key == 1) {
		add_computed(at, CSTN__SOURCE_NUMBER, field->name);
		return;
	}
	column->name = field->name;
	column->type = field->type;
	column->nullable = !(field->flags & (CSTN__FIELD_REQUIRED | CSTN__FIELD_EMPTY));
	if (at->flags & CSTN_SCAN_EMPTY_AS_NULL && column->nullable &&
			cstn__snapshot_is_empty(at->snapshot->inner, at->noun->id,
					CSTN__COLUMN_FIRST + field->number)) {
		column->empty = 1;
		at->sources[at->n_columns++] = (cstn__row_source){.kind = CSTN__SOURCE_EMPTY};
		return;
	}
	column->dictionary =
			at->flags & CSTN_SCAN_DICTIONARY && field->flags & CSTN__FIELD_DICTIONARY;
	at->sources[at->n_columns] = (cstn__row_source){.kind = CSTN__SOURCE_FIELD,
			.field = field,
			.at = want(at, CSTN__COLUMN_FIRST + field->number)};
	at->n_columns++;
}

static cstn_status add_attribute(
		cstn__row_scan *at, const cstn__field *field, const char *name, cstn_error **error)
{
	char *copy;

	if (!cstn__attribute_is_name(cstn__attribute_of_column(name)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"'%.64s' names no attribute: 1 to 64 letters, digits, '_', '-' and "
				"'.' follow the dot",
				name);
	copy = cstn__arena_copy(&at->texts, name, strlen(name));
	if (!copy)
		return cstn__fail_nomem(error);
	at->columns[at->n_columns] = (cstn__out_column){.name = copy,
			.type = CSTN_TYPE_TEXT,
			.nullable = 1,
			.dictionary = (at->flags & CSTN_SCAN_DICTIONARY) != 0};
	at->sources[at->n_columns++] = (cstn__row_source){.kind = CSTN__SOURCE_ATTRIBUTE,
			.field = field,
			.at = want(at, CSTN__COLUMN_FIRST + field->number),
			.attribute = cstn__attribute_of_column(copy)};
	return CSTN_OK;
}

static cstn_status add_named(cstn__row_scan *at, const char *name, cstn_error **error)
{
	int lines = (at->flags & CSTN_SCAN_LINES) != 0;
	int attribute = cstn__attribute_of_column(name) && cstn__attributes_field(at->noun);
	const cstn__field *field;
	cstn_status status;

	if (name && strcmp(name, "seq") == 0) {
		add_computed(at, CSTN__SOURCE_SEQ, "seq");
		return CSTN_OK;
	}
	if (name && lines && strcmp(name, "order_lines") == 0) {
		add_computed(at, CSTN__SOURCE_LINES, "order_lines");
		return CSTN_OK;
	}
	if (name && lines && strcmp(name, "line_index") == 0) {
		add_computed(at, CSTN__SOURCE_INDEX, "line_index");
		return CSTN_OK;
	}
	status = cstn__field_find(at->noun, attribute ? "attributes" : name, &field, error);
	if (status != CSTN_OK)
		return status;
	if (field->flags & CSTN__FIELD_LINE && !lines)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"field '%s' belongs to lines; scan with CSTN_SCAN_LINES", name);
	if (attribute)
		return add_attribute(at, field, name, error);
	add_field(at, field);
	return CSTN_OK;
}

static cstn_status choose_columns(
		cstn__row_scan *at, const cstn_scan_options *options, cstn_error **error)
{
	int lines = (at->flags & CSTN_SCAN_LINES) != 0;

	if (!options->columns) {
		for (uint32_t i = 0; i < at->noun->n_fields; i++)
			if (lines || !(at->noun->fields[i].flags & CSTN__FIELD_LINE))
				add_field(at, &at->noun->fields[i]);
		if (lines)
			add_computed(at, CSTN__SOURCE_LINES, "order_lines");
		if (lines)
			add_computed(at, CSTN__SOURCE_INDEX, "line_index");
		return CSTN_OK;
	}
	if (options->n_columns == 0 || options->n_columns > CSTN__SCAN_COLUMNS)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%zu columns are asked for, 1 to %d are given", options->n_columns,
				(int)CSTN__SCAN_COLUMNS);
	for (size_t i = 0; i < options->n_columns; i++) {
		cstn_status status;

		for (size_t k = 0; k < i; k++)
			if (options->columns[i] &&
					strcmp(options->columns[i], options->columns[k]) == 0)
				return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
						"column '%.64s' is asked for twice",
						options->columns[i]);
		status = add_named(at, options->columns[i], error);
		if (status != CSTN_OK)
			return status;
	}
	return CSTN_OK;
}

static void add_extension(cstn__row_scan *at)
{
	const cstn__scan_extension *extension = &at->extension;

	for (size_t i = 0; i < extension->n_columns; i++) {
		at->columns[at->n_columns] = extension->columns[i];
		at->sources[at->n_columns++] = (cstn__row_source){
				.kind = CSTN__SOURCE_EXTENSION, .at = (uint32_t)i};
	}
	for (size_t i = 0; i < extension->n_needs; i++)
		at->needs_at[i] = want(at, extension->needs[i]);
}

/* --- predicates ------------------------------------------------------------------------------- */

typedef struct predicates {
	cstn__scan_range ranges[2];
	cstn__scan_text texts[2];
	size_t n_ranges, n_texts;
} predicates;

static cstn_status record_field(const cstn__noun *noun, const char *name, int text,
		const cstn__field **out, cstn_error **error)
{
	cstn_status status = cstn__field_find(noun, name, out, error);

	if (status != CSTN_OK)
		return status;
	if ((*out)->flags & CSTN__FIELD_LINE)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"field '%s' belongs to lines; rows are chosen by fields of the "
				"record",
				name);
	if (((*out)->type == CSTN_TYPE_TEXT) != text || (*out)->type == CSTN_TYPE_DOUBLE)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "field '%s' is %s, %s expected",
				name, cstn_type_name((*out)->type),
				text ? "text" : "a day, an instant or an integer");
	return CSTN_OK;
}

static cstn_status add_range(const cstn__noun *noun, const cstn_scan_options *options,
		predicates *out, cstn_error **error)
{
	const cstn__field *field;
	cstn_status status;

	if (options->flags & CSTN_SCAN_SINCE) {
		out->ranges[out->n_ranges++] = (cstn__scan_range){CSTN__COLUMN_SEQ,
				options->since_seq >= INT64_MAX ? INT64_MAX
								: (int64_t)options->since_seq + 1,
				INT64_MAX};
	}
	if (!(options->flags & CSTN_SCAN_RANGE))
		return CSTN_OK;
	status = record_field(noun, options->range_field, 0, &field, error);
	if (status != CSTN_OK)
		return status;
	if (options->from_us >= options->until_us)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the range of '%s' is empty: from_us is not before until_us",
				field->name);
	out->ranges[out->n_ranges++] = (cstn__scan_range){CSTN__COLUMN_FIRST + field->number,
			options->from_us, options->until_us - 1};
	return CSTN_OK;
}

static int copy_text(cstn__row_scan *at, const char *text, cstn__scan_text *out)
{
	out->len = strlen(text);
	out->text = cstn__arena_copy(&at->texts, text, out->len);
	return out->text ? 0 : -1;
}

static cstn_status add_ids(cstn__row_scan *at, const cstn_scan_options *options, predicates *out,
		cstn_error **error)
{
	const cstn__field *key = cstn__noun_key_field(at->noun, 1);

	if (!options->ids)
		return CSTN_OK;
	for (size_t i = 0; i < options->n_ids; i++)
		if (!options->ids[i])
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "ids[%zu] is NULL", i);
	if (options->n_ids == 1) {
		out->texts[out->n_texts].column = CSTN__COLUMN_FIRST + key->number;
		return copy_text(at, options->ids[0], &out->texts[out->n_texts++])
				       ? cstn__fail_nomem(error)
				       : CSTN_OK;
	}
	at->wanted_at = want(at, CSTN__COLUMN_FIRST + key->number);
	if (options->n_ids == 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "ids are given, but none");
	for (size_t i = 0; i < options->n_ids; i++)
		if (cstn__intern(&at->wanted, options->ids[i], strlen(options->ids[i])) ==
				UINT32_MAX)
			return cstn__fail_nomem(error);
	return CSTN_OK;
}

static cstn_status add_partner(
		cstn__row_scan *at, const cstn_scan_options *options, cstn_error **error)
{
	cstn__scan_text text;

	if (!options->partner)
		return CSTN_OK;
	if (copy_text(at, options->partner, &text))
		return cstn__fail_nomem(error);
	at->partner = text.text;
	at->partner_len = text.len;
	for (uint32_t i = 0; i < at->noun->n_fields; i++) {
		const cstn__field *field = &at->noun->fields[i];
		int names = field->refers == CSTN__NOUN_PARTNER ||
			    (at->noun->id == CSTN__NOUN_PARTNER && field->key == 1);

		if (names && !(field->flags & CSTN__FIELD_LINE) &&
				at->n_partners < CSTN__SCAN_PARTNERS)
			at->partner_at[at->n_partners++] =
					want(at, CSTN__COLUMN_FIRST + field->number);
	}
	if (at->n_partners == 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "noun '%s' names no partner",
				at->noun->name);
	return CSTN_OK;
}

static cstn_status add_where(cstn__row_scan *at, const cstn_scan_options *options, predicates *out,
		cstn_error **error)
{
	const cstn__field *field;
	cstn_status status;

	if (!options->where_field)
		return CSTN_OK;
	if (!options->where_text)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "where_text is NULL");
	status = record_field(at->noun, options->where_field, 1, &field, error);
	if (status != CSTN_OK)
		return status;
	out->texts[out->n_texts].column = CSTN__COLUMN_FIRST + field->number;
	return copy_text(at, options->where_text, &out->texts[out->n_texts++])
			       ? cstn__fail_nomem(error)
			       : CSTN_OK;
}

cstn_status cstn__row_scan_plan(
		cstn__row_scan *at, const cstn_scan_options *options, cstn_error **error)
{
	predicates chosen = {.n_ranges = 0};
	cstn__scan_options inner;
	size_t n_early;
	cstn_status status;

	if (options->flags & (CSTN_SCAN_LINES | CSTN_SCAN_NUMBERED) && !at->noun->has_lines)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "noun '%s' has no lines",
				at->noun->name);
	status = choose_columns(at, options, error);
	if (status == CSTN_OK)
		status = add_range(at->noun, options, &chosen, error);
	if (status == CSTN_OK)
		status = add_ids(at, options, &chosen, error);
	if (status == CSTN_OK)
		status = add_where(at, options, &chosen, error);
	if (status == CSTN_OK)
		status = add_partner(at, options, error);
	if (status != CSTN_OK)
		return status;
	if (at->n_ids == 0)
		want(at, CSTN__COLUMN_SEQ);
	n_early = at->n_ids;
	add_extension(at);
	for (size_t i = 0; i < at->n_columns; i++)
		at->repeats |= at->sources[i].kind == CSTN__SOURCE_SEQ ||
			       at->sources[i].kind == CSTN__SOURCE_EXTENSION ||
			       (at->sources[i].field &&
					       !(at->sources[i].field->flags & CSTN__FIELD_LINE));
	inner = (cstn__scan_options){.columns = at->ids,
			.n_columns = at->n_ids,
			.ranges = chosen.ranges,
			.n_ranges = chosen.n_ranges,
			.texts = chosen.texts,
			.n_texts = chosen.n_texts,
			.as_of_us = options->flags & CSTN_SCAN_AS_OF ? options->as_of_us
								     : INT64_MAX,
			.derived = at->extension.derived,
			.n_late = at->n_ids - n_early};
	status = cstn__scan_new(at->snapshot->inner, at->noun->id, &inner, &at->inner, error);
	if (status == CSTN_OK)
		cstn__scan_use(at->inner, cstn__recycler_allocator(at->recycler));
	return status;
}
