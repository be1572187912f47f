/* The types that travel as bytes in an envelope. */
#include "sealed_kinds.h"

#include <string.h>

#include "base/envelope.h"
#include "base/hash.h"

/* To some types writing is no reading: it puts their rows in order first. */
#define CALLS(type, give_up, deserialize)                                                        \
	static cstn_status type##_read(const uint8_t *data, size_t size,                         \
			const cstn_allocator *allocator, void **out, cstn_error **error)         \
	{                                                                                        \
		cstn_##type *self = *out;                                                        \
		cstn_status status = deserialize(data, size, allocator, &self, error);           \
                                                                                                 \
		*out = self;                                                                     \
		return status;                                                                   \
	}                                                                                        \
	static cstn_status type##_write(const void *self, cstn_buffer **out, cstn_error **error) \
	{                                                                                        \
		cstn_##type *own;                                                                \
                                                                                                 \
		memcpy(&own, &self, sizeof(own));                                                \
		return cstn_##type##_serialize(own, out, error);                                 \
	}                                                                                        \
	static void type##_drop(void *self)                                                      \
	{                                                                                        \
		cstn_##type##_##give_up(self);                                                   \
	}
#define STATE_READ_BY(type, deserialize)                                                           \
	CALLS(type, free, deserialize)                                                             \
	static cstn_status type##_merge(void *into, const void *from, cstn_error **error)          \
	{                                                                                          \
		return cstn_##type##_merge(into, from, error);                                     \
	}                                                                                          \
	const sealed_kind sealed_##type = {#type, CSTN__ENVELOPE_STATE, type##_read, type##_write, \
			type##_merge, type##_drop};
#define STATE_ALONE(type)                                                                          \
	CALLS(type, free, cstn_##type##_deserialize)                                               \
	const sealed_kind sealed_##type = {#type, CSTN__ENVELOPE_STATE, type##_read, type##_write, \
			NULL, type##_drop};
#define STATE(type) STATE_READ_BY(type, cstn_##type##_deserialize)
#define MODEL(type)                                                                                \
	CALLS(type, unref, cstn_##type##_deserialize)                                              \
	const sealed_kind sealed_##type = {#type, CSTN__ENVELOPE_MODEL, type##_read, type##_write, \
			NULL, type##_drop};

/* Of a policy that needs no zone and no calendar. */
static cstn_status perfect_order_of(const uint8_t *data, size_t size,
		const cstn_allocator *allocator, cstn_perfect_order **out, cstn_error **error)
{
	return cstn_perfect_order_deserialize(data, size, NULL, allocator, out, error);
}

STATE(purchases)
MODEL(rfm)
STATE(value_state)
MODEL(customer_value)
MODEL(kmeans)
STATE(kmeans_pass)
STATE(kmeans_cells)
MODEL(prototypes)
STATE(stage_summary)
STATE_ALONE(stage_history)
STATE(cost_to_serve)
STATE(loyalty)
STATE(journeys)
STATE(retention)
STATE(contracts)
STATE(interactions)
STATE(stage_state)
STATE(demand_model)
STATE(signal_model)
STATE(value_added)
STATE(demand_global_state)
STATE_READ_BY(perfect_order, perfect_order_of)
MODEL(demand_global)
STATE_ALONE(privacy_budget)
STATE_ALONE(difference_guard)
STATE_ALONE(psi_runs)
STATE_ALONE(value_ledger)

void sealed_put(uint8_t *at, uint64_t value, int n)
{
	int i;

	for (i = 0; i < n; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

void sealed_mend_checksum(uint8_t *data, size_t size)
{
	sealed_put(data + size - SEALED_TAIL, cstn__hash64(0, data, size - SEALED_TAIL), 8);
}

void sealed_mend(const char *magic, uint8_t *data, size_t size)
{
	if (size < SEALED_HEAD + SEALED_TAIL)
		return;
	memcpy(data, magic, 8);
	sealed_put(data + SEALED_HEAD - 8, size - SEALED_HEAD - SEALED_TAIL, 8);
	sealed_mend_checksum(data, size);
}
