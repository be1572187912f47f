#ifndef CSTN_SHARING_RELEASE_COPY_H
#define CSTN_SHARING_RELEASE_COPY_H

#include "sharing/release_view.h"

/* Columns in memory of their own, which hold what is told and nothing else. */

/* An array of `length` rows with room for three buffers (0: none), begun with zeros where the first
 * is, and with a dictionary that is filled by the caller. *data receives where they are; buffers
 * of the array are set, its nulls are 0. NULL in `out` on failure. */
cstn_status cstn__release_array_new(const cstn_allocator *allocator, int64_t length,
		const size_t sizes[3], struct ArrowArray *out, uint8_t *data[3],
		cstn_error **error);
/* Where the dictionary of such an array goes. */
struct ArrowArray *cstn__release_array_dictionary(struct ArrowArray *array);

static inline size_t cstn__release_bits_size(int64_t n)
{
	return ((size_t)n + 7) / 8;
}
static inline int64_t cstn__release_row(const int64_t *rows, int64_t i)
{
	return rows ? rows[i] : i;
}

/* Which of some rows (NULL: all n) are not null: sets the bits of `out` and returns how many are
 * null. `out` NULL: only counts. */
int64_t cstn__release_validity(
		const cstn__view *view, const int64_t *rows, int64_t n, uint8_t *out);

/* Some rows of a column: zeros under nulls, a dictionary of the values in use alone, text from its
 * first byte on, text views as 64-bit text. */
cstn_status cstn__release_copy(const cstn__view *view, const int64_t *rows, int64_t n,
		const cstn_allocator *allocator, struct ArrowArray *out, cstn_error **error);

/* May the array of a view leave as it is? It may if nothing can be reached through it that is no
 * value of one of its rows. 1, 0, or -1: out of memory. */
int cstn__release_is_clean(const cstn__view *view, const struct ArrowArray *array,
		const cstn_allocator *allocator);

#endif
