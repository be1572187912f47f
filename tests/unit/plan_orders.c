/* Orders that a consensus asks for. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_rows.h"
#include "demand/count.h"
#include "suite.h"

#define PLAIN "unique_id text\nds int64\nmean double\n"

static const char *order(const char *schema, const char *rows,
		const cstn_plan_order_options *options, size_t *bad, cstn_buffer **buffer)
{
	struct ArrowArrayStream in, out;
	cstn_row_errors *wrong = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	csv_rows(&in, schema, rows);
	status = cstn_plan_order(&in, options, NULL, &out, &wrong, &error);
	ck_assert_msg(status == (bad ? CSTN_E_ROWS : CSTN_OK), "%s: %s", cstn_status_name(status),
			cstn_error_message(error));
	cstn_error_free(error);
	if (bad)
		*bad = cstn_row_errors_count(wrong);
	cstn_row_errors_free(wrong);
	return csv_text(&out, buffer);
}

/* Where P(D <= q) of a Poisson variable reaches a level. */
static double poisson(double mean, double level)
{
	double q;

	cstn__count_quantiles(mean, 0, &level, 1, &q);
	return q;
}

static void is_cell(const char *text, int row, const char *column, double expected)
{
	ck_assert_double_eq_tol(atof(csv_cell(text, row, column)), expected, 1e-9);
}

START_TEST(packs_lift_the_position_to_the_quantile_of_demand_until_the_next_order_arrives)
{
	cstn_plan_order_options options = CSTN_PLAN_ORDER_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text;
	double target = poisson(30, 0.95), packs;

	options.lead = 1;
	options.review = 2;
	text = order(PLAIN "on_hand double\npack double\n",
			"unique_id,ds,mean,on_hand,pack\ni,1,10,15,6\ni,2,10,15,6\ni,3,10,15,6\n"
			"i,4,10,15,6\n",
			&options, NULL, &buffer);
	packs = ceil((target - 15) / 6) * 6;
	is_cell(text, 1, "target", target);
	is_cell(text, 1, "position", 15);
	is_cell(text, 1, "order", packs);
	is_cell(text, 1, "arriving", 0);
	is_cell(text, 1, "stock", 5);
	is_cell(text, 2, "arriving", packs); /* a period later */
	is_cell(text, 2, "stock", 5 + packs - 10);
	ck_assert_str_eq(csv_cell(text, 2, "order"), "");
	ck_assert_str_eq(csv_cell(text, 2, "position"), "");
	is_cell(text, 3, "position", 15 + packs - 20);
	/* demand of periods 3, 4 and 5 is asked for, and there are 4 */
	ck_assert_str_eq(csv_cell(text, 3, "target"), "");
	ck_assert_str_eq(csv_cell(text, 3, "order"), "");
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(stock_runs_out_with_the_probability_that_demand_is_above_supply)
{
	cstn_plan_order_options options = CSTN_PLAN_ORDER_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text;
	double below, at;

	options.lead = 5;
	text = order(PLAIN "on_hand double\nsd double null\n",
			"unique_id,ds,mean,on_hand,sd\ni,1,10,15,5\ni,2,10,15,\n", &options, NULL,
			&buffer);
	cstn__count_cdf(10, (25.0 - 10) / 100, 15, &below, &at);
	is_cell(text, 1, "stock_out", 1 - at);
	cstn__count_cdf(20, (35.0 - 20) / 400, 15, &below, &at);
	is_cell(text, 2, "stock_out", 1 - at);
	is_cell(text, 2, "stock", -5);
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(where_something_is_owed_there_is_nothing_to_sell)
{
	cstn_plan_order_options options = CSTN_PLAN_ORDER_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text;

	options.lead = 5;
	text = order(PLAIN "on_hand double\n",
			"unique_id,ds,mean,on_hand\ni,1,0,-3\nj,1,2,-3\nk,1,0,0\n", &options, NULL,
			&buffer);
	is_cell(text, 1, "stock", -3);
	is_cell(text, 1, "stock_out", 1);
	is_cell(text, 2, "stock_out", 1);
	is_cell(text, 3, "stock_out", 0);
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(packs_that_are_nothing_beside_the_order_do_not_make_it_endless)
{
	cstn_plan_order_options options = CSTN_PLAN_ORDER_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text = order(PLAIN
			"on_hand double\npack double\nminimum double\nmaximum double\n",
			"unique_id,ds,mean,on_hand,pack,minimum,maximum\n"
			"a,1,10,0,1e-310,0,1e15\nb,1,10,0,1e-310,50,100\nc,1,10,0,1e-310,0,5\n",
			&options, NULL, &buffer);

	is_cell(text, 1, "order", poisson(10, 0.95));
	is_cell(text, 2, "order", 50);
	is_cell(text, 3, "order", 5);
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(minimum_and_maximum_are_kept_in_whole_packs)
{
	cstn_plan_order_options options = CSTN_PLAN_ORDER_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text = order(PLAIN
			"on_hand double\npack int64\nminimum double\nmaximum double\n",
			"unique_id,ds,mean,on_hand,pack,minimum,maximum\n"
			"a,1,10,0,6,50,100\nb,1,10,0,6,0,11\nc,1,10,100,6,50,100\nd,1,10,0,6,0,5\n",
			&options, NULL, &buffer);

	is_cell(text, 1, "order", 54);
	is_cell(text, 2, "order", 6);
	is_cell(text, 3, "order", 0);
	is_cell(text, 4, "order", 0);
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(the_calendar_says_when_orders_are_placed_and_how_long_they_last)
{
	cstn_plan_order_options options = CSTN_PLAN_ORDER_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text = order(PLAIN "can_order int64\nreceipt double null\nlead int64\n",
			"unique_id,ds,mean,can_order,receipt,lead\ni,1,10,0,,1\ni,2,10,1,4,1\n"
			"i,3,10,0,3,1\ni,4,10,0,,1\ni,5,10,1,9,1\n",
			&options, NULL, &buffer);

	ck_assert_str_eq(csv_cell(text, 1, "order"), "");
	/* until period 5 and its lead: periods 2, 3, 4 and 5; receipts until then */
	is_cell(text, 2, "target", poisson(40, 0.95));
	is_cell(text, 2, "position", -10 + 4 + 3 + 9);
	is_cell(text, 2, "order", poisson(40, 0.95) - 6);
	is_cell(text, 3, "arriving", 3 + poisson(40, 0.95) - 6);
	ck_assert_str_eq(csv_cell(text, 5, "order"), ""); /* the next one is not known */
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(with_no_lead_an_order_is_there_at_once)
{
	cstn_plan_order_options options = CSTN_PLAN_ORDER_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text =
			order(PLAIN, "unique_id,ds,mean\ni,1,10\ni,2,0\n", &options, NULL, &buffer);

	is_cell(text, 1, "order", poisson(10, 0.95));
	is_cell(text, 1, "arriving", poisson(10, 0.95));
	is_cell(text, 2, "order", 0); /* there is no demand */
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(more_certainty_never_asks_for_less)
{
	cstn_plan_order_options options = CSTN_PLAN_ORDER_OPTIONS_INIT;
	double before = 0;
	int i;

	for (i = 1; i < 20; i++) {
		cstn_buffer *buffer;
		const char *text;

		options.level_ppm = i * 50000;
		text = order(PLAIN "sd double\n", "unique_id,ds,mean,sd\ni,1,3.5,4\n", &options,
				NULL, &buffer);
		ck_assert_double_ge(atof(csv_cell(text, 1, "order")), before);
		before = atof(csv_cell(text, 1, "order"));
		cstn_buffer_free(buffer);
	}
	ck_assert_double_gt(before, 3.5);
}
END_TEST

START_TEST(the_least_demand_with_the_widest_spread_has_finite_orders)
{
	cstn_plan_order_options options = CSTN_PLAN_ORDER_OPTIONS_INIT;
	cstn_buffer *buffer;
	const char *text = order(PLAIN "sd double\n", "unique_id,ds,mean,sd\ni,1,1e-300,1e6\n",
			&options, NULL, &buffer);

	ck_assert_double_ge(atof(csv_cell(text, 1, "order")), 0);
	ck_assert_double_le(atof(csv_cell(text, 1, "stock_out")), 1);
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(items_with_numbers_out_of_range_or_gaps_are_left_out)
{
	cstn_plan_order_options options = CSTN_PLAN_ORDER_OPTIONS_INIT;
	cstn_buffer *buffer;
	size_t bad;
	const char *text = order(PLAIN "pack double\nlead int64\n",
			"unique_id,ds,mean,pack,lead\na,1,-1,1,1\nb,1,1,0,1\nc,1,1,1,1025\nd,1,1,1,"
			"0\n"
			"e,1,1,1,1\ne,3,1,1,1\n",
			&options, &bad, &buffer);

	ck_assert_uint_eq(bad, 4);
	ck_assert_str_eq(csv_cell(text, 1, "unique_id"), "d");
	ck_assert_str_eq(csv_cell(text, 2, "unique_id"), "");
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(options_out_of_range_are_refused)
{
	static const int32_t wrong[][3] = {
			{-1, 0, 0}, {1025, 0, 0}, {0, -1, 0}, {0, 0, 1000000}, {0, 0, -1}};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		cstn_plan_order_options options = CSTN_PLAN_ORDER_OPTIONS_INIT;
		struct ArrowArrayStream in, out;
		cstn_error *error = NULL;

		options.lead = wrong[i][0];
		options.review = wrong[i][1];
		options.level_ppm = wrong[i][2];
		csv_rows(&in, PLAIN, "unique_id,ds,mean\ni,1,10\n");
		memset(&out, 0, sizeof(out));
		expect_error(cstn_plan_order(&in, &options, NULL, &out, NULL, &error),
				CSTN_E_INVALID_ARGUMENT, &error, "expected");
		ck_assert_ptr_null(out.release);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			packs_lift_the_position_to_the_quantile_of_demand_until_the_next_order_arrives,
			stock_runs_out_with_the_probability_that_demand_is_above_supply,
			where_something_is_owed_there_is_nothing_to_sell,
			packs_that_are_nothing_beside_the_order_do_not_make_it_endless,
			minimum_and_maximum_are_kept_in_whole_packs,
			the_calendar_says_when_orders_are_placed_and_how_long_they_last,
			with_no_lead_an_order_is_there_at_once, more_certainty_never_asks_for_less,
			the_least_demand_with_the_widest_spread_has_finite_orders,
			items_with_numbers_out_of_range_or_gaps_are_left_out,
			options_out_of_range_are_refused};

	return run_tests("plan_orders", tests, sizeof(tests) / sizeof(tests[0]));
}
