/* Relationship stages: single rules, clocks, evidence, and bad rows. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/interaction.h>

#include "csv_fixture.h"
#include "stages_fixture.h"
#include "suite.h"

static void expect_moves(const stages_event *events, size_t n, int64_t as_of_day, const char *moves)
{
	cstn_stage_options options = stages_options(as_of_day);
	char *text = stages_replay(NULL, events, n, &options);

	ck_assert_str_eq(text, moves);
	free(text);
}
#define EXPECT(events, as_of, moves) \
	expect_moves(events, sizeof(events) / sizeof((events)[0]), as_of, moves)

START_TEST(first_order_commits_and_silence_ends_in_lost)
{
	stages_event events[] = {stages_make("c", "1", "ORDER", 0, -1, NULL)};

	EXPECT(events, 179, "c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n");
	EXPECT(events, 180,
			"c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n"
			"c 2 180 COMMIT DORMANT R12 backward 1 1 1\n");
	EXPECT(events, 364,
			"c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n"
			"c 2 180 COMMIT DORMANT R12 backward 1 1 1\n");
	EXPECT(events, 365,
			"c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n"
			"c 2 180 COMMIT DORMANT R12 backward 1 1 1\n"
			"c 3 365 DORMANT LOST R13 backward 1 1 1\n");
}
END_TEST

START_TEST(order_on_the_day_silence_runs_out_comes_first)
{
	stages_event events[] = {stages_make("c", "1", "ORDER", 0, -1, NULL),
			stages_make("c", "2", "ORDER", 180, -1, NULL)};

	EXPECT(events, 300, "c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n");
	events[1].valid_us++;
	EXPECT(events, 300,
			"c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n"
			"c 2 180 COMMIT DORMANT R12 backward 1 1 1\n"
			"c 3 180+1 DORMANT COMMIT R03 forward 2 2 1\n");
}
END_TEST

START_TEST(failures_below_two_orders_do_not_struggle_and_two_do)
{
	stages_event events[] = {stages_make("c", "1", "ORDER", 0, -1, NULL),
			stages_make("c", "2", "COMPLAINT", 1, 1000, NULL),
			stages_make("c", "3", "RETURN_FAULT", 2, 999, NULL)};

	EXPECT(events, 100, "c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n");
	events[2].weight = 1000;
	EXPECT(events, 91,
			"c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n"
			"c 2 2 COMMIT STRUGGLE R08 backward 2 3 2\n");
	/* at day 91 the complaint of day 1 is out, but 1000 is above 500; at day 92 nothing is left
	 */
	EXPECT(events, 92,
			"c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n"
			"c 2 2 COMMIT STRUGGLE R08 backward 2 3 2\n"
			"c 3 92 STRUGGLE COMMIT R09 forward 3 3 1\n");
}
END_TEST

START_TEST(failure_without_weight_counts_as_a_usual_order)
{
	stages_event events[] = {stages_make("c", "1", "ORDER", 0, -1, NULL),
			stages_make("c", "2", "ORDER_FAILED", 1, -1, NULL),
			stages_make("c", "3", "ORDER_FAILED", 1, -1, NULL)};

	EXPECT(events, 2,
			"c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n"
			"c 2 1 COMMIT STRUGGLE R08 backward 2 3 2\n");
}
END_TEST

START_TEST(ticket_open_for_fourteen_days_is_a_crisis_and_one_closed_before_is_none)
{
	stages_event events[] = {stages_make("c", "1", "ORDER", 0, -1, NULL),
			stages_make("c", "2", "TICKET_OPENED", 5, -1, "t"),
			stages_make("c", "3", "TICKET_CLOSED", 19, -1, "t")};

	events[2].valid_us--;
	EXPECT(events, 60, "c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n");
	events[2].valid_us += 2;
	EXPECT(events, 60,
			"c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n"
			"c 2 19 COMMIT CRISIS R04 backward 2 2 1\n");
	events[2].reference = "u";
	events[2].valid_us = stages_day(6);
	EXPECT(events, 60,
			"c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n"
			"c 2 19 COMMIT CRISIS R04 backward 2 2 1\n");
}
END_TEST

START_TEST(due_day_that_passed_makes_dormant_and_an_order_clears_it)
{
	stages_event events[] = {stages_make("c", "1", "ORDER", 0, -1, NULL),
			stages_make("c", "2", "DUE_DAY", 1, -1, NULL),
			stages_make("c", "3", "ORDER", 31, -1, NULL)};

	events[1].due_us = stages_day(30);
	/* the day named lasts until day 31 begins, where the order comes first */
	EXPECT(events, 100, "c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n");
	events[2].valid_us++;
	EXPECT(events, 100,
			"c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n"
			"c 2 31 COMMIT DORMANT R12 backward 2 2 1\n"
			"c 3 31+1 DORMANT COMMIT R03 forward 3 3 1\n");
}
END_TEST

START_TEST(relapse_needs_one_failure_of_any_weight)
{
	stages_event events[] = {stages_make("c", "1", "ORDER", 0, -1, NULL),
			stages_make("c", "2", "EXIT_THREAT", 1, -1, NULL),
			stages_make("c", "3", "PLAN_PROMISED", 2, -1, NULL),
			stages_make("c", "4", "COMPLAINT", 3, 0, NULL)};

	EXPECT(events, 4,
			"c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n"
			"c 2 1 COMMIT CRISIS R04 backward 2 2 1\n"
			"c 3 2 CRISIS RECOVERY R06 forward 3 3 1\n"
			"c 4 3 RECOVERY CRISIS R05 backward 4 4 1\n");
}
END_TEST

START_TEST(recovery_needs_a_perfect_order_after_it_began)
{
	stages_event events[] = {stages_make("c", "1", "ORDER", 0, -1, NULL),
			stages_make("c", "2", "EXIT_THREAT", 1, -1, NULL),
			stages_make("c", "3", "ORDER_PERFECT", 2, -1, NULL),
			stages_make("c", "4", "PLAN_PROMISED", 3, -1, NULL),
			stages_make("c", "5", "ORDER_PERFECT", 80, -1, NULL)};

	EXPECT(events, 79,
			"c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n"
			"c 2 1 COMMIT CRISIS R04 backward 2 2 1\n"
			"c 3 3 CRISIS RECOVERY R06 forward 4 4 1\n");
	EXPECT(events, 80,
			"c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n"
			"c 2 1 COMMIT CRISIS R04 backward 2 2 1\n"
			"c 3 3 CRISIS RECOVERY R06 forward 4 4 1\n"
			"c 4 80 RECOVERY COMMIT R07 forward 5 5 1\n");
	events[4].valid_us = stages_day(20);
	EXPECT(events, 63,
			"c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n"
			"c 2 1 COMMIT CRISIS R04 backward 2 2 1\n"
			"c 3 3 CRISIS RECOVERY R06 forward 4 4 1\n"
			"c 4 63 RECOVERY COMMIT R07 forward 5 5 1\n");
}
END_TEST

START_TEST(cancelled_contract_loses_from_any_stage_but_lost)
{
	stages_event events[] = {stages_make("c", "1", "CONTRACT_CANCELLED", 0, -1, NULL),
			stages_make("c", "2", "CONTRACT_CANCELLED", 1, -1, NULL),
			stages_make("c", "3", "ORDER", 2, -1, NULL),
			stages_make("c", "4", "CONTRACT_CANCELLED", 3, -1, NULL)};

	EXPECT(events, 4,
			"c 1 0 PROSPECT LOST R01 lateral 1 1 1\n"
			"c 2 2 LOST COMMIT R03 forward 3 3 1\n"
			"c 3 3 COMMIT LOST R01 backward 4 4 1\n");
}
END_TEST

/* --- what is known -----------------------------------------------------------------------------
 */

START_TEST(events_after_the_as_of_time_do_not_count)
{
	stages_event events[] = {stages_make("c", "1", "ORDER", 5, -1, NULL)};
	cstn_stage_options options = stages_options(5);
	char *text;

	options.as_of_us--;
	text = stages_replay(NULL, events, 1, &options);
	ck_assert_str_eq(text, "");
	free(text);
	EXPECT(events, 5, "c 1 5 PROSPECT COMMIT R02 forward 1 1 1\n");
}
END_TEST

START_TEST(events_recorded_after_the_known_time_do_not_count)
{
	stages_event events[] = {stages_make("c", "1", "ORDER", 5, -1, NULL)};
	cstn_stage_options options = stages_options(9);
	char *text;

	events[0].recorded_us = stages_day(8);
	options.known_us = stages_day(8);
	text = stages_replay(NULL, events, 1, &options);
	ck_assert_str_eq(text, "c 1 5 PROSPECT COMMIT R02 forward 1 1 1\n");
	free(text);
	options.known_us--;
	text = stages_replay(NULL, events, 1, &options);
	ck_assert_str_eq(text, "");
	free(text);
}
END_TEST

START_TEST(event_delivered_twice_counts_once)
{
	stages_event events[] = {stages_make("c", "1", "ORDER", 0, -1, NULL),
			stages_make("c", "2", "COMPLAINT", 1, 1000, NULL),
			stages_make("c", "2", "COMPLAINT", 1, 1000, NULL)};

	events[2].recorded_us = stages_day(2);
	EXPECT(events, 3, "c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n");
}
END_TEST

START_TEST(two_events_under_one_id_are_both_left_out_and_told)
{
	stages_event events[] = {stages_make("c", "2", "ORDER", 1, -1, NULL),
			stages_make("c", "1", "ORDER", 3, -1, NULL),
			stages_make("c", "2", "ORDER", 2, -1, NULL)};
	cstn_stage_options options = stages_options(4);
	cstn_row_errors *bad = NULL;
	cstn_stage_history *history = stages_history(NULL, events, 3, &options, &bad);
	char *text = stages_text(history), message[200];

	ck_assert_str_eq(text, "c 1 3 PROSPECT COMMIT R02 forward 1 1 1\n");
	ck_assert_uint_eq(cstn_row_errors_total(bad), 2);
	ck_assert_uint_gt(cstn_row_errors_copy_message(bad, 1, message, sizeof(message)), 0);
	ck_assert_ptr_nonnull(strstr(message, "row 2, column 'event_id'"));
	free(text);
	cstn_row_errors_free(bad);
	cstn_stage_history_free(history);
}
END_TEST

/* --- bad input ---------------------------------------------------------------------------------
 */

START_TEST(each_bad_row_is_told_with_its_column_and_the_rest_goes_on)
{
	stages_event good = stages_make("c", "1", "ORDER", 0, -1, NULL), bad[9];
	static const char *const columns[] = {"customer", "event_id", "kind", "kind", "valid",
			"weight_milli", "weight_milli", "reference", "due"};
	static const int32_t codes[] = {CSTN_ROW_NULL, CSTN_ROW_NULL, CSTN_ROW_NULL, CSTN_ROW_VALUE,
			CSTN_ROW_RANGE, CSTN_ROW_NEGATIVE, CSTN_ROW_RANGE, CSTN_ROW_NULL,
			CSTN_ROW_NULL};
	cstn_stage_options options = stages_options(4);
	cstn_row_errors *rows = NULL;
	cstn_stage_history *history;
	stages_event events[2];
	cstn_row_error row;
	char *text;
	int i;

	for (i = 0; i < 9; i++) {
		bad[i] = good;
		bad[i].id = "2";
	}
	bad[0].customer = NULL;
	bad[1].id = NULL;
	bad[2].kind = NULL;
	bad[3].kind = "ORDERS";
	bad[4].valid_us = (INT64_C(1) << 62) + 1;
	bad[5].kind = bad[6].kind = "COMPLAINT";
	bad[5].weight = -1;
	bad[6].weight = INT64_C(1000000000001);
	bad[7].kind = "TICKET_CLOSED";
	bad[8].kind = "DUE_DAY";
	for (i = 0; i < 9; i++) {
		events[0] = bad[i];
		events[1] = good;
		history = stages_history(NULL, events, 2, &options, &rows);
		ck_assert_uint_eq(cstn_row_errors_total(rows), 1);
		ck_assert_int_eq(cstn_row_errors_at(rows, 0, &row, NULL), CSTN_OK);
		ck_assert_str_eq(cstn_row_errors_column(rows, 0), columns[i]);
		ck_assert_int_eq(row.code, codes[i]);
		text = stages_text(history);
		ck_assert_str_eq(text, "c 1 0 PROSPECT COMMIT R02 forward 1 1 1\n");
		free(text);
		cstn_row_errors_free(rows);
		cstn_stage_history_free(history);
	}
}
END_TEST

START_TEST(no_events_give_no_moves)
{
	cstn_stage_options options = stages_options(4);
	char *text = stages_replay(NULL, NULL, 0, &options);

	ck_assert_str_eq(text, "");
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stage_replay");
	TCase *tests = tcase_create("stage_replay");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, first_order_commits_and_silence_ends_in_lost);
	tcase_add_test(tests, order_on_the_day_silence_runs_out_comes_first);
	tcase_add_test(tests, failures_below_two_orders_do_not_struggle_and_two_do);
	tcase_add_test(tests, failure_without_weight_counts_as_a_usual_order);
	tcase_add_test(tests,
			ticket_open_for_fourteen_days_is_a_crisis_and_one_closed_before_is_none);
	tcase_add_test(tests, due_day_that_passed_makes_dormant_and_an_order_clears_it);
	tcase_add_test(tests, relapse_needs_one_failure_of_any_weight);
	tcase_add_test(tests, recovery_needs_a_perfect_order_after_it_began);
	tcase_add_test(tests, cancelled_contract_loses_from_any_stage_but_lost);
	tcase_add_test(tests, events_after_the_as_of_time_do_not_count);
	tcase_add_test(tests, events_recorded_after_the_known_time_do_not_count);
	tcase_add_test(tests, event_delivered_twice_counts_once);
	tcase_add_test(tests, two_events_under_one_id_are_both_left_out_and_told);
	tcase_add_test(tests, each_bad_row_is_told_with_its_column_and_the_rest_goes_on);
	tcase_add_test(tests, no_events_give_no_moves);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
