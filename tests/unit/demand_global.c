/* The global ridge on rows made here: what it learns, what it is robust against, what it refuses.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/demand_global.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "sealed_bytes.h"
#include "suite.h"

#define SERIES 6
#define DAYS 190
#define AHEAD 7
#define SCHEMA "unique_id text\nds int64\ny double null\npool text\nfair double\n"
#define HEAD "unique_id,ds,y,pool,fair\n"
#define TEXT_SIZE (SERIES * (DAYS + AHEAD) * 48)

/* A fair lifts everything by half, in pool q fourfold; the day before nothing is sold. */
static int is_fair(int day)
{
	return day % 11 == 5;
}

static double sold(int series, int day)
{
	static const double week[7] = {3, 4, 5, 4, 6, 9, 1};
	double level = week[day % 7] * (series + 1) +
		       (double)(cstn__random_u64(7, (uint64_t)(series * 1000 + day)) % 3);

	if (is_fair(day + 1))
		return 0;
	return is_fair(day) ? level * (series % 2 ? 4 : 1.5) : level;
}

static size_t put_row(char *text, size_t used, int series, int day, int is_held)
{
	if (day < DAYS)
		return used + (size_t)snprintf(text + used, TEXT_SIZE - used, "s%d,%d,%g,%s,%d\n",
					      series, day, sold(series, day),
					      series % 2 ? "q" : "p", is_fair(day));
	return used + (size_t)snprintf(text + used, TEXT_SIZE - used, "s%d,%d,,%s,%d\n", series,
				      day, series % 2 ? "q" : "p", is_held && is_fair(day));
}

/* Rows of all series, with signals of the days to come; every `step`-th in turn. */
static void put_rows(struct ArrowArrayStream *out, int ahead, int step, int is_held)
{
	static char text[TEXT_SIZE];
	int n = SERIES * (DAYS + ahead), i;
	size_t used = (size_t)snprintf(text, sizeof(text), HEAD);

	for (i = 0; i < n; i++)
		used = put_row(text, used, i * step % n / (DAYS + ahead),
				i * step % n % (DAYS + ahead), is_held);
	csv_rows(out, SCHEMA, text);
}

static void rows_of(struct ArrowArrayStream *out, int ahead, int step)
{
	put_rows(out, ahead, step, 1);
}

static const cstn_global_signal fair = {"fair", CSTN_GLOBAL_BY_POOL | CSTN_GLOBAL_NEXT, 0};

static cstn_demand_global_options ask(void)
{
	cstn_demand_global_options options = CSTN_DEMAND_GLOBAL_OPTIONS_INIT;

	options.season = 7;
	options.horizon = AHEAD;
	options.origins = 10;
	options.pool = "pool";
	options.signals = &fair;
	options.n_signals = 1;
	options.penalty = 1e-5;
	options.threads = 1;
	return options;
}

static cstn_demand_global *fit(
		struct ArrowArrayStream *rows, const cstn_demand_global_options *options)
{
	cstn_demand_global *model = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_demand_global_fit(rows, options, NULL, &model, NULL, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return model;
}

static cstn_demand_global *fitted(void)
{
	cstn_demand_global_options options = ask();
	struct ArrowArrayStream rows;

	rows_of(&rows, 1, 1);
	return fit(&rows, &options);
}

static const char *forecast(cstn_demand_global *model, struct ArrowArrayStream *rows,
		const cstn_demand_global_forecast_options *options, cstn_status expected,
		cstn_row_errors **bad, cstn_buffer **text)
{
	struct ArrowArrayStream out;
	cstn_error *error = NULL;
	cstn_status status = cstn_demand_global_forecast(model, rows, options, &out, bad, &error);

	ck_assert_msg(status == expected, "%s: %s", cstn_status_name(status),
			cstn_error_message(error));
	cstn_error_free(error);
	return csv_text(&out, text);
}

static double number(const char *text, int row, const char *column)
{
	return atof(csv_cell(text, row, column));
}

/* Forecasts of all series, by whether the fair of day 192, the third ahead, is held. */
static void forecast_means(int is_held, double *out)
{
	cstn_demand_global *model = fitted();
	struct ArrowArrayStream rows;
	cstn_buffer *buffer;
	const char *text;
	int i;

	put_rows(&rows, AHEAD + 1, 1, is_held);
	text = forecast(model, &rows, NULL, CSTN_OK, NULL, &buffer);
	for (i = 0; i < SERIES * AHEAD; i++) {
		out[i] = number(text, i + 1, "mean");
		ck_assert_str_eq(csv_cell(text, i + 1, "flags"), "16");
	}
	cstn_buffer_free(buffer);
	cstn_demand_global_unref(model);
}

START_TEST(what_an_event_does_to_a_pool_and_to_the_day_before_is_learned)
{
	double with[SERIES * AHEAD], without[SERIES * AHEAD];
	int i, h;

	forecast_means(1, with);
	forecast_means(0, without);
	for (i = 0; i < SERIES; i++)
		for (h = 0; h < AHEAD; h++) {
			double ratio = with[i * AHEAD + h] / without[i * AHEAD + h];

			if (h == 1)
				ck_assert_double_lt(ratio, .3);
			else if (h == 2 && i % 2)
				ck_assert_double_gt(ratio, 2.5);
			else if (h == 2)
				ck_assert(ratio > 1.2 && ratio < 2);
			else
				ck_assert_double_eq_tol(ratio, 1, 1e-12);
		}
}
END_TEST

START_TEST(order_of_rows_and_threads_change_no_byte)
{
	cstn_demand_global *model = fitted(), *again;
	cstn_demand_global_options options = ask();
	struct ArrowArrayStream rows;
	const int steps[] = {7, 17, 25};
	int i;

	for (i = 0; i < 3; i++) {
		options.threads = i + 1;
		rows_of(&rows, 1, steps[i]);
		again = fit(&rows, &options);
		sealed_expect_equal(&sealed_demand_global, model, again);
		cstn_demand_global_unref(again);
	}
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(forecasts_are_the_same_for_any_threads_and_after_bytes)
{
	cstn_demand_global_forecast_options options = CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT;
	cstn_demand_global *model = fitted(), *copy = sealed_copy(&sealed_demand_global, model);
	struct ArrowArrayStream rows;
	cstn_buffer *first, *second;

	rows_of(&rows, AHEAD + 1, 1);
	forecast(model, &rows, NULL, CSTN_OK, NULL, &first);
	options.threads = 3;
	rows_of(&rows, AHEAD + 1, 1);
	forecast(copy, &rows, &options, CSTN_OK, NULL, &second);
	ck_assert_uint_eq(cstn_buffer_size(first), cstn_buffer_size(second));
	ck_assert_mem_eq(
			cstn_buffer_data(first), cstn_buffer_data(second), cstn_buffer_size(first));
	cstn_buffer_free(first);
	cstn_buffer_free(second);
	cstn_demand_global_unref(cstn_demand_global_ref(copy));
	cstn_demand_global_unref(copy);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(damaged_bytes_are_refused)
{
	static const uint8_t flips[] = {0x01, 0x80};
	cstn_demand_global *model = fitted();

	sealed_refuses_damage(&sealed_demand_global, model, 0x40);
	ck_assert_uint_gt(sealed_changes_refused(&sealed_demand_global, model, flips, 2, NULL), 50);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(the_mean_of_a_signal_stands_in_where_it_is_not_known_and_says_so)
{
	cstn_demand_global *model = fitted();
	struct ArrowArrayStream rows;
	cstn_buffer *buffer;
	const char *text;

	rows_of(&rows, AHEAD, 1); /* the day after the last is not there */
	text = forecast(model, &rows, NULL, CSTN_OK, NULL, &buffer);
	ck_assert_str_eq(csv_cell(text, AHEAD - 1, "flags"), "16");
	ck_assert_str_eq(csv_cell(text, AHEAD, "flags"), "20");
	ck_assert_double_gt(number(text, AHEAD, "mean"), 0);
	cstn_buffer_free(buffer);
	cstn_demand_global_unref(model);
}
END_TEST

/* Forecast of one series of n days, whose values are `y` day by day. */
static const char *forecast_of(
		cstn_demand_global *model, int n, double (*y)(int day), cstn_buffer **buffer)
{
	static char text[1 << 14];
	struct ArrowArrayStream rows;
	size_t used = (size_t)snprintf(text, sizeof(text), HEAD);
	int i;

	for (i = 0; i < n; i++)
		used += (size_t)snprintf(
				text + used, sizeof(text) - used, "x,%d,%.17g,p,0\n", i, y(i));
	csv_rows(&rows, SCHEMA, text);
	return forecast(model, &rows, NULL, CSTN_OK, NULL, buffer);
}

static double always_five(int day)
{
	(void)day;
	return 5;
}

static double never(int day)
{
	(void)day;
	return 0;
}

static double one_spike(int day)
{
	return day == 3 ? 1e300 : 0;
}

static double tiny(int day)
{
	return (day % 7 + 1) * 1e-300;
}

static double huge(int day)
{
	return (day % 7 + 1) * 1e299;
}

START_TEST(a_series_that_never_changes_keeps_its_level_whatever_its_length)
{
	cstn_demand_global *model = fitted();
	int lengths[] = {1, 2, 3, 50, 200}, i;

	for (i = 0; i < 5; i++) {
		cstn_buffer *buffer;
		const char *text = forecast_of(model, lengths[i], always_five, &buffer);

		ck_assert_str_eq(csv_cell(text, AHEAD, "mean"), "5");
		ck_assert_str_eq(csv_cell(text, AHEAD, "flags"), "28");
		cstn_buffer_free(buffer);
		text = forecast_of(model, lengths[i], never, &buffer);
		ck_assert_str_eq(csv_cell(text, 1, "mean"), "0");
		cstn_buffer_free(buffer);
	}
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(forecasts_are_finite_and_not_negative_at_any_size)
{
	double (*const all[])(int) = {one_spike, tiny, huge};
	cstn_demand_global *model = fitted();
	int i, n, h;

	for (i = 0; i < 3; i++)
		for (n = 1; n < 200; n += 37) {
			cstn_buffer *buffer;
			const char *text = forecast_of(model, n, all[i], &buffer);

			for (h = 1; h <= AHEAD; h++) {
				double is = number(text, h, "mean");

				ck_assert(isfinite(is) && is >= 0);
			}
			cstn_buffer_free(buffer);
		}
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(units_change_the_scale_of_forecasts_alone)
{
	cstn_demand_global *model = fitted();
	cstn_buffer *small, *large;
	const char *text = forecast_of(model, 190, tiny, &small);
	const char *other = forecast_of(model, 190, huge, &large);
	int h;

	for (h = 1; h <= AHEAD; h++)
		ck_assert_double_eq_tol(number(text, h, "mean") * 1e300,
				number(other, h, "mean") / 1e299,
				1e-9 * number(other, h, "mean") / 1e299);
	cstn_buffer_free(small);
	cstn_buffer_free(large);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(a_series_of_an_unknown_pool_is_forecast_without_one)
{
	cstn_demand_global *model = fitted();
	struct ArrowArrayStream rows;
	cstn_buffer *buffer;
	const char *text;

	csv_rows(&rows, SCHEMA, HEAD "new,1,4,zzz,0\nnew,2,5,zzz,0\nnew,3,4,zzz,0\n");
	text = forecast(model, &rows, NULL, CSTN_OK, NULL, &buffer);
	ck_assert_double_gt(number(text, 1, "mean"), 1);
	ck_assert_double_lt(number(text, 1, "mean"), 9);
	cstn_buffer_free(buffer);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(a_row_that_breaks_a_rule_leaves_out_its_series_alone)
{
	cstn_demand_global *model = fitted();
	cstn_row_errors *bad = NULL;
	struct ArrowArrayStream rows;
	cstn_buffer *buffer;
	cstn_row_error first;
	const char *text;

	csv_rows(&rows, SCHEMA,
			HEAD "a,1,4,p,0\na,2,,p,0\na,3,4,p,0\nb,1,4,p,0\nb,2,4,q,0\nc,1,,p,0\n"
			     "d,1,3,p,0\nd,2,4,p,0\n");
	text = forecast(model, &rows, NULL, CSTN_E_ROWS, &bad, &buffer);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 3);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &first, NULL), CSTN_OK);
	ck_assert(first.row == 1 && first.code == CSTN_ROW_NULL);
	ck_assert_int_eq(cstn_row_errors_at(bad, 1, &first, NULL), CSTN_OK);
	ck_assert(first.row == 4 && first.code == CSTN_ROW_CONFLICT);
	ck_assert_int_eq(cstn_row_errors_at(bad, 2, &first, NULL), CSTN_OK);
	ck_assert(first.row == 5 && first.code == CSTN_ROW_NULL);
	ck_assert_str_eq(csv_cell(text, 1, "unique_id"), "d");
	ck_assert_str_eq(csv_cell(text, AHEAD + 1, "unique_id"), "");
	cstn_row_errors_free(bad);
	cstn_buffer_free(buffer);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(series_too_short_to_learn_from_are_an_error)
{
	cstn_demand_global_options options = ask();
	cstn_demand_global *model = NULL;
	cstn_error *error = NULL;
	struct ArrowArrayStream rows;

	csv_rows(&rows, SCHEMA, HEAD "a,1,4,p,0\na,2,5,p,0\na,3,4,p,0\n");
	expect_error(cstn_demand_global_fit(&rows, &options, NULL, &model, NULL, &error),
			CSTN_E_EMPTY, &error, "91 periods of history");
	csv_rows(&rows, SCHEMA, HEAD);
	expect_error(cstn_demand_global_fit(&rows, &options, NULL, &model, NULL, &error),
			CSTN_E_EMPTY, &error, "no series");
	ck_assert_ptr_null(model);
}
END_TEST

static void refused(
		const cstn_demand_global_options *options, cstn_status expected, const char *part)
{
	cstn_demand_global *model = NULL;
	cstn_error *error = NULL;
	struct ArrowArrayStream rows;

	rows_of(&rows, 1, 1);
	expect_error(cstn_demand_global_fit(&rows, options, NULL, &model, NULL, &error), expected,
			&error, part);
	ck_assert_ptr_null(model);
}

START_TEST(options_out_of_range_are_refused_with_their_value)
{
	cstn_global_signal twice[2] = {{"fair", 0, 0}, {"fair", 0, 0}};
	cstn_demand_global_options options = ask();

	options.horizon = 1025;
	refused(&options, CSTN_E_INVALID_ARGUMENT, "horizon is 1025");
	options = ask();
	options.year = 6;
	refused(&options, CSTN_E_INVALID_ARGUMENT, "year is 6");
	options = ask();
	options.penalty = -1;
	refused(&options, CSTN_E_INVALID_ARGUMENT, "penalty is -1");
	options = ask();
	options.n_signals = 65;
	refused(&options, CSTN_E_LIMIT, "n_signals is 65");
	options = ask();
	options.signals = twice;
	options.n_signals = 2;
	refused(&options, CSTN_E_INVALID_ARGUMENT, "named twice");
	twice[1].name = "absent";
	refused(&options, CSTN_E_SCHEMA, "absent");
	twice[0].flags = 8;
	refused(&options, CSTN_E_INVALID_ARGUMENT, "unknown bits");
}
END_TEST

/* Nothing was sold on a day without a row; whether there was a fair that day nobody knows. */
START_TEST(signals_of_a_gap_are_not_known)
{
	cstn_demand_global_options options = ask();
	static char text[TEXT_SIZE];
	struct ArrowArrayStream rows;
	size_t used = (size_t)snprintf(text, sizeof(text), HEAD);
	cstn_demand_global *model;
	double learned = 0;
	int i;

	for (i = 0; i < SERIES * DAYS; i++)
		if (i != 150) /* of the first series: it lies in the horizon of one origin, and is
				 the day after of one more period */
			used = put_row(text, used, i / DAYS, i % DAYS, 1);
	options.gap = CSTN_GAP_ZERO;
	csv_rows(&rows, SCHEMA, text);
	model = fit(&rows, &options);
	ck_assert_int_eq(cstn_demand_global_get_param(model, "rows", &learned, NULL), CSTN_OK);
	/* the last day of each series has no day after it */
	ck_assert_double_eq(learned, SERIES * (10 * AHEAD - 1) - 2);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(a_horizon_beyond_that_of_the_fit_is_refused)
{
	cstn_demand_global_forecast_options options = CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT;
	cstn_demand_global *model = fitted();
	struct ArrowArrayStream rows, out;
	cstn_error *error = NULL;

	options.horizon = AHEAD + 1;
	rows_of(&rows, 1, 1);
	expect_error(cstn_demand_global_forecast(model, &rows, &options, &out, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "horizon is 8");
	ck_assert_ptr_null(rows.release);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(a_pool_that_sells_more_than_was_forecast_is_lifted)
{
	static char text[1 << 16];
	cstn_demand_global_options options = ask();
	size_t used = (size_t)snprintf(text, sizeof(text), HEAD);
	cstn_demand_global *model;
	struct ArrowArrayStream rows, out;
	cstn_buffer *buffer;
	const char *table;
	int series, day;

	for (series = 0; series < 4; series++)
		for (day = 0; day < DAYS; day++)
			used += (size_t)snprintf(text + used, sizeof(text) - used,
					"s%d,%d,%g,%s,0\n", series, day,
					(20 + day % 7) * (day >= DAYS - AHEAD && series % 2 ? 1.5
											    : 1),
					series % 2 ? "q" : "p");
	csv_rows(&rows, SCHEMA, text);
	model = fit(&rows, &options);
	ck_assert_int_eq(cstn_demand_global_export(
					 model, CSTN_DEMAND_GLOBAL_TABLE_POOLS, &out, NULL),
			CSTN_OK);
	table = csv_text(&out, &buffer);
	ck_assert_str_eq(csv_cell(table, 1, "pool"), "p");
	ck_assert_double_eq_tol(number(table, 1, "level"), 1, .02);
	ck_assert_double_gt(number(table, 2, "level"), 1.2);
	ck_assert_double_lt(number(table, 2, "level"), 1.5);
	cstn_buffer_free(buffer);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(a_table_names_every_column_and_numbers_are_found_by_name)
{
	cstn_demand_global *model = fitted();
	struct ArrowArrayStream out;
	cstn_error *error = NULL;
	cstn_buffer *buffer;
	const char *table;
	double columns, value;

	ck_assert_int_eq(cstn_demand_global_get_param(model, "columns", &columns, NULL), CSTN_OK);
	ck_assert_double_eq(columns, 19 + 7 + 1 + 2 + 1);
	ck_assert_int_eq(cstn_demand_global_get_param(model, "series", &value, NULL), CSTN_OK);
	ck_assert_double_eq(value, SERIES);
	ck_assert_int_eq(cstn_demand_global_get_param(model, "rows", &value, NULL), CSTN_OK);
	ck_assert_double_eq(value, SERIES * 10 * AHEAD);
	expect_error(cstn_demand_global_get_param(model, "none", &value, &error), CSTN_E_NOT_FOUND,
			&error, "none");
	ck_assert_int_eq(cstn_demand_global_export(
					 model, CSTN_DEMAND_GLOBAL_TABLE_COLUMNS, &out, NULL),
			CSTN_OK);
	table = csv_text(&out, &buffer);
	ck_assert_str_eq(csv_cell(table, 1, "name"), "mean_05");
	ck_assert_str_eq(csv_cell(table, 20, "of"), "season");
	ck_assert_str_eq(csv_cell(table, 27, "of"), "fair");
	ck_assert_str_eq(csv_cell(table, 29, "pool"), "q");
	ck_assert_str_eq(csv_cell(table, (int)columns, "name"), "next_period");
	ck_assert_str_eq(csv_cell(table, (int)columns + 1, "name"), "");
	cstn_buffer_free(buffer);
	expect_error(cstn_demand_global_export(model, 3, &out, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "table is 3");
	cstn_demand_global_unref(model);
}
END_TEST

/* A local model of all series but the last two. */
static cstn_demand_model *local_model(void)
{
	static char text[TEXT_SIZE];
	static const char *const events[] = {"fair"};
	cstn_demand_update_options how = CSTN_DEMAND_UPDATE_OPTIONS_INIT;
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	size_t used = (size_t)snprintf(text, sizeof(text), HEAD);
	cstn_demand_model *model = NULL;
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;
	cstn_status status;
	int i, day;

	config.season = 7;
	config.pool = "pool";
	config.events = events;
	config.n_events = 1;
	how.flags = CSTN_DEMAND_WHOLE_PERIODS | CSTN_DEMAND_SORT;
	for (i = 0; i < SERIES - 2; i++)
		for (day = 0; day < DAYS; day++)
			used = put_row(text, used, i, day, 1);
	csv_rows(&rows, "unique_id text\nds int64\ny double\npool text\nfair int64\n", text);
	ck_assert_int_eq(cstn_demand_model_new(&config, NULL, &model, NULL), CSTN_OK);
	status = cstn_demand_model_update(model, &rows, &how, NULL, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return model;
}

START_TEST(a_local_model_is_averaged_with_where_it_has_the_series)
{
	cstn_demand_global_forecast_options options = CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT;
	cstn_demand_model *local = local_model();
	cstn_demand_global *model = fitted();
	uint32_t events[AHEAD] = {0, 0, 1, 0, 0, 0, 0}; /* the fair of day 192 */
	cstn_demand_query query = CSTN_DEMAND_QUERY_INIT;
	struct ArrowArrayStream rows;
	cstn_buffer *buffer;
	double alone[AHEAD];
	const char *text;
	int i;

	options.local = local;
	query.horizon = AHEAD;
	query.events = events;
	rows_of(&rows, AHEAD + 1, 1);
	text = forecast(model, &rows, &options, CSTN_OK, NULL, &buffer);
	for (i = 0; i < SERIES * AHEAD; i++) {
		int is_there = i / AHEAD < SERIES - 2;
		double global = number(text, i + 1, "global"), mean = number(text, i + 1, "mean");
		char key[] = "s0";

		key[1] = (char)('0' + i / AHEAD);
		query.key = key;
		query.key_len = 2;
		ck_assert_int_eq(cstn_demand_model_forecast_one(
						 local, &query, alone, NULL, NULL, NULL),
				CSTN_OK);
		ck_assert_str_eq(csv_cell(text, i + 1, "model"), is_there ? "sensed" : "global");
		if (is_there)
			ck_assert_double_eq(number(text, i + 1, "local"), alone[i % AHEAD]);
		else
			ck_assert_str_eq(csv_cell(text, i + 1, "local"), "");
		ck_assert_double_eq_tol(
				mean, is_there ? (global + alone[i % AHEAD]) / 2 : global, 1e-12);
	}
	cstn_buffer_free(buffer);
	cstn_demand_model_free(local);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(a_stream_keeps_its_local_model_and_ends_when_that_has_changed)
{
	cstn_demand_global_forecast_options options = CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT;
	cstn_demand_observation row = CSTN_DEMAND_OBSERVATION_INIT;
	cstn_demand_global *model = fitted();
	struct ArrowArrayStream rows, out;
	struct ArrowArray batch;
	cstn_buffer *buffer;

	options.local = local_model();
	rows_of(&rows, 1, 1);
	ck_assert_int_eq(cstn_demand_global_forecast(model, &rows, &options, &out, NULL, NULL),
			CSTN_OK);
	cstn_demand_global_unref(model);
	cstn_demand_model_free(options.local);
	ck_assert_str_eq(csv_cell(csv_text(&out, &buffer), 1, "model"), "sensed");
	cstn_buffer_free(buffer);

	model = fitted();
	options.local = local_model();
	rows_of(&rows, 1, 1);
	ck_assert_int_eq(cstn_demand_global_forecast(model, &rows, &options, &out, NULL, NULL),
			CSTN_OK);
	row.key = "s0";
	row.key_len = 2;
	row.pool = "p";
	row.pool_len = 1;
	row.ds = DAYS;
	row.y = 3;
	ck_assert_int_eq(cstn_demand_model_update_one(options.local, &row, NULL), CSTN_OK);
	ck_assert_int_ne(out.get_next(&out, &batch), 0);
	ck_assert_ptr_nonnull(strstr(out.get_last_error(&out), "has changed"));
	out.release(&out);
	cstn_demand_model_free(options.local);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(a_local_model_without_rows_or_with_other_ids_is_refused)
{
	cstn_demand_global_forecast_options options = CSTN_DEMAND_GLOBAL_FORECAST_OPTIONS_INIT;
	cstn_demand_global *model = fitted();
	cstn_demand_model *local = NULL;
	struct ArrowArrayStream rows, out;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_demand_model_new(NULL, NULL, &local, NULL), CSTN_OK);
	options.local = local;
	rows_of(&rows, 1, 1);
	expect_error(cstn_demand_global_forecast(model, &rows, &options, &out, NULL, &error),
			CSTN_E_STATE, &error, "no rows");
	csv_rows(&rows, "unique_id int64\nds int64\ny double\n", "unique_id,ds,y\n1,1,1\n");
	ck_assert_int_eq(cstn_demand_model_update(local, &rows, NULL, NULL, NULL), CSTN_OK);
	rows_of(&rows, 1, 1);
	expect_error(cstn_demand_global_forecast(model, &rows, &options, &out, NULL, &error),
			CSTN_E_SCHEMA, &error, "int64 in the local model");
	cstn_demand_model_free(local);
	cstn_demand_global_unref(model);
}
END_TEST

START_TEST(what_is_null_is_named)
{
	cstn_demand_global *model = fitted();
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;
	double value;

	rows_of(&rows, 1, 1);
	expect_error(cstn_demand_global_fit(&rows, NULL, NULL, NULL, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "out is NULL");
	rows_of(&rows, 1, 1);
	expect_error(cstn_demand_global_forecast(model, &rows, NULL, NULL, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "out is NULL");
	expect_error(cstn_demand_global_get_param(NULL, "rows", &value, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "model is NULL");
	expect_error(cstn_demand_global_serialize(model, NULL, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "out is NULL");
	cstn_demand_global_unref(NULL);
	cstn_demand_global_unref(model);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {what_an_event_does_to_a_pool_and_to_the_day_before_is_learned,
			order_of_rows_and_threads_change_no_byte,
			forecasts_are_the_same_for_any_threads_and_after_bytes,
			damaged_bytes_are_refused,
			the_mean_of_a_signal_stands_in_where_it_is_not_known_and_says_so,
			a_series_that_never_changes_keeps_its_level_whatever_its_length,
			forecasts_are_finite_and_not_negative_at_any_size,
			units_change_the_scale_of_forecasts_alone,
			a_series_of_an_unknown_pool_is_forecast_without_one,
			a_row_that_breaks_a_rule_leaves_out_its_series_alone,
			series_too_short_to_learn_from_are_an_error,
			options_out_of_range_are_refused_with_their_value,
			signals_of_a_gap_are_not_known, a_horizon_beyond_that_of_the_fit_is_refused,
			a_pool_that_sells_more_than_was_forecast_is_lifted,
			a_table_names_every_column_and_numbers_are_found_by_name,
			a_local_model_is_averaged_with_where_it_has_the_series,
			a_stream_keeps_its_local_model_and_ends_when_that_has_changed,
			a_local_model_without_rows_or_with_other_ids_is_refused,
			what_is_null_is_named};

	return run_tests("global ridge", tests, sizeof(tests) / sizeof(tests[0]));
}
