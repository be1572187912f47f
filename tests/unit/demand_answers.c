/* The local filter against table G of the known answers: daily items of a store, twelve origins. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "m5_items.h"
#include "shared_data.h"

/* A file of the shared data, with a NUL behind. */
static char *read_text(const char *file)
{
	char *path = shared_path("data", file), *text = calloc(1, 1 << 20);
	FILE *in = fopen(path, "rb");

	ck_assert_ptr_nonnull(in);
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_lt(fread(text, 1, (1 << 20) - 1, in), (1 << 20) - 1);
	fclose(in);
	free(path);
	return text;
}

/* Three numbers between slashes and white space. */
static m5_score parse_score(const char *at)
{
	double out[3];
	char *end;
	int k;

	for (k = 0; k < 3; k++) {
		at += strspn(at, " /\n*|");
		out[k] = strtod(at, &end);
		ck_assert_ptr_ne(at, end);
		at = end;
	}
	return (m5_score){out[0], out[1], out[2], 0};
}

/* What table G says of an origin. */
static m5_score expected_at(const char *text, size_t day)
{
	const char *row = strstr(text, "| **local filter, specification 4.2**");
	const char *list = strstr(text, "Local filter, all rows, earlier origins:");
	char name[16];

	ck_assert(row && list);
	row = strchr(row + 1, '|');
	if (day == 1913)
		return parse_score(row);
	if (day == 1885)
		return parse_score(strchr(row + 1, '|'));
	snprintf(name, sizeof(name), "d_%zu ", day);
	list = strstr(list, name);
	ck_assert_ptr_nonnull(list);
	list += strlen(name);
	if (*list == '(')
		list = strchr(list, ')') + 1;
	return parse_score(list);
}

START_TEST(local_filter_gives_the_known_scores_at_twelve_origins)
{
	m5_items *items = m5_read();
	cstn_demand_model *model = m5_model(0);
	char *text = read_text("forecast_known_answers.md");
	double *mean = calloc(items->n * M5_AHEAD, sizeof(*mean)), sum = 0, weighted = 0;
	size_t day, origins = 0;

	ck_assert_ptr_nonnull(mean);
	for (day = 1; day <= M5_DAYS; day++) {
		m5_score reached, known;

		m5_learn_day(model, items, day);
		if (day < 1605 || (day - 1605) % 28)
			continue;
		m5_forecast(model, items, day, mean);
		reached = m5_rmsse(items, day, mean);
		known = expected_at(text, day);
		printf("d_%zu (%zu): %.4f / %.4f / %.4f, known %.4f / %.4f / %.4f\n", day,
				reached.n, reached.mean, reached.weighted, reached.total,
				known.mean, known.weighted, known.total);
		ck_assert_double_eq_tol(reached.mean, known.mean, 1e-4);
		ck_assert_double_eq_tol(reached.weighted, known.weighted, 1e-4);
		ck_assert_double_eq_tol(reached.total, known.total, 1e-4);
		if (day < M5_DAYS) {
			origins++;
			sum += reached.mean;
			weighted += reached.weighted;
		}
	}
	printf("mean of %zu origins: %.4f / %.4f (bar .6965 / .7855)\n", origins,
			sum / (double)origins, weighted / (double)origins);
	ck_assert_uint_eq(origins, 11);
	ck_assert_double_le(sum / 11, .6965);
	ck_assert_double_le(weighted / 11, .7855);
	free(mean);
	free(text);
	cstn_demand_model_free(model);
	m5_free(items);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {local_filter_gives_the_known_scores_at_twelve_origins};

	return run_tests_on("data", "forecast_known_answers.md", "demand answers", tests, 1);
}
