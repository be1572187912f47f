/* Explanations of a demand model: parts that add up to the forecast, and are those of the page. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "demand/explain.h"
#include "demand_rows.h"
#include "suite.h"

#define SUM_TOLERANCE 1e-9

/* --- products --------------------------------------------------------------------------------- */

static double logarithmic_mean(double a, double b)
{
	return a == b ? a : (a - b) / (log(a) - log(b)); /* NOLINT: as it is defined */
}

/* A factor of e^-spread to e^spread. */
static double random_factor(uint64_t seed, uint64_t i, double spread)
{
	return exp(spread * (2 * cstn__random_unit(seed, i) - 1));
}

START_TEST(parts_of_random_products_add_up_in_any_order)
{
	static const double spreads[] = {1e-12, 1e-5, .1, 2, 6};
	const double spread = spreads[_i];
	double f[4], back[4], parts[4], other[4];
	int run, k;

	for (run = 0; run < 10000; run++) {
		double level = (run % 3 ? 1 : -1) * random_factor(9, (uint64_t)run, 30);
		double product = level, sum = level, of = 0;

		for (k = 0; k < 4; k++) {
			f[k] = random_factor(7, (uint64_t)(run * 4 + k), spread);
			back[3 - k] = f[k];
			product *= f[k];
		}
		cstn__explain_product(level, f, 4, product, 0, parts);
		cstn__explain_product(level, back, 4, product, 0, other);
		for (k = 0; k < 4; k++) {
			sum += parts[k];
			of += fabs(parts[k]);
			ck_assert_double_le(fabs(parts[k] - other[3 - k]), 1e-11 * fabs(parts[k]));
			ck_assert((parts[k] > 0) == (level * log(f[k]) > 0));
		}
		ck_assert_double_le(fabs(sum - product),
				SUM_TOLERANCE * fabs(product) + 1e-14 * (of + fabs(level)));
	}
}
END_TEST

START_TEST(parts_are_logarithmic_means_times_logarithms)
{
	const double f[] = {1.5, .8, 2};
	double parts[3], mean = logarithmic_mean(10 * 1.5 * .8 * 2, 10);
	int k;

	cstn__explain_product(10, f, 3, 10 * 1.5 * .8 * 2, 0, parts);
	for (k = 0; k < 3; k++)
		ck_assert_double_eq_tol(parts[k], mean * log(f[k]), 1e-12);
	/* worked by hand: Lm(24, 10) = 14 / log 2.4 = 15.99143.., times log 1.5 */
	ck_assert_double_eq_tol(parts[0], 6.483968, 1e-6);
}
END_TEST

START_TEST(factors_that_undo_each_other_have_parts_that_do)
{
	const double f[] = {2, .5};
	double parts[2];

	cstn__explain_product(7, f, 2, 7, 0, parts);
	ck_assert_double_eq_tol(parts[0], 7 * log(2), 1e-14);
	ck_assert_double_eq(parts[0], -parts[1]);
}
END_TEST

START_TEST(first_factor_that_is_nothing_takes_the_whole_level)
{
	const double f[] = {3, 0, 2, 0};
	double parts[4];
	int k;

	cstn__explain_product(5, f, 4, 0, 0, parts);
	for (k = 0; k < 4; k++)
		ck_assert_double_eq(parts[k], k == 1 ? -5 : 0);
}
END_TEST

START_TEST(parts_of_a_cut_product_share_the_cut)
{
	const double f[] = {4, 2};
	double parts[2];

	cstn__explain_product(5, f, 2, 20, 1, parts);
	ck_assert_double_eq_tol(parts[0], 10, 1e-12);
	ck_assert_double_eq_tol(parts[1], 5, 1e-12);
}
END_TEST

/* --- forecasts of a model --------------------------------------------------------------------- */

/* A year of 12 series, learned at once. */
static cstn_demand_model *learned(uint32_t flags, int32_t season)
{
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	demand_row *rows = demand_history(12, 200, 5);
	cstn_demand_model *model;

	config.flags = flags;
	config.season = season;
	model = demand_model_of(&config);
	demand_feed(model, rows, 12 * 200, CSTN_DEMAND_WHOLE_PERIODS, NULL);
	free(rows);
	return model;
}

/* Fairs on days 203 and 205, the latter of one pool. */
static void fairs(struct ArrowArrayStream *out)
{
	csv_rows(out, "ds date\npool text null\nfair int64\n",
			"ds,pool,fair\n1970-07-23,,1\n1970-07-25,food,1\n");
}

static const char *explained(cstn_demand_model *model, int with_fairs,
		const cstn_demand_forecast_options *options, cstn_buffer **buffer)
{
	struct ArrowArrayStream future, out;
	cstn_error *error = NULL;

	if (with_fairs)
		fairs(&future);
	ck_assert_msg(cstn_demand_model_explain(model, NULL, with_fairs ? &future : NULL, options,
				      &out, &error) == CSTN_OK,
			"%s", cstn_error_message(error));
	return csv_text(&out, buffer);
}

static const struct {
	uint32_t flags;
	int32_t season;
} kinds[] = {{0, 7}, {CSTN_DEMAND_LEVEL_WEIGHTS, 7}, {CSTN_DEMAND_INTERMITTENT, 7},
		{CSTN_DEMAND_CALIBRATE | CSTN_DEMAND_DRIFT, 7}, {0, 1}, {0, 2}, {0, 30}};

START_TEST(parts_add_up_to_the_mean_that_is_forecast)
{
	cstn_demand_model *model = learned(kinds[_i].flags, kinds[_i].season);
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	static const char head[] = "unique_id,ds,h,mean,baseline,season,signal_fair,flags\n";
	struct ArrowArrayStream future, out;
	cstn_buffer *buffer, *plain_buffer;
	const char *text, *plain;
	int row, with_event = 0;

	options.horizon = 16;
	text = explained(model, 1, &options, &buffer);
	fairs(&future);
	ck_assert_int_eq(cstn_demand_model_forecast(model, NULL, &future, &options, &out, NULL),
			CSTN_OK);
	plain = csv_text(&out, &plain_buffer);
	ck_assert_int_eq(strncmp(text, head, strlen(head)), 0);
	for (row = 1; row <= 12 * 16; row++) {
		static const char *const same[] = {"unique_id", "ds", "h", "mean", "flags"};
		double mean = csv_number(text, row, "mean"),
		       event = csv_number(text, row, "signal_fair");
		double sum = csv_number(text, row, "baseline") + csv_number(text, row, "season") +
			     event;
		size_t k;

		for (k = 0; k < sizeof(same) / sizeof(same[0]); k++)
			ck_assert_str_eq(csv_cell(text, row, same[k]),
					csv_cell(plain, row, same[k]));
		ck_assert_double_gt(mean, 0);
		ck_assert_double_le(fabs(sum - mean), SUM_TOLERANCE * mean);
		with_event += event > 0;
	}
	ck_assert_str_eq(csv_cell(text, 12 * 16 + 1, "unique_id"), "");
	/* on the fair of all 12 series, and on that of the 8 of food */
	ck_assert_int_eq(with_event, 12 + 8);
	cstn_buffer_free(buffer);
	cstn_buffer_free(plain_buffer);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(parts_of_a_model_are_those_of_its_forecasts)
{
	cstn_demand_model *model = learned(0, 7);
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	cstn_buffer *buffer, *quiet_buffer;
	const char *text, *quiet;
	double level = 0;
	int h;

	options.horizon = 7;
	text = explained(model, 1, &options, &buffer);
	quiet = explained(model, 0, &options, &quiet_buffer);
	/* the season is 1 in the mean, so that the mean of a season is the level */
	for (h = 1; h <= 7; h++)
		level += csv_number(quiet, h, "mean") / 7;
	for (h = 1; h <= 7; h++) {
		double mean = csv_number(text, h, "mean"), without = csv_number(quiet, h, "mean");
		double by = logarithmic_mean(mean, level);

		ck_assert_double_eq_tol(csv_number(text, h, "baseline"), level, 1e-12 * level);
		ck_assert_double_eq_tol(csv_number(text, h, "season"), by * log(without / level),
				1e-9 * level);
		ck_assert_double_eq_tol(csv_number(text, h, "signal_fair"),
				by * log(mean / without), 1e-9 * level);
		ck_assert((h == 4) == (mean > without));
	}
	cstn_buffer_free(buffer);
	cstn_buffer_free(quiet_buffer);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(day_on_which_nothing_is_ever_sold_takes_the_level_away)
{
	cstn_demand_model *model = demand_model(0, CSTN_GAP_ERROR);
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	demand_row rows[140];
	cstn_buffer *buffer;
	const char *text;
	int day, h;

	for (day = 0; day < 140; day++)
		rows[day] = (demand_row){"a", "p", day, day % 7 == 3 ? 0 : 4 + day * day % 5, 0,
				day % 10 == 3, -1, 0};
	demand_feed(model, rows, 140, CSTN_DEMAND_WHOLE_PERIODS, NULL);
	options.horizon = 7;
	text = explained(model, 0, &options, &buffer);
	for (h = 1; h <= 7; h++) {
		if (h == 4) {
			ck_assert_double_eq(csv_number(text, h, "mean"), 0);
			ck_assert_double_eq(csv_number(text, h, "season"),
					-csv_number(text, h, "baseline"));
		}
		ck_assert_double_gt(csv_number(text, h, "baseline"), 1);
		ck_assert_double_eq(csv_number(text, h, "signal_fair"), 0);
	}
	cstn_buffer_free(buffer);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(keys_that_are_new_have_the_level_of_their_pool)
{
	cstn_demand_model *model = learned(0, 7);
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	struct ArrowArrayStream keys, out;
	cstn_buffer *buffer;
	const char *text;

	options.horizon = 1;
	csv_rows(&keys, "unique_id text\npool text null\n", "unique_id,pool\nnew,food\nnewer,\n");
	ck_assert_int_eq(cstn_demand_model_explain(model, &keys, NULL, &options, &out, NULL),
			CSTN_OK);
	text = csv_text(&out, &buffer);
	ck_assert_double_gt(csv_number(text, 1, "baseline"), 1);
	ck_assert_double_eq_tol(csv_number(text, 1, "baseline") + csv_number(text, 1, "season"),
			csv_number(text, 1, "mean"), 1e-12);
	ck_assert_int_eq(atoi(csv_cell(text, 1, "flags")) & CSTN_DEMAND_FORECAST_COLD,
			CSTN_DEMAND_FORECAST_COLD);
	ck_assert_double_eq(csv_number(text, 2, "mean"), 0);
	ck_assert_double_eq(csv_number(text, 2, "baseline"), 0);
	ck_assert_double_eq(csv_number(text, 2, "season"), 0);
	cstn_buffer_free(buffer);
	cstn_demand_model_free(model);
}
END_TEST

/* Fairs double what is sold; once nobody closes periods any more, twice as much is. */
START_TEST(parts_of_what_a_double_hardly_holds_are_finite_and_add_up)
{
	cstn_demand_model *model = demand_model(0, CSTN_GAP_ERROR);
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	demand_row rows[200];
	cstn_buffer *buffer;
	const char *text;
	int day, h, cut = 0;

	for (day = 0; day < 200; day++) {
		int fair = day < 100 && day % 10 == 3;

		rows[day] = (demand_row){
				"a", "p", day, fair || day >= 100 ? 1e300 : 5e299, 0, fair, -1, 0};
	}
	demand_feed(model, rows, 100, CSTN_DEMAND_WHOLE_PERIODS, NULL);
	demand_feed(model, rows + 100, 100, 0, NULL);
	options.horizon = 7;
	text = explained(model, 1, &options, &buffer);
	for (h = 1; h <= 7; h++) {
		double season = csv_number(text, h, "season"),
		       event = csv_number(text, h, "signal_fair");
		double sum = csv_number(text, h, "baseline") + season + event;

		cut += (atoi(csv_cell(text, h, "flags")) & CSTN_DEMAND_FORECAST_FALLBACK) != 0;
		ck_assert(isfinite(season) && isfinite(event));
		ck_assert_double_le(fabs(sum / csv_number(text, h, "mean") - 1), SUM_TOLERANCE);
	}
	ck_assert_int_gt(cut, 0);
	ck_assert_double_eq(csv_number(text, 4, "mean"), 1e300);
	cstn_buffer_free(buffer);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(any_number_of_threads_explains_alike)
{
	cstn_demand_model *model = learned(0, 7);
	static const int32_t threads[] = {2, 3, 8, 0};
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	cstn_buffer *one, *other;
	const char *text;
	size_t i;

	options.horizon = 28;
	options.threads = 1;
	text = explained(model, 1, &options, &one);
	for (i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
		options.threads = threads[i];
		ck_assert_str_eq(text, explained(model, 1, &options, &other));
		cstn_buffer_free(other);
	}
	cstn_buffer_free(one);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(returns_are_explained_by_their_own_series)
{
	cstn_demand_model *model = learned(0, 7);
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	demand_row row = {"s00", "drink", 200, -3, CSTN_DEMAND_RETURN, 0, -1, 0};
	cstn_buffer *buffer;
	const char *text;

	demand_feed(model, &row, 1, 0, NULL);
	options.flags = CSTN_DEMAND_RETURNS;
	options.horizon = 1;
	text = explained(model, 0, &options, &buffer);
	ck_assert_double_eq(csv_number(text, 1, "mean"), csv_number(text, 1, "baseline"));
	ck_assert_double_ne(csv_number(text, 1, "mean"), 0);
	ck_assert_double_eq(csv_number(text, 1, "season"), 0);
	cstn_buffer_free(buffer);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(wrong_questions_are_refused)
{
	cstn_demand_model *model = learned(0, 7), *empty = demand_model(0, CSTN_GAP_ERROR);
	cstn_demand_forecast_options options = CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	struct ArrowArrayStream out;
	const double level = .5;
	cstn_error *error = NULL;

	expect_error(cstn_demand_model_explain(NULL, NULL, NULL, NULL, &out, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "model is NULL");
	expect_error(cstn_demand_model_explain(model, NULL, NULL, NULL, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "out is NULL");
	expect_error(cstn_demand_model_explain(empty, NULL, NULL, NULL, &out, &error), CSTN_E_STATE,
			&error, "no rows");
	options.levels = &level;
	options.n_levels = 1;
	expect_error(cstn_demand_model_explain(model, NULL, NULL, &options, &out, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "n_levels is 1");
	options = (cstn_demand_forecast_options)CSTN_DEMAND_FORECAST_OPTIONS_INIT;
	options.horizon = 1025;
	expect_error(cstn_demand_model_explain(model, NULL, NULL, &options, &out, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "horizon is 1025");
	options.struct_size = 4;
	expect_error(cstn_demand_model_explain(model, NULL, NULL, &options, &out, &error),
			CSTN_E_STRUCT_SIZE, &error, "");
	cstn_demand_model_free(model);
	cstn_demand_model_free(empty);
}
END_TEST

START_TEST(model_that_changed_is_not_explained_on)
{
	cstn_demand_model *model = learned(0, 7);
	demand_row row = {"s00", "drink", 200, 3, 0, 0, -1, 0};
	struct ArrowArrayStream out;
	struct ArrowArray batch;

	ck_assert_int_eq(cstn_demand_model_explain(model, NULL, NULL, NULL, &out, NULL), CSTN_OK);
	demand_feed(model, &row, 1, 0, NULL);
	ck_assert_int_ne(out.get_next(&out, &batch), 0);
	ck_assert_ptr_nonnull(strstr(out.get_last_error(&out), "was changed"));
	out.release(&out);
	cstn_demand_model_free(model);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {parts_are_logarithmic_means_times_logarithms,
			factors_that_undo_each_other_have_parts_that_do,
			first_factor_that_is_nothing_takes_the_whole_level,
			parts_of_a_cut_product_share_the_cut,
			parts_of_a_model_are_those_of_its_forecasts,
			day_on_which_nothing_is_ever_sold_takes_the_level_away,
			keys_that_are_new_have_the_level_of_their_pool,
			parts_of_what_a_double_hardly_holds_are_finite_and_add_up,
			any_number_of_threads_explains_alike,
			returns_are_explained_by_their_own_series, wrong_questions_are_refused,
			model_that_changed_is_not_explained_on};
	Suite *suite = suite_create("explain");
	TCase *test_case = tcase_create("explain");
	size_t i;

	tcase_set_timeout(test_case, 240);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(test_case, tests[i]);
	tcase_add_loop_test(test_case, parts_of_random_products_add_up_in_any_order, 0, 5);
	tcase_add_loop_test(test_case, parts_add_up_to_the_mean_that_is_forecast, 0,
			(int)(sizeof(kinds) / sizeof(kinds[0])));
	suite_add_tcase(suite, test_case);
	return run_suite(suite);
}
