/* Weights of forecasts that are combined: what they are, and what they do to forecasts of a global
 * and a local model. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "csv_rows.h"
#include "demand/combine.h"
#include "global_rows.h"
#include "suite.h"

#define SCHEMA "pool text\nh int64\ny double null\nglobal double null\nlocal double null\n"
#define HEAD "pool,h,y,global,local\n"

static const char *weights(const char *schema, const char *rows,
		const cstn_demand_weights_options *options, cstn_buffer **buffer)
{
	struct ArrowArrayStream in, out;

	csv_rows(&in, schema, rows);
	ck_assert_int_eq(cstn_demand_weights(&in, options, NULL, &out, NULL, NULL), CSTN_OK);
	return csv_text(&out, buffer);
}

START_TEST(weights_are_inverse_losses_drawn_half_way_to_equal_ones)
{
	cstn_demand_weights_options options = CSTN_DEMAND_WEIGHTS_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text;

	options.pool = "pool";
	/* p, week 1: 4 and 1 missed; week 2: 1 and 1; q: 0 and 2 */
	text = weights(SCHEMA,
			HEAD
			"q,1,5,5,7\np,1,10,13,10\np,7,10,9,11\np,8,10,11,9\np,3,,1,1\np,3,4,,1\n",
			&options, &buffer);
	ck_assert_str_eq(csv_cell(text, 1, "pool"), "p");
	ck_assert_str_eq(csv_cell(text, 1, "week"), "1");
	ck_assert_str_eq(csv_cell(text, 1, "n"), "2");
	ck_assert_double_eq_tol(global_number(text, 1, "global"), .2 / 2 + .25, 1e-15);
	ck_assert_double_eq_tol(global_number(text, 1, "local"), .8 / 2 + .25, 1e-15);
	ck_assert_str_eq(csv_cell(text, 2, "week"), "2");
	ck_assert_double_eq(global_number(text, 2, "local"), .5);
	ck_assert_str_eq(csv_cell(text, 3, "pool"), "q");
	ck_assert_double_eq(global_number(text, 3, "global"), .75); /* never missed */
	ck_assert_double_eq(global_number(text, 3, "local"), .25);
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(components_weeks_and_levels_are_asked_for)
{
	static const char *const names[] = {"a", "b", "c"};
	cstn_demand_weights_options options = CSTN_DEMAND_WEIGHTS_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text;

	options.components = names;
	options.n_components = 3;
	options.week = 1;
	options.level = .75;
	text = weights("h int64\ny int64\na int64\nb int64\nc int64\n",
			"h,y,a,b,c\n2,10,8,14,10\n1,10,8,14,7\n", &options, &buffer);
	/* 2 too low is 1.5, 4 too high 1, 3 too low 2.25 */
	ck_assert_double_eq_tol(global_number(text, 1, "a"),
			1 / 6.0 + 1 / 1.5 / (1 / 1.5 + 1 + 1 / 2.25) / 2, 1e-15);
	ck_assert_double_eq_tol(global_number(text, 1, "b"),
			1 / 6.0 + 1 / (1 / 1.5 + 1 + 1 / 2.25) / 2, 1e-15);
	ck_assert_double_eq_tol(global_number(text, 2, "c"), 1 / 6.0 + .5, 1e-15);
	ck_assert_double_eq_tol(global_number(text, 2, "a"), 1 / 6.0, 1e-15);
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(order_of_rows_changes_no_byte)
{
	cstn_demand_weights_options options = CSTN_DEMAND_WEIGHTS_OPTIONS_INIT;
	cstn_buffer *a, *b;

	options.pool = "pool";
	(void)weights(SCHEMA, HEAD "p,1,1e300,1,2\np,1,.1,.3,.7\np,1,.2,.5,.1\nq,1,1,2,3\n",
			&options, &a);
	(void)weights(SCHEMA, HEAD "q,1,1,2,3\np,1,.2,.5,.1\np,1,.1,.3,.7\np,1,1e300,1,2\n",
			&options, &b);
	expect_same_bytes(a, b);
	cstn_buffer_free(a);
}
END_TEST

START_TEST(rows_out_of_range_are_left_out_and_told)
{
	static const char rows[] =
			"h,y,global,local\n0,1,1,1\n7169,1,1,1\n1,2e300,1,1\n1,1,1,-2e300\n"
			"1,1,3,2\n";
	struct ArrowArrayStream in, out;
	cstn_row_errors *bad = NULL;
	cstn_buffer *buffer;
	const char *text;

	csv_rows(&in, "h int64\ny double\nglobal double\nlocal double\n", rows);
	ck_assert_int_eq(cstn_demand_weights(&in, NULL, NULL, &out, &bad, NULL), CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_count(bad), 4);
	text = csv_text(&out, &buffer);
	ck_assert_str_eq(csv_cell(text, 1, "n"), "1");
	ck_assert_double_eq_tol(global_number(text, 1, "local"), .25 + 1 / 3.0, 1e-15);
	cstn_row_errors_free(bad);
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(questions_out_of_bounds_are_refused)
{
	static const char *const names[] = {"a", "a"};
	static const struct {
		int32_t week, n;
		double level;
		int named;
		const char *says;
	} wrong[] = {{-1, 0, 0, 0, "week"}, {1025, 0, 0, 0, "week"}, {0, 0, 1, 0, "level"},
			{0, 0, (double)NAN, 0, "level"}, {0, 1, 0, 1, "n_components is 1"},
			{0, 9, 0, 1, "n_components is 9"}, {0, 2, 0, 0, "n_components"},
			{0, 2, 0, 1, "component 'a' is named twice"}};
	struct ArrowArrayStream in, out;
	cstn_error *error = NULL;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		cstn_demand_weights_options options = CSTN_DEMAND_WEIGHTS_OPTIONS_INIT;

		options.week = wrong[i].week;
		options.level = wrong[i].level;
		options.n_components = wrong[i].n;
		options.components = wrong[i].named ? names : NULL;
		csv_rows(&in, SCHEMA, HEAD "p,1,1,1,1\n");
		expect_error(cstn_demand_weights(&in, &options, NULL, &out, NULL, &error),
				CSTN_E_INVALID_ARGUMENT, &error, wrong[i].says);
	}
	csv_rows(&in, "h int64\ny double\nglobal double\n", "h,y,global\n1,1,1\n");
	expect_error(cstn_demand_weights(&in, NULL, NULL, &out, NULL, &error), CSTN_E_SCHEMA,
			&error, "local");
}
END_TEST

/* --- in forecasts ----------------------------------------------------------------------------- */

#define WEIGHTS "pool text\nweek int64\nglobal double\nlocal double\n"

/* The share of the local model in pool p and q. */
static void expect_shares(const char *rows, double p, double q)
{
	cstn_demand_global_forecast_options options = CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT;
	cstn_demand_model *local = global_local_model();
	cstn_demand_global *model = global_fitted();
	struct ArrowArrayStream in, given, out;
	cstn_buffer *buffer;
	const char *text;
	int i, is_explained;

	options.local = local;
	options.weights = &given;
	for (is_explained = 0; is_explained < 2; is_explained++) {
		csv_rows(&given, WEIGHTS, rows);
		global_rows(&in, GLOBAL_AHEAD + 1, 1);
		ck_assert_int_eq((is_explained ? cstn_demand_global_explain
					       : cstn_demand_global_forecast)(
						 model, &in, &options, &out, NULL, NULL),
				CSTN_OK);
		ck_assert_ptr_null(given.release);
		text = csv_text(&out, &buffer);
		for (i = 1; i <= (GLOBAL_SERIES - 2) * GLOBAL_AHEAD; i++) {
			int is_q = (i - 1) / GLOBAL_AHEAD % 2;
			double share = is_q ? q : p, mean = global_number(text, i, "mean");

			ck_assert_str_eq(csv_cell(text, i, "model"), "sensed");
			if (!is_explained)
				ck_assert_double_eq_tol(mean,
						global_number(text, i, "global") * (1 - share) +
								global_number(text, i, "local") *
										share,
						1e-12 * mean);
			else
				ck_assert_double_eq_tol(mean,
						global_number(text, i, "baseline") +
								global_number(text, i, "level") +
								global_number(text, i, "season") +
								global_number(text, i, "month") +
								global_number(text, i, "pool") +
								global_number(text, i,
										"recalibration") +
								global_number(text, i, "floor") +
								global_number(text, i,
										"signal_fair"),
						1e-9 * mean);
		}
		cstn_buffer_free(buffer);
	}
	cstn_demand_model_free(local);
	cstn_demand_global_unref(model);
}

START_TEST(forecasts_weigh_both_models)
{
	expect_shares("pool,week,global,local\np,1,3,1\nq,1,0,2\nelsewhere,1,1,0\n", .25, 1);
	/* a pool that is not there weighs both alike, later weeks are of no account */
	expect_shares("pool,week,global,local\nq,1,1,3\nq,2,1,0\nq,90,1,0\n", .5, .75);
}
END_TEST

START_TEST(weeks_that_are_not_there_are_as_the_week_before)
{
	cstn_demand_global *model = global_fitted();
	struct ArrowArrayStream in;
	cstn__shares shares;
	cstn_allocator allocator = model->allocator;

	csv_rows(&in, WEIGHTS, "pool,week,global,local\np,2,1,3\np,4,3,1\n");
	ck_assert_int_eq(cstn__shares_read(&shares, model, 30, &in, &allocator, NULL), CSTN_OK);
	in.release(&in);
	ck_assert_uint_eq(shares.weeks, 5);
	ck_assert_double_eq(cstn__share_of(&shares, model, 0, 0), .5);
	ck_assert_double_eq(cstn__share_of(&shares, model, 0, 6), .5);
	ck_assert_double_eq(cstn__share_of(&shares, model, 0, 7), .75);
	ck_assert_double_eq(cstn__share_of(&shares, model, 0, 14), .75);
	ck_assert_double_eq(cstn__share_of(&shares, model, 0, 21), .25);
	ck_assert_double_eq(cstn__share_of(&shares, model, 0, 29), .25);
	ck_assert_double_eq(cstn__share_of(&shares, model, SIZE_MAX, 29), .5);
	cstn__shares_free(&shares, &allocator);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(weights_that_cannot_be_are_refused)
{
	static const struct {
		const char *schema, *rows, *says;
		cstn_status status;
	} wrong[] = {{WEIGHTS, "pool,week,global,local\np,0,1,1\n", "week", CSTN_E_ROWS},
			{WEIGHTS, "pool,week,global,local\np,1,-1,2\n", "global", CSTN_E_ROWS},
			{WEIGHTS, "pool,week,global,local\np,1,0,0\n", "global", CSTN_E_ROWS},
			{"pool int64\nweek int64\nglobal double\nlocal double\n",
					"pool,week,global,local\n1,1,1,1\n", "int64",
					CSTN_E_SCHEMA},
			{"week int64\nglobal double\nlocal double\n", "week,global,local\n1,1,1\n",
					"pool", CSTN_E_SCHEMA}};
	cstn_demand_global_forecast_options options = CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT;
	cstn_demand_global *model = global_fitted();
	struct ArrowArrayStream in, given, out;
	cstn_error *error = NULL;
	size_t i;

	options.weights = &given;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		csv_rows(&given, wrong[i].schema, wrong[i].rows);
		global_rows(&in, 1, 1);
		expect_error(cstn_demand_global_forecast(model, &in, &options, &out, NULL, &error),
				wrong[i].status, &error, wrong[i].says);
		ck_assert_ptr_null(given.release);
	}
	cstn_demand_global_unref(model);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {weights_are_inverse_losses_drawn_half_way_to_equal_ones,
			components_weeks_and_levels_are_asked_for, order_of_rows_changes_no_byte,
			rows_out_of_range_are_left_out_and_told,
			questions_out_of_bounds_are_refused, forecasts_weigh_both_models,
			weeks_that_are_not_there_are_as_the_week_before,
			weights_that_cannot_be_are_refused};

	return run_tests("weights", tests, sizeof(tests) / sizeof(tests[0]));
}
