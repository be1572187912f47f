/* A declared schema: read from text, written as text, asked.
 *
 * The text is one column a line: a name, a type, options. Quotes hold what is no word: spaces, line
 * ends, nothing at all. cstn_schema_format() writes options in one order and quotes only where they
 * are needed, so what it writes reads back to the same schema and is written again as the same
 * bytes. A schema is one arena, built whole before anyone sees it, then only read. Cost: linear,
 * names are compared through a hash table. */
#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/map.h"
#include "base/text.h"
#include "table/schema.h"

#define MAX_COLUMNS 1024
#define MAX_SCALE 18
#define DAY_SECONDS 86400

struct cstn_schema {
	cstn_allocator allocator;
	atomic_size_t references;
	cstn__arena arena;
	CSTN__ARRAY(cstn__schema_column) columns;
};

static const char *const type_names[] = {"unknown", "flag", "int32", "int64", "double", "text",
		"bytes", "date", "timestamp", "decimal"};
#define TYPE_COUNT ((int32_t)(sizeof(type_names) / sizeof(type_names[0])))

const char *cstn_type_name(int32_t type)
{
	return type_names[type > 0 && type < TYPE_COUNT ? type : 0];
}

/* --- reading ---------------------------------------------------------------------------------- */

typedef struct schema_reader {
	const char *text;
	size_t len, at;
	int32_t line;
	cstn_schema *schema;
	cstn__interner names;
	cstn__bytes token;  /* the token's text, quotes taken off */
	int token_quoted;   /* it began with a quote */
	size_t token_value; /* where the value behind the first `=` begins; 0: none */
	cstn_error **error;
} schema_reader;

/* The missing texts of the column that is being read. */
typedef struct missing_texts {
	CSTN__ARRAY(const char *) texts;
	CSTN__ARRAY(size_t) lens;
} missing_texts;

static int is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void skip_spaces(schema_reader *reader)
{
	while (reader->at < reader->len && is_space(reader->text[reader->at]))
		reader->at++;
}

static int at_line_end(const schema_reader *reader)
{
	return reader->at >= reader->len || reader->text[reader->at] == '\n';
}

static cstn_status read_quoted(schema_reader *reader)
{
	int32_t line = reader->line;

	reader->at++;
	for (;;) {
		char c;

		if (reader->at >= reader->len)
			return cstn__fail(reader->error, CSTN_E_FORMAT,
					"line %d: a quote is not closed", (int)line);
		c = reader->text[reader->at++];
		if (c == '"') {
			if (reader->at >= reader->len || reader->text[reader->at] != '"')
				return CSTN_OK;
			reader->at++;
		}
		if (c == '\n')
			reader->line++;
		cstn__bytes_put_u8(&reader->token, (uint8_t)c);
	}
}

/* A word, a quoted text, or word="quoted text". */
static cstn_status read_token(schema_reader *reader)
{
	cstn_status status = CSTN_OK;

	reader->token.size = 0;
	reader->token_value = 0;
	reader->token_quoted = reader->text[reader->at] == '"';
	if (reader->token_quoted)
		status = read_quoted(reader);
	while (status == CSTN_OK && !at_line_end(reader) && !is_space(reader->text[reader->at])) {
		char c = reader->text[reader->at];

		if (reader->token_quoted)
			return cstn__fail(reader->error, CSTN_E_FORMAT,
					"line %d: a space is missing behind a quote",
					(int)reader->line);
		if (c == '"') {
			if (reader->token_value == 0 || reader->token_value != reader->token.size)
				return cstn__fail(reader->error, CSTN_E_FORMAT,
						"line %d: a quote inside a word",
						(int)reader->line);
			reader->token_quoted = 1;
			status = read_quoted(reader);
			continue;
		}
		reader->at++;
		cstn__bytes_put_u8(&reader->token, (uint8_t)c);
		if (c == '=' && reader->token_value == 0)
			reader->token_value = reader->token.size;
	}
	cstn__bytes_put_u8(&reader->token, 0);
	if (status == CSTN_OK && reader->token.failed)
		status = cstn__fail_nomem(reader->error);
	if (status == CSTN_OK)
		reader->token.size--;
	return status;
}

static const char *token_text(const schema_reader *reader)
{
	return (const char *)reader->token.data;
}

static cstn_status read_name(schema_reader *reader, cstn__schema_column *column)
{
	cstn_schema *schema = reader->schema;
	uint32_t code;
	cstn_status status = read_token(reader);

	if (status != CSTN_OK)
		return status;
	if (schema->columns.count >= MAX_COLUMNS)
		return cstn__fail(reader->error, CSTN_E_FORMAT, "line %d: more than %d columns",
				(int)reader->line, MAX_COLUMNS);
	code = cstn__intern(&reader->names, token_text(reader), reader->token.size);
	if (code == UINT32_MAX)
		return cstn__fail_nomem(reader->error);
	if (code < schema->columns.count)
		return cstn__fail(reader->error, CSTN_E_SCHEMA,
				"line %d: column '%s' is there twice, as columns %u and %zu",
				(int)reader->line, token_text(reader), (unsigned)code + 1,
				schema->columns.count + 1);
	column->name_len = reader->token.size;
	column->name = cstn__arena_copy(&schema->arena, token_text(reader), reader->token.size);
	return column->name ? CSTN_OK : cstn__fail_nomem(reader->error);
}

static cstn_status read_type(schema_reader *reader, cstn__schema_column *column)
{
	int32_t i;
	cstn_status status;

	skip_spaces(reader);
	if (at_line_end(reader))
		return cstn__fail(reader->error, CSTN_E_FORMAT, "line %d: column '%s' has no type",
				(int)reader->line, column->name);
	status = read_token(reader);
	if (status != CSTN_OK)
		return status;
	for (i = 1; i < TYPE_COUNT; i++)
		if (strcmp(token_text(reader), type_names[i]) == 0) {
			column->type = i;
			return CSTN_OK;
		}
	return cstn__fail(reader->error, CSTN_E_FORMAT,
			"line %d: column '%s' has the unknown type '%s'; flag int32 int64 double "
			"text "
			"bytes date timestamp decimal",
			(int)reader->line, column->name, token_text(reader));
}

static int two_digits(const char *text)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return -1;
	return (text[0] - '0') * 10 + text[1] - '0';
}

static int read_zone(const char *text, int32_t *out)
{
	int hours, minutes;

	*out = 0;
	if (strcmp(text, "utc") == 0)
		return 0;
	if (strlen(text) != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
		return -1;
	hours = two_digits(text + 1);
	minutes = two_digits(text + 4);
	if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
		return -1;
	*out = (hours * 3600 + minutes * 60) * (text[0] == '-' ? -1 : 1);
	assert(*out > -DAY_SECONDS && *out < DAY_SECONDS);
	return 0;
}

static cstn_status option_fail(schema_reader *reader, const cstn__schema_column *column)
{
	return cstn__fail(reader->error, CSTN_E_FORMAT,
			"line %d: option '%s' does not fit column '%s' of type %s; null, "
			"scale=0..18 "
			"(decimal), form=F (date, timestamp), zone=utc or zone=+HH:MM (timestamp), "
			"missing=TEXT, each once but missing",
			(int)reader->line, token_text(reader), column->name,
			cstn_type_name(column->type));
}

static cstn_status read_form(
		schema_reader *reader, cstn__schema_column *column, const char *value, size_t len)
{
	if (column->has_form || (column->type != CSTN_TYPE_DAYS && column->type != CSTN_TYPE_TIME))
		return option_fail(reader, column);
	if (strlen(value) != len || cstn__time_form_compile(value, &column->form) != 0)
		return cstn__fail(reader->error, CSTN_E_FORMAT,
				"line %d: '%s' is no form of a date or time such as 'DD.MM.YYYY'",
				(int)reader->line, value);
	column->has_form = 1;
	column->form_text = cstn__arena_copy(&reader->schema->arena, value, len);
	return column->form_text ? CSTN_OK : cstn__fail_nomem(reader->error);
}

static cstn_status read_missing(
		schema_reader *reader, missing_texts *missing, const char *value, size_t len)
{
	const cstn_allocator *allocator = &reader->schema->allocator;
	char *copy = cstn__arena_copy(&reader->schema->arena, value, len);

	if (!copy || cstn__array_reserve(allocator, &missing->texts, 1) != 0 ||
			cstn__array_reserve(allocator, &missing->lens, 1) != 0)
		return cstn__fail_nomem(reader->error);
	missing->texts.items[missing->texts.count++] = copy;
	missing->lens.items[missing->lens.count++] = len;
	return CSTN_OK;
}

static cstn_status read_option(schema_reader *reader, cstn__schema_column *column,
		missing_texts *missing, int *scaled)
{
	cstn_status status = read_token(reader);
	const char *text = token_text(reader), *value;
	size_t name_len = reader->token_value, len;
	int64_t scale;

	if (status != CSTN_OK)
		return status;
	value = text + name_len;
	len = reader->token.size - name_len;
	if (name_len == 0 && strcmp(text, "null") == 0 && !reader->token_quoted &&
			!column->nullable) {
		column->nullable = 1;
		return CSTN_OK;
	}
	if (name_len == 6 && memcmp(text, "scale=", 6) == 0) {
		if (column->type != CSTN_TYPE_DECIMAL || *scaled || len < 1 || len > 2 ||
				value[0] < '0' || value[0] > '9' ||
				cstn__parse_i64(value, len, &scale) != 0 || scale > MAX_SCALE)
			return option_fail(reader, column);
		*scaled = 1;
		column->scale = (int32_t)scale;
		return CSTN_OK;
	}
	if (name_len == 5 && memcmp(text, "form=", 5) == 0)
		return read_form(reader, column, value, len);
	if (name_len == 5 && memcmp(text, "zone=", 5) == 0) {
		if (column->type != CSTN_TYPE_TIME || column->has_zone ||
				read_zone(value, &column->zone_seconds) != 0)
			return option_fail(reader, column);
		column->has_zone = 1;
		return CSTN_OK;
	}
	if (name_len == 8 && memcmp(text, "missing=", 8) == 0)
		return read_missing(reader, missing, value, len);
	return option_fail(reader, column);
}

static cstn_status keep_missing(
		schema_reader *reader, cstn__schema_column *column, const missing_texts *missing)
{
	size_t n = missing->texts.count;
	const char **texts;
	size_t *lens;

	if (n == 0)
		return CSTN_OK;
	texts = cstn__arena_alloc(&reader->schema->arena, n * sizeof(*texts));
	lens = cstn__arena_alloc(&reader->schema->arena, n * sizeof(*lens));
	if (!texts || !lens)
		return cstn__fail_nomem(reader->error);
	memcpy(texts, missing->texts.items, n * sizeof(*texts));
	memcpy(lens, missing->lens.items, n * sizeof(*lens));
	column->missing = texts;
	column->missing_len = lens;
	column->n_missing = n;
	return CSTN_OK;
}

static cstn_status read_column(schema_reader *reader)
{
	const cstn_allocator *allocator = &reader->schema->allocator;
	cstn__schema_column column = {0};
	missing_texts missing = {0};
	int scaled = 0;
	cstn_status status;

	status = read_name(reader, &column);
	if (status == CSTN_OK)
		status = read_type(reader, &column);
	while (status == CSTN_OK) {
		skip_spaces(reader);
		if (at_line_end(reader))
			break;
		status = read_option(reader, &column, &missing, &scaled);
	}
	if (status == CSTN_OK)
		status = keep_missing(reader, &column, &missing);
	cstn__array_free(allocator, &missing.texts);
	cstn__array_free(allocator, &missing.lens);
	if (status != CSTN_OK)
		return status;
	if (cstn__array_reserve(allocator, &reader->schema->columns, 1) != 0)
		return cstn__fail_nomem(reader->error);
	reader->schema->columns.items[reader->schema->columns.count++] = column;
	return CSTN_OK;
}

static cstn_status read_lines(schema_reader *reader)
{
	cstn_status status = CSTN_OK;

	while (status == CSTN_OK && reader->at < reader->len) {
		skip_spaces(reader);
		if (!at_line_end(reader) && reader->text[reader->at] == '#')
			while (!at_line_end(reader))
				reader->at++;
		if (!at_line_end(reader))
			status = read_column(reader);
		if (status == CSTN_OK && reader->at < reader->len) {
			reader->at++;
			reader->line++;
		}
	}
	return status;
}

/* Which line has the first byte that no schema may have: 0 none. */
static int32_t bad_line(const char *text, size_t len)
{
	size_t start = 0;
	int32_t line = 1;

	while (start < len) {
		const char *end = memchr(text + start, '\n', len - start);
		size_t size = (end ? (size_t)(end - text) : len) - start;

		if (memchr(text + start, 0, size) ||
				!cstn__utf8_is_valid((const uint8_t *)text + start, size))
			return line;
		start += size + 1;
		line++;
	}
	return 0;
}

cstn_status cstn_schema_parse(const char *text, size_t len, const cstn_allocator *allocator,
		cstn_schema **out, cstn_error **error)
{
	schema_reader reader = {0};
	cstn_allocator own;
	cstn_status status;

	if (!out || (!text && len > 0))
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "%s is NULL", out ? "text" : "out");
	status = cstn__allocator_read(allocator, &own, error);
	if (status != CSTN_OK)
		return status;
	if (len > 0 && bad_line(text, len) != 0)
		return cstn__fail(error, CSTN_E_FORMAT, "line %d: not UTF-8, or a NUL byte",
				(int)bad_line(text, len));
	reader.schema = cstn__alloc_zero(&own, sizeof(*reader.schema));
	if (!reader.schema)
		return cstn__fail_nomem(error);
	reader.schema->allocator = own;
	atomic_init(&reader.schema->references, 1);
	cstn__arena_init(&reader.schema->arena, &own);
	cstn__interner_init(&reader.names, &own, 0);
	cstn__bytes_init(&reader.token, &own);
	reader.text = text;
	reader.len = len;
	reader.line = 1;
	reader.error = error;
	status = read_lines(&reader);
	cstn__bytes_free(&reader.token);
	cstn__interner_free(&reader.names);
	if (status != CSTN_OK) {
		cstn_schema_unref(reader.schema);
		return status;
	}
	*out = reader.schema;
	return CSTN_OK;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void put_quoted(cstn__bytes *bytes, const char *text, size_t len)
{
	size_t i;

	cstn__bytes_put_u8(bytes, '"');
	for (i = 0; i < len; i++) {
		if (text[i] == '"')
			cstn__bytes_put_u8(bytes, '"');
		cstn__bytes_put_u8(bytes, (uint8_t)text[i]);
	}
	cstn__bytes_put_u8(bytes, '"');
}

static void put_word(cstn__bytes *bytes, const char *text, size_t len, int is_name)
{
	size_t i;
	int plain = len > 0 && !(is_name && text[0] == '#');

	for (i = 0; i < len; i++)
		if (is_space(text[i]) || text[i] == '\n' || text[i] == '"')
			plain = 0;
	if (plain)
		cstn__bytes_put(bytes, text, len);
	else
		put_quoted(bytes, text, len);
}

static void put_column(cstn__bytes *bytes, const cstn__schema_column *column)
{
	size_t i;

	put_word(bytes, column->name, column->name_len, 1);
	cstn__bytes_put_format(bytes, " %s", cstn_type_name(column->type));
	if (column->nullable)
		cstn__bytes_put_text(bytes, " null");
	if (column->type == CSTN_TYPE_DECIMAL)
		cstn__bytes_put_format(bytes, " scale=%d", (int)column->scale);
	if (column->has_form) {
		cstn__bytes_put_text(bytes, " form=");
		put_word(bytes, column->form_text, strlen(column->form_text), 0);
	}
	if (column->has_zone && column->zone_seconds == 0)
		cstn__bytes_put_text(bytes, " zone=utc");
	else if (column->has_zone) {
		int32_t seconds = column->zone_seconds < 0 ? -column->zone_seconds
							   : column->zone_seconds;

		cstn__bytes_put_format(bytes, " zone=%c%02d:%02d",
				column->zone_seconds < 0 ? '-' : '+', (int)(seconds / 3600),
				(int)(seconds / 60 % 60));
	}
	for (i = 0; i < column->n_missing; i++) {
		cstn__bytes_put_text(bytes, " missing=");
		put_quoted(bytes, column->missing[i], column->missing_len[i]);
	}
	cstn__bytes_put_u8(bytes, '\n');
}

cstn_status cstn_schema_format(const cstn_schema *schema, cstn_buffer **out, cstn_error **error)
{
	cstn__bytes bytes;
	size_t i;

	if (!schema || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				schema ? "out" : "schema");
	cstn__bytes_init(&bytes, &schema->allocator);
	for (i = 0; i < schema->columns.count; i++)
		put_column(&bytes, &schema->columns.items[i]);
	return cstn__bytes_to_buffer(&bytes, out, error);
}

/* --- asking ----------------------------------------------------------------------------------- */

const cstn__schema_column *cstn__schema_columns(const cstn_schema *schema, size_t *n)
{
	*n = schema->columns.count;
	return schema->columns.items;
}

static const cstn__schema_column *column_at(const cstn_schema *schema, size_t index)
{
	return schema && index < schema->columns.count ? &schema->columns.items[index] : NULL;
}

size_t cstn_schema_count(const cstn_schema *schema)
{
	return schema ? schema->columns.count : 0;
}

const char *cstn_schema_name(const cstn_schema *schema, size_t index)
{
	const cstn__schema_column *column = column_at(schema, index);

	return column ? column->name : NULL;
}

int32_t cstn_schema_type(const cstn_schema *schema, size_t index)
{
	const cstn__schema_column *column = column_at(schema, index);

	return column ? column->type : 0;
}

int32_t cstn_schema_is_nullable(const cstn_schema *schema, size_t index)
{
	const cstn__schema_column *column = column_at(schema, index);

	return column ? column->nullable : 0;
}

cstn_schema *cstn_schema_ref(cstn_schema *schema)
{
	if (schema)
		atomic_fetch_add_explicit(&schema->references, 1, memory_order_relaxed);
	return schema;
}

void cstn_schema_unref(cstn_schema *schema)
{
	cstn_allocator allocator;

	if (!schema || atomic_fetch_sub_explicit(&schema->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = schema->allocator;
	cstn__array_free(&allocator, &schema->columns);
	cstn__arena_free(&schema->arena);
	cstn__free(&allocator, schema, sizeof(*schema));
}
