/* Fitted models on sets that break others: finite everywhere, no explosion, and `auto` better than
 * the season repeated. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/demand_evaluate.h>

#include "answer_table.h"
#include "base/alloc.h"
#include "demand/family.h"
#include "forecast_data.h"
#include "shared_data.h"

#define HORIZON 64
#define COMPETITION                                                       \
	"id text\nperiod text\ntype text\nfreq int64\nn int64\nh int64\n" \
	"start text\ntrain text\ntest text\n"

/* Every model there is. */
static const int models[] = {CSTN__FAMILY_AUTO, CSTN__FAMILY_NAIVE, CSTN__FAMILY_SEASONAL_NAIVE,
		CSTN__FAMILY_NAIVE2, CSTN__FAMILY_SES, CSTN__FAMILY_HOLT, CSTN__FAMILY_DAMPED,
		CSTN__FAMILY_THETA, CSTN__FAMILY_AUTOREGRESSION, CSTN__FAMILY_AUTOREGRESSION_DIFF,
		CSTN__FAMILY_STM, CSTN__FAMILY_OTM, CSTN__FAMILY_DSTM, CSTN__FAMILY_DOTM,
		CSTN__FAMILY_SES_DRIFT, CSTN__FAMILY_CROSTON, CSTN__FAMILY_SBA, CSTN__FAMILY_SBJ,
		CSTN__FAMILY_TSB, CSTN__FAMILY_ADIDA};
#define MODELS (sizeof(models) / sizeof(models[0]))

static void open_room(cstn__family_room *room)
{
	static cstn_allocator allocator;

	ck_assert_int_eq(cstn__allocator_read(NULL, &allocator, NULL), CSTN_OK);
	cstn__family_room_init(room, &allocator);
}

/* A set and its scores: sums of MASE of `auto` and of the season repeated. */
typedef struct set {
	size_t season, second, h;
	double automatic, naive, n;
} set;

/* n values, the last h of which are forecast by `auto` and by the season repeated. */
static void score(set *s, cstn__family_room *room, const double *y, size_t n)
{
	static double f[2 * 1024];
	const uint32_t both = 1u << CSTN__FAMILY_AUTO | 1u << CSTN__FAMILY_SEASONAL_NAIVE;
	size_t train = n - s->h, t;
	double mine, theirs;

	ck_assert_int_eq(
			cstn__family_ahead(room, both, y, train, s->season, s->second, s->h, f), 0);
	for (t = 0; t < 2 * s->h; t++)
		ck_assert(isfinite(f[t]));
	mine = forecast_measure(CSTN_METRIC_MASE, y + train, f, s->h, y, train, (int32_t)s->season);
	/* the scale alone says whether there is a value */
	theirs = forecast_measure(
			CSTN_METRIC_MASE, y + train, f + s->h, s->h, y, train, (int32_t)s->season);
	if (isnan(mine))
		return;
	s->automatic += mine;
	s->naive += theirs;
	s->n++;
}

static void better(const char *what, const set *s)
{
	printf("%-12s %4.0f series: MASE %.3f, the season repeated %.3f\n", what, s->n,
			s->automatic / s->n, s->naive / s->n);
	ck_assert_double_gt(s->n, 0);
	ck_assert_double_lt(s->automatic, s->naive);
}

/* What is missing is what was there a season before. */
static void fill(double *y, size_t n, size_t season)
{
	size_t t;

	for (t = 0; t < n; t++)
		if (isnan(y[t]))
			y[t] = t >= season ? y[t - season] : 0;
}

/* A file with a column a series. */
static void score_columns(const char *file, size_t rows, size_t columns, set *s)
{
	double *y = malloc(rows * columns * sizeof(*y));
	cstn__family_room room;
	size_t c;

	ck_assert_ptr_nonnull(y);
	open_room(&room);
	ck_assert_uint_eq(forecast_table(file, 1, y, rows, columns), rows);
	for (c = 0; c < columns; c++) {
		fill(y + c * rows, rows, s->season);
		score(s, &room, y + c * rows, rows);
	}
	cstn__family_room_free(&room);
	free(y);
}

START_TEST(cash_patients_and_jewels_are_forecast_better_than_by_the_season_before)
{
	set nn5 = {7, 0, 56, 0, 0, 0}, hospital = {12, 0, 12, 0, 0, 0};
	set jewelry = {52, 0, 13, 0, 0, 0};

	score_columns("nn5/nn5_daily.csv.gz", 791, 111, &nn5);
	better("NN5", &nn5);
	score_columns("expsmooth/hospital.csv.gz", 84, 767, &hospital);
	better("hospital", &hospital);
	score_columns("expsmooth/jewelry.csv.gz", 124, 314, &jewelry);
	better("jewelry", &jewelry);
}
END_TEST

START_TEST(retail_turnover_is_forecast_better_than_by_the_year_before)
{
	answer_table *table = answer_csv("tsibbledata/aus_retail.csv.gz",
			"State text\nIndustry text\nSeries.ID text\nMonth text\nTurnover double\n",
			0);
	set retail = {12, 0, 24, 0, 0, 0};
	cstn__family_room room;
	size_t begin, end;

	open_room(&room);
	for (begin = 0; begin < table->rows; begin = end) {
		for (end = begin; end < table->rows &&
				  strcmp(table->texts[2][end], table->texts[2][begin]) == 0;
				end++)
			;
		ck_assert_uint_gt(end - begin, retail.h);
		score(&retail, &room, table->numbers[4] + begin, end - begin);
	}
	better("retail", &retail);
	ck_assert_double_ge(retail.n, 150);
	cstn__family_room_free(&room);
	answer_table_free(table);
}
END_TEST

/* Half hours, a season of a day and one of a week. */
START_TEST(electricity_is_forecast_better_than_by_the_week_before)
{
	enum { HALF_HOURS = 52608, TRAIN = 60 * 48, DAY = 48, WEEK = 7 * 48 };
	set electricity = {DAY, WEEK, DAY, 0, 0, 0};
	double *y = malloc(HALF_HOURS * sizeof(*y));
	cstn__family_room room;
	size_t origin;

	ck_assert_ptr_nonnull(y);
	open_room(&room);
	ck_assert_uint_eq(forecast_table("tsibbledata/vic_elec.csv.gz", 1, y, HALF_HOURS, 1),
			HALF_HOURS);
	for (origin = TRAIN; origin + DAY <= HALF_HOURS; origin += 21 * DAY)
		score(&electricity, &room, y + origin - TRAIN, TRAIN + DAY);
	better("electricity", &electricity);
	cstn__family_room_free(&room);
	free(y);
}
END_TEST

/* --- explosions --- */

static void look(cstn__family_room *room, const char *id, const double *y, size_t n, size_t season,
		size_t h)
{
	double f[HORIZON], most = 0;
	size_t m, t;

	for (t = 0; t < n; t++)
		most = fmax(most, fabs(y[t]));
	for (m = 0; m < MODELS; m++) {
		ck_assert_int_eq(cstn__family_ahead(room, 1u << models[m], y, n, season, 0, h, f),
				0);
		for (t = 0; t < h; t++)
			ck_assert_msg(fabs(f[t]) <= 10 * most, "%s, model %d: %g after at most %g",
					id, models[m], f[t], most);
	}
}

/* Every series of the competitions, rows 83-84 of M1, 113-114 and N0646 of M3 among them. */
START_TEST(no_model_explodes_on_any_series_of_the_competitions)
{
	static const char *const files[] = {"m1/M1_series.csv.gz", "m3/M3_series.csv.gz",
			"tourism_comp/tourism_series_monthly_quarterly.csv.gz"};
	static double y[FORECAST_MOST];
	cstn__family_room room;
	size_t i, r;

	open_room(&room);
	for (i = 0; i < 3; i++) {
		answer_table *series = answer_csv(files[i], COMPETITION, 0);

		for (r = 0; r < series->rows; r++)
			look(&room, series->texts[0][r], y, forecast_values(series->texts[7][r], y),
					(size_t)series->numbers[3][r],
					(size_t)series->numbers[5][r]);
		answer_table_free(series);
	}
	cstn__family_room_free(&room);
}
END_TEST

/* Long constants, seasons of two periods, zeros where an index would be 0, a spike after them. */
START_TEST(no_model_explodes_on_constants_short_seasons_and_zeros)
{
	static const size_t seasons[] = {1, 2, 3, 4, 7, 12};
	static double y[400];
	cstn__family_room room;
	size_t s, t, n;

	open_room(&room);
	for (s = 0; s < 6; s++)
		for (n = 1; n <= 400; n = n < 40 ? n + 1 : n + 97) {
			/* as far ahead as back: a line through two values goes where it goes */
			size_t h = n < 24 ? n : 24;

			for (t = 0; t < n; t++)
				y[t] = 1e6;
			look(&room, "constant", y, n, seasons[s], h);
			y[n - 1] = 1e6 + 1;
			look(&room, "one step", y, n, seasons[s], h);
			for (t = 0; t < n; t++)
				y[t] = t % seasons[s] == 0 ? 50 + (double)(t % 11) : 0;
			look(&room, "zeros between", y, n, seasons[s], h);
			for (t = 0; t < n; t++)
				y[t] = t % seasons[s] == 1 ? 0 : 100 + (double)(t * t % 17);
			look(&room, "a zero a season", y, n, seasons[s], h);
			y[n - 1] = 5000;
			look(&room, "a spike", y, n, seasons[s], h);
		}
	cstn__family_room_free(&room);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			cash_patients_and_jewels_are_forecast_better_than_by_the_season_before,
			retail_turnover_is_forecast_better_than_by_the_year_before,
			electricity_is_forecast_better_than_by_the_week_before,
			no_model_explodes_on_any_series_of_the_competitions,
			no_model_explodes_on_constants_short_seasons_and_zeros};

	return run_tests_on("data", "forecast_known_answers.md", "forecast sets", tests, 5);
}
