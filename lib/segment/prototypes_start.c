/* The start of Cao, Liang and Bai (2009): a row's density is the mean share of the rows that have
 * its categories; the densest row is the first, each next one has the greatest least product of
 * density and mismatches with those chosen. Densities are whole numbers (the sum of the counts), so
 * ties are exact and go to the lowest row. Cost: n m a start, 16 bytes a row. */
#include <string.h>

#include "base/error.h"
#include "segment/prototypes_model.h"

#define ROWS CSTN__PACK_ROWS

void cstn__prototypes_start_at(cstn__kmeans_run *run, size_t j, uint64_t row)
{
	const cstn__kmeans_rows *rows = run->plan->rows;
	size_t l;

	for (l = 0; l < rows->d; l++)
		run->centres.at[j * rows->d + l] = cstn__kmeans_value(rows, row, l);
	for (l = 0; l < rows->m; l++)
		run->centres.modes[j * rows->m + l] = cstn__kmeans_codes(rows, row)[l * ROWS];
}

/* The row with the greatest number among those that count, the lowest of equal ones. */
static uint64_t greatest(const cstn__kmeans_rows *rows, const uint64_t *numbers)
{
	uint64_t row, found = UINT64_MAX;

	for (row = 0; row < rows->n; row++)
		if (cstn__kmeans_weight(rows, row) &&
				(found == UINT64_MAX || numbers[row] > numbers[found]))
			found = row;
	return found;
}

cstn_status cstn__prototypes_cao(cstn__kmeans_run *run, const int64_t *counts, cstn_error **error)
{
	const cstn__kmeans_rows *rows = run->plan->rows;
	const cstn_allocator *allocator = &rows->allocator;
	cstn__block_differ *differ = cstn__kmeans_differ(run->plan->simd);
	size_t size = cstn__array_size(rows->n, 2 * sizeof(uint64_t)), j, c, i;
	uint64_t *density = cstn__alloc_zero(allocator, size), *least, row;

	if (!density)
		return cstn__fail_nomem(error);
	least = density + rows->n;
	for (row = 0; row < rows->n; row++)
		for (c = 0; c < rows->m && cstn__kmeans_weight(rows, row); c++)
			density[row] += (uint64_t)counts[cstn__kmeans_codes(rows, row)[c * ROWS]];
	memset(least, 0xff, (size_t)rows->n * sizeof(*least));
	cstn__prototypes_start_at(run, 0, greatest(rows, density));
	for (j = 1; j < run->plan->k; j++) {
		const uint32_t *modes = run->centres.modes + (j - 1) * rows->m;
		uint32_t out[ROWS];

		for (row = 0; row < rows->n; row += ROWS) {
			size_t n = rows->n - row < ROWS ? (size_t)(rows->n - row) : ROWS;

			differ(cstn__kmeans_codes(rows, row), rows->m, modes, out);
			for (i = 0; i < n; i++)
				if (density[row + i] * out[i] < least[row + i])
					least[row + i] = density[row + i] * out[i];
		}
		cstn__prototypes_start_at(run, j, greatest(rows, least));
	}
	cstn__free(allocator, density, size);
	return CSTN_OK;
}
