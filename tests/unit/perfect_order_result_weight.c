/* Results: weighted rates and credit by unit, up to the ends of int64. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "result_fixture.h"
#include "suite.h"

/* --- weights and credit */

START_TEST(weighted_rate_comes_from_weights_and_shows_units)
{
	cstn_perfect_order_result *result;
	cstn__group_counts *counts;
	cstn_rate rate = CSTN_RATE_INIT;
	read_table rates, losses, levers;
	result_fixture fixture;

	fixture_init(&fixture, "weight=value components=TF", "");
	counts = fixture_group(&fixture, NULL, NULL);
	counts->pattern[0] = 3;
	counts->pattern[1] = 1;
	counts->pattern[3] = 1;
	counts->weight[0] = 600;
	counts->weight[1] = 300;
	counts->weight[3] = 100;
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	ck_assert_int_eq(cstn_perfect_order_result_rate(result, 0, &rate, NULL), CSTN_OK);
	ck_assert_int_eq(rate.numerator, 600);
	ck_assert_int_eq(rate.denominator, 1000);
	ck_assert_uint_eq(rate.valid, CSTN_RATE_HAS_VALUE);
	ck_assert(isnan(rate.low) && isnan(rate.high));
	table_of(&rates, result, CSTN_TABLE_RATES);
	ck_assert_double_eq(table_f64(&rates, "rate", 0), 0.6);
	ck_assert(table_null(&rates, "low", 0) && table_null(&rates, "high", 0));
	ck_assert_int_eq(table_i64(&rates, "units", 0), 5);
	ck_assert_int_eq(table_i64(&rates, "h0", 0), 3);
	table_of(&losses, result, CSTN_TABLE_LOSSES);
	ck_assert_int_eq(table_i64(&losses, "failures", 0), 2);
	ck_assert_double_eq(table_f64(&losses, "component_rate", 0), 0.6);
	ck_assert_double_eq(table_f64(&losses, "component_rate", 1), 0.9);
	ck_assert(table_null(&losses, "low", 0));
	table_of(&levers, result, CSTN_TABLE_LEVERS);
	ck_assert_str_eq(table_text(&levers, "components", 1), "T");
	ck_assert_int_eq(table_i64(&levers, "numerator", 1), 900);
	ck_assert_double_eq(table_f64(&levers, "gain", 1), 0.3);
	table_free(&rates);
	table_free(&losses);
	table_free(&levers);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(weighted_rate_has_a_cluster_interval_when_clusters_carry_weights)
{
	cstn_perfect_order_result *result;
	cstn__group_counts *counts;
	result_fixture fixture;
	read_table rates;

	fixture_init(&fixture, "weight=quantity level=line", "");
	counts = fixture_group(&fixture, NULL, NULL);
	fixture_six_orders(counts);
	counts->weight[0] = counts->sum_x;
	counts->weight[1] = counts->sum_m - counts->sum_x;
	counts->pattern[0] = 7;
	counts->pattern[1] = 2;
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	table_of(&rates, result, CSTN_TABLE_RATES);
	ck_assert(table_null(&rates, "low", 0));
	ck_assert_double_eq_tol(table_f64(&rates, "cluster_low", 0), 0.472703324320, 5e-13);
	ck_assert_double_eq_tol(table_f64(&rates, "cluster_high", 0), 0.874558188687, 5e-13);
	table_free(&rates);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(clusters_of_lines_say_nothing_about_weights)
{
	cstn_perfect_order_result *result;
	cstn__group_counts *counts;
	result_fixture fixture;
	read_table rates;

	fixture_init(&fixture, "weight=value level=line", "");
	counts = fixture_group(&fixture, NULL, NULL);
	fixture_six_orders(counts);
	counts->weight[0] = 15; /* like the perfect lines, by chance */
	counts->weight[1] = 5;
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	table_of(&rates, result, CSTN_TABLE_RATES);
	ck_assert(table_null(&rates, "n_eff", 0) && table_null(&rates, "cluster_low", 0));
	table_free(&rates);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(weights_that_just_fit_int64_give_a_rate)
{
	cstn_perfect_order_result *result;
	cstn__group_counts *counts;
	cstn_rate rate = CSTN_RATE_INIT;
	result_fixture fixture;

	fixture_init(&fixture, "weight=value", "");
	counts = fixture_group(&fixture, NULL, NULL);
	counts->pattern[0] = counts->pattern[1] = 1;
	counts->weight[0] = INT64_MAX - 5;
	counts->weight[1] = 5;
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	ck_assert_int_eq(cstn_perfect_order_result_rate(result, 0, &rate, NULL), CSTN_OK);
	ck_assert_int_eq(rate.denominator, INT64_MAX);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

static void assert_refused(result_fixture *fixture, cstn_status expected)
{
	cstn_perfect_order_result *result = NULL;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn__perfect_order_result_from_folded(&fixture->folded, &result, &error),
			expected);
	ck_assert_ptr_null(result);
	ck_assert_int_eq(cstn_error_code(error), expected);
	ck_assert_uint_gt(strlen(cstn_error_message(error)), 0);
	cstn_error_free(error);
	fixture_free(fixture);
}

START_TEST(weights_past_int64_are_an_overflow)
{
	cstn__group_counts *counts;
	result_fixture fixture;

	fixture_init(&fixture, "weight=value", "");
	counts = fixture_group(&fixture, NULL, NULL);
	counts->pattern[0] = counts->pattern[1] = 1;
	counts->weight[0] = INT64_MAX - 5;
	counts->weight[1] = 6;
	fixture_total(&fixture);
	assert_refused(&fixture, CSTN_E_OVERFLOW);
}
END_TEST

START_TEST(weights_of_groups_that_fit_alone_may_overflow_in_a_subtotal)
{
	cstn__group_counts *counts;
	result_fixture fixture;
	int i;

	fixture_init(&fixture, "weight=value", "carrier");
	for (i = 0; i < 2; i++) {
		counts = fixture_group(&fixture, i ? "Sea" : "Air", NULL);
		counts->pattern[0] = 1;
		counts->weight[0] = INT64_MAX / 2 + 1;
	}
	fixture_total(&fixture);
	assert_refused(&fixture, CSTN_E_OVERFLOW);
}
END_TEST

START_TEST(units_whose_twelfths_leave_int64_are_an_overflow)
{
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table losses;

	fixture_init(&fixture, "", "");
	fixture_group(&fixture, NULL, NULL)->pattern[1] = INT64_MAX / 12;
	/* more than a state ever holds, so it is written and not added */
	fixture.folded.total.pattern[1] = INT64_MAX / 12;
	result = fixture_result(&fixture);
	table_of(&losses, result, CSTN_TABLE_LOSSES);
	ck_assert_int_eq(table_i64(&losses, "shared_twelfths", 0), INT64_MAX / 12 * 12);
	table_free(&losses);
	cstn_perfect_order_result_unref(result);
	fixture.folded.total.pattern[1]++;
	assert_refused(&fixture, CSTN_E_OVERFLOW);
}
END_TEST

START_TEST(credit_by_unit_is_a_rate_without_patterns)
{
	cstn_perfect_order_result *result;
	cstn__group_counts *counts;
	cstn_rate rate = CSTN_RATE_INIT;
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	result_fixture fixture;
	read_table rates;

	fixture_init(&fixture, "weight=quantity credit=unit", "");
	counts = fixture_group(&fixture, NULL, NULL);
	counts->pattern[0] = 2;
	counts->pattern[3] = 1;
	counts->credit = 75;
	counts->credit_of = 100;
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	ck_assert_int_eq(cstn_perfect_order_result_rate(result, 0, &rate, NULL), CSTN_OK);
	ck_assert_int_eq(rate.numerator, 75);
	ck_assert_int_eq(rate.denominator, 100);
	ck_assert_uint_eq(rate.valid, CSTN_RATE_HAS_VALUE);
	ck_assert_int_eq(cstn_perfect_order_result_pattern(result, 0, 0), -1);
	ck_assert_int_eq(cstn_perfect_order_result_component(result, 0, 1, &rate, NULL),
			CSTN_E_UNSUPPORTED);
	ck_assert_int_eq(cstn_perfect_order_result_lever(result, 0, 1, &rate, NULL),
			CSTN_E_UNSUPPORTED);
	table_of(&rates, result, CSTN_TABLE_RATES);
	ck_assert(table_null(&rates, "h0", 0) && table_null(&rates, "h15", 0));
	ck_assert(table_null(&rates, "low", 0));
	ck_assert_int_eq(table_i64(&rates, "units", 0), 3);
	ck_assert_int_eq(cstn_perfect_order_result_export(
					 result, CSTN_TABLE_LEVERS, &stream, &error),
			CSTN_E_UNSUPPORTED);
	cstn_error_free(error);
	table_free(&rates);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(credit_of_nothing_is_null)
{
	cstn_perfect_order_result *result;
	cstn_rate rate = CSTN_RATE_INIT;
	result_fixture fixture;

	fixture_init(&fixture, "credit=unit", "");
	fixture_group(&fixture, NULL, NULL);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	ck_assert_int_eq(cstn_perfect_order_result_rate(result, 0, &rate, NULL), CSTN_OK);
	ck_assert_uint_eq(rate.valid, 0);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("perfect_order_result_weight");
	TCase *tests = tcase_create("perfect_order_result_weight");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, weighted_rate_comes_from_weights_and_shows_units);
	tcase_add_test(tests, weighted_rate_has_a_cluster_interval_when_clusters_carry_weights);
	tcase_add_test(tests, clusters_of_lines_say_nothing_about_weights);
	tcase_add_test(tests, weights_that_just_fit_int64_give_a_rate);
	tcase_add_test(tests, weights_past_int64_are_an_overflow);
	tcase_add_test(tests, weights_of_groups_that_fit_alone_may_overflow_in_a_subtotal);
	tcase_add_test(tests, units_whose_twelfths_leave_int64_are_an_overflow);
	tcase_add_test(tests, credit_by_unit_is_a_rate_without_patterns);
	tcase_add_test(tests, credit_of_nothing_is_null);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
