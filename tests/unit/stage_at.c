/* The stage of one customer at one instant, out of a history. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/time.h>

#include "stages_fixture.h"
#include "suite.h"

static cstn_stage_history *until(const stages_event *events, size_t n, int64_t day)
{
	cstn_stage_options options = stages_options(day);

	return stages_history(NULL, events, n, &options, NULL);
}

START_TEST(a_stage_begins_at_its_move_and_a_customer_at_its_first_event)
{
	stages_event events[] = {stages_make("c", "1", "NPS_ANSWER", 1, -1, NULL),
			stages_make("c", "2", "ORDER", 3, -1, NULL),
			stages_make("d", "3", "ORDER", 0, -1, NULL)};
	cstn_stage_history *history = until(events, 3, 200);
	int32_t stage = -5;
	int64_t since = -5;

#define AT(us) cstn_customer_stage_at(history, "c", 1, us, &stage, &since, NULL)
	ck_assert_int_eq(AT(stages_day(1) - 1), CSTN_DONE);
	ck_assert(stage == -5 && since == -5);
	ck_assert_int_eq(AT(stages_day(1)), CSTN_OK);
	ck_assert(stage == CSTN_STAGE_PROSPECT && since == stages_day(1));
	ck_assert_int_eq(AT(stages_day(3) - 1), CSTN_OK);
	ck_assert_int_eq(stage, CSTN_STAGE_PROSPECT);
	ck_assert_int_eq(AT(stages_day(3)), CSTN_OK);
	ck_assert(stage == CSTN_STAGE_COMMIT && since == stages_day(3));
	ck_assert_int_eq(AT(stages_day(183) - 1), CSTN_OK);
	ck_assert_int_eq(stage, CSTN_STAGE_COMMIT);
	ck_assert_int_eq(AT(stages_day(183)), CSTN_OK);
	ck_assert(stage == CSTN_STAGE_DORMANT && since == stages_day(183));
	ck_assert_int_eq(AT(stages_day(200)), CSTN_OK);
	ck_assert_int_eq(AT(stages_day(200) + 1), CSTN_E_INVALID_ARGUMENT);
#undef AT
	ck_assert_int_eq(cstn_customer_stage_at(history, "c", 1, 0, &stage, NULL, NULL), CSTN_DONE);
	ck_assert_int_eq(cstn_customer_stage_at(history, "e", 1, stages_day(1), &stage, NULL, NULL),
			CSTN_E_NOT_FOUND);
	ck_assert_int_eq(cstn_customer_stage_at(history, "", 0, stages_day(1), &stage, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_customer_stage_at(NULL, "c", 1, 0, &stage, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_stage_history_free(history);
}
END_TEST

/* "customer|stage|since" of all who were heard of, one after the other. */
static char *stages_at(const cstn_stage_history *history, int64_t day)
{
	char *text = calloc(1, 8000);
	int c;

	ck_assert_ptr_nonnull(text);
	for (c = 0; c < 12; c++) {
		char name[8], when[40];
		int32_t stage = 0;
		int64_t since = 0;
		cstn_status status;

		snprintf(name, sizeof(name), "c%02d", c);
		status = cstn_customer_stage_at(
				history, name, strlen(name), stages_day(day), &stage, &since, NULL);
		(void)cstn_time_format(since, when, sizeof(when));
		if (status == CSTN_OK)
			snprintf(text + strlen(text), 100, "%s|%s|%s\n", name,
					cstn_stage_name(stage), when);
		else
			ck_assert_msg(status == CSTN_DONE, "%s %d on day %d", name, status,
					(int)day);
	}
	return text;
}

START_TEST(the_stage_at_a_day_is_that_of_a_replay_up_to_it)
{
	static const char *const kinds[] = {"ORDER", "ORDER_PERFECT", "COMPLAINT", "ORDER",
			"EXIT_THREAT", "PLAN_PROMISED", "ORDER", "NEW_CATEGORY", "REFERRAL",
			"ORDER_PERFECT", "CONTRACT_CANCELLED"};
	stages_event events[300];
	char names[12][8], ids[300][8];
	cstn_stage_history *all;
	int64_t day;
	int i;

	for (i = 0; i < 12; i++)
		snprintf(names[i], sizeof(names[i]), "c%02d", i);
	for (i = 0; i < 300; i++) {
		snprintf(ids[i], sizeof(ids[i]), "%d", i);
		events[i] = stages_make(names[(i + i / 12 * 5) % 12], ids[i],
				kinds[(i * 7 + i % 3) % 11], i * 37 % 500 + 20, 900 + i, NULL);
	}
	all = until(events, 300, 900);
	for (day = 1; day <= 900; day += 13) {
		cstn_stage_history *part = until(events, 300, day);
		char *whole = stages_at(all, day), expected[8000] = "";
		struct ArrowArrayStream stream;
		char *table, *row, *rest;

		ck_assert_int_eq(cstn_stage_history_export(
						 part, CSTN_TABLE_STAGE_CUSTOMERS, &stream, NULL),
				CSTN_OK);
		table = stages_table(&stream);
		for (row = strtok_r(table, ";", &rest); row; row = strtok_r(NULL, ";", &rest)) {
			char *end = strchr(strchr(strchr(row, '|') + 1, '|') + 1, '|');

			snprintf(expected + strlen(expected), 100, "%.*s\n", (int)(end - row), row);
		}
		ck_assert_str_eq(whole, expected);
		free(table);
		free(whole);
		cstn_stage_history_free(part);
	}
	cstn_stage_history_free(all);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {a_stage_begins_at_its_move_and_a_customer_at_its_first_event,
			the_stage_at_a_day_is_that_of_a_replay_up_to_it};

	return run_tests("stage_at", tests, sizeof(tests) / sizeof(*tests));
}
