/* The filter of a series against its formulas, written out here, and what is learned of the spread
 * around its forecasts. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "demand/count.h"
#include "demand/model.h"
#include "demand_rows.h"
#include "suite.h"

#define SEASON 7
#define DAYS 100
#define AHEAD (3 * SEASON)

/* --- levels and the season -------------------------------------------------------------------- */

typedef struct plain {
	double level[3], loss[3], season[SEASON], chance, size;
} plain;

static const double speeds[3] = {.02, .05, .1};

static void learn(plain *p, int day, double y)
{
	int k, j;

	for (k = 0; k < 3; k++) {
		double e = y - p->level[k];

		p->loss[k] = .98 * p->loss[k] + (day ? e * e : 0);
		p->level[k] = day ? p->level[k] + speeds[k] * e : y;
	}
	for (j = 0; j < SEASON; j++)
		p->season[j] *= pow(2, -1 / 182.0);
	p->season[day % SEASON] += y;
	p->chance = day ? p->chance + .1 * ((y > 0) - p->chance) : y > 0;
	if (y > 0)
		p->size = p->size > 0 ? p->size + .1 * (y - p->size) : y;
}

static double level_of(const plain *p, uint32_t flags)
{
	double least = fmin(p->loss[0], fmin(p->loss[1], p->loss[2])), sum = 0, weights = 0;
	int k;

	if (flags & CSTN_DEMAND_INTERMITTENT && p->chance < .3)
		return p->chance * p->size;
	for (k = 0; k < 3; k++) {
		double weight = flags & CSTN_DEMAND_LEVEL_WEIGHTS ? exp(-5 * p->loss[k] / least)
								  : 1;

		sum += weight * p->level[k];
		weights += weight;
	}
	return sum / weights;
}

/* Flags of the configuration, and how often something is sold. */
static const struct {
	uint32_t flags;
	double share;
	int is_slow; /* at the end */
} filters[] = {{0, 1, 0}, {CSTN_DEMAND_LEVEL_WEIGHTS, 1, 0}, {CSTN_DEMAND_INTERMITTENT, .37, 0},
		{CSTN_DEMAND_INTERMITTENT, .15, 1}, {0, .15, 1},
		{CSTN_DEMAND_INTERMITTENT | CSTN_DEMAND_LEVEL_WEIGHTS, .7, 0}};

START_TEST(forecasts_are_the_level_by_the_season_for_as_long_as_is_asked)
{
	cstn_demand_model *model = demand_model(filters[_i].flags, CSTN_GAP_ERROR);
	cstn_demand_query query = CSTN_DEMAND_QUERY_INIT;
	double mean[AHEAD], sum = 0;
	plain p = {{0}, {0}, {0}, 0, 0};
	int day, h;

	for (day = 0; day < DAYS; day++) {
		double u = cstn__random_unit(3, (uint64_t)day);
		double y = u < filters[_i].share ? 2 + day % SEASON + floor(5 * u) : 0;
		demand_row row = {"a", "p", day, y, 0, 0, -1, 0};

		ck_assert_int_eq(demand_feed_one(model, &row, NULL), CSTN_OK);
		learn(&p, day, y);
	}
	ck_assert_int_eq(p.chance < .3, filters[_i].is_slow);
	for (h = 0; h < SEASON; h++)
		sum += p.season[h] + 50.0 / SEASON;
	query.key = "a";
	query.key_len = 1;
	query.horizon = AHEAD;
	ck_assert_int_eq(cstn_demand_model_forecast_one(model, &query, mean, NULL, NULL, NULL),
			CSTN_OK);
	for (h = 0; h < AHEAD; h++) {
		double own = p.season[(DAYS + h) % SEASON] + 50.0 / SEASON;
		double wanted = level_of(&p, filters[_i].flags) * own / (sum / SEASON);

		ck_assert_double_eq_tol(mean[h], wanted, 1e-5 * wanted);
	}
	cstn_demand_model_free(model);
}
END_TEST

/* --- the alarm -------------------------------------------------------------------------------- */

/* After a step there are alarms until the levels have followed it. */
START_TEST(an_alarm_is_told_for_a_season_or_until_the_next_one)
{
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_demand_model *model;
	int32_t flags = 0, season = 30;
	int day, from = 0, told = 0;

	config.flags = CSTN_DEMAND_DRIFT;
	config.season = season;
	model = demand_model_of(&config);
	for (day = 0; day < 1000; day++) {
		double y = 10 + day % 3 + (day > 100 ? 20 : 0);
		demand_row row = {"a", "p", day, y, 0, 0, -1, 0};

		ck_assert_int_eq(demand_feed_one(model, &row, NULL), CSTN_OK);
		(void)demand_next(model, "a", &flags);
		if (flags & CSTN_DEMAND_FORECAST_DRIFT) {
			from = from ? from : day;
			told++;
		}
	}
	ck_assert_int_gt(from, 100);
	ck_assert_int_lt(from, 110);
	ck_assert_int_gt(told, 0);
	ck_assert_int_eq(told % season, 0);
	ck_assert_int_lt(told, 300);
	cstn_demand_model_free(model);
}
END_TEST

/* --- spread ----------------------------------------------------------------------------------- */

/* Sold every period, so that what is usual is a dispersion of .4. */
static cstn__demand_series steady(uint32_t seen, double mu, double square)
{
	cstn__demand_series s;

	memset(&s, 0, sizeof(s));
	s.seen = seen;
	s.chance = 1;
	s.size = s.mu = (float)mu;
	s.mu_square = (float)(mu * mu);
	s.error_square = (float)square;
	return s;
}

START_TEST(dispersion_goes_from_what_is_usual_to_that_of_the_errors)
{
	static const uint32_t seen[] = {1, 100, 256, 5000};
	size_t i;

	for (i = 0; i < 4; i++) {
		cstn__demand_series s = steady(seen[i], 8, 8 + .05 * 64);
		/* of 8 units .4 counts as 43 errors */
		double n = fmin(seen[i], 256), own = n / (n + 25 * pow(1 + 1 / (.4 * 8), 2));

		ck_assert_double_eq_tol(cstn__demand_dispersion(&s, 0),
				exp(own * log(.05) + (1 - own) * log(.4)), 1e-6);
	}
	ck_assert_double_eq(cstn__demand_dispersion(NULL, 0), 1);
}
END_TEST

START_TEST(fractions_above_a_limit_are_taken_up_at_most_twenty_means_above_it)
{
	cstn__demand_series s = steady(50, 2, 1e6); /* a deviation of 1,000 */
	cstn__demand_above above;

	s.flags = CSTN__SERIES_FRACTIONAL;
	cstn__demand_censored(&s, 0, 2, 3, &above);
	ck_assert_double_eq(above.mean, 3 + 20 * (2 + 1));
	ck_assert_double_ge(above.around, 0);
	s.error_square = 4;
	cstn__demand_censored(&s, 0, 2, 3, &above);
	ck_assert_double_gt(above.mean, 3);
	ck_assert_double_lt(above.mean, 6);
}
END_TEST

/* A model that keeps what quantiles are proved by, weeks of 7. */
static cstn_demand_model *proved(void)
{
	cstn_demand_model *model = demand_model(CSTN_DEMAND_CALIBRATE, CSTN_GAP_ERROR);
	demand_row row = {"other", "p", 0, 1, 0, 0, -1, 0};

	ck_assert_int_eq(demand_feed_one(model, &row, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__demand_week(model), 7);
	return model;
}

START_TEST(the_level_is_kept_at_the_end_of_every_week)
{
	cstn_demand_model *model = proved();
	cstn__demand_series s = steady(9, 8, 64);
	float beside[CSTN__BESIDE_FLOATS] = {0};
	cstn__demand_point point;
	int64_t period;
	size_t k;

	memset(&point, 0, sizeof(point));
	for (period = 1; period <= 40; period++) {
		point.before = period - 1;
		point.period = period;
		cstn__demand_keep_levels(&s, beside, 7, &point, (double)period - 1);
	}
	/* the rows of days 35, 28, 21 and 14 were the last of their weeks */
	for (k = 0; k < CSTN__HORIZON_WEEKS; k++)
		ck_assert_double_eq((double)beside[k], 35 - 7 * (double)k);
	/* behind a gap of three weeks the level has stood still */
	point.before = 40;
	point.period = 60;
	cstn__demand_keep_levels(&s, beside, 7, &point, 4);
	ck_assert(beside[0] == 4 && beside[1] == 4 && beside[2] == 4 && beside[3] == 35);
	point.before = 60;
	point.period = 1000;
	cstn__demand_keep_levels(&s, beside, 7, &point, 5);
	ck_assert(beside[0] == 5 && beside[3] == 5);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(what_a_stock_out_sold_proves_nothing)
{
	cstn_demand_model *model = proved();
	cstn__demand_series s = steady(100, 8, 64);
	cstn__calibration *outcomes = calloc(CSTN__HORIZON_WEEKS, sizeof(*outcomes));
	cstn__calibration *none = calloc(CSTN__HORIZON_WEEKS, sizeof(*none));
	float beside[CSTN__BESIDE_FLOATS] = {8, 8, 8, 8}, before[CSTN__BESIDE_FLOATS];
	cstn__demand_point point;

	ck_assert(outcomes && none);
	memcpy(before, beside, sizeof(before));
	memset(&point, 0, sizeof(point));
	point.y = 3;
	point.factor = 1;
	point.outcomes = outcomes;
	point.flags = CSTN_DEMAND_STOCK_OUT;
	cstn__demand_count_outcome(&s, beside, &point);
	cstn__demand_count_residual(model, &s, beside, &point);
	ck_assert_mem_eq(outcomes, none, CSTN__OUTCOMES_SIZE);
	ck_assert_mem_eq(beside, before, sizeof(before));
	point.flags = 0;
	cstn__demand_count_outcome(&s, beside, &point);
	cstn__demand_count_residual(model, &s, beside, &point);
	ck_assert_mem_ne(outcomes, none, CSTN__OUTCOMES_SIZE);
	ck_assert_mem_ne(beside, before, sizeof(before));
	free(outcomes);
	free(none);
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(autocorrelations_of_few_errors_are_not_drawn_to_0)
{
	/* the level a week and two weeks ago */
	float beside[CSTN__BESIDE_FLOATS] = {5, 8};
	cstn_demand_model *model = proved();
	double rho[CSTN__RESIDUAL_LAGS];
	cstn__demand_point point;
	cstn__demand_series s;
	int day, k;

	memset(&point, 0, sizeof(point));
	point.factor = 1;
	/* until two weeks were seen there is no such level */
	s = steady(14, 8, 1);
	cstn__demand_count_residual(model, &s, beside, &point);
	ck_assert_uint_eq(cstn__demand_rho(model, &s, beside, rho), 0);
	ck_assert_double_eq(rho[0], 0);
	/* errors of 1, 1, -1, -1, ..: 0 a period apart, -1 two, 1 four */
	for (day = 1; day <= 64; day++) {
		s = steady(14 + (uint32_t)day, 8, 1);
		point.y = day % 4 < 2 ? 9 : 7;
		cstn__demand_count_residual(model, &s, beside, &point);
	}
	ck_assert_uint_eq(cstn__demand_rho(model, &s, beside, rho), 64);
	for (k = 0; k < CSTN__RESIDUAL_LAGS; k++) {
		static const double wanted[4] = {1, 0, -1, 0};

		ck_assert_double_eq_tol(rho[k], .9 * wanted[(k + 1) % 4], .12);
	}
	cstn_demand_model_free(model);
}
END_TEST

START_TEST(every_week_ahead_asks_for_levels_of_its_own)
{
	cstn_demand_model *model = proved();
	cstn__demand_series s = steady(1000, 8, 64);
	const double one[] = {.5}, asked[CSTN__HORIZON_WEEKS] = {.1, .3, .6, .9};
	double mean[40], scratch[2 * 40], out[40], phi = cstn__demand_dispersion(&s, 0), wanted;
	cstn__demand_levels levels = {0, one, 1, asked, scratch};
	size_t h;

	for (h = 0; h < 40; h++)
		mean[h] = 20 + (double)(h % 7);
	cstn__demand_quantiles(model, &s, &levels, mean, 40, out);
	for (h = 0; h < 40; h++) {
		cstn__count_quantiles(mean[h], phi, &asked[h < 28 ? h / 7 : 3], 1, &wanted);
		ck_assert_double_eq(out[h], wanted);
	}
	cstn_demand_model_free(model);
}
END_TEST

/* --- outcomes ----------------------------------------------------------------------------------
 */

#define STEADY 100
#define LEARNED 300
#define ASKED 100

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* What comes to a series on a day, and a place between what is below it and it. */
static const struct {
	double mean, dispersion, most;
} truths[] = {{.6, .8, .02}, {3, .4, .02}, {40, .1, .03}};

static double outcome(int truth, int64_t key, int64_t day, double *place)
{
	double u = cstn__random_unit(900 + (uint64_t)truth, (uint64_t)(key * 1000 + day) * 2), y;

	*place = cstn__random_unit(900 + (uint64_t)truth, (uint64_t)(key * 1000 + day) * 2 + 1);
	cstn__count_quantiles(truths[truth].mean, truths[truth].dispersion, &u, 1, &y);
	return y;
}

/* Kolmogorov's distance of places in what the model said a day before; the model knows a few
 * hundred days, and its level goes on learning. Large
 * demand that spreads little is taken for a bit wider than it is: .1 is drawn to .4, by 28 errors.
 */
START_TEST(outcomes_of_what_the_model_takes_demand_for_are_uniform_in_its_forecasts)
{
	static double u[STEADY * ASKED];
	cstn_demand_config config = CSTN_DEMAND_CONFIG_INIT;
	cstn_demand_observation row = CSTN_DEMAND_OBSERVATION_INIT;
	cstn_demand_query query = CSTN_DEMAND_QUERY_INIT;
	cstn_demand_model *model = NULL;
	double distance = 0, mean, below, at, place;
	size_t n = 0, i;

	config.season = 1;
	config.period = CSTN_PERIOD_NUMBER;
	ck_assert_int_eq(cstn_demand_model_new(&config, NULL, &model, NULL), CSTN_OK);
	for (row.key_number = 0; row.key_number < STEADY; row.key_number++)
		for (row.ds = 0; row.ds < LEARNED + ASKED; row.ds++) {
			row.y = outcome(_i, row.key_number, row.ds, &place);
			query.key_number = row.key_number;
			if (row.ds >= LEARNED) {
				ck_assert_int_eq(cstn_demand_model_forecast_one(model, &query,
								 &mean, NULL, NULL, NULL),
						CSTN_OK);
				cstn__count_cdf(mean,
						cstn__demand_dispersion(
								&model->sides[0].series.items
										 [row.key_number],
								0),
						row.y, &below, &at);
				u[n++] = below + place * (at - below);
			}
			ck_assert_int_eq(cstn_demand_model_update_one(model, &row, NULL), CSTN_OK);
		}
	qsort(u, n, sizeof(*u), ascending);
	for (i = 0; i < n; i++)
		distance = fmax(distance,
				fmax(fabs(u[i] - (double)i / (double)n),
						fabs(u[i] - (double)(i + 1) / (double)n)));
	printf("mean %g, dispersion %g: distance %.4f of %zu outcomes\n", truths[_i].mean,
			truths[_i].dispersion, distance, n);
	ck_assert_double_lt(distance, truths[_i].most);
	cstn_demand_model_free(model);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("demand filter");
	TCase *tc = tcase_create("demand filter");

	tcase_add_loop_test(tc, forecasts_are_the_level_by_the_season_for_as_long_as_is_asked, 0,
			sizeof(filters) / sizeof(filters[0]));
	tcase_add_test(tc, an_alarm_is_told_for_a_season_or_until_the_next_one);
	tcase_add_test(tc, dispersion_goes_from_what_is_usual_to_that_of_the_errors);
	tcase_add_test(tc, fractions_above_a_limit_are_taken_up_at_most_twenty_means_above_it);
	tcase_add_test(tc, the_level_is_kept_at_the_end_of_every_week);
	tcase_add_test(tc, what_a_stock_out_sold_proves_nothing);
	tcase_add_test(tc, autocorrelations_of_few_errors_are_not_drawn_to_0);
	tcase_add_test(tc, every_week_ahead_asks_for_levels_of_its_own);
	tcase_add_loop_test(tc,
			outcomes_of_what_the_model_takes_demand_for_are_uniform_in_its_forecasts, 0,
			sizeof(truths) / sizeof(truths[0]));
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
