/* A table for people: aligned, of the columns that have values in its rows, as wide as the terminal
 * or 120 characters; what is left out is told below it.
 *
 * Columns are chosen and measured by the first rows, which are held until then; columns grow
 * where later rows need it. */
#include "rows.h"

#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FIRST_ROWS 1000 /* columns are chosen by these */
#define ROOM 120
#define WIDTH_MAX 48
#define MIDNIGHT "T00:00:00Z"
#define MIDNIGHT_LEN 10
#define DAY_LEN 10 /* 2024-05-07 */

void sheet_init(sheet *table, const arguments *given, const struct ArrowSchema *schema)
{
	size_t i;

	memset(table, 0, sizeof(*table));
	table->given = given;
	table->schema = schema;
	table->n = (size_t)schema->n_children;
	for (i = 0; i < table->n; i++)
		table->columns[i].width = strlen(schema->children[i]->name);
}

void sheet_drop(sheet *table)
{
	size_t i;

	for (i = 0; i < table->n_batches; i++)
		table->batches[i].release(&table->batches[i]);
	table->n_batches = 0;
}

/* --- cells ------------------------------------------------------------------------------------ */

/* Characters of UTF-8 text. */
static size_t characters(const char *text, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xC0) != 0x80;
	return n;
}

static size_t width_of(const sheet *table, const cell *value)
{
	size_t n = value->kind == CELL_NULL ? 1 : characters(value->text, value->len);

	return n > WIDTH_MAX && !table->given->wide ? WIDTH_MAX : n;
}

static int is_midnight(const cell *value)
{
	return value->kind != CELL_NULL && value->len > MIDNIGHT_LEN &&
	       memcmp(value->text + value->len - MIDNIGHT_LEN, MIDNIGHT, MIDNIGHT_LEN) == 0;
}

static void read_shown(const sheet *table, const struct ArrowArray *batch, size_t column,
		int64_t row, cell *out)
{
	read_cell(table->schema->children[column], batch->children[column], row, out);
	if (table->columns[column].as_days && is_midnight(out))
		out->len -= MIDNIGHT_LEN;
}

static void compare(sheet_column *column, const cell *value, int is_first)
{
	if (is_first) {
		column->is_same = value->kind != CELL_NULL && value->len < sizeof(value->own);
		column->first = *value;
		column->first.text = NULL;
		if (column->is_same)
			memmove(column->first.own, value->text, value->len);
	} else if (column->is_same) {
		column->is_same = value->kind == column->first.kind &&
				  value->len == column->first.len &&
				  memcmp(value->text, column->first.own, value->len) == 0;
	}
}

/* Learn about the columns from some rows. */
static void measure(sheet *table, const struct ArrowArray *batch, int64_t from, int64_t until)
{
	size_t i;
	int64_t row;

	for (i = 0; i < table->n; i++) {
		sheet_column *column = &table->columns[i];
		const int is_time = strncmp(table->schema->children[i]->format, "ts", 2) == 0;

		for (row = from; row < until; row++) {
			cell value;
			size_t width;

			read_cell(table->schema->children[i], batch->children[i], row, &value);
			compare(column, &value, table->measured == 0 && row == from);
			if (value.kind != CELL_NULL && is_time && !is_midnight(&value))
				column->has_hours = 1;
			if (value.kind != CELL_NULL && value.len > 0)
				column->has_value = 1;
			if (column->as_days && is_midnight(&value))
				value.len -= MIDNIGHT_LEN;
			width = width_of(table, &value);
			if (width > column->width)
				column->width = width;
		}
	}
	table->measured += (uint64_t)(until - from);
}

/* --- which columns ---------------------------------------------------------------------------- */

static size_t room(const arguments *given)
{
	struct winsize size;

	if (given->wide || given->all_columns || given->n_columns > 0)
		return SIZE_MAX;
	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
			size.ws_col > 0)
		return size.ws_col;
	return ROOM;
}

/* A column of midnights is one of days. */
static void choose_days(sheet *table)
{
	size_t i;

	for (i = 0; i < table->n; i++) {
		const struct ArrowSchema *schema = table->schema->children[i];
		sheet_column *column = &table->columns[i];
		size_t name = strlen(schema->name);

		if (strncmp(schema->format, "ts", 2) != 0 || column->has_hours)
			continue;
		column->as_days = 1;
		column->width = column->width > name + MIDNIGHT_LEN ? column->width - MIDNIGHT_LEN
				: name > DAY_LEN                    ? name
								    : DAY_LEN;
	}
}

/* Columns in their order, as many as there is room for. Returns 0 if one with values found none. */
static int choose_some(sheet *table, int with_same)
{
	const int all = table->given->all_columns || table->given->n_columns > 0;
	size_t i, left = room(table->given);
	int is_whole = 1;

	table->n_shown = 0;
	for (i = 0; i < table->n; i++) {
		sheet_column *column = &table->columns[i];
		size_t needs = column->width + (table->n_shown > 0 ? 2 : 0);

		column->is_shown = 0;
		if (!all && (!column->has_value ||
					    (column->is_same && !with_same && table->n_shown > 0)))
			continue;
		if (needs > left && table->n_shown > 0) {
			is_whole = 0;
			continue;
		}
		column->is_shown = 1;
		table->shown[table->n_shown++] = i;
		left -= needs < left ? needs : left;
	}
	return is_whole;
}

/* Where not all that have values fit, those with one value in all rows make room. */
static void choose(sheet *table)
{
	choose_days(table);
	if (!choose_some(table, 1) && table->measured > 1)
		(void)choose_some(table, 0);
}

/* --- a table ---------------------------------------------------------------------------------- */

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

/* @param place among the columns shown */
static void print_cell(const sheet *table, size_t place, const cell *value)
{
	const size_t column = table->shown[place];
	const int to_the_right = is_number(table->schema->children[column]);
	size_t width = width_of(table, value), space = table->columns[column].width - width;

	if (place > 0)
		fputs("  ", stdout);
	if (to_the_right)
		spaces(space);
	if (value->kind == CELL_NULL)
		putchar('-');
	else if (characters(value->text, value->len) > width) {
		put_plain(value->text, value->len, width - 3);
		fputs("...", stdout);
	} else
		put_plain(value->text, value->len, width);
	if (!to_the_right && place + 1 < table->n_shown)
		spaces(space);
}

static void print_header(const sheet *table)
{
	size_t i, k;

	for (i = 0; i < table->n_shown; i++) {
		const char *name = table->schema->children[table->shown[i]]->name;
		cell title = {CELL_TEXT, name, strlen(name), ""};

		print_cell(table, i, &title);
	}
	putchar('\n');
	for (i = 0; i < table->n_shown; i++) {
		if (i > 0)
			fputs("  ", stdout);
		for (k = 0; k < table->columns[table->shown[i]].width; k++)
			putchar('-');
	}
	putchar('\n');
}

/* --- rows ------------------------------------------------------------------------------------- */

/* @param measured how many of the rows have been measured */
static void print_batch(sheet *table, const struct ArrowArray *batch, int64_t n, int64_t measured)
{
	int64_t row;
	size_t i;

	for (row = 0; row < n; row++) {
		if (row == measured) {
			measured = row + FIRST_ROWS < n ? row + FIRST_ROWS : n;
			measure(table, batch, row, measured);
		}
		for (i = 0; i < table->n_shown; i++) {
			cell value;

			read_shown(table, batch, table->shown[i], row, &value);
			print_cell(table, i, &value);
		}
		putchar('\n');
	}
}

/* Choose the columns by the rows that are held, and print these. */
static void begin(sheet *table)
{
	int64_t measured[BATCHES_MAX], left = FIRST_ROWS;
	size_t i;

	for (i = 0; i < table->n_batches; i++) {
		measured[i] = table->n_rows[i] < left ? table->n_rows[i] : left;
		measure(table, &table->batches[i], 0, measured[i]);
		left -= measured[i];
	}
	choose(table);
	if (table->n_shown > 0)
		print_header(table);
	for (i = 0; i < table->n_batches; i++)
		print_batch(table, &table->batches[i], table->n_rows[i], measured[i]);
	sheet_drop(table);
	table->is_begun = 1;
}

void sheet_add(sheet *table, struct ArrowArray *batch, int64_t n)
{
	table->rows += (uint64_t)n;
	if (table->is_begun) {
		print_batch(table, batch, n, 0);
		batch->release(batch);
		return;
	}
	table->batches[table->n_batches] = *batch;
	table->n_rows[table->n_batches++] = n;
	if (table->n_batches == BATCHES_MAX || table->rows >= FIRST_ROWS)
		begin(table);
}

/* --- what is below the table ------------------------------------------------------------------ */

/* What all rows have in common, and is not shown in each. Returns how many columns that is. */
static size_t say_same(const sheet *table)
{
	size_t i, n = 0;

	for (i = 0; i < table->n; i++) {
		const sheet_column *column = &table->columns[i];
		const int at_midnight = column->as_days && column->first.len > MIDNIGHT_LEN;

		if (column->is_shown || !column->has_value || !column->is_same)
			continue;
		printf("%s%s=", n++ > 0 ? ", " : "in every row: ",
				table->schema->children[i]->name);
		put_plain(column->first.own, column->first.len - (at_midnight ? MIDNIGHT_LEN : 0),
				WIDTH_MAX);
	}
	if (n > 0)
		putchar('\n');
	return n;
}

/* Columns for which there was no room. Returns how many. */
static size_t say_no_room(const sheet *table)
{
	size_t i, n = 0;

	for (i = 0; i < table->n; i++) {
		const sheet_column *column = &table->columns[i];

		if (!column->is_shown && column->has_value && !column->is_same)
			printf("%s%s", n++ > 0 ? ", " : "no room for: ",
					table->schema->children[i]->name);
	}
	if (n > 0)
		putchar('\n');
	return n;
}

static void say_left_out(const sheet *table)
{
	size_t others = say_same(table), empty;

	others += say_no_room(table);
	empty = table->n - table->n_shown - others;
	printf("columns left out: %zu of %zu", empty + others, table->n);
	if (empty > 0 && others > 0)
		printf(", of which %zu without a value here", empty);
	else if (empty > 0)
		fputs(", without a value here", stdout);
	printf("; %s--all-columns shows all\n",
			table->given->takes_columns ? "--columns A,B shows those named, " : "");
}

void sheet_end(sheet *table)
{
	if (!table->is_begun)
		begin(table);
	printf("(%" PRIu64 " row%s)\n", table->rows, table->rows == 1 ? "" : "s");
	if (table->rows > 0 && table->n_shown < table->n)
		say_left_out(table);
}
