/* Two articles of one department, sold in a shop that sells more on Saturdays: eight weeks are
 * learned from at once, then a day row by row, and the next week is forecast. */
#include "example_rows.h"

#include <stdio.h>
#include <string.h>

static const char schema[] = "unique_id text\nds date\ny double\ndepartment text\npayday int64\n";

/* 2024-01-01 is a Monday, day 19,723. */
#define FIRST 19723
#define DAYS 56

static double sold(int article, int day)
{
	static const double week[] = {4, 5, 4, 6, 8, 14, 1};

	return week[day % 7] * (article ? 3 : 1) + (day * (article + 2)) % 3 +
	       (day % 14 == 4 ? 5 : 0);
}

static int put_rows(char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "unique_id,ds,y,department,payday\n");
	int article, day;

	for (article = 0; article < 2; article++)
		for (day = 0; day < DAYS; day++)
			used += (size_t)snprintf(text + used, size - used,
					"%s,2024-%02d-%02d,%g,bakery,%d\n",
					article ? "roll" : "cake", day < 31 ? 1 : 2,
					day < 31 ? day + 1 : day - 30, sold(article, day),
					day % 14 == 4);
	return used < size;
}

/* The next day comes row by row, as it does in a service. */
static cstn_status take_day(cstn_demand_model *model, cstn_error **error)
{
	/* [one] */
	cstn_demand_observation row = CSTN_DEMAND_OBSERVATION_INIT;
	cstn_demand_query query = CSTN_DEMAND_QUERY_INIT;
	double mean[3];
	int32_t flags;
	cstn_status status;

	row.key = "roll";
	row.key_len = strlen(row.key);
	row.pool = "bakery";
	row.pool_len = strlen(row.pool);
	row.ds = FIRST + DAYS; /* days since 1970-01-01 */
	row.y = 9;
	row.limit = 9;
	row.flags = CSTN_DEMAND_HAS_LIMIT;
	row.row_flags = CSTN_DEMAND_STOCK_OUT; /* there were 9, and none was left */
	status = cstn_demand_model_update_one(model, &row, error);
	query.key = row.key;
	query.key_len = row.key_len;
	query.horizon = 3;
	if (status == CSTN_OK)
		status = cstn_demand_model_forecast_one(model, &query, mean, NULL, &flags, error);
	/* [one] */
	if (status == CSTN_OK)
		printf("roll: %.1f, %.1f, %.1f; flags %d\n", mean[0], mean[1], mean[2], flags);
	return status;
}

int main(void)
{
	static const char *const events[] = {"payday"};
	char text[8192];
	struct ArrowArrayStream rows, ahead;
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_demand_model *model = NULL;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	if (!put_rows(text, sizeof(text)))
		return 1;
	config.pool = "department";
	config.events = events;
	config.n_events = 1;
	status = cstn_demand_model_new(&config, NULL, &model, &error);
	if (status == CSTN_OK)
		status = rows_open(schema, text, &rows, &error);
	if (status == CSTN_OK) {
		/* [update] */
		cstn_demand_update_options options = CSTN_DEMAND_UPDATE_OPTIONS_INIT;

		options.flags = CSTN_DEMAND_WHOLE_PERIODS; /* all rows of their days: closes them */
		status = cstn_demand_model_update(model, &rows, &options, &bad, &error);
		/* [update] */
	}
	if (status == CSTN_OK)
		status = take_day(model, &error);
	if (status == CSTN_OK)
		status = rows_open("ds date\npayday int64\n", "ds,payday\n2024-03-01,1\n", &rows,
				&error);
	if (status == CSTN_OK) {
		/* [forecast] */
		cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;

		options.horizon = 7;
		/* rows: the paydays that are known to come */
		status = cstn_demand_model_forecast(model, NULL, &rows, &options, &ahead, &error);
		/* [forecast] */
	}
	if (status == CSTN_OK)
		status = rows_print(&ahead, &error);
	cstn_row_errors_free(bad);
	cstn_demand_model_free(model);
	return rows_end(status, error);
}
