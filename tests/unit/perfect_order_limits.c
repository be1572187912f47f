/* Kernel tests of what is many, what is foreign and what is left behind: one batch of many lines,
 * many batches of one line, stretches past their limit, names of a failed update, text that is no
 * UTF-8, and bytes with a good checksum that no state wrote. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arrow_maker.h"
#include "base/hash.h"
#include "fulfilment/perfect_order_state.h"
#include "lines_fixture.h"
#include "suite.h"

#define AS_OF INT64_C(1530000000000000)
#define MANY INT64_C(70000000)
#define HEAD 56 /* of the bytes: the length of the body in its last 8 */

static cstn_perfect_order *state_of(const char *changes, const char *const *by, size_t n_by,
		uint32_t flags, int32_t clustering)
{
	cstn_perfect_order_config config = CSTN_PERFECT_ORDER_CONFIG_INIT;
	cstn_service_policy *policy = NULL;
	cstn_perfect_order *state = NULL;

	config.flags = flags;
	config.clustering = clustering;
	ck_assert_int_eq(cstn_service_policy_new(changes, NULL, &policy, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_new(
					 policy, AS_OF, by, n_by, &config, NULL, &state, NULL),
			CSTN_OK);
	cstn_service_policy_unref(policy);
	return state;
}

static cstn_status add(cstn_perfect_order *state, const maker_stream *lines, cstn_row_errors **bad)
{
	cstn_perfect_order_options options = CSTN_PERFECT_ORDER_OPTIONS_INIT;
	struct ArrowArrayStream stream;

	options.threads = 2;
	maker_open(&stream, lines);
	return cstn_perfect_order_update(state, &stream, &options, bad, NULL);
}

static cstn_perfect_order_result *finished(const cstn_perfect_order *state)
{
	cstn_perfect_order_result *result = NULL;
	cstn_error *error = NULL;

	if (cstn_perfect_order_finish(state, &result, &error) != CSTN_OK)
		ck_abort_msg("%s", cstn_error_message(error));
	return result;
}

/* Order ids, promises and arrivals in days, and a text. */
typedef struct table {
	maker_column columns[4];
	maker_batch batch;
	maker_stream stream;
} table;

static void table_of(table *out, const int32_t *ids, const int32_t *days, int64_t n,
		const int32_t *offsets, const char *texts)
{
	memset(out, 0, sizeof(*out));
	out->columns[0] = (maker_column){.name = "order_id",
			.format = "i",
			.length = n,
			.n_buffers = 2,
			.buffers = {NULL, ids}};
	out->columns[1] = (maker_column){.name = "promised",
			.format = "tdD",
			.length = n,
			.n_buffers = 2,
			.buffers = {NULL, days}};
	out->columns[2] = (maker_column){.name = "delivered",
			.format = "tdD",
			.length = n,
			.n_buffers = 2,
			.buffers = {NULL, days}};
	out->columns[3] = (maker_column){.name = "carrier",
			.format = "u",
			.length = n,
			.n_buffers = 3,
			.buffers = {NULL, offsets, texts}};
	out->batch = (maker_batch){.length = n, .columns = out->columns};
	out->stream = (maker_stream){.fields = out->columns,
			.n = offsets ? 4 : 3,
			.batches = &out->batch,
			.n_batches = 1};
}

START_TEST(one_batch_of_seventy_million_lines_needs_no_room_of_its_size)
{
	int32_t *values = calloc((size_t)MANY, sizeof(*values));
	cstn_perfect_order *state = state_of("components=T", NULL, 0, 0, CSTN_CLUSTERING_NONE);
	cstn_perfect_order_result *result;
	table lines;

	ck_assert_ptr_nonnull(values);
	/* all columns share the buffer of zeros: 70 million lines of one order, perfect */
	table_of(&lines, values, values, MANY, NULL, NULL);
	ck_assert_int_eq(add(state, &lines.stream, NULL), CSTN_OK);
	result = finished(state);
	ck_assert_int_eq(cstn_perfect_order_result_pattern(result, CSTN_GROUP_TOTAL, 0), 1);
	cstn_perfect_order_result_unref(result);
	cstn_perfect_order_free(state);
	free(values);
}
END_TEST

START_TEST(a_hundred_thousand_batches_of_one_line_count_as_one_batch)
{
	enum { BATCHES = 100000 };
	int32_t id[1] = {7};
	cstn_perfect_order *state = state_of("components=T", NULL, 0, 0, _i);
	cstn_perfect_order_result *result;
	maker_batch *batches = malloc(BATCHES * sizeof(*batches));
	table lines;
	size_t i;

	ck_assert_ptr_nonnull(batches);
	table_of(&lines, id, id, 1, NULL, NULL);
	for (i = 0; i < BATCHES; i++)
		batches[i] = lines.batch;
	lines.stream.batches = batches;
	lines.stream.n_batches = BATCHES;
	ck_assert_int_eq(add(state, &lines.stream, NULL), CSTN_OK);
	result = finished(state);
	ck_assert_int_eq(cstn_perfect_order_result_pattern(result, CSTN_GROUP_TOTAL, 0), 1);
	cstn_perfect_order_result_unref(result);
	cstn_perfect_order_free(state);
	free(batches);
}
END_TEST

START_TEST(stretches_past_their_limit_are_an_error_in_the_second_update_too)
{
	enum { ORDERS = 40000 };
	int32_t *ids = malloc(ORDERS * sizeof(*ids));
	cstn_perfect_order *state =
			state_of("components=T", NULL, 0, 0, CSTN_CLUSTERING_WHOLE_ORDERS);
	cstn_perfect_order_result *result = NULL;
	table lines;
	int32_t i;

	ck_assert_ptr_nonnull(ids);
	table_of(&lines, ids, ids, ORDERS, NULL, NULL);
	for (i = 0; i < ORDERS; i++)
		ids[i] = 2 * ORDERS - i;
	ck_assert_int_eq(add(state, &lines.stream, NULL), CSTN_OK);
	for (i = 0; i < ORDERS; i++)
		ids[i] = ORDERS - i;
	ck_assert_int_eq(add(state, &lines.stream, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_finish(state, &result, NULL), CSTN_E_NOT_CLUSTERED);
	ck_assert_int_eq(add(state, &lines.stream, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_finish(state, &result, NULL), CSTN_E_NOT_CLUSTERED);
	cstn_perfect_order_free(state);
	free(ids);
}
END_TEST

static const char *const by_carrier[] = {"carrier"};

START_TEST(names_of_a_failed_update_do_not_follow_a_state_into_a_merge)
{
	int32_t ids[] = {1, 2, 3}, offsets[] = {0, 3, 6, 9};
	cstn_perfect_order *failed = state_of("components=T", by_carrier, 1, 0, 0);
	cstn_perfect_order *other = state_of("components=T", by_carrier, 1, 0, 0);
	cstn_perfect_order_result *result;
	table texts, numbers;

	table_of(&texts, ids, ids, 3, offsets, "seaairvan");
	texts.stream.fail_at = 2;
	texts.stream.fail_code = EIO;
	ck_assert_int_eq(add(failed, &texts.stream, NULL), CSTN_E_STREAM);
	ck_assert_int_eq(cstn_perfect_order_merge(other, failed, NULL), CSTN_OK);
	/* and a column of numbers may come after the failed one of text */
	table_of(&numbers, ids, ids, 3, offsets, "");
	numbers.columns[3].format = "i";
	numbers.columns[3].n_buffers = 2;
	numbers.columns[3].buffers[1] = ids;
	numbers.columns[3].length = 1;
	numbers.columns[0].length = numbers.columns[1].length = numbers.columns[2].length = 1;
	numbers.batch.length = 1;
	ck_assert_int_eq(add(failed, &numbers.stream, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_merge(other, failed, NULL), CSTN_OK);
	result = finished(other);
	ck_assert_uint_eq(cstn_perfect_order_result_count(result), 1);
	ck_assert_int_eq(cstn_perfect_order_result_pattern(result, 0, 0), 1);
	cstn_perfect_order_result_unref(result);
	cstn_perfect_order_free(failed);
	cstn_perfect_order_free(other);
}
END_TEST

START_TEST(text_that_is_no_utf8_leaves_a_state_that_reads_back)
{
	int32_t ids[] = {1, 2, 2}, offsets[] = {0, 3, 5, 8};
	cstn_perfect_order *state = state_of("components=T", by_carrier, 1, 0, 0), *back = NULL;
	cstn_row_errors *bad = NULL;
	cstn_buffer *bytes = NULL;
	table lines;

	table_of(&lines, ids, ids, 3, offsets,
			"sea\xff\xfe"
			"air");
	if (_i) { /* the order id instead */
		lines.columns[0] = lines.columns[3];
		lines.columns[0].name = "order_id";
		lines.columns[3].buffers[2] = "seasesea";
	}
	ck_assert_int_eq(add(state, &lines.stream, &bad), CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_count(bad), 1);
	ck_assert_int_eq(cstn_perfect_order_serialize(state, &bytes, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_deserialize(cstn_buffer_data(bytes),
					 cstn_buffer_size(bytes), NULL, NULL, &back, NULL),
			CSTN_OK);
	cstn_perfect_order_free(back);
	cstn_buffer_free(bytes);
	cstn_row_errors_free(bad);
	cstn_perfect_order_free(state);
}
END_TEST

START_TEST(text_that_is_trusted_is_a_group_like_any_other)
{
	int32_t ids[] = {1, 2, 2}, offsets[] = {0, 3, 5, 8};
	cstn_perfect_order *state = state_of("components=T", by_carrier, 1, 0, 0);
	cstn_perfect_order_options options = CSTN_PERFECT_ORDER_OPTIONS_INIT;
	cstn_perfect_order_result *result;
	cstn_row_errors *bad = NULL;
	struct ArrowArrayStream stream;
	table lines;

	table_of(&lines, ids, ids, 3, offsets,
			"sea\xff\xfe"
			"sea");
	maker_open(&stream, &lines.stream);
	options.flags = _i ? CSTN_IMPORT_TRUSTED : 0;
	ck_assert_int_eq(cstn_perfect_order_update(state, &stream, &options, &bad, NULL),
			_i ? CSTN_OK : CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_count(bad), _i ? 0 : 1);
	result = finished(state);
	ck_assert_int_eq(cstn_perfect_order_result_excluded(
					 result, CSTN_GROUP_TOTAL, CSTN_REASON_BAD_INPUT),
			_i ? 0 : 1);
	cstn_perfect_order_result_unref(result);
	cstn_row_errors_free(bad);
	cstn_perfect_order_free(state);
}
END_TEST

START_TEST(a_date_that_is_no_instant_is_a_bad_row_in_whichever_column_it_stands)
{
	static const char *const by_month[] = {"month(ordered)"};
	int32_t ids[] = {1, 2, 3}, days[] = {5, INT32_MAX, 6};
	cstn_perfect_order *state = state_of("components=T", by_month, 1, 0, 0);
	cstn_perfect_order_result *result;
	table lines;

	table_of(&lines, ids, ids, 3, ids, "");
	lines.columns[3] = lines.columns[1];
	lines.columns[3].name = "ordered";
	lines.columns[3].buffers[1] = days;
	ck_assert_int_eq(add(state, &lines.stream, NULL), CSTN_E_ROWS);
	result = finished(state);
	ck_assert_int_eq(cstn_perfect_order_result_excluded(
					 result, CSTN_GROUP_TOTAL, CSTN_REASON_BAD_INPUT),
			1);
	ck_assert_int_eq(cstn_perfect_order_result_pattern(result, CSTN_GROUP_TOTAL, 0), 2);
	cstn_perfect_order_result_unref(result);
	cstn_perfect_order_free(state);
}
END_TEST

/* Lines 0..63 end with one that is left out and has the id of line 64. */
START_TEST(a_line_left_out_at_the_end_of_a_word_does_not_join_two_orders)
{
	enum { N = 70 };
	int32_t ids[N], days[N], i;
	uint8_t valid[16];
	cstn_perfect_order *state = state_of("components=T", NULL, 0, 0, _i);
	cstn_perfect_order_result *result;
	cstn_row_errors *bad = NULL;
	table lines;

	memset(valid, 0xff, sizeof(valid));
	for (i = 0; i < N; i++) {
		ids[i] = i < 63 ? 1 : 2;
		days[i] = 1;
	}
	valid[7] = 0x7f; /* line 63 has no id; what lies under the null is 2 */
	table_of(&lines, ids, days, N, NULL, NULL);
	lines.columns[0].buffers[0] = valid;
	lines.columns[0].null_count = 1;
	ck_assert_int_eq(add(state, &lines.stream, &bad), CSTN_E_ROWS);
	result = finished(state);
	ck_assert_int_eq(cstn_perfect_order_result_pattern(result, CSTN_GROUP_TOTAL, 0), 2);
	cstn_perfect_order_result_unref(result);
	cstn_row_errors_free(bad);
	cstn_perfect_order_free(state);
}
END_TEST

/* --- bytes with a good checksum
 * ------------------------------------------------------------------- */

static cstn_perfect_order *rich_state(int which, const fixture_lines *lines)
{
	static const char *const policies[] = {"", "level=line", "weight=quantity", "components=T"};
	static const char *const by[] = {"carrier", "month(due)"};
	uint32_t flags = which == 2 ? CSTN_PERFECT_ORDER_EACH : 0;
	cstn_perfect_order *state = state_of(policies[which], by, 2, flags,
			which == 3 ? CSTN_CLUSTERING_SORTED : CSTN_CLUSTERING_NONE);
	struct ArrowArrayStream stream;

	lines_stream(lines, 0, lines->count, 7,
			which == 3 ? LINES_TEXT_ID : LINES_CAUSES | LINES_VALUE, &stream);
	(void)!cstn_perfect_order_update(state, &stream, NULL, NULL, NULL);
	return state;
}

static void use(const cstn_perfect_order *state, int which, const fixture_lines *lines)
{
	cstn_perfect_order *other = rich_state(which, lines);
	cstn_perfect_order_result *result = NULL;
	cstn_buffer *bytes = NULL;

	if (cstn_perfect_order_finish(state, &result, NULL) == CSTN_OK)
		free(result_text(result));
	cstn_perfect_order_result_unref(result);
	ck_assert_int_eq(cstn_perfect_order_serialize(state, &bytes, NULL), CSTN_OK);
	cstn_buffer_free(bytes);
	result = NULL;
	if (cstn_perfect_order_merge(other, state, NULL) == CSTN_OK &&
			cstn_perfect_order_finish(other, &result, NULL) == CSTN_OK)
		free(result_text(result));
	cstn_perfect_order_result_unref(result);
	cstn_perfect_order_free(other);
}

static void put_u64(uint8_t *out, uint64_t value)
{
	int i;

	for (i = 0; i < 8; i++)
		out[i] = (uint8_t)(value >> (8 * i));
}

static void expect_same_bytes(const cstn_perfect_order *state, const uint8_t *bytes, size_t size)
{
	cstn_buffer *again = NULL;

	ck_assert_int_eq(cstn_perfect_order_serialize(state, &again, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_buffer_size(again), size);
	ck_assert_mem_eq(cstn_buffer_data(again), bytes, size);
	cstn_buffer_free(again);
}

/* Exchange two texts of three letters wherever they stand. */
static void exchange(uint8_t *bytes, size_t size, const char *a, const char *b)
{
	size_t i;

	for (i = 0; i + 3 <= size; i++) {
		const char *other = memcmp(bytes + i, a, 3) == 0   ? b
				    : memcmp(bytes + i, b, 3) == 0 ? a
								   : NULL;

		if (other)
			memcpy(bytes + i, other, 3);
	}
}

/* What stands in another order is no state that was ever written: groups, and open orders. */
START_TEST(a_state_whose_parts_are_not_sorted_is_corrupt)
{
	static const char *const told[] = {
			"the groups are not sorted", "the open orders are not sorted"};
	int32_t ids[] = {1, 2}, ends[] = {0, 3, 6};
	cstn_perfect_order *state = state_of("components=T", by_carrier, _i == 0, 0, 0),
			   *back = NULL;
	cstn_buffer *bytes = NULL;
	cstn_error *error = NULL;
	uint8_t *copy;
	size_t size;
	table lines;

	table_of(&lines, ids, ids, 2, ends, "airsea");
	if (_i) { /* the order id instead */
		lines.columns[0] = lines.columns[3];
		lines.columns[0].name = "order_id";
	}
	ck_assert_int_eq(add(state, &lines.stream, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_perfect_order_serialize(state, &bytes, NULL), CSTN_OK);
	size = cstn_buffer_size(bytes);
	copy = malloc(size);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, cstn_buffer_data(bytes), size);
	exchange(copy, size, "air", "sea");
	put_u64(copy + size - 8, cstn__hash64(0, copy, size - 8));
	ck_assert_int_eq(cstn_perfect_order_deserialize(copy, size, NULL, NULL, &back, &error),
			CSTN_E_CORRUPT);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), told[_i]));
	ck_assert_ptr_null(back);
	cstn_error_free(error);
	free(copy);
	cstn_buffer_free(bytes);
	cstn_perfect_order_free(state);
}
END_TEST

START_TEST(a_changed_state_with_a_good_checksum_is_refused_or_does_no_harm)
{
	static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
	fixture_shape shape = {5, 4, 0, 0, 0};
	fixture_lines lines = lines_make(&shape);
	cstn_perfect_order *state = rich_state(_i, &lines), *back;
	cstn_buffer *bytes = NULL;
	size_t size, at, k;
	uint8_t *copy;

	ck_assert_int_eq(cstn_perfect_order_serialize(state, &bytes, NULL), CSTN_OK);
	size = cstn_buffer_size(bytes);
	copy = malloc(size);
	ck_assert_ptr_nonnull(copy);
	for (at = HEAD; at < size - 8; at += 3 * test_every())
		for (k = at % 3; k < sizeof(values); k += 3) {
			cstn_status status;

			memcpy(copy, cstn_buffer_data(bytes), size);
			copy[at] = values[k];
			put_u64(copy + size - 8, cstn__hash64(0, copy, size - 8));
			back = NULL;
			status = cstn_perfect_order_deserialize(
					copy, size, NULL, NULL, &back, NULL);
			ck_assert(status == CSTN_OK || status == CSTN_E_CORRUPT);
			if (status == CSTN_OK)
				expect_same_bytes(back, copy, size);
			if (status == CSTN_OK && at % 5 == 0)
				use(back, _i, &lines);
			cstn_perfect_order_free(back);
		}
	free(copy);
	cstn_buffer_free(bytes);
	cstn_perfect_order_free(state);
	lines_free(&lines);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("perfect_order_limits");
	TCase *test = tcase_create("perfect_order_limits");
	SRunner *runner;
	int failed;

	tcase_set_timeout(test, 280);
	tcase_add_test(test, one_batch_of_seventy_million_lines_needs_no_room_of_its_size);
	tcase_add_loop_test(test, a_hundred_thousand_batches_of_one_line_count_as_one_batch, 0, 2);
	tcase_add_test(test, stretches_past_their_limit_are_an_error_in_the_second_update_too);
	tcase_add_test(test, names_of_a_failed_update_do_not_follow_a_state_into_a_merge);
	tcase_add_loop_test(test, text_that_is_no_utf8_leaves_a_state_that_reads_back, 0, 2);
	tcase_add_loop_test(test, text_that_is_trusted_is_a_group_like_any_other, 0, 2);
	tcase_add_test(test, a_date_that_is_no_instant_is_a_bad_row_in_whichever_column_it_stands);
	tcase_add_loop_test(
			test, a_line_left_out_at_the_end_of_a_word_does_not_join_two_orders, 0, 3);
	tcase_add_loop_test(test, a_state_whose_parts_are_not_sorted_is_corrupt, 0, 2);
	tcase_add_loop_test(test, a_changed_state_with_a_good_checksum_is_refused_or_does_no_harm,
			0, 4);
	suite_add_tcase(suite, test);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
