#ifndef CSTN_BASE_MAP_H
#define CSTN_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/hash.h"

/* Open addressing, linear probing, power of two, load <= 0.5. */

/* int64 -> uint32 */
typedef struct cstn__i64_map {
	cstn_allocator allocator;
	struct cstn__i64_slot {
		int64_t key;
		uint32_t value; /* UINT32_MAX: empty */
		uint32_t reserved;
	} * slots;
	size_t capacity, count;
	uint64_t seed;
} cstn__i64_map;
void cstn__i64_map_init(cstn__i64_map *map, const cstn_allocator *allocator, uint64_t seed);
/* Value of `key`; if new, `fresh` is stored. Returns UINT32_MAX when out of memory (so UINT32_MAX
 * is no legal value). */
uint32_t cstn__i64_map_intern(cstn__i64_map *map, int64_t key, uint32_t fresh);
uint32_t cstn__i64_map_find(const cstn__i64_map *map, int64_t key); /* UINT32_MAX if absent */
/* Start to load the slot of a key that is looked up some dozen keys later. Always inlined: gcc
 * takes a function that does nothing but prefetch for one without any effect, and drops its calls.
 */
__attribute__((always_inline)) static inline void cstn__i64_map_prefetch(
		const cstn__i64_map *map, int64_t key)
{
	if (map->capacity)
		__builtin_prefetch(&map->slots[cstn__mix64((uint64_t)key ^ map->seed) &
					       (map->capacity - 1)]);
}
void cstn__i64_map_free(cstn__i64_map *map);

/* Bytes <-> dense codes 0, 1, 2, ... in order of first sight. The bytes are kept, NUL-terminated,
 * and never move. At most 2^31 codes and 2^32 - 1 bytes a text; past that "out of memory". */
typedef struct cstn__interner {
	cstn__arena arena;
	struct cstn__intern_slot {
		uint32_t hash;
		uint32_t next_code; /* code + 1; 0: empty */
	} * slots;
	size_t capacity;
	struct cstn__interned {
		const char *text;
		uint32_t len;
		uint32_t hash;
	} * items;
	size_t count, items_capacity;
	uint64_t seed;
} cstn__interner;
void cstn__interner_init(cstn__interner *interner, const cstn_allocator *allocator, uint64_t seed);
uint32_t cstn__intern(cstn__interner *interner, const char *text,
		size_t len); /* UINT32_MAX: out of memory */
uint32_t cstn__interner_find(const cstn__interner *interner, const char *text,
		size_t len); /* UINT32_MAX if absent */
void cstn__interner_free(cstn__interner *interner);

#endif
