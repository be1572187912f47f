#ifndef CSTN_CUSTOMER_STAGE_SUMMARY_H
#define CSTN_CUSTOMER_STAGE_SUMMARY_H

#include <constellation/relationship_stage.h>

#include "base/alloc.h"
#include "base/checked.h"
#include "customer/duration.h"
#include "customer/stage_machine.h"

/* Stays in CRISIS of one duration, by how they ended. */
typedef struct cstn__crisis_stay {
	int64_t us;
	int64_t recovered, left, censored; /* left: otherwise */
} cstn__crisis_stay;

struct cstn_stage_summary {
	cstn_allocator allocator;
	uint8_t digest[CSTN_STAGE_DIGEST_SIZE];
	int64_t as_of_us, known_us;
	int32_t period_days;
	int32_t reserved;
	int64_t customers;
	int64_t at[CSTN_STAGE_COUNT]; /* customers there as of the as-of time: stays still open */
	int64_t moves[CSTN_STAGE_COUNT][CSTN_STAGE_COUNT];
	cstn__i128 ended_us[CSTN_STAGE_COUNT];
	int64_t ended[CSTN_STAGE_COUNT][CSTN__DURATION_BUCKETS];
	int64_t periods[CSTN_STAGE_COUNT][CSTN_STAGE_COUNT];
	CSTN__ARRAY(cstn__crisis_stay) crisis; /* by duration, each once, when settled */
	size_t settled;                        /* of them */
};

cstn_status cstn__stage_summary_new(const cstn_allocator *allocator,
		const cstn_stage_policy *policy, const cstn_stage_options *options,
		cstn_stage_summary **out, cstn_error **error);
/* A customer first heard of at `first_us`, with its n moves. CSTN_E_NOMEM or CSTN_OK. */
cstn_status cstn__stage_summary_add(cstn_stage_summary *summary, int64_t first_us,
		const cstn__stage_move *moves, size_t n);
/* Sort and join the stays in CRISIS. */
void cstn__stage_summary_settle(cstn_stage_summary *summary);
int cstn__stage_direction(int32_t from, int32_t to); /* -1 backward, 0 lateral, 1 forward */
const char *cstn__stage_direction_name(int direction);

/* Expected periods until DEVELOP; `known` 0 where there is no number. */
void cstn__stage_expected(const cstn_stage_summary *summary, double periods[CSTN_STAGE_COUNT],
		int32_t known[CSTN_STAGE_COUNT]);
/* Solve a x = b in place of b, both destroyed; 0, or -1 if a is singular. n <= 8. */
int cstn__stage_solve(double a[CSTN_STAGE_COUNT][CSTN_STAGE_COUNT], double *b, int n);

#endif
