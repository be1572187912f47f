/* The global ridge on rows made here: what it learns, what it is robust against, what it refuses.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/demand_global.h>

#include "csv_rows.h"
#include "global_rows.h"
#include "sealed_bytes.h"
#include "suite.h"

/* Forecasts of all series, by whether the fair of day 192, the third ahead, is held. */
static void forecast_means(int is_held, double *out)
{
	cstn_demand_global *model = global_fitted();
	struct ArrowArrayStream rows;
	cstn_buffer *buffer;
	const char *text;
	int i;

	global_rows_held(&rows, GLOBAL_AHEAD + 1, 1, is_held);
	text = global_forecast(model, &rows, NULL, CSTN_OK, NULL, &buffer);
	for (i = 0; i < GLOBAL_SERIES * GLOBAL_AHEAD; i++) {
		out[i] = global_number(text, i + 1, "mean");
		ck_assert_str_eq(csv_cell(text, i + 1, "flags"), "16");
	}
	cstn_buffer_free(buffer);
	cstn_demand_global_unref(model);
}

START_TEST(what_an_event_does_to_a_pool_and_to_the_day_before_is_learned)
{
	double with[GLOBAL_SERIES * GLOBAL_AHEAD], without[GLOBAL_SERIES * GLOBAL_AHEAD];
	int i, h;

	forecast_means(1, with);
	forecast_means(0, without);
	for (i = 0; i < GLOBAL_SERIES; i++)
		for (h = 0; h < GLOBAL_AHEAD; h++) {
			double ratio = with[i * GLOBAL_AHEAD + h] / without[i * GLOBAL_AHEAD + h];

			if (h == 1)
				ck_assert_double_lt(ratio, .3);
			else if (h == 2 && i % 2)
				ck_assert_double_gt(ratio, 2.5);
			else if (h == 2)
				ck_assert(ratio > 1.2 && ratio < 2);
			else
				ck_assert_double_eq_tol(ratio, 1, 1e-12);
		}
}
END_TEST

START_TEST(order_of_rows_and_threads_change_no_byte)
{
	cstn_demand_global *model = global_fitted(), *again;
	cstn_demand_global_options options = global_ask();
	struct ArrowArrayStream rows;
	const int steps[] = {7, 17, 25};
	int i;

	for (i = 0; i < 3; i++) {
		options.threads = i + 1;
		global_rows(&rows, 1, steps[i]);
		again = global_fit(&rows, &options);
		sealed_expect_equal(&sealed_demand_global, model, again);
		cstn_demand_global_unref(again);
	}
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(forecasts_are_the_same_for_any_threads_and_after_bytes)
{
	cstn_demand_global_forecast_options options = CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT;
	cstn_demand_global *model = global_fitted(),
			   *copy = sealed_copy(&sealed_demand_global, model);
	struct ArrowArrayStream rows;
	cstn_buffer *first, *second;

	global_rows(&rows, GLOBAL_AHEAD + 1, 1);
	global_forecast(model, &rows, NULL, CSTN_OK, NULL, &first);
	options.threads = 3;
	global_rows(&rows, GLOBAL_AHEAD + 1, 1);
	global_forecast(copy, &rows, &options, CSTN_OK, NULL, &second);
	expect_same_bytes(first, second);
	cstn_buffer_free(first);
	cstn_demand_global_unref(cstn_demand_global_ref(copy));
	cstn_demand_global_unref(copy);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(damaged_bytes_are_refused)
{
	static const uint8_t flips[] = {0x01, 0x80};
	cstn_demand_global *model = global_fitted();

	sealed_refuses_damage(&sealed_demand_global, model, 0x40);
	ck_assert_uint_gt(sealed_changes_refused(&sealed_demand_global, model, flips, 2, NULL), 50);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(the_mean_of_a_signal_stands_in_where_it_is_not_known_and_says_so)
{
	cstn_demand_global *model = global_fitted();
	struct ArrowArrayStream rows;
	cstn_buffer *buffer;
	const char *text;

	global_rows(&rows, GLOBAL_AHEAD, 1); /* the day after the last is not there */
	text = global_forecast(model, &rows, NULL, CSTN_OK, NULL, &buffer);
	ck_assert_str_eq(csv_cell(text, GLOBAL_AHEAD - 1, "flags"), "16");
	ck_assert_str_eq(csv_cell(text, GLOBAL_AHEAD, "flags"), "20");
	ck_assert_double_gt(global_number(text, GLOBAL_AHEAD, "mean"), 0);
	cstn_buffer_free(buffer);
	cstn_demand_global_unref(model);
}
END_TEST

/* Forecast of one series of n days, whose values are `y` day by day. */
static const char *forecast_of(
		cstn_demand_global *model, int n, double (*y)(int day), cstn_buffer **buffer)
{
	static char text[1 << 14];
	struct ArrowArrayStream rows;
	size_t used = (size_t)snprintf(text, sizeof(text), GLOBAL_HEAD);
	int i;

	for (i = 0; i < n; i++)
		used += (size_t)snprintf(
				text + used, sizeof(text) - used, "x,%d,%.17g,p,0\n", i, y(i));
	csv_rows(&rows, GLOBAL_SCHEMA, text);
	return global_forecast(model, &rows, NULL, CSTN_OK, NULL, buffer);
}

static double always_five(int day)
{
	(void)day;
	return 5;
}

static double never(int day)
{
	(void)day;
	return 0;
}

static double one_spike(int day)
{
	return day == 3 ? 1e300 : 0;
}

static double tiny(int day)
{
	return (day % 7 + 1) * 1e-300;
}

static double huge(int day)
{
	return (day % 7 + 1) * 1e299;
}

START_TEST(a_series_that_never_changes_keeps_its_level_whatever_its_length)
{
	cstn_demand_global *model = global_fitted();
	int lengths[] = {1, 2, 3, 50, 200}, i;

	for (i = 0; i < 5; i++) {
		cstn_buffer *buffer;
		const char *text = forecast_of(model, lengths[i], always_five, &buffer);

		ck_assert_str_eq(csv_cell(text, GLOBAL_AHEAD, "mean"), "5");
		ck_assert_str_eq(csv_cell(text, GLOBAL_AHEAD, "flags"), "28");
		cstn_buffer_free(buffer);
		text = forecast_of(model, lengths[i], never, &buffer);
		ck_assert_str_eq(csv_cell(text, 1, "mean"), "0");
		cstn_buffer_free(buffer);
	}
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(forecasts_are_finite_and_not_negative_at_any_size)
{
	double (*const all[])(int) = {one_spike, tiny, huge};
	cstn_demand_global *model = global_fitted();
	int i, n, h;

	for (i = 0; i < 3; i++)
		for (n = 1; n < 200; n += 37) {
			cstn_buffer *buffer;
			const char *text = forecast_of(model, n, all[i], &buffer);

			for (h = 1; h <= GLOBAL_AHEAD; h++) {
				double is = global_number(text, h, "mean");

				ck_assert(isfinite(is) && is >= 0);
			}
			cstn_buffer_free(buffer);
		}
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(units_change_the_scale_of_forecasts_alone)
{
	cstn_demand_global *model = global_fitted();
	cstn_buffer *small, *large;
	const char *text = forecast_of(model, 190, tiny, &small);
	const char *other = forecast_of(model, 190, huge, &large);
	int h;

	for (h = 1; h <= GLOBAL_AHEAD; h++)
		ck_assert_double_eq_tol(global_number(text, h, "mean") * 1e300,
				global_number(other, h, "mean") / 1e299,
				1e-9 * global_number(other, h, "mean") / 1e299);
	cstn_buffer_free(small);
	cstn_buffer_free(large);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(a_series_of_an_unknown_pool_is_forecast_without_one)
{
	cstn_demand_global *model = global_fitted();
	struct ArrowArrayStream rows;
	cstn_buffer *buffer;
	const char *text;

	csv_rows(&rows, GLOBAL_SCHEMA, GLOBAL_HEAD "new,1,4,zzz,0\nnew,2,5,zzz,0\nnew,3,4,zzz,0\n");
	text = global_forecast(model, &rows, NULL, CSTN_OK, NULL, &buffer);
	ck_assert_double_gt(global_number(text, 1, "mean"), 1);
	ck_assert_double_lt(global_number(text, 1, "mean"), 9);
	cstn_buffer_free(buffer);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(a_row_that_breaks_a_rule_leaves_out_its_series_alone)
{
	cstn_demand_global *model = global_fitted();
	cstn_row_errors *bad = NULL;
	struct ArrowArrayStream rows;
	cstn_buffer *buffer;
	cstn_row_error first;
	const char *text;

	csv_rows(&rows, GLOBAL_SCHEMA,
			GLOBAL_HEAD
			"a,1,4,p,0\na,2,,p,0\na,3,4,p,0\nb,1,4,p,0\nb,2,4,q,0\nc,1,,p,0\n"
			"d,1,3,p,0\nd,2,4,p,0\n");
	text = global_forecast(model, &rows, NULL, CSTN_E_ROWS, &bad, &buffer);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 3);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &first, NULL), CSTN_OK);
	ck_assert(first.row == 1 && first.code == CSTN_ROW_NULL);
	ck_assert_int_eq(cstn_row_errors_at(bad, 1, &first, NULL), CSTN_OK);
	ck_assert(first.row == 4 && first.code == CSTN_ROW_CONFLICT);
	ck_assert_int_eq(cstn_row_errors_at(bad, 2, &first, NULL), CSTN_OK);
	ck_assert(first.row == 5 && first.code == CSTN_ROW_NULL);
	ck_assert_str_eq(csv_cell(text, 1, "unique_id"), "d");
	ck_assert_str_eq(csv_cell(text, GLOBAL_AHEAD + 1, "unique_id"), "");
	cstn_row_errors_free(bad);
	cstn_buffer_free(buffer);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(series_too_short_to_learn_from_are_an_error)
{
	cstn_demand_global_options options = global_ask();
	cstn_demand_global *model = NULL;
	cstn_error *error = NULL;
	struct ArrowArrayStream rows;

	csv_rows(&rows, GLOBAL_SCHEMA, GLOBAL_HEAD "a,1,4,p,0\na,2,5,p,0\na,3,4,p,0\n");
	expect_error(cstn_demand_global_fit(&rows, &options, NULL, &model, NULL, &error),
			CSTN_E_EMPTY, &error, "91 periods of history");
	csv_rows(&rows, GLOBAL_SCHEMA, GLOBAL_HEAD);
	expect_error(cstn_demand_global_fit(&rows, &options, NULL, &model, NULL, &error),
			CSTN_E_EMPTY, &error, "no series");
	ck_assert_ptr_null(model);
}
END_TEST

static void refused(
		const cstn_demand_global_options *options, cstn_status expected, const char *part)
{
	cstn_demand_global *model = NULL;
	cstn_error *error = NULL;
	struct ArrowArrayStream rows;

	global_rows(&rows, 1, 1);
	expect_error(cstn_demand_global_fit(&rows, options, NULL, &model, NULL, &error), expected,
			&error, part);
	ck_assert_ptr_null(model);
}

START_TEST(options_out_of_range_are_refused_with_their_value)
{
	cstn_global_signal twice[2] = {{"fair", 0, 0}, {"fair", 0, 0}};
	cstn_demand_global_options options = global_ask();

	options.horizon = 1025;
	refused(&options, CSTN_E_INVALID_ARGUMENT, "horizon is 1025");
	options = global_ask();
	options.year = 6;
	refused(&options, CSTN_E_INVALID_ARGUMENT, "year is 6");
	options = global_ask();
	options.penalty = -1;
	refused(&options, CSTN_E_INVALID_ARGUMENT, "penalty is -1");
	options = global_ask();
	options.n_signals = 65;
	refused(&options, CSTN_E_LIMIT, "n_signals is 65");
	options = global_ask();
	options.signals = twice;
	options.n_signals = 2;
	refused(&options, CSTN_E_INVALID_ARGUMENT, "named twice");
	twice[1].name = "absent";
	refused(&options, CSTN_E_SCHEMA, "absent");
	twice[0].flags = 8;
	refused(&options, CSTN_E_INVALID_ARGUMENT, "unknown bits");
}
END_TEST

/* Nothing was sold on a day without a row; whether there was a fair that day nobody knows. */
START_TEST(signals_of_a_gap_are_not_known)
{
	cstn_demand_global_options options = global_ask();
	static char text[GLOBAL_TEXT_SIZE];
	struct ArrowArrayStream rows;
	size_t used = (size_t)snprintf(text, sizeof(text), GLOBAL_HEAD);
	cstn_demand_global *model;
	double learned = 0;
	int i;

	for (i = 0; i < GLOBAL_SERIES * GLOBAL_DAYS; i++)
		if (i != 150) /* of the first series: it lies in the horizon of one origin, and is
				 the day after of one more period */
			used = global_put_row(text, used, i / GLOBAL_DAYS, i % GLOBAL_DAYS, 1);
	options.gap = CSTN_GAP_ZERO;
	csv_rows(&rows, GLOBAL_SCHEMA, text);
	model = global_fit(&rows, &options);
	ck_assert_int_eq(cstn_demand_global_get_param(model, "rows", &learned, NULL), CSTN_OK);
	/* the last day of each series has no day after it */
	ck_assert_double_eq(learned, GLOBAL_SERIES * (10 * GLOBAL_AHEAD - 1) - 2);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(a_horizon_beyond_that_of_the_fit_is_refused)
{
	cstn_demand_global_forecast_options options = CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT;
	cstn_demand_global *model = global_fitted();
	struct ArrowArrayStream rows, out;
	cstn_error *error = NULL;

	options.horizon = GLOBAL_AHEAD + 1;
	global_rows(&rows, 1, 1);
	expect_error(cstn_demand_global_forecast(model, &rows, &options, &out, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "horizon is 8");
	ck_assert_ptr_null(rows.release);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(a_table_names_every_column_and_numbers_are_found_by_name)
{
	cstn_demand_global *model = global_fitted();
	struct ArrowArrayStream out;
	cstn_error *error = NULL;
	cstn_buffer *buffer;
	const char *table;
	double columns, value;

	ck_assert_int_eq(cstn_demand_global_get_param(model, "columns", &columns, NULL), CSTN_OK);
	ck_assert_double_eq(columns, 19 + 7 + 1 + 2 + 1);
	ck_assert_int_eq(cstn_demand_global_get_param(model, "series", &value, NULL), CSTN_OK);
	ck_assert_double_eq(value, GLOBAL_SERIES);
	ck_assert_int_eq(cstn_demand_global_get_param(model, "rows", &value, NULL), CSTN_OK);
	ck_assert_double_eq(value, GLOBAL_SERIES * 10 * GLOBAL_AHEAD);
	expect_error(cstn_demand_global_get_param(model, "none", &value, &error), CSTN_E_NOT_FOUND,
			&error, "none");
	ck_assert_int_eq(cstn_demand_global_export(
					 model, CSTN_DEMAND_GLOBAL_TABLE_COLUMNS, &out, NULL),
			CSTN_OK);
	table = csv_text(&out, &buffer);
	ck_assert_str_eq(csv_cell(table, 1, "name"), "mean_05");
	ck_assert_str_eq(csv_cell(table, 20, "of"), "season");
	ck_assert_str_eq(csv_cell(table, 27, "of"), "fair");
	ck_assert_str_eq(csv_cell(table, 29, "pool"), "q");
	ck_assert_str_eq(csv_cell(table, (int)columns, "name"), "next_period");
	ck_assert_str_eq(csv_cell(table, (int)columns + 1, "name"), "");
	cstn_buffer_free(buffer);
	expect_error(cstn_demand_global_export(model, 3, &out, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "table is 3");
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(what_is_null_is_named)
{
	cstn_demand_global *model = global_fitted();
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;
	double value;

	global_rows(&rows, 1, 1);
	expect_error(cstn_demand_global_fit(&rows, NULL, NULL, NULL, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "out is NULL");
	global_rows(&rows, 1, 1);
	expect_error(cstn_demand_global_forecast(model, &rows, NULL, NULL, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "out is NULL");
	expect_error(cstn_demand_global_get_param(NULL, "rows", &value, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "model is NULL");
	expect_error(cstn_demand_global_serialize(model, NULL, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "out is NULL");
	cstn_demand_global_unref(NULL);
	cstn_demand_global_unref(model);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {what_an_event_does_to_a_pool_and_to_the_day_before_is_learned,
			order_of_rows_and_threads_change_no_byte,
			forecasts_are_the_same_for_any_threads_and_after_bytes,
			damaged_bytes_are_refused,
			the_mean_of_a_signal_stands_in_where_it_is_not_known_and_says_so,
			a_series_that_never_changes_keeps_its_level_whatever_its_length,
			forecasts_are_finite_and_not_negative_at_any_size,
			units_change_the_scale_of_forecasts_alone,
			a_series_of_an_unknown_pool_is_forecast_without_one,
			a_row_that_breaks_a_rule_leaves_out_its_series_alone,
			series_too_short_to_learn_from_are_an_error,
			options_out_of_range_are_refused_with_their_value,
			signals_of_a_gap_are_not_known, a_horizon_beyond_that_of_the_fit_is_refused,
			a_table_names_every_column_and_numbers_are_found_by_name,
			what_is_null_is_named};

	return run_tests("global ridge", tests, sizeof(tests) / sizeof(tests[0]));
}
