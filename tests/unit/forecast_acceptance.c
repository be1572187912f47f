/* Fitted models on the series of competitions: their scores against what the best simple methods
 * reach, as a table of reached and bar. */
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

typedef struct score {
	double smape, mase, n;
} score;

static void add(score *to, const double *y, const double *f, size_t h, const double *train,
		size_t n, int32_t season)
{
	to->smape += forecast_measure(CSTN_METRIC_SMAPE, y, f, h, NULL, 0, 1);
	to->mase += forecast_measure(CSTN_METRIC_MASE, y, f, h, train, n, season);
	to->n++;
}

static void tell(const char *what, score s, const char *beside, double smape, double mase)
{
	printf("%-32s sMAPE %7.3f MASE %6.3f (%s %.3f, %.3f)\n", what, s.smape / s.n, s.mase / s.n,
			beside, smape, mase);
}

/* Reached against bar. */
static void reach(const char *what, score s, double smape, double mase)
{
	tell(what, s, "bar", smape, mase);
	ck_assert_double_le(s.smape / s.n, smape);
	ck_assert_double_le(s.mase / s.n, mase);
}

/* Cells of data/forecast_known_answers.md, F1. */
static void match(const char *what, score s, double smape, double mase)
{
	tell(what, s, "published", smape, mase);
	ck_assert_double_eq_tol(s.smape / s.n, smape, .002);
	ck_assert_double_eq_tol(s.mase / s.n, mase, .002);
}

static const cstn_allocator *libc_allocator(cstn_allocator *out)
{
	ck_assert_int_eq(cstn__allocator_read(NULL, out, NULL), CSTN_OK);
	return out;
}

static const char *const m3_groups[] = {"MONTHLY", "QUARTERLY", "YEARLY", "OTHER"};

START_TEST(median_of_four_on_the_m3_series)
{
	static double train[FORECAST_MOST], test[FORECAST_MOST], f[FORECAST_MOST];
	answer_table *series = answer_csv("m3/M3_series.csv.gz",
			"id text\nperiod text\ntype text\nfreq int64\nn int64\nh int64\n"
			"start text\ntrain text\ntest text\n",
			0);
	score scores[5] = {{0, 0, 0}};
	cstn_allocator allocator;
	cstn__family_room room;
	size_t i, g;

	cstn__family_room_init(&room, libc_allocator(&allocator));
	for (i = 0; i < series->rows; i++) {
		size_t n = forecast_values(series->texts[7][i], train);
		size_t h = forecast_values(series->texts[8][i], test);
		int32_t season = (int32_t)series->numbers[3][i];

		for (g = 0; g < 3 && strcmp(series->texts[1][i], m3_groups[g]) != 0; g++)
			;
		ck_assert_int_eq(cstn__family_ahead(&room, 1u << CSTN__FAMILY_AUTO, train, n,
						 (size_t)season, 0, h, f),
				0);
		add(&scores[g], test, f, h, train, n, season);
		add(&scores[4], test, f, h, train, n, season);
	}
	tell("M3 monthly", scores[0], "reference", 13.729, .860);
	tell("M3 quarterly", scores[1], "reference", 9.159, 1.092);
	tell("M3 yearly", scores[2], "reference", 16.227, 2.702);
	tell("M3 other", scores[3], "reference", 4.529, 1.985);
	reach("M3, all 3,003", scores[4], 12.60, 1.385);
	cstn__family_room_free(&room);
	answer_table_free(series);
}
END_TEST

/* Scores of a model on the group whose ids are in `test`. */
static score m4(int model, const forecast_series *train, size_t n_train,
		const forecast_series *test, size_t n_test, size_t season, size_t second,
		int32_t mase_season)
{
	static double f[FORECAST_MOST];
	cstn_allocator allocator;
	cstn__family_room room;
	score s = {0, 0, 0};
	size_t i;

	cstn__family_room_init(&room, libc_allocator(&allocator));
	for (i = 0; i < n_test; i++) {
		const forecast_series *past = forecast_find(train, n_train, test[i].id);

		ck_assert_int_eq(cstn__family_ahead(&room, 1u << model, past->y, past->n, season,
						 second, test[i].n, f),
				0);
		add(&s, test[i].y, f, test[i].n, past->y, past->n, mase_season);
	}
	cstn__family_room_free(&room);
	return s;
}

START_TEST(fitted_models_on_the_m4_weekly_series)
{
	static forecast_series train[420], test[420];
	size_t n_train = forecast_ragged("m4/Weekly-train.csv.gz", train, 420);
	size_t n_test = forecast_ragged("m4/Weekly-test.csv.gz", test, 420);
	score naive2 = m4(CSTN__FAMILY_NAIVE2, train, n_train, test, n_test, 1, 0, 1);
	score ses = m4(CSTN__FAMILY_SES, train, n_train, test, n_test, 1, 0, 1);
	score theta = m4(CSTN__FAMILY_THETA, train, n_train, test, n_test, 1, 0, 1);
	score damped = m4(CSTN__FAMILY_DAMPED, train, n_train, test, n_test, 1, 0, 1);
	score holt = m4(CSTN__FAMILY_HOLT, train, n_train, test, n_test, 1, 0, 1);
	score automatic;
	double owa;

	match("M4 weekly, Naive2", naive2, 9.161, 2.777);
	match("M4 weekly, SES", ses, 9.012, 2.685);
	match("M4 weekly, Theta", theta, 9.094, 2.637);
	tell("M4 weekly, Damped", damped, "published", 8.867, 2.400);
	tell("M4 weekly, Holt", holt, "published", 9.706, 2.413);
	ck_assert_double_eq_tol(holt.smape / holt.n, 9.706, .003 * 9.706);
	ck_assert_double_eq_tol(holt.mase / holt.n, 2.413, .003 * 2.413);
	automatic = m4(CSTN__FAMILY_AUTO, train, n_train, test, n_test, 52, 0, 1);
	tell("M4 weekly, auto", automatic, "reference", 7.054, 2.224);
	owa = (automatic.smape / naive2.smape + automatic.mase / naive2.mase) / 2;
	printf("M4 weekly OWA %.4f (bar 0.785, stretch 0.77)\n", owa);
	ck_assert_double_le(owa, 0.785);
	forecast_drop(train, n_train);
	forecast_drop(test, n_test);
}
END_TEST

START_TEST(autoregression_on_the_m4_hourly_series)
{
	static forecast_series train[420], test[420];
	size_t n_train = forecast_ragged("m4/Hourly-train.csv.gz", train, 420);
	size_t n_test = forecast_ragged("m4/Hourly-test-even-ids.csv.gz", test, 420);
	score naive2 = m4(CSTN__FAMILY_NAIVE2, train, n_train, test, n_test, 24, 0, 24), hourly,
	      theta;
	double owa;

	match("M4 hourly, Naive2", naive2, 18.541, 2.358);
	match("M4 hourly, SES", m4(CSTN__FAMILY_SES, train, n_train, test, n_test, 24, 0, 24),
			18.349, 2.349);
	theta = m4(CSTN__FAMILY_THETA, train, n_train, test, n_test, 24, 0, 24);
	tell("M4 hourly, Theta", theta, "published", 18.386, 2.413);
	/* one series has a slow valley that the published search did not enter */
	ck_assert_double_eq_tol(theta.smape / theta.n, 18.386, .005);
	ck_assert_double_eq_tol(theta.mase / theta.n, 2.413, .002);
	tell("M4 hourly, Holt", m4(CSTN__FAMILY_HOLT, train, n_train, test, n_test, 24, 0, 24),
			"published", 29.017, 8.818);
	tell("M4 hourly, Damped", m4(CSTN__FAMILY_DAMPED, train, n_train, test, n_test, 24, 0, 24),
			"published", 19.586, 2.935);
	hourly = m4(CSTN__FAMILY_AUTO, train, n_train, test, n_test, 24, 168, 24);
	tell("M4 hourly, auto", hourly, "reference", 8.844, .775);
	owa = (hourly.smape / naive2.smape + hourly.mase / naive2.mase) / 2;
	printf("M4 hourly OWA %.4f (bar 0.42, stretch 0.40)\n", owa);
	ck_assert_double_le(owa, 0.42);
	forecast_drop(train, n_train);
	forecast_drop(test, n_test);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {median_of_four_on_the_m3_series,
			fitted_models_on_the_m4_weekly_series,
			autoregression_on_the_m4_hourly_series};

	return run_tests_on("data", "forecast_known_answers.md", "forecast acceptance", tests, 3);
}
