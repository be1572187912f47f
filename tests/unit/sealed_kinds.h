#ifndef TESTS_SEALED_KINDS_H
#define TESTS_SEALED_KINDS_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/constellation.h>

/* The calls of a type that travels as bytes in an envelope, with their pointers as void. */
typedef struct sealed_kind {
	const char *name, *magic;
	cstn_status (*read)(const uint8_t *data, size_t size, const cstn_allocator *allocator,
			void **out, cstn_error **error);
	cstn_status (*write)(const void *self, cstn_buffer **out, cstn_error **error);
	cstn_status (*merge)(void *into, const void *from, cstn_error **error); /* or NULL */
	void (*drop)(void *self);
} sealed_kind;

/* All there are: one for each cstn_..._deserialize() of the public headers. */
extern const sealed_kind sealed_privacy_budget, sealed_psi_runs, sealed_difference_guard;
extern const sealed_kind sealed_privacy_budget, sealed_difference_guard, sealed_value_ledger;
extern const sealed_kind sealed_purchases, sealed_rfm, sealed_value_state, sealed_customer_value,
		sealed_kmeans, sealed_kmeans_pass, sealed_kmeans_cells, sealed_prototypes,
		sealed_stage_summary, sealed_stage_history, sealed_cost_to_serve, sealed_loyalty,
		sealed_journeys, sealed_retention, sealed_contracts, sealed_interactions,
		sealed_stage_state, sealed_demand_model, sealed_perfect_order, sealed_demand_global,
		sealed_value_added, sealed_demand_global_state, sealed_signal_model;

#define SEALED_HEAD 56 /* of the envelope: the length of the body in its last 8 bytes */
#define SEALED_TAIL 8  /* the checksum of all before it */

/* n bytes of a number, the lowest first. */
void sealed_put(uint8_t *at, uint64_t value, int n);
/* The checksum that changed bytes need. */
void sealed_mend_checksum(uint8_t *data, size_t size);
/* Magic, length and checksum as the envelope wants them; bytes too few for that stay. */
void sealed_mend(const char *magic, uint8_t *data, size_t size);

#endif
