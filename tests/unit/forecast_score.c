/* Scores of frames: means over series, cutoffs and levels, by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/demand_evaluate.h>
#include <constellation/demand_fit.h>

#include "csv_rows.h"
#include "score_rows.h"
#include "suite.h"

/* --- means ------------------------------------------------------------------------------------ */

START_TEST(means_run_over_periods_then_over_series)
{
	static const int32_t metrics[] = {CSTN_METRIC_MAE};
	cstn_score_options options = score_ask(metrics, 1);
	cstn_buffer *buffer;
	/* A: series a errs by 1 twice, b by 4 once */
	const char *text =
			score_text(SCORE_ROWS, SCORE_HEAD "a,5,10,11,10\na,6,10,9,10\nb,5,3,7,2\n",
					NULL, NULL, &options, &buffer);

	ck_assert_str_eq(csv_cell(text, 1, "metric"), "mae");
	ck_assert_str_eq(csv_cell(text, 1, "model"), "A");
	ck_assert_double_eq(csv_number(text, 1, "value"), 2.5);
	ck_assert_str_eq(csv_cell(text, 2, "model"), "B");
	ck_assert_double_eq(csv_number(text, 2, "value"), 0.5);
	ck_assert_double_eq(csv_number(text, 1, "series"), 2);
	ck_assert_double_eq(csv_number(text, 1, "periods"), 3);
	ck_assert_str_eq(csv_cell(text, 1, "weighting"), "none");
	ck_assert_uint_eq(strlen(csv_cell(text, 1, "definition")), 64);
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(a_series_is_what_the_metric_of_arrays_says)
{
	static const int32_t metrics[] = {CSTN_METRIC_MAE, CSTN_METRIC_MSE, CSTN_METRIC_RMSE,
			CSTN_METRIC_SMAPE, CSTN_METRIC_MASE, CSTN_METRIC_RMSSE, CSTN_METRIC_WAPE,
			CSTN_METRIC_BIAS, CSTN_METRIC_VN1, CSTN_METRIC_TRACKING_SIGNAL,
			CSTN_METRIC_COST};
	static const double y[] = {10, 0, 4, 6}, f[] = {8, 0, 5, 9}, past[] = {0, 0, 2, 4, 1, 6};
	cstn_score_options options = score_ask(metrics, 11);
	cstn_forecast_sample sample = CSTN_FORECAST_SAMPLE_INIT;
	cstn_buffer *buffer;
	const char *text;
	size_t i;

	options.season = 2;
	options.under_minor = 30;
	options.over_minor = 7;
	text = score_text("unique_id int64\nds int64\ny double\nA double\n",
			"unique_id,ds,y,A\n7,7,10,8\n7,8,0,0\n7,9,4,5\n7,10,6,9\n",
			"unique_id int64\nds int64\ny double\n",
			"unique_id,ds,y\n7,1,0\n7,2,0\n7,3,2\n7,4,4\n7,5,1\n7,6,6\n", &options,
			&buffer);
	sample.actual = y;
	sample.forecast = f;
	sample.n = 4;
	sample.history = past;
	sample.n_history = 6;
	sample.season = 2;
	sample.under_minor = 30;
	sample.over_minor = 7;
	for (i = 0; i < 11; i++) {
		double expected;

		ck_assert_int_eq(cstn_forecast_metric(metrics[i], &sample, &expected, NULL),
				CSTN_OK);
		ck_assert_double_eq(csv_number(text, (int)i + 1, "value"), expected);
	}
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(training_ends_at_the_cutoff)
{
	static const int32_t metrics[] = {CSTN_METRIC_MASE};
	cstn_score_options options = score_ask(metrics, 1);
	cstn_buffer *buffer;
	const char *text;

	options.flags = CSTN_SCORE_BY_CUTOFF;
	/* steps of 1 up to period 3, of 5 after */
	text = score_text("unique_id text\nds int64\ncutoff int64\ny double\nA double\n",
			"unique_id,ds,cutoff,y,A\na,4,3,8,6\na,6,5,18,12\n", SCORE_PAST,
			SCORE_PAST_HEAD "a,1,1\na,2,2\na,3,3\na,4,8\na,5,13\na,6,18\n", &options,
			&buffer);
	ck_assert_str_eq(csv_cell(text, 1, "cutoff"), "3");
	ck_assert_double_eq(csv_number(text, 1, "value"), 2);
	ck_assert_str_eq(csv_cell(text, 2, "cutoff"), "5");
	ck_assert_double_eq(csv_number(text, 2, "value"), 2);
	ck_assert_str_eq(csv_cell(text, 3, "cutoff"), "");
	ck_assert_double_eq(csv_number(text, 3, "value"), 2);
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(without_a_cutoff_training_ends_where_the_forecast_begins)
{
	static const int32_t metrics[] = {CSTN_METRIC_MASE};
	cstn_score_options options = score_ask(metrics, 1);
	cstn_buffer *buffer;
	const char *text = score_text("unique_id text\nds int64\ny double\nA double\n",
			"unique_id,ds,y,A\na,4,8,6\n", SCORE_PAST,
			SCORE_PAST_HEAD "a,1,1\na,2,2\na,3,3\na,4,800\n", &options, &buffer);

	ck_assert_double_eq(csv_number(text, 1, "value"), 2);
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(a_scale_of_zero_is_a_null_that_is_counted)
{
	static const int32_t metrics[] = {CSTN_METRIC_RMSSE};
	cstn_score_options options = score_ask(metrics, 1);
	cstn_buffer *buffer;
	const char *text = score_text("unique_id text\nds int64\ny double\nA double\n",
			"unique_id,ds,y,A\na,3,5,2\nb,3,5,2\nc,3,5,2\n", SCORE_PAST,
			SCORE_PAST_HEAD "a,1,0\na,2,0\nb,1,1\nb,2,2\n", &options, &buffer);

	ck_assert_double_eq(csv_number(text, 1, "value"), 3);
	ck_assert_double_eq(csv_number(text, 1, "series"), 1);
	ck_assert_double_eq(csv_number(text, 1, "nulls"), 2);
	cstn_buffer_free(buffer);
	text = score_text("unique_id text\nds int64\ny double\nA double\n",
			"unique_id,ds,y,A\nc,3,5,2\n", SCORE_PAST, SCORE_PAST_HEAD "a,1,0\n",
			&options, &buffer);
	ck_assert_str_eq(csv_cell(text, 1, "value"), "");
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(weights_are_units_of_the_last_periods_of_training)
{
	static const int32_t metrics[] = {CSTN_METRIC_MAE};
	cstn_score_options options = score_ask(metrics, 1);
	cstn_buffer *buffer;
	const char *text;
	const char *rows = "unique_id,ds,y,A\na,4,0,1\nb,4,0,2\n";
	const char *past = SCORE_PAST_HEAD "a,1,900\na,2,1\na,3,2\na,4,500\nb,1,0\nb,2,4\nb,3,5\n";

	options.weighting = CSTN_WEIGHT_UNITS;
	options.weight_periods = 2;
	text = score_text("unique_id text\nds int64\ny double\nA double\n", rows, SCORE_PAST, past,
			&options, &buffer);
	ck_assert_double_eq_tol(csv_number(text, 1, "value"), (3 * 1 + 9 * 2) / 12.0, 1e-15);
	ck_assert_str_eq(csv_cell(text, 1, "weighting"), "units");
	cstn_buffer_free(buffer);
	options.weight_periods = 3;
	text = score_text("unique_id text\nds int64\ny double\nA double\n", rows, SCORE_PAST, past,
			&options, &buffer);
	ck_assert_double_eq_tol(csv_number(text, 1, "value"), (903 * 1 + 9 * 2) / 912.0, 1e-15);
	cstn_buffer_free(buffer);
}
END_TEST

/* --- levels ----------------------------------------------------------------------------------- */

/* The competitors' guide of M5: items of $10 and $12 with RMSSE .8 and .7, their sum .77, in two
 * levels: .5 (.8 x 10/22 + .7 x 12/22) + .5 x .77. Histories step by 1, so that RMSSE is the error.
 */
START_TEST(the_worked_case_of_wrmsse_is_the_published_number)
{
	static const int32_t metrics[] = {CSTN_METRIC_RMSSE};
	cstn_score_options options = score_ask(metrics, 1);
	cstn_buffer *buffer;
	const char *text;

	options.weighting = CSTN_WEIGHT_MONEY;
	options.level_column = "level";
	options.flags = CSTN_SCORE_BY_LEVEL;
	text = score_text("unique_id text\nds int64\nlevel text\ny double\nA double\n",
			"unique_id,ds,level,y,A\nall,3,total,9,8.23\none,3,item,5,4.2\n"
			"two,3,item,5,5.7\n",
			"unique_id text\nds int64\ny double\nprice_minor int64\n",
			"unique_id,ds,y,price_minor\none,1,1,0\none,2,2,500\ntwo,1,2,400\n"
			"two,2,1,400\nall,1,3,700\nall,2,4,1\n",
			&options, &buffer);
	ck_assert_str_eq(csv_cell(text, 1, "level"), "total");
	ck_assert_double_eq_tol(csv_number(text, 1, "value"), .77, 1e-12);
	ck_assert_str_eq(csv_cell(text, 2, "level"), "item");
	ck_assert_double_eq_tol(csv_number(text, 2, "value"), .8 * 10 / 22 + .7 * 12 / 22, 1e-12);
	ck_assert_str_eq(csv_cell(text, 3, "level"), "");
	ck_assert_double_eq_tol(csv_number(text, 3, "value"), .75772727, 5e-9);
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(series_are_added_up_to_levels_with_their_histories)
{
	static const int32_t metrics[] = {CSTN_METRIC_RMSSE};
	static const char *const levels[] = {"", "state", "unique_id"};
	static const char *const crossed[] = {"state,unique_id"};
	cstn_score_options options = score_ask(metrics, 1);
	cstn_buffer *buffer;
	const char *text;

	options.levels = levels;
	options.n_levels = 3;
	options.weighting = CSTN_WEIGHT_UNITS;
	options.flags = CSTN_SCORE_BY_LEVEL;
	text = score_text("unique_id text\nds int64\nstate text\ny double\nA double\n",
			"unique_id,ds,state,y,A\na,3,TX,5,7\nb,3,TX,5,4\nc,3,CA,5,5\n", SCORE_PAST,
			SCORE_PAST_HEAD "a,1,1\na,2,2\nb,1,1\nb,2,3\nc,2,4\n", &options, &buffer);
	/* total: history 2, 9, error 1; TX: 2, 5 and error 1, CA has no scale; a: 2 / 1, b: 1 / 2
	 */
	ck_assert_str_eq(csv_cell(text, 1, "level"), "total");
	ck_assert_double_eq_tol(csv_number(text, 1, "value"), 1.0 / 7, 1e-15);
	ck_assert_str_eq(csv_cell(text, 2, "level"), "state");
	ck_assert_double_eq_tol(csv_number(text, 2, "value"), 1.0 / 3, 1e-15);
	ck_assert_double_eq(csv_number(text, 2, "nulls"), 1);
	ck_assert_double_eq_tol(csv_number(text, 3, "value"), (3 * 2 + 4 * .5) / 7, 1e-15);
	ck_assert_double_eq_tol(
			csv_number(text, 4, "value"), (1.0 / 7 + 1.0 / 3 + 8.0 / 7) / 3, 1e-15);
	cstn_buffer_free(buffer);
	options.flags = CSTN_SCORE_BY_SERIES;
	text = score_text("unique_id text\nds int64\nstate text\ny double\nA double\n",
			"unique_id,ds,state,y,A\na,3,T/X,5,7\nb,3,T/X,5,4\nc,3,CA,5,5\n",
			SCORE_PAST, SCORE_PAST_HEAD "a,1,1\na,2,2\n", &options, &buffer);
	ck_assert_str_eq(csv_cell(text, 1, "unique_id"), "total");
	ck_assert_str_eq(csv_cell(text, 2, "unique_id"), "T\\/X");
	ck_assert_str_eq(csv_cell(text, 4, "unique_id"), "a");
	cstn_buffer_free(buffer);
	options.levels = crossed;
	options.n_levels = 1;
	text = score_text("unique_id text\nds int64\nstate text\ny double\nA double\n",
			"unique_id,ds,state,y,A\na,3,T/X,5,7\n", SCORE_PAST,
			SCORE_PAST_HEAD "a,1,1\na,2,2\n", &options, &buffer);
	ck_assert_ptr_nonnull(strstr(text, ",\"state,unique_id\",T\\/X/a,"));
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(a_level_with_a_series_of_other_periods_is_refused)
{
	static const int32_t metrics[] = {CSTN_METRIC_MAE};
	static const char *const levels[] = {""};
	cstn_score_options options = score_ask(metrics, 1);

	options.levels = levels;
	options.n_levels = 1;
	score_refused(SCORE_ROWS, SCORE_HEAD "a,3,1,1,1\na,4,1,1,1\nb,3,1,1,1\n", NULL, &options,
			CSTN_E_INVALID_ARGUMENT,
			"level 'total' adds up series 'a' and 'b', whose forecasts are of other "
			"periods");
}
END_TEST

/* --- quantiles -------------------------------------------------------------------------------- */

START_TEST(quantiles_and_intervals_are_told_by_their_names)
{
	static const int32_t metrics[] = {
			CSTN_METRIC_PINBALL, CSTN_METRIC_COVERAGE, CSTN_METRIC_MSIS};
	cstn_score_options options = score_ask(metrics, 3);
	cstn_buffer *buffer;
	const char *text = score_text("unique_id text\nds int64\ny double\nA-lo-80 double\n"
				      "A-hi-80 double\nA-q_500000 double\n",
			"unique_id,ds,y,A-lo-80,A-hi-80,A-q_500000\na,3,10,6,9,8\n", SCORE_PAST,
			SCORE_PAST_HEAD "a,1,1\na,2,3\n", &options, &buffer);
	static const struct {
		const char *metric, *q;
		double value;
	} rows[] = {{"pinball", "100000", .4}, {"pinball", "900000", .9}, {"pinball", "500000", 1},
			{"pinball", "", 2.3 / 3}, {"coverage", "100000", 0},
			{"coverage", "900000", 0}, {"coverage", "500000", 0},
			{"msis", "200000", (3 + 10) / 2.0}};
	int i;

	for (i = 0; i < 8; i++) {
		ck_assert_str_eq(csv_cell(text, i + 1, "metric"), rows[i].metric);
		ck_assert_str_eq(csv_cell(text, i + 1, "q_ppm"), rows[i].q);
		ck_assert_double_eq_tol(csv_number(text, i + 1, "value"), rows[i].value, 1e-12);
		ck_assert_str_eq(csv_cell(text, i + 1, "model"), "A");
	}
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(a_quantile_of_counts_is_covered_in_part_where_it_came_exactly)
{
	static const int32_t metrics[] = {CSTN_METRIC_U_COVERAGE};
	cstn_score_options options = score_ask(metrics, 1);
	const char *schema = "unique_id text\nds int64\ny double\nA double\nA-q_500000 double\n"
			     "A-within_500000 double\nq_900000 double\nwithin_900000 double\n"
			     "flags int64\n";
	char rows[8192] = "unique_id,ds,y,A,A-q_500000,A-within_500000,q_900000,within_900000,"
			  "flags\n";
	size_t used = strlen(rows);
	cstn_buffer *buffer;
	const char *text;
	int i;

	for (i = 0; i < 200; i++)
		used += (size_t)snprintf(rows + used, sizeof(rows) - used,
				"k%d,%d,2,1,2,.25,3,.5,0\n", i, i);
	snprintf(rows + used, sizeof(rows) - used, "last,1,2,1,2,0,1,1,1\n");
	text = score_text(schema, rows, NULL, NULL, &options, &buffer);
	ck_assert_str_eq(csv_cell(text, 1, "metric"), "u_coverage");
	ck_assert_str_eq(csv_cell(text, 1, "model"), "A");
	ck_assert_str_eq(csv_cell(text, 1, "q_ppm"), "500000");
	/* a quarter of 200 draws, and a stock-out at the quantile */
	ck_assert_double_eq_tol(csv_number(text, 1, "value"), 51.0 / 201, .12);
	ck_assert_double_eq_tol(csv_number(text, 1, "value") * 201,
			round(csv_number(text, 1, "value") * 201), 1e-9);
	ck_assert_str_eq(csv_cell(text, 2, "model"), "quantiles");
	ck_assert_double_eq_tol(csv_number(text, 2, "value"), 200.0 / 201, 1e-12);
	cstn_buffer_free(buffer);
	/* without being asked for, beside the others; no column is a model of its own */
	options.n_metrics = 0;
	options.metrics = NULL;
	text = score_text(schema, rows, NULL, NULL, &options, &buffer);
	ck_assert_ptr_nonnull(strstr(text, "\nu_coverage,A,500000,"));
	ck_assert_ptr_null(strstr(text, "within"));
	cstn_buffer_free(buffer);
	options = score_ask(metrics, 1);
	score_refused("unique_id text\nds int64\ny double\nA-q_500000 double\n",
			"unique_id,ds,y,A-q_500000\na,3,2,2\n", NULL, &options, CSTN_E_SCHEMA,
			"no column is a quantile with its within, which u_coverage measures");
}
END_TEST

START_TEST(bare_quantiles_are_a_model_and_a_percent_may_have_decimals)
{
	static const int32_t metrics[] = {CSTN_METRIC_COVERAGE};
	cstn_score_options options = score_ask(metrics, 1);
	cstn_buffer *buffer;
	const char *text = score_text("unique_id text\nds int64\ny double\nq_975000 double\n"
				      "M-lo-99.5 double\n",
			"unique_id,ds,y,q_975000,M-lo-99.5\na,3,10,12,6\n", NULL, NULL, &options,
			&buffer);

	ck_assert_str_eq(csv_cell(text, 1, "model"), "quantiles");
	ck_assert_str_eq(csv_cell(text, 1, "q_ppm"), "975000");
	ck_assert_double_eq(csv_number(text, 1, "value"), 1);
	ck_assert_str_eq(csv_cell(text, 2, "model"), "M");
	ck_assert_str_eq(csv_cell(text, 2, "q_ppm"), "2500");
	cstn_buffer_free(buffer);
}
END_TEST

/* --- OWA -------------------------------------------------------------------------------------- */

START_TEST(owa_is_of_means_over_series_and_1_for_the_reference)
{
	static const int32_t metrics[] = {CSTN_METRIC_OWA, CSTN_METRIC_SMAPE, CSTN_METRIC_MASE};
	cstn_score_options options = score_ask(metrics, 3);
	cstn_buffer *buffer;
	const char *text;
	double smape[2], mase[2];

	options.reference = "B";
	text = score_text(SCORE_ROWS, SCORE_HEAD "a,3,10,12,8\nb,3,4,4,7\n", SCORE_PAST,
			SCORE_PAST_HEAD "a,1,1\na,2,3\nb,1,2\nb,2,3\n", &options, &buffer);
	smape[0] = csv_number(text, 1, "value");
	smape[1] = csv_number(text, 2, "value");
	mase[0] = csv_number(text, 3, "value");
	mase[1] = csv_number(text, 4, "value");
	ck_assert_double_eq_tol(smape[0], 200 * 2 / 22.0 / 2, 1e-12);
	ck_assert_double_eq_tol(mase[1], (1 + 3) / 2.0, 1e-12);
	ck_assert_str_eq(csv_cell(text, 5, "metric"), "owa");
	ck_assert_double_eq_tol(csv_number(text, 5, "value"),
			(smape[0] / smape[1] + mase[0] / mase[1]) / 2, 1e-12);
	ck_assert_str_eq(csv_cell(text, 6, "model"), "B");
	ck_assert_double_eq(csv_number(text, 6, "value"), 1);
	cstn_buffer_free(buffer);
}
END_TEST

/* --- flags ------------------------------------------------------------------------------------ */

#define FLAGGED "unique_id text\nds int64\ny double\nflags int64\nlimit double null\nA double\n"

START_TEST(a_censored_period_has_no_error_from_its_limit_on)
{
	static const int32_t metrics[] = {CSTN_METRIC_MAE};
	cstn_score_options options = score_ask(metrics, 1);
	/* 9 of a limit of 8: none; 5 of 8: 3; 4 of what was sold, 6: 2; sold and not censored: 1 */
	const char *rows = "unique_id,ds,y,flags,limit,A\na,1,7,1,8,9\na,2,7,1,8,5\na,3,6,1,,4\n"
			   "a,4,6,0,2,7\na,5,0,2,,99\n";
	cstn_buffer *buffer;
	const char *text = score_text(FLAGGED, rows, NULL, NULL, &options, &buffer);

	ck_assert_double_eq(csv_number(text, 1, "value"), (0 + 3 + 2 + 1) / 4.0);
	ck_assert_double_eq(csv_number(text, 1, "periods"), 4);
	ck_assert_double_eq(csv_number(text, 1, "left_out"), 1);
	cstn_buffer_free(buffer);
	options.flags = CSTN_SCORE_DROP_CENSORED;
	text = score_text(FLAGGED, rows, NULL, NULL, &options, &buffer);
	ck_assert_double_eq(csv_number(text, 1, "value"), 1);
	ck_assert_double_eq(csv_number(text, 1, "left_out"), 4);
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(a_flag_of_no_known_bit_is_refused)
{
	static const int32_t metrics[] = {CSTN_METRIC_MAE};
	cstn_score_options options = score_ask(metrics, 1);
	cstn_buffer *buffer;

	(void)score_text(FLAGGED, "unique_id,ds,y,flags,limit,A\na,1,7,31,8,9\n", NULL, NULL,
			&options, &buffer);
	cstn_buffer_free(buffer);
	score_refused(FLAGGED, "unique_id,ds,y,flags,limit,A\na,1,7,32,8,9\n", NULL, &options,
			CSTN_E_INVALID_ARGUMENT, "flags has 32, bits of 31 expected");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {means_run_over_periods_then_over_series,
			a_series_is_what_the_metric_of_arrays_says, training_ends_at_the_cutoff,
			without_a_cutoff_training_ends_where_the_forecast_begins,
			a_scale_of_zero_is_a_null_that_is_counted,
			weights_are_units_of_the_last_periods_of_training,
			the_worked_case_of_wrmsse_is_the_published_number,
			series_are_added_up_to_levels_with_their_histories,
			a_level_with_a_series_of_other_periods_is_refused,
			quantiles_and_intervals_are_told_by_their_names,
			a_quantile_of_counts_is_covered_in_part_where_it_came_exactly,
			bare_quantiles_are_a_model_and_a_percent_may_have_decimals,
			owa_is_of_means_over_series_and_1_for_the_reference,
			a_censored_period_has_no_error_from_its_limit_on,
			a_flag_of_no_known_bit_is_refused};

	return run_tests("forecast scores", tests, sizeof(tests) / sizeof(tests[0]));
}
