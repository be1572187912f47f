/* Four items of two departments, half a year by the day. A market day lifts one department twice,
 * the other hardly; one regression learns that from all of them and forecasts each a week ahead. */
#include "example_rows.h"

#include <stdio.h>

#define DAYS 182
#define AHEAD 7

static const char schema[] = "unique_id text\nds date\ny double null\ndept text\nmarket double\n";
static const char *const items[] = {"bread", "cake", "soap", "brush"};
static const int week[] = {10, 9, 9, 10, 13, 17, 4};

/* Days count from Wednesday, the 1st of January 2025; a null y is to come. */
static size_t put(char *text, size_t size, size_t used, int item, int day)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31};
	int is_market = day % 10 == 3, month = 0, date = day, sold;

	while (date >= lengths[month])
		date -= lengths[month++];
	sold = week[(day + 2) % 7] * (item + 1) * (is_market && item < 2 ? 2 : 1) + day * item % 3;
	used += (size_t)snprintf(text + used, size - used, "%s,2025-%02d-%02d,", items[item],
			month + 1, date + 1);
	if (day < DAYS)
		used += (size_t)snprintf(text + used, size - used, "%d", sold);
	return used + (size_t)snprintf(text + used, size - used, ",%s,%d\n",
				      item < 2 ? "food" : "home", is_market);
}

static cstn_status open_rows(struct ArrowArrayStream *rows, cstn_error **error)
{
	static char text[4 * (DAYS + AHEAD) * 40 + 64];
	size_t used = (size_t)snprintf(text, sizeof(text), "unique_id,ds,y,dept,market\n");
	int item, day;

	for (item = 0; item < 4; item++)
		for (day = 0; day < DAYS + AHEAD; day++)
			used = put(text, sizeof(text), used, item, day);
	return rows_open(schema, text, rows, error);
}

/* What both models said of two days a week ago, and what came. */
static cstn_status open_past(struct ArrowArrayStream *rows, cstn_error **error)
{
	return rows_open("dept text\nh int64\ny double\nglobal double\nlocal double\n",
			"dept,h,y,global,local\nfood,1,20,23,21\nfood,2,18,19,19\nhome,1,30,28,"
			"34\n",
			rows, error);
}

int main(void)
{
	struct ArrowArrayStream rows, ahead;
	cstn_demand_global *model = NULL;
	cstn_error *error = NULL;
	cstn_status status = open_rows(&rows, &error);

	if (status == CSTN_OK) {
		/* [fit] */
		const cstn_global_signal market = {"market", CSTN_GLOBAL_BY_POOL, 0};
		cstn_demand_global_options options = CSTN_DEMAND_GLOBAL_OPTIONS_INIT;

		options.pool = "dept";
		options.signals = &market;
		options.n_signals = 1;
		options.horizon = AHEAD;
		options.origins = 10;
		status = cstn_demand_global_fit(&rows, &options, NULL, &model, NULL, &error);
		/* [fit] */
	}
	if (status == CSTN_OK)
		status = open_rows(&rows, &error);
	/* [forecast] */
	if (status == CSTN_OK)
		status = cstn_demand_global_forecast(model, &rows, NULL, &ahead, NULL, &error);
	/* [forecast] */
	if (status == CSTN_OK)
		status = rows_print(&ahead, &error);
	if (status == CSTN_OK)
		status = open_rows(&rows, &error);
	/* [explain] */
	if (status == CSTN_OK)
		status = cstn_demand_global_explain(model, &rows, NULL, &ahead, NULL, &error);
	/* [explain] */
	cstn_demand_global_unref(model);
	if (status == CSTN_OK)
		status = rows_print(&ahead, &error);
	if (status == CSTN_OK)
		status = open_past(&rows, &error);
	if (status == CSTN_OK) {
		/* [weights] */
		cstn_demand_weights_options options = CSTN_DEMAND_WEIGHTS_OPTIONS_INIT;

		options.pool = "dept";
		status = cstn_demand_weights(&rows, &options, NULL, &ahead, NULL, &error);
		/* [weights] */
	}
	if (status == CSTN_OK)
		status = rows_print(&ahead, &error);
	return rows_end(status, error);
}
