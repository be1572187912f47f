#ifndef CSTN_SHARING_RELEASE_ROWS_H
#define CSTN_SHARING_RELEASE_ROWS_H

#include <constellation/decision.h>
#include <constellation/release.h>

#include "sharing/release_checksum.h"

/* What becomes of the rows of a release: which column leaves, how, and which rows stay. */

typedef struct cstn__release_plan cstn__release_plan;

/* A plan for what a decision grants of rows of that schema. Whatever cannot be done is refused
 * here, before anything is charged: CSTN_E_INVALID_ARGUMENT, CSTN_E_SCHEMA naming the column,
 * CSTN_E_LIMIT, CSTN_E_NOMEM, CSTN_E_IO without randomness. At least one field is granted.
 * `options` are as given; those of cells live until cstn__release_plan_whole(), as the schema need
 * not. */
cstn_status cstn__release_plan_new(cstn_decision *decision, const cstn_request *request,
		const struct ArrowSchema *input, const cstn_release_options *options,
		const cstn_allocator *allocator, cstn__release_plan **out, cstn_error **error);
void cstn__release_plan_free(cstn__release_plan *plan); /* NULL allowed */

/* CSTN_LEVEL_...: the coarsest of the fields that are granted. */
int32_t cstn__release_plan_form(const cstn__release_plan *plan);
/* Columns of the input of which nothing leaves. */
uint64_t cstn__release_plan_dropped(const cstn__release_plan *plan);
/* Of what leaves, whatever the form; lives longer than the plan. */
cstn_status cstn__release_plan_schema(
		const cstn__release_plan *plan, struct ArrowSchema *out, cstn_error **error);

/* Rows: `in` is moved from, also on failure; of it lives on only what `out` shows. `held_back`
 * receives the rows that stay; `out` may have none. */
cstn_status cstn__release_plan_batch(cstn__release_plan *plan, struct ArrowArray *in,
		struct ArrowArray *out, uint64_t *held_back, cstn_error **error);

/* NOISED: the answer if the question was answered before; *found, and `out` only then. */
cstn_status cstn__release_plan_known(const cstn__release_plan *plan, cstn_privacy_budget *answers,
		struct ArrowArrayStream *out, int *found, cstn_error **error);
/* Other forms: all rows are read, `input` is moved from, also on failure. AGGREGATED needs `guard`,
 * which learns what goes out; NOISED `answers`, which is charged; `charged_nano` (may be NULL)
 * receives that as cstn_noise() says. */
cstn_status cstn__release_plan_whole(cstn__release_plan *plan, struct ArrowArrayStream *input,
		cstn_difference_guard *guard, cstn_privacy_budget *answers,
		struct ArrowArrayStream *out, int64_t *charged_nano, cstn_error **error);
/* Rows that stayed in what cstn__release_plan_whole() read. */
uint64_t cstn__release_plan_held_back(const cstn__release_plan *plan);

#endif
