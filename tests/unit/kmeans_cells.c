/* Micro-clusters: what cells hold against a plain table of keys, the same bytes for any split, and
 * what the clusters found from them are worth. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "kmeans_cells_fixture.h"
#include "sealed_bytes.h"
#include "suite.h"

/* --- against a plain table of keys ------------------------------------------------------------ */

#define TREES 1000 /* CSTN_TEST_TREES: how many ways to split and merge */
#define DIMENSIONS 3

typedef struct plain_row {
	int64_t key[DIMENSIONS], value[DIMENSIONS];
	int64_t weight;
} plain_row;

static int compare_rows(const void *left, const void *right)
{
	const plain_row *a = left, *b = right;
	size_t l;

	for (l = 0; l < DIMENSIONS; l++)
		if (a->key[l] != b->key[l])
			return a->key[l] < b->key[l] ? -1 : 1;
	return 0;
}

/* Keys at a level: floor(z 2^level) of z = value 2^-24; how many differ. Rows are sorted. */
static size_t put_keys(plain_row *rows, size_t n, int level)
{
	size_t i, l, cells = 0;

	for (i = 0; i < n; i++)
		for (l = 0; l < DIMENSIONS; l++)
			rows[i].key[l] =
					(int64_t)floor(ldexp((double)rows[i].value[l], level - 24));
	qsort(rows, n, sizeof(*rows), compare_rows);
	for (i = 0; i < n; i++)
		cells += i == 0 || compare_rows(&rows[i - 1], &rows[i]) != 0;
	return cells;
}

/* Values between -1 and 1 have power 6. */
static plain_row *plain_rows(const numbers *table)
{
	plain_row *rows = calloc(table->n, sizeof(*rows));
	size_t i, l;

	ck_assert_ptr_nonnull(rows);
	for (i = 0; i < table->n; i++) {
		for (l = 0; l < DIMENSIONS; l++)
			rows[i].value[l] = (int64_t)rint(
					(double)(float)(table->column[l][i] * 64.0) * 0x1p24);
		rows[i].weight = table->has_weight ? (int64_t)table->column[DIMENSIONS][i] : 1;
	}
	return rows;
}

/* Rows [first, end) are one cell, number `cell` of the table: its columns are compared. */
static void expect_cell(const plain_row *rows, size_t first, size_t end, size_t cell,
		double *const *columns)
{
	double within = 0.0, weight = 0.0;
	size_t i, l;

	for (i = first; i < end; i++)
		weight += (double)rows[i].weight;
	for (l = 0; l < DIMENSIONS; l++) {
		int64_t sum = 0;
		double mean;

		for (i = first; i < end; i++)
			sum += rows[i].value[l] * rows[i].weight;
		mean = (double)sum / weight;
		for (i = first; i < end; i++)
			within += ((double)rows[i].value[l] - mean) *
				  ((double)rows[i].value[l] - mean) * (double)rows[i].weight;
		ck_assert_double_eq_tol(columns[3 + l][cell], ldexp(mean, -30), 1e-15);
	}
	ck_assert_double_eq(columns[0][cell], (double)(end - first));
	ck_assert_double_eq(columns[1][cell], weight);
	ck_assert_double_eq_tol(columns[2][cell], ldexp(within, -60), 1e-12 * (1.0 + within));
}

START_TEST(cells_hold_what_a_plain_table_of_keys_holds)
{
	static const char *const names[] = {"rows", "weight", "within", "c0", "c1", "c2"};
	static const int32_t most[] = {1, 2, 9, 40, 200, 500, 1 << 20};
	cstn_kmeans *model = cells_frame(DIMENSIONS, 1.0);
	cstn_kmeans_cells *cells = cells_new(model, most[_i], 0);
	int level = 24;
	size_t count, n, i, first, cell = 0, c;
	double *columns[6];
	plain_row *rows;
	numbers table;

	make_cell_rows(&table, 500, DIMENSIONS, _i % 2, 77);
	table.column[0][3] = 0.0;
	table.column[1][3] = -1.0;
	table.column[2][3] = 1.0;
	rows = plain_rows(&table);
	while ((count = put_keys(rows, table.n, level)) > (size_t)most[_i] && level > -8)
		level--;
	cells_update(cells, &table);
	if (count <= (size_t)most[_i]) {
		ck_assert_double_eq(cells_number(cells, "level"), (double)level);
		ck_assert_double_eq(cells_number(cells, "cells"), (double)count);
		for (c = 0; c < 6; c++) {
			columns[c] = cells_column(cells, names[c], &n);
			ck_assert_uint_eq(n, count);
		}
		for (first = 0, i = 1; i <= table.n; i++)
			if (i == table.n || compare_rows(&rows[i - 1], &rows[i]) != 0) {
				expect_cell(rows, first, i, cell++, columns);
				first = i;
			}
		ck_assert_uint_eq(cell, count);
		for (c = 0; c < 6; c++)
			free(columns[c]);
	} else { /* zero parts them for good: one cell of all */
		ck_assert_double_eq(cells_number(cells, "level"), -8.0);
		ck_assert_double_eq(cells_number(cells, "cells"), 1.0);
	}
	ck_assert_double_eq(cells_number(cells, "rows"), 500.0);
	free(rows);
	numbers_free(&table);
	cstn_kmeans_cells_free(cells);
	cstn_kmeans_unref(model);
}
END_TEST

/* --- any split -------------------------------------------------------------------------------- */

static size_t pick(uint64_t seed, uint64_t *at, size_t n)
{
	return (size_t)(cstn__random_unit(seed, (*at)++) * (double)n);
}

/* Rows [from, to) through a random tree of merges, some of them travelling. */
static cstn_kmeans_cells *random_tree(const cstn_kmeans *model, int32_t max_cells,
		const numbers *table, size_t from, size_t to, uint64_t seed, uint64_t *at)
{
	static const int32_t threads[] = {1, 2, 3, 8};
	cstn_kmeans_cells *cells, *other, *into;

	if (to - from < 2 || pick(seed, at, 4) == 0) {
		numbers rows = numbers_part(table, from, to);

		cells = cells_new(model, max_cells, 0);
		ck_assert_int_eq(cells_give(cells, &rows, 1 + pick(seed, at, 50),
						 threads[pick(seed, at, 4)], NULL),
				CSTN_OK);
	} else {
		size_t middle = from + 1 + pick(seed, at, to - from - 1);

		cells = random_tree(model, max_cells, table, from, middle, seed, at);
		other = random_tree(model, max_cells, table, middle, to, seed, at);
		into = pick(seed, at, 2) ? cells : other;
		ck_assert_int_eq(cstn_kmeans_cells_merge(into, into == cells ? other : cells, NULL),
				CSTN_OK);
		cstn_kmeans_cells_free(into == cells ? other : cells);
		cells = into;
	}
	return pick(seed, at, 8) == 0 ? cells_travelled(cells) : cells;
}

START_TEST(any_split_and_tree_of_merges_gives_the_same_bytes)
{
	static const int32_t most[] = {3, 30, 150, 1000};
	const char *given = getenv("CSTN_TEST_TREES");
	size_t trees = given ? strtoul(given, NULL, 10) : TREES, i;
	cstn_kmeans *model = cells_frame(2, 1.0);
	cstn_kmeans_cells *whole[4];
	numbers table;

	make_cell_rows(&table, 240, 2, 1, 5);
	for (i = 0; i < 4; i++) {
		whole[i] = cells_new(model, most[i], 0);
		cells_update(whole[i], &table);
	}
	for (i = 0; i < trees; i += test_every()) {
		uint64_t at = 0;
		cstn_kmeans_cells *cells =
				random_tree(model, most[i % 4], &table, 0, table.n, 1000 + i, &at);

		sealed_expect_equal(&sealed_kmeans_cells, cells, whole[i % 4]);
		cstn_kmeans_cells_free(cells);
	}
	for (i = 0; i < 4; i++)
		cstn_kmeans_cells_free(whole[i]);
	cstn_kmeans_unref(model);
	numbers_free(&table);
}
END_TEST

START_TEST(threads_that_share_the_rows_change_no_byte)
{
	static const int32_t threads[] = {2, 3, 8, 0};
	cstn_kmeans *model = cells_frame(2, 1.0);
	cstn_kmeans_cells *one = cells_new(model, 700, 0), *several;
	size_t i;
	numbers table;

	make_cell_rows(&table, 140000, 2, 0, 9);
	ck_assert_int_eq(cells_give(one, &table, 0, 1, NULL), CSTN_OK);
	ck_assert(cells_number(one, "level") < 24.0);
	for (i = 0; i < 4; i++) {
		several = cells_new(model, 700, 0);
		ck_assert_int_eq(cells_give(several, &table, i ? 0 : 30000, threads[i], NULL),
				CSTN_OK);
		sealed_expect_equal(&sealed_kmeans_cells, several, one);
		cstn_kmeans_cells_free(several);
	}
	cstn_kmeans_cells_free(one);
	cstn_kmeans_unref(model);
	numbers_free(&table);
}
END_TEST

START_TEST(a_bad_row_far_down_the_stream_has_its_own_number)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	cstn_kmeans *model = cells_frame(1, 1.0);
	cstn_kmeans_cells *cells = cells_new(model, 10, 0);
	struct ArrowArrayStream stream;
	cstn_row_errors *bad = NULL;
	cstn_row_error row;
	numbers table;

	make_cell_rows(&table, 140000, 1, 0, 9);
	table.column[0][139990] = (double)NAN;
	table.column[0][7] = (double)INFINITY;
	options.threads = 1;
	numbers_open(&table, 10000, &stream);
	ck_assert_int_eq(cstn_kmeans_cells_update(cells, &stream, &options, &bad, NULL),
			CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 2);
	ck_assert_int_eq(cstn_row_errors_at(bad, 1, &row, NULL), CSTN_OK);
	ck_assert_uint_eq(row.row, 139990);
	cstn_row_errors_free(bad);
	ck_assert_double_eq(cells_number(cells, "rows"), 0.0);
	options.flags = CSTN_KMEANS_SKIP_BAD;
	numbers_open(&table, 10000, &stream);
	ck_assert_int_eq(cstn_kmeans_cells_update(cells, &stream, &options, NULL, NULL), CSTN_OK);
	ck_assert_double_eq(cells_number(cells, "rows"), 139998.0);
	ck_assert_double_eq(cells_number(cells, "left_out"), 2.0);
	ck_assert_double_eq(cells_number(cells, "clamped"), 0.0);
	cstn_kmeans_cells_free(cells);
	cstn_kmeans_unref(model);
	numbers_free(&table);
}
END_TEST

/* --- clusters --------------------------------------------------------------------------------- */

START_TEST(cells_that_part_all_rows_give_the_clusters_of_the_rows)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	const double starts[] = {-0.8, 0.8, 0.1, 0.0, 0.7, -0.7};
	const uint32_t steps[] = {CSTN_TRANSFORM_Z, CSTN_TRANSFORM_ROBUST_Z};
	cstn_kmeans *expected, *model;
	cstn_kmeans_cells *cells;
	struct ArrowArrayStream out;
	double *a, *b;
	size_t n, i;
	numbers table;

	make_cell_rows(&table, 900, 2, _i, 31);
	options.start_centres = starts;
	options.transforms = steps;
	options.weight = _i ? "weight" : NULL;
	expected = fit_numbers(&table, 0, 3, &options);
	cells = cells_new(expected, 0, 0);
	cells_update(cells, &table);
	ck_assert_double_eq(cells_number(cells, "level"), 24.0);
	ck_assert_double_eq(cells_number(cells, "within"), 0.0);
	options.transforms = NULL;
	options.weight = NULL;
	model = cells_fit(cells, 3, &options);
	ck_assert_double_eq(kmeans_number(model, "n_iter"), kmeans_number(expected, "n_iter"));
	ck_assert_double_eq(kmeans_number(model, "weight"), kmeans_number(expected, "weight"));
	ck_assert_double_eq_tol(kmeans_number(model, "inertia"), kmeans_number(expected, "inertia"),
			1e-6 * kmeans_number(expected, "inertia"));
	ck_assert_int_eq(cstn_kmeans_export(expected, CSTN_KMEANS_TABLE_CLUSTERS, &out, NULL),
			CSTN_OK);
	a = stream_numbers(&out, "c1", &n);
	ck_assert_int_eq(
			cstn_kmeans_export(model, CSTN_KMEANS_TABLE_CLUSTERS, &out, NULL), CSTN_OK);
	b = stream_numbers(&out, "c1", &n);
	ck_assert_uint_eq(n, 3);
	for (i = 0; i < n; i++)
		ck_assert_double_eq_tol(a[i], b[i], 1e-7);
	free(a);
	free(b);
	cstn_kmeans_unref(expected);
	cstn_kmeans_unref(model);
	cstn_kmeans_cells_free(cells);
	numbers_free(&table);
}
END_TEST

START_TEST(a_weight_counts_as_that_many_rows)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	cstn_kmeans *frame = cells_frame(2, 1.0), *a, *b;
	cstn_kmeans_cells *by_weight = cells_new(frame, 60, 0), *repeated = cells_new(frame, 60, 0);
	static const char *const names[] = {"weight", "within", "c0", "c1"};
	numbers table, copies;
	size_t i, j, c, n, m, at = 0;

	make_cell_rows(&table, 300, 2, 1, 3);
	numbers_init(&copies, 600, 2);
	for (i = 0; i < table.n; i++)
		for (j = 0; j < (size_t)table.column[2][i]; j++, at++)
			for (c = 0; c < 2; c++)
				copies.column[c][at] = table.column[c][i];
	copies.n = at;
	cells_update(by_weight, &table);
	cells_update(repeated, &copies);
	for (c = 0; c < 4; c++) {
		double *one = cells_column(by_weight, names[c], &n);
		double *other = cells_column(repeated, names[c], &m);

		ck_assert_uint_eq(n, m);
		ck_assert_int_eq(memcmp(one, other, n * sizeof(*one)), 0);
		free(one);
		free(other);
	}
	a = cells_fit(by_weight, 4, &options);
	b = cells_fit(repeated, 4, &options);
	ck_assert_double_eq(kmeans_number(a, "inertia"), kmeans_number(b, "inertia"));
	ck_assert_double_eq(rows_score(a, &copies), rows_score(b, &copies));
	ck_assert_double_eq(kmeans_number(a, "rows"), 300.0);
	ck_assert_double_eq(kmeans_number(b, "rows"), (double)at);
	cstn_kmeans_unref(a);
	cstn_kmeans_unref(b);
	cstn_kmeans_unref(frame);
	cstn_kmeans_cells_free(by_weight);
	cstn_kmeans_cells_free(repeated);
	numbers_free(&table);
	numbers_free(&copies);
}
END_TEST

static void expect_bounds(const cstn_kmeans_cells *cells, const cstn_kmeans *model,
		const numbers *table, double *least, double *most)
{
	double score = rows_score(model, table);

	ck_assert_int_eq(cstn_kmeans_cells_bounds(cells, model, least, most, NULL), CSTN_OK);
	ck_assert_double_le(*least, score);
	ck_assert_double_ge(*most, score);
}

START_TEST(the_inertia_of_the_rows_lies_between_the_bounds)
{
	static const int32_t most_cells[] = {4, 16, 60, 250, 5000};
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	double gap = (double)INFINITY, least, most;
	cstn_kmeans *frame = cells_frame(2, 1.0);
	numbers table;
	size_t i;

	make_cell_rows(&table, 2000, 2, 1, 8);
	for (i = 0; i < 5; i++) {
		cstn_kmeans_cells *cells = cells_new(frame, most_cells[i], 0);
		cstn_kmeans *model;

		cells_update(cells, &table);
		options.max_iter = i == 2 ? 1 : 0; /* not converged is as sound */
		model = cells_fit(cells, 4, &options);
		expect_bounds(cells, model, &table, &least, &most);
		/* each row with its cell: no less than each row where it likes */
		ck_assert_double_ge(kmeans_number(model, "inertia") * (1.0 + 1e-9), least);
		ck_assert_double_ge(kmeans_number(model, "inertia"),
				rows_score(model, &table) * (1.0 - 1e-6));
		if (i == 0 || i == 4)
			ck_assert_double_lt(most - least, gap);
		gap = most - least;
		cstn_kmeans_unref(model);
		cstn_kmeans_cells_free(cells);
	}
	ck_assert_double_lt(gap, 1e-5 * most); /* every row a cell: packing alone is between */
	cstn_kmeans_unref(frame);
	numbers_free(&table);
}
END_TEST

/* Cells of one centre are exact at any width: all rows belong to it. */
START_TEST(one_cluster_of_wide_cells_has_the_inertia_of_the_rows)
{
	cstn_kmeans *frame = cells_frame(3, 1.0), *model, *exact;
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	cstn_kmeans_cells *cells = cells_new(frame, 8, 0);
	double least, most;
	numbers table;

	make_cell_rows(&table, 1000, 3, 0, 12);
	cells_update(cells, &table);
	model = cells_fit(cells, 1, NULL);
	exact = fit_numbers(&table, 0, 1, &options);
	ck_assert_double_eq_tol(kmeans_number(model, "inertia"), kmeans_number(exact, "inertia"),
			1e-6 * kmeans_number(exact, "inertia"));
	expect_bounds(cells, model, &table, &least, &most);
	ck_assert_double_lt(most - least, 1e-5 * most);
	cstn_kmeans_unref(frame);
	cstn_kmeans_unref(model);
	cstn_kmeans_unref(exact);
	cstn_kmeans_cells_free(cells);
	numbers_free(&table);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kmeans_cells");
	TCase *all = tcase_create("kmeans_cells");

	tcase_set_timeout(all, 240);
	tcase_add_loop_test(all, cells_hold_what_a_plain_table_of_keys_holds, 0, 7);
	tcase_add_test(all, any_split_and_tree_of_merges_gives_the_same_bytes);
	tcase_add_test(all, threads_that_share_the_rows_change_no_byte);
	tcase_add_test(all, a_bad_row_far_down_the_stream_has_its_own_number);
	tcase_add_loop_test(all, cells_that_part_all_rows_give_the_clusters_of_the_rows, 0, 2);
	tcase_add_test(all, a_weight_counts_as_that_many_rows);
	tcase_add_test(all, the_inertia_of_the_rows_lies_between_the_bounds);
	tcase_add_test(all, one_cluster_of_wide_cells_has_the_inertia_of_the_rows);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
