#ifndef CSTN_BASE_STATES_H
#define CSTN_BASE_STATES_H

#include "base/alloc.h"

/* What states have in common that are added to one another, and read from bytes. */

/* Two states, of which one is added to the other, are there and are two; `what` one of them is. */
cstn_status cstn__states_check(
		const void *into, const void *from, const char *what, cstn_error **error);

/* Whether `n` pieces of at least `size` bytes can still come. */
static inline int cstn__reader_can_hold(const cstn__reader *reader, uint64_t n, size_t size)
{
	return !reader->failed && n <= (reader->size - reader->position) / size;
}

#endif
