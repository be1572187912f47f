#ifndef CSTN_SHARING_NOISE_H
#define CSTN_SHARING_NOISE_H

#include <constellation/privacy.h>

#include "sharing/coded.h"
#include "sharing/laplace.h"

/* --- a question ------------------------------------------------------------------------------- */

/* Options made ready: bounds in units of the measure, noise in steps of the grid. */
typedef struct cstn__noise_plan {
	int64_t low, high;
	int32_t scale, grid; /* a unit is 10^-scale, a step 2^-grid */
	int32_t kind, max_partitions;
	uint64_t sensitivity; /* in steps, rounded up */
	uint64_t epsilon_nano;
} cstn__noise_plan;

/* noise_sums.c, where no number has a point. Columns are as noise.c asks for them. */

/* What subjects add to each cell, clamped: n_cells sums in units. `cell_of` says the cell of each
 * code of the partition (UINT32_MAX: none); NULLs: one cell, each row a subject, each row 1. */
typedef struct cstn__noise_rows {
	const cstn__coded *subject, *partition, *measure;
	const uint32_t *cell_of;
	size_t rows, n_cells;
} cstn__noise_rows;
cstn_status cstn__noise_sums(const cstn__noise_rows *rows, const cstn__noise_plan *plan,
		const cstn_allocator *allocator, cstn__i128 *sums, cstn_error **error);
/* A bound at the scale of the measure, and the sensitivity: CSTN_E_OVERFLOW, or CSTN_OK. */
cstn_status cstn__noise_plan_init(const cstn_noise_options *options, int32_t scale,
		cstn__noise_plan *out, cstn_error **error);
/* Sums to answers in steps of the grid: rounded, with noise, kept inside int64. Wipes the sums. */
void cstn__noise_add(const cstn__noise_plan *plan, cstn__i128 *sums, size_t n,
		cstn__random_bits *bits, int64_t *out);

/* --- what it costs ---------------------------------------------------------------------------- */

#define CSTN__QUERY_DIGEST 32

/* An answer that was given: n numbers. */
typedef struct cstn__noise_answer {
	uint8_t digest[CSTN__QUERY_DIGEST];
	uint32_t account, n;
	uint64_t sensitivity; /* in steps of the grid */
	int64_t *units;
} cstn__noise_answer;

typedef struct cstn__noise_account {
	char *recipient, *data_set;
	size_t recipient_len, data_set_len;
	int64_t period, spent_nano;
	uint32_t answers, reserved;
} cstn__noise_account;

struct cstn_privacy_budget {
	cstn_allocator allocator;
	cstn__arena names;
	int64_t limit_nano, period_us;
	CSTN__ARRAY(cstn__noise_account) accounts;
	CSTN__ARRAY(cstn__noise_answer) answers;
};

int64_t cstn__budget_period(const cstn_privacy_budget *budget, int64_t now_us);
/* UINT32_MAX: there is none. */
uint32_t cstn__budget_account(const cstn_privacy_budget *budget, const char *recipient,
		size_t recipient_len, const char *data_set, size_t data_set_len, int64_t period);
cstn_status cstn__budget_open_account(cstn_privacy_budget *budget, const char *recipient,
		size_t recipient_len, const char *data_set, size_t data_set_len, int64_t period,
		uint32_t *out, cstn_error **error);
const cstn__noise_answer *cstn__budget_find(const cstn_privacy_budget *budget,
		const uint8_t digest[CSTN__QUERY_DIGEST], uint32_t account);
/* CSTN_E_BUDGET where less than that is left. */
cstn_status cstn__budget_allows(const cstn_privacy_budget *budget, uint32_t account,
		int64_t epsilon_nano, cstn_error **error);

/* The answer to a question if it was given before: *found, and `out` only then. Nothing is charged.
 */
cstn_status cstn__noise_known(const cstn_noise_options *options, const void *about,
		size_t about_size, cstn_privacy_budget *budget, struct ArrowArrayStream *out,
		int *found, cstn_error **error);

/* cstn_noise() of rows that are chosen by more than the name of their data set: `about` says by
 * what, and another choice is another question. */
cstn_status cstn__noise_about(struct ArrowArrayStream *rows, const cstn_noise_options *options,
		const void *about, size_t about_size, cstn_privacy_budget *budget,
		struct ArrowArrayStream *out, int64_t *charged_nano, cstn_row_errors **bad_rows,
		cstn_error **error);

#endif
