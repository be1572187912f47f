/* The rule of a TZif footer (POSIX.1 TZ, extended by RFC 9636 3.3.1): standard time, daylight time
 * and the two days of the year on which they change. A day is Jn, n or Mm.w.d; its time may lie up
 * to a week before or after its midnight, so a change may fall into the next year: which offset is
 * in force is decided by the changes of three years. Cost: about 100 ns a question. */
#include "base/zone_rule.h"

#include <string.h>

#include "base/civil.h"

struct cursor {
	const char *at, *end;
	int failed;
};

static int accept(struct cursor *cursor, char c)
{
	if (cursor->at == cursor->end || *cursor->at != c)
		return 0;
	cursor->at++;
	return 1;
}

static void expect(struct cursor *cursor, char c)
{
	if (!accept(cursor, c))
		cursor->failed = 1;
}

/* One to three digits, in bounds. */
static int32_t number(struct cursor *cursor, int32_t least, int32_t most)
{
	int32_t value = 0, digits = 0;

	while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9' && digits < 4) {
		value = value * 10 + (*cursor->at++ - '0');
		digits++;
	}
	if (!digits || digits > 3 || value < least || value > most)
		cursor->failed = 1;
	return value;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static int32_t duration(struct cursor *cursor, int32_t most_hours)
{
	int negative = accept(cursor, '-');
	int32_t seconds;

	if (!negative)
		accept(cursor, '+');
	seconds = number(cursor, 0, most_hours) * 3600;
	if (accept(cursor, ':')) {
		seconds += number(cursor, 0, 59) * 60;
		if (accept(cursor, ':'))
			seconds += number(cursor, 0, 59);
	}
	return negative ? -seconds : seconds;
}

static int is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Three letters or more, or <...> of letters, digits and signs. */
static void name(struct cursor *cursor)
{
	int quoted = accept(cursor, '<'), length = 0;

	while (cursor->at < cursor->end &&
			(is_letter(*cursor->at) ||
					(quoted && ((*cursor->at >= '0' && *cursor->at <= '9') ||
								   *cursor->at == '+' ||
								   *cursor->at == '-')))) {
		cursor->at++;
		length++;
	}
	if (length < 3)
		cursor->failed = 1;
	if (quoted)
		expect(cursor, '>');
}

static void date(struct cursor *cursor, int extended, cstn__zone_date *out)
{
	memset(out, 0, sizeof(*out));
	expect(cursor, ',');
	if (accept(cursor, 'J')) {
		out->kind = 'J';
		out->day = number(cursor, 1, 365);
	} else if (accept(cursor, 'M')) {
		out->kind = 'M';
		out->month = number(cursor, 1, 12);
		expect(cursor, '.');
		out->week = number(cursor, 1, 5);
		expect(cursor, '.');
		out->day = number(cursor, 0, 6);
	} else {
		out->kind = 'N';
		out->day = number(cursor, 0, 365);
	}
	out->seconds = 2 * 3600;
	if (accept(cursor, '/')) {
		const char *sign = cursor->at;

		out->seconds = duration(cursor, extended ? 167 : 24);
		if (!extended && sign < cursor->end && (*sign == '-' || *sign == '+'))
			cursor->failed = 1;
	}
}

int cstn__zone_rule_parse(const char *text, size_t len, int extended, cstn__zone_rule *out)
{
	struct cursor cursor = {text, text + len, 0};
	cstn__zone_rule rule;

	memset(&rule, 0, sizeof(rule));
	name(&cursor);
	rule.standard = -duration(&cursor, 24);
	if (cursor.at < cursor.end && !cursor.failed) {
		rule.has_daylight = 1;
		rule.daylight = rule.standard + 3600;
		name(&cursor);
		if (cursor.at < cursor.end && *cursor.at != ',')
			rule.daylight = -duration(&cursor, 24);
		date(&cursor, extended, &rule.start);
		date(&cursor, extended, &rule.end);
	}
	if (cursor.failed || cursor.at != cursor.end)
		return -1;
	*out = rule;
	return 0;
}

static int is_leap(int32_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* The day a date falls on, as days since 1970. */
static int64_t day_in(const cstn__zone_date *date, int32_t year)
{
	int64_t first = cstn__days_of(year, 1, 1);
	int32_t weekday, day, next;

	if (date->kind == 'N')
		return first + date->day;
	if (date->kind == 'J')
		return first + date->day - 1 + (date->day >= 60 && is_leap(year));
	first = cstn__days_of(year, date->month, 1);
	weekday = cstn__period_of((int32_t)first, CSTN__PERIOD_WEEKDAY) % 7; /* Sunday is 0 */
	day = (date->day - weekday + 7) % 7 + (date->week - 1) * 7;
	next = date->month == 12 ? 31 : cstn__days_of(year, date->month + 1, 1) - (int32_t)first;
	if (day >= next) /* week 5 is the last */
		day -= 7;
	return first + day;
}

void cstn__zone_rule_year(
		const cstn__zone_rule *rule, int32_t year, int64_t at[2], int32_t offset[2])
{
	int64_t start = day_in(&rule->start, year) * 86400 + rule->start.seconds - rule->standard;
	int64_t end = day_in(&rule->end, year) * 86400 + rule->end.seconds - rule->daylight;
	int end_first = end < start;

	at[end_first] = start;
	offset[end_first] = rule->daylight;
	at[!end_first] = end;
	offset[!end_first] = rule->standard;
}

int32_t cstn__zone_rule_offset(const cstn__zone_rule *rule, int64_t second)
{
	int64_t days = cstn__floor_div(second, 86400), latest = INT64_MIN;
	int32_t year, month, day, found = rule->standard;

	if (!rule->has_daylight)
		return rule->standard;
	/* The rule repeats every 400 years: times far away are moved near. */
	if (days < -36524 || days > 1000000) {
		int64_t cycles = cstn__floor_div(days, 146097);

		days -= cycles * 146097;
		second -= cycles * 146097 * 86400;
	}
	cstn__civil_of((int32_t)days, &year, &month, &day);
	for (int32_t y = year - 1; y <= year + 1; y++) {
		int64_t at[2];
		int32_t offset[2];

		cstn__zone_rule_year(rule, y, at, offset);
		for (int i = 0; i < 2; i++)
			/* When an end and a start meet, the start holds: daylight all year. */
			if (at[i] <= second &&
					(at[i] > latest ||
							(at[i] == latest &&
									offset[i] == rule->daylight))) {
				latest = at[i];
				found = offset[i];
			}
	}
	return found;
}
