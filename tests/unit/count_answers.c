/* Table E of the expected answers, counts and their means above a bound, parsed from
 * data/forecast_known_answers.md. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/demand_evaluate.h>

#include "answer_table.h"
#include "demand/count.h"
#include "shared_data.h"

static const double level[9] = {.005, .025, .165, .25, .5, .75, .835, .975, .995};

static char *text_of_table(void)
{
	char *text = answer_page("data", "forecast_known_answers.md"), *begin, *end;

	begin = strstr(text, "\n## E. ");
	ck_assert_ptr_nonnull(begin);
	end = strstr(begin, "\n## F. ");
	ck_assert_ptr_nonnull(end);
	*end = '\0';
	memmove(text, begin, strlen(begin) + 1);
	return text;
}

/* The public call says the same, and how much of each quantile lies below its level. */
static void meet_public(double mean, double phi, const double *expected)
{
	double q[9], within[9], below, at;
	int k;

	ck_assert_int_eq(cstn_count_quantiles(mean, phi, level, 9, q, within, NULL), CSTN_OK);
	ck_assert_mem_eq(q, expected, sizeof(q));
	for (k = 0; k < 9; k++) {
		cstn__count_cdf(mean, phi, q[k], &below, &at);
		ck_assert(within[k] > 0 && within[k] <= 1);
		ck_assert_double_eq_tol(below + within[k] * (at - below), level[k], 1e-15);
	}
}

/* A series that has each count as often as it is likely is covered at each level as often as the
 * level says, and as often at or below its quantiles as there are counts up to them. */
static void meet_coverage(double mean, double phi)
{
	static double y[20000], f[20000], share[20000];
	double q[9], within[9], value, below, at, up_to;
	cstn_forecast_sample s = CSTN_FORECAST_SAMPLE_INIT;
	size_t n = 0, i;
	int k, count;

	for (count = 0, at = 0; n < 20000 && at < 1 - 1e-12; count++) {
		cstn__count_cdf(mean, phi, count, &below, &at);
		for (; n < 20000 && ((double)n + .5) / 20000 < at; n++)
			y[n] = count;
	}
	ck_assert_int_eq(cstn_count_quantiles(mean, phi, level, 9, q, within, NULL), CSTN_OK);
	s.actual = y;
	s.forecast = f;
	s.within = share;
	s.n = n;
	s.seed = 5;
	for (k = 0; k < 9; k++) {
		for (i = 0; i < n; i++) {
			f[i] = q[k];
			share[i] = within[k];
		}
		ck_assert_int_eq(cstn_forecast_metric(CSTN_METRIC_U_COVERAGE, &s, &value, NULL),
				CSTN_OK);
		ck_assert_double_eq_tol(value, level[k], .015);
		ck_assert_int_eq(cstn_forecast_metric(CSTN_METRIC_COVERAGE, &s, &value, NULL),
				CSTN_OK);
		cstn__count_cdf(mean, phi, q[k], &below, &up_to);
		ck_assert_double_eq_tol(value, up_to, 1e-4);
	}
}

/* 12 printed digits, or those that were printed. */
static void meet_first(double got, const char *printed)
{
	double expected = strtod(printed, NULL);

	ck_assert_msg(fabs(got - expected) <= fmax(6e-13, 6e-5 * (expected < 1e-6) * expected),
			"P(0) %.12g, expected %.12g", got, expected);
}

START_TEST(probability_of_none_and_nine_quantiles_are_the_expected_ones)
{
	char *text = text_of_table(), *at = strstr(text, "|---|");
	size_t rows = 0;

	ck_assert_ptr_nonnull(at);
	for (at = strstr(at, "\n| "); at; at = strstr(at + 1, "\n| ")) {
		double mean, phi, expected[9], q[9], below, first;
		char *cell = strchr(at + 3, '|'), printed[32];

		ck_assert_int_eq(sscanf(at + 3, "%lf, %lf | %31s", &mean, &phi, printed), 3);
		cell = strchr(cell + 1, '|');
		ck_assert_uint_eq(answer_numbers(cell + 1, expected, 9), 9);
		cstn__count_quantiles(mean, phi, level, 9, q);
		cstn__count_cdf(mean, phi, 0, &below, &first);
		meet_first(first, printed);
		ck_assert_mem_eq(q, expected, sizeof(q));
		meet_public(mean, phi, expected);
		meet_coverage(mean, phi);
		rows++;
	}
	printf("count answers: %zu rows\n", rows);
	ck_assert_uint_ge(rows, 7);
	free(text);
}
END_TEST

START_TEST(counts_that_cannot_be_are_refused)
{
	static const struct {
		double mean, dispersion, levels[2];
		const char *message;
	} wrong[] = {
			{-1, 0, {.1, .2}, "mean is -1 (0 to 1e+15)"},
			{2e15, 0, {.1, .2}, "mean is 2e+15 (0 to 1e+15)"},
			{1, (double)NAN, {.1, .2},
					"dispersion is nan, finite and 0 or more expected"},
			{1, 0, {.2, .2}, "level[1] is 0.2: inside (0, 1) and ascending expected"},
			{1, 0, {.2, 1}, "level[1] is 1: inside (0, 1) and ascending expected"},
	};
	double q[2] = {-7, -7};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		cstn_error *error = NULL;

		ck_assert_int_eq(cstn_count_quantiles(wrong[i].mean, wrong[i].dispersion,
						 wrong[i].levels, 2, q, NULL, &error),
				CSTN_E_INVALID_ARGUMENT);
		ck_assert_str_eq(cstn_error_message(error), wrong[i].message);
		ck_assert_double_eq(q[0], -7);
		cstn_error_free(error);
	}
	ck_assert_int_eq(cstn_count_quantiles(0, 3, level, 2, q, NULL, NULL), CSTN_OK);
	ck_assert(q[0] == 0 && q[1] == 0);
	ck_assert_int_eq(cstn_count_quantiles(1e15, 1e300, level + 7, 2, q, NULL, NULL), CSTN_OK);
	ck_assert(isfinite(q[1]) && q[0] <= q[1]);
	ck_assert_int_eq(cstn_count_quantiles(1, 1, NULL, 0, NULL, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_count_quantiles(1, 1, level, 1, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
}
END_TEST

START_TEST(means_above_a_bound_are_the_expected_ones)
{
	char *text = text_of_table(), *at = strstr(text, "Censored mean E[Y | Y >= s]:");
	double mean, phi, s, expected, first, second;
	size_t cases = 0;

	ck_assert_ptr_nonnull(at);
	at = strchr(at, ':') + 2;
	while (sscanf(at, "(mu %lf, phi %lf, s %lf) %lf", &mean, &phi, &s, &expected) == 4 ||
			sscanf(at, "(%lf, %lf, %lf) %lf", &mean, &phi, &s, &expected) == 4) {
		cstn__count_above(mean, phi, s, &first, &second);
		ck_assert_double_eq_tol(first, expected, 6e-13 * expected);
		cases++;
		at = strchr(at, ';');
		if (!at)
			break;
		at += 2;
	}
	printf("count answers: %zu means above a bound\n", cases);
	ck_assert_uint_ge(cases, 5);
	free(text);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {probability_of_none_and_nine_quantiles_are_the_expected_ones,
			means_above_a_bound_are_the_expected_ones,
			counts_that_cannot_be_are_refused};

	return run_tests_on("data", "forecast_known_answers.md", "count answers", tests, 3);
}
