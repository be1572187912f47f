/* Time that goes forward: what is recorded of one key is never recorded before what it replaces.
 *
 * A read as of T sees, of each key, the version recorded by T that was not replaced or deleted by
 * T. That is exact only while the times of a key do not fall: else a version would end before it
 * began, or two would hold at once. So a put or a deletion whose time lies before the last one of
 * its key is refused; the same time is fine. An import asks for the last time key by key only where
 * something of the noun is recorded after its earliest row, which zone maps tell. */
#include <stdio.h>

#include <constellation/time.h>

#include "network/checks.h"

static cstn_status recorded_after(cstn__snapshot *base, const cstn__noun *noun, int64_t us,
		int *out, cstn_error **error)
{
	static const uint32_t column = CSTN__COLUMN_SEQ;
	cstn__scan_range later = {CSTN__COLUMN_FIRST + noun->recorded, us, INT64_MAX};
	cstn__scan_options options = {.columns = &column,
			.n_columns = 1,
			.ranges = &later,
			.n_ranges = 1,
			.as_of_us = INT64_MAX};
	cstn__scan_chunk chunk;
	cstn__scan *scan = NULL;
	cstn_status status = cstn__scan_new(base, noun->id, &options, &scan, error);

	*out = 0;
	while (status == CSTN_OK && !*out) {
		status = cstn__scan_next(scan, &chunk, error);
		*out = status == CSTN_OK && chunk.n_visible > 0;
	}
	cstn__scan_free(scan);
	return status == CSTN_DONE ? CSTN_OK : status;
}

cstn_status cstn__checks_recorded_after(cstn__checks *checks, const cstn__noun *noun, int64_t us,
		int *out, cstn_error **error)
{
	cstn_status status;

	*out = 0;
	if (us == INT64_MAX)
		return CSTN_OK;
	status = recorded_after(checks->base, noun, us + 1, out, error);
	if (status == CSTN_OK && !*out)
		status = recorded_after(checks->base, cstn__noun_get(CSTN__NOUN_DELETION), us + 1,
				out, error);
	return status;
}

size_t cstn__backwards_text(int64_t recorded_us, int64_t last_us, char buffer[CSTN__BACKWARDS_TEXT])
{
	char recorded[48], last[48];
	int len;

	(void)cstn_time_format(recorded_us, recorded, sizeof(recorded));
	(void)cstn_time_format(last_us, last, sizeof(last));
	len = snprintf(buffer, CSTN__BACKWARDS_TEXT, "%s, after %s had been recorded", recorded,
			last);
	return len < 0 ? 0 : (size_t)len;
}
