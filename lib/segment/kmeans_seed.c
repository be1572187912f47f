/* Greedy k-means++ (Arthur and Vassilvitskii 2007): the first centre is a row drawn by weight, each
 * next one the best of 2 + ln k rows drawn by weight times squared distance to the nearest centre
 * so far; the best leaves the smallest sum of squared distances, ties the earlier draw.
 *
 * Draws are Philox numbers with the seed as key and (restart, step, candidate) as counter. A
 * squared distance is taken in double and then rounded down to a whole multiple of a power of two
 * (one at least, if it is not 0), so that its sums are exact: a draw depends on the rows in their
 * order and on nothing else, and a weight is that many rows in place of one. Rows without weights
 * and categories go by vectors (kmeans_squares.c), with the same sums. Cost: a pass over the rows
 * for each step, with the distances to 3 to 8 rows, some 5 ns a row with vectors; 8 bytes a row. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "base/stats.h"
#include "segment/kmeans_squares.h"

#define ROWS CSTN__PACK_ROWS
#define TRIES_MAX CSTN__TRIES_MAX
#define STRETCH 64 /* blocks that are passed over together when a row is looked for */

typedef struct seeding {
	cstn__kmeans_run *run;
	cstn__block_distances *distances;
	cstn__block_differ *differ;
	double *nearest;            /* squared distance to the nearest centre so far, of each row */
	double unit;                /* whole numbers are squared distances times this */
	cstn__u128 *totals, *spare; /* of each morsel; spare: of each morsel and candidate */
	size_t morsels, tries;
	const double *last; /* the centre chosen last, not yet in `nearest` */
	double *room;       /* the last centre, and behind it the candidates */
	double *candidates; /* tries * d */
	uint32_t *codes;    /* tries * m: their categories */
	const uint32_t *last_modes;
	uint32_t restart, reserved;
	uint64_t seed;
} seeding;

static uint64_t whole(const seeding *in, double square)
{
	uint64_t out;

	if (!(square > 0.0))
		return 0;
	out = (uint64_t)(square * in->unit);
	return out ? out : 1;
}

/* floor(total * u / 2^53) */
static cstn__u128 share(cstn__u128 total, uint64_t u)
{
	cstn__u128 high = total >> 64, low = (uint64_t)total;

	return ((high * u) << 11) + ((low * u) >> 53);
}

static uint64_t draw(const seeding *in, size_t step, size_t candidate)
{
	uint32_t counter[4] = {in->restart, (uint32_t)step, (uint32_t)candidate, 0};
	uint32_t key[2] = {(uint32_t)in->seed, (uint32_t)(in->seed >> 32)}, out[4];

	cstn__philox(counter, key, out);
	return (out[0] | (uint64_t)out[1] << 32) >> 11;
}

/* --- which row -------------------------------------------------------------------------------- */

static uint64_t row_of_weight(const cstn__kmeans_rows *rows, uint64_t place)
{
	uint64_t row;

	if (!rows->weights)
		return place;
	for (row = 0; row + 1 < rows->n; row++) {
		if (place < rows->weights[row])
			break;
		place -= rows->weights[row];
	}
	return row;
}

/* 1 if all rows count once and by their values alone: vectors do. */
static int is_plain(const seeding *in)
{
	return !in->run->plan->rows->weights && !in->run->plan->rows->m;
}

/* Passes over stretches of rows from the start of a morsel on, all before the one where the running
 * sum passes `place`; returns its first row. */
static uint64_t pass_stretches(const seeding *in, uint64_t row, uint64_t end, cstn__u128 *place)
{
	const cstn__kmeans_rows *rows = in->run->plan->rows;
	cstn__totals_asked asked = {in->last, rows->d, 1, 0, in->run->plan->simd, in->unit};

	while (row + STRETCH * ROWS <= end) {
		cstn__u128 total = 0;

		cstn__kmeans_totals(&asked, cstn__kmeans_block(rows, row), STRETCH,
				in->nearest + row, &total);
		if (*place < total)
			break;
		*place -= total;
		row += STRETCH * ROWS;
	}
	return row;
}

/* The row where the running sum of weighted squared distances passes `place`. */
static uint64_t row_of_square(const seeding *in, cstn__u128 place)
{
	const cstn__kmeans_rows *rows = in->run->plan->rows;
	uint64_t row, end, last = 0;
	size_t m = 0;

	while (m + 1 < in->morsels && place >= in->totals[m])
		place -= in->totals[m++];
	row = (uint64_t)m * CSTN__MORSEL_ROWS;
	end = row + CSTN__MORSEL_ROWS < rows->n ? row + CSTN__MORSEL_ROWS : rows->n;
	if (in->last && is_plain(in))
		row = pass_stretches(in, row, end, &place);
	for (; row < end; row++) {
		double square = in->nearest[row];
		cstn__u128 part;

		if (in->last) {
			double other = cstn__kmeans_distance(rows, row, in->last);

			if (rows->m)
				other += rows->gamma *
					 (double)cstn__kmeans_mismatches(rows, row, in->last_modes);
			square = other < square ? other : square;
		}
		part = (cstn__u128)whole(in, square) * cstn__kmeans_weight(rows, row);
		if (part)
			last = row;
		if (place < part)
			return row;
		place -= part;
	}
	return last;
}

/* --- a pass ----------------------------------------------------------------------------------- */

/* Distances of the rows of a block to a row given by its values and categories. */
static void take_distances(const seeding *in, uint64_t row, const double *at, const uint32_t *modes,
		double out[ROWS])
{
	const cstn__kmeans_rows *rows = in->run->plan->rows;
	uint32_t differ[ROWS];
	size_t i;

	in->distances(cstn__kmeans_block(rows, row), rows->d, at, out);
	if (!rows->m)
		return;
	in->differ(cstn__kmeans_codes(rows, row), rows->m, modes, differ);
	for (i = 0; i < ROWS; i++)
		out[i] += rows->gamma * (double)differ[i];
}

/* The whole blocks of a morsel; returns the first row behind them. */
static uint64_t step_by_vectors(
		const seeding *in, uint64_t row, uint64_t end, cstn__u128 totals[TRIES_MAX])
{
	const cstn__kmeans_rows *rows = in->run->plan->rows;
	size_t blocks = (size_t)(end - row) / ROWS;
	cstn__totals_asked asked = {in->last ? in->room : in->candidates, rows->d, in->tries,
			in->last != NULL, in->run->plan->simd, in->unit};

	cstn__kmeans_totals(
			&asked, cstn__kmeans_block(rows, row), blocks, in->nearest + row, totals);
	return row + blocks * ROWS;
}

static cstn_status step_morsel(void *context, size_t morsel, int32_t number)
{
	seeding *in = context;
	const cstn__kmeans_rows *rows = in->run->plan->rows;
	uint64_t row = (uint64_t)morsel * CSTN__MORSEL_ROWS, end = row + CSTN__MORSEL_ROWS;
	cstn__u128 totals[TRIES_MAX] = {0};
	size_t c, i;

	(void)number;
	end = end < rows->n ? end : rows->n;
	if (is_plain(in))
		row = step_by_vectors(in, row, end, totals);
	for (; row < end; row += ROWS) {
		size_t n = end - row < ROWS ? (size_t)(end - row) : ROWS;
		double *nearest = in->nearest + row, squares[ROWS];

		if (in->last) {
			take_distances(in, row, in->last, in->last_modes, squares);
			for (i = 0; i < n; i++)
				nearest[i] = squares[i] < nearest[i] ? squares[i] : nearest[i];
		}
		for (c = 0; c < in->tries; c++) {
			take_distances(in, row, in->candidates + c * rows->d,
					in->codes + c * rows->m, squares);
			for (i = 0; i < n; i++) {
				double square = squares[i] < nearest[i] ? squares[i] : nearest[i];

				totals[c] += (cstn__u128)whole(in, square) *
					     cstn__kmeans_weight(rows, row + i);
			}
		}
	}
	for (c = 0; c < in->tries; c++)
		in->spare[c * in->morsels + morsel] = totals[c];
	return CSTN_OK;
}

/* A row becomes candidate c. */
static void copy_row(const seeding *in, uint64_t row, size_t c)
{
	const cstn__kmeans_rows *rows = in->run->plan->rows;
	size_t l;

	for (l = 0; l < rows->d; l++)
		in->candidates[c * rows->d + l] = cstn__kmeans_value(rows, row, l);
	for (l = 0; l < rows->m; l++)
		in->codes[c * rows->m + l] = cstn__kmeans_codes(rows, row)[l * ROWS];
}

/* Candidate c becomes centre `step`. */
static void take_candidate(seeding *in, size_t c, size_t step)
{
	const cstn__kmeans_rows *rows = in->run->plan->rows;
	double *at = in->run->centres.at + step * rows->d;
	uint32_t *modes = in->run->centres.modes + step * rows->m;

	memcpy(at, in->candidates + c * rows->d, rows->d * sizeof(*at));
	memcpy(in->room, at, rows->d * sizeof(*at));
	memcpy(modes, in->codes + c * rows->m, rows->m * sizeof(*modes));
	in->last = at;
	in->last_modes = modes;
}

static cstn_status pass_over(seeding *in)
{
	const cstn__kmeans_plan *plan = in->run->plan;

	return cstn__parallel_for(in->morsels, plan->threads, plan->progress, step_morsel, in);
}

static cstn_status choose_next(seeding *in, size_t step)
{
	cstn__u128 total = 0, least = 0;
	size_t c, m, best = 0;
	cstn_status status;

	for (m = 0; m < in->morsels; m++)
		total += in->totals[m];
	for (c = 0; c < in->tries; c++)
		copy_row(in, row_of_square(in, share(total, draw(in, step, c))), c);
	status = pass_over(in);
	for (c = 0; c < in->tries && status == CSTN_OK; c++) {
		cstn__u128 left = 0;

		for (m = 0; m < in->morsels; m++)
			left += in->spare[c * in->morsels + m];
		if (c == 0 || left < least) {
			least = left;
			best = c;
		}
	}
	memcpy(in->totals, in->spare + best * in->morsels, in->morsels * sizeof(*in->totals));
	take_candidate(in, best, step);
	return status;
}

static cstn_status choose_all(seeding *in)
{
	const cstn__kmeans_rows *rows = in->run->plan->rows;
	cstn__u128 weight = rows->weight;
	size_t tries = in->tries, step;
	cstn_status status;
	uint64_t row;

	for (row = 0; row < rows->n; row++)
		in->nearest[row] = (double)INFINITY;
	copy_row(in, row_of_weight(rows, (uint64_t)share(weight, draw(in, 0, 0))), 0);
	in->tries = 1;
	status = pass_over(in);
	memcpy(in->totals, in->spare, in->morsels * sizeof(*in->totals));
	take_candidate(in, 0, 0);
	in->tries = tries;
	for (step = 1; step < in->run->plan->k && status == CSTN_OK; step++)
		status = choose_next(in, step);
	return status;
}

cstn_status cstn__kmeans_seed(
		cstn__kmeans_run *run, uint64_t seed, uint32_t restart, cstn_error **error)
{
	const cstn__kmeans_plan *plan = run->plan;
	const cstn__kmeans_rows *rows = plan->rows;
	const cstn_allocator *allocator = &rows->allocator;
	seeding in = {.run = run, .seed = seed, .restart = restart};
	size_t nearest, totals, spare, candidates, codes;
	double left;
	int exponent;
	cstn_status status = CSTN_E_NOMEM;

	in.distances = cstn__kmeans_distances(plan->simd);
	in.differ = cstn__kmeans_differ(plan->simd);
	in.morsels = (rows->n + CSTN__MORSEL_ROWS - 1) / CSTN__MORSEL_ROWS;
	in.tries = 2;
	for (left = (double)plan->k; left >= 2.718281828459045; left /= 2.718281828459045)
		in.tries++; /* floor(ln k) more */
	(void)frexp((double)rows->d * 65536.0 + (double)rows->m * rows->gamma, &exponent);
	in.unit = ldexp(1.0, 62 - exponent);
	nearest = cstn__array_size(rows->n, sizeof(double));
	totals = in.morsels * sizeof(cstn__u128);
	spare = cstn__array_size(totals, in.tries);
	candidates = (1 + in.tries) * rows->d * sizeof(double);
	codes = in.tries * rows->m * sizeof(uint32_t);
	in.nearest = cstn__alloc(allocator, nearest);
	in.totals = cstn__alloc(allocator, totals);
	in.spare = cstn__alloc(allocator, spare);
	in.room = cstn__alloc(allocator, candidates);
	in.codes = cstn__alloc(allocator, codes);
	if (in.nearest && in.totals && in.spare && in.room && in.codes) {
		in.candidates = in.room + rows->d;
		status = choose_all(&in);
	}
	cstn__free(allocator, in.nearest, nearest);
	cstn__free(allocator, in.totals, totals);
	cstn__free(allocator, in.spare, spare);
	cstn__free(allocator, in.room, candidates);
	cstn__free(allocator, in.codes, codes);
	if (status == CSTN_E_CANCELLED)
		return cstn__fail(error, status, "cancelled");
	return status == CSTN_OK ? CSTN_OK : cstn__fail_nomem(error);
}
