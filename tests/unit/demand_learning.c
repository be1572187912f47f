/* What rows do to a demand model: flags, gaps, late rows, and rows that break a rule. */
#include <math.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "demand_rows.h"
#include "suite.h"

/* A row of series "a" in pool "p". */
static demand_row at(int64_t ds, double y)
{
	return (demand_row){"a", "p", ds, y, 0, 0, -1, 0};
}

static demand_row flagged(int64_t ds, double y, int flags)
{
	demand_row row = at(ds, y);

	row.flags = flags;
	return row;
}

/* Days [from, to) that sell `y`. */
static void steady(cstn_demand_model *model, int64_t from, int64_t to, double y)
{
	for (; from < to; from++) {
		demand_row row = at(from, y);

		ck_assert_int_eq(demand_feed_one(model, &row, NULL), CSTN_OK);
	}
}

static void feed_one(cstn_demand_model *model, demand_row row)
{
	cstn_error *error = NULL;

	ck_assert_msg(demand_feed_one(model, &row, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
}

/* One row of a frame is left out with this code. */
static void expect_left_out(cstn_demand_model *model, demand_row row, int32_t code)
{
	demand_bad bad;

	demand_feed(model, &row, 1, 0, &bad);
	ck_assert_uint_eq(bad.n, 1);
	ck_assert_int_eq(bad.code, code);
}

/* --- flags ------------------------------------------------------------------------------------ */

START_TEST(closed_and_exceptional_days_are_not_learned_from)
{
	cstn_demand_model *model = demand_model(0, CSTN_GAP_ERROR);

	steady(model, 0, 30, 10);
	feed_one(model, flagged(30, 0, _i ? CSTN_DEMAND_CLOSED : CSTN_DEMAND_EXCEPTIONAL));
	ck_assert_double_eq_tol(demand_next(model, "a", NULL), 10, 1e-9);
	feed_one(model, at(31, 0));
	ck_assert_double_lt(demand_next(model, "a", NULL), 9.9);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(a_stock_out_says_that_demand_was_at_least_so_much)
{
	cstn_demand_model *told = demand_model(0, CSTN_GAP_ERROR);
	cstn_demand_model *silent = demand_model(0, CSTN_GAP_ERROR);
	demand_row row = flagged(60, 4, CSTN_DEMAND_STOCK_OUT);
	int32_t flags = 0;
	int64_t day;

	for (day = 0; day < 60; day++) {
		demand_row usual = at(day, 6 + (double)(day * 5 % 9));

		feed_one(told, usual);
		feed_one(silent, usual);
	}
	row.limit = 4;
	feed_one(told, row);
	row.flags = 0;
	feed_one(silent, row);
	ck_assert_double_gt(demand_next(told, "a", &flags), demand_next(silent, "a", NULL) + .2);
	ck_assert_int_eq(flags & CSTN_DEMAND_FORECAST_CENSORED, CSTN_DEMAND_FORECAST_CENSORED);
	/* nothing to sell says nothing */
	row = flagged(61, 0, CSTN_DEMAND_STOCK_OUT);
	row.limit = 0;
	{
		double before = demand_next(told, "a", NULL);
		demand_row closed = flagged(61, 0, CSTN_DEMAND_CLOSED);
		cstn_demand_model *other = demand_model(0, CSTN_GAP_ERROR);

		ck_assert_int_eq(cstn_demand_model_merge(other, told, NULL), CSTN_OK);
		feed_one(told, row);
		feed_one(other, closed);
		demand_expect_same(told, other);
		ck_assert_double_gt(before, 0);
		cstn_demand_model_free(other);
	}
	cstn_demand_model_free(told);
	cstn_demand_model_free(silent);
}
END_TEST

START_TEST(an_estimate_moves_the_level_by_half)
{
	double moved[2];
	int i;

	for (i = 0; i < 2; i++) {
		cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
		cstn_demand_model *model;

		config.season = 1;
		model = demand_model_of(&config);
		steady(model, 0, 30, 10);
		feed_one(model, flagged(30, 20, i ? CSTN_DEMAND_ESTIMATED : 0));
		moved[i] = demand_next(model, "a", NULL) - 10;
		cstn_demand_model_free(model);
	}
	ck_assert_double_gt(moved[0], 0);
	ck_assert_double_eq_tol(moved[1], moved[0] / 2, 1e-12);
}
END_TEST

START_TEST(returns_are_a_series_of_their_own)
{
	cstn_demand_model *model = demand_model(_i ? CSTN_DEMAND_REPLAY : 0, CSTN_GAP_ERROR);
	cstn_demand_query query = CSTN_DEMAND_QUERY_INIT;
	cstn_demand_size size = {sizeof(size), 0, 0, 0, 0, 0, 0, 0, 0, 0};
	double mean = 0;
	int64_t day;

	steady(model, 0, 30, 10);
	for (day = 0; day < 30; day += 2)
		feed_one(model, flagged(day, -2, CSTN_DEMAND_RETURN));
	ck_assert_double_eq_tol(demand_next(model, "a", NULL), 10, 1e-9);
	query.key = "a";
	query.key_len = 1;
	query.flags = CSTN_DEMAND_RETURNS;
	ck_assert_int_eq(cstn_demand_model_forecast_one(model, &query, &mean, NULL, NULL, NULL),
			CSTN_OK);
	/* two every other day; the days between are zero */
	ck_assert_double_gt(mean, .5);
	ck_assert_double_lt(mean, 1.6);
	ck_assert_int_eq(cstn_demand_model_size(model, &size, NULL), CSTN_OK);
	ck_assert_uint_eq(size.series, 1);
	ck_assert_uint_eq(size.returns, 1);
	model = demand_saved(model);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(net_returns_are_taken_off_their_period)
{
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_demand_model *net, *plain;

	config.flags = CSTN_DEMAND_REPLAY;
	config.returns = CSTN_DEMAND_RETURNS_NET;
	net = demand_model_of(&config);
	plain = demand_model(CSTN_DEMAND_REPLAY, CSTN_GAP_ERROR);
	steady(net, 0, 30, 10);
	feed_one(net, flagged(25, 4, CSTN_DEMAND_RETURN));
	steady(plain, 0, 25, 10);
	feed_one(plain, at(25, 6));
	steady(plain, 26, 30, 10);
	net = demand_saved(net);
	ck_assert_double_eq(demand_next(net, "a", NULL), demand_next(plain, "a", NULL));
	cstn_demand_model_free(net);
	cstn_demand_model_free(plain);
}
END_TEST

/* --- gaps ------------------------------------------------------------------------------------- */

START_TEST(a_gap_is_an_error_or_unknown_or_zeros)
{
	cstn_demand_model *error = demand_model(0, CSTN_GAP_ERROR);
	cstn_demand_model *missing = demand_model(0, CSTN_GAP_MISSING);
	cstn_demand_model *zero = demand_model(0, CSTN_GAP_ZERO);
	cstn_demand_model *zeros = demand_model(0, CSTN_GAP_ZERO);

	steady(error, 0, 20, 10);
	expect_left_out(error, at(21, 10), CSTN_ROW_GAP);
	feed_one(error, at(20, 10));
	steady(missing, 0, 20, 10);
	feed_one(missing, at(25, 10));
	ck_assert_double_eq_tol(demand_next(missing, "a", NULL), 10, 1e-9);
	steady(zero, 0, 20, 10);
	feed_one(zero, at(25, 10));
	steady(zeros, 0, 20, 10);
	steady(zeros, 20, 25, 0);
	feed_one(zeros, at(25, 10));
	ck_assert_double_eq(demand_next(zero, "a", NULL), demand_next(zeros, "a", NULL));
	ck_assert_double_lt(demand_next(zero, "a", NULL), 9);
	/* the longest that is filled */
	feed_one(zero, at(25 + 100001, 1));
	expect_left_out(zero, at(25 + 100001 + 100002, 1), CSTN_ROW_GAP);
	cstn_demand_model_free(error);
	cstn_demand_model_free(missing);
	cstn_demand_model_free(zero);
	cstn_demand_model_free(zeros);
}
END_TEST

/* --- late rows -------------------------------------------------------------------------------- */

#define DAYS 60

/* All rows of two series in an order in which none is more than 27 days late. */
static void shuffled(demand_row *rows, size_t n, uint64_t seed)
{
	size_t i;

	for (i = 0; i < n; i++) {
		size_t j = i + (size_t)(cstn__random_u64(seed, i) % 8);
		demand_row kept = rows[i];

		if (j >= n)
			continue;
		rows[i] = rows[j];
		rows[j] = kept;
	}
}

START_TEST(late_rows_give_the_bytes_of_rows_in_time)
{
	demand_row *history = demand_history(2, DAYS, 20), rows[2 * DAYS];
	cstn_demand_model *in_time = demand_model(CSTN_DEMAND_REPLAY, CSTN_GAP_MISSING);
	cstn_demand_model *late = demand_model(CSTN_DEMAND_REPLAY, CSTN_GAP_MISSING);
	size_t n = demand_slice(history, 2, DAYS, 0, DAYS, 1, rows), i, chunk;

	demand_feed(in_time, rows, n, 0, NULL);
	shuffled(rows + 2, n - 2, (uint64_t)_i);
	for (i = 0; i < n; i += chunk) {
		chunk = 1 + (size_t)(cstn__random_u64(99 + (uint64_t)_i, i) % 9);
		chunk = i + chunk > n ? n - i : chunk;
		demand_feed(late, rows + i, chunk, 0, NULL);
		if (i % 3 == 0)
			late = demand_saved(late);
	}
	demand_expect_same(in_time, late);
	demand_close(in_time, DAYS);
	demand_close(late, DAYS);
	demand_expect_same(in_time, late);
	cstn_demand_model_free(in_time);
	cstn_demand_model_free(late);
	free(history);
}
END_TEST

START_TEST(a_row_before_the_window_is_too_late)
{
	cstn_demand_model *model = demand_model(CSTN_DEMAND_REPLAY, CSTN_GAP_MISSING);

	feed_one(model, at(0, 1));
	feed_one(model, at(100, 1));
	expect_left_out(model, at(72, 1), CSTN_ROW_TOO_LATE);
	feed_one(model, at(73, 1));
	cstn_demand_model_free(model);
	/* without a window all that is not later */
	model = demand_model(0, CSTN_GAP_MISSING);
	steady(model, 0, 10, 1);
	expect_left_out(model, at(8, 1), CSTN_ROW_TOO_LATE);
	expect_left_out(model, at(9, 1), CSTN_ROW_DUPLICATE);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(of_two_rows_of_a_period_the_later_known_counts)
{
	cstn_demand_model *model = demand_model(CSTN_DEMAND_REPLAY, CSTN_GAP_ERROR);
	cstn_demand_model *known = demand_model(CSTN_DEMAND_REPLAY, CSTN_GAP_ERROR);
	demand_row first = at(10, 3), second = at(10, 7);

	first.available = INT64_C(11) * 86400000000;
	second.available = INT64_C(12) * 86400000000;
	steady(model, 0, 10, 5);
	steady(known, 0, 10, 5);
	feed_one(known, second);
	feed_one(model, _i ? second : first);
	feed_one(model, _i ? first : second);
	demand_expect_same(model, known);
	/* the same again is one, another one of the same time contradicts */
	feed_one(model, second);
	demand_expect_same(model, known);
	second.y = 8;
	expect_left_out(model, second, CSTN_ROW_CONFLICT);
	demand_expect_same(model, known);
	cstn_demand_model_free(model);
	cstn_demand_model_free(known);
}
END_TEST

START_TEST(a_final_row_replaces_an_estimate)
{
	cstn_demand_model *model = demand_model(CSTN_DEMAND_REPLAY, CSTN_GAP_ERROR);
	cstn_demand_model *known = demand_model(CSTN_DEMAND_REPLAY, CSTN_GAP_ERROR);

	steady(model, 0, 10, 5);
	steady(known, 0, 10, 5);
	feed_one(known, at(10, 7));
	feed_one(model, _i ? at(10, 7) : flagged(10, 3, CSTN_DEMAND_ESTIMATED));
	feed_one(model, _i ? flagged(10, 3, CSTN_DEMAND_ESTIMATED) : at(10, 7));
	demand_expect_same(model, known);
	demand_close(model, 10);
	demand_close(known, 10);
	demand_expect_same(model, known);
	cstn_demand_model_free(model);
	cstn_demand_model_free(known);
}
END_TEST

/* --- rows that break a rule ------------------------------------------------------------------- */

START_TEST(rows_that_break_a_rule_are_left_out_one_by_one)
{
	cstn_demand_model *model = demand_model(_i ? CSTN_DEMAND_REPLAY : 0, CSTN_GAP_ERROR);
	cstn_demand_model *good = demand_model(_i ? CSTN_DEMAND_REPLAY : 0, CSTN_GAP_ERROR);
	demand_row rows[8];
	demand_bad bad;
	size_t i;

	for (i = 0; i < 8; i++)
		rows[i] = at(0, (double)i);
	rows[0].key = "negative";
	rows[0].y = -1;
	rows[1].key = "flags";
	rows[1].flags = 32;
	rows[2].key = "large";
	rows[2].y = 1.1e300;
	rows[3].key = "limit";
	rows[3].limit = 1e301;
	rows[4].key = "good";
	rows[5].key = "good";
	rows[5].ds = 1;
	rows[6].key = "good";
	rows[6].ds = 2;
	rows[6].pool = "q"; /* another pool than before */
	rows[7].key = "good";
	rows[7].ds = 2;
	demand_feed(model, rows, 8, 0, &bad);
	ck_assert_uint_eq(bad.n, 5);
	ck_assert_int_eq(bad.code, CSTN_ROW_NEGATIVE);
	rows[6] = rows[7];
	demand_feed(good, rows + 4, 3, 0, NULL);
	demand_expect_same(model, good);
	cstn_demand_model_free(model);
	cstn_demand_model_free(good);
}
END_TEST

START_TEST(a_row_by_itself_says_which_rule_it_breaks)
{
	cstn_demand_model *model = demand_model(0, CSTN_GAP_ERROR);
	demand_row row = at(0, (double)NAN);
	cstn_error *error = NULL;

	expect_error(demand_feed_one(model, &row, &error), CSTN_E_ROWS, &error, "y: NaN");
	row.y = (double)INFINITY;
	expect_error(demand_feed_one(model, &row, &error), CSTN_E_ROWS, &error, "y: ");
	row.y = -1;
	expect_error(demand_feed_one(model, &row, &error), CSTN_E_ROWS, &error, "negative");
	row.y = 1;
	row.flags = 64;
	expect_error(demand_feed_one(model, &row, &error), CSTN_E_ROWS, &error, "flags: ");
	row.flags = 0;
	row.event = 2;
	expect_error(demand_feed_one(model, &row, &error), CSTN_E_INVALID_ARGUMENT, &error,
			"events");
	row.event = 0;
	row.key = "";
	expect_error(demand_feed_one(model, &row, &error), CSTN_E_INVALID_ARGUMENT, &error,
			"key has 0 bytes");
	row.key = "\xff";
	expect_error(demand_feed_one(model, &row, &error), CSTN_E_INVALID_ARGUMENT, &error,
			"UTF-8");
	expect_error(cstn_demand_model_close_period(model, 0, &error), CSTN_E_STATE, &error,
			"no rows");
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(frames_that_lack_a_column_or_change_a_type_are_refused)
{
	cstn_demand_model *model = demand_model(0, CSTN_GAP_ERROR);
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;

	csv_rows(&rows, "unique_id text\nds date\ny double\npool text\n",
			"unique_id,ds,y,pool\na,2024-01-01,1,p\n");
	expect_error(cstn_demand_model_update(model, &rows, NULL, NULL, &error), CSTN_E_SCHEMA,
			&error, "fair");
	/* what failed leaves no type behind */
	csv_rows(&rows, "unique_id text\nds int64\ny double\npool text\nfair int64\n",
			"unique_id,ds,y,pool,fair\na,1,-1,p,0\n");
	ck_assert_int_ne(cstn_demand_model_update(model, &rows, NULL, NULL, NULL), CSTN_OK);
	steady(model, 0, 3, 1);
	csv_rows(&rows, "unique_id int64\nds date\ny double\npool text\nfair int64\n",
			"unique_id,ds,y,pool,fair\n1,2024-01-01,1,p,0\n");
	expect_error(cstn_demand_model_update(model, &rows, NULL, NULL, &error), CSTN_E_SCHEMA,
			&error, "unique_id");
	csv_rows(&rows, "unique_id text\nds int64\ny double\npool text\nfair int64\n",
			"unique_id,ds,y,pool,fair\na,1,1,p,0\n");
	expect_error(cstn_demand_model_update(model, &rows, NULL, NULL, &error), CSTN_E_SCHEMA,
			&error, "'ds'");
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(configurations_and_questions_out_of_bounds_are_refused)
{
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_demand_model *model = NULL;
	cstn_demand_query query = CSTN_DEMAND_QUERY_INIT;
	cstn_error *error = NULL;
	double mean[2];

	config.season = 367;
	expect_error(cstn_demand_model_new(&config, NULL, &model, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "season is 367");
	config.season = 366;
	config.returns = CSTN_DEMAND_RETURNS_NET;
	expect_error(cstn_demand_model_new(&config, NULL, &model, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "REPLAY");
	config.returns = 0;
	config.replay_periods = 3;
	expect_error(cstn_demand_model_new(&config, NULL, &model, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "replay_periods");
	ck_assert_ptr_null(model);
	model = demand_model(0, CSTN_GAP_ERROR);
	query.key = "a";
	query.key_len = 1;
	expect_error(cstn_demand_model_forecast_one(model, &query, mean, NULL, NULL, &error),
			CSTN_E_STATE, &error, "no rows");
	steady(model, 0, 3, 1);
	query.horizon = 1025;
	expect_error(cstn_demand_model_forecast_one(model, &query, mean, NULL, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "horizon is 1025");
	query.horizon = 2;
	query.key = NULL;
	expect_error(cstn_demand_model_forecast_one(model, &query, mean, NULL, NULL, &error),
			CSTN_E_SCHEMA, &error, "text");
	cstn_demand_model_free(model);
}
END_TEST

/* --- drift ------------------------------------------------------------------------------------ */

static double noisy(int64_t day)
{
	return 10 + (double)(day * 7 % 5) - 2;
}

START_TEST(after_a_shift_the_alarm_rings_and_levels_hasten)
{
	cstn_demand_model *watched = demand_model(CSTN_DEMAND_DRIFT, CSTN_GAP_ERROR);
	cstn_demand_model *plain = demand_model(0, CSTN_GAP_ERROR);
	int32_t flags = 0;
	int64_t day;

	for (day = 0; day < 100; day++) {
		feed_one(watched, at(day, noisy(day)));
		feed_one(plain, at(day, noisy(day)));
		(void)demand_next(watched, "a", &flags);
		ck_assert_int_eq(flags & CSTN_DEMAND_FORECAST_DRIFT, 0);
	}
	for (; day < 112; day++) {
		feed_one(watched, at(day, noisy(day) + 20));
		feed_one(plain, at(day, noisy(day) + 20));
	}
	ck_assert_double_gt(demand_next(watched, "a", &flags), demand_next(plain, "a", NULL) + 1);
	ck_assert_int_eq(flags & CSTN_DEMAND_FORECAST_DRIFT, CSTN_DEMAND_FORECAST_DRIFT);
	cstn_demand_model_free(watched);
	cstn_demand_model_free(plain);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("demand learning");
	TCase *tc = tcase_create("demand learning");

	tcase_set_timeout(tc, 240);
	tcase_add_loop_test(tc, closed_and_exceptional_days_are_not_learned_from, 0, 2);
	tcase_add_test(tc, a_stock_out_says_that_demand_was_at_least_so_much);
	tcase_add_test(tc, an_estimate_moves_the_level_by_half);
	tcase_add_loop_test(tc, returns_are_a_series_of_their_own, 0, 2);
	tcase_add_test(tc, net_returns_are_taken_off_their_period);
	tcase_add_test(tc, a_gap_is_an_error_or_unknown_or_zeros);
	tcase_add_loop_test(tc, late_rows_give_the_bytes_of_rows_in_time, 0, 4);
	tcase_add_test(tc, a_row_before_the_window_is_too_late);
	tcase_add_loop_test(tc, of_two_rows_of_a_period_the_later_known_counts, 0, 2);
	tcase_add_loop_test(tc, a_final_row_replaces_an_estimate, 0, 2);
	tcase_add_loop_test(tc, rows_that_break_a_rule_are_left_out_one_by_one, 0, 2);
	tcase_add_test(tc, a_row_by_itself_says_which_rule_it_breaks);
	tcase_add_test(tc, frames_that_lack_a_column_or_change_a_type_are_refused);
	tcase_add_test(tc, configurations_and_questions_out_of_bounds_are_refused);
	tcase_add_test(tc, after_a_shift_the_alarm_rings_and_levels_hasten);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
