/* Numbers of a hierarchy, made to add up with the least weighted change.
 *
 * On a tree: from the leaves up, what lies below node v says cs = sum y*, with variance cv = sum
 * w*; the node itself says y with variance w; together y* = cs + k (y - cs), w* = k w, k = cv / (w
 * + cv). From the roots down a child takes its share w* / cv of what its parent moves. That is the
 * exact solution of least squares under the constraints, in O(nodes).
 *
 * On several trees over the same leaves: the normal equations of the leaves, sum over nodes v above
 * a leaf of (sum of v - y_v) / w_v = 0, by conjugate gradients from the solution on the first tree.
 * Products go up and down each tree; the preconditioner is the two passes of the first, so that
 * what is left to learn has no more dimensions than there are nodes in the other trees.
 *
 * No leaf below 0: principal pivoting on blocks (Judice and Pires 1994): leaves below 0 are fixed
 * at 0, fixed ones whose gradient points upwards are freed, all at once while their number falls,
 * then the last one at a time, which ends. Each step is one of the solutions above.
 *
 * All runs on numbers divided by a power of two near the largest, so that large and small ones
 * behave alike. At the end parents are summed anew from their leaves. */
#include "demand/coherent.h"

#include <math.h>
#include <string.h>

#include "demand/coherent_tree.h"

#define TOLERANCE 1e-10
#define ROUNDING 1e-15
#define PATIENCE 3 /* exchanges of blocks without fewer to exchange */

/* Of the largest number: as good as 0. */
static double slack_of(const cstn__hierarchy *h)
{
	return h->n_trees > 1 ? 1e-9 : 1e-12;
}

/* --- room ------------------------------------------------------------------------------------- */

static size_t arrays_of(const cstn__hierarchy *h, const cstn_reconcile_options *how)
{
	int is_grouped = h->n_trees > 1, is_bounded = how->flags & CSTN_RECONCILE_NOT_NEGATIVE;

	return 3 + (is_bounded ? 4u : 0u) + (is_grouped ? 4u : 0u) + 1;
}

int cstn__coherent_room_new(cstn__coherent_room *room, const cstn__hierarchy *h,
		const cstn_reconcile_options *how, const cstn_allocator *a)
{
	size_t arrays = arrays_of(h, how), n = h->n;
	double **of[] = {&room->y, &room->x, &room->cs, &room->keep, &room->share, &room->gradient,
			&room->diagonal};
	double **grouped[] = {&room->r, &room->z, &room->p, &room->q};
	size_t i, at = 0;

	memset(room, 0, sizeof(*room));
	room->n = cstn__array_size(arrays - 1, n);
	if (room->n > SIZE_MAX - h->wide)
		return -1;
	room->n += h->wide;
	room->memory = cstn__alloc(a, cstn__array_size(room->n, sizeof(double)));
	room->fixed = cstn__alloc_zero(a, n);
	if (!room->memory || !room->fixed)
		return -1;
	for (i = 0; i < (how->flags & CSTN_RECONCILE_NOT_NEGATIVE ? 7u : 3u); i++, at += n)
		*of[i] = room->memory + at;
	for (i = 0; h->n_trees > 1 && i < 4; i++, at += n)
		*grouped[i] = room->memory + at;
	room->by_place = room->memory + at;
	return 0;
}

void cstn__coherent_room_free(
		cstn__coherent_room *room, const cstn__hierarchy *h, const cstn_allocator *a)
{
	cstn__free(a, room->memory, room->n * sizeof(double));
	cstn__free(a, room->fixed, h->n);
}

int cstn__pass_weights_new(
		cstn__pass_weights *weights, const cstn__hierarchy *h, const cstn_allocator *a)
{
	size_t size = cstn__array_size(h->n, sizeof(double));

	weights->w = cstn__alloc(a, size);
	weights->keep = cstn__alloc(a, size);
	weights->share = cstn__alloc(a, size);
	return weights->w && weights->keep && weights->share ? 0 : -1;
}

void cstn__pass_weights_free(
		cstn__pass_weights *weights, const cstn__hierarchy *h, const cstn_allocator *a)
{
	size_t size = h->n * sizeof(double);

	cstn__free(a, weights->w, size);
	cstn__free(a, weights->keep, size);
	cstn__free(a, weights->share, size);
}

/* --- normal equations of the leaves ----------------------------------------------------------- */

/* out[leaf] = sum over nodes v above or at the leaf of (sum of `x` below v - y_v) / w_v; `y` NULL:
 * 0. With x NULL, the diagonal: sum of 1 / w_v. */
static void normal_product(const cstn__hierarchy *h, const double *w, const double *x,
		const double *y, double *sum, double *out)
{
	size_t t, v;
	uint32_t c;

	for (v = 0; v < h->trees[0].n; v++)
		out[v] = h->is_leaf[v] ? ((x ? x[v] : 1.0) - (y ? y[v] : 0.0)) / w[v] : 0.0;
	for (t = 0; t < h->n_trees; t++) {
		const cstn__tree *tree = &h->trees[t];

		for (v = tree->n; x && v-- > 0;) {
			sum[v] = tree->first[v] == tree->first[v + 1] ? x[tree->slot[v]] : 0.0;
			for (c = tree->first[v]; c < tree->first[v + 1]; c++)
				sum[v] += sum[c];
		}
		for (v = 0; v < tree->n; v++) /* what a node itself says ... */
			sum[v] = tree->owns[v] ? ((x ? sum[v] : 1.0) -
								 (y ? y[tree->slot[v]] : 0.0)) /
								 w[tree->slot[v]]
					       : 0.0;
		for (v = 0; v < tree->n; v++) { /* ... goes down */
			for (c = tree->first[v]; c < tree->first[v + 1]; c++)
				sum[c] += sum[v];
			if (tree->first[v] == tree->first[v + 1])
				out[tree->slot[v]] += sum[v];
		}
	}
}

/* z = M^-1 r of the first tree: leaves say w r, all other nodes 0. */
static void precondition(const cstn__hierarchy *h, const double *w, const cstn__tree_passes *passes,
		const double *r, double *z, double *cs)
{
	size_t v;

	for (v = 0; v < h->trees[0].n; v++)
		z[v] = h->is_leaf[v] ? w[v] * r[v] : 0.0;
	cstn__tree_solve(h, passes, z, z, cs);
}

static double leaf_product(const cstn__coherent_room *room, const cstn__hierarchy *h,
		const double *a, const double *b)
{
	double sum = 0;
	size_t v;

	for (v = 0; v < h->trees[0].n; v++)
		if (h->is_leaf[v] && !room->fixed[v])
			sum += a[v] * b[v];
	return sum;
}

/* Conjugate gradients from room->x on. Leaves that are fixed have z = p = 0. */
static int improve(cstn__coherent_room *room, const cstn__hierarchy *h, const double *w,
		const cstn__tree_passes *passes, int32_t most, double *residual)
{
	double *r = room->r, *z = room->z, *p = room->p, *q = room->q, begun, rz, energy = 0;
	size_t n = h->trees[0].n, v;
	int32_t step;

	for (v = 0; v < h->n; v++)
		energy += room->y[v] / w[v] * room->y[v];
	normal_product(h, w, room->x, room->y, room->by_place, r);
	for (v = 0; v < n; v++)
		r[v] = -r[v];
	precondition(h, w, passes, r, z, room->cs);
	begun = rz = leaf_product(room, h, r, z);
	memcpy(p, z, n * sizeof(*p));
	for (step = 0; rz > TOLERANCE * TOLERANCE * begun && rz > ROUNDING * ROUNDING * energy;
			step++) {
		double curve, a, before = rz;

		if (step == most) {
			*residual = sqrt(rz / begun);
			return CSTN__NOT_CONVERGED;
		}
		normal_product(h, w, p, NULL, room->by_place, q);
		curve = leaf_product(room, h, p, q);
		if (!(curve > 0))
			break;
		a = rz / curve;
		for (v = 0; v < n; v++) {
			if (!h->is_leaf[v] || room->fixed[v])
				continue;
			room->x[v] += a * p[v];
			r[v] -= a * q[v];
		}
		precondition(h, w, passes, r, z, room->cs);
		rz = leaf_product(room, h, r, z);
		for (v = 0; v < n; v++)
			p[v] = z[v] + rz / before * p[v];
	}
	return CSTN__COHERENT;
}

/* --- least squares ---------------------------------------------------------------------------- */

static int least_squares(cstn__coherent_room *room, const cstn__hierarchy *h, const double *w,
		const cstn__tree_passes *passes, const cstn_reconcile_options *how, double *what)
{
	cstn__tree_solve(h, passes, room->y, room->x, room->cs);
	if (h->n_trees == 1)
		return CSTN__COHERENT;
	return improve(room, h, w, passes, how->max_steps ? how->max_steps : CSTN__COHERENT_STEPS,
			what);
}

/* Leaves on the wrong side: below 0, or fixed though they would rise. The last one goes to *last.
 */
static size_t wrong_leaves(cstn__coherent_room *room, const cstn__hierarchy *h, size_t *last)
{
	size_t n = h->trees[0].n, found = 0, v;
	double slack = slack_of(h);

	for (v = 0; v < n; v++) {
		if (!h->is_leaf[v])
			continue;
		if (room->fixed[v] ? room->gradient[v] < -slack * room->diagonal[v]
				   : room->x[v] < -slack) {
			found++;
			*last = v;
		}
	}
	return found;
}

static void exchange(cstn__coherent_room *room, const cstn__hierarchy *h)
{
	double slack = slack_of(h);
	size_t v;

	for (v = 0; v < h->trees[0].n; v++) {
		if (!h->is_leaf[v])
			continue;
		if (room->fixed[v])
			room->fixed[v] = room->gradient[v] >= -slack * room->diagonal[v];
		else
			room->fixed[v] = room->x[v] < -slack;
	}
}

static int bounded(cstn__coherent_room *room, const cstn__hierarchy *h,
		const cstn__pass_weights *weights, const cstn_reconcile_options *how, double *what)
{
	const double *w = weights->w;
	const cstn__tree_passes all = {weights->keep, weights->share, NULL},
				some = {room->keep, room->share, room->fixed};
	size_t fewest = SIZE_MAX, found, last = 0, v;
	int failed, left = PATIENCE, rounds = CSTN__COHERENT_ROUNDS;

	memset(room->fixed, 0, h->n);
	normal_product(h, w, NULL, NULL, room->by_place, room->diagonal);
	failed = least_squares(room, h, w, &all, how, what);
	memset(room->gradient, 0, h->n * sizeof(double));
	while (!failed && (found = wrong_leaves(room, h, &last)) > 0) {
		if (!rounds--) {
			*what = (double)found;
			failed = CSTN__NOT_SETTLED;
			break;
		}
		if (found < fewest) {
			fewest = found;
			left = PATIENCE;
		} else {
			left--;
		}
		if (left >= 0)
			exchange(room, h);
		else
			room->fixed[last] ^= 1;
		cstn__pass_weights_set(h, w, room->fixed, room->keep, room->share, room->cs);
		failed = least_squares(room, h, w, &some, how, what);
		normal_product(h, w, room->x, room->y, room->by_place, room->gradient);
	}
	for (v = 0; v < h->trees[0].n; v++)
		if (h->is_leaf[v] && !(room->x[v] > 0))
			room->x[v] = 0;
	memset(room->fixed, 0, h->n);
	return failed;
}

/* --- all of it -------------------------------------------------------------------------------- */

static int solve(cstn__coherent_room *room, const cstn__hierarchy *h,
		const cstn__pass_weights *weights, const cstn_reconcile_options *how, double *what)
{
	const cstn__tree_passes passes = {weights->keep, weights->share, NULL};
	int is_bounded = (how->flags & CSTN_RECONCILE_NOT_NEGATIVE) != 0;
	size_t v;

	if (how->method == CSTN_RECONCILE_TOP_DOWN) {
		cstn__tree_top_down(h, weights->w, is_bounded, room->y, room->x);
		return CSTN__COHERENT;
	}
	if (how->method == CSTN_RECONCILE_LEAST_SQUARES)
		return is_bounded ? bounded(room, h, weights, how, what)
				  : least_squares(room, h, weights->w, &passes, how, what);
	for (v = 0; v < h->trees[0].n; v++)
		room->x[v] = is_bounded && !(room->y[v] > 0) ? 0.0 : room->y[v];
	return CSTN__COHERENT;
}

int cstn__coherent(cstn__coherent_room *room, const cstn__hierarchy *h,
		const cstn__pass_weights *weights, const cstn_reconcile_options *how, double *what)
{
	double largest = 0;
	int power = 0, failed;
	size_t v;

	for (v = 0; v < h->n; v++)
		if (fabs(room->y[v]) > largest)
			largest = fabs(room->y[v]);
	(void)frexp(largest, &power);
	if (power < -1000) /* the inverse of a subnormal number is none */
		power = -1000;
	for (v = 0; v < h->n; v++)
		room->y[v] = ldexp(room->y[v], -power);
	failed = solve(room, h, weights, how, what);
	if (failed)
		return failed;
	for (v = 0; v < h->n; v++)
		if (h->is_leaf[v])
			room->x[v] = ldexp(room->x[v], power) + 0.0; /* no minus zero */
	cstn__tree_sums(h, room->x, room->by_place);
	if (how->flags & CSTN_RECONCILE_INTEGERS) {
		size_t slot;

		if (cstn__tree_integers(h, room->x, room->by_place, room->cs, &slot)) {
			*what = (double)slot;
			return CSTN__TOO_LARGE;
		}
		cstn__tree_sums(h, room->x, room->by_place);
	}
	return CSTN__COHERENT;
}
