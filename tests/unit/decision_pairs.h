#ifndef TESTS_DECISION_PAIRS_H
#define TESTS_DECISION_PAIRS_H

#include "decision_world.h"

/* Pairs of decisions: of a random case, and of the same with something changed. */
#define N_PAIRS 150

/* A world and a request of which at least half are permitted something; world_free() it. */
void pair_make(world *w, world_request *r, uint64_t *seed);
void pair_decide(const world *w, const world_request *r, const world *other,
		const world_request *asked, cstn_decision *out[2]);
void pair_drop(cstn_decision *both[2]);
/* No field of `after` is permitted that was denied, nor finer than it was. */
void pair_no_finer(const cstn_decision *before, const cstn_decision *after);
/* Their records are the same. */
void pair_same_bytes(const cstn_decision *a, const cstn_decision *b);
/* To be freed. */
cstn_buffer *pair_record(const cstn_decision *decision);

#endif
