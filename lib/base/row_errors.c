/* The rows a batch call left out.
 *
 * A sink keeps the 65,536 smallest errors by (row, field, code, text) and counts them all. It
 * collects up to twice as many, then sorts, drops the upper half and remembers the greatest kept,
 * so that later errors above it cost one comparison. What is kept is a function of the set of
 * errors alone, so sinks of workers merge in any order. Cost: O(1) amortised an error; at most
 * about 20 MB.
 */
#include "base/row_errors.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/sort.h"
#include "base/text.h"

#define KEPT_MAX 65536
#define TEXT_LIMIT 128

struct entry {
	cstn_row_error error;
	char *text; /* NULL: none; in a sink a block of its own */
	char *key;  /* what the row is of; likewise */
};

struct column {
	int32_t field;
	const char *name;
};

struct columns {
	CSTN__ARRAY(struct column) list;
	cstn__arena names;
};

struct cstn__row_sink {
	cstn_allocator allocator;
	CSTN__ARRAY(struct entry) list;
	struct columns columns;
	uint64_t total;
	size_t last_column; /* looked at first: errors of one column come in runs */
	int full;           /* KEPT_MAX entries were at or below `greatest` when it was set */
	struct entry greatest;
	cstn__row_name_fn name; /* NULL: nobody knows what rows are of */
	const void *named;
};

struct cstn_row_errors {
	cstn_allocator allocator;
	struct entry *items;
	size_t count;
	struct columns columns;
	cstn__arena texts;
	uint64_t total;
};

static const struct {
	int32_t code;
	const char *name;
	const char *rule;
} codes[] = {
		{CSTN_ROW_NULL, "NULL", "a value is required"},
		{CSTN_ROW_NAN, "NAN", "NaN is not allowed"},
		{CSTN_ROW_RANGE, "RANGE", "is outside what its column takes"},
		{CSTN_ROW_OVERFLOW, "OVERFLOW", "arithmetic on the row overflows int64"},
		{CSTN_ROW_UTF8, "UTF8", "is not UTF-8"},
		{CSTN_ROW_PRECISION, "PRECISION", "is finer than the column's unit of time"},
		{CSTN_ROW_NUMBER, "NUMBER", "is no number"},
		{CSTN_ROW_TIME, "TIME", "is no date or time of the declared form"},
		{CSTN_ROW_SCALE, "SCALE", "has more digits than the declared scale holds"},
		{CSTN_ROW_DUPLICATE, "DUPLICATE", "came before and must be unique"},
		{CSTN_ROW_VALUE, "VALUE", "is not one of the allowed values"},
		{CSTN_ROW_NEGATIVE, "NEGATIVE", "is negative, zero or more expected"},
		{CSTN_ROW_NOT_POSITIVE, "NOT_POSITIVE", "is not positive"},
		{CSTN_ROW_LENGTH, "LENGTH", "is longer than the limit"},
		{CSTN_ROW_FIELDS, "FIELDS", "too few or too many fields"},
		{CSTN_ROW_QUOTE, "QUOTE", "a quote is not closed, or stands inside a plain field"},
		{CSTN_ROW_POLICY, "POLICY",
				"names another service policy than the one that is computed"},
		{CSTN_ROW_ZONE, "ZONE",
				"is a wall-clock time without a zone, or one that its zone lacks "
				"or has twice"},
		{CSTN_ROW_FRACTION, "FRACTION", "has a fraction, a whole number expected"},
		{CSTN_ROW_REFERENCE, "REFERENCE", "names a record that is not there"},
		{CSTN_ROW_CHECK_DIGIT, "CHECK_DIGIT", "has a wrong check digit"},
		{CSTN_ROW_STATE, "STATE", "is a state that cannot follow the one before"},
		{CSTN_ROW_ORDER, "ORDER", "is in the wrong order with another time or bound"},
		{CSTN_ROW_CONFLICT, "CONFLICT", "is used with other content"},
		{CSTN_ROW_UNIT, "UNIT", "is no unit, currency or country code"},
		{CSTN_ROW_UNKNOWN, "UNKNOWN", "is a name that the format does not have there"},
		{CSTN_ROW_KIND, "KIND", "is another kind of JSON value than the format asks for"},
		{CSTN_ROW_NOT_HELD, "NOT_HELD", "cannot be held by the format"},
		{CSTN_ROW_LEFT_OUT, "LEFT_OUT", "has no place in the format"},
		{CSTN_ROW_PERIOD, "PERIOD", "is not the start of a period"},
		{CSTN_ROW_GAP, "GAP", "comes after a missing period"},
		{CSTN_ROW_TOO_LATE, "TOO_LATE", "is of a period before what is kept"},
};

const char *cstn_row_code_name(int32_t code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return codes[i].name;
	return "unknown";
}

const char *cstn__row_code_rule(int32_t code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return codes[i].rule;
	return "breaks an unknown rule";
}

static int compare_entries(const void *left, const void *right, void *context)
{
	const struct entry *a = left, *b = right;

	(void)context;
	if (a->error.row != b->error.row)
		return a->error.row < b->error.row ? -1 : 1;
	if (a->error.field != b->error.field)
		return a->error.field < b->error.field ? -1 : 1;
	if (a->error.code != b->error.code)
		return a->error.code < b->error.code ? -1 : 1;
	if (!a->text || !b->text)
		return (a->text != NULL) - (b->text != NULL);
	return strcmp(a->text, b->text);
}

/* Index of a field's column; the count if it has none. */
static size_t find_column(const struct columns *columns, int32_t field, size_t first)
{
	size_t i = 0;

	if (first < columns->list.count && columns->list.items[first].field == field)
		return first;
	while (i < columns->list.count && columns->list.items[i].field != field)
		i++;
	return i;
}

static int add_column(struct columns *columns, int32_t field, const char *name)
{
	struct column *column;
	char *copy;

	if (cstn__array_reserve(&columns->names.allocator, &columns->list, 1))
		return -1;
	copy = cstn__arena_copy(&columns->names, name, strlen(name));
	if (!copy)
		return -1;
	column = &columns->list.items[columns->list.count++];
	column->field = field;
	column->name = copy;
	return 0;
}

static void free_columns(struct columns *columns)
{
	cstn__array_free(&columns->names.allocator, &columns->list);
	cstn__arena_free(&columns->names);
}

/* --- sink --- */

cstn_status cstn__row_sink_new(
		const cstn_allocator *allocator, cstn__row_sink **out, cstn_error **error)
{
	cstn_allocator read;
	cstn__row_sink *sink;
	cstn_status status = cstn__allocator_read(allocator, &read, error);

	if (status != CSTN_OK)
		return status;
	sink = cstn__alloc_zero(&read, sizeof(*sink));
	if (!sink)
		return cstn__fail_nomem(error);
	sink->allocator = read;
	cstn__arena_init(&sink->columns.names, &read);
	*out = sink;
	return CSTN_OK;
}

static void free_text(cstn__row_sink *sink, char *text)
{
	if (text)
		cstn__free(&sink->allocator, text, strlen(text) + 1);
}

static void free_texts(cstn__row_sink *sink, struct entry *entry)
{
	free_text(sink, entry->text);
	free_text(sink, entry->key);
}

void cstn__row_sink_name(cstn__row_sink *sink, cstn__row_name_fn name, const void *context)
{
	sink->name = name;
	sink->named = context;
}

void cstn__row_sink_clear(cstn__row_sink *sink)
{
	for (size_t i = 0; i < sink->list.count; i++)
		free_texts(sink, &sink->list.items[i]);
	cstn__array_free(&sink->allocator, &sink->list);
	free_columns(&sink->columns);
	sink->total = 0;
	sink->full = 0;
}

cstn_status cstn__row_sink_refuse(
		const cstn__row_sink *sink, cstn_row_errors **bad_rows, cstn_error **error)
{
	cstn_row_errors *rows = NULL;
	char first[256] = "";
	cstn_status status = cstn__row_sink_finish(sink, &rows, error);

	if (status != CSTN_OK)
		return status;
	(void)cstn_row_errors_copy_message(rows, 0, first, sizeof(first));
	status = cstn__fail(error, CSTN_E_ROWS,
			"%" PRIu64 " bad values, nothing was taken; the first: %s",
			cstn__row_sink_total(sink), first);
	if (bad_rows)
		*bad_rows = rows;
	else
		cstn_row_errors_free(rows);
	return status;
}

void cstn__row_sink_free(cstn__row_sink *sink)
{
	cstn_allocator allocator;

	if (!sink)
		return;
	cstn__row_sink_clear(sink);
	allocator = sink->allocator;
	cstn__free(&allocator, sink, sizeof(*sink));
}

uint64_t cstn__row_sink_total(const cstn__row_sink *sink)
{
	return sink->total;
}

void cstn__rows_hand_out(cstn_status status, cstn_row_errors *rows, cstn_row_errors **bad_rows)
{
	if (bad_rows && (status == CSTN_OK || status == CSTN_E_ROWS))
		*bad_rows = rows;
	else
		cstn_row_errors_free(rows);
}

cstn_status cstn__rows_left_out(cstn_status status, cstn_row_errors *rows, uint64_t left_out,
		cstn_row_errors **bad_rows, cstn_error **error)
{
	if (status != CSTN_OK || !bad_rows)
		cstn_row_errors_free(rows);
	else
		*bad_rows = rows;
	if (status != CSTN_OK || left_out == 0)
		return status;
	return cstn__fail(error, CSTN_E_ROWS, "%" PRIu64 " rows were left out; see the row errors",
			left_out);
}

static void compact(cstn__row_sink *sink)
{
	cstn__sort(sink->list.items, sink->list.count, sizeof(struct entry), compare_entries, NULL);
	for (size_t i = KEPT_MAX; i < sink->list.count; i++)
		free_texts(sink, &sink->list.items[i]);
	sink->list.count = KEPT_MAX;
	sink->greatest = sink->list.items[KEPT_MAX - 1];
	sink->full = 1;
}

/* A clean text of its own; NULL when out of memory. */
static char *own_text(cstn__row_sink *sink, const char *text, size_t len)
{
	char *own = cstn__alloc(&sink->allocator, len + 1);

	if (own) {
		memcpy(own, text, len);
		own[len] = '\0';
	}
	return own;
}

/* Keep an error, or only count it; texts are clean, NULL for none. */
static cstn_status insert(cstn__row_sink *sink, const cstn_row_error *error, const char *column,
		const char *text, size_t len, const char *key, size_t key_len)
{
	struct entry entry = {*error, NULL, NULL};

	if (column && error->field >= 0) {
		sink->last_column = find_column(&sink->columns, error->field, sink->last_column);
		if (sink->last_column == sink->columns.list.count &&
				add_column(&sink->columns, error->field, column))
			return CSTN_E_NOMEM;
	}
	if (sink->list.count == 2 * KEPT_MAX)
		compact(sink);
	if (cstn__array_reserve(&sink->allocator, &sink->list, 1))
		return CSTN_E_NOMEM;
	if (text && !(entry.text = own_text(sink, text, len)))
		return CSTN_E_NOMEM;
	if (key && !(entry.key = own_text(sink, key, key_len))) {
		free_text(sink, entry.text);
		return CSTN_E_NOMEM;
	}
	if (sink->full && compare_entries(&entry, &sink->greatest, NULL) >= 0)
		free_texts(sink, &entry);
	else
		sink->list.items[sink->list.count++] = entry;
	sink->total++;
	return CSTN_OK;
}

cstn_status cstn__row_sink_add(cstn__row_sink *sink, uint64_t row, int32_t field,
		const char *column, int32_t code, const char *text, size_t len)
{
	char room[CSTN__ROW_NAME_SIZE];
	const char *key = NULL;
	size_t key_len = 0;

	if (sink->name)
		key = sink->name(sink->named, row, room, &key_len);
	return cstn__row_sink_add_of(sink, row, field, column, code, text, len, key, key_len);
}

cstn_status cstn__row_sink_add_of(cstn__row_sink *sink, uint64_t row, int32_t field,
		const char *column, int32_t code, const char *text, size_t len, const char *key,
		size_t key_len)
{
	cstn_row_error error = {row, field, code};
	char clean[TEXT_LIMIT], clean_key[TEXT_LIMIT];

	if (sink->full && row > sink->greatest.error.row) {
		sink->total++;
		return CSTN_OK;
	}
	if (text)
		len = cstn__text_clean(text, len, clean, TEXT_LIMIT);
	if (key)
		key_len = cstn__text_clean(key, key_len, clean_key, TEXT_LIMIT);
	return insert(sink, &error, column, text ? clean : NULL, len, key ? clean_key : NULL,
			key_len);
}

cstn_status cstn__row_sink_merge(cstn__row_sink *into, const cstn__row_sink *from)
{
	for (size_t i = 0; i < from->list.count; i++) {
		const struct entry *entry = &from->list.items[i];
		size_t c = find_column(&from->columns, entry->error.field, from->last_column);
		const char *name = c < from->columns.list.count ? from->columns.list.items[c].name
								: NULL;

		if (insert(into, &entry->error, name, entry->text,
				    entry->text ? strlen(entry->text) : 0, entry->key,
				    entry->key ? strlen(entry->key) : 0) != CSTN_OK)
			return CSTN_E_NOMEM;
	}
	into->total += from->total - from->list.count;
	return CSTN_OK;
}

/* --- the object that is handed out --- */

cstn_status cstn__row_errors_new(
		const cstn_allocator *allocator, cstn_row_errors **out, cstn_error **error)
{
	cstn_allocator read;
	cstn_row_errors *errors;
	cstn_status status = cstn__allocator_read(allocator, &read, error);

	if (status != CSTN_OK)
		return status;
	errors = cstn__alloc_zero(&read, sizeof(*errors));
	if (!errors)
		return cstn__fail_nomem(error);
	errors->allocator = read;
	cstn__arena_init(&errors->columns.names, &read);
	cstn__arena_init(&errors->texts, &read);
	*out = errors;
	return CSTN_OK;
}

static void empty(cstn_row_errors *errors)
{
	cstn__free(&errors->allocator, errors->items, errors->count * sizeof(struct entry));
	free_columns(&errors->columns);
	cstn__arena_free(&errors->texts);
	errors->items = NULL;
	errors->count = 0;
}

/* In place of a text of a sink one of the object's own; 0 or -1. */
static int copy_text(cstn_row_errors *errors, char **text)
{
	if (!*text)
		return 0;
	*text = cstn__arena_copy(&errors->texts, *text, strlen(*text));
	return *text ? 0 : -1;
}

/* Sorted copies of all that a sink keeps, into an empty object; 0 or -1. */
static int copy_sink(cstn_row_errors *errors, const cstn__row_sink *sink)
{
	size_t all = sink->list.count, count = all < KEPT_MAX ? all : KEPT_MAX;
	struct entry *sorted = cstn__alloc(&sink->allocator, all * sizeof(struct entry));
	int failed = 0;

	errors->items = cstn__alloc(&errors->allocator, count * sizeof(struct entry));
	if (!sorted || !errors->items) {
		failed = -1;
	} else {
		errors->count = count;
		if (all)
			memcpy(sorted, sink->list.items, all * sizeof(struct entry));
		cstn__sort(sorted, all, sizeof(struct entry), compare_entries, NULL);
	}
	for (size_t i = 0; !failed && i < count; i++) {
		errors->items[i] = sorted[i];
		failed = copy_text(errors, &errors->items[i].text) ||
							 copy_text(errors, &errors->items[i].key)
					 ? -1
					 : 0;
	}
	for (size_t i = 0; !failed && i < sink->columns.list.count; i++)
		failed = add_column(&errors->columns, sink->columns.list.items[i].field,
				sink->columns.list.items[i].name);
	cstn__free(&sink->allocator, sorted, all * sizeof(struct entry));
	errors->total = sink->total;
	return failed;
}

cstn_status cstn__row_errors_fill(cstn_row_errors *errors, const cstn__row_sink *sink)
{
	cstn_row_errors filled = {.allocator = errors->allocator};

	cstn__arena_init(&filled.columns.names, &errors->allocator);
	cstn__arena_init(&filled.texts, &errors->allocator);
	if (copy_sink(&filled, sink)) {
		if (!filled.count) /* allocated, but not yet counted */
			cstn__free(&filled.allocator, filled.items,
					(sink->list.count < KEPT_MAX ? sink->list.count
								     : KEPT_MAX) *
							sizeof(struct entry));
		else
			cstn__free(&filled.allocator, filled.items,
					filled.count * sizeof(struct entry));
		filled.items = NULL;
		filled.count = 0;
		empty(&filled);
		return CSTN_E_NOMEM;
	}
	empty(errors);
	*errors = filled;
	return CSTN_OK;
}

cstn_status cstn__row_sink_finish(
		const cstn__row_sink *sink, cstn_row_errors **out, cstn_error **error)
{
	cstn_row_errors *errors = NULL;
	cstn_status status;

	if (!sink->total) {
		*out = NULL;
		return CSTN_OK;
	}
	status = cstn__row_errors_new(&sink->allocator, &errors, error);
	if (status != CSTN_OK)
		return status;
	if (cstn__row_errors_fill(errors, sink) != CSTN_OK) {
		cstn_row_errors_free(errors);
		return cstn__fail_nomem(error);
	}
	*out = errors;
	return CSTN_OK;
}

const cstn_allocator *cstn__row_errors_allocator(const cstn_row_errors *errors)
{
	return &errors->allocator;
}

size_t cstn_row_errors_count(const cstn_row_errors *errors)
{
	return errors ? errors->count : 0;
}

uint64_t cstn_row_errors_total(const cstn_row_errors *errors)
{
	return errors ? errors->total : 0;
}

cstn_status cstn_row_errors_at(const cstn_row_errors *errors, size_t index, cstn_row_error *out,
		cstn_error **error)
{
	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	if (index >= cstn_row_errors_count(errors))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"index %zu is not below the count %zu", index,
				cstn_row_errors_count(errors));
	*out = errors->items[index].error;
	return CSTN_OK;
}

const char *cstn_row_errors_column(const cstn_row_errors *errors, size_t index)
{
	size_t c;

	if (index >= cstn_row_errors_count(errors))
		return "";
	c = find_column(&errors->columns, errors->items[index].error.field, 0);
	return c < errors->columns.list.count ? errors->columns.list.items[c].name : "";
}

const char *cstn_row_errors_value(const cstn_row_errors *errors, size_t index)
{
	return index < cstn_row_errors_count(errors) ? errors->items[index].text : NULL;
}

const char *cstn_row_errors_key(const cstn_row_errors *errors, size_t index)
{
	return index < cstn_row_errors_count(errors) ? errors->items[index].key : NULL;
}

size_t cstn_row_errors_copy_message(
		const cstn_row_errors *errors, size_t index, char *buffer, size_t size)
{
	const struct entry *entry;
	const char *column, *rule;
	char name[TEXT_LIMIT + 1];
	int wanted;

	if (index >= cstn_row_errors_count(errors)) {
		if (buffer && size)
			buffer[0] = '\0';
		return 0;
	}
	entry = &errors->items[index];
	column = cstn_row_errors_column(errors, index);
	name[cstn__text_clean(column, strlen(column), name, TEXT_LIMIT)] = '\0';
	rule = cstn__row_code_rule(entry->error.code);
	wanted = snprintf(buffer, buffer ? size : 0, "row %" PRIu64 "%s%s%s%s%s%s: %s%s%s%s",
			entry->error.row, entry->key ? " of '" : "", entry->key ? entry->key : "",
			entry->key ? "'" : "", *name ? ", column '" : "", name, *name ? "'" : "",
			entry->text ? "'" : "", entry->text ? entry->text : "",
			entry->text ? "' " : "", rule);
	return wanted > 0 ? (size_t)wanted : 0;
}

void cstn_row_errors_free(cstn_row_errors *errors)
{
	cstn_allocator allocator;

	if (!errors)
		return;
	empty(errors);
	allocator = errors->allocator;
	cstn__free(&allocator, errors, sizeof(*errors));
}
