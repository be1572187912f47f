/* The signal model under rows, options and bytes that break rules, and under odd series. */
#include <math.h>
#include <stdio.h>

#include "csv_rows.h"
#include "online_rows.h"
#include "sealed_bytes.h"
#include "suite.h"

#define DAYS 60

static cstn_signal_model *of(
		const cstn_signal_model_config *config, cstn_status expected, const char *part)
{
	cstn_signal_model *model = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_signal_model_new(config, NULL, &model, &error);

	if (expected == CSTN_OK) {
		ck_assert_int_eq(status, CSTN_OK);
		return model;
	}
	expect_error(status, expected, &error, part);
	ck_assert_ptr_null(model);
	return NULL;
}

START_TEST(configurations_out_of_range_are_refused)
{
	static const cstn_regress_signal twice[] = {{"a", 0, 0}, {"a", 0, 0}},
					 next = {"a", CSTN_REGRESS_NEXT, 0}, nameless = {"", 0, 0};
	cstn_signal_model_config config = CSTN_SIGNAL_MODEL_CONFIG_INIT;

#define REFUSED(field, value, status, part)              \
	do {                                             \
		cstn_signal_model_config other = config; \
		other.field = (value);                   \
		of(&other, status, part);                \
	} while (0)
	REFUSED(flags, 16, CSTN_E_INVALID_ARGUMENT, "flags");
	REFUSED(period, 8, CSTN_E_INVALID_ARGUMENT, "period is 8");
	REFUSED(period, -1, CSTN_E_INVALID_ARGUMENT, "period is -1");
	REFUSED(gap, CSTN_GAP_ZERO, CSTN_E_INVALID_ARGUMENT, "gap is 1");
	REFUSED(season, 128, CSTN_E_INVALID_ARGUMENT, "season is 128");
	REFUSED(n_signals, -1, CSTN_E_INVALID_ARGUMENT, "n_signals is -1");
	REFUSED(n_signals, 1, CSTN_E_INVALID_ARGUMENT, "n_signals is 1");
	REFUSED(n_signals, 65, CSTN_E_INVALID_ARGUMENT, "n_signals is 65");
	REFUSED(forgetting, .89, CSTN_E_INVALID_ARGUMENT, "forgetting is 0.89");
	REFUSED(forgetting, 1.01, CSTN_E_INVALID_ARGUMENT, "forgetting is 1.01");
	REFUSED(forgetting, (double)NAN, CSTN_E_INVALID_ARGUMENT, "forgetting is");
	REFUSED(level, .51, CSTN_E_INVALID_ARGUMENT, "level is 0.51");
	REFUSED(precision, -1, CSTN_E_INVALID_ARGUMENT, "precision is -1");
	REFUSED(pool, "", CSTN_E_INVALID_ARGUMENT, "pool");
	config.n_signals = 1;
	REFUSED(signals, &next, CSTN_E_INVALID_ARGUMENT, "flags 0x1");
	REFUSED(signals, &nameless, CSTN_E_INVALID_ARGUMENT, "signal 0");
	config.n_signals = 2;
	REFUSED(signals, twice, CSTN_E_INVALID_ARGUMENT, "named twice");
	config.signals = twice;
	REFUSED(n_signals, 65, CSTN_E_LIMIT, "at most 64");
	config = (cstn_signal_model_config)CSTN_SIGNAL_MODEL_CONFIG_INIT;
	config.flags = CSTN_SIGNAL_MODEL_STEADY;
	REFUSED(level, .1, CSTN_E_INVALID_ARGUMENT, "STEADY");
	config.struct_size = 4;
	of(&config, CSTN_E_STRUCT_SIZE, "cstn_signal_model_config");
	config.struct_size = sizeof(config);
	config.forgetting = 1;
	cstn_signal_model_free(of(&config, CSTN_OK, NULL));
	cstn_signal_model_free(of(NULL, CSTN_OK, NULL));
}
END_TEST

START_TEST(each_bad_row_is_told_and_the_other_series_are_in)
{
	static const struct {
		online_row row;
		int32_t code;
	} cases[] = {{{"s00", "drink", DAYS, -1, {0, 0, 0}}, CSTN_ROW_NEGATIVE},
			{{"s00", "drink", DAYS, 2e300, {0, 0, 0}}, CSTN_ROW_RANGE},
			{{"s00", "drink", DAYS, 3, {1.1e9, 0, 0}}, CSTN_ROW_RANGE},
			{{"s00", "drink", DAYS, 3, {0, -1.1e9, 0}}, CSTN_ROW_RANGE},
			{{"s00", "drink", DAYS - 1, 3, {0, 0, 0}}, CSTN_ROW_DUPLICATE},
			{{"s00", "drink", 3, 3, {0, 0, 0}}, CSTN_ROW_TOO_LATE},
			{{"s00", "drink", DAYS + 1, 3, {0, 0, 0}}, CSTN_ROW_GAP},
			{{"s00", "food", DAYS, 3, {0, 0, 0}}, CSTN_ROW_CONFLICT}};
	online_row *history = online_history(2, DAYS, 1);
	cstn_signal_model *model = online_model(), *wanted;
	const online_row good = {"s01", "food", DAYS, 3, {0, 0, 0}};
	online_row rows[2] = {good, cases[_i].row};
	cstn_error *error = NULL;
	online_bad bad;

	online_feed(model, history, 2 * DAYS, 1, NULL);
	wanted = sealed_copy(&sealed_signal_model, model);
	expect_error(online_feed_one(model, &cases[_i].row, &error), CSTN_E_ROWS, &error, "");
	sealed_expect_equal(&sealed_signal_model, model, wanted);
	ck_assert_int_eq(online_feed_one(wanted, &good, NULL), CSTN_OK);
	online_feed(model, rows, 2, 1, &bad);
	ck_assert_uint_eq(bad.n, 1);
	ck_assert_int_eq(bad.code, cases[_i].code);
	ck_assert_uint_eq(bad.row, 1);
	sealed_expect_equal(&sealed_signal_model, model, wanted);
	cstn_signal_model_free(model);
	cstn_signal_model_free(wanted);
	free(history);
}
END_TEST

START_TEST(a_series_with_a_bad_row_is_left_out_whole_and_may_come_again)
{
	online_row *history = online_history(2, DAYS, 2);
	cstn_signal_model *model = online_model(), *wanted = online_model();
	online_bad bad;
	double y = history[7].y;

	history[7].y = -1;
	online_feed(model, history, 2 * DAYS, 1, &bad);
	ck_assert_uint_eq(bad.n, 1);
	ck_assert_uint_eq(bad.row, 7);
	online_feed(wanted, history + DAYS, DAYS, 1, NULL);
	sealed_expect_equal(&sealed_signal_model, model, wanted);
	history[7].y = y;
	online_feed(model, history, DAYS, 1, NULL);
	online_feed(wanted, history, DAYS, 1, NULL);
	sealed_expect_equal(&sealed_signal_model, model, wanted);
	cstn_signal_model_free(model);
	cstn_signal_model_free(wanted);
	free(history);
}
END_TEST

START_TEST(gaps_are_taken_where_they_may_be)
{
	cstn_signal_model_config config = online_config();
	online_row *history = online_history(1, DAYS, 3);
	cstn_signal_model *model;
	cstn_signal_size size = {0};

	config.gap = CSTN_GAP_MISSING;
	model = online_model_of(&config);
	online_feed(model, history, 20, 1, NULL);
	online_feed(model, history + 30, 20, 1, NULL);
	size.struct_size = sizeof(size);
	ck_assert_int_eq(cstn_signal_model_size(model, &size, NULL), CSTN_OK);
	ck_assert_int_eq(size.latest_ds, 49);
	ck_assert_int_eq(size.columns, 7 + 2 + 2);
	ck_assert_uint_eq(size.series_bytes, 20 + 4 * 12 * 15 / 2);
	cstn_signal_model_free(model);
	free(history);
}
END_TEST

START_TEST(streams_without_a_signal_or_of_another_type_are_refused)
{
	static const struct {
		const char *schema, *text;
		cstn_status status;
		const char *part;
	} cases[] = {{"unique_id text\nds date\ny double\nfair double\nshut int64\npool text\n",
				     "unique_id,ds,y,fair,shut,pool\na,1970-01-01,1,0,0,p\n",
				     CSTN_E_SCHEMA, "price"},
			{"unique_id int64\nds date\ny double\nfair double\nprice double\nshut "
			 "int64\npool text\n",
					"unique_id,ds,y,fair,price,shut,pool\n1,1970-03-02,1,0,0,0,"
					"p\n",
					CSTN_E_SCHEMA, "unique_id"},
			{"unique_id text\nds int64\ny double\nfair double\nprice double\nshut "
			 "int64\npool text\n",
					"unique_id,ds,y,fair,price,shut,pool\na,60,1,0,0,0,p\n",
					CSTN_E_SCHEMA, "ds"}};
	online_row *history = online_history(1, DAYS, 4);
	cstn_signal_model *model = online_model(), *before;
	cstn_error *error = NULL;
	size_t i;

	online_feed(model, history, DAYS, 1, NULL);
	before = sealed_copy(&sealed_signal_model, model);
	for (i = 0; i < 3; i++) {
		struct ArrowArrayStream rows;
		cstn_status status;

		csv_rows(&rows, cases[i].schema, cases[i].text);
		status = cstn_signal_model_update(model, &rows, NULL, NULL, &error);
		expect_error(status, cases[i].status, &error, cases[i].part);
		ck_assert_ptr_null(rows.release);
		sealed_expect_equal(&sealed_signal_model, model, before);
	}
	cstn_signal_model_free(model);
	cstn_signal_model_free(before);
	free(history);
}
END_TEST

START_TEST(calls_without_what_they_need_are_refused)
{
	cstn_signal_model *model = online_model();
	cstn_signal_model_query query = CSTN_SIGNAL_MODEL_QUERY_INIT;
	cstn_signal_model_forecast_options options = CSTN_SIGNAL_MODEL_FORECAST_OPTIONS_INIT;
	cstn_signal_model_update_options update = CSTN_SIGNAL_MODEL_UPDATE_OPTIONS_INIT;
	cstn_signal_model_row row = CSTN_SIGNAL_MODEL_ROW_INIT;
	struct ArrowArrayStream rows, out;
	cstn_error *error = NULL;
	double mean[2], x[2] = {0, 0};

	expect_error(cstn_signal_model_pool(model, 0, &error), CSTN_E_STATE, &error, "no rows");
	expect_error(cstn_signal_model_pool(model, 2, &error), CSTN_E_INVALID_ARGUMENT, &error,
			"0x2");
	expect_error(cstn_signal_model_forecast(model, NULL, NULL, &out, NULL, &error),
			CSTN_E_STATE, &error, "no rows");
	query.key = "a";
	query.key_len = 1;
	expect_error(cstn_signal_model_forecast_one(model, &query, mean, NULL, &error),
			CSTN_E_STATE, &error, "no rows");
	query.n_signals = 2;
	query.signals = x;
	expect_error(cstn_signal_model_forecast_one(model, &query, mean, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "n_signals is 2, 3");
	query.horizon = 1025;
	query.signals = NULL;
	query.n_signals = 0;
	expect_error(cstn_signal_model_forecast_one(model, &query, mean, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "1025");
	options.horizon = -1;
	expect_error(cstn_signal_model_forecast(model, NULL, &options, &out, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "horizon is -1");
	update.threads = -1;
	csv_rows(&rows, "unique_id text\n", "unique_id\na\n");
	expect_error(cstn_signal_model_update(model, &rows, &update, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "threads is -1");
	row.key = "a";
	row.key_len = 1;
	row.n_signals = 1;
	expect_error(cstn_signal_model_update_one(model, &row, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "n_signals is 1, 0");
	expect_error(cstn_signal_model_merge(model, model, &error), CSTN_E_INVALID_ARGUMENT, &error,
			"one model");
	expect_error(cstn_signal_model_export(model, 2, &out, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "table is 2");
	cstn_signal_model_free(model);
	cstn_signal_model_free(NULL);
}
END_TEST

START_TEST(too_many_columns_are_refused_with_the_first_rows)
{
	cstn_signal_model_config config = online_config();
	online_row row = {"a", "p", 0, 1, {0, 0, 0}};
	cstn_signal_model *model;
	cstn_error *error = NULL;

	config.season = 124;
	model = online_model_of(&config);
	expect_error(online_feed_one(model, &row, &error), CSTN_E_LIMIT, &error,
			"128 columns beside the level, at most 127");
	cstn_signal_model_free(model);
	config.season = 123;
	model = online_model_of(&config);
	ck_assert_int_eq(online_feed_one(model, &row, NULL), CSTN_OK);
	cstn_signal_model_free(model);
}
END_TEST

START_TEST(models_that_do_not_fit_are_not_merged)
{
	online_row *history = online_history(4, DAYS, 5);
	cstn_signal_model_config config = online_config();
	cstn_signal_model *a = online_model(), *b = online_model(), *other, *before;
	cstn_error *error = NULL;

	config.precision = 3;
	other = online_model_of(&config);
	online_feed(a, history, 2 * DAYS, 1, NULL);
	online_feed(b, history + DAYS, 2 * DAYS, 1, NULL);
	before = sealed_copy(&sealed_signal_model, a);
	expect_error(cstn_signal_model_merge(a, other, &error), CSTN_E_MISMATCH, &error,
			"configurations");
	expect_error(cstn_signal_model_merge(a, b, &error), CSTN_E_CONFLICT, &error, "'s01'");
	ck_assert_int_eq(cstn_signal_model_pool(b, CSTN_SIGNAL_MODEL_RESTART, NULL), CSTN_OK);
	expect_error(cstn_signal_model_merge(a, b, &error), CSTN_E_MISMATCH, &error, "pools");
	sealed_expect_equal(&sealed_signal_model, a, before);
	cstn_signal_model_free(a);
	cstn_signal_model_free(b);
	cstn_signal_model_free(other);
	cstn_signal_model_free(before);
	free(history);
}
END_TEST

/* --- odd series ------------------------------------------------------------------------------- */

static double nothing(int t)
{
	(void)t;
	return 0;
}

static double five(int t)
{
	(void)t;
	return 5;
}

static double spike(int t)
{
	return t == 30 ? 1e300 : 7;
}

static double giants(int t)
{
	return t % 2 ? 1e300 : 1e-300;
}

static double dwarfs(int t)
{
	return 1e-300 * (1 + t % 3);
}

static double wild(int t)
{
	return t % 5 ? -1e300 : 1e300;
}

START_TEST(odd_series_have_finite_forecasts_with_flags)
{
	static const struct {
		double (*y)(int t);
		uint32_t flags;
		double mean; /* NaN: finite is enough */
		int32_t told;
	} cases[] = {{nothing, 0, 0, CSTN_SIGNAL_MODEL_FALLBACK},
			{five, 0, 5, CSTN_SIGNAL_MODEL_FALLBACK}, {spike, 0, NAN, 0},
			{giants, 0, NAN, 0}, {dwarfs, 0, NAN, 0},
			{wild, CSTN_SIGNAL_MODEL_LINEAR, NAN, 0},
			{dwarfs, CSTN_SIGNAL_MODEL_LINEAR, NAN, 0},
			{five, CSTN_SIGNAL_MODEL_LINEAR, 5, CSTN_SIGNAL_MODEL_FALLBACK}};
	cstn_signal_model_config config = online_config();
	static const int lengths[] = {1, 2, 3, 70};
	size_t i;

	config.flags = cases[_i].flags;
	for (i = 0; i < 4; i++) {
		cstn_signal_model *model = online_model_of(&config);
		double mean[3], x[9] = {1e9, -1e9, 0, 0, 0, 0, (double)NAN, (double)NAN, 0};
		int32_t flags[3], t;

		for (t = 0; t < lengths[i]; t++) {
			online_row row = {"a", "p", t, cases[_i].y(t), {t % 2, 5e8 * (t % 3), 0}};

			ck_assert_int_eq(online_feed_one(model, &row, NULL), CSTN_OK);
		}
		online_path(model, "a", x, 3, mean, flags);
		for (t = 0; t < 3; t++) {
			ck_assert(isfinite(mean[t]) && fabs(mean[t]) <= 1e300);
			if (!isnan(cases[_i].mean) && lengths[i] > 1) {
				ck_assert_double_eq(mean[t], cases[_i].mean);
				ck_assert(flags[t] & cases[_i].told);
			}
		}
		cstn_signal_model_free(sealed_copy(&sealed_signal_model, model));
		cstn_signal_model_free(model);
	}
}
END_TEST

START_TEST(weeks_hours_and_numbers_are_periods_too)
{
	static const struct {
		int32_t period;
		int64_t first, step;
		int32_t columns;
	} cases[] = {{CSTN_PERIOD_WEEK, 4, 7, 52 + 2}, {CSTN_PERIOD_HOUR, 0, 3600000000, 24 + 2},
			{CSTN_PERIOD_NUMBER, -5, 1, 2}, {CSTN_PERIOD_DAY, 3, 1, 7 + 2 + 2}};
	cstn_signal_model_config config = online_config();
	cstn_signal_size size = {0};
	cstn_signal_model *model;
	cstn_error *error = NULL;
	int t;

	config.season = 0;
	config.period = cases[_i].period;
	model = online_model_of(&config);
	for (t = 0; t < 30; t++) {
		online_row row = {"a", "p", cases[_i].first + t * cases[_i].step, 3 + t % 4,
				{0, t, 0}};

		ck_assert_int_eq(online_feed_one(model, &row, NULL), CSTN_OK);
		row.ds += cases[_i].step > 1;
		expect_error(online_feed_one(model, &row, &error), CSTN_E_ROWS, &error, "ds");
	}
	size.struct_size = sizeof(size);
	ck_assert_int_eq(cstn_signal_model_size(model, &size, NULL), CSTN_OK);
	ck_assert_int_eq(size.columns, cases[_i].columns);
	ck_assert_int_eq(size.latest_ds, cases[_i].first + 29 * cases[_i].step);
	cstn_signal_model_free(model);
}
END_TEST

/* --- forecasts of rows ------------------------------------------------------------------------ */

START_TEST(rows_that_are_no_longer_ahead_are_left_out)
{
	online_row *history = online_history(2, DAYS, 6);
	online_row ahead[3] = {{"s00", "drink", DAYS, 0, {0, 0, 0}},
			{"s01", "food", DAYS - 1, 0, {0, 0, 0}}, {"s01", "food", DAYS, 0, {0}}};
	cstn_signal_model *model = online_model();
	struct ArrowArrayStream rows, out;
	char *text = online_text(ahead, 3);
	cstn_row_errors *bad = NULL;
	cstn_row_error first;
	cstn_buffer *buffer;

	online_feed(model, history, 2 * DAYS, 1, NULL);
	csv_rows(&rows, online_schema, text);
	ck_assert_int_eq(cstn_signal_model_forecast(model, &rows, NULL, &out, &bad, NULL),
			CSTN_E_ROWS);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &first, NULL), CSTN_OK);
	ck_assert_int_eq(first.code, CSTN_ROW_TOO_LATE);
	ck_assert_uint_eq(first.row, 1);
	ck_assert_str_eq(csv_cell(csv_text(&out, &buffer), 2, "mean"), "");
	cstn_buffer_free(buffer);
	cstn_row_errors_free(bad);
	cstn_signal_model_free(model);
	free(text);
	free(history);
}
END_TEST

/* --- bytes ------------------------------------------------------------------------------------ */

static cstn_signal_model *small(void)
{
	static const cstn_regress_signal signals[] = {{"a", 0, 0}, {"shut", 2, 0}};
	cstn_signal_model_config config = CSTN_SIGNAL_MODEL_CONFIG_INIT;
	cstn_signal_model *model;
	int i, t;

	config.signals = signals;
	config.n_signals = 2;
	config.pool = "pool";
	config.flags = CSTN_SIGNAL_MODEL_NO_SEASON | CSTN_SIGNAL_MODEL_NO_MONTH;
	model = online_model_of(&config);
	for (i = 0; i < 3; i++)
		for (t = 0; t < 14; t++) {
			const char *const keys[] = {"x", "y", "z"};
			double x[2] = {t % 3, 0};
			cstn_signal_model_row row = CSTN_SIGNAL_MODEL_ROW_INIT;

			row.key = keys[i];
			row.key_len = 1;
			row.pool = i ? "q" : "p";
			row.pool_len = 1;
			row.ds = t;
			row.y = 5 + t % 3 * (2 + i) + t % 2;
			row.signals = x;
			row.n_signals = 2;
			ck_assert_int_eq(cstn_signal_model_update_one(model, &row, NULL), CSTN_OK);
		}
	ck_assert_int_eq(cstn_signal_model_pool(model, 0, NULL), CSTN_OK);
	return model;
}

static void use(void *self)
{
	struct ArrowArrayStream out;
	cstn_buffer *buffer;
	int table;

	for (table = 0; table < 2; table++) {
		ck_assert_int_eq(cstn_signal_model_export(self, table, &out, NULL), CSTN_OK);
		csv_text(&out, &buffer);
		cstn_buffer_free(buffer);
	}
	if (cstn_signal_model_forecast(self, NULL, NULL, &out, NULL, NULL) == CSTN_OK) {
		ck_assert_ptr_null(strstr(csv_text(&out, &buffer), "nan"));
		cstn_buffer_free(buffer);
	}
}

START_TEST(damaged_bytes_are_refused)
{
	static const uint8_t flips[] = {0x01, 0x80};
	cstn_signal_model *model = small();

	sealed_refuses_damage(&sealed_signal_model, model, 0x40);
	ck_assert_uint_gt(sealed_changes_refused(&sealed_signal_model, model, flips, 2, use), 50);
	cstn_signal_model_free(model);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rows of the signal model");
	TCase *all = tcase_create("rows of the signal model");
	const TTest *const tests[] = {configurations_out_of_range_are_refused,
			a_series_with_a_bad_row_is_left_out_whole_and_may_come_again,
			gaps_are_taken_where_they_may_be,
			streams_without_a_signal_or_of_another_type_are_refused,
			calls_without_what_they_need_are_refused,
			too_many_columns_are_refused_with_the_first_rows,
			models_that_do_not_fit_are_not_merged,
			rows_that_are_no_longer_ahead_are_left_out, damaged_bytes_are_refused};
	size_t i;

	tcase_set_timeout(all, 240);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(all, tests[i]);
	tcase_add_loop_test(all, each_bad_row_is_told_and_the_other_series_are_in, 0, 8);
	tcase_add_loop_test(all, odd_series_have_finite_forecasts_with_flags, 0, 8);
	tcase_add_loop_test(all, weeks_hours_and_numbers_are_periods_too, 0, 4);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
