/* Results: the loss tree, levers, and groups of nothing. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/stats.h"
#include "result_fixture.h"
#include "suite.h"

/* N = 1,000: perfect 820; T 60, F 30, TF 25, D 15, TD 5, FD 2, TFD 3, C 10, TC 8, FC 6, TFC 9, DC
 * 1, TDC 1, FDC 0, TFDC 5. */
static const int64_t histogram[16] = {820, 60, 30, 25, 15, 5, 2, 3, 10, 8, 6, 9, 1, 1, 0, 5};

static void fill(cstn__group_counts *counts, const int64_t *patterns)
{
	memcpy(counts->pattern, patterns, 16 * sizeof *patterns);
}

static cstn_perfect_order_result *loss_tree(result_fixture *fixture)
{
	fixture_init(fixture, "", "");
	fill(fixture_group(fixture, NULL, NULL), histogram);
	fixture_total(fixture);
	return fixture_result(fixture);
}

static cstn_rate lever(const cstn_perfect_order_result *result, uint32_t set)
{
	cstn_rate rate = CSTN_RATE_INIT;

	ck_assert_int_eq(
			cstn_perfect_order_result_lever(result, CSTN_GROUP_TOTAL, set, &rate, NULL),
			CSTN_OK);
	return rate;
}

/* --- the loss tree */

START_TEST(rate_of_the_loss_tree_has_its_wilson_interval)
{
	result_fixture fixture;
	cstn_perfect_order_result *result = loss_tree(&fixture);
	cstn_rate rate = CSTN_RATE_INIT;

	ck_assert_int_eq(cstn_perfect_order_result_rate(result, 0, &rate, NULL), CSTN_OK);
	ck_assert_int_eq(rate.numerator, 820);
	ck_assert_int_eq(rate.denominator, 1000);
	ck_assert_uint_eq(rate.valid, CSTN_RATE_HAS_VALUE | CSTN_RATE_HAS_INTERVAL);
	ck_assert_double_eq(rate.value, 0.82);
	ck_assert_double_eq_tol(rate.low, 0.794977767098, 5e-13);
	ck_assert_double_eq_tol(rate.high, 0.842573107471, 5e-13);
	ck_assert_double_eq_tol(rate.z, 1.959963984540054, 5e-16);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(losses_hold_rate_failures_only_failures_and_shared_twelfths)
{
	static const struct {
		const char *component;
		double rate;
		int64_t failures, only, twelfths;
	} expected[] = {{"T", 0.884, 116, 60, 1015}, {"F", 0.920, 80, 30, 621},
			{"D", 0.968, 32, 15, 259}, {"C", 0.960, 40, 10, 265}};
	result_fixture fixture;
	cstn_perfect_order_result *result = loss_tree(&fixture);
	int64_t twelfths = 0, i;
	read_table losses;

	table_of(&losses, result, CSTN_TABLE_LOSSES);
	ck_assert_int_eq(losses.rows, 4);
	for (i = 0; i < 4; i++) {
		ck_assert_str_eq(table_text(&losses, "component", i), expected[i].component);
		ck_assert_double_eq(table_f64(&losses, "component_rate", i), expected[i].rate);
		ck_assert_int_eq(table_i64(&losses, "failures", i), expected[i].failures);
		ck_assert_int_eq(table_i64(&losses, "only_failures", i), expected[i].only);
		ck_assert_int_eq(table_i64(&losses, "shared_twelfths", i), expected[i].twelfths);
		twelfths += table_i64(&losses, "shared_twelfths", i);
	}
	ck_assert_int_eq(twelfths, 12 * 180);
	table_free(&losses);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(component_accessor_says_the_same_as_the_table)
{
	static const double rates[] = {0.884, 0.920, 0.968, 0.960};
	result_fixture fixture;
	cstn_perfect_order_result *result = loss_tree(&fixture);
	cstn_rate rate = CSTN_RATE_INIT;
	double low, high;
	uint32_t c;

	for (c = 0; c < 4; c++) {
		ck_assert_int_eq(cstn_perfect_order_result_component(
						 result, 0, 1u << c, &rate, NULL),
				CSTN_OK);
		ck_assert_double_eq(rate.value, rates[c]);
		cstn__wilson(rates[c], 1000, rate.z, &low, &high);
		ck_assert_double_eq(rate.low, low);
		ck_assert_double_eq(rate.high, high);
	}
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

/* By set: T 1, F 2, D 4, C 8. */
static const int64_t fixed[16] = {
		820, 880, 850, 935, 835, 900, 867, 960, 830, 898, 866, 968, 846, 920, 884, 1000};

START_TEST(all_fifteen_levers_have_their_rate)
{
	result_fixture fixture;
	cstn_perfect_order_result *result = loss_tree(&fixture);
	uint32_t set;

	for (set = 1; set < 16; set++) {
		ck_assert_int_eq(lever(result, set).numerator, fixed[set]);
		ck_assert_double_eq(lever(result, set).value, (double)fixed[set] / 1000.0);
	}
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(lever_table_is_sorted_by_gain)
{
	static const char *const order[15] = {"TFDC", "TFC", "TFD", "TF", "TDC", "TD", "TC", "FDC",
			"T", "FD", "FC", "F", "DC", "D", "C"};
	result_fixture fixture;
	cstn_perfect_order_result *result = loss_tree(&fixture);
	read_table levers;
	int64_t i;

	table_of(&levers, result, CSTN_TABLE_LEVERS);
	ck_assert_int_eq(levers.rows, 15);
	for (i = 0; i < 15; i++) {
		ck_assert_str_eq(table_text(&levers, "components", i), order[i]);
		ck_assert_int_eq(table_i64(&levers, "denominator", i), 1000);
		ck_assert_double_eq(table_f64(&levers, "rate", i),
				(double)table_i64(&levers, "numerator", i) / 1000.0);
		ck_assert_double_eq(table_f64(&levers, "gain", i),
				(double)(table_i64(&levers, "numerator", i) - 820) / 1000.0);
	}
	table_free(&levers);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(of_levers_with_equal_gain_the_smaller_set_comes_first)
{
	static const int64_t only_damaged[16] = {5, 0, 0, 0, 0, 0, 0, 0, 5};
	static const char *const order[15] = {"C", "TC", "FC", "DC", "TFC", "TDC", "FDC", "TFDC",
			"T", "F", "D", "TF", "TD", "FD", "TFD"};
	result_fixture fixture;
	cstn_perfect_order_result *result;
	read_table levers;
	int64_t i;

	fixture_init(&fixture, "", "");
	fill(fixture_group(&fixture, NULL, NULL), only_damaged);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	table_of(&levers, result, CSTN_TABLE_LEVERS);
	for (i = 0; i < 15; i++)
		ck_assert_str_eq(table_text(&levers, "components", i), order[i]);
	table_free(&levers);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(components_outside_the_policy_have_no_rate_and_no_rows)
{
	static const int64_t late[16] = {90, 10};
	result_fixture fixture;
	cstn_perfect_order_result *result;
	cstn_rate rate = CSTN_RATE_INIT;
	read_table losses, levers;

	fixture_init(&fixture, "components=T", "");
	fill(fixture_group(&fixture, NULL, NULL), late);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	ck_assert_int_eq(cstn_perfect_order_result_component(
					 result, 0, CSTN_COMPONENT_IN_FULL, &rate, NULL),
			CSTN_OK);
	ck_assert_uint_eq(rate.valid, 0);
	ck_assert_int_eq(rate.denominator, 0);
	table_of(&losses, result, CSTN_TABLE_LOSSES);
	table_of(&levers, result, CSTN_TABLE_LEVERS);
	ck_assert_int_eq(losses.rows, 1);
	ck_assert_int_eq(levers.rows, 1);
	table_free(&losses);
	table_free(&levers);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

/* --- properties over random histograms */

static cstn_perfect_order_result *random_result(result_fixture *fixture, int i, int64_t *sum)
{
	cstn__group_counts *counts;
	uint64_t draw = 0;
	uint32_t p;

	fixture_init(fixture, "", "");
	counts = fixture_group(fixture, NULL, NULL);
	*sum = 0;
	for (p = 0; p < 16; p++) {
		counts->pattern[p] = (int64_t)(cstn__random_u64((uint64_t)i, draw++) % 1000);
		if (cstn__random_u64((uint64_t)i, draw++) % 4 == 0)
			counts->pattern[p] = 0;
		*sum += counts->pattern[p];
	}
	for (p = 1; p < CSTN_REASON_COUNT; p++)
		counts->reason[p] = (int64_t)(cstn__random_u64((uint64_t)i, draw++) % 3);
	counts->pending = (int64_t)(cstn__random_u64((uint64_t)i, draw++) % 50);
	fixture_total(fixture);
	return fixture_result(fixture);
}

START_TEST(fixing_more_components_never_lowers_the_rate)
{
	uint32_t small, large;
	result_fixture fixture;
	int64_t sum;
	int i;

	for (i = 0; i < 1000; i++) {
		cstn_perfect_order_result *result = random_result(&fixture, i, &sum);

		for (small = 1; small < 16; small++)
			for (large = small; large < 16; large++)
				if ((small & ~large) == 0)
					ck_assert_int_le(lever(result, small).numerator,
							lever(result, large).numerator);
		ck_assert_int_eq(lever(result, 15).numerator, sum);
		cstn_perfect_order_result_unref(result);
		fixture_free(&fixture);
	}
}
END_TEST

START_TEST(every_unit_is_in_exactly_one_place)
{
	char name[16];
	result_fixture fixture;
	read_table rates, exclusions;
	int64_t sum, h, excluded, row;
	int i, p;

	for (i = 0; i < 1000; i++) {
		cstn_perfect_order_result *result = random_result(&fixture, i, &sum);

		table_of(&rates, result, CSTN_TABLE_RATES);
		table_of(&exclusions, result, CSTN_TABLE_EXCLUSIONS);
		for (h = 0, p = 0; p < 16; p++) {
			snprintf(name, sizeof name, "h%d", p);
			h += table_i64(&rates, name, 0);
		}
		for (excluded = 0, row = 0; row < exclusions.rows; row++)
			excluded += table_i64(&exclusions, "units", row);
		ck_assert_int_eq(h, sum);
		ck_assert_int_eq(table_i64(&rates, "denominator", 0), sum);
		ck_assert_int_eq(table_i64(&rates, "excluded", 0), excluded);
		ck_assert_int_eq(cstn_perfect_order_result_excluded(result, 0, 0), excluded);
		ck_assert_int_eq(table_i64(&rates, "units", 0),
				h + excluded + table_i64(&rates, "pending", 0));
		table_free(&rates);
		table_free(&exclusions);
		cstn_perfect_order_result_unref(result);
		fixture_free(&fixture);
	}
}
END_TEST

START_TEST(shared_losses_and_causes_add_up_to_the_losses)
{
	int64_t sum, twelfths, row, causes[4];
	read_table losses, table_causes;
	result_fixture fixture;
	int i;

	for (i = 0; i < 1000; i++) {
		cstn_perfect_order_result *result = random_result(&fixture, i, &sum);

		table_of(&losses, result, CSTN_TABLE_LOSSES);
		table_of(&table_causes, result, CSTN_TABLE_CAUSES);
		memset(causes, 0, sizeof causes);
		for (row = 0; row < table_causes.rows; row++)
			causes[strchr("TFDC", table_text(&table_causes, "component", row)[0]) -
					"TFDC"] += table_i64(&table_causes, "failures", row);
		for (twelfths = 0, row = 0; row < 4; row++) {
			ck_assert_int_eq(table_i64(&losses, "failures", row), causes[row]);
			ck_assert_int_le(table_i64(&losses, "only_failures", row), causes[row]);
			twelfths += table_i64(&losses, "shared_twelfths", row);
		}
		ck_assert_int_eq(twelfths,
				12 * (sum - cstn_perfect_order_result_pattern(result, 0, 0)));
		table_free(&losses);
		table_free(&table_causes);
		cstn_perfect_order_result_unref(result);
		fixture_free(&fixture);
	}
}
END_TEST

/* --- no data is not zero */

START_TEST(group_without_counted_units_has_null_rates_everywhere)
{
	result_fixture fixture;
	cstn_perfect_order_result *result;
	cstn_rate rate = CSTN_RATE_INIT;
	cstn__group_counts *counts;
	read_table rates, losses, levers, causes;
	int64_t i;

	fixture_init(&fixture, "", "carrier");
	counts = fixture_group(&fixture, "Air", NULL);
	counts->pending = 3;
	counts->reason[CSTN_REASON_NO_PROMISE] = 2;
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	ck_assert_int_eq(cstn_perfect_order_result_rate(result, 0, &rate, NULL), CSTN_OK);
	ck_assert_uint_eq(rate.valid, 0);
	ck_assert(isnan(rate.value) && isnan(rate.low) && isnan(rate.high));
	ck_assert_int_eq(cstn_perfect_order_result_component(result, 0, 1, &rate, NULL), CSTN_OK);
	ck_assert_uint_eq(rate.valid, 0);
	ck_assert_int_eq(cstn_perfect_order_result_lever(result, 0, 15, &rate, NULL), CSTN_OK);
	ck_assert_uint_eq(rate.valid, 0);
	table_of(&rates, result, CSTN_TABLE_RATES);
	ck_assert_int_eq(rates.rows, 1);
	ck_assert(table_null(&rates, "rate", 0) && table_null(&rates, "low", 0) &&
			table_null(&rates, "high", 0) && table_null(&rates, "design_effect", 0) &&
			table_null(&rates, "n_eff", 0) && table_null(&rates, "cluster_low", 0) &&
			table_null(&rates, "cluster_high", 0));
	ck_assert_int_eq(table_i64(&rates, "units", 0), 5);
	table_of(&losses, result, CSTN_TABLE_LOSSES);
	ck_assert_int_eq(losses.rows, 4);
	for (i = 0; i < 4; i++) {
		ck_assert(table_null(&losses, "component_rate", i));
		ck_assert(table_null(&losses, "low", i) && table_null(&losses, "high", i));
		ck_assert_int_eq(table_i64(&losses, "failures", i), 0);
	}
	table_of(&levers, result, CSTN_TABLE_LEVERS);
	ck_assert_int_eq(levers.rows, 15);
	for (i = 0; i < 15; i++)
		ck_assert(table_null(&levers, "rate", i) && table_null(&levers, "gain", i));
	table_of(&causes, result, CSTN_TABLE_CAUSES);
	ck_assert_int_eq(causes.rows, 0);
	table_free(&rates);
	table_free(&losses);
	table_free(&levers);
	table_free(&causes);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(empty_state_without_dimensions_is_one_null_row)
{
	result_fixture fixture;
	cstn_perfect_order_result *result;
	read_table rates;

	fixture_init(&fixture, "", "");
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	ck_assert_uint_eq(cstn_perfect_order_result_count(result), 1);
	table_of(&rates, result, CSTN_TABLE_RATES);
	ck_assert_int_eq(rates.rows, 1);
	ck_assert(table_null(&rates, "rate", 0));
	table_free(&rates);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(empty_state_with_dimensions_has_no_rows_but_a_total)
{
	result_fixture fixture;
	cstn_perfect_order_result *result;
	cstn_rate rate = CSTN_RATE_INIT;
	read_table out;
	int32_t which;

	fixture_init(&fixture, "", "carrier");
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	ck_assert_uint_eq(cstn_perfect_order_result_count(result), 0);
	for (which = CSTN_TABLE_RATES; which <= CSTN_TABLE_EXCLUSIONS; which++) {
		table_of(&out, result, which);
		ck_assert_int_eq(out.rows, 0);
		ck_assert(table_has(&out, "carrier"));
		table_free(&out);
	}
	ck_assert_int_eq(cstn_perfect_order_result_rate(result, CSTN_GROUP_TOTAL, &rate, NULL),
			CSTN_OK);
	ck_assert_uint_eq(rate.valid, 0);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("perfect_order_result");
	TCase *tests = tcase_create("perfect_order_result");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, rate_of_the_loss_tree_has_its_wilson_interval);
	tcase_add_test(tests, losses_hold_rate_failures_only_failures_and_shared_twelfths);
	tcase_add_test(tests, component_accessor_says_the_same_as_the_table);
	tcase_add_test(tests, all_fifteen_levers_have_their_rate);
	tcase_add_test(tests, lever_table_is_sorted_by_gain);
	tcase_add_test(tests, of_levers_with_equal_gain_the_smaller_set_comes_first);
	tcase_add_test(tests, components_outside_the_policy_have_no_rate_and_no_rows);
	tcase_add_test(tests, fixing_more_components_never_lowers_the_rate);
	tcase_add_test(tests, every_unit_is_in_exactly_one_place);
	tcase_add_test(tests, shared_losses_and_causes_add_up_to_the_losses);
	tcase_add_test(tests, group_without_counted_units_has_null_rates_everywhere);
	tcase_add_test(tests, empty_state_without_dimensions_is_one_null_row);
	tcase_add_test(tests, empty_state_with_dimensions_has_no_rows_but_a_total);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
