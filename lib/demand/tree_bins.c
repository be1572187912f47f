/* Values of columns as bytes, for histograms.
 *
 * Cuts lie half way between neighbours of the sorted sample: between all that differ, or at even
 * ranks. What was not in the sample falls between the same cuts. Columns go into the first byte
 * that has room for the product of their bins. O(columns n log n) for the cuts, eight comparisons a
 * value after. */
#include <math.h>
#include <string.h>

#include "base/sort.h"
#include "demand/trees.h"

static int by_value(const void *a, const void *b, void *context)
{
	const double x = *(const double *)a, y = *(const double *)b;

	(void)context;
	return x < y ? -1 : x > y;
}

/* Half way from a to b, a < b, so that a is left of it and b is not. */
static double between(double a, double b)
{
	double middle = a / 2.0 + b / 2.0;

	return middle >= a && middle < b ? middle : a;
}

/* Cuts of one sorted column. */
static size_t cut(const double *x, size_t n, size_t most, double *cuts)
{
	size_t i, distinct = 1, made = 0;

	for (i = 1; i < n; i++)
		distinct += x[i] > x[i - 1];
	if (distinct <= most) {
		for (i = 1; i < n; i++)
			if (x[i] > x[i - 1])
				cuts[made++] = between(x[i - 1], x[i]);
		return made;
	}
	for (i = 1; i < most; i++) {
		size_t rank = (size_t)((uint64_t)n * i / most);

		/* The first step at or after the rank, so that equal values share a bin. */
		while (rank < n && rank > 0 && !(x[rank] > x[rank - 1]))
			rank++;
		if (rank > 0 && rank < n) {
			double at = between(x[rank - 1], x[rank]);

			if (made == 0 || at > cuts[made - 1])
				cuts[made++] = at;
		}
	}
	return made;
}

/* Which byte of a row each column lies in. */
static void share_bytes(cstn__bins *bins)
{
	size_t c, at, k;

	bins->bytes = 0;
	for (c = 0; c < bins->columns; c++) {
		size_t values = (size_t)bins->count[c] + 1;

		for (at = 0; at < bins->bytes && bins->cells[at] * values > CSTN__BINS_MOST; at++)
			;
		if (at == bins->bytes)
			bins->cells[bins->bytes++] = 1;
		bins->byte[c] = (uint8_t)at;
		bins->times[c] = (uint8_t)bins->cells[at];
		for (k = 0; k < CSTN__BINS_MOST; k++)
			bins->bin[c * CSTN__BINS_MOST + k] =
					(uint8_t)(k / bins->cells[at] % values);
		bins->cells[at] = (uint16_t)(bins->cells[at] * values);
	}
	bins->stride = (bins->bytes + 15) / 16 * 16;
}

int cstn__bins_make(cstn__bins *bins, const cstn_allocator *allocator, const double *x, size_t n,
		size_t columns, size_t most)
{
	double *column;
	size_t c, i;

	memset(bins, 0, sizeof(*bins));
	bins->allocator = *allocator;
	bins->columns = columns;
	bins->cuts = cstn__alloc(
			allocator, cstn__array_size(columns * CSTN__BINS_MOST, sizeof(double)));
	bins->bin = cstn__alloc(allocator, cstn__array_size(columns, CSTN__BINS_MOST));
	column = cstn__alloc(allocator, cstn__array_size(n, sizeof(double)));
	if (bins->cuts == NULL || bins->bin == NULL || column == NULL) {
		cstn__free(allocator, column, n * sizeof(double));
		cstn__bins_free(bins);
		return -1;
	}
	for (c = 0; c < columns; c++) {
		double *cuts = bins->cuts + c * CSTN__BINS_MOST;

		for (i = 0; i < n; i++)
			column[i] = x[i * columns + c];
		cstn__sort(column, n, sizeof(*column), by_value, NULL);
		bins->count[c] = (uint16_t)(n > 0 ? cut(column, n, most, cuts) : 0);
		for (i = bins->count[c]; i < CSTN__BINS_MOST; i++)
			cuts[i] = INFINITY;
	}
	cstn__free(allocator, column, n * sizeof(double));
	share_bytes(bins);
	return 0;
}

void cstn__bins_free(cstn__bins *bins)
{
	cstn__free(&bins->allocator, bins->cuts, bins->columns * CSTN__BINS_MOST * sizeof(double));
	cstn__free(&bins->allocator, bins->bin, bins->columns * CSTN__BINS_MOST);
	bins->cuts = NULL;
	bins->bin = NULL;
}

void cstn__bins_row(const cstn__bins *bins, const double *x, uint8_t *out)
{
	size_t c;

	memset(out, 0, bins->stride);
	for (c = 0; c < bins->columns; c++) {
		const double *cuts = bins->cuts + c * CSTN__BINS_MOST;
		size_t below = 0, step;

		/* How many cuts lie below x: eight steps without a branch. */
		for (step = CSTN__BINS_MOST / 2; step > 0; step /= 2)
			below += cuts[below + step - 1] < x[c] ? step : 0;
		out[bins->byte[c]] = (uint8_t)(out[bins->byte[c]] + below * bins->times[c]);
	}
}
