/* Two spare parts, one that sells most days and one that seldom does: quantiles of the next days,
 * and what stock to hold until an order that takes three to five days has come. */
#include "example_rows.h"

#include <stdio.h>

#define DAYS 120

/* Rows of both parts; a day on which the shelf of filters ran empty is flagged. */
static int put_rows(char *text, size_t size)
{
	static const int pattern[] = {3, 0, 5, 2, 0, 1, 4, 2, 7, 0, 3, 1, 2};
	size_t used = (size_t)snprintf(text, size, "unique_id,ds,y,flags,limit\n");
	int part, day;

	for (part = 0; part < 2; part++)
		for (day = 0; day < DAYS; day++) {
			int sold = part ? day % 17 == 5 : pattern[day * day % 13];
			int is_out = !part && day % 30 == 29;

			used += (size_t)snprintf(text + used, size - used, "%s,%d,%d,%d,%s\n",
					part ? "gasket" : "filter", day, is_out ? 1 : sold,
					is_out ? CSTN_DEMAND_STOCK_OUT : 0, is_out ? "1" : "");
		}
	return used < size;
}

static cstn_status show_quantiles(cstn_demand_model *model, cstn_error **error)
{
	struct ArrowArrayStream ahead;
	cstn_status status;
	/* [quantiles] */
	static const double levels[] = {.1, .5, .9, .975};
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;

	options.horizon = 2;
	options.levels = levels;
	options.n_levels = 4;
	status = cstn_demand_model_forecast(model, NULL, NULL, &options, &ahead, error);
	/* [quantiles] */
	return status == CSTN_OK ? rows_print(&ahead, error) : status;
}

static cstn_status show_stock(cstn_demand_model *model, cstn_error **error)
{
	struct ArrowArrayStream keys, stock;
	cstn_status status = rows_open("unique_id text\nstock int64 null\n",
			"unique_id,stock\nfilter,\nfilter,12\ngasket,\n", &keys, error);

	if (status != CSTN_OK)
		return status;
	/* [lead] */
	static const double shares[] = {0, 0, .2, .5, .3}; /* three, four or five days */
	cstn_demand_lead_options options = CSTN_DEMAND_LEAD_OPTIONS_INIT;

	options.periods = 5;
	options.shares = shares;
	options.under_minor = 900; /* a customer who is sent away costs 9.00, */
	options.over_minor = 100;  /* a part that lies about 1.00: the level is .9 */
	status = cstn_demand_model_lead_time(model, &keys, NULL, &options, &stock, error);
	/* [lead] */
	return status == CSTN_OK ? rows_print(&stock, error) : status;
}

int main(void)
{
	char text[8192];
	struct ArrowArrayStream rows;
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_demand_update_options options = CSTN_DEMAND_UPDATE_OPTIONS_INIT;
	cstn_demand_model *model = NULL;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	if (!put_rows(text, sizeof(text)))
		return 1;
	config.flags = CSTN_DEMAND_CALIBRATE;
	config.season = 7;
	options.flags = CSTN_DEMAND_WHOLE_PERIODS;
	status = cstn_demand_model_new(&config, NULL, &model, &error);
	if (status == CSTN_OK)
		status = rows_open("unique_id text\nds int64\ny int64\nflags int32\nlimit int64 "
				   "null\n",
				text, &rows, &error);
	if (status == CSTN_OK)
		status = cstn_demand_model_update(model, &rows, &options, &bad, &error);
	if (status == CSTN_OK)
		status = show_quantiles(model, &error);
	if (status == CSTN_OK)
		status = show_stock(model, &error);
	cstn_row_errors_free(bad);
	cstn_demand_model_free(model);
	return rows_end(status, error);
}
