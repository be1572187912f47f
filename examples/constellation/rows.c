/* Rows of an Arrow stream on paper: CSV, a JSON object a line, or a table for people. */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

/* --- JSON and CSV ----------------------------------------------------------------------------- */

static void print_json_row(
		const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row)
{
	int64_t i;

	putchar('{');
	for (i = 0; i < schema->n_children; i++) {
		const struct ArrowSchema *column = schema->children[i];
		cell value;

		read_cell(column, array->children[i], row, &value);
		if (i > 0)
			putchar(',');
		put_json_text(stdout, column->name, strlen(column->name));
		putchar(':');
		if (value.kind == CELL_NULL)
			fputs("null", stdout);
		else if (value.kind == CELL_TEXT)
			put_json_text(stdout, value.text, value.len);
		else
			fwrite(value.text, 1, value.len, stdout);
	}
	puts("}");
}

static int needs_quotes(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (text[i] == '"' || text[i] == ',' || text[i] == '\n' || text[i] == '\r')
			return 1;
	return len == 0;
}

static void put_csv(const char *text, size_t len)
{
	size_t i;

	if (!needs_quotes(text, len)) {
		fwrite(text, 1, len, stdout);
		return;
	}
	putchar('"');
	for (i = 0; i < len; i++) {
		if (text[i] == '"')
			putchar('"');
		putchar(text[i]);
	}
	putchar('"');
}

static void print_csv_header(const struct ArrowSchema *schema)
{
	int64_t i;

	for (i = 0; i < schema->n_children; i++) {
		const char *name = schema->children[i]->name;

		if (i > 0)
			putchar(',');
		put_csv(name, strlen(name));
	}
	putchar('\n');
}

static void print_csv_row(
		const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row)
{
	int64_t i;

	for (i = 0; i < schema->n_children; i++) {
		cell value;

		read_cell(schema->children[i], array->children[i], row, &value);
		if (i > 0)
			putchar(',');
		if (value.kind != CELL_NULL)
			put_csv(value.text, value.len);
	}
	putchar('\n');
}

/* --- a stream --------------------------------------------------------------------------------- */

static int stream_failed(struct ArrowArrayStream *rows, int code)
{
	const char *message = rows->get_last_error(rows);

	fprintf(stderr, "constellation: %s\n", message ? message : strerror(code));
	return EXIT_FAILED;
}

/* Rows for programs. */
static void print_batch(const arguments *given, const struct ArrowSchema *schema,
		const struct ArrowArray *batch, int64_t n)
{
	int64_t row;

	for (row = 0; row < n; row++)
		if (given->json)
			print_json_row(schema, batch, row);
		else
			print_csv_row(schema, batch, row);
}

/* @param table NULL: for programs */
static int print_batches(struct ArrowArrayStream *rows, const struct ArrowSchema *schema,
		const arguments *given, sheet *table, uint64_t limit)
{
	uint64_t done = 0;

	while (!limit || done < limit) {
		struct ArrowArray batch;
		int64_t n;
		int code;

		memset(&batch, 0, sizeof(batch));
		code = rows->get_next(rows, &batch);
		if (code != 0)
			return stream_failed(rows, code);
		if (!batch.release)
			break;
		n = batch.length;
		if (limit && (uint64_t)n > limit - done)
			n = (int64_t)(limit - done);
		done += (uint64_t)n;
		if (table) {
			sheet_add(table, &batch, n);
		} else {
			print_batch(given, schema, &batch, n);
			batch.release(&batch);
		}
	}
	return EXIT_DONE;
}

int print_rows(struct ArrowArrayStream *rows, const arguments *given, uint64_t limit)
{
	const int for_people = !given->json && !given->csv;
	struct ArrowSchema schema;
	sheet table;
	int status, code;

	memset(&schema, 0, sizeof(schema));
	code = rows->get_schema(rows, &schema);
	if (code != 0) {
		status = stream_failed(rows, code);
	} else if (schema.n_children > COLUMNS_MAX) {
		fprintf(stderr, "constellation: more than %d columns\n", COLUMNS_MAX);
		status = EXIT_FAILED;
	} else {
		sheet_init(&table, given, &schema);
		if (given->csv)
			print_csv_header(&schema);
		status = print_batches(rows, &schema, given, for_people ? &table : NULL, limit);
		if (for_people && status == EXIT_DONE)
			sheet_end(&table);
		sheet_drop(&table);
	}
	if (schema.release)
		schema.release(&schema);
	rows->release(rows);
	return status;
}
