/* Distributions around forecasts: quantiles, calibration, stock-outs, lead times. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "demand/count.h"
#include "demand/model.h"
#include "demand_rows.h"
#include "suite.h"

static const double levels[] = {.025, .5, .9, .975};

static void feed(cstn_demand_model *model, int64_t day, double y, int flags, double limit)
{
	demand_row row = {"a", "p", day, y, flags, 0, limit, 0};
	cstn_error *error = NULL;

	ck_assert_msg(demand_feed_one(model, &row, &error) == CSTN_OK, "%s",
			cstn_error_message(error));
}

static void quantiles_of(const cstn_demand_model *model, const char *key, double *mean, double *q)
{
	cstn_demand_query query = CSTN_DEMAND_QUERY_INIT;

	query.key = key;
	query.key_len = strlen(key);
	query.levels = levels;
	query.n_levels = 4;
	query.horizon = 28;
	ck_assert_int_eq(cstn_demand_model_forecast_one(model, &query, mean, q, NULL, NULL),
			CSTN_OK);
}

/* A year of 12 series, learned at once. */
static cstn_demand_model *learned(uint32_t flags)
{
	cstn_demand_model *model = demand_model(flags, CSTN_GAP_ERROR);
	demand_row *rows = demand_history(12, 200, 5);

	demand_feed(model, rows, 12 * 200, CSTN_DEMAND_WHOLE_PERIODS, NULL);
	free(rows);
	return model;
}

static double cell(const char *text, int row, const char *name)
{
	return strtod(csv_cell(text, row, name), NULL);
}

/* --- quantiles -------------------------------------------------------------------------------- */

START_TEST(columns_of_quantiles_are_named_by_millionths_behind_the_median)
{
	cstn_demand_model *model = learned(_i ? CSTN_DEMAND_CALIBRATE : 0);
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	struct ArrowArrayStream out;
	cstn_buffer *buffer;
	const char *text, head[] = "unique_id,ds,h,mean,median,q_25000,q_500000,q_900000,q_975000,"
				   "flags\n";
	double mean[28], q[28 * 4];
	int h, k;

	options.horizon = 28;
	options.levels = levels;
	options.n_levels = 4;
	ck_assert_int_eq(cstn_demand_model_forecast(model, NULL, NULL, &options, &out, NULL),
			CSTN_OK);
	text = csv_text(&out, &buffer);
	ck_assert_int_eq(strncmp(text, head, strlen(head)), 0);
	quantiles_of(model, "s00", mean, q);
	for (h = 0; h < 28; h++) {
		static const char *const names[] = {"q_25000", "q_500000", "q_900000", "q_975000"};

		for (k = 0; k < 4; k++)
			ck_assert_double_eq(strtod(csv_cell(text, h + 1, names[k]), NULL),
					q[h * 4 + k]);
		ck_assert_double_eq(strtod(csv_cell(text, h + 1, "median"), NULL), q[h * 4 + 1]);
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
	options.levels = levels;
	options.n_levels = 4;
	ck_assert_int_eq(cstn_demand_model_forecast(model, NULL, NULL, &options, &out, NULL),
			CSTN_OK);
	return csv_text(&out, buffer);
}

static const char *const within_names[] = {
		"within_25000", "within_500000", "within_900000", "within_975000"};

START_TEST(shares_beside_quantiles_say_how_much_of_each_lies_below_its_level)
{
	cstn_demand_model *model = learned(_i ? CSTN_DEMAND_CALIBRATE : 0);
	const cstn__demand_series *s = &model->sides[0].series.items[0];
	const char head[] = "unique_id,ds,h,mean,median,q_25000,q_500000,q_900000,q_975000,"
			    "within_25000,within_500000,within_900000,within_975000,flags\n";
	double asked[CSTN__HORIZON_WEEKS * 4], mean[28], q[28 * 4], phi, moved = 0;
	cstn_buffer *buffer;
	const char *text = table_within(model, &buffer);
	int h, k;

	ck_assert_int_eq(strncmp(text, head, strlen(head)), 0);
	quantiles_of(model, "s00", mean, q);
	phi = cstn__demand_dispersion(s, 0);
	cstn__demand_pool_levels(&model->pools.items[s->pool], levels, 4, asked);
	for (h = 0; h < 28; h++)
		for (k = 0; k < 4; k++) {
			double share = strtod(csv_cell(text, h + 1, within_names[k]), NULL);
			double below, at, u = _i ? asked[h / 7 * 4 + k] : levels[k];

			cstn__count_cdf(mean[h], phi, q[h * 4 + k], &below, &at);
			ck_assert(share >= 0 && share <= 1);
			ck_assert_double_eq_tol(below + share * (at - below), u, 1e-12);
			moved += fabs(u - levels[k]);
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
		feed(model, day, _i == 2 ? 4 : (_i ? 1 : 20) + (double)(day * 7 % 11) / 2, 0, -1);
	text = table_within(model, &buffer);
	if (_i == 2) /* never changed: the level itself */
		ck_assert_double_eq(cell(text, 1, "within_900000"), .9);
	else
		ck_assert_double_eq(cell(text, 1, "within_900000"), 1);
	/* below 0 nothing is forecast, so that 0 has what would lie there */
	if (_i == 1) {
		ck_assert_double_eq(cell(text, 1, "q_25000"), 0);
		ck_assert_double_lt(cell(text, 1, "within_25000"), 1);
		ck_assert_double_gt(cell(text, 1, "within_25000"), .2);
	}
	cstn_buffer_free(buffer);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(median_that_was_not_asked_for_is_no_quantile_column)
{
	cstn_demand_model *model = learned(0);
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
	cstn_demand_model *model = learned(0);
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
		feed(model, day, _i ? 7 : 0, 0, -1);
	quantiles_of(model, "a", mean, q);
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
		feed(model, day, 20.5 + (double)(day * 7 % 11), 0, -1);
	quantiles_of(model, "a", mean, q);
	ck_assert_double_eq_tol(q[1], mean[0], 1e-12);
	ck_assert_double_eq_tol(q[3] - mean[0], mean[0] - q[0], 1e-9);
	ck_assert_double_gt(q[3], mean[0] + 3);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(quantiles_of_counts_are_counts_and_rise)
{
	cstn_demand_model *model = learned(_i ? CSTN_DEMAND_CALIBRATE : 0);
	double mean[28], q[28 * 4];
	int i;

	quantiles_of(model, "s03", mean, q);
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
	quantiles_of(whole, "s01", mean, q);
	quantiles_of(daily, "s01", mean, other);
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
		feed(in_time, day, (double)(day * 5 % 7), 0, -1);
	for (day = 0; day < 120; day++) {
		if (day % 9 != 4)
			feed(late, day, (double)(day * 5 % 7), 0, -1);
		if (day >= 6 && (day - 6) % 9 == 4)
			feed(late, day - 6, (double)((day - 6) * 5 % 7), 0, -1);
	}
	for (day = 114; day < 120; day++)
		if (day % 9 == 4)
			feed(late, day, (double)(day * 5 % 7), 0, -1);
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

/* --- stock-outs ------------------------------------------------------------------------------- */

/* Shelves whose limit is reached by 8 to 52 % of periods; a deviation instead of a dispersion is of
 * demand that is no count. */
typedef struct shelf {
	double mean, phi, deviation, limit;
} shelf;
static const shelf shelves[] = {{6, .2, 0, 10}, {6, .2, 0, 8}, {6, .2, 0, 6}, {1.2, .8, 0, 2},
		{30, .1, 0, 36}, {3, .4, 0, 4}, {20, .2, 0, 19}, {1.2, .4, 0, 2}, {1.2, .8, 0, 4},
		{3, .5, 0, 3}, {8, .05, 0, 8}, {8, 1, 0, 8}, {30, .1, 0, 29}, {60, .5, 0, 60},
		{20.5, 0, 6, 26}, {20.5, 0, 6, 20.5}};
enum { SHELVES = (int)(sizeof(shelves) / sizeof(shelves[0])) };

static double demanded(const shelf *of, uint64_t seed, int64_t day)
{
	double u = cstn__random_unit(seed, (uint64_t)day), y;

	if (of->deviation > 0)
		return fmax(0, of->mean + of->deviation * cstn__normal_quantile(u));
	cstn__count_quantiles(of->mean, of->phi, &u, 1, &y);
	return y;
}

/* The mean forecast of a week: of single days those of the day that came last lean, as profiles
 * fade by the day. */
static double week_ahead(const cstn_demand_model *model)
{
	cstn_demand_query query = CSTN_DEMAND_QUERY_INIT;
	double mean[7];

	query.key = "a";
	query.key_len = 1;
	query.horizon = 7;
	ck_assert_int_eq(cstn_demand_model_forecast_one(model, &query, mean, NULL, NULL, NULL),
			CSTN_OK);
	return (mean[0] + mean[1] + mean[2] + mean[3] + mean[4] + mean[5] + mean[6]) / 7;
}

/* What levels are too high by after `from` days, until `days`, in parts of what was demanded;
 * `silent`: of a model that is not told of stock-outs. */
static double level_miss(const shelf *of, uint64_t seed, int64_t from, int64_t days, double *silent)
{
	cstn_demand_model *told = demand_model(0, CSTN_GAP_ERROR);
	cstn_demand_model *untold = demand_model(0, CSTN_GAP_ERROR);
	double sum = 0, sum_untold = 0, all = 0;
	int64_t day, n = 0;

	for (day = 0; day < days; day++) {
		double y = demanded(of, seed, day), shown = fmin(y, of->limit);
		int is_out = y >= of->limit;

		all += day >= from ? y / (double)(days - from) : 0;
		feed(told, day, shown, is_out ? CSTN_DEMAND_STOCK_OUT : 0, is_out ? of->limit : -1);
		feed(untold, day, shown, 0, -1);
		if (day >= from && day % 10 == 0) {
			sum += week_ahead(told);
			sum_untold += week_ahead(untold);
			n++;
		}
	}
	cstn_demand_model_free(told);
	cstn_demand_model_free(untold);
	*silent = sum_untold / (double)n / all - 1;
	return sum / (double)n / all - 1;
}

START_TEST(stock_outs_leave_the_level_where_demand_is)
{
	double miss, silent, all = 0, worst = 0;
	size_t every = test_every(), i, n = 0;

	for (i = 0; i < SHELVES; i += every, n++) {
		miss = level_miss(&shelves[i], 40 + (uint64_t)i, 1000, 12000, &silent);
		printf("stock-outs at %g of mean %g: level %+.2f %%, unflagged %+.1f %%\n",
				shelves[i].limit, shelves[i].mean, 100 * miss, 100 * silent);
		ck_assert_double_lt(fabs(miss), .02);
		ck_assert_double_lt(silent, -.02);
		all += fabs(miss);
		worst = fmax(worst, fabs(miss));
	}
	printf("%zu shelves: mean miss %.2f %% (bar 1 %%), worst %.2f %%\n", n,
			100 * all / (double)n, 100 * worst);
	ck_assert(every != 1 || all / (double)n < .01);
}
END_TEST

/* Where no more than one unit is ever seen a share of sold-out days could be of any dispersion:
 * what is asked is that the level stays near, and does not run away. */
START_TEST(a_shelf_of_one_unit_keeps_its_level_near_demand)
{
	static const shelf one[] = {{1.2, .8, 0, 1}, {.6, .5, 0, 1}, {2, .3, 0, 1}};
	double silent, miss;
	size_t i;

	for (i = 0; i < 3; i++) {
		miss = level_miss(&one[i], 7 + (uint64_t)i, 300, 3000, &silent);
		printf("one unit, mean %g: level %+.1f %%\n", one[i].mean, 100 * miss);
		ck_assert_double_lt(fabs(miss), .2);
	}
}
END_TEST

/* A wrong belief in the spread goes away as fast as what is seen tells better. */
START_TEST(what_stock_outs_hide_is_told_by_the_derivative_of_what_was_put_in)
{
	cstn__demand_series s;
	cstn__demand_above above;

	memset(&s, 0, sizeof(s));
	s.seen = 50;
	s.flags = CSTN__SERIES_FRACTIONAL;
	s.error_square = 36 * 1.02446922F;
	/* E[(Y - m)^2 | Y >= m] is the variance itself */
	cstn__demand_censored(&s, 0, 20, 20, &above);
	ck_assert_double_eq_tol(above.mean, 20 + 6 * sqrt(2 / 3.14159265358979), 1e-5);
	ck_assert_double_eq_tol(above.around, 36 * (1 - 2 / 3.14159265358979), 1e-4);
	ck_assert_double_eq_tol(above.hidden, 1, 1e-5);
	/* a limit far below hides all that the row could have told */
	cstn__demand_censored(&s, 0, 20, -40, &above);
	ck_assert_double_eq_tol(above.mean, 20, 1e-5);
	ck_assert_double_eq_tol(above.around, 36, 1e-4);
	ck_assert_double_eq_tol(above.hidden, 1, 1e-5);
	/* what lies far out is put in as far out as it is believed to lie */
	cstn__demand_censored(&s, 0, 20, 32, &above);
	ck_assert_double_gt(above.hidden, 1);
}
END_TEST

/* The same in the first year, when the dispersion is not known yet: means over 40 series. */
START_TEST(stock_outs_leave_the_level_where_demand_is_within_a_year)
{
	double all = 0, worst = 0, silent;
	size_t every = test_every(), i, k, n = 0;

	for (i = 0; i < SHELVES; i += every, n++) {
		double miss = 0;

		for (k = 0; k < 40; k++)
			miss += level_miss(&shelves[i], 1000 + 100 * i + k, 100, 365, &silent) / 40;
		printf("first year, stock-outs at %g of mean %g: level %+.2f %%\n",
				shelves[i].limit, shelves[i].mean, 100 * miss);
		all += fabs(miss);
		worst = fmax(worst, fabs(miss));
	}
	printf("%zu shelves: mean miss %.2f %%, worst %.2f %%\n", n, 100 * all / (double)n,
			100 * worst);
	ck_assert(every != 1 || (all / (double)n < .02 && worst < .05));
}
END_TEST

/* --- lead times ------------------------------------------------------------------------------- */

static cstn_demand_lead_options lead_of(int32_t periods, double level)
{
	cstn_demand_lead_options options = CSTN_DEMAND_LEAD_OPTIONS_INIT;

	options.periods = periods;
	options.level = level;
	return options;
}

/* The table of a call; free the buffer. */
static const char *lead_table(cstn_demand_model *model, const char *keys,
		const cstn_demand_lead_options *options, cstn_buffer **buffer)
{
	struct ArrowArrayStream in, out;
	cstn_error *error = NULL;
	cstn_status status;

	if (keys)
		csv_rows(&in, "unique_id text\nstock double null\n", keys);
	status = cstn_demand_model_lead_time(model, keys ? &in : NULL, NULL, options, &out, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return csv_text(&out, buffer);
}

START_TEST(lead_time_of_one_period_is_the_forecast_of_the_next)
{
	cstn_demand_model *model = learned(0);
	cstn_demand_lead_options options = lead_of(1, .9);
	double mean[28], q[28 * 4];
	cstn_buffer *buffer;
	const char *text = lead_table(model, NULL, &options, &buffer);

	quantiles_of(model, "s00", mean, q);
	ck_assert_str_eq(csv_cell(text, 1, "unique_id"), "s00");
	ck_assert_double_eq(cell(text, 1, "mean"), mean[0]);
	ck_assert_double_eq(cell(text, 1, "quantile"), q[2]);
	ck_assert_double_eq_tol(cell(text, 1, "safety_stock"), q[2] - mean[0], 1e-12);
	ck_assert_double_eq(cell(text, 1, "stock"), q[2]);
	cstn_buffer_free(buffer);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(mean_over_a_lead_time_is_the_sum_and_its_quantile_is_not)
{
	cstn_demand_model *model = learned(CSTN_DEMAND_CALIBRATE);
	cstn_demand_lead_options options = lead_of(28, .975);
	double mean[28], q[28 * 4], sum = 0, sum_q = 0;
	cstn_buffer *buffer;
	const char *text = lead_table(model, NULL, &options, &buffer);
	int h;

	quantiles_of(model, "s00", mean, q);
	for (h = 0; h < 28; h++) {
		sum += mean[h];
		sum_q += q[h * 4 + 3];
	}
	ck_assert_double_eq_tol(cell(text, 1, "mean"), sum, 1e-9 * sum);
	ck_assert_double_lt(cell(text, 1, "quantile"), sum_q);
	ck_assert_double_gt(cell(text, 1, "quantile"), sum);
	cstn_buffer_free(buffer);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(shares_mix_lead_times_and_costs_choose_the_level)
{
	cstn_demand_model *model = learned(0);
	double shares[] = {1, 0, 3};
	cstn_demand_lead_options one = lead_of(1, .9), three = lead_of(3, .9),
				 mixed = lead_of(3, 0);
	cstn_buffer *buffer[3];
	const char *a = lead_table(model, NULL, &one, &buffer[0]);
	const char *b = lead_table(model, NULL, &three, &buffer[1]), *c;
	double mean;

	mixed.shares = shares;
	mixed.under_minor = 90;
	mixed.over_minor = 10;
	c = lead_table(model, NULL, &mixed, &buffer[2]);
	mean = .25 * cell(a, 1, "mean") + .75 * cell(b, 1, "mean");
	ck_assert_double_eq_tol(cell(c, 1, "mean"), mean, 1e-9);
	ck_assert_double_gt(cell(c, 1, "variance"),
			.25 * cell(a, 1, "variance") + .75 * cell(b, 1, "variance"));
	ck_assert_double_ge(cell(c, 1, "quantile"), cell(a, 1, "quantile"));
	ck_assert_double_le(cell(c, 1, "quantile"), cell(b, 1, "quantile"));
	cstn_buffer_free(buffer[0]);
	cstn_buffer_free(buffer[1]);
	cstn_buffer_free(buffer[2]);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(stock_that_is_asked_about_has_its_shortage)
{
	cstn_demand_model *model = learned(0);
	cstn_demand_lead_options options = lead_of(4, .9);
	cstn_buffer *buffer;
	const char *text = lead_table(model, "unique_id,stock\ns01,0\ns01,\ns01,100000\nnew,3\n",
			&options, &buffer);

	ck_assert_double_eq_tol(cell(text, 1, "shortage"), cell(text, 1, "mean"), 1e-9);
	ck_assert_double_gt(cell(text, 1, "stockout"), .99);
	ck_assert_double_eq(cell(text, 2, "stock"), cell(text, 2, "quantile"));
	ck_assert_double_le(cell(text, 2, "stockout"), .1);
	ck_assert_double_gt(cell(text, 2, "shortage"), 0);
	ck_assert_double_lt(cell(text, 3, "shortage"), 1e-9);
	ck_assert_double_lt(cell(text, 3, "stockout"), 1e-9);
	ck_assert_int_eq((int)cell(text, 4, "flags") & CSTN_DEMAND_FORECAST_COLD,
			CSTN_DEMAND_FORECAST_COLD);
	cstn_buffer_free(buffer);
	cstn_demand_model_free(model);
}
END_TEST

/* The variance over a week of a series that others of its pool stand beside for `days`. */
static double variance_beside(int64_t days)
{
	cstn_demand_model *model = demand_model(CSTN_DEMAND_CALIBRATE, CSTN_GAP_ERROR);
	cstn_demand_lead_options options = lead_of(7, .9);
	demand_row row = {"beside", "food", 0, 0, 0, 0, -1, 0};
	cstn_buffer *buffer;
	double variance;

	/* what goes up stays up for days */
	for (row.ds = 100 - days; row.ds < 100; row.ds++) {
		row.y = row.ds / 5 % 2 ? 20 : 2;
		ck_assert_int_eq(demand_feed_one(model, &row, NULL), CSTN_OK);
	}
	row.key = "asked";
	for (row.ds = 0; row.ds < 100; row.ds++) {
		row.y = (double)(row.ds * 5 % 7);
		ck_assert_int_eq(demand_feed_one(model, &row, NULL), CSTN_OK);
	}
	variance = cell(lead_table(model, "unique_id,stock\nasked,\n", &options, &buffer), 1,
			"variance");
	cstn_buffer_free(buffer);
	cstn_demand_model_free(model);
	return variance;
}

START_TEST(a_series_counts_for_its_pool_from_28_errors_on)
{
	double alone = variance_beside(0);

	/* an error is of a level that is two weeks old */
	ck_assert_double_eq(variance_beside(1), alone);
	ck_assert_double_eq(variance_beside(14 + 27), alone);
	ck_assert_double_gt(variance_beside(14 + 28), 1.01 * alone);
}
END_TEST

/* --- how often lead times are covered --- */

/* Series whose level stays, or drifts by so much a day in logarithms. */
#define LEAD_SERIES 60
#define LEAD_DAYS 700
static double lead_demand[LEAD_SERIES][LEAD_DAYS];

static void simulate_demand(uint64_t seed, double drift)
{
	size_t i, day;

	for (i = 0; i < LEAD_SERIES; i++) {
		double level = 8;

		for (day = 0; day < LEAD_DAYS; day++) {
			uint64_t at = i * LEAD_DAYS + day;
			double u = cstn__random_unit(seed, 2 * at);

			level *= exp(drift *
					cstn__normal_quantile(cstn__random_unit(seed, 2 * at + 1)));
			cstn__count_quantiles(level, .3, &u, 1, &lead_demand[i][day]);
		}
	}
}

/* How many sums of what came are at or below the quantile of each series; `day` is the first. */
static int covered(cstn_demand_model *model, size_t day, int32_t periods, double level)
{
	cstn_demand_lead_options options = lead_of(periods, level);
	cstn_buffer *buffer;
	const char *text = lead_table(model, NULL, &options, &buffer);
	int i, n = 0;

	for (i = 0; i < LEAD_SERIES; i++) {
		double sum = 0;
		int32_t h;

		for (h = 0; h < periods; h++)
			sum += lead_demand[i][day + (size_t)h];
		n += sum <= cell(text, i + 1, "quantile");
	}
	cstn_buffer_free(buffer);
	return n;
}

static const struct {
	double drift;
	uint32_t flags;
	double within, least; /* of the shares covered from the levels; the least over 28 days */
} lead_cases[] = {{0, CSTN_DEMAND_CALIBRATE, .04, .95}, {.03, CSTN_DEMAND_CALIBRATE, .04, .93},
		{.03, 0, 1, 0}};

START_TEST(quantiles_of_lead_times_cover_what_they_say)
{
	static const int32_t periods[] = {4, 14, 28};
	static const double asked[] = {.9, .975};
	cstn_demand_model *model = demand_model(lead_cases[_i].flags, CSTN_GAP_ERROR);
	double share[3][2] = {{0}};
	size_t day, i, l, k, origins = 0;

	simulate_demand(77, lead_cases[_i].drift);
	for (day = 0; day + 28 <= LEAD_DAYS; day++) {
		if (day >= 300 && day % 28 == 0) {
			for (l = 0; l < 3; l++)
				for (k = 0; k < 2; k++)
					share[l][k] += covered(model, day, periods[l], asked[k]);
			origins++;
		}
		for (i = 0; i < LEAD_SERIES; i++) {
			char key[8];
			demand_row row = {key, "p", (int64_t)day, lead_demand[i][day], 0, 0, -1, 0};

			snprintf(key, sizeof(key), "s%02zu", i);
			ck_assert_int_eq(demand_feed_one(model, &row, NULL), CSTN_OK);
		}
	}
	for (l = 0; l < 3; l++) {
		for (k = 0; k < 2; k++) {
			share[l][k] /= (double)origins * LEAD_SERIES;
			ck_assert_double_eq_tol(share[l][k], asked[k], lead_cases[_i].within);
		}
		printf("drift %g, flags %u, %d days: %.3f at .9, %.3f at .975\n",
				lead_cases[_i].drift, lead_cases[_i].flags, periods[l], share[l][0],
				share[l][1]);
	}
	ck_assert_double_ge(share[2][1], lead_cases[_i].least);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(threads_change_no_lead_time)
{
	cstn_demand_model *model = learned(CSTN_DEMAND_CALIBRATE);
	cstn_demand_lead_options options = lead_of(9, .95);
	cstn_buffer *one, *many;
	const char *a, *b;

	options.threads = 1;
	a = lead_table(model, NULL, &options, &one);
	options.threads = 4;
	b = lead_table(model, NULL, &options, &many);
	ck_assert_str_eq(a, b);
	cstn_buffer_free(one);
	cstn_buffer_free(many);
	cstn_demand_model_free(model);
}
END_TEST

static const double negative[] = {1, -1, 2}, nothing[] = {0, 0, 0};
static const struct {
	cstn_demand_lead_options options;
	const char *part;
} refused[] = {
		{{sizeof(cstn_demand_lead_options), 0, 0, 0, NULL, .9, 0, 0, NULL}, "periods is 0"},
		{{sizeof(cstn_demand_lead_options), 0, 1025, 0, NULL, .9, 0, 0, NULL},
				"periods is 1025"},
		{{sizeof(cstn_demand_lead_options), 0, 3, 0, NULL, 1, 0, 0, NULL}, "level is 1"},
		{{sizeof(cstn_demand_lead_options), 0, 3, 0, NULL, 0, 0, 0, NULL}, "level is 0"},
		{{sizeof(cstn_demand_lead_options), 0, 3, 0, NULL, .9, 1, 1, NULL}, "level is 0.9"},
		{{sizeof(cstn_demand_lead_options), 0, 3, 0, negative, .9, 0, 0, NULL}, "share 1"},
		{{sizeof(cstn_demand_lead_options), 0, 3, 0, nothing, .9, 0, 0, NULL},
				"all shares"},
		{{sizeof(cstn_demand_lead_options), 0, 3, -1, NULL, .9, 0, 0, NULL}, "threads"},
		{{sizeof(cstn_demand_lead_options), 2, 3, 0, NULL, .9, 0, 0, NULL}, "flags"},
};

START_TEST(lead_times_and_levels_out_of_bounds_are_refused)
{
	cstn_demand_model *model = learned(0);
	struct ArrowArrayStream out;
	cstn_error *error = NULL;

	expect_error(cstn_demand_model_lead_time(
				     model, NULL, NULL, &refused[_i].options, &out, &error),
			CSTN_E_INVALID_ARGUMENT, &error, refused[_i].part);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(negative_stock_is_refused)
{
	cstn_demand_model *model = learned(0);
	cstn_demand_lead_options options = lead_of(3, .9);
	struct ArrowArrayStream keys, out;
	cstn_error *error = NULL;

	csv_rows(&keys, "unique_id text\nstock double null\n", "unique_id,stock\ns01,-1\n");
	expect_error(cstn_demand_model_lead_time(model, &keys, NULL, &options, &out, &error),
			CSTN_E_ROWS, &error, "stock");
	cstn_demand_model_free(model);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {median_that_was_not_asked_for_is_no_quantile_column,
			demand_that_is_no_count_has_normal_quantiles,
			calibration_knows_no_order_of_closing_keys_or_parts,
			late_rows_count_once_for_calibration,
			parts_merge_to_the_calibration_of_the_whole,
			lead_time_of_one_period_is_the_forecast_of_the_next,
			mean_over_a_lead_time_is_the_sum_and_its_quantile_is_not,
			shares_mix_lead_times_and_costs_choose_the_level,
			stock_that_is_asked_about_has_its_shortage, threads_change_no_lead_time,
			a_series_counts_for_its_pool_from_28_errors_on, negative_stock_is_refused,
			a_shelf_of_one_unit_keeps_its_level_near_demand,
			what_stock_outs_hide_is_told_by_the_derivative_of_what_was_put_in};
	Suite *suite = suite_create("stock");
	TCase *test_case = tcase_create("stock");
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
	tcase_add_test(test_case, stock_outs_leave_the_level_where_demand_is);
	tcase_add_test(test_case, stock_outs_leave_the_level_where_demand_is_within_a_year);
	tcase_add_loop_test(test_case, quantiles_of_lead_times_cover_what_they_say, 0,
			(int)(sizeof(lead_cases) / sizeof(lead_cases[0])));
	tcase_add_loop_test(test_case, lead_times_and_levels_out_of_bounds_are_refused, 0,
			(int)(sizeof(refused) / sizeof(refused[0])));
	suite_add_tcase(suite, test_case);
	return run_suite(suite);
}
