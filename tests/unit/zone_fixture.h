#ifndef TESTS_ZONE_FIXTURE_H
#define TESTS_ZONE_FIXTURE_H

#include <constellation/time.h>

#define SECOND INT64_C(1000000)

struct bytes {
	uint8_t data[65536];
	size_t size;
};

void read_zone_file(const char *name, struct bytes *out);

struct type {
	int32_t offset;
	uint8_t daylight, name;
};
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

extern const struct plan sound;

void build(const struct plan *plan, struct bytes *out);

cstn_status parse_plan(const struct plan *plan, cstn_zone **out);

#endif
