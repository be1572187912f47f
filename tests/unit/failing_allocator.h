#ifndef TESTS_FAILING_ALLOCATOR_H
#define TESTS_FAILING_ALLOCATOR_H

#include <pthread.h>
#include <stdint.h>

#include <constellation/alloc.h>

/* An allocator that counts what lives, checks that every block comes back with the size and
 * alignment it was asked for, and fails the n-th allocation (realloc counts as one). Any thread.
 *The usual loop of an out-of-memory test:
 *
 *	for (uint64_t n = 1;; n++) {
 *		failing_allocator memory;
 *		failing_allocator_init(&memory, n);
 *		status = call(..., &memory.allocator, &out, NULL);
 *		if (status != CSTN_E_NOMEM) break;          (then check that it is CSTN_OK, and out)
 *		ck_assert_ptr_null(out);                    (outputs untouched)
 *		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
 *	}
 */
typedef struct failing_allocator {
	cstn_allocator allocator; /* hand out &memory.allocator; `user` is this object */
	pthread_mutex_t lock;
	uint64_t fail_at;     /* 1 fails the first allocation; 0 none */
	int fail_on;          /* 1: all from fail_at on fail */
	uint64_t calls;       /* allocations asked for */
	uint64_t failures;    /* allocations refused */
	uint64_t live_blocks; /* not given back yet */
	uint64_t live_bytes;
	uint64_t peak_bytes;
	uint64_t faults; /* blocks that came back damaged or with another size or alignment */
} failing_allocator;

void failing_allocator_init(failing_allocator *memory, uint64_t fail_at);
uint64_t failing_allocator_calls(failing_allocator *memory);
/* Blocks not given back, plus faults: 0 is right. */
uint64_t failing_allocator_live(failing_allocator *memory);
uint64_t failing_allocator_live_bytes(failing_allocator *memory);
uint64_t failing_allocator_peak_bytes(failing_allocator *memory);

#endif
