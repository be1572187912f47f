/* Choosing how many segments, and comparing two ways to segment. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csv_rows.h"
#include "kmeans_fixture.h"
#include "segment/kmeans_resample.h"
#include "suite.h"

static cstn_status choose_status(const numbers *table, int32_t k_min, int32_t k_max,
		const cstn_kmeans_options *options, struct ArrowArrayStream *out,
		cstn_error **error)
{
	struct ArrowArrayStream rows;

	numbers_open(table, 0, &rows);
	return cstn_kmeans_choose(&rows, numbers_names(),
			table->columns - (size_t)(table->has_weight != 0), k_min, k_max, options,
			NULL, out, NULL, error);
}

static double *chosen(const numbers *table, int32_t k_min, int32_t k_max,
		const cstn_kmeans_options *options, const char *column, size_t *n)
{
	struct ArrowArrayStream out;
	cstn_error *error = NULL;
	cstn_status status = choose_status(table, k_min, k_max, options, &out, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return stream_numbers(&out, column, n);
}

/* The k that is marked in a column; 0: none. */
static int32_t marked(const numbers *table, int32_t k_min, int32_t k_max,
		const cstn_kmeans_options *options, const char *column)
{
	size_t n, i;
	double *flags = chosen(table, k_min, k_max, options, column, &n);
	int32_t k = 0;

	for (i = 0; i < n; i++)
		if (flags[i] == 1.0) {
			ck_assert_int_eq(k, 0);
			k = k_min + (int32_t)i;
		}
	free(flags);
	return k;
}

static void four_heaps(numbers *table)
{
	size_t i;

	numbers_init(table, 400, 2);
	numbers_heaps(table, 1, 1.0, 3);
	for (i = 0; i < 400; i++) {
		table->column[0][i] += 20.0 * (double)(i % 2);
		table->column[1][i] += 30.0 * (double)(i / 2 % 2);
	}
}

START_TEST(the_gap_is_first_wide_enough_at_the_true_k)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	double *gap, *s;
	numbers table;
	size_t n;

	four_heaps(&table);
	ck_assert_int_eq(marked(&table, 1, 7, &options, "gap_first"), 4);
	ck_assert_int_eq(marked(&table, 1, 7, &options, "suggested"), 4);
	gap = chosen(&table, 1, 7, &options, "gap", &n);
	s = chosen(&table, 1, 7, &options, "gap_s", &n);
	ck_assert_double_gt(gap[3], gap[2]);
	ck_assert_double_ge(gap[3], gap[4] - s[4]);
	ck_assert_double_lt(gap[2], gap[3] - s[3]);
	ck_assert(s[0] > 0.0 && s[0] < 0.2);
	free(gap);
	free(s);
	numbers_free(&table);
}
END_TEST

START_TEST(one_even_box_has_no_clusters_by_its_gap)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	numbers table;
	size_t i;

	numbers_init(&table, 600, 2);
	for (i = 0; i < 600; i++) {
		table.column[0][i] = (double)(i % 25);
		table.column[1][i] = (double)(i / 25);
	}
	ck_assert_int_eq(marked(&table, 1, 4, &options, "gap_first"), 1);
	numbers_free(&table);
}
END_TEST

START_TEST(half_samples_agree_on_the_true_k_and_less_beyond)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	double *stability;
	numbers table;
	size_t n;

	four_heaps(&table);
	stability = chosen(&table, 1, 6, &options, "stability", &n);
	ck_assert_double_eq(stability[0], 1.0);
	ck_assert_double_eq_tol(stability[3], 1.0, 1e-12);
	ck_assert_double_lt(stability[5], 0.99);
	ck_assert_double_gt(stability[5], 0.3);
	free(stability);
	numbers_free(&table);
}
END_TEST

START_TEST(samples_are_the_same_for_any_number_of_threads)
{
	static const char *const columns[] = {"gap", "gap_s", "stability"};
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	numbers table;
	size_t n, m, c, i;

	four_heaps(&table);
	options.seed = 8;
	options.n_init = 2;
	for (c = 0; c < 3; c++) {
		double *one, *other;

		options.threads = 1;
		one = chosen(&table, 3, 5, &options, columns[c], &n);
		options.threads = 3;
		other = chosen(&table, 3, 5, &options, columns[c], &m);
		for (i = 0; i < n; i++)
			ck_assert(one[i] == other[i]);
		free(one);
		free(other);
	}
	numbers_free(&table);
}
END_TEST

START_TEST(without_samples_there_is_no_gap)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	double *gap;
	numbers table;
	size_t n, i;

	four_heaps(&table);
	options.samples = -1;
	gap = chosen(&table, 2, 4, &options, "gap", &n);
	for (i = 0; i < n; i++)
		ck_assert(isnan(gap[i]));
	free(gap);
	ck_assert_int_eq(marked(&table, 2, 4, &options, "gap_first"), 0);
	numbers_free(&table);
}
END_TEST

START_TEST(what_is_suggested_is_within_the_bounds)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	cstn_error *error = NULL;
	struct ArrowArrayStream out;
	numbers table;

	four_heaps(&table);
	options.samples = -1;
	options.segments_least = 2;
	options.segments_most = 3;
	ck_assert_int_le(marked(&table, 2, 8, &options, "suggested"), 3);
	options.segments_least = options.segments_most = 4;
	ck_assert_int_eq(marked(&table, 2, 8, &options, "suggested"), 4);
	options.segments_least = options.segments_most = 9;
	ck_assert_int_eq(marked(&table, 2, 8, &options, "suggested"), 0);
	options.segments_least = 5;
	options.segments_most = 4;
	expect_error(choose_status(&table, 2, 4, &options, &out, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "segments_least is 5");
	options.segments_least = -1;
	expect_error(choose_status(&table, 2, 4, &options, &out, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "segments_least is -1");
	numbers_free(&table);
}
END_TEST

/* Column c2 is the margin; heap 3 has so much of it. */
static void with_margin(numbers *table, double least)
{
	size_t i;

	numbers_init(table, 400, 3);
	numbers_heaps(table, 1, 1.0, 3);
	for (i = 0; i < 400; i++) {
		table->column[0][i] += 20.0 * (double)(i % 2);
		table->column[1][i] += 30.0 * (double)(i / 2 % 2);
		table->column[2][i] = i % 4 == 3 ? least : 1.0;
	}
}

static cstn_status choose_margin(const numbers *table, const cstn_kmeans_options *options,
		struct ArrowArrayStream *out, cstn_error **error)
{
	struct ArrowArrayStream rows;

	numbers_open(table, 0, &rows);
	return cstn_kmeans_choose(&rows, numbers_names(), 2, 4, 4, options, NULL, out, NULL, error);
}

START_TEST(a_segment_with_less_than_one_percent_of_the_margin_is_not_suggested)
{
	static const double least[] = {0.03, 0.0304, 1.0, -1.0};
	static const double expected[] = {0.03 / 3.03, 0.0304 / 3.0304, 0.25, -1.0 / 2.0};
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	cstn_error *error = NULL;
	int i;

	options.margin = "c2";
	options.samples = -1;
	for (i = 0; i < 4; i++) {
		struct ArrowArrayStream out;
		double *value;
		numbers table;
		size_t n;

		with_margin(&table, least[i]);
		ck_assert_int_eq(choose_margin(&table, &options, &out, NULL), CSTN_OK);
		value = stream_numbers(&out, "smallest_margin", &n);
		ck_assert_double_eq_tol(value[0], expected[i], 1e-12);
		free(value);
		ck_assert_int_eq(choose_margin(&table, &options, &out, NULL), CSTN_OK);
		value = stream_numbers(&out, "suggested", &n);
		ck_assert_double_eq(value[0], expected[i] >= 0.01);
		free(value);
		numbers_free(&table);
	}
	{
		struct ArrowArrayStream out;
		numbers table;

		with_margin(&table, 1.0);
		table.column[2][5] = (double)NAN;
		expect_error(choose_margin(&table, &options, &out, &error), CSTN_E_ROWS, &error,
				"'c2'");
		options.margin = "c9";
		expect_error(choose_margin(&table, &options, &out, &error), CSTN_E_SCHEMA, &error,
				"'c9'");
		numbers_free(&table);
	}
}
END_TEST

/* --- two partitions --- */

START_TEST(the_adjusted_rand_index_is_that_of_hubert_and_arabie)
{
	/* scikit-learn's doctest: [0, 0, 1, 2] and [0, 0, 1, 1] are 0.57 */
	static const uint64_t mixed[] = {2, 0, 0, 1, 0, 1};
	static const uint64_t same[] = {0, 3, 4, 0};
	static const uint64_t apart[] = {1, 1, 1, 1};
	static const uint64_t one[] = {7};

	ck_assert_double_eq_tol(cstn__adjusted_rand(mixed, 3, 2), 4.0 / 7.0, 1e-15);
	ck_assert_double_eq(cstn__adjusted_rand(same, 2, 2), 1.0);
	ck_assert_double_eq_tol(cstn__adjusted_rand(apart, 2, 2), -0.5, 1e-15);
	ck_assert_double_eq(cstn__adjusted_rand(one, 1, 1), 1.0);
}
END_TEST

static cstn_status compare(const char *before, const char *after, cstn_segment_comparison *out,
		struct ArrowArrayStream *moved, cstn_error **error)
{
	static const char schema[] = "customer text null\nsegment text null\n";
	struct ArrowArrayStream one, other;
	cstn_status status;

	csv_rows(&one, schema, before);
	csv_rows(&other, schema, after);
	status = cstn_segment_compare(&one, &other, NULL, NULL, out, moved, error);
	ck_assert_ptr_null(one.release);
	ck_assert_ptr_null(other.release);
	return status;
}

START_TEST(who_moved_is_told_in_the_order_of_customers)
{
	cstn_segment_comparison out = CSTN_SEGMENT_COMPARISON_INIT;
	struct ArrowArrayStream moved;
	cstn_buffer *text;

	ck_assert_int_eq(compare("customer,segment\nd,Y\na,X\nb,X\nc,Z\nold,X\n",
					 "customer,segment\na,X\nc,Y\nb,Y\nd,Y\nnew,X\nmore,W\n",
					 &out, &moved, NULL),
			CSTN_OK);
	ck_assert_str_eq(csv_text(&moved, &text), "customer,from,to\nb,X,Y\nc,Z,Y\n");
	cstn_buffer_free(text);
	ck_assert_int_eq(out.customers, 4);
	ck_assert_int_eq(out.moved, 2);
	ck_assert_int_eq(out.only_before, 1);
	ck_assert_int_eq(out.only_after, 2);
	ck_assert_int_eq(out.segments_before, 3);
	ck_assert_int_eq(out.segments_after, 3);
	/* of 6 pairs one is together before, three after, none in both: chance 0.5, most 2 */
	ck_assert_double_eq_tol(out.adjusted_rand, -0.5 / 1.5, 1e-15);
}
END_TEST

START_TEST(other_names_are_the_same_partition_though_all_move)
{
	cstn_segment_comparison out = CSTN_SEGMENT_COMPARISON_INIT;

	ck_assert_int_eq(compare("customer,segment\na,X\nb,X\nc,Z\n",
					 "customer,segment\na,1\nb,1\nc,2\n", &out, NULL, NULL),
			CSTN_OK);
	ck_assert_double_eq(out.adjusted_rand, 1.0);
	ck_assert_int_eq(out.moved, 3);
}
END_TEST

START_TEST(without_customers_in_both_there_is_no_index)
{
	cstn_segment_comparison out = CSTN_SEGMENT_COMPARISON_INIT;

	ck_assert_int_eq(compare("customer,segment\na,X\n", "customer,segment\n", &out, NULL, NULL),
			CSTN_OK);
	ck_assert(isnan(out.adjusted_rand));
	ck_assert_int_eq(out.only_before, 1);
	ck_assert_int_eq(out.customers, 0);
}
END_TEST

START_TEST(rows_that_cannot_be_compared_are_refused)
{
	cstn_segment_comparison out = CSTN_SEGMENT_COMPARISON_INIT;
	cstn_error *error = NULL;
	struct ArrowArrayStream one;

	expect_error(compare("customer,segment\na,X\na,Y\n", "customer,segment\na,X\n", &out, NULL,
				     &error),
			CSTN_E_DUPLICATE, &error, "customer 'a' is there twice");
	expect_error(compare("customer,segment\na,X\n", "customer,segment\na,\n", &out, NULL,
				     &error),
			CSTN_E_INVALID_ARGUMENT, &error, "a value is required");
	out.struct_size = 8;
	expect_error(compare("customer,segment\na,X\n", "customer,segment\na,X\n", &out, NULL,
				     &error),
			CSTN_E_INVALID_ARGUMENT, &error, "struct_size");
	csv_rows(&one, "customer text\nsegment text\n", "customer,segment\n");
	expect_error(cstn_segment_compare(&one, NULL, NULL, NULL, &out, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "after is NULL");
	ck_assert_ptr_null(one.release);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {the_gap_is_first_wide_enough_at_the_true_k,
			one_even_box_has_no_clusters_by_its_gap,
			half_samples_agree_on_the_true_k_and_less_beyond,
			samples_are_the_same_for_any_number_of_threads,
			without_samples_there_is_no_gap, what_is_suggested_is_within_the_bounds,
			a_segment_with_less_than_one_percent_of_the_margin_is_not_suggested,
			the_adjusted_rand_index_is_that_of_hubert_and_arabie,
			who_moved_is_told_in_the_order_of_customers,
			other_names_are_the_same_partition_though_all_move,
			without_customers_in_both_there_is_no_index,
			rows_that_cannot_be_compared_are_refused};

	return run_tests("kmeans_choose", tests, sizeof(tests) / sizeof(tests[0]));
}
