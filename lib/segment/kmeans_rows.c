/* Packing rows for k-means. Every column has its mean taken off and all are multiplied by the same
 * power of two, so that values lie within 128 and a float32 holds them to 24 bits; then they are
 * rounded to multiples of 2^-24. So sums of packed values are whole numbers of 2^-24, exact in any
 * order, and no product of two differences underflows. Blocks of 16 rows lie dimension by
 * dimension: a vector of any width takes the same dimension of several rows.
 *
 * Cost: one pass over the values. */
#include "segment/kmeans_rows.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/parallel.h"

#define BLOCK CSTN__FEATURE_BLOCK
#define ROWS CSTN__PACK_ROWS
#define ROUND 6755399441055744.0 /* 1.5 2^52: adding it rounds to whole numbers */

int32_t cstn__packing_power(const cstn__transform *transforms, size_t d)
{
	double reach = 0.0;
	int exponent;
	size_t l;

	for (l = 0; l < d; l++)
		reach = fmax(reach, transforms[l].reach);
	if (!(reach > 0.0))
		return 0;
	(void)frexp(reach, &exponent); /* reach < 2^exponent */
	exponent = 7 - exponent;
	return exponent > 1000 ? 1000 : exponent;
}

uint64_t cstn__pack_values(double mean, int32_t power, const double *x, size_t n, double *out)
{
	double factor = ldexp(1.0, power);
	uint64_t beyond = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		double z = (x[i] - mean) * factor;

		if (!(fabs(z) <= CSTN__PACK_LIMIT)) {
			beyond++;
			z = z > 0.0 ? CSTN__PACK_LIMIT : -CSTN__PACK_LIMIT;
		}
		/* first to float32, then to a whole number of 2^-24; zero is +0 */
		z = (double)(float)z * CSTN__PACK_ONE + ROUND - ROUND;
		out[i] = z / CSTN__PACK_ONE + 0.0;
	}
	return beyond;
}

typedef struct packing {
	cstn__kmeans_rows *rows;
	const cstn__features *features;
	const cstn__transform *transforms;
	const cstn__packing *how;
	uint64_t *clamped; /* of each morsel */
	int simd, reserved;
} packing;

static cstn_status pack_morsel(void *context, size_t morsel, int32_t number)
{
	packing *run = context;
	cstn__kmeans_rows *rows = run->rows;
	uint64_t start = (uint64_t)morsel * CSTN__MORSEL_ROWS, end = start + CSTN__MORSEL_ROWS;
	double values[BLOCK];

	(void)number;
	if (end > rows->n)
		end = rows->n;
	for (; start < end; start += BLOCK) {
		int32_t n = end - start < BLOCK ? (int32_t)(end - start) : BLOCK, i;
		size_t l;

		for (l = 0; l < rows->d; l++) {
			float *out = rows->z + (start / ROWS * rows->d + l) * ROWS;
			cstn_status status = cstn__features_read(run->features, l, start, n,
					run->transforms[l].fill, values);

			if (status != CSTN_OK)
				return status;
			cstn__transform_apply(&run->transforms[l], run->simd, values, (size_t)n);
			run->clamped[morsel] += cstn__pack_values(run->how->mean[l],
					run->how->power, values, (size_t)n, values);
			for (i = 0; i < n; i++)
				out[(size_t)(i / ROWS) * rows->d * ROWS + (size_t)(i % ROWS)] =
						(float)values[i];
		}
		for (i = 0; i < n; i++) /* a bad row is all zeros */
			if (cstn__features_is_bad(run->features, start + (uint64_t)i))
				for (l = 0; l < rows->d; l++)
					rows->z[((start + (uint64_t)i) / ROWS * rows->d + l) *
									ROWS +
							(uint64_t)i % ROWS] = 0.0f;
	}
	return CSTN_OK;
}

static size_t z_size(const cstn__kmeans_rows *rows)
{
	return cstn__array_size(rows->blocks * ROWS, rows->d * sizeof(float));
}

int cstn__kmeans_rows_make(
		cstn__kmeans_rows *rows, uint64_t n, size_t d, const cstn_allocator *allocator)
{
	memset(rows, 0, sizeof(*rows));
	rows->allocator = *allocator;
	rows->n = n;
	rows->d = d;
	rows->blocks = (n + ROWS - 1) / ROWS;
	rows->z = cstn__alloc_aligned(allocator, z_size(rows), 64);
	if (rows->z && rows->blocks)
		memset(rows->z + (rows->blocks - 1) * d * ROWS, 0, d * ROWS * sizeof(float));
	return rows->z ? 0 : -1;
}

cstn_status cstn__kmeans_rows_pack(cstn__kmeans_rows *rows, const cstn__features *features,
		const cstn__transform *transforms, const cstn__packing *how, int32_t threads,
		int simd, cstn_error **error)
{
	size_t morsels = (features->n + CSTN__MORSEL_ROWS - 1) / CSTN__MORSEL_ROWS, m;
	packing run = {rows, features, transforms, how, NULL, simd, 0};
	cstn_status status = CSTN_E_NOMEM;
	int failed = cstn__kmeans_rows_make(rows, features->n, features->d, &features->allocator);

	rows->weights = features->weights;
	rows->weight = features->weight;
	run.clamped = cstn__alloc_zero(&rows->allocator, morsels * sizeof(uint64_t));
	if (!failed && run.clamped) {
		cstn__is_read_all_over(rows->z, z_size(rows));
		status = cstn__parallel_for(morsels, threads, NULL, pack_morsel, &run);
	}
	for (m = 0; m < morsels && status == CSTN_OK; m++)
		rows->clamped += run.clamped[m];
	cstn__free(&rows->allocator, run.clamped, morsels * sizeof(uint64_t));
	if (status == CSTN_OK)
		return CSTN_OK;
	cstn__kmeans_rows_free(rows);
	return cstn__fail_nomem(error);
}

void cstn__kmeans_rows_free(cstn__kmeans_rows *rows)
{
	if (rows->z)
		cstn__free_aligned(&rows->allocator, rows->z, z_size(rows), 64);
	memset(rows, 0, sizeof(*rows));
}

/* --- distinct rows ---------------------------------------------------------------------------- */

int cstn__kmeans_same(const cstn__kmeans_rows *rows, uint64_t a, uint64_t b)
{
	const float *p = cstn__kmeans_block(rows, a), *q = cstn__kmeans_block(rows, b);
	size_t l;

	for (l = 0; l < rows->d; l++)
		if (p[l * ROWS + a % ROWS] != q[l * ROWS + b % ROWS])
			return 0;
	for (l = 0; l < rows->m; l++)
		if (cstn__kmeans_codes(rows, a)[l * ROWS] != cstn__kmeans_codes(rows, b)[l * ROWS])
			return 0;
	return 1;
}

static uint64_t hash_of(const cstn__kmeans_rows *rows, uint64_t row)
{
	const float *block = cstn__kmeans_block(rows, row);
	uint64_t hash = 0;
	size_t l;

	for (l = 0; l < rows->d; l++) {
		uint32_t bits;

		memcpy(&bits, &block[l * ROWS + row % ROWS], sizeof(bits));
		hash = cstn__mix64(hash ^ bits) + l;
	}
	for (l = 0; l < rows->m; l++)
		hash = cstn__mix64(hash ^ cstn__kmeans_codes(rows, row)[l * ROWS]) + l;
	return hash;
}

cstn_status cstn__kmeans_distinct(
		const cstn__kmeans_rows *rows, size_t k, size_t *out, cstn_error **error)
{
	size_t capacity = 16, size, found = 0;
	uint32_t *seen; /* row + 1 */
	uint64_t row;

	while (capacity < 2 * k)
		capacity *= 2;
	size = capacity * sizeof(*seen);
	seen = cstn__alloc_zero(&rows->allocator, size);
	if (!seen)
		return cstn__fail_nomem(error);
	for (row = 0; row < rows->n && found < k; row++) {
		size_t slot;

		if (!cstn__kmeans_weight(rows, row))
			continue;
		slot = (size_t)hash_of(rows, row) & (capacity - 1);
		while (seen[slot] && !cstn__kmeans_same(rows, seen[slot] - 1, row))
			slot = (slot + 1) & (capacity - 1);
		if (!seen[slot]) {
			seen[slot] = (uint32_t)row + 1;
			found++;
		}
	}
	cstn__free(&rows->allocator, seen, size);
	*out = found;
	return CSTN_OK;
}
