/* Stock-outs: where demand is that was not seen. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/stats.h"
#include "demand/count.h"
#include "demand/model.h"
#include "demand_rows.h"
#include "suite.h"

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
		demand_feed_day(told, day, shown, is_out ? CSTN_DEMAND_STOCK_OUT : 0,
				is_out ? of->limit : -1);
		demand_feed_day(untold, day, shown, 0, -1);
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

int main(void)
{
	const TTest *const tests[] = {stock_outs_leave_the_level_where_demand_is,
			stock_outs_leave_the_level_where_demand_is_within_a_year,
			a_shelf_of_one_unit_keeps_its_level_near_demand,
			what_stock_outs_hide_is_told_by_the_derivative_of_what_was_put_in};

	return run_tests("stock", tests, sizeof(tests) / sizeof(tests[0]));
}
