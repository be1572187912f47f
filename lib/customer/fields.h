#ifndef CSTN_CUSTOMER_FIELDS_H
#define CSTN_CUSTOMER_FIELDS_H

#include <string.h>

#include "table/export.h"

/* Columns of a table, and values that are often put into one. */
typedef struct cstn__table_field {
	const char *name;
	int32_t type;
	int32_t nullable;
} cstn__table_field;

/* A table of these columns. */
cstn_status cstn__fields_table(const cstn_allocator *allocator, const cstn__table_field *fields,
		size_t n, cstn__table_builder **out, cstn_error **error);
void cstn__put_word(cstn__table_builder *table, int32_t column, const char *word);
/* part / whole; null for whole 0. */
void cstn__put_share(cstn__table_builder *table, int32_t column, int64_t part, int64_t whole);
/* The same with its Wilson interval in the two columns that follow. */
void cstn__put_rate(
		cstn__table_builder *table, int32_t column, int64_t part, int64_t whole, double z);
void cstn__put_f64_or_null(cstn__table_builder *table, int32_t column, int is_known, double value);

#endif
