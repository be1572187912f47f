/* Working calendars. */
#include <string.h>

#include <constellation/time.h>

#include "base/civil.h"
#include "base/error.h"
#include "base/hash.h"
#include "failing_allocator.h"
#include "suite.h"

#define WEEK "cstn-calendar 1\nweek=1111100\n"
/* 2024-05-01 was a Wednesday, 2024-05-04 a Saturday, 2024-12-25 a Wednesday. */
#define YEAR WEEK "off=2024-05-01\non=2024-05-04\noff=2024-12-25\noff=2024-12-26\n"

static cstn_status parse(const char *text, cstn_calendar **out, cstn_error **error)
{
	return cstn_calendar_parse(text, strlen(text), NULL, out, error);
}

static cstn_calendar *calendar(const char *text)
{
	cstn_calendar *made = NULL;

	ck_assert_int_eq(parse(text, &made, NULL), CSTN_OK);
	return made;
}

static int32_t day(int32_t year, int32_t month, int32_t of_month)
{
	return cstn__days_of(year, month, of_month);
}

START_TEST(the_week_says_which_days_work)
{
	cstn_calendar *made = calendar(WEEK);

	/* 1970-01-01 was a Thursday. */
	ck_assert_int_eq(cstn_calendar_is_working(made, 0), 1);
	ck_assert_int_eq(cstn_calendar_is_working(made, 1), 1);
	ck_assert_int_eq(cstn_calendar_is_working(made, 2), 0);
	ck_assert_int_eq(cstn_calendar_is_working(made, 3), 0);
	ck_assert_int_eq(cstn_calendar_is_working(made, 4), 1);
	ck_assert_int_eq(cstn_calendar_is_working(made, -4), 0);
	ck_assert_int_eq(cstn_calendar_is_working(made, -5), 0);
	ck_assert_int_eq(cstn_calendar_is_working(made, -6), 1);
	cstn_calendar_unref(made);
}
END_TEST

START_TEST(exceptions_overrule_the_week)
{
	cstn_calendar *made = calendar(YEAR);

	ck_assert_int_eq(cstn_calendar_is_working(made, day(2024, 4, 30)), 1);
	ck_assert_int_eq(cstn_calendar_is_working(made, day(2024, 5, 1)), 0);
	ck_assert_int_eq(cstn_calendar_is_working(made, day(2024, 5, 2)), 1);
	ck_assert_int_eq(cstn_calendar_is_working(made, day(2024, 5, 4)), 1);
	ck_assert_int_eq(cstn_calendar_is_working(made, day(2024, 5, 5)), 0);
	ck_assert_int_eq(cstn_calendar_is_working(made, day(2024, 12, 26)), 0);
	ck_assert_int_eq(cstn_calendar_is_working(made, day(2024, 12, 27)), 1);
	cstn_calendar_unref(made);
}
END_TEST

START_TEST(the_next_working_day_is_the_day_itself_if_it_works)
{
	cstn_calendar *made = calendar(YEAR);

	ck_assert_int_eq(cstn_calendar_next_working(made, day(2024, 4, 30)), day(2024, 4, 30));
	ck_assert_int_eq(cstn_calendar_next_working(made, day(2024, 5, 1)), day(2024, 5, 2));
	ck_assert_int_eq(cstn_calendar_next_working(made, day(2024, 5, 4)), day(2024, 5, 4));
	ck_assert_int_eq(cstn_calendar_next_working(made, day(2024, 5, 5)), day(2024, 5, 6));
	ck_assert_int_eq(cstn_calendar_next_working(made, day(2024, 5, 11)), day(2024, 5, 13));
	ck_assert_int_eq(cstn_calendar_next_working(made, day(2024, 12, 25)), day(2024, 12, 27));
	cstn_calendar_unref(made);
}
END_TEST

START_TEST(working_days_between_count_the_last_and_not_the_first)
{
	cstn_calendar *made = calendar(YEAR);

	ck_assert_int_eq(cstn_calendar_working_between(made, day(2024, 5, 6), day(2024, 5, 6)), 0);
	ck_assert_int_eq(cstn_calendar_working_between(made, day(2024, 5, 6), day(2024, 5, 7)), 1);
	ck_assert_int_eq(cstn_calendar_working_between(made, day(2024, 5, 7), day(2024, 5, 6)), -1);
	ck_assert_int_eq(
			cstn_calendar_working_between(made, day(2024, 5, 10), day(2024, 5, 13)), 1);
	ck_assert_int_eq(
			cstn_calendar_working_between(made, day(2024, 5, 10), day(2024, 5, 12)), 0);
	ck_assert_int_eq(cstn_calendar_working_between(made, day(2024, 4, 29), day(2024, 5, 5)), 4);
	ck_assert_int_eq(cstn_calendar_working_between(made, day(2024, 4, 30), day(2024, 5, 1)), 0);
	cstn_calendar_unref(made);
}
END_TEST

START_TEST(working_days_between_agree_with_counting_one_by_one)
{
	cstn_calendar *made = calendar(YEAR);
	int32_t first = day(2024, 4, 20), last = day(2025, 1, 10);

	for (int32_t from = first; from <= last; from += 3) {
		int32_t count = 0;

		for (int32_t to = from; to <= last; to++) {
			if (to > from)
				count += cstn_calendar_is_working(made, to);
			if (cstn_calendar_working_between(made, from, to) != count ||
					cstn_calendar_working_between(made, to, from) != -count)
				ck_abort_msg("from %d to %d", (int)from, (int)to);
		}
	}
	cstn_calendar_unref(made);
}
END_TEST

START_TEST(counts_and_days_past_int32_stay_at_its_end)
{
	cstn_calendar *made = calendar("cstn-calendar 1\nweek=1111111\n");
	cstn_calendar *sundays = calendar("cstn-calendar 1\nweek=0000001\n");

	ck_assert_int_eq(cstn_calendar_working_between(made, INT32_MIN, INT32_MAX), INT32_MAX);
	ck_assert_int_eq(cstn_calendar_working_between(made, INT32_MAX, INT32_MIN), INT32_MIN);
	ck_assert_int_eq(cstn_calendar_working_between(made, 0, INT32_MAX), INT32_MAX);
	ck_assert_int_ge(cstn_calendar_next_working(sundays, INT32_MAX - 8), INT32_MAX - 8);
	ck_assert_int_ge(cstn_calendar_next_working(sundays, INT32_MIN), INT32_MIN);
	cstn_calendar_unref(made);
	cstn_calendar_unref(sundays);
}
END_TEST

START_TEST(text_that_is_not_canonical_is_refused)
{
	static const char *const bad[] = {"", "cstn-calendar 1", "cstn-calendar 1\n",
			"cstn-calendar 2\nweek=1111100\n", "cstn-calendar 1 \nweek=1111100\n",
			"cstn-calendar 1\r\nweek=1111100\r\n", "cstn-calendar 1\nweek=1111100",
			"cstn-calendar 1\nweek=111110\n", "cstn-calendar 1\nweek=11111000\n",
			"cstn-calendar 1\nweek=1111102\n", "cstn-calendar 1\nweek=0000000\n",
			"cstn-calendar 1\nWeek=1111100\n", "cstn-calendar 1\n\nweek=1111100\n",
			WEEK "\n", WEEK "off=2024-05-01", WEEK "off=2024-05-01 \n",
			WEEK "off=2024-5-1\n", WEEK "off=2023-02-29\n", WEEK "off=2024-13-01\n",
			WEEK "Off=2024-05-01\n", WEEK "on=2024-05-01\n", WEEK "off=2024-05-04\n",
			WEEK "off=2024-05-02\noff=2024-05-01\n",
			WEEK "off=2024-05-01\noff=2024-05-01\n", WEEK "no=2024-05-04\n",
			WEEK "off=2024-05-01\n\n", WEEK "on=2024-05-011\n",
			" cstn-calendar 1\nweek=1111100\n"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cstn_calendar *made = NULL;

		ck_assert_msg(parse(bad[i], &made, NULL) == CSTN_E_FORMAT, "text %zu", i);
		ck_assert_ptr_null(made);
	}
}
END_TEST

START_TEST(an_error_names_the_line_and_the_rule)
{
	cstn_calendar *made = NULL;
	cstn_error *error = NULL;

	ck_assert_int_eq(parse(WEEK "off=2024-05-01\noff=2024-05-04\n", &made, &error),
			CSTN_E_FORMAT);
	ck_assert_str_eq(cstn_error_message(error),
			"calendar line 4, 'off=2024-05-04': the week says so already");
	cstn_error_free(error);
	ck_assert_int_eq(parse(WEEK "off=2024-05-01", &made, &error), CSTN_E_FORMAT);
	ck_assert_str_eq(cstn_error_message(error), "calendar line 3 is not ended by LF");
	cstn_error_free(error);
	ck_assert_int_eq(cstn_calendar_parse(NULL, 1, NULL, &made, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_calendar_parse(WEEK, 1, NULL, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
}
END_TEST

START_TEST(the_digest_is_that_of_the_text)
{
	cstn_calendar *made = calendar(YEAR);
	uint8_t digest[32], expected[32];

	cstn__sha256(YEAR, strlen(YEAR), expected);
	cstn_calendar_digest(made, digest);
	ck_assert_mem_eq(digest, expected, 32);
	cstn_calendar_unref(made);
}
END_TEST

START_TEST(a_reference_keeps_a_calendar)
{
	cstn_calendar *made = calendar(WEEK);

	ck_assert_ptr_eq(cstn_calendar_ref(made), made);
	cstn_calendar_unref(made);
	ck_assert_int_eq(cstn_calendar_is_working(made, 0), 1);
	cstn_calendar_unref(made);
	cstn_calendar_unref(NULL);
	ck_assert_ptr_null(cstn_calendar_ref(NULL));
}
END_TEST

START_TEST(without_a_calendar_every_day_works)
{
	uint8_t digest[32], zeros[32] = {0};

	ck_assert_int_eq(cstn_calendar_is_working(NULL, 2), 1);
	ck_assert_int_eq(cstn_calendar_next_working(NULL, 2), 2);
	ck_assert_int_eq(cstn_calendar_working_between(NULL, -3, 4), 7);
	ck_assert_int_eq(cstn_calendar_working_between(NULL, INT32_MAX, INT32_MIN), INT32_MIN);
	memset(digest, 7, 32);
	cstn_calendar_digest(NULL, digest);
	ck_assert_mem_eq(digest, zeros, 32);
}
END_TEST

START_TEST(out_of_memory_anywhere_leaks_nothing_and_leaves_the_output)
{
	uint64_t n;

	for (n = 1;; n++) {
		failing_allocator memory;
		cstn_calendar *made = NULL;
		cstn_status status;

		failing_allocator_init(&memory, n);
		status = cstn_calendar_parse(YEAR, strlen(YEAR), &memory.allocator, &made, NULL);
		if (status == CSTN_OK) {
			cstn_calendar_unref(made);
			ck_assert_uint_eq(failing_allocator_live(&memory), 0);
			break;
		}
		ck_assert_int_eq(status, CSTN_E_NOMEM);
		ck_assert_ptr_null(made);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_uint_eq(n, 3);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			the_week_says_which_days_work,
			exceptions_overrule_the_week,
			the_next_working_day_is_the_day_itself_if_it_works,
			working_days_between_count_the_last_and_not_the_first,
			working_days_between_agree_with_counting_one_by_one,
			counts_and_days_past_int32_stay_at_its_end,
			text_that_is_not_canonical_is_refused,
			an_error_names_the_line_and_the_rule,
			the_digest_is_that_of_the_text,
			a_reference_keeps_a_calendar,
			without_a_calendar_every_day_works,
			out_of_memory_anywhere_leaks_nothing_and_leaves_the_output,
	};

	return run_tests("base_calendar", tests, sizeof(tests) / sizeof(tests[0]));
}
