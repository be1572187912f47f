/* Quantiles around forecasts, and how they are calibrated. */
#include <math.h>
#include <string.h>

#include "csv_rows.h"
#include "demand/count.h"
#include "demand/model.h"
#include "demand_rows.h"
#include "suite.h"

/* --- quantiles -------------------------------------------------------------------------------- */

START_TEST(columns_of_quantiles_are_named_by_millionths_behind_the_median)
{
	cstn_demand_model *model = demand_learned(_i ? CSTN_DEMAND_CALIBRATE : 0);
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	struct ArrowArrayStream out;
	cstn_buffer *buffer;
	const char *text, head[] = "unique_id,ds,h,mean,median,q_25000,q_500000,q_900000,q_975000,"
				   "flags\n";
	double mean[28], q[28 * 4];
	int h, k;

	options.horizon = 28;
	options.levels = demand_levels;
	options.n_levels = 4;
	ck_assert_int_eq(cstn_demand_model_forecast(model, NULL, NULL, &options, &out, NULL),
			CSTN_OK);
	text = csv_text(&out, &buffer);
	ck_assert_int_eq(strncmp(text, head, strlen(head)), 0);
	demand_quantiles(model, "s00", mean, q);
	for (h = 0; h < 28; h++) {
		static const char *const names[] = {"q_25000", "q_500000", "q_900000", "q_975000"};

		for (k = 0; k < 4; k++)
			ck_assert_double_eq(csv_number(text, h + 1, names[k]), q[h * 4 + k]);
		ck_assert_double_eq(csv_number(text, h + 1, "median"), q[h * 4 + 1]);
	}
	cstn_buffer_free(buffer);
	cstn_demand_model_free(model);
}
END_TEST

/* A table of shares beside quantiles; free the buffer. */
static const char *table_within(cstn_demand_model *model, cstn_buffer **buffer)
{
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	struct ArrowArrayStream out;

	options.horizon = 28;
	options.flags = CSTN_DEMAND_WITHIN;
	options.levels = demand_levels;
	options.n_levels = 4;
	ck_assert_int_eq(cstn_demand_model_forecast(model, NULL, NULL, &options, &out, NULL),
			CSTN_OK);
	return csv_text(&out, buffer);
}

static const char *const within_names[] = {
		"within_25000", "within_500000", "within_900000", "within_975000"};

START_TEST(shares_beside_quantiles_say_how_much_of_each_lies_below_its_level)
{
	cstn_demand_model *model = demand_learned(_i ? CSTN_DEMAND_CALIBRATE : 0);
	const cstn__demand_series *s = &model->sides[0].series.items[0];
	const char head[] = "unique_id,ds,h,mean,median,q_25000,q_500000,q_900000,q_975000,"
			    "within_25000,within_500000,within_900000,within_975000,flags\n";
	double asked[CSTN__HORIZON_WEEKS * 4], mean[28], q[28 * 4], phi, moved = 0;
	cstn_buffer *buffer;
	const char *text = table_within(model, &buffer);
	int h, k;

	ck_assert_int_eq(strncmp(text, head, strlen(head)), 0);
	demand_quantiles(model, "s00", mean, q);
	phi = cstn__demand_dispersion(s, 0);
	cstn__demand_pool_levels(&model->pools.items[s->pool], demand_levels, 4, asked);
	for (h = 0; h < 28; h++)
		for (k = 0; k < 4; k++) {
			double share = csv_number(text, h + 1, within_names[k]);
			double below, at, u = _i ? asked[h / 7 * 4 + k] : demand_levels[k];

			cstn__count_cdf(mean[h], phi, q[h * 4 + k], &below, &at);
			ck_assert(share >= 0 && share <= 1);
			ck_assert_double_eq_tol(below + share * (at - below), u, 1e-12);
			moved += fabs(u - demand_levels[k]);
		}
	ck_assert(_i ? moved > 0 : moved < 1e-12);
	cstn_buffer_free(buffer);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(shares_of_what_has_no_probability_of_its_own_are_whole)
{
	cstn_demand_model *model = demand_model(0, CSTN_GAP_ERROR);
	cstn_buffer *buffer;
	const char *text;
	int64_t day;

	for (day = 0; day < 60; day++)
		demand_feed_day(model, day,
				_i == 2 ? 4 : (_i ? 1 : 20) + (double)(day * 7 % 11) / 2, 0, -1);
	text = table_within(model, &buffer);
	if (_i == 2) /* never changed: the level itself */
		ck_assert_double_eq(csv_number(text, 1, "within_900000"), .9);
	else
		ck_assert_double_eq(csv_number(text, 1, "within_900000"), 1);
	/* below 0 nothing is forecast, so that 0 has what would lie there */
	if (_i == 1) {
		ck_assert_double_eq(csv_number(text, 1, "q_25000"), 0);
		ck_assert_double_lt(csv_number(text, 1, "within_25000"), 1);
		ck_assert_double_gt(csv_number(text, 1, "within_25000"), .2);
	}
	cstn_buffer_free(buffer);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(median_that_was_not_asked_for_is_no_quantile_column)
{
	cstn_demand_model *model = demand_learned(0);
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	static const double one[] = {.9};
	struct ArrowArrayStream out;
	cstn_buffer *buffer;
	const char *text;

	options.horizon = 1;
	options.levels = one;
	options.n_levels = 1;
	ck_assert_int_eq(cstn_demand_model_forecast(model, NULL, NULL, &options, &out, NULL),
			CSTN_OK);
	text = csv_text(&out, &buffer);
	ck_assert_int_eq(strncmp(text, "unique_id,ds,h,mean,median,q_900000,flags\n", 41), 0);
	cstn_buffer_free(buffer);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(levels_out_of_order_or_out_of_the_unit_are_refused)
{
	static const double bad[][2] = {{0, .5}, {.5, 1}, {.5, .5}, {.9, .1}, {-.1, .5},
			{(double)NAN, .5}, {1e-8, .5}, {.5, .50000001}, {.5, .9999999}};
	cstn_demand_model *model = demand_learned(0);
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	struct ArrowArrayStream out;
	cstn_error *error = NULL;

	options.levels = bad[_i];
	options.n_levels = 2;
	expect_error(cstn_demand_model_forecast(model, NULL, NULL, &options, &out, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "level ");
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(series_that_never_changed_is_forecast_without_doubt)
{
	cstn_demand_model *model = demand_model(0, CSTN_GAP_ERROR);
	double mean[28], q[28 * 4];
	int64_t day;
	int i;

	for (day = 0; day < 40; day++)
		demand_feed_day(model, day, _i ? 7 : 0, 0, -1);
	demand_quantiles(model, "a", mean, q);
	for (i = 0; i < 28 * 4; i++)
		ck_assert_double_eq_tol(q[i], _i ? 7 : 0, 1e-9);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(demand_that_is_no_count_has_normal_quantiles)
{
	cstn_demand_model *model = demand_model(0, CSTN_GAP_ERROR);
	double mean[28], q[28 * 4];
	int64_t day;

	for (day = 0; day < 60; day++)
		demand_feed_day(model, day, 20.5 + (double)(day * 7 % 11), 0, -1);
	demand_quantiles(model, "a", mean, q);
	ck_assert_double_eq_tol(q[1], mean[0], 1e-12);
	ck_assert_double_eq_tol(q[3] - mean[0], mean[0] - q[0], 1e-9);
	ck_assert_double_gt(q[3], mean[0] + 3);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(quantiles_of_counts_are_counts_and_rise)
{
	cstn_demand_model *model = demand_learned(_i ? CSTN_DEMAND_CALIBRATE : 0);
	double mean[28], q[28 * 4];
	int i;

	demand_quantiles(model, "s03", mean, q);
	for (i = 0; i < 28 * 4; i++) {
		ck_assert_double_eq(q[i], floor(q[i]));
		ck_assert(i % 4 == 0 || q[i] >= q[i - 1]);
	}
	cstn_demand_model_free(model);
}
END_TEST

/* --- calibration: the same bytes -------------------------------------------------------------- */

START_TEST(calibration_knows_no_order_of_closing_keys_or_parts)
{
	demand_row *rows = demand_history(8, 150, 9), slice[8 * 150];
	cstn_demand_model *whole = demand_model(CSTN_DEMAND_CALIBRATE, CSTN_GAP_ERROR);
	cstn_demand_model *daily = demand_model(CSTN_DEMAND_CALIBRATE, CSTN_GAP_ERROR);
	double mean[28], q[28 * 4], other[28 * 4];
	size_t day, n;

	demand_feed(whole, rows, 8 * 150, CSTN_DEMAND_WHOLE_PERIODS, NULL);
	for (day = 0; day < 150; day++) {
		n = demand_slice(rows, 8, 150, day, day + 1, 1, slice);
		demand_feed(daily, slice, n, CSTN_DEMAND_WHOLE_PERIODS, NULL);
		if (day % 50 == 20)
			daily = demand_saved(daily);
	}
	demand_expect_same(whole, daily);
	demand_quantiles(whole, "s01", mean, q);
	demand_quantiles(daily, "s01", mean, other);
	ck_assert_mem_eq(q, other, sizeof(q));
	cstn_demand_model_free(whole);
	cstn_demand_model_free(daily);
	free(rows);
}
END_TEST

START_TEST(late_rows_count_once_for_calibration)
{
	uint32_t flags = CSTN_DEMAND_CALIBRATE | CSTN_DEMAND_REPLAY;
	cstn_demand_model *in_time = demand_model(flags, CSTN_GAP_MISSING);
	cstn_demand_model *late = demand_model(flags, CSTN_GAP_MISSING);
	int64_t day;

	for (day = 0; day < 120; day++)
		demand_feed_day(in_time, day, (double)(day * 5 % 7), 0, -1);
	for (day = 0; day < 120; day++) {
		if (day % 9 != 4)
			demand_feed_day(late, day, (double)(day * 5 % 7), 0, -1);
		if (day >= 6 && (day - 6) % 9 == 4)
			demand_feed_day(late, day - 6, (double)((day - 6) * 5 % 7), 0, -1);
	}
	for (day = 114; day < 120; day++)
		if (day % 9 == 4)
			demand_feed_day(late, day, (double)(day * 5 % 7), 0, -1);
	demand_expect_same(in_time, late);
	cstn_demand_model_free(in_time);
	cstn_demand_model_free(late);
}
END_TEST

START_TEST(parts_merge_to_the_calibration_of_the_whole)
{
	demand_row *rows = demand_history(6, 100, 3);
	cstn_demand_model *whole = demand_model(CSTN_DEMAND_CALIBRATE, CSTN_GAP_ERROR);
	cstn_demand_model *part[2];
	size_t i;

	/* nothing is closed, so that no factor ties the parts together */
	demand_feed(whole, rows, 600, 0, NULL);
	for (i = 0; i < 2; i++) {
		part[i] = demand_model(CSTN_DEMAND_CALIBRATE, CSTN_GAP_ERROR);
		demand_feed(part[i], rows + i * 300, 300, 0, NULL);
	}
	ck_assert_int_eq(cstn_demand_model_merge(part[1], part[0], NULL), CSTN_OK);
	demand_expect_same(whole, part[1]);
	cstn_demand_model_free(whole);
	cstn_demand_model_free(part[0]);
	cstn_demand_model_free(part[1]);
	free(rows);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {median_that_was_not_asked_for_is_no_quantile_column,
			demand_that_is_no_count_has_normal_quantiles,
			calibration_knows_no_order_of_closing_keys_or_parts,
			late_rows_count_once_for_calibration,
			parts_merge_to_the_calibration_of_the_whole};
	Suite *suite = suite_create("quantiles");
	TCase *test_case = tcase_create("quantiles");
	size_t i;

	tcase_set_timeout(test_case, 240);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(test_case, tests[i]);
	tcase_add_loop_test(test_case,
			columns_of_quantiles_are_named_by_millionths_behind_the_median, 0, 2);
	tcase_add_loop_test(test_case,
			shares_beside_quantiles_say_how_much_of_each_lies_below_its_level, 0, 2);
	tcase_add_loop_test(
			test_case, shares_of_what_has_no_probability_of_its_own_are_whole, 0, 3);
	tcase_add_loop_test(test_case, levels_out_of_order_or_out_of_the_unit_are_refused, 0, 9);
	tcase_add_loop_test(test_case, series_that_never_changed_is_forecast_without_doubt, 0, 2);
	tcase_add_loop_test(test_case, quantiles_of_counts_are_counts_and_rise, 0, 2);
	suite_add_tcase(suite, test_case);
	return run_suite(suite);
}
