/* Iterations with bounds (Hamerly 2010): each row keeps an upper bound on the distance to its own
 * centre and a lower bound on the distance to every other. While the upper one is below the lower
 * one, or below half the way from its centre to the next, its nearest centre cannot have changed.
 * Bounds move by how far centres moved, and are rounded outwards, by more than float32 arithmetic
 * errs: so a row is passed over only if Lloyd's pass would have found the same label, and the
 * number of iterations is the same.
 *
 * Bounds are moved for a block of 16 rows at a time, in float32. A block of which most rows are
 * open goes through the vectors of a plain pass as it is; of others the open rows are looked at
 * once more by the exact distance to their centre, and those left are packed into blocks. Rows that
 * lie in heaps are passed over soon; of rows without any structure a third stays open for long (at
 * 8 dimensions and 100 centres), and then a plain pass is as quick: see cstn__kmeans_iterate().
 * Cost: some 5 ns a row and iteration, and the distances of the rows that are left. */
#include <math.h>
#include <string.h>

#include "segment/kmeans_lloyd.h"

#define ROWS CSTN__PACK_ROWS
#define UP (1.0 + 0x1p-21)
#define DOWN (1.0 - 0x1p-21)
#define MANY 11 /* open rows of a block, from which on all are looked at */

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
	for (j = 0; j < centres->k; j++) {
		run->reach[2 * j] = (float)(run->shift[j] * UP);
		run->reach[2 * j + 1] = (float)(run->half[j] * DOWN);
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

/* Moves the bounds of the rows of a block; a bit for each row whose label may have changed. Tables
 * are looked up first, so that the rest is plain arithmetic on 16 numbers. */
static uint32_t move_bounds(cstn__kmeans_run *run, const drift *moved, uint64_t row)
{
	const float up = (float)UP, down = (float)DOWN, first = (float)(moved->first * UP),
		    second = (float)(moved->second * UP);
	const uint16_t *labels = run->labels + row;
	float upper[ROWS], lower[ROWS], most[ROWS], nearer[ROWS], off[ROWS], half[ROWS];
	uint32_t flags[ROWS], open = 0;
	size_t i;

	memcpy(upper, run->upper + row, sizeof(upper));
	memcpy(lower, run->lower + row, sizeof(lower));
	for (i = 0; i < ROWS; i++) {
		const float *reach = run->reach + 2 * (size_t)labels[i];

		off[i] = reach[0];
		half[i] = reach[1];
		nearer[i] = labels[i] == moved->at ? second : first;
	}
	for (i = 0; i < ROWS; i++) {
		upper[i] = (upper[i] + off[i]) * up;
		lower[i] = (lower[i] - nearer[i]) * down;
		lower[i] = lower[i] > 0.0f ? lower[i] : 0.0f;
		most[i] = lower[i] > half[i] ? lower[i] : half[i];
		flags[i] = upper[i] >= most[i];
	}
	memcpy(run->upper + row, upper, sizeof(upper));
	memcpy(run->lower + row, lower, sizeof(lower));
	for (i = 0; i < ROWS; i++)
		open |= flags[i] << i;
	return open;
}

/* 1 if the row's label may have changed by the exact distance to its centre. */
static int needs_look(cstn__kmeans_run *run, uint64_t row)
{
	size_t own = run->labels[row];
	double upper = sqrt(cstn__kmeans_distance(run->plan->rows, row,
				       run->centres.at + own * run->centres.d)) *
		       UP;
	float half = run->reach[2 * own + 1];

	run->upper[row] = (float)(upper * UP);
	return !(run->upper[row] < (run->lower[row] > half ? run->lower[row] : half));
}

/* Bounds out of float32 distances; half of the bound of the float32 pass is twice their error. */
static void set_bounds(cstn__kmeans_run *run, uint64_t row, float best, float second)
{
	const float *bound = run->centres.bound;
	float room = 0.5f * (best * bound[0] + sqrtf(best) * bound[1] + bound[2]);
	float other = second - 0.5f * (second * bound[0] + sqrtf(second) * bound[1] + bound[2]);

	run->upper[row] = sqrtf(best + room) * (float)UP;
	run->lower[row] = other > 0.0f ? sqrtf(other) * (float)DOWN : 0.0f;
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

/* What the vectors found for a row. */
static void take_label(cstn__kmeans_run *run, cstn__kmeans_sums *part, uint64_t row, uint16_t label,
		int unsure, float best, float second, int first)
{
	const cstn__kmeans_rows *rows = run->plan->rows;
	uint16_t old = run->labels[row];

	if (unsure) { /* the two may be swapped: any other is not nearer than the best */
		label = cstn__kmeans_nearest(&run->centres, rows, row, NULL);
		set_bounds(run, row, second, best);
	} else {
		set_bounds(run, row, best, second);
	}
	if (first || label != old) {
		cstn__kmeans_sums_move(part, rows, row, first ? CSTN__LABEL_NONE : old, label);
		run->labels[row] = label;
	}
}

static void look_at(cstn__kmeans_run *run, cstn__kmeans_sums *part, gathered *all,
		cstn__assign_blocks *assign)
{
	uint16_t labels[ROWS], unsure;
	float both[2 * ROWS];
	size_t i;

	if (all->n == 0)
		return;
	assign(all->z, 1, run->centres.d, run->centres.four, run->centres.groups,
			run->centres.bound, labels, &unsure, both);
	for (i = 0; i < all->n; i++)
		take_label(run, part, all->row[i], labels[i], unsure >> i & 1, both[i],
				both[ROWS + i], 0);
	part->looked += all->n;
	all->n = 0;
}

/* All rows of a block, where they lie. */
static void look_at_block(cstn__kmeans_run *run, cstn__kmeans_sums *part, uint64_t row,
		cstn__assign_blocks *assign, int first)
{
	const cstn__kmeans_rows *rows = run->plan->rows;
	size_t n = rows->n - row < ROWS ? (size_t)(rows->n - row) : ROWS, i;
	uint16_t labels[ROWS], unsure;
	float both[2 * ROWS];

	assign(cstn__kmeans_block(rows, row), 1, rows->d, run->centres.four, run->centres.groups,
			run->centres.bound, labels, &unsure, both);
	for (i = 0; i < n; i++)
		take_label(run, part, row + i, labels[i], unsure >> i & 1, both[i], both[ROWS + i],
				first);
	for (; i < ROWS && first; i++)
		run->labels[row + i] = 0; /* no rows, but read with the others */
	part->looked += n;
}

void cstn__kmeans_hamerly_blocks(cstn__kmeans_run *run, cstn__kmeans_sums *part, uint64_t block,
		size_t blocks, int first, int fresh)
{
	const cstn__kmeans_rows *rows = run->plan->rows;
	cstn__assign_blocks *assign = cstn__kmeans_assign(run->plan->simd);
	uint64_t row = block * ROWS, end = row + blocks * ROWS;
	drift moved = find_drift(run);
	gathered all;

	memset(all.z, 0, rows->d * ROWS * sizeof(float));
	all.n = 0;
	for (; row < end; row += ROWS) {
		uint32_t open = fresh ? 0xffff : move_bounds(run, &moved, row);

		if (rows->n - row < ROWS)
			open &= (1u << (rows->n - row)) - 1;
		if (fresh || __builtin_popcount(open) >= MANY) {
			look_at_block(run, part, row, assign, first);
			continue;
		}
		for (; open; open &= open - 1) {
			uint64_t at = row + (uint64_t)__builtin_ctz(open);

			if (!needs_look(run, at))
				continue;
			take_row(&all, rows, at);
			if (all.n == ROWS)
				look_at(run, part, &all, assign);
		}
	}
	look_at(run, part, &all, assign);
}
