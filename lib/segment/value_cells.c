/* The expected purchases of many customers: h depends on x, T and the horizon alone, and is smooth
 * in alpha + T.
 *
 * An octave of alpha + T is cut into eight cells; in a cell, for one x and horizon, h is a
 * polynomial through 12 Chebyshev points, in Newton's form with the points in Leja's order. The
 * nearest singularity, alpha + T = 0, is seventeen half widths away, so the polynomial is right to
 * the last digits (about 1e-14, below what h itself is good for). Cells are a fixed grid: a number
 * depends on its arguments alone, not on which rows came with it or which thread works.
 *
 * Great x bend more and are rare: they go to h itself, and so does everything when horizons are so
 * many that they would crowd the cells out; that too depends on the call alone. Rows go eight at a
 * time where all have their cells; each lane takes the steps of the scalar form, so that a row has
 * the same bytes alone. Cost: 12 times h for a new cell, 3 to 8 ns afterwards; 128 bytes a cell,
 * at most 16 MiB. */
#include "segment/value_cells.h"

#include <string.h>

#include "base/elementary_wide.h"

#define POINTS 12
#define X_BITS 5
#define X_MOST 31
#define TIMES_MOST 256
#define SLOTS_MOST 2048
#define CELLS_MOST 131072
#define CUT 49 /* bits of a double below its exponent and three leading bits */
#define LOW_BITS ((INT64_C(1) << CUT) - 1)
#define LEAST 1e-6 /* alpha + T that have cells */
#define GREATEST 1e12
#define LANES CSTN__LANES

typedef cstn__doubles doubles;
typedef cstn__words words;

static const double points[POINTS] = {0.99144486137381038, -0.99144486137381038,
		-0.1305261922200516, 0.60876142900872066, -0.60876142900872066, 0.38268343236508984,
		-0.79335334029123505, 0.92387953251128674, -0.3826834323650895,
		-0.92387953251128674, 0.79335334029123517, 0.13052619222005171};

typedef struct cell {
	uint64_t key; /* leading bits of alpha + T, then x; 0 nothing here */
	double t;
	double newton[POINTS];
	double unused[2]; /* two lines of a cache */
} cell;

typedef void lanes_work(cstn__value_cells *cells, const double *x, const double *age, double t,
		size_t number, double *out);

struct cstn__value_cells {
	cstn_allocator allocator;
	cstn__value_model model;
	int direct, reserved;
	size_t n_slots, n_times;
	cell *slots;
	lanes_work *lanes;
};

static lanes_work *lanes_for(int32_t simd);

cstn__value_cells *cstn__value_cells_new(const cstn_allocator *allocator,
		const cstn__value_model *model, size_t n_times, size_t slots)
{
	cstn__value_cells *cells = cstn__alloc_zero(allocator, sizeof(*cells));
	size_t size;

	if (!cells)
		return NULL;
	cells->allocator = *allocator;
	cells->model = *model;
	cells->lanes = lanes_for(model->simd);
	cells->direct = n_times == 0 || n_times > TIMES_MOST;
	cells->n_slots = slots < SLOTS_MOST ? slots : SLOTS_MOST;
	cells->n_times = n_times;
	if (cells->direct)
		return cells;
	while (cells->n_slots * n_times > CELLS_MOST)
		cells->n_slots /= 2;
	size = n_times * cells->n_slots * sizeof(*cells->slots);
	cells->slots = cstn__alloc_aligned(allocator, size, 64);
	if (cells->slots) {
		memset(cells->slots, 0, size);
		return cells;
	}
	cstn__value_cells_free(cells);
	return NULL;
}

void cstn__value_cells_free(cstn__value_cells *cells)
{
	cstn_allocator allocator;

	if (!cells)
		return;
	allocator = cells->allocator;
	cstn__free_aligned(&allocator, cells->slots,
			cells->slots ? cells->n_times * cells->n_slots * sizeof(*cells->slots) : 0,
			64);
	cstn__free(&allocator, cells, sizeof(*cells));
}

static double plain_h(const cstn__value_model *model, double x, double end, double t)
{
	double e = model->kind == CSTN__VALUE_MBGNBD ? 1.0 : 0.0;

	return cstn__value_h(model->theta[0] + x, end, model->theta[2], model->theta[3] + x + e, t);
}

/* Middle and half width of a cell. */
static void bounds(uint64_t place, double *middle, double *half)
{
	uint64_t low = place << CUT, high = (place + 1) << CUT;
	double from, to;

	memcpy(&from, &low, sizeof(from));
	memcpy(&to, &high, sizeof(to));
	*middle = 0.5 * (from + to);
	*half = 0.5 * (to - from);
}

static void fill(const cstn__value_model *model, uint64_t key, double x, double t, cell *out)
{
	double middle, half;
	int i, k;

	bounds(key >> X_BITS, &middle, &half);
	for (i = 0; i < POINTS; i++)
		out->newton[i] = plain_h(model, x, middle + half * points[i], t);
	for (k = 1; k < POINTS; k++)
		for (i = POINTS - 1; i >= k; i--)
			out->newton[i] = (out->newton[i] - out->newton[i - 1]) /
					 (points[i] - points[i - k]);
	out->key = key;
	out->t = t;
}

static double h_of(cstn__value_cells *cells, double x, double age, double t, size_t number)
{
	double end = cells->model.theta[1] + age, u, value;
	uint64_t bits, key;
	cell *at;
	int i;

	if (cells->direct || x > X_MOST || !(t > 0.0) || !(end > LEAST && end < GREATEST))
		return plain_h(&cells->model, x, end, t);
	memcpy(&bits, &end, sizeof(bits));
	key = bits >> CUT << X_BITS | (uint64_t)x;
	at = &cells->slots[number * cells->n_slots + (key & (cells->n_slots - 1))];
	if (at->key != key || at->t != t)
		fill(&cells->model, key, x, t, at);
	/* how far from the middle, in half widths: exact */
	u = (double)((int64_t)bits & LOW_BITS) * 0x1p-48 - 1.0;
	value = at->newton[POINTS - 1];
	for (i = POINTS - 2; i >= 0; i--)
		value = value * (u - points[i]) + at->newton[i];
	return value;
}

double cstn__value_cells_h(
		cstn__value_cells *cells, const cstn__value_row *row, double t, size_t number)
{
	return h_of(cells, row->x, row->age, t, number);
}

/* --- eight rows ------------------------------------------------------------------------------- */

/* 1 if all eight have their cells, which then are `from`. */
CSTN__INLINE int find(const cstn__value_cells *cells, const doubles *x, const doubles *end,
		double t, size_t number, const cell *from[LANES])
{
	words plain = (*x <= (double)X_MOST) & (*end > LEAST) & (*end < GREATEST), keys;
	const cell *slots = cells->slots + number * cells->n_slots;
	uint64_t mask = cells->n_slots - 1;
	int i, all = 1;

	if (!cstn__all_lanes(&plain))
		return 0;
	/* x stands in the lowest bits of x + 2^52 */
	keys = (words)*end >> CUT << X_BITS | ((words)(*x + 0x1p52) & X_MOST);
	for (i = 0; i < LANES; i++) {
		from[i] = slots + ((uint64_t)keys[i] & mask);
		all &= from[i]->key == (uint64_t)keys[i] && from[i]->t == t;
	}
	return all;
}

CSTN__INLINE void eight_rows(cstn__value_cells *cells, const double *x, const double *age, double t,
		size_t number, double *out)
{
	const cell *from[LANES];
	doubles counts, end, u, value;
	int i, k;

	memcpy(&counts, x, sizeof(counts));
	memcpy(&end, age, sizeof(end));
	end = cells->model.theta[1] + end;
	if (!find(cells, &counts, &end, t, number, from)) {
		for (i = 0; i < LANES; i++)
			out[i] = h_of(cells, x[i], age[i], t, number);
		return;
	}
	/* the whole number below the cut as a double: added to the bits of 2^52, 2^52 taken away */
	u = (doubles)(((words)end & LOW_BITS) | 0x4330000000000000) - 0x1p52;
	u = u * 0x1p-48 - 1.0;
	for (i = 0; i < LANES; i++)
		value[i] = from[i]->newton[POINTS - 1];
	for (k = POINTS - 2; k >= 0; k--) {
		doubles next;

		for (i = 0; i < LANES; i++)
			next[i] = from[i]->newton[k];
		value = value * (u - points[k]) + next;
	}
	memcpy(out, &value, sizeof(value));
}

#define EIGHT(name, target)                                                                   \
	target static void name(cstn__value_cells *cells, const double *x, const double *age, \
			double t, size_t number, double *out)                                 \
	{                                                                                     \
		eight_rows(cells, x, age, t, number, out);                                    \
	}
EIGHT(portable_lanes, )
EIGHT(avx2_lanes, CSTN__AVX2)
EIGHT(avx512_lanes, CSTN__AVX512)

static lanes_work *lanes_for(int32_t simd)
{
	return simd >= 3 ? avx512_lanes : simd == 2 ? avx2_lanes : portable_lanes;
}

void cstn__value_cells_each(cstn__value_cells *cells, const double *x, const double *age, size_t n,
		double t, size_t number, double *out)
{
	size_t i = 0;

	if (!cells->direct && t > 0.0)
		for (; i + LANES <= n; i += LANES)
			cells->lanes(cells, x + i, age + i, t, number, out + i);
	for (; i < n; i++)
		out[i] = h_of(cells, x[i], age[i], t, number);
}
