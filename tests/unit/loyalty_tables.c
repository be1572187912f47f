/* Tables of verdicts: cells, shares as sets, promoters, flows. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "csv_rows.h"
#include "loyalty_fixture.h"
#include "suite.h"

/* a: happy and loyal, b: loyal, c: not loyal, d: nothing known, e: no order in the window. */
#define KNOWN                                                                 \
	"a,2024-05-01,ORDER,,,,,,,\na,2024-05-01,PAYS_STATED,1,,,,,,\n"       \
	"a,2024-05-01,REFERRAL,,,,,,,\na,2024-05-01,PANEL,,,,,3,3,\n"         \
	"b,2024-05-01,ORDER,,,,,,,\nb,2024-05-01,PANEL,,,,,3,3,\n"            \
	"c,2024-05-01,ORDER,,,,,,,\nc,2024-05-01,PANEL,,,,,3,1,\n"            \
	"c,2024-05-01,PAYS_STATED,0,,,,,,\nd,2024-05-01,ORDER,,,,,,,\n"       \
	"e,2023-05-01,ORDER,,,,,,,\ne,2024-05-01,PANEL,,,,,3,3,\n"            \
	"a,2024-05-01,NPS_ANSWER,10,,,,,,\na,2024-04-01,NPS_ANSWER,7,,,,,,\n" \
	"b,2024-05-01,NPS_ANSWER,6,,,,,,\nb,2024-04-01,NPS_ANSWER,9,,,,,,\n"  \
	"b,2023-12-31,NPS_ANSWER,9,,,,,,\ne,2024-05-01,NPS_ANSWER,8,,,,,,\n"
#define WHO                                                                      \
	"a,,A,COMMIT,100\nb,,A,DEVELOP,300\nc,,B,COMMIT,600\nd,,B,DEVELOP,-50\n" \
	"e,,,COMMIT,1000\n"

static const char *cell_of(const cstn_loyalty_options *options, int32_t table, const char *where,
		const char *column)
{
	cstn_loyalty_verdicts *verdicts =
			loyalty_verdicts(loyalty_state(KNOWN, NULL, WHO), options);
	const char *cell;
	cstn_buffer *held;

	cell = loyalty_where(loyalty_table(verdicts, table, &held), where, column);
	cstn_buffer_free(held);
	cstn_loyalty_verdicts_free(verdicts);
	return cell;
}

static const char *share_of(const char *where, const char *column)
{
	cstn_loyalty_options options = loyalty_options("2024-12-31");

	return cell_of(&options, CSTN_TABLE_LOYALTY_SHARES, where, column);
}

START_TEST(shares_are_bounds_over_those_with_an_order_in_the_window)
{
	ck_assert_str_eq(share_of("by=all;verdict=loyal", "customers"), "4");
	ck_assert_str_eq(share_of("by=all;verdict=loyal", "lower"), "0.5");
	ck_assert_str_eq(share_of("by=all;verdict=loyal", "upper"), "0.75");
	ck_assert_int_eq(strncmp(share_of("by=all;verdict=loyal", "known"), "0.66666666", 10), 0);
	/* Wilson of 2 of 3 */
	ck_assert_int_eq(strncmp(share_of("by=all;verdict=loyal", "known_low"), "0.20765960", 10),
			0);
	ck_assert_str_eq(share_of("by=segment;segment=;verdict=loyal", "customers"), "0");
	ck_assert_str_eq(share_of("by=segment;segment=;verdict=loyal", "lower"), "");
	ck_assert_str_eq(share_of("by=segment;segment=;verdict=loyal", "post_stratified"), "");
}
END_TEST

START_TEST(strata_weigh_by_their_customers_and_are_named_where_nothing_is_known)
{
	/* A: 2 of 2 known yes; B: 0 of 1 */
	ck_assert_str_eq(share_of("by=all;verdict=loyal", "post_stratified"), "0.5");
	ck_assert_str_eq(share_of("by=all;verdict=loyal", "strata_unknown"), "");
	/* within B the stage DEVELOP knows nothing */
	ck_assert_str_eq(share_of("by=segment;segment=B;verdict=loyal", "post_stratified"), "");
	ck_assert_str_eq(share_of("by=segment;segment=B;verdict=loyal", "strata_unknown"),
			"DEVELOP");
	ck_assert_str_eq(share_of("by=stage;stage=COMMIT;verdict=loyal", "post_stratified"), "0.5");
	ck_assert_str_eq(share_of("by=stage;stage=DEVELOP;verdict=loyal", "strata_unknown"), "B");
}
END_TEST

START_TEST(margins_weigh_and_negative_ones_stand_apart)
{
	ck_assert_str_eq(share_of("by=all;verdict=loyal", "margin"), "1000");
	ck_assert_str_eq(share_of("by=all;verdict=loyal", "margin_lower"), "0.4");
	ck_assert_str_eq(share_of("by=all;verdict=loyal", "margin_upper"), "0.4");
	ck_assert_str_eq(share_of("by=all;verdict=happy", "margin_upper"), "0.4");
	ck_assert_str_eq(share_of("by=all;verdict=happy", "margin_lower"), "0.1");
	ck_assert_str_eq(share_of("by=all;verdict=loyal", "negative_customers"), "1");
	ck_assert_str_eq(share_of("by=all;verdict=loyal", "negative_margin"), "-50");
}
END_TEST

START_TEST(cells_cross_happy_and_loyal_by_segment_and_stage)
{
	cstn_loyalty_options options = loyalty_options("2024-12-31");

#define CELL(where, column) cell_of(&options, CSTN_TABLE_LOYALTY_CELLS, where, column)
	ck_assert_str_eq(CELL("by=all;happy=yes;loyal=yes", "customers"), "1");
	ck_assert_str_eq(CELL("by=all;happy=unknown;loyal=yes", "customers"), "1");
	ck_assert_str_eq(CELL("by=all;happy=no;loyal=no", "customers"), "1");
	ck_assert_str_eq(CELL("by=all;happy=unknown;loyal=unknown", "negative_margin"), "-50");
	ck_assert_str_eq(CELL("by=all;happy=unknown;loyal=unknown", "margin"), "0");
	ck_assert_str_eq(CELL("by=all;happy=no;loyal=yes", "customers"), "0");
	ck_assert_str_eq(CELL("by=segment;segment=A;happy=unknown;loyal=yes", "customers"), "1");
	ck_assert_str_eq(CELL("by=stage;stage=COMMIT;happy=no;loyal=no", "customers"), "1");
	ck_assert_str_eq(CELL("by=segment_stage;segment=A;stage=COMMIT;happy=yes;loyal=yes",
					 "margin"),
			"100");
#undef CELL
}
END_TEST

START_TEST(promoters_count_one_answer_a_customer_unless_all_are_asked_for)
{
	cstn_loyalty_options options = loyalty_options("2024-12-31");

#define SCORE(where, column) cell_of(&options, CSTN_TABLE_LOYALTY_PROMOTERS, where, column)
	/* 10, 6, 8 */
	ck_assert_str_eq(SCORE("by=all", "answers"), "3");
	ck_assert_str_eq(SCORE("by=all", "score"), "0");
	ck_assert_str_eq(SCORE("by=all", "passives"), "1");
	ck_assert_str_eq(SCORE("by=segment;segment=B", "answers"), "0");
	ck_assert_str_eq(SCORE("by=segment;segment=B", "score"), "");
	options.answers = CSTN_LOYALTY_ANSWERS_FIRST; /* 7, 9, 8: 2023-12-31 is out of the window */
	ck_assert_str_eq(SCORE("by=all", "promoters"), "1");
	ck_assert_str_eq(SCORE("by=all", "detractors"), "0");
	options.answers = CSTN_LOYALTY_ANSWERS_ALL;
	ck_assert_str_eq(SCORE("by=all", "answers"), "5");
	ck_assert_str_eq(SCORE("by=segment;segment=A", "answers"), "4");
#undef SCORE
}
END_TEST

START_TEST(flows_count_each_customer_once_and_add_up_to_both_days)
{
	cstn_loyalty_options first = loyalty_options("2024-05-01");
	cstn_loyalty_options second = loyalty_options("2025-05-01");
	cstn_loyalty_verdicts *before, *after;
	struct ArrowArrayStream stream;
	cstn_buffer *held;
	const char *text;
	int row, all = 0;

	before = loyalty_verdicts(loyalty_state(KNOWN, NULL, WHO), &first);
	/* a year later only b ordered again, and f is new */
	after = loyalty_verdicts(loyalty_state(KNOWN "b,2025-04-01,ORDER,,,,,,,\n"
						     "f,2025-04-01,ORDER,,,,,,,\n"
						     "b,2025-04-01,PANEL,,,,,1,0,\n",
						 NULL, WHO),
			&second);
	ck_assert_int_eq(cstn_loyalty_verdicts_flows(before, after, &stream, NULL), CSTN_OK);
	text = csv_text(&stream, &held);
	for (row = 1; row <= 99; row++) {
		int n = 0;

		ck_assert_int_eq(sscanf(csv_cell(text, row, "customers"), "%d", &n), 1);
		all += n;
	}
	ck_assert_str_eq(csv_cell(text, 100, "customers"), "");
	ck_assert_int_eq(all, 5); /* e is in neither */
	ck_assert_str_eq(loyalty_where(text,
					 "from_happy=unknown;from_loyal=yes;to_happy=unknown;"
					 "to_loyal=no",
					 "customers"),
			"1");
	ck_assert_str_eq(loyalty_where(text,
					 "from_happy=unknown;from_loyal=yes;to_happy=unknown;"
					 "to_loyal=no",
					 "share"),
			"1");
	ck_assert_str_eq(loyalty_where(text, "from_happy=yes;from_loyal=yes;to_happy=", "share"),
			"1");
	ck_assert_str_eq(loyalty_where(text, "from_happy=;to_happy=unknown;to_loyal=unknown",
					 "customers"),
			"1");
	ck_assert_str_eq(loyalty_where(text, "from_happy=;to_happy=unknown;to_loyal=unknown",
					 "share"),
			"");
	cstn_buffer_free(held);
	cstn_loyalty_verdicts_free(before);
	cstn_loyalty_verdicts_free(after);
}
END_TEST

START_TEST(the_latest_label_counts_and_of_one_instant_the_greater)
{
	const char *rows = "a,2024-01-02,B,X,5\na,2024-01-01,C,Y,7\na,2024-01-02,A,,-2\na,,Z,Z,0\n";

	ck_assert_str_eq(loyalty_cell(loyalty_state(NULL, NULL, rows), "a", "segment"), "B");
	ck_assert_str_eq(loyalty_cell(loyalty_state(NULL, NULL, rows), "a", "stage"), "X");
	ck_assert_str_eq(loyalty_cell(loyalty_state(NULL, NULL, rows), "a", "margin"), "10");
}
END_TEST

START_TEST(nobody_has_no_shares)
{
	cstn_loyalty_options options = loyalty_options("2024-12-31");
	cstn_loyalty_verdicts *verdicts =
			loyalty_verdicts(loyalty_state(NULL, NULL, NULL), &options);
	cstn_error *error = NULL;
	struct ArrowArrayStream stream;
	cstn_buffer *held;
	const char *text = loyalty_table(verdicts, CSTN_TABLE_LOYALTY_SHARES, &held);

	ck_assert_str_eq(csv_cell(text, 1, "customers"), "0");
	ck_assert_str_eq(csv_cell(text, 1, "lower"), "");
	ck_assert_str_eq(csv_cell(text, 1, "margin_lower"), "");
	cstn_buffer_free(held);
	expect_error(cstn_loyalty_verdicts_export(verdicts, 5, &stream, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "table is 5");
	cstn_loyalty_verdicts_free(verdicts);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {shares_are_bounds_over_those_with_an_order_in_the_window,
			strata_weigh_by_their_customers_and_are_named_where_nothing_is_known,
			margins_weigh_and_negative_ones_stand_apart,
			cells_cross_happy_and_loyal_by_segment_and_stage,
			promoters_count_one_answer_a_customer_unless_all_are_asked_for,
			flows_count_each_customer_once_and_add_up_to_both_days,
			the_latest_label_counts_and_of_one_instant_the_greater,
			nobody_has_no_shares};

	return run_tests("loyalty_tables", tests, sizeof(tests) / sizeof(*tests));
}
