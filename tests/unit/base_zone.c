/* Time zones, on the machine's own TZif files (Debian: tzdata) and on files made by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/zone_rule.h"
#include "failing_allocator.h"
#include "suite.h"

#include <constellation/time.h>

#define SECOND INT64_C(1000000)

struct bytes {
	uint8_t data[65536];
	size_t size;
};

static void read_zone_file(const char *name, struct bytes *out)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	file = fopen(path, "rb");
	ck_assert_msg(file != NULL, "%s is needed (Debian: tzdata)", path);
	out->size = fread(out->data, 1, sizeof(out->data), file);
	fclose(file);
}

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

/* --- files made by hand --- */

struct type {
	int32_t offset;
	uint8_t daylight, name;
};

static void put(struct bytes *bytes, const void *data, size_t size)
{
	memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
}

static void put_big_endian(struct bytes *bytes, int64_t value, int width)
{
	for (int i = width - 1; i >= 0; i--) {
		uint8_t byte = (uint8_t)((uint64_t)value >> (8 * i));

		put(bytes, &byte, 1);
	}
}

/* What a file says; the tests change a part and look what comes of it. */
struct plan {
	char version; /* 0 or '2' to '4' */
	uint32_t isutcnt, isstdcnt, leapcnt;
	uint32_t n_times, n_types, n_chars;
	int64_t times[4];
	uint8_t indices[4];
	struct type types[3];
	const char *chars;
	const char *footer; /* with its line ends */
	uint8_t indicators;
};

static const struct plan sound = {'2', 0, 0, 0, 2, 2, 8, {100000000, 200000000}, {1, 0},
		{{3600, 0, 0}, {7200, 1, 4}}, "AAA\0BBB", "\nAAA-1\n", 0};

static void put_block(struct bytes *bytes, const struct plan *plan, int width, char version)
{
	uint8_t head[20] = {'T', 'Z', 'i', 'f', (uint8_t)version};

	put(bytes, head, 20);
	put_big_endian(bytes, plan->isutcnt, 4);
	put_big_endian(bytes, plan->isstdcnt, 4);
	put_big_endian(bytes, plan->leapcnt, 4);
	put_big_endian(bytes, plan->n_times, 4);
	put_big_endian(bytes, plan->n_types, 4);
	put_big_endian(bytes, plan->n_chars, 4);
	for (uint32_t i = 0; i < plan->n_times && i < 4; i++)
		put_big_endian(bytes, plan->times[i], width);
	for (uint32_t i = 0; i < plan->n_times && i < 4; i++)
		put(bytes, &plan->indices[i], 1);
	for (uint32_t i = 0; i < plan->n_types && i < 3; i++) {
		put_big_endian(bytes, plan->types[i].offset, 4);
		put(bytes, &plan->types[i].daylight, 1);
		put(bytes, &plan->types[i].name, 1);
	}
	put(bytes, plan->chars, plan->n_chars);
	for (uint32_t i = 0; i < plan->leapcnt; i++) {
		put_big_endian(bytes, 1000, width);
		put_big_endian(bytes, 1, 4);
	}
	for (uint32_t i = 0; i < plan->isstdcnt + plan->isutcnt; i++)
		put(bytes, &plan->indicators, 1);
}

static void build(const struct plan *plan, struct bytes *out)
{
	static const struct plan empty = {'2', 0, 0, 0, 0, 1, 1, {0}, {0}, {{0, 0, 0}}, "", "", 0};

	out->size = 0;
	if (plan->version) {
		put_block(out, &empty, 4, plan->version);
		put_block(out, plan, 8, plan->version);
		put(out, plan->footer, strlen(plan->footer));
	} else {
		put_block(out, plan, 4, 0);
	}
}

static cstn_status parse_plan(const struct plan *plan, cstn_zone **out)
{
	static struct bytes bytes;

	build(plan, &bytes);
	return cstn_zone_parse_tzif(bytes.data, bytes.size, NULL, out, NULL);
}

START_TEST(a_sound_file_of_every_version_is_read)
{
	static const char versions[] = {0, '2', '3', '4'};

	for (size_t v = 0; v < 4; v++) {
		struct plan plan = sound;
		cstn_zone *zone = NULL;

		plan.version = versions[v];
		plan.isutcnt = plan.isstdcnt = 2;
		ck_assert_int_eq(parse_plan(&plan, &zone), CSTN_OK);
		ck_assert_int_eq(cstn_zone_offset_at(zone, INT64_MIN), 3600);
		ck_assert_int_eq(cstn_zone_offset_at(zone, 99999999 * SECOND), 3600);
		ck_assert_int_eq(cstn_zone_offset_at(zone, 100000000 * SECOND), 7200);
		ck_assert_int_eq(cstn_zone_offset_at(zone, 200000000 * SECOND), 3600);
		ck_assert_int_eq(cstn_zone_offset_at(zone, INT64_MAX), 3600);
		cstn_zone_unref(zone);
	}
}
END_TEST

START_TEST(every_rule_of_the_format_that_is_broken_is_corrupt)
{
	struct plan plans[16];
	size_t n = sizeof(plans) / sizeof(plans[0]);

	for (size_t i = 0; i < n; i++)
		plans[i] = sound;
	plans[0].version = '1';
	plans[1].version = '5';
	plans[2].n_types = 0;
	plans[3].n_chars = 0;
	plans[4].isutcnt = 1;
	plans[5].isstdcnt = 1;
	plans[6].isutcnt = 2, plans[6].indicators = 2;
	plans[7].types[0].offset = -90000;
	plans[8].types[0].offset = 93600;
	plans[9].types[1].daylight = 2;
	plans[10].types[1].name = 8;
	plans[11].chars = "AAA\0BBBB"; /* the last name does not end */
	plans[12].indices[1] = 2;
	plans[13].times[1] = plans[13].times[0];
	plans[14].times[1] = plans[14].times[0] - 1;
	plans[15].footer = "\nBBB-2\n"; /* contradicts the last change */
	for (size_t i = 0; i < n; i++) {
		cstn_zone *zone = NULL;

		ck_assert_msg(parse_plan(&plans[i], &zone) == CSTN_E_CORRUPT, "plan %zu", i);
		ck_assert_ptr_null(zone);
	}
}
END_TEST

START_TEST(offsets_at_the_ends_of_their_range_are_read)
{
	struct plan plan = sound;
	cstn_zone *zone = NULL;

	plan.types[0].offset = -89999;
	plan.types[1].offset = 93599;
	plan.footer = "\n\n";
	ck_assert_int_eq(parse_plan(&plan, &zone), CSTN_OK);
	ck_assert_int_eq(cstn_zone_offset_at(zone, 0), -89999);
	ck_assert_int_eq(cstn_zone_offset_at(zone, 150000000 * SECOND), 93599);
	cstn_zone_unref(zone);
}
END_TEST

START_TEST(times_that_count_leap_seconds_are_not_supported)
{
	struct plan plan = sound;
	cstn_zone *zone = NULL;

	plan.leapcnt = 1;
	ck_assert_int_eq(parse_plan(&plan, &zone), CSTN_E_UNSUPPORTED);
}
END_TEST

START_TEST(footers_that_are_no_rule_are_corrupt)
{
	static const char *const footers[] = {"", "\n", "AAA-1\n", "\nAAA-1", "\nAAA-1\n\n",
			"\nAAA-1\nx", "\nAA-1\n", "\nAAA\n", "\nAAA-25\n", "\nAAA-1:60\n",
			"\nAAA-1:00:60\n", "\n<AAA-1\n", "\n<A_A>-1\n", "\nAAA-1BBB\n",
			"\nAAA-1BBB,M3.5.0\n", "\nAAA-1BB,M3.5.0,M10.5.0\n",
			"\nAAA-1BBB,M0.5.0,M10.5.0\n", "\nAAA-1BBB,M13.5.0,M10.5.0\n",
			"\nAAA-1BBB,M3.0.0,M10.5.0\n", "\nAAA-1BBB,M3.6.0,M10.5.0\n",
			"\nAAA-1BBB,M3.5.7,M10.5.0\n", "\nAAA-1BBB,J0,J1\n", "\nAAA-1BBB,J366,J1\n",
			"\nAAA-1BBB,366,1\n", "\nAAA-1BBB,M3.5.0/25,M10.5.0\n",
			"\nAAA-1BBB,M3.5.0/-1,M10.5.0\n", "\nAAA-1BBB,M3.5.0/+1,M10.5.0\n",
			"\nAAA-1BBB,M3.5.0,M10.5.0/\n", "\nAAA-1BBB,M3.5.0,M10.5.0x\n",
			"\nAAA-1BBB,M3.5,M10.5.0\n", "\nAAA-0001\n", "\nAAA--1\n", "\n\n\n"};

	for (size_t i = 0; i < sizeof(footers) / sizeof(footers[0]); i++) {
		struct plan plan = sound;
		cstn_zone *zone = NULL;

		plan.n_times = 0;
		plan.footer = footers[i];
		ck_assert_msg(parse_plan(&plan, &zone) == CSTN_E_CORRUPT, "footer %zu", i);
	}
}
END_TEST

START_TEST(times_of_a_week_in_a_footer_need_version_3)
{
	struct plan plan = sound;
	cstn_zone *zone = NULL;

	plan.n_times = 0;
	plan.footer = "\n<-02>2<-01>,M3.5.0/-167,M10.5.0/167:59:59\n";
	ck_assert_int_eq(parse_plan(&plan, &zone), CSTN_E_CORRUPT);
	plan.version = '3';
	ck_assert_int_eq(parse_plan(&plan, &zone), CSTN_OK);
	cstn_zone_unref(zone);
	plan.footer = "\n<-02>2<-01>,M3.5.0/-168,M10.5.0\n";
	ck_assert_int_eq(parse_plan(&plan, &zone), CSTN_E_CORRUPT);
}
END_TEST

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
		for (int64_t second = plan.times[1]; second < at(2120, 1, 1); second += 7 * 3600)
			if (cstn_zone_offset_at(zone, second * SECOND) !=
					cstn__zone_rule_offset(&rule, second))
				ck_abort_msg("%s at %lld", footers[f], (long long)second);
		cstn_zone_unref(zone);
	}
}
END_TEST

START_TEST(a_file_cut_short_anywhere_is_corrupt)
{
	static struct bytes bytes;
	static const char *const names[] = {"America/Sao_Paulo", "Asia/Kathmandu"};

	for (size_t n = 0; n < 2; n++) {
		read_zone_file(names[n], &bytes);
		for (size_t size = 0; size < bytes.size; size++) {
			/* A block of its own, so that a read past the end shows. */
			uint8_t *copy = malloc(size ? size : 1);
			cstn_zone *zone = NULL;

			memcpy(copy, bytes.data, size);
			if (cstn_zone_parse_tzif(copy, size, NULL, &zone, NULL) != CSTN_E_CORRUPT)
				ck_abort_msg("%s cut to %zu bytes", names[n], size);
			free(copy);
		}
		bytes.data[bytes.size] = 'x';
		ck_assert_int_eq(cstn_zone_parse_tzif(bytes.data, bytes.size + 1, NULL,
						 &(cstn_zone *){0}, NULL),
				CSTN_E_CORRUPT);
	}
}
END_TEST

START_TEST(a_file_with_any_byte_changed_is_read_or_refused_and_never_trusted)
{
	static struct bytes bytes;
	static const uint8_t changes[] = {0x01, 0x80, 0xff};
	size_t refused = 0;

	read_zone_file("America/Sao_Paulo", &bytes);
	for (size_t i = 0; i < bytes.size; i++)
		for (size_t c = 0; c < 3; c++) {
			cstn_zone *zone = NULL;
			int64_t us = 0;
			cstn_status status;

			bytes.data[i] ^= changes[c];
			status = cstn_zone_parse_tzif(bytes.data, bytes.size, NULL, &zone, NULL);
			bytes.data[i] ^= changes[c];
			if (status != CSTN_OK) {
				refused++;
				continue;
			}
			for (int64_t second = -5000000000; second < 9000000000;
					second += 1000000000) {
				int32_t offset = cstn_zone_offset_at(zone, second * SECOND);

				ck_assert_int_ge(offset, -89999);
				ck_assert_int_le(offset, 93599);
				if (cstn_zone_from_wall(zone, second * SECOND, &us, NULL) ==
						CSTN_OK)
					ck_assert_int_eq(
							us / SECOND + cstn_zone_offset_at(zone, us),
							second);
			}
			cstn_zone_unref(zone);
		}
	ck_assert_uint_gt(refused, 100);
}
END_TEST

START_TEST(counts_that_overflow_a_size_are_corrupt)
{
	static struct bytes bytes;

	for (int field = 0; field < 6; field++)
		for (int block = 0; block < 2; block++) {
			cstn_zone *zone = NULL;
			size_t position;

			build(&sound, &bytes);
			position = (block ? 51u : 0u) + 20 + (size_t)field * 4;
			memset(bytes.data + position, 0xff, 4);
			ck_assert_int_eq(cstn_zone_parse_tzif(
							 bytes.data, bytes.size, NULL, &zone, NULL),
					CSTN_E_CORRUPT);
		}
}
END_TEST

START_TEST(out_of_memory_anywhere_leaks_nothing_and_leaves_the_output)
{
	static struct bytes bytes;
	uint64_t n;

	read_zone_file("Europe/Berlin", &bytes);
	for (n = 1;; n++) {
		failing_allocator memory;
		cstn_zone *zone = NULL;
		cstn_status status;

		failing_allocator_init(&memory, n);
		status = cstn_zone_parse_tzif(
				bytes.data, bytes.size, &memory.allocator, &zone, NULL);
		if (status == CSTN_OK) {
			cstn_zone_unref(zone);
			ck_assert_uint_eq(failing_allocator_live(&memory), 0);
			break;
		}
		ck_assert_int_eq(status, CSTN_E_NOMEM);
		ck_assert_ptr_null(zone);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_uint_gt(n, 3);
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
			a_sound_file_of_every_version_is_read,
			every_rule_of_the_format_that_is_broken_is_corrupt,
			offsets_at_the_ends_of_their_range_are_read,
			times_that_count_leap_seconds_are_not_supported,
			footers_that_are_no_rule_are_corrupt,
			times_of_a_week_in_a_footer_need_version_3,
			a_rule_without_changes_holds_for_all_time,
			week_five_is_the_last_of_its_month,
			south_of_the_equator_a_year_begins_in_daylight_time,
			days_of_the_year_are_counted_with_and_without_29_february,
			daylight_time_may_last_all_year_and_may_be_behind_standard_time,
			a_change_may_fall_into_the_day_or_year_before,
			the_rule_says_the_same_laid_out_and_asked_directly,
			a_file_cut_short_anywhere_is_corrupt,
			a_file_with_any_byte_changed_is_read_or_refused_and_never_trusted,
			counts_that_overflow_a_size_are_corrupt,
			out_of_memory_anywhere_leaks_nothing_and_leaves_the_output,
	};

	return run_tests("base_zone", tests, sizeof(tests) / sizeof(tests[0]));
}
