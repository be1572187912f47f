/* Documents, condition and returns; patterns, reasons and missing evidence; bad input. */

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "judged_lines.h"
#include "suite.h"

/* --- documents, condition, returns, claim window
 * -------------------------------------------------- */

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

/* --- patterns and reasons
 * ------------------------------------------------------------------------- */

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

/* --- bad input
 * ------------------------------------------------------------------------------------ */

static cstn_line_delivery bad_pieces[2];

static void bad(cstn_order_line *line, int which)
{
	cstn_line_delivery one = {at("2018-08-31"), 1, 1, 0};

	bad_pieces[0] = bad_pieces[1] = one;
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

START_TEST(line_without_the_mark_is_not_touched_by_the_key_for_it)
{
	cstn_order_line line = usual_line();

	ck_assert_str_eq(verdict_of("force_majeure=exclude customer_fault=exclude", &line),
			"perfect");
	line.delivered_us = at("2018-09-02");
	ck_assert_str_eq(verdict_of("force_majeure=exclude customer_fault=pass", &line), "T");
}
END_TEST

START_TEST(offsets_up_to_1439_minutes_are_taken)
{
	cstn_order_line line = usual_line();

	line.promised_offset_minutes = 1439;
	line.actual_offset_minutes = -1439;
	ck_assert_str_eq(verdict_of("zone=event", &line), "perfect");
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

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
#define ADD(name) tcase_add_test(tests, name)
#define LOOP(name, n) tcase_add_loop_test(tests, name, 0, n)

int main(void)
{
	Suite *suite = suite_create("evidence");
	TCase *tests = tcase_create("evidence");

	tcase_set_timeout(tests, 0);
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
	ADD(line_without_the_mark_is_not_touched_by_the_key_for_it);
	ADD(offsets_up_to_1439_minutes_are_taken);
	ADD(delivery_before_the_order_is_kept_and_judged);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
