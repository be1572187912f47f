/* The ledger of who added value: cells by hand, splits, bytes, and what is refused. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/demand_evaluate.h>

#include "csv_rows.h"
#include "sealed_bytes.h"
#include "suite.h"

#define SCHEMA                                                                                \
	"unique_id text\nds date\nlag int32\nauthor text null\ny double\nnaive double null\n" \
	"model double null\nplanner double null\nplanner_available_us int64 null\n"
#define HEAD "unique_id,ds,lag,author,y,naive,model,planner,planner_available_us\n"
/* 2025-01-01 is day 20089 */
#define BEGIN "1735689600000000"
#define LATE "1735689600000001"

#define ROWS                                              \
	HEAD "a,2025-01-01,1,buyer,10,8,9,12," BEGIN "\n" \
	     "b,2025-01-01,2,seller,10,14,11,10,\n"       \
	     "c,2025-01-01,1,,10,10,13,13," LATE "\n"     \
	     "d,2025-01-01,1,buyer,20,,18,9,\n"

static const char *const steps[] = {"naive", "model", "planner"};

static cstn_value_added *ledger_by(const char *rows, int32_t loss)
{
	cstn_value_added_config config = CSTN_VALUE_ADDED_CONFIG_INIT;
	struct ArrowArrayStream in;
	cstn_value_added *state;
	cstn_error *error = NULL;
	cstn_status status;

	config.steps = steps;
	config.n_steps = 3;
	config.under_minor = 100;
	config.over_minor = 10;
	config.loss = loss;
	ck_assert_int_eq(cstn_value_added_new(&config, NULL, &state, NULL), CSTN_OK);
	if (rows) {
		csv_rows(&in, SCHEMA, rows);
		status = cstn_value_added_update(state, &in, NULL, NULL, &error);
		ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	}
	return state;
}

static cstn_value_added *ledger_of(const char *rows)
{
	return ledger_by(rows, 0);
}

static const char *table(const cstn_value_added *state, uint32_t by, cstn_buffer **buffer)
{
	struct ArrowArrayStream out;

	ck_assert_int_eq(cstn_value_added_result(state, by, &out, NULL), CSTN_OK);
	return csv_text(&out, buffer);
}

static double cell(const char *text, int row, const char *column)
{
	const char *found = csv_cell(text, row, column);

	return *found ? atof(found) : (double)NAN;
}

START_TEST(each_step_is_measured_against_the_one_before_it)
{
	cstn_value_added *state = ledger_of(ROWS);
	cstn_buffer *buffer;
	const char *text = table(state, 0, &buffer);

	/* naive: errors 2, 4, 0 */
	ck_assert_str_eq(csv_cell(text, 1, "step"), "naive");
	ck_assert_double_eq(cell(text, 1, "cells"), 3);
	ck_assert_double_eq(cell(text, 1, "loss"), 2);
	ck_assert_str_eq(csv_cell(text, 1, "value_added"), "");
	ck_assert_str_eq(csv_cell(text, 1, "money"), "");
	/* model: 1, 1, 3 against 2, 4, 0; and 2 without a step before it */
	ck_assert_double_eq(cell(text, 2, "cells"), 4);
	ck_assert_double_eq(cell(text, 2, "paired"), 3);
	ck_assert_double_eq(cell(text, 2, "improved"), 2);
	ck_assert_double_eq(cell(text, 2, "worsened"), 1);
	ck_assert_double_eq(cell(text, 2, "before"), 2);
	ck_assert_double_eq_tol(cell(text, 2, "after"), 5 / 3.0, 1e-15);
	ck_assert_double_eq_tol(cell(text, 2, "value_added"), 1 / 3.0, 1e-15);
	ck_assert_double_eq_tol(cell(text, 2, "bias"), (-1 + 1 + 3 - 2) / 4.0, 1e-15);
	/* naive costs 200, 40 and 0; model 100, 10 and 30 */
	ck_assert_double_eq(cell(text, 2, "money"), 100);
	ck_assert_double_eq_tol(cell(text, 2, "share"), 2 / 3.0, 1e-15);
	ck_assert_double_eq_tol(cell(text, 2, "share_low"), 0.2076596008, 1e-9);
	ck_assert_double_eq_tol(cell(text, 2, "share_high"), 0.9385080553, 1e-9);
	/* planner: 2, 0, 11 against 1, 1, 2; the one of c came late */
	ck_assert_double_eq(cell(text, 3, "cells"), 3);
	ck_assert_double_eq_tol(cell(text, 3, "value_added"), (4 - 13) / 3.0, 1e-15);
	ck_assert_double_eq(cell(text, 3, "units"), 40);
	cstn_buffer_free(buffer);
	cstn_value_added_free(state);
}
END_TEST

START_TEST(squares_are_the_loss_where_they_are_asked_for)
{
	cstn_value_added *state = ledger_by(ROWS, CSTN_METRIC_MSE);
	cstn_buffer *buffer;
	const char *text = table(state, 0, &buffer);

	/* naive: errors 2, 4, 0; model 1, 1, 3 against these, and 2 */
	ck_assert_double_eq_tol(cell(text, 1, "loss"), 20 / 3.0, 1e-15);
	ck_assert_double_eq_tol(cell(text, 2, "loss"), 15 / 4.0, 1e-15);
	ck_assert_double_eq_tol(cell(text, 2, "before"), 20 / 3.0, 1e-15);
	ck_assert_double_eq_tol(cell(text, 2, "after"), 11 / 3.0, 1e-15);
	ck_assert_double_eq_tol(cell(text, 2, "value_added"), 3, 1e-15);
	ck_assert_double_eq(cell(text, 2, "improved"), 2);
	ck_assert_double_eq(cell(text, 2, "money"), 100); /* as with any loss */
	cstn_buffer_free(buffer);
	cstn_value_added_free(state);
}
END_TEST

START_TEST(adjustments_are_told_apart_by_size_author_and_lag)
{
	cstn_value_added *state = ledger_of(ROWS);
	cstn_buffer *buffer;
	const char *text = table(state, 7, &buffer);
	int row;

	for (row = 1; strcmp(csv_cell(text, row, "step"), "planner") != 0; row++)
		;
	/* 18 to 9 is half, which is the last class; 9 to 12 a third up */
	ck_assert_str_eq(csv_cell(text, row, "lag"), "1");
	ck_assert_str_eq(csv_cell(text, row, "direction"), "down");
	ck_assert_str_eq(csv_cell(text, row, "size_from"), "0.5");
	ck_assert_str_eq(csv_cell(text, row, "size_to"), "");
	ck_assert_str_eq(csv_cell(text, row, "author"), "buyer");
	ck_assert_double_eq(cell(text, row, "value_added"), -9);
	ck_assert_str_eq(csv_cell(text, row + 1, "direction"), "up");
	ck_assert_str_eq(csv_cell(text, row + 1, "size_from"), "0.25");
	ck_assert_str_eq(csv_cell(text, row + 1, "size_to"), "0.5");
	ck_assert_str_eq(csv_cell(text, row + 2, "lag"), "2");
	ck_assert_str_eq(csv_cell(text, row + 2, "author"), "seller");
	ck_assert_str_eq(csv_cell(text, row + 2, "size_from"), "0");
	cstn_buffer_free(buffer);
	cstn_value_added_free(state);
}
END_TEST

START_TEST(a_forecast_that_came_a_microsecond_late_is_listed_and_not_scored)
{
	cstn_value_added *state = ledger_of(ROWS);
	cstn_buffer *buffer;

	ck_assert_str_eq(table(state, CSTN_VALUE_ADDED_LATE, &buffer),
			"unique_id,ds,lag,step,available_us,cut_us\n"
			"c,2025-01-01,1,planner," LATE "," BEGIN "\n");
	cstn_buffer_free(buffer);
	cstn_value_added_free(state);
}
END_TEST

/* Line `i` of the rows, behind a header. */
static char *line(int i)
{
	static char text[256];
	const char *at = strchr(ROWS, '\n') + 1;

	for (; i; i--)
		at = strchr(at, '\n') + 1;
	snprintf(text, sizeof(text), HEAD "%.*s", (int)(strchr(at, '\n') - at + 1), at);
	return text;
}

START_TEST(any_split_and_order_of_merging_has_the_same_bytes)
{
	static const int orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}};
	cstn_value_added *whole = ledger_of(ROWS);
	size_t o;
	int i;

	for (o = 0; o < 3; o++) {
		cstn_value_added *sum = ledger_of(NULL);

		for (i = 0; i < 4; i++) {
			cstn_value_added *part = ledger_of(line(orders[o][i]));
			cstn_value_added *copy = sealed_copy(&sealed_value_added, part);

			ck_assert_int_eq(cstn_value_added_merge(sum, copy, NULL), CSTN_OK);
			cstn_value_added_free(copy);
			cstn_value_added_free(part);
		}
		sealed_expect_equal(&sealed_value_added, whole, sum);
		cstn_value_added_free(sum);
	}
	cstn_value_added_free(whole);
}
END_TEST

START_TEST(damaged_bytes_are_refused)
{
	static const uint8_t flips[] = {1, 0x80, 0xff};
	cstn_value_added *state = ledger_of(ROWS);
	cstn_value_added *empty = ledger_of(NULL);

	cstn_value_added_free(sealed_copy(&sealed_value_added, state));
	cstn_value_added_free(sealed_copy(&sealed_value_added, empty));
	sealed_refuses_damage(&sealed_value_added, empty, 1);
	ck_assert_uint_gt(sealed_changes_refused(&sealed_value_added, empty, flips, 3, NULL), 100);
	cstn_value_added_free(state);
	cstn_value_added_free(empty);
}
END_TEST

START_TEST(other_ledgers_do_not_merge)
{
	cstn_value_added *state = ledger_of(ROWS), *usual;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_value_added_new(NULL, NULL, &usual, NULL), CSTN_OK);
	expect_error(cstn_value_added_merge(state, usual, &error), CSTN_E_MISMATCH, &error,
			"other configurations");
	expect_error(cstn_value_added_merge(state, state, &error), CSTN_E_INVALID_ARGUMENT, &error,
			"one state");
	cstn_value_added_free(usual);
	cstn_value_added_free(state);
}
END_TEST

START_TEST(bad_rows_are_left_out_alone)
{
	cstn_value_added *state = ledger_of(NULL);
	struct ArrowArrayStream in;
	cstn_row_errors *bad = NULL;
	cstn_buffer *buffer;

	csv_rows(&in, SCHEMA,
			HEAD "a,2025-01-01,1,x,10,8,9,1e151,\nb,2025-01-01,1,x,1e150,8,9,12,\n");
	ck_assert_int_eq(cstn_value_added_update(state, &in, NULL, &bad, NULL), CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	ck_assert_str_eq(cstn_row_errors_column(bad, 0), "planner");
	ck_assert_double_eq(cell(table(state, 0, &buffer), 1, "cells"), 1);
	cstn_buffer_free(buffer);
	cstn_row_errors_free(bad);
	cstn_value_added_free(state);
}
END_TEST

START_TEST(what_cannot_be_is_said)
{
	static const char *const twice[] = {"a", "b", "a"};
	static const int32_t falling[] = {5, 5};
	cstn_value_added_config config = CSTN_VALUE_ADDED_CONFIG_INIT;
	cstn_value_added *state = ledger_of(ROWS), *out = NULL;
	struct ArrowArrayStream in, stream;
	cstn_error *error = NULL;

	config.steps = twice;
	config.n_steps = 3;
	expect_error(cstn_value_added_new(&config, NULL, &out, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "steps[2] is 'a', as is steps[0]");
	config.n_steps = 1;
	expect_error(cstn_value_added_new(&config, NULL, &out, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "n_steps is 1 (2 to 16, 0 without steps)");
	config.n_steps = 2;
	config.loss = CSTN_METRIC_SMAPE;
	expect_error(cstn_value_added_new(&config, NULL, &out, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "loss is 4");
	config.loss = CSTN_METRIC_MSE;
	config.sizes_ppm = falling;
	config.n_sizes = 2;
	expect_error(cstn_value_added_new(&config, NULL, &out, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "sizes_ppm[1] is 5; above 0 and ascending expected");
	expect_error(cstn_value_added_result(state, 16, &stream, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "by is 0x10");
	expect_error(cstn_value_added_result(state, 9, &stream, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "by is 0x9");
	csv_rows(&in,
			"unique_id int64\nds date\ny double\nnaive double\nmodel double\nplanner "
			"double\n",
			"unique_id,ds,y,naive,model,planner\n1,2025-01-01,1,1,1,1\n");
	expect_error(cstn_value_added_update(state, &in, NULL, NULL, &error), CSTN_E_SCHEMA, &error,
			"unique_id is int64 and ds is date, text and date in the rows before");
	csv_rows(&in, "unique_id text\nds date\ny double\nnaive double\n",
			"unique_id,ds,y,naive\n1,2025-01-01,1,1\n");
	expect_error(cstn_value_added_update(state, &in, NULL, NULL, &error), CSTN_E_SCHEMA, &error,
			"'model' is absent");
	ck_assert_ptr_null(out);
	cstn_value_added_free(state);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {each_step_is_measured_against_the_one_before_it,
			squares_are_the_loss_where_they_are_asked_for,
			adjustments_are_told_apart_by_size_author_and_lag,
			a_forecast_that_came_a_microsecond_late_is_listed_and_not_scored,
			any_split_and_order_of_merging_has_the_same_bytes,
			damaged_bytes_are_refused, other_ledgers_do_not_merge,
			bad_rows_are_left_out_alone, what_cannot_be_is_said};

	return run_tests("value added", tests, sizeof(tests) / sizeof(tests[0]));
}
