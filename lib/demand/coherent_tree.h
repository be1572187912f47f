#ifndef CSTN_DEMAND_COHERENT_TREE_H
#define CSTN_DEMAND_COHERENT_TREE_H

#include "demand/hierarchy.h"

/* Passes over the trees of a hierarchy. Arrays are by slot, which is the place in the first tree.
 */

/* What cstn__pass_weights_set() gives; leaves that are `fixed` (NULL: none) are 0. */
typedef struct cstn__tree_passes {
	const double *keep, *share;
	const uint8_t *fixed;
} cstn__tree_passes;
/* Least squares on the first tree; out may be y; `cs` has room for all places. */
void cstn__tree_solve(const cstn__hierarchy *h, const cstn__tree_passes *passes, const double *y,
		double *out, double *cs);
/* Roots as they are, children share what is missing. Not negative: nothing below 0. */
void cstn__tree_top_down(const cstn__hierarchy *h, const double *w, int not_negative,
		const double *y, double *x);
/* All inner nodes from the leaves. */
void cstn__tree_sums(const cstn__hierarchy *h, double *x, double *by_place);
/* Whole numbers in the first tree; `rest` and `order` have room for its places. -1: *slot is beyond
 * 2^53. */
int cstn__tree_integers(
		const cstn__hierarchy *h, double *x, double *rest, double *order, size_t *slot);

#endif
