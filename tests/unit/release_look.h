#ifndef TESTS_RELEASE_LOOK_H
#define TESTS_RELEASE_LOOK_H

#include <stddef.h>

#include "release_fixture.h"

/* Looking at what was released, as a recipient may who is not told where to stop. */

/* The value of a row by the formats of the schema; its validity, and through dictionaries. */
release_cell release_look(
		const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t row);
/* Everything that can be reached through a batch is a value of one of its rows: offsets are 0, no
 * value lies under a null, before the first text or behind the last bit, every dictionary entry is
 * of a row, no planted word is anywhere. */
void release_check_bare(const struct ArrowSchema *schema, const struct ArrowArray *batch);
/* The bytes of `word` are in none of its buffers. */
void release_check_without(const struct ArrowSchema *schema, const struct ArrowArray *batch,
		const void *word, size_t size);

#endif
