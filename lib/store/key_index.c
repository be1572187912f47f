/* The key index of a memory table: from the hash of a key to its rows, newest first.
 *
 * Open addressing with linear probing, at most half full, over 64-bit hashes; a slot names the
 * newest row of its hash and a chain of row numbers leads to the older ones, so that a key that is
 * written a million times still costs one slot. Only the writer changes it: a slot's hash is
 * written before its head is released, and a grown table is filled before its address is. Readers
 * that still hold an older table miss only rows that their snapshot does not have. 32 to 64 bytes a
 * distinct key and 4 a row; O(1). */
#include "store/memory.h"

#include "base/error.h"

enum { FIRST_SLOTS = 16 };

void cstn__retired_free(cstn__retired *retired, const cstn_allocator *allocator)
{
	for (size_t i = 0; i < retired->blocks.count; i++)
		cstn__free(allocator, retired->blocks.items[i].memory,
				retired->blocks.items[i].size);
	cstn__array_free(allocator, &retired->blocks);
}

static size_t slots_size(uint64_t mask)
{
	return sizeof(cstn__key_slots) + (size_t)(mask + 1) * sizeof(cstn__key_slot);
}

static cstn__key_slot *slot_of(cstn__key_slots *slots, uint64_t hash)
{
	uint64_t at = hash & slots->mask;

	for (;; at = (at + 1) & slots->mask) {
		cstn__key_slot *slot = &slots->items[at];

		if (!atomic_load_explicit(&slot->head, memory_order_acquire) || slot->hash == hash)
			return slot;
	}
}

static cstn_status grow_slots(cstn__key_index *index, uint64_t wanted, cstn__retired *retired,
		const cstn_allocator *allocator, cstn_error **error)
{
	cstn__key_slots *old = atomic_load_explicit(&index->slots, memory_order_relaxed), *grown;
	uint64_t capacity = old ? old->mask + 1 : FIRST_SLOTS;

	while (capacity / 2 < wanted)
		capacity *= 2;
	if (old && capacity == old->mask + 1)
		return CSTN_OK;
	if (cstn__array_reserve(allocator, &retired->blocks, 1))
		return cstn__fail_nomem(error);
	grown = cstn__alloc_zero(allocator, slots_size(capacity - 1));
	if (!grown)
		return cstn__fail_nomem(error);
	grown->mask = capacity - 1;
	for (uint64_t i = 0; old && i <= old->mask; i++) {
		uint32_t head = atomic_load_explicit(&old->items[i].head, memory_order_relaxed);
		cstn__key_slot *slot;

		if (!head)
			continue;
		slot = slot_of(grown, old->items[i].hash);
		slot->hash = old->items[i].hash;
		atomic_store_explicit(&slot->head, head, memory_order_relaxed);
	}
	atomic_store_explicit(&index->slots, grown, memory_order_release);
	if (old) {
		retired->blocks.items[retired->blocks.count].memory = old;
		retired->blocks.items[retired->blocks.count++].size = slots_size(old->mask);
	}
	return CSTN_OK;
}

cstn_status cstn__key_index_reserve(cstn__key_index *index, uint64_t rows, cstn__retired *retired,
		const cstn_allocator *allocator, cstn_error **error)
{
	uint32_t *old, *grown;
	uint64_t capacity = index->chain_capacity ? index->chain_capacity : FIRST_SLOTS;
	cstn_status status;

	status = grow_slots(index, index->used + rows, retired, allocator, error);
	if (status != CSTN_OK)
		return status;
	while (capacity < index->rows + rows)
		capacity *= 2;
	if (capacity == index->chain_capacity)
		return CSTN_OK;
	if (cstn__array_reserve(allocator, &retired->blocks, 1))
		return cstn__fail_nomem(error);
	grown = cstn__alloc(allocator, cstn__array_size((size_t)capacity, sizeof(*grown)));
	if (!grown)
		return cstn__fail_nomem(error);
	old = atomic_load_explicit(&index->chain, memory_order_relaxed);
	if (old) {
		memcpy(grown, old, (size_t)index->rows * sizeof(*grown));
		retired->blocks.items[retired->blocks.count].memory = old;
		retired->blocks.items[retired->blocks.count++].size =
				(size_t)index->chain_capacity * sizeof(*old);
	}
	atomic_store_explicit(&index->chain, grown, memory_order_release);
	index->chain_capacity = capacity;
	return CSTN_OK;
}

uint32_t cstn__key_index_put(cstn__key_index *index, uint64_t hash)
{
	cstn__key_slots *slots = atomic_load_explicit(&index->slots, memory_order_relaxed);
	cstn__key_slot *slot = slot_of(slots, hash);
	uint32_t before = atomic_load_explicit(&slot->head, memory_order_relaxed);
	uint32_t row = (uint32_t)index->rows++;

	atomic_load_explicit(&index->chain, memory_order_relaxed)[row] = before;
	if (!before) {
		slot->hash = hash;
		index->used++;
	}
	atomic_store_explicit(&slot->head, row + 1, memory_order_release);
	return before;
}

uint32_t cstn__key_index_head(const cstn__key_index *index, uint64_t hash)
{
	cstn__key_slots *slots = atomic_load_explicit(&index->slots, memory_order_acquire);

	if (!slots)
		return 0;
	return atomic_load_explicit(&slot_of(slots, hash)->head, memory_order_acquire);
}

uint32_t cstn__key_index_before(const cstn__key_index *index, uint32_t row)
{
	return atomic_load_explicit(&index->chain, memory_order_acquire)[row];
}

void cstn__key_index_free(cstn__key_index *index, const cstn_allocator *allocator)
{
	cstn__key_slots *slots = atomic_load_explicit(&index->slots, memory_order_relaxed);

	if (slots)
		cstn__free(allocator, slots, slots_size(slots->mask));
	cstn__free(allocator, atomic_load_explicit(&index->chain, memory_order_relaxed),
			(size_t)index->chain_capacity * sizeof(uint32_t));
}
