/* Days and civil dates, periods of the calendar. */
#include <string.h>

#include "base/civil.h"
#include "suite.h"

/* Python: (date(y, m, d) - date(1970, 1, 1)).days; before year 1 by the 400-year cycle of 146,097
 * days. */
static const struct {
	int32_t year, month, day, days;
} dates[] = {
		{1, 1, 1, -719162},
		{1969, 12, 31, -1},
		{1970, 1, 1, 0},
		{2000, 2, 29, 11016},
		{2100, 2, 28, 47540},
		{9999, 12, 31, 2932896},
		{-399, 1, 1, -719162 - 146097},
		{1601, 1, 1, -719162 + 4 * 146097},
};

START_TEST(known_dates_have_their_day_number)
{
	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		int32_t days = 0, year, month, day;

		ck_assert_int_eq(cstn_days_from_civil(dates[i].year, dates[i].month, dates[i].day,
						 &days, NULL),
				CSTN_OK);
		ck_assert_int_eq(days, dates[i].days);
		cstn_civil_from_days(days, &year, &month, &day);
		ck_assert_int_eq(year, dates[i].year);
		ck_assert_int_eq(month, dates[i].month);
		ck_assert_int_eq(day, dates[i].day);
	}
}
END_TEST

static int days_in(int32_t year, int32_t month)
{
	if (month == 2)
		return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

START_TEST(every_day_from_the_year_minus_400_to_2400_is_counted_one_by_one)
{
	int32_t expected, weekday = 6; /* -400-01-01 was a Saturday, as 2000-01-01 */

	expected = cstn__days_of(-400, 1, 1);
	ck_assert_int_eq(cstn__period_of(expected, CSTN__PERIOD_WEEKDAY), weekday);
	for (int32_t year = -400; year <= 2400; year++)
		for (int32_t month = 1; month <= 12; month++)
			for (int32_t day = 1; day <= days_in(year, month); day++, expected++) {
				int32_t y, m, d;

				cstn__civil_of(expected, &y, &m, &d);
				if (cstn__days_of(year, month, day) != expected || y != year ||
						m != month || d != day ||
						cstn__period_of(expected, CSTN__PERIOD_WEEKDAY) !=
								weekday)
					ck_abort_msg("%d-%d-%d", (int)year, (int)month, (int)day);
				weekday = weekday % 7 + 1;
			}
	ck_assert_int_eq(expected, cstn__days_of(2401, 1, 1));
}
END_TEST

START_TEST(dates_that_do_not_exist_are_refused_and_leave_the_output)
{
	static const int32_t bad[][3] = {{2023, 2, 29}, {1900, 2, 29}, {2024, 2, 30}, {2024, 4, 31},
			{2024, 0, 1}, {2024, 13, 1}, {2024, 1, 0}, {2024, 1, 32}, {10000, 1, 1},
			{-10000, 1, 1}, {2024, -1, 1}, {2024, 1, INT32_MIN}, {INT32_MAX, 1, 1}};
	int32_t days = 77;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(cstn_days_from_civil(bad[i][0], bad[i][1], bad[i][2], &days, NULL),
				CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(days, 77);
	ck_assert_int_eq(cstn_days_from_civil(2024, 1, 1, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_days_from_civil(2024, 2, 29, &days, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_days_from_civil(9999, 12, 31, &days, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_days_from_civil(-9999, 1, 1, &days, NULL), CSTN_OK);
}
END_TEST

START_TEST(both_ends_of_int32_have_a_date_and_it_leads_back)
{
	static const int32_t ends[] = {INT32_MIN, INT32_MIN + 1, INT32_MAX - 1, INT32_MAX};

	for (size_t i = 0; i < 4; i++) {
		int32_t year, month, day;

		cstn_civil_from_days(ends[i], &year, &month, &day);
		ck_assert_int_eq(cstn__days_of(year, month, day), ends[i]);
	}
	cstn_civil_from_days(0, NULL, NULL, NULL);
}
END_TEST

static int32_t day(int32_t year, int32_t month, int32_t of_month)
{
	return cstn__days_of(year, month, of_month);
}

START_TEST(a_day_lies_in_the_period_that_begins_on_or_before_it)
{
	/* 2024-08-14 was a Wednesday. */
	ck_assert_int_eq(cstn__period_of(day(2024, 8, 14), CSTN__PERIOD_DAY), day(2024, 8, 14));
	ck_assert_int_eq(cstn__period_of(day(2024, 8, 14), CSTN__PERIOD_WEEK), day(2024, 8, 12));
	ck_assert_int_eq(cstn__period_of(day(2024, 8, 12), CSTN__PERIOD_WEEK), day(2024, 8, 12));
	ck_assert_int_eq(cstn__period_of(day(2024, 8, 11), CSTN__PERIOD_WEEK), day(2024, 8, 5));
	ck_assert_int_eq(cstn__period_of(day(2024, 8, 14), CSTN__PERIOD_MONTH), day(2024, 8, 1));
	ck_assert_int_eq(cstn__period_of(day(2024, 8, 1), CSTN__PERIOD_MONTH), day(2024, 8, 1));
	ck_assert_int_eq(cstn__period_of(day(2024, 7, 31), CSTN__PERIOD_MONTH), day(2024, 7, 1));
	ck_assert_int_eq(cstn__period_of(day(2024, 9, 30), CSTN__PERIOD_QUARTER), day(2024, 7, 1));
	ck_assert_int_eq(cstn__period_of(day(2024, 10, 1), CSTN__PERIOD_QUARTER), day(2024, 10, 1));
	ck_assert_int_eq(cstn__period_of(day(2024, 12, 31), CSTN__PERIOD_YEAR), day(2024, 1, 1));
	ck_assert_int_eq(cstn__period_of(day(2024, 1, 1), CSTN__PERIOD_YEAR), day(2024, 1, 1));
	ck_assert_int_eq(cstn__period_of(day(2024, 8, 14), CSTN__PERIOD_WEEKDAY), 3);
	ck_assert_int_eq(cstn__period_of(-1, CSTN__PERIOD_WEEKDAY), 3);
	ck_assert_int_eq(cstn__period_of(-4, CSTN__PERIOD_WEEKDAY), 7);
	ck_assert_int_eq(cstn__period_of(-1, CSTN__PERIOD_WEEK), -3);
}
END_TEST

START_TEST(periods_at_the_ends_of_int32_do_not_wrap)
{
	for (int32_t period = CSTN__PERIOD_DAY; period <= CSTN__PERIOD_YEAR; period++) {
		ck_assert_int_eq(cstn__period_of(INT32_MIN, period), INT32_MIN);
		ck_assert_int_le(cstn__period_of(INT32_MAX, period), INT32_MAX);
		ck_assert_int_gt(cstn__period_of(INT32_MAX, period), INT32_MAX - 366);
	}
	ck_assert_int_ge(cstn__period_of(INT32_MIN, CSTN__PERIOD_WEEKDAY), 1);
	ck_assert_int_le(cstn__period_of(INT32_MAX, CSTN__PERIOD_WEEKDAY), 7);
}
END_TEST

START_TEST(the_day_of_an_instant_is_that_of_its_midnight)
{
	ck_assert_int_eq(cstn__day_of_us(0), 0);
	ck_assert_int_eq(cstn__day_of_us(-1), -1);
	ck_assert_int_eq(cstn__day_of_us(CSTN_DAY_US - 1), 0);
	ck_assert_int_eq(cstn__day_of_us(CSTN_DAY_US), 1);
	ck_assert_int_eq(cstn__day_of_us(-CSTN_DAY_US), -1);
	ck_assert_int_eq(cstn__day_of_us(-CSTN_DAY_US - 1), -2);
	ck_assert_int_eq(cstn__day_of_us(INT64_MAX), 106751991);
	ck_assert_int_eq(cstn__day_of_us(INT64_MIN), -106751992);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			known_dates_have_their_day_number,
			every_day_from_the_year_minus_400_to_2400_is_counted_one_by_one,
			dates_that_do_not_exist_are_refused_and_leave_the_output,
			both_ends_of_int32_have_a_date_and_it_leads_back,
			a_day_lies_in_the_period_that_begins_on_or_before_it,
			periods_at_the_ends_of_int32_do_not_wrap,
			the_day_of_an_instant_is_that_of_its_midnight,
	};

	return run_tests("base_civil", tests, sizeof(tests) / sizeof(tests[0]));
}
