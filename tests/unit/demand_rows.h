#ifndef TESTS_DEMAND_ROWS_H
#define TESTS_DEMAND_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/demand.h>

/* Rows for demand models, as a test says them. */
typedef struct demand_row {
	const char *key, *pool;
	int64_t ds; /* days */
	double y;
	int flags, event;
	double limit;      /* negative: none */
	int64_t available; /* 0: none */
} demand_row;

/* A model of days with pool "pool", event "fair", and season 7 unless it says otherwise. */
#define DEMAND_OF_MONTHS (UINT32_C(1) << 31) /* no flag: at the pace of months */
cstn_demand_model *demand_model(uint32_t flags, int32_t gap);
cstn_demand_model *demand_model_of(cstn_demand_config *config);

/* One frame; *bad (may be NULL: none is expected) receives how many rows were left out, and the
 * code of the first. */
typedef struct demand_bad {
	uint64_t n;
	int32_t code;
	uint64_t row;
} demand_bad;
void demand_feed(cstn_demand_model *model, const demand_row *rows, size_t n, uint32_t flags,
		demand_bad *bad);
/* The same rows, one by one. */
cstn_status demand_feed_one(cstn_demand_model *model, const demand_row *row, cstn_error **error);
/* A day of the series "a" of the pool "p", which must be taken. */
void demand_feed_day(cstn_demand_model *model, int64_t ds, double y, int flags, double limit);
void demand_close(cstn_demand_model *model, int64_t ds);

/* `days` rows of each of `n` series (keys s00, s01, ..; two pools) from day 0, grouped by series:
 * weekly seasons, a fair every tenth day. To be freed. */
demand_row *demand_history(size_t n, size_t days, uint64_t seed);
/* Rows of days [from, to) of those, in the order of days or of series. How many. */
size_t demand_slice(const demand_row *history, size_t n, size_t days, size_t from, size_t to,
		int by_day, demand_row *out);

/* A model that has learned such a history at once: 200 days of 12 series. */
cstn_demand_model *demand_learned(uint32_t flags);

/* The means of 28 days of a key, and of each the quantiles at these levels. */
extern const double demand_levels[4]; /* .025, .5, .9, .975 */
void demand_quantiles(const cstn_demand_model *model, const char *key, double *mean, double *q);
/* Mean of the next period of a key; of `flags` what it says, which may be NULL. */
double demand_next(const cstn_demand_model *model, const char *key, int32_t *flags);

void demand_expect_same(const cstn_demand_model *a, const cstn_demand_model *b);
cstn_demand_model *demand_saved(cstn_demand_model *model); /* in its place, through bytes */

#endif
