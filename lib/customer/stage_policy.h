#ifndef CSTN_CUSTOMER_STAGE_POLICY_H
#define CSTN_CUSTOMER_STAGE_POLICY_H

#include <stdatomic.h>

#include <constellation/relationship_stage.h>
#include <constellation/time.h>

#include "base/alloc.h"

#define CSTN__STAGE_RULES 64
#define CSTN__STAGE_TERMS 8
#define CSTN__STAGE_TESTS 8
#define CSTN__STAGE_DAYS_MAX 1000000
#define CSTN__STAGE_WORD 48

/* What a test looks at. From TICKET on: ages, in days. */
enum cstn__stage_signal {
	CSTN__SIGNAL_EVENT,
	CSTN__SIGNAL_FAILURES,
	CSTN__SIGNAL_GROWTH,
	CSTN__SIGNAL_PERFECT,
	CSTN__SIGNAL_TICKET,
	CSTN__SIGNAL_ORDER,
	CSTN__SIGNAL_FAILURE_AGE,
	CSTN__SIGNAL_DUE,
	CSTN__SIGNALS
};

/* low <= value <= high; an age is in microseconds and high + 1 is where it stops. */
typedef struct cstn__stage_test {
	int32_t signal;
	uint32_t kinds; /* of an event */
	int64_t low, high;
	int64_t number; /* as written */
	char op[4];
	int32_t reserved;
} cstn__stage_test;

typedef struct cstn__stage_term {
	int32_t n;
	int32_t reserved;
	cstn__stage_test tests[CSTN__STAGE_TESTS];
} cstn__stage_term;

typedef struct cstn__stage_rule {
	char id[CSTN__STAGE_WORD], reason[CSTN__STAGE_WORD];
	uint32_t from; /* bits of stages */
	int32_t to;
	int64_t dwell_us;
	int32_t n_terms;
	uint32_t events; /* kinds that it cannot fire without; 0: it can fire in silence */
	cstn__stage_term terms[CSTN__STAGE_TERMS];
} cstn__stage_rule;

/* What runs out in a stage. */
typedef struct cstn__stage_clock {
	int32_t signal; /* an age's; -1: the dwell time */
	int32_t reserved;
	int64_t after_us;
} cstn__stage_clock;
#define CSTN__STAGE_CLOCKS (CSTN__STAGE_RULES * 2)

typedef struct cstn__stage_plan {
	uint8_t rules[CSTN__STAGE_RULES];
	cstn__stage_clock clocks[CSTN__STAGE_CLOCKS];
	int32_t n_rules, n_clocks;
	int32_t failures_fall, growth_falls; /* a smaller value may make a rule hold */
} cstn__stage_plan;

struct cstn_stage_policy {
	cstn_allocator allocator;
	atomic_size_t references;
	uint32_t failure_kinds, growth_kinds;
	int64_t failure_us, growth_us;
	int32_t n_rules;
	int32_t line; /* while it is read */
	cstn__stage_rule rules[CSTN__STAGE_RULES];
	cstn__stage_plan plans[CSTN_STAGE_COUNT];
	char *text;
	size_t text_len;
	uint8_t digest[CSTN_STAGE_DIGEST_SIZE];
};

#define CSTN__STAGE_BIT(kind) (UINT32_C(1) << (kind))

#endif
