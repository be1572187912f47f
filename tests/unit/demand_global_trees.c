/* Trees beside the global ridge: what they see that it does not, and that they travel as it does.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/demand_global.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "global_rows.h"
#include "sealed_bytes.h"
#include "suite.h"

#define SERIES 30
#define DAYS 170
#define AHEAD GLOBAL_AHEAD
#define SCHEMA "unique_id int64\nds int64\ny double null\npool int64\nfair double\n"
#define TEXT_SIZE (SERIES * (DAYS + AHEAD + 1) * 40)

/* A fair counts on the third day of the week alone: ten times as much is sold. */
static double sold(int series, int day)
{
	double noise = cstn__random_unit(9, (uint64_t)(series * 1000 + day));

	return (2 + series % 5) * (1 + noise) * (day % 3 == 0 && day % 7 == 2 ? 10 : 1);
}

static void rows_of(struct ArrowArrayStream *out, int ahead, int step)
{
	static char text[TEXT_SIZE];
	int n = SERIES * (DAYS + ahead), i;
	size_t used = (size_t)snprintf(text, sizeof(text), "unique_id,ds,y,pool,fair\n");

	for (i = 0; i < n; i++) {
		int at = i * step % n, series = at / (DAYS + ahead), day = at % (DAYS + ahead);
		char y[32] = "";

		if (day < DAYS)
			(void)snprintf(y, sizeof(y), "%g", sold(series, day));
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%d,%d,%s,%d,%d\n",
				series, day, y, series % 2, day % 3 == 0);
	}
	csv_rows(out, SCHEMA, text);
}

static cstn_demand_global_options ask(void)
{
	static const cstn_global_signal fair = {"fair", CSTN_GLOBAL_NEXT, 0};
	cstn_demand_global_options options = global_ask();

	options.origins = 9;
	options.signals = &fair;
	options.penalty = 0;
	options.trees = 60;
	return options;
}

static cstn_demand_global *fitted(const cstn_demand_global_options *options, int step)
{
	struct ArrowArrayStream rows;

	rows_of(&rows, 1, step);
	return global_fit(&rows, options);
}

static const char *forecast(cstn_demand_global *model, int threads, cstn_buffer **text)
{
	cstn_demand_global_forecast_options options = CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT;
	struct ArrowArrayStream rows;

	options.threads = threads;
	rows_of(&rows, AHEAD + 1, 1);
	return global_forecast(model, &rows, &options, CSTN_OK, NULL, text);
}

START_TEST(trees_see_what_holds_only_together)
{
	cstn_demand_global_options options = ask();
	cstn_demand_global *model = fitted(&options, 1);
	double ridge = 0, trees = 0, count;
	cstn_buffer *buffer;
	const char *text = forecast(model, 1, &buffer);
	int i;

	for (i = 0; i < SERIES * AHEAD; i++) {
		double y = sold(i / AHEAD, DAYS + i % AHEAD);

		ridge += fabs(atof(csv_cell(text, i + 1, "ridge")) - y);
		trees += fabs(atof(csv_cell(text, i + 1, "mean")) - y);
	}
	ck_assert_double_lt(trees, 0.75 * ridge);
	ck_assert_int_eq(cstn_demand_global_get_param(model, "trees", &count, NULL), CSTN_OK);
	ck_assert_double_eq(count, 60);
	cstn_buffer_free(buffer);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(without_trees_there_is_no_column_beside)
{
	cstn_demand_global_options options = ask();
	struct ArrowArrayStream out;
	cstn_demand_global *model;
	cstn_buffer *buffer;

	options.trees = 0;
	model = fitted(&options, 1);
	ck_assert_ptr_null(strstr(forecast(model, 1, &buffer), "ridge"));
	cstn_buffer_free(buffer);
	ck_assert_int_eq(cstn_demand_global_export(
					 model, CSTN_DEMAND_GLOBAL_TABLE_TREES, &out, NULL),
			CSTN_OK);
	ck_assert_str_eq(csv_cell(csv_text(&out, &buffer), 1, "name"), "");
	cstn_buffer_free(buffer);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(order_of_rows_and_threads_change_no_byte_of_trees)
{
	static const int steps[] = {7, 17, 31};
	cstn_demand_global_options options = ask();
	cstn_demand_global *model = fitted(&options, 1), *again;
	int i;

	for (i = 0; i < 3; i++) {
		options.threads = i + 1;
		again = fitted(&options, steps[i]);
		sealed_expect_equal(&sealed_demand_global, model, again);
		cstn_demand_global_unref(again);
	}
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(trees_travel_as_bytes_and_damaged_ones_are_refused)
{
	static const uint8_t flips[] = {0x01, 0x80};
	cstn_demand_global_options options = ask();
	cstn_demand_global *model, *copy;
	cstn_buffer *first, *second;

	options.trees = 2;
	model = fitted(&options, 1);
	copy = sealed_copy(&sealed_demand_global, model);
	forecast(model, 1, &first);
	forecast(copy, 3, &second);
	expect_same_bytes(first, second);
	sealed_refuses_damage(&sealed_demand_global, model, 0x40);
	ck_assert_uint_gt(sealed_changes_refused(&sealed_demand_global, model, flips, 2, NULL), 90);
	cstn_buffer_free(first);
	cstn_demand_global_unref(copy);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(a_table_says_where_trees_are_cut)
{
	cstn_demand_global_options options = ask();
	cstn_demand_global *model = fitted(&options, 1);
	struct ArrowArrayStream out;
	cstn_buffer *buffer;
	const char *table;

	ck_assert_int_eq(cstn_demand_global_export(
					 model, CSTN_DEMAND_GLOBAL_TABLE_TREES, &out, NULL),
			CSTN_OK);
	table = csv_text(&out, &buffer);
	ck_assert_str_eq(csv_cell(table, 1, "name"), "mean_05");
	ck_assert_str_eq(csv_cell(table, 18, "name"), "position");
	ck_assert_str_eq(csv_cell(table, 16, "of"), "season"); /* the same by another name */
	ck_assert_int_gt(atoi(csv_cell(table, 16, "cuts")) + atoi(csv_cell(table, 18, "cuts")), 30);
	ck_assert_str_eq(csv_cell(table, 23, "of"), "fair");
	ck_assert_str_eq(csv_cell(table, 23, "name"), "same_period");
	ck_assert_int_gt(atoi(csv_cell(table, 23, "cuts")), 30);
	ck_assert_str_eq(csv_cell(table, 24, "name"), "next_period");
	ck_assert_str_eq(csv_cell(table, 25, "name"), "");
	cstn_buffer_free(buffer);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(too_many_trees_or_columns_are_refused)
{
	cstn_global_signal signals[22];
	cstn_demand_global_options options = ask();
	cstn_demand_global *model = NULL;
	cstn_binding *binding = NULL;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;
	char names[22][8];
	int i;

	options.trees = CSTN_GLOBAL_TREES_MOST + 1;
	rows_of(&rows, 1, 1);
	expect_error(cstn_demand_global_fit(&rows, &options, NULL, &model, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "trees is 2001 (0 to 2000)");
	ck_assert_int_eq(cstn_binding_new(NULL, &binding, NULL), CSTN_OK);
	for (i = 0; i < 22; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "x%d", i);
		signals[i] = (cstn_global_signal){names[i], CSTN_GLOBAL_NEXT, 0};
		ck_assert_int_eq(cstn_binding_constant(binding, names[i], "1", NULL), CSTN_OK);
	}
	options.trees = 1;
	options.signals = signals;
	options.n_signals = 22;
	options.binding = binding;
	rows_of(&rows, 1, 1);
	expect_error(cstn_demand_global_fit(&rows, &options, NULL, &model, NULL, &error),
			CSTN_E_LIMIT, &error, "66 columns of trees");
	cstn_binding_free(binding);
	ck_assert_ptr_null(model);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {trees_see_what_holds_only_together,
			without_trees_there_is_no_column_beside,
			order_of_rows_and_threads_change_no_byte_of_trees,
			trees_travel_as_bytes_and_damaged_ones_are_refused,
			a_table_says_where_trees_are_cut, too_many_trees_or_columns_are_refused};

	return run_tests("global trees", tests, sizeof(tests) / sizeof(tests[0]));
}
