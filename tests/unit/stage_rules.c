/* Both sides of the thresholds of the built-in policy: each case is the last day on one side and
 * the first on the other. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "stages_fixture.h"
#include "suite.h"

#define AS_OF 200

static stages_event event(const char *id, const char *kind, int64_t day, int64_t weight)
{
	return stages_make("a", id, kind, day, weight, NULL);
}

/* Whether the customer makes this move, "190 COMMIT DEVELOP R10", by day AS_OF. */
static int makes(const stages_event *events, size_t n, const char *move)
{
	cstn_stage_options options = stages_options(AS_OF);
	char *text = stages_replay(NULL, events, n, &options);
	int found = strstr(text, move) != NULL;

	free(text);
	return found;
}

START_TEST(kinds_of_growth_count_for_180_days)
{
	int64_t day;

	for (day = 189; day <= 190; day++) {
		const stages_event events[] = {event("1", "ORDER", 0, -1),
				event("2", "REFERRAL", 10, -1), event("3", "ORDER", 100, -1),
				event("4", "NEW_CATEGORY", day, -1)};

		ck_assert_int_eq(makes(events, 4, "COMMIT DEVELOP R10"), day == 189);
	}
}
END_TEST

START_TEST(failures_of_four_orders_are_a_crisis_and_a_thousandth_less_is_none)
{
	int64_t weight;

	for (weight = 1999; weight <= 2000; weight++) {
		const stages_event events[] = {event("1", "ORDER", 0, -1),
				event("2", "ORDER_FAILED", 10, 2000),
				event("3", "ORDER_FAILED", 11, weight)};

		ck_assert_int_eq(makes(events, 3, " 10 COMMIT STRUGGLE R08"), 1);
		ck_assert_int_eq(makes(events, 3, " 11 STRUGGLE CRISIS R04"), weight == 2000);
	}
}
END_TEST

START_TEST(each_failure_and_a_threat_to_leave_is_a_relapse_and_nothing_else)
{
	static const struct {
		const char *kind;
		int is_relapse;
	} cases[] = {{"COMPLAINT", 1}, {"EXIT_THREAT", 1}, {"RETURN_FAULT", 1}, {"ORDER_FAILED", 1},
			{"RETURN_OTHER", 0}, {"TICKET_OPENED", 0}, {"ORDER", 0}};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const stages_event events[] = {event("1", "ORDER", 0, -1),
				event("2", "EXIT_THREAT", 10, -1),
				event("3", "PLAN_PROMISED", 12, -1),
				stages_make("a", "4", cases[i].kind, 20, -1, "T")};

		ck_assert_msg(makes(events, 4, " 20 RECOVERY CRISIS R05") == cases[i].is_relapse,
				"%s", cases[i].kind);
	}
}
END_TEST

START_TEST(who_recovers_and_grows_develops_after_60_days)
{
	const stages_event events[] = {event("1", "ORDER", 0, -1),
			event("2", "EXIT_THREAT", 10, -1), event("3", "PLAN_PROMISED", 12, -1),
			event("4", "REFERRAL", 20, -1), event("5", "NEW_CATEGORY", 21, -1),
			event("6", "ORDER_PERFECT", 22, -1)};

	ck_assert_int_eq(makes(events, 6, " 72 RECOVERY DEVELOP R07"), 1);
	ck_assert_int_eq(makes(events, 5, "RECOVERY DEVELOP"), 0); /* no perfect order */
}
END_TEST

START_TEST(recovery_waits_60_days_from_the_last_failure)
{
	const stages_event events[] = {event("1", "ORDER", 0, -1),
			event("2", "EXIT_THREAT", 10, -1), event("3", "COMPLAINT", 11, 500),
			event("4", "PLAN_PROMISED", 11, -1), event("5", "ORDER_PERFECT", 30, -1)};

	ck_assert_int_eq(makes(events, 5, " 71 RECOVERY COMMIT R07"), 1);
}
END_TEST

START_TEST(a_struggle_ends_at_half_an_order_of_failures_and_not_above)
{
	int64_t weight;

	for (weight = 500; weight <= 501; weight++) {
		const stages_event events[] = {event("1", "ORDER", 0, -1),
				event("2", "ORDER_FAILED", 10, 2000), event("3", "ORDER", 50, -1),
				event("4", "COMPLAINT", 60, weight)};

		ck_assert_int_eq(makes(events, 4, " 100 STRUGGLE COMMIT R09"), weight == 500);
		ck_assert_int_eq(makes(events, 4, " 150 STRUGGLE COMMIT R09"), weight == 501);
	}
}
END_TEST

START_TEST(a_struggle_lasts_30_days_at_least)
{
	const stages_event events[] = {event("1", "ORDER", 0, -1),
			event("2", "COMPLAINT", 10, 1500), event("3", "ORDER", 50, -1),
			event("4", "COMPLAINT", 90, 500)};

	ck_assert_int_eq(makes(events, 4, " 90 COMMIT STRUGGLE R08"), 1);
	ck_assert_int_eq(makes(events, 4, " 120 STRUGGLE COMMIT R09"), 1);
}
END_TEST

START_TEST(nobody_develops_while_any_failure_counts)
{
	const stages_event events[] = {event("1", "ORDER", 0, -1), event("2", "COMPLAINT", 20, 1),
			event("3", "REFERRAL", 40, -1), event("4", "NEW_CATEGORY", 41, -1)};

	ck_assert_int_eq(makes(events, 4, " 110 COMMIT DEVELOP R10"), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rules of stages");
	TCase *tests = tcase_create("all");

	tcase_add_test(tests, kinds_of_growth_count_for_180_days);
	tcase_add_test(tests, failures_of_four_orders_are_a_crisis_and_a_thousandth_less_is_none);
	tcase_add_test(tests, each_failure_and_a_threat_to_leave_is_a_relapse_and_nothing_else);
	tcase_add_test(tests, who_recovers_and_grows_develops_after_60_days);
	tcase_add_test(tests, recovery_waits_60_days_from_the_last_failure);
	tcase_add_test(tests, a_struggle_ends_at_half_an_order_of_failures_and_not_above);
	tcase_add_test(tests, a_struggle_lasts_30_days_at_least);
	tcase_add_test(tests, nobody_develops_while_any_failure_counts);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
