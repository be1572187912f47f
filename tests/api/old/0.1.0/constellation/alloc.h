#ifndef CONSTELLATION_ALLOC_H
#define CONSTELLATION_ALLOC_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/export.h>

/** @file alloc.h
 *  Where memory comes from, and buffers that the library hands out.
 *
 *  An allocator is given when an object is made; NULL is libc. It is copied by value and inherited
 *  by everything made from that object. Its functions must be callable from every thread the call
 *  uses, and what `user` points to must outlive the last object, exported streams and arrays
 *  included. There is no global setter. Errors, and empty Arrow structs on the heap, are libc's. */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cstn_allocator {
	uint32_t struct_size; /**< sizeof(cstn_allocator) */
	uint32_t flags;       /**< 0 */
	void *user;           /**< handed to each function */
	/** At least `size` bytes (never 0) at a multiple of `alignment` (a power of two, at most
	 *  64), or NULL. */
	void *(*alloc)(void *user, size_t size, size_t alignment);
	/** Like realloc(): `memory` (never NULL) has `old_size` bytes; on NULL the old block
	 *  stays. */
	void *(*realloc)(void *user, void *memory, size_t old_size, size_t new_size,
			size_t alignment);
	/** `memory` is never NULL and came from alloc or realloc with this size and alignment. */
	void (*free)(void *user, void *memory, size_t size, size_t alignment);
} cstn_allocator;
/* clang-format off */
#define CSTN_ALLOCATOR_INIT { sizeof(cstn_allocator), 0, NULL, NULL, NULL, NULL }
/* clang-format on */

/** Bytes that the library made: canonical text, serialised states, CSV. Immutable; any number of
 *  threads may read it. */
typedef struct cstn_buffer cstn_buffer;

/** The bytes, followed by a NUL that cstn_buffer_size() does not count; "" for NULL. Borrowed. Any
 *  thread. @since 0.1 */
CSTN_API const uint8_t *cstn_buffer_data(const cstn_buffer *buffer);

/** The number of bytes; 0 for NULL. Any thread. @since 0.1 */
CSTN_API size_t cstn_buffer_size(const cstn_buffer *buffer);

/** Free; NULL is allowed. Any thread, once. @since 0.1 */
CSTN_API void cstn_buffer_free(cstn_buffer *buffer);

#ifdef __cplusplus
}
#endif

#endif
