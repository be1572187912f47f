/* Every key of the service policy moves a verdict: the same line, two policies that differ in one
 * key alone, two verdicts. At least two such cases a key. */

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "judged_lines.h"
#include "odd_lines.h"
#include "suite.h"

static const struct key_case {
	const char *common; /* changes of both policies */
	const char *change; /* of the second alone */
	void (*make)(cstn_order_line *line);
	const char *before, *after;
} CASES[] = {
		{"", "components=F", late_and_short, "TF", "F"},
		{"", "components=TDC", late_and_short, "TF", "T"},
		{"", "components=DC", late_and_short, "TF", "perfect"},
		{"", "components=TFD", damaged, "C", "perfect"},
		{"", "promise_basis=requested", requested_the_day_before, "perfect", "T"},
		{"", "promise_basis=last_commit", last_promised_the_day_before, "perfect", "T"},
		{"", "promise_basis=last_commit", as_usual, "perfect", "no_promise"},
		{"", "customer_change=ignore", customer_moved_it_back, "perfect", "T"},
		{"", "customer_change=ignore", customer_moved_it_forward, "T", "perfect"},
		{"", "supplier_change=supersede", supplier_moved_it_back, "T", "perfect"},
		{"", "supplier_change=supersede", supplier_moved_it_forward, "perfect", "T"},
		{"", "actual_basis=shipped", shipped_in_time_delivered_late, "T", "perfect"},
		{"", "actual_basis=arrived", shipped_in_time_delivered_late, "T", "perfect"},
		{"", "actual_basis=accepted", delivered_in_time_accepted_late, "perfect", "T"},
		{"", "actual_basis=recorded", delivered_in_time_accepted_late, "perfect", "T"},
		{"", "actual_missing=fail", closed_without_a_time, "no_actual_time", "T"},
		{"", "actual_missing=fail", closed_short_without_a_time, "no_actual_time", "TF"},
		{"", "attempt=counts", attempted_in_time, "T", "perfect"},
		{"", "attempt=counts", attempted_in_time_still_open, "TF", "F"},
		{"", "time_unit=instant", as_usual, "perfect", "T"},
		{"early_tolerance=0", "time_unit=instant", an_hour_early, "perfect", "T"},
		{"late_tolerance=1", "time_unit=instant", late_by_a_day, "perfect", "T"},
		{"", "zone=offset:+02:00", late_in_the_evening, "perfect", "T"},
		{"", "zone=offset:-05:00", as_usual, "perfect", "T"},
		{"", "zone=event", each_in_its_own_offset, "perfect", "T"},
		{"", "zone=ship_to", each_in_its_own_offset, "perfect", "T"},
		{"", "zone=event", as_usual, "perfect", "unassessed_on_time"},
		{"", "early_tolerance=0", a_day_early, "perfect", "T"},
		{"early_tolerance=0", "early_tolerance=1", a_day_early, "T", "perfect"},
		{"", "late_tolerance=1", late_by_a_day, "T", "perfect"},
		{"", "late_tolerance=unset", late_by_a_day, "T", "perfect"},
		{"", "over_tolerance_ppm=10000", over_by_one, "F", "perfect"},
		{"", "over_tolerance_ppm=9999", over_by_one, "F", "F"},
		{"", "over_tolerance_ppm=unset", a_thousand_of_a_hundred, "F", "perfect"},
		{"", "under_tolerance_ppm=10000", short_by_one, "F", "perfect"},
		{"", "under_tolerance_ppm=9999", short_by_one, "F", "F"},
		{"", "under_tolerance_ppm=unset", one_of_a_hundred, "F", "perfect"},
		{"", "substitution=accept_agreed", agreed_substitute, "F", "perfect"},
		{"", "substitution=accept_agreed", half_in_agreed_substitutes, "TF", "perfect"},
		{"", "partial=single_shipment", in_two_shipments, "perfect", "F"},
		{"", "partial=single_shipment", in_two_delivered_shipments, "perfect", "F"},
		{"", "in_full_at=due", sixty_by_due, "perfect", "F"},
		{"", "in_full_at=due", sixty_in_time_forty_next_day, "T", "TF"},
		{"", "customer_cancel=fail", cancelled_by_customer, "cancelled_by_customer", "TF"},
		{"", "customer_cancel=fail", cancelled_to_the_last_piece, "cancelled_by_customer",
				"TF"},
		{"", "supplier_cancel=exclude", cancelled_by_supplier, "TF",
				"cancelled_by_supplier"},
		{"", "supplier_cancel=exclude", cancelled_by_supplier_after_a_delivery, "TF",
				"cancelled_by_supplier"},
		{"", "customer_fault=fail", late_nobody_home, "customer_fault", "T"},
		{"", "customer_fault=pass", late_nobody_home, "customer_fault", "perfect"},
		{"customer_fault=fail", "customer_fault=pass", short_nobody_home, "TF", "F"},
		{"", "force_majeure=exclude", late_by_flood, "T", "force_majeure"},
		{"", "force_majeure=exclude", cancelled_by_flood, "TF", "force_majeure"},
		{"", "overdue_open=exclude", open_and_overdue, "TF", "overdue_open"},
		{"under_tolerance_ppm=500000 components=F", "overdue_open=exclude",
				open_and_overdue, "F", "overdue_open"},
		{"", "overdue_open=exclude", open_and_half_there, "TF", "overdue_open"},
		{"", "documents=packing_slip", wrong_invoice, "D", "perfect"},
		{"documents_evidence=positive", "documents=packing_slip", only_the_packing_slip,
				"D", "perfect"},
		{"", "documents_within=1", documents_a_day_later, "D", "perfect"},
		{"", "documents_within=unset", documents_a_year_later, "D", "perfect"},
		{"", "documents_evidence=positive", as_usual, "perfect", "D"},
		{"", "documents_evidence=positive", only_the_packing_slip, "perfect", "D"},
		{"", "documents_evidence=positive", every_document, "perfect", "perfect"},
		{"", "documents_evidence=positive", documents_not_known, "perfect",
				"unassessed_documents"},
		{"", "condition_evidence=positive", as_usual, "perfect", "C"},
		{"", "condition_evidence=positive", condition_not_known, "perfect",
				"unassessed_condition"},
		{"", "claim_window_days=60", returned_damaged_after_40_days, "perfect", "C"},
		{"", "claim_window_days=unset", returned_damaged_after_40_days, "perfect", "C"},
		{"", "claim_window_days=9", returned_damaged, "C", "perfect"},
		{"", "returns_restate=none", returned_damaged, "C", "perfect"},
		{"", "returns_restate=all", returned_as_wrong_item, "perfect", "F"},
		{"", "returns_restate=all", returned_for_paperwork, "perfect", "D"},
		{"", "unassessed=fail", quantity_not_known, "unassessed_in_full", "F"},
		{"", "unassessed=pass", quantity_not_known, "unassessed_in_full", "perfect"},
		{"zone=event", "unassessed=fail", late_and_offset_not_known, "unassessed_on_time",
				"T"},
		{"zone=event", "unassessed=pass", late_and_offset_not_known, "unassessed_on_time",
				"perfect"},
		{"condition_evidence=positive", "unassessed=fail", condition_not_known,
				"unassessed_condition", "C"},
		{"zone=event time_unit=instant", "late_tolerance=unset", late_by_a_day, "T",
				"perfect"},
		{"zone=event", "time_unit=instant", an_hour_early, "unassessed_on_time", "perfect"},
		{"early_tolerance=0", "attempt=counts", early_then_attempted, "T", "T"},
		{"", "in_full_at=due", wrong_item_after_due, "F", "perfect"},
		{"partial=single_shipment", "in_full_at=due", wrong_item_after_due, "F", "perfect"},
		{"over_tolerance_ppm=unset", "substitution=accept_agreed",
				substitute_and_then_the_rest, "F", "perfect"},
		{"", "substitution=accept_agreed", ninety_and_then_an_agreed_substitute, "TF",
				"perfect"},
};

/* `common` with `change`, the latter in the place of its key. */
static const char *joined(const char *common, const char *change, char *out, size_t size)
{
	size_t key = strcspn(change, "=") + 1;
	const char *old = strstr(common, change) ? NULL : common;

	for (; old && *old; old += strcspn(old, " "), old += *old == ' ') {
		if (strncmp(old, change, key) == 0) {
			size_t len = strcspn(old, " ");

			snprintf(out, size, "%.*s%s%s", (int)(old - common), common, change,
					old + len);
			return out;
		}
	}
	snprintf(out, size, "%s %s", common, change);
	return out;
}

START_TEST(one_key_alone_moves_the_verdict_of_a_line)
{
	const struct key_case *test = &CASES[_i];
	cstn_order_line line = usual_line();
	char changes[256];

	test->make(&line);
	ck_assert_msg(strcmp(verdict_of(test->common, &line), test->before) == 0,
			"case %d (%s), before: %s, expected %s", _i, test->change,
			verdict_of(test->common, &line), test->before);
	joined(test->common, test->change, changes, sizeof changes);
	ck_assert_msg(strcmp(verdict_of(changes, &line), test->after) == 0,
			"case %d (%s), after: %s, expected %s", _i, changes,
			verdict_of(changes, &line), test->after);
}
END_TEST

/* --- keys that need data beside the policy ------------------------------------------------------
 */

static const char WEEKDAYS[] = "cstn-calendar 1\nweek=1111100\n";

static const struct calendar_case {
	const char *common, *promised, *delivered, *before, *after;
} CALENDAR_CASES[] = {
		/* 2018-09-01 is a Saturday. */
		{"", "2018-09-01", "2018-09-03T10:00:00Z", "T", "perfect"},
		{"", "2018-09-01", "2018-09-04T10:00:00Z", "T", "T"},
		{"early_tolerance=1", "2018-09-03", "2018-08-31T10:00:00Z", "T", "perfect"},
		{"early_tolerance=0", "2018-09-03", "2018-08-31T10:00:00Z", "T", "T"},
		{"", "2018-08-31", "2018-09-02T10:00:00Z", "T", "perfect"},
		{"late_tolerance=1", "2018-08-31", "2018-09-03T23:59:59Z", "T", "perfect"},
		{"time_unit=instant", "2018-09-01T12:00:00Z", "2018-09-03T12:00:00Z", "T",
				"perfect"},
		{"time_unit=instant", "2018-09-01T12:00:00Z", "2018-09-03T12:00:00.000001Z", "T",
				"T"},
};

START_TEST(calendar_alone_moves_the_verdict_of_a_line)
{
	const struct calendar_case *test = &CALENDAR_CASES[_i];
	cstn_policy_data data = CSTN_POLICY_DATA_INIT;
	cstn_order_line line = usual_line();
	char changes[256], hex[65];
	uint8_t digest[32];
	int i;

	line.promised_us = at(test->promised);
	line.delivered_us = at(test->delivered);
	ck_assert_str_eq(verdict_of(test->common, &line), test->before);
	ck_assert_int_eq(
			cstn_calendar_parse(WEEKDAYS, strlen(WEEKDAYS), NULL, &data.calendar, NULL),
			CSTN_OK);
	cstn_calendar_digest(data.calendar, digest);
	for (i = 0; i < 32; i++)
		sprintf(hex + 2 * i, "%02x", digest[i]);
	snprintf(changes, sizeof changes, "%s calendar=%s", test->common, hex);
	ck_assert_str_eq(verdict_with(changes, &data, USUAL_AS_OF, &line), test->after);
	cstn_calendar_unref(data.calendar);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

int main(void)
{
	Suite *suite = suite_create("policy keys");
	TCase *tests = tcase_create("policy keys");

	tcase_add_loop_test(tests, one_key_alone_moves_the_verdict_of_a_line, 0, COUNT(CASES));
	tcase_add_loop_test(tests, calendar_alone_moves_the_verdict_of_a_line, 0,
			COUNT(CALENDAR_CASES));
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
