/* A fitted model: what it predicts, its bytes, what it says of bad rows. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kmeans_fixture.h"
#include "sealed_bytes.h"
#include "suite.h"

static int32_t *predict_labels(const cstn_kmeans *model, const numbers *table, size_t *n)
{
	struct ArrowArrayStream rows, out;
	double *values;
	int32_t *labels;
	size_t i;

	numbers_open(table, 0, &rows);
	ck_assert_int_eq(cstn_kmeans_predict(model, &rows, NULL, &out, NULL, NULL), CSTN_OK);
	values = stream_numbers(&out, "label", n);
	labels = calloc(*n + 1, sizeof(*labels));
	for (i = 0; i < *n; i++)
		labels[i] = isnan(values[i]) ? -1 : (int32_t)values[i];
	free(values);
	return labels;
}

START_TEST(predicting_the_rows_of_a_fit_gives_their_labels)
{
	/* converged or not, with and without transforms */
	static const uint32_t steps[] = {CSTN_TRANSFORM_ROBUST_Z, CSTN_TRANSFORM_WINSORISE};
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_kmeans *model;
	numbers table;
	int32_t *fitted, *predicted;
	double score;
	size_t n, m;

	numbers_init(&table, 3000, 2);
	numbers_heaps(&table, 4, 30.0, 6);
	options.n_init = 1;
	options.max_iter = _i & 1 ? 2 : 0;
	options.transforms = _i & 2 ? steps : NULL;
	model = fit_numbers(&table, 0, 7, &options);
	fitted = kmeans_labels(model, &n);
	predicted = predict_labels(model, &table, &m);
	ck_assert_uint_eq(n, m);
	ck_assert_mem_eq(fitted, predicted, n * sizeof(*fitted));
	numbers_open(&table, 0, &rows);
	ck_assert_int_eq(cstn_kmeans_score(model, &rows, NULL, &score, NULL), CSTN_OK);
	ck_assert_double_eq(score, -kmeans_number(model, "inertia"));
	free(fitted);
	free(predicted);
	cstn_kmeans_unref(model);
	numbers_free(&table);
}
END_TEST

START_TEST(a_model_read_back_predicts_the_same_and_has_the_same_bytes)
{
	static const uint32_t steps[] = {
			CSTN_TRANSFORM_LOG1P | CSTN_TRANSFORM_WINSORISE | CSTN_TRANSFORM_ROBUST_Z,
			0};
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	cstn_kmeans *model, *read;
	numbers table;
	int32_t *a, *b;
	size_t i, n, m;

	numbers_init(&table, 1000, 2);
	numbers_heaps(&table, 4, 3.0, 6);
	for (i = 0; i < table.n; i++)
		table.column[0][i] = fabs(table.column[0][i]);
	options.transforms = steps;
	model = fit_numbers(&table, 0, 4, &options);
	read = sealed_copy(&sealed_kmeans, model);
	a = predict_labels(model, &table, &n);
	b = predict_labels(read, &table, &m);
	ck_assert_mem_eq(a, b, n * sizeof(*a));
	free(a);
	free(b);
	cstn_kmeans_unref(model);
	cstn_kmeans_unref(read);
	numbers_free(&table);
}
END_TEST

START_TEST(damaged_bytes_are_no_model)
{
	cstn_kmeans *model;
	numbers table;

	numbers_init(&table, 100, 1);
	numbers_heaps(&table, 3, 1.0, 4);
	model = fit_numbers(&table, 0, 3, NULL);
	sealed_refuses_damage(&sealed_kmeans, model, 1);
	cstn_kmeans_unref(model);
	numbers_free(&table);
}
END_TEST

START_TEST(a_bad_row_is_null_in_a_prediction_and_the_rest_goes_on)
{
	struct ArrowArrayStream rows, out;
	cstn_row_errors *bad = NULL;
	cstn_kmeans *model;
	double *labels;
	numbers table;
	size_t n;

	numbers_init(&table, 100, 1);
	numbers_heaps(&table, 3, 1.0, 4);
	model = fit_numbers(&table, 0, 3, NULL);
	table.column[0][42] = NAN;
	numbers_open(&table, 0, &rows);
	ck_assert_int_eq(cstn_kmeans_predict(model, &rows, NULL, &out, &bad, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	labels = stream_numbers(&out, "label", &n);
	ck_assert_uint_eq(n, 100);
	ck_assert(isnan(labels[42]));
	ck_assert(!isnan(labels[41]) && !isnan(labels[43]));
	free(labels);
	cstn_row_errors_free(bad);
	cstn_kmeans_unref(model);
	numbers_free(&table);
}
END_TEST

START_TEST(distances_to_all_centres_agree_with_the_nearest)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	static const char *const names[] = {"distance_0", "distance_1", "distance_2"};
	struct ArrowArrayStream rows, out;
	double *each[3], *nearest, *labels;
	cstn_kmeans *model;
	numbers table;
	size_t n, i, j;

	numbers_init(&table, 2000, 2);
	numbers_heaps(&table, 3, 1.0, 4);
	model = fit_numbers(&table, 0, 3, NULL);
	options.flags = CSTN_KMEANS_DISTANCES;
	for (j = 0; j < 5; j++) {
		double *got;

		numbers_open(&table, 0, &rows);
		ck_assert_int_eq(cstn_kmeans_predict(model, &rows, &options, &out, NULL, NULL),
				CSTN_OK);
		got = stream_numbers(&out, j < 3 ? names[j] : j == 3 ? "distance" : "label", &n);
		if (j < 3)
			each[j] = got;
		else if (j == 3)
			nearest = got;
		else
			labels = got;
	}
	for (i = 0; i < n; i++) {
		ck_assert_double_eq(each[(int)labels[i]][i], nearest[i]);
		for (j = 0; j < 3; j++)
			ck_assert_double_ge(each[j][i], nearest[i]);
	}
	for (j = 0; j < 3; j++)
		free(each[j]);
	free(nearest);
	free(labels);
	cstn_kmeans_unref(model);
	numbers_free(&table);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kmeans");
	TCase *tests = tcase_create("model");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, predicting_the_rows_of_a_fit_gives_their_labels, 0, 4);
	tcase_add_test(tests, a_model_read_back_predicts_the_same_and_has_the_same_bytes);
	tcase_add_test(tests, damaged_bytes_are_no_model);
	tcase_add_test(tests, a_bad_row_is_null_in_a_prediction_and_the_rest_goes_on);
	tcase_add_test(tests, distances_to_all_centres_agree_with_the_nearest);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
