/* k-prototypes as a whole: as the plain form finds it, as k-means and k-modes where it is that, the
 * same bytes however it is computed, starts, stops and empty clusters. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "csv_rows.h"
#include "kmeans_fixture.h"
#include "prototypes_fixture.h"
#include "suite.h"

/* --- the plain form --- */

static void compare(const mixed *table, const plain *expected, const cstn_prototypes *model)
{
	size_t n, i, d, m;
	double *labels = prototypes_numbers(model, CSTN_PROTOTYPES_TABLE_LABELS, "label", &n);
	double *costs;
	char name[40];

	ck_assert_uint_eq(n, table->n);
	for (i = 0; i < n; i++)
		ck_assert_uint_eq((size_t)labels[i], expected->label[i]);
	free(labels);
	costs = prototypes_numbers(model, CSTN_PROTOTYPES_TABLE_COSTS, "cost", &n);
	ck_assert_uint_eq(n, expected->n_costs);
	for (i = 0; i < n; i++)
		ck_assert_double_eq_tol(costs[i], expected->cost[i], 1e-12 * (1.0 + costs[0]));
	free(costs);
	ck_assert_uint_eq((size_t)prototypes_number(model, "n_iter"), expected->passes);
	for (d = 0; d < table->d; d++) {
		double *at;

		sprintf(name, "x%zu_scaled", d);
		at = prototypes_numbers(model, CSTN_PROTOTYPES_TABLE_CLUSTERS, name, &n);
		for (i = 0; i < n; i++)
			ck_assert_double_eq_tol(at[i], expected->centre[i][d], 1e-12);
		free(at);
	}
	for (m = 0; m < table->m; m++) {
		struct ArrowArrayStream out;
		cstn_buffer *text;

		sprintf(name, "c%zu", m);
		ck_assert_int_eq(cstn_prototypes_export(
						 model, CSTN_PROTOTYPES_TABLE_CLUSTERS, &out, NULL),
				CSTN_OK);
		csv_text(&out, &text);
		for (i = 0; i < expected->k; i++)
			ck_assert_int_eq(csv_cell((const char *)cstn_buffer_data(text), (int)i + 1,
							 name)[0],
					'a' + expected->mode[i][m]);
		cstn_buffer_free(text);
	}
}

/* Small tables of all shapes, many of them with ties and empty clusters. */
static void compare_many(int batch)
{
	const char *given = getenv("CSTN_PROTOTYPES_CASES");
	int cases = given ? atoi(given) : 150, number;
	size_t compared = 0;

	for (number = 0; number < cases; number++) {
		cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
		uint64_t seed = 1000 + (uint64_t)number * 7;
		size_t n = 8 + 2 * ((size_t)number % 12), d = (size_t)number % 3;
		size_t m = (size_t)number / 3 % 4, k = 1 + (size_t)number % MIXED_CLUSTERS, j;
		int64_t start[MIXED_CLUSTERS];
		cstn_prototypes *model;
		plain expected;
		mixed table;

		if (d + m == 0)
			continue;
		mixed_random(&table, n, d, m, 1 + number % 5, 2 + number % 4, seed);
		if (mixed_distinct(&table) < k)
			continue;
		for (j = 0; j < k; j++)
			start[j] = (int64_t)((j * 5 + (size_t)number) % n);
		options.gamma = 0.25 * (1 + number % 7);
		options.start_rows = start;
		options.order = CSTN_KMEANS_ORDER_START;
		options.flags = batch ? CSTN_PROTOTYPES_BATCH : 0;
		options.threads = 1;
		plain_fit(&expected, &table, k, options.gamma, start, batch);
		model = mixed_fit(&table, (int32_t)k, &options);
		compare(&table, &expected, model);
		cstn_prototypes_unref(model);
		compared++;
	}
	ck_assert_uint_gt(compared, (size_t)cases / 2);
}

START_TEST(passes_row_by_row_are_those_of_the_plain_form)
{
	compare_many(0);
}
END_TEST

START_TEST(passes_in_batches_are_those_of_the_plain_form)
{
	compare_many(1);
}
END_TEST

START_TEST(a_start_by_cao_is_the_densest_row_and_rows_far_from_it)
{
	uint64_t seed;

	for (seed = 0; seed < 40; seed++) {
		cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
		int64_t start[4];
		cstn_prototypes *model;
		plain expected;
		mixed table;

		mixed_random(&table, 20, seed % 2, 3, 3, 4, seed);
		plain_cao(&table, 4, start);
		plain_fit(&expected, &table, 4, 1.0, start, 0);
		options.gamma = 1.0;
		options.start = CSTN_PROTOTYPES_START_CAO;
		options.order = CSTN_KMEANS_ORDER_START;
		model = mixed_fit(&table, 4, &options);
		compare(&table, &expected, model);
		cstn_prototypes_unref(model);
	}
}
END_TEST

/* --- what it is with one kind of column --- */

START_TEST(numbers_alone_in_batch_form_are_k_means)
{
	static const char *const names[] = {"c0", "c1", "c2"};
	cstn_kmeans_options usual = CSTN_KMEANS_OPTIONS_INIT;
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	static const uint32_t steps[] = {CSTN_TRANSFORM_Z, 0, CSTN_TRANSFORM_WINSORISE};
	struct ArrowArrayStream rows, clusters;
	cstn_buffer *one, *other;
	cstn_prototypes *model = NULL;
	cstn_kmeans *means;
	int32_t *labels;
	double *got;
	size_t n, i;
	numbers table;

	numbers_init(&table, 3000, 3);
	numbers_heaps(&table, 5, 12.0, 3);
	usual.transforms = options.transforms = steps;
	usual.seed = options.seed = 9;
	usual.n_init = options.n_init = 4;
	options.flags = CSTN_PROTOTYPES_BATCH;
	means = fit_numbers(&table, 0, 5, &usual);
	numbers_open(&table, 0, &rows);
	ck_assert_int_eq(cstn_prototypes_fit(&rows, names, 3, NULL, 0, 5, &options, NULL, &model,
					 NULL, NULL),
			CSTN_OK);
	ck_assert(prototypes_number(model, "cost") == kmeans_number(means, "inertia"));
	ck_assert(prototypes_number(model, "n_iter") + 1 == kmeans_number(means, "n_iter"));
	ck_assert(prototypes_number(model, "restart") == kmeans_number(means, "restart"));
	labels = kmeans_labels(means, &n);
	got = prototypes_numbers(model, CSTN_PROTOTYPES_TABLE_LABELS, "label", &n);
	for (i = 0; i < n; i++)
		ck_assert_int_eq((int)got[i], labels[i]);
	ck_assert_int_eq(cstn_kmeans_export(means, CSTN_KMEANS_TABLE_CLUSTERS, &clusters, NULL),
			CSTN_OK);
	csv_text(&clusters, &one);
	ck_assert_int_eq(cstn_prototypes_export(
					 model, CSTN_PROTOTYPES_TABLE_CLUSTERS, &clusters, NULL),
			CSTN_OK);
	csv_text(&clusters, &other);
	for (i = 1; i <= 5; i++)
		ck_assert_str_eq(csv_cell((const char *)cstn_buffer_data(one), (int)i, "c1"),
				csv_cell((const char *)cstn_buffer_data(other), (int)i, "c1"));
	cstn_buffer_free(one);
	cstn_buffer_free(other);
	free(labels);
	free(got);
	cstn_kmeans_unref(means);
	cstn_prototypes_unref(model);
	numbers_free(&table);
}
END_TEST

START_TEST(a_constant_number_changes_nothing)
{
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	cstn_prototypes *modes, *both;
	double *one, *other;
	size_t n, i;
	mixed table;

	mixed_random(&table, 30, 0, 3, 1, 4, 4);
	modes = mixed_fit(&table, 4, &options);
	table.d = 1; /* all 0 */
	both = mixed_fit(&table, 4, &options);
	ck_assert(prototypes_number(modes, "gamma") == 1.0);
	ck_assert(prototypes_number(both, "gamma") == 1.0);
	ck_assert(prototypes_number(modes, "cost") == prototypes_number(modes, "mismatches"));
	ck_assert(prototypes_number(modes, "cost") == prototypes_number(both, "cost"));
	one = prototypes_numbers(modes, CSTN_PROTOTYPES_TABLE_LABELS, "label", &n);
	other = prototypes_numbers(both, CSTN_PROTOTYPES_TABLE_LABELS, "label", &n);
	for (i = 0; i < n; i++)
		ck_assert(one[i] == other[i]);
	free(one);
	free(other);
	cstn_prototypes_unref(modes);
	cstn_prototypes_unref(both);
}
END_TEST

START_TEST(a_mismatch_costs_half_the_mean_deviation_unless_told)
{
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	static const uint32_t scaled[] = {CSTN_TRANSFORM_Z, CSTN_TRANSFORM_Z};
	cstn_prototypes *model;
	mixed table;

	mixed_random(&table, 4, 2, 1, 1, 2, 0);
	memset(table.z, 0, sizeof(table.z));
	table.z[0][0] = 3.0; /* deviations 3 / sqrt(2) and 1 */
	table.z[3][0] = -3.0;
	table.z[0][1] = table.z[1][1] = 1.0;
	table.z[2][1] = table.z[3][1] = -1.0;
	model = mixed_fit(&table, 2, NULL);
	ck_assert_double_eq_tol(
			prototypes_number(model, "gamma"), 0.25 * (3.0 / sqrt(2.0) + 1.0), 1e-15);
	cstn_prototypes_unref(model);
	options.transforms = scaled;
	model = mixed_fit(&table, 2, &options);
	ck_assert_double_eq_tol(prototypes_number(model, "gamma"), 0.5, 1e-15);
	cstn_prototypes_unref(model);
	options.gamma = 7.5;
	model = mixed_fit(&table, 2, &options);
	ck_assert(prototypes_number(model, "gamma") == 7.5);
	cstn_prototypes_unref(model);
}
END_TEST

/* --- the same bytes --- */

#define MANY 70000

/* A stream of MANY rows: two numbers and two categories; its text is to be freed behind it. */
static char *open_many(struct ArrowArrayStream *out)
{
	size_t size = MANY * 40, at = 0, i;
	char *text = malloc(size);

	ck_assert_ptr_nonnull(text);
	at += (size_t)sprintf(text, "x,y,c,d\n");
	for (i = 0; i < MANY; i++) {
		size_t heap = i * 2654435761u % 97 % 4;

		at += (size_t)snprintf(text + at, size - at, "%zu,%zu,g%zu,h%zu\n",
				heap * 40 + i * 7919 % 61, i * 104729 % 83, heap * 3 + i % 3,
				(heap + i * 31 % 11 / 8) % 4);
	}
	csv_rows(out, "x double\ny double\nc text\nd text\n", text);
	return text;
}

static uint64_t digest_of_many(uint32_t flags, int32_t threads, int32_t simd)
{
	static const char *const numeric[] = {"x", "y"}, *const categorical[] = {"c", "d"};
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	struct ArrowArrayStream rows;
	cstn_prototypes *model = NULL;
	uint64_t digest;
	char *text;

	options.flags = flags;
	options.threads = threads;
	options.simd = simd;
	options.n_init = 1;
	options.max_iter = 2;
	text = open_many(&rows);
	ck_assert_int_eq(cstn_prototypes_fit(&rows, numeric, 2, categorical, 2, 3, &options, NULL,
					 &model, NULL, NULL),
			CSTN_OK);
	digest = prototypes_digest(model);
	cstn_prototypes_unref(model);
	free(text);
	return digest;
}

START_TEST(threads_do_not_change_a_byte)
{
	uint32_t flags = _i ? CSTN_PROTOTYPES_BATCH : 0;
	uint64_t first = digest_of_many(flags, 1, 0);

	ck_assert_uint_eq(digest_of_many(flags, 2, 0), first);
	ck_assert_uint_eq(digest_of_many(flags, 8, 1), first);
}
END_TEST

START_TEST(no_instruction_set_changes_a_byte)
{
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	uint64_t first = 0;
	int32_t simd;
	mixed table;

	mixed_random(&table, 40, 2, 3, 9, 5, 12);
	for (simd = 1; simd <= (int32_t)cstn__cpu_simd() && simd <= 3; simd++) {
		cstn_prototypes *model;

		options.simd = simd;
		options.flags = _i ? CSTN_PROTOTYPES_BATCH : 0;
		model = mixed_fit(&table, 5, &options);
		if (simd == 1)
			first = prototypes_digest(model);
		ck_assert_uint_eq(prototypes_digest(model), first);
		cstn_prototypes_unref(model);
	}
}
END_TEST

/* --- starts and stops --- */

START_TEST(more_restarts_are_never_worse)
{
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	double before = (double)INFINITY;
	mixed table;

	mixed_random(&table, 40, 1, 3, 20, 6, 77);
	for (options.n_init = 1; options.n_init <= 16; options.n_init *= 4) {
		cstn_prototypes *model = mixed_fit(&table, 5, &options);

		ck_assert_double_le(prototypes_number(model, "cost"), before);
		ck_assert_double_lt(prototypes_number(model, "restart"), options.n_init);
		before = prototypes_number(model, "cost");
		cstn_prototypes_unref(model);
	}
}
END_TEST

START_TEST(another_seed_draws_another_start)
{
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	int differ = 0;
	mixed table;

	mixed_random(&table, 40, 1, 3, 20, 6, 78);
	options.n_init = 1;
	for (options.seed = 0; options.seed < 8; options.seed++) {
		cstn_prototypes *model = mixed_fit(&table, 5, &options);
		cstn_prototypes_options again = options;
		cstn_prototypes *other;

		other = mixed_fit(&table, 5, &again);
		ck_assert_uint_eq(prototypes_digest(model), prototypes_digest(other));
		cstn_prototypes_unref(other);
		again.seed += 100;
		other = mixed_fit(&table, 5, &again);
		differ += prototypes_number(model, "cost") != prototypes_number(other, "cost");
		cstn_prototypes_unref(other);
		cstn_prototypes_unref(model);
	}
	ck_assert_int_gt(differ, 0);
}
END_TEST

START_TEST(a_fit_cut_short_says_so_and_predicts_its_labels)
{
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	int cut = 0;
	uint64_t seed;

	options.max_iter = 1;
	options.n_init = 1;
	options.flags = _i ? CSTN_PROTOTYPES_BATCH : 0;
	for (seed = 0; seed < 20; seed++) {
		struct ArrowArrayStream rows, out;
		cstn_prototypes *model;
		double *fitted, *found;
		size_t n, i;
		mixed table;

		mixed_random(&table, 40, 1, 2, 20, 6, seed);
		model = mixed_fit(&table, 5, &options);
		cut += prototypes_number(model, "converged") == 0.0;
		ck_assert(prototypes_number(model, "n_iter") == 1.0);
		mixed_open(&table, &rows);
		ck_assert_int_eq(cstn_prototypes_predict(model, &rows, NULL, &out, NULL, NULL),
				CSTN_OK);
		found = stream_numbers(&out, "label", &n);
		fitted = prototypes_numbers(model, CSTN_PROTOTYPES_TABLE_LABELS, "label", &n);
		for (i = 0; i < n; i++)
			ck_assert(fitted[i] == found[i]);
		free(fitted);
		free(found);
		cstn_prototypes_unref(model);
	}
	ck_assert_int_gt(cut, 0);
}
END_TEST

START_TEST(equal_start_rows_end_in_clusters_that_are_not_empty)
{
	static const int64_t start[] = {0, 0, 0};
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	cstn_prototypes *model;
	double *rows;
	size_t n, i;
	mixed table;

	mixed_random(&table, 20, 1, 2, 9, 3, 5);
	options.start_rows = start;
	options.flags = _i ? CSTN_PROTOTYPES_BATCH : 0;
	model = mixed_fit(&table, 3, &options);
	ck_assert_double_gt(prototypes_number(model, "moved"), 1.0);
	rows = prototypes_numbers(model, CSTN_PROTOTYPES_TABLE_CLUSTERS, "rows", &n);
	for (i = 0; i < 3; i++)
		ck_assert_double_ge(rows[i], 1.0);
	free(rows);
	cstn_prototypes_unref(model);
}
END_TEST

START_TEST(equal_counts_give_the_category_that_is_smallest_by_bytes)
{
	static const char *const names[] = {"c"};
	struct ArrowArrayStream rows, out;
	cstn_prototypes *model = NULL;
	cstn_buffer *text;

	csv_rows(&rows, "c text\n", "c\nb\n9\nB\n10\n");
	ck_assert_int_eq(cstn_prototypes_fit(&rows, NULL, 0, names, 1, 1, NULL, NULL, &model, NULL,
					 NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_prototypes_export(model, CSTN_PROTOTYPES_TABLE_CLUSTERS, &out, NULL),
			CSTN_OK);
	ck_assert_str_eq(csv_text(&out, &text), "label,rows,cost,mismatches,c,c_share\n"
						"0,4,3,3,10,0.25\n");
	cstn_buffer_free(text);
	cstn_prototypes_unref(model);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("prototypes_fit");
	TCase *all = tcase_create("prototypes_fit");

	tcase_set_timeout(all, 240);
	tcase_add_test(all, passes_row_by_row_are_those_of_the_plain_form);
	tcase_add_test(all, passes_in_batches_are_those_of_the_plain_form);
	tcase_add_test(all, a_start_by_cao_is_the_densest_row_and_rows_far_from_it);
	tcase_add_test(all, numbers_alone_in_batch_form_are_k_means);
	tcase_add_test(all, a_constant_number_changes_nothing);
	tcase_add_test(all, a_mismatch_costs_half_the_mean_deviation_unless_told);
	tcase_add_loop_test(all, threads_do_not_change_a_byte, 0, 2);
	tcase_add_loop_test(all, no_instruction_set_changes_a_byte, 0, 2);
	tcase_add_test(all, more_restarts_are_never_worse);
	tcase_add_test(all, another_seed_draws_another_start);
	tcase_add_loop_test(all, a_fit_cut_short_says_so_and_predicts_its_labels, 0, 2);
	tcase_add_loop_test(all, equal_start_rows_end_in_clusters_that_are_not_empty, 0, 2);
	tcase_add_test(all, equal_counts_give_the_category_that_is_smallest_by_bytes);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
