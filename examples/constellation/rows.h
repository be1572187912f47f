#ifndef ROWS_H
#define ROWS_H

#include "program.h"

/* How rows are printed: cells as text, and the table for people. */

#define COLUMNS_MAX 128

enum cell_kind { CELL_NULL, CELL_NUMBER, CELL_FLAG, CELL_TEXT };

typedef struct cell {
	enum cell_kind kind;
	const char *text; /* into `own`, or borrowed from the array */
	size_t len;
	char own[48];
} cell;

/* One value, of the types that the library gives out. */
void read_cell(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row,
		cell *out);
int is_number(const struct ArrowSchema *schema);

/* A table for people: aligned, of the columns that have values, as wide as the terminal. Its first
 * batches are held until enough rows are known to choose the columns by. */
#define BATCHES_MAX 16

/* What is known of a column by the rows so far. */
typedef struct sheet_column {
	size_t width;
	int has_value, has_hours, is_same; /* a time that is no midnight; one value in all rows */
	int is_shown, as_days;             /* chosen; midnights as days */
	cell first;                        /* of the first row, text in `own` */
} sheet_column;

typedef struct sheet {
	const arguments *given;
	const struct ArrowSchema *schema;
	size_t n;
	sheet_column columns[COLUMNS_MAX];
	uint64_t measured;
	size_t shown[COLUMNS_MAX], n_shown;
	struct ArrowArray batches[BATCHES_MAX];
	int64_t n_rows[BATCHES_MAX]; /* of a batch that is held: rows to print */
	size_t n_batches;
	uint64_t rows;
	int is_begun;
} sheet;

void sheet_init(sheet *table, const arguments *given, const struct ArrowSchema *schema);
/* The first n rows of a batch; moves the batch. */
void sheet_add(sheet *table, struct ArrowArray *batch, int64_t n);
/* Print what is held, how many rows there were and what was left out. */
void sheet_end(sheet *table);
/* After a failure: release what is held. */
void sheet_drop(sheet *table);

#endif
