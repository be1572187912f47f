/* Sums of products, and ridge regressions out of them.
 *
 * Rows wait until eight are there and are then added to all cells at once, so that a cell is read
 * and written once for eight products; the order of additions is that of the rows, and eight cells
 * lie side by side in a vector, never fused: the bytes of the plain form on every instruction set.
 * Adding costs p^2 / 2 products a row, a regression n^3 / 3 for n columns, whatever the rows. */
#include "demand/gram.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/cpu.h"
#include "base/elementary_wide.h"

#define AT_ONCE 8
#define NOTHING_NEW 1e-12

/* --- sums ------------------------------------------------------------------------------------- */

/* Columns and target, up to whole vectors. */
static size_t stride_of(const cstn__gram *gram)
{
	return (gram->p + CSTN__LANES) / CSTN__LANES * CSTN__LANES;
}

static size_t part_size(const cstn__gram *gram)
{
	return cstn__array_size((gram->p + 1 + AT_ONCE) * stride_of(gram), sizeof(*gram->part));
}

/* The rows that wait, behind the cells. */
static double *waiting_rows(const cstn__gram *gram)
{
	return gram->part + (gram->p + 1) * stride_of(gram);
}

int cstn__gram_init(cstn__gram *gram, size_t p, const cstn_allocator *allocator)
{
	size_t i;

	memset(gram, 0, sizeof(*gram));
	gram->allocator = *allocator;
	gram->p = p;
	gram->cells = (p + 1) * (p + 2) / 2;
	gram->simd = cstn__cpu_simd();
	gram->part = cstn__alloc_zero(allocator, part_size(gram));
	gram->total = cstn__alloc(allocator, cstn__array_size(gram->cells, sizeof(*gram->total)));
	if (!gram->part || !gram->total) {
		cstn__gram_free(gram);
		return -1;
	}
	for (i = 0; i < gram->cells; i++)
		cstn__exact_sum_init(&gram->total[i]);
	return 0;
}

void cstn__gram_free(cstn__gram *gram)
{
	cstn__free(&gram->allocator, gram->part, part_size(gram));
	cstn__free(&gram->allocator, gram->total, gram->cells * sizeof(*gram->total));
	gram->part = NULL;
	gram->total = NULL;
}

/* Eight rows to the cells of `width` columns; what lies above the diagonal is not looked at. */
CSTN__INLINE void add_eight(double *cell, const double *row, size_t width, size_t stride)
{
	size_t i, j, k;

	for (i = 0; i < width; i++, cell += stride)
		for (j = 0; j <= i; j += CSTN__LANES) {
			cstn__doubles sum, x;

			memcpy(&sum, cell + j, sizeof(sum));
			for (k = 0; k < AT_ONCE; k++) {
				memcpy(&x, row + k * stride + j, sizeof(x));
				sum += row[k * stride + i] * x;
			}
			memcpy(cell + j, &sum, sizeof(sum));
		}
}

typedef void add_rows(double *cell, const double *row, size_t width, size_t stride);

static void add_portable(double *cell, const double *row, size_t width, size_t stride)
{
	add_eight(cell, row, width, stride);
}

CSTN__AVX2 static void add_avx2(double *cell, const double *row, size_t width, size_t stride)
{
	add_eight(cell, row, width, stride);
}

CSTN__AVX512 static void add_avx512(double *cell, const double *row, size_t width, size_t stride)
{
	add_eight(cell, row, width, stride);
}

static void add_waiting(cstn__gram *gram)
{
	static add_rows *const adds[] = {add_portable, add_portable, add_avx2, add_avx512};
	size_t stride = stride_of(gram);
	double *rows = waiting_rows(gram);

	/* rows that are not there add nothing */
	memset(rows + gram->waiting * stride, 0,
			(AT_ONCE - gram->waiting) * stride * sizeof(*rows));
	adds[gram->simd](gram->part, rows, gram->p + 1, stride);
	gram->waiting = 0;
}

void cstn__gram_add(cstn__gram *gram, const double *row)
{
	memcpy(waiting_rows(gram) + gram->waiting * stride_of(gram), row,
			(gram->p + 1) * sizeof(*row));
	gram->rows++;
	if (++gram->waiting == AT_ONCE)
		add_waiting(gram);
}

void cstn__gram_close(cstn__gram *gram)
{
	size_t width = gram->p + 1, stride = stride_of(gram), i, j;
	cstn__exact_sum *total = gram->total;

	if (gram->waiting)
		add_waiting(gram);
	for (i = 0; i < width; i++)
		for (j = 0; j <= i; j++, total++)
			if (gram->part[i * stride + j] != 0) /* NOLINT: nothing to add */
				cstn__exact_sum_add(total, gram->part[i * stride + j]);
	memset(gram->part, 0, width * stride * sizeof(*gram->part));
}

void cstn__gram_merge(cstn__gram *into, const cstn__gram *from)
{
	size_t i;

	for (i = 0; i < into->cells; i++)
		cstn__exact_sum_merge(&into->total[i], &from->total[i]);
	into->rows += from->rows;
}

int cstn__gram_values(const cstn__gram *gram, double *square)
{
	size_t width = gram->p + 1, i, j;
	const cstn__exact_sum *cell = gram->total;
	int failed = 0;

	for (i = 0; i < width; i++)
		for (j = 0; j <= i; j++, cell++) {
			double value = cstn__exact_sum_value(cell);

			failed |= !isfinite(value);
			square[i * width + j] = square[j * width + i] = value;
		}
	return failed ? -1 : 0;
}

double cstn__gram_error(const double *square, size_t p, const double *beta)
{
	size_t width = p + 1, i, j;
	double error = square[p * width + p];

	for (i = 0; i < p; i++) {
		double sum = -2 * square[p * width + i];

		if (beta[i] == 0)
			continue;
		for (j = 0; j < p; j++)
			sum += square[i * width + j] * beta[j];
		error += sum * beta[i];
	}
	return error > 0 ? error : 0;
}

/* --- ridge ------------------------------------------------------------------------------------ */

int cstn__ridge_init(cstn__ridge *ridge, size_t p, const double *square, double penalty,
		const cstn_allocator *allocator)
{
	ridge->allocator = *allocator;
	ridge->p = p;
	ridge->square = square;
	ridge->penalty = penalty;
	ridge->room = cstn__alloc(allocator, cstn__array_size(p * (p + 1), sizeof(*ridge->room)));
	ridge->kept = cstn__alloc(allocator, p * sizeof(*ridge->kept));
	if (ridge->room && ridge->kept)
		return 0;
	cstn__ridge_free(ridge);
	return -1;
}

void cstn__ridge_free(cstn__ridge *ridge)
{
	cstn__free(&ridge->allocator, ridge->room,
			ridge->p * (ridge->p + 1) * sizeof(*ridge->room));
	cstn__free(&ridge->allocator, ridge->kept, ridge->p * sizeof(*ridge->kept));
	ridge->room = NULL;
	ridge->kept = NULL;
}

/* The columns that say something new: a factor without penalty, row by row, that leaves out those
 * whose pivot is nothing. */
static size_t choose(cstn__ridge *ridge, const uint8_t *in, uint8_t *dropped)
{
	size_t p = ridge->p, width = p + 1, n = 0, i, j, k;
	double *l = ridge->room;

	for (i = 0; i < p; i++) {
		const double *row = ridge->square + i * width;
		double pivot = row[i];

		if (!in[i])
			continue;
		for (j = 0; j < n; j++) {
			double sum = row[ridge->kept[j]];

			for (k = 0; k < j; k++)
				sum -= l[n * p + k] * l[j * p + k];
			sum /= l[j * p + j];
			l[n * p + j] = sum;
			pivot -= sum * sum;
		}
		if (pivot > NOTHING_NEW * row[i]) {
			l[n * p + n] = sqrt(pivot);
			ridge->kept[n++] = (uint32_t)i;
		} else if (dropped) {
			dropped[i] = 1;
		}
	}
	return n;
}

void cstn__ridge_solve(cstn__ridge *ridge, const uint8_t *in, double *beta, uint8_t *dropped)
{
	size_t p = ridge->p, width = p + 1, n = choose(ridge, in, dropped), i, j;
	double *a = ridge->room, *b = ridge->room + p * p, trace = 0;
	const double *target = ridge->square + p * width;

	memset(beta, 0, p * sizeof(*beta));
	for (i = 0; i < n; i++)
		trace += ridge->square[ridge->kept[i] * (width + 1)];
	for (i = 0; i < n; i++) {
		const double *row = ridge->square + ridge->kept[i] * width;

		for (j = 0; j <= i; j++)
			a[i * p + j] = row[ridge->kept[j]];
		a[i * p + i] += ridge->penalty * trace / (double)n;
		b[i] = target[ridge->kept[i]];
	}
	/* pivots without a penalty were above 0, so that these are */
	if (cstn__cholesky(n, p, a, a))
		return;
	cstn__cholesky_solve(n, p, a, b, b);
	for (i = 0; i < n; i++)
		beta[ridge->kept[i]] = b[i];
}
