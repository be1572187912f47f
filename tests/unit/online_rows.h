#ifndef TESTS_ONLINE_ROWS_H
#define TESTS_ONLINE_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/demand_online.h>

/* Rows for signal models, as a test says them. */
#define ONLINE_SIGNALS 3 /* fair, price, shut; shut is CSTN_REGRESS_CLOSED */
typedef struct online_row {
	const char *key, *pool;
	int64_t ds; /* days */
	double y;
	double signals[ONLINE_SIGNALS]; /* NaN: not known */
} online_row;

/* A model of days with season 7, the three signals and pool "pool". */
cstn_signal_model_config online_config(void);
cstn_signal_model *online_model_of(const cstn_signal_model_config *config);
cstn_signal_model *online_model(void);

/* One frame; *bad (may be NULL: none is expected) receives how many rows were bad, and the first.
 */
typedef struct online_bad {
	uint64_t n;
	int32_t code;
	uint64_t row;
} online_bad;
void online_feed(cstn_signal_model *model, const online_row *rows, size_t n, int32_t threads,
		online_bad *bad);
/* The rows as CSV text under online_schema, to be freed. */
extern const char online_schema[];
char *online_text(const online_row *rows, size_t n);
cstn_status online_feed_one(cstn_signal_model *model, const online_row *row, cstn_error **error);

/* `days` rows of each of `n` series (keys s00, s01, ..; two pools) from day 0, grouped by series: a
 * fair that doubles, a price whose effect differs a little between series, shut days, signals
 * that are sometimes not known. To be freed. */
online_row *online_history(size_t n, size_t days, uint64_t seed);

/* A path of a key under signals (NULL: not known), periods by ONLINE_SIGNALS. */
void online_path(const cstn_signal_model *model, const char *key, const double *signals,
		int32_t horizon, double *mean, int32_t *flags);

#endif
