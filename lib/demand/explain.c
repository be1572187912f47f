/* Parts of a product that add up.
 *
 * f = l F_1 F_2 .. leaves f - l to be shared by the factors: each has Lm(f, l) log F_k, with the
 * logarithmic mean Lm(a, b) = (a - b) / (log a - log b) (Ang 2004). The logarithms add up to
 * log(f / l), so the parts to f - l; they do not depend on the order of the factors. Where a factor
 * is 0 nothing is left of l: the first one took it. O(n). */
#include "demand/explain.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/elementary.h"

/* Below it the difference of a and b has lost digits that their ratio still has. */
#define NEAR .5

double cstn__log_mean(double difference, double b, double log_ratio)
{
	if (fabs(log_ratio) > NEAR)
		return difference / log_ratio;
	if (log_ratio == 0) /* NOLINT: exactly equal */
		return b;
	return b * (cstn__expm1(log_ratio) / log_ratio);
}

void cstn__explain_product(double level, const double *factors, size_t n, double product,
		int is_cut, double *parts)
{
	double sum = 0, mean;
	size_t i;

	memset(parts, 0, n * sizeof(*parts));
	for (i = 0; i < n; i++)
		if (!(factors[i] > 0)) {
			parts[i] = -level;
			return;
		}
	for (i = 0; i < n; i++) {
		parts[i] = cstn__log(factors[i]);
		sum += parts[i];
	}
	if (is_cut)
		mean = sum != 0 ? (product - level) / sum : 0; /* NOLINT: nothing to share */
	else
		mean = cstn__log_mean(product - level, level, sum);
	for (i = 0; i < n; i++)
		parts[i] *= mean;
}

int cstn__explain_column(cstn__table_builder *table, const cstn_allocator *allocator,
		const char *prefix, const char *name)
{
	size_t before = strlen(prefix), size = before + strlen(name) + 1;
	char *text = cstn__alloc(allocator, size);
	int32_t column;

	if (!text)
		return -1;
	memcpy(text, prefix, before);
	memcpy(text + before, name, size - before);
	column = cstn__table_add_column(table, text, CSTN_TYPE_DOUBLE, 0, 0);
	cstn__free(allocator, text, size);
	return column < 0 ? -1 : 0;
}
