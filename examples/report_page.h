/* An HTML page that is one file: text, numbers and tables; report_chart.h adds the pictures. */
#ifndef CSTN_EXAMPLE_REPORT_PAGE_H
#define CSTN_EXAMPLE_REPORT_PAGE_H

#include <constellation/constellation.h>

#include <stdio.h>

/* A failure to write is kept in the FILE and told by page_close(). */
struct page {
	FILE *file;
	int charts; /* how many so far: gives each an id */
	int folded; /* the open table is inside <details> */
};

/** Begin a page. @return 0, or -1 with errno */
int page_open(struct page *page, const char *path, const char *title, const char *lead);
/** End it. @return 0, or -1 with errno if anything could not be written */
int page_close(struct page *page);

/** HTML as it is, with printf()'s conversions. */
void page_put(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Text, with the characters that HTML gives a meaning replaced. */
void page_text(struct page *page, const char *text);

/** A table: headings parted by '|', numbers to the right from column `numbers_from` (0-based) on.
 *  @param folded 1 to show the caption alone until it is clicked */
void page_table_begin(struct page *page, const char *caption, const char *headings,
		int numbers_from, int folded);
void page_row_begin(struct page *page);
void page_cell(struct page *page, const char *text);
void page_cell_count(struct page *page, int64_t count);
void page_cell_rate(struct page *page, const cstn_rate *rate);
void page_cell_interval(struct page *page, const cstn_rate *rate);
void page_cell_percent(struct page *page, double value);
void page_row_end(struct page *page);
void page_table_end(struct page *page);

#define NUMBER_SIZE 48
/** "96,470" */
const char *format_count(int64_t count, char buffer[NUMBER_SIZE]);
/** "93.23 %"; "no rate" for NaN */
const char *format_percent(double value, char buffer[NUMBER_SIZE]);

#endif
