/* Tables of files of the shared data, for tests against outside answers. */
#include "answer_table.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <constellation/csv.h>

#include "base/text.h"
#include "csv_fixture.h"
#include "shared_data.h"
#include "table/column.h"

#define TEXT_MOST (1 << 20)

char *answer_page(const char *folder, const char *file)
{
	char *path = shared_path(folder, file), *text = malloc(TEXT_MOST);
	gzFile in = gzopen(path, "rb");
	int n;

	ck_assert(in && text);
	n = gzread(in, text, TEXT_MOST);
	ck_assert_int_gt(n, 0);
	ck_assert_int_lt(n, TEXT_MOST);
	text[n] = '\0';
	gzclose(in);
	free(path);
	return text;
}

char *answer_copy(const char *text, size_t len)
{
	char *out = malloc(len + 1);

	ck_assert_ptr_nonnull(out);
	memcpy(out, text, len);
	out[len] = '\0';
	return out;
}

size_t answer_numbers(const char *text, double *out, size_t max)
{
	size_t n = 0;

	while (*text && n < max) {
		size_t len = strcspn(text, " ");

		if (len && cstn__parse_double(text, len, &out[n]) == 0)
			n++;
		else if (len)
			break;
		text += len + (text[len] == ' ');
	}
	return n;
}

static answer_table *new_table(size_t columns)
{
	answer_table *table = calloc(1, sizeof(*table));

	ck_assert_ptr_nonnull(table);
	table->columns = columns;
	table->numbers = calloc(columns, sizeof(*table->numbers));
	table->texts = calloc(columns, sizeof(*table->texts));
	ck_assert(table->numbers && table->texts);
	return table;
}

void answer_table_free(answer_table *table)
{
	size_t c, r;

	if (!table)
		return;
	for (c = 0; c < table->columns; c++) {
		for (r = 0; r < table->rows; r++)
			free(table->texts[c][r]);
		free(table->texts[c]);
		free(table->numbers[c]);
	}
	free(table->texts);
	free(table->numbers);
	free(table);
}

static void grow(answer_table *table, size_t more)
{
	size_t c, r;

	for (c = 0; c < table->columns; c++) {
		table->numbers[c] = realloc(table->numbers[c],
				(table->rows + more + 1) * sizeof(**table->numbers));
		table->texts[c] = realloc(
				table->texts[c], (table->rows + more + 1) * sizeof(**table->texts));
		ck_assert(table->numbers[c] && table->texts[c]);
		for (r = table->rows; r < table->rows + more; r++) {
			table->numbers[c][r] = (double)NAN;
			table->texts[c][r] = NULL;
		}
	}
	table->rows += more;
}

static void take_column(answer_table *table, size_t c, const cstn__column *column, size_t from)
{
	int64_t start, n;

	for (start = 0; start < column->length; start += n) {
		uint64_t valid[16], bad[16] = {0};
		double values[1024];
		int64_t i;

		n = column->length - start < 1024 ? column->length - start : 1024;
		if (column->type != CSTN_TYPE_TEXT)
			ck_assert_int_eq(cstn__column_read_f64(column, start, (int32_t)n, 0, values,
							 valid, bad, NULL),
					CSTN_OK);
		for (i = 0; i < n; i++) {
			size_t row = from + (size_t)(start + i), len;
			const char *text;

			if (column->type != CSTN_TYPE_TEXT) {
				if (valid[i / 64] >> (i % 64) & 1)
					table->numbers[c][row] = values[i];
			} else if (cstn__column_read_text(column, start + i, &text, &len) == 0) {
				table->texts[c][row] = answer_copy(text, len);
				(void)answer_numbers(
						table->texts[c][row], &table->numbers[c][row], 1);
			}
		}
	}
}

answer_table *answer_csv(const char *file, const char *schema_text, int no_header)
{
	char *path = shared_path("data", file);
	cstn_schema *schema = csv_schema(schema_text);
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;
	size_t n = cstn_schema_count(schema), c;
	answer_table *table = new_table(n);
	cstn__column_decl *decls = calloc(n, sizeof(*decls));
	cstn_csv_reader *reader = NULL;
	cstn_error *error = NULL;
	cstn__bound *bound = NULL;
	struct ArrowArrayStream stream;
	struct ArrowArray array;
	cstn_status status;

	ck_assert_ptr_nonnull(decls);
	options.flags = no_header ? CSTN_CSV_NO_HEADER : 0;
	options.threads = 1;
	status = cstn_csv_reader_open(path, schema, &options, NULL, &reader, &error);
	ck_assert_msg(status == CSTN_OK, "%s: %s", file, cstn_error_message(error));
	ck_assert_int_eq(cstn_csv_reader_export(reader, &stream, NULL), CSTN_OK);
	for (c = 0; c < n; c++) {
		decls[c].name = cstn_schema_name(schema, c);
		decls[c].accept = CSTN__ACCEPT(cstn_schema_type(schema, c));
		decls[c].scale = -1;
		decls[c].required = decls[c].nullable = 1;
	}
	ck_assert_int_eq(cstn__bind_stream(&stream, decls, n, NULL, NULL, &bound, NULL), CSTN_OK);
	while ((status = cstn__stream_next(&stream, &array, &error)) == CSTN_OK) {
		size_t from = table->rows;
		cstn__batch batch;

		ck_assert_int_eq(cstn__bound_batch(bound, &array, &batch, NULL), CSTN_OK);
		grow(table, (size_t)batch.length);
		for (c = 0; c < n; c++)
			take_column(table, c, &batch.columns[c], from);
		cstn__batch_free(bound, &batch);
		array.release(&array);
	}
	ck_assert_msg(status == CSTN_DONE, "%s: %s", file, cstn_error_message(error));
	cstn__bound_free(bound);
	stream.release(&stream);
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
	free(decls);
	free(path);
	return table;
}

answer_table *answer_blanks(const char *file, size_t columns, size_t skip)
{
	char *path = shared_path("data", file), line[512];
	answer_table *table = new_table(columns);
	gzFile in = gzopen(path, "rb");
	size_t room = 0;

	ck_assert_msg(in != NULL, "cannot read %s", path);
	while (gzgets(in, line, sizeof(line))) {
		double values[16];
		size_t c;

		line[strcspn(line, "\r\n")] = '\0';
		if (skip) {
			skip--;
			continue;
		}
		ck_assert_uint_le(columns, 16);
		ck_assert_uint_eq(answer_numbers(line, values, columns), columns);
		if (table->rows == room) {
			size_t rows = table->rows;

			room = room ? room * 2 : 4096;
			grow(table, room - rows);
			table->rows = rows;
		}
		for (c = 0; c < columns; c++)
			table->numbers[c][table->rows] = values[c];
		table->rows++;
	}
	gzclose(in);
	free(path);
	return table;
}
