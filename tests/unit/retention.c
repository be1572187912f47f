/* What retention counts: each definition on both sides of its boundaries. */
#include "retention_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "csv_rows.h"
#include "purchase_rows.h"
#include "suite.h"

#define RATES CSTN_RETENTION_TABLE_RATES
#define GROWTH CSTN_RETENTION_TABLE_GROWTH
#define COHORTS CSTN_RETENTION_TABLE_COHORTS
#define COUNTS CSTN_RETENTION_TABLE_COUNTS

/* "name,numerator,denominator,rate,left_out" of one metric must be in the table of rates. */
static void expect_rate(const cstn_retention *state, const cstn_retention_question *question,
		const char *expected)
{
	char *text = ask(state, RATES, question);

	ck_assert_msg(strstr(text, expected) != NULL, "%s has no %s", text, expected);
	free(text);
}

static void expect_rate_of(const char *rows, uint32_t flags, const char *expected)
{
	cstn_retention_question question = question_of();
	cstn_retention *state = shop_of(rows, flags);

	expect_rate(state, &question, expected);
	cstn_retention_free(state);
}

static void expect_growth_of(const char *rows, uint32_t flags, const char *expected)
{
	cstn_retention_question question = question_of();
	cstn_retention *state = shop_of(rows, flags);
	char *text = ask(state, GROWTH, &question);

	ck_assert_msg(strstr(text, expected) != NULL, "%s has no %s", text, expected);
	free(text);
	cstn_retention_free(state);
}

static cstn_retention_question as_of(int32_t day)
{
	cstn_retention_question question = CSTN_RETENTION_QUESTION_INIT;

	question.as_of_days = DAY0 + day;
	return question;
}

/* --- churn ------------------------------------------------------------------------------------ */

START_TEST(a_window_has_its_first_day_and_not_its_last)
{
	/* each of the four ends, and the day beside it */
	expect_rate_of("1 0 5;2 -1 5", 0, "churn,1,1,1,0;");
	expect_rate_of("1 9 5;2 10 5", 0, "churn,1,1,1,0;");
	expect_rate_of("1 0 5;1 10 5;2 0 5;2 19 5", 0, "churn,0,2,0,0;");
	expect_rate_of("1 0 5;1 20 5;1 9 5", 0, "churn,1,1,1,0;");
}
END_TEST

START_TEST(who_was_not_active_in_the_base_window_is_in_neither_number)
{
	expect_rate_of("1 -4 5;2 11 5;3 3 5;3 12 5", 0, "churn,0,1,0,0;");
}
END_TEST

START_TEST(churn_of_nobody_is_null)
{
	expect_rate_of("1 -4 5", 0, "churn,0,0,~,0;");
}
END_TEST

START_TEST(a_return_makes_nobody_active)
{
	expect_rate_of("1 0 5;1 10 -2", 0, "churn,1,1,1,0;");
	expect_rate_of("1 0 5 1;1 10 0 0", SHOP_QUANTITY, "churn,1,1,1,0;");
	/* the quantity decides where there is one: a discount of one piece is a purchase */
	expect_rate_of("1 0 5 1;1 10 -1 1", SHOP_QUANTITY, "churn,0,1,0,0;");
	/* and nothing paid is a purchase as well */
	expect_rate_of("1 0 5;1 10 0", 0, "churn,0,1,0,0;");
}
END_TEST

START_TEST(a_cancelled_row_is_not_there)
{
	expect_rate_of("1 0 5 0;1 10 5 1;2 0 5 0;2 10 5 0", SHOP_CANCELLED, "churn,1,2,0.5,0;");
}
END_TEST

START_TEST(a_return_on_a_purchase_day_leaves_it_one)
{
	expect_rate_of("1 0 5;1 10 5;1 10 -5", 0, "churn,0,1,0,0;");
}
END_TEST

/* --- repeat ----------------------------------------------------------------------------------- */

START_TEST(repeat_by_the_cut_counts_two_purchase_days_up_to_and_with_it)
{
	cstn_retention *state = shop_of("1 0 5;1 7 5;2 3 5;2 3 5;3 8 5", 0);
	cstn_retention_question question = as_of(7);

	expect_rate(state, &question, "repeat_by_cut,1,2,0.5,0;");
	question = as_of(6);
	expect_rate(state, &question, "repeat_by_cut,0,2,0,0;");
	question = as_of(8);
	expect_rate(state, &question, "repeat_by_cut,1,3,0.3333333333333333,0;");
	cstn_retention_free(state);
}
END_TEST

START_TEST(repeat_by_horizon_counts_the_second_day_until_first_plus_horizon)
{
	cstn_retention *state = shop_of("1 0 5;1 5 5;2 0 5;2 6 5;3 0 5", 0);
	cstn_retention_question question = as_of(19);

	question.horizon_days = 5;
	expect_rate(state, &question, "repeat_by_horizon,1,3,0.3333333333333333,0;");
	question.horizon_days = 6;
	expect_rate(state, &question, "repeat_by_horizon,2,3,0.6666666666666666,0;");
	cstn_retention_free(state);
}
END_TEST

START_TEST(who_is_too_young_for_the_horizon_is_left_out_and_counted)
{
	cstn_retention *state = shop_of("1 4 5;1 5 5;2 5 5;2 6 5", 0);
	cstn_retention_question question = as_of(9);

	question.horizon_days = 5;
	expect_rate(state, &question, "repeat_by_horizon,1,1,1,1;");
	question = as_of(10);
	question.horizon_days = 5;
	expect_rate(state, &question, "repeat_by_horizon,2,2,1,0;");
	cstn_retention_free(state);
}
END_TEST

START_TEST(without_horizon_and_windows_there_is_repeat_by_the_cut_alone)
{
	cstn_retention *state = shop_of("1 0 5;1 5 5", 0);
	cstn_retention_question question = as_of(9);

	expect_table(state, RATES, &question, "repeat_by_cut,1,1,1,0;");
	cstn_retention_free(state);
}
END_TEST

START_TEST(rows_after_the_day_are_not_looked_at)
{
	cstn_retention *state = shop_of("1 0 5;1 8 5;2 9 5;3 2 -1", 0);
	cstn_retention_question question = as_of(7);

	/* customers, after_as_of, without_purchase, days, orders */
	expect_table(state, COUNTS, &question,
			"customers,1;after_as_of,1;without_purchase,1;days,1;orders,1;");
	question = as_of(9);
	expect_table(state, COUNTS, &question,
			"customers,2;after_as_of,0;without_purchase,1;days,3;orders,3;");
	cstn_retention_free(state);
}
END_TEST

/* --- growth ----------------------------------------------------------------------------------- */

START_TEST(each_customer_is_in_one_part_of_growth)
{
	expect_growth_of("1 0 5;1 10 7", 0, "expansion,1,5,7,2;");
	expect_growth_of("1 0 5;1 10 3", 0, "contraction,1,5,3,-2;");
	expect_growth_of("1 0 5", 0, "lost,1,5,0,-5;");
	expect_growth_of("1 -3 9;1 10 3", 0, "regained,1,0,3,3;");
	expect_growth_of("1 0 5;1 10 5;2 -8 1", 0, "unchanged,2,5,5,0;");
	expect_growth_of("1 10 5", 0, "new,1,0,5,5;");
	expect_growth_of("1 3 -5;1 11 -2", 0, "other,1,-5,-2,3;");
}
END_TEST

START_TEST(money_below_nothing_has_its_part_too)
{
	/* more is returned than bought: less than lost */
	expect_growth_of("1 0 5;1 10 -1", 0, "contraction,1,5,-1,-6;");
	/* a return of what was bought before the base window */
	expect_growth_of("1 -3 9;1 2 -4;1 10 3", 0, "expansion,1,-4,3,7;");
	expect_growth_of("1 -3 9;1 12 -4", 0, "contraction,1,0,-4,-4;");
}
END_TEST

START_TEST(existing_is_who_bought_before_the_next_window_begins)
{
	expect_growth_of("1 9 5;1 11 9;2 10 7", 0, "existing,1,5,9,4;new,1,0,7,7;");
	expect_growth_of("1 19 5;2 20 7", 0, "existing,0,0,0,0;new,1,0,5,5;other,1,0,0,0;");
}
END_TEST

START_TEST(the_rate_of_growth_is_that_of_existing_customers_in_minor_units)
{
	expect_rate_of("1 0 5;1 10 7;2 0 4;3 11 99", 0, "growth,-200,900,-0.2222222222222222,0;");
}
END_TEST

START_TEST(net_and_gross_retention_are_over_customers_with_base_value_above_nothing)
{
	/* r0, r1: 5, 7; 4, 1; -1, 3 (active); 0, 2 (active: an equal return) */
	const char *rows = "1 0 5;1 10 7;2 0 4;2 10 1;3 0 1;3 1 -2;3 10 3;4 0 1;4 1 -1;4 10 2";

	expect_rate_of(rows, 0, "net_retention,800,900,0.8888888888888888,2;");
	expect_rate_of(rows, 0, "gross_retention,600,900,0.6666666666666666,2;");
}
END_TEST

START_TEST(a_customer_whose_value_leaves_int64_is_named)
{
	cstn_retention *state = shop_new(0);
	cstn_retention_question question = question_of();
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;

	csv_rows(&stream, "customer int64\nday date\nvalue int64\n",
			"customer,day,value\n7,2026-01-02,9223372036854775807\n"
			"7,2026-01-03,1\n7,2026-01-05,-1\n");
	ck_assert_int_eq(cstn_retention_update(state, &stream, NULL, NULL, NULL), CSTN_OK);
	/* in whatever order rows came, the sum is what counts */
	expect_rate(state, &question, "churn,1,1,1,0;");
	csv_rows(&stream, "customer int64\nday date\nvalue int64\n",
			"customer,day,value\n7,2026-01-05,1\n");
	ck_assert_int_eq(cstn_retention_update(state, &stream, NULL, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_retention_export(state, RATES, &question, &stream, &error),
			CSTN_E_OVERFLOW);
	ck_assert_msg(strstr(cstn_error_message(error), "customer '7'") != NULL, "%s",
			cstn_error_message(error));
	cstn_error_free(error);
	cstn_retention_free(state);
}
END_TEST

/* --- price, volume, assortment ---------------------------------------------------------------- */

/* customer day value quantity item */
START_TEST(price_and_volume_are_of_items_in_both_windows_and_the_rest_is_assortment)
{
	/* item 1: 4 for 10.00, then 6 for 18.00: volume 15 - 10, price 18 - 15; item 2 goes, 3
	 * comes
	 */
	const char *rows = "1 0 10 4 1;1 10 18 6 1;1 0 7 1 2;1 11 2 1 3;2 10 50 5 1";
	cstn_retention *state = shop_of(rows, SHOP_QUANTITY | SHOP_ITEM);
	cstn_retention_question question = question_of();

	expect_table(state, CSTN_RETENTION_TABLE_ITEMS, &question,
			"1,4,6,10,18,3,5,0;2,1,0,7,0,0,0,-7;3,0,1,0,2,0,0,2;");
	cstn_retention_free(state);
	expect_growth_of(rows, SHOP_QUANTITY | SHOP_ITEM,
			"price,~,~,~,3;volume,~,~,~,5;assortment,~,~,~,-5;");
}
END_TEST

START_TEST(volume_is_rounded_half_to_even)
{
	/* 0.01 and 0.03 for 2, then for 1: half a cent goes to the even one, 0.00 and 0.02 */
	expect_growth_of("1 0 0.01 2 1;1 10 1 1 1", SHOP_QUANTITY | SHOP_ITEM,
			"price,~,~,~,1;volume,~,~,~,-0.01;");
	expect_growth_of("1 0 0.03 2 1;1 10 1 1 1", SHOP_QUANTITY | SHOP_ITEM,
			"price,~,~,~,0.98;volume,~,~,~,-0.01;");
	/* and below zero: -0.01 and -0.03 of a return on balance */
	expect_growth_of("1 0 -0.03 2 1;1 10 1 1 1", SHOP_QUANTITY | SHOP_ITEM,
			"price,~,~,~,1.02;volume,~,~,~,0.01;");
}
END_TEST

START_TEST(an_item_with_more_returned_than_bought_is_assortment)
{
	expect_growth_of("1 0 5 1 1;1 1 -5 -1 1;1 10 3 1 1", SHOP_QUANTITY | SHOP_ITEM,
			"price,~,~,~,0;volume,~,~,~,0;assortment,~,~,~,3;");
}
END_TEST

START_TEST(items_are_refused_by_a_state_without_them)
{
	cstn_retention *state = shop_of("1 0 5", 0);
	cstn_retention_question question = question_of();
	struct ArrowArrayStream stream;

	ck_assert_int_eq(cstn_retention_export(state, CSTN_RETENTION_TABLE_ITEMS, &question,
					 &stream, NULL),
			CSTN_E_STATE);
	cstn_retention_free(state);
}
END_TEST

/* --- cohorts ---------------------------------------------------------------------------------- */

/* cohort, age, size, active, orders, revenue, first in log; 2026-01-01 is a Thursday */
START_TEST(a_cohort_is_followed_period_by_period)
{
	cstn_retention *state = shop_of("1 0 5;1 0 1;1 2 3;2 1 9;2 2 -4;2 2 2;2 2 1", 0);
	cstn_retention_question question = as_of(2);

	question.period = CSTN_RETENTION_DAY;
	expect_table(state, COHORTS, &question,
			"20454,0,1,1,2,6,1;20454,1,1,0,0,0,1;20454,2,1,1,1,3,1;"
			"20455,0,1,1,1,9,0;20455,1,1,1,2,-1,0;20455,2,1,~,~,~,0;");
	cstn_retention_free(state);
}
END_TEST

START_TEST(a_cell_is_null_until_its_period_is_over)
{
	cstn_retention *state = shop_of("1 0 5;1 31 5", 0);
	cstn_retention_question question = as_of(30);

	/* January is over on its last day, on the one before it is not */
	expect_table(state, COHORTS, &question, "20454,0,1,1,1,5,1;");
	question = as_of(29);
	expect_table(state, COHORTS, &question, "20454,0,1,~,~,~,1;");
	question = as_of(58);
	expect_table(state, COHORTS, &question, "20454,0,1,1,1,5,1;20454,1,1,1,1,5,1;");
	question = as_of(57);
	expect_table(state, COHORTS, &question, "20454,0,1,1,1,5,1;20454,1,1,~,~,~,1;");
	cstn_retention_free(state);
}
END_TEST

START_TEST(weeks_begin_on_monday_or_as_told)
{
	/* Sunday the 4th and Monday the 5th of January */
	cstn_retention *state = shop_of("1 3 5;1 4 5", 0);
	cstn_retention_question question = as_of(10);

	question.period = CSTN_RETENTION_WEEK;
	expect_table(state, COHORTS, &question, "20451,0,1,1,1,5,1;20451,1,1,1,1,5,1;");
	/* weeks from Sunday on: both days lie in the one that begins on the 4th and ends on the
	 * 10th */
	question.period_origin_days = DAY0 + 3;
	question.as_of_days = DAY0 + 9;
	expect_table(state, COHORTS, &question, "20457,0,1,1,2,10,1;");
	cstn_retention_free(state);
}
END_TEST

START_TEST(quarters_begin_in_january_april_july_and_october)
{
	/* 2025-12-31, 2026-03-31, 2026-04-01 */
	cstn_retention *state = shop_of("1 -1 5;1 89 5;1 90 5", 0);
	cstn_retention_question question = as_of(180);

	question.period = CSTN_RETENTION_QUARTER;
	expect_table(state, COHORTS, &question,
			"20362,0,1,1,1,5,1;20362,1,1,1,1,5,1;20362,2,1,1,1,5,1;");
	cstn_retention_free(state);
}
END_TEST

START_TEST(ages_end_where_told)
{
	cstn_retention *state = shop_of("1 0 5;1 2 5", 0);
	cstn_retention_question question = as_of(5);

	question.period = CSTN_RETENTION_DAY;
	question.ages = 1;
	expect_table(state, COHORTS, &question, "20454,0,1,1,1,5,1;20454,1,1,0,0,0,1;");
	cstn_retention_free(state);
}
END_TEST

START_TEST(lines_of_one_order_are_one_order_and_a_return_is_none)
{
	/* order 8 on two days of the period is one, order 9 has only a return */
	cstn_retention *state = shop_of("1 0 5 7;1 0 6 7;1 1 2 8;1 2 2 8;1 2 -1 9", SHOP_ORDER);
	cstn_retention_question question = as_of(30);

	expect_table(state, COHORTS, &question, "20454,0,1,1,2,14,1;");
	question.period = CSTN_RETENTION_DAY;
	question.ages = 2;
	expect_table(state, COHORTS, &question,
			"20454,0,1,1,1,11,1;20454,1,1,1,1,2,1;20454,2,1,1,1,1,1;");
	expect_table(state, COUNTS, &question,
			"customers,1;after_as_of,0;without_purchase,0;days,3;orders,2;");
	cstn_retention_free(state);
}
END_TEST

START_TEST(more_than_two_to_the_24_cells_are_refused)
{
	cstn_retention *state = shop_of("1 0 5;2 1 5", 0);
	cstn_retention_question question = as_of(1 << 23);
	struct ArrowArrayStream stream;

	question.period = CSTN_RETENTION_DAY;
	ck_assert_int_eq(cstn_retention_export(state, COHORTS, &question, &stream, NULL),
			CSTN_E_LIMIT);
	question.ages = 3;
	ck_assert_int_eq(cstn_retention_export(state, COHORTS, &question, &stream, NULL), CSTN_OK);
	stream.release(&stream);
	cstn_retention_free(state);
}
END_TEST

START_TEST(a_state_without_rows_has_empty_tables)
{
	cstn_retention *state = shop_new(0);
	cstn_retention_question question = question_of();

	expect_table(state, COHORTS, &question, "");
	expect_rate(state, &question, "repeat_by_cut,0,0,~,0;churn,0,0,~,0;");
	cstn_retention_free(state);
}
END_TEST

/* --- true first purchases --------------------------------------------------------------------- */

START_TEST(a_told_first_purchase_before_the_log_makes_the_customer_old)
{
	/* 1 first bought on -3, before the base window; 2 is new */
	expect_growth_of("1 10 5 -3;2 10 7 ~", SHOP_FIRST, "regained,1,0,5,5;");
	expect_growth_of("1 10 5 -3;2 10 7 ~", SHOP_FIRST, "new,1,0,7,7;");
	/* it is a purchase day as any */
	expect_rate_of("1 10 5 -3;2 10 7 ~", SHOP_FIRST, "repeat_by_cut,1,2,0.5,0;");
	expect_rate_of("1 10 5 9", SHOP_FIRST, "churn,0,1,0,0;");
}
END_TEST

START_TEST(of_several_told_the_earliest_counts_and_one_after_the_log_begins_is_not_believed)
{
	expect_rate_of("1 10 5 3;1 11 5 -2;1 12 5 ~", SHOP_FIRST, "churn,0,0,~,0;");
	/* in the log on day 2 already */
	expect_rate_of("1 2 5 8;1 11 5 ~", SHOP_FIRST, "churn,0,1,0,0;");
	expect_rate_of("1 2 5 8;1 11 5 ~", SHOP_FIRST, "repeat_by_cut,1,1,1,0;");
}
END_TEST

START_TEST(a_cohort_before_the_log_is_null_where_the_log_says_nothing)
{
	/* the log begins on day 2; customer 1 bought first on day 0 */
	cstn_retention *state = shop_of("1 3 5 0;2 2 7 ~", SHOP_FIRST);
	cstn_retention_question question = as_of(3);

	question.period = CSTN_RETENTION_DAY;
	expect_table(state, COHORTS, &question,
			"20454,0,1,~,~,~,0;20454,1,1,~,~,~,0;20454,2,1,0,0,0,0;20454,3,1,1,1,5,0;"
			"20456,0,1,1,1,7,1;20456,1,1,0,0,0,1;20456,2,1,~,~,~,1;20456,3,1,~,~,~,1;");
	cstn_retention_free(state);
}
END_TEST

START_TEST(the_cohort_the_log_begins_with_says_so_unless_all_was_told)
{
	cstn_retention *state = shop_of("1 0 5 0;2 0 5 0", SHOP_FIRST);
	cstn_retention_question question = as_of(30);

	expect_table(state, COHORTS, &question, "20454,0,2,2,2,10,0;");
	shop_add(state, "3 1 5 ~", SHOP_FIRST);
	expect_table(state, COHORTS, &question, "20454,0,3,3,3,15,1;");
	cstn_retention_free(state);
}
END_TEST

START_TEST(everybody_is_active_in_the_period_of_a_told_first_purchase)
{
	/* the log begins on day 1, customer 1 is told of day 2, seen from day 5 on */
	cstn_retention *state = shop_of("1 5 5 2;2 1 7 ~", SHOP_FIRST);
	cstn_retention_question question = as_of(5);

	question.period = CSTN_RETENTION_DAY;
	question.ages = 3;
	expect_table(state, COHORTS, &question,
			"20455,0,1,1,1,7,1;20455,1,1,0,0,0,1;20455,2,1,0,0,0,1;20455,3,1,0,0,0,1;"
			"20456,0,1,1,0,0,0;20456,1,1,0,0,0,0;20456,2,1,0,0,0,0;20456,3,1,1,1,5,0;");
	cstn_retention_free(state);
}
END_TEST

/* --- questions that are none ------------------------------------------------------------------ */

START_TEST(a_question_out_of_range_is_refused)
{
	cstn_retention_question question = question_of();
	cstn_retention *state = shop_of("1 0 5", 0);
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;

	switch (_i) {
	case 0:
		question.base_to_days = question.base_from_days;
		break;
	case 1:
		question.next_to_days = question.next_from_days;
		break;
	case 2:
		question.base_to_days++;
		break;
	case 3:
		question.next_to_days++;
		break;
	case 4:
		question.horizon_days = -1;
		break;
	case 5:
		question.period = CSTN_RETENTION_QUARTER + 1;
		break;
	case 6:
		question.ages = -1;
		break;
	case 7:
		question.reserved0 = 1;
		break;
	default:
		question.flags = 1;
	}
	ck_assert_int_eq(cstn_retention_export(state, RATES, &question, &stream, &error),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_nonnull(error);
	cstn_error_free(error);
	cstn_retention_free(state);
}
END_TEST

START_TEST(tables_that_need_windows_say_so_and_unknown_ones_are_refused)
{
	const int32_t tables[] = {GROWTH, CSTN_RETENTION_TABLE_ITEMS, 0, 6};
	cstn_retention_question question = as_of(19);
	cstn_retention *state = shop_of("1 0 5 1 1", SHOP_QUANTITY | SHOP_ITEM);
	struct ArrowArrayStream stream;

	ck_assert_int_eq(cstn_retention_export(state, tables[_i], &question, &stream, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_retention_free(state);
}
END_TEST

int main(void)
{
	const TTest *const plain[] = {
			a_window_has_its_first_day_and_not_its_last,
			who_was_not_active_in_the_base_window_is_in_neither_number,
			churn_of_nobody_is_null,
			a_return_makes_nobody_active,
			a_cancelled_row_is_not_there,
			a_return_on_a_purchase_day_leaves_it_one,
			repeat_by_the_cut_counts_two_purchase_days_up_to_and_with_it,
			repeat_by_horizon_counts_the_second_day_until_first_plus_horizon,
			who_is_too_young_for_the_horizon_is_left_out_and_counted,
			without_horizon_and_windows_there_is_repeat_by_the_cut_alone,
			rows_after_the_day_are_not_looked_at,
			each_customer_is_in_one_part_of_growth,
			money_below_nothing_has_its_part_too,
			existing_is_who_bought_before_the_next_window_begins,
			the_rate_of_growth_is_that_of_existing_customers_in_minor_units,
			net_and_gross_retention_are_over_customers_with_base_value_above_nothing,
			a_customer_whose_value_leaves_int64_is_named,
			price_and_volume_are_of_items_in_both_windows_and_the_rest_is_assortment,
			volume_is_rounded_half_to_even,
			an_item_with_more_returned_than_bought_is_assortment,
			items_are_refused_by_a_state_without_them,
			a_cohort_is_followed_period_by_period,
			a_cell_is_null_until_its_period_is_over,
			weeks_begin_on_monday_or_as_told,
			quarters_begin_in_january_april_july_and_october,
			ages_end_where_told,
			lines_of_one_order_are_one_order_and_a_return_is_none,
			more_than_two_to_the_24_cells_are_refused,
			a_state_without_rows_has_empty_tables,
			a_told_first_purchase_before_the_log_makes_the_customer_old,
			of_several_told_the_earliest_counts_and_one_after_the_log_begins_is_not_believed,
			a_cohort_before_the_log_is_null_where_the_log_says_nothing,
			the_cohort_the_log_begins_with_says_so_unless_all_was_told,
			everybody_is_active_in_the_period_of_a_told_first_purchase,
	};
	Suite *suite = suite_create("retention");
	TCase *tests = tcase_create("retention");
	size_t i;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		tcase_add_test(tests, plain[i]);
	tcase_add_loop_test(tests, a_question_out_of_range_is_refused, 0, 9);
	tcase_add_loop_test(
			tests, tables_that_need_windows_say_so_and_unknown_ones_are_refused, 0, 4);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
