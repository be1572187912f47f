/* One pass in parts: the same bytes for any split and order, and the model of one machine. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csv_rows.h"
#include "kmeans_fixture.h"
#include "sealed_bytes.h"
#include "suite.h"

#define N 1500
#define K 5

static const uint32_t steps[] = {CSTN_TRANSFORM_Z, CSTN_TRANSFORM_LOG1P | CSTN_TRANSFORM_ROBUST_Z};
static const int64_t start_rows[] = {0, 1, 2, 3, 4};

static cstn_kmeans_options usual(int32_t max_iter, const char *weight)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;

	options.start_rows = start_rows;
	options.order = CSTN_KMEANS_ORDER_START;
	options.transforms = steps;
	options.max_iter = max_iter;
	options.weight = weight;
	return options;
}

static void make_rows(numbers *table, int has_weight)
{
	size_t i;

	numbers_init(table, N, has_weight ? 3 : 2);
	numbers_heaps(table, 8, 9.0, 21);
	table->has_weight = has_weight;
	for (i = 0; i < N; i++) {
		table->column[1][i] = fabs(table->column[1][i]);
		if (has_weight)
			table->column[2][i] = (double)(1 + i % 4);
	}
}

static cstn_kmeans_pass *new_pass(cstn_kmeans *model)
{
	cstn_kmeans_pass *pass = NULL;

	ck_assert_int_eq(cstn_kmeans_pass_new(model, NULL, &pass, NULL), CSTN_OK);
	return pass;
}

static void update(cstn_kmeans_pass *pass, const numbers *rows)
{
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status;

	options.weight = rows->has_weight ? "weight" : NULL;
	numbers_open(rows, 100, &stream);
	status = cstn_kmeans_pass_update(pass, &stream, &options, NULL, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	ck_assert_ptr_null(stream.release);
}

/* The pass goes and comes back. */
static cstn_kmeans_pass *travelled(cstn_kmeans_pass *pass)
{
	cstn_kmeans_pass *again = sealed_copy(&sealed_kmeans_pass, pass);

	cstn_kmeans_pass_free(pass);
	return again;
}

static cstn_kmeans *next_model(cstn_kmeans *model, const numbers *table)
{
	static const size_t cuts[] = {0, 7, 400, 401, N};
	cstn_kmeans_pass *whole = new_pass(model);
	cstn_kmeans *next = NULL;
	size_t i;

	for (i = 4; i > 0; i--) { /* merged in another order than the rows stand */
		numbers rows = numbers_part(table, cuts[i - 1], cuts[i]);
		cstn_kmeans_pass *part = new_pass(model);

		update(part, &rows);
		part = travelled(part);
		ck_assert_int_eq(cstn_kmeans_pass_merge(whole, part, NULL), CSTN_OK);
		cstn_kmeans_pass_free(part);
	}
	ck_assert_int_eq(cstn_kmeans_pass_finish(whole, &next, NULL), CSTN_OK);
	cstn_kmeans_pass_free(whole);
	cstn_kmeans_unref(model);
	return next;
}

START_TEST(passes_in_parts_end_in_the_model_of_one_machine)
{
	cstn_kmeans_options full = usual(0, _i ? "weight" : NULL);
	cstn_kmeans_options first = usual(1, _i ? "weight" : NULL);
	cstn_kmeans *expected, *model;
	int passes = 0;
	numbers table;

	make_rows(&table, _i);
	expected = fit_numbers(&table, 0, K, &full);
	model = fit_numbers(&table, 0, K, &first);
	while (kmeans_number(model, "converged") == 0.0) {
		model = next_model(model, &table);
		ck_assert_int_lt(++passes, 300);
	}
	ck_assert_int_gt(passes, 2);
	ck_assert(kmeans_number(model, "n_iter") == kmeans_number(expected, "n_iter"));
	sealed_expect_equal(&sealed_kmeans, model, expected);
	cstn_kmeans_unref(model);
	cstn_kmeans_unref(expected);
	numbers_free(&table);
}
END_TEST

START_TEST(any_split_and_order_give_the_same_bytes)
{
	cstn_kmeans_options first = usual(1, "weight");
	cstn_kmeans_pass *whole, *parts, *other;
	cstn_kmeans *model;
	numbers table, head, tail;

	make_rows(&table, 1);
	model = fit_numbers(&table, 0, K, &first);
	whole = new_pass(model);
	update(whole, &table);
	head = numbers_part(&table, 0, 901);
	tail = numbers_part(&table, 901, N);
	parts = new_pass(model);
	update(parts, &tail);
	update(parts, &head);
	sealed_expect_equal(&sealed_kmeans_pass, parts, whole);
	cstn_kmeans_pass_free(parts);
	parts = new_pass(model);
	update(parts, &head);
	other = new_pass(model);
	update(other, &tail);
	ck_assert_int_eq(cstn_kmeans_pass_merge(other, parts, NULL), CSTN_OK);
	sealed_expect_equal(&sealed_kmeans_pass, other, whole);
	cstn_kmeans_pass_free(parts);
	cstn_kmeans_pass_free(other);
	cstn_kmeans_pass_free(whole);
	cstn_kmeans_unref(model);
	numbers_free(&table);
}
END_TEST

START_TEST(a_centre_without_rows_stays)
{
	cstn_kmeans_options first = usual(1, NULL);
	cstn_kmeans_pass *pass;
	cstn_kmeans *model, *next = NULL;
	double *before, *after;
	struct ArrowArrayStream out;
	numbers table, few;
	size_t n, j, stayed = 0;

	make_rows(&table, 0);
	model = fit_numbers(&table, 0, K, &first);
	few = numbers_part(&table, 10, 11);
	pass = new_pass(model);
	update(pass, &few);
	ck_assert_int_eq(cstn_kmeans_pass_finish(pass, &next, NULL), CSTN_OK);
	ck_assert_int_eq(
			cstn_kmeans_export(model, CSTN_KMEANS_TABLE_CLUSTERS, &out, NULL), CSTN_OK);
	before = stream_numbers(&out, "c0_scaled", &n);
	ck_assert_int_eq(cstn_kmeans_export(next, CSTN_KMEANS_TABLE_CLUSTERS, &out, NULL), CSTN_OK);
	after = stream_numbers(&out, "c0_scaled", &n);
	for (j = 0; j < n; j++)
		stayed += before[j] == after[j];
	ck_assert_uint_eq(stayed, K - 1);
	ck_assert_double_eq(kmeans_number(next, "rows"), 1.0);
	free(before);
	free(after);
	cstn_kmeans_pass_free(pass);
	cstn_kmeans_unref(model);
	cstn_kmeans_unref(next);
	numbers_free(&table);
}
END_TEST

START_TEST(what_does_not_add_up_is_refused_and_changes_nothing)
{
	cstn_kmeans_options first = usual(1, NULL), options = CSTN_KMEANS_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	cstn_kmeans_pass *pass, *other, *before;
	cstn_kmeans *model, *another, *next = NULL;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	numbers table, weighted;

	make_rows(&table, 0);
	make_rows(&weighted, 1);
	model = fit_numbers(&table, 0, K, &first);
	first.max_iter = 2;
	another = fit_numbers(&table, 0, K, &first);
	pass = new_pass(model);
	other = new_pass(another);
	expect_error(cstn_kmeans_pass_finish(pass, &next, &error), CSTN_E_EMPTY, &error, "no rows");
	update(pass, &table);
	before = sealed_copy(&sealed_kmeans_pass, pass);
	expect_error(cstn_kmeans_pass_merge(pass, other, &error), CSTN_E_MISMATCH, &error,
			"other models");
	expect_error(cstn_kmeans_pass_merge(pass, pass, &error), CSTN_E_INVALID_ARGUMENT, &error,
			"into itself");
	weighted.column[2][3] = 1.5;
	options.weight = "weight";
	numbers_open(&weighted, 0, &stream);
	expect_error(cstn_kmeans_pass_update(pass, &stream, &options, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "whole numbers");
	options.weight = NULL;
	table.column[0][5] = (double)NAN;
	numbers_open(&table, 0, &stream);
	expect_error(cstn_kmeans_pass_update(pass, &stream, &options, &bad, &error), CSTN_E_ROWS,
			&error, "'c0'");
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	cstn_row_errors_free(bad);
	sealed_expect_equal(&sealed_kmeans_pass, pass, before);
	options.flags = CSTN_KMEANS_SKIP_BAD;
	numbers_open(&table, 0, &stream);
	ck_assert_int_eq(cstn_kmeans_pass_update(pass, &stream, &options, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_kmeans_pass_finish(pass, &next, NULL), CSTN_OK);
	ck_assert_double_eq(kmeans_number(next, "left_out"), 1.0);
	ck_assert_double_eq(kmeans_number(next, "rows"), 2.0 * N - 1.0);
	cstn_kmeans_pass_free(pass);
	cstn_kmeans_pass_free(other);
	cstn_kmeans_pass_free(before);
	cstn_kmeans_pass_free(NULL);
	cstn_kmeans_unref(model);
	cstn_kmeans_unref(another);
	cstn_kmeans_unref(next);
	numbers_free(&table);
	numbers_free(&weighted);
}
END_TEST

static void finish(void *pass)
{
	cstn_kmeans *next = NULL;

	if (cstn_kmeans_pass_finish(pass, &next, NULL) == CSTN_OK)
		cstn_kmeans_unref(next);
}

START_TEST(damaged_bytes_are_refused_or_make_a_pass_that_holds)
{
	static const uint8_t flips[] = {0x01, 0x10};
	cstn_kmeans_options first = usual(1, NULL);
	cstn_kmeans_pass *pass;
	cstn_kmeans *model;
	numbers table;

	make_rows(&table, 0);
	table.n = 60;
	model = fit_numbers(&table, 0, K, &first);
	pass = new_pass(model);
	update(pass, &table);
	sealed_refuses_damage(&sealed_kmeans_pass, pass, 0x04);
	ck_assert_uint_gt(sealed_changes_refused(&sealed_kmeans_pass, pass, flips, 2, finish), 700);
	cstn_kmeans_pass_free(pass);
	cstn_kmeans_unref(model);
	numbers_free(&table);
}
END_TEST

/* Limbs [first, end) of an exact sum, and whether that is one. */
static const struct {
	uint16_t first, end;
	int64_t limb[2];
	int is_sum;
} exact_sums[] = {
		{0, 0, {0}, 1},
		{0, 1, {1}, 1},
		{0, 1, {0xffffffff}, 1},
		{64, 66, {0, 0}, 0},
		{64, 66, {1, 0x1ffff}, 1},
		{0, 1, {0x100000000}, 0},
		{0, 1, {-1}, 0},
		{0, 1, {0}, 0},
		{0, 2, {INT64_MAX, 1}, 0},
		{0, 2, {INT64_MIN, 1}, 0},
		{0, 2, {1, 0}, 0},
		{0, 2, {0, 1}, 0},
		{1, 1, {0}, 0},
		{1, 0, {0}, 0},
		{65, 66, {0x40000}, 0}, /* 2^1024 */
		{68, 70, {1, 1}, 0},
		{68, 70, {1, INT64_MAX}, 0},
		{68, 70, {1, -1}, 0}, /* a sum, but squares are not below 0 */
		{69, 71, {1, 1}, 0},
		{70, 71, {1}, 0},
		{0, 0xffff, {1}, 0},
};

/* The last thing of a pass whose one row is the centre: the sum of its squares, which is 0. */
START_TEST(an_exact_sum_has_limbs_in_its_array_and_of_32_bits)
{
	cstn_kmeans_options first = usual(1, NULL);
	cstn_kmeans_pass *pass, *read = NULL;
	cstn_buffer *sealed;
	cstn_kmeans *model;
	uint8_t bytes[4096];
	size_t size, i;
	numbers table;

	make_rows(&table, 0);
	table.n = 1;
	model = fit_numbers(&table, 0, 1, &first);
	pass = new_pass(model);
	update(pass, &table);
	sealed = sealed_write(&sealed_kmeans_pass, pass);
	size = cstn_buffer_size(sealed) - SEALED_TAIL - 4;
	ck_assert_uint_lt(size + 4 + 16 + SEALED_TAIL, sizeof(bytes));
	ck_assert_mem_eq(cstn_buffer_data(sealed) + size, "\0\0\0\0", 4);
	memcpy(bytes, cstn_buffer_data(sealed), size);
	sealed_put(bytes + size, exact_sums[_i].first, 2);
	sealed_put(bytes + size + 2, exact_sums[_i].end, 2);
	size += 4;
	for (i = exact_sums[_i].first; i < exact_sums[_i].end && i < exact_sums[_i].first + 2u;
			i++) {
		sealed_put(bytes + size, (uint64_t)exact_sums[_i].limb[i - exact_sums[_i].first],
				8);
		size += 8;
	}
	sealed_mend(sealed_kmeans_pass.magic, bytes, size + SEALED_TAIL);
	ck_assert_int_eq(cstn_kmeans_pass_deserialize(bytes, size + SEALED_TAIL, NULL, &read, NULL),
			exact_sums[_i].is_sum ? CSTN_OK : CSTN_E_CORRUPT);
	ck_assert((read != NULL) == exact_sums[_i].is_sum);
	cstn_kmeans_pass_free(read);
	cstn_buffer_free(sealed);
	cstn_kmeans_pass_free(pass);
	cstn_kmeans_unref(model);
	numbers_free(&table);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kmeans_pass");
	TCase *all = tcase_create("kmeans_pass");

	tcase_set_timeout(all, 240);
	tcase_add_loop_test(all, passes_in_parts_end_in_the_model_of_one_machine, 0, 2);
	tcase_add_test(all, any_split_and_order_give_the_same_bytes);
	tcase_add_test(all, a_centre_without_rows_stays);
	tcase_add_test(all, what_does_not_add_up_is_refused_and_changes_nothing);
	tcase_add_test(all, damaged_bytes_are_refused_or_make_a_pass_that_holds);
	tcase_add_loop_test(all, an_exact_sum_has_limbs_in_its_array_and_of_32_bits, 0,
			sizeof(exact_sums) / sizeof(*exact_sums));
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
