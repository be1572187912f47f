/* States that do not fit each other, their bytes, and memory that runs out. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <constellation/constellation.h>

#include "failing_allocator.h"
#include "lines_fixture.h"
#include "state_fixture.h"
#include "suite.h"

/* --- evidence that is not there */

/* --- merging
 * ----------------------------------------------------------------------------------------------------------
 */

static const struct {
	const char *changes;
	const char *by;
	int64_t as_of_us;
	uint32_t flags;
	int32_t clustering;
} others[] = {{"components=TF", "partner", AS_OF, 0, 0}, {"components=T", "carrier", AS_OF, 0, 0},
		{"components=T", NULL, AS_OF, 0, 0}, {"components=T", "partner", AS_OF + 1, 0, 0},
		{"components=T", "partner", AS_OF, CSTN_PERFECT_ORDER_EACH, 0},
		{"components=T", "partner", AS_OF, 0, CSTN_CLUSTERING_SORTED}};

START_TEST(states_of_another_configuration_do_not_merge)
{
	cstn_perfect_order_config config = CSTN_PERFECT_ORDER_CONFIG_INIT;
	cstn_perfect_order *state = state_of("components=T", by_partner, 1), *other = NULL;
	cstn_service_policy *policy = NULL;
	cstn_error *error = NULL;

	config.flags = others[_i].flags;
	config.clustering = others[_i].clustering;
	ck_assert_int_eq(cstn_service_policy_new(others[_i].changes, NULL, &policy, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_new(policy, others[_i].as_of_us, &others[_i].by,
					 others[_i].by ? 1 : 0, &config, NULL, &other, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_merge(state, other, &error), CSTN_E_MISMATCH);
	ck_assert_str_ne(cstn_error_message(error), "");
	cstn_error_free(error);
	cstn_service_policy_unref(policy);
	cstn_perfect_order_free(state);
	cstn_perfect_order_free(other);
}
END_TEST

START_TEST(order_ids_of_another_type_do_not_merge)
{
	fixture_shape shape = {3, 10, 1, 0, 0};
	fixture_lines lines = lines_make(&shape);
	cstn_perfect_order *numbers = state_of("components=TF", NULL, 0);
	cstn_perfect_order *texts = state_of("components=TF", NULL, 0);
	struct ArrowArrayStream stream;

	lines_stream(&lines, 0, lines.count, 0, LINES_PLAIN, &stream);
	ck_assert_int_eq(cstn_perfect_order_update(numbers, &stream, NULL, NULL, NULL), CSTN_OK);
	lines_stream(&lines, 0, lines.count, 0, LINES_PLAIN | LINES_TEXT_ID, &stream);
	ck_assert_int_eq(cstn_perfect_order_update(texts, &stream, NULL, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_merge(numbers, texts, NULL), CSTN_E_MISMATCH);
	lines_stream(&lines, 0, lines.count, 0, LINES_PLAIN | LINES_TEXT_ID, &stream);
	ck_assert_int_eq(cstn_perfect_order_update(numbers, &stream, NULL, NULL, NULL),
			CSTN_E_SCHEMA);
	cstn_perfect_order_free(numbers);
	cstn_perfect_order_free(texts);
	lines_free(&lines);
}
END_TEST

/* --- bytes
 * ---------------------------------------------------------------------------------------------------------------
 */

static cstn_perfect_order *rich_state(const cstn_allocator *memory, int32_t clustering,
		uint32_t flags, const fixture_lines *lines)
{
	cstn_perfect_order_config config = CSTN_PERFECT_ORDER_CONFIG_INIT;
	static const char *const by[] = {"carrier", "month(due)"};
	struct ArrowArrayStream stream;
	cstn_perfect_order *state;

	config.clustering = clustering;
	config.flags = flags;
	state = state_on(memory, "components=TFDC", by, 2, &config);
	lines_stream(lines, 0, lines->count, 7, clustering ? LINES_TEXT_ID : LINES_CAUSES, &stream);
	(void)!cstn_perfect_order_update(state, &stream, NULL, NULL, NULL);
	return state;
}

START_TEST(a_state_comes_back_from_its_bytes)
{
	fixture_shape shape = {4, 200, 0, 0, 0};
	fixture_lines lines = lines_make(&shape);
	cstn_perfect_order *state =
			rich_state(NULL, _i % 3, _i / 3 ? CSTN_PERFECT_ORDER_EACH : 0, &lines);
	cstn_buffer *bytes = bytes_of(state), *again;
	cstn_perfect_order *back = NULL;
	cstn_error *error = NULL;

	if (cstn_perfect_order_deserialize(cstn_buffer_data(bytes), cstn_buffer_size(bytes), NULL,
			    NULL, &back, &error) != CSTN_OK)
		ck_abort_msg("%s", cstn_error_message(error));
	again = bytes_of(back);
	same_bytes(bytes, again);
	cstn_buffer_free(bytes);
	cstn_buffer_free(again);
	cstn_perfect_order_free(back);
	cstn_perfect_order_free(state);
	lines_free(&lines);
}
END_TEST

START_TEST(every_flipped_bit_and_every_cut_is_noticed)
{
	fixture_shape shape = {5, 6, 0, 0, 0};
	fixture_lines lines = lines_make(&shape);
	cstn_perfect_order *state = rich_state(NULL, _i, 0, &lines), *back = NULL;
	cstn_buffer *bytes = bytes_of(state);
	size_t size = cstn_buffer_size(bytes), i;
	uint8_t *copy = malloc(size);
	cstn_status status;

	memcpy(copy, cstn_buffer_data(bytes), size);
	for (i = 0; i < size * 8; i += test_every()) {
		copy[i / 8] ^= (uint8_t)(1u << (i % 8));
		status = cstn_perfect_order_deserialize(copy, size, NULL, NULL, &back, NULL);
		ck_assert_int_ne(status, CSTN_OK);
		copy[i / 8] ^= (uint8_t)(1u << (i % 8));
	}
	for (i = 0; i < size; i += test_every())
		ck_assert_int_ne(cstn_perfect_order_deserialize(copy, i, NULL, NULL, &back, NULL),
				CSTN_OK);
	ck_assert_ptr_null(back);
	free(copy);
	cstn_buffer_free(bytes);
	cstn_perfect_order_free(state);
	lines_free(&lines);
}
END_TEST

/* --- memory
 * ---------------------------------------------------------------------------------------------------------------
 */

START_TEST(an_update_that_runs_out_of_memory_changes_nothing)
{
	fixture_shape shape = {6, 60, 0, 0, 0};
	fixture_lines lines = lines_make(&shape);
	uint64_t n;

	for (n = 1;; n++) {
		failing_allocator memory;
		struct ArrowArrayStream stream;
		cstn_perfect_order *state;
		cstn_buffer *before, *after;
		cstn_status status;

		failing_allocator_init(&memory, 0);
		state = rich_state(&memory.allocator, _i % 3, _i / 3 ? CSTN_PERFECT_ORDER_EACH : 0,
				&lines);
		before = bytes_of(state);
		memory.fail_at = failing_allocator_calls(&memory) + n;
		lines_stream(&lines, lines.count / 2, lines.count, 0,
				_i % 3 ? LINES_TEXT_ID : LINES_CAUSES, &stream);
		status = cstn_perfect_order_update(state, &stream, NULL, NULL, NULL);
		memory.fail_at = 0;
		if (status == CSTN_E_NOMEM) {
			after = bytes_of(state);
			same_bytes(before, after);
			cstn_buffer_free(after);
		} else {
			ck_assert(status == CSTN_OK || status == CSTN_E_ROWS);
		}
		cstn_buffer_free(before);
		cstn_perfect_order_free(state);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		if (memory.failures == 0)
			break;
	}
	ck_assert_uint_gt(n, 20);
	lines_free(&lines);
}
END_TEST

START_TEST(a_merge_that_runs_out_of_memory_changes_nothing)
{
	fixture_shape shape = {7, 60, 0, 0, 0};
	fixture_lines lines = lines_make(&shape);
	fixture_lines half = {lines.items, lines.count / 2};
	fixture_lines rest = {lines.items + half.count, lines.count - half.count};
	uint32_t flags = _i / 3 ? CSTN_PERFECT_ORDER_EACH : 0;
	cstn_perfect_order *from = rich_state(NULL, _i % 3, flags, &rest);
	uint64_t n;

	for (n = 1;; n++) {
		failing_allocator memory;
		cstn_perfect_order *state;
		cstn_buffer *before, *after;
		cstn_status status;

		failing_allocator_init(&memory, 0);
		state = rich_state(&memory.allocator, _i % 3, flags, &half);
		before = bytes_of(state);
		memory.fail_at = failing_allocator_calls(&memory) + n;
		status = cstn_perfect_order_merge(state, from, NULL);
		memory.fail_at = 0;
		if (status == CSTN_E_NOMEM) {
			after = bytes_of(state);
			same_bytes(before, after);
			cstn_buffer_free(after);
		} else {
			ck_assert_int_eq(status, CSTN_OK);
		}
		cstn_buffer_free(before);
		cstn_perfect_order_free(state);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
		if (memory.failures == 0)
			break;
	}
	ck_assert_uint_gt(n, 5);
	cstn_perfect_order_free(from);
	lines_free(&lines);
}
END_TEST

START_TEST(bytes_and_results_that_run_out_of_memory_leave_nothing_behind)
{
	fixture_shape shape = {8, 40, 0, 0, 0};
	fixture_lines lines = lines_make(&shape);
	uint64_t n;
	int done = 0;

	for (n = 1; done < 3; n++) {
		failing_allocator memory;
		cstn_perfect_order *state, *back = NULL;
		cstn_perfect_order_result *result = NULL;
		cstn_buffer *bytes, *again = NULL;
		uint64_t at;

		done = 0;
		failing_allocator_init(&memory, 0);
		state = rich_state(&memory.allocator, _i, 0, &lines);
		bytes = bytes_of(state);
		at = failing_allocator_calls(&memory);
		memory.fail_at = at + n;
		if (cstn_perfect_order_finish(state, &result, NULL) == CSTN_OK)
			done++;
		else
			ck_assert_ptr_null(result);
		memory.fail_at = failing_allocator_calls(&memory) + n;
		if (cstn_perfect_order_serialize(state, &again, NULL) == CSTN_OK)
			done++;
		else
			ck_assert_ptr_null(again);
		memory.fail_at = failing_allocator_calls(&memory) + n;
		if (cstn_perfect_order_deserialize(cstn_buffer_data(bytes), cstn_buffer_size(bytes),
				    NULL, &memory.allocator, &back, NULL) == CSTN_OK)
			done++;
		else
			ck_assert_ptr_null(back);
		memory.fail_at = 0;
		cstn_perfect_order_result_unref(result);
		cstn_buffer_free(again);
		cstn_buffer_free(bytes);
		cstn_perfect_order_free(back);
		cstn_perfect_order_free(state);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_uint_gt(n, 5);
	lines_free(&lines);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("perfect_order_state_bytes");
	TCase *tests = tcase_create("perfect_order_state_bytes");

	tcase_set_timeout(tests, 240);
	tcase_add_loop_test(tests, states_of_another_configuration_do_not_merge, 0, 6);
	tcase_add_test(tests, order_ids_of_another_type_do_not_merge);
	tcase_add_loop_test(tests, a_state_comes_back_from_its_bytes, 0, 6);
	tcase_add_loop_test(tests, every_flipped_bit_and_every_cut_is_noticed, 0, 3);
	tcase_add_loop_test(tests, an_update_that_runs_out_of_memory_changes_nothing, 0, 6);
	tcase_add_loop_test(tests, a_merge_that_runs_out_of_memory_changes_nothing, 0, 6);
	tcase_add_loop_test(
			tests, bytes_and_results_that_run_out_of_memory_leave_nothing_behind, 0, 3);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
