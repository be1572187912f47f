#include <check.h>
#include <math.h>
#include <string.h>

#include "base/stats.h"
#include "result_fixture.h"
#include "suite.h"

static void perfect_of(cstn__group_counts *counts, int64_t perfect, int64_t units)
{
	counts->pattern[0] = perfect;
	counts->pattern[1] = units - perfect;
}

static void compare(read_table *out, const cstn_perfect_order_result *result,
		const cstn_compare_options *options)
{
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status = cstn_perfect_order_compare(result, options, &stream, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	table_read(out, &stream);
}

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

/* --- comparison */

static cstn_perfect_order_result *six_carriers(result_fixture *fixture)
{
	fixture_init(fixture, "", "carrier");
	perfect_of(fixture_group(fixture, "A", NULL), 3910, 4094);
	perfect_of(fixture_group(fixture, "B", NULL), 15, 15);
	perfect_of(fixture_group(fixture, "C", NULL), 3700, 4000);
	perfect_of(fixture_group(fixture, "D", NULL), 930, 1000);
	perfect_of(fixture_group(fixture, "E", NULL), 0, 0);
	perfect_of(fixture_group(fixture, "F", NULL), 45, 50);
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
	perfect_of(fixture_group(&fixture, "A", NULL), 560, 700);
	perfect_of(fixture_group(&fixture, "B", NULL), 48, 80);
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
	perfect_of(fixture_group(&fixture, "A", NULL), 48, 80);
	perfect_of(fixture_group(&fixture, "B", NULL), 56, 70);
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
	perfect_of(fixture_group(&fixture, "A", NULL), 9, 10);
	perfect_of(fixture_group(&fixture, "B", NULL), 9000, 10000);
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
	perfect_of(fixture_group(&fixture, "A", NULL), 1000000000, 1000000000);
	perfect_of(fixture_group(&fixture, "B", NULL), 0, 1000000000);
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
	perfect_of(fixture_group(&fixture, "A", "x"), 8, 10);
	perfect_of(fixture_group(&fixture, "A", "y"), 9, 10);
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
		perfect_of(counts, 9, 10);
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

/* --- standardisation */

static cstn_perfect_order_result *simpson(result_fixture *fixture, const char *policy)
{
	fixture_init(fixture, policy, "carrier distance");
	perfect_of(fixture_group(fixture, "A", "far"), 720, 900);
	perfect_of(fixture_group(fixture, "A", "near"), 95, 100);
	perfect_of(fixture_group(fixture, "B", "far"), 78, 100);
	perfect_of(fixture_group(fixture, "B", "near"), 837, 900);
	fixture_total(fixture);
	return fixture_result(fixture);
}

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

	result = simpson(&fixture, "");
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
	result = simpson(&fixture, "");
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
	perfect_of(fixture_group(fixture, "A", "far"), 200, 250);
	perfect_of(fixture_group(fixture, "A", "mid"), 20, mid);
	perfect_of(fixture_group(fixture, "A", "near"), 200, 250);
	perfect_of(fixture_group(fixture, "B", "far"), 180, 200);
	fixture_group(fixture, "B", "mid")->pending = 4;
	perfect_of(fixture_group(fixture, "B", "near"), 225, 250);
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
	perfect_of(fixture_group(&fixture, "A", "far"), 8, 10);
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
	perfect_of(fixture_group(&fixture, "A", "far"), 50, 100);
	perfect_of(fixture_group(&fixture, "A", "near"), 100, 100);
	perfect_of(fixture_group(&fixture, "B", "far"), 10, 20);
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
	perfect_of(fixture_group(&fixture, "A", "far"), 29, 29);
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
		perfect_of(fixture_group(&fixture, i ? "web" : "edi", "A"), 360, 450);
		perfect_of(fixture_group(&fixture, i ? "web" : "edi", "A"), 95 * (int64_t)i,
				100 * (int64_t)i);
		perfect_of(fixture_group(&fixture, i ? "web" : "edi", "B"), 39, 50);
		perfect_of(fixture_group(&fixture, i ? "web" : "edi", "B"), i ? 437 : 400, 450);
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
	perfect_of(fixture_group(&fixture, "A", "far"), 720, 900);
	perfect_of(fixture_group(&fixture, "A", "near"), 95, 100);
	perfect_of(fixture_group(&fixture, "B", "far"), 78, 100);
	perfect_of(fixture_group(&fixture, "B", "near"), 837, 900);
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

	result = simpson(&fixture, "");
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

	cstn_perfect_order_result_unref(simpson(&fixture, ""));
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

	result = simpson(&fixture, "");
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
	TCase *tests = tcase_create("compare");

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
	tcase_add_test(tests, options_out_of_range_are_errors);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
