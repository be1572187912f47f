#ifndef CSTN_SEGMENT_RFM_MODEL_H
#define CSTN_SEGMENT_RFM_MODEL_H

#include <stdatomic.h>

#include <constellation/rfm.h>

#include "base/alloc.h"
#include "base/error.h"
#include "table/column.h"

#define CSTN__RFM_BINS_MOST 100
#define CSTN__RFM_FIT_FLAGS (CSTN_RFM_LEFT_CLOSED | CSTN_RFM_PLUS_ONE | CSTN_RFM_SKIP_BAD)

/* A rule: scores of all three dimensions lie in its ranges. */
typedef struct cstn__rfm_rule {
	const char *name; /* in the model's text, not terminated */
	size_t len;
	uint8_t low[3], high[3];
	uint32_t segment; /* rules of one name are one segment, numbered by their first */
} cstn__rfm_rule;

typedef struct cstn__rfm_segment {
	const char *name;
	size_t len;
	int64_t customers;
	double recency, frequency, monetary; /* sums */
} cstn__rfm_segment;

typedef struct cstn__rfm_cell {
	uint8_t r, f;
	int64_t customers;
	double monetary;
} cstn__rfm_cell;

struct cstn_rfm {
	cstn_allocator allocator;
	atomic_size_t references;
	uint32_t flags;
	int32_t bins[3];
	int32_t n_cuts[3];
	double cuts[3][CSTN__RFM_BINS_MOST];
	int64_t counts[3][CSTN__RFM_BINS_MOST]; /* by score - 1 */
	int64_t customers, bad_rows;
	uint64_t fingerprint[2];
	char *rules; /* NULL: none */
	size_t rules_len;
	CSTN__ARRAY(cstn__rfm_rule) rule;
	CSTN__ARRAY(cstn__rfm_segment) segments; /* OTHER last; none without rules */
	CSTN__ARRAY(cstn__rfm_cell) cells;       /* by r, then f; those with customers */
};

extern const char *const cstn__rfm_dimensions[3];

/* A model without cuts, or NULL. */
cstn_rfm *cstn__rfm_new(const cstn_allocator *allocator);
/* Take rules: text is copied. CSTN_OK; CSTN_E_FORMAT; CSTN_E_NOMEM. */
cstn_status cstn__rfm_take_rules(cstn_rfm *model, const char *text, size_t len, cstn_error **error);
uint32_t cstn__rfm_segment_of(const cstn_rfm *model, const uint8_t score[3]);

/* The score of a value, 1 .. n_cuts + 1; recency reversed. */
static inline uint8_t cstn__rfm_score(const cstn_rfm *model, int dimension, double value)
{
	const double *cuts = model->cuts[dimension];
	int32_t n = model->n_cuts[dimension], low = 0, high = n;
	int left = (model->flags & CSTN_RFM_LEFT_CLOSED) != 0;

	while (low < high) {
		int32_t middle = (low + high) / 2;

		if (left ? value >= cuts[middle] : value > cuts[middle])
			low = middle + 1;
		else
			high = middle;
	}
	return (uint8_t)(dimension == CSTN_RFM_RECENCY ? n + 1 - low : low + 1);
}

/* A stream of customers, block by block. */
typedef struct cstn__rfm_block {
	int32_t n;
	int64_t start;           /* in the batch */
	uint64_t first_row;      /* of the batch */
	const cstn__column *ids; /* of the batch; NULL if the stream has none */
	uint64_t bad[16];
	double values[3][1024];
	cstn__row_sink *sink;
} cstn__rfm_block;
typedef struct cstn__rfm_reading {
	const cstn_allocator *allocator;
	const cstn_binding *binding;
	int ids_nullable;
	/* told the type of ids (0 none) before the first row */
	cstn_status (*begin)(void *context, int32_t id_type, cstn_error **error);
	cstn_status (*take)(void *context, cstn__rfm_block *block, cstn_error **error);
	void *context;
} cstn__rfm_reading;
/* Releases the stream. Adds to *bad how many rows are bad, *rows their errors if it is not NULL. */
cstn_status cstn__rfm_read(const cstn__rfm_reading *reading, struct ArrowArrayStream *customers,
		uint64_t *bad, cstn_row_errors **rows, cstn_error **error);

#endif
