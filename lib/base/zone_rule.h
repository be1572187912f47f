#ifndef CSTN_BASE_ZONE_RULE_H
#define CSTN_BASE_ZONE_RULE_H

#include <stddef.h>
#include <stdint.h>

/* The rule in a TZif footer: POSIX TZ, "CET-1CEST,M3.5.0,M10.5.0/3". Offsets are seconds east of
 * UTC. */
typedef struct cstn__zone_date {
	int32_t kind; /* 'J': day 1..365 without 29 February; 'N': day 0..365; 'M': month.week.day
		       */
	int32_t month, week, day;
	int32_t seconds; /* after midnight, may be negative or past a day */
} cstn__zone_date;
typedef struct cstn__zone_rule {
	int32_t standard, daylight;
	int32_t has_daylight;
	cstn__zone_date start, end; /* of daylight time */
} cstn__zone_rule;

/* `extended`: hours of a change from -167 to 167 (version 3 on). 0 or -1. */
int cstn__zone_rule_parse(const char *text, size_t len, int extended, cstn__zone_rule *out);
/* Offset in force at a second since 1970. */
int32_t cstn__zone_rule_offset(const cstn__zone_rule *rule, int64_t second);
/* The two changes of a year in their order, with the offset after each. */
void cstn__zone_rule_year(
		const cstn__zone_rule *rule, int32_t year, int64_t at[2], int32_t offset[2]);

#endif
