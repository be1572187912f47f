/* k-means as a whole: the same bytes however it is computed, weights, starts, stops, empty
 * clusters, the model and what it predicts. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "kmeans_fixture.h"
#include "suite.h"

/* --- the same bytes --- */

START_TEST(threads_and_cuts_do_not_change_a_byte)
{
	static const int32_t threads[] = {1, 2, 3, 8};
	static const size_t cuts[] = {0, 1000, 65536, 70001};
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	uint64_t first = 0;
	numbers table;
	size_t i;

	numbers_init(&table, 150000, 3);
	numbers_heaps(&table, 6, 9.0, 5);
	options.n_init = 2;
	options.seed = 77;
	for (i = 0; i < 4; i++) {
		cstn_kmeans *model;

		options.threads = threads[i];
		model = fit_numbers(&table, cuts[i], 5, &options);
		if (i == 0)
			first = kmeans_digest(model);
		ck_assert_uint_eq(kmeans_digest(model), first);
		cstn_kmeans_unref(model);
	}
	numbers_free(&table);
}
END_TEST

START_TEST(instruction_sets_do_not_change_a_byte)
{
	/* the loop's index is the number of columns and of clusters */
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	uint64_t first = 0;
	numbers table;
	int32_t simd;

	numbers_init(&table, 3000, (size_t)_i);
	numbers_heaps(&table, 4, 20.0, (uint64_t)_i);
	options.n_init = 2;
	options.threads = 1;
	for (simd = 1; simd <= cstn__cpu_simd(); simd++) {
		cstn_kmeans *model;

		options.simd = simd;
		model = fit_numbers(&table, 0, _i, &options);
		if (simd == 1)
			first = kmeans_digest(model);
		ck_assert_uint_eq(kmeans_digest(model), first);
		cstn_kmeans_unref(model);
	}
	numbers_free(&table);
}
END_TEST

START_TEST(exact_ties_go_to_the_lowest_centre)
{
	/* a grid: many rows are as far from two centres */
	double centres[] = {0, 0, 4, 0, 0, 4, 4, 4};
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	uint64_t first = 0;
	numbers table;
	size_t i, n;
	int32_t simd;

	numbers_init(&table, 25 * 40, 2);
	for (i = 0; i < table.n; i++) {
		table.column[0][i] = (double)(i % 5);
		table.column[1][i] = (double)(i / 5 % 5);
	}
	options.start_centres = centres;
	options.order = CSTN_KMEANS_ORDER_START;
	options.max_iter = 1;
	for (simd = 1; simd <= cstn__cpu_simd(); simd++) {
		cstn_kmeans *model;
		int32_t *labels;

		options.simd = simd;
		model = fit_numbers(&table, 0, 4, &options);
		if (simd == 1)
			first = kmeans_digest(model);
		ck_assert_uint_eq(kmeans_digest(model), first);
		labels = kmeans_labels(model, &n);
		ck_assert_uint_eq(n, table.n);
		ck_assert_int_eq(labels[0], 0);
		ck_assert_int_eq(labels[24], 3);
		free(labels);
		cstn_kmeans_unref(model);
	}
	numbers_free(&table);
}
END_TEST

START_TEST(bounds_give_the_labels_and_iterations_of_lloyd)
{
	static const int32_t ks[] = {2, 5, 33, 100};
	static const int32_t others[] = {CSTN_KMEANS_HAMERLY, CSTN_KMEANS_AUTO};
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	numbers table;
	int number;

	numbers_init(&table, 5000, 4);
	for (number = 0; number < 4; number++) {
		int spread = number / 2;
		cstn_kmeans *lloyd, *hamerly;

		numbers_heaps(&table, 50, spread ? 30.0 : 1.0, 9);
		options.n_init = 1;
		options.algorithm = CSTN_KMEANS_LLOYD;
		lloyd = fit_numbers(&table, 0, ks[_i], &options);
		options.algorithm = others[number % 2];
		hamerly = fit_numbers(&table, 0, ks[_i], &options);
		ck_assert_double_eq(
				kmeans_number(lloyd, "n_iter"), kmeans_number(hamerly, "n_iter"));
		ck_assert_uint_eq(kmeans_digest(lloyd), kmeans_digest(hamerly));
		cstn_kmeans_unref(lloyd);
		cstn_kmeans_unref(hamerly);
	}
	numbers_free(&table);
}
END_TEST

/* --- weights --- */

START_TEST(whole_weights_equal_repetition_bit_for_bit)
{
	static const uint32_t steps[] = {CSTN_TRANSFORM_LOG1P | CSTN_TRANSFORM_ROBUST_Z,
			CSTN_TRANSFORM_WINSORISE | CSTN_TRANSFORM_Z, 0};
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	cstn_kmeans *weighted, *repeated;
	struct ArrowArrayStream a, b;
	static const char *const columns[] = {"c0", "c1_scaled", "c2", "weight", "inertia"};
	numbers once, many;
	size_t i, c, k, at = 0, n, m;

	numbers_init(&once, 500, 4);
	numbers_heaps(&once, 4, 8.0, 3);
	once.has_weight = 1;
	for (i = 0; i < once.n; i++) {
		once.column[0][i] = fabs(once.column[0][i]);
		once.column[3][i] = (double)(1 + i % 4);
		at += 1 + i % 4;
	}
	numbers_init(&many, at, 3);
	for (i = 0, at = 0; i < once.n; i++)
		for (k = 0; k < 1 + i % 4; k++, at++)
			for (c = 0; c < 3; c++)
				many.column[c][at] = once.column[c][i];
	options.transforms = steps;
	options.n_init = 3;
	options.seed = 12;
	repeated = fit_numbers(&many, 0, 6, &options);
	options.weight = "weight";
	weighted = fit_numbers(&once, 0, 6, &options);
	ck_assert_double_eq(kmeans_number(weighted, "inertia"), kmeans_number(repeated, "inertia"));
	ck_assert_double_eq(kmeans_number(weighted, "n_iter"), kmeans_number(repeated, "n_iter"));
	ck_assert_double_eq(kmeans_number(weighted, "weight"), (double)many.n);
	for (c = 0; c < 5; c++) {
		double *p, *q;

		ck_assert_int_eq(cstn_kmeans_export(weighted, CSTN_KMEANS_TABLE_CLUSTERS, &a, NULL),
				CSTN_OK);
		ck_assert_int_eq(cstn_kmeans_export(repeated, CSTN_KMEANS_TABLE_CLUSTERS, &b, NULL),
				CSTN_OK);
		p = stream_numbers(&a, columns[c], &n);
		q = stream_numbers(&b, columns[c], &m);
		ck_assert_uint_eq(n, 6);
		ck_assert_uint_eq(m, 6);
		ck_assert_mem_eq(p, q, n * sizeof(*p));
		free(p);
		free(q);
	}
	cstn_kmeans_unref(weighted);
	cstn_kmeans_unref(repeated);
	numbers_free(&once);
	numbers_free(&many);
}
END_TEST

/* --- starts, stops, empty clusters --- */

static cstn_status try_fit(const numbers *table, int32_t k, const cstn_kmeans_options *options,
		cstn_kmeans **out, char message[300])
{
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status;

	numbers_open(table, 0, &stream);
	status = cstn_kmeans_fit(&stream, numbers_names(),
			table->columns - (size_t)(table->has_weight != 0), k, options, NULL, out,
			NULL, &error);
	snprintf(message, 300, "%s", cstn_error_message(error));
	cstn_error_free(error);
	return status;
}

START_TEST(more_clusters_than_distinct_rows_are_refused)
{
	cstn_kmeans *model = NULL;
	char message[300];
	numbers table;
	size_t i;

	numbers_init(&table, 100, 2);
	for (i = 0; i < table.n; i++)
		table.column[0][i] = table.column[1][i] = (double)(i % 5);
	ck_assert_int_eq(try_fit(&table, 8, NULL, &model, message), CSTN_E_INVALID_ARGUMENT);
	ck_assert_str_eq(message, "k is 8, 5 distinct rows");
	ck_assert_ptr_null(model);
	ck_assert_int_eq(try_fit(&table, 5, NULL, &model, message), CSTN_OK);
	ck_assert_double_eq(kmeans_number(model, "inertia"), 0.0);
	cstn_kmeans_unref(model);
	numbers_free(&table);
}
END_TEST

START_TEST(empty_clusters_take_the_farthest_rows)
{
	/* three centres in one place: two of them are empty at first */
	double centres[] = {0, 0, 0, 0, 0, 0};
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	static const int32_t algorithms[] = {CSTN_KMEANS_LLOYD, CSTN_KMEANS_HAMERLY};
	uint64_t first = 0;
	numbers table;
	size_t i;

	numbers_init(&table, 300, 2);
	for (i = 0; i < table.n; i++) {
		table.column[0][i] = (double)(i % 3) * 100.0 + (double)(i % 7);
		table.column[1][i] = (double)(i % 5);
	}
	options.start_centres = centres;
	for (i = 0; i < 2; i++) {
		cstn_kmeans *model;
		double *rows;
		size_t n;
		struct ArrowArrayStream stream;

		options.algorithm = algorithms[i];
		model = fit_numbers(&table, 0, 3, &options);
		ck_assert_double_ge(kmeans_number(model, "moved"), 2.0);
		ck_assert_double_eq(kmeans_number(model, "converged"), 1.0);
		ck_assert_int_eq(cstn_kmeans_export(
						 model, CSTN_KMEANS_TABLE_CLUSTERS, &stream, NULL),
				CSTN_OK);
		rows = stream_numbers(&stream, "rows", &n);
		ck_assert_double_gt(rows[2], 0.0);
		ck_assert_double_eq(rows[0] + rows[1] + rows[2], 300.0);
		free(rows);
		if (i == 0)
			first = kmeans_digest(model);
		ck_assert_uint_eq(kmeans_digest(model), first);
		cstn_kmeans_unref(model);
	}
	numbers_free(&table);
}
END_TEST

START_TEST(running_out_of_iterations_is_a_result_that_says_so)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	cstn_kmeans *model;
	numbers table;

	numbers_init(&table, 2000, 2);
	numbers_heaps(&table, 3, 60.0, 8);
	options.n_init = 1;
	options.max_iter = 1;
	model = fit_numbers(&table, 0, 9, &options);
	ck_assert_double_eq(kmeans_number(model, "converged"), 0.0);
	ck_assert_double_eq(kmeans_number(model, "n_iter"), 1.0);
	cstn_kmeans_unref(model);
	options.max_iter = 0;
	model = fit_numbers(&table, 0, 9, &options);
	ck_assert_double_eq(kmeans_number(model, "converged"), 1.0);
	ck_assert_double_gt(kmeans_number(model, "n_iter"), 2.0);
	cstn_kmeans_unref(model);
	numbers_free(&table);
}
END_TEST

START_TEST(a_tolerance_stops_earlier_than_none)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	cstn_kmeans *exact, *rough;
	numbers table;

	numbers_init(&table, 4000, 2);
	numbers_heaps(&table, 3, 60.0, 8);
	options.n_init = 1;
	exact = fit_numbers(&table, 0, 9, &options);
	options.tol = 0.01;
	rough = fit_numbers(&table, 0, 9, &options);
	ck_assert_double_lt(kmeans_number(rough, "n_iter"), kmeans_number(exact, "n_iter"));
	ck_assert_double_eq(kmeans_number(rough, "converged"), 1.0);
	ck_assert_double_ge(kmeans_number(rough, "inertia"), kmeans_number(exact, "inertia"));
	cstn_kmeans_unref(exact);
	cstn_kmeans_unref(rough);
	numbers_free(&table);
}
END_TEST

START_TEST(one_cluster_is_the_mean)
{
	cstn_kmeans *model;
	numbers table;
	double *centre;
	struct ArrowArrayStream stream;
	size_t n;

	numbers_init(&table, 3, 1);
	table.column[0][0] = 1.0;
	table.column[0][1] = 2.0;
	table.column[0][2] = 6.0;
	model = fit_numbers(&table, 0, 1, NULL);
	ck_assert_double_eq(kmeans_number(model, "inertia"), 14.0);
	ck_assert_int_eq(cstn_kmeans_export(model, CSTN_KMEANS_TABLE_CLUSTERS, &stream, NULL),
			CSTN_OK);
	centre = stream_numbers(&stream, "c0", &n);
	ck_assert_double_eq(centre[0], 3.0);
	free(centre);
	cstn_kmeans_unref(model);
	numbers_free(&table);
}
END_TEST

/* --- order of labels --- */

START_TEST(labels_are_in_the_order_asked_for)
{
	double centres[] = {10, 20, 0};
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	static const double expected[3][3] = {{0, 20, 10}, {10, 20, 0}, {20, 10, 0}};
	numbers table;
	int32_t order;

	numbers_init(&table, 6, 1);
	table.column[0][0] = table.column[0][1] = table.column[0][2] = 0;
	table.column[0][3] = 10;
	table.column[0][4] = table.column[0][5] = 20;
	options.start_centres = centres;
	for (order = 0; order < 3; order++) {
		struct ArrowArrayStream stream;
		cstn_kmeans *model;
		double *got;
		size_t n;

		options.order = order;
		model = fit_numbers(&table, 0, 3, &options);
		ck_assert_int_eq(cstn_kmeans_export(
						 model, CSTN_KMEANS_TABLE_CLUSTERS, &stream, NULL),
				CSTN_OK);
		got = stream_numbers(&stream, "c0", &n);
		ck_assert_mem_eq(got, expected[order], sizeof(expected[order]));
		free(got);
		cstn_kmeans_unref(model);
	}
	numbers_free(&table);
}
END_TEST

/* --- bad rows --- */

START_TEST(a_row_that_breaks_a_rule_refuses_the_stream)
{
	static const double values[] = {NAN, INFINITY, -INFINITY, 1e200};
	cstn_kmeans *model = NULL;
	char message[300];
	numbers table;

	numbers_init(&table, 50, 2);
	numbers_heaps(&table, 3, 1.0, 4);
	table.column[1][7] = values[_i];
	ck_assert_int_eq(try_fit(&table, 2, NULL, &model, message), CSTN_E_ROWS);
	ck_assert_ptr_nonnull(strstr(message, "row 7"));
	ck_assert_ptr_nonnull(strstr(message, "c1"));
	ck_assert_ptr_null(model);
	numbers_free(&table);
}
END_TEST

START_TEST(bad_rows_can_be_skipped_and_do_not_count)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	cstn_kmeans *skipped, *without;
	int32_t *labels;
	numbers table, good;
	size_t i, n, at = 0;

	numbers_init(&table, 200, 1);
	numbers_heaps(&table, 3, 1.0, 4);
	numbers_init(&good, 197, 1);
	for (i = 0; i < table.n; i++)
		if (i == 3 || i == 100 || i == 199)
			table.column[0][i] = NAN;
		else
			good.column[0][at++] = table.column[0][i];
	options.flags = CSTN_KMEANS_SKIP_BAD;
	skipped = fit_numbers(&table, 0, 3, &options);
	without = fit_numbers(&good, 0, 3, &options);
	ck_assert_double_eq(kmeans_number(skipped, "left_out"), 3.0);
	ck_assert_double_eq(kmeans_number(skipped, "rows"), 197.0);
	ck_assert_double_eq(kmeans_number(skipped, "inertia"), kmeans_number(without, "inertia"));
	labels = kmeans_labels(skipped, &n);
	ck_assert_int_eq(labels[3], -1);
	ck_assert_int_eq(labels[199], -1);
	ck_assert_int_ge(labels[4], 0);
	free(labels);
	cstn_kmeans_unref(skipped);
	cstn_kmeans_unref(without);
	numbers_free(&table);
	numbers_free(&good);
}
END_TEST

START_TEST(a_null_is_the_median_when_that_is_asked_for)
{
	static const uint8_t valid[] = {0x1f, 0xff};
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	cstn_kmeans *model = NULL;
	char message[300];
	struct ArrowArrayStream stream;
	double *median;
	numbers table;
	size_t i, n;

	numbers_init(&table, 8, 1);
	for (i = 0; i < 8; i++)
		table.column[0][i] = (double)i;
	table.valid = valid; /* 0 1 2 3 4, then three nulls */
	ck_assert_int_eq(try_fit(&table, 2, NULL, &model, message), CSTN_E_ROWS);
	options.flags = CSTN_KMEANS_IMPUTE;
	model = fit_numbers(&table, 0, 2, &options);
	ck_assert_double_eq(kmeans_number(model, "imputed"), 3.0);
	ck_assert_int_eq(cstn_kmeans_export(model, CSTN_KMEANS_TABLE_FEATURES, &stream, NULL),
			CSTN_OK);
	median = stream_numbers(&stream, "median", &n);
	ck_assert_double_eq(median[0], 2.0);
	free(median);
	cstn_kmeans_unref(model);
	numbers_free(&table);
}
END_TEST

START_TEST(an_empty_table_is_refused)
{
	cstn_kmeans *model = NULL;
	char message[300];
	numbers table;

	numbers_init(&table, 0, 2);
	ck_assert_int_eq(try_fit(&table, 2, NULL, &model, message), CSTN_E_EMPTY);
	numbers_free(&table);
}
END_TEST

START_TEST(constant_columns_change_nothing)
{
	static const uint32_t steps[] = {CSTN_TRANSFORM_Z, CSTN_TRANSFORM_Z,
			CSTN_TRANSFORM_LOG1P | CSTN_TRANSFORM_ROBUST_Z};
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	cstn_kmeans *with, *without;
	struct ArrowArrayStream stream;
	double *constant, *scale;
	numbers table, plain;
	size_t i, n;

	numbers_init(&table, 400, 3);
	numbers_init(&plain, 400, 2);
	numbers_heaps(&plain, 4, 2.0, 21);
	for (i = 0; i < table.n; i++) {
		table.column[0][i] = plain.column[0][i];
		table.column[1][i] = plain.column[1][i];
		table.column[2][i] = 7.0;
	}
	options.transforms = steps;
	with = fit_numbers(&table, 0, 4, &options);
	without = fit_numbers(&plain, 0, 4, &options);
	ck_assert_double_eq(kmeans_number(with, "inertia"), kmeans_number(without, "inertia"));
	ck_assert_int_eq(cstn_kmeans_export(with, CSTN_KMEANS_TABLE_FEATURES, &stream, NULL),
			CSTN_OK);
	constant = stream_numbers(&stream, "constant", &n);
	ck_assert_double_eq(constant[0], 0.0);
	ck_assert_double_eq(constant[2], 1.0);
	ck_assert_int_eq(cstn_kmeans_export(with, CSTN_KMEANS_TABLE_FEATURES, &stream, NULL),
			CSTN_OK);
	scale = stream_numbers(&stream, "scale", &n);
	ck_assert_double_eq(scale[2], 1.0);
	free(constant);
	free(scale);
	cstn_kmeans_unref(with);
	cstn_kmeans_unref(without);
	numbers_free(&table);
	numbers_free(&plain);
}
END_TEST

START_TEST(options_that_break_a_rule_are_refused)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	static const uint32_t both[] = {CSTN_TRANSFORM_Z | CSTN_TRANSFORM_ROBUST_Z};
	static const int64_t start[] = {-1, 3};
	cstn_kmeans *model = NULL;
	char message[300];
	numbers table;

	numbers_init(&table, 20, 1);
	numbers_heaps(&table, 3, 1.0, 4);
	ck_assert_int_eq(try_fit(&table, 0, NULL, &model, message), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(try_fit(&table, 65536, NULL, &model, message), CSTN_E_INVALID_ARGUMENT);
	options.tol = -1.0;
	ck_assert_int_eq(try_fit(&table, 2, &options, &model, message), CSTN_E_INVALID_ARGUMENT);
	options.tol = 0.0;
	options.transforms = both;
	ck_assert_int_eq(try_fit(&table, 2, &options, &model, message), CSTN_E_INVALID_ARGUMENT);
	options.transforms = NULL;
	options.start_rows = start;
	ck_assert_int_eq(try_fit(&table, 2, &options, &model, message), CSTN_E_INVALID_ARGUMENT);
	options.start_rows = NULL;
	options.weight = "nothing";
	ck_assert_int_eq(try_fit(&table, 2, &options, &model, message), CSTN_E_SCHEMA);
	options.weight = NULL;
	options.order_column = 1;
	ck_assert_int_eq(try_fit(&table, 2, &options, &model, message), CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(model);
	numbers_free(&table);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kmeans");
	TCase *tests = tcase_create("fit");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, threads_and_cuts_do_not_change_a_byte);
	tcase_add_loop_test(tests, instruction_sets_do_not_change_a_byte, 1, 15);
	tcase_add_test(tests, exact_ties_go_to_the_lowest_centre);
	tcase_add_loop_test(tests, bounds_give_the_labels_and_iterations_of_lloyd, 0, 4);
	tcase_add_test(tests, whole_weights_equal_repetition_bit_for_bit);
	tcase_add_test(tests, more_clusters_than_distinct_rows_are_refused);
	tcase_add_test(tests, empty_clusters_take_the_farthest_rows);
	tcase_add_test(tests, running_out_of_iterations_is_a_result_that_says_so);
	tcase_add_test(tests, a_tolerance_stops_earlier_than_none);
	tcase_add_test(tests, one_cluster_is_the_mean);
	tcase_add_test(tests, labels_are_in_the_order_asked_for);
	tcase_add_loop_test(tests, a_row_that_breaks_a_rule_refuses_the_stream, 0, 4);
	tcase_add_test(tests, bad_rows_can_be_skipped_and_do_not_count);
	tcase_add_test(tests, a_null_is_the_median_when_that_is_asked_for);
	tcase_add_test(tests, an_empty_table_is_refused);
	tcase_add_test(tests, constant_columns_change_nothing);
	tcase_add_test(tests, options_that_break_a_rule_are_refused);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
