/* Cost to serve: counts, rates apart, exact sums, fixed costs that add up. */
#include <stdio.h>
#include <string.h>

#include "csv_rows.h"
#include "sealed_bytes.h"
#include "suite.h"

#define SCHEMA                                                                                 \
	"customer int64\nsegment text null\norders int64 null\nlines int64 null\nkg_km int64 " \
	"null\nreturns int64 null\nrevenue int64 null\nmargin int64 null\n"
#define HEADER "customer,segment,orders,lines,kg_km,returns,revenue,margin\n"
#define FIRST "7,A,2,5,100,0,10000,3000\n8,A,1,1,50,1,2000,400\n"
#define SECOND "7,A,1,2,30,0,4000,1000\n9,B,4,4,0,0,8000,-100\n7,,1,1,1,0,100,10\n"

static cstn_cost_to_serve *counted(const char *rows)
{
	cstn_cost_to_serve *state = NULL;
	struct ArrowArrayStream stream;

	ck_assert_int_eq(cstn_cost_to_serve_new("EUR", NULL, &state, NULL), CSTN_OK);
	if (rows) {
		csv_rows(&stream, SCHEMA, rows);
		ck_assert_int_eq(cstn_cost_to_serve_update(state, &stream, NULL, NULL, NULL),
				CSTN_OK);
	}
	return state;
}

static const char *table_of(const cstn_cost_to_serve *state, const cstn_cost_rate *rates, size_t n,
		const cstn_fixed_cost *fixed, size_t n_fixed, int32_t table, cstn_buffer **out)
{
	cstn_cost_rates with = CSTN_COST_RATES_INIT;
	struct ArrowArrayStream stream;

	with.rates = rates;
	with.n_rates = n;
	with.fixed = fixed;
	with.n_fixed = n_fixed;
	ck_assert_int_eq(cstn_cost_to_serve_export(state, &with, table, &stream, NULL), CSTN_OK);
	return csv_text(&stream, out);
}

START_TEST(cost_is_the_sum_of_count_times_rate_by_customer_and_segment)
{
	static const cstn_cost_rate rates[] = {{CSTN_COST_DRIVER_ORDERS, 0, 100},
			{CSTN_COST_DRIVER_LINES, 1, 25}, {CSTN_COST_DRIVER_RETURNS, 0, 500}};
	cstn_cost_to_serve *state = counted(HEADER FIRST "9,B,4,4,0,0,8000,-100\n");
	cstn_buffer *held;
	const char *text = table_of(state, rates, 3, NULL, 0, CSTN_COST_TABLE_CUSTOMERS, &held);

	/* customer 7: 200 + 12.5 -> 212.5 -> 212 (half to even) */
	ck_assert_str_eq(csv_cell(text, 1, "customer"), "7");
	ck_assert_str_eq(csv_cell(text, 1, "variable_cost"), "212");
	ck_assert_str_eq(csv_cell(text, 1, "cost_per_order"), "106"); /* 106.25 */
	ck_assert_str_eq(csv_cell(text, 1, "largest_driver"), "orders");
	/* 8: 100 + 2.5 + 500 */
	ck_assert_str_eq(csv_cell(text, 2, "cost"), "602");
	ck_assert_str_eq(csv_cell(text, 2, "share_of_margin"), "1.505");
	/* 602 x 2000 / (1 x 400) */
	ck_assert_str_eq(csv_cell(text, 2, "break_even_order"), "3010");
	ck_assert_str_eq(csv_cell(text, 2, "largest_driver"), "returns");
	ck_assert_str_eq(csv_cell(text, 3, "share_of_margin"), "");
	ck_assert_str_eq(csv_cell(text, 3, "break_even_order"), "");
	cstn_buffer_free(held);
	text = table_of(state, rates, 3, NULL, 0, CSTN_COST_TABLE_SEGMENTS, &held);
	ck_assert_str_eq(csv_cell(text, 1, "customers"), "2");
	/* 815 exactly: not 212 + 602 */
	ck_assert_str_eq(csv_cell(text, 1, "cost"), "815");
	ck_assert_str_eq(csv_cell(text, 1, "currency"), "EUR");
	cstn_buffer_free(held);
	cstn_cost_to_serve_free(state);
}
END_TEST

START_TEST(rounding_is_half_to_even_and_once)
{
	static const struct {
		int64_t lines;
		const char *cost;
	} cases[] = {{1, "0"}, {3, "2"}, {5, "2"}, {7, "4"}, {2, "1"}};
	static const cstn_cost_rate half[] = {{CSTN_COST_DRIVER_LINES, 1, 5}};
	char rows[200];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cstn_cost_to_serve *state;
		cstn_buffer *held;
		const char *text;

		snprintf(rows, sizeof(rows), HEADER "1,A,1,%lld,0,0,0,0\n",
				(long long)cases[i].lines);
		state = counted(rows);
		text = table_of(state, half, 1, NULL, 0, CSTN_COST_TABLE_TOTAL, &held);
		ck_assert_str_eq(csv_cell(text, 1, "cost"), cases[i].cost);
		cstn_buffer_free(held);
		cstn_cost_to_serve_free(state);
	}
}
END_TEST

START_TEST(any_split_and_merge_order_gives_the_same_bytes)
{
	cstn_cost_to_serve *whole = counted(HEADER FIRST SECOND), *one = counted(HEADER FIRST);
	cstn_cost_to_serve *other = counted(HEADER SECOND), *back = counted(HEADER SECOND FIRST);
	cstn_cost_to_serve *read = sealed_copy(&sealed_cost_to_serve, other);

	sealed_expect_equal(&sealed_cost_to_serve, whole, back);
	ck_assert(!sealed_equal(&sealed_cost_to_serve, whole, one));
	ck_assert_int_eq(cstn_cost_to_serve_merge(one, read, NULL), CSTN_OK);
	sealed_expect_equal(&sealed_cost_to_serve, whole, one);
	cstn_cost_to_serve_free(read);
	cstn_cost_to_serve_free(back);
	cstn_cost_to_serve_free(other);
	cstn_cost_to_serve_free(one);
	cstn_cost_to_serve_free(whole);
}
END_TEST

START_TEST(what_is_removed_was_never_there)
{
	cstn_cost_to_serve *state = counted(HEADER FIRST SECOND), *never = counted(HEADER FIRST);
	cstn_cost_to_serve_options options = CSTN_COST_TO_SERVE_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;

	options.flags = CSTN_COST_TO_SERVE_REMOVE;
	csv_rows(&stream, SCHEMA, HEADER SECOND);
	ck_assert_int_eq(cstn_cost_to_serve_update(state, &stream, &options, NULL, NULL), CSTN_OK);
	sealed_expect_equal(&sealed_cost_to_serve, state, never);
	csv_rows(&stream, SCHEMA, HEADER SECOND);
	expect_error(cstn_cost_to_serve_update(state, &stream, &options, NULL, &error),
			CSTN_E_STATE, &error, "does not hold");
	sealed_expect_equal(&sealed_cost_to_serve, state, never);
	cstn_cost_to_serve_free(never);
	cstn_cost_to_serve_free(state);
}
END_TEST

START_TEST(a_fixed_cost_is_shared_out_and_adds_up)
{
	/* 100 by orders over 2, 1, 1, 1, 4 of 9: 22.2, 11.1, 11.1, 11.1, 44.4 */
	static const cstn_fixed_cost fixed[] = {{CSTN_COST_DRIVER_ORDERS, 0, 100}};
	cstn_cost_to_serve *state = counted(HEADER FIRST SECOND);
	cstn_buffer *held;
	const char *text = table_of(state, NULL, 0, fixed, 1, CSTN_COST_TABLE_CUSTOMERS, &held);

	/* 7 has 3 orders in A and 1 without a segment: 33 + 11; 9 takes the rest: 44 + 1 */
	ck_assert_str_eq(csv_cell(text, 1, "fixed_cost"), "44");
	ck_assert_str_eq(csv_cell(text, 2, "fixed_cost"), "11");
	ck_assert_str_eq(csv_cell(text, 3, "fixed_cost"), "45");
	cstn_buffer_free(held);
	text = table_of(state, NULL, 0, fixed, 1, CSTN_COST_TABLE_SEGMENTS, &held);
	ck_assert_str_eq(csv_cell(text, 1, "fixed_cost"), "44");
	ck_assert_str_eq(csv_cell(text, 2, "fixed_cost"), "45");
	ck_assert_str_eq(csv_cell(text, 3, "segment"), "");
	ck_assert_str_eq(csv_cell(text, 3, "fixed_cost"), "11");
	cstn_buffer_free(held);
	text = table_of(state, NULL, 0, fixed, 1, CSTN_COST_TABLE_TOTAL, &held);
	ck_assert_str_eq(csv_cell(text, 1, "fixed_cost"), "100");
	ck_assert_str_eq(csv_cell(text, 1, "customers"), "3");
	cstn_buffer_free(held);
	cstn_cost_to_serve_free(state);
}
END_TEST

START_TEST(parts_rounded_up_never_push_the_largest_below_zero)
{
	/* 6 over ten equal counts: 0.6 each, ten ones, the first would take -4 */
	static const cstn_fixed_cost fixed[] = {{CSTN_COST_DRIVER_ORDERS, 0, 6}};
	cstn_cost_to_serve *state;
	cstn_buffer *held;
	const char *text;
	char rows[600] = HEADER;
	int i;

	for (i = 0; i < 10; i++)
		snprintf(rows + strlen(rows), sizeof(rows) - strlen(rows), "%d,A,1,0,0,0,0,0\n", i);
	state = counted(rows);
	text = table_of(state, NULL, 0, fixed, 1, CSTN_COST_TABLE_CUSTOMERS, &held);
	ck_assert_str_eq(csv_cell(text, 1, "fixed_cost"), "6");
	for (i = 2; i <= 10; i++)
		ck_assert_str_eq(csv_cell(text, i, "fixed_cost"), "0");
	cstn_buffer_free(held);
	cstn_cost_to_serve_free(state);
}
END_TEST

START_TEST(the_drivers_of_a_segment_add_up_to_its_cost)
{
	/* 0.5 + 0.5 + 0.5 = 1.5 -> 2; parts 0, 0, 0: the first largest takes 2 */
	static const cstn_cost_rate rates[] = {{CSTN_COST_DRIVER_ORDERS, 1, 5},
			{CSTN_COST_DRIVER_LINES, 1, 5}, {CSTN_COST_DRIVER_KG_KM, 1, 5}};
	cstn_cost_to_serve *state = counted(HEADER "1,A,1,1,1,0,0,0\n");
	cstn_buffer *held;
	const char *text = table_of(state, rates, 3, NULL, 0, CSTN_COST_TABLE_DRIVERS, &held);
	int i;

	ck_assert_str_eq(csv_cell(text, 1, "driver"), "orders");
	ck_assert_str_eq(csv_cell(text, 1, "variable_cost"), "2");
	ck_assert_str_eq(csv_cell(text, 1, "share_of_cost"), "1");
	for (i = 2; i <= CSTN_COST_DRIVER_COUNT; i++) {
		ck_assert_str_eq(csv_cell(text, i, "driver"), cstn_cost_driver_name(i - 1));
		ck_assert_str_eq(csv_cell(text, i, "variable_cost"), "0");
	}
	cstn_buffer_free(held);
	cstn_cost_to_serve_free(state);
}
END_TEST

START_TEST(a_row_that_breaks_a_rule_is_left_out_and_the_others_are_in)
{
	cstn_cost_to_serve *state = counted(NULL),
			   *others = counted(HEADER "8,A,1,1,50,1,2000,400\n");
	struct ArrowArrayStream stream;
	cstn_row_errors *bad = NULL;
	cstn_row_error first;

	csv_rows(&stream, SCHEMA, HEADER "7,A,-1,5,100,0,1,1\n8,A,1,1,50,1,2000,400\n");
	ck_assert_int_eq(cstn_cost_to_serve_update(state, &stream, NULL, &bad, NULL), CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &first, NULL), CSTN_OK);
	ck_assert_int_eq(first.code, CSTN_ROW_NEGATIVE);
	ck_assert_str_eq(cstn_row_errors_column(bad, 0), "orders");
	sealed_expect_equal(&sealed_cost_to_serve, state, others);
	cstn_row_errors_free(bad);
	cstn_cost_to_serve_free(others);
	cstn_cost_to_serve_free(state);
}
END_TEST

START_TEST(text_ids_take_1_to_64_bytes_and_do_not_mix_with_numbers)
{
	cstn_cost_to_serve *state = counted(NULL), *numbers = counted(HEADER FIRST);
	struct ArrowArrayStream stream;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_buffer *held;
	char rows[300];

	snprintf(rows, sizeof(rows), "customer,orders\n%064d,1\n%065d,1\nb,2\n", 1, 1);
	csv_rows(&stream, "customer text\norders int64\n", rows);
	ck_assert_int_eq(cstn_cost_to_serve_update(state, &stream, NULL, &bad, NULL), CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	cstn_row_errors_free(bad);
	ck_assert_str_eq(csv_cell(table_of(state, NULL, 0, NULL, 0, CSTN_COST_TABLE_TOTAL, &held),
					 1, "customers"),
			"2");
	cstn_buffer_free(held);
	expect_error(cstn_cost_to_serve_merge(state, numbers, &error), CSTN_E_MISMATCH, &error,
			"text");
	cstn_cost_to_serve_free(numbers);
	cstn_cost_to_serve_free(state);
}
END_TEST

START_TEST(money_of_two_currencies_does_not_meet)
{
	cstn_cost_to_serve *euro = counted(HEADER FIRST), *yen = NULL;
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_cost_to_serve_new("JPY", NULL, &yen, NULL), CSTN_OK);
	expect_error(cstn_cost_to_serve_merge(euro, yen, &error), CSTN_E_CURRENCY, &error, "JPY");
	csv_rows(&stream, "customer int64\ncurrency text\n", "customer,currency\n1,EUR\n2,USD\n");
	expect_error(cstn_cost_to_serve_update(euro, &stream, NULL, NULL, &error), CSTN_E_CURRENCY,
			&error, "row 1");
	expect_error(cstn_cost_to_serve_new("EURO", NULL, &yen, &error), CSTN_E_NOT_FOUND, &error,
			"EURO");
	cstn_cost_to_serve_free(yen);
	cstn_cost_to_serve_free(euro);
}
END_TEST

START_TEST(a_sum_beyond_int64_is_an_error_with_the_customer)
{
	cstn_cost_to_serve *state = counted(HEADER "1,A,9223372036854775807,0,0,0,0,0\n");
	cstn_cost_to_serve *more = counted(HEADER "1,A,1,0,0,0,0,0\n");
	static const cstn_cost_rate dear[] = {{CSTN_COST_DRIVER_ORDERS, 0, 2}};
	cstn_cost_rates rates = CSTN_COST_RATES_INIT;
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;

	expect_error(cstn_cost_to_serve_merge(state, more, &error), CSTN_E_OVERFLOW, &error,
			"customer 1");
	rates.rates = dear;
	rates.n_rates = 1;
	expect_error(cstn_cost_to_serve_export(
				     state, &rates, CSTN_COST_TABLE_TOTAL, &stream, &error),
			CSTN_E_OVERFLOW, &error, "cost");
	cstn_cost_to_serve_free(more);
	cstn_cost_to_serve_free(state);
}
END_TEST

START_TEST(rates_that_break_a_rule_are_refused)
{
	static const cstn_cost_rate cases[][2] = {{{-1, 0, 1}, {0, 0, 1}}, {{11, 0, 1}, {0, 0, 1}},
			{{0, 0, 1}, {0, 0, 1}}, {{0, 19, 1}, {1, 0, 1}}, {{0, 0, -1}, {1, 0, 1}}};
	static const cstn_fixed_cost none[] = {{CSTN_COST_DRIVER_CALLS, 0, 5}};
	cstn_cost_to_serve *state = counted(HEADER FIRST);
	cstn_cost_rates rates = CSTN_COST_RATES_INIT;
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;

	rates.n_rates = 2;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		rates.rates = cases[i];
		ck_assert_int_eq(cstn_cost_to_serve_export(state, &rates, CSTN_COST_TABLE_TOTAL,
						 &stream, NULL),
				CSTN_E_INVALID_ARGUMENT);
	}
	rates.n_rates = 0;
	rates.fixed = none;
	rates.n_fixed = 1;
	expect_error(cstn_cost_to_serve_export(
				     state, &rates, CSTN_COST_TABLE_TOTAL, &stream, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "calls");
	cstn_cost_to_serve_free(state);
}
END_TEST

START_TEST(bytes_that_are_damaged_are_refused_at_every_byte)
{
	cstn_cost_to_serve *state = counted(HEADER FIRST SECOND);

	sealed_refuses_damage(&sealed_cost_to_serve, state, 0x40);
	cstn_cost_to_serve_free(state);
}
END_TEST

/* With a checksum that fits, what is inside is looked at: refused, or a state with the same bytes.
 */
START_TEST(bytes_sealed_anew_are_refused_or_are_a_state)
{
	static const uint8_t bits[] = {1, 2, 4, 8, 16, 32, 64, 128};
	cstn_cost_to_serve *state = counted(HEADER FIRST SECOND);

	/* the head, the lengths, the order and the signs */
	ck_assert_uint_gt(sealed_changes_refused(&sealed_cost_to_serve, state, bits, 8, NULL),
			SEALED_HEAD * 8);
	cstn_cost_to_serve_free(state);
}
END_TEST

START_TEST(drivers_have_names_and_nothing_else_has)
{
	ck_assert_str_eq(cstn_cost_driver_name(CSTN_COST_DRIVER_KG_KM), "kg_km");
	ck_assert_str_eq(cstn_cost_driver_name(CSTN_COST_DRIVER_PRICE_HOLDS), "price_holds");
	ck_assert_str_eq(cstn_cost_driver_name(-1), "");
	ck_assert_str_eq(cstn_cost_driver_name(CSTN_COST_DRIVER_COUNT), "");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			cost_is_the_sum_of_count_times_rate_by_customer_and_segment,
			rounding_is_half_to_even_and_once,
			any_split_and_merge_order_gives_the_same_bytes,
			what_is_removed_was_never_there,
			a_fixed_cost_is_shared_out_and_adds_up,
			parts_rounded_up_never_push_the_largest_below_zero,
			the_drivers_of_a_segment_add_up_to_its_cost,
			a_row_that_breaks_a_rule_is_left_out_and_the_others_are_in,
			text_ids_take_1_to_64_bytes_and_do_not_mix_with_numbers,
			money_of_two_currencies_does_not_meet,
			a_sum_beyond_int64_is_an_error_with_the_customer,
			rates_that_break_a_rule_are_refused,
			bytes_that_are_damaged_are_refused_at_every_byte,
			bytes_sealed_anew_are_refused_or_are_a_state,
			drivers_have_names_and_nothing_else_has,
	};

	return run_tests("cost_to_serve", tests, sizeof(tests) / sizeof(*tests));
}
