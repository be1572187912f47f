/* Result tables by a list of their columns, and rates into them. O(1) a value. */
#include "customer/fields.h"

#include "base/error.h"
#include "base/stats.h"

cstn_status cstn__fields_table(const cstn_allocator *allocator, const cstn__table_field *fields,
		size_t n, cstn__table_builder **out, cstn_error **error)
{
	cstn__table_builder *table = NULL;
	cstn_status status = cstn__table_builder_new(allocator, &table, error);
	int failed = 0;
	size_t i;

	if (status != CSTN_OK)
		return status;
	for (i = 0; i < n; i++)
		failed |= cstn__table_add_column(table, fields[i].name, fields[i].type, 0,
					  fields[i].nullable) < 0;
	if (failed) {
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

void cstn__put_share(cstn__table_builder *table, int32_t column, int64_t part, int64_t whole)
{
	cstn__put_f64_or_null(
			table, column, whole != 0, whole ? (double)part / (double)whole : 0.0);
}

void cstn__put_rate(
		cstn__table_builder *table, int32_t column, int64_t part, int64_t whole, double z)
{
	double low = 0.0, high = 0.0;

	if (whole)
		cstn__wilson((double)part / (double)whole, (double)whole, z, &low, &high);
	cstn__put_share(table, column, part, whole);
	cstn__put_f64_or_null(table, column + 1, whole != 0, low);
	cstn__put_f64_or_null(table, column + 2, whole != 0, high);
}
