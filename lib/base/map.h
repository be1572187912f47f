#ifndef CSTN_BASE_MAP_H
#define CSTN_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/alloc.h"

/* Open addressing, linear probing, power of two, load <= 0.5. */

/* int64 -> uint32 */
typedef struct cstn__i64_map {
	cstn_allocator allocator;
	int64_t *keys;
	uint32_t *values;
	size_t capacity, count;
	uint64_t seed;
} cstn__i64_map;
void cstn__i64_map_init(cstn__i64_map *map, const cstn_allocator *allocator, uint64_t seed);
/* Value of `key`; if new, `fresh` is stored. Returns UINT32_MAX when out of memory (so UINT32_MAX
 * is no legal value). */
uint32_t cstn__i64_map_intern(cstn__i64_map *map, int64_t key, uint32_t fresh);
uint32_t cstn__i64_map_find(const cstn__i64_map *map, int64_t key); /* UINT32_MAX if absent */
void cstn__i64_map_free(cstn__i64_map *map);

/* Bytes <-> dense codes 0, 1, 2, ... in order of first sight. The bytes are kept, NUL-terminated,
 * and never move. */
typedef struct cstn__interner {
	cstn__arena arena;
	uint32_t *slots;
	uint32_t *hashes;
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
