/* Forecasts of the global ridge averaged with those of a local model. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_rows.h"
#include "global_rows.h"
#include "suite.h"

START_TEST(a_local_model_is_averaged_with_where_it_has_the_series)
{
	cstn_demand_global_forecast_options options = CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT;
	cstn_demand_model *local = global_local_model();
	cstn_demand_global *model = global_fitted();
	uint32_t events[GLOBAL_AHEAD] = {0, 0, 1, 0, 0, 0, 0}; /* the fair of day 192 */
	cstn_demand_query query = CSTN_DEMAND_QUERY_INIT;
	struct ArrowArrayStream rows;
	cstn_buffer *buffer;
	double alone[GLOBAL_AHEAD];
	const char *text;
	int i;

	options.local = local;
	query.horizon = GLOBAL_AHEAD;
	query.events = events;
	global_rows(&rows, GLOBAL_AHEAD + 1, 1);
	text = global_forecast(model, &rows, &options, CSTN_OK, NULL, &buffer);
	for (i = 0; i < GLOBAL_SERIES * GLOBAL_AHEAD; i++) {
		int is_there = i / GLOBAL_AHEAD < GLOBAL_SERIES - 2;
		double global = global_number(text, i + 1, "global"),
		       mean = global_number(text, i + 1, "mean");
		char key[] = "s0";

		key[1] = (char)('0' + i / GLOBAL_AHEAD);
		query.key = key;
		query.key_len = 2;
		ck_assert_int_eq(cstn_demand_model_forecast_one(
						 local, &query, alone, NULL, NULL, NULL),
				CSTN_OK);
		ck_assert_str_eq(csv_cell(text, i + 1, "model"), is_there ? "sensed" : "global");
		if (is_there)
			ck_assert_double_eq(global_number(text, i + 1, "local"),
					alone[i % GLOBAL_AHEAD]);
		else
			ck_assert_str_eq(csv_cell(text, i + 1, "local"), "");
		ck_assert_double_eq_tol(mean,
				is_there ? (global + alone[i % GLOBAL_AHEAD]) / 2 : global, 1e-12);
	}
	cstn_buffer_free(buffer);
	cstn_demand_model_free(local);
	cstn_demand_global_unref(model);
}
END_TEST

/* One series of the local model, whose season is beyond what is forecast. */
START_TEST(a_local_forecast_that_was_cut_is_no_series_that_never_changed)
{
	cstn_demand_global_forecast_options options = CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT;
	cstn_demand_observation row = CSTN_DEMAND_OBSERVATION_INIT;
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_demand_global *model = global_fitted();
	struct ArrowArrayStream rows;
	cstn_buffer *buffer;
	const char *text;
	int i, cut = 0;

	config.season = 7;
	ck_assert_int_eq(cstn_demand_model_new(&config, NULL, &options.local, NULL), CSTN_OK);
	row.key = "s0";
	row.key_len = 2;
	for (row.ds = GLOBAL_DAYS - 14; row.ds < GLOBAL_DAYS; row.ds++) {
		row.y = (row.ds - GLOBAL_DAYS) % 7 ? 0 : 1e300;
		ck_assert_int_eq(cstn_demand_model_update_one(options.local, &row, NULL), CSTN_OK);
	}
	global_rows(&rows, GLOBAL_AHEAD + 1, 1);
	text = global_forecast(model, &rows, &options, CSTN_OK, NULL, &buffer);
	for (i = 1; i <= GLOBAL_AHEAD; i++) {
		int flags = atoi(csv_cell(text, i, "flags"));

		cut += (flags & CSTN_DEMAND_FORECAST_FALLBACK) != 0;
		ck_assert(!(flags & CSTN_GLOBAL_FALLBACK));
		ck_assert_str_eq(csv_cell(text, i, "model"), "sensed");
	}
	ck_assert_int_gt(cut, 0);
	cstn_buffer_free(buffer);
	cstn_demand_model_free(options.local);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(a_stream_keeps_its_local_model_and_ends_when_that_has_changed)
{
	cstn_demand_global_forecast_options options = CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT;
	cstn_demand_observation row = CSTN_DEMAND_OBSERVATION_INIT;
	cstn_demand_global *model = global_fitted();
	struct ArrowArrayStream rows, out;
	struct ArrowArray batch;
	cstn_buffer *buffer;

	options.local = global_local_model();
	global_rows(&rows, 1, 1);
	ck_assert_int_eq(cstn_demand_global_forecast(model, &rows, &options, &out, NULL, NULL),
			CSTN_OK);
	cstn_demand_global_unref(model);
	cstn_demand_model_free(options.local);
	ck_assert_str_eq(csv_cell(csv_text(&out, &buffer), 1, "model"), "sensed");
	cstn_buffer_free(buffer);

	model = global_fitted();
	options.local = global_local_model();
	global_rows(&rows, 1, 1);
	ck_assert_int_eq(cstn_demand_global_forecast(model, &rows, &options, &out, NULL, NULL),
			CSTN_OK);
	row.key = "s0";
	row.key_len = 2;
	row.pool = "p";
	row.pool_len = 1;
	row.ds = GLOBAL_DAYS;
	row.y = 3;
	ck_assert_int_eq(cstn_demand_model_update_one(options.local, &row, NULL), CSTN_OK);
	ck_assert_int_ne(out.get_next(&out, &batch), 0);
	ck_assert_ptr_nonnull(strstr(out.get_last_error(&out), "has changed"));
	out.release(&out);
	cstn_demand_model_free(options.local);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(a_local_model_without_rows_or_with_other_ids_is_refused)
{
	cstn_demand_global_forecast_options options = CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT;
	cstn_demand_global *model = global_fitted();
	cstn_demand_model *local = NULL;
	struct ArrowArrayStream rows, out;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_demand_model_new(NULL, NULL, &local, NULL), CSTN_OK);
	options.local = local;
	global_rows(&rows, 1, 1);
	expect_error(cstn_demand_global_forecast(model, &rows, &options, &out, NULL, &error),
			CSTN_E_STATE, &error, "no rows");
	csv_rows(&rows, "unique_id int64\nds int64\ny double\n", "unique_id,ds,y\n1,1,1\n");
	ck_assert_int_eq(cstn_demand_model_update(local, &rows, NULL, NULL, NULL), CSTN_OK);
	global_rows(&rows, 1, 1);
	expect_error(cstn_demand_global_forecast(model, &rows, &options, &out, NULL, &error),
			CSTN_E_SCHEMA, &error, "int64 in the local model");
	cstn_demand_model_free(local);
	cstn_demand_global_unref(model);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_local_model_is_averaged_with_where_it_has_the_series,
			a_stream_keeps_its_local_model_and_ends_when_that_has_changed,
			a_local_forecast_that_was_cut_is_no_series_that_never_changed,
			a_local_model_without_rows_or_with_other_ids_is_refused};

	return run_tests("global ridge and local models", tests, sizeof(tests) / sizeof(tests[0]));
}
