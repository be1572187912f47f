/* The order of a key index: rows by the leading bits of their hash, which name a bucket of about
 * eight, then by the whole hash, then by row. Counting by bucket and filling the buckets in row
 * order leaves only the few of a bucket to sort, so n rows cost O(n). A bucket of many rows (one
 * key a million times) is sorted by comparing instead of insertion. */
#include "base/sort.h"
#include "store/segment_format.h"

#define FEW 24u

/* Rows of one bucket, in row order before; equal hashes keep it. */
static void insertion_sort(const uint64_t *hashes, uint32_t *rows, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		uint32_t row = rows[i], at = i;

		for (; at && hashes[rows[at - 1]] > hashes[row]; at--)
			rows[at] = rows[at - 1];
		rows[at] = row;
	}
}

static int compare_rows(const void *a, const void *b, void *context)
{
	const uint64_t *hashes = context;
	uint32_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	if (hashes[x] != hashes[y])
		return hashes[x] < hashes[y] ? -1 : 1;
	return x < y ? -1 : x > y;
}

void cstn__key_order(const uint64_t *hashes, uint32_t n, uint32_t bits, uint32_t *starts,
		uint32_t *order)
{
	uint32_t buckets = UINT32_C(1) << bits, sum = 0;

	memset(starts, 0, ((size_t)buckets + 1) * sizeof(*starts));
	for (uint32_t row = 0; row < n; row++)
		starts[cstn__key_bucket(hashes[row], bits)]++;
	for (uint32_t i = 0; i < buckets; i++) {
		uint32_t count = starts[i];

		starts[i] = sum;
		sum += count;
	}
	for (uint32_t row = 0; row < n; row++)
		order[starts[cstn__key_bucket(hashes[row], bits)]++] = row;
	/* Each start has moved to its bucket's end, which is the start of the next. */
	for (uint32_t i = buckets; i > 0; i--)
		starts[i] = starts[i - 1];
	starts[0] = 0;
	for (uint32_t i = 0; i < buckets; i++) {
		uint32_t *rows = order + starts[i], count = starts[i + 1] - starts[i];

		if (count <= FEW)
			insertion_sort(hashes, rows, count);
		else
			cstn__sort(rows, count, sizeof(*rows), compare_rows,
					(void *)(uintptr_t)hashes);
	}
}
