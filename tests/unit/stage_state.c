/* Stages of events that come over time: whatever the pieces, the history is that of all at once. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "customer/stage_state.h"
#include "stages_state_fixture.h"
#include "suite.h"

#define N STAGES_TWO_CUSTOMERS
#define DAY_1500 1500

/* --- order and pieces ------------------------------------------------------------------------- */

/* A thousand orders, each in pieces of its own, some replayed in between, some events twice. */
START_TEST(any_order_and_any_pieces_give_the_history_of_all_at_once)
{
	stages_log *log = stages_two_customers(7);
	char *first = stages_all_at_once(log->events, N, DAY_1500);
	cstn_stage_policy *policy = NULL;
	uint64_t shuffle;

	ck_assert_uint_gt(strlen(first), 1000);
	ck_assert_int_eq(cstn_stage_policy_parse(NULL, 0, NULL, &policy, NULL), CSTN_OK);
	for (shuffle = 0; shuffle < 1000; shuffle++) {
		cstn_stage_state *state = stages_state_new(policy);
		size_t from = 0, k = 0;

		stages_shuffle(log->events, N, shuffle + 100);
		for (; from < N; k++) {
			uint64_t r = cstn__random_u64(shuffle, k);
			size_t n = 1 + r % 80, again = from && r % 3 == 0;

			n = n > N - from ? N - from : n;
			stages_state_add(state, log->events + from - again, n + again);
			from += n;
			if (r / 1024 % 5 == 0)
				free(stages_state_finish(state, (int64_t)(r / 4096 % 1600)));
		}
		stages_expect_history(state, DAY_1500, first);
		cstn_stage_state_free(state);
	}
	cstn_stage_policy_unref(policy);
	free(first);
	free(log);
}
END_TEST

START_TEST(event_that_comes_late_gives_the_same_history_wherever_it_belongs)
{
	stages_log *log = stages_two_customers(3);
	char *all = stages_all_at_once(log->events, N, DAY_1500);
	size_t late;

	for (late = 0; late < N; late += 5) {
		cstn_stage_state *state = stages_state_new(NULL);

		stages_state_add(state, log->events, late);
		stages_state_add(state, log->events + late + 1, N - late - 1);
		free(stages_state_finish(state, DAY_1500));
		stages_state_add(state, log->events + late, 1);
		stages_expect_history(state, DAY_1500, all);
		cstn_stage_state_free(state);
	}
	free(all);
	free(log);
}
END_TEST

START_TEST(history_is_asked_for_at_any_instant_before_or_after_another)
{
	static const int64_t days[] = {1500, 10, 700, 2600, 300, 0, 900, 1500};
	stages_log *log = stages_two_customers(11);
	cstn_stage_state *state = stages_state_new(NULL);
	size_t i;

	stages_state_add(state, log->events, N);
	for (i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		char *once = stages_all_at_once(log->events, N, days[i]);

		stages_expect_history(state, days[i], once);
		free(once);
	}
	cstn_stage_state_free(state);
	free(log);
}
END_TEST

START_TEST(number_of_threads_does_not_show)
{
	stages_log *log = stages_log_make(5);
	size_t n = (size_t)STAGES_LOG_CUSTOMERS * STAGES_LOG_EACH;
	char *once = stages_all_at_once(log->events, n, DAY_1500);
	cstn_stage_state *state = stages_state_new(NULL);
	cstn_stage_options options = stages_options(DAY_1500);
	cstn_stage_history *history = NULL;
	char *text;

	stages_state_add(state, log->events, n);
	options.threads = 3;
	ck_assert_int_eq(cstn_stage_state_finish(state, &options, &history, NULL), CSTN_OK);
	text = stages_whole_text(history);
	ck_assert_str_eq(text, once);
	free(text);
	free(once);
	cstn_stage_history_free(history);
	cstn_stage_state_free(state);
	free(log);
}
END_TEST

/* How often snapshots are taken, and which of them a late event costs. */
START_TEST(late_event_rewinds_to_the_last_snapshot_before_it)
{
	stages_event events[300];
	char ids[300][8];
	cstn_stage_state *state = stages_state_new(NULL);
	const cstn__stage_file *file;
	size_t i;

	for (i = 0; i < 300; i++) {
		snprintf(ids[i], sizeof(ids[i]), "e%03zu", i);
		events[i] = stages_make("c", ids[i], "ORDER", (int64_t)i, -1, NULL);
	}
	stages_state_add(state, events, 200);
	stages_state_add(state, events + 201, 99);
	free(stages_state_finish(state, 300));
	file = &state->files.items[0];
	ck_assert_uint_eq(file->snapshots.count, 5);
	for (i = 0; i < 4; i++)
		ck_assert_uint_eq(file->snapshots.items[i]->position,
				(i + 1) * CSTN__STAGE_SNAPSHOT_EVERY);
	ck_assert_uint_eq(file->snapshots.items[4]->position, 299);
	stages_state_add(state, events + 200, 1);
	ck_assert_uint_eq(file->snapshots.count, 3);
	ck_assert_uint_eq(file->snapshots.items[2]->position, 192);
	free(stages_state_finish(state, 300));
	ck_assert_uint_eq(file->snapshots.count, 5);
	ck_assert_uint_eq(file->snapshots.items[4]->position, 300);
	cstn_stage_state_free(state);
}
END_TEST

/* --- what comes twice, or otherwise ----------------------------------------------------------- */

START_TEST(event_that_comes_again_in_a_later_piece_counts_once)
{
	stages_event events[] = {stages_make("c", "1", "ORDER", 0, -1, NULL),
			stages_make("c", "2", "COMPLAINT", 1, 1000, NULL)};
	char *once = stages_all_at_once(events, 2, 3);
	cstn_stage_state *state = stages_state_new(NULL);

	stages_state_add(state, events, 2);
	stages_state_add(state, events + 1, 1);
	ck_assert_uint_eq(state->n_events, 2);
	stages_expect_history(state, 3, once);
	free(once);
	cstn_stage_state_free(state);
}
END_TEST

START_TEST(other_event_under_a_known_id_takes_both_from_its_time_on)
{
	stages_event events[] = {stages_make("c", "2", "ORDER", 1, -1, NULL),
			stages_make("c", "1", "ORDER", 3, -1, NULL),
			stages_make("c", "2", "ORDER", 20, -1, NULL)};
	cstn_stage_state *state = stages_state_new(NULL);
	cstn_row_errors *bad = NULL;
	cstn_row_error row;
	char *before, *after;
	int64_t day;

	stages_state_add(state, events, 2);
	free(stages_state_finish(state, 30));
	stages_state_add_bad(state, events + 2, 1, &bad);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &row, NULL), CSTN_OK);
	ck_assert_uint_eq(row.row, 0);
	ck_assert_int_eq(row.code, CSTN_ROW_CONFLICT);
	before = stages_state_finish(state, 19);
	after = stages_state_finish(state, 20);
	ck_assert_ptr_nonnull(strstr(before, "c 1 1 PROSPECT COMMIT R02 forward 2 2 1\n"));
	ck_assert_ptr_nonnull(strstr(after, "c 1 3 PROSPECT COMMIT R02 forward 1 1 1\n"));
	free(before);
	free(after);
	for (day = 0; day < 30; day++) {
		char *once = stages_all_at_once(events, 3, day);

		stages_expect_history(state, day, once);
		free(once);
	}
	cstn_row_errors_free(bad);
	cstn_stage_state_free(state);
}
END_TEST

START_TEST(customer_whose_events_are_all_in_conflict_is_not_there)
{
	stages_event events[] = {stages_make("c", "1", "ORDER", 0, -1, NULL),
			stages_make("c", "1", "REVIEW", 0, -1, NULL)};
	cstn_stage_state *state = stages_state_new(NULL);
	cstn_row_errors *bad = NULL;
	char *once = stages_all_at_once(events, 2, 3);

	stages_state_add_bad(state, events, 2, &bad);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 2);
	stages_expect_history(state, 3, once);
	free(once);
	cstn_row_errors_free(bad);
	cstn_stage_state_free(state);
}
END_TEST

START_TEST(event_recorded_after_the_known_time_does_not_count)
{
	stages_event event = stages_make("c", "1", "ORDER", 5, -1, NULL);
	cstn_stage_policy *policy = NULL;
	cstn_stage_state *state = NULL;

	event.recorded_us = stages_day(8);
	ck_assert_int_eq(cstn_stage_policy_parse(NULL, 0, NULL, &policy, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_stage_state_new(policy, stages_day(8) - 1, NULL, &state, NULL),
			CSTN_OK);
	stages_state_add(state, &event, 1);
	ck_assert_uint_eq(state->n_events, 0);
	cstn_stage_state_free(state);
	ck_assert_int_eq(cstn_stage_state_new(policy, stages_day(8), NULL, &state, NULL), CSTN_OK);
	stages_state_add(state, &event, 1);
	ck_assert_uint_eq(state->n_events, 1);
	cstn_stage_state_free(state);
	cstn_stage_policy_unref(policy);
}
END_TEST

/* --- refused ---------------------------------------------------------------------------------- */

START_TEST(update_with_a_bad_stream_changes_nothing)
{
	stages_event event = stages_make("c", "1", "ORDER", 5, -1, NULL);
	cstn_stage_state *state = stages_state_new(NULL);
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	char *before, *after;

	stages_state_add(state, &event, 1);
	before = stages_state_finish(state, 9);
	stages_numbers_stream(&stream);
	ck_assert_int_eq(
			cstn_stage_state_update(state, &stream, NULL, NULL, &error), CSTN_E_SCHEMA);
	ck_assert_str_eq(cstn_error_message(error),
			"column 'event_id' is numbers; text expected, as before");
	cstn_error_free(error);
	after = stages_state_finish(state, 9);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	cstn_stage_state_free(state);
}
END_TEST

START_TEST(ids_of_another_type_are_taken_where_no_event_is_there)
{
	cstn_stage_state *state = stages_state_new(NULL);
	struct ArrowArrayStream stream;
	char *text;

	stages_state_add(state, NULL, 0);
	stages_numbers_stream(&stream);
	ck_assert_int_eq(cstn_stage_state_update(state, &stream, NULL, NULL, NULL), CSTN_OK);
	ck_assert_uint_eq(state->n_events, 1);
	text = stages_state_table(state, 9, CSTN_TABLE_STAGE_CUSTOMERS);
	ck_assert_ptr_nonnull(strstr(text, "7|COMMIT|"));
	free(text);
	cstn_stage_state_free(state);
}
END_TEST

START_TEST(state_without_events_gives_an_empty_history)
{
	cstn_stage_state *state = stages_state_new(NULL);
	char *once = stages_all_at_once(NULL, 0, 5);

	stages_state_add(state, NULL, 0);
	stages_expect_history(state, 5, once);
	free(once);
	cstn_stage_state_free(state);
}
END_TEST

START_TEST(calls_without_a_state_are_refused)
{
	cstn_stage_options options = stages_options(1);
	cstn_stage_history *history = NULL;
	cstn_stage_state *state = NULL;
	struct ArrowArrayStream stream;

	stages_stream(NULL, 0, 0, &stream);
	ck_assert_int_eq(
			cstn_stage_state_new(NULL, 0, NULL, &state, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_stage_state_update(NULL, &stream, NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(stream.release);
	ck_assert_int_eq(cstn_stage_state_finish(NULL, &options, &history, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_stage_state_settle(NULL, 0, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_stage_state_merge(NULL, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	state = stages_state_new(NULL);
	ck_assert_int_eq(cstn_stage_state_finish(state, NULL, &history, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_stage_state_settle(state, CSTN__STAGE_INSTANT_MAX + 1, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_stage_state_free(state);
	cstn_stage_state_free(NULL);
}
END_TEST

/* Nine moves at the instant of day 5, of nine events; the machine goes on from a snapshot there. */
START_TEST(more_than_eight_moves_at_one_instant_are_told_when_it_is_asked_that_far)
{
	static const char text[] = "cstn-stage-policy 1\n"
				   "failures COMPLAINT in 90\n"
				   "growth REFERRAL in 180\n"
				   "A PROSPECT,CRISIS -> COMMIT dwell 0 reason a when event ORDER\n"
				   "B COMMIT -> CRISIS dwell 0 reason b when event COMPLAINT\n";
	stages_event events[9];
	cstn_stage_options options = stages_options(5);
	cstn_stage_policy *policy = NULL;
	cstn_stage_history *history = NULL;
	cstn_stage_state *state;
	cstn_error *error = NULL;
	char ids[9][4];
	int i;

	for (i = 0; i < 9; i++) {
		snprintf(ids[i], sizeof(ids[i]), "%d", i);
		events[i] = stages_make("c", ids[i], i % 2 ? "COMPLAINT" : "ORDER", 5, -1, NULL);
	}
	ck_assert_int_eq(cstn_stage_policy_parse(text, sizeof(text) - 1, NULL, &policy, NULL),
			CSTN_OK);
	state = stages_state_new(policy);
	for (i = 0; i < 8; i++) {
		stages_state_add(state, events + i, 1);
		free(stages_state_finish(state, 5));
	}
	stages_state_add(state, events + 8, 1);
	free(stages_state_finish(state, 4));
	ck_assert_int_eq(cstn_stage_state_finish(state, &options, &history, &error), CSTN_E_POLICY);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "customer 'c': more than 8 moves"));
	cstn_error_free(error);
	cstn_stage_state_free(state);
	cstn_stage_policy_unref(policy);
}
END_TEST

START_TEST(ticket_that_counts_as_a_failure_weighs_as_much_as_a_usual_order)
{
	static const char text[] = "cstn-stage-policy 1\n"
				   "failures TICKET_OPENED in 90\n"
				   "growth REFERRAL in 180\n"
				   "A PROSPECT -> COMMIT dwell 0 reason a when event ORDER\n"
				   "B COMMIT -> STRUGGLE dwell 0 reason b when failures >= 2000\n";
	stages_event events[] = {stages_make("c", "1", "ORDER", 0, -1, NULL),
			stages_make("c", "2", "TICKET_OPENED", 1, 5, "t"),
			stages_make("c", "3", "TICKET_OPENED", 2, 5, "u")};
	cstn_stage_options options = stages_options(9);
	cstn_stage_policy *policy = NULL;
	char *moves;

	ck_assert_int_eq(cstn_stage_policy_parse(text, sizeof(text) - 1, NULL, &policy, NULL),
			CSTN_OK);
	moves = stages_replay(policy, events, 3, &options);
	ck_assert_str_eq(moves, "c 1 0 PROSPECT COMMIT A forward 1 1 1\n"
				"c 2 2 COMMIT STRUGGLE B backward 2 3 2\n");
	free(moves);
	cstn_stage_policy_unref(policy);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stage_state");
	TCase *tests = tcase_create("stage_state");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, any_order_and_any_pieces_give_the_history_of_all_at_once);
	tcase_add_test(tests, event_that_comes_late_gives_the_same_history_wherever_it_belongs);
	tcase_add_test(tests, history_is_asked_for_at_any_instant_before_or_after_another);
	tcase_add_test(tests, number_of_threads_does_not_show);
	tcase_add_test(tests, late_event_rewinds_to_the_last_snapshot_before_it);
	tcase_add_test(tests, event_that_comes_again_in_a_later_piece_counts_once);
	tcase_add_test(tests, other_event_under_a_known_id_takes_both_from_its_time_on);
	tcase_add_test(tests, customer_whose_events_are_all_in_conflict_is_not_there);
	tcase_add_test(tests, event_recorded_after_the_known_time_does_not_count);
	tcase_add_test(tests, update_with_a_bad_stream_changes_nothing);
	tcase_add_test(tests, ids_of_another_type_are_taken_where_no_event_is_there);
	tcase_add_test(tests, state_without_events_gives_an_empty_history);
	tcase_add_test(tests, calls_without_a_state_are_refused);
	tcase_add_test(tests,
			more_than_eight_moves_at_one_instant_are_told_when_it_is_asked_that_far);
	tcase_add_test(tests, ticket_that_counts_as_a_failure_weighs_as_much_as_a_usual_order);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
