/* Rows from CSV text and back, for tests of whole tables. */
#include "csv_rows.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cstn_csv_reader *open_text(cstn_schema *columns, const char *text)
{
	cstn_csv_reader *reader = NULL;

	ck_assert_int_eq(cstn_csv_reader_open_bytes((const uint8_t *)text, strlen(text), columns,
					 NULL, NULL, &reader, NULL),
			CSTN_OK);
	return reader;
}

/* A row that the reader leaves out would be one that a test believes it has. */
static void check_all_read(cstn_schema *columns, const char *text)
{
	cstn_csv_reader *reader = open_text(columns, text);
	struct ArrowArrayStream rows;
	cstn_row_errors *rejects = NULL;
	struct ArrowArray batch;

	ck_assert_int_eq(cstn_csv_reader_export(reader, &rows, NULL), CSTN_OK);
	while (rows.get_next(&rows, &batch) == 0 && batch.release)
		batch.release(&batch);
	rows.release(&rows);
	ck_assert_int_eq(cstn_csv_reader_rejects(reader, &rejects, NULL), CSTN_OK);
	ck_assert_msg(cstn_row_errors_total(rejects) == 0, "rows that are none in: %.200s", text);
	cstn_row_errors_free(rejects);
	cstn_csv_reader_unref(reader);
}

void csv_rows(struct ArrowArrayStream *out, const char *schema, const char *text)
{
	cstn_schema *columns = NULL;
	cstn_csv_reader *reader;

	ck_assert_int_eq(cstn_schema_parse(schema, strlen(schema), NULL, &columns, NULL), CSTN_OK);
	check_all_read(columns, text);
	reader = open_text(columns, text);
	ck_assert_int_eq(cstn_csv_reader_export(reader, out, NULL), CSTN_OK);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(columns);
}

const char *csv_text(struct ArrowArrayStream *rows, cstn_buffer **out)
{
	*out = NULL;
	ck_assert_int_eq(cstn_csv_write_bytes(rows, NULL, NULL, out, NULL), CSTN_OK);
	return (const char *)cstn_buffer_data(*out);
}

void expect_same_bytes(const cstn_buffer *one, cstn_buffer *other)
{
	ck_assert_uint_eq(cstn_buffer_size(one), cstn_buffer_size(other));
	ck_assert_mem_eq(cstn_buffer_data(one), cstn_buffer_data(other), cstn_buffer_size(one));
	cstn_buffer_free(other);
}

void expect_error(cstn_status status, cstn_status expected, cstn_error **error, const char *part)
{
	ck_assert_msg(status == expected, "%s, %s expected: %s", cstn_status_name(status),
			cstn_status_name(expected), cstn_error_message(*error));
	ck_assert_msg(strstr(cstn_error_message(*error), part) != NULL, "'%s' is not in: %s", part,
			cstn_error_message(*error));
	cstn_error_free(*error);
	*error = NULL;
}

static const char *line_of(const char *text, int row)
{
	for (; row > 0 && text; row--) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return text;
}

static const char *field_of(const char *line, int number)
{
	for (; number > 0 && line && *line != '\n' && *line != '\0'; line++)
		number -= *line == ',';
	return number == 0 ? line : NULL;
}

const char *csv_cell(const char *text, int row, const char *column)
{
	static char cells[4][128];
	static int at;
	char *cell = cells[at++ % 4];
	const char *header, *line = line_of(text, row), *from;
	size_t len = strlen(column), size;
	int number;

	cell[0] = '\0';
	for (number = 0;; number++) {
		header = field_of(text, number);
		ck_assert_msg(header && *header != '\n', "no column '%s' in: %s", column, text);
		if (strcspn(header, ",\n") == len && memcmp(header, column, len) == 0)
			break;
	}
	from = line ? field_of(line, number) : NULL;
	if (from) {
		size = strcspn(from, ",\n");
		ck_assert_uint_lt(size, sizeof(cells[0]));
		memcpy(cell, from, size);
		cell[size] = '\0';
	}
	return cell;
}

double csv_number(const char *text, int row, const char *column)
{
	const char *cell = csv_cell(text, row, column);

	return *cell ? strtod(cell, NULL) : (double)NAN;
}
