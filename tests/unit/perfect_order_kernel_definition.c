/* The batch against the definition: every order judged by itself, and a loop of twenty lines. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "fulfilment/perfect_order_state.h"
#include "kernel_fixture.h"
#include "lines_fixture.h"
#include "suite.h"

static const char *const by_all[] = {"carrier", "month(due)", "partner", "weekday(ordered)"};

/* --- against other computations --------------------------------------------------------------- */

/* The twenty-line loop: T and F by day, nothing else, orders of adjacent lines. */
static void naive(const fixture_lines *lines, int64_t counts[4])
{
	size_t i = 0;

	memset(counts, 0, 4 * sizeof(*counts));
	while (i < lines->count) {
		int64_t order = lines->items[i].order;
		unsigned pattern = 0;

		for (; i < lines->count && lines->items[i].order == order; i++) {
			const fixture_line *line = &lines->items[i];

			if (cstn__day_of_us(line->delivered_us) >
					cstn__day_of_us(line->promised_us))
				pattern |= 1;
			if (line->delivered != line->quantity)
				pattern |= 2;
		}
		counts[pattern]++;
	}
}

START_TEST(plain_orders_equal_a_loop_of_twenty_lines)
{
	static const int32_t sizes[] = {0, 1, 2, 63, 64, 65, 200};
	fixture_shape shape = {(uint64_t)_i + 1, 3000, 1, sizes[_i % 7], _i & 1};
	fixture_lines lines;
	int64_t expected[4];
	uint32_t flag;
	int32_t simd, clustering;

	shape.orders = ORDERS(shape.fixed_lines > 60 ? 300 : 3000);
	lines = lines_make(&shape);
	naive(&lines, expected);
	for (simd = 0; simd <= 3; simd++)
		for (clustering = 0; clustering <= 2; clustering++)
			for (flag = 0; flag < 8; flag++) {
				uint32_t flags = LINES_PLAIN | (flag & 1 ? LINES_TEXT_ID : 0) |
						 (flag & 2 ? LINES_INT32 : 0) |
						 (flag & 4 && shape.days ? LINES_DAYS : 0);
				reading how = {0, lines.count, flag & 1 ? 1000 : 0, flags, 1, simd};
				cstn_perfect_order *state = kernel_state_of(
						"components=TF", NULL, 0, 0, clustering);
				cstn_perfect_order_result *result = NULL;
				uint32_t p;

				update(state, &lines, &how);
				ck_assert_int_eq(cstn_perfect_order_finish(state, &result, NULL),
						CSTN_OK);
				for (p = 0; p < 4; p++)
					ck_assert_int_eq(cstn_perfect_order_result_pattern(result,
									 CSTN_GROUP_TOTAL, p),
							expected[p]);
				cstn_perfect_order_result_unref(result);
				cstn_perfect_order_free(state);
			}
	lines_free(&lines);
}
END_TEST

static const char *const policies[] = {"", "components=T", "components=TF late_tolerance=1",
		"components=TF time_unit=instant",
		"components=TFC early_tolerance=2 late_tolerance=unset",
		"components=TFDC overdue_open=exclude supplier_cancel=exclude",
		"components=TF over_tolerance_ppm=100000 under_tolerance_ppm=50000",
		"components=TF zone=offset:-03:00 claim_window_days=unset",
		"components=TFD unassessed=fail customer_fault=pass",
		"components=TC customer_cancel=fail",
		"components=TF actual_missing=fail customer_change=ignore unassessed=pass",
		("components=TF time_unit=instant late_tolerance=86400000000 "
		 "early_tolerance=3600000000"),
		"components=F", "components=C", "components=TF claim_window_days=400"};

#define N_POLICIES ((int)(sizeof(policies) / sizeof(*policies)))

static void count_judged(const char *changes, const fixture_lines *lines, int64_t patterns[16],
		int64_t reasons[CSTN_REASON_COUNT], int64_t *pending, int64_t *provisional)
{
	cstn_service_policy *policy = policy_of(changes);
	size_t i = 0;

	while (i < lines->count) {
		const cstn_order_line *pointers[256];
		cstn_order_line facts[256];
		cstn_verdict *verdict = NULL;
		cstn_error *error = NULL;
		size_t n = 0, first = i;

		for (; i < lines->count && lines->items[i].order == lines->items[first].order;
				i++, n++) {
			facts[n] = lines_facts(&lines->items[i]);
			pointers[n] = &facts[n];
		}
		if (cstn_perfect_order_judge_order(policy, AS_OF, NULL, pointers, n, &verdict,
				    &error) != CSTN_OK) {
			reasons[CSTN_REASON_BAD_INPUT]++;
			cstn_error_free(error);
			continue;
		}
		switch (cstn_verdict_outcome(verdict)) {
		case CSTN_OUTCOME_COUNTED:
			patterns[cstn_verdict_pattern(verdict)]++;
			*provisional += cstn_verdict_is_provisional(verdict);
			break;
		case CSTN_OUTCOME_PENDING:
			(*pending)++;
			break;
		default:
			reasons[cstn_verdict_reason(verdict)]++;
		}
		cstn_verdict_free(verdict);
	}
	cstn_service_policy_unref(policy);
}

START_TEST(every_order_counts_as_it_is_judged_by_itself)
{
	fixture_shape shape = {77 + (uint64_t)_i, ORDERS(2000), 0, 0, 0};
	fixture_lines lines = lines_make(&shape);
	int64_t patterns[16] = {0}, reasons[CSTN_REASON_COUNT] = {0}, pending = 0, provisional = 0;
	int32_t clustering;

	count_judged(policies[_i], &lines, patterns, reasons, &pending, &provisional);
	for (clustering = 0; clustering <= 2; clustering++) {
		reading how = {0, lines.count, 777, 0, 1, 0};
		cstn_perfect_order *state = kernel_state_of(policies[_i], by_two, 2, 0, clustering);
		cstn_perfect_order_result *result = NULL;
		int k;

		update(state, &lines, &how);
		ck_assert_int_eq(cstn_perfect_order_finish(state, &result, NULL), CSTN_OK);
		for (k = 0; k < 16; k++)
			ck_assert_int_eq(cstn_perfect_order_result_pattern(
							 result, CSTN_GROUP_TOTAL, (uint32_t)k),
					patterns[k]);
		for (k = 1; k < CSTN_REASON_COUNT; k++)
			ck_assert_msg(cstn_perfect_order_result_excluded(
						      result, CSTN_GROUP_TOTAL, k) == reasons[k],
					"%s: %lld of reason %s, %lld judged", policies[_i],
					(long long)cstn_perfect_order_result_excluded(
							result, CSTN_GROUP_TOTAL, k),
					cstn_reason_name(k), (long long)reasons[k]);
		ck_assert_int_eq(cstn_perfect_order_result_pending(result, CSTN_GROUP_TOTAL),
				pending);
		ck_assert_int_eq(cstn_perfect_order_result_provisional(result, CSTN_GROUP_TOTAL),
				provisional);
		cstn_perfect_order_result_unref(result);
		cstn_perfect_order_free(state);
	}
	lines_free(&lines);
}
END_TEST

START_TEST(whole_words_and_single_lines_give_the_same)
{
	fixture_shape shape = {900 + (uint64_t)_i, ORDERS(3000), 0, 0, 0};
	fixture_lines lines = lines_make(&shape);
	reading how = {0, lines.count, 5000, 0, 1, 0};
	cstn_perfect_order *slow = kernel_state_of(policies[_i], by_all, 4, 0, 0);
	char *expected, *got;
	int32_t simd;

	slow->judge_all = 1;
	update(slow, &lines, &how);
	expected = state_text(slow);
	for (simd = 1; simd <= 3; simd++) {
		how.simd = simd;
		got = text_of(policies[_i], by_all, 4, 0, CSTN_CLUSTERING_SORTED, &lines, &how);
		ck_assert_str_eq(got, expected);
		free(got);
	}
	free(expected);
	cstn_perfect_order_free(slow);
	lines_free(&lines);
}
END_TEST

/* --- the sum ---------------------------------------------------------------------------------- */

START_TEST(every_unit_is_in_exactly_one_place)
{
	fixture_shape shape = {200 + (uint64_t)_i, 1500, 0, 0, 0};
	fixture_lines lines = lines_make(&shape);
	reading how = {0, lines.count, 0, 0, 1, 0};
	cstn_perfect_order *state = kernel_state_of(policies[_i], by_all, 4, 0, 0);
	cstn_perfect_order_result *result = NULL;
	int64_t units;
	uint32_t p;

	update(state, &lines, &how);
	ck_assert_int_eq(cstn_perfect_order_finish(state, &result, NULL), CSTN_OK);
	units = cstn_perfect_order_result_pending(result, CSTN_GROUP_TOTAL) +
		cstn_perfect_order_result_excluded(result, CSTN_GROUP_TOTAL, 0);
	for (p = 0; p < 16; p++)
		units += cstn_perfect_order_result_pattern(result, CSTN_GROUP_TOTAL, p);
	ck_assert_int_eq(units, 1500);
	cstn_perfect_order_result_unref(result);
	cstn_perfect_order_free(state);
	lines_free(&lines);
}
END_TEST

START_TEST(no_rows_give_a_null_rate)
{
	fixture_lines lines = {NULL, 0};
	reading how = {0, 0, 0, 0, 1, 0};
	cstn_perfect_order *state = kernel_state_of("", by_two, 2, 0, _i);
	cstn_perfect_order_result *result = NULL;
	cstn_rate rate = CSTN_RATE_INIT;

	update(state, &lines, &how);
	ck_assert_int_eq(cstn_perfect_order_finish(state, &result, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_result_rate(result, CSTN_GROUP_TOTAL, &rate, NULL),
			CSTN_OK);
	ck_assert_uint_eq(rate.valid, 0);
	cstn_perfect_order_result_unref(result);
	cstn_perfect_order_free(state);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("perfect_order_kernel_definition");
	TCase *tests = tcase_create("perfect_order_kernel_definition");

	tcase_set_timeout(tests, 240);
	tcase_add_loop_test(tests, plain_orders_equal_a_loop_of_twenty_lines, 0, 14);
	tcase_add_loop_test(tests, every_order_counts_as_it_is_judged_by_itself, 0, N_POLICIES);
	tcase_add_loop_test(tests, whole_words_and_single_lines_give_the_same, 0, N_POLICIES);
	tcase_add_loop_test(tests, every_unit_is_in_exactly_one_place, 0, N_POLICIES);
	tcase_add_loop_test(tests, no_rows_give_a_null_rate, 0, 3);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
