/* Rules of daylight time in the footer of a time zone file. */
#include <string.h>
#include <constellation/time.h>

#include "base/zone_rule.h"
#include "suite.h"
#include "zone_fixture.h"

/* --- files made by hand --- */

static cstn_zone *rule_zone(const char *footer)
{
	struct plan plan = sound;
	cstn_zone *zone = NULL;

	plan.version = '3';
	plan.n_times = 0;
	plan.footer = footer;
	ck_assert_msg(parse_plan(&plan, &zone) == CSTN_OK, "%s", footer);
	return zone;
}

/* Seconds of a date at 00:00 UTC. */
static int64_t at(int32_t year, int32_t month, int32_t day)
{
	int32_t days = 0;

	ck_assert_int_eq(cstn_days_from_civil(year, month, day, &days, NULL), CSTN_OK);
	return days * INT64_C(86400);
}

static void assert_change(const cstn_zone *zone, int64_t second, int32_t before, int32_t after)
{
	ck_assert_int_eq(cstn_zone_offset_at(zone, (second - 1) * SECOND), before);
	ck_assert_int_eq(cstn_zone_offset_at(zone, second * SECOND), after);
}

START_TEST(a_rule_without_changes_holds_for_all_time)
{
	cstn_zone *zone = rule_zone("\nUTC0\n");

	ck_assert_int_eq(cstn_zone_offset_at(zone, INT64_MIN), 0);
	ck_assert_int_eq(cstn_zone_offset_at(zone, INT64_MAX), 0);
	cstn_zone_unref(zone);
	zone = rule_zone("\n<+0545>-5:45\n");
	ck_assert_int_eq(cstn_zone_offset_at(zone, 0), 20700);
	cstn_zone_unref(zone);
	zone = rule_zone("\nXXX-24:59:59\n");
	ck_assert_int_eq(cstn_zone_offset_at(zone, 0), 89999);
	cstn_zone_unref(zone);
}
END_TEST

START_TEST(week_five_is_the_last_of_its_month)
{
	cstn_zone *zone = rule_zone("\nCET-1CEST,M3.5.0,M10.5.0/3\n");

	assert_change(zone, at(2024, 3, 31) + 3600, 3600, 7200);
	assert_change(zone, at(2023, 3, 26) + 3600, 3600, 7200);
	assert_change(zone, at(2024, 10, 27) + 3600, 7200, 3600);
	assert_change(zone, at(1950, 3, 26) + 3600, 3600, 7200);
	assert_change(zone, at(9998, 3, 29) + 3600, 3600, 7200);
	cstn_zone_unref(zone);
	zone = rule_zone("\nAAA0BBB,M2.5.4,M12.5.2\n"); /* last Thursday, last Tuesday */
	assert_change(zone, at(2024, 2, 29) + 7200, 0, 3600);
	assert_change(zone, at(2023, 2, 23) + 7200, 0, 3600);
	assert_change(zone, at(2024, 12, 31) + 3600, 3600, 0);
	cstn_zone_unref(zone);
}
END_TEST

START_TEST(south_of_the_equator_a_year_begins_in_daylight_time)
{
	cstn_zone *zone = rule_zone("\nAEST-10AEDT,M10.1.0,M4.1.0/3\n");

	ck_assert_int_eq(cstn_zone_offset_at(zone, at(2024, 1, 1) * SECOND), 39600);
	assert_change(zone, at(2024, 4, 7) - 8 * 3600, 39600, 36000);
	assert_change(zone, at(2024, 10, 6) - 8 * 3600, 36000, 39600);
	ck_assert_int_eq(cstn_zone_offset_at(zone, at(2024, 12, 31) * SECOND), 39600);
	cstn_zone_unref(zone);
}
END_TEST

START_TEST(days_of_the_year_are_counted_with_and_without_29_february)
{
	cstn_zone *zone = rule_zone("\nAAA0BBB,J60/0,J300/1\n");

	assert_change(zone, at(2023, 3, 1), 0, 3600);
	assert_change(zone, at(2024, 3, 1), 0, 3600);
	assert_change(zone, at(2024, 10, 27), 3600, 0);
	cstn_zone_unref(zone);
	zone = rule_zone("\nAAA0BBB,J59/0,J300/1\n");
	assert_change(zone, at(2024, 2, 28), 0, 3600);
	cstn_zone_unref(zone);
	zone = rule_zone("\nAAA0BBB,59/0,365/1\n");
	assert_change(zone, at(2023, 3, 1), 0, 3600);
	assert_change(zone, at(2024, 2, 29), 0, 3600);
	assert_change(zone, at(2024, 12, 31), 3600, 0);
	cstn_zone_unref(zone);
}
END_TEST

START_TEST(daylight_time_may_last_all_year_and_may_be_behind_standard_time)
{
	cstn_zone *zone = rule_zone("\nXXX3EDT4,0/0,J365/23\n"); /* RFC 9636, 3.3.1 */

	for (int32_t year = 1999; year < 2030; year++) {
		ck_assert_int_eq(cstn_zone_offset_at(zone, at(year, 1, 1) * SECOND), -14400);
		ck_assert_int_eq(cstn_zone_offset_at(zone, (at(year, 1, 1) + 14400) * SECOND),
				-14400);
		ck_assert_int_eq(cstn_zone_offset_at(zone, at(year, 7, 1) * SECOND), -14400);
	}
	cstn_zone_unref(zone);
	zone = rule_zone("\nIST-1GMT0,M10.5.0,M3.5.0/1\n"); /* Dublin */
	assert_change(zone, at(2024, 3, 31) + 3600, 0, 3600);
	assert_change(zone, at(2024, 10, 27) + 3600, 3600, 0);
	cstn_zone_unref(zone);
}
END_TEST

START_TEST(a_change_may_fall_into_the_day_or_year_before)
{
	/* Nuuk: Saturday 22:00, said as Sunday -1:00. */
	cstn_zone *zone = rule_zone("\n<-02>2<-01>,M3.5.0/-1,M10.5.0/0\n");

	assert_change(zone, at(2024, 3, 31) + 3600, -7200, -3600);
	cstn_zone_unref(zone);
	zone = rule_zone("\nAAA0BBB,J1/-48,J100\n");
	assert_change(zone, at(2023, 12, 30), 0, 3600);
	cstn_zone_unref(zone);
	zone = rule_zone("\nAAA0BBB,J100/0,J365/73\n");
	assert_change(zone, at(2024, 1, 3), 3600, 0);
	cstn_zone_unref(zone);
}
END_TEST

START_TEST(the_rule_says_the_same_laid_out_and_asked_directly)
{
	static const char *const footers[] = {"\nAAA-1BBB,M3.5.0,M10.5.0/3\n",
			"\nAAA-1BBB,M10.1.0,M4.1.0/3\n", "\nAAA-1BBB,J1/-48,J100\n",
			"\nAAA-1BBB,J100/0,J365/73\n", "\nAAA-1BBB-2,0/0,J365/25\n",
			"\nAAA-1BBB,J1/0,J365/167\n", "\nAAA-1BBB,J364/100,J2/-100\n"};
	const int64_t every = (int64_t)test_every() * 7 * 3600;

	for (size_t f = 0; f < sizeof(footers) / sizeof(footers[0]); f++) {
		cstn__zone_rule rule;
		struct plan plan = sound;
		cstn_zone *zone = NULL;

		ck_assert_int_eq(cstn__zone_rule_parse(
						 footers[f] + 1, strlen(footers[f]) - 2, 1, &rule),
				0);
		plan.version = '3';
		plan.footer = footers[f];
		plan.indices[1] = cstn__zone_rule_offset(&rule, plan.times[1]) == 7200;
		ck_assert_msg(parse_plan(&plan, &zone) == CSTN_OK, "%s", footers[f]);
		for (int64_t second = plan.times[1]; second < at(2120, 1, 1); second += every)
			if (cstn_zone_offset_at(zone, second * SECOND) !=
					cstn__zone_rule_offset(&rule, second))
				ck_abort_msg("%s at %lld", footers[f], (long long)second);
		cstn_zone_unref(zone);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			a_rule_without_changes_holds_for_all_time,
			week_five_is_the_last_of_its_month,
			south_of_the_equator_a_year_begins_in_daylight_time,
			days_of_the_year_are_counted_with_and_without_29_february,
			daylight_time_may_last_all_year_and_may_be_behind_standard_time,
			a_change_may_fall_into_the_day_or_year_before,
			the_rule_says_the_same_laid_out_and_asked_directly,
	};

	return run_tests("base_zone_rules", tests, sizeof(tests) / sizeof(tests[0]));
}
