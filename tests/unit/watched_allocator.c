#include "watched_allocator.h"

#include <stdlib.h>
#include <string.h>

static void *watched_alloc(void *user, size_t size, size_t alignment)
{
	watched_allocator *memory = user;

	if (memory->before)
		memory->before(memory->context);
	return aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

static void *watched_realloc(
		void *user, void *memory, size_t old_size, size_t new_size, size_t alignment)
{
	void *out = watched_alloc(user, new_size, alignment);

	if (out && memory) {
		memcpy(out, memory, old_size < new_size ? old_size : new_size);
		free(memory);
	}
	return out;
}

static void watched_free(void *user, void *data, size_t size, size_t alignment)
{
	watched_allocator *memory = user;

	(void)alignment;
	free(data);
	if (memory->after_free)
		memory->after_free(memory->context, size);
}

void watched_allocator_init(watched_allocator *memory, void (*before)(void *context),
		void (*after_free)(void *context, size_t size), void *context)
{
	*memory = (watched_allocator){.allocator = {.struct_size = sizeof(memory->allocator),
						      .user = memory,
						      .alloc = watched_alloc,
						      .realloc = watched_realloc,
						      .free = watched_free},
			.before = before,
			.after_free = after_free,
			.context = context};
}
