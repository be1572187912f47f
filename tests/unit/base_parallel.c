/* Morsels on threads, and the progress of a call. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "failing_allocator.h"
#include "suite.h"

enum { MORSELS = 1000 };

struct run {
	_Atomic int32_t times[MORSELS];
	_Atomic int32_t calls;
	int32_t threads;
	size_t fails_from;
	cstn_progress *progress;
	size_t cancels_at;
	_Atomic int32_t strange_worker;
};

static cstn_status body(void *context, size_t morsel, int32_t worker)
{
	struct run *run = context;

	atomic_fetch_add(&run->times[morsel], 1);
	atomic_fetch_add(&run->calls, 1);
	if (worker < 0 || worker >= run->threads)
		atomic_store(&run->strange_worker, 1);
	cstn__progress_add(run->progress, 1);
	if (morsel == run->cancels_at)
		cstn_progress_cancel(run->progress);
	/* The status names the morsel, to see which one is reported. */
	return morsel >= run->fails_from ? -1000 - (cstn_status)morsel : CSTN_OK;
}

static void start(struct run *run, int32_t threads)
{
	memset(run, 0, sizeof(*run));
	run->threads = threads;
	run->fails_from = run->cancels_at = SIZE_MAX;
}

/* Morsels from `fails_from` on fail, and say which they are. */
static cstn_status telling_body(void *context, size_t morsel, cstn_error **error)
{
	struct run *run = context;

	atomic_fetch_add(&run->calls, 1);
	if (morsel < run->fails_from)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_LIMIT, "morsel %zu", morsel);
}

START_TEST(the_error_is_that_of_the_first_morsel_that_fails)
{
	for (int32_t threads = 1; threads <= 8; threads++)
		for (size_t from = 0; from < 20; from++) {
			cstn_error *error = NULL;
			struct run run;
			char expected[32];

			start(&run, threads);
			run.fails_from = from;
			snprintf(expected, sizeof(expected), "morsel %zu", from);
			ck_assert_int_eq(cstn__parallel_try(MORSELS, threads, NULL, telling_body,
							 &run, &error),
					CSTN_E_LIMIT);
			ck_assert_str_eq(cstn_error_message(error), expected);
			ck_assert_int_eq(cstn_error_code(error), CSTN_E_LIMIT);
			cstn_error_free(error);
			ck_assert_int_eq(cstn__parallel_try(MORSELS, threads, NULL, telling_body,
							 &run, NULL),
					CSTN_E_LIMIT);
		}
}
END_TEST

START_TEST(a_call_that_tells_and_is_cancelled_says_so)
{
	cstn_progress *progress = NULL;
	cstn_error *error = NULL;
	struct run run;

	start(&run, 2);
	ck_assert_int_eq(cstn_progress_new(NULL, &progress, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__parallel_try(MORSELS, 2, progress, telling_body, &run, &error),
			CSTN_OK);
	ck_assert_ptr_null(error);
	ck_assert_int_eq(run.calls, MORSELS);
	cstn_progress_cancel(progress);
	ck_assert_int_eq(cstn__parallel_try(MORSELS, 2, progress, telling_body, &run, &error),
			CSTN_E_CANCELLED);
	ck_assert_str_eq(cstn_error_message(error), "the call was cancelled");
	cstn_error_free(error);
	cstn_progress_free(progress);
}
END_TEST

START_TEST(every_morsel_runs_once_on_any_number_of_threads)
{
	static const int32_t threads[] = {1, 2, 3, 8, 256};

	for (size_t t = 0; t < 5; t++) {
		struct run run;

		start(&run, threads[t]);
		ck_assert_int_eq(
				cstn__parallel_for(MORSELS, threads[t], NULL, body, &run), CSTN_OK);
		for (size_t m = 0; m < MORSELS; m++)
			ck_assert_int_eq(run.times[m], 1);
		ck_assert_int_eq(run.strange_worker, 0);
	}
}
END_TEST

START_TEST(no_morsels_is_no_work)
{
	struct run run;

	start(&run, 8);
	ck_assert_int_eq(cstn__parallel_for(0, 8, NULL, body, &run), CSTN_OK);
	ck_assert_int_eq(run.calls, 0);
}
END_TEST

START_TEST(the_first_failing_morsel_is_reported_whatever_the_number_of_threads)
{
	static const int32_t threads[] = {1, 2, 8};

	for (size_t t = 0; t < 3; t++)
		for (size_t from = 0; from < 300; from += 37) {
			struct run run;

			start(&run, threads[t]);
			run.fails_from = from;
			ck_assert_int_eq(cstn__parallel_for(MORSELS, threads[t], NULL, body, &run),
					-1000 - (cstn_status)from);
			for (size_t m = 0; m <= from; m++)
				ck_assert_int_eq(run.times[m], 1);
			ck_assert_int_le(run.calls, (int32_t)from + 1 + threads[t]);
		}
}
END_TEST

START_TEST(the_last_morsel_may_fail)
{
	struct run run;

	start(&run, 2);
	run.fails_from = MORSELS - 1;
	ck_assert_int_eq(cstn__parallel_for(MORSELS, 2, NULL, body, &run), -1000 - (MORSELS - 1));
	ck_assert_int_eq(run.calls, MORSELS);
}
END_TEST

START_TEST(a_call_cancelled_before_it_begins_does_nothing)
{
	cstn_progress *progress = NULL;
	struct run run;

	ck_assert_int_eq(cstn_progress_new(NULL, &progress, NULL), CSTN_OK);
	cstn_progress_cancel(progress);
	cstn_progress_cancel(progress);
	ck_assert_int_eq(cstn_progress_is_cancelled(progress), 1);
	start(&run, 2);
	ck_assert_int_eq(cstn__parallel_for(MORSELS, 2, progress, body, &run), CSTN_E_CANCELLED);
	ck_assert_int_eq(run.calls, 0);
	cstn_progress_reset(progress);
	ck_assert_int_eq(cstn_progress_is_cancelled(progress), 0);
	ck_assert_int_eq(cstn__parallel_for(MORSELS, 2, progress, body, &run), CSTN_OK);
	cstn_progress_free(progress);
}
END_TEST

START_TEST(a_cancelled_call_stops_at_the_next_morsel)
{
	static const int32_t threads[] = {1, 2, 8};

	for (size_t t = 0; t < 3; t++) {
		cstn_progress *progress = NULL;
		struct run run;

		ck_assert_int_eq(cstn_progress_new(NULL, &progress, NULL), CSTN_OK);
		start(&run, threads[t]);
		run.progress = progress;
		run.cancels_at = 100;
		ck_assert_int_eq(cstn__parallel_for(MORSELS, threads[t], progress, body, &run),
				CSTN_E_CANCELLED);
		ck_assert_int_ge(run.calls, 101);
		ck_assert_int_lt(run.calls, MORSELS);
		cstn_progress_free(progress);
	}
}
END_TEST

START_TEST(a_call_that_had_nothing_left_to_do_is_not_cancelled)
{
	cstn_progress *progress = NULL;
	struct run run;

	ck_assert_int_eq(cstn_progress_new(NULL, &progress, NULL), CSTN_OK);
	start(&run, 1);
	run.progress = progress;
	run.cancels_at = MORSELS - 1;
	ck_assert_int_eq(cstn__parallel_for(MORSELS, 1, progress, body, &run), CSTN_OK);
	ck_assert_int_eq(run.calls, MORSELS);
	cstn_progress_free(progress);
}
END_TEST

START_TEST(a_failure_is_reported_rather_than_a_cancellation)
{
	cstn_progress *progress = NULL;
	struct run run;

	ck_assert_int_eq(cstn_progress_new(NULL, &progress, NULL), CSTN_OK);
	start(&run, 1);
	run.progress = progress;
	run.cancels_at = run.fails_from = 10;
	ck_assert_int_eq(cstn__parallel_for(MORSELS, 1, progress, body, &run), -1010);
	cstn_progress_free(progress);
}
END_TEST

START_TEST(progress_is_counted_over_all_threads)
{
	cstn_progress *progress = NULL;
	struct run run;

	ck_assert_int_eq(cstn_progress_new(NULL, &progress, NULL), CSTN_OK);
	ck_assert_uint_eq(cstn_progress_total(progress), 0);
	cstn__progress_set_total(progress, MORSELS);
	start(&run, 8);
	run.progress = progress;
	ck_assert_int_eq(cstn__parallel_for(MORSELS, 8, progress, body, &run), CSTN_OK);
	ck_assert_uint_eq(cstn_progress_done(progress), MORSELS);
	ck_assert_uint_eq(cstn_progress_total(progress), MORSELS);
	cstn_progress_reset(progress);
	ck_assert_uint_eq(cstn_progress_done(progress), 0);
	ck_assert_uint_eq(cstn_progress_total(progress), 0);
	cstn_progress_free(progress);
}
END_TEST

static void *watch(void *argument)
{
	cstn_progress *progress = argument;

	while (cstn_progress_done(progress) < 50)
		;
	cstn_progress_cancel(progress);
	return NULL;
}

static cstn_status wait_for_cancel(void *context, size_t morsel, int32_t worker)
{
	cstn_progress *progress = context;

	(void)worker;
	cstn__progress_add(progress, 1);
	while (morsel == 60 && !cstn_progress_is_cancelled(progress))
		;
	return CSTN_OK;
}

START_TEST(another_thread_may_watch_and_cancel)
{
	cstn_progress *progress = NULL;
	pthread_t watcher;

	ck_assert_int_eq(cstn_progress_new(NULL, &progress, NULL), CSTN_OK);
	ck_assert_int_eq(pthread_create(&watcher, NULL, watch, progress), 0);
	ck_assert_int_eq(cstn__parallel_for(SIZE_MAX, 2, progress, wait_for_cancel, progress),
			CSTN_E_CANCELLED);
	pthread_join(watcher, NULL);
	ck_assert_uint_ge(cstn_progress_done(progress), 50);
	cstn_progress_free(progress);
}
END_TEST

START_TEST(no_progress_is_never_cancelled)
{
	cstn_progress_cancel(NULL);
	cstn_progress_reset(NULL);
	cstn_progress_free(NULL);
	cstn__progress_add(NULL, 1);
	cstn__progress_set_total(NULL, 1);
	ck_assert_int_eq(cstn_progress_is_cancelled(NULL), 0);
	ck_assert_uint_eq(cstn_progress_done(NULL), 0);
	ck_assert_uint_eq(cstn_progress_total(NULL), 0);
}
END_TEST

START_TEST(progress_without_memory_or_a_place_is_an_error)
{
	failing_allocator memory;
	cstn_progress *progress = NULL;

	failing_allocator_init(&memory, 1);
	ck_assert_int_eq(cstn_progress_new(&memory.allocator, &progress, NULL), CSTN_E_NOMEM);
	ck_assert_ptr_null(progress);
	ck_assert_int_eq(cstn_progress_new(NULL, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_progress_new(&memory.allocator, &progress, NULL), CSTN_OK);
	cstn_progress_free(progress);
	memory.allocator.flags = 1;
	ck_assert_int_eq(cstn_progress_new(&memory.allocator, &progress, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_uint_eq(failing_allocator_live(&memory), 0);
}
END_TEST

START_TEST(threads_are_capped_by_morsels_and_by_256)
{
	ck_assert_int_eq(cstn__threads_resolve(1, 10), 1);
	ck_assert_int_eq(cstn__threads_resolve(8, 3), 3);
	ck_assert_int_eq(cstn__threads_resolve(8, 8), 8);
	ck_assert_int_eq(cstn__threads_resolve(8, 0), 1);
	ck_assert_int_eq(cstn__threads_resolve(256, 1000), 256);
	ck_assert_int_eq(cstn__threads_resolve(257, 1000), 256);
	ck_assert_int_eq(cstn__threads_resolve(INT32_MAX, SIZE_MAX), 256);
	ck_assert_int_eq(cstn__threads_resolve(-1, 10), 1);
	ck_assert_int_ge(cstn__threads_resolve(0, 1000), 1);
	ck_assert_int_eq(cstn__threads_resolve(0, 1), 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			every_morsel_runs_once_on_any_number_of_threads,
			no_morsels_is_no_work,
			the_first_failing_morsel_is_reported_whatever_the_number_of_threads,
			the_last_morsel_may_fail,
			the_error_is_that_of_the_first_morsel_that_fails,
			a_call_that_tells_and_is_cancelled_says_so,
			a_call_cancelled_before_it_begins_does_nothing,
			a_cancelled_call_stops_at_the_next_morsel,
			a_call_that_had_nothing_left_to_do_is_not_cancelled,
			a_failure_is_reported_rather_than_a_cancellation,
			progress_is_counted_over_all_threads,
			another_thread_may_watch_and_cancel,
			no_progress_is_never_cancelled,
			progress_without_memory_or_a_place_is_an_error,
			threads_are_capped_by_morsels_and_by_256,
	};

	return run_tests("base_parallel", tests, sizeof(tests) / sizeof(tests[0]));
}
