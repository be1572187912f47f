/* Explanations of global models: the ridge by groups of columns, trees along the path, and half of
 * a local model. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "demand/trees.h"
#include "global_rows.h"
#include "sealed_bytes.h"
#include "suite.h"

#define SUM_TOLERANCE 1e-9
#define CELLS (GLOBAL_SERIES * GLOBAL_AHEAD)

static const char *const columns[] = {"baseline", "level", "season", "month", "pool",
		"recalibration", "floor", "signal_fair"};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* --- trees ------------------------------------------------------------------------------------ */

START_TEST(steps_of_a_tree_belong_to_the_columns_that_are_looked_at)
{
	/* column 1 at 5: left (30 rows) column 0 at 2: 1 (10 rows), 4 (20 rows); right 10 (70) */
	cstn__tree_node nodes[] = {{5, 1, 1, 100}, {2, 0, 3, 30}, {10, CSTN__TREE_LEAF, 0, 70},
			{1, CSTN__TREE_LEAF, 0, 10}, {4, CSTN__TREE_LEAF, 0, 20},
			/* and a tree that is a leaf */
			{.5, CSTN__TREE_LEAF, 0, 100}};
	uint32_t roots[] = {0, 5};
	cstn__trees trees = {0};
	double means[6], parts[2], x[] = {3, 4}, base;

	trees.base = 100;
	trees.columns = 2;
	trees.nodes.items = nodes;
	trees.nodes.count = 6;
	trees.roots.items = roots;
	trees.roots.count = 2;
	cstn__trees_means(&trees, means);
	ck_assert_double_eq_tol(means[1], 3, 1e-12);
	ck_assert_double_eq_tol(means[0], 7.9, 1e-12);
	base = cstn__trees_parts(&trees, means, x, parts);
	ck_assert_double_eq_tol(base, 100 + 7.9 + .5, 1e-12);
	ck_assert_double_eq_tol(parts[1], 3 - 7.9, 1e-12);
	ck_assert_double_eq_tol(parts[0], 1, 1e-12);
	ck_assert_double_eq_tol(base + parts[0] + parts[1], cstn__trees_at(&trees, x), 1e-12);
	x[1] = 6;
	(void)cstn__trees_parts(&trees, means, x, parts);
	ck_assert_double_eq_tol(parts[1], 2.1, 1e-12);
	ck_assert_double_eq(parts[0], 0);
}
END_TEST

/* --- models ----------------------------------------------------------------------------------- */

static cstn_demand_global *fitted(int trees)
{
	cstn_demand_global_options options = global_ask();
	struct ArrowArrayStream rows;

	options.trees = trees;
	global_rows(&rows, 1, 1);
	return global_fit(&rows, &options);
}

static const char *explained(cstn_demand_global *model, cstn_demand_model *local, int is_held,
		int32_t threads, cstn_buffer **buffer)
{
	cstn_demand_global_forecast_options options = CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT;
	struct ArrowArrayStream rows, out;
	cstn_error *error = NULL;

	options.local = local;
	options.threads = threads;
	global_rows_held(&rows, GLOBAL_AHEAD + 1, 1, is_held);
	ck_assert_msg(cstn_demand_global_explain(model, &rows, &options, &out, NULL, &error) ==
					CSTN_OK,
			"%s", cstn_error_message(error));
	ck_assert_ptr_null(rows.release);
	return csv_text(&out, buffer);
}

static const char *forecast(cstn_demand_global *model, cstn_demand_model *local, int is_held,
		cstn_buffer **buffer)
{
	cstn_demand_global_forecast_options options = CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT;
	struct ArrowArrayStream rows;

	options.local = local;
	global_rows_held(&rows, GLOBAL_AHEAD + 1, 1, is_held);
	return global_forecast(model, &rows, &options, CSTN_OK, NULL, buffer);
}

static void expect_sums(const char *text, int row)
{
	double mean = global_number(text, row, "mean"), sum = 0, largest = 0;
	size_t k;

	for (k = 0; k < COLUMNS; k++) {
		double part = global_number(text, row, columns[k]);

		sum += part;
		largest = fmax(largest, fabs(part));
	}
	ck_assert_double_le(fabs(sum - mean), SUM_TOLERANCE * fabs(mean) + 1e-14 * largest);
}

/* 0: the ridge, 1: trees; +2: with a local model. */
START_TEST(parts_of_a_global_model_add_up_to_its_forecast)
{
	cstn_demand_global *model = fitted(_i & 1 ? 40 : 0);
	cstn_demand_model *local = _i & 2 ? global_local_model() : NULL;
	cstn_buffer *buffer, *plain_buffer;
	const char *text = explained(model, local, 1, 1, &buffer);
	const char *plain = forecast(model, local, 1, &plain_buffer);
	int row;

	ck_assert_int_eq(strncmp(text,
					 "unique_id,ds,h,mean,baseline,level,season,month,pool,"
					 "recalibration,floor,signal_fair,flags",
					 86),
			0);
	ck_assert((strstr(text, ",model\n") != NULL) == (local != NULL));
	for (row = 1; row <= CELLS; row++) {
		static const char *const same[] = {"unique_id", "ds", "h", "mean", "flags"};
		size_t k;

		for (k = 0; k < sizeof(same) / sizeof(same[0]); k++)
			ck_assert_str_eq(csv_cell(text, row, same[k]),
					csv_cell(plain, row, same[k]));
		if (local)
			ck_assert_str_eq(csv_cell(text, row, "model"),
					csv_cell(plain, row, "model"));
		expect_sums(text, row);
	}
	ck_assert_str_eq(csv_cell(text, CELLS + 1, "unique_id"), "");
	cstn_buffer_free(buffer);
	cstn_buffer_free(plain_buffer);
	cstn_demand_model_free(local);
	cstn_demand_global_unref(model);
}
END_TEST

/* The level of the pool of a series, by the table of pools. */
static double level_of(const cstn_demand_global *model, int pool)
{
	struct ArrowArrayStream out;
	cstn_buffer *buffer;
	double level;

	ck_assert_int_eq(cstn_demand_global_export(
					 model, CSTN_DEMAND_GLOBAL_TABLE_POOLS, &out, NULL),
			CSTN_OK);
	level = global_number(csv_text(&out, &buffer), pool + 1, "level");
	cstn_buffer_free(buffer);
	return level;
}

START_TEST(parts_of_a_ridge_are_what_forecasts_lose_without_them)
{
	cstn_demand_global *model = fitted(0);
	cstn_buffer *buffer, *quiet_buffer;
	const char *text = explained(model, NULL, 1, 1, &buffer);
	const char *quiet = explained(model, NULL, 0, 1, &quiet_buffer);
	int row, moved = 0;

	for (row = 1; row <= CELLS; row++) {
		const char *is = csv_cell(text, row, "unique_id");
		double level = level_of(model, is[1] % 2), mean = global_number(text, row, "mean");
		double none = global_number(quiet, row, "mean");
		double fair = global_number(text, row, "signal_fair");

		if (mean <= 0 || none <= 0)
			continue;
		ck_assert_double_eq_tol(fair * level, mean - none, 1e-9 * mean);
		ck_assert_double_eq_tol(global_number(text, row, "recalibration"),
				mean - mean / level, 1e-9 * mean);
		ck_assert_double_eq(global_number(text, row, "floor"), 0);
		ck_assert_double_eq(global_number(quiet, row, "signal_fair"), 0);
		moved += fair != 0;
	}
	ck_assert_int_gt(moved, 3);
	cstn_buffer_free(buffer);
	cstn_buffer_free(quiet_buffer);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(mean_of_two_models_has_half_of_the_parts_of_each)
{
	cstn_demand_global *model = fitted(_i ? 40 : 0);
	cstn_demand_model *local = global_local_model();
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	static char ahead[256];
	size_t used = (size_t)snprintf(ahead, sizeof(ahead), "ds,fair\n");
	struct ArrowArrayStream future, out;
	cstn_buffer *buffer, *global_buffer, *local_buffer;
	const char *text = explained(model, local, 1, 1, &buffer);
	const char *by_global = explained(model, NULL, 1, 1, &global_buffer), *by_local;
	int day, i;

	for (day = GLOBAL_DAYS; day < GLOBAL_DAYS + GLOBAL_AHEAD; day++)
		used += (size_t)snprintf(
				ahead + used, sizeof(ahead) - used, "%d,%d\n", day, day == 192);
	csv_rows(&future, "ds int64\nfair int64\n", ahead);
	options.horizon = GLOBAL_AHEAD;
	ck_assert_int_eq(cstn_demand_model_explain(local, NULL, &future, &options, &out, NULL),
			CSTN_OK);
	by_local = csv_text(&out, &local_buffer);
	for (i = 1; i <= CELLS; i++) {
		int is_there = (i - 1) / GLOBAL_AHEAD < GLOBAL_SERIES - 2;
		size_t k;

		for (k = 0; k < COLUMNS; k++) {
			double part = global_number(by_global, i, columns[k]);

			if (is_there) {
				part /= 2;
				if (strcmp(columns[k], "level") == 0)
					part += global_number(by_local, i, "baseline") / 2;
				if (strcmp(columns[k], "season") == 0 ||
						strcmp(columns[k], "signal_fair") == 0)
					part += global_number(by_local, i, columns[k]) / 2;
			}
			ck_assert_double_eq_tol(global_number(text, i, columns[k]), part,
					1e-12 * (1 + fabs(part)));
		}
	}
	cstn_buffer_free(buffer);
	cstn_buffer_free(global_buffer);
	cstn_buffer_free(local_buffer);
	cstn_demand_model_free(local);
	cstn_demand_global_unref(model);
}
END_TEST

/* A series that never changes, one without a pool, one that a fair of -50 would sell less than
 * nothing of. */
START_TEST(forecast_that_falls_back_is_level_and_one_held_at_nothing_says_so)
{
	static char text[GLOBAL_TEXT_SIZE];
	cstn_demand_global *model = fitted(0);
	struct ArrowArrayStream rows, out;
	cstn_buffer *buffer;
	const char *parts;
	size_t used = (size_t)snprintf(text, sizeof(text), GLOBAL_HEAD);
	int day, i;

	for (day = 0; day < GLOBAL_DAYS + GLOBAL_AHEAD + 1; day++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "same,%d,%s,p,0\n", day,
				day < GLOBAL_DAYS ? "3" : "");
	for (day = 0; day < GLOBAL_DAYS + GLOBAL_AHEAD + 1; day++) {
		char y[32] = "";

		if (day < GLOBAL_DAYS)
			(void)snprintf(y, sizeof(y), "%d", 5 + day * day % 7);
		used += (size_t)snprintf(text + used, sizeof(text) - used, "odd,%d,%s,q,%d\n", day,
				y, day < GLOBAL_DAYS ? 0 : -50);
	}
	csv_rows(&rows, GLOBAL_SCHEMA, text);
	ck_assert_int_eq(cstn_demand_global_explain(model, &rows, NULL, &out, NULL, NULL), CSTN_OK);
	parts = csv_text(&out, &buffer);
	for (i = 1; i <= 2 * GLOBAL_AHEAD; i++) {
		expect_sums(parts, i);
		if (i <= GLOBAL_AHEAD) {
			ck_assert_double_eq(global_number(parts, i, "level"), 3);
			ck_assert_double_eq(global_number(parts, i, "season"), 0);
			continue;
		}
		ck_assert_double_eq(global_number(parts, i, "mean"), 0);
		ck_assert_double_gt(global_number(parts, i, "floor"), 1);
		ck_assert_double_lt(global_number(parts, i, "signal_fair"), -1);
	}
	cstn_buffer_free(buffer);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(threads_and_saving_change_no_byte_of_an_explanation)
{
	cstn_demand_global *model = fitted(_i ? 40 : 0);
	cstn_demand_global *copy = sealed_copy(&sealed_demand_global, model);
	cstn_buffer *one, *three;

	explained(model, NULL, 1, 1, &one);
	explained(copy, NULL, 1, 3, &three);
	expect_same_bytes(one, three);
	cstn_buffer_free(one);
	cstn_demand_global_unref(model);
	cstn_demand_global_unref(copy);
}
END_TEST

START_TEST(wrong_questions_are_refused_as_for_forecasts)
{
	cstn_demand_global *model = fitted(0);
	cstn_demand_global_forecast_options options = CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT;
	struct ArrowArrayStream rows, out;
	cstn_error *error = NULL;

	global_rows(&rows, 1, 1);
	expect_error(cstn_demand_global_explain(NULL, &rows, NULL, &out, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "model is NULL");
	global_rows(&rows, 1, 1);
	expect_error(cstn_demand_global_explain(model, &rows, NULL, NULL, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "out is NULL");
	global_rows(&rows, 1, 1);
	options.horizon = 1000;
	expect_error(cstn_demand_global_explain(model, &rows, &options, &out, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "horizon is 1000");
	ck_assert_ptr_null(rows.release);
	cstn_demand_global_unref(model);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {steps_of_a_tree_belong_to_the_columns_that_are_looked_at,
			parts_of_a_ridge_are_what_forecasts_lose_without_them,
			forecast_that_falls_back_is_level_and_one_held_at_nothing_says_so,
			wrong_questions_are_refused_as_for_forecasts};
	Suite *suite = suite_create("global_explain");
	TCase *test_case = tcase_create("global_explain");
	size_t i;

	tcase_set_timeout(test_case, 240);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(test_case, tests[i]);
	tcase_add_loop_test(test_case, parts_of_a_global_model_add_up_to_its_forecast, 0, 4);
	tcase_add_loop_test(test_case, mean_of_two_models_has_half_of_the_parts_of_each, 0, 2);
	tcase_add_loop_test(test_case, threads_and_saving_change_no_byte_of_an_explanation, 0, 2);
	suite_add_tcase(suite, test_case);
	return run_suite(suite);
}
