#include <check.h>
#include <errno.h>
#include <string.h>

#include "base/civil.h"
#include "failing_allocator.h"
#include "result_fixture.h"
#include "suite.h"

/* Groups, subtotals, text and number keys, causes to merge and to complete. */
static void rich(result_fixture *fixture, const char *policy, uint32_t flags)
{
	static const int64_t patterns[16] = {10, 4, 3, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
	static const char *const carriers[] = {"Air", "Air", "Sea", NULL};
	cstn__group_counts *counts;
	int i, p;

	fixture_init(fixture, policy, "carrier month(due)");
	fixture->folded.flags = flags;
	fixture->dimensions[1].type = CSTN_TYPE_DAYS;
	fixture->dimensions[1].period = CSTN__PERIOD_MONTH;
	for (i = 0; i < 4; i++) {
		counts = fixture_group(fixture, carriers[i], NULL);
		fixture_number(fixture, (size_t)i, 1, i == 1 ? 17622 : 17591);
		memcpy(counts->pattern, patterns, sizeof patterns);
		for (p = 0; p < 16; p++)
			counts->weight[p] = 7 * patterns[p];
		counts->reason[CSTN_REASON_NO_PROMISE] = 2;
		fixture_cause(fixture, (size_t)i, 1, "fog", CSTN_OWNER_CARRIER, 2);
		fixture_cause(fixture, (size_t)i, 1, NULL, CSTN_OWNER_UNKNOWN, 1);
		fixture_cause(fixture, (size_t)i, 8, "forklift", CSTN_OWNER_WAREHOUSE, 3);
	}
	fixture_total(fixture);
}

static const struct {
	const char *policy;
	uint32_t flags;
} kinds[] = {
		{"", CSTN_PERFECT_ORDER_ROLLUP},
		{"weight=value", CSTN_PERFECT_ORDER_ROLLUP},
		{"credit=unit", 0},
};

START_TEST(out_of_memory_while_making_a_result_leaves_nothing_behind)
{
	cstn_perfect_order_result *result;
	failing_allocator memory;
	cstn_status status = CSTN_E_NOMEM;
	cstn_error *error;
	result_fixture fixture;
	uint64_t n;

	rich(&fixture, kinds[_i].policy, kinds[_i].flags);
	for (n = 1; status == CSTN_E_NOMEM; n++) {
		failing_allocator_init(&memory, n);
		fixture.folded.allocator = memory.allocator;
		result = NULL;
		error = NULL;
		status = cstn__perfect_order_result_from_folded(&fixture.folded, &result, &error);
		ck_assert_int_eq(cstn_error_code(error), status);
		ck_assert_int_eq(result != NULL, status == CSTN_OK);
		cstn_error_free(error);
		cstn_perfect_order_result_unref(result);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_int_eq(status, CSTN_OK);
	ck_assert_uint_gt(n, 6);
	fixture_free(&fixture);
}
END_TEST

static cstn_status call(const cstn_perfect_order_result *result, int which,
		struct ArrowArrayStream *stream, cstn_error **error)
{
	if (which <= CSTN_TABLE_EXCLUSIONS)
		return cstn_perfect_order_result_export(result, which, stream, error);
	if (which == CSTN_TABLE_EXCLUSIONS + 1)
		return cstn_perfect_order_compare(result, NULL, stream, error);
	return cstn_perfect_order_standardise(result, 0, 1, NULL, stream, error);
}

/* Read a stream to its end while memory may fail. Returns 1 if nothing did. */
static int drain(struct ArrowArrayStream *stream)
{
	struct ArrowSchema schema = {0};
	struct ArrowArray array = {0};
	int code = stream->get_schema(stream, &schema);

	if (code == 0) {
		schema.release(&schema);
		code = stream->get_next(stream, &array);
		if (code == 0 && array.release)
			array.release(&array);
	}
	ck_assert(code == 0 || code == ENOMEM);
	stream->release(stream);
	return code == 0;
}

START_TEST(out_of_memory_in_a_table_is_an_error_and_leaks_nothing)
{
	cstn_perfect_order_result *result = NULL;
	struct ArrowArrayStream stream, untouched;
	failing_allocator memory;
	cstn_status status;
	cstn_error *error;
	result_fixture fixture;
	int done = 0;
	uint64_t n, live;

	rich(&fixture, "", _i == 7 ? 0 : CSTN_PERFECT_ORDER_ROLLUP);
	failing_allocator_init(&memory, 0);
	fixture.folded.allocator = memory.allocator;
	result = fixture_result(&fixture);
	memset(&untouched, 0x5a, sizeof untouched);
	live = memory.live_blocks;
	for (n = 1; !done; n++) {
		memory.fail_at = memory.calls + n;
		stream = untouched;
		error = NULL;
		status = call(result, _i, &stream, &error);
		ck_assert_int_eq(cstn_error_code(error), status);
		cstn_error_free(error);
		if (status == CSTN_OK) {
			done = drain(&stream);
		} else {
			ck_assert_int_eq(status, CSTN_E_NOMEM);
			ck_assert_mem_eq(&stream, &untouched, sizeof stream);
		}
		ck_assert_uint_eq(memory.live_blocks, live);
	}
	ck_assert_uint_gt(n, 4);
	memory.fail_at = 0;
	cstn_perfect_order_result_unref(result);
	ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	fixture_free(&fixture);
}
END_TEST

START_TEST(out_of_memory_in_finish_leaves_the_state_as_it_was)
{
	static const char *const by[] = {"carrier", "month(due)"};
	cstn_perfect_order_result *result = NULL;
	cstn_service_policy *policy = NULL;
	cstn_perfect_order *state = NULL;
	failing_allocator memory;
	cstn_status status = CSTN_E_NOMEM;
	cstn_error *error;
	uint64_t n, live;

	ck_assert_int_eq(cstn_service_policy_new("", NULL, &policy, NULL), CSTN_OK);
	failing_allocator_init(&memory, 0);
	ck_assert_int_eq(cstn_perfect_order_new(policy, FIXTURE_AS_OF, by, 2, NULL,
					 &memory.allocator, &state, NULL),
			CSTN_OK);
	live = memory.live_blocks;
	for (n = 1; status == CSTN_E_NOMEM; n++) {
		memory.fail_at = memory.calls + n;
		error = NULL;
		status = cstn_perfect_order_finish(state, &result, &error);
		ck_assert_int_eq(cstn_error_code(error), status);
		ck_assert_int_eq(result != NULL, status == CSTN_OK);
		cstn_error_free(error);
		if (status == CSTN_E_NOMEM)
			ck_assert_uint_eq(memory.live_blocks, live);
	}
	ck_assert_int_eq(status, CSTN_OK);
	ck_assert_uint_gt(n, 4);
	memory.fail_at = 0;
	ck_assert_uint_eq(cstn_perfect_order_result_count(result), 0);
	cstn_perfect_order_free(state);
	cstn_service_policy_unref(policy);
	ck_assert_int_eq(cstn_perfect_order_result_as_of_us(result), FIXTURE_AS_OF);
	cstn_perfect_order_result_unref(result);
	ck_assert_uint_eq(failing_allocator_live(&memory), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("perfect_order_result_memory");
	TCase *tests = tcase_create("memory");

	tcase_add_loop_test(tests, out_of_memory_while_making_a_result_leaves_nothing_behind, 0, 3);
	tcase_add_loop_test(tests, out_of_memory_in_a_table_is_an_error_and_leaks_nothing, 1, 8);
	tcase_add_test(tests, out_of_memory_in_finish_leaves_the_state_as_it_was);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
