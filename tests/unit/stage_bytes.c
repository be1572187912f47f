/* A history as bytes: all of it comes back, and bytes that break a rule are refused. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "csv_rows.h"
#include "sealed_bytes.h"
#include "stages_fixture.h"
#include "suite.h"

/* Few rules: each byte of the policy is changed, too. */
static cstn_stage_policy *short_policy(void)
{
	static const char text[] =
			"cstn-stage-policy 1\n"
			"failures COMPLAINT in 90\n"
			"growth REFERRAL in 180\n"
			"R1 PROSPECT -> COMMIT dwell 0 reason bought when event ORDER\n"
			"R2 COMMIT -> CRISIS dwell 0 reason threat when event EXIT_THREAT\n"
			"R3 CRISIS -> RECOVERY dwell 0 reason plan when event PLAN_PROMISED\n"
			"R4 COMMIT -> DORMANT dwell 0 reason silence when order_days >= 180\n";
	cstn_stage_policy *policy = NULL;
	cstn_error *error = NULL;

	ck_assert_msg(cstn_stage_policy_parse(text, strlen(text), NULL, &policy, &error) == CSTN_OK,
			"%s", cstn_error_message(error));
	return policy;
}

/* Three customers: won back, silent, and one whose only event is in conflict. */
static cstn_stage_history *three(void)
{
	stages_event events[] = {stages_make("bo", "e1", "ORDER", 1, -1, NULL),
			stages_make("bo", "e2", "EXIT_THREAT", 10, -1, NULL),
			stages_make("bo", "e3", "PLAN_PROMISED", 12, -1, NULL),
			stages_make("bo", "e4", "ORDER_PERFECT", 20, -1, NULL),
			stages_make("amy", "e5", "ORDER", 3, -1, NULL),
			stages_make("cy", "e6", "ORDER", 4, -1, NULL),
			stages_make("cy", "e6", "ORDER", 5, -1, NULL)};
	cstn_stage_options options = stages_options(300);
	cstn_row_errors *bad = NULL;
	cstn_stage_policy *policy = short_policy();
	cstn_stage_history *history = stages_history(
			policy, events, sizeof(events) / sizeof(*events), &options, &bad);

	ck_assert_uint_eq(cstn_row_errors_total(bad), 2);
	cstn_row_errors_free(bad);
	cstn_stage_policy_unref(policy);
	return history;
}

/* The same customer as a number, and its events too. */
static cstn_stage_history *numbered(void)
{
	struct ArrowArrayStream events;
	cstn_stage_options options = stages_options(300);
	cstn_stage_policy *policy = short_policy();
	cstn_stage_history *history = NULL;

	csv_rows(&events, "customer int64\nevent_id int64\nkind text\nvalid date\n",
			"customer,event_id,kind,valid\n-7,11,ORDER,1970-01-02\n7,12,ORDER,1970-01-"
			"03\n");
	ck_assert_int_eq(cstn_stage_replay(policy, &events, &options, NULL, &history, NULL, NULL),
			CSTN_OK);
	cstn_stage_policy_unref(policy);
	return history;
}

static cstn_stage_history *nobody(void)
{
	cstn_stage_options options = stages_options(300);

	cstn_stage_policy *policy = short_policy();
	cstn_stage_history *history = stages_history(policy, NULL, 0, &options, NULL);

	cstn_stage_policy_unref(policy);
	return history;
}

static cstn_stage_history *(*const makers[])(void) = {three, numbered, nobody};

static void expect_same_table(
		const cstn_stage_history *a, const cstn_stage_history *b, int32_t table)
{
	struct ArrowArrayStream stream;
	char *one, *other;

	ck_assert_int_eq(cstn_stage_history_export(a, table, &stream, NULL), CSTN_OK);
	one = stages_table(&stream);
	ck_assert_int_eq(cstn_stage_history_export(b, table, &stream, NULL), CSTN_OK);
	other = stages_table(&stream);
	ck_assert_str_eq(one, other);
	free(one);
	free(other);
}

START_TEST(history_reads_back_with_its_tables_and_its_summary)
{
	cstn_stage_history *history = makers[_i]();
	cstn_stage_history *again = sealed_copy(&sealed_stage_history, history);
	cstn_stage_summary *one = NULL, *other = NULL;

	expect_same_table(history, again, CSTN_TABLE_STAGE_MOVES);
	expect_same_table(history, again, CSTN_TABLE_STAGE_CUSTOMERS);
	ck_assert_int_eq(cstn_stage_history_summary(history, &one, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_stage_history_summary(again, &other, NULL), CSTN_OK);
	sealed_expect_equal(&sealed_stage_summary, one, other);
	cstn_stage_summary_free(one);
	cstn_stage_summary_free(other);
	cstn_stage_history_free(history);
	cstn_stage_history_free(again);
}
END_TEST

START_TEST(history_read_back_knows_the_stage_at_an_instant)
{
	cstn_stage_history *history = three();
	cstn_stage_history *again = sealed_copy(&sealed_stage_history, history);
	int64_t since = 0;
	int32_t stage = -1;

	cstn_stage_history_free(history);
	ck_assert_int_eq(cstn_customer_stage_at(
					 again, "bo", 2, stages_day(11), &stage, &since, NULL),
			CSTN_OK);
	ck_assert_int_eq(stage, CSTN_STAGE_CRISIS);
	ck_assert_int_eq(since, stages_day(10));
	ck_assert_int_eq(cstn_customer_stage_at(
					 again, "bo", 2, stages_day(301), &stage, &since, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_customer_stage_at(
					 again, "cy", 2, stages_day(11), &stage, &since, NULL),
			CSTN_E_NOT_FOUND);
	cstn_stage_history_free(again);
}
END_TEST

START_TEST(damaged_bytes_are_refused)
{
	cstn_stage_history *history = makers[_i]();

	sealed_refuses_damage(&sealed_stage_history, history, 0x04);
	cstn_stage_history_free(history);
}
END_TEST

static void use(void *self)
{
	struct ArrowArrayStream stream;

	ck_assert_int_eq(cstn_stage_history_export(self, CSTN_TABLE_STAGE_MOVES, &stream, NULL),
			CSTN_OK);
	free(stages_table(&stream));
}

START_TEST(changed_bytes_with_a_right_checksum_are_refused_or_are_a_history)
{
	static const uint8_t flips[] = {0x01, 0x80};
	cstn_stage_history *history = makers[_i]();

	/* the policy alone is more bytes, each of which its digest covers */
	ck_assert_uint_gt(
			sealed_changes_refused(&sealed_stage_history, history, flips, 2, use), 600);
	cstn_stage_history_free(history);
}
END_TEST

START_TEST(arguments_are_checked)
{
	cstn_stage_history *history = NULL;
	cstn_buffer *bytes = NULL;

	ck_assert_int_eq(cstn_stage_history_serialize(NULL, &bytes, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_stage_history_deserialize(NULL, 8, NULL, &history, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(bytes);
	ck_assert_ptr_null(history);
}
END_TEST

START_TEST(a_period_is_a_million_days_at_most)
{
	cstn_stage_options options = stages_options(300);
	cstn_stage_history *history;
	struct ArrowArrayStream events;
	cstn_stage_policy *policy = NULL;

	options.period_days = 1000000;
	history = stages_history(NULL, NULL, 0, &options, NULL);
	cstn_stage_history_free(history);
	history = NULL;
	options.period_days++;
	ck_assert_int_eq(cstn_stage_policy_parse(NULL, 0, NULL, &policy, NULL), CSTN_OK);
	stages_stream(NULL, 0, 0, &events);
	ck_assert_int_eq(cstn_stage_replay(policy, &events, &options, NULL, &history, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(history);
	cstn_stage_policy_unref(policy);
}
END_TEST

int main(void)
{
	const size_t n = sizeof(makers) / sizeof(*makers);
	Suite *suite = suite_create("stage_bytes");
	TCase *tests = tcase_create("stage_bytes");

	tcase_add_loop_test(tests, history_reads_back_with_its_tables_and_its_summary, 0, (int)n);
	tcase_add_test(tests, history_read_back_knows_the_stage_at_an_instant);
	tcase_add_loop_test(tests, damaged_bytes_are_refused, 0, (int)n);
	tcase_add_loop_test(tests, changed_bytes_with_a_right_checksum_are_refused_or_are_a_history,
			0, (int)n);
	tcase_add_test(tests, arguments_are_checked);
	tcase_add_test(tests, a_period_is_a_million_days_at_most);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
