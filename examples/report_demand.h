/* From demand to forecast: the items of a store and the guests of restaurants. */
#ifndef CSTN_EXAMPLE_REPORT_DEMAND_H
#define CSTN_EXAMPLE_REPORT_DEMAND_H

#include "report_m5.h"
#include "report_page.h"
#include "report_table.h"

#define AHEAD 28
#define LEVELS 9

#define EXPLAINED "FOODS_3_090" /* the item whose forecast is taken apart */

/* The forecasts of 28 days as of one, by item and day ahead. */
struct item_forecasts {
	const struct m5 *data;
	size_t origin;              /* days that are known */
	double *mean, *naive, *fit; /* n_items * AHEAD: ours, a week ago, the fitted family's */
	double *quantile[LEVELS];
	/* of one item, on the day of benefits that sells most: the day, and what is expected of it
	 */
	size_t explained_day;
	double level, week, benefits;
};

/** As of a day. @param out free with items_free(), also on failure; `naive` and `fit` are NULL */
cstn_status items_forecast(const struct m5 *data, size_t origin, struct item_forecasts *out,
		cstn_error **error);
/** 1. Learn, forecast, compare. @param out free with items_free() */
cstn_status report_items(struct page *page, const struct m5 *data, struct item_forecasts *out,
		cstn_error **error);
void items_free(struct item_forecasts *forecasts);
/** 2. Totals that add up. */
cstn_status report_totals(
		struct page *page, const struct item_forecasts *forecasts, cstn_error **error);
/** 3. What a signal is worth, of restaurants. */
cstn_status report_signals(struct page *page, const char *folder, cstn_error **error);

#endif
