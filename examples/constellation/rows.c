/* Rows of an Arrow stream on paper: an aligned table, CSV, or a JSON object a line. */
#include "program.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 128
#define BLOCK_ROWS                                                                    \
	256 /* a table's widths are those of the rows so far, taken a block at a time \
	     */
#define WIDTH_MAX 48

/* How a value is written. */
enum cell_kind { CELL_NULL, CELL_NUMBER, CELL_FLAG, CELL_TEXT };

typedef struct cell {
	enum cell_kind kind;
	const char *text; /* into `own`, or borrowed from the array */
	size_t len;
	char own[48];
} cell;

typedef struct printer {
	const arguments *given;
	struct ArrowSchema schema;
	size_t n, width[COLUMNS_MAX];
	uint64_t rows, limit;
	int has_header;
} printer;

/* --- cells ------------------------------------------------------------------------------------ */

static int bit(const void *bits, int64_t i)
{
	return ((const uint8_t *)bits)[i / 8] >> (i % 8) & 1;
}

static void own_text(cell *out, enum cell_kind kind, size_t len)
{
	out->kind = kind;
	out->text = out->own;
	out->len = len;
}

static void read_days(cell *out, int32_t days)
{
	int32_t year, month, day;

	cstn_civil_from_days(days, &year, &month, &day);
	own_text(out, CELL_TEXT,
			(size_t)snprintf(out->own, sizeof(out->own), "%04d-%02d-%02d", year, month,
					day));
}

/* The types that the library gives out. */
static void read_cell(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row,
		cell *out)
{
	const char *format = schema->format;
	int64_t at = array->offset + row;
	const void *values = array->n_buffers > 1 ? array->buffers[1] : NULL;

	out->kind = CELL_NULL;
	if (format[0] == 'n' || (array->buffers[0] && !bit(array->buffers[0], at)))
		return;
	if (strcmp(format, "u") == 0 || strcmp(format, "z") == 0) {
		const int32_t *ends = values;

		out->kind = CELL_TEXT;
		out->text = (const char *)array->buffers[2] + ends[at];
		out->len = (size_t)(ends[at + 1] - ends[at]);
	} else if (strcmp(format, "l") == 0) {
		own_text(out, CELL_NUMBER,
				(size_t)snprintf(out->own, sizeof(out->own), "%" PRId64,
						((const int64_t *)values)[at]));
	} else if (strcmp(format, "i") == 0) {
		own_text(out, CELL_NUMBER,
				(size_t)snprintf(out->own, sizeof(out->own), "%" PRId32,
						((const int32_t *)values)[at]));
	} else if (strcmp(format, "g") == 0) {
		own_text(out, CELL_NUMBER,
				(size_t)snprintf(out->own, sizeof(out->own), "%.15g",
						((const double *)values)[at]));
	} else if (strcmp(format, "b") == 0) {
		own_text(out, CELL_FLAG,
				(size_t)snprintf(out->own, sizeof(out->own), "%s",
						bit(values, at) ? "true" : "false"));
	} else if (strcmp(format, "tdD") == 0) {
		read_days(out, ((const int32_t *)values)[at]);
	} else if (strncmp(format, "tsu", 3) == 0) {
		own_text(out, CELL_TEXT,
				cstn_time_format(((const int64_t *)values)[at], out->own,
						sizeof(out->own)));
	} else if (strncmp(format, "d:", 2) == 0) {
		const char *comma = strchr(format, ',');
		int64_t value;

		memcpy(&value, (const char *)values + 16 * at, sizeof(value));
		own_text(out, CELL_NUMBER,
				cstn_decimal_format(value, comma ? atoi(comma + 1) : 0, out->own,
						sizeof(out->own)));
	} else {
		own_text(out, CELL_TEXT,
				(size_t)snprintf(out->own, sizeof(out->own), "(%.20s)", format));
	}
}

/* --- JSON and CSV ----------------------------------------------------------------------------- */

void put_json_text(FILE *out, const char *text, size_t len)
{
	size_t i;

	fputc('"', out);
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20)
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void print_json_row(const printer *p, const struct ArrowArray *array, int64_t row)
{
	size_t i;

	putchar('{');
	for (i = 0; i < p->n; i++) {
		const struct ArrowSchema *column = p->schema.children[i];
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

static void print_csv_header(const printer *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		const char *name = p->schema.children[i]->name;

		if (i > 0)
			putchar(',');
		put_csv(name, strlen(name));
	}
	putchar('\n');
}

static void print_csv_row(const printer *p, const struct ArrowArray *array, int64_t row)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		cell value;

		read_cell(p->schema.children[i], array->children[i], row, &value);
		if (i > 0)
			putchar(',');
		if (value.kind != CELL_NULL)
			put_csv(value.text, value.len);
	}
	putchar('\n');
}

/* --- a table ---------------------------------------------------------------------------------- */

/* Characters of UTF-8 text. */
static size_t characters(const char *text, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xC0) != 0x80;
	return n;
}

static size_t width_of(const printer *p, const cell *value)
{
	size_t n = value->kind == CELL_NULL ? 1 : characters(value->text, value->len);

	return n > WIDTH_MAX && !p->given->wide ? WIDTH_MAX : n;
}

static void widen(printer *p, const struct ArrowArray *array, int64_t from, int64_t until)
{
	size_t i;
	int64_t row;

	for (i = 0; i < p->n; i++)
		for (row = from; row < until; row++) {
			cell value;
			size_t width;

			read_cell(p->schema.children[i], array->children[i], row, &value);
			width = width_of(p, &value);
			if (width > p->width[i])
				p->width[i] = width;
		}
}

static void spaces(size_t n)
{
	while (n-- > 0)
		putchar(' ');
}

/* Control characters would break the lines of the table. */
static void put_plain(const char *text, size_t len, size_t most)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		n += ((unsigned char)text[i] & 0xC0) != 0x80;
		if (n > most)
			break;
		putchar((unsigned char)text[i] < 0x20 || text[i] == 0x7F ? ' ' : text[i]);
	}
}

static void print_cell(const printer *p, size_t column, const cell *value)
{
	size_t width = width_of(p, value), room = p->width[column] - width;
	int is_last = column + 1 == p->n;

	if (column > 0)
		fputs("  ", stdout);
	if (value->kind == CELL_NUMBER)
		spaces(room);
	if (value->kind == CELL_NULL)
		putchar('-');
	else if (characters(value->text, value->len) > width) {
		put_plain(value->text, value->len, width - 3);
		fputs("...", stdout);
	} else
		put_plain(value->text, value->len, width);
	if (value->kind != CELL_NUMBER && !is_last)
		spaces(room);
}

static void print_table_header(const printer *p)
{
	size_t i, k;

	for (i = 0; i < p->n; i++) {
		const char *name = p->schema.children[i]->name;
		cell title = {CELL_TEXT, name, strlen(name), ""};

		print_cell(p, i, &title);
	}
	putchar('\n');
	for (i = 0; i < p->n; i++) {
		if (i > 0)
			fputs("  ", stdout);
		for (k = 0; k < p->width[i]; k++)
			putchar('-');
	}
	putchar('\n');
}

static void print_table_rows(
		printer *p, const struct ArrowArray *array, int64_t from, int64_t until)
{
	size_t i;
	int64_t row;

	widen(p, array, from, until);
	if (!p->has_header)
		print_table_header(p);
	p->has_header = 1;
	for (row = from; row < until; row++) {
		for (i = 0; i < p->n; i++) {
			cell value;

			read_cell(p->schema.children[i], array->children[i], row, &value);
			print_cell(p, i, &value);
		}
		putchar('\n');
	}
}

/* --- a stream --------------------------------------------------------------------------------- */

static void print_batch(printer *p, const struct ArrowArray *array)
{
	int64_t row, n = array->length;

	if (p->limit && (uint64_t)n > p->limit - p->rows)
		n = (int64_t)(p->limit - p->rows);
	if (p->given->json || p->given->csv) {
		for (row = 0; row < n; row++)
			if (p->given->json)
				print_json_row(p, array, row);
			else
				print_csv_row(p, array, row);
	} else {
		for (row = 0; row < n; row += BLOCK_ROWS)
			print_table_rows(
					p, array, row, row + BLOCK_ROWS < n ? row + BLOCK_ROWS : n);
	}
	p->rows += (uint64_t)n;
}

static int stream_failed(struct ArrowArrayStream *rows, int code)
{
	const char *message = rows->get_last_error(rows);

	fprintf(stderr, "constellation: %s\n", message ? message : strerror(code));
	return EXIT_FAILED;
}

static int print_batches(printer *p, struct ArrowArrayStream *rows)
{
	size_t i;
	int code;

	for (i = 0; i < p->n; i++)
		p->width[i] = strlen(p->schema.children[i]->name);
	if (p->given->csv)
		print_csv_header(p);
	while (!p->limit || p->rows < p->limit) {
		struct ArrowArray array;

		memset(&array, 0, sizeof(array));
		code = rows->get_next(rows, &array);
		if (code != 0)
			return stream_failed(rows, code);
		if (!array.release)
			break;
		print_batch(p, &array);
		array.release(&array);
	}
	if (!p->given->json && !p->given->csv) {
		if (!p->has_header)
			print_table_header(p);
		printf("(%" PRIu64 " row%s)\n", p->rows, p->rows == 1 ? "" : "s");
	}
	return EXIT_DONE;
}

int print_rows(struct ArrowArrayStream *rows, const arguments *given, uint64_t limit)
{
	printer p;
	int status, code;

	memset(&p, 0, sizeof(p));
	p.given = given;
	p.limit = limit;
	code = rows->get_schema(rows, &p.schema);
	if (code != 0) {
		status = stream_failed(rows, code);
	} else if (p.schema.n_children > COLUMNS_MAX) {
		fprintf(stderr, "constellation: more than %d columns\n", COLUMNS_MAX);
		status = EXIT_FAILED;
	} else {
		p.n = (size_t)p.schema.n_children;
		status = print_batches(&p, rows);
	}
	if (p.schema.release)
		p.schema.release(&p.schema);
	rows->release(rows);
	return status;
}
