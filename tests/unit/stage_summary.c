/* Stage policies and summaries: text, gaps, endless moves, merging, bytes, curves, expected periods
 * and values. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "customer/duration.h"
#include "customer/stage_summary.h"
#include "failing_allocator.h"
#include "stages_fixture.h"
#include "sealed_bytes.h"
#include "suite.h"

static cstn_status parse(const char *text, cstn_stage_policy **out, char message[256])
{
	cstn_error *error = NULL;
	cstn_status status = cstn_stage_policy_parse(text, strlen(text), NULL, out, &error);

	snprintf(message, 256, "%s", cstn_error_message(error));
	cstn_error_free(error);
	return status;
}

#define HEAD                                                     \
	"cstn-stage-policy 1\nfailures COMPLAINT in 90\ngrowth " \
	"REFERRAL in 180\n"

/* The text after HEAD must be refused with this status and part of the message. */
static void refuse(const char *rules, cstn_status status, const char *part)
{
	cstn_stage_policy *policy = NULL;
	char text[2048], message[256];

	snprintf(text, sizeof(text), "%s%s", HEAD, rules);
	ck_assert_int_eq(parse(text, &policy, message), status);
	ck_assert_ptr_null(policy);
	ck_assert_msg(strstr(message, part) != NULL, "'%s' is not in '%s'", part, message);
}

static cstn_stage_policy *accept(const char *rules)
{
	cstn_stage_policy *policy = NULL;
	char text[2048], message[256];

	snprintf(text, sizeof(text), "%s%s", HEAD, rules);
	ck_assert_msg(parse(text, &policy, message) == CSTN_OK, "%s", message);
	return policy;
}

START_TEST(built_in_policy_reads_back_to_itself)
{
	cstn_stage_policy *built_in = NULL, *again = NULL;
	uint8_t a[32], b[32];
	size_t len;
	const char *text;

	ck_assert_int_eq(cstn_stage_policy_parse(NULL, 0, NULL, &built_in, NULL), CSTN_OK);
	text = cstn_stage_policy_format(built_in, &len);
	ck_assert_uint_eq(strlen(text), len);
	ck_assert_int_eq(cstn_stage_policy_parse(text, len, NULL, &again, NULL), CSTN_OK);
	cstn_stage_policy_digest(built_in, a);
	cstn_stage_policy_digest(again, b);
	ck_assert_mem_eq(a, b, 32);
	cstn_stage_policy_unref(built_in);
	cstn_stage_policy_unref(again);
}
END_TEST

START_TEST(text_that_breaks_the_form_is_refused_with_its_line)
{
	cstn_stage_policy *policy = NULL;
	char message[256];

	ck_assert_int_eq(parse("", &policy, message), CSTN_E_FORMAT);
	ck_assert_int_eq(parse("cstn-stage-policy 2\n", &policy, message), CSTN_E_FORMAT);
	refuse("", CSTN_E_FORMAT, "at least one rule");
	refuse("A PROSPECT -> COMMIT dwell 0 reason r when event ORDER", CSTN_E_FORMAT,
			"line 4: no line end");
	refuse("A  PROSPECT -> COMMIT dwell 0 reason r when event ORDER\n", CSTN_E_FORMAT,
			"line 4: not the canonical text");
	refuse("A COMMIT,PROSPECT -> LOST dwell 0 reason r when event ORDER\n", CSTN_E_FORMAT,
			"line 4: not the canonical text");
	refuse("A PROSPECTS -> LOST dwell 0 reason r when event ORDER\n", CSTN_E_FORMAT,
			"'PROSPECTS' is no stage");
	refuse("A PROSPECT -> PROSPECT dwell 0 reason r when event ORDER\n", CSTN_E_FORMAT,
			"to itself");
	refuse("A PROSPECT -> COMMIT dwell -1 reason r when event ORDER\n", CSTN_E_FORMAT, "'-1'");
	refuse("A PROSPECT -> COMMIT dwell 0 reason r when event ORDERS\n", CSTN_E_FORMAT,
			"'ORDERS' is no kind");
	refuse("A PROSPECT -> COMMIT dwell 0 reason r when failure >= 1\n", CSTN_E_FORMAT,
			"'failure'");
	refuse("A PROSPECT -> COMMIT dwell 0 reason r when order_days <= 1\n", CSTN_E_FORMAT,
			"'<=' where >= or <");
	refuse("A PROSPECT -> COMMIT dwell 0 reason r-s when event ORDER\n", CSTN_E_FORMAT,
			"'r-s' is no reason");
	refuse("A PROSPECT -> COMMIT dwell 0 reason r when event ORDER but\n", CSTN_E_FORMAT,
			"'but'");
	refuse("A PROSPECT -> COMMIT dwell 0 reason r when event ORDER and\n", CSTN_E_FORMAT, "''");
}
END_TEST

#define TO_AND_FRO(enter, leave)                                 \
	"A COMMIT -> STRUGGLE dwell 0 reason a when " enter "\n" \
	"B STRUGGLE -> COMMIT dwell 30 reason b when " leave "\n"

START_TEST(thresholds_that_leave_no_gap_are_refused)
{
	refuse(TO_AND_FRO("failures >= 2000", "failures < 2000"), CSTN_E_POLICY, "on failures");
	refuse(TO_AND_FRO("failures >= 2000", "failures <= 1999"), CSTN_E_POLICY, "rule A");
	refuse(TO_AND_FRO("failures >= 2000", "failures >= 1000"), CSTN_E_POLICY, "rule B");
	refuse(TO_AND_FRO("ticket_days >= 14", "ticket_days < 14"), CSTN_E_POLICY, "ticket_days");
	refuse(TO_AND_FRO("growth >= 1 or failures >= 5", "growth = 0 or failures < 5"),
			CSTN_E_POLICY, "gap");
}
END_TEST

START_TEST(thresholds_with_a_gap_are_taken)
{
	cstn_stage_policy_unref(accept(TO_AND_FRO("failures >= 2000", "failures <= 1998")));
	cstn_stage_policy_unref(accept(TO_AND_FRO("failures > 1999", "failures < 1999")));
	cstn_stage_policy_unref(accept(TO_AND_FRO("growth >= 2", "growth = 0")));
	cstn_stage_policy_unref(accept(TO_AND_FRO("ticket_days >= 14", "ticket_days < 13")));
	cstn_stage_policy_unref(accept(TO_AND_FRO("event EXIT_THREAT", "event PLAN_PROMISED")));
	cstn_stage_policy_unref(accept(TO_AND_FRO(
			"failures >= 5 and growth = 0", "failures >= 4 and growth >= 2")));
}
END_TEST

START_TEST(policy_has_at_most_64_rules)
{
	char rules[8192] = "";
	cstn_stage_policy *policy = NULL;
	char text[9000], message[256];
	int i;

	for (i = 0; i < 64; i++)
		strcat(rules, "A PROSPECT -> COMMIT dwell 0 reason r when event ORDER\n");
	snprintf(text, sizeof(text), "%s%s", HEAD, rules);
	ck_assert_int_eq(parse(text, &policy, message), CSTN_OK);
	cstn_stage_policy_unref(policy);
	policy = NULL;
	strcat(text, "A PROSPECT -> COMMIT dwell 0 reason r when event ORDER\n");
	ck_assert_int_eq(parse(text, &policy, message), CSTN_E_LIMIT);
}
END_TEST

/* Round and round: three stages, each left at once. */
#define ROUND                                                         \
	"A PROSPECT -> COMMIT dwell 0 reason a when event ORDER\n"    \
	"B COMMIT -> CRISIS dwell 0 reason b when order_days < 9\n"   \
	"C CRISIS -> RECOVERY dwell 0 reason c when order_days < 9\n" \
	"D RECOVERY -> COMMIT dwell 0 reason d when order_days < 9\n"

static cstn_status replay_status(
		const char *rules, const stages_event *events, size_t n, char message[256])
{
	cstn_stage_policy *policy = accept(rules);
	cstn_stage_options options = stages_options(100);
	struct ArrowArrayStream stream;
	cstn_stage_history *history = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	stages_stream(events, n, 0, &stream);
	status = cstn_stage_replay(policy, &stream, &options, NULL, &history, NULL, &error);
	snprintf(message, 256, "%s", cstn_error_message(error));
	ck_assert_int_eq(history != NULL, status == CSTN_OK);
	ck_assert_ptr_null(stream.release);
	cstn_error_free(error);
	cstn_stage_history_free(history);
	cstn_stage_policy_unref(policy);
	return status;
}

START_TEST(policy_that_moves_without_end_is_told_with_customer_and_rule)
{
	stages_event events[] = {stages_make("c7", "1", "ORDER", 0, -1, NULL)};
	char message[256];

	ck_assert_int_eq(replay_status(ROUND, events, 1, message), CSTN_E_POLICY);
	ck_assert_ptr_nonnull(strstr(message, "customer 'c7'"));
	ck_assert_ptr_nonnull(strstr(message, "rule C"));
}
END_TEST

START_TEST(eight_moves_at_one_instant_are_allowed_and_nine_are_not)
{
	static const char rules[] =
			"A PROSPECT,CRISIS -> COMMIT dwell 0 reason a when event ORDER\n"
			"B COMMIT -> CRISIS dwell 0 reason b when event COMPLAINT\n";
	stages_event events[9];
	char ids[9][4], message[256];
	int i;

	for (i = 0; i < 9; i++) {
		snprintf(ids[i], sizeof(ids[i]), "%d", i);
		events[i] = stages_make("c", ids[i], i % 2 ? "COMPLAINT" : "ORDER", 5, -1, NULL);
	}
	ck_assert_int_eq(replay_status(rules, events, 8, message), CSTN_OK);
	ck_assert_int_eq(replay_status(rules, events, 9, message), CSTN_E_POLICY);
	events[8].valid_us++;
	ck_assert_int_eq(replay_status(rules, events, 9, message), CSTN_OK);
}
END_TEST

/* --- summaries ---------------------------------------------------------------------------------
 */

static cstn_stage_summary *summary_of(const stages_event *events, size_t n, int64_t as_of_day)
{
	cstn_stage_options options = stages_options(as_of_day);
	cstn_stage_history *history = stages_history(NULL, events, n, &options, NULL);
	cstn_stage_summary *summary = NULL;

	ck_assert_int_eq(cstn_stage_history_summary(history, &summary, NULL), CSTN_OK);
	cstn_stage_history_free(history);
	return summary;
}

static char *table_of(const cstn_stage_summary *summary, int32_t table)
{
	struct ArrowArrayStream stream;

	ck_assert_int_eq(cstn_stage_summary_export(summary, table, &stream, NULL), CSTN_OK);
	return stages_table(&stream);
}

/* In CRISIS: a for 3 days, then recovered; b for 3 days, still there; c for 5, then lost; d for 7,
 * then recovered. */
static size_t crisis_events(stages_event events[16])
{
	static const char *const names[] = {"a", "b", "c", "d"};
	size_t n = 0, i;

	for (i = 0; i < 4; i++) {
		events[n++] = stages_make(names[i], "1", "ORDER", 0, -1, NULL);
		events[n++] = stages_make(names[i], "2", "EXIT_THREAT", i == 1 ? 17 : 10, -1, NULL);
	}
	events[n++] = stages_make("a", "3", "PLAN_PROMISED", 13, -1, NULL);
	events[n++] = stages_make("c", "3", "CONTRACT_CANCELLED", 15, -1, NULL);
	events[n++] = stages_make("d", "3", "PLAN_PROMISED", 17, -1, NULL);
	return n;
}

START_TEST(crisis_curves_are_kaplan_meier_with_events_before_censorings)
{
	stages_event events[16];
	size_t n = crisis_events(events);
	cstn_stage_summary *summary = summary_of(events, n, 20);
	char *text = table_of(summary, CSTN_TABLE_STAGE_CRISIS), *at = text;
	/* recovery: 1 - 3/4, then 1 - 3/4 * 0/1; left: 1/4, 1/4 + ... */
	static const struct {
		const char *curve;
		double days, at_risk, events, censored, share, se;
	} rows[] = {{"recovery", 3, 4, 1, 1, 0.25, 0.21650635094610965},
			{"recovery", 5, 2, 0, 1, 0.25, 0.21650635094610965},
			{"recovery", 7, 1, 1, 0, 1.0, 0.0},
			{"left", 3, 4, 1, 1, 0.25, 0.21650635094610965},
			{"left", 5, 2, 1, 0, 0.625, 0.28641098093474},
			{"left", 7, 1, 1, 0, 1.0, 0.0}};
	size_t i;

	for (i = 0; i < 6; i++) {
		char curve[16];
		double v[6];

		ck_assert_int_eq(sscanf(at, "%15[a-z]|%lf|%lf|%lf|%lf|%lf|%lf;", curve, &v[0],
						 &v[1], &v[2], &v[3], &v[4], &v[5]),
				7);
		ck_assert_str_eq(curve, rows[i].curve);
		ck_assert_double_eq(v[0], rows[i].days);
		ck_assert_double_eq(v[1], rows[i].at_risk);
		ck_assert_double_eq(v[2], rows[i].events);
		ck_assert_double_eq(v[3], rows[i].censored);
		ck_assert_double_eq_tol(v[4], rows[i].share, 1e-12);
		ck_assert_double_eq_tol(v[5], rows[i].se, 1e-12);
		at = strchr(at, ';') + 1;
	}
	ck_assert_str_eq(at, "");
	free(text);
	cstn_stage_summary_free(summary);
}
END_TEST

START_TEST(overview_counts_directions_and_relapses)
{
	stages_event events[16];
	size_t n = crisis_events(events);
	cstn_stage_summary *summary;
	char *text;

	events[n++] = stages_make("a", "4", "COMPLAINT", 18, 100, NULL);
	summary = summary_of(events, n, 20);
	text = table_of(summary, CSTN_TABLE_STAGE_OVERVIEW);
	/* 4 committed, 4 into crisis, 2 recovered, 1 lost, 1 relapse */
	ck_assert_msg(strncmp(text, "4|12|6|6|0|0.5|1|1|1|", 21) == 0, "%s", text);
	free(text);
	text = table_of(summary, CSTN_TABLE_STAGE_TRANSITIONS);
	ck_assert_ptr_nonnull(strstr(text, "RECOVERY|CRISIS|backward|1|1;"));
	ck_assert_ptr_nonnull(strstr(text, "PROSPECT|COMMIT|forward|4|1;"));
	free(text);
	cstn_stage_summary_free(summary);
}
END_TEST

START_TEST(empty_summary_has_nulls_and_no_zero_shares)
{
	cstn_stage_summary *summary = summary_of(NULL, 0, 20);
	char *text = table_of(summary, CSTN_TABLE_STAGE_OVERVIEW);

	ck_assert_msg(strncmp(text, "0|0|0|0|0|~|0|0|~|", 18) == 0, "%s", text);
	free(text);
	text = table_of(summary, CSTN_TABLE_STAGE_STAYS);
	ck_assert_ptr_nonnull(strstr(text, "PROSPECT|0|0|0|~|~|~|~;"));
	free(text);
	cstn_stage_summary_free(summary);
}
END_TEST

START_TEST(merged_summaries_are_the_summary_of_all_in_any_order)
{
	stages_event events[16];
	size_t n = crisis_events(events), i, k;
	cstn_stage_summary *whole = summary_of(events, n, 200), *parts[4], *into;
	static const int orders[3][4] = {{0, 1, 2, 3}, {3, 1, 0, 2}, {2, 3, 1, 0}};

	for (k = 0; k < 3; k++) {
		for (i = 0; i < 4; i++) {
			stages_event own[16];
			size_t m = 0, e;

			for (e = 0; e < n; e++)
				if (events[e].customer[0] == "abcd"[orders[k][i]])
					own[m++] = events[e];
			parts[i] = summary_of(own, m, 200);
		}
		into = parts[0];
		ck_assert_int_eq(cstn_stage_summary_merge(parts[2], parts[3], NULL), CSTN_OK);
		ck_assert_int_eq(cstn_stage_summary_merge(into, parts[1], NULL), CSTN_OK);
		ck_assert_int_eq(cstn_stage_summary_merge(into, parts[2], NULL), CSTN_OK);
		sealed_expect_equal(&sealed_stage_summary, into, whole);
		for (i = 0; i < 4; i++)
			cstn_stage_summary_free(parts[i]);
	}
	cstn_stage_summary_free(whole);
}
END_TEST

START_TEST(summaries_of_other_times_do_not_merge)
{
	cstn_stage_summary *a = summary_of(NULL, 0, 20), *b = summary_of(NULL, 0, 21);

	ck_assert_int_eq(cstn_stage_summary_merge(a, b, NULL), CSTN_E_MISMATCH);
	cstn_stage_summary_free(a);
	cstn_stage_summary_free(b);
}
END_TEST

START_TEST(bytes_read_back_and_every_changed_byte_is_noticed)
{
	stages_event events[16];
	size_t n = crisis_events(events);
	cstn_stage_summary *summary = summary_of(events, n, 200);

	cstn_stage_summary_free(sealed_copy(&sealed_stage_summary, summary));
	sealed_refuses_damage(&sealed_stage_summary, summary, 4);
	cstn_stage_summary_free(summary);
}
END_TEST

/* --- periods -----------------------------------------------------------------------------------
 */

START_TEST(periods_count_stages_at_their_ends)
{
	/* first heard of at day 0; ends at 5, 35, 65; COMMIT at 5, CRISIS from 40 */
	stages_event events[] = {stages_make("a", "1", "ORDER", 0, -1, NULL),
			stages_make("a", "2", "EXIT_THREAT", 40, -1, NULL)};
	cstn_stage_summary *summary = summary_of(events, 2, 65);
	char *text = table_of(summary, CSTN_TABLE_STAGE_PERIODS);

	ck_assert_str_eq(text, "COMMIT|CRISIS|1|0.5;COMMIT|COMMIT|1|0.5;");
	free(text);
	cstn_stage_summary_free(summary);
}
END_TEST

START_TEST(expected_periods_and_values_solve_their_systems)
{
	cstn_stage_summary *summary = summary_of(NULL, 0, 0);
	double t[8], v[8];
	double m[8] = {0, 0, 0, 5, 0, 0, 10, 20};
	int32_t known[8];

	/* COMMIT: half stays, a quarter each to CRISIS and DEVELOP; CRISIS: always to COMMIT;
	 * DEVELOP stays; LOST is reached from DORMANT, and left by none */
	summary->periods[CSTN_STAGE_COMMIT][CSTN_STAGE_COMMIT] = 2;
	summary->periods[CSTN_STAGE_COMMIT][CSTN_STAGE_CRISIS] = 1;
	summary->periods[CSTN_STAGE_COMMIT][CSTN_STAGE_DEVELOP] = 1;
	summary->periods[CSTN_STAGE_CRISIS][CSTN_STAGE_COMMIT] = 3;
	summary->periods[CSTN_STAGE_DEVELOP][CSTN_STAGE_DEVELOP] = 4;
	summary->periods[CSTN_STAGE_DORMANT][CSTN_STAGE_LOST] = 1;
	summary->periods[CSTN_STAGE_STRUGGLE][CSTN_STAGE_STRUGGLE] = 9;
	cstn__stage_expected(summary, t, known);
	/* c = 1 + c/2 + k/4, k = 1 + c: c = 5, k = 6 */
	ck_assert_double_eq_tol(t[CSTN_STAGE_COMMIT], 5.0, 1e-12);
	ck_assert_double_eq_tol(t[CSTN_STAGE_CRISIS], 6.0, 1e-12);
	ck_assert_int_eq(known[CSTN_STAGE_DEVELOP], 1);
	ck_assert_int_eq(known[CSTN_STAGE_DORMANT], 0);
	ck_assert_int_eq(known[CSTN_STAGE_LOST], 0);
	ck_assert_int_eq(known[CSTN_STAGE_STRUGGLE], 0);
	ck_assert_int_eq(cstn_stage_summary_value(summary, m, 0.25, v, known, NULL), CSTN_OK);
	/* with f = 0.8: d = 20/0.2 = 100; k = 5 + 0.8 c; c = 10 + 0.4 c + 0.2 k + 0.2 d */
	ck_assert_double_eq_tol(v[CSTN_STAGE_DEVELOP], 100.0, 1e-9);
	ck_assert_double_eq_tol(v[CSTN_STAGE_COMMIT], 31.0 / 0.44, 1e-9);
	ck_assert_double_eq_tol(v[CSTN_STAGE_CRISIS], 5.0 + 0.8 * 31.0 / 0.44, 1e-9);
	ck_assert_int_eq(known[CSTN_STAGE_DORMANT], 0);
	ck_assert_int_eq(known[CSTN_STAGE_STRUGGLE], 1);
	ck_assert_int_eq(cstn_stage_summary_value(summary, m, 0.0, v, known, NULL), CSTN_OK);
	ck_assert_int_eq(known[CSTN_STAGE_COMMIT], 0);
	ck_assert_int_eq(cstn_stage_summary_value(summary, m, -0.1, v, known, NULL),
			CSTN_E_INVALID_ARGUMENT);
	m[3] = (double)NAN;
	ck_assert_int_eq(cstn_stage_summary_value(summary, m, 0.1, v, known, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_stage_summary_free(summary);
}
END_TEST

START_TEST(duration_buckets_are_an_eighth_of_a_doubling)
{
	int64_t counts[CSTN__DURATION_BUCKETS] = {0}, us;

	ck_assert_int_eq(cstn__duration_bucket(0), 0);
	ck_assert_int_eq(cstn__duration_bucket(1), 1);
	ck_assert_int_eq(cstn__duration_bucket(2), 9);
	ck_assert_int_lt(cstn__duration_bucket(INT64_MAX), CSTN__DURATION_BUCKETS);
	/* 1090 < 1024 * 2^(1/8) = 1116.7 */
	ck_assert_int_eq(cstn__duration_bucket(1116), cstn__duration_bucket(1024));
	ck_assert_int_eq(cstn__duration_bucket(1117), cstn__duration_bucket(1024) + 1);
	for (us = 1; us <= 100000; us++)
		counts[cstn__duration_bucket(us)]++;
	ck_assert_double_eq_tol(
			cstn__duration_quantile(counts, 100000, 0.5), 50000.0, 50000.0 * 0.045);
	ck_assert_double_eq_tol(
			cstn__duration_quantile(counts, 100000, 0.9), 90000.0, 90000.0 * 0.045);
}
END_TEST

/* --- memory ------------------------------------------------------------------------------------
 */

static cstn_status whole_run(const cstn_allocator *allocator)
{
	stages_event events[16];
	size_t n = crisis_events(events);
	cstn_stage_options options = stages_options(200);
	cstn_stage_policy *policy = NULL;
	cstn_stage_history *history = NULL;
	cstn_stage_summary *summary = NULL, *again = NULL;
	cstn_buffer *bytes = NULL;
	struct ArrowArrayStream stream, table;
	cstn_row_errors *rows = NULL;
	cstn_status status;

	table.release = NULL;
	events[n - 1].kind = "WRONG";
	status = cstn_stage_policy_parse(NULL, 0, allocator, &policy, NULL);
	if (status == CSTN_OK) {
		stages_stream(events, n, 0, &stream);
		status = cstn_stage_replay(
				policy, &stream, &options, allocator, &history, &rows, NULL);
		ck_assert_ptr_null(stream.release);
		status = status == CSTN_E_ROWS ? CSTN_OK : status;
	}
	if (status == CSTN_OK)
		status = cstn_stage_history_export(history, CSTN_TABLE_STAGE_MOVES, &table, NULL);
	if (table.release)
		table.release(&table);
	if (status == CSTN_OK)
		status = cstn_stage_history_summary(history, &summary, NULL);
	if (status == CSTN_OK)
		status = cstn_stage_summary_serialize(summary, &bytes, NULL);
	if (status == CSTN_OK)
		status = cstn_stage_summary_deserialize(cstn_buffer_data(bytes),
				cstn_buffer_size(bytes), allocator, &again, NULL);
	cstn_stage_summary_free(again);
	cstn_buffer_free(bytes);
	cstn_stage_summary_free(summary);
	cstn_row_errors_free(rows);
	cstn_stage_history_free(history);
	cstn_stage_policy_unref(policy);
	return status;
}

START_TEST(out_of_memory_at_any_allocation_is_an_ordinary_error)
{
	uint64_t n;

	for (n = 1;; n++) {
		failing_allocator memory;
		cstn_status status;

		failing_allocator_init(&memory, n);
		status = whole_run(&memory.allocator);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		if (status != CSTN_E_NOMEM) {
			ck_assert_int_eq(status, CSTN_OK);
			break;
		}
	}
	ck_assert_uint_gt(n, 20);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stage_summary");
	TCase *tests = tcase_create("stage_summary");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, built_in_policy_reads_back_to_itself);
	tcase_add_test(tests, text_that_breaks_the_form_is_refused_with_its_line);
	tcase_add_test(tests, thresholds_that_leave_no_gap_are_refused);
	tcase_add_test(tests, thresholds_with_a_gap_are_taken);
	tcase_add_test(tests, policy_has_at_most_64_rules);
	tcase_add_test(tests, policy_that_moves_without_end_is_told_with_customer_and_rule);
	tcase_add_test(tests, eight_moves_at_one_instant_are_allowed_and_nine_are_not);
	tcase_add_test(tests, crisis_curves_are_kaplan_meier_with_events_before_censorings);
	tcase_add_test(tests, overview_counts_directions_and_relapses);
	tcase_add_test(tests, empty_summary_has_nulls_and_no_zero_shares);
	tcase_add_test(tests, merged_summaries_are_the_summary_of_all_in_any_order);
	tcase_add_test(tests, summaries_of_other_times_do_not_merge);
	tcase_add_test(tests, bytes_read_back_and_every_changed_byte_is_noticed);
	tcase_add_test(tests, periods_count_stages_at_their_ends);
	tcase_add_test(tests, expected_periods_and_values_solve_their_systems);
	tcase_add_test(tests, duration_buckets_are_an_eighth_of_a_doubling);
	tcase_add_test(tests, out_of_memory_at_any_allocation_is_an_ordinary_error);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
