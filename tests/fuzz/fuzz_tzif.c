/* Bytes of a TZif file: refused, or rules that answer for every instant and turn wall clock back
 * into an instant that shows that wall clock. */
#include "fuzz.h"

static void ask(const cstn_zone *zone, int64_t us)
{
	int32_t offset = cstn_zone_offset_at(zone, us);
	int64_t wall = us + (int64_t)offset * 1000000;
	int64_t back = 0;
	cstn_error *error = NULL;
	cstn_status status = cstn_zone_from_wall(zone, wall, &back, &error);

	MUST(offset > -200000 && offset < 200000);
	fuzz_check_error(status, error);
	if (status == CSTN_OK)
		MUST(back + (int64_t)cstn_zone_offset_at(zone, back) * 1000000 == wall);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cstn_zone *zone = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_zone_parse_tzif(data, size, NULL, &zone, &error);
	int64_t year;

	fuzz_check_error(status, error);
	MUST((zone != NULL) == (status == CSTN_OK));
	if (zone == NULL)
		return 0;
	for (year = -80; year <= 100; year += 3)
		ask(zone, year * 365 * CSTN_DAY_US + year * 1000003);
	cstn_zone_unref(zone);
	return 0;
}
