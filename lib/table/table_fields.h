#ifndef CSTN_TABLE_FIELDS_H
#define CSTN_TABLE_FIELDS_H

#include <string.h>

#include "table/export.h"

/* Columns of a result table, and values that are often put into one. */
typedef struct cstn__table_field {
	const char *name;
	int32_t type;
	int32_t nullable;
} cstn__table_field;
#define CSTN__FIELDS(fields) (fields), sizeof(fields) / sizeof((fields)[0])

/* The next columns of a table. 0, or -1 when out of memory. */
int cstn__table_add_fields(cstn__table_builder *table, const cstn__table_field *fields, size_t n);
/* A table of these columns. */
cstn_status cstn__fields_table(const cstn_allocator *allocator, const cstn__table_field *fields,
		size_t n, cstn__table_builder **out, cstn_error **error);

void cstn__put_word(cstn__table_builder *table, int32_t column, const char *word);
void cstn__put_f64_or_null(cstn__table_builder *table, int32_t column, int is_known, double value);
/* NaN: null. */
void cstn__put_number(cstn__table_builder *table, int32_t column, double value);
/* part / whole; null for whole 0. */
void cstn__put_share(cstn__table_builder *table, int32_t column, int64_t part, int64_t whole);

/* Two columns, `name` and `n`, and a row of each count. 0, or -1 when out of memory. */
typedef struct cstn__table_count {
	const char *name;
	int64_t n;
} cstn__table_count;
int cstn__put_counts(cstn__table_builder *table, const cstn__table_count *counts, size_t n);

#endif
