/* How long contracts last: the curve of Kaplan and Meier, churn of a period, and the state. */
#include <stdlib.h>
#include <string.h>

#include <constellation/retention.h>

#include "csv_rows.h"
#include "purchase_rows.h"
#include "retention_fixture.h"
#include "sealed_bytes.h"
#include "suite.h"

#define SURVIVAL CSTN_CONTRACTS_TABLE_SURVIVAL
#define CHURN CSTN_CONTRACTS_TABLE_CHURN
#define DAYS "start_day date\nend_day date null\n"
#define TIMES "time int64\nended flag\n"
#define DAYS_HEAD "start_day,end_day\n"
#define TIMES_HEAD "time,ended\n"

static cstn_contracts *contracts_new(void)
{
	cstn_contracts *state = NULL;

	ck_assert_int_eq(cstn_contracts_new(NULL, &state, NULL), CSTN_OK);
	return state;
}

static cstn_status add(cstn_contracts *state, const char *schema, const char *csv, uint32_t flags,
		cstn_error **error)
{
	cstn_contracts_options options = CSTN_CONTRACTS_OPTIONS_INIT;
	struct ArrowArrayStream stream;

	options.flags = flags;
	csv_rows(&stream, schema, csv);
	return cstn_contracts_update(state, &stream, &options, NULL, error);
}

static cstn_contracts *contracts_of(const char *schema, const char *csv)
{
	cstn_contracts *state = contracts_new();

	ck_assert_int_eq(add(state, schema, csv, 0, NULL), CSTN_OK);
	return state;
}

static void expect(const cstn_contracts *state, int32_t table, const int32_t days[3],
		const char *expected)
{
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status = cstn_contracts_export(
			state, table, days[0], days[1], days[2], &stream, &error);
	char *text;

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	text = rows_show(&stream);
	ck_assert_str_eq(text, expected);
	free(text);
}

/* --- survival --------------------------------------------------------------------------------- */

START_TEST(survival_is_the_product_of_those_who_stay_at_each_time)
{
	/* 5 at risk, 1 ends at 2; 4 at risk at 3, 1 ends, 1 is censored there; 2 at risk at 7 */
	cstn_contracts *state = contracts_of(
			TIMES, TIMES_HEAD "2,true\n3,true\n3,false\n7,true\n9,false\n");
	const int32_t none[3] = {0, 0, 0};

	expect(state, SURVIVAL, none,
			"2,5,1,0,0.8,0.17888543819998318;3,4,1,1,0.6000000000000001,"
			"0.21908902300206645;7,2,1,0,0.30000000000000004,0.23874672772626648;"
			"9,1,0,1,0.30000000000000004,0.23874672772626648;");
	cstn_contracts_free(state);
}
END_TEST

START_TEST(when_the_last_one_ends_survival_is_0_and_has_no_error)
{
	cstn_contracts *state = contracts_of(TIMES, TIMES_HEAD "0,true\n4,true\n");
	const int32_t none[3] = {0, 0, 0};

	expect(state, SURVIVAL, none, "0,2,1,0,0.5,0.3535533905932738;4,1,1,0,0,~;");
	cstn_contracts_free(state);
}
END_TEST

START_TEST(what_ends_after_the_day_is_censored_on_it_and_what_begins_after_it_is_not_there)
{
	cstn_contracts *state = contracts_of(DAYS,
			DAYS_HEAD "2026-01-01,2026-01-05\n2026-01-02,\n2026-01-06,2026-01-09\n");
	int32_t days[3] = {DAY0 + 4, 0, 0};

	/* it ends on the day itself */
	expect(state, SURVIVAL, days, "3,2,0,1,1,0;4,1,1,0,0,~;");
	days[0] = DAY0 + 3;
	expect(state, SURVIVAL, days, "2,2,0,1,1,0;3,1,0,1,1,0;");
	days[0] = DAY0 + 5;
	expect(state, SURVIVAL, days, "0,3,0,1,1,0;4,2,1,1,0.5,0.3535533905932738;");
	days[0] = DAY0 - 1;
	expect(state, SURVIVAL, days, "");
	cstn_contracts_free(state);
}
END_TEST

/* --- churn ------------------------------------------------------------------------------------ */

/* The period is [2026-01-05, 2026-01-10). */
static void expect_churn(const char *csv, const char *expected)
{
	const int32_t days[3] = {DAY0 + 9, DAY0 + 4, DAY0 + 9};
	cstn_contracts *state = contracts_of(DAYS, csv);

	expect(state, CHURN, days, expected);
	cstn_contracts_free(state);
}

START_TEST(under_contract_is_what_began_before_the_period_and_had_not_ended_before_it)
{
	expect_churn(DAYS_HEAD "2026-01-04,\n", "0,1,0,0;");
	expect_churn(DAYS_HEAD "2026-01-05,\n", "0,0,~,1;");
	expect_churn(DAYS_HEAD "2026-01-01,2026-01-04\n", "0,0,~,0;");
	expect_churn(DAYS_HEAD "2026-01-01,2026-01-05\n", "1,1,1,0;");
	expect_churn(DAYS_HEAD "2026-01-01,2026-01-09\n", "1,1,1,0;");
	expect_churn(DAYS_HEAD "2026-01-01,2026-01-10\n", "0,1,0,0;");
}
END_TEST

START_TEST(who_joins_in_the_period_is_in_neither_number_though_it_ends_in_it)
{
	expect_churn(DAYS_HEAD "2026-01-05,2026-01-06\n2026-01-09,\n2026-01-10,\n2026-01-01,\n",
			"0,1,0,2;");
}
END_TEST

START_TEST(periods_carry_over_what_joined_and_ended)
{
	cstn_contracts *state = contracts_of(DAYS,
			DAYS_HEAD "2026-01-01,2026-01-06\n2026-01-02,\n2026-01-05,2026-01-06\n"
				  "2026-01-06,\n2026-01-03,2026-01-11\n");
	const int32_t first[3] = {DAY0 + 30, DAY0 + 4, DAY0 + 9};
	const int32_t next[3] = {DAY0 + 30, DAY0 + 9, DAY0 + 14};

	expect(state, CHURN, first, "1,3,0.3333333333333333,2;");
	expect(state, CHURN, next, "1,3,0.3333333333333333,0;");
	cstn_contracts_free(state);
}
END_TEST

START_TEST(a_period_that_is_empty_or_not_over_is_refused)
{
	cstn_contracts *state = contracts_of(DAYS, DAYS_HEAD "2026-01-01,\n");
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;

	expect_error(cstn_contracts_export(state, CHURN, DAY0 + 8, DAY0, DAY0, &stream, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "is empty");
	expect_error(cstn_contracts_export(
				     state, CHURN, DAY0 + 8, DAY0, DAY0 + 10, &stream, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "not over");
	expect_error(cstn_contracts_export(state, SURVIVAL, INT32_MIN, 0, 0, &stream, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "need as_of_days");
	expect_error(cstn_contracts_export(state, 3, DAY0 + 8, DAY0, DAY0 + 9, &stream, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "table is 3");
	ck_assert_int_eq(cstn_contracts_export(
					 state, CHURN, DAY0 + 8, DAY0, DAY0 + 9, &stream, NULL),
			CSTN_OK);
	stream.release(&stream);
	cstn_contracts_free(state);
}
END_TEST

START_TEST(contracts_told_by_times_have_no_churn_of_a_period)
{
	cstn_contracts *state = contracts_of(TIMES, TIMES_HEAD "2,true\n");
	struct ArrowArrayStream stream;

	ck_assert_int_eq(cstn_contracts_export(
					 state, CHURN, DAY0 + 8, DAY0, DAY0 + 9, &stream, NULL),
			CSTN_E_STATE);
	cstn_contracts_free(state);
}
END_TEST

/* --- the state -------------------------------------------------------------------------------- */

#define MANY                                                                                 \
	"2026-01-01,\n2026-01-03,2026-01-04\n2026-01-01,2026-02-04\n2026-01-03,2026-01-04\n" \
	"2025-01-01,\n"

START_TEST(any_order_of_merging_gives_the_same_bytes_and_what_is_taken_out_was_never_there)
{
	cstn_contracts *a = contracts_of(DAYS, DAYS_HEAD MANY);
	cstn_contracts *b = contracts_of(DAYS, DAYS_HEAD "2026-01-03,2026-01-04\n2026-05-01,\n");
	cstn_contracts *all =
			contracts_of(DAYS, DAYS_HEAD "2026-01-03,2026-01-04\n2026-05-01,\n" MANY);
	cstn_contracts *ab = contracts_new(), *ba = contracts_new();

	ck_assert_int_eq(cstn_contracts_merge(ab, a, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_contracts_merge(ab, b, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_contracts_merge(ba, b, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_contracts_merge(ba, a, NULL), CSTN_OK);
	sealed_expect_equal(&sealed_contracts, ab, all);
	sealed_expect_equal(&sealed_contracts, ba, all);
	ck_assert_int_eq(add(all, DAYS, DAYS_HEAD MANY, CSTN_CONTRACTS_REMOVE, NULL), CSTN_OK);
	sealed_expect_equal(&sealed_contracts, all, b);
	cstn_contracts_free(a);
	cstn_contracts_free(b);
	cstn_contracts_free(all);
	cstn_contracts_free(ab);
	cstn_contracts_free(ba);
}
END_TEST

START_TEST(what_is_not_there_is_not_taken_out)
{
	cstn_contracts *state = contracts_of(DAYS, DAYS_HEAD MANY);
	cstn_contracts *same = contracts_of(DAYS, DAYS_HEAD MANY);
	cstn_error *error = NULL;

	expect_error(add(state, DAYS,
				     DAYS_HEAD "2026-01-01,\n2026-01-03,2026-01-04\n"
					       "2026-01-03,2026-01-04\n2026-01-03,2026-01-04\n",
				     CSTN_CONTRACTS_REMOVE, &error),
			CSTN_E_STATE, &error, "from day 20456 to 20457");
	sealed_expect_equal(&sealed_contracts, state, same);
	cstn_contracts_free(state);
	cstn_contracts_free(same);
}
END_TEST

START_TEST(the_two_forms_do_not_mix)
{
	cstn_contracts *days = contracts_of(DAYS, DAYS_HEAD MANY);
	cstn_contracts *times = contracts_of(TIMES, TIMES_HEAD "2,true\n");
	cstn_error *error = NULL;

	expect_error(cstn_contracts_merge(days, times, &error), CSTN_E_MISMATCH, &error,
			"by times");
	expect_error(add(days, TIMES, TIMES_HEAD "2,true\n", 0, &error), CSTN_E_SCHEMA, &error,
			"by times here");
	expect_error(add(days, "start_day date\ntime int64\nended flag\n",
				     "start_day,time,ended\n2026-01-01,1,true\n", 0, &error),
			CSTN_E_SCHEMA, &error, "expected");
	expect_error(add(times, "time int64\n", "time\n1\n", 0, &error), CSTN_E_SCHEMA, &error,
			"expected");
	cstn_contracts_free(days);
	cstn_contracts_free(times);
}
END_TEST

START_TEST(rows_that_break_a_rule_are_left_out)
{
	cstn_contracts *state = contracts_new();
	cstn_contracts *good = contracts_of(DAYS, DAYS_HEAD "2026-01-04,2026-01-04\n");
	cstn_contracts *times = contracts_new();

	ck_assert_int_eq(add(state, "start_day date null\nend_day date null\n",
					 DAYS_HEAD "2026-01-04,2026-01-03\n,2026-01-03\n"
						   "2026-01-04,2026-01-04\n",
					 0, NULL),
			CSTN_E_ROWS);
	sealed_expect_equal(&sealed_contracts, state, good);
	ck_assert_int_eq(add(times, "time int64 null\nended flag null\n",
					 TIMES_HEAD "-1,true\n,false\n3,\n", 0, NULL),
			CSTN_E_ROWS);
	cstn_contracts_free(state);
	state = contracts_new();
	sealed_expect_equal(&sealed_contracts, times, state);
	cstn_contracts_free(state);
	cstn_contracts_free(good);
	cstn_contracts_free(times);
}
END_TEST

START_TEST(bytes_read_back_and_damaged_ones_are_refused_or_are_those_of_a_state)
{
	static const uint8_t flips[] = {0x01, 0x40, 0x80, 0xff};
	cstn_contracts *state = _i ? contracts_of(TIMES, TIMES_HEAD "2,true\n3,false\n")
				   : contracts_of(DAYS, DAYS_HEAD MANY);

	cstn_contracts_free(sealed_copy(&sealed_contracts, state));
	sealed_refuses_damage(&sealed_contracts, state, 0x40);
	ck_assert_uint_gt(sealed_changes_refused(&sealed_contracts, state, flips, 4, NULL),
			SEALED_HEAD * 4 - 1);
	cstn_contracts_free(state);
}
END_TEST

int main(void)
{
	const TTest *const plain[] = {
			survival_is_the_product_of_those_who_stay_at_each_time,
			when_the_last_one_ends_survival_is_0_and_has_no_error,
			what_ends_after_the_day_is_censored_on_it_and_what_begins_after_it_is_not_there,
			under_contract_is_what_began_before_the_period_and_had_not_ended_before_it,
			who_joins_in_the_period_is_in_neither_number_though_it_ends_in_it,
			periods_carry_over_what_joined_and_ended,
			a_period_that_is_empty_or_not_over_is_refused,
			contracts_told_by_times_have_no_churn_of_a_period,
			any_order_of_merging_gives_the_same_bytes_and_what_is_taken_out_was_never_there,
			what_is_not_there_is_not_taken_out,
			the_two_forms_do_not_mix,
			rows_that_break_a_rule_are_left_out,
	};
	Suite *suite = suite_create("contracts");
	TCase *tests = tcase_create("contracts");
	size_t i;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		tcase_add_test(tests, plain[i]);
	tcase_add_loop_test(tests,
			bytes_read_back_and_damaged_ones_are_refused_or_are_those_of_a_state, 0, 2);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
