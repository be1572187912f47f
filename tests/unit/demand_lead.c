/* Demand over lead times: tables of a model, and how often what comes is covered. */
#include <math.h>
#include <stdio.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "demand/count.h"
#include "demand_rows.h"
#include "suite.h"

/* --- tables ----------------------------------------------------------------------------------- */

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
	cstn_demand_model *model = demand_learned(0);
	cstn_demand_lead_options options = lead_of(1, .9);
	double mean[28], q[28 * 4];
	cstn_buffer *buffer;
	const char *text = lead_table(model, NULL, &options, &buffer);

	demand_quantiles(model, "s00", mean, q);
	ck_assert_str_eq(csv_cell(text, 1, "unique_id"), "s00");
	ck_assert_double_eq(csv_number(text, 1, "mean"), mean[0]);
	ck_assert_double_eq(csv_number(text, 1, "quantile"), q[2]);
	ck_assert_double_eq_tol(csv_number(text, 1, "safety_stock"), q[2] - mean[0], 1e-12);
	ck_assert_double_eq(csv_number(text, 1, "stock"), q[2]);
	cstn_buffer_free(buffer);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(mean_over_a_lead_time_is_the_sum_and_its_quantile_is_not)
{
	cstn_demand_model *model = demand_learned(CSTN_DEMAND_CALIBRATE);
	cstn_demand_lead_options options = lead_of(28, .975);
	double mean[28], q[28 * 4], sum = 0, sum_q = 0;
	cstn_buffer *buffer;
	const char *text = lead_table(model, NULL, &options, &buffer);
	int h;

	demand_quantiles(model, "s00", mean, q);
	for (h = 0; h < 28; h++) {
		sum += mean[h];
		sum_q += q[h * 4 + 3];
	}
	ck_assert_double_eq_tol(csv_number(text, 1, "mean"), sum, 1e-9 * sum);
	ck_assert_double_lt(csv_number(text, 1, "quantile"), sum_q);
	ck_assert_double_gt(csv_number(text, 1, "quantile"), sum);
	cstn_buffer_free(buffer);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(shares_mix_lead_times_and_costs_choose_the_level)
{
	cstn_demand_model *model = demand_learned(0);
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
	mean = .25 * csv_number(a, 1, "mean") + .75 * csv_number(b, 1, "mean");
	ck_assert_double_eq_tol(csv_number(c, 1, "mean"), mean, 1e-9);
	ck_assert_double_gt(csv_number(c, 1, "variance"),
			.25 * csv_number(a, 1, "variance") + .75 * csv_number(b, 1, "variance"));
	ck_assert_double_ge(csv_number(c, 1, "quantile"), csv_number(a, 1, "quantile"));
	ck_assert_double_le(csv_number(c, 1, "quantile"), csv_number(b, 1, "quantile"));
	cstn_buffer_free(buffer[0]);
	cstn_buffer_free(buffer[1]);
	cstn_buffer_free(buffer[2]);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(stock_that_is_asked_about_has_its_shortage)
{
	cstn_demand_model *model = demand_learned(0);
	cstn_demand_lead_options options = lead_of(4, .9);
	cstn_buffer *buffer;
	const char *text = lead_table(model, "unique_id,stock\ns01,0\ns01,\ns01,100000\nnew,3\n",
			&options, &buffer);

	ck_assert_double_eq_tol(csv_number(text, 1, "shortage"), csv_number(text, 1, "mean"), 1e-9);
	ck_assert_double_gt(csv_number(text, 1, "stockout"), .99);
	ck_assert_double_eq(csv_number(text, 2, "stock"), csv_number(text, 2, "quantile"));
	ck_assert_double_le(csv_number(text, 2, "stockout"), .1);
	ck_assert_double_gt(csv_number(text, 2, "shortage"), 0);
	ck_assert_double_lt(csv_number(text, 3, "shortage"), 1e-9);
	ck_assert_double_lt(csv_number(text, 3, "stockout"), 1e-9);
	ck_assert_int_eq((int)csv_number(text, 4, "flags") & CSTN_DEMAND_FORECAST_COLD,
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
	variance = csv_number(lead_table(model, "unique_id,stock\nasked,\n", &options, &buffer), 1,
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

/* --- how often they are covered ----------------------------------------------------------------
 */

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
		n += sum <= csv_number(text, i + 1, "quantile");
	}
	cstn_buffer_free(buffer);
	return n;
}

static const struct {
	double drift;
	uint32_t flags;
	/* how far the shares covered may be from the levels; what that of .975 over 28 days is */
	double within, least, most;
} lead_cases[] = {{0, CSTN_DEMAND_CALIBRATE, .04, .95, 1},
		{.03, CSTN_DEMAND_CALIBRATE, .04, .93, 1},
		/* errors that are not known to go together are summed to too little */
		{.03, 0, .12, 0, .91}};

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
	ck_assert_double_le(share[2][1], lead_cases[_i].most);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(threads_change_no_lead_time)
{
	cstn_demand_model *model = demand_learned(CSTN_DEMAND_CALIBRATE);
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
	cstn_demand_model *model = demand_learned(0);
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
	cstn_demand_model *model = demand_learned(0);
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
	const TTest *const tests[] = {lead_time_of_one_period_is_the_forecast_of_the_next,
			mean_over_a_lead_time_is_the_sum_and_its_quantile_is_not,
			shares_mix_lead_times_and_costs_choose_the_level,
			stock_that_is_asked_about_has_its_shortage, threads_change_no_lead_time,
			a_series_counts_for_its_pool_from_28_errors_on, negative_stock_is_refused};
	Suite *suite = suite_create("lead times");
	TCase *test_case = tcase_create("lead times");
	size_t i;

	tcase_set_timeout(test_case, 240);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(test_case, tests[i]);
	tcase_add_loop_test(test_case, quantiles_of_lead_times_cover_what_they_say, 0,
			(int)(sizeof(lead_cases) / sizeof(lead_cases[0])));
	tcase_add_loop_test(test_case, lead_times_and_levels_out_of_bounds_are_refused, 0,
			(int)(sizeof(refused) / sizeof(refused[0])));
	suite_add_tcase(suite, test_case);
	return run_suite(suite);
}
