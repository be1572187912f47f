/* Passes over trees: least squares, shares from the top, sums, whole numbers.
 *
 * Places are in order of depth, so each pass is a walk over arrays. O(nodes), whole numbers with a
 * sort of each family by its remainders. */
#include "demand/coherent_tree.h"

#include <math.h>

#include "base/sort.h"
#include "demand/coherent.h"

#define EXACT 9007199254740992.0 /* 2^53 */
#define NEAR_WHOLE 1e-9

/* --- weights ---------------------------------------------------------------------------------- */

void cstn__structural_weights(const cstn__hierarchy *h, double *w)
{
	size_t t, v;
	uint32_t c;

	/* children lie behind their parents, and slots of the first tree are its places */
	for (v = 0; v < h->n; v++)
		w[v] = h->is_leaf[v] ? 1.0 : 0.0;
	for (t = 0; t < h->n_trees; t++) {
		const cstn__tree *tree = &h->trees[t];

		for (v = tree->n; v-- > 0;) {
			if (tree->first[v] == tree->first[v + 1])
				continue;
			w[tree->slot[v]] = 0;
			for (c = tree->first[v]; c < tree->first[v + 1]; c++)
				w[tree->slot[v]] += w[tree->slot[c]];
		}
	}
}

void cstn__pass_weights_set(const cstn__hierarchy *h, const double *w, const uint8_t *fixed,
		double *keep, double *share, double *star)
{
	const cstn__tree *tree = &h->trees[0];
	size_t v;
	uint32_t c;

	for (v = tree->n; v-- > 0;) {
		double below = 0;

		if (h->is_leaf[v]) {
			star[v] = fixed && fixed[v] ? 0.0 : w[v];
			continue;
		}
		for (c = tree->first[v]; c < tree->first[v + 1]; c++)
			below += star[c];
		keep[v] = below / (w[v] + below);
		star[v] = keep[v] * w[v];
		for (c = tree->first[v]; c < tree->first[v + 1]; c++)
			share[c] = below > 0 ? star[c] / below : 0.0;
	}
}

/* --- passes ----------------------------------------------------------------------------------- */

void cstn__tree_solve(const cstn__hierarchy *h, const cstn__tree_passes *passes, const double *y,
		double *out, double *cs)
{
	const cstn__tree *tree = &h->trees[0];
	size_t v;
	uint32_t c;

	for (v = tree->n; v-- > 0;) {
		double sum = 0;

		if (tree->first[v] == tree->first[v + 1]) {
			out[v] = passes->fixed && passes->fixed[v] ? 0.0 : y[v];
			continue;
		}
		for (c = tree->first[v]; c < tree->first[v + 1]; c++)
			sum += out[c];
		cs[v] = sum;
		out[v] = sum + passes->keep[v] * (y[v] - sum);
	}
	for (v = 0; v < tree->n; v++)
		for (c = tree->first[v]; c < tree->first[v + 1]; c++)
			out[c] += passes->share[c] * (out[v] - cs[v]);
}

/* What is missing to `total` goes to children by their weights; those that would fall below 0 stay
 * at 0 and the others share anew (Michelot 1986). Each round fixes one child at least, or ends. */
static void share_out(const cstn__tree *tree, size_t v, const double *w, int not_negative,
		double total, const double *y, double *x)
{
	uint32_t begin = tree->first[v], end = tree->first[v + 1], c;
	int again;

	for (c = begin; c < end; c++)
		x[c] = y[c];
	do {
		double sum = 0, weight = 0;

		again = 0;
		for (c = begin; c < end; c++) {
			if (isnan(x[c]))
				continue;
			sum += y[c];
			weight += w[c];
		}
		for (c = begin; c < end; c++) {
			if (isnan(x[c]))
				continue;
			x[c] = y[c] + w[c] / weight * (total - sum);
			if (not_negative && x[c] < 0) {
				x[c] = (double)NAN; /* fixed */
				again = 1;
			}
		}
	} while (again);
	for (c = begin; c < end; c++)
		if (isnan(x[c]))
			x[c] = 0;
}

void cstn__tree_top_down(const cstn__hierarchy *h, const double *w, int not_negative,
		const double *y, double *x)
{
	const cstn__tree *tree = &h->trees[0];
	size_t v;

	for (v = 0; v < tree->roots; v++)
		x[v] = not_negative && !(y[v] > 0) ? 0.0 : y[v];
	for (v = 0; v < tree->n; v++)
		share_out(tree, v, w, not_negative, x[v], y, x);
}

void cstn__tree_sums(const cstn__hierarchy *h, double *x, double *by_place)
{
	size_t t, v;
	uint32_t c;

	for (t = 0; t < h->n_trees; t++) {
		const cstn__tree *tree = &h->trees[t];

		for (v = tree->n; v-- > 0;) {
			uint32_t slot = tree->slot[v];

			by_place[v] = tree->first[v] == tree->first[v + 1] ? x[slot] : 0.0;
			for (c = tree->first[v]; c < tree->first[v + 1]; c++)
				by_place[v] += by_place[c];
			if (tree->owns[v])
				x[slot] = by_place[v] + 0.0;
		}
	}
}

/* --- whole numbers ---------------------------------------------------------------------------- */

static double half_even(double x)
{
	double down = floor(x), rest = x - down;

	if (rest < 0.5 || (!(rest > 0.5) && fmod(down, 2.0) == 0))
		return down;
	return down + 1;
}

/* The whole number below, and what remains; what is one but for rounding is one. */
static double whole_below(double x, double *rest)
{
	double whole = half_even(x);

	if (fabs(x - whole) > NEAR_WHOLE * fmax(1.0, fabs(x)))
		whole = floor(x);
	*rest = fmax(0.0, x - whole);
	return whole;
}

/* Places in the order in which they are rounded up; ties go to the lower id, which comes first. */
static int by_rest(const void *left, const void *right, void *context)
{
	const double *rest = context, *a = left, *b = right;
	double x = rest[(size_t)*a], y = rest[(size_t)*b];

	if (x > y || x < y)
		return x > y ? -1 : 1;
	return (*a > *b) - (*a < *b);
}

/* The children of a place, whose number is x, get whole numbers that add up to it. */
static void round_family(const cstn__tree *tree, size_t v, double *x, double *rest, double *order)
{
	uint32_t begin = tree->first[v], n = tree->first[v + 1] - begin, i;
	double left = x[v], each;

	for (i = 0; i < n; i++) {
		x[begin + i] = whole_below(x[begin + i], &rest[begin + i]);
		left -= x[begin + i];
		order[i] = (double)(begin + i);
	}
	each = floor(left / n); /* 0, unless sums were off by rounding */
	left -= each * n;
	for (i = 0; i < n; i++)
		x[begin + i] += each;
	if (!(left > 0))
		return;
	cstn__sort(order, n, sizeof(*order), by_rest, rest);
	for (i = 0; i < left; i++)
		x[(size_t)order[i]] += 1;
}

int cstn__tree_integers(
		const cstn__hierarchy *h, double *x, double *rest, double *order, size_t *slot)
{
	const cstn__tree *tree = &h->trees[0];
	size_t v;

	for (v = 0; v < h->n; v++)
		if (!(fabs(x[v]) <= EXACT)) {
			*slot = v;
			return -1;
		}
	for (v = 0; v < tree->roots; v++)
		x[v] = half_even(x[v]);
	for (v = 0; v < tree->n; v++)
		if (tree->first[v] < tree->first[v + 1])
			round_family(tree, v, x, rest, order);
	return 0;
}
