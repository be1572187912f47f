/* Events in and out for tests: rows as CSV, so that they can be compared and written by hand. */
#include "event_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const event_calls epcis_calls = {cstn_epcis_read, cstn_epcis_write};
const event_calls dcsa_calls = {cstn_dcsa_read, cstn_dcsa_write};

static const char schema_text[] =
		"event_id text\nsubject_kind text\nsubject_id text\nline_number int32 null\n"
		"type text\nclass text\noccurred timestamp\nutc_offset_minutes int32 null\n"
		"recorded timestamp null\nsource_id text null\nsource_role text null\n"
		"location_id text null\nqty int64 null\nunit text null\nreason text null\n"
		"document_type text null\ndocument_id text null\ncorrects text null\n"
		"code text null\noriginal_id text null\nbusiness_step text null\n"
		"disposition text null\nobjects text null\nextra text null\n"
		"qty_exponent int32 null\n";

static char *copy_of(const char *text)
{
	char *copy = strdup(text);

	ck_assert_ptr_nonnull(copy);
	return copy;
}

/* The rows of a stream as CSV; releases it. */
static char *to_csv(struct ArrowArrayStream *stream)
{
	cstn_buffer *buffer = NULL;
	cstn_error *error = NULL;
	char *csv;

	ck_assert_msg(cstn_csv_write_bytes(stream, NULL, NULL, &buffer, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
	csv = copy_of((const char *)cstn_buffer_data(buffer));
	cstn_buffer_free(buffer);
	return csv;
}

event_rows event_read(const event_calls *calls, const char *json, size_t len,
		const cstn_event_json_options *options)
{
	struct ArrowArrayStream stream = {0};
	cstn_error *error = NULL;
	event_rows rows = {0};

	rows.status = calls->read(json, len, options, NULL, &stream, &rows.bad, &error);
	ck_assert_int_eq(rows.status, cstn_error_code(error));
	rows.message = copy_of(cstn_error_message(error));
	cstn_error_free(error);
	if (stream.release)
		rows.csv = to_csv(&stream);
	return rows;
}

void event_rows_free(event_rows *rows)
{
	free(rows->message);
	free(rows->csv);
	cstn_row_errors_free(rows->bad);
	memset(rows, 0, sizeof(*rows));
}

/* Go over one CSV field, copying it without quotes; the text after it, its comma or line end. */
static const char *next_field(const char *at, char *out, size_t size)
{
	int quoted = *at == '"';
	size_t n = 0;

	at += quoted;
	while (*at) {
		if (quoted && at[0] == '"' && at[1] == '"')
			at++;
		else if (quoted ? *at == '"' : *at == ',' || *at == '\n')
			break;
		if (n + 1 < size)
			out[n++] = *at;
		at++;
	}
	out[n] = '\0';
	return at + quoted;
}

const char *event_value(const event_rows *rows, size_t row, const char *column)
{
	static char field[16384];
	const char *at = rows->csv;
	size_t wanted = SIZE_MAX, line = 0, i = 0;

	ck_assert_ptr_nonnull(at);
	while (*at) {
		at = next_field(at, field, sizeof(field));
		if (line == 0 && strcmp(field, column) == 0)
			wanted = i;
		if (line == row + 1 && i == wanted)
			return field;
		i++;
		if (*at == '\n') {
			line++;
			i = 0;
		}
		at += *at != '\0';
	}
	ck_abort_msg("no row %zu or column %s", row, column);
	return NULL;
}

size_t event_count(const event_rows *rows)
{
	char field[8];
	const char *at = rows->csv;
	size_t lines = 0;

	while (at && *at) {
		at = next_field(at, field, sizeof(field));
		lines += *at == '\n';
		at += *at != '\0';
	}
	return lines > 0 ? lines - 1 : 0;
}

/* A stream of the given columns alone. */
static void from_csv(const char *csv, struct ArrowArrayStream *stream, cstn_csv_reader **reader)
{
	size_t header = strcspn(csv, "\n");
	char text[2048] = "";
	const char *line = schema_text;
	cstn_schema *schema = NULL;
	cstn_error *error = NULL;

	while (*line) {
		size_t len = strcspn(line, "\n") + 1, name = strcspn(line, " ");
		const char *at = csv;

		while (at < csv + header) {
			size_t n = strcspn(at, ",\n");

			if (n == name && memcmp(at, line, n) == 0)
				strncat(text, line, len);
			at += n + 1;
		}
		line += len;
	}
	ck_assert_int_eq(cstn_schema_parse(text, strlen(text), NULL, &schema, NULL), CSTN_OK);
	ck_assert_msg(cstn_csv_reader_open_bytes((const uint8_t *)csv, strlen(csv), schema, NULL,
				      NULL, reader, &error) == CSTN_OK,
			"%s", cstn_error_message(error));
	ck_assert_int_eq(cstn_csv_reader_export(*reader, stream, NULL), CSTN_OK);
	cstn_schema_unref(schema);
}

event_document event_write(
		const event_calls *calls, const char *csv, const cstn_event_json_options *options)
{
	struct ArrowArrayStream stream = {0};
	event_document document = {0};
	cstn_csv_reader *reader = NULL;
	cstn_error *error = NULL;

	from_csv(csv, &stream, &reader);
	document.status = calls->write(
			&stream, options, NULL, &document.json, &document.report, &error);
	ck_assert_ptr_null(stream.release);
	ck_assert_int_eq(document.status, cstn_error_code(error));
	document.message = copy_of(cstn_error_message(error));
	cstn_error_free(error);
	cstn_csv_reader_unref(reader);
	return document;
}

void event_document_free(event_document *document)
{
	free(document->message);
	cstn_buffer_free(document->json);
	cstn_row_errors_free(document->report);
	memset(document, 0, sizeof(*document));
}

char *event_messages(const cstn_row_errors *errors)
{
	size_t i, at = 0, size = 1;
	char *text;

	for (i = 0; i < cstn_row_errors_count(errors); i++)
		size += cstn_row_errors_copy_message(errors, i, NULL, 0) + 1;
	text = malloc(size);
	ck_assert_ptr_nonnull(text);
	text[0] = '\0';
	for (i = 0; i < cstn_row_errors_count(errors); i++) {
		at += cstn_row_errors_copy_message(errors, i, text + at, size - at);
		text[at++] = '\n';
		text[at] = '\0';
	}
	return text;
}

char *event_file(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	char *bytes = NULL;
	long size;

	if (!file)
		return NULL;
	if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0) {
		rewind(file);
		bytes = malloc((size_t)size + 1);
		ck_assert_ptr_nonnull(bytes);
		*len = fread(bytes, 1, (size_t)size, file);
		ck_assert_uint_eq(*len, (size_t)size);
		bytes[size] = '\0';
	}
	fclose(file);
	return bytes;
}
