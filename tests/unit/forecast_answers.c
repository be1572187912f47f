/* Published scores of forecasting competitions, out of the forecasts that were published with them:
 * every cell of the table of expected answers is parsed from data/forecast_known_answers.md. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/demand_evaluate.h>

#include "answer_table.h"
#include "forecast_data.h"
#include "shared_data.h"

typedef struct tally {
	size_t met, all;
} tally;

/* Cells with as many decimals as were printed. */
static void meet(tally *count, const char *where, const char *name, double got, double expected,
		double room)
{
	count->all++;
	if (fabs(got - expected) <= room)
		count->met++;
	else
		printf("%s, %s: %.6f, expected %.3f\n", where, name, got, expected);
}

/* --- M3 --- */

static const char *const m3_methods[] = {"NAIVE2", "SINGLE", "DAMPEN", "COMB S-H-D", "B-J auto",
		"AutoBox1", "AutoBox3", "ARARMA", "Flors-Pearc2", "PP-Autocast", "ForecastPro",
		"THETAsm", "THETA", "AAM1"};
static const char *const m3_groups[] = {"MONTHLY", "OTHER", "QUARTERLY", "YEARLY"};

/* Sums over series: sMAPE in 0..4, MASE in 5..9; the last of each is all series. */
static void score_m3(const answer_table *series, const answer_table *forecasts, const char *method,
		double sums[10], double counts[5])
{
	static double train[FORECAST_MOST], test[FORECAST_MOST], f[FORECAST_MOST];
	size_t i, g;

	for (i = 0; i < forecasts->rows; i++) {
		size_t row, h, n, k;
		double smape, mase;

		if (strcmp(forecasts->texts[0][i], method) != 0)
			continue;
		row = (size_t)forecasts->numbers[1][i] - 1;
		for (g = 0; g < 4 && strcmp(series->texts[1][row], m3_groups[g]) != 0; g++)
			;
		ck_assert_uint_lt(g, 4);
		n = forecast_values(series->texts[7][row], train);
		h = forecast_values(series->texts[8][row], test);
		k = forecast_values(forecasts->texts[2][i], f);
		ck_assert_uint_eq(h, k);
		smape = forecast_measure(CSTN_METRIC_SMAPE, test, f, h, NULL, 0, 1);
		mase = forecast_measure(CSTN_METRIC_MASE, test, f, h, train, n,
				(int32_t)series->numbers[3][row]);
		sums[g] += smape;
		sums[4] += smape;
		sums[5 + g] += mase;
		sums[9] += mase;
		counts[g]++;
		counts[4]++;
	}
}

START_TEST(scores_of_the_m3_entrants_are_the_published_ones)
{
	answer_table *series = answer_csv("m3/M3_series.csv.gz",
			"id text\nperiod text\ntype text\nfreq int64\nn int64\nh int64\n"
			"start text\ntrain text\ntest text\n",
			0);
	answer_table *forecasts = answer_csv(
			"m3/M3_forecasts_14_methods.csv.gz", "method text\nidx int64\nf text\n", 0);
	char *text = answer_page("data", "forecast_known_answers.md");
	tally count = {0, 0};
	size_t m, k;

	ck_assert_uint_eq(series->rows, 3003);
	for (m = 0; m < sizeof(m3_methods) / sizeof(m3_methods[0]); m++) {
		double sums[10] = {0}, counts[5] = {0}, cells[10];

		ck_assert_uint_eq(forecast_cells(text, "### F2.", m3_methods[m], cells, 10), 10);
		score_m3(series, forecasts, m3_methods[m], sums, counts);
		for (k = 0; k < 10; k++)
			if (!isnan(cells[k]))
				meet(&count, "M3", m3_methods[m], sums[k] / counts[k % 5], cells[k],
						0.002);
	}
	printf("forecast answers, M3: %zu of %zu cells\n", count.met, count.all);
	ck_assert_uint_eq(count.met, count.all);
	ck_assert_uint_ge(count.all, 134);
	answer_table_free(series);
	answer_table_free(forecasts);
	free(text);
}
END_TEST

/* --- M4 --- */

static size_t score_m4(const answer_table *forecasts, const char *method, char letter,
		const forecast_series *train, size_t n_train, const forecast_series *test,
		size_t n_test, int32_t season, double *smape, double *mase)
{
	static double f[FORECAST_MOST];
	size_t i, n = 0;

	*smape = *mase = 0;
	for (i = 0; i < forecasts->rows; i++) {
		const char *id = forecasts->texts[1][i];
		const forecast_series *past, *came;

		if (strcmp(forecasts->texts[0][i], method) != 0 || id[0] != letter)
			continue;
		past = forecast_find(train, n_train, id);
		came = forecast_find(test, n_test, id);
		ck_assert_ptr_nonnull(past);
		if (!came)
			continue;
		ck_assert_uint_eq(forecast_values(forecasts->texts[2][i], f), came->n);
		*smape += forecast_measure(CSTN_METRIC_SMAPE, came->y, f, came->n, NULL, 0, 1);
		*mase += forecast_measure(
				CSTN_METRIC_MASE, came->y, f, came->n, past->y, past->n, season);
		n++;
	}
	*smape /= (double)n;
	*mase /= (double)n;
	return n;
}

/* Column W of the table F1: the fourth of sMAPE, the fourth of MASE seven further. */
#define F1_SMAPE_W 3
#define F1_MASE_W 10

/* Even ids of the hourly group: the paragraph under the table F1. */
static const struct {
	const char *method;
	double smape, mase;
} hourly[] = {{"Naive", 42.909, 11.269}, {"sNaive", 13.845, 1.154}, {"Naive2", 18.541, 2.358},
		{"SES", 18.349, 2.349}};

START_TEST(scores_of_the_m4_benchmarks_are_the_published_ones)
{
	static forecast_series train[420], test[420];
	answer_table *forecasts = answer_csv("m4/benchmarks_weekly_hourly.csv.gz",
			"method text\nid text\nforecast text\n", 0);
	char *text = answer_page("data", "forecast_known_answers.md");
	tally count = {0, 0};
	size_t n_train = forecast_ragged("m4/Weekly-train.csv.gz", train, 420), i;
	size_t n_test = forecast_ragged("m4/Weekly-test.csv.gz", test, 420);
	double smape, mase, cells[21];

	ck_assert_uint_eq(n_train, 359);
	for (i = 0; i < 4; i++) {
		ck_assert_uint_eq(score_m4(forecasts, hourly[i].method, 'W', train, n_train, test,
						  n_test, 1, &smape, &mase),
				359);
		ck_assert_uint_eq(forecast_cells(text, "### F1.", hourly[i].method, cells, 21), 21);
		meet(&count, "M4 weekly sMAPE", hourly[i].method, smape, cells[F1_SMAPE_W], 0.0005);
		meet(&count, "M4 weekly MASE", hourly[i].method, mase, cells[F1_MASE_W], 0.0005);
	}
	forecast_drop(train, n_train);
	forecast_drop(test, n_test);
	n_train = forecast_ragged("m4/Hourly-train.csv.gz", train, 420);
	n_test = forecast_ragged("m4/Hourly-test-even-ids.csv.gz", test, 420);
	ck_assert_uint_eq(n_test, 207);
	for (i = 0; i < 4; i++) {
		ck_assert_uint_eq(score_m4(forecasts, hourly[i].method, 'H', train, n_train, test,
						  n_test, 24, &smape, &mase),
				207);
		meet(&count, "M4 hourly sMAPE", hourly[i].method, smape, hourly[i].smape, 0.0005);
		meet(&count, "M4 hourly MASE", hourly[i].method, mase, hourly[i].mase, 0.0005);
	}
	forecast_drop(train, n_train);
	forecast_drop(test, n_test);
	printf("forecast answers, M4: %zu of %zu cells\n", count.met, count.all);
	ck_assert_uint_eq(count.met, count.all);
	ck_assert_uint_eq(count.all, 16);
	answer_table_free(forecasts);
	free(text);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {scores_of_the_m3_entrants_are_the_published_ones,
			scores_of_the_m4_benchmarks_are_the_published_ones};

	return run_tests_on("data", "forecast_known_answers.md", "forecast answers", tests, 2);
}
