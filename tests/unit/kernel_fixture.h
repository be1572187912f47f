#ifndef TESTS_KERNEL_FIXTURE_H
#define TESTS_KERNEL_FIXTURE_H

#include "lines_fixture.h"

#define AS_OF INT64_C(1530000000000000)

cstn_service_policy *policy_of(const char *changes);

cstn_perfect_order *state_of(const char *changes, const char *const *by, size_t n_by,
		uint32_t flags, int32_t clustering);

typedef struct reading {
	size_t from, to, batch;
	uint32_t flags;
	int32_t threads, simd;
} reading;

void update(cstn_perfect_order *state, const fixture_lines *lines, const reading *how);

char *text_of(const char *changes, const char *const *by, size_t n_by, uint32_t flags,
		int32_t clustering, const fixture_lines *lines, const reading *how);

extern const char *const by_two[2];

typedef struct variety {
	const char *changes;
	uint32_t config, lines;
} variety;

#define N_VARIETIES 13
extern const variety varieties[N_VARIETIES];

#endif
