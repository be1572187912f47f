/* Rows and calls for tests of the global ridge. */
#include "global_rows.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/stats.h"
#include "csv_rows.h"

static int is_fair(int day)
{
	return day % 11 == 5;
}

static double sold(int series, int day)
{
	static const double week[7] = {3, 4, 5, 4, 6, 9, 1};
	double level = week[day % 7] * (series + 1) +
		       (double)(cstn__random_u64(7, (uint64_t)(series * 1000 + day)) % 3);

	if (is_fair(day + 1))
		return 0;
	return is_fair(day) ? level * (series % 2 ? 4 : 1.5) : level;
}

size_t global_put_row(char *text, size_t used, int series, int day, int is_held)
{
	if (day < GLOBAL_DAYS)
		return used + (size_t)snprintf(text + used, GLOBAL_TEXT_SIZE - used,
					      "s%d,%d,%g,%s,%d\n", series, day, sold(series, day),
					      series % 2 ? "q" : "p", is_fair(day));
	return used + (size_t)snprintf(text + used, GLOBAL_TEXT_SIZE - used, "s%d,%d,,%s,%d\n",
				      series, day, series % 2 ? "q" : "p", is_held && is_fair(day));
}

void global_rows_held(struct ArrowArrayStream *out, int ahead, int step, int is_held)
{
	static char text[GLOBAL_TEXT_SIZE];
	int n = GLOBAL_SERIES * (GLOBAL_DAYS + ahead), i;
	size_t used = (size_t)snprintf(text, sizeof(text), GLOBAL_HEAD);

	for (i = 0; i < n; i++)
		used = global_put_row(text, used, i * step % n / (GLOBAL_DAYS + ahead),
				i * step % n % (GLOBAL_DAYS + ahead), is_held);
	csv_rows(out, GLOBAL_SCHEMA, text);
}

void global_rows(struct ArrowArrayStream *out, int ahead, int step)
{
	global_rows_held(out, ahead, step, 1);
}

static const cstn_global_signal fair = {"fair", CSTN_GLOBAL_BY_POOL | CSTN_GLOBAL_NEXT, 0};

cstn_demand_global_options global_ask(void)
{
	cstn_demand_global_options options = CSTN_DEMAND_GLOBAL_OPTIONS_INIT;

	options.season = 7;
	options.horizon = GLOBAL_AHEAD;
	options.origins = 10;
	options.pool = "pool";
	options.signals = &fair;
	options.n_signals = 1;
	options.penalty = 1e-5;
	options.threads = 1;
	return options;
}

cstn_demand_global *global_fit(
		struct ArrowArrayStream *rows, const cstn_demand_global_options *options)
{
	cstn_demand_global *model = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_demand_global_fit(rows, options, NULL, &model, NULL, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return model;
}

cstn_demand_global *global_fitted(void)
{
	cstn_demand_global_options options = global_ask();
	struct ArrowArrayStream rows;

	global_rows(&rows, 1, 1);
	return global_fit(&rows, &options);
}

cstn_demand_model *global_local_model(void)
{
	static char text[GLOBAL_TEXT_SIZE];
	static const char *const events[] = {"fair"};
	cstn_demand_update_options how = CSTN_DEMAND_UPDATE_OPTIONS_INIT;
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	size_t used = (size_t)snprintf(text, sizeof(text), GLOBAL_HEAD);
	cstn_demand_model *model = NULL;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;
	cstn_status status;
	int i, day;

	config.season = 7;
	config.pool = "pool";
	config.events = events;
	config.n_events = 1;
	how.flags = CSTN_DEMAND_WHOLE_PERIODS | CSTN_DEMAND_SORT;
	for (i = 0; i < GLOBAL_SERIES - 2; i++)
		for (day = 0; day < GLOBAL_DAYS; day++)
			used = global_put_row(text, used, i, day, 1);
	csv_rows(&rows, "unique_id text\nds int64\ny double\npool text\nfair int64\n", text);
	ck_assert_int_eq(cstn_demand_model_new(&config, NULL, &model, NULL), CSTN_OK);
	status = cstn_demand_model_update(model, &rows, &how, NULL, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return model;
}

const char *global_forecast(cstn_demand_global *model, struct ArrowArrayStream *rows,
		const cstn_demand_global_forecast_options *options, cstn_status expected,
		cstn_row_errors **bad, cstn_buffer **text)
{
	struct ArrowArrayStream out;
	cstn_error *error = NULL;
	cstn_status status = cstn_demand_global_forecast(model, rows, options, &out, bad, &error);

	ck_assert_msg(status == expected, "%s: %s", cstn_status_name(status),
			cstn_error_message(error));
	cstn_error_free(error);
	return csv_text(&out, text);
}

double global_number(const char *text, int row, const char *column)
{
	return atof(csv_cell(text, row, column));
}
