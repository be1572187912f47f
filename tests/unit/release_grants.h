#ifndef TESTS_RELEASE_GRANTS_H
#define TESTS_RELEASE_GRANTS_H

#include <constellation/decision.h>

/* Decisions to release rows with: maker lets shop have fields of rows in constellation c1, each at
 * a level of its own. */

#define RELEASE_NOW INT64_C(1700000000000000)

typedef struct release_grant {
	const char *path; /* NULL ends a list */
	cstn_term_granularity granularity;
} release_grant;

typedef struct release_asking {
	const char *constellation, *recipient, *purpose; /* NULL: c1, shop, planning */
	int64_t data_from_us, data_until_us;             /* both 0: not said */
	uint64_t nano_epsilon;
	const char *denied; /* a field that is asked for, and that no term speaks of; NULL */
} release_asking;

/* A grant of a level, its parameters 0. */
release_grant release_grant_of(const char *path, int32_t level);
/* What is decided; `asking` may be NULL. Release it. */
cstn_decision *release_decide(const release_grant *grants, const release_asking *asking);

#endif
