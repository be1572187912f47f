/* Iterations with bounds (Hamerly 2010): each row keeps an upper bound on the distance to its own
 * centre and a lower bound on the distance to every other. While the upper one is below the lower
 * one, or below half the way from its centre to the next, its nearest centre cannot have changed.
 * Bounds move by how far centres moved, and are rounded outwards, by more than double arithmetic
 * errs: so a row is passed over only if Lloyd's pass would have found the same label, and the
 * number of iterations is the same.
 *
 * The rows of a stretch whose bounds do not tell are packed into blocks and go through the same
 * vectors as those of a plain pass. That pass is so quick that bounds pay from some 250 centres on,
 * or some 100 if rows lie in heaps (measured with AVX-512 at 8 dimensions). Cost: about 10 ns a row
 * and iteration, and the distances of the rows that are left. */
#include <math.h>
#include <string.h>

#include "segment/kmeans_lloyd.h"

#define ROWS CSTN__PACK_ROWS
#define STRETCH 64
#define UP (1.0 + 0x1p-21)
#define DOWN (1.0 - 0x1p-21)

/* Half the distance to the nearest other centre, rounded down. */
void cstn__kmeans_hamerly_centres(cstn__kmeans_run *run)
{
	const cstn__kmeans_centres *centres = &run->centres;
	size_t i, j, l;

	for (i = 0; i < centres->k; i++)
		run->half[i] = (double)INFINITY;
	for (i = 0; i < centres->k; i++)
		for (j = i + 1; j < centres->k; j++) {
			const double *a = centres->at + i * centres->d;
			const double *b = centres->at + j * centres->d;
			double square = 0.0, half;

			for (l = 0; l < centres->d; l++)
				square += (a[l] - b[l]) * (a[l] - b[l]);
			half = 0.5 * sqrt(square) * DOWN;
			run->half[i] = half < run->half[i] ? half : run->half[i];
			run->half[j] = half < run->half[j] ? half : run->half[j];
		}
}

/* The two centres that moved most. */
typedef struct drift {
	double first, second;
	size_t at;
} drift;

static drift find_drift(const cstn__kmeans_run *run)
{
	drift out = {0.0, 0.0, 0};
	size_t j;

	for (j = 0; j < run->plan->k; j++)
		if (run->shift[j] > out.first) {
			out.second = out.first;
			out.first = run->shift[j];
			out.at = j;
		} else if (run->shift[j] > out.second) {
			out.second = run->shift[j];
		}
	return out;
}

/* 1 if the row's label may have changed. Moves its bounds. */
static int needs_look(cstn__kmeans_run *run, const drift *moved, uint64_t row)
{
	size_t own = run->labels[row];
	double upper = ((double)run->upper[row] + run->shift[own]) * UP;
	double lower = ((double)run->lower[row] -
				       (own == moved->at ? moved->second : moved->first) * UP) *
		       DOWN;
	double least;
	int open;

	lower = lower > 0.0 ? lower : 0.0;
	least = lower > run->half[own] ? lower : run->half[own];
	open = !(upper < least);
	if (open) {
		upper = sqrt(cstn__kmeans_distance(run->plan->rows, row,
					run->centres.at + own * run->centres.d)) *
			UP;
		open = !(upper < least);
	}
	run->upper[row] = (float)(upper * UP);
	run->lower[row] = (float)(lower * DOWN);
	return open;
}

/* Bounds out of float32 distances; half of the bound of the float32 pass is twice their error. */
static void set_bounds(cstn__kmeans_run *run, uint64_t row, double best, double second)
{
	const float *bound = run->centres.bound;
	double room = 0.5 *
		      (best * (double)bound[0] + sqrt(best) * (double)bound[1] + (double)bound[2]);
	double other = second - 0.5 * (second * (double)bound[0] + sqrt(second) * (double)bound[1] +
						      (double)bound[2]);

	run->upper[row] = (float)(sqrt(best + room) * UP);
	run->lower[row] = other > 0.0 ? (float)(sqrt(other) * DOWN) : 0.0f;
}

/* Up to 16 rows, packed together. */
typedef struct gathered {
	_Alignas(64) float z[CSTN__FEATURES_MAX * ROWS];
	uint64_t row[ROWS];
	size_t n;
} gathered;

static void take_row(gathered *all, const cstn__kmeans_rows *rows, uint64_t row)
{
	const float *z = cstn__kmeans_block(rows, row) + row % ROWS;
	float *out = all->z + all->n;
	size_t l;

	for (l = 0; l < rows->d; l++)
		out[l * ROWS] = z[l * ROWS];
	all->row[all->n++] = row;
}

static void look_at(cstn__kmeans_run *run, cstn__kmeans_sums *part, gathered *all,
		cstn__assign_blocks *assign, int first)
{
	const cstn__kmeans_rows *rows = run->plan->rows;
	uint16_t labels[ROWS], unsure;
	float both[2 * ROWS];
	size_t i;

	if (all->n == 0)
		return;
	assign(all->z, 1, rows->d, run->centres.four, run->centres.groups, run->centres.bound,
			labels, &unsure, both);
	for (i = 0; i < all->n; i++) {
		uint64_t row = all->row[i];
		uint16_t old = run->labels[row];
		double best = (double)both[i], second = (double)both[ROWS + i];

		if (unsure >> i & 1) {
			labels[i] = cstn__kmeans_nearest(&run->centres, rows, row, NULL);
			second = best; /* the two may be swapped: any other is not nearer */
			best = (double)both[ROWS + i];
		}
		set_bounds(run, row, best, second);
		if (first || labels[i] != old)
			cstn__kmeans_sums_move(
					part, rows, row, first ? CSTN__LABEL_NONE : old, labels[i]);
		run->labels[row] = labels[i];
	}
	all->n = 0;
}

void cstn__kmeans_hamerly_blocks(cstn__kmeans_run *run, cstn__kmeans_sums *part, uint64_t block,
		size_t blocks, int first)
{
	const cstn__kmeans_rows *rows = run->plan->rows;
	cstn__assign_blocks *assign = cstn__kmeans_assign(run->plan->simd);
	uint64_t row = block * ROWS, end = row + blocks * ROWS;
	drift moved = find_drift(run);
	gathered all;

	memset(all.z, 0, rows->d * ROWS * sizeof(float));
	all.n = 0;
	if (end > rows->n)
		end = rows->n;
	for (; row < end; row++) {
		if (!first && !needs_look(run, &moved, row))
			continue;
		take_row(&all, rows, row);
		if (all.n == ROWS)
			look_at(run, part, &all, assign, first);
	}
	look_at(run, part, &all, assign, first);
}
