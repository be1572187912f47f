/* Keys of the service policy that move weight, credit or period of a line and not its pattern, and
 * keys that are about the rate alone. */

#include <check.h>
#include <string.h>

#include "judged_lines.h"
#include "odd_lines.h"
#include "suite.h"

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
	Suite *suite = suite_create("policy weight");
	TCase *tests = tcase_create("policy weight");

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
