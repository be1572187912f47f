#include "judged_lines.h"

#include <check.h>
#include <string.h>

int64_t at(const char *iso)
{
	int64_t us = 0;

	ck_assert_int_eq(cstn_time_parse(iso, strlen(iso), NULL, 0, &us, NULL), CSTN_OK);
	return us;
}

cstn_order_line usual_line(void)
{
	cstn_order_line line;

	cstn_order_line_init(&line, sizeof line);
	line.status = CSTN_LINE_CLOSED;
	line.line_number = 1;
	line.ordered_us = at("2018-08-01T09:00:00Z");
	line.promised_us = at("2018-08-31");
	line.delivered_us = at("2018-08-31T14:00:00Z");
	line.quantity = 100;
	line.quantity_delivered = 100;
	return line;
}

cstn_service_policy *policy_with(const char *changes)
{
	cstn_service_policy *policy = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_service_policy_new(changes, NULL, &policy, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return policy;
}

static void judge_make(cstn__judge *judge, const char *changes, const cstn_policy_data *data,
		const char *as_of)
{
	cstn_service_policy *policy = policy_with(changes);
	cstn_error *error = NULL;
	cstn_status status = cstn__judge_init(judge, policy, at(as_of), data, NULL, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	cstn_service_policy_unref(policy);
}

static const char *outcome_word(int32_t outcome, uint32_t pattern, int32_t reason)
{
	if (outcome == CSTN_OUTCOME_PENDING)
		return "pending";
	return outcome == CSTN_OUTCOME_COUNTED ? cstn_pattern_name(pattern)
					       : cstn_reason_name(reason);
}

const char *verdict_with(const char *changes, const cstn_policy_data *data, const char *as_of,
		const cstn_order_line *line)
{
	cstn__judge judge;
	cstn__line_verdict kernel;
	cstn__unit unit;
	cstn_verdict *verdict = NULL;
	cstn_error *error = NULL;
	const cstn_zone *ship_to = NULL;
	uint32_t pattern;
	int32_t reason, outcome;
	cstn_status status;

	judge_make(&judge, changes, data, as_of);
	if (line->ship_to_zone)
		ship_to = cstn__judge_zone(&judge, line->ship_to_zone, strlen(line->ship_to_zone));
	status = cstn__judge_line(&judge, line, ship_to, &kernel, NULL, NULL, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	cstn__unit_init(&unit);
	cstn__unit_add(&unit, &kernel, line->line_number);
	outcome = cstn__unit_close(&unit, &pattern, &reason);
	status = cstn_perfect_order_judge_line(
			judge.policy, judge.as_of_us, data, line, &verdict, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	ck_assert_int_eq(cstn_verdict_outcome(verdict), outcome);
	ck_assert_uint_eq(cstn_verdict_pattern(verdict), pattern);
	ck_assert_int_eq(cstn_verdict_reason(verdict), reason);
	ck_assert_int_eq(cstn_verdict_is_provisional(verdict),
			outcome == CSTN_OUTCOME_COUNTED && kernel.provisional);
	ck_assert_ptr_nonnull(strstr(
			cstn_verdict_text(verdict), cstn_service_policy_digest_text(judge.policy)));
	cstn_verdict_free(verdict);
	cstn__judge_free(&judge);
	return outcome_word(outcome, pattern, reason);
}

const char *verdict_at(const char *changes, const char *as_of, const cstn_order_line *line)
{
	return verdict_with(changes, NULL, as_of, line);
}

const char *verdict_of(const char *changes, const cstn_order_line *line)
{
	return verdict_with(changes, NULL, USUAL_AS_OF, line);
}

cstn__judgement steps_at(const char *changes, const char *as_of, const cstn_order_line *line)
{
	cstn__judge judge;
	cstn__judgement steps;
	cstn__line_fault fault = {0, "", 0, ""};
	int bad;

	judge_make(&judge, changes, NULL, as_of);
	bad = cstn__judge_steps(&judge, line, NULL, &steps, &fault);
	cstn__judge_free(&judge);
	ck_assert_msg(!bad, "%s: %s", fault.column, fault.rule);
	return steps;
}

cstn__line_fault fault_of(const char *changes, const cstn_order_line *line)
{
	cstn__judge judge;
	cstn__judgement steps;
	cstn__line_fault fault = {0, "", 0, ""};
	int bad;

	judge_make(&judge, changes, NULL, USUAL_AS_OF);
	bad = cstn__judge_steps(&judge, line, NULL, &steps, &fault);
	cstn__judge_free(&judge);
	ck_assert_msg(bad, "the line is good");
	return fault;
}
