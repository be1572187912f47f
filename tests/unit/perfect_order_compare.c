/* Groups compared: differences of rates and which cannot be told apart. */
#include <check.h>

#include "base/stats.h"
#include "result_fixture.h"
#include "suite.h"

static void compare(read_table *out, const cstn_perfect_order_result *result,
		const cstn_compare_options *options)
{
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status = cstn_perfect_order_compare(result, options, &stream, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	table_read(out, &stream);
}

/* --- comparison */

static cstn_perfect_order_result *six_carriers(result_fixture *fixture)
{
	fixture_init(fixture, "", "carrier");
	fixture_perfect_of(fixture_group(fixture, "A", NULL), 3910, 4094);
	fixture_perfect_of(fixture_group(fixture, "B", NULL), 15, 15);
	fixture_perfect_of(fixture_group(fixture, "C", NULL), 3700, 4000);
	fixture_perfect_of(fixture_group(fixture, "D", NULL), 930, 1000);
	fixture_perfect_of(fixture_group(fixture, "E", NULL), 0, 0);
	fixture_perfect_of(fixture_group(fixture, "F", NULL), 45, 50);
	fixture_total(fixture);
	return fixture_result(fixture);
}

START_TEST(fifteen_of_fifteen_is_not_better_than_3910_of_4094)
{
	cstn_compare_options by_limit = CSTN_COMPARE_OPTIONS_INIT;
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table out;

	result = six_carriers(&fixture);
	by_limit.order = CSTN_ORDER_LOWER_LIMIT;
	compare(&out, result, &by_limit);
	ck_assert_str_eq(table_text(&out, "carrier", 0), "A");
	ck_assert_str_eq(table_text(&out, "carrier", 1), "C");
	ck_assert_str_eq(table_text(&out, "carrier", 2), "D");
	ck_assert_str_eq(table_text(&out, "carrier", 3), "B");
	ck_assert_str_eq(table_text(&out, "carrier", 4), "F");
	ck_assert_str_eq(table_text(&out, "carrier", 5), "E"); /* no limit: last */
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(differences_and_holm_adjusted_p_values_are_those_of_an_independent_computation)
{
	static const struct {
		double low, high, difference, difference_low, difference_high, p, holm;
		int64_t like_best;
	} expected[] = {
			{0.948271897892, 0.960987290742, 0, 0, 0, 0, 0, 1},
			{0.796116698964, 1.0, 0.044943820225, -0.159025732696, 0.051728102108,
					0.401240426824, 0.401240426824, 1},
			{0.916423537243, 0.932760935961, -0.030056179775, -0.040483729378,
					-0.019747998187, 1.51586952071e-08, 6.06347808286e-08, 0},
			{0.912485351849, 0.944223635854, -0.025056179775, -0.043547825921,
					-0.009297426729, 0.00107364084302, 0.00322092252906, 0},
			{0, 0, 0, 0, 0, 0, 0, -1},
			{0.786397685625, 0.956524235068, -0.055056179775, -0.168813218716,
					0.001873738815, 0.063040196848, 0.126080393696, 1},
	};
	cstn_perfect_order_result *result;
	result_fixture fixture;
	int64_t i;
	read_table out;

	result = six_carriers(&fixture);
	compare(&out, result, NULL);
	ck_assert_int_eq(out.rows, 6);
	for (i = 0; i < 6; i++) {
		int compared = i != 0 && i != 4;

		ck_assert_int_eq(table_null(&out, "difference", i), !compared);
		ck_assert_int_eq(table_null(&out, "difference_low", i), !compared);
		ck_assert_int_eq(table_null(&out, "p_value", i), !compared);
		ck_assert_int_eq(table_null(&out, "p_holm", i), !compared);
		if (i == 4) {
			ck_assert(table_null(&out, "rate", i) && table_null(&out, "low", i) &&
					table_null(&out, "like_best", i));
			continue;
		}
		ck_assert_double_eq_tol(table_f64(&out, "low", i), expected[i].low, 5e-13);
		ck_assert_double_eq_tol(table_f64(&out, "high", i), expected[i].high, 5e-13);
		ck_assert_int_eq(table_i64(&out, "like_best", i), expected[i].like_best);
		if (!compared)
			continue;
		ck_assert_double_eq_tol(
				table_f64(&out, "difference", i), expected[i].difference, 5e-13);
		ck_assert_double_eq_tol(table_f64(&out, "difference_low", i),
				expected[i].difference_low, 5e-13);
		ck_assert_double_eq_tol(table_f64(&out, "difference_high", i),
				expected[i].difference_high, 5e-13);
		ck_assert_double_eq_tol(table_f64(&out, "p_value", i) / expected[i].p, 1.0, 1e-9);
		ck_assert_double_eq_tol(table_f64(&out, "p_holm", i) / expected[i].holm, 1.0, 1e-9);
	}
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(p_value_is_where_the_interval_of_the_difference_reaches_zero)
{
	double p, z, low, high;
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table out;

	fixture_init(&fixture, "", "carrier");
	fixture_perfect_of(fixture_group(&fixture, "A", NULL), 560, 700);
	fixture_perfect_of(fixture_group(&fixture, "B", NULL), 48, 80);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	compare(&out, result, NULL);
	p = table_f64(&out, "p_value", 1);
	z = cstn__normal_quantile(1.0 - p / 2.0);
	cstn__newcombe(0.6, 80, 0.8, 700, z, &low, &high);
	ck_assert_double_eq_tol(high, 0.0, 1e-9);
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(newcombe_difference_is_the_published_one)
{
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table out;

	fixture_init(&fixture, "", "carrier");
	fixture_perfect_of(fixture_group(&fixture, "A", NULL), 48, 80);
	fixture_perfect_of(fixture_group(&fixture, "B", NULL), 56, 70);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	compare(&out, result, NULL);
	ck_assert_double_eq_tol(table_f64(&out, "difference", 0), -0.2, 1e-15);
	ck_assert_double_eq_tol(table_f64(&out, "difference_low", 0), -0.333872654, 5e-10);
	ck_assert_double_eq_tol(table_f64(&out, "difference_high", 0), -0.052431472, 5e-10);
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(equal_rates_are_alike_whatever_their_sizes)
{
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table out;

	fixture_init(&fixture, "", "carrier");
	fixture_perfect_of(fixture_group(&fixture, "A", NULL), 9, 10);
	fixture_perfect_of(fixture_group(&fixture, "B", NULL), 9000, 10000);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	compare(&out, result, NULL);
	ck_assert_double_eq(table_f64(&out, "p_value", 0), 1.0);
	ck_assert_int_eq(table_i64(&out, "like_best", 0), 1);
	ck_assert(table_null(&out, "p_value", 1)); /* B is the best */
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(hopelessly_different_groups_have_a_p_value_of_zero)
{
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table out;

	fixture_init(&fixture, "", "carrier");
	fixture_perfect_of(fixture_group(&fixture, "A", NULL), 1000000000, 1000000000);
	fixture_perfect_of(fixture_group(&fixture, "B", NULL), 0, 1000000000);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	compare(&out, result, NULL);
	ck_assert_double_eq(table_f64(&out, "p_value", 1), 0.0);
	ck_assert_int_eq(table_i64(&out, "like_best", 1), 0);
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(groups_below_min_units_are_listed_and_not_compared)
{
	cstn_compare_options options = CSTN_COMPARE_OPTIONS_INIT;
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table out;

	result = six_carriers(&fixture);
	options.min_units = 50;
	compare(&out, result, &options);
	ck_assert_int_eq(out.rows, 6);
	ck_assert(table_null(&out, "like_best", 1));
	ck_assert(!table_null(&out, "low", 1));
	ck_assert(!table_null(&out, "p_value", 5)); /* has exactly 50 */
	/* F's p-value is now the greatest of three. */
	ck_assert_double_eq(table_f64(&out, "p_holm", 5), table_f64(&out, "p_value", 5));
	table_free(&out);
	options.min_units = 51;
	compare(&out, result, &options);
	ck_assert(table_null(&out, "p_value", 5));
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(subtotals_are_not_compared_with_their_own_groups)
{
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table out;

	fixture_init(&fixture, "", "carrier lane");
	fixture.folded.flags = CSTN_PERFECT_ORDER_ROLLUP;
	fixture_perfect_of(fixture_group(&fixture, "A", "x"), 8, 10);
	fixture_perfect_of(fixture_group(&fixture, "A", "y"), 9, 10);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	compare(&out, result, NULL);
	ck_assert_int_eq(out.rows, 2);
	ck_assert_int_eq(table_i64(&out, "rolled_up", 0) + table_i64(&out, "rolled_up", 1), 0);
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(comparison_at_line_level_rests_on_n_eff)
{
	cstn_perfect_order_result *result;
	cstn__group_counts *counts;
	double low, high;
	result_fixture fixture;
	int i, group;
	read_table out;

	/* A's orders fail as a whole: 20 of 25 orders perfect, each of 10 lines. */
	fixture_init(&fixture, "level=line", "carrier");
	for (group = 0; group < 2; group++) {
		counts = fixture_group(&fixture, group ? "B" : "A", NULL);
		for (i = 0; i < 25; i++)
			fixture_order(counts, 10, i < (group ? 23 : 20) ? 10 : 0);
	}
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	compare(&out, result, NULL);
	ck_assert_double_eq_tol(table_f64(&out, "n_eff", 0), 24.0, 1e-9);
	cstn__wilson(0.8, table_f64(&out, "n_eff", 0), 1.959963984540054, &low, &high);
	ck_assert_double_eq_tol(table_f64(&out, "low", 0), low, 1e-12);
	/* 250 independent lines would tell 0.80 from 0.92. */
	ck_assert_double_gt(table_f64(&out, "p_value", 0), 0.05);
	ck_assert_int_eq(table_i64(&out, "like_best", 0), 1);
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(weighted_rates_without_clusters_are_listed_and_not_compared)
{
	cstn_perfect_order_result *result;
	cstn__group_counts *counts;
	result_fixture fixture;
	read_table out;
	int i;

	fixture_init(&fixture, "weight=value", "carrier");
	for (i = 0; i < 2; i++) {
		counts = fixture_group(&fixture, i ? "B" : "A", NULL);
		fixture_perfect_of(counts, 9, 10);
		counts->weight[0] = 90;
		counts->weight[1] = 10;
	}
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	compare(&out, result, NULL);
	for (i = 0; i < 2; i++) {
		ck_assert_double_eq(table_f64(&out, "rate", i), 0.9);
		ck_assert(table_null(&out, "low", i) && table_null(&out, "like_best", i));
	}
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(comparison_of_nothing_is_an_empty_table)
{
	cstn_perfect_order_result *result;
	char text[512];
	result_fixture fixture;
	read_table out;

	fixture_init(&fixture, "", "carrier");
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	compare(&out, result, NULL);
	ck_assert_int_eq(out.rows, 0);
	table_schema_text(&out, text, sizeof text);
	ck_assert_str_eq(text,
			"carrier:u? mixed:i rolled_up:i numerator:l denominator:l rate:g? low:g? "
			"high:g? n_eff:g? difference:g? difference_low:g? difference_high:g? "
			"p_value:g? p_holm:g? like_best:b? policy:u as_of:tsu:UTC z:g");
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

/* --- options */

START_TEST(options_out_of_range_are_errors)
{
	static const cstn_compare_options bad[] = {
			{sizeof(cstn_compare_options), 1, 0, 0, 0},
			{sizeof(cstn_compare_options), 0, 2, 0, 0},
			{sizeof(cstn_compare_options), 0, -1, 0, 0},
			{sizeof(cstn_compare_options), 0, 0, -1, 0},
			{sizeof(cstn_compare_options), 0, 0, 1000001, 0},
			{sizeof(cstn_compare_options), 0, 0, 0, -1},
	};
	static const cstn_compare_options small = {8, 0, 0, 0, 0};
	cstn_perfect_order_result *result;
	struct ArrowArrayStream stream;
	result_fixture fixture;
	size_t i;

	result = fixture_simpson(&fixture, "");
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		ck_assert_int_eq(cstn_perfect_order_compare(result, &bad[i], &stream, NULL),
				CSTN_E_INVALID_ARGUMENT);
		ck_assert_int_eq(cstn_perfect_order_standardise(
						 result, 0, 1, &bad[i], &stream, NULL),
				CSTN_E_INVALID_ARGUMENT);
	}
	ck_assert_int_eq(cstn_perfect_order_compare(result, &small, &stream, NULL),
			CSTN_E_STRUCT_SIZE);
	ck_assert_int_eq(cstn_perfect_order_compare(NULL, NULL, &stream, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_perfect_order_compare(result, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_perfect_order_standardise(NULL, 0, 1, NULL, &stream, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("perfect_order_compare");
	TCase *tests = tcase_create("perfect_order_compare");

	tcase_add_test(tests, fifteen_of_fifteen_is_not_better_than_3910_of_4094);
	tcase_add_test(tests,
			differences_and_holm_adjusted_p_values_are_those_of_an_independent_computation);
	tcase_add_test(tests, p_value_is_where_the_interval_of_the_difference_reaches_zero);
	tcase_add_test(tests, newcombe_difference_is_the_published_one);
	tcase_add_test(tests, equal_rates_are_alike_whatever_their_sizes);
	tcase_add_test(tests, hopelessly_different_groups_have_a_p_value_of_zero);
	tcase_add_test(tests, groups_below_min_units_are_listed_and_not_compared);
	tcase_add_test(tests, subtotals_are_not_compared_with_their_own_groups);
	tcase_add_test(tests, comparison_at_line_level_rests_on_n_eff);
	tcase_add_test(tests, weighted_rates_without_clusters_are_listed_and_not_compared);
	tcase_add_test(tests, comparison_of_nothing_is_an_empty_table);
	tcase_add_test(tests, options_out_of_range_are_errors);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
