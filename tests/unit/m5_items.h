#ifndef TESTS_M5_ITEMS_H
#define TESTS_M5_ITEMS_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/demand.h>

/* Items of one store, by day, out of the shared data; days are d_1, d_2, .. */
#define M5_DAYS 1913
#define M5_AHEAD 28
#define M5_CALENDAR 1969
#define M5_FIRST_DAY 15003 /* 2011-01-29 */

typedef struct m5_items {
	size_t n;
	char **id;   /* item_id; its first seven characters are the department */
	double *y;   /* [item * M5_DAYS + d - 1] */
	double *odd; /* [k * M5_AHEAD + h]: days from d_1914 of the k-th odd row (1st, 3rd, ..) */
	size_t n_odd;
	uint8_t snap[M5_CALENDAR];
} m5_items;
m5_items *m5_read(void);
void m5_free(m5_items *items);

/* Learn a day of all items, then close it. */
void m5_learn_day(cstn_demand_model *model, const m5_items *items, size_t day);
/* The model of table G: pool = department, event = snap_CA. `flags`: CSTN_DEMAND_... */
cstn_demand_model *m5_model(uint32_t flags);
/* Means of 28 days after `day`, of all items. */
void m5_forecast(const cstn_demand_model *model, const m5_items *items, size_t day, double *mean);

/* Scores of forecasts from an origin: mean of RMSSE over items, weighted by units of the last 28
 * days, and of the summed set. */
typedef struct m5_score {
	double mean, weighted, total;
	size_t n; /* items with a denominator */
} m5_score;
/* `day` before d_1886: of all items; d_1913: of odd rows. */
m5_score m5_rmsse(const m5_items *items, size_t day, const double *mean);

#endif
