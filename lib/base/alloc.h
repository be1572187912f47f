#ifndef CSTN_BASE_ALLOC_H
#define CSTN_BASE_ALLOC_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <constellation/alloc.h>
#include <constellation/status.h>

/* A copy of the caller's allocator, or libc's for NULL. Checks struct_size and that all three
 * functions are there. In the calls below a NULL allocator is libc's. */
cstn_status cstn__allocator_read(
		const cstn_allocator *given, cstn_allocator *out, cstn_error **error);

/* NULL on failure or overflow; size 0 gives a valid block of 1 byte. Freed with the same size and
 * alignment. */
void *cstn__alloc(const cstn_allocator *allocator, size_t size); /* alignment 16 */
void *cstn__alloc_zero(const cstn_allocator *allocator, size_t size);
void *cstn__alloc_aligned(const cstn_allocator *allocator, size_t size, size_t alignment);
void *cstn__realloc(
		const cstn_allocator *allocator, void *memory, size_t old_size, size_t new_size);
void cstn__free(const cstn_allocator *allocator, void *memory, size_t size); /* NULL allowed */
void cstn__free_aligned(
		const cstn_allocator *allocator, void *memory, size_t size, size_t alignment);

/* Zeros that no compiler leaves out, for secrets; NULL with size 0 is allowed. */
void cstn__wipe(void *memory, size_t size);

/* Say that memory is read all over and will be for long, so that the system may map it in large
 * pages, of CSTN__LARGE_PAGE bytes where that is known. Its bytes stay; nothing is promised. */
#define CSTN__LARGE_PAGE ((size_t)2 << 20)
void cstn__is_read_all_over(void *memory, size_t size);
/* Say that new memory of some size will be filled from end to end, so that the system may give it
 * in large pages: else each of its small ones is a fault, which costs more than to fill it. */
void cstn__will_be_filled(void *memory, size_t size);

/* n * size or SIZE_MAX on overflow (which the allocator then refuses). */
size_t cstn__array_size(size_t n, size_t size);

/* Growable array: `CSTN__ARRAY(type)`; grow by doubling. cstn__array_reserve() returns 0 or -1 (out
 * of memory, array unchanged). `items` of cstn__array_grow() is the address of the array's pointer.
 */
#define CSTN__ARRAY(type)        \
	struct {                 \
		type *items;     \
		size_t count;    \
		size_t capacity; \
	}
int cstn__array_grow(const cstn_allocator *allocator, void *items, size_t *capacity, size_t wanted,
		size_t item_size);
#define cstn__array_reserve(allocator, array, extra)                                        \
	((size_t)(extra) <= (array)->capacity - (array)->count                              \
					? 0                                                 \
					: cstn__array_grow((allocator), &(array)->items,    \
							  &(array)->capacity,               \
							  (array)->count + (size_t)(extra), \
							  sizeof(*(array)->items)))
#define cstn__array_free(allocator, array)                                                     \
	(cstn__free((allocator), (array)->items, (array)->capacity * sizeof(*(array)->items)), \
			(array)->items = NULL, (array)->count = (array)->capacity = 0)

/* Bump memory for many small pieces freed together; pieces never move. _alloc aligns to 16, _copy
 * does not align. */
typedef struct cstn__arena {
	cstn_allocator allocator;
	struct cstn__arena_block *blocks;
	size_t total;
} cstn__arena;
void cstn__arena_init(cstn__arena *arena, const cstn_allocator *allocator);
void *cstn__arena_alloc(cstn__arena *arena, size_t size);                  /* NULL: out of memory */
char *cstn__arena_copy(cstn__arena *arena, const void *data, size_t size); /* copy plus a NUL */
void cstn__arena_free(cstn__arena *arena);

/* `size` zeroed bytes for a handle on the allocator that was given (NULL: libc), which *memory
 * receives; `out` points to the pointer to them. */
cstn_status cstn__handle_new(const cstn_allocator *given, size_t size, cstn_allocator *memory,
		void *out, cstn_error **error);

/* Buffers handed to the caller. */
cstn_status cstn__buffer_copy(const cstn_allocator *allocator, const void *data, size_t size,
		cstn_buffer **out, cstn_error **error);
/* The same of a secret, which cstn_buffer_free() wipes; no other copy is made. */
cstn_status cstn__buffer_copy_secret(const cstn_allocator *allocator, const void *data, size_t size,
		cstn_buffer **out, cstn_error **error);

/* Growing byte string for writers; `failed` sticks, so that only the end checks. */
typedef struct cstn__bytes {
	cstn_allocator allocator;
	uint8_t *data;
	size_t size;
	size_t capacity;
	int failed;
} cstn__bytes;
void cstn__bytes_init(cstn__bytes *bytes, const cstn_allocator *allocator);
void cstn__bytes_put(cstn__bytes *bytes, const void *data, size_t size);
void cstn__bytes_put_text(cstn__bytes *bytes, const char *text);
void cstn__bytes_put_format(cstn__bytes *bytes, const char *format, ...)
		__attribute__((format(printf, 2, 3)));
void cstn__bytes_put_u8(cstn__bytes *bytes, uint8_t value);
void cstn__bytes_put_u16(cstn__bytes *bytes, uint16_t value); /* little-endian, all */
void cstn__bytes_put_u32(cstn__bytes *bytes, uint32_t value);
void cstn__bytes_put_u64(cstn__bytes *bytes, uint64_t value);
void cstn__bytes_put_f64(cstn__bytes *bytes, double value); /* its bits; one NaN for all */
void cstn__bytes_put_block(
		cstn__bytes *bytes, const void *data, size_t size); /* u64 size, then they */
void cstn__bytes_free(cstn__bytes *bytes);
/* Move into a cstn_buffer; `bytes` is empty after, also on failure. */
cstn_status cstn__bytes_to_buffer(cstn__bytes *bytes, cstn_buffer **out, cstn_error **error);

/* Reader of untrusted little-endian bytes; `failed` sticks and then zeros are read. */
typedef struct cstn__reader {
	const uint8_t *data;
	size_t size;
	size_t position;
	int failed;
} cstn__reader;
uint8_t cstn__read_u8(cstn__reader *reader);
uint16_t cstn__read_u16(cstn__reader *reader);
uint32_t cstn__read_u32(cstn__reader *reader);
uint64_t cstn__read_u64(cstn__reader *reader);
double cstn__read_f64(cstn__reader *reader);
const uint8_t *cstn__read_bytes(
		cstn__reader *reader, size_t size); /* NULL and failed if there are fewer */
const uint8_t *cstn__read_block(cstn__reader *reader, size_t *size); /* the same */

#endif
