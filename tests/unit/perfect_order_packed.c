/* Open orders in 16 bytes: whatever form they take meanwhile, the result is that of the lines. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "fulfilment/perfect_order_state.h"
#include "lines_fixture.h"

#define AS_OF INT64_C(1530000000000000)

static cstn_perfect_order *new_state(const char *changes)
{
	static const char *const by[] = {"partner", "carrier"};
	cstn_perfect_order_config config = CSTN_PERFECT_ORDER_CONFIG_INIT;
	cstn_service_policy *policy = NULL;
	cstn_perfect_order *state = NULL;

	ck_assert_int_eq(cstn_service_policy_new(changes, NULL, &policy, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_new(policy, AS_OF, by, 2, &config, NULL, &state, NULL),
			CSTN_OK);
	cstn_service_policy_unref(policy);
	return state;
}

static void update(cstn_perfect_order *state, const fixture_lines *lines, size_t from, size_t to,
		uint32_t flags, int32_t threads)
{
	cstn_perfect_order_options options = CSTN_PERFECT_ORDER_OPTIONS_INIT;
	struct ArrowArrayStream stream;
	cstn_status status;

	options.threads = threads;
	lines_stream(lines, from, to, 0, flags, &stream);
	status = cstn_perfect_order_update(state, &stream, &options, NULL, NULL);
	ck_assert(status == CSTN_OK || status == CSTN_E_ROWS);
}

static char *text_in_pieces(const char *changes, const fixture_lines *lines, uint32_t flags,
		size_t pieces, int look)
{
	cstn_perfect_order *state = new_state(changes);
	cstn_perfect_order_result *result = NULL;
	cstn_buffer *bytes = NULL;
	char *text;
	size_t i;

	for (i = 0; i < pieces; i++) {
		update(state, lines, lines->count * i / pieces, lines->count * (i + 1) / pieces,
				flags, 1 + (int32_t)(i % 2));
		if (look == 1) {
			ck_assert_int_eq(cstn_perfect_order_finish(state, &result, NULL), CSTN_OK);
			cstn_perfect_order_result_unref(result);
		} else if (look == 2 && i % 2) {
			ck_assert_int_eq(
					cstn_perfect_order_serialize(state, &bytes, NULL), CSTN_OK);
			cstn_buffer_free(bytes);
		}
	}
	text = state_text(state);
	cstn_perfect_order_free(state);
	return text;
}

/* Lines that are left out have reasons, which 16 bytes do not hold: orders lie in both forms. */
START_TEST(lines_in_any_number_of_updates_give_the_same_whoever_looks_between)
{
	fixture_shape shape = {77 + (uint64_t)_i, 2000, _i & 1, 0, 0};
	uint32_t flags = _i & 1 ? LINES_PLAIN : 0;
	fixture_lines lines = lines_make(&shape);
	char *expected = text_in_pieces("components=TF", &lines, flags, 1, 0), *got;
	static const size_t pieces[] = {2, 3, 40};
	size_t p;
	int look;

	if (_i & 2)
		lines_shuffle(&lines, 5);
	for (p = 0; p < 3; p++)
		for (look = 0; look < 3; look++) {
			got = text_in_pieces("components=TF", &lines, flags, pieces[p], look);
			ck_assert_str_eq(got, expected);
			free(got);
		}
	free(expected);
	lines_free(&lines);
}
END_TEST

START_TEST(lines_whose_ids_never_fall_need_no_partitions)
{
	fixture_shape shape = {3, 5000, 1, 0, 0};
	fixture_lines lines = lines_make(&shape);
	cstn_perfect_order *state = new_state("components=TF");

	update(state, &lines, 0, lines.count / 2, LINES_PLAIN, 1);
	update(state, &lines, lines.count / 2, lines.count, LINES_PLAIN, 2);
	ck_assert_ptr_null(state->core.units);
	ck_assert_uint_ge(state->core.rising.count, 5000);
	cstn_perfect_order_free(state);
	lines_free(&lines);
}
END_TEST

START_TEST(an_id_that_falls_sends_all_runs_to_their_partitions)
{
	fixture_shape shape = {3, 5000, 1, 0, 0};
	fixture_lines lines = lines_make(&shape);
	cstn_perfect_order *state = new_state("components=TF");

	update(state, &lines, lines.count / 2, lines.count, LINES_PLAIN, 1);
	ck_assert_uint_gt(state->core.rising.count, 0);
	update(state, &lines, 0, lines.count / 2, LINES_PLAIN, 1);
	ck_assert_uint_eq(state->core.rising.count, 0);
	ck_assert_ptr_nonnull(state->core.units);
	cstn_perfect_order_free(state);
	lines_free(&lines);
}
END_TEST

/* Orders of one partition, a line of each in turn: `rounds` runs an order. */
static fixture_lines lines_of_one_partition(size_t orders, size_t rounds, int64_t partners)
{
	fixture_shape shape = {9, 1, 1, 1, 0};
	fixture_lines one = lines_make(&shape), lines;
	int64_t *ids = malloc(orders * sizeof(*ids)), id = 0;
	size_t i, k;

	for (i = 0; i < orders; id++)
		if (cstn__number_hash(id) >> (64 - CSTN__PARTITION_BITS) == 7)
			ids[i++] = id;
	lines.count = orders * rounds;
	lines.items = malloc(lines.count * sizeof(*lines.items));
	for (k = 0; k < rounds; k++)
		for (i = 0; i < orders; i++) {
			fixture_line *line = &lines.items[k * orders + i];

			*line = one.items[0];
			line->order = ids[i];
			line->partner = (int32_t)((int64_t)(k + i) % partners);
			line->delivered = line->quantity - (k == 3 && i % 4 == 0);
		}
	free(ids);
	lines_free(&one);
	return lines;
}

static int64_t pattern(const cstn_perfect_order *state, uint32_t p)
{
	cstn_perfect_order_result *result = NULL;
	int64_t units;

	ck_assert_int_eq(cstn_perfect_order_finish(state, &result, NULL), CSTN_OK);
	units = cstn_perfect_order_result_pattern(result, CSTN_GROUP_TOTAL, p);
	cstn_perfect_order_result_unref(result);
	return units;
}

START_TEST(many_runs_of_few_orders_are_put_together)
{
	fixture_lines lines = lines_of_one_partition(200, 400, _i ? 3 : 1);
	cstn_perfect_order *state = new_state("components=F");
	char *settled, *plain;

	update(state, &lines, 0, lines.count, LINES_PLAIN, 1);
	ck_assert_uint_lt(state->core.units[7].log.count, 1000);
	ck_assert_int_eq(pattern(state, 0), 150);
	ck_assert_int_eq(pattern(state, 2), 50);
	settled = state_text(state);
	cstn_perfect_order_free(state);
	/* text ids are never packed */
	state = new_state("components=F");
	update(state, &lines, 0, lines.count, LINES_PLAIN | LINES_TEXT_ID, 1);
	plain = state_text(state);
	ck_assert_str_eq(settled, plain);
	cstn_perfect_order_free(state);
	free(settled);
	free(plain);
	lines_free(&lines);
}
END_TEST

START_TEST(runs_that_are_few_are_left_as_they_came)
{
	fixture_lines lines = lines_of_one_partition(200, 300, 1);
	cstn_perfect_order *state = new_state("components=F");

	update(state, &lines, 0, lines.count, LINES_PLAIN, 1);
	ck_assert_uint_eq(state->core.units[7].log.count + state->core.rising.count, lines.count);
	ck_assert_int_eq(pattern(state, 0), 150);
	cstn_perfect_order_free(state);
	lines_free(&lines);
}
END_TEST

START_TEST(line_after_line_of_one_order_is_one_run)
{
	fixture_lines lines = lines_of_one_partition(1, 50, 1);
	cstn_perfect_order *state = new_state("components=F");
	size_t i;

	for (i = 0; i < lines.count; i++)
		update(state, &lines, i, i + 1, LINES_PLAIN, 1);
	ck_assert_uint_eq(state->core.rising.count, 1);
	ck_assert_int_eq(pattern(state, 2), 1);
	cstn_perfect_order_free(state);
	lines_free(&lines);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("perfect_order_packed");
	TCase *tests = tcase_create("packed");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tests, 240);
	tcase_add_loop_test(tests,
			lines_in_any_number_of_updates_give_the_same_whoever_looks_between, 0, 4);
	tcase_add_test(tests, lines_whose_ids_never_fall_need_no_partitions);
	tcase_add_test(tests, an_id_that_falls_sends_all_runs_to_their_partitions);
	tcase_add_loop_test(tests, many_runs_of_few_orders_are_put_together, 0, 2);
	tcase_add_test(tests, runs_that_are_few_are_left_as_they_came);
	tcase_add_test(tests, line_after_line_of_one_order_is_one_run);
	suite_add_tcase(s, tests);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
