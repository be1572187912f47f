/* Table E of the expected answers, counts and their means above a bound, parsed from
 * data/forecast_known_answers.md. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
		rows++;
	}
	printf("count answers: %zu rows\n", rows);
	ck_assert_uint_ge(rows, 7);
	free(text);
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
			means_above_a_bound_are_the_expected_ones};

	return run_tests_on("data", "forecast_known_answers.md", "count answers", tests, 2);
}
