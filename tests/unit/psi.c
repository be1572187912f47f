/* Private set intersection from end to end: against plain sets, and its gates. */
#include "psi_fixture.h"
#include "suite.h"

static psi_values left, right;

/* --- answers ---------------------------------------------------------------------------------- */

START_TEST(intersection_equals_that_of_plain_sets)
{
	uint32_t state = 1u + (uint32_t)_i;

	for (int round = 0; round < 6; round++) {
		cstn_psi_options options = psi_options(CSTN_PSI_ITEMS);
		cstn_psi_receiver *receiver;
		cstn_psi_sender *sender;
		cstn_psi_result result;
		const uint64_t *common;
		size_t a, b, step_a, step_b, n, expected = 0;

		state = state * 1664525u + 1013904223u;
		a = state >> 26;
		step_a = 1 + (state >> 8) % 3;
		state = state * 1664525u + 1013904223u;
		b = state >> 26;
		step_b = 1 + (state >> 8) % 3;
		psi_values_make(&left, 0, a, step_a);
		psi_values_make(&right, 5, b, step_b);
		receiver = psi_receiver(&options, &left);
		sender = psi_sender(&options, &right);
		ck_assert_int_eq(psi_run(receiver, sender, &result), CSTN_OK);
		common = cstn_psi_receiver_common(receiver, &n);
		for (size_t i = 0; i < a; i++) {
			size_t value = i * step_a;
			int is_in = value >= 5 && (value - 5) % step_b == 0 &&
				    (value - 5) / step_b < b;

			if (!is_in)
				continue;
			ck_assert_uint_lt(expected, n);
			ck_assert_uint_eq(common[expected], i);
			expected++;
		}
		ck_assert_uint_eq(n, expected);
		ck_assert_uint_eq(result.common, expected);
		ck_assert_uint_eq(result.own, a);
		ck_assert_int_eq(result.is_fewer, 0);
		cstn_psi_receiver_free(receiver);
		cstn_psi_sender_free(sender);
		options.mode = CSTN_PSI_SIZE;
		receiver = psi_receiver(&options, &left);
		sender = psi_sender(&options, &right);
		ck_assert_int_eq(psi_run(receiver, sender, &result), CSTN_OK);
		ck_assert_uint_eq(result.common, expected);
		ck_assert_ptr_null(cstn_psi_receiver_common(receiver, &n));
		ck_assert_uint_eq(n, 0);
		cstn_psi_receiver_free(receiver);
		cstn_psi_sender_free(sender);
	}
}
END_TEST

START_TEST(identifiers_that_come_again_count_once_and_by_their_first_place)
{
	static const uint64_t ends[] = {1, 2, 3, 4};
	cstn_psi_options options = psi_options(CSTN_PSI_ITEMS);
	cstn_psi_receiver *receiver;
	cstn_psi_sender *sender;
	cstn_psi_result result;
	const uint64_t *common;
	size_t n;

	ck_assert_int_eq(cstn_psi_receiver_new(&options, NULL, &receiver, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_psi_sender_new(&options, NULL, &sender, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_psi_receiver_add(receiver, (const uint8_t *)"abab", ends, 4, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_psi_receiver_add(receiver, (const uint8_t *)"cb", ends, 2, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn_psi_sender_add(sender, (const uint8_t *)"bbc", ends, 3, NULL),
			CSTN_OK);
	ck_assert_int_eq(psi_run(receiver, sender, &result), CSTN_OK);
	common = cstn_psi_receiver_common(receiver, &n);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(common[0], 1);
	ck_assert_uint_eq(common[1], 4);
	ck_assert_uint_eq(result.own, 3);
	cstn_psi_receiver_free(receiver);
	cstn_psi_sender_free(sender);
}
END_TEST

START_TEST(messages_are_the_same_at_any_number_of_threads)
{
	cstn_buffer *request[2], *reply[2];

	psi_values_make(&left, 0, 700, 1);
	psi_values_make(&right, 300, 600, 1);
	for (int i = 0; i < 2; i++) {
		cstn_psi_options options = psi_options(_i ? CSTN_PSI_SIZE : CSTN_PSI_ITEMS);
		cstn_psi_receiver *receiver;
		cstn_psi_result result = CSTN_PSI_RESULT_INIT;
		cstn_psi_sender *sender;
		uint64_t state = 42;

		options.entropy = psi_repeatable;
		options.entropy_user = &state;
		options.threads = i ? 4 : 1;
		receiver = psi_receiver(&options, &left);
		sender = psi_sender(&options, &right);
		ck_assert_int_eq(cstn_psi_receiver_request(receiver, &request[i], NULL), CSTN_OK);
		ck_assert_int_eq(cstn_psi_sender_reply(sender, cstn_buffer_data(request[i]),
						 cstn_buffer_size(request[i]), &reply[i], NULL),
				CSTN_OK);
		ck_assert_int_eq(cstn_psi_receiver_finish(receiver, cstn_buffer_data(reply[i]),
						 cstn_buffer_size(reply[i]), &result, NULL),
				CSTN_OK);
		ck_assert_uint_eq(result.common, 400);
		ck_assert_uint_eq(result.own_declared, 1024);
		cstn_psi_receiver_free(receiver);
		cstn_psi_sender_free(sender);
	}
	ck_assert_uint_eq(cstn_buffer_size(request[0]), cstn_buffer_size(request[1]));
	ck_assert_mem_eq(cstn_buffer_data(request[0]), cstn_buffer_data(request[1]),
			cstn_buffer_size(request[0]));
	ck_assert_uint_eq(cstn_buffer_size(reply[0]), cstn_buffer_size(reply[1]));
	ck_assert_mem_eq(cstn_buffer_data(reply[0]), cstn_buffer_data(reply[1]),
			cstn_buffer_size(reply[0]));
	for (int i = 0; i < 2; i++) {
		cstn_buffer_free(request[i]);
		cstn_buffer_free(reply[i]);
	}
}
END_TEST

START_TEST(no_message_shows_an_identifier_or_how_many_there_are)
{
	cstn_psi_options options = psi_options(CSTN_PSI_ITEMS);
	size_t sizes[2];

	for (int i = 0; i < 2; i++) {
		cstn_psi_receiver *receiver;
		cstn_buffer *request;

		psi_values_make(&left, 1000, i ? 17 : 32, 1);
		receiver = psi_receiver(&options, &left);
		ck_assert_int_eq(cstn_psi_receiver_request(receiver, &request, NULL), CSTN_OK);
		sizes[i] = cstn_buffer_size(request);
		for (size_t at = 0; at + 5 <= sizes[i]; at++)
			ck_assert_int_ne(memcmp(cstn_buffer_data(request) + at, "v1000", 5), 0);
		cstn_buffer_free(request);
		cstn_psi_receiver_free(receiver);
	}
	ck_assert_uint_eq(sizes[0], sizes[1]);
	ck_assert_uint_eq(sizes[0], 136 + 32 * 32);
}
END_TEST

/* --- gates ------------------------------------------------------------------------------------ */

START_TEST(overlap_below_the_least_is_only_called_fewer)
{
	for (uint32_t least = 9; least <= 11; least++)
		for (int32_t mode = CSTN_PSI_ITEMS; mode <= CSTN_PSI_SIZE; mode++) {
			cstn_psi_options options = psi_options(mode);
			cstn_psi_receiver *receiver;
			cstn_psi_sender *sender;
			cstn_psi_result result;
			size_t n;

			psi_values_make(&left, 0, 20, 1);
			psi_values_make(&right, 10, 20, 1); /* 10 in common */
			options.least_overlap = least;
			receiver = psi_receiver(&options, &left);
			sender = psi_sender(&options, &right);
			ck_assert_int_eq(psi_run(receiver, sender, &result), CSTN_OK);
			ck_assert_int_eq(result.is_fewer, least > 10);
			ck_assert_uint_eq(result.common, least > 10 ? least : 10);
			cstn_psi_receiver_common(receiver, &n);
			ck_assert_uint_eq(n, mode == CSTN_PSI_ITEMS && least <= 10 ? 10 : 0);
			cstn_psi_receiver_free(receiver);
			cstn_psi_sender_free(sender);
		}
}
END_TEST

START_TEST(small_kinds_need_the_permission_of_both)
{
	cstn_psi_options options = psi_options(CSTN_PSI_ITEMS), without;
	cstn_psi_receiver *receiver;
	cstn_psi_sender *sender;
	cstn_psi_result result;

	psi_values_make(&left, 0, 3, 1);
	options.kind_log2 = CSTN_PSI_KIND_LOG2;
	without = options;
	ck_assert_int_eq(cstn_psi_receiver_new(&options, NULL, &receiver, NULL), CSTN_OK);
	cstn_psi_receiver_free(receiver);
	options.kind_log2--;
	ck_assert_int_eq(cstn_psi_receiver_new(&options, NULL, &receiver, NULL), CSTN_E_DENIED);
	options.flags = CSTN_PSI_SMALL_KIND;
	receiver = psi_receiver(&options, &left);
	sender = psi_sender(&without, &left); /* thinks it is large */
	ck_assert_int_eq(psi_run(receiver, sender, &result), CSTN_E_MISMATCH);
	cstn_psi_receiver_free(receiver);
	cstn_psi_sender_free(sender);
}
END_TEST

START_TEST(runs_are_charged_before_anything_is_given_out)
{
	cstn_psi_options options = psi_options(CSTN_PSI_ITEMS), plain = options;
	cstn_psi_receiver *receiver;
	cstn_psi_sender *sender;
	cstn_psi_runs *runs, *copy;
	cstn_buffer *bytes, *request, *reply = NULL;

	psi_values_make(&left, 0, 3, 1);
	ck_assert_int_eq(cstn_psi_runs_new(1000, 2, NULL, &runs, NULL), CSTN_OK);
	options.runs = runs;
	ck_assert_int_eq(cstn_psi_sender_new(&options, NULL, &sender, NULL),
			CSTN_E_INVALID_ARGUMENT); /* no partner */
	options.partner = "rival";
	for (int64_t i = 0; i < 4; i++) {
		options.now_us = i < 3 ? 1999 : 2000;
		receiver = psi_receiver(&plain, &left);
		sender = psi_sender(&options, &left);
		ck_assert_int_eq(cstn_psi_receiver_request(receiver, &request, NULL), CSTN_OK);
		ck_assert_int_eq(cstn_psi_sender_reply(sender, cstn_buffer_data(request),
						 cstn_buffer_size(request), &reply, NULL),
				i == 2 ? CSTN_E_BUDGET : CSTN_OK);
		if (i != 2)
			cstn_buffer_free(reply);
		reply = NULL;
		cstn_buffer_free(request);
		cstn_psi_receiver_free(receiver);
		cstn_psi_sender_free(sender);
	}
	ck_assert_uint_eq(cstn_psi_runs_left(runs, "rival", 2999), 1);
	ck_assert_uint_eq(cstn_psi_runs_left(runs, "rival", 3000), 2);
	ck_assert_uint_eq(cstn_psi_runs_left(runs, "rival", 5), 1); /* a clock set back */
	ck_assert_uint_eq(cstn_psi_runs_left(runs, "other", 5), 2);
	ck_assert_int_eq(cstn_psi_runs_serialize(runs, &bytes, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_psi_runs_deserialize(cstn_buffer_data(bytes), cstn_buffer_size(bytes),
					 NULL, &copy, NULL),
			CSTN_OK);
	ck_assert_uint_eq(cstn_psi_runs_left(copy, "rival", 2999), 1);
	for (size_t cut = 0; cut < cstn_buffer_size(bytes); cut++) {
		cstn_psi_runs *none;

		ck_assert_int_eq(cstn_psi_runs_deserialize(
						 cstn_buffer_data(bytes), cut, NULL, &none, NULL),
				CSTN_E_CORRUPT);
	}
	cstn_buffer_free(bytes);
	cstn_psi_runs_free(copy);
	cstn_psi_runs_free(runs);
}
END_TEST

START_TEST(steps_are_entered_in_the_log)
{
	cstn_psi_options options = psi_options(CSTN_PSI_ITEMS);
	cstn_psi_receiver *receiver;
	cstn_psi_sender *sender;
	cstn_psi_result result;
	cstn_log *log;

	psi_values_make(&left, 0, 3, 1);
	ck_assert_int_eq(cstn_log_new("psi", 3, NULL, &log, NULL), CSTN_OK);
	options.log = log;
	receiver = psi_receiver(&options, &left);
	sender = psi_sender(&options, &left);
	ck_assert_int_eq(psi_run(receiver, sender, &result), CSTN_OK);
	ck_assert_uint_eq(cstn_log_size(log), 3); /* request, reply, finish */
	cstn_psi_receiver_free(receiver);
	cstn_psi_sender_free(sender);
	cstn_log_free(log);
}
END_TEST

START_TEST(sizes_are_declared_and_kept)
{
	cstn_psi_options options = psi_options(CSTN_PSI_ITEMS);
	cstn_psi_receiver *receiver;
	cstn_psi_sender *sender;
	cstn_psi_result result;
	cstn_buffer *request;

	psi_values_make(&left, 0, 17, 1);
	options.size_log2 = 4;
	receiver = psi_receiver(&options, &left);
	ck_assert_int_eq(cstn_psi_receiver_request(receiver, &request, NULL), CSTN_E_LIMIT);
	cstn_psi_receiver_free(receiver);
	options.size_log2 = 6;
	receiver = psi_receiver(&options, &left);
	sender = psi_sender(&options, &left);
	ck_assert_int_eq(psi_run(receiver, sender, &result), CSTN_OK);
	ck_assert_uint_eq(result.own_declared, 64);
	ck_assert_uint_eq(result.their_declared, 64);
	ck_assert_uint_eq(result.common, 17);
	cstn_psi_receiver_free(receiver);
	cstn_psi_sender_free(sender);
	options.size_log2 = 3;
	ck_assert_int_eq(cstn_psi_receiver_new(&options, NULL, &receiver, NULL),
			CSTN_E_INVALID_ARGUMENT);
}
END_TEST

/* --- arguments -------------------------------------------------------------------------------- */

START_TEST(identifiers_are_added_all_or_none)
{
	static const uint64_t bad[] = {1, 1, 2}, good[] = {1, 2};
	cstn_psi_options options = psi_options(CSTN_PSI_ITEMS);
	cstn_psi_receiver *receiver;
	uint8_t bytes[1100] = {1};
	uint64_t end = 1025;

	ck_assert_int_eq(cstn_psi_receiver_new(&options, NULL, &receiver, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_psi_receiver_add(receiver, bytes, bad, 3, NULL),
			CSTN_E_INVALID_ARGUMENT); /* the second is empty */
	ck_assert_int_eq(cstn_psi_receiver_add(receiver, bytes, &end, 1, NULL),
			CSTN_E_INVALID_ARGUMENT);
	end = 1024;
	ck_assert_int_eq(cstn_psi_receiver_add(receiver, bytes, &end, 1, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_psi_receiver_add(receiver, bytes, good, 2, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_psi_receiver_add(receiver, NULL, NULL, 0, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_psi_receiver_add(
					 receiver, bytes, good, CSTN_PSI_VALUES_MOST + 1, NULL),
			CSTN_E_LIMIT);
	cstn_psi_receiver_free(receiver);
}
END_TEST

static cstn_status broken(void *user, uint8_t *out, size_t size)
{
	memset(out, 1, size);
	return *(const int *)user ? CSTN_E_IO : CSTN_OK;
}

START_TEST(entropy_that_fails_or_repeats_is_noticed_and_a_run_can_be_cancelled)
{
	cstn_psi_options options = psi_options(CSTN_PSI_ITEMS);
	cstn_psi_receiver *receiver;
	cstn_progress *progress;
	cstn_buffer *request;
	int fails = 1;

	psi_values_make(&left, 0, 3, 1);
	options.entropy = broken;
	options.entropy_user = &fails;
	receiver = psi_receiver(&options, &left);
	ck_assert_int_eq(cstn_psi_receiver_request(receiver, &request, NULL), CSTN_E_IO);
	fails = 0;
	ck_assert_int_eq(cstn_psi_receiver_request(receiver, &request, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_psi_receiver_free(receiver);
	ck_assert_int_eq(cstn_progress_new(NULL, &progress, NULL), CSTN_OK);
	options.entropy = NULL;
	options.progress = progress;
	receiver = psi_receiver(&options, &left);
	cstn_progress_cancel(progress);
	ck_assert_int_eq(cstn_psi_receiver_request(receiver, &request, NULL), CSTN_E_CANCELLED);
	cstn_progress_reset(progress);
	ck_assert_int_eq(cstn_psi_receiver_request(receiver, &request, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_progress_done(progress), 16); /* padding too */
	cstn_buffer_free(request);
	cstn_psi_receiver_free(receiver);
	cstn_progress_free(progress);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("psi");
	TCase *cases = tcase_create("psi");
	const TTest *const tests[] = {
			identifiers_that_come_again_count_once_and_by_their_first_place,
			no_message_shows_an_identifier_or_how_many_there_are,
			overlap_below_the_least_is_only_called_fewer,
			small_kinds_need_the_permission_of_both,
			runs_are_charged_before_anything_is_given_out, steps_are_entered_in_the_log,
			sizes_are_declared_and_kept,

			identifiers_are_added_all_or_none,
			entropy_that_fails_or_repeats_is_noticed_and_a_run_can_be_cancelled};

	tcase_set_timeout(cases, 240);
	tcase_add_loop_test(cases, intersection_equals_that_of_plain_sets, 0, 4);
	tcase_add_loop_test(cases, messages_are_the_same_at_any_number_of_threads, 0, 2);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(cases, tests[i]);
	suite_add_tcase(suite, cases);
	return run_suite(suite);
}
