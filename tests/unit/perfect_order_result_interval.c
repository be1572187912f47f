/* Results: intervals, of single units and of lines in clusters. */
#include <check.h>

#include "base/stats.h"
#include "result_fixture.h"
#include "suite.h"

/* --- intervals */

static const struct {
	int64_t k, n;
	double low, high;
} wilson[] = {
		{81, 263, 0.255288519878, 0.366209576983},
		{15, 148, 0.062386399531, 0.160487241723},
		{0, 20, 0.0, 0.161125158053},
		{1, 29, 0.006113214293, 0.171755218793},
		{29, 29, 0.883030201500, 1.0},
		{10, 14, 0.453509156701, 0.882786213554},
		{0, 1, 0.0, 0.793450685623},
		{430, 474, 0.877675690611, 0.930123617872},
};

START_TEST(interval_of_a_group_is_wilsons)
{
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table rates;

	fixture_init(&fixture, "", "carrier");
	fixture_perfect_of(fixture_group(&fixture, "Air", NULL), wilson[_i].k, wilson[_i].n);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	table_of(&rates, result, CSTN_TABLE_RATES);
	ck_assert_double_eq_tol(table_f64(&rates, "low", 0), wilson[_i].low, 5e-13);
	ck_assert_double_eq_tol(table_f64(&rates, "high", 0), wilson[_i].high, 5e-13);
	if (wilson[_i].k == 0)
		ck_assert_double_eq(table_f64(&rates, "low", 0), 0.0);
	if (wilson[_i].k == wilson[_i].n)
		ck_assert_double_eq(table_f64(&rates, "high", 0), 1.0);
	table_free(&rates);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(confidence_of_the_policy_sets_z)
{
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table rates;

	fixture_init(&fixture, "confidence_ppm=990000", "");
	fixture_perfect_of(fixture_group(&fixture, NULL, NULL), 8, 10);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	table_of(&rates, result, CSTN_TABLE_RATES);
	ck_assert_double_eq_tol(table_f64(&rates, "z", 0), 2.5758293035489004, 1e-14);
	table_free(&rates);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(lines_of_one_order_widen_the_cluster_interval)
{
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table rates;

	fixture_init(&fixture, "level=line", "");
	fixture_six_orders(fixture_group(&fixture, NULL, NULL));
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	table_of(&rates, result, CSTN_TABLE_RATES);
	ck_assert_int_eq(table_i64(&rates, "numerator", 0), 15);
	ck_assert_int_eq(table_i64(&rates, "denominator", 0), 21);
	ck_assert_double_eq_tol(table_f64(&rates, "low", 0), 0.500436192839, 5e-13);
	ck_assert_double_eq_tol(table_f64(&rates, "high", 0), 0.861861370479, 5e-13);
	ck_assert_double_eq_tol(table_f64(&rates, "design_effect", 0), 1.28, 1e-14);
	ck_assert_double_eq_tol(table_f64(&rates, "n_eff", 0), 16.40625, 1e-12);
	ck_assert_double_eq_tol(table_f64(&rates, "cluster_low", 0), 0.472703324320, 5e-13);
	ck_assert_double_eq_tol(table_f64(&rates, "cluster_high", 0), 0.874558188687, 5e-13);
	table_free(&rates);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(design_effect_below_one_does_not_raise_n_eff)
{
	cstn_perfect_order_result *result;
	cstn__group_counts *counts;
	result_fixture fixture;
	read_table rates;

	fixture_init(&fixture, "level=line", "");
	counts = fixture_group(&fixture, NULL, NULL);
	fixture_order(counts, 2, 1);
	fixture_order(counts, 2, 1);
	fixture_order(counts, 2, 1);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	table_of(&rates, result, CSTN_TABLE_RATES);
	ck_assert_double_eq(table_f64(&rates, "design_effect", 0), 0.0);
	ck_assert_double_eq(table_f64(&rates, "n_eff", 0), 6.0);
	table_free(&rates);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(design_effect_is_one_when_all_lines_are_perfect)
{
	cstn_perfect_order_result *result;
	cstn__group_counts *counts;
	result_fixture fixture;
	read_table rates;

	fixture_init(&fixture, "level=line", "");
	counts = fixture_group(&fixture, NULL, NULL);
	fixture_order(counts, 2, 2);
	fixture_order(counts, 7, 7);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	table_of(&rates, result, CSTN_TABLE_RATES);
	ck_assert_double_eq(table_f64(&rates, "design_effect", 0), 1.0);
	ck_assert_double_eq(table_f64(&rates, "n_eff", 0), 9.0);
	ck_assert_double_eq(table_f64(&rates, "cluster_high", 0), 1.0);
	table_free(&rates);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(one_order_alone_has_no_design_effect)
{
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table rates;

	fixture_init(&fixture, "level=line", "");
	fixture_order(fixture_group(&fixture, NULL, NULL), 10, 4);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	table_of(&rates, result, CSTN_TABLE_RATES);
	ck_assert(table_null(&rates, "design_effect", 0) && table_null(&rates, "n_eff", 0) &&
			table_null(&rates, "cluster_low", 0));
	ck_assert_double_eq(table_f64(&rates, "rate", 0), 0.4);
	table_free(&rates);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(huge_cluster_sums_still_give_the_design_effect)
{
	/* A million times as many of each of the six orders, each a million times as long. */
	const int64_t million = 1000000;
	cstn_perfect_order_result *result;
	cstn__group_counts *counts;
	result_fixture fixture;
	read_table rates;

	fixture_init(&fixture, "level=line", "");
	counts = fixture_group(&fixture, NULL, NULL);
	fixture_six_orders(counts);
	counts->clusters *= million;
	counts->sum_m *= (cstn__i128)million * million;
	counts->sum_x *= (cstn__i128)million * million;
	counts->sum_mm *= (cstn__i128)million * million * million;
	counts->sum_xx *= (cstn__i128)million * million * million;
	counts->sum_xm *= (cstn__i128)million * million * million;
	counts->pattern[0] *= million * million;
	counts->pattern[1] *= million * million;
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	table_of(&rates, result, CSTN_TABLE_RATES);
	/* k / (k - 1) is now 1 instead of 6 / 5. */
	ck_assert_double_eq_tol(
			table_f64(&rates, "design_effect", 0) / 1e6, 1.28 * 5.0 / 6.0, 1e-6);
	table_free(&rates);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("perfect_order_result_interval");
	TCase *tests = tcase_create("perfect_order_result_interval");

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, interval_of_a_group_is_wilsons, 0,
			(int)(sizeof wilson / sizeof wilson[0]));
	tcase_add_test(tests, confidence_of_the_policy_sets_z);
	tcase_add_test(tests, lines_of_one_order_widen_the_cluster_interval);
	tcase_add_test(tests, design_effect_below_one_does_not_raise_n_eff);
	tcase_add_test(tests, design_effect_is_one_when_all_lines_are_perfect);
	tcase_add_test(tests, one_order_alone_has_no_design_effect);
	tcase_add_test(tests, huge_cluster_sums_still_give_the_design_effect);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
