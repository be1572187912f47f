/* Rates with their intervals as columns of result tables. O(1) a value. */
#include "customer/fields.h"

#include "base/stats.h"

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
