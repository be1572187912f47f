#include "report_show.h"

#include <math.h>
#include <string.h>

const char *format_pence(int64_t pence, char buffer[NUMBER_SIZE])
{
	char digits[NUMBER_SIZE];
	int64_t pounds = (pence < 0 ? -pence : pence) / 100 +
			 ((pence < 0 ? -pence : pence) % 100 >= 50);

	(void)snprintf(buffer, NUMBER_SIZE, "%s\xC2\xA3%s", pence < 0 && pounds > 0 ? "-" : "",
			format_count(pounds, digits));
	return buffer;
}

double number_at(const struct table *table, int64_t row, int64_t column)
{
	if (table_is_null(table, row, column))
		return (double)NAN;
	if (strcmp(table->schema.children[column]->format, "g") == 0)
		return table_double(table, row, column);
	return (double)table_integer(table, row, column);
}

const char *text_at(const struct table *table, int64_t row, int64_t column, char *out, size_t size)
{
	size_t length;
	const char *text = table_text(table, row, column, &length);

	(void)snprintf(out, size, "%.*s", (int)length, text);
	return out;
}

static int is_words(char form)
{
	return form == SHOW_TEXT || form == SHOW_WORDS;
}

/* "partial_evidence|no_effect" as "partial evidence, no effect". @param out of 400 bytes */
static const char *in_words(const char *text, char *out)
{
	size_t n = 0;

	for (; *text != '\0' && n < 397; text++) {
		if (*text == '|') {
			out[n++] = ',';
			out[n++] = ' ';
		} else {
			out[n++] = *text == '_' ? ' ' : *text;
		}
	}
	out[n] = '\0';
	return out;
}

void show_cell(struct page *page, const struct table *table, int64_t row, int64_t column, char form)
{
	char text[200], words[400];
	double value;

	if (table_is_null(table, row, column)) {
		page_put(page, is_words(form) ? "<td></td>" : "<td class=\"n\"></td>");
		return;
	}
	if (form == SHOW_WORDS) {
		page_cell(page, in_words(text_at(table, row, column, text, sizeof(text)), words));
		return;
	}
	if (form == SHOW_TEXT) {
		page_cell(page, text_at(table, row, column, text, sizeof(text)));
		return;
	}
	value = number_at(table, row, column);
	if (form == SHOW_COUNT)
		page_cell_count(page, (int64_t)llround(value));
	else if (form == SHOW_PERCENT)
		page_cell_percent(page, value);
	else if (form == SHOW_PENCE)
		page_put(page, "<td class=\"n\">%s</td>",
				format_pence((int64_t)llround(value), text));
	else if (form == SHOW_EXACT)
		page_put(page, "<td class=\"n\">\xC2\xA3%.2f</td>", value / 100.0);
	else if (form == SHOW_POUNDS)
		page_put(page, "<td class=\"n\">%s</td>",
				format_pence((int64_t)llround(100.0 * value), text));
	else
		page_put(page, "<td class=\"n\">%.*f</td>", form == SHOW_FINE ? 4 : 2, value);
}

void show_table(struct page *page, const struct table *table, const char *caption,
		const struct shown *columns, int folded)
{
	char headings[600] = "";
	size_t used = 0;
	int texts = 0;

	for (const struct shown *at = columns; at->column != NULL; at++) {
		used += (size_t)snprintf(headings + used, sizeof(headings) - used, "%s%s",
				at == columns ? "" : "|", at->heading);
		texts += is_words(at->form) && texts == at - columns;
	}
	page_table_begin(page, caption, headings, texts, folded);
	for (int64_t row = 0; row < table->n_rows; row++) {
		page_row_begin(page);
		for (const struct shown *at = columns; at->column != NULL; at++)
			show_cell(page, table, row, table_column(table, at->column), at->form);
		page_row_end(page);
	}
	page_table_end(page);
}

cstn_status show_stream(struct page *page, struct ArrowArrayStream *rows, const char *caption,
		const struct shown *columns, int folded)
{
	struct table table;
	cstn_status status = table_read(rows, &table);

	if (status != CSTN_OK)
		return status;
	show_table(page, &table, caption, columns, folded);
	table_free(&table);
	return CSTN_OK;
}
