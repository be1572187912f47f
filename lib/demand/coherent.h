#ifndef CSTN_DEMAND_COHERENT_H
#define CSTN_DEMAND_COHERENT_H

#include <constellation/demand_reconcile.h>

#include "demand/hierarchy.h"

/* Numbers of the nodes of a hierarchy, made to add up. All arrays are by slot. */

/* Weights of a hierarchy, and what the two passes over its first tree need of them. */
typedef struct cstn__pass_weights {
	double *w;     /* above 0 */
	double *keep;  /* of an inner node: how far it gives way to what lies below it */
	double *share; /* of what a parent moves: the part of this child */
} cstn__pass_weights;
int cstn__pass_weights_new(
		cstn__pass_weights *weights, const cstn__hierarchy *h, const cstn_allocator *a);
void cstn__pass_weights_free(
		cstn__pass_weights *weights, const cstn__hierarchy *h, const cstn_allocator *a);
/* Leaves below each node. */
void cstn__structural_weights(const cstn__hierarchy *h, double *w);
/* keep and share of w; `fixed` NULL, or 1 of leaves that stay as they are; `star` has n values. */
void cstn__pass_weights_set(const cstn__hierarchy *h, const double *w, const uint8_t *fixed,
		double *keep, double *share, double *star);

/* Room of one thread. */
typedef struct cstn__coherent_room {
	double *memory;
	size_t n; /* numbers in it */
	uint8_t *fixed;
	double *y, *x, *cs, *keep, *share, *gradient, *diagonal, *r, *z, *p, *q, *by_place;
} cstn__coherent_room;
int cstn__coherent_room_new(cstn__coherent_room *room, const cstn__hierarchy *h,
		const cstn_reconcile_options *how, const cstn_allocator *a);
void cstn__coherent_room_free(
		cstn__coherent_room *room, const cstn__hierarchy *h, const cstn_allocator *a);

/* Steps of conjugate gradients, if nobody says; exchanges of leaves at 0. */
#define CSTN__COHERENT_STEPS 200
#define CSTN__COHERENT_ROUNDS 1000

/* What may go wrong. */
enum { CSTN__COHERENT, CSTN__NOT_CONVERGED, CSTN__NOT_SETTLED, CSTN__TOO_LARGE };

/* room->y, which is worked with, to room->x. `what` receives the residual, how many leaves are on
 * the wrong side of 0, or the slot that is too large. */
int cstn__coherent(cstn__coherent_room *room, const cstn__hierarchy *h,
		const cstn__pass_weights *weights, const cstn_reconcile_options *how, double *what);

#endif
