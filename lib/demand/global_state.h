#ifndef CSTN_DEMAND_GLOBAL_STATE_H
#define CSTN_DEMAND_GLOBAL_STATE_H

#include "demand/global_basis.h"

/* Keys are interned before anything can fail for good: those that are in are marked. */
struct cstn_demand_global_state {
	cstn_allocator allocator;
	cstn__global_basis basis; /* its model has learned nothing and has no type of keys */
	cstn__global_sums sums;
	cstn__exact_sum sold; /* y within the basis' span */
	uint64_t left_out;
	cstn__ids keys;
	CSTN__ARRAY(uint8_t) is_in; /* of a key, as many as are in or before one */
	size_t n_in;
	uint8_t digest[32]; /* of the configuration and the totals */
};

/* A state with nothing in, which takes the basis and its model, also on failure. */
cstn_status cstn__global_state_make(const cstn__global_basis *basis, const uint8_t digest[32],
		cstn_demand_global_state **out, cstn_error **error);
/* The configuration and the totals as bytes: what parts have to have in common. */
void cstn__global_state_put_basis(cstn__bytes *out, const cstn__global_basis *basis);

#endif
