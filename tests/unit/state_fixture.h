#ifndef TESTS_STATE_FIXTURE_H
#define TESTS_STATE_FIXTURE_H

#include <constellation/constellation.h>

#include "lines_fixture.h"

#define AS_OF INT64_C(1530000000000000)

cstn_perfect_order *state_on(const cstn_allocator *memory, const char *changes,
		const char *const *by, size_t n_by, const cstn_perfect_order_config *config);

cstn_perfect_order *state_of(const char *changes, const char *const *by, size_t n_by);

cstn_buffer *bytes_of(const cstn_perfect_order *state);

void same_bytes(const cstn_buffer *a, const cstn_buffer *b);

extern const char *const by_partner[1];

#endif
