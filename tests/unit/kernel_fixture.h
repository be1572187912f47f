#ifndef TESTS_KERNEL_FIXTURE_H
#define TESTS_KERNEL_FIXTURE_H

#include "lines_fixture.h"

#define AS_OF INT64_C(1530000000000000)

cstn_service_policy *policy_of(const char *changes);

cstn_perfect_order *kernel_state_of(const char *changes, const char *const *by, size_t n_by,
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

/* Orders of a case, fewer under a sanitizer, where each takes twenty times as long. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ORDERS(n) ((n) / 5)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ORDERS(n) ((n) / 5)
#endif
#endif
#ifndef ORDERS
#define ORDERS(n) (n)
#endif

#endif
