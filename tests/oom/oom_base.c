/* Out of memory in base: zones, calendars, progress. */
#include "oom.h"

static cstn_status zone_fixed(oom *o)
{
	cstn_zone *zone = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_zone_fixed(3600, o->allocator, &zone, &error));
	ck_assert((zone == NULL) == (status != CSTN_OK));
	cstn_zone_unref(zone);
	return status;
}

/* A version 2 file with two types, two transitions and a footer. */
static size_t tzif(uint8_t *out)
{
	static const uint8_t head[44] = {'T', 'Z', 'i', 'f', '2', [39] = 1, [43] = 4};
	static const uint8_t v1[] = {0, 0, 0, 0, 0, 0, 'U', 'T', 'C', 0};
	static const uint8_t head2[44] = {'T', 'Z', 'i', 'f', '2', [35] = 2, [39] = 2, [43] = 9};
	static const uint8_t v2[] = {0, 0, 0, 0, 0x5e, 0x7e, 0xa6, 0x90, 0, 0, 0, 0, 0x5f, 0x95,
			0xfc, 0x10, 1, 0, 0, 0, 0x0e, 0x10, 0, 0, 0, 0, 0x1c, 0x20, 1, 4, 'C', 'E',
			'T', 0, 'C', 'E', 'S', 'T', 0};
	static const char footer[] = "\nCET-1CEST,M3.5.0,M10.5.0/3\n";
	size_t at = 0;

	memcpy(out + at, head, sizeof(head));
	at += sizeof(head);
	memcpy(out + at, v1, sizeof(v1));
	at += sizeof(v1);
	memcpy(out + at, head2, sizeof(head2));
	at += sizeof(head2);
	memcpy(out + at, v2, sizeof(v2));
	at += sizeof(v2);
	memcpy(out + at, footer, sizeof(footer) - 1);
	return at + sizeof(footer) - 1;
}

static cstn_status zone_tzif(oom *o)
{
	uint8_t data[256];
	size_t size = tzif(data);
	cstn_zone *zone = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_zone_parse_tzif(data, size, o->allocator, &zone, &error));
	ck_assert((zone == NULL) == (status != CSTN_OK));
	if (zone != NULL)
		ck_assert_int_eq(cstn_zone_offset_at(zone, INT64_C(1594000000000000)), 7200);
	cstn_zone_unref(zone);
	return status;
}

static cstn_status calendar(oom *o)
{
	static const char text[] =
			"cstn-calendar 1\nweek=1111100\noff=2024-12-25\noff=2024-12-26\n";
	cstn_calendar *made = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_calendar_parse(text, strlen(text), o->allocator, &made, &error));
	ck_assert((made == NULL) == (status != CSTN_OK));
	cstn_calendar_unref(made);
	return status;
}

static cstn_status progress(oom *o)
{
	cstn_progress *made = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_progress_new(o->allocator, &made, &error));
	ck_assert((made == NULL) == (status != CSTN_OK));
	cstn_progress_free(made);
	return status;
}

const oom_case oom_cases_base[] = {
		{"cstn_zone_fixed", zone_fixed, 0, 0},
		{"cstn_zone_parse_tzif", zone_tzif, 0, 0},
		{"cstn_calendar_parse", calendar, 0, 0},
		{"cstn_progress_new", progress, 0, 0},
};
const size_t oom_count_base = sizeof(oom_cases_base) / sizeof(oom_cases_base[0]);
