/* What a state of stages keeps: merged, as bytes, settled, and when memory runs out. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "customer/stage_state.h"
#include "failing_allocator.h"
#include "sealed_bytes.h"
#include "stages_state_fixture.h"
#include "suite.h"

#define N STAGES_TWO_CUSTOMERS
#define DAY_1500 1500

#define SAME_BYTES(a, b) sealed_expect_equal(&sealed_stage_state, a, b)
#define READ_AGAIN(state) sealed_copy(&sealed_stage_state, state)

/* --- merging ---------------------------------------------------------------------------------- */

START_TEST(merged_states_are_the_state_of_all_events_in_any_order)
{
	stages_log *log = stages_two_customers(21);
	cstn_stage_state *all = stages_state_new(NULL), *a, *b, *c;
	uint64_t shuffle;

	stages_state_add(all, log->events, N);
	for (shuffle = 0; shuffle < 6; shuffle++) {
		a = stages_state_new(NULL);
		b = stages_state_new(NULL);
		c = stages_state_new(NULL);
		stages_shuffle(log->events, N, shuffle);
		stages_state_add(a, log->events, 40);
		stages_state_add(b, log->events + 35, 30); /* some of both */
		stages_state_add(c, log->events + 60, N - 60);
		free(stages_state_finish(b, DAY_1500));
		ck_assert_int_eq(cstn_stage_state_merge(b, shuffle % 2 ? a : c, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_stage_state_merge(b, shuffle % 2 ? c : a, NULL), CSTN_OK);
		SAME_BYTES(b, all);
		ck_assert_int_eq(cstn_stage_state_merge(b, b, NULL), CSTN_OK);
		SAME_BYTES(b, all);
		cstn_stage_state_free(a);
		cstn_stage_state_free(b);
		cstn_stage_state_free(c);
	}
	cstn_stage_state_free(all);
	free(log);
}
END_TEST

START_TEST(states_of_another_policy_or_known_time_do_not_merge)
{
	stages_event event = stages_make("c", "1", "ORDER", 5, -1, NULL);
	cstn_stage_policy *policy = NULL;
	cstn_stage_state *state = stages_state_new(NULL), *other = NULL;
	cstn_error *error = NULL;

	stages_state_add(state, &event, 1);
	ck_assert_int_eq(cstn_stage_policy_parse(NULL, 0, NULL, &policy, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_stage_state_new(policy, 1, NULL, &other, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_stage_state_merge(other, state, &error), CSTN_E_MISMATCH);
	ck_assert_str_eq(cstn_error_message(error), "the states differ in policy or known time");
	cstn_error_free(error);
	cstn_stage_state_free(other);
	cstn_stage_state_free(state);
	cstn_stage_policy_unref(policy);
}
END_TEST

/* --- bytes ------------------------------------------------------------------------------------ */

START_TEST(bytes_depend_on_the_events_alone_and_read_back)
{
	stages_log *log = stages_two_customers(31);
	cstn_stage_state *first = stages_state_new(NULL), *second, *again;
	char *once = stages_all_at_once(log->events, N, DAY_1500);
	size_t i;

	stages_state_add(first, log->events, N);
	again = READ_AGAIN(first);
	SAME_BYTES(first, again);
	stages_expect_history(again, DAY_1500, once);
	cstn_stage_state_free(again);
	second = stages_state_new(NULL);
	stages_shuffle(log->events, N, 1);
	for (i = 0; i < N; i += 16)
		stages_state_add(second, log->events + i, 16);
	free(stages_state_finish(second, 800));
	SAME_BYTES(first, second);
	free(once);
	cstn_stage_state_free(first);
	cstn_stage_state_free(second);
	free(log);
}
END_TEST

START_TEST(conflicts_read_back_as_such)
{
	stages_event events[] = {stages_make("c", "2", "TICKET_OPENED", 1, -1, "y"),
			stages_make("c", "1", "ORDER", 3, -1, NULL),
			stages_make("c", "2", "TICKET_OPENED", 1, -1, "x")};
	stages_event turned[] = {events[2], events[1], events[0]};
	cstn_stage_state *state = stages_state_new(NULL), *other = stages_state_new(NULL), *again;
	cstn_row_errors *bad = NULL;
	char *once = stages_all_at_once(events, 3, 30);

	stages_state_add_bad(state, events, 3, &bad);
	cstn_row_errors_free(bad);
	stages_state_add_bad(other, turned, 3, &bad);
	cstn_row_errors_free(bad);
	SAME_BYTES(state, other);
	again = READ_AGAIN(state);
	ck_assert_uint_eq(again->files.items[0].n_conflicts, 2);
	SAME_BYTES(state, again);
	stages_expect_history(again, 30, once);
	free(once);
	cstn_stage_state_free(state);
	cstn_stage_state_free(other);
	cstn_stage_state_free(again);
}
END_TEST

static void ask(void *self)
{
	static const int64_t days[] = {DAY_1500, 40};
	cstn_stage_options options = stages_options(0);
	cstn_stage_history *history = NULL;
	cstn_status status;
	int i;

	for (i = 0; i < 2; i++) {
		options.as_of_us = stages_day(days[i]);
		status = cstn_stage_state_finish(self, &options, &history, NULL);
		cstn_stage_history_free(history);
		history = NULL;
		ck_assert(status == CSTN_OK || status == CSTN_E_INVALID_ARGUMENT ||
				status == CSTN_E_POLICY);
		status = cstn_stage_state_settle(self, stages_day(50), NULL);
		ck_assert(status == CSTN_OK || status == CSTN_E_POLICY);
	}
}

/* What is held of a customer who was settled, and of one who was not. */
START_TEST(bytes_changed_anywhere_are_refused_or_harmless)
{
	static const uint8_t flips[] = {1, 128};
	stages_event events[] = {stages_make("a", "1", "ORDER", 1, -1, NULL),
			stages_make("a", "2", "ORDER_FAILED", 5, 2500, NULL),
			stages_make("a", "3", "TICKET_OPENED", 6, -1, "t"),
			stages_make("a", "4", "REFERRAL", 7, -1, NULL),
			stages_make("a", "5", "ORDER_PERFECT", 8, -1, NULL),
			stages_make("a", "6", "COMPLAINT", 30, 500, NULL),
			stages_make("b", "1", "ORDER", 31, -1, NULL)};
	cstn_stage_state *state = stages_state_new(NULL);

	stages_state_add(state, events, 7);
	ck_assert_int_eq(cstn_stage_state_settle(state, stages_day(20), NULL), CSTN_OK);
	sealed_refuses_damage(&sealed_stage_state, state, 1);
	ck_assert_uint_gt(sealed_changes_refused(&sealed_stage_state, state, flips, 2, ask), 1000);
	cstn_stage_state_free(state);
}
END_TEST

/* --- settled ---------------------------------------------------------------------------------- */

/* Settled at many instants, in one step or several, with what follows in any pieces. */
START_TEST(settled_state_gives_the_same_history_from_there_on)
{
	stages_log *log = stages_two_customers(51);
	int64_t last = log->events[0].valid_us, day;
	char *once;
	size_t i;

	for (i = 0; i < N; i++)
		last = log->events[i].valid_us > last ? log->events[i].valid_us : last;
	once = stages_all_at_once(log->events, N, last / STAGES_DAY + 100);
	for (day = 0; day <= last / STAGES_DAY + 1; day += 37) {
		cstn_stage_state *state = stages_state_new(NULL), *again;
		uint64_t before;

		for (i = 0; i < N; i++)
			if (log->events[i].valid_us < stages_day(day))
				stages_state_add(state, log->events + i, 1);
		before = state->n_events;
		if (day % 2)
			ck_assert_int_eq(cstn_stage_state_settle(state, stages_day(day / 2), NULL),
					CSTN_OK);
		ck_assert_int_eq(cstn_stage_state_settle(state, stages_day(day), NULL), CSTN_OK);
		ck_assert_uint_le(state->n_events, before);
		again = READ_AGAIN(state);
		SAME_BYTES(state, again);
		for (i = N; i-- > 0;)
			if (log->events[i].valid_us >= stages_day(day)) {
				stages_state_add(state, log->events + i, 1);
				stages_state_add(again, log->events + i, 1);
			}
		stages_expect_history(state, last / STAGES_DAY + 100, once);
		stages_expect_history(again, last / STAGES_DAY + 100, once);
		SAME_BYTES(state, again);
		cstn_stage_state_free(state);
		cstn_stage_state_free(again);
	}
	free(once);
	free(log);
}
END_TEST

START_TEST(settled_state_holds_no_more_than_rules_may_look_at)
{
	stages_event events[1000];
	char ids[1000][8];
	cstn_stage_state *state = stages_state_new(NULL);
	size_t i;

	for (i = 0; i < 1000; i++) {
		snprintf(ids[i], sizeof(ids[i]), "e%03zu", i);
		events[i] = stages_make(
				"c", ids[i], i % 100 ? "ORDER" : "COMPLAINT", (int64_t)i, -1, NULL);
	}
	stages_state_add(state, events, 1000);
	ck_assert_int_eq(cstn_stage_state_settle(state, stages_day(1000), NULL), CSTN_OK);
	/* the complaint of day 900 and the last order, 99 days on */
	ck_assert_uint_eq(state->n_events, 2);
	ck_assert_uint_eq(state->files.items[0].n_dropped, 998);
	cstn_stage_state_free(state);
}
END_TEST

START_TEST(event_before_what_is_settled_is_late_and_one_at_it_is_not)
{
	stages_event events[] = {stages_make("c", "1", "ORDER", 5, -1, NULL),
			stages_make("c", "2", "ORDER", 10, -1, NULL),
			stages_make("c", "3", "ORDER", 10, -1, NULL)};
	cstn_stage_state *state = stages_state_new(NULL);
	cstn_row_errors *bad = NULL;
	cstn_row_error row;

	stages_state_add(state, events, 1);
	ck_assert_int_eq(cstn_stage_state_settle(state, stages_day(10), NULL), CSTN_OK);
	events[2].valid_us--;
	stages_state_add_bad(state, events + 1, 2, &bad);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &row, NULL), CSTN_OK);
	ck_assert_uint_eq(row.row, 1);
	ck_assert_int_eq(row.code, CSTN_ROW_ORDER);
	ck_assert_str_eq(cstn_row_errors_column(bad, 0), "valid");
	ck_assert_uint_eq(state->n_events, 2);
	cstn_row_errors_free(bad);
	cstn_stage_state_free(state);
}
END_TEST

START_TEST(other_event_under_the_id_of_a_settled_one_is_told_and_left_out)
{
	stages_event events[] = {stages_make("c", "1", "ORDER", 5, -1, NULL),
			stages_make("c", "1", "COMPLAINT", 11, 9000, NULL)};
	cstn_stage_state *state = stages_state_new(NULL);
	cstn_row_errors *bad = NULL;
	char *once = stages_all_at_once(events, 1, 20);

	stages_state_add(state, events, 1);
	ck_assert_int_eq(cstn_stage_state_settle(state, stages_day(10), NULL), CSTN_OK);
	stages_state_add_bad(state, events + 1, 1, &bad);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	stages_expect_history(state, 20, once);
	free(once);
	cstn_row_errors_free(bad);
	cstn_stage_state_free(state);
}
END_TEST

START_TEST(events_in_conflict_after_what_is_settled_replay_from_there)
{
	stages_event events[] = {stages_make("c", "1", "ORDER", 5, -1, NULL),
			stages_make("c", "2", "COMPLAINT", 6, 1500, NULL),
			stages_make("c", "3", "COMPLAINT", 12, 1500, NULL),
			stages_make("c", "3", "COMPLAINT", 13, 1500, NULL),
			stages_make("c", "4", "COMPLAINT", 14, 1500, NULL)};
	cstn_stage_state *state = stages_state_new(NULL);
	cstn_row_errors *bad = NULL;
	int64_t day;

	stages_state_add(state, events, 2);
	ck_assert_int_eq(cstn_stage_state_settle(state, stages_day(10), NULL), CSTN_OK);
	stages_state_add_bad(state, events + 2, 3, &bad);
	for (day = 10; day < 20; day++) {
		char *once = stages_all_at_once(events, 5, day);

		stages_expect_history(state, day, once);
		free(once);
	}
	ck_assert_int_eq(cstn_stage_state_settle(state, stages_day(15), NULL), CSTN_OK);
	ck_assert_uint_eq(state->n_events, 5);
	cstn_row_errors_free(bad);
	cstn_stage_state_free(state);
}
END_TEST

START_TEST(settled_state_is_not_merged_nor_asked_about_the_time_before)
{
	stages_event event = stages_make("c", "1", "ORDER", 5, -1, NULL);
	cstn_stage_options options = stages_options(10);
	cstn_stage_state *state = stages_state_new(NULL), *other = stages_state_new(NULL);
	cstn_stage_history *history = NULL;

	stages_state_add(state, &event, 1);
	stages_state_add(other, &event, 1);
	ck_assert_int_eq(cstn_stage_state_settle(state, stages_day(10), NULL), CSTN_OK);
	ck_assert_int_eq(cstn_stage_state_merge(other, state, NULL), CSTN_E_MISMATCH);
	ck_assert_int_eq(cstn_stage_state_merge(state, other, NULL), CSTN_E_MISMATCH);
	free(stages_state_finish(state, 10));
	options.as_of_us--;
	ck_assert_int_eq(cstn_stage_state_finish(state, &options, &history, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_stage_state_free(state);
	cstn_stage_state_free(other);
}
END_TEST

/* --- memory ----------------------------------------------------------------------------------- */

static cstn_status update(cstn_stage_state *state, const stages_event *events, size_t n)
{
	struct ArrowArrayStream stream;
	cstn_row_errors *bad = NULL;
	cstn_status status;

	stages_stream(events, n, 0, &stream);
	status = cstn_stage_state_update(state, &stream, NULL, &bad, NULL);
	cstn_row_errors_free(bad);
	return status == CSTN_E_ROWS ? CSTN_OK : status;
}

/* What fails is done once more, and must then be as if nothing had failed. */
static cstn_status whole_run(const cstn_allocator *allocator, const stages_log *log)
{
	cstn_stage_options options = stages_options(DAY_1500);
	cstn_stage_policy *policy = NULL;
	cstn_stage_state *state = NULL, *other = NULL, *again = NULL;
	cstn_stage_history *history = NULL;
	cstn_buffer *bytes = NULL;
	cstn_status status = cstn_stage_policy_parse(NULL, 0, allocator, &policy, NULL);

	if (status == CSTN_OK)
		status = cstn_stage_state_new(policy, 0, allocator, &state, NULL);
	if (status == CSTN_OK)
		status = cstn_stage_state_new(policy, 0, allocator, &other, NULL);
	if (status == CSTN_OK)
		status = update(state, log->events, 70);
	if (status == CSTN_OK)
		status = update(other, log->events + 60, 12);
	if (status == CSTN_OK)
		status = cstn_stage_state_merge(state, other, NULL);
	if (status == CSTN_OK)
		status = cstn_stage_state_finish(state, &options, &history, NULL);
	if (status == CSTN_OK)
		status = update(state, log->events + 72, N - 72);
	if (status == CSTN_OK)
		status = cstn_stage_state_settle(state, log->events[20].valid_us, NULL);
	if (status == CSTN_OK)
		status = cstn_stage_state_serialize(state, &bytes, NULL);
	if (status == CSTN_OK)
		status = cstn_stage_state_deserialize(cstn_buffer_data(bytes),
				cstn_buffer_size(bytes), allocator, &again, NULL);
	cstn_stage_state_free(again);
	cstn_buffer_free(bytes);
	cstn_stage_history_free(history);
	cstn_stage_state_free(other);
	cstn_stage_state_free(state);
	cstn_stage_policy_unref(policy);
	return status;
}

START_TEST(out_of_memory_at_any_allocation_is_an_ordinary_error)
{
	stages_log *log = stages_two_customers(61);
	uint64_t n;

	for (n = 1;; n++) {
		failing_allocator memory;
		cstn_status status;

		failing_allocator_init(&memory, n);
		status = whole_run(&memory.allocator, log);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		if (status != CSTN_E_NOMEM) {
			ck_assert_int_eq(status, CSTN_OK);
			break;
		}
	}
	ck_assert_uint_gt(n, 60);
	free(log);
}
END_TEST

/* A call that fails leaves the state as it was, and may be made again. */
START_TEST(call_that_ran_out_of_memory_is_made_again_as_if_it_had_not)
{
	stages_log *log = stages_two_customers(71);
	cstn_stage_state *expected = stages_state_new(NULL);
	cstn_stage_policy *policy = NULL;
	cstn_buffer *wanted;
	uint64_t n, done = 0;

	ck_assert_int_eq(cstn_stage_policy_parse(NULL, 0, NULL, &policy, NULL), CSTN_OK);
	stages_state_add(expected, log->events, N);
	ck_assert_int_eq(
			cstn_stage_state_settle(expected, log->events[30].valid_us, NULL), CSTN_OK);
	wanted = stages_state_bytes(expected);
	for (n = 1; !done; n++) {
		cstn_stage_state *state = NULL;
		cstn_buffer *bytes = NULL;
		failing_allocator memory;
		size_t i;

		failing_allocator_init(&memory, n);
		done = 1;
		while (cstn_stage_state_new(policy, 0, &memory.allocator, &state, NULL) != CSTN_OK)
			done = 0;
		for (i = 0; i < N; i += 32)
			while (update(state, log->events + i, 32) != CSTN_OK)
				done = 0;
		while (cstn_stage_state_settle(state, log->events[30].valid_us, NULL) != CSTN_OK)
			done = 0;
		while (cstn_stage_state_serialize(state, &bytes, NULL) != CSTN_OK)
			done = 0;
		ck_assert_uint_eq(cstn_buffer_size(bytes), cstn_buffer_size(wanted));
		ck_assert_mem_eq(cstn_buffer_data(bytes), cstn_buffer_data(wanted),
				cstn_buffer_size(wanted));
		cstn_buffer_free(bytes);
		cstn_stage_state_free(state);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_uint_gt(n, 30);
	cstn_buffer_free(wanted);
	cstn_stage_state_free(expected);
	cstn_stage_policy_unref(policy);
	free(log);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stage_state_kept");
	TCase *tests = tcase_create("stage_state_kept");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, merged_states_are_the_state_of_all_events_in_any_order);
	tcase_add_test(tests, states_of_another_policy_or_known_time_do_not_merge);
	tcase_add_test(tests, bytes_depend_on_the_events_alone_and_read_back);
	tcase_add_test(tests, conflicts_read_back_as_such);
	tcase_add_test(tests, bytes_changed_anywhere_are_refused_or_harmless);
	tcase_add_test(tests, settled_state_gives_the_same_history_from_there_on);
	tcase_add_test(tests, settled_state_holds_no_more_than_rules_may_look_at);
	tcase_add_test(tests, event_before_what_is_settled_is_late_and_one_at_it_is_not);
	tcase_add_test(tests, other_event_under_the_id_of_a_settled_one_is_told_and_left_out);
	tcase_add_test(tests, events_in_conflict_after_what_is_settled_replay_from_there);
	tcase_add_test(tests, settled_state_is_not_merged_nor_asked_about_the_time_before);
	tcase_add_test(tests, out_of_memory_at_any_allocation_is_an_ordinary_error);
	tcase_add_test(tests, call_that_ran_out_of_memory_is_made_again_as_if_it_had_not);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
