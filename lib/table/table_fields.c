/* Result tables by a list of their columns, and numbers that may be none. O(1) a value. */
#include "table/table_fields.h"

#include <math.h>

#include "base/error.h"

int cstn__table_add_fields(cstn__table_builder *table, const cstn__table_field *fields, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (cstn__table_add_column(table, fields[i].name, fields[i].type, 0,
				    fields[i].nullable) < 0)
			return -1;
	return 0;
}

cstn_status cstn__fields_table(const cstn_allocator *allocator, const cstn__table_field *fields,
		size_t n, cstn__table_builder **out, cstn_error **error)
{
	cstn__table_builder *table = NULL;
	cstn_status status = cstn__table_builder_new(allocator, &table, error);

	if (status != CSTN_OK)
		return status;
	if (cstn__table_add_fields(table, fields, n)) {
		cstn__table_builder_free(table);
		return cstn__fail_nomem(error);
	}
	*out = table;
	return CSTN_OK;
}

void cstn__put_word(cstn__table_builder *table, int32_t column, const char *word)
{
	cstn__table_put_text(table, column, word, strlen(word));
}

void cstn__put_f64_or_null(cstn__table_builder *table, int32_t column, int is_known, double value)
{
	if (is_known)
		cstn__table_put_f64(table, column, value);
	else
		cstn__table_put_null(table, column);
}

void cstn__put_number(cstn__table_builder *table, int32_t column, double value)
{
	cstn__put_f64_or_null(table, column, !isnan(value), value);
}

void cstn__put_share(cstn__table_builder *table, int32_t column, int64_t part, int64_t whole)
{
	cstn__put_f64_or_null(
			table, column, whole != 0, whole ? (double)part / (double)whole : 0.0);
}

int cstn__put_counts(cstn__table_builder *table, const cstn__table_count *counts, size_t n)
{
	static const cstn__table_field columns[] = {
			{"name", CSTN_TYPE_TEXT, 0}, {"n", CSTN_TYPE_INT64, 0}};
	size_t i;

	if (cstn__table_add_fields(table, CSTN__FIELDS(columns)))
		return -1;
	for (i = 0; i < n; i++) {
		cstn__put_word(table, 0, counts[i].name);
		cstn__table_put_i64(table, 1, counts[i].n);
	}
	return 0;
}
