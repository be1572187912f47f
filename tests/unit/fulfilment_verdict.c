/* On time and in full: both sides of every boundary, promises, open lines, deliveries. */

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/stats.h"
#include "judged_lines.h"
#include "suite.h"

/* --- on time ---------------------------------------------------------------------------------- */

static const struct time_case {
	const char *changes, *promised, *delivered, *verdict;
} TIMES[] = {
		/* The day of the promise is its whole day: promised 00:00, delivered 14:00 is on
		   time. */
		{"", "2018-08-31T00:00:00Z", "2018-08-31T14:00:00Z", "perfect"},
		{"", "2018-08-31T00:00:00Z", "2018-08-31T23:59:59.999999Z", "perfect"},
		{"", "2018-08-31T00:00:00Z", "2018-09-01T00:00:00Z", "T"},
		{"", "2018-08-31T23:59:59.999999Z", "2018-09-01T00:00:00Z", "T"},
		{"", "2018-08-31T23:00:00Z", "2018-08-31T00:00:00Z", "perfect"},
		{"", "2018-08-31T00:00:00Z", "2017-01-01T00:00:00Z", "perfect"},
		{"late_tolerance=2", "2018-08-31", "2018-09-02T23:59:59.999999Z", "perfect"},
		{"late_tolerance=2", "2018-08-31", "2018-09-03T00:00:00Z", "T"},
		{"late_tolerance=9223372036854775807", "2018-08-31", "2118-08-31", "perfect"},
		{"early_tolerance=0", "2018-08-31", "2018-08-31T00:00:00Z", "perfect"},
		{"early_tolerance=0", "2018-08-31", "2018-08-30T23:59:59.999999Z", "T"},
		{"early_tolerance=2", "2018-08-31", "2018-08-29T00:00:00Z", "perfect"},
		{"early_tolerance=2", "2018-08-31", "2018-08-28T23:59:59.999999Z", "T"},
		{"early_tolerance=9223372036854775807", "2018-08-31", "1818-08-31", "perfect"},
		{"time_unit=instant", "2018-08-31T12:00:00Z", "2018-08-31T12:00:00Z", "perfect"},
		{"time_unit=instant", "2018-08-31T12:00:00Z", "2018-08-31T12:00:00.000001Z", "T"},
		{"time_unit=instant late_tolerance=5", "2018-08-31T12:00:00Z",
				"2018-08-31T12:00:00.000005Z", "perfect"},
		{"time_unit=instant late_tolerance=5", "2018-08-31T12:00:00Z",
				"2018-08-31T12:00:00.000006Z", "T"},
		{"time_unit=instant early_tolerance=5", "2018-08-31T12:00:00Z",
				"2018-08-31T11:59:59.999995Z", "perfect"},
		{"time_unit=instant early_tolerance=5", "2018-08-31T12:00:00Z",
				"2018-08-31T11:59:59.999994Z", "T"},
		{"time_unit=instant late_tolerance=unset", "2018-08-31T12:00:00Z", "2018-12-01",
				"perfect"},
		/* Days before 1970 are floored, not cut towards zero. */
		{"", "1969-12-31T00:00:00Z", "1969-12-31T23:59:59.999999Z", "perfect"},
		{"", "1969-12-31T00:00:00Z", "1970-01-01T00:00:00Z", "T"},
		{"zone=offset:+05:30", "2018-08-31T12:00:00Z", "2018-08-31T18:29:59.999999Z",
				"perfect"},
		{"zone=offset:+05:30", "2018-08-31T12:00:00Z", "2018-08-31T18:30:00Z", "T"},
		{"zone=offset:-08:00", "2018-08-31T12:00:00Z", "2018-09-01T07:59:59.999999Z",
				"perfect"},
		{"zone=offset:-08:00", "2018-08-31T12:00:00Z", "2018-09-01T08:00:00Z", "T"},
};

START_TEST(delivery_is_on_time_up_to_the_boundary_and_not_past_it)
{
	cstn_order_line line = usual_line();

	line.promised_us = at(TIMES[_i].promised);
	line.delivered_us = at(TIMES[_i].delivered);
	ck_assert_str_eq(verdict_at(TIMES[_i].changes, "2200-01-01", &line), TIMES[_i].verdict);
}
END_TEST

START_TEST(order_arriving_one_microsecond_late_is_not_perfect)
{
	cstn_order_line line = usual_line();

	line.delivered_us = line.promised_us;
	ck_assert_str_eq(verdict_of("time_unit=instant", &line), "perfect");
	line.delivered_us++;
	ck_assert_str_eq(verdict_of("time_unit=instant", &line), "T");
}
END_TEST

START_TEST(times_at_the_ends_of_int64_do_not_wrap)
{
	cstn_order_line line = usual_line();
	cstn_service_policy *policy = policy_with("time_unit=instant early_tolerance=0");
	cstn__judge judge;
	cstn__judgement steps;
	cstn__line_fault fault;

	ck_assert_int_eq(cstn__judge_init(&judge, policy, INT64_MAX, NULL, NULL, NULL), CSTN_OK);
	line.promised_us = INT64_MIN + 1;
	line.delivered_us = INT64_MAX;
	ck_assert_int_eq(cstn__judge_steps(&judge, &line, NULL, &steps, &fault), 0);
	ck_assert_uint_eq(steps.verdict.pattern, CSTN_COMPONENT_ON_TIME);
	ck_assert_int_eq(steps.why[0], CSTN__WHY_LATE);
	line.promised_us = INT64_MAX;
	line.delivered_us = INT64_MIN + 1;
	ck_assert_int_eq(cstn__judge_steps(&judge, &line, NULL, &steps, &fault), 0);
	ck_assert_int_eq(steps.why[0], CSTN__WHY_EARLY);
	cstn__judge_free(&judge);
	cstn_service_policy_unref(policy);
}
END_TEST

static const struct open_case {
	const char *changes, *as_of, *verdict;
} OPEN[] = {
		{"", "2018-08-30T23:00:00Z", "pending"},
		{"", "2018-08-31T23:59:59.999999Z", "pending"},
		{"", "2018-09-01T00:00:00Z", "TF"},
		{"late_tolerance=1", "2018-09-01T23:59:59.999999Z", "pending"},
		{"late_tolerance=1", "2018-09-02T00:00:00Z", "TF"},
		{"late_tolerance=unset", "2018-08-31T23:59:59.999999Z", "pending"},
		{"late_tolerance=unset", "2018-09-01T00:00:00Z", "TF"},
		{"time_unit=instant", "2018-08-31T00:00:00Z", "pending"},
		{"time_unit=instant", "2018-08-31T00:00:00.000001Z", "TF"},
		{"time_unit=instant late_tolerance=10", "2018-08-31T00:00:00.000010Z", "pending"},
		{"time_unit=instant late_tolerance=10", "2018-08-31T00:00:00.000011Z", "TF"},
		{"overdue_open=exclude", "2018-08-31T23:59:59.999999Z", "pending"},
		{"overdue_open=exclude", "2018-09-01T00:00:00Z", "overdue_open"},
		{"documents_evidence=positive condition_evidence=positive", "2018-09-01", "TF"},
};

START_TEST(open_line_is_pending_until_promise_and_tolerance_are_past)
{
	cstn_order_line line = usual_line();

	line.status = CSTN_LINE_OPEN;
	line.delivered_us = CSTN_TIME_NULL;
	line.quantity_delivered = CSTN_QUANTITY_NULL;
	ck_assert_str_eq(verdict_at(OPEN[_i].changes, OPEN[_i].as_of, &line), OPEN[_i].verdict);
}
END_TEST

START_TEST(line_delivered_after_the_as_of_time_is_still_open)
{
	cstn_order_line line = usual_line();

	line.delivered_us = at("2018-09-05");
	ck_assert_str_eq(verdict_at("overdue_open=exclude", "2018-09-04T23:59:59.999999Z", &line),
			"overdue_open");
	ck_assert_str_eq(verdict_at("", "2018-09-04T23:59:59.999999Z", &line), "TF");
	ck_assert_str_eq(verdict_at("", "2018-09-05", &line), "T");
	ck_assert_str_eq(verdict_at("", "2018-08-30", &line), "pending");
}
END_TEST

START_TEST(marks_of_goods_that_are_not_there_yet_are_not_known)
{
	cstn_order_line line = usual_line();

	line.delivered_us = at("2018-09-05");
	line.marks = CSTN_MARK_DAMAGED | CSTN_MARK_WRONG_ITEM;
	line.documents_bad = CSTN_DOCUMENT_INVOICE;
	ck_assert_str_eq(verdict_at("", "2018-09-04", &line), "TF");
	ck_assert_str_eq(verdict_at("", "2018-09-05", &line), "TFDC");
}
END_TEST

START_TEST(unknown_status_is_closed_when_the_actual_time_is_known)
{
	cstn_order_line line = usual_line();

	line.status = CSTN_LINE_STATUS_UNKNOWN;
	ck_assert_str_eq(verdict_of("", &line), "perfect");
	line.delivered_us = CSTN_TIME_NULL;
	ck_assert_str_eq(verdict_at("", "2018-08-31", &line), "pending");
	ck_assert_str_eq(verdict_at("components=T", "2018-09-01", &line), "T");
}
END_TEST

START_TEST(open_line_whose_goods_have_come_is_not_overdue)
{
	cstn_order_line line = usual_line();

	line.status = CSTN_LINE_OPEN;
	ck_assert_str_eq(verdict_at("", "2018-08-31T20:00:00Z", &line), "pending");
	ck_assert_str_eq(verdict_of("", &line), "perfect");
	line.quantity_delivered = 99;
	ck_assert_str_eq(verdict_of("", &line), "TF");
}
END_TEST

START_TEST(line_without_promise_is_left_out_only_if_time_is_judged)
{
	cstn_order_line line = usual_line();

	line.promised_us = CSTN_TIME_NULL;
	ck_assert_str_eq(verdict_of("", &line), "no_promise");
	ck_assert_str_eq(verdict_of("components=FDC", &line), "perfect");
	line.status = CSTN_LINE_OPEN;
	line.delivered_us = CSTN_TIME_NULL;
	ck_assert_str_eq(verdict_of("components=FDC", &line), "pending");
}
END_TEST

/* --- promises -----------------------------------------------------------------------------------
 */

START_TEST(both_changes_take_the_last_commitment)
{
	cstn_order_line line = usual_line();

	line.promised_customer_us = at("2018-08-20");
	line.promised_supplier_us = at("2018-09-05");
	line.promised_last_us = at("2018-09-05");
	ck_assert_str_eq(verdict_of("supplier_change=supersede", &line), "perfect");
	ck_assert_str_eq(verdict_of("", &line), "T");
	line.promised_last_us = at("2018-08-20");
	ck_assert_str_eq(verdict_of("supplier_change=supersede", &line), "T");
}
END_TEST

START_TEST(both_changes_without_the_last_commitment_are_bad_input)
{
	cstn_order_line line = usual_line();
	cstn__line_fault fault;

	line.promised_customer_us = at("2018-08-20");
	line.promised_supplier_us = at("2018-09-05");
	fault = fault_of("supplier_change=supersede", &line);
	ck_assert_int_eq(fault.code, CSTN_ROW_VALUE);
	ck_assert_str_eq(fault.column, "promised_last");
	ck_assert_str_eq(verdict_of("", &line), "T");
}
END_TEST

START_TEST(changes_do_not_touch_the_last_commitment_as_a_basis)
{
	cstn_order_line line = usual_line();

	line.promised_last_us = at("2018-09-05");
	line.promised_customer_us = at("2018-08-20");
	ck_assert_str_eq(verdict_of("promise_basis=last_commit", &line), "perfect");
}
END_TEST

START_TEST(change_stands_in_for_a_first_commitment_that_is_not_known)
{
	cstn_order_line line = usual_line();

	line.promised_us = CSTN_TIME_NULL;
	line.promised_customer_us = at("2018-08-31");
	ck_assert_str_eq(verdict_of("", &line), "perfect");
	ck_assert_str_eq(verdict_of("customer_change=ignore", &line), "no_promise");
}
END_TEST

START_TEST(attempt_outside_the_window_or_after_the_as_of_time_counts_for_nothing)
{
	cstn_order_line line = usual_line();

	line.delivered_us = at("2018-09-03");
	line.attempted_us = at("2018-08-31T23:59:59.999999Z");
	ck_assert_str_eq(verdict_of("attempt=counts", &line), "perfect");
	line.attempted_us = at("2018-09-01");
	ck_assert_str_eq(verdict_of("attempt=counts", &line), "T");
	line.attempted_us = at("2018-08-20");
	ck_assert_str_eq(verdict_of("attempt=counts early_tolerance=5", &line), "T");
	line.status = CSTN_LINE_OPEN;
	line.delivered_us = CSTN_TIME_NULL;
	line.attempted_us = at("2018-09-02T10:00:00Z");
	ck_assert_str_eq(verdict_at("attempt=counts late_tolerance=1 components=T",
					 "2018-09-02T09:00:00Z", &line),
			"T");
}
END_TEST

/* --- in full ------------------------------------------------------------------------------------
 */

static const struct bound_case {
	int64_t quantity;
	const char *tolerance;
	int64_t lower, upper;
} BOUNDS[] = {
		{100, "", 100, 100},
		{100, "under_tolerance_ppm=1 over_tolerance_ppm=9999", 100, 100},
		{100, "under_tolerance_ppm=10000 over_tolerance_ppm=10000", 99, 101},
		{3, "under_tolerance_ppm=333333 over_tolerance_ppm=333333", 3, 3},
		{3, "under_tolerance_ppm=333334 over_tolerance_ppm=333334", 2, 4},
		{1, "under_tolerance_ppm=999999", 1, 1},
		{1, "under_tolerance_ppm=1000000", 0, 1},
		{7, "under_tolerance_ppm=142857", 7, 7},
		{7, "under_tolerance_ppm=142858", 6, 7},
		{100, "under_tolerance_ppm=unset over_tolerance_ppm=unset", 1, INT64_MAX},
		{INT64_MAX, "", INT64_MAX, INT64_MAX},
		{INT64_MAX, "under_tolerance_ppm=1 over_tolerance_ppm=1",
				INT64_C(9223362813482738953), INT64_MAX},
		{INT64_MAX, "under_tolerance_ppm=999999", INT64_C(9223372036855), INT64_MAX},
		{INT64_C(1000000000000000000), "over_tolerance_ppm=500000",
				INT64_C(1000000000000000000), INT64_C(1500000000000000000)},
		{INT64_C(4611686018427387903), "over_tolerance_ppm=1000000",
				INT64_C(4611686018427387903), INT64_MAX - 1},
		{INT64_C(4611686018427387904), "over_tolerance_ppm=1000000",
				INT64_C(4611686018427387904), INT64_MAX},
		{INT64_MAX, "over_tolerance_ppm=9223372036854775807", INT64_MAX, INT64_MAX},
		{1, "over_tolerance_ppm=9223372036854775807", 1, INT64_C(9223372036855)},
};

START_TEST(quantity_is_in_full_from_the_lower_bound_to_the_upper)
{
	const struct bound_case *test = &BOUNDS[_i];
	cstn_service_policy *policy = policy_with(test->tolerance);
	const cstn__policy_rules *rules = cstn__policy_rules_of(policy);
	cstn_order_line line = usual_line();

	ck_assert_int_eq(cstn__policy_lower(rules, test->quantity), test->lower);
	ck_assert_int_eq(cstn__policy_upper(rules, test->quantity), test->upper);
	line.quantity = test->quantity;
	line.quantity_delivered = test->lower;
	ck_assert_str_eq(verdict_of(test->tolerance, &line), "perfect");
	line.quantity_delivered = test->upper;
	ck_assert_str_eq(verdict_of(test->tolerance, &line), "perfect");
	if (test->lower > 0) {
		line.quantity_delivered = test->lower - 1;
		ck_assert_str_eq(verdict_of(test->tolerance, &line), "F");
	}
	if (test->upper < INT64_MAX) {
		line.quantity_delivered = test->upper + 1;
		ck_assert_str_eq(verdict_of(test->tolerance, &line), "F");
	}
	cstn_service_policy_unref(policy);
}
END_TEST

START_TEST(part_that_was_cancelled_is_not_expected)
{
	cstn_order_line line = usual_line();

	line.quantity_cancelled = 40;
	ck_assert_str_eq(verdict_of("", &line), "F");
	line.quantity_delivered = 60;
	ck_assert_str_eq(verdict_of("", &line), "perfect");
	line.quantity_delivered = 59;
	ck_assert_str_eq(verdict_of("", &line), "F");
}
END_TEST

START_TEST(wrong_item_fails_in_full_whatever_the_quantity)
{
	cstn_order_line line = usual_line();

	line.marks = CSTN_MARK_WRONG_ITEM;
	ck_assert_str_eq(verdict_of("", &line), "F");
	line.quantity_delivered = CSTN_QUANTITY_NULL;
	ck_assert_str_eq(verdict_of("", &line), "F");
	ck_assert_str_eq(verdict_of("components=TDC", &line), "perfect");
}
END_TEST

/* --- deliveries ---------------------------------------------------------------------------------
 */

static cstn_line_delivery arrival(const char *when, int64_t quantity, int32_t shipment)
{
	cstn_line_delivery delivery = {at(when), quantity, shipment, 0};

	return delivery;
}

static cstn_order_line line_of(const cstn_line_delivery *deliveries, size_t n)
{
	cstn_order_line line = usual_line();

	line.delivered_us = CSTN_TIME_NULL;
	line.quantity_delivered = CSTN_QUANTITY_NULL;
	line.deliveries = deliveries;
	line.n_deliveries = n;
	return line;
}

START_TEST(sixty_in_time_and_forty_next_day_is_late_and_in_full_at_close)
{
	cstn_line_delivery parts[] = {arrival("2018-08-31T09:00:00Z", 60, 1),
			arrival("2018-09-01T09:00:00Z", 40, 1)};
	cstn_order_line line = line_of(parts, 2);

	ck_assert_str_eq(verdict_of("", &line), "T");
	ck_assert_str_eq(verdict_of("in_full_at=due", &line), "TF");
	ck_assert_str_eq(verdict_of("in_full_at=due late_tolerance=1", &line), "perfect");
	ck_assert_str_eq(verdict_of("under_tolerance_ppm=400000", &line), "perfect");
	ck_assert_str_eq(verdict_of("under_tolerance_ppm=399999", &line), "T");
}
END_TEST

START_TEST(arrival_is_when_the_counted_quantity_reaches_the_lower_bound)
{
	cstn_line_delivery parts[] = {arrival("2018-09-04T09:00:00Z", 1, 1),
			arrival("2018-08-30T09:00:00Z", 50, 1),
			arrival("2018-08-31T09:00:00Z", 49, 1)};
	cstn_order_line line = line_of(parts, 3);

	ck_assert_int_eq(steps_at("", USUAL_AS_OF, &line).goods_us, at("2018-09-04T09:00:00Z"));
	ck_assert_int_eq(steps_at("under_tolerance_ppm=10000", USUAL_AS_OF, &line).goods_us,
			at("2018-08-31T09:00:00Z"));
	ck_assert_int_eq(steps_at("under_tolerance_ppm=500000", USUAL_AS_OF, &line).goods_us,
			at("2018-08-30T09:00:00Z"));
	ck_assert_int_eq(steps_at("under_tolerance_ppm=499999", USUAL_AS_OF, &line).goods_us,
			at("2018-08-31T09:00:00Z"));
}
END_TEST

START_TEST(closed_short_delivery_never_arrived_so_time_and_quantity_fail)
{
	cstn_line_delivery parts[] = {arrival("2018-08-30T09:00:00Z", 60, 1)};
	cstn_order_line line = line_of(parts, 1);

	ck_assert_str_eq(verdict_of("", &line), "TF");
	line.n_deliveries = 0;
	ck_assert_str_eq(verdict_of("", &line), "TF");
}
END_TEST

START_TEST(more_than_agreed_over_several_deliveries_fails_in_full_alone)
{
	cstn_line_delivery parts[] = {arrival("2018-08-30T09:00:00Z", 100, 1),
			arrival("2018-08-30T10:00:00Z", 1, 1)};
	cstn_order_line line = line_of(parts, 2);

	ck_assert_str_eq(verdict_of("", &line), "F");
	ck_assert_str_eq(verdict_of("over_tolerance_ppm=10000", &line), "perfect");
}
END_TEST

START_TEST(single_shipment_may_come_in_several_pieces)
{
	cstn_line_delivery parts[] = {arrival("2018-08-30T09:00:00Z", 60, 7),
			arrival("2018-08-31T10:00:00Z", 40, 7)};
	cstn_order_line line = line_of(parts, 2);

	ck_assert_str_eq(verdict_of("partial=single_shipment", &line), "perfect");
	parts[1].shipment = 8;
	ck_assert_str_eq(verdict_of("partial=single_shipment", &line), "F");
	ck_assert_str_eq(verdict_of("", &line), "perfect");
}
END_TEST

START_TEST(one_shipment_is_no_split_and_two_are_wherever_they_stand)
{
	cstn_line_delivery parts[] = {arrival("2018-08-30T09:00:00Z", 60, 7),
			arrival("2018-08-31T10:00:00Z", 30, 8),
			arrival("2018-08-31T11:00:00Z", 10, 7)};
	cstn_order_line line = line_of(parts, 3), flat = usual_line();

	ck_assert_str_eq(verdict_of("partial=single_shipment", &line), "F");
	flat.shipments = 1;
	ck_assert_str_eq(verdict_of("partial=single_shipment", &flat), "perfect");
}
END_TEST

START_TEST(marks_of_a_line_are_known_with_its_first_delivery)
{
	cstn_line_delivery parts[] = {arrival("2018-09-02T09:00:00Z", 60, 7),
			arrival("2018-09-03T09:00:00Z", 40, 7)};
	cstn_order_line line = line_of(parts, 2);

	line.marks = CSTN_MARK_DAMAGED | CSTN_MARK_WRONG_ITEM;
	ck_assert_str_eq(verdict_at("components=TC", "2018-09-02T08:00:00Z", &line), "T");
	ck_assert_str_eq(verdict_at("components=TC", "2018-09-02T09:00:00Z", &line), "TC");
	line.n_deliveries = 0;
	ck_assert_str_eq(verdict_of("", &line), "TFC");
}
END_TEST

START_TEST(wrong_item_among_deliveries_does_not_count_and_fails_in_full)
{
	cstn_line_delivery parts[] = {arrival("2018-08-30T09:00:00Z", 100, 1),
			arrival("2018-08-30T10:00:00Z", 5, 1)};
	cstn_order_line line = line_of(parts, 2);

	parts[1].marks = CSTN_MARK_WRONG_ITEM;
	ck_assert_str_eq(verdict_of("", &line), "F");
	ck_assert_int_eq(steps_at("", USUAL_AS_OF, &line).evaluated, 100);
	parts[0].quantity = 95;
	ck_assert_str_eq(verdict_of("", &line), "TF");
}
END_TEST

START_TEST(substitute_that_was_not_agreed_never_counts)
{
	cstn_line_delivery parts[] = {arrival("2018-08-30T09:00:00Z", 100, 1)};
	cstn_order_line line = line_of(parts, 1);

	parts[0].marks = CSTN_MARK_SUBSTITUTE;
	ck_assert_str_eq(verdict_of("substitution=accept_agreed", &line), "TF");
	parts[0].marks = CSTN_MARK_SUBSTITUTE | CSTN_MARK_SUBSTITUTE_AGREED;
	ck_assert_str_eq(verdict_of("substitution=accept_agreed", &line), "perfect");
	ck_assert_str_eq(verdict_of("", &line), "TF");
}
END_TEST

START_TEST(deliveries_after_the_as_of_time_are_not_known)
{
	cstn_line_delivery parts[] = {arrival("2018-08-31T09:00:00Z", 60, 1),
			arrival("2018-09-01T09:00:00Z", 40, 1)};
	cstn_order_line line = line_of(parts, 2);

	ck_assert_str_eq(verdict_at("", "2018-08-31T12:00:00Z", &line), "pending");
	ck_assert_str_eq(verdict_at("overdue_open=exclude", "2018-09-01T08:59:59.999999Z", &line),
			"overdue_open");
	ck_assert_str_eq(verdict_at("", "2018-09-01T08:59:59.999999Z", &line), "TF");
	ck_assert_str_eq(verdict_at("", "2018-09-01T09:00:00Z", &line), "T");
}
END_TEST

/* Sorts and adds, as one would by hand. */
static int64_t arrival_by_sorting(const cstn_line_delivery *deliveries, size_t n, int64_t wanted)
{
	cstn_line_delivery sorted[8];
	int64_t sum = 0;
	size_t i, j;

	memcpy(sorted, deliveries, n * sizeof *sorted);
	for (i = 0; i < n; i++) {
		for (j = i + 1; j < n; j++) {
			if (sorted[j].time_us < sorted[i].time_us) {
				cstn_line_delivery keep = sorted[i];
				sorted[i] = sorted[j];
				sorted[j] = keep;
			}
		}
		sum += sorted[i].quantity;
		if (sum >= wanted)
			return sorted[i].time_us;
	}
	return CSTN_TIME_NULL;
}

START_TEST(arrival_equals_sorting_and_adding_for_random_deliveries_in_any_order)
{
	cstn_service_policy *policy = policy_with("");
	cstn__judge judge;
	uint64_t r = 0;
	int round;

	ck_assert_int_eq(cstn__judge_init(&judge, policy, INT64_MAX, NULL, NULL, NULL), CSTN_OK);
	for (round = 0; round < 20000; round++) {
		cstn_line_delivery parts[8];
		size_t n = 1 + cstn__random_u64(3, r++) % 8, i;
		cstn_order_line line = line_of(parts, n);
		cstn__judgement steps;
		cstn__line_fault fault;

		line.quantity = (int64_t)(1 + cstn__random_u64(3, r++) % 40);
		for (i = 0; i < n; i++) {
			parts[i].time_us = (int64_t)(cstn__random_u64(3, r++) % 9) - 4;
			if (round % 3 == 0)
				parts[i].time_us *= INT64_C(2000000000000000000);
			parts[i].quantity = (int64_t)(1 + cstn__random_u64(3, r++) % 20);
			parts[i].shipment = 1;
			parts[i].marks = 0;
		}
		ck_assert_int_eq(cstn__judge_steps(&judge, &line, NULL, &steps, &fault), 0);
		ck_assert_int_eq(steps.goods_us, arrival_by_sorting(parts, n, line.quantity));
	}
	cstn__judge_free(&judge);
	cstn_service_policy_unref(policy);
}
END_TEST

/* A flat line and the same facts as one delivery cannot differ. */
START_TEST(one_full_delivery_judges_like_the_flat_facts)
{
	static const char *const POLICIES[] = {"", "time_unit=instant", "in_full_at=due",
			"late_tolerance=3 early_tolerance=2", "over_tolerance_ppm=100000",
			"zone=offset:+09:00 claim_window_days=5"};
	uint64_t r = 0;
	int round;

	for (round = 0; round < 3000; round++) {
		const char *changes = POLICIES[round % 6];
		cstn_line_delivery part = {0, 0, 1, 0};
		cstn_order_line flat = usual_line(), line;
		cstn__judgement one, other;

		flat.delivered_us += (int64_t)(cstn__random_u64(9, r++) % 20 - 10) *
				     INT64_C(43200000000);
		flat.quantity_delivered = 100 + (int64_t)(cstn__random_u64(9, r++) % 12);
		line = flat;
		part.time_us = flat.delivered_us;
		part.quantity = flat.quantity_delivered;
		line.deliveries = &part;
		line.n_deliveries = 1;
		/* What had come by due is what the flat line must be told. */
		other = steps_at(changes, "2018-09-15", &line);
		flat.quantity_due = part.quantity;
		if (other.has_distance && other.distance > (round % 6 == 3 ? 3 : 0))
			flat.quantity_due = 0;
		one = steps_at(changes, "2018-09-15", &flat);
		ck_assert_int_eq(one.verdict.outcome, other.verdict.outcome);
		ck_assert_uint_eq(one.verdict.pattern, other.verdict.pattern);
		ck_assert_uint_eq(one.verdict.provisional, other.verdict.provisional);
	}
}
END_TEST

START_TEST(later_arrival_never_mends_on_time_unless_early_is_judged)
{
	uint64_t r = 0;
	int round;

	for (round = 0; round < 3000; round++) {
		cstn_order_line line = usual_line();
		unsigned before;

		line.delivered_us += (int64_t)(cstn__random_u64(5, r++) % 8) * INT64_C(21600000000);
		before = steps_at("", USUAL_AS_OF, &line).verdict.pattern;
		line.delivered_us += (int64_t)(cstn__random_u64(5, r++) % 8) * INT64_C(21600000000);
		ck_assert_uint_ge(steps_at("", USUAL_AS_OF, &line).verdict.pattern, before);
	}
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
#define ADD(name) tcase_add_test(tests, name)
#define LOOP(name, n) tcase_add_loop_test(tests, name, 0, n)

int main(void)
{
	Suite *suite = suite_create("verdict");
	TCase *tests = tcase_create("verdict");

	tcase_set_timeout(tests, 0);
	LOOP(delivery_is_on_time_up_to_the_boundary_and_not_past_it, COUNT(TIMES));
	ADD(order_arriving_one_microsecond_late_is_not_perfect);
	ADD(times_at_the_ends_of_int64_do_not_wrap);
	LOOP(open_line_is_pending_until_promise_and_tolerance_are_past, COUNT(OPEN));
	ADD(line_delivered_after_the_as_of_time_is_still_open);
	ADD(marks_of_goods_that_are_not_there_yet_are_not_known);
	ADD(unknown_status_is_closed_when_the_actual_time_is_known);
	ADD(open_line_whose_goods_have_come_is_not_overdue);
	ADD(line_without_promise_is_left_out_only_if_time_is_judged);
	ADD(both_changes_take_the_last_commitment);
	ADD(both_changes_without_the_last_commitment_are_bad_input);
	ADD(changes_do_not_touch_the_last_commitment_as_a_basis);
	ADD(change_stands_in_for_a_first_commitment_that_is_not_known);
	ADD(attempt_outside_the_window_or_after_the_as_of_time_counts_for_nothing);
	LOOP(quantity_is_in_full_from_the_lower_bound_to_the_upper, COUNT(BOUNDS));
	ADD(part_that_was_cancelled_is_not_expected);
	ADD(wrong_item_fails_in_full_whatever_the_quantity);
	ADD(sixty_in_time_and_forty_next_day_is_late_and_in_full_at_close);
	ADD(arrival_is_when_the_counted_quantity_reaches_the_lower_bound);
	ADD(closed_short_delivery_never_arrived_so_time_and_quantity_fail);
	ADD(more_than_agreed_over_several_deliveries_fails_in_full_alone);
	ADD(single_shipment_may_come_in_several_pieces);
	ADD(one_shipment_is_no_split_and_two_are_wherever_they_stand);
	ADD(marks_of_a_line_are_known_with_its_first_delivery);
	ADD(wrong_item_among_deliveries_does_not_count_and_fails_in_full);
	ADD(substitute_that_was_not_agreed_never_counts);
	ADD(deliveries_after_the_as_of_time_are_not_known);
	ADD(arrival_equals_sorting_and_adding_for_random_deliveries_in_any_order);
	ADD(one_full_delivery_judges_like_the_flat_facts);
	ADD(later_arrival_never_mends_on_time_unless_early_is_judged);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
