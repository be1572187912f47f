#ifndef TESTS_ANSWER_TABLE_H
#define TESTS_ANSWER_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* A table of a file under data/, read by the library's CSV reader: cells by column and row. The
 * schema is that of cstn_schema_parse(): columns may be double, int64, text or date (days since
 * 1970 as a number). `no_header` for files whose first line is data. */
typedef struct answer_table {
	size_t rows, columns;
	double **numbers; /* [column][row]; of a text its first word, if it is a number; else NaN */
	char ***texts;    /* [column][row]; NULL where it is a number or null */
} answer_table;
answer_table *answer_csv(const char *file, const char *schema, int no_header);
/* A file whose fields stand between blanks, after `skip` lines: all columns as numbers. */
answer_table *answer_blanks(const char *file, size_t columns, size_t skip);
void answer_table_free(answer_table *table);
/* All of a text beside the checkout (at most 1 MiB), plain or of gzip; to be freed. */
char *answer_page(const char *folder, const char *file);
/* A copy with a NUL behind, to be freed. */
char *answer_copy(const char *text, size_t len);
/* Numbers between blanks, at most `max`; stops at what is none. */
size_t answer_numbers(const char *text, double *out, size_t max);

#endif
