/* The expected purchases of many customers: h depends on x, T and the horizon alone, and is smooth
 * in alpha + T.
 *
 * An octave of alpha + T is cut into eight cells; in a cell, for one x and horizon, h is a
 * polynomial through 12 Chebyshev points, in Newton's form with the points in Leja's order. The
 * nearest singularity, alpha + T = 0, is seventeen half widths away, so the polynomial is right to
 * the last digits (about 1e-14, below what h itself is good for). Cells are a fixed grid: a number
 * depends on its arguments alone, not on which rows came with it or which thread works.
 *
 * Great x bend more and are rare: they go to h itself, and so does everything when many horizons
 * would crowd the cells out; that too depends on the call alone. Cost: 12 times h for a new cell,
 * about 8 ns afterwards. */
#include "segment/value_cells.h"

#include <string.h>

#define POINTS 12
#define X_MOST 31
#define TIMES_MOST 4
#define SLOTS_MOST 2048
#define CUT 49 /* bits of a double below its exponent and three leading bits */

static const double points[POINTS] = {0.99144486137381038, -0.99144486137381038,
		-0.1305261922200516, 0.60876142900872066, -0.60876142900872066, 0.38268343236508984,
		-0.79335334029123505, 0.92387953251128674, -0.3826834323650895,
		-0.92387953251128674, 0.79335334029123517, 0.13052619222005171};

typedef struct cell {
	uint64_t place; /* leading bits of alpha + T; 0 nothing here */
	double x, t;
	double newton[POINTS];
} cell;

struct cstn__value_cells {
	cstn_allocator allocator;
	cstn__value_model model;
	int direct, reserved;
	size_t n_slots, n_times;
	cell *slots;
};

cstn__value_cells *cstn__value_cells_new(const cstn_allocator *allocator,
		const cstn__value_model *model, size_t n_times, size_t slots)
{
	cstn__value_cells *cells = cstn__alloc_zero(allocator, sizeof(*cells));

	if (!cells)
		return NULL;
	cells->allocator = *allocator;
	cells->model = *model;
	cells->direct = n_times == 0 || n_times > TIMES_MOST;
	cells->n_slots = slots < SLOTS_MOST ? slots : SLOTS_MOST;
	cells->n_times = n_times;
	if (cells->direct)
		return cells;
	cells->slots = cstn__alloc_zero(
			allocator, n_times * cells->n_slots * sizeof(*cells->slots));
	if (cells->slots)
		return cells;
	cstn__value_cells_free(cells);
	return NULL;
}

void cstn__value_cells_free(cstn__value_cells *cells)
{
	cstn_allocator allocator;

	if (!cells)
		return;
	allocator = cells->allocator;
	cstn__free(&allocator, cells->slots,
			cells->slots ? cells->n_times * cells->n_slots * sizeof(*cells->slots) : 0);
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

static void fill(const cstn__value_model *model, uint64_t place, double x, double t, cell *out)
{
	double middle, half;
	int i, k;

	bounds(place, &middle, &half);
	for (i = 0; i < POINTS; i++)
		out->newton[i] = plain_h(model, x, middle + half * points[i], t);
	for (k = 1; k < POINTS; k++)
		for (i = POINTS - 1; i >= k; i--)
			out->newton[i] = (out->newton[i] - out->newton[i - 1]) /
					 (points[i] - points[i - k]);
	out->place = place;
	out->x = x;
	out->t = t;
}

double cstn__value_cells_h(
		cstn__value_cells *cells, const cstn__value_row *row, double t, size_t number)
{
	double end = cells->model.theta[1] + row->age, middle, half, u, value;
	uint64_t bits, place;
	cell *at;
	int i;

	memcpy(&bits, &end, sizeof(bits));
	place = bits >> CUT;
	if (cells->direct || row->x > X_MOST || !(t > 0.0) || !(end > 1e-6 && end < 1e12))
		return plain_h(&cells->model, row->x, end, t);
	at = &cells->slots[number * cells->n_slots +
			   ((place << 5 | (uint64_t)row->x) & (cells->n_slots - 1))];
	if (at->place != place || at->x != row->x || at->t != t)
		fill(&cells->model, place, row->x, t, at);
	bounds(place, &middle, &half);
	u = (end - middle) / half;
	value = at->newton[POINTS - 1];
	for (i = POINTS - 2; i >= 0; i--)
		value = value * (u - points[i]) + at->newton[i];
	return value;
}
