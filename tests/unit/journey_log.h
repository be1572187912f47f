#ifndef TESTS_JOURNEY_LOG_H
#define TESTS_JOURNEY_LOG_H

#include "journey_fixture.h"

#define JOURNEY_CUSTOMERS 90
#define JOURNEY_EVENTS 900
#define JOURNEY_AS_OF 100
#define JOURNEY_STEPS 5
extern const char *const journey_steps[JOURNEY_STEPS];
extern const int journey_ranks[JOURNEY_STEPS]; /* -1: none */

typedef struct journey_event {
	int customer, step, failed;
	int segment; /* -1: none */
	int64_t us;
} journey_event;

/* JOURNEY_EVENTS events at random, many of one customer at one instant. */
void journey_log_make(journey_event *log, uint64_t seed);
void journey_log_shuffle(journey_event *log, size_t n, uint64_t seed);
void journey_log_stream(const journey_event *log, size_t n, struct ArrowArrayStream *out);
void journey_log_add(cstn_journeys *state, const journey_event *log, size_t n);
/* A state of JOURNEY_TEXT as of JOURNEY_AS_OF with these events. */
cstn_journeys *journey_log_state(const journey_event *log, size_t n);

#endif
