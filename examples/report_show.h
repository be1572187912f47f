/* Tables of the library on the page: which columns, under which headings, in which form. */
#ifndef CSTN_EXAMPLE_REPORT_SHOW_H
#define CSTN_EXAMPLE_REPORT_SHOW_H

#include "report_page.h"
#include "report_table.h"

#define SHOW_TEXT 't'
#define SHOW_WORDS 'w' /* names such as no_effect, as words */
#define SHOW_COUNT 'n'
#define SHOW_PERCENT 'p'
#define SHOW_NUMBER '2' /* two decimals */
#define SHOW_FINE '4'   /* four */
#define SHOW_PENCE 'c'  /* int64 or decimal of scale 2, as whole pounds */
#define SHOW_EXACT 'x'  /* the same, with its pence */
#define SHOW_POUNDS 'L' /* a double, as whole pounds */

struct shown {
	const char *column; /* NULL ends the list */
	const char *heading;
	char form;
};

/** A table of the library as a table of the page; a null is empty. @param rows released */
cstn_status show_stream(struct page *page, struct ArrowArrayStream *rows, const char *caption,
		const struct shown *columns, int folded);
/** The same of a table that was read. */
void show_table(struct page *page, const struct table *table, const char *caption,
		const struct shown *columns, int folded);
/** A cell alone. */
void show_cell(struct page *page, const struct table *table, int64_t row, int64_t column,
		char form);

/** "£1,234" of pence, the half away from 0 */
const char *format_pence(int64_t pence, char buffer[NUMBER_SIZE]);
/** A number of a column of whole or other numbers, as a double; NaN for null. */
double number_at(const struct table *table, int64_t row, int64_t column);
/** Text of a cell, cut to fit. */
const char *text_at(const struct table *table, int64_t row, int64_t column, char *out, size_t size);

#endif
