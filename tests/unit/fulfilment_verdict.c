/* Verdicts of lines: both sides of every boundary, odd facts, bad input, words. */

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "failing_allocator.h"
#include "judged_lines.h"

/* --- on time ---------------------------------------------------------------------------------- */

static const struct time_case {
	const char *changes, *promised, *delivered, *verdict;
} TIMES[] = {
		/* The day of the promise is its whole day: promised 00:00, delivered 14:00 is on time. */
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

/* --- promises ----------------------------------------------------------------------------------- */

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

/* --- in full ------------------------------------------------------------------------------------ */

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

/* --- deliveries --------------------------------------------------------------------------------- */

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

/* --- documents, condition, returns, claim window -------------------------------------------------- */

START_TEST(documents_are_in_time_up_to_the_last_day_allowed)
{
	cstn_order_line line = usual_line();

	line.documents_complete_us = at("2018-08-31T23:59:59.999999Z");
	ck_assert_str_eq(verdict_of("", &line), "perfect");
	line.documents_complete_us = at("2018-09-01");
	ck_assert_str_eq(verdict_of("", &line), "D");
	ck_assert_str_eq(verdict_of("documents_within=1", &line), "perfect");
	line.documents_complete_us = at("2018-09-02");
	ck_assert_str_eq(verdict_of("documents_within=1", &line), "D");
	line.documents_complete_us = at("2018-08-01");
	ck_assert_str_eq(verdict_of("documents_evidence=positive", &line), "perfect");
}
END_TEST

static const uint32_t CONDITIONS[] = {CSTN_MARK_DAMAGED, CSTN_MARK_DEFECTIVE,
		CSTN_MARK_WRONG_CONFIGURATION, CSTN_MARK_REFUSED_FOR_QUALITY};

START_TEST(any_condition_exception_fails_condition_even_if_it_was_confirmed)
{
	cstn_order_line line = usual_line();

	line.marks = CSTN_MARK_CONDITION_OK;
	ck_assert_str_eq(verdict_of("condition_evidence=positive", &line), "perfect");
	line.marks |= CONDITIONS[_i];
	ck_assert_str_eq(verdict_of("condition_evidence=positive", &line), "C");
	ck_assert_str_eq(verdict_of("", &line), "C");
}
END_TEST

static const struct return_case {
	int32_t reason;
	const char *quality, *all;
} RETURNS[] = {
		{CSTN_RETURN_NONE, "perfect", "perfect"},
		{CSTN_RETURN_DAMAGED, "C", "C"},
		{CSTN_RETURN_DEFECTIVE, "C", "C"},
		{CSTN_RETURN_WRONG_CONFIGURATION, "C", "C"},
		{CSTN_RETURN_WRONG_ITEM, "perfect", "F"},
		{CSTN_RETURN_SHORT, "perfect", "F"},
		{CSTN_RETURN_EXCESS, "perfect", "F"},
		{CSTN_RETURN_PAPERWORK, "perfect", "D"},
		{CSTN_RETURN_OTHER, "perfect", "perfect"},
};

START_TEST(return_changes_the_component_of_its_reason)
{
	cstn_order_line line = usual_line();

	line.returned_us = at("2018-09-10");
	line.return_reason = RETURNS[_i].reason;
	ck_assert_str_eq(verdict_of("", &line), RETURNS[_i].quality);
	ck_assert_str_eq(verdict_of("returns_restate=all", &line), RETURNS[_i].all);
	ck_assert_str_eq(verdict_of("returns_restate=none", &line), "perfect");
	ck_assert_str_eq(verdict_of("returns_restate=all components=T", &line), "perfect");
}
END_TEST

START_TEST(return_counts_when_known_and_inside_the_claim_window)
{
	cstn_order_line line = usual_line();

	line.return_reason = CSTN_RETURN_DAMAGED;
	line.returned_us = at("2018-09-30T23:59:59.999999Z");
	ck_assert_str_eq(verdict_at("", "2018-09-30T23:59:59.999998Z", &line), "perfect");
	ck_assert_str_eq(verdict_at("", "2018-09-30T23:59:59.999999Z", &line), "C");
	line.returned_us = at("2018-10-01");
	ck_assert_str_eq(verdict_of("", &line), "perfect");
	ck_assert_str_eq(verdict_of("claim_window_days=31", &line), "C");
	ck_assert_str_eq(verdict_of("claim_window_days=0", &line), "perfect");
}
END_TEST

START_TEST(verdict_is_provisional_while_the_claim_window_is_open)
{
	cstn_order_line line = usual_line();

	ck_assert_uint_eq(
			steps_at("", "2018-09-30T23:59:59.999999Z", &line).verdict.provisional, 1);
	ck_assert_uint_eq(steps_at("", "2018-10-01", &line).verdict.provisional, 0);
	ck_assert_uint_eq(steps_at("claim_window_days=31", "2018-10-01", &line).verdict.provisional,
			1);
	ck_assert_uint_eq(steps_at("claim_window_days=unset", "2018-09-01", &line)
					  .verdict.provisional,
			0);
	line.status = CSTN_LINE_CANCELLED_BY_SUPPLIER;
	ck_assert_uint_eq(steps_at("", "2018-09-01", &line).verdict.provisional, 0);
}
END_TEST

/* --- patterns and reasons ------------------------------------------------------------------------- */

START_TEST(every_pattern_can_be_reached_and_components_clear_the_rest)
{
	static const char LETTERS[] = "TFDC";
	cstn_order_line line = usual_line();
	char components[32];
	int set;

	if (_i & 1)
		line.delivered_us = at("2018-09-02");
	if (_i & 2)
		line.quantity_delivered = 99;
	if (_i & 4)
		line.documents_bad = CSTN_DOCUMENT_CUSTOMS;
	if (_i & 8)
		line.marks = CSTN_MARK_DEFECTIVE;
	ck_assert_uint_eq(steps_at("", USUAL_AS_OF, &line).verdict.pattern, (unsigned)_i);
	ck_assert_str_eq(verdict_of("", &line), cstn_pattern_name((uint32_t)_i));
	for (set = 1; set < 16; set++) {
		char *end = components + sprintf(components, "components=");
		int i;

		for (i = 0; i < 4; i++) {
			if (set >> i & 1)
				*end++ = LETTERS[i];
		}
		*end = '\0';
		ck_assert_uint_eq(steps_at(components, USUAL_AS_OF, &line).verdict.pattern,
				(unsigned)(_i & set));
	}
}
END_TEST

START_TEST(names_of_patterns_and_reasons_are_permanent)
{
	static const char *const PATTERNS[] = {"perfect", "T", "F", "TF", "D", "TD", "FD", "TFD",
			"C", "TC", "FC", "TFC", "DC", "TDC", "FDC", "TFDC"};
	static const char *const REASONS[] = {"", "cancelled_by_customer", "cancelled_by_supplier",
			"customer_fault", "force_majeure", "overdue_open", "no_promise",
			"no_actual_time", "unassessed_on_time", "unassessed_in_full",
			"unassessed_documents", "unassessed_condition", "bad_input"};
	int i;

	for (i = 0; i < 16; i++)
		ck_assert_str_eq(cstn_pattern_name((uint32_t)i), PATTERNS[i]);
	for (i = 0; i < CSTN_REASON_COUNT; i++)
		ck_assert_str_eq(cstn_reason_name(i), REASONS[i]);
	ck_assert_str_eq(cstn_pattern_name(16), "");
	ck_assert_str_eq(cstn_reason_name(-1), "");
	ck_assert_str_eq(cstn_reason_name(CSTN_REASON_COUNT), "");
}
END_TEST

START_TEST(first_reason_in_the_list_wins)
{
	cstn_order_line line = usual_line();

	line.promised_us = line.delivered_us = CSTN_TIME_NULL;
	line.marks = CSTN_MARK_CUSTOMER_FAULT | CSTN_MARK_FORCE_MAJEURE;
	line.status = CSTN_LINE_CANCELLED_BY_CUSTOMER;
	ck_assert_str_eq(verdict_of("force_majeure=exclude", &line), "cancelled_by_customer");
	line.status = CSTN_LINE_CANCELLED_BY_SUPPLIER;
	ck_assert_str_eq(verdict_of("force_majeure=exclude supplier_cancel=exclude", &line),
			"cancelled_by_supplier");
	ck_assert_str_eq(verdict_of("force_majeure=exclude", &line), "customer_fault");
	ck_assert_str_eq(verdict_of("force_majeure=exclude customer_fault=fail", &line),
			"force_majeure");
	line.marks = 0;
	line.status = CSTN_LINE_CLOSED;
	ck_assert_str_eq(verdict_of("", &line), "no_promise");
	line.promised_us = at("2018-08-31");
	ck_assert_str_eq(verdict_of("", &line), "no_actual_time");
}
END_TEST

START_TEST(cancelled_line_that_counts_fails_time_and_quantity_and_nothing_else)
{
	cstn_order_line line = usual_line();

	line.status = CSTN_LINE_CANCELLED_BY_SUPPLIER;
	line.promised_us = CSTN_TIME_NULL;
	ck_assert_str_eq(verdict_of("documents_evidence=positive", &line), "TF");
	ck_assert_str_eq(verdict_of("components=TD", &line), "T");
	ck_assert_str_eq(verdict_of("components=FC", &line), "F");
}
END_TEST

static const struct evidence_case {
	const char *changes;
	uint32_t absent;
	uint8_t unassessed;
	uint32_t fail;
} EVIDENCES[] = {
		{"", CSTN__EVIDENCE_QUANTITY, CSTN_COMPONENT_IN_FULL, 2},
		{"", CSTN__EVIDENCE_DOCUMENTS | CSTN__EVIDENCE_CONDITION, 0, 0},
		{"documents_evidence=positive", CSTN__EVIDENCE_DOCUMENTS, CSTN_COMPONENT_DOCUMENTS,
				4},
		{"condition_evidence=positive", CSTN__EVIDENCE_CONDITION, CSTN_COMPONENT_CONDITION,
				8},
		{"documents_evidence=positive condition_evidence=positive", 15,
				CSTN_COMPONENT_IN_FULL | CSTN_COMPONENT_DOCUMENTS |
						CSTN_COMPONENT_CONDITION,
				14},
};

START_TEST(absent_columns_leave_their_components_unassessed)
{
	static const char *const KEYS[] = {"", " unassessed=fail", " unassessed=pass"};
	cstn_order_line line = usual_line();
	int key;

	line.quantity_delivered = CSTN_QUANTITY_NULL;
	if (!(EVIDENCES[_i].absent & CSTN__EVIDENCE_QUANTITY))
		line.quantity_delivered = 100;
	for (key = 0; key < 3; key++) {
		cstn_service_policy *policy;
		cstn__judge judge;
		cstn__line_verdict out;
		char changes[128];

		snprintf(changes, sizeof changes, "%s%s", EVIDENCES[_i].changes, KEYS[key]);
		policy = policy_with(changes);
		ck_assert_int_eq(
				cstn__judge_init(&judge, policy, at(USUAL_AS_OF), NULL, NULL, NULL),
				CSTN_OK);
		judge.evidence &= ~EVIDENCES[_i].absent;
		ck_assert_int_eq(cstn__judge_line(&judge, &line, NULL, &out, NULL, NULL, NULL),
				CSTN_OK);
		ck_assert_uint_eq(out.unassessed, key == 0 ? EVIDENCES[_i].unassessed : 0);
		ck_assert_uint_eq(out.pattern, key == 1 ? EVIDENCES[_i].fail : 0);
		ck_assert_uint_eq(out.outcome, key == 0 && EVIDENCES[_i].unassessed
							       ? CSTN__OUTCOME_UNASSESSED
							       : CSTN_OUTCOME_COUNTED);
		cstn__judge_free(&judge);
		cstn_service_policy_unref(policy);
	}
}
END_TEST

START_TEST(closed_line_without_an_actual_column_is_unassessed_on_time)
{
	cstn_order_line line = usual_line();
	cstn_service_policy *policy = policy_with("");
	cstn__judge judge;
	cstn__line_verdict out;

	line.delivered_us = CSTN_TIME_NULL;
	ck_assert_int_eq(cstn__judge_init(&judge, policy, at(USUAL_AS_OF), NULL, NULL, NULL),
			CSTN_OK);
	judge.evidence &= ~CSTN__EVIDENCE_ACTUAL;
	ck_assert_int_eq(cstn__judge_line(&judge, &line, NULL, &out, NULL, NULL, NULL), CSTN_OK);
	ck_assert_uint_eq(out.unassessed, CSTN_COMPONENT_ON_TIME);
	cstn__judge_free(&judge);
	cstn_service_policy_unref(policy);
}
END_TEST

/* --- bad input ------------------------------------------------------------------------------------ */

static cstn_line_delivery bad_pieces[2];

static void bad(cstn_order_line *line, int which)
{
	bad_pieces[0] = arrival("2018-08-31", 1, 1);
	bad_pieces[1] = arrival("2018-08-31", 1, 1);
	if (which >= 20) {
		line->deliveries = bad_pieces;
		line->n_deliveries = 2;
	}
	switch (which) {
	case 0:
		line->quantity = 0;
		break;
	case 1:
		line->quantity = -1;
		break;
	case 2:
		line->quantity_cancelled = -1;
		break;
	case 3:
		line->quantity_cancelled = 101;
		break;
	case 4:
		line->quantity_delivered = -1;
		break;
	case 5:
		line->quantity_due = -1;
		break;
	case 6:
		line->shipments = -1;
		break;
	case 7:
		line->status = 5;
		break;
	case 8:
		line->status = -1;
		break;
	case 9:
		line->marks = 4096;
		break;
	case 10:
		line->documents_ok = 64;
		break;
	case 11:
		line->documents_bad = 64;
		break;
	case 12:
		line->return_reason = 9;
		break;
	case 13:
		line->owner[2] = 6;
		break;
	case 14:
		line->promised_offset_minutes = 1440;
		break;
	case 15:
		line->actual_offset_minutes = -1440;
		break;
	case 16:
		line->n_deliveries = 1;
		break;
	case 17:
		line->value_minor = -1;
		break;
	case 18:
		line->price_minor = -1;
		break;
	case 19:
		line->price_minor = INT64_MAX;
		break;
	case 20:
		bad_pieces[1].quantity = 0;
		break;
	case 21:
		bad_pieces[1].time_us = CSTN_TIME_NULL;
		break;
	case 22:
		bad_pieces[1].marks = CSTN_MARK_DAMAGED;
		break;
	case 23:
		bad_pieces[1].quantity = INT64_MAX;
		break;
	case 24:
		line->quantity = CSTN_QUANTITY_NULL;
		break;
	default:
		line->quantity = CSTN_QUANTITY_NULL;
		line->deliveries = NULL;
		line->n_deliveries = 0;
	}
}

static const struct fault_case {
	int which;
	int32_t code;
	const char *column;
} FAULTS[] = {
		{0, CSTN_ROW_NOT_POSITIVE, "qty"},
		{1, CSTN_ROW_NOT_POSITIVE, "qty"},
		{2, CSTN_ROW_NEGATIVE, "qty_cancelled"},
		{3, CSTN_ROW_VALUE, "qty_cancelled"},
		{4, CSTN_ROW_NEGATIVE, "qty_delivered"},
		{5, CSTN_ROW_NEGATIVE, "qty_due"},
		{6, CSTN_ROW_NEGATIVE, "shipments"},
		{7, CSTN_ROW_VALUE, "status"},
		{8, CSTN_ROW_VALUE, "status"},
		{9, CSTN_ROW_VALUE, "marks"},
		{10, CSTN_ROW_VALUE, "documents_ok"},
		{11, CSTN_ROW_VALUE, "documents_bad"},
		{12, CSTN_ROW_VALUE, "return_reason"},
		{13, CSTN_ROW_VALUE, "documents_owner"},
		{14, CSTN_ROW_VALUE, "promised_offset_minutes"},
		{15, CSTN_ROW_VALUE, "actual_offset_minutes"},
		{16, CSTN_ROW_NULL, "deliveries"},
		{17, CSTN_ROW_NEGATIVE, "value"},
		{18, CSTN_ROW_NEGATIVE, "price"},
		{19, CSTN_ROW_OVERFLOW, "price"},
		{20, CSTN_ROW_NOT_POSITIVE, "deliveries"},
		{21, CSTN_ROW_NULL, "deliveries"},
		{22, CSTN_ROW_VALUE, "deliveries"},
		{23, CSTN_ROW_OVERFLOW, "deliveries"},
		{24, CSTN_ROW_NULL, "qty"},
		{25, CSTN_ROW_NULL, "qty"},
};

START_TEST(bad_line_is_refused_with_column_and_rule)
{
	cstn_order_line line = usual_line();
	cstn_service_policy *policy = policy_with("weight=value components=T");
	cstn_verdict *verdict = NULL;
	cstn_error *error = NULL;
	cstn__line_fault fault;

	bad(&line, FAULTS[_i].which);
	fault = fault_of("weight=value components=T", &line);
	ck_assert_int_eq(fault.code, FAULTS[_i].code);
	ck_assert_str_eq(fault.column, FAULTS[_i].column);
	ck_assert_int_eq(cstn_perfect_order_judge_line(
					 policy, at(USUAL_AS_OF), NULL, &line, &verdict, &error),
			fault.code == CSTN_ROW_OVERFLOW ? CSTN_E_OVERFLOW
							: CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(verdict);
	ck_assert_int_eq(strncmp(cstn_error_message(error), fault.column, strlen(fault.column)), 0);
	cstn_error_free(error);
	cstn_service_policy_unref(policy);
}
END_TEST

START_TEST(line_without_quantity_is_unassessed_in_full_and_judged_on_the_rest)
{
	cstn_order_line line = usual_line();

	line.quantity = CSTN_QUANTITY_NULL;
	ck_assert_str_eq(verdict_of("", &line), "unassessed_in_full");
	ck_assert_str_eq(verdict_of("components=TDC", &line), "perfect");
	ck_assert_str_eq(verdict_of("weight=quantity", &line), "unassessed_in_full");
	ck_assert_int_eq(fault_of("weight=quantity components=TDC", &line).code, CSTN_ROW_NULL);
}
END_TEST

START_TEST(delivery_before_the_order_is_kept_and_judged)
{
	cstn_order_line line = usual_line();

	line.delivered_us = line.ordered_us - 1;
	ck_assert_str_eq(verdict_of("", &line), "perfect");
	ck_assert_str_eq(verdict_of("early_tolerance=3", &line), "T");
}
END_TEST

/* --- zones ---------------------------------------------------------------------------------------- */

START_TEST(policy_with_zone_rules_or_calendar_does_not_run_without_them)
{
	static const char *const POLICIES[] = {
			"zone=tzif:"
			"00112233445566778899aabbccddeeff0f1e2d3c4b5a69788796a5b4c3d2e1f0",
			"calendar="
			"00112233445566778899aabbccddeeff0f1e2d3c4b5a69788796a5b4c3d2e1f0"};
	static const char WEEK[] = "cstn-calendar 1\nweek=1111100\n";
	cstn_service_policy *policy = policy_with(POLICIES[_i]);
	cstn_policy_data data = CSTN_POLICY_DATA_INIT;
	cstn_order_line line = usual_line();
	cstn_verdict *verdict = NULL;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_perfect_order_judge_line(
					 policy, at(USUAL_AS_OF), NULL, &line, &verdict, &error),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "given"));
	cstn_error_free(error);
	error = NULL;
	ck_assert_int_eq(cstn_zone_fixed(3600, NULL, &data.zone, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_calendar_parse(WEEK, strlen(WEEK), NULL, &data.calendar, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_judge_line(
					 policy, at(USUAL_AS_OF), &data, &line, &verdict, &error),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "given"));
	ck_assert_ptr_null(verdict);
	cstn_error_free(error);
	cstn_zone_unref(data.zone);
	cstn_calendar_unref(data.calendar);
	cstn_service_policy_unref(policy);
}
END_TEST

START_TEST(each_line_is_judged_in_the_zone_of_its_ship_to)
{
	static const char *const NAMES[] = {"Tokyo", "Lima"};
	cstn_zone *zones[2];
	cstn_policy_data data = CSTN_POLICY_DATA_INIT;
	cstn_order_line line = usual_line();
	cstn_service_policy *policy = policy_with("zone=ship_to");
	cstn_verdict *verdict = NULL;
	cstn_error *error = NULL;

	ck_assert_int_eq(cstn_zone_fixed(9 * 3600, NULL, &zones[0], NULL), CSTN_OK);
	ck_assert_int_eq(cstn_zone_fixed(-5 * 3600, NULL, &zones[1], NULL), CSTN_OK);
	data.zone_names = NAMES;
	data.zones = zones;
	data.n_zones = 2;
	line.promised_us = at("2018-08-31T12:00:00Z");
	line.delivered_us = at("2018-08-31T15:00:00Z"); /* 00:00 of the next day in Tokyo */
	line.ship_to_zone = "Tokyo";
	ck_assert_str_eq(verdict_with("zone=ship_to", &data, USUAL_AS_OF, &line), "T");
	line.delivered_us--;
	ck_assert_str_eq(verdict_with("zone=ship_to", &data, USUAL_AS_OF, &line), "perfect");
	line.ship_to_zone = "Lima";
	line.delivered_us = at("2018-09-01T04:59:59.999999Z");
	ck_assert_str_eq(verdict_with("zone=ship_to", &data, USUAL_AS_OF, &line), "perfect");
	line.delivered_us++;
	ck_assert_str_eq(verdict_with("zone=ship_to", &data, USUAL_AS_OF, &line), "T");
	line.ship_to_zone = NULL;
	ck_assert_str_eq(verdict_with("zone=ship_to", &data, USUAL_AS_OF, &line),
			"unassessed_on_time");
	line.ship_to_zone = "Paris";
	ck_assert_int_eq(cstn_perfect_order_judge_line(
					 policy, at(USUAL_AS_OF), &data, &line, &verdict, &error),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "'Paris'"));
	cstn_error_free(error);
	cstn_service_policy_unref(policy);
	cstn_zone_unref(zones[0]);
	cstn_zone_unref(zones[1]);
}
END_TEST

START_TEST(ship_to_zones_without_rules_or_named_twice_are_refused)
{
	const char *names[] = {"Tokyo", "Tokyo"};
	cstn_zone *zones[2];
	cstn_policy_data data = CSTN_POLICY_DATA_INIT;
	cstn_service_policy *policy = policy_with("zone=ship_to");
	cstn__judge judge;

	ck_assert_int_eq(cstn_zone_fixed(9 * 3600, NULL, &zones[0], NULL), CSTN_OK);
	zones[1] = zones[0];
	data.zone_names = names;
	data.zones = zones;
	data.n_zones = 2;
	ck_assert_int_eq(cstn__judge_init(&judge, policy, 0, &data, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	names[1] = "Lima";
	zones[1] = NULL;
	ck_assert_int_eq(cstn__judge_init(&judge, policy, 0, &data, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	zones[1] = zones[0];
	ck_assert_int_eq(cstn__judge_init(&judge, policy, 0, &data, NULL, NULL), CSTN_OK);
	cstn__judge_free(&judge);
	cstn_zone_unref(zones[0]);
	cstn_service_policy_unref(policy);
}
END_TEST

/* TZif version 1 bytes of a zone that leaves UTC+1 for UTC+2 at one instant, as central Europe does
 * on 2018-03-25 at 01:00Z. */
static size_t tzif_make(uint8_t out[128], int64_t change_us)
{
	static const uint8_t TYPES[] = {0, 0, 0x0e, 0x10, 0, 0, 0, 0, 0x1c, 0x20, 1, 4};
	static const uint8_t COUNTS[] = {0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 8};
	uint32_t seconds = (uint32_t)(int32_t)(change_us / 1000000);
	size_t n = 0;
	int i;

	memset(out, 0, 128);
	memcpy(out, "TZif", 4);
	n = 32;
	memcpy(out + n, COUNTS, 12);
	n += 12;
	for (i = 0; i < 4; i++)
		out[n++] = (uint8_t)(seconds >> (24 - 8 * i));
	out[n++] = 1;
	memcpy(out + n, TYPES, 12);
	n += 12;
	memcpy(out + n, "CET\0CES\0", 8);
	return n + 8;
}

START_TEST(day_ends_where_the_zone_says_on_both_sides_of_a_clock_change)
{
	uint8_t bytes[128], digest[32];
	size_t size = tzif_make(bytes, at("2018-03-25T01:00:00Z"));
	cstn_policy_data data = CSTN_POLICY_DATA_INIT;
	cstn_order_line line = usual_line();
	cstn_error *error = NULL;
	char changes[128] = "zone=tzif:";
	cstn_status status = cstn_zone_parse_tzif(bytes, size, NULL, &data.zone, &error);
	int i;

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	cstn_zone_digest(data.zone, digest);
	for (i = 0; i < 32; i++)
		sprintf(changes + 10 + 2 * i, "%02x", digest[i]);
	line.promised_us = at("2018-03-24T12:00:00Z");
	line.delivered_us = at("2018-03-24T22:59:59.999999Z");
	ck_assert_str_eq(verdict_with(changes, &data, USUAL_AS_OF, &line), "perfect");
	line.delivered_us++;
	ck_assert_str_eq(verdict_with(changes, &data, USUAL_AS_OF, &line), "T");
	line.promised_us = at("2018-03-25T12:00:00Z");
	line.delivered_us = at("2018-03-25T21:59:59.999999Z");
	ck_assert_str_eq(verdict_with(changes, &data, USUAL_AS_OF, &line), "perfect");
	line.delivered_us++;
	ck_assert_str_eq(verdict_with(changes, &data, USUAL_AS_OF, &line), "T");
	cstn_zone_unref(data.zone);
}
END_TEST

/* --- words, arguments, memory ----------------------------------------------------------------------- */

static cstn_verdict *judged(const char *changes, const cstn_order_line *line)
{
	cstn_service_policy *policy = policy_with(changes);
	cstn_verdict *verdict = NULL;

	ck_assert_int_eq(cstn_perfect_order_judge_line(
					 policy, at(USUAL_AS_OF), NULL, line, &verdict, NULL),
			CSTN_OK);
	cstn_service_policy_unref(policy);
	return verdict;
}

START_TEST(explanation_tells_every_step)
{
	cstn_order_line line = usual_line();
	cstn_verdict *verdict;

	line.line_number = 3;
	line.delivered_us = at("2018-09-02T14:00:00Z");
	line.quantity_delivered = 60;
	line.cause[0] = "carrier breakdown\nand rain";
	line.owner[0] = CSTN_OWNER_CARRIER;
	verdict = judged("under_tolerance_ppm=10000 documents_evidence=positive", &line);
	ck_assert_str_eq(cstn_verdict_text(verdict),
			"Line 3: not perfect: not on time, not in full, documents (TFD).\n"
			"  Promise: 2018-08-31T00:00:00Z, the first commitment.\n"
			"  Arrival: 2018-09-02T14:00:00Z, delivered.\n"
			"  On time: failed: 2 days late, 0 days allowed; cause: carrier breakdown "
			"and "
			"rain; owner: carrier.\n"
			"  In full: failed: 60 of 100 at close, 99 to 100 is in full.\n"
			"  Documents: failed: packing slip, bill of lading, invoice, certificate, "
			"customs, dangerous goods not confirmed.\n"
			"  Condition: passed: no exception recorded.\n"
			"Policy 94dab6817d66b9d46c52dfdc60c8a28880c15cabef6e7e5d0482168438b4a2de, "
			"outbound (RL.1.1), as of 2018-12-31T00:00:00Z.\n");
	ck_assert_str_eq(cstn_verdict_cause(verdict, CSTN_COMPONENT_ON_TIME),
			"carrier breakdown\nand rain");
	ck_assert_str_eq(cstn_verdict_cause(verdict, CSTN_COMPONENT_IN_FULL), "");
	ck_assert_int_eq(cstn_verdict_owner(verdict, CSTN_COMPONENT_ON_TIME), CSTN_OWNER_CARRIER);
	ck_assert_int_eq(cstn_verdict_owner(verdict, CSTN_COMPONENT_CONDITION), CSTN_OWNER_UNKNOWN);
	cstn_verdict_free(verdict);
}
END_TEST

static const struct words_case {
	const char *changes;
	int which;
	const char *words;
} WORDS[] = {
		{"time_unit=instant", 0, "14:00:00 late, 00:00:00 allowed"},
		{"", 0, "On time: passed: on the promised day."},
		{"", 1, "left out: cancelled by the customer."},
		{"customer_cancel=fail", 1,
				"It was cancelled by the customer, which the policy counts"},
		{"", 2, "pending: not due yet."},
		{"", 3, "still open, and the promise is past."},
		{"", 4, "left out: it has no promise."},
		{"", 5, "left out: no evidence for in full."},
		{"", 6, "Condition: failed: damaged, refused for quality."},
		{"", 7,
				"Condition: failed: returned at 2018-09-10T00:00:00Z inside the "
				"claim window: "
				"defective."},
		{"", 8, "In full: failed: another product came; 100 of 100 at close."},
		{"weight=quantity credit=unit", 0,
				"Weight: 100, of which 100 arrived inside the window."},
		{"claim_window_days=unset", 9,
				"2018-09-05T00:00:00Z, as changed by the customer and agreed."},
};

START_TEST(explanation_says_what_decided)
{
	cstn_order_line line = usual_line();
	cstn_verdict *verdict;

	switch (WORDS[_i].which) {
	case 1:
		line.status = CSTN_LINE_CANCELLED_BY_CUSTOMER;
		break;
	case 2:
		line.status = CSTN_LINE_OPEN;
		line.promised_us = at("2019-06-01");
		break;
	case 3:
		line.status = CSTN_LINE_OPEN;
		line.delivered_us = CSTN_TIME_NULL;
		break;
	case 4:
		line.promised_us = CSTN_TIME_NULL;
		break;
	case 5:
		line.quantity_delivered = CSTN_QUANTITY_NULL;
		break;
	case 6:
		line.marks = CSTN_MARK_DAMAGED | CSTN_MARK_REFUSED_FOR_QUALITY;
		break;
	case 7:
		line.returned_us = at("2018-09-10");
		line.return_reason = CSTN_RETURN_DEFECTIVE;
		break;
	case 8:
		line.marks = CSTN_MARK_WRONG_ITEM;
		break;
	case 9:
		line.promised_customer_us = at("2018-09-05");
		break;
	default:
		break;
	}
	verdict = judged(WORDS[_i].changes, &line);
	ck_assert_msg(strstr(cstn_verdict_text(verdict), WORDS[_i].words), "%s\nlacks: %s",
			cstn_verdict_text(verdict), WORDS[_i].words);
	cstn_verdict_free(verdict);
}
END_TEST

START_TEST(init_sets_every_field_to_none)
{
	cstn_order_line line;

	memset(&line, 0xa5, sizeof line);
	cstn_order_line_init(&line, sizeof line);
	ck_assert_uint_eq(line.struct_size, sizeof line);
	ck_assert_int_eq(line.delivered_us, CSTN_TIME_NULL);
	ck_assert_int_eq(line.returned_us, CSTN_TIME_NULL);
	ck_assert_int_eq(line.price_minor, CSTN_QUANTITY_NULL);
	ck_assert_int_eq(line.actual_offset_minutes, CSTN_OFFSET_NULL);
	ck_assert_ptr_null(line.deliveries);
	ck_assert_ptr_null(line.cause[3]);
	cstn_order_line_init(NULL, sizeof line);
}
END_TEST

START_TEST(absent_arguments_are_errors_and_absent_verdicts_are_harmless)
{
	cstn_order_line line = usual_line();
	cstn_service_policy *policy = policy_with("");
	cstn_verdict *verdict = NULL;
	const cstn_order_line *none = NULL;

	ck_assert_int_eq(cstn_perfect_order_judge_line(NULL, 0, NULL, &line, &verdict, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_perfect_order_judge_line(policy, 0, NULL, NULL, &verdict, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_perfect_order_judge_line(policy, 0, NULL, &line, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_perfect_order_judge_line(
					 policy, CSTN_TIME_NULL, NULL, &line, &verdict, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_perfect_order_judge_order(policy, 0, NULL, &none, 1, &verdict, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_perfect_order_judge_order(policy, 0, NULL, &none, 0, &verdict, NULL),
			CSTN_E_INVALID_ARGUMENT);
	line.struct_size = 8;
	ck_assert_int_eq(cstn_perfect_order_judge_line(policy, 0, NULL, &line, &verdict, NULL),
			CSTN_E_STRUCT_SIZE);
	ck_assert_ptr_null(verdict);
	ck_assert_int_eq(cstn_verdict_outcome(NULL), 0);
	ck_assert_uint_eq(cstn_verdict_pattern(NULL), 0);
	ck_assert_int_eq(cstn_verdict_reason(NULL), 0);
	ck_assert_int_eq(cstn_verdict_is_provisional(NULL), 0);
	ck_assert_str_eq(cstn_verdict_cause(NULL, 1), "");
	ck_assert_str_eq(cstn_verdict_text(NULL), "");
	ck_assert_int_eq(cstn_verdict_owner(NULL, 1), 0);
	cstn_verdict_free(NULL);
	cstn_service_policy_unref(policy);
}
END_TEST

START_TEST(cause_of_no_component_or_of_two_is_empty)
{
	cstn_order_line line = usual_line();
	cstn_verdict *verdict;

	line.delivered_us = at("2018-09-02");
	line.cause[0] = "rain";
	verdict = judged("", &line);
	ck_assert_str_eq(cstn_verdict_cause(verdict, 0), "");
	ck_assert_str_eq(cstn_verdict_cause(verdict, 3), "");
	ck_assert_str_eq(cstn_verdict_cause(verdict, 16), "");
	ck_assert_str_eq(cstn_verdict_cause(verdict, 1), "rain");
	cstn_verdict_free(verdict);
}
END_TEST

START_TEST(out_of_memory_gives_an_error_and_leaks_nothing)
{
	static const char *const NAMES[] = {"Tokyo"};
	cstn_order_line line = usual_line();
	const cstn_order_line *lines[] = {&line, &line};
	cstn_zone *zones[1];
	uint64_t n;

	ck_assert_int_eq(cstn_zone_fixed(9 * 3600, NULL, &zones[0], NULL), CSTN_OK);
	line.delivered_us = at("2018-09-02");
	line.cause[0] = "a cause that is long enough to need memory of its own, and then some more";
	line.ship_to_zone = "Tokyo";
	for (n = 1;; n++) {
		failing_allocator memory;
		cstn_policy_data data = CSTN_POLICY_DATA_INIT;
		cstn_service_policy *policy = NULL;
		cstn_verdict *verdict = NULL;
		cstn_status status;

		data.zone_names = NAMES;
		data.zones = zones;
		data.n_zones = 1;
		failing_allocator_init(&memory, n);
		status = cstn_service_policy_new("zone=ship_to", &memory.allocator, &policy, NULL);
		if (status == CSTN_OK)
			status = cstn_perfect_order_judge_order(
					policy, at(USUAL_AS_OF), &data, lines, 2, &verdict, NULL);
		if (status == CSTN_OK) {
			ck_assert_str_eq(cstn_verdict_cause(verdict, 1), line.cause[0]);
			cstn_verdict_free(verdict);
		} else {
			ck_assert_int_eq(status, CSTN_E_NOMEM);
			ck_assert_ptr_null(verdict);
		}
		cstn_service_policy_unref(policy);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		if (status == CSTN_OK)
			break;
	}
	ck_assert_uint_gt(n, 5);
	cstn_zone_unref(zones[0]);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
#define ADD(name) tcase_add_test(tests, name)
#define LOOP(name, n) tcase_add_loop_test(tests, name, 0, n)

int main(void)
{
	Suite *suite = suite_create("verdict");
	TCase *tests = tcase_create("verdict");
	SRunner *runner;
	int failed;

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
	ADD(wrong_item_among_deliveries_does_not_count_and_fails_in_full);
	ADD(substitute_that_was_not_agreed_never_counts);
	ADD(deliveries_after_the_as_of_time_are_not_known);
	ADD(arrival_equals_sorting_and_adding_for_random_deliveries_in_any_order);
	ADD(one_full_delivery_judges_like_the_flat_facts);
	ADD(later_arrival_never_mends_on_time_unless_early_is_judged);
	ADD(documents_are_in_time_up_to_the_last_day_allowed);
	LOOP(any_condition_exception_fails_condition_even_if_it_was_confirmed, COUNT(CONDITIONS));
	LOOP(return_changes_the_component_of_its_reason, COUNT(RETURNS));
	ADD(return_counts_when_known_and_inside_the_claim_window);
	ADD(verdict_is_provisional_while_the_claim_window_is_open);
	LOOP(every_pattern_can_be_reached_and_components_clear_the_rest, 16);
	ADD(names_of_patterns_and_reasons_are_permanent);
	ADD(first_reason_in_the_list_wins);
	ADD(cancelled_line_that_counts_fails_time_and_quantity_and_nothing_else);
	LOOP(absent_columns_leave_their_components_unassessed, COUNT(EVIDENCES));
	ADD(closed_line_without_an_actual_column_is_unassessed_on_time);
	LOOP(bad_line_is_refused_with_column_and_rule, COUNT(FAULTS));
	ADD(line_without_quantity_is_unassessed_in_full_and_judged_on_the_rest);
	ADD(delivery_before_the_order_is_kept_and_judged);
	LOOP(policy_with_zone_rules_or_calendar_does_not_run_without_them, 2);
	ADD(each_line_is_judged_in_the_zone_of_its_ship_to);
	ADD(ship_to_zones_without_rules_or_named_twice_are_refused);
	ADD(day_ends_where_the_zone_says_on_both_sides_of_a_clock_change);
	ADD(explanation_tells_every_step);
	LOOP(explanation_says_what_decided, COUNT(WORDS));
	ADD(init_sets_every_field_to_none);
	ADD(absent_arguments_are_errors_and_absent_verdicts_are_harmless);
	ADD(cause_of_no_component_or_of_two_is_empty);
	ADD(out_of_memory_gives_an_error_and_leaks_nothing);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
