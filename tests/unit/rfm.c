/* RFM models: cuts, scores, segments, drift, and what is refused. */
#include <constellation/rfm.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "purchase_rows.h"
#include "sealed_bytes.h"
#include "suite.h"

typedef double rfm_row[3];

static cstn_rfm *fit_ok(const rfm_row *rows, size_t n, const cstn_rfm_options *options)
{
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_rfm *model = NULL;
	cstn_status status;

	rfm_stream(rows, n, 1, &stream);
	status = cstn_rfm_fit(&stream, options, NULL, &model, NULL, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	ck_assert_ptr_null(stream.release);
	return model;
}

static double param(const cstn_rfm *model, const char *name)
{
	double value = (double)NAN;

	ck_assert_msg(cstn_rfm_get_param(model, name, &value, NULL) == CSTN_OK, "no %s", name);
	return value;
}

static void expect_predict(
		const cstn_rfm *model, const rfm_row *rows, size_t n, const char *expected)
{
	struct ArrowArrayStream in, out;
	char *text;

	rfm_stream(rows, n, 1, &in);
	ck_assert_int_eq(cstn_rfm_predict(model, &in, NULL, &out, NULL, NULL), CSTN_OK);
	text = rows_show(&out);
	ck_assert_str_eq(text, expected);
	free(text);
}

static void expect_table(const cstn_rfm *model, int32_t table, const char *expected)
{
	struct ArrowArrayStream out;
	char *text;

	ck_assert_int_eq(cstn_rfm_export(model, table, &out, NULL), CSTN_OK);
	text = rows_show(&out);
	ck_assert_str_eq(text, expected);
	free(text);
}

/* customers 0 .. 4 in all three dimensions: 1 .. 5 */
static const rfm_row five[] = {{1, 1, 1}, {2, 2, 2}, {3, 3, 3}, {4, 4, 4}, {5, 5, 5}};

START_TEST(cuts_are_quantiles_of_type_7)
{
	const rfm_row rows[] = {{0, 1, 10}, {10, 2, 20}, {20, 4, 50}, {40, 8, 90}};
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	cstn_rfm *model;

	options.bins[0] = 2;
	options.bins[1] = 3;
	options.bins[2] = 4;
	model = fit_ok(rows, 4, &options);
	ck_assert(param(model, "recency_cut_1") == 15.0);
	ck_assert(param(model, "frequency_cut_1") == 2.0);
	ck_assert(param(model, "frequency_cut_2") == 4.0);
	ck_assert(param(model, "monetary_cut_1") == 17.5);
	ck_assert(param(model, "monetary_cut_2") == 35.0);
	ck_assert(param(model, "monetary_cut_3") == 60.0);
	ck_assert(param(model, "customers") == 4.0);
	ck_assert_int_eq(cstn_rfm_get_param(model, "monetary_cut_4", NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_rfm_unref(model);
}
END_TEST

START_TEST(a_value_at_a_cut_is_below_it_unless_left_closed_and_recency_is_reversed)
{
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	cstn_rfm *model;

	options.bins[0] = options.bins[1] = options.bins[2] = 2; /* one cut, 3 */
	model = fit_ok(five, 5, &options);
	expect_predict(model, five + 1, 3, "0,2,1,1,211;1,2,1,1,211;2,1,2,2,122;");
	cstn_rfm_unref(model);
	options.flags = CSTN_RFM_LEFT_CLOSED;
	model = fit_ok(five, 5, &options);
	expect_predict(model, five + 1, 3, "0,2,1,1,211;1,1,2,2,122;2,1,2,2,122;");
	ck_assert(param(model, "left_closed") == 1.0);
	cstn_rfm_unref(model);
	options.flags |= CSTN_RFM_PLUS_ONE;
	model = fit_ok(five, 5, &options);
	ck_assert(param(model, "monetary_cut_1") == 4.0);
	cstn_rfm_unref(model);
}
END_TEST

START_TEST(equal_cuts_and_cuts_nobody_is_beyond_are_one_less_bin)
{
	const rfm_row rows[] = {{1, 1, 5}, {2, 1, 5}, {3, 1, 5}, {4, 1, 5}, {5, 1, 5}, {6, 2, 5},
			{7, 3, 5}, {8, 9, 5}};
	cstn_rfm *model = fit_ok(rows, 8, NULL);

	/* frequency: 1, 1, 1.2, 2.6; monetary: all 5 */
	ck_assert(param(model, "frequency_effective_bins") == 4.0);
	ck_assert(param(model, "frequency_bins") == 5.0);
	ck_assert(param(model, "frequency_cut_1") == 1.0);
	ck_assert(param(model, "monetary_effective_bins") == 1.0);
	expect_predict(model, rows, 8,
			"0,5,1,1,511;1,5,1,1,511;2,4,1,1,411;3,3,1,1,311;4,3,1,1,311;5,2,3,1,231;"
			"6,1,4,1,141;7,1,4,1,141;");
	cstn_rfm_unref(model);
}
END_TEST

START_TEST(equal_values_always_have_equal_scores)
{
	rfm_row rows[200];
	struct ArrowArrayStream in, out;
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	cstn_rfm *model;
	char *text, *at;
	int score[50];
	size_t i;

	for (i = 0; i < 200; i++) {
		rows[i][0] = (double)(cstn__random_u64(4, i) % 50);
		rows[i][1] = rows[i][2] = rows[i][0];
	}
	options.bins[0] = options.bins[1] = 2 + _i;
	model = fit_ok(rows, 200, &options);
	rfm_stream(rows, 200, 0, &in);
	ck_assert_int_eq(cstn_rfm_predict(model, &in, NULL, &out, NULL, NULL), CSTN_OK);
	text = rows_show(&out);
	for (i = 0; i < 50; i++)
		score[i] = 0;
	for (i = 0, at = text; i < 200; i++) {
		int now = (int)strtol(at, &at, 10), value = (int)rows[i][0];

		ck_assert(score[value] == 0 || score[value] == now);
		ck_assert_int_ge(now, 1);
		score[value] = now;
		at = strchr(at, ';') + 1;
	}
	free(text);
	cstn_rfm_unref(model);
}
END_TEST

START_TEST(scores_of_two_digits_stand_apart)
{
	rfm_row rows[40];
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	cstn_rfm *model;
	size_t i;

	for (i = 0; i < 40; i++)
		rows[i][0] = rows[i][1] = rows[i][2] = (double)i;
	options.bins[0] = 12;
	model = fit_ok(rows, 40, &options);
	expect_predict(model, rows, 1, "0,12,1,1,12-1-1;");
	cstn_rfm_unref(model);
}
END_TEST

START_TEST(the_first_rule_that_holds_names_the_segment_else_it_is_other)
{
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	cstn_rfm *model;

	options.rules = "# mine\n best | 5 | 1-2 | *\nnext|4-5|*|*\r\n\nlast | * | * | 5\n next | "
			"3 | 3 | 3";
	model = fit_ok(five, 5, &options);
	expect_predict(model, five, 5,
			"0,5,1,1,511,best;1,4,2,2,422,next;2,3,3,3,333,next;3,2,4,4,244,OTHER;4,1,"
			"5,5,"
			"155,last;");
	expect_table(model, CSTN_RFM_TABLE_SEGMENTS,
			"best,1,0.2,1,1,1;next,2,0.4,2.5,5,5;last,1,0.2,5,5,5;OTHER,1,0.2,4,4,4;");
	cstn_rfm_unref(model);
}
END_TEST

START_TEST(rules_that_cannot_be_read_are_refused_with_their_line)
{
	static const char *const wrong[] = {"a | 1 | 2\n", "a | 1 | 2 | 3 | 4\n", "a | 0 | 1 | 1\n",
			"a | 1 | 101 | 1\n", "a | 2-1 | 1 | 1\n", " | 1 | 1 | 1\n",
			"a | 1- | 1 | 1\n", "a | x | 1 | 1\n", "nobody", "\n# nothing\n"};
	struct ArrowArrayStream stream;
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	cstn_error *error = NULL;
	cstn_rfm *model = NULL;

	options.rules = wrong[_i];
	rfm_stream(five, 5, 0, &stream);
	ck_assert_int_eq(
			cstn_rfm_fit(&stream, &options, NULL, &model, NULL, &error), CSTN_E_FORMAT);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "rules"));
	ck_assert_ptr_null(model);
	cstn_error_free(error);
}
END_TEST

START_TEST(rules_that_come_with_the_library_are_taken_by_name)
{
	static const char *const names[] = {"ten-segments", "abc-xyz", "prime-sustain-manage"};
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	cstn_rfm *by_name, *by_text;

	options.rules = names[_i];
	by_name = fit_ok(five, 5, &options);
	options.rules = cstn_rfm_rules(names[_i]);
	ck_assert_ptr_nonnull(options.rules);
	by_text = fit_ok(five, 5, &options);
	sealed_expect_equal(&sealed_rfm, by_name, by_text);
	cstn_rfm_unref(by_name);
	cstn_rfm_unref(by_text);
	ck_assert_ptr_null(cstn_rfm_rules("none"));
	ck_assert_ptr_null(cstn_rfm_rules(NULL));
}
END_TEST

START_TEST(the_order_of_customers_does_not_show_in_the_model)
{
	rfm_row rows[500], turned[500];
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	cstn_rfm *one, *other;
	size_t i;
	int d;

	for (i = 0; i < 500; i++)
		for (d = 0; d < 3; d++) {
			rows[i][d] = cstn__random_unit(8, i * 3 + (size_t)d) * 1e3;
			turned[499 - i][d] = rows[i][d];
		}
	options.rules = "ten-segments";
	one = fit_ok(rows, 500, &options);
	other = fit_ok(turned, 500, &options);
	sealed_expect_equal(&sealed_rfm, one, other);
	cstn_rfm_unref(one);
	cstn_rfm_unref(other);
}
END_TEST

START_TEST(a_bad_row_refuses_the_fit_unless_skipped_and_is_null_in_a_prediction)
{
	const rfm_row rows[] = {{1, 1, 1}, {(double)NAN, 1, 1}, {2, -1, 1},
			{2, 2, (double)INFINITY}, {3, 3, -3}};
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	struct ArrowArrayStream stream, out;
	cstn_row_errors *bad = NULL;
	cstn_row_error at;
	cstn_rfm *model = NULL;
	char *text;

	rfm_stream(rows, 5, 1, &stream);
	ck_assert_int_eq(cstn_rfm_fit(&stream, &options, NULL, &model, &bad, NULL), CSTN_E_ROWS);
	ck_assert_ptr_null(model);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 3);
	ck_assert_int_eq(cstn_row_errors_at(bad, 1, &at, NULL), CSTN_OK);
	ck_assert_int_eq(at.code, CSTN_ROW_NEGATIVE);
	ck_assert_uint_eq(at.row, 2);
	cstn_row_errors_free(bad);
	options.flags = CSTN_RFM_SKIP_BAD;
	options.bins[0] = options.bins[1] = options.bins[2] = 2;
	rfm_stream(rows, 5, 1, &stream);
	ck_assert_int_eq(cstn_rfm_fit(&stream, &options, NULL, &model, NULL, NULL), CSTN_OK);
	ck_assert(param(model, "bad_rows") == 3.0);
	ck_assert(param(model, "customers") == 2.0);
	rfm_stream(rows, 5, 1, &stream);
	ck_assert_int_eq(cstn_rfm_predict(model, &stream, NULL, &out, &bad, NULL), CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 3);
	cstn_row_errors_free(bad);
	text = rows_show(&out);
	ck_assert_str_eq(text, "0,2,1,2,212;1,~,~,~,~;2,~,~,~,~;3,~,~,~,~;4,1,2,1,121;");
	free(text);
	cstn_rfm_unref(model);
}
END_TEST

START_TEST(nobody_is_nothing_to_fit_and_an_empty_prediction)
{
	struct ArrowArrayStream stream;
	cstn_rfm *model = NULL;

	rfm_stream(five, 0, 1, &stream);
	ck_assert_int_eq(cstn_rfm_fit(&stream, NULL, NULL, &model, NULL, NULL), CSTN_E_EMPTY);
	ck_assert_ptr_null(model);
	model = fit_ok(five, 5, NULL);
	expect_predict(model, five, 0, "");
	cstn_rfm_unref(model);
}
END_TEST

START_TEST(a_customer_in_two_rows_is_refused_with_both)
{
	const purchase_row rows[] = {{5, 10, 100, 0, 0}, {6, 10, 100, 0, 0}, {5, 11, 100, 0, 0}};
	cstn_binding *binding = NULL;
	struct ArrowArrayStream stream;
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	cstn_error *error = NULL;
	cstn_rfm *model = NULL;

	ck_assert_int_eq(cstn_binding_new(NULL, &binding, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_constant(binding, "recency", "1", NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_constant(binding, "frequency", "1", NULL), CSTN_OK);
	ck_assert_int_eq(cstn_binding_rename(binding, "monetary", "value", NULL), CSTN_OK);
	options.binding = binding;
	rows_stream(rows, 3, _i ? ROWS_TEXT_ID : 0, &stream);
	ck_assert_int_eq(cstn_rfm_fit(&stream, &options, NULL, &model, NULL, &error),
			CSTN_E_DUPLICATE);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "rows 0 and 2"));
	cstn_error_free(error);
	cstn_binding_free(binding);
}
END_TEST

START_TEST(bins_and_flags_out_of_range_are_refused)
{
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	cstn_rfm *model = NULL;

	options.bins[1] = _i ? 101 : 1;
	rfm_stream(five, 5, 1, &stream);
	ck_assert_int_eq(cstn_rfm_fit(&stream, &options, NULL, &model, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(stream.release);
	options.bins[1] = _i ? 100 : 2;
	cstn_rfm_unref(fit_ok(five, 5, &options));
}
END_TEST

START_TEST(frozen_cuts_score_the_next_month_and_drift_tells_how_far_it_moved)
{
	const rfm_row later[] = {{1, 1, 1}, {1, 1, 2}, {9, 9, 9}, {9, 9, 9}};
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	struct ArrowArrayStream stream, out;
	cstn_rfm *model;
	char *text;

	options.bins[0] = options.bins[1] = options.bins[2] = 2;
	model = fit_ok(five, 5, &options);
	expect_predict(model, later, 4, "0,2,1,1,211;1,2,1,1,211;2,1,2,2,122;3,1,2,2,122;");
	rfm_stream(later, 4, 1, &stream);
	ck_assert_int_eq(cstn_rfm_drift(model, &stream, NULL, &out, NULL, NULL), CSTN_OK);
	text = rows_show(&out);
	ck_assert_msg(strncmp(text, "recency,1,2,2,0.4,0.5,0.09999999999999998,0.0405465108", 53) ==
					0,
			"%s", text);
	free(text);
	rfm_stream(later, 0, 1, &stream);
	ck_assert_int_eq(cstn_rfm_drift(model, &stream, NULL, &out, NULL, NULL), CSTN_E_EMPTY);
	cstn_rfm_unref(model);
}
END_TEST

START_TEST(tables_of_cuts_and_cells_add_up_to_the_customers)
{
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	cstn_rfm *model;
	struct ArrowArrayStream out;

	options.bins[0] = options.bins[1] = options.bins[2] = 2;
	model = fit_ok(five, 5, &options);
	expect_table(model, CSTN_RFM_TABLE_CUTS,
			"recency,1,3,~,0,0,2,2,2;recency,2,~,3,0,1,3,2,2;"
			"frequency,1,~,3,0,1,3,2,2;frequency,2,3,~,0,0,2,2,2;"
			"monetary,1,~,3,0,1,3,2,2;monetary,2,3,~,0,0,2,2,2;");
	expect_table(model, CSTN_RFM_TABLE_CELLS, "1,2,2,9,4.5;2,1,3,6,2;");
	ck_assert_int_eq(cstn_rfm_export(model, CSTN_RFM_TABLE_SEGMENTS, &out, NULL), CSTN_E_STATE);
	ck_assert_int_eq(cstn_rfm_export(model, 4, &out, NULL), CSTN_E_INVALID_ARGUMENT);
	cstn_rfm_unref(model);
}
END_TEST

START_TEST(a_model_read_back_is_the_same_and_damage_is_refused)
{
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	cstn_rfm *model;

	options.rules = "prime-sustain-manage";
	model = fit_ok(five, 5, &options);
	cstn_rfm_unref(sealed_copy(&sealed_rfm, model));
	sealed_refuses_damage(&sealed_rfm, model, 0x12);
	cstn_rfm_unref(model);
}
END_TEST

START_TEST(purchases_go_straight_into_a_fit)
{
	purchase_row *rows = rows_random(1, 600, 0);
	cstn_purchases *state = rows_state(NULL, rows, 600, 0);
	cstn_rfm_options options = CSTN_RFM_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	cstn_rfm *model = NULL;

	options.rules = "ten-segments";
	ck_assert_int_eq(cstn_purchases_export(state, CSTN_PURCHASES_TABLE_CUSTOMERS, 1000, 0,
					 &stream, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_rfm_fit(&stream, &options, NULL, &model, NULL, NULL), CSTN_OK);
	ck_assert(param(model, "customers") == 41.0);
	ck_assert_ptr_eq(cstn_rfm_ref(model), model);
	cstn_rfm_unref(model);
	cstn_rfm_unref(model);
	cstn_purchases_free(state);
	free(rows);
}
END_TEST

int main(void)
{
	const TTest *const plain[] = {
			cuts_are_quantiles_of_type_7,
			a_value_at_a_cut_is_below_it_unless_left_closed_and_recency_is_reversed,
			equal_cuts_and_cuts_nobody_is_beyond_are_one_less_bin,
			scores_of_two_digits_stand_apart,
			the_first_rule_that_holds_names_the_segment_else_it_is_other,
			the_order_of_customers_does_not_show_in_the_model,
			a_bad_row_refuses_the_fit_unless_skipped_and_is_null_in_a_prediction,
			nobody_is_nothing_to_fit_and_an_empty_prediction,
			frozen_cuts_score_the_next_month_and_drift_tells_how_far_it_moved,
			tables_of_cuts_and_cells_add_up_to_the_customers,
			a_model_read_back_is_the_same_and_damage_is_refused,
			purchases_go_straight_into_a_fit,
	};
	Suite *suite = suite_create("rfm");
	TCase *tests = tcase_create("rfm");
	size_t i;

	tcase_set_timeout(tests, 60);
	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		tcase_add_test(tests, plain[i]);
	tcase_add_loop_test(tests, equal_values_always_have_equal_scores, 0, 20);
	tcase_add_loop_test(tests, rules_that_cannot_be_read_are_refused_with_their_line, 0, 10);
	tcase_add_loop_test(tests, rules_that_come_with_the_library_are_taken_by_name, 0, 3);
	tcase_add_loop_test(tests, a_customer_in_two_rows_is_refused_with_both, 0, 2);
	tcase_add_loop_test(tests, bins_and_flags_out_of_range_are_refused, 0, 2);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
