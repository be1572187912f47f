#ifndef TESTS_AGGREGATE_SHEET_H
#define TESTS_AGGREGATE_SHEET_H

#include <constellation/constellation.h>

#define SHEET_SCHEMA "a text\nb text\nfirm text\npay int64 null\nill text null\nid int64\n"
#define SHEET_MOST 120
#define SHEET_TEXT (SHEET_MOST * 32 + 64)

/* Rows of small numbers, and the same as CSV text; ids are from 3 on. */
typedef struct sheet {
	int n, as, bs, firms;
	int a[SHEET_MOST], b[SHEET_MOST], firm[SHEET_MOST], ill[SHEET_MOST];
	int64_t pay[SHEET_MOST];
	char text[SHEET_TEXT];
} sheet;
void sheet_random(uint64_t seed, sheet *s);
/* A cell: a and b, -1 where summed over. */
int sheet_is_in(const sheet *s, int row, int a, int b);

extern const char *const sheet_by_a_b[];
/* Cells by a and b, with the sum and count of pay, of companies "firm". */
cstn_aggregate_options sheet_usual(void);
/* The same, with rules that are drawn. */
cstn_aggregate_options sheet_rules(uint64_t seed);

/* CSV text: n rows of a cell, of `firms` firms in turn, each with that pay, put at a place; the
 * place behind them. */
size_t sheet_put_rows(char *text, size_t at, const char *cell, int n, int firms, int pay, int *id);
/* A table of six cells, some of which break a rule; static memory. */
const char *sheet_small(void);

/* cstn_aggregate() of CSV text, to texts of SHEET_TEXT bytes; `refused_text` may be NULL. */
cstn_status sheet_aggregated(const char *rows_text, const cstn_aggregate_options *o,
		cstn_difference_guard *guard, char *cells_text, char *refused_text,
		cstn_error **error);

#endif
