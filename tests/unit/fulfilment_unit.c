/* Roll-up of lines into units, and the judgement of one order. */

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "judged_lines.h"

static cstn__line_verdict counted(uint8_t pattern)
{
	cstn__line_verdict verdict;

	memset(&verdict, 0, sizeof verdict);
	verdict.outcome = CSTN_OUTCOME_COUNTED;
	verdict.pattern = pattern;
	return verdict;
}

static cstn__line_verdict pending(void)
{
	cstn__line_verdict verdict = counted(0);

	verdict.outcome = CSTN_OUTCOME_PENDING;
	return verdict;
}

static cstn__line_verdict dropped(uint8_t reason)
{
	cstn__line_verdict verdict = counted(0);

	verdict.outcome = CSTN_OUTCOME_EXCLUDED;
	verdict.reason = reason;
	return verdict;
}

static cstn__line_verdict unassessed(uint8_t components)
{
	cstn__line_verdict verdict = counted(0);

	verdict.outcome = CSTN__OUTCOME_UNASSESSED;
	verdict.unassessed = components;
	return verdict;
}

static cstn__unit unit_of(const cstn__line_verdict *lines, const int32_t *numbers, size_t n)
{
	cstn__unit unit;
	size_t i;

	cstn__unit_init(&unit);
	for (i = 0; i < n; i++)
		cstn__unit_add(&unit, &lines[i], numbers[i]);
	return unit;
}

static const char *word_of(const cstn__unit *unit)
{
	uint32_t pattern = 99;
	int32_t reason = 99;

	switch (cstn__unit_close(unit, &pattern, &reason)) {
	case CSTN_OUTCOME_COUNTED:
		ck_assert_int_eq(reason, CSTN_REASON_NONE);
		return cstn_pattern_name(pattern);
	case CSTN_OUTCOME_PENDING:
		return "pending";
	default:
		ck_assert_uint_eq(pattern, 0);
		return cstn_reason_name(reason);
	}
}

START_TEST(order_is_perfect_only_if_every_line_is)
{
	int32_t numbers[] = {1, 2, 3};
	cstn__line_verdict lines[] = {counted(0), counted(0), counted(0)};
	cstn__unit unit = unit_of(lines, numbers, 3);

	ck_assert_str_eq(word_of(&unit), "perfect");
	lines[1].pattern = 1;
	lines[2].pattern = 6;
	unit = unit_of(lines, numbers, 3);
	ck_assert_str_eq(word_of(&unit), "TFD");
	ck_assert_uint_eq(unit.lines, 3);
}
END_TEST

START_TEST(unassessed_comes_before_pending_and_pending_before_the_rest)
{
	int32_t numbers[] = {4, 3, 2, 1};
	cstn__line_verdict lines[] = {counted(1), dropped(CSTN_REASON_FORCE_MAJEURE), pending(),
			unassessed(CSTN_COMPONENT_CONDITION | CSTN_COMPONENT_IN_FULL)};
	cstn__unit unit = unit_of(lines, numbers, 4);

	ck_assert_str_eq(word_of(&unit), "unassessed_in_full");
	unit = unit_of(lines, numbers, 3);
	ck_assert_str_eq(word_of(&unit), "pending");
	unit = unit_of(lines, numbers, 2);
	ck_assert_str_eq(word_of(&unit), "T");
	unit = unit_of(lines + 1, numbers + 1, 1);
	ck_assert_str_eq(word_of(&unit), "force_majeure");
}
END_TEST

START_TEST(bad_input_comes_before_everything)
{
	int32_t number = 1;
	cstn__line_verdict line = unassessed(1);
	cstn__unit unit = unit_of(&line, &number, 1);

	unit.flags |= CSTN__UNIT_BAD;
	ck_assert_str_eq(word_of(&unit), "bad_input");
}
END_TEST

START_TEST(unit_of_dropped_lines_has_the_reason_of_its_lowest_line)
{
	int32_t numbers[] = {7, 2, 5};
	cstn__line_verdict lines[] = {dropped(CSTN_REASON_CANCELLED_BY_CUSTOMER),
			dropped(CSTN_REASON_NO_PROMISE), dropped(CSTN_REASON_FORCE_MAJEURE)};
	cstn__unit unit = unit_of(lines, numbers, 3);

	ck_assert_str_eq(word_of(&unit), "no_promise");
	numbers[1] = 5;
	unit = unit_of(lines, numbers, 3);
	ck_assert_str_eq(word_of(&unit), "force_majeure");
}
END_TEST

START_TEST(unit_is_provisional_if_a_counted_line_is)
{
	int32_t numbers[] = {1, 2};
	cstn__line_verdict lines[] = {counted(0), counted(0)};
	cstn__unit unit = unit_of(lines, numbers, 2);

	ck_assert_uint_eq(unit.flags & CSTN__UNIT_PROVISIONAL, 0);
	lines[1].provisional = 1;
	unit = unit_of(lines, numbers, 2);
	ck_assert_uint_ne(unit.flags & CSTN__UNIT_PROVISIONAL, 0);
}
END_TEST

START_TEST(count_of_lines_saturates)
{
	cstn__unit one, other;
	cstn__line_verdict line = counted(0);

	cstn__unit_init(&one);
	cstn__unit_init(&other);
	one.lines = UINT32_MAX - 1;
	other.lines = 5;
	other.expected = 9;
	cstn__unit_merge(&one, &other);
	ck_assert_uint_eq(one.lines, UINT32_MAX);
	ck_assert_uint_eq(one.expected, 9);
	cstn__unit_add(&one, &line, 1);
	ck_assert_uint_eq(one.lines, UINT32_MAX);
}
END_TEST

static cstn__line_verdict random_line(uint64_t *r)
{
	uint64_t x = cstn__random_u64(11, (*r)++);
	cstn__line_verdict line;

	switch (x % 8) {
	case 0:
		return pending();
	case 1:
		return unassessed((uint8_t)(1 + (x >> 8) % 15));
	case 2:
	case 3:
	case 4:
		return dropped((uint8_t)(1 + (x >> 8) % 7));
	default:
		line = counted((uint8_t)((x >> 8) % 16));
		line.provisional = x >> 16 & 1;
		return line;
	}
}

START_TEST(any_split_order_and_merge_tree_gives_the_same_unit)
{
	uint64_t r = 0;
	int round;

	for (round = 0; round < 5000; round++) {
		cstn__line_verdict lines[6];
		int32_t numbers[6];
		cstn__unit whole, parts[3];
		int i;

		for (i = 0; i < 6; i++) {
			lines[i] = random_line(&r);
			numbers[i] = (int32_t)(cstn__random_u64(11, r++) % 4);
		}
		whole = unit_of(lines, numbers, 6);
		for (i = 0; i < 3; i++)
			cstn__unit_init(&parts[i]);
		for (i = 5; i >= 0; i--)
			cstn__unit_add(&parts[cstn__random_u64(11, r++) % 3], &lines[i],
					numbers[i]);
		cstn__unit_merge(&parts[2], &parts[0]);
		cstn__unit_merge(&parts[1], &parts[2]);
		ck_assert_mem_eq(&parts[1], &whole, sizeof whole);
	}
}
END_TEST

/* --- one order ------------------------------------------------------------------------------- */

static cstn_verdict *order_judged(
		const char *changes, const cstn_order_line *const *lines, size_t n)
{
	cstn_service_policy *policy = policy_with(changes);
	cstn_verdict *verdict = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_perfect_order_judge_order(
			policy, at(USUAL_AS_OF), NULL, lines, n, &verdict, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	cstn_service_policy_unref(policy);
	return verdict;
}

START_TEST(order_has_the_failures_of_all_its_lines)
{
	cstn_order_line one = usual_line(), two = usual_line();
	const cstn_order_line *lines[] = {&one, &two};
	cstn_verdict *verdict;

	two.line_number = 2;
	one.delivered_us = at("2018-09-01");
	two.quantity_delivered = 3;
	verdict = order_judged("", lines, 2);
	ck_assert_int_eq(cstn_verdict_outcome(verdict), CSTN_OUTCOME_COUNTED);
	ck_assert_uint_eq(cstn_verdict_pattern(verdict), 3);
	ck_assert_ptr_eq(strstr(cstn_verdict_text(verdict),
					 "Order of 2 lines: not perfect: not on time, not in full "
					 "(TF).\nLine 1: "),
			cstn_verdict_text(verdict));
	ck_assert_ptr_nonnull(
			strstr(cstn_verdict_text(verdict), "\nLine 2: not perfect: not in full"));
	cstn_verdict_free(verdict);
}
END_TEST

START_TEST(cancelled_line_does_not_spoil_the_order_unless_it_counts)
{
	cstn_order_line one = usual_line(), two = usual_line();
	const cstn_order_line *lines[] = {&one, &two};
	cstn_verdict *verdict;

	two.status = CSTN_LINE_CANCELLED_BY_CUSTOMER;
	verdict = order_judged("", lines, 2);
	ck_assert_uint_eq(cstn_verdict_pattern(verdict), 0);
	ck_assert_int_eq(cstn_verdict_outcome(verdict), CSTN_OUTCOME_COUNTED);
	cstn_verdict_free(verdict);
	verdict = order_judged("customer_cancel=fail", lines, 2);
	ck_assert_uint_eq(cstn_verdict_pattern(verdict), 3);
	cstn_verdict_free(verdict);
	one.status = CSTN_LINE_CANCELLED_BY_CUSTOMER;
	verdict = order_judged("", lines, 2);
	ck_assert_int_eq(cstn_verdict_outcome(verdict), CSTN_OUTCOME_EXCLUDED);
	ck_assert_int_eq(cstn_verdict_reason(verdict), CSTN_REASON_CANCELLED_BY_CUSTOMER);
	cstn_verdict_free(verdict);
}
END_TEST

START_TEST(order_is_pending_while_one_line_is)
{
	cstn_order_line one = usual_line(), two = usual_line();
	const cstn_order_line *lines[] = {&one, &two};
	cstn_verdict *verdict;

	one.delivered_us = at("2018-09-01");
	two.status = CSTN_LINE_OPEN;
	two.promised_us = at("2019-01-05");
	two.delivered_us = CSTN_TIME_NULL;
	verdict = order_judged("", lines, 2);
	ck_assert_int_eq(cstn_verdict_outcome(verdict), CSTN_OUTCOME_PENDING);
	ck_assert_uint_eq(cstn_verdict_pattern(verdict), 0);
	cstn_verdict_free(verdict);
}
END_TEST

START_TEST(primary_cause_is_that_of_the_earliest_failing_event)
{
	cstn_order_line one = usual_line(), two = usual_line();
	const cstn_order_line *lines[] = {&one, &two};
	cstn_verdict *verdict;

	two.line_number = 2;
	one.cause[0] = "strike";
	one.owner[0] = CSTN_OWNER_CARRIER;
	two.cause[0] = "stock out";
	two.owner[0] = CSTN_OWNER_WAREHOUSE;
	one.delivered_us = at("2018-09-03T00:00:00.000001Z");
	two.delivered_us = at("2018-09-03");
	verdict = order_judged("", lines, 2);
	ck_assert_str_eq(cstn_verdict_cause(verdict, CSTN_COMPONENT_ON_TIME), "stock out");
	ck_assert_int_eq(cstn_verdict_owner(verdict, CSTN_COMPONENT_ON_TIME), CSTN_OWNER_WAREHOUSE);
	cstn_verdict_free(verdict);
}
END_TEST

START_TEST(primary_cause_of_events_at_one_time_is_that_of_the_lower_line)
{
	cstn_order_line one = usual_line(), two = usual_line();
	const cstn_order_line *lines[] = {&two, &one};
	cstn_verdict *verdict;

	two.line_number = 2;
	one.delivered_us = two.delivered_us = at("2018-09-03");
	one.cause[0] = "strike";
	two.cause[0] = "stock out";
	verdict = order_judged("", lines, 2);
	ck_assert_str_eq(cstn_verdict_cause(verdict, CSTN_COMPONENT_ON_TIME), "strike");
	cstn_verdict_free(verdict);
}
END_TEST

START_TEST(bad_line_of_an_order_is_named_by_its_place)
{
	cstn_order_line one = usual_line(), two = usual_line();
	const cstn_order_line *lines[] = {&one, &two};
	cstn_service_policy *policy = policy_with("");
	cstn_verdict *verdict = NULL;
	cstn_error *error = NULL;

	two.quantity = 0;
	ck_assert_int_eq(cstn_perfect_order_judge_order(
					 policy, at(USUAL_AS_OF), NULL, lines, 2, &verdict, &error),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_str_eq(cstn_error_message(error),
			"line 1 of the order: qty is 0: a quantity must be positive");
	ck_assert_ptr_null(verdict);
	cstn_error_free(error);
	cstn_service_policy_unref(policy);
}
END_TEST

START_TEST(failing_event_is_the_one_that_failed_the_component)
{
	cstn_order_line line = usual_line();
	cstn__judgement steps;

	line.delivered_us = at("2018-09-03");
	line.documents_complete_us = at("2018-09-05");
	line.returned_us = at("2018-09-07");
	line.return_reason = CSTN_RETURN_DEFECTIVE;
	steps = steps_at("", USUAL_AS_OF, &line);
	ck_assert_int_eq(steps.verdict.fail_us[0], at("2018-09-03"));
	ck_assert_int_eq(steps.verdict.fail_us[1], CSTN_TIME_NULL);
	ck_assert_int_eq(steps.verdict.fail_us[2], at("2018-09-05"));
	ck_assert_int_eq(steps.verdict.fail_us[3], at("2018-09-07"));
	line.status = CSTN_LINE_CANCELLED_BY_SUPPLIER;
	ck_assert_int_eq(steps_at("", USUAL_AS_OF, &line).verdict.fail_us[0], at("2018-08-31"));
	line.promised_us = CSTN_TIME_NULL;
	ck_assert_int_eq(steps_at("", USUAL_AS_OF, &line).verdict.fail_us[0], INT64_MAX);
}
END_TEST

#define ADD(name) tcase_add_test(tests, name)

int main(void)
{
	Suite *suite = suite_create("unit");
	TCase *tests = tcase_create("unit");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 0);
	ADD(order_is_perfect_only_if_every_line_is);
	ADD(unassessed_comes_before_pending_and_pending_before_the_rest);
	ADD(bad_input_comes_before_everything);
	ADD(unit_of_dropped_lines_has_the_reason_of_its_lowest_line);
	ADD(unit_is_provisional_if_a_counted_line_is);
	ADD(count_of_lines_saturates);
	ADD(any_split_order_and_merge_tree_gives_the_same_unit);
	ADD(order_has_the_failures_of_all_its_lines);
	ADD(cancelled_line_does_not_spoil_the_order_unless_it_counts);
	ADD(order_is_pending_while_one_line_is);
	ADD(primary_cause_is_that_of_the_earliest_failing_event);
	ADD(primary_cause_of_events_at_one_time_is_that_of_the_lower_line);
	ADD(bad_line_of_an_order_is_named_by_its_place);
	ADD(failing_event_is_the_one_that_failed_the_component);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
