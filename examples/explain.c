/* What a forecast is made of: a level, the day of the week, an event, in units that add up. */
#include "example_rows.h"

#include <stdio.h>

#define DAYS 91
#define PROMOTED(day) ((day) % 13 == 5)

/* Two articles of one shop; every thirteenth day it advertises. */
static int put_rows(char *text, size_t size)
{
	static const int week[] = {20, 22, 24, 24, 30, 44, 12};
	size_t used = (size_t)snprintf(text, size, "unique_id,ds,y,promotion\n");
	int article, day;

	for (article = 0; article < 2; article++)
		for (day = 0; day < DAYS; day++) {
			int sold = (week[day % 7] + day * day % 5) / (article ? 3 : 1);

			used += (size_t)snprintf(text + used, size - used, "%s,%d,%d,%d\n",
					article ? "filters" : "beans", day,
					PROMOTED(day) ? sold * 3 / 2 : sold, PROMOTED(day));
		}
	return used < size;
}

static cstn_status learn(cstn_demand_model **model, cstn_error **error)
{
	static const char *const events[] = {"promotion"};
	char text[8192];
	struct ArrowArrayStream rows;
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_demand_update_options options = CSTN_DEMAND_UPDATE_OPTIONS_INIT;
	cstn_row_errors *bad = NULL;
	cstn_status status;

	if (!put_rows(text, sizeof(text)))
		return CSTN_E_LIMIT;
	config.season = 7;
	config.events = events;
	config.n_events = 1;
	options.flags = CSTN_DEMAND_WHOLE_PERIODS;
	status = cstn_demand_model_new(&config, NULL, model, error);
	if (status == CSTN_OK)
		status = rows_open("unique_id text\nds int64\ny int64\npromotion int64\n", text,
				&rows, error);
	if (status == CSTN_OK)
		status = cstn_demand_model_update(*model, &rows, &options, &bad, error);
	cstn_row_errors_free(bad);
	return status;
}

int main(void)
{
	cstn_demand_model *model = NULL;
	struct ArrowArrayStream future, parts;
	cstn_error *error = NULL;
	cstn_status status = learn(&model, &error);

	if (status == CSTN_OK)
		status = rows_open("ds int64\npromotion int64\n",
				"ds,promotion\n91,0\n92,0\n93,0\n94,0\n95,0\n96,1\n97,0\n", &future,
				&error);
	if (status == CSTN_OK) {
		/* [explain] */
		cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;

		options.horizon = 7;
		status = cstn_demand_model_explain(model, NULL, &future, &options, &parts, &error);
		/* [explain] */
	}
	if (status == CSTN_OK)
		status = rows_print(&parts, &error);
	cstn_demand_model_free(model);
	return rows_end(status, error);
}
