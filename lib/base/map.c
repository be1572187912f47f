/* Hash tables of the hot loops: int64 -> uint32, and bytes <-> dense codes.
 *
 * Open addressing with linear probing in a power of two of slots, at most half full (Knuth 1973,
 * 6.4): a hit costs 1.5 probes on average. A slot holds all that decides a probe (key and value, or
 * hash and code), so a lookup touches one cache line, and text only when 32 bits of its hash agree.
 * Nothing is ever removed, so codes stay dense and text never moves. Growth doubles; a failed
 * growth leaves the table as it was. */
#include "base/map.h"

#include <string.h>

#include "base/hash.h"

#define FIRST_CAPACITY 16
#define INTERNED_MAX ((size_t)1 << 31)

void cstn__i64_map_init(cstn__i64_map *map, const cstn_allocator *allocator, uint64_t seed)
{
	memset(map, 0, sizeof(*map));
	if (allocator)
		map->allocator = *allocator;
	else
		(void)cstn__allocator_read(NULL, &map->allocator, NULL); /* cannot fail */
	map->seed = seed;
}

static size_t i64_position(const cstn__i64_map *map, int64_t key)
{
	return (size_t)cstn__mix64((uint64_t)key ^ map->seed) & (map->capacity - 1);
}

/* The slot of `key`, or the empty one where it would stand. */
static struct cstn__i64_slot *i64_slot(const cstn__i64_map *map, int64_t key)
{
	size_t position = i64_position(map, key);

	while (map->slots[position].value != UINT32_MAX && map->slots[position].key != key)
		position = (position + 1) & (map->capacity - 1);
	return &map->slots[position];
}

static int i64_map_grow(cstn__i64_map *map)
{
	cstn__i64_map grown = *map;
	size_t size;

	if (map->capacity > SIZE_MAX / 2)
		return -1;
	grown.capacity = map->capacity ? map->capacity * 2 : FIRST_CAPACITY;
	size = cstn__array_size(grown.capacity, sizeof(*grown.slots));
	grown.slots = cstn__alloc(&map->allocator, size);
	if (!grown.slots)
		return -1;
	memset(grown.slots, 0xff, size);
	for (size_t i = 0; i < map->capacity; i++)
		if (map->slots[i].value != UINT32_MAX)
			*i64_slot(&grown, map->slots[i].key) = map->slots[i];
	cstn__free(&map->allocator, map->slots, map->capacity * sizeof(*map->slots));
	*map = grown;
	return 0;
}

uint32_t cstn__i64_map_intern(cstn__i64_map *map, int64_t key, uint32_t fresh)
{
	struct cstn__i64_slot *slot;

	if (map->capacity) {
		slot = i64_slot(map, key);
		if (slot->value != UINT32_MAX)
			return slot->value;
	}
	if (map->count >= map->capacity / 2 && i64_map_grow(map))
		return UINT32_MAX;
	slot = i64_slot(map, key);
	slot->key = key;
	slot->value = fresh;
	slot->reserved = 0;
	map->count++;
	return fresh;
}

uint32_t cstn__i64_map_find(const cstn__i64_map *map, int64_t key)
{
	return map->capacity ? i64_slot(map, key)->value : UINT32_MAX;
}

void cstn__i64_map_free(cstn__i64_map *map)
{
	cstn__free(&map->allocator, map->slots, map->capacity * sizeof(*map->slots));
	map->slots = NULL;
	map->capacity = map->count = 0;
}

void cstn__interner_init(cstn__interner *interner, const cstn_allocator *allocator, uint64_t seed)
{
	memset(interner, 0, sizeof(*interner));
	cstn__arena_init(&interner->arena, allocator);
	interner->seed = seed;
}

static uint32_t text_hash(const cstn__interner *interner, const char *text, size_t len)
{
	return (uint32_t)cstn__hash64(interner->seed, text, len);
}

/* The slot of a text, or the empty one where it would stand. */
static struct cstn__intern_slot *intern_slot(
		const cstn__interner *interner, uint32_t hash, const char *text, size_t len)
{
	size_t mask = interner->capacity - 1, position = hash & mask;

	for (;; position = (position + 1) & mask) {
		struct cstn__intern_slot *slot = &interner->slots[position];
		const struct cstn__interned *item;

		if (!slot->next_code)
			return slot;
		if (slot->hash != hash)
			continue;
		item = &interner->items[slot->next_code - 1];
		if (item->len == len && (!len || !memcmp(item->text, text, len)))
			return slot;
	}
}

static int interner_grow(cstn__interner *interner)
{
	size_t capacity = interner->capacity ? interner->capacity * 2 : FIRST_CAPACITY;
	size_t size = cstn__array_size(capacity, sizeof(*interner->slots)), mask = capacity - 1;
	struct cstn__intern_slot *slots = cstn__alloc_zero(&interner->arena.allocator, size);

	if (!slots)
		return -1;
	for (size_t code = 0; code < interner->count; code++) {
		size_t position = interner->items[code].hash & mask;

		while (slots[position].next_code)
			position = (position + 1) & mask;
		slots[position].hash = interner->items[code].hash;
		slots[position].next_code = (uint32_t)code + 1;
	}
	cstn__free(&interner->arena.allocator, interner->slots,
			interner->capacity * sizeof(*interner->slots));
	interner->slots = slots;
	interner->capacity = capacity;
	return 0;
}

/* Room for one more item and slot; 0 or -1. */
static int interner_reserve(cstn__interner *interner)
{
	if (interner->count >= INTERNED_MAX)
		return -1;
	if (interner->count == interner->items_capacity &&
			cstn__array_grow(&interner->arena.allocator, &interner->items,
					&interner->items_capacity, interner->count + 1,
					sizeof(*interner->items)))
		return -1;
	return interner->count >= interner->capacity / 2 ? interner_grow(interner) : 0;
}

uint32_t cstn__intern(cstn__interner *interner, const char *text, size_t len)
{
	uint32_t hash = text_hash(interner, text, len);
	struct cstn__interned *item;
	struct cstn__intern_slot *slot;
	char *copy;

	if (interner->capacity) {
		slot = intern_slot(interner, hash, text, len);
		if (slot->next_code)
			return slot->next_code - 1;
	}
	if (len > UINT32_MAX || interner_reserve(interner))
		return UINT32_MAX;
	copy = cstn__arena_copy(&interner->arena, text, len);
	if (!copy)
		return UINT32_MAX;
	slot = intern_slot(interner, hash, text, len);
	item = &interner->items[interner->count++];
	item->text = copy;
	item->len = (uint32_t)len;
	item->hash = hash;
	slot->hash = hash;
	slot->next_code = (uint32_t)interner->count;
	return (uint32_t)(interner->count - 1);
}

uint32_t cstn__interner_find(const cstn__interner *interner, const char *text, size_t len)
{
	if (!interner->capacity)
		return UINT32_MAX;
	/* code + 1, or 0 of an empty slot: minus 1 is UINT32_MAX */
	return intern_slot(interner, text_hash(interner, text, len), text, len)->next_code - 1;
}

void cstn__interner_free(cstn__interner *interner)
{
	cstn_allocator *allocator = &interner->arena.allocator;

	cstn__free(allocator, interner->slots, interner->capacity * sizeof(*interner->slots));
	cstn__free(allocator, interner->items, interner->items_capacity * sizeof(*interner->items));
	interner->slots = NULL;
	interner->items = NULL;
	interner->capacity = interner->count = interner->items_capacity = 0;
	cstn__arena_free(&interner->arena);
}
