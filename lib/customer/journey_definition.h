#ifndef CSTN_CUSTOMER_JOURNEY_DEFINITION_H
#define CSTN_CUSTOMER_JOURNEY_DEFINITION_H

#include <stdatomic.h>

#include <constellation/journey.h>
#include <constellation/time.h>

#include "base/alloc.h"
#include "base/map.h"

typedef struct cstn__journey_step {
	int32_t is_start, is_goal;
	int32_t rank; /* -1: none */
	int32_t reserved;
} cstn__journey_step;

struct cstn_journey_definition {
	cstn_allocator allocator;
	atomic_size_t references;
	int64_t gap_us;
	int32_t n_steps;
	int32_t reserved;
	cstn__journey_step steps[CSTN_JOURNEY_STEPS_MAX];
	cstn__interner names; /* the code of a name is its step */
	char *text;
	size_t text_len;
	uint8_t digest[CSTN_JOURNEY_DIGEST_SIZE];
};

#endif
