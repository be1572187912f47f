/* Records and rows of the tapes, handed to the library and read back: through builders, as Arrow
 * columns made by hand, and as texts of what a stream holds. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/arrow_maker.h"
#include "tape.h"

/* --- records ---------------------------------------------------------------------------------- */

static cstn_status set_cells(cstn_record_builder *builder, const tape_record *record, size_t line,
		cstn_error **error)
{
	const tape_field *fields = tape_nouns[record->noun].fields;
	cstn_status status = CSTN_OK;

	for (size_t i = 0; fields[i].name && status == CSTN_OK; i++) {
		const tape_cell *cell = &record->cells[line][i];

		if (!cell->there || ((fields[i].flags & TAPE_IS_LINE) != 0) != (line != 0))
			continue;
		if (fields[i].type == 't')
			status = cstn_record_builder_set_text(builder, fields[i].name, cell->text,
					strlen(cell->text), error);
		else if (fields[i].type == 'n')
			status = cstn_record_builder_set_double(
					builder, fields[i].name, strtod(cell->text, NULL), error);
		else
			status = cstn_record_builder_set_int(
					builder, fields[i].name, tape_number(cell), error);
	}
	return status;
}

cstn_status tape_build(const tape_record *record, cstn_record **out, cstn_error **error)
{
	cstn_record_builder *builder = NULL;
	cstn_status status = cstn_record_builder_new(
			tape_nouns[record->noun].name, NULL, &builder, error);

	if (status == CSTN_OK)
		status = set_cells(builder, record, 0, error);
	for (size_t line = 1; line <= record->n_lines && status == CSTN_OK; line++) {
		status = cstn_record_builder_add_line(builder, error);
		if (status == CSTN_OK)
			status = set_cells(builder, record, line, error);
	}
	if (status == CSTN_OK)
		status = cstn_record_builder_build(builder, out, error);
	cstn_record_builder_free(builder);
	return status;
}

/* --- rows going in ---------------------------------------------------------------------------- */

#define ROWS_MAX 64u
#define COLUMNS_MAX (TAPE_FIELDS + TAPE_ATTRIBUTES)

struct tape_rows {
	size_t n, n_columns, owners[ROWS_MAX], lines[ROWS_MAX];
	maker_column columns[COLUMNS_MAX];
	maker_batch batch;
	maker_stream stream;
	uint8_t valid[COLUMNS_MAX][ROWS_MAX / 8], flags[COLUMNS_MAX][ROWS_MAX / 8];
	int64_t numbers[COLUMNS_MAX][ROWS_MAX];
	int32_t days[COLUMNS_MAX][ROWS_MAX];
	double doubles[COLUMNS_MAX][ROWS_MAX];
	int32_t offsets[COLUMNS_MAX][ROWS_MAX + 1];
	char names[TAPE_ATTRIBUTES][TAPE_TEXT];
	char bytes[COLUMNS_MAX][ROWS_MAX * TAPE_TEXT];
};

static void fill_value(tape_rows *rows, size_t c, size_t row, const char *text, int32_t *end)
{
	rows->valid[c][row / 8] |= (uint8_t)(1u << row % 8);
	rows->numbers[c][row] = strtoll(text, NULL, 10);
	rows->days[c][row] = (int32_t)rows->numbers[c][row];
	rows->doubles[c][row] = strtod(text, NULL);
	rows->flags[c][row / 8] |= (uint8_t)((rows->numbers[c][row] & 1) << row % 8);
	memcpy(rows->bytes[c] + *end, text, strlen(text));
	*end += (int32_t)strlen(text);
}

/* A column of a field; with `attribute` of one attribute of what the field holds. */
static void fill_column(
		tape_rows *rows, const tape_record *records, size_t field, const char *attribute)
{
	static const struct {
		char type;
		const char *format;
	} formats[] = {{'t', "u"}, {'u', "tsu:UTC"}, {'d', "tdD"}, {'f', "b"}, {'n', "g"}};
	const tape_field *from = &tape_nouns[records->noun].fields[field];
	size_t c = rows->n_columns++;
	maker_column *column = &rows->columns[c];
	int32_t end = 0;

	for (size_t row = 0; row < rows->n; row++) {
		size_t line = from->flags & TAPE_IS_LINE ? rows->lines[row] : 0;
		const tape_cell *cell = &records[rows->owners[row]].cells[line][field];
		char one[TAPE_TEXT];
		const char *text = attribute ? tape_attribute(cell, attribute, one) : cell->text;

		if (cell->there && text)
			fill_value(rows, c, row, text, &end);
		rows->offsets[c][row + 1] = end;
	}
	column->name = from->name;
	column->format = "l";
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (formats[i].type == from->type)
			column->format = formats[i].format;
	column->length = (int64_t)rows->n;
	column->null_count = -1;
	column->n_buffers = from->type == 't' ? 3 : 2;
	column->buffers[0] = rows->valid[c];
	column->buffers[1] = from->type == 't'   ? (const void *)rows->offsets[c]
			     : from->type == 'd' ? (const void *)rows->days[c]
			     : from->type == 'f' ? (const void *)rows->flags[c]
			     : from->type == 'n' ? (const void *)rows->doubles[c]
						 : (const void *)rows->numbers[c];
	column->buffers[2] = rows->bytes[c];
}

/* Attributes may come one by one where each object is sound: the columns make it again. */
static int may_split(const tape_record *records, size_t n)
{
	if (records->noun != TAPE_ORDER || n % 2)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (tape_is_malformed(&records[i]))
			return 0;
	return 1;
}

static void fill_field(tape_rows *rows, const tape_record *records, size_t n, size_t field)
{
	const char *name = tape_nouns[records->noun].fields[field].name;

	if (strcmp(name, "attributes") != 0 || !may_split(records, n)) {
		fill_column(rows, records, field, NULL);
		return;
	}
	for (size_t i = 0; i < TAPE_ATTRIBUTES; i++) {
		fill_column(rows, records, field, tape_attributes[i]);
		snprintf(rows->names[i], TAPE_TEXT, "%s.%s", name, tape_attributes[i]);
		rows->columns[rows->n_columns - 1].name = rows->names[i];
	}
}

tape_rows *tape_rows_new(const tape_record *records, size_t n, struct ArrowArrayStream *out)
{
	tape_rows *rows = test_alloc(sizeof(*rows));
	int noun = records->noun;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 1;
				rows->n < ROWS_MAX &&
				(k == 1 || (tape_nouns[noun].has_lines && k <= records[i].n_lines));
				k++) {
			rows->owners[rows->n] = i;
			rows->lines[rows->n++] = k;
		}
	for (size_t i = 0; i < tape_field_count(noun); i++)
		fill_field(rows, records, n, i);
	rows->batch.length = (int64_t)rows->n;
	rows->batch.columns = rows->columns;
	rows->stream.fields = rows->columns;
	rows->stream.n = rows->n_columns;
	rows->stream.batches = &rows->batch;
	rows->stream.n_batches = 1;
	maker_open(out, &rows->stream);
	return rows;
}

size_t tape_rows_owner(const tape_rows *rows, uint64_t row)
{
	return row < rows->n ? rows->owners[row] : SIZE_MAX;
}

void tape_rows_free(tape_rows *rows)
{
	free(rows);
}

/* --- rows coming out -------------------------------------------------------------------------- */

char *tape_table_add(tape_table *table)
{
	table->rows = test_grow(table->rows, &table->capacity, table->n + 1, sizeof(*table->rows));
	memset(table->rows[table->n], 0, sizeof(*table->rows));
	return table->rows[table->n++];
}

void tape_table_free(tape_table *table)
{
	free(table->rows);
	memset(table, 0, sizeof(*table));
}

static int compare_rows(const void *a, const void *b)
{
	return strcmp(a, b);
}

void tape_table_sort(tape_table *table)
{
	if (table->n)
		qsort(table->rows, table->n, sizeof(*table->rows), compare_rows);
}

void tape_put_text(char *row, const char *text)
{
	size_t at = strlen(row);

	snprintf(row + at, TAPE_ROW_TEXT - at, "%s|", text ? text : "~");
}

static int is_null(const struct ArrowArray *array, int64_t row)
{
	const uint8_t *bits = array->buffers[0];

	row += array->offset;
	return bits && !(bits[row / 8] >> row % 8 & 1);
}

static void put_value(char *out, const struct ArrowSchema *schema, const struct ArrowArray *array,
		int64_t row)
{
	char text[TAPE_ROW_TEXT];
	int64_t at = row + array->offset, number = 0;

	if (is_null(array, row)) {
		tape_put_text(out, NULL);
		return;
	}
	if (array->dictionary) {
		put_value(out, schema->dictionary, array->dictionary,
				((const int32_t *)array->buffers[1])[at]);
		return;
	}
	switch (schema->format[0]) {
	case 'u': {
		const int32_t *offsets = array->buffers[1];

		snprintf(text, sizeof(text), "%.*s", offsets[at + 1] - offsets[at],
				(const char *)array->buffers[2] + offsets[at]);
		tape_put_text(out, text);
		return;
	}
	case 'b':
		number = ((const uint8_t *)array->buffers[1])[at / 8] >> at % 8 & 1;
		break;
	case 'g':
		snprintf(text, sizeof(text), "%.10g", ((const double *)array->buffers[1])[at]);
		tape_put_text(out, text);
		return;
	case 'i':
		number = ((const int32_t *)array->buffers[1])[at];
		break;
	case 't':
		if (schema->format[1] == 'd') {
			number = ((const int32_t *)array->buffers[1])[at];
			break;
		}
		/* fall through */
	default:
		number = ((const int64_t *)array->buffers[1])[at];
	}
	snprintf(text, sizeof(text), "%" PRId64, number);
	tape_put_text(out, text);
}

static int64_t column_of(const struct ArrowSchema *schema, const char *name)
{
	for (int64_t i = 0; i < schema->n_children; i++)
		if (strcmp(schema->children[i]->name, name) == 0)
			return i;
	return -1;
}

static int read_batches(struct ArrowArrayStream *stream, const struct ArrowSchema *schema,
		const char *const *columns, size_t n, tape_table *out)
{
	size_t wanted = columns ? n : (size_t)schema->n_children;
	struct ArrowArray array;
	int code;

	for (;;) {
		memset(&array, 0, sizeof(array));
		code = stream->get_next(stream, &array);
		if (code || !array.release)
			return code;
		for (int64_t row = 0; row < array.length; row++) {
			char *text = tape_table_add(out);

			for (size_t i = 0; i < wanted; i++) {
				int64_t c = columns ? column_of(schema, columns[i]) : (int64_t)i;

				if (c < 0)
					tape_put_text(text, "no such column");
				else
					put_value(text, schema->children[c], array.children[c],
							row);
			}
		}
		array.release(&array);
	}
}

int tape_table_read(struct ArrowArrayStream *stream, const char *const *columns, size_t n,
		tape_table *out, char *why, size_t size)
{
	struct ArrowSchema schema;
	int code;

	memset(&schema, 0, sizeof(schema));
	code = stream->get_schema(stream, &schema);
	if (!code) {
		code = read_batches(stream, &schema, columns, n, out);
		schema.release(&schema);
	}
	if (code)
		snprintf(why, size, "a stream ends with %d: %s", code,
				stream->get_last_error(stream));
	stream->release(stream);
	return code ? -1 : 0;
}
