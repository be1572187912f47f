/* Replays of customers that come one after another hold few events and give the same history. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "csv_rows.h"
#include "stages_fixture.h"
#include "suite.h"

#define EACH 9
#define CUSTOMERS 4200 /* more events than are held at a time */
#define EVENTS (EACH * CUSTOMERS)

typedef struct grouped_log {
	stages_event events[EVENTS];
	char customers[CUSTOMERS][12], ids[EVENTS][12];
} grouped_log;

/* Customers in falling order of ids, the events of each in any; some come twice, some conflict. */
static grouped_log *make_log(void)
{
	static const char *const names[] = {"ORDER", "COMPLAINT", "NEW_CATEGORY", "REFERRAL",
			"ORDER_PERFECT", "EXIT_THREAT", "PLAN_PROMISED"};
	grouped_log *log = calloc(1, sizeof(*log));
	size_t i;

	ck_assert_ptr_nonnull(log);
	for (i = 0; i < EVENTS; i++) {
		size_t customer = i / EACH;
		uint64_t r = cstn__random_u64(9, i);

		snprintf(log->customers[customer], 12, "k%zu", 9000 - customer);
		snprintf(log->ids[i], 12, "%zu", i);
		log->events[i] = stages_make(log->customers[customer], log->ids[i], names[r % 7],
				(int64_t)(r / 7 % 500), -1, NULL);
		if (i % 50 == 1)
			log->events[i] = log->events[i - 1];
		if (i % 700 == 3)
			log->events[i].id = log->ids[i - 1];
	}
	return log;
}

static cstn_buffer *bytes_of(const cstn_stage_history *history)
{
	cstn_stage_summary *summary = NULL;
	cstn_buffer *bytes = NULL;

	ck_assert_int_eq(cstn_stage_history_summary(history, &summary, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_stage_summary_serialize(summary, &bytes, NULL), CSTN_OK);
	cstn_stage_summary_free(summary);
	return bytes;
}

static char *customers_of(const cstn_stage_history *history)
{
	struct ArrowArrayStream stream;

	ck_assert_int_eq(cstn_stage_history_export(
					 history, CSTN_TABLE_STAGE_CUSTOMERS, &stream, NULL),
			CSTN_OK);
	return stages_table(&stream);
}

START_TEST(customers_that_come_one_after_another_give_the_same_history)
{
	grouped_log *log = make_log();
	cstn_stage_options options = stages_options(900);
	cstn_row_errors *bad[2] = {NULL, NULL};
	cstn_stage_history *history[2];
	char *moves[2], *customers[2];
	cstn_buffer *bytes[2];
	int i;

	for (i = 0; i < 2; i++) {
		options.flags = i ? CSTN_STAGE_GROUPED : 0;
		history[i] = stages_history(NULL, log->events, EVENTS, &options, &bad[i]);
		moves[i] = stages_text(history[i]);
		customers[i] = customers_of(history[i]);
		bytes[i] = bytes_of(history[i]);
	}
	ck_assert_uint_gt(strlen(moves[0]), 100000);
	ck_assert_str_eq(moves[0], moves[1]);
	ck_assert_str_eq(customers[0], customers[1]);
	ck_assert_uint_eq(cstn_buffer_size(bytes[0]), cstn_buffer_size(bytes[1]));
	ck_assert_mem_eq(cstn_buffer_data(bytes[0]), cstn_buffer_data(bytes[1]),
			cstn_buffer_size(bytes[0]));
	ck_assert_uint_gt(cstn_row_errors_total(bad[0]), 50);
	ck_assert_uint_eq(cstn_row_errors_total(bad[0]), cstn_row_errors_total(bad[1]));
	for (i = 0; i < 2; i++) {
		cstn_row_errors_free(bad[i]);
		cstn_stage_history_free(history[i]);
		cstn_buffer_free(bytes[i]);
		free(moves[i]);
		free(customers[i]);
	}
	free(log);
}
END_TEST

START_TEST(a_customer_that_comes_again_is_noticed_near_and_far)
{
	static const size_t again[] = {EACH * 2, EVENTS - 1};
	grouped_log *log = make_log();
	cstn_stage_options options = stages_options(900);
	cstn_stage_policy *policy = NULL;
	size_t i;

	options.flags = CSTN_STAGE_GROUPED;
	ck_assert_int_eq(cstn_stage_policy_parse(NULL, 0, NULL, &policy, NULL), CSTN_OK);
	for (i = 0; i < 2; i++) {
		const char *was = log->events[again[i]].customer;
		cstn_stage_history *history = NULL;
		struct ArrowArrayStream stream;
		cstn_error *error = NULL;
		char said[60];

		log->events[again[i]].customer = log->customers[0];
		snprintf(said, sizeof(said), "row %zu: ", again[i]);
		stages_stream(log->events, EVENTS, 0, &stream);
		expect_error(cstn_stage_replay(policy, &stream, &options, NULL, &history, NULL,
					     &error),
				CSTN_E_NOT_CLUSTERED, &error, said);
		ck_assert_ptr_null(history);
		log->events[again[i]].customer = was;
	}
	cstn_stage_policy_unref(policy);
	free(log);
}
END_TEST

START_TEST(no_events_are_grouped_too)
{
	cstn_stage_options options = stages_options(9);
	cstn_stage_history *history;
	char *text;

	options.flags = CSTN_STAGE_GROUPED;
	history = stages_history(NULL, NULL, 0, &options, NULL);
	text = stages_text(history);
	ck_assert_str_eq(text, "");
	free(text);
	cstn_stage_history_free(history);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {customers_that_come_one_after_another_give_the_same_history,
			a_customer_that_comes_again_is_noticed_near_and_far,
			no_events_are_grouped_too};

	return run_tests("stage_grouped", tests, sizeof(tests) / sizeof(*tests));
}
