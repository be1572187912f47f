/* States of journeys: any order, split, merge tree and number of threads, bytes, and bad input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "journey_log.h"
#include "sealed_bytes.h"
#include "suite.h"

/* All tables as one text; to be freed. */
static char *tables_of(cstn_journeys *state)
{
	char *all = calloc(1, 1 << 20);
	cstn_buffer *text = NULL;
	int32_t table;

	ck_assert_ptr_nonnull(all);
	for (table = CSTN_TABLE_JOURNEY_OVERVIEW; table <= CSTN_TABLE_JOURNEY_PATHS; table++) {
		strcat(all, journey_table(state, table, &text));
		cstn_buffer_free(text);
	}
	return all;
}

/* --- order, splits, threads ------------------------------------------------------------------- */

START_TEST(any_order_split_and_merge_tree_has_the_same_bytes_and_tables)
{
	journey_event log[JOURNEY_EVENTS];
	cstn_journeys *whole, *left, *right;
	char *expected, *tables;
	uint64_t round;

	journey_log_make(log, 1);
	whole = journey_log_state(log, JOURNEY_EVENTS);
	expected = tables_of(whole);
	for (round = 0; round < 12; round++) {
		size_t a = cstn__random_u64(9, round) % JOURNEY_EVENTS;
		size_t b = a + cstn__random_u64(10, round) % (JOURNEY_EVENTS - a);

		journey_log_shuffle(log, JOURNEY_EVENTS, 100 + round);
		left = journey_log_state(log, a);
		right = journey_log_state(log + b, JOURNEY_EVENTS - b);
		journey_log_add(right, log + a, b - a);
		if (round % 2) {
			ck_assert_int_eq(cstn_journeys_merge(left, right, NULL), CSTN_OK);
			sealed_expect_equal(&sealed_journeys, left, whole);
		} else {
			ck_assert_int_eq(cstn_journeys_merge(right, left, NULL), CSTN_OK);
			sealed_expect_equal(&sealed_journeys, right, whole);
		}
		tables = tables_of(round % 2 ? left : right);
		ck_assert_str_eq(tables, expected);
		free(tables);
		cstn_journeys_free(left);
		cstn_journeys_free(right);
	}
	free(expected);
	cstn_journeys_free(whole);
}
END_TEST

START_TEST(settled_parts_of_different_customers_merge_to_the_same_bytes_and_tables)
{
	journey_event log[JOURNEY_EVENTS], parts[3][JOURNEY_EVENTS];
	size_t counts[3] = {0, 0, 0}, i;
	cstn_journeys *whole, *sum = journey_state(NULL, JOURNEY_AS_OF), *other;
	char *expected, *tables;

	journey_log_make(log, 2);
	for (i = 0; i < JOURNEY_EVENTS; i++)
		parts[log[i].customer % 3][counts[log[i].customer % 3]++] = log[i];
	whole = journey_log_state(log, JOURNEY_EVENTS);
	expected = tables_of(whole);
	ck_assert_int_eq(cstn_journeys_settle(whole, NULL, NULL), CSTN_OK);
	for (i = 3; i-- > 0;) {
		other = journey_log_state(parts[i], counts[i]);
		ck_assert_int_eq(cstn_journeys_settle(other, NULL, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_journeys_merge(sum, other, NULL), CSTN_OK);
		cstn_journeys_free(other);
	}
	sealed_expect_equal(&sealed_journeys, sum, whole);
	tables = tables_of(sum);
	ck_assert_str_eq(tables, expected);
	free(tables);
	free(expected);
	cstn_journeys_free(sum);
	cstn_journeys_free(whole);
}
END_TEST

START_TEST(a_settled_state_takes_events_of_other_customers)
{
	journey_event log[JOURNEY_EVENTS];
	size_t i, n = 0;
	cstn_journeys *whole, *part;
	char *expected, *tables;

	journey_log_make(log, 3);
	whole = journey_log_state(log, JOURNEY_EVENTS);
	expected = tables_of(whole);
	for (i = 0; i < JOURNEY_EVENTS; i++) /* odd customers first */
		if (log[i].customer % 2) {
			journey_event kept = log[n];

			log[n++] = log[i];
			log[i] = kept;
		}
	part = journey_log_state(log, n);
	ck_assert_int_eq(cstn_journeys_settle(part, NULL, NULL), CSTN_OK);
	journey_log_add(part, log + n, JOURNEY_EVENTS - n);
	tables = tables_of(part);
	ck_assert_str_eq(tables, expected);
	free(tables);
	free(expected);
	cstn_journeys_free(part);
	cstn_journeys_free(whole);
}
END_TEST

START_TEST(any_number_of_threads_gives_the_same_bytes)
{
	enum { N = 9000 }; /* customers: several morsels */
	static const int32_t threads[] = {1, 2, 3, 8};
	journey_event *log = calloc(N * 3, sizeof(*log));
	cstn_journeys *first = NULL, *state;
	size_t i;

	ck_assert_ptr_nonnull(log);
	for (i = 0; i < N * 3; i++) {
		uint64_t r = cstn__random_u64(4, i);

		log[i].customer = (int)(r % N);
		log[i].step = (int)(r >> 20 & 7) % JOURNEY_STEPS;
		log[i].failed = r >> 30 & 1;
		log[i].segment = (int)(r >> 32 & 1);
		log[i].us = (int64_t)(r >> 40 & 1023) * JOURNEY_DAY / 40;
	}
	for (i = 0; i < 4; i++) {
		cstn_journeys_options options = CSTN_JOURNEYS_OPTIONS_INIT;

		options.threads = threads[i];
		state = journey_log_state(log, N * 3);
		ck_assert_int_eq(cstn_journeys_settle(state, &options, NULL), CSTN_OK);
		if (first) {
			sealed_expect_equal(&sealed_journeys, state, first);
			cstn_journeys_free(state);
		} else {
			first = state;
		}
	}
	cstn_journeys_free(first);
	free(log);
}
END_TEST

START_TEST(a_state_merged_into_itself_has_everything_twice)
{
	journey_event log[JOURNEY_EVENTS];
	cstn_journeys *state, *twice;

	journey_log_make(log, 5);
	state = journey_log_state(log, 300);
	twice = journey_log_state(log, 300);
	journey_log_add(twice, log, 300);
	ck_assert_int_eq(cstn_journeys_merge(state, state, NULL), CSTN_OK);
	sealed_expect_equal(&sealed_journeys, state, twice);
	cstn_journeys_free(state);
	cstn_journeys_free(twice);
}
END_TEST

/* --- bytes ------------------------------------------------------------------------------------ */

START_TEST(bytes_come_back_with_events_and_settled_counts)
{
	journey_event log[JOURNEY_EVENTS];
	cstn_journeys *state, *copy;
	char *expected, *tables;

	journey_log_make(log, 6);
	state = journey_log_state(log, 400);
	ck_assert_int_eq(cstn_journeys_settle(state, NULL, NULL), CSTN_OK);
	journey_log_add(state, log + 400, 500);
	copy = sealed_copy(&sealed_journeys, state);
	sealed_expect_equal(&sealed_journeys, copy, state);
	ck_assert_str_eq(cstn_journey_definition_format(cstn_journeys_definition(copy), NULL),
			JOURNEY_TEXT);
	expected = tables_of(state);
	tables = tables_of(copy);
	ck_assert_str_eq(tables, expected);
	free(tables);
	free(expected);
	cstn_journeys_free(copy);
	cstn_journeys_free(state);
}
END_TEST

START_TEST(text_customers_and_an_empty_state_come_back)
{
	cstn_journeys *state = journey_state(NULL, 40),
		      *copy = sealed_copy(&sealed_journeys, state);

	sealed_expect_equal(&sealed_journeys, copy, state);
	journey_add(copy, "zed,1,browse;amy,1,browse;amy,2,deliver");
	journey_add(state, "amy,2,deliver;zed,1,browse;amy,1,browse");
	sealed_expect_equal(&sealed_journeys, copy, state);
	cstn_journeys_free(copy);
	copy = sealed_copy(&sealed_journeys, state);
	sealed_expect_equal(&sealed_journeys, copy, state);
	cstn_journeys_free(copy);
	cstn_journeys_free(state);
}
END_TEST

START_TEST(every_changed_byte_is_refused_or_read_as_another_state_of_one_form)
{
	static const uint8_t flips[] = {0x01, 0x80};
	cstn_journeys *state = journey_state(NULL, 40);

	journey_add(state, "a,1,browse,1,red;a,3,order;a,4,deliver;b,1,browse,,blue");
	ck_assert_int_eq(cstn_journeys_settle(state, NULL, NULL), CSTN_OK);
	journey_add(state, "c,1,browse;c,2,ship,1;d,30,browse,,red;e,1,gift");
	ck_assert_uint_gt(sealed_changes_refused(&sealed_journeys, state, flips, 2, NULL), 400);
	sealed_refuses_damage(&sealed_journeys, state, 0x10);
	cstn_journeys_free(state);
}
END_TEST

/* A sum of waits in the bytes of one journey, whose only wait is a day: what it becomes. The gap is
 * ten days, and no journey has reached its goal. */
static const struct {
	int from_sum; /* behind the sum of the waits at `browse` */
	uint64_t low, high;
	int is_state;
} wait_sums[] = {
		{0, 10 * (uint64_t)JOURNEY_DAY, 0, 1},
		{0, 10 * (uint64_t)JOURNEY_DAY + 1, 0, 0},
		{0, 0, 1, 0},
		{0, 0, UINT64_C(1) << 62, 0},
		{0, UINT64_MAX, UINT64_MAX, 0},
		{1, 0, 0, 1}, /* nobody waits at `order` */
		{1, 1, 0, 0},
		{5, 0, 0, 1}, /* of journeys that reach the goal */
		{5, 1, 0, 0},
};

START_TEST(no_sum_of_waits_is_more_than_their_number_takes)
{
	cstn_journeys *state = journey_state(NULL, 40), *read = NULL;
	uint8_t day[16] = {0}, bytes[4096];
	cstn_buffer *sealed;
	uint8_t *at;
	size_t size;

	journey_add(state, "a,1,browse;a,2,order");
	ck_assert_int_eq(cstn_journeys_settle(state, NULL, NULL), CSTN_OK);
	sealed = sealed_write(&sealed_journeys, state);
	size = cstn_buffer_size(sealed);
	ck_assert_uint_le(size, sizeof(bytes));
	memcpy(bytes, cstn_buffer_data(sealed), size);
	sealed_put(day, (uint64_t)JOURNEY_DAY, 8);
	for (at = bytes; memcmp(at, day, sizeof(day)) != 0; at++)
		ck_assert_uint_lt((size_t)(at - bytes), size - sizeof(day));
	at += 16 * wait_sums[_i].from_sum;
	sealed_put(at, wait_sums[_i].low, 8);
	sealed_put(at + 8, wait_sums[_i].high, 8);
	sealed_mend_checksum(bytes, size);
	ck_assert_int_eq(cstn_journeys_deserialize(bytes, size, NULL, &read, NULL),
			wait_sums[_i].is_state ? CSTN_OK : CSTN_E_CORRUPT);
	ck_assert((read != NULL) == wait_sums[_i].is_state);
	cstn_buffer_free(sealed);
	cstn_journeys_free(read);
	cstn_journeys_free(state);
}
END_TEST

/* --- what is refused -------------------------------------------------------------------------- */

static const struct {
	const char *rows, *message;
} bad_rows[] = {
		{",1970-01-02,browse,,\n", "row 1, column 'customer': a value is required"},
		{"a,,browse,,\n", "row 1, column 'valid': a value is required"},
		{"a,1970-01-02,,,\n", "row 1, column 'step': a value is required"},
		{"a,1970-01-02,brows,,\n",
				"row 1, column 'step': 'brows' is not one of the allowed values"},
		{"a,1970-01-02,browse,,"
		 "12345678901234567890123456789012345678901234567890123456789012345\n",
				"row 1, column 'segment'"},
		{"12345678901234567890123456789012345678901234567890123456789012345,1970-01-02,"
		 "browse,,\n",
				"row 1, column 'customer'"},
};
#define SCHEMA                                                                                 \
	"customer text null\nvalid date null\nstep text null\nfailed flag null\nsegment text " \
	"null\n"
#define HEADER "customer,valid,step,failed,segment\n"

START_TEST(a_bad_row_is_named_with_column_and_rule_and_the_others_are_in)
{
	cstn_journeys *state = journey_state(NULL, 40), *good = journey_state(NULL, 40);
	size_t i;

	journey_add(good, "a,1,browse;a,2,deliver");
	for (i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
		struct ArrowArrayStream rows;
		cstn_row_errors *left_out = NULL;
		cstn_error *error = NULL;
		char text[512], message[256];

		snprintf(text, sizeof(text),
				HEADER "a,1970-01-02,browse,,\n%sa,1970-01-03,deliver,,\n",
				bad_rows[i].rows);
		csv_rows(&rows, SCHEMA, text);
		expect_error(cstn_journeys_update(state, &rows, NULL, &left_out, &error),
				CSTN_E_ROWS, &error, "1 rows were left out");
		ck_assert_uint_eq(cstn_row_errors_total(left_out), 1);
		(void)cstn_row_errors_copy_message(left_out, 0, message, sizeof(message));
		ck_assert_msg(strstr(message, bad_rows[i].message) != NULL, "%s", message);
		sealed_expect_equal(&sealed_journeys, state, good);
		cstn_row_errors_free(left_out);
		cstn_journeys_free(state);
		state = journey_state(NULL, 40);
	}
	cstn_journeys_free(state);
	cstn_journeys_free(good);
}
END_TEST

START_TEST(customers_of_another_type_are_refused_and_change_nothing)
{
	cstn_journeys *state = journey_state(NULL, JOURNEY_AS_OF),
		      *same = journey_state(NULL, JOURNEY_AS_OF);
	cstn_journeys *numbers;
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	journey_event log[JOURNEY_EVENTS];

	journey_log_make(log, 7);
	journey_add(state, "a,1,browse");
	journey_add(same, "a,1,browse");
	journey_log_stream(log, 3, &stream);
	expect_error(cstn_journeys_update(state, &stream, NULL, NULL, &error), CSTN_E_SCHEMA,
			&error, "column 'customer' is int64; the state's customers are text");
	numbers = journey_log_state(log, 3);
	expect_error(cstn_journeys_merge(state, numbers, &error), CSTN_E_MISMATCH, &error,
			"customers are text in one state");
	sealed_expect_equal(&sealed_journeys, state, same);
	ck_assert_int_eq(cstn_journeys_settle(state, NULL, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_journeys_merge(state, numbers, NULL), CSTN_OK);
	cstn_journeys_free(numbers);
	cstn_journeys_free(same);
	cstn_journeys_free(state);
}
END_TEST

START_TEST(states_of_another_definition_or_time_do_not_merge)
{
	cstn_journeys *state = journey_state(NULL, 40), *later = journey_state(NULL, 41);
	cstn_journeys *other = journey_state("cstn-journey 1\ngap 1 d\nstep start,goal 0 x\n", 40);
	cstn_error *error = NULL;

	expect_error(cstn_journeys_merge(state, other, &error), CSTN_E_MISMATCH, &error,
			"differ in their definition");
	expect_error(cstn_journeys_merge(state, later, &error), CSTN_E_MISMATCH, &error, "as of");
	cstn_journeys_free(state);
	cstn_journeys_free(later);
	cstn_journeys_free(other);
}
END_TEST

START_TEST(more_than_1024_segments_are_refused_and_leave_the_state_as_it_was)
{
	cstn_journeys *state = journey_state(NULL, 40), *same = journey_state(NULL, 40);
	char *text = calloc(1, 1 << 16);
	struct ArrowArrayStream rows;
	cstn_error *error = NULL;
	size_t used;
	int i;

	ck_assert_ptr_nonnull(text);
	used = (size_t)sprintf(text, HEADER);
	for (i = 0; i < 1025; i++)
		used += (size_t)sprintf(text + used, "a,1970-01-02,browse,,s%d\n", i);
	csv_rows(&rows, SCHEMA, text);
	expect_error(cstn_journeys_update(state, &rows, NULL, NULL, &error), CSTN_E_LIMIT, &error,
			"row 1024: more than 1024 segments");
	sealed_expect_equal(&sealed_journeys, state, same);
	text[used - strlen("a,1970-01-02,browse,,s1024\n")] = '\0';
	csv_rows(&rows, SCHEMA, text);
	ck_assert_int_eq(cstn_journeys_update(state, &rows, NULL, NULL, NULL), CSTN_OK);
	free(text);
	cstn_journeys_free(state);
	cstn_journeys_free(same);
}
END_TEST

START_TEST(a_cancelled_update_and_count_leave_the_state_as_it_was)
{
	cstn_journeys_options options = CSTN_JOURNEYS_OPTIONS_INIT;
	cstn_journeys *state, *same;
	struct ArrowArrayStream stream;
	cstn_progress *progress = NULL;
	journey_event log[JOURNEY_EVENTS];

	journey_log_make(log, 8);
	state = journey_log_state(log, 500);
	same = journey_log_state(log, 500);
	ck_assert_int_eq(cstn_progress_new(NULL, &progress, NULL), CSTN_OK);
	cstn_progress_cancel(progress);
	options.progress = progress;
	journey_log_stream(log + 500, 400, &stream);
	ck_assert_int_eq(cstn_journeys_update(state, &stream, &options, NULL, NULL),
			CSTN_E_CANCELLED);
	ck_assert_int_eq(cstn_journeys_settle(state, &options, NULL), CSTN_E_CANCELLED);
	sealed_expect_equal(&sealed_journeys, state, same);
	cstn_progress_free(progress);
	cstn_journeys_free(state);
	cstn_journeys_free(same);
}
END_TEST

START_TEST(arguments_that_break_their_rule_are_refused)
{
	cstn_journeys_options options = CSTN_JOURNEYS_OPTIONS_INIT;
	cstn_journey_definition *definition = journey_definition(JOURNEY_TEXT);
	cstn_journeys *state = journey_state(NULL, 40), *out = NULL;
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;

	expect_error(cstn_journeys_new(NULL, 0, NULL, &out, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "definition is NULL");
	expect_error(cstn_journeys_new(definition, (INT64_C(1) << 62) + 1, NULL, &out, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "at most 2^62");
	ck_assert_int_eq(
			cstn_journeys_new(definition, INT64_C(1) << 62, NULL, &out, NULL), CSTN_OK);
	cstn_journeys_free(out);
	expect_error(cstn_journeys_export(state, 0, NULL, &stream, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "table is 0");
	expect_error(cstn_journeys_export(state, 9, NULL, &stream, &error), CSTN_E_INVALID_ARGUMENT,
			&error, "table is 9");
	options.confidence_ppm = 1000000;
	expect_error(cstn_journeys_export(state, 1, &options, &stream, &error),
			CSTN_E_INVALID_ARGUMENT, &error, "confidence_ppm is 1000000");
	options.confidence_ppm = 999999;
	ck_assert_int_eq(cstn_journeys_export(state, 1, &options, &stream, NULL), CSTN_OK);
	stream.release(&stream);
	options.threads = -1;
	expect_error(cstn_journeys_settle(state, &options, &error), CSTN_E_INVALID_ARGUMENT, &error,
			"threads is -1");
	ck_assert_ptr_null(cstn_journeys_definition(NULL));
	cstn_journeys_free(NULL);
	cstn_journeys_free(state);
	cstn_journey_definition_unref(definition);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			any_order_split_and_merge_tree_has_the_same_bytes_and_tables,
			settled_parts_of_different_customers_merge_to_the_same_bytes_and_tables,
			a_settled_state_takes_events_of_other_customers,
			any_number_of_threads_gives_the_same_bytes,
			a_state_merged_into_itself_has_everything_twice,
			bytes_come_back_with_events_and_settled_counts,
			text_customers_and_an_empty_state_come_back,
			every_changed_byte_is_refused_or_read_as_another_state_of_one_form,
			a_bad_row_is_named_with_column_and_rule_and_the_others_are_in,
			customers_of_another_type_are_refused_and_change_nothing,
			states_of_another_definition_or_time_do_not_merge,
			more_than_1024_segments_are_refused_and_leave_the_state_as_it_was,
			a_cancelled_update_and_count_leave_the_state_as_it_was,
			arguments_that_break_their_rule_are_refused,
	};

	Suite *suite = suite_create("journey_state");
	TCase *all = tcase_create("journey_state");
	size_t i;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(all, tests[i]);
	tcase_add_loop_test(all, no_sum_of_waits_is_more_than_their_number_takes, 0,
			sizeof(wait_sums) / sizeof(wait_sums[0]));
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
