/* The public judgement of one line: zone rules and calendars, its words, arguments, memory. */

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "failing_allocator.h"
#include "judged_lines.h"
#include "suite.h"

/* --- zones
 * ---------------------------------------------------------------------------------------- */

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
	data.zone_names = NULL;
	ck_assert_int_eq(cstn__judge_init(&judge, policy, 0, &data, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	data.zone_names = names;
	data.zones = NULL;
	ck_assert_int_eq(cstn__judge_init(&judge, policy, 0, &data, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	data.zones = zones;
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

/* --- words, arguments, memory
 * ----------------------------------------------------------------------- */

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
	Suite *suite = suite_create("verdict record");
	TCase *tests = tcase_create("verdict record");

	tcase_set_timeout(tests, 0);
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
	return run_suite(suite);
}
