#ifndef TESTS_SEALED_BYTES_H
#define TESTS_SEALED_BYTES_H

#include "sealed_kinds.h"

/* What tests say of the bytes of a state or model, for every type alike. */

/* To be freed with cstn_buffer_free(). */
cstn_buffer *sealed_write(const sealed_kind *kind, const void *self);
/* What the bytes of `self` read back to, which has the same bytes; to be dropped. */
void *sealed_copy(const sealed_kind *kind, const void *self);
int sealed_equal(const sealed_kind *kind, const void *a, const void *b);
void sealed_expect_equal(const sealed_kind *kind, const void *a, const void *b);
/* Of the bytes of `self` and of what goes with it. */
uint64_t sealed_digest(const sealed_kind *kind, const void *self, const void *with, size_t size);

/* Cut anywhere, or with the bits of `flip` turned in any byte, the bytes of `self` are refused as
 * corrupt and nothing is made. */
void sealed_refuses_damage(const sealed_kind *kind, const void *self, uint8_t flip);
/* Each byte changed by each of `flips`, with the checksum right again: refused, or what is read has
 * just these bytes. It is given to `use`, if that is there. How many were refused. */
size_t sealed_changes_refused(const sealed_kind *kind, const void *self, const uint8_t *flips,
		size_t n_flips, void (*use)(void *self));

#endif
