/* Scores of frames: what tells rules apart, what changes no byte, and what is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/demand_evaluate.h>
#include <constellation/demand_fit.h>

#include "csv_rows.h"
#include "score_rows.h"
#include "suite.h"

START_TEST(the_digest_tells_rules_apart_and_nothing_else)
{
	static const int32_t one[] = {CSTN_METRIC_MAE}, two[] = {CSTN_METRIC_RMSE};
	cstn_score_options options = score_ask(one, 1), other = score_ask(two, 1);
	cstn_buffer *buffer[3];
	const char *rows = SCORE_HEAD "a,3,10,12,8\n";
	char first[65];

	snprintf(first, sizeof(first), "%s",
			csv_cell(score_text(SCORE_ROWS, rows, NULL, NULL, &options, &buffer[0]), 1,
					"definition"));
	other.threads = 2;
	ck_assert_str_eq(first,
			csv_cell(score_text(SCORE_ROWS, rows, NULL, NULL, &other, &buffer[1]), 1,
					"definition"));
	other.flags = CSTN_SCORE_DROP_CENSORED;
	ck_assert_str_ne(first,
			csv_cell(score_text(SCORE_ROWS, rows, NULL, NULL, &other, &buffer[2]), 1,
					"definition"));
	cstn_buffer_free(buffer[0]);
	cstn_buffer_free(buffer[1]);
	cstn_buffer_free(buffer[2]);
}
END_TEST

START_TEST(threads_and_order_of_rows_change_no_byte)
{
	cstn_score_options options = CSTN_SCORE_OPTIONS_INIT;
	char rows[2][8192] = {SCORE_HEAD, SCORE_HEAD}, past[8192] = SCORE_PAST_HEAD;
	size_t used[2] = {strlen(SCORE_HEAD), strlen(SCORE_HEAD)}, at = strlen(SCORE_PAST_HEAD);
	cstn_buffer *buffer[2];
	const char *text[2];
	int i;

	for (i = 0; i < 120; i++) {
		int k = i < 20 ? i : 20 + (i - 20) * 37 % 100;

		used[0] += (size_t)snprintf(rows[0] + used[0], sizeof(rows[0]) - used[0],
				"s%d,%d,%d,%d,%d\n", i % 20, 20 + i / 20, i % 9, i % 7, i % 5);
		used[1] += (size_t)snprintf(rows[1] + used[1], sizeof(rows[1]) - used[1],
				"s%d,%d,%d,%d,%d\n", k % 20, 20 + k / 20, k % 9, k % 7, k % 5);
		at += (size_t)snprintf(past + at, sizeof(past) - at, "s%d,%d,%d\n", i % 20,
				10 + i / 20, i % 13);
	}
	for (i = 0; i < 2; i++) {
		options.threads = 1 + 2 * i;
		options.flags = CSTN_SCORE_BY_SERIES;
		text[i] = score_text(SCORE_ROWS, rows[i], SCORE_PAST, past, &options, &buffer[i]);
	}
	ck_assert_str_eq(text[0], text[1]);
	/* without a word: five measures of one model, two more with a history, of two models */
	ck_assert_str_eq(csv_cell(text[0], 14, "metric"), "bias");
	ck_assert_str_eq(csv_cell(text[0], 15, "unique_id"), "s1");
	cstn_buffer_free(buffer[0]);
	cstn_buffer_free(buffer[1]);
}
END_TEST

START_TEST(bad_rows_leave_out_their_series_and_are_told)
{
	static const int32_t metrics[] = {CSTN_METRIC_MASE};
	cstn_score_options options = score_ask(metrics, 1);
	struct ArrowArrayStream out;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	cstn_buffer *buffer;
	char message[128];
	const char *text;

	ck_assert_int_eq(score_run("unique_id text\nds int64\ncutoff int64\nlevel text\ny double\n"
				   "A double null\n",
					 "unique_id,ds,cutoff,level,y,A\na,3,2,x,1,2\nb,2,2,x,1,2\n"
					 "c,3,2,x,1,\nd,3,2,x,1,2\nd,3,2,x,1,2\ne,3,2,x,1,2\n",
					 SCORE_PAST, SCORE_PAST_HEAD "a,1,1\na,2,3\ne,1,1\ne,1,2\n",
					 &options, &out, &bad, &error),
			CSTN_E_ROWS);
	cstn_error_free(error);
	text = csv_text(&out, &buffer);
	ck_assert_double_eq(csv_number(text, 1, "value"), .5);
	ck_assert_double_eq(csv_number(text, 1, "series"), 1);
	ck_assert_double_eq(csv_number(text, 1, "nulls"), 1);
	cstn_buffer_free(buffer);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 4);
	cstn_row_errors_copy_message(bad, 0, message, sizeof(message));
	ck_assert_str_eq(message,
			"row 1 of 'b', column 'ds': is in the wrong order with another time or "
			"bound");
	cstn_row_errors_copy_message(bad, 1, message, sizeof(message));
	ck_assert_ptr_nonnull(strstr(message, "column 'A'"));
	ck_assert_str_eq(cstn_row_errors_column(bad, 2), "history.ds");
	ck_assert_str_eq(cstn_row_errors_column(bad, 3), "ds");
	cstn_row_errors_free(bad);
}
END_TEST

START_TEST(a_series_of_two_levels_is_left_out)
{
	static const int32_t metrics[] = {CSTN_METRIC_MAE};
	cstn_score_options options = score_ask(metrics, 1);
	struct ArrowArrayStream out;
	cstn_row_errors *bad = NULL;
	cstn_row_error row;

	options.level_column = "level";
	ck_assert_int_eq(
			score_run("unique_id text\nds int64\nlevel text\ny double\nA double\n",
					"unique_id,ds,level,y,A\na,3,x,1,2\na,4,y,1,2\nb,3,x,1,3\n",
					NULL, NULL, &options, &out, &bad, NULL),
			CSTN_E_ROWS);
	out.release(&out);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &row, NULL), CSTN_OK);
	ck_assert_uint_eq(row.row, 1);
	ck_assert_int_eq(row.code, CSTN_ROW_CONFLICT);
	cstn_row_errors_free(bad);
}
END_TEST

START_TEST(what_cannot_be_is_said)
{
	static const int32_t mase[] = {CSTN_METRIC_MASE}, owa[] = {CSTN_METRIC_OWA}, none[] = {19},
			     pinball[] = {CSTN_METRIC_PINBALL}, mae[] = {CSTN_METRIC_MAE};
	static const char *const unknown[] = {"C"}, *const level[] = {"state"},
				 *const odd[] = {"state,,x"};
	const char *rows = SCORE_HEAD "a,3,1,1,1\n";
	cstn_score_options options = score_ask(none, 1);

	score_refused(SCORE_ROWS, rows, NULL, &options, CSTN_E_INVALID_ARGUMENT,
			"metrics[0] is 19 (1 to 18)");
	options = score_ask(mase, 1);
	score_refused(SCORE_ROWS, rows, NULL, &options, CSTN_E_INVALID_ARGUMENT,
			"mase is scaled by the history, and history is NULL");
	options = score_ask(owa, 1);
	score_refused(SCORE_ROWS, rows, NULL, &options, CSTN_E_INVALID_ARGUMENT,
			"owa divides by a reference");
	options.reference = "C";
	score_refused(SCORE_ROWS, rows, SCORE_PAST_HEAD "a,1,1\n", &options, CSTN_E_SCHEMA,
			"no column is a forecast of the reference 'C'");
	options = score_ask(pinball, 1);
	score_refused(SCORE_ROWS, rows, NULL, &options, CSTN_E_SCHEMA,
			"no column is a quantile, which pinball measures");
	options = score_ask(mae, 1);
	options.models = unknown;
	options.n_models = 1;
	score_refused(SCORE_ROWS, rows, NULL, &options, CSTN_E_SCHEMA, "model 'C'");
	options = score_ask(mae, 1);
	options.levels = level;
	options.n_levels = 1;
	score_refused(SCORE_ROWS, rows, NULL, &options, CSTN_E_SCHEMA, "'state' is absent");
	options.levels = odd;
	score_refused(SCORE_ROWS, rows, NULL, &options, CSTN_E_INVALID_ARGUMENT,
			"levels[0] is 'state,,x'");
	options = score_ask(mae, 1);
	options.weighting = CSTN_WEIGHT_UNITS;
	score_refused(SCORE_ROWS, rows, NULL, &options, CSTN_E_INVALID_ARGUMENT,
			"weights are of the history");
	options = score_ask(mae, 1);
	score_refused(SCORE_PAST, SCORE_PAST_HEAD "a,1,1\n", NULL, &options, CSTN_E_SCHEMA,
			"no column has a forecast");
	options = score_ask(mase, 1);
	score_refused("unique_id int64\nds int64\ny double\nA double\n",
			"unique_id,ds,y,A\n1,3,1,1\n", SCORE_PAST_HEAD "a,1,1\n", &options,
			CSTN_E_SCHEMA, "history: column 'unique_id' is text, int64 expected");
}
END_TEST

START_TEST(levels_of_quantiles_are_refused)
{
	static const int32_t metrics[] = {CSTN_METRIC_PINBALL};
	static const char *const levels[] = {""};
	cstn_score_options options = score_ask(metrics, 1);

	options.levels = levels;
	options.n_levels = 1;
	score_refused("unique_id text\nds int64\ny double\nA-q_500000 double\n",
			"unique_id,ds,y,A-q_500000\na,3,1,1\n", NULL, &options,
			CSTN_E_INVALID_ARGUMENT, "quantiles of sums are not sums of quantiles");
}
END_TEST

START_TEST(what_is_beyond_a_double_is_an_error)
{
	static const int32_t metrics[] = {CSTN_METRIC_MSE};
	cstn_score_options options = score_ask(metrics, 1);

	score_refused(SCORE_ROWS, SCORE_HEAD "a,3,1e200,-1e200,1\n", NULL, &options,
			CSTN_E_OVERFLOW, "mse of series 'a' is beyond a double");
}
END_TEST

START_TEST(a_history_that_was_used_up_is_refused)
{
	static const int32_t metrics[] = {CSTN_METRIC_MAE};
	cstn_score_options options = score_ask(metrics, 1);
	struct ArrowArrayStream in, out, history = {0};
	cstn_error *error = NULL;

	csv_rows(&in, SCORE_ROWS, SCORE_HEAD);
	expect_error(cstn_forecast_score(&in, &history, &options, NULL, &out, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "history is released");
	ck_assert_ptr_null(in.release);
}
END_TEST

START_TEST(a_frame_without_rows_has_scores_without_values)
{
	static const int32_t metrics[] = {CSTN_METRIC_MAE};
	static const char *const levels[] = {""};
	cstn_score_options options = score_ask(metrics, 1);
	cstn_buffer *buffer;
	const char *text = score_text(SCORE_ROWS, SCORE_HEAD, NULL, NULL, &options, &buffer);

	ck_assert_str_eq(csv_cell(text, 1, "value"), "");
	ck_assert_str_eq(csv_cell(text, 1, "series"), "0");
	cstn_buffer_free(buffer);
	options.levels = levels;
	options.n_levels = 1;
	text = score_text(SCORE_ROWS, SCORE_HEAD, NULL, NULL, &options, &buffer);
	ck_assert_str_eq(csv_cell(text, 2, "series"), "0");
	cstn_buffer_free(buffer);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {the_digest_tells_rules_apart_and_nothing_else,
			threads_and_order_of_rows_change_no_byte,
			bad_rows_leave_out_their_series_and_are_told,
			a_series_of_two_levels_is_left_out, what_cannot_be_is_said,
			levels_of_quantiles_are_refused, what_is_beyond_a_double_is_an_error,
			a_history_that_was_used_up_is_refused,
			a_frame_without_rows_has_scores_without_values};

	return run_tests("rules of scores", tests, sizeof(tests) / sizeof(tests[0]));
}
