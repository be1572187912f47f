#ifndef TESTS_WATCHED_ALLOCATOR_H
#define TESTS_WATCHED_ALLOCATOR_H

#include <stddef.h>

#include <constellation/alloc.h>

/* Memory of libc that tells of each allocation before it is made (realloc is one), and of each
 * block after it was freed; either may be NULL. */
typedef struct watched_allocator {
	cstn_allocator allocator; /* hand out &memory.allocator; `user` is this object */
	void (*before)(void *context);
	void (*after_free)(void *context, size_t size);
	void *context;
} watched_allocator;

void watched_allocator_init(watched_allocator *memory, void (*before)(void *context),
		void (*after_free)(void *context, size_t size), void *context);

#endif
