/* Every key of the service policy moves a verdict: the same line, two policies that differ in one
 * key alone, two verdicts. At least two such cases a key. */

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "judged_lines.h"
#include "suite.h"

/* Lines, each odd in one way. `pieces` is what they may point to. */
static cstn_line_delivery pieces[4];

static void deliver(cstn_order_line *line, size_t n)
{
	line->deliveries = pieces;
	line->n_deliveries = n;
}

static void piece(size_t i, const char *when, int64_t quantity, int32_t shipment, uint32_t marks)
{
	pieces[i].time_us = at(when);
	pieces[i].quantity = quantity;
	pieces[i].shipment = shipment;
	pieces[i].marks = marks;
}

static void as_usual(cstn_order_line *line)
{
	(void)line;
}

static void late_and_short(cstn_order_line *line)
{
	line->delivered_us = at("2018-09-01T00:00:00Z");
	line->quantity_delivered = 99;
}

static void late_by_a_day(cstn_order_line *line)
{
	line->delivered_us = at("2018-09-01T08:00:00Z");
}

static void a_day_early(cstn_order_line *line)
{
	line->delivered_us = at("2018-08-30T08:00:00Z");
}

static void requested_the_day_before(cstn_order_line *line)
{
	line->requested_us = at("2018-08-30");
}

static void last_promised_the_day_before(cstn_order_line *line)
{
	line->promised_last_us = at("2018-08-30");
}

static void customer_moved_it_back(cstn_order_line *line)
{
	line->promised_customer_us = at("2018-09-05");
	line->delivered_us = at("2018-09-04T10:00:00Z");
}

static void customer_moved_it_forward(cstn_order_line *line)
{
	line->promised_customer_us = at("2018-08-25");
}

static void supplier_moved_it_back(cstn_order_line *line)
{
	line->promised_supplier_us = at("2018-09-05");
	line->delivered_us = at("2018-09-04T10:00:00Z");
}

static void supplier_moved_it_forward(cstn_order_line *line)
{
	line->promised_supplier_us = at("2018-08-25");
}

static void shipped_in_time_delivered_late(cstn_order_line *line)
{
	line->shipped_us = at("2018-08-29T18:00:00Z");
	line->arrived_us = at("2018-08-31T23:00:00Z");
	line->delivered_us = at("2018-09-02T10:00:00Z");
}

static void delivered_in_time_accepted_late(cstn_order_line *line)
{
	line->accepted_us = at("2018-09-02T10:00:00Z");
	line->recorded_us = at("2018-09-03T10:00:00Z");
}

static void closed_without_a_time(cstn_order_line *line)
{
	line->delivered_us = CSTN_TIME_NULL;
}

static void closed_short_without_a_time(cstn_order_line *line)
{
	line->delivered_us = CSTN_TIME_NULL;
	line->quantity_delivered = 7;
}

static void attempted_in_time(cstn_order_line *line)
{
	line->attempted_us = at("2018-08-31T09:00:00Z");
	line->delivered_us = at("2018-09-02T09:00:00Z");
}

static void attempted_in_time_still_open(cstn_order_line *line)
{
	line->status = CSTN_LINE_OPEN;
	line->attempted_us = at("2018-08-31T09:00:00Z");
	line->delivered_us = CSTN_TIME_NULL;
	line->quantity_delivered = CSTN_QUANTITY_NULL;
}

static void an_hour_early(cstn_order_line *line)
{
	line->promised_us = at("2018-08-31T15:00:00Z");
}

static void late_in_the_evening(cstn_order_line *line)
{
	line->delivered_us = at("2018-08-31T22:30:00Z");
}

static void each_in_its_own_offset(cstn_order_line *line)
{
	late_in_the_evening(line);
	line->promised_offset_minutes = 0;
	line->actual_offset_minutes = 120;
}

static void over_by_one(cstn_order_line *line)
{
	line->quantity_delivered = 101;
}

static void short_by_one(cstn_order_line *line)
{
	line->quantity_delivered = 99;
}

static void one_of_a_hundred(cstn_order_line *line)
{
	line->quantity_delivered = 1;
}

static void a_thousand_of_a_hundred(cstn_order_line *line)
{
	line->quantity_delivered = 1000;
}

static void agreed_substitute(cstn_order_line *line)
{
	line->marks = CSTN_MARK_SUBSTITUTE | CSTN_MARK_SUBSTITUTE_AGREED;
}

static void half_in_agreed_substitutes(cstn_order_line *line)
{
	piece(0, "2018-08-30T10:00:00Z", 50, 1, 0);
	piece(1, "2018-08-30T10:00:00Z", 50, 1, CSTN_MARK_SUBSTITUTE | CSTN_MARK_SUBSTITUTE_AGREED);
	deliver(line, 2);
}

static void in_two_shipments(cstn_order_line *line)
{
	line->shipments = 2;
}

static void in_two_delivered_shipments(cstn_order_line *line)
{
	piece(0, "2018-08-31T10:00:00Z", 40, 2, 0);
	piece(1, "2018-08-30T10:00:00Z", 60, 1, 0);
	deliver(line, 2);
}

static void sixty_by_due(cstn_order_line *line)
{
	line->quantity_due = 60;
}

static void sixty_in_time_forty_next_day(cstn_order_line *line)
{
	piece(0, "2018-09-01T10:00:00Z", 40, 1, 0);
	piece(1, "2018-08-31T10:00:00Z", 60, 1, 0);
	deliver(line, 2);
}

static void cancelled_by_customer(cstn_order_line *line)
{
	line->status = CSTN_LINE_CANCELLED_BY_CUSTOMER;
}

static void cancelled_to_the_last_piece(cstn_order_line *line)
{
	line->quantity_cancelled = 100;
}

static void cancelled_by_supplier(cstn_order_line *line)
{
	line->status = CSTN_LINE_CANCELLED_BY_SUPPLIER;
}

static void cancelled_by_supplier_after_a_delivery(cstn_order_line *line)
{
	line->status = CSTN_LINE_CANCELLED_BY_SUPPLIER;
	piece(0, "2018-08-30T10:00:00Z", 60, 1, 0);
	deliver(line, 1);
}

static void late_nobody_home(cstn_order_line *line)
{
	late_by_a_day(line);
	line->marks = CSTN_MARK_CUSTOMER_FAULT;
}

static void short_nobody_home(cstn_order_line *line)
{
	late_and_short(line);
	line->marks = CSTN_MARK_CUSTOMER_FAULT;
}

static void late_by_flood(cstn_order_line *line)
{
	late_by_a_day(line);
	line->marks = CSTN_MARK_FORCE_MAJEURE;
}

static void cancelled_by_flood(cstn_order_line *line)
{
	line->status = CSTN_LINE_CANCELLED_BY_SUPPLIER;
	line->marks = CSTN_MARK_FORCE_MAJEURE;
}

static void open_and_overdue(cstn_order_line *line)
{
	line->status = CSTN_LINE_OPEN;
	line->delivered_us = CSTN_TIME_NULL;
	line->quantity_delivered = CSTN_QUANTITY_NULL;
}

static void open_and_half_there(cstn_order_line *line)
{
	line->status = CSTN_LINE_OPEN;
	piece(0, "2018-08-30T10:00:00Z", 60, 1, 0);
	deliver(line, 1);
}

static void wrong_invoice(cstn_order_line *line)
{
	line->documents_bad = CSTN_DOCUMENT_INVOICE;
}

static void only_the_packing_slip(cstn_order_line *line)
{
	line->documents_ok = CSTN_DOCUMENT_PACKING_SLIP;
}

static void every_document(cstn_order_line *line)
{
	line->documents_ok = 63;
}

static void documents_a_day_later(cstn_order_line *line)
{
	line->documents_complete_us = at("2018-09-01T09:00:00Z");
}

static void documents_a_year_later(cstn_order_line *line)
{
	line->documents_complete_us = at("2018-12-30T09:00:00Z");
}

static void condition_not_known(cstn_order_line *line)
{
	line->marks = CSTN_MARK_CONDITION_UNKNOWN;
}

static void documents_not_known(cstn_order_line *line)
{
	line->marks = CSTN_MARK_DOCUMENTS_UNKNOWN;
}

static void quantity_not_known(cstn_order_line *line)
{
	line->quantity_delivered = CSTN_QUANTITY_NULL;
}

static void late_quantity_not_known(cstn_order_line *line)
{
	late_by_a_day(line);
	line->quantity_delivered = CSTN_QUANTITY_NULL;
}

static void attempted_quantity_not_known(cstn_order_line *line)
{
	attempted_in_time(line);
	line->quantity_delivered = CSTN_QUANTITY_NULL;
}

static void sixty_without_promise(cstn_order_line *line)
{
	line->promised_us = CSTN_TIME_NULL;
	line->quantity_delivered = 60;
}

static void sixty_by_due_without_a_time(cstn_order_line *line)
{
	line->delivered_us = CSTN_TIME_NULL;
	line->quantity_due = 60;
}

static void worth_nothing(cstn_order_line *line)
{
	line->value_minor = 0;
}

static void early_then_attempted(cstn_order_line *line)
{
	a_day_early(line);
	line->attempted_us = at("2018-08-31T09:00:00Z");
}

static void wrong_item_after_due(cstn_order_line *line)
{
	piece(0, "2018-08-30T10:00:00Z", 100, 1, 0);
	piece(1, "2018-09-02T10:00:00Z", 5, 2, CSTN_MARK_WRONG_ITEM);
	deliver(line, 2);
}

static void substitute_and_then_the_rest(cstn_order_line *line)
{
	piece(0, "2018-08-30T10:00:00Z", 10, 1, CSTN_MARK_SUBSTITUTE | CSTN_MARK_SUBSTITUTE_AGREED);
	piece(1, "2018-08-30T10:00:00Z", 100, 1, 0);
	deliver(line, 2);
}

static void ninety_and_then_an_agreed_substitute(cstn_order_line *line)
{
	piece(0, "2018-08-30T10:00:00Z", 90, 1, 0);
	piece(1, "2018-08-30T10:00:00Z", 10, 1, CSTN_MARK_SUBSTITUTE | CSTN_MARK_SUBSTITUTE_AGREED);
	deliver(line, 2);
}

static void late_and_offset_not_known(cstn_order_line *line)
{
	line->delivered_us = at("2018-09-09T14:00:00Z");
}

static void returned_damaged_after_40_days(cstn_order_line *line)
{
	line->returned_us = at("2018-10-10T00:00:00Z");
	line->return_reason = CSTN_RETURN_DAMAGED;
}

static void returned_damaged(cstn_order_line *line)
{
	line->returned_us = at("2018-09-10T00:00:00Z");
	line->return_reason = CSTN_RETURN_DAMAGED;
}

static void returned_as_wrong_item(cstn_order_line *line)
{
	line->returned_us = at("2018-09-10T00:00:00Z");
	line->return_reason = CSTN_RETURN_WRONG_ITEM;
}

static void returned_for_paperwork(cstn_order_line *line)
{
	line->returned_us = at("2018-09-10T00:00:00Z");
	line->return_reason = CSTN_RETURN_PAPERWORK;
}

static void damaged(cstn_order_line *line)
{
	line->marks = CSTN_MARK_DAMAGED;
}

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

/* --- keys that move weight, credit or period, not the pattern
 * ------------------------------------- */

static const struct weight_case {
	const char *changes;
	void (*make)(cstn_order_line *line);
	int64_t weight, credit;
} WEIGHTS[] = {
		{"", as_usual, 1, 0},
		{"weight=quantity", as_usual, 100, 0},
		{"weight=value", as_usual, 12345, 0},
		{"credit=unit", as_usual, 100, 100},
		{"credit=unit", short_by_one, 100, 99},
		{"credit=unit", over_by_one, 100, 100},
		{"credit=unit", late_and_short, 100, 0},
		{"credit=unit weight=quantity", sixty_in_time_forty_next_day, 100, 60},
		{"credit=unit weight=value", sixty_in_time_forty_next_day, 12345, 7407},
		{"credit=unit weight=value", sixty_by_due, 12345, 7407},
		{"credit=unit supplier_cancel=fail", cancelled_by_supplier, 100, 0},
		{"credit=unit", open_and_half_there, 100, 60},
		{"credit=unit early_tolerance=0", a_day_early, 100, 0},
		{"credit=unit attempt=counts", attempted_in_time, 100, 100},
		{"credit=unit", half_in_agreed_substitutes, 100, 50},
		{"credit=unit substitution=accept_agreed", half_in_agreed_substitutes, 100, 100},
		{"weight=quantity customer_cancel=fail", cancelled_to_the_last_piece, 100, 0},
		{"credit=unit", agreed_substitute, 100, 0},
		{"credit=unit substitution=accept_agreed", agreed_substitute, 100, 100},
		{"credit=unit components=F", sixty_without_promise, 100, 60},
		{"credit=unit components=TDC", late_quantity_not_known, 100, 0},
		{"credit=unit components=TDC", quantity_not_known, 100, 100},
		{"credit=unit components=TDC attempt=counts", attempted_quantity_not_known, 100,
				100},
		{"credit=unit actual_missing=fail", sixty_by_due_without_a_time, 100, 60},
		{"credit=unit customer_fault=pass", late_nobody_home, 100, 100},
		{"weight=value", worth_nothing, 0, 0},
};

START_TEST(weight_and_credit_are_what_the_policy_says)
{
	cstn_order_line line = usual_line();
	cstn__judgement steps;

	line.value_minor = 12345;
	WEIGHTS[_i].make(&line);
	steps = steps_at(WEIGHTS[_i].changes, USUAL_AS_OF, &line);
	ck_assert_int_eq(steps.verdict.outcome, CSTN_OUTCOME_COUNTED);
	ck_assert_int_eq(steps.verdict.weight, WEIGHTS[_i].weight);
	ck_assert_int_eq(steps.verdict.credit, WEIGHTS[_i].credit);
}
END_TEST

START_TEST(value_is_price_times_agreed_quantity_when_there_is_no_value)
{
	cstn_order_line line = usual_line();

	line.price_minor = 250;
	line.quantity_cancelled = 20;
	ck_assert_int_eq(steps_at("weight=value", USUAL_AS_OF, &line).verdict.weight, 80 * 250);
	line.value_minor = 7;
	ck_assert_int_eq(steps_at("weight=value", USUAL_AS_OF, &line).verdict.weight, 7);
}
END_TEST

START_TEST(credit_in_value_is_rounded_to_the_nearest)
{
	cstn_order_line line = usual_line();

	line.quantity = 3;
	line.value_minor = 5;
	line.quantity_delivered = 1;
	ck_assert_int_eq(
			steps_at("weight=value credit=unit", USUAL_AS_OF, &line).verdict.credit, 2);
	line.quantity_delivered = 2;
	ck_assert_int_eq(
			steps_at("weight=value credit=unit", USUAL_AS_OF, &line).verdict.credit, 3);
	line.quantity = line.quantity_delivered = INT64_MAX;
	line.value_minor = INT64_MAX;
	ck_assert_int_eq(steps_at("weight=value credit=unit", USUAL_AS_OF, &line).verdict.credit,
			INT64_MAX);
}
END_TEST

START_TEST(credit_in_value_is_rounded_half_to_even)
{
	cstn_order_line line = usual_line();

	line.quantity = 2;
	line.quantity_delivered = 1;
	line.value_minor = 5;
	ck_assert_int_eq(
			steps_at("weight=value credit=unit", USUAL_AS_OF, &line).verdict.credit, 2);
	line.value_minor = 7;
	ck_assert_int_eq(
			steps_at("weight=value credit=unit", USUAL_AS_OF, &line).verdict.credit, 4);
}
END_TEST

static const struct {
	const char *changes, *period;
} PERIODS[] = {
		{"", "2018-08-31T00:00:00Z"},
		{"period_basis=ordered", "2018-08-01T09:00:00Z"},
		{"period_basis=shipped", "2018-08-29T18:00:00Z"},
		{"period_basis=delivered", "2018-09-02T10:00:00Z"},
		{"promise_basis=requested", "2018-08-30T00:00:00Z"},
};

START_TEST(period_is_the_date_of_the_basis)
{
	cstn_order_line line = usual_line();

	shipped_in_time_delivered_late(&line);
	line.requested_us = at("2018-08-30");
	ck_assert_int_eq(steps_at(PERIODS[_i].changes, USUAL_AS_OF, &line).verdict.period_us,
			at(PERIODS[_i].period));
}
END_TEST

static const char *const NO_VERDICT_KEYS[] = {
		"direction=inbound", "level=line", "level=shipment", "confidence_ppm=990000"};

START_TEST(keys_about_the_rate_leave_the_verdict_of_a_line_alone)
{
	cstn_order_line line = usual_line();

	ck_assert_str_eq(verdict_of(NO_VERDICT_KEYS[_i], &line), "perfect");
	late_and_short(&line);
	ck_assert_str_eq(verdict_of(NO_VERDICT_KEYS[_i], &line), "TF");
}
END_TEST

START_TEST(direction_is_told_in_the_explanation)
{
	cstn_order_line line = usual_line();
	cstn_service_policy *policy = policy_with("direction=inbound");
	cstn_verdict *verdict = NULL;

	ck_assert_int_eq(cstn_perfect_order_judge_line(
					 policy, at(USUAL_AS_OF), NULL, &line, &verdict, NULL),
			CSTN_OK);
	ck_assert_ptr_nonnull(strstr(cstn_verdict_text(verdict), "inbound (RL.1.2)"));
	cstn_verdict_free(verdict);
	cstn_service_policy_unref(policy);
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
	tcase_add_loop_test(tests, weight_and_credit_are_what_the_policy_says, 0, COUNT(WEIGHTS));
	tcase_add_test(tests, value_is_price_times_agreed_quantity_when_there_is_no_value);
	tcase_add_test(tests, credit_in_value_is_rounded_to_the_nearest);
	tcase_add_test(tests, credit_in_value_is_rounded_half_to_even);
	tcase_add_loop_test(tests, period_is_the_date_of_the_basis, 0, COUNT(PERIODS));
	tcase_add_loop_test(tests, keys_about_the_rate_leave_the_verdict_of_a_line_alone, 0,
			COUNT(NO_VERDICT_KEYS));
	tcase_add_test(tests, direction_is_told_in_the_explanation);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
