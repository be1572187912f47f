/* Rates standardised by strata. */
#include <check.h>

#include "base/stats.h"
#include "result_fixture.h"
#include "suite.h"

static void standardise(read_table *out, const cstn_perfect_order_result *result, size_t group,
		size_t stratum, const cstn_compare_options *options)
{
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status = cstn_perfect_order_standardise(
			result, group, stratum, options, &stream, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	table_read(out, &stream);
}

/* --- standardisation */

START_TEST(standardised_rates_undo_simpsons_trap)
{
	static const struct {
		const char *carrier;
		double raw, rate, variance, n_eff, low, high;
	} expected[] = {{"A", 0.815, 0.875, 0.000163194444, 670.212765957, 0.847804942,
					0.897920782},
			{"B", 0.915, 0.855, 0.000447083333, 277.297297297, 0.808706403,
					0.891592211}};
	cstn_perfect_order_result *result;
	result_fixture fixture;
	int64_t i;
	read_table out;

	result = fixture_simpson(&fixture, "");
	standardise(&out, result, 0, 1, NULL);
	ck_assert_int_eq(out.rows, 2);
	for (i = 0; i < 2; i++) {
		ck_assert_str_eq(table_text(&out, "carrier", i), expected[i].carrier);
		ck_assert_double_eq(table_f64(&out, "raw_rate", i), expected[i].raw);
		ck_assert_double_eq_tol(table_f64(&out, "rate", i), expected[i].rate, 1e-15);
		ck_assert_double_eq_tol(
				table_f64(&out, "variance", i), expected[i].variance, 5e-13);
		ck_assert_double_eq_tol(table_f64(&out, "n_eff", i), expected[i].n_eff, 5e-10);
		ck_assert_double_eq_tol(table_f64(&out, "low", i), expected[i].low, 5e-10);
		ck_assert_double_eq_tol(table_f64(&out, "high", i), expected[i].high, 5e-10);
		ck_assert_double_eq(table_f64(&out, "cover", i), 1.0);
	}
	/* The intervals overlap: A leads, but is not shown to be better. */
	ck_assert_double_gt(table_f64(&out, "high", 1), table_f64(&out, "low", 0));
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(standardised_groups_can_be_ordered_by_lower_limit)
{
	cstn_compare_options options = CSTN_COMPARE_OPTIONS_INIT;
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table out;

	/* Strata as groups, carriers as strata: "far" comes first by name, "near" by limit. */
	result = fixture_simpson(&fixture, "");
	standardise(&out, result, 1, 0, &options);
	ck_assert_str_eq(table_text(&out, "distance", 0), "far");
	table_free(&out);
	options.order = CSTN_ORDER_LOWER_LIMIT;
	standardise(&out, result, 1, 0, &options);
	ck_assert_str_eq(table_text(&out, "distance", 0), "near");
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

/* B lacks the stratum "mid", which has 50 of 1,000 units, or one more. */
static void with_a_gap(result_fixture *fixture, int64_t mid)
{
	fixture_init(fixture, "", "carrier distance");
	fixture_perfect_of(fixture_group(fixture, "A", "far"), 200, 250);
	fixture_perfect_of(fixture_group(fixture, "A", "mid"), 20, mid);
	fixture_perfect_of(fixture_group(fixture, "A", "near"), 200, 250);
	fixture_perfect_of(fixture_group(fixture, "B", "far"), 180, 200);
	fixture_group(fixture, "B", "mid")->pending = 4;
	fixture_perfect_of(fixture_group(fixture, "B", "near"), 225, 250);
	fixture_total(fixture);
}

START_TEST(stratum_that_a_group_lacks_is_dropped_and_the_cover_told)
{
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table out;

	with_a_gap(&fixture, 50);
	result = fixture_result(&fixture);
	standardise(&out, result, 0, 1, NULL);
	ck_assert_double_eq(table_f64(&out, "cover", 0), 1.0);
	ck_assert_double_eq(table_f64(&out, "cover", 1), 0.95);
	ck_assert_double_eq_tol(table_f64(&out, "rate", 1), 0.9, 1e-15);
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(group_that_covers_too_little_has_no_standardised_rate)
{
	cstn_compare_options options = CSTN_COMPARE_OPTIONS_INIT;
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table out;

	with_a_gap(&fixture, 51);
	result = fixture_result(&fixture);
	standardise(&out, result, 0, 1, NULL);
	ck_assert(table_null(&out, "rate", 1) && table_null(&out, "low", 1) &&
			table_null(&out, "high", 1) && table_null(&out, "variance", 1) &&
			table_null(&out, "n_eff", 1));
	ck_assert_double_eq(table_f64(&out, "cover", 1), 950.0 / 1001.0);
	ck_assert_double_eq(table_f64(&out, "raw_rate", 1), 0.9);
	table_free(&out);
	options.min_cover_ppm = 900000;
	standardise(&out, result, 0, 1, &options);
	ck_assert(!table_null(&out, "rate", 1));
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(group_without_counted_units_standardises_to_null)
{
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table out;

	fixture_init(&fixture, "", "carrier distance");
	fixture_perfect_of(fixture_group(&fixture, "A", "far"), 8, 10);
	fixture_group(&fixture, "B", "far")->pending = 1;
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	standardise(&out, result, 0, 1, NULL);
	ck_assert_int_eq(out.rows, 2);
	ck_assert_double_eq(table_f64(&out, "rate", 0), 0.8);
	ck_assert(table_null(&out, "rate", 1) && table_null(&out, "raw_rate", 1) &&
			table_null(&out, "cover", 1));
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(groups_below_min_units_are_no_part_of_the_standard_population)
{
	cstn_compare_options options = CSTN_COMPARE_OPTIONS_INIT;
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table out;

	fixture_init(&fixture, "", "carrier distance");
	fixture_perfect_of(fixture_group(&fixture, "A", "far"), 50, 100);
	fixture_perfect_of(fixture_group(&fixture, "A", "near"), 100, 100);
	fixture_perfect_of(fixture_group(&fixture, "B", "far"), 10, 20);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	options.min_units = 21;
	standardise(&out, result, 0, 1, &options);
	ck_assert_double_eq(table_f64(&out, "rate", 0), 0.75);
	ck_assert(table_null(&out, "rate", 1));
	ck_assert_double_eq(table_f64(&out, "raw_rate", 1), 0.5);
	table_free(&out);
	options.min_units = 20;
	options.min_cover_ppm = 1;
	standardise(&out, result, 0, 1, &options);
	ck_assert_double_eq_tol(table_f64(&out, "rate", 0), (120 * 0.5 + 100) / 220, 1e-15);
	ck_assert_double_eq(table_f64(&out, "cover", 1), 120.0 / 220.0);
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(rate_without_variance_has_all_its_units_behind_it)
{
	cstn_perfect_order_result *result;
	double low, high;
	result_fixture fixture;
	read_table out;

	fixture_init(&fixture, "", "carrier distance");
	fixture_perfect_of(fixture_group(&fixture, "A", "far"), 29, 29);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	standardise(&out, result, 0, 1, NULL);
	ck_assert_double_eq(table_f64(&out, "rate", 0), 1.0);
	ck_assert_double_eq(table_f64(&out, "variance", 0), 0.0);
	ck_assert_double_eq(table_f64(&out, "n_eff", 0), 29.0);
	cstn__wilson(1.0, 29.0, 1.959963984540054, &low, &high);
	ck_assert_double_eq_tol(table_f64(&out, "low", 0), 0.883030201500, 5e-13);
	ck_assert_double_eq(table_f64(&out, "high", 0), 1.0);
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(other_dimensions_are_summed_over)
{
	cstn_perfect_order_result *result;
	cstn__key_value *keys;
	result_fixture fixture;
	read_table out;
	size_t i;

	/* Simpson's carriers again, with each cell split by a first dimension "channel". */
	fixture_init(&fixture, "", "channel carrier distance");
	for (i = 0; i < 2; i++) {
		fixture_perfect_of(fixture_group(&fixture, i ? "web" : "edi", "A"), 360, 450);
		fixture_perfect_of(fixture_group(&fixture, i ? "web" : "edi", "A"), 95 * (int64_t)i,
				100 * (int64_t)i);
		fixture_perfect_of(fixture_group(&fixture, i ? "web" : "edi", "B"), 39, 50);
		fixture_perfect_of(fixture_group(&fixture, i ? "web" : "edi", "B"), i ? 437 : 400,
				450);
	}
	for (i = 0; i < 8; i++) {
		keys = &fixture.keys[i * 3];
		keys[2].kind = CSTN__KEY_VALUE;
		keys[2].text = i % 2 ? "near" : "far";
		keys[2].len = i % 2 ? 4 : 3;
	}
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	standardise(&out, result, 1, 2, NULL);
	ck_assert_int_eq(out.rows, 2);
	ck_assert(!table_has(&out, "channel"));
	ck_assert_str_eq(table_text(&out, "carrier", 1), "B");
	ck_assert_double_eq_tol(table_f64(&out, "rate", 0), 0.875, 1e-15);
	ck_assert_double_eq_tol(table_f64(&out, "rate", 1), 0.855, 1e-15);
	ck_assert_double_eq_tol(table_f64(&out, "n_eff", 1), 277.297297297, 5e-10);
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(weighted_rates_are_standardised_without_an_interval)
{
	cstn_perfect_order_result *result;
	result_fixture fixture;
	size_t i;
	read_table out;

	fixture_init(&fixture, "weight=quantity", "carrier distance");
	fixture_perfect_of(fixture_group(&fixture, "A", "far"), 720, 900);
	fixture_perfect_of(fixture_group(&fixture, "A", "near"), 95, 100);
	fixture_perfect_of(fixture_group(&fixture, "B", "far"), 78, 100);
	fixture_perfect_of(fixture_group(&fixture, "B", "near"), 837, 900);
	for (i = 0; i < 4; i++) {
		fixture.counts[i].weight[0] = 10 * fixture.counts[i].pattern[0];
		fixture.counts[i].weight[1] = 10 * fixture.counts[i].pattern[1];
	}
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	standardise(&out, result, 0, 1, NULL);
	ck_assert_double_eq_tol(table_f64(&out, "rate", 0), 0.875, 1e-15);
	ck_assert(table_null(&out, "low", 0) && table_null(&out, "variance", 0) &&
			table_null(&out, "n_eff", 0));
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(standardised_table_has_its_columns)
{
	cstn_perfect_order_result *result;
	char text[512];
	result_fixture fixture;
	read_table out;

	result = fixture_simpson(&fixture, "");
	standardise(&out, result, 1, 0, NULL);
	table_schema_text(&out, text, sizeof text);
	ck_assert_str_eq(text, "distance:u? mixed:i rate:g? low:g? high:g? variance:g? n_eff:g? "
			       "cover:g? raw_rate:g? policy:u as_of:tsu:UTC z:g");
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

static void refuse_standardise(
		result_fixture *fixture, size_t group, size_t stratum, cstn_status status)
{
	cstn_perfect_order_result *result = fixture_result(fixture);
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_perfect_order_standardise(
					 result, group, stratum, NULL, &stream, &error),
			status);
	ck_assert_int_eq(cstn_error_code(error), status);
	cstn_error_free(error);
	cstn_perfect_order_result_unref(result);
}

START_TEST(standardise_refuses_what_would_count_twice)
{
	result_fixture fixture;

	cstn_perfect_order_result_unref(fixture_simpson(&fixture, ""));
	refuse_standardise(&fixture, 0, 0, CSTN_E_INVALID_ARGUMENT);
	refuse_standardise(&fixture, 0, 2, CSTN_E_INVALID_ARGUMENT);
	refuse_standardise(&fixture, 2, 0, CSTN_E_INVALID_ARGUMENT);
	fixture.folded.flags = CSTN_PERFECT_ORDER_EACH;
	fixture.folded.total.pattern[0]--; /* one order has lines both near and far */
	refuse_standardise(&fixture, 0, 1, CSTN_E_UNSUPPORTED);
	fixture_total(&fixture);
	fixture.folded.flags = CSTN_PERFECT_ORDER_ROLLUP;
	refuse_standardise(&fixture, 0, 1, CSTN_E_INVALID_ARGUMENT);
	fixture_free(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("perfect_order_standardise");
	TCase *tests = tcase_create("perfect_order_standardise");

	tcase_add_test(tests, standardised_rates_undo_simpsons_trap);
	tcase_add_test(tests, standardised_groups_can_be_ordered_by_lower_limit);
	tcase_add_test(tests, stratum_that_a_group_lacks_is_dropped_and_the_cover_told);
	tcase_add_test(tests, group_that_covers_too_little_has_no_standardised_rate);
	tcase_add_test(tests, group_without_counted_units_standardises_to_null);
	tcase_add_test(tests, groups_below_min_units_are_no_part_of_the_standard_population);
	tcase_add_test(tests, rate_without_variance_has_all_its_units_behind_it);
	tcase_add_test(tests, other_dimensions_are_summed_over);
	tcase_add_test(tests, weighted_rates_are_standardised_without_an_interval);
	tcase_add_test(tests, standardised_table_has_its_columns);
	tcase_add_test(tests, standardise_refuses_what_would_count_twice);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
