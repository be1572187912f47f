/* Models of k-prototypes: tables, prediction, bytes, and rows and arguments that break a rule. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "csv_rows.h"
#include "kmeans_fixture.h"
#include "prototypes_fixture.h"
#include "sealed_bytes.h"
#include "suite.h"

#define SCHEMA "x double null\nc text null\nd text null\n"
#define ROWS "x,c,d\n1,a,u\n2,a,u\n3,a,v\n40,b,w\n41,b,w\n42,c,w\n"

static const char *const numeric[] = {"x"}, *const categorical[] = {"c", "d"};

static cstn_status fit_text(const char *schema, const char *text, int32_t k,
		const cstn_prototypes_options *options, cstn_prototypes **out,
		cstn_row_errors **bad, cstn_error **error)
{
	struct ArrowArrayStream rows;
	cstn_status status;

	csv_rows(&rows, schema, text);
	status = cstn_prototypes_fit(
			&rows, numeric, 1, categorical, 2, k, options, NULL, out, bad, error);
	ck_assert_ptr_null(rows.release);
	return status;
}

static cstn_prototypes *usual(const cstn_prototypes_options *options)
{
	cstn_prototypes *model = NULL;

	ck_assert_int_eq(fit_text(SCHEMA, ROWS, 2, options, &model, NULL, NULL), CSTN_OK);
	return model;
}

static const char *table_of(const cstn_prototypes *model, int32_t table, cstn_buffer **text)
{
	struct ArrowArrayStream out;

	ck_assert_int_eq(cstn_prototypes_export(model, table, &out, NULL), CSTN_OK);
	return csv_text(&out, text);
}

static const char *predicted(const cstn_prototypes *model, const char *schema, const char *rows,
		cstn_buffer **text)
{
	struct ArrowArrayStream in, out;
	cstn_error *error = NULL;
	cstn_status status;

	csv_rows(&in, schema, rows);
	status = cstn_prototypes_predict(model, &in, NULL, &out, NULL, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return csv_text(&out, text);
}

/* --- tables --- */

START_TEST(clusters_have_means_modes_and_their_shares)
{
	cstn_prototypes *model = usual(NULL);
	cstn_buffer *text;

	ck_assert_str_eq(table_of(model, CSTN_PROTOTYPES_TABLE_CLUSTERS, &text),
			"label,rows,cost,mismatches,x,x_scaled,c,c_share,d,d_share\n"
			"0,3,11.758543265604077,1,2,2,a,1,u,0.6666666666666666\n"
			"1,3,11.758543265604077,1,41,41,b,0.6666666666666666,w,1\n");
	cstn_buffer_free(text);
	ck_assert_str_eq(table_of(model, CSTN_PROTOTYPES_TABLE_CATEGORIES, &text),
			"column,category,rows\nc,a,3\nc,b,2\nc,c,1\nd,u,2\nd,v,1\nd,w,3\n");
	cstn_buffer_free(text);
	ck_assert_str_eq(table_of(model, CSTN_PROTOTYPES_TABLE_LABELS, &text),
			"label\n0\n0\n0\n1\n1\n1\n");
	cstn_buffer_free(text);
	cstn_prototypes_unref(model);
}
END_TEST

START_TEST(numbers_of_a_model_add_up)
{
	static const char *const names[] = {"k", "numeric", "categorical", "rows", "left_out",
			"imputed", "inertia", "mismatches", "converged", "moved"};
	static const double expected[] = {2, 1, 2, 6, 0, 0, 4, 2, 1, 0};
	cstn_prototypes *model = usual(NULL);
	cstn_error *error = NULL;
	double value;
	size_t i;

	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		ck_assert_double_eq(prototypes_number(model, names[i]), expected[i]);
	ck_assert_double_eq_tol(prototypes_number(model, "cost"),
			4.0 + 2.0 * prototypes_number(model, "gamma"), 1e-13);
	expect_error(cstn_prototypes_get_param(model, "colour", &value, &error), CSTN_E_NOT_FOUND,
			&error, "no 'colour'");
	expect_error(cstn_prototypes_get_param(NULL, "k", &value, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "model is NULL");
	ck_assert_ptr_eq(cstn_prototypes_ref(model), model);
	cstn_prototypes_unref(model);
	cstn_prototypes_unref(model);
	cstn_prototypes_unref(NULL);
	ck_assert_ptr_null(cstn_prototypes_ref(NULL));
}
END_TEST

START_TEST(a_description_names_columns_and_centres)
{
	cstn_prototypes *model = usual(NULL);
	cstn_buffer *text = NULL;
	const char *json;

	ck_assert_int_eq(cstn_prototypes_describe(model, &text, NULL), CSTN_OK);
	json = (const char *)cstn_buffer_data(text);
	ck_assert_ptr_nonnull(strstr(json, "\"categorical\":[{\"name\":\"c\",\"categories\":3}"));
	ck_assert_ptr_nonnull(strstr(json, "\"centre\":[2],\"modes\":[\"a\",\"u\"]"));
	cstn_buffer_free(text);
	cstn_prototypes_unref(model);
}
END_TEST

/* --- prediction --- */

START_TEST(a_category_nobody_had_is_a_mismatch_with_every_mode_and_counted)
{
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	cstn_prototypes *model;
	cstn_buffer *text;

	options.gamma = 100.0;
	model = usual(&options);
	ck_assert_str_eq(predicted(model, SCHEMA, "x,c,d\n3,a,u\n3,new,u\n3,new,new\n3,a,v\n",
					 &text),
			"label,cost,mismatches,unseen\n0,1,0,0\n0,101,1,1\n0,201,2,2\n0,101,1,0\n");
	cstn_buffer_free(text);
	cstn_prototypes_unref(model);
}
END_TEST

START_TEST(bad_rows_are_null_and_the_rest_goes_on)
{
	cstn_prototypes *model = usual(NULL);
	struct ArrowArrayStream in, out;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;
	double score = 0.0;
	cstn_buffer *text;

	csv_rows(&in, SCHEMA, "x,c,d\n1,a,u\n,a,u\n1,,u\n");
	ck_assert_int_eq(cstn_prototypes_predict(model, &in, NULL, &out, &bad, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 2);
	cstn_row_errors_free(bad);
	ck_assert_str_eq(
			csv_text(&out, &text), "label,cost,mismatches,unseen\n0,1,0,0\n,,,\n,,,\n");
	cstn_buffer_free(text);
	csv_rows(&in, SCHEMA, "x,c,d\n1,a,u\n1,,u\n");
	expect_error(cstn_prototypes_score(model, &in, NULL, &score, &error), CSTN_E_ROWS, &error,
			"1 bad values");
	ck_assert_double_eq(score, 0.0);
	cstn_prototypes_unref(model);
}
END_TEST

START_TEST(an_empty_table_predicts_to_an_empty_table)
{
	cstn_prototypes *model = usual(NULL);
	cstn_buffer *text;

	ck_assert_str_eq(predicted(model, SCHEMA, "x,c,d\n", &text),
			"label,cost,mismatches,unseen\n");
	cstn_buffer_free(text);
	cstn_prototypes_unref(model);
}
END_TEST

START_TEST(the_score_of_the_fit_is_minus_its_cost)
{
	cstn_prototypes *model = usual(NULL);
	struct ArrowArrayStream rows;
	double score = 0.0;

	csv_rows(&rows, SCHEMA, ROWS);
	ck_assert_int_eq(cstn_prototypes_score(model, &rows, NULL, &score, NULL), CSTN_OK);
	ck_assert_double_eq_tol(score, 0.0 - prototypes_number(model, "cost"), 1e-12);
	cstn_prototypes_unref(model);
}
END_TEST

START_TEST(a_category_is_the_same_as_text_number_or_flag)
{
	static const char *const names[] = {"c", "d"};
	static const char *const schemas[] = {
			"c text\nd text\n", "c int64\nd flag\n", "c text\nd flag\n"};
	cstn_prototypes *first = NULL;
	size_t i;

	for (i = 0; i < 3; i++) {
		struct ArrowArrayStream rows;
		cstn_prototypes *model = NULL;

		csv_rows(&rows, schemas[i], "c,d\n7,true\n-12,false\n7,true\n10,false\n");
		ck_assert_int_eq(cstn_prototypes_fit(&rows, NULL, 0, names, 2, 2, NULL, NULL,
						 &model, NULL, NULL),
				CSTN_OK);
		if (i == 0)
			first = cstn_prototypes_ref(model);
		sealed_expect_equal(&sealed_prototypes, model, first);
		cstn_prototypes_unref(model);
	}
	cstn_prototypes_unref(first);
}
END_TEST

/* --- bad rows of a fit --- */

#define WITH_NULLS ROWS "5,,u\n,a,u\n"

START_TEST(a_null_refuses_the_fit_with_row_and_column)
{
	cstn_prototypes *model = NULL;
	cstn_row_errors *bad = NULL;
	cstn_error *error = NULL;

	expect_error(fit_text(SCHEMA, WITH_NULLS, 2, NULL, &model, &bad, &error), CSTN_E_ROWS,
			&error, "column 'c'");
	ck_assert_ptr_null(model);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 2);
	cstn_row_errors_free(bad);
}
END_TEST

START_TEST(rows_left_out_are_counted_and_leave_no_category)
{
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	cstn_prototypes *model = NULL, *without = usual(NULL);
	cstn_row_errors *bad = NULL;
	cstn_buffer *text, *other;

	options.flags = CSTN_PROTOTYPES_SKIP_BAD;
	ck_assert_int_eq(fit_text(SCHEMA, ROWS ",only,u\n5,,only\n", 2, &options, &model, &bad,
					 NULL),
			CSTN_OK);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 2);
	cstn_row_errors_free(bad);
	ck_assert_double_eq(prototypes_number(model, "left_out"), 2.0);
	ck_assert_double_eq(prototypes_number(model, "rows"), 6.0);
	ck_assert_str_eq(table_of(model, CSTN_PROTOTYPES_TABLE_LABELS, &text),
			"label\n0\n0\n0\n1\n1\n1\n\n\n");
	cstn_buffer_free(text);
	ck_assert_str_eq(table_of(model, CSTN_PROTOTYPES_TABLE_CATEGORIES, &text),
			table_of(without, CSTN_PROTOTYPES_TABLE_CATEGORIES, &other));
	cstn_buffer_free(text);
	cstn_buffer_free(other);
	cstn_prototypes_unref(model);
	cstn_prototypes_unref(without);
}
END_TEST

START_TEST(a_null_becomes_the_median_or_the_mode_when_asked)
{
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	cstn_prototypes *model = NULL;
	cstn_buffer *text;

	options.flags = CSTN_PROTOTYPES_IMPUTE;
	options.gamma = 1000.0;
	ck_assert_int_eq(fit_text(SCHEMA, WITH_NULLS, 2, &options, &model, NULL, NULL), CSTN_OK);
	ck_assert_double_eq(prototypes_number(model, "imputed"), 2.0);
	/* the mode of c is a */
	ck_assert_str_eq(
			csv_cell(predicted(model, SCHEMA, "x,c,d\n5,,u\n", &text), 1, "mismatches"),
			"0");
	cstn_buffer_free(text);
	cstn_prototypes_unref(model);
}
END_TEST

START_TEST(a_column_of_nulls_has_no_mode)
{
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	cstn_prototypes *model = NULL;
	cstn_error *error = NULL;

	options.flags = CSTN_PROTOTYPES_IMPUTE;
	expect_error(fit_text(SCHEMA, "x,c,d\n1,,u\n2,,v\n", 2, &options, &model, NULL, &error),
			CSTN_E_EMPTY, &error, "'c'");
}
END_TEST

/* --- arguments --- */

START_TEST(what_cannot_be_fitted_is_refused_in_one_line)
{
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	static const int64_t rows[] = {0, 6};
	cstn_prototypes *model = NULL;
	cstn_error *error = NULL;
	struct ArrowArrayStream stream;

	expect_error(fit_text(SCHEMA, "x,c,d\n1,a,u\n1,a,u\n1,b,u\n", 3, NULL, &model, NULL,
				     &error),
			CSTN_E_INVALID_ARGUMENT, &error, "k is 3, 2 distinct rows");
	expect_error(fit_text(SCHEMA, "x,c,d\n", 1, NULL, &model, NULL, &error), CSTN_E_EMPTY,
			&error, "no rows");
	expect_error(fit_text(SCHEMA, ROWS, 0, NULL, &model, NULL, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "k is 0");
	expect_error(fit_text("x double\nc text\n", "x,c\n1,a\n", 1, NULL, &model, NULL, &error),
			CSTN_E_SCHEMA, &error, "'d'");
	expect_error(fit_text("x double\nc double\nd text\n", "x,c,d\n1,2.5,a\n", 1, NULL, &model,
				     NULL, &error),
			CSTN_E_SCHEMA, &error, "'c'");
	options.gamma = -1.0;
	expect_error(fit_text(SCHEMA, ROWS, 2, &options, &model, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "gamma is -1");
	options.gamma = (double)NAN;
	expect_error(fit_text(SCHEMA, ROWS, 2, &options, &model, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "gamma is");
	options.gamma = 0.0;
	options.start = 2;
	expect_error(fit_text(SCHEMA, ROWS, 2, &options, &model, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "start is 2");
	options.start = 0;
	options.order = CSTN_KMEANS_ORDER_COLUMN;
	expect_error(fit_text(SCHEMA, ROWS, 2, &options, &model, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "order is 2");
	options.order = 0;
	options.flags = 8;
	expect_error(fit_text(SCHEMA, ROWS, 2, &options, &model, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "flags");
	options.flags = 0;
	options.start_rows = rows;
	expect_error(fit_text(SCHEMA, ROWS, 2, &options, &model, NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "start row 6");
	options.start_rows = NULL;
	options.start = CSTN_PROTOTYPES_START_CAO;
	csv_rows(&stream, SCHEMA, ROWS);
	expect_error(cstn_prototypes_fit(&stream, numeric, 1, NULL, 0, 2, &options, NULL, &model,
				     NULL, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "Cao");
	csv_rows(&stream, SCHEMA, ROWS);
	expect_error(cstn_prototypes_fit(&stream, NULL, 0, NULL, 0, 2, NULL, NULL, &model, NULL,
				     &error),
			CSTN_E_INVALID_ARGUMENT, &error, "0 features");
	expect_error(cstn_prototypes_fit(&stream, numeric, 1, NULL, 0, 2, NULL, NULL, &model, NULL,
				     &error),
			CSTN_E_INVALID_ARGUMENT, &error, "released already");
	ck_assert_ptr_null(model);
}
END_TEST

START_TEST(a_cancelled_fit_ends)
{
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	cstn_prototypes *model = NULL;
	cstn_progress *progress = NULL;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_progress_new(NULL, &progress, NULL), CSTN_OK);
	cstn_progress_cancel(progress);
	options.progress = progress;
	expect_error(fit_text(SCHEMA, ROWS, 2, &options, &model, NULL, &error), CSTN_E_CANCELLED,
			&error, "cancelled");
	cstn_progress_free(progress);
}
END_TEST

/* --- bytes --- */

START_TEST(a_model_read_back_has_the_same_bytes_and_labels)
{
	cstn_prototypes_options options = CSTN_PROTOTYPES_OPTIONS_INIT;
	cstn_prototypes *model, *again;
	uint64_t shape;

	for (shape = 1; shape < 16; shape++) {
		struct ArrowArrayStream rows, out, more;
		cstn_buffer *one, *two;
		mixed table;

		if (shape % 4 == 0 && shape / 4 == 0)
			continue;
		mixed_random(&table, 20, shape % 4 % 3, shape / 4, 5, 4, shape);
		if (table.d + table.m == 0)
			continue;
		options.flags = shape % 2 ? CSTN_PROTOTYPES_BATCH : CSTN_PROTOTYPES_IMPUTE;
		model = mixed_fit(&table, 3, &options);
		again = sealed_copy(&sealed_prototypes, model);
		mixed_open(&table, &rows);
		ck_assert_int_eq(cstn_prototypes_predict(model, &rows, NULL, &out, NULL, NULL),
				CSTN_OK);
		csv_text(&out, &one);
		mixed_open(&table, &rows);
		ck_assert_int_eq(cstn_prototypes_predict(again, &rows, NULL, &more, NULL, NULL),
				CSTN_OK);
		ck_assert_str_eq(csv_text(&more, &two), (const char *)cstn_buffer_data(one));
		cstn_buffer_free(one);
		cstn_buffer_free(two);
		cstn_prototypes_unref(model);
		cstn_prototypes_unref(again);
	}
}
END_TEST

static void predict_and_describe(void *model)
{
	cstn_buffer *text;

	predicted(model, SCHEMA, ROWS, &text);
	cstn_buffer_free(text);
	table_of(model, CSTN_PROTOTYPES_TABLE_CLUSTERS, &text);
	cstn_buffer_free(text);
}

START_TEST(damaged_bytes_are_refused_or_make_a_model_that_holds)
{
	static const uint8_t flips[] = {0x81, 0x04};
	cstn_prototypes *model = usual(NULL);
	cstn_buffer *bytes = sealed_write(&sealed_prototypes, model);

	sealed_refuses_damage(&sealed_prototypes, model, 0x81);
	ck_assert_uint_gt(sealed_changes_refused(&sealed_prototypes, model, flips, 2,
					  predict_and_describe),
			cstn_buffer_size(bytes));
	cstn_buffer_free(bytes);
	cstn_prototypes_unref(model);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {clusters_have_means_modes_and_their_shares,
			numbers_of_a_model_add_up, a_description_names_columns_and_centres,
			a_category_nobody_had_is_a_mismatch_with_every_mode_and_counted,
			bad_rows_are_null_and_the_rest_goes_on,
			an_empty_table_predicts_to_an_empty_table,
			the_score_of_the_fit_is_minus_its_cost,
			a_category_is_the_same_as_text_number_or_flag,
			a_null_refuses_the_fit_with_row_and_column,
			rows_left_out_are_counted_and_leave_no_category,
			a_null_becomes_the_median_or_the_mode_when_asked,
			a_column_of_nulls_has_no_mode, what_cannot_be_fitted_is_refused_in_one_line,
			a_cancelled_fit_ends, a_model_read_back_has_the_same_bytes_and_labels,
			damaged_bytes_are_refused_or_make_a_model_that_holds};

	return run_tests("prototypes_model", tests, sizeof(tests) / sizeof(tests[0]));
}
