/* Forecasts of many series by fitted models: rows in, rows out, and what is refused. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/demand_fit.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "suite.h"

#define NUMBERS "unique_id text\nds int64\ny double\n"
#define DATES "unique_id text\nds date\ny double\n"
#define HEAD "unique_id,ds,y\n"
#define ALL_MODELS 0x1ff80fffu
/* not itself with a constant: they take away a bias that is not there */
#define UNBIASED (CSTN_FAMILY_SBA | CSTN_FAMILY_SBJ)

static cstn_family_options ask(uint32_t models, int32_t horizon)
{
	cstn_family_options options = CSTN_FAMILY_OPTIONS_INIT;

	options.models = models;
	options.horizon = horizon;
	options.threads = 1;
	options.ets_form = "ZNN";
	return options;
}

/* The forecast as CSV text, to be freed with *buffer; row errors go to *bad. */
static const char *forecast(const char *schema, const char *rows,
		const cstn_family_options *options, cstn_status expected, cstn_row_errors **bad,
		cstn_buffer **buffer)
{
	struct ArrowArrayStream in, out;
	cstn_error *error = NULL;
	cstn_status status;

	csv_rows(&in, schema, rows);
	status = cstn_family_fit(&in, options, NULL, &out, bad, &error);
	ck_assert_msg(status == expected, "%s: %s", cstn_status_name(status),
			cstn_error_message(error));
	ck_assert_ptr_null(in.release);
	cstn_error_free(error);
	return csv_text(&out, buffer);
}

static void expect(const char *schema, const char *rows, const cstn_family_options *options,
		const char *expected)
{
	cstn_buffer *buffer;

	ck_assert_str_eq(forecast(schema, rows, options, CSTN_OK, NULL, &buffer), expected);
	cstn_buffer_free(buffer);
}

START_TEST(naive_models_repeat_the_last_value_and_the_last_season)
{
	cstn_family_options options = ask(CSTN_FAMILY_NAIVE | CSTN_FAMILY_SEASONAL_NAIVE, 4);

	options.season = 3;
	expect(NUMBERS, HEAD "a,1,5\na,2,7\na,3,6\na,4,8\n", &options,
			"unique_id,ds,h,Naive,SeasonalNaive\na,5,1,8,7\na,6,2,8,6\n"
			"a,7,3,8,8\na,8,4,8,7\n");
}
END_TEST

START_TEST(a_straight_line_goes_on_under_a_trend)
{
	cstn_family_options options = ask(CSTN_FAMILY_HOLT, 2);
	cstn_buffer *buffer;
	const char *text =
			forecast(NUMBERS, HEAD "a,1,10\na,2,12\na,3,14\na,4,16\na,5,18\na,6,20\n",
					&options, CSTN_OK, NULL, &buffer);

	ck_assert_double_eq_tol(atof(csv_cell(text, 1, "Holt")), 22, 1e-9);
	ck_assert_double_eq_tol(atof(csv_cell(text, 2, "Holt")), 24, 1e-9);
	cstn_buffer_free(buffer);
}
END_TEST

/* The first name of a model among columns, others by strtok(NULL, ","); `room` has 512 bytes. */
static char *first_model(const char *text, char *room)
{
	snprintf(room, 512, "%.*s", (int)strcspn(text, "\n"), text);
	return strtok(room + strlen("unique_id,ds,h,"), ",");
}

START_TEST(a_constant_series_stays_what_it_is_under_every_model)
{
	char rows[2048] = HEAD;
	cstn_family_options options = ask(ALL_MODELS & ~UNBIASED, 3);
	cstn_buffer *buffer;
	const char *text, *name;
	char names[512];
	size_t used = strlen(rows);
	int t;

	for (t = 0; t < 60; t++)
		used += (size_t)snprintf(rows + used, sizeof(rows) - used, "a,%d,7.25\n", t);
	options.season = 12;
	text = forecast(NUMBERS, rows, &options, CSTN_OK, NULL, &buffer);
	for (name = first_model(text, names); name; name = strtok(NULL, ","))
		for (t = 1; t <= 3; t++)
			ck_assert_double_eq_tol(atof(csv_cell(text, t, name)), 7.25, 1e-12);
	cstn_buffer_free(buffer);
}
END_TEST

static const struct {
	int32_t period;
	const char *rows, *expected;
} calendars[] = {
		{CSTN_PERIOD_MONTH, HEAD "a,2024-10-01,1\na,2024-11-01,2\n",
				"unique_id,ds,h,Naive\na,2024-12-01,1,2\na,2025-01-01,2,2\n"},
		{CSTN_PERIOD_QUARTER, HEAD "a,2024-04-01,1\na,2024-07-01,2\n",
				"unique_id,ds,h,Naive\na,2024-10-01,1,2\na,2025-01-01,2,2\n"},
		{CSTN_PERIOD_YEAR, HEAD "a,2023-01-01,1\na,2024-01-01,2\n",
				"unique_id,ds,h,Naive\na,2025-01-01,1,2\na,2026-01-01,2,2\n"},
		{CSTN_PERIOD_WEEK, HEAD "a,2024-12-22,1\na,2024-12-29,2\n",
				"unique_id,ds,h,Naive\na,2025-01-05,1,2\na,2025-01-12,2,2\n"},
		{CSTN_PERIOD_BY_TYPE, HEAD "a,2024-02-28,1\na,2024-02-29,2\n",
				"unique_id,ds,h,Naive\na,2024-03-01,1,2\na,2024-03-02,2,2\n"},
};

START_TEST(periods_follow_the_calendar)
{
	cstn_family_options options = ask(CSTN_FAMILY_NAIVE, 2);

	options.period = calendars[_i].period;
	expect(DATES, calendars[_i].rows, &options, calendars[_i].expected);
}
END_TEST

/* 40 series of 3 to 90 periods, some seasonal, in an order of their own. */
static char *random_rows(uint64_t order)
{
	size_t room = 1 << 20, used, i, n = 0;
	static struct {
		int id, t;
		double y;
	} rows[4000];
	char *text = malloc(room);

	ck_assert_ptr_nonnull(text);
	for (i = 0; i < 40; i++) {
		int length = 3 + (int)(cstn__random_unit(11, i) * 88), t;

		for (t = 0; t < length; t++, n++) {
			rows[n].id = (int)i;
			rows[n].t = t;
			rows[n].y = floor(20 * cstn__random_unit(i + 100, (uint64_t)t) +
					  (i % 3 ? 10 * (t % 7) : 0) + t * 0.2);
		}
	}
	/* the first rows of all series stay ahead, so that series keep their order */
	for (i = n - 1; order && i > 0; i--) {
		size_t k = (size_t)(cstn__random_unit(order, i) * (double)(i + 1));

		if (rows[i].t && rows[k].t) {
			int id = rows[i].id, t = rows[i].t;
			double y = rows[i].y;

			rows[i] = rows[k];
			rows[k].id = id;
			rows[k].t = t;
			rows[k].y = y;
		}
	}
	used = (size_t)snprintf(text, room, HEAD);
	for (i = 0; i < 2 * n; i++)
		if ((rows[i % n].t == 0) == (i < n))
			used += (size_t)snprintf(text + used, room - used, "s%d,%d,%.0f\n",
					rows[i % n].id, rows[i % n].t, rows[i % n].y);
	return text;
}

START_TEST(order_of_rows_and_threads_change_no_byte)
{
	static const int32_t threads[] = {1, 2, 3, 8};
	cstn_family_options options = ask(ALL_MODELS, 5);
	char *rows = random_rows(0);
	cstn_buffer *first, *other;
	const char *text;
	size_t i;

	options.season = 7;
	text = forecast(NUMBERS, rows, &options, CSTN_OK, NULL, &first);
	ck_assert_ptr_nonnull(strstr(text, "s39,"));
	ck_assert_ptr_null(strstr(text, "nan"));
	free(rows);
	for (i = 0; i < 4; i++) {
		rows = random_rows(i * 7);
		options.threads = threads[i];
		ck_assert(strcmp(forecast(NUMBERS, rows, &options, CSTN_OK, NULL, &other), text) ==
				0);
		cstn_buffer_free(other);
		free(rows);
	}
	cstn_buffer_free(first);
}
END_TEST

START_TEST(a_model_says_the_same_alone_and_among_others)
{
	char *rows = random_rows(0), names[512], *name;
	cstn_family_options options = ask(ALL_MODELS, 3);
	cstn_buffer *together, *apart;
	const char *all, *alone;
	int m, row;

	options.season = 7;
	all = forecast(NUMBERS, rows, &options, CSTN_OK, NULL, &together);
	name = first_model(all, names);
	for (m = 0; m < 32; m++) {
		if (!(ALL_MODELS >> m & 1))
			continue;
		options.models = 1u << m;
		alone = forecast(NUMBERS, rows, &options, CSTN_OK, NULL, &apart);
		for (row = 1; row <= 120; row++)
			ck_assert_str_eq(csv_cell(alone, row, name), csv_cell(all, row, name));
		cstn_buffer_free(apart);
		name = strtok(NULL, ",");
	}
	cstn_buffer_free(together);
	free(rows);
}
END_TEST

START_TEST(a_power_of_two_changes_nothing_but_the_scale)
{
	cstn_family_options options = ask(CSTN_FAMILY_AUTO, 2);
	cstn_buffer *one, *other;
	const char *small = forecast(NUMBERS, HEAD "a,1,3\na,2,5\na,3,4\na,4,9\na,5,2\na,6,6\n",
			&options, CSTN_OK, NULL, &one);
	const char *large = forecast(NUMBERS,
			HEAD "a,1,3072\na,2,5120\na,3,4096\na,4,9216\na,5,2048\na,6,6144\n",
			&options, CSTN_OK, NULL, &other);

	ck_assert_double_eq(
			atof(csv_cell(small, 1, "Auto")) * 1024, atof(csv_cell(large, 1, "Auto")));
	ck_assert_double_eq(
			atof(csv_cell(small, 2, "Auto")) * 1024, atof(csv_cell(large, 2, "Auto")));
	cstn_buffer_free(one);
	cstn_buffer_free(other);
}
END_TEST

static const char *const odd_series[] = {
		HEAD "a,1,0\na,2,0\na,3,0\na,4,0\na,5,0\na,6,0\na,7,0\n",
		HEAD "a,1,1e300\na,2,-1e300\na,3,1e300\na,4,-1e300\na,5,1e300\na,6,1\n",
		HEAD "a,1,1e-300\na,2,2e-300\na,3,1e-300\na,4,3e-300\na,5,1e-300\na,6,0\n",
		HEAD "a,1,0\na,2,0\na,3,0\na,4,1000000\na,5,0\na,6,0\na,7,0\na,8,0\n",
		HEAD "a,9,5\n",
		HEAD "a,1,-4\na,2,-5\na,3,-3\na,4,-4\na,5,-9\na,6,-2\n",
};

START_TEST(odd_series_have_finite_forecasts)
{
	cstn_family_options options = ask(ALL_MODELS, 3);
	cstn_buffer *buffer;
	const char *text, *at;

	options.season = 2;
	text = forecast(NUMBERS, odd_series[_i], &options, CSTN_OK, NULL, &buffer);
	ck_assert_ptr_nonnull(strstr(text, "\na,"));
	for (at = strchr(text, '\n') + 1; *at; at++)
		ck_assert_msg(!strchr("nif", *at), "not finite: %s", text);
	cstn_buffer_free(buffer);
}
END_TEST

static const struct {
	const char *schema, *rows;
	int32_t period, gap;
	uint64_t row;
	int32_t code;
} bad_rows[] = {
		{NUMBERS, HEAD "a,1,1\nb,1,2\na,1,3\n", 0, CSTN_GAP_ERROR, 2, CSTN_ROW_DUPLICATE},
		{NUMBERS, HEAD "a,1,1\nb,1,2\na,3,3\n", 0, CSTN_GAP_ERROR, 2, CSTN_ROW_GAP},
		{NUMBERS, HEAD "a,1,1\nb,1,2\na,100003,3\n", 0, CSTN_GAP_ZERO, 2, CSTN_ROW_GAP},
		{"unique_id text\nds int64\ny double null\n", HEAD "b,1,2\na,1,\n", 0,
				CSTN_GAP_ERROR, 1, CSTN_ROW_NULL},
		{NUMBERS, HEAD "b,1,2\na,1,2e300\n", 0, CSTN_GAP_ERROR, 1, CSTN_ROW_RANGE},
		{DATES, HEAD "b,2024-01-01,2\na,2024-01-02,2\n", CSTN_PERIOD_MONTH, CSTN_GAP_ERROR,
				1, CSTN_ROW_PERIOD},
		{DATES, HEAD "b,2024-01-01,2\na,2024-02-01,2\n", CSTN_PERIOD_QUARTER,
				CSTN_GAP_ERROR, 1, CSTN_ROW_PERIOD},
		{DATES, HEAD "b,2024-01-01,2\na,2024-01-07,2\n", CSTN_PERIOD_WEEK, CSTN_GAP_ERROR,
				1, CSTN_ROW_PERIOD},
};

START_TEST(a_bad_row_leaves_its_series_out_and_no_other)
{
	cstn_family_options options = ask(CSTN_FAMILY_NAIVE, 1);
	cstn_row_errors *errors = NULL;
	cstn_buffer *buffer;
	cstn_row_error one;
	const char *text;

	options.period = bad_rows[_i].period;
	options.gap = bad_rows[_i].gap;
	text = forecast(bad_rows[_i].schema, bad_rows[_i].rows, &options, CSTN_E_ROWS, &errors,
			&buffer);
	ck_assert_uint_eq(cstn_row_errors_total(errors), 1);
	ck_assert_int_eq(cstn_row_errors_at(errors, 0, &one, NULL), CSTN_OK);
	ck_assert_uint_eq(one.row, bad_rows[_i].row);
	ck_assert_int_eq(one.code, bad_rows[_i].code);
	ck_assert_ptr_nonnull(strstr(text, "\nb,"));
	ck_assert_ptr_null(strstr(text, "\na,"));
	cstn_row_errors_free(errors);
	cstn_buffer_free(buffer);
}
END_TEST

START_TEST(missing_periods_are_zeros_where_that_is_said)
{
	cstn_family_options options = ask(CSTN_FAMILY_SEASONAL_NAIVE, 3);

	options.gap = CSTN_GAP_ZERO;
	options.season = 3;
	expect(NUMBERS, HEAD "a,4,7\na,1,5\n", &options,
			"unique_id,ds,h,SeasonalNaive\na,5,1,0\na,6,2,0\na,7,3,7\n");
}
END_TEST

START_TEST(no_rows_give_no_forecast)
{
	expect(NUMBERS, HEAD, NULL, "unique_id,ds,h,Auto\n");
}
END_TEST

static void refuse(const cstn_family_options *options, const char *schema, cstn_status status,
		const char *part)
{
	struct ArrowArrayStream in, out = {0};
	cstn_error *error = NULL;

	csv_rows(&in, schema, HEAD);
	expect_error(cstn_family_fit(&in, options, NULL, &out, NULL, &error), status, &error, part);
	ck_assert_ptr_null(out.release);
	ck_assert_ptr_null(in.release);
}

START_TEST(options_out_of_range_are_refused_by_name)
{
	cstn_family_options o = ask(1u << 31, 1);

	refuse(&o, NUMBERS, CSTN_E_INVALID_ARGUMENT, "models is 0x80000000");
	o = ask(0, CSTN_HORIZON_MOST + 1);
	refuse(&o, NUMBERS, CSTN_E_INVALID_ARGUMENT, "horizon is 1025 (1 to 1024)");
	o = ask(0, 1);
	o.period = 8;
	refuse(&o, NUMBERS, CSTN_E_INVALID_ARGUMENT, "period is 8");
	o = ask(0, 1);
	o.gap = 2;
	refuse(&o, NUMBERS, CSTN_E_INVALID_ARGUMENT, "gap is 2");
	o = ask(0, 1);
	o.season = 10001;
	refuse(&o, NUMBERS, CSTN_E_INVALID_ARGUMENT, "season is 10001");
	o.season = 24;
	o.second_season = 48;
	refuse(&o, NUMBERS, CSTN_E_INVALID_ARGUMENT, "second_season is 48");
	o = ask(0, 1);
	o.threads = -1;
	refuse(&o, NUMBERS, CSTN_E_INVALID_ARGUMENT, "threads is -1");
	o = ask(0, 1);
	o.size_alpha = 1.5;
	refuse(&o, NUMBERS, CSTN_E_INVALID_ARGUMENT, "size_alpha is 1.5 (above 0 to 1, or 0)");
	o.size_alpha = 1;
	o.interval_alpha = -.1;
	refuse(&o, NUMBERS, CSTN_E_INVALID_ARGUMENT, "interval_alpha is -0.1");
	o = ask(0, 1);
	o.period = CSTN_PERIOD_MONTH;
	refuse(&o, NUMBERS, CSTN_E_SCHEMA, "column 'ds' is int64, which has no periods of months");
	o.period = CSTN_PERIOD_HOUR;
	refuse(&o, DATES, CSTN_E_SCHEMA, "column 'ds' is date, which has no periods of hours");
	refuse(NULL, "unique_id text\nds int64\n", CSTN_E_SCHEMA, "y");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("forecast family");
	TCase *tests = tcase_create("forecast family");

	tcase_add_test(tests, naive_models_repeat_the_last_value_and_the_last_season);
	tcase_add_test(tests, a_straight_line_goes_on_under_a_trend);
	tcase_add_test(tests, a_constant_series_stays_what_it_is_under_every_model);
	tcase_add_loop_test(tests, periods_follow_the_calendar, 0,
			(int)(sizeof(calendars) / sizeof(calendars[0])));
	tcase_add_test(tests, order_of_rows_and_threads_change_no_byte);
	tcase_add_test(tests, a_model_says_the_same_alone_and_among_others);
	tcase_add_test(tests, a_power_of_two_changes_nothing_but_the_scale);
	tcase_add_loop_test(tests, odd_series_have_finite_forecasts, 0,
			(int)(sizeof(odd_series) / sizeof(odd_series[0])));
	tcase_add_loop_test(tests, a_bad_row_leaves_its_series_out_and_no_other, 0,
			(int)(sizeof(bad_rows) / sizeof(bad_rows[0])));
	tcase_add_test(tests, missing_periods_are_zeros_where_that_is_said);
	tcase_add_test(tests, no_rows_give_no_forecast);
	tcase_add_test(tests, options_out_of_range_are_refused_by_name);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
