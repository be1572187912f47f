/* The pace of months: speeds, means at the beginning, and the level of a pool, against their
 * formulas written out here. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/hash.h"
#include "csv_rows.h"
#include "demand/model.h"
#include "suite.h"

#define SERIES 5
#define MONTHS 60

static cstn_demand_model *model_of(uint32_t flags, int32_t period, int32_t pace)
{
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_demand_model *model = NULL;

	config.flags = flags;
	config.period = period;
	config.season = 1;
	config.pace = pace;
	ck_assert_int_eq(cstn_demand_model_new(&config, NULL, &model, NULL), CSTN_OK);
	return model;
}

static void tell(cstn_demand_model *model, int64_t key, int64_t month, double y, int32_t flags)
{
	cstn_demand_observation row = CSTN_DEMAND_OBSERVATION_INIT;

	row.key_number = key;
	row.ds = month;
	row.y = y;
	row.row_flags = flags;
	row.limit = y;
	ck_assert_int_eq(cstn_demand_model_update_one(model, &row, NULL), CSTN_OK);
}

static double ask(const cstn_demand_model *model, int64_t key)
{
	cstn_demand_query query = CSTN_DEMAND_QUERY_INIT;
	double mean;

	query.key_number = key;
	ck_assert_int_eq(cstn_demand_model_forecast_one(model, &query, &mean, NULL, NULL, NULL),
			CSTN_OK);
	return mean;
}

/* --- written out ------------------------------------------------------------------------------ */

static double sold(int64_t key, int64_t month)
{
	double share = (double)(cstn__mix64((uint64_t)(key * 1000 + month)) >> 40) / 0x1p24;

	return floor((30 - .35 * (double)month) * share * (double)(key + 1));
}

static double level_after(int64_t key, int64_t first, int64_t month)
{
	static const double speeds[3] = {.07, .12, .2};
	double level[3] = {0}, sum = 0;
	int64_t t;
	int k;

	for (k = 0; k < 3; k++) {
		for (t = first; t <= month; t++) {
			double speed = fmax(speeds[k], 1 / (double)(t - first + 1));

			level[k] += speed * (sold(key, t) - level[k]);
		}
		sum += level[k];
	}
	return sum / 3;
}

static int64_t block_of(int64_t month)
{
	return (month + 2999) /
	       3; /* of months from -2,999 on: blocks end at those that 3 divides */
}

/* The factor after `last` of series that begin at `first[key]`. */
static double factor_after(const int64_t *first, size_t n, int64_t last)
{
	double said = 0, y = 0;
	int64_t t;
	size_t i;

	for (i = 0; i < n; i++)
		for (t = first[i] + 12; t <= last; t++) {
			int64_t made = t;

			while (block_of(made) > block_of(t) - 4)
				made--;
			if (block_of(t) <= block_of(last) - 4)
				continue;
			said += level_after((int64_t)i, first[i], made);
			y += sold((int64_t)i, t);
		}
	return said > 0 ? 1 + (y / said - 1) * said / (said + 100) : 1;
}

START_TEST(forecasts_take_the_level_of_their_pool)
{
	static const int64_t first[SERIES] = {0, 0, 5, 20, 40};
	cstn_demand_model *model = model_of(0, CSTN_PERIOD_NUMBER, CSTN_DEMAND_PACE_MONTHS);
	int64_t month, key;

	for (month = 0; month < MONTHS; month++) {
		for (key = 0; key < SERIES; key++)
			if (month >= first[key])
				tell(model, key, month, sold(key, month), 0);
		for (key = 0; key < SERIES; key++)
			if (month >= first[key])
				ck_assert_double_eq_tol(ask(model, key),
						level_after(key, first[key], month) *
								factor_after(first, SERIES, month),
						1e-5);
	}
	ck_assert_double_lt(factor_after(first, SERIES, MONTHS - 1), .95);
	cstn_demand_model_free(model);
}
END_TEST

static const struct {
	double times, factor;
} jumps[] = {{1, 1}, {1.5, 1.5}, {40, 2}, {.7, .7}, {0, .5}};

START_TEST(a_level_moves_at_most_to_half_and_double)
{
	cstn_demand_model *model = model_of(0, CSTN_PERIOD_NUMBER, CSTN_DEMAND_PACE_MONTHS);
	int64_t key, month;
	double of;

	/* the first months that are set against what was forecast a year before */
	for (month = 1; month <= 15; month++)
		for (key = 0; key < 50; key++)
			tell(model, key, month, month <= 12 ? 1000 : 1000 * jumps[_i].times, 0);
	of = model->pools.items[0].level->factor;
	ck_assert_double_eq_tol(of, jumps[_i].factor, 1e-3);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(stock_outs_and_estimates_do_not_count)
{
	cstn_demand_model *model = model_of(0, CSTN_PERIOD_NUMBER, CSTN_DEMAND_PACE_MONTHS);
	int64_t month;

	for (month = 1; month <= 12; month++)
		tell(model, 1, month, 1000, 0);
	tell(model, 1, 13, 10, CSTN_DEMAND_STOCK_OUT);
	tell(model, 1, 14, 10, CSTN_DEMAND_ESTIMATED);
	ck_assert_double_eq(model->pools.items[0].level->factor, 1);
	tell(model, 1, 15, 10, 0);
	ck_assert_double_lt(model->pools.items[0].level->factor, 1);
	cstn_demand_model_free(model);
}
END_TEST

/* --- defaults --------------------------------------------------------------------------------- */

static int is_slow(int32_t period, int32_t pace)
{
	cstn_demand_model *model = model_of(0, period, pace);
	int slow = cstn__demand_is_slow(model);

	cstn_demand_model_free(model);
	return slow;
}

START_TEST(months_have_their_pace_unless_another_is_asked_for)
{
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_demand_model *model = NULL;
	cstn_error *error = NULL;
	int32_t period;

	for (period = CSTN_PERIOD_BY_TYPE; period <= CSTN_PERIOD_NUMBER; period++) {
		ck_assert_int_eq(is_slow(period, CSTN_DEMAND_PACE_BY_PERIOD),
				period == CSTN_PERIOD_MONTH);
		ck_assert(!is_slow(period, CSTN_DEMAND_PACE_DAYS));
		ck_assert(is_slow(period, CSTN_DEMAND_PACE_MONTHS));
	}
	config.pace = 3;
	expect_error(cstn_demand_model_new(&config, NULL, &model, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "pace is 3");
	config.pace = -1;
	expect_error(cstn_demand_model_new(&config, NULL, &model, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "pace is -1");
}
END_TEST

START_TEST(months_of_the_calendar_are_consecutive)
{
	cstn_demand_model *model = model_of(0, CSTN_PERIOD_MONTH, 0);
	int32_t month;

	for (month = 0; month < 30; month++)
		tell(model, 7, cstn__days_of(2020 + month / 12, month % 12 + 1, 1), 8, 0);
	ck_assert_double_eq(ask(model, 7), 8);
	ck_assert_double_eq(model->pools.items[0].level->factor, 1);
	cstn_demand_model_free(model);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("demand level");
	TCase *tc = tcase_create("demand level");

	tcase_add_test(tc, forecasts_take_the_level_of_their_pool);
	tcase_add_loop_test(tc, a_level_moves_at_most_to_half_and_double, 0,
			sizeof(jumps) / sizeof(jumps[0]));
	tcase_add_test(tc, stock_outs_and_estimates_do_not_count);
	tcase_add_test(tc, months_have_their_pace_unless_another_is_asked_for);
	tcase_add_test(tc, months_of_the_calendar_are_consecutive);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
