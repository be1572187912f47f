/* The first row of a CSV file, and which of its columns the schema names.
 *
 * The header is read byte by byte from a first small window; what follows it in that window becomes
 * the beginning of the next one. Errors about columns are complete: every absent column with the
 * names that are like it, every name that comes twice with both positions. Cost: O(bytes of the
 * row), and the square of the number of columns to find names that come twice. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "table/csv_reader.h"

#define OPEN_BYTES ((size_t)64 * 1024)
#define MARK_BYTES 3

/* ---- the header ---- */

/* Names of the file's columns; text lies in the arena. */
struct header {
	cstn__arena arena;
	const char **names;
	size_t *lens;
	uint32_t n;
	uint32_t end; /* place of the first byte after the header */
};

/* Load the window until it holds a whole first row; *end is the place of its line end. */
static cstn_status load_first_row(
		cstn_csv_reader *reader, uint32_t begin, uint32_t *end, cstn_error **error)
{
	cstn__csv_window *window = &reader->windows[0];
	int state = CSTN__CSV_FIELD_START, bad = 0;
	uint32_t from = begin;

	for (;;) {
		size_t want = window->size, got;
		cstn_status status;

		*end = cstn__csv_row_end(window->data, from, (uint32_t)window->size,
				reader->format.delimiter, reader->format.quote, &state, &bad);
		if (bad)
			return cstn__fail(error, CSTN_E_FORMAT,
					"line %" PRIu64 ": a quote inside an unquoted field, or "
					"text after a closing quote",
					reader->line);
		if (*end < window->size)
			return CSTN_OK;
		if (reader->at_end)
			break;
		if (window->size > CSTN__CSV_ROW_MAX)
			return cstn__fail(
					error, CSTN_E_LIMIT, "the first row is longer than 16 MiB");
		from = *end;
		if (cstn__csv_window_reserve(reader, window, window->size + want) != CSTN_OK)
			return cstn__fail_nomem(error);
		status = cstn__csv_source_read(
				reader->source, window->data + window->size, want, &got, error);
		if (status != CSTN_OK)
			return status;
		window->size += got;
		reader->at_end = got < want;
	}
	if (state == CSTN__CSV_QUOTED)
		return cstn__fail(error, CSTN_E_FORMAT,
				"the quote that opens on line %" PRIu64 " is not closed",
				reader->line);
	return CSTN_OK;
}

static uint32_t count_fields(const cstn_csv_reader *reader, uint32_t begin, uint32_t end)
{
	const uint8_t *data = reader->windows[0].data;
	int inside = 0;
	uint32_t i, n = 1;

	for (i = begin; i < end; i++) {
		if (data[i] == reader->format.quote)
			inside = !inside;
		n += !inside && data[i] == reader->format.delimiter;
	}
	return n;
}

/* The names of the row [begin, end). */
static cstn_status split_header(cstn_csv_reader *reader, uint32_t begin, uint32_t end,
		struct header *header, cstn_error **error)
{
	const uint8_t *data = reader->windows[0].data;
	const uint8_t quote = reader->format.quote;
	uint32_t n = count_fields(reader, begin, end), i;

	if (n > CSTN__CSV_COLUMNS_MAX)
		return cstn__fail(error, CSTN_E_LIMIT,
				"the file has %" PRIu32 " columns, at most %d are read", n,
				CSTN__CSV_COLUMNS_MAX);
	header->names = cstn__arena_alloc(&header->arena, n * sizeof(*header->names));
	header->lens = cstn__arena_alloc(&header->arena, n * sizeof(*header->lens));
	if (header->names == NULL || header->lens == NULL)
		return cstn__fail_nomem(error);
	for (i = 0; i < n; i++) {
		const uint8_t *from = data + begin, *to;
		int inside = 0;
		char *name;

		for (; begin < end && (inside || data[begin] != reader->format.delimiter); begin++)
			if (data[begin] == quote)
				inside = !inside;
		to = data + begin++;
		name = cstn__arena_alloc(&header->arena, (size_t)(to - from) + 1);
		if (name == NULL)
			return cstn__fail_nomem(error);
		if (cstn__csv_unquote(quote, &from, &to)) {
			header->lens[i] = cstn__csv_undouble(quote, from, to, (uint8_t *)name);
		} else {
			header->lens[i] = (size_t)(to - from);
			memcpy(name, from, header->lens[i]);
		}
		name[header->lens[i]] = '\0';
		header->names[i] = name;
		if (memchr(name, 0, header->lens[i]) != NULL ||
				!cstn__utf8_is_valid((const uint8_t *)name, header->lens[i]))
			return cstn__fail(error, CSTN_E_FORMAT,
					"the name of column %" PRIu32 " is not UTF-8", i + 1);
	}
	header->n = n;
	return CSTN_OK;
}

/* Byte order marks: that of UTF-8 is skipped, the others say which encoding it is. */
static cstn_status skip_mark(const cstn_csv_reader *reader, uint32_t *begin, cstn_error **error)
{
	const cstn__csv_window *window = &reader->windows[0];

	*begin = 0;
	if (window->size >= 2 && (memcmp(window->data, "\xff\xfe", 2) == 0 ||
						 memcmp(window->data, "\xfe\xff", 2) == 0))
		return cstn__fail(error, CSTN_E_FORMAT,
				"the file is UTF-16 by its byte order mark, UTF-8 expected");
	if (window->size >= 3 && memcmp(window->data, "\xef\xbb\xbf", 3) == 0)
		*begin = 3;
	return CSTN_OK;
}

static cstn_status load_first_bytes(cstn_csv_reader *reader, cstn_error **error)
{
	cstn__csv_window *window = &reader->windows[0];
	size_t want = reader->tuning.window_bytes, got;
	cstn_status status;

	if (want > OPEN_BYTES)
		want = OPEN_BYTES;
	if (want < MARK_BYTES)
		want = MARK_BYTES;
	if (cstn__csv_window_reserve(reader, window, want) != CSTN_OK)
		return cstn__fail_nomem(error);
	status = cstn__csv_source_read(reader->source, window->data, want, &got, error);
	if (status != CSTN_OK && got == 0)
		return status;
	if (status != CSTN_OK) { /* told after the rows that were read */
		reader->failure = status;
		if (error != NULL) {
			reader->failure_error = *error;
			*error = NULL;
		}
	}
	window->size = got;
	reader->at_end = got < want;
	return CSTN_OK;
}

/* Skip empty lines, then read the names. */
static cstn_status read_header(
		cstn_csv_reader *reader, uint32_t begin, struct header *header, cstn_error **error)
{
	cstn__csv_window *window = &reader->windows[0];
	uint32_t end, stop;
	cstn_status status;

	for (;; begin = end + 1) {
		status = load_first_row(reader, begin, &end, error);
		if (status != CSTN_OK)
			return status;
		stop = end > begin && window->data[end - 1] == '\r' ? end - 1 : end;
		if (stop > begin)
			break;
		if (end == window->size)
			return cstn__fail(error, CSTN_E_FORMAT,
					"the file is empty, a header line expected");
		reader->line++;
	}
	if (end == window->size && reader->failure != CSTN_OK)
		return cstn__fail(error, reader->failure, "%s",
				cstn_error_message(reader->failure_error));
	status = split_header(reader, begin, stop, header, error);
	if (status != CSTN_OK)
		return status;
	header->end = end < window->size ? end + 1 : end;
	reader->line += cstn__csv_count(
			window->data + begin, header->end - begin, '\n', reader->tuning.simd);
	return CSTN_OK;
}

/* ---- columns ---- */

static int same_name(const struct header *header, uint32_t i, const char *name, size_t len)
{
	return header->lens[i] == len && memcmp(header->names[i], name, len) == 0;
}

static void say_double(cstn__bytes *text, const struct header *header, uint32_t i, uint32_t j)
{
	cstn__bytes_put_format(text,
			"%scolumn '%s' comes twice, at positions %" PRIu32 " and %" PRIu32,
			text->size > 0 ? "; " : "", header->names[i], i + 1, j + 1);
}

static void say_absent(
		cstn__bytes *text, const struct header *header, const cstn__schema_column *column)
{
	int32_t similar = cstn__text_similar(column->name, header->names, header->n);

	cstn__bytes_put_format(
			text, "%scolumn '%s' is absent", text->size > 0 ? "; " : "", column->name);
	if (similar >= 0)
		cstn__bytes_put_format(text, ", similar: '%s'", header->names[similar]);
}

/* Every name that comes twice (the empty one may, where nobody asks for it). */
static void find_doubles(cstn__bytes *text, const struct header *header, int empty_asked)
{
	uint32_t i, j;

	for (i = 0; i < header->n; i++) {
		if (header->lens[i] == 0 && !empty_asked)
			continue;
		for (j = i + 1; j < header->n; j++)
			if (same_name(header, j, header->names[i], header->lens[i])) {
				say_double(text, header, i, j);
				break;
			}
	}
}

static void bind_column(cstn_csv_reader *reader, const cstn__schema_column *decl, uint32_t field,
		uint32_t index)
{
	cstn__csv_column *column = reader->columns + field;

	column->decl = decl;
	column->form = decl->form;
	if (!decl->has_form)
		cstn__time_form_compile(NULL, &column->form);
	column->field = (int32_t)field;
	column->index = index;
	column->last = index + 1 == reader->file_columns;
	column->text = decl->type == CSTN_TYPE_TEXT || decl->type == CSTN_TYPE_BYTES;
	column->null_ok = decl->nullable;
	column->bitmap = decl->nullable || (reader->flags & CSTN_CSV_BAD_NULL) != 0;
	reader->n_text += column->text;
}

static void find_columns(cstn_csv_reader *reader, const struct header *header, cstn__bytes *text)
{
	const cstn__schema_column *decls;
	size_t n, c;
	uint32_t i;
	int empty_asked = (reader->flags & CSTN_CSV_STRICT) != 0;

	decls = cstn__schema_columns(reader->schema, &n);
	for (c = 0; c < n; c++)
		empty_asked |= decls[c].name_len == 0;
	find_doubles(text, header, empty_asked);
	for (c = 0; c < n; c++) {
		for (i = 0; i < header->n; i++)
			if (same_name(header, i, decls[c].name, decls[c].name_len))
				break;
		if (i == header->n)
			say_absent(text, header, decls + c);
		else
			bind_column(reader, decls + c, (uint32_t)c, i);
	}
	for (i = 0; (reader->flags & CSTN_CSV_STRICT) && i < header->n; i++) {
		for (c = 0; c < n; c++)
			if (same_name(header, i, decls[c].name, decls[c].name_len))
				break;
		if (c == n)
			cstn__bytes_put_format(text, "%scolumn '%s' is not in the schema",
					text->size > 0 ? "; " : "", header->names[i]);
	}
}

static cstn_status bind_by_name(
		cstn_csv_reader *reader, const struct header *header, cstn_error **error)
{
	cstn__bytes text;
	cstn_status status = CSTN_OK;

	cstn__bytes_init(&text, &reader->allocator);
	reader->file_columns = header->n;
	find_columns(reader, header, &text);
	if (text.failed)
		status = cstn__fail_nomem(error);
	else if (text.size > 0)
		status = cstn__fail(error, CSTN_E_SCHEMA, "%.*s", (int)text.size,
				(const char *)text.data);
	cstn__bytes_free(&text);
	return status;
}

/* Room for the schema's columns. */
static cstn_status alloc_columns(cstn_csv_reader *reader, cstn_error **error)
{
	size_t n;

	cstn__schema_columns(reader->schema, &n);
	reader->columns = cstn__alloc_zero(
			&reader->allocator, cstn__array_size(n, sizeof(*reader->columns)));
	if (reader->columns == NULL)
		return cstn__fail_nomem(error);
	reader->n_columns = (uint32_t)n;
	return CSTN_OK;
}

/* Columns in the order of the file. */
static void bind_in_order(cstn_csv_reader *reader)
{
	const cstn__schema_column *decls;
	size_t n;
	uint32_t c;

	decls = cstn__schema_columns(reader->schema, &n);
	reader->file_columns = (uint32_t)n;
	for (c = 0; c < reader->n_columns; c++)
		bind_column(reader, decls + c, c, c);
}

/* Names for a file without a header: column_1, column_2. */
static cstn_status number_columns(
		cstn_csv_reader *reader, uint32_t begin, struct header *header, cstn_error **error)
{
	uint32_t end, i;
	cstn_status status;

	status = load_first_row(reader, begin, &end, error);
	if (status == CSTN_OK)
		status = split_header(reader, begin, end, header, error);
	if (status != CSTN_OK)
		return status;
	for (i = 0; i < header->n; i++) {
		char name[32];

		header->lens[i] = (size_t)snprintf(name, sizeof(name), "column_%" PRIu32, i + 1);
		header->names[i] = cstn__arena_copy(&header->arena, name, header->lens[i]);
		if (header->names[i] == NULL)
			return cstn__fail_nomem(error);
	}
	header->end = begin;
	return CSTN_OK;
}

/* A schema of the file's own: every column, as the bytes it holds. */
static cstn_status make_schema(
		cstn_csv_reader *reader, const struct header *header, cstn_error **error)
{
	cstn__bytes text;
	cstn_status status = CSTN_OK;
	uint32_t i;

	cstn__bytes_init(&text, &reader->allocator);
	find_doubles(&text, header, 1);
	if (!text.failed && text.size > 0)
		status = cstn__fail(error, CSTN_E_SCHEMA, "%.*s", (int)text.size,
				(const char *)text.data);
	text.size = 0;
	for (i = 0; i < header->n && status == CSTN_OK; i++) {
		cstn__csv_put_schema_name(&text, header->names[i], header->lens[i]);
		cstn__bytes_put_text(&text, " bytes null\n");
	}
	if (text.failed)
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK)
		status = cstn_schema_parse((const char *)text.data, text.size, &reader->allocator,
				&reader->schema, error);
	cstn__bytes_free(&text);
	return status;
}

void cstn__csv_put_schema_name(cstn__bytes *text, const char *name, size_t len)
{
	size_t i;

	cstn__bytes_put_u8(text, '"');
	for (i = 0; i < len; i++) {
		if (name[i] == '"')
			cstn__bytes_put_u8(text, '"');
		cstn__bytes_put(text, name + i, 1);
	}
	cstn__bytes_put_u8(text, '"');
}

static cstn_status bind_header(
		cstn_csv_reader *reader, uint32_t begin, struct header *header, cstn_error **error)
{
	int own_schema = reader->schema == NULL;
	cstn_status status;

	if (!(reader->flags & CSTN_CSV_NO_HEADER))
		status = read_header(reader, begin, header, error);
	else
		status = number_columns(reader, begin, header, error);
	if (status == CSTN_OK && own_schema)
		status = make_schema(reader, header, error);
	if (status == CSTN_OK)
		status = alloc_columns(reader, error);
	if (status != CSTN_OK)
		return status;
	if (!own_schema)
		return bind_by_name(reader, header, error);
	bind_in_order(reader);
	return CSTN_OK;
}

cstn_status cstn__csv_bind_columns(cstn_csv_reader *reader, cstn_error **error)
{
	struct header header;
	uint32_t begin = 0;
	cstn_status status;

	status = load_first_bytes(reader, error);
	if (status == CSTN_OK)
		status = skip_mark(reader, &begin, error);
	if (status != CSTN_OK)
		return status;
	memset(&header, 0, sizeof(header));
	cstn__arena_init(&header.arena, &reader->allocator);
	if ((reader->flags & CSTN_CSV_NO_HEADER) && reader->schema != NULL) {
		status = alloc_columns(reader, error);
		if (status == CSTN_OK)
			bind_in_order(reader);
		header.end = begin;
	} else {
		status = bind_header(reader, begin, &header, error);
	}
	reader->tail = header.end;
	reader->tail_line = reader->line;
	cstn__arena_free(&header.arena);
	return status;
}
