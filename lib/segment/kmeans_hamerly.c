/* Iterations with bounds (Hamerly 2010): each row keeps an upper bound on the distance to its own
 * centre and a lower bound on the distance to every other. While the upper one is below the lower
 * one, or below half the way from its centre to the next, its nearest centre cannot have changed.
 * Bounds move by how far centres moved, and are rounded outwards, by more than float32 arithmetic
 * errs: so a row is passed over only if Lloyd's pass would have found the same label, and the
 * number of iterations is the same.
 *
 * How far other centres may have come nearer is known twice: by what the farthest mover of all
 * moved; and by what the farthest mover near the row's own centre moved, the others being no nearer
 * than that centre's way to them leaves. So a centre that moves far does not open the rows of those
 * that lie still.
 *
 * Bounds are moved for a block of 16 rows at a time, in float32. A block of which many rows are
 * open goes through the vectors of a plain pass as it is; of others the open rows are looked at
 * once more by the exact distance to their centre, and those left are packed into blocks. Rows that
 * lie in heaps are passed over soon; of rows without any structure a third stays open for long (at
 * 8 dimensions and 100 centres), and then a plain pass is as quick: see cstn__kmeans_iterate().
 * Cost: 3 to 5 ns a row and iteration, and the distances of the rows that are left. */
#include <math.h>
#include <string.h>

#include "base/elementary_wide.h"
#include "segment/kmeans_lloyd.h"

#define ROWS CSTN__PACK_ROWS
#define UP (1.0 + 0x1p-21)
#define DOWN (1.0 - 0x1p-21)
#define SAMPLED 32 /* rows of a cluster */
#define WIDTHS 4
#define MANY 8 /* open rows of a block, from which on all are looked at */

/* Of each centre, rounded outwards: how far it moved; half the way to the next other centre; how
 * far any other moved; how far any of those near it moved; the way to the next one that is not
 * near. */
enum { OFF, HALF, ALL, NEAR, FAR, TABLE = CSTN__BOUND_TABLE };

/* --- centres ---------------------------------------------------------------------------------- */

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

/* The mean of the upper bounds of some rows of each cluster: it says how wide "near" should be
 * taken and no more, since any width is right. */
static void find_spread(const cstn__kmeans_run *run, double *spread)
{
	const cstn__kmeans_rows *rows = run->plan->rows;
	size_t k = run->plan->k, j;
	uint64_t step = rows->n / (SAMPLED * k) + 1, row;

	for (j = 0; j < k; j++) {
		spread[j] = 0.0;
		run->reach[j * TABLE] = 0.0f;
	}
	for (row = 0; row < rows->n && run->valid; row += step) {
		spread[run->labels[row]] += (double)run->upper[row];
		run->reach[run->labels[row] * TABLE] += 1.0f;
	}
	for (j = 0; j < k; j++)
		if (run->reach[j * TABLE] > 0.0f)
			spread[j] /= (double)run->reach[j * TABLE];
}

/* The table of centre i. Of some widths that is taken which leaves a row in the usual place the
 * greatest lower bound. */
static void look_around(const cstn__kmeans_run *run, size_t i, double spread, float *table)
{
	static const double widths[WIDTHS] = {2.2, 2.6, 3.1, 4.0};
	const cstn__kmeans_centres *centres = &run->centres;
	const double *a = centres->at + i * centres->d;
	double near[WIDTHS] = {0.0}, far[WIDTHS], next = (double)INFINITY, best = -(double)INFINITY;
	size_t j, l, w;

	for (w = 0; w < WIDTHS; w++)
		far[w] = (double)INFINITY;
	for (j = 0; j < centres->k; j++) {
		const double *b = centres->at + j * centres->d;
		double square = 0.0, way;

		if (j == i)
			continue;
		for (l = 0; l < centres->d; l++)
			square += (a[l] - b[l]) * (a[l] - b[l]);
		way = sqrt(square) * DOWN;
		next = way < next ? way : next;
		for (w = 0; w < WIDTHS; w++) {
			if (way < widths[w] * spread)
				near[w] = run->shift[j] > near[w] ? run->shift[j] : near[w];
			else
				far[w] = way < far[w] ? way : far[w];
		}
	}
	table[OFF] = (float)(run->shift[i] * UP);
	table[HALF] = (float)(0.5 * next * DOWN);
	for (w = 0; w < WIDTHS; w++) {
		double left = 1.2 * spread - near[w];

		left = left < far[w] - spread ? left : far[w] - spread;
		if (left > best) {
			best = left;
			table[NEAR] = (float)(near[w] * UP);
			table[FAR] = (float)(far[w] * DOWN);
		}
	}
}

void cstn__kmeans_hamerly_centres(cstn__kmeans_run *run)
{
	drift moved = find_drift(run);
	size_t j;

	find_spread(run, run->spread);
	for (j = 0; j < run->plan->k; j++) {
		float *table = run->reach + j * TABLE;

		look_around(run, j, run->spread[j], table);
		table[ALL] = (float)((j == moved.at ? moved.second : moved.first) * UP);
	}
}

/* --- bounds ----------------------------------------------------------------------------------- */

/* Moves the bounds of the rows of a block; a bit for each row whose label may have changed. Tables
 * are looked up first, so that the rest is plain arithmetic on 16 numbers. An other centre is near
 * its own, and then has come no nearer than by what those moved, or far, and then is no nearer than
 * from its own centre to there. */
CSTN__INLINE uint32_t move_16(
		const float *tables, const uint16_t *labels, float *upper_at, float *lower_at)
{
	const float up = (float)UP, down = (float)DOWN;
	float upper[ROWS], lower[ROWS], off[ROWS], half[ROWS], all[ROWS], near[ROWS], far[ROWS];
	uint32_t flags[ROWS], open = 0;
	size_t i;

	memcpy(upper, upper_at, sizeof(upper));
	memcpy(lower, lower_at, sizeof(lower));
	for (i = 0; i < ROWS; i++) {
		const float *table = tables + TABLE * (size_t)labels[i];

		off[i] = table[OFF];
		half[i] = table[HALF];
		all[i] = table[ALL];
		near[i] = table[NEAR];
		far[i] = table[FAR];
	}
	for (i = 0; i < ROWS; i++) {
		float other, beyond, most;

		upper[i] = (upper[i] + off[i]) * up;
		other = (lower[i] - near[i]) * down;
		beyond = (far[i] - upper[i]) * down;
		other = other < beyond ? other : beyond;
		lower[i] = (lower[i] - all[i]) * down;
		lower[i] = lower[i] > other ? lower[i] : other;
		lower[i] = lower[i] > 0.0f ? lower[i] : 0.0f;
		most = lower[i] > half[i] ? lower[i] : half[i];
		flags[i] = upper[i] >= most;
	}
	memcpy(upper_at, upper, sizeof(upper));
	memcpy(lower_at, lower, sizeof(lower));
	for (i = 0; i < ROWS; i++)
		open |= flags[i] << i;
	return open;
}

typedef void move_bounds(const float *tables, const uint16_t *labels, float *upper, float *lower,
		size_t blocks, uint16_t *open);

#define MOVE(name, target)                                                                       \
	target static void name(const float *tables, const uint16_t *labels, float *upper,       \
			float *lower, size_t blocks, uint16_t *open)                             \
	{                                                                                        \
		size_t b;                                                                        \
                                                                                                 \
		for (b = 0; b < blocks; b++)                                                     \
			open[b] = (uint16_t)move_16(tables, labels + b * ROWS, upper + b * ROWS, \
					lower + b * ROWS);                                       \
	}
MOVE(portable_move, )
MOVE(avx2_move, CSTN__AVX2)
MOVE(avx512_move, CSTN__AVX512)

/* 1 if the row's label may have changed by the exact distance to its centre. */
static int needs_look(cstn__kmeans_run *run, uint64_t row)
{
	size_t own = run->labels[row];
	double upper = sqrt(cstn__kmeans_distance(run->plan->rows, row,
				       run->centres.at + own * run->centres.d)) *
		       UP;
	float half = run->reach[own * TABLE + HALF];

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
	move_bounds *move = run->plan->simd >= 3   ? avx512_move
			    : run->plan->simd == 2 ? avx2_move
						   : portable_move;
	uint16_t opens[CSTN__STRETCH];
	gathered all;
	size_t b;

	if (!fresh)
		move(run->reach, run->labels + row, run->upper + row, run->lower + row, blocks,
				opens);
	memset(all.z, 0, rows->d * ROWS * sizeof(float));
	all.n = 0;
	for (b = 0; row < end; row += ROWS, b++) {
		uint32_t open = fresh ? 0xffff : opens[b];

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
