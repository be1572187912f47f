/* From order lines in columns to a result, against answers that were made elsewhere. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "result_fixture.h"
#include "table/export.h"
#include "suite.h"

#define DAY CSTN_DAY_US
#define PROMISE INT64_C(1530403200000000) /* 2018-07-01T00:00Z */

/* Order lines: order, carrier, distance, days late, quantity of 10, cause of a delay. */
typedef struct order_lines {
	cstn__table_builder *builder;
	int32_t order, carrier, distance, promised, delivered, quantity, arrived, cause, owner;
} order_lines;

static void lines_begin(order_lines *lines)
{
	cstn__table_builder *builder;

	ck_assert_int_eq(cstn__table_builder_new(NULL, &builder, NULL), CSTN_OK);
	lines->builder = builder;
	lines->order = cstn__table_add_column(builder, "order_id", CSTN_TYPE_INT64, 0, 0);
	lines->carrier = cstn__table_add_column(builder, "carrier", CSTN_TYPE_TEXT, 0, 1);
	lines->distance = cstn__table_add_column(builder, "distance", CSTN_TYPE_TEXT, 0, 1);
	lines->promised = cstn__table_add_column(builder, "promised", CSTN_TYPE_TIME, 0, 1);
	lines->delivered = cstn__table_add_column(builder, "delivered", CSTN_TYPE_TIME, 0, 1);
	lines->quantity = cstn__table_add_column(builder, "qty", CSTN_TYPE_INT64, 0, 1);
	lines->arrived = cstn__table_add_column(builder, "qty_delivered", CSTN_TYPE_INT64, 0, 1);
	lines->cause = cstn__table_add_column(builder, "late_cause", CSTN_TYPE_TEXT, 0, 1);
	lines->owner = cstn__table_add_column(builder, "late_owner", CSTN_TYPE_TEXT, 0, 1);
}

static void put_text(const order_lines *lines, int32_t column, const char *text)
{
	if (text)
		cstn__table_put_text(lines->builder, column, text, strlen(text));
	else
		cstn__table_put_null(lines->builder, column);
}

static void put_line(order_lines *lines, int64_t order, const char *carrier, const char *distance,
		int64_t days_late, int64_t arrived, const char *cause)
{
	cstn__table_put_i64(lines->builder, lines->order, order);
	put_text(lines, lines->carrier, carrier);
	put_text(lines, lines->distance, distance);
	cstn__table_put_i64(lines->builder, lines->promised, PROMISE);
	cstn__table_put_i64(lines->builder, lines->delivered, PROMISE + days_late * DAY);
	cstn__table_put_i64(lines->builder, lines->quantity, 10);
	cstn__table_put_i64(lines->builder, lines->arrived, arrived);
	put_text(lines, lines->cause, cause);
	put_text(lines, lines->owner, cause ? "carrier" : NULL);
}

static cstn_perfect_order_result *rate_of(order_lines *lines, const char *changes,
		const char *const *by, size_t n_by, uint32_t flags)
{
	cstn_perfect_order_config config = CSTN_PERFECT_ORDER_CONFIG_INIT;
	cstn_perfect_order_result *result = NULL;
	cstn_service_policy *policy = NULL;
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status;

	config.flags = flags;
	ck_assert_int_eq(cstn_service_policy_new(changes, NULL, &policy, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__table_export(lines->builder, &stream, NULL), CSTN_OK);
	status = cstn_perfect_order_rate(&stream, policy, FIXTURE_AS_OF, by, n_by, &config, NULL,
			NULL, &result, NULL, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	cstn_service_policy_unref(policy);
	return result;
}

/* Orders of lines and perfect lines: 3/3 5/4 1/0 | 4/4 2/1 6/3, the second three by Sea. */
static void six_orders(order_lines *lines)
{
	static const int sizes[6][2] = {{3, 3}, {5, 4}, {1, 0}, {4, 4}, {2, 1}, {6, 3}};
	int order, line;

	lines_begin(lines);
	for (order = 0; order < 6; order++)
		for (line = 0; line < sizes[order][0]; line++)
			put_line(lines, order, order < 3 ? "Air" : "Sea", "near",
					line < sizes[order][1] ? 0 : 2, 10, NULL);
}

START_TEST(lines_of_known_orders_have_a_design_effect)
{
	static const char *const by[] = {"carrier"};
	cstn_perfect_order_result *result;
	read_table rates;
	order_lines lines;

	six_orders(&lines);
	result = rate_of(&lines, "level=line components=T", by, (size_t)_i,
			CSTN_PERFECT_ORDER_ROLLUP);
	table_of(&rates, result, CSTN_TABLE_RATES);
	ck_assert_int_eq(rates.rows, _i ? 3 : 1);
	ck_assert_int_eq(table_i64(&rates, "denominator", rates.rows - 1), 21);
	ck_assert_double_eq_tol(table_f64(&rates, "design_effect", rates.rows - 1), 1.28, 1e-14);
	ck_assert_double_eq_tol(table_f64(&rates, "n_eff", rates.rows - 1), 16.40625, 1e-12);
	/* Air alone: m 3 5 1, x 3 4 0; p = 7/9; 3/2 (sum (x - p m)^2) / (p (1 - p) 9) */
	if (_i)
		ck_assert_double_eq_tol(
				table_f64(&rates, "design_effect", 0), 1.0238095238095237, 1e-12);
	table_free(&rates);
	cstn_perfect_order_result_unref(result);
}
END_TEST

START_TEST(order_that_straddles_groups_is_one_cluster_of_the_total)
{
	static const char *const by[] = {"carrier", "distance"};
	cstn_perfect_order_result *result;
	read_table rates;
	order_lines lines;
	int order, line;

	/* Two orders of three lines, each with a line far and two near; one order is late. */
	lines_begin(&lines);
	for (order = 0; order < 2; order++)
		for (line = 0; line < 3; line++)
			put_line(&lines, order, "Air", line ? "near" : "far", order, 10, NULL);
	result = rate_of(&lines, "level=line components=T", by, 2, CSTN_PERFECT_ORDER_ROLLUP);
	table_of(&rates, result, CSTN_TABLE_RATES);
	ck_assert_int_eq(rates.rows, 4);
	/* k/(k-1) (2 * 1.5^2) / 36 over 1/4 / 6 */
	ck_assert_double_eq_tol(table_f64(&rates, "design_effect", 3), 6.0, 1e-12);
	ck_assert(table_null(&rates, "design_effect", 2)); /* the carrier's subtotal */
	ck_assert_double_eq_tol(table_f64(&rates, "design_effect", 0), 2.0, 1e-12);
	table_free(&rates);
	cstn_perfect_order_result_unref(result);
}
END_TEST

START_TEST(simpsons_carriers_come_out_right_from_order_lines)
{
	static const char *const by[] = {"carrier", "distance"};
	static const struct {
		const char *carrier, *distance;
		int perfect, n;
	} cells[] = {{"A", "near", 95, 100}, {"A", "far", 720, 900}, {"B", "near", 837, 900},
			{"B", "far", 78, 100}};
	cstn_perfect_order_result *result;
	struct ArrowArrayStream stream;
	read_table out;
	int64_t order = 0;
	order_lines lines;
	int c, i;

	lines_begin(&lines);
	for (c = 0; c < 4; c++)
		for (i = 0; i < cells[c].n; i++)
			put_line(&lines, order++, cells[c].carrier, cells[c].distance,
					i < cells[c].perfect ? 0 : 1, 10, NULL);
	result = rate_of(&lines, "components=T", by, 2, 0);
	ck_assert_int_eq(
			cstn_perfect_order_standardise(result, 0, 1, NULL, &stream, NULL), CSTN_OK);
	table_read(&out, &stream);
	ck_assert_double_eq(table_f64(&out, "raw_rate", 0), 0.815);
	ck_assert_double_eq(table_f64(&out, "raw_rate", 1), 0.915);
	ck_assert_double_eq_tol(table_f64(&out, "rate", 0), 0.875, 1e-15);
	ck_assert_double_eq_tol(table_f64(&out, "rate", 1), 0.855, 1e-15);
	table_free(&out);
	cstn_perfect_order_result_unref(result);
}
END_TEST

START_TEST(causes_in_columns_add_up_to_the_late_orders)
{
	static const char *const by[] = {"carrier"};
	static const char *const given[] = {"fog", "fog", "ice", NULL, NULL};
	cstn_perfect_order_result *result;
	read_table causes;
	order_lines lines;
	int i;

	lines_begin(&lines);
	for (i = 0; i < 5; i++)
		put_line(&lines, i, "Air", "near", 3, 10, given[i]);
	put_line(&lines, 5, "Air", "near", 0, 9, NULL);
	result = rate_of(&lines, "components=TF", by, 1, 0);
	table_of(&causes, result, CSTN_TABLE_CAUSES);
	ck_assert_int_eq(causes.rows, 4);
	ck_assert_str_eq(table_text(&causes, "cause", 0), "fog");
	ck_assert_str_eq(table_text(&causes, "owner", 0), "carrier");
	ck_assert_int_eq(table_i64(&causes, "failures", 0), 2);
	ck_assert_str_eq(table_text(&causes, "cause", 1), "unknown");
	ck_assert_int_eq(table_i64(&causes, "failures", 1), 2);
	ck_assert_str_eq(table_text(&causes, "cause", 2), "ice");
	ck_assert_str_eq(table_text(&causes, "component", 3), "F");
	ck_assert_str_eq(table_text(&causes, "cause", 3), "unknown");
	ck_assert_int_eq(table_i64(&causes, "failures", 3), 1);
	table_free(&causes);
	cstn_perfect_order_result_unref(result);
}
END_TEST

START_TEST(otif_of_an_order_is_not_the_product_of_line_rates)
{
	cstn_perfect_order_result *result;
	cstn_rate rate = CSTN_RATE_INIT;
	order_lines lines;
	int i;

	/* Ten orders of two lines. Orders 0 and 1 are late and short; nobody else fails. */
	lines_begin(&lines);
	for (i = 0; i < 20; i++)
		put_line(&lines, i / 2, "Air", "near", i < 4 && i % 2 == 0 ? 1 : 0,
				i < 4 && i % 2 == 1 ? 5 : 10, NULL);
	result = rate_of(&lines, "components=TF", NULL, 0, 0);
	ck_assert_int_eq(cstn_perfect_order_result_rate(result, 0, &rate, NULL), CSTN_OK);
	ck_assert_int_eq(rate.numerator, 8);
	ck_assert_int_eq(rate.denominator, 10);
	ck_assert_int_eq(cstn_perfect_order_result_pattern(result, 0, 3), 2);
	ck_assert_int_eq(cstn_perfect_order_result_component(result, 0, 1, &rate, NULL), CSTN_OK);
	ck_assert_double_eq(rate.value, 0.8); /* times 0.8 would be 0.64 */
	ck_assert_int_eq(cstn_perfect_order_result_lever(result, 0, 1, &rate, NULL), CSTN_OK);
	ck_assert_double_eq(rate.value, 0.8); /* mending T alone gains nothing */
	cstn_perfect_order_result_unref(result);
}
END_TEST

START_TEST(rate_weighted_by_quantity_counts_units_beside_weights)
{
	cstn_perfect_order_result *result;
	read_table rates;
	order_lines lines;
	int i;

	lines_begin(&lines);
	for (i = 0; i < 4; i++)
		put_line(&lines, i, "Air", "near", i == 3, 10, NULL);
	result = rate_of(&lines, "components=T weight=quantity", NULL, 0, 0);
	table_of(&rates, result, CSTN_TABLE_RATES);
	ck_assert_int_eq(table_i64(&rates, "numerator", 0), 30);
	ck_assert_int_eq(table_i64(&rates, "denominator", 0), 40);
	ck_assert_int_eq(table_i64(&rates, "h0", 0), 3);
	ck_assert_int_eq(table_i64(&rates, "units", 0), 4);
	ck_assert(table_null(&rates, "low", 0));
	table_free(&rates);
	cstn_perfect_order_result_unref(result);
}
END_TEST

START_TEST(credit_by_unit_counts_what_came_in_time)
{
	cstn_perfect_order_result *result;
	cstn_rate rate = CSTN_RATE_INIT;
	order_lines lines;

	lines_begin(&lines);
	put_line(&lines, 0, "Air", "near", 0, 10, NULL);
	put_line(&lines, 1, "Air", "near", 0, 6, NULL);
	put_line(&lines, 2, "Air", "near", 5, 10, NULL);
	result = rate_of(&lines, "components=TF weight=quantity credit=unit", NULL, 0, 0);
	ck_assert_int_eq(cstn_perfect_order_result_rate(result, 0, &rate, NULL), CSTN_OK);
	ck_assert_int_eq(rate.numerator, 16);
	ck_assert_int_eq(rate.denominator, 30);
	cstn_perfect_order_result_unref(result);
}
END_TEST

/* The worked example of the guide "How to compute an OTIF both sides agree on". */
static const struct {
	int64_t order;
	int promised, delivered_day, delivered_hour; /* days of May 2024; 0 = not delivered */
	int64_t quantity, arrived;
	const char *status;
} example[] = {
		{101, 2, 2, 14, 10, 10, "closed"},
		{101, 2, 1, 9, 4, 4, "closed"},
		{102, 3, 5, 10, 7, 7, "closed"},
		{103, 6, 6, 8, 1, 1, "closed"},
		{103, 6, 6, 8, 2, 1, "closed"},
		{104, 7, 8, 16, 5, 4, "closed"},
		{105, 7, 0, 0, 3, 0, "open"},
		{106, 20, 0, 0, 6, 0, "cancelled_by_customer"},
		{107, 71, 0, 0, 2, 0, "open"}, /* 10 July */
		{108, 6, 6, 11, 8, 8, "closed"},
};

static const struct {
	const char *changes;
	int64_t numerator, denominator;
} answers[] = {
		{"", 2, 6},
		{"late_tolerance=2", 3, 6},
		{"overdue_open=exclude", 2, 5},
		{"customer_cancel=fail", 2, 7},
		{"early_tolerance=0", 1, 6},
		{"time_unit=instant", 0, 6},
		{"level=line", 4, 8},
		{"weight=quantity", 22, 40},
		{"weight=quantity credit=unit", 24, 40},
};

START_TEST(worked_example_of_the_guide_has_the_rates_it_prints)
{
	const int64_t may = INT64_C(1714521600000000); /* 2024-05-01T00:00Z */
	const size_t n = sizeof example / sizeof example[0];
	cstn_perfect_order_result *result = NULL;
	cstn_service_policy *policy = NULL;
	cstn_rate rate = CSTN_RATE_INIT;
	struct ArrowArrayStream stream;
	cstn__table_builder *builder;
	char changes[80];
	int32_t column;
	size_t i;

	ck_assert_int_eq(cstn__table_builder_new(NULL, &builder, NULL), CSTN_OK);
	cstn__table_add_column(builder, "order_id", CSTN_TYPE_INT64, 0, 0);
	cstn__table_add_column(builder, "promised", CSTN_TYPE_TIME, 0, 1);
	cstn__table_add_column(builder, "delivered", CSTN_TYPE_TIME, 0, 1);
	cstn__table_add_column(builder, "qty", CSTN_TYPE_INT64, 0, 1);
	cstn__table_add_column(builder, "qty_delivered", CSTN_TYPE_INT64, 0, 1);
	cstn__table_add_column(builder, "status", CSTN_TYPE_TEXT, 0, 1);
	for (i = 0; i < n; i++) {
		cstn__table_put_i64(builder, 0, example[i].order);
		cstn__table_put_i64(builder, 1, may + (example[i].promised - 1) * DAY);
		if (example[i].delivered_day) {
			cstn__table_put_i64(builder, 2,
					may + (example[i].delivered_day - 1) * DAY +
							example[i].delivered_hour * (DAY / 24));
			cstn__table_put_i64(builder, 4, example[i].arrived);
		} else {
			for (column = 2; column <= 4; column += 2)
				cstn__table_put_null(builder, column);
		}
		cstn__table_put_i64(builder, 3, example[i].quantity);
		cstn__table_put_text(builder, 5, example[i].status, strlen(example[i].status));
	}
	ck_assert_int_eq(cstn__table_export(builder, &stream, NULL), CSTN_OK);
	snprintf(changes, sizeof changes, "components=TF %s", answers[_i].changes);
	ck_assert_int_eq(cstn_service_policy_new(changes, NULL, &policy, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_rate(&stream, policy, may + 60 * DAY, NULL, 0, NULL,
					 NULL, NULL, &result, NULL, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_result_rate(result, 0, &rate, NULL), CSTN_OK);
	ck_assert_int_eq(rate.numerator, answers[_i].numerator);
	ck_assert_int_eq(rate.denominator, answers[_i].denominator);
	ck_assert_int_eq(cstn_perfect_order_result_pending(result, 0), 1);
	cstn_perfect_order_result_unref(result);
	cstn_service_policy_unref(policy);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("perfect_order_finish");
	TCase *tests = tcase_create("finish");

	tcase_add_loop_test(tests, lines_of_known_orders_have_a_design_effect, 0, 2);
	tcase_add_test(tests, order_that_straddles_groups_is_one_cluster_of_the_total);
	tcase_add_test(tests, simpsons_carriers_come_out_right_from_order_lines);
	tcase_add_test(tests, causes_in_columns_add_up_to_the_late_orders);
	tcase_add_test(tests, otif_of_an_order_is_not_the_product_of_line_rates);
	tcase_add_test(tests, rate_weighted_by_quantity_counts_units_beside_weights);
	tcase_add_test(tests, credit_by_unit_counts_what_came_in_time);
	tcase_add_loop_test(tests, worked_example_of_the_guide_has_the_rates_it_prints, 0,
			(int)(sizeof answers / sizeof answers[0]));
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
