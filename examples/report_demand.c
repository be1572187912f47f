/* The chapter on demand. */
#include "report_chapters.h"
#include "report_demand.h"

#include <stdio.h>
#include <unistd.h>

/* The restaurants lie in a folder of their own. */
static int has_restaurants(const char *folder)
{
	char path[4200];

	(void)snprintf(path, sizeof(path), "%s/recruit_restaurant", folder);
	return access(path, R_OK) == 0;
}

cstn_status report_demand(struct page *page, struct job *job, const char *folder,
		struct summary *summary, cstn_error **error)
{
	struct item_forecasts forecasts;
	struct m5 data;
	cstn_status status = m5_read(folder, &data, error);

	(void)job;
	if (status != CSTN_OK)
		return status;
	chapter_begin(page, "demand", "From demand to forecast");
	page_put(page, "<p>What customers will want, from what is known now: sales of each item, "
		       "the calendar, what was booked. A forecast is a mean and its quantiles; it "
		       "adds up over departments; and a signal has a price, with its interval, "
		       "also "
		       "where that is below zero.</p>\n");
	status = report_items(page, &data, &forecasts, error);
	if (status == CSTN_OK)
		status = report_totals(page, &forecasts, error);
	items_free(&forecasts);
	summary->forecasts = (int64_t)data.n_items;
	m5_free(&data);
	if (status == CSTN_OK && !has_restaurants(folder))
		page_put(page, "<p>The guests of restaurants are not there: what signals are worth "
			       "is left out.</p>\n");
	else if (status == CSTN_OK)
		status = report_signals(page, folder, error);
	chapter_end(page);
	return status;
}
