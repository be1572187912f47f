/* Micro-clusters as a state: rows taken out again, what is refused, and bytes. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv_rows.h"
#include "kmeans_cells_fixture.h"
#include "sealed_bytes.h"
#include "suite.h"

/* --- taking rows out -------------------------------------------------------------------------- */

START_TEST(rows_taken_out_leave_the_cells_that_never_saw_them)
{
	static const int32_t coarser[] = {0, 21};
	cstn_kmeans *frame = cells_frame(2, 1.0);
	cstn_kmeans_cells *empty = cells_new(frame, 1000, coarser[_i]);
	cstn_kmeans_cells *cells = cells_new(frame, 1000, coarser[_i]);
	cstn_kmeans_cells *never = cells_new(frame, 1000, coarser[_i]);
	numbers table, head, middle, tail;

	make_cell_rows(&table, 900, 2, 1, 44);
	head = numbers_part(&table, 0, 100);
	middle = numbers_part(&table, 100, 500);
	tail = numbers_part(&table, 500, 900);
	cells_update(cells, &table);
	ck_assert_double_eq(cells_number(cells, "level"), 24.0 - coarser[_i]);
	ck_assert_int_eq(cells_take_out(cells, empty, &middle, NULL), CSTN_OK);
	cells_update(never, &tail);
	cells_update(never, &head);
	sealed_expect_equal(&sealed_kmeans_cells, cells, never);
	ck_assert_int_eq(cells_take_out(cells, empty, &tail, NULL), CSTN_OK);
	ck_assert_int_eq(cells_take_out(cells, empty, &head, NULL), CSTN_OK);
	sealed_expect_equal(&sealed_kmeans_cells, cells, empty);
	cstn_kmeans_cells_free(empty);
	cstn_kmeans_cells_free(never);
	cstn_kmeans_cells_free(cells);
	cstn_kmeans_unref(frame);
	numbers_free(&table);
}
END_TEST

START_TEST(cells_that_were_widened_are_to_be_built_anew)
{
	cstn_kmeans *frame = cells_frame(2, 1.0);
	cstn_kmeans_cells *cells = cells_new(frame, 50, 0), *empty = cells_new(frame, 50, 0);
	cstn_kmeans_cells *before, *anew, *none;
	cstn_error *error = NULL;
	numbers table, head;
	char hint[32];
	int coarser;

	make_cell_rows(&table, 900, 2, 0, 44);
	head = numbers_part(&table, 0, 100);
	cells_update(cells, &table);
	before = sealed_copy(&sealed_kmeans_cells, cells);
	coarser = 24 - (int)cells_number(cells, "level");
	ck_assert_int_gt(coarser, 0);
	snprintf(hint, sizeof(hint), "coarser %d", coarser);
	expect_error(cells_take_out(cells, empty, &head, &error), CSTN_E_REBUILD, &error, hint);
	ck_assert_int_eq(cstn_kmeans_cells_remove(cells, empty, NULL), CSTN_OK);
	sealed_expect_equal(&sealed_kmeans_cells, cells, before);
	anew = cells_new(frame, 50, coarser);
	none = cells_new(frame, 50, coarser);
	cells_update(anew, &table);
	ck_assert_double_eq(cells_number(anew, "level"), cells_number(cells, "level"));
	ck_assert_int_eq(cells_take_out(anew, none, &head, NULL), CSTN_OK);
	ck_assert_double_eq(cells_number(anew, "rows"), 800.0);
	cstn_kmeans_cells_free(none);
	cstn_kmeans_cells_free(anew);
	cstn_kmeans_cells_free(before);
	cstn_kmeans_cells_free(empty);
	cstn_kmeans_cells_free(cells);
	cstn_kmeans_unref(frame);
	numbers_free(&table);
}
END_TEST

START_TEST(rows_that_were_never_added_cannot_be_taken_out)
{
	cstn_kmeans *frame = cells_frame(2, 1.0);
	cstn_kmeans_cells *cells = cells_new(frame, 150, _i ? 27 : 0), *before;
	cstn_kmeans_cells *empty = cells_new(frame, 150, _i ? 27 : 0);
	cstn_error *error = NULL;
	numbers table, head, next;

	make_cell_rows(&table, 300, 2, 0, 44);
	head = numbers_part(&table, 0, 100);
	next = numbers_part(&table, 100, 200);
	cells_update(cells, &head);
	before = sealed_copy(&sealed_kmeans_cells, cells);
	expect_error(cells_take_out(cells, empty, &table, &error), CSTN_E_STATE, &error,
			"not all in them");
	expect_error(cells_take_out(cells, empty, &next, &error), CSTN_E_STATE, &error,
			"not all in them");
	sealed_expect_equal(&sealed_kmeans_cells, cells, before);
	ck_assert_int_eq(cells_take_out(cells, empty, &head, NULL), CSTN_OK);
	expect_error(cells_take_out(cells, empty, &head, &error), CSTN_E_STATE, &error,
			"not all in them");
	expect_error(cstn_kmeans_cells_remove(cells, cells, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "themselves");
	expect_error(cstn_kmeans_cells_remove(cells, NULL, &error), CSTN_E_INVALID_ARGUMENT, &error,
			"NULL");
	cstn_kmeans_cells_free(before);
	cstn_kmeans_cells_free(empty);
	cstn_kmeans_cells_free(cells);
	cstn_kmeans_unref(frame);
	numbers_free(&table);
}
END_TEST

/* --- what is refused -------------------------------------------------------------------------- */

START_TEST(options_out_of_range_are_refused)
{
	cstn_kmeans *frame = cells_frame(2, 1.0);
	cstn_kmeans_cells *cells = NULL;
	cstn_error *error = NULL;
	cstn_kmeans_cells_options bad[] = {CSTN_KMEANS_CELLS_OPTIONS_INIT,
			CSTN_KMEANS_CELLS_OPTIONS_INIT, CSTN_KMEANS_CELLS_OPTIONS_INIT,
			CSTN_KMEANS_CELLS_OPTIONS_INIT, CSTN_KMEANS_CELLS_OPTIONS_INIT,
			CSTN_KMEANS_CELLS_OPTIONS_INIT, CSTN_KMEANS_CELLS_OPTIONS_INIT};
	static const char *const part[] = {"max_cells is -1", "max_cells is 1048577",
			"coarser is -1", "coarser is 33", "headroom is 17", "reserved0 is 1",
			"flags"};

	bad[0].max_cells = -1;
	bad[1].max_cells = (1 << 20) + 1;
	bad[2].coarser = -1;
	bad[3].coarser = 33;
	bad[4].headroom = 17;
	bad[5].reserved0 = 1;
	bad[6].flags = 1;
	expect_error(cstn_kmeans_cells_new(frame, &bad[_i], NULL, &cells, &error),
			CSTN_E_INVALID_ARGUMENT, &error, part[_i]);
	ck_assert_ptr_null(cells);
	cstn_kmeans_unref(frame);
}
END_TEST

START_TEST(options_at_their_limits_are_taken)
{
	cstn_kmeans *frame = cells_frame(16, 1.0);
	cstn_kmeans_cells_options options = CSTN_KMEANS_CELLS_OPTIONS_INIT;
	cstn_kmeans_cells *cells = NULL;
	numbers table;

	options.max_cells = 1 << 20;
	options.coarser = 32;
	options.headroom = 16;
	ck_assert_int_eq(cstn_kmeans_cells_new(frame, &options, NULL, &cells, NULL), CSTN_OK);
	make_cell_rows(&table, 50, 16, 0, 2);
	cells_update(cells, &table);
	ck_assert_double_eq(cells_number(cells, "level"), -8.0);
	ck_assert_double_eq(cells_number(cells, "cells"), 1.0);
	cells = cells_travelled(cells);
	ck_assert_double_eq(cells_number(cells, "max_cells"), 1048576.0);
	ck_assert_double_eq(cells_number(cells, "features"), 16.0);
	cstn_kmeans_cells_free(cells);
	ck_assert_int_eq(cstn_kmeans_cells_new(frame, NULL, NULL, &cells, NULL), CSTN_OK);
	ck_assert_double_eq(cells_number(cells, "max_cells"), 65536.0);
	ck_assert_double_eq(cells_number(cells, "level"), 24.0);
	cstn_kmeans_cells_free(cells);
	cstn_kmeans_unref(frame);
	numbers_free(&table);
}
END_TEST

START_TEST(seventeen_features_are_one_too_many)
{
	static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k",
			"l", "m", "n", "o", "p", "q"};
	char schema[17 * 10 + 1] = "", rows[17 * 6 + 1] = "";
	struct ArrowArrayStream stream;
	cstn_kmeans_cells *cells = NULL;
	cstn_kmeans *model = NULL;
	cstn_error *error = NULL;
	size_t i;

	for (i = 0; i < 17; i++) {
		strcat(strcat(schema, names[i]), " double\n");
		strcat(strcat(rows, i ? "," : ""), names[i]);
	}
	strcat(rows, "\n");
	for (i = 0; i < 17; i++)
		strcat(rows, i ? ",1" : "0");
	strcat(rows, "\n");
	csv_rows(&stream, schema, rows);
	ck_assert_int_eq(cstn_kmeans_fit(&stream, names, 17, 1, NULL, NULL, &model, NULL, NULL),
			CSTN_OK);
	expect_error(cstn_kmeans_cells_new(model, NULL, NULL, &cells, &error), CSTN_E_LIMIT, &error,
			"17 features");
	ck_assert_ptr_null(cells);
	cstn_kmeans_unref(model);
}
END_TEST

START_TEST(rows_far_beyond_the_sample_are_moved_and_counted)
{
	cstn_kmeans *frame = cells_frame(1, 1.0);
	cstn_kmeans_cells_options options = CSTN_KMEANS_CELLS_OPTIONS_INIT;
	cstn_kmeans_cells *tight = cells_new(frame, 0, 0), *roomy = NULL, *before;
	double *means;
	numbers table;
	size_t n;

	numbers_init(&table, 4, 1);
	table.column[0][0] = 2.0; /* reach 1 is packed as 64, and 128 is the limit */
	table.column[0][1] = 2.5;
	table.column[0][2] = -15.9;
	table.column[0][3] = 16.5;
	cells_update(tight, &table);
	ck_assert_double_eq(cells_number(tight, "clamped"), 3.0);
	means = cells_column(tight, "c0", &n);
	ck_assert_uint_eq(n, 2);
	ck_assert_double_eq(means[0], -2.0);
	ck_assert_double_eq(means[1], 2.0);
	free(means);
	ck_assert_int_eq(cstn_kmeans_cells_new(frame, &options, NULL, &roomy, NULL), CSTN_OK);
	cells_update(roomy, &table);
	ck_assert_double_eq(cells_number(roomy, "clamped"), 1.0);
	before = sealed_copy(&sealed_kmeans_cells, roomy);
	ck_assert_int_eq(cstn_kmeans_cells_remove(roomy, before, NULL), CSTN_OK);
	ck_assert_double_eq(cells_number(roomy, "clamped"), 0.0);
	cstn_kmeans_cells_free(before);
	cstn_kmeans_cells_free(roomy);
	cstn_kmeans_cells_free(tight);
	cstn_kmeans_unref(frame);
	numbers_free(&table);
}
END_TEST

START_TEST(cells_made_otherwise_do_not_merge)
{
	cstn_kmeans *frame = cells_frame(2, 1.0), *wider = cells_frame(2, 3.0),
		    *fewer = cells_frame(1, 1.0);
	cstn_kmeans_cells *cells = cells_new(frame, 50, 0), *other;
	cstn_kmeans *models[] = {wider, fewer, frame, frame};
	const int32_t most[] = {50, 50, 51, 50}, coarser[] = {0, 0, 0, 1};
	cstn_error *error = NULL;
	double least = 7.0, most_of_all = 7.0;
	numbers table;

	make_cell_rows(&table, 60, 2, 0, 4);
	cells_update(cells, &table);
	other = cells_new(models[_i], most[_i], coarser[_i]);
	expect_error(cstn_kmeans_cells_merge(cells, other, &error), CSTN_E_MISMATCH, &error,
			_i < 2 ? "other features or transforms" : "equal ones expected");
	expect_error(cstn_kmeans_cells_remove(cells, other, &error), CSTN_E_MISMATCH, &error,
			_i < 2 ? "other features or transforms" : "equal ones expected");
	expect_error(cstn_kmeans_cells_merge(cells, cells, &error), CSTN_E_INVALID_ARGUMENT, &error,
			"into themselves");
	expect_error(cstn_kmeans_cells_bounds(cells, fewer, &least, &most_of_all, &error),
			CSTN_E_MISMATCH, &error, "other features");
	ck_assert_double_eq(least, 7.0);
	cstn_kmeans_cells_free(other);
	cstn_kmeans_cells_free(cells);
	cstn_kmeans_unref(frame);
	cstn_kmeans_unref(wider);
	cstn_kmeans_unref(fewer);
	numbers_free(&table);
}
END_TEST

START_TEST(what_cells_cannot_fit_is_refused)
{
	cstn_kmeans *frame = cells_frame(2, 1.0), *model = NULL;
	cstn_kmeans_cells *cells = cells_new(frame, 1000, 0);
	cstn_kmeans_options options = CSTN_KMEANS_OPTIONS_INIT;
	const int64_t start_rows[] = {0, 1};
	cstn_error *error = NULL;
	double least, most;
	numbers table;

	make_cell_rows(&table, 3, 2, 0, 4);
	expect_error(cstn_kmeans_cells_fit(cells, 2, NULL, &model, &error), CSTN_E_EMPTY, &error,
			"no rows");
	expect_error(cstn_kmeans_cells_bounds(cells, frame, &least, &most, &error), CSTN_E_EMPTY,
			&error, "no rows");
	cells_update(cells, &table);
	expect_error(cstn_kmeans_cells_fit(cells, 4, NULL, &model, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "k is 4, the rows lie in 3 cells");
	expect_error(cstn_kmeans_cells_fit(cells, 0, NULL, &model, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "k is 0");
	options.start_rows = start_rows;
	expect_error(cstn_kmeans_cells_fit(cells, 2, &options, &model, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "start_rows");
	ck_assert_ptr_null(model);
	expect_error(cstn_kmeans_cells_get_param(cells, "colour", &least, &error), CSTN_E_NOT_FOUND,
			&error, "colour");
	cstn_kmeans_cells_free(cells);
	cstn_kmeans_cells_free(NULL);
	cstn_kmeans_unref(frame);
	numbers_free(&table);
}
END_TEST

START_TEST(rows_that_break_a_rule_change_nothing)
{
	cstn_kmeans *frame = cells_frame(2, 1.0);
	cstn_kmeans_cells *cells = cells_new(frame, 1000, 0);
	const uint8_t valid[] = {0xfd, 0xff};
	cstn_error *error = NULL;
	cstn_kmeans_cells *before;
	numbers table;

	make_cell_rows(&table, 12, 2, 1, 4);
	cells_update(cells, &table);
	before = sealed_copy(&sealed_kmeans_cells, cells);
	table.column[2][4] = 1.5;
	expect_error(cells_give(cells, &table, 0, 1, &error), CSTN_E_INVALID_ARGUMENT, &error,
			"whole numbers");
	table.column[2][4] = 4294967295.0;
	expect_error(cells_give(cells, &table, 0, 1, &error), CSTN_E_OVERFLOW, &error, "2^32");
	table.column[2][4] = 1.0;
	table.valid = valid;
	expect_error(cells_give(cells, &table, 0, 1, &error), CSTN_E_ROWS, &error, "'c0'");
	table.valid = NULL;
	table.column[1][11] = (double)NAN;
	expect_error(cells_give(cells, &table, 0, 1, &error), CSTN_E_ROWS, &error, "'c1'");
	expect_error(cells_give(NULL, &table, 0, 1, &error), CSTN_E_INVALID_ARGUMENT, &error,
			"cells is NULL");
	table.column[1][11] = 0.0;
	table.columns = 1;
	table.has_weight = 0;
	expect_error(cells_give(cells, &table, 0, 1, &error), CSTN_E_SCHEMA, &error, "c1");
	table.columns = 3;
	sealed_expect_equal(&sealed_kmeans_cells, cells, before);
	cstn_kmeans_cells_free(before);
	cstn_kmeans_cells_free(cells);
	cstn_kmeans_unref(frame);
	numbers_free(&table);
}
END_TEST

/* Weights are 2^32 - 1 together at most, whether they come in one row or by merging. */
START_TEST(as_many_rows_as_sums_can_hold_and_not_one_more)
{
	cstn_kmeans *frame = cells_frame(1, 1.0), *model;
	cstn_kmeans_cells *cells = cells_new(frame, 4, 0), *one = cells_new(frame, 4, 0);
	cstn_error *error = NULL;
	numbers table;

	numbers_init(&table, 1, 2);
	table.has_weight = 1;
	table.column[0][0] = -2.0;
	table.column[1][0] = 4294967295.0;
	cells_update(cells, &table);
	table.column[1][0] = 1.0;
	cells_update(one, &table);
	expect_error(cells_give(cells, &table, 0, 1, &error), CSTN_E_OVERFLOW, &error, "2^32");
	expect_error(cstn_kmeans_cells_merge(cells, one, &error), CSTN_E_OVERFLOW, &error, "2^32");
	cells = cells_travelled(cells);
	model = cells_fit(cells, 1, NULL);
	ck_assert_double_eq(kmeans_number(model, "inertia"), 0.0);
	ck_assert_double_eq(kmeans_number(model, "weight"), 4294967295.0);
	cstn_kmeans_unref(model);
	cstn_kmeans_unref(frame);
	cstn_kmeans_cells_free(cells);
	cstn_kmeans_cells_free(one);
	numbers_free(&table);
}
END_TEST

/* --- bytes ------------------------------------------------------------------------------------ */

START_TEST(cells_come_back_from_bytes_and_go_on)
{
	cstn_kmeans *frame = cells_frame(2, 1.0);
	cstn_kmeans_cells *whole = cells_new(frame, 90, 0), *cells = cells_new(frame, 90, 0);
	numbers table, head, tail;

	make_cell_rows(&table, 700, 2, 1, 4);
	head = numbers_part(&table, 0, 350);
	tail = numbers_part(&table, 350, 700);
	cells_update(whole, &table);
	cells = cells_travelled(cells);
	cells_update(cells, &head);
	cells = cells_travelled(cells);
	cells_update(cells, &tail);
	sealed_expect_equal(&sealed_kmeans_cells, cells, whole);
	cstn_kmeans_cells_free(cells);
	cstn_kmeans_cells_free(whole);
	cstn_kmeans_unref(frame);
	numbers_free(&table);
}
END_TEST

/* What cells that were read can be asked: no matter what, without a crash. */
static void ask_all(void *self)
{
	struct ArrowArrayStream out;
	cstn_kmeans *model = NULL;
	double least, most, *means;
	size_t n;

	if (cstn_kmeans_cells_fit(self, 2, NULL, &model, NULL) == CSTN_OK) {
		cstn_kmeans_unref(sealed_copy(&sealed_kmeans, model));
		ck_assert_int_eq(cstn_kmeans_cells_bounds(self, model, &least, &most, NULL),
				CSTN_OK);
		ck_assert_double_le(least, most);
		cstn_kmeans_unref(model);
	}
	ck_assert_int_eq(cstn_kmeans_cells_export(self, &out, NULL), CSTN_OK);
	means = stream_numbers(&out, "within", &n);
	free(means);
}

START_TEST(damaged_bytes_are_refused_or_make_cells_that_hold)
{
	static const uint8_t flips[] = {0x01, 0x10, 0x80};
	cstn_kmeans *frame = cells_frame(2, 1.0);
	cstn_kmeans_cells *cells = cells_new(frame, 6, 0);
	numbers table;

	make_cell_rows(&table, 60, 2, 0, 4);
	cells_update(cells, &table);
	sealed_refuses_damage(&sealed_kmeans_cells, cells, 0x04);
	ck_assert_uint_gt(sealed_changes_refused(&sealed_kmeans_cells, cells, flips, 3, ask_all),
			900);
	cstn_kmeans_cells_free(cells);
	cstn_kmeans_unref(frame);
	numbers_free(&table);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kmeans_cells_state");
	TCase *all = tcase_create("kmeans_cells_state");

	tcase_set_timeout(all, 240);
	tcase_add_loop_test(all, rows_taken_out_leave_the_cells_that_never_saw_them, 0, 2);
	tcase_add_test(all, cells_that_were_widened_are_to_be_built_anew);
	tcase_add_loop_test(all, rows_that_were_never_added_cannot_be_taken_out, 0, 2);
	tcase_add_loop_test(all, options_out_of_range_are_refused, 0, 7);
	tcase_add_test(all, options_at_their_limits_are_taken);
	tcase_add_test(all, seventeen_features_are_one_too_many);
	tcase_add_test(all, rows_far_beyond_the_sample_are_moved_and_counted);
	tcase_add_loop_test(all, cells_made_otherwise_do_not_merge, 0, 4);
	tcase_add_test(all, what_cells_cannot_fit_is_refused);
	tcase_add_test(all, rows_that_break_a_rule_change_nothing);
	tcase_add_test(all, as_many_rows_as_sums_can_hold_and_not_one_more);
	tcase_add_test(all, cells_come_back_from_bytes_and_go_on);
	tcase_add_test(all, damaged_bytes_are_refused_or_make_cells_that_hold);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
