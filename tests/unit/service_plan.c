/* The service plan: ratio, effect, tiers, lead times, menu, forms; both sides of every boundary. */
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "suite.h"

#define SEGMENTS                                                                               \
	"segment text\ncustomers int64\nvalue_at_risk int64\nunit_margin double\nholding "     \
	"double\nobsolescence double null\nsalvage double null\nresidual_clv double null\n"    \
	"units_per_failed_order double null\ndemand_mean double null\ndemand_sd double null\n" \
	"lead_time_probability_ppm int64 null\nstage text null\nperfect int64 null\n"          \
	"perfect_of int64 null\nrule text null\n"
#define HEADER                                                                      \
	"segment,customers,value_at_risk,unit_margin,holding,obsolescence,salvage," \
	"residual_clv,units_per_failed_order,demand_mean,demand_sd,"                \
	"lead_time_probability_ppm,stage,perfect,perfect_of,rule\n"
#define EVIDENCE                                                                                \
	"segment text\nstratum int64 null\nperfect int64\nperfect_repeat int64\nfailed int64\n" \
	"failed_repeat int64\n"
#define EVIDENCE_HEADER "segment,stratum,perfect,perfect_repeat,failed,failed_repeat\n"
#define LEADS "segment text null\ndays int64\nprobability_ppm int64\n"
#define MENU                                                                               \
	"segment text\noption text\nuplift int64\ncost int64\nuse_1 int64 null\nservices " \
	"text null\n"

static cstn_service_plan_builder *builder_of(
		const cstn_service_plan_options *options, const char *segments)
{
	cstn_service_plan_builder *builder = NULL;
	struct ArrowArrayStream rows;

	ck_assert_int_eq(cstn_service_plan_builder_new(options, NULL, &builder, NULL), CSTN_OK);
	csv_rows(&rows, SEGMENTS, segments);
	ck_assert_int_eq(cstn_service_plan_builder_add(
					 builder, CSTN_PLAN_INPUT_SEGMENTS, &rows, NULL, NULL),
			CSTN_OK);
	return builder;
}

static void add(cstn_service_plan_builder *builder, int32_t table, const char *schema,
		const char *text)
{
	struct ArrowArrayStream rows;

	csv_rows(&rows, schema, text);
	ck_assert_int_eq(cstn_service_plan_builder_add(builder, table, &rows, NULL, NULL), CSTN_OK);
}

/* The plan; the builder is gone after. */
static cstn_service_plan *built(cstn_service_plan_builder *builder)
{
	cstn_service_plan *plan = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_service_plan_builder_build(builder, &plan, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	cstn_service_plan_builder_free(builder);
	return plan;
}

static void refused(cstn_service_plan_builder *builder, cstn_status expected, const char *part)
{
	cstn_service_plan *plan = NULL;
	cstn_error *error = NULL;

	expect_error(cstn_service_plan_builder_build(builder, &plan, &error), expected, &error,
			part);
	ck_assert_ptr_null(plan);
	cstn_service_plan_builder_free(builder);
}

static cstn_service_plan_row row_of(const cstn_service_plan *plan, size_t index)
{
	cstn_service_plan_row row = CSTN_SERVICE_PLAN_ROW_INIT;

	ck_assert_int_eq(cstn_service_plan_at(plan, index, &row, NULL), CSTN_OK);
	return row;
}

static int is_near(double a, double b)
{
	return fabs(a - b) <= 1e-14 * (1.0 + fabs(b));
}

/* --- ratio --------------------------------------------------------------------------------------
 */

START_TEST(service_level_is_the_critical_ratio)
{
	cstn_service_plan *plan = built(builder_of(NULL,
			HEADER "A,10,100,9,1,,,,,,,,,90,100,\nB,10,100,30,6,6,2,,,100,20,,,,,\n"));
	cstn_service_plan_row row = row_of(plan, 0);

	ck_assert(row.service_level == 0.9);
	ck_assert(isnan(row.fill_rate));
	ck_assert(row.failure_value == 0.0);
	ck_assert_uint_eq(row.reasons, CSTN_PLAN_NO_EVIDENCE | CSTN_PLAN_NO_FILL_RATE);
	row = row_of(plan, 1);
	ck_assert(row.overage == 10.0);
	ck_assert(row.service_level == 0.75);
	/* 1 - 20 (phi(z) - z (1 - Phi(z))) / 100 at z = 0.6744897501960817 */
	ck_assert(is_near(row.fill_rate, 0.9701691729729827));
	ck_assert_uint_eq(row.reasons, CSTN_PLAN_NO_EVIDENCE);
	ck_assert_uint_eq(cstn_service_plan_count(plan), 2);
	cstn_service_plan_unref(plan);
}
END_TEST

START_TEST(overage_of_zero_or_less_is_an_error_and_just_above_is_not)
{
	cstn_service_plan *plan;

	refused(builder_of(NULL, HEADER "A,10,100,9,1,1,2,,,,,,,,,\n"), CSTN_E_INVALID_ARGUMENT,
			"segment 'A': a unit left over costs 0 ");
	refused(builder_of(NULL, HEADER "A,10,100,9,1,1,3,,,,,,,,,\n"), CSTN_E_INVALID_ARGUMENT,
			"costs -1 ");
	plan = built(builder_of(NULL, HEADER "A,10,100,9,1e-300,,,,,,,,,,,\n"));
	/* so little that the ratio rounds to 1, which it is not */
	ck_assert(row_of(plan, 0).service_level == 1.0 - 0x1p-53);
	cstn_service_plan_unref(plan);
}
END_TEST

START_TEST(without_underage_the_service_level_is_zero_with_its_reason)
{
	cstn_service_plan *plan = built(builder_of(NULL,
			HEADER "A,10,100,0,1,,,,,50,5,,,,,\nB,10,100,1e-9,1,,,,,50,5,,,,,\n"));
	cstn_service_plan_row row = row_of(plan, 0);

	ck_assert(row.service_level == 0.0);
	ck_assert_uint_eq(row.reasons,
			CSTN_PLAN_NO_EVIDENCE | CSTN_PLAN_NO_UNDERAGE | CSTN_PLAN_NO_FILL_RATE);
	row = row_of(plan, 1);
	ck_assert(row.service_level > 0.0);
	ck_assert_uint_eq(row.reasons & CSTN_PLAN_NO_UNDERAGE, 0);
	cstn_service_plan_unref(plan);
}
END_TEST

/* --- effect of a failed order
 * --------------------------------------------------------------------- */

START_TEST(one_stratum_has_newcombes_interval)
{
	cstn_service_plan_builder *builder =
			builder_of(NULL, HEADER "A,10,100,9,1,,,500,2,,,,,,,\n");
	cstn_rate expected = CSTN_RATE_INIT;
	cstn_service_plan_row row;
	cstn_service_plan *plan;

	add(builder, CSTN_PLAN_INPUT_EVIDENCE, EVIDENCE, EVIDENCE_HEADER "A,,70,56,80,48\n");
	plan = built(builder);
	row = row_of(plan, 0);
	ck_assert_int_eq(cstn_rate_difference(56, 70, 48, 80, 0, &expected, NULL), CSTN_OK);
	ck_assert(is_near(row.repeat_difference, expected.value));
	ck_assert(is_near(row.repeat_low, expected.low));
	ck_assert(is_near(row.repeat_high, expected.high));
	ck_assert(is_near(row.failure_value, 100.0));
	ck_assert(is_near(row.underage, 9.0 + 50.0));
	ck_assert(is_near(row.service_level, 59.0 / 60.0));
	ck_assert_uint_eq(row.reasons, CSTN_PLAN_NO_FILL_RATE);
	cstn_service_plan_unref(plan);
}
END_TEST

START_TEST(an_interval_that_holds_zero_sets_no_value_and_a_flag)
{
	static const struct {
		const char *evidence;
		uint32_t reasons;
		int has_value;
	} cases[] = {
			{"A,,70,56,80,48\n", 0, 1},
			{"A,,70,50,80,52\n", CSTN_PLAN_NO_EFFECT, 0},
			{"A,,70,20,80,60\n", CSTN_PLAN_NEGATIVE_EFFECT, 0},
			{"A,,70,56,0,0\n", CSTN_PLAN_NO_EVIDENCE, 0},
			{"A,1,70,56,80,48\nA,2,70,56,0,0\n", CSTN_PLAN_PARTIAL_EVIDENCE, 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cstn_service_plan_builder *builder =
				builder_of(NULL, HEADER "A,10,100,9,1,,,500,2,,,,,,,\n");
		char text[200];
		cstn_service_plan *plan;
		cstn_service_plan_row row;

		snprintf(text, sizeof(text), EVIDENCE_HEADER "%s", cases[i].evidence);
		add(builder, CSTN_PLAN_INPUT_EVIDENCE, EVIDENCE, text);
		plan = built(builder);
		row = row_of(plan, 0);
		ck_assert_uint_eq(row.reasons, cases[i].reasons | CSTN_PLAN_NO_FILL_RATE);
		ck_assert_int_eq(row.failure_value > 0.0, cases[i].has_value);
		ck_assert_int_eq(row.underage > 9.0, cases[i].has_value);
		cstn_service_plan_unref(plan);
	}
}
END_TEST

/* Within each decile there is no effect; large orders fail more and come again more. */
START_TEST(the_difference_is_taken_within_strata)
{
	cstn_service_plan_builder *builder =
			builder_of(NULL, HEADER "A,10,100,9,1,,,500,2,,,,,,,\n");
	cstn_service_plan_row row;
	cstn_service_plan *plan;

	add(builder, CSTN_PLAN_INPUT_EVIDENCE, EVIDENCE,
			EVIDENCE_HEADER "A,1,100,90,1000,900\nA,10,1000,100,100,10\n");
	plan = built(builder);
	row = row_of(plan, 0);
	ck_assert(is_near(row.repeat_difference, 0.0));
	ck_assert(row.repeat_low < 0.0 && row.repeat_high > 0.0);
	ck_assert_uint_eq(row.reasons, CSTN_PLAN_NO_EFFECT | CSTN_PLAN_NO_FILL_RATE);
	cstn_service_plan_unref(plan);
}
END_TEST

START_TEST(evidence_that_cannot_be_is_refused)
{
	static const char *const cases[][2] = {{"B,,1,1,1,1\n", "does not have"},
			{"A,,1,2,1,1\n", "more orders"}, {"A,,1,1,1,2\n", "more orders"},
			{"A,3,1,1,1,1\nA,3,1,1,1,1\n", "stratum 3"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cstn_service_plan_builder *builder =
				builder_of(NULL, HEADER "A,10,100,9,1,,,500,2,,,,,,,\n");
		char text[200];

		snprintf(text, sizeof(text), EVIDENCE_HEADER "%s", cases[i][0]);
		add(builder, CSTN_PLAN_INPUT_EVIDENCE, EVIDENCE, text);
		refused(builder, CSTN_E_INVALID_ARGUMENT, cases[i][1]);
	}
}
END_TEST

/* --- tiers
 * ---------------------------------------------------------------------------------------- */

START_TEST(a_segment_that_ends_exactly_at_a_cut_is_inside)
{
	/* by margin: C 50, B 30, A 15, D 5 of 100 */
	cstn_service_plan_options options = CSTN_SERVICE_PLAN_OPTIONS_INIT;
	static const char rows[] = HEADER "A,1,15,2,1,,,,,,,,,,,\nB,1,30,3,1,,,,,,,,,,,\n"
					  "C,1,50,4,1,,,,,,,,,,,\nD,1,5,1,1,,,,,,,,,,,\n";
	static const int32_t at[] = {3, 2, 1, 4}, below[] = {4, 3, 2, 4};
	cstn_service_plan *plan;
	size_t i;

	options.protected_ppm[0] = 400000;
	options.protected_ppm[3] = 7;
	plan = built(builder_of(&options, rows));
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(row_of(plan, i).tier, at[i]);
	ck_assert_int_eq(row_of(plan, 2).protected_ppm, 400000);
	ck_assert_int_eq(row_of(plan, 0).protected_ppm, 0);
	ck_assert_int_eq(row_of(plan, 3).protected_ppm, 7);
	cstn_service_plan_unref(plan);
	options.tier_cut_ppm[0] = 499999;
	options.tier_cut_ppm[1] = 799999;
	options.tier_cut_ppm[2] = 949999;
	plan = built(builder_of(&options, rows));
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(row_of(plan, i).tier, below[i]);
	cstn_service_plan_unref(plan);
}
END_TEST

START_TEST(equal_margins_are_ordered_by_label)
{
	cstn_service_plan *plan = built(
			builder_of(NULL, HEADER "b,1,50,2,1,,,,,,,,,,,\na,1,50,2,1,,,,,,,,,,,\n"));

	ck_assert_str_eq(row_of(plan, 0).segment, "a");
	ck_assert_int_eq(row_of(plan, 0).tier, 1);
	ck_assert_int_eq(row_of(plan, 1).tier, 4);
	cstn_service_plan_unref(plan);
}
END_TEST

START_TEST(crisis_and_recovery_raise_by_one_tier_and_no_further_than_the_first)
{
	cstn_service_plan_options options = CSTN_SERVICE_PLAN_OPTIONS_INIT;
	static const char rows[] =
			HEADER "A,1,50,5,1,,,,,,,,CRISIS,,,\nB,1,30,4,1,,,,,,,,RECOVERY,,,\n"
			       "C,1,15,3,1,,,,,,,,STRUGGLE,,,\nD,1,5,2,1,,,,,,,,CRISIS,,,\n";
	static const int32_t raised[] = {1, 1, 3, 3}, plain[] = {1, 2, 3, 4};
	cstn_service_plan *plan = built(builder_of(NULL, rows));
	size_t i;

	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(row_of(plan, i).tier, raised[i]);
		ck_assert_int_eq((row_of(plan, i).reasons & CSTN_PLAN_STAGE_RAISED) != 0,
				raised[i] != plain[i]);
	}
	cstn_service_plan_unref(plan);
	options.flags = CSTN_SERVICE_PLAN_NO_RAISE;
	plan = built(builder_of(&options, rows));
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(row_of(plan, i).tier, plain[i]);
	cstn_service_plan_unref(plan);
	refused(builder_of(NULL, HEADER "A,1,50,5,1,,,,,,,,crisis,,,\n"), CSTN_E_INVALID_ARGUMENT,
			"'crisis' is no stage");
}
END_TEST

START_TEST(no_value_at_risk_at_all_is_tier_four_with_its_reason)
{
	cstn_service_plan *plan = built(
			builder_of(NULL, HEADER "A,1,0,5,1,,,,,,,,,,,\nB,1,0,4,1,,,,,,,,,,,\n"));

	ck_assert_int_eq(row_of(plan, 0).tier, 4);
	ck_assert_uint_eq(row_of(plan, 1).reasons & CSTN_PLAN_NO_VALUE, CSTN_PLAN_NO_VALUE);
	cstn_service_plan_unref(plan);
}
END_TEST

/* --- lead times and menu
 * -------------------------------------------------------------------------- */

START_TEST(the_shortest_lead_time_that_meets_the_probability_is_promised)
{
	cstn_service_plan_builder *builder = builder_of(NULL,
			HEADER "A,1,1,5,1,,,,,,,900000,,,,\nB,1,1,5,1,,,,,,,900001,,,,\n"
			       "C,1,1,5,1,,,,,,,999999,,,,\nD,1,1,5,1,,,,,,,,,,,\n");
	cstn_service_plan *plan;

	add(builder, CSTN_PLAN_INPUT_LEAD_TIMES, LEADS,
			"segment,days,probability_ppm\n,5,990000\n,3,950000\n,2,900000\nB,1,"
			"500000\n");
	plan = built(builder);
	ck_assert_int_eq(row_of(plan, 0).lead_time_days, 2);
	ck_assert_int_eq(row_of(plan, 0).lead_time_ppm, 900000);
	ck_assert_int_eq(row_of(plan, 1).lead_time_days, 3);
	ck_assert_int_eq(row_of(plan, 2).lead_time_days, -1);
	ck_assert_uint_eq(row_of(plan, 2).reasons & CSTN_PLAN_NO_LEAD_TIME, CSTN_PLAN_NO_LEAD_TIME);
	ck_assert_int_eq(row_of(plan, 3).lead_time_days, -1);
	ck_assert_uint_eq(row_of(plan, 3).reasons & CSTN_PLAN_NO_LEAD_TIME, 0);
	cstn_service_plan_unref(plan);
}
END_TEST

START_TEST(the_menu_gives_each_segment_one_option_and_capacities_a_price)
{
	cstn_service_plan_options options = CSTN_SERVICE_PLAN_OPTIONS_INIT;
	cstn_service_plan_builder *builder;
	struct ArrowArrayStream rows;
	cstn_service_plan *plan;
	cstn_buffer *held;
	const char *text;

	options.n_capacities = 1;
	options.capacity[0] = 25;
	builder = builder_of(&options, HEADER
			"A,1,1,5,1,,,,,,,,,,,\nB,1,1,5,1,,,,,,,,,,,\nC,1,1,5,1,,,,,,,,,,,\n");
	add(builder, CSTN_PLAN_INPUT_MENU, MENU,
			"segment,option,uplift,cost,use_1,services\nA,none,0,0,0,\nA,day,90,30,10,"
			"van\n"
			"A,night,150,50,20,van and night\nB,none,0,0,,\nB,all,120,0,30,\n");
	plan = built(builder);
	ck_assert_str_eq(row_of(plan, 0).option, "night");
	ck_assert_str_eq(row_of(plan, 1).option, "none");
	ck_assert_str_eq(row_of(plan, 2).option, "");
	ck_assert_int_eq(cstn_service_plan_export(plan, CSTN_PLAN_TABLE_CAPACITIES, &rows, NULL),
			CSTN_OK);
	text = csv_text(&rows, &held);
	ck_assert_str_eq(csv_cell(text, 1, "used"), "20");
	ck_assert_str_eq(csv_cell(text, 1, "shadow_price"), "4");
	ck_assert_str_eq(csv_cell(text, 1, "menu_value"), "100");
	ck_assert_str_eq(csv_cell(text, 1, "menu_gap"), "0");
	cstn_buffer_free(held);
	cstn_service_plan_unref(plan);
}
END_TEST

START_TEST(a_menu_that_breaks_a_rule_is_refused)
{
	static const char *const cases[][2] = {{"Z,none,0,0,0,\n", "does not have"},
			{"A,x,0,0,0,\nA,x,1,0,0,\n", "'x' is there twice"},
			{"A,x,0,0,26,\n", "no choice"}, {"A,x,2199023255553,0,0,\n", "2^41"}};
	char many[1000] = "segment,option,uplift,cost,use_1,services\n";

	for (size_t i = 0; i <= sizeof(cases) / sizeof(*cases); i++) {
		cstn_service_plan_options options = CSTN_SERVICE_PLAN_OPTIONS_INIT;
		cstn_service_plan_builder *builder;
		char text[200];
		int k;

		options.n_capacities = 1;
		options.capacity[0] = 25;
		builder = builder_of(&options, HEADER "A,1,1,5,1,,,,,,,,,,,\n");
		if (i == sizeof(cases) / sizeof(*cases)) {
			for (k = 0; k < 21; k++)
				snprintf(many + strlen(many), sizeof(many) - strlen(many),
						"A,%d,1,0,0,\n", k);
			add(builder, CSTN_PLAN_INPUT_MENU, MENU, many);
			refused(builder, CSTN_E_INVALID_ARGUMENT, "more than 20");
			break;
		}
		snprintf(text, sizeof(text), "segment,option,uplift,cost,use_1,services\n%s",
				cases[i][0]);
		add(builder, CSTN_PLAN_INPUT_MENU, MENU, text);
		refused(builder, i == 3 ? CSTN_E_OVERFLOW : CSTN_E_INVALID_ARGUMENT, cases[i][1]);
	}
}
END_TEST

/* --- rows, forms, tables
 * -------------------------------------------------------------------------- */

START_TEST(a_row_that_breaks_a_rule_fails_and_takes_nothing)
{
	static const char *const cases[][2] = {{"B,-1,1,5,1,,,,,,,,,,,\n", "column 'customers'"},
			{"B,1,-1,5,1,,,,,,,,,,,\n", "column 'value_at_risk'"},
			{"B,1,1,5,1,,,-2,,,,,,,,\n", "column 'residual_clv'"},
			{"B,1,1,5,1,,,,0,,,,,,,\n", "column 'units_per_failed_order'"},
			{"B,1,1,5,1,,,,,,,1000001,,,,\n", "column 'lead_time_probability_ppm'"},
			{"B,1,1,5,1,,,,,,-3,,,,,\n", "column 'demand_sd'"}};
	cstn_service_plan_builder *builder =
			builder_of(NULL, HEADER "A,1,1,5,1,,,,,,,1000000,,,,\n");
	cstn_service_plan *plan;
	cstn_error *error = NULL;
	char text[600];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ArrowArrayStream rows;

		snprintf(text, sizeof(text), HEADER "C,1,1,5,1,,,,,,,,,,,\n%s", cases[i][0]);
		csv_rows(&rows, SEGMENTS, text);
		expect_error(cstn_service_plan_builder_add(builder, CSTN_PLAN_INPUT_SEGMENTS, &rows,
					     NULL, &error),
				CSTN_E_INVALID_ARGUMENT, &error, cases[i][1]);
	}
	plan = built(builder);
	ck_assert_uint_eq(cstn_service_plan_count(plan), 1);
	cstn_service_plan_unref(plan);
	refused(builder_of(NULL, HEADER "A,1,1,5,1,,,,,,,,,,,\nA,1,1,5,1,,,,,,,,,,,\n"),
			CSTN_E_INVALID_ARGUMENT, "segment 'A' is there twice");
	refused(builder_of(NULL, HEADER "A,1,1,5,1,,,,,,,,,7,6,\n"), CSTN_E_INVALID_ARGUMENT,
			"7 perfect orders of 6");
	refused(builder_of(NULL, HEADER), CSTN_E_EMPTY, "no segments");
}
END_TEST

START_TEST(options_outside_their_range_are_refused)
{
	cstn_service_plan_options cases[7];
	cstn_service_plan_builder *builder = NULL;

	for (size_t i = 0; i < 7; i++)
		cases[i] = (cstn_service_plan_options)CSTN_SERVICE_PLAN_OPTIONS_INIT;
	cases[0].confidence_ppm = 1000000;
	cases[1].n_capacities = 4;
	cases[2].tier_cut_ppm[0] = 5;
	cases[3].protected_ppm[2] = 1000001;
	cases[4].n_capacities = 1;
	cases[4].capacity[0] = -1;
	cases[5].max_nodes = -1;
	cases[6].flags = 2;
	for (size_t i = 0; i < 7; i++)
		ck_assert_int_ne(cstn_service_plan_builder_new(&cases[i], NULL, &builder, NULL),
				CSTN_OK);
	ck_assert_ptr_null(builder);
}
END_TEST

START_TEST(the_digest_is_that_of_the_plan_in_the_json_and_rows_in_any_order_give_it)
{
	static const char first[] =
			HEADER "A,1,15,2,1,,,,,,,,,,,\"say \"\"x\"\", y\"\nB,1,30,3,1,,,,,,,,,,,\n";
	static const char second[] =
			HEADER "B,1,30,3,1,,,,,,,,,,,\nA,1,15,2,1,,,,,,,,,,,\"say \"\"x\"\", y\"\n";
	cstn_service_plan *plan = built(builder_of(NULL, first)),
			  *same = built(builder_of(NULL, second));
	cstn_service_plan *other = built(builder_of(NULL, HEADER "A,1,15,2,1,,,,,,,,,,,\n"));
	const char *digest = cstn_service_plan_digest_text(plan), *json, *member;
	unsigned char sum[32];
	char hex[65];
	cstn_buffer *held = NULL;

	ck_assert_str_eq(cstn_service_plan_digest_text(same), digest);
	ck_assert_str_ne(cstn_service_plan_digest_text(other), digest);
	ck_assert_int_eq(cstn_service_plan_format(plan, CSTN_PLAN_FORM_JSON, &held, NULL), CSTN_OK);
	json = (const char *)cstn_buffer_data(held);
	member = strstr(json, "\"plan\":");
	ck_assert_ptr_nonnull(member);
	member += 7;
	ck_assert_ptr_nonnull(strstr(json, "\"rule\":\"say \\\"x\\\", y\""));
	/* up to the brace that closes the whole, and its line end */
	crypto_hash_sha256(sum, (const unsigned char *)member, strlen(member) - 2);
	sodium_bin2hex(hex, sizeof(hex), sum, sizeof(sum));
	ck_assert_str_eq(hex, digest);
	ck_assert_int_eq(strncmp(json + 11, digest, 64), 0);
	cstn_buffer_free(held);
	ck_assert_int_eq(cstn_service_plan_format(plan, CSTN_PLAN_FORM_CSV, &held, NULL), CSTN_OK);
	ck_assert_str_eq(csv_cell((const char *)cstn_buffer_data(held), 2, "segment"), "B");
	ck_assert_str_eq(csv_cell((const char *)cstn_buffer_data(held), 2, "tier"), "2");
	cstn_buffer_free(held);
	held = NULL;
	ck_assert_int_eq(cstn_service_plan_format(plan, 3, &held, NULL), CSTN_E_INVALID_ARGUMENT);
	cstn_service_plan_unref(other);
	cstn_service_plan_unref(same);
	cstn_service_plan_unref(plan);
}
END_TEST

START_TEST(a_cell_of_four_customers_does_not_travel_and_one_of_five_does)
{
	cstn_service_plan *plan = built(builder_of(
			NULL, HEADER "A,4,15,2,1,,,,,,,,,,,\nB,5,30,3,1,,,,,,,,,,,secret\n"));
	struct ArrowArrayStream rows;
	cstn_buffer *held;
	const char *text;

	ck_assert_int_eq(cstn_service_plan_export(plan, CSTN_PLAN_TABLE_SHARED, &rows, NULL),
			CSTN_OK);
	text = csv_text(&rows, &held);
	ck_assert_str_eq(csv_cell(text, 1, "segment"), "B");
	ck_assert_str_eq(csv_cell(text, 2, "segment"), "");
	ck_assert_ptr_null(strstr(text, "secret"));
	cstn_buffer_free(held);
	cstn_service_plan_unref(plan);
}
END_TEST

START_TEST(the_perfect_rate_has_wilsons_interval)
{
	cstn_service_plan *plan = built(builder_of(NULL, HEADER "A,4,15,2,1,,,,,,,,,81,263,\n"));
	struct ArrowArrayStream rows;
	cstn_buffer *held;
	const char *text;
	double low;

	ck_assert_int_eq(cstn_service_plan_export(plan, CSTN_PLAN_TABLE_SEGMENTS, &rows, NULL),
			CSTN_OK);
	text = csv_text(&rows, &held);
	ck_assert_int_eq(sscanf(csv_cell(text, 1, "perfect_low"), "%lf", &low), 1);
	ck_assert(fabs(low - 0.25528852) < 1e-8);
	ck_assert_str_eq(csv_cell(text, 1, "digest"), cstn_service_plan_digest_text(plan));
	cstn_buffer_free(held);
	cstn_service_plan_unref(plan);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			service_level_is_the_critical_ratio,
			overage_of_zero_or_less_is_an_error_and_just_above_is_not,
			without_underage_the_service_level_is_zero_with_its_reason,
			one_stratum_has_newcombes_interval,
			an_interval_that_holds_zero_sets_no_value_and_a_flag,
			the_difference_is_taken_within_strata,
			evidence_that_cannot_be_is_refused,
			a_segment_that_ends_exactly_at_a_cut_is_inside,
			equal_margins_are_ordered_by_label,
			crisis_and_recovery_raise_by_one_tier_and_no_further_than_the_first,
			no_value_at_risk_at_all_is_tier_four_with_its_reason,
			the_shortest_lead_time_that_meets_the_probability_is_promised,
			the_menu_gives_each_segment_one_option_and_capacities_a_price,
			a_menu_that_breaks_a_rule_is_refused,
			a_row_that_breaks_a_rule_fails_and_takes_nothing,
			options_outside_their_range_are_refused,
			the_digest_is_that_of_the_plan_in_the_json_and_rows_in_any_order_give_it,
			a_cell_of_four_customers_does_not_travel_and_one_of_five_does,
			the_perfect_rate_has_wilsons_interval,
	};

	return run_tests("service_plan", tests, sizeof(tests) / sizeof(*tests));
}
