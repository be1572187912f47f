#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
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

/* --- groups and roll-up */

static void four_groups(result_fixture *fixture, const char *policy)
{
	fixture_init(fixture, policy, "carrier lane");
	fixture_perfect_of(fixture_group(fixture, "Air", "AB"), 8, 10);
	fixture_perfect_of(fixture_group(fixture, "Air", "CD"), 5, 10);
	fixture_perfect_of(fixture_group(fixture, "Sea", "AB"), 1, 2);
	fixture_perfect_of(fixture_group(fixture, "Sea", "EF"), 3, 4);
	fixture_total(fixture);
}

START_TEST(rollup_puts_each_subtotal_after_its_groups_and_the_total_last)
{
	static const struct {
		const char *carrier, *lane;
		int64_t perfect, units, rolled_up;
	} expected[] = {{"Air", "AB", 8, 10, 0}, {"Air", "CD", 5, 10, 0},
			{"Air", "(all)", 13, 20, 2}, {"Sea", "AB", 1, 2, 0}, {"Sea", "EF", 3, 4, 0},
			{"Sea", "(all)", 4, 6, 2}, {"(all)", "(all)", 17, 26, 3}};
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table rates;
	int64_t i;

	four_groups(&fixture, "");
	fixture.folded.flags = CSTN_PERFECT_ORDER_ROLLUP;
	result = fixture_result(&fixture);
	ck_assert_uint_eq(cstn_perfect_order_result_count(result), 7);
	table_of(&rates, result, CSTN_TABLE_RATES);
	for (i = 0; i < 7; i++) {
		ck_assert_str_eq(cstn_perfect_order_result_key(result, (size_t)i, 0),
				expected[i].carrier);
		ck_assert_str_eq(cstn_perfect_order_result_key(result, (size_t)i, 1),
				expected[i].lane);
		ck_assert_int_eq(table_i64(&rates, "numerator", i), expected[i].perfect);
		ck_assert_int_eq(table_i64(&rates, "denominator", i), expected[i].units);
		ck_assert_int_eq(table_i64(&rates, "rolled_up", i), expected[i].rolled_up);
		ck_assert_int_eq(table_null(&rates, "lane", i),
				strcmp(expected[i].lane, "(all)") == 0);
		ck_assert_int_eq(table_null(&rates, "carrier", i),
				strcmp(expected[i].carrier, "(all)") == 0);
	}
	table_free(&rates);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(without_rollup_there_are_groups_and_the_total_by_its_index)
{
	cstn_perfect_order_result *result;
	cstn_rate rate = CSTN_RATE_INIT;
	result_fixture fixture;

	four_groups(&fixture, "");
	result = fixture_result(&fixture);
	ck_assert_uint_eq(cstn_perfect_order_result_count(result), 4);
	ck_assert_int_eq(cstn_perfect_order_result_rate(result, CSTN_GROUP_TOTAL, &rate, NULL),
			CSTN_OK);
	ck_assert_int_eq(rate.numerator, 17);
	ck_assert_int_eq(rate.denominator, 26);
	ck_assert_str_eq(cstn_perfect_order_result_key(result, CSTN_GROUP_TOTAL, 1), "(all)");
	ck_assert_ptr_null(cstn_perfect_order_result_key(result, 4, 0));
	ck_assert_ptr_null(cstn_perfect_order_result_key(result, 0, 2));
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(orders_counted_in_each_group_are_counted_once_in_the_total)
{
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table rates;

	four_groups(&fixture, "");
	fixture.folded.flags = CSTN_PERFECT_ORDER_ROLLUP | CSTN_PERFECT_ORDER_EACH;
	memset(&fixture.folded.total, 0, sizeof fixture.folded.total);
	fixture_perfect_of(&fixture.folded.total, 9, 14);
	result = fixture_result(&fixture);
	table_of(&rates, result, CSTN_TABLE_RATES);
	ck_assert_int_eq(rates.rows, 5);
	ck_assert_int_eq(table_i64(&rates, "rolled_up", 3), 0);
	ck_assert_int_eq(table_i64(&rates, "rolled_up", 4), 3);
	ck_assert_int_eq(table_i64(&rates, "denominator", 4), 14);
	table_free(&rates);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(subtotal_has_the_design_effect_when_no_order_straddles_groups)
{
	cstn_perfect_order_result *result;
	cstn__group_counts *counts;
	result_fixture fixture;
	read_table rates;

	fixture_init(&fixture, "level=line", "carrier lane");
	fixture.folded.flags = CSTN_PERFECT_ORDER_ROLLUP;
	counts = fixture_group(&fixture, "Air", "AB");
	fixture_order(counts, 3, 3);
	fixture_order(counts, 5, 4);
	fixture_order(counts, 1, 0);
	counts = fixture_group(&fixture, "Air", "CD");
	fixture_order(counts, 4, 4);
	fixture_order(counts, 2, 1);
	fixture_order(counts, 6, 3);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	table_of(&rates, result, CSTN_TABLE_RATES);
	ck_assert_int_eq(rates.rows, 4);
	ck_assert_double_eq_tol(table_f64(&rates, "design_effect", 2), 1.28, 1e-14);
	ck_assert_double_eq_tol(table_f64(&rates, "design_effect", 3), 1.28, 1e-14);
	table_free(&rates);
	cstn_perfect_order_result_unref(result);
	/* Two of the six were one order. */
	fixture.folded.total.clusters = 5;
	result = fixture_result(&fixture);
	table_of(&rates, result, CSTN_TABLE_RATES);
	ck_assert(!table_null(&rates, "design_effect", 0));
	ck_assert(table_null(&rates, "design_effect", 2));
	ck_assert(!table_null(&rates, "design_effect", 3));
	table_free(&rates);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(null_and_mixed_keys_are_null_and_told_apart_by_a_bit)
{
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table rates;

	fixture_init(&fixture, "", "carrier lane");
	fixture_perfect_of(fixture_group(&fixture, "", "AB"), 1, 1);
	fixture_perfect_of(fixture_group(&fixture, NULL, "AB"), 1, 1);
	fixture_perfect_of(fixture_group(&fixture, NULL, "*"), 1, 1);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	ck_assert_str_eq(cstn_perfect_order_result_key(result, 0, 0), "");
	ck_assert_ptr_null(cstn_perfect_order_result_key(result, 1, 0));
	ck_assert_str_eq(cstn_perfect_order_result_key(result, 2, 1), "(mixed)");
	table_of(&rates, result, CSTN_TABLE_RATES);
	ck_assert(!table_null(&rates, "carrier", 0));
	ck_assert(table_null(&rates, "carrier", 1) && table_null(&rates, "lane", 2));
	ck_assert_int_eq(table_i64(&rates, "mixed", 1), 0);
	ck_assert_int_eq(table_i64(&rates, "mixed", 2), 2);
	table_free(&rates);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

static const struct {
	int32_t period, type;
	int64_t number;
	const char *text;
} periods[] = {
		{0, CSTN_TYPE_INT64, -17, "-17"},
		{0, CSTN_TYPE_FLAG, 1, "true"},
		{0, CSTN_TYPE_FLAG, 0, "false"},
		{0, CSTN_TYPE_DAYS, 17595, "2018-03-05"},
		{CSTN__PERIOD_DAY, CSTN_TYPE_DAYS, 17595, "2018-03-05"},
		{CSTN__PERIOD_DAY, CSTN_TYPE_DAYS, -1, "1969-12-31"},
		{CSTN__PERIOD_WEEK, CSTN_TYPE_DAYS, 17595, "2018-W10"},
		{CSTN__PERIOD_WEEK, CSTN_TYPE_DAYS, 17896, "2019-W01"}, /* from 2018-12-31 */
		{CSTN__PERIOD_WEEK, CSTN_TYPE_DAYS, 16797, "2015-W53"}, /* from 2015-12-28 */
		{CSTN__PERIOD_MONTH, CSTN_TYPE_DAYS, 17591, "2018-03"},
		{CSTN__PERIOD_QUARTER, CSTN_TYPE_DAYS, 17532, "2018-Q1"},
		{CSTN__PERIOD_QUARTER, CSTN_TYPE_DAYS, 17805, "2018-Q4"},
		{CSTN__PERIOD_YEAR, CSTN_TYPE_DAYS, 17532, "2018"},
		{CSTN__PERIOD_WEEKDAY, CSTN_TYPE_INT64, 7, "7"},
};

START_TEST(keys_of_numbers_and_periods_have_their_usual_text)
{
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table rates;

	fixture_init(&fixture, "", "dimension");
	fixture.dimensions[0].period = periods[_i].period;
	fixture.dimensions[0].type = periods[_i].type;
	fixture_perfect_of(fixture_group(&fixture, NULL, NULL), 1, 1);
	fixture_number(&fixture, 0, 0, periods[_i].number);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	ck_assert_str_eq(cstn_perfect_order_result_key(result, 0, 0), periods[_i].text);
	table_of(&rates, result, CSTN_TABLE_RATES);
	ck_assert_int_eq(table_i64(&rates, "dimension", 0), periods[_i].number);
	table_free(&rates);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

/* --- causes and exclusions */

START_TEST(causes_are_listed_by_failures_and_the_rest_is_unknown)
{
	static const struct {
		const char *component, *cause, *owner;
		int64_t failures;
	} expected[] = {{"T", "weather", "carrier", 40}, {"T", "unknown", "unknown", 36},
			{"T", "no stock", "supplier", 25}, {"T", "unknown", "warehouse", 15},
			{"F", "unknown", "unknown", 80}, {"D", "lost", "own_office", 20},
			{"D", "typing", "own_office", 12}, {"C", "unknown", "unknown", 40}};
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table causes;
	int64_t i;

	fixture_init(&fixture, "", "");
	fill(fixture_group(&fixture, NULL, NULL), histogram);
	fixture_cause(&fixture, 0, 1, "weather", CSTN_OWNER_CARRIER, 40);
	fixture_cause(&fixture, 0, 1, "no stock", CSTN_OWNER_SUPPLIER, 25);
	fixture_cause(&fixture, 0, 1, NULL, CSTN_OWNER_WAREHOUSE, 15);
	fixture_cause(&fixture, 0, 1, "", CSTN_OWNER_UNKNOWN, 6);
	fixture_cause(&fixture, 0, 4, "lost", CSTN_OWNER_OWN_OFFICE, 20);
	fixture_cause(&fixture, 0, 4, "typing", CSTN_OWNER_OWN_OFFICE, 12);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	table_of(&causes, result, CSTN_TABLE_CAUSES);
	ck_assert_int_eq(causes.rows, 8);
	for (i = 0; i < 8; i++) {
		ck_assert_str_eq(table_text(&causes, "component", i), expected[i].component);
		ck_assert_str_eq(table_text(&causes, "cause", i), expected[i].cause);
		ck_assert_str_eq(table_text(&causes, "owner", i), expected[i].owner);
		ck_assert_int_eq(table_i64(&causes, "failures", i), expected[i].failures);
	}
	table_free(&causes);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(causes_of_a_subtotal_are_added_up)
{
	static const int64_t late[16] = {0, 10};
	cstn_perfect_order_result *result;
	result_fixture fixture;
	read_table causes;

	fixture_init(&fixture, "", "carrier lane");
	fixture.folded.flags = CSTN_PERFECT_ORDER_ROLLUP;
	fill(fixture_group(&fixture, "Air", "AB"), late);
	fill(fixture_group(&fixture, "Air", "CD"), late);
	fixture_cause(&fixture, 0, 1, "fog", CSTN_OWNER_CARRIER, 7);
	fixture_cause(&fixture, 0, 1, "ice", CSTN_OWNER_CARRIER, 3);
	fixture_cause(&fixture, 1, 1, "ice", CSTN_OWNER_CARRIER, 9);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	table_of(&causes, result, CSTN_TABLE_CAUSES);
	/* fog 7, ice 3 | ice 9, unknown 1 | ice 12, fog 7, unknown 1 | the same */
	ck_assert_int_eq(causes.rows, 10);
	ck_assert_str_eq(table_text(&causes, "lane", 3), "CD");
	ck_assert_str_eq(table_text(&causes, "cause", 3), "unknown");
	ck_assert_str_eq(table_text(&causes, "cause", 4), "ice");
	ck_assert_int_eq(table_i64(&causes, "failures", 4), 12);
	ck_assert_int_eq(table_i64(&causes, "rolled_up", 4), 2);
	ck_assert_str_eq(table_text(&causes, "cause", 5), "fog");
	ck_assert_int_eq(table_i64(&causes, "failures", 6), 1);
	ck_assert_int_eq(table_i64(&causes, "rolled_up", 7), 3);
	ck_assert_int_eq(table_i64(&causes, "failures", 7), 12);
	table_free(&causes);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(more_causes_than_failures_are_corrupt)
{
	static const int64_t late[16] = {0, 10};
	result_fixture fixture;

	fixture_init(&fixture, "", "");
	fill(fixture_group(&fixture, NULL, NULL), late);
	fixture_cause(&fixture, 0, 1, "fog", CSTN_OWNER_CARRIER, 11);
	fixture_total(&fixture);
	assert_refused(&fixture, CSTN_E_CORRUPT);
}
END_TEST

START_TEST(exclusions_name_the_reasons_that_occur)
{
	cstn_perfect_order_result *result;
	cstn__group_counts *counts;
	result_fixture fixture;
	read_table exclusions;

	fixture_init(&fixture, "", "carrier");
	counts = fixture_group(&fixture, "Air", NULL);
	counts->reason[CSTN_REASON_BAD_INPUT] = 4;
	counts->reason[CSTN_REASON_CANCELLED_BY_CUSTOMER] = 2;
	counts->pending = 5;
	counts->provisional = 6;
	counts->pattern[0] = 7;
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	table_of(&exclusions, result, CSTN_TABLE_EXCLUSIONS);
	ck_assert_int_eq(exclusions.rows, 2);
	ck_assert_str_eq(table_text(&exclusions, "reason", 0), "cancelled_by_customer");
	ck_assert_int_eq(table_i64(&exclusions, "units", 0), 2);
	ck_assert_str_eq(table_text(&exclusions, "reason", 1), "bad_input");
	ck_assert_int_eq(table_i64(&exclusions, "units", 1), 4);
	ck_assert_int_eq(cstn_perfect_order_result_excluded(result, 0, 0), 6);
	ck_assert_int_eq(cstn_perfect_order_result_excluded(result, 0, CSTN_REASON_BAD_INPUT), 4);
	ck_assert_int_eq(cstn_perfect_order_result_pending(result, 0), 5);
	ck_assert_int_eq(cstn_perfect_order_result_provisional(result, 0), 6);
	table_free(&exclusions);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

/* --- exports */

#define FRAME_BEGIN "carrier:u? month(due):tdD? level:l? mixed:i rolled_up:i "
#define FRAME_END " policy:u as_of:tsu:UTC z:g"
static const char *const schemas[] = {
		FRAME_BEGIN "numerator:l denominator:l rate:g? low:g? high:g? design_effect:g? "
			    "n_eff:g? cluster_low:g? cluster_high:g? pending:l provisional:l "
			    "excluded:l units:l h0:l? h1:l? h2:l? h3:l? h4:l? h5:l? h6:l? h7:l? "
			    "h8:l? h9:l? h10:l? h11:l? h12:l? h13:l? h14:l? h15:l?" FRAME_END,
		FRAME_BEGIN "component:u failures:l only_failures:l component_rate:g? low:g? "
			    "high:g? shared_twelfths:l" FRAME_END,
		FRAME_BEGIN "component:u cause:u owner:u failures:l" FRAME_END,
		FRAME_BEGIN "components:u numerator:l denominator:l rate:g? gain:g?" FRAME_END,
		FRAME_BEGIN "reason:u units:l" FRAME_END,
};

START_TEST(tables_have_their_columns)
{
	cstn_perfect_order_result *result;
	char text[1024];
	result_fixture fixture;
	read_table out;

	fixture_init(&fixture, "", "carrier month(due) level");
	fixture.dimensions[1].period = CSTN__PERIOD_MONTH;
	fixture.dimensions[1].type = CSTN_TYPE_DAYS;
	fixture.dimensions[2].type = CSTN_TYPE_INT64;
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	table_of(&out, result, _i + 1);
	table_schema_text(&out, text, sizeof text);
	ck_assert_str_eq(text, schemas[_i]);
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(dimensions_without_data_still_have_a_type)
{
	cstn_perfect_order_result *result;
	char text[1024];
	result_fixture fixture;
	read_table out;

	fixture_init(&fixture, "", "carrier month(due) weekday(due)");
	fixture.dimensions[0].type = 0;
	fixture.dimensions[1].type = 0;
	fixture.dimensions[1].period = CSTN__PERIOD_MONTH;
	fixture.dimensions[2].type = 0;
	fixture.dimensions[2].period = CSTN__PERIOD_WEEKDAY;
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	table_of(&out, result, CSTN_TABLE_EXCLUSIONS);
	table_schema_text(&out, text, sizeof text);
	ck_assert_str_eq(text,
			"carrier:u? month(due):tdD? weekday(due):l? mixed:i rolled_up:i reason:u "
			"units:l" FRAME_END);
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(every_row_says_policy_as_of_and_z)
{
	result_fixture fixture;
	cstn_perfect_order_result *result = loss_tree(&fixture);
	read_table out;
	int64_t row;

	table_of(&out, result, _i + 1);
	for (row = 0; row < out.rows; row++) {
		ck_assert_str_eq(table_text(&out, "policy", row),
				"70a6437a3775bd759b18f8e1ab3ba82464a401e509c791bc8c8d0df62b2fc35a");
		ck_assert_int_eq(table_i64(&out, "as_of", row), FIXTURE_AS_OF);
		ck_assert_double_eq_tol(table_f64(&out, "z", row), 1.959963984540054, 5e-16);
	}
	table_free(&out);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

START_TEST(stream_outlives_its_result)
{
	result_fixture fixture;
	cstn_perfect_order_result *result = loss_tree(&fixture);
	struct ArrowArrayStream stream;
	read_table levers;

	ck_assert_int_eq(cstn_perfect_order_result_export(result, CSTN_TABLE_LEVERS, &stream, NULL),
			CSTN_OK);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
	table_read(&levers, &stream);
	ck_assert_str_eq(table_text(&levers, "components", 14), "C");
	table_free(&levers);
}
END_TEST

START_TEST(dimension_named_like_a_column_is_a_schema_error)
{
	static const char *const names[] = {"rate", "mixed", "rolled_up", "policy", "h7"};
	cstn_perfect_order_result *result;
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	result_fixture fixture;

	fixture_init(&fixture, "", names[_i]);
	fixture_total(&fixture);
	result = fixture_result(&fixture);
	ck_assert_int_eq(
			cstn_perfect_order_result_export(result, CSTN_TABLE_RATES, &stream, &error),
			CSTN_E_SCHEMA);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), names[_i]));
	cstn_error_free(error);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

/* --- arguments */

START_TEST(arguments_out_of_range_are_errors)
{
	result_fixture fixture;
	cstn_perfect_order_result *result = loss_tree(&fixture);
	cstn_rate rate = CSTN_RATE_INIT;
	struct ArrowArrayStream stream;

	ck_assert_int_eq(cstn_perfect_order_result_rate(result, 1, &rate, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_perfect_order_result_rate(NULL, 0, &rate, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_perfect_order_result_rate(result, 0, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_perfect_order_result_component(result, 0, 0, &rate, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_perfect_order_result_component(result, 0, 3, &rate, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_perfect_order_result_component(result, 0, 16, &rate, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_perfect_order_result_lever(result, 0, 0, &rate, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_perfect_order_result_lever(result, 0, 16, &rate, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_perfect_order_result_export(result, 0, &stream, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_perfect_order_result_export(result, 6, &stream, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_perfect_order_result_export(result, 1, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_double_eq(rate.value, 0.0); /* untouched */
	ck_assert_int_eq(cstn_perfect_order_result_pattern(result, 0, 16), -1);
	ck_assert_int_eq(cstn_perfect_order_result_pattern(result, 1, 0), -1);
	ck_assert_int_eq(cstn_perfect_order_result_excluded(result, 0, CSTN_REASON_COUNT), -1);
	ck_assert_int_eq(cstn_perfect_order_result_excluded(result, 0, -1), -1);
	ck_assert_int_eq(cstn_perfect_order_result_pending(result, 1), -1);
	ck_assert_int_eq(cstn_perfect_order_result_provisional(result, 1), -1);
	cstn_perfect_order_result_unref(result);
	cstn_perfect_order_result_unref(NULL);
	fixture_free(&fixture);
}
END_TEST

START_TEST(finish_of_no_state_is_an_error)
{
	cstn_perfect_order_result *result = NULL;

	ck_assert_int_eq(cstn_perfect_order_finish(NULL, &result, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(result);
}
END_TEST

START_TEST(result_tells_its_policy_and_as_of_time)
{
	result_fixture fixture;
	cstn_perfect_order_result *result = loss_tree(&fixture);

	ck_assert_ptr_eq(cstn_perfect_order_result_policy(result), fixture.folded.policy);
	ck_assert_int_eq(cstn_perfect_order_result_as_of_us(result), FIXTURE_AS_OF);
	ck_assert_ptr_eq(cstn_perfect_order_result_ref(result), result);
	cstn_perfect_order_result_unref(result);
	ck_assert_uint_eq(cstn_perfect_order_result_count(result), 1);
	cstn_perfect_order_result_unref(result);
	fixture_free(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("perfect_order_tables");
	TCase *tests = tcase_create("tables");

	tcase_add_test(tests, rollup_puts_each_subtotal_after_its_groups_and_the_total_last);
	tcase_add_test(tests, without_rollup_there_are_groups_and_the_total_by_its_index);
	tcase_add_test(tests, orders_counted_in_each_group_are_counted_once_in_the_total);
	tcase_add_test(tests, subtotal_has_the_design_effect_when_no_order_straddles_groups);
	tcase_add_test(tests, null_and_mixed_keys_are_null_and_told_apart_by_a_bit);
	tcase_add_loop_test(tests, keys_of_numbers_and_periods_have_their_usual_text, 0,
			(int)(sizeof periods / sizeof periods[0]));
	tcase_add_test(tests, causes_are_listed_by_failures_and_the_rest_is_unknown);
	tcase_add_test(tests, causes_of_a_subtotal_are_added_up);
	tcase_add_test(tests, more_causes_than_failures_are_corrupt);
	tcase_add_test(tests, exclusions_name_the_reasons_that_occur);
	tcase_add_loop_test(tests, tables_have_their_columns, 0, 5);
	tcase_add_test(tests, dimensions_without_data_still_have_a_type);
	tcase_add_loop_test(tests, every_row_says_policy_as_of_and_z, 0, 5);
	tcase_add_test(tests, stream_outlives_its_result);
	tcase_add_loop_test(tests, dimension_named_like_a_column_is_a_schema_error, 0, 5);
	tcase_add_test(tests, arguments_out_of_range_are_errors);
	tcase_add_test(tests, finish_of_no_state_is_an_error);
	tcase_add_test(tests, result_tells_its_policy_and_as_of_time);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
