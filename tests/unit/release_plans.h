#ifndef TESTS_RELEASE_PLANS_H
#define TESTS_RELEASE_PLANS_H

#include <constellation/constellation.h>

#include "release_fixture.h"
#include "release_grants.h"
#include "sharing/decision.h"
#include "sharing/release_rows.h"

/* Columns a to e of the rows, of which a, c and e are granted; and their instant, if n is 6. */
typedef struct releasing {
	release_table_column columns[6];
	release_layout layouts[6];
	int n, rows;
	release_grant grants[4];
	cstn_release_column bound[3];
	cstn_release_options options;
	cstn_decision *decision;
	cstn__release_plan *plan;
	struct ArrowSchema schema; /* of what leaves */
} releasing;
extern const char *const releasing_paths[3];

/* Raw columns without rows; there is one at a time. */
releasing *releasing_begin(void);
/* Random columns of random types and layouts. */
void releasing_fill(releasing *r, uint64_t *state);
/* The plan of what was decided. */
cstn_status releasing_make(releasing *r, cstn_error **error);
/* Decides, plans and asks for the schema; `asking` may be NULL. */
void releasing_plan(releasing *r, const release_asking *asking);
/* Nothing is left. */
void releasing_end(releasing *r);

void release_same_cell(release_cell got, const release_cell *expected);

#endif
