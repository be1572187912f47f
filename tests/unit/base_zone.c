/* Time zones on the machine's own TZif files (Debian: tzdata), and fixed offsets. */
#include <string.h>
#include <constellation/time.h>

#include "failing_allocator.h"
#include "base/hash.h"
#include "suite.h"
#include "zone_fixture.h"

static cstn_zone *named_zone(const char *name)
{
	static struct bytes bytes;
	cstn_zone *zone = NULL;
	cstn_error *error = NULL;

	read_zone_file(name, &bytes);
	ck_assert_msg(cstn_zone_parse_tzif(bytes.data, bytes.size, NULL, &zone, &error) == CSTN_OK,
			"%s: %s", name, cstn_error_message(error));
	return zone;
}

/* Python: datetime.fromtimestamp(second, ZoneInfo(name)).utcoffset() */
static const struct {
	const char *name;
	int64_t second;
	int32_t offset;
} offsets[] = {
		{"America/Sao_Paulo", -2208988800, -11188}, /* 1900-01-01 00:00:00 */
		{"America/Sao_Paulo", 1508036399, -10800},  /* 2017-10-15 02:59:59 */
		{"America/Sao_Paulo", 1508036400, -7200},   /* 2017-10-15 03:00:00 */
		{"America/Sao_Paulo", 1518919199, -7200},   /* 2018-02-18 01:59:59 */
		{"America/Sao_Paulo", 1518919200, -10800},  /* 2018-02-18 02:00:00 */
		{"America/Sao_Paulo", 1535673600, -10800},  /* 2018-08-31 00:00:00 */
		{"America/Sao_Paulo", 1541300399, -10800},  /* 2018-11-04 02:59:59 */
		{"America/Sao_Paulo", 1541300400, -7200},   /* 2018-11-04 03:00:00 */
		{"America/Sao_Paulo", 1893456000, -10800},  /* 2030-01-01 00:00:00 */
		{"Europe/Berlin", -2524521600, 3208},       /* 1890-01-01 00:00:00 */
		{"Europe/Berlin", -773280000, 10800},       /* 1945-07-01 00:00:00 */
		{"Europe/Berlin", 299635200, 3600},         /* 1979-07-01 00:00:00 */
		{"Europe/Berlin", 331257600, 7200},         /* 1980-07-01 00:00:00 */
		{"Europe/Berlin", 1711846799, 3600},        /* 2024-03-31 00:59:59 */
		{"Europe/Berlin", 1711846800, 7200},        /* 2024-03-31 01:00:00 */
		{"Europe/Berlin", 1729990799, 7200},        /* 2024-10-27 00:59:59 */
		{"Europe/Berlin", 1729990800, 3600},        /* 2024-10-27 01:00:00 */
		{"Europe/Berlin", 2531955599, 3600},        /* 2050-03-27 00:59:59 */
		{"Europe/Berlin", 2531955600, 7200},        /* 2050-03-27 01:00:00 */
		{"Europe/Berlin", 4133894400, 3600},        /* 2100-12-31 00:00:00 */
		{"Europe/Berlin", 4149619200, 7200},        /* 2101-07-01 00:00:00 */
		{"Europe/Berlin", 13553568000, 7200},       /* 2399-07-01 00:00:00 */
		{"Europe/Berlin", 13566787200, 3600},       /* 2399-12-01 00:00:00 */
		{"Europe/Berlin", 253386403200, 7200},      /* 9999-07-01 00:00:00 */
		{"Asia/Kathmandu", -1580601600, 20476},     /* 1919-12-01 00:00:00 */
		{"Asia/Kathmandu", 504901799, 19800},       /* 1985-12-31 18:29:59 */
		{"Asia/Kathmandu", 504901800, 20700},       /* 1985-12-31 18:30:00 */
		{"Asia/Kathmandu", 1767225600, 20700},      /* 2026-01-01 00:00:00 */
};

/* Python: instants that read as the wall clock, of those with fold 0 and 1; 0 a gap, 2 an overlap.
 */
static const struct {
	const char *name;
	int64_t wall;
	int count;
	int64_t second;
} walls[] = {
		{"America/Sao_Paulo", 1541289599, 1, 1541300399}, /* 2018-11-03 23:59:59 */
		{"America/Sao_Paulo", 1541289600, 0, 0},          /* 2018-11-04 00:00:00 */
		{"America/Sao_Paulo", 1541293199, 0, 0},          /* 2018-11-04 00:59:59 */
		{"America/Sao_Paulo", 1541293200, 1, 1541300400}, /* 2018-11-04 01:00:00 */
		{"America/Sao_Paulo", 1518908399, 1, 1518915599}, /* 2018-02-17 22:59:59 */
		{"America/Sao_Paulo", 1518908400, 2, 0},          /* 2018-02-17 23:00:00 */
		{"America/Sao_Paulo", 1518911999, 2, 0},          /* 2018-02-17 23:59:59 */
		{"America/Sao_Paulo", 1518912000, 1, 1518922800}, /* 2018-02-18 00:00:00 */
		{"Europe/Berlin", 1711850399, 1, 1711846799},     /* 2024-03-31 01:59:59 */
		{"Europe/Berlin", 1711850400, 0, 0},              /* 2024-03-31 02:00:00 */
		{"Europe/Berlin", 1711853999, 0, 0},              /* 2024-03-31 02:59:59 */
		{"Europe/Berlin", 1711854000, 1, 1711846800},     /* 2024-03-31 03:00:00 */
		{"Europe/Berlin", 1729994399, 1, 1729987199},     /* 2024-10-27 01:59:59 */
		{"Europe/Berlin", 1729994400, 2, 0},              /* 2024-10-27 02:00:00 */
		{"Europe/Berlin", 1729997999, 2, 0},              /* 2024-10-27 02:59:59 */
		{"Europe/Berlin", 1729998000, 1, 1729994400},     /* 2024-10-27 03:00:00 */
		{"Europe/Berlin", 5687807400, 0, 0},              /* 2150-03-29 02:30:00 */
		{"Europe/Berlin", 5705951400, 2, 0},              /* 2150-10-25 02:30:00 */
		{"Europe/Berlin", 5705953200, 1, 5705949600},     /* 2150-10-25 03:00:00 */
		{"Europe/Berlin", 5695920000, 1, 5695912800},     /* 2150-07-01 00:00:00 */
		{"Europe/Berlin", -2524521600, 1, -2524524808},   /* 1890-01-01 00:00:00 */
		{"Asia/Kathmandu", 504921599, 1, 504901799},      /* 1985-12-31 23:59:59 */
		{"Asia/Kathmandu", 504921600, 0, 0},              /* 1986-01-01 00:00:00 */
		{"Asia/Kathmandu", 504922499, 0, 0},              /* 1986-01-01 00:14:59 */
		{"Asia/Kathmandu", 504922500, 1, 504901800},      /* 1986-01-01 00:15:00 */
};

START_TEST(offsets_of_real_zones_agree_on_both_sides_of_their_changes)
{
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		cstn_zone *zone = named_zone(offsets[i].name);
		int32_t offset = cstn_zone_offset_at(zone, offsets[i].second * SECOND);

		ck_assert_msg(offset == offsets[i].offset, "%s at %lld: %d, %d expected",
				offsets[i].name, (long long)offsets[i].second, (int)offset,
				(int)offsets[i].offset);
		cstn_zone_unref(zone);
	}
}
END_TEST

START_TEST(a_change_happens_at_its_microsecond)
{
	cstn_zone *zone = named_zone("Europe/Berlin");

	ck_assert_int_eq(cstn_zone_offset_at(zone, 1711846800 * SECOND - 1), 3600);
	ck_assert_int_eq(cstn_zone_offset_at(zone, 1711846800 * SECOND), 7200);
	/* Before 1970 a fraction rounds down too: 1945-04-02T01:00Z. */
	ck_assert_int_eq(cstn_zone_offset_at(zone, -781052400 * SECOND - 1), 3600);
	ck_assert_int_eq(cstn_zone_offset_at(zone, -781052400 * SECOND), 7200);
	cstn_zone_unref(zone);
}
END_TEST

START_TEST(wall_clocks_of_real_zones_lead_to_their_instant_a_gap_or_an_overlap)
{
	for (size_t i = 0; i < sizeof(walls) / sizeof(walls[0]); i++) {
		cstn_zone *zone = named_zone(walls[i].name);
		cstn_error *error = NULL;
		int64_t us = 77;
		cstn_status status = cstn_zone_from_wall(
				zone, walls[i].wall * SECOND + 250000, &us, &error);

		if (walls[i].count == 1) {
			ck_assert_msg(status == CSTN_OK && us == walls[i].second * SECOND + 250000,
					"%s, wall %lld: %lld", walls[i].name,
					(long long)walls[i].wall, (long long)us);
		} else {
			ck_assert_int_eq(status, CSTN_E_FORMAT);
			ck_assert_int_eq(us, 77);
			ck_assert_ptr_nonnull(strstr(cstn_error_message(error),
					walls[i].count ? "exists twice" : "does not exist"));
		}
		cstn_error_free(error);
		cstn_zone_unref(zone);
	}
}
END_TEST

START_TEST(an_error_names_the_wall_clock)
{
	cstn_zone *zone = named_zone("Europe/Berlin");
	cstn_error *error = NULL;
	int64_t us;

	ck_assert_int_eq(
			cstn_zone_from_wall(zone, 1711850400 * SECOND, &us, &error), CSTN_E_FORMAT);
	ck_assert_str_eq(cstn_error_message(error),
			"wall clock 2024-03-31T02:00:00 does not exist in its zone");
	cstn_error_free(error);
	ck_assert_int_eq(cstn_zone_from_wall(NULL, 0, &us, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_zone_from_wall(zone, 0, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	cstn_zone_unref(zone);
}
END_TEST

START_TEST(every_hour_of_three_years_leads_to_wall_clock_and_back)
{
	static const char *const names[] = {"America/Sao_Paulo", "Europe/Berlin", "Asia/Kathmandu"};

	for (size_t n = 0; n < 3; n++) {
		cstn_zone *zone = named_zone(names[n]);
		int overlaps = 0;

		for (int64_t second = 1483228800; second < 1577836800; second += 3600) {
			int64_t wall = second + cstn_zone_offset_at(zone, second * SECOND), us = 0;
			cstn_status status = cstn_zone_from_wall(zone, wall * SECOND, &us, NULL);

			if (status == CSTN_E_FORMAT)
				overlaps++;
			else if (status != CSTN_OK || us != second * SECOND)
				ck_abort_msg("%s at %lld", names[n], (long long)second);
		}
		/* Two hours a year read alike; Sao Paulo gave up daylight time in 2019. */
		ck_assert_int_eq(overlaps, n == 2 ? 0 : 6);
		cstn_zone_unref(zone);
	}
}
END_TEST

START_TEST(the_digest_is_that_of_the_bytes)
{
	static struct bytes bytes;
	cstn_zone *zone = named_zone("Asia/Kathmandu");
	uint8_t digest[32], expected[32];

	read_zone_file("Asia/Kathmandu", &bytes);
	cstn__sha256(bytes.data, bytes.size, expected);
	cstn_zone_digest(zone, digest);
	ck_assert_mem_eq(digest, expected, 32);
	cstn_zone_unref(zone);
}
END_TEST

START_TEST(a_fixed_zone_has_one_offset_and_the_digest_of_its_text)
{
	static const struct {
		int32_t offset;
		const char *text;
	} fixed[] = {
			{0, "offset:+00:00"},
			{3600, "offset:+01:00"},
			{-12600, "offset:-03:30"},
			{20700, "offset:+05:45"},
			{86399, "offset:+23:59:59"},
			{-86399, "offset:-23:59:59"},
			{-1, "offset:-00:00:01"},
	};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		cstn_zone *zone = NULL;
		uint8_t digest[32], expected[32];
		int64_t us = 0;

		ck_assert_int_eq(cstn_zone_fixed(fixed[i].offset, NULL, &zone, NULL), CSTN_OK);
		cstn_zone_digest(zone, digest);
		cstn__sha256(fixed[i].text, strlen(fixed[i].text), expected);
		ck_assert_mem_eq(digest, expected, 32);
		ck_assert_int_eq(cstn_zone_offset_at(zone, INT64_MIN), fixed[i].offset);
		ck_assert_int_eq(cstn_zone_offset_at(zone, INT64_MAX), fixed[i].offset);
		ck_assert_int_eq(cstn_zone_from_wall(zone, 5, &us, NULL), CSTN_OK);
		ck_assert_int_eq(us, 5 - fixed[i].offset * SECOND);
		cstn_zone_unref(zone);
	}
}
END_TEST

START_TEST(no_zone_has_no_offset)
{
	uint8_t digest[32], zeros[32] = {0};

	ck_assert_int_eq(cstn_zone_offset_at(NULL, 5), 0);
	memset(digest, 7, 32);
	cstn_zone_digest(NULL, digest);
	ck_assert_mem_eq(digest, zeros, 32);
}
END_TEST

START_TEST(fixed_offsets_of_a_day_or_more_are_refused)
{
	cstn_zone *zone = NULL;

	ck_assert_int_eq(cstn_zone_fixed(86400, NULL, &zone, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_zone_fixed(-86400, NULL, &zone, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(
			cstn_zone_fixed(INT32_MIN + 1, NULL, &zone, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_zone_fixed(0, NULL, NULL, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_ptr_null(zone);
	ck_assert_int_eq(cstn_zone_parse_tzif(NULL, 1, NULL, &zone, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_zone_parse_tzif(NULL, 0, NULL, &zone, NULL), CSTN_E_CORRUPT);
}
END_TEST

START_TEST(wall_clocks_at_the_ends_of_int64_do_not_wrap)
{
	cstn_zone *east = NULL, *west = NULL;
	int64_t us = 77;

	ck_assert_int_eq(cstn_zone_fixed(3600, NULL, &east, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_zone_fixed(-3600, NULL, &west, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_zone_from_wall(east, INT64_MIN + 1, &us, NULL), CSTN_E_OVERFLOW);
	ck_assert_int_eq(cstn_zone_from_wall(west, INT64_MAX, &us, NULL), CSTN_E_OVERFLOW);
	ck_assert_int_eq(us, 77);
	ck_assert_int_eq(cstn_zone_from_wall(east, INT64_MAX, &us, NULL), CSTN_OK);
	ck_assert_int_eq(us, INT64_MAX - 3600 * SECOND);
	ck_assert_int_eq(cstn_zone_from_wall(west, INT64_MIN + 1, &us, NULL), CSTN_OK);
	ck_assert_int_eq(us, INT64_MIN + 1 + 3600 * SECOND);
	cstn_zone_unref(east);
	cstn_zone_unref(west);
}
END_TEST

START_TEST(a_reference_keeps_a_zone)
{
	failing_allocator memory;
	cstn_zone *zone = NULL;

	failing_allocator_init(&memory, 0);
	ck_assert_int_eq(cstn_zone_fixed(60, &memory.allocator, &zone, NULL), CSTN_OK);
	ck_assert_ptr_eq(cstn_zone_ref(zone), zone);
	cstn_zone_unref(zone);
	ck_assert_int_eq(cstn_zone_offset_at(zone, 0), 60);
	cstn_zone_unref(zone);
	ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	cstn_zone_unref(NULL);
	ck_assert_ptr_null(cstn_zone_ref(NULL));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			offsets_of_real_zones_agree_on_both_sides_of_their_changes,
			a_change_happens_at_its_microsecond,
			wall_clocks_of_real_zones_lead_to_their_instant_a_gap_or_an_overlap,
			an_error_names_the_wall_clock,
			every_hour_of_three_years_leads_to_wall_clock_and_back,
			the_digest_is_that_of_the_bytes,
			a_fixed_zone_has_one_offset_and_the_digest_of_its_text,
			no_zone_has_no_offset,
			fixed_offsets_of_a_day_or_more_are_refused,
			wall_clocks_at_the_ends_of_int64_do_not_wrap,
			a_reference_keeps_a_zone,
	};

	return run_tests("base_zone", tests, sizeof(tests) / sizeof(tests[0]));
}
