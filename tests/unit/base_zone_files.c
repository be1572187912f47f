/* Time zone files made by hand: what is sound, what is corrupt, what is damaged. */
#include <stdlib.h>
#include <string.h>
#include <constellation/time.h>

#include "failing_allocator.h"
#include "suite.h"
#include "zone_fixture.h"

/* --- files made by hand --- */

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
			a_sound_file_of_every_version_is_read,
			every_rule_of_the_format_that_is_broken_is_corrupt,
			offsets_at_the_ends_of_their_range_are_read,
			times_that_count_leap_seconds_are_not_supported,
			footers_that_are_no_rule_are_corrupt,
			times_of_a_week_in_a_footer_need_version_3,
			a_file_cut_short_anywhere_is_corrupt,
			a_file_with_any_byte_changed_is_read_or_refused_and_never_trusted,
			counts_that_overflow_a_size_are_corrupt,
			out_of_memory_anywhere_leaks_nothing_and_leaves_the_output,
	};

	return run_tests("base_zone_files", tests, sizeof(tests) / sizeof(tests[0]));
}
