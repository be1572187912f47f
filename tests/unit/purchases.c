/* The state of purchases: what it counts, in any split, and what it refuses. */
#include "purchase_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "sealed_bytes.h"
#include "suite.h"

#define DAY CSTN_DAY_US

static void expect_customers(const cstn_purchases *state, int32_t as_of_days, const char *expected)
{
	char *text = rows_customers(state, as_of_days, DAY);

	ck_assert_str_eq(text, expected);
	free(text);
}

static void expect_update(cstn_purchases *state, const purchase_row *rows, size_t n, uint32_t flags,
		cstn_status expected, const char *part)
{
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_purchases *before = sealed_copy(&sealed_purchases, state);

	rows_stream(rows, n, flags, &stream);
	ck_assert_int_eq(cstn_purchases_update(state, &stream, NULL, NULL, &error), expected);
	ck_assert_msg(strstr(cstn_error_message(error), part) != NULL, "%s",
			cstn_error_message(error));
	sealed_expect_equal(&sealed_purchases, before, state);
	cstn_purchases_free(before);
	cstn_error_free(error);
}

/* customer, recency, frequency, monetary, x, tx, T, spend, mean, first, last, first value, gaps */
START_TEST(purchases_of_a_day_are_one_and_the_mean_leaves_the_first_day_out)
{
	const purchase_row rows[] = {{7, 10, 100, 0, 0}, {7, 10, 50, 0, 0}, {7, 13, 300, 0, 0},
			{3, 12, 999, 0, 0}, {7, 14, 100, 0, 0}};
	cstn_purchases *state = rows_state(NULL, rows, 5, 0);

	expect_customers(state, 20,
			"3,8,1,9.99,0,0,8,~,9.99,12,12,9.99,0;"
			"7,6,3,5.5,2,4,10,2,1.8333333333333333,10,14,1.5,1.0986122886681096;");
	cstn_purchases_free(state);
}
END_TEST

START_TEST(a_return_lowers_the_value_and_makes_no_day)
{
	const purchase_row rows[] = {{1, 10, 500, 0, 0}, {1, 11, -200, 0, 0}};
	cstn_purchases *state = rows_state(NULL, rows, 2, 0);

	expect_customers(state, 20, "1,10,1,3,0,0,10,~,3,10,10,5,0;");
	cstn_purchases_free(state);
}
END_TEST

START_TEST(a_return_on_the_first_day_counts_there_in_whatever_order_rows_come)
{
	const purchase_row rows[] = {{1, 10, -200, 0, 0}, {1, 30, 700, 0, 0}, {1, 10, 500, 0, 0},
			{1, 20, -50, 0, 0}};
	const char *expected = "1,10,2,9.5,1,20,30,6.5,4.75,10,30,3,2.995732273553991;";
	size_t k;

	for (k = 0; k < 24; k++) {
		purchase_row mixed[4];
		size_t left[4] = {0, 1, 2, 3}, n = 4, i, at = k;
		cstn_purchases *state;

		for (i = 0; i < 4; i++, n--) {
			size_t pick = at % n;

			at /= n;
			mixed[i] = rows[left[pick]];
			left[pick] = left[n - 1];
		}
		state = rows_state(NULL, mixed, 4, 0);
		expect_customers(state, 40, expected);
		cstn_purchases_free(state);
	}
}
END_TEST

START_TEST(a_row_without_positive_quantity_makes_no_day_and_a_cancelled_one_is_not_there)
{
	const purchase_row rows[] = {{1, 10, 500, 1, 0}, {1, 11, 100, 0, 0}, {1, 12, 900, 5, 1},
			{2, 10, 100, 1, 1}};
	cstn_purchases *state = rows_state(NULL, rows, 4, ROWS_QUANTITY);

	expect_customers(state, 20, "1,10,1,6,0,0,10,~,6,10,10,5,0;");
	cstn_purchases_free(state);
}
END_TEST

START_TEST(the_day_of_a_time_is_that_of_the_offset)
{
	const purchase_row rows[] = {{1, 10, 500, 0, 0}};
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
	cstn_purchases *state;

	config.utc_offset_minutes = 59;
	state = rows_state(&config, rows, 1, ROWS_TIME);
	expect_customers(state, 20, "1,10,1,5,0,0,10,~,5,10,10,5,0;");
	cstn_purchases_free(state);
	config.utc_offset_minutes = 60;
	state = rows_state(&config, rows, 1, ROWS_TIME);
	expect_customers(state, 20, "1,9,1,5,0,0,9,~,5,11,11,5,0;");
	cstn_purchases_free(state);
}
END_TEST

START_TEST(purchases_of_one_week_from_monday_merge_in_periods_of_seven_days)
{
	/* 1970-01-05 is day 4, a Monday */
	const purchase_row rows[] = {{1, 4, 100, 0, 0}, {1, 10, 100, 0, 0}, {1, 11, 300, 0, 0}};
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
	cstn_purchases *state;

	config.period_days = 7;
	state = rows_state(&config, rows, 3, 0);
	expect_customers(state, 18, "1,7,2,5,1,1,2,3,2.5,4,11,2,0;");
	cstn_purchases_free(state);
}
END_TEST

START_TEST(every_row_counts_when_asked_for_and_then_there_are_no_times_for_models)
{
	const purchase_row rows[] = {{1, 12, 100, 0, 0}, {1, 10, 100, 0, 0}, {1, 10, 300, 0, 0}};
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
	cstn_purchases *state;

	config.flags = CSTN_PURCHASES_EACH_ROW;
	state = rows_state(&config, rows, 3, 0);
	expect_customers(state, 20, "1,8,3,5,~,~,~,0.5,1.6666666666666667,10,12,4;");
	cstn_purchases_free(state);
}
END_TEST

START_TEST(days_outside_the_window_are_left_out_and_their_customers_counted)
{
	const purchase_row rows[] = {{1, 9, 100, 0, 0}, {1, 10, 200, 0, 0}, {1, 12, 400, 0, 0},
			{1, 13, 800, 0, 0}, {2, 13, 100, 0, 0}, {3, 11, -100, 0, 0}};
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
	struct ArrowArrayStream stream;
	cstn_purchases *state;
	char *text;

	config.flags = CSTN_PURCHASES_WINDOW;
	config.from_days = 10;
	config.to_days = 12;
	state = rows_state(&config, rows, 6, 0);
	expect_customers(state, 12, "1,0,2,6,1,2,2,4,3,10,12,2,0.6931471805599453;");
	ck_assert_int_eq(cstn_purchases_export(
					 state, CSTN_PURCHASES_TABLE_COUNTS, 12, 0, &stream, NULL),
			CSTN_OK);
	text = rows_show(&stream);
	ck_assert_str_eq(text,
			"customers,1;after_as_of,0;outside_window,1;without_purchase,1;days,2;");
	free(text);
	cstn_purchases_free(state);
}
END_TEST

START_TEST(who_came_after_the_day_is_counted_and_who_bought_on_both_sides_is_an_error)
{
	const purchase_row rows[] = {{1, 9, 100, 0, 0}, {2, 13, 200, 0, 0}, {1, 12, 400, 0, 0}};
	cstn_purchases *state = rows_state(NULL, rows, 3, 0);
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	char *text;

	ck_assert_int_eq(cstn_purchases_export(
					 state, CSTN_PURCHASES_TABLE_COUNTS, 12, 0, &stream, NULL),
			CSTN_OK);
	text = rows_show(&stream);
	ck_assert_str_eq(text,
			"customers,1;after_as_of,1;outside_window,0;without_purchase,0;days,2;");
	free(text);
	ck_assert_int_eq(cstn_purchases_export(state, CSTN_PURCHASES_TABLE_COUNTS, 11, 0, &stream,
					 &error),
			CSTN_E_STATE);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "customer '1'"));
	cstn_error_free(error);
	cstn_purchases_free(state);
}
END_TEST

/* Every split, merged in every order, against one state of all; by_time sorts rows by day. */
static void check_splits(const cstn_purchases_config *config, int by_time, uint32_t flags)
{
	uint64_t round;

	for (round = 0; round < 60; round++) {
		size_t n = 300, parts = 1 + (size_t)(round % 6), i, begin = 0;
		purchase_row *rows = rows_random(round, n, by_time);
		cstn_purchases *all = rows_state(config, rows, n, flags), *state[6];

		for (i = 0; i < parts; i++) {
			size_t end = i + 1 == parts ? n
						    : begin + (size_t)(cstn__random_u64(round + 99,
										       i) %
									      (n - begin + 1));

			state[i] = rows_state(config, rows + begin, end - begin, flags);
			begin = end;
		}
		for (i = parts; i > 1; i--) {
			size_t a = by_time ? i - 2
					   : (size_t)(cstn__random_u64(round + 7, i) % (i - 1));

			if (round & 1) { /* the other way round */
				cstn_purchases *other = state[a];

				state[a] = state[i - 1];
				state[i - 1] = other;
			}
			ck_assert_int_eq(cstn_purchases_merge(state[a], state[i - 1], NULL),
					CSTN_OK);
			cstn_purchases_free(state[i - 1]);
		}
		sealed_expect_equal(&sealed_purchases, all, state[0]);
		cstn_purchases_free(all);
		cstn_purchases_free(state[0]);
		free(rows);
	}
}

START_TEST(any_split_and_order_of_merging_gives_the_same_bytes)
{
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;

	check_splits(&config, 0, _i ? ROWS_TEXT_ID : ROWS_QUANTITY);
	config.flags = CSTN_PURCHASES_WINDOW | (_i ? CSTN_PURCHASES_EACH_ROW : 0);
	config.from_days = -100;
	config.to_days = 300;
	check_splits(&config, 0, ROWS_QUANTITY);
}
END_TEST

START_TEST(stretches_of_time_merge_to_the_same_bytes)
{
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;

	config.ordering = CSTN_ORDERING_BY_TIME;
	config.ids = _i ? CSTN_IDS_DENSE : CSTN_IDS_ANY;
	check_splits(&config, 1, ROWS_QUANTITY);
}
END_TEST

START_TEST(rows_in_several_updates_are_as_rows_in_one)
{
	purchase_row *rows = rows_random(5, 400, 0);
	cstn_purchases *all = rows_state(NULL, rows, 400, 0), *state = rows_state(NULL, rows, 1, 0);
	size_t i;

	for (i = 1; i < 400; i += 57)
		rows_add(state, rows + i, i + 57 < 400 ? 57 : 400 - i, 0);
	sealed_expect_equal(&sealed_purchases, all, state);
	cstn_purchases_free(all);
	cstn_purchases_free(state);
	free(rows);
}
END_TEST

START_TEST(both_orderings_and_kinds_of_id_count_alike)
{
	purchase_row *rows = rows_random(11, 500, 1);
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
	cstn_purchases *none = rows_state(NULL, rows, 500, 0), *by_time, *dense;
	char *text[3], *at, *out;
	size_t i;

	config.ordering = CSTN_ORDERING_BY_TIME;
	by_time = rows_state(&config, rows, 500, 0);
	config.ids = CSTN_IDS_DENSE;
	dense = rows_state(&config, rows, 500, 0);
	text[0] = rows_customers(none, 1000, 0);
	text[1] = rows_customers(by_time, 1000, 0);
	text[2] = rows_customers(dense, 1000, 0);
	/* the gaps, the last column, are there without order only */
	for (at = out = text[0]; *at; at++) {
		char *end = strchr(at, ';'), *comma = end;

		while (*comma != ',')
			comma--;
		memmove(out, at, (size_t)(comma - at));
		out += comma - at;
		*out++ = ';';
		at = end;
	}
	*out = '\0';
	ck_assert_str_eq(text[0], text[1]);
	ck_assert_str_eq(text[1], text[2]);
	for (i = 0; i < 3; i++)
		free(text[i]);
	cstn_purchases_free(none);
	cstn_purchases_free(by_time);
	cstn_purchases_free(dense);
	free(rows);
}
END_TEST

START_TEST(a_purchase_before_the_last_one_breaks_the_promise_and_changes_nothing)
{
	const purchase_row good[] = {{1, 10, 100, 0, 0}, {2, 5, 100, 0, 0}, {1, 12, 100, 0, 0}};
	const purchase_row bad[] = {{2, 9, 100, 0, 0}, {1, 20, 100, 0, 0}, {1, 19, 100, 0, 0}};
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
	cstn_purchases *state;

	config.ordering = CSTN_ORDERING_BY_TIME;
	state = rows_state(&config, good, 3, 0);
	expect_update(state, bad, 3, 0, CSTN_E_NOT_CLUSTERED, "customer '1'");
	rows_add(state, bad, 2, 0);
	cstn_purchases_free(state);
}
END_TEST

START_TEST(states_by_time_touch_in_one_day_at_most)
{
	const purchase_row a[] = {{1, 10, 100, 0, 0}, {1, 12, 100, 0, 0}};
	const purchase_row touching[] = {{1, 12, 50, 0, 0}, {1, 15, 100, 0, 0}};
	const purchase_row over[] = {{1, 11, 50, 0, 0}, {1, 15, 100, 0, 0}};
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
	cstn_purchases *into, *from;
	cstn_error *error = NULL;

	config.ordering = CSTN_ORDERING_BY_TIME;
	into = rows_state(&config, a, 2, 0);
	from = rows_state(&config, over, 2, 0);
	ck_assert_int_eq(cstn_purchases_merge(into, from, &error), CSTN_E_NOT_CLUSTERED);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "customer '1'"));
	cstn_error_free(error);
	cstn_purchases_free(from);
	from = rows_state(&config, touching, 2, 0);
	ck_assert_int_eq(cstn_purchases_merge(into, from, NULL), CSTN_OK);
	expect_customers(into, 20, "1,5,3,3.5,2,5,10,1.25,1.1666666666666667,10,15,1;");
	cstn_purchases_free(from);
	cstn_purchases_free(into);
}
END_TEST

START_TEST(forgotten_customers_leave_the_state_that_never_saw_them)
{
	purchase_row *rows = rows_random(3, 400, 1), *kept = calloc(400, sizeof(*kept));
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
	struct ArrowArrayStream stream;
	cstn_purchases *all, *others;
	const purchase_row gone[] = {{14, 0, 0, 0, 0}, {21, 0, 0, 0, 0}, {1234567, 0, 0, 0, 0}};
	size_t i, n = 0;

	ck_assert_ptr_nonnull(kept);
	for (i = 0; i < 400; i++)
		if (rows[i].customer != 14 && rows[i].customer != 21)
			kept[n++] = rows[i];
	ck_assert_uint_lt(n, 400);
	config.ordering = _i & 1 ? CSTN_ORDERING_BY_TIME : CSTN_ORDERING_NONE;
	config.ids = _i == 1 ? CSTN_IDS_DENSE : CSTN_IDS_ANY;
	all = rows_state(&config, rows, 400, _i & 2 ? ROWS_TEXT_ID : 0);
	others = rows_state(&config, kept, n, _i & 2 ? ROWS_TEXT_ID : 0);
	rows_stream(gone, 3, _i & 2 ? ROWS_TEXT_ID : 0, &stream);
	ck_assert_int_eq(cstn_purchases_remove(all, &stream, NULL), CSTN_OK);
	sealed_expect_equal(&sealed_purchases, all, others);
	rows_stream(rows, 400, _i & 2 ? ROWS_TEXT_ID : 0, &stream);
	ck_assert_int_eq(cstn_purchases_remove(all, &stream, NULL), CSTN_OK);
	cstn_purchases_free(others);
	others = rows_state(&config, kept, 0, 0);
	sealed_expect_equal(&sealed_purchases, all, others);
	cstn_purchases_free(all);
	cstn_purchases_free(others);
	free(rows);
	free(kept);
}
END_TEST

START_TEST(a_null_among_the_forgotten_changes_nothing)
{
	const purchase_row rows[] = {{1, 10, 100, 0, 0}, {-1, 0, 0, 0, 0}};
	cstn_purchases *state = rows_state(NULL, rows, 1, 0), *same = rows_state(NULL, rows, 1, 0);
	struct ArrowArrayStream stream;

	rows_stream(rows, 2, 0, &stream);
	ck_assert_int_eq(cstn_purchases_remove(state, &stream, NULL), CSTN_E_ROWS);
	sealed_expect_equal(&sealed_purchases, state, same);
	cstn_purchases_free(state);
	cstn_purchases_free(same);
}
END_TEST

START_TEST(rows_without_a_customer_are_left_out_and_told)
{
	const purchase_row rows[] = {{1, 10, 100, 0, 0}, {-1, 11, 100, 0, 0}, {1, 12, 100, 0, 0}};
	struct ArrowArrayStream stream;
	cstn_row_errors *bad = NULL;
	cstn_purchases *state = NULL;
	cstn_row_error at;

	ck_assert_int_eq(cstn_purchases_new(NULL, NULL, &state, NULL), CSTN_OK);
	rows_stream(rows, 3, 0, &stream);
	ck_assert_int_eq(cstn_purchases_update(state, &stream, NULL, &bad, NULL), CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &at, NULL), CSTN_OK);
	ck_assert_uint_eq(at.row, 1);
	ck_assert_int_eq(at.code, CSTN_ROW_NULL);
	ck_assert_str_eq(cstn_row_errors_column(bad, 0), "customer");
	cstn_row_errors_free(bad);
	expect_customers(state, 12, "1,0,2,2,1,2,2,1,1,10,12,1,0.6931471805599453;");
	cstn_purchases_free(state);
}
END_TEST

START_TEST(a_dense_id_at_the_limit_is_a_bad_row)
{
	const purchase_row rows[] = {{9, 10, 100, 0, 0}, {10, 11, 100, 0, 0}};
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
	struct ArrowArrayStream stream;
	cstn_purchases *state = NULL;

	config.ids = CSTN_IDS_DENSE;
	config.dense_limit = 10;
	ck_assert_int_eq(cstn_purchases_new(&config, NULL, &state, NULL), CSTN_OK);
	rows_stream(rows, 2, 0, &stream);
	ck_assert_int_eq(cstn_purchases_update(state, &stream, NULL, NULL, NULL), CSTN_E_ROWS);
	expect_customers(state, 12, "9,2,1,1,0,0,2,~,1,10,10,1,0;");
	cstn_purchases_free(state);
}
END_TEST

START_TEST(a_sum_that_leaves_int64_changes_nothing)
{
	const purchase_row rows[] = {{1, 10, INT64_MAX - 5, 0, 0}, {1, 11, 6, 0, 0}};
	cstn_purchases *state = rows_state(NULL, rows, 1, 0);

	expect_update(state, rows + 1, 1, 0, CSTN_E_OVERFLOW, "customer '1'");
	cstn_purchases_free(state);
	ck_assert_int_eq(cstn_purchases_new(NULL, NULL, &state, NULL), CSTN_OK);
	expect_update(state, rows, 2, 0, CSTN_E_OVERFLOW, "customer '1'");
	cstn_purchases_free(state);
}
END_TEST

/* Returns before the first purchase wait for a day that may come; those of customer 1 have got
 * their room when those of customer 2 turn out to leave int64. */
START_TEST(a_merge_that_fails_leaves_no_trace_of_returns_that_wait)
{
	const purchase_row rows[] = {
			{1, 1, -2, 0, 0}, {2, 9, INT64_MAX, 0, 0}, {2, 0, -INT64_MAX, 0, 0}};
	const purchase_row more[] = {
			{1, 3, -5, 0, 0}, {2, 0, -INT64_MAX, 0, 0}, {2, 12, INT64_MAX, 0, 0}};
	cstn_purchases *into = rows_state(NULL, rows, 3, 0);
	cstn_purchases *from = rows_state(NULL, more, 3, 0);
	cstn_purchases *before = rows_state(NULL, rows, 3, 0);
	cstn_error *error = NULL;

	expect_error(cstn_purchases_merge(into, from, &error), CSTN_E_OVERFLOW, &error, "returns");
	sealed_expect_equal(&sealed_purchases, into, before);
	cstn_purchases_free(into);
	cstn_purchases_free(from);
	cstn_purchases_free(before);
}
END_TEST

START_TEST(customers_of_another_type_are_refused)
{
	const purchase_row rows[] = {{1, 10, 100, 0, 0}};
	cstn_purchases *state = rows_state(NULL, rows, 1, 0), *text = rows_state(NULL, rows, 1, 1);

	expect_update(state, rows, 1, ROWS_TEXT_ID, CSTN_E_SCHEMA, "text here");
	ck_assert_int_eq(cstn_purchases_merge(state, text, NULL), CSTN_E_MISMATCH);
	cstn_purchases_free(state);
	cstn_purchases_free(text);
}
END_TEST

START_TEST(a_configuration_out_of_range_is_refused)
{
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
	cstn_purchases *state = NULL;

	if (_i == 0)
		config.ordering = 2;
	else if (_i == 1)
		config.ids = -1;
	else if (_i == 2)
		config.period_days = -1;
	else if (_i == 3)
		config.dense_limit = -1;
	else if (_i == 4)
		config.utc_offset_minutes = 1441;
	else
		config.reserved0 = 1;
	ck_assert_int_eq(cstn_purchases_new(&config, NULL, &state, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(state);
}
END_TEST

START_TEST(states_of_other_configurations_do_not_merge)
{
	const purchase_row rows[] = {{1, 10, 100, 0, 0}};
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
	cstn_purchases *into = rows_state(NULL, rows, 1, 0), *from;

	config.period_days = 7;
	from = rows_state(&config, rows, 1, 0);
	ck_assert_int_eq(cstn_purchases_merge(into, from, NULL), CSTN_E_MISMATCH);
	ck_assert_int_eq(cstn_purchases_merge(into, into, NULL), CSTN_E_INVALID_ARGUMENT);
	cstn_purchases_free(into);
	cstn_purchases_free(from);
}
END_TEST

START_TEST(bytes_read_back_to_a_state_that_goes_on_the_same)
{
	purchase_row *rows = rows_random(21, 400, 1);
	cstn_purchases_config config = CSTN_PURCHASES_CONFIG_INIT;
	cstn_purchases *all, *half, *back;
	uint32_t flags = _i & 4 ? ROWS_TEXT_ID : 0;

	config.ordering = _i & 1;
	config.ids = _i == 1 ? CSTN_IDS_DENSE : CSTN_IDS_ANY;
	config.flags = _i & 2 ? CSTN_PURCHASES_EACH_ROW | CSTN_PURCHASES_WINDOW : 0;
	config.from_days = -50;
	config.to_days = 400;
	config.period_days = _i == 0 ? 7 : 1;
	config.period_origin_days = 7;
	all = rows_state(&config, rows, 400, flags);
	half = rows_state(&config, rows, 200, flags);
	back = sealed_copy(&sealed_purchases, half);
	rows_add(back, rows + 200, 200, flags);
	sealed_expect_equal(&sealed_purchases, all, back);
	cstn_purchases_free(all);
	cstn_purchases_free(half);
	cstn_purchases_free(back);
	free(rows);
}
END_TEST

START_TEST(bytes_cut_or_changed_anywhere_are_refused)
{
	purchase_row *rows = rows_random(2, 60, 0);
	cstn_purchases *state = rows_state(NULL, rows, 60, _i ? ROWS_TEXT_ID : 0);

	sealed_refuses_damage(&sealed_purchases, state, 0x41);
	free(rows);
	cstn_purchases_free(state);
}
END_TEST

int main(void)
{
	const TTest *const plain[] = {
			purchases_of_a_day_are_one_and_the_mean_leaves_the_first_day_out,
			a_return_lowers_the_value_and_makes_no_day,
			a_return_on_the_first_day_counts_there_in_whatever_order_rows_come,
			a_row_without_positive_quantity_makes_no_day_and_a_cancelled_one_is_not_there,
			the_day_of_a_time_is_that_of_the_offset,
			purchases_of_one_week_from_monday_merge_in_periods_of_seven_days,
			every_row_counts_when_asked_for_and_then_there_are_no_times_for_models,
			days_outside_the_window_are_left_out_and_their_customers_counted,
			who_came_after_the_day_is_counted_and_who_bought_on_both_sides_is_an_error,
			rows_in_several_updates_are_as_rows_in_one,
			both_orderings_and_kinds_of_id_count_alike,
			a_purchase_before_the_last_one_breaks_the_promise_and_changes_nothing,
			states_by_time_touch_in_one_day_at_most,
			a_null_among_the_forgotten_changes_nothing,
			rows_without_a_customer_are_left_out_and_told,
			a_dense_id_at_the_limit_is_a_bad_row,
			a_sum_that_leaves_int64_changes_nothing,
			a_merge_that_fails_leaves_no_trace_of_returns_that_wait,
			customers_of_another_type_are_refused,
			states_of_other_configurations_do_not_merge,
	};
	Suite *suite = suite_create("purchases");
	TCase *tests = tcase_create("purchases");
	size_t i;

	tcase_set_timeout(tests, 60);
	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		tcase_add_test(tests, plain[i]);
	tcase_add_loop_test(tests, any_split_and_order_of_merging_gives_the_same_bytes, 0, 2);
	tcase_add_loop_test(tests, stretches_of_time_merge_to_the_same_bytes, 0, 2);
	tcase_add_loop_test(tests, forgotten_customers_leave_the_state_that_never_saw_them, 0, 4);
	tcase_add_loop_test(tests, a_configuration_out_of_range_is_refused, 0, 6);
	tcase_add_loop_test(tests, bytes_read_back_to_a_state_that_goes_on_the_same, 0, 8);
	tcase_add_loop_test(tests, bytes_cut_or_changed_anywhere_are_refused, 0, 2);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
